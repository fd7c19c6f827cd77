//! The background jobs, as the operator sees them: when each ran last at this node, and what is due at all nodes.

use std::time::Duration;

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::store;
use crate::{
    access::{ByOperator, SystemTx},
    app::job_log::{Job, JobLog, Runs},
    base::{clock::Time, error::Result, json::EXACT},
    effects::mail,
    http::answer,
};

/// The background jobs of a node.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminJobs {
    /// The time at which the node started that answers. Its jobs haven't run before.
    pub started_at: Time,
    /// The jobs, each once.
    pub jobs: Vec<AdminJob>,
}

/// A background job.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminJob {
    /// What the job does.
    pub job: Job,
    /// When its last run that is over began, at the node that answers. `null` if it hasn't run there.
    pub last_run_at: Option<Time>,
    /// How long that run took, in milliseconds.
    #[schemars(range(max = EXACT))]
    pub last_run_ms: Option<u64>,
    /// Whether that run failed. It is tried again.
    pub failing: bool,
    /// When the last run began that failed, at the node that answers. `null` if none did.
    pub last_failed_at: Option<Time>,
    /// Why that one failed.
    pub last_error: Option<String>,
    /// How much there is for it to do now: mails, or organizations. `null` for a job that looks for itself.
    pub due: Option<i64>,
    /// Since when there is something to do. `null` if there is nothing.
    pub due_since: Option<Time>,
    /// Whether that is so long ago that no node seems to do it: 15 minutes; for a purge, a day and a half.
    pub late: bool,
}

/// Work that a job has to do.
struct Work {
    count: i64,
    since: Option<Time>,
}

/// How long work may wait, at a node that does its jobs.
const LATE: Duration = Duration::from_mins(15);
/// A purge is planned for a day, and one that failed for the next.
const LATE_PURGE: Duration = Duration::from_hours(36);

impl AdminJob {
    fn new(job: Job, runs: Runs, work: Option<Work>, now: Time) -> Self {
        let patience = if job == Job::Purge { LATE_PURGE } else { LATE };
        let (due, since) = work.map_or((None, None), |work| (Some(work.count), work.since));
        Self {
            job,
            failing: runs.is_failing(),
            last_run_at: runs.last_at,
            last_run_ms: runs.last_millis,
            last_failed_at: runs.failed_at,
            last_error: runs.error,
            due,
            due_since: since,
            late: since.is_some_and(|since| since + patience < now),
        }
    }
}

/// Returns the jobs, with what each has to do.
pub(super) async fn standing(
    tx: &SystemTx,
    log: &JobLog,
    mails: &mail::store::Standing,
) -> Result<Vec<AdminJob>> {
    let due = store::due(tx).await?;
    let work = |job| match job {
        Job::SendMail => Some(Work { count: mails.due, since: mails.due_since }),
        Job::TellOverdue => Some(Work { count: due.deadlines, since: due.deadlines_since }),
        Job::Purge => Some(Work { count: due.purges, since: due.purges_since.map(Time::of_day) }),
        Job::DeleteExpired | Job::BackUp => None,
    };
    let all = log.all().into_iter();
    Ok(all.map(|(job, runs)| AdminJob::new(job, runs, work(job), tx.now())).collect())
}

pub async fn get(operator: ByOperator, State(log): State<JobLog>) -> Result<answer::Ok<AdminJobs>> {
    let started_at = log.since;
    let read = async move |tx: &SystemTx| {
        let mails = mail::store::standing(tx).await?;
        Ok(AdminJobs { started_at, jobs: standing(tx, &log, &mails).await? })
    };
    operator.public().read(read).await.map(answer::Ok)
}
