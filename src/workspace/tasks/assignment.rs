//! Assigning users to a task, and unassigning them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::Task;
use crate::{
    access::OrgWrite,
    base::{
        error::{Error, Result},
        id::{ProjectId, UserId},
        json,
    },
    workspace::{
        assignments::{self, store},
        counts,
    },
};

/// The most assignees of a task.
pub const ASSIGNEES: usize = 50;

/// The users that a request wants assigned to a task: at most [`ASSIGNEES`].
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(inline)]
pub struct AssigneeIds(Vec<UserId>);

impl<'de> Deserialize<'de> for AssigneeIds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::up_to(ASSIGNEES, "too_many", deserializer).map(Self)
    }
}

/// Returns the given users without duplicates.
///
/// # Errors
/// 422 if one of them can't see the project.
pub(super) async fn checked(tx: &OrgWrite, project: ProjectId, users: AssigneeIds) -> Result<Vec<UserId>> {
    let users = users.0;
    let mut unique: Vec<UserId> = Vec::with_capacity(users.len());
    if users.is_empty() {
        return Ok(unique);
    }
    let seeing = store::seeing(tx, project, &users).await?;
    for (index, user) in users.into_iter().enumerate() {
        if unique.contains(&user) {
            continue;
        }
        if !seeing.contains(&user) {
            let pointer = format!("/assignee_ids/{index}");
            return Err(Error::field(
                &pointer,
                "cannot_see_project",
                "must be a member who can see the project",
            ));
        }
        unique.push(user);
    }
    Ok(unique)
}

/// The difference between a task's assignees and the wanted ones.
pub(super) struct Change {
    add: Vec<UserId>,
    remove: Vec<UserId>,
}

impl Change {
    pub(super) const fn is_any(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    pub(super) async fn apply(&self, tx: &OrgWrite, task: &Task) -> Result<()> {
        remove(tx, task, &self.remove).await?;
        add(tx, task, &self.add).await
    }
}

pub(super) async fn checked_change(tx: &OrgWrite, task: &Task, users: AssigneeIds) -> Result<Change> {
    let users = checked(tx, task.project_id, users).await?;
    let remove = task.assignees.iter().map(|person| person.id).filter(|user| !users.contains(user)).collect();
    let add = users.into_iter().filter(|user| !task.is_assigned(*user)).collect();
    Ok(Change { add, remove })
}

/// Assigns users to a task. The caller must increment the task's version.
pub(super) async fn add(tx: &OrgWrite, task: &Task, users: &[UserId]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    for user in users {
        assignments::record(tx, task.entry(), *user);
    }
    store::add(tx, task.id, users).await
}

/// Unassigns users from a task. The caller must increment the task's version.
async fn remove(tx: &OrgWrite, task: &Task, users: &[UserId]) -> Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    for user in users {
        assignments::record_removal(tx, task.entry(), *user);
    }
    store::remove(tx, task.id, users).await
}

/// Assigns a user to a task, in addition to others. Changes nothing if they are assigned already.
///
/// # Errors
/// 409 if the project is archived; 422 if the user can't see it, or if the task has too many assignees.
pub async fn assign(tx: &OrgWrite, task: &Task, user: UserId) -> Result<()> {
    if store::seeing(tx, task.project_id, &[user]).await?.is_empty() {
        return Err(Error::parameter(
            "user",
            "cannot_see_project",
            "must be a member who can see the project",
        ));
    }
    if task.assignees.len() >= ASSIGNEES && !task.is_assigned(user) {
        return Err(Error::parameter(
            "user",
            "too_many",
            format!("a task has at most {ASSIGNEES} assignees"),
        ));
    }
    task.writable()?;
    if task.is_assigned(user) {
        return Ok(());
    }
    store::touch(tx, &[task.id]).await?;
    add(tx, task, &[user]).await?;
    let (old, mut new) = (task.counted(), task.counted());
    new.assignees.push(user);
    counts::change(tx, Some(&old), Some(&new)).await
}

/// Unassigns a user from a task.
///
/// # Errors
/// 409 if the project is archived.
pub async fn unassign(tx: &OrgWrite, task: &Task, user: UserId) -> Result<()> {
    task.writable()?;
    store::touch(tx, &[task.id]).await?;
    remove(tx, task, &[user]).await?;
    let (old, mut new) = (task.counted(), task.counted());
    new.assignees.retain(|assignee| *assignee != user);
    counts::change(tx, Some(&old), Some(&new)).await
}
