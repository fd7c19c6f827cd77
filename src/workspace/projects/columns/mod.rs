//! Columns: the places of a project's board. Every task is in one, and has its status.

mod clearing;
pub(crate) mod http;
pub(crate) mod store;

use std::{borrow::Cow, collections::HashMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use super::Project;
use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Resource, Viewer},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{self, ColumnId, NewId, ProjectId, UserId},
        json::{ParseError, Patch},
        text::{Color, Name},
    },
    effects::{
        ledger::{Action, Changes, Target},
        retention,
    },
    http::{
        answer::{self, Versioned},
        input::Params,
    },
    workspace::{position, status::Status},
};

/// A column of a project's board, without the fields that depend on the caller.
#[derive(Debug, Clone)]
pub struct Column {
    pub id: ColumnId,
    pub project_id: ProjectId,
    pub project_created_by: UserId,
    pub project_archived_at: Option<Time>,
    pub name: Name,
    pub status: Status,
    pub color: Color,
    pub task_limit: Option<i64>,
    pub position: String,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A column of a project's board, as the caller sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Column")]
pub struct ColumnView {
    /// The column's id.
    pub id: ColumnId,
    /// The id of the project whose board the column is on.
    pub project_id: ProjectId,
    /// The column's name.
    pub name: Name,
    /// The status of the tasks in the column. A project has at least one column for each status.
    pub status: Status,
    /// The column's color, such as `#1f6feb`.
    pub color: Color,
    /// The number of tasks that people want to see in the column at most; `null` if they didn't say. More are not refused.
    pub task_limit: Option<i64>,
    /// Sorts the columns of a board. Compare positions as bytes.
    pub position: String,
    /// The actions that the caller may take: `edit`, `delete`. Empty if the project is archived.
    pub can: Vec<&'static str>,
    /// A number that grows with each change of the column: the first part of its `ETag`.
    pub version: i64,
    /// The time at which the column was created.
    pub created_at: Time,
    /// The time of the last change of the column.
    pub updated_at: Time,
}

impl Versioned for ColumnView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 2] =
    [("edit", Permission::ManageColumns), ("delete", Permission::ManageColumns)];

impl Column {
    const fn entry(&self) -> Target {
        Target::Column(self.project_id, self.id)
    }

    fn facts_for(&self, user: UserId) -> Facts {
        Facts { own: self.project_created_by == user, ..Facts::default() }
    }

    /// Returns the column as the caller sees it.
    pub fn view(self, tx: &OrgTx) -> ColumnView {
        ColumnView {
            can: tx.can(self.facts_for(tx.user()), if self.writable().is_ok() { &CAN } else { &[] }),
            id: self.id,
            project_id: self.project_id,
            name: self.name,
            status: self.status,
            color: self.color,
            task_limit: self.task_limit,
            position: self.position,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// Checks that the column can be changed.
    ///
    /// # Errors
    /// 409 if its project is archived.
    fn writable(&self) -> Result<()> {
        if self.project_archived_at.is_none() { Ok(()) } else { Err(Code::ProjectArchived.into()) }
    }
}

impl Resource for Column {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let project = Project::find(viewer, path).await?;
        match project.zip(path.get("id")) {
            Some((project, id)) => store::find(viewer, project.id, id).await,
            None => Ok(None),
        }
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.facts_for(viewer.user())
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        answer::shown(&self.view(tx))
    }
}

/// A number of tasks that people want to see in a column at most: 1 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskLimit(i64);

impl TaskLimit {
    const MOST: i64 = 10_000;

    pub fn new(tasks: i64) -> Option<Self> {
        (1..=Self::MOST).contains(&tasks).then_some(Self(tasks))
    }
}

impl<'de> Deserialize<'de> for TaskLimit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || ParseError::new("out_of_range", format!("must be a number from 1 to {}", Self::MOST));
        Self::new(i64::deserialize(deserializer)?).ok_or_else(|| de::Error::custom(wrong()))
    }
}

