//! The master secret and the keys that are derived from it; hashes, random values and token texts.

use std::{collections::HashSet, fmt, io};

use aws_lc_rs::{aead, constant_time, digest as sha, hkdf, hmac, rand};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::base::error::Error;

/// The minimum length of a master secret, in bytes.
pub const LEAST: usize = 32;

/// The master secret: a text of at least 32 bytes, or a comma-separated list of such texts with the newest first. The
/// newest is used to sign and encrypt; all of them are accepted to verify and decrypt.
#[derive(Clone)]
pub struct Secret(Vec<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl std::str::FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        for part in &parts {
            if part.len() < LEAST {
                return Err(format!("a secret has at least {LEAST} bytes: try `openssl rand -hex 32`"));
            }
            if is_guessable(part) {
                return Err("this secret is a sample or can be guessed: try `openssl rand -hex 32`".into());
            }
        }
        Ok(Self(parts.into_iter().map(|part| part.as_bytes().to_vec()).collect()))
    }
}

/// The minimum number of guesses that a secret withstands, as a power of 10. zxcvbn counts up to 19.
const GUESSES: f64 = 18.0;
/// The characters of a secret that are judged: zxcvbn's time grows with the square of their number.
const JUDGED: usize = 64;
/// What samples in manuals say, in lower case. Long enough not to occur in a random text.
const SAMPLES: [&str; 8] = [
    "changeme",
    "change-me",
    "change_me",
    "change me",
    "your-secret",
    "your_secret",
    "your secret",
    "placeholder",
];

/// Returns whether a secret is a sample, or would be found among words, dates, sequences, rows of keys and repetitions
/// of them.
fn is_guessable(secret: &str) -> bool {
    let lower = secret.to_lowercase();
    let judged: String = without_repetitions(&lower).chars().take(JUDGED).collect();
    SAMPLES.iter().any(|sample| lower.contains(sample))
        || zxcvbn::zxcvbn(&judged, &[]).guesses_log10() < GUESSES
}

/// Returns the text with each run of three or more letters, or digits, only where it occurs first: what repeats adds
/// nothing to guess, whatever stands in between.
fn without_repetitions(text: &str) -> String {
    let kind = |c: &char| (c.is_alphabetic(), c.is_numeric());
    let chars: Vec<char> = text.chars().collect();
    let mut seen = HashSet::new();
    let runs = chars.chunk_by(|a, b| kind(a) == kind(b));
    runs.filter(|run| run.len() < 3 || seen.insert(*run)).flatten().collect()
}

impl Secret {
    /// Generates a new random master secret, as text.
    #[must_use]
    pub fn generate() -> String {
        URL_SAFE_NO_PAD.encode(random::<32>())
    }

    /// Returns whether a text is one of the secrets. Compares in constant time.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        let given = digest(text.as_bytes());
        let is_it = |one: &Vec<u8>| constant_time::verify_slices_are_equal(&digest(one), &given).is_ok();
        self.0.iter().fold(false, |found, one| is_it(one) | found)
    }

    /// Derives one key from each master secret, the newest first (HKDF, RFC 5869). Each purpose has its own keys.
    ///
    /// # Errors
    /// When a key can't be derived. The server must not start without it.
    pub fn keys(&self, purpose: &str) -> Result<Vec<[u8; 32]>, Error> {
        let derive = |master: &Vec<u8>| {
            let mut key = [0; 32];
            let info = [purpose.as_bytes()];
            let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, b"guildhall").extract(master);
            extracted.expand(&info, hkdf::HKDF_SHA256)?.fill(&mut key)?;
            Ok(key)
        };
        let keys: Result<_, aws_lc_rs::error::Unspecified> = self.0.iter().map(derive).collect();
        keys.map_err(|_| {
            Error::internal(format!("failed to derive the key for {purpose} from the master secret"))
        })
    }
}

/// Creates and verifies message authentication codes with the keys of one purpose.
#[derive(Debug, Clone)]
pub struct Mac(Vec<hmac::Key>);

impl Mac {
    /// Derives the keys for this purpose.
    ///
    /// # Errors
    /// When a key can't be derived.
    pub fn new(secret: &Secret, purpose: &str) -> Result<Self, Error> {
        let keys = secret.keys(purpose)?;
        Ok(Self(keys.iter().map(|key| hmac::Key::new(hmac::HMAC_SHA256, key)).collect()))
    }

