//! Filters and sort orders of lists of tasks, and the cursors of their pages. How they are read: `plan.rs`.

use std::{borrow::Cow, cmp::Ordering, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

use super::{
    Priority, Status, Task,
    named::{Named, Span},
    parts::{Included, TaskField, TaskParts},
};
use crate::{
    access::OrgTx,
    base::{
        clock::Time,
        error::Result,
        id::{ColumnId, LabelId, ProjectId, TaskId, UserId},
        json::{ParseError, one_of, parsed},
        list::{CommaList, Flag, joined},
        text::Search,
    },
    db::Param,
    effects::index::Terms,
};

/// Filters and sort order for a list of tasks. A comma separates alternatives.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskFilters {
    /// Only tasks of these projects, by id or key.
    pub project: Option<CommaList<String>>,
    /// Only tasks of other projects than these.
    pub not_project: Option<CommaList<String>>,
    /// Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`, `cancelled`.
    pub status: Option<CommaList<Status>>,
    /// Only tasks in other statuses than these.
    pub not_status: Option<CommaList<Status>>,
    /// Only tasks in these columns, by id.
    pub column: Option<CommaList<ColumnId>>,
    /// Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`.
    pub priority: Option<CommaList<Priority>>,
    /// Only tasks with other priorities than these.
    pub not_priority: Option<CommaList<Priority>>,
    /// Only tasks assigned to these users: `me` (the caller), `none` (no assignee), or a user's id.
    pub assignee: Option<CommaList<Assignee>>,
    /// Only tasks assigned to none of these users. `none` leaves out tasks without an assignee.
    pub not_assignee: Option<CommaList<Assignee>>,
    /// Only tasks with any of these labels, by id, or `none` (no label).
    pub label: Option<CommaList<LabelFilter>>,
    /// Only tasks with none of these labels. `none` leaves out tasks without a label.
    pub not_label: Option<CommaList<LabelFilter>>,
    /// Only tasks created by these users: `me` (the caller) or a user's id.
    pub creator: Option<CommaList<Creator>>,
    /// Only tasks created by other users than these.
    pub not_creator: Option<CommaList<Creator>>,
    /// Only tasks that these users have changed, be it long ago: `me` (the caller) or a user's id. A comment is no change.
    pub updated_by: Option<CommaList<Creator>>,
    /// Only tasks that none of these users has changed.
    pub not_updated_by: Option<CommaList<Creator>>,
    /// Only subtasks of these tasks, by id or key, or `none` (tasks without a parent, or whose parent is deleted).
    pub parent: Option<CommaList<String>>,
    /// Only tasks that are subtasks of none of these. `none` leaves out tasks without a parent.
    pub not_parent: Option<CommaList<String>>,
    /// Only tasks that are due `today` or `this_week` (from Monday to Sunday) in the caller's time zone, whether they are
    /// done or not; that are open and `overdue`, but for those of templates; or that have no deadline (`none`).
    pub due: Option<CommaList<Due>>,
    /// Only tasks to which none of these applies.
    pub not_due: Option<CommaList<Due>>,
    /// Only tasks that have any of these: `comments`, a `description`, `subtasks`, or a deadline (`due`).
    pub has: Option<CommaList<Has>>,
    /// Only tasks that have none of these.
    pub not_has: Option<CommaList<Has>>,
    /// Only tasks due before this time.
    pub due_before: Option<Time>,
    /// Only tasks due at this time or later.
    pub due_after: Option<Time>,
    /// Only tasks changed after this time.
    pub updated_after: Option<Time>,
    /// `true` lists only open tasks past their due time, `false` only the others. Tasks of templates are never overdue.
    pub overdue: Option<Flag>,
    /// `true` lists only tasks that are templates or below one, and those of projects that are templates; `false` only the
    /// others. Both are listed if absent. The list of one project doesn't ask whether the project is one.
    pub template: Option<Flag>,
    /// `true` lists only tasks that have to wait, because an open task that the caller sees blocks them; `false` only the
    /// others.
    pub blocked: Option<Flag>,
    /// Only tasks that have all of these words in their title or description. The beginning of a word finds it too,
    /// from two characters on.
    pub q: Option<Search>,
    /// One or two of `created_at`, `updated_at`, `due_at`, `priority`, `status`, `position`, `number`, separated by a
    /// comma; a `-` in front of one sorts in descending order. `-created_at` if absent. Tasks without a due time come
    /// last in either order. In the list of one project, tasks with the same status or priority are in the order of the board
    /// if no second key is given. A grouped list sorts by `position` if this is absent, and one that is grouped by `due`
    /// by `due_at`.
    pub sort: Option<Sort>,
    /// Answers `groups` instead of `items`: the tasks of each status, column, assignee, priority, label or deadline, with
    /// their number and the first `limit` of them, 20 if absent. A group's `next_cursor`, sent with the same parameters,
    /// answers this group alone with its next tasks. An answer has at most 50 groups, and room for 1,000 tasks; the list's
    /// own `next_cursor` answers further groups.
    pub group_by: Option<GroupBy>,
    /// Only these fields of the tasks, and of the subtasks that are included, and the `id`. The others are left out, although the
    /// schema requires them. All if absent.
    pub fields: Option<CommaList<TaskField>>,
    /// What else comes with each task: `subtasks` and `comments`, the first ten of each in the order of their own lists.
    /// `subtask_counts` and `comment_count` say how many there are. Not with `group_by`.
    pub include: Option<CommaList<Included>>,
}

