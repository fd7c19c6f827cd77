//! A collector of traces that keeps what it is sent (OTLP over HTTP), and refuses what it is told to refuse.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value},
    trace::v1::{Span, span::SpanKind, status::StatusCode as Outcome},
};
use prost::Message as _;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// What a message is answered with.
#[derive(Clone, Copy)]
pub enum Reply {
    Status(u16),
    /// Nothing, ever.
    Silence,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Collector {
    pub url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    messages: Mutex<Vec<Received>>,
    /// What messages that contain a text are answered with instead of being taken, each once.
    replies: Mutex<Vec<(&'static str, Reply)>>,
    changed: Notify,
}

/// A message as it came.
#[derive(Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Received {
    /// Whether a text is in it.
    pub fn tells(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.bytes).contains(text)
    }

    pub fn spans(&self) -> Vec<Seen> {
        let message = ExportTraceServiceRequest::decode(self.bytes.clone()).unwrap();
        let scopes = message.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).map(Seen::of).collect()
    }

    /// What is told of the process that sends.
    pub fn resource(&self) -> BTreeMap<String, Value> {
        let message = ExportTraceServiceRequest::decode(self.bytes.clone()).unwrap();
        attributes(message.resource_spans[0].resource.clone().unwrap().attributes)
    }
}

/// A span as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub name: String,
    pub kind: SpanKind,
    pub trace: Vec<u8>,
    pub id: Vec<u8>,
    /// Empty for the first of a trace.
    pub parent: Vec<u8>,
    pub from: u64,
    pub until: u64,
    pub failed: bool,
    pub attributes: BTreeMap<String, Value>,
}

impl Seen {
    fn of(span: Span) -> Self {
        assert!(span.events.is_empty() && span.links.is_empty(), "{span:?}");
        let status = span.status.clone().unwrap_or_default();
        assert_eq!(status.message, "");
        Self {
            kind: span.kind(),
            failed: status.code() == Outcome::Error,
            name: span.name,
            trace: span.trace_id,
            id: span.span_id,
            parent: span.parent_span_id,
            from: span.start_time_unix_nano,
            until: span.end_time_unix_nano,
            attributes: attributes(span.attributes),
        }
    }

    /// An attribute; `null` without it.
    pub fn has(&self, name: &str) -> Value {
        self.attributes.get(name).cloned().unwrap_or_default()
    }
}

fn attributes(attributes: Vec<KeyValue>) -> BTreeMap<String, Value> {
    let count = attributes.len();
    let of = |attribute: KeyValue| {
        let value = match attribute.value.unwrap().value.unwrap() {
            any_value::Value::StringValue(text) => json!(text),
            any_value::Value::BoolValue(truth) => json!(truth),
            any_value::Value::IntValue(number) => json!(number),
            any_value::Value::DoubleValue(number) => json!(number),
            other => panic!("{} is {other:?}", attribute.key),
        };
        (attribute.key, value)
    };
    let attributes: BTreeMap<_, _> = attributes.into_iter().map(of).collect();
    assert_eq!(attributes.len(), count, "each once: {attributes:?}");
    attributes
}

impl Collector {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::<Shared>::default();
        let own = Self { url: format!("http://{}", listener.local_addr().unwrap()), shared };
        let router = Router::new().route("/v1/traces", post(take)).layer(DefaultBodyLimit::disable());
        let router = router.with_state(own.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        own
    }

    /// Answers the next message that contains this text, instead of taking it.
    pub fn answers_next(&self, text: &'static str, reply: Reply) {
        self.shared.replies.lock().unwrap().push((text, reply));
    }

    pub fn messages(&self) -> Vec<Received> {
        self.shared.messages.lock().unwrap().clone()
    }

    pub fn spans(&self) -> Vec<Seen> {
        self.messages().iter().flat_map(Received::spans).collect()
    }

    /// Waits until so many messages came with this text in them, those that were refused too. Returns these.
    pub async fn received(&self, text: &str, count: usize) -> Vec<Received> {
        let wait = async {
            loop {
                let changed = self.shared.changed.notified();
                let mut messages = self.messages();
                messages.retain(|message| message.tells(text));
                if messages.len() >= count {
                    return messages;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap()
    }
}

async fn take(State(own): State<Collector>, headers: HeaderMap, bytes: Bytes) -> StatusCode {
    let message = Received { headers, bytes };
    let reply = {
        let mut replies = own.shared.replies.lock().unwrap();
        let at = replies.iter().position(|(text, _)| message.tells(text));
        at.map(|at| replies.remove(at).1)
    };
    own.shared.messages.lock().unwrap().push(message);
    own.shared.changed.notify_waiters();
    match reply {
        None => StatusCode::OK,
        Some(Reply::Status(status)) => StatusCode::from_u16(status).unwrap(),
        Some(Reply::Silence) => std::future::pending().await,
    }
}
