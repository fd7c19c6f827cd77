//! The handler of the changes feed.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use schemars::{JsonSchema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Change, Place, Reading,
    everywhere::{self, Everything, Update},
};
use crate::{
    access::{Access, OrgTx, SignedIn, UserTx, actions},
    base::{
        error::{Code, Error, Result},
        id::OrgId,
        page::Paging,
    },
    effects::ledger::{self, Mark},
    http::{
        answer,
        describe::{Describe, Operation},
        input::{Cursors, Input, Query},
        schemas::Schemas,
    },
};

actions! {
    SeeChanges: See on ();
}

/// The extractor of the query parameters `since` and `limit`.
pub struct Since {
    query: Query<Parameters>,
    cursors: Cursors,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    since: Option<String>,
    limit: Option<String>,
}

/// The opened query: where the client's copy stands, and the paging that signs the next cursor.
pub struct Asked {
    /// The value of `since` if it is the place of an entry instead of a cursor.
    mark: Option<Mark>,
    paging: Paging,
}

impl<S: Sync> FromRequestParts<S> for Since
where
    Cursors: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self { query: Query::from_request_parts(parts, state).await?, cursors: Cursors::from_ref(state) })
    }
}

/// Returns what the cursors of the changes of an organization, or of all of a user's, are bound to.
fn binding(scope: Uuid) -> Vec<u8> {
    format!("{scope}\nchanges\n").into_bytes()
}

/// Reads the `next` of a response, at which a stream of events begins.
///
/// # Errors
/// 422 if it was altered, or belongs to another organization.
pub fn place_of(next: &str, org: Uuid, cursors: &Cursors) -> Result<Place> {
    let paging = Paging::new(None, Some(next), binding(org), cursors.0.clone())?;
    paging.after()?.ok_or_else(|| Code::InvalidCursor.into())
}

/// Returns the `next` of a place.
pub fn next_of(place: &Place, org: OrgId, cursors: &Cursors) -> Result<String> {
    Paging::new(None, None, binding(org.uuid()), cursors.0.clone())?.seal(place)
}

impl Input for Since {
    type Value = Asked;

    fn open(&self, scope: Uuid) -> Result<Asked> {
        let Parameters { since, limit } = self.query.open(scope)?;
        if since.as_ref().is_some_and(String::is_empty) {
            let message = "must be the `next` of an earlier answer, or a seq of this organization";
            return Err(Error::parameter("since", "invalid_value", message));
        }
        let mark: Option<Mark> = since.as_ref().and_then(|since| since.parse().ok());
        let cursor = since.filter(|_| mark.is_none());
        let mac = self.cursors.0.clone();
        Ok(Asked { mark, paging: Paging::new(limit.as_deref(), cursor.as_deref(), binding(scope), mac)? })
    }
}

impl Describe for Since {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        describe_since(
            operation,
            "The `next` of the previous response; or the place of an entry of the activity: its seq, such as the id of an event, or \
             better its seq and its id with a hyphen in between. Without it, everything is returned.",
        );
    }
}

fn describe_since(operation: &mut Operation, since: &str) {
    operation.query(&json_schema!({ "type": "object", "properties": {
        "since": { "type": "string", "description": since },
        "limit": { "type": "integer", "minimum": 1, "maximum": 200,
                   "description": "The approximate number of items to return. Defaults to 50." },
    }}));
    operation.refuses(&[Code::InvalidInput, Code::InvalidCursor]);
}

/// A page of changes, with which a client brings its copy of an organization up to date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changes {
    /// The organization, members, labels, projects, tasks and comments that changed, each at most once.
    pub items: Vec<Change>,
    /// The cursor to send as `?since=` in the next request.
    pub next: String,
    /// Whether more changes are waiting. If so, send the next request immediately: the copy is complete and consistent
    /// only once this is `false`.
    pub has_more: bool,
    /// Whether to discard the whole copy before applying these items, since everything is sent again: for example because
    /// the server went back to a backup, and what `since` stands for never happened in the history that it has now.
    pub reset: bool,
}

pub async fn list(access: Access<SeeChanges>, since: Since) -> Result<answer::Ok<Changes>> {
    access.read(since, async |tx: &OrgTx, (), asked: Asked| changes(tx, asked).await).await.map(answer::Ok)
}

