//! How a page of a list of tasks is read: by what the page holds, and hardly by what the organization has.
//!
//! Where a filter leaves few tasks, these are found by the filter's own index, and then sorted. Otherwise the list is read in its
//! order, part by part, each off an index that has that order, and each task is asked whether it fits. What it is asked stands in
//! a `case`: neither engine looks for another index for it then, whatever they believe of how many tasks there are.

use std::cmp::Ordering;

use strum::VariantArray;

use super::{
    Priority, Status,
    fit::fitting,
    list::{Cursor, Key, Sort, TaskQuery},
    store::Found,
};
use crate::{
    base::{
        id::{ColumnId, TaskId, UserId},
        list::{CommaList, Flag},
    },
    db::Query,
};

/// The number of tasks up to which those that a filter leaves are read and sorted.
pub(super) const FEW: i64 = 1_000;

/// What a page is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// These tasks.
    Ids(Vec<TaskId>),
    /// All tasks, in the order of a part.
    Tasks,
    /// The tasks that a user is assigned to, in the order in which they were created.
    Assigned(UserId),
    /// The open tasks that a user is assigned to, in the order of their due times.
    Open(UserId),
}

/// A part of a list, with an index that has its order: it is sorted by the keys from one on, because the tasks have the
/// earlier ones in common.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// What the tasks have in common, for the first keys.
    common: Vec<Common>,
    from: usize,
}

/// What the tasks of a part have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Common {
    Status(Status),
    Priority(Priority),
    Dated,
    Undated,
}

/// Where a page begins in a part.
pub(super) enum Start<'a> {
    /// The part comes before the page.
    Past,
    First,
    After(&'a Cursor),
}

impl Part {
    /// Splits a list into parts, in its order: by the first of two keys if that has few values, and in those with a due
    /// time and those without.
    pub(super) fn of(sort: &Sort) -> Vec<Self> {
        let mut parts = Vec::new();
        Self::default().split(sort, &mut parts);
        parts
    }

    fn split(self, sort: &Sort, parts: &mut Vec<Self>) {
        let further = |common| {
            let common = self.common.iter().copied().chain([common]).collect();
            Self { common, from: self.from + 1 }
        };
        match sort.0.get(self.from..).unwrap_or_default() {
            [(Key::DueAt, _), ..] => {
                parts.push(Self { from: self.from, ..further(Common::Dated) });
                further(Common::Undated).split(sort, parts);
            }
            [(Key::Status, down), _] => {
                for status in in_order(Status::VARIANTS, *down) {
                    further(Common::Status(status)).split(sort, parts);
                }
            }
            [(Key::Priority, down), _] => {
                for priority in in_order(Priority::VARIANTS, *down) {
                    further(Common::Priority(priority)).split(sort, parts);
                }
            }
            _ => parts.push(self),
        }
    }

