//! The gateway, which owns the database and is the only source of transactions.

use std::sync::Arc;

use axum::http::request::Parts;
use quick_cache::sync::Cache;

use super::{
    Principal,
    costs::{Costs, Meter},
    idempotency::Claim,
    security_log::Origin,
    store,
    tickets::Tickets,
    token::Tokens,
};
use crate::{
    base::{
        clock::{Clock, Time},
        error::Result,
        id::{Ids, OrgId, TokenId, UserId},
        limits::Limits,
        secret::Seal,
        text::Slug,
    },
    db::{self, Db, Location, Scope, Subscription, Tx},
    http::idempotency::Keyed,
};

/// The maximum number of event streams that a user can hold open at one node. One more closes the oldest.
const STREAMS: usize = 32;
/// The number of entries in each of the caches below.
const HINTS: usize = 10_000;

/// The database, together with the clock and the keys that credentials are verified with. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    context: Arc<TxContext>,
    tokens: Tokens,
    tickets: Tickets,
    /// Encrypts the answers that are stored for repeats of their requests.
    answers: Arc<Seal>,
    /// The organization of each slug. An entry can't become wrong, because a slug is never given to a second
    /// organization.
    slugs: Cache<String, OrgId>,
    /// The principal of each API token, by the token's hash. Authorization still checks that the token is valid.
    api_tokens: Cache<String, Principal>,
    /// What the organizations cost this node.
    costs: Arc<Costs>,
    /// The time of each API token's last use that was written to the database.
    token_uses: Cache<TokenId, Time>,
}

/// The id generator and the limits, which all transactions share.
#[derive(Debug)]
pub(super) struct TxContext {
    pub(super) ids: Ids,
    pub(super) limits: Limits,
}

/// Creates the typed transactions of one caller. `principal` is `None` before the caller is known, `origin` where there
/// is no request.
#[derive(Clone)]
pub(super) struct TxFactory {
    pub(super) principal: Option<Principal>,
    pub(super) origin: Option<Arc<Origin>>,
    pub(super) context: Arc<TxContext>,
    clock: Clock,
}

impl TxFactory {
    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }
}

impl Gateway {
    /// Opens a database that is already migrated.
    pub async fn open(
        database: &Location,
        connections: &db::Limits,
        clock: Clock,
        limits: Limits,
        tokens: Tokens,
        tickets: Tickets,
        answers: Seal,
    ) -> Result<Self> {
        Ok(Self(Arc::new(Inner {
            db: Db::open(database, connections).await?,
            clock,
            context: Arc::new(TxContext { ids: Ids::default(), limits }),
            tokens,
            tickets,
            answers: Arc::new(answers),
            slugs: Cache::new(HINTS),
            api_tokens: Cache::new(HINTS),
            costs: Arc::default(),
            token_uses: Cache::new(HINTS),
        })))
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the signer and verifier of access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Returns the issuer of tickets, which hold the state of flows with several steps.
    pub fn tickets(&self) -> &Tickets {
        &self.0.tickets
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn costs(&self) -> &Costs {
        &self.0.costs
    }

    /// Returns a transaction in an organization that is counted with what it costs from now on, its waiting too.
    pub(super) fn metered<T>(
        &self,
        org: OrgId,
        transaction: impl AsyncFn(&Tx) -> Result<T> + Send + 'static,
    ) -> impl AsyncFn(&Tx) -> Result<T> + Send + 'static {
        let meter = Meter::start(self.0.costs.clone(), self.0.clock.clone(), org);
        async move |tx: &Tx| meter.run(transaction(tx)).await
    }

    pub(super) fn transactions(
        &self,
        principal: Option<Principal>,
        origin: Option<Arc<Origin>>,
    ) -> TxFactory {
        TxFactory { principal, origin, context: self.0.context.clone(), clock: self.0.clock.clone() }
    }

    /// Returns the claim of a user's request, if it carries an `Idempotency-Key`.
    pub(super) fn claim(&self, user: UserId, parts: &Parts) -> Option<Claim> {
        let keyed = parts.extensions.get::<Keyed>()?.clone();
        Some(Claim { keyed, user, seal: self.0.answers.clone() })
    }

    pub(super) fn api_tokens(&self) -> &Cache<String, Principal> {
        &self.0.api_tokens
    }

    pub(super) fn token_uses(&self) -> &Cache<TokenId, Time> {
        &self.0.token_uses
    }

    /// Returns the id of the organization that a path names by id or by slug, in any case. Doesn't check that an id exists.
    pub(super) async fn org(&self, text: &str) -> Result<Option<OrgId>> {
        if let Ok(id) = text.parse() {
            return Ok(Some(id));
        }
        let Ok(slug) = text.to_ascii_lowercase().parse::<Slug>() else {
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

    /// Subscribes a member of some organizations to changes of these and of the member's account.
    pub(super) fn subscribe(&self, orgs: &[OrgId], user: UserId) -> Subscription {
        let mut subscription = self.0.db.notifier().subscribe(user.uuid(), STREAMS);
        subscription.set_others(orgs.iter().map(OrgId::uuid));
        subscription
    }

    /// Closes all event streams, so that their clients connect again: to another node, or to this one after its
    /// restart.
    pub fn close_streams(&self) {
        self.0.db.notifier().close();
    }

    /// Returns whether the server is about to stop: the event streams were closed.
    pub fn is_closing(&self) -> bool {
        self.0.db.notifier().is_closed()
    }

    /// Waits until the other nodes were notified of what this one changed. A process that ends without it leaves their
    /// event streams to the next heartbeat.
    pub async fn flush_notices(&self) {
        self.0.db.flush_notices().await;
    }

    /// Checks that the database responds, can be written, and has every migration that this version needs.
    ///
    /// # Errors
    /// 503 if it doesn't.
    pub async fn ready(&self) -> Result<()> {
        self.0.db.write(Scope::System, async |tx: &Tx| store::ready(tx).await).await
    }

    /// Waits until the database can't be written, and this process should end so that its supervisor starts it anew.
    pub async fn database_lost(&self) {
        self.0.db.lost().await;
    }

    /// Returns whether any account exists on this server.
    pub async fn has_users(&self) -> Result<bool> {
        self.0.db.read(Scope::System, async |tx: &Tx| store::has_users(tx).await).await
    }
}
