//! The SQL of identities at identity providers.

use super::{Claims, IdentityView};
use crate::{
    access::{SystemTx, UserTx, UserWrite},
    base::{
        clock::Time,
        error::{Code, Result},
        id::{IdentityId, UserId},
        text::Email,
    },
    db::{columns, sql},
};

struct Found {
    id: IdentityId,
    issuer: String,
    email: Option<String>,
    created_at: Time,
    used_at: Option<Time>,
}

columns!(Found { id: "id", issuer: "issuer", email: "email", created_at: "created_at", used_at: "used_at" });

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

/// Returns the identity with this issuer and subject, and the user whose account it is linked to.
pub(crate) async fn user_of(tx: &SystemTx, claims: &Claims) -> Result<Option<(IdentityId, UserId)>> {
    let sql =
        sql!("select id, user_id from identities where issuer = $1 and subject = $2 and org_id is null");
    tx.maybe(sql, &[&claims.issuer, &claims.subject]).await
}

/// Links an identity to the user's account.
///
/// # Errors
/// 409 if the identity was linked meanwhile.
pub(crate) async fn insert(tx: &UserWrite, id: IdentityId, claims: &Claims) -> Result<()> {
    let sql = sql!(
        "insert into identities (id, user_id, issuer, subject, email, created_at, used_at)
         values ($2, $1, $3, $4, $5, $6, $6) on conflict do nothing"
    );
    let email = claims.email.as_ref().map(Email::as_str);
    let inserted = tx.execute(sql, &[&id, &claims.issuer, &claims.subject, &email, &tx.now()]).await?;
    if inserted == 1 { Ok(()) } else { Err(Code::IdentityTaken.into()) }
}

/// Records a sign-in with an identity, and the address that the provider gave. Returns `false` if it is no longer
/// linked.
pub(crate) async fn note_use(tx: &UserWrite, id: IdentityId, claims: &Claims) -> Result<bool> {
    let sql = sql!("update identities set used_at = $3, email = $4 where user_id = $1 and id = $2");
    let email = claims.email.as_ref().map(Email::as_str);
    Ok(tx.execute(sql, &[&id, &tx.now(), &email]).await? == 1)
}

pub(super) async fn find(tx: &UserTx, id: IdentityId) -> Result<Option<IdentityView>> {
    let sql = sql!("select ", Found::COLUMNS, " from identities where user_id = $1 and id = $2");
    Ok(tx.maybe(sql, &[&id]).await?.map(Found::view))
}

/// Returns a page of the user's identities, the newest first.
pub(super) async fn page(tx: &UserTx, before: IdentityId, rows: i64) -> Result<Vec<IdentityView>> {
    let sql = sql!(
        "select ",
        Found::COLUMNS,
        " from identities
         where user_id = $1 and id < $2 order by id desc limit $3"
    );
    let found: Vec<Found> = tx.all(sql, &[&before, &rows]).await?;
    Ok(found.into_iter().map(Found::view).collect())
}

/// Deletes one of the user's identities. Returns its issuer, or `None` if there is no such identity.
pub(super) async fn delete(tx: &UserWrite, id: IdentityId) -> Result<Option<String>> {
    let sql = sql!("delete from identities where user_id = $1 and id = $2 returning issuer");
    Ok(tx.maybe::<(String,)>(sql, &[&id]).await?.map(|(issuer,)| issuer))
}
