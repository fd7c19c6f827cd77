//! Projects: groups of tasks, and the unit by which visibility is decided.

pub(crate) mod columns;
pub(crate) mod http;
pub(crate) mod store;

use std::{borrow::Cow, collections::HashMap, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

use crate::{
    access::{Deletable, Facts, OrgTx, OrgWrite, Permission, Resource, Restorable, Viewer},
    base::{
        clock::Time,
        day::Day,
        error::{Code, Result},
        id::{self, ColumnId, Id, NewId, ProjectId, UserId},
        json::{ParseError, Patch, one_of, parsed},
        list::CommaList,
        text::{Description, Name, ProjectKey},
        words::folded_with_key,
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
        assignments::{self, Assignment},
        counts,
        status::Status,
    },
};

/// The visibility of a project.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<Visibility>)]
#[schemars(rename = "ProjectVisibility")]
pub enum Visibility {
    /// Every member of the organization can see the project.
    Organization,
    /// Only owners, admins and the project's own members can see the project.
    Private,
}

crate::db::text_column!(Visibility, into_str);

/// A project, without the fields that depend on the caller.
#[derive(Debug, Clone)]
pub struct Project {
    pub id: ProjectId,
    pub key: ProjectKey,
    pub name: Name,
    pub description: Description,
    pub visibility: Visibility,
    pub created_by: UserId,
    pub creator: String,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub archived_at: Option<Time>,
    pub is_template: bool,
}

/// The numbers of a project's tasks by status.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct TaskCounts {
    /// The number of tasks in the status `todo`.
    pub todo: i64,
    /// The number of tasks in the status `in_progress`.
    pub in_progress: i64,
    /// The number of tasks in the status `review`.
    pub review: i64,
    /// The number of tasks in the status `done`.
    pub done: i64,
    /// The number of tasks in the status `cancelled`.
    pub cancelled: i64,
}

impl TaskCounts {
    pub fn add(&mut self, status: Status, count: i64) {
        match status {
            Status::Todo => self.todo += count,
            Status::InProgress => self.in_progress += count,
            Status::Review => self.review += count,
            Status::Done => self.done += count,
            Status::Cancelled => self.cancelled += count,
        }
    }
}

/// A short reference to a project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectName {
    /// The project's id.
    pub id: ProjectId,
    /// The project's short name, which the keys of its tasks start with: `WEB` in `WEB-142`.
    pub key: ProjectKey,
    /// The project's name.
    pub name: Name,
}

/// A project, as the caller sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Project")]
pub struct ProjectView {
    /// The project's id.
    pub id: ProjectId,
    /// The project's short name, which the keys of its tasks start with: `WEB` in `WEB-142`.
    pub key: ProjectKey,
    /// The project's name.
    pub name: Name,
    /// Markdown text.
    pub description: Description,
    /// Who can see the project.
    pub visibility: Visibility,
    /// The time at which the project was archived, which makes it and its tasks read-only; `null` if it isn't archived.
    pub archived_at: Option<Time>,
    /// Whether the project is a template: what it holds isn't work. Its tasks are never overdue, and neither in the statistics nor
    /// in anybody's `/v1/me/tasks`.
    pub is_template: bool,
    /// The numbers of the project's tasks by status.
    pub task_counts: TaskCounts,
    /// The user who created the project.
    pub created_by: Person,
    /// The actions that the caller may take: `edit`, `archive` (also stands for unarchiving), `delete`,
    /// `manage_members`, `manage_columns`, `create_task`.
    pub can: Vec<&'static str>,
    /// A number that grows with each change of the project: the first part of its `ETag`.
    pub version: i64,
    /// The time at which the project was created.
    pub created_at: Time,
    /// The time of the last change of the project.
    pub updated_at: Time,
}

impl Versioned for ProjectView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 6] = [
    ("edit", Permission::EditProject),
    ("archive", Permission::ArchiveProject),
    ("delete", Permission::DeleteProject),
    ("manage_members", Permission::ManageProjectMembers),
    ("manage_columns", Permission::ManageColumns),
    ("create_task", Permission::CreateTask),
];

/// The actions that can be taken on an archived project. `archive` stands for unarchiving, too.
const ARCHIVED_CAN: [(&str, Permission); 2] =
    [("archive", Permission::ArchiveProject), ("delete", Permission::DeleteProject)];

