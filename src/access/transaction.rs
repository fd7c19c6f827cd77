//! The three kinds of transaction.

use std::{cell::Cell, ops::Deref, sync::Arc};

use super::{
    Credential, Facts, Grant, Permission, Principal, Role, Settings,
    gateway::{TxContext, TxFactory},
    policy,
    store::{self, Which},
};
use crate::{
    base::{
        clock::Time,
        error::{Code, Result},
        id::{Id, OrgId, SessionId, UserId},
        limits::Limits,
    },
    db::{FromRow, Param, Scope, Sql, Tx},
    http::input::Rehearse,
};

type Values<'a> = &'a [&'a (dyn Param + Sync)];

/// A transaction of a person's account: `$1` is the user.
pub struct UserTx {
    tx: Tx,
    principal: Principal,
    now: Time,
    context: Arc<TxContext>,
}

/// One that may write.
pub struct UserWrite(UserTx);

/// A person looking at an organization: `$1` is the organization. What they are there isn't known yet.
pub struct Viewer {
    tx: Tx,
    org: OrgId,
    account: UserTx,
}

/// What somebody is in an organization.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    pub role: Role,
    pub settings: Settings,
    /// The organization is deleted, and can be restored.
    pub deleted: bool,
}

/// A transaction of a member in an organization: `$1` is the organization.
pub struct OrgTx {
    viewer: Viewer,
    member: Membership,
}

/// One that may write, and records what it does: it holds the lock on the organization's ledger.
pub struct OrgWrite {
    tx: OrgTx,
    ledger: Cell<Ledger>,
}

/// What is counted for an organization, under the lock that each write takes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ledger {
    /// The last seq given out.
    pub seq: i64,
    /// Tasks that aren't deleted, nor their project.
    pub tasks: i64,
}

/// A transaction before anyone is known: directory tables only; `$1` is the first parameter.
pub struct SystemTx {
    tx: Tx,
    now: Time,
    context: Arc<TxContext>,
}

macro_rules! statements {
    ($name:ty) => {
        impl $name {
            /// Every row of a query.
            pub async fn all<R: FromRow>(&self, sql: Sql<'_>, values: Values<'_>) -> Result<Vec<R>> {
                self.tx.all(sql, values).await
            }

            /// The only row of a query, if there is one.
            pub async fn maybe<R: FromRow>(&self, sql: Sql<'_>, values: Values<'_>) -> Result<Option<R>> {
                self.tx.maybe(sql, values).await
            }

            /// The row of a query that always has one.
            pub async fn one<R: FromRow>(&self, sql: Sql<'_>, values: Values<'_>) -> Result<R> {
                self.tx.one(sql, values).await
            }

            /// Runs a statement and answers how many rows it touched.
            pub async fn execute(&self, sql: Sql<'_>, values: Values<'_>) -> Result<u64> {
                self.tx.execute(sql, values).await
            }
        }
    };
}
statements!(UserTx);
statements!(Viewer);
statements!(SystemTx);

macro_rules! derefs {
    ($from:ty => $to:ty: $field:tt) => {
        impl Deref for $from {
            type Target = $to;
            fn deref(&self) -> &$to {
                &self.$field
            }
        }
    };
}
derefs!(UserWrite => UserTx: 0);
derefs!(OrgTx => Viewer: viewer);
derefs!(OrgWrite => OrgTx: tx);

impl TxFactory {
    pub(super) fn user(&self, tx: &Tx) -> UserTx {
        let principal = self.principal.unwrap_or(Principal::NOBODY);
        UserTx {
            tx: tx.with_scope(Scope::User(principal.user.uuid())),
            principal,
            now: self.now(),
            context: self.context.clone(),
        }
    }

    pub(super) fn viewer(&self, tx: &Tx, org: OrgId) -> Viewer {
        Viewer { tx: tx.with_scope(Scope::Tenant(org.uuid())), org, account: self.user(tx) }
    }

    pub(super) fn system(&self, tx: &Tx) -> SystemTx {
        SystemTx { tx: tx.with_scope(Scope::System), now: self.now(), context: self.context.clone() }
    }
}

impl UserTx {
    pub const fn user(&self) -> UserId {
        self.principal.user
    }

    /// What they came with.
    pub const fn credential(&self) -> Credential {
        self.principal.credential
    }

