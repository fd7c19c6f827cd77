//! The SQL of mail tokens.

use super::{Kind, PendingSignup, Redeemed};
use crate::{
    access::{SystemTx, UserWrite},
    base::{clock::Time, error::Result, id::SessionId, text::Email},
    db::{columns, sql},
};

/// Returns the newest pending sign-up with the account's address.
pub(crate) async fn last_application(tx: &UserWrite) -> Result<Option<PendingSignup>> {
    tx.maybe(
        sql!(
            "select ", PendingSignup::COLUMNS, " from mail_tokens
             where user_id = $1 and kind = 'verify' and password_hash is not null order by created_at desc limit 1"
        ),
        &[],
    )
    .await
}

columns!(PendingSignup { name: "name", password_hash: "password_hash" });

/// A mail token to insert.
pub(crate) struct NewLink<'a> {
    pub hash: &'a str,
    pub kind: Kind,
    pub email: &'a Email,
    pub session: Option<SessionId>,
    pub application: Option<&'a PendingSignup>,
    pub expires_at: Time,
}

pub(crate) async fn insert_link(tx: &UserWrite, link: &NewLink<'_>) -> Result<()> {
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

/// Ends the user's tokens of one kind: those of the sign-up `of`, or those that belong to no sign-up.
pub(crate) async fn end_links(tx: &UserWrite, kind: Kind, of: Option<&PendingSignup>) -> Result<()> {
    let sql = sql!(
        "update mail_tokens set ended_at = $4
         where user_id = $1 and kind = $2 and coalesce(password_hash, '') = $3 and ended_at is null"
    );
    let of = of.map_or("", |said| said.password_hash.as_str());
    tx.execute(sql, &[&kind, &of, &tx.now()]).await.map(drop)
}

/// Ends all of the user's tokens.
pub(crate) async fn end_all_links(tx: &UserWrite) -> Result<()> {
    let sql = sql!("update mail_tokens set ended_at = $2 where user_id = $1 and ended_at is null");
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

/// Returns a token's kind, its expiry time, the time at which it ended, and the address that it was sent to.
pub(crate) async fn link(tx: &SystemTx, hash: &str) -> Result<Option<(Kind, Time, Option<Time>, String)>> {
    let sql = sql!("select kind, expires_at, ended_at, email from mail_tokens where token_hash = $1");
    tx.maybe(sql, &[&hash]).await
}

columns!(Redeemed {
    user: "user_id",
    kind: "kind",
    email: "email",
    address: "address",
    session: "session_id",
    name: "name",
    password_hash: "password_hash",
});

/// Ends a valid token and returns it. Of several parallel uses, only one gets it. A token isn't valid if its user is
/// disabled or, except for a change of address, if the address that it was sent to is no longer the account's.
pub(crate) async fn redeem(tx: &SystemTx, hash: &str, [one, other]: [Kind; 2]) -> Result<Option<Redeemed>> {
    tx.maybe(
        sql!(
            "update mail_tokens set ended_at = $2
             where token_hash = $1 and ended_at is null and expires_at > $2 and (kind = $3 or kind = $4)
               and exists (select 1 from users u where u.id = mail_tokens.user_id and u.disabled_at is null)
               and (kind = 'change' or exists (select 1 from user_emails e
                                               where e.email = mail_tokens.email and e.user_id = mail_tokens.user_id))
             returning ", Redeemed::COLUMNS
        ),
        &[&hash, &tx.now(), &one, &other],
    )
    .await
}

/// Deletes up to 1000 tokens that expired before this time. Returns how many it deleted.
pub(crate) async fn sweep(tx: &SystemTx, before: Time) -> Result<u64> {
    let sql = sql!(
        "delete from mail_tokens where token_hash in
             (select token_hash from mail_tokens where expires_at < $1 order by expires_at limit 1000)"
    );
    tx.execute(sql, &[&before]).await
}
