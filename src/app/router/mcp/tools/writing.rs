//! The inputs of the tools that change something.

use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Writes, missing};
use crate::{
    app::router::mcp::caller::{Change, Target},
    base::error::Result,
    workspace::{
        labels::NewLabel,
        projects::{NewProject, ProjectPatch, columns::NewColumn},
        tasks::{NewTask, TaskPatch},
    },
};

fn post(segments: &[&str], body: Value) -> Change {
    Change { method: Method::POST, target: Target::of(segments), body: Some(body), version: None, place: "" }
}

/// What to create.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Creatable {
    /// A task of a project.
    Task,
    /// A project.
    Project,
    /// A label.
    Label,
    /// A column of a project's board.
    Column,
}

fn new_fields(generator: &mut SchemaGenerator) -> Schema {
    let kinds = [
        generator.subschema_for::<NewTask>(),
        generator.subschema_for::<NewProject>(),
        generator.subschema_for::<NewLabel>(),
        generator.subschema_for::<NewColumn>(),
    ];
    json_schema!({ "anyOf": kinds })
}

/// Creates a task, a project, a label or a column.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What to create.
    kind: Creatable,
    /// The project, by its key. Tasks and columns need it.
    project: Option<String>,
    /// The fields of what is created.
    #[schemars(schema_with = "new_fields")]
    fields: Value,
}

impl Writes for Create {
    fn asks(self) -> Result<Change> {
        let project =
            || self.project.as_deref().ok_or_else(|| missing("project", "is needed to create this"));
        let place = match self.kind {
            Creatable::Project => vec!["projects"],
            Creatable::Label => vec!["labels"],
            Creatable::Task => vec!["projects", project()?, "tasks"],
            Creatable::Column => vec!["projects", project()?, "columns"],
        };
        Ok(Change { place: "/fields", ..post(&place, self.fields.clone()) })
    }
}

fn changed_fields(generator: &mut SchemaGenerator) -> Schema {
    let kinds = [generator.subschema_for::<TaskPatch>(), generator.subschema_for::<ProjectPatch>()];
    json_schema!({ "anyOf": kinds })
}

/// Changes the fields of a task or of a project: those that are given, and no others.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The task, by its key, such as WEB-142.
    task: Option<String>,
    /// The project, by its key.
    project: Option<String>,
    /// The new values (RFC 7396). `null` removes a value.
    #[schemars(schema_with = "changed_fields")]
    fields: Value,
    /// The `version` that you have read: if it isn't the newest, the change is refused, and the answer has the object as it is.
    version: Option<i64>,
}

impl Writes for Edit {
    fn asks(self) -> Result<Change> {
        let place = match (self.task.as_deref(), self.project.as_deref()) {
            (Some(task), None) => ["tasks", task],
            (None, Some(project)) => ["projects", project],
            _ => return Err(missing("task", "or a project is needed, and only one of them")),
        };
        let (method, version) = (Method::PATCH, self.version);
        Ok(Change { method, version, place: "/fields", ..post(&place, self.fields.clone()) })
    }
}

/// Writes a comment on a task, or a reply to one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// The task, by its key, such as WEB-142.
    task: String,
    /// The text, in Markdown. `<@id>` mentions a user.
    body: String,
    /// The comment that this one replies to, by id.
    reply_to: Option<String>,
}

impl Writes for Comment {
    fn asks(self) -> Result<Change> {
        let body = json!({ "body": self.body, "parent_id": self.reply_to });
        Ok(post(&["tasks", &self.task, "comments"], body))
    }
}

/// Moves a task on the board of its project, or into another project with everything below it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The task, by its key, such as WEB-142.
    task: String,
    /// The status that it gets: the first column of that status.
    status: Option<String>,
    /// The column that it gets, by id.
    column_id: Option<String>,
    /// The task that it comes before, by id.
    before: Option<String>,
    /// The task that it comes after, by id.
    after: Option<String>,
    /// The project that it gets into, by key.
    project: Option<String>,
}

impl Writes for Move {
    fn asks(self) -> Result<Change> {
        let fields = [
            ("status", self.status),
            ("column_id", self.column_id),
            ("before", self.before),
            ("after", self.after),
            ("project", self.project),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
        Ok(post(&["tasks", &self.task, "move"], Value::Object(fields.collect())))
    }
}

/// Deletes a task with its subtasks, or a project with its tasks: both can be restored for 30 days. Or deletes a comment, for good.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delete {
    /// The task, by its key, such as WEB-142.
    task: Option<String>,
    /// The project, by its key.
    project: Option<String>,
    /// The comment on the task, by id. Without it, the task itself is deleted.
    comment: Option<String>,
}

impl Writes for Delete {
    fn asks(self) -> Result<Change> {
        let place = match (self.task.as_deref(), self.project.as_deref(), self.comment.as_deref()) {
            (Some(task), None, None) => vec!["tasks", task],
            (Some(task), None, Some(comment)) => vec!["tasks", task, "comments", comment],
            (None, Some(project), None) => vec!["projects", project],
            _ => return Err(missing("task", "or a project is needed, and only one of them")),
        };
        Ok(Change { method: Method::DELETE, body: None, ..post(&place, Value::Null) })
    }
}

/// Takes back everything that one request changed, if nothing was changed there since. `report` of kind `activity` tells what was
/// done, and every change its `seq`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The `seq` of an entry of the activity.
    seq: i64,
}

impl Writes for Undo {
    fn asks(self) -> Result<Change> {
        Ok(post(&["activity", &self.seq.to_string(), "undo"], json!({})))
    }
}
