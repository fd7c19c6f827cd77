//! The extractors [`SignedIn`], for the caller's own account, and [`Public`], for callers who aren't known yet.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use serde::Serialize;

use super::{
    Gateway, Principal, SystemTx, UserTx, UserWrite,
    authorize::Proof,
    idempotency::{Claim, Place},
    if_match, is_expected,
    principal::{OwnPass, PASS_LIFE},
    security_log::{self, Origin},
    store,
};
use crate::{
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{Id, OrgId},
        limits::Limits,
    },
    db::{Scope, Subscription, Tx},
    http::{
        answer::{self, Versioned},
        client::Proxies,
        describe::{Describe, Operation},
        idempotency::Answer,
        input::{Input, Params},
        schemas::Schemas,
    },
};

/// A requirement for the credential with which a caller accesses their own account.
pub trait Demand: 'static {
    /// Checks that the credential meets the requirement.
    ///
    /// # Errors
    /// 403 if it doesn't.
    fn of(proof: Proof, write: bool) -> Result<()>;
    /// The errors that [`Demand::of`] returns, for the API document.
    const REFUSALS: &'static [Code];
    /// Whether the `ticket` query parameter can replace the `Authorization` header.
    const BY_TICKET: bool = false;
}

/// Requires a session, or an API token with the scope. A token that is restricted to one organization can only read.
pub enum AnyCredential {}
impl Demand for AnyCredential {
    const REFUSALS: &'static [Code] = &[Code::InsufficientScope, Code::TokenNotAllowed];

    fn of(proof: Proof, write: bool) -> Result<()> {
        proof.demand_scope(write)?;
        if write { proof.demand_everywhere() } else { Ok(()) }
    }
}

/// Requires what reading does. A browser's `EventSource` can't set headers, so a ticket in the query is accepted instead.
pub enum ReadOrTicket {}
impl Demand for ReadOrTicket {
    const REFUSALS: &'static [Code] = &[Code::InsufficientScope];
    const BY_TICKET: bool = true;

    fn of(proof: Proof, _: bool) -> Result<()> {
        proof.demand_scope(false)
    }
}

/// Requires a session. It is for routes that manage credentials, which API tokens can't use.
pub enum InSession {}
impl Demand for InSession {
    const REFUSALS: &'static [Code] = &[Code::TokenNotAllowed];

    fn of(proof: Proof, _: bool) -> Result<()> {
        proof.demand_session()
    }
}

/// Requires a recently confirmed session.
pub enum Confirmed {}
impl Demand for Confirmed {
    const REFUSALS: &'static [Code] = &[Code::TokenNotAllowed, Code::ConfirmationRequired];

    fn of(proof: Proof, _: bool) -> Result<()> {
        proof.demand_confirmed()
    }
}

/// Access to the caller's own account. `D` is the requirement for the credential.
pub struct SignedIn<D = AnyCredential> {
    gateway: Gateway,
    principal: Principal,
    origin: Arc<Origin>,
    params: Params,
    if_match: Option<String>,
    claim: Option<Claim>,
    demand: PhantomData<fn() -> D>,
}

impl<S, D: Demand> FromRequestParts<S> for SignedIn<D>
where
    S: Send + Sync,
    Gateway: FromRef<S>,
    Proxies: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let gateway = Gateway::from_ref(state);
        let origin = Origin::of(parts, &Proxies::from_ref(state));
        let principal = if D::BY_TICKET {
            Principal::or_ticket::<OwnPass>(parts, &gateway, &origin).await?.0
        } else {
            Principal::of(parts, &gateway, &origin).await?
        };
        let params = Params::of(parts, state).await;
        let if_match = if_match(&parts.headers);
        let claim = gateway.claim(principal.user, parts);
        Ok(Self { gateway, principal, origin, params, if_match, claim, demand: PhantomData })
    }
}

impl<D: Demand> SignedIn<D> {
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// Subscribes to changes of the caller's account and of organizations. Doesn't check the caller's memberships, which has
    /// to be done each time that changes are read.
    pub fn subscribe(&self, orgs: &[OrgId]) -> Subscription {
        self.gateway.subscribe(orgs, self.principal.user)
    }

    /// Returns a function that issues a ticket and the time at which it expires. The ticket replaces the caller's credential
    /// in a URL, for one request to what is their own.
    pub fn tickets(&self) -> impl Fn(&UserTx) -> Result<(String, Time)> + Send + use<D> {
        let (gateway, principal) = (self.gateway.clone(), self.principal);
        move |tx| {
            let ticket = gateway.tickets().issue(tx.now(), OwnPass(principal))?;
            Ok((ticket, tx.now() + PASS_LIFE))
        }
    }

