//! The assembled application: its settings and parts, the routes, the command line, the jobs.

pub mod addresses;
mod admin;
pub mod backup;
pub mod cli;
pub mod config;
pub mod copy;
pub mod demo;
pub mod doctor;
pub mod environment;
mod job_log;
pub mod jobs;
mod log;
pub mod metrics;
mod outcome;
pub mod overdue;
pub mod purge;
pub mod ready;
pub mod recount;
pub mod reindex;
pub mod router;
mod steps;
pub mod traces;
mod users;

pub use crate::{
    base::words::Words,
    http::{edge, server},
    views::export::import::{Choices, Imported},
};

use std::{io, sync::Arc, time::Duration};

use axum::extract::FromRef;

use crate::{
    access::{AdminTokens, Gateway, Principal, Public, Tokens, tickets::Tickets},
    app::{config::Config, job_log::JobLog},
    base::{
        clock::Clock,
        error::Result,
        secret::{Mac, Seal},
    },
    db::{self, Location},
    effects::mail::{Outbox, sender::Sending},
    http::{
        client::Proxies,
        cors::Cors,
        edge::Edge,
        input::Cursors,
        load::Load,
        metrics::Metrics,
        places::{Ceilings, Places},
        rate::Budgets,
    },
    identity::{
        accounts::{
            passwords::{Cost, Passwords},
            rules::Rules,
        },
        login::Login,
        mfa::SecondFactor,
        oidc,
        operator::Operator,
        passkeys,
        sessions::Issuer,
    },
    views::{
        events::{Heartbeat, http::Streams},
        export::{http::Exports, import::import},
    },
    workspace::invitations::Delivery,
};

/// The running application: its settings and the parts that handlers extract. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Parts>);

struct Parts {
    config: Config,
    gateway: Gateway,
    edge: Arc<Edge>,
    metrics: Arc<Metrics>,
    cursors: Cursors,
    cors: Cors,
    heartbeat: Heartbeat,
    streams: Streams,
    exports: Exports,
    jobs: JobLog,
    outbox: Outbox,
    passwords: Arc<Passwords>,
    login: Login,
    passkeys: passkeys::RelyingParty,
    oidc: oidc::RelyingParty,
    delivery: Delivery,
}

/// Settings that only tests and benchmarks change.
#[derive(Clone)]
pub struct Tuning {
    pub clock: Clock,
    pub http: edge::Limits,
    pub database: db::Limits,
    pub passwords: Cost,
    /// The pause before the outbox is read again after it was empty.
    pub outbox_poll: Duration,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            clock: Clock::system(),
            http: edge::Limits::default(),
            database: db::Limits::default(),
            passwords: Cost::default(),
            outbox_poll: Duration::from_secs(1),
        }
    }
}

