//! Compares the numbers of tasks that are kept with the tasks, and corrects them: `guildhall doctor` and `recount`.

use crate::{
    access::{Public, SystemTx},
    base::{error::Result, id::OrgId},
    db::sql,
    workspace::counts,
};

/// Returns the number of organizations whose numbers of tasks differ from what counting gives.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn differing(public: &Public) -> Result<usize> {
    walk(public, false).await
}

/// Corrects the numbers that differ, and returns in how many organizations there were some.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn run(public: &Public) -> Result<usize> {
    walk(public, true).await
}

/// Each comparison is a transaction of its own, which takes no longer than counting the tasks of one project.
async fn walk(public: &Public, corrects: bool) -> Result<usize> {
    let mut found = 0;
    for (org,) in public.read(async |tx: &SystemTx| organizations(tx).await).await? {
        let mut differs = false;
        let all = public.read(async move |tx: &SystemTx| counts::comparable(&tx.peek(org)).await).await?;
        for one in all {
            let wrong = async move |tx: &SystemTx| counts::differing(&tx.peek(org), one).await;
            if public.read(wrong).await? == 0 {
                continue;
            }
            differs = true;
            if corrects {
                public.write(async move |tx: &SystemTx| counts::correct(&tx.peek(org), one).await).await?;
            }
        }
        found += usize::from(differs);
    }
    Ok(found)
}

pub(super) async fn organizations(tx: &SystemTx) -> Result<Vec<(OrgId,)>> {
    tx.all(sql!(unowned "select distinct org_id from org_slugs order by org_id"), &[]).await
}
