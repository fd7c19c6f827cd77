//! Ceilings on what clients hold of the server: connections, bytes of bodies, bytes of responses. There is one for all
//! clients together and one for each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::rate::Caller;

/// Counts what is held. Cloning is cheap; the clones share the counts.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    ceilings: Ceilings,
    held: Mutex<Held>,
}

/// The maximum of what may be held. Whoever holds less may take more, of any size: a ceiling in bytes is exceeded by at
/// most one body or response, and none is too large for everyone.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    pub all: usize,
    /// Of one client: a user or a network, which is an IPv4 address or an IPv6 /64.
    pub each: usize,
}

#[derive(Default)]
struct Held {
    all: usize,
    callers: HashMap<Caller, usize>,
}

/// What one client holds, until this is dropped.
pub struct Place {
    shared: Arc<Shared>,
    caller: Option<Caller>,
    size: usize,
}

impl Places {
    pub fn new(ceilings: Ceilings) -> Self {
        Self(Arc::new(Shared { ceilings, held: Mutex::default() }))
    }

    /// Returns a place of this size, or `None` at a ceiling. `caller` is `None` where many clients are one to this
    /// server, so that only the ceiling on all applies.
    pub fn take(&self, caller: Option<Caller>, size: usize) -> Option<Place> {
        let mut place = Place { shared: self.0.clone(), caller, size: 0 };
        place.grow(size).then_some(place)
    }
}

impl Place {
    /// Makes the place larger. Returns `false` at a ceiling.
    pub fn grow(&mut self, by: usize) -> bool {
        let Ceilings { all, each } = self.shared.ceilings;
        let mut held = self.shared.held();
        if held.all >= all {
            return false;
        }
        if let Some(caller) = self.caller {
            let of_caller = held.callers.entry(caller).or_default();
            if *of_caller >= each {
                return false;
            }
            *of_caller += by;
        }
        held.all += by;
        self.size += by;
        true
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.shared.held();
        held.all -= self.size;
        let Some(caller) = self.caller else { return };
        if let Some(of_caller) = held.callers.get_mut(&caller) {
            *of_caller -= self.size;
            if *of_caller == 0 {
                held.callers.remove(&caller);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_a_ceiling_and_all_have_one_together() {
        let places = Places::new(Ceilings { all: 5, each: 2 });
        let take = |last| places.take(Some(Caller::Address([192, 0, 2, last].into())), 1);
        let of_one = [take(1).unwrap(), take(1).unwrap()];
        assert!(take(1).is_none());
        let of_another = [take(2).unwrap(), take(2).unwrap()];
        let of_a_proxy = places.take(None, 1).unwrap();
        assert!(take(3).is_none(), "five are taken");
        drop(of_one);
        let of_a_proxy = [places.take(None, 1).unwrap(), places.take(None, 1).unwrap(), of_a_proxy];
        assert!(places.take(None, 1).is_none(), "five are taken");
        drop((of_a_proxy, of_another));
        let held = places.0.held();
        assert_eq!((held.all, held.callers.len()), (0, 0));
    }

    #[test]
    fn one_thing_of_any_size_fits_and_the_next_waits_for_its_end() {
        let places = Places::new(Ceilings { all: 1000, each: 10 });
        let take = |last, size| places.take(Some(Caller::Address([192, 0, 2, last].into())), size);
        let mut growing = take(1, 0).unwrap();
        assert!(growing.grow(9) && growing.grow(500));
        assert!(!growing.grow(1) && take(1, 1).is_none());
        let large = take(2, 500).unwrap();
        assert!(take(3, 1).is_none(), "over the ceiling of all");
        drop((growing, large));
        assert!(take(3, 1).is_some());
        assert_eq!(places.0.held().callers.len(), 0);
    }
}
