//! The configured providers.

use std::{str::FromStr, sync::Arc};

use serde::Deserialize;
use strum::IntoStaticStr;

use super::OpenId;
use crate::base::{
    error::{Code, Result},
    text::Slug,
};

/// The configuration of a provider.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The provider's name in URLs.
    pub id: String,
    /// The provider's name on buttons.
    pub name: String,
    /// The issuer's URL: `https`, or `http` on the local host.
    pub issuer: String,
    pub client_id: String,
    #[serde(default)]
    pub client_secret: Option<String>,
    /// How the client authenticates at the token endpoint, if not as the provider's metadata says.
    #[serde(default)]
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// The scopes to request besides `openid`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// Other clients that an ID token for this one may name as its audience too.
    #[serde(default)]
    pub trusted_audiences: Vec<String>,
    /// What to take an address for if the provider doesn't say whether it is verified; unverified by default.
    #[serde(default)]
    pub email_verified: Option<EmailVerified>,
    /// How the provider hands the code to the front end's page, if not in the query.
    #[serde(default)]
    pub response_mode: Option<ResponseMode>,
}

/// How a client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum AuthMethod {
    ClientSecretBasic,
    ClientSecretPost,
    /// By its name only: a public client.
    None,
}

/// What an address is taken for if the provider doesn't say whether it is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailVerified {
    /// Verified: the provider has no addresses that it hasn't verified.
    Assume,
}

/// How a provider hands the code to the front end's page (OAuth 2.0 Multiple Response Types, section 2.1; Form Post
/// Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum ResponseMode {
    Query,
    FormPost,
}

fn default_scopes() -> Vec<String> {
    vec!["email".into(), "profile".into()]
}

impl Settings {
    fn check(&self) -> Result<(), String> {
        let issuer = url::Url::parse(&self.issuer).map_err(|error| format!("issuer: {error}"))?;
        if !is_private(&issuer) || issuer.query().is_some() || issuer.fragment().is_some() {
            return Err("issuer: must be an https URL without a query".into());
        }
        self.id.parse::<Slug>().map_err(|flaw| format!("id: {}", flaw.message))?;
        if self.name.trim().is_empty() || self.client_id.is_empty() {
            return Err("name and client_id must not be empty".into());
        }
        if self.client_secret.as_ref().is_some_and(String::is_empty) {
            return Err("client_secret: leave it out for a public client".into());
        }
        match (self.token_endpoint_auth_method, &self.client_secret) {
            (Some(AuthMethod::None), Some(_)) => {
                Err("token_endpoint_auth_method: none goes without client_secret".into())
            }
            (Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost), None) => {
                Err("token_endpoint_auth_method: needs client_secret".into())
            }
            _ => Ok(()),
        }
    }

    /// Returns whether this is the configured issuer, with or without a slash at the end.
    pub(super) fn is_issuer(&self, issuer: &str) -> bool {
        self.issuer.trim_end_matches('/') == issuer.trim_end_matches('/')
    }
}

/// Returns whether nobody listens in on requests to a URL: it is `https`, or `http` on the local host.
pub(super) fn is_private(url: &url::Url) -> bool {
    let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && local)
}

/// The configured providers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Providers(Arc<[OpenId]>);

impl FromStr for Providers {
    type Err = String;

    /// Parses a JSON array of provider settings, or reads it from the file with this name. An empty text means no providers.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let read = |file: &str| std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"));
        let json = match text {
            "" => "[]".to_owned(),
            json if json.starts_with('[') => json.to_owned(),
            file => read(file)?,
        };
        let all: Vec<Settings> = serde_json::from_str(&json).map_err(|error| error.to_string())?;
        for (at, one) in all.iter().enumerate() {
            one.check().map_err(|why| format!("provider {}: {why}", one.id))?;
            if all.iter().take(at).any(|other| other.id == one.id) {
                return Err(format!("two providers are called {}", one.id));
            }
        }
        all.into_iter().map(OpenId::new).collect::<Result<Vec<_>, _>>().map(|all| Self(all.into()))
    }
}

impl Providers {
    pub fn iter(&self) -> impl Iterator<Item = &OpenId> {
        self.0.iter()
    }

    /// Returns the provider with this name in URLs.
    ///
    /// # Errors
    /// 404 if none has it.
    pub fn get(&self, id: &str) -> Result<&OpenId> {
        self.iter().find(|one| one.settings.id == id).ok_or_else(|| Code::NotFound.into())
    }

    pub(super) fn of_issuer(&self, issuer: &str) -> Option<&Settings> {
        self.iter().map(|one| &one.settings).find(|settings| settings.is_issuer(issuer))
    }
}