impl Project {
    /// Returns what the filter `q` of lists looks at.
    fn folded(&self) -> String {
        folded_with_key(self.name.as_str(), self.key.as_str())
    }

    /// Returns the words by which search finds the project.
    fn words(&self) -> Words {
        Words::of(self.name.as_str(), self.description.as_str())
    }

    fn facts_for(&self, user: UserId) -> Facts {
        Facts { own: self.created_by == user, ..Facts::default() }
    }

    fn with_counts(self, tx: &OrgTx, task_counts: TaskCounts) -> ProjectView {
        let of: &[_] = if self.archived_at.is_some() { &ARCHIVED_CAN } else { &CAN };
        let can = tx.can(self.facts_for(tx.user()), of);
        ProjectView {
            id: self.id,
            key: self.key,
            name: self.name,
            description: self.description,
            visibility: self.visibility,
            archived_at: self.archived_at,
            is_template: self.is_template,
            task_counts,
            created_by: Person { id: self.created_by, name: self.creator },
            can,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// Returns the project as the caller sees it.
    pub async fn view(self, tx: &OrgTx) -> Result<ProjectView> {
        let counts = task_counts(tx, &[self.id]).await?.remove(&self.id);
        Ok(self.with_counts(tx, counts.unwrap_or_default()))
    }

    /// Checks that the project can be changed.
    ///
    /// # Errors
    /// 409 if it is archived.
    pub fn writable(&self) -> Result<()> {
        if self.archived_at.is_none() { Ok(()) } else { Err(Code::ProjectArchived.into()) }
    }
}

/// Returns the projects as the caller sees them.
async fn views(tx: &OrgTx, projects: Vec<Project>) -> Result<Vec<ProjectView>> {
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let counts = task_counts(tx, &ids).await?;
    let counts = |project: &Project| counts.get(&project.id).copied().unwrap_or_default();
    let views = projects.into_iter().map(|project| {
        let counts = counts(&project);
        project.with_counts(tx, counts)
    });
    Ok(views.collect())
}

async fn task_counts(tx: &OrgTx, projects: &[ProjectId]) -> Result<HashMap<ProjectId, TaskCounts>> {
    let mut counts: HashMap<ProjectId, TaskCounts> = HashMap::new();
    for (project, status, tasks) in counts::by_status(tx, projects).await? {
        counts.entry(project).or_default().add(status, tasks);
    }
    Ok(counts)
}

/// Returns those of the given projects that the caller can see.
pub async fn seen(tx: &OrgTx, ids: Vec<ProjectId>) -> Result<Vec<ProjectView>> {
    let wanted = store::ProjectQuery {
        reader: tx.user(),
        archived: None,
        template: None,
        patterns: None,
        rows: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ids: Some(ids),
        after: Id::new(Uuid::nil()),
    };
    views(tx, store::page(tx, &wanted).await?).await
}

/// The id or key, in any case, by which a path or a filter names a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    Id(ProjectId),
    Key(ProjectKey),
}

impl FromStr for ProjectRef {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().map(Self::Id);
        id.or_else(|_| text.to_ascii_uppercase().parse().map(Self::Key))
            .map_err(|_| "must be a project's id or key")
    }
}

impl<'de> Deserialize<'de> for ProjectRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for ProjectRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ProjectRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

impl Resource for Project {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("project") {
            Some(project) => store::find(viewer, &project).await,
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
        answer::shown(&self.view(tx).await?)
    }
}

impl Deletable for Project {
    async fn find_deleted(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("project") {
            Some(project) => store::find_deleted(viewer, &project).await,
            None => Ok(None),
        }
    }
}

/// Returns the project that a filter names by id or key, if it names a single one and the caller sees it.
pub async fn only(tx: &OrgTx, names: &CommaList<String>) -> Result<Option<ProjectId>> {
    let [name] = names.0.as_slice() else { return Ok(None) };
    let Ok(name) = name.parse() else { return Ok(None) };
    Ok(store::find(tx, &name).await?.map(|project| project.id))
}

/// Returns the ids of the projects that a filter names by id or key. Unknown names match no project.
pub async fn ids(tx: &OrgTx, names: Option<&CommaList<String>>) -> Result<Vec<ProjectId>> {
    let mut ids = Vec::new();
    for name in names.into_iter().flat_map(|names| &names.0) {
        match name.parse() {
            Ok(ProjectRef::Id(id)) => ids.push(id),
            Ok(ProjectRef::Key(key)) => ids.extend(store::id_of_key(tx, &key).await?),
            Err(_) => {}
        }
    }
    Ok(ids)
}

