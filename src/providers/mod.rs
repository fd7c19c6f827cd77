//! Signing in through another provider (OpenID Connect): who somebody is there, and whose account that is here.

pub(crate) mod http;
mod openid;
pub(crate) mod store;

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    access::{SystemTx, UserTx, UserWrite},
    accounts::{self, NewUser, User, store::Credential},
    app::App,
    clock::Time,
    config::Signup,
    error::{Code, Error, Result},
    http::{answer::Versioned, client::Client},
    id::{IdentityId, UserId},
    invitations,
    json::Flaw,
    mail::AccountChange,
    sessions::{self, Issued},
    text::{Email, Name, Slug, Ticket},
    tickets::{self, Holds},
};

pub use openid::{OpenId, Told};

/// How long somebody may take at the provider.
const PATIENCE: Duration = Duration::from_mins(10);

/// What is configured of a provider.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// In URLs.
    pub id: String,
    /// On buttons.
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<String>,
    /// Asked for beside `openid`.
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

    /// A JSON array of [`Settings`], or the name of a file with one. An empty text is none.
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

    /// The one of this name.
    ///
    /// # Errors
    /// 404.
    pub fn get(&self, id: &str) -> Result<&OpenId> {
        self.iter().find(|one| one.settings.id == id).ok_or_else(|| Code::NotFound.into())
    }

    fn of_issuer(&self, issuer: &str) -> Option<&Settings> {
        self.iter().map(|one| &one.settings).find(|settings| settings.issuer == issuer)
    }
}

/// Where a provider sends somebody back to: an absolute URL without a fragment (RFC 6749, section 3.1.2). Which ones are
/// good for a client is the provider's to know.
#[derive(Debug, Clone)]
pub struct RedirectUri(String);

impl FromStr for RedirectUri {
    type Err = Flaw;

