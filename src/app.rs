//! What the handlers share: the door to the data, the keys, the clock, the settings.

use std::{sync::Arc, time::Duration};

use crate::{
    access::{Door, Tokens},
    accounts::passwords::{Cost, Passwords},
    clock::Clock,
    config::Config,
    db::{self, Db, Location},
    error::Result,
    http::{edge, rate::Budgets},
    mail::Outbox,
    metrics::Metrics,
    secret::{Mac, Seal},
    tickets::Tickets,
};

/// Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    clock: Clock,
    limits: edge::Limits,
    door: Door,
    tokens: Tokens,
    cursors: Mac,
    refresh: Mac,
    outbox: Outbox,
    tickets: Tickets,
    factors: Seal,
    passwords: Passwords,
    budgets: Budgets,
    metrics: Metrics,
}

/// What only tests and benchmarks set otherwise.
#[derive(Clone)]
pub struct Knobs {
    pub clock: Clock,
    pub http: edge::Limits,
    pub database: db::Limits,
    pub passwords: Cost,
    /// How long the outbox is left alone when it was empty.
    pub outbox_poll: Duration,
}

impl Default for Knobs {
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
    /// When the database can't be opened or its walls don't stand.
    pub async fn open(config: Config, database: &Location, knobs: Knobs) -> Result<Self> {
        let db = Db::open(database, &knobs.database).await?;
        let tokens = Tokens::new(&config.secret, &config.public_url)?;
        Ok(Self(Arc::new(Inner {
            door: Door::new(db, knobs.clock.clone(), config.limits),
            tokens,
            cursors: Mac::new(&config.secret, "cursor"),
            refresh: Mac::new(&config.secret, "refresh token"),
            tickets: Tickets::new(Seal::new(&config.secret, "ticket")),
            factors: Seal::new(&config.secret, "second factor"),
            outbox: Outbox::new(Seal::new(&config.secret, "outbox")),
            passwords: Passwords::new(knobs.passwords),
            budgets: Budgets::new(config.rate_limit, knobs.clock.clone()),
            metrics: Metrics::default(),
            clock: knobs.clock,
            limits: knobs.http,
            config,
        })))
    }

    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    #[must_use]
    pub fn limits(&self) -> &edge::Limits {
        &self.0.limits
    }

    #[must_use]
    pub fn door(&self) -> &Door {
        &self.0.door
    }

    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Seals the cursors of lists.
    #[must_use]
    pub fn cursors(&self) -> &Mac {
        &self.0.cursors
    }

    /// Seals refresh tokens.
    #[must_use]
    pub fn refresh(&self) -> &Mac {
        &self.0.refresh
    }

    /// Where mails are put.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// What goes on in several steps.
    #[must_use]
    pub fn tickets(&self) -> &Tickets {
        &self.0.tickets
    }

    /// Seals the secrets of second factors.
    #[must_use]
    pub fn factors(&self) -> &Seal {
        &self.0.factors
    }

    /// How many requests each caller may still make.
    #[must_use]
    pub fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    /// What this node has counted.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    #[must_use]
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }
}
