//! The SQL of the numbers of tasks.

use super::{Key, Number};
use crate::{
    access::{Counting, OrgTx, OrgWrite, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, TaskId, UserId},
    },
    db::{Param, Query, sql},
    workspace::status::Status,
};

const UPSERT: &str =
    " on conflict (org_id, kind, scope, project_id, quarter, user_id, status, priority) do update
    set tasks = task_counts.tasks + excluded.tasks, overdue = task_counts.overdue + excluded.overdue";

/// Opens a statement with `due`: the open tasks, but for templates, that are due from one time to another. They are read
/// first, whatever they are joined with.
pub const DUE: &str = "with due as materialized (
        select t.id, t.project_id, t.status, t.priority from tasks t
        where t.org_id = $1 and t.deleted_at is null and t.status < 3 and not t.is_template
          and t.due_at >= ? and t.due_at < ?)";

/// Adds to the numbers.
pub(super) async fn add(viewer: &Viewer, numbers: &[(Key, Number)]) -> Result<()> {
    let mut query = insert();
    query.push("values", &[]);
    for (key, number) in numbers {
        query.row(&[
            &key.kind,
            &key.scope,
            &key.project,
            &key.quarter,
            &key.user,
            &key.status,
            &key.priority,
            &number.tasks,
            &number.overdue,
        ]);
    }
    query.push(UPSERT, &[]);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

/// Opens a statement with `of_projects`: the numbers of each project's tasks as they are, of those tasks whose column is
/// among these ids. Overdue is what was due before this time.
fn count<'a, T: Param + Sync>(
    opening: Query<'a>,
    column: &'static str,
    ids: &'a [T],
    overdue_until: &'a Time,
) -> Query<'a> {
    let mut query = opening;
    // Read first, so that no index is walked for the sake of a grouping.
    query.push(
        "with chosen as materialized (
             select t.id, t.project_id, t.status, t.priority, t.created_at, t.completed_at, t.is_template,
                    case when t.status < 3 and t.due_at < ? then 1 else 0 end as is_overdue
             from tasks t where t.org_id = $1 and t.deleted_at is null",
        &[overdue_until],
    );
    query.among(column, ids);
    query.push(
        "), there as (
             select s.* from chosen s join projects p on p.org_id = $1 and p.id = s.project_id where p.purged_at is null),
         live as (select s.* from there s where not s.is_template),
         of_projects as (
             select 1 as kind, t.project_id, 0 as quarter, coalesce(a.user_id, ?) as user_id, t.status,
                    0 as priority, count(*) as tasks, sum(t.is_overdue) as overdue
             from live t left join task_assignees a on a.org_id = $1 and a.task_id = t.id
             group by t.project_id, a.user_id, t.status
             union all
             select 0, t.project_id, 0, ?, t.status, t.priority, count(*), sum(t.is_overdue)
             from live t group by t.project_id, t.status, t.priority
             union all
             select 2, t.project_id, t.created_at / 900000, ?, 0, 0, count(*), 0
             from live t group by t.project_id, t.created_at / 900000
             union all
             select 3, t.project_id, t.completed_at / 900000, ?, 0, 0, count(*), 0
             from live t where t.completed_at is not null group by t.project_id, t.completed_at / 900000
             union all
             select 4, t.project_id, 0, ?, 0, 0, count(*), 0
             from there t where t.is_template group by t.project_id)",
        &[&UserId::NIL, &UserId::NIL, &UserId::NIL, &UserId::NIL, &UserId::NIL],
    );
    query
}

/// Appends `counted`: the numbers in `of_projects`, and what they add to those of all projects.
fn sum_up(query: &mut Query<'_>) {
    query.push(
        ", counted as (
             select o.kind, 0 as scope, o.project_id, o.quarter, o.user_id, o.status, o.priority, o.tasks, o.overdue
             from of_projects o
             union all
             select o.kind, case when p.visibility = 'private' then 2 else 1 end, ?, o.quarter, o.user_id, o.status, 0,
                    cast(sum(o.tasks) as bigint), cast(sum(o.overdue) as bigint)
             from of_projects o join projects p on p.org_id = $1 and p.id = o.project_id
             where o.kind in (1, 2, 3) and p.deleted_at is null and not p.is_template
             group by o.kind, p.visibility, o.quarter, o.user_id, o.status)",
        &[&ProjectId::NIL],
    );
}