    pub(super) fn start<'a>(&self, sort: &Sort, cursor: Option<&'a Cursor>) -> Start<'a> {
        let Some(cursor) = cursor else { return Start::First };
        for ((common, (_, down)), place) in self.common.iter().zip(&sort.0).zip(&cursor.places) {
            let order = match common {
                Common::Status(status) => place.compare(status.rank()),
                Common::Priority(priority) => place.compare(priority.rank()),
                Common::Dated if place.is_undated() => return Start::Past,
                Common::Undated if !place.is_undated() => return Start::First,
                Common::Dated | Common::Undated => Ordering::Equal,
            };
            match if *down { order.reverse() } else { order } {
                Ordering::Less => return Start::First,
                Ordering::Equal => {}
                Ordering::Greater => return Start::Past,
            }
        }
        Start::After(cursor)
    }

    /// Returns the list of which this is all. `None` if the list has nothing of this part.
    pub(super) fn within(&self, wanted: &TaskQuery) -> Option<TaskQuery> {
        let mut part = wanted.clone();
        for common in &self.common {
            match common {
                Common::Status(status) => {
                    narrowed(&mut part.filters.status, *status)?;
                }
                Common::Priority(priority) => {
                    narrowed(&mut part.filters.priority, *priority)?;
                }
                Common::Undated if wanted.due() != (None, None) => return None,
                Common::Dated if wanted.asks_for_undated() => return None,
                Common::Dated | Common::Undated => {}
            }
        }
        Some(part)
    }

    /// Returns the filters that may leave few tasks of the part, although they leave many of the list.
    pub(super) fn narrow(&self, wanted: &TaskQuery) -> Vec<Narrow> {
        // A project has an index of those of a status or a priority that has the order of its board.
        if wanted.within.is_some() && self.first(&wanted.sort) == Some(Key::Position) {
            return Vec::new();
        }
        let narrow = |common: &Common| match common {
            Common::Status(_) => Some(Narrow::Statuses),
            Common::Priority(_) => Some(Narrow::Priorities),
            Common::Dated | Common::Undated => None,
        };
        self.common.iter().filter_map(narrow).collect()
    }

    /// Appends which tasks are in the part, but for what [`Part::within`] makes a filter of the list.
    fn push(&self, query: &mut Query<'_>) {
        for common in &self.common {
            match common {
                Common::Dated => query.push(" and t.due_at is not null", &[]),
                Common::Undated => query.push(" and t.due_at is null", &[]),
                Common::Status(_) | Common::Priority(_) => {}
            }
        }
    }

    fn first(&self, sort: &Sort) -> Option<Key> {
        sort.0.get(self.from).map(|(key, _)| *key)
    }
}

fn in_order<T: Copy>(values: &[T], down: bool) -> Vec<T> {
    if down { values.iter().rev().copied().collect() } else { values.to_vec() }
}

/// Leaves a filter this value alone. Returns `None` if it doesn't have it.
fn narrowed<T: PartialEq>(filter: &mut Option<CommaList<T>>, value: T) -> Option<()> {
    if filter.as_ref().is_some_and(|values| !values.0.contains(&value)) {
        return None;
    }
    *filter = Some(CommaList(vec![value]));
    Some(())
}

impl Source {
    /// Returns what a list is read from where no filter leaves few tasks.
    pub(super) fn of(wanted: &TaskQuery) -> Self {
        let [user] = wanted.only.assignees.as_slice() else { return Self::Tasks };
        if wanted.only.unassigned {
            return Self::Tasks;
        }
        match wanted.sort.0.as_slice() {
            [(Key::CreatedAt, _)] => Self::Assigned(*user),
            [(Key::DueAt, false)] if wanted.asks_for_open() => Self::Open(*user),
            _ => Self::Tasks,
        }
    }

    /// Returns whether it has the list's order as a whole.
    pub(super) const fn is_whole(&self) -> bool {
        !matches!(self, Self::Tasks)
    }

