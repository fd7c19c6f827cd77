//! What a provider says of itself (OpenID Connect Discovery 1.0) and the keys that it signs with (RFC 7517). Only what is
//! used is read.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use url::Url;

use super::{
    answer::{Problem, text, unusable},
    settings::{AuthMethod, EmailVerified, Settings, is_private},
};

/// The maximum number of a provider's keys that are tried for a token.
const KEYS_MOST: usize = 50;

/// A provider's metadata.
#[derive(Debug)]
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: Url,
    pub token_endpoint: Url,
    pub userinfo_endpoint: Option<Url>,
    pub jwks_uri: Url,
    pub auth_method: AuthMethod,
    pub keys: Vec<Key>,
    /// What may not work, in words for whoever runs the server.
    pub doubts: Vec<String>,
}

impl Metadata {
    /// Reads a discovery document. The keys are empty.
    ///
    /// # Errors
    /// The field that can't be used.
    pub fn of(document: &Value, settings: &Settings) -> Result<Self, Problem> {
        let required = |field| endpoint(document, field)?.ok_or_else(|| unusable(field, "is missing"));
        let algorithms = texts(document, "id_token_signing_alg_values_supported");
        if algorithms.as_ref().is_some_and(|all| !all.iter().any(|name| algorithm(name).is_some())) {
            let why = "has none of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and EdDSA";
            return Err(unusable("id_token_signing_alg_values_supported", why));
        }
        Ok(Self {
            issuer: issuer(document, settings)?,
            authorization_endpoint: required("authorization_endpoint")?,
            token_endpoint: required("token_endpoint")?,
            userinfo_endpoint: endpoint(document, "userinfo_endpoint")?,
            jwks_uri: required("jwks_uri")?,
            auth_method: auth_method(document, settings)?,
            keys: Vec::new(),
            doubts: doubts(document, settings),
        })
    }

    /// Verifies the signature of an ID token and returns its claims, of which nothing is checked yet.
    ///
    /// # Errors
    /// The part of the token that can't be used; `signature` if no known key has made it.
    pub fn verify(&self, token: &str) -> Result<Value, Problem> {
        let wrong = || unusable("id_token", "isn't a signed JSON Web Token");
        let (message, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
        let (header, payload) = message.split_once('.').ok_or_else(wrong)?;
        let parsed = |part: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
        };
        let header = parsed(header).ok_or_else(wrong)?;
        if header.get("crit").is_some() {
            return Err(unusable("crit", "names extensions that must be understood"));
        }
        let name = text(&header, "alg").unwrap_or_default();
        let algorithm = algorithm(&name).ok_or_else(|| unusable("alg", format!("is {name}")))?;
        let id = text(&header, "kid");
        let mut fitting = self.keys.iter().filter(|key| key.fits(algorithm, id.as_deref()));
        let is_good = |key: &Key| {
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key.verifier, algorithm)
                .unwrap_or(false)
        };
        if !fitting.any(is_good) {
            return Err(unusable("signature", "was made with none of the keys that the provider publishes"));
        }
        parsed(payload).filter(Value::is_object).ok_or_else(wrong)
    }
}

/// Returns the provider's issuer identifier, which may differ from the configured one by a slash at the end only.
fn issuer(document: &Value, settings: &Settings) -> Result<String, Problem> {
    let given = text(document, "issuer").ok_or_else(|| unusable("issuer", "is missing"))?;
    if settings.is_issuer(&given) {
        return Ok(given);
    }
    // Anybody can make a tenant of their own there, and claim any address in it.
    let why = if given.contains('{') {
        format!("is {given}, for every tenant: configure the issuer of your own tenant")
    } else {
        format!("is {given}, but {} is configured", settings.issuer)
    };
    Err(unusable("issuer", why))
}

fn endpoint(document: &Value, field: &'static str) -> Result<Option<Url>, Problem> {
    let Some(text) = text(document, field) else { return Ok(None) };
    match Url::parse(&text) {
        Ok(url) if is_private(&url) => Ok(Some(url)),
        _ => Err(unusable(field, format!("is {text}, which isn't an https URL"))),
    }
}

