//! The full-text search index over tasks and projects.
//!
//! The words of each document are stored in a table, which is updated in the transaction that changes the text. A
//! document matches if it has every searched word, or a word that begins with it. Matches in the title and of whole
//! words rank first.

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

/// A document in the search index: a task or a project.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    id: Uuid,
    /// The project whose visibility decides who finds the document. For a project: the project itself.
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

/// Replaces a document's old words with its new ones. Writes only the difference.
pub async fn put(viewer: &Viewer, document: Document, old: &Words, new: &Words) -> Result<()> {
    store::remove(viewer, &document, &old.but(new)).await?;
    store::insert(viewer, &document, &new.but(old)).await
}
