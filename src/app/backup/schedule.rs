//! Regular backups in a folder: when the next one is due, and which of them are kept. Their names tell when they were made.

use std::{fs, io, num::NonZeroUsize, path::PathBuf, str::FromStr, time::Duration};

use clap::Args;

use super::Source;
use crate::{
    app::{App, environment::Trim, job_log::Job},
    base::{
        clock::{Stopwatch, Time},
        error::{Error, Result},
    },
    db::Location,
};

/// The pause before it is looked again whether a backup is due, and the pause after one that failed.
const LOOK: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_mins(10);

/// The options for regular backups.
#[derive(Debug, Clone, Args)]
pub struct BackupArgs {
    /// The folder for regular backups of the embedded database [default: none are made]
    ///
    /// The first is made at the start. `guildhall restore` puts one back. Keep copies of them on another machine.
    #[arg(
        long,
        env = "GUILDHALL_BACKUP_DIR",
        hide_env_values = true,
        value_name = "FOLDER",
        value_parser = Trim(PathBuf::from_str)
    )]
    pub backup_dir: Option<PathBuf>,

    /// The time between two regular backups, such as `90m` or `6h`
    #[arg(
        long,
        env = "GUILDHALL_BACKUP_EVERY",
        hide_env_values = true,
        value_name = "TIME",
        default_value = "6h",
        requires = "backup_dir",
        value_parser = Trim(interval)
    )]
    pub backup_every: Duration,

    /// How many regular backups are kept; older ones are deleted
    #[arg(
        long,
        env = "GUILDHALL_BACKUP_KEEP",
        hide_env_values = true,
        value_name = "NUMBER",
        default_value = "28",
        requires = "backup_dir",
        value_parser = Trim(NonZeroUsize::from_str)
    )]
    pub backup_keep: NonZeroUsize,
}

/// Parses a time of at least a minute, such as `6h` or `1h 30m`.
fn interval(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().map_err(|_| "must be a time such as 90m or 6h")?;
    let interval = Duration::try_from(parsed).unwrap_or_default();
    if interval < Duration::from_mins(1) { Err("must be a minute or more".into()) } else { Ok(interval) }
}

impl BackupArgs {
    /// Returns the schedule, if regular backups are wanted.
    ///
    /// # Errors
    /// Returns an error if the database is on PostgreSQL.
    pub fn schedule(&self, database: &Location, secret: Option<PathBuf>) -> Result<Option<Schedule>, String> {
        let Some(folder) = self.backup_dir.clone() else { return Ok(None) };
        let source = Source::new(database, secret).map_err(|why| format!("--backup-dir: {why}"))?;
        Ok(Some(Schedule { source, folder, every: self.backup_every, keep: self.backup_keep.get() }))
    }
}

/// Where regular backups are made, how often, and how many are kept.
#[derive(Debug, Clone)]
pub struct Schedule {
    source: Source,
    folder: PathBuf,
    pub every: Duration,
    keep: usize,
}

