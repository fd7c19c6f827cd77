//! The SQL of the purge.

use uuid::Uuid;

use crate::{
    access::{SystemTx, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{ColumnId, CommentId, Id, LabelId, OrgId, ProjectId, TaskId},
    },
    db::{Query, Sql, sql},
    effects::{index, ledger},
    workspace::counts,
};

/// Returns up to 100 organizations that have something to purge by this day, each with the day that it was scheduled
/// for.
pub(super) async fn due(tx: &SystemTx, today: i64) -> Result<Vec<(i64, OrgId)>> {
    tx.all(sql!("select day, org_id from purges where day <= $1 order by day, org_id limit 100"), &[&today])
        .await
}

/// Deletes the note that an organization is to be purged on a day.
pub(super) async fn settle(tx: &SystemTx, day: i64, org: OrgId) -> Result<()> {
    tx.execute(sql!("delete from purges where day = $1 and org_id = $2"), &[&day, &org]).await.map(drop)
}

/// Takes the lock on the organization's ledger, so that no write or restore runs at the same time.
pub(super) async fn lock(viewer: &Viewer) -> Result<()> {
    viewer.execute(sql!("update org_ledgers set seq = seq where org_id = $1"), &[]).await.map(drop)
}

/// Marks the organization as purged if it was deleted before this, so that it can't be restored, and erases the names of
/// its placeholders. Returns whether it is purged.
pub(super) async fn doom(viewer: &Viewer, before: Time) -> Result<bool> {
    let sql = sql!(
        "update organizations set purged_at = $3 where id = $1 and deleted_at <= $2 and purged_at is null"
    );
    if viewer.execute(sql, &[&before, &viewer.now()]).await? == 1 {
        viewer.execute(ERASE_PLACEHOLDERS, &[]).await?;
        return Ok(true);
    }
    let sql = sql!("select id from organizations where id = $1 and purged_at is not null");
    Ok(viewer.maybe::<(OrgId,)>(sql, &[]).await?.is_some())
}

/// Erases the names of those without an address who are members or in the ledger: placeholders, which an import made for
/// this organization alone, and deleted accounts, which have no name any more.
const ERASE_PLACEHOLDERS: Sql<'static> = sql!(
    "update users set name = 'Deleted user', name_folded = 'deleted user' where email = '' and id in (
    select user_id from memberships where org_id = $1
    union select actor_id from ledger where org_id = $1 and actor_id is not null)"
);

