//! What people hold in their hand: an authenticator app, a device with passkeys.

use std::time::Duration;

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use super::{Actor, Answer, TestApp};

/// An authenticator app that was set up with somebody's secret (RFC 6238).
pub struct Authenticator {
    app: TestApp,
    totp: Totp,
    pub recovery_codes: Vec<String>,
}

impl Authenticator {
    /// Scans what the answer to `POST /v1/me/totp` says.
    pub fn scans(app: &TestApp, setup: &Value) -> Self {
        let totp = Totp::from_url(setup["otpauth_url"].as_str().unwrap()).unwrap();
        let typed =
            Builder::new().with_secret(Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap());
        assert_eq!(typed.build_noncompliant().generate(0), totp.generate(0), "{setup}");
        Self { app: app.clone(), totp, recovery_codes: Vec::new() }
    }

    /// Sets the second factor up for somebody, whose next code can be used at once.
    pub async fn of(who: &Actor) -> Self {
        let mut own = Self::scans(&who.app, &who.posts("/v1/me/totp").await.is(200));
        own.enable(who).await;
        own.waits();
        own
    }

    /// Switches the second factor on.
    pub async fn enable(&mut self, who: &Actor) {
        let on = who.post("/v1/me/totp/confirm", json!({ "code": self.shows() })).await.is(200);
        let codes = on["recovery_codes"].as_array().unwrap();
        self.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    }

    /// The code for now.
    pub fn shows(&self) -> String {
        self.shows_in(0)
    }

    /// The code for so many seconds from now.
    pub fn shows_in(&self, seconds: i64) -> String {
        let at = self.app.clock.now().seconds() + seconds;
        self.totp.generate(u64::try_from(at).unwrap()).to_string()
    }

    /// Until the next code.
    pub fn waits(&self) {
        self.app.clock.advance(Duration::from_secs(30));
    }
}

/// What the refusal of a login that lacks the second factor goes on with.
pub fn mfa_token(refused: Answer) -> Value {
    refused.refuses(401, "mfa_required")["mfa_token"].clone()
}

/// A device that keeps passkeys (`WebAuthn` level 3, section 6), and the browser around it.
pub struct Device {
    pub page: String,
    pub domain: String,
    /// Whether it looks whose finger it is.
    pub verifies: bool,
    pub counter: u32,
    keys: Vec<Kept>,
}

struct Kept {
    id: [u8; 16],
    user: String,
    pair: EcdsaKeyPair,
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Device {
    /// One that is used on the page of the tests' public URL.
    pub fn new() -> Self {
        Self::of("http://guildhall.test", "guildhall.test")
    }

    /// One that is used on this page.
    pub fn of(page: &str, domain: &str) -> Self {
        Self { page: page.into(), domain: domain.into(), verifies: true, counter: 0, keys: Vec::new() }
    }

    /// What the page signs with the device.
    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["public_key"]["challenge"];
        let data = json!({ "type": kind, "challenge": challenge, "origin": self.page, "crossOrigin": false });
        data.to_string().into_bytes()
    }

    /// Authenticator data (section 6.1).
    fn data(&mut self, attested: &[u8]) -> Vec<u8> {
        self.counter += 1;
        let flags = 0b1 | u8::from(self.verifies) << 2 | u8::from(!attested.is_empty()) << 6;
        let domain = digest(&SHA256, self.domain.as_bytes());
        [domain.as_ref(), &[flags], &self.counter.to_be_bytes(), attested].concat()
    }

    /// `navigator.credentials.create()`.
    pub fn creates(&mut self, options: &Value) -> Value {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id: [u8; 16] = guildhall::base::secret::random();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        // COSE (RFC 9053, section 7.1.1): an EC2 key on P-256 for ES256.
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20], x, &[0x22, 0x58, 0x20], y].concat();
        let attested = [&[0; 16], &[0, 16][..], &id, &key].concat();
        let data = self.data(&attested);
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": …}
        let length = u8::try_from(data.len()).unwrap();
        let object =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[length], &data].concat();
        let user = options["public_key"]["user"]["id"].as_str().unwrap().to_owned();
        self.keys.push(Kept { id, user, pair });
        json!({
            "id": base64(id), "rawId": base64(id), "type": "public-key", "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": base64(self.client_data("webauthn.create", options)),
                "attestationObject": base64(object), "transports": ["internal"],
            },
        })
    }

    /// `navigator.credentials.get()`, with the newest passkey.
    pub fn signs(&mut self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(&[]);
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let kept = self.keys.last().unwrap();
        let signature = kept.pair.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": base64(kept.id), "rawId": base64(kept.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64(client_data), "authenticatorData": base64(data),
                "signature": base64(signature), "userHandle": kept.user,
            },
        })
    }

    /// Makes a passkey for somebody, by this name.
    pub async fn registers(&mut self, who: &Actor, name: &str) -> Answer {
        let options = who.posts("/v1/me/passkeys/begin").await.is(200);
        let credential = self.creates(&options);
        let body = json!({ "ticket": options["ticket"], "name": name, "credential": credential });
        who.post("/v1/me/passkeys/finish", body).await
    }

    /// What a login with the newest passkey sends.
    pub async fn answers(&mut self, app: &TestApp) -> Value {
        let options = app.anon().posts("/v1/auth/passkey/begin").await.is(200);
        json!({ "ticket": options["ticket"], "credential": self.signs(&options) })
    }

    /// Logs in with the newest passkey.
    pub async fn logs_in(&mut self, app: &TestApp) -> Answer {
        let body = self.answers(app).await;
        app.anon().post("/v1/auth/passkey/finish", body).await
    }
}