impl JsonSchema for TaskLimit {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TaskLimit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MOST })
    }
}

/// The place of a task on the board: its column, and the status behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub column: ColumnId,
    pub status: Status,
}

/// Returns the place that a request names by its column.
///
/// # Errors
/// 422 if the project has no such column, or if the column has another status than the one that is named too.
pub async fn named(
    tx: &OrgTx,
    project: ProjectId,
    column: Option<ColumnId>,
    status: Option<Status>,
) -> Result<Option<Place>> {
    let Some(id) = column else { return Ok(None) };
    let Some(column) = store::find(tx, project, id).await? else {
        return Err(Error::field("/column_id", "not_found", "must be a column of the task's project"));
    };
    if status.is_some_and(|status| status != column.status) {
        return Err(Error::field(
            "/column_id",
            "invalid_value",
            "must be a column with the status that is given",
        ));
    }
    Ok(Some(Place { column: column.id, status: column.status }))
}

/// Returns the first column of a status. Every project has one.
pub async fn first_of(tx: &OrgTx, project: ProjectId, status: Status) -> Result<Place> {
    let column = store::first_of(tx, project, status).await?;
    let column = column.ok_or_else(|| Error::internal("a project has no column for a status"))?;
    Ok(Place { column, status })
}

/// Returns the columns of a project, each with its position.
pub async fn places(tx: &OrgTx, project: ProjectId) -> Result<Vec<(ColumnId, String)>> {
    let columns = store::all(tx, project).await?.into_iter();
    Ok(columns.map(|column| (column.id, column.position)).collect())
}

/// Returns those of the given columns that the caller can see.
pub async fn seen(tx: &OrgTx, ids: &[ColumnId]) -> Result<Vec<ColumnView>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(store::seen(tx, ids).await?.into_iter().map(|column| column.view(tx)).collect())
}

/// The columns of a new project.
pub const FIRST: [(Status, &str, &str); 5] = [
    (Status::Todo, "To do", "#6b7280"),
    (Status::InProgress, "In progress", "#1f6feb"),
    (Status::Review, "Review", "#8250df"),
    (Status::Done, "Done", "#1a7f37"),
    (Status::Cancelled, "Cancelled", "#82071e"),
];

/// A request to create a column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewColumn {
    /// An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
    /// or had. The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Column>>,
    /// The column's name.
    pub name: Name,
    /// The status of the tasks in the column.
    pub status: Status,
    /// The column's color, such as `#1f6feb`. A gray if absent.
    #[serde(default)]
    pub color: Option<Color>,
    /// The number of tasks that people want to see in the column at most. None if absent.
    #[serde(default)]
    pub task_limit: Option<TaskLimit>,
    /// The column that the new one comes before.
    #[serde(default)]
    pub before: Option<ColumnId>,
    /// The column that the new one comes after. Without `before` and `after` it becomes the last.
    #[serde(default)]
    pub after: Option<ColumnId>,
}

