//! The command `guildhall ready`: asks a running server whether it is ready.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use crate::base::error::chain;

/// The time in which a server has to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the server that listens on this address.
///
/// # Errors
/// Returns why it isn't ready: its answer, or why there is none.
pub async fn ask(mut listening: SocketAddr) -> Result<(), String> {
    if listening.ip().is_unspecified() {
        listening.set_ip(match listening.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    let url = format!("http://{listening}/readyz");
    // Without certificates, which take their time to read.
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).timeout(PATIENCE);
    let asked = async { client.build()?.get(&url).send().await?.error_for_status() };
    asked.await.map(drop).map_err(|error| format!("not ready: {}", chain(&error)))
}
