//! Moving a task to another place on the board of its project.

use futures_util::future::try_join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Task, TaskPatch, TaskView, assignment,
    saving::{self, Edit},
    store::{self, Spot},
    transfer,
};
use crate::{
    access::OrgWrite,
    base::{
        error::{Code, Error, Result},
        id::{ColumnId, ProjectId, TaskId},
        json::Patch,
    },
    effects::ledger::{Action, Changes, Target},
    http::answer::Versioned,
    workspace::{
        assignments::Assignment,
        position,
        projects::{
            ProjectRef,
            columns::{self, Place},
        },
        status::Status,
    },
};

/// A request to move a task: into a column, and to a place in it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TaskMove")]
pub struct Move {
    /// The new status: the task moves to the first column of it, unless it has the status already.
    #[serde(default)]
    pub status: Option<Status>,
    /// The column that the task moves to. Without `status` and `column_id`, it stays in its column.
    #[serde(default)]
    pub column_id: Option<ColumnId>,
    /// A task in that column, before which this one is put.
    #[serde(default)]
    pub before: Option<TaskId>,
    /// A task in that column, behind which this one is put, also if `before` is given. Without both, it comes last.
    #[serde(default)]
    pub after: Option<TaskId>,
    /// The project that the task moves into, by id or key, with all its subtasks. Without it, it stays in its project.
    #[serde(default)]
    pub project: Option<ProjectRef>,
}

/// A task that was moved, and the effects of the move.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MovedTask {
    #[serde(flatten)]
    pub task: TaskView,
    /// The assignments of users who can't see the project that the task was moved into, which were removed.
    pub unassigned: Vec<Assignment>,
}

impl Versioned for MovedTask {
    fn version(&self) -> i64 {
        self.task.version
    }
}

/// Returns the place that a request names for a task of this project. A task that has the status stays in its column.
///
/// # Errors
/// 422 as for [`columns::named`].
pub(super) async fn place(
    tx: &OrgWrite,
    task: &Task,
    status: Option<Status>,
    column: Option<ColumnId>,
) -> Result<Option<Place>> {
    match (column, status) {
        (None, Some(status)) if status != task.status => {
            columns::first_of(tx, task.project_id, status).await.map(Some)
        }
        _ => columns::named(tx, task.project_id, column, status).await,
    }
}

/// Moves a task to a place on the board, or into another project.
///
/// # Errors
/// As for [`relocate`] and [`transfer::transfer`]; 422 if the caller can't see the project.
pub(super) async fn to(tx: &OrgWrite, task: Task, wanted: Move) -> Result<MovedTask> {
    if let Some(name) = &wanted.project {
        let project = transfer::target(tx, name).await?;
        if project.id != task.project_id {
            return transfer::transfer(tx, &task, &project, &wanted).await;
        }
    }
    Ok(MovedTask { task: relocate(tx, task, wanted).await?, unassigned: Vec::new() })
}

/// Moves a task to a place on the board. Writes the task alone, whatever the size of the column; only where positions between
/// its neighbours have become too long, those that follow get new ones.
///
/// # Errors
/// 409 if its project is archived; 422 if the column isn't one of the project, or if `before` or `after` isn't another task in
/// it.
async fn relocate(tx: &OrgWrite, old: Task, wanted: Move) -> Result<TaskView> {
    let mut new = old.clone();
    if let Some(place) = place(tx, &old, wanted.status, wanted.column_id).await? {
        new.put(place, tx.now());
    }
    let gap = gap(tx, &new, wanted.before, wanted.after).await?;
    old.writable()?;
    let own = Spot { position: old.position.clone(), id: old.id };
    if old.column_id == new.column_id && gap.has(tx, &own, new.column_id).await? {
        return Ok(old.view(tx));
    }
    new.position = gap.position(tx, &new).await?;
    save(tx, old, new).await
}

async fn save(tx: &OrgWrite, old: Task, new: Task) -> Result<TaskView> {
    let edit = Edit { old, new, changes: Changes::none(), assignees: assignment::Change::default() };
    let task = saving::all(tx, vec![edit]).await?.pop().ok_or(Code::NotFound)?;
    Ok(task.view(tx))
}

/// Puts a task back to where it was on the board: into the column, if it was in another one, and to the position there.
///
/// # Errors
/// 409 if its project is archived; 422 if the column isn't one of the project any more.
pub async fn put_back(
    tx: &OrgWrite,
    old: Task,
    column: Option<ColumnId>,
    position: Option<String>,
) -> Result<TaskView> {
    let mut new = old.clone();
    if let Some(place) = columns::named(tx, old.project_id, column, None).await? {
        new.put(place, tx.now());
    }
    old.writable()?;
    new.position = position.unwrap_or_else(|| old.position.clone());
    save(tx, old, new).await
}

