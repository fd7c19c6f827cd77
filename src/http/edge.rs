//! What every request passes on its way in and every answer on its way out.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;

use super::{
    client::{self, Proxies},
    cors::Cors,
    rate::{Budget, Budgets, Caller},
};
use crate::base::{
    clock::Stopwatch,
    error::{Code, Error},
    id::UserId,
    secret,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Bytes that a request's target and headers may have. (Far larger ones end in `server`, without a problem.)
const HEAD_MOST: usize = 16 * 1024;

/// The user that a request's headers name.
type LookUp = Box<dyn Fn(&HeaderMap) -> Option<UserId> + Send + Sync>;

/// What the edge of the server goes by.
pub struct Edge {
    pub limits: Limits,
    pub budgets: Budgets,
    pub proxies: Proxies,
    pub cors: Cors,
    /// Whether clients come over TLS, which a proxy in front of this server ends.
    pub behind_tls: bool,
    /// The user that a request's credential names, as far as that can be told without the database.
    pub user: LookUp,
}

/// Where an answer is logged and finished: its request id, its problem, the headers that every answer has, 304.
pub async fn edge(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let started = Stopwatch::start();
    let id = request_id(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let known = tags(&mut request);
    let origin = request.headers().get(header::ORIGIN).cloned();
    // What somebody may see, or the credentials that show them.
    let personal = uri.path().starts_with("/v1/");

    let budget = edge.take_budget(&request);
    let mut response = match &budget {
        _ if is_preflight(&request) => StatusCode::NO_CONTENT.into_response(),
        Err(spent) => spent.refusal().into_response(),
        Ok(_) if head_size(&request) > HEAD_MOST => Error::from(Code::HeadersTooLarge).into_response(),
        Ok(_) => match tokio::time::timeout(edge.limits.request, run(next, request)).await {
            Ok(response) => response,
            Err(_) => Error::from(Code::Timeout).into_response(),
        },
    };
    if let Some(error) = problem(&response) {
        // 405 carries its own `Allow`.
        let allow = response.headers_mut().remove(header::ALLOW);
        response = error.to_response(&id);
        response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    }
    if matches!(method, Method::GET | Method::HEAD) && matches(&known, response.headers()) {
        response = not_modified(response);
    }
    if let Ok(Some(budget)) | Err(budget) = budget {
        budget.tell(response.headers_mut());
    }
    edge.finish(&mut response, &id, origin.as_ref(), personal);
    let millis = started.millis();
    // The path only: a query may hold what somebody searched for.
    tracing::info!(%method, path = uri.path(), status = response.status().as_u16(), millis, request_id = id, "request");
    response
}

impl Edge {
    /// Takes the request from its caller's budget. Health checks and the reference are free.
    fn take_budget(&self, request: &Request) -> Result<Option<Budget>, Budget> {
        if !request.uri().path().starts_with("/v1/") {
            return Ok(None);
        }
        let address = || client::address(request.extensions(), request.headers(), &self.proxies);
        let caller = match (self.user)(request.headers()) {
            Some(user) => Caller::User(user),
            None => Caller::Address(client::network(address())),
        };
        self.budgets.take(caller)
    }

    fn finish(&self, response: &mut Response, id: &str, origin: Option<&HeaderValue>, personal: bool) {
        let status = response.status();
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(id) {
            headers.insert(REQUEST_ID, id);
        }
        let mut default = |name: HeaderName, value: &'static str| {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        };
        default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        default(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        default(header::REFERRER_POLICY, "no-referrer");
        if self.behind_tls {
            default(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
        }
        if personal {
            let tagged = headers.contains_key(header::ETAG) || status == StatusCode::NOT_MODIFIED;
            let cache = if tagged { "private, no-cache" } else { "no-store" };
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(cache));
        }
        self.cors.answer(headers, origin);
    }
}

/// Runs the handler. One that panics answers 500: its connection goes on.
async fn run(next: Next, request: Request) -> Response {
    let caught = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    caught.unwrap_or_else(|panic| {
        let text =
            panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        Error::internal(format!("a handler panicked: {}", text.unwrap_or("without a message")))
            .into_response()
    })
}

fn head_size(request: &Request) -> usize {
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let uri = request.uri();
    headers + uri.path().len() + uri.query().map_or(0, str::len)
}

/// The caller's, if it is one that can stand in a log; else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    let good = |id: &&str| {
        (1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    };
    match given.filter(good) {
        Some(id) => id.to_owned(),
        None => secret::hex(&secret::random::<12>()),
    }
}

/// The problem that a bare response stands for.
fn problem(response: &Response) -> Option<std::sync::Arc<Error>> {
    if let Some(error) = response.extensions().get::<std::sync::Arc<Error>>() {
        return Some(error.clone());
    }
    let typed = response.headers().contains_key(header::CONTENT_TYPE);
    let code = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::NOT_ACCEPTABLE => Code::NotAcceptable,
        StatusCode::NOT_FOUND if !typed => Code::NotFound,
        _ => return None,
    };
    Some(std::sync::Arc::new(code.into()))
}

/// The tags that the caller knows: taken out of the request, because the edge answers them for every route.
fn tags(request: &mut Request) -> Vec<String> {
    let lines = request.headers().get_all(header::IF_NONE_MATCH).iter();
    let tags = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/").to_owned())
        .collect();
    request.headers_mut().remove(header::IF_NONE_MATCH);
    tags
}

/// Weak comparison (RFC 9110, section 13.1.2).
fn matches(known: &[String], headers: &HeaderMap) -> bool {
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    tag.is_some_and(|tag| known.iter().any(|known| known == "*" || known == tag))
}

/// The same answer without its body. Its other headers stay: they replace those that a cache has stored (RFC 9111,
/// section 3.2), such as the policy of the docs page.
fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    for of_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        parts.headers.remove(of_the_body);
    }
    Response::from_parts(parts, Body::empty())
}

fn is_preflight(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// How long a connection and a request may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Until a request's headers are there.
    pub headers: Duration,
    /// From there to the answer, the body's arrival included.
    pub request: Duration,
    /// After how long without news a stream says that it is still there, and looks whether it still may be.
    pub heartbeat: Duration,
    /// For what is running when the server is told to stop.
    pub shutdown: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            request: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            shutdown: Duration::from_secs(20),
        }
    }
}
