//! The SQL of searching.

use uuid::Uuid;

use super::{Subject, Term};
use crate::{
    access::{OrgTx, Viewer},
    db::{Param, Query, columns},
    error::Result,
    id::{ProjectId, UserId},
};

/// Words that are written at once.
const CHUNK: usize = 64;

fn insert_query<'a>(subject: &'a Subject, words: &'a [(&String, &i64)]) -> Query<'a> {
    let mut query =
        Query::new("insert into search_words (org_id, subject_id, project_id, word, weight) values", &[]);
    // Filled up to a power of two, so that few statements serve all numbers.
    let rows = words.len().next_power_of_two();
    for (at, (word, weight)) in words.iter().cycle().take(rows).enumerate() {
        let values: &[&(dyn Param + Sync)] = &[&subject.id, &subject.project, *word, *weight];
        query.push(if at == 0 { " ($1, ?, ?, ?, ?)" } else { ", ($1, ?, ?, ?, ?)" }, values);
    }
    query.push(" on conflict do nothing", &[]);
    query
}

pub(super) async fn insert(viewer: &Viewer, subject: &Subject, words: &[(&String, &i64)]) -> Result<()> {
    for words in words.chunks(CHUNK) {
        let query = insert_query(subject, words);
        viewer.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

pub(super) async fn remove(viewer: &Viewer, subject: &Subject, words: &[(&String, &i64)]) -> Result<()> {
    for words in words.chunks(CHUNK) {
        let words: Vec<&String> = words.iter().map(|(word, _)| *word).collect();
        let mut query =
            Query::new("delete from search_words where org_id = $1 and subject_id = ?", &[&subject.id]);
        query.among("word", &words);
        viewer.execute(query.sql(), query.values()).await?;
    }
    Ok(())
}

/// Lets these be found no more.
///
/// # Errors
/// When the database fails.
pub async fn forget(viewer: &Viewer, subjects: &[Uuid]) -> Result<()> {
    let mut query = Query::new("delete from search_words where org_id = $1", &[]);
    query.among("subject_id", subjects);
    viewer.execute(query.sql(), query.values()).await.map(drop)
}

/// Leaves of a list what has all these words. `column` is its id.
pub fn narrow<'a>(query: &mut Query<'a>, column: &'static str, terms: &'a [Term]) {
    if terms.is_empty() {
        query.push(" and false", &[]);
    }
    for Term { from, to } in terms {
        query.push(" and ", &[]);
        query.push(column, &[]);
        query.push(
            " in (select w.subject_id from search_words w where w.org_id = $1 and w.word >= ? and w.word < ?)",
            &[from, to],
        );
    }
}

/// What is looked for.
pub(super) struct Wanted {
    pub terms: Vec<Term>,
    pub reader: UserId,
    pub tasks: bool,
    pub projects: bool,
    /// Within these.
    pub within: Option<Vec<ProjectId>>,
    /// What is found without its words.
    pub but: Option<Uuid>,
    /// Where the page before ended: score and id.
    pub after: (i64, Uuid),
    pub rows: i64,
}

/// Something that has all the words.
pub(super) struct Found {
    pub subject: Uuid,
    pub score: i64,
    pub is_task: bool,
}

columns!(Found { subject, score, is_task });

fn hits_query(wanted: &Wanted) -> Query<'_> {
    let Wanted { terms, reader, tasks, projects, within, but, after: (score, id), rows } = wanted;
    let mut query = Query::new("with scores as (", &[]);
    for (at, Term { from, to }) in terms.iter().enumerate() {
        if at > 0 {
            query.push(" union all ", &[]);
        }
        query.push(
            "select w.subject_id, w.project_id, max(w.weight + case when w.word = ? then w.weight else 0 end) as score
             from search_words w where w.org_id = $1 and w.word >= ? and w.word < ?
             group by w.subject_id, w.project_id",
            &[from, from, to],
        );
    }
    query.push(
        "), hits as (select s.subject_id, s.project_id, cast(sum(s.score) as bigint) as score from scores s
                     group by s.subject_id, s.project_id having count(*) = ",
        &[],
    );
    query.push(COUNTS.get(terms.len()).copied().unwrap_or("0"), &[]);
    query.push(
        ")
         select h.subject_id, h.score, h.subject_id <> h.project_id from hits h
         where exists (select 1 from project_sight v
                       where v.org_id = $1 and v.project_id = h.project_id and v.user_id = ?)
           and (h.score < ? or (h.score = ? and h.subject_id < ?))",
        &[reader, score, score, id],
    );
    if !tasks {
        query.push(" and h.subject_id = h.project_id", &[]);
    }
    if !projects {
        query.push(" and h.subject_id <> h.project_id", &[]);
    }
    if let Some(within) = within {
        query.among("h.project_id", within);
    }
    if let Some(but) = but {
        query.push(" and h.subject_id <> ?", &[but]);
    }
    query.push(" order by h.score desc, h.subject_id desc limit ?", &[rows]);
    query
}

/// How many terms there can be, as texts: a number that is bound would be of one type on one engine and of another on the other.
const COUNTS: [&str; 9] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];

pub(super) async fn hits(tx: &OrgTx, wanted: &Wanted) -> Result<Vec<Found>> {
    let query = hits_query(wanted);
    tx.all(query.sql(), query.values()).await
}
