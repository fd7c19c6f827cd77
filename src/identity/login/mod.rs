//! Logging in: the rules that every login follows, and the second factor after a password or an identity provider.

mod guess;
pub(crate) mod http;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

pub use guess::Guess;

use super::{
    accounts::{
        self, User,
        passwords::Passwords,
        rules::{EmailVerification, Rules},
        store::Credential,
    },
    mfa::{FactorCode, SecondFactor},
    sessions::{self, Issued, Issuer},
};
use crate::{
    access::{
        UserWrite,
        security_log::{self, Event, SignInMethod},
        tickets::TicketPayload,
    },
    base::{
        error::{Code, Error, Result},
        id::{SessionId, UserId},
    },
    effects::mail::Outbox,
    http::client::Client,
};

/// The ticket payload of a login that has passed the first factor, a password or an identity provider, and still needs
/// the second factor.
#[derive(Serialize, Deserialize)]
pub struct HalfLogin {
    pub user: UserId,
    /// The account's session epoch when the first factor was checked.
    pub session_epoch: i64,
    pub method: SignInMethod,
}

impl TicketPayload for HalfLogin {
    const PURPOSE: &'static str = "second factor";
    const LIFE: Duration = Duration::from_mins(5);
}

/// The settings and services that a login needs. Cheap to clone.
#[derive(Clone)]
pub struct Login {
    pub rules: Rules,
    pub passwords: Arc<Passwords>,
    pub second_factor: SecondFactor,
    pub issuer: Issuer,
    pub outbox: Outbox,
}

impl Login {
    /// Checks that the account's address is verified, if the operator requires that.
    ///
    /// # Errors
    /// 403 if it isn't.
    pub fn demand_verified(&self, account: &Credential) -> Result<()> {
        let required = self.rules.email_verification == EmailVerification::Required;
        if required && account.email_verified_at.is_none() {
            return Err(Code::EmailUnverified.into());
        }
        Ok(())
    }

    /// Starts a session for the user of this transaction, who has passed the first factor at this session epoch. If the
    /// account has a second factor, its code is checked too. A missing code (401 with an `mfa_token`) or a wrong one
    /// (401) is the inner error, to be answered after the commit, because a wrong code is counted.
    ///
    /// # Errors
    /// 429 after too many wrong codes.
    pub async fn enter(
        &self,
        tx: &UserWrite,
        session_epoch: i64,
        method: SignInMethod,
        code: Option<&FactorCode>,
        client: &Client,
        device: Option<SessionId>,
    ) -> Result<Result<(User, Issued)>> {
        let me = accounts::me(tx).await?;
        if me.mfa_enabled {
            let Some(code) = code else {
                security_log::record(tx, &Event::SecondFactorRequired { method }).await?;
                let half = HalfLogin { user: tx.user(), session_epoch, method };
                return Ok(Err(Error::mfa_required(self.issuer.gateway().tickets().issue(tx.now(), half)?)));
            };
            let guesser = sessions::guesser(&tx.directory(), tx.user(), client, device).await?;
            if let Err(wrong) = self.second_factor.check(tx, code, guesser).await? {
                return Ok(Err(wrong));
            }
        }
        let issued = sessions::start(tx, session_epoch, client, device, method, &self.outbox).await?;
        Ok(Ok((me, issued)))
    }
}
