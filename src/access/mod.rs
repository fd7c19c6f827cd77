//! The only door to data. A handler names an action in its type and gets its data through it; the gate that asks who
//! is calling, what they may see and what they may do can't be left out, because there is no other way in.
//!
//! There are three kinds of transaction and no other: [`OrgTx`], [`UserTx`] and [`SystemTx`].

mod gate;
pub mod policy;
mod token;
mod transaction;

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use futures_util::join;
use quick_cache::sync::Cache;
use schemars::SchemaGenerator;
use serde_json::json;

pub use policy::{Facts, Permission, Role, Settings};
pub use token::{Bearer, Jwk, Jwks, LIFE, Tokens};
pub use transaction::{OrgTx, OrgWrite, Public, SignedIn, SystemTx, UserTx, UserWrite, Viewer};

use crate::{
    app::App,
    clock::{Clock, Time},
    db::{Db, Scope, Tx},
    error::{Code, Result},
    http::{
        describe::{Describe, Operation},
        input::{Input, Params},
    },
    id::{Ids, OrgId},
};

/// Slugs whose organization is remembered.
const HINTS: usize = 10_000;

/// Where the database is kept, and the little that goes into every transaction.
pub struct Door {
    db: Arc<Db>,
    clock: Clock,
    ids: Arc<Ids>,
    /// A slug once given is never given to another organization, so that a hint can't become wrong.
    slugs: Cache<String, OrgId>,
}

impl Door {
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self {
            db: Arc::new(db),
            clock,
            ids: Arc::default(),
            slugs: Cache::new(HINTS),
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

    /// Whether the database answers.
    ///
    /// # Errors
    /// 503 when it doesn't.
    pub async fn ready(&self) -> Result<()> {
        self.db
            .read(Scope::System, async |tx: &Tx| gate::ready(tx).await)
            .await
    }
}

/// What is acted on: what the path names besides the organization.
pub trait Subject: Sized + 'static {
    /// Whether it has a version that `If-Match` can name.
    const VERSIONED: bool = false;

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
    /// What it takes; where that depends on the subject, the least.
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

/// The door to one organization's data, for one action. Everything is refused in the same order on every route:
/// credentials (401), membership and sight (404), permission (403), the input (4xx), the version (412).
pub struct Access<A> {
    app: App,
    bearer: Bearer,
    params: Params,
    if_match: Option<String>,
    action: PhantomData<fn() -> A>,
}

impl<A: Action> FromRequestParts<App> for Access<A> {
    type Rejection = crate::error::Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let bearer = app.tokens().authenticate(&parts.headers, app.clock().now())?;
        let params = Params::of(parts, app).await;
        let if_match = if_match(&parts.headers);
        Ok(Self {
            app: app.clone(),
            bearer,
            params,
            if_match,
            action: PhantomData,
        })
    }
}

fn if_match(headers: &HeaderMap) -> Option<String> {
    headers
        .get(header::IF_MATCH)
        .map(|tags| tags.to_str().unwrap_or_default().to_owned())
}

/// `If-Match` names the version by the part of the tag before the hyphen: what the body shows beside may differ by caller.
fn demand_version(if_match: Option<&str>, version: Option<i64>) -> Result<()> {
    let (Some(tags), Some(version)) = (if_match, version) else {
        return Ok(());
    };
    let version = version.to_string();
    let named = |tag: &str| {
        tag.trim()
            .trim_matches('"')
            .split('-')
            .next()
            .is_some_and(|tag| tag == version)
    };
    if tags.trim() == "*" || tags.split(',').any(named) {
        return Ok(());
    }
    Err(Code::PreconditionFailed.into())
}

