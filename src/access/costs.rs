//! What the organizations cost this node lately: how often transactions ran in each, how long, and how long they waited.

use std::{
    collections::{HashMap, VecDeque},
    ops::AddAssign,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::base::{
    clock::{Clock, Stopwatch, Time},
    id::OrgId,
};

/// How many whole minutes are kept, besides the present one.
pub const MINUTES: i64 = 60;
/// How many organizations are kept of each minute.
const ORGS: usize = 200;
/// The milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// What transactions cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// How often one ran. One that took long for its lane, or met another, ran more than once.
    pub transactions: u64,
    /// How long they ran, in microseconds.
    pub ran: u64,
    /// How long they waited for a connection, in microseconds.
    pub waited: u64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        self.transactions += other.transactions;
        self.ran += other.ran;
        self.waited += other.waited;
    }
}

/// The costs of the last minutes, in the memory of this node. It doesn't grow with the number of organizations: where more
/// than [`ORGS`] are busy in a minute, those that cost little are forgotten.
#[derive(Debug, Default)]
pub struct Costs(Mutex<VecDeque<Minute>>);

#[derive(Debug, Default)]
struct Minute {
    /// The minute's number since 1970.
    number: i64,
    all: Cost,
    orgs: HashMap<OrgId, Kept>,
}

/// What is kept of an organization (the algorithm is "Space-Saving", by Metwally, Agrawal and El Abbadi).
#[derive(Debug, Default)]
struct Kept {
    /// What it cost since it is kept: maybe less than in the whole minute.
    cost: Cost,
    /// How long the one ran that was forgotten for it. It counts as if it were this one's own, so that what is busy stays
    /// among any number of others that come once.
    inherited: u64,
}

impl Kept {
    const fn weight(&self) -> u64 {
        self.inherited + self.cost.ran
    }
}

impl Minute {
    fn add(&mut self, org: OrgId, cost: Cost) {
        self.all += cost;
        if let Some(kept) = self.orgs.get_mut(&org) {
            kept.cost += cost;
            return;
        }
        let inherited = if self.orgs.len() < ORGS { 0 } else { self.forget_the_lightest() };
        self.orgs.insert(org, Kept { cost, inherited });
    }

    fn forget_the_lightest(&mut self) -> u64 {
        let lightest = self.orgs.iter().map(|(org, kept)| (kept.weight(), *org)).min();
        lightest.map_or(0, |(weight, org)| {
            self.orgs.remove(&org);
            weight
        })
    }
}

/// What some minutes cost.
#[derive(Debug)]
pub struct Told {
    /// The beginning of the first of them.
    pub since: Time,
    /// What all organizations together cost, those that were forgotten too.
    pub all: Cost,
    /// What each cost.
    pub orgs: Vec<(OrgId, Cost)>,
}

impl Costs {
    fn add(&self, now: Time, org: OrgId, cost: Cost) {
        let number = now.millis().div_euclid(MINUTE);
        let mut minutes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minutes.back().is_none_or(|last| last.number < number) {
            minutes.push_back(Minute { number, ..Minute::default() });
            minutes.retain(|minute| minute.number >= number - MINUTES);
        }
        if let Some(minute) = minutes.back_mut() {
            minute.add(org, cost);
        }
    }

    /// Returns what the present minute and so many whole ones before it cost.
    pub fn of_last(&self, minutes: i64, now: Time) -> Told {
        let first = now.millis().div_euclid(MINUTE) - minutes;
        let (mut all, mut orgs) = (Cost::default(), HashMap::<OrgId, Cost>::new());
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for minute in kept.iter().filter(|minute| minute.number >= first) {
            all += minute.all;
            for (org, kept) in &minute.orgs {
                *orgs.entry(*org).or_default() += kept.cost;
            }
        }
        Told { since: Time::from_millis(first * MINUTE), all, orgs: orgs.into_iter().collect() }
    }
}

