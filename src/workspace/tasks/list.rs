//! Which tasks a list shows, in which order, and where a page of it goes on.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Priority, Status, Task, store::Found};
use crate::{
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, TaskId, UserId},
        json::ParseError,
        list::{CommaList, Flag},
        text::Search,
    },
    db::{Param, Query},
    effects::index::{self, Term},
};

/// Which tasks. A comma separates alternatives.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFilters {
    /// Of these projects, by id or key.
    pub project: Option<CommaList<String>>,
    /// `todo`, `in_progress`, `review`, `done`.
    pub status: Option<CommaList<Status>>,
    /// `none`, `low`, `medium`, `high`, `urgent`.
    pub priority: Option<CommaList<Priority>>,
    /// Assigned to `me`, `none` (nobody), or these people.
    pub assignee: Option<CommaList<Assignee>>,
    /// Created by `me` or these people.
    pub creator: Option<CommaList<Creator>>,
    /// Below `none` (no task), or these tasks, by id or key.
    pub parent: Option<CommaList<String>>,
    /// Due before this time.
    pub due_before: Option<Time>,
    /// Due at this time or after.
    pub due_after: Option<Time>,
    /// Changed after this time.
    pub updated_after: Option<Time>,
    /// Open and past its due time, or not.
    pub overdue: Option<Flag>,
    /// With all of these words, whole or as beginnings, in title or description.
    pub q: Option<Search>,
    /// At most two of `created_at`, `updated_at`, `due_at`, `priority`, `status`, `position`, `number`; a `-` before one
    /// turns it round. `-created_at` if absent; what has no value comes last.
    pub sort: Option<Sort>,
}

/// Who a task is assigned to, in filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    Me,
    Nobody,
    User(UserId),
}

impl FromStr for Assignee {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "me" => Ok(Self::Me),
            "none" => Ok(Self::Nobody),
            id => id.parse().map(Self::User).map_err(|_| "must be me, none or a user's id"),
        }
    }
}

/// Who created a task, in filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creator {
    Me,
    User(UserId),
}

impl FromStr for Creator {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "me" => Ok(Self::Me),
            id => id.parse().map(Self::User).map_err(|_| "must be me or a user's id"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    CreatedAt,
    UpdatedAt,
    DueAt,
    Priority,
    Status,
    Position,
    Number,
}

/// The order of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(Vec<(Key, bool)>);

impl Default for Sort {
    fn default() -> Self {
        Self(vec![(Key::CreatedAt, true)])
    }
}

impl FromStr for Sort {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let key = |text: &str| {
            let (name, down) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
            let key = match name {
                "created_at" => Key::CreatedAt,
                "updated_at" => Key::UpdatedAt,
                "due_at" => Key::DueAt,
                "priority" => Key::Priority,
                "status" => Key::Status,
                "position" => Key::Position,
                "number" => Key::Number,
                _ => {
                    return Err(ParseError::new(
                        "invalid_value",
                        "sorts by created_at, updated_at, due_at, priority, status, position or number",
                    ));
                }
            };
            Ok((key, down))
        };
        let keys: Vec<(Key, bool)> = text.split(',').map(key).collect::<Result<_, _>>()?;
        match keys.as_slice() {
            [_] => Ok(Self(keys)),
            [(first, _), (second, _)] if first != second => Ok(Self(keys)),
            _ => Err(ParseError::new("invalid_value", "takes at most two different keys")),
        }
    }
}

impl<'de> Deserialize<'de> for Sort {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::base::json::parsed(deserializer)
    }
}

impl JsonSchema for Sort {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sort".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

/// What stands for "no due time" in the order: behind all others in either direction.
const LAST_UP: i64 = i64::MAX;
const LAST_DOWN: i64 = i64::MIN;

impl Key {
    /// The expression that is ordered by, as its index has it.
    const fn expression(self, down: bool) -> &'static str {
        match (self, down) {
            (Self::CreatedAt, _) => "t.created_at",
            (Self::UpdatedAt, _) => "t.updated_at",
            (Self::DueAt, false) => "coalesce(t.due_at, 9223372036854775807)",
            (Self::DueAt, true) => "coalesce(t.due_at, -9223372036854775808)",
            (Self::Priority, _) => "t.priority",
            (Self::Status, _) => "t.status",
            (Self::Position, _) => "t.position",
            (Self::Number, _) => "t.number",
        }
    }

    fn place(self, down: bool, task: &Task) -> Place {
        match self {
            Self::CreatedAt => Place::Number(task.created_at.millis()),
            Self::UpdatedAt => Place::Number(task.updated_at.millis()),
            Self::DueAt => {
                Place::Number(task.due_at.map_or(if down { LAST_DOWN } else { LAST_UP }, Time::millis))
            }
            Self::Priority => Place::Rank(task.priority.rank()),
            Self::Status => Place::Rank(task.status.rank()),
            Self::Position => Place::Text(task.position.clone()),
            Self::Number => Place::Number(task.number),
        }
    }
}

