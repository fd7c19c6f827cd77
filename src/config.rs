//! The settings: every one a flag and an environment variable, checked before anything starts.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use axum::http::HeaderValue;
use clap::{Args, ValueEnum};

use crate::{db::Location, http::rate::RateLimit, secret::Secret};

/// Where the data is.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The database: sqlite:<file>, or postgres://user:password@host/database (sslmode and sslrootcert are honoured)
    #[arg(long, env = "GUILDHALL_DATABASE_URL", default_value = "sqlite:./data/guildhall.db", value_parser = Location::from_str)]
    pub database_url: Location,
}

/// What a server needs besides its database.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,

    /// The address to listen on
    #[arg(long, env = "GUILDHALL_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The master secret: 32 bytes or more, or a comma-separated list with the newest first. Made on the first start beside the embedded database; required on PostgreSQL
    #[arg(long, env = "GUILDHALL_SECRET", hide_env_values = true, value_parser = Secret::from_str)]
    pub secret: Option<Secret>,

    /// A file with the master secret
    #[arg(long, env = "GUILDHALL_SECRET_FILE", conflicts_with = "secret")]
    pub secret_file: Option<PathBuf>,

    /// The URL under which clients reach this server; links are made with it [default: http://<listen>]
    #[arg(long, env = "GUILDHALL_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Who may sign up
    #[arg(long, env = "GUILDHALL_SIGNUP", value_enum, default_value = "open")]
    pub signup: Signup,

    /// Origins of browser apps that may call this API, separated by commas: https://app.example.com
    #[arg(long, env = "GUILDHALL_CORS_ORIGINS", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<HeaderValue>,

    /// How many requests a user, or an address where nobody is logged in, may make in a minute; as many may come at once. `off` for no limit
    #[arg(long, env = "GUILDHALL_RATE_LIMIT", default_value_t, value_parser = RateLimit::from_str)]
    pub rate_limit: RateLimit,

    /// How log lines look [default: text on a terminal, else json]
    #[arg(long, env = "GUILDHALL_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Signup {
    /// Everybody
    Open,
    /// Only with an invitation
    Invited,
    /// Nobody
    Closed,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

fn public_url(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|e| e.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err("must be an http or https URL without a query".into());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn origin(text: &str) -> Result<HeaderValue, String> {
    let url = url::Url::parse(text).map_err(|e| e.to_string())?;
    if url.origin().ascii_serialization() != text {
        return Err(
            "must be an origin such as https://app.example.com, without a path; `*` isn't taken".into(),
        );
    }
    HeaderValue::from_str(text).map_err(|e| e.to_string())
}

/// The settings that the running server goes by.
#[derive(Debug, Clone)]
pub struct Config {
    pub public_url: String,
    pub secret: Secret,
    pub signup: Signup,
    pub cors_origins: Vec<HeaderValue>,
    pub rate_limit: RateLimit,
}

impl Config {
    /// Whether clients come over TLS, which a proxy in front of this server ends.
    #[must_use]
    pub fn behind_tls(&self) -> bool {
        self.public_url.starts_with("https:")
    }

    /// Whether a browser app of this origin may call.
    #[must_use]
    pub fn allows_origin(&self, origin: &HeaderValue) -> bool {
        self.cors_origins.contains(origin)
    }
}

impl ServeArgs {
    /// The settings, with what a default must be made for.
    ///
    /// # Errors
    /// When no secret is given on PostgreSQL, or the secret's file can't be read or made.
    pub fn config(&self) -> Result<Config, String> {
        let secret = match (&self.secret, &self.secret_file, &self.database.database_url) {
            (Some(secret), ..) => secret.clone(),
            (None, Some(file), _) => read_secret(file)?,
            (None, None, Location::Sqlite(path)) => own_secret(&path.with_file_name("secret"))?,
            (None, None, Location::Postgres(_)) => {
                return Err("on PostgreSQL every node needs the same secret: set --secret or GUILDHALL_SECRET to 32 bytes or more (openssl rand -hex 32)".into());
            }
        };
        Ok(Config {
            public_url: self
                .public_url
                .clone()
                .unwrap_or_else(|| format!("http://{}", self.listen)),
            secret,
            signup: self.signup,
            cors_origins: self.cors_origins.clone(),
            rate_limit: self.rate_limit,
        })
    }
}

fn read_secret(file: &std::path::Path) -> Result<Secret, String> {
    let text =
        std::fs::read_to_string(file).map_err(|e| format!("the secret's file {}: {e}", file.display()))?;
    text.trim()
        .parse()
        .map_err(|e| format!("the secret's file {}: {e}", file.display()))
}

/// The embedded default: made once, readable by its owner only.
fn own_secret(file: &std::path::Path) -> Result<Secret, String> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let explain = |e: std::io::Error| format!("the secret's file {}: {e}", file.display());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(explain)?;
    }
    match std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
    {
        Ok(mut new) => {
            new.write_all(Secret::generate().as_bytes())
                .and_then(|()| new.sync_all())
                .map_err(explain)?;
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(explain(e)),
    }
    read_secret(file)
}
