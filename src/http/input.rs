//! The inputs of handlers: bodies, queries and path parameters. They are received at once but parsed only after
//! authorization, so that unauthorized callers can't learn anything from validation errors.

use std::collections::BTreeMap;

use axum::{
    body::Body,
    extract::{FromRef, FromRequest, FromRequestParts, MatchedPath, RawPathParams, Request, State},
    http::{HeaderMap, header, request::Parts},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    answer::{Counts, Removal},
    describe::{Describe, Operation},
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

/// An input that was received but not yet parsed.
pub trait Input: Send + 'static {
    type Value;

    /// Parses and validates the input. `scope` is the id of the organization or user whose data the request is about.
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

/// Two inputs, parsed one after the other.
impl<A: Input, B: Input> Input for (A, B) {
    type Value = (A::Value, B::Value);

    fn open(&self, scope: Uuid) -> Result<Self::Value> {
        Ok((self.0.open(scope)?, self.1.open(scope)?))
    }
}

/// A JSON body.
pub struct Json<T>(Result<Vec<u8>, Code>, std::marker::PhantomData<fn() -> T>);

impl<T: DeserializeOwned + 'static> Input for Json<T> {
    type Value = T;

    fn open(&self, _: Uuid) -> Result<T> {
        match &self.0 {
            Ok(body) => json::read(body),
            Err(code) => Err((*code).into()),
        }
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let body = match unreadable(request.headers()) {
            Some(code) => Err(code),
            None => collect(request.into_body()).await,
        };
        Ok(Self(body, std::marker::PhantomData))
    }
}

/// An optional JSON body. A missing body is read as an empty object.
pub struct OrNothing<T>(Json<T>);

impl<T: DeserializeOwned + Default + 'static> Input for OrNothing<T> {
    type Value = T;

    fn open(&self, scope: Uuid) -> Result<T> {
        match &self.0.0 {
            Ok(body) if body.is_empty() => Ok(T::default()),
            _ => self.0.open(scope),
        }
    }
}

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for OrNothing<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return Json::from_request(request, state).await.map(Self);
        }
        Ok(Self(Json(collect(request.into_body()).await, std::marker::PhantomData)))
    }
}

/// A body that must be missing or an empty object.
pub struct NoBody(OrNothing<Nothing>);

#[derive(Default, serde::Deserialize)]
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

/// Returns the error for a body whose headers say that it can't be read: it isn't JSON in UTF-8, or is compressed.
fn unreadable(headers: &HeaderMap) -> Option<Code> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default().to_ascii_lowercase());
    let kind = text(header::CONTENT_TYPE).unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let is_json = matches!(parts.next(), Some("application/json" | "application/merge-patch+json"))
        && parts.all(|part| part.is_empty() || matches!(part, "charset=utf-8" | "charset=\"utf-8\""));
    let is_plain = text(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    (!is_json || !is_plain).then_some(Code::UnsupportedMediaType)
}

async fn collect(body: Body) -> Result<Vec<u8>, Code> {
    match Limited::new(body, BODY_MOST).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Code::PayloadTooLarge),
        Err(_) => Err(Code::MalformedRequest),
    }
}

/// The query string's parameters.
pub struct Query<T>(String, std::marker::PhantomData<fn() -> T>);

impl<T: DeserializeOwned + 'static> Input for Query<T> {
    type Value = T;

    fn open(&self, _: Uuid) -> Result<T> {
        json::read_query(&self.0)
    }
}

impl<S: Sync, T> FromRequestParts<S> for Query<T> {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.uri.query().unwrap_or_default().to_owned(), std::marker::PhantomData))
    }
}

/// The key that seals the cursors of lists.
#[derive(Debug, Clone)]
pub struct Cursors(pub Mac);

/// The filters of a list that has none.
#[derive(Debug, Deserialize, JsonSchema)]
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
    /// If `true`, changes nothing and returns the number of objects of each kind that the call would affect.
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
    query: String,
    /// The list's route and path parameters, except for the organization, whose slug may change.
    place: String,
    cursors: Cursors,
    filters: std::marker::PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + 'static> Input for List<T> {
    type Value = (T, Paging);

    fn open(&self, scope: Uuid) -> Result<(T, Paging)> {
        let (mut limit, mut cursor) = (None, None);
        let mut filters = url::form_urlencoded::Serializer::new(String::new());
        let mut sorted = BTreeMap::new();
        for (key, value) in url::form_urlencoded::parse(self.query.as_bytes()) {
            let twice = match &*key {
                "limit" => limit.replace(value).is_some(),
                "cursor" => cursor.replace(value).is_some(),
                _ => {
                    filters.append_pair(&key, &value);
                    sorted.insert(key, value);
                    false
                }
            };
            if twice {
                return Err(Error::field("", "duplicate_field", "limit and cursor can be given once"));
            }
        }
        let filters = json::read_query(&filters.finish())?;
        let binding = format!("{scope}\n{}\n{sorted:?}\n", self.place).into_bytes();
        let paging = Paging::new(limit.as_deref(), cursor.as_deref(), binding, self.cursors.0.clone())?;
        Ok((filters, paging))
    }
}

impl<S: Send + Sync, T> FromRequestParts<S> for List<T>
where
    Cursors: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let path = MatchedPath::from_request_parts(parts, state).await;
        let params = Params::of(parts, state).await;
        let place = format!("{:?} {:?}", path.as_ref().map(MatchedPath::as_str).ok(), params.without("org"));
        Ok(Self { query, place, cursors: Cursors::from_ref(state), filters: std::marker::PhantomData })
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
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.body(&generator.subschema_for::<T>(), true);
        operation.refuses(BODY);
    }
}

impl<T: JsonSchema> Describe for OrNothing<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.body(&generator.subschema_for::<T>(), false);
        operation.refuses(BODY);
    }
}

impl Describe for NoBody {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        let empty = schemars::json_schema!({ "type": "object", "additionalProperties": false });
        operation.body(&empty, false);
        operation.refuses(BODY);
    }
}

impl<T: JsonSchema> Describe for Query<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.query(&T::json_schema(generator));
        operation.refuses(&[Code::InvalidInput]);
    }
}

impl<T: JsonSchema> Describe for List<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.query(&schemars::json_schema!({ "type": "object", "properties": {
            "limit": { "type": "integer", "minimum": 1, "maximum": 200,
                       "description": "The largest number of items in the page. Defaults to 50." },
            "cursor": { "type": "string", "description": "The `next_cursor` of the previous page." },
        }}));
        operation.query(&T::json_schema(generator));
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
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}

impl Describe for HeaderMap {
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}

impl<T> Describe for State<T> {
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}

impl<T> Describe for axum::Extension<T> {
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}
