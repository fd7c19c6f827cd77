//! The rules for every change of an account's credentials: other sessions end, and the user is notified.

pub(crate) mod http;
pub(crate) mod store;

use super::{
    accounts::{self, NewUser},
    links, sessions,
};
use crate::{
    access::{
        UserTx, UserWrite,
        security_log::{self, Event},
    },
    base::{
        error::{Code, Result},
        id::{Id, TokenId},
    },
    effects::mail::{AccountChange, Message, Outbox},
};

/// Sets a new password and notifies the user. Every session except this transaction's ends, and so do links that reset
/// the password.
pub async fn set_password(tx: &UserWrite, outbox: &Outbox, hash: &str) -> Result<()> {
    accounts::store::lock_user(tx).await?;
    accounts::store::set_password(tx, hash).await?;
    for kind in [links::Kind::Reset, links::Kind::HandedReset] {
        links::store::end_links(tx, kind, None).await?;
    }
    secure(tx, outbox, AccountChange::Password).await
}

/// Hands the account over to somebody who has just proved that its address is theirs, if nobody had proved that before:
/// whoever made the account may be somebody else. Removes all that [`confirm_address`] removes, and ends every session;
/// the caller replaces the password. Returns whether it did; an account whose address was proved stays as it is.
pub async fn hand_over(tx: &UserWrite) -> Result<bool> {
    if !verify_and_clear(tx).await? {
        return Ok(false);
    }
    sessions::store::end_others(tx, Id::NIL).await?;
    security_log::record(tx, &Event::HandedOver).await?;
    Ok(true)
}

/// Hands the account over as [`hand_over`] does, and gives it the address, name and password of this sign-up.
pub async fn hand_over_to(tx: &UserWrite, new: &NewUser) -> Result<bool> {
    if !hand_over(tx).await? {
        return Ok(false);
    }
    accounts::store::take_up(tx, new).await?;
    Ok(true)
}

/// Verifies the account's address, if it isn't yet, for somebody who has proved that the address and the account are
/// both theirs: they followed the link of the account's own sign-up, or used a mailed secret while they were logged in.
/// Keeps the password and the sessions. Removes the credentials that would outlast a reset of the password: API tokens,
/// passkeys, linked identities and the second factor. Returns whether the address was unverified.
pub async fn confirm_address(tx: &UserWrite) -> Result<bool> {
    if !verify_and_clear(tx).await? {
        return Ok(false);
    }
    security_log::record(tx, &Event::EmailVerified).await?;
    Ok(true)
}

async fn verify_and_clear(tx: &UserWrite) -> Result<bool> {
    if accounts::lock_me(tx).await?.email_verified {
        return Ok(false);
    }
    revoke_api_tokens(tx).await?;
    store::delete_passkeys(tx).await?;
    store::delete_identities(tx).await?;
    store::delete_second_factor(tx).await?;
    links::store::end_all_links(tx).await?;
    accounts::store::verify_email(tx).await?;
    Ok(true)
}

/// Revokes all of the user's valid API tokens. Returns their ids.
pub async fn revoke_api_tokens(tx: &UserWrite) -> Result<Vec<TokenId>> {
    let revoked = store::revoke_api_tokens(tx).await?;
    for (id, org) in &revoked {
        security_log::record_both(tx, *org, &Event::ApiTokenRevoked { api_token_id: *id }).await?;
    }
    Ok(revoked.into_iter().map(|(id, _)| id).collect())
}

/// Secures the account after a change of its credentials. Ends every session except this transaction's, because
/// somebody else may have logged in with the old credentials, and notifies the user. The account must be locked.
pub async fn secure(tx: &UserWrite, outbox: &Outbox, change: AccountChange) -> Result<()> {
    let me = accounts::me(tx).await?;
    accounts::store::touch(tx).await?;
    // Somebody else who was logged in may have requested a change of the address.
    end_changes(tx).await?;
    sessions::store::end_others(tx, tx.session()).await?;
    security_log::record(tx, &event(tx, &change)).await?;
    let message = Message::AccountChanged { name: me.name.to_string(), change };
    outbox.put(&tx.directory(), &me.email, message).await
}

/// Returns what the security log records of a change. A password that is set without being logged in is a reset.
fn event(tx: &UserWrite, change: &AccountChange) -> Event {
    match change {
        AccountChange::Password if tx.session() == Id::NIL => Event::PasswordReset,
        AccountChange::Password => Event::PasswordChanged,
        AccountChange::SecondFactorOn => Event::SecondFactorEnabled,
        AccountChange::SecondFactorOff => Event::SecondFactorDisabled,
        AccountChange::RecoveryCodesReplaced => Event::RecoveryCodesReplaced,
        AccountChange::RecoveryCodeUsed { left } => Event::RecoveryCodeUsed { left: *left },
        AccountChange::PasskeyAdded { passkey } => Event::PasskeyAdded { name: passkey.clone() },
        AccountChange::PasskeyRemoved { passkey } => Event::PasskeyRemoved { name: passkey.clone() },
        AccountChange::ProviderLinked { provider } => Event::ProviderLinked { provider: provider.clone() },
        AccountChange::ProviderUnlinked { provider } => {
            Event::ProviderUnlinked { provider: provider.clone() }
        }
        AccountChange::FactorsRemoved => Event::FactorsRemoved,
    }
}

/// Checks that the user still has a way to log in.
///
/// # Errors
/// 409 if there is none.
pub async fn demand_way_in(tx: &UserTx) -> Result<()> {
    if store::has_way_in(tx).await? { Ok(()) } else { Err(Code::LastWayIn.into()) }
}

/// Ends the links for changes of the address that haven't been followed yet, which other sessions may have requested.
pub async fn end_changes(tx: &UserWrite) -> Result<()> {
    links::store::end_links(tx, links::Kind::Change, None).await
}

/// Ends every session except this transaction's, and the changes of the address that they may have requested.
pub async fn end_other_sessions(tx: &UserWrite) -> Result<()> {
    end_changes(tx).await?;
    sessions::store::end_others(tx, tx.session()).await?;
    security_log::record(tx, &Event::SessionsEnded).await
}