    /// The session; no session's id where they came with an API token.
    pub const fn session(&self) -> SessionId {
        match self.principal.credential {
            Credential::Session(session) => session,
            Credential::Token(_) => Id::NIL,
        }
    }

    /// Whether the credential is good for this organization.
    pub fn reaches(&self, org: OrgId) -> bool {
        !matches!(self.principal.credential, Credential::Token(Grant { org: Some(only), .. }) if only != org)
    }

    /// The time of this transaction.
    pub const fn now(&self) -> Time {
        self.now
    }

    pub fn id<T>(&self) -> Id<T> {
        self.context.ids.make(self.now)
    }

    /// The directory tables.
    pub fn directory(&self) -> SystemTx {
        SystemTx { tx: self.tx.with_scope(Scope::System), now: self.now, context: self.context.clone() }
    }

    fn again(&self) -> Self {
        Self {
            tx: self.tx.with_scope(Scope::User(self.user().uuid())),
            principal: self.principal,
            now: self.now,
            context: self.context.clone(),
        }
    }

    fn look_at(&self, org: OrgId) -> Viewer {
        Viewer { tx: self.tx.switch_scope(Scope::Tenant(org.uuid())), org, account: self.again() }
    }

    /// One of their organizations, if they are in it and their credential reaches it. One at a time: the row-level
    /// security follows the last.
    pub async fn visit(&self, org: OrgId) -> Result<Option<OrgTx>> {
        if !self.reaches(org) {
            return Ok(None);
        }
        store::visit(self.look_at(org), Which::Live).await
    }

    /// The same of one that is deleted and can be restored.
    pub async fn visit_deleted(&self, org: OrgId) -> Result<Option<OrgTx>> {
        if !self.reaches(org) {
            return Ok(None);
        }
        let member = store::visit(self.look_at(org), Which::Restorable).await?;
        Ok(member.filter(OrgTx::is_deleted))
    }

    /// An organization that they are not in, to read what they were given a key to.
    pub fn peek(&self, org: OrgId) -> Viewer {
        self.look_at(org)
    }
}

impl UserWrite {
    /// Whatever is written about somebody's account, their open streams look whether they still may.
    pub(super) fn new(tx: UserTx) -> Self {
        tx.tx.concerns(tx.user().uuid());
        Self(tx)
    }

    /// Enters an organization that is being founded; they will be its owner.
    pub fn found(&self, org: OrgId) -> OrgWrite {
        OrgWrite::new(
            OrgTx::new(self.look_at(org), Membership::new(Role::Owner, Settings::default())),
            Ledger::default(),
        )
    }

    /// Enters one of their organizations to write, and locks its ledger. `None` if they aren't in it. One at a time.
    pub async fn work_in(&self, org: OrgId) -> Result<Option<OrgWrite>> {
        self.enter(org, Which::Live).await
    }

    /// The same, be it deleted or not.
    pub async fn work_in_any(&self, org: OrgId) -> Result<Option<OrgWrite>> {
        self.enter(org, Which::Restorable).await
    }

    async fn enter(&self, org: OrgId, which: Which) -> Result<Option<OrgWrite>> {
        let viewer = self.look_at(org);
        let Some(ledger) = store::lock(&viewer).await? else { return Ok(None) };
        let member = store::visit(viewer, which).await?;
        Ok(member.map(|tx| OrgWrite::new(tx, ledger)))
    }

    /// Enters an organization as who isn't a member yet, and locks its ledger. `None` if it isn't there.
    pub async fn join(&self, org: OrgId, role: Role) -> Result<Option<OrgWrite>> {
        let viewer = self.look_at(org);
        let locked = store::lock_for_newcomer(&viewer).await?;
        Ok(locked.map(|(ledger, settings)| {
            OrgWrite::new(OrgTx::new(viewer, Membership::new(role, settings)), ledger)
        }))
    }
}

impl SystemTx {
    pub const fn now(&self) -> Time {
        self.now
    }

    pub fn id<T>(&self) -> Id<T> {
        self.context.ids.make(self.now)
    }

    /// Goes on as a person who is known now: just signed up, or the owner of a credential.
    pub fn become_user(&self, user: UserId, session: SessionId) -> UserWrite {
        let tx = self.tx.switch_scope(Scope::User(user.uuid()));
        UserWrite::new(UserTx {
            tx,
            principal: Principal { user, credential: Credential::Session(session) },
            now: self.now,
            context: self.context.clone(),
        })
    }

