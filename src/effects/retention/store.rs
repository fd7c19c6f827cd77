//! The SQL of retention.

use crate::{
    access::SystemTx,
    base::{error::Result, id::OrgId},
    db::sql,
};

pub(super) async fn schedule(tx: &SystemTx, day: i64, org: OrgId) -> Result<()> {
    let sql = sql!("insert into purges (day, org_id) values ($1, $2) on conflict do nothing");
    tx.execute(sql, &[&day, &org]).await.map(drop)
}
