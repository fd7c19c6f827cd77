//! SQL statements for the columns of boards.

use super::{Column, FIRST};
use crate::{
    access::{OrgTx, OrgWrite, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{ColumnId, ProjectId, TaskId},
    },
    db::{Query, columns, sql},
    workspace::{position, status::Status},
};

columns!(Column {
    id: "c.id",
    project_id: "c.project_id",
    project_created_by: "p.created_by",
    project_archived_at: "p.archived_at",
    name: "c.name",
    status: "c.status",
    color: "c.color",
    task_limit: "c.task_limit",
    position: "c.position",
    version: "c.version",
    created_at: "c.created_at",
    updated_at: "c.updated_at",
});

pub(super) async fn find(viewer: &Viewer, project: ProjectId, id: ColumnId) -> Result<Option<Column>> {
    let sql = sql!(
        "select ",
        Column::COLUMNS,
        " from board_columns c join projects p on p.org_id = $1 and p.id = c.project_id
         where c.org_id = $1 and c.project_id = $2 and c.id = $3 and c.deleted_at is null"
    );
    viewer.maybe(sql, &[&project, &id]).await
}

pub(super) async fn first_of(tx: &OrgTx, project: ProjectId, status: Status) -> Result<Option<ColumnId>> {
    let sql = sql!(
        "select id from board_columns
         where org_id = $1 and project_id = $2 and status = $3 and deleted_at is null order by position, id limit 1"
    );
    Ok(tx.maybe::<(ColumnId,)>(sql, &[&project, &status]).await?.map(|(id,)| id))
}

/// Returns the columns of a project behind a place in their order.
pub(super) async fn page(
    tx: &OrgTx,
    project: ProjectId,
    (position, id): (&str, ColumnId),
    rows: i64,
) -> Result<Vec<Column>> {
    let sql = sql!(
        "select ",
        Column::COLUMNS,
        " from board_columns c join projects p on p.org_id = $1 and p.id = c.project_id
         where c.org_id = $1 and c.project_id = $2 and c.deleted_at is null and (c.position, c.id) > ($3, $4)
         order by c.position, c.id limit $5"
    );
    tx.all(sql, &[&project, &position, &id, &rows]).await
}

/// Returns all columns of a project in their order.
pub(super) async fn all(tx: &OrgTx, project: ProjectId) -> Result<Vec<Column>> {
    page(tx, project, ("", ColumnId::NIL), i64::MAX).await
}

/// Returns those of these columns that the caller sees.
pub(super) async fn seen(tx: &OrgTx, ids: &[ColumnId]) -> Result<Vec<Column>> {
    let reader = tx.user();
    let mut query = Query::select(
        Column::COLUMNS,
        " from board_columns c join projects p on p.org_id = $1 and p.id = c.project_id
         where c.org_id = $1 and c.deleted_at is null and exists (
             select 1 from project_sight v where v.org_id = $1 and v.project_id = c.project_id and v.user_id = ?)",
        &[&reader],
    );
    query.among("c.id", ids);
    tx.all(query.sql(), query.values()).await
}

/// Inserts a column. Returns `false` if another one has its id.
pub(super) async fn insert(tx: &OrgWrite, column: &Column) -> Result<bool> {
    let sql = sql!(
        "insert into board_columns (org_id, id, project_id, name, status, color, task_limit, position, version, created_at,
                                    updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict do nothing"
    );
    let values: &[&(dyn crate::db::Param + Sync)] = &[
        &column.id,
        &column.project_id,
        &column.name,
        &column.status,
        &column.color,
        &column.task_limit,
        &column.position,
        &column.version,
        &column.created_at,
    ];
    Ok(tx.execute(sql, values).await? == 1)
}

