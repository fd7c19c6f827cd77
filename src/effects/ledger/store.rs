//! The SQL of the ledger.

use futures_util::future::try_join_all;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Action, ActivityEntry, ActivityQuery, Actor, ActorKind, Kind, Mark, Span, SubjectView, Within,
    action::LINKS, read_changes, summary,
};
use crate::{
    access::{Facts, OrgTx, Permission, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{ColumnId, EntryId, LabelId, ProjectId, TokenId, UserId},
        page::{Page, Paging},
    },
    db::{Query, columns, sql},
};

/// Inserts the texts of an entry, which must be inserted before.
pub(super) async fn insert_texts(viewer: &Viewer, seq: i64, subject: Uuid, texts: &str) -> Result<()> {
    let sql = sql!("insert into ledger_texts (org_id, seq, subject_id, texts) values ($1, $2, $3, $4)");
    viewer.execute(sql, &[&seq, &subject, &texts]).await.map(drop)
}

pub(super) async fn erase(viewer: &Viewer, subjects: &[Uuid]) -> Result<()> {
    let mut query = Query::new("delete from ledger_texts where org_id = $1", &[]);
    query.among("subject_id", subjects);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

pub(super) async fn erase_originals(viewer: &Viewer, subjects: &[Uuid]) -> Result<()> {
    let mut query = Query::new("delete from ledger_originals where org_id = $1", &[]);
    query.among("subject_id", subjects);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

struct Found {
    seq: i64,
    id: EntryId,
    at: Time,
    actor_kind: ActorKind,
    actor_id: Option<UserId>,
    actor_name: Option<String>,
    token_id: Option<TokenId>,
    action: Action,
    subject_kind: Kind,
    subject_id: Uuid,
    project_id: Option<ProjectId>,
    project_name: Option<String>,
    task_key: Option<String>,
    task_number: Option<i64>,
    person_name: Option<String>,
    address: Option<String>,
    label_name: Option<String>,
    linked_key: Option<String>,
    linked_number: Option<i64>,
    column_name: Option<String>,
    changes: String,
    texts: Option<String>,
    undoes: Option<i64>,
    imported: bool,
}

columns!(Found {
    seq: "l.seq",
    id: "l.id",
    at: "l.at",
    actor_kind: "l.actor_kind",
    actor_id: "l.actor_id",
    actor_name: "a.name",
    token_id: "l.token_id",
    action: "l.action",
    subject_kind: "l.subject_kind",
    subject_id: "l.subject_id",
    project_id: "l.project_id",
    project_name: "coalesce(nullif(p.name, ''), p.key)",
    task_key: "tp.key",
    task_number: "t.number",
    person_name: "s.name",
    address: "i.address",
    label_name: "lb.name",
    linked_key: "op.key",
    linked_number: "o.number",
    column_name: "bc.name",
    changes: "l.changes",
    texts: "lt.texts",
    undoes: "l.undoes",
    imported: "l.seq < (select coalesce(max(li.seq), 0) from ledger li where li.org_id = $1 and li.action = 'organization.imported')",
});

/// What holds of the entries that a reader with the role `member` sees: they see its project and the projects that its tasks are
/// in now. Entries about invitations are visible only to those who may list invitations.
const SEEN: &str = " and l.subject_kind <> 'invitation'
    and (l.project_id is null or exists (
        select 1 from project_sight v where v.org_id = $1 and v.project_id = l.project_id and v.user_id = ?))
    and (t.id is null or exists (
        select 1 from project_sight v where v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?))
    and (o.id is null or exists (
        select 1 from project_sight v where v.org_id = $1 and v.project_id = o.project_id and v.user_id = ?))";

/// Returns whether there is an entry with this seq that the viewer sees.
pub(super) async fn is_seen(viewer: &Viewer, seq: i64) -> Result<bool> {
    let reader = viewer.user();
    let mut query = Query::new(
        "select l.seq from ledger l
         join memberships m on m.org_id = $1 and m.user_id = ? and m.ended_at is null
         left join tasks t on t.org_id = $1 and t.id = l.task_id
         left join tasks o on o.org_id = $1 and o.id = l.linked_task_id
         where l.org_id = $1 and l.seq = ? and (m.role <> 'member' or (true",
        &[&reader, &seq],
    );
    query.push(SEEN, &[&reader, &reader, &reader]);
    query.push("))", &[]);
    Ok(viewer.maybe::<(i64,)>(query.sql(), query.values()).await?.is_some())
}

/// Builds the query for a page of the activity.
fn page_query(wanted: &ActivityQuery) -> Query<'_> {
    let ActivityQuery { within, filters, projects, tasks, reader, sees_all, span, rows } = wanted;
    let mut query = Query::select(
        Found::COLUMNS,
        " from ledger l
         left join ledger_texts lt on lt.org_id = $1 and lt.seq = l.seq
         left join users a on a.id = l.actor_id
         left join projects p on p.org_id = $1 and p.id = l.project_id
         left join tasks t on t.org_id = $1 and t.id = l.task_id
         left join projects tp on tp.org_id = $1 and tp.id = t.project_id
         left join tasks o on o.org_id = $1 and o.id = l.linked_task_id
         left join projects op on op.org_id = $1 and op.id = o.project_id
         left join users s on s.id = l.subject_id
         left join invitations i on i.org_id = $1 and i.id = l.subject_id
         left join labels lb on lb.org_id = $1 and lb.id = l.subject_id
         left join board_columns bc on bc.org_id = $1 and bc.id = l.subject_id
         where l.org_id = $1",
        &[],
    );
    match span {
        Span::Before(seq) => query.push(" and l.seq < ?", &[seq]),
        Span::After(seq) => query.push(" and l.seq > ?", &[seq]),
        Span::Between(after, until) => query.push(" and l.seq > ? and l.seq <= ?", &[after, until]),
    }
    if !sees_all {
        query.push(SEEN, &[reader, reader, reader]);
    }
    match within {
        Within::Organization => {}
        Within::Project(project) => query.push(" and l.project_id = ?", &[project]),
        Within::Task(task) => query.push(" and l.task_id = ?", &[task]),
        Within::Timeline(task) => query.push(
            " and l.task_id = ? and (l.subject_kind <> 'comment' or l.action = 'comment.created' and exists (
                  select 1 from comments c where c.org_id = $1 and c.id = l.subject_id))",
            &[task],
        ),
    }
    if filters.project.is_some() {
        query.among("l.project_id", projects);
    }
    if filters.task.is_some() {
        query.among("l.task_id", tasks);
    }
    if let Some(actors) = &filters.actor {
        query.among("l.actor_id", &actors.0);
    }
    if let Some(actions) = &filters.action {
        query.among("l.action", &actions.0);
    }
    // The order of the entries is that of their times, but for the clocks of several nodes and for waiting at the ledger:
    // certainly less than an hour. So times bound the entries to read.
    if let Some(since) = &filters.since {
        query.push(
            " and l.at >= ? and l.seq >= coalesce((
                 select b.seq from ledger b where b.org_id = $1 and b.at >= cast(? as bigint) - 3600000
                 order by b.at, b.seq limit 1), 9223372036854775807)",
            &[since, since],
        );
    }
    if let Some(until) = &filters.until {
        query.push(
            " and l.at < ? and l.seq <= coalesce((
                 select b.seq from ledger b where b.org_id = $1 and b.at < cast(? as bigint) + 3600000
                 order by b.at desc, b.seq desc limit 1), 0)",
            &[until, until],
        );
    }
    match span {
        Span::Before(_) => query.push(" order by l.seq desc limit ?", &[rows]),
        Span::After(_) | Span::Between(..) => query.push(" order by l.seq limit ?", &[rows]),
    }
    query
}

