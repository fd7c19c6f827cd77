//! The handler that exports an organization.

use super::write;
use crate::{
    access::{Access, OrgTx, actions},
    base::error::Result,
    http::answer::Download,
    workspace::orgs::Org,
};

actions! {
    ExportOrg: ExportOrg on Org;
}

pub async fn export(access: Access<ExportOrg>) -> Result<Download> {
    let read = async |tx: &OrgTx, org: Org, ()| {
        let bytes = write::archive(tx).await?;
        Ok(Download { name: format!("{}.zip", org.slug), bytes })
    };
    access.read((), read).await
}
