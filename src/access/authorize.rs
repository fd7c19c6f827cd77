//! Authorization: the checks that every request to an organization's data passes before its handler runs. They are
//! plain functions, so that other code that acts for a caller can use them too.

use std::time::Duration;

use futures_util::join;

use super::{
    Action, Credential, Facts, Membership, OrgTx, OrgWrite, Resource, Viewer,
    ledger::Ledger,
    policy,
    principal::Grant,
    store::{self, Which},
};
use crate::{
    base::{
        clock::Time,
        error::{Code, Result},
    },
    http::input::Params,
};

/// How long a session counts as confirmed after its user proved their identity.
const CONFIRMED: Duration = Duration::from_mins(10);

/// A valid credential, and whether it is a recently confirmed session.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    credential: Credential,
    confirmed: bool,
    in_batch: bool,
}

impl Proof {
    pub(super) fn of_session(credential: Credential, now: Time, confirmed_at: Time) -> Self {
        Self { credential, confirmed: now < confirmed_at + CONFIRMED, in_batch: false }
    }

    /// The credential of an API token, and of a caller whose confirmation nobody looked up.
    pub(super) const fn unconfirmed(credential: Credential) -> Self {
        Self { credential, confirmed: false, in_batch: false }
    }

    /// The same credential, presented by an operation of a batch.
    const fn of_operation(self, in_batch: bool) -> Self {
        Self { in_batch, ..self }
    }

    /// Checks that the credential has the scope to read or, with `write`, to write.
    ///
    /// # Errors
    /// 403 for an API token without the scope.
    pub(super) fn demand_scope(self, write: bool) -> Result<()> {
        match self.credential {
            Credential::Token(grant) if !(if write { grant.write } else { grant.read }) => {
                Err(Code::InsufficientScope.into())
            }
            _ => Ok(()),
        }
    }

    /// Checks that the credential isn't restricted to one organization.
    ///
    /// # Errors
    /// 403 for an API token that is restricted to one organization.
    pub(super) fn demand_everywhere(self) -> Result<()> {
        match self.credential {
            Credential::Token(Grant { org: Some(_), .. }) => Err(Code::TokenNotAllowed.into()),
            _ => Ok(()),
        }
    }

    /// Checks that the credential is a session.
    ///
    /// # Errors
    /// 403 for an API token.
    pub(super) fn demand_session(self) -> Result<()> {
        match self.credential {
            Credential::Token(_) => Err(Code::TokenNotAllowed.into()),
            Credential::Session(_) => Ok(()),
        }
    }

    /// Checks that the credential is a recently confirmed session.
    ///
    /// # Errors
    /// 403 for an API token, and for a session that wasn't confirmed recently; 422 in a batch.
    pub(super) fn demand_confirmed(self) -> Result<()> {
        self.demand_session()?;
        if self.in_batch {
            return Err(Code::NotInBatch.into());
        }
        if self.confirmed { Ok(()) } else { Err(Code::ConfirmationRequired.into()) }
    }
}

/// An authorized action: the transaction in which it was authorized, and the resource that it is performed on.
pub struct Authorized<T, R> {
    pub tx: T,
    pub resource: R,
}

/// Authorizes an action in a transaction that reads. With `write`, the action is to write in another one.
///
/// # Errors
/// In this order: 401 if the credential isn't valid; 404 if the caller isn't a member of the organization; 403 if it is
/// disabled; 404 if the caller can't see the resource; 403 if the credential lacks the scope, the policy doesn't allow the
/// action, or the action is sensitive and the credential isn't a recently confirmed session.
pub async fn authorize<A: Action>(
    viewer: Viewer,
    path: &Params,
    write: bool,
) -> Result<Authorized<OrgTx, A::Resource>> {
    let (member, resource) = join!(store::member(&viewer, Which::Live), A::Resource::find(&viewer, path));
    let (proof, member) = member?;
    let tx = OrgTx::new(viewer, member, proof);
    let resource = allowed::<A>(&tx, proof, resource?, write)?;
    Ok(Authorized { tx, resource })
}

/// Authorizes an action that writes. Locks the organization's ledger first, so that writes to one organization run one
/// after the other and everything that is read afterwards is current. A caller who isn't a member takes no lock. Sensitive
/// actions aren't authorized `in_batch`.
///
/// # Errors
/// Those of [`authorize`].
pub async fn authorize_write<A: Action>(
    viewer: Viewer,
    path: &Params,
    in_batch: bool,
) -> Result<Authorized<OrgWrite, A::Resource>> {
    let which = if A::RESTORES { Which::Restorable } else { Which::Live };
    let (ledger, member, resource): (Result<Option<Ledger>>, Result<(Proof, Membership)>, _) =
        join!(store::lock(&viewer), store::member(&viewer, which), A::Resource::find(&viewer, path));
    let (proof, member) = member?;
    let proof = proof.of_operation(in_batch);
    let ledger = ledger?.ok_or(Code::NotFound)?;
    let tx = OrgWrite::new(OrgTx::new(viewer, member, proof), ledger);
    let resource = allowed::<A>(&tx, proof, resource?, true)?;
    Ok(Authorized { tx, resource })
}

impl OrgWrite {
    /// Authorizes another action of the caller in the same transaction, as if it were a request of its own.
    ///
    /// # Errors
    /// 404 and 403, as those of [`authorize`].
    pub(crate) async fn authorize<A: Action>(&self, path: &Params) -> Result<A::Resource> {
        let resource = A::Resource::find(self, path).await?;
        allowed::<A>(self, self.proof(), resource, true)
    }
}

/// Checks that the caller sees the resource, then the scope and the permission. A resource
/// that the caller can't see doesn't exist for them; a deleted one doesn't exist for those without the permission.
fn allowed<A: Action>(
    tx: &OrgTx,
    proof: Proof,
    resource: Option<A::Resource>,
    write: bool,
) -> Result<A::Resource> {
    if resource.is_none() && A::Resource::SECRET {
        tx.demand(A::PERMISSION, Facts::default())?;
    }
    let seen = |it: &A::Resource| !it.is_deleted() || tx.may(A::permission(it, tx), it.facts(tx));
    let resource = resource.filter(seen).ok_or(Code::NotFound)?;
    let permission = A::permission(&resource, tx);
    let sensitive = policy::is_sensitive(permission);
    proof
        .demand_scope(write)
        .map_err(|refused| if sensitive { refused.of_sensitive_call() } else { refused })?;
    tx.demand(permission, resource.facts(tx))?;
    Ok(resource)
}
