//! The event stream: sends new ledger entries to each client that may see them, for as long as it may see them.

pub(crate) mod http;

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::response::sse::Event;
use futures_util::{Stream, stream};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;

use crate::{
    access::{Access, Action, OrgTx},
    base::{
        error::{Error, Result},
        json::EXACT,
        secret,
    },
    db::Subscription,
    effects::ledger::{self, ActivityEntry, Mark, News},
    http::places::Place,
};

/// The interval without news after which a stream sends an event without data and checks authorization again.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat(pub Duration);

/// The time that a client should wait before it reconnects: at least the first, and less than that and the second. Those of
/// one server don't all come back at once.
const RETRY: (u64, u64) = (1_000, 2_000);
/// The same after a stream that had to end because it couldn't be read, in general since the server has too much to do.
const RETRY_LATER: (u64, u64) = (5_000, 10_000);

/// Lets this many streams read at once. One commit wakes all the streams of an organization; while they wait for their turn,
/// further commits gather, which one read then finds together.
static TURNS: Semaphore = Semaphore::const_new(16);

/// The state of one client's event stream.
struct Following<A> {
    access: Access<A>,
    subscription: Subscription,
    /// Every entry up to this one was sent, or isn't visible to the caller.
    mark: Mark,
    heartbeat: Duration,
    /// Events to send before reading the ledger again.
    due: VecDeque<Event>,
    /// Whether the ledger may hold more entries, to be read without waiting for news.
    more: bool,
    /// Whether the stream ends after what is due.
    is_over: bool,
    _place: Place,
}

/// Where a stream begins.
#[derive(Clone, Copy)]
struct Start {
    /// The stream sends the entries after this one.
    mark: Mark,
    /// Whether the client comes with a place that isn't in this history.
    is_reset: bool,
}

/// The data of a server-sent event of the stream, as JSON: the activity entry whose seq is the event's `id`, or a reset for
/// an event that is named `reset`. An event without data says with its `id` how far the stream has come.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StreamEvent {
    Entry(Box<ActivityEntry>),
    Reset(StreamReset),
}

impl StreamEvent {
    /// Returns the event with this data.
    fn event(&self) -> Event {
        let (event, seq) = match self {
            Self::Entry(entry) => (Event::default(), entry.seq),
            Self::Reset(reset) => (Event::default().event("reset"), reset.seq),
        };
        event.id(seq.to_string()).data(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Tells that the server has gone back to a backup: what the client has may never have happened. Read everything anew.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StreamReset {
    /// The seq of the newest entry in the history that the server has now.
    #[schemars(range(max = EXACT))]
    pub seq: i64,
}

/// Tells that what the client has may never have happened in the history that goes on after this entry.
fn reset(Mark { seq, .. }: Mark) -> Event {
    StreamEvent::Reset(StreamReset { seq }).event()
}

/// Returns the stream of the entries recorded after `start`. It ends when the caller loses access, when reading fails,
/// and when the server stops. A client that reconnects with the last event's id misses nothing.
fn follow<A: Action<Resource = ()>>(
    access: Access<A>,
    subscription: Subscription,
    place: Place,
    start: Start,
    heartbeat: Duration,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let Start { mark, is_reset } = start;
    let hello = if is_reset { reset(mark) } else { Event::default().id(mark.seq.to_string()) };
    let following = Following {
        access,
        subscription,
        mark,
        heartbeat,
        due: VecDeque::from([hello.retry(between(RETRY))]),
        more: true,
        is_over: false,
        _place: place,
    };
    stream::unfold(following, async |mut following| {
        let event = following.next().await?;
        Some((Ok(event), following))
    })
}

/// Returns a random time from the first number of milliseconds on, for as many as the second.
fn between((least, more): (u64, u64)) -> Duration {
    let chance = u64::from(u16::from_le_bytes(secret::random()));
    Duration::from_millis(least + more * chance / u64::from(u16::MAX))
}

impl<A: Action<Resource = ()>> Following<A> {
    async fn next(&mut self) -> Option<Event> {
        while self.due.is_empty() {
            if self.is_over {
                return None;
            }
            let waited = self.more || self.waits_for_news().await?;
            let News { entries, mark, more } = match self.read().await {
                Ok(Ok(news)) => news,
                Ok(Err(last)) => {
                    // The database went back while the stream was open: to a replica that lagged behind, for example.
                    self.due.push_back(reset(last));
                    News { entries: Vec::new(), mark: last, more: true }
                }
                Err(error) if error.code().status() < 500 => return None,
                Err(_) => {
                    self.is_over = true;
                    return Some(Event::default().retry(between(RETRY_LATER)).id(self.mark.seq.to_string()));
                }
            };
            (self.mark, self.more) = (mark, more);
            for entry in entries {
                self.due.push_back(StreamEvent::Entry(Box::new(entry)).event());
            }
            if self.due.is_empty() && !waited {
                self.due.push_back(Event::default().id(mark.seq.to_string()));
            }
        }
        self.due.pop_front()
    }

    /// Waits for news until the next heartbeat. Returns whether there was any, or `None` if the stream has to end.
    async fn waits_for_news(&self) -> Option<bool> {
        match tokio::time::timeout(self.heartbeat, self.subscription.news()).await {
            Ok(true) => Some(true),
            Ok(false) => None,
            Err(_) => Some(false),
        }
    }

    /// Reads the next entries; returns the newest entry instead if the last one that was sent isn't in the history any
    /// more. Authorizes each time, so that the current session, membership and role apply.
    async fn read(&self) -> Result<Result<News, Mark>, Error> {
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let mark = self.mark;
        let read = async move |tx: &OrgTx, (), ()| {
            Ok(match ledger::since(tx, mark).await? {
                Some(news) => Ok(news),
                None => Err(ledger::last_mark(tx).await?),
            })
        };
        self.access.clone().read((), read).await
    }
}
