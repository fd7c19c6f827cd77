//! The security log: what happened to the credentials of accounts and to the authority over organizations, and from
//! where. Entries are added and, after 180 days, deleted; none is changed. None holds a secret.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::MatchedPath,
    http::{Method, request::Parts},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantNames};

use super::{
    Credential, Gateway, OrgTx, Principal, Role, SystemTx, UserTx, Viewer,
    throttle::{self, Throttle},
};
use crate::{
    base::{
        error::{Code, Error, Result},
        id::{OrgId, SecurityEvent, SessionId, TokenId, UserId},
        json::{ParseError, one_of},
        text::Name,
    },
    db::{Scope, Tx, sql},
    http::client::{Client, Proxies},
};

/// How long entries are kept.
pub const KEPT: Duration = Duration::from_hours(180 * 24);

/// An event to record, with the details of its kind.
#[derive(Debug, Clone, Serialize, EnumDiscriminants)]
#[serde(untagged)]
#[strum_discriminants(
    name(Kind),
    doc = "The kind of event that an entry of a security log records.",
    derive(Serialize, JsonSchema, EnumString, IntoStaticStr, VariantNames),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<Kind>),
    schemars(rename = "SecurityEventKind", extend("x-extensible-enum" = true))
)]
pub enum Event {
    #[strum_discriminants(doc = "A session started.")]
    SignedIn { method: SignInMethod, session_id: SessionId, new_device: bool },
    #[strum_discriminants(doc = "A login failed.")]
    SignInFailed { reason: Reason },
    #[strum_discriminants(doc = "A login needed the second factor besides what was right.")]
    SecondFactorRequired { method: SignInMethod },
    #[strum_discriminants(doc = "A password or code that a session was asked for again was wrong.")]
    ConfirmationFailed { reason: Reason },
    #[strum_discriminants(doc = "A session ended.")]
    SessionEnded { session_id: SessionId, reason: Reason },
    #[strum_discriminants(doc = "All other sessions were ended.")]
    SessionsEnded,
    #[strum_discriminants(doc = "The password was changed in a session.")]
    PasswordChanged,
    #[strum_discriminants(doc = "The password was reset, by a mailed link or by the server's operator.")]
    PasswordReset,
    #[strum_discriminants(doc = "The e-mail address was changed.")]
    EmailChanged,
    #[strum_discriminants(
        doc = "The e-mail address was verified. API tokens, passkeys, linked providers and the second factor of before \
               were removed."
    )]
    EmailVerified,
    #[strum_discriminants(
        doc = "Somebody proved that the address, which nobody had verified, is theirs, and got the account: the \
               password, sessions and all other credentials of before were removed."
    )]
    HandedOver,
    #[strum_discriminants(doc = "The second factor was switched on, and recovery codes were created.")]
    SecondFactorEnabled,
    #[strum_discriminants(doc = "The second factor was switched off.")]
    SecondFactorDisabled,
    #[strum_discriminants(doc = "The recovery codes were replaced.")]
    RecoveryCodesReplaced,
    #[strum_discriminants(doc = "A recovery code was used.")]
    RecoveryCodeUsed { left: i64 },
    #[strum_discriminants(doc = "A passkey was registered.")]
    PasskeyAdded { name: String },
    #[strum_discriminants(doc = "A passkey was removed.")]
    PasskeyRemoved { name: String },
    #[strum_discriminants(doc = "An identity provider was linked.")]
    ProviderLinked { provider: String },
    #[strum_discriminants(doc = "An identity provider was unlinked.")]
    ProviderUnlinked { provider: String },
    #[strum_discriminants(doc = "The server's operator removed the second factor and the passkeys.")]
    FactorsRemoved,
    #[strum_discriminants(doc = "The server's operator ended all sessions.")]
    SignedOut,
    #[strum_discriminants(doc = "The server's operator sent or handed out a link to choose a new password.")]
    PasswordResetOffered,
    #[strum_discriminants(doc = "The server's operator disabled the account.")]
    AccountDisabled,
    #[strum_discriminants(doc = "The server's operator enabled the account.")]
    AccountEnabled,
    #[strum_discriminants(doc = "An API token was created.")]
    ApiTokenCreated {
        api_token_id: TokenId,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<OrgId>,
    },
    #[strum_discriminants(doc = "An API token was used for the first time.")]
    ApiTokenFirstUsed { api_token_id: TokenId },
    #[strum_discriminants(doc = "An API token was revoked.")]
    ApiTokenRevoked { api_token_id: TokenId },
    #[strum_discriminants(doc = "An organization was exported.")]
    OrganizationExported { organization_id: OrgId },
    #[strum_discriminants(
        doc = "A sensitive call was refused, or one that takes a session was made with an API token."
    )]
    CallRefused {
        operation: String,
        reason: Reason,
        #[serde(skip_serializing_if = "Option::is_none")]
        organization_id: Option<OrgId>,
    },
    #[strum_discriminants(doc = "Somebody became a member of the organization.")]
    MemberJoined { role: Role },
    #[strum_discriminants(doc = "The role of a member was changed.")]
    MemberRoleChanged { user_id: UserId, former_role: Role, role: Role },
    #[strum_discriminants(doc = "A member left the organization or was removed from it.")]
    MemberRemoved { user_id: UserId, former_role: Role },
    #[strum_discriminants(doc = "The ownership of the organization was transferred to another member.")]
    OwnershipTransferred { user_id: UserId },
}

