//! The URL of a PostgreSQL server, read as libpq reads it: several hosts, sockets, and parameters that override the rest.
//! <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING>

use std::{path::Path, str::FromStr, time::Duration};

use percent_encoding::percent_decode_str;
use tokio_postgres::{
    Config,
    config::{ChannelBinding, SslMode, TargetSessionAttrs},
};

const PORT: u16 = 5432;
/// The folders in which packages of PostgreSQL put its socket.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// How long connecting to one host may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The time without traffic after which the system asks whether the other side is there, then each so often, so many
/// times. By its own defaults it would find out after more than two hours.
const IDLE: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_secs(5);
const PROBES: u32 = 3;
/// How long what was sent may stay unconfirmed before the system ends the connection.
const UNCONFIRMED: Duration = Duration::from_secs(15);

/// What a URL says.
#[derive(Default)]
pub(super) struct Url {
    hosts: Vec<String>,
    addresses: Vec<String>,
    ports: Vec<String>,
    /// All other settings of the connections.
    config: Config,
    attributes: Option<TargetSessionAttrs>,
    pub(super) sslmode: Option<String>,
    pub(super) sslrootcert: Option<String>,
    /// Whether a connection begins with any of the hosts.
    pub(super) is_shuffled: bool,
}

impl FromStr for Url {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let rest = rest.ok_or("it starts with postgres://")?;
        let mut url = Self::default();
        url.config
            .application_name("guildhall")
            .connect_timeout(CONNECT)
            .keepalives_idle(IDLE)
            .keepalives_interval(INTERVAL)
            .keepalives_retries(PROBES)
            .tcp_user_timeout(UNCONFIRMED);
        let rest = match rest.split_once('@') {
            Some((login, rest)) if !login.contains('/') => {
                url.login(login)?;
                rest
            }
            _ => rest,
        };
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
        url.hosts(hosts)?;
        if !database.is_empty() {
            url.config.dbname(decoded(database)?);
        }
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) =
                parameter.split_once('=').ok_or_else(|| format!("{parameter} has no value"))?;
            url.set(&decoded(name)?, decoded(value)?)?;
        }
        Ok(url)
    }
}

impl Url {
    fn login(&mut self, login: &str) -> Result<(), String> {
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        if !user.is_empty() {
            self.config.user(decoded(user)?);
        }
        if !password.is_empty() {
            self.config.password(decoded(password)?);
        }
        Ok(())
    }

    fn hosts(&mut self, text: &str) -> Result<(), String> {
        for host in text.split(',').filter(|_| !text.is_empty()) {
            let (name, port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
                Some((name, port)) => (name, port.strip_prefix(':').unwrap_or(port)),
                None => host.split_once(':').unwrap_or((host, "")),
            };
            self.hosts.push(decoded(name)?);
            self.ports.push(decoded(port)?);
        }
        Ok(())
    }

