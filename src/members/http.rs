//! Listing members, changing their roles, removing them; leaving; passing the ownership on.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{ChangedMember, Departure, Member, MemberPatch, MemberView, store};
use crate::{
    access::{Access, Action, OrgTx, OrgWrite, Permission, Role, Viewer, actions},
    error::{Code, Result},
    http::{
        answer::{Removal, Tagged},
        input::{DryRun, Json, List, NoBody, Query},
    },
    id::{Id, UserId},
    list::{CommaList, Flag},
    orgs::{self, OrgView},
    page::{Page, Paging},
    text::Search,
};

actions! {
    SeeMembers: See on ();
    SeeMember: See on Member;
    Leave: LeaveOrg on ();
}

/// Gives away what the caller has.
pub enum Transfer {}
impl Action for Transfer {
    type Subject = ();
    const SENSITIVE: bool = true;
    const PERMISSION: Permission = Permission::TransferOrg;
}

/// Depends on who the member is.
pub enum ChangeRole {}
impl Action for ChangeRole {
    type Subject = Member;
    const PERMISSION: Permission = Permission::ChangeRole;

    fn permission(member: &Member, viewer: &Viewer) -> Permission {
        member.change_permission(viewer)
    }
}

/// Depends on who the member is.
pub enum Remove {}
impl Action for Remove {
    type Subject = Member;
    const PERMISSION: Permission = Permission::RemoveMember;

    fn permission(member: &Member, _: &Viewer) -> Permission {
        member.remove_permission()
    }
}

/// Which members.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// With one of these roles: `owner,admin`.
    pub role: Option<CommaList<Role>>,
    /// Whose name or address contains this.
    pub q: Option<Search>,
}

pub async fn list(access: Access<SeeMembers>, list: List<Filters>) -> Result<Page<MemberView>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (Filters, Paging)| {
        let after: Option<UserId> = paging.after()?;
        let wanted = store::Wanted {
            roles: filters.role.map(|roles| roles.0),
            pattern: filters.q.as_ref().map(Search::pattern),
            ids: None,
            after: after.unwrap_or(Id::new(Uuid::nil())),
            rows: paging.rows(),
        };
        let page = paging.page(store::page(tx, &wanted).await?, |member| member.user);
        let items = page.items.into_iter().map(|member| member.view(tx)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn get(access: Access<SeeMember>) -> Result<Tagged<MemberView>> {
    access.read((), async |tx: &OrgTx, member: Member, ()| Ok(member.view(tx))).await.map(Tagged)
}

pub async fn update(access: Access<ChangeRole>, body: Json<MemberPatch>) -> Result<Tagged<ChangedMember>> {
    let change =
        async |tx: &OrgWrite, member, patch: MemberPatch| super::change_role(tx, member, patch.role).await;
    access.write(body, change).await.map(Tagged)
}

/// How a member is removed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// Who takes their place: in the projects that they are in, and on their open tasks.
    pub reassign_to: Option<UserId>,
    /// Tells what would go, and changes nothing.
    pub dry_run: Option<Flag>,
}

pub async fn remove(access: Access<Remove>, query: Query<How>) -> Result<Removal<Departure>> {
    let remove = async |tx: &OrgWrite, member, how: How| {
        let departure = super::end(tx, member, how.reassign_to).await?;
        let dry_run = DryRun { dry_run: how.dry_run };
        Ok(dry_run.removal(tx, departure.counts(), departure.into_option()))
    };
    access.write(query, remove).await
}

pub async fn leave(access: Access<Leave>, query: Query<DryRun>, body: NoBody) -> Result<Removal<Departure>> {
    let leave = async |tx: &OrgWrite, (), (dry_run, ()): (DryRun, ())| {
        let me = store::find(tx, tx.user()).await?.ok_or(Code::NotFound)?;
        let departure = super::end(tx, me, None).await?;
        Ok(dry_run.removal(tx, departure.counts(), departure.into_option()))
    };
    access.write((query, body), leave).await
}

/// Who becomes owner.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferTo {
    pub user_id: UserId,
}

pub async fn transfer(access: Access<Transfer>, body: Json<TransferTo>) -> Result<Tagged<OrgView>> {
    let transfer = async |tx: &OrgWrite, (), to: TransferTo| {
        super::transfer(tx, to.user_id).await?;
        let org = orgs::store::find(tx).await?.ok_or(Code::NotFound)?;
        Ok(org.view(&tx.renewed(Role::Admin, tx.settings())))
    };
    access.write(body, transfer).await.map(Tagged)
}
