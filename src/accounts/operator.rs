//! What whoever runs the server does to accounts from its own shell: `guildhall user`.

use super::{NewUser, links::Kind, store};
use crate::{
    access::{Public, SystemTx, UserWrite},
    app::App,
    error::{Error, Result},
    factors,
    id::Id,
    mail::AccountChange,
    passkeys, sessions,
    text::{Email, Name, Password},
    throttle,
};

/// Makes an account with a verified address.
///
/// # Errors
/// 409 when the address has an account; 422 for a weak password.
pub async fn create(app: &App, email: Email, name: Name, password: Password) -> Result<()> {
    super::passwords::judge(&password, "/password", &[email.as_str(), name.as_str()])?;
    let password_hash = app.passwords().hash(password).await?;
    let new = NewUser { email, verified: true, name, password_hash: Some(password_hash) };
    let create = async move |tx: &SystemTx| super::create(tx, &new).await.map(drop);
    Public::new(app).write(create).await
}

/// Lets somebody act no more, at once: their sessions end and their API tokens rest. Or lets them act again.
///
/// # Errors
/// When nobody has the address.
pub async fn set_disabled(app: &App, email: &Email, disabled: bool) -> Result<()> {
    let change = async move |user: &UserWrite| {
        store::set_disabled(user, disabled).await?;
        store::end_all_links(user).await?;
        sessions::store::end_others(user, Id::NIL).await
    };
    change_account(app, email, change).await
}

/// Gives somebody another password, and opens the account where wrong guesses had closed it. Every session ends.
///
/// # Errors
/// When nobody has the address; 422 for a weak password.
pub async fn reset_password(app: &App, email: &Email, password: Password) -> Result<()> {
    super::passwords::judge(&password, "/password", &[email.as_str()])?;
    let (hash, outbox) = (app.passwords().hash(password).await?, app.outbox().clone());
    let canonical = email.canonical().to_owned();
    let change = async move |user: &UserWrite| {
        super::set_password(user, &outbox, &hash).await?;
        throttle::forgive(&user.directory(), user.user(), &canonical).await
    };
    change_account(app, email, change).await
}

/// Takes away somebody's second factor and passkeys, for who has lost them. They are told, and every session ends.
///
/// # Errors
/// When nobody has the address.
pub async fn remove_factors(app: &App, email: &Email) -> Result<()> {
    let outbox = app.outbox().clone();
    let remove = async move |user: &UserWrite| {
        store::lock_user(user).await?;
        factors::forget(user).await?;
        passkeys::store::delete_all(user).await?;
        super::secure(user, &outbox, AccountChange::FactorsRemoved).await
    };
    change_account(app, email, remove).await
}

/// Logs somebody out everywhere.
///
/// # Errors
/// When nobody has the address.
pub async fn end_sessions(app: &App, email: &Email) -> Result<()> {
    let end = async move |user: &UserWrite| {
        store::end_links(user, Kind::Change, None).await?;
        sessions::store::end_others(user, Id::NIL).await
    };
    change_account(app, email, end).await
}

async fn change_account(
    app: &App,
    email: &Email,
    change: impl AsyncFn(&UserWrite) -> Result<()> + Send + 'static,
) -> Result<()> {
    let email = email.clone();
    let find_and_change = async move |tx: &SystemTx| {
        let found = store::credential(tx, email.canonical()).await?;
        let found =
            found.ok_or_else(|| Error::internal(format!("nobody has the address {}", email.as_str())))?;
        change(&tx.become_user(found.user, Id::NIL)).await
    };
    Public::new(app).write(find_and_change).await
}
