//! HTTP handlers for the caller's own account.

use schemars::JsonSchema;
use serde::Deserialize;

use super::User;
use crate::{
    access::{SignedIn, UserTx, UserWrite},
    base::{
        error::Result,
        json::Patch,
        text::{Name, TimeZone},
    },
    http::{answer::Tagged, input::Json},
};

pub async fn get(me: SignedIn) -> Result<Tagged<User>> {
    me.read((), async |tx: &UserTx, ()| super::me(tx).await).await.map(Tagged)
}

/// A request to change the caller's account. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// The new name.
    #[serde(default)]
    pub name: Patch<Name>,
    /// The name of an IANA time zone, such as `Europe/Zurich`.
    #[serde(default)]
    pub time_zone: Patch<TimeZone>,
}

pub async fn update(me: SignedIn, body: Json<UserPatch>) -> Result<Tagged<User>> {
    let expected = me.expected();
    let change = async move |tx: &UserWrite, patch: UserPatch| {
        let user = super::lock_me(tx).await?;
        expected(&user)?;
        let (name, zone) = (patch.name.or(user.name.clone()), patch.time_zone.or(user.time_zone));
        super::update(tx, user, name, zone).await.map(Tagged)
    };
    me.write(body, change).await
}
