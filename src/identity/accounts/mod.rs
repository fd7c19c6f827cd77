//! People: their accounts, addresses and passwords.

pub(crate) mod http;
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

/// Somebody else, as everybody may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Person {
    pub id: UserId,
    pub name: String,
}

/// One's own account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub email_verified: bool,
    pub name: Name,
    pub time_zone: TimeZone,
    /// Whether they can log in with a password.
    pub has_password: bool,
    /// Whether a login with a password or through a provider takes a second factor too.
    pub mfa_enabled: bool,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Versioned for User {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What an account is made of.
#[derive(Clone)]
pub struct NewUser {
    pub email: Email,
    /// Whether the address is known to be theirs: they came through an invitation that was sent there.
    pub verified: bool,
    pub name: Name,
    /// None for who signs up through a provider.
    pub password_hash: Option<String>,
}

/// Makes an account and goes on as its user.
///
/// # Errors
/// 409 when the address has an account.
pub async fn create(tx: &SystemTx, new: &NewUser) -> Result<UserWrite> {
    let user = tx.id();
    store::insert_user(tx, user, new).await?;
    if !store::claim_email(tx, &new.email, user).await? {
        return Err(Code::EmailTaken.into());
    }
    Ok(tx.become_user(user, tx.id()))
}

/// The caller's account.
pub async fn me(tx: &UserTx) -> Result<User> {
    store::user(tx).await
}

/// The caller's account, locked for this transaction: of two changes at once the second sees the first. Locked before any
/// organization.
///
/// # Errors
/// 401 for who was disabled or deleted meanwhile.
pub async fn lock_me(tx: &UserWrite) -> Result<User> {
    if store::lock_user(tx).await? { me(tx).await } else { Err(Code::Unauthenticated.into()) }
}

/// Changes the name or time zone of the caller's account, which was locked before.
pub async fn update(tx: &UserWrite, user: User, name: Name, time_zone: TimeZone) -> Result<User> {
    if name == user.name && time_zone == user.time_zone {
        return Ok(user);
    }
    let user = User { name, time_zone, version: user.version + 1, updated_at: tx.now(), ..user };
    store::update_user(tx, &user).await?;
    Ok(user)
}

/// The caller's address.
pub async fn own_email(tx: &UserTx) -> Result<Email> {
    stored_email(&me(tx).await?.email)
}

/// An address out of the database.
pub fn stored_email(address: &str) -> Result<Email> {
    address.parse().map_err(|_| Error::internal("a stored address isn't one"))
}
