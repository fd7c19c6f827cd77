//! HTTP handlers for creating, deleting and restoring organizations.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::NewOrg;
use crate::{
    access::{Access, Action, OrgTx, OrgWrite, Permission, SignedIn, UserWrite, actions},
    base::{
        error::{Error, Result},
        list::Flag,
    },
    effects::mail::Outbox,
    http::{
        answer::{Counts, Created, Removal, Tagged},
        input::{DryRun, Json, NoBody, Query},
    },
    workspace::orgs::{self, Org, OrgView, Restorable},
};

actions! {
    DeleteOrg: DeleteOrg on Org;
}

/// Restores a deleted organization.
pub enum RestoreOrg {}
impl Action for RestoreOrg {
    type Resource = Restorable;
    const RESTORES: bool = true;
    const PERMISSION: Permission = Permission::DeleteOrg;
}

pub async fn create(me: SignedIn, body: Json<NewOrg>) -> Result<Created<OrgView>> {
    let create = async |tx: &UserWrite, new: NewOrg| {
        let object = super::create(tx, new).await?;
        Ok(Created { location: format!("/v1/orgs/{}", object.id), object })
    };
    me.write(body, create).await
}

/// Options for deleting an organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The organization's slug, as confirmation. A dry run doesn't need it.
    pub confirm: Option<String>,
    /// `true` returns the number of things that would be deleted, and changes nothing.
    pub dry_run: Option<Flag>,
}

pub async fn delete(
    access: Access<DeleteOrg>,
    State(outbox): State<Outbox>,
    query: Query<Deletion>,
) -> Result<Removal> {
    let delete = async move |tx: &OrgWrite, org: Org, how: Deletion| {
        let dry_run = DryRun { dry_run: how.dry_run };
        if !dry_run.is_on() && how.confirm.as_deref() != Some(org.slug.as_str()) {
            let (code, message) = match how.confirm {
                None => ("required", format!("is required: {}", org.slug)),
                Some(_) => ("invalid_value", format!("must be the organization's slug, {}", org.slug)),
            };
            return Err(Error::parameter("confirm", code, message));
        }
        super::delete(tx, &org, &outbox).await?;
        Ok(dry_run.removal(tx, census(tx, dry_run).await?, None))
    };
    access.write(query, delete).await
}

/// Returns the number of things in the organization for a dry run, and none otherwise.
async fn census(tx: &OrgTx, dry_run: DryRun) -> Result<Counts> {
    if !dry_run.is_on() {
        return Ok(Counts::default());
    }
    let all = orgs::store::census(tx).await?;
    Ok(Counts::one("organizations")
        .and("members", all.members)
        .and("projects", all.projects)
        .and("tasks", all.tasks)
        .and("invitations", all.invitations))
}

pub async fn restore(access: Access<RestoreOrg>, body: NoBody) -> Result<Tagged<OrgView>> {
    let restore = async |tx: &OrgWrite, org: Restorable, ()| super::restore(tx, org).await.map(Tagged);
    access.write(body, restore).await
}
