//! The cookie that carries the refresh token, for apps in browsers. Scripts can't read it.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, header, request::Parts},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    access::SESSION_IDLE,
    base::error::{Code, Error, Result},
    http::{
        cors::Cors,
        describe::{Describe, Operation},
        schemas::Schemas,
    },
};

/// The cookie's name. Because of its prefix, browsers accept it only over TLS and only for this host (RFC 6265bis,
/// section 4.1.3.2).
const NAME: &str = "__Host-guildhall";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// How the refresh token is sent: `body` (the default) in the JSON of requests and responses, `cookie` in a cookie that
/// scripts can't read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SessionCarrier")]
pub enum Carrier {
    #[default]
    Body,
    Cookie,
}

/// Returns the `Set-Cookie` header that stores a refresh token.
pub fn set(refresh_token: &str) -> Result<HeaderValue> {
    let text = format!("{NAME}={refresh_token}; {ATTRIBUTES}; Max-Age={}", SESSION_IDLE.as_secs());
    HeaderValue::from_str(&text).map_err(Error::internal)
}

/// The refresh token from a request's cookie, and whether the page that sent it may call this server.
pub struct RefreshCookie {
    token: Option<String>,
    allowed: bool,
}

impl RefreshCookie {
    /// Returns the refresh token, if the request has one.
    ///
    /// # Errors
    /// 403 if the page that sent it may not call this server.
    pub fn token(self) -> Result<Option<String>> {
        match self.token {
            Some(_) if !self.allowed => Err(Code::OriginNotAllowed.into()),
            token => Ok(token),
        }
    }

    /// Returns the `Set-Cookie` header that deletes the cookie, if the request has one.
    pub fn cleared(&self) -> Option<HeaderValue> {
        let text = format!("{NAME}=; {ATTRIBUTES}; Max-Age=0");
        self.token.as_ref().and_then(|_| HeaderValue::from_str(&text).ok())
    }
}

impl<S: Sync> FromRequestParts<S> for RefreshCookie
where
    Cors: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let token = pairs.find(|(name, value)| *name == NAME && !value.is_empty());
        Ok(Self {
            token: token.map(|(_, value)| value.to_owned()),
            allowed: Cors::from_ref(state).may_call(&parts.headers),
        })
    }
}

impl Describe for RefreshCookie {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.refuses(&[Code::OriginNotAllowed]);
    }
}
