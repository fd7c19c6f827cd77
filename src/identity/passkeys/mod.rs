//! Passkeys (`WebAuthn`, level 3): their registration and the login with them. A passkey needs no second factor,
//! because the device verifies its user; the browser verifies the page.

pub(crate) mod http;
pub(crate) mod store;

use std::{borrow::Cow, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Webauthn, WebauthnBuilder,
};
use webauthn_rs_proto::ResidentKeyRequirement;

use super::{accounts, security};
use crate::{
    access::{
        Gateway, SystemTx, UserWrite,
        security_log::{self, Event, Reason},
        tickets::{self, TicketPayload},
    },
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{PasskeyId, UserId},
        text::{Name, Ticket},
    },
    effects::mail::{AccountChange, Outbox},
    http::answer::Versioned,
};

/// The server's name, which authenticators may show beside the account.
const SERVER_NAME: &str = "Guildhall";
/// How long a user may take to answer the authenticator. Also the lifetime of the tickets.
const PATIENCE: Duration = Duration::from_mins(5);
/// The maximum number of passkeys of an account.
const MOST: usize = 20;

/// The domain that passkeys belong to, and the origins of the pages that may use them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Passkeys(Arc<Webauthn>);

impl Passkeys {
    /// Creates the configuration for a domain. The front end's URL and those of `others` that are within the domain may
    /// use its passkeys, with `any_port` on every port. The default domain is that of the front end's URL; if that has an
    /// IP address, `localhost`.
    ///
    /// # Errors
    /// A message if the front end's URL is invalid, or if neither it nor another is within the domain.
    pub fn new(app_url: &str, others: &[Url], domain: Option<&str>, any_port: bool) -> Result<Self, String> {
        let own = Url::parse(app_url).map_err(|error| error.to_string())?;
        let local = own.domain().is_none().then(|| {
            let mut local = own.clone();
            local.set_host(Some("localhost")).ok().map(|()| local)
        });
        let domain = domain.or(own.domain()).unwrap_or("localhost");
        let within = |page: &&Url| {
            page.domain().is_some_and(|host| host == domain || host.ends_with(&format!(".{domain}")))
        };
        let local = local.flatten();
        let mut pages = [Some(&own), local.as_ref()].into_iter().flatten().chain(others).filter(within);
        let none =
            || format!("{domain} is the domain neither of the app's URL nor of an origin that may call");
        let first = pages.next().ok_or_else(none)?;
        let builder = WebauthnBuilder::new(domain, first).map_err(|error| error.to_string())?;
        let builder = builder.rp_name(SERVER_NAME).timeout(PATIENCE).allow_any_port(any_port);
        let all = pages.fold(builder, WebauthnBuilder::append_allowed_origin);
        all.build().map(|webauthn| Self(Arc::new(webauthn))).map_err(|error| error.to_string())
    }
}

/// The settings and services that passkeys need. Cheap to clone.
#[derive(Clone)]
pub struct RelyingParty {
    pub passkeys: Passkeys,
    pub gateway: Gateway,
    pub outbox: Outbox,
}

/// The ticket payload of a registration that is under way.
#[derive(Serialize, Deserialize)]
struct Registering {
    user: UserId,
    state: PasskeyRegistration,
}

impl TicketPayload for Registering {
    const PURPOSE: &'static str = "new passkey";
    const LIFE: Duration = PATIENCE;
}

/// The ticket payload of a login that is under way.
#[derive(Serialize, Deserialize)]
struct Asking(DiscoverableAuthentication);

impl TicketPayload for Asking {
    const PURPOSE: &'static str = "passkey login";
    const LIFE: Duration = PATIENCE;
}

/// A challenge that the browser passes to the authenticator.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PasskeyChallenge")]
pub struct Challenge {
    /// The ticket to send back with the browser's answer. It can be used once, within 5 minutes.
    pub ticket: String,
    /// The options in the JSON format of `WebAuthn`, for `PublicKeyCredential.parseCreationOptionsFromJSON()` (to
    /// create a passkey) or `PublicKeyCredential.parseRequestOptionsFromJSON()` (to log in).
    pub public_key: serde_json::Map<String, serde_json::Value>,
}