impl Schedule {
    /// Makes a backup if one is due. Returns the pause before the next round.
    pub async fn round(&self, app: &App) -> Duration {
        match app.job_log().watch(Job::BackUp, self.back_up_if_due(app)).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::error!(%error, "failed to make a backup");
                AGAIN
            }
        }
    }

    async fn back_up_if_due(&self, app: &App) -> Result<()> {
        fs::create_dir_all(&self.folder).map_err(|error| self.explain(&error))?;
        let now = app.gateway().clock().now();
        let newest = self.newest(now)?;
        if let Some(newest) = newest {
            app.metrics().backed_up(newest);
        }
        if !is_due(newest, now, self.every) {
            return Ok(());
        }
        let (started, file) = (Stopwatch::start(), self.folder.join(name_of(now)));
        self.source.clone().back_up(file.clone()).await?;
        app.metrics().backed_up(now);
        self.delete_old(now)?;
        tracing::info!(file = %file.display(), millis = started.millis(), "made a backup");
        Ok(())
    }

    /// Returns when the newest backup in the folder was made.
    ///
    /// # Errors
    /// Returns an error if the folder can't be read.
    pub fn newest(&self, now: Time) -> Result<Option<Time>> {
        Ok(self.made(now)?.pop())
    }

    /// Returns when the backups in the folder were made, the oldest first. Those of the future, which a wrong clock made, count
    /// for nothing until their time comes: neither as the newest, nor among those that are kept.
    fn made(&self, now: Time) -> Result<Vec<Time>> {
        let names = fs::read_dir(&self.folder).map_err(|error| self.explain(&error))?;
        let mut made: Vec<Time> = names
            .filter_map(|entry| made_at(entry.ok()?.file_name().to_str()?))
            .filter(|made| *made <= now)
            .collect();
        made.sort_unstable();
        Ok(made)
    }

    fn delete_old(&self, now: Time) -> Result<()> {
        let made = self.made(now)?;
        for old in made.iter().take(made.len().saturating_sub(self.keep)) {
            fs::remove_file(self.folder.join(name_of(*old))).map_err(|error| self.explain(&error))?;
        }
        Ok(())
    }

    fn explain(&self, error: &io::Error) -> Error {
        Error::internal(format!("{}: {error}", self.folder.display()))
    }
}

/// Returns whether a backup is due.
fn is_due(newest: Option<Time>, now: Time, every: Duration) -> bool {
    newest.is_none_or(|newest| newest + every <= now)
}

/// Returns the name of a backup that was made at this time, without the colons that some file systems refuse.
fn name_of(made: Time) -> String {
    format!("guildhall-{}.zip", made.to_string().replace(':', ""))
}

/// Returns when the backup of this name was made; `None` for other files.
fn made_at(name: &str) -> Option<Time> {
    let stamp = name.strip_prefix("guildhall-")?.strip_suffix(".zip")?;
    let (hours, minutes, seconds) = (stamp.get(..13)?, stamp.get(13..15)?, stamp.get(15..)?);
    let made = format!("{hours}:{minutes}:{seconds}").parse().ok()?;
    (name_of(made) == name).then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_when_a_backup_was_made() {
        let made: Time = "2026-11-27T14:25:01.250Z".parse().unwrap();
        assert_eq!(name_of(made), "guildhall-2026-11-27T142501.250Z.zip");
        assert_eq!(made_at(&name_of(made)), Some(made));
        for other in [
            "guildhall.db",
            "guildhall-.zip",
            "guildhall-2026-11-27.zip",
            "guildhall-2026-11-27T142501Z.zip",
            "guildhall-ä.zip",
        ] {
            assert_eq!(made_at(other), None, "{other}");
        }
    }

    #[test]
    fn a_backup_is_due_when_the_newest_is_old_enough_or_none_tells() {
        let (newest, every) = (Time::from_millis(1_000_000), Duration::from_secs(100));
        for (now, due) in [(1_000_000, false), (1_099_999, false), (1_100_000, true)] {
            assert_eq!(is_due(Some(newest), Time::from_millis(now), every), due, "{now}");
        }
        assert!(is_due(None, newest, every));
    }

    #[test]
    fn what_a_wrong_clock_made_counts_for_nothing_until_its_time_comes() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source { database: "guildhall.db".into(), secret: None };
        let schedule =
            Schedule { source, folder: folder.path().into(), every: Duration::from_secs(100), keep: 2 };
        let at = Time::from_millis;
        for made in [1_000, 2_000, 3_000, 90_000, 91_000] {
            fs::write(folder.path().join(name_of(at(made))), "").unwrap();
        }
        schedule.delete_old(at(3_000)).unwrap();
        assert_eq!(schedule.newest(at(3_000)).unwrap(), Some(at(3_000)));
        assert_eq!(schedule.made(at(91_000)).unwrap(), [2_000, 3_000, 90_000, 91_000].map(at));
    }

    #[test]
    fn a_time_between_backups_is_a_minute_or_more() {
        assert_eq!(interval("6h"), Ok(Duration::from_hours(6)));
        assert_eq!(interval("1h 30m"), Ok(Duration::from_mins(90)));
        for wrong in ["", "6", "h", "-6h", "59s", "tomorrow"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
