//! SQL statements for comments and reactions.

use super::{Comment, Reaction};
use crate::{
    access::{OrgTx, OrgWrite, Viewer},
    base::{
        clock::Time,
        emoji::Emoji,
        error::Result,
        id::{CommentId, ProjectId, TaskId, UserId},
    },
    db::{Query, columns, sql},
    identity::accounts::Person,
};

struct Found {
    id: CommentId,
    task_id: TaskId,
    project_id: ProjectId,
    project_archived_at: Option<Time>,
    parent_id: Option<CommentId>,
    author: UserId,
    author_name: String,
    body: String,
    version: i64,
    created_at: Time,
    updated_at: Time,
    edited_at: Option<Time>,
    resolved_at: Option<Time>,
    deleted_at: Option<Time>,
}

columns!(Found {
    id: "c.id",
    task_id: "c.task_id",
    project_id: "t.project_id",
    project_archived_at: "v.archived_at",
    parent_id: "c.parent_id",
    author: "c.author_id",
    author_name: "u.name",
    body: "c.body",
    version: "c.version",
    created_at: "c.created_at",
    updated_at: "c.updated_at",
    edited_at: "c.edited_at",
    resolved_at: "c.resolved_at",
    deleted_at: "c.deleted_at",
});

impl From<Found> for Comment {
    fn from(row: Found) -> Self {
        Self {
            id: row.id,
            task_id: row.task_id,
            project_id: row.project_id,
            is_archived: row.project_archived_at.is_some(),
            parent_id: row.parent_id,
            author: Person { id: row.author, name: row.author_name },
            body: row.body,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            edited_at: row.edited_at,
            resolved_at: row.resolved_at,
            is_deleted: row.deleted_at.is_some(),
        }
    }
}

/// Builds the query for those of the comments that the reader sees: on tasks that aren't deleted, of projects that they
/// see.
fn seen_query<'a>(reader: &'a UserId, ids: &'a [CommentId]) -> Query<'a> {
    let mut query = Query::select(
        Found::COLUMNS,
        " from comments c
         join tasks t on t.org_id = $1 and t.id = c.task_id and t.deleted_at is null
         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?
         join users u on u.id = c.author_id
         where c.org_id = $1",
        &[reader],
    );
    query.among("c.id", ids);
    query
}

/// Returns those of the comments that the caller sees.
pub(super) async fn seen(viewer: &Viewer, ids: &[CommentId]) -> Result<Vec<Comment>> {
    let reader = viewer.user();
    let query = seen_query(&reader, ids);
    let found: Vec<Found> = viewer.all(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(Comment::from).collect())
}

/// Returns the first so many comments on each of these tasks.
pub(super) async fn first_of(tx: &OrgTx, tasks: &[TaskId], most: i64) -> Result<Vec<CommentId>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new(
        "select f.id from (
             select c.id, row_number() over (partition by c.task_id order by c.id) as place
             from comments c where c.org_id = $1",
        &[],
    );
    query.among("c.task_id", tasks);
    query.push(") f where f.place <= ?", &[&most]);
    let ids = tx.all::<(CommentId,)>(query.sql(), query.values()).await?;
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Returns the comments on a task after this one, in the order of their creation.
pub(super) async fn of_task(tx: &OrgTx, task: TaskId, after: CommentId, rows: i64) -> Result<Vec<Comment>> {
    let sql = sql!(
        "with page as (
             select * from comments c where c.org_id = $1 and c.task_id = $3 and c.id > $4 order by c.id limit $5)
         select ", Found::COLUMNS, " from page c
         join tasks t on t.org_id = $1 and t.id = c.task_id
         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = $2
         join users u on u.id = c.author_id
         order by c.id"
    );
    let found: Vec<Found> = tx.all(sql, &[&tx.user(), &task, &after, &rows]).await?;
    Ok(found.into_iter().map(Comment::from).collect())
}

/// A reaction to a comment, with the number of people and whether the caller is one of them.
struct Counted {
    comment: CommentId,
    emoji: Emoji,
    count: i64,
    mine: i64,
}

columns!(Counted {
    comment: "r.comment_id",
    emoji: "r.emoji",
    count: "count(*)",
    mine: "count(case when r.user_id = ? then 1 end)",
});

fn reactions_query<'a>(reader: &'a UserId, comments: &'a [CommentId]) -> Query<'a> {
    let mut query =
        Query::select(Counted::COLUMNS, " from comment_reactions r where r.org_id = $1", &[reader]);
    query.among("r.comment_id", comments);
    query.push(" group by r.comment_id, r.emoji order by r.comment_id, min(r.reacted_at), r.emoji", &[]);
    query
}

