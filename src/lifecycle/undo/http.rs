//! The HTTP handler that undoes a change.

use super::Undone;
use crate::{
    access::{Access, OrgWrite, Resource, Viewer, actions},
    base::error::Result,
    effects::ledger,
    http::{
        answer::Ok as Answer,
        input::{NoBody, Params},
    },
    workspace::tasks::Task,
};

actions! {
    /// Undoing needs no permission of its own: each change that it makes needs its own.
    Undo: See on Seq;
    /// Looks for the link of a task that is to be removed.
    SeeLinked: See on Task;
}

/// The number of an entry that the caller sees.
pub struct Seq(i64);

impl Resource for Seq {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let Some(seq) = path.get("seq") else { return Ok(None) };
        Ok(ledger::is_seen(viewer, seq).await?.then_some(Self(seq)))
    }
}

pub async fn undo(access: Access<Undo>, body: NoBody) -> Result<Answer<Undone>> {
    let undo = async |tx: &OrgWrite, Seq(seq): Seq, ()| super::undo(tx, seq).await.map(Answer);
    access.write(body, undo).await
}
