//! The handlers that list the activity of an organization, a project or a task.

use crate::{
    access::{Access, Facts, OrgTx, Permission, actions},
    base::{
        error::Result,
        page::{Page, Paging},
    },
    effects::ledger::{self, ActivityEntry, ActivityFilters, ActivityQuery, Span, Within},
    http::input::List,
    workspace::{
        projects::{self, Project},
        tasks::{self, Task},
    },
};

actions! {
    ReadOrgActivity: ReadActivity on ();
    ReadProjectActivity: See on Project;
    ReadTaskActivity: See on Task;
}

async fn page(
    tx: &OrgTx,
    within: Within,
    filters: ActivityFilters,
    paging: &Paging,
) -> Result<Page<ActivityEntry>> {
    let query = ActivityQuery {
        within,
        projects: projects::ids(tx, filters.project.as_ref()).await?,
        tasks: tasks::ids(tx, filters.task.as_ref()).await?,
        filters,
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        span: Span::Before(paging.after::<i64>()?.unwrap_or(i64::MAX)),
        rows: paging.rows(),
    };
    ledger::page(tx, &query, paging).await
}

pub async fn of_org(
    access: Access<ReadOrgActivity>,
    list: List<ActivityFilters>,
) -> Result<Page<ActivityEntry>> {
    access
        .read(list, async |tx, (), (filters, paging)| page(tx, Within::Organization, filters, &paging).await)
        .await
}

pub async fn of_project(
    access: Access<ReadProjectActivity>,
    list: List<ActivityFilters>,
) -> Result<Page<ActivityEntry>> {
    let read = async |tx: &OrgTx, project: Project, (filters, paging): (ActivityFilters, Paging)| {
        page(tx, Within::Project(project.id), filters, &paging).await
    };
    access.read(list, read).await
}

pub async fn of_task(
    access: Access<ReadTaskActivity>,
    list: List<ActivityFilters>,
) -> Result<Page<ActivityEntry>> {
    let read = async |tx: &OrgTx, task: Task, (filters, paging): (ActivityFilters, Paging)| {
        page(tx, Within::Task(task.id), filters, &paging).await
    };
    access.read(list, read).await
}
