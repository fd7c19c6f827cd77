//! The second factor: one-time codes of an authenticator app (TOTP, RFC 6238), and recovery codes for users who have
//! lost the app.

pub(crate) mod http;
pub(crate) mod store;

use std::{fmt, str::FromStr, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use totp_rs::{Builder, Totp};

use super::{accounts, security};
use crate::{
    access::{
        Public, SystemTx, UserWrite,
        security_log::{self, Event, Reason},
        throttle::{self, Guesser, Throttle},
    },
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::UserId,
        json::{ParseError, parsed},
        secret::{self, Seal},
    },
    effects::mail::{AccountChange, Message, Outbox},
    http::answer::Counts,
};

/// The issuer's name, which authenticator apps show beside the code.
const ISSUER: &str = "Guildhall";
/// The length of a TOTP secret: 160 bits, as RFC 4226 (section 4, R6) recommends.
const SECRET_BYTES: usize = 20;
/// The length of a time step, for which a code is valid, in seconds.
const STEP: u64 = 30;
/// The number of steps before and after the current one whose codes are accepted, for clocks that are off and users who
/// are slow (RFC 6238, section 5.2).
const SKEW: u16 = 1;
/// The number of recovery codes of an account.
const RECOVERY_CODES: usize = 10;
/// The length of a recovery code: 28 of 32 characters that don't look alike, which hold 140 bits.
const RECOVERY_LENGTH: usize = 28;

/// A code of a second factor that a client sent. Its `Debug` form hides the text.
#[derive(Clone)]
pub enum FactorCode {
    /// The six digits of an authenticator.
    Totp(String),
    /// A recovery code: every other text.
    Recovery(String),
}

impl FromStr for FactorCode {
    type Err = ParseError;

    /// Parses a code in upper or lower case, with or without spaces and hyphens.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() > 100 {
            return Err(ParseError::new("too_long", "must have at most 100 characters"));
        }
        let plain: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let is_totp = plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit());
        Ok(if is_totp { Self::Totp(plain) } else { Self::Recovery(plain) })
    }
}

impl fmt::Debug for FactorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FactorCode(…)")
    }
}

impl<'de> Deserialize<'de> for FactorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for FactorCode {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FactorCode".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 100 })
    }
}

/// Manages second factors. Holds the key that encrypts their secrets and the outbox for messages to users. Cheap to
/// clone.
#[derive(Clone)]
pub struct SecondFactor {
    seal: Arc<Seal>,
    outbox: Outbox,
}

impl SecondFactor {
    pub fn new(seal: Seal, outbox: Outbox) -> Self {
        Self { seal: Arc::new(seal), outbox }
    }
}

/// A TOTP generator as it is stored. The secret is encrypted, and `confirmed_at` is set once the factor is on.
struct Generator {
    secret: String,
    confirmed_at: Option<Time>,
}

/// Creates the TOTP generator for a secret in base32.
fn totp(secret: &str, account: &str) -> Result<Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret).map_err(Error::internal)?;
    Builder::new()
        .with_secret(secret)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_skew(SKEW)
        .with_issuer(Some(ISSUER))
        // A colon separates the issuer from the account in the URL.
        .with_account_name(account.replace(':', "_"))
        .build()
        .map_err(Error::internal)
}

fn unsealed(seal: &Seal, sealed: &str) -> Result<String> {
    seal.open(sealed).ok_or_else(|| {
        Error::internal("a second factor is sealed under a master secret that is no longer in the list")
    })
}

/// The secret that an authenticator app is set up with.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TotpSetup {
    /// The secret in base32, to be typed in.
    pub secret: String,
    /// The secret as a URL for a QR code: `otpauth://totp/…`.
    pub otpauth_url: String,
}

/// The recovery codes of an account, which replace the authenticator's codes if it is lost.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecoveryCodes {
    /// Ten codes. Each can be used once. Only this response has them.
    pub recovery_codes: Vec<String>,
}

/// The number of secrets that one transaction reads or encrypts again.
const AT_ONCE: i64 = 500;

