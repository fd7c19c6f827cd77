//! Statistics for a dashboard, over the tasks that the caller may see.

pub(crate) mod http;
mod store;

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date, tz};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    base::{
        clock::Time,
        error::{Error, Result},
        list::Whole,
        text::TimeZone,
    },
    identity::accounts::Person,
    workspace::{
        counts::{Kind, QUARTER},
        projects::{ProjectName, TaskCounts},
        status::Status,
        tasks::Priority,
    },
};

/// Statistics of an organization's tasks. Deleted tasks, those of templates, and those of projects that the caller can't see,
/// aren't counted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stats {
    /// The number of tasks in each status.
    pub by_status: TaskCounts,
    /// The number of tasks that are open and whose due time has passed.
    pub overdue: i64,
    /// The tasks of each priority, including priorities without tasks.
    pub by_priority: Vec<PriorityStats>,
    /// The tasks of each assignee, those with the most open tasks first, then the unassigned tasks. A task with several
    /// assignees counts for each of them.
    pub by_assignee: Vec<AssigneeStats>,
    /// The tasks of each project, the oldest project first.
    pub by_project: Vec<ProjectStats>,
    /// The tasks created and done on each day, from the oldest day to today.
    pub per_day: Vec<DayStats>,
    /// The IANA time zone in which the days of `per_day` begin and end.
    pub time_zone: TimeZone,
}

/// Statistics of the tasks of one priority.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PriorityStats {
    /// The priority.
    pub priority: Priority,
    #[serde(flatten)]
    pub tally: Tally,
}

/// Statistics of the tasks of one assignee.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AssigneeStats {
    /// The assignee; `null` for the unassigned tasks.
    pub assignee: Option<Person>,
    #[serde(flatten)]
    pub tally: Tally,
}

/// Statistics of the tasks of one project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProjectStats {
    /// The project.
    pub project: ProjectName,
    #[serde(flatten)]
    pub tally: Tally,
}

// No doc comment: it would replace those of the structs that flatten this one in the OpenAPI document.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct Tally {
    /// The number of tasks in each status.
    pub task_counts: TaskCounts,
    /// The number of tasks that are open and whose due time has passed.
    pub overdue: i64,
}

impl Tally {
    fn add(&mut self, status: Status, tasks: i64, overdue: i64) {
        self.task_counts.add(status, tasks);
        self.overdue += overdue;
    }

    const fn open(&self) -> i64 {
        self.task_counts.todo + self.task_counts.in_progress + self.task_counts.review
    }
}

/// The number of tasks created and done on one day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayStats {
    /// The day, such as `2026-11-23`.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// The number of tasks created on that day.
    pub created: i64,
    /// The number of tasks that became done on that day and still are.
    pub done: i64,
}

/// A number of days, 1 to 366. The default is 30.
pub type Days = Whole<366, 30>;

/// A range of days in a time zone that ends today.
struct Calendar {
    zone: tz::TimeZone,
    first: Date,
    last: Date,
}

impl Calendar {
    fn until(now: Time, days: Days, zone: &TimeZone) -> Result<Self> {
        let zone = zone.rules();
        let last = date(now, &zone)?;
        let first = last.checked_sub(jiff::Span::new().days(days.0 - 1)).map_err(Error::internal)?;
        Ok(Self { zone, first, last })
    }

    /// Returns the first quarter of an hour of the first day, numbered since 1970.
    fn since(&self) -> Result<i64> {
        let begin = self.first.to_zoned(self.zone.clone()).map_err(Error::internal)?;
        Ok(begin.timestamp().as_millisecond().div_euclid(QUARTER))
    }

    /// Sums counts per quarter of an hour, numbered since 1970, into counts per day.
    fn days(&self, dated: impl Iterator<Item = store::Dated>) -> Result<Vec<DayStats>> {
        let days = self.first.series(jiff::Span::new().days(1)).take_while(|date| *date <= self.last);
        let mut days: BTreeMap<Date, DayStats> =
            days.map(|date| (date, DayStats { date, created: 0, done: 0 })).collect();
        for store::Dated { kind, quarter, tasks } in dated {
            let date = date(Time::from_millis(quarter * QUARTER), &self.zone)?;
            if let Some(day) = days.get_mut(&date) {
                *(if kind == Kind::Created { &mut day.created } else { &mut day.done }) += tasks;
            }
        }
        Ok(days.into_values().collect())
    }
}

fn date(time: Time, zone: &tz::TimeZone) -> Result<Date> {
    let time = Timestamp::from_millisecond(time.millis()).map_err(Error::internal)?;
    Ok(zone.to_datetime(time).date())
}
