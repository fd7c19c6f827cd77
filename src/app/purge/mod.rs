//! The purge, which irrevocably deletes what has been in the trash for 30 days: an organization with all its rows and
//! its ledger and security log; of projects, columns, tasks and labels every text, in the activity too.

mod store;

use super::steps;
use crate::{
    access::{Public, SystemTx, idempotency, security_log, sweep_originals},
    base::{
        error::{Error, Result},
        id::OrgId,
    },
    effects::retention::{self, KEPT},
};

/// Purges everything that is due, and removes from the disk what was deleted. Several nodes may run it at the same time.
///
/// # Errors
/// Returns an error if the database fails outside the purge of a single organization. A failed purge of one
/// organization is logged and retried the next day.
pub async fn run(public: &Public) -> Result<()> {
    loop {
        let due = public.read(async |tx: &SystemTx| store::due(tx, tx.now().day()).await).await?;
        if due.is_empty() {
            return public.scrub().await;
        }
        for (due_on, org) in due {
            let failed = purge(public, org).await.err();
            let again = failed.is_some();
            if let Some(error) = failed {
                tracing::error!(%org, %error, "failed to purge an organization's trash, retrying tomorrow");
            }
            let settle = async move |tx: &SystemTx| {
                if again {
                    // Retried on another day, so that it doesn't hold up the other organizations.
                    retention::schedule_on(tx, tx.now().day() + 1, org).await?;
                }
                store::settle(tx, due_on, org).await
            };
            public.write(settle).await?;
        }
    }
}

/// Purges an organization in steps, each in a transaction of its own. Where it ends early, the next purge goes on.
pub(super) async fn purge(public: &Public, org: OrgId) -> Result<()> {
    steps::run(public, async move |tx: &SystemTx, rows| step(tx, org, rows).await).await
}

/// Purges a small part of an organization: up to so many rows. Returns whether there is more to purge.
async fn step(tx: &SystemTx, org: OrgId, rows: usize) -> Result<bool> {
    let rows = i64::try_from(rows).map_err(Error::internal)?;
    let viewer = tx.peek(org);
    let before = tx.now() - KEPT;
    store::lock(&viewer).await?;
    if store::doom(&viewer, before).await? {
        // The purge scope may delete ledger entries, so it isn't used while emptying the trash of a live organization.
        return store::erase_some(&tx.purge(org), rows).await;
    }
    Ok(store::empty_tasks(&viewer, before, rows).await?
        || store::doom_project(&viewer, before).await?
        || store::empty_doomed(&viewer, rows).await?
        || store::empty_label(&viewer, before, rows).await?
        || store::empty_deleted_columns(&viewer, before).await?
        || security_log::sweep_in(&viewer).await?
        || idempotency::sweep_in(&viewer, rows).await?
        || sweep_originals(&viewer, rows).await?)
}
