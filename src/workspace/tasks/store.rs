//! SQL statements for tasks.

use std::{collections::HashMap, ops::RangeInclusive};

use futures_util::try_join;

use super::{
    Priority, Status, SubtaskCounts, Task, TaskRefName,
    group::{Calendar, Group, Tally, count_query},
    list::{Cursor, GroupBy, Sort, TaskQuery},
    plan::{FEW, Narrow, Part, Source, Start, few_query, many_query, narrow, page_query},
};
use crate::{
    access::{OrgTx, OrgWrite, Viewer},
    base::{
        clock::Time,
        day::Day,
        error::{Error, Result},
        id::{ColumnId, ProjectId, TaskId, UserId},
        text::{Description, ProjectKey, Title},
    },
    db::{Query, columns, sql},
    effects::index,
    identity::accounts::Person,
    workspace::{deadlines::Deadline, labels, links, projects::Visibility},
};

/// A task with one of its assignees. A task has a row for each assignee, and one row if it has none.
pub(super) struct Found {
    id: TaskId,
    project_id: ProjectId,
    project_key: ProjectKey,
    project_visibility: Visibility,
    project_archived_at: Option<Time>,
    project_is_template: bool,
    number: i64,
    title: Title,
    description: Description,
    status: Status,
    column_id: ColumnId,
    priority: Priority,
    start_on: Option<Day>,
    due_at: Option<Time>,
    due_on: Option<Day>,
    parent_id: Option<TaskId>,
    parent_is_deleted: bool,
    is_of_template: bool,
    position: String,
    subtasks: i64,
    subtasks_done: i64,
    comment_count: i64,
    created_by: UserId,
    creator: String,
    completed_at: Option<Time>,
    version: i64,
    created_at: Time,
    updated_at: Time,
    assignee: Option<UserId>,
    assignee_name: Option<String>,
}

columns!(Found {
    id: "t.id",
    project_id: "t.project_id",
    project_key: "v.key",
    project_visibility: "v.visibility",
    project_archived_at: "v.archived_at",
    project_is_template: "v.is_template",
    number: "t.number",
    title: "t.title",
    description: "t.description",
    status: "t.status",
    column_id: "t.column_id",
    priority: "t.priority",
    start_on: "t.start_on",
    due_at: "t.due_at",
    due_on: "t.due_on",
    parent_id: "t.parent_id",
    parent_is_deleted: "exists (select 1 from tasks above where above.org_id = $1 and above.id = t.parent_id and above.deleted_at is not null)",
    is_of_template: "t.is_template",
    position: "t.position",
    subtasks: "t.subtasks",
    subtasks_done: "t.subtasks_done",
    comment_count: "t.comments",
    created_by: "t.created_by",
    creator: "c.name",
    completed_at: "t.completed_at",
    version: "t.version",
    created_at: "t.created_at",
    updated_at: "t.updated_at",
    assignee: "a.user_id",
    assignee_name: "u.name",
});

/// Merges the rows of each task, which must be adjacent.
fn gather(rows: Vec<Found>) -> Vec<Task> {
    let mut tasks: Vec<Task> = Vec::new();
    for row in rows {
        let assignee = row.assignee.zip(row.assignee_name).map(|(id, name)| Person { id, name });
        if let Some(task) = tasks.last_mut().filter(|task| task.id == row.id) {
            task.assignees.extend(assignee);
            continue;
        }
        tasks.push(Task {
            id: row.id,
            project_id: row.project_id,
            project_key: row.project_key,
            project_visibility: row.project_visibility,
            project_archived_at: row.project_archived_at,
            project_is_template: row.project_is_template,
            number: row.number,
            title: row.title,
            description: row.description,
            status: row.status,
            column_id: row.column_id,
            priority: row.priority,
            start_on: row.start_on,
            deadline: Deadline::stored(row.due_at, row.due_on),
            assignees: assignee.into_iter().collect(),
            labels: Vec::new(),
            parent_id: row.parent_id,
            parent_is_deleted: row.parent_is_deleted,
            is_of_template: row.is_of_template,
            position: row.position,
            subtask_counts: SubtaskCounts { total: row.subtasks, done: row.subtasks_done },
            comment_count: row.comment_count,
            links: Vec::new(),
            is_blocked: false,
            created_by: Person { id: row.created_by, name: row.creator },
            completed_at: row.completed_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        });
    }
    tasks
}

