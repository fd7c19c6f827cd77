//! How long what was deleted is kept, and the note of when to look at it again.

mod store;

use std::{collections::BTreeSet, time::Duration};

use crate::{
    access::{OrgWrite, SystemTx},
    base::{clock::Time, error::Result, id::OrgId},
};

/// How long what was deleted can be restored.
pub const KEPT: Duration = Duration::from_hours(30 * 24);

const DAY: i64 = 24 * 60 * 60 * 1000;

/// The day, since 1970 in UTC, that a time is on.
pub const fn day(time: Time) -> i64 {
    time.millis().div_euclid(DAY)
}

/// Has the organization looked at once what is deleted now was deleted long enough ago.
pub async fn schedule(tx: &OrgWrite) -> Result<()> {
    schedule_all(&tx.as_user().directory(), tx.org(), [tx.now()]).await
}

/// The same for what was deleted at these times.
pub async fn schedule_all(tx: &SystemTx, org: OrgId, deleted: impl IntoIterator<Item = Time>) -> Result<()> {
    let days: BTreeSet<i64> = deleted.into_iter().map(|time| day(time + KEPT) + 1).collect();
    for day in days {
        store::schedule(tx, day, org).await?;
    }
    Ok(())
}

/// Has the organization looked at again on a day.
pub async fn schedule_on(tx: &SystemTx, day: i64, org: OrgId) -> Result<()> {
    store::schedule(tx, day, org).await
}
