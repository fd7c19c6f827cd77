//! The SQL of accounts and sessions.

use super::{
    NewUser, User,
    links::{Application, Kind, Redeemed},
};
use crate::{
    access::{SystemTx, UserTx, UserWrite},
    clock::Time,
    db::{columns, sql},
    error::Result,
    id::{OrgId, SessionId, UserId},
    text::{Email, Name, TimeZone},
};

pub(super) async fn insert_user(tx: &SystemTx, id: UserId, new: &NewUser) -> Result<()> {
    let verified_at = new.verified.then_some(tx.now());
    tx.execute(
        sql!(
            "insert into users (id, name, email, email_verified_at, time_zone, password_hash, epoch, version, created_at,
                                updated_at)
             values ($1, $2, $3, $4, $5, $6, 1, 1, $7, $7)"
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
    id,
    email,
    email_verified_at,
    name,
    time_zone,
    has_password,
    mfa_enabled,
    version,
    created_at,
    updated_at,
});

pub(super) async fn user(tx: &UserTx) -> Result<User> {
    let found: Found = tx
        .one(
            sql!(
                "select u.id, u.email, u.email_verified_at, u.name, u.time_zone, u.password_hash is not null,
                        exists (select 1 from totps t where t.user_id = $1 and t.confirmed_at is not null),
                        u.version, u.created_at, u.updated_at
                 from users u where u.id = $1"
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
        has_password: found.has_password,
        mfa_enabled: found.mfa_enabled,
        version: found.version,
        created_at: found.created_at,
        updated_at: found.updated_at,
    })
}

/// Locks the user for this transaction. Whether they may act.
pub(crate) async fn lock_user(tx: &UserWrite) -> Result<bool> {
    let sql = sql!("update users set version = version where id = $1 returning disabled_at");
    Ok(tx.one::<(Option<Time>,)>(sql, &[]).await?.0.is_none())
}

pub(super) async fn update_user(tx: &UserWrite, user: &User) -> Result<()> {
    tx.execute(
        sql!("update users set name = $2, time_zone = $3, version = $4, updated_at = $5 where id = $1"),
        &[&user.name, &user.time_zone, &user.version, &user.updated_at],
    )
    .await
    .map(drop)
}

/// The account that has an address.
#[derive(Debug, Clone)]
pub struct Credential {
    pub user: UserId,
    pub name: Name,
    /// As it was typed: mail goes there.
    pub email: String,
    pub email_verified_at: Option<Time>,
    pub password_hash: Option<String>,
    pub epoch: i64,
    pub disabled_at: Option<Time>,
}

columns!(Credential { user, name, email, email_verified_at, password_hash, epoch, disabled_at });

/// By the address in its canonical form.
pub(crate) async fn credential(tx: &SystemTx, email: &str) -> Result<Option<Credential>> {
    tx.maybe(
        sql!(
            "select u.id, u.name, u.email, u.email_verified_at, u.password_hash, u.epoch, u.disabled_at
             from user_emails e join users u on u.id = e.user_id where e.email = $1"
        ),
        &[&email],
    )
    .await
}

/// The caller's own.
pub(crate) async fn credential_of(tx: &UserTx) -> Result<Option<Credential>> {
    tx.maybe(
        sql!(
            "select id, name, email, email_verified_at, password_hash, epoch, disabled_at from users where id = $1"
        ),
        &[],
    )
    .await
}

/// Replaces a hash by one with today's parameters, unless the password was changed meanwhile.
pub(super) async fn rehash(tx: &UserWrite, old: &str, new: &str) -> Result<()> {
    let sql = sql!("update users set password_hash = $3 where id = $1 and password_hash = $2");
    tx.execute(sql, &[&old, &new]).await.map(drop)
}

/// Counts what ends every session.
pub(crate) async fn epoch(tx: &UserWrite) -> Result<i64> {
    Ok(tx.one::<(i64,)>(sql!("select epoch from users where id = $1"), &[]).await?.0)
}