/// Adds to tasks their labels and links.
async fn complete(viewer: &Viewer, mut tasks: Vec<Task>) -> Result<Vec<Task>> {
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    let (labels, links) =
        try_join!(labels::store::of_tasks(viewer, &ids), links::store::of_tasks(viewer, &ids))?;
    let places: HashMap<TaskId, usize> = ids.into_iter().enumerate().map(|(place, id)| (id, place)).collect();
    for (id, label) in labels {
        if let Some(task) = places.get(&id).and_then(|place| tasks.get_mut(*place)) {
            task.labels.push(label);
        }
    }
    for (id, link, status) in links {
        if let Some(task) = places.get(&id).and_then(|place| tasks.get_mut(*place)) {
            task.is_blocked |= link.kind == links::Kind::BlockedBy && status.is_open();
            task.links.push(link);
        }
    }
    Ok(tasks)
}

pub(super) async fn find(viewer: &Viewer, task: &TaskRefName) -> Result<Option<Task>> {
    let user = viewer.user();
    let rows: Vec<Found> = match task {
        TaskRefName::Id(id) => {
            viewer
                .all(
                    sql!(
                        "select ", Found::COLUMNS, " from tasks t
                         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = $2
                         join users c on c.id = t.created_by
                         left join task_assignees a on a.org_id = $1 and a.task_id = t.id
                         left join users u on u.id = a.user_id
                         where t.org_id = $1 and t.id = $3 and t.deleted_at is null
                         order by a.assigned_at, a.user_id"
                    ),
                    &[&user, id],
                )
                .await?
        }
        TaskRefName::Key(key, number) => {
            viewer
                .all(
                    sql!(
                        "select ", Found::COLUMNS, " from project_keys k
                         join task_numbers n on n.org_id = $1 and n.project_id = k.project_id and n.number = $4
                         join tasks t on t.org_id = $1 and t.id = n.task_id
                         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = $2
                         join users c on c.id = t.created_by
                         left join task_assignees a on a.org_id = $1 and a.task_id = t.id
                         left join users u on u.id = a.user_id
                         where k.org_id = $1 and k.key = $3 and t.deleted_at is null
                         order by a.assigned_at, a.user_id"
                    ),
                    &[&user, key, number],
                )
                .await?
        }
    };
    Ok(complete(viewer, gather(rows)).await?.pop())
}

/// Finds a deleted task that can be restored, in a project that the caller can see. The policy decides whether the
/// caller may know that it exists.
pub(super) async fn find_deleted(viewer: &Viewer, task: &TaskRefName) -> Result<Option<Task>> {
    let (id, key, number) = match task {
        TaskRefName::Id(id) => (Some(id), None, None),
        TaskRefName::Key(key, number) => (None, Some(key), Some(number)),
    };
    let rows: Vec<Found> = viewer
        .all(
            sql!(
                "select ", Found::COLUMNS, " from tasks t
                 join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = $2
                 join users c on c.id = t.created_by
                 left join task_assignees a on a.org_id = $1 and a.task_id = t.id
                 left join users u on u.id = a.user_id
                 where t.org_id = $1 and t.deleted_at is not null and t.purged_at is null and t.id = coalesce($3, (
                     select n.task_id from project_keys k
                     join task_numbers n on n.org_id = $1 and n.project_id = k.project_id and n.number = $5
                     where k.org_id = $1 and k.key = $4))
                 order by a.assigned_at, a.user_id"
            ),
            &[&viewer.user(), &id, &key, &number],
        )
        .await?;
    Ok(complete(viewer, gather(rows)).await?.pop())
}

pub(super) async fn page(tx: &OrgTx, wanted: &TaskQuery) -> Result<Vec<Task>> {
    let source = source(tx, wanted).await?;
    if source.is_whole() {
        return read(tx, wanted, &source, &Part::default(), wanted.cursor.as_ref(), wanted.rows).await;
    }
    let mut tasks = Vec::new();
    for part in Part::of(&wanted.sort) {
        let cursor = match part.start(&wanted.sort, wanted.cursor.as_ref()) {
            Start::Past => continue,
            Start::First => None,
            Start::After(cursor) => Some(cursor),
        };
        let Some(of_part) = part.within(wanted) else { continue };
        let left = wanted.rows - i64::try_from(tasks.len()).unwrap_or(i64::MAX);
        let ids = few(tx, &of_part, part.narrow(wanted)).await?;
        let source = ids.map_or(Source::Tasks, Source::Ids);
        tasks.extend(read(tx, &of_part, &source, &part, cursor, left).await?);
        if i64::try_from(tasks.len()).unwrap_or(i64::MAX) >= wanted.rows {
            break;
        }
    }
    Ok(tasks)
}