/// Returns how the client authenticates at the token endpoint: as configured, or else as the provider says.
fn auth_method(document: &Value, settings: &Settings) -> Result<AuthMethod, Problem> {
    const FIELD: &str = "token_endpoint_auth_methods_supported";
    if settings.client_secret.is_none() {
        return Ok(AuthMethod::None);
    }
    if let Some(method) = settings.token_endpoint_auth_method {
        return Ok(method);
    }
    let Some(methods) = texts(document, FIELD) else { return Ok(AuthMethod::ClientSecretBasic) };
    let known = [AuthMethod::ClientSecretBasic, AuthMethod::ClientSecretPost];
    let offered = known.into_iter().find(|method| methods.iter().any(|name| name == method.into_str()));
    offered.ok_or_else(|| {
        unusable(
            FIELD,
            format!("has neither client_secret_basic nor client_secret_post: {}", methods.join(", ")),
        )
    })
}

/// Returns what the discovery document lets doubt, in words for whoever runs the server.
fn doubts(document: &Value, settings: &Settings) -> Vec<String> {
    let lacks = |field: &str, value: &str| {
        texts(document, field).is_some_and(|all| !all.iter().any(|one| one == value))
    };
    let mut doubts = Vec::new();
    for scope in &settings.scopes {
        if lacks("scopes_supported", scope) {
            doubts.push(format!("`scopes_supported` lacks {scope}"));
        }
    }
    if settings.email_verified != Some(EmailVerified::Assume) && lacks("claims_supported", "email_verified") {
        doubts.push(
            "`claims_supported` lacks email_verified: without that claim, nobody new is let in. If the provider verifies \
             every address itself, set \"email_verified\": \"assume\""
                .into(),
        );
    }
    if lacks("code_challenge_methods_supported", "S256") {
        doubts.push("`code_challenge_methods_supported` lacks S256".into());
    }
    if settings.client_secret.is_none() && lacks("token_endpoint_auth_methods_supported", "none") {
        doubts.push(
            "`token_endpoint_auth_methods_supported` lacks none, so client_secret may be needed".into(),
        );
    }
    doubts
}

fn texts(document: &Value, field: &str) -> Option<Vec<String>> {
    let all = document.get(field)?.as_array()?;
    Some(all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// Returns the signature algorithm with this name (RFC 7518, RFC 9864), if it is an asymmetric one, whose signing key
/// only the provider has.
fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "RS256" => Algorithm::RS256,
        "RS384" => Algorithm::RS384,
        "RS512" => Algorithm::RS512,
        "PS256" => Algorithm::PS256,
        "PS384" => Algorithm::PS384,
        "PS512" => Algorithm::PS512,
        "ES256" => Algorithm::ES256,
        "ES384" => Algorithm::ES384,
        "EdDSA" | "Ed25519" => Algorithm::EdDSA,
        _ => return None,
    })
}

/// A public key of a provider.
pub struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, if the provider says so.
    algorithm: Option<Algorithm>,
    kind: Kind,
    verifier: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}, {:?})", self.id, self.kind)
    }
}

/// Returns the keys of a JWK Set that can verify signatures. Leaves out the others.
pub fn keys(document: &Value) -> Vec<Key> {
    let all = document.get("keys").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Key::of).take(KEYS_MOST).collect()
}

impl Key {
    fn of(jwk: &Value) -> Option<Self> {
        let part = |name: &str| text(jwk, name);
        if part("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let (kind, key) = match (part("kty")?.as_str(), part("crv").as_deref()) {
            ("RSA", _) => (Kind::Rsa, DecodingKey::from_rsa_components(&part("n")?, &part("e")?)),
            ("EC", Some("P-256")) => (Kind::P256, DecodingKey::from_ec_components(&part("x")?, &part("y")?)),
            ("EC", Some("P-384")) => (Kind::P384, DecodingKey::from_ec_components(&part("x")?, &part("y")?)),
            ("OKP", Some("Ed25519")) => (Kind::Ed25519, DecodingKey::from_ed_components(&part("x")?)),
            _ => return None,
        };
        let only = match part("alg") {
            Some(name) => Some(algorithm(&name)?),
            None => None,
        };
        Some(Self { id: part("kid"), algorithm: only, kind, verifier: key.ok()? })
    }

    /// Returns whether the key can have made a signature with this algorithm, and with this key id if there is one.
    fn fits(&self, algorithm: Algorithm, id: Option<&str>) -> bool {
        let kind = match algorithm {
            Algorithm::ES256 => Kind::P256,
            Algorithm::ES384 => Kind::P384,
            Algorithm::EdDSA => Kind::Ed25519,
            _ => Kind::Rsa,
        };
        let named = match (id, &self.id) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        };
        kind == self.kind && named && self.algorithm.is_none_or(|only| only == algorithm)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::{
        rand::SystemRandom,
        rsa,
        signature::{
            self, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding,
        },
    };
    use serde_json::json;

