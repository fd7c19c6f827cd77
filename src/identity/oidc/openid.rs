//! The client of one OpenID provider: the authorization code flow (OpenID Connect Core 1.0) with PKCE (RFC 7636).

use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use reqwest::{RequestBuilder, header};
use serde_json::Value;
use tokio::sync::Mutex;
use url::{Url, form_urlencoded};

use super::{
    answer::{Http, Problem, ask, object, text, unusable},
    claims::{Claims, Expected},
    metadata::{self, Metadata},
    settings::{AuthMethod, Settings},
};
use crate::base::{
    clock::Time,
    error::{Code, Error, Result},
    secret,
};

/// How long a provider's metadata and keys are taken for current.
const FRESH: Duration = Duration::from_mins(10);
/// How long they are used while newer ones can't be had.
const STALE: Duration = Duration::from_hours(24);
/// The least time between two requests for metadata.
const PAUSE: Duration = Duration::from_secs(15);

/// The client of one provider, with its cached metadata.
pub struct OpenId {
    pub settings: Settings,
    http: Http,
    cache: Mutex<Cache>,
}

/// The metadata that was got last, and the last failure to get newer, each with the time of the request.
#[derive(Default)]
struct Cache {
    known: Option<(Time, Arc<Metadata>)>,
    failed: Option<(Time, Problem)>,
}

impl Cache {
    /// Returns the metadata if it was got less than this time ago.
    fn within(&self, age: Duration, now: Time) -> Option<Arc<Metadata>> {
        self.known.as_ref().filter(|(at, _)| now < *at + age).map(|(_, metadata)| metadata.clone())
    }
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenId({})", self.settings.id)
    }
}

/// What an authorization request has that only this server may know.
pub struct Secrets {
    pub nonce: String,
    /// The PKCE verifier.
    pub verifier: String,
}

impl OpenId {
    pub fn new(settings: Settings) -> Result<Self, String> {
        Ok(Self { settings, http: Http::new()?, cache: Mutex::default() })
    }

    /// Requests the provider's metadata and keys.
    ///
    /// # Errors
    /// The reason why the provider can't be used.
    pub async fn discover(&self) -> Result<Metadata, Problem> {
        let issuer = self.settings.issuer.trim_end_matches('/');
        let url = Url::parse(&format!("{issuer}/.well-known/openid-configuration"));
        let url = url.map_err(|error| unusable("issuer", error.to_string()))?;
        let document = object("issuer", ask("issuer", self.http.get(url)).await?)?;
        let metadata = Metadata::of(&document, &self.settings)?;
        let keys = ask("jwks_uri", self.http.get(metadata.jwks_uri.clone())).await?;
        let keys = metadata::keys(&object("jwks_uri", keys)?);
        if keys.is_empty() {
            return Err(unusable("jwks_uri", "has no key that can be used"));
        }
        Ok(Metadata { keys, ..metadata })
    }

    /// Returns the provider's metadata, cached for [`FRESH`]. With `anew`, requests it again even if it is cached, but not
    /// within [`PAUSE`] of the last request. If newer metadata can't be had, returns what is known, for [`STALE`].
    async fn metadata(&self, now: Time, anew: bool) -> Result<Arc<Metadata>, Problem> {
        let mut cache = self.cache.lock().await;
        if let Some(known) = cache.within(if anew { PAUSE } else { FRESH }, now) {
            return Ok(known);
        }
        let lately = cache.failed.as_ref().filter(|(at, _)| now < *at + PAUSE);
        let problem = match lately {
            Some((_, problem)) => problem.clone(),
            None => match self.discover().await {
                Ok(metadata) => {
                    let metadata = Arc::new(metadata);
                    *cache = Cache { known: Some((now, metadata.clone())), failed: None };
                    return Ok(metadata);
                }
                Err(problem) => {
                    let why = short(&problem);
                    tracing::warn!(
                        provider = self.settings.id,
                        why,
                        "failed to renew the identity provider's metadata"
                    );
                    cache.failed = Some((now, problem.clone()));
                    problem
                }
            },
        };
        cache.within(STALE, now).ok_or(problem)
    }

    /// Logs a problem, and returns the error that clients see.
    fn told(&self, problem: &Problem) -> Error {
        let (provider, why) = (&self.settings.id, short(problem));
        match problem {
            Problem::Away(_) => {
                tracing::warn!(provider, why, "failed to reach the identity provider");
                Code::ProviderUnavailable.into()
            }
            Problem::InvalidCode => {
                tracing::info!(provider, why, "refused a sign-in through the identity provider");
                Code::InvalidCode.with("The provider doesn't accept the code: begin again.")
            }
            Problem::Unusable(field, _) => {
                tracing::warn!(provider, field, why, "failed to use the identity provider's answer");
                Code::ProviderRefused.with(format!(
                    "The provider's answer can't be used because of `{field}`. The server's log says more."
                ))
            }
        }
    }

