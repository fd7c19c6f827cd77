//! Sends spans to the collector, from a bounded queue: whatever the collector does, nobody waits for it.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use opentelemetry::Context;
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema, trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use prometheus_client::metrics::counter::Counter;
use prost::Message as _;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::collector::{Collector, Refused};
use crate::base::clock::{Stopwatch, pause};

/// How many spans may wait to be sent. Further ones are lost.
const WAITING_MOST: usize = 4_096;
/// The maximum number of spans in a message.
const BATCH: usize = 512;
/// How long it is waited for further spans of a message.
const GATHERING: Duration = Duration::from_secs(1);
/// The waits after the first, the second, … failed attempt to send a message. It is lost when the attempt after the last fails
/// too.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(15)];
/// The minimum time between two lines of the log about what isn't sent.
const QUIET: Duration = Duration::from_mins(1);
/// How long the end of the process may wait for the last spans to be sent.
const LAST: Duration = Duration::from_secs(3);

/// Takes the spans that are over.
#[derive(Debug)]
pub struct Queue {
    spans: mpsc::Sender<SpanData>,
    /// How many spans found no place, since they were counted last.
    overflowed: Arc<AtomicU64>,
}

impl Queue {
    pub fn new(collector: Collector, resource: &Resource) -> (Self, Sending) {
        let (spans, waiting) = mpsc::channel(WAITING_MOST);
        let overflowed = Arc::<AtomicU64>::default();
        let resource = ResourceAttributesWithSchema::from(resource);
        (Self { spans, overflowed: overflowed.clone() }, Sending { waiting, overflowed, resource, collector })
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.spans.try_send(span).is_err() {
            self.overflowed.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What is needed to send.
pub struct Sending {
    waiting: mpsc::Receiver<SpanData>,
    overflowed: Arc<AtomicU64>,
    resource: ResourceAttributesWithSchema,
    collector: Collector,
}

impl Sending {
    /// Starts the task that sends. It counts the spans that are lost.
    pub fn start(self, lost: Counter) -> Sender {
        let (stop, stopped) = watch::channel(false);
        let task = Task { sending: self, stopped, lost, untold: 0, told: None };
        Sender { stop, task: tokio::spawn(task.run()) }
    }
}

/// The task that sends spans.
pub struct Sender {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sender {
    /// Sends what waits, but doesn't wait long for the collector.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(LAST, &mut self.task).await.is_err() {
            self.task.abort();
            tracing::warn!("shutdown timed out with traces still to be sent");
        }
    }
}

/// Waits until a batch is full, or no more spans come.
async fn fill(batch: &mut Vec<SpanData>, waiting: &mut mpsc::Receiver<SpanData>) {
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        if waiting.recv_many(batch, room).await == 0 {
            return;
        }
    }
}

struct Task {
    sending: Sending,
    stopped: watch::Receiver<bool>,
    lost: Counter,
    /// How many spans were lost since the log said so.
    untold: u64,
    told: Option<Stopwatch>,
}

impl Task {
    async fn run(mut self) {
        loop {
            let batch = self.gather().await;
            if batch.is_empty() {
                return;
            }
            self.send(batch).await;
            let overflowed = self.sending.overflowed.swap(0, Ordering::Relaxed);
            if overflowed > 0 {
                self.lose(overflowed, "more are made than the collector takes");
            }
        }
    }

    /// Waits for spans. Returns none when no more come.
    async fn gather(&mut self) -> Vec<SpanData> {
        let Self { sending: Sending { waiting, .. }, stopped, .. } = self;
        let mut batch = Vec::new();
        let stop = async {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let mut stop = std::pin::pin!(stop);
        tokio::select! {
            biased;
            _ = waiting.recv_many(&mut batch, BATCH) => {
                tokio::select! {
                    () = fill(&mut batch, waiting) => {}
                    () = pause(GATHERING) => {}
                    () = stop => {}
                }
            }
            () = &mut stop => {
                waiting.close();
                waiting.recv_many(&mut batch, BATCH).await;
            }
        }
        batch
    }

    /// Sends a message, and again if the collector may take it later.
    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.sending.resource);
        let message = Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        let mut waits = WAITS.into_iter();
        loop {
            let refused = match self.sending.collector.send(message.clone()).await {
                Ok(partial) => {
                    let rejected = u64::try_from(partial.rejected_spans).unwrap_or(0);
                    if rejected > 0 {
                        self.lose(rejected, &partial.error_message);
                    }
                    return;
                }
                Err(refused) => refused,
            };
            match (refused, waits.next()) {
                (Refused::ForNow(why), Some(wait)) => {
                    self.lose(0, &why);
                    if !self.wait(wait).await {
                        return self.lose(spans, &why);
                    }
                }
                (Refused::ForNow(why) | Refused::Forever(why), _) => return self.lose(spans, &why),
            }
        }
    }

    /// Waits. Returns whether to go on: false as soon as the process ends.
    async fn wait(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = pause(time) => true,
            _ = self.stopped.wait_for(|stopped| *stopped) => false,
        }
    }

    /// Counts spans that are lost, and says so in the log now and then.
    fn lose(&mut self, spans: u64, why: &str) {
        self.lost.inc_by(spans);
        self.untold += spans;
        if self.told.is_none_or(|told| told.elapsed() >= QUIET) {
            let (lost, error) = (mem::take(&mut self.untold), why.chars().take(300).collect::<String>());
            tracing::warn!(lost, error, "failed to send traces");
            self.told = Some(Stopwatch::start());
        }
    }
}
