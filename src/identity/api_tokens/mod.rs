//! API tokens: for scripts and integrations, with less than their user may do and never more.

pub(crate) mod http;
pub(crate) mod store;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    access::{UserWrite, api_token},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{OrgId, TokenId},
        secret,
        text::Name,
    },
    http::answer::Versioned,
};

/// How long one is good if its user doesn't say.
const LIFE: Duration = Duration::from_hours(90 * 24);
/// How long one may be good at most.
const LONGEST: Duration = Duration::from_hours(366 * 24);
/// Tokens that are good, for each account.
const MOST: i64 = 100;
/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TokenScope")]
pub enum Scope {
    /// GET.
    Read,
    /// Everything else.
    Write,
}

/// What a token is made with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewApiToken")]
pub struct NewToken {
    /// What it is for.
    pub name: Name,
    /// At least one.
    #[schemars(length(min = 1, max = 2))]
    pub scopes: Vec<Scope>,
    /// The only organization that it reaches; all of its user's if absent.
    #[serde(default)]
    pub organization_id: Option<OrgId>,
    /// At most a year off; in 90 days if absent.
    #[serde(default)]
    pub expires_at: Option<Time>,
}

/// A token as its user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ApiToken")]
pub struct TokenView {
    pub id: TokenId,
    pub name: Name,
    pub scopes: Vec<Scope>,
    pub organization_id: Option<OrgId>,
    pub created_at: Time,
    pub expires_at: Time,
    /// To about a minute.
    pub last_used_at: Option<Time>,
    /// Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

impl Versioned for TokenView {
    fn version(&self) -> i64 {
        1
    }
}

/// Makes a token. One for an organization takes a membership there.
///
/// # Errors
/// 422, and 409 for an account or an organization that has too many.
pub async fn create(tx: &UserWrite, new: NewToken) -> Result<TokenView> {
    let now = tx.now();
    let expires_at = new.expires_at.unwrap_or(now + LIFE);
    if expires_at <= now || expires_at > now + LONGEST {
        return Err(Error::field("/expires_at", "invalid_value", "must be to come, within a year"));
    }
    match new.scopes.len() {
        0 => return Err(Error::field("/scopes", "too_short", "must have at least one of read and write")),
        1 | 2 => {}
        _ => return Err(Error::field("/scopes", "too_long", "must have read, write or both")),
    }
    // Locks the account, so that of parallel requests none sees too few.
    crate::identity::accounts::lock_me(tx).await?;
    // Locks the organization, so that who is being removed makes none that outlives it.
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
    Ok(TokenView { token: Some(token), ..view })
}
