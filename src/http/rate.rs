//! Rate limits: each user, and each address without a logged-in user, has a budget of requests that refills steadily
//! (GCRA). The throttles on guesses of secrets are separate and remain active when rate limits are off.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::{
    Quota, RateLimiter,
    clock::{self, Reference as _},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};

use crate::base::{
    clock::Clock,
    error::{Code, Error, Refusal, Result},
    id::UserId,
};

/// The default number of requests per minute and caller. The same number may come in one burst.
const DEFAULT: u32 = 6_000;
/// The number of requests after which callers with a full budget are removed from memory.
const SWEEP: u32 = 10_000;

/// The rate limit setting: `off`, or the number of requests per minute that a caller may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit(Option<NonZeroU32>);

impl RateLimit {
    /// No limit.
    pub const OFF: Self = Self(None);
}

impl Default for RateLimit {
    fn default() -> Self {
        Self(NonZeroU32::new(DEFAULT))
    }
}

impl FromStr for RateLimit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "off" => Ok(Self::OFF),
            number => {
                let limit = number.parse().map_err(|_| "must be off, or a number of requests per minute")?;
                Ok(Self(Some(limit)))
            }
        }
    }
}

impl std::fmt::Display for RateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(limit) => limit.fmt(f),
            None => f.write_str("off"),
        }
    }
}

/// The caller whose budget a request is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    User(UserId),
    Address(IpAddr),
}

impl clock::Clock for Clock {
    /// The time since the Unix epoch.
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(Self::now(self).millis()).unwrap_or(0))
    }
}

type Limiter = RateLimiter<Caller, DashMapStateStore<Caller>, Clock, StateInformationMiddleware>;

/// The budgets of all callers, in the memory of this node.
pub struct Budgets {
    limiter: Option<(NonZeroU32, Limiter)>,
    clock: Clock,
    requests: AtomicU32,
}

/// The rest of a caller's budget, for the headers of the response.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    limit: u32,
    remaining: u32,
    /// How long until the next request is allowed. Zero if the budget isn't used up.
    wait: Duration,
}

impl Budgets {
    pub fn new(limit: RateLimit, clock: Clock) -> Self {
        let limiter = |limit| RateLimiter::dashmap_with_clock(Quota::per_minute(limit), clock.clone());
        let limiter = limit.0.map(|limit| (limit, limiter(limit).with_middleware()));
        Self { limiter, clock, requests: AtomicU32::new(0) }
    }

    /// Takes a request from a caller's budget. Returns `Ok(None)` if rate limits are off, and `Err` if the budget is
    /// used up.
    pub fn take(&self, caller: Caller) -> Result<Option<Budget>, Budget> {
        self.take_some(caller, NonZeroU32::MIN)
    }

    /// Takes what a request costs that stands for several, besides the one that was taken when it arrived. A caller's whole
    /// budget is always enough.
    ///
    /// # Errors
    /// 429 if the rest of the budget is too small. Nothing is taken then.
    pub fn take_more(&self, caller: Caller, requests: usize) -> Result<()> {
        let most = self.limiter.as_ref().map_or(0, |(limit, _)| limit.get());
        let more = u32::try_from(requests).unwrap_or(u32::MAX).min(most).saturating_sub(1);
        let Some(more) = NonZeroU32::new(more) else { return Ok(()) };
        self.take_some(caller, more).map(drop).map_err(Budget::refusal)
    }

    fn take_some(&self, caller: Caller, requests: NonZeroU32) -> Result<Option<Budget>, Budget> {
        let Some((limit, limiter)) = &self.limiter else {
            return Ok(None);
        };
        if self.requests.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            limiter.retain_recent();
        }
        let limit = limit.get();
        let Ok(checked) = limiter.check_key_n(&caller, requests) else {
            return Err(Budget { limit, remaining: 0, wait: Duration::from_mins(1) });
        };
        match checked {
            Ok(state) => {
                Ok(Some(Budget { limit, remaining: state.remaining_burst_capacity(), wait: Duration::ZERO }))
            }
            Err(refused) => {
                let wait = refused.earliest_possible().duration_since(clock::Clock::now(&self.clock));
                Err(Budget { limit, remaining: 0, wait: wait.into() })
            }
        }
    }
}

impl Budget {
    /// Returns the 429 error, which tells when to try again.
    pub fn refusal(self) -> Error {
        let seconds = u64::try_from(self.wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1);
        let refusal = Code::RateLimited.refusal(format!("Too many requests: try again in {seconds} s."));
        Refusal { retry_after: Some(Duration::from_secs(seconds)), ..refusal }.into()
    }

    /// Adds the headers `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    pub fn tell(self, headers: &mut HeaderMap) {
        let missing = self.limit - self.remaining;
        let full_in = (u64::from(missing) * 60).div_ceil(u64::from(self.limit));
        let policy = format!("\"default\";q={};w=60", self.limit);
        let state = format!("\"default\";r={};t={full_in}", self.remaining);
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", state)] {
            let value = HeaderValue::from_str(&value).ok();
            headers.extend(value.map(|value| (HeaderName::from_static(name), value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_runs_out_for_one_caller_and_refills_with_time() {
        let clock = Clock::adjustable();
        let budgets = Budgets::new("60".parse().unwrap(), clock.clone());
        let caller = |last| Caller::Address([127, 0, 0, last].into());
        // The clock keeps running during the loop, which refills the budget a little.
        let taken = (0..1000).take_while(|_| budgets.take(caller(1)).is_ok()).count();
        assert!((60..70).contains(&taken), "{taken}");
        let spent = budgets.take(caller(1)).unwrap_err();
        assert!(spent.wait <= Duration::from_secs(1), "{spent:?}");
        assert!(budgets.take(caller(2)).is_ok());
        clock.advance(Duration::from_secs(2));
        assert!(budgets.take(caller(1)).is_ok());
        assert!(budgets.take(caller(1)).is_ok());
        assert!(budgets.take(caller(1)).is_err());
    }

    #[test]
    fn what_stands_for_several_requests_costs_as_many_and_never_more_than_there_can_be() {
        let clock = Clock::adjustable();
        let budgets = Budgets::new("60".parse().unwrap(), clock.clone());
        let caller = Caller::Address([127, 0, 0, 1].into());
        let left = || budgets.take(caller).unwrap().unwrap().remaining;
        assert!((59..61).contains(&left()));
        budgets.take_more(caller, 1).unwrap();
        budgets.take_more(caller, 41).unwrap();
        assert!((18..20).contains(&left()));
        assert_eq!(budgets.take_more(caller, 41).unwrap_err().code(), Code::RateLimited);
        assert!((17..20).contains(&left()));
        clock.advance(Duration::from_mins(1));
        budgets.take(caller).unwrap();
        budgets.take_more(caller, 1000).unwrap();
        assert!(budgets.take_more(caller, 41).is_err());
    }

    #[test]
    fn switched_off_nothing_is_counted() {
        let budgets = Budgets::new(RateLimit::OFF, Clock::system());
        assert!(
            (0..100_000).all(|_| matches!(budgets.take(Caller::Address([127, 0, 0, 1].into())), Ok(None)))
        );
    }
}
