//! Tasks: units of work in a project, with a status, a priority, a due time, assignees, labels and subtasks.

mod assignment;
mod board;
mod bulk;
mod copying;
mod fit;
mod group;
pub(crate) mod http;
mod labelling;
mod linking;
mod list;
mod mine;
mod moving;
mod named;
mod pages;
mod parts;
mod plan;
mod saving;
pub(crate) mod store;
mod subtasks;
mod template;
mod transfer;

use std::{slice, str::FromStr};

use futures_util::try_join;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use assignment::AssigneesPatch;
pub use assignment::{ASSIGNEES, AssigneeIds, assign, unassign};
pub use board::TaskPage;
pub use copying::Originals;
use labelling::LabelsPatch;
pub use linking::{NewLink, create as link, delete as unlink};
pub use list::TaskFilters;
use list::{Sort, TaskQuery};
pub use moving::{put_back, send_back};
use named::Named;
pub use pages::page;
pub use parts::{INCLUDED, Included, TaskParts, subtasks};
use saving::Edit;
pub use subtasks::SubtaskCounts;

pub use crate::workspace::status::Priority;

use crate::{
    access::{Deletable, Facts, OrgTx, OrgWrite, Permission, Resource, Restorable, Viewer},
    base::{
        clock::Time,
        day::Day,
        error::{Code, Error, Result},
        id::{self, ColumnId, LabelId, NewId, ProjectId, TaskId, UserId},
        json::Patch,
        list::CommaList,
        text::{Description, ProjectKey, Title},
    },
    effects::{
        index::{self, Words},
        ledger::{Action, Changes, Target},
        retention,
    },
    http::{
        answer::{self, Versioned},
        input::Params,
    },
    identity::accounts::Person,
    workspace::{
        assignments::{self, TaskRef},
        counts::{self, Counted},
        deadlines::{self, Deadline},
        labels::{self, LabelIds, TaskLabel},
        links::LinkRef,
        position,
        projects::{
            Project, Visibility,
            columns::{self, Place},
        },
        status::Status,
    },
};

/// A task, without the fields that depend on the caller.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Task {
    pub id: TaskId,
    pub project_id: ProjectId,
    pub project_key: ProjectKey,
    pub project_visibility: Visibility,
    pub project_archived_at: Option<Time>,
    pub project_is_template: bool,
    pub number: i64,
    pub title: Title,
    pub description: Description,
    pub status: Status,
    pub column_id: ColumnId,
    pub priority: Priority,
    pub start_on: Option<Day>,
    pub deadline: Option<Deadline>,
    pub assignees: Vec<Person>,
    /// The labels, ordered by name.
    pub labels: Vec<TaskLabel>,
    /// The task that this one is a subtask of, which may be deleted.
    pub parent_id: Option<TaskId>,
    pub parent_is_deleted: bool,
    /// Whether it is a template, or below one.
    pub is_of_template: bool,
    pub position: String,
    pub subtask_counts: SubtaskCounts,
    pub comment_count: i64,
    /// The links whose other task the caller sees.
    pub links: Vec<LinkRef>,
    /// Whether one of those other tasks blocks it and is open.
    pub is_blocked: bool,
    pub created_by: Person,
    pub completed_at: Option<Time>,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// A task, as the caller sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Task")]
