//! The only way to data. A handler names an action in its type and gets its data through it; authorization, which asks
//! who is calling, what they may see and what they may do, can't be left out, because there is no other way in.
//!
//! There are three kinds of transaction and no other: [`OrgTx`], [`UserTx`] and [`SystemTx`].

mod account;
pub mod api_token;
mod authorize;
mod gateway;
mod org;
pub mod policy;
mod principal;
mod store;
pub mod throttle;
pub mod tickets;
mod token;
mod transaction;

use std::time::Duration;

use axum::http::{HeaderMap, header};

pub use account::{Confirmed, InSession, Public, SignedIn};
pub use gateway::Gateway;
pub use org::Access;
pub use policy::{Facts, Permission, Role, Settings};
pub use principal::{Credential, Grant, Principal};
pub use token::{Jwks, LIFE, Tokens};
pub use transaction::{Ledger, Membership, OrgTx, OrgWrite, SystemTx, UserTx, UserWrite, Viewer};

use crate::{
    base::error::{Code, Result},
    http::input::Params,
};

/// How long a session lasts at most.
pub const SESSION_LIFE: Duration = Duration::from_hours(90 * 24);
/// How long it lasts without a refresh.
pub const SESSION_IDLE: Duration = Duration::from_hours(30 * 24);

/// What is acted on: what the path names besides the organization.
pub trait Resource: Sized + 'static {
    /// Whether it has a version that `If-Match` can name.
    const VERSIONED: bool = false;
    /// Whether only who has the action's permission may know that it is there: 403 comes before 404.
    const SECRET: bool = false;

    /// Finds it, within what the caller may see. `None` is answered 404.
    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>>;

    /// What the policy needs to know about it.
    fn facts(&self, _viewer: &Viewer) -> Facts {
        Facts::default()
    }

    /// The version that `If-Match` is compared with.
    fn version(&self) -> Option<i64> {
        None
    }

    /// Whether it is deleted: then it is there only for who may restore it.
    fn is_deleted(&self) -> bool {
        false
    }
}

/// The organization itself, where nothing of it is needed.
impl Resource for () {
    async fn find(_: &Viewer, _: &Params) -> Result<Option<Self>> {
        Ok(Some(()))
    }
}

/// An action on a subject, named in a handler's type.
pub trait Action: 'static {
    type Resource: Resource;
    /// Whether it takes a session that proved itself lately.
    const SENSITIVE: bool = false;
    /// Whether it can be done in an organization that is deleted.
    const RESTORES: bool = false;
    /// Whether a ticket in the query may stand for the credential.
    const BY_TICKET: bool = false;
    /// What it takes; where that depends on the subject, what it takes for most.
    const PERMISSION: Permission;

    /// What it takes, for this subject.
    fn permission(_subject: &Self::Resource, _viewer: &Viewer) -> Permission {
        Self::PERMISSION
    }
}

/// Declares actions: `actions! { EditTask: EditTask on Task; }`.
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

/// `If-Match` names the version by the part of the tag before the hyphen: what the body shows beside may differ by caller.
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