async fn read(
    tx: &OrgTx,
    wanted: &TaskQuery,
    source: &Source,
    part: &Part,
    cursor: Option<&Cursor>,
    rows: i64,
) -> Result<Vec<Task>> {
    if matches!(source, Source::Ids(ids) if ids.is_empty()) {
        return Ok(Vec::new());
    }
    let query = page_query(wanted, source, part, cursor, &rows);
    complete(tx, gather(tx.all(query.sql(), query.values()).await?)).await
}

/// Returns what a list is read from: the tasks that a filter leaves, if they are few.
async fn source(tx: &OrgTx, wanted: &TaskQuery) -> Result<Source> {
    if let Some(ids) = &wanted.ids {
        return Ok(Source::Ids(ids.clone()));
    }
    if let Some(terms) = &wanted.terms
        && let Some(ids) = index::few(tx, terms, FEW).await?
    {
        return Ok(Source::Ids(ids));
    }
    let source = Source::of(wanted);
    let ids = few(tx, wanted, narrow(wanted, &source)).await?;
    Ok(ids.map_or(source, Source::Ids))
}

/// Returns the tasks that one of the filters leaves, if they are few.
async fn few(tx: &OrgTx, wanted: &TaskQuery, filters: Vec<Narrow>) -> Result<Option<Vec<TaskId>>> {
    for narrow in filters {
        let many = many_query(wanted, narrow);
        if tx.maybe::<(bool,)>(many.sql(), many.values()).await?.is_none() {
            let few = few_query(wanted, narrow);
            let ids = tx.all::<(TaskId,)>(few.sql(), few.values()).await?;
            return Ok(Some(ids.into_iter().map(|(id,)| id).collect()));
        }
    }
    Ok(None)
}

/// Counts the tasks of each group of a list. Tells what the group is sorted by too, if that isn't the group itself.
pub(super) async fn count_groups(
    tx: &OrgTx,
    wanted: &TaskQuery,
    by: GroupBy,
    calendar: &Calendar,
) -> Result<Vec<(Group, Option<String>, i64)>> {
    // All are counted, in no order.
    let wanted = TaskQuery { sort: Sort::by_id(), ..wanted.clone() };
    let source = source(tx, &wanted).await?;
    if matches!(&source, Source::Ids(ids) if ids.is_empty()) {
        return Ok(Vec::new());
    }
    let query = count_query(&wanted, by, &source, calendar);
    let rows: Vec<Tally> = tx.all(query.sql(), query.values()).await?;
    let group = |(rank, id, name, count)| Group::counted(by, rank, id).map(|group| (group, name, count));
    Ok(rows.into_iter().filter_map(group).collect())
}

/// Returns the first so many subtasks of each of these tasks.
pub(super) async fn first_subtasks(tx: &OrgTx, of: &[TaskId], most: i64) -> Result<Vec<TaskId>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new(
        "select s.id from (
             select t.id, row_number() over (partition by t.parent_id order by t.position, t.id) as place
             from tasks t where t.org_id = $1 and t.deleted_at is null",
        &[],
    );
    query.among("t.parent_id", of);
    query.push(") s where s.place <= ?", &[&most]);
    let ids = tx.all::<(TaskId,)>(query.sql(), query.values()).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn id_of_key(tx: &OrgTx, key: &ProjectKey, number: i64) -> Result<Option<TaskId>> {
    let sql = sql!(
        "select n.task_id from project_keys k
         join task_numbers n on n.org_id = $1 and n.project_id = k.project_id
         where k.org_id = $1 and k.key = $2 and n.number = $3"
    );
    Ok(tx.maybe::<(TaskId,)>(sql, &[key, &number]).await?.map(|(id,)| id))
}

