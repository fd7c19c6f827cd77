//! SQL statements for labels.

use super::{Label, TaskLabel};
use crate::{
    access::{OrgTx, OrgWrite, Viewer},
    base::{
        error::Result,
        id::{LabelId, TaskId},
        text::{Color, Name},
        words::{caseless, folded},
    },
    db::{Query, columns, sql},
};

columns!(Label {
    id: "l.id",
    name: "l.name",
    color: "l.color",
    description: "l.description",
    version: "l.version",
    created_at: "l.created_at",
    updated_at: "l.updated_at",
});

columns!(TaskLabel { id: "l.id", name: "l.name", color: "l.color" });

impl Label {
    /// Returns the name as it is told apart from others, by which lists are ordered.
    pub(super) fn caseless(&self) -> String {
        caseless(self.name.as_str())
    }
}

pub(crate) async fn find(viewer: &Viewer, label: LabelId) -> Result<Option<Label>> {
    let sql = sql!(
        "select ",
        Label::COLUMNS,
        " from labels l where l.org_id = $1 and l.id = $2 and l.deleted_at is null"
    );
    viewer.maybe(sql, &[&label]).await
}

/// Returns the label that has this name in its caseless form.
pub(super) async fn named(tx: &OrgTx, caseless: &str) -> Result<Option<LabelId>> {
    let sql = sql!("select id from labels where org_id = $1 and caseless = $2 and deleted_at is null");
    Ok(tx.maybe::<(LabelId,)>(sql, &[&caseless]).await?.map(|(id,)| id))
}

/// The parameters of a page of labels.
pub(super) struct LabelQuery {
    /// Patterns that names have to match in their folded form.
    pub patterns: Option<Vec<String>>,
    /// Only labels whose caseless name comes after this one.
    pub after: String,
    pub rows: i64,
}

pub(super) async fn page(tx: &OrgTx, wanted: &LabelQuery) -> Result<Vec<Label>> {
    let mut query = Query::select(
        Label::COLUMNS,
        " from labels l where l.org_id = $1 and l.deleted_at is null and l.caseless > ?",
        &[&wanted.after],
    );
    if let Some(patterns) = &wanted.patterns {
        query.matching("l.folded", patterns);
    }
    query.push(" order by l.caseless limit ?", &[&wanted.rows]);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn all(tx: &OrgTx, ids: &[LabelId]) -> Result<Vec<Label>> {
    let mut query =
        Query::select(Label::COLUMNS, " from labels l where l.org_id = $1 and l.deleted_at is null", &[]);
    query.among("l.id", ids);
    tx.all(query.sql(), query.values()).await
}

/// Returns those of these labels that exist, ordered by name, as tasks show them.
pub(super) async fn among(tx: &OrgTx, ids: &[LabelId]) -> Result<Vec<TaskLabel>> {
    let mut query =
        Query::select(TaskLabel::COLUMNS, " from labels l where l.org_id = $1 and l.deleted_at is null", &[]);
    query.among("l.id", ids);
    query.push(" order by l.caseless", &[]);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn count(tx: &OrgTx) -> Result<i64> {
    let sql = sql!("select count(*) from labels where org_id = $1 and deleted_at is null");
    Ok(tx.one::<(i64,)>(sql, &[]).await?.0)
}

/// Returns the number of tasks with a label. Deleted ones don't count.
pub(super) async fn count_tasks(tx: &OrgTx, label: LabelId) -> Result<i64> {
    let sql = sql!(
        "select count(*) from task_labels tl join tasks t on t.org_id = $1 and t.id = tl.task_id
         where tl.org_id = $1 and tl.label_id = $2 and t.deleted_at is null"
    );
    Ok(tx.one::<(i64,)>(sql, &[&label]).await?.0)
}

pub(super) async fn insert(tx: &OrgWrite, label: &Label) -> Result<()> {
    let sql = sql!(
        "insert into labels (org_id, id, name, caseless, folded, color, description, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)"
    );
    let values: &[&(dyn crate::db::Param + Sync)] = &[
        &label.id,
        &label.name,
        &label.caseless(),
        &folded(label.name.as_str()),
        &label.color,
        &label.description,
        &label.version,
        &label.created_at,
    ];
    tx.execute(sql, values).await.map(drop)
}

pub(super) async fn update(tx: &OrgWrite, label: &Label) -> Result<()> {
    let sql = sql!(
        "update labels set name = $3, caseless = $4, folded = $5, color = $6, description = $7, version = $8, updated_at = $9
         where org_id = $1 and id = $2"
    );
    let values: &[&(dyn crate::db::Param + Sync)] = &[
        &label.id,
        &label.name,
        &label.caseless(),
        &folded(label.name.as_str()),
        &label.color,
        &label.description,
        &label.version,
        &label.updated_at,
    ];
    tx.execute(sql, values).await.map(drop)
}

/// Returns a label that is deleted and isn't purged yet.
pub(super) async fn find_deleted(tx: &OrgTx, label: LabelId) -> Result<Option<Label>> {
    let sql = sql!(
        "select ",
        Label::COLUMNS,
        " from labels l where l.org_id = $1 and l.id = $2 and l.deleted_at is not null and l.purged_at is null"
    );
    tx.maybe(sql, &[&label]).await
}

pub(super) async fn restore(tx: &OrgWrite, label: LabelId) -> Result<()> {
    let sql = sql!(
        "update labels set deleted_at = null, version = version + 1, updated_at = $3 where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&label, &tx.now()]).await.map(drop)
}

pub(super) async fn delete(tx: &OrgWrite, label: LabelId) -> Result<()> {
    let sql = sql!("update labels set deleted_at = $3, version = version + 1 where org_id = $1 and id = $2");
    tx.execute(sql, &[&label, &tx.now()]).await.map(drop)
}

struct Marked {
    task: TaskId,
    id: LabelId,
    name: Name,
    color: Color,
}

columns!(Marked { task: "tl.task_id", id: "l.id", name: "l.name", color: "l.color" });

/// Returns the labels of these tasks, each with its task, ordered by name.
pub(crate) async fn of_tasks(viewer: &Viewer, tasks: &[TaskId]) -> Result<Vec<(TaskId, TaskLabel)>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = Query::select(
        Marked::COLUMNS,
        " from task_labels tl join labels l on l.org_id = $1 and l.id = tl.label_id
         where tl.org_id = $1 and l.deleted_at is null",
        &[],
    );
    query.among("tl.task_id", tasks);
    query.push(" order by l.caseless", &[]);
    let found: Vec<Marked> = viewer.all(query.sql(), query.values()).await?;
    let label =
        |found: Marked| (found.task, TaskLabel { id: found.id, name: found.name, color: found.color });
    Ok(found.into_iter().map(label).collect())
}

/// Puts labels on tasks.
pub(crate) async fn put_on(tx: &OrgWrite, labels: &[(TaskId, LabelId)]) -> Result<()> {
    for labels in Query::chunks(labels) {
        let mut query = Query::new("insert into task_labels (org_id, task_id, label_id) values", &[]);
        for (task, label) in labels {
            query.row(&[task, label]);
        }
        tx.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Takes labels off a task.
pub(crate) async fn take_off(tx: &OrgWrite, task: TaskId, labels: &[LabelId]) -> Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    let mut query = Query::new("delete from task_labels where org_id = $1 and task_id = ?", &[&task]);
    query.among("label_id", labels);
    tx.execute(query.sql(), query.values()).await.map(drop)
}
