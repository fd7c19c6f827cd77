//! Changing many tasks in the same way in one request, each with a result of its own.

use std::collections::{HashMap, HashSet};

use futures_util::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Task, TaskPatch, TaskView,
    list::{TaskFilters, TaskQuery},
    saving::{self, Edit},
    store,
};
use crate::{
    access::{OrgTx, OrgWrite, Permission},
    base::{
        error::{Code, Error, FieldError, Refusal, Result},
        id::TaskId,
        json::{self, Object},
    },
};

/// The most tasks that one request changes.
const MOST: usize = 500;

/// A request to change several tasks in the same way.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkTaskUpdate {
    /// The tasks to change, by id: at least one, and each once.
    #[serde(default, deserialize_with = "up_to_most")]
    #[schemars(length(min = 1, max = 500))]
    pub ids: Option<Vec<TaskId>>,
    /// Changes the tasks that the list of tasks would have with these filters, instead of `ids`. They must be at most 500.
    #[serde(default)]
    pub filter: Option<Object<TaskFilters>>,
    /// What changes of each of them.
    pub patch: Object<TaskPatch>,
    /// If `true`, changes all of them or, where one is refused, none: its problem is the answer then. `false` if absent.
    #[serde(default)]
    pub atomic: bool,
}

fn up_to_most<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<TaskId>>, D::Error> {
    json::up_to(MOST, "too_long", deserializer).map(Some)
}

/// The results of a bulk update, in the order of the ids, or of the list that the filter leaves.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkTaskResults {
    /// A result for each task.
    pub results: Vec<BulkTaskResult>,
}

/// The result of one task of a bulk update: the task or a problem.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkTaskResult {
    /// The id of the task, as given in the request.
    pub id: TaskId,
    /// The HTTP status that the task would have got in a request of its own: 200, 403, 404, 409 or 422.
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// The task as it is now; `null` if the status isn't 200.
    pub task: Option<TaskView>,
    /// The reason for the refusal; `null` if the status is 200.
    pub problem: Option<BulkTaskProblem>,
}

/// The reason why one task of a bulk update wasn't changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BulkTaskProblem {
    /// The stable error code, such as `project_archived`.
    #[schemars(with = "Code")]
    pub code: &'static str,
    /// An explanation of the error for people.
    pub detail: String,
    /// The mistakes in the input; empty for other errors.
    pub errors: Vec<FieldError>,
}

/// Changes each of the tasks that the caller may edit, and nothing of the others.
///
/// # Errors
/// 422 if both ids and a filter are given, or neither, if an id is there twice, or if the filter leaves too many tasks. If all or
/// none are to be changed, the errors of the first task that is refused.
pub async fn update(tx: &OrgWrite, wanted: BulkTaskUpdate) -> Result<BulkTaskResults> {
    let Object(patch) = wanted.patch;
    let chosen = chosen(tx, wanted.ids, wanted.filter).await?;
    // Nothing is written before all are judged, so that the statements for each task can leave together.
    let judged = join_all(chosen.iter().map(|(_, task)| judged(tx, task.clone(), &patch))).await;
    let (mut edits, mut refusals) = (Vec::new(), HashMap::new());
    for (index, ((id, task), judged)) in chosen.iter().zip(judged).enumerate() {
        match judged {
            Ok(edit) => edits.push(edit),
            Err(refused) if wanted.atomic => {
                let name = task.as_ref().map_or_else(|| format!("Task {index}"), Task::key);
                return Err(refused.of_operation(index, &name));
            }
            Err(Error::Refused(refusal)) if refusal.code.status() < 500 => {
                refusals.insert(*id, refusal);
            }
            Err(failure) => return Err(failure),
        }
    }
    saving::put_last(tx, &mut edits).await?;
    let saved = saving::all(tx, edits).await?;
    let mut saved: HashMap<TaskId, Task> = saved.into_iter().map(|task| (task.id, task)).collect();
    let result = |(id, _): &(TaskId, Option<Task>)| match (saved.remove(id), refusals.remove(id)) {
        (Some(task), _) => {
            Ok(BulkTaskResult { id: *id, status: 200, task: Some(task.view(tx)), problem: None })
        }
        (None, Some(refusal)) => Ok(refused(*id, *refusal)),
        (None, None) => Err(Code::NotFound.into()),
    };
    Ok(BulkTaskResults { results: chosen.iter().map(result).collect::<Result<_>>()? })
}

fn refused(id: TaskId, refusal: Refusal) -> BulkTaskResult {
    let Refusal { code, detail, errors, .. } = refusal;
    let problem = BulkTaskProblem { code: code.as_str(), detail: detail.into_owned(), errors };
    BulkTaskResult { id, status: code.status(), task: None, problem: Some(problem) }
}

/// Returns the tasks that a request is about, as far as the caller sees them.
async fn chosen(
    tx: &OrgTx,
    ids: Option<Vec<TaskId>>,
    filter: Option<Object<TaskFilters>>,
) -> Result<Vec<(TaskId, Option<Task>)>> {
    match (ids, filter) {
        (Some(ids), None) => named(tx, ids).await,
        (None, Some(Object(filter))) => fitting(tx, filter).await,
        (Some(_), Some(_)) => {
            Err(Error::field("/filter", "invalid_value", "must not be given together with ids"))
        }
        (None, None) => Err(Error::field("/ids", "required", "is required, unless there is a filter")),
    }
}

async fn named(tx: &OrgTx, ids: Vec<TaskId>) -> Result<Vec<(TaskId, Option<Task>)>> {
    if ids.is_empty() {
        return Err(Error::field("/ids", "too_short", "must have at least one"));
    }
    let mut known = HashSet::new();
    if let Some(index) = ids.iter().position(|id| !known.insert(*id)) {
        return Err(Error::field(&format!("/ids/{index}"), "duplicate", "is there twice"));
    }
    let found = super::among(tx, ids.clone()).await?;
    let mut found: HashMap<TaskId, Task> = found.into_iter().map(|task| (task.id, task)).collect();
    Ok(ids.into_iter().map(|id| (id, found.remove(&id))).collect())
}

async fn fitting(tx: &OrgTx, filter: TaskFilters) -> Result<Vec<(TaskId, Option<Task>)>> {
    let of_lists = [
        ("/filter/group_by", filter.group_by.is_some()),
        ("/filter/fields", filter.fields.is_some()),
        ("/filter/include", filter.include.is_some()),
    ];
    if let Some((pointer, _)) = of_lists.iter().find(|(_, is_given)| *is_given) {
        return Err(Error::field(pointer, "invalid_value", "doesn't go with a bulk update"));
    }
    let rows = i64::try_from(MOST + 1).map_err(Error::internal)?;
    let found = store::page(tx, &TaskQuery::of(tx, None, filter, rows).await?).await?;
    if found.len() > MOST {
        let message = format!("leaves more than {MOST} tasks, which are the most that one request changes");
        return Err(Error::field("/filter", "too_many", message));
    }
    Ok(found.into_iter().map(|task| (task.id, Some(task))).collect())
}

/// Returns what changes of a task, in the order of refusals of its own PATCH.
async fn judged(tx: &OrgWrite, task: Option<Task>, patch: &TaskPatch) -> Result<Edit> {
    let task = task.ok_or(Code::NotFound)?;
    tx.demand(Permission::EditTask, task.facts_for(tx.user()))?;
    let in_patch = |error: FieldError| FieldError { pointer: format!("/patch{}", error.pointer), ..error };
    super::edited(tx, task, patch.clone()).await.map_err(|refused| refused.placed(in_patch))
}