impl SecondFactor {
    /// Creates a new secret for the second factor. Logins need no code until [`SecondFactor::enable`] has confirmed the
    /// first one.
    ///
    /// # Errors
    /// 409 if the second factor is on.
    pub async fn begin(&self, tx: &UserWrite) -> Result<TotpSetup> {
        let me = accounts::lock_me(tx).await?;
        if me.mfa_enabled {
            return Err(Code::TotpEnabled.into());
        }
        let bytes = secret::random::<SECRET_BYTES>();
        let secret = totp_rs::Secret::new(Box::from(bytes)).to_base32();
        let otpauth_url = totp(&secret, &me.email)?.to_url().map_err(Error::internal)?;
        store::insert_totp(tx, &self.seal.close(&secret)?).await?;
        Ok(TotpSetup { secret, otpauth_url })
    }

    /// Switches the second factor on, with its first code, and returns the recovery codes. Every other session ends.
    ///
    /// # Errors
    /// 409 if no secret was created or the second factor is on; 422 if the code is wrong.
    pub async fn enable(&self, tx: &UserWrite, code: &FactorCode) -> Result<RecoveryCodes> {
        accounts::lock_me(tx).await?;
        let generator = store::generator(tx).await?.ok_or(Code::TotpNotEnabled)?;
        if generator.confirmed_at.is_some() {
            return Err(Code::TotpEnabled.into());
        }
        if !self.is_right_totp(tx, &generator, code).await? {
            let message = "is not what the authenticator shows: check its clock and the secret";
            return Err(Error::field("/code", "wrong_code", message));
        }
        store::confirm_totp(tx).await?;
        security::secure(tx, &self.outbox, AccountChange::SecondFactorOn).await?;
        new_recovery_codes(tx).await
    }

    /// Switches the second factor off, or discards a secret that was never confirmed. Returns the number of things that
    /// were removed. Every other session ends if the factor was on.
    ///
    /// # Errors
    /// 404 if there is neither.
    pub async fn disable(&self, tx: &UserWrite) -> Result<Counts> {
        let was_on = accounts::lock_me(tx).await?.mfa_enabled;
        let codes = store::unused_recovery_codes(tx).await?;
        if !store::delete_totp(tx).await? {
            return Err(Code::NotFound.into());
        }
        store::delete_recovery_codes(tx).await?;
        if was_on {
            security::secure(tx, &self.outbox, AccountChange::SecondFactorOff).await?;
        }
        Ok(Counts::one("totp").and("recovery_codes", codes))
    }

    /// Replaces the recovery codes and returns the new ones. Every other session ends.
    ///
    /// # Errors
    /// 409 if the account has no second factor.
    pub async fn replace_recovery_codes(&self, tx: &UserWrite) -> Result<RecoveryCodes> {
        if !accounts::lock_me(tx).await?.mfa_enabled {
            return Err(Code::TotpNotEnabled.into());
        }
        store::delete_recovery_codes(tx).await?;
        security::secure(tx, &self.outbox, AccountChange::RecoveryCodesReplaced).await?;
        new_recovery_codes(tx).await
    }

    /// Checks a code of the user's second factor and marks it as used. A wrong code is counted; its refusal, a 401, is
    /// the inner error, to be answered after the commit.
    ///
    /// # Errors
    /// 429 after too many wrong codes.
    pub async fn check(&self, tx: &UserWrite, code: &FactorCode, guesser: Guesser) -> Result<Result<()>> {
        // Locks the account, so that of parallel checks, each sees the used codes and the failures of those before it.
        let me = accounts::lock_me(tx).await?;
        let throttle = Throttle::codes(tx.user(), guesser);
        throttle::check(&tx.directory(), &throttle).await?;
        let right = me.mfa_enabled
            && match code {
                FactorCode::Recovery(plain) => store::use_recovery_code(tx, &secret::stored(plain)).await?,
                FactorCode::Totp(_) => match store::generator(tx).await? {
                    Some(generator) => self.is_right_totp(tx, &generator, code).await?,
                    None => false,
                },
            };
        if !right {
            throttle::fail(&tx.directory(), &throttle).await?;
            let reason = Reason::WrongCode;
            let event = match guesser {
                Guesser::InSession(_) => Event::ConfirmationFailed { reason },
                Guesser::Stranger(_) | Guesser::Returning(_) | Guesser::Device(_) => {
                    Event::SignInFailed { reason }
                }
            };
            security_log::record(tx, &event).await?;
            return Ok(Err(Code::InvalidCode.into()));
        }
        if matches!(code, FactorCode::Recovery(_)) {
            let left = store::unused_recovery_codes(tx).await?;
            security_log::record(tx, &Event::RecoveryCodeUsed { left }).await?;
            let change = AccountChange::RecoveryCodeUsed { left };
            let message = Message::AccountChanged { name: me.name.to_string(), change };
            self.outbox.put(&tx.directory(), &me.email, message).await?;
        }
        Ok(Ok(()))
    }

