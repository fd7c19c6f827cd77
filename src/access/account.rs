//! The extractors for the two kinds of transaction that aren't about an organization.

use std::marker::PhantomData;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use schemars::SchemaGenerator;

use super::{
    Gateway, Principal, SystemTx, UserTx, UserWrite, authorize::Proof, demand_version, if_match, store,
};
use crate::{
    base::error::{Code, Error, Result},
    db::{Scope, Tx},
    http::{
        client::Proxies,
        describe::{Describe, Operation},
        input::{Input, Params},
    },
};

/// What a caller must show for their own account.
pub trait Demand: 'static {
    /// # Errors
    /// 403 for a credential that isn't enough.
    fn of(proof: Proof, write: bool) -> Result<()>;
    /// What it refuses with.
    const REFUSALS: &'static [Code];
}

/// A session, or an API token with the scope. One that reaches a single organization only reads.
pub enum AnyCredential {}
impl Demand for AnyCredential {
    const REFUSALS: &'static [Code] = &[Code::InsufficientScope, Code::TokenNotAllowed];

    fn of(proof: Proof, write: bool) -> Result<()> {
        proof.demand_scope(write)?;
        if write { proof.demand_everywhere() } else { Ok(()) }
    }
}

/// A session: what is about credentials is out of an API token's reach.
pub enum InSession {}
impl Demand for InSession {
    const REFUSALS: &'static [Code] = &[Code::TokenNotAllowed];

    fn of(proof: Proof, _: bool) -> Result<()> {
        proof.demand_session()
    }
}

/// A session that proved itself lately.
pub enum Confirmed {}
impl Demand for Confirmed {
    const REFUSALS: &'static [Code] = &[Code::TokenNotAllowed, Code::ConfirmationRequired];

    fn of(proof: Proof, _: bool) -> Result<()> {
        proof.demand_confirmed()
    }
}

/// Access to the caller's own account.
pub struct SignedIn<D = AnyCredential> {
    gateway: Gateway,
    principal: Principal,
    params: Params,
    if_match: Option<String>,
    demand: PhantomData<fn() -> D>,
}

impl<S, D> FromRequestParts<S> for SignedIn<D>
where
    S: Send + Sync,
    Gateway: FromRef<S>,
    Proxies: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let (gateway, proxies) = (Gateway::from_ref(state), Proxies::from_ref(state));
        let principal = Principal::of(parts, &gateway, &proxies).await?;
        let params = Params::of(parts, state).await;
        let if_match = if_match(&parts.headers);
        Ok(Self { gateway, principal, params, if_match, demand: PhantomData })
    }
}

impl<D: Demand> SignedIn<D> {
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// Reads, at one moment of the database.
    ///
    /// # Errors
    /// 401 without a live session or token, 403 where it isn't enough, the refusals of the input, and those of `f`.
    pub async fn read<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserTx, I::Value) -> Result<T> + Send + 'static,
    {
        let factory = self.gateway.transactions(Some(self.principal));
        let transaction = async move |tx: &Tx| {
            let user = factory.user(tx);
            D::of(store::alive(&user).await?, false)?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        self.gateway.db().read(Scope::User(self.principal.user.uuid()), transaction).await
    }

    /// Writes.
    pub async fn write<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserWrite, I::Value) -> Result<T> + Send + 'static,
    {
        let factory = self.gateway.transactions(Some(self.principal));
        let transaction = async move |tx: &Tx| {
            let user = UserWrite::new(factory.user(tx));
            D::of(store::alive(&user).await?, true)?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        self.gateway.db().write(Scope::User(self.principal.user.uuid()), transaction).await
    }

    /// Refuses a write to another version than the one that `If-Match` names.
    ///
    /// # Errors
    /// 412.
    pub fn expected(&self) -> impl Fn(i64) -> Result<()> + Send + use<D> {
        let if_match = self.if_match.clone();
        move |version| demand_version(if_match.as_deref(), Some(version))
    }
}

impl<D: Demand> Describe for SignedIn<D> {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.secured();
        operation.refuses(D::REFUSALS);
    }
}

/// Access for callers who aren't known yet, and for jobs.
#[derive(Clone)]
pub struct Public(Gateway);

impl<S: Sync> FromRequestParts<S> for Public
where
    Gateway: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(Gateway::from_ref(state)))
    }
}

impl Public {
    pub fn new(gateway: &Gateway) -> Self {
        Self(gateway.clone())
    }

    /// What the server has at hand for a caller who isn't known: its clock, its keys, its tickets.
    pub const fn gateway(&self) -> &Gateway {
        &self.0
    }

    /// Reads the directory tables.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&SystemTx) -> Result<T> + Send + 'static,
    {
        let factory = self.0.transactions(None);
        self.0.db().read(Scope::System, async move |tx: &Tx| f(&factory.system(tx)).await).await
    }

    /// Writes the directory tables.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&SystemTx) -> Result<T> + Send + 'static,
    {
        let factory = self.0.transactions(None);
        self.0.db().write(Scope::System, async move |tx: &Tx| f(&factory.system(tx)).await).await
    }
}

impl Describe for Public {
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}
