//! Duplicating a task.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{MOST, Seat, check_count, copy, shift};
use crate::{
    access::OrgWrite,
    base::{
        day::Day,
        error::{Error, Result},
        id::{self, ColumnId, NewId, TaskId},
        json,
    },
    http::answer::Versioned,
    workspace::{
        assignments::Assignment,
        projects::{
            Project, ProjectRef,
            columns::{self, Place},
        },
        status::Status,
        tasks::{Task, TaskView, among, found, moving, store, transfer},
    },
};

/// What a copy of a task can have of the original, besides its texts, its priority and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TaskPart")]
pub enum Part {
    /// The assignees who can see the project.
    Assignees,
    /// The labels.
    Labels,
    /// All tasks below it, each with the same parts.
    Subtasks,
    /// The day on which the work starts, and the deadline.
    Due,
}

/// The parts that a request wants copied: all if it names none.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(inline)]
pub struct Parts(Vec<Part>);

impl Parts {
    const ALL: [Part; 4] = [Part::Assignees, Part::Labels, Part::Subtasks, Part::Due];

    fn has(&self, part: Part) -> bool {
        self.0.contains(&part)
    }

    /// Takes away from a task what isn't to be copied.
    fn strip(&self, task: &mut Task) {
        if !self.has(Part::Assignees) {
            task.assignees.clear();
        }
        if !self.has(Part::Labels) {
            task.labels.clear();
        }
        if !self.has(Part::Due) {
            (task.start_on, task.deadline) = (None, None);
        }
    }
}

impl Default for Parts {
    fn default() -> Self {
        Self(Self::ALL.to_vec())
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::up_to(Self::ALL.len(), "too_many", deserializer).map(Self)
    }
}

/// A request to duplicate a task.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TaskDuplicate")]
pub struct Duplicate {
    /// An id of the client's own making for the copy: a UUIDv7 whose time is within a day of now, which nothing in the
    /// organization has or had. The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Task>>,
    /// The project that the copy goes into, by id or key. That of the task if absent.
    #[serde(default)]
    pub project: Option<ProjectRef>,
    /// What is copied besides the title, the description and the priority: `assignees` (those who can see the project),
    /// `labels`, `subtasks` (all tasks below, each with the same), `due` (the start day and the deadline). All if absent.
    #[serde(default)]
    #[schemars(length(max = 4))]
    pub with: Option<Parts>,
    /// The day that the earliest date of the copied tasks falls on: all dates move by the same number of days. Without it, the
    /// copies have the dates of the originals.
    #[serde(default)]
    pub starts_on: Option<Day>,
}

/// A copy of a task, and the effects of copying.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DuplicatedTask {
    #[serde(flatten)]
    pub task: TaskView,
    /// The assignments that weren't copied, because the users can't see the project, each with the copy of the task.
    pub unassigned: Vec<Assignment>,
}

impl Versioned for DuplicatedTask {
    fn version(&self) -> i64 {
        self.task.version
    }
}

/// Duplicates a task: in its column, directly behind it, or at the end of another project. The copy of a closed task is to
/// do, at the end of the first column of that status.
///
/// # Errors
/// 422 if the caller can't see the project, or if dates are to be moved that aren't copied, or out of the calendar; 409 if the id
/// is taken, if the project is archived, or if there are too many tasks to copy, or in the organization.
pub async fn duplicate(tx: &OrgWrite, original: &Task, wanted: Duplicate) -> Result<DuplicatedTask> {
    let own = ProjectRef::Id(original.project_id);
    let to = transfer::target(tx, wanted.project.as_ref().unwrap_or(&own)).await?;
    let parts = wanted.with.unwrap_or_default();
    if wanted.starts_on.is_some() && !parts.has(Part::Due) {
        let message = "moves dates, which are copied only if `with` has `due`";
        return Err(Error::field("/starts_on", "invalid_value", message));
    }
    let tree = if parts.has(Part::Subtasks) {
        store::tree(tx, original.id, MOST + 1).await?
    } else {
        vec![original.id]
    };
    let mut originals = among(tx, tree).await?;
    // A copy that is a part of the same template is one of that; any other is work.
    let is_of_template =
        original.parent().is_some() && to.id == original.project_id && original.is_of_template;
    for task in &mut originals {
        parts.strip(task);
        task.is_of_template = is_of_template;
    }
    shift::shift(&mut originals, wanted.starts_on, tx.settings().time_zone)?;
    let id = tx.id_for(wanted.id).await?;
    check_count(&originals)?;
    to.writable()?;
    let seats = seats(tx, original, originals, &to, id).await?;
    let unassigned = copy(tx, &to, seats).await?;
    Ok(DuplicatedTask { task: found(tx, id).await?, unassigned })
}

/// Returns the copies to make, of which that of `root` has this id. Together they come where that one does, in the order of the
/// originals.
async fn seats(
    tx: &OrgWrite,
    root: &Task,
    mut originals: Vec<Task>,
    to: &Project,
    id: TaskId,
) -> Result<Vec<Seat>> {
    originals.sort_by_key(|task| (task.id != root.id, task.position.clone()));
    let places = places(tx, &originals, to).await?;
    let place = |task: &Task| {
        places.get(&task.column_id).copied().ok_or_else(|| Error::internal("a task has no place"))
    };
    let mut first = Task { id, ..root.clone().within(to) };
    first.put(place(root)?, tx.now());
    let behind = (first.column_id == root.column_id).then_some(root.id);
    let gap = moving::gap(tx, &first, None, behind).await?;
    let positions = gap.positions(tx, &first, originals.len()).await?;
    let mut seats = Vec::with_capacity(originals.len());
    for (original, position) in originals.into_iter().zip(positions) {
        let id = if original.id == root.id { id } else { tx.id() };
        seats.push(Seat { id, place: place(&original)?, position, original });
    }
    Ok(seats)
}

/// Returns where the copies of tasks come, by the columns of these: an open one's stays in the same column if that is of the
/// project. All others go to the first column of their status; what is closed is to be done again.
async fn places(tx: &OrgWrite, originals: &[Task], to: &Project) -> Result<HashMap<ColumnId, Place>> {
    let mut places = HashMap::new();
    for Task { project_id, column_id, status, .. } in originals {
        if places.contains_key(column_id) {
            continue;
        }
        let place = match (*project_id == to.id, status.is_open()) {
            (true, true) => Place { column: *column_id, status: *status },
            (false, true) => columns::first_of(tx, to.id, *status).await?,
            (_, false) => columns::first_of(tx, to.id, Status::Todo).await?,
        };
        places.insert(*column_id, place);
    }
    Ok(places)
}
