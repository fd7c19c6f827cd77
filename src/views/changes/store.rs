//! The SQL of the changes feed.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    access::OrgTx,
    base::{
        clock::Time,
        error::{Error, Result},
        id::{ColumnId, CommentId, LabelId, ProjectId, TaskId, UserId},
    },
    db::{Query, columns, sql},
    effects::ledger::{Action, Kind},
};

/// A ledger entry, as far as the changes feed needs it.
pub(super) struct Entry {
    pub seq: i64,
    pub at: Time,
    pub action: Action,
    pub kind: Kind,
    pub subject: Uuid,
    pub project: Option<ProjectId>,
    pub task: Option<TaskId>,
    pub linked: Option<TaskId>,
    changes: String,
}

columns!(Entry {
    seq: "seq",
    at: "at",
    action: "action",
    kind: "subject_kind",
    subject: "subject_id",
    project: "project_id",
    task: "task_id",
    linked: "linked_task_id",
    changes: "changes",
});

impl Entry {
    /// Parses the changes: for each field, its values before (`from`) and after (`to`).
    pub(super) fn changes(&self) -> Result<Map<String, Value>> {
        serde_json::from_str(&self.changes).map_err(Error::internal)
    }
}

/// Returns the entries after a seq, whether or not the caller may see them.
pub(super) async fn entries(tx: &OrgTx, seq: i64, rows: i64) -> Result<Vec<Entry>> {
    let sql = sql!(
        "select ",
        Entry::COLUMNS,
        " from ledger
         where org_id = $1 and seq > $2 order by seq limit $3"
    );
    tx.all(sql, &[&seq, &rows]).await
}

/// Returns whether the caller joined after this entry.
pub(super) async fn joined_after(tx: &OrgTx, seq: i64) -> Result<bool> {
    let sql = sql!(
        "select seq from ledger
         where org_id = $1 and subject_kind = 'member' and subject_id = $2 and action = 'member.joined' and seq > $3
         limit 1"
    );
    Ok(tx.maybe::<(i64,)>(sql, &[&tx.user(), &seq]).await?.is_some())
}

fn sight_query<'a>(reader: &'a UserId, projects: &'a [ProjectId]) -> Query<'a> {
    let mut query = Query::new(
        "select v.project_id from project_sight v where v.org_id = $1 and v.user_id = ?",
        &[reader],
    );
    query.among("v.project_id", projects);
    query
}

/// Returns those of the given projects that the caller sees.
pub(super) async fn sight(tx: &OrgTx, projects: &[ProjectId]) -> Result<Vec<ProjectId>> {
    if projects.is_empty() {
        return Ok(Vec::new());
    }
    let reader = tx.user();
    let query = sight_query(&reader, projects);
    tx.all::<(ProjectId,)>(query.sql(), query.values()).await.map(ids)
}

fn audience_query<'a>(reader: &'a UserId, projects: &'a [ProjectId]) -> Query<'a> {
    let mut query = Query::new(
        "select v.project_id from project_audience v where v.org_id = $1 and v.user_id = ?",
        &[reader],
    );
    query.among("v.project_id", projects);
    query
}

/// Returns those of the given projects that the caller sees, or would see if they weren't deleted.
pub(super) async fn audience(tx: &OrgTx, projects: &[ProjectId]) -> Result<Vec<ProjectId>> {
    if projects.is_empty() {
        return Ok(Vec::new());
    }
    let reader = tx.user();
    let query = audience_query(&reader, projects);
    tx.all::<(ProjectId,)>(query.sql(), query.values()).await.map(ids)
}

/// Returns the private projects older than the entry `seq` that the caller doesn't see. With a higher role they saw
/// them.
pub(super) async fn lost_projects(tx: &OrgTx, seq: i64) -> Result<Vec<ProjectId>> {
    let sql = sql!(
        "select p.id from projects p
         where p.org_id = $1 and p.visibility = 'private' and p.purged_at is null
           and not exists (select 1 from project_sight v
                           where v.org_id = $1 and v.project_id = p.id and v.user_id = $2)
           and exists (select 1 from ledger l
                       where l.org_id = $1 and l.project_id = p.id and l.seq < $3)"
    );
    tx.all::<(ProjectId,)>(sql, &[&tx.user(), &seq]).await.map(ids)
}

/// Returns the active members after this one, ordered by user id.
pub(super) async fn members(tx: &OrgTx, after: UserId, rows: i64) -> Result<Vec<UserId>> {
    let sql = sql!(
        "select user_id from memberships
         where org_id = $1 and ended_at is null and user_id > $2 order by user_id limit $3"
    );
    tx.all::<(UserId,)>(sql, &[&after, &rows]).await.map(ids)
}

