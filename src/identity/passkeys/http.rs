//! HTTP handlers for registering, listing and removing passkeys, and for logging in with one.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

use super::{Answered, Challenge, PasskeyView, RelyingParty, store};
use crate::{
    access::{
        Confirmed, InSession, Public, SignedIn, SystemTx, UserTx, UserWrite, security_log::SignInMethod,
    },
    base::{
        error::Result,
        page::{Page, Paging},
        text::{Name, Ticket},
    },
    http::{
        answer::{self, Counts, Created, Removal, Secret},
        client::Client,
        input::{DryRun, Input, Json, List, NoBody, NoFilters, Query},
    },
    identity::{
        accounts,
        login::Login,
        sessions::{self, LoggedIn, cookie::Carrier},
    },
};

pub async fn begin_registration(
    me: SignedIn<Confirmed>,
    State(party): State<RelyingParty>,
    body: NoBody,
) -> Result<Secret<answer::Ok<Challenge>>> {
    let begin = async move |tx: &UserWrite, ()| {
        super::begin_registration(tx, &party).await.map(answer::Ok).map(Secret)
    };
    me.write(body, begin).await
}

/// A request to register a passkey that the browser created.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// The ticket from `POST /v1/me/passkeys/begin`.
    pub ticket: Ticket,
    /// A name that tells the user which passkey it is, such as that of the device.
    pub name: Name,
    /// The credential that the browser created.
    pub credential: Answered<RegisterPublicKeyCredential>,
}

pub async fn finish_registration(
    me: SignedIn<Confirmed>,
    State(party): State<RelyingParty>,
    body: Json<NewPasskey>,
) -> Result<Created<PasskeyView>> {
    let finish = async move |tx: &UserWrite, new: NewPasskey| {
        let object = super::finish_registration(tx, &party, &new.ticket, new.name, &new.credential.0).await?;
        Ok(Created { location: format!("/v1/me/passkeys/{}", object.id), object })
    };
    me.write(body, finish).await
}

pub async fn list(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<PasskeyView>> {
    let read = async |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = store::page(tx, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |passkey| passkey.id))
    };
    me.read(list, read).await
}

pub async fn remove(
    me: SignedIn<Confirmed>,
    State(party): State<RelyingParty>,
    query: Query<DryRun>,
    body: NoBody,
) -> Result<Removal> {
    let id = me.params().get("id");
    let remove = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::remove(tx, &party, id).await?;
        Ok(dry_run.removal(tx, Counts::one("passkeys"), None))
    };
    me.write((query, body), remove).await
}

pub async fn begin_login(
    State(party): State<RelyingParty>,
    body: NoBody,
) -> Result<Secret<answer::Ok<Challenge>>> {
    body.open(Uuid::nil())?;
    super::begin_login(&party, party.gateway.clock().now()).map(answer::Ok).map(Secret)
}

/// A request to log in with a passkey.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PasskeyLogin")]
pub struct WithPasskey {
    /// The ticket from `POST /v1/auth/passkey/begin`.
    pub ticket: Ticket,
    /// The credential with which the browser answered.
    pub credential: Answered<PublicKeyCredential>,
    /// How the refresh token is sent. In the body if absent.
    #[serde(default)]
    pub session: Carrier,
}

pub async fn finish_login(
    public: Public,
    client: Client,
    State(party): State<RelyingParty>,
    State(login): State<Login>,
    body: Json<WithPasskey>,
) -> Result<LoggedIn> {
    let WithPasskey { ticket, credential: Answered(answered), session } = body.open(Uuid::nil())?;
    let credentials = login.issuer.clone();
    let finish = async move |tx: &SystemTx| {
        let (user, account) = match super::prove(tx, &party, &ticket, &answered).await? {
            Ok(proved) => proved,
            Err(refusal) => return Ok(Err(refusal)),
        };
        login.demand_verified(&account)?;
        let (epoch, method) = (account.session_epoch, SignInMethod::Passkey);
        let issued = sessions::start(&user, epoch, &client, None, method, &login.outbox).await?;
        Ok(Ok((accounts::me(&user).await?, issued)))
    };
    let (user, issued) = public.write(finish).await??;
    credentials.open(user, issued, session)
}
