//! The claims of an ID token (OpenID Connect Core 1.0, sections 2 and 3.1.3.7). Of a token and of a `UserInfo` response only
//! those that are used are read, and of these numbers and booleans also as text.

use serde_json::Value;

use super::{
    answer::{Problem, plain, text, unusable},
    settings::{EmailVerified, Settings},
};
use crate::base::{
    clock::Time,
    text::{Email, Name},
};

/// The maximum length of a subject identifier, in bytes (OpenID Connect Core 1.0, section 2: 255 ASCII characters).
const SUBJECT_MOST: usize = 255;
/// How far a provider's clock may be off, in seconds.
const SKEW: i64 = 60;

/// A provider's claims about a user.
#[derive(Debug, Clone)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    /// The address that the provider claims; `None` if the claim is missing or isn't a valid address.
    pub email: Option<Email>,
    /// Whether the provider vouches for the address; `None` if it doesn't say.
    said_verified: Option<bool>,
    pub email_verified: bool,
    pub name: Option<Name>,
}

/// What the claims of an ID token must agree with.
pub struct Expected<'a> {
    pub settings: &'a Settings,
    pub issuer: &'a str,
    pub nonce: &'a str,
    pub now: Time,
}

impl Claims {
    /// Checks the claims of an ID token whose signature is good, and reads those about the user.
    ///
    /// # Errors
    /// The claim that is missing or wrong.
    pub fn of(token: &Value, expected: &Expected<'_>) -> Result<Self, Problem> {
        let &Expected { settings, issuer, nonce, now } = expected;
        let required = |field| text(token, field).ok_or_else(|| unusable(field, "is missing"));
        let given = required("iss")?;
        // Google's tokens may leave out the scheme.
        if given != issuer && Some(given.as_str()) != issuer.strip_prefix("https://") {
            return Err(unusable("iss", format!("is {given}, not {issuer}")));
        }
        check_audience(token, settings)?;
        let expires = seconds(token, "exp")?.ok_or_else(|| unusable("exp", "is missing"))?;
        if expires + SKEW <= now.seconds() {
            return Err(unusable("exp", "is in the past: is this server's clock right?"));
        }
        if seconds(token, "iat")?.is_some_and(|issued| issued > now.seconds() + SKEW) {
            return Err(unusable("iat", "is in the future: is this server's clock right?"));
        }
        if required("nonce")? != nonce {
            return Err(unusable("nonce", "is that of another sign-in"));
        }
        let subject = required("sub")?;
        if subject.is_empty() || subject.len() > SUBJECT_MOST || subject.chars().any(char::is_control) {
            return Err(unusable("sub", "isn't 1 to 255 bytes without control characters"));
        }
        Ok(Self::about(token, issuer, subject, settings))
    }

    fn about(said: &Value, issuer: &str, subject: String, settings: &Settings) -> Self {
        let verified =
            text(said, "email_verified").map(|text| matches!(text.to_lowercase().as_str(), "true" | "1"));
        let assumed = settings.email_verified == Some(EmailVerified::Assume);
        Self {
            issuer: issuer.to_owned(),
            subject,
            email: text(said, "email").and_then(|email| email.parse().ok()),
            said_verified: verified,
            email_verified: verified.unwrap_or(assumed),
            name: text(said, "name").and_then(|name| name.parse().ok()),
        }
    }

    /// Returns whether something is missing that the `UserInfo` endpoint may know.
    pub fn is_incomplete(&self) -> bool {
        self.email.is_none() || (self.said_verified.is_none() && !self.email_verified)
    }

    /// Takes the address and, if it is missing, the name from a `UserInfo` response.
    ///
    /// # Errors
    /// The response must be about the same user.
    pub fn complete(&mut self, said: &Value, settings: &Settings) -> Result<(), Problem> {
        if text(said, "sub").as_ref() != Some(&self.subject) {
            return Err(unusable("sub", "isn't the same in the ID token and at the userinfo endpoint"));
        }
        let other = Self::about(said, &self.issuer, self.subject.clone(), settings);
        if other.email.is_some() {
            (self.email, self.said_verified, self.email_verified) =
                (other.email, other.said_verified, other.email_verified);
        }
        self.name = self.name.take().or(other.name);
        Ok(())
    }
}

/// Checks that the token is for this client (OpenID Connect Core 1.0, section 3.1.3.7, steps 3 to 5). Others that it is
/// for too must be trusted, or it must say that this client is the one that it was issued to.
fn check_audience(token: &Value, settings: &Settings) -> Result<(), Problem> {
    let own = |client: &str| client == settings.client_id;
    let trusted =
        |client: &str| own(client) || settings.trusted_audiences.iter().any(|other| other == client);
    let audiences = match token.get("aud") {
        Some(Value::Array(all)) => all.iter().filter_map(plain).collect(),
        Some(one) => Vec::from_iter(plain(one)),
        None => Vec::new(),
    };
    if !audiences.iter().any(|client| own(client)) {
        return Err(unusable("aud", format!("doesn't name the client {}", settings.client_id)));
    }
    match text(token, "azp") {
        Some(party) if own(&party) => Ok(()),
        Some(party) if !trusted(&party) => {
            Err(unusable("azp", format!("is {party}, which isn't among the trusted_audiences")))
        }
        _ => match audiences.iter().find(|client| !trusted(client)) {
            Some(other) => {
                Err(unusable("aud", format!("names {other}, which isn't among the trusted_audiences")))
            }
            None => Ok(()),
        },
    }
}

/// Returns a time in seconds since 1970, without its fraction.
fn seconds(token: &Value, field: &'static str) -> Result<Option<i64>, Problem> {
    let Some(text) = text(token, field) else { return Ok(None) };
    let whole = text.split(['.', 'e', 'E']).next().unwrap_or_default();
    let is_whole = !text.contains(['e', 'E']);
    match whole.parse() {
        Ok(seconds) if is_whole => Ok(Some(seconds)),
        _ => Err(unusable(field, format!("is {text}, not a number of seconds"))),
    }
}
