//! Signing up, proving an address, choosing a new password; one's own account.

use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    NewUser, User,
    guess::Guess,
    links::{self, Kind},
    passwords,
};
use crate::{
    access::{Confirmed, InSession, Public, SignedIn, SystemTx, UserTx, UserWrite},
    config::{EmailVerification, Signup},
    error::{Code, Result},
    http::{
        answer::{Accepted, Created, NoContent, Removal, Tagged, WithCookie},
        client::Client,
        describe::{Describe, Operation},
        input::{DryRun, Input, Json, NoBody, Query},
    },
    id::Id,
    invitations::{self, Token},
    json::Set,
    mail,
    sessions::{self, cookie::Carrier, http::Session},
    text::{Email, MailToken, Name, Password, TimeZone},
    throttle::{self, Throttle},
};

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    pub email: Email,
    /// At least 8 characters, and not easily guessed.
    pub password: Password,
    pub name: Name,
    /// From an invitation: joins its organization at once, and proves the address.
    #[serde(default)]
    pub invitation_token: Option<Token>,
    #[serde(default)]
    pub session: Carrier,
}

/// A session, or, where addresses have to be verified, the promise of a mail.
pub enum SignedUp {
    Session(Box<WithCookie<Created<Session>>>),
    Applied(Accepted<Applied>),
}

/// What comes next is in a mail to the address.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Applied {
    /// Always `verification_required`.
    pub status: &'static str,
}

impl IntoResponse for SignedUp {
    fn into_response(self) -> Response {
        match self {
            Self::Session(session) => session.into_response(),
            Self::Applied(applied) => applied.into_response(),
        }
    }
}

impl Describe for SignedUp {
    fn describe(operation: &mut Operation, generator: &mut SchemaGenerator) {
        Created::<Session>::describe(operation, generator);
        Accepted::<Applied>::describe(operation, generator);
    }
}

pub async fn signup(public: Public, client: Client, body: Json<SignUp>) -> Result<SignedUp> {
    let app = public.app().clone();
    let signup = app.config().signup;
    if signup == Signup::Closed {
        return Err(Code::SignupClosed.into());
    }
    let new = body.open(Uuid::nil())?;
    if signup == Signup::Invited && new.invitation_token.is_none() {
        return Err(Code::SignupClosed.into());
    }
    passwords::judge(&new.password, "/password", &[new.email.as_str(), new.name.as_str()])?;
    let password_hash = app.passwords().hash(new.password).await?;
    let (verified, token, carrier) = (new.invitation_token.is_some(), new.invitation_token, new.session);
    let new = NewUser { email: new.email, verified, name: new.name, password_hash: Some(password_hash) };
    let outbox = app.outbox().clone();
    if !verified && app.config().email_verification == EmailVerification::Required {
        public.write(async move |tx: &SystemTx| super::apply(tx, &outbox, &new).await).await?;
        return Ok(SignedUp::Applied(Accepted(Applied { status: "verification_required" })));
    }
    let guesser = client.clone();
    let create = async move |tx: &SystemTx| {
        if let Some(token) = &token {
            // Before the address is looked up: who holds no token for it isn't told whether it has an account.
            invitations::check_newcomer(tx, token, &new.email).await?;
        }
        let user = super::create(tx, &new).await?;
        let issued = sessions::start(&user, 1, &client).await?;
        match &token {
            Some(token) => invitations::accept_as_newcomer(&user, token, &new.email).await?,
            None => links::verification(&user, &outbox, &new.name, &new.email, None).await?,
        }
        Ok((super::me(&user).await?, issued))
    };
    let (user, issued) = throttle::unless_guessed(&app, &guesser, public.write(create).await).await?;
    let session = Session::new(&app, user, issued, carrier)?;
    let created = session.map(|object| Created { location: "/v1/me".into(), object });
    Ok(SignedUp::Session(Box::new(created)))
}

/// A secret out of a mail.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByLink {
    pub token: MailToken,
}

pub async fn verify_email(public: Public, client: Client, body: Json<ByLink>) -> Result<NoContent> {
    let given = body.open(Uuid::nil())?;
    let (outbox, throttle) = (public.app().outbox().clone(), Throttle::address(client.address));
    let verify = async move |tx: &SystemTx| {
        let redeemed = links::redeem(tx, &given.token, [Kind::Verify, Kind::Change], &throttle).await?;
        match redeemed {
            Ok(link) => links::prove_address(tx, &outbox, link).await.map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    };
    public.write(verify).await??;
    Ok(NoContent)
}

/// An address, whether or not it has an account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByEmail {
    pub email: Email,
}