pub(super) async fn page(tx: &OrgTx, wanted: &ActivityQuery, paging: &Paging) -> Result<Page<ActivityEntry>> {
    let query = page_query(wanted);
    let found: Vec<Found> = tx.all(query.sql(), query.values()).await?;
    let page = paging.page(found, |entry| entry.seq);
    Ok(Page { items: views(tx, page.items).await?, next_cursor: page.next_cursor })
}

/// Returns the place of the organization's newest entry.
pub(super) async fn last_mark(tx: &OrgTx) -> Result<Mark> {
    let sql = sql!(
        "select l.seq, l.id from org_ledgers o join ledger l on l.org_id = $1 and l.seq = o.seq where o.org_id = $1"
    );
    let last: Option<(i64, EntryId)> = tx.maybe(sql, &[]).await?;
    Ok(last.map_or(Mark::START, |(seq, id)| Mark::at(seq, id)))
}

/// Returns the place of the newest entry up to a time.
pub(super) async fn mark_until(tx: &OrgTx, time: Time) -> Result<Option<Mark>> {
    let sql =
        sql!("select seq, id from ledger where org_id = $1 and at <= $2 order by at desc, seq desc limit 1");
    let last: Option<(i64, EntryId)> = tx.maybe(sql, &[&time]).await?;
    Ok(last.map(|(seq, id)| Mark::at(seq, id)))
}

