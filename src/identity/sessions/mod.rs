//! Sessions, and the refresh tokens that extend them. A refresh token is opaque and replaced on every use (RFC 9700,
//! section 4.14.2). A used one is accepted again only for a short grace period.

pub(crate) mod cookie;
mod credentials;
mod device;
mod device_token;
pub(crate) mod http;
pub(crate) mod store;

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use device::Device;

pub use credentials::{Issuer, LoggedIn, Session};

use super::accounts;
use crate::{
    access::{
        SESSION_IDLE, SESSION_LIFE, SystemTx, UserTx, UserWrite,
        security_log::{self, Event, Reason, SignInMethod},
        throttle::{self, Guesser, Throttle},
    },
    base::{
        clock::Time,
        error::{Code, Result},
        id::{Id, SessionId, UserId},
        secret::{Mac, token_bytes, token_text},
    },
    effects::mail::{Message, Outbox},
    http::client::{Client, network},
};

/// How long a used refresh token is still exchanged for its successor, for a second tab or a lost response.
const GRACE: Duration = Duration::from_secs(10);
const PREFIX: &str = "ghr_";

/// Returns who this client is to the throttle when it guesses a secret of the user without being logged in. `device` is
/// the session of the device token that it sent.
pub async fn guesser(
    tx: &SystemTx,
    user: UserId,
    client: &Client,
    device: Option<SessionId>,
) -> Result<Guesser> {
    if let Some(device) = device
        && store::is_of(tx, user, device).await?
    {
        return Ok(Guesser::Device(device));
    }
    let returning = store::came_from(tx, user, network(client.address)).await?;
    Ok(if returning { Guesser::Returning(client.address) } else { Guesser::Stranger(client.address) })
}

struct Row {
    pub id: SessionId,
    pub user: UserId,
    pub generation: i64,
    pub created_at: Time,
    pub refreshed_at: Time,
    pub ended_at: Option<Time>,
    pub disabled_at: Option<Time>,
    /// Whether the session epoch hasn't changed since the session started: a change ends every session of the user.
    pub current_epoch: bool,
    pub device: Option<String>,
    pub address: Option<String>,
}

/// Returns the refresh token of one generation of a session: both, with an authentication code under the master secret.
/// Nothing of it is stored, so that the database can't leak it, and so that a repeated exchange within the grace period
/// returns the same successor.
fn refresh_token(mac: &Mac, session: SessionId, generation: i64) -> String {
    let message = message(session, generation);
    token_text(PREFIX, &[&message, &mac.sign(&message)])
}

fn message(session: SessionId, generation: i64) -> [u8; 24] {
    let mut message = [0; 24];
    let (id, number) = message.split_at_mut(16);
    id.copy_from_slice(session.uuid().as_bytes());
    number.copy_from_slice(&generation.to_be_bytes());
    message
}

/// Returns the session and the generation of a refresh token. Returns `None` if the token was never issued.
fn parse(mac: &Mac, token: &str) -> Option<(SessionId, i64)> {
    let bytes: [u8; 40] = token_bytes(PREFIX, token)?;
    let (message, code) = bytes.split_at(24);
    let (id, number) = message.split_at(16);
    let session = Id::new(uuid::Uuid::from_slice(id).ok()?);
    let generation = i64::from_be_bytes(number.try_into().ok()?);
    mac.verify(message, code).then_some((session, generation))
}

/// A session and the generation of its current refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    pub user: UserId,
    pub session: SessionId,
    pub generation: i64,
}

/// Starts a session for the user of this transaction, and tells them by mail if it is from a new device. `session_epoch`
/// is the account's when the credential was checked: if it has changed since, the session has already ended when it
/// starts. `device` is the session of the device token that the client sent.
///
/// # Errors
/// 401 if the user was disabled or deleted meanwhile.
pub async fn start(
    tx: &UserWrite,
    session_epoch: i64,
    client: &Client,
    device: Option<SessionId>,
    method: SignInMethod,
    outbox: &Outbox,
) -> Result<Issued> {
    // Locks the account, so that of parallel logins from a new device, one finds it new.
    let me = accounts::lock_me(tx).await?;
    let new_device = is_new_device(tx, client, device, me.created_at).await?;
    store::insert(tx, session_epoch, client).await?;
    store::drop_oldest(tx).await?;
    let event = Event::SignedIn { method, session_id: tx.session(), new_device };
    security_log::record(tx, &event).await?;
    let tell = new_device && me.email_verified;
    if tell && throttle::admits(&tx.directory(), &Throttle::new_devices(tx.user())).await? {
        let (device, address) = (client.device.clone(), client.address.to_string());
        let message = Message::NewDevice { name: me.name.to_string(), device, address, at: tx.now() };
        outbox.put(&tx.directory(), &me.email, message).await?;
    }
    Ok(Issued { user: tx.user(), session: tx.session(), generation: 1 })
}

