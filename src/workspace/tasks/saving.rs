//! Writing tasks that have changed, one or many, with all that depends on them.

use std::collections::HashMap;

use futures_util::future::try_join_all;

use super::{Task, assignment, labelling, store, subtasks, template};
use crate::{
    access::OrgWrite,
    base::{
        error::Result,
        id::{ProjectId, TaskId},
    },
    db::Query,
    effects::{
        index,
        ledger::{Action, Changes},
    },
    workspace::{
        assignments,
        counts::{self, Counted},
        deadlines, position,
    },
};

/// A change of a task that may be made, and isn't written yet.
pub(super) struct Edit {
    pub old: Task,
    pub new: Task,
    /// What changes besides its place and its assignees.
    pub changes: Changes,
    pub assignees: assignment::Change,
}

impl Edit {
    fn is_moved(&self) -> bool {
        (self.old.column_id, &self.old.position) != (self.new.column_id, &self.new.position)
    }

    fn is_any(&self) -> bool {
        self.is_moved() || self.assignees.is_any() || !self.changes.is_empty()
    }

    fn is_reopened(&self) -> bool {
        !self.old.status.is_open() && self.new.status.is_open()
    }

    /// Returns whether the task becomes overdue at another time than before, or no longer.
    fn has_other_term(&self) -> bool {
        (self.old.status, self.old.deadline) != (self.new.status, self.new.deadline)
    }

    /// Records the change, in an entry for each kind of it.
    fn record(&self, tx: &OrgWrite) {
        let Self { old, new, .. } = self;
        if !self.changes.is_empty() {
            tx.record(Action::TaskUpdated, old.entry(), self.changes.clone());
        }
        if self.is_moved() {
            let action = if old.status == new.status { Action::TaskMoved } else { Action::TaskStatusChanged };
            let place =
                Changes::none().field("status", &old.status, &new.status).moved(&old.position, &new.position);
            tx.record(action, old.entry(), place.field("column", &old.column_id, &new.column_id));
        }
        self.assignees.record(tx, old.entry());
    }

    /// Writes the task with its labels, assignees and words.
    async fn write(&self, tx: &OrgWrite) -> Result<()> {
        let Self { old, new, .. } = self;
        store::update(tx, new).await?;
        labelling::replace(tx, old.id, &old.labels, &new.labels).await?;
        if (&old.title, &old.description) != (&new.title, &new.description) {
            index::put(tx, old.found_as(), &old.words(), &new.words()).await?;
        }
        self.assignees.write(tx, old.id).await
    }
}

/// Puts the tasks that change their column behind all others of their projects, in this order.
pub(super) async fn put_last(tx: &OrgWrite, edits: &mut [Edit]) -> Result<()> {
    let mut ends: HashMap<ProjectId, String> = HashMap::new();
    for Edit { new, .. } in edits.iter_mut().filter(|edit| edit.old.column_id != edit.new.column_id) {
        new.position = match ends.get(&new.project_id) {
            Some(end) => position::after(Some(end)),
            None => super::end_of(tx, new.project_id).await?,
        };
        ends.insert(new.project_id, new.position.clone());
    }
    Ok(())
}

/// Writes the changes, and returns the tasks as they are then. What changes nothing isn't written. The statements for each task
/// leave together, and what can be said for all of them at once is: the organization's other writers wait meanwhile.
pub(super) async fn all(tx: &OrgWrite, edits: Vec<Edit>) -> Result<Vec<Task>> {
    let (mut edits, same): (Vec<Edit>, Vec<Edit>) = edits.into_iter().partition(Edit::is_any);
    let same = same.into_iter().map(|edit| edit.old);
    if edits.is_empty() {
        return Ok(same.collect());
    }
    for edit in &mut edits {
        (edit.new.version, edit.new.updated_at) = (edit.old.version + 1, tx.now());
        edit.record(tx);
    }
    try_join_all(edits.iter().map(|edit| edit.write(tx))).await?;
    let ids = |which: fn(&Edit) -> bool| -> Vec<TaskId> {
        edits.iter().filter(|edit| which(edit)).map(|edit| edit.old.id).collect()
    };
    for tasks in ids(|edit| edit.has_other_term() && !edit.old.assignees.is_empty()).chunks(Query::ROWS) {
        assignments::store::keep_due(tx, tasks).await?;
    }
    expect_overdue(tx, &edits).await?;
    drop(assignments::drop_the_unseeing(tx, &ids(Edit::is_reopened)).await?);
    let new = match edits.as_slice() {
        [edit] => vec![super::changed(tx, edit.old.id).await?],
        _ => super::among(tx, ids(|_| true)).await?,
    };
    let old: HashMap<TaskId, &Task> = edits.iter().map(|edit| (edit.old.id, &edit.old)).collect();
    let pairs: Vec<(Option<&Task>, Option<&Task>)> =
        new.iter().map(|task| (old.get(&task.id).copied(), Some(task))).collect();
    count(tx, &pairs).await?;
    for Edit { new, .. } in edits.iter().filter(|edit| edit.old.is_of_template != edit.new.is_of_template) {
        template::spread(tx, new.id, new.is_of_template).await?;
    }
    tx.settle().await?;
    Ok(new.into_iter().chain(same).collect())
}

/// Counts tasks as they are after a change instead of as they were before. One that isn't there is `None`.
pub(super) async fn count(tx: &OrgWrite, changes: &[(Option<&Task>, Option<&Task>)]) -> Result<()> {
    subtasks::count_all(tx, changes).await?;
    let counted = |task: Option<&Task>| task.map(Task::counted);
    let counted: Vec<(Option<Counted>, Option<Counted>)> =
        changes.iter().map(|(old, new)| (counted(*old), counted(*new))).collect();
    counts::change_all(tx, &counted).await?;
    counts::keep_up(tx).await
}

/// Notes when tasks become overdue whose status or deadline has changed: each such time once.
async fn expect_overdue(tx: &OrgWrite, edits: &[Edit]) -> Result<()> {
    let changed = edits.iter().filter(|edit| edit.has_other_term() && edit.new.status.is_open());
    deadlines::expect(tx, changed.filter_map(|edit| edit.new.deadline)).await
}