pub struct TaskView {
    /// The task's id.
    pub id: TaskId,
    /// The project's key and the task's number, such as `WEB-142`.
    pub key: String,
    /// The task's number in its project.
    pub number: i64,
    /// The id of the project that the task is in.
    pub project_id: ProjectId,
    /// The task's title.
    pub title: Title,
    /// Markdown text.
    pub description: Description,
    /// How far the task is: the status behind its column.
    pub status: Status,
    /// The id of the column that the task is in, on the board of its project.
    pub column_id: ColumnId,
    /// How urgent the task is.
    pub priority: Priority,
    /// The day on which the work is to start; `null` if it has none.
    pub start_on: Option<Day>,
    /// The time until which the task is to be done; `null` if it has none, or is due on a day.
    pub due_at: Option<Time>,
    /// The day on which the task is to be done, which ends in the organization's time zone (`settings.time_zone`);
    /// `null` if it has none, or is due at a time.
    pub due_on: Option<Day>,
    /// The users who the task is assigned to.
    pub assignees: Vec<Person>,
    /// The labels, ordered by name.
    pub labels: Vec<TaskLabel>,
    /// The task that this one is a subtask of; `null` while that is deleted.
    pub parent_id: Option<TaskId>,
    /// Whether the task is a template: a plan to copy, which is no work itself. So are its subtasks, which aren't marked.
    pub is_template: bool,
    /// Sorts the tasks of a project as people have put them, and so those of each column of its board. Compare positions as
    /// bytes.
    pub position: String,
    /// The numbers of subtasks. A subtask that comes, goes or gets done doesn't change this task's `version`.
    pub subtask_counts: SubtaskCounts,
    /// The number of comments, replies included. A new comment doesn't change the task's `version`.
    pub comment_count: i64,
    /// The links to other tasks that the caller sees, the oldest first. A link doesn't change the task's `version`.
    pub links: Vec<LinkRef>,
    /// Whether the task has to wait: whether an open task that the caller sees blocks it.
    pub blocked: bool,
    /// The user who created the task.
    pub created_by: Person,
    /// The time at which the status became `done`; `null` in any other status, `cancelled` too.
    pub completed_at: Option<Time>,
    /// The actions that the caller may take: `edit`, `move`, `assign`, `take`, `delete`, `comment`. Empty if the
    /// project is archived.
    pub can: Vec<&'static str>,
    /// A number that grows with each change of the task: the first part of its `ETag`.
    pub version: i64,
    /// The time at which the task was created.
    pub created_at: Time,
    /// The time of the last change of the task.
    pub updated_at: Time,
}

impl Versioned for TaskView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 6] = [
    ("edit", Permission::EditTask),
    ("move", Permission::MoveTask),
    ("assign", Permission::AssignTask),
    ("take", Permission::TakeTask),
    ("delete", Permission::DeleteTask),
    ("comment", Permission::CreateComment),
];

impl Task {
    fn key(&self) -> String {
        format!("{}-{}", self.project_key, self.number)
    }

    /// Returns the task that this one is shown to be a subtask of: none while it is deleted.
    fn parent(&self) -> Option<TaskId> {
        self.parent_id.filter(|_| !self.parent_is_deleted)
    }

    /// Returns whether the task is shown as a template: what is below one belongs to it.
    fn is_template(&self) -> bool {
        self.is_of_template && self.parent().is_none()
    }

    /// Returns whether the task waits for somebody to do it.
    fn is_work(&self) -> bool {
        self.status.is_open() && !self.is_of_template && !self.project_is_template
    }

    /// Returns the time at which the task is due, if that isn't a day.
    fn due_at(&self) -> Option<Time> {
        self.deadline.and_then(Deadline::at)
    }

    fn due_on(&self) -> Option<Day> {
        self.deadline.and_then(Deadline::on)
    }

    fn is_assigned(&self, user: UserId) -> bool {
        self.assignees.iter().any(|person| person.id == user)
    }

    fn facts_for(&self, user: UserId) -> Facts {
        Facts {
            own: self.created_by.id == user,
            assigned: self.is_assigned(user),
            unassigned: self.assignees.is_empty(),
            ..Facts::default()
        }
    }

    /// Returns the task as one of this project, where its column and its parent aren't.
    fn within(self, project: &Project) -> Self {
        Self {
            project_id: project.id,
            project_key: project.key.clone(),
            project_visibility: project.visibility,
            project_archived_at: project.archived_at,
            project_is_template: project.is_template,
            ..self
        }
    }

    /// Returns a short reference to the task.
    fn reference(&self) -> TaskRef {
        TaskRef { id: self.id, key: self.key(), title: self.title.clone() }
    }

