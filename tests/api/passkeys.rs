//! `/v1/me/passkeys` and `/v1/auth/passkey`: a key in a device instead of a password and a code.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, Authenticator, Device, MailServer, Options, PASSWORD, TestApp, both_engines, each,
};

async fn finishes(app: &TestApp, body: &Value) -> Answer {
    app.anon().post("/v1/auth/passkey/finish", body.clone()).await
}

both_engines! {
    async fn a_passkey_logs_in_without_an_address_or_a_password(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let elsewhere = ann.again().await;
        let mut phone = Device::new();
        let made = phone.registers(&ann, " Phone ").await;
        let location = made.header("location").to_owned();
        let made = made.is(201);
        assert_eq!((&made["name"], &made["last_used_at"]), (&json!("Phone"), &Value::Null));
        assert_eq!(location, format!("/v1/me/passkeys/{}", made["id"].as_str().unwrap()));
        elsewhere.get("/v1/me").await.refuses(401, "unauthenticated");
        app.clock.advance(Duration::from_hours(1));
        for _ in 0..3 {
            let session = phone.logs_in(&app).await.is(200);
            assert_eq!(session["user"]["email"], "ann@example.com");
            let ann = Actor::of_session(app.clone(), &session);
            // It proves enough for what is sensitive.
            ann.posts("/v1/me/passkeys/begin").await.is(200);
            let listed = ann.get("/v1/me/passkeys").await.is(200);
            assert_eq!(each(&listed["items"], "/name"), ["Phone"]);
            assert!(listed["items"][0]["last_used_at"].as_str() > listed["items"][0]["created_at"].as_str(), "{listed}");
        }
        // Two people on one device.
        let bob = app.signs_up("Bob").await;
        phone.registers(&bob, "Phone").await.is(201);
        assert_eq!(phone.logs_in(&app).await.is(200)["user"]["name"], "Bob");
        assert_eq!(each(&bob.get("/v1/me/passkeys").await.is(200)["items"], "/name").len(), 1);
    }

    async fn what_the_browser_is_asked_is_what_webauthn_wants(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        Device::new().registers(&ann, "Phone").await.is(201);
        let options = ann.posts("/v1/me/passkeys/begin").await.is(200)["public_key"].clone();
        assert_eq!((&options["rp"]["id"], &options["rp"]["name"]), (&json!("guildhall.test"), &json!("Guildhall")));
        assert_eq!((&options["user"]["name"], &options["user"]["displayName"]), (&json!("ann@example.com"), &json!("Ann")));
        let selection = &options["authenticatorSelection"];
        assert_eq!((&selection["residentKey"], &selection["userVerification"]), (&json!("required"), &json!("required")));
        assert_eq!(options["excludeCredentials"].as_array().unwrap().len(), 1);
        let options = app.anon().posts("/v1/auth/passkey/begin").await.is(200)["public_key"].clone();
        assert_eq!((&options["rpId"], &options["userVerification"]), (&json!("guildhall.test"), &json!("required")));
        // Nobody learns who has one.
        assert_eq!(options["allowCredentials"].as_array().map_or(0, Vec::len), 0);
    }

    async fn it_needs_no_second_factor_and_its_person_is_verified(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        phone.registers(&ann, "Phone").await.is(201);
        Authenticator::of(&ann).await;
        app.anon().post("/v1/auth/login", json!({ "email": ann.email, "password": PASSWORD })).await.refuses(401, "mfa_required");
        phone.logs_in(&app).await.is(200);
        // A device that doesn't look whose finger it is proves one thing only.
        phone.verifies = false;
        phone.logs_in(&app).await.refuses(401, "passkey_refused");
        phone.registers(&ann, "Again").await.rejects("/credential", "refused");
    }

    async fn an_answer_is_good_once_for_its_page_and_its_challenge(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        phone.registers(&ann, "Phone").await.is(201);
        let body = phone.answers(&app).await;
        let answers = join_all((0..8).map(|_| finishes(&app, &body))).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
        assert_eq!(good.len(), 1);
        for answer in bad {
            answer.refuses(410, "ticket_gone");
        }
        // A challenge for somebody else's answer.
        let (one, mut other) = (phone.answers(&app).await, phone.answers(&app).await);
        other["ticket"] = one["ticket"].clone();
        finishes(&app, &other).await.refuses(401, "passkey_refused");
        // Another page, another domain.
        let page = std::mem::replace(&mut phone.page, "http://evil.test".into());
        phone.logs_in(&app).await.refuses(401, "passkey_refused");
        phone.page = page;
        let domain = std::mem::replace(&mut phone.domain, "evil.test".into());
        phone.logs_in(&app).await.refuses(401, "passkey_refused");
        phone.domain = domain;
        // Altered.
        for place in ["/credential/response/signature", "/credential/response/authenticatorData", "/credential/response/userHandle", "/credential/rawId"] {
            let mut body = phone.answers(&app).await;
            let field = body.pointer_mut(place).unwrap();
            *field = json!(format!("AAAA{}", &field.as_str().unwrap()[4..]));
            finishes(&app, &body).await.refuses(401, "passkey_refused");
        }
        // A copy of the device that is behind.
        let ahead = std::mem::replace(&mut phone.counter, 0);
        phone.logs_in(&app).await.refuses(401, "passkey_refused");
        phone.counter = ahead;
        phone.logs_in(&app).await.is(200);
        // Too late.
        let body = phone.answers(&app).await;
        app.clock.advance(Duration::from_mins(5));
        finishes(&app, &body).await.refuses(410, "ticket_gone");
    }

    async fn a_ticket_is_good_for_its_person_and_its_purpose_once(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let mut phone = Device::new();
        let options = ann.posts("/v1/me/passkeys/begin").await.is(200);
        let new = json!({ "ticket": options["ticket"], "name": "Phone", "credential": phone.creates(&options) });
        bob.post("/v1/me/passkeys/finish", new.clone()).await.refuses(410, "ticket_gone");
        let login = app.anon().posts("/v1/auth/passkey/begin").await.is(200);
        let mut wrong = new.clone();
        wrong["ticket"] = login["ticket"].clone();
        ann.post("/v1/me/passkeys/finish", wrong).await.refuses(410, "ticket_gone");
        finishes(&app, &json!({ "ticket": options["ticket"], "credential": phone.signs(&login) })).await.refuses(410, "ticket_gone");
        let answers = join_all((0..8).map(|_| ann.post("/v1/me/passkeys/finish", new.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
        assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 7);
        // The same key again, or for another account.
        for (who, code) in [(&ann, "invalid_input"), (&bob, "passkey_exists")] {
            let options = who.posts("/v1/me/passkeys/begin").await.is(200);
            let mut copied = phone.creates(&options);
            // The credential's id is in the attested data: the same object under a fresh challenge.
            copied["response"]["attestationObject"] = new["credential"]["response"]["attestationObject"].clone();
            let refused = who.post("/v1/me/passkeys/finish", json!({ "ticket": options["ticket"], "name": "Phone", "credential": copied })).await;
            assert_eq!(refused.body["code"], code, "{}", refused.body);
        }
    }

    async fn it_can_be_removed_and_is_gone_with_the_account(app: TestApp) {
        let options = Options { mail: Some(MailServer::start().await), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let bob = app.signs_up_by_mail("Bob").await;
        let mut phone = Device::new();
        let id = phone.registers(&ann, "Phone").await.is(201)["id"].as_str().unwrap().to_owned();
        let mail = app.mail_to(&ann.email).await;
        assert!(mail.subject.contains("new passkey") && mail.text.contains("Phone"), "{mail:?}");
        let path = format!("/v1/me/passkeys/{id}");
        bob.delete(&path).await.refuses(404, "not_found");
        bob.delete("/v1/me/passkeys/nonsense").await.refuses(404, "not_found");
        assert_eq!(ann.delete(format!("{path}?dry_run=true")).await.is(200)["counts"], json!({ "passkeys": 1 }));
        let other = ann.again().await;
        ann.delete(&path).await.is(204);
        assert!(app.mail_to(&ann.email).await.subject.contains("passkey was removed"));
        other.get("/v1/me").await.refuses(401, "unauthenticated");
        ann.delete(&path).await.refuses(404, "not_found");
        phone.logs_in(&app).await.refuses(401, "passkey_refused");
        let mut laptop = Device::new();
        laptop.registers(&ann, "Laptop").await.is(201);
        app.mail_to(&ann.email).await;
        app.app.operator().set_disabled(&ann.email.parse().unwrap(), true).await.unwrap();
        laptop.logs_in(&app).await.refuses(401, "passkey_refused");
        app.app.operator().set_disabled(&ann.email.parse().unwrap(), false).await.unwrap();
        let ann = Actor::of_session(app.clone(), &laptop.logs_in(&app).await.is(200));
        ann.delete("/v1/me").await.is(204);
        laptop.logs_in(&app).await.refuses(401, "passkey_refused");
        assert_eq!(app.database.number("select count(*) from passkeys").await, 0);
    }

    async fn twenty_are_enough(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut device = Device::new();
        let begun = ann.posts("/v1/me/passkeys/begin").await.is(200);
        for n in 0..20 {
            device.registers(&ann, &format!("Key {n}")).await.is(201);
        }
        ann.posts("/v1/me/passkeys/begin").await.refuses(409, "too_many_passkeys");
        let late = json!({ "ticket": begun["ticket"], "name": "Late", "credential": device.creates(&begun) });
        ann.post("/v1/me/passkeys/finish", late).await.refuses(409, "too_many_passkeys");
        let page = ann.get("/v1/me/passkeys?limit=15").await.is(200);
        let rest = ann.get(format!("/v1/me/passkeys?limit=15&cursor={}", page["next_cursor"].as_str().unwrap())).await.is(200);
        assert_eq!((each(&page["items"], "/name")[0].clone(), each(&rest["items"], "/name")), ("Key 19".into(), (0..5).rev().map(|n| format!("Key {n}")).collect::<Vec<_>>()));
    }

    async fn making_one_takes_a_session_that_proved_itself_lately(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read", "write"] })).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        script.posts("/v1/me/passkeys/begin").await.refuses(403, "token_not_allowed");
        script.get("/v1/me/passkeys").await.refuses(403, "token_not_allowed");
        app.clock.advance(Duration::from_mins(10));
        let ann = ann.refreshed().await;
        ann.posts("/v1/me/passkeys/begin").await.refuses(403, "confirmation_required");
        ann.post("/v1/me/passkeys/finish", json!({})).await.refuses(403, "confirmation_required");
    }

    async fn nonsense_is_refused_with_its_place(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        phone.registers(&ann, "Phone").await.is(201);
        let good = phone.answers(&app).await;
        for (field, value) in [("rawId", json!("no base64!")), ("response", json!({})), ("type", json!(7))] {
            let mut body = good.clone();
            body["credential"][field] = value;
            let refused = finishes(&app, &body).await.refuses(422, "invalid_input");
            assert!(refused["errors"][0]["pointer"].as_str().unwrap().starts_with("/credential"), "{refused}");
        }
        finishes(&app, &json!({ "ticket": "nonsense", "credential": good["credential"] })).await.refuses(410, "ticket_gone");
        finishes(&app, &json!({ "credential": good["credential"] })).await.rejects("/ticket", "required");
    }
}
