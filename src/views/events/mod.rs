//! The event stream: sends new ledger entries to each client that may see them, for as long as it may see them.

pub(crate) mod http;

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::response::sse::Event;
use futures_util::{Stream, stream};
use tokio::sync::Semaphore;

use crate::{
    access::{Access, Action, OrgTx},
    base::{
        error::{Error, Result},
        secret,
    },
    db::Subscription,
    effects::ledger::{self, News},
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
    /// Every entry up to this seq was sent, or isn't visible to the caller.
    seq: i64,
    heartbeat: Duration,
    /// Events to send before reading the ledger again.
    due: VecDeque<Event>,
    /// Whether the ledger may hold more entries, to be read without waiting for news.
    more: bool,
    /// Whether the stream ends after what is due.
    is_over: bool,
    _place: Place,
}

/// Returns the stream of the entries recorded after `seq`. It ends when the caller loses access, when reading fails,
/// and when the server stops. A client that reconnects with the last event's id misses nothing.
fn follow<A: Action<Resource = ()>>(
    access: Access<A>,
    subscription: Subscription,
    place: Place,
    seq: i64,
    heartbeat: Duration,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let hello = Event::default().retry(between(RETRY)).id(seq.to_string());
    let following = Following {
        access,
        subscription,
        seq,
        heartbeat,
        due: VecDeque::from([hello]),
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
            let News { entries, seq, more } = match self.read().await {
                Ok(news) => news,
                Err(error) if error.code().status() < 500 => return None,
                Err(_) => {
                    self.is_over = true;
                    return Some(Event::default().retry(between(RETRY_LATER)).id(self.seq.to_string()));
                }
            };
            (self.seq, self.more) = (seq, more);
            for entry in entries {
                let json = serde_json::to_string(&entry).ok()?;
                self.due.push_back(Event::default().id(entry.seq.to_string()).data(json));
            }
            if self.due.is_empty() && !waited {
                self.due.push_back(Event::default().id(seq.to_string()));
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

    /// Reads the next entries. Authorizes each time, so that the current session, membership and role apply.
    async fn read(&self) -> Result<News, Error> {
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let seq = self.seq;
        let read = async move |tx: &OrgTx, (), ()| ledger::since(tx, seq).await;
        self.access.clone().read((), read).await
    }
}
