//! Deadlines of tasks: a moment, or a whole day in the organization's time zone. Works on ids, so that organizations and
//! tasks don't depend on each other for this.

pub(crate) mod store;

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    access::{Counting, OrgWrite, SystemTx, Viewer},
    base::{
        clock::Time,
        day::Day,
        error::{Error, Result},
        id::{OrgId, TaskId},
        json::Patch,
        text::TimeZone,
    },
    db::Query,
    effects::ledger::{Action, Changes, Target},
    workspace::counts,
};

/// When a task is to be done: until a moment, or on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    moment: Time,
    day: Option<Day>,
}

impl Deadline {
    /// Returns the deadline that a request names.
    ///
    /// # Errors
    /// 422 if it names both a time and a day.
    pub fn wanted(at: Option<Time>, on: Option<Day>, zone: TimeZone) -> Result<Option<Self>> {
        match (at, on) {
            (None, None) => Ok(None),
            (Some(moment), None) => Ok(Some(Self { moment, day: None })),
            (None, Some(day)) => Ok(Some(Self { moment: day.end(&zone.rules())?, day: Some(day) })),
            (Some(_), Some(_)) => {
                Err(Error::field("/due_on", "invalid_value", "a task is due at a time or on a day, not both"))
            }
        }
    }

    /// Returns a deadline after a partial update. A time takes the place of a day, and a day that of a time.
    ///
    /// # Errors
    /// 422 if the update names both a time and a day.
    pub fn updated(
        old: Option<Self>,
        at: Patch<Option<Time>>,
        on: Patch<Option<Day>>,
        zone: TimeZone,
    ) -> Result<Option<Self>> {
        let names = (matches!(at, Patch::Set(Some(_))), matches!(on, Patch::Set(Some(_))));
        let was = |gives_way: bool| old.filter(|_| !gives_way);
        Self::wanted(at.or(was(names.1).and_then(Self::at)), on.or(was(names.0).and_then(Self::on)), zone)
    }

    /// Returns the deadline that is stored as these.
    pub fn stored(moment: Option<Time>, day: Option<Day>) -> Option<Self> {
        moment.map(|moment| Self { moment, day })
    }

    /// Returns the last moment at which the task isn't overdue. Tasks are sorted and filtered by it.
    pub const fn moment(self) -> Time {
        self.moment
    }

    /// Returns the time, unless the task is due on a day.
    pub const fn at(self) -> Option<Time> {
        if self.day.is_none() { Some(self.moment) } else { None }
    }

    /// Returns the day, unless the task is due at a time.
    pub const fn on(self) -> Option<Day> {
        self.day
    }

    /// Returns the day on which the task is due in a zone.
    ///
    /// # Errors
    /// When the time is out of the calendar's range.
    pub fn day_in(self, zone: TimeZone) -> Result<Day> {
        self.day.map_or_else(|| Day::at(self.moment, &zone.rules()), Ok)
    }

    /// Returns the deadline so many days later, at the same time of day in a zone. `None` if clients can't name that day.
    pub fn later(self, days: i64, zone: TimeZone) -> Option<Self> {
        let (day, zone) = (self.day_in(zone).ok()?.later(days)?, zone.rules());
        let moment = match self.day {
            Some(_) => day.end(&zone).ok()?,
            None => day.at_time_of(self.moment, &zone)?,
        };
        Some(Self { moment, day: self.day.map(|_| day) })
    }

    /// Checks that a task doesn't start on a later day than that of its deadline.
    ///
    /// # Errors
    /// 422 at this pointer if it does.
    pub fn check_start(
        deadline: Option<Self>,
        start: Option<Day>,
        zone: TimeZone,
        pointer: &str,
    ) -> Result<()> {
        let (Some(deadline), Some(start)) = (deadline, start) else { return Ok(()) };
        if start <= deadline.day_in(zone)? {
            return Ok(());
        }
        Err(Error::field(pointer, "invalid_value", "a task can't start after the day on which it is due"))
    }
}

