//! Memberships: joining an organization, changing roles in it, and leaving it.

pub(crate) mod http;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    access::{
        Facts, OrgWrite, Permission, Role, UserWrite,
        security_log::{self, Event},
    },
    base::{
        error::{Code, Error, Result},
        id::{Id, InvitationId, TokenId, UserId},
    },
    effects::ledger::{Action, Changes, Target},
    http::answer::{Counts, Versioned},
    identity::{accounts, api_tokens, security},
    workspace::{
        assignments::{self, Assignment},
        invitations::{self, Key, State},
        members::{self, Member, MemberView},
        orgs::{self, OrgView},
        projects::{self, ProjectName},
    },
};

/// The effects of the end of a membership.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "MemberDeparture")]
pub struct Departure {
    /// The member's open tasks that passed to nobody.
    pub unassigned: Vec<Assignment>,
    /// The member's open tasks that passed to `reassign_to`.
    pub reassigned: Vec<Assignment>,
    /// The projects that the member was in.
    pub left_projects: Vec<ProjectName>,
    /// Those of `left_projects` in which `reassign_to` took the member's place.
    pub handed_over_projects: Vec<ProjectName>,
    /// The pending invitations by the member, which were revoked.
    pub revoked_invitations: Vec<InvitationId>,
    /// The member's API tokens for this organization, which were revoked.
    pub revoked_tokens: Vec<TokenId>,
}

impl Departure {
    /// Returns `None` if there were no effects.
    pub fn into_option(self) -> Option<Self> {
        let nothing = self.unassigned.is_empty()
            && self.reassigned.is_empty()
            && self.left_projects.is_empty()
            && self.revoked_invitations.is_empty()
            && self.revoked_tokens.is_empty();
        (!nothing).then_some(self)
    }

    /// Returns the number of effects of each kind.
    pub fn counts(&self) -> Counts {
        Counts::one("members")
            .and_all("unassigned", &self.unassigned)
            .and_all("reassigned", &self.reassigned)
            .and_all("projects", &self.left_projects)
            .and_all("invitations", &self.revoked_invitations)
            .and_all("tokens", &self.revoked_tokens)
    }
}

/// Makes the caller a member. A returning member's membership is reopened; they are unassigned from tasks that they
/// can't see.
///
/// # Errors
/// 409 if the caller is a member already, or if the organization has too many members.
pub async fn join(tx: &OrgWrite, role: Role) -> Result<()> {
    if !members::store::join(tx, role).await? {
        return Err(Code::AlreadyMember.into());
    }
    if members::store::count(tx).await? > tx.limits().members {
        return Err(Code::TooManyMembers.into());
    }
    let changes = Changes::none().new_field("role", &role);
    tx.record(Action::MemberJoined, Target::Member(tx.user()), changes);
    security_log::record_in(tx, &Event::MemberJoined { role }).await?;
    assignments::unassign_the_unseeing(tx).await.map(drop)
}

/// Accepts an invitation. Somebody who accepts in a session with a mailed token has proved their address.
///
/// # Errors
/// 403 if the invitation is for another address, or the organization is disabled; 404 if there is none; 409 if the caller is a member already, or if the
/// organization has too many members; 410 unless the invitation is pending.
pub async fn accept(me: &UserWrite, key: &Key) -> Result<OrgView> {
    let email = accounts::stored_email(&accounts::lock_me(me).await?.email)?;
    let offered = invitations::offered(me, key, &email).await?;
    // Without its token, an invitation is answered only for an address that is verified already. This may write to the
    // logs of other organizations, so it comes before this one is entered.
    if offered.mailed && me.session() != Id::NIL {
        security::confirm_address(me).await?;
    }
    let (tx, invitation) = invitations::answerable(me, key, &email).await?;
    if tx.is_disabled() {
        return Err(Code::OrganizationDisabled.into());
    }
    invitations::settle(&tx, &invitation, State::Accepted).await?;
    join(&tx, invitation.role).await?;
    let org = orgs::store::find(&tx).await?.ok_or(Code::NotFound)?;
    Ok(org.view(&tx.renewed(invitation.role, tx.settings())))
}

/// Changes to a member.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    /// The new role. Only owners can make owners, or change their roles.
    pub role: Role,
}

/// A member whose role was changed, and the effects of the change.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedMember {
    #[serde(flatten)]
    pub member: MemberView,
    /// The member's assignments to tasks that they can no longer see, which were removed.
    pub unassigned: Vec<Assignment>,
    /// The pending invitations by the member that the new role doesn't permit, which were revoked.
    pub revoked_invitations: Vec<InvitationId>,
}

impl Versioned for ChangedMember {
    fn version(&self) -> i64 {
        self.member.version
    }
}

