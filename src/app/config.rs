//! The settings, each a command-line option and an environment variable. All are validated before anything starts.

use std::{
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::{Args, ValueEnum, builder::EnumValueParser};
use url::Url;

pub use crate::{
    access::AdminTokens,
    effects::mail::{Mail, Sender, Smtp, Transport},
    http::{client::Proxies, cors::Origins, rate::RateLimit},
    identity::{
        accounts::{
            passwords::Cost,
            rules::{EmailVerification, Signup},
        },
        oidc::Providers,
        passkeys::Passkeys,
    },
};

pub use super::addresses::{is_local, local_url};
use super::{
    addresses::{address, web_url},
    backup::BackupArgs,
    environment::{Trim, read_secret},
    traces::TraceArgs,
};
use crate::{
    base::{limits::Limits, secret::Secret},
    db::Location,
};

/// The options of every command that opens the database.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// The database: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`
    ///
    /// A PostgreSQL URL is read as libpq reads it: several hosts, of which the one that can be written is used; a socket
    /// (`postgresql:///DATABASE?host=/var/run/postgresql`); parameters such as sslmode (disable, allow, prefer, require,
    /// verify-ca, verify-full), sslrootcert (a PEM file with the certificates to trust), options, `connect_timeout`.
    #[arg(
        long,
        env = "GUILDHALL_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:./data/guildhall.db",
        value_parser = Trim(Location::from_str)
    )]
    pub database_url: Location,
}

/// The options for the master secret, from which all keys are derived.
#[derive(Debug, Clone, Args)]
pub struct SecretArgs {
    /// The master secret, at least 32 bytes; required on PostgreSQL
    ///
    /// Any text, such as the output of `openssl rand -hex 32`, or a comma-separated list: the first secret signs and
    /// encrypts, all are accepted. On SQLite, the first start creates a secret in a file beside the database. On
    /// PostgreSQL, every node needs the same.
    #[arg(
        long,
        env = "GUILDHALL_SECRET",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = Trim(Secret::from_str)
    )]
    pub secret: Option<Secret>,

    /// A file that contains the master secret, instead of --secret
    #[arg(
        long,
        env = "GUILDHALL_SECRET_FILE",
        hide_env_values = true,
        value_name = "FILE",
        conflicts_with = "secret",
        value_parser = Trim(PathBuf::from_str)
    )]
    pub secret_file: Option<PathBuf>,
}

/// The options for the tokens with which the server is administered over HTTP.
#[derive(Debug, Clone, Default, Args)]
pub struct AdminArgs {
    /// The token that opens `/v1/admin/…`, at least 32 bytes [default: none, and nothing is there]
    ///
    /// Such as the output of `openssl rand -hex 32`, or a comma-separated list, of which each is accepted. Whoever has one
    /// can list accounts and organizations, and disable accounts.
    #[arg(
        long,
        env = "GUILDHALL_ADMIN_TOKEN",
        hide_env_values = true,
        value_name = "TEXT",
        value_parser = Trim(AdminTokens::from_str)
    )]
    pub admin_token: Option<AdminTokens>,

    /// A file that contains it, instead of --admin-token
    #[arg(
        long,
        env = "GUILDHALL_ADMIN_TOKEN_FILE",
        hide_env_values = true,
        value_name = "FILE",
        conflicts_with = "admin_token",
        value_parser = Trim(PathBuf::from_str)
    )]
    pub admin_token_file: Option<PathBuf>,
}

impl AdminArgs {
    /// Returns the tokens.
    ///
    /// # Errors
    /// Returns an error if their file can't be read.
    fn tokens(&self) -> Result<AdminTokens, String> {
        match (&self.admin_token, &self.admin_token_file) {
            (Some(tokens), _) => Ok(tokens.clone()),
            (None, Some(file)) => read_secret("admin token", file),
            (None, None) => Ok(AdminTokens::default()),
        }
    }
}

