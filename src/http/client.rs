//! The client of a request: its address, also behind trusted proxies, and its `User-Agent`.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{Extensions, HeaderMap, header, request::Parts},
};
use ipnet::IpNet;

use super::{
    describe::{Describe, Operation},
    schemas::Schemas,
};

/// The IP address at the other end of the connection: the client or a proxy.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// The trusted proxies, whose `X-Forwarded-For` header determines the client's address.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl FromStr for Proxies {
    type Err = String;

    /// Parses a comma-separated list of addresses and networks. An empty text gives an empty list.
    fn from_str(text: &str) -> Result<Self, String> {
        let net = |text: &str| {
            let one = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or_else(|_| one()).map_err(|_| {
                "each must be an address or a network, such as 10.0.0.1 or 10.0.0.0/8".to_owned()
            })
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(net).collect::<Result<_, _>>().map(Self)
    }
}

impl Proxies {
    pub(super) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// Returns the client's address: in `X-Forwarded-For`, read from its end, the first address that isn't a trusted
    /// proxy's. Anything before that is ignored because the client itself may have written it.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        // Split as bytes: invalid text from the client must not hide the addresses that proxies added after it.
        let lines = headers.get_all("x-forwarded-for").iter();
        let hops: Vec<_> = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).collect();
        let mut hops = hops.into_iter().rev().map(|bytes| hop(std::str::from_utf8(bytes).ok()?));
        let mut client = peer;
        while self.trusts(client) {
            match hops.next().flatten() {
                Some(hop) => client = hop,
                None => break,
            }
        }
        client
    }
}

/// Parses an entry of `X-Forwarded-For`: `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7` or `[2001:db8::7]:4711`.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let socket = || text.parse().map(|socket: std::net::SocketAddr| socket.ip());
    let bracketed = text.trim_start_matches('[').trim_end_matches(']');
    bracketed.parse().or_else(|_| socket()).ok().map(|address: IpAddr| address.to_canonical())
}

/// The client that sent a request, as far as the network and the headers identify it.
#[derive(Debug, Clone)]
pub struct Client {
    pub address: IpAddr,
    /// The `User-Agent`, at most 200 characters of it: the device's name in the list of sessions.
    pub device: Option<String>,
}

impl Client {
    pub fn of(parts: &Parts, proxies: &Proxies) -> Self {
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Self {
            address: address(&parts.extensions, &parts.headers, proxies),
            device: agent.map(|agent| agent.chars().take(200).collect()),
        }
    }
}

/// Returns the address of a request's client.
pub fn address(extensions: &Extensions, headers: &HeaderMap, proxies: &Proxies) -> IpAddr {
    let peer = extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    proxies.client(peer, headers)
}

/// Returns the network that counts as one client in rate limits and throttles: for IPv6 the /64, which is the smallest
/// network that a customer is usually assigned; for IPv4 the address itself.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
        four @ IpAddr::V4(_) => four,
    }
}

/// Returns the /48 of an IPv6 address, which is what a site is usually assigned (RFC 6177). IPv4 has no such network.
pub fn site(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V6(six) => Some(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 80))),
        IpAddr::V4(_) => None,
    }
}

impl<S: Sync> FromRequestParts<S> for Client
where
    Proxies: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts, &Proxies::from_ref(state)))
    }
}

impl Describe for Client {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn an_address_is_taken_only_from_who_is_trusted() {
        let rows = [
            ("", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.0/8", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
            ("10.0.0.0/8", "10.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 198.51.100.7, 10.2.3.4", "198.51.100.7"),
            ("10.0.0.0/8", "10.0.0.1", "1.1.1.1, nonsense, 10.2.3.4", "10.2.3.4"),
            ("10.0.0.1", "10.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
            ("::1,10.0.0.0/8", "::1", "[2001:db8::7]:4711", "2001:db8::7"),
            ("::1", "::1", "", "::1"),
            ("::1", "::1", "::ffff:198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.1", "\u{e9}, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.1", "198.51.100.7, \u{e9}", "10.0.0.1"),
        ];
        for (trusted, peer, forwarded, client) in rows {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", HeaderValue::from_bytes(forwarded.as_bytes()).unwrap());
            let proxies: Proxies = trusted.parse().unwrap();
            let found = proxies.client(peer.parse().unwrap(), &headers);
            assert_eq!(found.to_string(), client, "{trusted} {peer} {forwarded}");
        }
        assert!("10.0.0.0/40".parse::<Proxies>().is_err());
        assert!("proxy.example".parse::<Proxies>().is_err());
    }
}
