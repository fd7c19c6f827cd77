//! SQL statements for assignments.

use crate::{
    access::{OrgTx, OrgWrite},
    base::{
        error::Result,
        id::{ProjectId, TaskId, UserId},
        text::{ProjectKey, Title},
    },
    db::{Query, columns, sql},
    effects::ledger,
    identity::accounts::Person,
};

/// Increments the versions of tasks, because their assignees changed.
pub(crate) async fn touch(tx: &OrgWrite, tasks: &[TaskId]) -> Result<()> {
    let now = tx.now();
    let mut query =
        Query::new("update tasks set version = version + 1, updated_at = ? where org_id = $1", &[&now]);
    query.among("id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Returns those of the users who can see a project.
pub(crate) async fn seeing(tx: &OrgTx, project: ProjectId, users: &[UserId]) -> Result<Vec<UserId>> {
    let mut query =
        Query::new("select user_id from project_sight where org_id = $1 and project_id = ?", &[&project]);
    query.among("user_id", users);
    let found = tx.all::<(UserId,)>(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(|(user,)| user).collect())
}

/// Somebody who can see a project, with what decides their place among the others.
pub(crate) struct Candidate {
    pub id: UserId,
    pub name: String,
    pub folded: String,
    /// Larger for those who are closer to the task.
    pub closeness: i64,
}

columns!(Candidate { id: "s.id", name: "s.name", folded: "s.name_folded", closeness: "s.closeness" });

/// The parameters of a page of those who can see a task.
pub(crate) struct CandidateQuery {
    pub project: ProjectId,
    pub task: TaskId,
    /// Patterns that names and addresses have to match in their folded form.
    pub patterns: Option<Vec<String>>,
    /// Only those who come after this closeness, folded name and id.
    pub after: Option<(i64, String, UserId)>,
    pub rows: i64,
}

fn candidates_query(wanted: &CandidateQuery) -> Query<'_> {
    let CandidateQuery { project, task, patterns, after, rows } = wanted;
    let mut query = Query::new(
        "with recent as (
             select l.actor_id, l.seq from ledger l where l.org_id = $1 and l.project_id = ? order by l.seq desc limit 200),
         active as (select r.actor_id, max(r.seq) as seq from recent r group by r.actor_id),
         seeing as (
             select u.id, u.name, u.name_folded, case when a.user_id is null then coalesce(r.seq, 0)
                                                      else 9007199254740991 end as closeness
             from project_sight v
             join users u on u.id = v.user_id
             left join task_assignees a on a.org_id = $1 and a.task_id = ? and a.user_id = v.user_id
             left join active r on r.actor_id = v.user_id
             where v.org_id = $1 and v.project_id = ?",
        &[project, task, project],
    );
    if let Some(patterns) = patterns {
        query.matching("u.name_folded || ' ' || u.email_folded", patterns);
    }
    query.push(") select ", &[]);
    query.push(Candidate::COLUMNS, &[]);
    query.push(" from seeing s where true", &[]);
    if let Some((closeness, folded, id)) = after {
        query.push(
            " and (s.closeness < ? or s.closeness = ? and (s.name_folded, s.id) > (?, ?))",
            &[closeness, closeness, folded, id],
        );
    }
    query.push(" order by s.closeness desc, s.name_folded, s.id limit ?", &[rows]);
    query
}

/// Returns those who can see a task: first its assignees, then those who were lately active in its project, then the others.
pub(crate) async fn candidates(tx: &OrgTx, wanted: &CandidateQuery) -> Result<Vec<Candidate>> {
    let query = candidates_query(wanted);
    tx.all(query.sql(), query.values()).await
}

/// Returns those of the users who are or were members, ordered by id.
pub(crate) async fn people(tx: &OrgTx, users: &[UserId]) -> Result<Vec<Person>> {
    let mut people: Vec<Person> =
        ledger::names_of(tx, users).await?.into_iter().map(|(id, name)| Person { id, name }).collect();
    people.sort_by_key(|person| person.id);
    Ok(people)
}

/// Assigns members to a task.
pub(crate) async fn add(tx: &OrgWrite, task: TaskId, users: &[UserId]) -> Result<()> {
    let now = tx.now();
    let mut query = Query::new(
        "insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at, open_due_at)
         select t.org_id, t.id, m.user_id, ?, t.created_at,
                case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) end
         from tasks t join memberships m on m.org_id = $1
         where t.org_id = $1 and t.id = ?",
        &[&now, &task],
    );
    query.among("m.user_id", users);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Assigns members to tasks that have just been created. When these are due is kept by [`keep_due`].
pub(crate) async fn add_to_new(tx: &OrgWrite, assignments: &[(TaskId, UserId)]) -> Result<()> {
    let now = tx.now();
    for assignments in Query::chunks(assignments) {
        let mut query = Query::new(
            "insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at) values",
            &[],
        );
        for (task, user) in assignments {
            query.row(&[task, user, &now, &now]);
        }
        tx.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Keeps with the assignments of tasks when these are due, after that or their status has changed.
pub(crate) async fn keep_due(tx: &OrgWrite, tasks: &[TaskId]) -> Result<()> {
    let mut query = Query::new(
        "update task_assignees set open_due_at = (
             select case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) end
             from tasks t where t.org_id = $1 and t.id = task_assignees.task_id)
         where org_id = $1",
        &[],
    );
    query.among("task_id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Unassigns users from a task.
pub(crate) async fn remove(tx: &OrgWrite, task: TaskId, users: &[UserId]) -> Result<()> {
    let mut query = Query::new("delete from task_assignees where org_id = $1 and task_id = ?", &[&task]);
    query.among("user_id", users);
    tx.execute(query.sql(), query.values()).await.map(drop)
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

/// Returns the assignments to these tasks of members who cannot see them, and to the open ones also of those who have left.
pub(super) async fn unseen_of(tx: &OrgWrite, tasks: &[TaskId]) -> Result<Vec<Assigned>> {
    let mut query = Query::select(
        Assigned::COLUMNS,
        " from task_assignees a
         join tasks t on t.org_id = $1 and t.id = a.task_id
         join projects p on p.org_id = $1 and p.id = t.project_id
         join users u on u.id = a.user_id
         join memberships m on m.org_id = $1 and m.user_id = a.user_id
         where a.org_id = $1 and t.deleted_at is null and (t.status < 3 or m.ended_at is null)
           and not exists (select 1 from project_sight v
                           where v.org_id = $1 and v.project_id = t.project_id and v.user_id = a.user_id)",
        &[],
    );
    query.among("a.task_id", tasks);
    query.push(" order by t.id, a.user_id", &[]);
    tx.all(query.sql(), query.values()).await
}

/// Removes the assignments that [`unseen_of`] returns.
pub(super) async fn remove_unseen_of(tx: &OrgWrite, tasks: &[TaskId]) -> Result<()> {
    let mut query = Query::new(
        "delete from task_assignees where org_id = $1
         and exists (select 1 from tasks t join memberships m on m.org_id = $1 and m.user_id = task_assignees.user_id
                     where t.org_id = $1 and t.id = task_assignees.task_id and t.deleted_at is null
                       and (t.status < 3 or m.ended_at is null)
                       and not exists (
                           select 1 from project_sight v
                           where v.org_id = $1 and v.project_id = t.project_id and v.user_id = m.user_id))",
        &[],
    );
    query.among("task_id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

/// Removes the assignments of members to those of the tasks that they cannot see.
pub(super) async fn remove_unseen(tx: &OrgWrite, tasks: &[TaskId]) -> Result<()> {
    let mut query = Query::new(
        "delete from task_assignees where org_id = $1
         and user_id in (select m.user_id from memberships m where m.org_id = $1 and m.ended_at is null)
         and not exists (select 1 from tasks t
                         join project_sight v on v.org_id = $1 and v.project_id = t.project_id
                         where t.org_id = $1 and t.id = task_assignees.task_id and v.user_id = task_assignees.user_id)",
        &[],
    );
    query.among("task_id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
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
             where a.org_id = $1 and a.user_id = $2 and t.status < 3 and t.deleted_at is null
             order by t.id"
        ),
        &[&user],
    )
    .await
}

/// Assigns a user to those of the tasks that they can see and aren't assigned to already. Returns those tasks.
pub(super) async fn add_seen(tx: &OrgWrite, user: UserId, tasks: &[TaskId]) -> Result<Vec<TaskId>> {
    let now = tx.now();
    let mut query = Query::new(
        "insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at, open_due_at)
         select t.org_id, t.id, v.user_id, ?, t.created_at,
                case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) end
         from tasks t
         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?
         where t.org_id = $1",
        &[&now, &user],
    );
    query.among("t.id", tasks);
    query.push(" on conflict do nothing returning task_id", &[]);
    let added = tx.all::<(TaskId,)>(query.sql(), query.values()).await?;
    Ok(added.into_iter().map(|(task,)| task).collect())
}

/// Unassigns a user from tasks.
pub(super) async fn remove_from(tx: &OrgWrite, user: UserId, tasks: &[TaskId]) -> Result<()> {
    let mut query = Query::new("delete from task_assignees where org_id = $1 and user_id = ?", &[&user]);
    query.among("task_id", tasks);
    tx.execute(query.sql(), query.values()).await.map(drop)
}