/// Returns the labels after this one, ordered by id.
pub(super) async fn labels(tx: &OrgTx, after: LabelId, rows: i64) -> Result<Vec<LabelId>> {
    let sql = sql!(
        "select id from labels where org_id = $1 and deleted_at is null and id > $2 order by id limit $3"
    );
    tx.all::<(LabelId,)>(sql, &[&after, &rows]).await.map(ids)
}

/// Returns the projects after this one that the caller sees, ordered by id.
pub(super) async fn projects(tx: &OrgTx, after: ProjectId, rows: i64) -> Result<Vec<ProjectId>> {
    let sql = sql!(
        "select p.id from projects p
         where p.org_id = $1 and p.id > $3 and exists (
             select 1 from project_sight v where v.org_id = $1 and v.project_id = p.id and v.user_id = $2)
         order by p.id limit $4"
    );
    tx.all::<(ProjectId,)>(sql, &[&tx.user(), &after, &rows]).await.map(ids)
}

/// Returns the columns after this one that the caller sees, ordered by id.
pub(super) async fn columns(tx: &OrgTx, after: ColumnId, rows: i64) -> Result<Vec<ColumnId>> {
    let sql = sql!(
        "select c.id from board_columns c
         where c.org_id = $1 and c.id > $3 and c.deleted_at is null and exists (
             select 1 from project_sight v where v.org_id = $1 and v.project_id = c.project_id and v.user_id = $2)
         order by c.id limit $4"
    );
    tx.all::<(ColumnId,)>(sql, &[&tx.user(), &after, &rows]).await.map(ids)
}

/// Returns the columns of a project after this one, ordered by id. Doesn't check whether the caller sees them: that happens
/// when the columns themselves are loaded.
pub(super) async fn columns_of(
    tx: &OrgTx,
    project: ProjectId,
    after: ColumnId,
    rows: i64,
) -> Result<Vec<ColumnId>> {
    let sql = sql!(
        "select id from board_columns
         where org_id = $1 and project_id = $2 and deleted_at is null and id > $3 order by id limit $4"
    );
    tx.all::<(ColumnId,)>(sql, &[&project, &after, &rows]).await.map(ids)
}

/// Returns the tasks after this one that the caller sees, ordered by id. The `case` keeps PostgreSQL from reading all tasks of all
/// projects first.
pub(super) async fn tasks(tx: &OrgTx, after: TaskId, rows: i64) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "select t.id from tasks t
         where t.org_id = $1 and t.id > $3 and case when t.deleted_at is null and exists (
             select 1 from project_sight v where v.org_id = $1 and v.project_id = t.project_id and v.user_id = $2)
             then true else false end
         order by t.id limit $4"
    );
    tx.all::<(TaskId,)>(sql, &[&tx.user(), &after, &rows]).await.map(ids)
}

/// Returns the tasks of a project after this one, ordered by creation. Doesn't check whether the caller sees them: that
/// happens when the tasks themselves are loaded.
pub(super) async fn tasks_of(
    tx: &OrgTx,
    project: ProjectId,
    time: Time,
    after: TaskId,
    rows: i64,
) -> Result<Vec<(Time, TaskId)>> {
    let sql = sql!(
        "select created_at, id from tasks
         where org_id = $1 and project_id = $2 and deleted_at is null and (created_at, id) > ($3, $4)
         order by created_at, id limit $5"
    );
    tx.all(sql, &[&project, &time, &after, &rows]).await
}

/// Returns those of the given tasks that have subtasks.
pub(super) async fn parents(tx: &OrgTx, tasks: &[TaskId]) -> Result<Vec<TaskId>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new(
        "select distinct t.parent_id from tasks t where t.org_id = $1 and t.deleted_at is null",
        &[],
    );
    query.among("t.parent_id", tasks);
    tx.all::<(TaskId,)>(query.sql(), query.values()).await.map(ids)
}

/// Returns those of the given tasks that have a parent, each with it.
pub(super) async fn parent_of(tx: &OrgTx, tasks: &[TaskId]) -> Result<Vec<(TaskId, TaskId)>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new(
        "select t.id, t.parent_id from tasks t where t.org_id = $1 and t.parent_id is not null",
        &[],
    );
    query.among("t.id", tasks);
    tx.all(query.sql(), query.values()).await
}

/// Returns those of the given tasks that the caller sees.
pub(super) async fn tasks_seen(tx: &OrgTx, tasks: &[TaskId]) -> Result<Vec<TaskId>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let reader = tx.user();
    let mut query = Query::new(
        "select t.id from tasks t
         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?
         where t.org_id = $1 and t.deleted_at is null",
        &[&reader],
    );
    query.among("t.id", tasks);
    tx.all::<(TaskId,)>(query.sql(), query.values()).await.map(ids)
}

