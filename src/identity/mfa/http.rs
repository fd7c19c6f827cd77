//! HTTP handlers for setting up and removing the second factor.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{FactorCode, RecoveryCodes, SecondFactor, TotpSetup};
use crate::{
    access::{Confirmed, SignedIn, UserWrite},
    base::error::Result,
    http::{
        answer::{self, Removal, Secret},
        input::{DryRun, Json, NoBody, Query},
    },
};

pub async fn begin(
    me: SignedIn<Confirmed>,
    State(factor): State<SecondFactor>,
    body: NoBody,
) -> Result<Secret<answer::Ok<TotpSetup>>> {
    let begin = async move |tx: &UserWrite, ()| factor.begin(tx).await.map(answer::Ok).map(Secret);
    me.write(body, begin).await
}

/// A request to switch the second factor on.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TotpConfirmation")]
pub struct ByCode {
    /// The first code that the authenticator shows.
    pub code: FactorCode,
}

pub async fn enable(
    me: SignedIn<Confirmed>,
    State(factor): State<SecondFactor>,
    body: Json<ByCode>,
) -> Result<Secret<answer::Ok<RecoveryCodes>>> {
    let enable = async move |tx: &UserWrite, given: ByCode| {
        factor.enable(tx, &given.code).await.map(answer::Ok).map(Secret)
    };
    me.write(body, enable).await
}

pub async fn disable(
    me: SignedIn<Confirmed>,
    State(factor): State<SecondFactor>,
    query: Query<DryRun>,
    body: NoBody,
) -> Result<Removal> {
    let disable = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        let counts = factor.disable(tx).await?;
        Ok(dry_run.removal(tx, counts, None))
    };
    me.write((query, body), disable).await
}

pub async fn replace_recovery_codes(
    me: SignedIn<Confirmed>,
    State(factor): State<SecondFactor>,
    body: NoBody,
) -> Result<Secret<answer::Ok<RecoveryCodes>>> {
    let replace =
        async move |tx: &UserWrite, ()| factor.replace_recovery_codes(tx).await.map(answer::Ok).map(Secret);
    me.write(body, replace).await
}
