//! HTTP handlers for logging in with a password, finishing a login with the second factor, and confirming a session.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{Guess, HalfLogin, Login};
use crate::{
    access::{
        InSession, Public, SignedIn, SystemTx, UserTx, UserWrite, security_log::SignInMethod,
        throttle::Guesser, tickets,
    },
    base::{
        error::{Code, Error, Result},
        text::{Email, Password, Ticket},
    },
    http::{
        answer::NoContent,
        client::Client,
        input::{Input, Json},
    },
    identity::{
        accounts,
        mfa::FactorCode,
        sessions::{self, LoggedIn, cookie::Carrier},
    },
};

/// A request to log in with a password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LoginRequest")]
pub struct LogIn {
    /// The e-mail address of the account.
    pub email: Email,
    /// The password of the account.
    pub password: Password,
    /// The authenticator's code or a recovery code, for an account with a second factor. It can also be sent
    /// afterwards, to `POST /v1/auth/login/mfa`.
    #[serde(default)]
    pub totp_code: Option<FactorCode>,
    /// The device token of an earlier session on this device, so that other people's failed logins don't shut it out. One
    /// that isn't valid is ignored.
    #[serde(default)]
    pub device_token: Option<Ticket>,
    /// How the refresh token is sent. In the body if absent.
    #[serde(default)]
    pub session: Carrier,
}

pub async fn login(
    public: Public,
    client: Client,
    State(login): State<Login>,
    body: Json<LogIn>,
) -> Result<LoggedIn> {
    let LogIn { email, password, totp_code, device_token, session } = body.open(Uuid::nil())?;
    let device = login.issuer.device(device_token.as_ref());
    let from = client.clone();
    let guess = public.read(async move |tx: &SystemTx| Guess::at(tx, &email, &from, device).await).await?;
    let checked = guess.check(&login.passwords, password).await?;
    let credentials = login.issuer.clone();
    let start = async move |tx: &SystemTx| {
        let found = match checked.settle(tx).await? {
            Ok(found) => found,
            Err(wrong) => return Ok(Err(wrong)),
        };
        login.demand_verified(found)?;
        let user = tx.become_user(found.user, tx.id());
        checked.renew_hash(&user).await?;
        let method = SignInMethod::Password;
        login.enter(&user, found.session_epoch, method, totp_code.as_ref(), &client, device).await
    };
    let (user, issued) = public.write(start).await??;
    credentials.open(user, issued, session)
}

/// A request to confirm the session, with either the password or a code of the second factor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
#[schemars(rename = "SessionConfirmation")]
pub struct Confirmation {
    /// The password of the account.
    #[serde(default)]
    pub password: Option<Password>,
    /// The authenticator's code or a recovery code.
    #[serde(default)]
    pub code: Option<FactorCode>,
}

/// The proof that a session is confirmed with.
enum Proof {
    Password(Guess, Password),
    Code(FactorCode),
}

pub async fn confirm(
    me: SignedIn<InSession>,
    State(login): State<Login>,
    body: Json<Confirmation>,
) -> Result<NoContent> {
    let look = async |tx: &UserTx, given: Confirmation| match (given.password, given.code) {
        (Some(password), None) => Ok(Proof::Password(Guess::own(tx).await?, password)),
        (None, Some(code)) => Ok(Proof::Code(code)),
        _ => Err(Error::field("", "one_of", "must have password or code")),
    };
    match me.read(body, look).await? {
        Proof::Password(guess, password) => confirm_by_password(&me, &login, guess, password).await,
        Proof::Code(code) => {
            let confirm = async move |tx: &UserWrite, ()| {
                let guesser = Guesser::InSession(tx.session());
                match login.second_factor.check(tx, &code, guesser).await? {
                    Ok(()) => sessions::store::confirm(tx).await.map(Ok),
                    Err(wrong) => Ok(Err(wrong)),
                }
            };
            me.step((), confirm).await??;
            Ok(NoContent)
        }
    }
}

async fn confirm_by_password(
    me: &SignedIn<InSession>,
    login: &Login,
    guess: Guess,
    password: Password,
) -> Result<NoContent> {
    let checked = guess.check(&login.passwords, password).await?;
    let confirm = async move |tx: &UserWrite, ()| match checked.settle(&tx.directory()).await? {
        Ok(_) => sessions::store::confirm(tx).await.map(Ok),
        Err(wrong) => Ok(Err(wrong)),
    };
    me.step((), confirm).await??;
    Ok(NoContent)
}

/// A request to finish a login with the second factor.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "MfaLogin")]
pub struct SecondHalf {
    /// The `mfa_token` of the `mfa_required` error. It is valid for 5 minutes.
    pub mfa_token: Ticket,
    /// The authenticator's code or a recovery code.
    pub code: FactorCode,
    /// The device token of an earlier session on this device, so that other people's failed logins don't shut it out. One
    /// that isn't valid is ignored.
    #[serde(default)]
    pub device_token: Option<Ticket>,
    /// How the refresh token is sent. In the body if absent.
    #[serde(default)]
    pub session: Carrier,
}

pub async fn finish(
    public: Public,
    client: Client,
    State(login): State<Login>,
    body: Json<SecondHalf>,
) -> Result<LoggedIn> {
    let SecondHalf { mfa_token, code, device_token, session } = body.open(Uuid::nil())?;
    let device = login.issuer.device(device_token.as_ref());
    let credentials = login.issuer.clone();
    let finish = async move |tx: &SystemTx| {
        let over = || Code::Unauthenticated.with("The login is over: begin again.");
        let half: HalfLogin =
            login.issuer.gateway().tickets().open(mfa_token.as_str(), tx.now()).ok_or_else(over)?;
        let user = tx.become_user(half.user, tx.id());
        let me = accounts::lock_me(&user).await?;
        if accounts::store::session_epoch(&user).await? != half.session_epoch
            || tickets::is_used(tx, mfa_token.as_str()).await?
        {
            return Err(over());
        }
        let guesser = sessions::guesser(tx, half.user, &client, device).await?;
        if let Err(wrong) = login.second_factor.check(&user, &code, guesser).await? {
            return Ok(Err(wrong));
        }
        if !tickets::use_up::<HalfLogin>(tx, mfa_token.as_str()).await? {
            return Err(over());
        }
        let issued =
            sessions::start(&user, half.session_epoch, &client, device, half.method, &login.outbox).await?;
        Ok(Ok((me, issued)))
    };
    let (user, issued) = public.write(finish).await??;
    credentials.open(user, issued, session)
}
