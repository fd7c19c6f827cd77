//! Tells the ledger of each organization which of its tasks have become overdue, after what a change of its time zone has left to
//! be done.

use std::time::Duration;

use crate::{
    access::{Public, SystemTx},
    base::{
        clock::Stopwatch,
        error::{Error, Result},
        pace::Pace,
    },
    workspace::deadlines,
};

/// Moves in every organization the deadlines that a change of its time zone has left, and tells what is overdue. Several nodes
/// may run it at the same time: a task is told once.
///
/// # Errors
/// Returns an error if the database fails outside a single organization. A failure in one organization is logged, and
/// tried again the next time.
pub async fn run(public: &Public) -> Result<()> {
    for (org,) in public.read(async |tx: &SystemTx| deadlines::store::moving(tx).await).await? {
        let step = async move |tx: &SystemTx, rows| deadlines::move_days(tx, org, rows).await;
        if let Err(error) = in_steps(public, step).await {
            tracing::error!(%org, %error, "failed to move an organization's deadlines into its new time zone");
        }
    }
    for (org,) in public.read(async |tx: &SystemTx| deadlines::store::due(tx).await).await? {
        let step = async move |tx: &SystemTx, rows| deadlines::tell_overdue(tx, org, rows).await;
        if let Err(error) = in_steps(public, step).await {
            tracing::error!(%org, %error, "failed to tell what is overdue in an organization");
        }
    }
    Ok(())
}

/// Takes steps of so many rows, each in a transaction of its own, until one says that there are no more.
async fn in_steps(
    public: &Public,
    step: impl AsyncFn(&SystemTx, usize) -> Result<bool> + Clone + Send + 'static,
) -> Result<()> {
    let mut pace = Pace::new();
    loop {
        let (started, rows, step) = (Stopwatch::start(), pace.rows(), step.clone());
        let step = async move |tx: &SystemTx| {
            let started = Stopwatch::start();
            let more = step(tx, rows).await?;
            Ok::<(bool, Duration), Error>((more, started.elapsed()))
        };
        let (more, held) = public.write(step).await?;
        if !more {
            return Ok(());
        }
        pace.rest(held, started.elapsed()).await;
    }
}