    /// Sets a parameter, which overrides what stands before the question mark.
    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        let list = |value: &str| value.split(',').map(Into::into).collect();
        let number = |value: &str| value.parse::<u32>().map_err(|_| format!("{name} is a number"));
        let seconds = |value: &str| number(value).map(|n| Duration::from_secs(n.into()));
        // Nought stands for the default.
        let is_default = value == "0" && name != "keepalives";
        let config = &mut self.config;
        match name {
            _ if is_default && (name.starts_with("keepalives_") || name == "tcp_user_timeout") => {}
            "host" => self.hosts = list(&value),
            "hostaddr" => self.addresses = list(&value),
            "port" => self.ports = list(&value),
            "user" => drop(config.user(value)),
            "password" => drop(config.password(value)),
            "dbname" => drop(config.dbname(value)),
            "options" => drop(config.options(value)),
            "application_name" => drop(config.application_name(value)),
            "connect_timeout" if !is_default => drop(config.connect_timeout(seconds(&value)?)),
            "keepalives" => drop(config.keepalives(number(&value)? != 0)),
            "keepalives_idle" => drop(config.keepalives_idle(seconds(&value)?)),
            "keepalives_interval" => drop(config.keepalives_interval(seconds(&value)?)),
            "keepalives_count" => drop(config.keepalives_retries(number(&value)?)),
            "tcp_user_timeout" => {
                config.tcp_user_timeout(Duration::from_millis(number(&value)?.into()));
            }
            "sslmode" => self.sslmode = Some(value),
            "sslrootcert" => self.sslrootcert = Some(value),
            "channel_binding" => {
                config.channel_binding(match &*value {
                    "disable" => ChannelBinding::Disable,
                    "prefer" => ChannelBinding::Prefer,
                    "require" => ChannelBinding::Require,
                    _ => return Err("channel_binding is disable, prefer or require".into()),
                });
            }
            "load_balance_hosts" => match &*value {
                "disable" => self.is_shuffled = false,
                "random" => self.is_shuffled = true,
                _ => return Err("load_balance_hosts is disable or random".into()),
            },
            "target_session_attrs" => {
                self.attributes = Some(match &*value {
                    "any" => TargetSessionAttrs::Any,
                    "read-write" | "primary" => TargetSessionAttrs::ReadWrite,
                    _ => {
                        return Err(
                            "target_session_attrs is read-write, primary or any: this server writes".into()
                        );
                    }
                });
            }
            "connect_timeout" | "fallback_application_name" => {}
            // What the connection does anyway.
            "client_encoding" if ["utf8", "utf-8", "unicode", "auto"].contains(&&*value.to_lowercase()) => {}
            "gssencmode" if ["disable", "prefer"].contains(&&*value) => {}
            _ => {
                return Err(format!(
                    "the parameter {name}={value} isn't supported; those are: host, hostaddr, port, user, password, \
                     dbname, sslmode, sslrootcert, channel_binding, application_name, options, connect_timeout, \
                     target_session_attrs, load_balance_hosts, keepalives, keepalives_idle, keepalives_interval, \
                     keepalives_count, tcp_user_timeout"
                ));
            }
        }
        Ok(())
    }

    /// Returns the settings of the connection to each host.
    pub(super) fn configs(&self, ssl: SslMode) -> Result<Vec<Config>, String> {
        let count = self.hosts.len().max(self.addresses.len()).max(1);
        if !self.addresses.is_empty() && !self.hosts.is_empty() && self.addresses.len() != self.hosts.len() {
            return Err("host and hostaddr name differently many".into());
        }
        if self.ports.len() > 1 && self.ports.len() != count {
            return Err("name one port, or one for each host".into());
        }
        (0..count)
            .map(|n| {
                let port = match self.ports.get(n).or(self.ports.first()).map_or("", String::as_str) {
                    "" => PORT,
                    text => text.parse().map_err(|_| format!("{text} is no port"))?,
                };
                let mut config = self.config.clone();
                config.port(port).ssl_mode(ssl);
                if let Some(address) = self.addresses.get(n) {
                    config.hostaddr(address.parse().map_err(|_| format!("{address} is no IP address"))?);
                }
                match (self.hosts.get(n).map_or("", String::as_str), self.addresses.get(n)) {
                    ("", Some(_)) => {}
                    ("", None) => drop(config.host(usual(port))),
                    (host, _) => drop(config.host(host)),
                }
                if config.get_hosts().iter().any(|host| matches!(host, tokio_postgres::config::Host::Unix(_)))
                {
                    // As libpq does: nobody else listens to a socket.
                    config.ssl_mode(SslMode::Disable);
                }
                // Of several hosts, only the one that can be written is of use.
                let attributes =
                    if count > 1 { TargetSessionAttrs::ReadWrite } else { TargetSessionAttrs::Any };
                config.target_session_attrs(self.attributes.unwrap_or(attributes));
                Ok(config)
            })
            .collect()
    }
}

/// Returns the host of a URL that names none: where this machine's server has its socket.
fn usual(port: u16) -> &'static str {
    let is_there = |folder: &&&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    SOCKETS.iter().find(is_there).unwrap_or(&"localhost")
}