/// Where a task stands by one key. Typed, because PostgreSQL tells a smallint from a bigint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    Rank(i16),
    Number(i64),
    Text(String),
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cursor {
    places: Vec<Place>,
    id: TaskId,
}

impl Sort {
    /// What is due first comes first.
    pub(super) fn by_due_time() -> Self {
        Self(vec![(Key::DueAt, false)])
    }

    /// By nothing but the id.
    pub(super) const fn by_id() -> Self {
        Self(Vec::new())
    }

    pub(super) fn cursor(&self, task: &Task) -> Cursor {
        let places = self.0.iter().map(|(key, down)| key.place(*down, task)).collect();
        Cursor { places, id: task.id }
    }

    /// The tie-breaker goes the way of the last key, so that one index serves both.
    fn id_down(&self) -> bool {
        self.0.last().is_some_and(|(_, down)| *down)
    }

    fn order(&self, query: &mut Query) {
        query.push(" order by ", &[]);
        for (key, down) in &self.0 {
            query.push(key.expression(*down), &[]);
            query.push(if *down { " desc, " } else { ", " }, &[]);
        }
        query.push(if self.id_down() { "t.id desc" } else { "t.id" }, &[]);
    }

    /// `k1 > v1 or (k1 = v1 and (k2 > v2 or (k2 = v2 and id > v)))`, with a bound on the first key in front that an
    /// index can start from.
    fn after<'a>(&self, query: &mut Query<'a>, cursor: &'a Cursor) {
        let beyond = |down: bool| if down { " < ?" } else { " > ?" };
        let keys: Vec<_> = self.0.iter().zip(&cursor.places).collect();
        if let Some(((key, down), place)) = keys.first() {
            query.push(" and ", &[]);
            query.push(key.expression(*down), &[]);
            query.push(if *down { " <= ?" } else { " >= ?" }, &[place.param()]);
        }
        query.push(" and (", &[]);
        for ((key, down), place) in &keys {
            query.push(key.expression(*down), &[]);
            query.push(beyond(*down), &[place.param()]);
            query.push(" or (", &[]);
            query.push(key.expression(*down), &[]);
            query.push(" = ? and (", &[place.param()]);
        }
        query.push("t.id", &[]);
        query.push(beyond(self.id_down()), &[&cursor.id]);
        for _ in &keys {
            query.push("))", &[]);
        }
        query.push(")", &[]);
    }
}

impl Place {
    fn param(&self) -> &(dyn Param + Sync) {
        match self {
            Self::Rank(rank) => rank,
            Self::Number(number) => number,
            Self::Text(text) => text,
        }
    }

    /// Whether it is of the type that the key's column has.
    const fn fits(&self, key: Key) -> bool {
        matches!((key, self), (Key::Priority | Key::Status, Self::Rank(_)) | (Key::Position, Self::Text(_)))
            || matches!(
                (key, self),
                (Key::CreatedAt | Key::UpdatedAt | Key::DueAt | Key::Number, Self::Number(_))
            )
    }
}

impl Cursor {
    /// A small number reads as a rank, whatever it was.
    pub(super) fn typed(self, sort: &Sort) -> Result<Self> {
        let widen = |((key, _), place): (&(Key, bool), Place)| match place {
            Place::Rank(rank) if !place.fits(*key) => Place::Number(rank.into()),
            place => place,
        };
        let places: Vec<Place> = sort.0.iter().zip(self.places).map(widen).collect();
        let fits = places.len() == sort.0.len()
            && places.iter().zip(&sort.0).all(|(place, (key, _))| place.fits(*key));
        if fits { Ok(Self { places, ..self }) } else { Err(crate::base::error::Code::InvalidCursor.into()) }
    }
}

/// What a page of tasks is asked with: the filters, with what they name found.
pub(super) struct TaskQuery {
    /// One project whose sight is known, or all that the reader sees.
    pub within: Option<ProjectId>,
    /// Only these.
    pub ids: Option<Vec<TaskId>>,
    pub reader: UserId,
    pub filters: TaskFilters,
    pub sort: Sort,
    pub projects: Vec<ProjectId>,
    pub parents: Vec<TaskId>,
    pub creators: Vec<UserId>,
    pub assignees: Vec<UserId>,
    /// With all of these words.
    pub terms: Option<Vec<Term>>,
    pub now: Time,
    pub cursor: Option<Cursor>,
    pub rows: i64,
}

