//! Tells the ledger of each organization which of its tasks have become overdue.

use std::time::Duration;

use crate::{
    access::{Public, SystemTx},
    base::{
        clock::Stopwatch,
        error::{Error, Result},
        id::OrgId,
        pace::Pace,
    },
    workspace::deadlines,
};

/// Tells of every organization what is overdue. Several nodes may run it at the same time: a task is told once.
///
/// # Errors
/// Returns an error if the database fails outside a single organization. A failure in one organization is logged, and
/// tried again the next time.
pub async fn run(public: &Public) -> Result<()> {
    for (org,) in public.read(async |tx: &SystemTx| deadlines::store::due(tx).await).await? {
        if let Err(error) = tell(public, org).await {
            tracing::error!(%org, %error, "failed to tell what is overdue in an organization");
        }
    }
    Ok(())
}

/// Tells what is overdue in an organization, in steps, each in a transaction of its own.
async fn tell(public: &Public, org: OrgId) -> Result<()> {
    let mut pace = Pace::new();
    loop {
        let (started, rows) = (Stopwatch::start(), i64::try_from(pace.rows()).map_err(Error::internal)?);
        let step = async move |tx: &SystemTx| {
            let started = Stopwatch::start();
            let more = deadlines::tell_overdue(tx, org, rows).await?;
            Ok::<(bool, Duration), Error>((more, started.elapsed()))
        };
        let (more, held) = public.write(step).await?;
        if !more {
            return Ok(());
        }
        pace.rest(held, started.elapsed()).await;
    }
}
