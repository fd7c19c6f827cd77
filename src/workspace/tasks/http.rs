//! HTTP handlers for tasks, their assignees and links.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    NewTask, Task, TaskPatch, TaskView,
    bulk::{self, BulkTaskResults, BulkTaskUpdate},
    copying::{self, Duplicate, DuplicatedTask},
    labelling,
    linking::{self, LinkView, NewLink, TaskAndItsLink},
    mine::{self, MyFilters, MyTask},
    moving::{self, Move, MovedTask},
};
use crate::{
    access::{
        Access, Action, Facts, OrgTx, OrgWrite, Permission, Resource, Restorable, SignedIn, UserTx, Viewer,
        actions,
    },
    base::{
        error::Result,
        id::{LabelId, UserId},
        page::{Page, Paging},
        text::{Email, Search},
    },
    http::{
        answer::{self, Counts, Created, Removal, Tagged},
        input::{DryRun, Json, List, NoBody, NoFilters, OrNothing, Params, Query, Rehearse as _},
    },
    identity::accounts::Person,
    workspace::{
        assignments::store::{CandidateQuery, candidates},
        labels::Label,
        members::{self, Member},
        projects::Project,
    },
};

actions! {
    CreateTask: CreateTask on Project;
    DuplicateTask: CreateTask on Task;
    SeeAssignable: See on Task;
    EditTask: EditTask on Task;
    MoveTask: MoveTask on Task;
    DeleteTask: DeleteTask on Task;
    RestoreTask: DeleteTask on Restorable<Task>;
    PutLabel: EditTask on TaskAndLabel;
    TakeLabel: EditTask on TaskAndItsLabel;
    SeeLinks: See on Task;
    SeeLink: See on TaskAndItsLink;
    CreateLink: EditTask on Task;
    DeleteLink: EditTask on TaskAndItsLink;
}

/// Filters for a list of those who can see a task.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignableFilters {
    /// Only people whose name and email address contain these words, also within other words, whatever their case and accents.
    pub q: Option<Search>,
}

/// Finds the member whom the path names, by id or by address.
async fn member(viewer: &Viewer, path: &Params) -> Result<Option<Member>> {
    match path.get::<Email>("user") {
        Some(email) => members::store::with_address(viewer, email.canonical()).await,
        None => Member::find(viewer, path).await,
    }
}

/// A task and a member of the organization: the resource of assigning.
pub struct TaskAndMember(pub Task, pub Member);

impl Resource for TaskAndMember {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let found = futures_util::try_join!(Task::find(viewer, path), member(viewer, path))?;
        Ok(found.0.zip(found.1).map(|(task, member)| Self(task, member)))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// A task and one of its assignees: the resource of unassigning.
pub struct TaskAndAssignee(pub Task, pub UserId);

impl Resource for TaskAndAssignee {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let task = Task::find(viewer, path).await?;
        let found = task.zip(path.get("user")).filter(|(task, user)| task.is_assigned(*user));
        Ok(found.map(|(task, user)| Self(task, user)))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// A task and a label of the organization: the resource of labelling.
pub struct TaskAndLabel(Task, Label);

impl Resource for TaskAndLabel {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let found = futures_util::try_join!(Task::find(viewer, path), Label::find(viewer, path))?;
        Ok(found.0.zip(found.1).map(|(task, label)| Self(task, label)))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// A task and one of its labels: the resource of taking it off.
pub struct TaskAndItsLabel(Task, LabelId);

impl Resource for TaskAndItsLabel {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let task = Task::find(viewer, path).await?;
        let has = |task: &Task, id: LabelId| task.labels.iter().any(|label| label.id == id);
        let found = task.zip(path.get("label")).filter(|(task, label)| has(task, *label));
        Ok(found.map(|(task, label)| Self(task, label)))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// Returns the permission that assigning or unassigning this user requires. Some members may assign and unassign only
/// themselves.
fn permission(user: UserId, viewer: &Viewer) -> Permission {
    if user == viewer.user() { Permission::TakeTask } else { Permission::AssignTask }
}

/// Edits many tasks at once: those of them that the caller may edit.
pub enum EditTasks {}
impl Action for EditTasks {
    type Resource = ();
    const IN_BATCH: bool = false;
    const PERMISSION: Permission = Permission::See;
}

pub enum Assign {}
impl Action for Assign {
    type Resource = TaskAndMember;
    const PERMISSION: Permission = Permission::TakeTask;

    fn permission(TaskAndMember(_, member): &TaskAndMember, viewer: &Viewer) -> Permission {
        permission(member.user, viewer)
    }
}

pub enum Unassign {}
impl Action for Unassign {
    type Resource = TaskAndAssignee;
    const PERMISSION: Permission = Permission::TakeTask;

