//! Checking an account's password, at login and wherever it is asked for again, within the limits of the throttle.

use crate::{
    access::{
        SystemTx, UserTx, UserWrite,
        security_log::{self, Event, Reason},
        throttle::{self, Guesser, Throttle},
    },
    base::{
        error::{Code, Result},
        id::{SessionId, UserId},
        text::{Email, Password},
    },
    http::client::Client,
    identity::{
        accounts::{
            self,
            lanes::Standing,
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
    standing: Standing,
    credential: Option<Credential>,
    /// Returns what the security log records if the password is wrong.
    failure: fn(Reason) -> Event,
}

/// The result of a password check.
#[derive(Debug, Clone)]
pub struct Checked {
    throttle: Throttle,
    standing: Standing,
    right: Option<Credential>,
    user: Option<UserId>,
    failure: fn(Reason) -> Event,
    /// The hash of the same password with the current parameters, if the stored one has others.
    rehashed: Option<String>,
}

impl Guess {
    /// Starts the check of the password of the account with this e-mail address, for a login. `device` is the session
    /// of the device token that the client sent.
    ///
    /// # Errors
    /// 429 after too many failures.
    pub async fn at(
        tx: &SystemTx,
        email: &Email,
        client: &Client,
        device: Option<SessionId>,
    ) -> Result<Self> {
        let credential = store::credential(tx, email.canonical()).await?;
        let guesser = match &credential {
            Some(found) => sessions::guesser(tx, found.user, client, device).await?,
            None => Guesser::Stranger(client.address),
        };
        let throttle = Throttle::password(email, guesser);
        let failure = |reason| Event::SignInFailed { reason };
        Self::start(tx, throttle, Standing::logging_in(client), credential, failure).await
    }

    /// Starts the check of the caller's own password.
    ///
    /// # Errors
    /// 429 after too many failures in this session.
    pub async fn own(tx: &UserTx) -> Result<Self> {
        let email = accounts::own_email(tx).await?;
        let credential = store::credential(&tx.directory(), email.canonical()).await?;
        let throttle = Throttle::password(&email, Guesser::InSession(tx.session()));
        let failure = |reason| Event::ConfirmationFailed { reason };
        Self::start(&tx.directory(), throttle, Standing::logged_in(tx.user()), credential, failure).await
    }

    async fn start(
        tx: &SystemTx,
        throttle: Throttle,
        standing: Standing,
        credential: Option<Credential>,
        failure: fn(Reason) -> Event,
    ) -> Result<Self> {
        throttle::check(tx, &throttle).await?;
        Ok(Self { throttle, standing, credential, failure })
    }

    /// Compares the password. Takes as long for an unknown account as for a known one. A disabled account's password
    /// counts as wrong.
    ///
    /// # Errors
    /// 503 if too many calls are waiting.
    pub async fn check(self, passwords: &Passwords, password: Password) -> Result<Checked> {
        let Self { throttle, standing, credential, failure } = self;
        let user = credential.as_ref().map(|found| found.user);
        let hash = credential.as_ref().and_then(|found| found.password_hash.clone());
        let verdict = passwords.verify(password.clone(), hash, standing).await?;
        let active = credential.filter(|found| found.disabled_at.is_none());
        let right = active.filter(|_| verdict != Verdict::Wrong);
        let rehashed = match &right {
            Some(_) if verdict == Verdict::Outdated => Some(passwords.hash(password, standing).await?),
            _ => None,
        };
        Ok(Checked { throttle, standing, right, user, failure, rehashed })
    }
}

impl Checked {
    /// Returns where the caller stands in the queue for hashing.
    pub const fn standing(&self) -> Standing {
        self.standing
    }

    /// Returns whether the password is right.
    pub const fn is_right(&self) -> bool {
        self.right.is_some()
    }

    /// Returns the account if the password is right. Otherwise counts and records the failure and returns the refusal, a
    /// 401, as the inner error, to be answered after the commit.
    ///
    /// # Errors
    /// 429 if there were too many failures, including those of parallel requests.
    pub async fn settle(&self, tx: &SystemTx) -> Result<Result<&Credential>> {
        if let Some(found) = &self.right {
            throttle::check(tx, &self.throttle).await?;
            return Ok(Ok(found));
        }
        throttle::fail(tx, &self.throttle).await?;
        security_log::record_failure(tx, self.user, &(self.failure)(Reason::WrongPassword)).await?;
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
