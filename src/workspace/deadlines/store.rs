//! SQL statements for deadlines.

use futures_util::try_join;

use super::Place;
use crate::{
    access::{SystemTx, Viewer},
    base::{
        clock::Time,
        day::Day,
        error::{Error, Result},
        id::{OrgId, ProjectId, TaskId},
    },
    db::{Query, columns, sql},
};

/// A task that is due on a day.
pub(super) struct DueOn {
    pub id: TaskId,
    pub day: Day,
    pub due_at: Time,
    /// Whether it is open, and hasn't been told to be overdue.
    pub is_untold: bool,
}

columns!(DueOn {
    id: "id",
    day: "due_on",
    due_at: "due_at",
    is_untold: "overdue_at is null and status < 3 and deleted_at is null",
});

/// Returns the tasks that are due on days, after one of them, deleted ones too.
pub(super) async fn due_on_days(viewer: &Viewer, after: Option<Place>, rows: usize) -> Result<Vec<DueOn>> {
    let rows = i64::try_from(rows).map_err(Error::internal)?;
    let (day, id) = after.unzip();
    let mut query =
        Query::select(DueOn::COLUMNS, " from tasks where org_id = $1 and due_on is not null", &[]);
    if let (Some(day), Some(id)) = (&day, &id) {
        query.push(" and (due_on, id) > (?, ?)", &[day, id]);
    }
    query.push(" order by due_on, id limit ?", &[&rows]);
    viewer.all(query.sql(), query.values()).await
}

/// Moves the deadlines of tasks to so many milliseconds after the beginnings of their days in UTC, and what the assignments
/// keep of them.
pub(super) async fn move_to(viewer: &Viewer, lag: i64, tasks: &[TaskId]) -> Result<()> {
    let mut deadlines =
        Query::new("update tasks set due_at = due_on * 86400000 + ? where org_id = $1", &[&lag]);
    deadlines.among("id", tasks);
    let mut assignments = Query::new(
        "update task_assignees set open_due_at = (
             select t.due_on * 86400000 + ? from tasks t where t.org_id = $1 and t.id = task_assignees.task_id)
         where org_id = $1 and open_due_at is not null",
        &[&lag],
    );
    assignments.among("task_id", tasks);
    let deadlines = viewer.execute(deadlines.sql(), deadlines.values());
    try_join!(deadlines, viewer.execute(assignments.sql(), assignments.values())).map(drop)
}

/// Returns the organizations whose deadlines aren't all moved after a change of the time zone.
pub(crate) async fn moving(tx: &SystemTx) -> Result<Vec<(OrgId,)>> {
    tx.all(sql!("select org_id from zone_changes where at <= $1 order by at"), &[&tx.now()]).await
}

/// Returns the last task whose deadline is moved, if there are others.
pub(super) async fn last_moved(viewer: &Viewer) -> Result<Option<Place>> {
    viewer.maybe(sql!("select due_on, task_id from zone_changes where org_id = $1"), &[]).await
}

/// Notes the last task whose deadline is moved; `None` if all are.
pub(super) async fn note_moved(viewer: &Viewer, last: Option<Place>) -> Result<()> {
    viewer.execute(sql!("delete from zone_changes where org_id = $1"), &[]).await?;
    let Some((day, task)) = last else { return Ok(()) };
    let sql = sql!("insert into zone_changes (org_id, at, due_on, task_id) values ($1, $2, $3, $4)");
    viewer.execute(sql, &[&viewer.now(), &day, &task]).await.map(drop)
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
pub(super) async fn overdue(viewer: &Viewer, rows: usize) -> Result<Vec<Overdue>> {
    let rows = i64::try_from(rows).map_err(Error::internal)?;
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
