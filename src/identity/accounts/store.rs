//! The SQL of accounts.

use super::{NewUser, User};
use crate::{
    access::{SystemTx, UserTx, UserWrite, idempotency, security_log},
    base::{
        clock::Time,
        error::Result,
        id::{OrgId, UserId},
        text::{Email, Name, TimeZone},
        words::folded,
    },
    db::{columns, sql},
};

pub(crate) async fn insert_user(tx: &SystemTx, id: UserId, new: &NewUser) -> Result<()> {
    let verified_at = new.verified.then_some(tx.now());
    tx.execute(
        sql!(
            "insert into users (id, name, email, email_verified_at, time_zone, password_hash, session_epoch, version, created_at,
                                updated_at, founded, name_folded, email_folded)
             values ($1, $2, $3, $4, $5, $6, 1, 1, $7, $7, 0, $8, $9)"
        ),
        &[
            &id,
            &new.name,
            &new.email.as_str(),
            &verified_at,
            &TimeZone::UTC,
            &new.password_hash,
            &tx.now(),
            &folded(new.name.as_str()),
            &folded(new.email.as_str()),
        ],
    )
    .await
    .map(drop)
}

/// Assigns an address to a user. Returns `false` if it is taken.
pub(crate) async fn claim_email(tx: &SystemTx, email: &Email, user: UserId) -> Result<bool> {
    let sql = sql!("insert into user_emails (email, user_id) values ($1, $2) on conflict do nothing");
    Ok(tx.execute(sql, &[&email.canonical(), &user]).await? == 1)
}

