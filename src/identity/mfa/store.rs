//! The SQL of second factors.

use super::Generator;
use crate::{
    access::{SystemTx, UserTx, UserWrite},
    base::{error::Result, id::UserId},
    db::{columns, sql},
};

columns!(Generator { secret: "secret", confirmed_at: "confirmed_at" });

/// Stores an unconfirmed generator. Replaces an earlier one, which the caller must have checked to be unconfirmed too.
pub(super) async fn insert_totp(tx: &UserWrite, sealed: &str) -> Result<()> {
    let sql = sql!(
        "insert into totps (user_id, secret, created_at, used_step) values ($1, $2, $3, 0)
         on conflict (user_id) do update set secret = excluded.secret, created_at = excluded.created_at, used_step = 0"
    );
    tx.execute(sql, &[&sealed, &tx.now()]).await.map(drop)
}

pub(super) async fn generator(tx: &UserTx) -> Result<Option<Generator>> {
    tx.maybe(sql!("select ", Generator::COLUMNS, " from totps where user_id = $1"), &[]).await
}

pub(super) async fn confirm_totp(tx: &UserWrite) -> Result<()> {
    tx.execute(sql!("update totps set confirmed_at = $2 where user_id = $1"), &[&tx.now()]).await.map(drop)
}

/// Marks the code of a time step as used. Returns `false` if the code of this step or of a later one was used before.
pub(super) async fn use_step(tx: &UserWrite, step: i64) -> Result<bool> {
    let sql = sql!("update totps set used_step = $2 where user_id = $1 and used_step < $2");
    Ok(tx.execute(sql, &[&step]).await? == 1)
}

/// Deletes the generator. Returns `false` if there is none.
pub(super) async fn delete_totp(tx: &UserWrite) -> Result<bool> {
    Ok(tx.execute(sql!("delete from totps where user_id = $1"), &[]).await? == 1)
}

pub(super) async fn insert_recovery_code(tx: &UserWrite, hash: &str) -> Result<()> {
    let sql = sql!("insert into recovery_codes (user_id, code_hash) values ($1, $2)");
    tx.execute(sql, &[&hash]).await.map(drop)
}

/// Marks a recovery code as used. Returns `false` if there is no such unused code.
pub(super) async fn use_recovery_code(tx: &UserWrite, hash: &str) -> Result<bool> {
    let sql = sql!(
        "update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null"
    );
    Ok(tx.execute(sql, &[&hash, &tx.now()]).await? == 1)
}

pub(super) async fn unused_recovery_codes(tx: &UserTx) -> Result<i64> {
    let sql = sql!("select count(*) from recovery_codes where user_id = $1 and used_at is null");
    Ok(tx.one::<(i64,)>(sql, &[]).await?.0)
}

pub(super) async fn delete_recovery_codes(tx: &UserWrite) -> Result<()> {
    tx.execute(sql!("delete from recovery_codes where user_id = $1"), &[]).await.map(drop)
}

/// Returns the encrypted secrets of the users whose ids follow this one, in the order of the ids.
pub(super) async fn sealed_after(tx: &SystemTx, user: UserId, rows: i64) -> Result<Vec<(UserId, String)>> {
    let sql = sql!("select user_id, secret from totps where user_id > $1 order by user_id limit $2");
    tx.all(sql, &[&user, &rows]).await
}

/// Replaces the encrypted form of a secret, unless the secret was replaced meanwhile.
pub(super) async fn reseal(tx: &SystemTx, user: UserId, old: &str, new: &str) -> Result<()> {
    let sql = sql!("update totps set secret = $3 where user_id = $1 and secret = $2");
    tx.execute(sql, &[&user, &old, &new]).await.map(drop)
}
