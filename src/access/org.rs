//! The extractor [`Access`], which authorizes a handler for one organization's data.

use std::{marker::PhantomData, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use serde_json::json;
use tokio::sync::oneshot;

use super::{
    Action, Gateway, OrgTx, OrgWrite, Principal, Resource, Role,
    authorize::{Authorized, authorize},
    batch::{self, Handover, Write},
    gateway::TxFactory,
    idempotency::Claim,
    if_match, policy,
    principal::{OrgPass, PASS_LIFE},
    security_log::{self, Origin},
    store,
};
use crate::{
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{OrgId, UserId},
    },
    db::{Scope, Subscription, Tx},
    http::{
        client::Proxies,
        describe::{Describe, Operation},
        idempotency::Answer,
        input::{Input, Params},
        schemas::Schemas,
        written::Written,
    },
};

/// Access to one organization's data, for one action. Every route checks in the same order: the credential (401), the
/// caller's membership (404), whether the organization is disabled (403), whether they see the resource (404), the permission
/// (403), the input (4xx), and the version (412).
pub struct Access<A> {
    gateway: Gateway,
    principal: Principal,
    /// The only organization that the credential is valid in, if the credential is a ticket.
    only: Option<OrgId>,
    origin: Arc<Origin>,
    params: Params,
    if_match: Option<String>,
    claim: Option<Claim>,
    written: Written,
    /// Takes the write instead of the database, if the request is an operation of a batch.
    handover: Option<Handover>,
    action: PhantomData<fn() -> A>,
}

/// For handlers that authorize repeatedly, such as event streams.
impl<A> Clone for Access<A> {
    fn clone(&self) -> Self {
        Self {
            gateway: self.gateway.clone(),
            origin: self.origin.clone(),
            params: self.params.clone(),
            if_match: self.if_match.clone(),
            claim: self.claim.clone(),
            written: self.written.clone(),
            handover: self.handover.clone(),
            ..*self
        }
    }
}

impl<S, A> FromRequestParts<S> for Access<A>
where
    S: Send + Sync,
    A: Action,
    Gateway: FromRef<S>,
    Proxies: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let gateway = Gateway::from_ref(state);
        let handover = parts.extensions.get::<Handover>().cloned();
        let origin = match &handover {
            Some(batch) => batch.origin.clone(),
            None => Origin::of(parts, &Proxies::from_ref(state)),
        };
        let written = match &handover {
            Some(batch) => batch.written.clone(),
            None => parts.extensions.get().cloned().unwrap_or_default(),
        };
        let (principal, only) = match &handover {
            Some(batch) => (batch.principal, None),
            None if A::BY_TICKET => {
                let (principal, pass) = Principal::or_ticket(parts, &gateway, &origin).await?;
                (principal, pass.map(|OrgPass { org, .. }| org))
            }
            None => (Principal::of(parts, &gateway, &origin).await?, None),
        };
        let params = Params::of(parts, state).await;
        let if_match = if_match(&parts.headers);
        let claim = gateway.claim(principal.user, parts);
        let action = PhantomData;
        Ok(Self { gateway, principal, only, origin, params, if_match, claim, written, handover, action })
    }
}

impl<A: Action> Access<A> {
    /// Authorizes the caller and runs `f` in a read-only transaction, whose statements all see the same snapshot of the
    /// database.
    ///
    /// # Errors
    /// 401, 404 and 403 from the authorization, 4xx for an invalid input, and the errors of `f`.
    pub async fn read<I, T, F>(self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&OrgTx, A::Resource, I::Value) -> Result<T> + Send + 'static,
    {
        self.snapshot(input, f, false).await
    }

    /// Does the same for an action that writes later, in [`Access::write`]: an API token needs the scope to write.
    ///
    /// # Errors
    /// Those of [`Access::read`].
    pub async fn look<I, T, F>(self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&OrgTx, A::Resource, I::Value) -> Result<T> + Send + 'static,
    {
        self.snapshot(input, f, true).await
    }

    async fn snapshot<I, T, F>(self, input: I, f: F, write: bool) -> Result<T>
    where
        I: Input,
        T: Send + 'static,
        F: AsyncFn(&OrgTx, A::Resource, I::Value) -> Result<T> + Send + 'static,
    {
        if self.handover.is_some() {
            return Err(Code::NotInBatch.into());
        }
        let (factory, org) = self.resolve().await?;
        let Self { gateway, principal, origin, params, .. } = self;
        let transaction = async move |tx: &Tx| {
            let Authorized { tx, resource } = authorize::<A>(factory.viewer(tx, org), &params, write).await?;
            let value = input.open(org.uuid())?;
            f(&tx, resource, value).await
        };
        let answer = gateway.db().read(Scope::Tenant(org.uuid()), gateway.metered(org, transaction)).await;
        security_log::remember_refusal(&gateway, principal, &origin, Some(org), &answer).await;
        answer
    }

