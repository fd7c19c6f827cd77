//! The response types of handlers: one for each form of success, and the conversion of errors to problem documents.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    fs::File,
    io::{self, Read as _},
    marker::PhantomData,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use flate2::Compression;
use futures_util::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use schemars::{JsonSchema, json_schema};
use serde::Serialize;

use super::{
    compress,
    describe::{Describe, Operation},
    idempotency,
    places::Place,
    schemas::Schemas,
};
use crate::base::{
    error::{Code, Error, FieldError},
    page::Page,
};

/// A 200 response with a JSON object.
pub struct Ok<T>(pub T);

/// A 200 response with a versioned object. Its `ETag` consists of the version and a digest of the body.
pub struct Tagged<T>(pub T);

/// A 201 response with a new object and its URL in `Location`.
pub struct Created<T> {
    pub location: String,
    pub object: T,
}

/// A 202 response with an object that says how the client continues.
pub struct Accepted<T>(pub T);

/// A 204 response.
pub struct NoContent;

/// An object with a version number, with which `If-Match` is compared.
pub trait Versioned {
    fn version(&self) -> i64;
}

/// Returns the object as it would be sent, for a refusal that shows it.
pub fn shown(object: &impl Serialize) -> crate::base::error::Result<Option<serde_json::Value>> {
    serde_json::to_value(object).map(Some).map_err(Error::internal)
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

/// Returns the `ETag` `W/"<version>-<digest of the body>"` (RFC 9110, section 8.8.3). It is weak, because the same body may
/// be sent compressed or not.
pub(super) fn tag(version: i64, body: &[u8]) -> Option<HeaderValue> {
    let digest = crate::base::secret::digest(body);
    HeaderValue::from_str(&format!("W/\"{version}-{}\"", URL_SAFE_NO_PAD.encode(&digest[..9]))).ok()
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

/// Keeps a response that holds a secret out of caches, and from being compressed, here or by a proxy.
pub(super) const SECRET: HeaderValue = HeaderValue::from_static("no-store, no-transform");

/// A response that holds a secret.
pub struct Secret<T>(pub T);

impl<T: IntoResponse> IntoResponse for Secret<T> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.headers_mut().insert(header::CACHE_CONTROL, SECRET);
        response
    }
}

impl<T: Describe> Describe for Secret<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        T::describe(operation, schemas);
    }
}

/// A response to a login or logout, which holds secrets and may set a cookie.
pub struct WithCookie<T> {
    pub answer: T,
    pub cookie: Option<HeaderValue>,
}

impl<T> WithCookie<T> {
    /// Converts the response and keeps the cookie.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> WithCookie<U> {
        WithCookie { answer: f(self.answer), cookie: self.cookie }
    }
}

impl<T: IntoResponse> IntoResponse for WithCookie<T> {
    fn into_response(self) -> Response {
        let mut response = Secret(self.answer).into_response();
        response.headers_mut().extend(self.cookie.map(|cookie| (header::SET_COOKIE, cookie)));
        response
    }
}

impl<T: Describe> Describe for WithCookie<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        T::describe(operation, schemas);
    }
}

/// An error response (a problem document, RFC 9457) with a stable `code`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub struct Problem<'a> {
    /// The path of a page on this server that explains the error.
    pub r#type: String,
    /// A summary of the error, the same for every error with this `code`.
    pub title: &'a str,
    /// The HTTP status of the response.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// An explanation of this occurrence of the error.
    pub detail: &'a str,
    /// The error's code. It is stable, so programs can rely on it.
    #[schemars(with = "Code")]
    pub code: &'a str,
    /// The request's id, under which the server's log has more about the error.
    pub request_id: &'a str,
    /// The invalid fields or query parameters. Absent if the error isn't about the input.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: &'a [FieldError],
    /// A role that allows the action. Present only if the caller's role doesn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_role: Option<&'a str>,
    /// The role that the caller holds. Present together with `required_role`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'a str>,
    /// The ticket for `POST /v1/auth/login/mfa`, which completes the login. Valid for 5 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa_token: Option<&'a str>,
    /// The object as it is now, for a 412: what a GET would answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub current: Option<&'a serde_json::Value>,
    /// The index of the operation of a batch, or of the task of an `atomic` bulk call, that was refused, from 0. Nothing of the
    /// others was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<usize>,
    /// The later changes that stand in the way of undoing one: entries of the activity, the newest first, at most ten.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    pub conflicts: &'a [serde_json::Value],
}