/// A request to create a project.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has
    /// or had. The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Project>>,
    /// The project's name.
    pub name: Name,
    /// The project's short name, which the keys of its tasks start with. Derived from the name if absent. A number is
    /// appended if a project that the caller can't see has, or once had, the same key.
    #[serde(default)]
    pub key: Option<ProjectKey>,
    /// Markdown text. Empty if absent.
    #[serde(default)]
    pub description: Option<Description>,
    /// `organization` if absent.
    #[serde(default)]
    pub visibility: Option<Visibility>,
    /// Whether the project is a template. `false` if absent.
    #[serde(default)]
    pub is_template: Option<bool>,
    /// A project, by id or key, marked as a template or not: its columns and tasks are copied into the new one, and its
    /// description and visibility unless they are given.
    #[serde(default)]
    pub template: Option<ProjectRef>,
    /// The day that the earliest date of the copied tasks falls on: all dates move by the same number of days. Without it, the
    /// copies have the dates of the template's tasks.
    #[serde(default)]
    pub starts_on: Option<Day>,
}

/// Creates a project, with a column for each status. The creator of a private project becomes its member.
///
/// # Errors
/// 409 if the requested key or the id is taken, or if the organization has too many projects.
pub async fn create(tx: &OrgWrite, new: NewProject) -> Result<Project> {
    let project = insert(tx, new).await?;
    columns::store::insert_first(tx, project.id).await?;
    Ok(project)
}

/// Creates a project with copies of another one's columns, and its description and visibility unless they are given. Returns the
/// copy of each column too.
///
/// # Errors
/// As for [`create`].
pub async fn create_like(
    tx: &OrgWrite,
    new: NewProject,
    template: &Project,
) -> Result<(Project, HashMap<ColumnId, ColumnId>)> {
    let description = new.description.unwrap_or_else(|| template.description.clone());
    let visibility = new.visibility.unwrap_or(template.visibility);
    let new = NewProject { description: Some(description), visibility: Some(visibility), ..new };
    let project = insert(tx, new).await?;
    let columns = columns::copy(tx, template.id, project.id).await?;
    Ok((project, columns))
}

/// Inserts a project without columns.
async fn insert(tx: &OrgWrite, new: NewProject) -> Result<Project> {
    let id = tx.id_for(new.id).await?;
    let key = match new.key {
        Some(key) => requested_key(tx, id, key).await?,
        None => free_key(tx, id, ProjectKey::from_name(&new.name)).await?,
    };
    let project = Project {
        id,
        key,
        name: new.name,
        description: new.description.unwrap_or_default(),
        visibility: new.visibility.unwrap_or(Visibility::Organization),
        created_by: tx.user(),
        creator: String::new(),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
        archived_at: None,
        is_template: new.is_template.unwrap_or_default(),
    };
    store::insert(tx, &project).await?;
    index::put(tx, index::Document::project(id), &Words::default(), &project.words()).await?;
    make_room(tx).await?;
    let changes = Changes::none()
        .new_erasable("name", &project.name)
        .new_field("key", &project.key)
        .new_field("visibility", &project.visibility)
        .new_field("is_template", &project.is_template.then_some(true))
        .text("description", "", project.description.as_str());
    tx.record(Action::ProjectCreated, Target::Project(id), changes);
    if project.visibility == Visibility::Private {
        store::add_member(tx, id, tx.user()).await?;
        tx.record(Action::ProjectMemberAdded, Target::Project(id), member_added(tx.user()));
    }
    found(tx, id).await
}

/// Checks, after a project was added, that the organization doesn't have too many.
///
/// # Errors
/// 409 if it has.
async fn make_room(tx: &OrgWrite) -> Result<()> {
    if store::count(tx).await? > tx.limits().projects { Err(Code::TooManyProjects.into()) } else { Ok(()) }
}

/// Returns the project as it is after a change.
async fn found(tx: &OrgTx, id: ProjectId) -> Result<Project> {
    store::find(tx, &ProjectRef::Id(id)).await?.ok_or_else(|| Code::NotFound.into())
}

