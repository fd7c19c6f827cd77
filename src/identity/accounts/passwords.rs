//! Password hashing with argon2id, and the strength rules for new passwords. Hashes are computed outside the async
//! threads, at most one per core at a time, and a bounded number of callers waits.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};

use super::lanes::{Lanes, Standing};
use crate::base::{
    error::{Error, Result},
    secret,
    text::Password,
};

/// The minimum length of a password, in characters (NIST SP 800-63B-4 with OWASP ASVS 5.0, 6.2.1).
const LEAST: usize = 8;
/// The minimum zxcvbn score of a password, from 0 to 4.
const STRENGTH: u8 = 2;

/// The cost of a hash. The default is OWASP's recommendation: 19 MiB, 2 rounds, 1 lane.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// The memory, in KiB.
    pub memory: u32,
    pub rounds: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory: 19 * 1024, rounds: 2 }
    }
}

/// Hashes and verifies passwords.
pub struct Passwords {
    cost: Cost,
    lanes: Lanes,
}

/// The result of a verification.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// The password is right, but the hash was made with other parameters than the current ones.
    Outdated,
}

impl Passwords {
    pub fn new(cost: Cost) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { cost, lanes: Lanes::new(cores) }
    }

    /// Returns the hash of a new password.
    ///
    /// # Errors
    /// 503 if too many calls are waiting.
    pub async fn hash(&self, password: Password, standing: Standing) -> Result<String> {
        let argon = argon(self.cost)?;
        self.run(standing, move || {
            let salt = secret::random::<16>();
            let hash = argon.hash_password_with_salt(password.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(Error::internal)
        })
        .await
    }

    /// Compares a password with a hash. Without a hash, takes as long and returns [`Verdict::Wrong`], so that the time
    /// doesn't tell whether an account has a password.
    ///
    /// # Errors
    /// 503 if too many calls are waiting.
    pub async fn verify(
        &self,
        password: Password,
        hash: Option<String>,
        standing: Standing,
    ) -> Result<Verdict> {
        let cost = self.cost;
        let Some(hash) = hash else {
            self.hash(password, standing).await?;
            return Ok(Verdict::Wrong);
        };
        let argon = argon(cost)?;
        self.run(standing, move || {
            let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
            Ok(match argon.verify_password(password.expose().as_bytes(), &parsed) {
                Err(_) => Verdict::Wrong,
                Ok(()) if is_of(&parsed, cost) => Verdict::Right,
                Ok(()) => Verdict::Outdated,
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        standing: Standing,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.lanes.turn(standing).await?;
        let task = tokio::task::spawn_blocking(move || {
            // Held by the work instead of the request, because a cancelled request doesn't stop the work.
            let _turn = turn;
            work()
        });
        task.await.map_err(Error::internal)?
    }
}

fn argon(cost: Cost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory, cost.rounds, 1, None).map_err(Error::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn is_of(hash: &PasswordHash, cost: Cost) -> bool {
    let params = Params::try_from(hash);
    hash.algorithm == Algorithm::Argon2id.ident()
        && params.is_ok_and(|params| params.m_cost() == cost.memory && params.t_cost() == cost.rounds)
}

/// Generates a password with 80 random bits, from letters and digits that don't look alike.
pub fn generate() -> String {
    secret::grouped(&secret::letters::<16>())
}

/// Checks the strength of a new password: its length, and how easily it is guessed, given texts in `known` such as the
/// user's name. Doesn't require certain kinds of characters. `at` is the JSON pointer of the password for the error.
///
/// # Errors
/// 422 if the password is too short or too weak.
pub fn judge(password: &Password, at: &str, known: &[&str]) -> Result<()> {
    if password.expose().chars().count() < LEAST {
        return Err(Error::field(at, "too_short", format!("must have at least {LEAST} characters")));
    }
    // zxcvbn's time grows with the square of the length, so only the first 64 characters are judged.
    let head: String = password.expose().chars().take(64).collect();
    let estimate = zxcvbn::zxcvbn(&head, known);
    if u8::from(estimate.score()) < STRENGTH {
        let hint = estimate
            .feedback()
            .and_then(zxcvbn::feedback::Feedback::warning)
            .map(|warning| format!(": {warning}"));
        let message = format!("is too easily guessed{}", hint.unwrap_or_default());
        return Err(Error::field(at, "too_weak", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory: 64, rounds: 1 };

    fn password(text: &str) -> Password {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_parameters() {
        let cheap = Passwords::new(CHEAP);
        let hash = cheap.hash(password("correct horse"), Standing::operator()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        let verify = async |with: &Passwords, text: &str| {
            with.verify(password(text), Some(hash.clone()), Standing::operator()).await.unwrap()
        };
        assert_eq!(verify(&cheap, "correct horse").await, Verdict::Right);
        assert_eq!(verify(&cheap, "wrong horse").await, Verdict::Wrong);
        let dearer = Passwords::new(Cost { rounds: 2, ..CHEAP });
        assert_eq!(verify(&dearer, "correct horse").await, Verdict::Outdated);
        assert_eq!(cheap.verify(password("any"), None, Standing::operator()).await.unwrap(), Verdict::Wrong);
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        let judge =
            |text: &str| judge(&password(text), "/password", &["ann@example.com", "Ann Example"]).is_ok();
        assert!(judge("correct horse battery"));
        for weak in ["short", "password", "12345678", "ann@example.com", "aaaaaaaaaaaa"] {
            assert!(!judge(weak), "{weak}");
        }
    }
}
