//! What whoever runs the server does to accounts from its own shell: `guildhall user`.

use std::sync::Arc;

use super::{
    accounts::{
        self, NewUser,
        passwords::{self, Passwords},
    },
    links::{self, Kind},
    security, sessions,
};
use crate::{
    access::{Public, SystemTx, UserWrite, throttle},
    base::{
        error::{Error, Result},
        id::Id,
        text::{Email, Name, Password},
    },
    effects::mail::{AccountChange, Outbox},
};

/// Changes accounts on behalf of whoever runs the server.
pub struct Operator {
    pub public: Public,
    pub passwords: Arc<Passwords>,
    pub outbox: Outbox,
}

impl Operator {
    /// Makes an account with a verified address.
    ///
    /// # Errors
    /// 409 when the address has an account; 422 for a weak password.
    pub async fn create(&self, email: Email, name: Name, password: Password) -> Result<()> {
        passwords::judge(&password, "/password", &[email.as_str(), name.as_str()])?;
        let password_hash = self.passwords.hash(password).await?;
        let new = NewUser { email, verified: true, name, password_hash: Some(password_hash) };
        let create = async move |tx: &SystemTx| accounts::create(tx, &new).await.map(drop);
        self.public.write(create).await
    }

    /// Lets somebody act no more, at once: their sessions end and their API tokens rest. Or lets them act again.
    pub async fn set_disabled(&self, email: &Email, disabled: bool) -> Result<()> {
        let change = async move |user: &UserWrite| {
            accounts::store::set_disabled(user, disabled).await?;
            links::store::end_all_links(user).await?;
            sessions::store::end_others(user, Id::NIL).await
        };
        self.change_account(email, change).await
    }

    /// Gives somebody another password, and opens the account where wrong guesses had closed it. Every session ends.
    ///
    /// # Errors
    /// When nobody has the address; 422 for a weak password.
    pub async fn reset_password(&self, email: &Email, password: Password) -> Result<()> {
        passwords::judge(&password, "/password", &[email.as_str()])?;
        let (hash, outbox) = (self.passwords.hash(password).await?, self.outbox.clone());
        let canonical = email.canonical().to_owned();
        let change = async move |user: &UserWrite| {
            security::set_password(user, &outbox, &hash).await?;
            throttle::forgive(&user.directory(), user.user(), &canonical).await
        };
        self.change_account(email, change).await
    }

    /// Takes away somebody's second factor and passkeys, for who has lost them. They are told, and every session ends.
    pub async fn remove_factors(&self, email: &Email) -> Result<()> {
        let outbox = self.outbox.clone();
        let remove = async move |user: &UserWrite| {
            accounts::store::lock_user(user).await?;
            security::store::delete_second_factor(user).await?;
            security::store::delete_passkeys(user).await?;
            security::secure(user, &outbox, AccountChange::FactorsRemoved).await
        };
        self.change_account(email, remove).await
    }

    /// Logs somebody out everywhere.
    pub async fn end_sessions(&self, email: &Email) -> Result<()> {
        let end = async move |user: &UserWrite| {
            links::store::end_links(user, Kind::Change, None).await?;
            sessions::store::end_others(user, Id::NIL).await
        };
        self.change_account(email, end).await
    }

    async fn change_account(
        &self,
        email: &Email,
        change: impl AsyncFn(&UserWrite) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let email = email.clone();
        let find_and_change = async move |tx: &SystemTx| {
            let found = accounts::store::credential(tx, email.canonical()).await?;
            let found =
                found.ok_or_else(|| Error::internal(format!("nobody has the address {}", email.as_str())))?;
            change(&tx.become_user(found.user, Id::NIL)).await
        };
        self.public.write(find_and_change).await
    }
}