/// Measures a transaction, from the moment at which it begins to wait.
pub(super) struct Meter {
    costs: Arc<Costs>,
    clock: Clock,
    org: OrgId,
    began: Stopwatch,
    /// How much of the time since then is counted, in microseconds.
    counted: AtomicU64,
}

impl Meter {
    pub(super) fn start(costs: Arc<Costs>, clock: Clock, org: OrgId) -> Self {
        Self { costs, clock, org, began: Stopwatch::start(), counted: AtomicU64::new(0) }
    }

    /// Runs a transaction and counts what it costs. It may run more than once.
    pub(super) async fn run<T>(&self, transaction: impl Future<Output = T>) -> T {
        let waited = self.lap();
        let answer = transaction.await;
        let cost = Cost { transactions: 1, ran: self.lap(), waited };
        self.costs.add(self.clock.now(), self.org, cost);
        answer
    }

    /// Returns the time since the last lap, in microseconds.
    fn lap(&self) -> u64 {
        let now = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        now.saturating_sub(self.counted.swap(now, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn org(number: u128) -> OrgId {
        OrgId::new(Uuid::from_u128(number))
    }

    fn cost(ran: u64) -> Cost {
        Cost { transactions: 1, ran, waited: 7 }
    }

    /// The `minute`th minute, a moment after it began.
    fn at(minute: i64) -> Time {
        Time::from_millis(minute * MINUTE + 1)
    }

    #[test]
    fn the_minutes_that_are_asked_for_are_added_up_and_old_ones_forgotten() {
        let costs = Costs::default();
        for (minute, org_number, ran) in [(1_000, 1, 5), (1_000, 2, 1), (1_001, 1, 20), (1_002, 2, 300)] {
            costs.add(at(minute), org(org_number), cost(ran));
        }
        let told = |minutes, now| {
            let Told { since, all, mut orgs } = costs.of_last(minutes, now);
            orgs.sort_by_key(|(org, _)| *org);
            let orgs: Vec<_> = orgs.iter().map(|(_, cost)| (cost.transactions, cost.ran)).collect();
            (since.millis() / MINUTE, all.ran, orgs)
        };
        assert_eq!(told(0, at(1_002)), (1_002, 300, vec![(1, 300)]));
        assert_eq!(told(1, at(1_002)), (1_001, 320, vec![(1, 20), (1, 300)]));
        assert_eq!(told(60, at(1_002)), (942, 326, vec![(2, 25), (2, 301)]));
        assert_eq!(told(60, at(1_061)), (1_001, 320, vec![(1, 20), (1, 300)]));
        // What is told for the future stays with the last minute, when a clock is set back.
        costs.add(at(900), org(1), cost(4));
        assert_eq!(told(0, at(1_002)), (1_002, 304, vec![(1, 4), (1, 300)]));
        costs.add(at(1_062), org(1), cost(1));
        assert_eq!(costs.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn what_is_busy_stays_among_any_number_of_others_that_come_once() {
        let costs = Costs::default();
        for other in 0..20_000 {
            costs.add(at(1), org(other + 2), cost(10));
            if other >= 1_000 && other % 10 == 0 {
                costs.add(at(1), org(1), cost(10));
            }
        }
        let told = costs.of_last(0, at(1));
        assert_eq!((told.orgs.len(), told.all.transactions), (ORGS, 21_900));
        let busiest = told.orgs.iter().max_by_key(|(_, cost)| cost.ran).unwrap();
        assert_eq!((busiest.0, busiest.1.transactions), (org(1), 1_900));
    }

    #[tokio::test]
    async fn a_transaction_that_runs_again_counts_again_and_no_time_twice() {
        let costs = Arc::new(Costs::default());
        let meter = Meter::start(costs.clone(), Clock::system(), org(1));
        meter.run(async {}).await;
        meter.run(async {}).await;
        let elapsed = u64::try_from(meter.began.elapsed().as_micros()).unwrap();
        let all = costs.of_last(1, Clock::system().now()).all;
        assert!(all.transactions == 2 && all.ran + all.waited <= elapsed, "{all:?} {elapsed}");
    }
}
