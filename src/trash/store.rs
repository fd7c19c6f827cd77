//! The SQL of the trash.

use uuid::Uuid;

use super::{Kind, Place, TrashItem};
use crate::{
    access::OrgTx,
    accounts::Person,
    clock::Time,
    db::{Query, columns, sql},
    error::Result,
    id::{ProjectId, UserId},
    purge,
    text::ProjectKey,
};

/// Which part of the trash is read.
pub(super) struct Wanted {
    pub reader: UserId,
    /// Only tasks that this person created.
    pub creator: Option<UserId>,
    pub before: Place,
    pub rows: i64,
}

struct Found {
    id: Uuid,
    key: ProjectKey,
    number: Option<i64>,
    name: String,
    project_id: ProjectId,
    deleted_at: Time,
    deleter: Option<UserId>,
    deleter_name: Option<String>,
}

columns!(Found { id, key, number, name, project_id, deleted_at, deleter, deleter_name });

impl Found {
    fn item(self, kind: Kind) -> TrashItem {
        TrashItem {
            kind,
            id: self.id,
            key: match self.number {
                Some(number) => format!("{}-{number}", self.key),
                None => self.key.to_string(),
            },
            name: self.name,
            project_id: self.project_id,
            deleted_at: self.deleted_at,
            deleted_by: self.deleter.zip(self.deleter_name).map(|(id, name)| Person { id, name }),
            expires_at: self.deleted_at + purge::KEPT,
        }
    }
}

/// Tasks that were deleted by themselves, of projects that the reader sees.
fn tasks_query(wanted: &Wanted) -> Query<'_> {
    let (before, id) = &wanted.before;
    let mut query = Query::new(
        "select t.id, v.key, t.number, t.title, t.project_id, t.deleted_at, u.id, u.name
         from tasks t
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

pub(super) async fn tasks(tx: &OrgTx, wanted: &Wanted) -> Result<impl Iterator<Item = TrashItem>> {
    let query = tasks_query(wanted);
    let found: Vec<Found> = tx.all(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(|found| found.item(Kind::Task)))
}

pub(super) async fn projects(tx: &OrgTx, wanted: &Wanted) -> Result<impl Iterator<Item = TrashItem>> {
    let (before, id) = &wanted.before;
    let sql = sql!(
        "select p.id, p.key, cast(null as bigint), p.name, p.id, p.deleted_at, u.id, u.name
         from projects p
         left join users u on u.id = (
             select l.actor_id from ledger l where l.org_id = $1 and l.project_id = p.id and l.action = 'project.deleted'
             order by l.seq desc limit 1)
         where p.org_id = $1 and p.deleted_at is not null and p.purged_at is null
           and (p.deleted_at, p.id) < ($2, $3)
         order by p.deleted_at desc, p.id desc limit $4"
    );
    let found: Vec<Found> = tx.all(sql, &[before, id, &wanted.rows]).await?;
    Ok(found.into_iter().map(|found| found.item(Kind::Project)))
}
