//! The ceilings on open connections: of all clients together, and of each client's network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::client::{Proxies, network};

/// Counts the open connections. Cloning is cheap; the clones share the counts.
#[derive(Clone)]
pub struct Places(Arc<Shared>);

struct Shared {
    ceilings: Ceilings,
    /// Their connections carry many clients, so that only the ceiling on all connections applies to them.
    proxies: Proxies,
    open: Mutex<Open>,
}

/// The maximum numbers of open connections.
#[derive(Debug, Clone, Copy)]
pub struct Ceilings {
    pub all: usize,
    /// Of one client's network: an IPv4 address or an IPv6 /64.
    pub network: usize,
}

#[derive(Default)]
struct Open {
    all: usize,
    networks: HashMap<IpAddr, usize>,
}

/// An open connection's place. Dropping it gives the place to another connection.
pub struct Place {
    shared: Arc<Shared>,
    network: Option<IpAddr>,
}

impl Places {
    pub fn new(ceilings: Ceilings, proxies: Proxies) -> Self {
        Self(Arc::new(Shared { ceilings, proxies, open: Mutex::default() }))
    }

    /// Returns a place for a connection from this address, or `None` at a ceiling.
    pub fn take(&self, peer: IpAddr) -> Option<Place> {
        let Shared { ceilings, proxies, .. } = &*self.0;
        let network = (!proxies.trusts(peer)).then(|| network(peer));
        let mut open = self.0.open();
        if open.all >= ceilings.all {
            return None;
        }
        if let Some(network) = network {
            let of_network = open.networks.entry(network).or_default();
            if *of_network >= ceilings.network {
                return None;
            }
            *of_network += 1;
        }
        open.all += 1;
        Some(Place { shared: self.0.clone(), network })
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.open();
        open.all -= 1;
        let Some(network) = self.network else { return };
        if let Some(of_network) = open.networks.get_mut(&network) {
            *of_network -= 1;
            if *of_network == 0 {
                open.networks.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_ceiling_and_all_have_one_together() {
        let places = Places::new(Ceilings { all: 5, network: 2 }, "10.0.0.1".parse().unwrap());
        let take = |address: &str| places.take(address.parse().unwrap());
        let of_one = [take("192.0.2.1").unwrap(), take("192.0.2.1").unwrap()];
        assert!(take("192.0.2.1").is_none());
        let of_a_64 = [take("2001:db8::1").unwrap(), take("2001:db8::2").unwrap()];
        assert!(take("2001:db8::3").is_none());
        let of_a_proxy = take("10.0.0.1").unwrap();
        assert!(take("192.0.2.2").is_none(), "five are open");
        drop(of_one);
        let of_a_proxy = [take("10.0.0.1").unwrap(), take("10.0.0.1").unwrap(), of_a_proxy];
        assert!(take("10.0.0.1").is_none(), "five are open");
        drop((of_a_proxy, of_a_64));
        let open = places.0.open();
        assert_eq!((open.all, open.networks.len()), (0, 0));
    }
}
