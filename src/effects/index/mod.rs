//! The full-text search index over tasks, comments and projects.
//!
//! The words of each document are stored in a table, which is updated in the transaction that changes the text. A
//! document matches if it has every searched word, or a word that begins with it. Matches in the title and of whole
//! words rank first.

mod store;

use uuid::Uuid;

pub use crate::base::words::{Term, Words};
pub use store::{forget, forget_some, narrow};

use crate::{
    access::Viewer,
    base::{
        error::Result,
        id::{CommentId, ProjectId, TaskId},
        words::terms,
    },
    db::Query,
};

/// A document in the search index: a task, a comment or a project.
#[derive(Debug, Clone, Copy)]
pub struct Document {
    id: Uuid,
    /// The project whose visibility decides who finds the document. For a project: the project itself.
    project: ProjectId,
    /// The task that a comment is on, which has to be there for the comment to be found.
    task: Option<TaskId>,
}

impl Document {
    pub const fn task(project: ProjectId, id: TaskId) -> Self {
        Self { id: id.uuid(), project, task: None }
    }

    pub const fn comment(project: ProjectId, task: TaskId, id: CommentId) -> Self {
        Self { id: id.uuid(), project, task: Some(task) }
    }

    pub const fn project(id: ProjectId) -> Self {
        Self { id: id.uuid(), project: id, task: None }
    }
}

/// The number of rows up to which a search reads all the rows of its rarest word.
pub const FEW: i64 = 10_000;

/// The terms of a search, all of which must match, the rarest first.
#[derive(Debug, Clone)]
pub struct Terms {
    pub terms: Vec<Term>,
    /// Whether even the rarest has more than [`FEW`] rows.
    are_frequent: bool,
}

impl Terms {
    /// Splits a search text into its terms, and looks which is the rarest.
    pub async fn of(viewer: &Viewer, text: &str) -> Result<Self> {
        let terms = terms(text);
        if terms.is_empty() {
            return Ok(Self { terms, are_frequent: false });
        }
        let mut counts = store::counts(viewer, &terms, FEW).await?;
        counts.sort_unstable_by_key(|(place, count)| (*count, *place));
        let are_frequent = counts.first().is_some_and(|(_, count)| *count > FEW);
        let at = |place: i64| usize::try_from(place).ok().and_then(|place| terms.get(place).cloned());
        Ok(Self { terms: counts.into_iter().filter_map(|(place, _)| at(place)).collect(), are_frequent })
    }
}

/// Returns the tasks that have all terms, if they are at most `most`, and the rarest term isn't frequent.
pub async fn few(viewer: &Viewer, terms: &Terms, most: i64) -> Result<Option<Vec<TaskId>>> {
    if terms.are_frequent {
        return Ok(None);
    }
    let Some((rarest, others)) = terms.terms.split_first() else { return Ok(Some(Vec::new())) };
    let found = store::tasks(viewer, rarest, others, most + 1).await?;
    Ok((i64::try_from(found.len()).is_ok_and(|found| found <= most)).then_some(found))
}

/// Makes these tasks and the comments on them documents of another project.
pub async fn put_into(viewer: &Viewer, project: ProjectId, tasks: &[TaskId]) -> Result<()> {
    for tasks in tasks.chunks(store::TASKS) {
        store::put_into(viewer, project, tasks).await?;
    }
    Ok(())
}

/// Makes documents of the copies of tasks, in this project: each copy is given with its original, whose words it gets.
pub async fn copy(viewer: &Viewer, project: ProjectId, copies: &[(TaskId, TaskId)]) -> Result<()> {
    for copies in Query::chunks(copies) {
        store::copy(viewer, project, copies).await?;
    }
    Ok(())
}

/// Replaces a document's old words with its new ones. Writes only the difference.
pub async fn put(viewer: &Viewer, document: Document, old: &Words, new: &Words) -> Result<()> {
    store::remove(viewer, &document, &old.but(new)).await?;
    store::insert(viewer, &document, &new.but(old)).await
}
