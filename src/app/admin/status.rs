//! The state of the server in one answer, for the first page of a dashboard.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;

use super::{jobs, store};
use crate::{
    access::{ByOperator, SystemTx},
    app::job_log::JobLog,
    base::{clock::Time, error::Result, json::EXACT},
    effects::mail,
    http::answer,
};

/// The state of the server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminStatus {
    /// The server's version.
    pub version: &'static str,
    /// The time at which the node started that answers.
    pub started_at: Time,
    /// The database that the server works on.
    pub database: AdminDatabase,
    /// The number of accounts.
    pub users: i64,
    /// The number of them that are disabled.
    pub disabled_users: i64,
    /// The number of organizations that were ever founded or imported, deleted and purged ones among them.
    pub organizations: i64,
    /// The number of sessions that are alive.
    pub sessions: i64,
    /// The mails in the outbox.
    pub mails: AdminOutbox,
    /// What somebody should look at, in sentences. Empty if all is well.
    pub warnings: Vec<String>,
}

/// The database of a server.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminDatabase {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// The engine's version.
    pub engine_version: String,
    /// The version of the newest migration that was applied.
    pub schema_version: i64,
    /// The size of the database, in bytes.
    #[schemars(range(max = EXACT))]
    pub bytes: i64,
}

/// The state of the outbox.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminOutbox {
    /// The number of mails that are due, or are tried again after a failure. Reminders for later don't count.
    pub waiting: i64,
    /// The number of those whose last attempt failed.
    pub failing: i64,
    /// The number of mails that were given up in the last 30 days.
    pub dead: i64,
    /// The error of the newest mail that has one.
    pub last_error: Option<String>,
}

pub async fn get(operator: ByOperator, State(log): State<JobLog>) -> Result<answer::Ok<AdminStatus>> {
    let read = async move |tx: &SystemTx| {
        let database = tx.vitals().await?;
        let totals = store::totals(tx).await?;
        let mails = mail::store::standing(tx).await?;
        let warnings = warnings(&mails, &jobs::standing(tx, &log, &mails).await?);
        Ok(AdminStatus {
            version: env!("CARGO_PKG_VERSION"),
            started_at: log.since,
            database: AdminDatabase {
                engine: database.engine,
                engine_version: database.version,
                schema_version: database.schema,
                bytes: database.bytes,
            },
            users: totals.users,
            disabled_users: totals.disabled_users,
            organizations: totals.organizations,
            sessions: totals.sessions,
            mails: AdminOutbox {
                waiting: mails.waiting,
                failing: mails.failing,
                dead: mails.dead,
                last_error: mails.last_error,
            },
            warnings,
        })
    };
    operator.public().read(read).await.map(answer::Ok)
}

/// Returns what somebody should look at.
fn warnings(mails: &mail::store::Standing, jobs: &[jobs::AdminJob]) -> Vec<String> {
    let dead = (mails.dead > 0).then(|| format!("Mails were given up: {}.", mails.dead));
    let of_jobs = jobs.iter().filter_map(|job| {
        let name = serde_json::to_value(job.job).ok()?;
        let name = name.as_str()?;
        match (job.failing, job.due_since.filter(|_| job.late)) {
            (true, _) => Some(format!("The job {name} failed when it ran last.")),
            (false, Some(since)) => Some(format!("The job {name} hasn't done what is due since {since}.")),
            (false, None) => None,
        }
    });
    dead.into_iter().chain(of_jobs).collect()
}