/// Returns the place of the entry that has this seq.
pub(super) async fn mark_at(tx: &OrgTx, seq: i64) -> Result<Option<Mark>> {
    if seq == 0 {
        return Ok(Some(Mark::START));
    }
    let found =
        tx.maybe::<(EntryId,)>(sql!("select id from ledger where org_id = $1 and seq = $2"), &[&seq]).await?;
    Ok(found.map(|(id,)| Mark::at(seq, id)))
}

pub(super) async fn all(tx: &OrgTx, wanted: &ActivityQuery) -> Result<Vec<ActivityEntry>> {
    let query = page_query(wanted);
    views(tx, tx.all(query.sql(), query.values()).await?).await
}

/// Turns rows into activity entries: adds the names of people and the summaries.
async fn views(tx: &OrgTx, all: Vec<Found>) -> Result<Vec<ActivityEntry>> {
    let mut entries = Vec::with_capacity(all.len());
    for found in all {
        let changes = read_changes(&found.changes, found.texts.as_deref())?;
        entries.push((found, changes));
    }
    let names = names(tx, entries.iter().map(|(_, changes)| changes)).await?;
    let labels = label_names(tx, entries.iter().map(|(_, changes)| changes)).await?;
    let columns = column_names(tx, entries.iter().map(|(_, changes)| changes)).await?;
    let tokens = token_names(tx, entries.iter().filter_map(|(found, _)| found.token_id)).await?;
    hide_projects(tx, entries.iter_mut().map(|(_, changes)| changes).collect()).await?;
    let organization = if entries.iter().any(|(found, _)| found.subject_kind == Kind::Organization) {
        let (name,) = tx.one::<(String,)>(sql!("select name from organizations where id = $1"), &[]).await?;
        name
    } else {
        String::new()
    };
    Ok(entries
        .into_iter()
        .map(|(found, changes)| view(found, changes, (&names, &labels, &columns, &tokens), &organization))
        .collect())
}

fn view(
    found: Found,
    mut changes: Map<String, Value>,
    (names, labels, columns, tokens): (&Names, &LabelNames, &ColumnNames, &TokenNames),
    organization: &str,
) -> ActivityEntry {
    put_names(&mut changes, names);
    put_label_names(&mut changes, labels);
    if let Some((key, number)) = found.linked_key.zip(found.linked_number) {
        put_task_key(&mut changes, &format!("{key}-{number}"));
    }
    put_column_names(&mut changes, columns);
    let label = match found.subject_kind {
        Kind::Organization => Some(organization.to_owned()),
        Kind::Member => found.person_name,
        Kind::Invitation => found.address,
        Kind::Project => found.project_name,
        Kind::Label => found.label_name,
        Kind::Column => found.column_name,
        Kind::Task | Kind::Comment => {
            found.task_key.zip(found.task_number).map(|(key, number)| format!("{key}-{number}"))
        }
    };
    let actor = Actor {
        kind: found.actor_kind,
        id: found.actor_id,
        name: found.actor_name.unwrap_or_else(|| "Guildhall".into()),
        token_id: found.token_id,
        token_name: found
            .token_id
            .and_then(|token| tokens.iter().find_map(|(id, name)| (*id == token).then(|| name.clone()))),
    };
    let subject =
        SubjectView { kind: found.subject_kind, id: found.subject_id, label: label.unwrap_or_default() };
    ActivityEntry {
        summary: summary::sentence(&actor, found.action, &subject, &changes),
        seq: found.seq,
        id: found.id,
        at: found.at,
        actor,
        action: found.action,
        subject,
        project_id: found.project_id,
        undoes: found.undoes,
        imported: found.imported,
        changes,
    }
}

