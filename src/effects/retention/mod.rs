//! Retention: how long deleted objects are kept, and the schedule of each organization's purges.

mod store;

use std::{collections::BTreeSet, time::Duration};

use crate::{
    access::{OrgWrite, SystemTx, purge_day},
    base::{clock::Time, error::Result, id::OrgId},
};

/// How long a deleted object can be restored before it is purged.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

/// Schedules a purge of the organization for when an object that is deleted now can no longer be restored.
pub async fn schedule(tx: &OrgWrite) -> Result<()> {
    schedule_all(&tx.as_user().directory(), tx.org(), [tx.now()]).await
}

/// Schedules purges of the organization for objects that were deleted at these times, each for the first day that
/// begins after the object can no longer be restored.
pub async fn schedule_all(tx: &SystemTx, org: OrgId, deleted: impl IntoIterator<Item = Time>) -> Result<()> {
    let days: BTreeSet<i64> = deleted.into_iter().map(|time| purge_day(time + KEPT)).collect();
    for day in days {
        store::schedule(tx, day, org).await?;
    }
    Ok(())
}

/// Schedules a purge of the organization for a day, in days since 1970, in UTC.
pub async fn schedule_on(tx: &SystemTx, day: i64, org: OrgId) -> Result<()> {
    store::schedule(tx, day, org).await
}