/// What a list of tasks is grouped by. A task with several assignees or labels is in the group of each, and what has none in
/// the last, `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, strum::VariantNames, JsonSchema)]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<GroupBy>)]
#[schemars(rename = "TaskGrouping", rename_all = "snake_case", extend("x-extensible-enum" = true))]
pub enum GroupBy {
    /// The five statuses, also without tasks.
    Status,
    /// Columns in the order of their board. If the list is of one project, also those without tasks.
    Column,
    /// People, by name.
    Assignee,
    /// The five priorities, the most urgent first, also without tasks.
    Priority,
    /// Labels, by name.
    Label,
    /// `overdue`, `today`, `this_week` (the rest of it, until Sunday), `later`, `earlier` (closed tasks whose day is over; only
    /// if there are any) and `none`, in the organization's time zone.
    Due,
}

impl<'de> Deserialize<'de> for GroupBy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

/// Returns the schema of a word or an id: a text. Generated clients in Swift can't send what is one of several types.
fn id_or(words: &[&str]) -> Schema {
    let id = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    json_schema!({ "type": "string", "pattern": format!("^({}|{id})$", words.join("|")) })
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

/// A label that a filter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelFilter {
    None,
    Label(LabelId),
}

impl FromStr for LabelFilter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "none" => Ok(Self::None),
            id => id.parse().map(Self::Label).map_err(|_| "must be none or a label's id"),
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
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        id_or(&["me", "none"])
    }
}

impl JsonSchema for LabelFilter {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "LabelFilter".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        id_or(&["none"])
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
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        id_or(&["me"])
    }
}

/// A deadline that a filter asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, strum::VariantNames, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Due>)]
#[schemars(rename = "TaskDue", extend("x-extensible-enum" = true))]
pub enum Due {
    Today,
    ThisWeek,
    Overdue,
    None,
}

/// Something that tasks may have, for a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, strum::VariantNames, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Has>)]
#[schemars(rename = "TaskHas", extend("x-extensible-enum" = true))]
pub enum Has {
    Comments,
    Description,
    Subtasks,
    Due,
}

