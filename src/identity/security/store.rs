//! The SQL that checks and removes an account's credentials.

use crate::{
    access::{UserTx, UserWrite},
    base::{
        error::Result,
        id::{OrgId, TokenId},
    },
    db::sql,
};

/// Returns whether the user has a password, a passkey or a linked identity.
pub(crate) async fn has_way_in(tx: &UserTx) -> Result<bool> {
    let sql = sql!(
        "select u.password_hash is not null or exists (select 1 from passkeys p where p.user_id = $1)
                or exists (select 1 from identities i where i.user_id = $1)
         from users u where u.id = $1"
    );
    Ok(tx.one::<(bool,)>(sql, &[]).await?.0)
}

/// Revokes all of the user's valid API tokens. Returns the id of each and the organization that it is restricted to.
pub(super) async fn revoke_api_tokens(tx: &UserWrite) -> Result<Vec<(TokenId, Option<OrgId>)>> {
    let sql = sql!(
        "update api_tokens set revoked_at = $2
         where user_id = $1 and revoked_at is null and expires_at > $2 returning id, org_id"
    );
    tx.all(sql, &[&tx.now()]).await
}

pub(crate) async fn delete_passkeys(tx: &UserWrite) -> Result<u64> {
    tx.execute(sql!("delete from passkeys where user_id = $1"), &[]).await
}

/// Unlinks all of the user's identities at identity providers.
pub(crate) async fn delete_identities(tx: &UserWrite) -> Result<u64> {
    tx.execute(sql!("delete from identities where user_id = $1"), &[]).await
}

/// Deletes the second factor and its recovery codes.
pub(crate) async fn delete_second_factor(tx: &UserWrite) -> Result<()> {
    tx.execute(sql!("delete from totps where user_id = $1"), &[]).await?;
    tx.execute(sql!("delete from recovery_codes where user_id = $1"), &[]).await.map(drop)
}
