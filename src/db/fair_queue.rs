//! A queue that serves its owners in turn, so that an organization or a user that asks for much doesn't hold up others.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use event_listener::{Event, Listener as _};
use uuid::Uuid;

/// How many items may wait in a queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub all: usize,
    /// Of one owner.
    pub owner: usize,
}

/// A bounded queue of items that belong to owners. Each owner's items are served in their order, and one of each owner
/// in turn.
pub(super) struct FairQueue<T> {
    bounds: Bounds,
    waiting: Mutex<Waiting<T>>,
    /// Wakes whoever can serve an item at once.
    ready: Event,
    /// Wakes whoever would first have to open a connection. That happens only when nobody else waits.
    unready: Event,
}

struct Waiting<T> {
    items: HashMap<Uuid, VecDeque<T>>,
    /// The owners with items that wait, the next one first.
    turns: VecDeque<Uuid>,
    count: usize,
    closed: bool,
}

impl<T> Waiting<T> {
    fn pop(&mut self) -> Option<T> {
        let owner = self.turns.pop_front()?;
        let items = self.items.get_mut(&owner)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.items.remove(&owner);
        } else {
            self.turns.push_back(owner);
        }
        self.count -= 1;
        item
    }
}

/// What a wait for an item came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Popped<T> {
    Item(T),
    Nothing,
    Closed,
}

impl<T> FairQueue<T> {
    pub(super) fn new(bounds: Bounds) -> Self {
        let waiting = Waiting { items: HashMap::new(), turns: VecDeque::new(), count: 0, closed: false };
        Self { bounds, waiting: Mutex::new(waiting), ready: Event::new(), unready: Event::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an item. Returns `false` if the queue is full, or full for this owner, or closed.
    pub(super) fn push(&self, owner: Uuid, item: T) -> bool {
        let mut waiting = self.waiting();
        if waiting.closed || waiting.count >= self.bounds.all {
            return false;
        }
        let items = waiting.items.entry(owner).or_default();
        if items.len() >= self.bounds.owner {
            return false;
        }
        items.push_back(item);
        if items.len() == 1 {
            waiting.turns.push_back(owner);
        }
        waiting.count += 1;
        drop(waiting);
        self.wake();
        true
    }

    /// Wakes one of those that wait for an item.
    fn wake(&self) {
        if self.ready.notify_additional(1) == 0 {
            self.unready.notify_additional(1);
        }
    }

    /// Takes the next item, if one waits.
    pub(super) fn try_pop(&self) -> Option<T> {
        self.waiting().pop()
    }

    /// Takes the next item, or finds that there is none, and whether there will be any.
    fn look(&self) -> Popped<T> {
        let mut waiting = self.waiting();
        match waiting.pop() {
            Some(item) => Popped::Item(item),
            None if waiting.closed => Popped::Closed,
            None => Popped::Nothing,
        }
    }

    /// Waits for the next item, blocking the thread at most that long.
    pub(super) fn pop_within(&self, patience: Duration) -> Popped<T> {
        let listener = self.ready.listen();
        match self.look() {
            Popped::Nothing => {
                listener.wait_timeout(patience);
                self.look()
            }
            popped => popped,
        }
    }

    /// Waits for the next item, blocking the thread. Returns `None` once the queue is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        loop {
            let listener = self.ready.listen();
            match self.look() {
                Popped::Item(item) => return Some(item),
                Popped::Closed => return None,
                Popped::Nothing => listener.wait(),
            }
        }
    }

    /// Waits for the next item. Whoever isn't ready to serve one waits behind those that are. Returns `None` once the queue
    /// is closed and empty.
    pub(super) async fn popped(&self, is_ready: bool) -> Option<T> {
        let pushed = if is_ready { &self.ready } else { &self.unready };
        loop {
            let listener = pushed.listen();
            match self.look() {
                Popped::Item(item) => {
                    // It may have been woken for another item, which somebody of the other kind has to take.
                    if listener.discard() {
                        self.wake();
                    }
                    return Some(item);
                }
                Popped::Closed => return None,
                Popped::Nothing => listener.await,
            }
        }
    }

