//! Founding, listing, reading and changing organizations; what one may do in them.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{NewOrg, Org, OrgPatch, OrgView, Restorable, store};
use crate::{
    access::{
        Access, Action, Facts, OrgTx, OrgWrite, Permission, Role, Settings, SignedIn, UserTx, UserWrite,
        actions,
        policy::{self, Cell},
    },
    error::{Error, Result},
    http::{
        answer::{self, Counts, Created, Removal, Tagged},
        input::{DryRun, Json, List, NoBody, Query},
    },
    id::{Id, OrgId},
    list::Flag,
    page::{Page, Paging},
};

actions! {
    SeeOrg: See on Org;
    SeePermissions: See on ();
    EditOrg: EditOrg on Org;
}

/// Takes everything from everybody.
pub enum DeleteOrg {}
impl Action for DeleteOrg {
    type Subject = Org;
    const SENSITIVE: bool = true;
    const PERMISSION: Permission = Permission::DeleteOrg;
}

/// Gives it back.
pub enum RestoreOrg {}
impl Action for RestoreOrg {
    type Subject = Restorable;
    const RESTORES: bool = true;
    const PERMISSION: Permission = Permission::DeleteOrg;
}

/// Which organizations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// `true`: those that are deleted and that the caller, an owner, can restore.
    pub deleted: Option<Flag>,
}

/// No filters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoFilters {}

pub async fn create(me: SignedIn, body: Json<NewOrg>) -> Result<Created<OrgView>> {
    let object = me.write(body, async |tx: &UserWrite, new: NewOrg| super::create(tx, new).await).await?;
    Ok(Created { location: format!("/v1/orgs/{}", object.id), object })
}

pub async fn list(me: SignedIn, list: List<Filters>) -> Result<Page<OrgView>> {
    let read = async |tx: &UserTx, (filters, paging): (Filters, Paging)| {
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

/// How an organization is deleted.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deletion {
    /// The organization's slug, once more; not needed for a dry run.
    pub confirm: Option<String>,
    /// Tells what would go, and changes nothing.
    pub dry_run: Option<Flag>,
}

pub async fn delete(access: Access<DeleteOrg>, query: Query<Deletion>) -> Result<Removal> {
    let outbox = access.app().outbox().clone();
    let delete = async move |tx: &OrgWrite, org: Org, how: Deletion| {
        let dry_run = DryRun { dry_run: how.dry_run };
        if !dry_run.is_on() && how.confirm.as_deref() != Some(org.slug.as_str()) {
            let (code, message) = match how.confirm {
                None => ("required", format!("is required: {}", org.slug)),
                Some(_) => ("invalid_value", format!("must be the organization's slug, {}", org.slug)),
            };
            return Err(Error::field("/confirm", code, message));
        }
        super::delete(tx, &org, &outbox).await?;
        Ok(dry_run.removal(tx, census(tx, dry_run).await?, None))
    };
    access.write(query, delete).await
}

/// What goes with an organization, where somebody wants to know.
async fn census(tx: &OrgTx, dry_run: DryRun) -> Result<Counts> {
    if !dry_run.is_on() {
        return Ok(Counts::default());
    }
    let all = store::census(tx).await?;
    Ok(Counts::one("organizations")
        .and("members", all.members)
        .and("projects", all.projects)
        .and("tasks", all.tasks)
        .and("invitations", all.invitations))
}

pub async fn restore(access: Access<RestoreOrg>, body: NoBody) -> Result<Tagged<OrgView>> {
    let restore = async |tx: &OrgWrite, org: Restorable, ()| super::restore(tx, org).await;
    access.write(body, restore).await.map(Tagged)
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
            actions: Permission::ALL
                .iter()
                .map(|permission| (permission.as_str(), row(*permission)))
                .collect(),
            allowed: Permission::ALL.iter().filter(allowed).map(|permission| permission.as_str()).collect(),
            settings: tx.settings(),
        })
    };
    access.read((), read).await.map(answer::Ok)
}