type Names = Vec<(UserId, String)>;

/// The fields in [`super::Changes`] whose values are the ids of people.
const PEOPLE: [&str; 2] = ["assignee", "member"];

fn people(changes: &Map<String, Value>) -> impl Iterator<Item = UserId> {
    let sides = PEOPLE.into_iter().filter_map(|field| changes.get(field)?.as_object());
    sides.flat_map(Map::values).filter_map(|id| id.as_str()?.parse().ok())
}

async fn names<'a>(tx: &OrgTx, changes: impl Iterator<Item = &'a Map<String, Value>>) -> Result<Names> {
    let mut ids: Vec<UserId> = changes.flat_map(people).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() { Ok(Vec::new()) } else { names_of(tx, &ids).await }
}

/// Returns the names of those of the users who are or were members.
pub async fn names_of(tx: &OrgTx, users: &[UserId]) -> Result<Names> {
    let mut query = Query::new(
        "select u.id, u.name from memberships m join users u on u.id = m.user_id where m.org_id = $1",
        &[],
    );
    query.among("m.user_id", users);
    tx.all(query.sql(), query.values()).await
}

type TokenNames = Vec<(TokenId, String)>;

/// Returns the names of API tokens. Those of deleted accounts have none, and those that expired long ago are no longer known.
async fn token_names(tx: &OrgTx, tokens: impl Iterator<Item = TokenId>) -> Result<TokenNames> {
    let mut ids: Vec<TokenId> = tokens.collect();
    ids.sort_unstable();
    ids.dedup();
    let directory = tx.as_user().directory();
    let name = async |id: &TokenId| {
        let sql = sql!("select id, name from api_tokens where id = $1 and name <> ''");
        directory.maybe::<(TokenId, String)>(sql, &[id]).await
    };
    Ok(try_join_all(ids.iter().map(name)).await?.into_iter().flatten().collect())
}

/// Replaces the ids of people with their ids and current names.
fn put_names(changes: &mut Map<String, Value>, names: &Names) {
    for field in PEOPLE {
        let Some(sides) = changes.get_mut(field).and_then(Value::as_object_mut) else {
            continue;
        };
        for side in sides.values_mut() {
            let id: Option<UserId> = side.as_str().and_then(|id| id.parse().ok());
            if let Some((id, name)) = id.and_then(|id| names.iter().find(|(known, _)| *known == id)) {
                *side = serde_json::json!({ "id": id, "name": name });
            }
        }
    }
}

/// Replaces the id of the other task of a link with its id and present key.
fn put_task_key(changes: &mut Map<String, Value>, key: &str) {
    for kind in LINKS {
        let sides = changes.get_mut(kind).and_then(Value::as_object_mut);
        for id in sides.into_iter().flat_map(Map::values_mut).filter(|id| id.is_string()) {
            *id = serde_json::json!({ "id": id, "key": key });
        }
    }
}

type LabelNames = Vec<(LabelId, String)>;

/// The field in [`super::Changes`] whose values are lists of the ids of labels.
const LABELS: &str = "labels";

fn labels(changes: &Map<String, Value>) -> impl Iterator<Item = LabelId> {
    let sides = changes.get(LABELS).and_then(Value::as_object).into_iter().flat_map(Map::values);
    sides.filter_map(Value::as_array).flatten().filter_map(|id| id.as_str()?.parse().ok())
}

