//! The handlers of the event stream, and of the ticket with which a browser opens it.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderName, request::Parts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Heartbeat, Start, StreamEvent};
use crate::{
    access::{Access, Action, OrgTx, Permission, actions},
    base::{
        clock::Time,
        error::{Code, Error, Result},
    },
    effects::ledger::{self, Mark},
    http::{
        answer::{self, Events, Secret},
        describe::{Describe, Operation},
        input::{Input, NoBody, Query},
        places::Places,
        schemas::Schemas,
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
    /// event.
    pub last_event_id: Option<String>,
    /// The ticket of `POST …/events/ticket`, in place of the header `Authorization`.
    #[expect(dead_code, reason = "authorization reads it; it is declared so that the query may have it")]
    ticket: Option<String>,
}

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The extractor of where to begin: the query parameters and the header `Last-Event-ID`.
pub struct Resumed {
    query: Query<StreamStart>,
    header: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Resumed {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(LAST_EVENT_ID);
        let header = header.map(|id| id.to_str().unwrap_or("?").to_owned()).filter(|id| !id.is_empty());
        Ok(Self { query: Query::from_request_parts(parts, state).await?, header })
    }
}

impl Input for Resumed {
    type Value = Option<Mark>;

    fn open(&self, scope: Uuid) -> Result<Option<Mark>> {
        let StreamStart { last_event_id, .. } = self.query.open(scope)?;
        let unknown = |()| {
            Error::parameter(
                "last_event_id",
                "invalid_value",
                "must be the id of an event of this organization",
            )
        };
        let id = self.header.clone().or(last_event_id);
        id.map(|id| id.parse().map_err(unknown)).transpose()
    }
}

impl Describe for Resumed {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Query::<StreamStart>::describe(operation, schemas);
        operation.header("Last-Event-ID", "The id of the last event that was received.");
    }
}

pub async fn follow(
    access: Access<FollowEvents>,
    State(Heartbeat(heartbeat)): State<Heartbeat>,
    State(Streams(streams)): State<Streams>,
    start: Resumed,
) -> Result<Events<StreamEvent>> {
    let begin = async |tx: &OrgTx, (), after: Option<Mark>| {
        let known = match after {
            Some(after) => ledger::known_mark(tx, after).await?,
            None => Some(ledger::last_mark(tx).await?),
        };
        Ok(match known {
            Some(known) => Start { mark: known, is_reset: false },
            None => Start { mark: ledger::last_mark(tx).await?, is_reset: true },
        })
    };
    let start = access.clone().read(start, begin).await?;
    let place = streams.take(None, 1).ok_or(Code::Overloaded)?;
    let subscription = access.subscribe().await?;
    Ok(Events::new(super::follow(access, subscription, place, start, heartbeat)))
}

/// A ticket with which a browser opens the event stream: `new EventSource("/v1/orgs/…/events?ticket=" + ticket)`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EventTicket {
    /// The ticket. It can be used once, and only in this organization.
    pub ticket: String,
    /// The time at which the ticket expires: 30 seconds from now.
    pub expires_at: Time,
    /// The place of the organization's latest event. Sent as `last_event_id`, it starts a stream that misses no event
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
