//! The only door to data. A handler names an action in its type and gets its data through it; the gate that asks who
//! is calling, what they may see and what they may do can't be left out, because there is no other way in.
//!
//! There are three kinds of transaction and no other: [`OrgTx`], [`UserTx`] and [`SystemTx`].

mod account;
mod bearer;
mod gate;
mod org;
pub mod policy;
mod token;
mod transaction;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use quick_cache::sync::Cache;

pub use account::{AnyCredential, Confirmed, InSession, Public, SignedIn};
pub use bearer::{Bearer, Credential, Grant};
pub use org::Access;
pub use policy::{Facts, Permission, Role, Settings};
pub use token::{Jwk, Jwks, LIFE, Tokens};
pub use transaction::{Ledger, Membership, OrgTx, OrgWrite, Rehearse, SystemTx, UserTx, UserWrite, Viewer};

use crate::{
    clock::{Clock, Time},
    db::{Db, Scope, Subscription, Tx},
    error::{Code, Result},
    http::input::Params,
    id::{Ids, OrgId, TokenId, UserId},
    limits::Limits,
};

/// Streams of events that a person may hold open at one node; one more ends the oldest.
const STREAMS: usize = 32;
/// Slugs whose organization is remembered, and API tokens whose user is.
const HINTS: usize = 10_000;

/// Where the database is kept, and the little that goes into every transaction.
pub struct Door {
    db: Arc<Db>,
    clock: Clock,
    kit: Arc<Kit>,
    /// A slug once given is never given to another organization, so that a hint can't become wrong.
    slugs: Cache<String, OrgId>,
    /// Whose API token has this hash: a hint too, which the gate verifies.
    tokens: Cache<String, Bearer>,
    /// When uses of API tokens were last written down.
    token_uses: Cache<TokenId, Time>,
}

impl Door {
    #[must_use]
    pub fn new(db: Db, clock: Clock, limits: Limits) -> Self {
        Self {
            db: Arc::new(db),
            clock,
            kit: Arc::new(Kit { ids: Ids::default(), limits }),
            slugs: Cache::new(HINTS),
            tokens: Cache::new(HINTS),
            token_uses: Cache::new(HINTS),
        }
    }

    /// The organization that a path names, by id or slug.
    async fn org(&self, text: &str) -> Result<Option<OrgId>> {
        if let Ok(id) = text.parse() {
            return Ok(Some(id));
        }
        let Ok(slug) = text.parse::<crate::text::Slug>() else {
            return Ok(None);
        };
        if let Some(id) = self.slugs.get(slug.as_str()) {
            return Ok(Some(id));
        }
        let found = {
            let slug = slug.clone();
            let query = async move |tx: &Tx| gate::org_of_slug(tx, &slug).await;
            self.db.read(Scope::System, query).await?
        };
        if let Some(id) = found {
            self.slugs.insert(slug.as_str().to_owned(), id);
        }
        Ok(found)
    }

    /// Waits for news of an organization for one of its members.
    fn subscribe(&self, org: OrgId, user: UserId) -> Subscription {
        self.db.topics().subscribe([user.uuid(), org.uuid()], STREAMS)
    }

    /// Ends what waits for news, so that it is asked for again: of another node, or of this one when it is back.
    pub fn close_streams(&self) {
        self.db.topics().close();
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// 503 when it doesn't.
    pub async fn ready(&self) -> Result<()> {
        self.db.read(Scope::System, async |tx: &Tx| gate::ready(tx).await).await
    }

    /// Whether anybody has an account here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_users(&self) -> Result<bool> {
        self.db.read(Scope::System, async |tx: &Tx| gate::has_users(tx).await).await
    }
}

/// What is acted on: what the path names besides the organization.
pub trait Subject: Sized + 'static {
    /// Whether it has a version that `If-Match` can name.
    const VERSIONED: bool = false;
    /// Whether only who has the action's permission may know that it is there: 403 comes before 404.
    const SECRET: bool = false;

    /// Finds it, within what the caller may see. `None` is answered 404.
    #[expect(
        async_fn_in_trait,
        reason = "a transaction stays on its thread, so that no future has to be Send"
    )]
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>>;

    /// What the policy needs to know about it.
    fn facts(&self, _viewer: &Viewer) -> Facts {
        Facts::default()
    }

    /// The version that `If-Match` is compared with.
    fn version(&self) -> Option<i64> {
        None
    }

    /// Whether it is deleted: then it is there only for who may restore it.
    fn is_deleted(&self) -> bool {
        false
    }
}

/// The organization itself, where nothing of it is needed.
impl Subject for () {
    async fn find(_: &Viewer, _: &Params) -> Result<Option<Self>> {
        Ok(Some(()))
    }
}

/// An action on a subject, named in a handler's type.
pub trait Action: 'static {
    type Subject: Subject;
    /// Whether it takes a session that proved itself lately.
    const SENSITIVE: bool = false;
    /// Whether it can be done in an organization that is deleted.
    const RESTORES: bool = false;
    /// Whether a ticket in the query may stand for the credential.
    const BY_TICKET: bool = false;
    /// What it takes; where that depends on the subject, what it takes for most.
    const PERMISSION: Permission;

    /// What it takes, for this subject.
    fn permission(_subject: &Self::Subject, _viewer: &Viewer) -> Permission {
        Self::PERMISSION
    }
}

/// Declares actions: `actions! { EditTask: EditTask on Task; }`.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $permission:ident on $subject:ty;)+) => {$(
        $(#[$doc])*
        pub enum $name {}
        impl $crate::access::Action for $name {
            type Subject = $subject;
            const PERMISSION: $crate::access::Permission = $crate::access::Permission::$permission;
        }
    )+};
}
pub(crate) use actions;

/// What every transaction has at hand.
#[derive(Debug)]
struct Kit {
    ids: Ids,
    limits: Limits,
}

/// What a transaction is opened with.
#[derive(Clone)]
struct Entrance {
    bearer: Option<Bearer>,
    clock: Clock,
    kit: Arc<Kit>,
}

impl Entrance {
    fn new(door: &Door, bearer: Option<Bearer>) -> Self {
        Self { bearer, clock: door.clock.clone(), kit: door.kit.clone() }
    }

    fn now(&self) -> Time {
        self.clock.now()
    }
}

fn if_match(headers: &HeaderMap) -> Option<String> {
    headers.get(header::IF_MATCH).map(|tags| tags.to_str().unwrap_or_default().to_owned())
}

/// `If-Match` names the version by the part of the tag before the hyphen: what the body shows beside may differ by caller.
fn demand_version(if_match: Option<&str>, version: Option<i64>) -> Result<()> {
    let (Some(tags), Some(version)) = (if_match, version) else {
        return Ok(());
    };
    let version = version.to_string();
    let named = |tag: &str| tag.trim().trim_matches('"').split('-').next().is_some_and(|tag| tag == version);
    if tags.trim() == "*" || tags.split(',').any(named) {
        return Ok(());
    }
    Err(Code::PreconditionFailed.into())
}
