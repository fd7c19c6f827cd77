//! The SQL of API tokens.

use super::{Scope, TokenView};
use crate::{
    access::{OrgTx, SystemTx, UserTx, UserWrite},
    base::{
        clock::Time,
        error::Result,
        id::{OrgId, TokenId, UserId},
        text::Name,
    },
    db::{columns, sql},
};

struct Found {
    id: TokenId,
    name: Name,
    can_read: bool,
    can_write: bool,
    org: Option<OrgId>,
    created_at: Time,
    expires_at: Time,
    used_at: Option<Time>,
}

columns!(Found {
    id: "id",
    name: "name",
    can_read: "can_read",
    can_write: "can_write",
    org: "org_id",
    created_at: "created_at",
    expires_at: "expires_at",
    used_at: "used_at",
});

impl Found {
    fn view(self) -> TokenView {
        let scopes = [(Scope::Read, self.can_read), (Scope::Write, self.can_write)];
        TokenView {
            id: self.id,
            name: self.name,
            scopes: scopes.into_iter().filter(|(_, has)| *has).map(|(scope, _)| scope).collect(),
            organization_id: self.org,
            created_at: self.created_at,
            expires_at: self.expires_at,
            last_used_at: self.used_at,
            token: None,
        }
    }
}

/// Returns a page of the caller's valid tokens, the newest first.
pub(super) async fn page(tx: &UserTx, before: TokenId, rows: i64) -> Result<Vec<TokenView>> {
    let found: Vec<Found> = tx
        .all(
            sql!(
                "select ", Found::COLUMNS, " from api_tokens
                 where user_id = $1 and id < $2 and revoked_at is null and expires_at > $3 order by id desc limit $4"
            ),
            &[&before, &tx.now(), &rows],
        )
        .await?;
    Ok(found.into_iter().map(Found::view).collect())
}

/// Returns the number of the caller's valid tokens.
pub(super) async fn count(tx: &UserWrite) -> Result<i64> {
    let sql =
        sql!("select count(*) from api_tokens where user_id = $1 and revoked_at is null and expires_at > $2");
    Ok(tx.one::<(i64,)>(sql, &[&tx.now()]).await?.0)
}

/// Returns the number of valid tokens that are restricted to this organization, of all its members.
pub(super) async fn count_in(tx: &OrgTx) -> Result<i64> {
    let sql =
        sql!("select count(*) from api_tokens where org_id = $1 and revoked_at is null and expires_at > $2");
    Ok(tx.one::<(i64,)>(sql, &[&tx.now()]).await?.0)
}

pub(super) async fn insert(tx: &UserWrite, token: &TokenView, hash: &str) -> Result<()> {
    tx.execute(
        sql!(
            "insert into api_tokens (id, user_id, name, token_hash, can_read, can_write, org_id, created_at, expires_at)
             values ($2, $1, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &[
            &token.id,
            &token.name,
            &hash,
            &token.scopes.contains(&Scope::Read),
            &token.scopes.contains(&Scope::Write),
            &token.organization_id,
            &token.created_at,
            &token.expires_at,
        ],
    )
    .await
    .map(drop)
}

/// Revokes one of the caller's tokens. Returns the organization that it is restricted to, or `None` if the caller has no
/// such valid token.
pub(super) async fn revoke(tx: &UserWrite, id: TokenId) -> Result<Option<Option<OrgId>>> {
    let sql = sql!(
        "update api_tokens set revoked_at = $3
         where user_id = $1 and id = $2 and revoked_at is null and expires_at > $3 returning org_id"
    );
    Ok(tx.maybe::<(Option<OrgId>,)>(sql, &[&id, &tx.now()]).await?.map(|(org,)| org))
}

/// Revokes the tokens that are restricted to an organization that their user leaves. Returns their ids.
pub(crate) async fn revoke_for(tx: &SystemTx, user: UserId, org: OrgId) -> Result<Vec<TokenId>> {
    let sql = sql!(
        "update api_tokens set revoked_at = $3
         where user_id = $1 and org_id = $2 and revoked_at is null and expires_at > $3 returning id"
    );
    let revoked = tx.all::<(TokenId,)>(sql, &[&user, &org, &tx.now()]).await?;
    Ok(revoked.into_iter().map(|(id,)| id).collect())
}

/// Deletes up to 1000 tokens that expired before this time. Returns how many it deleted.
pub(crate) async fn sweep(tx: &SystemTx, before: Time) -> Result<u64> {
    let sql = sql!(
        "delete from api_tokens where id in (select id from api_tokens where expires_at < $1 order by expires_at limit 1000)"
    );
    tx.execute(sql, &[&before]).await
}