    /// Puts the task into another column.
    fn put(&mut self, place: Place, now: Time) {
        if self.status != place.status {
            self.completed_at = (place.status == Status::Done).then_some(now);
        }
        (self.column_id, self.status) = (place.column, place.status);
    }

    /// Returns the words by which search finds the task.
    fn words(&self) -> Words {
        Words::of(self.title.as_str(), self.description.as_str())
    }

    const fn found_as(&self) -> index::Document {
        index::Document::task(self.project_id, self.id)
    }

    /// Returns what the ledger tells of a new task.
    fn created(&self) -> Changes {
        let labels = labelling::ids(&self.labels);
        Changes::none()
            .new_erasable("title", &self.title)
            .text("description", "", self.description.as_str())
            .new_field("status", &self.status)
            .new_field("priority", &self.priority)
            .new_field("start_on", &self.start_on)
            .new_field("due_at", &self.due_at())
            .new_field("due_on", &self.due_on())
            .new_field("parent_id", &self.parent_id)
            .new_field("is_template", &self.is_template().then_some(true))
            .new_field("labels", &Some(&labels).filter(|labels| !labels.is_empty()))
    }

    const fn entry(&self) -> Target {
        Target::Task(self.project_id, self.id)
    }

    fn counted(&self) -> Counted {
        Counted {
            project: self.project_id,
            is_private: self.project_visibility == Visibility::Private,
            is_template: self.is_of_template,
            is_in_template: self.project_is_template,
            status: self.status,
            priority: self.priority,
            due_at: self.deadline.map(Deadline::moment),
            created_at: self.created_at,
            completed_at: self.completed_at,
            assignees: self.assignees.iter().map(|person| person.id).collect(),
        }
    }

    /// Returns the task as the caller sees it.
    pub fn view(self, tx: &OrgTx) -> TaskView {
        let (parent_id, is_template) = (self.parent(), self.is_template());
        let (due_at, due_on) = (self.due_at(), self.due_on());
        TaskView {
            key: self.key(),
            // The tasks of an archived project are read-only.
            can: tx.can(self.facts_for(tx.user()), if self.writable().is_ok() { &CAN } else { &[] }),
            id: self.id,
            number: self.number,
            project_id: self.project_id,
            title: self.title,
            description: self.description,
            status: self.status,
            column_id: self.column_id,
            priority: self.priority,
            start_on: self.start_on,
            due_at,
            due_on,
            assignees: self.assignees,
            labels: self.labels,
            parent_id,
            is_template,
            position: self.position,
            subtask_counts: self.subtask_counts,
            comment_count: self.comment_count,
            links: self.links,
            blocked: self.is_blocked,
            created_by: self.created_by,
            completed_at: self.completed_at,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// Checks that the task can be changed.
    ///
    /// # Errors
    /// 409 if its project is archived.
    pub fn writable(&self) -> Result<()> {
        if self.project_archived_at.is_none() { Ok(()) } else { Err(Code::ProjectArchived.into()) }
    }
}

/// The id or key, in any case, by which a path or a filter names a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskRefName {
    Id(TaskId),
    Key(ProjectKey, i64),
}

impl FromStr for TaskRefName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let wrong = "must be a task's id or key";
        let (key, number) = text.split_once('-').ok_or(wrong)?;
        let plain = !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && !number.starts_with('0');
        if !plain {
            return Err(wrong);
        }
        Ok(Self::Key(
            key.to_ascii_uppercase().parse().map_err(|_| wrong)?,
            number.parse().map_err(|_| wrong)?,
        ))
    }
}

