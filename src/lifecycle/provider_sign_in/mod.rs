//! Signing in through an identity provider: with the account that is linked to it, with the account whose address it
//! verified, or with a new account.

pub(crate) mod http;

use crate::{
    access::{
        SystemTx, UserWrite,
        security_log::{self, Event, SignInMethod},
    },
    base::{
        error::{Code, Error, Result},
        id::{IdentityId, UserId},
        json::ParseError,
        text::{Email, Name},
    },
    effects::mail::AccountChange,
    http::client::Client,
    identity::{
        accounts::{self, NewUser, User, rules::Signup, store::Credential},
        login::Login,
        oidc::{self, Claims, RelyingParty},
        security,
        sessions::Issued,
    },
    lifecycle::membership,
    workspace::invitations::{self, Key},
};

/// The settings and services that a sign-in through an identity provider needs.
#[derive(Clone)]
struct SignIn {
    party: RelyingParty,
    login: Login,
}

/// Signs in the user that an identity provider's claims identify: with the account that is linked, with the account
/// whose address the provider verified, or with a new account. The inner error, such as a required second factor, is
/// answered after the transaction commits.
///
/// # Errors
/// 401 if the linked account is disabled or was unlinked meanwhile; 403 if the provider doesn't vouch for an address,
/// or if nobody may sign up; 409 if the address belongs to an account that can't be linked without its user's request; 422
/// if the invitation can't be accepted.
async fn admit(
    tx: &SystemTx,
    with: &SignIn,
    claims: &Claims,
    invitation: Option<&invitations::Token>,
    client: &Client,
) -> Result<Result<(User, Issued)>> {
    let user = match oidc::store::user_of(tx, claims).await? {
        Some((identity, user)) => return_to(tx, identity, user, claims).await?,
        None => introduce(tx, with, claims, invitation).await?,
    };
    let account = accounts::store::credential_of(&user).await?.ok_or(Code::Unauthenticated)?;
    with.login.demand_verified(&account)?;
    with.login.enter(&user, account.session_epoch, SignInMethod::Provider, None, client, None).await
}

/// Returns the linked account. Locks it before reading the link again, which may have been removed meanwhile.
///
/// # Errors
/// 401 if the account is disabled or no longer linked.
async fn return_to(tx: &SystemTx, identity: IdentityId, user: UserId, claims: &Claims) -> Result<UserWrite> {
    let user = tx.become_user(user, tx.id());
    if accounts::store::lock_user(&user).await? && oidc::store::note_use(&user, identity, claims).await? {
        return Ok(user);
    }
    Err(Code::Unauthenticated.with("This account is disabled, or no longer linked to the provider."))
}

/// Links an identity that is new to the server to the account that has its address, or to a new account.
///
/// # Errors
/// 403 if the provider doesn't vouch for the address; otherwise those of [`recognize`] and [`sign_up`].
async fn introduce(
    tx: &SystemTx,
    with: &SignIn,
    claims: &Claims,
    invitation: Option<&invitations::Token>,
) -> Result<UserWrite> {
    let email =
        claims.email.clone().filter(|_| claims.email_verified).ok_or(Code::ProviderEmailUnverified)?;
    let user = match accounts::store::credential(tx, email.canonical()).await? {
        Some(account) => recognize(tx, with, claims, &account, &email).await?,
        None => sign_up(tx, with, claims, email, invitation).await?,
    };
    oidc::store::insert(&user, tx.id(), claims).await?;
    Ok(user)
}

/// Returns the account that has the address. An account whose address nobody had proved is handed over without the
/// credentials of whoever made it. One with a second factor isn't linked until its user logs in with that factor.
///
/// # Errors
/// 409 otherwise.
async fn recognize(
    tx: &SystemTx,
    with: &SignIn,
    claims: &Claims,
    account: &Credential,
    email: &Email,
) -> Result<UserWrite> {
    let user = tx.become_user(account.user, tx.id());
    let me = accounts::lock_me(&user).await?;
    if me.email_verified && me.mfa_enabled {
        return Err(Code::EmailTaken
            .with("An account has this address. Log in with its password, and link the provider there."));
    }
    let name = name_of(claims, email)?;
    let new = NewUser { email: email.clone(), verified: true, name, password_hash: None };
    let provider = oidc::provider_name(&with.party.providers, claims);
    if security::hand_over_to(&user, &new).await? {
        security_log::record(&user, &Event::ProviderLinked { provider }).await?;
    } else {
        security::secure(&user, &with.party.outbox, AccountChange::ProviderLinked { provider }).await?;
    }
    Ok(user)
}

async fn sign_up(
    tx: &SystemTx,
    with: &SignIn,
    claims: &Claims,
    email: Email,
    invitation: Option<&invitations::Token>,
) -> Result<UserWrite> {
    let allowed = match with.login.rules.signup {
        Signup::Open => true,
        Signup::Invited => invitation.is_some(),
        Signup::Closed => false,
    };
    if !allowed {
        return Err(Code::SignupClosed.into());
    }
    if let Some(token) = invitation {
        invitations::for_newcomer(tx, token, &email).await?;
    }
    let name = name_of(claims, &email)?;
    let new = NewUser { email, verified: true, name, password_hash: None };
    let user = accounts::create(tx, &new).await?;
    let provider = oidc::provider_name(&with.party.providers, claims);
    security_log::record(&user, &Event::ProviderLinked { provider }).await?;
    if let Some(token) = invitation {
        membership::accept(&user, &Key::Token(token.clone())).await.map_err(invitations::unusable)?;
    }
    Ok(user)
}

/// Returns the name that the provider claims, or else the first 100 characters of the address's local part.
fn name_of(claims: &Claims, email: &Email) -> Result<Name> {
    let first: String = email.as_str().split('@').next().unwrap_or_default().chars().take(100).collect();
    let name = claims.name.clone().map_or_else(|| first.parse(), Ok);
    name.map_err(|_: ParseError| Error::internal("an address without a first part"))
}
