//! The refresh token as a cookie that scripts can't read, for apps in browsers.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Deserialize;

use super::IDLE;
use crate::{
    app::App,
    config::Config,
    error::{Code, Error, Result},
    http::describe::{Describe, Operation},
};

/// The prefix has browsers take it over TLS only, for this host only (RFC 6265bis, section 4.1.3.2).
const NAME: &str = "__Host-guildhall";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// How the refresh token travels: in answers and bodies, or as a cookie that no script reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SessionCarrier")]
pub enum Carrier {
    #[default]
    Body,
    Cookie,
}

/// Sets the cookie.
///
/// # Errors
/// When the token can't stand in a header.
pub fn set(refresh_token: &str) -> Result<HeaderValue> {
    let text = format!("{NAME}={refresh_token}; {ATTRIBUTES}; Max-Age={}", IDLE.as_secs());
    HeaderValue::from_str(&text).map_err(Error::internal)
}

/// What a browser sent along.
pub struct RefreshCookie {
    token: Option<String>,
    allowed: bool,
}

impl RefreshCookie {
    /// The refresh token, if there is one.
    ///
    /// # Errors
    /// 403 where the page that had the browser send it may not call.
    pub fn token(self) -> Result<Option<String>> {
        match self.token {
            Some(_) if !self.allowed => Err(Code::OriginNotAllowed.into()),
            token => Ok(token),
        }
    }

    /// Has the browser forget it.
    #[must_use]
    pub fn cleared(&self) -> Option<HeaderValue> {
        let text = format!("{NAME}=; {ATTRIBUTES}; Max-Age=0");
        self.token.as_ref().and_then(|_| HeaderValue::from_str(&text).ok())
    }
}

/// Whether the page that made a browser send this may call: one of the server's own origin or of a listed one. `SameSite`
/// keeps other sites' pages from sending the cookie; this, other origins of the same site. What is no browser sends
/// neither header.
fn may_call(headers: &HeaderMap, config: &Config) -> bool {
    match headers.get(header::ORIGIN) {
        Some(origin) => config.is_own_origin(origin) || config.cors_origins.allow(origin),
        None => headers
            .get("sec-fetch-site")
            .is_none_or(|site| matches!(site.as_bytes(), b"none" | b"same-origin")),
    }
}

impl FromRequestParts<App> for RefreshCookie {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let lines = parts.headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let token = pairs.find(|(name, value)| *name == NAME && !value.is_empty());
        Ok(Self {
            token: token.map(|(_, value)| value.to_owned()),
            allowed: may_call(&parts.headers, app.config()),
        })
    }
}

impl Describe for RefreshCookie {
    fn describe(operation: &mut Operation, _: &mut SchemaGenerator) {
        operation.refuses(&[Code::OriginNotAllowed]);
    }
}