impl Challenge {
    fn new(ticket: String, options: &impl Serialize) -> Result<Self> {
        match serde_json::to_value(options).map_err(Error::internal)? {
            serde_json::Value::Object(public_key) => Ok(Self { ticket, public_key }),
            _ => Err(Error::internal("options that are no object")),
        }
    }
}

/// The browser's answer to a challenge: the `toJSON()` of its `PublicKeyCredential`.
#[derive(Debug, Clone)]
pub struct Answered<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Answered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

impl<T> JsonSchema for Answered<T> {
    fn schema_name() -> Cow<'static, str> {
        "PublicKeyCredential".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "The browser's credential: the `toJSON()` of its `PublicKeyCredential`.",
            "required": ["id", "rawId", "type", "response"],
            "properties": {
                "id": { "type": "string", "description": "The id of the credential, in base64url." },
                "rawId": { "type": "string", "description": "The same id." },
                "type": { "type": "string", "description": "Always `public-key`." },
                "response": { "type": "object", "additionalProperties": true, "description": "The answer of the authenticator." },
            },
        })
    }
}

/// A passkey, as its user sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Passkey")]
pub struct PasskeyView {
    /// The passkey's id.
    pub id: PasskeyId,
    /// The name that tells the user which passkey it is.
    pub name: Name,
    /// The time at which the passkey was registered.
    pub created_at: Time,
    /// The time of the last login with the passkey; `null` if there was none.
    pub last_used_at: Option<Time>,
}

impl Versioned for PasskeyView {
    fn version(&self) -> i64 {
        1
    }
}

/// A passkey as it is stored. `passkey` is the JSON form of [`Passkey`].
struct Stored {
    id: PasskeyId,
    user: UserId,
    passkey: String,
}

impl Stored {
    fn passkey(&self) -> Result<Passkey> {
        serde_json::from_str(&self.passkey).map_err(Error::internal)
    }
}

/// Returns the text form of a credential's id: base64url.
fn name_of(credential_id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(credential_id)
}

/// Starts the registration of a passkey for the user of this transaction.
///
/// # Errors
/// 409 if the user has too many passkeys.
pub async fn begin_registration(tx: &UserWrite, party: &RelyingParty) -> Result<Challenge> {
    let me = accounts::lock_me(tx).await?;
    let existing = store::all(tx).await?;
    if existing.len() >= MOST {
        return Err(Code::TooManyPasskeys.into());
    }
    let known: Vec<_> =
        existing.iter().map(|one| one.passkey().map(|key| key.cred_id().clone())).collect::<Result<_>>()?;
    let Passkeys(webauthn) = &party.passkeys;
    let (mut options, state) = webauthn
        .start_passkey_registration(tx.user().uuid(), &me.email, me.name.as_str(), Some(known))
        .map_err(Error::internal)?;
    // A discoverable credential: the device stores the user's id with the key, so that a login needs no address.
    if let Some(selection) = &mut options.public_key.authenticator_selection {
        selection.resident_key = Some(ResidentKeyRequirement::Required);
        selection.require_resident_key = true;
    }
    let ticket = party.gateway.tickets().issue(tx.now(), Registering { user: tx.user(), state })?;
    Challenge::new(ticket, &options.public_key)
}

/// Verifies and stores a passkey that the browser created. Every other session ends.
///
/// # Errors
/// 410 if the ticket is invalid, expired or used; 409 if the passkey is already registered or the user has too many;
/// 422 if the browser's answer doesn't fit the challenge.
pub async fn finish_registration(
    tx: &UserWrite,
    party: &RelyingParty,
    ticket: &Ticket,
    name: Name,
    answered: &RegisterPublicKeyCredential,
) -> Result<PasskeyView> {
    let registering: Registering = party
        .gateway
        .tickets()
        .open(ticket.as_str(), tx.now())
        .filter(|registering: &Registering| registering.user == tx.user())
        .ok_or(Code::TicketGone)?;
    accounts::lock_me(tx).await?;
    if !tickets::use_up::<Registering>(&tx.directory(), ticket.as_str()).await? {
        return Err(Code::TicketGone.into());
    }
    if store::all(tx).await?.len() >= MOST {
        return Err(Code::TooManyPasskeys.into());
    }
    let Passkeys(webauthn) = &party.passkeys;
    let passkey = webauthn
        .finish_passkey_registration(answered, &registering.state)
        .map_err(|error| Error::field("/credential", "refused", format!("proves nothing: {error}")))?;
    let view = PasskeyView { id: tx.id(), name, created_at: tx.now(), last_used_at: None };
    let stored = serde_json::to_string(&passkey).map_err(Error::internal)?;
    if !store::insert(tx, &view, &name_of(passkey.cred_id().as_ref()), &stored).await? {
        return Err(Code::PasskeyExists.into());
    }
    let passkey = view.name.to_string();
    security::secure(tx, &party.outbox, AccountChange::PasskeyAdded { passkey }).await?;
    Ok(view)
}

