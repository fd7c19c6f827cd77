//! When each of a node's background jobs ran last, and what became of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use strum::{EnumCount, IntoStaticStr, VariantArray};
use tracing::{Instrument as _, Span, field::Empty, info_span};

use crate::base::{
    clock::{Clock, Stopwatch, Time},
    error::Result,
    trace::TARGET,
};

/// A background job.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, EnumCount, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
#[schemars(rename = "JobName", extend("x-extensible-enum" = true))]
pub enum Job {
    /// Sends mails, about every second.
    SendMail,
    /// Tells organizations which of their tasks have become overdue, every minute.
    TellOverdue,
    /// Deletes what has expired, such as old sessions, every ten minutes.
    DeleteExpired,
    /// Removes what has been in the trash for 30 days for good, every ten minutes.
    Purge,
    /// Makes regular backups, and looks twice a minute whether one is due. Never runs without `--backup-dir`.
    BackUp,
}

impl Job {
    /// Returns the span of a run in a trace. Jobs that look so often that they mostly find nothing have none: a mail that is
    /// sent has its own.
    fn span(self) -> Span {
        match self {
            Self::SendMail | Self::BackUp => Span::none(),
            Self::TellOverdue | Self::DeleteExpired | Self::Purge => {
                info_span!(
                    target: TARGET,
                    "job",
                    otel.name = self.into_str(),
                    otel.status_code = Empty,
                    guildhall.job = self.into_str(),
                )
            }
        }
    }
}

/// The runs of a job at this node, since it started.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    /// When the last run that is over began.
    pub last_at: Option<Time>,
    /// How long it took, in milliseconds.
    pub last_millis: Option<u64>,
    /// When the last failed run began.
    pub failed_at: Option<Time>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Runs {
    /// Returns whether the last run failed.
    pub fn is_failing(&self) -> bool {
        self.failed_at.is_some() && self.failed_at == self.last_at
    }
}

/// Takes note of the runs of each job. Cheap to clone.
#[derive(Debug, Clone)]
pub struct JobLog {
    /// When this node started.
    pub since: Time,
    clock: Clock,
    runs: Arc<Mutex<[Runs; Job::COUNT]>>,
}

/// The maximum length of an error that is kept, in characters.
const ERROR_MOST: usize = 300;

impl JobLog {
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { since: clock.now(), clock, runs: Arc::default() }
    }

    /// Runs a job and takes note of it. Returns what it returns.
    pub async fn watch<T>(&self, job: Job, work: impl Future<Output = Result<T>>) -> Result<T> {
        let (at, started) = (self.clock.now(), Stopwatch::start());
        let span = job.span();
        let done = work.instrument(span.clone()).await;
        if let Some(runs) = self.runs().get_mut(job as usize) {
            (runs.last_at, runs.last_millis) = (Some(at), Some(started.millis()));
            if let Err(error) = &done {
                span.record("otel.status_code", "error");
                runs.failed_at = Some(at);
                runs.error = Some(error.to_string().chars().take(ERROR_MOST).collect());
            }
        }
        done
    }

    /// Returns the jobs, each with its runs.
    pub fn all(&self) -> Vec<(Job, Runs)> {
        Job::VARIANTS.iter().copied().zip(self.runs().iter().cloned()).collect()
    }

    fn runs(&self) -> MutexGuard<'_, [Runs; Job::COUNT]> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Error;

    #[tokio::test]
    async fn a_failure_is_remembered_after_the_next_run_and_is_no_longer_the_state() {
        let log = JobLog::new(Clock::adjustable());
        let purge = || log.all().into_iter().find(|(job, _)| *job == Job::Purge).unwrap().1;
        assert!(purge().last_at.is_none() && !purge().is_failing());
        let failed = log.watch(Job::Purge, async { Err::<(), _>(Error::internal("x".repeat(1000))) }).await;
        assert!(failed.is_err() && purge().is_failing());
        assert_eq!(purge().error.unwrap().len(), ERROR_MOST);
        log.clock.advance(std::time::Duration::from_secs(1));
        log.watch(Job::Purge, async { Ok(()) }).await.unwrap();
        assert!(purge().failed_at < purge().last_at && purge().error.is_some() && !purge().is_failing());
        assert!(log.all().iter().all(|(job, runs)| *job == Job::Purge || runs.last_at.is_none()));
    }
}
