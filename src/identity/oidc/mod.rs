//! Identity providers (OpenID Connect): their configuration, the authorization code flow, and the identities that are
//! linked to accounts.

pub(crate) mod http;
mod openid;
pub(crate) mod store;

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

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
        text::{Slug, Ticket},
    },
    effects::mail::{AccountChange, Outbox},
    http::answer::Versioned,
};

pub use openid::{Claims, OpenId};

/// How long a user may take at the provider.
const PATIENCE: Duration = Duration::from_mins(10);

/// The configuration of a provider.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The provider's name in URLs.
    pub id: String,
    /// The provider's name on buttons.
    pub name: String,
    /// The issuer's URL: `https`, or `http` on the local host.
    pub issuer: String,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<String>,
    /// The scopes to request besides `openid`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
}

fn default_scopes() -> Vec<String> {
    vec!["email".into(), "profile".into()]
}

impl Settings {
    fn check(&self) -> Result<(), String> {
        let issuer = url::Url::parse(&self.issuer).map_err(|error| format!("issuer: {error}"))?;
        let local = matches!(issuer.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if issuer.scheme() != "https" && !(issuer.scheme() == "http" && local) {
            return Err("issuer: must be an https URL".into());
        }
        self.id.parse::<Slug>().map_err(|flaw| format!("id: {}", flaw.message))?;
        if self.name.trim().is_empty() || self.client_id.is_empty() {
            return Err("name and client_id must not be empty".into());
        }
        Ok(())
    }
}

/// The configured providers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Providers(Arc<[OpenId]>);

impl FromStr for Providers {
    type Err = String;

    /// Parses a JSON array of provider settings, or reads it from the file with this name. An empty text means no providers.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let read = |file: &str| std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"));
        let json = match text {
            "" => "[]".to_owned(),
            json if json.starts_with('[') => json.to_owned(),
            file => read(file)?,
        };
        let all: Vec<Settings> = serde_json::from_str(&json).map_err(|error| error.to_string())?;
        for (at, one) in all.iter().enumerate() {
            one.check().map_err(|why| format!("provider {}: {why}", one.id))?;
            if all.iter().take(at).any(|other| other.id == one.id) {
                return Err(format!("two providers are called {}", one.id));
            }
        }
        all.into_iter().map(OpenId::new).collect::<Result<Vec<_>, _>>().map(|all| Self(all.into()))
    }
}

impl Providers {
    pub fn iter(&self) -> impl Iterator<Item = &OpenId> {
        self.0.iter()
    }

    /// Returns the provider with this name in URLs.
    ///
    /// # Errors
    /// 404 if none has it.
    pub fn get(&self, id: &str) -> Result<&OpenId> {
        self.iter().find(|one| one.settings.id == id).ok_or_else(|| Code::NotFound.into())
    }

    fn of_issuer(&self, issuer: &str) -> Option<&Settings> {
        self.iter().map(|one| &one.settings).find(|settings| settings.issuer == issuer)
    }
}

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
/// 404 if the provider is unknown; 503 if it can't be reached.
pub async fn begin(
    party: &RelyingParty,
    provider: &str,
    redirect_uri: &RedirectUri,
    user: Option<UserId>,
) -> Result<Authorization> {
    let openid = party.providers.get(provider)?;
    let (now, mut kept) = (party.gateway.clock().now(), String::new());
    let state = |nonce: &str, verifier: &str| {
        let pending = PendingAuthorization {
            provider: provider.to_owned(),
            redirect_uri: redirect_uri.to_string(),
            nonce: nonce.to_owned(),
            verifier: verifier.to_owned(),
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

/// Exchanges an authorization code at the provider for the user's claims.
///
/// # Errors
/// Those of [`Providers::get`] and [`OpenId::exchange_code`].
pub async fn exchange_code(
    party: &RelyingParty,
    pending: PendingAuthorization,
    code: String,
) -> Result<Claims> {
    let openid = party.providers.get(&pending.provider)?;
    openid
        .exchange_code(
            party.gateway.clock().now(),
            &pending.redirect_uri,
            code,
            pending.nonce,
            pending.verifier,
        )
        .await
}

/// An identity at a provider that is linked to an account, as the account's user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Identity")]
pub struct IdentityView {
    pub id: IdentityId,
    /// The provider's name in URLs; `null` if the provider is no longer configured.
    pub provider: Option<String>,
    /// The provider's issuer identifier, a URL.
    pub issuer: String,
    /// The e-mail address that the provider gave at the last sign-in, if it gave one.
    pub email: Option<String>,
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