/// Returns the reactions to comments, the first of each comment first.
pub(super) async fn reactions(tx: &OrgTx, comments: &[CommentId]) -> Result<Vec<(CommentId, Reaction)>> {
    let reader = tx.user();
    let query = reactions_query(&reader, comments);
    let found: Vec<Counted> = tx.all(query.sql(), query.values()).await?;
    let reaction =
        |row: Counted| (row.comment, Reaction { emoji: row.emoji, count: row.count, me: row.mine > 0 });
    Ok(found.into_iter().map(reaction).collect())
}

pub(super) async fn insert(tx: &OrgWrite, comment: &Comment) -> Result<()> {
    let sql = sql!(
        "insert into comments (org_id, id, task_id, parent_id, author_id, body, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)"
    );
    tx.execute(
        sql,
        &[
            &comment.id,
            &comment.task_id,
            &comment.parent_id,
            &comment.author.id,
            &comment.body,
            &comment.version,
            &comment.created_at,
        ],
    )
    .await
    .map(drop)
}

/// Adds to the number of comments on a task; a negative number subtracts.
pub(super) async fn count(tx: &OrgWrite, task: TaskId, more: i64) -> Result<()> {
    let sql = sql!("update tasks set comments = comments + $3 where org_id = $1 and id = $2");
    tx.execute(sql, &[&task, &more]).await.map(drop)
}

/// Writes the text and the times of a comment.
pub(super) async fn update(tx: &OrgWrite, comment: &Comment) -> Result<()> {
    let sql = sql!(
        "update comments set body = $3, version = $4, updated_at = $5, edited_at = $6, resolved_at = $7, deleted_at = $8
         where org_id = $1 and id = $2"
    );
    let deleted_at = comment.is_deleted.then_some(comment.updated_at);
    tx.execute(
        sql,
        &[
            &comment.id,
            &comment.body,
            &comment.version,
            &comment.updated_at,
            &comment.edited_at,
            &comment.resolved_at,
            &deleted_at,
        ],
    )
    .await
    .map(drop)
}

/// Returns the number of replies to a comment.
pub(super) async fn replies(tx: &OrgWrite, comment: CommentId) -> Result<i64> {
    let sql = sql!("select count(*) from comments where org_id = $1 and parent_id = $2");
    Ok(tx.one::<(i64,)>(sql, &[&comment]).await?.0)
}

pub(super) async fn delete(tx: &OrgWrite, comment: CommentId) -> Result<()> {
    tx.execute(sql!("delete from comments where org_id = $1 and id = $2"), &[&comment]).await.map(drop)
}

/// Deletes a comment that is deleted but has kept its place, if its last reply is gone.
pub(super) async fn delete_place(tx: &OrgWrite, comment: CommentId) -> Result<()> {
    let sql = sql!(
        "delete from comments where org_id = $1 and id = $2 and deleted_at is not null
         and not exists (select 1 from comments r where r.org_id = $1 and r.parent_id = $2)"
    );
    tx.execute(sql, &[&comment]).await.map(drop)
}

/// Adds the caller's reaction. Returns whether it is a new one.
pub(super) async fn react(tx: &OrgWrite, comment: CommentId, emoji: &Emoji) -> Result<bool> {
    let sql = sql!(
        "insert into comment_reactions (org_id, comment_id, emoji, user_id, reacted_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing"
    );
    Ok(tx.execute(sql, &[&comment, emoji, &tx.user(), &tx.now()]).await? > 0)
}

/// Returns the number of different reactions to a comment.
pub(super) async fn kinds(tx: &OrgWrite, comment: CommentId) -> Result<i64> {
    let sql = sql!(
        "select count(distinct r.emoji) from comment_reactions r where r.org_id = $1 and r.comment_id = $2"
    );
    Ok(tx.one::<(i64,)>(sql, &[&comment]).await?.0)
}

/// Removes the caller's reaction. Returns whether there was one.
pub(super) async fn take_back(tx: &OrgWrite, comment: CommentId, emoji: &Emoji) -> Result<bool> {
    let sql = sql!(
        "delete from comment_reactions where org_id = $1 and comment_id = $2 and emoji = $3 and user_id = $4"
    );
    Ok(tx.execute(sql, &[&comment, emoji, &tx.user()]).await? > 0)
}

/// Deletes all reactions to a comment.
pub(super) async fn forget_reactions(tx: &OrgWrite, comment: CommentId) -> Result<()> {
    let sql = sql!("delete from comment_reactions where org_id = $1 and comment_id = $2");
    tx.execute(sql, &[&comment]).await.map(drop)
}
