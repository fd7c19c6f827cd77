//! Authorization, and the only access to the database. A handler names an [`Action`] in the type of its extractor and
//! receives its transaction from that extractor, so that no handler can reach data without being authorized.
//!
//! There are exactly three kinds of transaction: [`OrgTx`], [`UserTx`] and [`SystemTx`].

mod account;
pub mod api_token;
mod authorize;
mod batch;
mod costs;
mod gateway;
pub mod idempotency;
mod ledger;
mod operator;
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
use serde_json::Value;

pub use account::{Confirmed, InSession, Public, ReadOrTicket, SignedIn};
pub use batch::Operation;
pub use costs::{Cost, MINUTES};
pub use gateway::Gateway;
pub use ledger::{Counting, Entry, SCHEDULE_PURGE, purge_day, sweep_originals};
pub use operator::{AdminTokens, ByOperator};
pub use org::Access;
pub use policy::{Facts, Permission, Role, Settings};
pub use principal::{Credential, Grant, Principal};
pub use token::{Jwks, LIFE, Tokens};
pub use transaction::{
    Membership, OrgState, OrgTx, OrgWrite, SystemTx, SystemWrite, UserTx, UserWrite, Viewer,
};

use crate::{base::error::Result, http::input::Params};

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

    /// Returns the resource as the caller sees it, for the refusal of a change to another version.
    async fn shown(self, _tx: &OrgTx) -> Result<Option<Value>> {
        Ok(None)
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
    /// Whether the action can be an operation of a batch. What does many things in one request can't.
    const IN_BATCH: bool = true;
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

/// Returns the tags of all `If-Match` headers.
fn if_match(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(header::IF_MATCH).iter().map(|line| line.to_str().unwrap_or_default());
    lines.map(str::to_owned).reduce(|tags, line| format!("{tags},{line}"))
}

/// Returns whether `If-Match`, if it was sent, names the version. Compares only the version in a tag: the rest is a digest of
/// the body, which differs between callers, and what proxies add to it.
fn is_expected(if_match: Option<&str>, version: i64) -> bool {
    let version = version.to_string();
    let names = |tag: &str| {
        let tag = tag.trim();
        let tag = tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")).unwrap_or(tag);
        tag == "*" || tag.trim_start_matches('"').split(['-', ';', '"']).next() == Some(&version)
    };
    if_match.is_none_or(|tags| tags.split(',').any(names))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_version_is_known_in_whatever_form_it_comes_back() {
        let expected = |lines: &[&'static str]| {
            let lines = lines.iter().map(|line| (header::IF_MATCH, HeaderValue::from_static(line)));
            is_expected(if_match(&lines.collect()).as_deref(), 7)
        };
        for lines in [
            &[][..],
            &["*"],
            &["7"],
            &["\"7\""],
            &["W/\"7\""],
            &["w/\"7-x\""],
            &["\"7-aB3_-dEf\""],
            &["W/\"7-aB3_-dEf\""],
            &["W/\"7-aB3_-dEf-gzip\""],
            &["\"7-aB3_-dEf;gzip\""],
            &["\"7-aB3_-dEf--gzip\""],
            &["\"7-aB3_-dEf\"-gzip"],
            &["W/\"7-x;br\""],
            &["\"6-x\", W/\"7-y\""],
            &["\"6-x\",\"7-y\""],
            &["\"6-x\"", "  W/\"7-y\"  "],
            &["\"6\", *"],
        ] {
            assert!(expected(lines), "{lines:?}");
        }
        for lines in [
            &[""][..],
            &["\"\""],
            &["W/"],
            &["\"77\""],
            &["\"7x\""],
            &["\"6-7\""],
            &["\"-7\""],
            &["W/W/\"7\""],
            &["\"6-x\", \"8-y\""],
            &["\"6-x-7\""],
            &["\"07\""],
            &["x\"7\""],
        ] {
            assert!(!expected(lines), "{lines:?}");
        }
    }
}