/// The options of the server.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub database: DatabaseArgs,

    #[command(flatten)]
    pub secret: SecretArgs,

    #[command(flatten)]
    pub admin: AdminArgs,

    /// The address and port to listen on
    ///
    /// In a container `0.0.0.0:8080`. Without a port, 8080.
    #[arg(
        long,
        env = "GUILDHALL_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8080",
        value_parser = Trim(address)
    )]
    pub listen: SocketAddr,

    /// The URL at which clients reach this server [default: `http://ADDRESS`]
    ///
    /// The issuer of access tokens, so every node needs the same. An https: URL means that a proxy in front of this server
    /// terminates TLS.
    #[arg(
        long,
        env = "GUILDHALL_PUBLIC_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = Trim(web_url)
    )]
    pub public_url: Option<String>,

    /// The URL at which users reach the front end [default: the public URL]
    ///
    /// Links in messages and responses lead there. Its pages may call this API, as if its origin were in --cors-origins.
    #[arg(
        long,
        env = "GUILDHALL_APP_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = Trim(web_url)
    )]
    pub app_url: Option<String>,

    /// Who may sign up
    #[arg(
        long,
        env = "GUILDHALL_SIGNUP",
        hide_env_values = true,
        value_name = "WHO",
        value_parser = Trim(EnumValueParser::<Signup>::new()),
        default_value = "open"
    )]
    pub signup: Signup,

    /// Whether users must verify their e-mail address to log in [default: required with --smtp-url, else optional]
    #[arg(
        long,
        env = "GUILDHALL_EMAIL_VERIFICATION",
        hide_env_values = true,
        value_name = "WHETHER",
        value_parser = Trim(EnumValueParser::<EmailVerification>::new())
    )]
    pub email_verification: Option<EmailVerification>,

    #[command(flatten)]
    pub mail: MailArgs,

    /// The proxies to trust for `X-Forwarded-For`, separated by commas
    ///
    /// IP addresses and networks, such as `10.0.0.1,fd00::/8`. Behind them, the client's address is the last one in the
    /// header that isn't a trusted proxy's; otherwise it is that of the connection.
    #[arg(
        long,
        env = "GUILDHALL_TRUSTED_PROXIES",
        hide_env_values = true,
        value_name = "PROXIES",
        default_value = "",
        hide_default_value = true,
        value_parser = Trim(Proxies::from_str)
    )]
    pub trusted_proxies: Proxies,

    /// The origins of browser apps that may call this API, separated by commas
    ///
    /// For example `https://app.example.com`. Browsers refuse calls from other origins. Without this option, pages at
    /// `http://localhost` and `http://127.0.0.1` may call, on every port, while both --listen and the public URL are on
    /// this machine.
    #[arg(
        long,
        env = "GUILDHALL_CORS_ORIGINS",
        hide_env_values = true,
        value_name = "ORIGINS",
        default_value = "",
        hide_default_value = true,
        value_parser = Trim(Origins::from_str)
    )]
    pub cors_origins: Origins,

    /// The domain that passkeys are bound to [default: the host of the front end's URL]
    ///
    /// For example `example.com`, for pages at app.example.com and www.example.com. When it changes, existing passkeys no
    /// longer work. The default is `localhost` if the front end's host is an IP address.
    #[arg(
        long,
        env = "GUILDHALL_PASSKEY_DOMAIN",
        hide_env_values = true,
        value_name = "DOMAIN",
        value_parser = Trim(String::from_str)
    )]
    pub passkey_domain: Option<String>,

    /// The OpenID identity providers to log in through: a JSON array, or a file that contains one
    ///
    /// Each is `{"id": "google", "name": "Google", "issuer": "https://accounts.google.com", "client_id": "…",
    /// "client_secret": "…"}`, optionally with `scopes` (by default `["email", "profile"]`), `trusted_audiences`,
    /// `"email_verified": "assume"`, `token_endpoint_auth_method` and `response_mode`.
    #[arg(
        long,
        env = "GUILDHALL_OIDC_PROVIDERS",
        hide_env_values = true,
        value_name = "JSON|FILE",
        default_value = "",
        hide_default_value = true,
        value_parser = Trim(Providers::from_str)
    )]
    pub oidc_providers: Providers,

    /// The maximum number of requests per minute per user, or per IP address when not logged in; `off` for no limit
    ///
    /// As many may arrive at once. A request over the limit is answered with status 429 and the header `Retry-After`.
    #[arg(long, env = "GUILDHALL_RATE_LIMIT", hide_env_values = true, default_value_t, value_parser = Trim(RateLimit::from_str))]
    pub rate_limit: RateLimit,

    /// The maximum number of members, projects, tasks, pending invitations and API tokens of an organization, and of
    /// organizations that one person has founded
    ///
    /// For example `members=50,tasks=10000,founded=3`. Limits that aren't listed keep their defaults.
    #[arg(long, env = "GUILDHALL_ORG_LIMITS", hide_env_values = true, value_name = "LIMITS", default_value_t, value_parser = Trim(Limits::from_str))]
    pub org_limits: Limits,

    /// The address and port to serve `/metrics` on, for Prometheus [default: off]
    ///
    /// Metrics need no authentication, so this address should be private.
    #[arg(
        long,
        env = "GUILDHALL_METRICS_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS",
        value_parser = Trim(SocketAddr::from_str)
    )]
    pub metrics_listen: Option<SocketAddr>,

    #[command(flatten)]
    pub traces: TraceArgs,

    #[command(flatten)]
    pub backup: BackupArgs,

    /// The format of log lines [default: text on a terminal, else json]
    #[arg(
        long,
        env = "GUILDHALL_LOG_FORMAT",
        hide_env_values = true,
        value_name = "FORMAT",
        value_parser = Trim(EnumValueParser::<LogFormat>::new())
    )]
    pub log_format: Option<LogFormat>,
}