/// Takes the project's next number. Returns it with the last position, and with the first column of a status.
pub(super) async fn next_place(
    tx: &OrgWrite,
    project: ProjectId,
    status: Status,
) -> Result<(i64, Option<String>, Option<ColumnId>)> {
    let sql = sql!(
        "update projects set numbers = numbers + 1 where org_id = $1 and id = $2
         returning numbers, (
             select max(t.position) from tasks t
             where t.org_id = $1 and t.project_id = $2 and t.deleted_at is null), (
             select c.id from board_columns c
             where c.org_id = $1 and c.project_id = $2 and c.status = $3 and c.deleted_at is null
             order by c.position, c.id limit 1)"
    );
    tx.one(sql, &[&project, &status]).await
}

/// Returns the last position of a project's tasks.
pub(super) async fn last_position(tx: &OrgWrite, project: ProjectId) -> Result<Option<String>> {
    let sql = sql!(
        "select position from tasks where org_id = $1 and project_id = $2 and deleted_at is null
         order by position desc limit 1"
    );
    Ok(tx.maybe::<(String,)>(sql, &[&project]).await?.map(|(position,)| position))
}

/// A task's place in the order of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub position: String,
    pub id: TaskId,
}

columns!(Spot { position: "position", id: "id" });

/// Returns the place of a task, if it is in this column.
pub(super) async fn spot(tx: &OrgWrite, column: ColumnId, task: TaskId) -> Result<Option<Spot>> {
    let sql = sql!(
        "select ",
        Spot::COLUMNS,
        " from tasks where org_id = $1 and column_id = $2 and id = $3 and deleted_at is null"
    );
    tx.maybe(sql, &[&column, &task]).await
}

/// Returns the last task of a column before a place, other than this one.
pub(super) async fn last_before(
    tx: &OrgWrite,
    column: ColumnId,
    place: &Spot,
    but: TaskId,
) -> Result<Option<Spot>> {
    let sql = sql!(
        "select ",
        Spot::COLUMNS,
        " from tasks
         where org_id = $1 and column_id = $2 and (position, id) < ($3, $4) and id <> $5 and deleted_at is null
         order by position desc, id desc limit 1"
    );
    tx.maybe(sql, &[&column, &place.position, &place.id, &but]).await
}

/// Returns the first tasks of a column behind a place, other than this one.
pub(super) async fn behind(
    tx: &OrgWrite,
    column: ColumnId,
    place: &Spot,
    but: TaskId,
    rows: i64,
) -> Result<Vec<Spot>> {
    let sql = sql!(
        "select ",
        Spot::COLUMNS,
        " from tasks
         where org_id = $1 and column_id = $2 and (position, id) > ($3, $4) and id <> $5 and deleted_at is null
         order by position, id limit $6"
    );
    tx.all(sql, &[&column, &place.position, &place.id, &but, &rows]).await
}

pub(super) async fn set_position(tx: &OrgWrite, task: TaskId, position: &str) -> Result<()> {
    let sql = sql!(
        "update tasks set position = $3, version = version + 1, updated_at = $4 where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&task, &position, &tx.now()]).await.map(drop)
}

/// Returns the ids of a task of this project and of all its ancestors, each with whether it is of a template. Deleted
/// ancestors are included, because they may be restored. Empty if the project has no such task.
pub(super) async fn line(tx: &OrgWrite, project: ProjectId, task: TaskId) -> Result<Vec<(TaskId, bool)>> {
    let sql = sql!(
        "with recursive line (id, parent_id, is_template) as (
             select id, parent_id, is_template from tasks
             where org_id = $1 and project_id = $2 and id = $3 and deleted_at is null
             union all
             select t.id, t.parent_id, t.is_template from line
             join tasks t on t.org_id = $1 and t.id = line.parent_id
         )
         select id, is_template from line"
    );
    tx.all(sql, &[&project, &task]).await
}

/// Returns whether a task is a template, or below one.
pub(super) async fn is_of_template(tx: &OrgWrite, task: TaskId) -> Result<bool> {
    let sql = sql!("select is_template from tasks where org_id = $1 and id = $2");
    Ok(tx.one::<(bool,)>(sql, &[&task]).await?.0)
}

/// Returns the tasks below one that are marked otherwise, but for those below a deleted one.
pub(super) async fn unlike(tx: &OrgWrite, task: TaskId, is_of_template: bool) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "with recursive tree (id, is_template) as (
             select id, is_template from tasks where org_id = $1 and id = $2
             union all
             select t.id, t.is_template from tree
             join tasks t on t.org_id = $1 and t.parent_id = tree.id and t.deleted_at is null
         )
         select id from tree where id <> $2 and is_template <> $3"
    );
    let tasks = tx.all::<(TaskId,)>(sql, &[&task, &is_of_template]).await?;
    Ok(tasks.into_iter().map(|(task,)| task).collect())
}

