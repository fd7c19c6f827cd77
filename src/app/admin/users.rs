//! Accounts, as the operator sees them, and what the operator does to them.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::store;
use crate::{
    access::{ByOperator, Role, SystemTx, UserWrite},
    base::{
        clock::Time,
        error::{Code, Result},
        id::{Id, OrgId, UserId},
        list::Flag,
        page::{Page, Paging},
        text::{Name, Search, Slug},
    },
    http::{
        answer::{self, Secret},
        input::{Input, List, NoBody, OrNothing},
    },
    identity::operator::{self, Operator},
    workspace::orgs,
};

/// An account, as the server's operator sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminUser {
    /// The user's id.
    pub id: UserId,
    /// The address that the user logs in with, and that messages go to.
    pub email: String,
    /// Whether the user has proved that the e-mail address is theirs.
    pub email_verified: bool,
    /// The name that other users see.
    pub name: Name,
    /// Whether the user can log in with a password.
    pub has_password: bool,
    /// Whether a login with a password or through an identity provider also needs the second factor.
    pub mfa_enabled: bool,
    /// The number of passkeys.
    pub passkeys: i64,
    /// The number of sessions that are alive.
    pub sessions: i64,
    /// The number of valid API tokens.
    pub api_tokens: i64,
    /// The time of the sign-up.
    pub created_at: Time,
    /// The last time that a session of the last 180 days was started or refreshed.
    pub last_seen_at: Option<Time>,
    /// The time at which the account was disabled. `null` while it is enabled.
    pub disabled_at: Option<Time>,
    /// The organizations that the user is in, at most 200. Absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organizations: Option<Vec<AdminMembership>>,
}

/// An organization that a user is in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminMembership {
    /// The organization's id.
    pub id: OrgId,
    /// The organization's name in URLs.
    pub slug: Slug,
    /// The organization's name.
    pub name: Name,
    /// The user's role.
    pub role: Role,
}

/// Filters for the list of accounts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminUserFilters {
    /// Only accounts whose name or e-mail address begins so, whatever its case and accents.
    pub q: Option<Search>,
    /// `true` lists only disabled accounts, `false` only enabled ones.
    pub disabled: Option<Flag>,
}

pub async fn list(operator: ByOperator, list: List<AdminUserFilters>) -> Result<Page<AdminUser>> {
    let (filters, paging): (AdminUserFilters, Paging) = list.open(Uuid::nil())?;
    let read = async move |tx: &SystemTx| {
        let disabled = filters.disabled.map(|flag| flag.0);
        let (before, rows) = (paging.before()?, paging.rows());
        let beginning = filters.q.as_ref().and_then(Search::beginning);
        let found = store::users(tx, beginning.as_ref(), disabled, before, rows).await?;
        Ok(paging.page(found, |user| user.id))
    };
    operator.public().read(read).await
}

/// Returns the id in the path.
///
/// # Errors
/// 404 if it is none.
fn named(operator: &ByOperator) -> Result<UserId> {
    operator.params().get("user").ok_or_else(|| Code::NotFound.into())
}

pub async fn get(operator: ByOperator) -> Result<answer::Ok<AdminUser>> {
    let id = named(&operator)?;
    operator.public().read(async move |tx: &SystemTx| shown(tx, id).await).await
}

async fn shown(tx: &SystemTx, id: UserId) -> Result<answer::Ok<AdminUser>> {
    let user = store::user(tx, id).await?.ok_or(Code::NotFound)?;
    Ok(answer::Ok(AdminUser { organizations: Some(memberships(tx, id).await?), ..user }))
}

/// Changes the account that the path names, and shows it then.
///
/// # Errors
/// 404 if there is none, before those of the input and of the change.
async fn change<I: Input>(
    operator: &ByOperator,
    accounts: &Operator,
    input: I,
    change: impl AsyncFn(&UserWrite, I::Value) -> Result<()> + Send + 'static,
) -> Result<answer::Ok<AdminUser>> {
    let id = named(operator)?;
    let change_and_show = async move |user: &UserWrite| {
        change(user, input.open(Uuid::nil())?).await?;
        shown(&user.directory(), id).await
    };
    accounts.change(id, change_and_show).await
}

/// The maximum number of organizations that are shown of a user.
const MEMBERSHIPS: i64 = 200;

async fn memberships(tx: &SystemTx, id: UserId) -> Result<Vec<AdminMembership>> {
    let user = tx.become_user(id, Id::NIL);
    let mut memberships = Vec::new();
    for (org,) in orgs::store::mine(&user, Id::new(Uuid::nil()), MEMBERSHIPS).await? {
        let Some(member) = user.visit_any(org).await? else { continue };
        let Some(named) = orgs::name(&member).await? else { continue };
        let (id, slug, name, role) = (named.id, named.slug, named.name, member.role());
        memberships.push(AdminMembership { id, slug, name, role });
    }
    Ok(memberships)
}

pub async fn disable(
    operator: ByOperator,
    State(accounts): State<Operator>,
    body: NoBody,
) -> Result<answer::Ok<AdminUser>> {
    change(&operator, &accounts, body, async |user, ()| operator::set_disabled(user, true).await).await
}

pub async fn enable(
    operator: ByOperator,
    State(accounts): State<Operator>,
    body: NoBody,
) -> Result<answer::Ok<AdminUser>> {
    change(&operator, &accounts, body, async |user, ()| operator::set_disabled(user, false).await).await
}

/// What to end besides the sessions.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOutRequest {
    /// `true` also revokes the user's API tokens.
    #[serde(default)]
    pub revoke_tokens: bool,
}

pub async fn sign_out(
    operator: ByOperator,
    State(accounts): State<Operator>,
    body: OrNothing<SignOutRequest>,
) -> Result<answer::Ok<AdminUser>> {
    let sign_out = async |user: &UserWrite, request: SignOutRequest| {
        operator::sign_out(user, request.revoke_tokens).await
    };
    change(&operator, &accounts, body, sign_out).await
}

/// How a user comes to a new password.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PasswordResetOffer {
    /// Whether the link was mailed to the user. If not, because no mail server is configured, pass it on yourself.
    pub mailed: bool,
    /// The token of the link, for `POST /v1/auth/password/reset`. Absent if it was mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The link to the front end's page, with the token. Absent if it was mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The time at which the link expires. Absent if it was mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
}

pub async fn offer_reset(
    operator: ByOperator,
    State(accounts): State<Operator>,
    body: NoBody,
) -> Result<Secret<answer::Ok<PasswordResetOffer>>> {
    let offering = accounts.clone();
    let offer = async move |user: &UserWrite| {
        body.open(Uuid::nil())?;
        offering.offer_reset(user).await
    };
    let handed = accounts.change(named(&operator)?, offer).await?;
    let url = handed.as_ref().map(|handed| handed.url.clone());
    let expires_at = handed.as_ref().map(|handed| handed.expires_at);
    let (mailed, token) = (handed.is_none(), handed.map(|handed| handed.token));
    Ok(Secret(answer::Ok(PasswordResetOffer { mailed, token, url, expires_at })))
}
