//! Organizations, as the operator sees them, who owns them and how large they are, never what is in them; and what the
//! operator does to them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store;
use crate::{
    access::{ByOperator, SystemTx},
    base::{
        clock::Time,
        error::{Code, Result},
        id::{OrgId, UserId},
        json::EXACT,
        page::{Page, Paging},
        text::{Name, Search, Slug},
    },
    http::{
        answer,
        input::{Input as _, List, NoBody},
    },
    lifecycle::organization,
};

/// An organization, as the server's operator sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminOrganization {
    /// The organization's id.
    pub id: OrgId,
    /// The organization's name in URLs.
    pub slug: Slug,
    /// The organization's name.
    pub name: Name,
    /// The number of tasks that aren't deleted.
    pub tasks: i64,
    /// The number of the last change.
    #[schemars(range(max = EXACT))]
    pub seq: i64,
    /// The time of the last change.
    pub last_activity_at: Option<Time>,
    /// The time at which the organization was created.
    pub created_at: Time,
    /// The time at which the organization was deleted. It can be restored for 30 days. `null` if it isn't deleted.
    pub deleted_at: Option<Time>,
    /// The time at which the organization was disabled. `null` while it is enabled.
    pub disabled_at: Option<Time>,
    /// Who owns it, and how large it is. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<AdminOrganizationDetails>,
}

/// Who owns an organization, and how large it is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminOrganizationDetails {
    /// The owners, at most 100.
    pub owners: Vec<AdminOwner>,
    /// The number of members, owners among them.
    pub members: i64,
    /// The number of projects that aren't deleted.
    pub projects: i64,
    /// The number of invitations that are pending.
    pub invitations: i64,
}

/// An owner of an organization, and how to reach them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminOwner {
    /// The user's id.
    pub id: UserId,
    /// The user's name.
    pub name: Name,
    /// The user's e-mail address. Empty for a placeholder of an import, and a deleted account.
    pub email: String,
}

/// Filters for the list of organizations.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminOrganizationFilters {
    /// Only organizations with a present or former slug that begins so. A slug is made of the organization's name when it is
    /// founded, so that the beginning of that name finds it too.
    pub q: Option<Search>,
}

pub async fn list(
    operator: ByOperator,
    list: List<AdminOrganizationFilters>,
) -> Result<Page<AdminOrganization>> {
    let (filters, paging): (AdminOrganizationFilters, Paging) = list.open(Uuid::nil())?;
    let read = async move |tx: &SystemTx| {
        let (before, rows) = (paging.before()?, paging.rows());
        let ids = match filters.q.as_ref().and_then(Search::slug_beginning) {
            Some(beginning) => store::orgs_called(tx, &beginning, before, rows).await?,
            None => store::orgs(tx, before, rows).await?,
        };
        let page = paging.page(ids, |(id,)| *id);
        let mut items = Vec::with_capacity(page.items.len());
        for (id,) in page.items {
            // Of one that was purged, the slugs stay.
            items.extend(store::org(&tx.peek(id)).await?);
        }
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    operator.public().read(read).await
}

pub async fn get(operator: ByOperator) -> Result<answer::Ok<AdminOrganization>> {
    let id = operator.org().await?;
    shown(&operator, id).await
}

async fn shown(operator: &ByOperator, id: OrgId) -> Result<answer::Ok<AdminOrganization>> {
    let read = async move |tx: &SystemTx| {
        let viewer = tx.peek(id);
        let org = store::org(&viewer).await?.ok_or(Code::NotFound)?;
        Ok(AdminOrganization { details: Some(store::details(&viewer).await?), ..org })
    };
    operator.public().read(read).await.map(answer::Ok)
}

pub async fn disable(operator: ByOperator, body: NoBody) -> Result<answer::Ok<AdminOrganization>> {
    set_disabled(operator, body, true).await
}

pub async fn enable(operator: ByOperator, body: NoBody) -> Result<answer::Ok<AdminOrganization>> {
    set_disabled(operator, body, false).await
}

/// Disables or enables the organization that the path names, deleted ones too, and shows it then.
async fn set_disabled(
    operator: ByOperator,
    body: NoBody,
    disabled: bool,
) -> Result<answer::Ok<AdminOrganization>> {
    let id = operator.org().await?;
    let change = async move |tx: &SystemTx| {
        let org = tx.work_in_any(id).await?.ok_or(Code::NotFound)?;
        body.open(id.uuid())?;
        organization::set_disabled(&org, disabled).await
    };
    operator.public().write(change).await?;
    // The members' event streams at all nodes end now, not with their next heartbeat.
    operator.public().gateway().flush_notices().await;
    shown(&operator, id).await
}
