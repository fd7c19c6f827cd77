//! Filters and sort orders of lists of tasks, and the cursors of their pages.

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{Priority, Status, Task, store::Found};
use crate::{
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, TaskId, UserId},
        json::ParseError,
        list::{CommaList, Flag, joined},
        text::Search,
    },
    db::{Param, Query},
    effects::index::{self, Terms},
};

/// Filters and sort order for a list of tasks. A comma separates alternatives.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFilters {
    /// Only tasks of these projects, by id or key.
    pub project: Option<CommaList<String>>,
    /// Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`.
    pub status: Option<CommaList<Status>>,
    /// Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`.
    pub priority: Option<CommaList<Priority>>,
    /// Only tasks assigned to these users: `me` (the caller), `none` (no assignee), or a user's id.
    pub assignee: Option<CommaList<Assignee>>,
    /// Only tasks created by these users: `me` (the caller) or a user's id.
    pub creator: Option<CommaList<Creator>>,
    /// Only subtasks of these tasks, by id or key, or `none` (tasks without a parent, or whose parent is deleted).
    pub parent: Option<CommaList<String>>,
    /// Only tasks due before this time.
    pub due_before: Option<Time>,
    /// Only tasks due at this time or later.
    pub due_after: Option<Time>,
    /// Only tasks changed after this time.
    pub updated_after: Option<Time>,
    /// `true` lists only open tasks past their due time, `false` only the others.
    pub overdue: Option<Flag>,
    /// Only tasks that have all of these words in their title or description. The beginning of a word finds it too,
    /// from two characters on.
    pub q: Option<Search>,
    /// One or two of `created_at`, `updated_at`, `due_at`, `priority`, `status`, `position`, `number`, separated by a
    /// comma; a `-` in front of one sorts in descending order. `-created_at` if absent. Tasks without a due time come
    /// last in either order.
    pub sort: Option<Sort>,
}

/// An assignee that a filter names.
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

impl JsonSchema for Assignee {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Assignee".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let user = generator.subschema_for::<UserId>();
        json_schema!({ "anyOf": [{ "type": "string", "const": "me" }, { "type": "string", "const": "none" }, user] })
    }
}

/// A creator that a filter names.
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

impl JsonSchema for Creator {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Creator".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let user = generator.subschema_for::<UserId>();
        json_schema!({ "anyOf": [{ "type": "string", "const": "me" }, user] })
    }
}

/// A field that tasks are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = no_such_key)]
enum Key {
    CreatedAt,
    UpdatedAt,
    DueAt,
    Priority,
    Status,
    Position,
    Number,
}

fn no_such_key(_: &str) -> ParseError {
    let message = "sorts by created_at, updated_at, due_at, priority, status, position or number";
    ParseError::new("invalid_value", message)
}

/// The sort order of a list of tasks: its keys, each with whether it is descending.
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
            name.parse().map(|key: Key| (key, down))
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
        joined(deserializer)
    }
}

impl JsonSchema for Sort {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Sort".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let key = generator.subschema_for::<SortKey>();
        json_schema!({ "type": "array", "items": key, "minItems": 1, "maxItems": 2 })
    }
}

/// The text of a key in a request, with a `-` in front of it for the descending order.
enum SortKey {}

impl JsonSchema for SortKey {
    fn schema_name() -> Cow<'static, str> {
        "TaskSortKey".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = || Key::VARIANTS.iter().map(Key::into_str);
        let values = names().map(str::to_owned).chain(names().map(|name| format!("-{name}")));
        let constants = names().map(str::to_ascii_uppercase);
        let constants = constants.clone().chain(constants.map(|name| format!("{name}_DESC")));
        json_schema!({
            "type": "string",
            "description": "A field that tasks are sorted by; with a `-` in front of it in descending order.",
            "enum": values.collect::<Vec<_>>(),
            // What generators of clients call them: several would give both orders of a field one name.
            "x-enum-varnames": constants.collect::<Vec<_>>(),
        })
    }
}