/// Asks for a mail. Who has been sent too many gets none, and isn't told.
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

/// What comes next is in a mail, if the address has an account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Asked {
    /// Always `mail_sent_if_known`.
    pub status: &'static str,
}

pub async fn forgot_password(public: Public, body: Json<ByEmail>) -> Result<Accepted<Asked>> {
    ask(&public, body.open(Uuid::nil())?.email, mail::Request::Reset).await?;
    Ok(Accepted(Asked { status: "mail_sent_if_known" }))
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    pub token: MailToken,
    /// At least 8 characters, and not easily guessed.
    pub password: Password,
}

pub async fn reset_password(public: Public, client: Client, body: Json<Reset>) -> Result<NoContent> {
    const RESET: [Kind; 2] = [Kind::Reset; 2];
    let Reset { token, password } = body.open(Uuid::nil())?;
    let (app, throttle) = (public.app().clone(), Throttle::address(client.address));
    // A guess costs no hashing.
    let looked = token.clone();
    let found = public.read(async move |tx: &SystemTx| links::look(tx, &looked, RESET).await).await?;
    passwords::judge(&password, "/password", &[found.as_deref().unwrap_or_default()])?;
    let good = found.is_ok();
    let hash = if good { app.passwords().hash(password).await? } else { String::new() };
    let outbox = app.outbox().clone();
    let reset = async move |tx: &SystemTx| {
        let link = match links::redeem(tx, &token, RESET, &throttle).await? {
            Ok(link) if good => link,
            Ok(_) => return Err(Code::LinkGone.into()),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let user = tx.become_user(link.user, Id::NIL);
        super::evict(&user).await?;
        super::set_password(&user, &outbox, &hash).await?;
        // Those too of others who signed up with the address.
        super::store::end_all_links(&user).await?;
        // The mail has reached its address.
        super::store::verify_email(&user).await?;
        throttle::forgive(tx, link.user, &link.email).await.map(Ok)
    };
    public.write(reset).await??;
    Ok(NoContent)
}

pub async fn get(me: SignedIn) -> Result<Tagged<User>> {
    me.read((), async |tx: &UserTx, ()| super::me(tx).await).await.map(Tagged)
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
        let (name, zone) = (patch.name.or(user.name.clone()), patch.time_zone.or(user.time_zone.clone()));
        super::update(tx, user, name, zone).await
    };
    me.write(body, change).await.map(Tagged)
}

pub async fn delete(me: SignedIn<Confirmed>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let expected = me.expected();
    let delete = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        let user = super::lock_me(tx).await?;
        expected(user.version)?;
        let counts = super::delete(tx, &user).await?;
        Ok(dry_run.removal(tx, counts, None))
    };
    me.write((query, body), delete).await
}

pub async fn change_email(me: SignedIn<Confirmed>, body: Json<ByEmail>) -> Result<Accepted<Asked>> {
    let outbox = me.app().outbox().clone();
    let change = async move |tx: &UserWrite, given: ByEmail| links::change(tx, &outbox, &given.email).await;
    me.write(body, change).await?;
    Ok(Accepted(Asked { status: "mail_sent_if_known" }))
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    pub current_password: Password,
    /// At least 8 characters, and not easily guessed.
    pub new_password: Password,
}

pub async fn change_password(
    me: SignedIn<InSession>,
    client: Client,
    body: Json<PasswordChange>,
) -> Result<NoContent> {
    let look = async move |tx: &UserTx, given: PasswordChange| {
        let user = super::me(tx).await?;
        passwords::judge(&given.new_password, "/new_password", &[&user.email, user.name.as_str()])?;
        let guess = Guess::at(&tx.directory(), &super::own_email(tx).await?, client.address).await?;
        Ok((guess, given))
    };
    let (guess, given) = me.read(body, look).await?;
    let checked = guess.check(me.app(), given.current_password).await?;
    let hash =
        if checked.is_right() { me.app().passwords().hash(given.new_password).await? } else { String::new() };
    let outbox = me.app().outbox().clone();
    let change = async move |tx: &UserWrite, ()| match checked.settle(&tx.directory()).await? {
        Ok(found) => {
            super::lock_me(tx).await?;
            if super::store::epoch(tx).await? != found.epoch {
                return Err(Code::InvalidCredentials.into());
            }
            super::set_password(tx, &outbox, &hash).await.map(Ok)
        }
        Err(wrong) => Ok(Err(wrong)),
    };
    me.write((), change).await??;
    Ok(NoContent)
}
