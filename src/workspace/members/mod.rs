//! Members of an organization and their roles. `lifecycle::membership` adds, changes and removes them.

pub(crate) mod http;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    access::{Facts, OrgTx, Permission, Resource, Role, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{Id, UserId},
    },
    http::{
        answer::{self, Versioned},
        input::Params,
    },
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

/// A member of an organization.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Member")]
pub struct MemberView {
    /// The member's account.
    pub user: MemberUser,
    /// The member's role.
    pub role: Role,
    /// The time at which they became a member.
    pub joined_at: Time,
    /// The actions that the caller may take on the member: `change_role`, `remove`.
    pub can: Vec<&'static str>,
    /// A number that grows with each change of the membership: the first part of its `ETag`.
    pub version: i64,
}

/// The account of a member.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MemberUser {
    /// The user's id.
    pub id: UserId,
    /// The user's name.
    pub name: String,
    /// The member's e-mail address. Empty for a placeholder, which stands for a member of an imported organization whom
    /// no account here was matched to.
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

    /// Returns the member as the caller sees them.
    pub fn view(self, tx: &OrgTx) -> MemberView {
        let facts = self.is_caller(tx);
        let can = [("change_role", self.change_permission(tx)), ("remove", self.remove_permission())];
        // Stepping down needs a lower role, and `member` is the lowest.
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

    /// Returns the permission that changing the member's role requires. Every member may step down.
    pub fn change_permission(&self, viewer: &Viewer) -> Permission {
        match self.role {
            _ if self.user == viewer.user() => Permission::StepDown,
            Role::Owner => Permission::ManageOwner,
            Role::Admin | Role::Member => Permission::ChangeRole,
        }
    }

    /// Returns the permission that removing the member requires.
    pub const fn remove_permission(&self) -> Permission {
        match self.role {
            Role::Owner => Permission::ManageOwner,
            Role::Admin | Role::Member => Permission::RemoveMember,
        }
    }
}

impl Resource for Member {
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

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        answer::shown(&self.view(tx))
    }
}

/// Returns those of the given users who are members.
pub async fn seen(tx: &OrgTx, ids: Vec<UserId>) -> Result<Vec<MemberView>> {
    let rows = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    let wanted =
        store::MemberQuery { roles: None, patterns: None, ids: Some(ids), after: Id::new(Uuid::nil()), rows };
    Ok(store::page(tx, &wanted).await?.into_iter().map(|member| member.view(tx)).collect())
}