/// Returns whether the account's sessions know no such device. The first session of an account isn't from a new device,
/// unless the account is so old that earlier sessions may have been deleted.
async fn is_new_device(
    tx: &UserTx,
    client: &Client,
    device: Option<SessionId>,
    created_at: Time,
) -> Result<bool> {
    if let Some(device) = device
        && store::is_of(&tx.directory(), tx.user(), device).await?
    {
        return Ok(false);
    }
    let (known, device) = (store::devices(tx).await?, Device::of(client));
    Ok(if known.is_empty() { created_at < tx.now() - store::REMEMBERED } else { !known.contains(&device) })
}

/// Exchanges a session's refresh token of this generation for its successor. Returns `None` if the token isn't valid. A
/// token that was already used, outside the grace period, ends the whole session, because somebody else may have it.
pub async fn refresh(tx: &SystemTx, id: SessionId, generation: i64) -> Result<Option<Issued>> {
    let Some(session) = store::lock(tx, id).await? else {
        return Ok(None);
    };
    let now = tx.now();
    let alive = session.ended_at.is_none()
        && session.current_epoch
        && session.disabled_at.is_none()
        && now < session.created_at + SESSION_LIFE
        && now < session.refreshed_at + SESSION_IDLE;
    if !alive {
        return Ok(None);
    }
    let issued = |generation| Some(Issued { user: session.user, session: id, generation });
    if generation == session.generation {
        store::rotate(tx, id, generation + 1).await?;
        return Ok(issued(generation + 1));
    }
    if generation + 1 == session.generation && now <= session.refreshed_at + GRACE {
        return Ok(issued(session.generation));
    }
    let user = tx.become_user(session.user, id);
    store::end(&user).await?;
    security_log::record(&user, &Event::SessionEnded { session_id: id, reason: Reason::TokenReused }).await?;
    Ok(None)
}

/// A session, as its user sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SessionInfo")]
pub struct SessionView {
    /// The session's id, as in the `sid` of its access tokens.
    pub id: SessionId,
    /// The `User-Agent` of the client that logged in, at most 200 characters of it.
    pub device: Option<String>,
    /// The IP address of the client that logged in.
    pub address: Option<String>,
    /// The time of the login.
    pub created_at: Time,
    /// The time at which its tokens were last refreshed. The last use can be up to 10 minutes later, because an access
    /// token lasts that long.
    pub last_used_at: Time,
    /// The time at which the session ends if it isn't used again: 30 days after the last refresh, but at most 90 days
    /// after the login.
    pub expires_at: Time,
    /// Whether this is the session of the request.
    pub current: bool,
}

impl SessionView {
    fn new(session: Row, tx: &UserTx) -> Self {
        Self {
            id: session.id,
            device: session.device,
            address: session.address,
            created_at: session.created_at,
            last_used_at: session.refreshed_at,
            expires_at: (session.created_at + SESSION_LIFE).min(session.refreshed_at + SESSION_IDLE),
            current: session.id == tx.session(),
        }
    }
}

/// Ends the session of this transaction.
pub async fn log_out(tx: &UserWrite) -> Result<()> {
    store::end(tx).await?;
    security_log::record(tx, &Event::SessionEnded { session_id: tx.session(), reason: Reason::LoggedOut })
        .await
}

/// Ends one of the caller's sessions.
///
/// # Errors
/// 404 if the caller has no such session.
pub async fn end(tx: &UserWrite, id: Option<SessionId>) -> Result<()> {
    match id {
        Some(session_id) if store::end_own(tx, session_id).await? => {
            security_log::record(tx, &Event::SessionEnded { session_id, reason: Reason::Revoked }).await
        }
        _ => Err(Code::NotFound.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_names_its_session_and_generation_and_cannot_be_altered() {
        let mac = Mac::new(&"a3f1c07e9b52d84461fe0c9d7b38e25a".parse().unwrap(), "refresh token").unwrap();
        let session = crate::base::id::Ids::default().make(Time::from_millis(1_800_000_000_000));
        let token = refresh_token(&mac, session, 7);
        assert_eq!(parse(&mac, &token), Some((session, 7)));
        for at in PREFIX.len()..token.len() - 1 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(parse(&mac, std::str::from_utf8(&bytes).unwrap()), None);
        }
    }
}