    /// Authorizes the caller and runs `f` in a transaction that holds the lock on the organization's ledger. `f` returns
    /// the whole answer, which the transaction stores if the request has an `Idempotency-Key`.
    ///
    /// # Errors
    /// Those of [`Access::read`]; 422 if the `Idempotency-Key` is malformed or was used for another request, and the
    /// stored answer if it was used for this one; 412 if `If-Match` names another version.
    pub async fn write<I, T, F>(self, input: I, f: F) -> Result<T>
    where
        I: Input,
        T: Answer + Send + 'static,
        F: AsyncFn(&OrgWrite, A::Resource, I::Value) -> Result<T> + Send + 'static,
    {
        let (factory, org) = self.resolve().await?;
        let Self { gateway, principal, origin, params, if_match, claim, written, handover, .. } = self;
        let in_batch = handover.is_some();
        let types = PhantomData::<fn() -> (A, T)>;
        let write = Write { factory, org, params, if_match, claim, written, in_batch, input, f, types };
        if let Some(handover) = handover {
            return handover.give(write).await;
        }
        let transaction = async move |tx: &Tx| write.run(tx).await;
        let answer = gateway.db().write(Scope::Tenant(org.uuid()), gateway.metered(org, transaction)).await;
        security_log::remember_refusal(&gateway, principal, &origin, Some(org), &answer).await;
        answer
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

    /// Returns the mark that makes a request an operation of this one, and what receives its write.
    pub fn operation(&self) -> (Handover, oneshot::Receiver<batch::Operation>) {
        Handover::new(self.principal, self.origin.clone(), self.written.clone())
    }

    /// Returns the user whom the credential names. Whether it is valid is found out in a transaction.
    pub const fn user(&self) -> UserId {
        self.principal.user
    }

    /// Returns a function that issues a ticket and the time at which it expires. The ticket replaces the caller's
    /// credential in a URL, for one request in the transaction's organization.
    pub fn tickets(&self) -> impl Fn(&OrgTx) -> Result<(String, Time)> + Send + use<A> {
        let (gateway, principal) = (self.gateway.clone(), self.principal);
        move |tx| {
            let ticket = gateway.tickets().issue(tx.now(), OrgPass { principal, org: tx.org() })?;
            Ok((ticket, tx.now() + PASS_LIFE))
        }
    }

    /// Subscribes to changes of the organization and of the caller's account. Doesn't check the caller's membership,
    /// which [`Access::read`] does each time that changes are read.
    ///
    /// # Errors
    /// 404 if the path doesn't name an organization, or names another one than the caller's ticket; 401 instead if the
    /// credential isn't valid.
    pub async fn subscribe(&self) -> Result<Subscription> {
        let (_, org) = self.resolve().await?;
        Ok(self.gateway.subscribe(&[org], self.principal.user))
    }

    /// Returns the organization that the path names, and the factory for the caller's transactions.
    async fn resolve(&self) -> Result<(TxFactory, OrgId)> {
        let factory = self.gateway.transactions(Some(self.principal), Some(self.origin.clone()));
        let org = self.gateway.org(self.params.text("org")).await?;
        if let Some(org) = org.filter(|org| self.only.is_none_or(|only| only == *org)) {
            return Ok((factory, org));
        }
        // An invalid credential is refused with 401 even where the organization doesn't exist: 401 comes before 404.
        let session = async move |tx: &Tx| store::alive(&factory.user(tx)).await;
        self.gateway.db().read(Scope::User(self.principal.user.uuid()), session).await?;
        Err(Code::NotFound.into())
    }
}

impl<A: Action> Describe for Access<A> {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.secured();
        operation.repeatable();
        operation.refuses(&[Code::NotFound, Code::InsufficientScope, Code::OrganizationDisabled]);
        if A::BY_TICKET {
            operation.by_ticket();
        }
        if policy::is_sensitive(A::PERMISSION) {
            operation.refuses(&[Code::TokenNotAllowed, Code::ConfirmationRequired]);
        }
        let required = policy::required_role(A::PERMISSION);
        if required != Role::Member {
            operation.refuses(&[Code::Forbidden]);
        }
        operation.extension("x-permission", json!(A::PERMISSION.into_str()));
        operation.extension("x-required-role", json!(required));
        if A::Resource::VERSIONED && operation.method != "GET" {
            operation.refuses(&[Code::PreconditionFailed]);
        }
    }
}
