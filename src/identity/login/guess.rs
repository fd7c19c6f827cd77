//! Checking an account's password, at login and wherever it is asked for again, within the limits of the throttle.

use std::net::IpAddr;

use crate::{
    access::{
        SystemTx, UserWrite,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Result},
        text::{Email, Password},
    },
    http::client::network,
    identity::{
        accounts::{
            passwords::{Passwords, Verdict},
            store::{self, Credential},
        },
        sessions,
    },
};

/// A password check that has started, for an account that may not exist.
#[derive(Debug, Clone)]
pub struct Guess {
    throttle: Throttle,
    credential: Option<Credential>,
}

/// The result of a password check.
#[derive(Debug, Clone)]
pub struct Checked {
    throttle: Throttle,
    right: Option<Credential>,
    /// The hash of the same password with the current parameters, if the stored one has others.
    rehashed: Option<String>,
}

impl Guess {
    /// Starts the check of the password of the account with this e-mail address, for a client at this network address.
    ///
    /// # Errors
    /// 429 after too many failures.
    pub async fn at(tx: &SystemTx, email: &Email, address: IpAddr) -> Result<Self> {
        let credential = store::credential(tx, email.canonical()).await?;
        let known = match &credential {
            Some(found) => sessions::store::came_from(tx, found.user, network(address)).await?,
            None => false,
        };
        let throttle = Throttle::account(email, address, known);
        throttle::check(tx, &throttle).await?;
        Ok(Self { throttle, credential })
    }

    /// Compares the password. Takes as long for an unknown account as for a known one. A disabled account's password
    /// counts as wrong.
    ///
    /// # Errors
    /// 503 if too many calls are waiting.
    pub async fn check(self, passwords: &Passwords, password: Password) -> Result<Checked> {
        let hash = self.credential.as_ref().and_then(|found| found.password_hash.clone());
        let verdict = passwords.verify(password.clone(), hash).await?;
        let active = self.credential.filter(|found| found.disabled_at.is_none());
        let right = active.filter(|_| verdict != Verdict::Wrong);
        let rehashed = match &right {
            Some(_) if verdict == Verdict::Outdated => Some(passwords.hash(password).await?),
            _ => None,
        };
        Ok(Checked { throttle: self.throttle, right, rehashed })
    }
}

impl Checked {
    /// Returns whether the password is right.
    pub const fn is_right(&self) -> bool {
        self.right.is_some()
    }

    /// Returns the account if the password is right. Otherwise counts the failure and returns the refusal, a 401, as
    /// the inner error, to be answered after the commit.
    ///
    /// # Errors
    /// 429 if there were too many failures, including those of parallel requests.
    pub async fn settle(&self, tx: &SystemTx) -> Result<Result<&Credential>> {
        if let Some(found) = &self.right {
            throttle::check(tx, &self.throttle).await?;
            return Ok(Ok(found));
        }
        throttle::fail(tx, &self.throttle).await?;
        Ok(Err(Code::InvalidCredentials.into()))
    }

    /// Replaces the stored hash if it was made with other parameters than the current ones.
    pub async fn renew_hash(&self, tx: &UserWrite) -> Result<()> {
        let old = self.right.as_ref().and_then(|found| found.password_hash.as_ref());
        match (old, &self.rehashed) {
            (Some(old), Some(new)) => store::rehash(tx, old, new).await,
            _ => Ok(()),
        }
    }
}
