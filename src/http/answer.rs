//! What handlers answer: a type for each shape of success, and the one mapping of errors.

use std::{collections::BTreeMap, convert::Infallible};

use axum::{
    body::Bytes,
    http::{HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::stream::BoxStream;
use schemars::{JsonSchema, SchemaGenerator, json_schema};
use serde::Serialize;

use super::describe::{Describe, Operation};
use crate::base::{
    error::{Code, Error, FieldError},
    page::Page,
};

/// 200 with an object.
pub struct Ok<T>(pub T);

/// 200 with an object that has a version: its `ETag` is made of the version and a digest of the body.
pub struct Tagged<T>(pub T);

/// 201 with an object and where it is.
pub struct Created<T> {
    pub location: String,
    pub object: T,
}

/// 202 with what comes next.
pub struct Accepted<T>(pub T);

/// 204.
pub struct NoContent;

/// An object with a version, which `If-Match` refers to.
pub trait Versioned {
    fn version(&self) -> i64;
}

fn json(status: StatusCode, object: &impl Serialize) -> (Bytes, Response) {
    match serde_json::to_vec(object).map(Bytes::from) {
        Result::Ok(body) => {
            let mut response = (status, body.clone()).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (body, response)
        }
        Err(error) => (Bytes::new(), Error::internal(error).into_response()),
    }
}

impl<T: Serialize> IntoResponse for Ok<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0).1
    }
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self).1
    }
}

/// `"<version>-<digest of the body>"` (RFC 9110, section 8.8.3).
fn tag(version: i64, body: &[u8]) -> Option<HeaderValue> {
    let digest = crate::base::secret::digest(body);
    HeaderValue::from_str(&format!("\"{version}-{}\"", URL_SAFE_NO_PAD.encode(&digest[..9]))).ok()
}

impl<T: Serialize + Versioned> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let (body, mut response) = json(StatusCode::OK, &self.0);
        if let Some(tag) = tag(self.0.version(), &body) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl<T: Serialize + Versioned> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let (body, mut response) = json(StatusCode::CREATED, &self.object);
        let headers = response.headers_mut();
        if let Some(tag) = tag(self.object.version(), &body) {
            headers.insert(header::ETAG, tag);
        }
        if let Result::Ok(location) = HeaderValue::from_str(&self.location) {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        json(StatusCode::ACCEPTED, &self.0).1
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// An answer, and the cookie that comes with it.
pub struct WithCookie<T> {
    pub answer: T,
    pub cookie: Option<HeaderValue>,
}

impl<T> WithCookie<T> {
    /// Another answer with the same cookie.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> WithCookie<U> {
        WithCookie { answer: f(self.answer), cookie: self.cookie }
    }
}

impl<T: IntoResponse> IntoResponse for WithCookie<T> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        response.headers_mut().extend(self.cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        response
    }
}

impl<T: Describe> Describe for WithCookie<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        T::describe(operation, generator);
    }
}

/// RFC 9457, with our stable `code`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Problem<'a> {
    /// A page that explains it, on this server.
    pub r#type: String,
    pub title: &'a str,
    pub status: u16,
    /// What it means in this case.
    pub detail: &'a str,
    /// Stable: what a program decides by.
    pub code: &'a str,
    /// For talking to whoever runs the server: the log has it too.
    pub request_id: &'a str,
    /// What is wrong with the input, where it is the input.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(default)]
    pub errors: &'a [FieldError],
    /// A role that may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_role: Option<&'a str>,
    /// The role that the caller holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'a str>,
    /// What a login goes on with at `POST /v1/auth/login/mfa`, for 5 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_token: Option<&'a str>,
}

impl IntoResponse for Error {
    /// Without a body: the edge, which knows the request's id, writes the problem.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

impl Error {
    /// The problem as it is sent.
    pub fn to_response(&self, request_id: &str) -> Response {
        let code = self.code();
        let ours;
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            Self::Internal(why) => {
                tracing::error!(request_id, why, "internal error");
                ours = Box::new(code.refusal(code.help()));
                &ours
            }
        };
        let problem = Problem {
            r#type: format!("/problems/{}", code.as_str()),
            title: code.title(),
            status: code.status(),
            detail: &refusal.detail,
            code: code.as_str(),
            request_id,
            errors: &refusal.errors,
            required_role: refusal.roles.map(|(required, _)| required),
            role: refusal.roles.map(|(_, held)| held),
            mfa_token: refusal.mfa_token.as_deref(),
        };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, serde_json::to_vec(&problem).unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match code.status() {
            401 => drop(headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
            503 | 507 => drop(headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"))),
            _ => {}
        }
        if let Some(wait) = refusal.retry_after {
            headers.insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
        }
        response
    }
}

impl<T: JsonSchema> Describe for Ok<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.answers(200, Some(generator.subschema_for::<T>()), &[]);
    }
}

