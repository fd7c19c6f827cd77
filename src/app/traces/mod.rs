//! Traces: which spans are taken, and where they are sent (OpenTelemetry). Off unless there is a collector.

mod collector;
mod sending;

use std::{path::PathBuf, str::FromStr};

use clap::Args;
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use tracing::{Metadata, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, Filter},
};

pub use collector::Collector;
use collector::Headers;
pub use sending::Sender;
use sending::{Queue, Sending};

use super::environment::{Trim, read_secret};
use crate::{
    base::{
        secret,
        trace::{ROOTS, TARGET},
    },
    http::metrics::Metrics,
};

/// The options for traces.
#[derive(Debug, Clone, Args)]
pub struct TraceArgs {
    /// The collector to send traces to, by OpenTelemetry's protocol over HTTP, such as `http://127.0.0.1:4318` [default: off]
    ///
    /// As in `OTEL_EXPORTER_OTLP_ENDPOINT`, which isn't read, the path `/v1/traces` is added. A trace shows a request, its transactions
    /// and their statements, with times; never a value, a title, an address or a token.
    #[arg(
        long,
        env = "GUILDHALL_OTLP_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = Trim(collector::url)
    )]
    pub otlp_url: Option<String>,

    /// Headers for the collector, such as `authorization=Bearer%20…`, separated by commas
    ///
    /// Special characters of values are percent-encoded.
    #[arg(
        long,
        env = "GUILDHALL_OTLP_HEADERS",
        hide_env_values = true,
        value_name = "HEADERS",
        requires = "otlp_url",
        value_parser = Trim(Headers::from_str)
    )]
    pub otlp_headers: Option<Headers>,

    /// A file that contains them, instead of --otlp-headers
    #[arg(
        long,
        env = "GUILDHALL_OTLP_HEADERS_FILE",
        hide_env_values = true,
        value_name = "FILE",
        requires = "otlp_url",
        conflicts_with = "otlp_headers",
        value_parser = Trim(PathBuf::from_str)
    )]
    pub otlp_headers_file: Option<PathBuf>,

    /// The share of requests, mails and jobs that is traced, from 0 to 1
    ///
    /// Nobody who sends a request can have it traced beyond that. A `traceparent` is continued if a trusted proxy sends it; one
    /// that says so keeps the request from being traced.
    #[arg(
        long,
        env = "GUILDHALL_TRACE_RATIO",
        hide_env_values = true,
        value_name = "RATIO",
        default_value = "1",
        requires = "otlp_url",
        value_parser = Trim(Ratio::from_str)
    )]
    pub trace_ratio: Ratio,
}

impl TraceArgs {
    /// Returns the collector, if traces are wanted.
    ///
    /// # Errors
    /// Returns an error if the file of headers can't be read, or if no certificates are there to trust.
    pub fn collector(&self) -> Result<Option<Collector>, String> {
        let Some(url) = &self.otlp_url else { return Ok(None) };
        let headers = match (&self.otlp_headers, &self.otlp_headers_file) {
            (Some(headers), _) => headers.clone(),
            (None, Some(file)) => read_secret("header list", file)?,
            (None, None) => Headers::default(),
        };
        Collector::new(url, headers).map(Some)
    }
}

/// A share, from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Ratio(f64);

impl FromStr for Ratio {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.map(Self).ok_or("must be a number from 0 to 1, such as 0.1")
    }
}

impl Ratio {
    /// Throws the dice.
    fn hits(self) -> bool {
        const SIDES: f64 = 4_294_967_296.0;
        self.0 >= 1.0 || f64::from(u32::from_ne_bytes(secret::random())) < self.0 * SIDES
    }
}

/// Traces that are taken, and wait to be sent.
pub struct Traces {
    tracer: SdkTracer,
    ratio: Ratio,
    sending: Sending,
}

impl Traces {
    /// Takes traces for this collector.
    #[must_use]
    pub fn new(collector: Collector, ratio: Ratio) -> Self {
        let instance = uuid::Builder::from_random_bytes(secret::random()).into_uuid();
        // Others of the resource are those of the standard variable OTEL_RESOURCE_ATTRIBUTES.
        let resource = Resource::builder().with_attributes([
            KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", instance.to_string()),
        ]);
        let resource = resource.build();
        let (queue, sending) = Queue::new(collector, &resource);
        let provider = SdkTracerProvider::builder()
            // What isn't sampled has no span: see `Sampled`.
            .with_sampler(Sampler::AlwaysOn)
            .with_resource(resource)
            .with_span_processor(queue);
        Self { tracer: provider.build().tracer(env!("CARGO_PKG_NAME")), ratio, sending }
    }

    /// Returns the layer that takes the spans.
    #[must_use]
    pub fn layer(&self) -> impl Layer<Registry> + Send + Sync + use<> {
        tracing_opentelemetry::layer::<Registry>()
            .with_tracer(self.tracer.clone())
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Sampled(self.ratio))
    }

    /// Starts sending them. Counts those that are lost.
    #[must_use]
    pub fn start(self, metrics: &Metrics) -> Sender {
        self.sending.start(metrics.spans_lost().clone())
    }
}

/// Decides which spans are taken: those that begin a trace by the ratio, and others inside of a trace. What isn't taken costs next to
/// nothing.
#[derive(Debug, Clone, Copy)]
struct Sampled(Ratio);

fn is_of_a_trace(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == TARGET
}

impl Filter<Registry> for Sampled {
    fn enabled(&self, metadata: &Metadata<'_>, context: &Context<'_, Registry>) -> bool {
        let begins = || ROOTS.contains(&metadata.name()) && self.0.hits();
        is_of_a_trace(metadata) && (context.lookup_current().is_some() || begins())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_of_a_trace(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_a_share() {
        let hits = |text: &str| text.parse::<Ratio>().map(|ratio| (0..100).filter(|_| ratio.hits()).count());
        assert_eq!((hits("0"), hits("1"), hits("1.0")), (Ok(0), Ok(100), Ok(100)));
        assert!((1..100).contains(&hits(".5").unwrap()));
        for wrong in ["", "-0.1", "1.1", "NaN", "inf", "half"] {
            assert!(wrong.parse::<Ratio>().is_err(), "{wrong}");
        }
    }
}
