//! Identity providers (OpenID Connect): their configuration, the authorization code flow, and the identities that are
//! linked to accounts.

mod answer;
mod claims;
pub(crate) mod http;
mod metadata;
mod openid;
mod settings;
pub(crate) mod store;

use std::{fmt, str::FromStr, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{accounts, security};
use crate::{
    access::{
        Gateway, SystemTx, UserTx, UserWrite,
        tickets::{self, TicketPayload},
    },
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{IdentityId, UserId},
        json::ParseError,
        text::Ticket,
    },
    effects::mail::{AccountChange, Outbox},
    http::answer::Versioned,
};

pub use claims::Claims;
pub use openid::{OpenId, Secrets};
pub use settings::Providers;

/// How long a user may take at the provider.
const PATIENCE: Duration = Duration::from_mins(10);

/// The settings and services that a sign-in through a provider needs. Cheap to clone.
#[derive(Clone)]
pub struct RelyingParty {
    pub providers: Providers,
    pub gateway: Gateway,
    pub outbox: Outbox,
}

/// The URL that a provider redirects the browser to: absolute and without a fragment (RFC 6749, section 3.1.2). The
/// provider checks that it is registered for the client.
#[derive(Debug, Clone)]
pub struct RedirectUri(String);

impl FromStr for RedirectUri {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fits = url::Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if text.len() > 2000 || !fits {
            return Err("must be an absolute URL without a fragment, of at most 2000 characters".into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::base::json::parsed(deserializer)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for RedirectUri {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RedirectUri".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "uri", "maxLength": 2000 })
    }
}

/// A sign-in or a link that is under way at a provider: the ticket payload of the `state` that the provider hands back.
#[derive(Serialize, Deserialize)]
pub struct PendingAuthorization {
    provider: String,
    redirect_uri: String,
    nonce: String,
    verifier: String,
    /// The user who links the identity to their account; `None` for a sign-in.
    user: Option<UserId>,
}

impl TicketPayload for PendingAuthorization {
    const PURPOSE: &'static str = "provider";
    const LIFE: Duration = PATIENCE;
}

/// An authorization request to an identity provider.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProviderAuthorization")]
pub struct Authorization {
    /// The URL of the provider's page. Send the browser there.
    pub authorization_url: String,
    /// The state that the provider adds to its redirect. Keep it where the browser's other pages can't read it, and
    /// compare them: a redirect with another state belongs to a sign-in that wasn't started here.
    pub state: String,
}

/// Starts a sign-in or, with a user, the linking of an identity to their account.
///
/// # Errors
/// 404 if the provider is unknown; 403 if its metadata can't be used; 503 if it can't be reached.
pub async fn begin(
    party: &RelyingParty,
    provider: &str,
    redirect_uri: &RedirectUri,
    user: Option<UserId>,
) -> Result<Authorization> {
    let openid = party.providers.get(provider)?;
    let (now, mut kept) = (party.gateway.clock().now(), String::new());
    let state = |secrets: &Secrets| {
        let pending = PendingAuthorization {
            provider: provider.to_owned(),
            redirect_uri: redirect_uri.to_string(),
            nonce: secrets.nonce.clone(),
            verifier: secrets.verifier.clone(),
            user,
        };
        kept = party.gateway.tickets().issue(now, pending)?;
        Ok(kept.clone())
    };
    let authorization_url = openid.begin(now, &redirect_uri.to_string(), state).await?;
    Ok(Authorization { authorization_url, state: kept })
}

/// Returns the payload of a state and marks the state as used.
///
/// # Errors
/// 410 if the state is invalid, expired or used, or was issued for another provider or user.
pub async fn take_back(
    tx: &SystemTx,
    party: &RelyingParty,
    provider: &str,
    state: &Ticket,
    user: Option<UserId>,
) -> Result<PendingAuthorization> {
    let pending: PendingAuthorization = party
        .gateway
        .tickets()
        .open(state.as_str(), tx.now())
        .filter(|pending: &PendingAuthorization| pending.provider == provider && pending.user == user)
        .ok_or(Code::TicketGone)?;
    if !tickets::use_up::<PendingAuthorization>(tx, state.as_str()).await? {
        return Err(Code::TicketGone.into());
    }
    Ok(pending)
}

/// Exchanges the authorization code of a redirect at the provider for the user's claims.
///
/// # Errors
/// 403 if the provider ended the sign-in; those of [`Providers::get`] and [`OpenId::exchange_code`].
pub async fn exchange_code(
    party: &RelyingParty,
    pending: PendingAuthorization,
    redirect: Redirect,
) -> Result<Claims> {
    let code = redirect.code(&pending.provider)?;
    let openid = party.providers.get(&pending.provider)?;
    let secrets = Secrets { nonce: pending.nonce, verifier: pending.verifier };
    openid.exchange_code(party.gateway.clock().now(), &pending.redirect_uri, code.as_str(), &secrets).await
}

/// What a provider sends the browser back with: an authorization code or an error (RFC 6749, section 4.1.2).
pub enum Redirect {
    Code(Ticket),
    Error(Ticket),
}

impl Redirect {
    /// Creates it from the parameters of the redirect.
    ///
    /// # Errors
    /// 422 if there is neither a code nor an error.
    pub fn new(code: Option<Ticket>, error: Option<Ticket>) -> Result<Self> {
        match (code, error) {
            (_, Some(error)) => Ok(Self::Error(error)),
            (Some(code), None) => Ok(Self::Code(code)),
            (None, None) => Err(Error::field("/code", "required", "is required, unless there is an `error`")),
        }
    }