    /// Returns the first 16 bytes of the message's HMAC-SHA-256 under the newest key.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 16] {
        self.0.first().map_or([0; 16], |key| short(key, message))
    }

    /// Returns whether `code` is the message's code under any of the keys. Codes are compared in constant time.
    #[must_use]
    pub fn verify(&self, message: &[u8], code: &[u8]) -> bool {
        self.0.iter().any(|key| constant_time::verify_slices_are_equal(&short(key, message), code).is_ok())
    }
}

fn short(key: &hmac::Key, message: &[u8]) -> [u8; 16] {
    let mut code = [0; 16];
    for (to, from) in code.iter_mut().zip(hmac::sign(key, message).as_ref()) {
        *to = *from;
    }
    code
}

/// Encrypts and decrypts texts that are stored in the database (AES-256-GCM), with the keys of one purpose.
#[derive(Debug)]
pub struct Seal(Vec<aead::LessSafeKey>);

impl Seal {
    /// Derives the keys for this purpose.
    ///
    /// # Errors
    /// When a key can't be derived.
    pub fn new(secret: &Secret, purpose: &str) -> Result<Self, Error> {
        let key = |key: &[u8; 32]| aead::UnboundKey::new(&aead::AES_256_GCM, key).map(aead::LessSafeKey::new);
        let keys: Result<_, _> = secret.keys(purpose)?.iter().map(key).collect();
        keys.map(Self).map_err(Error::internal)
    }

    /// Encrypts a text with the newest key. Returns the nonce and the ciphertext, in base64url.
    ///
    /// # Errors
    /// When there is no key, or the encryption fails.
    pub fn close(&self, text: &str) -> Result<String, Error> {
        let nonce = random::<12>();
        let mut bytes = text.as_bytes().to_vec();
        let key = self.0.first().ok_or_else(|| Error::internal("no key"))?;
        key.seal_in_place_append_tag(
            aead::Nonce::assume_unique_for_key(nonce),
            aead::Aad::empty(),
            &mut bytes,
        )
        .map_err(Error::internal)?;
        Ok(URL_SAFE_NO_PAD.encode([nonce.as_slice(), &bytes].concat()))
    }

    /// Decrypts a text. Returns `None` if it wasn't encrypted with one of the keys, or was altered.
    #[must_use]
    pub fn open(&self, sealed: &str) -> Option<String> {
        self.open_with(sealed).map(|(_, text)| text)
    }

    /// Encrypts a text again with the newest key if it was encrypted with an older one. Returns `None` otherwise.
    ///
    /// # Errors
    /// When none of the keys can decrypt it.
    pub fn renew(&self, sealed: &str) -> Result<Option<String>, Error> {
        match self.open_with(sealed) {
            Some((0, _)) => Ok(None),
            Some((_, text)) => self.close(&text).map(Some),
            None => Err(Error::internal("sealed under a master secret that isn't in the list")),
        }
    }

    /// Returns the index of the key that decrypts the text, where 0 is the newest, and the plain text.
    fn open_with(&self, sealed: &str) -> Option<(usize, String)> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (nonce, closed) = bytes.split_first_chunk::<12>()?;
        self.0.iter().enumerate().find_map(|(age, key)| {
            let mut bytes = closed.to_vec();
            let nonce = aead::Nonce::assume_unique_for_key(*nonce);
            let text = key.open_in_place(nonce, aead::Aad::empty(), &mut bytes).ok()?;
            String::from_utf8(text.to_vec()).ok().map(|text| (age, text))
        })
    }
}

/// Returns the SHA-256 hash of the data.
#[must_use]
pub fn digest(data: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(sha::digest(&sha::SHA256, data).as_ref());
    hash
}

/// The SHA-256 hash of data that comes in parts, which are written to it.
#[derive(Clone)]
pub struct Digest(sha::Context);

impl Default for Digest {
    fn default() -> Self {
        Self(sha::Context::new(&sha::SHA256))
    }
}

impl Digest {
    /// Adds the next part.
    pub fn add(&mut self, part: &[u8]) {
        self.0.update(part);
    }

    /// Returns the hash of all parts, as hexadecimal digits.
    #[must_use]
    pub fn hex(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

impl io::Write for Digest {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        self.add(part);
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Formats bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns random bytes from the operating system's generator.
///
/// # Panics
/// When the generator fails.
#[expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    reason = "the one place; without randomness nothing is safe"
)]
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the operating system has no randomness");
    bytes
}

/// Returns `N` random lower-case letters and digits, without those that look alike (`l`, `1`, `o` and `0`). Each holds
/// 5 bits of randomness.
#[must_use]
pub fn letters<const N: usize>() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map(char::from);
    random::<N>().iter().filter_map(letter).collect()
}

