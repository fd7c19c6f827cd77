//! The groups of a list of tasks: what the tasks of each have in common, and how they are counted.

use serde::{Deserialize, Serialize};
use strum::{FromRepr, IntoStaticStr, VariantArray};
use uuid::Uuid;

use super::{
    Priority, Status, Task,
    fit::{OF_TEMPLATE, fitting},
    list::{Assignee, GroupBy, LabelFilter, TaskQuery},
    named::Span,
    plan::{Source, sighted},
};
use crate::{
    access::OrgTx,
    base::{
        clock::Time,
        day::Day,
        error::Result,
        id::{ColumnId, Id, LabelId, UserId},
        list::{CommaList, Flag},
    },
    db::Query,
    workspace::deadlines::Deadline,
};

/// What the tasks of a group have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Group {
    Status(Status),
    Column(ColumnId),
    Assignee(Option<UserId>),
    Priority(Priority),
    Label(Option<LabelId>),
    Due(Term),
}

/// When the tasks of a group are due.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    FromRepr,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
#[repr(i16)]
pub(super) enum Term {
    Overdue = 0,
    Today = 1,
    ThisWeek = 2,
    Later = 3,
    /// Closed or in a template, and due on an earlier day.
    Earlier = 4,
    None = 5,
}

/// The moments between the terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    now: Time,
    today: Time,
    tomorrow: Time,
    next_week: Time,
}

impl Calendar {
    /// Returns the calendar in the organization's time zone.
    pub(super) fn of(tx: &OrgTx) -> Result<Self> {
        let zone = tx.settings().time_zone.rules();
        let today = Day::at(tx.now(), &zone)?;
        let (_, sunday) = today.week()?;
        let after = |day: Day| day.end(&zone).map(|end| Time::from_millis(end.millis() + 1));
        Ok(Self {
            now: tx.now(),
            today: today.begin(&zone)?,
            tomorrow: after(today)?,
            next_week: after(sunday)?,
        })
    }

    fn term(&self, task: &Task) -> Term {
        match task.deadline.map(Deadline::moment) {
            None => Term::None,
            Some(due) if due < self.now && task.is_work() => Term::Overdue,
            Some(due) if due < self.today => Term::Earlier,
            Some(due) if due < self.tomorrow => Term::Today,
            Some(due) if due < self.next_week => Term::ThisWeek,
            Some(_) => Term::Later,
        }
    }
}

impl Group {
    /// Returns the group that a row of the counts is about.
    pub(super) fn counted(by: GroupBy, rank: Option<i16>, id: Option<Uuid>) -> Option<Self> {
        match by {
            GroupBy::Status => rank.and_then(Status::from_repr).map(Self::Status),
            GroupBy::Priority => rank.and_then(Priority::from_repr).map(Self::Priority),
            GroupBy::Due => rank.and_then(Term::from_repr).map(Self::Due),
            GroupBy::Column => id.map(Id::new).map(Self::Column),
            GroupBy::Assignee => Some(Self::Assignee(id.map(Id::new))),
            GroupBy::Label => Some(Self::Label(id.map(Id::new))),
        }
    }

    /// Returns what the filter of the same name calls it.
    pub(super) fn key(self) -> String {
        let id = |id: Option<Uuid>| id.map_or_else(|| "none".to_owned(), |id| id.to_string());
        let name = |name: &'static str| name.to_owned();
        match self {
            Self::Status(status) => name(status.into()),
            Self::Priority(priority) => name(priority.into()),
            Self::Due(term) => name(term.into()),
            Self::Column(column) => column.to_string(),
            Self::Assignee(user) => id(user.map(|user| user.uuid())),
            Self::Label(label) => id(label.map(|label| label.uuid())),
        }
    }

    pub(super) const fn column(self) -> Option<ColumnId> {
        if let Self::Column(column) = self { Some(column) } else { None }
    }

    pub(super) const fn assignee(self) -> Option<UserId> {
        if let Self::Assignee(user) = self { user } else { None }
    }

    pub(super) const fn label(self) -> Option<LabelId> {
        if let Self::Label(label) = self { label } else { None }
    }

    /// Returns whether it is the group of the tasks that have none, which comes last.
    pub(super) const fn is_none(self) -> bool {
        matches!(
            self,
            Self::Assignee(None) | Self::Label(None) | Self::Priority(Priority::None) | Self::Due(Term::None)
        )
    }

    /// Returns whether the list has the group: where a filter names what a task is grouped by, only what it names.
    pub(super) fn is_in(self, wanted: &TaskQuery) -> bool {
        fn names<T: PartialEq>(filter: Option<&CommaList<T>>, value: &T) -> bool {
            filter.is_none_or(|values| values.0.contains(value))
        }
        let (filters, only) = (&wanted.filters, &wanted.only);
        match self {
            Self::Status(status) => names(filters.status.as_ref(), &status),
            Self::Priority(priority) => names(filters.priority.as_ref(), &priority),
            Self::Column(column) => names(filters.column.as_ref(), &column),
            Self::Assignee(user) => {
                filters.assignee.is_none()
                    || user.map_or(only.unassigned, |user| only.assignees.contains(&user))
            }
            Self::Label(label) => {
                filters.label.is_none() || label.map_or(only.unlabelled, |label| only.labels.contains(&label))
            }
            Self::Due(_) => true,
        }
    }

