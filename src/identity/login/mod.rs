//! Logging in: a password, then the second factor where one is on. A passkey and a provider come in here too.

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
    access::{UserWrite, tickets::TicketPayload},
    base::{
        error::{Code, Error, Result},
        id::UserId,
    },
    http::client::Client,
};

/// A login whose password was right and whose second factor is still asked for.
#[derive(Serialize, Deserialize)]
pub struct HalfLogin {
    pub user: UserId,
    /// The account's when the password was compared.
    pub session_epoch: i64,
}

impl TicketPayload for HalfLogin {
    const PURPOSE: &'static str = "second factor";
    const LIFE: Duration = Duration::from_mins(5);
}

/// What a login takes. Cheap to clone.
#[derive(Clone)]
pub struct Login {
    pub rules: Rules,
    pub passwords: Arc<Passwords>,
    pub second_factor: SecondFactor,
    pub issuer: Issuer,
}

impl Login {
    /// Where addresses have to be verified, refuses who hasn't done it.
    ///
    /// # Errors
    /// 403.
    pub fn demand_verified(&self, account: &Credential) -> Result<()> {
        let required = self.rules.email_verification == EmailVerification::Required;
        if required && account.email_verified_at.is_none() {
            return Err(Code::EmailUnverified.into());
        }
        Ok(())
    }

    /// Lets in whoever proved with one factor, at this epoch, that they are the user of this transaction: where a second one is
    /// on, with a code of it too. What isn't enough is an answer for after the commit, because a wrong code is counted.
    ///
    /// # Errors
    /// 429 after too many wrong codes.
    pub async fn enter(
        &self,
        tx: &UserWrite,
        session_epoch: i64,
        code: Option<&FactorCode>,
        client: &Client,
    ) -> Result<Result<(User, Issued)>> {
        let me = accounts::me(tx).await?;
        if me.mfa_enabled {
            let Some(code) = code else {
                let half = HalfLogin { user: tx.user(), session_epoch };
                return Ok(Err(Error::mfa_required(self.issuer.gateway().tickets().issue(tx.now(), half)?)));
            };
            if let Err(wrong) = self.second_factor.check(tx, code, client).await? {
                return Ok(Err(wrong));
            }
        }
        let issued = sessions::start(tx, session_epoch, client).await?;
        Ok(Ok((me, issued)))
    }
}
