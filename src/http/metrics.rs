//! The metrics of a node for Prometheus (OpenMetrics 1.0), which are served on a separate address.

use std::sync::Arc;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

use super::traced;
use crate::base::{
    clock::{Stopwatch, Time},
    error::{Error, Result},
};

/// The content type of rendered metrics.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    /// The path pattern of the route table, so that ids don't multiply the time series.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

/// The metrics of this node, and the outbox counts of all nodes.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Family<Route, Histogram>,
    mails_waiting: Gauge,
    mails_dead: Gauge,
    backup: Gauge,
    spans_lost: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("guildhall");
        let requests = Family::<Answered, Counter>::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let durations = Family::<Route, Histogram>::new_with_constructor(|| {
            Histogram::new([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
        });
        registry.register(
            "http_request_duration_seconds",
            "Time from the request to the answer",
            durations.clone(),
        );
        let (mails_waiting, mails_dead) = (Gauge::default(), Gauge::default());
        registry.register("mails_waiting", "Mails waiting in the outbox of all nodes", mails_waiting.clone());
        registry.register("mails_dead", "Mails given up in the last 30 days", mails_dead.clone());
        let backup = Gauge::default();
        let help = "When the newest regular backup was made, 0 without one";
        registry.register("last_backup_timestamp_seconds", help, backup.clone());
        let spans_lost = Counter::default();
        let help = "Spans of traces that the collector didn't take, or that were too many to be kept";
        registry.register("trace_spans_lost", help, spans_lost.clone());
        Self { registry, requests, durations, mails_waiting, mails_dead, backup, spans_lost }
    }
}

impl Metrics {
    /// Takes note of when the newest regular backup was made.
    pub fn backed_up(&self, at: Time) {
        self.backup.set(at.seconds());
    }

    /// Returns the counter of lost spans.
    #[must_use]
    pub const fn spans_lost(&self) -> &Counter {
        &self.spans_lost
    }

    /// Renders all metrics as OpenMetrics text. The arguments are the numbers of messages of all nodes: those that wait
    /// in the outbox, and those whose delivery was given up.
    pub fn render(&self, mails_waiting: i64, mails_dead: i64) -> Result<String> {
        self.mails_waiting.set(mails_waiting);
        self.mails_dead.set(mails_dead);
        let mut rendered = String::new();
        text::encode(&mut rendered, &self.registry).map_err(Error::internal)?;
        Ok(rendered)
    }
}

/// Counts a request and measures its duration, as middleware of the routes.
pub async fn count(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let started = Stopwatch::start();
    let known = known(request.method().as_str());
    let method = known.unwrap_or("other");
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(String::new, |path| path.as_str().to_owned());
    traced::routed(known, &route);
    let response = next.run(request).await;
    let seconds = started.elapsed().as_secs_f64();
    metrics.durations.get_or_create(&Route { method, route: route.clone() }).observe(seconds);
    metrics.requests.get_or_create(&Answered { method, route, status: response.status().as_u16() }).inc();
    response
}

/// Returns the method's name if it is a known one. Clients can't create unlimited time series by others.
pub fn known(method: &str) -> Option<&'static str> {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].into_iter().find(|known| *known == method)
}
