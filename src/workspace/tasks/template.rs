//! Templates: tasks that are no work but plans to copy, each with all that is below it. Every subtask of a task that isn't
//! deleted is marked as that task is, so that each row says by itself whether it is work.

use super::{Task, changed, check_parent, store};
use crate::{
    access::OrgWrite,
    base::{
        error::{Error, Result},
        id::{ProjectId, TaskId},
        json::Patch,
    },
    workspace::counts,
};

fn check(parent: Option<TaskId>, wanted: Option<bool>) -> Result<()> {
    if parent.is_some() && wanted == Some(true) {
        let message = "a subtask can't be a template: mark the task that it is below";
        return Err(Error::field("/is_template", "invalid_value", message));
    }
    Ok(())
}

/// Returns whether a new task is a template, or below one.
///
/// # Errors
/// 422 if a subtask is to be a template, or as for [`check_parent`].
pub(super) async fn of_new(
    tx: &OrgWrite,
    project: ProjectId,
    parent: Option<TaskId>,
    is_template: Option<bool>,
) -> Result<bool> {
    check(parent, is_template)?;
    match parent {
        Some(parent) => check_parent(tx, project, None, parent).await,
        None => Ok(is_template.unwrap_or_default()),
    }
}

/// Gives a task another parent, or marks it, if that is wanted. What is sent as it is shown changes nothing, so that a deleted
/// parent comes back with its restoration.
///
/// # Errors
/// As for [`of_new`].
pub(super) async fn change(
    tx: &OrgWrite,
    old: &Task,
    new: &mut Task,
    parent: Patch<Option<TaskId>>,
    is_template: Patch<bool>,
) -> Result<()> {
    let (parent, is_template) = (parent.or(old.parent()), is_template.given());
    check(parent, is_template)?;
    match parent {
        Some(parent) if old.parent() != Some(parent) => {
            new.is_of_template = check_parent(tx, old.project_id, Some(old.id), parent).await?;
            (new.parent_id, new.parent_is_deleted) = (Some(parent), false);
        }
        None if old.parent().is_some() => {
            new.is_of_template = is_template.unwrap_or_default();
            new.parent_id = None;
        }
        Some(_) => {}
        None => new.is_of_template = is_template.unwrap_or(old.is_of_template),
    }
    Ok(())
}

/// Marks what is below a task as the task is marked. Ends at what is deleted, which isn't shown there.
pub(super) async fn spread(tx: &OrgWrite, task: TaskId, is_of_template: bool) -> Result<()> {
    let below = store::unlike(tx, task, is_of_template).await?;
    if below.is_empty() {
        return Ok(());
    }
    counts::around(tx, below.clone(), async || store::mark(tx, &below, is_of_template).await).await
}

/// Marks a restored task as the one above it is marked now, and what is below it. Returns the task as it is then.
pub(super) async fn rejoin(tx: &OrgWrite, task: Task) -> Result<Task> {
    let Some(parent) = task.parent() else {
        spread(tx, task.id, task.is_of_template).await?;
        return Ok(task);
    };
    let is_of_template = store::is_of_template(tx, parent).await?;
    if is_of_template != task.is_of_template {
        counts::around(tx, vec![task.id], async || store::mark(tx, &[task.id], is_of_template).await).await?;
    }
    spread(tx, task.id, is_of_template).await?;
    changed(tx, task.id).await
}
