//! The client of one OpenID provider: the authorization code flow (OpenID Connect Core 1.0) with PKCE (RFC 7636), and
//! the verification of ID tokens.

use std::{fmt, pin::Pin, time::Duration};

use openidconnect::{
    AccessToken, AccessTokenHash, AsyncHttpClient, AuthorizationCode, ClaimsVerificationError, ClientId,
    ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, SubjectIdentifier, TokenResponse, UserInfoError,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreJwsSigningAlgorithm, CoreProviderMetadata,
        CoreTokenResponse, CoreUserInfoClaims,
    },
};
use tokio::sync::Mutex;

use super::Settings;
use crate::base::{
    clock::Time,
    error::{Code, Error, Result},
    text::{Email, Name},
};

/// The timeout of a request to a provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a provider's metadata and keys are cached.
const FRESH: Duration = Duration::from_mins(10);
/// The maximum length of a response, in bytes.
const LONGEST: usize = 1024 * 1024;
/// The maximum length of a subject identifier, in bytes (OpenID Connect Core 1.0, section 2: 255 ASCII characters).
const SUBJECT_MOST: usize = 255;
/// How long no metadata is requested after an attempt that failed, counted from the start of the attempt.
const PAUSE: Duration = Duration::from_secs(15);
/// The accepted signature algorithms: asymmetric ones, whose signing key only the provider has.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The client of one provider, with its cached metadata.
pub struct OpenId {
    pub settings: Settings,
    http: Http,
    /// The time of the last request for metadata, and the metadata or the reason why the request failed.
    metadata: Mutex<Option<(Time, Result<CoreProviderMetadata, String>)>>,
}

impl fmt::Debug for OpenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenId({})", self.settings.id)
    }
}

/// A provider's claims about a user.
#[derive(Debug, Clone)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    /// The address that the provider claims; `None` if the claim is missing or isn't a valid address.
    pub email: Option<Email>,
    pub email_verified: bool,
    pub name: Option<Name>,
}

/// Why a request to a provider failed.
#[derive(Debug)]
struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl From<reqwest::Error> for Failed {
    fn from(error: reqwest::Error) -> Self {
        // Without the URL, which may have an authorization code in it.
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(deeper) = source {
            text = format!("{text}: {deeper}");
            source = deeper.source();
        }
        Self(text)
    }
}

/// The HTTP client for requests to providers.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Failed;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Failed>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(call(self.0.clone(), request))
    }
}

