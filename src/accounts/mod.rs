//! People: their accounts, passwords and sessions.

pub(crate) mod http;
pub mod passwords;
pub mod sessions;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    access::{SystemTx, UserTx, UserWrite},
    clock::Time,
    error::{Code, Result},
    http::answer::Versioned,
    id::UserId,
    text::{Email, Name, TimeZone},
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
pub struct NewUser {
    pub email: Email,
    /// Whether the address is known to be theirs: they came through an invitation that was sent there.
    pub verified: bool,
    pub name: Name,
    pub password_hash: String,
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
///
/// # Errors
/// When the database fails.
pub async fn me(tx: &UserTx) -> Result<User> {
    store::user(tx).await
}

/// The caller's account, locked for this transaction: of two changes at once the second sees the first.
///
/// # Errors
/// When the database fails.
pub async fn lock_me(tx: &UserWrite) -> Result<User> {
    store::lock_user(tx).await?;
    me(tx).await
}

/// Changes the name or time zone of the caller's account, which was locked before.
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &UserWrite, user: User, name: Name, time_zone: TimeZone) -> Result<User> {
    if name == user.name && time_zone == user.time_zone {
        return Ok(user);
    }
    let user = User {
        name,
        time_zone,
        version: user.version + 1,
        updated_at: tx.now(),
        ..user
    };
    store::update_user(tx, &user).await?;
    Ok(user)
}
