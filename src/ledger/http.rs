//! Reading the activity.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Action, ActivityEntry,
    store::{self, Of, Span, Wanted},
};
use crate::{
    access::{Access, Facts, OrgTx, Permission, actions},
    clock::Time,
    error::Result,
    http::input::List,
    id::UserId,
    list::CommaList,
    page::{Page, Paging},
    projects::{self, Project},
    tasks::{self, Task},
};

actions! {
    ReadOrgActivity: ReadActivity on ();
    ReadProjectActivity: See on Project;
    ReadTaskActivity: See on Task;
}

/// Which entries. Those of what the caller can't see are left out of every answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// Of these projects, by id or key.
    pub project: Option<CommaList<String>>,
    /// Of these tasks, by id or key.
    pub task: Option<CommaList<String>>,
    /// Done by these people.
    pub actor: Option<CommaList<UserId>>,
    /// Of these kinds, such as `task.created,task.assigned`.
    pub action: Option<CommaList<Action>>,
    /// From this time on.
    pub since: Option<Time>,
    /// Before this time.
    pub until: Option<Time>,
}

async fn page(tx: &OrgTx, of: Of, filters: Filters, paging: &Paging) -> Result<Page<ActivityEntry>> {
    let wanted = Wanted {
        of,
        projects: projects::ids(tx, filters.project.as_ref()).await?,
        tasks: tasks::ids(tx, filters.task.as_ref()).await?,
        filters,
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        span: Span::Before(paging.after::<i64>()?.unwrap_or(i64::MAX)),
        rows: paging.rows(),
    };
    store::page(tx, &wanted, paging).await
}

pub async fn of_org(access: Access<ReadOrgActivity>, list: List<Filters>) -> Result<Page<ActivityEntry>> {
    access
        .read(list, async |tx, (), (filters, paging)| page(tx, Of::Organization, filters, &paging).await)
        .await
}

pub async fn of_project(
    access: Access<ReadProjectActivity>,
    list: List<Filters>,
) -> Result<Page<ActivityEntry>> {
    let read = async |tx: &OrgTx, project: Project, (filters, paging): (Filters, Paging)| {
        page(tx, Of::Project(project.id), filters, &paging).await
    };
    access.read(list, read).await
}

pub async fn of_task(access: Access<ReadTaskActivity>, list: List<Filters>) -> Result<Page<ActivityEntry>> {
    let read = async |tx: &OrgTx, task: Task, (filters, paging): (Filters, Paging)| {
        page(tx, Of::Task(task.id), filters, &paging).await
    };
    access.read(list, read).await
}
