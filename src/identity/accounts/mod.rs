//! User accounts: names, e-mail addresses and passwords.

pub(crate) mod http;
pub mod lanes;
pub mod passwords;
pub mod rules;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    access::{SystemTx, UserTx, UserWrite},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::UserId,
        text::{Email, Name, TimeZone},
    },
    http::answer::Versioned,
};

/// A user, as other users see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Person {
    /// The user's id.
    pub id: UserId,
    /// The user's name.
    pub name: String,
}

/// The caller's own account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The address that the user logs in with, and that messages go to.
    pub email: String,
    /// Whether the user has proved that the e-mail address is theirs.
    pub email_verified: bool,
    /// The name that other users see.
    pub name: Name,
    /// The name of an IANA time zone, such as `Europe/Zurich`.
    pub time_zone: TimeZone,
    /// Whether the user can log in with a password.
    pub has_password: bool,
    /// Whether a login with a password or through an identity provider also needs the second factor.
    pub mfa_enabled: bool,
    /// A number that grows with each change of the account.
    pub version: i64,
    /// The time of the sign-up.
    pub created_at: Time,
    /// The time of the last change of the account.
    pub updated_at: Time,
}

impl Versioned for User {
    fn version(&self) -> i64 {
        self.version
    }
}

/// The data of an account to create.
#[derive(Clone)]
pub struct NewUser {
    pub email: Email,
    /// Whether the address is proved: for example, the user followed an invitation that was sent to it.
    pub verified: bool,
    pub name: Name,
    /// `None` for a user who signs up through an identity provider.
    pub password_hash: Option<String>,
}

/// Creates an account and continues the transaction as its user.
///
/// # Errors
/// 409 if the address has an account.
pub async fn create(tx: &SystemTx, new: &NewUser) -> Result<UserWrite> {
    let user = tx.id();
    store::insert_user(tx, user, new).await?;
    if !store::claim_email(tx, &new.email, user).await? {
        return Err(Code::EmailTaken.into());
    }
    Ok(tx.become_user(user, tx.id()))
}

/// Returns the caller's account.
pub async fn me(tx: &UserTx) -> Result<User> {
    store::user(tx).await
}

/// Locks the caller's account for this transaction and returns it, so that the second of two concurrent changes sees
/// the first. The account must be locked before any organization.
///
/// # Errors
/// 401 if the user was disabled or deleted meanwhile.
pub async fn lock_me(tx: &UserWrite) -> Result<User> {
    if store::lock_user(tx).await? { me(tx).await } else { Err(Code::Unauthenticated.into()) }
}

/// Changes the name or time zone of the caller's account, which the caller must have locked. Returns the account.
pub async fn update(tx: &UserWrite, user: User, name: Name, time_zone: TimeZone) -> Result<User> {
    if name == user.name && time_zone == user.time_zone {
        return Ok(user);
    }
    let user = User { name, time_zone, version: user.version + 1, updated_at: tx.now(), ..user };
    store::update_user(tx, &user).await?;
    Ok(user)
}

/// Returns the caller's e-mail address.
pub async fn own_email(tx: &UserTx) -> Result<Email> {
    stored_email(&me(tx).await?.email)
}

/// Parses an e-mail address from the database.
pub fn stored_email(address: &str) -> Result<Email> {
    address.parse().map_err(|_| Error::internal("a stored address isn't one"))
}
