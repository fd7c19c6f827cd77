//! The security logs as their readers see them: that of one's own account, and that of an organization.

pub(crate) mod http;
mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    access::{
        Role,
        security_log::{Kind, Reason, SignInMethod},
    },
    base::{
        clock::Time,
        id::{OrgId, SecurityEventId, SessionId, TokenId, UserId},
        list::CommaList,
    },
    identity::accounts::Person,
};

/// An entry of the security log of an account. Entries are kept for 180 days.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SecurityEvent {
    /// The entry's id.
    pub id: SecurityEventId,
    /// The time of the event.
    pub at: Time,
    /// The kind of event.
    pub kind: Kind,
    /// The `User-Agent` of the client, at most 200 characters of it; `null` if it sent none, or if the event wasn't
    /// caused by a request of the account's user.
    pub device: Option<String>,
    /// The IP address of the client; `null` if the event wasn't caused by a request of the account's user.
    pub address: Option<String>,
    /// The id of the API token that the request was made with; `null` for others.
    pub token_id: Option<TokenId>,
    /// What else is known about the event, depending on its kind.
    pub details: Details,
}

/// An entry of the security log of an organization. Entries are kept for 180 days.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationSecurityEvent")]
pub struct OrgSecurityEvent {
    /// The user who caused the event.
    pub user: Person,
    #[serde(flatten)]
    pub event: SecurityEvent,
}

/// The details of an entry of a security log. Its kind determines which there are; the others are absent.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "SecurityEventDetails")]
pub struct Details {
    /// How the user signed in. `signed_in` and `second_factor_required` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<SignInMethod>,
    /// The session. `signed_in` and `session_ended` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<SessionId>,
    /// Whether no earlier session of the account was from this device: from this kind of client, in this network (IPv4
    /// /24 or IPv6 /64). `signed_in` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_device: Option<bool>,
    /// Why it failed, ended or was refused. `sign_in_failed`, `confirmation_failed`, `session_ended` and `call_refused`
    /// have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The number of recovery codes that were left unused. `recovery_code_used` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<i64>,
    /// The name of the passkey or the API token. `passkey_added`, `passkey_removed` and `api_token_created` have it, the
    /// last only in the log of the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the identity provider. `provider_linked` and `provider_unlinked` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The API token that was created, used or revoked. `api_token_created`, `api_token_first_used` and
    /// `api_token_revoked` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_token_id: Option<TokenId>,
    /// The organization that was exported or in which the call was made, or the only one that the API token can be used
    /// for. `organization_exported`, `call_refused` and `api_token_created` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrgId>,
    /// The refused call: its method and the pattern of its path, such as `GET /v1/orgs/{org}/export`. `call_refused` has
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The member. `member_role_changed`, `member_removed` and `ownership_transferred` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// The member's role before. `member_role_changed` and `member_removed` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_role: Option<Role>,
    /// The member's role from then on. `member_joined` and `member_role_changed` have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// The filters of the security log of an account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SecurityLogFilters")]
pub struct Filters {
    /// Only entries of these kinds, separated by commas: `signed_in,sign_in_failed`.
    pub kind: Option<CommaList<Kind>>,
}

/// The filters of the security log of an organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OrganizationSecurityLogFilters")]
pub struct OrgFilters {
    /// Only entries of these kinds, separated by commas: `call_refused,organization_exported`.
    pub kind: Option<CommaList<Kind>>,
    /// Only events that these users caused, given by id and separated by commas.
    pub user: Option<CommaList<UserId>>,
}

/// Parses the details of a stored entry. Those that only a newer version knows are left out.
fn details(text: &str) -> Details {
    serde_json::from_str(text).unwrap_or_default()
}