impl TaskQuery {
    fn asks_for_top_level(&self) -> bool {
        self.filters.parent.as_ref().is_some_and(|parents| parents.0.iter().any(|name| name == "none"))
    }

    fn asks_for_unassigned(&self) -> bool {
        self.filters.assignee.as_ref().is_some_and(|assignees| assignees.0.contains(&Assignee::Nobody))
    }
}

const JOINS: &str = " join projects v on v.org_id = $1 and v.id = t.project_id
     join users c on c.id = t.created_by
     left join task_assignees a on a.org_id = $1 and a.task_id = t.id
     left join users u on u.id = a.user_id";

/// The statement of a page: its tasks first, then who is assigned to them, one row for each.
pub(super) fn page_query(wanted: &TaskQuery) -> Query<'_> {
    let filters = &wanted.filters;
    let mut query =
        Query::new("with page as (select t.* from tasks t where t.org_id = $1 and t.deleted_at is null", &[]);
    match &wanted.within {
        Some(project) => query.push(" and t.project_id = ?", &[project]),
        None => query.push(
            " and exists (select 1 from project_sight v
                          where v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?)",
            &[&wanted.reader],
        ),
    }
    if let Some(ids) = &wanted.ids {
        query.among("t.id", ids);
    }
    if filters.project.is_some() {
        query.among("t.project_id", &wanted.projects);
    }
    if let Some(statuses) = &filters.status {
        query.among("t.status", &statuses.0);
    }
    if let Some(priorities) = &filters.priority {
        query.among("t.priority", &priorities.0);
    }
    if filters.creator.is_some() {
        query.among("t.created_by", &wanted.creators);
    }
    assigned(&mut query, wanted);
    below(&mut query, wanted);
    if let Some(before) = &filters.due_before {
        query.push(" and t.due_at < ?", &[before]);
    }
    if let Some(after) = &filters.due_after {
        query.push(" and t.due_at >= ?", &[after]);
    }
    if let Some(after) = &filters.updated_after {
        query.push(" and t.updated_at > ?", &[after]);
    }
    match filters.overdue {
        Some(Flag(true)) => query.push(" and t.due_at < ? and t.status <> 3", &[&wanted.now]),
        Some(Flag(false)) => {
            query.push(" and (t.due_at is null or t.due_at >= ? or t.status = 3)", &[&wanted.now]);
        }
        None => {}
    }
    if let Some(terms) = &wanted.terms {
        index::narrow(&mut query, "t.id", terms);
    }
    if let Some(cursor) = &wanted.cursor {
        wanted.sort.after(&mut query, cursor);
    }
    wanted.sort.order(&mut query);
    query.push(" limit ?) ", &[&wanted.rows]);
    query.push("select ", &[]);
    query.push(Found::COLUMNS, &[]);
    query.push(" from page t", &[]);
    query.push(JOINS, &[]);
    wanted.sort.order(&mut query);
    query.push(", a.assigned_at, a.user_id", &[]);
    query
}

fn assigned<'a>(query: &mut Query<'a>, wanted: &'a TaskQuery) {
    if wanted.filters.assignee.is_none() {
        return;
    }
    query.push(" and (false", &[]);
    if wanted.asks_for_unassigned() {
        query.push(
            " or not exists (select 1 from task_assignees a where a.org_id = $1 and a.task_id = t.id)",
            &[],
        );
    }
    if !wanted.assignees.is_empty() {
        query.push(" or t.id in (select a.task_id from task_assignees a where a.org_id = $1", &[]);
        query.among("a.user_id", &wanted.assignees);
        query.push(")", &[]);
    }
    query.push(")", &[]);
}

fn below<'a>(query: &mut Query<'a>, wanted: &'a TaskQuery) {
    if wanted.filters.parent.is_none() {
        return;
    }
    query.push(" and (false", &[]);
    if wanted.asks_for_top_level() {
        query.push(" or t.parent_id is null", &[]);
    }
    if !wanted.parents.is_empty() {
        query.push(" or (true", &[]);
        query.among("t.parent_id", &wanted.parents);
        query.push(")", &[]);
    }
    query.push(")", &[]);
}

impl TaskFilters {
    /// The people that filters name; `me` is the caller.
    pub(super) fn people(&self, me: UserId) -> (Vec<UserId>, Vec<UserId>) {
        let creators = self.creator.iter().flat_map(|list| &list.0).map(|creator| match creator {
            Creator::Me => me,
            Creator::User(user) => *user,
        });
        let assignees = self.assignee.iter().flat_map(|list| &list.0).filter_map(|assignee| match assignee {
            Assignee::Me => Some(me),
            Assignee::User(user) => Some(*user),
            Assignee::Nobody => None,
        });
        (creators.collect(), assignees.collect())
    }
}
