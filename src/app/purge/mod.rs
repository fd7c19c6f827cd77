//! What was deleted goes for good after 30 days: a whole organization with all its rows and its ledger, of a project and
//! of a task what they said. Until then it can be restored.

mod store;

use crate::{
    access::{Public, SystemTx},
    base::{error::Result, id::OrgId},
    effects::retention::{self, KEPT, day},
};

/// Purges what is due. Any number of nodes may be at it.
///
/// # Errors
/// When the database fails.
pub async fn run(public: &Public) -> Result<()> {
    loop {
        let due = public.read(async |tx: &SystemTx| store::due(tx, day(tx.now())).await).await?;
        if due.is_empty() {
            return Ok(());
        }
        for (due_on, org) in due {
            let failed = purge(public, org).await.err();
            let again = failed.is_some();
            if let Some(error) = failed {
                tracing::error!(%org, %error, "an organization's trash could not be purged; tried again tomorrow");
            }
            let settle = async move |tx: &SystemTx| {
                if again {
                    // The others don't wait for it.
                    retention::schedule_on(tx, day(tx.now()) + 1, org).await?;
                }
                store::settle(tx, due_on, org).await
            };
            public.write(settle).await?;
        }
    }
}

async fn purge(public: &Public, org: OrgId) -> Result<()> {
    while public.write(async move |tx: &SystemTx| step(tx, org).await).await? {}
    Ok(())
}

/// Purges a little of an organization, so that nobody has to wait for it. Whether there is more.
async fn step(tx: &SystemTx, org: OrgId) -> Result<bool> {
    let viewer = tx.peek(org);
    let before = tx.now() - KEPT;
    store::lock(&viewer).await?;
    if store::doom(&viewer, before).await? {
        // Only now, so that the wall around a living organization's ledger stands while its trash is emptied.
        return store::erase_some(&tx.purge(org)).await;
    }
    Ok(store::empty_tasks(&viewer, before).await?
        || store::doom_project(&viewer, before).await?
        || store::empty_doomed(&viewer).await?)
}
