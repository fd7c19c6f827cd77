//! Secrets that are mailed, to prove an address or to choose a new password: each good once, and only the newest of
//! its kind.

use std::{str::FromStr, time::Duration};

use super::{User, store};
use crate::{
    access::{SystemTx, UserWrite},
    clock::Time,
    error::{Code, Result},
    id::{Id, SessionId, UserId},
    mail::{Letter, Outbox},
    secret::{self, token_text},
    sessions,
    text::{Email, MailToken, Name},
    throttle::{self, Throttle},
};

const PREFIX: &str = "ghm_";

/// What a mailed secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To verify the account's address.
    Verify,
    /// To change it to this address.
    Change,
    /// To choose a new password.
    Reset,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Verify, Self::Change, Self::Reset];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Change => "change",
            Self::Reset => "reset",
        }
    }

    const fn life(self) -> Duration {
        match self {
            Self::Verify | Self::Change => Duration::from_hours(24),
            Self::Reset => Duration::from_mins(30),
        }
    }
}

impl FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or("is no kind of link")
    }
}

crate::db::text_column!(Kind);

/// A secret that was used now.
pub(super) struct Redeemed {
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
pub(super) struct Application {
    pub name: Name,
    pub password_hash: String,
}

/// A new secret for the user of this transaction; the older ones of its kind and application end.
async fn issue(
    tx: &UserWrite,
    kind: Kind,
    email: &Email,
    application: Option<&Application>,
) -> Result<String> {
    let token = token_text(PREFIX, &[&secret::random::<24>()]);
    super::lock_me(tx).await?;
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

/// Mails the link that verifies the account's own address, and takes up what was said with it, if it was by who signed up.
///
/// # Errors
/// When the database fails.
pub(super) async fn verification(
    tx: &UserWrite,
    outbox: &Outbox,
    name: &Name,
    email: &Email,
    said: Option<&Application>,
) -> Result<()> {
    let token = issue(tx, Kind::Verify, email, said).await?;
    let letter = Letter::Verify { name: name.to_string(), token };
    outbox.put(&tx.directory(), email.as_str(), letter).await
}

/// Mails the link that makes another address the account's. Whose address it is already, is told.
///
/// # Errors
/// 429 after too many mails to the address.
pub async fn change(tx: &UserWrite, outbox: &Outbox, email: &Email) -> Result<()> {
    let directory = tx.directory();
    // Whether or not the address has an account: when mails to it run out, that tells nothing.
    throttle::fail(&directory, &Throttle::mail(email)).await?;
    let me = super::me(tx).await?;
    match store::credential(&directory, email.canonical()).await? {
        Some(holder) if holder.user != tx.user() => {
            let letter = Letter::AddressInUse { name: holder.name.to_string() };
            outbox.put(&directory, &holder.email, letter).await
        }
        _ => {
            let token = issue(tx, Kind::Change, email, None).await?;
            let letter = Letter::ConfirmChange { name: me.name.to_string(), token };
            outbox.put(&directory, email.as_str(), letter).await
        }
    }
}

/// Mails a verification to who asked for one and needs it.
///
/// # Errors
/// When the database fails.
pub async fn send_verification(tx: &SystemTx, outbox: &Outbox, email: &str) -> Result<()> {
    match holder(tx, email).await? {
        Some((found, address)) if found.email_verified_at.is_none() => {
            let user = tx.become_user(found.user, Id::NIL);
            let said = store::last_application(&user).await?;
            let name = said.as_ref().map_or(&found.name, |said| &said.name);
            verification(&user, outbox, name, &address, said.as_ref()).await
        }
        _ => Ok(()),
    }
}

/// Mails the link to a new password to who asked for one.
///
/// # Errors
/// When the database fails.
pub async fn send_reset(tx: &SystemTx, outbox: &Outbox, email: &str) -> Result<()> {
    let Some((found, address)) = holder(tx, email).await? else { return Ok(()) };
    let token = issue(&tx.become_user(found.user, Id::NIL), Kind::Reset, &address, None).await?;
    outbox.put(tx, &found.email, Letter::Reset { name: found.name.to_string(), token }).await
}

async fn holder(tx: &SystemTx, email: &str) -> Result<Option<(store::Credential, Email)>> {
    let found = store::credential(tx, email).await?.filter(|found| found.disabled_at.is_none());
    let Some(found) = found else { return Ok(None) };
    let address = super::stored_email(&found.email)?;
    Ok(Some((found, address)))
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
pub(super) async fn redeem(
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

/// Takes up what a link to an address proves.
///
/// # Errors
/// 409 when the new address has been taken meanwhile.
pub(super) async fn prove_address(tx: &SystemTx, outbox: &Outbox, link: Redeemed) -> Result<()> {
    let user = tx.become_user(link.user, link.session.unwrap_or(Id::NIL));
    let me = super::lock_me(&user).await?;
    if link.kind == Kind::Change {
        return move_to(&user, outbox, &me, &link).await;
    }
    if let Some((name, password_hash)) = link.name.zip(link.password_hash)
        && store::take_up(&user, &Application { name, password_hash }, &link.address).await?
    {
        // Sessions are thrown away in time: somebody may have had some.
        super::evict(&user).await?;
    }
    store::end_all_links(&user).await?;
    store::verify_email(&user).await
}

async fn move_to(user: &UserWrite, outbox: &Outbox, me: &User, link: &Redeemed) -> Result<()> {
    let directory = user.directory();
    let email = super::stored_email(&link.address)?;
    store::free_emails(user).await?;
    if !store::claim_email(&directory, &email, link.user).await? {
        return Err(Code::EmailTaken.into());
    }
    store::set_email(user, &email).await?;
    store::end_all_links(user).await?;
    sessions::store::end_others(user, user.session()).await?;
    let letter = Letter::AddressChanged { name: me.name.to_string(), to: link.address.clone() };
    outbox.put(&directory, &me.email, letter).await
}

/// A time until which links are kept to be told apart from ones that never were.
pub(super) fn forgotten(now: Time) -> Time {
    now - Duration::from_hours(30 * 24)
}