    /// Returns the SQL expression to sort by. It must be written as in its index, so that the index is used. Only behind
    /// another key do tasks with a due time and those without stand in one part.
    const fn expression(&self, key: Key, down: bool, is_first: bool) -> &'static str {
        match (key, self) {
            (Key::CreatedAt, Self::Assigned(_)) => "m.task_created_at",
            (Key::DueAt, Self::Open(_)) => "m.open_due_at",
            (Key::DueAt, Self::Tasks) if is_first => "t.due_at",
            (Key::DueAt, _) if down => "coalesce(t.due_at, -9223372036854775807)",
            (Key::DueAt, _) => "coalesce(t.due_at, 9223372036854775807)",
            (Key::CreatedAt, _) => "t.created_at",
            (Key::UpdatedAt, _) => "t.updated_at",
            (Key::Priority, _) => "t.priority",
            (Key::Status, _) => "t.status",
            (Key::Position, _) => "t.position",
            (Key::Number, _) => "t.number",
        }
    }

    const fn id(&self) -> &'static str {
        match self {
            Self::Assigned(_) | Self::Open(_) => "m.task_id",
            Self::Ids(_) | Self::Tasks => "t.id",
        }
    }

    /// Returns the SQL expression to sort by where no index has the order. SQLite mustn't find one that has: it would read all
    /// of the organization's tasks in that order, and ask each whether it is one of these.
    const fn sorted(key: Key, down: bool) -> &'static str {
        match key {
            Key::CreatedAt => "coalesce(t.created_at, 0)",
            Key::UpdatedAt => "coalesce(t.updated_at, 0)",
            Key::DueAt if down => "coalesce(t.due_at, -9223372036854775807)",
            Key::DueAt => "coalesce(t.due_at, 9223372036854775807)",
            Key::Priority => "coalesce(t.priority, 0)",
            Key::Status => "coalesce(t.status, 0)",
            Key::Position => "coalesce(t.position, '')",
            Key::Number => "coalesce(t.number, 0)",
        }
    }

    fn order(&self, query: &mut Query<'_>, sort: &Sort, from: usize) {
        query.push(" order by ", &[]);
        for (place, (key, down)) in sort.0.iter().enumerate().skip(from) {
            let expression = match self {
                Self::Ids(_) => Self::sorted(*key, *down),
                Self::Tasks | Self::Assigned(_) | Self::Open(_) => {
                    self.expression(*key, *down, place == from)
                }
            };
            query.push(expression, &[]);
            query.push(if *down { " desc, " } else { ", " }, &[]);
        }
        // PostgreSQL doesn't see that the index has the order of the ids where there is no due time.
        if *self == Self::Tasks && from > 0 && sort.0.len() == from {
            query.push(if sort.id_down() { "t.due_at desc, " } else { "t.due_at, " }, &[]);
        }
        query.push(self.id(), &[]);
        query.push(if sort.id_down() { " desc" } else { "" }, &[]);
    }

    /// Appends a bound on the first key that an index can start from.
    fn reach<'a>(&self, query: &mut Query<'a>, sort: &Sort, from: usize, cursor: &'a Cursor) {
        query.push(" and ", &[]);
        if let Some(((key, down), place)) = sort.0.get(from).zip(cursor.places.get(from)) {
            query.push(self.expression(*key, *down, true), &[]);
            query.push(if *down { " <= ?" } else { " >= ?" }, &[place.param()]);
        } else {
            query.push(self.id(), &[]);
            query.push(if sort.id_down() { " < ?" } else { " > ?" }, &[&cursor.id]);
        }
    }

    /// Appends the condition that a task comes after the cursor:
    /// `k1 > v1 or (k1 = v1 and (k2 > v2 or (k2 = v2 and id > v)))`.
    fn after<'a>(&self, query: &mut Query<'a>, sort: &Sort, from: usize, cursor: &'a Cursor) {
        let beyond = |down: bool| if down { " < ?" } else { " > ?" };
        query.push(" and (", &[]);
        let keys = || sort.0.iter().zip(&cursor.places).enumerate().skip(from);
        for (number, ((key, down), place)) in keys() {
            let expression = self.expression(*key, *down, number == from);
            query.push(expression, &[]);
            query.push(beyond(*down), &[place.param()]);
            query.push(" or (", &[]);
            query.push(expression, &[]);
            query.push(" = ? and (", &[place.param()]);
        }
        query.push(self.id(), &[]);
        query.push(beyond(sort.id_down()), &[&cursor.id]);
        for _ in keys() {
            query.push("))", &[]);
        }
        query.push(")", &[]);
    }
}

const JOINS: &str = " join projects v on v.org_id = $1 and v.id = t.project_id
     join users c on c.id = t.created_by
     left join task_assignees a on a.org_id = $1 and a.task_id = t.id
     left join users u on u.id = a.user_id";

