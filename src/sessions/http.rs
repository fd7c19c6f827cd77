//! Logging in, refreshing, confirming, logging out; where one is logged in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Issued, SessionView, store};
use crate::{
    access::{InSession, Jwks, LIFE, Public, SignedIn, SystemTx, UserTx, UserWrite},
    accounts::{self, User, guess::Guess},
    app::App,
    config::EmailVerification,
    error::{Code, Result},
    http::{
        answer::{self, Counts, NoContent, Removal, Versioned},
        client::Client,
        input::{DryRun, Input, Json, List, NoBody, Query},
    },
    id::{Id, SessionId},
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
    /// Exchange it at `POST /v1/auth/refresh`; each is good once.
    pub refresh_token: String,
}

impl Versioned for Session {
    fn version(&self) -> i64 {
        self.user.version
    }
}

impl Session {
    /// # Errors
    /// When signing fails.
    pub fn new(app: &App, user: User, issued: Issued) -> Result<Self> {
        Ok(Self {
            user,
            access_token: app.tokens().sign(issued.user, issued.session, app.clock().now())?,
            token_type: "Bearer",
            expires_in: LIFE.as_secs(),
            refresh_token: super::refresh_token(app.refresh(), issued.session, issued.generation),
        })
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    pub email: Email,
    pub password: Password,
}

pub async fn login(public: Public, client: Client, body: Json<LogIn>) -> Result<answer::Ok<Session>> {
    let LogIn { email, password } = body.open(Uuid::nil())?;
    let app = public.app().clone();
    let guess = public.read(async move |tx: &SystemTx| Guess::at(tx, &email, client.address).await).await?;
    let checked = guess.check(&app, password).await?;
    let required = app.config().email_verification == EmailVerification::Required;
    let start = async move |tx: &SystemTx| {
        let found = match checked.settle(tx).await? {
            Ok(found) => found,
            Err(wrong) => return Ok(Err(wrong)),
        };
        if required && found.email_verified_at.is_none() {
            return Err(Code::EmailUnverified.into());
        }
        let user = tx.become_user(found.user, tx.id());
        checked.renew_hash(&user).await?;
        let issued = super::start(&user, found.epoch, &client).await?;
        Ok(Ok((accounts::me(&user).await?, issued)))
    };
    let (user, issued) = public.write(start).await??;
    Session::new(&app, user, issued).map(answer::Ok)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub refresh_token: String,
}

pub async fn refresh(public: Public, client: Client, body: Json<Refresh>) -> Result<answer::Ok<Session>> {
    let given = body.open(Uuid::nil())?;
    let (app, mac) = (public.app().clone(), public.app().refresh().clone());
    let throttle = Throttle::address(client.address);
    let exchange = async move |tx: &SystemTx| exchange(tx, &mac, &given.refresh_token, &throttle).await;
    // A used token ends its session: that is remembered, so the refusal comes after the commit.
    let (user, issued) = public
        .write(exchange)
        .await?
        .ok_or_else(|| Code::Unauthenticated.with("The refresh token is no longer good: log in again."))?;
    Session::new(&app, user, issued).map(answer::Ok)
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

pub async fn logout(me: SignedIn<InSession>, body: NoBody) -> Result<NoContent> {
    let end = async |tx: &UserWrite, ()| store::end(&tx.directory(), tx.session()).await;
    me.write(body, end).await?;
    Ok(NoContent)
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    pub password: Password,
}

pub async fn confirm(me: SignedIn<InSession>, client: Client, body: Json<Confirmation>) -> Result<NoContent> {
    let look = async move |tx: &UserTx, given: Confirmation| {
        Ok((Guess::at(&tx.directory(), &accounts::own_email(tx).await?, client.address).await?, given))
    };
    let (guess, given) = me.read(body, look).await?;
    let checked = guess.check(me.app(), given.password).await?;
    let confirm = async move |tx: &UserWrite, ()| match checked.settle(&tx.directory()).await? {
        Ok(_) => store::confirm(tx).await.map(Ok),
        Err(wrong) => Ok(Err(wrong)),
    };
    me.write((), confirm).await??;
    Ok(NoContent)
}

pub async fn list(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<SessionView>> {
    let read = async |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let before: Option<SessionId> = paging.after()?;
        let found = store::page(tx, before.unwrap_or(Id::new(Uuid::max())), paging.rows()).await?;
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
