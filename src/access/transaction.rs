//! The three kinds of transaction: of a user's account, of an organization's member, and of the system.

use std::{ops::Deref, rc::Rc, sync::Arc};

use super::{
    Credential, Facts, Grant, Permission, Principal, Role, Settings,
    authorize::Proof,
    gateway::{TxContext, TxFactory},
    ledger::{Book, Books, Ledger},
    policy,
    security_log::Origin,
    store,
};
use crate::{
    base::{
        clock::Time,
        error::{Error, Result},
        id::{Id, OrgId, SessionId, UserId},
        limits::Limits,
    },
    db::{FromRow, Param, Scope, Sql, Tx, Vitals},
    http::input::Rehearse,
};

type Values<'a> = &'a [&'a (dyn Param + Sync)];

/// What the parts of one transaction share.
struct Shared {
    origin: Option<Arc<Origin>>,
    now: Time,
    context: Arc<TxContext>,
    books: Books,
}

/// A transaction on a user's account. `$1` of each statement is the user's id.
pub struct UserTx {
    tx: Tx,
    principal: Principal,
    shared: Rc<Shared>,
}

/// A transaction on a user's account that can write.
pub struct UserWrite(UserTx);

/// A transaction on an organization's data before the caller's membership is checked. `$1` of each statement is the
/// organization's id.
pub struct Viewer {
    tx: Tx,
    org: OrgId,
    account: UserTx,
}

/// The caller's membership of an organization.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    pub role: Role,
    pub org: OrgState,
}

/// What an organization is like for all who are in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct OrgState {
    pub settings: Settings,
    /// Whether the organization is deleted. It can still be restored.
    pub deleted: bool,
    /// Whether the server's operator has disabled the organization.
    pub disabled: bool,
}

/// A transaction of a member on an organization's data. `$1` of each statement is the organization's id.
pub struct OrgTx {
    viewer: Viewer,
    member: Membership,
    proof: Proof,
}

/// A transaction of a member that can write, and that records its changes. It holds the lock on the organization's
/// ledger.
pub struct OrgWrite {
    tx: OrgTx,
    book: Rc<Book>,
}

/// A transaction of the system itself that writes to an organization, and that records its changes. It holds the lock on the
/// organization's ledger.
pub struct SystemWrite {
    viewer: Viewer,
    org: OrgState,
    book: Rc<Book>,
}

/// A transaction without a known caller, on the directory tables only. `$1` of each statement is its first parameter.
pub struct SystemTx {
    tx: Tx,
    shared: Rc<Shared>,
}

