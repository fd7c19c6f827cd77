//! The SQL of sessions.

use std::{net::IpAddr, time::Duration};

use super::{Row, device::Device};
use crate::{
    access::{SESSION_IDLE, SESSION_LIFE, SystemTx, UserTx, UserWrite},
    base::{
        error::Result,
        id::{SessionId, UserId},
    },
    db::{columns, sql},
    http::client::{Client, network},
};

columns!(Row {
    id: "s.id",
    user: "s.user_id",
    generation: "s.generation",
    created_at: "s.created_at",
    refreshed_at: "s.refreshed_at",
    ended_at: "s.ended_at",
    disabled_at: "u.disabled_at",
    current_epoch: "s.session_epoch = u.session_epoch",
    device: "s.device",
    address: "s.address",
});

pub(super) async fn insert(tx: &UserWrite, session_epoch: i64, client: &Client) -> Result<()> {
    tx.execute(
        sql!(
            "insert into sessions (id, user_id, generation, session_epoch, created_at, refreshed_at, confirmed_at, device, address,
                                   network)
             values ($2, $1, 1, $3, $4, $4, $4, $5, $6, $7)"
        ),
        &[
            &tx.session(),
            &session_epoch,
            &tx.now(),
            &client.device,
            &client.address.to_string(),
            &network(client.address).to_string(),
        ],
    )
    .await
    .map(drop)
}

/// The maximum number of a user's sessions that are kept, ended ones included.
const MOST: i64 = 1_000;

/// Deletes the caller's oldest sessions if there are more than 1,000, so that logging in again and again fills nothing.
pub(super) async fn drop_oldest(tx: &UserWrite) -> Result<()> {
    let sql = sql!(
        "delete from sessions where user_id = $1
           and id <= (select id from sessions where user_id = $1 order by id desc limit 1 offset $2)"
    );
    tx.execute(sql, &[&MOST]).await.map(drop)
}

/// Locks a session for this transaction and returns it.
pub(super) async fn lock(tx: &SystemTx, id: SessionId) -> Result<Option<Row>> {
    tx.execute(sql!("update sessions set generation = generation where id = $1"), &[&id]).await?;
    tx.maybe(
        sql!("select ", Row::COLUMNS, " from sessions s join users u on u.id = s.user_id where s.id = $1"),
        &[&id],
    )
    .await
}

pub(super) async fn rotate(tx: &SystemTx, id: SessionId, generation: i64) -> Result<()> {
    let sql = sql!("update sessions set generation = $2, refreshed_at = $3 where id = $1");
    tx.execute(sql, &[&id, &generation, &tx.now()]).await.map(drop)
}

/// Ends the session of this transaction.
pub(super) async fn end(tx: &UserWrite) -> Result<()> {
    let sql = sql!("update sessions set ended_at = $3 where user_id = $1 and id = $2 and ended_at is null");
    tx.execute(sql, &[&tx.session(), &tx.now()]).await.map(drop)
}

/// Returns a page of the caller's sessions that haven't ended, the newest first.
pub(super) async fn page(tx: &UserTx, before: SessionId, rows: i64) -> Result<Vec<Row>> {
    tx.all(
        sql!(
            "select ", Row::COLUMNS, " from sessions s join users u on u.id = s.user_id
             where s.user_id = $1 and s.id < $2 and s.ended_at is null and s.session_epoch = u.session_epoch and s.created_at > $3
               and s.refreshed_at > $4
             order by s.id desc limit $5"
        ),
        &[&before, &(tx.now() - SESSION_LIFE), &(tx.now() - SESSION_IDLE), &rows],
    )
    .await
}