/// Creates a column.
///
/// # Errors
/// 409 if the id is taken, or if the project is archived or has too many columns; 422 if `before` or `after` isn't one of its columns.
pub async fn create(tx: &OrgWrite, project: &Project, new: NewColumn) -> Result<ColumnView> {
    let others = store::all(tx, project.id).await?;
    let gap = Gap::named(&others, new.before, new.after)?;
    let id = tx.id_for(new.id).await?;
    project.writable()?;
    check_room(tx, others.len())?;
    let column = Column {
        id,
        project_id: project.id,
        project_created_by: project.created_by,
        project_archived_at: project.archived_at,
        name: new.name,
        status: new.status,
        color: new.color.unwrap_or_default(),
        task_limit: new.task_limit.map(|limit| limit.0),
        position: gap.unwrap_or(Gap(others.len())).position(tx, &others).await?,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    // The first columns of a project have no entries in the ledger, by which ids are known.
    if !store::insert(tx, &column).await? {
        return Err(Code::IdTaken.into());
    }
    record_new(tx, &column);
    Ok(column.view(tx))
}

/// Checks that a project that has so many columns can have another one.
fn check_room(tx: &OrgWrite, columns: usize) -> Result<()> {
    let most = usize::try_from(tx.limits().columns).unwrap_or(usize::MAX);
    if columns >= most { Err(Code::TooManyColumns.into()) } else { Ok(()) }
}

fn record_new(tx: &OrgWrite, column: &Column) {
    let changes = Changes::none()
        .new_erasable("name", &column.name)
        .new_field("status", &column.status)
        .new_field("color", &column.color)
        .new_field("task_limit", &column.task_limit);
    tx.record(Action::ColumnCreated, column.entry(), changes);
}

/// Brings back a column that was deleted, without the tasks that were in it, until it is purged.
///
/// # Errors
/// 404 if there is none; 409 if the project is archived or has too many columns.
pub async fn restore(tx: &OrgWrite, project: &Project, id: ColumnId) -> Result<()> {
    let column = store::find_deleted(tx, project.id, id).await?.ok_or(Code::NotFound)?;
    project.writable()?;
    check_room(tx, store::all(tx, project.id).await?.len())?;
    store::restore(tx, id).await?;
    record_new(tx, &column);
    Ok(())
}

/// Copies the columns of a project into a new one. Returns the copy of each.
pub async fn copy(tx: &OrgWrite, from: ProjectId, to: ProjectId) -> Result<HashMap<ColumnId, ColumnId>> {
    let originals = store::all(tx, from).await?;
    let copy = |original: &Column| Column {
        id: tx.id(),
        project_id: to,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        ..original.clone()
    };
    let copies: Vec<Column> = originals.iter().map(copy).collect();
    store::insert_new(tx, &copies).await?;
    Ok(originals.iter().zip(&copies).map(|(original, copy)| (original.id, copy.id)).collect())
}

/// A gap between columns: the number of those before it.
#[derive(Debug, Clone, Copy)]
struct Gap(usize);

impl Gap {
    /// Returns the gap that a request names: behind `after`, or else in front of `before`.
    ///
    /// # Errors
    /// 422 if one of the two isn't among the columns, or if `before` doesn't come after `after`.
    fn named(among: &[Column], before: Option<ColumnId>, after: Option<ColumnId>) -> Result<Option<Self>> {
        let place = |pointer: &str, id: Option<ColumnId>| {
            let Some(id) = id else { return Ok(None) };
            let place = among.iter().position(|column| column.id == id);
            let wrong = || Error::field(pointer, "not_found", "must be another column of the same project");
            place.map(Some).ok_or_else(wrong)
        };
        match (place("/before", before)?, place("/after", after)?) {
            (Some(before), Some(after)) if before <= after => {
                Err(Error::field("/before", "invalid_value", "must come after the column `after`"))
            }
            (_, Some(after)) => Ok(Some(Self(after + 1))),
            (Some(before), None) => Ok(Some(Self(before))),
            (None, None) => Ok(None),
        }
    }

    /// Returns a position in the gap. Where there is none, all columns get new positions first.
    async fn position(self, tx: &OrgWrite, among: &[Column]) -> Result<String> {
        let at = |at: Option<usize>| at.and_then(|at| among.get(at)).map(|column| column.position.as_str());
        if let Some(position) = position::between(at(self.0.checked_sub(1)), at(Some(self.0))) {
            return Ok(position);
        }
        let mut spread = position::spread(None, None, among.len() + 1).unwrap_or_default();
        let position = spread.remove(self.0.min(among.len()));
        for (column, position) in among.iter().zip(spread) {
            store::update(tx, &Column { position, ..column.changed(tx) }).await?;
            tx.record(Action::ColumnUpdated, column.entry(), Changes::none());
        }
        Ok(position)
    }
}

impl Column {
    /// Returns the next version of the column.
    fn changed(&self, tx: &OrgWrite) -> Self {
        Self { version: self.version + 1, updated_at: tx.now(), ..self.clone() }
    }
}

/// Changes to a column. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnPatch {
    /// The new name.
    #[serde(default)]
    pub name: Patch<Name>,
    /// The new status. While tasks are in the column, `move_to` has to say where they go.
    #[serde(default)]
    pub status: Patch<Status>,
    /// The new color, such as `#1f6feb`; `null` makes it gray.
    #[serde(default)]
    pub color: Patch<Option<Color>>,
    /// The number of tasks that people want to see in the column at most; `null` removes it.
    #[serde(default)]
    pub task_limit: Patch<Option<TaskLimit>>,
    /// The column that this one is moved before.
    #[serde(default)]
    pub before: Option<ColumnId>,
    /// The column that this one is moved after.
    #[serde(default)]
    pub after: Option<ColumnId>,
}

