//! Members: who is in an organization, with which role, and how they come and go.

pub(crate) mod http;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Role, Subject, Viewer},
    accounts::Person,
    api_tokens,
    clock::Time,
    error::{Code, Error, Result},
    http::{
        answer::{Counts, Versioned},
        input::Params,
    },
    id::{Id, InvitationId, ProjectId, TokenId, UserId},
    invitations,
    ledger::{Action, Changes, Subject as Entry},
    projects,
    tasks::{self, TaskRef},
    text::{Name, ProjectKey},
};

/// A membership, with its user.
#[derive(Debug, Clone)]
pub struct Member {
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub joined_at: Time,
    pub version: i64,
}

/// A member as the others see them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Member")]
pub struct MemberView {
    pub user: MemberUser,
    pub role: Role,
    pub joined_at: Time,
    /// What the caller may do with them: `change_role`, `remove`.
    pub can: Vec<&'static str>,
    pub version: i64,
}

/// Who a member is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MemberUser {
    pub id: UserId,
    pub name: String,
    pub email: String,
}

impl Versioned for MemberView {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Member {
    fn is_caller(&self, viewer: &Viewer) -> Facts {
        Facts { oneself: self.user == viewer.user(), ..Facts::default() }
    }

    /// As the caller sees them.
    #[must_use]
    pub fn view(self, tx: &OrgTx) -> MemberView {
        let facts = self.is_caller(tx);
        let can = [("change_role", self.change_permission(tx)), ("remove", self.remove_permission())];
        // A member has no lower role to step down to.
        let can = can
            .into_iter()
            .filter(|(name, _)| !(facts.oneself && self.role == Role::Member && *name == "change_role"));
        MemberView {
            can: tx.can(facts, &can.collect::<Vec<_>>()),
            user: MemberUser { id: self.user, name: self.name, email: self.email },
            role: self.role,
            joined_at: self.joined_at,
            version: self.version,
        }
    }

    /// What changing their role takes: everybody may step down.
    fn change_permission(&self, viewer: &Viewer) -> Permission {
        match self.role {
            _ if self.user == viewer.user() => Permission::StepDown,
            Role::Owner => Permission::ManageOwner,
            Role::Admin | Role::Member => Permission::ChangeRole,
        }
    }

    /// What removing them takes.
    const fn remove_permission(&self) -> Permission {
        match self.role {
            Role::Owner => Permission::ManageOwner,
            Role::Admin | Role::Member => Permission::RemoveMember,
        }
    }
}

impl Subject for Member {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("user") {
            Some(user) => store::find(viewer, user).await,
            None => Ok(None),
        }
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        self.is_caller(viewer)
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Those of these people who are members.
///
/// # Errors
/// When the database fails.
pub async fn seen(tx: &OrgTx, ids: Vec<UserId>) -> Result<Vec<MemberView>> {
    let rows = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let wanted =
        store::Wanted { roles: None, pattern: None, ids: Some(ids), after: Id::new(Uuid::nil()), rows };
    Ok(store::page(tx, &wanted).await?.into_iter().map(|member| member.view(tx)).collect())
}

/// A task that somebody is no longer, or newly, assigned to.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assignment {
    pub task: TaskRef,
    pub user: Person,
}

/// What else happened when somebody left, was removed, or lost sight of a project.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Departure {
    /// Open tasks of theirs that passed to nobody.
    pub unassigned: Vec<Assignment>,
    /// Open tasks of theirs that passed to `reassign_to`.
    pub reassigned: Vec<Assignment>,
    /// The projects that they were in.
    pub left_projects: Vec<ProjectName>,
    /// Those of them in which `reassign_to` took their place.
    pub handed_over_projects: Vec<ProjectName>,
    /// Pending invitations of theirs that are void now.
    pub revoked_invitations: Vec<InvitationId>,
    /// API tokens of theirs for this organization that are void now.
    pub revoked_tokens: Vec<TokenId>,
}

/// A project in a few words.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectName {
    pub id: ProjectId,
    pub key: ProjectKey,
    pub name: Name,
}

impl Departure {
    /// Nothing else happened: `None`.
    #[must_use]
    pub fn into_option(self) -> Option<Self> {
        let nothing = self.unassigned.is_empty()
            && self.reassigned.is_empty()
            && self.left_projects.is_empty()
            && self.revoked_invitations.is_empty()
            && self.revoked_tokens.is_empty();
        (!nothing).then_some(self)
    }