async fn changes(tx: &OrgTx, Asked { mark, paging }: Asked) -> Result<Changes> {
    let newest = ledger::last_mark(tx).await?;
    // What another version has sealed is no error: the copy begins anew.
    let sealed: Option<Place> = paging.after::<Value>()?.and_then(|place| serde_json::from_value(place).ok());
    if sealed.as_ref().is_some_and(|place| place.user != tx.user()) {
        return Err(Code::InvalidCursor.into());
    }
    let mark = sealed.as_ref().map(|place| place.newest).or(mark);
    let known = match mark {
        Some(mark) => ledger::known_mark(tx, mark).await?,
        None => None,
    };
    let place = known.map(|known| match sealed {
        Some(place) => Place { newest, ..place },
        None => Place::entries(tx.user(), known.seq, newest),
    });
    let reset = place.is_none();
    let place = place.unwrap_or_else(|| Place::all(tx.user(), newest.seq, newest));
    let mut reading = Reading::new(tx, place, reset, paging.limit());
    let has_more = reading.read(usize::MAX).await?;
    Ok(Changes {
        items: reading.items().await?,
        next: paging.seal(&reading.place)?,
        has_more,
        reset: reading.reset,
    })
}

/// The extractor of the query parameters `since` and `limit` for the changes in all organizations.
pub struct SinceAnywhere(Since);

impl<S: Sync> FromRequestParts<S> for SinceAnywhere
where
    Cursors: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Since::from_request_parts(parts, state).await.map(Self)
    }
}

impl Input for SinceAnywhere {
    type Value = Paging;

    fn open(&self, scope: Uuid) -> Result<Paging> {
        let Asked { mark, paging } = self.0.open(scope)?;
        // An entry's place is one in a single organization.
        if mark.is_some() { Err(Code::InvalidCursor.into()) } else { Ok(paging) }
    }
}

impl Describe for SinceAnywhere {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        describe_since(operation, "The `next` of the previous response. Without it, everything is returned.");
    }
}

/// Reads the `next` of a response, at which a stream of all events begins. `None` if another version has sealed it.
///
/// # Errors
/// 422 if it was altered, or is another user's.
pub fn everything_of(next: &str, user: Uuid, cursors: &Cursors) -> Result<Option<Everything>> {
    let paging = Paging::new(None, Some(next), binding(user), cursors.0.clone())?;
    let copy: Value = paging.after()?.ok_or(Code::InvalidCursor)?;
    Ok(serde_json::from_value(copy).ok())
}

/// Returns the `next` of a copy of everything.
pub fn next_of_everything(copy: &Everything, cursors: &Cursors) -> Result<String> {
    Paging::new(None, None, binding(copy.user().uuid()), cursors.0.clone())?.seal(copy)
}

/// A page of changes, with which a client brings its copy of all the caller's organizations up to date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyChanges {
    /// What changed in the caller's organizations and their account, in the order in which to take it up. An organization
    /// that is told as deleted may be told again after that, with everything in it.
    pub items: Vec<Change>,
    /// The cursor to send as `?since=` in the next request. It has at most 8,000 characters.
    pub next: String,
    /// Whether more changes are waiting. If so, send the next request immediately: the copy is complete and consistent
    /// only once this is `false`. There may be more although `items` is empty.
    pub has_more: bool,
    /// Whether to discard the whole copy before applying these items, since everything is sent again: for example because
    /// the server went back to a backup, and what `since` stands for never happened in the history that it has now.
    pub reset: bool,
}

pub async fn list_mine(me: SignedIn, since: SinceAnywhere) -> Result<answer::Ok<MyChanges>> {
    let read = async |me: &UserTx, paging: Paging| {
        // What another version has sealed is no error: the copy begins anew.
        let copy: Option<Everything> =
            paging.after::<Value>()?.and_then(|copy| serde_json::from_value(copy).ok());
        if copy.as_ref().is_some_and(|copy| !copy.is_of(me)) {
            return Err(Code::InvalidCursor.into());
        }
        let Update { items, copy, has_more, reset } = everywhere::read(me, copy, paging.limit()).await?;
        Ok(MyChanges { items, next: paging.seal(&copy)?, has_more, reset })
    };
    me.read(since, read).await.map(answer::Ok)
}
