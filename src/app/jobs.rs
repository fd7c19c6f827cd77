//! Background jobs of a node: sending messages, telling what is overdue, deleting expired rows and purging trash, and
//! making regular backups. Nothing depends on when rows are deleted.

use std::time::Duration;

use tokio::{sync::watch, task::JoinSet};

use super::{App, backup::Schedule, job_log::Job, overdue, purge};
use crate::{
    access::{Public, SystemTx, idempotency, security_log, throttle, tickets},
    base::{clock::pause, error::Result},
    effects::mail,
    identity::{api_tokens, links, recovery, sessions},
};

/// The pause between two deletions of expired rows.
const SWEEP: Duration = Duration::from_mins(10);
/// The pause before it is looked again for tasks that have become overdue.
const MINUTE: Duration = Duration::from_mins(1);
/// How long expired API tokens and undeliverable messages are kept for inspection: 30 days.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// The running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Jobs {
    /// Starts the jobs. `poll` is the pause before the outbox is read again after it was empty.
    #[must_use]
    pub fn start(app: &App, poll: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(send_mail(app.clone(), poll, stopped.clone()));
        tasks.spawn(learn_of_mail_server(app.clone(), stopped.clone()));
        tasks.spawn(tell_overdue(app.clone(), stopped.clone()));
        tasks.spawn(sweep_now_and_then(app.clone(), stopped));
        Self { stop, tasks }
    }

    /// Starts making regular backups. One that is being made when the jobs are stopped is given up.
    pub fn back_up(&mut self, app: &App, schedule: Schedule) {
        let (app, mut stopped) = (app.clone(), self.stop.subscribe());
        self.tasks.spawn(async move {
            let back_up = async {
                loop {
                    pause(schedule.round(&app).await).await;
                }
            };
            tokio::select! {
                () = back_up => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
    }

    /// Stops the jobs, after each has finished its current step.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.tasks.join_all().await;
    }
}

/// Waits. Returns whether the job should go on: false as soon as the jobs are stopped.
async fn wait(time: Duration, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = pause(time) => true,
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}

async fn send_mail(app: App, poll: Duration, mut stopped: watch::Receiver<bool>) {
    let (sending, public) = (app.sending(), app.public());
    loop {
        let pause = match app.job_log().watch(Job::SendMail, mail_round(&app, &public, &sending)).await {
            Ok(true) => Duration::ZERO,
            Ok(false) => poll,
            Err(error) => {
                tracing::warn!(%error, "failed to read the outbox");
                poll
            }
        };
        if !wait(pause, &mut stopped).await {
            return;
        }
    }
}

async fn learn_of_mail_server(app: App, mut stopped: watch::Receiver<bool>) {
    let sending = app.sending();
    loop {
        let learn = async {
            sending.learn().await;
            pause(SWEEP).await;
        };
        tokio::select! {
            () = learn => {}
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

async fn tell_overdue(app: App, mut stopped: watch::Receiver<bool>) {
    let public = app.public();
    loop {
        let tell = async {
            if let Err(error) = app.job_log().watch(Job::TellOverdue, overdue::run(&public)).await {
                tracing::warn!(%error, "failed to tell what is overdue");
            }
            pause(MINUTE).await;
        };
        tokio::select! {
            () = tell => {}
            // What isn't told yet is told at the next start.
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Creates the messages that were requested, and sends those that are due. Returns whether there were any.
async fn mail_round(app: &App, public: &Public, sending: &mail::sender::Sending) -> Result<bool> {
    if !public.read(async |tx: &SystemTx| mail::is_waiting(tx).await).await? {
        return Ok(false);
    }
    let made = recovery::answer_requests(public, app.outbox()).await?;
    Ok(sending.round().await? || made > 0)
}

async fn sweep_now_and_then(app: App, mut stopped: watch::Receiver<bool>) {
    match app.second_factor().reseal(&app.public()).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "moved second factors to the newest master secret"),
        Err(error) => tracing::warn!(%error, "failed to move second factors to the newest master secret"),
    }
    let public = app.public();
    while wait(SWEEP, &mut stopped).await {
        let delete = async {
            let log = app.job_log();
            let swept = log.watch(Job::DeleteExpired, sweep(&public)).await;
            for deleted in [swept, log.watch(Job::Purge, purge::run(&public)).await] {
                if let Err(error) = deleted {
                    tracing::warn!(%error, "failed to delete expired rows");
                }
            }
        };
        tokio::select! {
            () = delete => {}
            // A purge takes its time, and goes on at the next start.
            _ = stopped.wait_for(|stopped| *stopped) => return,
        }
    }
}

/// Deletes expired rows, in transactions small enough not to hold up other writers.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn sweep(public: &Public) -> Result<()> {
    loop {
        let some = async |tx: &SystemTx| {
            let before = tx.now() - KEPT;
            Ok([
                sessions::store::sweep(tx).await?,
                links::sweep(tx).await?,
                api_tokens::store::sweep(tx, before).await?,
                throttle::sweep(tx).await?,
                tickets::sweep(tx).await?,
                idempotency::sweep(tx).await?,
                mail::store::sweep(tx, before).await?,
                security_log::sweep(tx).await?,
            ])
        };
        let swept = public.write(some).await?;
        if swept.iter().all(|rows| *rows < 1000) {
            return Ok(());
        }
    }
}
