//! What a user recognizes a device by: its kind of client and its place in the network.

use std::net::{IpAddr, Ipv4Addr};

use crate::http::client::{Client, network};

/// A device as far as sessions tell it from others: the `User-Agent` without digits, so that an update of the client
/// isn't another device, and the IPv4 /24 or IPv6 /64.
#[derive(Debug, PartialEq, Eq)]
pub struct Device {
    kind: String,
    place: Option<IpAddr>,
}

impl Device {
    pub fn of(client: &Client) -> Self {
        Self::new(client.device.as_deref(), Some(client.address))
    }

    /// Returns the device of a session, given the `User-Agent` and the address that are stored with it.
    pub fn stored(user_agent: Option<&str>, address: Option<&str>) -> Self {
        Self::new(user_agent, address.and_then(|address| address.parse().ok()))
    }

    fn new(user_agent: Option<&str>, address: Option<IpAddr>) -> Self {
        let is_version = |c: char| c.is_ascii_digit() || matches!(c, '.' | '_');
        Self {
            kind: user_agent.unwrap_or_default().chars().filter(|c| !is_version(*c)).collect(),
            place: address.map(|address| match address {
                IpAddr::V4(four) => IpAddr::V4(Ipv4Addr::from_bits(four.to_bits() & (u32::MAX << 8))),
                six @ IpAddr::V6(_) => network(six),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_and_a_neighbouring_address_are_the_same_device() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
        let newer = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0.2";
        let known = Device::stored(Some(firefox), Some("198.51.100.7"));
        assert_eq!(known, Device::stored(Some(newer), Some("198.51.100.200")));
        assert_ne!(known, Device::stored(Some(firefox), Some("198.51.101.7")));
        assert_ne!(known, Device::stored(Some("curl/8.5.0"), Some("198.51.100.7")));
        assert_ne!(known, Device::stored(None, Some("198.51.100.7")));
        let six = |address| Device::stored(None, Some(address));
        assert_eq!(six("2001:db8:1:2::7"), six("2001:db8:1:2:ffff::1"));
        assert_ne!(six("2001:db8:1:2::7"), six("2001:db8:1:3::7"));
    }
}
