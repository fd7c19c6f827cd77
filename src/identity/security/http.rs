//! The HTTP handler for ending the caller's other sessions.

use crate::{
    access::{InSession, SignedIn, UserWrite},
    base::error::Result,
    http::{
        answer::{Counts, Removal},
        input::{DryRun, NoBody, Query},
    },
    identity::sessions,
};

pub async fn end_others(me: SignedIn<InSession>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let end = async |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        let others = if dry_run.is_on() { sessions::store::count_others(tx).await? } else { 0 };
        super::end_other_sessions(tx).await?;
        Ok(dry_run.removal(tx, Counts::default().and("sessions", others), None))
    };
    me.write((query, body), end).await
}
