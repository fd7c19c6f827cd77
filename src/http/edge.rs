//! The outermost middleware, for every request and response: request ids, rate limits, timeouts, problem documents,
//! default headers, the access log and the span of a trace.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use tracing::{Instrument as _, Span};

use super::{
    client::{self, Proxies},
    compress::{Coding, compressed},
    cors::Cors,
    idempotency::Keyed,
    load::Load,
    rate::{Budgets, Caller},
    traced,
    written::Written,
};
pub use super::{load::Limits, places::Ceilings};
use crate::base::{
    clock::Stopwatch,
    error::{Code, Error},
    id::UserId,
    secret,
};

/// The path at which agents are served.
pub const AGENTS: &str = "/mcp";
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The maximum size of a request's target and headers, in bytes. (`server` rejects far larger ones itself, without a
/// problem document.)
const HEAD_MOST: usize = 16 * 1024;

/// A function that returns the user that a request's headers identify.
type LookUp = Box<dyn Fn(&HeaderMap) -> Option<UserId> + Send + Sync>;

/// The settings and the state of the edge middleware.
pub struct Edge {
    pub limits: Limits,
    pub budgets: Budgets,
    pub load: Load,
    pub proxies: Proxies,
    pub cors: Cors,
    /// Whether clients connect over TLS, which a proxy in front of this server terminates.
    pub behind_tls: bool,
    /// Returns the user that a request's credential identifies, as far as possible without the database.
    pub user: LookUp,
}

