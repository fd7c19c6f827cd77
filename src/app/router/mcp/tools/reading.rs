//! The inputs of the tools that read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Reads, missing};
use crate::{
    app::router::mcp::caller::Target,
    base::error::{Error, Result},
};

/// Returns what a list is asked for: the input of its tool, but for what says which list it is.
fn query(input: &impl Serialize) -> Result<Value> {
    let mut query = serde_json::to_value(input).map_err(Error::internal)?;
    if let Some(fields) = query.as_object_mut() {
        fields.retain(|name, _| name != "kind" && name != "organization");
    }
    Ok(query)
}

/// What to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Findable {
    /// The organizations that you are in.
    Organizations,
    /// Your open tasks in all organizations.
    MyTasks,
    /// The projects of an organization.
    Projects,
    /// Its members: who can be assigned and mentioned.
    Members,
    /// Its labels.
    Labels,
    /// Its tasks, filtered and sorted.
    Tasks,
    /// Tasks, comments and projects with the words of `q`, the best match first.
    Texts,
}

/// Finds organizations, projects, members, labels and tasks. Answers `items`, and `next_cursor` where there are more.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// What to find.
    kind: Findable,
    /// The organization, by its slug or id. Needed by every kind but `organizations` and `my_tasks`.
    organization: Option<String>,
    /// Words to look for: in titles and descriptions of tasks, in names of the others, in all texts for `texts`.
    q: Option<String>,
    /// Tasks: only those of these projects, by key, separated by commas.
    project: Option<String>,
    /// Tasks: only those in these statuses, separated by commas: `todo`, `in_progress`, `review`, `done`, `cancelled`.
    status: Option<String>,
    /// Tasks: only those with these priorities, separated by commas: `urgent`, `high`, `medium`, `low`, `none`.
    priority: Option<String>,
    /// Tasks: only those assigned to these users: `me`, `none` or ids, separated by commas.
    assignee: Option<String>,
    /// Tasks: only those with one of these labels, by id, separated by commas.
    label: Option<String>,
    /// Tasks: only those that are due then: `today`, `this_week`, `overdue` or `none`.
    due: Option<String>,
    /// Tasks: only the subtasks of this one, by key.
    parent: Option<String>,
    /// Tasks: the order, up to two of `priority`, `due_at`, `created_at`, `updated_at`, `status`, `number`, `position`, each with a
    /// hyphen before it for the reverse, separated by a comma: `-priority,due_at`.
    sort: Option<String>,
    /// The largest number of items, from 1 to 200. Without it, 50.
    limit: Option<u8>,
    /// The `next_cursor` of the last answer, for what follows.
    cursor: Option<String>,
}

impl Reads for Find {
    fn asks(&self) -> Result<Vec<(&'static str, Target)>> {
        let org =
            || self.organization.as_deref().ok_or_else(|| missing("organization", "is needed to find this"));
        let list = match self.kind {
            Findable::Organizations => vec!["v1", "orgs"],
            Findable::MyTasks => vec!["v1", "me", "tasks"],
            Findable::Projects => vec!["v1", "orgs", org()?, "projects"],
            Findable::Members => vec!["v1", "orgs", org()?, "members"],
            Findable::Labels => vec!["v1", "orgs", org()?, "labels"],
            Findable::Tasks => vec!["v1", "orgs", org()?, "tasks"],
            Findable::Texts => vec!["v1", "orgs", org()?, "search"],
        };
        Ok(vec![("", Target::of(&list).with(&query(self)?))])
    }
}

/// Reads one thing: a task with its subtasks and comments, a project with the columns of its board, or the organization with what
/// you may do there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The organization, by its slug or id.
    organization: String,
    /// The task, by its key, such as WEB-142.
    task: Option<String>,
    /// The project, by its key.
    project: Option<String>,
}

impl Reads for Read {
    fn asks(&self) -> Result<Vec<(&'static str, Target)>> {
        let org = ["v1", "orgs", self.organization.as_str()];
        let of = |rest: &[&str]| Target::of(&[&org, rest].concat());
        match (self.task.as_deref(), self.project.as_deref()) {
            (Some(_), Some(_)) => {
                Err(Error::field("/project", "invalid_value", "must be absent beside a task"))
            }
            (Some(task), None) => {
                let parts = json!({ "include": "subtasks,comments" });
                Ok(vec![("task", of(&["tasks", task]).with(&parts))])
            }
            (None, Some(project)) => Ok(vec![
                ("project", of(&["projects", project])),
                ("columns", of(&["projects", project, "columns"])),
            ]),
            (None, None) => Ok(vec![("organization", of(&[])), ("permissions", of(&["permissions"]))]),
        }
    }
}

/// What to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Reportable {
    /// The numbers of tasks by status, priority, assignee and project, what is overdue, and what was created and done each day.
    Statistics,
    /// Who did what and when, the newest first. `seq` is what `undo` takes.
    Activity,
    /// What was deleted and can be restored.
    Trash,
}

/// Reports on an organization: its statistics, its activity, or its trash.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The organization, by its slug or id.
    organization: String,
    /// What to report.
    kind: Reportable,
    /// Only what is about this project, by its key.
    project: Option<String>,
    /// Activity: only what is about this task, by its key.
    task: Option<String>,
    /// Activity: only what this user did, by id.
    actor: Option<String>,
    /// Activity: only these actions, separated by commas, such as `task.status_changed`.
    action: Option<String>,
    /// Activity: only what happened at this time or later, in RFC 3339.
    since: Option<String>,
    /// Activity: only what happened before this time, in RFC 3339.
    until: Option<String>,
    /// The largest number of items, from 1 to 200. Without it, 50.
    limit: Option<u8>,
    /// The `next_cursor` of the last answer, for what follows.
    cursor: Option<String>,
}

impl Reads for Report {
    fn asks(&self) -> Result<Vec<(&'static str, Target)>> {
        let kind = match self.kind {
            Reportable::Statistics => "stats",
            Reportable::Activity => "activity",
            Reportable::Trash => "trash",
        };
        Ok(vec![("", Target::of(&["v1", "orgs", &self.organization, kind]).with(&query(self)?))])
    }
}