/// Builds the statement of a page, or of what of it is in a part: it selects the tasks first, then their assignees, in one row
/// for each.
pub(super) fn page_query<'a>(
    wanted: &'a TaskQuery,
    source: &'a Source,
    part: &Part,
    cursor: Option<&'a Cursor>,
    rows: &'a i64,
) -> Query<'a> {
    let (sort, from) = (&wanted.sort, part.from);
    let mut query = match source {
        Source::Assigned(user) | Source::Open(user) => Query::new(
            "with page as (
                 select t.* from task_assignees m cross join tasks t
                 where m.org_id = $1 and m.user_id = ? and t.org_id = $1 and t.id = m.task_id and t.deleted_at is null",
            &[user],
        ),
        Source::Ids(_) | Source::Tasks => {
            Query::new("with page as (select t.* from tasks t where t.org_id = $1 and t.deleted_at is null", &[])
        }
    };
    if let Source::Ids(ids) = source {
        query.among("t.id", ids);
    } else {
        begin(&mut query, wanted, source, part, cursor);
    }
    query.push(" and case when true", &[]);
    part.push(&mut query);
    fitting(&mut query, wanted);
    if let Some(cursor) = cursor {
        source.after(&mut query, sort, from, cursor);
    }
    sighted(&mut query, wanted);
    query.push(" then true else false end", &[]);
    source.order(&mut query, sort, from);
    query.push(" limit ?) select ", &[rows]);
    query.push(Found::COLUMNS, &[]);
    query.push(" from page t", &[]);
    query.push(JOINS, &[]);
    Source::Ids(Vec::new()).order(&mut query, sort, from);
    query.push(", a.assigned_at, a.user_id", &[]);
    query
}

/// Appends that the reader must see the task, in the project of the list if it has one.
pub(super) fn sighted<'a>(query: &mut Query<'a>, wanted: &'a TaskQuery) {
    match &wanted.within {
        Some(project) => query.push(" and t.project_id = ?", &[project]),
        None => query.push(
            " and exists (select 1 from project_sight v
                          where v.org_id = $1 and v.project_id = t.project_id and v.user_id = ?)",
            &[&wanted.reader],
        ),
    }
}

/// Appends what the index is searched for that has the order of a part.
fn begin<'a>(
    query: &mut Query<'a>,
    wanted: &'a TaskQuery,
    source: &'a Source,
    part: &Part,
    cursor: Option<&'a Cursor>,
) {
    let first = part.first(&wanted.sort);
    let column = column(wanted, first);
    match (source, &wanted.within, column) {
        (Source::Open(_), ..) => query.push(" and m.open_due_at is not null", &[]),
        // A column of a board has an index of its own, with its order.
        (Source::Tasks, _, Some(column)) => query.push(" and t.column_id = ?", &[column]),
        (Source::Tasks, Some(project), None) => query.push(" and t.project_id = ?", &[project]),
        (Source::Tasks | Source::Assigned(_) | Source::Ids(_), ..) => {}
    }
    if *source == Source::Tasks {
        match first {
            Some(Key::DueAt) if wanted.due() == (None, None) => query.push(" and t.due_at is not null", &[]),
            // All keys have been used up, the due time last.
            None if part.from > 0 => query.push(" and t.due_at is null", &[]),
            None | Some(_) => {}
        }
        // The open tasks with a due time have an index, so that closed ones needn't be passed over.
        let open = first == Some(Key::DueAt) && wanted.asks_for_open();
        query.push(if open { " and t.status < 3" } else { "" }, &[]);
        // So have a project's tasks of one status, or of one priority, in the order of the board.
        if first == Some(Key::Position) && wanted.within.is_some() && column.is_none() {
            if let Some(status) = alone(wanted.filters.status.as_ref()) {
                query.push(" and t.status = ?", &[status]);
            } else if let Some(priority) = alone(wanted.filters.priority.as_ref()) {
                query.push(" and t.priority = ?", &[priority]);
            }
        }
    }
    match (first, &wanted.filters.updated_after) {
        (Some(Key::DueAt), _) => due(query, wanted, source.expression(Key::DueAt, false, true)),
        (Some(Key::UpdatedAt), Some(after)) => query.push(" and t.updated_at > ?", &[after]),
        _ => {}
    }
    if let Some(cursor) = cursor {
        source.reach(query, &wanted.sort, part.from, cursor);
    }
}