    /// Refuses further items. Those that wait are still served.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.ready.notify(usize::MAX);
        self.unready.notify(usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    const ANN: Uuid = Uuid::from_u128(1);
    const BOB: Uuid = Uuid::from_u128(2);

    fn drained<T>(queue: &FairQueue<T>) -> Vec<T> {
        std::iter::from_fn(|| queue.try_pop()).collect()
    }

    #[test]
    fn owners_are_served_in_turn() {
        let queue = FairQueue::new(Bounds { all: 100, owner: 100 });
        for n in 1..=4 {
            queue.push(ANN, ("Ann", n));
        }
        queue.push(BOB, ("Bob", 1));
        queue.push(BOB, ("Bob", 2));
        let order = [("Ann", 1), ("Bob", 1), ("Ann", 2), ("Bob", 2), ("Ann", 3), ("Ann", 4)];
        assert_eq!(drained(&queue), order);
    }

    #[test]
    fn an_owner_and_all_together_have_their_bounds() {
        let queue = FairQueue::new(Bounds { all: 3, owner: 2 });
        assert!(queue.push(ANN, 1) && queue.push(ANN, 2));
        assert!(!queue.push(ANN, 3), "two of hers wait");
        assert!(queue.push(BOB, 4));
        assert!(!queue.push(BOB, 5), "three wait");
        assert_eq!(queue.try_pop(), Some(1));
        assert!(queue.push(BOB, 6), "it recovers");
        assert_eq!(drained(&queue), [4, 2, 6]);
    }

    #[test]
    fn a_closed_queue_serves_what_waits_and_takes_no_more() {
        let queue = FairQueue::new(Bounds { all: 3, owner: 3 });
        assert_eq!(queue.pop_within(Duration::ZERO), Popped::Nothing);
        queue.push(ANN, 1);
        queue.close();
        assert!(!queue.push(ANN, 2));
        assert_eq!(queue.pop(), Some(1));
        assert_eq!((queue.pop(), queue.pop_within(Duration::MAX)), (None, Popped::Closed));
    }

    #[test]
    fn threads_that_wait_get_each_item_once() {
        let queue = FairQueue::new(Bounds { all: 10_000, owner: 10_000 });
        let taken = std::thread::scope(|scope| {
            let take = || std::iter::from_fn(|| queue.pop()).collect::<Vec<u32>>();
            let takers: Vec<_> = (0..4).map(|_| scope.spawn(take)).collect();
            for n in 0..5_000 {
                assert!(queue.push(Uuid::from_u128((n % 7).into()), n));
            }
            queue.close();
            let mut taken: Vec<u32> = takers.into_iter().flat_map(|taker| taker.join().unwrap()).collect();
            taken.sort_unstable();
            taken
        });
        assert_eq!(taken, (0..5_000).collect::<Vec<_>>());
    }

    #[test]
    fn whoever_is_not_ready_is_woken_when_nobody_else_waits() {
        let queue = FairQueue::new(Bounds { all: 9, owner: 9 });
        let mut cold = Box::pin(queue.popped(false));
        let mut warm = Box::pin(queue.popped(true));
        assert_eq!((cold.as_mut().now_or_never(), warm.as_mut().now_or_never()), (None, None));
        queue.push(ANN, 1);
        assert_eq!((cold.as_mut().now_or_never(), warm.as_mut().now_or_never()), (None, Some(Some(1))));
        queue.push(ANN, 2);
        assert_eq!(cold.now_or_never(), Some(Some(2)));
    }

    #[test]
    fn what_somebody_was_woken_for_is_served_though_they_serve_another() {
        let queue = FairQueue::new(Bounds { all: 9, owner: 9 });
        let mut warm = Box::pin(queue.popped(true));
        let mut cold = Box::pin(queue.popped(false));
        assert_eq!((warm.as_mut().now_or_never(), cold.as_mut().now_or_never()), (None, None));
        // The first wakes the one that is ready, the second the other; a thread comes first.
        queue.push(ANN, 1);
        queue.push(ANN, 2);
        assert_eq!(queue.try_pop(), Some(1));
        assert_eq!(cold.as_mut().now_or_never(), Some(Some(2)));
        assert_eq!(warm.as_mut().now_or_never(), None);
        queue.push(ANN, 3);
        assert_eq!(warm.now_or_never(), Some(Some(3)));
    }

    proptest! {
        #[test]
        fn each_owner_keeps_its_order_and_waits_for_one_item_of_each_other(pushed in prop::collection::vec(0..5u128, 0..60)) {
            let queue = FairQueue::new(Bounds { all: 100, owner: 100 });
            for (n, owner) in pushed.iter().enumerate() {
                queue.push(Uuid::from_u128(*owner), (*owner, n));
            }
            let served = drained(&queue);
            prop_assert_eq!(served.len(), pushed.len());
            for owner in 0..5 {
                let places: Vec<(usize, usize)> = served.iter().enumerate()
                    .filter(|(_, (of, _))| *of == owner).map(|(place, (_, n))| (place, *n)).collect();
                prop_assert!(places.is_sorted_by_key(|(_, n)| *n));
                prop_assert!(places.windows(2).all(|pair| pair[1].0 - pair[0].0 <= 5));
            }
        }
    }
}