async fn call(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Failed> {
    let mut answer = http.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    response.headers_mut().clone_from(answer.headers());
    while let Some(chunk) = answer.chunk().await? {
        if response.body().len() + chunk.len() > LONGEST {
            return Err(Failed("the answer is too long".into()));
        }
        response.body_mut().extend_from_slice(&chunk);
    }
    Ok(response)
}

impl OpenId {
    pub fn new(settings: Settings) -> Result<Self, String> {
        // Following a redirect would send the authorization code and the client's secret to another place.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { settings, http: Http(http), metadata: Mutex::new(None) })
    }

    /// Requests the provider's metadata.
    ///
    /// # Errors
    /// The reason why the request failed, or why the metadata can't be used.
    pub async fn discover(&self) -> Result<CoreProviderMetadata, String> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone()).map_err(|error| error.to_string())?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http).await;
        let metadata = metadata.map_err(|error| explain(&error))?;
        if metadata.token_endpoint().is_none() {
            return Err("it has no token endpoint".into());
        }
        Ok(metadata)
    }

    /// Returns the provider's metadata, cached for [`FRESH`]. With `anew`, requests it again even if it is cached. For
    /// [`PAUSE`] after a failed request, returns the same failure in either case.
    ///
    /// # Errors
    /// 503 if the provider can't be reached.
    async fn metadata(&self, now: Time, anew: bool) -> Result<CoreProviderMetadata> {
        let mut known = self.metadata.lock().await;
        let metadata = match &*known {
            Some((at, Ok(metadata))) if !anew && now < *at + FRESH => Ok(metadata.clone()),
            Some((at, Err(why))) if now < *at + PAUSE => Err(why.clone()),
            _ => {
                let metadata = self.discover().await;
                *known = Some((now, metadata.clone()));
                metadata
            }
        };
        metadata.map_err(|why| self.unavailable(&why))
    }

    fn unavailable(&self, why: &str) -> Error {
        tracing::warn!(provider = self.settings.id, why, "failed to reach the identity provider");
        Code::ProviderUnavailable.into()
    }

    fn refused(&self, why: &str) -> Error {
        tracing::warn!(provider = self.settings.id, why, "refused the sign-in through the identity provider");
        Code::InvalidCode
            .with("The provider didn't accept the code, or what it says doesn't hold: begin again.")
    }

    fn client(&self, metadata: CoreProviderMetadata, redirect_uri: &str) -> Result<Client> {
        let secret = self.settings.client_secret.clone().map(ClientSecret::new);
        let id = ClientId::new(self.settings.client_id.clone());
        let back = RedirectUrl::new(redirect_uri.to_owned()).map_err(Error::internal)?;
        Ok(CoreClient::from_provider_metadata(metadata, id, secret).set_redirect_uri(back))
    }

    /// Starts a sign-in and returns the URL of the provider's page, which redirects to `redirect_uri`. `state` creates
    /// the state that the provider hands back, from the nonce and the PKCE verifier. It must encrypt them, because only
    /// this server may know them.
    ///
    /// # Errors
    /// 503 if the provider can't be reached.
    pub async fn begin(
        &self,
        now: Time,
        redirect_uri: &str,
        state: impl FnOnce(&str, &str) -> Result<String>,
    ) -> Result<String> {
        let client = self.client(self.metadata(now, false).await?, redirect_uri)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = Nonce::new_random();
        let state = state(nonce.secret(), verifier.secret())?;
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let request = client
            .authorize_url(flow, || CsrfToken::new(state), || nonce)
            .add_scopes(scopes)
            .set_pkce_challenge(challenge);
        Ok(request.url().0.to_string())
    }

    /// Exchanges an authorization code for tokens, verifies the ID token, and returns its claims. If they have no
    /// e-mail address, requests it from the provider's `UserInfo` endpoint.
    ///
    /// # Errors
    /// 401 if the provider rejects the code, or if its tokens or claims are invalid; 503 if it can't be reached.
    pub async fn exchange_code(
        &self,
        now: Time,
        redirect_uri: &str,
        code: String,
        nonce: String,
        verifier: String,
    ) -> Result<Claims> {
        let nonce = Nonce::new(nonce);
        let client = self.client(self.metadata(now, false).await?, redirect_uri)?;
        let tokens = self.request_tokens(&client, code, verifier).await?;
        let claims = match Self::verify(&client, &tokens, &nonce) {
            // The provider may have new keys.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let client = self.client(self.metadata(now, true).await?, redirect_uri)?;
                Self::verify(&client, &tokens, &nonce)
            }
            said => said,
        };
        let claims = claims.map_err(|error| self.refused(&explain(&error)))?;
        if claims.subject().len() > SUBJECT_MOST || claims.subject().chars().any(char::is_control) {
            return Err(self.refused("its name for somebody is none"));
        }
        let mut person = Claims::of_token(&claims);
        if person.email.is_none() && client.user_info_url().is_some() {
            let subject = claims.subject().clone();
            person.complete(&self.user_info(&client, tokens.access_token().clone(), subject).await?);
        }
        Ok(person)
    }

    async fn request_tokens(
        &self,
        client: &Client,
        code: String,
        verifier: String,
    ) -> Result<CoreTokenResponse> {
        let request = client.exchange_code(AuthorizationCode::new(code)).map_err(Error::internal)?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier));
        request.request_async(&self.http).await.map_err(|error| match &error {
            RequestTokenError::ServerResponse(_) => self.refused(&explain(&error)),
            _ => self.unavailable(&explain(&error)),
        })
    }

    fn verify(
        client: &Client,
        tokens: &CoreTokenResponse,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, ClaimsVerificationError> {
        let missing = || ClaimsVerificationError::Other("there is no ID token".into());
        let verifier = client.id_token_verifier().set_allowed_algs(ALGORITHMS);
        let token = tokens.id_token().ok_or_else(missing)?;
        let claims = token.claims(&verifier, nonce)?;
        if let Some(expected) = claims.access_token_hash() {
            let unclear = |error: &dyn fmt::Display| ClaimsVerificationError::Other(error.to_string());
            let algorithm = token.signing_alg().map_err(|error| unclear(&error))?;
            let key = token.signing_key(&verifier).map_err(|error| unclear(&error))?;
            let hash = AccessTokenHash::from_token(tokens.access_token(), algorithm, key)
                .map_err(|error| unclear(&error))?;
            if hash != *expected {
                return Err(ClaimsVerificationError::Other("the access token isn't the ID token's".into()));
            }
        }
        Ok(claims.clone())
    }

    async fn user_info(
        &self,
        client: &Client,
        token: AccessToken,
        subject: SubjectIdentifier,
    ) -> Result<CoreUserInfoClaims> {
        let request = client.user_info(token, Some(subject)).map_err(Error::internal)?;
        request.request_async(&self.http).await.map_err(|error| match &error {
            UserInfoError::ClaimsVerification(_) => self.refused(&explain(&error)),
            _ => self.unavailable(&explain(&error)),
        })
    }
}

/// Formats an error with its sources.
fn explain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", explain(source)),
        None => error.to_string(),
    }
}

impl Claims {
    fn of_token(claims: &CoreIdTokenClaims) -> Self {
        Self {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: claims.email().and_then(|email| email.parse().ok()),
            email_verified: claims.email_verified() == Some(true),
            name: claims.name().and_then(|name| name.get(None)?.parse().ok()),
        }
    }

    /// Takes the address and, if it is missing, the name from the `UserInfo` response.
    fn complete(&mut self, claims: &CoreUserInfoClaims) {
        self.email = claims.email().and_then(|email| email.parse().ok());
        self.email_verified = claims.email_verified() == Some(true);
        let name = claims.name().and_then(|name| name.get(None)?.parse().ok());
        self.name = self.name.take().or(name);
    }
}
