//! Mail tokens: the secrets in mailed links, with which a user verifies an address or chooses a new password. A token
//! can be used once, and issuing one ends the older ones of its kind.

pub(crate) mod store;

use std::time::Duration;

use strum::{EnumString, IntoStaticStr};

use super::accounts;
use crate::{
    access::{SystemTx, UserWrite},
    base::{
        error::{Code, Result},
        id::{Id, SessionId, UserId},
        secret::{self, token_text},
        text::{Email, MailToken, Name},
    },
};

const PREFIX: &str = "ghm_";

/// The purpose of a mail token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// Verifies the account's address.
    Verify,
    /// Changes the account's address to the one that the token was sent to.
    Change,
    /// Sets a new password.
    Reset,
    /// Sets a new password, and was handed out by the operator instead of being mailed, so that it proves no address.
    HandedReset,
}

impl Kind {
    pub(super) const fn life(self) -> Duration {
        match self {
            Self::Verify | Self::Change => Duration::from_hours(24),
            Self::Reset | Self::HandedReset => Duration::from_mins(30),
        }
    }
}

crate::db::text_column!(Kind, into_str);

/// A mail token that was just used.
pub struct Redeemed {
    pub user: UserId,
    pub kind: Kind,
    /// The address that the token was sent to, in its canonical form.
    pub email: String,
    /// The same address as it was given.
    pub address: String,
    /// The session in which the token was requested, if any.
    pub session: Option<SessionId>,
    /// The name and the password hash of a pending sign-up.
    pub name: Option<Name>,
    pub password_hash: Option<String>,
}

/// The name and the password of a sign-up whose address isn't verified yet. Several people may have signed up with the
/// same address; the sign-up whose link is followed takes effect.
#[derive(Debug, Clone)]
pub struct PendingSignup {
    pub name: Name,
    pub password_hash: String,
}

/// Issues a mail token for the user of this transaction and returns its text. Ends the user's older tokens of this
/// kind; of the tokens for sign-ups, only those of the same sign-up.
pub async fn issue(
    tx: &UserWrite,
    kind: Kind,
    email: &Email,
    application: Option<&PendingSignup>,
) -> Result<String> {
    let token = token_text(PREFIX, &[&secret::random::<24>()]);
    accounts::lock_me(tx).await?;
    store::end_links(tx, kind, application).await?;
    let session = Some(tx.session()).filter(|session| *session != Id::NIL);
    let link = store::NewLink {
        hash: &secret::stored(&token),
        kind,
        email,
        session,
        application,
        expires_at: tx.now() + kind.life(),
    };
    store::insert_link(tx, &link).await?;
    Ok(token)
}

/// Returns the address that a token was sent to, if the token has one of these kinds and is valid. Doesn't use it. The
/// refusal is the inner error.
///
/// # Errors
/// 404 if the token was never issued or is of another kind; 410 if it was used, expired, or isn't the newest.
pub async fn look(tx: &SystemTx, token: &MailToken, kinds: [Kind; 2]) -> Result<Result<String>> {
    match store::link(tx, &secret::stored(token.as_str())).await? {
        Some((kind, ..)) if !kinds.contains(&kind) => Ok(Err(Code::NotFound.into())),
        Some((_, expires_at, None, email)) if tx.now() < expires_at => Ok(Ok(email)),
        Some(_) => Ok(Err(Code::LinkGone.into())),
        None => Ok(Err(Code::NotFound.into())),
    }
}

/// Uses a token, which must have one of these kinds.
///
/// # Errors
/// 404 and 410 as in [`look`].
pub async fn redeem(tx: &SystemTx, token: &MailToken, kinds: [Kind; 2]) -> Result<Redeemed> {
    match store::redeem(tx, &secret::stored(token.as_str()), kinds).await? {
        Some(redeemed) => Ok(redeemed),
        None => Err(look(tx, token, kinds).await?.err().unwrap_or_else(|| Code::LinkGone.into())),
    }
}

/// Deletes up to 1000 tokens that expired more than 30 days ago. Until then they are answered with 410 instead of 404.
/// Returns how many it deleted.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    store::sweep(tx, tx.now() - Duration::from_hours(30 * 24)).await
}
