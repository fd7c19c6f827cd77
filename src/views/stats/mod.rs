//! The figures of a dashboard, over the tasks that the caller sees.

pub(crate) mod http;
mod store;

use std::{borrow::Cow, collections::BTreeMap, str::FromStr};

use jiff::{Timestamp, civil::Date, tz};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{
    base::{
        clock::Time,
        error::{Error, Result},
        json::parsed,
        text::TimeZone,
    },
    identity::accounts::Person,
    workspace::{
        projects::{ProjectName, TaskCounts},
        status::Status,
        tasks::Priority,
    },
};

/// How the work stands. Tasks that are deleted, and those of projects that the caller doesn't see, don't count.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Stats {
    /// All tasks by status.
    pub by_status: TaskCounts,
    /// Tasks whose due time has passed and that aren't done.
    pub overdue: i64,
    pub by_priority: Vec<PriorityStats>,
    /// Who has something, those with the most open tasks first; then the tasks that nobody has. A task of several people
    /// counts for each.
    pub by_assignee: Vec<AssigneeStats>,
    /// Every project, the first that was made first.
    pub by_project: Vec<ProjectStats>,
    /// Day by day, the last of them today.
    pub per_day: Vec<DayStats>,
    /// Whose days these are.
    pub time_zone: TimeZone,
}

/// The tasks of one priority.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PriorityStats {
    pub priority: Priority,
    #[serde(flatten)]
    pub tally: Tally,
}

/// The tasks of one person.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AssigneeStats {
    /// `null` for the tasks that nobody has.
    pub assignee: Option<Person>,
    #[serde(flatten)]
    pub tally: Tally,
}

/// The tasks of one project.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ProjectStats {
    pub project: ProjectName,
    #[serde(flatten)]
    pub tally: Tally,
}

// Its doc comment would take the place of those that flatten it.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct Tally {
    pub task_counts: TaskCounts,
    /// Those whose due time has passed and that aren't done.
    pub overdue: i64,
}

impl Tally {
    fn add(&mut self, status: Status, is_overdue: bool, count: i64) {
        self.task_counts.add(status, count);
        self.overdue += if is_overdue { count } else { 0 };
    }

    const fn open(&self) -> i64 {
        self.task_counts.todo + self.task_counts.in_progress + self.task_counts.review
    }
}

/// What was created and done on one day.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DayStats {
    /// As in 2026-11-23.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// Tasks that were made on that day.
    pub created: i64,
    /// Tasks that were done on that day, and still are.
    pub done: i64,
}

/// For how many days back: 1 to 366.
#[derive(Debug, Clone, Copy)]
pub struct Days(i64);

impl Default for Days {
    fn default() -> Self {
        Self(30)
    }
}

impl FromStr for Days {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = text.parse().ok().filter(|days| (1..=366).contains(days) && !text.starts_with('+'));
        days.map(Self).ok_or("must be a number from 1 to 366")
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for Days {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Days".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 366, "default": 30 })
    }
}

/// What the database counts together, in milliseconds: since 1972 every zone is a number of these from UTC.
const QUARTER: i64 = 15 * 60 * 1000;

/// Some days of a time zone, today the last of them.
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

    /// When the first day begins.
    fn since(&self) -> Result<Time> {
        let begin = self.first.to_zoned(self.zone.clone()).map_err(Error::internal)?;
        Ok(Time::from_millis(begin.timestamp().as_millisecond()))
    }

    /// Puts what was counted by quarters of an hour together by days.
    fn days(&self, created: &[(i64, i64)], done: &[(i64, i64)]) -> Result<Vec<DayStats>> {
        let days = self.first.series(jiff::Span::new().days(1)).take_while(|date| *date <= self.last);
        let mut days: BTreeMap<Date, DayStats> =
            days.map(|date| (date, DayStats { date, created: 0, done: 0 })).collect();
        let mut add = |counted: &[(i64, i64)], to: fn(&mut DayStats) -> &mut i64| {
            for (quarter, count) in counted {
                let date = date(Time::from_millis(quarter * QUARTER), &self.zone)?;
                if let Some(day) = days.get_mut(&date) {
                    *to(day) += count;
                }
            }
            Ok::<_, Error>(())
        };
        add(created, |day| &mut day.created)?;
        add(done, |day| &mut day.done)?;
        Ok(days.into_values().collect())
    }
}

fn date(time: Time, zone: &tz::TimeZone) -> Result<Date> {
    let time = Timestamp::from_millisecond(time.millis()).map_err(Error::internal)?;
    Ok(zone.to_datetime(time).date())
}
