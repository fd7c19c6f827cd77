//! HTTP handlers for starting a sign-in through an identity provider, and for the identities linked to an account.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Authorization, IdentityView, Redirect, RedirectUri, RelyingParty};
use crate::{
    access::{Confirmed, InSession, SignedIn, UserTx, UserWrite},
    base::{
        error::Result,
        page::{Page, Paging},
        text::Ticket,
    },
    http::{
        answer::{self, Counts, Created, Removal, Secret},
        input::{DryRun, Input, Json, List, NoBody, NoFilters, Params, Query},
    },
};

/// An identity provider that users can sign in through.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
pub struct ProviderView {
    /// The provider's name in URLs.
    pub id: String,
    /// The provider's name on buttons.
    pub name: String,
}

pub async fn list(State(party): State<RelyingParty>, query: Query<NoFilters>) -> Result<Page<ProviderView>> {
    let NoFilters {} = query.open(Uuid::nil())?;
    let settings = party.providers.iter().map(|one| &one.settings);
    let items = settings.map(|one| ProviderView { id: one.id.clone(), name: one.name.clone() }).collect();
    Ok(Page { items, next_cursor: None })
}

/// A request to start a sign-in or a link through an identity provider.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProviderStart")]
pub struct Start {
    /// The page of the front end that the provider redirects the browser to. It must be registered with the provider.
    pub redirect_uri: RedirectUri,
}

pub async fn start(
    State(party): State<RelyingParty>,
    params: Params,
    body: Json<Start>,
) -> Result<Secret<answer::Ok<Authorization>>> {
    party.providers.get(params.text("provider"))?;
    let Start { redirect_uri } = body.open(Uuid::nil())?;
    super::begin(&party, params.text("provider"), &redirect_uri, None).await.map(answer::Ok).map(Secret)
}

pub async fn identities(
    me: SignedIn<InSession>,
    State(party): State<RelyingParty>,
    list: List<NoFilters>,
) -> Result<Page<IdentityView>> {
    let read = async move |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = super::list(tx, &party, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |identity| identity.id))
    };
    me.read(list, read).await
}

pub async fn start_link(
    me: SignedIn<Confirmed>,
    State(party): State<RelyingParty>,
    body: Json<Start>,
) -> Result<Secret<answer::Ok<Authorization>>> {
    let provider = me.params().text("provider").to_owned();
    let providers = party.providers.clone();
    let look = async move |tx: &UserTx, given: Start| {
        providers.get(&provider)?;
        Ok((tx.user(), provider.clone(), given.redirect_uri))
    };
    let (user, provider, redirect_uri) = me.read(body, look).await?;
    let begun = super::begin(&party, &provider, &redirect_uri, Some(user)).await?;
    me.keep(Secret(answer::Ok(begun))).await
}

/// A request to link an identity, with the parameters of the provider's redirect.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ProviderLink")]
pub struct Link {
    /// The authorization code from the redirect; absent if the redirect has an error.
    #[serde(default)]
    pub code: Option<Ticket>,
    /// The error from the redirect, such as `access_denied`.
    #[serde(default)]
    pub error: Option<Ticket>,
    /// The state from the redirect.
    pub state: Ticket,
}

pub async fn finish_link(
    me: SignedIn<Confirmed>,
    State(party): State<RelyingParty>,
    body: Json<Link>,
) -> Result<Created<IdentityView>> {
    let (own, provider) = (party.clone(), me.params().text("provider").to_owned());
    let back = async move |tx: &UserWrite, given: Link| {
        own.providers.get(&provider)?;
        let redirect = Redirect::new(given.code, given.error)?;
        let pending =
            super::take_back(&tx.directory(), &own, &provider, &given.state, Some(tx.user())).await?;
        Ok((pending, redirect))
    };
    let (pending, redirect) = me.step(body, back).await?;
    let claims = super::exchange_code(&party, pending, redirect).await?;
    let link = async move |tx: &UserWrite, ()| {
        let object = super::link(tx, &party, &claims).await?;
        Ok(Created { location: format!("/v1/me/identities/{}", object.id), object })
    };
    me.write((), link).await
}

pub async fn unlink(
    me: SignedIn<Confirmed>,
    State(party): State<RelyingParty>,
    query: Query<DryRun>,
    body: NoBody,
) -> Result<Removal> {
    let id = me.params().get("id");
    let unlink = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::unlink(tx, &party, id).await?;
        Ok(dry_run.removal(tx, Counts::one("identities"), None))
    };
    me.write((query, body), unlink).await
}
