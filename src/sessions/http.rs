//! Logging in, refreshing, confirming, logging out; where one is logged in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Issued, SessionView,
    cookie::{self, Carrier, RefreshCookie},
    store,
};
use crate::{
    access::{InSession, Jwks, LIFE, Public, SignedIn, SystemTx, UserTx, UserWrite},
    accounts::{self, User, guess::Guess},
    app::App,
    error::{Code, Error, Result},
    factors::{self, FactorCode},
    http::{
        answer::{self, Counts, NoContent, Removal, Versioned, WithCookie},
        client::Client,
        input::{DryRun, Input, Json, List, NoBody, OrNothing, Query},
    },
    orgs::http::NoFilters,
    page::{Page, Paging},
    secret::Mac,
    text::{Email, Password},
    throttle::{self, Throttle},
};

/// A session's credentials.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Session {
    pub user: User,
    /// A JWT: send it as `Authorization: Bearer …`.
    pub access_token: String,
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    pub expires_in: u64,
    /// Exchange it at `POST /v1/auth/refresh`; each is good once. With `"session": "cookie"` it is in a cookie instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
}

impl Versioned for Session {
    fn version(&self) -> i64 {
        self.user.version
    }
}

impl Session {
    /// The credentials, with the refresh token among them or as a cookie.
    ///
    /// # Errors
    /// When signing fails.
    pub fn new(app: &App, user: User, issued: Issued, carrier: Carrier) -> Result<WithCookie<Self>> {
        let refresh_token = super::refresh_token(app.refresh(), issued.session, issued.generation);
        let (refresh_token, cookie) = match carrier {
            Carrier::Body => (Some(refresh_token), None),
            Carrier::Cookie => (None, Some(cookie::set(&refresh_token)?)),
        };
        let access_token = app.tokens().sign(issued.user, issued.session, app.clock().now())?;
        let session =
            Self { user, access_token, token_type: "Bearer", expires_in: LIFE.as_secs(), refresh_token };
        Ok(WithCookie { answer: session, cookie })
    }

    /// The answer to a login.
    ///
    /// # Errors
    /// When signing fails.
    pub fn open(app: &App, user: User, issued: Issued, carrier: Carrier) -> Result<LoggedIn> {
        Self::new(app, user, issued, carrier).map(|session| session.map(answer::Ok))
    }
}

/// 200 with a session.
pub type LoggedIn = WithCookie<answer::Ok<Session>>;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    pub email: Email,
    pub password: Password,
    /// Where a second factor is on: the authenticator's code, or a recovery code. It can also be sent after the password.
    #[serde(default)]
    pub totp_code: Option<FactorCode>,
    #[serde(default)]
    pub session: Carrier,
}

pub async fn login(public: Public, client: Client, body: Json<LogIn>) -> Result<LoggedIn> {
    let LogIn { email, password, totp_code, session } = body.open(Uuid::nil())?;
    let app = public.app().clone();
    let guess = public.read(async move |tx: &SystemTx| Guess::at(tx, &email, client.address).await).await?;
    let checked = guess.check(&app, password).await?;
    let start = async move |tx: &SystemTx| {
        let found = match checked.settle(tx).await? {
            Ok(found) => found,
            Err(wrong) => return Ok(Err(wrong)),
        };
        super::demand_verified(&app, found)?;
        let user = tx.become_user(found.user, tx.id());
        checked.renew_hash(&user).await?;
        super::enter(&user, &app, found.epoch, totp_code.as_ref(), &client).await
    };
    let (user, issued) = public.write(start).await??;
    Session::open(public.app(), user, issued, session)
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// Without it, the cookie's.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// How the next one comes: as this one came, if absent. One out of the cookie always goes back into it.
    #[serde(default)]
    pub session: Option<Carrier>,
}

/// The refresh token of a request, and how the next one is to travel.
fn given(body: &OrNothing<Refresh>, cookie: RefreshCookie) -> Result<(String, Carrier)> {
    let Refresh { refresh_token, session } = body.open(Uuid::nil())?;
    match (refresh_token, cookie.token()?) {
        (Some(token), _) => Ok((token, session.unwrap_or_default())),
        (None, Some(token)) => Ok((token, Carrier::Cookie)),
        (None, None) if session == Some(Carrier::Cookie) => {
            Err(Code::Unauthenticated.with("There is no cookie with a session: log in."))
        }
        (None, None) => Err(Error::field("/refresh_token", "required", "is required where no cookie has it")),
    }
}

