//! The doors to the two transactions that aren't about an organization.

use axum::{extract::FromRequestParts, http::request::Parts};
use schemars::SchemaGenerator;

use super::{Bearer, Entrance, SystemTx, UserTx, UserWrite, demand_version, gate, if_match};
use crate::{
    app::App,
    db::{Scope, Tx},
    error::{Error, Result},
    http::{
        describe::{Describe, Operation},
        input::{Input, Params},
    },
};

/// The door to the caller's own account.
pub struct SignedIn {
    app: App,
    bearer: Bearer,
    params: Params,
    if_match: Option<String>,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let bearer = app.tokens().authenticate(&parts.headers, app.clock().now())?;
        let params = Params::of(parts, app).await;
        Ok(Self {
            app: app.clone(),
            bearer,
            params,
            if_match: if_match(&parts.headers),
        })
    }
}

impl SignedIn {
    #[must_use]
    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// Reads, at one moment of the database.
    ///
    /// # Errors
    /// 401 without a live session, the refusals of the input, and those of `f`.
    pub async fn read<I, T, F>(&self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&UserTx, I::Value) -> Result<T> + Send + 'static,
    {
        let entrance = Entrance::new(self.app.door(), Some(self.bearer));
        let transaction = async move |tx: &Tx| {
            let user = entrance.user(tx);
            gate::session(&user).await?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        self.app
            .door()
            .db
            .read(Scope::User(self.bearer.user.uuid()), transaction)
            .await
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
            gate::session(&user).await?;
            let value = input.open(user.user().uuid())?;
            f(&user, value).await
        };
        self.app
            .door()
            .db
            .write(Scope::User(self.bearer.user.uuid()), transaction)
            .await
    }

    /// Refuses a write to another version than the one that `If-Match` names.
    ///
    /// # Errors
    /// 412.
    pub fn expected(&self) -> impl Fn(i64) -> Result<()> + Send + use<> {
        let if_match = self.if_match.clone();
        move |version| demand_version(if_match.as_deref(), Some(version))
    }
}

impl Describe for SignedIn {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.secured();
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
        self.0
            .door()
            .db
            .read(Scope::System, async move |tx: &Tx| f(&entrance.system(tx)).await)
            .await
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
        self.0
            .door()
            .db
            .write(Scope::System, async move |tx: &Tx| f(&entrance.system(tx)).await)
            .await
    }
}

impl Describe for Public {
    fn describe(_: &mut Operation, _: &mut SchemaGenerator) {}
}