    use super::*;

    fn part(bytes: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn metadata(keys: Vec<Key>) -> Metadata {
        let settings =
            json!({ "id": "work", "name": "Work", "issuer": "https://id.example", "client_id": "x" });
        let at = |path: &str| format!("https://id.example/{path}");
        let document = json!({
            "issuer": "https://id.example", "authorization_endpoint": at("authorize"),
            "token_endpoint": at("token"), "jwks_uri": at("keys"),
        });
        let settings = serde_json::from_value(settings).unwrap();
        Metadata { keys, ..Metadata::of(&document, &settings).unwrap() }
    }

    /// Returns the public keys, and a token for each algorithm, signed with one of them.
    fn signed(header: &Value) -> (Value, Vec<(&'static str, String)>) {
        let rng = SystemRandom::new();
        let rsa = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&rng).unwrap();
        let ed = Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap();
        let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, ec.as_ref()).unwrap();
        // The modulus stands between the heads of DER and the exponent.
        let modulus = part(rsa.public_key().as_ref().get(9..265).unwrap());
        let (x, y) = ec.public_key().as_ref().get(1..).unwrap().split_at(32);
        let keys = json!({ "keys": [
            { "kty": "RSA", "n": modulus, "e": "AQAB" },
            { "kty": "OKP", "crv": "Ed25519", "x": part(ed.public_key()) },
            { "kty": "EC", "crv": "P-256", "x": part(x), "y": part(y) },
        ] });
        let rsa_with = |how: &'static dyn RsaEncoding, message: &[u8]| {
            let mut made = vec![0; rsa.public_modulus_len()];
            rsa.sign(how, &rng, message, &mut made).unwrap();
            made
        };
        let sign = |name: &'static str, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
            let mut header = header.clone();
            header["alg"] = json!(name);
            let message = format!("{}.{}", part(header.to_string()), part(r#"{"sub":"ann"}"#));
            (name, format!("{message}.{}", part(sign(message.as_bytes()))))
        };
        let tokens = vec![
            sign("RS256", &|message| rsa_with(&signature::RSA_PKCS1_SHA256, message)),
            sign("RS512", &|message| rsa_with(&signature::RSA_PKCS1_SHA512, message)),
            sign("PS256", &|message| rsa_with(&signature::RSA_PSS_SHA256, message)),
            sign("EdDSA", &|message| ed.sign(message).as_ref().to_vec()),
            sign("Ed25519", &|message| ed.sign(message).as_ref().to_vec()),
            sign("ES256", &|message| ec.sign(&rng, message).unwrap().as_ref().to_vec()),
        ];
        (keys, tokens)
    }

    #[test]
    fn every_common_algorithm_is_verified_with_keys_that_have_no_name() {
        let (document, tokens) = signed(&json!({ "kid": "of another name" }));
        let known = metadata(keys(&document));
        for (name, token) in &tokens {
            assert_eq!(known.verify(token).unwrap(), json!({ "sub": "ann" }), "{name}");
            let (message, signature) = token.rsplit_once('.').unwrap();
            let forged = format!(
                "{}.{signature}",
                message.replace(&part(r#"{"sub":"ann"}"#), &part(r#"{"sub":"eve"}"#))
            );
            assert!(matches!(known.verify(&forged), Err(Problem::Unusable("signature", _))), "{name}");
        }
        let (_, others) = signed(&json!({}));
        for (name, token) in others {
            assert!(known.verify(&token).is_err(), "{name}");
        }
    }

    #[test]
    fn a_key_is_used_only_as_it_says() {
        let (document, tokens) = signed(&json!({ "kid": "1" }));
        for (field, value) in [("kid", "2"), ("alg", "RS384"), ("use", "enc")] {
            let mut document = document.clone();
            for key in document["keys"].as_array_mut().unwrap() {
                key[field] = json!(value);
            }
            let known = metadata(keys(&document));
            assert!(tokens.iter().all(|(_, token)| known.verify(token).is_err()), "{field}");
        }
        let (document, tokens) = signed(&json!({ "crit": ["exp"] }));
        let known = metadata(keys(&document));
        assert!(matches!(known.verify(&tokens.first().unwrap().1), Err(Problem::Unusable("crit", _))));
    }
}