    /// Returns the code.
    ///
    /// # Errors
    /// 403 if the provider answered with an error.
    fn code(self, provider: &str) -> Result<Ticket> {
        let error = match self {
            Self::Code(code) => return Ok(code),
            Self::Error(error) => error,
        };
        let shown: String = error.as_str().chars().filter(char::is_ascii_graphic).take(60).collect();
        tracing::info!(provider, error = shown, "the identity provider ended a sign-in");
        Err(Code::ProviderRefused.with(match shown.as_str() {
            "access_denied" => {
                "The sign-in was cancelled or refused at the provider (`access_denied`).".into()
            }
            _ => format!("The provider ended the sign-in with the error `{shown}`."),
        }))
    }
}

/// An identity at a provider that is linked to an account, as the account's user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Identity")]
pub struct IdentityView {
    /// The id of the link.
    pub id: IdentityId,
    /// The provider's name in URLs; `null` if the provider is no longer configured.
    pub provider: Option<String>,
    /// The provider's issuer identifier, a URL.
    pub issuer: String,
    /// The e-mail address that the provider gave at the last sign-in, if it gave one.
    pub email: Option<String>,
    /// The time at which the identity was linked.
    pub created_at: Time,
    /// The time of the last sign-in with this identity, or else of its linking.
    pub last_used_at: Option<Time>,
}

impl Versioned for IdentityView {
    fn version(&self) -> i64 {
        1
    }
}

impl IdentityView {
    fn of(self, providers: &Providers) -> Self {
        Self { provider: providers.of_issuer(&self.issuer).map(|settings| settings.id.clone()), ..self }
    }
}

/// Returns the name on buttons of the provider that issued the claims, or its issuer if it is no longer configured.
pub fn provider_name(providers: &Providers, claims: &Claims) -> String {
    providers.of_issuer(&claims.issuer).map_or(&claims.issuer, |settings| &settings.name).clone()
}

/// Links an identity to the account of this transaction. Every other session ends.
///
/// # Errors
/// 409 if the identity is already linked to an account.
async fn link(tx: &UserWrite, party: &RelyingParty, claims: &Claims) -> Result<IdentityView> {
    accounts::lock_me(tx).await?;
    if store::user_of(&tx.directory(), claims).await?.is_some() {
        return Err(Code::IdentityTaken.into());
    }
    let id = tx.id();
    store::insert(tx, id, claims).await?;
    let provider = provider_name(&party.providers, claims);
    security::secure(tx, &party.outbox, AccountChange::ProviderLinked { provider }).await?;
    let view = store::find(tx, id).await?.ok_or_else(|| Error::internal("a lost identity"))?;
    Ok(view.of(&party.providers))
}

/// Unlinks an identity. Every other session ends.
///
/// # Errors
/// 404 if the user has no such identity; 409 if it is the user's last way to log in.
async fn unlink(tx: &UserWrite, party: &RelyingParty, id: Option<IdentityId>) -> Result<()> {
    accounts::lock_me(tx).await?;
    let issuer = match id {
        Some(id) => store::delete(tx, id).await?,
        None => None,
    };
    let issuer = issuer.ok_or(Code::NotFound)?;
    security::demand_way_in(tx).await?;
    let provider = party.providers.of_issuer(&issuer).map_or(&issuer, |settings| &settings.name).clone();
    security::secure(tx, &party.outbox, AccountChange::ProviderUnlinked { provider }).await
}

/// Returns a page of the caller's identities, the newest first.
async fn list(tx: &UserTx, party: &RelyingParty, before: IdentityId, rows: i64) -> Result<Vec<IdentityView>> {
    let found = store::page(tx, before, rows).await?;
    Ok(found.into_iter().map(|one| one.of(&party.providers)).collect())
}