    fn permission(TaskAndAssignee(_, user): &TaskAndAssignee, viewer: &Viewer) -> Permission {
        permission(*user, viewer)
    }
}

pub async fn create(access: Access<CreateTask>, body: Json<NewTask>) -> Result<Created<TaskView>> {
    let create = async |tx: &OrgWrite, project: Project, new: NewTask| {
        let object = super::create(tx, &project, new).await?;
        Ok(Created { location: format!("/v1/orgs/{}/tasks/{}", tx.org(), object.id), object })
    };
    access.write(body, create).await
}

pub async fn list_mine(me: SignedIn, list: List<MyFilters>) -> Result<Page<MyTask>> {
    let read =
        async |me: &UserTx, (filters, paging): (MyFilters, Paging)| mine::page(me, filters, &paging).await;
    me.read(list, read).await
}

pub async fn update(access: Access<EditTask>, body: Json<TaskPatch>) -> Result<Tagged<TaskView>> {
    let update = async |tx: &OrgWrite, task, patch| super::update(tx, task, patch).await.map(Tagged);
    access.write(body, update).await
}

pub async fn update_many(
    access: Access<EditTasks>,
    query: Query<DryRun>,
    body: Json<BulkTaskUpdate>,
) -> Result<answer::Ok<BulkTaskResults>> {
    let update = async |tx: &OrgWrite, (), (dry_run, wanted): (DryRun, BulkTaskUpdate)| {
        let results = bulk::update(tx, wanted).await?;
        if dry_run.is_on() {
            tx.rehearse();
        }
        Ok(answer::Ok(results))
    };
    access.write((query, body), update).await
}

pub async fn relocate(access: Access<MoveTask>, body: Json<Move>) -> Result<Tagged<MovedTask>> {
    let relocate = async |tx: &OrgWrite, task, wanted| moving::to(tx, task, wanted).await.map(Tagged);
    access.write(body, relocate).await
}

pub async fn duplicate(
    access: Access<DuplicateTask>,
    body: OrNothing<Duplicate>,
) -> Result<Created<DuplicatedTask>> {
    let duplicate = async |tx: &OrgWrite, task: Task, wanted: Duplicate| {
        let object = copying::duplicate(tx, &task, wanted).await?;
        Ok(Created { location: format!("/v1/orgs/{}/tasks/{}", tx.org(), object.task.id), object })
    };
    access.write(body, duplicate).await
}

pub async fn delete(access: Access<DeleteTask>, query: Query<DryRun>) -> Result<Removal> {
    let delete = async |tx: &OrgWrite, task: Task, dry_run: DryRun| {
        super::delete(tx, &task).await?;
        Ok(dry_run.removal(tx, Counts::one("tasks"), None))
    };
    access.write(query, delete).await
}

pub async fn restore(access: Access<RestoreTask>, body: NoBody) -> Result<Tagged<TaskView>> {
    let restore = async |tx: &OrgWrite, task, ()| super::restore(tx, task).await.map(Tagged);
    access.write(body, restore).await
}

pub async fn assign(access: Access<Assign>, body: NoBody) -> Result<Tagged<TaskView>> {
    let assign = async |tx: &OrgWrite, TaskAndMember(task, member): TaskAndMember, ()| {
        super::assign(tx, &task, member.user).await?;
        super::found(tx, task.id).await.map(Tagged)
    };
    access.write(body, assign).await
}

pub async fn unassign(access: Access<Unassign>, query: Query<DryRun>) -> Result<Removal> {
    let unassign = async |tx: &OrgWrite, TaskAndAssignee(task, user): TaskAndAssignee, dry_run: DryRun| {
        super::unassign(tx, &task, user).await?;
        Ok(dry_run.removal(tx, Counts::one("assignments"), None))
    };
    access.write(query, unassign).await
}

pub async fn list_assignable(
    access: Access<SeeAssignable>,
    list: List<AssignableFilters>,
) -> Result<Page<Person>> {
    let read = async |tx: &OrgTx, task: Task, (filters, paging): (AssignableFilters, Paging)| {
        let wanted = CandidateQuery {
            project: task.project_id,
            task: task.id,
            patterns: filters.q.as_ref().and_then(Search::patterns),
            after: paging.after()?,
            rows: paging.rows(),
        };
        let found = candidates(tx, &wanted).await?;
        let page = paging.page(found, |one| (one.closeness, one.folded.clone(), one.id));
        let items = page.items.into_iter().map(|one| Person { id: one.id, name: one.name }).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn put_label(access: Access<PutLabel>, body: NoBody) -> Result<Tagged<TaskView>> {
    let put = async |tx: &OrgWrite, TaskAndLabel(task, label): TaskAndLabel, ()| {
        labelling::put(tx, task, &label).await.map(Tagged)
    };
    access.write(body, put).await
}

pub async fn take_label(access: Access<TakeLabel>, query: Query<DryRun>) -> Result<Removal> {
    let take = async |tx: &OrgWrite, TaskAndItsLabel(task, label): TaskAndItsLabel, dry_run: DryRun| {
        labelling::take(tx, task, label).await?;
        Ok(dry_run.removal(tx, Counts::one("labels"), None))
    };
    access.write(query, take).await
}

pub async fn list_links(access: Access<SeeLinks>, list: List<NoFilters>) -> Result<Page<LinkView>> {
    let read = async |tx: &OrgTx, task: Task, (_, paging): (NoFilters, Paging)| {
        linking::page(tx, &task, &paging).await
    };
    access.read(list, read).await
}

pub async fn get_link(access: Access<SeeLink>) -> Result<Tagged<LinkView>> {
    let read = async |_: &OrgTx, TaskAndItsLink(_, link): TaskAndItsLink, ()| Ok(link);
    access.read((), read).await.map(Tagged)
}

pub async fn create_link(access: Access<CreateLink>, body: Json<NewLink>) -> Result<Created<LinkView>> {
    let create = async |tx: &OrgWrite, task: Task, new: NewLink| {
        let object = linking::create(tx, &task, new).await?;
        let location = format!("/v1/orgs/{}/tasks/{}/links/{}", tx.org(), task.id, object.id);
        Ok(Created { location, object })
    };
    access.write(body, create).await
}

pub async fn delete_link(access: Access<DeleteLink>, query: Query<DryRun>) -> Result<Removal> {
    let delete = async |tx: &OrgWrite, found: TaskAndItsLink, dry_run: DryRun| {
        linking::delete(tx, found).await?;
        Ok(dry_run.removal(tx, Counts::one("links"), None))
    };
    access.write(query, delete).await
}
