//! What holds whenever the ways to log in to an account change: who is told, and what ends.

pub(crate) mod http;
pub(crate) mod store;

use super::{accounts, links, sessions};
use crate::{
    access::{UserTx, UserWrite},
    base::error::{Code, Result},
    effects::mail::{AccountChange, Message, Outbox},
};

/// Gives the user another password and tells them. Every session but this transaction's ends.
pub async fn set_password(tx: &UserWrite, outbox: &Outbox, hash: &str) -> Result<()> {
    accounts::store::lock_user(tx).await?;
    accounts::store::set_password(tx, hash).await?;
    links::store::end_links(tx, links::Kind::Reset, None).await?;
    secure(tx, outbox, AccountChange::Password).await
}

/// Before the owner of the address takes the account over, takes away what whoever had it until now may have made to come
/// back with: API tokens; and where nobody had proved the address, passkeys and providers.
pub async fn evict(tx: &UserWrite) -> Result<()> {
    let me = accounts::lock_me(tx).await?;
    store::revoke_api_tokens(tx).await?;
    if !me.email_verified {
        store::delete_passkeys(tx).await?;
        store::delete_identities(tx).await?;
    }
    Ok(())
}

/// After a change of what proves that somebody is the user, who was locked before: they are told, and every session but
/// this transaction's ends, because whoever proved themselves otherwise may be somebody else.
pub async fn secure(tx: &UserWrite, outbox: &Outbox, change: AccountChange) -> Result<()> {
    let me = accounts::me(tx).await?;
    accounts::store::touch(tx).await?;
    // They may have asked for another address.
    end_changes(tx).await?;
    sessions::store::end_others(tx, tx.session()).await?;
    let message = Message::AccountChanged { name: me.name.to_string(), change };
    outbox.put(&tx.directory(), &me.email, message).await
}

/// Refuses to leave the user without any way to log in.
///
/// # Errors
/// 409.
pub async fn demand_way_in(tx: &UserTx) -> Result<()> {
    if store::has_way_in(tx).await? { Ok(()) } else { Err(Code::LastWayIn.into()) }
}

/// Ends what was asked for in other sessions: a change of address that isn't proved yet.
pub async fn end_changes(tx: &UserWrite) -> Result<()> {
    links::store::end_links(tx, links::Kind::Change, None).await
}

/// Logs the user out everywhere but here, and ends what was asked for there.
pub async fn end_other_sessions(tx: &UserWrite) -> Result<()> {
    end_changes(tx).await?;
    sessions::store::end_others(tx, tx.session()).await
}
