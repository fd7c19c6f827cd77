//! The door to one organization's data.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};
use futures_util::join;
use schemars::SchemaGenerator;
use serde_json::json;

use super::{
    Action, Bearer, Entrance, Facts, OrgTx, OrgWrite, Role, Subject, demand_version,
    gate::{self, Which},
    if_match, policy,
};
use crate::{
    app::App,
    db::{Scope, Tx},
    error::{Code, Error, Result},
    http::{
        describe::{Describe, Operation},
        input::{Input, Params},
    },
    id::OrgId,
};

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
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let bearer = Bearer::of(parts, app).await?;
        let params = Params::of(parts, app).await;
        let if_match = if_match(&parts.headers);
        Ok(Self { app: app.clone(), bearer, params, if_match, action: PhantomData })
    }
}

impl<A: Action> Access<A> {
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
        let Self { app, params, if_match, .. } = self;
        let transaction = async move |tx: &Tx| {
            let viewer = entrance.viewer(tx, org);
            let (member, subject) =
                join!(gate::member(&viewer, Which::Live), A::Subject::find(&viewer, &params));
            let (proof, member) = member?;
            let tx = OrgTx::new(viewer, member);
            let subject = sight::<A>(&tx, subject?)?;
            proof.demand_scope(false)?;
            let value = admit::<A, I>(&tx, proof, &subject, &input, if_match.as_deref())?;
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
        let Self { app, params, if_match, .. } = self;
        let transaction = async move |tx: &Tx| {
            let viewer = entrance.viewer(tx, org);
            let which = if A::RESTORES { Which::Restorable } else { Which::Live };
            let (ledger, member, subject) =
                join!(gate::lock(&viewer), gate::member(&viewer, which), A::Subject::find(&viewer, &params));
            let (proof, member) = member?;
            let ledger = ledger?.ok_or(Code::NotFound)?;
            let tx = OrgWrite::new(OrgTx::new(viewer, member), ledger);
            let subject = sight::<A>(&tx, subject?)?;
            proof.demand_scope(true)?;
            let value = admit::<A, I>(&tx, proof, &subject, &input, if_match.as_deref())?;
            f(&tx, subject, value).await
        };
        app.door().db.write(Scope::Tenant(org.uuid()), transaction).await
    }

    async fn enter(&self) -> Result<(Entrance, OrgId)> {
        let entrance = Entrance::new(self.app.door(), Some(self.bearer));
        if let Some(org) = self.app.door().org(self.params.text("org")).await? {
            return Ok((entrance, org));
        }
        // A session that ended is told so before anything else.
        let session = async move |tx: &Tx| gate::alive(&entrance.user(tx)).await;
        self.app.door().db.read(Scope::User(self.bearer.user.uuid()), session).await?;
        Err(Code::NotFound.into())
    }
}

/// What isn't seen isn't there; nor is what is deleted, for who may not restore it.
fn sight<A: Action>(tx: &OrgTx, subject: Option<A::Subject>) -> Result<A::Subject> {
    if subject.is_none() && A::Subject::SECRET {
        tx.demand(A::PERMISSION, Facts::default())?;
    }
    let seen = |it: &A::Subject| !it.is_deleted() || tx.may(A::permission(it, tx), it.facts(tx));
    subject.filter(seen).ok_or_else(|| Code::NotFound.into())
}

/// The last part of the gate: permission, input, version.
fn admit<A: Action, I: Input>(
    tx: &OrgTx,
    proof: gate::Proof,
    subject: &A::Subject,
    input: &I,
    if_match: Option<&str>,
) -> Result<I::Value> {
    tx.demand(A::permission(subject, tx), subject.facts(tx))?;
    if A::SENSITIVE {
        proof.demand_confirmed()?;
    }
    let value = input.open(tx.org().uuid())?;
    demand_version(if_match, subject.version())?;
    Ok(value)
}

impl<A: Action> Describe for Access<A> {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.secured();
        operation.refuses(&[Code::NotFound, Code::InsufficientScope]);
        if A::SENSITIVE {
            operation.refuses(&[Code::TokenNotAllowed, Code::ConfirmationRequired]);
        }
        let required = policy::required_role(A::PERMISSION);
        if required != Role::Member {
            operation.refuses(&[Code::Forbidden]);
        }
        operation.extension("x-permission", json!(A::PERMISSION.as_str()));
        operation.extension("x-required-role", json!(required));
        if A::Subject::VERSIONED && matches!(operation.method, "PATCH" | "DELETE") {
            operation.refuses(&[Code::PreconditionFailed]);
        }
    }
}
