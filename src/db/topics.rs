//! Who waits for news of what: a commit tells the node's subscribers which organizations and people it was about.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

/// The subscriptions of this node, by the id of the organization or person.
#[derive(Debug, Default)]
pub struct Topics {
    subscribed: Mutex<Subscribed>,
    /// Where other nodes are told from.
    elsewhere: Option<mpsc::UnboundedSender<Uuid>>,
}

#[derive(Debug, Default)]
struct Subscribed {
    by_topic: HashMap<Uuid, Vec<Arc<Bell>>>,
    closed: bool,
}

/// Rings once for any number of news that came since it was last listened to.
#[derive(Debug, Default)]
struct Bell {
    news: Notify,
    closed: AtomicBool,
}

impl Bell {
    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.news.notify_one();
    }
}

impl Topics {
    /// Whose news also go to this channel.
    pub(super) fn with_elsewhere(elsewhere: mpsc::UnboundedSender<Uuid>) -> Self {
        Self { elsewhere: Some(elsewhere), ..Self::default() }
    }

    fn subscribed(&self) -> MutexGuard<'_, Subscribed> {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for news of any of these. At most so many wait for the first: the one that waits longest has to make room.
    pub fn subscribe(self: &Arc<Self>, topics: [Uuid; 2], most: usize) -> Subscription {
        let bell = Arc::<Bell>::default();
        let mut subscribed = self.subscribed();
        if subscribed.closed {
            bell.close();
        }
        for (topic, most) in topics.into_iter().zip([most, usize::MAX]) {
            let bells = subscribed.by_topic.entry(topic).or_default();
            if bells.len() >= most
                && let Some(longest) = bells.iter().find(|bell| !bell.closed.load(Ordering::SeqCst))
            {
                longest.close();
            }
            bells.push(bell.clone());
        }
        drop(subscribed);
        Subscription { all: self.clone(), topics, bell }
    }

    /// What was committed here was about these.
    pub(super) fn publish(&self, topics: &[Uuid]) {
        for topic in topics {
            self.tell(*topic);
            if let Some(elsewhere) = &self.elsewhere {
                let _ = elsewhere.send(*topic);
            }
        }
    }

    /// Tells the subscribers of this node only.
    pub(super) fn tell(&self, topic: Uuid) {
        for bell in self.subscribed().by_topic.get(&topic).into_iter().flatten() {
            bell.news.notify_one();
        }
    }

    /// Tells everybody: news may have been missed.
    pub(super) fn tell_all(&self) {
        for bell in self.subscribed().by_topic.values().flatten() {
            bell.news.notify_one();
        }
    }

    /// Ends all subscriptions, those too that are still to come.
    pub fn close(&self) {
        let mut subscribed = self.subscribed();
        subscribed.closed = true;
        for bell in subscribed.by_topic.values().flatten() {
            bell.close();
        }
    }
}

/// Ended by dropping it.
#[derive(Debug)]
pub struct Subscription {
    all: Arc<Topics>,
    topics: [Uuid; 2],
    bell: Arc<Bell>,
}

impl Subscription {
    /// Resolves when there are news since the last time; to `false` when there is nothing to wait for any more.
    pub async fn news(&self) -> bool {
        if !self.bell.closed.load(Ordering::SeqCst) {
            self.bell.news.notified().await;
        }
        !self.bell.closed.load(Ordering::SeqCst)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut subscribed = self.all.subscribed();
        for topic in self.topics {
            if let Some(bells) = subscribed.by_topic.get_mut(&topic) {
                bells.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
                if bells.is_empty() {
                    subscribed.by_topic.remove(&topic);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn news_of_either_topic_ring_once_and_are_kept_until_they_are_heard() {
        let topics = Arc::new(Topics::default());
        let subscription = topics.subscribe([id(1), id(2)], 9);
        assert_eq!(subscription.news().now_or_never(), None);
        topics.publish(&[id(3)]);
        assert_eq!(subscription.news().now_or_never(), None);
        for topic in [1, 2] {
            topics.publish(&[id(topic), id(topic)]);
            assert_eq!(subscription.news().now_or_never(), Some(true));
            assert_eq!(subscription.news().now_or_never(), None);
        }
        topics.tell_all();
        assert_eq!(subscription.news().now_or_never(), Some(true));
    }

    #[test]
    fn one_too_many_ends_the_oldest_and_who_left_leaves_nothing() {
        let topics = Arc::new(Topics::default());
        let all: Vec<Subscription> = (0..4).map(|n| topics.subscribe([id(1), id(10 + n)], 2)).collect();
        let open: Vec<_> = all.iter().map(|one| one.news().now_or_never()).collect();
        assert_eq!(open, [Some(false), Some(false), None, None]);
        drop(all);
        assert!(topics.subscribed().by_topic.is_empty());
    }

    #[test]
    fn closing_ends_all_and_those_to_come() {
        let topics = Arc::new(Topics::default());
        let before = topics.subscribe([id(1), id(2)], 9);
        topics.close();
        let after = topics.subscribe([id(1), id(2)], 9);
        assert_eq!([before, after].map(|one| one.news().now_or_never()), [Some(false), Some(false)]);
    }
}
