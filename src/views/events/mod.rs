//! The event stream: sends new ledger entries to each client that may see them, for as long as it may see them.

pub(crate) mod http;
mod mine;

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
        id::OrgId,
        json::EXACT,
        secret,
    },
    db::Subscription,
    effects::ledger::{self, ActivityEntry, Mark, News},
    http::{input::Cursors, places},
    views::changes::{
        self,
        live::{Live, LiveEntry, StreamChanges},
    },
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
    /// How far the objects were sent, if the stream tells them.
    objects: Option<changes::Place>,
    /// The id with which a client comes back for what follows.
    id: String,
    cursors: Cursors,
    heartbeat: Duration,
    /// Events to send before reading the ledger again.
    due: VecDeque<Event>,
    /// Whether the ledger may hold more entries, to be read without waiting for news.
    more: bool,
    /// Whether the stream ends after what is due.
    is_over: bool,
    _place: places::Place,
}

/// Where a stream begins.
struct Start {
    /// The stream sends the entries after this one.
    mark: Mark,
    /// The stream sends the objects that changed after this, if it tells them.
    objects: Option<changes::Place>,
    /// The id of the first event.
    id: String,
    /// Whether the client comes with a place that isn't in this history.
    is_reset: bool,
}

/// The data of a server-sent event of the stream, as JSON: the activity entry whose seq is the event's `id`, with its object if
/// `include=object` asks for it; the objects that changed besides for an event that is named `changes`; a reset for one that is
/// named `reset`. An event without data says with its `id` how far the stream has come. Ids of events without an entry may be
/// opaque.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum StreamEvent {
    Entry(Box<ActivityEntry>),
    EntryWithObject(Box<LiveEntry>),
    Changes(StreamChanges),
    Reset(StreamReset),
}

impl StreamEvent {
    /// Returns the event with this data. That of an entry has the entry's seq as its id. Objects have the id of what was told
    /// before them if entries follow, and are told again to a client that comes back with it.
    fn event(&self, before: &str, after: &str) -> Event {
        let event = match self {
            Self::Entry(entry) => Event::default().id(entry.seq.to_string()),
            Self::EntryWithObject(told) => Event::default().id(told.entry.seq.to_string()),
            Self::Changes(_) => Event::default().event("changes").id(before),
            Self::Reset(_) => Event::default().event("reset").id(after),
        };
        event.data(serde_json::to_string(self).unwrap_or_default())
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
const fn reset(Mark { seq, .. }: Mark) -> StreamEvent {
    StreamEvent::Reset(StreamReset { seq })
}

/// Returns the id with which a client comes back after this entry. In the middle of a snapshot, of which no entry tells, it is
/// the place there.
fn id_of(mark: Mark, objects: Option<&changes::Place>, org: OrgId, cursors: &Cursors) -> Result<String> {
    match objects {
        Some(place) if place.is_amidst() && place.seq() <= mark.seq => {
            changes::http::next_of(place, org, cursors)
        }
        _ => Ok(mark.seq.to_string()),
    }
}

/// What one read finds for a stream.
struct Found {
    events: Vec<StreamEvent>,
    mark: Mark,
    objects: Option<changes::Place>,
    /// Whether there may already be more.
    more: bool,
}

impl Found {
    fn entries(News { entries, mark, more }: News) -> Self {
        let event = |entry| StreamEvent::Entry(Box::new(entry));
        Self { events: entries.into_iter().map(event).collect(), mark, objects: None, more }
    }

    fn objects(Live { others, entries, mark, place, more }: Live) -> Self {
        let others = others.map(StreamEvent::Changes);
        let entries = entries.into_iter().map(|told| StreamEvent::EntryWithObject(Box::new(told)));
        Self { events: others.into_iter().chain(entries).collect(), mark, objects: Some(place), more }
    }

    /// The stream goes on from the end of another history.
    fn reset(tx: &OrgTx, last: Mark, with_objects: bool) -> Self {
        let objects = with_objects.then(|| changes::Place::all(tx.user(), last.seq, last));
        Self { events: vec![reset(last)], mark: last, objects, more: true }
    }
}

/// Returns the stream of the entries recorded after `start`. It ends when the caller loses access, when reading fails,
/// and when the server stops. A client that reconnects with the last event's id misses nothing.
fn follow<A: Action<Resource = ()>>(
    access: Access<A>,
    subscription: Subscription,
    place: places::Place,
    start: Start,
    cursors: Cursors,
    heartbeat: Duration,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let Start { mark, objects, id, is_reset } = start;
    let hello = if is_reset { reset(mark).event(&id, &id) } else { Event::default().id(&id) };
    let following = Following {
        access,
        subscription,
        mark,
        objects,
        id,
        cursors,
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
            let (found, id) = match self.read().await {
                Ok(found) => found,
                Err(error) if error.code().status() < 500 => return None,
                Err(_) => {
                    self.is_over = true;
                    return Some(Event::default().retry(between(RETRY_LATER)).id(&self.id));
                }
            };
            let before = if found.events.len() > 1 { &self.id } else { &id };
            self.due.extend(found.events.iter().map(|data| data.event(before, &id)));
            (self.mark, self.objects, self.more, self.id) = (found.mark, found.objects, found.more, id);
            if self.due.is_empty() && !waited {
                self.due.push_back(Event::default().id(&self.id));
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

    /// Reads the next events, and with which id a client comes back after them. Authorizes each time, so that the current
    /// session, membership and role apply.
    async fn read(&self) -> Result<(Found, String)> {
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let (mark, objects, cursors) = (self.mark, self.objects.clone(), self.cursors.clone());
        let read = async move |tx: &OrgTx, (), ()| {
            let found = match &objects {
                None => ledger::since(tx, mark).await?.map(Found::entries),
                Some(place) => changes::live::read(tx, mark, place.clone()).await?.map(Found::objects),
            };
            let found = match found {
                Some(found) => found,
                // The database went back while the stream was open: to a replica that lagged behind, for example.
                None => Found::reset(tx, ledger::last_mark(tx).await?, objects.is_some()),
            };
            let id = id_of(found.mark, found.objects.as_ref(), tx.org(), &cursors)?;
            Ok((found, id))
        };
        self.access.clone().read((), read).await
    }
}