/// Moves the deadlines that are days, because the organization's days end at other moments in its new time zone. Where they
/// are many, the others are moved later: [`move_days`].
pub async fn change_zone(tx: &OrgWrite, to: TimeZone) -> Result<()> {
    move_some(tx, to, None, Query::ROWS).await.map(drop)
}

/// Moves up to so many of the deadlines that an organization's change of its time zone has left. Returns whether there may
/// be more.
pub async fn move_days(tx: &SystemTx, org: OrgId, rows: usize) -> Result<bool> {
    // What is deleted is moved when it is restored.
    let Some(tx) = tx.work_in(org).await? else { return Ok(false) };
    let Some(last) = store::last_moved(&tx).await? else { return Ok(false) };
    move_some(&tx, tx.settings().time_zone, Some(last), rows).await
}

/// Moves up to so many deadlines to the ends of their days, in the order of the days, after the last one that was moved.
/// Returns whether there may be more.
async fn move_some(tx: &impl Counting, to: TimeZone, after: Option<Place>, rows: usize) -> Result<bool> {
    let (viewer, zone, until) = (tx.viewer(), to.rules(), tx.overdue_until());
    let found = store::due_on_days(viewer, after, rows).await?;
    let (mut moved, mut turned) = (BTreeMap::<i64, Vec<TaskId>>::new(), Vec::new());
    let mut expected = Vec::new();
    for task in &found {
        let end = task.day.end(&zone)?;
        moved.entry(task.day.lag(end)).or_default().push(task.id);
        if task.is_untold {
            expected.push(Deadline { moment: end, day: Some(task.day) });
        }
        if (task.due_at < until) != (end < until) {
            turned.push(task.id);
        }
    }
    counts::around(tx, turned, async || {
        for (lag, tasks) in &moved {
            store::move_to(viewer, *lag, tasks).await?;
        }
        Ok(())
    })
    .await?;
    expect(viewer, expected.into_iter()).await?;
    let last = found.last().filter(|_| found.len() == rows).map(|task| (task.day, task.id));
    store::note_moved(viewer, last).await?;
    Ok(last.is_some())
}

/// The place of a task among those that are due on days.
type Place = (Day, TaskId);

/// Notes when open tasks become overdue, so that the ledger tells it.
pub async fn expect(viewer: &Viewer, deadlines: impl Iterator<Item = Deadline>) -> Result<()> {
    let minutes: BTreeSet<Time> = deadlines.map(|deadline| next_minute(deadline.moment)).collect();
    store::expect(viewer, &minutes.into_iter().collect::<Vec<_>>()).await
}

/// Returns the beginning of the minute after a time.
const fn next_minute(time: Time) -> Time {
    const MINUTE: i64 = 60_000;
    Time::from_millis((time.millis() / MINUTE + 1) * MINUTE)
}

/// Notes when the open tasks become overdue that aren't told to be.
pub async fn expect_all(viewer: &Viewer) -> Result<()> {
    store::expect_all(viewer).await
}

/// Tells the ledger of some of the open tasks that have become overdue, of each once for its deadline. Templates
/// are passed over, and those whose project is archived, deleted or a template. Returns whether there may be more.
pub async fn tell_overdue(tx: &SystemTx, org: OrgId, rows: usize) -> Result<bool> {
    // What is deleted is expected anew when it is restored.
    let Some(tx) = tx.work_in(org).await? else {
        store::forget(&tx.peek(org), Time::from_millis(i64::MAX)).await?;
        return Ok(false);
    };
    let found = store::overdue(&tx, rows).await?;
    for task in found.iter().filter(|task| task.is_live) {
        tx.record(Action::TaskOverdue, Target::Task(task.project, task.id), Changes::none());
    }
    store::note(&tx, &found).await?;
    if found.len() == rows {
        return Ok(true);
    }
    store::forget(&tx, tx.now()).await?;
    Ok(false)
}