/// Adds these tasks as they are to the numbers; `sign` is 1, or -1 to take them away.
pub(super) async fn add_all(tx: &impl Counting, tasks: &[TaskId], sign: i64) -> Result<()> {
    // That of the transaction, which may not be written yet.
    let overdue_until = tx.overdue_until();
    for tasks in tasks.chunks(Query::ROWS) {
        let mut query = count(insert(), "t.id", tasks, &overdue_until);
        sum_up(&mut query);
        query.push(SELECT, &[&sign, &sign]);
        query.push(UPSERT, &[]);
        tx.viewer().execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Adds the tasks that have become overdue since the time up to which they are counted.
pub(super) async fn add_overdue(tx: &impl Counting) -> Result<()> {
    let (until, now) = (tx.overdue_until(), tx.viewer().now());
    let mut query = insert();
    query.push(DUE, &[&until, &now]);
    query.push(
        ",
         of_projects as (
             select 1 as kind, d.project_id, 0 as quarter, coalesce(a.user_id, ?) as user_id, d.status,
                    0 as priority, 0 as tasks, count(*) as overdue
             from due d
             join projects p on p.org_id = $1 and p.id = d.project_id
             left join task_assignees a on a.org_id = $1 and a.task_id = d.id
             where p.purged_at is null
             group by d.project_id, a.user_id, d.status
             union all
             select 0, d.project_id, 0, ?, d.status, d.priority, 0, count(*)
             from due d
             join projects p on p.org_id = $1 and p.id = d.project_id
             where p.purged_at is null
             group by d.project_id, d.status, d.priority)",
        &[&UserId::NIL, &UserId::NIL],
    );
    sum_up(&mut query);
    query.push(SELECT, &[&1i64, &1i64]);
    query.push(UPSERT, &[]);
    tx.viewer().execute(query.sql(), query.values()).await.map(drop)
}

/// Adds a project's tasks to those of all projects; `sign` is 1, or -1 to take them away. A deleted project and a template
/// have none there.
pub(super) async fn add_project(tx: &OrgWrite, project: ProjectId, sign: i64) -> Result<()> {
    let mut query = insert();
    query.push(
        "select $1, c.kind, case when p.visibility = 'private' then 2 else 1 end, ?, c.quarter, c.user_id, c.status, 0,
                ? * c.tasks, ? * c.overdue
         from task_counts c join projects p on p.org_id = $1 and p.id = c.project_id
         where c.org_id = $1 and c.kind in (1, 2, 3) and c.scope = 0 and c.project_id = ? and p.deleted_at is null
           and not p.is_template",
        &[&ProjectId::NIL, &sign, &sign, &project],
    );
    query.push(UPSERT, &[]);
    tx.execute(query.sql(), query.values()).await.map(drop)
}

fn insert<'a>() -> Query<'a> {
    Query::new(
        "insert into task_counts (org_id, kind, scope, project_id, quarter, user_id, status, priority, tasks, overdue) ",
        &[],
    )
}

/// The end of an insertion of `counted`.
const SELECT: &str =
    " select $1, c.kind, c.scope, c.project_id, c.quarter, c.user_id, c.status, c.priority, ? * c.tasks,
    ? * c.overdue from counted c where true";

/// Which numbers are compared with what they count.
#[derive(Debug, Clone, Copy)]
pub enum Compared {
    /// A project's, with its tasks.
    Project(ProjectId),
    /// Those of all projects together, with those of each.
    Together,
    /// What the assignments of a project's tasks keep of these, with the tasks.
    Assignments(ProjectId),
}

/// Opens a statement with `wrong`: by how much each number must grow to be right, or the tasks whose assignments are wrong.
fn wrong<'a>(opening: Query<'a>, compared: &'a Compared, overdue_until: &'a Time) -> Query<'a> {
    let mut query = opening;
    match compared {
        Compared::Assignments(project) => {
            query.push(
                "with wrong as (
                     select t.id from tasks t join task_assignees a on a.org_id = $1 and a.task_id = t.id
                     where t.org_id = $1 and t.project_id = ? and (
                         a.task_created_at is null or a.task_created_at <> t.created_at
                         or coalesce(a.open_due_at, 0)
                            <> case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) else 0 end))",
                &[project],
            );
            return query;
        }
        Compared::Project(project) => {
            query = count(query, "t.project_id", std::slice::from_ref(project), overdue_until);
            query.push(
                ", compared as (
                     select o.kind, 0 as scope, o.project_id, o.quarter, o.user_id, o.status, o.priority, o.tasks,
                            o.overdue
                     from of_projects o
                     union all
                     select c.kind, c.scope, c.project_id, c.quarter, c.user_id, c.status, c.priority, -c.tasks,
                            -c.overdue
                     from task_counts c
                     where c.org_id = $1 and c.kind in (0, 1, 2, 3, 4) and c.scope = 0 and c.project_id = ?)",
                &[project],
            );
        }
        Compared::Together => query.push(
            "with compared as (
                 select c.kind, case when p.visibility = 'private' then 2 else 1 end as scope, ? as project_id, c.quarter,
                        c.user_id, c.status, 0 as priority, c.tasks, c.overdue
                 from task_counts c join projects p on p.org_id = $1 and p.id = c.project_id
                 where c.org_id = $1 and c.kind in (1, 2, 3) and c.scope = 0 and p.deleted_at is null
                   and not p.is_template
                 union all
                 select c.kind, c.scope, c.project_id, c.quarter, c.user_id, c.status, c.priority, -c.tasks, -c.overdue
                 from task_counts c where c.org_id = $1 and c.kind in (1, 2, 3) and c.scope in (1, 2))",
            &[&ProjectId::NIL],
        ),
    }
    query.push(
        ", wrong as (
             select b.kind, b.scope, b.project_id, b.quarter, b.user_id, b.status, b.priority,
                    sum(b.tasks) as tasks, sum(b.overdue) as overdue
             from compared b
             group by b.kind, b.scope, b.project_id, b.quarter, b.user_id, b.status, b.priority
             having sum(b.tasks) <> 0 or sum(b.overdue) <> 0)",
        &[],
    );
    query
}

