//! The connection parameters of a PostgreSQL server, and how a connection to it is opened.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio_postgres::{
    Client, Config, Connection, Socket,
    config::{LoadBalanceHosts, SslMode},
    tls::MakeTlsConnect,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    chain, server_check,
    tls::{self, Check},
    url::Url,
};
use crate::{
    base::{
        clock::Time,
        error::{Error, Result},
        secret,
    },
    db::Probe,
};

/// A parsed `postgres://` URL.
#[derive(Clone)]
pub struct Target {
    /// One for each host.
    configs: Vec<Config>,
    is_shuffled: bool,
    /// The index of the host that the last connection was opened to. The next one tries it first, since the others may
    /// answer late or never.
    last: Arc<AtomicUsize>,
    pub(super) tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The derived form would show the password.
        for config in &self.configs {
            write!(f, "{:?}{:?}", config.get_hosts(), config.get_hostaddrs())?;
        }
        let database = self.configs.first().and_then(Config::get_dbname);
        write!(f, "/{}", database.unwrap_or_default())
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url: Url = text.parse().map_err(|why| format!("not a database URL: {why}"))?;
        // https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
        let roots = url.sslrootcert.as_deref().filter(|roots| *roots != "system");
        let mode = if url.sslrootcert.as_deref() == Some("system") { "verify-full" } else { "prefer" };
        let (ssl, check) = match (url.sslmode.as_deref().unwrap_or(mode), roots) {
            ("disable", _) => (SslMode::Disable, Check::Nothing),
            // It may be encrypted or not; `allow` would try first without.
            ("prefer" | "allow", _) => (SslMode::Prefer, Check::Nothing),
            ("require", None) => (SslMode::Require, Check::Nothing),
            ("require" | "verify-ca", _) => (SslMode::Require, Check::Authority),
            ("verify-full", _) => (SslMode::Require, Check::AuthorityAndName),
            (other, _) => {
                return Err(format!(
                    "sslmode is disable, allow, prefer, require, verify-ca or verify-full, not {other}"
                ));
            }
        };
        let mut configs = url.configs(ssl).map_err(|why| format!("not a database URL: {why}"))?;
        if url.is_shuffled {
            for config in &mut configs {
                config.load_balance_hosts(LoadBalanceHosts::Random);
            }
        }
        Ok(Self {
            configs,
            is_shuffled: url.is_shuffled,
            last: Arc::default(),
            tls: MakeRustlsConnect::new(tls::config(check, roots)?),
        })
    }
}

type Opened = (Client, Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>);

impl Target {
    /// Opens a connection to the first host that takes it. Returns why each of them didn't.
    pub(super) async fn open(&self) -> Result<Opened, String> {
        let [chance] = secret::random::<1>();
        let first = if self.is_shuffled { chance.into() } else { self.last.load(Ordering::Relaxed) };
        let mut failures = Vec::new();
        for (n, config) in self.configs.iter().enumerate().cycle().skip(first % self.configs.len()) {
            let connecting = config.connect(self.tls.clone());
            // The configured time is for one address of the host, and doesn't include what is said first.
            let patience = config.get_connect_timeout().copied().unwrap_or_default() * 3;
            match tokio::time::timeout(patience, connecting).await {
                Ok(Ok(opened)) => {
                    self.last.store(n, Ordering::Relaxed);
                    return Ok(opened);
                }
                Ok(Err(error)) => failures.push(chain(&error)),
                Err(_) => failures.push("no answer in time".into()),
            }
            if failures.len() == self.configs.len() {
                break;
            }
        }
        Err(failures.join("; "))
    }

    /// Opens a separate connection, for the checks at the start.
    pub(super) async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.open().await.map_err(|why| {
            tracing::error!(why, target = ?self, "failed to connect to PostgreSQL");
            Error::internal(format!("can't connect to PostgreSQL at {self:?}: {why}"))
        })?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Opens a separate connection to a server that was checked to be of use.
    pub(in crate::db) async fn checked(&self) -> Result<Client> {
        let client = self.connect().await?;
        server_check::check(self, &client).await?;
        Ok(client)
    }

    pub(in crate::db) async fn probe(&self) -> Result<Probe> {
        let sql = "select current_setting('server_version'), (extract(epoch from clock_timestamp()) * 1000)::bigint";
        let row = self.checked().await?.query_one(sql, &[]).await.map_err(super::refused)?;
        let version: &str = row.get(0);
        Ok(Probe { engine: format!("PostgreSQL {version}"), now: Some(Time::from_millis(row.get(1))) })
    }
}
