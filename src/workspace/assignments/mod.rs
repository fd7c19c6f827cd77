//! Assignments of tasks to users, and their removal when a user leaves or can no longer see a project. Works on ids, so
//! that projects and tasks don't depend on each other for this.

pub(crate) mod store;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    access::OrgWrite,
    base::{
        error::Result,
        id::{ProjectId, TaskId, UserId},
        text::Title,
    },
    effects::ledger::{Action, Changes, Target},
    identity::accounts::Person,
};

/// A short reference to a task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskRef {
    pub id: TaskId,
    /// The project's key and the task's number, such as `WEB-142`.
    pub key: String,
    pub title: Title,
}

/// A task and a user whose assignment to it was removed or added.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assignment {
    pub task: TaskRef,
    pub user: Person,
}

/// Unassigns all members from the tasks of projects that they can no longer see. Returns the removed assignments.
pub async fn unassign_the_unseeing(tx: &OrgWrite) -> Result<Vec<Assignment>> {
    let mut lost = Vec::new();
    for row in store::unseen_assignments(tx).await? {
        take_off(tx, &row).await?;
        lost.push(row.assignment());
    }
    Ok(lost)
}

async fn take_off(tx: &OrgWrite, row: &store::Assigned) -> Result<()> {
    store::touch(tx, row.task).await?;
    remove(tx, row.project, row.task, row.user).await
}

/// Unassigns a user from a task and records it. The caller must increment the task's version.
pub async fn remove(tx: &OrgWrite, project: ProjectId, task: TaskId, user: UserId) -> Result<()> {
    store::remove_assignee(tx, task, user).await?;
    let changes = Changes::none().field("assignee", &Some(user), &None);
    tx.record(Action::TaskUnassigned, Target::Task(project, task), changes).await
}

/// Unassigns a leaving user from their open tasks, and assigns the heir to those that the heir can see and isn't
/// assigned to already. Returns the assignments that passed to nobody, then those that passed to the heir.
pub async fn hand_over(
    tx: &OrgWrite,
    leaver: UserId,
    heir: Option<UserId>,
) -> Result<(Vec<Assignment>, Vec<Assignment>)> {
    let (mut unassigned, mut reassigned) = (Vec::new(), Vec::new());
    for row in store::open_assignments(tx, leaver).await? {
        take_off(tx, &row).await?;
        match heir {
            Some(heir) if pass_on(tx, &row, heir).await? => {
                let name = store::name_of(tx, heir).await?;
                reassigned.push(Assignment { user: Person { id: heir, name }, ..row.assignment() });
            }
            _ => unassigned.push(row.assignment()),
        }
    }
    Ok((unassigned, reassigned))
}

/// Assigns the heir to a task. Returns `false` if the heir cannot see the project or was assigned already.
async fn pass_on(tx: &OrgWrite, row: &store::Assigned, heir: UserId) -> Result<bool> {
    if !store::sees(tx, row.project, heir).await? || !store::add_assignee(tx, row.task, heir).await? {
        return Ok(false);
    }
    let changes = Changes::none().new_field("assignee", &heir);
    tx.record(Action::TaskAssigned, Target::Task(row.project, row.task), changes).await?;
    Ok(true)
}

impl store::Assigned {
    fn assignment(&self) -> Assignment {
        Assignment {
            task: TaskRef {
                id: self.task,
                key: format!("{}-{}", self.project_key, self.number),
                title: self.title.clone(),
            },
            user: Person { id: self.user, name: self.name.clone() },
        }
    }
}