    /// How many of each.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts::one("members")
            .and_all("unassigned", &self.unassigned)
            .and_all("reassigned", &self.reassigned)
            .and_all("projects", &self.left_projects)
            .and_all("invitations", &self.revoked_invitations)
            .and_all("tokens", &self.revoked_tokens)
    }
}

/// Makes the caller a member. One who left and comes back takes up the same membership, and is on no task that they
/// don't see.
///
/// # Errors
/// 409 when they are one already, and when the organization is full.
pub async fn join(tx: &OrgWrite, role: Role) -> Result<()> {
    if !store::join(tx, role).await? {
        return Err(Code::AlreadyMember.into());
    }
    if store::count(tx).await? > tx.limits().members {
        return Err(Code::TooManyMembers.into());
    }
    let changes = Changes::none().new_field("role", &role);
    tx.record(Action::MemberJoined, Entry::Member(tx.user()), changes).await?;
    tasks::unassign_the_unseeing(tx).await.map(drop)
}

/// What can be changed.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberPatch {
    pub role: Role,
}

/// A member with a changed role, and what that did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChangedMember {
    #[serde(flatten)]
    pub member: MemberView,
    /// Who is no longer assigned to what, having lost sight of it.
    pub unassigned: Vec<Assignment>,
    /// Pending invitations of theirs that are void now.
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
/// 403 for a promotion that the caller may not make, 409 for demoting the last owner.
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
    store::set_role(tx, member.user, role).await?;
    let changes = Changes::none().field("role", &member.role, &role);
    tx.record(Action::MemberRoleChanged, Entry::Member(member.user), changes).await?;
    Ok(Departure {
        unassigned: tasks::unassign_the_unseeing(tx).await?,
        revoked_invitations: invitations::void(tx, member.user, Some(role)).await?,
        ..Departure::default()
    })
}

/// Refuses when this member is the only owner.
async fn keep_an_owner(tx: &OrgWrite, member: &Member) -> Result<()> {
    if store::other_owner(tx, member.user).await? { Ok(()) } else { Err(Code::LastOwner.into()) }
}

/// Ends a membership: removal by somebody, or leaving.
///
/// # Errors
/// 409 for the last owner; 422 when `reassign_to` can't take the tasks.
pub async fn end(tx: &OrgWrite, member: Member, reassign_to: Option<UserId>) -> Result<Departure> {
    let heir = match reassign_to {
        Some(user) if user == member.user => {
            return Err(Error::field("/reassign_to", "invalid_value", "must be somebody else"));
        }
        Some(user) => Some(store::find(tx, user).await?.ok_or_else(|| {
            Error::field("/reassign_to", "not_found", "must be a member of the organization")
        })?),
        None => None,
    };
    // A deleted organization doesn't count.
    if member.role == Role::Owner && !tx.is_deleted() {
        keep_an_owner(tx, &member).await?;
    }
    let left_projects = projects::store::of_member(tx, member.user).await?;
    store::end(tx, member.user).await?;
    let action = if member.user == tx.user() { Action::MemberLeft } else { Action::MemberRemoved };
    let changes = Changes::none().field("role", &Some(member.role), &None);
    tx.record(action, Entry::Member(member.user), changes).await?;
    let heir = heir.map(|heir| heir.user);
    let handed_over_projects = projects::hand_over(tx, &left_projects, member.user, heir).await?;
    let (unassigned, reassigned) = tasks::hand_over(tx, member.user, heir).await?;
    let revoked_invitations = invitations::void(tx, member.user, None).await?;
    let revoked_tokens =
        api_tokens::store::revoke_for(&tx.as_user().directory(), member.user, tx.org()).await?;
    Ok(Departure {
        unassigned,
        reassigned,
        left_projects,
        handed_over_projects,
        revoked_invitations,
        revoked_tokens,
    })
}

/// Makes another member owner and the caller admin, in one.
///
/// # Errors
/// 422 when the target isn't another member.
pub async fn transfer(tx: &OrgWrite, to: UserId) -> Result<()> {
    let wrong = |message: &str| Error::field("/user_id", "invalid_value", message);
    if to == tx.user() {
        return Err(wrong("must be somebody else"));
    }
    let target = store::find(tx, to).await?.ok_or_else(|| wrong("must be a member of the organization"))?;
    store::set_role(tx, target.user, Role::Owner).await?;
    let changes = Changes::none().field("role", &target.role, &Role::Owner);
    tx.record(Action::OwnershipTransferred, Entry::Member(target.user), changes).await?;
    let caller = store::find(tx, tx.user()).await?.ok_or(Code::NotFound)?;
    set_role(tx, &caller, Role::Admin).await.map(drop)
}