/// The value that stands for a missing due time in ascending order, so that it sorts last.
const LAST_UP: i64 = i64::MAX;
/// The value that stands for a missing due time in descending order, so that it sorts last.
const LAST_DOWN: i64 = -i64::MAX;

impl Key {
    /// Returns the SQL expression to sort by. It must be written as in its index, so that the index is used.
    const fn expression(self, down: bool) -> &'static str {
        match (self, down) {
            (Self::CreatedAt, _) => "t.created_at",
            (Self::UpdatedAt, _) => "t.updated_at",
            (Self::DueAt, false) => "coalesce(t.due_at, 9223372036854775807)",
            (Self::DueAt, true) => "coalesce(t.due_at, -9223372036854775807)",
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

/// A task's value of one sort key. Typed, because PostgreSQL distinguishes a smallint from a bigint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    Rank(i16),
    Number(i64),
    Text(String),
}

/// The end of a page: the last task's values of the sort keys, and its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cursor {
    places: Vec<Place>,
    id: TaskId,
}

impl Sort {
    /// Sorts by due time, the earliest first.
    pub(super) fn by_due_time() -> Self {
        Self(vec![(Key::DueAt, false)])
    }

    /// Sorts by id only.
    pub(super) const fn by_id() -> Self {
        Self(Vec::new())
    }

    pub(super) fn cursor(&self, task: &Task) -> Cursor {
        let places = self.0.iter().map(|(key, down)| key.place(*down, task)).collect();
        Cursor { places, id: task.id }
    }

    /// Returns whether ids, which break ties, are descending. They follow the last key, so that one index serves both.
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

    /// Appends the condition that a task comes after the cursor:
    /// `k1 > v1 or (k1 = v1 and (k2 > v2 or (k2 = v2 and id > v)))`, preceded by a bound on the first key that an index
    /// can start from.
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

    /// Returns whether the value has the type of the key's column.
    const fn fits(&self, key: Key) -> bool {
        matches!((key, self), (Key::Priority | Key::Status, Self::Rank(_)) | (Key::Position, Self::Text(_)))
            || matches!(
                (key, self),
                (Key::CreatedAt | Key::UpdatedAt | Key::DueAt | Key::Number, Self::Number(_))
            )
    }
}

impl Cursor {
    /// Restores the types of the values: deserialization reads every small number as a rank.
    ///
    /// # Errors
    /// 422 if the cursor doesn't fit the sort order.
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

/// The parameters of a page of tasks: the filters, and the ids that their names stand for.
pub(super) struct TaskQuery {
    /// Only tasks of this project, which the reader is known to see; `None` searches all projects that the reader sees.
    pub within: Option<ProjectId>,
    /// Only these tasks.
    pub ids: Option<Vec<TaskId>>,
    pub reader: UserId,
    pub filters: TaskFilters,
    pub sort: Sort,
    pub projects: Vec<ProjectId>,
    pub parents: Vec<TaskId>,
    pub creators: Vec<UserId>,
    pub assignees: Vec<UserId>,
    /// Only tasks with all of these words.
    pub terms: Option<Terms>,
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

/// Builds the statement of a page: it selects the tasks first, then their assignees, in one row for each.
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
        query.push(
            " or t.parent_id is null or exists (
                 select 1 from tasks above
                 where above.org_id = $1 and above.id = t.parent_id and above.deleted_at is not null)",
            &[],
        );
    }
    if !wanted.parents.is_empty() {
        query.push(
            " or (exists (
                 select 1 from tasks above
                 where above.org_id = $1 and above.id = t.parent_id and above.deleted_at is null)",
            &[],
        );
        query.among("t.parent_id", &wanted.parents);
        query.push(")", &[]);
    }
    query.push(")", &[]);
}

impl TaskFilters {
    /// Returns the creators and the assignees that the filters name. `me` is the caller.
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
