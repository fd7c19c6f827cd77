//! Sessions and their refresh tokens: opaque, rotated on every use, good once but for a short grace (RFC 9700, 4.14.2).

use std::time::Duration;

use super::store;
use crate::{
    access::{SystemTx, UserWrite},
    clock::Time,
    error::Result,
    id::{Id, SessionId, UserId},
    secret::{Mac, token_bytes, token_text},
};

/// How long a session lasts at most.
pub const LIFE: Duration = Duration::from_hours(90 * 24);
/// How long it lasts without a refresh.
pub const IDLE: Duration = Duration::from_hours(30 * 24);
/// How long a used refresh token still gives its successor: a second tab, a lost answer.
const GRACE: Duration = Duration::from_secs(10);
const PREFIX: &str = "ghr_";

pub(super) struct Session {
    pub user: UserId,
    pub generation: i64,
    pub created_at: Time,
    pub refreshed_at: Time,
    pub ended_at: Option<Time>,
    pub disabled_at: Option<Time>,
}

/// The refresh token of one generation of a session: a code over both under the master secret. Nothing of it is
/// stored, so that the database can't give it away, and a repeat within the grace gives the very same successor.
#[must_use]
pub fn refresh_token(mac: &Mac, session: SessionId, generation: i64) -> String {
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

fn parse(mac: &Mac, token: &str) -> Option<(SessionId, i64)> {
    let bytes: [u8; 40] = token_bytes(PREFIX, token)?;
    let (message, code) = bytes.split_at(24);
    let (id, number) = message.split_at(16);
    let session = Id::new(uuid::Uuid::from_slice(id).ok()?);
    let generation = i64::from_be_bytes(number.try_into().ok()?);
    mac.verify(message, code).then_some((session, generation))
}

/// A session and the generation of its refresh token that is good now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    pub user: UserId,
    pub session: SessionId,
    pub generation: i64,
}

/// Starts a session for the user that this transaction is about.
///
/// # Errors
/// When the database fails.
pub async fn start(tx: &UserWrite, device: Option<&str>) -> Result<Issued> {
    store::insert_session(tx, device).await?;
    Ok(Issued {
        user: tx.user(),
        session: tx.session(),
        generation: 1,
    })
}

/// Exchanges a refresh token for its successor. `None` for one that isn't good; when that is one that was used
/// before, somebody else has it, and the whole session ends.
///
/// # Errors
/// When the database fails.
pub async fn refresh(tx: &SystemTx, mac: &Mac, token: &str) -> Result<Option<Issued>> {
    let Some((id, generation)) = parse(mac, token) else {
        return Ok(None);
    };
    let Some(session) = store::lock_session(tx, id).await? else {
        return Ok(None);
    };
    let now = tx.now();
    let alive = session.ended_at.is_none()
        && session.disabled_at.is_none()
        && now < session.created_at + LIFE
        && now < session.refreshed_at + IDLE;
    if !alive {
        return Ok(None);
    }
    let issued = |generation| {
        Some(Issued {
            user: session.user,
            session: id,
            generation,
        })
    };
    if generation == session.generation {
        store::rotate_session(tx, id, generation + 1).await?;
        return Ok(issued(generation + 1));
    }
    if generation + 1 == session.generation && now <= session.refreshed_at + GRACE {
        return Ok(issued(session.generation));
    }
    store::end_session(tx, id).await?;
    Ok(None)
}

/// Ends the session that this transaction runs in.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &UserWrite) -> Result<()> {
    store::end_session(&tx.directory(), tx.session()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_names_its_session_and_generation_and_cannot_be_altered() {
        let mac = Mac::new(
            &"0123456789abcdef0123456789abcdef".parse().unwrap(),
            "refresh token",
        );
        let session = crate::id::Ids::default().make(Time::from_millis(1_800_000_000_000));
        let token = refresh_token(&mac, session, 7);
        assert_eq!(parse(&mac, &token), Some((session, 7)));
        for at in PREFIX.len()..token.len() - 1 {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(parse(&mac, std::str::from_utf8(&bytes).unwrap()), None);
        }
    }
}