/// Updates a column, or moves it on the board. Its tasks go to `move_to` if its status changes.
///
/// # Errors
/// 409 if the project is archived, or if the status changes and the column is the last one of its status, or has tasks and
/// `move_to` is absent; 422 if `before`, `after` or `move_to` isn't another column of the project.
pub async fn update(
    tx: &OrgWrite,
    old: Column,
    patch: ColumnPatch,
    move_to: Option<ColumnId>,
) -> Result<ColumnView> {
    let others = others(tx, &old).await?;
    let gap = Gap::named(&others, patch.before, patch.after)?;
    let target = clearing::target(&others, move_to)?;
    old.writable()?;
    let limit = |limit: TaskLimit| limit.0;
    let mut new = Column {
        name: patch.name.or(old.name.clone()),
        status: patch.status.or(old.status),
        color: patch.color.or(Some(old.color.clone())).unwrap_or_default(),
        task_limit: match patch.task_limit {
            Patch::Absent => old.task_limit,
            Patch::Set(wanted) => wanted.map(limit),
        },
        ..old.changed(tx)
    };
    if new.status != old.status {
        clearing::clear(tx, &old, &others, target).await?;
    }
    if let Some(gap) = gap
        && gap.0 != others.partition_point(|other| (&other.position, other.id) < (&old.position, old.id))
    {
        new.position = gap.position(tx, &others).await?;
    }
    let changes = Changes::none()
        .erasable("name", &old.name, &new.name)
        .field("status", &old.status, &new.status)
        .field("color", &old.color, &new.color)
        .field("task_limit", &old.task_limit, &new.task_limit)
        .moved(&old.position, &new.position);
    if changes.is_empty() && old.position == new.position {
        return Ok(old.view(tx));
    }
    store::update(tx, &new).await?;
    tx.record(Action::ColumnUpdated, new.entry(), changes);
    Ok(new.view(tx))
}

/// Puts a column back to where it was on the board.
///
/// # Errors
/// 409 if the project is archived.
pub async fn put_back(tx: &OrgWrite, old: Column, position: String) -> Result<()> {
    old.writable()?;
    let new = Column { position, ..old.changed(tx) };
    store::update(tx, &new).await?;
    tx.record(Action::ColumnUpdated, new.entry(), Changes::none().moved(&old.position, &new.position));
    Ok(())
}

async fn others(tx: &OrgTx, column: &Column) -> Result<Vec<Column>> {
    let mut others = store::all(tx, column.project_id).await?;
    others.retain(|other| other.id != column.id);
    Ok(others)
}

/// Deletes a column for good. Its tasks go to `move_to`. Returns how many did.
///
/// # Errors
/// 409 if the project is archived, or if the column is the last one of its status, or has tasks and `move_to` is absent; 422
/// if `move_to` isn't another column of the project.
pub async fn delete(tx: &OrgWrite, column: &Column, move_to: Option<ColumnId>) -> Result<i64> {
    let others = others(tx, column).await?;
    let target = clearing::target(&others, move_to)?;
    column.writable()?;
    let tasks = clearing::clear(tx, column, &others, target).await?;
    store::delete(tx, column.id).await?;
    retention::schedule(tx).await?;
    tx.record(Action::ColumnDeleted, column.entry(), Changes::none());
    Ok(tasks)
}
