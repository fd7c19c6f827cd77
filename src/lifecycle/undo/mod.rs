//! Undo: taking back everything that one request changed, by changes that the caller may make themselves.

mod conflict;
pub(crate) mod http;
mod inverse;
mod store;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    access::{OrgTx, OrgWrite},
    base::{
        error::{Code, Error, Refusal, Result},
        id::{ProjectId, TaskId, UserId},
    },
    effects::ledger::{self, Action, ActivityEntry},
};

/// A change that is being undone, as the ledger has it.
struct Change {
    seq: i64,
    actor: Option<UserId>,
    action: Action,
    subject: Uuid,
    project: Option<ProjectId>,
    task: Option<TaskId>,
    /// The changed fields, each as `{from, to}`.
    fields: Map<String, Value>,
    /// The long texts that were replaced, as far as they are kept.
    originals: Map<String, Value>,
    moved_from: Option<String>,
}

impl Change {
    fn side(&self, field: &str, side: &str) -> Option<&Value> {
        self.fields.get(field)?.get(side).filter(|value| !value.is_null())
    }
}

/// The changes that were undone, and the entries that say so.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Undone {
    /// The seqs of the changes that were undone: all those of the request that made the one in the path, the last first.
    pub undone: Vec<i64>,
    /// The new entries of the activity, the oldest first. They can be undone too, which does the changes again.
    pub entries: Vec<ActivityEntry>,
}

/// The most changes of one request that can be undone.
pub const MOST: usize = 1000;

/// Takes back the changes of the request that made one: the last first, each by the change that reverses it, which the caller
/// must be allowed to make. What goes back to people who could no longer see it comes last, when they see it again.
///
/// # Errors
/// 409 if it can't be undone, or if something was changed since that stands in the way; those of the reversing changes.
pub async fn undo(tx: &OrgWrite, seq: i64) -> Result<Undone> {
    let Some(first) = store::first_of_request(tx, seq).await? else {
        return Err(impossible("It was made by an earlier version, or came with an archive."));
    };
    let changes = store::of_request(tx, first).await?;
    if changes.len() > MOST {
        return Err(impossible("The request changed more than 1000 things."));
    }
    let Some(last) = changes.last().map(|change| change.seq) else { return Err(Code::NotFound.into()) };
    let changes = worth_undoing(changes);
    conflict::check(tx, first, last, &changes).await?;
    let before = ledger::last_mark(tx).await?.seq;
    tx.undo_from(first);
    for change in in_order(&changes) {
        inverse::take_back(tx, change, &changes).await.map_err(unreachable)?;
    }
    tx.settle().await?;
    let entries = ledger::after(tx, before).await?;
    Ok(Undone { undone: changes.iter().rev().map(|change| change.seq).collect(), entries })
}

/// Returns the changes in the order in which they are taken back: the last first, but what depends on who sees a project comes
/// last, when those see it again whom the request took it from.
fn in_order(changes: &[Change]) -> Vec<&Change> {
    let mut changes: Vec<&Change> = changes.iter().rev().collect();
    changes.sort_by_key(|change| match change.action {
        Action::TaskUnassigned => 2,
        Action::ProjectMemberAdded => 1,
        _ => 0,
    });
    changes
}

/// Leaves out what happened to, or in, an object that the same request made: it goes with that object, and comes back with it.
/// Also leaves out what only made room for others on the board.
fn worth_undoing(mut changes: Vec<Change>) -> Vec<Change> {
    changes.retain(|change| {
        let is_place = matches!(change.action, Action::TaskMoved | Action::ColumnUpdated);
        !(is_place && change.fields.is_empty() && change.moved_from.is_none())
    });
    let made = |change: &Change| {
        matches!(change.action, Action::ProjectCreated | Action::TaskCreated | Action::CommentCreated)
            .then_some((change.seq, change.subject))
    };
    let made: Vec<(i64, Uuid)> = changes.iter().filter_map(made).collect();
    changes.retain(|change| {
        let within = [
            Some(change.subject),
            change.project.map(|project| project.uuid()),
            change.task.map(|task| task.uuid()),
        ];
        made.iter().all(|(seq, id)| change.seq <= *seq || !within.contains(&Some(*id)))
    });
    changes
}

fn impossible(why: impl Into<Cow<'static, str>>) -> Error {
    Code::NotUndoable.with(why)
}

/// Turns the refusal of a reversing change into one of the undo, whose caller named nothing but a seq.
fn unreachable(error: Error) -> Error {
    match error {
        Error::Refused(refusal) if refusal.code == Code::NotFound => {
            impossible("What it changed, or needs to be undone, is gone or out of your sight.")
        }
        Error::Refused(refusal) if refusal.code == Code::InvalidInput => {
            let mistakes = refusal.errors.iter().map(|error| format!("{}: {}", error.pointer, error.message));
            impossible(mistakes.collect::<Vec<_>>().join("; "))
        }
        other => other,
    }
}

/// Creates the refusal that names the later changes, as far as the caller sees them.
async fn changed_since(tx: &OrgTx, seqs: &[i64]) -> Result<Error> {
    let mut conflicts = Vec::with_capacity(seqs.len());
    for seq in seqs {
        conflicts.extend(ledger::entry_at(tx, *seq).await?);
    }
    let detail = match conflicts.first() {
        Some(entry) => format!("Changed since: {}.", entry.summary),
        None => "Changed since, by somebody else where you can't see it.".to_owned(),
    };
    let conflicts = conflicts.iter().map(|entry| json!(entry)).collect();
    Ok(Refusal { conflicts, ..Code::ChangedSince.refusal(detail) }.into())
}
