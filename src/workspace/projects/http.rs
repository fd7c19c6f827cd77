//! HTTP handlers for projects and their members.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ChangedProject, Project, ProjectPatch, ProjectView, store};
use crate::{
    access::{Access, Facts, OrgTx, OrgWrite, Resource, Restorable, Viewer, actions},
    base::{
        error::Result,
        id::{Id, ProjectId, UserId},
        list::Flag,
        page::{Page, Paging},
        text::Search,
    },
    http::{
        answer::{Counts, NoContent, Removal, Tagged},
        input::{DryRun, Json, List, NoBody, NoFilters, Params, Query},
    },
    identity::accounts::Person,
    workspace::{assignments::Assignment, members::Member},
};

actions! {
    SeeProjects: See on ();
    SeeProject: See on Project;
    EditProject: EditProject on Project;
    ArchiveProject: ArchiveProject on Project;
    DeleteProject: DeleteProject on Project;
    RestoreProject: DeleteProject on Restorable<Project>;
    AddProjectMember: ManageProjectMembers on ProjectAndMember;
    RemoveProjectMember: ManageProjectMembers on ProjectAndInsider;
}

/// A project and a member of the organization: the resource of adding a project member.
pub struct ProjectAndMember(pub Project, pub Member);

impl Resource for ProjectAndMember {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let found = futures_util::try_join!(Project::find(viewer, path), Member::find(viewer, path))?;
        Ok(found.0.zip(found.1).map(|(project, member)| Self(project, member)))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// A project and one of its members: the resource of removing a project member.
pub struct ProjectAndInsider(pub Project, pub UserId);

impl Resource for ProjectAndInsider {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let project = Project::find(viewer, path).await?;
        let Some((project, user)) = project.zip(path.get("user")) else {
            return Ok(None);
        };
        let is_in = store::is_member(viewer, project.id, user).await?;
        Ok(is_in.then_some(Self(project, user)))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// Filters for a list of projects.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectFilters {
    /// `true` lists only archived projects, `false` only the others. Both are listed if absent.
    pub archived: Option<Flag>,
    /// `true` lists only templates, `false` only the others. Both are listed if absent.
    pub template: Option<Flag>,
    /// Only projects whose name and key contain these words, also within other words, whatever their case and accents.
    pub q: Option<Search>,
}

pub async fn list(access: Access<SeeProjects>, list: List<ProjectFilters>) -> Result<Page<ProjectView>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (ProjectFilters, Paging)| {
        let after: Option<ProjectId> = paging.after()?;
        let wanted = store::ProjectQuery {
            reader: tx.user(),
            archived: filters.archived.map(|flag| flag.0),
            template: filters.template.map(|flag| flag.0),
            patterns: filters.q.as_ref().and_then(Search::patterns),
            ids: None,
            after: after.unwrap_or(Id::new(Uuid::nil())),
            rows: paging.rows(),
        };
        let page = paging.page(store::page(tx, &wanted).await?, |project| project.id);
        Ok(Page { items: super::views(tx, page.items).await?, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn get(access: Access<SeeProject>) -> Result<Tagged<ProjectView>> {
    access.read((), async |tx: &OrgTx, project: Project, ()| project.view(tx).await).await.map(Tagged)
}

pub async fn update(access: Access<EditProject>, body: Json<ProjectPatch>) -> Result<Tagged<ChangedProject>> {
    let update = async |tx: &OrgWrite, project, patch| super::update(tx, project, patch).await.map(Tagged);
    access.write(body, update).await
}

pub async fn archive(access: Access<ArchiveProject>, body: NoBody) -> Result<Tagged<ProjectView>> {
    let archive = async |tx: &OrgWrite, project, ()| super::set_archived(tx, project, true).await.map(Tagged);
    access.write(body, archive).await
}

pub async fn unarchive(access: Access<ArchiveProject>, body: NoBody) -> Result<Tagged<ProjectView>> {
    let unarchive =
        async |tx: &OrgWrite, project, ()| super::set_archived(tx, project, false).await.map(Tagged);
    access.write(body, unarchive).await
}

pub async fn delete(access: Access<DeleteProject>, query: Query<DryRun>) -> Result<Removal> {
    let delete = async |tx: &OrgWrite, project: Project, dry_run: DryRun| {
        let tasks = super::delete(tx, &project).await?;
        Ok(dry_run.removal(tx, Counts::one("projects").and("tasks", tasks), None))
    };
    access.write(query, delete).await
}

pub async fn restore(access: Access<RestoreProject>, body: NoBody) -> Result<Tagged<ChangedProject>> {
    let restore = async |tx: &OrgWrite, project, ()| super::restore(tx, project).await.map(Tagged);
    access.write(body, restore).await
}

pub async fn members(access: Access<SeeProject>, list: List<NoFilters>) -> Result<Page<Person>> {
    let read = async |tx: &OrgTx, project: Project, (NoFilters {}, paging): (NoFilters, Paging)| {
        let after: Option<UserId> = paging.after()?;
        let after = after.unwrap_or(Id::new(Uuid::nil()));
        let people = store::members(tx, project.id, after, paging.rows()).await?;
        Ok(paging.page(people, |person| person.id))
    };
    access.read(list, read).await
}

pub async fn add_member(access: Access<AddProjectMember>, body: NoBody) -> Result<NoContent> {
    let add = async |tx: &OrgWrite, ProjectAndMember(project, member): ProjectAndMember, ()| {
        super::add_member(tx, &project, member.user).await?;
        Ok(NoContent)
    };
    access.write(body, add).await
}

/// The assignments that were removed together with a member of a project.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UnassignedTasks")]
pub struct Unassigned {
    /// The assignments of the user, who can no longer see the project.
    pub unassigned: Vec<Assignment>,
}

pub async fn remove_member(
    access: Access<RemoveProjectMember>,
    query: Query<DryRun>,
) -> Result<Removal<Unassigned>> {
    let remove = async |tx: &OrgWrite, it: ProjectAndInsider, dry_run: DryRun| {
        let ProjectAndInsider(project, user) = it;
        let unassigned = super::remove_member(tx, &project, user).await?;
        let counts = Counts::one("members").and_all("assignments", &unassigned);
        Ok(dry_run.removal(tx, counts, (!unassigned.is_empty()).then_some(Unassigned { unassigned })))
    };
    access.write(query, remove).await
}
