//! Where the database is kept: the only way to a transaction.

use std::sync::Arc;

use quick_cache::sync::Cache;

use super::{Principal, store, tickets::Tickets, token::Tokens};
use crate::{
    base::{
        clock::{Clock, Time},
        error::Result,
        id::{Ids, OrgId, TokenId, UserId},
        limits::Limits,
        text::Slug,
    },
    db::{self, Db, Location, Scope, Subscription, Tx},
};

/// Streams of events that a person may hold open at one node; one more ends the oldest.
const STREAMS: usize = 32;
/// Slugs whose organization is remembered, and API tokens whose user is.
const HINTS: usize = 10_000;

/// The way to the data, with what decides who comes in: the database, the clock, the keys of credentials. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    context: Arc<TxContext>,
    tokens: Tokens,
    tickets: Tickets,
    /// A slug once given is never given to another organization, so that a hint can't become wrong.
    slugs: Cache<String, OrgId>,
    /// Whose API token has this hash: a hint too, which authorization verifies.
    api_tokens: Cache<String, Principal>,
    /// When uses of API tokens were last written down.
    token_uses: Cache<TokenId, Time>,
}

/// What every transaction has at hand.
#[derive(Debug)]
pub(super) struct TxContext {
    pub(super) ids: Ids,
    pub(super) limits: Limits,
}

/// What a transaction is opened with.
#[derive(Clone)]
pub(super) struct TxFactory {
    pub(super) principal: Option<Principal>,
    pub(super) context: Arc<TxContext>,
    clock: Clock,
}

impl TxFactory {
    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }
}

impl Gateway {
    /// Opens a migrated database.
    pub async fn open(
        database: &Location,
        connections: &db::Limits,
        clock: Clock,
        limits: Limits,
        tokens: Tokens,
        tickets: Tickets,
    ) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            db: Db::open(database, connections).await?,
            clock,
            context: Arc::new(TxContext { ids: Ids::default(), limits }),
            tokens,
            tickets,
            slugs: Cache::new(HINTS),
            api_tokens: Cache::new(HINTS),
            token_uses: Cache::new(HINTS),
        })))
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Signs and verifies access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Seals what goes on in several steps.
    pub fn tickets(&self) -> &Tickets {
        &self.0.tickets
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn transactions(&self, principal: Option<Principal>) -> TxFactory {
        TxFactory { principal, context: self.0.context.clone(), clock: self.0.clock.clone() }
    }

    pub(super) fn api_tokens(&self) -> &Cache<String, Principal> {
        &self.0.api_tokens
    }

    pub(super) fn token_uses(&self) -> &Cache<TokenId, Time> {
        &self.0.token_uses
    }

    /// The organization that a path names, by id or slug.
    pub(super) async fn org(&self, text: &str) -> Result<Option<OrgId>> {
        if let Ok(id) = text.parse() {
            return Ok(Some(id));
        }
        let Ok(slug) = text.parse::<Slug>() else {
            return Ok(None);
        };
        if let Some(id) = self.0.slugs.get(slug.as_str()) {
            return Ok(Some(id));
        }
        let found = {
            let slug = slug.clone();
            let query = async move |tx: &Tx| store::org_of_slug(tx, &slug).await;
            self.0.db.read(Scope::System, query).await?
        };
        if let Some(id) = found {
            self.0.slugs.insert(slug.as_str().to_owned(), id);
        }
        Ok(found)
    }

    /// Waits for changes of an organization for one of its members.
    pub(super) fn subscribe(&self, org: OrgId, user: UserId) -> Subscription {
        self.0.db.notifier().subscribe([user.uuid(), org.uuid()], STREAMS)
    }

    /// Closes the streams, so that their clients connect again: to another node, or to this one when it is back.
    pub fn close_streams(&self) {
        self.0.db.notifier().close();
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// 503 when it doesn't.
    pub async fn ready(&self) -> Result<()> {
        self.0.db.read(Scope::System, async |tx: &Tx| store::ready(tx).await).await
    }

    /// Whether anybody has an account here.
    pub async fn has_users(&self) -> Result<bool> {
        self.0.db.read(Scope::System, async |tx: &Tx| store::has_users(tx).await).await
    }
}
