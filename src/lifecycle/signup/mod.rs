//! Signing up: creates an account, its first session, and the membership that an invitation offers.

pub(crate) mod http;

use crate::{
    access::{
        SystemTx,
        throttle::{self, Throttle},
    },
    base::{error::Result, id::Id},
    effects::mail::{Message, Outbox},
    identity::{
        accounts::{self, NewUser},
        links::PendingSignup,
        recovery,
    },
};

/// Signs up where addresses must be verified first. Succeeds whether or not the address has an account: only its holder
/// learns that, by mail. Does nothing while the throttle for mail to the address is exhausted.
pub async fn apply(tx: &SystemTx, outbox: &Outbox, new: &NewUser) -> Result<()> {
    if !throttle::admits(tx, &Throttle::mail(&new.email)).await? {
        return Ok(());
    }
    let user = match accounts::store::credential(tx, new.email.canonical()).await? {
        None => accounts::create(tx, new).await?,
        Some(holder) => {
            let user = tx.become_user(holder.user, Id::NIL);
            if holder.disabled_at.is_some() || !accounts::store::is_unfinished(&user).await? {
                let message = Message::AlreadyRegistered { name: holder.name.to_string() };
                return outbox.put(tx, &holder.email, message).await;
            }
            user
        }
    };
    let password_hash = new.password_hash.clone().unwrap_or_default();
    let said = PendingSignup { name: new.name.clone(), password_hash };
    recovery::verification(&user, outbox, &new.name, &new.email, Some(&said)).await
}