/// Runs a request within its budget and its time limit, then completes the response: its request id, its problem
/// document, compression, the default headers, 304 for a known `ETag`. Writes the log line of the request.
pub async fn edge(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let started = Stopwatch::start();
    let id = request_id(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let known = tags(&mut request);
    let origin = request.headers().get(header::ORIGIN).cloned();
    // These responses may contain private data or credentials, which shared caches must not store.
    let personal = is_api(uri.path());

    let caller = edge.caller(&request);
    let budget = caller.map_or(Ok(None), |caller| edge.budgets.take(caller));
    // What is refused without work is in no trace: a flood of it would push others out.
    let mut span = Span::none();
    let mut response = match &budget {
        _ if !is_addressed(&request) => {
            Code::MalformedRequest.with("Send exactly one Host header.").into_response()
        }
        _ if is_preflight(&request) => StatusCode::NO_CONTENT.into_response(),
        Err(spent) => spent.refusal().into_response(),
        Ok(_) if head_size(&request) > HEAD_MOST => Error::from(Code::HeadersTooLarge).into_response(),
        Ok(_) => {
            if personal {
                span = traced::span(&request, &id, &edge.proxies);
            }
            let running = edge.run(caller, next, request, &id).instrument(span.clone());
            match tokio::time::timeout(edge.limits.request, running).await {
                Ok(response) => response,
                Err(_) => Error::from(Code::Timeout).into_response(),
            }
        }
    };
    response = documented(response, &id);
    if matches!(method, Method::GET | Method::HEAD) && matches(&known, response.headers()) {
        response = not_modified(response);
    }
    if let Ok(Some(budget)) | Err(budget) = budget {
        budget.tell(response.headers_mut());
    }
    edge.finish(&mut response, &id, origin.as_ref(), personal);
    traced::answered(&span, response.status());
    let millis = started.millis();
    // The query is not logged, because it may contain a search text or a ticket.
    tracing::info!(%method, path = uri.path(), status = response.status().as_u16(), millis, request_id = id, "request");
    response
}

impl Edge {
    /// Returns who the request is counted for. What isn't the API, such as health checks and the reference, is free.
    fn caller(&self, request: &Request) -> Option<Caller> {
        if !is_api(request.uri().path()) {
            return None;
        }
        let address = || client::address(request.extensions(), request.headers(), &self.proxies);
        Some(match (self.user)(request.headers()) {
            Some(user) => Caller::User(user),
            None => Caller::Address(client::network(address())),
        })
    }

    /// Runs the handler when it is the caller's turn, and counts what the request holds meanwhile.
    async fn run(&self, caller: Option<Caller>, next: Next, request: Request, id: &str) -> Response {
        let (method, coding) = (request.method().clone(), Coding::preferred(request.headers()));
        let finished = async |response| compressed(coding, documented(response, id)).await;
        let Some(caller) = caller else { return finished(run(next, request).await).await };
        let turn = match self.load.turn(caller).await {
            Ok(turn) => turn,
            Err(late) => return late.into_response(),
        };
        let is_agents = request.uri().path() == AGENTS;
        let (mut parts, body) = request.into_parts();
        // What the request leads to is told under its id.
        if let Ok(id) = HeaderValue::from_str(id) {
            parts.headers.insert(REQUEST_ID, id);
        }
        let (body, held) = self.load.body(caller, body);
        let written = Written::noted_in(&mut parts.extensions);
        let response = finished(run(next, Keyed::note(Request::from_parts(parts, body))).await).await;
        let response = written.told(&method, response);
        drop((turn, held));
        // What a write has done can't be refused any more, and its response is small. Agents read by POST, too.
        if method != Method::GET && !is_agents {
            return response;
        }
        self.load.response(caller, response).unwrap_or_else(Error::into_response)
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

/// Runs the handler. If it panics, returns 500 and keeps the connection.
async fn run(next: Next, request: Request) -> Response {
    let caught = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    caught.unwrap_or_else(|panic| {
        let text =
            panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
        Error::internal(format!("a handler panicked: {}", text.unwrap_or("without a message")))
            .into_response()
    })
}

/// Returns whether a path is one of the API, in which callers have accounts.
fn is_api(path: &str) -> bool {
    path.starts_with("/v1/") || path == AGENTS
}

fn head_size(request: &Request) -> usize {
    let headers: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let uri = request.uri();
    headers + uri.path().len() + uri.query().map_or(0, str::len)
}

/// Returns the caller's request id if it has up to 128 characters that are safe in a log, otherwise a new one.
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

/// Writes the problem document of a response that is an error without one.
fn documented(mut response: Response, id: &str) -> Response {
    let Some(error) = problem(&response) else { return response };
    // A 405 has an `Allow` header, which the problem document's response must keep.
    let allow = response.headers_mut().remove(header::ALLOW);
    response = error.to_response(id);
    response.headers_mut().extend(allow.map(|allow| (header::ALLOW, allow)));
    response
}

/// Returns the error that a response without a body represents, if any.
fn problem(response: &Response) -> Option<std::sync::Arc<Error>> {
    if let Some(error) = response.extensions().get::<std::sync::Arc<Error>>() {
        return Some(error.clone());
    }
    let code = match response.status() {
        _ if response.headers().contains_key(header::CONTENT_TYPE) => return None,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::NOT_FOUND => Code::NotFound,
        _ => return None,
    };
    Some(std::sync::Arc::new(code.into()))
}

/// Removes `If-None-Match` from the request and returns its tags, because the edge middleware compares them for every
/// route.
fn tags(request: &mut Request) -> Vec<String> {
    let lines = request.headers().get_all(header::IF_NONE_MATCH).iter();
    let tags = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|tag| bare(tag.trim()).to_owned())
        .collect();
    request.headers_mut().remove(header::IF_NONE_MATCH);
    tags
}

/// Returns a tag without the mark of weak ones.
fn bare(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// Returns whether the response's `ETag` is one of the known tags, by weak comparison (RFC 9110, section 13.1.2). Proxies that
/// compress responses add to the tag: `"a-gzip"`, `"a;gzip"`, `"a"-gzip`.
fn matches(known: &[String], headers: &HeaderMap) -> bool {
    let tag = headers.get(header::ETAG).and_then(|tag| bare(tag.to_str().ok()?).strip_suffix('"'));
    let is_tag = |known: &str, tag: &str| {
        known.strip_prefix(tag).is_some_and(|rest| rest.starts_with(['"', '-', ';']))
    };
    tag.is_some_and(|tag| known.iter().any(|known| known == "*" || is_tag(known, tag)))
}

/// Turns a response into a 304 without a body. The other headers stay, because they replace those that a cache has
/// stored (RFC 9111, section 3.2), such as the content security policy of the docs page.
fn not_modified(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    for of_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        parts.headers.remove(of_the_body);
    }
    Response::from_parts(parts, Body::empty())
}

/// Returns whether the request has the one `Host` header that HTTP/1.1 demands (RFC 9112, section 3.2). HTTP/1.0 may do
/// without. Proxies that choose differently between two would disagree about whom the request is for.
fn is_addressed(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (None, _) => request.version() <= Version::HTTP_10,
        (Some(_), Some(_)) => false,
    }
}

fn is_preflight(request: &Request) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::{
        base::clock::Clock,
        http::{cors::Origins, rate::RateLimit},
    };

    fn edge() -> Arc<Edge> {
        Arc::new(Edge {
            limits: Limits::default(),
            load: Load::new(&Limits::default()),
            budgets: Budgets::new(RateLimit::OFF, Clock::system()),
            proxies: Proxies::default(),
            cors: Cors::new("https://hall.example", Origins::default(), Clock::system()),
            behind_tls: true,
            user: Box::new(|_| None),
        })
    }

    async fn answer(router: Router, request: axum::http::request::Builder) -> Response {
        let router = router.layer(middleware::from_fn_with_state(edge(), super::edge));
        let request = request.header(header::HOST, "hall.example");
        TowerToHyperService::new(router).call(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn a_handler_that_panics_is_answered_with_a_problem() {
        async fn panics() {
            panic!("a bug");
        }
        let router = Router::new().route("/v1/panics", get(panics));
        let answer = answer(router, Request::builder().uri("/v1/panics").header(REQUEST_ID, "seven")).await;
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(answer.headers()[REQUEST_ID], "seven");
        assert_eq!(
            answer.headers()[header::STRICT_TRANSPORT_SECURITY],
            "max-age=63072000; includeSubDomains"
        );
    }

    #[tokio::test]
    async fn a_known_version_is_not_sent_again() {
        let tagged = || Router::new().route("/docs", get(async || ([(header::ETAG, "\"a\"")], "text")));
        let status = async |lines: &[&str]| {
            let request = Request::builder().uri("/docs");
            let request =
                lines.iter().fold(request, |request, line| request.header(header::IF_NONE_MATCH, *line));
            answer(tagged(), request).await.status()
        };
        for lines in [
            &["\"a\""][..],
            &["W/\"a\""],
            &["W/\"a-gzip\""],
            &["\"a;gzip\""],
            &["\"a\"-gzip"],
            &["\"b\", \"a\""],
            &["\"b\"", "\"a\""],
            &["*"],
        ] {
            assert_eq!(status(lines).await, StatusCode::NOT_MODIFIED, "{lines:?}");
        }
        for lines in [&[][..], &["\"b\""], &["\"ab\""], &["a"], &[""], &["\""]] {
            assert_eq!(status(lines).await, StatusCode::OK, "{lines:?}");
        }
    }
}
