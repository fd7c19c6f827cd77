//! Secrets that are mailed, to prove an address or to choose a new password: each good once, and only the newest of
//! its kind.

pub(crate) mod store;

use std::time::Duration;

use strum::{EnumString, IntoStaticStr};

use super::accounts;
use crate::{
    access::{
        SystemTx, UserWrite,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        id::{Id, SessionId, UserId},
        secret::{self, token_text},
        text::{Email, MailToken, Name},
    },
};

const PREFIX: &str = "ghm_";

/// What a mailed secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Kind {
    /// To verify the account's address.
    Verify,
    /// To change it to this address.
    Change,
    /// To choose a new password.
    Reset,
}

impl Kind {
    const fn life(self) -> Duration {
        match self {
            Self::Verify | Self::Change => Duration::from_hours(24),
            Self::Reset => Duration::from_mins(30),
        }
    }
}

crate::db::text_column!(Kind, into_str);

/// A secret that was used now.
pub struct Redeemed {
    pub user: UserId,
    pub kind: Kind,
    pub email: String,
    pub address: String,
    pub session: Option<SessionId>,
    pub name: Option<Name>,
    pub password_hash: Option<String>,
}

/// What somebody who signed up said, until they prove the address. Somebody else may have said something else.
#[derive(Debug, Clone)]
pub struct PendingSignup {
    pub name: Name,
    pub password_hash: String,
}

/// A new secret for the user of this transaction; the older ones of its kind and application end.
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

/// Whether a link could be used; if so, the address that it was sent to.
///
/// # Errors
/// 404 for one that was never sent, 410 for one that is used, expired or not the newest.
pub async fn look(tx: &SystemTx, token: &MailToken, kinds: [Kind; 2]) -> Result<Result<String>> {
    match store::link(tx, &secret::stored(token.as_str())).await? {
        Some((kind, ..)) if !kinds.contains(&kind) => Ok(Err(Code::NotFound.into())),
        Some((_, expires_at, None, email)) if tx.now() < expires_at => Ok(Ok(email)),
        Some(_) => Ok(Err(Code::LinkGone.into())),
        None => Ok(Err(Code::NotFound.into())),
    }
}

/// Uses a link. One that was never sent is counted as a guess from this address; its refusal is to be answered after
/// the commit.
///
/// # Errors
/// 429 after too many guesses.
pub async fn redeem(
    tx: &SystemTx,
    token: &MailToken,
    kinds: [Kind; 2],
    throttle: &Throttle,
) -> Result<Result<Redeemed>> {
    if let Some(redeemed) = store::redeem(tx, &secret::stored(token.as_str()), kinds).await? {
        return Ok(Ok(redeemed));
    }
    let refusal = look(tx, token, kinds).await?.err().unwrap_or_else(|| Code::LinkGone.into());
    if refusal.code() == Code::NotFound {
        throttle::fail(tx, throttle).await?;
    }
    Ok(Err(refusal))
}

/// Deletes mailed secrets that expired 30 days ago; until then they are told apart from ones that never were.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    store::sweep(tx, tx.now() - Duration::from_hours(30 * 24)).await
}
