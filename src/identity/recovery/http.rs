//! HTTP handlers for verifying and changing an e-mail address, and for resetting and changing a password.

use std::sync::Arc;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    access::{
        Confirmed, InSession, Public, SignedIn, SystemTx, UserTx, UserWrite,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        id::Id,
        text::{Email, MailToken, Password},
    },
    effects::mail::{self, Outbox},
    http::{
        answer::{Accepted, Effects, NoContent},
        client::Client,
        input::{Input, Json},
    },
    identity::{
        accounts::{
            self,
            lanes::Standing,
            passwords::{self, Passwords},
        },
        api_tokens::{self, TokenView},
        links::{self, Kind},
        login::{Guess, Login},
        security,
    },
};

/// A request with a token from the link in a message.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MailTokenRequest")]
pub struct ByLink {
    /// The token from the link in the message.
    pub token: MailToken,
}

pub async fn verify_email(
    public: Public,
    State(outbox): State<Outbox>,
    body: Json<ByLink>,
) -> Result<NoContent> {
    let given = body.open(Uuid::nil())?;
    let verify = async move |tx: &SystemTx| {
        let link = links::redeem(tx, &given.token, [Kind::Verify, Kind::Change]).await?;
        super::prove_address(tx, &outbox, link).await
    };
    public.write(verify).await?;
    Ok(NoContent)
}

/// A request that names an e-mail address, which needn't have an account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EmailRequest")]
pub struct ByEmail {
    /// The e-mail address.
    pub email: Email,
}

/// Requests a message to an address. Does nothing, without telling the caller, if too many were sent to it.
async fn ask(public: &Public, email: Email, request: mail::Request) -> Result<()> {
    let ask = async move |tx: &SystemTx| {
        let mails = match request {
            mail::Request::Verification => Throttle::mail(&email),
            mail::Request::Reset => Throttle::reset(&email),
        };
        if !throttle::admits(tx, &mails).await? {
            return Ok(());
        }
        mail::request(tx, request, &email).await
    };
    public.write(ask).await
}

pub async fn resend_verification(public: Public, body: Json<ByEmail>) -> Result<NoContent> {
    ask(&public, body.open(Uuid::nil())?.email, mail::Request::Verification).await?;
    Ok(NoContent)
}

/// The response to a request for a message. It doesn't tell whether the address has an account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "MailRequested")]
pub struct Asked {
    /// Always `mail_sent_if_known`.
    pub status: &'static str,
}

pub async fn forgot_password(public: Public, body: Json<ByEmail>) -> Result<Accepted<Asked>> {
    ask(&public, body.open(Uuid::nil())?.email, mail::Request::Reset).await?;
    Ok(Accepted(Asked { status: "mail_sent_if_known" }))
}

/// A request to reset a password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PasswordReset")]
pub struct Reset {
    /// The token from the link in the message.
    pub token: MailToken,
    /// At least 8 characters, and not easily guessed.
    pub password: Password,
}

pub async fn reset_password(
    public: Public,
    client: Client,
    State(passwords): State<Arc<Passwords>>,
    State(outbox): State<Outbox>,
    body: Json<Reset>,
) -> Result<NoContent> {
    const RESET: [Kind; 2] = [Kind::Reset, Kind::HandedReset];
    let Reset { token, password } = body.open(Uuid::nil())?;
    // The token is looked up before the password is hashed, so that wrong tokens don't cost the server a hash.
    let looked = token.clone();
    let found = public.read(async move |tx: &SystemTx| links::look(tx, &looked, RESET).await).await?;
    passwords::judge(&password, "/password", &[found.as_deref().unwrap_or_default()])?;
    let good = found.is_ok();
    let hash =
        if good { passwords.hash(password, Standing::with_link(&client)).await? } else { String::new() };
    let reset = async move |tx: &SystemTx| {
        let link = links::redeem(tx, &token, RESET).await?;
        if !good {
            return Err(Code::LinkGone.into());
        }
        let user = tx.become_user(link.user, Id::NIL);
        // Whoever has a mailed token received the message, which proves the address.
        let proves = link.kind == Kind::Reset;
        if !(proves && security::hand_over(&user).await?) {
            security::revoke_api_tokens(&user).await?;
        }
        security::set_password(&user, &outbox, &hash).await?;
        throttle::forgive(tx, link.user, &link.email).await
    };
    public.write(reset).await?;
    Ok(NoContent)
}

pub async fn change_email(
    me: SignedIn<Confirmed>,
    State(outbox): State<Outbox>,
    body: Json<ByEmail>,
) -> Result<Accepted<Asked>> {
    let change = async move |tx: &UserWrite, given: ByEmail| {
        super::change(tx, &outbox, &given.email).await?;
        Ok(Accepted(Asked { status: "mail_sent_if_known" }))
    };
    me.write(body, change).await
}

/// A request to change the caller's password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password until now.
    pub current_password: Password,
    /// At least 8 characters, and not easily guessed.
    pub new_password: Password,
    /// `true` also revokes all API tokens. They aren't derived from the password: without this, they go on working.
    #[serde(default)]
    pub revoke_tokens: bool,
}

/// The API tokens that a change of the password left working.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemainingTokens {
    /// The newest first.
    pub tokens: Vec<TokenView>,
}

pub async fn change_password(
    me: SignedIn<InSession>,
    State(login): State<Login>,
    State(outbox): State<Outbox>,
    body: Json<PasswordChange>,
) -> Result<Effects<RemainingTokens>> {
    let look = async move |tx: &UserTx, given: PasswordChange| {
        let user = accounts::me(tx).await?;
        passwords::judge(&given.new_password, "/new_password", &[&user.email, user.name.as_str()])?;
        Ok((Guess::own(tx).await?, given))
    };
    let (guess, given) = me.read(body, look).await?;
    let revoke_tokens = given.revoke_tokens;
    let checked = guess.check(&login.passwords, given.current_password).await?;
    let hash = if checked.is_right() {
        login.passwords.hash(given.new_password, checked.standing()).await?
    } else {
        String::new()
    };
    let change = async move |tx: &UserWrite, ()| match checked.settle(&tx.directory()).await? {
        Ok(found) => {
            accounts::lock_me(tx).await?;
            if accounts::store::session_epoch(tx).await? != found.session_epoch {
                return Err(Code::InvalidCredentials.into());
            }
            security::set_password(tx, &outbox, &hash).await?;
            if revoke_tokens {
                security::revoke_api_tokens(tx).await?;
            }
            api_tokens::valid(tx).await.map(Ok)
        }
        Err(wrong) => Ok(Err(wrong)),
    };
    let tokens = me.step((), change).await??;
    Ok(Effects((!tokens.is_empty()).then_some(RemainingTokens { tokens })))
}
