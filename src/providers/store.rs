//! The SQL of identities.

use super::{IdentityView, Told};
use crate::{
    access::{SystemTx, UserTx, UserWrite},
    clock::Time,
    db::{columns, sql},
    error::{Code, Result},
    id::{IdentityId, UserId},
    text::Email,
};

struct Found {
    id: IdentityId,
    issuer: String,
    email: Option<String>,
    created_at: Time,
    used_at: Option<Time>,
}

columns!(Found { id, issuer, email, created_at, used_at });

impl Found {
    fn view(self) -> IdentityView {
        IdentityView {
            id: self.id,
            provider: None,
            issuer: self.issuer,
            email: self.email,
            created_at: self.created_at,
            last_used_at: self.used_at,
        }
    }
}

/// Whose account this is linked to.
pub(super) async fn user_of(tx: &SystemTx, told: &Told) -> Result<Option<(IdentityId, UserId)>> {
    let sql =
        sql!("select id, user_id from identities where issuer = $1 and subject = $2 and org_id is null");
    tx.maybe(sql, &[&told.issuer, &told.subject]).await
}

/// # Errors
/// 409 where it was linked meanwhile.
pub(super) async fn insert(tx: &UserWrite, id: IdentityId, told: &Told) -> Result<()> {
    let sql = sql!(
        "insert into identities (id, user_id, issuer, subject, email, created_at, used_at)
         values ($2, $1, $3, $4, $5, $6, $6) on conflict do nothing"
    );
    let email = told.email.as_ref().map(Email::as_str);
    let inserted = tx.execute(sql, &[&id, &told.issuer, &told.subject, &email, &tx.now()]).await?;
    if inserted == 1 { Ok(()) } else { Err(Code::IdentityTaken.into()) }
}

/// Whether it is still there.
pub(super) async fn note_use(tx: &UserWrite, id: IdentityId, told: &Told) -> Result<bool> {
    let sql = sql!("update identities set used_at = $3, email = $4 where user_id = $1 and id = $2");
    let email = told.email.as_ref().map(Email::as_str);
    Ok(tx.execute(sql, &[&id, &tx.now(), &email]).await? == 1)
}

pub(super) async fn find(tx: &UserTx, id: IdentityId) -> Result<Option<IdentityView>> {
    let sql =
        sql!("select id, issuer, email, created_at, used_at from identities where user_id = $1 and id = $2");
    Ok(tx.maybe(sql, &[&id]).await?.map(Found::view))
}

/// The newest first.
pub(super) async fn page(tx: &UserTx, before: IdentityId, rows: i64) -> Result<Vec<IdentityView>> {
    let sql = sql!(
        "select id, issuer, email, created_at, used_at from identities
         where user_id = $1 and id < $2 order by id desc limit $3"
    );
    let found: Vec<Found> = tx.all(sql, &[&before, &rows]).await?;
    Ok(found.into_iter().map(Found::view).collect())
}

/// The issuer, if there was one.
pub(super) async fn delete(tx: &UserWrite, id: IdentityId) -> Result<Option<String>> {
    let sql = sql!("delete from identities where user_id = $1 and id = $2 returning issuer");
    Ok(tx.maybe::<(String,)>(sql, &[&id]).await?.map(|(issuer,)| issuer))
}

pub(crate) async fn delete_all(tx: &UserWrite) -> Result<u64> {
    tx.execute(sql!("delete from identities where user_id = $1"), &[]).await
}
