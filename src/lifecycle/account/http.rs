//! The HTTP handler for deleting the caller's account.

use crate::{
    access::{Confirmed, SignedIn, UserWrite},
    base::error::Result,
    http::{
        answer::Removal,
        input::{DryRun, NoBody, Query},
    },
    identity::accounts,
};

pub async fn delete(me: SignedIn<Confirmed>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let expected = me.expected();
    let delete = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        let user = accounts::lock_me(tx).await?;
        expected(&user)?;
        let counts = super::delete(tx, &user).await?;
        Ok(dry_run.removal(tx, counts, None))
    };
    me.write((query, body), delete).await
}