/// Removes a passkey. Every other session ends.
///
/// # Errors
/// 404 if the user has no such passkey; 409 if it is the user's last way to log in.
pub async fn remove(tx: &UserWrite, party: &RelyingParty, id: Option<PasskeyId>) -> Result<()> {
    accounts::lock_me(tx).await?;
    let removed = match id {
        Some(id) => store::delete(tx, id).await?,
        None => None,
    };
    let passkey = removed.ok_or(Code::NotFound)?.to_string();
    security::demand_way_in(tx).await?;
    security::secure(tx, &party.outbox, AccountChange::PasskeyRemoved { passkey }).await
}

/// Starts a login with a passkey, by a user who isn't known yet.
pub fn begin_login(party: &RelyingParty, now: Time) -> Result<Challenge> {
    let Passkeys(webauthn) = &party.passkeys;
    let (options, state) = webauthn.start_discoverable_authentication().map_err(Error::internal)?;
    let ticket = party.gateway.tickets().issue(now, Asking(state))?;
    Challenge::new(ticket, &options.public_key)
}

/// Verifies the browser's answer to a login. Returns the transaction of the passkey's user, and their account. The
/// refusal of an answer that proves no passkey, a 401, is the inner error, to be answered after the commit, because the
/// ticket is used up.
///
/// # Errors
/// 410 if the ticket is invalid, expired or used.
pub async fn prove(
    tx: &SystemTx,
    party: &RelyingParty,
    ticket: &Ticket,
    answered: &PublicKeyCredential,
) -> Result<Result<(UserWrite, accounts::store::Credential)>> {
    let Asking(state) = party.gateway.tickets().open(ticket.as_str(), tx.now()).ok_or(Code::TicketGone)?;
    if !tickets::use_up::<Asking>(tx, ticket.as_str()).await? {
        return Err(Code::TicketGone.into());
    }
    let proved = match store::by_credential(tx, &name_of(answered.get_credential_id())).await? {
        Some(stored) => {
            let user = stored.user;
            let proved = verify(tx, party, stored, state, answered).await?;
            if proved.is_none() {
                let event = Event::SignInFailed { reason: Reason::PasskeyRefused };
                security_log::record_failure(tx, Some(user), &event).await?;
            }
            proved
        }
        None => None,
    };
    Ok(proved.ok_or_else(|| Code::PasskeyRefused.into()))
}

async fn verify(
    tx: &SystemTx,
    party: &RelyingParty,
    found: Stored,
    state: DiscoverableAuthentication,
    answered: &PublicKeyCredential,
) -> Result<Option<(UserWrite, accounts::store::Credential)>> {
    let Passkeys(webauthn) = &party.passkeys;
    let user = tx.become_user(found.user, tx.id());
    let whose = webauthn.identify_discoverable_authentication(answered);
    if whose.is_ok_and(|(user, _)| user != found.user.uuid()) {
        return Ok(None);
    }
    let Some(account) = accounts::store::credential_of(&user).await? else { return Ok(None) };
    // The account is locked before the passkey is read again, because a parallel login may have raised its counter.
    if !accounts::store::lock_user(&user).await? {
        return Ok(None);
    }
    let Some(stored) = store::find(&user, found.id).await? else { return Ok(None) };
    let mut passkey = stored.passkey()?;
    let Ok(result) = webauthn.finish_discoverable_authentication_v2(answered, state, &passkey) else {
        return Ok(None);
    };
    passkey.update_credential(&result);
    let text = serde_json::to_string(&passkey).map_err(Error::internal)?;
    store::note_use(&user, stored.id, &text).await?;
    Ok(Some((user, account)))
}