/// Returns the tasks after this one that a task is linked to, ordered by id. Doesn't check whether the caller sees them:
/// that happens when the tasks themselves are loaded.
pub(super) async fn linked_to(tx: &OrgTx, task: TaskId, after: TaskId, rows: i64) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "select distinct other_id from task_links
         where org_id = $1 and task_id = $2 and other_id > $3 order by other_id limit $4"
    );
    tx.all::<(TaskId,)>(sql, &[&task, &after, &rows]).await.map(ids)
}

/// Returns the tasks of other projects after this one that a project's tasks are linked to, ordered by the creation of the
/// latter. Doesn't check whether the caller sees them: that happens when the tasks themselves are loaded.
pub(super) async fn linked_to_project(
    tx: &OrgTx,
    project: ProjectId,
    (time, task, after): (Time, TaskId, TaskId),
    rows: i64,
) -> Result<Vec<(Time, TaskId, TaskId)>> {
    let sql = sql!(
        "select t.created_at, t.id, o.id from tasks t
         join task_links l on l.org_id = $1 and l.task_id = t.id
         join tasks o on o.org_id = $1 and o.id = l.other_id and o.project_id <> $2
         where t.org_id = $1 and t.project_id = $2 and t.deleted_at is null and (t.created_at, t.id) >= ($3, $4)
           and ((t.created_at, t.id) > ($3, $4) or o.id > $5)
         order by t.created_at, t.id, o.id limit $6"
    );
    tx.all(sql, &[&project, &time, &task, &after, &rows]).await
}

/// Returns the subtasks of a task after this one, ordered by id. Doesn't check whether the caller sees them: that happens
/// when the tasks themselves are loaded.
pub(super) async fn subtasks(tx: &OrgTx, parent: TaskId, after: TaskId, rows: i64) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "select id from tasks
         where org_id = $1 and parent_id = $2 and deleted_at is null and id > $3 order by id limit $4"
    );
    tx.all::<(TaskId,)>(sql, &[&parent, &after, &rows]).await.map(ids)
}

/// Returns the tasks after this one that have a label, ordered by id. Doesn't check whether the caller sees them: that
/// happens when the tasks themselves are loaded.
pub(super) async fn labelled(tx: &OrgTx, label: LabelId, after: TaskId, rows: i64) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "select task_id from task_labels
         where org_id = $1 and label_id = $2 and task_id > $3 order by task_id limit $4"
    );
    tx.all::<(TaskId,)>(sql, &[&label, &after, &rows]).await.map(ids)
}

/// Returns the comments after this one that the caller sees, ordered by id.
pub(super) async fn comments(tx: &OrgTx, after: CommentId, rows: i64) -> Result<Vec<CommentId>> {
    let sql = sql!(
        "select c.id from comments c
         where c.org_id = $1 and c.id > $3 and exists (
             select 1 from tasks t
             join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = $2
             where t.org_id = $1 and t.id = c.task_id and t.deleted_at is null)
         order by c.id limit $4"
    );
    tx.all::<(CommentId,)>(sql, &[&tx.user(), &after, &rows]).await.map(ids)
}

/// Returns the comments on a project's tasks after this one, ordered by the creation of the tasks. Doesn't check whether
/// the caller sees them: that happens when the comments themselves are loaded.
pub(super) async fn comments_of(
    tx: &OrgTx,
    project: ProjectId,
    (time, task, after): (Time, TaskId, CommentId),
    rows: i64,
) -> Result<Vec<(Time, TaskId, CommentId)>> {
    let sql = sql!(
        "select t.created_at, t.id, c.id from tasks t
         join comments c on c.org_id = $1 and c.task_id = t.id
         where t.org_id = $1 and t.project_id = $2 and t.deleted_at is null and (t.created_at, t.id) >= ($3, $4)
           and ((t.created_at, t.id) > ($3, $4) or c.id > $5)
         order by t.created_at, t.id, c.id limit $6"
    );
    tx.all(sql, &[&project, &time, &task, &after, &rows]).await
}

/// Returns the comments on a task after this one, ordered by id. Doesn't check whether the caller sees them: that happens
/// when the comments themselves are loaded.
pub(super) async fn comments_on(
    tx: &OrgTx,
    task: TaskId,
    after: CommentId,
    rows: i64,
) -> Result<Vec<CommentId>> {
    let sql =
        sql!("select id from comments where org_id = $1 and task_id = $2 and id > $3 order by id limit $4");
    tx.all::<(CommentId,)>(sql, &[&task, &after, &rows]).await.map(ids)
}

fn ids<T>(rows: Vec<(T,)>) -> Vec<T> {
    rows.into_iter().map(|(id,)| id).collect()
}