/// Decodes %xx. A plus sign stands for itself.
fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| format!("{text} isn't UTF-8"))?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::Host;

    use super::*;

    fn configs(url: &str) -> Vec<Config> {
        url.parse::<Url>()
            .and_then(|url| url.configs(SslMode::Require))
            .unwrap_or_else(|why| panic!("{url}: {why}"))
    }

    /// Where each connection leads, as `host:port`.
    fn hosts(url: &str) -> Vec<String> {
        let shown = |config: &Config| {
            let host = match config.get_hosts() {
                [Host::Tcp(host)] => host.clone(),
                [Host::Unix(path)] => path.display().to_string(),
                other => format!("{other:?}{:?}", config.get_hostaddrs()),
            };
            format!("{host}:{}", config.get_ports()[0])
        };
        configs(url).iter().map(shown).collect()
    }

    #[test]
    fn hosts_and_ports_are_read_as_libpq_reads_them() {
        for (url, expected) in [
            ("postgres://db/x", &["db:5432"][..]),
            ("postgresql://ann:pass?word@db:1/x", &["db:1"]),
            ("postgres://a,b/x", &["a:5432", "b:5432"]),
            ("postgres://a:1,b:2,[::1]:3/x", &["a:1", "b:2", "::1:3"]),
            ("postgres://a,b:2/x", &["a:5432", "b:2"]),
            ("postgres://[fd00::1]/x", &["fd00::1:5432"]),
            ("postgres://%2Fvar%2Frun%2Fpg:7/x", &["/var/run/pg:7"]),
            ("postgresql:///x?host=/var/run/pg", &["/var/run/pg:5432"]),
            ("postgresql:///x?host=/a,b&port=1,2", &["/a:1", "b:2"]),
            ("postgresql:///x?host=a,b&port=7", &["a:7", "b:7"]),
            ("postgres://ignored/x?host=db", &["db:5432"]),
            ("postgres:///?host=db&user=ann@example.com", &["db:5432"]),
            ("postgres://db?host=/sock&dbname=x", &["/sock:5432"]),
            ("postgres:///x?port=1", &["localhost:1"]),
        ] {
            assert_eq!(hosts(url), expected, "{url}");
        }
        assert_eq!(configs("postgres:///x?hostaddr=10.0.0.1")[0].get_hostaddrs().len(), 1);
    }

    #[test]
    fn parameters_are_read_as_libpq_reads_them() {
        let url = "postgres://a%40b:p%2Fw+%3A@db/x%20y?application_name=web%2B1&options=-c%20geqo%3Doff&connect_timeout=3\
                   &keepalives_idle=7&keepalives_count=2&keepalives_interval=0&tcp_user_timeout=1500&client_encoding=UTF8";
        let config = &configs(url)[0];
        assert_eq!(config.get_user(), Some("a@b"));
        assert_eq!(config.get_password(), Some(&b"p/w+:"[..]));
        assert_eq!(config.get_dbname(), Some("x y"));
        assert_eq!(config.get_application_name(), Some("web+1"));
        assert_eq!(config.get_options(), Some("-c geqo=off"));
        assert_eq!(config.get_connect_timeout(), Some(&Duration::from_secs(3)));
        assert_eq!(config.get_keepalives_idle(), Duration::from_secs(7));
        assert_eq!(config.get_keepalives_retries(), Some(2));
        assert_eq!(config.get_keepalives_interval(), Some(INTERVAL));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_millis(1500)));
        assert_eq!(config.get_ssl_mode(), SslMode::Require);
    }

    #[test]
    fn of_several_hosts_one_is_looked_for_that_can_be_written() {
        for (url, expected) in [
            ("postgres://a/x", TargetSessionAttrs::Any),
            ("postgres://a/x?target_session_attrs=primary", TargetSessionAttrs::ReadWrite),
            ("postgres://a,b/x", TargetSessionAttrs::ReadWrite),
            ("postgres://a,b/x?target_session_attrs=any", TargetSessionAttrs::Any),
        ] {
            assert_eq!(configs(url)[0].get_target_session_attrs(), expected, "{url}");
        }
    }

    #[test]
    fn nobody_encrypts_a_socket() {
        assert_eq!(configs("postgres:///x?host=/a")[0].get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (url, why) in [
            ("postgres://db:port/x", "port is no port"),
            ("postgres://a,b/x?port=1,2,3", "one for each host"),
            ("postgres://a,b/x?hostaddr=10.0.0.1", "differently many"),
            ("postgres:///x?hostaddr=db", "db is no IP address"),
            ("postgres://db/x?sslcert=a.pem", "sslcert=a.pem isn't supported"),
            ("postgres://db/x?client_encoding=latin1", "isn't supported"),
            ("postgres://db/x?target_session_attrs=standby", "this server writes"),
            ("postgres://db/x?connect_timeout=soon", "connect_timeout is a number"),
            ("postgres://db/x?host", "host has no value"),
            ("postgres://%ff/x", "isn't UTF-8"),
        ] {
            let told = url.parse::<Url>().and_then(|url| url.configs(SslMode::Prefer)).expect_err(url);
            assert!(told.contains(why), "{url}: {told}");
        }
    }
}