/// Marks tasks as of a template, or as work.
pub(super) async fn mark(tx: &OrgWrite, tasks: &[TaskId], is_of_template: bool) -> Result<()> {
    for tasks in tasks.chunks(Query::ROWS) {
        let mut query = Query::new("update tasks set is_template = ? where org_id = $1", &[&is_of_template]);
        query.among("id", tasks);
        tx.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// A task that moves into another project.
pub(super) struct Below {
    pub id: TaskId,
    pub number: i64,
    pub purged_at: Option<Time>,
}

columns!(Below { id: "t.id", number: "t.number", purged_at: "t.purged_at" });

/// Returns a task and all that are below it, deleted ones too, in the order of their numbers.
pub(super) async fn below(tx: &OrgWrite, task: TaskId) -> Result<Vec<Below>> {
    let sql = sql!(
        "with recursive below (id) as (
             select id from tasks where org_id = $1 and id = $2
             union all
             select t.id from below join tasks t on t.org_id = $1 and t.parent_id = below.id
         )
         select ",
        Below::COLUMNS,
        " from below join tasks t on t.org_id = $1 and t.id = below.id order by t.number"
    );
    tx.all(sql, &[&task]).await
}

/// Returns up to so many of a task and all that are below it, but for what is below a deleted one.
pub(super) async fn tree(tx: &OrgWrite, task: TaskId, most: usize) -> Result<Vec<TaskId>> {
    let sql = sql!(
        "with recursive tree (id) as (
             select id from tasks where org_id = $1 and id = $2
             union all
             select t.id from tree join tasks t on t.org_id = $1 and t.parent_id = tree.id and t.deleted_at is null
         )
         select id from tree limit $3"
    );
    let most = i64::try_from(most).map_err(Error::internal)?;
    Ok(tx.all::<(TaskId,)>(sql, &[&task, &most]).await?.into_iter().map(|(id,)| id).collect())
}

/// Returns up to so many of a project's tasks.
pub(super) async fn tasks_of(tx: &OrgWrite, project: ProjectId, most: usize) -> Result<Vec<TaskId>> {
    let sql =
        sql!("select id from tasks where org_id = $1 and project_id = $2 and deleted_at is null limit $3");
    let most = i64::try_from(most).map_err(Error::internal)?;
    Ok(tx.all::<(TaskId,)>(sql, &[&project, &most]).await?.into_iter().map(|(id,)| id).collect())
}

/// Takes so many numbers of a project.
pub(super) async fn take_numbers(
    tx: &OrgWrite,
    project: ProjectId,
    count: usize,
) -> Result<RangeInclusive<i64>> {
    let sql =
        sql!("update projects set numbers = numbers + $3 where org_id = $1 and id = $2 returning numbers");
    let count = i64::try_from(count).map_err(Error::internal)?;
    let (last,) = tx.one::<(i64,)>(sql, &[&project, &count]).await?;
    Ok(last - count + 1..=last)
}