impl Resource for Task {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("task") {
            Some(task) => store::find(viewer, &task).await,
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

impl Deletable for Task {
    async fn find_deleted(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("task") {
            Some(task) => store::find_deleted(viewer, &task).await,
            None => Ok(None),
        }
    }
}

/// Returns the task with this key. Returns `None` if the caller can't see it, or if the name is an id.
pub async fn named(tx: &OrgTx, name: &TaskRefName) -> Result<Option<Task>> {
    match name {
        TaskRefName::Key(..) => store::find(tx, name).await,
        TaskRefName::Id(_) => Ok(None),
    }
}

/// Returns those of the given tasks that the caller can see.
pub async fn seen(tx: &OrgTx, ids: Vec<TaskId>) -> Result<Vec<TaskView>> {
    Ok(among(tx, ids).await?.into_iter().map(|task| task.view(tx)).collect())
}

async fn among(tx: &OrgTx, ids: Vec<TaskId>) -> Result<Vec<Task>> {
    let wanted = TaskQuery {
        within: None,
        rows: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ids: Some(ids),
        reader: tx.user(),
        filters: TaskFilters::default(),
        sort: Sort::by_id(),
        only: Named::default(),
        but: Named::default(),
        due: None,
        not_due: None,
        terms: None,
        now: tx.now(),
        cursor: None,
    };
    store::page(tx, &wanted).await
}

/// Returns the ids of the tasks that a filter names by id or key. Unknown names match no task.
pub async fn ids(tx: &OrgTx, names: Option<&CommaList<String>>) -> Result<Vec<TaskId>> {
    let mut ids = Vec::new();
    for name in names.into_iter().flat_map(|names| &names.0) {
        match name.parse() {
            Ok(TaskRefName::Id(id)) => ids.push(id),
            Ok(TaskRefName::Key(key, number)) => ids.extend(store::id_of_key(tx, &key, number).await?),
            Err(_) => {}
        }
    }
    Ok(ids)
}

/// A request to create a task.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTask {
    /// An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
    /// or had. The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Task>>,
    /// The task's title.
    pub title: Title,
    /// Markdown text. Empty if absent.
    #[serde(default)]
    pub description: Option<Description>,
    /// `todo` if absent. The task goes to the first column of the status.
    #[serde(default)]
    pub status: Option<Status>,
    /// The column that the task goes to, instead of a status. If both are given, the column must have the status.
    #[serde(default)]
    pub column_id: Option<ColumnId>,
    /// `none` if absent.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// The day on which the work is to start, not after the day on which the task is due.
    #[serde(default)]
    pub start_on: Option<Day>,
    /// The time until which the task is to be done.
    #[serde(default)]
    pub due_at: Option<Time>,
    /// The day on which the task is to be done, instead of a time. It ends in the organization's time zone.
    #[serde(default)]
    pub due_on: Option<Day>,
    /// The users to assign, who must be able to see the project.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub assignee_ids: Option<AssigneeIds>,
    /// The labels to put on the task.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub label_ids: Option<LabelIds>,
    /// The task that this one becomes a subtask of. It must be in the same project.
    #[serde(default)]
    pub parent_id: Option<TaskId>,
    /// Whether the task is a template. A subtask belongs to its parent, which can be one.
    #[serde(default)]
    pub is_template: Option<bool>,
}

/// Creates a task in a project, positioned after all others.
///
/// # Errors
/// 409 if the id is taken, the project is archived or the organization has too many tasks; 422 if an assignee can't see the
/// project, if a label isn't one of the organization, if the column isn't one of the project, if the parent isn't in the
/// project or is nested too deep, if a subtask is to be a template, if the task is due both at a time and on a day, or if it
/// starts after that.
pub async fn create(tx: &OrgWrite, project: &Project, new: NewTask) -> Result<TaskView> {
    let assignees =
        assignment::checked(tx, project.id, "assignee_ids", new.assignee_ids.unwrap_or_default()).await?;
    let labels = labels::wanted(tx, "label_ids", &new.label_ids.unwrap_or_default()).await?;
    let is_of_template = template::of_new(tx, project.id, new.parent_id, new.is_template).await?;
    let zone = tx.settings().time_zone;
    let deadline = Deadline::wanted(new.due_at, new.due_on, zone)?;
    Deadline::check_start(deadline, new.start_on, zone, "/start_on")?;
    let id = tx.id_for(new.id).await?;
    let place = columns::named(tx, project.id, new.column_id, new.status).await?;
    project.writable()?;
    tx.count_tasks(1)?;
    let status = place.map_or(new.status.unwrap_or(Status::Todo), |place| place.status);
    let (number, last, first) = store::next_place(tx, project.id, status).await?;
    let column = place.map(|place| place.column).or(first);
    let column_id = column.ok_or_else(|| Error::internal("a project has no column for a status"))?;
    let mut task = Task {
        id,
        project_id: project.id,
        project_key: project.key.clone(),
        project_visibility: project.visibility,
        project_archived_at: None,
        project_is_template: project.is_template,
        number,
        title: new.title,
        description: new.description.unwrap_or_default(),
        status,
        column_id,
        priority: new.priority.unwrap_or(Priority::None),
        start_on: new.start_on,
        deadline,
        assignees: assignees.iter().map(|id| Person { id: *id, name: String::new() }).collect(),
        labels,
        parent_id: new.parent_id,
        parent_is_deleted: false,
        is_of_template,
        position: position::after(last.as_deref()),
        subtask_counts: SubtaskCounts::default(),
        comment_count: 0,
        links: Vec::new(),
        is_blocked: false,
        created_by: Person { id: tx.user(), name: String::new() },
        completed_at: (status == Status::Done).then(|| tx.now()),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    let labels: Vec<(TaskId, LabelId)> = task.labels.iter().map(|label| (id, label.id)).collect();
    tx.record(Action::TaskCreated, task.entry(), task.created());
    // Sent in one flush, because the organization's other writers wait for each round trip.
    let named: Vec<UserId> = assignees.iter().copied().chain([tx.user()]).collect();
    let (none, words, counted) = (Words::default(), task.words(), task.counted());
    let ((), (), (), (), (), (), (), (), mut people) = try_join!(
        store::insert(tx, slice::from_ref(&task)),
        Box::pin(subtasks::count(tx, None, Some(&task))),
        labels::store::put_on(tx, &labels),
        Box::pin(assignment::add(tx, &task, &assignees)),
        Box::pin(index::put(tx, task.found_as(), &none, &words)),
        Box::pin(counts::change(tx, None, Some(&counted))),
        Box::pin(expect_overdue(tx, &task)),
        Box::pin(tx.settle()),
        Box::pin(assignments::store::people(tx, &named)),
    )?;
    if let Some(me) = people.iter().find(|person| person.id == tx.user()) {
        task.created_by = me.clone();
    }
    people.retain(|person| assignees.contains(&person.id));
    task.assignees = people;
    counts::keep_up(tx).await?;
    Ok(task.view(tx))
}

/// Returns the task as it is after a change.
async fn found(tx: &OrgTx, id: TaskId) -> Result<TaskView> {
    Ok(changed(tx, id).await?.view(tx))
}

async fn changed(tx: &OrgTx, id: TaskId) -> Result<Task> {
    store::find(tx, &TaskRefName::Id(id)).await?.ok_or_else(|| Code::NotFound.into())
}

/// Notes when a task becomes overdue, so that the ledger tells it.
async fn expect_overdue(tx: &OrgWrite, task: &Task) -> Result<()> {
    deadlines::expect(tx, task.deadline.filter(|_| task.status.is_open()).into_iter()).await
}

/// Returns a position after all tasks of a project.
async fn end_of(tx: &OrgWrite, project: ProjectId) -> Result<String> {
    let last = store::last_position(tx, project).await?;
    Ok(position::after(last.as_deref()))
}

/// The most tasks that a task can be nested under.
pub const DEPTH: usize = 10;

/// Checks that a task can be put under a parent. `task` is `None` for a new task. Returns whether the parent is a template, or
/// below one.
///
/// # Errors
/// 422 if the parent isn't in the project, if it is the task itself or below it, or if the task or one below it would
/// be nested too deep.
async fn check_parent(
    tx: &OrgWrite,
    project: ProjectId,
    task: Option<TaskId>,
    parent: TaskId,
) -> Result<bool> {
    let wrong = |code, message: &str| Err(Error::field("/parent_id", code, message));
    let line = store::line(tx, project, parent).await?;
    let Some((_, is_of_template)) = line.iter().find(|(id, _)| *id == parent) else {
        return wrong("not_found", "must be a task of the same project");
    };
    let height = match task {
        Some(task) if line.iter().any(|(id, _)| *id == task) => {
            return wrong("invalid_value", "must not be the task itself or one below it");
        }
        Some(task) => store::height(tx, task).await?,
        None => 0,
    };
    if line.len() + height > DEPTH {
        return wrong("too_deep", "tasks can be nested ten deep");
    }
    Ok(*is_of_template)
}

/// Changes to a task. Absent fields stay as they are.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPatch {
    /// The new title.
    #[serde(default)]
    pub title: Patch<Title>,
    /// Markdown text; `null` clears it.
    #[serde(default)]
    pub description: Patch<Option<Description>>,
    /// The new status. A task whose status changes moves to the end of the first column of that status.
    #[serde(default)]
    pub status: Patch<Status>,
    /// The column that the task moves to the end of, instead of a status. If both are given, the column must have the status.
    #[serde(default)]
    pub column_id: Patch<ColumnId>,
    /// The new priority; `null` means `none`.
    #[serde(default)]
    pub priority: Patch<Option<Priority>>,
    /// The new day on which the work is to start; `null` removes it.
    #[serde(default)]
    pub start_on: Patch<Option<Day>>,
    /// The new due time, which takes the place of a due day; `null` removes it.
    #[serde(default)]
    pub due_at: Patch<Option<Time>>,
    /// The new due day, which takes the place of a due time; `null` removes it.
    #[serde(default)]
    pub due_on: Patch<Option<Day>>,
    /// All assignees: users who aren't named are unassigned. `null` unassigns everybody.
    #[serde(default)]
    pub assignee_ids: Patch<Option<AssigneeIds>>,
    /// Users to assign in addition to the others.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub add_assignee_ids: Option<AssigneeIds>,
    /// Users to unassign. Who isn't assigned stays so.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub remove_assignee_ids: Option<AssigneeIds>,
    /// All labels: those that aren't named are taken off. `null` takes off all.
    #[serde(default)]
    pub label_ids: Patch<Option<LabelIds>>,
    /// Labels to put on in addition to the others.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub add_label_ids: Option<LabelIds>,
    /// Labels to take off. What the task doesn't have stays off.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub remove_label_ids: Option<LabelIds>,
    /// The task that this one becomes a subtask of, in the same project; `null` makes it a task without a parent.
    #[serde(default)]
    pub parent_id: Patch<Option<TaskId>>,
    /// Whether the task is a template from now on, with all that is below it. A subtask that gets another parent, or none, is
    /// what that one is.
    #[serde(default)]
    pub is_template: Patch<bool>,
}

impl TaskPatch {
    fn assignees(&self) -> AssigneesPatch {
        let (add, remove) = (self.add_assignee_ids.clone(), self.remove_assignee_ids.clone());
        AssigneesPatch { all: self.assignee_ids.clone(), add, remove }
    }