/// A new password. It proves nothing about the address.
pub(super) async fn set_password(tx: &UserWrite, hash: &str) -> Result<()> {
    tx.execute(sql!("update users set password_hash = $2 where id = $1"), &[&hash]).await.map(drop)
}

/// A new version of the account.
pub(super) async fn touch(tx: &UserWrite) -> Result<()> {
    let sql = sql!("update users set version = version + 1, updated_at = $2 where id = $1");
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

/// Whether nobody has proved the address nor ever logged in: a sign-up that isn't finished.
pub(crate) async fn is_unfinished(tx: &UserWrite) -> Result<bool> {
    let sql = sql!(
        "select id from users where id = $1 and email_verified_at is null
         and not exists (select 1 from sessions s where s.user_id = $1)"
    );
    Ok(tx.maybe::<(UserId,)>(sql, &[]).await?.is_some())
}

/// Takes an account that nobody has used for its address's owner, who proved it otherwise than by mail: what was said at the
/// sign-up, perhaps by somebody else, is dropped.
pub(crate) async fn finish_otherwise(tx: &UserWrite, name: &Name, email: &Email) -> Result<()> {
    let sql = sql!(
        "update users set name = $2, email = $3, email_verified_at = $4, password_hash = null, epoch = epoch + 1,
             version = version + 1, updated_at = $4
         where id = $1"
    );
    tx.execute(sql, &[&name, &email.as_str(), &tx.now()]).await?;
    end_all_links(tx).await
}

/// Whether there is a password, a passkey or a provider.
pub(super) async fn has_way_in(tx: &UserTx) -> Result<bool> {
    let sql = sql!(
        "select u.password_hash is not null or exists (select 1 from passkeys p where p.user_id = $1)
                or exists (select 1 from identities i where i.user_id = $1)
         from users u where u.id = $1"
    );
    Ok(tx.one::<(bool,)>(sql, &[]).await?.0)
}

/// What was said with an address that is proved now, as long as the sign-up isn't finished. Whether it wasn't.
pub(super) async fn take_up(tx: &UserWrite, said: &Application, address: &str) -> Result<bool> {
    let sql = sql!(
        "update users set name = $2, password_hash = $3, email = $4, version = version + 1, updated_at = $5
         where id = $1 and email_verified_at is null and not exists (select 1 from sessions s where s.user_id = $1)"
    );
    Ok(tx.execute(sql, &[&said.name, &said.password_hash, &address, &tx.now()]).await? == 1)
}

/// What was said last with the account's address.
pub(super) async fn last_application(tx: &UserWrite) -> Result<Option<Application>> {
    tx.maybe(
        sql!(
            "select name, password_hash from mail_tokens
             where user_id = $1 and kind = 'verify' and password_hash is not null order by created_at desc limit 1"
        ),
        &[],
    )
    .await
}

columns!(Application { name, password_hash });

/// Takes the address for proved.
pub(super) async fn verify_email(tx: &UserWrite) -> Result<()> {
    let sql = sql!(
        "update users set email_verified_at = $2, version = version + 1, updated_at = $2
         where id = $1 and email_verified_at is null"
    );
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

/// Another address, which was proved.
pub(super) async fn set_email(tx: &UserWrite, email: &Email) -> Result<()> {
    let sql = sql!(
        "update users set email = $2, email_verified_at = $3, version = version + 1, updated_at = $3 where id = $1"
    );
    tx.execute(sql, &[&email.as_str(), &tx.now()]).await.map(drop)
}

pub(super) async fn free_emails(tx: &UserWrite) -> Result<()> {
    tx.execute(sql!("delete from user_emails where user_id = $1"), &[]).await.map(drop)
}

/// Whether they may act from now on.
pub(super) async fn set_disabled(tx: &UserWrite, disabled: bool) -> Result<()> {
    let sql = sql!("update users set disabled_at = $2 where id = $1");
    tx.execute(sql, &[&disabled.then_some(tx.now())]).await.map(drop)
}

/// Takes away who the person was. What they did keeps pointing at them.
pub(super) async fn anonymize(tx: &UserWrite) -> Result<()> {
    tx.execute(
        sql!(
            "update users set name = 'Deleted user', email = '', email_verified_at = null, time_zone = 'UTC',
                 password_hash = null, disabled_at = $2, deleted_at = $2, version = version + 1, updated_at = $2
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
    tx.execute(sql!("update api_tokens set name = '' where user_id = $1"), &[]).await.map(drop)
}

/// The organizations that the caller is in.
pub(super) async fn orgs(tx: &UserWrite) -> Result<Vec<OrgId>> {
    let found = tx
        .all::<(OrgId,)>(sql!("select org_id from user_orgs where user_id = $1 order by org_id"), &[])
        .await?;
    Ok(found.into_iter().map(|(org,)| org).collect())
}

/// A secret to be mailed.
pub(super) struct NewLink<'a> {
    pub hash: &'a str,
    pub kind: Kind,
    pub email: &'a Email,
    pub session: Option<SessionId>,
    pub application: Option<&'a Application>,
    pub expires_at: Time,
}

pub(super) async fn insert_link(tx: &UserWrite, link: &NewLink<'_>) -> Result<()> {
    tx.execute(
        sql!(
            "insert into mail_tokens (token_hash, user_id, kind, email, address, session_id, name, password_hash,
                                      created_at, expires_at)
             values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10)"
        ),
        &[
            &link.hash,
            &link.kind,
            &link.email.canonical(),
            &link.email.as_str(),
            &link.session,
            &link.application.map(|said| &said.name),
            &link.application.map(|said| &said.password_hash),
            &tx.now(),
            &link.expires_at,
        ],
    )
    .await
    .map(drop)
}

/// Ends the user's secrets of one kind; of sign-ups, those of the same one.
pub(super) async fn end_links(tx: &UserWrite, kind: Kind, of: Option<&Application>) -> Result<()> {
    let sql = sql!(
        "update mail_tokens set ended_at = $4
         where user_id = $1 and kind = $2 and coalesce(password_hash, '') = $3 and ended_at is null"
    );
    let of = of.map_or("", |said| said.password_hash.as_str());
    tx.execute(sql, &[&kind, &of, &tx.now()]).await.map(drop)
}

/// Ends all of the user's secrets.
pub(super) async fn end_all_links(tx: &UserWrite) -> Result<()> {
    let sql = sql!("update mail_tokens set ended_at = $2 where user_id = $1 and ended_at is null");
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

/// What a secret is for, until when, whether it has ended, and the address that it was sent to.
pub(super) async fn link(tx: &SystemTx, hash: &str) -> Result<Option<(Kind, Time, Option<Time>, String)>> {
    let sql = sql!("select kind, expires_at, ended_at, email from mail_tokens where token_hash = $1");
    tx.maybe(sql, &[&hash]).await
}

columns!(Redeemed { user, kind, email, address, session, name, password_hash });

/// The secret, if it was good until now: of parallel uses one gets it. It isn't good to who is disabled, nor where the
/// address that it was sent to is no longer the account's.
pub(super) async fn redeem(tx: &SystemTx, hash: &str, [one, other]: [Kind; 2]) -> Result<Option<Redeemed>> {
    tx.maybe(
        sql!(
            "update mail_tokens set ended_at = $2
             where token_hash = $1 and ended_at is null and expires_at > $2 and (kind = $3 or kind = $4)
               and exists (select 1 from users u where u.id = mail_tokens.user_id and u.disabled_at is null)
               and (kind = 'change' or exists (select 1 from user_emails e
                                               where e.email = mail_tokens.email and e.user_id = mail_tokens.user_id))
             returning user_id, kind, email, address, session_id, name, password_hash"
        ),
        &[&hash, &tx.now(), &one, &other],
    )
    .await
}

/// Throws away secrets that expired before this.
pub(super) async fn sweep_links(tx: &SystemTx, before: Time) -> Result<u64> {
    let sql = sql!(
        "delete from mail_tokens where token_hash in
             (select token_hash from mail_tokens where expires_at < $1 order by expires_at limit 1000)"
    );
    tx.execute(sql, &[&before]).await
}
