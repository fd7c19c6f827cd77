//! The numbers of a task's subtasks, which are kept on its row by what changes a subtask.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Task, store};
use crate::{access::OrgWrite, base::error::Result, base::id::TaskId, workspace::status::Status};

/// The numbers of a task's subtasks. Those further below aren't counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SubtaskCounts {
    /// The number of all subtasks.
    pub total: i64,
    /// The number of those that are `done`.
    pub done: i64,
}

/// Counts a task with its parent as it is after a change instead of as it was before. A task that isn't there is `None`.
pub(super) async fn count(tx: &OrgWrite, old: Option<&Task>, new: Option<&Task>) -> Result<()> {
    count_all(tx, &[(old, new)]).await
}

/// Does the same for several tasks.
pub(super) async fn count_all(tx: &OrgWrite, changes: &[(Option<&Task>, Option<&Task>)]) -> Result<()> {
    let mut growth: BTreeMap<TaskId, SubtaskCounts> = BTreeMap::new();
    for (task, sign) in changes.iter().flat_map(|(old, new)| [(old, -1), (new, 1)]) {
        if let Some((task, parent)) = task.and_then(|task| Some((task, task.parent_id?))) {
            let counts = growth.entry(parent).or_default();
            counts.total += sign;
            counts.done += if task.status == Status::Done { sign } else { 0 };
        }
    }
    growth.retain(|_, counts| *counts != SubtaskCounts::default());
    for (parent, more) in growth {
        store::count_subtasks(tx, parent, more).await?;
    }
    Ok(())
}
