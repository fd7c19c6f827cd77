//! Deletion of accounts.

pub(crate) mod http;

use crate::{
    access::{UserWrite, throttle},
    base::{
        error::{Code, Result},
        id::Id,
    },
    http::answer::Counts,
    identity::{
        accounts::{self, User},
        security, sessions,
    },
    lifecycle::membership,
    workspace::{invitations, members},
};

/// Deletes an account, which the caller must have locked: anonymizes the user, ends their memberships and sessions, and
/// removes their credentials. Their work stays. Returns the number of things that were removed.
///
/// # Errors
/// 409 if the user is the last owner of an organization that isn't deleted.
pub async fn delete(tx: &UserWrite, user: &User) -> Result<Counts> {
    let email = accounts::stored_email(&user.email)?;
    let (mut organizations, mut unassigned, mut tokens) = (0, Vec::new(), Vec::new());
    let sessions = sessions::store::count_others(tx).await? + 1;
    for org in accounts::store::orgs(tx).await? {
        let Some(org) = tx.work_in_any(org).await? else { continue };
        let me = members::store::find(&org, tx.user()).await?.ok_or(Code::NotFound)?;
        let departure = membership::end(&org, me, None).await?;
        unassigned.extend(departure.unassigned);
        tokens.extend(departure.revoked_tokens);
        organizations += i64::from(!org.is_deleted());
    }
    invitations::erase_address(tx, &email, user.email_verified).await?;
    sessions::store::end_others(tx, Id::NIL).await?;
    tokens.extend(security::revoke_api_tokens(tx).await?);
    accounts::store::free_emails(tx).await?;
    security::store::delete_second_factor(tx).await?;
    security::store::delete_passkeys(tx).await?;
    security::store::delete_identities(tx).await?;
    throttle::forgive(&tx.directory(), tx.user(), email.canonical()).await?;
    accounts::store::anonymize(tx).await?;
    Ok(Counts::one("accounts")
        .and("memberships", organizations)
        .and_all("assignments", &unassigned)
        .and("sessions", sessions)
        .and_all("tokens", &tokens))
}