crate::db::text_column!(Kind, into_str);

/// How a user signed in: with a password, a passkey or an identity provider, or by signing up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(extend("x-extensible-enum" = true))]
pub enum SignInMethod {
    Password,
    Passkey,
    Provider,
    Signup,
}

/// Why a login or a call was refused, or a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SecurityEventReason", extend("x-extensible-enum" = true))]
pub enum Reason {
    /// The password was wrong.
    WrongPassword,
    /// The authenticator's code or the recovery code was wrong.
    WrongCode,
    /// The browser's answer proved no passkey of the account.
    PasskeyRefused,
    /// The user logged out.
    LoggedOut,
    /// The user ended the session from the list of sessions.
    Revoked,
    /// A refresh token was used a second time, so that somebody else may have it.
    TokenReused,
    /// The call needs a session that was confirmed recently.
    ConfirmationRequired,
    /// The call can't be made with an API token, or not with one that is restricted to an organization.
    TokenNotAllowed,
    /// The API token lacks the scope.
    InsufficientScope,
    /// The user's role doesn't allow the call.
    Forbidden,
}

/// The request that a transaction serves: its client, and the operation that it calls.
#[derive(Debug)]
pub struct Origin {
    client: Client,
    method: Method,
    route: Option<MatchedPath>,
}

impl Origin {
    pub(super) fn of(parts: &Parts, proxies: &Proxies) -> Arc<Self> {
        Arc::new(Self {
            client: Client::of(parts, proxies),
            method: parts.method.clone(),
            route: parts.extensions.get().cloned(),
        })
    }

    /// Returns the method and the path of the route table, such as `GET /v1/orgs/{org}/export`.
    fn operation(&self) -> String {
        format!("{} {}", self.method, self.route.as_ref().map_or("", MatchedPath::as_str))
    }
}

/// Records an event in the log of the caller's account.
pub async fn record(tx: &UserTx, event: &Event) -> Result<()> {
    insert(&tx.directory(), tx.user(), token(tx), client(tx.origin()), event).await
}

/// Records an event in the log of an account that isn't the caller's. It says nothing about the caller's device.
pub async fn record_for(tx: &SystemTx, user: UserId, event: &Event) -> Result<()> {
    insert(tx, user, None, None, event).await
}

/// Records the failure of a request whose user isn't known, or may not exist: `None` takes as long, and records nothing.
pub async fn record_failure(tx: &SystemTx, user: Option<UserId>, event: &Event) -> Result<()> {
    insert(tx, user.unwrap_or(UserId::NIL), None, client(tx.origin()), event).await
}