/// Puts tasks into a project, with these numbers, each in the first column of its status.
pub(super) async fn put_into(
    tx: &OrgWrite,
    project: ProjectId,
    tasks: &[TaskId],
    numbers: RangeInclusive<i64>,
) -> Result<()> {
    let (now, numbers) = (tx.now(), numbers.collect::<Vec<i64>>());
    for (tasks, numbers) in tasks.chunks(Query::ROWS).zip(numbers.chunks(Query::ROWS)) {
        let mut given =
            Query::new("insert into task_numbers (org_id, project_id, number, task_id) values", &[]);
        for (task, number) in tasks.iter().zip(numbers) {
            given.row(&[&project, number, task]);
        }
        tx.execute(given.sql(), given.values()).await?;
        let mut query = Query::new(
            "update tasks set project_id = ?, version = version + 1, updated_at = ?,
                 number = (
                     select max(n.number) from task_numbers n
                     where n.org_id = $1 and n.task_id = tasks.id and n.project_id = ?),
                 column_id = (
                     select c.id from board_columns c
                     where c.org_id = $1 and c.project_id = ? and c.status = tasks.status and c.deleted_at is null
                     order by c.position, c.id limit 1)
             where org_id = $1",
            &[&project, &now, &project, &project],
        );
        query.among("id", tasks);
        tx.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Returns the number of levels of subtasks below a task. Deleted ones count.
pub(super) async fn height(tx: &OrgWrite, task: TaskId) -> Result<usize> {
    let sql = sql!(
        "with recursive below (id, depth) as (
             select id, cast(0 as bigint) from tasks where org_id = $1 and id = $2
             union all
             select t.id, below.depth + 1 from below join tasks t on t.org_id = $1 and t.parent_id = below.id
         )
         select max(depth) from below"
    );
    let (height,) = tx.one::<(i64,)>(sql, &[&task]).await?;
    usize::try_from(height).map_err(Error::internal)
}

/// Inserts tasks with their numbers. A task must come behind the one that it is a subtask of.
pub(super) async fn insert(tx: &OrgWrite, tasks: &[Task]) -> Result<()> {
    for tasks in Query::chunks(tasks) {
        let due: Vec<_> =
            tasks.iter().map(|task| (task.deadline.map(Deadline::moment), task.due_on())).collect();
        let mut rows = Query::new(
            "insert into tasks (org_id, id, project_id, number, title, description, status, column_id, priority, start_on,
                                due_at, due_on, parent_id, position, created_by, completed_at, version, created_at,
                                updated_at, comments, subtasks, subtasks_done, is_template) values",
            &[],
        );
        let mut numbers =
            Query::new("insert into task_numbers (org_id, project_id, number, task_id) values", &[]);
        for (task, (due_at, due_on)) in tasks.iter().zip(&due) {
            rows.row(&[
                &task.id,
                &task.project_id,
                &task.number,
                &task.title,
                &task.description,
                &task.status,
                &task.column_id,
                &task.priority,
                &task.start_on,
                due_at,
                due_on,
                &task.parent_id,
                &task.position,
                &task.created_by.id,
                &task.completed_at,
                &task.version,
                &task.created_at,
                &task.updated_at,
                &task.comment_count,
                &task.subtask_counts.total,
                &task.subtask_counts.done,
                &task.is_of_template,
            ]);
            numbers.row(&[&task.project_id, &task.number, &task.id]);
        }
        let rows = async { tx.execute(rows.sql(), rows.values()).await };
        let numbers = async { tx.execute(numbers.sql(), numbers.values()).await };
        try_join!(rows, numbers)?;
    }
    Ok(())
}

pub(super) async fn update(tx: &OrgWrite, task: &Task) -> Result<()> {
    let (due_at, due_on) = (task.deadline.map(Deadline::moment), task.due_on());
    tx.execute(
        sql!(
            "update tasks
             set title = $3, description = $4, status = $5, priority = $6, start_on = $7, due_at = $8, due_on = $9,
                 overdue_at = case when due_at = $8 then overdue_at end, parent_id = $10, position = $11,
                 completed_at = $12, version = $13, updated_at = $14, column_id = $15, is_template = $16
             where org_id = $1 and id = $2"
        ),
        &[
            &task.id,
            &task.title,
            &task.description,
            &task.status,
            &task.priority,
            &task.start_on,
            &due_at,
            &due_on,
            &task.parent_id,
            &task.position,
            &task.completed_at,
            &task.version,
            &task.updated_at,
            &task.column_id,
            &task.is_of_template,
        ],
    )
    .await
    .map(drop)
}

/// Adds to the numbers of a task's subtasks; negative numbers subtract.
pub(super) async fn count_subtasks(tx: &OrgWrite, parent: TaskId, more: SubtaskCounts) -> Result<()> {
    let sql = sql!(
        "update tasks set subtasks = subtasks + $3, subtasks_done = subtasks_done + $4 where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&parent, &more.total, &more.done]).await.map(drop)
}

pub(super) async fn delete(tx: &OrgWrite, task: TaskId) -> Result<()> {
    let sql = sql!("update tasks set deleted_at = $3, version = version + 1 where org_id = $1 and id = $2");
    tx.execute(sql, &[&task, &tx.now()]).await.map(drop)
}

pub(super) async fn restore(tx: &OrgWrite, task: TaskId) -> Result<()> {
    let sql = sql!(
        "update tasks set deleted_at = null, version = version + 1, updated_at = $3 where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&task, &tx.now()]).await.map(drop)
}
