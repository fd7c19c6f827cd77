//! The change that reverses another one, made under the permission that it needs itself.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Change, impossible};
use crate::{
    access::{OrgWrite, Restorable, Role},
    base::{
        error::{Error, Result},
        id::{ColumnId, Id, TaskId},
    },
    effects::ledger::Action,
    http::input::Params,
    lifecycle::membership,
    workspace::{
        comments, invitations, labels, orgs,
        projects::{self, columns},
        tasks,
    },
};

/// Takes back a change. `all` are those that are taken back with it.
pub(super) async fn take_back(tx: &OrgWrite, it: &Change, all: &[Change]) -> Result<()> {
    match it.action {
        Action::OrgUpdated => {
            let org = tx.authorize::<orgs::http::EditOrg>(&it.path()).await?;
            orgs::update(tx, org, it.patch_of(organization)?).await.map(drop)
        }
        Action::MemberRoleChanged => {
            let member = tx.authorize::<membership::http::ChangeRole>(&it.path()).await?;
            let role: Role = it.value("role", "from")?;
            membership::change_role(tx, member, role).await.map(drop)
        }
        Action::InvitationCreated => {
            let invitation = tx.authorize::<invitations::http::ManageInvitation>(&it.path()).await?;
            invitations::revoke(tx, invitation).await
        }
        Action::ProjectCreated
        | Action::ProjectUpdated
        | Action::ProjectArchived
        | Action::ProjectUnarchived
        | Action::ProjectDeleted
        | Action::ProjectRestored
        | Action::ProjectMemberAdded
        | Action::ProjectMemberRemoved => of_project(tx, it).await,
        Action::ColumnCreated | Action::ColumnUpdated => of_column(tx, it).await,
        Action::ColumnDeleted => {
            let project = tx.authorize::<columns::http::CreateColumn>(&it.path()).await?;
            columns::restore(tx, &project, Id::new(it.subject)).await
        }
        Action::LabelDeleted => {
            tx.authorize::<labels::http::CreateLabel>(&it.path()).await?;
            labels::restore(tx, Id::new(it.subject)).await
        }
        Action::TaskCreated
        | Action::TaskUpdated
        | Action::TaskStatusChanged
        | Action::TaskMoved
        | Action::TaskAssigned
        | Action::TaskUnassigned
        | Action::TaskDeleted
        | Action::TaskRestored
        | Action::LinkCreated
        | Action::LinkDeleted => of_task(tx, it, all).await,
        Action::LabelCreated => {
            let label = tx.authorize::<labels::http::ManageLabel>(&it.path()).await?;
            labels::delete(tx, &label).await.map(drop)
        }
        Action::LabelUpdated => {
            let label = tx.authorize::<labels::http::ManageLabel>(&it.path()).await?;
            labels::update(tx, label, it.patch()?).await.map(drop)
        }
        Action::CommentCreated
        | Action::CommentUpdated
        | Action::CommentReacted
        | Action::CommentResolved => of_comment(tx, it).await,
        Action::OrgCreated
        | Action::OrgDeleted
        | Action::OrgRestored
        | Action::OrgDisabled
        | Action::OrgEnabled
        | Action::OrgImported
        | Action::OrgExported
        | Action::MemberJoined
        | Action::MemberRemoved
        | Action::MemberLeft
        | Action::OwnershipTransferred
        | Action::InvitationResent
        | Action::InvitationRevoked
        | Action::InvitationDeclined
        | Action::TaskOverdue
        | Action::CommentDeleted => Err(impossible(format!("{} can't be taken back.", it.action.into_str()))),
    }
}

async fn of_project(tx: &OrgWrite, it: &Change) -> Result<()> {
    use projects::http::{
        AddProjectMember, ArchiveProject, DeleteProject, EditProject, ProjectAndInsider, ProjectAndMember,
        RemoveProjectMember, RestoreProject,
    };
    match it.action {
        Action::ProjectUpdated => {
            let project = tx.authorize::<EditProject>(&it.path()).await?;
            projects::update(tx, project, it.patch()?).await.map(drop)
        }
        Action::ProjectArchived | Action::ProjectUnarchived => {
            let project = tx.authorize::<ArchiveProject>(&it.path()).await?;
            projects::set_archived(tx, project, it.action == Action::ProjectUnarchived).await.map(drop)
        }
        Action::ProjectDeleted => {
            let project: Restorable<_> = tx.authorize::<RestoreProject>(&it.path()).await?;
            projects::restore(tx, project).await.map(drop)
        }
        Action::ProjectMemberAdded => {
            let path = it.path_with("user", "member", "to")?;
            let ProjectAndInsider(project, user) = tx.authorize::<RemoveProjectMember>(&path).await?;
            projects::remove_member(tx, &project, user).await.map(drop)
        }
        Action::ProjectMemberRemoved => {
            let path = it.path_with("user", "member", "from")?;
            let ProjectAndMember(project, member) = tx.authorize::<AddProjectMember>(&path).await?;
            projects::add_member(tx, &project, member.user).await
        }
        _ => {
            let project = tx.authorize::<DeleteProject>(&it.path()).await?;
            projects::delete(tx, &project).await.map(drop)
        }
    }
}

