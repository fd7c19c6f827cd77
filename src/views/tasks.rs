//! The handlers that read tasks: one, and lists, boards and swim lanes, with what else a request includes.

use std::{collections::HashMap, hash::Hash};

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    access::{Access, OrgTx, actions},
    base::{
        error::{Error, Result},
        id::{ProjectId, TaskId},
        page::Paging,
    },
    http::{
        answer::{self, Tagged, Versioned},
        input::{List, Query},
        partial::{Names, Partial},
    },
    workspace::{
        comments::{self, CommentView},
        projects::Project,
        tasks::{self, INCLUDED, Included, Task, TaskFilters, TaskPage, TaskParts, TaskView},
    },
};

actions! {
    SeeProjectTasks: See on Project;
    SeeTasks: See on ();
    SeeTask: See on Task;
}

/// A task, with what a request includes. If it asks for `fields`, the task has only these.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TaskDetail {
    #[serde(flatten)]
    task: Partial<TaskView>,
    /// The first ten subtasks in the order of the board, if `include` names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    subtasks: Option<Vec<Partial<TaskView>>>,
    /// The first ten comments, if `include` names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    comments: Option<Vec<CommentView>>,
}

impl Versioned for TaskDetail {
    fn version(&self) -> i64 {
        self.task.version()
    }
}

/// What is included in some tasks, and which of their fields are shown.
struct Parts {
    names: Names,
    subtasks: Option<HashMap<TaskId, Vec<Partial<TaskView>>>>,
    comments: Option<HashMap<TaskId, Vec<CommentView>>>,
}

fn by<K: Eq + Hash, V>(pairs: impl Iterator<Item = (K, V)>) -> HashMap<K, Vec<V>> {
    let mut map: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in pairs {
        map.entry(key).or_default().push(value);
    }
    map
}

impl Parts {
    async fn of(tx: &OrgTx, tasks: &[TaskId], wanted: &TaskParts) -> Result<Self> {
        let mut parts = Self { names: wanted.names(), subtasks: None, comments: None };
        if wanted.has(Included::Subtasks) {
            let found = tasks::subtasks(tx, tasks).await?.into_iter();
            let pair =
                |task: TaskView| task.parent_id.map(|parent| (parent, Partial::new(task, &parts.names)));
            parts.subtasks = Some(by(found.filter_map(pair)));
        }
        if wanted.has(Included::Comments) {
            let found = comments::first(tx, tasks, INCLUDED).await?.into_iter();
            parts.comments = Some(by(found.map(|comment| (comment.task_id, comment))));
        }
        Ok(parts)
    }

    fn with(&mut self, task: TaskView) -> TaskDetail {
        let id = task.id;
        TaskDetail {
            task: Partial::new(task, &self.names),
            subtasks: self.subtasks.as_mut().map(|all| all.remove(&id).unwrap_or_default()),
            comments: self.comments.as_mut().map(|all| all.remove(&id).unwrap_or_default()),
        }
    }
}

pub async fn list(
    access: Access<SeeTasks>,
    list: List<TaskFilters>,
) -> Result<answer::Ok<TaskPage<TaskDetail>>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (TaskFilters, Paging)| {
        page(tx, None, filters, paging).await
    };
    access.read(list, read).await.map(answer::Ok)
}

pub async fn list_in_project(
    access: Access<SeeProjectTasks>,
    list: List<TaskFilters>,
) -> Result<answer::Ok<TaskPage<TaskDetail>>> {
    let read = async |tx: &OrgTx, project: Project, (filters, paging): (TaskFilters, Paging)| {
        page(tx, Some(project.id), filters, paging).await
    };
    access.read(list, read).await.map(answer::Ok)
}

async fn page(
    tx: &OrgTx,
    within: Option<ProjectId>,
    filters: TaskFilters,
    paging: Paging,
) -> Result<TaskPage<TaskDetail>> {
    let wanted = filters.parts();
    if filters.group_by.is_some() && wanted.include.is_some() {
        return Err(Error::parameter("include", "invalid_value", "can't be used with group_by"));
    }
    let page = tasks::page(tx, within, filters, paging).await?;
    let ids: Vec<TaskId> = page.items.iter().map(|task| task.id).collect();
    let mut parts = Parts::of(tx, &ids, &wanted).await?;
    Ok(page.map(|task| parts.with(task)))
}

pub async fn get(access: Access<SeeTask>, query: Query<TaskParts>) -> Result<Tagged<TaskDetail>> {
    let read = async |tx: &OrgTx, task: Task, wanted: TaskParts| {
        let mut parts = Parts::of(tx, &[task.id], &wanted).await?;
        Ok(parts.with(task.view(tx)))
    };
    access.read(query, read).await.map(Tagged)
}
