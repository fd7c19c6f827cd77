//! Listing, reading and changing organizations; what one may do in them.

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

/// Which organizations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrgFilters {
    /// `true`: those that are deleted and that the caller, an owner, can restore.
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
            let member = if deleted { tx.visit_deleted(id).await? } else { tx.visit(id).await? };
            // A deleted one is there for who may restore it.
            let shown = |tx: &OrgTx| !deleted || tx.may(Permission::DeleteOrg, Facts::default());
            let Some(tx) = member.filter(shown) else { continue };
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
    access
        .write(body, async |tx: &OrgWrite, org, patch| super::update(tx, org, patch).await)
        .await
        .map(Tagged)
}

/// Who may do what, and who is asking.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Permissions {
    /// The caller's.
    pub role: Role,
    /// Each action's cell for each role: `true`, `false`, or a word for when: `own` (what they created), `editable`
    /// (tasks assigned to them or created by them, or any if `members_edit` is `any`), `free` (tasks that nobody has, or
    /// that are editable), `oneself`, `setting` (`members_can_create_projects`), `seen` (what they can see).
    pub actions: BTreeMap<&'static str, Row>,
    /// Those that the caller's role allows, at least in part.
    pub allowed: Vec<&'static str>,
    pub settings: Settings,
}

/// One row of the matrix.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PermissionRow")]
pub struct Row {
    pub owner: Cell,
    pub admin: Cell,
    pub member: Cell,
}

impl JsonSchema for Cell {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PermissionCell".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "anyOf": [
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
            settings: tx.settings(),
        })
    };
    access.read((), read).await.map(answer::Ok)
}
