//! The rules for every change of an account's credentials: other sessions end, and the user is notified.

pub(crate) mod http;
pub(crate) mod store;

use super::{accounts, links, sessions};
use crate::{
    access::{UserTx, UserWrite},
    base::error::{Code, Result},
    effects::mail::{AccountChange, Message, Outbox},
};

/// Sets a new password and notifies the user. Every session except this transaction's ends, and so do links that reset
/// the password.
pub async fn set_password(tx: &UserWrite, outbox: &Outbox, hash: &str) -> Result<()> {
    accounts::store::lock_user(tx).await?;
    accounts::store::set_password(tx, hash).await?;
    links::store::end_links(tx, links::Kind::Reset, None).await?;
    secure(tx, outbox, AccountChange::Password).await
}

/// Removes the credentials with which somebody else who used the account could return, before the address's owner takes
/// it over. Revokes all API tokens and, if the address wasn't verified, deletes the passkeys and linked identities.
pub async fn evict(tx: &UserWrite) -> Result<()> {
    let me = accounts::lock_me(tx).await?;
    store::revoke_api_tokens(tx).await?;
    if !me.email_verified {
        store::delete_passkeys(tx).await?;
        store::delete_identities(tx).await?;
    }
    Ok(())
}

/// Secures the account after a change of its credentials. Ends every session except this transaction's, because
/// somebody else may have logged in with the old credentials, and notifies the user. The account must be locked.
pub async fn secure(tx: &UserWrite, outbox: &Outbox, change: AccountChange) -> Result<()> {
    let me = accounts::me(tx).await?;
    accounts::store::touch(tx).await?;
    // Somebody else who was logged in may have requested a change of the address.
    end_changes(tx).await?;
    sessions::store::end_others(tx, tx.session()).await?;
    let message = Message::AccountChanged { name: me.name.to_string(), change };
    outbox.put(&tx.directory(), &me.email, message).await
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
    sessions::store::end_others(tx, tx.session()).await
}
