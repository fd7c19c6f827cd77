//! HTTP handlers for accepting invitations, changing roles, removing members, leaving, and transferring the ownership.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ChangedMember, Departure, MemberPatch};
use crate::{
    access::{Access, Action, OrgWrite, Permission, Role, SignedIn, UserWrite, Viewer, actions},
    base::{
        error::{Code, Result},
        id::UserId,
        list::Flag,
    },
    http::{
        answer::{Removal, Tagged},
        input::{DryRun, Json, NoBody, Query},
    },
    workspace::{
        invitations::{
            Key,
            http::{ByToken, listed},
        },
        members::{self, Member},
        orgs::{self, OrgView},
    },
};

actions! {
    Leave: LeaveOrg on ();
    Transfer: TransferOrg on ();
}

/// Changes a member's role. The required permission depends on the member.
pub enum ChangeRole {}
impl Action for ChangeRole {
    type Resource = Member;
    const PERMISSION: Permission = Permission::ChangeRole;

    fn permission(member: &Member, viewer: &Viewer) -> Permission {
        member.change_permission(viewer)
    }
}

/// Removes a member. The required permission depends on the member.
pub enum Remove {}
impl Action for Remove {
    type Resource = Member;
    const PERMISSION: Permission = Permission::RemoveMember;

    fn permission(member: &Member, _: &Viewer) -> Permission {
        member.remove_permission()
    }
}

pub async fn accept(me: SignedIn, body: Json<ByToken>) -> Result<Tagged<OrgView>> {
    let accept =
        async |me: &UserWrite, given: ByToken| super::accept(me, &Key::Token(given.token)).await.map(Tagged);
    me.write(body, accept).await
}

pub async fn accept_mine(me: SignedIn, body: NoBody) -> Result<Tagged<OrgView>> {
    let id = me.params().get("id");
    let accept = async move |me: &UserWrite, ()| super::accept(me, &listed(me, id).await?).await.map(Tagged);
    me.write(body, accept).await
}

pub async fn update(access: Access<ChangeRole>, body: Json<MemberPatch>) -> Result<Tagged<ChangedMember>> {
    let change = async |tx: &OrgWrite, member, patch: MemberPatch| {
        super::change_role(tx, member, patch.role).await.map(Tagged)
    };
    access.write(body, change).await
}

/// Options for removing a member.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// The member who takes over the removed member's projects and open tasks. Without one, the tasks are unassigned.
    pub reassign_to: Option<UserId>,
    /// `true` returns the number of things that would be removed, and changes nothing.
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
        let me = members::store::find(tx, tx.user()).await?.ok_or(Code::NotFound)?;
        let departure = super::end(tx, me, None).await?;
        Ok(dry_run.removal(tx, departure.counts(), departure.into_option()))
    };
    access.write((query, body), leave).await
}

/// A request to transfer the ownership of an organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OwnershipTransfer")]
pub struct TransferTo {
    /// The member who becomes owner. The caller becomes an admin.
    pub user_id: UserId,
}

pub async fn transfer(access: Access<Transfer>, body: Json<TransferTo>) -> Result<Tagged<OrgView>> {
    let transfer = async |tx: &OrgWrite, (), to: TransferTo| {
        super::transfer(tx, to.user_id).await?;
        let org = orgs::store::find(tx).await?.ok_or(Code::NotFound)?;
        Ok(Tagged(org.view(&tx.renewed(Role::Admin, tx.settings()))))
    };
    access.write(body, transfer).await
}
