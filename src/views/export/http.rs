//! The handler that exports an organization.

use super::write;
use crate::{
    access::{
        Access, OrgTx, OrgWrite, actions,
        security_log::{self, Event},
    },
    base::error::Result,
    effects::ledger::{Action, Changes, Target},
    http::answer::Download,
    workspace::orgs::Org,
};

actions! {
    ExportOrg: ExportOrg on Org;
}

/// Answers with the archive. The ledger and the security log say first that it left the server, so that none leaves
/// unrecorded.
pub async fn export(access: Access<ExportOrg>) -> Result<Download> {
    let record = async |tx: &OrgWrite, org: Org, ()| {
        tx.record(Action::OrgExported, Target::Organization(org.id), Changes::none());
        let event = Event::OrganizationExported { organization_id: org.id };
        security_log::record_both(tx.as_user(), Some(org.id), &event).await
    };
    // As a read first: whoever may not export is refused as a reader is.
    access.clone().read((), async |_: &OrgTx, _: Org, ()| Ok(())).await?;
    access.clone().write((), record).await?;
    let read = async |tx: &OrgTx, org: Org, ()| {
        Ok(Download { name: format!("{}.zip", org.slug), file: write::archive(tx).await? })
    };
    access.read((), read).await
}
