//! The SQL of passkeys.

use super::{PasskeyView, Stored};
use crate::{
    access::{SystemTx, UserTx, UserWrite},
    base::{error::Result, id::PasskeyId, text::Name},
    db::{columns, sql},
};

columns!(Stored { id: "id", user: "user_id", passkey: "passkey" });
columns!(PasskeyView { id: "id", name: "name", created_at: "created_at", last_used_at: "used_at" });

/// Returns all of the user's passkeys.
pub(super) async fn all(tx: &UserTx) -> Result<Vec<Stored>> {
    tx.all(sql!("select ", Stored::COLUMNS, " from passkeys where user_id = $1 order by id"), &[]).await
}

pub(super) async fn find(tx: &UserTx, id: PasskeyId) -> Result<Option<Stored>> {
    tx.maybe(sql!("select ", Stored::COLUMNS, " from passkeys where user_id = $1 and id = $2"), &[&id]).await
}

/// Returns the passkey with this credential id, of any user.
pub(super) async fn by_credential(tx: &SystemTx, credential: &str) -> Result<Option<Stored>> {
    tx.maybe(sql!("select ", Stored::COLUMNS, " from passkeys where credential_id = $1"), &[&credential])
        .await
}

/// Stores a passkey. Returns `false` if its credential id is already registered.
pub(super) async fn insert(
    tx: &UserWrite,
    view: &PasskeyView,
    credential: &str,
    passkey: &str,
) -> Result<bool> {
    let sql = sql!(
        "insert into passkeys (id, user_id, credential_id, name, passkey, created_at) values ($2, $1, $3, $4, $5, $6)
         on conflict do nothing"
    );
    Ok(tx.execute(sql, &[&view.id, &credential, &view.name, &passkey, &view.created_at]).await? == 1)
}

/// Records a login: the passkey with its new counter, and the time.
pub(super) async fn note_use(tx: &UserWrite, id: PasskeyId, passkey: &str) -> Result<()> {
    let sql = sql!("update passkeys set passkey = $3, used_at = $4 where user_id = $1 and id = $2");
    tx.execute(sql, &[&id, &passkey, &tx.now()]).await.map(drop)
}

/// Returns a page of the user's passkeys, the newest first.
pub(super) async fn page(tx: &UserTx, before: PasskeyId, rows: i64) -> Result<Vec<PasskeyView>> {
    let sql = sql!(
        "select ",
        PasskeyView::COLUMNS,
        " from passkeys where user_id = $1 and id < $2 order by id desc limit $3"
    );
    tx.all(sql, &[&before, &rows]).await
}

/// Deletes one of the user's passkeys. Returns its name, or `None` if there is no such passkey.
pub(super) async fn delete(tx: &UserWrite, id: PasskeyId) -> Result<Option<Name>> {
    let sql = sql!("delete from passkeys where user_id = $1 and id = $2 returning name");
    Ok(tx.maybe::<(Name,)>(sql, &[&id]).await?.map(|(name,)| name))
}
