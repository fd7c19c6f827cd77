//! The notifier: wakes this node's subscribers when a transaction about their organization or user was committed.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc, oneshot};
use uuid::Uuid;

/// How long a process that is about to end waits for the other nodes to be notified.
const FLUSH: Duration = Duration::from_secs(5);

/// The subscriptions of this node, by topic: the id of an organization or a user.
#[derive(Debug, Default)]
pub struct Notifier {
    subscribed: Mutex<Subscribed>,
    /// The channel to the task that notifies the other nodes.
    other_nodes: Option<mpsc::UnboundedSender<Notice>>,
}

/// What the task that notifies the other nodes is told.
#[derive(Debug)]
pub(super) enum Notice {
    /// A transaction about this topic was committed.
    Topic(Uuid),
    /// Somebody waits for the notices before this one: the sender is dropped once they were sent.
    Flush(#[expect(dead_code, reason = "dropping it is the answer")] oneshot::Sender<()>),
}

#[derive(Debug, Default)]
struct Subscribed {
    by_topic: HashMap<Uuid, Vec<Arc<Waker>>>,
    closed: bool,
}

/// Wakes one subscription. Any number of notifications between two waits wake it once.
#[derive(Debug, Default)]
struct Waker {
    news: Notify,
    closed: AtomicBool,
    about: Mutex<About>,
}

/// What notifications were about.
#[derive(Debug, PartialEq, Eq)]
pub enum About {
    Topics(BTreeSet<Uuid>),
    /// Any topic, because notifications may have been missed.
    Anything,
}

impl Default for About {
    fn default() -> Self {
        Self::Topics(BTreeSet::new())
    }
}

impl Waker {
    fn about(&self) -> MutexGuard<'_, About> {
        self.about.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, topic: Uuid) {
        if let About::Topics(topics) = &mut *self.about() {
            topics.insert(topic);
        }
        self.news.notify_one();
    }

    fn wake_anyway(&self) {
        *self.about() = About::Anything;
        self.news.notify_one();
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.news.notify_one();
    }
}

impl Notifier {
    /// Creates a notifier that also sends each published topic to this channel.
    pub(super) fn with_other_nodes(other_nodes: mpsc::UnboundedSender<Notice>) -> Self {
        Self { other_nodes: Some(other_nodes), ..Self::default() }
    }

    fn subscribed(&self) -> MutexGuard<'_, Subscribed> {
        self.subscribed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subscribes to a topic. At most `most` subscriptions begin with the same one: one more closes the oldest of them.
    pub fn subscribe(self: &Arc<Self>, topic: Uuid, most: usize) -> Subscription {
        let waker = Arc::<Waker>::default();
        let mut subscribed = self.subscribed();
        if subscribed.closed {
            waker.close();
        }
        let wakers = subscribed.by_topic.entry(topic).or_default();
        if wakers.len() >= most
            && let Some(longest) = wakers.iter().find(|waker| !waker.closed.load(Ordering::SeqCst))
        {
            longest.close();
        }
        wakers.push(waker.clone());
        drop(subscribed);
        Subscription { all: self.clone(), topic, others: BTreeSet::new(), waker }
    }

    /// Notifies the subscribers of these topics, on this node and on the others.
    pub(super) fn publish(&self, topics: &[Uuid]) {
        for topic in topics {
            self.wake(*topic);
            if let Some(other_nodes) = &self.other_nodes {
                let _ = other_nodes.send(Notice::Topic(*topic));
            }
        }
    }

    /// Waits until the other nodes were notified of what was published so far: before a process ends, and before the
    /// operator is told that somebody is shut out.
    pub(super) async fn flush(&self) {
        if let Some(other_nodes) = &self.other_nodes {
            let (sent, answer) = oneshot::channel();
            let _ = other_nodes.send(Notice::Flush(sent));
            let _ = tokio::time::timeout(FLUSH, answer).await;
        }
    }

    /// Notifies the topic's subscribers on this node only.
    pub(super) fn wake(&self, topic: Uuid) {
        for waker in self.subscribed().by_topic.get(&topic).into_iter().flatten() {
            waker.wake(topic);
        }
    }

    /// Notifies all subscribers of this node, because notifications from other nodes may have been missed.
    pub(super) fn wake_all(&self) {
        for waker in self.subscribed().by_topic.values().flatten() {
            waker.wake_anyway();
        }
    }

    /// Returns whether all subscriptions were closed.
    pub fn is_closed(&self) -> bool {
        self.subscribed().closed
    }

    /// Closes all subscriptions, including those that are created later.
    pub fn close(&self) {
        let mut subscribed = self.subscribed();
        subscribed.closed = true;
        for waker in subscribed.by_topic.values().flatten() {
            waker.close();
        }
    }
}

