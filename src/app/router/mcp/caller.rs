//! Sends the requests that tools make to the handlers of their routes, in the name of the agent.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, Uri, header, request::Parts},
    response::Response,
};
use http_body_util::BodyExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    base::error::{Code, Error, Result},
    http::{
        client::Peer,
        edge,
        idempotency::{self, Keyed},
        written::{self, Written},
    },
};

/// The characters of a path's segment that are percent-encoded (RFC 3986, section 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The maximum length of a request's path and query, in bytes.
const LONGEST: usize = 8_000;

/// The path and the query of a request.
#[derive(Debug)]
pub struct Target(String);

impl Target {
    /// Returns the path of these segments.
    pub fn of(segments: &[&str]) -> Self {
        let mut path = String::new();
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, SEGMENT));
        }
        Self(path)
    }

    /// Adds the fields of an object as parameters, but for those that are `null`.
    pub fn with(mut self, parameters: &Value) -> Self {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters.as_object().into_iter().flatten() {
            match value {
                Value::Null => {}
                Value::String(text) => drop(query.append_pair(name, text)),
                other => drop(query.append_pair(name, &other.to_string())),
            }
        }
        let query = query.finish();
        if !query.is_empty() {
            self.0 = format!("{}?{query}", self.0);
        }
        self
    }
}

/// A change of an organization.
pub struct Change {
    pub method: Method,
    /// The path, from the organization on.
    pub target: Target,
    pub body: Option<Value>,
    /// The version that the object must have.
    pub version: Option<i64>,
    /// Where the body is in the input of the tool, as a JSON Pointer.
    pub place: &'static str,
}

impl Change {
    /// Returns the change as an operation of a batch.
    fn operation(&self) -> Value {
        let mut operation = json!({ "method": self.method.as_str(), "path": self.target.0 });
        if let Some(fields) = operation.as_object_mut() {
            fields.extend(self.body.clone().map(|body| ("body".to_owned(), body)));
            fields
                .extend(self.version.map(|version| ("if_match".to_owned(), format!("\"{version}\"").into())));
        }
        operation
    }

    /// Makes the refusal of the only operation of a batch that of a tool, with the places of mistakes in its input.
    fn refused(&self, refused: Error) -> Error {
        let refused = refused.placed(|mut error| {
            if let Some(place) = error.pointer.strip_prefix("/operations/0/body") {
                error.pointer = format!("{}{place}", self.place);
            }
            if error.parameter.take_if(|name| name == "Idempotency-Key").is_some() {
                error.pointer = "/idempotency_key".into();
            }
            error
        });
        let Error::Refused(mut refusal) = refused else { return refused };
        refusal.operation = None;
        if let Some(detail) = refusal.detail.strip_prefix("Operation 0: ") {
            refusal.detail = detail.to_owned().into();
        }
        Error::Refused(refusal)
    }
}

/// Where and how a change is made: what every tool that changes something takes.
#[derive(Deserialize, JsonSchema)]
pub struct Manner {
    /// The organization, by its slug or id.
    organization: String,
    /// Tries the change: answers what it would do, and changes nothing.
    #[serde(default)]
    dry_run: bool,
    /// A key of your choice, such as a UUID, for one change. The same call with the same key within 24 hours does nothing more and
    /// answers the same.
    idempotency_key: Option<String>,
}

/// An agent, as whom requests are sent.
pub struct Caller {
    router: TowerToHyperService<Router>,
    /// What identifies the agent in each request.
    headers: HeaderMap,
    peer: Option<Peer>,
}

impl Caller {
    /// Sends requests as the sender of a message.
    pub fn new(app: &App, message: &Parts) -> Self {
        let mut headers = message.headers.clone();
        for of_the_message in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::IF_MATCH] {
            headers.remove(of_the_message);
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let router = TowerToHyperService::new(super::super::of_operations(app.clone()));
        Self { router, headers, peer: message.extensions.get().copied() }
    }

    /// Returns what a GET answers.
    ///
    /// # Errors
    /// What the request is refused with.
    pub async fn read(&self, target: &Target) -> Result<Value> {
        let request = self.request(Method::GET, target, Body::empty())?;
        Ok(self.send(request).await?.1)
    }

    /// Makes a change in an organization, as the only operation of a batch, so that each can be tried and repeated. Returns
    /// what the request answers, and the `seq` by which it can be undone.
    ///
    /// # Errors
    /// What the request is refused with.
    pub async fn write(&self, change: &Change, manner: &Manner) -> Result<Value> {
        let Manner { organization, dry_run, idempotency_key } = manner;
        let rehearsal = json!({ "dry_run": dry_run.then_some("true") });
        if *dry_run && change.method == Method::DELETE {
            // By itself, it counts what would go.
            let target =
                Target(format!("{}{}", Target::of(&["v1", "orgs", organization]).0, change.target.0));
            let request = self.request(Method::DELETE, &target.with(&rehearsal), Body::empty())?;
            return Ok(self.send(request).await?.1);
        }
        let target = Target::of(&["v1", "orgs", organization, "batch"]).with(&rehearsal);
        let batch = json!({ "operations": [change.operation()] }).to_string();
        let mut request = self.request(Method::POST, &target, batch.into())?;
        if let Some(key) = idempotency_key {
            // What no header can hold is refused like any other malformed key.
            let key = HeaderValue::from_str(key).unwrap_or(HeaderValue::from_static(""));
            request.headers_mut().insert(idempotency::KEY, key);
        }
        let (headers, mut answer) = self.send(request).await.map_err(|refused| change.refused(refused))?;
        let seq = headers.get(written::SEQ).and_then(|seq| seq.to_str().ok()?.parse::<i64>().ok());
        let mut told =
            json!({ "result": answer.pointer_mut("/results/0/body").map(Value::take), "seq": seq });
        for (name, is_so) in
            [("dry_run", *dry_run), ("replayed", headers.contains_key(idempotency::REPLAYED))]
        {
            if let Some(told) = told.as_object_mut().filter(|_| is_so) {
                told.insert(name.into(), true.into());
            }
        }
        Ok(told)
    }

    fn request(&self, method: Method, target: &Target, body: Body) -> Result<Request> {
        if target.0.len() > LONGEST {
            let text =
                format!("The names, words and filters are too long: at most {LONGEST} bytes together.");
            return Err(Code::InvalidInput.with(text));
        }
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = target.0.parse::<Uri>().map_err(Error::internal)?;
        *request.headers_mut() = self.headers.clone();
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        Ok(request)
    }

    async fn send(&self, mut request: Request) -> Result<(HeaderMap, Value)> {
        let (method, written) = (request.method().clone(), Written::noted_in(request.extensions_mut()));
        let response = self.router.call(Keyed::note(request)).await.map_err(Error::internal)?;
        let response = written.told(&method, response);
        if let Some(error) = response.extensions().get::<Arc<Error>>() {
            return Err(Error::clone(error));
        }
        // Where there is no route, such as for a name without a character.
        if !response.status().is_success() {
            return Err(Code::NotFound.into());
        }
        read(response).await
    }

    /// Returns the problem document of a refusal.
    pub async fn problem(&self, refused: &Error) -> Value {
        let id = self.headers.get(edge::REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
        read(refused.to_response(id)).await.map(|(_, problem)| problem).unwrap_or_default()
    }
}

async fn read(response: Response) -> Result<(HeaderMap, Value)> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(Error::internal)?.to_bytes();
    let value = if body.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&body) };
    Ok((parts.headers, value.map_err(Error::internal)?))
}
