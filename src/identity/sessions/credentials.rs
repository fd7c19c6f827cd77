//! A session's credentials: an access token, and the refresh token that is exchanged for the next ones.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Issued,
    cookie::{self, Carrier},
    device_token,
};
use crate::{
    access::{Gateway, LIFE},
    base::{error::Result, id::SessionId, secret::Mac, text::Ticket},
    http::answer::{self, Versioned, WithCookie},
    identity::accounts::User,
};

/// A session's credentials, with its account.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Session {
    /// The account of the session.
    pub user: User,
    /// The access token, a JWT. Send it as `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// The number of seconds until the access token expires.
    pub expires_in: u64,
    /// The refresh token. `POST /v1/auth/refresh` exchanges it for new credentials; it can be used once. Absent if the
    /// request has `"session": "cookie"`, which sets it as a cookie instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The device token. Keep it on the device, also after a logout, and send it with the next login: then other people's
    /// failed logins never shut this device out. It gives no access.
    pub device_token: String,
}

impl Versioned for Session {
    fn version(&self) -> i64 {
        self.user.version
    }
}

/// Issues the credentials of sessions. Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    gateway: Gateway,
    refresh: Mac,
    device: Mac,
}

impl Issuer {
    /// Creates an issuer that signs refresh tokens with `refresh` and device tokens with `device`.
    pub const fn new(gateway: Gateway, refresh: Mac, device: Mac) -> Self {
        Self { gateway, refresh, device }
    }

    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Returns the session and the generation of a refresh token. Returns `None` if the token was never issued.
    pub fn parse(&self, token: &str) -> Option<(SessionId, i64)> {
        super::parse(&self.refresh, token)
    }

    /// Returns the session of a device token. Returns `None` if there is no token, or if it was never issued.
    pub fn device(&self, token: Option<&Ticket>) -> Option<SessionId> {
        device_token::parse(&self.device, token?.as_str())
    }

    /// Issues a session's credentials, with the refresh token in the body or in a cookie.
    pub fn issue(&self, user: User, issued: Issued, carrier: Carrier) -> Result<WithCookie<Session>> {
        let refresh_token = super::refresh_token(&self.refresh, issued.session, issued.generation);
        let (refresh_token, cookie) = match carrier {
            Carrier::Body => (Some(refresh_token), None),
            Carrier::Cookie => (None, Some(cookie::set(&refresh_token)?)),
        };
        let access_token =
            self.gateway.tokens().sign(issued.user, issued.session, self.gateway.clock().now())?;
        let device_token = device_token::make(&self.device, issued.session);
        let session = Session {
            user,
            access_token,
            token_type: "Bearer",
            expires_in: LIFE.as_secs(),
            refresh_token,
            device_token,
        };
        Ok(WithCookie { answer: session, cookie })
    }

    /// Returns the 200 response to a login, with the session's credentials.
    pub fn open(&self, user: User, issued: Issued, carrier: Carrier) -> Result<LoggedIn> {
        self.issue(user, issued, carrier).map(|session| session.map(answer::Ok))
    }
}

/// A 200 response with a session's credentials.
pub type LoggedIn = WithCookie<answer::Ok<Session>>;
