//! The operator's changes to accounts, from the command line (`guildhall user`) and over HTTP.

use std::sync::Arc;

use super::{
    accounts::{
        self, NewUser,
        lanes::Standing,
        passwords::{self, Passwords},
    },
    api_tokens,
    links::{self, Kind},
    recovery, security, sessions,
};
use crate::{
    access::{
        Public, SystemTx, UserWrite,
        security_log::{self, Event},
        throttle,
    },
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{Id, UserId},
        text::{Email, Name, Password},
    },
    effects::mail::{AccountChange, Outbox, reset_url},
};

/// Changes accounts on behalf of the server's operator.
#[derive(Clone)]
pub struct Operator {
    pub public: Public,
    pub passwords: Arc<Passwords>,
    pub outbox: Outbox,
    /// Whether messages are sent to their recipients.
    pub delivers: bool,
    /// The front end's URL, which links begin with.
    pub app_url: String,
}

/// How the operator names an account.
#[derive(Debug, Clone)]
pub enum Whose {
    Address(Email),
    Id(UserId),
}

impl From<&Email> for Whose {
    fn from(email: &Email) -> Self {
        Self::Address(email.clone())
    }
}

impl From<UserId> for Whose {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl Whose {
    /// Finds the account.
    ///
    /// # Errors
    /// An internal error if no account has the address; 404 if none has the id.
    async fn find(&self, tx: &SystemTx) -> Result<UserId> {
        match self {
            Self::Address(email) => {
                let found = accounts::store::credential(tx, email.canonical()).await?;
                let nobody = || Error::internal(format!("nobody has the address {}", email.as_str()));
                found.map(|found| found.user).ok_or_else(nobody)
            }
            Self::Id(id) if accounts::store::is_account(tx, *id).await? => Ok(*id),
            Self::Id(_) => Err(Code::NotFound.into()),
        }
    }
}

/// A link to choose a new password that nobody was mailed.
pub struct HandedReset {
    pub token: String,
    pub url: String,
    pub expires_at: Time,
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

    /// Disables or enables an account, as [`set_disabled`] does.
    ///
    /// # Errors
    /// An internal error if no account has the address.
    pub async fn set_disabled(&self, email: &Email, disabled: bool) -> Result<()> {
        self.change(email, async move |user: &UserWrite| set_disabled(user, disabled).await).await
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
        self.change(email, change).await
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
        self.change(email, remove).await
    }

    /// Ends every session of a user, as [`sign_out`] does.
    ///
    /// # Errors
    /// An internal error if no account has the address.
    pub async fn sign_out(&self, email: &Email, revoke_tokens: bool) -> Result<()> {
        self.change(email, async move |user: &UserWrite| sign_out(user, revoke_tokens).await).await
    }

    /// Mails a user the link to choose a new password. Where no mail is sent, returns its token instead, which proves no
    /// address.
    ///
    /// # Errors
    /// 409 if the account is disabled.
    pub async fn offer_reset(&self, user: &UserWrite) -> Result<Option<HandedReset>> {
        if !accounts::store::lock_user(user).await? {
            return Err(Code::AccountDisabled.into());
        }
        let me = accounts::me(user).await?;
        let address = accounts::stored_email(&me.email)?;
        security_log::record(user, &Event::PasswordResetOffered).await?;
        if self.delivers {
            return recovery::reset(user, &self.outbox, &me.name, &address).await.map(|()| None);
        }
        let token = links::issue(user, Kind::HandedReset, &address, None).await?;
        let (url, expires_at) = (reset_url(&self.app_url, &token), user.now() + Kind::HandedReset.life());
        Ok(Some(HandedReset { token, url, expires_at }))
    }

    /// Finds an account and runs `change` on it, with immediate effect, in one transaction.
    ///
    /// # Errors
    /// Those of [`Whose::find`] and of `change`.
    pub async fn change<T: Send + 'static>(
        &self,
        whose: impl Into<Whose>,
        change: impl AsyncFn(&UserWrite) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let whose = whose.into();
        let find_and_change = async move |tx: &SystemTx| {
            let user = whose.find(tx).await?;
            change(&tx.become_user(user, Id::NIL)).await
        };
        let changed = self.public.write(find_and_change).await?;
        // The account's event streams at running servers end now, not with their next heartbeat.
        self.public.gateway().flush_notices().await;
        Ok(changed)
    }
}

/// Disables or enables an account. Ends its sessions and mailed links. Its API tokens are refused while the account is
/// disabled, but not revoked. One that is as wanted stays as it is.
pub async fn set_disabled(user: &UserWrite, disabled: bool) -> Result<()> {
    let is_disabled = !accounts::store::lock_user(user).await?;
    if is_disabled == disabled {
        return Ok(());
    }
    accounts::store::set_disabled(user, disabled).await?;
    links::store::end_all_links(user).await?;
    let event = if disabled { Event::AccountDisabled } else { Event::AccountEnabled };
    security_log::record(user, &event).await?;
    sessions::store::end_others(user, Id::NIL).await
}

/// Ends every session of a user, and the links for a change of address, which a session may have requested. Revokes the
/// API tokens too, if `revoke_tokens` is set.
pub async fn sign_out(user: &UserWrite, revoke_tokens: bool) -> Result<()> {
    links::store::end_links(user, Kind::Change, None).await?;
    security_log::record(user, &Event::SignedOut).await?;
    sessions::store::end_others(user, Id::NIL).await?;
    if revoke_tokens {
        security::revoke_api_tokens(user).await?;
    }
    Ok(())
}