impl IntoResponse for Error {
    /// Creates a response without a body. The edge middleware, which knows the request's id, writes the problem
    /// document.
    fn into_response(self) -> Response {
        if let Self::Replayed(answer) = self {
            return idempotency::replayed(*answer);
        }
        let status = StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

impl Error {
    /// Creates the response with the problem document. Logs the cause of an internal error.
    pub fn to_response(&self, request_id: &str) -> Response {
        let code = self.code();
        let ours;
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            Self::Internal(_) | Self::Replayed(_) => {
                tracing::error!(request_id, why = %self, "internal error");
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
            current: refusal.current.as_ref(),
            operation: refusal.operation,
            conflicts: &refusal.conflicts,
        };
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, serde_json::to_vec(&problem).unwrap_or_default()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if refusal.mfa_token.is_some() {
            headers.insert(header::CACHE_CONTROL, SECRET);
        }
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
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(200, Some(schemas.answer::<T>()), &[]);
    }
}

impl<T: JsonSchema> Describe for Page<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(200, Some(schemas.page::<T>()), &[]);
    }
}

impl<T: JsonSchema> Describe for Tagged<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(200, Some(schemas.answer::<T>()), &["ETag"]);
        operation.versioned();
    }
}

impl<T: JsonSchema> Describe for Created<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(201, Some(schemas.answer::<T>()), &["ETag", "Location"]);
    }
}

impl<T: JsonSchema> Describe for Accepted<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers(202, Some(schemas.answer::<T>()), &[]);
    }
}

impl Describe for NoContent {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers(204, None, &[]);
    }
}

/// The number of objects of each kind that a call affects, such as `{"tasks": 12}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DryRunCounts")]
pub struct Counts(BTreeMap<&'static str, i64>);

impl Counts {
    /// Creates a count of one object of this kind.
    pub fn one(kind: &'static str) -> Self {
        Self::default().and(kind, 1)
    }

    /// Adds a count of another kind.
    pub fn and(mut self, kind: &'static str, count: i64) -> Self {
        self.0.insert(kind, count);
        self
    }

    /// Adds the length of a list as the count of another kind.
    pub fn and_all<T>(self, kind: &'static str, list: &[T]) -> Self {
        self.and(kind, i64::try_from(list.len()).unwrap_or(i64::MAX))
    }
}

/// The result of a dry run: what the call would have done.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DryRunResult")]
pub struct Rehearsal {
    /// Always `true`: nothing was changed.
    pub dry_run: bool,
    /// The number of objects of each kind that the call would have affected.
    pub counts: Counts,
}

/// The response to a destructive call: 204, or 200 with further effects of the call. A dry run responds 200 with the
/// counts of what it would have done.
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

/// A 200 response with what else a call did or left, or a 204 response if there is nothing to tell.
pub struct Effects<T>(pub Option<T>);

impl<T: Serialize> IntoResponse for Effects<T> {
    fn into_response(self) -> Response {
        match self.0 {
            Some(effects) => Ok(effects).into_response(),
            None => NoContent.into_response(),
        }
    }
}

impl<T: JsonSchema> Describe for Effects<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Ok::<T>::describe(operation, schemas);
        NoContent::describe(operation, schemas);
    }
}

impl<T: JsonSchema> Describe for Removal<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        let rehearsal = schemas.answer::<Rehearsal>();
        let more = schemas.answer::<T>();
        let either = if more == rehearsal { more } else { json_schema!({ "anyOf": [more, rehearsal] }) };
        operation.answers(200, Some(either), &[]);
        NoContent::describe(operation, schemas);
    }
}