/// Returns the names of the labels in these changes. Deleted ones have theirs until the purge.
async fn label_names<'a>(
    tx: &OrgTx,
    changes: impl Iterator<Item = &'a Map<String, Value>>,
) -> Result<LabelNames> {
    let mut ids: Vec<LabelId> = changes.flat_map(labels).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::new("select id, name from labels where org_id = $1 and purged_at is null", &[]);
    query.among("id", &ids);
    tx.all(query.sql(), query.values()).await
}

/// Replaces the ids of labels with their ids and current names.
fn put_label_names(changes: &mut Map<String, Value>, names: &LabelNames) {
    let sides = changes.get_mut(LABELS).and_then(Value::as_object_mut);
    for id in sides.into_iter().flat_map(Map::values_mut).filter_map(Value::as_array_mut).flatten() {
        let label: Option<LabelId> = id.as_str().and_then(|id| id.parse().ok());
        let name = label.and_then(|label| names.iter().find(|(known, _)| *known == label));
        *id = serde_json::json!({ "id": id, "name": name.map(|(_, name)| name) });
    }
}

type ColumnNames = Vec<(ColumnId, String)>;

/// The field in [`super::Changes`] whose values are the ids of columns.
const COLUMN: &str = "column";

fn columns_in(changes: &Map<String, Value>) -> impl Iterator<Item = ColumnId> {
    let sides = changes.get(COLUMN).and_then(Value::as_object).into_iter().flat_map(Map::values);
    sides.filter_map(|id| id.as_str()?.parse().ok())
}

/// Returns the names of the columns in these changes. Deleted ones have theirs until the purge.
async fn column_names<'a>(
    tx: &OrgTx,
    changes: impl Iterator<Item = &'a Map<String, Value>>,
) -> Result<ColumnNames> {
    let mut ids: Vec<ColumnId> = changes.flat_map(columns_in).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        Query::new("select id, name from board_columns where org_id = $1 and purged_at is null", &[]);
    query.among("id", &ids);
    tx.all(query.sql(), query.values()).await
}

/// Replaces the ids of columns with their ids and current names.
fn put_column_names(changes: &mut Map<String, Value>, names: &ColumnNames) {
    let sides = changes.get_mut(COLUMN).and_then(Value::as_object_mut);
    for id in sides.into_iter().flat_map(Map::values_mut).filter(|id| !id.is_null()) {
        let column: Option<ColumnId> = id.as_str().and_then(|id| id.parse().ok());
        let name = column.and_then(|column| names.iter().find(|(known, _)| *known == column));
        *id = serde_json::json!({ "id": id, "name": name.map(|(_, name)| name) });
    }
}

/// The project that a task was moved from.
fn left_project(changes: &Map<String, Value>) -> Option<ProjectId> {
    changes.get("project")?.get("from")?.as_str()?.parse().ok()
}

/// Takes away which project tasks were moved from, and the keys, the parents and the columns that they had in it, where the reader doesn't
/// see it.
async fn hide_projects(tx: &OrgTx, mut all: Vec<&mut Map<String, Value>>) -> Result<()> {
    let left: Vec<ProjectId> = all.iter().filter_map(|changes| left_project(changes)).collect();
    if left.is_empty() || tx.may(Permission::SeePrivateProjects, Facts::default()) {
        return Ok(());
    }
    let reader = tx.user();
    let mut query = Query::new(
        "select v.project_id from project_sight v where v.org_id = $1 and v.user_id = ?",
        &[&reader],
    );
    query.among("v.project_id", &left);
    let seen: Vec<(ProjectId,)> = tx.all(query.sql(), query.values()).await?;
    for changes in &mut all {
        if left_project(changes).is_some_and(|left| !seen.contains(&(left,))) {
            for field in ["project", "key", "parent_id", "column"] {
                if let Some(from) = changes.get_mut(field).and_then(|change| change.get_mut("from")) {
                    *from = Value::Null;
                }
            }
        }
    }
    Ok(())
}