/// A field that tasks are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = no_such_key)]
pub(super) enum Key {
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
pub struct Sort(pub(super) Vec<(Key, bool)>);

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
    fn place(self, down: bool, task: &Task) -> Place {
        match self {
            Self::CreatedAt => Place::Number(task.created_at.millis()),
            Self::UpdatedAt => Place::Number(task.updated_at.millis()),
            Self::DueAt => {
                let due = task.deadline.map(|deadline| deadline.moment().millis());
                Place::Number(due.unwrap_or(if down { LAST_DOWN } else { LAST_UP }))
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
pub(super) enum Place {
    Rank(i16),
    Number(i64),
    Text(String),
}

/// The end of a page: the last task's values of the sort keys, and its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub places: Vec<Place>,
    pub id: TaskId,
}

impl Sort {
    /// Sorts by due time, the earliest first.
    pub(super) fn by_due_time() -> Self {
        Self(vec![(Key::DueAt, false)])
    }

    /// Sorts by the place on the board.
    pub(super) fn by_position() -> Self {
        Self(vec![(Key::Position, false)])
    }

    /// Returns the order of a list of one project: what has the same status or priority is in the order of the board.
    pub(super) fn on_board(mut self) -> Self {
        if matches!(self.0.as_slice(), [(Key::Status | Key::Priority, _)]) {
            self.0.push((Key::Position, false));
        }
        self
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
    pub(super) fn id_down(&self) -> bool {
        self.0.last().is_some_and(|(_, down)| *down)
    }
}

impl Place {
    pub(super) fn param(&self) -> &(dyn Param + Sync) {
        match self {
            Self::Rank(rank) => rank,
            Self::Number(number) => number,
            Self::Text(text) => text,
        }
    }

    /// Compares the value with a rank.
    pub(super) fn compare(&self, rank: i16) -> Ordering {
        match self {
            Self::Rank(place) => place.cmp(&rank),
            Self::Number(_) | Self::Text(_) => Ordering::Equal,
        }
    }

    /// Returns whether the value stands for a missing due time.
    pub(super) fn is_undated(&self) -> bool {
        matches!(self, Self::Number(LAST_UP | LAST_DOWN))
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
#[derive(Clone)]
pub(super) struct TaskQuery {
    /// Only tasks of this project, which the reader is known to see; `None` searches all projects that the reader sees.
    pub within: Option<ProjectId>,
    /// Only these tasks.
    pub ids: Option<Vec<TaskId>>,
    pub reader: UserId,
    pub filters: TaskFilters,
    pub sort: Sort,
    /// What the filters name that tasks must have, and what they mustn't.
    pub only: Named,
    pub but: Named,
    /// The deadlines that tasks must have, and that they mustn't.
    pub due: Option<Vec<Span>>,
    pub not_due: Option<Vec<Span>>,
    /// Only tasks with all of these words.
    pub terms: Option<Terms>,
    pub now: Time,
    pub cursor: Option<Cursor>,
    pub rows: i64,
}

impl TaskQuery {
    /// Returns the parameters of the first rows that filters leave, in their order. In a project's list that of its board
    /// decides among equals.
    pub(super) async fn of(
        tx: &OrgTx,
        within: Option<ProjectId>,
        filters: TaskFilters,
        rows: i64,
    ) -> Result<Self> {
        let filters = filters.positive();
        let default = || match filters.group_by {
            None => Sort::default(),
            Some(GroupBy::Due) => Sort::by_due_time(),
            Some(_) => Sort::by_position(),
        };
        let sort = filters.sort.clone().unwrap_or_else(default);
        let terms = match filters.q.as_ref().map(Search::as_str) {
            Some(text) if !text.is_empty() => Some(Terms::of(tx, text).await?),
            _ => None,
        };
        let (due, not_due) = Span::of_both(tx.as_user(), &filters).await?;
        Ok(Self {
            within,
            ids: None,
            reader: tx.user(),
            only: Named::wanted(tx, &filters).await?,
            but: Named::unwanted(tx, &filters).await?,
            due,
            not_due,
            terms,
            sort: if within.is_some() { sort.on_board() } else { sort },
            filters,
            now: tx.now(),
            cursor: None,
            rows,
        })
    }

    /// Returns whether only overdue tasks are asked for.
    pub(super) fn asks_for_overdue(&self) -> bool {
        self.filters.overdue == Some(Flag(true)) || self.due.as_deref() == Some(&[Span::Overdue])
    }

    /// Returns whether only tasks without a deadline are asked for.
    pub(super) fn asks_for_undated(&self) -> bool {
        self.due.as_ref().is_some_and(|spans| spans.iter().all(|span| *span == Span::None))
    }

    /// Returns whether only open tasks are asked for.
    pub(super) fn asks_for_open(&self) -> bool {
        self.asks_for_overdue()
            || self
                .filters
                .status
                .as_ref()
                .is_some_and(|statuses| statuses.0.iter().all(|status| status.is_open()))
    }

    /// Returns the bounds of the due time: it is at the first or later, and before the second.
    pub(super) fn due(&self) -> (Option<&Time>, Option<&Time>) {
        let overdue = self.asks_for_overdue().then_some(&self.now);
        let (after, before) = self.due.as_deref().map_or((None, None), |spans| self.around(spans));
        let before = self.filters.due_before.as_ref().into_iter().chain(overdue).chain(before).min();
        (self.filters.due_after.as_ref().into_iter().chain(after).max(), before)
    }

    /// Returns the bounds of several deadlines together.
    fn around<'a>(&'a self, spans: &'a [Span]) -> (Option<&'a Time>, Option<&'a Time>) {
        let after: Option<Vec<&Time>> = spans.iter().map(Span::first).collect();
        let before: Option<Vec<&Time>> = spans.iter().map(|span| span.end(&self.now)).collect();
        (after.and_then(|all| all.into_iter().min()), before.and_then(|all| all.into_iter().max()))
    }
}

impl TaskFilters {
    /// Returns what of each task is read.
    pub fn parts(&self) -> TaskParts {
        TaskParts { fields: self.fields.clone(), include: self.include.clone() }
    }

    /// Makes of what a status or a priority isn't what it is, which has indexes.
    pub(super) fn positive(mut self) -> Self {
        fn without<T: Copy + PartialEq>(
            only: Option<CommaList<T>>,
            but: Option<CommaList<T>>,
            all: &[T],
        ) -> Option<CommaList<T>> {
            let Some(but) = but else { return only };
            let mut left = only.map_or_else(|| all.to_vec(), |only| only.0);
            left.retain(|value| !but.0.contains(value));
            Some(CommaList(left))
        }
        self.status = without(self.status, self.not_status.take(), Status::VARIANTS);
        self.priority = without(self.priority, self.not_priority.take(), Priority::VARIANTS);
        self
    }
}