    fn from_str(text: &str) -> Result<Self, Flaw> {
        let fits = url::Url::parse(text).is_ok_and(|url| url.fragment().is_none());
        if text.len() > 2000 || !fits {
            return Err("must be an absolute URL without a fragment, of at most 2000 characters".into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for RedirectUri {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::json::parsed(deserializer)
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

/// A sign-in that is under way at a provider: the `state` that it hands back.
#[derive(Serialize, Deserialize)]
struct Away {
    provider: String,
    redirect_uri: String,
    nonce: String,
    verifier: String,
    /// Who wants to link it to their account; nobody where it is a login.
    user: Option<UserId>,
}

impl Holds for Away {
    const PURPOSE: &'static str = "provider";
    const LIFE: Duration = PATIENCE;
}

/// Where to send somebody.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Departure {
    /// The provider's page: send the browser there.
    pub authorization_url: String,
    /// What the provider hands back. Keep it where the browser's other pages can't read it, and compare: who comes back
    /// with another didn't begin here.
    pub state: String,
}

/// Begins a login, or the linking to an account.
///
/// # Errors
/// 404 for an unknown provider, 503 where it can't be asked.
pub async fn depart(
    app: &App,
    provider: &str,
    redirect_uri: &RedirectUri,
    user: Option<UserId>,
) -> Result<Departure> {
    let openid = app.config().providers.get(provider)?;
    let (now, mut kept) = (app.clock().now(), String::new());
    let state = |nonce: &str, verifier: &str| {
        let away = Away {
            provider: provider.to_owned(),
            redirect_uri: redirect_uri.to_string(),
            nonce: nonce.to_owned(),
            verifier: verifier.to_owned(),
            user,
        };
        kept = app.tickets().issue(now, away)?;
        Ok(kept.clone())
    };
    let authorization_url = openid.depart(now, &redirect_uri.to_string(), state).await?;
    Ok(Departure { authorization_url, state: kept })
}

/// What a state says, if it is of this provider and for this user; it is used up.
async fn back(
    tx: &SystemTx,
    app: &App,
    provider: &str,
    state: &Ticket,
    user: Option<UserId>,
) -> Result<Away> {
    let away: Away = app
        .tickets()
        .open(state.as_str(), tx.now())
        .filter(|away: &Away| away.provider == provider && away.user == user)
        .ok_or(Code::TicketGone)?;
    if !tickets::use_up::<Away>(tx, state.as_str()).await? {
        return Err(Code::TicketGone.into());
    }
    Ok(away)
}

/// Who came back from a provider with this code.
async fn arrive(app: &App, away: Away, code: String) -> Result<Told> {
    let openid = app.config().providers.get(&away.provider)?;
    openid.arrive(app.clock().now(), &away.redirect_uri, code, away.nonce, away.verifier).await
}

/// Who somebody is at a provider, as they see it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Identity")]
pub struct IdentityView {
    pub id: IdentityId,
    /// The provider's name in URLs; `null` where it is no longer configured.
    pub provider: Option<String>,
    /// The provider's own name for itself.
    pub issuer: String,
    /// The address that the provider told last.
    pub email: Option<String>,
    pub created_at: Time,
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

/// Lets in who is known by what a provider told: with the account that it is linked to, with the one whose address it
/// proves, or with a new one.
///
/// # Errors
/// 403 where the provider doesn't vouch for an address or nobody may sign up, 409 where the address is an account's that
/// it can't be linked to unasked.
async fn admit(
    tx: &SystemTx,
    app: &App,
    told: &Told,
    invitation: Option<&invitations::Token>,
    client: &Client,
) -> Result<Result<(User, Issued)>> {
    let user = match store::user_of(tx, told).await? {
        Some((identity, user)) => return_to(tx, identity, user, told).await?,
        None => introduce(tx, app, told, invitation).await?,
    };
    let account = accounts::store::credential_of(&user).await?.ok_or(Code::Unauthenticated)?;
    sessions::demand_verified(app, &account)?;
    sessions::enter(&user, app, account.epoch, None, client).await
}

/// The account that is linked. It is locked before the link is looked at again, which may have been ended meanwhile.
async fn return_to(tx: &SystemTx, identity: IdentityId, user: UserId, told: &Told) -> Result<UserWrite> {
    let user = tx.become_user(user, tx.id());
    if accounts::store::lock_user(&user).await? && store::note_use(&user, identity, told).await? {
        return Ok(user);
    }
    Err(Code::Unauthenticated.with("This account is disabled, or no longer linked to the provider."))
}

/// Somebody who comes from a provider for the first time.
async fn introduce(
    tx: &SystemTx,
    app: &App,
    told: &Told,
    invitation: Option<&invitations::Token>,
) -> Result<UserWrite> {
    let email = told.email.clone().filter(|_| told.email_verified).ok_or(Code::ProviderEmailUnverified)?;
    let user = match accounts::store::credential(tx, email.canonical()).await? {
        Some(account) => recognize(tx, app, told, &account, &email).await?,
        None => sign_up(tx, app, told, email, invitation).await?,
    };
    store::insert(&user, tx.id(), told).await?;
    Ok(user)
}

/// The account that has the address, if the address proves that it is theirs: it was verified, or nobody has used the
/// account yet. An account with a second factor isn't linked before that was shown.
async fn recognize(
    tx: &SystemTx,
    app: &App,
    told: &Told,
    account: &Credential,
    email: &Email,
) -> Result<UserWrite> {
    let user = tx.become_user(account.user, tx.id());
    let me = accounts::lock_me(&user).await?;
    if me.email_verified && !me.mfa_enabled {
        let provider = provider_name(app, told);
        accounts::secure(&user, app.outbox(), AccountChange::ProviderLinked { provider }).await?;
        return Ok(user);
    }
    if accounts::store::is_unfinished(&user).await? {
        accounts::evict(&user).await?;
        accounts::store::finish_otherwise(&user, &name_of(told, email)?, email).await?;
        return Ok(user);
    }
    Err(Code::EmailTaken
        .with("An account has this address. Log in with its password, and link the provider there."))
}

async fn sign_up(
    tx: &SystemTx,
    app: &App,
    told: &Told,
    email: Email,
    invitation: Option<&invitations::Token>,
) -> Result<UserWrite> {
    let allowed = match app.config().signup {
        Signup::Open => true,
        Signup::Invited => invitation.is_some(),
        Signup::Closed => false,
    };
    if !allowed {
        return Err(Code::SignupClosed.into());
    }
    if let Some(token) = invitation {
        invitations::check_newcomer(tx, token, &email).await?;
    }
    let name = name_of(told, &email)?;
    let new = NewUser { email, verified: true, name, password_hash: None };
    let user = accounts::create(tx, &new).await?;
    if let Some(token) = invitation {
        invitations::accept_as_newcomer(&user, token, &new.email).await?;
    }
    Ok(user)
}

/// What they are called there, or else their address's first part.
fn name_of(told: &Told, email: &Email) -> Result<Name> {
    let first: String = email.as_str().split('@').next().unwrap_or_default().chars().take(100).collect();
    let name = told.name.clone().map_or_else(|| first.parse(), Ok);
    name.map_err(|_: Flaw| Error::internal("an address without a first part"))
}

fn provider_name(app: &App, told: &Told) -> String {
    app.config().providers.of_issuer(&told.issuer).map_or(&told.issuer, |settings| &settings.name).clone()
}

/// Links who somebody is at a provider to the account of this transaction.
///
/// # Errors
/// 409 where it is linked already.
async fn link(tx: &UserWrite, app: &App, told: &Told) -> Result<IdentityView> {
    accounts::lock_me(tx).await?;
    if store::user_of(&tx.directory(), told).await?.is_some() {
        return Err(Code::IdentityTaken.into());
    }
    let id = tx.id();
    store::insert(tx, id, told).await?;
    let provider = provider_name(app, told);
    accounts::secure(tx, app.outbox(), AccountChange::ProviderLinked { provider }).await?;
    let view = store::find(tx, id).await?.ok_or_else(|| Error::internal("a lost identity"))?;
    Ok(view.of(&app.config().providers))
}

/// Ends a link.
///
/// # Errors
/// 404 where there is none, 409 where nothing else would let them in.
async fn unlink(tx: &UserWrite, app: &App, id: Option<IdentityId>) -> Result<()> {
    accounts::lock_me(tx).await?;
    let issuer = match id {
        Some(id) => store::delete(tx, id).await?,
        None => None,
    };
    let issuer = issuer.ok_or(Code::NotFound)?;
    accounts::demand_way_in(tx).await?;
    let provider =
        app.config().providers.of_issuer(&issuer).map_or(&issuer, |settings| &settings.name).clone();
    accounts::secure(tx, app.outbox(), AccountChange::ProviderUnlinked { provider }).await
}

/// The caller's identities, the newest first.
async fn list(tx: &UserTx, app: &App, before: IdentityId, rows: i64) -> Result<Vec<IdentityView>> {
    let found = store::page(tx, before, rows).await?;
    Ok(found.into_iter().map(|one| one.of(&app.config().providers)).collect())
}
