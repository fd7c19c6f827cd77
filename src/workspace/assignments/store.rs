//! SQL statements for assignments.

use crate::{
    access::{OrgTx, OrgWrite},
    base::{
        error::Result,
        id::{ProjectId, TaskId, UserId},
        text::{ProjectKey, Title},
    },
    db::{columns, sql},
};

/// Increments a task's version, because its assignees changed.
pub(crate) async fn touch(tx: &OrgWrite, task: TaskId) -> Result<()> {
    let sql = sql!("update tasks set version = version + 1, updated_at = $3 where org_id = $1 and id = $2");
    tx.execute(sql, &[&task, &tx.now()]).await.map(drop)
}

/// Returns whether a user can see a project.
pub(crate) async fn sees(tx: &OrgTx, project: ProjectId, user: UserId) -> Result<bool> {
    let sql =
        sql!("select project_id from project_sight where org_id = $1 and project_id = $2 and user_id = $3");
    Ok(tx.maybe::<(ProjectId,)>(sql, &[&project, &user]).await?.is_some())
}

/// Assigns a user to a task. Returns `false` if they were assigned already.
pub(crate) async fn add_assignee(tx: &OrgWrite, task: TaskId, user: UserId) -> Result<bool> {
    let sql = sql!(
        "insert into task_assignees (org_id, task_id, user_id, assigned_at) values ($1, $2, $3, $4)
         on conflict do nothing"
    );
    Ok(tx.execute(sql, &[&task, &user, &tx.now()]).await? == 1)
}

pub(crate) async fn remove_assignee(tx: &OrgWrite, task: TaskId, user: UserId) -> Result<()> {
    let sql = sql!("delete from task_assignees where org_id = $1 and task_id = $2 and user_id = $3");
    tx.execute(sql, &[&task, &user]).await.map(drop)
}

/// An assignment of one user to one task.
pub(crate) struct Assigned {
    pub task: TaskId,
    pub project: ProjectId,
    pub project_key: ProjectKey,
    pub number: i64,
    pub title: Title,
    pub user: UserId,
    pub name: String,
}

columns!(Assigned {
    task: "t.id",
    project: "t.project_id",
    project_key: "p.key",
    number: "t.number",
    title: "t.title",
    user: "a.user_id",
    name: "u.name",
});

/// Returns the assignments of members to tasks in projects that they cannot see. Tasks of deleted projects are left
/// out: they are checked when the project is restored.
pub(crate) async fn unseen_assignments(tx: &OrgWrite) -> Result<Vec<Assigned>> {
    tx.all(
        sql!(
            "select ",
            Assigned::COLUMNS,
            " from memberships m
             join task_assignees a on a.org_id = $1 and a.user_id = m.user_id
             join tasks t on t.org_id = $1 and t.id = a.task_id
             join projects p on p.org_id = $1 and p.id = t.project_id
             join users u on u.id = a.user_id
             where m.org_id = $1 and m.ended_at is null and m.role = 'member' and p.visibility = 'private'
               and t.deleted_at is null and p.deleted_at is null
               and not exists (select 1 from project_sight v
                               where v.org_id = $1 and v.project_id = t.project_id and v.user_id = a.user_id)
             order by t.id, a.user_id"
        ),
        &[],
    )
    .await
}

/// Returns a user's assignments to open tasks.
pub(crate) async fn open_assignments(tx: &OrgWrite, user: UserId) -> Result<Vec<Assigned>> {
    tx.all(
        sql!(
            "select ",
            Assigned::COLUMNS,
            " from task_assignees a
             join tasks t on t.org_id = $1 and t.id = a.task_id
             join projects p on p.org_id = $1 and p.id = t.project_id
             join users u on u.id = a.user_id
             where a.org_id = $1 and a.user_id = $2 and t.status <> 3 and t.deleted_at is null
             order by t.id"
        ),
        &[&user],
    )
    .await
}

pub(crate) async fn name_of(tx: &OrgWrite, user: UserId) -> Result<String> {
    let sql = sql!(
        "select u.name from memberships m join users u on u.id = m.user_id where m.org_id = $1 and m.user_id = $2"
    );
    Ok(tx.one::<(String,)>(sql, &[&user]).await?.0)
}
