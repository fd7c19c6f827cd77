//! The inputs of handlers: bodies, queries and path parameters. They are parsed as they arrive, before the transaction,
//! but the result stays shut until authorization, so that unauthorized callers can't learn anything from it.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{FromRef, FromRequest, FromRequestParts, MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{
    answer::{Counts, Removal},
    describe::{Describe, Operation},
    load::Full,
    schemas::Schemas,
};
use crate::base::{
    error::{Code, Error, Result},
    json,
    list::Flag,
    page::Paging,
    secret::Mac,
};

/// The maximum size of a body, in bytes.
pub const BODY_MOST: usize = 1024 * 1024;

/// Bodies up to this size, in bytes, are parsed where they arrive.
const SMALL: usize = 64 * 1024;

/// Larger ones are parsed on other threads, so many at once.
static LARGE: Semaphore = Semaphore::const_new(2);

/// An input that was received and parsed, but whose result must not be known before the caller is authorized.
pub trait Input: Send + 'static {
    type Value;

    /// Returns the parsed input, each time it is called: a transaction may run again. `scope` is the id of the
    /// organization or user whose data the request is about.
    ///
    /// # Errors
    /// 400, 413, 415 or 422 if the input is invalid.
    fn open(&self, scope: Uuid) -> Result<Self::Value>;
}

/// The input of a request that takes none.
impl Input for () {
    type Value = ();

    fn open(&self, _: Uuid) -> Result<()> {
        Ok(())
    }
}

/// Two inputs, of which the first one's errors come first.
impl<A: Input, B: Input> Input for (A, B) {
    type Value = (A::Value, B::Value);

    fn open(&self, scope: Uuid) -> Result<Self::Value> {
        Ok((self.0.open(scope)?, self.1.open(scope)?))
    }
}

/// A JSON body.
pub struct Json<T>(Result<T>);

impl<T: Clone + Send + 'static> Input for Json<T> {
    type Value = T;

    fn open(&self, _: Uuid) -> Result<T> {
        self.0.clone()
    }
}

impl<S: Sync, T: DeserializeOwned + Send + 'static> FromRequest<S> for Json<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(match receive(request).await {
            Ok(body) => parse(body).await,
            Err(code) => Err(code.into()),
        }))
    }
}

/// An optional JSON body. A missing body is read as an empty object.
pub struct OrNothing<T>(Json<T>);

impl<T: Clone + Send + 'static> Input for OrNothing<T> {
    type Value = T;

    fn open(&self, scope: Uuid) -> Result<T> {
        self.0.open(scope)
    }
}

impl<S: Sync, T: DeserializeOwned + Default + Send + 'static> FromRequest<S> for OrNothing<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let received = if request.headers().contains_key(header::CONTENT_TYPE) {
            receive(request).await
        } else {
            collect(request.into_body()).await
        };
        Ok(Self(Json(match received {
            Ok(body) if body.is_empty() => Ok(T::default()),
            Ok(body) => parse(body).await,
            Err(code) => Err(code.into()),
        })))
    }
}

/// A body that must be missing or an empty object.
pub struct NoBody(OrNothing<Nothing>);

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Input for NoBody {
    type Value = ();

    fn open(&self, scope: Uuid) -> Result<()> {
        self.0.open(scope).map(|Nothing {}| ())
    }
}

impl<S: Sync> FromRequest<S> for NoBody {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        OrNothing::from_request(request, state).await.map(Self)
    }
}

/// Returns whether the headers say that the body is JSON in UTF-8, and isn't compressed.
fn is_json(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().to_ascii_lowercase());
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = matches!(parts.next(), Some("application/json" | "application/merge-patch+json"))
        && parts.all(|part| part.is_empty() || matches!(part, "charset=utf-8" | "charset=\"utf-8\""));
    let is_plain = text(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    is_json && is_plain
}

/// Collects a body that has to be JSON.
///
/// # Errors
/// 400, 413, 415 or 503 if it can't be received.
pub async fn receive(request: Request) -> Result<Bytes, Code> {
    if is_json(request.headers()) {
        collect(request.into_body()).await
    } else {
        Err(Code::UnsupportedMediaType)
    }
}

async fn collect(body: Body) -> Result<Bytes, Code> {
    match Limited::new(body, BODY_MOST).collect().await {
        Ok(body) => Ok(without_mark(body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(Code::PayloadTooLarge),
        Err(error) if Full::is_cause_of(&*error) => Err(Code::Overloaded),
        Err(_) => Err(Code::MalformedRequest),
    }
}

/// Returns the body without the byte order mark that some clients begin a text with (RFC 8259, section 8.1).
fn without_mark(body: Bytes) -> Bytes {
    if body.starts_with(b"\xef\xbb\xbf") { body.slice(3..) } else { body }
}

/// Parses a body. A large one would hold up the requests of the same thread.
async fn parse<T: DeserializeOwned + Send + 'static>(body: Bytes) -> Result<T> {
    if body.len() <= SMALL {
        return json::read(&body);
    }
    let turn = LARGE.acquire().await.map_err(Error::internal)?;
    let parsing = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        json::read(&body)
    });
    parsing.await.map_err(Error::internal)?
}

/// The query string's parameters.
pub struct Query<T>(Result<T>);

impl<T: Clone + Send + 'static> Input for Query<T> {
    type Value = T;

    fn open(&self, _: Uuid) -> Result<T> {
        self.0.clone()
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(json::read_query(parts.uri.query().unwrap_or_default())))
    }
}

