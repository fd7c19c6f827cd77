//! Idempotency: the `Idempotency-Key` of a request, and answers in the form in which they are stored and sent again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use http_body_util::BodyExt;
use serde::Serialize;

use super::answer::{Accepted, Created, Effects, NoContent, Ok, Removal, SECRET, Secret, Tagged, Versioned};
use crate::base::{
    error::{Error, Result, StoredAnswer},
    id::UserId,
    secret::{self, Digest},
};

/// The header of a request that may be sent more than once.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that marks the answer to an earlier request.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The maximum length of a key.
const LONGEST: usize = 255;
/// The headers of an answer that are stored with it. The edge adds the others to each answer.
const STORED: [HeaderName; 4] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG, header::CACHE_CONTROL];

/// A POST with an `Idempotency-Key`. Cheap to clone.
#[derive(Clone)]
pub struct Keyed(Arc<Parts>);

struct Parts {
    /// Absent if the header isn't a valid key.
    key: Option<String>,
    /// The method and the path.
    operation: String,
    /// Digests the query and what was read of the body.
    content: Mutex<Digest>,
}

impl Keyed {
    /// Notes the key of a POST outside `/v1/auth` in the request's extensions. Its body is digested while it is read.
    pub fn note(request: Request) -> Request {
        let uri = request.uri();
        if request.method() != Method::POST
            || !request.headers().contains_key(KEY)
            || uri.path().starts_with("/v1/auth/")
        {
            return request;
        }
        let mut content = Digest::default();
        content.add(uri.query().unwrap_or_default().as_bytes());
        content.add(b"\n");
        let operation = format!("POST {}", uri.path());
        let keyed = Self(Arc::new(Parts { key: key(&request), operation, content: Mutex::new(content) }));
        let reader = keyed.clone();
        let mut request = request.map(|body| {
            Body::new(body.map_frame(move |frame| {
                if let Some(data) = frame.data_ref() {
                    reader.content().add(data);
                }
                frame
            }))
        });
        request.extensions_mut().insert(keyed);
        request
    }

    fn content(&self) -> MutexGuard<'_, Digest> {
        self.0.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a hash of the user, the method, the path and the key. Requests with the same hash are repeats of one.
    ///
    /// # Errors
    /// 422 if the key is malformed.
    pub fn hash(&self, user: UserId) -> Result<String> {
        let Parts { key, operation, .. } = &*self.0;
        let key = key.as_deref().ok_or_else(|| {
            Error::parameter("Idempotency-Key", "invalid_value", "must be 1 to 255 visible ASCII characters")
        })?;
        Result::Ok(secret::stored(&format!("{user} {operation} {key}")))
    }

    /// Returns a hash of the query and the body, in which repeats don't differ.
    pub fn content_hash(&self) -> String {
        self.content().clone().hex()
    }
}

/// Returns the request's only key, if it is valid.
fn key(request: &Request) -> Option<String> {
    let mut given = request.headers().get_all(KEY).iter();
    let key = given.next().filter(|_| given.next().is_none())?.to_str().ok()?;
    let is_valid = (1..=LONGEST).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    is_valid.then(|| key.to_owned())
}

/// A successful answer that can be stored in the transaction that it tells of.
pub trait Answer {
    /// Returns the response to send, without giving the answer away.
    fn response(&self) -> Response;

    /// Returns the answer in the form in which it is stored.
    ///
    /// # Errors
    /// 500 if it can't be serialized.
    fn stored(&self) -> Result<StoredAnswer> {
        let (parts, body) = self.response().into_parts();
        if !parts.status.is_success() {
            return Err(Error::internal("an answer that isn't a success"));
        }
        // The body of an answer lies in memory, and so is there at once.
        let body =
            body.collect().now_or_never().ok_or_else(|| Error::internal("an answer that is a stream"))?;
        let body = body.map_err(Error::internal)?.to_bytes();
        let text = |name: &HeaderName| {
            let value = parts.headers.get(name)?.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        };
        Result::Ok(StoredAnswer {
            status: parts.status.as_u16(),
            headers: STORED.iter().filter_map(text).collect(),
            body: String::from_utf8(body.into()).map_err(Error::internal)?,
        })
    }
}

/// Returns the response of an earlier request.
pub(super) fn replayed(answer: StoredAnswer) -> Response {
    let StoredAnswer { status, headers, body } = answer;
    let mut response = Body::from(body).into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Result::Ok(name), Result::Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

impl<T: Versioned> Versioned for &T {
    fn version(&self) -> i64 {
        T::version(self)
    }
}

impl<T: Serialize> Answer for Ok<T> {
    fn response(&self) -> Response {
        Ok(&self.0).into_response()
    }
}

impl<T: Serialize + Versioned> Answer for Tagged<T> {
    fn response(&self) -> Response {
        Tagged(&self.0).into_response()
    }
}

impl<T: Serialize + Versioned> Answer for Created<T> {
    fn response(&self) -> Response {
        Created { location: self.location.clone(), object: &self.object }.into_response()
    }
}

impl<T: Serialize> Answer for Accepted<T> {
    fn response(&self) -> Response {
        Accepted(&self.0).into_response()
    }
}

impl Answer for NoContent {
    fn response(&self) -> Response {
        Self.into_response()
    }
}

impl<T: Answer> Answer for Secret<T> {
    fn response(&self) -> Response {
        let mut response = self.0.response();
        response.headers_mut().insert(header::CACHE_CONTROL, SECRET);
        response
    }
}

impl<T: Serialize> Answer for Effects<T> {
    fn response(&self) -> Response {
        Effects(self.0.as_ref()).into_response()
    }
}

impl<T: Serialize> Answer for Removal<T> {
    fn response(&self) -> Response {
        match self {
            Self::Done(more) => Removal::Done(more.as_ref()).into_response(),
            Self::Rehearsed(counts) => Removal::<T>::Rehearsed(counts.clone()).into_response(),
        }
    }
}
