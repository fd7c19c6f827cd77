//! HTTP handlers for listing, reading and updating organizations, and for the permissions in one.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use strum::VariantArray;
use uuid::Uuid;

use super::{Org, OrgPatch, OrgView, store};
use crate::{
    access::{
        Access, Facts, OrgTx, OrgWrite, Permission, Role, Settings, SignedIn, UserTx, actions,
        policy::{self, Cell},
    },
    base::{
        error::Result,
        id::{Id, OrgId},
        list::Flag,
        page::{Page, Paging},
    },
    http::{
        answer::{self, Tagged},
        input::{Json, List},
    },
};

actions! {
    SeeOrg: See on Org;
    SeePermissions: See on ();
    EditOrg: EditOrg on Org;
}

/// Filters for a list of organizations.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgFilters {
    /// `true` lists only the deleted organizations that the caller, as an owner, can restore once they aren't disabled. Otherwise
    /// no deleted ones are listed. Disabled ones are, with `disabled_at`.
    pub deleted: Option<Flag>,
}

pub async fn list(me: SignedIn, list: List<OrgFilters>) -> Result<Page<OrgView>> {
    let read = async |tx: &UserTx, (filters, paging): (OrgFilters, Paging)| {
        let deleted = filters.deleted.is_some_and(|flag| flag.0);
        let after: Option<OrgId> = paging.after()?;
        let ids = store::mine(tx, after.unwrap_or(Id::new(Uuid::nil())), paging.rows()).await?;
        let page = paging.page(ids, |(id,)| *id);
        let mut items = Vec::with_capacity(page.items.len());
        for (id,) in page.items {
            // A deleted organization is listed only for members who may restore it.
            let shown = |tx: &OrgTx| {
                tx.is_deleted() == deleted && (!deleted || tx.may(Permission::DeleteOrg, Facts::default()))
            };
            let Some(tx) = tx.visit_any(id).await?.filter(shown) else { continue };
            items.extend(store::find_any(&tx).await?.map(|org| org.view(&tx)));
        }
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    me.read(list, read).await
}

pub async fn get(access: Access<SeeOrg>) -> Result<Tagged<OrgView>> {
    access.read((), async |tx: &OrgTx, org: Org, ()| Ok(org.view(tx))).await.map(Tagged)
}

pub async fn update(access: Access<EditOrg>, body: Json<OrgPatch>) -> Result<Tagged<OrgView>> {
    let update = async |tx: &OrgWrite, org, patch| super::update(tx, org, patch).await.map(Tagged);
    access.write(body, update).await
}

/// The permissions of each role in an organization, and the caller's role.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Permissions {
    /// The caller's role.
    pub role: Role,
    /// What each role may do, by action. `true` means always, `false` never; a word names a condition: `own` (what they
    /// created), `editable` (tasks assigned to or created by them, or any task if `members_edit` is `any`), `free`
    /// (tasks without an assignee, and `editable` ones), `oneself` (only themselves), `setting` (if
    /// `members_can_create_projects` is on), `seen` (what they can see).
    pub actions: BTreeMap<&'static str, Row>,
    /// The actions that the caller's role permits, always or on a condition.
    pub allowed: Vec<&'static str>,
    /// The actions that need a session that proved itself in the last 10 minutes, whatever the role: see
    /// `POST /v1/auth/confirm`. API tokens can't take them.
    pub sensitive: Vec<&'static str>,
    /// The settings that conditions refer to.
    pub settings: Settings,
}

/// What each role may do with one action.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PermissionRow")]
pub struct Row {
    /// What owners may do.
    pub owner: Cell,
    /// What admins may do.
    pub admin: Cell,
    /// What members with the role `member` may do.
    pub member: Cell,
}

impl JsonSchema for Cell {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PermissionCell".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({
            "description": "Whether a role allows an action: always, never, or the word for when it does.",
            "anyOf": [
            { "type": "boolean" },
            { "type": "string", "enum": ["own", "editable", "free", "oneself", "setting", "seen"] },
        ]})
    }
}

pub async fn permissions(access: Access<SeePermissions>) -> Result<answer::Ok<Permissions>> {
    let read = async |tx: &OrgTx, (), ()| {
        let row = |permission| Row {
            owner: policy::cell(permission, Role::Owner),
            admin: policy::cell(permission, Role::Admin),
            member: policy::cell(permission, Role::Member),
        };
        let allowed = |permission: &&Permission| policy::cell(**permission, tx.role()) != Cell::No;
        Ok(Permissions {
            role: tx.role(),
            actions: Permission::VARIANTS
                .iter()
                .map(|permission| (permission.into_str(), row(*permission)))
                .collect(),
            allowed: Permission::VARIANTS.iter().filter(allowed).map(Permission::into_str).collect(),
            sensitive: Permission::VARIANTS
                .iter()
                .filter(|permission| policy::is_sensitive(**permission))
                .map(Permission::into_str)
                .collect(),
            settings: tx.settings(),
        })
    };
    access.read((), read).await.map(answer::Ok)
}
