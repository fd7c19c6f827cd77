//! Setting up the second factor, and the second half of a login.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{FactorCode, HalfLogin, RecoveryCodes, TotpSetup};
use crate::{
    access::{Confirmed, Public, SignedIn, SystemTx, UserWrite},
    accounts,
    error::{Code, Result},
    http::{
        answer::{self, Removal},
        client::Client,
        input::{DryRun, Input, Json, NoBody, Query},
    },
    sessions::{
        self,
        cookie::Carrier,
        http::{LoggedIn, Session},
    },
    text::Ticket,
    tickets,
};

pub async fn begin(me: SignedIn<Confirmed>, body: NoBody) -> Result<answer::Ok<TotpSetup>> {
    let app = me.app().clone();
    let begin = async move |tx: &UserWrite, ()| super::begin(tx, app.factors()).await;
    me.write(body, begin).await.map(answer::Ok)
}

/// The authenticator's code.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByCode {
    pub code: FactorCode,
}

pub async fn enable(me: SignedIn<Confirmed>, body: Json<ByCode>) -> Result<answer::Ok<RecoveryCodes>> {
    let app = me.app().clone();
    let enable = async move |tx: &UserWrite, given: ByCode| super::enable(tx, &app, &given.code).await;
    me.write(body, enable).await.map(answer::Ok)
}

pub async fn disable(me: SignedIn<Confirmed>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let app = me.app().clone();
    let disable = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        let counts = super::disable(tx, &app).await?;
        Ok(dry_run.removal(tx, counts, None))
    };
    me.write((query, body), disable).await
}

pub async fn replace_recovery_codes(
    me: SignedIn<Confirmed>,
    body: NoBody,
) -> Result<answer::Ok<RecoveryCodes>> {
    let app = me.app().clone();
    let replace = async move |tx: &UserWrite, ()| super::replace_recovery_codes(tx, &app).await;
    me.write(body, replace).await.map(answer::Ok)
}

/// The second half of a login.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SecondHalf {
    /// From the refusal `mfa_required`.
    pub mfa_token: Ticket,
    /// The authenticator's code, or a recovery code.
    pub code: FactorCode,
    #[serde(default)]
    pub session: Carrier,
}

pub async fn login(public: Public, client: Client, body: Json<SecondHalf>) -> Result<LoggedIn> {
    let SecondHalf { mfa_token, code, session } = body.open(Uuid::nil())?;
    let app = public.app().clone();
    let finish = async move |tx: &SystemTx| {
        let over = || Code::Unauthenticated.with("The login is over: begin again.");
        let half: HalfLogin = app.tickets().open(mfa_token.as_str(), tx.now()).ok_or_else(over)?;
        let user = tx.become_user(half.user, tx.id());
        let me = accounts::lock_me(&user).await?;
        if accounts::store::epoch(&user).await? != half.epoch
            || tickets::is_used(tx, mfa_token.as_str()).await?
        {
            return Err(over());
        }
        if let Err(wrong) = super::check(&user, &app, &code, &client).await? {
            return Ok(Err(wrong));
        }
        if !tickets::use_up::<HalfLogin>(tx, mfa_token.as_str()).await? {
            return Err(over());
        }
        let issued = sessions::start(&user, half.epoch, &client).await?;
        Ok(Ok((me, issued)))
    };
    let (user, issued) = public.write(finish).await??;
    Session::open(public.app(), user, issued, session)
}
