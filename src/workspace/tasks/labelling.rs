//! Putting labels on a task, and taking them off.

use super::{Task, TaskPatch, TaskView};
use crate::{
    access::{OrgTx, OrgWrite},
    base::{
        error::{Error, Result},
        id::{LabelId, TaskId},
        json::Patch,
    },
    workspace::labels::{self, LABELS, Label, LabelIds, TaskLabel, store},
};

pub(super) fn ids(labels: &[TaskLabel]) -> Vec<LabelId> {
    labels.iter().map(|label| label.id).collect()
}

/// Replaces a task's labels. The caller must increment the task's version.
pub(super) async fn replace(tx: &OrgWrite, task: TaskId, from: &[TaskLabel], to: &[TaskLabel]) -> Result<()> {
    let without = |these: &[TaskLabel], those: &[TaskLabel]| {
        let mut rest = ids(these);
        rest.retain(|id| those.iter().all(|label| label.id != *id));
        rest
    };
    store::take_off(tx, task, &without(from, to)).await?;
    let added: Vec<_> = without(to, from).into_iter().map(|label| (task, label)).collect();
    store::put_on(tx, &added).await
}

/// A partial update of a task's labels.
#[derive(Debug, Clone, Default)]
pub(super) struct LabelsPatch {
    pub all: Patch<Option<LabelIds>>,
    pub add: Option<LabelIds>,
    pub remove: Option<LabelIds>,
}

/// Returns a task's labels after a partial update, ordered by name.
///
/// # Errors
/// 422 if one of them isn't a label of the organization, or if there would be too many.
pub(super) async fn updated(tx: &OrgTx, old: &[TaskLabel], patch: LabelsPatch) -> Result<Vec<TaskLabel>> {
    let mut labels = match patch.all {
        Patch::Absent => old.to_vec(),
        Patch::Set(all) => labels::wanted(tx, "label_ids", &all.unwrap_or_default()).await?,
    };
    let added = labels::wanted(tx, "add_label_ids", &patch.add.unwrap_or_default()).await?;
    let added: Vec<TaskLabel> = added.into_iter().filter(|label| !labels.contains(label)).collect();
    if !added.is_empty() {
        labels.extend(added);
        labels.sort_by_cached_key(TaskLabel::caseless);
    }
    let removed = labels::wanted(tx, "remove_label_ids", &patch.remove.unwrap_or_default()).await?;
    labels.retain(|label| !removed.contains(label));
    if labels.len() > LABELS {
        let message = format!("a task has at most {LABELS} labels");
        return Err(Error::field("/add_label_ids", "too_many", message));
    }
    Ok(labels)
}

/// Puts a label on a task, in addition to others. Changes nothing if the task has it.
///
/// # Errors
/// 409 if the project is archived; 422 if the task has too many labels.
pub async fn put(tx: &OrgWrite, task: Task, label: &Label) -> Result<TaskView> {
    let mut labels = ids(&task.labels);
    if !labels.contains(&label.id) {
        if labels.len() >= LABELS {
            return Err(Error::parameter("label", "too_many", format!("a task has at most {LABELS} labels")));
        }
        labels.push(label.id);
    }
    super::update(tx, task, to(labels)).await
}

/// Takes a label off a task.
///
/// # Errors
/// 409 if the project is archived.
pub async fn take(tx: &OrgWrite, task: Task, label: LabelId) -> Result<TaskView> {
    let mut labels = ids(&task.labels);
    labels.retain(|id| *id != label);
    super::update(tx, task, to(labels)).await
}

fn to(labels: Vec<LabelId>) -> TaskPatch {
    TaskPatch { label_ids: Patch::Set(Some(LabelIds::of(labels))), ..TaskPatch::default() }
}