impl App {
    /// Opens a migrated database and derives the keys.
    ///
    /// # Errors
    /// Returns an error if the database can't be opened, row-level security wouldn't hold, or a key can't be derived.
    pub async fn open(config: Config, database: &Location, tuning: Tuning) -> Result<Self> {
        let secret = &config.secret;
        let gateway = Gateway::open(
            database,
            &tuning.database,
            tuning.clock.clone(),
            config.limits,
            Tokens::new(secret, &config.public_url)?,
            Tickets::new(Seal::new(secret, "ticket")?),
            Seal::new(secret, "stored answer")?,
        )
        .await?;
        let outbox = Outbox::new(Seal::new(secret, "outbox")?);
        let passwords = Arc::new(Passwords::new(tuning.passwords));
        let login = Login {
            rules: Rules { signup: config.signup, email_verification: config.email_verification },
            passwords: passwords.clone(),
            second_factor: SecondFactor::new(Seal::new(secret, "second factor")?, outbox.clone()),
            issuer: Issuer::new(
                gateway.clone(),
                Mac::new(secret, "refresh token")?,
                Mac::new(secret, "device token")?,
            ),
            outbox: outbox.clone(),
        };
        let cors = Cors::new(&config.public_url, config.cors_origins.clone(), tuning.clock.clone());
        let caller = gateway.clone();
        let jobs = JobLog::new(tuning.clock.clone());
        let edge = Edge {
            limits: tuning.http.clone(),
            load: Load::new(&tuning.http),
            budgets: Budgets::new(config.rate_limit, tuning.clock),
            proxies: config.trusted_proxies.clone(),
            cors: cors.clone(),
            behind_tls: config.behind_tls(),
            user: Box::new(move |headers| Principal::hint(headers, &caller).map(|principal| principal.user)),
        };
        let by_mail = config.mail.transport.delivers().then(|| outbox.clone());
        Ok(Self(Arc::new(Parts {
            edge: Arc::new(edge),
            metrics: Arc::default(),
            jobs,
            cursors: Cursors(Mac::new(secret, "cursor")?),
            cors,
            heartbeat: Heartbeat(tuning.http.heartbeat),
            streams: Streams(Places::new(Ceilings { all: tuning.http.streams, each: usize::MAX })),
            exports: Exports(Places::new(tuning.http.exports)),
            passwords,
            login,
            passkeys: passkeys::RelyingParty {
                passkeys: config.passkeys.clone(),
                gateway: gateway.clone(),
                outbox: outbox.clone(),
            },
            oidc: oidc::RelyingParty {
                providers: config.providers.clone(),
                gateway: gateway.clone(),
                outbox: outbox.clone(),
            },
            delivery: Delivery::new(by_mail, config.app_url.clone()),
            outbox,
            gateway,
            config,
        })))
    }

    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.0.gateway
    }

    /// Returns the access to data without a caller, for jobs.
    #[must_use]
    pub fn public(&self) -> Public {
        Public::new(&self.0.gateway)
    }

    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Returns what takes note of the runs of jobs.
    #[must_use]
    pub fn job_log(&self) -> &JobLog {
        &self.0.jobs
    }

    #[must_use]
    pub fn second_factor(&self) -> &SecondFactor {
        &self.0.login.second_factor
    }

    #[must_use]
    pub fn operator(&self) -> Operator {
        let config = self.config();
        Operator {
            public: self.public(),
            passwords: self.0.passwords.clone(),
            outbox: self.0.outbox.clone(),
            delivers: config.mail.transport.delivers(),
            app_url: config.app_url.clone(),
        }
    }

    /// Returns the outbox, which holds messages to be sent.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// Creates an organization from an archive.
    ///
    /// # Errors
    /// Returns an error if the archive is invalid or the database fails. Nothing is left of the organization then.
    pub async fn import(&self, choices: Choices, archive: impl io::Read + io::Seek) -> Result<Imported> {
        let public = self.public();
        let org = public.id();
        let imported = import(&public, self.outbox(), choices, org, archive).await;
        if imported.is_err() {
            purge::purge(&public, org).await?;
        }
        imported
    }

    /// Returns the sender of the outbox's messages.
    #[must_use]
    pub fn sending(&self) -> Sending {
        let config = self.config();
        Sending::new(self.public(), self.0.outbox.clone(), config.mail.clone(), config.app_url.clone())
    }
}

/// Implements `FromRef` for each part, so that handlers and extractors can take it from the state.
macro_rules! parts {
    ($($part:ty: $($path:ident).+;)+) => {$(
        impl FromRef<App> for $part {
            fn from_ref(app: &App) -> Self {
                app.0.$($path).+.clone()
            }
        }
    )+};
}

impl FromRef<App> for Operator {
    fn from_ref(app: &App) -> Self {
        app.operator()
    }
}

parts! {
    AdminTokens: config.admin_tokens;
    JobLog: jobs;
    Gateway: gateway;
    Arc<Edge>: edge;
    Arc<Metrics>: metrics;
    Proxies: edge.proxies;
    Cursors: cursors;
    Cors: cors;
    Heartbeat: heartbeat;
    Streams: streams;
    Exports: exports;
    Outbox: outbox;
    Arc<Passwords>: passwords;
    Rules: login.rules;
    SecondFactor: login.second_factor;
    Issuer: login.issuer;
    Login: login;
    passkeys::RelyingParty: passkeys;
    oidc::RelyingParty: oidc;
    Delivery: delivery;
}