    async fn is_right_totp(&self, tx: &UserWrite, generator: &Generator, code: &FactorCode) -> Result<bool> {
        let FactorCode::Totp(digits) = code else { return Ok(false) };
        let secret = unsealed(&self.seal, &generator.secret)?;
        let now = u64::try_from(tx.now().seconds()).map_err(Error::internal)?;
        match totp(&secret, "account")?.check(digits, now) {
            Some(step) => store::use_step(tx, i64::try_from(step).map_err(Error::internal)?).await,
            None => Ok(false),
        }
    }

    /// Encrypts the secrets that are encrypted with an older master secret again, with the newest one, so that the
    /// older one can be removed from the list. Returns how many there were.
    pub async fn reseal(&self, public: &Public) -> Result<usize> {
        let (mut last, mut resealed) = (UserId::NIL, 0);
        loop {
            let (after, seal) = (last, self.seal.clone());
            let batch = async move |tx: &SystemTx| {
                let found = store::sealed_after(tx, after, AT_ONCE).await?;
                let mut old = 0;
                for (user, sealed) in &found {
                    // Skips those that none of the master secrets decrypts: `guildhall doctor` counts them.
                    if let Ok(Some(newer)) = seal.renew(sealed) {
                        store::reseal(tx, *user, sealed, &newer).await?;
                        old += 1;
                    }
                }
                Ok((found.last().map(|(user, _)| *user), old))
            };
            let (end, old) = public.write(batch).await?;
            resealed += old;
            match end {
                Some(user) => last = user,
                None => return Ok(resealed),
            }
        }
    }

    /// Returns how many secrets are encrypted with an older master secret, and how many none of the master secrets
    /// decrypts.
    pub async fn sealed_otherwise(&self, public: &Public) -> Result<(usize, usize)> {
        let (mut after, mut older, mut lost) = (UserId::NIL, 0, 0);
        loop {
            let batch =
                public.read(async move |tx: &SystemTx| store::sealed_after(tx, after, AT_ONCE).await).await?;
            for (_, sealed) in &batch {
                match self.seal.renew(sealed) {
                    Ok(None) => {}
                    Ok(Some(_)) => older += 1,
                    Err(_) => lost += 1,
                }
            }
            match batch.last() {
                Some((user, _)) => after = *user,
                None => return Ok((older, lost)),
            }
        }
    }
}

async fn new_recovery_codes(tx: &UserWrite) -> Result<RecoveryCodes> {
    let mut recovery_codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let plain = secret::letters::<RECOVERY_LENGTH>();
        store::insert_recovery_code(tx, &secret::stored(&plain)).await?;
        recovery_codes.push(secret::grouped(&plain));
    }
    Ok(RecoveryCodes { recovery_codes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1: the last six of its eight digits.
        let secret = totp_rs::Secret::new(Box::from(*b"12345678901234567890")).to_base32();
        let totp = totp(&secret, "ann@example.com").unwrap();
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(totp.generate(time).to_string(), code);
            assert_eq!(totp.check(code, time), Some(time / STEP));
            assert_eq!(totp.check(code, time + STEP), Some(time / STEP));
            assert_eq!(totp.check(code, time + 2 * STEP), None);
        }
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        for (typed, read) in [("123 456", "123456"), ("123-456", "123456"), ("ABCD-efgh", "abcdefgh")] {
            let (FactorCode::Totp(plain) | FactorCode::Recovery(plain)) = typed.parse().unwrap();
            assert_eq!(plain, read);
        }
        assert!(matches!("000000".parse(), Ok(FactorCode::Totp(_))));
        assert!(matches!("".parse(), Ok(FactorCode::Recovery(_))));
        assert!("1".repeat(101).parse::<FactorCode>().is_err());
    }
}