/// Returns a key that no other project of the organization has or had: the wanted one, or one with a number appended.
async fn free_key(tx: &OrgWrite, project: ProjectId, wanted: ProjectKey) -> Result<ProjectKey> {
    let mut number = 1;
    let mut key = wanted.clone();
    while store::id_of_key(tx, &key).await?.is_some_and(|holder| holder != project) {
        number += 1;
        key = wanted.suffixed(number);
    }
    Ok(key)
}

/// Returns the key that the caller requested for a project. If a project that they can't see has it, a number is
/// appended: a refusal would let them probe for the keys of private projects without leaving a trace.
///
/// # Errors
/// 409 if the key is taken by a project that the caller sees.
async fn requested_key(tx: &OrgWrite, project: ProjectId, wanted: ProjectKey) -> Result<ProjectKey> {
    let holder = store::id_of_key(tx, &wanted).await?.filter(|holder| *holder != project);
    let Some(holder) = holder else { return Ok(wanted) };
    if tx.may(Permission::SeePrivateProjects, Facts::default())
        || store::find(tx, &ProjectRef::Id(holder)).await?.is_some()
    {
        return Err(Code::KeyTaken.into());
    }
    free_key(tx, project, wanted).await
}

/// The most keys that a project can have, former ones included. A key is never released.
pub const KEYS: i64 = 20;

fn member_added(user: UserId) -> Changes {
    Changes::none().new_field("member", &user)
}

fn member_removed(user: UserId) -> Changes {
    Changes::none().field("member", &Some(user), &None)
}

/// Changes to a project. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    /// The new name.
    #[serde(default)]
    pub name: Patch<Name>,
    /// The project's new key. The project and its tasks are still found by their former keys. A number is appended if a
    /// project that the caller can't see has, or once had, the same key.
    #[serde(default)]
    pub key: Patch<ProjectKey>,
    /// Markdown text; `null` clears it.
    #[serde(default)]
    pub description: Patch<Option<Description>>,
    /// The new visibility.
    #[serde(default)]
    pub visibility: Patch<Visibility>,
    /// Whether the project is a template from now on.
    #[serde(default)]
    pub is_template: Patch<bool>,
}

/// A changed project, and the effects of the change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedProject {
    #[serde(flatten)]
    pub project: ProjectView,
    /// The assignments of users who can no longer see the project, which were removed.
    pub unassigned: Vec<Assignment>,
}

impl Versioned for ChangedProject {
    fn version(&self) -> i64 {
        self.project.version
    }
}

/// Updates a project. Making it private unassigns the members who can no longer see it.
///
/// # Errors
/// 409 if the project is archived, the requested key is taken, or the project has had too many keys.
pub async fn update(tx: &OrgWrite, old: Project, patch: ProjectPatch) -> Result<ChangedProject> {
    old.writable()?;
    let new = Project {
        key: match patch.key {
            Patch::Set(key) => requested_key(tx, old.id, key).await?,
            Patch::Absent => old.key.clone(),
        },
        name: patch.name.or(old.name.clone()),
        description: patch.description.or(Some(old.description.clone())).unwrap_or_default(),
        visibility: patch.visibility.or(old.visibility),
        is_template: patch.is_template.or(old.is_template),
        version: old.version + 1,
        updated_at: tx.now(),
        ..old.clone()
    };
    let changes = Changes::none()
        .erasable("name", &old.name, &new.name)
        .field("key", &old.key, &new.key)
        .field("visibility", &old.visibility, &new.visibility)
        .field("is_template", &old.is_template, &new.is_template)
        .text("description", old.description.as_str(), new.description.as_str());
    if changes.is_empty() {
        return Ok(ChangedProject { project: old.view(tx).await?, unassigned: Vec::new() });
    }
    if (old.visibility, old.is_template) == (new.visibility, new.is_template) {
        store::update(tx, &new).await?;
    } else {
        counts::around_project(tx, new.id, async || store::update(tx, &new).await).await?;
    }
    if old.key != new.key && store::count_keys(tx, new.id).await? > KEYS {
        return Err(Code::TooManyKeys.into());
    }
    if (&old.name, &old.description) != (&new.name, &new.description) {
        index::put(tx, index::Document::project(new.id), &old.words(), &new.words()).await?;
    }
    tx.record(Action::ProjectUpdated, Target::Project(new.id), changes);
    let mut unassigned = Vec::new();
    if old.visibility != new.visibility && new.visibility == Visibility::Private {
        // Its creator keeps access as a member, unless they have left the organization.
        if store::add_member(tx, new.id, new.created_by).await? {
            tx.record(Action::ProjectMemberAdded, Target::Project(new.id), member_added(new.created_by));
        }
        unassigned = assignments::unassign_the_unseeing(tx).await?;
    }
    Ok(ChangedProject { project: new.view(tx).await?, unassigned })
}

