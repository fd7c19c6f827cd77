//! People: their accounts, addresses and passwords.

pub mod guess;
pub(crate) mod http;
pub mod links;
pub mod operator;
pub mod passwords;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    access::{SystemTx, UserTx, UserWrite},
    api_tokens,
    clock::Time,
    error::{Code, Error, Result},
    factors,
    http::answer::{Counts, Versioned},
    id::{Id, UserId},
    invitations,
    mail::{AccountChange, Letter, Outbox},
    members, passkeys, providers, sessions,
    text::{Email, Name, TimeZone},
    throttle,
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
///
/// # Errors
/// When the database fails.
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
///
/// # Errors
/// When the database fails.
pub async fn update(tx: &UserWrite, user: User, name: Name, time_zone: TimeZone) -> Result<User> {
    if name == user.name && time_zone == user.time_zone {
        return Ok(user);
    }
    let user = User { name, time_zone, version: user.version + 1, updated_at: tx.now(), ..user };
    store::update_user(tx, &user).await?;
    Ok(user)
}

/// The caller's address.
///
/// # Errors
/// When the database fails.
pub async fn own_email(tx: &UserTx) -> Result<Email> {
    stored_email(&me(tx).await?.email)
}

/// An address out of the database.
fn stored_email(address: &str) -> Result<Email> {
    address.parse().map_err(|_| Error::internal("a stored address isn't one"))
}

/// Signs up where addresses have to be verified first: whether the address has an account is told to its holder only.
///
/// # Errors
/// When the database fails.
pub async fn apply(tx: &SystemTx, outbox: &Outbox, new: &NewUser) -> Result<()> {
    if !throttle::admits(tx, &throttle::Throttle::mail(&new.email)).await? {
        return Ok(());
    }
    let user = match store::credential(tx, new.email.canonical()).await? {
        None => create(tx, new).await?,
        Some(holder) => {
            let user = tx.become_user(holder.user, Id::NIL);
            if holder.disabled_at.is_some() || !store::is_unfinished(&user).await? {
                let letter = Letter::AlreadyRegistered { name: holder.name.to_string() };
                return outbox.put(tx, &holder.email, letter).await;
            }
            user
        }
    };
    let password_hash = new.password_hash.clone().unwrap_or_default();
    let said = links::Application { name: new.name.clone(), password_hash };
    links::verification(&user, outbox, &new.name, &new.email, Some(&said)).await
}

/// Gives the user another password and tells them. Every session but this transaction's ends.
///
/// # Errors
/// When the database fails.
pub async fn set_password(tx: &UserWrite, outbox: &Outbox, hash: &str) -> Result<()> {
    store::lock_user(tx).await?;
    store::set_password(tx, hash).await?;
    store::end_links(tx, links::Kind::Reset, None).await?;
    secure(tx, outbox, AccountChange::Password).await
}

/// Before the owner of the address takes the account over, takes away what whoever had it until now may have made to come
/// back with: API tokens; and where nobody had proved the address, passkeys and providers.
///
/// # Errors
/// When the database fails.
pub async fn evict(tx: &UserWrite) -> Result<()> {
    let me = lock_me(tx).await?;
    api_tokens::store::revoke_all(tx).await?;
    if !me.email_verified {
        passkeys::store::delete_all(tx).await?;
        providers::store::delete_all(tx).await?;
    }
    Ok(())
}

/// After a change of what proves that somebody is the user, who was locked before: they are told, and every session but
/// this transaction's ends, because whoever proved themselves otherwise may be somebody else.
///
/// # Errors
/// When the database fails.
pub async fn secure(tx: &UserWrite, outbox: &Outbox, change: AccountChange) -> Result<()> {
    let me = me(tx).await?;
    store::touch(tx).await?;
    // They may have asked for another address.
    end_changes(tx).await?;
    sessions::store::end_others(tx, tx.session()).await?;
    let letter = Letter::AccountChanged { name: me.name.to_string(), change };
    outbox.put(&tx.directory(), &me.email, letter).await
}

/// Refuses to leave the user without any way to log in.
///
/// # Errors
/// 409.
pub async fn demand_way_in(tx: &UserTx) -> Result<()> {
    if store::has_way_in(tx).await? { Ok(()) } else { Err(Code::LastWayIn.into()) }
}

/// Ends what was asked for in other sessions: a change of address that isn't proved yet.
///
/// # Errors
/// When the database fails.
pub async fn end_changes(tx: &UserWrite) -> Result<()> {
    store::end_links(tx, links::Kind::Change, None).await
}

/// Ends the account, which was locked before: the person is anonymized, leaves every organization, and their work stays.
/// What went with it.
///
/// # Errors
/// 409 while they are some organization's last owner.
pub async fn delete(tx: &UserWrite, user: &User) -> Result<Counts> {
    let email = stored_email(&user.email)?;
    let (mut organizations, mut unassigned, mut tokens) = (0, Vec::new(), Vec::new());
    let sessions = sessions::store::count_others(tx).await? + 1;
    for org in store::orgs(tx).await? {
        let Some(org) = tx.work_in_any(org).await? else { continue };
        let me = members::store::find(&org, tx.user()).await?.ok_or(Code::NotFound)?;
        let departure = members::end(&org, me, None).await?;
        unassigned.extend(departure.unassigned);
        tokens.extend(departure.revoked_tokens);
        organizations += i64::from(!org.is_deleted());
        invitations::forget_address(&org, &email).await?;
    }
    sessions::store::end_others(tx, Id::NIL).await?;
    tokens.extend(api_tokens::store::revoke_all(tx).await?);
    store::free_emails(tx).await?;
    factors::forget(tx).await?;
    passkeys::store::delete_all(tx).await?;
    providers::store::delete_all(tx).await?;
    throttle::forgive(&tx.directory(), tx.user(), email.canonical()).await?;
    store::anonymize(tx).await?;
    Ok(Counts::one("accounts")
        .and("memberships", organizations)
        .and_all("assignments", &unassigned)
        .and("sessions", sessions)
        .and_all("tokens", &tokens))
}

/// Throws away mailed secrets that are long over.
///
/// # Errors
/// When the database fails.
pub async fn sweep(tx: &SystemTx) -> Result<u64> {
    store::sweep_links(tx, links::forgotten(tx.now())).await
}