pub async fn refresh(
    public: Public,
    client: Client,
    cookie: RefreshCookie,
    body: OrNothing<Refresh>,
) -> Result<LoggedIn> {
    let (token, carrier) = given(&body, cookie)?;
    let (app, mac) = (public.app().clone(), public.app().refresh().clone());
    let throttle = Throttle::address(client.address);
    let exchange = async move |tx: &SystemTx| exchange(tx, &mac, &token, &throttle).await;
    // A used token ends its session: that is remembered, so the refusal comes after the commit.
    let (user, issued) = public
        .write(exchange)
        .await?
        .ok_or_else(|| Code::Unauthenticated.with("The refresh token is no longer good: log in again."))?;
    Session::open(&app, user, issued, carrier)
}

/// Used and expired tokens aren't guesses; one that was never given out is.
async fn exchange(
    tx: &SystemTx,
    mac: &Mac,
    token: &str,
    throttle: &Throttle,
) -> Result<Option<(User, Issued)>> {
    let Some((session, generation)) = super::parse(mac, token) else {
        throttle::fail(tx, throttle).await?;
        return Ok(None);
    };
    let Some(issued) = super::refresh(tx, session, generation).await? else {
        return Ok(None);
    };
    let user = accounts::me(&tx.become_user(issued.user, issued.session)).await?;
    Ok(Some((user, issued)))
}

pub async fn logout(
    me: SignedIn<InSession>,
    cookie: RefreshCookie,
    body: NoBody,
) -> Result<WithCookie<NoContent>> {
    let end = async |tx: &UserWrite, ()| store::end(tx).await;
    me.write(body, end).await?;
    Ok(WithCookie { answer: NoContent, cookie: cookie.cleared() })
}

/// One of the two.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Confirmation {
    #[serde(default)]
    pub password: Option<Password>,
    /// The authenticator's code, or a recovery code.
    #[serde(default)]
    pub code: Option<FactorCode>,
}

/// What a session is confirmed with.
enum Proof {
    Password(Guess, Password),
    Code(FactorCode),
}

pub async fn confirm(me: SignedIn<InSession>, client: Client, body: Json<Confirmation>) -> Result<NoContent> {
    let address = client.address;
    let look = async move |tx: &UserTx, given: Confirmation| match (given.password, given.code) {
        (Some(password), None) => {
            let guess = Guess::at(&tx.directory(), &accounts::own_email(tx).await?, address).await?;
            Ok(Proof::Password(guess, password))
        }
        (None, Some(code)) => Ok(Proof::Code(code)),
        _ => Err(Error::field("", "one_of", "must have password or code")),
    };
    match me.read(body, look).await? {
        Proof::Password(guess, password) => confirm_by_password(&me, guess, password).await,
        Proof::Code(code) => {
            let app = me.app().clone();
            let confirm =
                async move |tx: &UserWrite, ()| match factors::check(tx, &app, &code, &client).await? {
                    Ok(()) => store::confirm(tx).await.map(Ok),
                    Err(wrong) => Ok(Err(wrong)),
                };
            me.write((), confirm).await??;
            Ok(NoContent)
        }
    }
}

async fn confirm_by_password(
    me: &SignedIn<InSession>,
    guess: Guess,
    password: Password,
) -> Result<NoContent> {
    let checked = guess.check(me.app(), password).await?;
    let confirm = async move |tx: &UserWrite, ()| match checked.settle(&tx.directory()).await? {
        Ok(_) => store::confirm(tx).await.map(Ok),
        Err(wrong) => Ok(Err(wrong)),
    };
    me.write((), confirm).await??;
    Ok(NoContent)
}

pub async fn list(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<SessionView>> {
    let read = async |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = store::page(tx, paging.before()?, paging.rows()).await?;
        let page = paging.page(found, |session| session.id);
        let items = page.items.into_iter().map(|session| SessionView::new(session, tx)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    me.read(list, read).await
}

pub async fn end(me: SignedIn<InSession>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let id = me.params().get("id");
    let end = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::end(tx, id).await?;
        Ok(dry_run.removal(tx, Counts::one("sessions"), None))
    };
    me.write((query, body), end).await
}

pub async fn end_others(me: SignedIn<InSession>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let end = async |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        accounts::end_changes(tx).await?;
        let others = if dry_run.is_on() { store::count_others(tx).await? } else { 0 };
        store::end_others(tx, tx.session()).await?;
        Ok(dry_run.removal(tx, Counts::default().and("sessions", others), None))
    };
    me.write((query, body), end).await
}

pub async fn jwks(public: Public) -> Result<answer::Ok<Jwks>> {
    Ok(answer::Ok(public.app().tokens().jwks()))
}