/// Splits a text into groups of four characters to make it readable: `abcd-efgh`.
#[must_use]
pub fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

/// Returns a token's text: a prefix that secret scanners recognize, then the concatenated parts in base64url.
#[must_use]
pub fn token_text(prefix: &str, parts: &[&[u8]]) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(parts.concat()))
}

/// Returns the bytes of a token's text. Returns `None` if the text doesn't have this prefix and exactly `N` bytes.
#[must_use]
pub fn token_bytes<const N: usize>(prefix: &str, text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text.strip_prefix(prefix)?).ok()?.try_into().ok()
}

/// Returns the form in which a random token is stored: its SHA-256 in base64url. A slow password hash isn't needed,
/// because a random token can't be guessed.
#[must_use]
pub fn stored(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_sample_and_guessable_secrets_are_refused() {
        for text in [
            "",
            "short",
            &hex(&random::<15>()),
            &"a".repeat(64),
            &"0123456789".repeat(5),
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz0123456789",
            "qwertyuiopasdfghjklzxcvbnm1234567890",
            &"password".repeat(6),
            "secret secret secret secret secret secret",
            "guildhall1guildhall2guildhall3guildhall4",
            "MySuperSecretKey1234567890123456",
            "2026-11-25 2026-11-25 2026-11-25 2026-11-25",
            "change-me-change-me-change-me-change-me",
            &format!("changeme{}", hex(&random::<32>())),
            &format!("your-secret-{}", hex(&random::<32>())),
            &format!("{},{}", Secret::generate(), "a".repeat(64)),
        ] {
            assert!(text.parse::<Secret>().is_err(), "{text}");
        }
    }

    #[test]
    fn random_secrets_of_every_usual_form_are_taken() {
        use base64::engine::general_purpose::STANDARD;
        for _ in 0..20 {
            for text in [
                Secret::generate(),
                hex(&random::<16>()),
                hex(&random::<32>()),
                hex(&random::<32>()).to_uppercase(),
                hex(&random::<128>()),
                STANDARD.encode(random::<24>()),
                STANDARD.encode(random::<32>()),
                STANDARD.encode(random::<96>()),
                letters::<40>(),
                grouped(&letters::<32>()),
                format!("{},{}", Secret::generate(), Secret::generate()),
            ] {
                assert!(text.parse::<Secret>().is_ok(), "{text}");
            }
        }
    }

    #[test]
    fn what_was_closed_opens_with_the_same_and_a_newer_secret_and_not_when_altered() {
        let (old, new) = (Secret::generate(), Secret::generate());
        let closed = Seal::new(&old.parse().unwrap(), "test").unwrap().close("a text").unwrap();
        let both: Secret = format!("{new},{old}").parse().unwrap();
        assert_eq!(Seal::new(&both, "test").unwrap().open(&closed).as_deref(), Some("a text"));
        assert_eq!(Seal::new(&both, "other").unwrap().open(&closed), None);
        assert_eq!(Seal::new(&new.parse().unwrap(), "test").unwrap().open(&closed), None);
        assert_eq!(Seal::new(&both, "test").unwrap().open(&closed[1..]), None);
        assert_eq!(Seal::new(&both, "test").unwrap().open(""), None);
    }

    #[test]
    fn what_rests_under_an_older_secret_can_be_moved_to_the_newest() {
        let (old, new) = (Secret::generate(), Secret::generate());
        let both = Seal::new(&format!("{new},{old}").parse().unwrap(), "test").unwrap();
        let newest = Seal::new(&new.parse().unwrap(), "test").unwrap();
        let closed = Seal::new(&old.parse().unwrap(), "test").unwrap().close("a text").unwrap();
        let renewed = both.renew(&closed).unwrap().unwrap();
        assert_eq!(newest.open(&renewed).as_deref(), Some("a text"));
        assert!(both.renew(&renewed).unwrap().is_none());
        assert!(newest.renew(&closed).is_err());
    }

    #[test]
    fn codes_of_an_older_secret_of_the_list_are_still_good_and_others_are_not() {
        let (old, new) = (Secret::generate(), Secret::generate());
        let code = Mac::new(&old.parse().unwrap(), "test").unwrap().sign(b"message");
        let both: Secret = format!("{new},{old}").parse().unwrap();
        assert!(Mac::new(&both, "test").unwrap().verify(b"message", &code));
        assert!(!Mac::new(&both, "other").unwrap().verify(b"message", &code));
        assert!(!Mac::new(&both, "test").unwrap().verify(b"messagf", &code));
        assert!(!Mac::new(&new.parse().unwrap(), "test").unwrap().verify(b"message", &code));
    }
}
