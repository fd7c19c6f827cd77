//! The stream of what happens in all of the caller's organizations and to their account.

use std::{collections::VecDeque, convert::Infallible, mem, time::Duration};

use axum::response::sse::Event;
use futures_util::{Stream, stream};

use super::{RETRY, RETRY_LATER, TURNS, between};
use crate::{
    access::{ReadOrTicket, SignedIn, UserTx},
    base::{
        clock::Time,
        error::{Error, Result},
        id::OrgId,
    },
    db::Subscription,
    http::{input::Cursors, places},
    views::changes::{
        self,
        everywhere::live::{Found, MyEvent, Told},
    },
};

/// The state of one client's stream.
struct Following {
    me: SignedIn<ReadOrTicket>,
    subscription: Subscription,
    told: Told,
    cursors: Cursors,
    heartbeat: Duration,
    /// When to look at some organizations again, whatever the news.
    next_beat: Time,
    /// Whether to tell that the stream is alive, once there is nothing else to tell.
    beats: bool,
    /// Events to send before looking again.
    due: VecDeque<Event>,
    /// Whether the stream ends after what is due.
    is_over: bool,
    _place: places::Place,
}

/// Returns the stream of what happens after what was `told`. It ends when the caller's session does, when reading fails, and
/// when the server stops. `first` is told at once. A client that reconnects with the last id misses nothing; what followed that comes again.
pub fn follow(
    me: SignedIn<ReadOrTicket>,
    place: places::Place,
    told: Told,
    first: Option<MyEvent>,
    cursors: Cursors,
    heartbeat: Duration,
) -> Result<impl Stream<Item = Result<Event, Infallible>>> {
    let mut following = Following {
        subscription: me.subscribe(told.orgs()),
        me,
        told,
        cursors,
        heartbeat,
        next_beat: Time::from_millis(0),
        beats: true,
        due: VecDeque::new(),
        is_over: false,
        _place: place,
    };
    let hello = first.map_or_else(Event::default, |first| first.event()).retry(between(RETRY));
    let hello = following.with_id(hello)?;
    following.due.push_back(hello);
    Ok(stream::unfold(following, async |mut following| {
        let event = following.next().await?;
        Some((Ok(event), following))
    }))
}

impl Following {
    async fn next(&mut self) -> Option<Event> {
        while self.due.is_empty() {
            if self.is_over {
                return None;
            }
            if !self.told.has_work() {
                if mem::take(&mut self.beats) {
                    return self.with_id(Event::default()).ok();
                }
                self.wait_for_news().await?;
                continue;
            }
            match self.look().await {
                Ok(()) => {}
                Err(error) if error.code().status() < 500 => return None,
                Err(_) => {
                    self.is_over = true;
                    return self.with_id(Event::default().retry(between(RETRY_LATER))).ok();
                }
            }
        }
        self.due.pop_front()
    }

    /// Gives an event the id with which a client comes back for what follows what was told.
    fn with_id(&self, event: Event) -> Result<Event> {
        let id = changes::http::next_of_everything(&self.told.copy(), &self.cursors)?;
        Ok(event.id(id))
    }

    /// Waits for news until the next heartbeat. Returns `None` if the stream has to end.
    async fn wait_for_news(&mut self) -> Option<()> {
        match tokio::time::timeout(self.heartbeat, self.subscription.news()).await {
            Ok(true) => self.told.hear(self.subscription.take_about()),
            Ok(false) => return None,
            Err(_) => self.beat(),
        }
        Some(())
    }

    fn beat(&mut self) {
        self.told.beat();
        self.beats = true;
    }

    /// Looks at what there is to look at next. Authorizes each time, so that the current session, memberships and roles
    /// apply.
    async fn look(&mut self) -> Result<()> {
        let _turn = TURNS.acquire().await.map_err(Error::internal)?;
        let told = self.told.clone();
        let look = async move |me: &UserTx, ()| told.clone().look(me).await;
        let Found { told, events, now } = self.me.read((), look).await?;
        let before = mem::replace(&mut self.told, told);
        if before.orgs() != self.told.orgs() {
            self.subscription.set_others(self.told.orgs().iter().map(OrgId::uuid));
        }
        self.due.extend(events.iter().map(MyEvent::event));
        if let Some(last) = self.due.pop_back() {
            self.due.push_back(self.with_id(last)?);
        }
        // Where there are always news, none would ever be waited for in vain.
        if self.beats {
            self.next_beat = now + self.heartbeat;
        } else if now >= self.next_beat {
            self.beat();
        }
        Ok(())
    }
}