async fn of_column(tx: &OrgWrite, it: &Change) -> Result<()> {
    let column = tx.authorize::<columns::http::ManageColumn>(&it.path()).await?;
    if it.action == Action::ColumnCreated {
        return columns::delete(tx, &column, None).await.map(drop);
    }
    if !it.fields.is_empty() {
        columns::update(tx, column, it.patch()?, None).await?;
    }
    match it.moved_from.clone() {
        Some(position) => {
            let column = tx.authorize::<columns::http::ManageColumn>(&it.path()).await?;
            columns::put_back(tx, column, position).await
        }
        None => Ok(()),
    }
}

async fn of_task(tx: &OrgWrite, it: &Change, all: &[Change]) -> Result<()> {
    use tasks::http::{
        Assign, DeleteTask, EditTask, MoveTask, RestoreTask, TaskAndAssignee, TaskAndMember, Unassign,
    };
    match it.action {
        Action::TaskUpdated => {
            let task = tx.authorize::<EditTask>(&it.path()).await?;
            tasks::update(tx, task, it.patch()?).await.map(drop)
        }
        Action::TaskMoved if it.side("project", "from").is_some() => send_back(tx, it, all).await,
        Action::TaskStatusChanged | Action::TaskMoved => {
            let is_sent_back =
                |other: &Change| other.subject == it.subject && other.side("project", "from").is_some();
            if all.iter().any(is_sent_back) {
                return Ok(());
            }
            let task = tx.authorize::<MoveTask>(&it.path()).await?;
            let column: Option<ColumnId> = it.optional("column", "from")?;
            tasks::put_back(tx, task, column, it.moved_from.clone()).await.map(drop)
        }
        Action::TaskAssigned => {
            let path = it.path_with("user", "assignee", "to")?;
            let TaskAndAssignee(task, user) = tx.authorize::<Unassign>(&path).await?;
            tasks::unassign(tx, &task, user).await
        }
        Action::TaskUnassigned => {
            let path = it.path_with("user", "assignee", "from")?;
            let TaskAndMember(task, member) = tx.authorize::<Assign>(&path).await?;
            tasks::assign(tx, &task, member.user).await
        }
        Action::TaskDeleted => {
            let task: Restorable<_> = tx.authorize::<RestoreTask>(&it.path()).await?;
            tasks::restore(tx, task).await.map(drop)
        }
        Action::LinkCreated | Action::LinkDeleted => of_link(tx, it, all).await,
        _ => {
            let task = tx.authorize::<DeleteTask>(&it.path()).await?;
            tasks::delete(tx, &task).await
        }
    }
}

/// Sends the task that was moved back to its project. Those below it go with it.
async fn send_back(tx: &OrgWrite, it: &Change, all: &[Change]) -> Result<()> {
    if it.side("column", "from").is_none() {
        let led = all
            .iter()
            .any(|other| other.side("project", "from").is_some() && other.side("column", "from").is_some());
        return if led { Ok(()) } else { Err(impossible("Where it was before isn't known.")) };
    }
    let task = tx.authorize::<tasks::http::MoveTask>(&it.path()).await?;
    let (project, column) = (it.value("project", "from")?, it.optional("column", "from")?);
    let parent = it.optional("parent_id", "from")?;
    tasks::send_back(tx, task, project, column, it.moved_from.clone(), parent).await
}

/// Removes a link, or makes it again. Both of its tasks have an entry: the first of them does it.
async fn of_link(tx: &OrgWrite, it: &Change, all: &[Change]) -> Result<()> {
    use tasks::http::{CreateLink, DeleteLink};
    let side = if it.action == Action::LinkCreated { "to" } else { "from" };
    let Some((kind, _)) = it.fields.iter().next() else { return Err(impossible("The link isn't known.")) };
    let other: TaskId = it.value(kind, side)?;
    let is_twin =
        |twin: &Change| twin.seq + 1 == it.seq && twin.action == it.action && twin.subject == other.uuid();
    if all.iter().any(is_twin) {
        return Ok(());
    }
    if it.action == Action::LinkDeleted {
        let task = tx.authorize::<CreateLink>(&it.path()).await?;
        let new: tasks::NewLink = read(json!({ "kind": kind, "task_id": other }))?;
        return tasks::link(tx, &task, new).await.map(drop);
    }
    let task = tx.authorize::<super::http::SeeLinked>(&it.path()).await?;
    let link = task.links.iter().find(|link| link.task_id == other && link.kind.into_str() == kind.as_str());
    let Some(link) = link else { return Err(impossible("The link is gone.")) };
    let mut path = vec![("id", link.id.to_string())];
    path.extend(it.path_values());
    let found = tx.authorize::<DeleteLink>(&Params::named(&path)).await?;
    tasks::unlink(tx, found).await
}

