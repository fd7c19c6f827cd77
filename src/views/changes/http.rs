//! The handler of the changes feed.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Change, Place, Reading};
use crate::{
    access::{Access, OrgTx, actions},
    base::{
        error::{Code, Error, Result},
        page::Paging,
    },
    effects::ledger,
    http::{
        answer,
        describe::{Describe, Operation},
        input::{Cursors, Input, Query},
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
    /// The value of `since` if it is a plain seq instead of a cursor.
    seq: Option<i64>,
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

impl Input for Since {
    type Value = Asked;

    fn open(&self, scope: Uuid) -> Result<Asked> {
        let Parameters { since, limit } = self.query.open(scope)?;
        let is_plain = |since: &String| since.bytes().all(|byte| byte.is_ascii_digit());
        let (plain, place) = match since {
            Some(since) if is_plain(&since) => (Some(since), None),
            place => (None, place),
        };
        let seq = plain.map(|seq| seq.parse().map_err(|_| unknown())).transpose()?;
        let binding = format!("{scope}\nchanges\n").into_bytes();
        let mac = self.cursors.0.clone();
        Ok(Asked { seq, paging: Paging::new(limit.as_deref(), place.as_deref(), binding, mac)? })
    }
}

fn unknown() -> Error {
    Error::field(
        "/since",
        "invalid_value",
        "must be the `next` of an earlier answer, or a seq of this organization",
    )
}

impl Describe for Since {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.query(&json_schema!({ "type": "object", "properties": {
            "since": { "type": "string",
                       "description": "The `next` of the previous response, or a seq, such as the id of an event. Without it, everything is returned." },
            "limit": { "type": "integer", "minimum": 1, "maximum": 200,
                       "description": "The approximate number of items to return. Defaults to 50." },
        }}));
        operation.refuses(&[Code::InvalidInput, Code::InvalidCursor]);
    }
}

/// A page of changes, with which a client brings its copy of an organization up to date.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Changes {
    /// The organization, members, projects and tasks that changed, each at most once.
    pub items: Vec<Change>,
    /// The cursor to send as `?since=` in the next request.
    pub next: String,
    /// Whether more changes are waiting. If so, send the next request immediately: the copy is complete and consistent
    /// only once this is `false`.
    pub has_more: bool,
    /// Whether to discard the whole copy before applying these items, since everything is sent again.
    pub reset: bool,
}

pub async fn list(access: Access<SeeChanges>, since: Since) -> Result<answer::Ok<Changes>> {
    access.read(since, async |tx: &OrgTx, (), asked: Asked| changes(tx, asked).await).await.map(answer::Ok)
}

async fn changes(tx: &OrgTx, Asked { seq, paging }: Asked) -> Result<Changes> {
    let last = ledger::last_seq(tx).await?;
    let place = match (seq, paging.after::<Place>()?) {
        (Some(seq), _) if seq > last => return Err(unknown()),
        (Some(seq), _) => Some(Place::entries(tx.user(), seq)),
        (None, Some(place)) if place.user != tx.user() || place.seq > last => {
            return Err(Code::InvalidCursor.into());
        }
        (None, place) => place,
    };
    let reset = place.is_none();
    let place = place.unwrap_or_else(|| Place::all(tx.user(), last));
    let mut reading = Reading::new(tx, place, reset, paging.limit());
    let has_more = reading.read().await?;
    Ok(Changes {
        items: reading.items().await?,
        next: paging.seal(&reading.place)?,
        has_more,
        reset: reading.reset,
    })
}
