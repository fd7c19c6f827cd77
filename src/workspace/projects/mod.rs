//! Projects: they group work, and are the unit of sight.

pub(crate) mod http;
pub(crate) mod store;

use std::{collections::HashMap, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Resource, Viewer},
    base::{
        clock::Time,
        error::{Code, Result},
        id::{Id, ProjectId, UserId},
        json::{ParseError, Patch, one_of},
        list::CommaList,
        text::{Description, Name, ProjectKey},
    },
    effects::{
        index::{self, Words},
        ledger::{Action, Changes, Target},
        retention,
    },
    http::{answer::Versioned, input::Params},
    identity::accounts::Person,
    workspace::{
        assignments::{self, Assignment},
        status::Status,
    },
};

/// Who sees a project.
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
    /// Every member of the organization.
    Organization,
    /// Owners, admins, and the project's own members.
    Private,
}

crate::db::text_column!(Visibility, into_str);

/// A project that the caller sees.
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
}

/// How many of a project's tasks stand where.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct TaskCounts {
    pub todo: i64,
    pub in_progress: i64,
    pub review: i64,
    pub done: i64,
}

impl TaskCounts {
    pub fn add(&mut self, status: Status, count: i64) {
        match status {
            Status::Todo => self.todo += count,
            Status::InProgress => self.in_progress += count,
            Status::Review => self.review += count,
            Status::Done => self.done += count,
        }
    }
}

/// A project in a few words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectName {
    pub id: ProjectId,
    pub key: ProjectKey,
    pub name: Name,
}

/// A project as the caller sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Project")]
pub struct ProjectView {
    pub id: ProjectId,
    /// Its short name, as in WEB-142.
    pub key: ProjectKey,
    pub name: Name,
    /// Markdown.
    pub description: Description,
    pub visibility: Visibility,
    pub archived_at: Option<Time>,
    pub task_counts: TaskCounts,
    pub created_by: Person,
    /// What the caller may do: `edit`, `archive`, `delete`, `manage_members`, `create_task`.
    pub can: Vec<&'static str>,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Versioned for ProjectView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 5] = [
    ("edit", Permission::EditProject),
    ("archive", Permission::ArchiveProject),
    ("delete", Permission::DeleteProject),
    ("manage_members", Permission::ManageProjectMembers),
    ("create_task", Permission::CreateTask),
];

/// What can be done with an archived project; `archive` stands for unarchiving, too.
const ARCHIVED_CAN: [(&str, Permission); 2] =
    [("archive", Permission::ArchiveProject), ("delete", Permission::DeleteProject)];

impl Project {
    /// What it is found by.
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
            task_counts,
            created_by: Person { id: self.created_by, name: self.creator },
            can,
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }

    /// As the caller sees it.
    pub async fn view(self, tx: &OrgTx) -> Result<ProjectView> {
        let counts = store::counts(tx, &[self.id]).await?;
        let counts = counts.first().map(|(_, counts)| *counts);
        Ok(self.with_counts(tx, counts.unwrap_or_default()))
    }

    /// # Errors
    /// 409 when it is archived.
    pub fn writable(&self) -> Result<()> {
        if self.archived_at.is_none() { Ok(()) } else { Err(Code::ProjectArchived.into()) }
    }
}

/// As the caller sees them.
async fn views(tx: &OrgTx, projects: Vec<Project>) -> Result<Vec<ProjectView>> {
    let ids: Vec<ProjectId> = projects.iter().map(|project| project.id).collect();
    let counts: HashMap<ProjectId, TaskCounts> = store::counts(tx, &ids).await?.into_iter().collect();
    let counts = |project: &Project| counts.get(&project.id).copied().unwrap_or_default();
    let views = projects.into_iter().map(|project| {
        let counts = counts(&project);
        project.with_counts(tx, counts)
    });
    Ok(views.collect())
}

/// Those of these projects that the caller sees.
pub async fn seen(tx: &OrgTx, ids: Vec<ProjectId>) -> Result<Vec<ProjectView>> {
    let wanted = store::ProjectQuery {
        reader: tx.user(),
        archived: None,
        pattern: None,
        rows: i64::try_from(ids.len()).unwrap_or(i64::MAX),
        ids: Some(ids),
        after: Id::new(Uuid::nil()),
    };
    views(tx, store::page(tx, &wanted).await?).await
}

/// How a path or a filter names a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectRef {
    Id(ProjectId),
    Key(ProjectKey),
}

impl FromStr for ProjectRef {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().map(Self::Id);
        id.or_else(|_| text.parse().map(Self::Key)).map_err(|_| "must be a project's id or key")
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
}

/// A project that is deleted, or isn't.
pub enum Restorable {
    Live(Project),
    Deleted(Project),
}