macro_rules! statements {
    ($name:ty) => {
        impl $name {
            /// Runs a query and returns all its rows.
            pub async fn all<R: FromRow>(&self, sql: Sql<'_>, values: Values<'_>) -> Result<Vec<R>> {
                self.tx.all(sql, values).await
            }

            /// Runs a query and returns its first row, if there is one.
            pub async fn maybe<R: FromRow>(&self, sql: Sql<'_>, values: Values<'_>) -> Result<Option<R>> {
                self.tx.maybe(sql, values).await
            }

            /// Runs a query that always has a row and returns it.
            pub async fn one<R: FromRow>(&self, sql: Sql<'_>, values: Values<'_>) -> Result<R> {
                self.tx.one(sql, values).await
            }

            /// Runs a statement and returns the number of rows that it affected.
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
derefs!(SystemWrite => Viewer: viewer);

impl TxFactory {
    pub(super) fn user(&self, tx: &Tx) -> UserTx {
        let principal = self.principal.unwrap_or(Principal::NOBODY);
        UserTx { tx: tx.with_scope(Scope::User(principal.user.uuid())), principal, shared: self.shared() }
    }

    fn shared(&self) -> Rc<Shared> {
        Rc::new(Shared {
            origin: self.origin.clone(),
            now: self.now(),
            context: self.context.clone(),
            books: Books::default(),
        })
    }

    pub(super) fn viewer(&self, tx: &Tx, org: OrgId) -> Viewer {
        Viewer { tx: tx.with_scope(Scope::Tenant(org.uuid())), org, account: self.user(tx) }
    }

    pub(super) fn system(&self, tx: &Tx) -> SystemTx {
        SystemTx { tx: tx.with_scope(Scope::System), shared: self.shared() }
    }
}

impl UserTx {
    pub const fn user(&self) -> UserId {
        self.principal.user
    }

    /// Returns the caller's credential.
    pub const fn credential(&self) -> Credential {
        self.principal.credential
    }

    /// Returns the caller's session. For an API token: the nil id, which no session has.
    pub const fn session(&self) -> SessionId {
        match self.principal.credential {
            Credential::Session(session) => session,
            Credential::Token(_) => Id::NIL,
        }
    }

    /// Returns whether the credential reaches this organization: it does unless it is an API token that is restricted
    /// to another one.
    pub fn reaches(&self, org: OrgId) -> bool {
        !matches!(self.principal.credential, Credential::Token(Grant { org: Some(only), .. }) if only != org)
    }

    /// Returns the time of this transaction, which is the same for all its statements.
    pub fn now(&self) -> Time {
        self.shared.now
    }

    pub fn id<T>(&self) -> Id<T> {
        self.shared.context.ids.make(self.now())
    }

    /// Returns the same transaction for statements on the directory tables.
    pub fn directory(&self) -> SystemTx {
        SystemTx { tx: self.tx.with_scope(Scope::System), shared: self.shared.clone() }
    }

    /// Returns the request that the transaction serves. Jobs and the operator's commands have none.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.shared.origin.as_deref()
    }

    /// Returns the transaction itself.
    pub(super) const fn whole(&self) -> &Tx {
        &self.tx
    }

    fn again(&self) -> Self {
        Self {
            tx: self.tx.with_scope(Scope::User(self.user().uuid())),
            principal: self.principal,
            shared: self.shared.clone(),
        }
    }

    fn look_at(&self, org: OrgId) -> Viewer {
        Viewer { tx: self.tx.switch_scope(Scope::Tenant(org.uuid())), org, account: self.again() }
    }

    /// Enters one of the caller's organizations to read. Returns `None` if they aren't a member, it is deleted or disabled,
    /// or their credential doesn't reach it. Only one organization can be entered at a time, because row-level security
    /// follows the last.
    pub async fn visit(&self, org: OrgId) -> Result<Option<OrgTx>> {
        Ok(self.visit_any(org).await?.filter(OrgTx::is_open))
    }

    /// Enters one of the caller's organizations, as [`UserTx::visit`] does, also if it is deleted or disabled. What is in it
    /// must not be shown then.
    pub async fn visit_any(&self, org: OrgId) -> Result<Option<OrgTx>> {
        if self.reaches(org) { store::visit(self.look_at(org)).await } else { Ok(None) }
    }

    /// Returns the limits on the number of objects.
    pub fn limits(&self) -> Limits {
        self.shared.context.limits
    }

    /// Enters an organization without checking the caller's membership, to read an invitation for them.
    pub fn peek(&self, org: OrgId) -> Viewer {
        self.look_at(org)
    }
}

impl UserWrite {
    /// Every write to an account wakes the user's event streams, which then check their authorization again.
    pub(super) fn new(tx: UserTx) -> Self {
        tx.tx.concerns(tx.user().uuid());
        Self(tx)
    }

    /// Enters an organization that is being created, with the caller as its owner.
    pub fn found(&self, org: OrgId) -> OrgWrite {
        let founder = Membership { role: Role::Owner, org: OrgState::default() };
        let proof = Proof::unconfirmed(self.credential());
        let ledger = Ledger::new(self.now());
        OrgWrite::new(OrgTx::new(self.look_at(org), founder, proof), ledger)
    }

    /// Writes what was added to the ledgers of the organizations that the transaction entered.
    pub(super) async fn settle(&self) -> Result<()> {
        self.shared.books.settle().await
    }

    /// Enters one of the caller's organizations to write, and locks its ledger. Returns `None` if they aren't a member
    /// or the organization is deleted or disabled. Only one organization can be entered at a time.
    pub async fn work_in(&self, org: OrgId) -> Result<Option<OrgWrite>> {
        Ok(self.work_in_any(org).await?.filter(|tx| tx.is_open()))
    }

    /// Enters one of the caller's organizations to write, also if it is deleted or disabled. Locks its ledger.
    /// Returns `None` if they aren't a member.
    pub async fn work_in_any(&self, org: OrgId) -> Result<Option<OrgWrite>> {
        self.settle().await?;
        let viewer = self.look_at(org);
        let Some(ledger) = store::lock(&viewer).await? else { return Ok(None) };
        let member = store::visit(viewer).await?;
        Ok(member.map(|tx| OrgWrite::new(tx, ledger)))
    }

    /// Enters an organization to write for a caller who isn't a member yet, with the given role, and locks its ledger.
    /// Returns `None` if the organization doesn't exist or is deleted. It may be disabled.
    pub async fn join(&self, org: OrgId, role: Role) -> Result<Option<OrgWrite>> {
        self.settle().await?;
        let viewer = self.look_at(org);
        let locked = store::lock_for_newcomer(&viewer).await?;
        let proof = Proof::unconfirmed(self.credential());
        let live = locked.filter(|(_, org)| !org.deleted);
        Ok(live
            .map(|(ledger, org)| OrgWrite::new(OrgTx::new(viewer, Membership { role, org }, proof), ledger)))
    }
}

impl SystemTx {
    /// Writes what was added to the ledgers of the organizations that the transaction entered.
    pub(super) async fn settle(&self) -> Result<()> {
        self.shared.books.settle().await
    }

    pub fn now(&self) -> Time {
        self.shared.now
    }

    /// Returns the limits on the number of objects in one organization.
    pub fn limits(&self) -> Limits {
        self.shared.context.limits
    }

    /// Returns the request that the transaction serves. Jobs and the operator's commands have none.
    pub(super) fn origin(&self) -> Option<&Origin> {
        self.shared.origin.as_deref()
    }

    pub fn id<T>(&self) -> Id<T> {
        self.shared.context.ids.make(self.now())
    }

    /// Returns what the database tells of itself.
    pub async fn vitals(&self) -> Result<Vitals> {
        self.tx.vitals().await
    }

    /// Continues the transaction as a user, once the caller is known: someone who just signed up, or the owner of a
    /// credential.
    pub fn become_user(&self, user: UserId, session: SessionId) -> UserWrite {
        let tx = self.tx.switch_scope(Scope::User(user.uuid()));
        UserWrite::new(UserTx {
            tx,
            principal: Principal { user, credential: Credential::Session(session) },
            shared: self.shared.clone(),
        })
    }

    /// Enters an organization without a member: for the holder of an invitation's token, an import, or a purge.
    pub fn peek(&self, org: OrgId) -> Viewer {
        self.look_at(org, Scope::Tenant(org.uuid()))
    }

    /// Enters an organization to write, and locks its ledger. Returns `None` if the organization doesn't exist or is deleted. It
    /// may be disabled.
    pub async fn work_in(&self, org: OrgId) -> Result<Option<SystemWrite>> {
        Ok(self.work_in_any(org).await?.filter(|tx| !tx.org.deleted))
    }

    /// Enters an organization to write, also if it is deleted or disabled. Locks its ledger. Returns `None` if it doesn't exist
    /// or is purged.
    pub async fn work_in_any(&self, org: OrgId) -> Result<Option<SystemWrite>> {
        let viewer = self.peek(org);
        let locked = store::lock_for_newcomer(&viewer).await?;
        Ok(locked.map(|(ledger, org)| SystemWrite::new(viewer, org, ledger)))
    }

    /// Enters an organization to purge it. Only here can its ledger be deleted too.
    pub fn purge(&self, org: OrgId) -> Viewer {
        self.look_at(org, Scope::Purge(org.uuid()))
    }

    fn look_at(&self, org: OrgId, scope: Scope) -> Viewer {
        let account = UserTx {
            tx: self.tx.with_scope(Scope::User(Principal::NOBODY.user.uuid())),
            principal: Principal::NOBODY,
            shared: self.shared.clone(),
        };
        Viewer { tx: self.tx.switch_scope(scope), org, account }
    }
}

impl Viewer {
    pub const fn org(&self) -> OrgId {
        self.org
    }

    /// Returns the caller's id.
    pub const fn user(&self) -> UserId {
        self.account.user()
    }

    pub fn now(&self) -> Time {
        self.account.now()
    }

    pub fn id<T>(&self) -> Id<T> {
        self.account.id()
    }

    /// Returns the same transaction for statements on the caller's account.
    pub const fn as_user(&self) -> &UserTx {
        &self.account
    }
}

impl OrgTx {
    pub(super) const fn new(viewer: Viewer, member: Membership, proof: Proof) -> Self {
        Self { viewer, member, proof }
    }

    pub const fn role(&self) -> Role {
        self.member.role
    }

    pub(super) const fn proof(&self) -> Proof {
        self.proof
    }

    pub const fn settings(&self) -> Settings {
        self.member.org.settings
    }

    /// Returns whether the organization is deleted.
    pub const fn is_deleted(&self) -> bool {
        self.member.org.deleted
    }

    /// Returns whether the server's operator has disabled the organization.
    pub const fn is_disabled(&self) -> bool {
        self.member.org.disabled
    }

    /// Returns whether members can read and change what is in the organization: it is neither deleted nor disabled.
    pub const fn is_open(&self) -> bool {
        !self.is_deleted() && !self.is_disabled()
    }

    /// Returns whether the policy allows the caller this action.
    pub const fn may(&self, permission: Permission, facts: Facts) -> bool {
        policy::allows(permission, self.role(), facts, self.settings())
    }

    /// Checks that the policy allows the caller this action and, if it is sensitive, that the credential is a recently
    /// confirmed session.
    ///
    /// # Errors
    /// 403 if it doesn't, or isn't one.
    pub fn demand(&self, permission: Permission, facts: Facts) -> Result<()> {
        let allowed = policy::demand(permission, self.role(), facts, self.settings());
        if !policy::is_sensitive(permission) {
            return allowed;
        }
        allowed.and_then(|()| self.proof.demand_confirmed()).map_err(Error::of_sensitive_call)
    }

    /// Returns the names of those permissions that the caller has, for the `can` field of a response.
    pub fn can(&self, facts: Facts, of: &[(&'static str, Permission)]) -> Vec<&'static str> {
        of.iter().filter(|(_, permission)| self.may(*permission, facts)).map(|(name, _)| *name).collect()
    }
}

impl SystemWrite {
    fn new(viewer: Viewer, org: OrgState, locked: Ledger) -> Self {
        let tx = viewer.tx.with_scope(Scope::Tenant(viewer.org.uuid()));
        let book = Book::of_system(tx, viewer.org, viewer.now(), locked);
        let book = viewer.account.shared.books.open(book);
        Self { viewer, org, book }
    }

    /// Returns the organization's settings.
    pub const fn settings(&self) -> Settings {
        self.org.settings
    }

    /// Returns whether the server's operator has disabled the organization.
    pub const fn is_disabled(&self) -> bool {
        self.org.disabled
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }
}

impl OrgWrite {
    pub(super) fn new(tx: OrgTx, locked: Ledger) -> Self {
        let Viewer { org, account, .. } = &tx.viewer;
        let book = Book::new(tx.viewer.tx.with_scope(Scope::Tenant(org.uuid())), *org, account, locked);
        let book = account.shared.books.open(book);
        Self { tx, book }
    }

    pub(super) fn book(&self) -> &Book {
        &self.book
    }

    /// Returns the limits on the number of objects in one organization.
    pub fn limits(&self) -> Limits {
        self.account.shared.context.limits
    }

    /// Returns the same transaction with another role of the caller and other settings, after it changed them.
    pub fn renewed(&self, role: Role, settings: Settings) -> OrgTx {
        let account = self.account.again();
        let tx = self.viewer.tx.with_scope(Scope::Tenant(self.org.uuid()));
        let member = Membership { role, org: OrgState { settings, ..self.member.org } };
        OrgTx::new(Viewer { tx, org: self.org, account }, member, self.proof)
    }
}

impl Rehearse for SystemTx {
    fn rehearse(&self) {
        self.tx.undo();
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
