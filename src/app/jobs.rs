//! What a node does beside answering: sending mail, throwing away what is over. Nothing depends on the second being done.

use std::time::Duration;

use tokio::{sync::watch, task::JoinSet};

use super::{App, purge};
use crate::{
    access::{Public, SystemTx, throttle, tickets},
    base::error::Result,
    effects::mail,
    identity::{api_tokens, links, recovery, sessions},
};

/// How often a node throws away what is over.
const SWEEP: Duration = Duration::from_mins(10);
/// How long what is over is kept to be looked at: API tokens, mails that were given up.
const KEPT: Duration = Duration::from_hours(30 * 24);

/// The running jobs.
pub struct Jobs {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Jobs {
    /// Starts them. `poll` is how long the outbox is left alone when it was empty.
    #[must_use]
    pub fn start(app: &App, poll: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(send_mail(app.clone(), poll, stopped.clone()));
        tasks.spawn(sweep_now_and_then(app.clone(), stopped));
        Self { stop, tasks }
    }

    /// Lets each finish what it is at.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        self.tasks.join_all().await;
    }
}

/// Whether to go on, after this time.
#[expect(
    clippy::disallowed_methods,
    reason = "the wait between two rounds is real time, whatever the clock says"
)]
async fn wait(time: Duration, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        _ = stopped.wait_for(|stopped| *stopped) => false,
    }
}

async fn send_mail(app: App, poll: Duration, mut stopped: watch::Receiver<bool>) {
    let (sending, public) = (app.sending(), app.public());
    loop {
        let pause = match mail_round(&app, &public, &sending).await {
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

/// Makes the mails that were asked for, and sends those that are due. Whether there were any.
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
        Ok(some) => tracing::info!(some, "moved second factors to the newest master secret"),
        Err(error) => tracing::warn!(%error, "failed to move second factors to the newest master secret"),
    }
    let public = app.public();
    while wait(SWEEP, &mut stopped).await {
        for deleted in [sweep(&public).await, purge::run(&public).await] {
            if let Err(error) = deleted {
                tracing::warn!(%error, "failed to delete expired rows");
            }
        }
    }
}

/// Throws away what is over, so much at a time that nobody has to wait for it.
///
/// # Errors
/// When the database fails.
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
                mail::store::sweep(tx, before).await?,
            ])
        };
        let swept = public.write(some).await?;
        if swept.iter().all(|rows| *rows < 1000) {
            return Ok(());
        }
    }
}