impl Resource for Restorable {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let Some(name) = path.get("project") else {
            return Ok(None);
        };
        if let Some(project) = store::find(viewer, &name).await? {
            return Ok(Some(Self::Live(project)));
        }
        Ok(store::find_deleted(viewer, &name).await?.map(Self::Deleted))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        let (Self::Live(project) | Self::Deleted(project)) = self;
        project.facts(viewer)
    }

    fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }
}

/// The projects that a filter names; those that aren't there name nothing.
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

/// What a project is made of.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    pub name: Name,
    /// Made from the name if absent.
    #[serde(default)]
    pub key: Option<ProjectKey>,
    #[serde(default)]
    pub description: Option<Description>,
    /// `organization` if absent.
    #[serde(default)]
    pub visibility: Option<Visibility>,
}

/// Makes a project. Who makes a private one is in it.
///
/// # Errors
/// 409 when the wanted key is taken, and where there are too many.
pub async fn create(tx: &OrgWrite, new: NewProject) -> Result<ProjectView> {
    let id = tx.id();
    let wanted = new.key.clone().unwrap_or_else(|| ProjectKey::from_name(&new.name));
    let key = free_key(tx, wanted, new.key.is_some()).await?;
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
    };
    store::insert(tx, &project).await?;
    index::put(tx, index::Document::project(id), &Words::default(), &project.words()).await?;
    make_room(tx).await?;
    let changes = Changes::none()
        .new_field("name", &project.name)
        .new_field("key", &project.key)
        .new_field("visibility", &project.visibility)
        .text("description", "", project.description.as_str());
    tx.record(Action::ProjectCreated, Target::Project(id), changes).await?;
    if project.visibility == Visibility::Private {
        store::add_member(tx, id, tx.user()).await?;
        tx.record(Action::ProjectMemberAdded, Target::Project(id), member_added(tx.user())).await?;
    }
    found(tx, id).await?.view(tx).await
}

/// Refuses when there is one too many.
async fn make_room(tx: &OrgWrite) -> Result<()> {
    if store::count(tx).await? > tx.limits().projects { Err(Code::TooManyProjects.into()) } else { Ok(()) }
}

/// The project as it stands after a change.
async fn found(tx: &OrgTx, id: ProjectId) -> Result<Project> {
    store::find(tx, &ProjectRef::Id(id)).await?.ok_or_else(|| Code::NotFound.into())
}

/// A key that no project of the organization has or had. One that was asked for is taken or refused as it is.
async fn free_key(tx: &OrgWrite, wanted: ProjectKey, exactly: bool) -> Result<ProjectKey> {
    let mut number = 1;
    let mut key = wanted.clone();
    while store::id_of_key(tx, &key).await?.is_some() {
        if exactly {
            return Err(Code::KeyTaken.into());
        }
        number += 1;
        key = wanted.suffixed(number);
    }
    Ok(key)
}

fn member_added(user: UserId) -> Changes {
    Changes::none().new_field("member", &user)
}

fn member_removed(user: UserId) -> Changes {
    Changes::none().field("member", &Some(user), &None)
}

/// What can be changed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectPatch {
    #[serde(default)]
    pub name: Patch<Name>,
    /// Tasks keep answering to their former keys.
    #[serde(default)]
    pub key: Patch<ProjectKey>,
    #[serde(default)]
    pub description: Patch<Option<Description>>,
    #[serde(default)]
    pub visibility: Patch<Visibility>,
}

/// A changed project, and what that did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedProject {
    #[serde(flatten)]
    pub project: ProjectView,
    /// Who is no longer assigned to what, having lost sight of it.
    pub unassigned: Vec<Assignment>,
}

impl Versioned for ChangedProject {
    fn version(&self) -> i64 {
        self.project.version
    }
}