impl<A: Action> Access<A> {
    /// Who is calling.
    #[must_use]
    pub const fn bearer(&self) -> &Bearer {
        &self.bearer
    }

    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    /// Reads, at one moment of the database.
    ///
    /// # Errors
    /// The refusals of the gate, of the input, and those of `f`.
    pub async fn read<I, T, F>(self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&OrgTx, A::Subject, I::Value) -> Result<T> + Send + 'static,
    {
        let (entrance, org) = self.enter().await?;
        let Self {
            app,
            params,
            if_match,
            ..
        } = self;
        let transaction = async move |tx: &Tx| {
            let viewer = entrance.viewer(tx, org);
            let (member, subject) = join!(gate::member(&viewer), A::Subject::find(&viewer, &params));
            let (role, settings) = member?;
            let tx = OrgTx::new(viewer, role, settings);
            let (subject, value) = admit::<A, I>(&tx, subject?, &input, if_match.as_deref())?;
            f(&tx, subject, value).await
        };
        app.door().db.read(Scope::Tenant(org.uuid()), transaction).await
    }

    /// Writes. The organization's ledger is locked first, so that its writes are in one order and everything after
    /// sees the truth.
    ///
    /// # Errors
    /// As [`Access::read`].
    pub async fn write<I, T, F>(self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&OrgWrite, A::Subject, I::Value) -> Result<T> + Send + 'static,
    {
        let (entrance, org) = self.enter().await?;
        let Self {
            app,
            params,
            if_match,
            ..
        } = self;
        let transaction = async move |tx: &Tx| {
            let viewer = entrance.viewer(tx, org);
            let (seq, member, subject) = join!(
                gate::lock(&viewer),
                gate::member(&viewer),
                A::Subject::find(&viewer, &params)
            );
            let (role, settings) = member?;
            let seq = seq?.ok_or(Code::NotFound)?;
            let tx = OrgWrite::new(OrgTx::new(viewer, role, settings), seq);
            let (subject, value) = admit::<A, I>(&tx, subject?, &input, if_match.as_deref())?;
            f(&tx, subject, value).await
        };
        app.door().db.write(Scope::Tenant(org.uuid()), transaction).await
    }

    async fn enter(&self) -> Result<(Entrance, OrgId)> {
        let entrance = Entrance::new(self.app.door(), self.bearer);
        if let Some(org) = self.app.door().org(self.params.text("org")).await? {
            return Ok((entrance, org));
        }
        // A session that ended is told so before anything else.
        let session = async move |tx: &Tx| gate::session(&entrance.user(tx)).await;
        self.app
            .door()
            .db
            .read(Scope::User(self.bearer.user.uuid()), session)
            .await?;
        Err(Code::NotFound.into())
    }
}

/// The second half of the gate: sight, permission, input, version.
fn admit<A: Action, I: Input>(
    tx: &OrgTx,
    subject: Option<A::Subject>,
    input: &I,
    if_match: Option<&str>,
) -> Result<(A::Subject, I::Value)> {
    let subject = subject.ok_or(Code::NotFound)?;
    tx.demand(A::permission(&subject, tx), subject.facts(tx))?;
    let value = input.open(tx.org().uuid())?;
    demand_version(if_match, subject.version())?;
    Ok((subject, value))
}

/// What a transaction is opened with.
#[derive(Clone)]
struct Entrance {
    bearer: Option<Bearer>,
    clock: Clock,
    ids: Arc<Ids>,
}

impl Entrance {
    fn new(door: &Door, bearer: Bearer) -> Self {
        Self {
            bearer: Some(bearer),
            clock: door.clock.clone(),
            ids: door.ids.clone(),
        }
    }

    fn now(&self) -> Time {
        self.clock.now()
    }
}

impl<A: Action> Describe for Access<A> {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.secured();
        operation.refuses(&[Code::NotFound]);
        let required = policy::required_role(A::PERMISSION);
        if required != Role::Member {
            operation.refuses(&[Code::Forbidden]);
        }
        operation.extension("x-required-role", json!(required));
        if A::Subject::VERSIONED && matches!(operation.method, "PATCH" | "DELETE") {
            operation.refuses(&[Code::PreconditionFailed]);
        }
    }
}