/// Inserts the columns of a new project.
pub(crate) async fn insert_first(tx: &OrgWrite, project: ProjectId) -> Result<()> {
    let (now, version) = (tx.now(), 1i64);
    let positions = position::spread(None, None, FIRST.len()).unwrap_or_default();
    let ids: Vec<ColumnId> = FIRST.iter().map(|_| tx.id()).collect();
    let mut query = Query::new(
        "insert into board_columns (org_id, id, project_id, name, status, color, position, version, created_at, updated_at)
         values",
        &[],
    );
    for ((id, (status, name, color)), position) in ids.iter().zip(&FIRST).zip(&positions) {
        query.row(&[id, &project, name, status, color, position, &version, &now, &now]);
    }
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Inserts columns that are copied into a new project.
pub(super) async fn insert_new(tx: &OrgWrite, columns: &[Column]) -> Result<()> {
    for columns in Query::chunks(columns) {
        let mut query = Query::new(
            "insert into board_columns (org_id, id, project_id, name, status, color, task_limit, position, version,
                                        created_at, updated_at) values",
            &[],
        );
        for column in columns {
            query.row(&[
                &column.id,
                &column.project_id,
                &column.name,
                &column.status,
                &column.color,
                &column.task_limit,
                &column.position,
                &column.version,
                &column.created_at,
                &column.updated_at,
            ]);
        }
        tx.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

pub(super) async fn update(tx: &OrgWrite, column: &Column) -> Result<()> {
    let sql = sql!(
        "update board_columns
         set name = $3, status = $4, color = $5, task_limit = $6, position = $7, version = $8, updated_at = $9
         where org_id = $1 and id = $2"
    );
    let values: &[&(dyn crate::db::Param + Sync)] = &[
        &column.id,
        &column.name,
        &column.status,
        &column.color,
        &column.task_limit,
        &column.position,
        &column.version,
        &column.updated_at,
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Deletes a column. The row stays until the purge, so that the activity can name it.
/// Returns a column of a project that is deleted and isn't purged yet.
pub(super) async fn find_deleted(tx: &OrgTx, project: ProjectId, id: ColumnId) -> Result<Option<Column>> {
    let sql = sql!(
        "select ",
        Column::COLUMNS,
        " from board_columns c join projects p on p.org_id = $1 and p.id = c.project_id
         where c.org_id = $1 and c.project_id = $2 and c.id = $3 and c.deleted_at is not null and c.purged_at is null"
    );
    tx.maybe(sql, &[&project, &id]).await
}

pub(super) async fn restore(tx: &OrgWrite, id: ColumnId) -> Result<()> {
    let sql = sql!(
        "update board_columns set deleted_at = null, version = version + 1, updated_at = $3
         where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&id, &tx.now()]).await.map(drop)
}

pub(super) async fn delete(tx: &OrgWrite, id: ColumnId) -> Result<()> {
    let sql =
        sql!("update board_columns set deleted_at = $3, version = version + 1 where org_id = $1 and id = $2");
    tx.execute(sql, &[&id, &tx.now()]).await.map(drop)
}

/// Returns the tasks in a column that aren't deleted, in their order.
pub(super) async fn tasks_in(tx: &OrgWrite, column: ColumnId) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "select id from tasks where org_id = $1 and column_id = $2 and deleted_at is null order by position, id"
    );
    let tasks: Vec<(TaskId,)> = tx.all(sql, &[&column]).await?;
    Ok(tasks.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn move_tasks(tx: &OrgWrite, tasks: &[TaskId], to: &Column) -> Result<()> {
    let now = tx.now();
    let mut query = Query::new(
        "update tasks set column_id = ?, version = version + 1, updated_at = ? where org_id = $1",
        &[&to.id, &now],
    );
    query.among("id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

pub(super) async fn set_status(
    tx: &OrgWrite,
    tasks: &[TaskId],
    status: Status,
    completed_at: Option<Time>,
) -> Result<()> {
    let mut query = Query::new(
        "update tasks set status = ?, completed_at = ? where org_id = $1",
        &[&status, &completed_at],
    );
    query.among("id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Counts the subtasks that are done of the tasks above these, whose status has changed.
pub(super) async fn count_done_above(tx: &OrgWrite, tasks: &[TaskId]) -> Result<()> {
    let mut query = Query::new(
        "update tasks set subtasks_done = (
             select count(case when below.status = ? then 1 end) from tasks below
             where below.org_id = $1 and below.parent_id = tasks.id and below.deleted_at is null)
         where org_id = $1 and id in (select moved.parent_id from tasks moved where moved.org_id = $1",
        &[&Status::Done],
    );
    query.among("moved.id", tasks);
    query.push(")", &[]);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Moves the deleted tasks of a column to another one of the same status.
pub(super) async fn move_deleted(tx: &OrgWrite, from: ColumnId, to: ColumnId) -> Result<()> {
    let sql = sql!(
        "update tasks set column_id = $3 where org_id = $1 and column_id = $2 and deleted_at is not null"
    );
    tx.execute(sql, &[&from, &to]).await.map(drop)
}