/// The key that seals the cursors of lists.
#[derive(Debug, Clone)]
pub struct Cursors(pub Mac);

/// The filters of a list that has none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFilters {}

/// A transaction that supports dry runs.
pub trait Rehearse {
    /// Marks the transaction to be rolled back, whatever it returns.
    fn rehearse(&self);
}

/// The query parameter that turns a destructive call into a dry run.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRun {
    /// If `true`, changes nothing, and the answer tells what the call would have done.
    pub dry_run: Option<Flag>,
}

impl DryRun {
    pub fn is_on(self) -> bool {
        self.dry_run.is_some_and(|flag| flag.0)
    }

    /// Returns the response to a destructive call. A dry run runs the same code as the real call; this then marks its
    /// transaction to be rolled back.
    pub fn removal<T>(self, tx: &impl Rehearse, counts: Counts, more: Option<T>) -> Removal<T> {
        if self.is_on() {
            tx.rehearse();
            return Removal::Rehearsed(counts);
        }
        Removal::Done(more)
    }
}

/// The filters and the page of a list.
pub struct List<T> {
    asked: Result<Asked<T>>,
    /// The list's route and path parameters, except for the organization, whose slug may change.
    place: String,
    cursors: Cursors,
}

/// The query of a list, whose cursor is verified only when the organization is known.
#[derive(Clone)]
struct Asked<T> {
    filters: T,
    /// The filters in a text that is the same for the same filters.
    sorted: String,
    limit: Option<String>,
    cursor: Option<String>,
}

impl<T: Clone + Send + 'static> Input for List<T> {
    type Value = (T, Paging);

    fn open(&self, scope: Uuid) -> Result<(T, Paging)> {
        let Asked { filters, sorted, limit, cursor } = self.asked.clone()?;
        let binding = format!("{scope}\n{}\n{sorted}\n", self.place).into_bytes();
        let paging = Paging::new(limit.as_deref(), cursor.as_deref(), binding, self.cursors.0.clone())?;
        Ok((filters, paging))
    }
}

impl<T: DeserializeOwned> Asked<T> {
    fn read(query: &str) -> Result<Self> {
        let (mut limit, mut cursor) = (None, None);
        let mut filters = url::form_urlencoded::Serializer::new(String::new());
        let mut sorted = BTreeMap::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let twice = match &*key {
                "limit" => limit.replace(value.into_owned()).is_some(),
                "cursor" => cursor.replace(value.into_owned()).is_some(),
                _ => {
                    filters.append_pair(&key, &value);
                    sorted
                        .entry(key.clone())
                        .and_modify(|list| *list = format!("{list},{value}").into())
                        .or_insert(value);
                    false
                }
            };
            if twice {
                return Err(Error::parameter(&key, "duplicate_field", "given more than once"));
            }
        }
        let filters = json::read_query(&filters.finish())?;
        Ok(Self { filters, sorted: format!("{sorted:?}"), limit, cursor })
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for List<T>
where
    Cursors: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let path = MatchedPath::from_request_parts(parts, state).await;
        let params = Params::of(parts, state).await;
        let place = format!("{:?} {:?}", path.as_ref().map(MatchedPath::as_str).ok(), params.without("org"));
        let asked = Asked::read(parts.uri.query().unwrap_or_default());
        Ok(Self { asked, place, cursors: Cursors::from_ref(state) })
    }
}

/// The parameters of a request's path.
#[derive(Debug, Clone, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Returns the parameters of a request. If they can't be decoded, there are none, so that the path names no object.
    pub async fn of<S: Send + Sync>(parts: &mut Parts, state: &S) -> Self {
        let params = RawPathParams::from_request_parts(parts, state).await;
        Self(params.iter().flatten().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    /// Returns the parameters that a path with these values would have.
    pub fn named(values: &[(&str, String)]) -> Self {
        Self(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    }

    /// Returns the text of a parameter, or an empty text if the path has no parameter of this name.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Parses a parameter. Returns `None` if it isn't a valid `T`.
    pub fn get<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name).parse().ok()
    }

    fn without(&self, name: &str) -> Vec<&(String, String)> {
        self.0.iter().filter(|(key, _)| key != name).collect()
    }
}

/// The error codes of an operation that takes a body.
const BODY: &[Code] = &[
    Code::MalformedJson,
    Code::MalformedRequest,
    Code::PayloadTooLarge,
    Code::UnsupportedMediaType,
    Code::InvalidInput,
];

impl<T: JsonSchema> Describe for Json<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.body(&schemas.request::<T>(), true);
        operation.refuses(BODY);
    }
}

impl<T: JsonSchema> Describe for OrNothing<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.body(&schemas.request::<T>(), false);
        operation.refuses(BODY);
    }
}

impl Describe for NoBody {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.refuses(BODY);
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.query(&schemas.parameters::<T>());
        operation.refuses(&[Code::InvalidInput]);
    }
}

impl<T: JsonSchema> Describe for List<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.query(&schemars::json_schema!({ "type": "object", "properties": {
            "limit": { "type": "integer", "minimum": 1, "maximum": 200,
                       "description": "The largest number of items in the page. Defaults to 50." },
            "cursor": { "type": "string", "description": "The `next_cursor` of the previous page." },
        }}));
        operation.query(&schemas.parameters::<T>());
        operation.refuses(&[Code::InvalidInput, Code::InvalidCursor]);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts, state).await)
    }
}

impl Describe for Params {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

impl Describe for HeaderMap {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

impl<T> Describe for State<T> {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

impl<T> Describe for axum::Extension<T> {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}