/// Ends one of the caller's sessions. Returns `false` if there is no such session, or if it has already ended.
pub(super) async fn end_own(tx: &UserWrite, id: SessionId) -> Result<bool> {
    let sql = sql!(
        "update sessions set ended_at = $3
         where user_id = $1 and id = $2 and ended_at is null and created_at > $4 and refreshed_at > $5
           and session_epoch = (select session_epoch from users where id = $1)"
    );
    let now = tx.now();
    Ok(tx.execute(sql, &[&id, &now, &(now - SESSION_LIFE), &(now - SESSION_IDLE)]).await? == 1)
}

/// Returns the number of the user's sessions besides this transaction's.
pub(crate) async fn count_others(tx: &UserTx) -> Result<i64> {
    let (now, session) = (tx.now(), tx.session());
    let sql = sql!(
        "select count(*) from sessions s join users u on u.id = s.user_id
         where s.user_id = $1 and s.id <> $2 and s.ended_at is null and s.created_at > $3 and s.refreshed_at > $4
           and s.session_epoch = u.session_epoch"
    );
    Ok(tx.one::<(i64,)>(sql, &[&session, &(now - SESSION_LIFE), &(now - SESSION_IDLE)]).await?.0)
}

/// Ends the user's sessions except this one. A login that is under way with the old session epoch gets a session that
/// has already ended.
pub(crate) async fn end_others(tx: &UserWrite, keep: SessionId) -> Result<()> {
    tx.execute(sql!("update users set session_epoch = session_epoch + 1 where id = $1"), &[]).await?;
    let sql = sql!("update sessions set session_epoch = session_epoch + 1 where user_id = $1 and id = $2");
    tx.execute(sql, &[&keep]).await.map(drop)
}

/// Marks the session of this transaction as confirmed now.
pub(crate) async fn confirm(tx: &UserWrite) -> Result<()> {
    let sql = sql!("update sessions set confirmed_at = $3 where user_id = $1 and id = $2");
    tx.execute(sql, &[&tx.session(), &tx.now()]).await.map(drop)
}

/// Returns whether the user has logged in from this network, as far back as sessions are kept.
pub(crate) async fn came_from(tx: &SystemTx, user: UserId, network: IpAddr) -> Result<bool> {
    let sql = sql!("select id from sessions where user_id = $1 and network = $2 limit 1");
    Ok(tx.maybe::<(SessionId,)>(sql, &[&user, &network.to_string()]).await?.is_some())
}

/// Returns whether this is a session of the user, ended or not, since the last change that ended all of them.
pub(super) async fn is_of(tx: &SystemTx, user: UserId, session: SessionId) -> Result<bool> {
    let sql = sql!(
        "select s.id from sessions s join users u on u.id = s.user_id
         where s.user_id = $1 and s.id = $2 and s.session_epoch = u.session_epoch"
    );
    Ok(tx.maybe::<(SessionId,)>(sql, &[&user, &session]).await?.is_some())
}

/// How long sessions are kept after their last refresh: 180 days, twice the maximum lifetime. Until then they tell which
/// networks and devices their user has logged in from.
pub(super) const REMEMBERED: Duration = SESSION_LIFE.saturating_mul(2);

/// The maximum number of sessions whose devices are compared with that of a login.
const DEVICES: i64 = 200;

/// Returns the devices of the user's last sessions.
pub(super) async fn devices(tx: &UserTx) -> Result<Vec<Device>> {
    let sql = sql!("select device, address from sessions where user_id = $1 order by id desc limit $2");
    let found = tx.all::<(Option<String>, Option<String>)>(sql, &[&DEVICES]).await?;
    Ok(found.iter().map(|(device, address)| Device::stored(device.as_deref(), address.as_deref())).collect())
}

/// Deletes up to 1000 sessions that are no longer remembered. Returns how many it deleted.
pub(crate) async fn sweep(tx: &SystemTx) -> Result<u64> {
    let sql = sql!(
        "delete from sessions where id in (select id from sessions where refreshed_at < $1 order by refreshed_at limit 1000)"
    );
    tx.execute(sql, &[&(tx.now() - REMEMBERED)]).await
}
