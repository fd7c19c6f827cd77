//! The SQL of the search.

use uuid::Uuid;

use super::SearchKind;
use crate::{
    access::OrgTx,
    base::{
        error::Result,
        id::{ProjectId, TaskId, UserId},
    },
    db::{Query, columns},
    effects::index::{FEW, Term},
};

/// The parameters of a search.
pub(super) struct SearchQuery {
    pub rarest: Term,
    pub others: Vec<Term>,
    pub reader: UserId,
    pub tasks: bool,
    pub projects: bool,
    pub comments: bool,
    /// Searches only these projects, their tasks and the comments on them, if given.
    pub within: Option<Vec<ProjectId>>,
    /// The id of a task to leave out, since it is listed first as a match by key.
    pub but: Option<Uuid>,
    /// The score and id of the last match of the previous page.
    pub after: (i64, Uuid),
    pub rows: i64,
}

/// A task, comment or project that contains all the words.
pub(super) struct Found {
    pub subject: Uuid,
    pub score: i64,
    pub is_project: bool,
    /// The task that a comment is on.
    pub task: Option<TaskId>,
}

columns!(Found {
    subject: "h.subject_id",
    score: "h.score",
    is_project: "h.subject_id = h.project_id",
    task: "h.task_id",
});

impl Found {
    pub(super) const fn kind(&self) -> SearchKind {
        match (self.is_project, self.task) {
            (true, _) => SearchKind::Project,
            (false, Some(_)) => SearchKind::Comment,
            (false, None) => SearchKind::Task,
        }
    }
}

impl SearchQuery {
    /// Appends the conditions on the task, comment or project that has a word. They stand in a `case`, so that PostgreSQL reads the
    /// word's rows in their order, whatever it believes of the numbers of words and projects.
    fn wanted<'a>(&'a self, query: &mut Query<'a>) {
        query.push(
            " and case when w.project_id in (
                 select v.project_id from project_sight v where v.org_id = $1 and v.user_id = ?)",
            &[&self.reader],
        );
        if !self.tasks {
            query.push(" and (w.subject_id = w.project_id or w.task_id is not null)", &[]);
        }
        if !self.projects {
            query.push(" and w.subject_id <> w.project_id", &[]);
        }
        if self.comments {
            // The words of comments stay while their task is in the trash.
            query.push(
                " and (w.task_id is null or exists (
                      select 1 from tasks t where t.org_id = $1 and t.id = w.task_id and t.deleted_at is null))",
                &[],
            );
        } else {
            query.push(" and w.task_id is null", &[]);
        }
        if let Some(within) = &self.within {
            query.among("w.project_id", within);
        }
        if let Some(but) = &self.but {
            query.push(" and w.subject_id <> ?", &[but]);
        }
        query.push(" then true else false end", &[]);
    }
}

/// Builds the query for a page of matches. It reads the newest matches of the rarest term, [`FEW`] at most of the word itself
/// and of those that begin with it, and asks each for the other terms.
fn hits_query(wanted: &SearchQuery) -> Query<'_> {
    let SearchQuery { rarest: Term { from, to }, others, after: (score, id), rows, .. } = wanted;
    let mut query = Query::new(
        "with found as (
             select * from (select w.subject_id, w.project_id, w.task_id, 2 * w.weight as weight from search_words w
                            where w.org_id = $1 and w.word = ?",
        &[from],
    );
    wanted.wanted(&mut query);
    query.push(
        " order by w.subject_id desc limit ?) whole
          union all
          select * from (select w.subject_id, w.project_id, w.task_id, w.weight from search_words w
                         where w.org_id = $1 and w.word > ? and w.word < ?",
        &[&FEW, from, to],
    );
    wanted.wanted(&mut query);
    query.push(" order by w.word desc, w.subject_id desc limit ?) begun", &[&FEW]);
    query.push("), scores as (select f.subject_id, f.project_id, f.task_id, max(f.weight)", &[]);
    for Term { from, to } in others {
        query.push(
            " + (select max(w.weight + case when w.word = ? then w.weight else 0 end) from search_words w
                 where w.org_id = $1 and w.subject_id = f.subject_id
                   and case when w.word >= ? and w.word < ? then true else false end)",
            &[from, from, to],
        );
    }
    query.push(
        " as score from found f group by f.subject_id, f.project_id, f.task_id),
         hits as (select s.subject_id, s.project_id, s.task_id, cast(s.score as bigint) as score from scores s) select ",
        &[],
    );
    query.push(Found::COLUMNS, &[]);
    query.push(
        " from hits h where h.score < ? or (h.score = ? and h.subject_id < ?)
          order by h.score desc, h.subject_id desc limit ?",
        &[score, score, id, rows],
    );
    query
}

pub(super) async fn hits(tx: &OrgTx, wanted: &SearchQuery) -> Result<Vec<Found>> {
    let query = hits_query(wanted);
    tx.all(query.sql(), query.values()).await
}
