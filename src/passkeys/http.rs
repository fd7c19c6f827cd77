//! Making, listing and removing passkeys; logging in with one.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::{Answered, Challenge, PasskeyView, store};
use crate::{
    access::{Confirmed, InSession, Public, SignedIn, SystemTx, UserTx, UserWrite},
    accounts,
    error::Result,
    http::{
        answer::{self, Counts, Created, Removal},
        client::Client,
        input::{DryRun, Input, Json, List, NoBody, Query},
    },
    orgs::http::NoFilters,
    page::{Page, Paging},
    sessions::{
        self,
        cookie::Carrier,
        http::{LoggedIn, Session},
    },
    text::{Name, Ticket},
};

pub async fn begin_registration(me: SignedIn<Confirmed>, body: NoBody) -> Result<answer::Ok<Challenge>> {
    let app = me.app().clone();
    let begin = async move |tx: &UserWrite, ()| super::begin_registration(tx, &app).await;
    me.write(body, begin).await.map(answer::Ok)
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// From the beginning.
    pub ticket: Ticket,
    /// What its owner tells it by, such as the device.
    pub name: Name,
    pub credential: Answered<RegisterPublicKeyCredential>,
}

pub async fn finish_registration(
    me: SignedIn<Confirmed>,
    body: Json<NewPasskey>,
) -> Result<Created<PasskeyView>> {
    let app = me.app().clone();
    let finish = async move |tx: &UserWrite, new: NewPasskey| {
        super::finish_registration(tx, &app, &new.ticket, new.name, &new.credential.0).await
    };
    let object = me.write(body, finish).await?;
    Ok(Created { location: format!("/v1/me/passkeys/{}", object.id), object })
}

pub async fn list(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<PasskeyView>> {
    let read = async |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = store::page(tx, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |passkey| passkey.id))
    };
    me.read(list, read).await
}

pub async fn remove(me: SignedIn<Confirmed>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let (app, id) = (me.app().clone(), me.params().get("id"));
    let remove = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::remove(tx, &app, id).await?;
        Ok(dry_run.removal(tx, Counts::one("passkeys"), None))
    };
    me.write((query, body), remove).await
}

pub async fn begin_login(public: Public, body: NoBody) -> Result<answer::Ok<Challenge>> {
    body.open(Uuid::nil())?;
    super::begin_login(public.app(), public.app().clock().now()).map(answer::Ok)
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WithPasskey {
    /// From the beginning.
    pub ticket: Ticket,
    pub credential: Answered<PublicKeyCredential>,
    #[serde(default)]
    pub session: Carrier,
}

pub async fn finish_login(public: Public, client: Client, body: Json<WithPasskey>) -> Result<LoggedIn> {
    let WithPasskey { ticket, credential: Answered(answered), session } = body.open(Uuid::nil())?;
    let app = public.app().clone();
    let finish = async move |tx: &SystemTx| {
        let (user, account) = match super::prove(tx, &app, &ticket, &answered, &client).await? {
            Ok(proved) => proved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        sessions::demand_verified(&app, &account)?;
        let issued = sessions::start(&user, account.epoch, &client).await?;
        Ok(Ok((accounts::me(&user).await?, issued)))
    };
    let (user, issued) = public.write(finish).await??;
    Session::open(public.app(), user, issued, session)
}
