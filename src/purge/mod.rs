//! What was deleted goes for good after 30 days: a whole organization with all its rows and its ledger, of a project and
//! of a task what they said. Until then it can be restored.

mod store;

use std::{collections::BTreeSet, time::Duration};

use crate::{
    access::{OrgWrite, Public, SystemTx},
    clock::Time,
    error::Result,
    id::OrgId,
};

/// How long what was deleted can be restored.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The day, since 1970 in UTC, that a time is on.
const fn day(time: Time) -> i64 {
    time.millis().div_euclid(DAY)
}

/// Has the organization looked at once what is deleted now was deleted long enough ago.
///
/// # Errors
/// When the database fails.
pub async fn schedule(tx: &OrgWrite) -> Result<()> {
    schedule_all(&tx.as_user().directory(), tx.org(), [tx.now()]).await
}

/// The same for what was deleted at these times.
///
/// # Errors
/// When the database fails.
pub async fn schedule_all(tx: &SystemTx, org: OrgId, deleted: impl IntoIterator<Item = Time>) -> Result<()> {
    let days: BTreeSet<i64> = deleted.into_iter().map(|time| day(time + KEPT) + 1).collect();
    for day in days {
        store::schedule(tx, day, org).await?;
    }
    Ok(())
}

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
                    store::schedule(tx, day(tx.now()) + 1, org).await?;
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
