//! API tokens: credentials for scripts and integrations. A token never allows more than its user may do.

pub(crate) mod http;
pub(crate) mod store;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::{
    access::{
        UserTx, UserWrite, api_token,
        security_log::{self, Event},
    },
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{Id, OrgId, TokenId},
        json, secret,
        text::Name,
    },
    http::answer::Versioned,
};

/// The lifetime of a token if the user doesn't choose one.
const LIFE: Duration = Duration::from_hours(90 * 24);
/// The maximum lifetime of a token.
const LONGEST: Duration = Duration::from_hours(366 * 24);
/// The maximum number of valid tokens of an account.
const MOST: i64 = 100;
/// The kind of requests that an API token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TokenScope")]
pub enum Scope {
    /// Allows `GET` requests.
    Read,
    /// Allows all other requests.
    Write,
}

/// A request to create an API token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewApiToken")]
pub struct NewToken {
    /// A name that tells what the token is for. Whoever sees in the activity what was done with it sees the name.
    pub name: Name,
    /// The kinds of requests that the token may be used for: at least one.
    #[serde(deserialize_with = "up_to_2")]
    #[schemars(length(min = 1, max = 2))]
    pub scopes: Vec<Scope>,
    /// The only organization that the token can be used for. If absent, it can be used for all of its user's.
    #[serde(default)]
    pub organization_id: Option<OrgId>,
    /// The time at which the token expires, at most 366 days from now. The default is 90 days from now.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

fn up_to_2<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Scope>, D::Error> {
    json::up_to(2, "too_long", deserializer)
}

/// An API token, as its user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ApiToken")]
pub struct TokenView {
    /// The token's id.
    pub id: TokenId,
    /// The name that tells the user what the token is for.
    pub name: Name,
    /// The kinds of requests that the token may be used for.
    pub scopes: Vec<Scope>,
    /// The only organization that the token can be used for; `null` if it can be used for all of its user's.
    pub organization_id: Option<OrgId>,
    /// The time at which the token was created.
    pub created_at: Time,
    /// The time at which the token expires.
    pub expires_at: Time,
    /// The time of the last use, accurate to about a minute; `null` if the token hasn't been used.
    pub last_used_at: Option<Time>,
    /// The token itself. Only the response to its creation has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl Versioned for TokenView {
    fn version(&self) -> i64 {
        1
    }
}

/// Returns the user's valid tokens, the newest first.
pub async fn valid(tx: &UserTx) -> Result<Vec<TokenView>> {
    store::page(tx, Id::new(Uuid::max()), MOST).await
}

/// Creates a token. Its user must be a member of the organization that it is restricted to.
///
/// # Errors
/// 422 if the expiry time, the scopes or the organization is invalid; 409 if the account or the organization has too
/// many tokens.
pub async fn create(tx: &UserWrite, new: NewToken) -> Result<TokenView> {
    let now = tx.now();
    let expires_at = new.expires_at.unwrap_or(now + LIFE);
    if expires_at <= now || expires_at > now + LONGEST {
        return Err(Error::field("/expires_at", "invalid_value", "must be to come, within a year"));
    }
    if new.scopes.is_empty() {
        return Err(Error::field("/scopes", "too_short", "must have at least one of read and write"));
    }
    // Locks the account, so that parallel requests can't exceed the limit together.
    crate::identity::accounts::lock_me(tx).await?;
    // Locks the organization, so that a member who is being removed can't create a token that outlives the membership.
    if let Some(org) = new.organization_id {
        let Some(org) = tx.work_in(org).await? else {
            return Err(Error::field("/organization_id", "not_found", "must be an organization of yours"));
        };
        if store::count_in(&org).await? >= org.limits().tokens {
            return Err(Code::TooManyTokens.into());
        }
    }
    if store::count(tx).await? >= MOST {
        return Err(Code::TooManyTokens.into());
    }
    let mut scopes = new.scopes;
    scopes.sort_unstable();
    scopes.dedup();
    let token = api_token::generate();
    let view = TokenView {
        id: tx.id(),
        name: new.name,
        scopes,
        organization_id: new.organization_id,
        created_at: now,
        expires_at,
        last_used_at: None,
        token: None,
    };
    store::insert(tx, &view, &secret::stored(&token)).await?;
    let (api_token_id, organization_id) = (view.id, view.organization_id);
    let name = Some(view.name.clone());
    security_log::record(tx, &Event::ApiTokenCreated { api_token_id, name, organization_id }).await?;
    if let Some(org) = organization_id {
        // Without the name, which goes with the account.
        let event = Event::ApiTokenCreated { api_token_id, name: None, organization_id: None };
        security_log::record_in(&tx.peek(org), &event).await?;
    }
    Ok(TokenView { token: Some(token), ..view })
}

/// Revokes one of the caller's tokens.
///
/// # Errors
/// 404 if the caller has no such valid token.
async fn revoke(tx: &UserWrite, id: Option<TokenId>) -> Result<()> {
    let revoked = match id {
        Some(id) => store::revoke(tx, id).await?.map(|org| (id, org)),
        None => None,
    };
    let (api_token_id, org) = revoked.ok_or(Code::NotFound)?;
    security_log::record_both(tx, org, &Event::ApiTokenRevoked { api_token_id }).await
}