    /// Starts a sign-in and returns the URL of the provider's page, which redirects to `redirect_uri`. `state` creates
    /// the state that the provider hands back. It must encrypt the secrets.
    ///
    /// # Errors
    /// 403 if the provider's metadata can't be used; 503 if it can't be reached.
    pub async fn begin(
        &self,
        now: Time,
        redirect_uri: &str,
        state: impl FnOnce(&Secrets) -> Result<String>,
    ) -> Result<String> {
        let metadata = self.metadata(now, false).await.map_err(|problem| self.told(&problem))?;
        let random = || URL_SAFE_NO_PAD.encode(secret::random::<32>());
        let secrets = Secrets { nonce: random(), verifier: random() };
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, secrets.verifier.as_bytes()));
        let scopes = self.settings.scopes.iter().map(String::as_str);
        let scopes: Vec<&str> =
            ["openid"].into_iter().chain(scopes.filter(|scope| *scope != "openid")).collect();
        let mut url = metadata.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", &state(&secrets)?)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(self.settings.response_mode.map(|mode| ("response_mode", mode.into_str())));
        Ok(url.into())
    }

    /// Exchanges an authorization code for tokens, verifies the ID token, and returns its claims. If they lack the e-mail
    /// address, or whether it is verified, requests them from the provider's `UserInfo` endpoint.
    ///
    /// # Errors
    /// 401 if the provider rejects the code; 403 if its answer can't be used; 503 if it can't be reached.
    pub async fn exchange_code(
        &self,
        now: Time,
        redirect_uri: &str,
        code: &str,
        secrets: &Secrets,
    ) -> Result<Claims> {
        let claims = self.claims(now, redirect_uri, code, secrets).await;
        claims.map_err(|problem| self.told(&problem))
    }

    async fn claims(
        &self,
        now: Time,
        redirect_uri: &str,
        code: &str,
        secrets: &Secrets,
    ) -> Result<Claims, Problem> {
        let mut metadata = self.metadata(now, false).await?;
        let tokens = self.request_tokens(&metadata, redirect_uri, code, &secrets.verifier).await?;
        let token = text(&tokens, "id_token").ok_or_else(|| unusable("id_token", "is missing"))?;
        let token = match metadata.verify(&token) {
            // The provider may have new keys.
            Err(Problem::Unusable("signature", _)) => {
                metadata = self.metadata(now, true).await?;
                metadata.verify(&token)
            }
            verified => verified,
        }?;
        let (settings, issuer) = (&self.settings, metadata.issuer.as_str());
        let mut claims = Claims::of(&token, &Expected { settings, issuer, nonce: &secrets.nonce, now })?;
        if let Some(url) = metadata.userinfo_endpoint.clone().filter(|_| claims.is_incomplete()) {
            match self.user_info(url, &tokens).await.and_then(|said| claims.complete(&said, settings)) {
                // The address is there, unverified as it is.
                Err(problem) if claims.email.is_some() => drop(self.told(&problem)),
                completed => completed?,
            }
        }
        Ok(claims)
    }

    async fn user_info(&self, url: Url, tokens: &Value) -> Result<Value, Problem> {
        let bearer = text(tokens, "access_token").ok_or_else(|| unusable("access_token", "is missing"))?;
        object("userinfo_endpoint", ask("userinfo_endpoint", self.http.get(url).bearer_auth(bearer)).await?)
    }

    async fn request_tokens(
        &self,
        metadata: &Metadata,
        redirect_uri: &str,
        code: &str,
        verifier: &str,
    ) -> Result<Value, Problem> {
        let request = self.token_request(metadata, redirect_uri, code, verifier);
        let answer = ask("token_endpoint", request).await?;
        match text(&answer.1, "error").as_deref() {
            Some("invalid_grant") => Err(Problem::InvalidCode),
            Some("invalid_client" | "unauthorized_client") => {
                let why =
                    "rejects this client: check client_id, client_secret and token_endpoint_auth_method";
                Err(unusable("token_endpoint", why))
            }
            Some(error) => Err(unusable("token_endpoint", format!("answers with the error {error}"))),
            None => object("token_endpoint", answer),
        }
    }

    fn token_request(
        &self,
        metadata: &Metadata,
        redirect_uri: &str,
        code: &str,
        verifier: &str,
    ) -> RequestBuilder {
        let Settings { client_id, client_secret, .. } = &self.settings;
        let secret = client_secret.as_deref().unwrap_or_default();
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", verifier);
        let mut request = self.http.post(metadata.token_endpoint.clone());
        match metadata.auth_method {
            AuthMethod::ClientSecretBasic => {
                let login = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret)));
                request = request.header(header::AUTHORIZATION, format!("Basic {login}"));
            }
            AuthMethod::ClientSecretPost => {
                form.append_pair("client_id", client_id).append_pair("client_secret", secret);
            }
            AuthMethod::None => {
                form.append_pair("client_id", client_id);
            }
        }
        request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish())
    }
}

/// Encodes a part of the client's login (RFC 6749, section 2.3.1). A space becomes `%20`, which all servers decode alike.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn short(problem: &Problem) -> String {
    problem.to_string().chars().take(300).collect()
}