/// Returns the only column that is asked for, if its tasks are read in the order of the board.
fn column(wanted: &TaskQuery, first: Option<Key>) -> Option<&ColumnId> {
    alone(wanted.filters.column.as_ref()).filter(|_| first == Some(Key::Position))
}

fn alone<T>(list: Option<&CommaList<T>>) -> Option<&T> {
    match list?.0.as_slice() {
        [one] => Some(one),
        _ => None,
    }
}

/// Appends the bounds of the due time.
pub(super) fn due<'a>(query: &mut Query<'a>, wanted: &'a TaskQuery, expression: &'static str) {
    let (after, before) = wanted.due();
    if let Some(after) = after {
        query.push(" and ", &[]);
        query.push(expression, &[]);
        query.push(" >= ?", &[after]);
    }
    if let Some(before) = before {
        query.push(" and ", &[]);
        query.push(expression, &[]);
        query.push(" < ?", &[before]);
    }
}

/// A filter that has an index of its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Narrow {
    Assignees,
    Labels,
    Blocked,
    Overdue,
    Due,
    Undated,
    Updated,
    Creators,
    Updaters,
    Parents,
    Projects,
    Templates,
    Columns,
    Statuses,
    Priorities,
}

/// Returns the filters of a list that may leave few tasks, without those that its order has anyway.
pub(super) fn narrow(wanted: &TaskQuery, source: &Source) -> Vec<Narrow> {
    let filters = &wanted.filters;
    let first = wanted.sort.0.first().map(|(key, _)| *key);
    let is_by_due = first == Some(Key::DueAt);
    let is_on_board = wanted.within.is_some() && first == Some(Key::Position);
    let assignees = filters.assignee.is_some() && !wanted.only.unassigned && !source.is_whole();
    let overdue = wanted.asks_for_overdue();
    // With two bounds of the first key, SQLite walks the organization's index instead of the project's.
    let is_by_bound = (is_by_due && wanted.due() != (None, None))
        || (first == Some(Key::UpdatedAt) && filters.updated_after.is_some());
    let is_between = wanted.within.is_some() && is_by_bound;
    let all = [
        (Narrow::Assignees, assignees),
        (Narrow::Labels, filters.label.is_some() && !wanted.only.unlabelled),
        (Narrow::Blocked, filters.blocked == Some(Flag(true))),
        (Narrow::Parents, filters.parent.is_some() && !wanted.only.top_level),
        (Narrow::Overdue, overdue && !matches!(source, Source::Open(_))),
        (Narrow::Due, !overdue && !is_by_due && wanted.due() != (None, None)),
        (Narrow::Updated, filters.updated_after.is_some() && first != Some(Key::UpdatedAt)),
        (Narrow::Undated, wanted.asks_for_undated() && !is_by_due),
        (Narrow::Creators, filters.creator.is_some()),
        (Narrow::Updaters, filters.updated_by.is_some()),
        (Narrow::Projects, filters.project.is_some() || is_between),
        (Narrow::Templates, filters.template == Some(Flag(true))),
        (Narrow::Columns, filters.column.is_some() && column(wanted, first).is_none()),
        (Narrow::Statuses, filters.status.is_some() && !is_on_board && !source.is_whole()),
        (Narrow::Priorities, filters.priority.is_some() && !matches!(source, Source::Open(_))),
    ];
    all.into_iter().filter(|(_, is_asked)| *is_asked).map(|(narrow, _)| narrow).collect()
}

