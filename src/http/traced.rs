//! What a trace tells of a request: its method, its route, the status of its answer and its id. Never its path, query or headers.

use axum::{extract::Request, http::StatusCode};
use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, field::Empty, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::{
    client::{Peer, Proxies},
    metrics::known,
};
use crate::base::trace::TARGET;

const TRACEPARENT: &str = "traceparent";
/// What the conventions of OpenTelemetry call a method that isn't known.
const OTHER: &str = "_OTHER";

/// The span of another service to which a request belongs (<https://www.w3.org/TR/trace-context/>).
struct Parent(Context);

/// The one header that is read. A `tracestate` would go on to the collector as it came.
struct Header<'a>(&'a str);

impl Extractor for Header<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == TRACEPARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

impl Parent {
    /// Reads a `traceparent`. Returns `None` if it is invalid.
    fn read(text: &str) -> Option<Self> {
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(text));
        parent.has_active_span().then_some(Self(parent))
    }

    /// Returns the parent that a trusted proxy names. Others could put their requests into the traces of somebody else.
    fn of(request: &Request, proxies: &Proxies) -> Option<Self> {
        let Peer(peer) = request.extensions().get::<Peer>()?;
        if !proxies.trusts(*peer) {
            return None;
        }
        Self::read(request.headers().get(TRACEPARENT)?.to_str().ok()?)
    }

    fn is_sampled(&self) -> bool {
        self.0.span().span_context().is_sampled()
    }
}

/// Returns the span of a request. A proxy can say that a request isn't traced, not that it is: that is a matter of the ratio.
pub fn span(request: &Request, id: &str, proxies: &Proxies) -> Span {
    let parent = Parent::of(request, proxies);
    if parent.as_ref().is_some_and(|parent| !parent.is_sampled()) {
        return Span::none();
    }
    let method = known(request.method().as_str()).unwrap_or(OTHER);
    let span = info_span!(
        target: TARGET,
        "request",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = Empty,
        http.response.status_code = Empty,
        "error.type" = Empty,
        guildhall.request_id = id,
    );
    if let Some(Parent(parent)) = parent {
        // It fails only where the span isn't taken.
        let _ = span.set_parent(parent);
    }
    span
}

/// Tells the route of the request that is handled now. `method` is `None` for one that isn't known.
pub fn routed(method: Option<&str>, route: &str) {
    let span = Span::current();
    if !span.is_disabled() {
        span.record("http.route", route);
        span.record("otel.name", format!("{} {route}", method.unwrap_or(OTHER)));
    }
}

/// Tells the status of the answer.
pub fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("otel.status_code", "error");
        span.record("error.type", status.as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_has_two_ids_and_says_whether_it_is_sampled() {
        const IDS: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
        for (text, sampled) in [("00", "00"), ("00", "01"), ("01", "03")]
            .map(|(version, flags)| (format!("{version}-{IDS}-{flags}"), flags != "00"))
        {
            assert_eq!(Parent::read(&text).unwrap().is_sampled(), sampled, "{text}");
        }
        let zeros = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
        for wrong in
            ["", "00", "nonsense", IDS, &format!("ff-{IDS}-01"), &format!("00-{IDS}-01-more"), &zeros]
        {
            assert!(Parent::read(wrong).is_none(), "{wrong}");
        }
    }
}
