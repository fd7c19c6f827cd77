//! Passwords: argon2id off the async threads, at most as many at once as cores, with a bounded queue in front.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::base::{
    error::{Code, Error, Result},
    secret,
    text::Password,
};

/// The least length, in characters (NIST SP 800-63B-4 with OWASP ASVS 5.0, 6.2.1).
const LEAST: usize = 8;
/// zxcvbn's score from 0 to 4 below which a password is too easily guessed.
const STRENGTH: u8 = 2;
/// How many may wait for a core before the next is refused with 503.
const QUEUE: usize = 64;

/// What a hash costs. The default is OWASP's: 19 MiB, 2 rounds, 1 lane.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// KiB.
    pub memory: u32,
    pub rounds: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self { memory: 19 * 1024, rounds: 2 }
    }
}

/// Hashes and verifies.
pub struct Passwords {
    cost: Cost,
    cores: Arc<Semaphore>,
    waiting: AtomicUsize,
}

/// What a verification found.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    Wrong,
    Right,
    /// Right, and the hash was made with other parameters than today's.
    Outdated,
}

impl Passwords {
    pub fn new(cost: Cost) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { cost, cores: Arc::new(Semaphore::new(cores)), waiting: AtomicUsize::new(0) }
    }

    /// A new password's hash.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub async fn hash(&self, password: Password) -> Result<String> {
        let argon = argon(self.cost)?;
        self.run(move || {
            let salt = secret::random::<16>();
            let hash = argon.hash_password_with_salt(password.expose().as_bytes(), &salt);
            hash.map(|hash| hash.to_string()).map_err(Error::internal)
        })
        .await
    }

    /// Whether this is the password. Without a hash to compare with it takes as long and answers no.
    ///
    /// # Errors
    /// 503 when too many are waiting.
    pub async fn verify(&self, password: Password, hash: Option<String>) -> Result<Verdict> {
        let cost = self.cost;
        let Some(hash) = hash else {
            self.hash(password).await?;
            return Ok(Verdict::Wrong);
        };
        let argon = argon(cost)?;
        self.run(move || {
            let parsed = PasswordHash::new(&hash).map_err(Error::internal)?;
            Ok(match argon.verify_password(password.expose().as_bytes(), &parsed) {
                Err(_) => Verdict::Wrong,
                Ok(()) if is_of(&parsed, cost) => Verdict::Right,
                Ok(()) => Verdict::Outdated,
            })
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let _place = Place::take(&self.waiting)?;
        let permit = self.cores.clone().acquire_owned().await.map_err(Error::internal)?;
        let task = tokio::task::spawn_blocking(move || {
            // Held by the work, not by the request, which may be given up.
            let _permit = permit;
            work()
        });
        task.await.map_err(Error::internal)?
    }
}

/// A place in the queue, given back when it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Result<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::SeqCst) >= QUEUE {
            return Err(Code::Overloaded.into());
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
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

/// A password that nobody guesses: 80 random bits in letters and digits that can't be mistaken for one another.
pub fn generate() -> String {
    secret::grouped(&secret::letters::<16>())
}

/// Judges a new password by how it would be guessed, not by its composition.
///
/// # Errors
/// 422.
pub fn judge(password: &Password, at: &str, known: &[&str]) -> Result<()> {
    if password.expose().chars().count() < LEAST {
        return Err(Error::field(at, "too_short", format!("must have at least {LEAST} characters")));
    }
    // zxcvbn's time grows with the square of the length; the first 64 characters decide.
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
        let hash = cheap.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        let verify = async |with: &Passwords, text: &str| {
            with.verify(password(text), Some(hash.clone())).await.unwrap()
        };
        assert_eq!(verify(&cheap, "correct horse").await, Verdict::Right);
        assert_eq!(verify(&cheap, "wrong horse").await, Verdict::Wrong);
        let dearer = Passwords::new(Cost { rounds: 2, ..CHEAP });
        assert_eq!(verify(&dearer, "correct horse").await, Verdict::Outdated);
        assert_eq!(cheap.verify(password("any"), None).await.unwrap(), Verdict::Wrong);
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