/// The options for sending messages.
#[derive(Debug, Clone, Default, Args)]
pub struct MailArgs {
    /// The mail server: `smtp://USER:PASSWORD@HOST:587`, or `smtps://…:465` for TLS from the start
    ///
    /// With smtp:, STARTTLS and a valid certificate are required, except for a server on this machine, where STARTTLS is
    /// used if offered, with any certificate. Change this with `?tls=none`, `?tls=opportunistic` or `?tls=required`.
    /// Special characters of the password are percent-encoded. Without a mail server, messages are stored as files in
    /// the data folder.
    #[arg(
        long,
        env = "GUILDHALL_SMTP_URL",
        hide_env_values = true,
        value_name = "URL",
        value_parser = Trim(Smtp::from_str)
    )]
    pub smtp_url: Option<Smtp>,

    /// The sender of messages [default: no-reply at the host of the public URL]
    #[arg(
        long,
        env = "GUILDHALL_MAIL_FROM",
        hide_env_values = true,
        value_name = "ADDRESS",
        value_parser = Trim(Sender::from_str)
    )]
    pub mail_from: Option<Sender>,
}

impl MailArgs {
    /// Returns the settings for sending messages.
    ///
    /// # Errors
    /// Returns an error if no sender's address can be formed from the public URL.
    fn mail(&self, public_url: &str, database: &Location) -> Result<Mail, String> {
        let host = || {
            let url = Url::parse(public_url).ok()?;
            Some(url.domain()?.to_owned())
        };
        let from = match &self.mail_from {
            Some(from) => from.clone(),
            None => Sender::at(&host().unwrap_or_else(|| "localhost".into()))
                .map_err(|e| format!("--mail-from: {e}"))?,
        };
        let transport = match &self.smtp_url {
            Some(server) => Transport::Smtp(server.clone().introduced_as(&from)),
            None => Transport::Folder(match database {
                Location::Sqlite(file) => file.with_file_name("mail"),
                Location::Postgres(_) => "data/mail".into(),
            }),
        };
        Ok(Mail { transport, from })
    }
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Human-readable text
    Text,
    /// One JSON object per line
    Json,
}

/// The settings of a running server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The URL at which clients reach this server.
    pub public_url: String,
    /// The URL at which users reach the front end.
    pub app_url: String,
    pub secret: Secret,
    pub admin_tokens: AdminTokens,
    pub signup: Signup,
    pub email_verification: EmailVerification,
    pub mail: Mail,
    pub trusted_proxies: Proxies,
    pub cors_origins: Origins,
    pub passkeys: Passkeys,
    pub providers: Providers,
    pub rate_limit: RateLimit,
    pub limits: Limits,
}

impl Config {
    /// Returns settings for commands that open the database without running the server.
    ///
    /// # Errors
    /// The same as for [`SecretArgs::secret`].
    pub fn offline(secret: &SecretArgs, database: &Location) -> Result<Self, String> {
        let public_url = "http://localhost".to_owned();
        Ok(Self {
            secret: secret.secret(database)?,
            admin_tokens: AdminTokens::default(),
            mail: MailArgs::default().mail(&public_url, database)?,
            passkeys: Passkeys::new(&public_url, &[], None, false)?,
            providers: Providers::default(),
            app_url: public_url.clone(),
            public_url,
            signup: Signup::Open,
            email_verification: EmailVerification::Optional,
            trusted_proxies: Proxies::default(),
            cors_origins: Origins::default(),
            rate_limit: RateLimit::OFF,
            limits: Limits::default(),
        })
    }

    /// Returns whether clients connect over TLS, which a proxy in front of this server terminates.
    #[must_use]
    pub fn behind_tls(&self) -> bool {
        self.public_url.starts_with("https:")
    }
}