/// Changes a member's role.
///
/// # Errors
/// 403 if the caller may not make this promotion; 409 if it would demote the last owner.
pub async fn change_role(tx: &OrgWrite, member: Member, role: Role) -> Result<ChangedMember> {
    if role == Role::Owner && member.role != Role::Owner {
        tx.demand(Permission::ManageOwner, Facts::default())?;
    }
    if role > member.role && member.user == tx.user() {
        tx.demand(Permission::ChangeRole, Facts::default())?;
    }
    let departure = set_role(tx, &member, role).await?;
    let version = member.version + i64::from(role != member.role);
    let seen_by = tx.renewed(if member.user == tx.user() { role } else { tx.role() }, tx.settings());
    Ok(ChangedMember {
        member: Member { role, version, ..member }.view(&seen_by),
        unassigned: departure.unassigned,
        revoked_invitations: departure.revoked_invitations,
    })
}

async fn set_role(tx: &OrgWrite, member: &Member, role: Role) -> Result<Departure> {
    if role == member.role {
        return Ok(Departure::default());
    }
    if member.role == Role::Owner {
        keep_an_owner(tx, member).await?;
    }
    members::store::set_role(tx, member.user, role).await?;
    let changes = Changes::none().field("role", &member.role, &role);
    tx.record(Action::MemberRoleChanged, Target::Member(member.user), changes);
    let (user_id, former_role) = (member.user, member.role);
    security_log::record_in(tx, &Event::MemberRoleChanged { user_id, former_role, role }).await?;
    Ok(Departure {
        unassigned: assignments::unassign_the_unseeing(tx).await?,
        revoked_invitations: invitations::void(tx, member.user, Some(role)).await?,
        ..Departure::default()
    })
}

/// Checks that the organization has an owner besides this member.
///
/// # Errors
/// 409 if it has none.
async fn keep_an_owner(tx: &OrgWrite, member: &Member) -> Result<()> {
    if members::store::other_owner(tx, member.user).await? { Ok(()) } else { Err(Code::LastOwner.into()) }
}

/// Ends a membership, because the member leaves or is removed.
///
/// # Errors
/// 409 if they are the last owner; 422 if `reassign_to` is the member themselves, or isn't a member.
pub async fn end(tx: &OrgWrite, member: Member, reassign_to: Option<UserId>) -> Result<Departure> {
    let heir = match reassign_to {
        Some(user) if user == member.user => {
            return Err(Error::parameter("reassign_to", "invalid_value", "must be somebody else"));
        }
        Some(user) => Some(members::store::find(tx, user).await?.ok_or_else(|| {
            Error::parameter("reassign_to", "not_found", "must be a member of the organization")
        })?),
        None => None,
    };
    // A deleted organization may lose its last owner.
    if member.role == Role::Owner && !tx.is_deleted() {
        keep_an_owner(tx, &member).await?;
    }
    let left_projects = projects::store::of_member(tx, member.user).await?;
    members::store::end(tx, member.user).await?;
    let action = if member.user == tx.user() { Action::MemberLeft } else { Action::MemberRemoved };
    let changes = Changes::none().field("role", &Some(member.role), &None);
    tx.record(action, Target::Member(member.user), changes);
    let (user_id, former_role) = (member.user, member.role);
    security_log::record_in(tx, &Event::MemberRemoved { user_id, former_role }).await?;
    let heir = heir.map(|heir| heir.user);
    let handed_over_projects = projects::hand_over(tx, &left_projects, member.user, heir).await?;
    let (unassigned, reassigned) = assignments::hand_over(tx, member.user, heir).await?;
    let revoked_invitations = invitations::void(tx, member.user, None).await?;
    let revoked_tokens =
        api_tokens::store::revoke_for(&tx.as_user().directory(), member.user, tx.org()).await?;
    for api_token_id in revoked_tokens.iter().copied() {
        let event = Event::ApiTokenRevoked { api_token_id };
        security_log::record_for(&tx.as_user().directory(), member.user, &event).await?;
        security_log::record_in(tx, &event).await?;
    }
    Ok(Departure {
        unassigned,
        reassigned,
        left_projects,
        handed_over_projects,
        revoked_invitations,
        revoked_tokens,
    })
}

/// Makes another member an owner and the caller an admin, in one transaction.
///
/// # Errors
/// 422 if `to` isn't another member.
pub async fn transfer(tx: &OrgWrite, to: UserId) -> Result<()> {
    let wrong = |message: &str| Error::field("/user_id", "invalid_value", message);
    if to == tx.user() {
        return Err(wrong("must be somebody else"));
    }
    let target =
        members::store::find(tx, to).await?.ok_or_else(|| wrong("must be a member of the organization"))?;
    members::store::set_role(tx, target.user, Role::Owner).await?;
    let changes = Changes::none().field("role", &target.role, &Role::Owner);
    tx.record(Action::OwnershipTransferred, Target::Member(target.user), changes);
    security_log::record_in(tx, &Event::OwnershipTransferred { user_id: target.user }).await?;
    let caller = members::store::find(tx, tx.user()).await?.ok_or(Code::NotFound)?;
    set_role(tx, &caller, Role::Admin).await.map(drop)
}
