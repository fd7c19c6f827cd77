//! Moving a task into another project, with all that is below it. They get new keys there, and answer to the old ones too.

use super::{
    Task,
    moving::{self, Move, MovedTask},
    store::{self, Below},
    subtasks,
};
use crate::{
    access::{Facts, OrgWrite, Permission},
    base::{
        error::{Error, Result},
        id::TaskId,
    },
    effects::{
        index,
        ledger::{Action, Changes, Target},
    },
    workspace::{
        assignments, counts,
        projects::{
            self, Project, ProjectRef,
            columns::{self, Place},
        },
    },
};

/// Finds the project that a request names.
///
/// # Errors
/// 422 if the caller can't see it; 403 if they may not create tasks in it.
pub(super) async fn target(tx: &OrgWrite, name: &ProjectRef) -> Result<Project> {
    let Some(project) = projects::store::find(tx, name).await? else {
        return Err(Error::field("/project", "not_found", "must be a project that you can see"));
    };
    let own = project.created_by == tx.user();
    tx.demand(Permission::CreateTask, Facts { own, ..Facts::default() })?;
    Ok(project)
}

/// Moves a task into another project: to a column of it, or else to the first one of the task's status. Those who don't see
/// that project are unassigned.
///
/// # Errors
/// 409 if either project is archived; 422 if the column isn't one of the project, or if `before` or `after` isn't a task in it.
pub(super) async fn transfer(tx: &OrgWrite, old: &Task, to: &Project, wanted: &Move) -> Result<MovedTask> {
    let place = match columns::named(tx, to.id, wanted.column_id, wanted.status).await? {
        Some(place) => place,
        None => columns::first_of(tx, to.id, wanted.status.unwrap_or(old.status)).await?,
    };
    let mut new = moved(old, to, place, tx);
    let gap = moving::gap(tx, &new, wanted.before, wanted.after).await?;
    old.writable()?;
    to.writable()?;
    new.position = gap.position(tx, &new).await?;
    let below = store::below(tx, old.id).await?;
    let ids: Vec<TaskId> = below.iter().map(|task| task.id).collect();
    let numbers = store::take_numbers(tx, to.id, ids.len()).await?;
    let unlike = store::unlike(tx, old.id, new.is_of_template).await?;
    let unassigned = counts::around(tx, ids.clone(), async || {
        store::put_into(tx, to.id, &ids, numbers.clone()).await?;
        store::update(tx, &new).await?;
        store::mark(tx, &unlike, new.is_of_template).await?;
        super::expect_overdue(tx, &new).await?;
        subtasks::count(tx, Some(old), Some(&new)).await?;
        index::put_into(tx, to.id, &ids).await?;
        assignments::store::keep_due(tx, &[old.id]).await?;
        record(tx, old, &new, &below, numbers);
        assignments::drop_the_unseeing(tx, &ids).await
    })
    .await?;
    let task = super::found(tx, old.id).await?;
    tx.settle().await?;
    Ok(MovedTask { task, unassigned })
}

fn moved(old: &Task, to: &Project, place: Place, tx: &OrgWrite) -> Task {
    let mut new = Task {
        parent_id: None,
        parent_is_deleted: false,
        // What was a part of a template is work by itself.
        is_of_template: old.is_template(),
        version: old.version + 1,
        updated_at: tx.now(),
        ..old.clone().within(to)
    };
    new.put(place, tx.now());
    new
}

/// Records the move of each task that has moved, and what else has changed of the first, which the others are below.
fn record(tx: &OrgWrite, old: &Task, new: &Task, moved: &[Below], numbers: impl Iterator<Item = i64>) {
    for (task, number) in moved.iter().zip(numbers).filter(|(task, _)| task.purged_at.is_none()) {
        let is_first = task.id == old.id;
        let parent = if is_first { old.parent() } else { None };
        let key = |project: &Task, number: i64| format!("{}-{number}", project.project_key);
        let changes = Changes::none()
            .field("project", &old.project_id, &new.project_id)
            .field("key", &key(old, task.number), &key(new, number))
            .field("parent_id", &parent, &None);
        let changes = if is_first {
            let place = changes.field("column", &old.column_id, &new.column_id);
            place.moved(&old.position, &new.position)
        } else {
            changes
        };
        tx.record(Action::TaskMoved, Target::Task(new.project_id, task.id), changes);
    }
    // Without the columns: one is of a project that readers may not see.
    let status = Changes::none().field("status", &old.status, &new.status);
    if !status.is_empty() {
        tx.record(Action::TaskStatusChanged, new.entry(), status);
    }
}
