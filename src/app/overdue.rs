//! Tells the ledger of each organization which of its tasks have become overdue, after what a change of its time zone has left to
//! be done.

use super::steps;
use crate::{
    access::{Public, SystemTx},
    base::error::Result,
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
        if let Err(error) = steps::run(public, step).await {
            tracing::error!(%org, %error, "failed to move an organization's deadlines into its new time zone");
        }
    }
    for (org,) in public.read(async |tx: &SystemTx| deadlines::store::due(tx).await).await? {
        let step = async move |tx: &SystemTx, rows| deadlines::tell_overdue(tx, org, rows).await;
        if let Err(error) = steps::run(public, step).await {
            tracing::error!(%org, %error, "failed to tell what is overdue in an organization");
        }
    }
    Ok(())
}