/// Records an event in the log of an organization, with the caller as the actor.
pub async fn record_in(tx: &Viewer, event: &Event) -> Result<()> {
    let user = tx.as_user();
    let client = client(user.origin());
    let (id, now) = (tx.id::<SecurityEvent>(), tx.now());
    tx.execute(
        sql!(
            "insert into org_security_events (org_id, id, at, kind, user_id, device, address, token_id, details)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        ),
        &[
            &id,
            &now,
            &Kind::from(event),
            &tx.user(),
            &client.and_then(|client| client.device.as_ref()),
            &client.map(|client| client.address.to_string()),
            &token(user),
            &details(event),
        ],
    )
    .await?;
    // The purge of this day deletes the entry.
    let sql = sql!("insert into purges (day, org_id) values ($1, $2) on conflict do nothing");
    user.directory().execute(sql, &[&((now + KEPT).day() + 1), &tx.org()]).await.map(drop)
}

/// Records an event in the log of the caller's account and, if it concerns one, in that of an organization, which it
/// enters: the transaction must not be in another one.
pub async fn record_both(tx: &UserTx, org: Option<OrgId>, event: &Event) -> Result<()> {
    record(tx, event).await?;
    match org {
        Some(org) => record_in(&tx.peek(org), event).await,
        None => Ok(()),
    }
}

/// Selects the user instead of naming it, so that nothing is recorded for one that doesn't exist or was deleted.
async fn insert(
    tx: &SystemTx,
    user: UserId,
    token: Option<TokenId>,
    client: Option<&Client>,
    event: &Event,
) -> Result<()> {
    tx.execute(
        sql!(
            "insert into security_events (user_id, id, at, kind, device, address, token_id, details)
             select id, $2, $3, $4, $5, $6, $7, $8 from users where id = $1 and deleted_at is null"
        ),
        &[
            &user,
            &tx.id::<SecurityEvent>(),
            &tx.now(),
            &Kind::from(event),
            &client.and_then(|client| client.device.as_ref()),
            &client.map(|client| client.address.to_string()),
            &token,
            &details(event),
        ],
    )
    .await
    .map(drop)
}

fn client(origin: Option<&Origin>) -> Option<&Client> {
    origin.map(|origin| &origin.client)
}

fn token(tx: &UserTx) -> Option<TokenId> {
    match tx.credential() {
        Credential::Token(grant) => Some(grant.id),
        Credential::Session(_) => None,
    }
}

fn details(event: &Event) -> String {
    let details = json!(event);
    if details.is_null() { json!({}).to_string() } else { details.to_string() }
}

/// Returns the reason if the error refuses a sensitive call, or an API token where only a session will do.
fn refusal(error: &Error) -> Option<Reason> {
    let Error::Refused(refusal) = error else { return None };
    match refusal.code {
        Code::ConfirmationRequired => Some(Reason::ConfirmationRequired),
        Code::TokenNotAllowed => Some(Reason::TokenNotAllowed),
        Code::InsufficientScope if refusal.sensitive => Some(Reason::InsufficientScope),
        Code::Forbidden if refusal.sensitive => Some(Reason::Forbidden),
        _ => None,
    }
}

/// Records the refusal of a sensitive call, in a transaction of its own, because that of the call was rolled back. A
/// failure is only logged, so that the caller gets the refusal.
pub(super) async fn remember_refusal<T>(
    gateway: &Gateway,
    principal: Principal,
    origin: &Arc<Origin>,
    org: Option<OrgId>,
    answer: &Result<T>,
) {
    let Some(reason) = answer.as_ref().err().and_then(refusal) else { return };
    let factory = gateway.transactions(Some(principal), Some(origin.clone()));
    let write = async move |tx: &Tx| note_refusal(&factory.user(tx), org, reason).await;
    if let Err(error) = gateway.db().write(Scope::User(principal.user.uuid()), write).await {
        tracing::error!(%error, "failed to record a refusal in the security log");
    }
}

/// Records the refusal of a part of a request that succeeds as a whole. Returns whether the error refuses a sensitive
/// call.
pub async fn record_refusal(tx: &OrgTx, error: &Error) -> Result<bool> {
    let Some(reason) = refusal(error) else { return Ok(false) };
    note_refusal(tx.as_user(), Some(tx.org()), reason).await?;
    Ok(true)
}

/// Of the refusals of one user, only so many are recorded that a client that repeats its call doesn't fill the log.
async fn note_refusal(user: &UserTx, org: Option<OrgId>, reason: Reason) -> Result<()> {
    if !throttle::admits(&user.directory(), &Throttle::refusals(user.user())).await? {
        return Ok(());
    }
    let operation = user.origin().map(Origin::operation).unwrap_or_default();
    let event = Event::CallRefused { operation, reason, organization_id: org };
    record_both(user, org, &event).await
}

/// Deletes the log of an account.
pub async fn erase(tx: &UserTx) -> Result<()> {
    tx.execute(sql!("delete from security_events where user_id = $1"), &[]).await.map(drop)
}

/// Deletes up to 1000 entries of accounts that are older than 180 days. Returns how many it deleted.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    let sql = sql!(
        "delete from security_events where (user_id, id) in
             (select user_id, id from security_events where at <= $1 order by at limit 1000)"
    );
    tx.execute(sql, &[&(tx.now() - KEPT)]).await
}

/// Deletes up to 500 entries of an organization that are older than 180 days. Returns whether there were any.
pub async fn sweep_in(tx: &Viewer) -> Result<bool> {
    let sql = sql!(
        "delete from org_security_events where org_id = $1 and id in
             (select id from org_security_events where org_id = $1 and at <= $2 order by at limit 500)"
    );
    Ok(tx.execute(sql, &[&(tx.now() - KEPT)]).await? > 0)
}
