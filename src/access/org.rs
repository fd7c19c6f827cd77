//! The door to one organization's data.

use std::marker::PhantomData;

use axum::{extract::FromRequestParts, http::request::Parts};
use futures_util::join;
use schemars::SchemaGenerator;
use serde_json::json;

use super::{
    Action, Bearer, Entrance, Facts, OrgTx, OrgWrite, Role, Subject,
    bearer::Pass,
    demand_version,
    gate::{self, Which},
    if_match, policy,
};
use crate::{
    app::App,
    clock::Time,
    db::{Scope, Subscription, Tx},
    error::{Code, Error, Result},
    http::{
        describe::{Describe, Operation},
        input::{Input, Params},
    },
    id::OrgId,
    tickets::Holds,
};

/// The door to one organization's data, for one action. Everything is refused in the same order on every route:
/// credentials (401), membership and sight (404), permission (403), the input (4xx), the version (412).
pub struct Access<A> {
    app: App,
    bearer: Bearer,
    /// The only organization that the credential is good for, where it is a ticket.
    only: Option<OrgId>,
    params: Params,
    if_match: Option<String>,
    action: PhantomData<fn() -> A>,
}

/// For what goes on asking.
impl<A> Clone for Access<A> {
    fn clone(&self) -> Self {
        Self { app: self.app.clone(), params: self.params.clone(), if_match: self.if_match.clone(), ..*self }
    }
}

impl<A: Action> FromRequestParts<App> for Access<A> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let (bearer, only) = if A::BY_TICKET {
            Bearer::or_ticket(parts, app).await?
        } else {
            (Bearer::of(parts, app).await?, None)
        };
        let params = Params::of(parts, app).await;
        let if_match = if_match(&parts.headers);
        Ok(Self { app: app.clone(), bearer, only, params, if_match, action: PhantomData })
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

    /// Issues tickets, each with the time at which it expires: one stands for the caller's credential in a URL, once, in
    /// the transaction's organization.
    pub fn tickets(&self) -> impl Fn(&OrgTx) -> Result<(String, Time)> + Send + use<A> {
        let (app, bearer) = (self.app.clone(), self.bearer);
        move |tx| {
            let ticket = app.tickets().issue(tx.now(), Pass { bearer, org: tx.org() })?;
            Ok((ticket, tx.now() + Pass::LIFE))
        }
    }

    /// Waits for news of the organization, and of the caller's own account.
    ///
    /// # Errors
    /// 404 where there is none.
    pub async fn subscribe(&self) -> Result<Subscription> {
        let (_, org) = self.enter().await?;
        Ok(self.app.door().subscribe(org, self.bearer.user))
    }

    async fn enter(&self) -> Result<(Entrance, OrgId)> {
        let entrance = Entrance::new(self.app.door(), Some(self.bearer));
        let org = self.app.door().org(self.params.text("org")).await?;
        if let Some(org) = org.filter(|org| self.only.is_none_or(|only| only == *org)) {
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
        if A::BY_TICKET {
            operation.by_ticket();
        }
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
