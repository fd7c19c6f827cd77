//! SQL statements for deadlines.

use futures_util::try_join;

use super::Shift;
use crate::{
    access::OrgWrite,
    base::{day::Day, error::Result, id::TaskId},
    db::{Query, sql},
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