struct Found {
    id: UserId,
    email: String,
    email_verified_at: Option<Time>,
    name: Name,
    time_zone: TimeZone,
    has_password: bool,
    mfa_enabled: bool,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

columns!(Found {
    id: "u.id",
    email: "u.email",
    email_verified_at: "u.email_verified_at",
    name: "u.name",
    time_zone: "u.time_zone",
    has_password: "u.password_hash is not null",
    mfa_enabled: "exists (select 1 from totps t where t.user_id = $1 and t.confirmed_at is not null)",
    version: "u.version",
    created_at: "u.created_at",
    updated_at: "u.updated_at",
});

pub(crate) async fn user(tx: &UserTx) -> Result<User> {
    let found: Found = tx.one(sql!("select ", Found::COLUMNS, " from users u where u.id = $1"), &[]).await?;
    Ok(User {
        id: found.id,
        email: found.email,
        email_verified: found.email_verified_at.is_some(),
        name: found.name,
        time_zone: found.time_zone,
        has_password: found.has_password,
        mfa_enabled: found.mfa_enabled,
        version: found.version,
        created_at: found.created_at,
        updated_at: found.updated_at,
    })
}

/// Locks the user for this transaction. Returns `false` if the user is disabled or deleted.
pub(crate) async fn lock_user(tx: &UserWrite) -> Result<bool> {
    let sql = sql!("update users set version = version where id = $1 returning disabled_at");
    Ok(tx.one::<(Option<Time>,)>(sql, &[]).await?.0.is_none())
}

pub(crate) async fn update_user(tx: &UserWrite, user: &User) -> Result<()> {
    tx.execute(
        sql!(
            "update users set name = $2, time_zone = $3, version = $4, updated_at = $5, name_folded = $6 where id = $1"
        ),
        &[&user.name, &user.time_zone, &user.version, &user.updated_at, &folded(user.name.as_str())],
    )
    .await
    .map(drop)
}

/// The fields of an account that a login needs.
#[derive(Debug, Clone)]
pub struct Credential {
    pub user: UserId,
    pub name: Name,
    /// The address as it was given. Messages are sent to this form.
    pub email: String,
    pub email_verified_at: Option<Time>,
    pub password_hash: Option<String>,
    pub session_epoch: i64,
    pub disabled_at: Option<Time>,
}

columns!(Credential {
    user: "u.id",
    name: "u.name",
    email: "u.email",
    email_verified_at: "u.email_verified_at",
    password_hash: "u.password_hash",
    session_epoch: "u.session_epoch",
    disabled_at: "u.disabled_at",
});

/// Returns the account that has this address, given in its canonical form.
pub(crate) async fn credential(tx: &SystemTx, email: &str) -> Result<Option<Credential>> {
    tx.maybe(
        sql!(
            "select ",
            Credential::COLUMNS,
            " from user_emails e join users u on u.id = e.user_id where e.email = $1"
        ),
        &[&email],
    )
    .await
}

/// Returns the caller's own account.
pub(crate) async fn credential_of(tx: &UserTx) -> Result<Option<Credential>> {
    tx.maybe(sql!("select ", Credential::COLUMNS, " from users u where u.id = $1"), &[]).await
}

/// Returns whether this is an account: neither a deleted one nor a placeholder of an import, which have no address.
pub(crate) async fn is_account(tx: &SystemTx, id: UserId) -> Result<bool> {
    let sql = sql!("select id from users where id = $1 and email <> ''");
    Ok(tx.maybe::<(UserId,)>(sql, &[&id]).await?.is_some())
}

/// Replaces a password hash by one with the current parameters, unless the password was changed meanwhile.
pub(crate) async fn rehash(tx: &UserWrite, old: &str, new: &str) -> Result<()> {
    let sql = sql!("update users set password_hash = $3 where id = $1 and password_hash = $2");
    tx.execute(sql, &[&old, &new]).await.map(drop)
}

/// Returns the account's session epoch. Incrementing it ends every session that started before.
pub(crate) async fn session_epoch(tx: &UserWrite) -> Result<i64> {
    Ok(tx.one::<(i64,)>(sql!("select session_epoch from users where id = $1"), &[]).await?.0)
}

/// Sets the password hash. Doesn't mark the address as verified.
pub(crate) async fn set_password(tx: &UserWrite, hash: &str) -> Result<()> {
    tx.execute(sql!("update users set password_hash = $2 where id = $1"), &[&hash]).await.map(drop)
}

/// Increments the account's version.
pub(crate) async fn touch(tx: &UserWrite) -> Result<()> {
    let sql = sql!("update users set version = version + 1, updated_at = $2 where id = $1");
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

/// Returns whether the sign-up isn't finished: the address isn't verified and the account has no session, not even an
/// ended one.
pub(crate) async fn is_unfinished(tx: &UserWrite) -> Result<bool> {
    let sql = sql!(
        "select id from users where id = $1 and email_verified_at is null
         and not exists (select 1 from sessions s where s.user_id = $1)"
    );
    Ok(tx.maybe::<(UserId,)>(sql, &[]).await?.is_some())
}

/// Gives the account the name, password and spelling of the address of a sign-up. Doesn't mark the address as verified.
pub(crate) async fn take_up(tx: &UserWrite, new: &NewUser) -> Result<()> {
    let sql = sql!(
        "update users set name = $2, password_hash = $3, email = $4, version = version + 1, updated_at = $5,
             name_folded = $6, email_folded = $7
         where id = $1"
    );
    let (name, email) = (folded(new.name.as_str()), folded(new.email.as_str()));
    tx.execute(sql, &[&new.name, &new.password_hash, &new.email.as_str(), &tx.now(), &name, &email])
        .await
        .map(drop)
}

/// Marks the address as verified, unless it already is.
pub(crate) async fn verify_email(tx: &UserWrite) -> Result<()> {
    let sql = sql!(
        "update users set email_verified_at = $2, version = version + 1, updated_at = $2
         where id = $1 and email_verified_at is null"
    );
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

/// Replaces the address by another one, which is verified.
pub(crate) async fn set_email(tx: &UserWrite, email: &Email) -> Result<()> {
    let sql = sql!(
        "update users set email = $2, email_verified_at = $3, version = version + 1, updated_at = $3, email_folded = $4
         where id = $1"
    );
    tx.execute(sql, &[&email.as_str(), &tx.now(), &folded(email.as_str())]).await.map(drop)
}

/// Frees the user's address, so that another account can claim it.
pub(crate) async fn free_emails(tx: &UserWrite) -> Result<()> {
    tx.execute(sql!("delete from user_emails where user_id = $1"), &[]).await.map(drop)
}

/// Disables or enables the user.
pub(crate) async fn set_disabled(tx: &UserWrite, disabled: bool) -> Result<()> {
    let sql = sql!("update users set disabled_at = $2 where id = $1");
    tx.execute(sql, &[&disabled.then_some(tx.now())]).await.map(drop)
}

/// Anonymizes a deleted user: removes their name, address, password, the devices and network addresses of their
/// sessions, their mail tokens, their security log and the names of their API tokens. The row stays, because other rows
/// refer to it.
pub(crate) async fn anonymize(tx: &UserWrite) -> Result<()> {
    tx.execute(
        sql!(
            "update users set name = 'Deleted user', email = '', email_verified_at = null, time_zone = 'UTC',
                 name_folded = 'deleted user', email_folded = '', password_hash = null, disabled_at = $2, deleted_at = $2, version = version + 1, updated_at = $2
             where id = $1"
        ),
        &[&tx.now()],
    )
    .await?;
    tx.execute(
        sql!("update sessions set device = null, address = null, network = null where user_id = $1"),
        &[],
    )
    .await?;
    tx.execute(sql!("delete from mail_tokens where user_id = $1"), &[]).await?;
    security_log::erase(tx).await?;
    idempotency::erase(tx).await?;
    tx.execute(sql!("update api_tokens set name = '' where user_id = $1"), &[]).await.map(drop)
}

/// Returns the organizations that the caller is a member of.
pub(crate) async fn orgs(tx: &UserWrite) -> Result<Vec<OrgId>> {
    let found = tx
        .all::<(OrgId,)>(sql!("select org_id from user_orgs where user_id = $1 order by org_id"), &[])
        .await?;
    Ok(found.into_iter().map(|(org,)| org).collect())
}
