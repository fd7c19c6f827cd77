//! The log: one escaped line for each event, on standard error. Traces leave beside it, and aren't in it.

use std::io::IsTerminal as _;

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt, layer::SubscriberExt as _, registry, registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use super::config::LogFormat;

/// Sets up logging, filtered by `RUST_LOG` (`info` by default), and the layer that takes traces.
pub fn start(format: Option<LogFormat>, traces: Option<impl Layer<Registry> + Send + Sync>) {
    match traces {
        Some(traces) => registry().with(traces).with(lines(format)).init(),
        // With a layer that is `None`, each span would ask the filter anew.
        None => registry().with(lines(format)).init(),
    }
}

/// Returns the layer that writes the lines.
fn lines<S>(format: Option<LogFormat>) -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let with = |filter: EnvFilter, directive: &str| match directive.parse() {
        Ok(directive) => filter.add_directive(directive),
        Err(_) => filter,
    };
    // It logs what agents send, at any length and unescaped.
    let filter = with(filter, "rmcp=off");
    // What the operator does is told whatever else is.
    let filter = with(filter, "guildhall::admin=info");
    // The spans of traces would be repeated in each line.
    let filter = with(filter, "guildhall::trace=off");
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        // It would print that to standard error, and panic where that is what can't be written.
        .log_internal_errors(false);
    let terminal = std::io::stderr().is_terminal();
    let lines = match format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Text => lines.with_ansi(terminal).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    lines.with_filter(filter)
}
