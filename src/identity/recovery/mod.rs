//! Proving an address, changing it, and choosing a new password, by mail.

pub(crate) mod http;

use super::{
    accounts::{self, User},
    links::{self, Kind, PendingSignup, Redeemed},
    security, sessions,
};
use crate::{
    access::{
        Public, SystemTx, UserWrite,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        id::Id,
        text::{Email, Name},
    },
    effects::mail::{self, Message, Outbox},
};

/// Mails the link that verifies the account's own address, and takes up what was said with it, if it was by who signed up.
pub async fn verification(
    tx: &UserWrite,
    outbox: &Outbox,
    name: &Name,
    email: &Email,
    said: Option<&PendingSignup>,
) -> Result<()> {
    let token = links::issue(tx, Kind::Verify, email, said).await?;
    let message = Message::Verify { name: name.to_string(), token };
    outbox.put(&tx.directory(), email.as_str(), message).await
}

/// Mails the link that makes another address the account's. Whose address it is already, is told.
///
/// # Errors
/// 429 after too many mails to the address.
pub async fn change(tx: &UserWrite, outbox: &Outbox, email: &Email) -> Result<()> {
    let directory = tx.directory();
    // Whether or not the address has an account: when mails to it run out, that tells nothing.
    throttle::fail(&directory, &Throttle::mail(email)).await?;
    let me = accounts::me(tx).await?;
    match accounts::store::credential(&directory, email.canonical()).await? {
        Some(holder) if holder.user != tx.user() => {
            let message = Message::AddressInUse { name: holder.name.to_string() };
            outbox.put(&directory, &holder.email, message).await
        }
        _ => {
            let token = links::issue(tx, Kind::Change, email, None).await?;
            let message = Message::ConfirmChange { name: me.name.to_string(), token };
            outbox.put(&directory, email.as_str(), message).await
        }
    }
}

/// Mails a verification to who asked for one and needs it.
pub async fn send_verification(tx: &SystemTx, outbox: &Outbox, email: &str) -> Result<()> {
    match holder(tx, email).await? {
        Some((found, address)) if found.email_verified_at.is_none() => {
            let user = tx.become_user(found.user, Id::NIL);
            let said = links::store::last_application(&user).await?;
            let name = said.as_ref().map_or(&found.name, |said| &said.name);
            verification(&user, outbox, name, &address, said.as_ref()).await
        }
        _ => Ok(()),
    }
}

/// Mails the link to a new password to who asked for one.
pub async fn send_reset(tx: &SystemTx, outbox: &Outbox, email: &str) -> Result<()> {
    let Some((found, address)) = holder(tx, email).await? else { return Ok(()) };
    let token = links::issue(&tx.become_user(found.user, Id::NIL), Kind::Reset, &address, None).await?;
    outbox.put(tx, &found.email, Message::Reset { name: found.name.to_string(), token }).await
}

async fn holder(tx: &SystemTx, email: &str) -> Result<Option<(accounts::store::Credential, Email)>> {
    let found = accounts::store::credential(tx, email).await?.filter(|found| found.disabled_at.is_none());
    let Some(found) = found else { return Ok(None) };
    let address = accounts::stored_email(&found.email)?;
    Ok(Some((found, address)))
}

/// Takes up what a link to an address proves.
///
/// # Errors
/// 409 when the new address has been taken meanwhile.
pub async fn prove_address(tx: &SystemTx, outbox: &Outbox, link: Redeemed) -> Result<()> {
    let user = tx.become_user(link.user, link.session.unwrap_or(Id::NIL));
    let me = accounts::lock_me(&user).await?;
    if link.kind == Kind::Change {
        return move_to(&user, outbox, &me, &link).await;
    }
    if let Some((name, password_hash)) = link.name.zip(link.password_hash)
        && accounts::store::take_up(&user, &name, &password_hash, &link.address).await?
    {
        // Sessions are thrown away in time: somebody may have had some.
        security::evict(&user).await?;
    }
    links::store::end_all_links(&user).await?;
    accounts::store::verify_email(&user).await
}

async fn move_to(user: &UserWrite, outbox: &Outbox, me: &User, link: &Redeemed) -> Result<()> {
    let directory = user.directory();
    let email = accounts::stored_email(&link.address)?;
    accounts::store::free_emails(user).await?;
    if !accounts::store::claim_email(&directory, &email, link.user).await? {
        return Err(Code::EmailTaken.into());
    }
    accounts::store::set_email(user, &email).await?;
    links::store::end_all_links(user).await?;
    sessions::store::end_others(user, user.session()).await?;
    let message = Message::AddressChanged { name: me.name.to_string(), to: link.address.clone() };
    outbox.put(&directory, &me.email, message).await
}

/// Makes the mails that were asked for by addresses that may or may not have an account. How many were asked for.
pub async fn answer_requests(public: &Public, outbox: &Outbox) -> Result<usize> {
    let outbox = outbox.clone();
    let answer = async move |tx: &SystemTx| {
        let requests = mail::store::take_requests(tx).await?;
        for (request, email) in &requests {
            match request {
                mail::Request::Verification => send_verification(tx, &outbox, email).await?,
                mail::Request::Reset => send_reset(tx, &outbox, email).await?,
            }
        }
        Ok(requests.len())
    };
    public.write(answer).await
}