    fn labels(&self) -> LabelsPatch {
        let (add, remove) = (self.add_label_ids.clone(), self.remove_label_ids.clone());
        LabelsPatch { all: self.label_ids.clone(), add, remove }
    }
}

/// Updates a task.
///
/// # Errors
/// As for [`edited`].
pub async fn update(tx: &OrgWrite, old: Task, patch: TaskPatch) -> Result<TaskView> {
    let mut edits = vec![edited(tx, old, patch).await?];
    saving::put_last(tx, &mut edits).await?;
    let task = saving::all(tx, edits).await?.pop().ok_or(Code::NotFound)?;
    Ok(task.view(tx))
}

/// Returns what a partial update changes of a task, if it may be changed so. Writes nothing. A task that changes its column has
/// no new position yet.
///
/// # Errors
/// 409 if its project is archived; 422 as for [`create`], or if the parent is the task itself or below it.
async fn edited(tx: &OrgWrite, old: Task, patch: TaskPatch) -> Result<Edit> {
    let zone = tx.settings().time_zone;
    let starts_at = match (&patch.start_on, &patch.due_on) {
        (Patch::Set(_), _) => "/start_on",
        (Patch::Absent, Patch::Set(_)) => "/due_on",
        (Patch::Absent, Patch::Absent) => "/due_at",
    };
    let (assignees, labels) = (patch.assignees(), patch.labels());
    let mut new = Task {
        title: patch.title.or(old.title.clone()),
        description: patch.description.or(Some(old.description.clone())).unwrap_or_default(),
        priority: patch.priority.or(Some(old.priority)).unwrap_or(Priority::None),
        start_on: patch.start_on.or(old.start_on),
        deadline: Deadline::updated(old.deadline, patch.due_at, patch.due_on, zone)?,
        ..old.clone()
    };
    if (old.start_on, old.deadline) != (new.start_on, new.deadline) {
        Deadline::check_start(new.deadline, new.start_on, zone, starts_at)?;
    }
    template::change(tx, &old, &mut new, patch.parent_id, patch.is_template).await?;
    if let Some(place) = moving::place(tx, &old, patch.status.given(), patch.column_id.given()).await? {
        new.put(place, tx.now());
    }
    let assignees = assignment::Change::of(tx, &old, assignees).await?;
    new.labels = labelling::updated(tx, &old.labels, labels).await?;
    old.writable()?;
    let changes = Changes::none()
        .erasable("title", &old.title, &new.title)
        .text("description", old.description.as_str(), new.description.as_str())
        .field("priority", &old.priority, &new.priority)
        .field("start_on", &old.start_on, &new.start_on)
        .field("due_at", &old.due_at(), &new.due_at())
        .field("due_on", &old.due_on(), &new.due_on())
        .field("parent_id", &old.parent(), &new.parent())
        .field("is_template", &old.is_template(), &new.is_template())
        .field("labels", &labelling::ids(&old.labels), &labelling::ids(&new.labels));
    Ok(Edit { old, new, changes, assignees })
}

/// Deletes a task. It can be restored for 30 days.
///
/// # Errors
/// 409 if its project is archived.
pub async fn delete(tx: &OrgWrite, task: &Task) -> Result<()> {
    task.writable()?;
    tx.count_tasks(-1)?;
    store::delete(tx, task.id).await?;
    subtasks::count(tx, Some(task), None).await?;
    counts::change(tx, Some(&task.counted()), None).await?;
    index::forget(tx, &[task.id.uuid()]).await?;
    retention::schedule(tx).await?;
    tx.record(Action::TaskDeleted, task.entry(), Changes::none());
    Ok(())
}

/// Restores a deleted task. If it is open, unassigns users who can no longer see it. Changes nothing if the task
/// isn't deleted.
///
/// # Errors
/// 409 if its project is archived or the organization has too many tasks.
pub async fn restore(tx: &OrgWrite, task: Restorable<Task>) -> Result<TaskView> {
    let task = match task {
        Restorable::Live(task) => return Ok(task.view(tx)),
        Restorable::Deleted(task) => task,
    };
    task.writable()?;
    tx.count_tasks(1)?;
    store::restore(tx, task.id).await?;
    expect_overdue(tx, &task).await?;
    index::put(tx, task.found_as(), &Words::default(), &task.words()).await?;
    tx.record(Action::TaskRestored, task.entry(), Changes::none());
    if task.status.is_open() {
        assignments::drop_the_unseeing(tx, &[task.id]).await?;
    }
    let task = changed(tx, task.id).await?;
    saving::count(tx, &[(None, Some(&task))]).await?;
    template::rejoin(tx, task).await.map(|task| task.view(tx))
}