/// Statements that delete up to `$2` of an organization's rows, referencing rows before the rows that they reference.
const ROWS: [Sql<'static>; 25] = [
    sql!(
        "delete from search_words where org_id = $1 and (subject_id, word) in
              (select subject_id, word from search_words where org_id = $1 order by subject_id, word limit $2)"
    ),
    sql!(
        "delete from comment_reactions where org_id = $1 and (comment_id, emoji, user_id) in
              (select comment_id, emoji, user_id from comment_reactions where org_id = $1
               order by comment_id, emoji, user_id limit $2)"
    ),
    sql!(
        "delete from comments where org_id = $1 and id in
              (select id from comments where org_id = $1 and parent_id is not null limit $2)"
    ),
    sql!(
        "delete from comments where org_id = $1 and id in
              (select id from comments where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from task_assignees where org_id = $1 and (task_id, user_id) in
              (select task_id, user_id from task_assignees where org_id = $1 order by task_id, user_id limit $2)"
    ),
    sql!(
        "delete from task_labels where org_id = $1 and (task_id, label_id) in
              (select task_id, label_id from task_labels where org_id = $1 order by task_id, label_id limit $2)"
    ),
    sql!(
        "delete from task_links where org_id = $1 and (id, task_id) in
              (select id, task_id from task_links where org_id = $1 order by id, task_id limit $2)"
    ),
    sql!(
        "delete from labels where org_id = $1 and id in
              (select id from labels where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from task_numbers where org_id = $1 and (project_id, number) in
              (select project_id, number from task_numbers where org_id = $1 order by project_id, number limit $2)"
    ),
    sql!(
        "update tasks set parent_id = null where org_id = $1 and id in
              (select id from tasks where org_id = $1 and parent_id is not null limit $2)"
    ),
    sql!(
        "delete from tasks where org_id = $1 and id in
              (select id from tasks where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from board_columns where org_id = $1 and id in
              (select id from board_columns where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from task_counts where org_id = $1 and (kind, scope, project_id, quarter) in
              (select kind, scope, project_id, quarter from task_counts where org_id = $1 limit $2)"
    ),
    sql!(
        "delete from project_members where org_id = $1 and (project_id, user_id) in
              (select project_id, user_id from project_members where org_id = $1 order by project_id, user_id limit $2)"
    ),
    sql!(
        "delete from project_keys where org_id = $1 and key in
              (select key from project_keys where org_id = $1 order by key limit $2)"
    ),
    sql!(
        "delete from projects where org_id = $1 and id in
              (select id from projects where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from invitation_old_tokens where org_id = $1 and token_hash in
              (select token_hash from invitation_old_tokens where org_id = $1 order by token_hash limit $2)"
    ),
    sql!(
        "delete from invited_emails where org_id = $1 and email in
              (select email from invited_emails where org_id = $1 order by email limit $2)"
    ),
    sql!(
        "delete from invitations where org_id = $1 and id in
              (select id from invitations where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from org_security_events where org_id = $1 and id in
              (select id from org_security_events where org_id = $1 order by id limit $2)"
    ),
    sql!(
        "delete from org_idempotency_keys where org_id = $1 and key_hash in
              (select key_hash from org_idempotency_keys where org_id = $1 order by key_hash limit $2)"
    ),
    sql!(
        "delete from memberships where org_id = $1 and user_id in
              (select user_id from memberships where org_id = $1 order by user_id limit $2)"
    ),
    sql!(
        "delete from ledger_texts where org_id = $1 and seq in
              (select seq from ledger_texts where org_id = $1 order by seq limit $2)"
    ),
    sql!(
        "delete from ledger_originals where org_id = $1 and seq in
              (select seq from ledger_originals where org_id = $1 order by seq limit $2)"
    ),
    sql!(
        "delete from ledger where org_id = $1 and seq in
              (select seq from ledger where org_id = $1 order by seq limit $2)"
    ),
];

/// Statements that delete the rest, which isn't much.
const REST: [Sql<'static>; 10] = [
    sql!("delete from invitation_emails where org_id = $1"),
    sql!("delete from api_tokens where org_id = $1"),
    sql!("delete from identities where org_id = $1"),
    sql!("delete from user_orgs where org_id = $1"),
    sql!("delete from org_ledgers where org_id = $1"),
    sql!("delete from purges where org_id = $1"),
    sql!("delete from deadlines where org_id = $1"),
    sql!("delete from zone_changes where org_id = $1"),
    // Its founder may found another.
    sql!(
        "update users set founded = founded - 1 where id = (select founded_by from organizations where id = $1)"
    ),
    sql!("delete from organizations where id = $1"),
];

/// Deletes up to this many of the organization's rows, its own row last. Its slugs stay taken, so that no other
/// organization gets them. Returns whether there are more rows.
pub(super) async fn erase_some(viewer: &Viewer, rows: i64) -> Result<bool> {
    for sql in ROWS {
        if viewer.execute(sql, &[&rows]).await? > 0 {
            return Ok(true);
        }
    }
    for sql in REST {
        viewer.execute(sql, &[]).await?;
    }
    Ok(false)
}

/// Purges some of the tasks that were deleted before this, or up to `words` of their search words. Returns whether there
/// were any.
pub(super) async fn empty_tasks(viewer: &Viewer, before: Time, words: i64) -> Result<bool> {
    let sql = sql!(
        "select id from tasks where org_id = $1 and deleted_at <= $2 and deleted_at is not null and purged_at is null
         order by deleted_at, id limit 50"
    );
    let tasks = viewer.all::<(TaskId,)>(sql, &[&before]).await?;
    empty(viewer, tasks, words).await
}

/// Deletes the comments on tasks and the search words of both, up to so many at once, then their texts, assignees, labels, links
/// and activity texts, and marks them as deleted and purged. Returns whether there was anything to do.
async fn empty(viewer: &Viewer, tasks: Vec<(TaskId,)>, words: i64) -> Result<bool> {
    let tasks: Vec<TaskId> = tasks.into_iter().map(|(id,)| id).collect();
    if tasks.is_empty() {
        return Ok(false);
    }
    let ids: Vec<Uuid> = tasks.iter().map(Id::uuid).collect();
    if index::forget_some(viewer, &ids, words).await? == words
        || erase_comments(viewer, &tasks, words).await?
    {
        return Ok(true);
    }
    let mut assignees = Query::new("delete from task_assignees where org_id = $1", &[]);
    assignees.among("task_id", &tasks);
    viewer.execute(assignees.sql(), assignees.values()).await?;
    let mut labels = Query::new("delete from task_labels where org_id = $1", &[]);
    labels.among("task_id", &tasks);
    viewer.execute(labels.sql(), labels.values()).await?;
    let mut links = Query::new(
        "delete from task_links where org_id = $1 and id in (select l.id from task_links l where l.org_id = $1",
        &[],
    );
    links.among("l.task_id", &tasks);
    links.push(")", &[]);
    viewer.execute(links.sql(), links.values()).await?;
    let now = viewer.now();
    let mut texts = Query::new(
        "update tasks set title = '', description = '', deleted_at = coalesce(deleted_at, ?), purged_at = ?
         where org_id = $1",
        &[&now, &now],
    );
    texts.among("id", &tasks);
    viewer.execute(texts.sql(), texts.values()).await?;
    ledger::erase(viewer, &ids).await?;
    Ok(true)
}

/// Deletes up to so many of the comments on tasks, with their search words and reactions. Returns whether there were
/// any.
async fn erase_comments(viewer: &Viewer, tasks: &[TaskId], rows: i64) -> Result<bool> {
    let mut comments = some_comments(viewer, tasks, true, rows).await?;
    if comments.is_empty() {
        comments = some_comments(viewer, tasks, false, rows).await?;
    }
    if comments.is_empty() {
        return Ok(false);
    }
    let ids: Vec<Uuid> = comments.iter().map(Id::uuid).collect();
    if index::forget_some(viewer, &ids, rows).await? == rows {
        return Ok(true);
    }
    let mut reactions = Query::new("delete from comment_reactions where org_id = $1", &[]);
    reactions.among("comment_id", &comments);
    viewer.execute(reactions.sql(), reactions.values()).await?;
    let mut query = Query::new("delete from comments where org_id = $1", &[]);
    query.among("id", &comments);
    viewer.execute(query.sql(), query.values()).await?;
    ledger::erase_originals(viewer, &ids).await?;
    Ok(true)
}

/// Returns up to so many of the comments on tasks, or of the replies among them, which go first.
async fn some_comments(
    viewer: &Viewer,
    tasks: &[TaskId],
    are_replies: bool,
    rows: i64,
) -> Result<Vec<CommentId>> {
    let mut query = Query::new("select c.id from comments c where c.org_id = $1", &[]);
    query.among("c.task_id", tasks);
    if are_replies {
        query.push(" and c.parent_id is not null", &[]);
    }
    query.push(" limit ?", &[&rows]);
    let comments = viewer.all::<(CommentId,)>(query.sql(), query.values()).await?;
    Ok(comments.into_iter().map(|(id,)| id).collect())
}

/// Purges a project that was deleted before this, so that it can't be restored. Its key stays. Returns whether there was
/// one.
pub(super) async fn doom_project(viewer: &Viewer, before: Time) -> Result<bool> {
    let sql = sql!(
        "select id from projects where org_id = $1 and deleted_at <= $2 and deleted_at is not null and purged_at is null limit 1"
    );
    let Some((project,)) = viewer.maybe::<(ProjectId,)>(sql, &[&before]).await? else {
        return Ok(false);
    };
    let sql = sql!("delete from project_members where org_id = $1 and project_id = $2");
    viewer.execute(sql, &[&project]).await?;
    counts::forget(viewer, project).await?;
    let sql = sql!(
        "update projects set name = '', description = '', folded = '', purged_at = $3 where org_id = $1 and id = $2"
    );
    viewer.execute(sql, &[&project, &viewer.now()]).await?;
    index::forget(viewer, &[project.uuid()]).await?;
    ledger::erase(viewer, &[project.uuid()]).await?;
    let sql =
        sql!("select id from board_columns where org_id = $1 and project_id = $2 and purged_at is null");
    let columns = viewer.all::<(ColumnId,)>(sql, &[&project]).await?;
    empty_columns(viewer, columns).await?;
    Ok(true)
}

/// Purges some of the columns that were deleted before this. Returns whether there were any.
pub(super) async fn empty_deleted_columns(viewer: &Viewer, before: Time) -> Result<bool> {
    let sql = sql!(
        "select id from board_columns where org_id = $1 and deleted_at <= $2 and deleted_at is not null and purged_at is null
         order by deleted_at, id limit 50"
    );
    let columns = viewer.all::<(ColumnId,)>(sql, &[&before]).await?;
    empty_columns(viewer, columns).await
}

/// Empties columns for good. Returns whether there were any.
async fn empty_columns(viewer: &Viewer, columns: Vec<(ColumnId,)>) -> Result<bool> {
    let columns: Vec<ColumnId> = columns.into_iter().map(|(id,)| id).collect();
    if columns.is_empty() {
        return Ok(false);
    }
    let now = viewer.now();
    let mut query = Query::new(
        "update board_columns set name = '', deleted_at = coalesce(deleted_at, ?), purged_at = ? where org_id = $1",
        &[&now, &now],
    );
    query.among("id", &columns);
    viewer.execute(query.sql(), query.values()).await?;
    let ids: Vec<Uuid> = columns.iter().map(Id::uuid).collect();
    ledger::erase(viewer, &ids).await?;
    Ok(true)
}

/// Purges some of the tasks of purged projects, or up to `words` of their search words. Returns whether there were any.
pub(super) async fn empty_doomed(viewer: &Viewer, words: i64) -> Result<bool> {
    let sql = sql!(
        "select t.id from projects p join tasks t on t.org_id = $1 and t.project_id = p.id
         where p.org_id = $1 and p.purged_at is not null and t.deleted_at is null limit 50"
    );
    let tasks = viewer.all::<(TaskId,)>(sql, &[]).await?;
    empty(viewer, tasks, words).await
}

/// Takes a label that was deleted before this off up to so many tasks, or off the last ones and purges it. Returns whether
/// there was one.
pub(super) async fn empty_label(viewer: &Viewer, before: Time, rows: i64) -> Result<bool> {
    let sql = sql!(
        "select id from labels where org_id = $1 and deleted_at <= $2 and deleted_at is not null and purged_at is null limit 1"
    );
    let Some((label,)) = viewer.maybe::<(LabelId,)>(sql, &[&before]).await? else {
        return Ok(false);
    };
    let sql = sql!(
        "delete from task_labels where org_id = $1 and label_id = $2 and task_id in
              (select task_id from task_labels where org_id = $1 and label_id = $2 order by task_id limit $3)"
    );
    if viewer.execute(sql, &[&label, &rows]).await? == u64::try_from(rows).unwrap_or(u64::MAX) {
        return Ok(true);
    }
    let sql = sql!(
        "update labels set name = '', caseless = '', folded = '', description = '', purged_at = $3
         where org_id = $1 and id = $2"
    );
    viewer.execute(sql, &[&label, &viewer.now()]).await?;
    ledger::erase(viewer, &[label.uuid()]).await?;
    Ok(true)
}
