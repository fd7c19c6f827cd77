//! SQL statements for links between tasks.

use super::{Kind, LinkRef};
use crate::{
    access::{OrgTx, OrgWrite, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{LinkId, TaskId, UserId},
        text::{ProjectKey, Title},
    },
    db::{Query, columns, sql},
    workspace::status::Status,
};

/// A link of a task whose other task the reader sees.
struct Seen {
    task: TaskId,
    id: LinkId,
    kind: Kind,
    other: TaskId,
    status: Status,
}

columns!(Seen { task: "l.task_id", id: "l.id", kind: "l.kind", other: "l.other_id", status: "o.status" });

/// Builds the query for the links of tasks whose other task the reader sees.
fn of_tasks_query<'a>(reader: &'a UserId, tasks: &'a [TaskId]) -> Query<'a> {
    let mut query = Query::select(
        Seen::COLUMNS,
        " from task_links l
         join tasks o on o.org_id = $1 and o.id = l.other_id and o.deleted_at is null
         join project_sight v on v.org_id = $1 and v.project_id = o.project_id and v.user_id = ?
         where l.org_id = $1",
        &[reader],
    );
    query.among("l.task_id", tasks);
    query.push(" order by l.id", &[]);
    query
}

/// Returns the links of tasks whose other task the caller sees, each with that one's status, the oldest first.
pub(crate) async fn of_tasks(viewer: &Viewer, tasks: &[TaskId]) -> Result<Vec<(TaskId, LinkRef, Status)>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let reader = viewer.user();
    let query = of_tasks_query(&reader, tasks);
    let found: Vec<Seen> = viewer.all(query.sql(), query.values()).await?;
    let link = |found: Seen| {
        let link = LinkRef { id: found.id, kind: found.kind, task_id: found.other };
        (found.task, link, found.status)
    };
    Ok(found.into_iter().map(link).collect())
}

/// A link of a task, with the other task and who made it.
pub(crate) struct Found {
    pub id: LinkId,
    pub kind: Kind,
    pub other: TaskId,
    pub project_key: ProjectKey,
    pub number: i64,
    pub title: Title,
    pub status: Status,
    pub created_by: UserId,
    pub creator: String,
    pub created_at: Time,
}

columns!(Found {
    id: "l.id",
    kind: "l.kind",
    other: "o.id",
    project_key: "v.key",
    number: "o.number",
    title: "o.title",
    status: "o.status",
    created_by: "l.created_by",
    creator: "c.name",
    created_at: "l.created_at",
});

/// Returns the links of a task after this one whose other task the caller sees, the oldest first.
pub(crate) async fn page(viewer: &Viewer, task: TaskId, after: LinkId, rows: i64) -> Result<Vec<Found>> {
    let sql = sql!(
        "select ",
        Found::COLUMNS,
        " from task_links l
         join tasks o on o.org_id = $1 and o.id = l.other_id and o.deleted_at is null
         join project_sight v on v.org_id = $1 and v.project_id = o.project_id and v.user_id = $2
         join users c on c.id = l.created_by
         where l.org_id = $1 and l.task_id = $3 and l.id > $4
         order by l.id limit $5"
    );
    viewer.all(sql, &[&viewer.user(), &task, &after, &rows]).await
}

/// Returns a link of a task whose other task the caller sees.
pub(crate) async fn find(viewer: &Viewer, task: TaskId, link: LinkId) -> Result<Option<Found>> {
    let sql = sql!(
        "select ",
        Found::COLUMNS,
        " from task_links l
         join tasks o on o.org_id = $1 and o.id = l.other_id and o.deleted_at is null
         join project_sight v on v.org_id = $1 and v.project_id = o.project_id and v.user_id = $2
         join users c on c.id = l.created_by
         where l.org_id = $1 and l.id = $4 and l.task_id = $3"
    );
    viewer.maybe(sql, &[&viewer.user(), &task, &link]).await
}

/// Inserts a link, seen from the first task and from the second. Returns whether there was none like it.
pub(super) async fn insert(
    tx: &OrgWrite,
    id: LinkId,
    kind: Kind,
    (from, to): (TaskId, TaskId),
) -> Result<bool> {
    let sql = sql!(
        "insert into task_links (org_id, id, task_id, kind, other_id, created_by, created_at)
         values ($1, $2, $3, $4, $5, $7, $8), ($1, $2, $5, $6, $3, $7, $8)
         on conflict do nothing"
    );
    let values: &[&(dyn crate::db::Param + Sync)] =
        &[&id, &from, &kind, &to, &kind.reversed(), &tx.user(), &tx.now()];
    Ok(tx.execute(sql, values).await? > 0)
}

/// Returns whether the organization has a link with this id, seen or not.
pub(crate) async fn is_there(tx: &OrgWrite, id: LinkId) -> Result<bool> {
    let sql = sql!("select id from task_links where org_id = $1 and id = $2 limit 1");
    Ok(tx.maybe::<(LinkId,)>(sql, &[&id]).await?.is_some())
}

/// Returns the number of links of that of the tasks which has the most.
pub(super) async fn most(tx: &OrgWrite, tasks: &[TaskId]) -> Result<i64> {
    let mut query = Query::new("select count(*) from task_links l where l.org_id = $1", &[]);
    query.among("l.task_id", tasks);
    query.push(" group by l.task_id order by count(*) desc limit 1", &[]);
    Ok(tx.maybe::<(i64,)>(query.sql(), query.values()).await?.map_or(0, |(count,)| count))
}

/// Follows the links of one kind from a task on, those of deleted tasks too, which may be restored. Returns the number of
/// tasks that it leads to, up to `most` of them, and whether the task itself is among these.
pub(super) async fn ahead(tx: &OrgWrite, from: TaskId, kind: Kind, most: i64) -> Result<(i64, i64)> {
    let sql = sql!(
        "with recursive ahead (id) as (
             select l.other_id from task_links l where l.org_id = $1 and l.task_id = $2 and l.kind = $3
             union
             select l.other_id from ahead join task_links l on l.org_id = $1 and l.task_id = ahead.id and l.kind = $3
         ), met as (select id from ahead limit $4)
         select count(*), count(case when met.id = $2 then 1 end) from met"
    );
    tx.one(sql, &[&from, &kind, &most]).await
}

pub(super) async fn delete(tx: &OrgWrite, link: LinkId) -> Result<()> {
    tx.execute(sql!("delete from task_links where org_id = $1 and id = $2"), &[&link]).await.map(drop)
}

/// Returns those of the given tasks that have links.
pub(crate) async fn linked(tx: &OrgTx, tasks: &[TaskId]) -> Result<Vec<TaskId>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("select distinct l.task_id from task_links l where l.org_id = $1", &[]);
    query.among("l.task_id", tasks);
    let found = tx.all::<(TaskId,)>(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}
