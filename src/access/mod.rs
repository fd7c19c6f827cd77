//! Authorization, and the only access to the database. A handler names an [`Action`] in the type of its extractor and
//! receives its transaction from that extractor, so that no handler can reach data without being authorized.
//!
//! There are exactly three kinds of transaction: [`OrgTx`], [`UserTx`] and [`SystemTx`].

mod account;
pub mod api_token;
mod authorize;
mod gateway;
mod ledger;
mod org;
pub mod policy;
mod principal;
pub mod security_log;
mod store;
pub mod throttle;
pub mod tickets;
mod token;
mod transaction;

use std::time::Duration;

use axum::http::{HeaderMap, header};

pub use account::{Confirmed, InSession, Public, SignedIn};
pub use gateway::Gateway;
pub use ledger::Entry;
pub use org::Access;
pub use policy::{Facts, Permission, Role, Settings};
pub use principal::{Credential, Grant, Principal};
pub use token::{Jwks, LIFE, Tokens};
pub use transaction::{Membership, OrgTx, OrgWrite, SystemTx, UserTx, UserWrite, Viewer};

use crate::{
    base::error::{Code, Result},
    http::input::Params,
};

/// The maximum lifetime of a session.
pub const SESSION_LIFE: Duration = Duration::from_hours(90 * 24);
/// How long a session lasts if it isn't refreshed.
pub const SESSION_IDLE: Duration = Duration::from_hours(30 * 24);

/// A resource that an action is performed on: the object that the path names besides the organization.
pub trait Resource: Sized + 'static {
    /// Whether the resource has a version, which `If-Match` is compared with.
    const VERSIONED: bool = false;
    /// Whether the existence of the resource is hidden from callers without the action's permission: they get 403 also
    /// where the resource doesn't exist.
    const SECRET: bool = false;

    /// Finds the resource, among those that the caller may see. `None` becomes a 404.
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>>;

    /// Returns the facts about the resource that the policy depends on.
    fn facts(&self, _viewer: &Viewer) -> Facts {
        Facts::default()
    }

    /// Returns the version that `If-Match` is compared with.
    fn version(&self) -> Option<i64> {
        None
    }

    /// Returns whether the resource is deleted. A deleted resource exists only for callers with the action's
    /// permission; others get 404.
    fn is_deleted(&self) -> bool {
        false
    }
}

/// The organization itself, for actions that don't need its data.
impl Resource for () {
    async fn find(_: &Viewer, _: &Params) -> Result<Option<Self>> {
        Ok(Some(()))
    }
}

/// A resource that is kept for a while after it is deleted, and can be restored until then.
pub trait Deletable: Resource {
    /// Finds the deleted resource, among those that the caller may see.
    async fn find_deleted(viewer: &Viewer, path: &Params) -> Result<Option<Self>>;
}

/// A resource, deleted or not: the resource of a restore.
pub enum Restorable<T> {
    Live(T),
    Deleted(T),
}

impl<T: Deletable> Resource for Restorable<T> {
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        if let Some(live) = T::find(viewer, path).await? {
            return Ok(Some(Self::Live(live)));
        }
        Ok(T::find_deleted(viewer, path).await?.map(Self::Deleted))
    }

    fn facts(&self, viewer: &Viewer) -> Facts {
        let (Self::Live(resource) | Self::Deleted(resource)) = self;
        resource.facts(viewer)
    }

    fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }
}

/// An action on a resource, which a handler names in the type of its extractor.
pub trait Action: 'static {
    type Resource: Resource;
    /// Whether the action is also possible in a deleted organization that can still be restored.
    const RESTORES: bool = false;
    /// Whether the `ticket` query parameter can replace the `Authorization` header.
    const BY_TICKET: bool = false;
    /// The permission that the action requires. If that depends on the resource: the one that most resources require.
    const PERMISSION: Permission;

    /// Returns the permission that the action requires for this resource.
    fn permission(_subject: &Self::Resource, _viewer: &Viewer) -> Permission {
        Self::PERMISSION
    }
}

/// Declares actions, each with its permission and resource: `actions! { EditTask: EditTask on Task; }`.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident: $permission:ident on $subject:ty;)+) => {$(
        $(#[$doc])*
        pub enum $name {}
        impl $crate::access::Action for $name {
            type Resource = $subject;
            const PERMISSION: $crate::access::Permission = $crate::access::Permission::$permission;
        }
    )+};
}
pub(crate) use actions;

fn if_match(headers: &HeaderMap) -> Option<String> {
    headers.get(header::IF_MATCH).map(|tags| tags.to_str().unwrap_or_default().to_owned())
}

/// Checks that `If-Match`, if it was sent, names the current version. Compares only the part of the tag before the
/// hyphen, because the rest is a digest of the body, which may differ between callers.
///
/// # Errors
/// 412 if none of the tags names the version.
fn demand_version(if_match: Option<&str>, version: Option<i64>) -> Result<()> {
    let (Some(tags), Some(version)) = (if_match, version) else {
        return Ok(());
    };
    let version = version.to_string();
    let named = |tag: &str| tag.trim().trim_matches('"').split('-').next().is_some_and(|tag| tag == version);
    if tags.trim() == "*" || tags.split(',').any(named) {
        return Ok(());
    }
    Err(Code::PreconditionFailed.into())
}
