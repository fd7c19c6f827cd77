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
    security, sessions,
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
    effects::mail::{AccountChange, Message, Outbox, reset_url},
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

    /// Disables or enables an account, with immediate effect. Ends its sessions and mailed links. Its API tokens are
    /// refused while the account is disabled, but not revoked. One that is as wanted stays as it is.
    ///
    /// # Errors
    /// Those of [`Whose::find`].
    pub async fn set_disabled(&self, whose: impl Into<Whose>, disabled: bool) -> Result<()> {
        let change = async move |user: &UserWrite| {
            let is_disabled = !accounts::store::lock_user(user).await?;
            if is_disabled == disabled {
                return Ok(());
            }
            accounts::store::set_disabled(user, disabled).await?;
            links::store::end_all_links(user).await?;
            let event = if disabled { Event::AccountDisabled } else { Event::AccountEnabled };
            security_log::record(user, &event).await?;
            sessions::store::end_others(user, Id::NIL).await
        };
        self.change_account(whose, change).await
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

    /// Ends every session of a user, and the links for a change of address, which a session may have requested. Revokes
    /// the API tokens too, if `revoke_tokens` is set.
    ///
    /// # Errors
    /// Those of [`Whose::find`].
    pub async fn sign_out(&self, whose: impl Into<Whose>, revoke_tokens: bool) -> Result<()> {
        let end = async move |user: &UserWrite| {
            links::store::end_links(user, Kind::Change, None).await?;
            security_log::record(user, &Event::SignedOut).await?;
            sessions::store::end_others(user, Id::NIL).await?;
            if revoke_tokens {
                security::revoke_api_tokens(user).await?;
            }
            Ok(())
        };
        self.change_account(whose, end).await
    }

    /// Mails a user the link to choose a new password. Where no mail is sent, returns its token instead, which proves no
    /// address.
    ///
    /// # Errors
    /// Those of [`Whose::find`]; 409 if the account is disabled.
    pub async fn offer_reset(&self, whose: impl Into<Whose>) -> Result<Option<HandedReset>> {
        let Self { outbox, delivers, app_url, .. } = self.clone();
        let offer = async move |user: &UserWrite| {
            if !accounts::store::lock_user(user).await? {
                return Err(Code::AccountDisabled.into());
            }
            let me = accounts::me(user).await?;
            let address = accounts::stored_email(&me.email)?;
            security_log::record(user, &Event::PasswordResetOffered).await?;
            if !delivers {
                let token = links::issue(user, Kind::HandedReset, &address, None).await?;
                let (url, expires_at) = (reset_url(&app_url, &token), user.now() + Kind::HandedReset.life());
                return Ok(Some(HandedReset { token, url, expires_at }));
            }
            let token = links::issue(user, Kind::Reset, &address, None).await?;
            let message = Message::Reset { name: me.name.to_string(), token };
            outbox.put(&user.directory(), &me.email, message).await.map(|()| None)
        };
        self.change_account(whose, offer).await
    }

    async fn change_account<T: Send + 'static>(
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