    /// Returns whether a task of the list is in the group.
    pub(super) fn has(self, task: &Task, calendar: &Calendar) -> bool {
        match self {
            Self::Status(status) => task.status == status,
            Self::Priority(priority) => task.priority == priority,
            Self::Column(column) => task.column_id == column,
            Self::Assignee(user) => user.map_or(task.assignees.is_empty(), |user| task.is_assigned(user)),
            Self::Label(None) => task.labels.is_empty(),
            Self::Label(Some(id)) => task.labels.iter().any(|label| label.id == id),
            Self::Due(term) => calendar.term(task) == term,
        }
    }

    /// Returns the list of the group's tasks alone.
    pub(super) fn alone(self, wanted: &TaskQuery, calendar: &Calendar) -> TaskQuery {
        let mut alone = wanted.clone();
        let (filters, only) = (&mut alone.filters, &mut alone.only);
        match self {
            Self::Status(status) => filters.status = Some(CommaList(vec![status])),
            Self::Priority(priority) => filters.priority = Some(CommaList(vec![priority])),
            Self::Column(column) => filters.column = Some(CommaList(vec![column])),
            Self::Assignee(user) => {
                filters.assignee = Some(CommaList(vec![user.map_or(Assignee::Nobody, Assignee::User)]));
                (only.assignees, only.unassigned) = (user.into_iter().collect(), user.is_none());
            }
            Self::Label(label) => {
                filters.label = Some(CommaList(vec![label.map_or(LabelFilter::None, LabelFilter::Label)]));
                (only.labels, only.unlabelled) = (label.into_iter().collect(), label.is_none());
            }
            Self::Due(Term::None) => alone.due = Some(vec![Span::None]),
            Self::Due(term) => {
                filters.overdue = Some(Flag(term == Term::Overdue));
                let (from, until) = calendar.bounds(term);
                filters.due_after = filters.due_after.max(from);
                filters.due_before = filters.due_before.into_iter().chain(until).min();
            }
        }
        alone
    }
}

impl Calendar {
    /// Returns the moments from which on, and before which, what has a term is due.
    const fn bounds(&self, term: Term) -> (Option<Time>, Option<Time>) {
        match term {
            Term::Overdue | Term::None => (None, None),
            Term::Earlier => (None, Some(self.today)),
            Term::Today => (Some(self.today), Some(self.tomorrow)),
            Term::ThisWeek => (Some(self.tomorrow), Some(self.next_week)),
            Term::Later => (Some(self.next_week), None),
        }
    }
}

/// A row of the counts.
pub(super) type Tally = (Option<i16>, Option<Uuid>, Option<String>, i64);

/// Builds the statement that counts the tasks of each group of a list: its rank or its id, what it is sorted by, and how many.
/// Nothing that is kept says it for all filters, so that the tasks which they leave are read.
pub(super) fn count_query<'a>(
    wanted: &'a TaskQuery,
    by: GroupBy,
    source: &'a Source,
    calendar: &'a Calendar,
) -> Query<'a> {
    let mut query = match by {
        GroupBy::Status => {
            Query::new("select t.status, cast(null as uuid), cast(null as text), count(*) from tasks t", &[])
        }
        GroupBy::Priority => Query::new(
            "select t.priority, cast(null as uuid), cast(null as text), count(*) from tasks t",
            &[],
        ),
        GroupBy::Due => {
            let mut query = Query::new(
                "select cast(case when t.due_at is null then 5 when t.due_at < ? and t.status < 3 and not ",
                &[&calendar.now],
            );
            query.push(OF_TEMPLATE, &[]);
            query.push(
                " then 0 when t.due_at < ? then 4 when t.due_at < ? then 1 when t.due_at < ? then 2 else 3 end as smallint),
                    cast(null as uuid), cast(null as text), count(*)
             from tasks t",
                &[&calendar.today, &calendar.tomorrow, &calendar.next_week],
            );
            query
        }
        GroupBy::Column => Query::new(
            "select cast(null as smallint), c.id, c.position, count(*)
             from tasks t join board_columns c on c.org_id = $1 and c.id = t.column_id",
            &[],
        ),
        GroupBy::Assignee => Query::new(
            "select cast(null as smallint), u.id, u.name, count(*)
             from tasks t left join task_assignees m on m.org_id = $1 and m.task_id = t.id
             left join users u on u.id = m.user_id",
            &[],
        ),
        // A deleted label is on no task, though its rows are still there.
        GroupBy::Label => Query::new(
            "select cast(null as smallint), l.id, l.caseless, count(*)
             from tasks t left join task_labels m on m.org_id = $1 and m.task_id = t.id and exists (
                 select 1 from labels d where d.org_id = $1 and d.id = m.label_id and d.deleted_at is null)
             left join labels l on l.org_id = $1 and l.id = m.label_id",
            &[],
        ),
    };
    query.push(" where t.org_id = $1 and t.deleted_at is null", &[]);
    match (source, &wanted.within) {
        (Source::Ids(ids), _) => query.among("t.id", ids),
        (Source::Tasks | Source::Assigned(_) | Source::Open(_), Some(project)) => {
            query.push(" and t.project_id = ?", &[project]);
        }
        (Source::Tasks | Source::Assigned(_) | Source::Open(_), None) => {}
    }
    query.push(" and case when true", &[]);
    fitting(&mut query, wanted);
    sighted(&mut query, wanted);
    query.push(" then true else false end group by 1, 2, 3", &[]);
    query
}