async fn of_comment(tx: &OrgWrite, it: &Change) -> Result<()> {
    use comments::http::{DeleteComment, EditComment, ReactToComment, ResolveThread};
    match it.action {
        Action::CommentUpdated => {
            let comment = tx.authorize::<EditComment>(&it.path()).await?;
            comments::update(tx, comment, it.patch()?).await.map(drop)
        }
        Action::CommentReacted => {
            if it.actor != Some(tx.user()) {
                return Err(impossible("Only who reacted can take a reaction back."));
            }
            let is_new = it.side("reaction", "to").is_some();
            let path = it.path_with("emoji", "reaction", if is_new { "to" } else { "from" })?;
            let reacted = tx.authorize::<ReactToComment>(&path).await?;
            if is_new {
                comments::take_back(tx, reacted).await.map(drop)
            } else {
                comments::react(tx, reacted).await.map(drop)
            }
        }
        Action::CommentResolved => {
            let thread = tx.authorize::<ResolveThread>(&it.path()).await?;
            comments::resolve(tx, thread, it.side("resolved_at", "from").is_some()).await.map(drop)
        }
        _ => {
            let comment = tx.authorize::<DeleteComment>(&it.path()).await?;
            comments::delete(tx, &comment).await
        }
    }
}

/// Puts an organization's settings where its patch has them.
fn organization(fields: Map<String, Value>) -> Value {
    let (own, settings): (Map<_, _>, Map<_, _>) =
        fields.into_iter().partition(|(field, _)| matches!(field.as_str(), "name" | "slug"));
    let mut patch = own;
    patch.insert("settings".into(), settings.into());
    patch.into()
}

impl Change {
    /// Returns the parameters of the path to what was changed.
    fn path(&self) -> Params {
        Params::named(&self.path_values())
    }

    /// Does the same, with a parameter more: a value of the change.
    fn path_with(&self, parameter: &'static str, field: &str, side: &str) -> Result<Params> {
        let mut path = vec![(parameter, self.value(field, side)?)];
        path.extend(self.path_values());
        Ok(Params::named(&path))
    }

    fn path_values(&self) -> Vec<(&'static str, String)> {
        let subject = self.subject.to_string();
        let mut path = Vec::with_capacity(4);
        path.extend(self.project.map(|project| ("project", project.to_string())));
        path.extend(self.task.map(|task| ("task", task.to_string())));
        path.extend([("id", subject.clone()), ("label", subject.clone()), ("user", subject)]);
        path
    }

    /// Returns a value of the change.
    fn value<T: DeserializeOwned>(&self, field: &str, side: &str) -> Result<T> {
        let value = self.side(field, side).cloned();
        read(value.ok_or_else(|| impossible(format!("The former {field} isn't kept any more.")))?)
    }

    fn optional<T: DeserializeOwned>(&self, field: &str, side: &str) -> Result<Option<T>> {
        self.side(field, side).cloned().map(read).transpose()
    }

    /// Returns the patch that gives the changed fields their former values.
    fn patch<T: DeserializeOwned>(&self) -> Result<T> {
        self.patch_of(Value::from)
    }

    fn patch_of<T: DeserializeOwned>(&self, shape: fn(Map<String, Value>) -> Value) -> Result<T> {
        let mut patch = Map::new();
        for (field, change) in &self.fields {
            let was = change.get("from").cloned().unwrap_or_default();
            let value = match field.as_str() {
                // A long text: its digest stands in the entry.
                "description" | "body" if !was.is_null() => {
                    let kept = self.originals.get(field).cloned();
                    kept.ok_or_else(|| impossible(format!("The former {field} isn't kept any more.")))?
                }
                "title" | "name" if was.is_null() => {
                    return Err(impossible(format!("The former {field} isn't kept any more.")));
                }
                _ => was,
            };
            let field = if field == "labels" { "label_ids" } else { field };
            patch.insert(field.into(), value);
        }
        read(shape(patch))
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(Error::internal)
}
