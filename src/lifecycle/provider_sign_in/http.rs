//! The HTTP handler for completing a sign-in through an identity provider.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::SignIn;
use crate::{
    access::{Public, SystemTx},
    base::{error::Result, text::Ticket},
    http::{
        client::Client,
        input::{Input, Json, Params},
    },
    identity::{
        login::Login,
        oidc::{self, Redirect, RelyingParty},
        sessions::{LoggedIn, cookie::Carrier},
    },
    workspace::invitations::Token,
};

/// A request to complete a sign-in through an identity provider, with the parameters of the provider's redirect.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProviderLogin")]
pub struct Finish {
    /// The authorization code from the redirect; absent if the redirect has an error.
    #[serde(default)]
    pub code: Option<Ticket>,
    /// The error from the redirect, such as `access_denied`.
    #[serde(default)]
    pub error: Option<Ticket>,
    /// The state from the redirect.
    pub state: Ticket,
    /// The token of an invitation. A user without an account becomes a member of its organization at once.
    #[serde(default)]
    pub invitation_token: Option<Token>,
    /// How the refresh token is sent. In the body if absent.
    #[serde(default)]
    pub session: Carrier,
}

pub async fn finish(
    public: Public,
    params: Params,
    client: Client,
    State(party): State<RelyingParty>,
    State(login): State<Login>,
    body: Json<Finish>,
) -> Result<LoggedIn> {
    let provider = party.providers.get(params.text("provider"))?.settings.id.clone();
    let Finish { code, error, state, invitation_token, session } = body.open(Uuid::nil())?;
    let redirect = Redirect::new(code, error)?;
    let own = party.clone();
    let back = async move |tx: &SystemTx| oidc::take_back(tx, &own, &provider, &state, None).await;
    let pending = public.write(back).await?;
    let claims = oidc::exchange_code(&party, pending, redirect).await?;
    let with = SignIn { party, login: login.clone() };
    let admit =
        async move |tx: &SystemTx| super::admit(tx, &with, &claims, invitation_token.as_ref(), &client).await;
    let (user, issued) = public.write(admit).await??;
    login.issuer.open(user, issued, session)
}
