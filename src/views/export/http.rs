//! The handler that exports an organization.

use axum::extract::State;

use super::write;
use crate::{
    access::{
        Access, OrgTx, OrgWrite, actions,
        security_log::{self, Event},
    },
    base::error::{Code, Result},
    effects::ledger::{Action, Changes, Target},
    http::{
        answer::{Download, NoContent},
        places::Places,
        rate::Caller,
    },
    workspace::orgs::Org,
};

actions! {
    ExportOrg: ExportOrg on Org;
}

/// The ceilings on the archives that are being made or taken by their clients. Each takes room on the disk.
#[derive(Clone)]
pub struct Exports(pub Places);

/// Answers with the archive. The ledger and the security log say first that it left the server, so that none leaves
/// unrecorded.
pub async fn export(access: Access<ExportOrg>, State(Exports(exports)): State<Exports>) -> Result<Download> {
    let record = async |tx: &OrgWrite, org: Org, ()| {
        tx.record(Action::OrgExported, Target::Organization(org.id), Changes::none());
        let event = Event::OrganizationExported { organization_id: org.id };
        security_log::record_both(tx.as_user(), Some(org.id), &event).await?;
        Ok(NoContent)
    };
    // As a read first: whoever may not export is refused as a reader is.
    access.clone().read((), async |_: &OrgTx, _: Org, ()| Ok(())).await?;
    let place = exports.take(Some(Caller::User(access.user())), 1).ok_or(Code::Overloaded)?;
    access.clone().write((), record).await?;
    let read = async |tx: &OrgTx, org: Org, ()| Ok((format!("{}.zip", org.slug), write::archive(tx).await?));
    let (name, file) = access.read((), read).await?;
    Ok(Download { name, file, place })
}
