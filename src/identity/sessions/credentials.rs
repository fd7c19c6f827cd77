//! What a session is used with: an access token, and a refresh token for the next ones.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Issued,
    cookie::{self, Carrier},
};
use crate::{
    access::{Gateway, LIFE},
    base::{error::Result, id::SessionId, secret::Mac},
    http::answer::{self, Versioned, WithCookie},
    identity::accounts::User,
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

/// Issues the credentials of sessions. Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    gateway: Gateway,
    refresh: Mac,
}

impl Issuer {
    /// `refresh` seals the refresh tokens.
    pub const fn new(gateway: Gateway, refresh: Mac) -> Self {
        Self { gateway, refresh }
    }

    pub const fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The session and the generation of a refresh token, if it was ever given out.
    pub fn parse(&self, token: &str) -> Option<(SessionId, i64)> {
        super::parse(&self.refresh, token)
    }

    /// The credentials, with the refresh token among them or as a cookie.
    pub fn issue(&self, user: User, issued: Issued, carrier: Carrier) -> Result<WithCookie<Session>> {
        let refresh_token = super::refresh_token(&self.refresh, issued.session, issued.generation);
        let (refresh_token, cookie) = match carrier {
            Carrier::Body => (Some(refresh_token), None),
            Carrier::Cookie => (None, Some(cookie::set(&refresh_token)?)),
        };
        let access_token =
            self.gateway.tokens().sign(issued.user, issued.session, self.gateway.clock().now())?;
        let session =
            Session { user, access_token, token_type: "Bearer", expires_in: LIFE.as_secs(), refresh_token };
        Ok(WithCookie { answer: session, cookie })
    }

    /// The answer to a login.
    pub fn open(&self, user: User, issued: Issued, carrier: Carrier) -> Result<LoggedIn> {
        self.issue(user, issued, carrier).map(|session| session.map(answer::Ok))
    }
}

/// 200 with a session.
pub type LoggedIn = WithCookie<answer::Ok<Session>>;
