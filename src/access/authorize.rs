//! Authorization: what a request is asked before it is allowed to do anything, as functions that whoever acts for a
//! caller can ask too.

use std::time::Duration;

use futures_util::join;

use super::{
    Action, Credential, Facts, Ledger, Membership, OrgTx, OrgWrite, Resource, Viewer,
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

/// How long a session counts as confirmed.
const CONFIRMED: Duration = Duration::from_mins(10);

/// A credential that is good, and whether it is a session that proved itself in the last minutes.
#[derive(Debug, Clone, Copy)]
pub struct Proof {
    credential: Credential,
    confirmed: bool,
}

impl Proof {
    pub(super) fn of_session(credential: Credential, now: Time, confirmed_at: Time) -> Self {
        Self { credential, confirmed: now < confirmed_at + CONFIRMED }
    }

    pub(super) const fn of_token(credential: Credential) -> Self {
        Self { credential, confirmed: false }
    }

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

    /// # Errors
    /// 403 for an API token that reaches one organization only.
    pub(super) fn demand_everywhere(self) -> Result<()> {
        match self.credential {
            Credential::Token(Grant { org: Some(_), .. }) => Err(Code::TokenNotAllowed.into()),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// 403 for an API token.
    pub(super) fn demand_session(self) -> Result<()> {
        match self.credential {
            Credential::Token(_) => Err(Code::TokenNotAllowed.into()),
            Credential::Session(_) => Ok(()),
        }
    }

    /// # Errors
    /// 403 for an API token, and for a session that didn't prove itself lately.
    pub(super) fn demand_confirmed(self) -> Result<()> {
        self.demand_session()?;
        if self.confirmed { Ok(()) } else { Err(Code::ConfirmationRequired.into()) }
    }
}

/// An action that the caller may take: the transaction in which it was asked, and what it is taken on.
pub struct Authorized<T, R> {
    pub tx: T,
    pub resource: R,
}

/// Asks, in this order: is the credential good (401); is the caller a member, and do they see what the path names (404);
/// does the credential have the scope, does the policy allow the action, and did the session prove itself where the
/// action takes that (403).
pub async fn authorize<A: Action>(viewer: Viewer, path: &Params) -> Result<Authorized<OrgTx, A::Resource>> {
    let (member, resource) = join!(store::member(&viewer, Which::Live), A::Resource::find(&viewer, path));
    let (proof, member) = member?;
    let tx = OrgTx::new(viewer, member);
    let resource = allowed::<A>(&tx, proof, resource?, false)?;
    Ok(Authorized { tx, resource })
}

/// The same for an action that writes. The organization's ledger is locked first, so that its writes are in one order and
/// everything after sees the truth; a stranger takes no lock.
pub async fn authorize_write<A: Action>(
    viewer: Viewer,
    path: &Params,
) -> Result<Authorized<OrgWrite, A::Resource>> {
    let which = if A::RESTORES { Which::Restorable } else { Which::Live };
    let (ledger, member, resource): (Result<Option<Ledger>>, Result<(Proof, Membership)>, _) =
        join!(store::lock(&viewer), store::member(&viewer, which), A::Resource::find(&viewer, path));
    let (proof, member) = member?;
    let ledger = ledger?.ok_or(Code::NotFound)?;
    let tx = OrgWrite::new(OrgTx::new(viewer, member), ledger);
    let resource = allowed::<A>(&tx, proof, resource?, true)?;
    Ok(Authorized { tx, resource })
}

/// Sight, then scope, permission and confirmation. What isn't seen isn't there; nor is what is deleted, for who may not
/// restore it.
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
    proof.demand_scope(write)?;
    tx.demand(A::permission(&resource, tx), resource.facts(tx))?;
    if A::SENSITIVE {
        proof.demand_confirmed()?;
    }
    Ok(resource)
}
