//! Linking a task to another, and removing the link.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Task, TaskRefName, store};
use crate::{
    access::{Facts, OrgTx, OrgWrite, Resource, Viewer},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{self, LinkId, NewId, TaskId},
        page::{Page, Paging},
        text::Title,
    },
    http::{answer::Versioned, input::Params},
    identity::accounts::Person,
    workspace::{
        links::{self, End, Kind, store::Found},
        status::Status,
    },
};

/// A link of a task to another one, seen from the former.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskLink")]
pub struct LinkView {
    /// The link's id, the same from both of its tasks.
    pub id: LinkId,
    /// What the task of the path has to do with the other one.
    pub kind: Kind,
    /// The other task.
    pub task: LinkedTask,
    /// The user who made the link.
    pub created_by: Person,
    /// The time at which the link was made.
    pub created_at: Time,
}

/// A task that another one is linked to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LinkedTask {
    /// The task's id.
    pub id: TaskId,
    /// The project's key and the task's number, such as `WEB-142`.
    pub key: String,
    /// The task's title.
    pub title: Title,
    /// How far the task is.
    pub status: Status,
}

impl Versioned for LinkView {
    /// A link never changes.
    fn version(&self) -> i64 {
        1
    }
}

impl From<Found> for LinkView {
    fn from(found: Found) -> Self {
        let key = format!("{}-{}", found.project_key, found.number);
        Self {
            id: found.id,
            kind: found.kind,
            task: LinkedTask { id: found.other, key, title: found.title, status: found.status },
            created_by: Person { id: found.created_by, name: found.creator },
            created_at: found.created_at,
        }
    }
}

/// A task and one of its links whose other task the caller sees.
pub struct TaskAndItsLink(pub Task, pub LinkView);

impl Resource for TaskAndItsLink {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        let (Some(task), Some(id)) = (Task::find(viewer, path).await?, path.get("id")) else {
            return Ok(None);
        };
        let link = links::store::find(viewer, task.id, id).await?;
        Ok(link.map(|link| Self(task, link.into())))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.0.facts(viewer)
    }
}

/// A request to link a task to another one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// An id of the client's own making: a UUIDv7 whose time is within a day of now, which nothing in the organization has.
    /// The server makes one if absent.
    #[serde(default)]
    pub id: Option<NewId<id::Link>>,
    /// What the task of the path has to do with the other one.
    pub kind: Kind,
    /// The other task, which may be in another project.
    pub task_id: TaskId,
}

pub(super) async fn page(tx: &OrgTx, task: &Task, paging: &Paging) -> Result<Page<LinkView>> {
    let after = paging.after()?.unwrap_or(LinkId::NIL);
    let page = paging.page(links::store::page(tx, task.id, after, paging.rows()).await?, |link| link.id);
    Ok(Page { items: page.items.into_iter().map(LinkView::from).collect(), next_cursor: page.next_cursor })
}

/// Links a task to another one. The project of the other one may be archived: it is this task that is changed.
///
/// # Errors
/// 422 if the other task is this one, or if the caller can't see it; 409 if the id is taken, if the project is archived, if the tasks are
/// linked so already, if a task would wait for itself, or if there are too many links.
pub async fn create(tx: &OrgWrite, task: &Task, new: NewLink) -> Result<LinkView> {
    let wrong = |code, message: &str| Error::field("/task_id", code, message);
    if new.task_id == task.id {
        return Err(wrong("invalid_value", "must be another task"));
    }
    let other = store::find(tx, &TaskRefName::Id(new.task_id)).await?;
    let other = other.ok_or_else(|| wrong("not_found", "must be a task that you can see"))?;
    let id = tx.id_for(new.id).await?;
    if new.id.is_some() && links::store::is_there(tx, id).await? {
        return Err(Code::IdTaken.into());
    }
    task.writable()?;
    links::create(tx, id, new.kind, task.end(), other.end()).await?;
    let link = links::store::find(tx, task.id, id).await?;
    link.map(LinkView::from).ok_or_else(|| Code::NotFound.into())
}

/// Removes a link, on the side of both tasks.
///
/// # Errors
/// 409 if the project is archived.
pub async fn delete(tx: &OrgWrite, TaskAndItsLink(task, link): TaskAndItsLink) -> Result<()> {
    task.writable()?;
    let other = super::changed(tx, link.task.id).await?;
    links::delete(tx, link.id, link.kind, task.end(), other.end()).await
}

impl Task {
    const fn end(&self) -> End {
        End(self.project_id, self.id)
    }
}
