//! The handlers of the event stream, and of the ticket with which a browser opens it.

use axum::{
    extract::{FromRef, FromRequestParts, State},
    http::{HeaderName, request::Parts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use strum::{EnumString, VariantNames};
use uuid::Uuid;

use super::{Heartbeat, Start, StreamEvent, mine};
use crate::{
    access::{Access, Action, OrgTx, Permission, ReadOrTicket, SignedIn, UserTx, actions},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        json::{ParseError, one_of},
        list::joined,
    },
    effects::ledger::{self, Mark},
    http::{
        answer::{self, Events, Secret},
        describe::{Describe, Operation},
        input::{Cursors, Input, NoBody, Query},
        places::Places,
        schemas::Schemas,
    },
    views::changes::{
        self, Place,
        everywhere::{
            Everything,
            live::{MyEvent, Told},
        },
    },
};

/// The ceiling on event streams.
#[derive(Clone)]
pub struct Streams(pub Places);

actions! {
    TakeTicket: See on ();
}

/// Opens the event stream. A browser's `EventSource` can't set headers, so a ticket in the query is accepted instead.
pub enum FollowEvents {}
impl Action for FollowEvents {
    type Resource = ();
    const BY_TICKET: bool = true;
    const PERMISSION: Permission = Permission::See;
}

/// The query parameters of the event stream.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StreamStart {
    /// The last event that was received; the stream begins after it: its id, or better the `seq` and the `id` of its data
    /// with a hyphen in between. With both, the server notices when it has gone back to a backup in which another event has
    /// that seq; with the id alone, only when it has none. It then sends an event named `reset`. The header `Last-Event-ID`,
    /// which an `EventSource` sends when it reconnects, takes precedence. Without either, the stream begins with the next
    /// event. The `next` of a response to `GET …/changes` is a place too: the stream goes on where the copy stands.
    pub last_event_id: Option<String>,
    /// `object`: each event carries the object that it is about, as the caller sees it now. What changes besides comes in
    /// events named `changes`, so that a client keeps a copy by the stream alone.
    pub include: Option<Include>,
    /// The ticket of `POST …/events/ticket`, in place of the header `Authorization`.
    #[expect(dead_code, reason = "authorization reads it; it is declared so that the query may have it")]
    ticket: Option<String>,
}

/// What events carry besides the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "EventInclude")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Include>)]
pub enum Include {
    Object,
}

impl<'de> Deserialize<'de> for Include {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        joined(deserializer)
    }
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The extractor of where to begin: the query parameters and the header `Last-Event-ID`.
pub struct Resumed<Q> {
    query: Query<Q>,
    header: Option<String>,
    cursors: Cursors,
}

/// The opened query: where the stream begins, and what it tells.
pub struct Asked {
    after: Option<After>,
    with_objects: bool,
}

/// The place that a client comes with.
enum After {
    Entry(Mark),
    Changes(Place),
}

impl After {
    /// Returns the place, if it is the caller's and in this history.
    ///
    /// # Errors
    /// 422 if it is another user's.
    async fn known(self, tx: &OrgTx) -> Result<Option<Place>> {
        match self {
            Self::Entry(mark) => {
                let known = ledger::known_mark(tx, mark).await?;
                Ok(known.map(|known| Place::entries(tx.user(), known.seq, known)))
            }
            Self::Changes(place) if place.user() != tx.user() => Err(no_place()),
            Self::Changes(place) => Ok(ledger::known_mark(tx, place.newest()).await?.map(|_| place)),
        }
    }
}

fn no_place() -> Error {
    let message = "must be the id of an event of this organization, or the `next` of its changes";
    Error::parameter("last_event_id", "invalid_value", message)
}

impl<S: Sync, Q: DeserializeOwned> FromRequestParts<S> for Resumed<Q>
where
    Cursors: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(LAST_EVENT_ID);
        let header = header.map(|id| id.to_str().unwrap_or("?").to_owned()).filter(|id| !id.is_empty());
        let query = Query::from_request_parts(parts, state).await?;
        Ok(Self { query, header, cursors: Cursors::from_ref(state) })
    }
}

impl Input for Resumed<StreamStart> {
    type Value = Asked;

    fn open(&self, scope: Uuid) -> Result<Asked> {
        let StreamStart { last_event_id, include, .. } = self.query.open(scope)?;
        let place = |id: String| match id.parse() {
            Ok(mark) => Ok(After::Entry(mark)),
            Err(()) => changes::http::place_of(&id, scope, &self.cursors).map(After::Changes),
        };
        let after = self.header.clone().or(last_event_id).map(place).transpose().map_err(|_| no_place())?;
        Ok(Asked { after, with_objects: include == Some(Include::Object) })
    }
}

impl<Q> Describe for Resumed<Q>
where
    Query<Q>: Describe,
{
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Query::<Q>::describe(operation, schemas);
        operation.header("Last-Event-ID", "The id of the last event that was received.");
    }
}