impl<T: JsonSchema> Describe for Page<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        let item = generator.subschema_for::<T>();
        let page = json_schema!({
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": { "type": "array", "items": item },
                "next_cursor": { "type": ["string", "null"], "description": "Send it as `?cursor=` for the next page; `null` on the last." },
            },
        });
        let name = format!("{}Page", T::schema_name());
        generator.definitions_mut().insert(name.clone(), page.into());
        let reference = json_schema!({ "$ref": format!("#/components/schemas/{name}") });
        operation.answers(200, Some(reference), &[]);
    }
}

impl<T: JsonSchema> Describe for Tagged<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.answers(200, Some(generator.subschema_for::<T>()), &["ETag"]);
        operation.versioned();
    }
}

impl<T: JsonSchema> Describe for Created<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.answers(201, Some(generator.subschema_for::<T>()), &["ETag", "Location"]);
    }
}

impl<T: JsonSchema> Describe for Accepted<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        operation.answers(202, Some(generator.subschema_for::<T>()), &[]);
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.answers(204, None, &[]);
    }
}

/// How many things of which kind, such as `{"tasks": 12}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DryRunCounts")]
pub struct Counts(BTreeMap<&'static str, i64>);

impl Counts {
    /// One thing of a kind.
    pub fn one(kind: &'static str) -> Self {
        Self::default().and(kind, 1)
    }

    /// And so many of another kind.
    pub fn and(mut self, kind: &'static str, count: i64) -> Self {
        self.0.insert(kind, count);
        self
    }

    /// And as many of another kind as there are in a list.
    pub fn and_all<T>(self, kind: &'static str, list: &[T]) -> Self {
        self.and(kind, i64::try_from(list.len()).unwrap_or(i64::MAX))
    }
}

/// What a dry run would have done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DryRunResult")]
pub struct Rehearsal {
    /// `true`: nothing was changed.
    pub dry_run: bool,
    /// How many of each kind would go.
    pub counts: Counts,
}

/// What a destructive call came to: 204, or 200 with what else it did; of a dry run, 200 with what it would have done.
#[derive(Debug)]
pub enum Removal<T = Rehearsal> {
    Done(Option<T>),
    Rehearsed(Counts),
}

impl<T: Serialize> IntoResponse for Removal<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Done(Some(more)) => Ok(more).into_response(),
            Self::Done(None) => NoContent.into_response(),
            Self::Rehearsed(counts) => Ok(Rehearsal { dry_run: true, counts }).into_response(),
        }
    }
}

impl<T: JsonSchema> Describe for Removal<T> {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        let rehearsal = generator.subschema_for::<Rehearsal>();
        let more = generator.subschema_for::<T>();
        let either = if more == rehearsal { more } else { json_schema!({ "anyOf": [more, rehearsal] }) };
        operation.answers(200, Some(either), &[]);
        NoContent::describe(operation, generator);
    }
}

/// 200 with a zip file.
pub struct Download {
    /// As it may be stored under; letters, digits, hyphens.
    pub name: String,
    pub bytes: Vec<u8>,
}

const ZIP: &str = "application/zip";

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let mut response = self.bytes.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ZIP));
        if let Result::Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name)) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        response
    }
}

impl Describe for Download {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.answers_with(
            ZIP,
            json_schema!({ "type": "string", "format": "binary" }),
            &["Content-Disposition"],
        );
    }
}

/// 200 with server-sent events
/// (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), for as long as there are any.
pub struct Events(pub BoxStream<'static, Result<Event, Infallible>>);

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        let mut response = Sse::new(self.0).into_response();
        let headers = response.headers_mut();
        // Instead of axum's own `no-cache`, which lets it be stored.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // For nginx, which would gather them.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

impl Describe for Events {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        let events = json_schema!({
            "type": "string",
            "description": "Each event's `id` is a seq, and its `data` an `Activity` as JSON. An `id` without `data` tells how far the stream is.",
        });
        operation.answers_with("text/event-stream", events, &[]);
    }
}

/// 200 with JSON that was made before.
pub struct Raw(pub std::sync::Arc<[u8]>);

impl IntoResponse for Raw {
    fn into_response(self) -> Response {
        let tag = tag(1, &self.0);
        let mut response = self.0.to_vec().into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().extend(tag.map(|tag| (header::ETAG, tag)));
        response
    }
}

impl Describe for Raw {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.answers(200, Some(json_schema!({ "type": "object" })), &["ETag"]);
        operation.versioned();
    }
}

/// What every operation may be refused with, whatever it does.
pub const ANYWHERE: &[Code] = &[
    Code::RateLimited,
    Code::Internal,
    Code::Overloaded,
    Code::Unavailable,
    Code::Timeout,
    Code::StorageFull,
    Code::HeadersTooLarge,
];