/// Changes a project. Made private, it unassigns those who lose sight of it.
///
/// # Errors
/// 409 when it is archived or the wanted key is taken.
pub async fn update(tx: &OrgWrite, old: Project, patch: ProjectPatch) -> Result<ChangedProject> {
    old.writable()?;
    let new = Project {
        name: patch.name.or(old.name.clone()),
        key: patch.key.or(old.key.clone()),
        description: patch.description.or(Some(old.description.clone())).unwrap_or_default(),
        visibility: patch.visibility.or(old.visibility),
        version: old.version + 1,
        updated_at: tx.now(),
        ..old.clone()
    };
    let changes = Changes::none()
        .field("name", &old.name, &new.name)
        .field("key", &old.key, &new.key)
        .field("visibility", &old.visibility, &new.visibility)
        .text("description", old.description.as_str(), new.description.as_str());
    if changes.is_empty() {
        return Ok(ChangedProject { project: old.view(tx).await?, unassigned: Vec::new() });
    }
    if old.key != new.key && store::id_of_key(tx, &new.key).await?.is_some_and(|owner| owner != new.id) {
        return Err(Code::KeyTaken.into());
    }
    store::update(tx, &new).await?;
    if (&old.name, &old.description) != (&new.name, &new.description) {
        index::put(tx, index::Document::project(new.id), &old.words(), &new.words()).await?;
    }
    tx.record(Action::ProjectUpdated, Target::Project(new.id), changes).await?;
    let mut unassigned = Vec::new();
    if old.visibility != new.visibility && new.visibility == Visibility::Private {
        // Its creator stays in it, if they still are in the organization.
        if store::add_member(tx, new.id, new.created_by).await? {
            tx.record(Action::ProjectMemberAdded, Target::Project(new.id), member_added(new.created_by))
                .await?;
        }
        unassigned = assignments::unassign_the_unseeing(tx).await?;
    }
    Ok(ChangedProject { project: new.view(tx).await?, unassigned })
}

/// Archives or unarchives a project; one that is so already stays as it is.
pub async fn set_archived(tx: &OrgWrite, old: Project, archived: bool) -> Result<ProjectView> {
    if old.archived_at.is_some() == archived {
        return old.view(tx).await;
    }
    let archived_at = archived.then(|| tx.now());
    let new = Project { archived_at, version: old.version + 1, updated_at: tx.now(), ..old };
    store::update(tx, &new).await?;
    let action = if archived { Action::ProjectArchived } else { Action::ProjectUnarchived };
    tx.record(action, Target::Project(new.id), Changes::none()).await?;
    new.view(tx).await
}

/// Deletes a project, with its tasks out of sight: how many they were.
pub async fn delete(tx: &OrgWrite, project: &Project) -> Result<i64> {
    let tasks = store::count_tasks(tx, project.id).await?;
    tx.count_tasks(-tasks)?;
    store::delete(tx, project.id).await?;
    retention::schedule(tx).await?;
    tx.record(Action::ProjectDeleted, Target::Project(project.id), Changes::none()).await?;
    Ok(tasks)
}

/// Brings a deleted project back with its tasks, without those on them who no longer see it; one that isn't deleted stays
/// as it is.
///
/// # Errors
/// 409 where there are too many.
pub async fn restore(tx: &OrgWrite, project: Restorable) -> Result<ChangedProject> {
    let project = match project {
        Restorable::Live(project) => {
            return Ok(ChangedProject { project: project.view(tx).await?, unassigned: Vec::new() });
        }
        Restorable::Deleted(project) => project,
    };
    store::restore(tx, project.id).await?;
    make_room(tx).await?;
    tx.count_tasks(store::count_tasks(tx, project.id).await?)?;
    tx.record(Action::ProjectRestored, Target::Project(project.id), Changes::none()).await?;
    let unassigned = assignments::unassign_the_unseeing(tx).await?;
    Ok(ChangedProject { project: found(tx, project.id).await?.view(tx).await?, unassigned })
}

/// Puts a member of the organization into a project.
///
/// # Errors
/// 409 when it is archived.
pub async fn add_member(tx: &OrgWrite, project: &Project, user: UserId) -> Result<()> {
    project.writable()?;
    if store::add_member(tx, project.id, user).await? {
        tx.record(Action::ProjectMemberAdded, Target::Project(project.id), member_added(user)).await?;
    }
    Ok(())
}

/// Records that somebody is no longer in these projects; the heir takes their place. Those in which the heir wasn't yet.
pub async fn hand_over(
    tx: &OrgWrite,
    projects: &[ProjectName],
    leaver: UserId,
    heir: Option<UserId>,
) -> Result<Vec<ProjectName>> {
    let mut handed_over = Vec::new();
    for project in projects {
        tx.record(Action::ProjectMemberRemoved, Target::Project(project.id), member_removed(leaver)).await?;
        let Some(heir) = heir else { continue };
        if store::add_member(tx, project.id, heir).await? {
            tx.record(Action::ProjectMemberAdded, Target::Project(project.id), member_added(heir)).await?;
            handed_over.push(project.clone());
        }
    }
    Ok(handed_over)
}

/// Takes somebody out of a project, and off its tasks if they no longer see it.
///
/// # Errors
/// 409 when it is archived.
pub async fn remove_member(tx: &OrgWrite, project: &Project, user: UserId) -> Result<Vec<Assignment>> {
    project.writable()?;
    store::remove_member(tx, project.id, user).await?;
    tx.record(Action::ProjectMemberRemoved, Target::Project(project.id), member_removed(user)).await?;
    assignments::unassign_the_unseeing(tx).await
}
