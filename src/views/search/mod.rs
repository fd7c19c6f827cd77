//! Full-text search over the tasks, comments and projects that the caller may see.

mod store;

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, VariantNames};
use uuid::Uuid;

use self::store::{Found, SearchQuery};
use crate::{
    access::{Access, OrgTx, actions},
    base::{
        error::{Error, Result},
        id::{CommentId, Id, ProjectId, TaskId},
        json::{ParseError, one_of},
        list::CommaList,
        page::{Page, Paging},
        text::Search,
    },
    effects::index::Terms,
    http::input::List,
    workspace::{
        comments::{self, CommentView},
        projects::{self, ProjectView},
        tasks::{self, TaskView},
    },
};

actions! {
    SearchOrg: See on ();
}

/// A task, comment or project that matches a search. Later versions may add kinds: skip a hit whose kind you don't know.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "SearchHit")]
pub enum Hit {
    /// A task that matches a search.
    Task(Match<TaskView>),
    /// A project that matches a search.
    Project(Match<ProjectView>),
    /// A comment that matches a search.
    Comment(Match<CommentView>),
}

/// An object that matches a search.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Hit")]
pub struct Match<T> {
    /// The object's id.
    pub id: Uuid,
    /// The object as the caller sees it.
    pub object: Box<T>,
}

impl<T> Match<T> {
    fn new(id: Uuid, object: T) -> Self {
        Self { id, object: Box::new(object) }
    }
}

/// The kind of object to search for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<SearchKind>)]
#[schemars(extend("x-extensible-enum" = true))]
pub enum SearchKind {
    Task,
    Project,
    Comment,
}

/// The query parameters of a search.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchFilters {
    /// The words to search for, or a task's key. A match contains all of them, as whole words or as beginnings of
    /// words, ignoring case and accents. If even the rarest is in more than 10,000 tasks, comments and projects, the newest of
    /// those are searched.
    pub q: Search,
    /// The kinds of objects to search for: `task`, `project`, `comment`. All if absent.
    pub kind: Option<CommaList<SearchKind>>,
    /// Searches only these projects, their tasks and the comments on them. Each is given by id or key.
    pub project: Option<CommaList<String>>,
}

pub async fn search(access: Access<SearchOrg>, list: List<SearchFilters>) -> Result<Page<Hit>> {
    let find =
        async |tx: &OrgTx, (), (filters, paging): (SearchFilters, Paging)| page(tx, filters, &paging).await;
    access.read(list, find).await
}

async fn page(tx: &OrgTx, filters: SearchFilters, paging: &Paging) -> Result<Page<Hit>> {
    let mut terms = Terms::of(tx, filters.q.as_str()).await?.terms.into_iter();
    let Some(rarest) = terms.next() else {
        return Err(Error::parameter("q", "invalid_value", "must have a letter or a digit"));
    };
    let is_wanted = |kind| filters.kind.as_ref().is_none_or(|kinds| kinds.0.contains(&kind));
    let within = match &filters.project {
        Some(_) => Some(projects::ids(tx, filters.project.as_ref()).await?),
        None => None,
    };
    // A task whose key equals the query is listed first, before all matches by words.
    let named = match filters.q.as_str().parse() {
        Ok(name) if is_wanted(SearchKind::Task) => tasks::named(tx, &name).await?,
        _ => None,
    };
    let named = named.filter(|task| within.as_ref().is_none_or(|within| within.contains(&task.project_id)));
    let after: Option<(i64, Uuid)> = paging.after()?;
    let query = SearchQuery {
        rarest,
        others: terms.collect(),
        reader: tx.user(),
        tasks: is_wanted(SearchKind::Task),
        projects: is_wanted(SearchKind::Project),
        comments: is_wanted(SearchKind::Comment),
        within,
        but: named.as_ref().map(|task| task.id.uuid()),
        after: after.unwrap_or((i64::MAX, Uuid::max())),
        rows: paging.rows(),
    };
    let first = named.filter(|_| after.is_none());
    let first =
        first.map(|task| Found { subject: task.id.uuid(), score: i64::MAX, is_project: false, task: None });
    let found = first.into_iter().chain(store::hits(tx, &query).await?).collect();
    let page = paging.page(found, |found| (found.score, found.subject));
    Ok(Page { items: hits(tx, page.items).await?, next_cursor: page.next_cursor })
}

/// Loads the matches as the caller sees them, in the given order.
async fn hits(tx: &OrgTx, found: Vec<Found>) -> Result<Vec<Hit>> {
    let of = |kind| found.iter().filter(move |found| found.kind() == kind).map(|found| found.subject);
    let tasks = tasks::seen(tx, of(SearchKind::Task).map(Id::new).collect()).await?;
    let mut tasks: HashMap<TaskId, TaskView> = tasks.into_iter().map(|task| (task.id, task)).collect();
    let comments: Vec<CommentId> = of(SearchKind::Comment).map(Id::new).collect();
    let comments = comments::seen(tx, &comments).await?;
    let mut comments: HashMap<CommentId, CommentView> =
        comments.into_iter().map(|comment| (comment.id, comment)).collect();
    let projects = projects::seen(tx, of(SearchKind::Project).map(Id::new).collect()).await?;
    let mut projects: HashMap<ProjectId, ProjectView> =
        projects.into_iter().map(|project| (project.id, project)).collect();
    let hit = |found: Found| {
        let id = found.subject;
        match found.kind() {
            SearchKind::Task => tasks.remove(&Id::new(id)).map(|task| Hit::Task(Match::new(id, task))),
            SearchKind::Project => {
                projects.remove(&Id::new(id)).map(|project| Hit::Project(Match::new(id, project)))
            }
            SearchKind::Comment => {
                comments.remove(&Id::new(id)).map(|comment| Hit::Comment(Match::new(id, comment)))
            }
        }
    };
    Ok(found.into_iter().filter_map(hit).collect())
}
