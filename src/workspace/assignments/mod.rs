//! Who is assigned to which task, and who no longer is once they left or lost sight of it: by ids, so that projects and
//! tasks needn't know each other for it.

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

/// A task in a few words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TaskRef {
    pub id: TaskId,
    pub key: String,
    pub title: Title,
}

/// A task that somebody is no longer, or newly, assigned to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assignment {
    pub task: TaskRef,
    pub user: Person,
}

/// Takes everybody off the tasks that they no longer see, and tells whom off which.
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

/// Takes somebody off a task, whose version the caller counts up.
pub async fn remove(tx: &OrgWrite, project: ProjectId, task: TaskId, user: UserId) -> Result<()> {
    store::remove_assignee(tx, task, user).await?;
    let changes = Changes::none().field("assignee", &Some(user), &None);
    tx.record(Action::TaskUnassigned, Target::Task(project, task), changes).await
}

/// Takes a leaver off their open tasks. Those that the heir sees and isn't on pass to them; the others to nobody.
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

/// Whether the heir is on the task now and wasn't before.
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