/// Returns everything that can be compared, in the order in which it must be corrected.
pub async fn comparable(viewer: &Viewer) -> Result<Vec<Compared>> {
    let projects: Vec<(ProjectId,)> =
        viewer.all(sql!("select id from projects where org_id = $1"), &[]).await?;
    let of_project = |(id,): (ProjectId,)| [Compared::Project(id), Compared::Assignments(id)];
    Ok(projects.into_iter().flat_map(of_project).chain([Compared::Together]).collect())
}

/// Returns the time up to which overdue tasks are counted. A purged organization counts none.
pub async fn overdue_until(viewer: &Viewer) -> Result<Time> {
    let sql = sql!("select overdue_until from org_ledgers where org_id = $1");
    Ok(viewer.maybe::<(Time,)>(sql, &[]).await?.map_or(Time::from_millis(0), |(until,)| until))
}

/// Returns how many numbers, or assignments, are wrong.
pub async fn differing(viewer: &Viewer, compared: Compared) -> Result<i64> {
    let overdue_until = overdue_until(viewer).await?;
    let mut query = wrong(Query::new("", &[]), &compared, &overdue_until);
    query.push(" select count(*) from wrong", &[]);
    Ok(viewer.one::<(i64,)>(query.sql(), query.values()).await?.0)
}

/// Locks the organization's ledger, and corrects what differs.
pub async fn correct(viewer: &Viewer, compared: Compared) -> Result<()> {
    viewer.execute(sql!("update org_ledgers set seq = seq where org_id = $1"), &[]).await?;
    let overdue_until = overdue_until(viewer).await?;
    if matches!(compared, Compared::Assignments(_)) {
        let mut query = wrong(Query::new("", &[]), &compared, &overdue_until);
        query.push(
            " update task_assignees set
                 task_created_at = (
                     select t.created_at from tasks t where t.org_id = $1 and t.id = task_assignees.task_id),
                 open_due_at = (
                     select case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) end
                     from tasks t where t.org_id = $1 and t.id = task_assignees.task_id)
             where org_id = $1 and task_id in (select w.id from wrong w)",
            &[],
        );
        return viewer.execute(query.sql(), query.values()).await.map(drop);
    }
    let mut query = wrong(insert(), &compared, &overdue_until);
    query.push(
        " select $1, w.kind, w.scope, w.project_id, w.quarter, w.user_id, w.status, w.priority, w.tasks, w.overdue
         from wrong w where true",
        &[],
    );
    query.push(UPSERT, &[]);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

/// Deletes the numbers of a project that is being purged.
pub async fn forget(viewer: &Viewer, project: ProjectId) -> Result<()> {
    let sql = sql!(
        "delete from task_counts where org_id = $1 and kind in (0, 1, 2, 3, 4) and scope = 0 and project_id = $2"
    );
    viewer.execute(sql, &[&project]).await.map(drop)
}

/// Returns the number of a project's tasks, templates too.
pub async fn tasks(tx: &OrgTx, project: ProjectId) -> Result<i64> {
    let sql = sql!(
        "select cast(coalesce(sum(tasks), 0) as bigint) from task_counts
         where org_id = $1 and kind in (0, 4) and scope = 0 and project_id = $2"
    );
    Ok(tx.one::<(i64,)>(sql, &[&project]).await?.0)
}

/// Returns the numbers of tasks of these projects by status, without templates.
pub async fn by_status(tx: &OrgTx, projects: &[ProjectId]) -> Result<Vec<(ProjectId, Status, i64)>> {
    let mut query = Query::new(
        "select c.project_id, c.status, cast(sum(c.tasks) as bigint) from task_counts c
         where c.org_id = $1 and c.kind = 0 and c.scope = 0",
        &[],
    );
    query.among("c.project_id", projects);
    query.push(" group by c.project_id, c.status", &[]);
    tx.all(query.sql(), query.values()).await
}
