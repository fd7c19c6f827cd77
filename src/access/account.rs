//! The doors to the two transactions that aren't about an organization.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};
use schemars::SchemaGenerator;

use super::{
    Bearer, Entrance, SystemTx, UserTx, UserWrite, demand_version,
    gate::{self, Proof},
    if_match,
};
use crate::{
    app::App,
    db::{Scope, Tx},
    error::{Code, Error, Result},
    http::{
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

/// The door to the caller's own account.
pub struct SignedIn<D = AnyCredential> {
    app: App,
    bearer: Bearer,
    params: Params,
    if_match: Option<String>,
    demand: PhantomData<fn() -> D>,
}

impl<D> FromRequestParts<App> for SignedIn<D> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let bearer = Bearer::of(parts, app).await?;
        let params = Params::of(parts, app).await;
        Ok(Self { app: app.clone(), bearer, params, if_match: if_match(&parts.headers), demand: PhantomData })
    }
}

impl<D: Demand> SignedIn<D> {
    #[must_use]
    pub const fn app(&self) -> &App {
        &self.app
    }

    #[must_use]
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
        let entrance = Entrance::new(self.app.door(), Some(self.bearer));
        let transaction = async move |tx: &Tx| {
            let user = entrance.user(tx);
            D::of(gate::alive(&user).await?, false)?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        let scope = Scope::User(self.bearer.user.uuid());
        self.app.door().db.read(scope, transaction).await
    }

    /// Writes.
    ///
    /// # Errors
    /// As [`SignedIn::read`].
    pub async fn write<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserWrite, I::Value) -> Result<T> + Send + 'static,
    {
        let entrance = Entrance::new(self.app.door(), Some(self.bearer));
        let transaction = async move |tx: &Tx| {
            let user = UserWrite::new(entrance.user(tx));
            D::of(gate::alive(&user).await?, true)?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        let scope = Scope::User(self.bearer.user.uuid());
        self.app.door().db.write(scope, transaction).await
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

/// The door for who isn't known yet.
pub struct Public(App);

impl FromRequestParts<App> for Public {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(app.clone()))
    }
}

impl Public {
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self(app.clone())
    }

    #[must_use]
    pub const fn app(&self) -> &App {
        &self.0
    }

    fn entrance(&self) -> Entrance {
        Entrance::new(self.0.door(), None)
    }

    /// Reads the directory tables.
    ///
    /// # Errors
    /// Those of `f`.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&SystemTx) -> Result<T> + Send + 'static,
    {
        let entrance = self.entrance();
        self.0.door().db.read(Scope::System, async move |tx: &Tx| f(&entrance.system(tx)).await).await
    }

    /// Writes the directory tables.
    ///
    /// # Errors
    /// Those of `f`.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: AsyncFn(&SystemTx) -> Result<T> + Send + 'static,
    {
        let entrance = self.entrance();
        self.0.door().db.write(Scope::System, async move |tx: &Tx| f(&entrance.system(tx)).await).await
    }
}

impl Describe for Public {
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}
