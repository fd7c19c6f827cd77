//! SQL statements for deadlines.

use futures_util::try_join;

use super::Shift;
use crate::{
    access::{OrgWrite, SystemTx, Viewer},
    base::{
        clock::Time,
        day::Day,
        error::Result,
        id::{OrgId, ProjectId, TaskId},
    },
    db::{Query, columns, sql},
};

/// Returns the days on which tasks are due, the earliest first.
pub(super) async fn days(tx: &OrgWrite) -> Result<Vec<Day>> {
    let sql =
        sql!("select distinct due_on from tasks where org_id = $1 and due_on is not null order by due_on");
    Ok(tx.all::<(Day,)>(sql, &[]).await?.into_iter().map(|(day,)| day).collect())
}

/// Returns the open tasks that are due on one of these days.
pub(super) async fn open(tx: &OrgWrite, days: &[Day]) -> Result<Vec<TaskId>> {
    let mut query =
        Query::new("select id from tasks where org_id = $1 and deleted_at is null and status < 3", &[]);
    query.among("due_on", days);
    let tasks = tx.all::<(TaskId,)>(query.sql(), query.values()).await?;
    Ok(tasks.into_iter().map(|(task,)| task).collect())
}

/// Moves the deadlines that are among some days, and what the assignments keep of them.
pub(super) async fn shift(tx: &OrgWrite, Shift { first, last, by }: &Shift) -> Result<()> {
    let tasks =
        sql!("update tasks set due_at = due_at + $4 where org_id = $1 and due_on >= $2 and due_on <= $3");
    let assignments = sql!(
        "update task_assignees set open_due_at = open_due_at + $4
         where org_id = $1 and open_due_at is not null and task_id in (
             select t.id from tasks t where t.org_id = $1 and t.due_on >= $2 and t.due_on <= $3)"
    );
    let values: [&(dyn crate::db::Param + Sync); 3] = [first, last, by];
    try_join!(tx.execute(tasks, &values), tx.execute(assignments, &values)).map(drop)
}

/// Returns the organizations that may have overdue tasks which aren't told.
pub(crate) async fn due(tx: &SystemTx) -> Result<Vec<(OrgId,)>> {
    tx.all(sql!("select distinct org_id from deadlines where at <= $1"), &[&tx.now()]).await
}

/// Notes minutes at whose beginning tasks have become overdue.
pub(super) async fn expect(viewer: &Viewer, minutes: &[Time]) -> Result<()> {
    for minutes in Query::chunks(minutes) {
        let mut query = Query::new("insert into deadlines (org_id, at) values", &[]);
        for minute in minutes {
            query.row(&[minute]);
        }
        query.push(" on conflict do nothing", &[]);
        viewer.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Notes the next minutes after all deadlines of open tasks that aren't told to be overdue.
pub(super) async fn expect_all(viewer: &Viewer) -> Result<()> {
    let sql = sql!(
        "insert into deadlines (at, org_id)
         select distinct (t.due_at / 60000 + 1) * 60000, t.org_id from tasks t
         where t.org_id = $1 and t.due_at is not null and t.overdue_at is null and t.status < 3 and t.deleted_at is null
         on conflict do nothing"
    );
    viewer.execute(sql, &[]).await.map(drop)
}

/// Forgets the minutes up to a time.
pub(super) async fn forget(viewer: &Viewer, until: Time) -> Result<()> {
    let sql = sql!("delete from deadlines where org_id = $1 and at <= $2");
    viewer.execute(sql, &[&until]).await.map(drop)
}

/// An open task that has become overdue.
pub(super) struct Overdue {
    pub id: TaskId,
    pub project: ProjectId,
    /// Whether it is no template, and its project is neither archived nor deleted nor a template.
    pub is_live: bool,
}

columns!(Overdue {
    id: "t.id",
    project: "t.project_id",
    is_live: "p.archived_at is null and p.deleted_at is null and not p.is_template and not t.is_template",
});

/// Returns up to so many of the open tasks that have become overdue, and of which that isn't told.
pub(super) async fn overdue(viewer: &Viewer, rows: i64) -> Result<Vec<Overdue>> {
    let sql = sql!(
        "select ",
        Overdue::COLUMNS,
        " from tasks t join projects p on p.org_id = $1 and p.id = t.project_id
         where t.org_id = $1 and t.due_at < $2 and t.due_at is not null and t.overdue_at is null and t.status < 3
           and t.deleted_at is null
         order by t.due_at, t.id limit $3"
    );
    viewer.all(sql, &[&viewer.now(), &rows]).await
}

/// Notes that these tasks have been told, or passed over.
pub(super) async fn note(viewer: &Viewer, tasks: &[Overdue]) -> Result<()> {
    let (now, ids) = (viewer.now(), tasks.iter().map(|task| task.id).collect::<Vec<_>>());
    let mut query = Query::new("update tasks set overdue_at = ? where org_id = $1", &[&now]);
    query.among("id", &ids);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}
