//! Signing up, logging in, refreshing, logging out; one's own account.

use axum::http::{HeaderMap, header};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    NewUser, User,
    passwords::{self, Verdict},
    sessions::{self, Issued},
    store,
};
use crate::{
    access::{Jwks, LIFE, Public, SignedIn, SystemTx, UserTx, UserWrite},
    app::App,
    config::Signup,
    error::{Code, Result},
    http::{
        answer::{self, Created, NoContent, Tagged, Versioned},
        input::{Input, Json, NoBody},
    },
    invitations::{self, Token},
    json::Set,
    text::{Email, Name, Password, TimeZone},
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

fn session(app: &App, user: User, issued: Issued) -> Result<Session> {
    Ok(Session {
        user,
        access_token: app
            .tokens()
            .sign(issued.user, issued.session, app.clock().now())?,
        token_type: "Bearer",
        expires_in: LIFE.as_secs(),
        refresh_token: sessions::refresh_token(app.refresh(), issued.session, issued.generation),
    })
}

/// What the session list calls the device.
fn device(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(200).collect())
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub email: Email,
    /// At least 8 characters, and not easily guessed.
    pub password: Password,
    pub name: Name,
    /// From an invitation: joins its organization at once.
    #[serde(default)]
    pub invitation_token: Option<Token>,
}

pub async fn signup(public: Public, headers: HeaderMap, body: Json<SignUp>) -> Result<Created<Session>> {
    let app = public.app().clone();
    let signup = app.config().signup;
    if signup == Signup::Closed {
        return Err(Code::SignupClosed.into());
    }
    let new = body.open(Uuid::nil())?;
    if signup == Signup::Invited && new.invitation_token.is_none() {
        return Err(Code::SignupClosed.into());
    }
    passwords::judge(
        &new.password,
        "/password",
        &[new.email.as_str(), new.name.as_str()],
    )?;
    let password_hash = app.passwords().hash(new.password).await?;
    let (verified, token) = (new.invitation_token.is_some(), new.invitation_token);
    let (new, device) = (
        NewUser {
            email: new.email,
            verified,
            name: new.name,
            password_hash,
        },
        device(&headers),
    );
    let create = async move |tx: &SystemTx| {
        let user = super::create(tx, &new).await?;
        let issued = sessions::start(&user, device.as_deref()).await?;
        if let Some(token) = &token {
            invitations::accept_as_newcomer(&user, token, &new.email).await?;
        }
        Ok((super::me(&user).await?, issued))
    };
    let (user, issued) = public.write(create).await?;
    Ok(Created {
        location: "/v1/me".into(),
        object: session(&app, user, issued)?,
    })
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    pub email: Email,
    pub password: Password,
}

pub async fn login(public: Public, headers: HeaderMap, body: Json<LogIn>) -> Result<answer::Ok<Session>> {
    let given = body.open(Uuid::nil())?;
    let app = public.app().clone();
    let email = given.email;
    let found = public
        .read(async move |tx: &SystemTx| store::credential(tx, &email).await)
        .await?;
    let hash = found.as_ref().and_then(|found| found.password_hash.clone());
    // As long for an unknown address as for a known one.
    let verdict = app
        .passwords()
        .verify(given.password.clone(), hash.clone())
        .await?;
    let known = found.filter(|found| found.disabled_at.is_none() && verdict != Verdict::Wrong);
    let user = known.ok_or(Code::InvalidCredentials)?.user;
    let rehashed: Option<(String, String)> = match (verdict, hash) {
        (Verdict::Outdated, Some(old)) => Some((old, app.passwords().hash(given.password).await?)),
        _ => None,
    };
    let device = device(&headers);
    let start = async move |tx: &SystemTx| {
        let user = tx.become_user(user, tx.id());
        if let Some((old, new)) = &rehashed {
            store::rehash(&user, old, new).await?;
        }
        let issued = sessions::start(&user, device.as_deref()).await?;
        Ok((super::me(&user).await?, issued))
    };
    let (user, issued) = public.write(start).await?;
    session(&app, user, issued).map(answer::Ok)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    pub refresh_token: String,
}

pub async fn refresh(public: Public, body: Json<Refresh>) -> Result<answer::Ok<Session>> {
    let given = body.open(Uuid::nil())?;
    let (app, mac) = (public.app().clone(), public.app().refresh().clone());
    let exchange = async move |tx: &SystemTx| {
        let Some(issued) = sessions::refresh(tx, &mac, &given.refresh_token).await? else {
            return Ok(None);
        };
        let user = super::me(&tx.become_user(issued.user, issued.session)).await?;
        Ok(Some((user, issued)))
    };
    // A used token ends its session: that is remembered, so the refusal comes after the commit.
    let (user, issued) = public
        .write(exchange)
        .await?
        .ok_or_else(|| Code::Unauthenticated.with("The refresh token is no longer good: log in again."))?;
    session(&app, user, issued).map(answer::Ok)
}

pub async fn logout(me: SignedIn, body: NoBody) -> Result<NoContent> {
    me.write(body, async |tx: &UserWrite, ()| sessions::end(tx).await)
        .await?;
    Ok(NoContent)
}

pub async fn get(me: SignedIn) -> Result<Tagged<User>> {
    me.read((), async |tx: &UserTx, ()| super::me(tx).await)
        .await
        .map(Tagged)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    #[serde(default)]
    pub name: Set<Name>,
    #[serde(default)]
    pub time_zone: Set<TimeZone>,
}

pub async fn update(me: SignedIn, body: Json<UserPatch>) -> Result<Tagged<User>> {
    let expected = me.expected();
    let change = async move |tx: &UserWrite, patch: UserPatch| {
        let user = super::lock_me(tx).await?;
        expected(user.version)?;
        let (name, zone) = (
            patch.name.or(user.name.clone()),
            patch.time_zone.or(user.time_zone.clone()),
        );
        super::update(tx, user, name, zone).await
    };
    me.write(body, change).await.map(Tagged)
}

pub async fn jwks(public: Public) -> Result<answer::Ok<Jwks>> {
    Ok(answer::Ok(public.app().tokens().jwks()))
}