    /// An organization, for whoever holds a key to something in it.
    pub fn peek(&self, org: OrgId) -> Viewer {
        self.look_at(org, Scope::Tenant(org.uuid()))
    }

    /// An organization that is to go for good, its ledger too.
    pub fn purge(&self, org: OrgId) -> Viewer {
        self.look_at(org, Scope::Purge(org.uuid()))
    }

    fn look_at(&self, org: OrgId, scope: Scope) -> Viewer {
        let account = UserTx {
            tx: self.tx.with_scope(Scope::User(Principal::NOBODY.user.uuid())),
            principal: Principal::NOBODY,
            now: self.now,
            context: self.context.clone(),
        };
        Viewer { tx: self.tx.switch_scope(scope), org, account }
    }
}

impl Viewer {
    pub const fn org(&self) -> OrgId {
        self.org
    }

    /// Who is looking.
    pub const fn user(&self) -> UserId {
        self.account.user()
    }

    pub const fn now(&self) -> Time {
        self.account.now
    }

    pub fn id<T>(&self) -> Id<T> {
        self.account.id()
    }

    /// The same transaction, about who is looking: their account tables.
    pub const fn as_user(&self) -> &UserTx {
        &self.account
    }
}

impl Membership {
    const fn new(role: Role, settings: Settings) -> Self {
        Self { role, settings, deleted: false }
    }
}

impl OrgTx {
    pub(super) const fn new(viewer: Viewer, member: Membership) -> Self {
        Self { viewer, member }
    }

    pub const fn role(&self) -> Role {
        self.member.role
    }

    pub const fn settings(&self) -> Settings {
        self.member.settings
    }

    /// Whether the organization is deleted.
    pub const fn is_deleted(&self) -> bool {
        self.member.deleted
    }

    /// Whether the caller may do this here.
    pub const fn may(&self, permission: Permission, facts: Facts) -> bool {
        policy::allows(permission, self.role(), facts, self.settings())
    }

    /// # Errors
    /// 403 if they may not.
    pub fn demand(&self, permission: Permission, facts: Facts) -> Result<()> {
        policy::demand(permission, self.role(), facts, self.settings())
    }

    /// Those of the named permissions that the caller has on it: what `can` lists.
    pub fn can(&self, facts: Facts, of: &[(&'static str, Permission)]) -> Vec<&'static str> {
        of.iter().filter(|(_, permission)| self.may(*permission, facts)).map(|(name, _)| *name).collect()
    }
}

impl OrgWrite {
    pub(super) const fn new(tx: OrgTx, ledger: Ledger) -> Self {
        Self { tx, ledger: Cell::new(ledger) }
    }

    /// The ledger with its next seq. The lock makes it ours.
    pub(crate) fn advance(&self) -> Ledger {
        self.viewer.tx.concerns(self.org.uuid());
        let ledger = self.ledger.get();
        self.ledger.set(Ledger { seq: ledger.seq + 1, ..ledger });
        self.ledger.get()
    }

    /// Counts tasks that come, or with a number below zero go. What is recorded next keeps the count.
    ///
    /// # Errors
    /// 409 where they are too many.
    pub fn count_tasks(&self, more: i64) -> Result<()> {
        let ledger = self.ledger.get();
        let tasks = ledger.tasks + more;
        if more > 0 && tasks > self.limits().tasks {
            return Err(Code::TooManyTasks.into());
        }
        self.ledger.set(Ledger { tasks, ..ledger });
        Ok(())
    }

    /// How much the organization may hold.
    pub fn limits(&self) -> Limits {
        self.account.context.limits
    }

    /// The same transaction with what the caller is and the settings as they are by now.
    pub fn renewed(&self, role: Role, settings: Settings) -> OrgTx {
        let account = self.account.again();
        let tx = self.viewer.tx.with_scope(Scope::Tenant(self.org.uuid()));
        OrgTx::new(Viewer { tx, org: self.org, account }, Membership::new(role, settings))
    }
}

impl Rehearse for UserWrite {
    fn rehearse(&self) {
        self.tx.undo();
    }
}

impl Rehearse for OrgWrite {
    fn rehearse(&self) {
        self.viewer.tx.undo();
    }
}
