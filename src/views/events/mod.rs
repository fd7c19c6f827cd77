//! Live events: the ledger as it grows, to each who may see it, for as long as they may.

pub(crate) mod http;

use std::{collections::VecDeque, convert::Infallible, time::Duration};

use axum::response::sse::Event;
use futures_util::{Stream, stream};

use crate::{
    access::{Access, Action, OrgTx},
    base::error::{Error, Result},
    db::Subscription,
    effects::ledger::{self, News},
};

/// After how long without news a stream says that it is still there, and looks whether it still may be.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeat(pub Duration);

/// How long a client should wait before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// One client's stream.
struct Following<A> {
    access: Access<A>,
    subscription: Subscription,
    /// Everything up to this seq was sent, or isn't the caller's to see.
    seq: i64,
    heartbeat: Duration,
    /// What is to be sent before looking again.
    due: VecDeque<Event>,
    /// Whether there is something to be read without waiting for news.
    more: bool,
}

/// What is recorded after `seq`. The stream ends as soon as the caller may no longer read it, and when the server stops;
/// who comes back with the last event's id misses nothing.
fn follow<A: Action<Resource = ()>>(
    access: Access<A>,
    subscription: Subscription,
    seq: i64,
    heartbeat: Duration,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let hello = Event::default().retry(RETRY).id(seq.to_string());
    let following =
        Following { access, subscription, seq, heartbeat, due: VecDeque::from([hello]), more: true };
    stream::unfold(following, async |mut following| {
        let event = following.next().await?;
        Some((Ok(event), following))
    })
}

impl<A: Action<Resource = ()>> Following<A> {
    async fn next(&mut self) -> Option<Event> {
        while self.due.is_empty() {
            let waited = self.more || self.waits_for_news().await?;
            let News { entries, seq, more } = self.read().await.ok()?;
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

    /// Whether there were news before the next heartbeat; none when the stream is over.
    async fn waits_for_news(&self) -> Option<bool> {
        match tokio::time::timeout(self.heartbeat, self.subscription.news()).await {
            Ok(true) => Some(true),
            Ok(false) => None,
            Err(_) => Some(false),
        }
    }

    /// Asks the gate each time: the session, the membership and the role are those of now.
    async fn read(&self) -> Result<News, Error> {
        let seq = self.seq;
        let read = async move |tx: &OrgTx, (), ()| ledger::since(tx, seq).await;
        self.access.clone().read((), read).await
    }
}
