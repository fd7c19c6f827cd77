//! Device tokens: a proof that a device has logged in to an account, so that other people's failed guesses don't shut it
//! out (OWASP, "Slow down online guessing attacks with device cookies"). It gives no access to anything.

use crate::base::{
    id::{Id, SessionId},
    secret::{Mac, token_bytes, token_text},
};

const PREFIX: &str = "ghd_";

/// Returns the device token of a session: its id, with an authentication code under the master secret.
pub(super) fn make(mac: &Mac, session: SessionId) -> String {
    let id = session.uuid();
    token_text(PREFIX, &[id.as_bytes(), &mac.sign(id.as_bytes())])
}

/// Returns the session of a device token. Returns `None` if the token was never issued.
pub(super) fn parse(mac: &Mac, token: &str) -> Option<SessionId> {
    let bytes: [u8; 32] = token_bytes(PREFIX, token)?;
    let (id, code) = bytes.split_at(16);
    mac.verify(id, code).then_some(Id::new(uuid::Uuid::from_slice(id).ok()?))
}
