//! `/v1/me/totp`, `/v1/me/recovery-codes` and what they ask of a login.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, Authenticator, MailServer, Options, PASSWORD, TestApp, both_engines, mfa_token,
};

async fn logs_in(app: &TestApp, email: &str) -> Answer {
    app.anon().post("/v1/auth/login", json!({ "email": email, "password": PASSWORD })).await
}

async fn logs_in_with(app: &TestApp, email: &str, code: &str) -> Answer {
    app.anon()
        .post("/v1/auth/login", json!({ "email": email, "password": PASSWORD, "totp_code": code }))
        .await
}

async fn finishes(app: &TestApp, token: &Value, code: &str) -> Answer {
    app.anon().post("/v1/auth/login/mfa", json!({ "mfa_token": token, "code": code })).await
}

/// How many of the answers are successes; the others are this refusal.
fn successes(answers: Vec<Answer>, code: &str) -> usize {
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
    for answer in bad {
        answer.refuses(401, code);
    }
    good.len()
}

async fn with_mail(app: &TestApp) -> TestApp {
    let options = Options { mail: Some(MailServer::start().await), ..Options::default() };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

both_engines! {
    async fn a_second_factor_is_on_once_its_first_code_came(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let other = ann.again().await;
        ann.post("/v1/me/totp/confirm", json!({ "code": "123456" })).await.refuses(409, "totp_not_enabled");
        ann.posts("/v1/me/recovery-codes").await.refuses(409, "totp_not_enabled");
        ann.delete("/v1/me/totp").await.refuses(404, "not_found");
        let first = ann.posts("/v1/me/totp").await.is(200);
        let url = first["otpauth_url"].as_str().unwrap();
        assert!(url.starts_with("otpauth://totp/Guildhall:ann%40example.com?"), "{url}");
        // Begun again, the first is forgotten.
        let mut own = Authenticator::scans(&app, &ann.posts("/v1/me/totp").await.is(200));
        let wrong = Authenticator::scans(&app, &first).shows();
        ann.post("/v1/me/totp/confirm", json!({ "code": wrong })).await.rejects("/code", "wrong_code");
        ann.post("/v1/me/totp/confirm", json!({ "code": "no code" })).await.rejects("/code", "wrong_code");
        assert_eq!(ann.get("/v1/me").await.is(200)["mfa_enabled"], false);
        logs_in(&app, &ann.email).await.is(200);
        let tag = ann.get("/v1/me").await.header("etag").to_owned();
        own.enable(&ann).await;
        let me = ann.get("/v1/me").await;
        assert_ne!(me.header("etag"), tag);
        assert_eq!(me.is(200)["mfa_enabled"], true);
        assert_eq!(own.recovery_codes.len(), 10);
        // Whoever else was logged in may have been somebody else.
        other.get("/v1/me").await.refuses(401, "unauthenticated");
        ann.posts("/v1/me/totp").await.refuses(409, "totp_enabled");
        ann.post("/v1/me/totp/confirm", json!({ "code": own.shows_in(30) })).await.refuses(409, "totp_enabled");
    }

    async fn a_login_takes_the_password_and_a_code(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        let token = mfa_token(logs_in(&app, &ann.email).await);
        // Neither is anything without the other, and neither tells about the other.
        app.anon().post("/v1/auth/login", json!({ "email": ann.email, "password": "wrong", "totp_code": own.shows() })).await.refuses(401, "invalid_credentials");
        logs_in_with(&app, &ann.email, "000000").await.refuses(401, "invalid_code");
        finishes(&app, &token, "000000").await.refuses(401, "invalid_code");
        finishes(&app, &token, "").await.refuses(401, "invalid_code");
        app.anon().with_token(token.as_str().unwrap()).get("/v1/me").await.refuses(401, "unauthenticated");
        // In two steps.
        let session = finishes(&app, &token, &own.shows()).await.is(200);
        assert_eq!(session["user"]["mfa_enabled"], true);
        Actor::of_session(app.clone(), &session).get("/v1/me").await.is(200);
        finishes(&app, &token, &own.shows_in(30)).await.refuses(401, "unauthenticated");
        // In one, with the code as the app shows it.
        own.waits();
        let code = own.shows();
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        logs_in_with(&app, &ann.email, &spaced).await.is(200);
        // Where no second factor is, a code is no matter.
        let bob = app.signs_up("Bob").await;
        logs_in_with(&app, &bob.email, "123456").await.is(200);
    }

    async fn a_code_is_good_once_and_for_a_minute_about(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        let used = own.shows();
        logs_in_with(&app, &ann.email, &used).await.is(200);
        logs_in_with(&app, &ann.email, &used).await.refuses(401, "invalid_code");
        // Nor is an earlier one good after a later one.
        let (earlier, later) = (own.shows_in(30), own.shows_in(60));
        own.waits();
        logs_in_with(&app, &ann.email, &later).await.is(200);
        logs_in_with(&app, &ann.email, &earlier).await.refuses(401, "invalid_code");
        own.waits();
        own.waits();
        own.waits();
        logs_in_with(&app, &ann.email, &own.shows_in(60)).await.refuses(401, "invalid_code");
        logs_in_with(&app, &ann.email, &own.shows_in(-60)).await.refuses(401, "invalid_code");
        logs_in_with(&app, &ann.email, &own.shows_in(-30)).await.is(200);
    }

    async fn of_a_code_sent_many_times_at_once_one_gets_in(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        let token = mfa_token(logs_in(&app, &ann.email).await);
        let code = own.shows();
        let answers = join_all((0..8).map(|_| logs_in_with(&app, "ann@example.com", &code))).await;
        assert_eq!(successes(answers, "invalid_code"), 1);
        app.clock.advance(Duration::from_mins(16));
        let codes: Vec<String> = own.recovery_codes.iter().take(8).cloned().collect();
        let token_again = mfa_token(logs_in(&app, &ann.email).await);
        // Of a login finished with many codes, one; the others stay good.
        let answers = join_all(codes.iter().map(|code| finishes(&app, &token_again, code))).await;
        assert_eq!(successes(answers, "unauthenticated"), 1);
        let answers = join_all(codes.iter().map(|code| logs_in_with(&app, "ann@example.com", code))).await;
        assert_eq!(successes(answers, "invalid_code"), 7);
        finishes(&app, &token, &own.recovery_codes[9]).await.refuses(401, "unauthenticated");
    }

    async fn a_recovery_code_is_good_once(app: TestApp) {
        let app = with_mail(&app).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let own = Authenticator::of(&ann).await;
        assert!(app.mail_to(&ann.email).await.subject.contains("second factor is on"));
        let code = own.recovery_codes[3].replace('-', " ").to_uppercase();
        let answers = join_all((0..8).map(|_| logs_in_with(&app, "ann@example.com", &code))).await;
        assert_eq!(successes(answers, "invalid_code"), 1);
        let mail = app.mail_to(&ann.email).await;
        assert!(mail.subject.contains("recovery code was used") && mail.text.contains("9 left"), "{mail:?}");
        // Nothing of a code is in the database that would be one.
        let stored = "select count(*) from recovery_codes where user_id is not null and length(code_hash) = 43";
        assert_eq!(app.database.number(stored).await, 10);
        // Replaced, the others are no good either.
        app.clock.advance(Duration::from_mins(16));
        let ann = Actor::of_session(app.clone(), &logs_in_with(&app, &ann.email, &own.recovery_codes[0]).await.is(200));
        app.mail_to(&ann.email).await;
        let new = ann.posts("/v1/me/recovery-codes").await.is(200);
        assert!(app.mail_to(&ann.email).await.subject.contains("replaced"));
        logs_in_with(&app, &ann.email, &own.recovery_codes[1]).await.refuses(401, "invalid_code");
        logs_in_with(&app, &ann.email, new["recovery_codes"][1].as_str().unwrap()).await.is(200);
    }

    async fn a_new_password_is_no_way_around_it(app: TestApp) {
        let app = with_mail(&app).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let own = Authenticator::of(&ann).await;
        app.mail_to(&ann.email).await;
        let begun = mfa_token(logs_in(&app, &ann.email).await);
        app.anon().post("/v1/auth/password/forgot", json!({ "email": ann.email })).await.is(202);
        let reset = app.mail_to(&ann.email).await.token();
        let new = "another horse battery";
        app.anon().post("/v1/auth/password/reset", json!({ "token": reset, "password": new })).await.is(204);
        finishes(&app, &begun, &own.shows()).await.refuses(401, "unauthenticated");
        let token = mfa_token(app.anon().post("/v1/auth/login", json!({ "email": ann.email, "password": new })).await);
        finishes(&app, &token, &own.shows()).await.is(200);
    }

    async fn ten_wrong_codes_are_enough_and_a_new_password_forgives_none(app: TestApp) {
        let app = with_mail(&app).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let own = Authenticator::of(&ann).await;
        app.mail_to(&ann.email).await;
        let token = mfa_token(logs_in(&app, &ann.email).await);
        let answers = join_all((0..14).map(|n| { let (app, token) = (&app, &token); async move { finishes(app, token, &format!("00000{}", n % 10)).await } })).await;
        let wrong = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!((wrong, answers.iter().filter(|answer| answer.status == 429).count()), (10, 4));
        finishes(&app, &token, &own.shows()).await.refuses(429, "too_many_attempts");
        logs_in_with(&app, &ann.email, &own.shows()).await.refuses(429, "too_many_attempts");
        ann.post("/v1/auth/confirm", json!({ "code": own.shows() })).await.is(204);
        app.anon().post("/v1/auth/password/forgot", json!({ "email": ann.email })).await.is(202);
        let reset = app.mail_to(&ann.email).await.token();
        app.anon().post("/v1/auth/password/reset", json!({ "token": reset, "password": PASSWORD })).await.is(204);
        logs_in_with(&app, &ann.email, &own.shows()).await.refuses(429, "too_many_attempts");
        app.clock.advance(Duration::from_mins(15));
        logs_in_with(&app, &ann.email, &own.shows()).await.is(200);
    }

    async fn a_login_that_waits_for_its_code_ends_in_five_minutes_and_with_the_password(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        let token = mfa_token(logs_in(&app, &ann.email).await);
        app.clock.advance(Duration::from_mins(5));
        finishes(&app, &token, &own.shows()).await.refuses(401, "unauthenticated");
        for nonsense in ["nonsense", "", &token.as_str().unwrap()[1..]] {
            let answer = finishes(&app, &json!(nonsense), &own.shows()).await;
            assert!(matches!(answer.status, 401 | 422), "{nonsense}: {}", answer.body);
        }
        let token = mfa_token(logs_in(&app, &ann.email).await);
        let bob = app.signs_up("Bob").await;
        let bobs = Authenticator::of(&bob).await;
        // The ticket says whose code it takes.
        finishes(&app, &token, &bobs.shows()).await.refuses(401, "invalid_code");
        let ann = Actor::of_session(app.clone(), &finishes(&app, &token, &own.shows()).await.is(200));
        let token = mfa_token(logs_in(&app, &ann.email).await);
        let change = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });
        app.anon().with_token(ann.token.clone().unwrap()).send(reqwest::Method::PUT, "/v1/me/password", &[], Some(change)).await.is(204);
        own.waits();
        finishes(&app, &token, &own.shows()).await.refuses(401, "unauthenticated");
    }

    async fn a_session_is_confirmed_with_a_code_or_the_password(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        app.clock.advance(Duration::from_mins(10));
        let ann = ann.refreshed().await;
        ann.posts("/v1/me/recovery-codes").await.refuses(403, "confirmation_required");
        ann.delete("/v1/me/totp").await.refuses(403, "confirmation_required");
        ann.post("/v1/auth/confirm", json!({})).await.rejects("", "one_of");
        ann.post("/v1/auth/confirm", json!({ "code": own.shows(), "password": PASSWORD })).await.rejects("", "one_of");
        ann.post("/v1/auth/confirm", json!({ "code": "000000" })).await.refuses(401, "invalid_code");
        let code = own.shows();
        ann.post("/v1/auth/confirm", json!({ "code": code })).await.is(204);
        ann.post("/v1/auth/confirm", json!({ "code": code })).await.refuses(401, "invalid_code");
        ann.posts("/v1/me/recovery-codes").await.is(200);
        // Whoever has no second factor has no code.
        let bob = app.signs_up("Bob").await;
        bob.post("/v1/auth/confirm", json!({ "code": "123456" })).await.refuses(401, "invalid_code");
    }

    async fn switched_off_nothing_of_it_is_left(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        let begun = mfa_token(logs_in(&app, &ann.email).await);
        let dry = ann.delete("/v1/me/totp?dry_run=true").await.is(200);
        assert_eq!(dry["counts"], json!({ "recovery_codes": 10, "totp": 1 }));
        logs_in(&app, &ann.email).await.refuses(401, "mfa_required");
        ann.delete("/v1/me/totp").await.is(204);
        assert_eq!(ann.get("/v1/me").await.is(200)["mfa_enabled"], false);
        finishes(&app, &begun, &own.shows()).await.refuses(401, "unauthenticated");
        logs_in(&app, &ann.email).await.is(200);
        ann.delete("/v1/me/totp").await.refuses(404, "not_found");
        // Set up again, neither the old generator nor the old recovery codes are good.
        Authenticator::of(&ann).await;
        own.waits();
        for code in [own.shows(), own.recovery_codes[0].clone()] {
            logs_in_with(&app, &ann.email, &code).await.refuses(401, "invalid_code");
        }
        ann.delete("/v1/me").await.is(204);
        for table in ["totps", "recovery_codes"] {
            assert_eq!(app.database.number(&format!("select count(*) from {table}")).await, 0, "{table}");
        }
    }

    async fn an_api_token_cannot_touch_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read", "write"] })).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        script.posts("/v1/me/totp").await.refuses(403, "token_not_allowed");
        script.post("/v1/me/totp/confirm", json!({ "code": "123456" })).await.refuses(403, "token_not_allowed");
        script.delete("/v1/me/totp").await.refuses(403, "token_not_allowed");
        script.posts("/v1/me/recovery-codes").await.refuses(403, "token_not_allowed");
    }

    async fn who_was_disabled_does_not_get_in_with_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let own = Authenticator::of(&ann).await;
        let token = mfa_token(logs_in(&app, &ann.email).await);
        app.app.operator().set_disabled(&ann.email.parse().unwrap(), true).await.unwrap();
        finishes(&app, &token, &own.shows()).await.refuses(401, "unauthenticated");
        logs_in_with(&app, &ann.email, &own.shows()).await.refuses(401, "invalid_credentials");
    }
}
