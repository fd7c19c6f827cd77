//! What people hold in their hand: an authenticator app.

use std::time::Duration;

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
        let typed = Builder::new().with_secret(Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap());
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