/// Begins a statement that reads the tasks that a filter leaves.
fn narrow_query<'a>(columns: Query<'a>, wanted: &'a TaskQuery, narrow: Narrow) -> Query<'a> {
    let mut query = columns;
    if matches!(narrow, Narrow::Assignees) {
        query.push(" from task_assignees m where m.org_id = $1", &[]);
        query.among("m.user_id", &wanted.only.assignees);
        query.push(if wanted.asks_for_open() { " and m.open_due_at is not null" } else { "" }, &[]);
        return query;
    }
    if matches!(narrow, Narrow::Labels) {
        query.push(" from task_labels m where m.org_id = $1", &[]);
        query.among("m.label_id", &wanted.only.labels);
        return query;
    }
    if matches!(narrow, Narrow::Updaters) {
        query.push(" from ledger m where m.org_id = $1 and m.subject_kind = 'task'", &[]);
        query.among("m.actor_id", &wanted.only.updaters);
        return query;
    }
    if matches!(narrow, Narrow::Blocked) {
        query.push(" from task_links m where m.org_id = $1 and m.kind = 'blocked_by'", &[]);
        return query;
    }
    query.push(" from tasks m where m.org_id = $1 and m.deleted_at is null", &[]);
    match narrow {
        Narrow::Assignees | Narrow::Labels | Narrow::Blocked | Narrow::Updaters => {}
        Narrow::Overdue => {
            query.push(" and m.status < 3", &[]);
            due(&mut query, wanted, "m.due_at");
        }
        Narrow::Due => due(&mut query, wanted, "m.due_at"),
        Narrow::Undated => query.push(" and m.due_at is null", &[]),
        Narrow::Updated => {
            if let Some(after) = &wanted.filters.updated_after {
                query.push(" and m.updated_at > ?", &[after]);
            }
        }
        Narrow::Creators => query.among("m.created_by", &wanted.only.creators),
        Narrow::Parents => query.among("m.parent_id", &wanted.only.parents),
        Narrow::Projects => match &wanted.within {
            Some(project) => query.push(" and m.project_id = ?", &[project]),
            None => query.among("m.project_id", &wanted.only.projects),
        },
        Narrow::Templates => match &wanted.within {
            Some(project) => query.push(" and m.is_template and m.project_id = ?", &[project]),
            None => query.push(
                " and (m.is_template
                       or m.project_id in (select p.id from projects p where p.org_id = $1 and p.is_template))",
                &[],
            ),
        },
        Narrow::Columns => {
            let columns = wanted.filters.column.as_ref().map_or(&[][..], |columns| columns.0.as_slice());
            query.among("m.column_id", columns);
        }
        Narrow::Statuses | Narrow::Priorities => {
            if let Some(project) = &wanted.within {
                query.push(" and m.project_id = ?", &[project]);
            }
            match (narrow, &wanted.filters.status, &wanted.filters.priority) {
                (Narrow::Statuses, Some(statuses), _) => query.among("m.status", &statuses.0),
                (_, _, Some(priorities)) => query.among("m.priority", &priorities.0),
                _ => {}
            }
        }
    }
    query
}

/// Builds the statement that tells whether a filter leaves more than [`FEW`] tasks.
pub(super) fn many_query(wanted: &TaskQuery, narrow: Narrow) -> Query<'_> {
    let mut query = narrow_query(Query::new("select true", &[]), wanted, narrow);
    query.push(" limit 1 offset ?", &[&FEW]);
    query
}

/// Builds the statement that finds the tasks that a filter leaves.
pub(super) fn few_query(wanted: &TaskQuery, narrow: Narrow) -> Query<'_> {
    let is_of_task =
        matches!(narrow, Narrow::Assignees | Narrow::Labels | Narrow::Blocked | Narrow::Updaters);
    let id = if is_of_task { "select m.task_id" } else { "select m.id" };
    narrow_query(Query::new(id, &[]), wanted, narrow)
}