/// A 200 response with a zip file, which is read as the client takes it.
pub struct Download {
    /// The suggested file name, of letters, digits, hyphens and dots only. It is not escaped.
    pub name: String,
    pub file: File,
    /// What the download takes up until it is over.
    pub place: Place,
}

const ZIP: &str = "application/zip";
/// The number of bytes of a file that are read at once.
const CHUNK: usize = 64 * 1024;

/// Reads the next bytes of a file. Returns `None` at its end.
async fn chunk((mut file, place): (File, Place)) -> io::Result<Option<(Vec<u8>, (File, Place))>> {
    let read = move || {
        let mut bytes = vec![0; CHUNK];
        let count = file.read(&mut bytes)?;
        bytes.truncate(count);
        Result::<_, io::Error>::Ok((count > 0).then_some((bytes, (file, place))))
    };
    tokio::task::spawn_blocking(read).await?
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let length = self.file.metadata().map(|file| file.len());
        let body = Body::from_stream(stream::try_unfold((self.file, self.place), chunk));
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.extend(length.ok().map(|length| (header::CONTENT_LENGTH, HeaderValue::from(length))));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(ZIP));
        if let Result::Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", self.name)) {
            headers.insert(header::CONTENT_DISPOSITION, name);
        }
        response
    }
}

impl Describe for Download {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers_with(
            ZIP,
            json_schema!({ "type": "string", "format": "binary" }),
            &["Content-Disposition"],
        );
    }
}

/// A 200 response with a stream of server-sent events
/// (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
///
/// `T` is what their data is, as JSON.
pub struct Events<T> {
    stream: BoxStream<'static, Result<Event, Infallible>>,
    data: PhantomData<fn() -> T>,
}

impl<T> Events<T> {
    pub fn new(stream: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Self {
        Self { stream: stream.boxed(), data: PhantomData }
    }
}

impl<T> IntoResponse for Events<T> {
    fn into_response(self) -> Response {
        let mut response = Sse::new(self.stream).into_response();
        let headers = response.headers_mut();
        // axum sets `no-cache`, which would allow caches to store the stream. A proxy that compressed it would hold back
        // events until it has enough of them.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
        // Without this header, nginx buffers the events.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

impl<T: JsonSchema> Describe for Events<T> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        operation.answers_with("text/event-stream", schemas.answer::<T>(), &[]);
    }
}

/// A 200 response with JSON that is the same for everybody: serialized and compressed once. Clones share the bytes.
#[derive(Debug, Clone)]
pub struct Raw {
    bytes: Bytes,
    tag: Option<HeaderValue>,
    is_gzip: bool,
}

impl Raw {
    pub fn new(json: impl Into<Bytes>) -> Self {
        let bytes = json.into();
        Self { tag: tag(1, &bytes), bytes, is_gzip: false }
    }

    /// Compresses the response.
    ///
    /// # Errors
    /// None in practice: memory takes everything.
    pub fn gzip(&self) -> io::Result<Self> {
        let bytes = compress::gzip(&self.bytes, Compression::best())?.into();
        Result::Ok(Self { tag: self.tag.clone(), bytes, is_gzip: true })
    }
}

impl IntoResponse for Raw {
    fn into_response(self) -> Response {
        let mut response = self.bytes.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.is_gzip {
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        headers.extend(self.tag.map(|tag| (header::ETAG, tag)));
        response
    }
}

impl Describe for Raw {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.answers(200, Some(json_schema!({ "type": "object" })), &["ETag"]);
        operation.versioned();
    }
}

/// The error codes that every operation may return.
pub const ANYWHERE: &[Code] = &[
    Code::RateLimited,
    Code::Internal,
    Code::Overloaded,
    Code::Unavailable,
    Code::Timeout,
    Code::StorageFull,
    Code::HeadersTooLarge,
];
