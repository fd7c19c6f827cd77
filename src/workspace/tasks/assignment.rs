//! Assigning users to a task, and unassigning them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::Task;
use crate::{
    access::OrgWrite,
    base::{
        error::{Error, Result},
        id::{ProjectId, TaskId, UserId},
        json::{self, Patch},
    },
    effects::ledger::Target,
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

/// Returns the users that this field names, without duplicates.
///
/// # Errors
/// 422 if one of them can't see the project.
pub(super) async fn checked(
    tx: &OrgWrite,
    project: ProjectId,
    field: &str,
    users: AssigneeIds,
) -> Result<Vec<UserId>> {
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
            let pointer = format!("/{field}/{index}");
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

/// Returns the users to unassign.
///
/// # Errors
/// 422 if one of them neither is nor was a member.
async fn members(tx: &OrgWrite, users: AssigneeIds) -> Result<Vec<UserId>> {
    if users.0.is_empty() {
        return Ok(users.0);
    }
    let known = store::people(tx, &users.0).await?;
    match users.0.iter().position(|user| known.iter().all(|person| person.id != *user)) {
        None => Ok(users.0),
        Some(index) => {
            let pointer = format!("/remove_assignee_ids/{index}");
            Err(Error::field(&pointer, "not_found", "must be a member of the organization"))
        }
    }
}

/// A partial update of a task's assignees.
#[derive(Debug, Clone, Default)]
pub(super) struct AssigneesPatch {
    pub all: Patch<Option<AssigneeIds>>,
    pub add: Option<AssigneeIds>,
    pub remove: Option<AssigneeIds>,
}

/// The difference between a task's assignees and the wanted ones.
#[derive(Default)]
pub(super) struct Change {
    add: Vec<UserId>,
    remove: Vec<UserId>,
}

impl Change {
    /// Returns what a partial update changes of a task's assignees.
    ///
    /// # Errors
    /// 422 if somebody is to be assigned who can't see the project, or to be unassigned who never was a member, or if there
    /// would be too many.
    pub(super) async fn of(tx: &OrgWrite, task: &Task, patch: AssigneesPatch) -> Result<Self> {
        let project = task.project_id;
        let current: Vec<UserId> = task.assignees.iter().map(|person| person.id).collect();
        let mut wanted = match patch.all {
            Patch::Absent => current.clone(),
            Patch::Set(all) => checked(tx, project, "assignee_ids", all.unwrap_or_default()).await?,
        };
        let added = checked(tx, project, "add_assignee_ids", patch.add.unwrap_or_default()).await?;
        wanted.extend(added.into_iter().filter(|user| !wanted.contains(user)).collect::<Vec<_>>());
        let removed = members(tx, patch.remove.unwrap_or_default()).await?;
        wanted.retain(|user| !removed.contains(user));
        if wanted.len() > ASSIGNEES {
            let message = format!("a task has at most {ASSIGNEES} assignees");
            return Err(Error::field("/add_assignee_ids", "too_many", message));
        }
        let remove = current.iter().copied().filter(|user| !wanted.contains(user)).collect();
        wanted.retain(|user| !current.contains(user));
        Ok(Self { add: wanted, remove })
    }

    pub(super) const fn is_any(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    pub(super) fn record(&self, tx: &OrgWrite, task: Target) {
        for user in &self.remove {
            assignments::record_removal(tx, task, *user);
        }
        for user in &self.add {
            assignments::record(tx, task, *user);
        }
    }

    /// Writes the change. The caller must increment the task's version.
    pub(super) async fn write(&self, tx: &OrgWrite, task: TaskId) -> Result<()> {
        if !self.remove.is_empty() {
            store::remove(tx, task, &self.remove).await?;
        }
        if !self.add.is_empty() {
            store::add(tx, task, &self.add).await?;
        }
        Ok(())
    }
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