impl Subscribed {
    fn remove(&mut self, topic: Uuid, waker: &Arc<Waker>) {
        if let Some(wakers) = self.by_topic.get_mut(&topic) {
            wakers.retain(|other| !Arc::ptr_eq(other, waker));
            if wakers.is_empty() {
                self.by_topic.remove(&topic);
            }
        }
    }
}

/// A subscription to a topic, and to others that can change. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    all: Arc<Notifier>,
    topic: Uuid,
    others: BTreeSet<Uuid>,
    waker: Arc<Waker>,
}

impl Subscription {
    /// Waits for a notification since the last call and returns `true`, or `false` once the subscription is closed.
    pub async fn news(&self) -> bool {
        if !self.waker.closed.load(Ordering::SeqCst) {
            self.waker.news.notified().await;
        }
        !self.waker.closed.load(Ordering::SeqCst)
    }

    /// Returns what the notifications since the last call were about.
    pub fn take_about(&mut self) -> About {
        mem::take(&mut self.waker.about())
    }

    /// Subscribes to these topics besides the first one, and to no others.
    pub fn set_others(&mut self, others: impl IntoIterator<Item = Uuid>) {
        let others = others.into_iter().filter(|topic| *topic != self.topic).collect();
        let before = mem::replace(&mut self.others, others);
        let mut subscribed = self.all.subscribed();
        for topic in self.others.difference(&before) {
            subscribed.by_topic.entry(*topic).or_default().push(self.waker.clone());
        }
        for topic in before.difference(&self.others) {
            subscribed.remove(*topic, &self.waker);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut subscribed = self.all.subscribed();
        for topic in self.others.iter().chain([&self.topic]) {
            subscribed.remove(*topic, &self.waker);
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

    fn subscribe(notifier: &Arc<Notifier>, topics: [Uuid; 2], most: usize) -> Subscription {
        let mut subscription = notifier.subscribe(topics[0], most);
        subscription.set_others([topics[1]]);
        subscription
    }

    #[test]
    fn news_of_either_topic_ring_once_and_are_kept_until_they_are_heard() {
        let notifier = Arc::new(Notifier::default());
        let mut subscription = subscribe(&notifier, [id(1), id(2)], 9);
        assert_eq!(subscription.news().now_or_never(), None);
        notifier.publish(&[id(3)]);
        assert_eq!(subscription.news().now_or_never(), None);
        for topic in [1, 2] {
            notifier.publish(&[id(topic), id(topic)]);
            assert_eq!(subscription.news().now_or_never(), Some(true));
            assert_eq!(subscription.news().now_or_never(), None);
        }
        assert_eq!(subscription.take_about(), About::Topics(BTreeSet::from([id(1), id(2)])));
        assert_eq!(subscription.take_about(), About::default());
        notifier.wake_all();
        notifier.publish(&[id(1)]);
        assert_eq!(subscription.news().now_or_never(), Some(true));
        assert_eq!(
            [subscription.take_about(), subscription.take_about()],
            [About::Anything, About::default()]
        );
    }

    #[test]
    fn topics_come_and_go_without_losing_news() {
        let notifier = Arc::new(Notifier::default());
        let mut subscription = subscribe(&notifier, [id(1), id(2)], 9);
        notifier.publish(&[id(2)]);
        subscription.set_others([id(1), id(3)]);
        notifier.publish(&[id(2), id(3)]);
        assert_eq!(subscription.take_about(), About::Topics(BTreeSet::from([id(2), id(3)])));
        drop(subscription);
        assert!(notifier.subscribed().by_topic.is_empty());
    }

    #[test]
    fn one_too_many_ends_the_oldest_and_who_left_leaves_nothing() {
        let notifier = Arc::new(Notifier::default());
        let all: Vec<Subscription> = (0..4).map(|n| subscribe(&notifier, [id(1), id(10 + n)], 2)).collect();
        let open: Vec<_> = all.iter().map(|one| one.news().now_or_never()).collect();
        assert_eq!(open, [Some(false), Some(false), None, None]);
        drop(all);
        assert!(notifier.subscribed().by_topic.is_empty());
    }

    #[test]
    fn closing_ends_all_and_those_to_come() {
        let notifier = Arc::new(Notifier::default());
        let before = subscribe(&notifier, [id(1), id(2)], 9);
        notifier.close();
        let after = subscribe(&notifier, [id(1), id(2)], 9);
        assert_eq!([before, after].map(|one| one.news().now_or_never()), [Some(false), Some(false)]);
    }
}
