//! The HTTP handler for signing up.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    access::{
        Public, SystemTx,
        security_log::SignInMethod,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        text::{Email, Name, Password},
    },
    effects::mail::Outbox,
    http::{
        answer::{Accepted, Created, WithCookie},
        client::Client,
        describe::{Describe, Operation},
        input::{Input, Json},
        schemas::Schemas,
    },
    identity::{
        accounts::{self, NewUser, lanes::Standing, passwords, rules::Signup},
        login::Login,
        sessions::{self, Session, cookie::Carrier},
    },
    workspace::invitations::Token,
};

/// A request to sign up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SignupRequest")]
pub struct SignUp {
    /// The e-mail address to log in with.
    pub email: Email,
    /// At least 8 characters, and not easily guessed.
    pub password: Password,
    /// The name that other users see.
    pub name: Name,
    /// The token of an invitation. The new user becomes a member of its organization at once. A token that came by mail
    /// also proves the address; one that the API showed to the inviter doesn't.
    #[serde(default)]
    pub invitation_token: Option<Token>,
    /// How the refresh token is sent. In the body if absent.
    #[serde(default)]
    pub session: Carrier,
}

/// The response to a sign-up: a session or, if addresses must be verified, a pending sign-up.
pub enum SignedUp {
    Session(Box<WithCookie<Created<Session>>>),
    Applied(Accepted<Applied>),
}

/// A pending sign-up. A message to the address says how to go on.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SignupPending")]
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
    fn describe(operation: &mut Operation, schemas: &mut Schemas) {
        Created::<Session>::describe(operation, schemas);
        Accepted::<Applied>::describe(operation, schemas);
    }
}

pub async fn signup(
    public: Public,
    client: Client,
    State(login): State<Login>,
    State(outbox): State<Outbox>,
    body: Json<SignUp>,
) -> Result<SignedUp> {
    let signup = login.rules.signup;
    if signup == Signup::Closed {
        return Err(Code::SignupClosed.into());
    }
    let new = body.open(Uuid::nil())?;
    if signup == Signup::Invited && new.invitation_token.is_none() {
        return Err(Code::SignupClosed.into());
    }
    outbox.admit(&new.email)?;
    passwords::judge(&new.password, "/password", &[new.email.as_str(), new.name.as_str()])?;
    let throttle = Throttle::signing_up(client.address);
    public.write(async move |tx: &SystemTx| throttle::fail(tx, &throttle).await).await?;
    let password_hash = login.passwords.hash(new.password, Standing::signing_up(&client)).await?;
    let (token, carrier, rules) = (new.invitation_token, new.session, login.rules);
    let new =
        NewUser { email: new.email, verified: false, name: new.name, password_hash: Some(password_hash) };
    let start = async move |tx: &SystemTx| {
        let Some(user) = super::sign_up(tx, &outbox, rules, &new, token.as_ref()).await? else {
            return Ok(None);
        };
        let epoch = accounts::store::session_epoch(&user).await?;
        let issued = sessions::start(&user, epoch, &client, None, SignInMethod::Signup, &outbox).await?;
        Ok(Some((accounts::me(&user).await?, issued)))
    };
    let Some((user, issued)) = public.write(start).await? else {
        return Ok(SignedUp::Applied(Accepted(Applied { status: "verification_required" })));
    };
    let session = login.issuer.issue(user, issued, carrier)?;
    let created = session.map(|object| Created { location: "/v1/me".into(), object });
    Ok(SignedUp::Session(Box::new(created)))
}
