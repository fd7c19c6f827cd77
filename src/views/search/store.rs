//! The SQL of the search.

use uuid::Uuid;

use crate::{
    access::OrgTx,
    base::{
        error::Result,
        id::{ProjectId, UserId},
    },
    db::{Query, columns},
    effects::index::Term,
};

/// The parameters of a search.
pub(super) struct SearchQuery {
    pub terms: Vec<Term>,
    pub reader: UserId,
    pub tasks: bool,
    pub projects: bool,
    /// Searches only these projects and their tasks, if given.
    pub within: Option<Vec<ProjectId>>,
    /// The id of a task to leave out, since it is listed first as a match by key.
    pub but: Option<Uuid>,
    /// The score and id of the last match of the previous page.
    pub after: (i64, Uuid),
    pub rows: i64,
}

/// A task or project that contains all the words.
pub(super) struct Found {
    pub subject: Uuid,
    pub score: i64,
    pub is_task: bool,
}

columns!(Found { subject: "h.subject_id", score: "h.score", is_task: "h.subject_id <> h.project_id" });

fn hits_query(wanted: &SearchQuery) -> Query<'_> {
    let SearchQuery { terms, reader, tasks, projects, within, but, after: (score, id), rows } = wanted;
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
    query.push(") select ", &[]);
    query.push(Found::COLUMNS, &[]);
    query.push(
        " from hits h
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

/// The possible numbers of terms as SQL text. A bound parameter would have different types on SQLite and PostgreSQL.
const COUNTS: [&str; 9] = ["0", "1", "2", "3", "4", "5", "6", "7", "8"];

pub(super) async fn hits(tx: &OrgTx, wanted: &SearchQuery) -> Result<Vec<Found>> {
    let query = hits_query(wanted);
    tx.all(query.sql(), query.values()).await
}
