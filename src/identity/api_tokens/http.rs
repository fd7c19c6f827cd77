//! HTTP handlers for creating, listing and revoking API tokens.

use super::{NewToken, TokenView, store};
use crate::{
    access::{Confirmed, InSession, SignedIn, UserTx, UserWrite},
    base::{
        error::Result,
        id::TokenId,
        page::{Page, Paging},
    },
    http::{
        answer::{Counts, Created, Removal, Secret},
        input::{DryRun, Json, List, NoBody, NoFilters, Query},
    },
};

pub async fn create(me: SignedIn<Confirmed>, body: Json<NewToken>) -> Result<Secret<Created<TokenView>>> {
    let create = async |tx: &UserWrite, new: NewToken| {
        let object = super::create(tx, new).await?;
        Ok(Secret(Created { location: format!("/v1/me/tokens/{}", object.id), object }))
    };
    me.write(body, create).await
}

pub async fn list(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<TokenView>> {
    let read = async |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = store::page(tx, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |token| token.id))
    };
    me.read(list, read).await
}

pub async fn revoke(me: SignedIn<InSession>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let id: Option<TokenId> = me.params().get("id");
    let revoke = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::revoke(tx, id).await?;
        Ok(dry_run.removal(tx, Counts::one("tokens"), None))
    };
    me.write((query, body), revoke).await
}
