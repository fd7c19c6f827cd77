//! Assignments of tasks to users, and their removal when a user leaves or can no longer see a project. Works on ids, so
//! that projects and tasks don't depend on each other for this.

pub(crate) mod store;

use std::collections::HashSet;

use futures_util::try_join;
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    access::OrgWrite,
    base::{
        error::Result,
        id::{TaskId, UserId},
        text::Title,
    },
    db::Query,
    effects::ledger::{Action, Changes, Target},
    identity::accounts::Person,
    workspace::counts,
};

/// A short reference to a task.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskRef {
    /// The task's id.
    pub id: TaskId,
    /// The project's key and the task's number, such as `WEB-142`.
    pub key: String,
    /// The task's title.
    pub title: Title,
}

/// A task and a user whose assignment to it was removed or added.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assignment {
    /// The task.
    pub task: TaskRef,
    /// The user.
    pub user: Person,
}

/// Unassigns all members from the tasks of projects that they can no longer see. Returns the removed assignments.
pub async fn unassign_the_unseeing(tx: &OrgWrite) -> Result<Vec<Assignment>> {
    let lost = store::unseen_assignments(tx).await?;
    let mut tasks: Vec<TaskId> = lost.iter().map(|row| row.task).collect();
    tasks.dedup();
    counts::around(tx, tasks.clone(), async || {
        for tasks in tasks.chunks(Query::ROWS) {
            try_join!(store::remove_unseen(tx, tasks), store::touch(tx, tasks))?;
        }
        Ok(())
    })
    .await?;
    for row in &lost {
        record_removal(tx, Target::Task(row.project, row.task), row.user);
    }
    Ok(lost.iter().map(store::Assigned::assignment).collect())
}

/// Unassigns from these tasks those who can't see them; who has left the organization stays on closed tasks. The caller must
/// increment the tasks' versions and count them. Returns the removed assignments.
pub async fn drop_the_unseeing(tx: &OrgWrite, tasks: &[TaskId]) -> Result<Vec<Assignment>> {
    let mut lost = Vec::new();
    for tasks in tasks.chunks(Query::ROWS) {
        lost.extend(store::unseen_of(tx, tasks).await?);
        store::remove_unseen_of(tx, tasks).await?;
    }
    for row in &lost {
        record_removal(tx, Target::Task(row.project, row.task), row.user);
    }
    Ok(lost.iter().map(store::Assigned::assignment).collect())
}

/// Records that a user was assigned to a task.
pub fn record(tx: &OrgWrite, task: Target, user: UserId) {
    tx.record(Action::TaskAssigned, task, Changes::none().new_field("assignee", &user));
}

/// Records that a user was unassigned from a task.
pub fn record_removal(tx: &OrgWrite, task: Target, user: UserId) {
    tx.record(Action::TaskUnassigned, task, Changes::none().field("assignee", &Some(user), &None));
}

/// Unassigns a leaving user from their open tasks, and assigns the heir to those that the heir can see and isn't
/// assigned to already. Returns the assignments that passed to nobody, then those that passed to the heir.
pub async fn hand_over(
    tx: &OrgWrite,
    leaver: UserId,
    heir: Option<UserId>,
) -> Result<(Vec<Assignment>, Vec<Assignment>)> {
    let (mut unassigned, mut reassigned) = (Vec::new(), Vec::new());
    let open = store::open_assignments(tx, leaver).await?;
    let heir = match heir.filter(|_| !open.is_empty()) {
        Some(heir) => store::people(tx, &[heir]).await?.pop(),
        None => None,
    };
    let tasks: Vec<TaskId> = open.iter().map(|row| row.task).collect();
    let mut passed = HashSet::new();
    counts::around(tx, tasks.clone(), async || {
        for tasks in tasks.chunks(Query::ROWS) {
            let pass_on = async {
                match &heir {
                    Some(heir) => store::add_seen(tx, heir.id, tasks).await,
                    None => Ok(Vec::new()),
                }
            };
            let remove = store::remove_from(tx, leaver, tasks);
            let (added, (), ()) = try_join!(pass_on, remove, store::touch(tx, tasks))?;
            passed.extend(added);
        }
        Ok(())
    })
    .await?;
    for row in &open {
        let task = Target::Task(row.project, row.task);
        record_removal(tx, task, row.user);
        match heir.as_ref().filter(|_| passed.contains(&row.task)) {
            Some(heir) => {
                record(tx, task, heir.id);
                reassigned.push(Assignment { user: heir.clone(), ..row.assignment() });
            }
            None => unassigned.push(row.assignment()),
        }
    }
    Ok((unassigned, reassigned))
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
