//! The SQL of the statistics.

use crate::{
    access::OrgTx,
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, UserId},
    },
    db::{Query, columns},
    workspace::{projects::ProjectName, status::Status, tasks::Priority},
};

/// The parameters of the statistics.
pub(super) struct StatsQuery {
    pub reader: UserId,
    /// Counts only tasks of these projects, if given.
    pub projects: Option<Vec<ProjectId>>,
    pub now: Time,
    /// The start of the first day that is reported.
    pub since: Time,
}

/// The number of tasks with the same project, status, priority and overdue flag.
pub(super) struct Group {
    pub project: ProjectId,
    pub status: Status,
    pub priority: Priority,
    pub is_overdue: bool,
    pub count: i64,
}

columns!(Group {
    project: "t.project_id",
    status: "t.status",
    priority: "t.priority",
    is_overdue: "coalesce(t.due_at < ? and t.status <> 3, false)",
    count: "count(*)",
});

/// The number of tasks with the same assignee, status and overdue flag. Unassigned tasks have no assignee.
pub(super) struct Assigned {
    pub assignee: Option<UserId>,
    pub name: Option<String>,
    pub status: Status,
    pub is_overdue: bool,
    pub count: i64,
}

columns!(Assigned {
    assignee: "a.user_id",
    name: "u.name",
    status: "t.status",
    is_overdue: "coalesce(t.due_at < ? and t.status <> 3, false)",
    count: "count(*)",
});

impl StatsQuery {
    /// Appends the `from` clause: the tasks that the reader may see.
    fn seen<'a>(&'a self, query: &mut Query<'a>) {
        query.push(
            " from tasks t
             join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?",
            &[&self.reader],
        );
    }

    /// Appends the `where` clause: tasks that aren't deleted, of the wanted projects.
    fn there<'a>(&'a self, query: &mut Query<'a>) {
        query.push(" where t.org_id = $1 and t.deleted_at is null", &[]);
        if let Some(projects) = &self.projects {
            query.among("t.project_id", projects);
        }
    }
}

pub(super) async fn projects(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<ProjectName>> {
    let mut query = Query::select(
        ProjectName::COLUMNS,
        " from projects p
         join project_sight v on v.org_id = $1 and v.project_id = p.id and v.user_id = ?
         where p.org_id = $1",
        &[&wanted.reader],
    );
    if let Some(projects) = &wanted.projects {
        query.among("p.id", projects);
    }
    query.push(" order by p.id", &[]);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn groups(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<Group>> {
    let mut query = Query::select(Group::COLUMNS, "", &[&wanted.now]);
    wanted.seen(&mut query);
    wanted.there(&mut query);
    query.push(" group by 1, 2, 3, 4", &[]);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn assigned(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<Assigned>> {
    let mut query = Query::select(Assigned::COLUMNS, "", &[&wanted.now]);
    wanted.seen(&mut query);
    query.push(
        " left join task_assignees a on a.org_id = $1 and a.task_id = t.id left join users u on u.id = a.user_id",
        &[],
    );
    wanted.there(&mut query);
    query.push(" group by 1, 2, 3, 4", &[]);
    tx.all(query.sql(), query.values()).await
}

/// Counts the tasks created per quarter of an hour, numbered since 1970.
pub(super) async fn created(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<(i64, i64)>> {
    let mut query = Query::new("select t.created_at / 900000, count(*)", &[]);
    wanted.seen(&mut query);
    wanted.there(&mut query);
    query.push(" and t.created_at >= ? group by 1", &[&wanted.since]);
    tx.all(query.sql(), query.values()).await
}

/// Counts the done tasks by the quarter of an hour, numbered since 1970, in which they became done.
pub(super) async fn done(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<(i64, i64)>> {
    let mut query = Query::new("select t.completed_at / 900000, count(*)", &[]);
    wanted.seen(&mut query);
    wanted.there(&mut query);
    query.push(" and t.completed_at >= ? group by 1", &[&wanted.since]);
    tx.all(query.sql(), query.values()).await
}
