//! The dates of copies: those of the originals, or later by the same number of days.

use super::Task;
use crate::{
    base::{
        day::Day,
        error::{Error, Result},
        text::TimeZone,
    },
    workspace::deadlines::Deadline,
};

/// Moves the dates of tasks by the same number of days, so that the earliest falls on this day. Times of day stay as they are in
/// the zone.
///
/// # Errors
/// 422 if clients couldn't name one of the days.
pub(super) fn shift(tasks: &mut [Task], starts_on: Option<Day>, zone: TimeZone) -> Result<()> {
    let Some((starts_on, earliest)) = starts_on.zip(earliest(tasks, zone)?) else { return Ok(()) };
    let days = starts_on.number() - earliest.number();
    let out_of_range =
        || Error::field("/starts_on", "out_of_range", "moves a date out of the years 1 to 9998");
    let start = |day: Day| day.later(days).ok_or_else(out_of_range);
    let due = |deadline: Deadline| deadline.later(days, zone).ok_or_else(out_of_range);
    for task in tasks {
        task.start_on = task.start_on.map(start).transpose()?;
        task.deadline = task.deadline.map(due).transpose()?;
    }
    Ok(())
}

/// Returns the first day on which one of the tasks starts or is due.
fn earliest(tasks: &[Task], zone: TimeZone) -> Result<Option<Day>> {
    let mut days: Vec<Day> = tasks.iter().filter_map(|task| task.start_on).collect();
    for deadline in tasks.iter().filter_map(|task| task.deadline) {
        days.push(deadline.day_in(zone)?);
    }
    Ok(days.into_iter().min())
}
