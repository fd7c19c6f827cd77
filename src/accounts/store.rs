//! The SQL of accounts and sessions.

use super::{NewUser, User, sessions::Session};
use crate::{
    access::{SystemTx, UserTx, UserWrite},
    clock::Time,
    db::{columns, sql},
    error::Result,
    id::{SessionId, UserId},
    text::{Email, Name, TimeZone},
};

pub(super) async fn insert_user(tx: &SystemTx, id: UserId, new: &NewUser) -> Result<()> {
    let verified_at = new.verified.then_some(tx.now());
    tx.execute(
        sql!(
            "insert into users (id, name, email, email_verified_at, time_zone, password_hash, version, created_at,
                                updated_at)
             values ($1, $2, $3, $4, $5, $6, 1, $7, $7)"
        ),
        &[
            &id,
            &new.name,
            &new.email.as_str(),
            &verified_at,
            &TimeZone::default(),
            &new.password_hash,
            &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Whether the address was free.
pub(super) async fn claim_email(tx: &SystemTx, email: &Email, user: UserId) -> Result<bool> {
    let sql = sql!("insert into user_emails (email, user_id) values ($1, $2) on conflict do nothing");
    Ok(tx.execute(sql, &[&email.canonical(), &user]).await? == 1)
}

struct Found {
    id: UserId,
    email: String,
    email_verified_at: Option<Time>,
    name: Name,
    time_zone: TimeZone,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

columns!(Found {
    id,
    email,
    email_verified_at,
    name,
    time_zone,
    version,
    created_at,
    updated_at
});

pub(super) async fn user(tx: &UserTx) -> Result<User> {
    let found: Found = tx
        .one(
            sql!(
                "select id, email, email_verified_at, name, time_zone, version, created_at, updated_at
                 from users where id = $1"
            ),
            &[],
        )
        .await?;
    Ok(User {
        id: found.id,
        email: found.email,
        email_verified: found.email_verified_at.is_some(),
        name: found.name,
        time_zone: found.time_zone,
        mfa_enabled: false,
        version: found.version,
        created_at: found.created_at,
        updated_at: found.updated_at,
    })
}

pub(super) async fn lock_user(tx: &UserWrite) -> Result<()> {
    tx.execute(sql!("update users set version = version where id = $1"), &[])
        .await
        .map(drop)
}

pub(super) async fn update_user(tx: &UserWrite, user: &User) -> Result<()> {
    tx.execute(
        sql!("update users set name = $2, time_zone = $3, version = $4, updated_at = $5 where id = $1"),
        &[&user.name, &user.time_zone, &user.version, &user.updated_at],
    )
    .await
    .map(drop)
}

/// What a login is checked against.
pub(super) struct Credential {
    pub user: UserId,
    pub password_hash: Option<String>,
    pub disabled_at: Option<Time>,
}

columns!(Credential {
    user,
    password_hash,
    disabled_at
});

pub(super) async fn credential(tx: &SystemTx, email: &Email) -> Result<Option<Credential>> {
    tx.maybe(
        sql!(
            "select u.id, u.password_hash, u.disabled_at
             from user_emails e join users u on u.id = e.user_id where e.email = $1"
        ),
        &[&email.canonical()],
    )
    .await
}

/// Replaces a hash by one with today's parameters, unless the password was changed meanwhile.
pub(super) async fn rehash(tx: &UserWrite, old: &str, new: &str) -> Result<()> {
    let sql = sql!("update users set password_hash = $3 where id = $1 and password_hash = $2");
    tx.execute(sql, &[&old, &new]).await.map(drop)
}

pub(super) async fn insert_session(tx: &UserWrite, device: Option<&str>) -> Result<()> {
    tx.execute(
        sql!(
            "insert into sessions (id, user_id, generation, created_at, refreshed_at, confirmed_at, device)
             values ($2, $1, 1, $3, $3, $3, $4)"
        ),
        &[&tx.session(), &tx.now(), &device],
    )
    .await
    .map(drop)
}

columns!(Session {
    user,
    generation,
    created_at,
    refreshed_at,
    ended_at,
    disabled_at
});

/// A session, locked for this transaction.
pub(super) async fn lock_session(tx: &SystemTx, id: SessionId) -> Result<Option<Session>> {
    tx.execute(
        sql!("update sessions set generation = generation where id = $1"),
        &[&id],
    )
    .await?;
    tx.maybe(
        sql!(
            "select s.user_id, s.generation, s.created_at, s.refreshed_at, s.ended_at, u.disabled_at
             from sessions s join users u on u.id = s.user_id where s.id = $1"
        ),
        &[&id],
    )
    .await
}

pub(super) async fn rotate_session(tx: &SystemTx, id: SessionId, generation: i64) -> Result<()> {
    let sql = sql!("update sessions set generation = $2, refreshed_at = $3 where id = $1");
    tx.execute(sql, &[&id, &generation, &tx.now()]).await.map(drop)
}

pub(super) async fn end_session(tx: &SystemTx, id: SessionId) -> Result<()> {
    tx.execute(
        sql!("update sessions set ended_at = $2 where id = $1 and ended_at is null"),
        &[&id, &tx.now()],
    )
    .await
    .map(drop)
}
