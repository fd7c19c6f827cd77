//! The SQL of export and import. The export reads each table in the order of its key.

use super::rows::{
    Assignee, Column, Comment, Entry, Insider, Invitation, Key, Label, Link, Member, Organization, Person,
    Project, Reaction, Task, TaskLabel, TaskNumber,
};
use crate::{
    access::{OrgTx, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{CommentId, Id, TaskId, UserId},
        text::{Name, ProjectKey, Slug, TimeZone},
        words::{caseless, folded, folded_with_key},
    },
    db::{Param, Query, Sql, sql},
    effects::{
        ledger::{self, Changes},
        retention,
    },
};

/// The number of rows read at once. The `limit` of each statement below has to be the same number.
pub(super) const PAGE: usize = 500;

pub(super) async fn organization(tx: &OrgTx) -> Result<Vec<Organization>> {
    tx.all(sql!("select ", Organization::COLUMNS, " from organizations where id = $1"), &[]).await
}

/// Reads everybody who is or was a member, and others with an entry in the ledger, such as those who declined an
/// invitation.
pub(super) async fn people(tx: &OrgTx, last: Option<&Person>) -> Result<Vec<Person>> {
    tx.all(
        sql!(
            "select ",
            Person::COLUMNS,
            " from users u left join memberships m on m.org_id = $1 and m.user_id = u.id
             where u.id > $2 and u.id in (
                 select i.user_id from memberships i where i.org_id = $1
                 union select l.actor_id from ledger l where l.org_id = $1 and l.actor_id is not null)
             order by u.id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn members(tx: &OrgTx, last: Option<&Member>) -> Result<Vec<Member>> {
    tx.all(
        sql!(
            "select ",
            Member::COLUMNS,
            " from memberships
             where org_id = $1 and user_id > $2 order by user_id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.user_id)],
    )
    .await
}

pub(super) async fn invitations(tx: &OrgTx, last: Option<&Invitation>) -> Result<Vec<Invitation>> {
    tx.all(
        sql!(
            "select ",
            Invitation::COLUMNS,
            " from invitations
             where org_id = $1 and id > $2 order by id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn projects(tx: &OrgTx, last: Option<&Project>) -> Result<Vec<Project>> {
    tx.all(
        sql!(
            "select ",
            Project::COLUMNS,
            " from projects where org_id = $1 and id > $2 order by id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn keys(tx: &OrgTx, last: Option<&Key>) -> Result<Vec<Key>> {
    tx.all(
        sql!(
            "select ",
            Key::COLUMNS,
            " from project_keys where org_id = $1 and key > $2 order by key limit 500"
        ),
        &[&last.map_or("", |last| last.key.as_str())],
    )
    .await
}

pub(super) async fn insiders(tx: &OrgTx, last: Option<&Insider>) -> Result<Vec<Insider>> {
    let (project, user) = last.map_or((Id::NIL, Id::NIL), |last| (last.project_id, last.user_id));
    tx.all(
        sql!(
            "select ",
            Insider::COLUMNS,
            " from project_members
             where org_id = $1 and (project_id, user_id) > ($2, $3) order by project_id, user_id limit 500"
        ),
        &[&project, &user],
    )
    .await
}

/// Reads the columns of boards, deleted ones too.
pub(super) async fn columns(tx: &OrgTx, last: Option<&Column>) -> Result<Vec<Column>> {
    tx.all(
        sql!(
            "select ",
            Column::COLUMNS,
            " from board_columns where org_id = $1 and id > $2 order by id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn tasks(tx: &OrgTx, last: Option<&Task>) -> Result<Vec<Task>> {
    tx.all(
        sql!("select ", Task::COLUMNS, " from tasks where org_id = $1 and id > $2 order by id limit 500"),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn numbers(tx: &OrgTx, last: Option<&TaskNumber>) -> Result<Vec<TaskNumber>> {
    let (project, number) = last.map_or((Id::NIL, 0), |last| (last.project_id, last.number));
    tx.all(
        sql!(
            "select ",
            TaskNumber::COLUMNS,
            " from task_numbers
             where org_id = $1 and (project_id, number) > ($2, $3) order by project_id, number limit 500"
        ),
        &[&project, &number],
    )
    .await
}

pub(super) async fn assignees(tx: &OrgTx, last: Option<&Assignee>) -> Result<Vec<Assignee>> {
    let (task, user) = last.map_or((Id::NIL, Id::NIL), |last| (last.task_id, last.user_id));
    tx.all(
        sql!(
            "select ",
            Assignee::COLUMNS,
            " from task_assignees
             where org_id = $1 and (task_id, user_id) > ($2, $3) order by task_id, user_id limit 500"
        ),
        &[&task, &user],
    )
    .await
}

/// Reads the labels, deleted ones too.
pub(super) async fn labels(tx: &OrgTx, last: Option<&Label>) -> Result<Vec<Label>> {
    tx.all(
        sql!("select ", Label::COLUMNS, " from labels where org_id = $1 and id > $2 order by id limit 500"),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn task_labels(tx: &OrgTx, last: Option<&TaskLabel>) -> Result<Vec<TaskLabel>> {
    let (task, label) = last.map_or((Id::NIL, Id::NIL), |last| (last.task_id, last.label_id));
    tx.all(
        sql!(
            "select ",
            TaskLabel::COLUMNS,
            " from task_labels
             where org_id = $1 and (task_id, label_id) > ($2, $3) order by task_id, label_id limit 500"
        ),
        &[&task, &label],
    )
    .await
}

/// Reads each link once, though it has two rows.
pub(super) async fn links(tx: &OrgTx, last: Option<&Link>) -> Result<Vec<Link>> {
    tx.all(
        sql!(
            "select ",
            Link::COLUMNS,
            " from task_links
             where org_id = $1 and id > $2
               and (kind in ('blocks', 'duplicates') or kind = 'relates_to' and task_id < other_id)
             order by id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn comments(tx: &OrgTx, last: Option<&Comment>) -> Result<Vec<Comment>> {
    tx.all(
        sql!(
            "select ",
            Comment::COLUMNS,
            " from comments where org_id = $1 and id > $2 order by id limit 500"
        ),
        &[&last.map_or(Id::NIL, |last| last.id)],
    )
    .await
}

pub(super) async fn reactions(tx: &OrgTx, last: Option<&Reaction>) -> Result<Vec<Reaction>> {
    let (comment, emoji, user) =
        last.map_or((Id::NIL, "", Id::NIL), |last| (last.comment_id, last.emoji.as_str(), last.user_id));
    tx.all(
        sql!(
            "select ",
            Reaction::COLUMNS,
            " from comment_reactions
             where org_id = $1 and (comment_id, emoji, user_id) > ($2, $3, $4)
             order by comment_id, emoji, user_id limit 500"
        ),
        &[&comment, &emoji, &user],
    )
    .await
}

pub(super) async fn entries(tx: &OrgTx, last: Option<&Entry>) -> Result<Vec<Entry>> {
    tx.all(
        sql!(
            "select ",
            Entry::COLUMNS,
            " from ledger l left join ledger_texts lt on lt.org_id = $1 and lt.seq = l.seq
             where l.org_id = $1 and l.seq > $2 order by l.seq limit 500"
        ),
        &[&last.map_or(0, |last| last.seq)],
    )
    .await
}

/// Inserts a placeholder for a person of the archive: a disabled user without an address, whom nobody can log in to.
pub(super) async fn insert_placeholder(to: &Viewer, (id, name): &(UserId, Name)) -> Result<()> {
    let directory = to.as_user().directory();
    directory
        .execute(
        sql!(
            "insert into users (id, name, email, time_zone, session_epoch, version, created_at, updated_at, disabled_at,
                                founded, name_folded, email_folded)
             values ($1, $2, '', $3, 1, 1, $4, $4, $4, 0, $5, '')"
        ),
        &[id, name, &TimeZone::UTC, &to.now(), &folded(name.as_str())],
    )
    .await
    .map(drop)
}

type Values<'a> = &'a [&'a (dyn Param + Sync)];

async fn insert(to: &Viewer, sql: Sql<'_>, values: Values<'_>) -> Result<()> {
    to.execute(sql, values).await.map(drop)
}

/// Inserts an organization that counts as deleted in 1970, and schedules its purge for the day after tomorrow.
pub(super) async fn insert_organization(to: &Viewer, row: &Organization) -> Result<()> {
    let sql = sql!(
        "insert into organizations (id, slug, name, members_can_create_projects, members_edit, time_zone, version,
                                    created_at, updated_at, deleted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let never = Time::from_millis(0);
    let settings = (&row.members_can_create_projects, &row.members_edit, &row.time_zone);
    insert(
        to,
        sql,
        &[
            &row.slug,
            &row.name,
            settings.0,
            settings.1,
            settings.2,
            &row.version,
            &row.created_at,
            &row.updated_at,
            &never,
        ],
    )
    .await?;
    retention::schedule_on(&to.as_user().directory(), to.now().day() + 2, to.org()).await
}

/// Makes an organization that was inserted live, under this slug.
pub(super) async fn open_organization(to: &Viewer, slug: &Slug) -> Result<()> {
    insert(to, sql!("update organizations set slug = $2, deleted_at = null where id = $1"), &[slug]).await
}

/// Makes memberships that were inserted active.
pub(super) async fn admit(to: &Viewer, members: &[UserId]) -> Result<()> {
    for members in members.chunks(PAGE) {
        let mut active = Query::new("update memberships set ended_at = null where org_id = $1", &[]);
        active.among("user_id", members);
        to.execute(active.sql(), active.values()).await?;
        let mut listed = Query::new("insert into user_orgs (org_id, user_id) values", &[]);
        for user in members {
            listed.row(&[user]);
        }
        to.execute(listed.sql(), listed.values()).await?;
    }
    Ok(())
}

/// Inserts the ledger's counters: the number of entries, and of tasks that aren't deleted, nor their project.
pub(super) async fn insert_ledger(to: &Viewer, (seq, tasks): &(i64, i64)) -> Result<()> {
    let sql = sql!("insert into org_ledgers (org_id, seq, tasks, overdue_until) values ($1, $2, $3, $4)");
    insert(to, sql, &[seq, tasks, &to.now()]).await
}

pub(super) async fn insert_member(to: &Viewer, row: &Member) -> Result<()> {
    let sql = sql!(
        "insert into memberships (org_id, user_id, role, version, joined_at, ended_at) values ($1, $2, $3, $4, $5, $6)"
    );
    insert(to, sql, &[&row.user_id, &row.role, &row.version, &row.joined_at, &row.ended_at]).await
}

pub(super) async fn insert_invitation(
    to: &Viewer,
    row: &Invitation,
    canonical: &str,
    hash: &str,
) -> Result<()> {
    let sql = sql!(
        "insert into invitations (org_id, id, address, email, role, state, token_hash, invited_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    );
    let (role, state) = (&row.role, &row.state);
    let values: Values<'_> = &[
        &row.id,
        &row.email,
        &canonical,
        role,
        state,
        &hash,
        &row.invited_by,
        &row.created_at,
        &row.expires_at,
    ];
    insert(to, sql, values).await
}

pub(super) async fn insert_project(to: &Viewer, row: &Project) -> Result<()> {
    let sql = sql!(
        "insert into projects (org_id, id, key, name, description, visibility, numbers, created_by, version, created_at,
                               updated_at, archived_at, deleted_at, purged_at, folded, is_template)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    );
    let values: Values<'_> = &[
        &row.id,
        &row.key,
        &row.name,
        &row.description,
        &row.visibility,
        &row.numbers,
        &row.created_by,
        &row.version,
        &row.created_at,
        &row.updated_at,
        &row.archived_at,
        &row.deleted_at,
        &row.purged_at,
        &folded_with_key(&row.name, row.key.as_str()),
        &row.is_template,
    ];
    insert(to, sql, values).await
}

pub(super) async fn insert_key(to: &Viewer, row: &Key) -> Result<()> {
    let (key, project): (&ProjectKey, _) = (&row.key, &row.project_id);
    let sql = sql!("insert into project_keys (org_id, key, project_id) values ($1, $2, $3)");
    insert(to, sql, &[key, project]).await
}

pub(super) async fn insert_insider(to: &Viewer, row: &Insider) -> Result<()> {
    let sql =
        sql!("insert into project_members (org_id, project_id, user_id, added_at) values ($1, $2, $3, $4)");
    insert(to, sql, &[&row.project_id, &row.user_id, &row.added_at]).await
}

pub(super) async fn insert_column(to: &Viewer, row: &Column) -> Result<()> {
    let sql = sql!(
        "insert into board_columns (org_id, id, project_id, name, status, color, task_limit, position, version, created_at,
                                    updated_at, deleted_at, purged_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    );
    let values: Values<'_> = &[
        &row.id,
        &row.project_id,
        &row.name,
        &row.status,
        &row.color,
        &row.task_limit,
        &row.position,
        &row.version,
        &row.created_at,
        &row.updated_at,
        &row.deleted_at,
        &row.purged_at,
    ];
    insert(to, sql, values).await
}

/// Inserts a task without its parent, which may not be inserted yet. Its `due_at` is the last moment of the day that it is
/// due on. That it is overdue already isn't told any more.
pub(super) async fn insert_task(to: &Viewer, row: &Task) -> Result<()> {
    let sql = sql!(
        "insert into tasks (org_id, id, project_id, number, title, description, status, priority, start_on, due_at,
                            due_on, position, created_by, completed_at, version, created_at, updated_at, deleted_at,
                            purged_at, overdue_at, comments, subtasks, subtasks_done, column_id, is_template)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, 0, 0, 0, $21,
                 $22)"
    );
    let overdue_at = row.due_at.filter(|due_at| *due_at < to.now());
    let values: Values<'_> = &[
        &row.id,
        &row.project_id,
        &row.number,
        &row.title,
        &row.description,
        &row.status,
        &row.priority,
        &row.start_on,
        &row.due_at,
        &row.due_on,
        &row.position,
        &row.created_by,
        &row.completed_at,
        &row.version,
        &row.created_at,
        &row.updated_at,
        &row.deleted_at,
        &row.purged_at,
        &overdue_at,
        &row.column_id,
        &row.is_template,
    ];
    insert(to, sql, values).await
}

/// Puts a task under its parent, and counts it there.
pub(super) async fn set_parent(to: &Viewer, (task, parent): &(TaskId, TaskId)) -> Result<()> {
    let sql = sql!("update tasks set parent_id = $3 where org_id = $1 and id = $2");
    insert(to, sql, &[task, parent]).await?;
    let sql = sql!(
        "update tasks set subtasks = subtasks + 1, subtasks_done = subtasks_done + (
             select case when t.status = 3 then 1 else 0 end from tasks t where t.org_id = $1 and t.id = $2)
         where org_id = $1 and id = $3
           and exists (select 1 from tasks t where t.org_id = $1 and t.id = $2 and t.deleted_at is null)"
    );
    insert(to, sql, &[task, parent]).await
}

pub(super) async fn insert_number(to: &Viewer, row: &TaskNumber) -> Result<()> {
    let sql = sql!("insert into task_numbers (org_id, project_id, number, task_id) values ($1, $2, $3, $4)");
    insert(to, sql, &[&row.project_id, &row.number, &row.task_id]).await
}

pub(super) async fn insert_assignee(to: &Viewer, row: &Assignee) -> Result<()> {
    let sql = sql!(
        "insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at, open_due_at)
         select t.org_id, t.id, $3, $4, t.created_at,
                case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) end
         from tasks t where t.org_id = $1 and t.id = $2"
    );
    insert(to, sql, &[&row.task_id, &row.user_id, &row.assigned_at]).await
}

pub(super) async fn insert_label(to: &Viewer, row: &Label) -> Result<()> {
    let sql = sql!(
        "insert into labels (org_id, id, name, caseless, folded, color, description, version, created_at, updated_at,
                             deleted_at, purged_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
    );
    let values: Values<'_> = &[
        &row.id,
        &row.name,
        &caseless(&row.name),
        &folded(&row.name),
        &row.color,
        &row.description,
        &row.version,
        &row.created_at,
        &row.updated_at,
        &row.deleted_at,
        &row.purged_at,
    ];
    insert(to, sql, values).await
}

pub(super) async fn insert_task_label(to: &Viewer, row: &TaskLabel) -> Result<()> {
    let sql = sql!("insert into task_labels (org_id, task_id, label_id) values ($1, $2, $3)");
    insert(to, sql, &[&row.task_id, &row.label_id]).await
}

/// Inserts a link, as it is seen from each of its tasks.
pub(super) async fn insert_link(to: &Viewer, row: &Link) -> Result<()> {
    let sql = sql!(
        "insert into task_links (org_id, id, task_id, kind, other_id, created_by, created_at)
         values ($1, $2, $3, $4, $5, $7, $8), ($1, $2, $5, $6, $3, $7, $8)"
    );
    let values: Values<'_> = &[
        &row.id,
        &row.task_id,
        &row.kind,
        &row.other_id,
        &row.kind.reversed(),
        &row.created_by,
        &row.created_at,
    ];
    insert(to, sql, values).await
}

/// Inserts a comment without its parent, which may not be inserted yet, and counts it.
pub(super) async fn insert_comment(to: &Viewer, row: &Comment) -> Result<()> {
    let sql = sql!(
        "insert into comments (org_id, id, task_id, author_id, body, version, created_at, updated_at, edited_at, resolved_at,
                               deleted_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    );
    let values: Values<'_> = &[
        &row.id,
        &row.task_id,
        &row.author_id,
        &row.body,
        &row.version,
        &row.created_at,
        &row.updated_at,
        &row.edited_at,
        &row.resolved_at,
        &row.deleted_at,
    ];
    insert(to, sql, values).await?;
    if row.deleted_at.is_some() {
        return Ok(());
    }
    let sql = sql!("update tasks set comments = comments + 1 where org_id = $1 and id = $2");
    insert(to, sql, &[&row.task_id]).await
}

pub(super) async fn set_comment_parent(
    to: &Viewer,
    (comment, parent): &(CommentId, CommentId),
) -> Result<()> {
    let sql = sql!("update comments set parent_id = $3 where org_id = $1 and id = $2");
    insert(to, sql, &[comment, parent]).await
}

pub(super) async fn insert_reaction(to: &Viewer, row: &Reaction) -> Result<()> {
    let sql = sql!(
        "insert into comment_reactions (org_id, comment_id, emoji, user_id, reacted_at) values ($1, $2, $3, $4, $5)"
    );
    insert(to, sql, &[&row.comment_id, &row.emoji, &row.user_id, &row.reacted_at]).await
}

pub(super) async fn insert_entry(to: &Viewer, row: &Entry) -> Result<()> {
    let sql = sql!(
        "insert into ledger (org_id, seq, id, at, actor_kind, actor_id, token_id, action, subject_kind, subject_id,
                             project_id, task_id, changes, linked_task_id, undoes)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
    );
    let changes = Changes::imported(row.subject_kind, row.changes.clone());
    let linked_task_id = changes.linked_task();
    let (changes, texts) = changes.stored();
    let values: Values<'_> = &[
        &row.seq,
        &row.id,
        &row.at,
        &row.actor_kind,
        &row.actor_id,
        &row.token_id,
        &row.action,
        &row.subject_kind,
        &row.subject_id,
        &row.project_id,
        &row.task_id,
        &changes,
        &linked_task_id,
        &row.undoes,
    ];
    insert(to, sql, values).await?;
    match texts {
        Some(texts) => ledger::insert_texts(to, row.seq, row.subject_id, &texts).await,
        None => Ok(()),
    }
}
