//! The SQL of the search index.

use uuid::Uuid;

use super::{Document, Term, Terms};
use crate::{
    access::Viewer,
    base::{
        error::{Error, Result},
        id::{Id, ProjectId, TaskId},
    },
    db::Query,
};

/// The maximum number of words in one statement.
const CHUNK: usize = 64;
/// The maximum number of tasks in one statement.
pub(super) const TASKS: usize = 512;

fn insert_query<'a>(document: &'a Document, words: &'a [(&String, &i64)]) -> Query<'a> {
    let mut query = Query::new(
        "insert into search_words (org_id, subject_id, project_id, word, weight, task_id) values",
        &[],
    );
    // The number of rows is filled up to a power of two by repeating words, so that there are only few distinct
    // statements to prepare.
    let rows = words.len().next_power_of_two();
    for (word, weight) in words.iter().cycle().take(rows) {
        query.row(&[&document.id, &document.project, *word, *weight, &document.task]);
    }
    query.push(" on conflict do nothing", &[]);
    query
}

pub(super) async fn insert(viewer: &Viewer, document: &Document, words: &[(&String, &i64)]) -> Result<()> {
    for words in words.chunks(CHUNK) {
        let query = insert_query(document, words);
        viewer.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

pub(super) async fn remove(viewer: &Viewer, document: &Document, words: &[(&String, &i64)]) -> Result<()> {
    for words in words.chunks(CHUNK) {
        let words: Vec<&String> = words.iter().map(|(word, _)| *word).collect();
        let mut query =
            Query::new("delete from search_words where org_id = $1 and subject_id = ?", &[&document.id]);
        query.among("word", &words);
        viewer.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Makes up to [`TASKS`] tasks and the comments on them documents of another project.
pub(super) async fn put_into(viewer: &Viewer, project: ProjectId, tasks: &[TaskId]) -> Result<()> {
    let ids: Vec<Uuid> = tasks.iter().map(Id::uuid).collect();
    let mut query = Query::new("update search_words set project_id = ? where org_id = $1", &[&project]);
    query.among("subject_id", &ids);
    viewer.execute(query.sql(), query.values()).await?;
    let mut query = Query::new(
        "update search_words set project_id = ? where org_id = $1 and subject_id in (
             select c.id from comments c where c.org_id = $1",
        &[&project],
    );
    query.among("c.task_id", tasks);
    query.push(")", &[]);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

/// Inserts the words of tasks for their copies too, each given with its original.
pub(super) async fn copy(viewer: &Viewer, project: ProjectId, copies: &[(TaskId, TaskId)]) -> Result<()> {
    let originals: Vec<Uuid> = copies.iter().map(|(original, _)| original.uuid()).collect();
    let mut query = Query::new(
        "insert into search_words (org_id, subject_id, project_id, word, weight, task_id)
         select w.org_id, case w.subject_id",
        &[],
    );
    for (original, copy) in copies {
        query.push(" when ? then ?", &[original, copy]);
    }
    // `else` tells PostgreSQL the type.
    query.push(
        " else w.subject_id end, ?, w.word, w.weight, null from search_words w where w.org_id = $1",
        &[&project],
    );
    query.among("w.subject_id", &originals);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

/// Deletes tasks, comments and projects from the search index.
pub async fn forget(viewer: &Viewer, subjects: &[Uuid]) -> Result<()> {
    let mut query = Query::new("delete from search_words where org_id = $1", &[]);
    query.among("subject_id", subjects);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

/// Deletes up to this many words of tasks and projects from the search index. Returns how many it deleted.
pub async fn forget_some(viewer: &Viewer, subjects: &[Uuid], words: i64) -> Result<i64> {
    let mut query = Query::new(
        "delete from search_words where org_id = $1 and (subject_id, word) in (
             select subject_id, word from search_words where org_id = $1",
        &[],
    );
    query.among("subject_id", subjects);
    query.push(" limit ?)", &[&words]);
    let deleted = viewer.execute(query.sql(), query.values()).await?;
    i64::try_from(deleted).map_err(Error::internal)
}

/// Builds the query that counts the rows of each term, up to one more than `most`.
fn counts_query<'a>(terms: &'a [Term], places: &'a [i64], most: &'a i64) -> Query<'a> {
    let mut query = Query::new("", &[]);
    for (at, (Term { from, to }, place)) in terms.iter().zip(places).enumerate() {
        query.push(if at == 0 { "" } else { " union all " }, &[]);
        query.push(
            "select cast(? as bigint), count(*) from (
                 select w.word from search_words w where w.org_id = $1 and w.word >= ? and w.word < ? limit cast(? as bigint) + 1
             ) counted",
            &[place, from, to, most],
        );
    }
    query
}

/// Returns the number of rows of each term, up to one more than `most`, with the term's place.
pub(super) async fn counts(viewer: &Viewer, terms: &[Term], most: i64) -> Result<Vec<(i64, i64)>> {
    let places: Vec<i64> = (0..).take(terms.len()).collect();
    let query = counts_query(terms, &places, &most);
    viewer.all(query.sql(), query.values()).await
}

fn tasks_query<'a>(Term { from, to }: &'a Term, others: &'a [Term], rows: &'a i64) -> Query<'a> {
    let mut query = Query::new(
        "select distinct d.subject_id from search_words d
         where d.org_id = $1 and d.word >= ? and d.word < ?
           and d.subject_id <> d.project_id and d.task_id is null",
        &[from, to],
    );
    with_words(&mut query, "d.subject_id", others);
    query.push(" limit ?", &[rows]);
    query
}

/// Returns up to so many tasks that have all terms.
pub(super) async fn tasks(viewer: &Viewer, rarest: &Term, others: &[Term], rows: i64) -> Result<Vec<TaskId>> {
    let query = tasks_query(rarest, others, &rows);
    let found = viewer.all::<(TaskId,)>(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// Restricts a list's query to the documents that match all these terms. `column` is the column with the documents'
/// ids. Without terms, nothing matches.
pub fn narrow<'a>(query: &mut Query<'a>, column: &'static str, terms: &'a Terms) {
    query.push(if terms.terms.is_empty() { " and false" } else { "" }, &[]);
    with_words(query, column, &terms.terms);
}

/// Appends that a document has all these terms. Only the document's own words are read: in a `case`, since either engine may
/// believe that a word has fewer rows than a document has words.
fn with_words<'a>(query: &mut Query<'a>, column: &'static str, terms: &'a [Term]) {
    for Term { from, to } in terms {
        query.push(
            " and coalesce((select true from search_words w where w.org_id = $1 and w.subject_id = ",
            &[],
        );
        query.push(column, &[]);
        query.push(
            " and case when w.word >= ? and w.word < ? then true else false end limit 1), false)",
            &[from, to],
        );
    }
}
