//! The two lanes of the transactions that wait for a connection. Each begins in the light lane; a read that takes long is
//! interrupted, and runs again in the heavy lane, which has few connections.

use std::any::TypeId;

use quick_cache::sync::Cache;
use uuid::Uuid;

use super::fair_queue::{Bounds, FairQueue};

/// How many transactions may wait in each lane. Further ones are refused with 503.
const LIGHT: Bounds = Bounds { all: 4_096, owner: 1_024 };
const HEAVY: Bounds = Bounds { all: 1_024, owner: 64 };
/// How many reads are remembered as heavy.
const REMEMBERED: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    Light,
    Heavy,
}

/// What a transaction is recognized by: its code, and whose data it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(TypeId, Uuid);

impl Key {
    pub(super) fn of<F: 'static>(owner: Uuid) -> Self {
        Self(TypeId::of::<F>(), owner)
    }
}

/// A transaction that waits for a connection.
pub(super) struct Job<R> {
    pub(super) key: Key,
    pub(super) run: R,
}

pub(super) struct Lanes<R> {
    light: FairQueue<Job<R>>,
    heavy: FairQueue<Job<R>>,
    /// The reads that were heavy the last time. They go straight to the heavy lane, so that they don't run in vain first.
    were_heavy: Cache<Key, ()>,
}

impl<R> Lanes<R> {
    pub(super) fn new() -> Self {
        Self {
            light: FairQueue::new(LIGHT),
            heavy: FairQueue::new(HEAVY),
            were_heavy: Cache::new(REMEMBERED),
        }
    }

    pub(super) const fn queue(&self, lane: Lane) -> &FairQueue<Job<R>> {
        match lane {
            Lane::Light => &self.light,
            Lane::Heavy => &self.heavy,
        }
    }

    /// Adds a transaction. Returns `false` if too many wait.
    pub(super) fn push(&self, key: Key, run: R) -> bool {
        self.light.push(key.1, Job { key, run })
    }

    /// Returns a transaction to be run in this lane, or moves it to the heavy lane if it was heavy the last time.
    pub(super) fn sorted(&self, job: Job<R>, lane: Lane) -> Option<Job<R>> {
        if lane == Lane::Light && self.were_heavy.get(&job.key).is_some() {
            self.move_over(job);
            return None;
        }
        Some(job)
    }

    /// Moves a transaction to the heavy lane. Drops it if too many wait there.
    pub(super) fn move_over(&self, job: Job<R>) {
        self.were_heavy.insert(job.key, ());
        self.heavy.push(job.key.1, job);
    }

    /// Lets a read begin in the light lane again the next time.
    pub(super) fn was_light(&self, key: Key) {
        self.were_heavy.remove(&key);
    }

    /// Refuses further transactions. Those that wait are still run.
    pub(super) fn close(&self) {
        self.light.close();
        self.heavy.close();
    }
}