/// Sends a task back to the project that it was moved from, to its place on the board there and below its parent.
///
/// # Errors
/// As for [`to`] and [`put_back`].
pub async fn send_back(
    tx: &OrgWrite,
    task: Task,
    project: ProjectId,
    column: Option<ColumnId>,
    position: Option<String>,
    parent: Option<TaskId>,
) -> Result<()> {
    let id = task.id;
    let wanted = Move {
        status: None,
        column_id: column,
        before: None,
        after: None,
        project: Some(ProjectRef::Id(project)),
    };
    to(tx, task, wanted).await?;
    let task = super::changed(tx, id).await?;
    let patch = TaskPatch { parent_id: Patch::Set(parent), ..TaskPatch::default() };
    super::update(tx, task, patch).await?;
    put_back(tx, super::changed(tx, id).await?, None, position).await.map(drop)
}

/// A gap in the order of a column.
pub(super) enum Gap {
    /// Behind a task, or before all, and before another, unless that is the last.
    Between(Option<Spot>, Option<Spot>),
    End,
}

/// Returns the gap that a request names, in the column that the task is put into.
///
/// # Errors
/// 422 if `before` or `after` isn't another task in the column, or if they aren't in this order.
pub(super) async fn gap(
    tx: &OrgWrite,
    task: &Task,
    before: Option<TaskId>,
    after: Option<TaskId>,
) -> Result<Gap> {
    let before = neighbour(tx, "/before", task, before).await?;
    let after = neighbour(tx, "/after", task, after).await?;
    match (before, after) {
        (Some(before), Some(after)) if before <= after => {
            Err(Error::field("/before", "invalid_value", "must come behind the task `after`"))
        }
        (_, Some(after)) => {
            let next = store::behind(tx, task.column_id, &after, task.id, 1).await?.pop();
            Ok(Gap::Between(Some(after), next))
        }
        (Some(before), None) => {
            let last = store::last_before(tx, task.column_id, &before, task.id).await?;
            Ok(Gap::Between(last, Some(before)))
        }
        (None, None) => Ok(Gap::End),
    }
}

async fn neighbour(tx: &OrgWrite, pointer: &str, task: &Task, id: Option<TaskId>) -> Result<Option<Spot>> {
    let Some(id) = id else { return Ok(None) };
    let found = if id == task.id { None } else { store::spot(tx, task.column_id, id).await? };
    let wrong = || Error::field(pointer, "not_found", "must be another task in the column");
    found.map(Some).ok_or_else(wrong)
}

/// The place before the first of a column.
const START: Spot = Spot { position: String::new(), id: TaskId::NIL };

impl Gap {
    /// Returns whether a task of the column is in the gap already.
    async fn has(&self, tx: &OrgWrite, own: &Spot, column: ColumnId) -> Result<bool> {
        Ok(match self {
            Self::Between(low, high) => {
                low.as_ref().is_none_or(|low| low < own) && high.as_ref().is_none_or(|high| own < high)
            }
            Self::End => store::behind(tx, column, own, own.id, 1).await?.is_empty(),
        })
    }

    /// Returns a position in the gap, for a task that is put into the column.
    pub(super) async fn position(self, tx: &OrgWrite, task: &Task) -> Result<String> {
        Ok(self.positions(tx, task, 1).await?.remove(0))
    }

    /// Returns so many positions in the gap, in order, for a task that is put into the column and those with it.
    pub(super) async fn positions(self, tx: &OrgWrite, task: &Task, count: usize) -> Result<Vec<String>> {
        let (low, high) = match self {
            Self::End => {
                let last = store::last_position(tx, task.project_id).await?;
                let spread = position::spread(last.as_deref(), None, count);
                return spread.ok_or_else(|| Error::internal("a project has no room behind its last task"));
            }
            Self::Between(low, high) => (low, high),
        };
        let position = |spot: &'_ Option<Spot>| spot.as_ref().map(|spot| spot.position.clone());
        match position::spread(position(&low).as_deref(), position(&high).as_deref(), count) {
            Some(positions) => Ok(positions),
            None => make_room(tx, task, low.unwrap_or(START), count).await,
        }
    }
}

/// The number of tasks that get new positions at first where there is no room. With each try it grows eightfold.
const FEW: usize = 64;

/// Gives the tasks that follow a place of a column new positions, as few of them as are needed, and returns so many in front
/// of them.
async fn make_room(tx: &OrgWrite, task: &Task, low: Spot, needed: usize) -> Result<Vec<String>> {
    let start = (!low.position.is_empty()).then_some(low.position.as_str());
    let mut count = FEW;
    loop {
        let rows = i64::try_from(count + 1).map_err(Error::internal)?;
        let mut following = store::behind(tx, task.column_id, &low, task.id, rows).await?;
        let end = if following.len() > count { following.pop() } else { None };
        let high = end.as_ref().map(|end| end.position.as_str());
        if let Some(mut positions) = position::spread(start, high, needed + following.len()) {
            let others = positions.split_off(needed);
            respace(tx, task.project_id, &following, &others).await?;
            return Ok(positions);
        }
        if end.is_none() {
            return Err(Error::internal("a column has no room behind its last task"));
        }
        count *= 8;
    }
}

async fn respace(tx: &OrgWrite, project: ProjectId, tasks: &[Spot], positions: &[String]) -> Result<()> {
    let all = || tasks.iter().zip(positions);
    try_join_all(all().map(|(task, position)| store::set_position(tx, task.id, position))).await?;
    for (task, _) in all() {
        tx.record(Action::TaskMoved, Target::Task(project, task.id), Changes::none());
    }
    Ok(())
}
