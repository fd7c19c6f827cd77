//! The SQL of the trash.

use super::{Kind, Place, TrashItem};
use crate::{
    access::OrgTx,
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, TaskId, UserId},
        text::ProjectKey,
    },
    db::{Query, columns, sql},
    effects::retention,
    identity::accounts::Person,
};

/// The parameters of a page of the trash.
pub(super) struct TrashQuery {
    pub reader: UserId,
    /// Lists only tasks that this user created, if given.
    pub creator: Option<UserId>,
    /// The position of the last item of the previous page.
    pub before: Place,
    pub rows: i64,
}

struct DeletedTask {
    id: TaskId,
    project_key: ProjectKey,
    number: i64,
    title: String,
    project_id: ProjectId,
    deleted_at: Time,
    deleter: Option<UserId>,
    deleter_name: Option<String>,
}

columns!(DeletedTask {
    id: "t.id",
    project_key: "v.key",
    number: "t.number",
    title: "t.title",
    project_id: "t.project_id",
    deleted_at: "t.deleted_at",
    deleter: "u.id",
    deleter_name: "u.name",
});

impl DeletedTask {
    fn item(self) -> TrashItem {
        TrashItem {
            kind: Kind::Task,
            id: self.id.uuid(),
            key: format!("{}-{}", self.project_key, self.number),
            name: self.title,
            project_id: self.project_id,
            deleted_at: self.deleted_at,
            deleted_by: self.deleter.zip(self.deleter_name).map(|(id, name)| Person { id, name }),
            expires_at: self.deleted_at + retention::KEPT,
        }
    }
}

struct DeletedProject {
    id: ProjectId,
    key: ProjectKey,
    name: String,
    deleted_at: Time,
    deleter: Option<UserId>,
    deleter_name: Option<String>,
}

columns!(DeletedProject {
    id: "p.id",
    key: "p.key",
    name: "p.name",
    deleted_at: "p.deleted_at",
    deleter: "u.id",
    deleter_name: "u.name",
});

impl DeletedProject {
    fn item(self) -> TrashItem {
        TrashItem {
            kind: Kind::Project,
            id: self.id.uuid(),
            key: self.key.to_string(),
            name: self.name,
            project_id: self.id,
            deleted_at: self.deleted_at,
            deleted_by: self.deleter.zip(self.deleter_name).map(|(id, name)| Person { id, name }),
            expires_at: self.deleted_at + retention::KEPT,
        }
    }
}

/// Selects deleted tasks of projects that the reader sees. Tasks of deleted projects aren't included.
fn tasks_query(wanted: &TrashQuery) -> Query<'_> {
    let (before, id) = &wanted.before;
    let mut query = Query::select(
        DeletedTask::COLUMNS,
        " from tasks t
         join project_sight v on v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?
         left join users u on u.id = (
             select l.actor_id from ledger l where l.org_id = $1 and l.task_id = t.id and l.action = 'task.deleted'
             order by l.seq desc limit 1)
         where t.org_id = $1 and t.deleted_at is not null and t.purged_at is null
           and (t.deleted_at, t.id) < (?, ?)",
        &[&wanted.reader, before, id],
    );
    if let Some(creator) = &wanted.creator {
        query.push(" and t.created_by = ?", &[creator]);
    }
    query.push(" order by t.deleted_at desc, t.id desc limit ?", &[&wanted.rows]);
    query
}

pub(super) async fn tasks(tx: &OrgTx, wanted: &TrashQuery) -> Result<impl Iterator<Item = TrashItem>> {
    let query = tasks_query(wanted);
    let found: Vec<DeletedTask> = tx.all(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(DeletedTask::item))
}

pub(super) async fn projects(tx: &OrgTx, wanted: &TrashQuery) -> Result<impl Iterator<Item = TrashItem>> {
    let (before, id) = &wanted.before;
    let sql = sql!(
        "select ", DeletedProject::COLUMNS, " from projects p
         left join users u on u.id = (
             select l.actor_id from ledger l where l.org_id = $1 and l.project_id = p.id and l.action = 'project.deleted'
             order by l.seq desc limit 1)
         where p.org_id = $1 and p.deleted_at is not null and p.purged_at is null
           and (p.deleted_at, p.id) < ($2, $3)
         order by p.deleted_at desc, p.id desc limit $4"
    );
    let found: Vec<DeletedProject> = tx.all(sql, &[before, id, &wanted.rows]).await?;
    Ok(found.into_iter().map(DeletedProject::item))
}
