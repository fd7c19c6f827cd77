//! Who is assigned to what, and who no longer is once they left or lost sight of it.

use super::Task;
use crate::{
    access::OrgWrite,
    base::{
        error::{Error, Result},
        id::{ProjectId, UserId},
    },
    effects::ledger::{Action, Changes},
    workspace::assignments::{self, store},
};

/// How many people a task may be assigned to.
const MOST: usize = 50;

/// The users, each once.
///
/// # Errors
/// 422 for who can't see the project.
pub(super) async fn checked(tx: &OrgWrite, project: ProjectId, users: Vec<UserId>) -> Result<Vec<UserId>> {
    let mut unique: Vec<UserId> = Vec::with_capacity(users.len());
    if users.len() > MOST {
        return Err(Error::field("/assignee_ids", "too_many", format!("must name at most {MOST} people")));
    }
    for (index, user) in users.into_iter().enumerate() {
        if unique.contains(&user) {
            continue;
        }
        if !store::sees(tx, project, user).await? {
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

/// What becoming assigned to these people, and no others, means for a task.
pub(super) struct Change {
    add: Vec<UserId>,
    remove: Vec<UserId>,
}

impl Change {
    pub(super) const fn is_any(&self) -> bool {
        !self.add.is_empty() || !self.remove.is_empty()
    }

    pub(super) async fn apply(self, tx: &OrgWrite, task: &Task) -> Result<()> {
        for user in self.remove {
            remove(tx, task, user).await?;
        }
        for user in self.add {
            add(tx, task, user).await?;
        }
        Ok(())
    }
}

pub(super) async fn checked_change(tx: &OrgWrite, task: &Task, users: Vec<UserId>) -> Result<Change> {
    let users = checked(tx, task.project_id, users).await?;
    let remove = task.assignees.iter().map(|person| person.id).filter(|user| !users.contains(user)).collect();
    let add = users.into_iter().filter(|user| !task.is_assigned(*user)).collect();
    Ok(Change { add, remove })
}

pub(super) async fn add(tx: &OrgWrite, task: &Task, user: UserId) -> Result<()> {
    store::add_assignee(tx, task.id, user).await?;
    let changes = Changes::none().new_field("assignee", &user);
    tx.record(Action::TaskAssigned, task.entry(), changes).await
}

async fn remove(tx: &OrgWrite, task: &Task, user: UserId) -> Result<()> {
    assignments::remove(tx, task.project_id, task.id, user).await
}

/// Assigns one more person; nothing changes for who is already.
///
/// # Errors
/// 409 when the project is archived, 422 for who can't see it.
pub async fn assign(tx: &OrgWrite, task: &Task, user: UserId) -> Result<()> {
    if !store::sees(tx, task.project_id, user).await? {
        return Err(Error::field("/user", "cannot_see_project", "must be a member who can see the project"));
    }
    if task.assignees.len() >= MOST && !task.is_assigned(user) {
        return Err(Error::field("/user", "too_many", format!("a task has at most {MOST} assignees")));
    }
    task.writable()?;
    if task.is_assigned(user) {
        return Ok(());
    }
    store::touch(tx, task.id).await?;
    add(tx, task, user).await
}

/// Takes somebody off a task.
///
/// # Errors
/// 409 when the project is archived.
pub async fn unassign(tx: &OrgWrite, task: &Task, user: UserId) -> Result<()> {
    task.writable()?;
    store::touch(tx, task.id).await?;
    remove(tx, task, user).await
}

/// Takes those off a reopened task who left while it was done, which kept their name on it.
pub(super) async fn drop_the_unseeing(tx: &OrgWrite, task: &Task) -> Result<()> {
    for person in &task.assignees {
        if !store::sees(tx, task.project_id, person.id).await? {
            remove(tx, task, person.id).await?;
        }
    }
    Ok(())
}