    /// Checks the credential and runs `f` in a read-only transaction, whose statements all see the same snapshot of the
    /// database.
    ///
    /// # Errors
    /// 401 without a valid session or API token, 403 if it doesn't meet the requirement, 4xx for an invalid input, and
    /// the errors of `f`.
    pub async fn read<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserTx, I::Value) -> Result<T> + Send + 'static,
    {
        let factory = self.gateway.transactions(Some(self.principal), Some(self.origin.clone()));
        let transaction = async move |tx: &Tx| {
            let user = factory.user(tx);
            D::of(store::alive(&user).await?, false)?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        let answer = self.gateway.db().read(Scope::User(self.principal.user.uuid()), transaction).await;
        security_log::remember_refusal(&self.gateway, self.principal, &self.origin, None, &answer).await;
        answer
    }

    /// Checks the credential and runs `f` in a transaction that can write. `f` returns the whole answer, which the
    /// transaction stores if the request has an `Idempotency-Key`.
    ///
    /// # Errors
    /// Those of [`SignedIn::read`]; 422 if the `Idempotency-Key` is malformed or was used for another request, and the
    /// stored answer if it was used for this one.
    pub async fn write<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Answer + Send + 'static,
        F: AsyncFn(&UserWrite, I::Value) -> Result<T> + Send + 'static,
    {
        let claim = self.claim.clone();
        let transaction = async move |tx: &UserWrite, value: I::Value| {
            let Some(claim) = &claim else { return f(tx, value).await };
            let place = Place::Account(tx.user());
            claim.lay(tx.whole(), place, tx.now()).await?;
            let answer = f(tx, value).await?;
            tx.settle().await?;
            claim.keep(tx.whole(), place, &answer.stored()?).await?;
            Ok(answer)
        };
        self.run(input, transaction).await
    }

    /// Does the same for a step of a request, whose answer a later one returns: stores nothing.
    ///
    /// # Errors
    /// Those of [`SignedIn::write`].
    pub async fn step<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserWrite, I::Value) -> Result<T> + Send + 'static,
    {
        let claim = self.claim.clone();
        let transaction = async move |tx: &UserWrite, value: I::Value| {
            if let Some(claim) = &claim {
                claim.replay(tx.whole(), Place::Account(tx.user()), tx.now()).await?;
            }
            f(tx, value).await
        };
        self.run(input, transaction).await
    }

    /// Stores the answer of a request that wrote nothing, if it has an `Idempotency-Key`. The caller must be authorized.
    ///
    /// # Errors
    /// 422 if the key is malformed or was used for another request, and the stored answer if it was used for this one.
    pub async fn keep<T: Answer>(self, answer: T) -> Result<T> {
        if let Some(claim) = self.claim {
            claim.keep_alone(&self.gateway, answer.stored()?).await?;
        }
        Ok(answer)
    }

    async fn run<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserWrite, I::Value) -> Result<T> + Send + 'static,
    {
        let factory = self.gateway.transactions(Some(self.principal), Some(self.origin.clone()));
        let transaction = async move |tx: &Tx| {
            let user = UserWrite::new(factory.user(tx));
            D::of(store::alive(&user).await?, true)?;
            let value = input.open(user.user().uuid())?;
            let answer = f(&user, value).await?;
            user.settle().await?;
            Ok(answer)
        };
        let answer = self.gateway.db().write(Scope::User(self.principal.user.uuid()), transaction).await;
        security_log::remember_refusal(&self.gateway, self.principal, &self.origin, None, &answer).await;
        answer
    }

    /// Returns a function that checks that `If-Match`, if it was sent, names the version of the given object.
    ///
    /// # Errors
    /// The function returns 412 if `If-Match` names another version.
    pub fn expected<T: Versioned + Serialize>(&self) -> impl Fn(&T) -> Result<()> + Send + use<D, T> {
        let if_match = self.if_match.clone();
        move |object| {
            let is_expected = is_expected(if_match.as_deref(), object.version());
            if is_expected { Ok(()) } else { Err(Error::stale(answer::shown(object)?)) }
        }
    }
}

impl<D: Demand> Describe for SignedIn<D> {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.secured();
        operation.repeatable();
        operation.refuses(D::REFUSALS);
        if D::BY_TICKET {
            operation.by_ticket();
        }
    }
}

/// Access to the directory tables, for callers who aren't known yet and for background jobs.
#[derive(Clone)]
pub struct Public {
    gateway: Gateway,
    origin: Option<Arc<Origin>>,
}

impl<S: Sync> FromRequestParts<S> for Public
where
    Gateway: FromRef<S>,
    Proxies: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let origin = Origin::of(parts, &Proxies::from_ref(state));
        Ok(Self { gateway: Gateway::from_ref(state), origin: Some(origin) })
    }
}

impl Public {
    pub fn new(gateway: &Gateway) -> Self {
        Self { gateway: gateway.clone(), origin: None }
    }

    /// Returns the gateway, for its clock, access tokens and tickets.
    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Returns the present time.
    pub fn now(&self) -> Time {
        self.gateway.transactions(None, None).now()
    }

    /// Makes an id.
    pub fn id<T>(&self) -> Id<T> {
        let factory = self.gateway.transactions(None, None);
        factory.context.ids.make(factory.now())
    }

    /// Returns the limits on the number of objects in one organization.
    pub fn limits(&self) -> Limits {
        self.gateway.transactions(None, None).context.limits
    }

    /// Removes from the disk what was deleted.
    pub async fn scrub(&self) -> Result<()> {
        self.gateway.db().scrub().await
    }

    /// Runs `f` in a read-only transaction on the directory tables.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&SystemTx) -> Result<T> + Send + 'static,
    {
        let factory = self.gateway.transactions(None, self.origin.clone());
        self.gateway.db().read(Scope::System, async move |tx: &Tx| f(&factory.system(tx)).await).await
    }

    /// Runs `f` in a transaction that can write to the directory tables.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&SystemTx) -> Result<T> + Send + 'static,
    {
        let factory = self.gateway.transactions(None, self.origin.clone());
        let transaction = async move |tx: &Tx| {
            let system = factory.system(tx);
            let answer = f(&system).await?;
            system.settle().await?;
            Ok(answer)
        };
        self.gateway.db().write(Scope::System, transaction).await
    }
}

impl Describe for Public {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}
