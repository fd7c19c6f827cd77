//! Full-text search over tasks and projects, within what the caller sees.
//!
//! The words of each are in a table of our own, kept in the transaction that changes the text. All that are looked for have
//! to be there, whole or as beginnings; what has them in its title, and whole, comes first.

pub(crate) mod http;
mod store;
mod words;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use store::{forget, narrow};
pub use words::{Term, Words, terms};

use crate::{
    access::Viewer,
    error::Result,
    id::{ProjectId, TaskId},
    projects::ProjectView,
    tasks::TaskView,
};

/// Something that was found.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Hit {
    Task { id: TaskId, object: Box<TaskView> },
    Project { id: ProjectId, object: Box<ProjectView> },
}

/// What has words.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    id: Uuid,
    /// Who sees it finds it. A project's is itself.
    project: ProjectId,
}

impl Subject {
    #[must_use]
    pub const fn task(project: ProjectId, id: TaskId) -> Self {
        Self { id: id.uuid(), project }
    }

    #[must_use]
    pub const fn project(id: ProjectId) -> Self {
        Self { id: id.uuid(), project: id }
    }
}

/// Makes something be found by these words instead of those.
///
/// # Errors
/// When the database fails.
pub async fn put(viewer: &Viewer, subject: Subject, old: &Words, new: &Words) -> Result<()> {
    store::remove(viewer, &subject, &old.but(new)).await?;
    store::insert(viewer, &subject, &new.but(old)).await
}