impl ServeArgs {
    /// Returns the settings, with defaults for those not given. Creates the secret's file on SQLite if it is missing.
    ///
    /// # Errors
    /// The same as for [`SecretArgs::secret`], and if the sender's address or the passkey domain is invalid.
    pub fn config(&self) -> Result<Config, String> {
        let unspecified = self.listen.ip().is_unspecified();
        let own = || if unspecified { local_url(self.listen) } else { format!("http://{}", self.listen) };
        let public_url = self.public_url.clone().unwrap_or_else(own);
        let app_url = self.app_url.clone().unwrap_or_else(|| public_url.clone());
        let mail = self.mail.mail(&public_url, &self.database.database_url)?;
        let verification =
            if mail.transport.delivers() { EmailVerification::Required } else { EmailVerification::Optional };
        let cors_origins = self.origins(&public_url);
        let others: Vec<Url> = Url::parse(&public_url).into_iter().chain(cors_origins.urls()).collect();
        let domain = self.passkey_domain.as_deref();
        let passkeys = Passkeys::new(&app_url, &others, domain, cors_origins.is_loopback())
            .map_err(|why| format!("--passkey-domain: {why}"))?;
        Ok(Config {
            passkeys,
            providers: self.oidc_providers.clone(),
            public_url,
            app_url,
            email_verification: self.email_verification.unwrap_or(verification),
            mail,
            trusted_proxies: self.trusted_proxies.clone(),
            secret: self.secret.secret(&self.database.database_url)?,
            admin_tokens: self.admin.tokens()?,
            signup: self.signup,
            cors_origins,
            rate_limit: self.rate_limit,
            limits: self.org_limits,
        })
    }

    /// Returns the origins that may call: the listed ones, or else those of this machine where nobody else reaches the
    /// server; and the front end's.
    fn origins(&self, public_url: &str) -> Origins {
        let developing = self.listen.ip().is_loopback() && is_local(public_url);
        let origins = if self.cors_origins.is_empty() && developing {
            Origins::on_loopback()
        } else {
            self.cors_origins.clone()
        };
        let app = self.app_url.as_deref().and_then(|url| Url::parse(url).ok());
        app.iter().fold(origins, Origins::with)
    }
}

impl SecretArgs {
    /// Returns the file from which the secret is read: that of --secret-file, or on SQLite `secret` beside the
    /// database. Returns `None` if the secret itself is given, or if there is neither.
    #[must_use]
    pub fn file(&self, database: &Location) -> Option<PathBuf> {
        match (&self.secret, &self.secret_file, database) {
            (Some(_), ..) | (None, None, Location::Postgres(_)) => None,
            (None, Some(file), _) => Some(file.clone()),
            (None, None, Location::Sqlite(path)) => Some(path.with_file_name("secret")),
        }
    }

    /// Returns the file of the secret that belongs to an embedded database: `secret` beside it, unless another is given.
    #[must_use]
    pub fn own_file(&self, database: &Location) -> Option<PathBuf> {
        if self.secret_file.is_some() { None } else { self.file(database) }
    }

    /// Returns the master secret. On SQLite, creates its file if no secret is given.
    ///
    /// # Errors
    /// Returns an error if no secret is given on PostgreSQL, or if its file can't be read or created.
    pub fn secret(&self, database: &Location) -> Result<Secret, String> {
        match (&self.secret, self.file(database)) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(file)) if self.secret_file.is_some() => read_secret("secret", &file),
            (None, Some(file)) => own_secret(&file),
            (None, None) => {
                Err("on PostgreSQL every node needs the same secret: set --secret or GUILDHALL_SECRET to 32 bytes or more (openssl rand -hex 32)".into())
            }
        }
    }
}

/// Reads the default secret file. Creates it with a new secret if it is missing, or if a crash left it empty; readable by its
/// owner only. The folder is locked meanwhile, so that of several that start, all read the secret of one.
fn own_secret(file: &Path) -> Result<Secret, String> {
    let explain = |e: std::io::Error| format!("the secret's file {}: {e}", file.display());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(explain)?;
    let locked = std::fs::File::open(folder).map_err(explain)?;
    if let Err(e) = locked.lock()
        && e.kind() != std::io::ErrorKind::Unsupported
    {
        return Err(explain(e));
    }
    let size = std::fs::metadata(file).map(|found| found.len());
    match size {
        Ok(1..) => {}
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(explain(e)),
        Ok(0) | Err(_) => {
            // Under another name first: whoever finds the file finds all of it, also after a crash.
            let mut new = tempfile::NamedTempFile::new_in(folder).map_err(explain)?;
            new.write_all(Secret::generate().as_bytes()).map_err(explain)?;
            new.as_file().sync_all().map_err(explain)?;
            new.persist(file).map_err(|e| explain(e.error))?;
            locked.sync_all().map_err(explain)?;
        }
    }
    read_secret("secret", file)
}
