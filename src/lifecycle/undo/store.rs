//! The SQL of undo: reads of the ledger.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Change, MOST};
use crate::{
    access::OrgTx,
    base::{
        error::{Error, Result},
        id::{ProjectId, TaskId, UserId},
    },
    db::{Query, columns, sql},
    effects::ledger::{Action, read_changes},
};

/// Returns the seq of the first entry of the request that made this one. `None` if it isn't known.
pub(super) async fn first_of_request(tx: &OrgTx, seq: i64) -> Result<Option<i64>> {
    let sql = sql!("select seq - ordinal from ledger where org_id = $1 and seq = $2 and ordinal is not null");
    Ok(tx.maybe::<(i64,)>(sql, &[&seq]).await?.map(|(first,)| first))
}

struct Found {
    seq: i64,
    actor: Option<UserId>,
    action: Action,
    subject: Uuid,
    project: Option<ProjectId>,
    task: Option<TaskId>,
    changes: String,
    texts: Option<String>,
    originals: Option<String>,
    moved_from: Option<String>,
}

columns!(Found {
    seq: "l.seq",
    actor: "l.actor_id",
    action: "l.action",
    subject: "l.subject_id",
    project: "l.project_id",
    task: "l.task_id",
    changes: "l.changes",
    texts: "lt.texts",
    originals: "lo.texts",
    moved_from: "l.moved_from",
});

/// Returns the changes of a request, whose first entry this is, the oldest first: one more than can be undone, at most.
pub(super) async fn of_request(tx: &OrgTx, first: i64) -> Result<Vec<Change>> {
    let sql = sql!(
        "select ",
        Found::COLUMNS,
        " from ledger l
         left join ledger_texts lt on lt.org_id = $1 and lt.seq = l.seq
         left join ledger_originals lo on lo.org_id = $1 and lo.seq = l.seq
         where l.org_id = $1 and l.seq >= $2 and l.seq <= $3 and l.seq - l.ordinal = $2
         order by l.seq"
    );
    let last = first + i64::try_from(MOST).map_err(Error::internal)?;
    let found: Vec<Found> = tx.all(sql, &[&first, &last]).await?;
    found.into_iter().map(Change::try_from).collect()
}

impl TryFrom<Found> for Change {
    type Error = Error;

    fn try_from(found: Found) -> Result<Self> {
        let originals: Map<String, Value> = match &found.originals {
            Some(texts) => serde_json::from_str(texts).map_err(Error::internal)?,
            None => Map::new(),
        };
        Ok(Self {
            seq: found.seq,
            actor: found.actor,
            action: found.action,
            subject: found.subject,
            project: found.project,
            task: found.task,
            fields: read_changes(&found.changes, found.texts.as_deref())?,
            originals,
            moved_from: found.moved_from,
        })
    }
}

/// A later entry, for finding out whether it stands in the way.
pub(super) struct Later {
    pub seq: i64,
    /// The seq of the first entry of its request.
    pub first: i64,
    pub undoes: Option<i64>,
    pub actor: Option<UserId>,
    pub action: Action,
    pub subject: Uuid,
    /// Whether it was moved to another position on the board.
    pub is_moved: bool,
    changes: String,
}

columns!(Later {
    seq: "l.seq",
    first: "l.seq - coalesce(l.ordinal, 0)",
    undoes: "l.undoes",
    actor: "l.actor_id",
    action: "l.action",
    subject: "l.subject_id",
    is_moved: "l.moved_from is not null",
    changes: "l.changes",
});

impl Later {
    /// Returns the changed fields, without the texts that lie apart.
    pub(super) fn fields(&self) -> Result<Map<String, Value>> {
        read_changes(&self.changes, None)
    }
}

/// The most later entries that are looked at.
pub(super) const LATER: i64 = 1000;

/// Which later entries are looked at: those of these objects, or also those of what is in these projects or tasks.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Subjects,
    Tasks,
    Projects,
}

/// Returns the entries after this one that concern the objects, the newest first: one more than are looked at, at most.
pub(super) async fn later(tx: &OrgTx, last: i64, of: Of, ids: &[Uuid]) -> Result<Vec<Later>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut query =
        Query::select(Later::COLUMNS, " from ledger l where l.org_id = $1 and l.seq > ?", &[&last]);
    let column = match of {
        Of::Subjects => "l.subject_id",
        Of::Tasks => "l.task_id",
        Of::Projects => "l.project_id",
    };
    query.among(column, ids);
    query.push(" order by l.seq desc limit ?", &[&(LATER + 1)]);
    tx.all(query.sql(), query.values()).await
}
