//! Full-text search over tasks and projects, within what the caller sees.
//!
//! The words of each are in a table of our own, kept in the transaction that changes the text. All that are looked for have
//! to be there, whole or as beginnings; what has them in its title, and whole, comes first.

mod store;
mod words;

use uuid::Uuid;

pub use store::{forget, narrow};
pub use words::{Term, Words, terms};

use crate::{
    access::Viewer,
    base::{
        error::Result,
        id::{ProjectId, TaskId},
    },
};

/// What has words.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    id: Uuid,
    /// Who sees it finds it. A project's is itself.
    project: ProjectId,
}

impl Document {
    pub const fn task(project: ProjectId, id: TaskId) -> Self {
        Self { id: id.uuid(), project }
    }

    pub const fn project(id: ProjectId) -> Self {
        Self { id: id.uuid(), project: id }
    }
}

/// Makes something be found by these words instead of those.
pub async fn put(viewer: &Viewer, document: Document, old: &Words, new: &Words) -> Result<()> {
    store::remove(viewer, &document, &old.but(new)).await?;
    store::insert(viewer, &document, &new.but(old)).await
}
