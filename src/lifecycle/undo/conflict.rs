//! What stands in the way of undoing a change: a later change of the same thing that wasn't undone itself.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Change,
    store::{self, LATER, Later, Of},
};
use crate::{
    access::OrgTx,
    base::{
        error::{Error, Result},
        id::UserId,
    },
    effects::ledger::Action,
};

/// The most later changes that a refusal names.
const NAMED: usize = 10;

/// Checks that nothing stands in the way of undoing the changes of a request, whose first and last entries these are.
///
/// # Errors
/// 409 with the later changes that do, or with those that undid it already.
pub(super) async fn check(tx: &OrgTx, first: i64, last: i64, changes: &[Change]) -> Result<()> {
    let later = later(tx, last, changes).await?;
    if i64::try_from(later.len()).map_err(Error::internal)? > LATER {
        let newest: Vec<i64> = later.iter().rev().take(NAMED).map(|entry| entry.seq).collect();
        return Err(super::changed_since(tx, &newest).await?);
    }
    let mut undone: HashSet<i64> = HashSet::new();
    let mut in_the_way = Vec::new();
    // From the newest back: an undo that was undone itself has no effect, and neither has what it undid again.
    for entry in later.iter().rev().filter(|entry| entry.actor.is_some()) {
        if undone.contains(&entry.first) {
            continue;
        }
        let is_in_the_way = if let Some(it) = entry.undoes {
            undone.insert(it);
            it == first
        } else {
            let fields = entry.fields()?;
            changes.iter().any(|change| is_in_the_way(entry, &fields, change))
        };
        if is_in_the_way {
            in_the_way.push(entry.seq);
        }
    }
    in_the_way.truncate(NAMED);
    if in_the_way.is_empty() { Ok(()) } else { Err(super::changed_since(tx, &in_the_way).await?) }
}

/// Returns the later entries about the changed objects and, where undoing removes one, about what is in it, the oldest first.
async fn later(tx: &OrgTx, last: i64, changes: &[Change]) -> Result<Vec<Later>> {
    let ids = |of: fn(&Change) -> bool| -> Vec<Uuid> {
        let mut ids: Vec<Uuid> =
            changes.iter().filter(|change| of(change)).map(|change| change.subject).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let tasks = ids(|change| matches!(change.action, Action::TaskCreated | Action::TaskRestored));
    let projects = ids(|change| matches!(change.action, Action::ProjectCreated | Action::ProjectRestored));
    let mut found = BTreeMap::new();
    for (of, ids) in [(Of::Subjects, ids(|_| true)), (Of::Tasks, tasks), (Of::Projects, projects)] {
        for entry in store::later(tx, last, of, &ids).await? {
            found.insert(entry.seq, entry);
        }
    }
    Ok(found.into_values().collect())
}

/// Returns whether undoing a change would undo what a later entry did, too.
fn is_in_the_way(later: &Later, fields: &Map<String, Value>, change: &Change) -> bool {
    let removes = matches!(
        change.action,
        Action::ProjectCreated | Action::ProjectRestored | Action::TaskCreated | Action::TaskRestored
    );
    if later.subject != change.subject {
        // It is about something that was made, or restored, with the object, or since.
        return removes;
    }
    let mine = things(change.action, &change.fields, change.moved_from.is_some(), change.actor);
    let its = things(later.action, fields, later.is_moved, later.actor);
    removes || is_end(later.action) || is_end(change.action) || mine.iter().any(|thing| its.contains(thing))
}

const fn is_end(action: Action) -> bool {
    matches!(
        action,
        Action::ProjectDeleted
            | Action::TaskDeleted
            | Action::ColumnDeleted
            | Action::LabelDeleted
            | Action::CommentDeleted
            | Action::MemberRemoved
            | Action::MemberLeft
    )
}

/// Returns what an entry changed of its subject, each in a word: a field, the place on the board, or one of several, such as
/// somebody's assignment.
fn things(action: Action, fields: &Map<String, Value>, is_moved: bool, actor: Option<UserId>) -> Vec<String> {
    let thing = |(field, change): (&String, &Value)| {
        let value =
            ["from", "to"].into_iter().find_map(|side| change.get(side)?.as_str()).unwrap_or_default();
        match (action, field.as_str()) {
            (Action::TaskStatusChanged | Action::TaskMoved, "status" | "column" | "project" | "key") => {
                "place".into()
            }
            (Action::CommentReacted, _) => format!("{value} {actor:?}"),
            (
                Action::TaskAssigned
                | Action::TaskUnassigned
                | Action::ProjectMemberAdded
                | Action::ProjectMemberRemoved
                | Action::LinkCreated
                | Action::LinkDeleted,
                field,
            ) => format!("{field} {value}"),
            // A time and a day take each other's place.
            (_, "due_at" | "due_on") => "due".into(),
            (Action::TaskUpdated, "parent_id" | "is_template") => "parent".into(),
            (_, field) => field.to_owned(),
        }
    };
    let mut things: Vec<String> = fields.iter().map(thing).collect();
    if is_moved {
        things.push("place".into());
    }
    if matches!(action, Action::ProjectArchived | Action::ProjectUnarchived) {
        things.push("archived".into());
    }
    things
}
