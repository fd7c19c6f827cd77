//! The SQL of retention.

use crate::{
    access::{SCHEDULE_PURGE, SystemTx},
    base::{error::Result, id::OrgId},
};

pub(super) async fn schedule(tx: &SystemTx, day: i64, org: OrgId) -> Result<()> {
    tx.execute(SCHEDULE_PURGE, &[&day, &org]).await.map(drop)
}
