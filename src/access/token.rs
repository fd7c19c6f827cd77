//! Access tokens: JWTs (RFC 7519) in the profile of RFC 9068, signed with EdDSA.

use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::base::{
    clock::Time,
    error::{Code, Error, Result},
    id::{SessionId, UserId},
    secret::{Secret, digest},
};

/// How long an access token is valid.
pub const LIFE: Duration = Duration::from_mins(10);
/// The maximum length of an access token, in bytes. Longer ones are refused without being parsed; real ones have about
/// 400 bytes.
const LONGEST: usize = 2048;
/// The `typ` header of access tokens (RFC 9068).
const TYPE: &str = "at+jwt";
/// The maximum difference between the clocks of two nodes.
const SKEW: Duration = Duration::from_mins(1);
/// The number of verified tokens that are cached, because a verification takes 43 µs.
const REMEMBERED: usize = 20_000;

/// The content of a verified access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub user: UserId,
    pub session: SessionId,
    expires: Time,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// Signs and verifies access tokens.
pub struct Tokens {
    issuer: String,
    keys: Vec<Key>,
    validation: Validation,
    verified: Cache<String, Verified>,
}

struct Key {
    id: String,
    public: Vec<u8>,
    sign: EncodingKey,
    verify: DecodingKey,
}

impl Key {
    fn new(seed: &[u8; 32]) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(Error::internal)?;
        let der = pair.to_pkcs8v1().map_err(Error::internal)?;
        let public = pair.public_key().as_ref().to_vec();
        Ok(Self {
            id: URL_SAFE_NO_PAD.encode(digest(&public).get(..12).unwrap_or_default()),
            sign: EncodingKey::from_ed_der(der.as_ref()),
            verify: DecodingKey::from_ed_der(&public),
            public,
        })
    }
}

/// The set of public keys (RFC 7517) that verify access tokens.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Jwks {
    /// The keys, the newest first. New access tokens are signed with the newest.
    pub keys: Vec<Jwk>,
}

/// A public key (RFC 8037).
#[derive(Debug, Serialize, JsonSchema)]
pub struct Jwk {
    /// The key type. Always `OKP`.
    pub kty: &'static str,
    /// The curve. Always `Ed25519`.
    pub crv: &'static str,
    /// The signature algorithm. Always `EdDSA`.
    pub alg: &'static str,
    /// What the key is used for. Always `sig`, for signatures.
    pub r#use: &'static str,
    /// The key's id, as in the `kid` header of the access tokens that it signs.
    pub kid: String,
    /// The public key, in base64url.
    pub x: String,
}

impl Tokens {
    /// Derives the signing keys from the master secret. `issuer` is the server's public URL, which is also the tokens'
    /// audience.
    pub fn new(secret: &Secret, issuer: &str) -> Result<Self> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp", "nbf"]);
        // `check` and `verify` compare the times with the server's own clock instead.
        validation.validate_exp = false;
        let keys = secret.keys("access token")?.iter().map(Key::new).collect::<Result<_>>()?;
        Ok(Self { issuer: issuer.to_owned(), keys, validation, verified: Cache::new(REMEMBERED) })
    }

    /// Creates an access token for this session.
    pub fn sign(&self, user: UserId, session: SessionId, now: Time) -> Result<String> {
        let key = self.keys.first().ok_or_else(|| Error::internal("no key"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.id.clone());
        let (iat, exp) = (now.seconds(), (now + LIFE).seconds());
        let (iss, aud) = (self.issuer.clone(), self.issuer.clone());
        let claims = Claims { iss, aud, sub: user, sid: session, iat, nbf: iat, exp };
        jsonwebtoken::encode(&header, &claims, &key.sign).map_err(Error::internal)
    }

    /// Verifies an access token and returns its content.
    ///
    /// # Errors
    /// 401 for a token that is malformed, forged, expired, or of another kind or issuer.
    pub fn check(&self, token: &str, now: Time) -> Result<Verified> {
        if let Some(verified) = self.verified.get(token) {
            return verified.alive(now);
        }
        let verified = self.verify(token, now).ok_or(Code::Unauthenticated)?.alive(now)?;
        self.verified.insert(token.to_owned(), verified);
        Ok(verified)
    }

    fn verify(&self, token: &str, now: Time) -> Option<Verified> {
        if token.len() > LONGEST {
            return None;
        }
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(TYPE) || header.alg != Algorithm::EdDSA {
            return None;
        }
        let key = self.keys.iter().find(|key| Some(&key.id) == header.kid.as_ref())?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verify, &self.validation).ok()?.claims;
        let expires = Time::from_millis(claims.exp.checked_mul(1000)?);
        let begun = claims.nbf <= (now + SKEW).seconds();
        begun.then_some(Verified { user: claims.sub, session: claims.sid, expires })
    }

    /// Returns the public keys, as `/.well-known/jwks.json` publishes them.
    pub fn jwks(&self) -> Jwks {
        let keys = self.keys.iter().map(|key| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            r#use: "sig",
            kid: key.id.clone(),
            x: URL_SAFE_NO_PAD.encode(&key.public),
        });
        Jwks { keys: keys.collect() }
    }
}

