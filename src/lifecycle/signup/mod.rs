//! Signing up: creates an account, its first session, and the membership that an invitation offers.

pub(crate) mod http;

use crate::{
    access::{
        SystemTx, UserWrite,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        id::Id,
    },
    effects::mail::{Message, Outbox},
    identity::{
        accounts::{
            self, NewUser,
            rules::{EmailVerification, Rules},
        },
        links::PendingSignup,
        recovery, security,
    },
    lifecycle::membership,
    workspace::invitations::{self, Key, Token},
};

/// Signs up, with the invitation that this token belongs to. Returns the user, or `None` where the address must be
/// verified first. A token that was mailed proves the address: an account that somebody else made with it is handed over.
///
/// # Errors
/// 403 if the invitation is for another address; 409 if the address has an account, or if the organization has too many
/// members; 422 if the token was never issued, and unless the invitation is pending.
async fn sign_up(
    tx: &SystemTx,
    outbox: &Outbox,
    rules: Rules,
    new: &NewUser,
    token: Option<&Token>,
) -> Result<Option<UserWrite>> {
    // Looked up before the address is: without a token for it, nobody learns whether it has an account.
    let invitation = match token {
        Some(token) => Some(invitations::for_newcomer(tx, token, &new.email).await?),
        None => None,
    };
    let verified = invitation.is_some_and(|invitation| invitation.mailed);
    if !verified && rules.email_verification == EmailVerification::Required {
        apply(tx, outbox, new).await?;
        return Ok(None);
    }
    let holder = accounts::store::credential(tx, new.email.canonical()).await?;
    let user = match holder {
        Some(holder) if verified => {
            let user = tx.become_user(holder.user, tx.id());
            if holder.disabled_at.is_some() || !security::hand_over_to(&user, new).await? {
                return Err(Code::EmailTaken.into());
            }
            user
        }
        _ => accounts::create(tx, &NewUser { verified, ..new.clone() }).await?,
    };
    if let Some(token) = token {
        membership::accept(&user, &Key::Token(token.clone())).await.map_err(invitations::unusable)?;
    }
    if !verified {
        recovery::verification(&user, outbox, &new.name, &new.email, None).await?;
    }
    Ok(Some(user))
}

/// Signs up where addresses must be verified first. Succeeds whether or not the address has an account: only its holder
/// learns that, by mail. Does nothing while the throttle for mail to the address is exhausted.
async fn apply(tx: &SystemTx, outbox: &Outbox, new: &NewUser) -> Result<()> {
    if !throttle::admits(tx, &Throttle::mail(&new.email)).await? {
        return Ok(());
    }
    let user = match accounts::store::credential(tx, new.email.canonical()).await? {
        None => accounts::create(tx, new).await?,
        Some(holder) => {
            let user = tx.become_user(holder.user, Id::NIL);
            if holder.disabled_at.is_some() || !accounts::store::is_unfinished(&user).await? {
                let message = Message::AlreadyRegistered { name: holder.name.to_string() };
                return outbox.put(tx, &holder.email, message).await;
            }
            user
        }
    };
    let password_hash = new.password_hash.clone().unwrap_or_default();
    let said = PendingSignup { name: new.name.clone(), password_hash };
    recovery::verification(&user, outbox, &new.name, &new.email, Some(&said)).await
}
