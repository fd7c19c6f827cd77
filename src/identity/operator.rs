//! The operator's changes to accounts, from the command line: `guildhall user`.

use std::sync::Arc;

use super::{
    accounts::{
        self, NewUser,
        lanes::Standing,
        passwords::{self, Passwords},
    },
    api_tokens,
    links::{self, Kind},
    security, sessions,
};
use crate::{
    access::{
        Public, SystemTx, UserWrite,
        security_log::{self, Event},
        throttle,
    },
    base::{
        error::{Error, Result},
        id::Id,
        text::{Email, Name, Password},
    },
    effects::mail::{AccountChange, Outbox},
};

/// Changes accounts on behalf of the server's operator.
pub struct Operator {
    pub public: Public,
    pub passwords: Arc<Passwords>,
    pub outbox: Outbox,
}

impl Operator {
    /// Creates an account with a verified e-mail address.
    ///
    /// # Errors
    /// 409 if the address has an account; 422 if the password is weak.
    pub async fn create(&self, email: Email, name: Name, password: Password) -> Result<()> {
        passwords::judge(&password, "/password", &[email.as_str(), name.as_str()])?;
        let password_hash = self.passwords.hash(password, Standing::operator()).await?;
        let new = NewUser { email, verified: true, name, password_hash: Some(password_hash) };
        let create = async move |tx: &SystemTx| accounts::create(tx, &new).await.map(drop);
        self.public.write(create).await
    }

    /// Disables or enables an account, with immediate effect. Ends its sessions and mailed links. Its API tokens are
    /// refused while the account is disabled, but not revoked.
    ///
    /// # Errors
    /// An internal error if no account has the address.
    pub async fn set_disabled(&self, email: &Email, disabled: bool) -> Result<()> {
        let change = async move |user: &UserWrite| {
            accounts::store::set_disabled(user, disabled).await?;
            links::store::end_all_links(user).await?;
            let event = if disabled { Event::AccountDisabled } else { Event::AccountEnabled };
            security_log::record(user, &event).await?;
            sessions::store::end_others(user, Id::NIL).await
        };
        self.change_account(email, change).await
    }

    /// Sets a new password, resets the account's throttle, ends every session, and notifies the user. Returns the names
    /// of the API tokens that go on working: none if `revoke_tokens` is set.
    ///
    /// # Errors
    /// An internal error if no account has the address; 422 if the password is weak.
    pub async fn reset_password(
        &self,
        email: &Email,
        password: Password,
        revoke_tokens: bool,
    ) -> Result<Vec<Name>> {
        passwords::judge(&password, "/password", &[email.as_str()])?;
        let (hash, outbox) =
            (self.passwords.hash(password, Standing::operator()).await?, self.outbox.clone());
        let canonical = email.canonical().to_owned();
        let change = async move |user: &UserWrite| {
            security::set_password(user, &outbox, &hash).await?;
            throttle::forgive(&user.directory(), user.user(), &canonical).await?;
            if revoke_tokens {
                security::revoke_api_tokens(user).await?;
            }
            let left = api_tokens::valid(user).await?;
            Ok(left.into_iter().map(|token| token.name).collect())
        };
        self.change_account(email, change).await
    }

    /// Removes the second factor and the passkeys of a user who has lost them. Ends every session and notifies the
    /// user.
    ///
    /// # Errors
    /// An internal error if no account has the address.
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

    /// Ends every session of a user, and the links for a change of address, which a session may have requested.
    ///
    /// # Errors
    /// An internal error if no account has the address.
    pub async fn end_sessions(&self, email: &Email) -> Result<()> {
        let end = async move |user: &UserWrite| {
            links::store::end_links(user, Kind::Change, None).await?;
            security_log::record(user, &Event::SessionsEnded).await?;
            sessions::store::end_others(user, Id::NIL).await
        };
        self.change_account(email, end).await
    }

    async fn change_account<T: Send + 'static>(
        &self,
        email: &Email,
        change: impl AsyncFn(&UserWrite) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let email = email.clone();
        let find_and_change = async move |tx: &SystemTx| {
            let found = accounts::store::credential(tx, email.canonical()).await?;
            let found =
                found.ok_or_else(|| Error::internal(format!("nobody has the address {}", email.as_str())))?;
            change(&tx.become_user(found.user, Id::NIL)).await
        };
        let changed = self.public.write(find_and_change).await?;
        // The account's event streams at running servers end now, not with their next heartbeat.
        self.public.gateway().flush_notices().await;
        Ok(changed)
    }
}