impl Verified {
    fn alive(self, now: Time) -> Result<Self> {
        if now < self.expires {
            Ok(self)
        } else {
            Err(Code::Unauthenticated.with("The access token has expired: refresh it."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Ids;
    use serde_json::{Value, json};

    const NOW: Time = Time::from_millis(1_800_000_000_000);

    fn tokens() -> Tokens {
        Tokens::new(&"a3f1c07e9b52d84461fe0c9d7b38e25a".parse().unwrap(), "https://hall.example").unwrap()
    }

    fn forged(change: impl Fn(&mut Value, &mut Value)) -> String {
        let tokens = tokens();
        let id = Ids::default();
        let token = tokens.sign(id.make(NOW), id.make(NOW), NOW).unwrap();
        let part = |i: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(i).unwrap()).unwrap())
                .unwrap()
        };
        let (mut header, mut claims) = (part(0), part(1));
        change(&mut header, &mut claims);
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(&header), encode(&claims));
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &tokens.keys[0].sign, Algorithm::EdDSA).unwrap();
        format!("{message}.{signature}")
    }

    #[test]
    fn a_token_is_good_until_it_expires() {
        let tokens = tokens();
        let id = Ids::default();
        let (user, session) = (id.make(NOW), id.make(NOW));
        let token = tokens.sign(user, session, NOW).unwrap();
        for _ in ["verified", "remembered"] {
            let bearer = tokens.check(&token, NOW + LIFE - Duration::from_secs(1)).unwrap();
            assert_eq!((bearer.user, bearer.session), (user, session));
            assert!(tokens.check(&token, NOW + LIFE).is_err());
        }
    }

    #[test]
    fn a_token_that_is_longer_than_any_of_ours_is_not_looked_at() {
        let ids = Ids::default();
        let lengths = (1..2000).filter_map(|length| {
            let issuer = format!("https://{}.example", "a".repeat(length));
            let tokens = Tokens::new(&"a3f1c07e9b52d84461fe0c9d7b38e25a".parse().unwrap(), &issuer).unwrap();
            let token = tokens.sign(ids.make(NOW), ids.make(NOW), NOW).unwrap();
            (LONGEST - 3..LONGEST + 3)
                .contains(&token.len())
                .then(|| (token.len(), tokens.check(&token, NOW).is_ok()))
        });
        let lengths: Vec<(usize, bool)> = lengths.collect();
        assert!(lengths.iter().any(|(length, _)| *length == LONGEST), "{lengths:?}");
        assert!(lengths.iter().all(|(length, good)| *good == (*length <= LONGEST)), "{lengths:?}");
    }

    fn remove(part: &mut Value, field: &str) {
        part.as_object_mut().unwrap().remove(field);
    }

    type Change = fn(&mut Value, &mut Value);

    #[test]
    fn a_token_that_differs_in_anything_that_counts_is_refused() {
        let good = forged(|_, _| {});
        assert!(tokens().check(&good, NOW).is_ok());
        let changes: &[(&str, Change)] = &[
            ("typ", |header, _| header["typ"] = json!("JWT")),
            ("no typ", |header, _| remove(header, "typ")),
            ("alg none", |header, _| header["alg"] = json!("none")),
            ("alg HS256", |header, _| header["alg"] = json!("HS256")),
            ("kid", |header, _| header["kid"] = json!("other")),
            ("no kid", |header, _| remove(header, "kid")),
            ("iss", |_, claims| claims["iss"] = json!("https://other.example")),
            ("aud", |_, claims| claims["aud"] = json!("https://other.example")),
            ("no aud", |_, claims| remove(claims, "aud")),
            ("exp text", |_, claims| claims["exp"] = json!("9999999999")),
            ("exp past", |_, claims| claims["exp"] = json!(1_700_000_000)),
            ("no exp", |_, claims| remove(claims, "exp")),
            ("nbf to come", |_, claims| claims["nbf"] = json!(1_800_000_100)),
            ("no nbf", |_, claims| remove(claims, "nbf")),
            ("sub", |_, claims| claims["sub"] = json!("ann")),
            ("no sid", |_, claims| remove(claims, "sid")),
        ];
        for (what, change) in changes {
            assert!(tokens().check(&forged(change), NOW).is_err(), "{what}");
        }
        let (start, rest) = good.split_at(good.len() - 10);
        let other = if rest.starts_with('A') { 'B' } else { 'A' };
        let altered = format!("{start}{other}{}", &rest[1..]);
        for token in ["", ".", "..", "a.b.c", &altered, &format!("{good}.x"), &"a".repeat(1_000_000)] {
            assert!(tokens().check(token, NOW).is_err());
        }
    }
}
