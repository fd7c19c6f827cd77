//! What of a task a request asks for: some of its fields, and what lies below it.

use schemars::JsonSchema;
use serde::Deserialize;
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::{TaskView, store};
use crate::{
    access::OrgTx,
    base::{
        error::Result,
        id::TaskId,
        json::{ParseError, one_of},
        list::CommaList,
    },
    db::Query,
    http::partial::Names,
};

/// The most subtasks, and the most comments, that are included in a task.
pub const INCLUDED: i64 = 10;

/// What of a task is read.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskParts {
    /// Only these fields of the task, and of the subtasks that are included, and the `id`. The others are left out, although the
    /// schema requires them. All if absent.
    pub fields: Option<CommaList<TaskField>>,
    /// What else comes with the task: `subtasks` and `comments`, the first ten of each in the order of their own lists.
    /// `subtask_counts` and `comment_count` say how many there are.
    pub include: Option<CommaList<Included>>,
}

/// A field of a task.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantNames, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<TaskField>)]
#[schemars(extend("x-extensible-enum" = true))]
pub enum TaskField {
    Id,
    Key,
    Number,
    ProjectId,
    Title,
    Description,
    Status,
    ColumnId,
    Priority,
    StartOn,
    DueAt,
    DueOn,
    Assignees,
    Labels,
    ParentId,
    IsTemplate,
    Position,
    SubtaskCounts,
    CommentCount,
    Links,
    Blocked,
    CreatedBy,
    CompletedAt,
    Can,
    Version,
    CreatedAt,
    UpdatedAt,
}

/// What comes with a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, VariantNames, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Included>)]
#[schemars(rename = "TaskInclude", extend("x-extensible-enum" = true))]
pub enum Included {
    Subtasks,
    Comments,
}

/// Returns the names of the fields that a request asks for.
pub fn names(fields: Option<&CommaList<TaskField>>) -> Names {
    let fields = fields?.0.iter().copied();
    Some(fields.chain([TaskField::Id]).map(<&'static str>::from).collect())
}

impl TaskParts {
    pub fn names(&self) -> Names {
        names(self.fields.as_ref())
    }

    /// Returns whether this comes with the task.
    pub fn has(&self, part: Included) -> bool {
        self.include.as_ref().is_some_and(|parts| parts.0.contains(&part))
    }
}

/// Returns the first subtasks of each of these tasks, in the order of the board.
pub async fn subtasks(tx: &OrgTx, of: &[TaskId]) -> Result<Vec<TaskView>> {
    let ids = store::first_subtasks(tx, of, INCLUDED).await?;
    let mut found = Vec::new();
    for ids in ids.chunks(Query::ROWS) {
        found.extend(super::seen(tx, ids.to_vec()).await?);
    }
    found.sort_by(|a, b| (&a.position, a.id).cmp(&(&b.position, b.id)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_field_of_a_task_can_be_asked_for() {
        let schema = schemars::schema_for!(TaskView);
        let fields = schema.get("properties").and_then(serde_json::Value::as_object).unwrap();
        let fields: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
        assert_eq!(TaskField::VARIANTS.iter().copied().collect::<BTreeSet<_>>(), fields);
    }
}
