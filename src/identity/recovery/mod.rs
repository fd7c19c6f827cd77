//! Account recovery by mail: verifying an e-mail address, changing it, and resetting a password.

pub(crate) mod http;

use super::{
    accounts::{self, NewUser, User},
    links::{self, Kind, PendingSignup, Redeemed},
    security, sessions,
};
use crate::{
    access::{
        Public, SystemTx, UserWrite,
        security_log::{self, Event},
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        id::Id,
        text::{Email, Name},
    },
    effects::mail::{self, Message, Outbox},
};

/// Mails the link that verifies the account's own address. With a pending sign-up, following the link also sets the
/// account's name and password to those of the sign-up.
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

/// Mails the link that changes the account's address to a new one. If the new address belongs to another account, mails
/// a notice to that account's owner instead.
///
/// # Errors
/// 422 if no message can reach the address; 429 after too many messages to it.
pub async fn change(tx: &UserWrite, outbox: &Outbox, email: &Email) -> Result<()> {
    outbox.admit(email)?;
    let directory = tx.directory();
    // Counted whether or not the address has an account, so that a 429 doesn't tell which.
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

/// Mails the verification link again, if the address has an enabled account that isn't verified.
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

/// Mails the link that resets the password, if the address has an enabled account.
pub async fn send_reset(tx: &SystemTx, outbox: &Outbox, email: &str) -> Result<()> {
    let Some((found, address)) = holder(tx, email).await? else { return Ok(()) };
    reset(&tx.become_user(found.user, Id::NIL), outbox, &found.name, &address).await
}

/// Mails the link that resets the account's password.
pub async fn reset(tx: &UserWrite, outbox: &Outbox, name: &Name, email: &Email) -> Result<()> {
    let token = links::issue(tx, Kind::Reset, email, None).await?;
    outbox.put(&tx.directory(), email.as_str(), Message::Reset { name: name.to_string(), token }).await
}

/// Returns the enabled account that has an address, given in its canonical form, and its address as it was given.
async fn holder(tx: &SystemTx, email: &str) -> Result<Option<(accounts::store::Credential, Email)>> {
    let found = accounts::store::credential(tx, email).await?.filter(|found| found.disabled_at.is_none());
    let Some(found) = found else { return Ok(None) };
    let address = accounts::stored_email(&found.email)?;
    Ok(Some((found, address)))
}

/// Verifies the address that a used link was sent to, or makes it the account's address.
///
/// # Errors
/// 409 if another account has taken the new address meanwhile.
pub async fn prove_address(tx: &SystemTx, outbox: &Outbox, link: Redeemed) -> Result<()> {
    let user = tx.become_user(link.user, link.session.unwrap_or(Id::NIL));
    let me = accounts::lock_me(&user).await?;
    if link.kind == Kind::Change {
        return move_to(&user, outbox, &me, &link).await;
    }
    let verified = match link.name.zip(link.password_hash) {
        Some((name, password_hash)) => {
            let email = accounts::stored_email(&link.address)?;
            let new = NewUser { email, verified: true, name, password_hash: Some(password_hash) };
            security::hand_over_to(&user, &new).await?
        }
        None => security::confirm_address(&user).await?,
    };
    // A verified address has no link: they all ended when it was verified.
    if verified { Ok(()) } else { Err(Code::LinkGone.into()) }
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
    security_log::record(user, &Event::EmailChanged).await?;
    let message = Message::AddressChanged { name: me.name.to_string(), to: link.address.clone() };
    outbox.put(&directory, &me.email, message).await
}

/// Answers requests for messages: mails a link to each address that has an account. Returns the number of requests.
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