pub async fn follow(
    access: Access<FollowEvents>,
    State(Heartbeat(heartbeat)): State<Heartbeat>,
    State(Streams(streams)): State<Streams>,
    State(cursors): State<Cursors>,
    start: Resumed<StreamStart>,
) -> Result<Events<StreamEvent>> {
    let sealing = cursors.clone();
    let begin = async move |tx: &OrgTx, (), Asked { after, with_objects }: Asked| {
        let newest = ledger::last_mark(tx).await?;
        let known = match after {
            Some(after) => after.known(tx).await?,
            None => Some(Place::entries(tx.user(), newest.seq, newest)),
        };
        let is_reset = known.is_none();
        let place = known.unwrap_or_else(|| Place::all(tx.user(), newest.seq, newest));
        let mark = ledger::known_mark(tx, Mark::numbered(place.seq())).await?.unwrap_or(newest);
        let objects = with_objects.then_some(place);
        let id = super::id_of(mark, objects.as_ref(), tx.org(), &sealing)?;
        Ok(Start { mark, objects, id, is_reset })
    };
    let start = access.clone().read(start, begin).await?;
    let place = streams.take(None, 1).ok_or(Code::Overloaded)?;
    let subscription = access.subscribe().await?;
    Ok(Events::new(super::follow(access, subscription, place, start, cursors, heartbeat)))
}

/// A ticket with which a browser opens the event stream: `new EventSource("/v1/orgs/…/events?ticket=" + ticket)`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventTicket {
    /// The ticket. It can be used once, and only for the stream that it was created for.
    pub ticket: String,
    /// The time at which the ticket expires: 30 seconds from now.
    pub expires_at: Time,
    /// The place of the latest event. Sent as `last_event_id`, it starts a stream that misses no event
    /// after this response.
    pub last_event_id: String,
}

pub async fn ticket(access: Access<TakeTicket>, body: NoBody) -> Result<Secret<answer::Ok<EventTicket>>> {
    let issue = access.tickets();
    let ticket = async move |tx: &OrgTx, (), ()| {
        let (ticket, expires_at) = issue(tx)?;
        let last_event_id = ledger::last_mark(tx).await?.to_string();
        Ok(EventTicket { ticket, expires_at, last_event_id })
    };
    let ticket = access.clone().read(body, ticket).await?;
    access.keep(Secret(answer::Ok(ticket))).await
}

/// The query parameters of the stream of all events.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyStreamStart {
    /// The last id that was received, or the `next` of a response to `GET /v1/me/changes`: the stream goes on there. The header
    /// `Last-Event-ID`, which an `EventSource` sends when it reconnects, takes precedence. Without either, the stream begins with
    /// the next event.
    pub last_event_id: Option<String>,
    /// `object`: each event carries the object that it is about, as the caller sees it now. What changes besides comes in
    /// events named `changes`, and so does all of an organization that the caller joins, so that a client keeps a copy by the
    /// stream alone.
    pub include: Option<Include>,
    /// The ticket of `POST /v1/me/events/ticket`, in place of the header `Authorization`.
    #[expect(dead_code, reason = "authorization reads it; it is declared so that the query may have it")]
    ticket: Option<String>,
}

/// The opened query: where the stream begins, and what it tells.
pub struct AskedOfAll {
    after: Since,
    with_objects: bool,
}

/// What a client comes with.
enum Since {
    Nothing,
    Copy(Box<Everything>),
    /// Something that another version has sealed.
    Unknown,
}

fn no_copy() -> Error {
    let message = "must be an id of this stream, or the `next` of `/v1/me/changes`";
    Error::parameter("last_event_id", "invalid_value", message)
}

impl Input for Resumed<MyStreamStart> {
    type Value = AskedOfAll;

    fn open(&self, scope: Uuid) -> Result<AskedOfAll> {
        let MyStreamStart { last_event_id, include, .. } = self.query.open(scope)?;
        let copy =
            |id: String| changes::http::everything_of(&id, scope, &self.cursors).map_err(|_| no_copy());
        let after = match self.header.clone().or(last_event_id).map(copy).transpose()? {
            Some(Some(copy)) => Since::Copy(Box::new(copy)),
            Some(None) => Since::Unknown,
            None => Since::Nothing,
        };
        Ok(AskedOfAll { after, with_objects: include == Some(Include::Object) })
    }
}

pub async fn follow_mine(
    me: SignedIn<ReadOrTicket>,
    State(Heartbeat(heartbeat)): State<Heartbeat>,
    State(Streams(streams)): State<Streams>,
    State(cursors): State<Cursors>,
    start: Resumed<MyStreamStart>,
) -> Result<Events<MyEvent>> {
    let begin = async |me: &UserTx, AskedOfAll { after, with_objects }: AskedOfAll| match after {
        Since::Copy(copy) if !copy.is_of(me) => Err(no_copy()),
        Since::Copy(copy) => Ok((Told::since(*copy, with_objects), None)),
        Since::Unknown => Ok((Told::nothing(me, with_objects).await?, Some(MyEvent::reset()))),
        Since::Nothing => Ok((Told::until_now(me, with_objects).await?, None)),
    };
    let (told, first) = me.read(start, begin).await?;
    let place = streams.take(None, 1).ok_or(Code::Overloaded)?;
    mine::follow(me, place, told, first, cursors, heartbeat).map(Events::new)
}

pub async fn ticket_mine(
    me: SignedIn,
    State(cursors): State<Cursors>,
    body: NoBody,
) -> Result<Secret<answer::Ok<EventTicket>>> {
    let issue = me.tickets();
    let ticket = async move |me: &UserTx, ()| {
        let (ticket, expires_at) = issue(me)?;
        let told = Told::until_now(me, false).await?;
        let last_event_id = changes::http::next_of_everything(&told.copy(), &cursors)?;
        Ok(EventTicket { ticket, expires_at, last_event_id })
    };
    let ticket = me.read(body, ticket).await?;
    me.keep(Secret(answer::Ok(ticket))).await
}