/// Archives or unarchives a project. Changes nothing if the project is in the requested state already.
pub async fn set_archived(tx: &OrgWrite, old: Project, archived: bool) -> Result<ProjectView> {
    if old.archived_at.is_some() == archived {
        return old.view(tx).await;
    }
    let archived_at = archived.then(|| tx.now());
    let new = Project { archived_at, version: old.version + 1, updated_at: tx.now(), ..old };
    store::update(tx, &new).await?;
    let action = if archived { Action::ProjectArchived } else { Action::ProjectUnarchived };
    tx.record(action, Target::Project(new.id), Changes::none());
    new.view(tx).await
}

/// Deletes a project, which hides its tasks. It can be restored for 30 days. Returns the number of its tasks.
pub async fn delete(tx: &OrgWrite, project: &Project) -> Result<i64> {
    let tasks = counts::tasks(tx, project.id).await?;
    tx.count_tasks(-tasks)?;
    counts::around_project(tx, project.id, async || store::delete(tx, project.id).await).await?;
    retention::schedule(tx).await?;
    tx.record(Action::ProjectDeleted, Target::Project(project.id), Changes::none());
    Ok(tasks)
}

/// Restores a deleted project with its tasks, and unassigns users who can no longer see it. Changes nothing if the
/// project isn't deleted.
///
/// # Errors
/// 409 if the organization has too many projects or tasks.
pub async fn restore(tx: &OrgWrite, project: Restorable<Project>) -> Result<ChangedProject> {
    let project = match project {
        Restorable::Live(project) => {
            return Ok(ChangedProject { project: project.view(tx).await?, unassigned: Vec::new() });
        }
        Restorable::Deleted(project) => project,
    };
    counts::around_project(tx, project.id, async || store::restore(tx, project.id).await).await?;
    make_room(tx).await?;
    tx.count_tasks(counts::tasks(tx, project.id).await?)?;
    tx.record(Action::ProjectRestored, Target::Project(project.id), Changes::none());
    let unassigned = assignments::unassign_the_unseeing(tx).await?;
    Ok(ChangedProject { project: found(tx, project.id).await?.view(tx).await?, unassigned })
}

/// Adds a member of the organization to a project. Changes nothing if they are in it already.
///
/// # Errors
/// 409 if the project is archived.
pub async fn add_member(tx: &OrgWrite, project: &Project, user: UserId) -> Result<()> {
    project.writable()?;
    if store::add_member(tx, project.id, user).await? {
        tx.record(Action::ProjectMemberAdded, Target::Project(project.id), member_added(user));
    }
    Ok(())
}

/// Records that a leaving user is no longer in these projects, and adds the heir to them. Returns the projects that the
/// heir wasn't in before.
pub async fn hand_over(
    tx: &OrgWrite,
    projects: &[ProjectName],
    leaver: UserId,
    heir: Option<UserId>,
) -> Result<Vec<ProjectName>> {
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let added = match heir.filter(|_| !ids.is_empty()) {
        Some(heir) => store::add_to(tx, &ids, heir).await?,
        None => Vec::new(),
    };
    let mut handed_over = Vec::new();
    for project in projects {
        tx.record(Action::ProjectMemberRemoved, Target::Project(project.id), member_removed(leaver));
        if let Some(heir) = heir.filter(|_| added.contains(&project.id)) {
            tx.record(Action::ProjectMemberAdded, Target::Project(project.id), member_added(heir));
            handed_over.push(project.clone());
        }
    }
    Ok(handed_over)
}

/// Removes a user from a project, and unassigns them from its tasks if they can no longer see it. Returns the removed
/// assignments.
///
/// # Errors
/// 409 if the project is archived.
pub async fn remove_member(tx: &OrgWrite, project: &Project, user: UserId) -> Result<Vec<Assignment>> {
    project.writable()?;
    store::remove_member(tx, project.id, user).await?;
    tx.record(Action::ProjectMemberRemoved, Target::Project(project.id), member_removed(user));
    assignments::unassign_the_unseeing(tx).await
}
