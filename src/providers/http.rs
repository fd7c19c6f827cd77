//! Signing in through a provider, and linking one to an account.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Departure, IdentityView, RedirectUri};
use crate::{
    access::{Confirmed, InSession, Public, SignedIn, SystemTx, UserTx, UserWrite},
    error::Result,
    http::{
        answer::{self, Counts, Created, Removal},
        client::Client,
        input::{DryRun, Input, Json, List, NoBody, Params, Query},
    },
    invitations::Token,
    orgs::http::NoFilters,
    page::{Page, Paging},
    sessions::{
        cookie::Carrier,
        http::{LoggedIn, Session},
    },
    text::Ticket,
    throttle::{self, Throttle},
};

/// A provider that one can sign in through.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Provider")]
pub struct ProviderView {
    /// What stands for it in URLs.
    pub id: String,
    /// What a button calls it.
    pub name: String,
}

pub async fn list(public: Public, query: Query<NoFilters>) -> Result<Page<ProviderView>> {
    let NoFilters {} = query.open(Uuid::nil())?;
    let settings = public.app().config().providers.iter().map(|one| &one.settings);
    let items = settings.map(|one| ProviderView { id: one.id.clone(), name: one.name.clone() }).collect();
    Ok(Page { items, next_cursor: None })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The front end's page that the provider sends people back to, as it is registered there.
    pub redirect_uri: RedirectUri,
}

pub async fn start(public: Public, params: Params, body: Json<Start>) -> Result<answer::Ok<Departure>> {
    let app = public.app();
    app.config().providers.get(params.text("provider"))?;
    let Start { redirect_uri } = body.open(Uuid::nil())?;
    super::depart(app, params.text("provider"), &redirect_uri, None).await.map(answer::Ok)
}

/// What the provider sent somebody back with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    pub code: Ticket,
    pub state: Ticket,
    /// From an invitation: who has no account yet joins its organization at once.
    #[serde(default)]
    pub invitation_token: Option<Token>,
    #[serde(default)]
    pub session: Carrier,
}

pub async fn finish(public: Public, params: Params, client: Client, body: Json<Finish>) -> Result<LoggedIn> {
    let app = public.app().clone();
    let provider = app.config().providers.get(params.text("provider"))?.settings.id.clone();
    let Finish { code, state, invitation_token, session } = body.open(Uuid::nil())?;
    let (own, throttle) = (app.clone(), Throttle::address(client.address));
    let back = async move |tx: &SystemTx| {
        throttle::check(tx, &throttle).await?;
        super::back(tx, &own, &provider, &state, None).await
    };
    let away = public.write(back).await?;
    let told = super::arrive(&app, away, code.to_string()).await;
    let told = throttle::unless_guessed(&app, &client, told).await?;
    let (own, guesser) = (app.clone(), client.clone());
    let admit =
        async move |tx: &SystemTx| super::admit(tx, &own, &told, invitation_token.as_ref(), &client).await;
    let (user, issued) = throttle::unless_guessed(&app, &guesser, public.write(admit).await).await??;
    Session::open(&app, user, issued, session)
}

pub async fn identities(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<IdentityView>> {
    let app = me.app().clone();
    let read = async move |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = super::list(tx, &app, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |identity| identity.id))
    };
    me.read(list, read).await
}

pub async fn start_link(me: SignedIn<Confirmed>, body: Json<Start>) -> Result<answer::Ok<Departure>> {
    let provider = me.params().text("provider").to_owned();
    let app = me.app().clone();
    let look = async move |tx: &UserTx, given: Start| {
        app.config().providers.get(&provider)?;
        Ok((tx.user(), provider.clone(), given.redirect_uri))
    };
    let (user, provider, redirect_uri) = me.read(body, look).await?;
    super::depart(me.app(), &provider, &redirect_uri, Some(user)).await.map(answer::Ok)
}

/// What the provider sent somebody back with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub code: Ticket,
    pub state: Ticket,
}

pub async fn finish_link(me: SignedIn<Confirmed>, body: Json<Link>) -> Result<Created<IdentityView>> {
    let (app, provider) = (me.app().clone(), me.params().text("provider").to_owned());
    let back = async move |tx: &UserWrite, given: Link| {
        app.config().providers.get(&provider)?;
        let away = super::back(&tx.directory(), &app, &provider, &given.state, Some(tx.user())).await?;
        Ok((away, given.code))
    };
    let (away, code) = me.write(body, back).await?;
    let told = super::arrive(me.app(), away, code.to_string()).await?;
    let app = me.app().clone();
    let object = me.write((), async move |tx: &UserWrite, ()| super::link(tx, &app, &told).await).await?;
    Ok(Created { location: format!("/v1/me/identities/{}", object.id), object })
}

pub async fn unlink(me: SignedIn<Confirmed>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let (app, id) = (me.app().clone(), me.params().get("id"));
    let unlink = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::unlink(tx, &app, id).await?;
        Ok(dry_run.removal(tx, Counts::one("identities"), None))
    };
    me.write((query, body), unlink).await
}
