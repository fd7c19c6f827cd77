//! Guessing: how many failures there may be, at an account and from an address, on every route that checks a secret.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::app::config::Cost;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Authenticator, MailServer, Options, PASSWORD, TestApp, both_engines};

const WINDOW: Duration = Duration::from_mins(15);

async fn behind_a_proxy(app: &TestApp) -> TestApp {
    let options = Options { trusted_proxies: "127.0.0.1".parse().unwrap(), ..Options::default() };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

async fn posts_from(app: &TestApp, address: &str, path: &str, body: Value) -> Answer {
    app.anon().send(Method::POST, path, &[("x-forwarded-for", address)], Some(body)).await
}

async fn logs_in_from(app: &TestApp, address: &str, email: &str, password: &str) -> Answer {
    posts_from(app, address, "/v1/auth/login", json!({ "email": email, "password": password })).await
}

/// Somebody whose only session so far came from this address.
async fn signs_up_from(app: &TestApp, address: &str, name: &str) -> Actor {
    let body = json!({ "email": format!("{}@example.com", name.to_lowercase()), "password": PASSWORD, "name": name });
    let session = posts_from(app, address, "/v1/auth/signup", body).await.is(201);
    Actor::of_session(app.clone(), &session)
}

const HOME: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.7";

both_engines! {
    async fn ten_failures_close_an_account_for_a_quarter_of_an_hour(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        signs_up_from(&app, HOME, "Ann").await;
        // Spelled in any way, and from anywhere.
        let spellings = ["ann@example.com", "ANN@example.com", " Ann@Example.com "];
        for n in 0..10 {
            logs_in_from(&app, &format!("198.51.100.{n}"), spellings[n % 3], "wrong").await.refuses(401, "invalid_credentials");
        }
        let refused = logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await;
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        assert!((890..=900).contains(&wait), "{wait}");
        refused.refuses(429, "too_many_attempts");
        logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong").await.refuses(429, "too_many_attempts");
        // Another node knows, and a restart forgets nothing.
        let again = behind_a_proxy(&app).await;
        logs_in_from(&again, ELSEWHERE, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        app.clock.advance(WINDOW);
        logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await.is(200);
    }

    async fn an_address_without_an_account_is_closed_alike(app: TestApp) {
        app.signs_up("Ann").await;
        let mut answers = Vec::new();
        for email in ["ann@example.net", "bob@example.net"] {
            for _ in 0..11 {
                let answer = app.anon().post("/v1/auth/login", json!({ "email": email, "password": "wrong" })).await;
                answers.push((answer.status, answer.body["code"].clone(), answer.body["detail"].clone()));
            }
        }
        assert_eq!(answers[..11], answers[11..]);
        assert_eq!(answers[10].0, 429);
    }

    async fn its_owner_still_gets_in_from_where_they_were_before(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        signs_up_from(&app, HOME, "Ann").await;
        for _ in 0..10 {
            logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong").await.is(401);
        }
        logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        logs_in_from(&app, HOME, "ann@example.com", PASSWORD).await.is(200);
        // Guesses from there are counted too, by themselves.
        for _ in 0..10 {
            logs_in_from(&app, HOME, "ann@example.com", "wrong").await.is(401);
        }
        logs_in_from(&app, HOME, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
    }

    async fn a_device_that_has_logged_in_is_shut_out_by_its_own_failures_only(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let on = async |device: &Value, email: &str, password: &str| {
            let body = json!({ "email": email, "password": password, "device_token": device });
            posts_from(&app, HOME, "/v1/auth/login", body).await
        };
        let ann = signs_up_from(&app, HOME, "Ann").await;
        signs_up_from(&app, HOME, "Eve").await;
        let session = logs_in_from(&app, HOME, "ann@example.com", PASSWORD).await.is(200);
        let device = session["device_token"].clone();
        let refreshed = app.anon().post("/v1/auth/refresh", json!({ "refresh_token": session["refresh_token"] })).await.is(200);
        assert_eq!(refreshed["device_token"], device);
        // Logged out, it is known still. Somebody else in the same office guesses.
        Actor::of_session(app.clone(), &refreshed).post("/v1/auth/logout", json!({})).await.is(204);
        let eves = logs_in_from(&app, HOME, "eve@example.com", PASSWORD).await.is(200)["device_token"].clone();
        for _ in 0..10 {
            on(&eves, "ann@example.com", "wrong").await.refuses(401, "invalid_credentials");
        }
        for stranger in [&eves, &json!("ghd_nonsense"), &session["refresh_token"], &Value::Null] {
            on(stranger, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        }
        on(&device, "ann@example.com", PASSWORD).await.is(200);
        for _ in 0..10 {
            on(&device, "ann@example.com", "wrong").await.refuses(401, "invalid_credentials");
        }
        on(&device, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        // A new password makes strangers of all devices that don't know it: they may have been a thief's.
        app.clock.advance(WINDOW);
        let change = json!({ "current_password": PASSWORD, "new_password": "quite another staple" });
        let changed = ann.again().await.send(Method::PUT, "/v1/me/password", &[], Some(change)).await;
        assert!(changed.succeeded(), "{}", changed.body);
        for _ in 0..10 {
            logs_in_from(&app, HOME, "ann@example.com", "wrong").await.is(401);
        }
        on(&device, "ann@example.com", "quite another staple").await.refuses(429, "too_many_attempts");
    }

    async fn a_device_that_has_logged_in_can_always_send_its_code(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let ann = signs_up_from(&app, HOME, "Ann").await;
        let codes = Authenticator::of(&ann).await.recovery_codes;
        let with_code = async |device: &Value, code: &str| {
            let login = json!({ "email": "ann@example.com", "password": PASSWORD });
            let half = posts_from(&app, HOME, "/v1/auth/login", login).await.refuses(401, "mfa_required")["mfa_token"].clone();
            let body = json!({ "mfa_token": half, "code": code, "device_token": device });
            posts_from(&app, HOME, "/v1/auth/login/mfa", body).await
        };
        let device = with_code(&Value::Null, &codes[0]).await.is(200)["device_token"].clone();
        for _ in 0..10 {
            with_code(&Value::Null, "000000").await.refuses(401, "invalid_code");
        }
        with_code(&Value::Null, &codes[1]).await.refuses(429, "too_many_attempts");
        with_code(&device, &codes[1]).await.is(200);
        let at_once = json!({ "email": "ann@example.com", "password": PASSWORD, "totp_code": codes[2], "device_token": device });
        posts_from(&app, HOME, "/v1/auth/login", at_once).await.is(200);
        for _ in 0..10 {
            with_code(&device, "000000").await.refuses(401, "invalid_code");
        }
        with_code(&device, &codes[3]).await.refuses(429, "too_many_attempts");
    }

    async fn its_owner_gets_in_with_another_address_of_the_same_ipv6_network(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        signs_up_from(&app, "2001:db8:1:2::1", "Ann").await;
        for _ in 0..10 {
            logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong").await.is(401);
        }
        // Devices change theirs every day.
        logs_in_from(&app, "2001:db8:1:2:aaaa::7", "ann@example.com", PASSWORD).await.is(200);
        logs_in_from(&app, "2001:db8:1:3::1", "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
    }

    async fn a_new_password_opens_it(app: TestApp) {
        let server = MailServer::start().await;
        let options = Options { mail: Some(server.clone()), trusted_proxies: "127.0.0.1".parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        app.signs_up_by_mail("Ann").await;
        for _ in 0..10 {
            logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong").await.is(401);
        }
        logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        posts_from(&app, ELSEWHERE, "/v1/auth/password/forgot", json!({ "email": "ann@example.com" })).await.is(202);
        let reset = json!({ "token": server.to("ann@example.com").await.token(), "password": "quite another staple" });
        posts_from(&app, ELSEWHERE, "/v1/auth/password/reset", reset).await.is(204);
        logs_in_from(&app, ELSEWHERE, "ann@example.com", "quite another staple").await.is(200);
        // From where its owner was before, too.
        for _ in 0..10 {
            logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong").await.is(401);
        }
        logs_in_from(&app, ELSEWHERE, "ann@example.com", "quite another staple").await.refuses(429, "too_many_attempts");
        posts_from(&app, ELSEWHERE, "/v1/auth/password/forgot", json!({ "email": "ann@example.com" })).await.is(202);
        let link = loop {
            let mail = server.to("ann@example.com").await;
            if mail.subject == "Choose a new password" {
                break mail.token();
            }
        };
        let reset = json!({ "token": link, "password": "quite another staple" });
        posts_from(&app, ELSEWHERE, "/v1/auth/password/reset", reset).await.is(204);
        logs_in_from(&app, ELSEWHERE, "ann@example.com", "quite another staple").await.is(200);
    }

    async fn fifty_guesses_at_once_are_ten(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        signs_up_from(&app, HOME, "Ann").await;
        let answers = join_all((0..50).map(|_| logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong"))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 10);
        assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status)));
        assert_eq!(app.database.number("select failures from throttles where key like 'account%'").await, 10);
    }

    async fn the_password_is_as_hard_to_guess_with_a_session(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        for n in 0..10 {
            let answer = if n % 2 == 0 {
                ann.post("/v1/auth/confirm", json!({ "password": "wrong" })).await
            } else {
                let body = json!({ "current_password": "wrong", "new_password": "quite another staple" });
                ann.send(Method::PUT, "/v1/me/password", &[], Some(body)).await
            };
            answer.refuses(401, "invalid_credentials");
        }
        ann.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.refuses(429, "too_many_attempts");
        // The session goes on.
        ann.get("/v1/me").await.is(200);
    }

    async fn random_tokens_cost_nobody_anything(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let ann = signs_up_from(&app, HOME, "Ann").await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"] })).await.is(201);
        let lost = ann.with_token(token["token"].as_str().unwrap());
        app.database.run("delete from api_tokens").await;
        let tokens: [(&str, Value, u16); 5] = [
            ("/v1/auth/email/verify", json!({ "token": "ghm_nonsense" }), 404),
            ("/v1/auth/password/reset", json!({ "token": "ghm_nonsense", "password": "quite another staple" }), 404),
            ("/v1/invitations/lookup", json!({ "token": "ghi_nonsense" }), 404),
            ("/v1/auth/refresh", json!({ "refresh_token": "ghr_nonsense" }), 401),
            ("/v1/auth/signup", json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob", "invitation_token": "ghi_nonsense" }), 422),
        ];
        for n in 0..310usize {
            let (path, body, status) = &tokens[n % tokens.len()];
            posts_from(&app, ELSEWHERE, path, body.clone()).await.is(*status);
            lost.send(Method::GET, "/v1/me", &[("x-forwarded-for", ELSEWHERE)], None).await.refuses(401, "unauthenticated");
        }
        assert_eq!(app.database.number("select count(*) from throttles where key not like 'mail %' and key not like 'sign-ups %'").await, 0);
        logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await.is(200);
    }

    async fn three_hundred_failures_close_an_address_to_strangers_only(app: TestApp) {
        let server = MailServer::start().await;
        let options = Options { mail: Some(server.clone()), trusted_proxies: "127.0.0.1".parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        app.signs_up_by_mail("Ann").await;
        app.signs_up_by_mail("Bob").await;
        logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await.is(200);
        for n in 0..300 {
            logs_in_from(&app, ELSEWHERE, &format!("nobody{}@example.com", n / 10), "wrong").await.refuses(401, "invalid_credentials");
        }
        logs_in_from(&app, ELSEWHERE, "nobody@example.com", "wrong").await.refuses(429, "too_many_attempts");
        logs_in_from(&app, ELSEWHERE, "bob@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        // Whoever has logged in from there before gets in, and confirms; a reset is never refused, and from elsewhere nobody is.
        let session = logs_in_from(&app, ELSEWHERE, "ann@example.com", PASSWORD).await.is(200);
        let ann = Actor::of_session(app.clone(), &session);
        ann.send(Method::POST, "/v1/auth/confirm", &[("x-forwarded-for", ELSEWHERE)], Some(json!({ "password": PASSWORD }))).await.is(204);
        posts_from(&app, ELSEWHERE, "/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.is(200);
        posts_from(&app, ELSEWHERE, "/v1/auth/password/forgot", json!({ "email": "bob@example.com" })).await.is(202);
        let link = loop {
            let mail = server.to("bob@example.com").await;
            if mail.subject == "Choose a new password" {
                break mail.token();
            }
        };
        posts_from(&app, ELSEWHERE, "/v1/auth/password/reset", json!({ "token": link, "password": "quite another staple" })).await.is(204);
        logs_in_from(&app, HOME, "bob@example.com", "quite another staple").await.is(200);
    }

    async fn a_session_can_prove_itself_whatever_others_guess(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let ann = signs_up_from(&app, HOME, "Ann").await;
        for _ in 0..10 {
            logs_in_from(&app, HOME, "ann@example.com", "wrong").await.is(401);
            logs_in_from(&app, ELSEWHERE, "ann@example.com", "wrong").await.is(401);
        }
        logs_in_from(&app, HOME, "ann@example.com", PASSWORD).await.refuses(429, "too_many_attempts");
        ann.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.is(204);
        // Its own failures are counted, and close neither another session nor a login.
        for _ in 0..10 {
            ann.post("/v1/auth/confirm", json!({ "password": "wrong" })).await.is(401);
        }
        ann.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.refuses(429, "too_many_attempts");
        app.clock.advance(WINDOW);
        logs_in_from(&app, HOME, "ann@example.com", PASSWORD).await.is(200);
    }

    async fn whoever_knows_the_password_cannot_close_the_second_factor_to_its_owner(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let ann = signs_up_from(&app, HOME, "Ann").await;
        let codes = Authenticator::of(&ann).await.recovery_codes;
        let half = async |address: &str| {
            let refused = logs_in_from(&app, address, "ann@example.com", PASSWORD).await;
            refused.refuses(401, "mfa_required")["mfa_token"].clone()
        };
        let with_code = async |address: &str, code: &str| {
            let body = json!({ "mfa_token": half(address).await, "code": code });
            posts_from(&app, address, "/v1/auth/login/mfa", body).await
        };
        for _ in 0..10 {
            with_code(ELSEWHERE, "000000").await.refuses(401, "invalid_code");
        }
        with_code(ELSEWHERE, &codes[0]).await.refuses(429, "too_many_attempts");
        with_code("198.51.100.8", &codes[0]).await.refuses(429, "too_many_attempts");
        with_code(HOME, &codes[0]).await.is(200);
        ann.post("/v1/auth/confirm", json!({ "code": codes[1] })).await.is(204);
        for _ in 0..10 {
            with_code(HOME, "000000").await.refuses(401, "invalid_code");
        }
        with_code(HOME, &codes[2]).await.refuses(429, "too_many_attempts");
    }

    async fn sign_ups_are_counted_before_they_cost_a_hash(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let now = app.clock.now().millis();
        app.database.run(&format!("insert into throttles (key, failures, since) values ('sign-ups {ELSEWHERE}', 2999, {now})")).await;
        signs_up_from(&app, ELSEWHERE, "Ann").await;
        let body = json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob" });
        posts_from(&app, ELSEWHERE, "/v1/auth/signup", body).await.refuses(429, "too_many_attempts");
        signs_up_from(&app, HOME, "Bob").await;
    }

    async fn a_flood_of_sign_ups_keeps_nobody_from_logging_in(app: TestApp) {
        // As slow as in production, so that the flood waits for the cores.
        let options = Options { passwords: Cost::default(), trusted_proxies: "127.0.0.1".parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        signs_up_from(&app, HOME, "Ann").await;
        let taken = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Eve" });
        // More than may wait, and from each address no more than run at once.
        let strangers = (0..60).flat_map(|_| [ELSEWHERE, "198.51.100.8"]);
        let flood = join_all(strangers.map(|address| posts_from(&app, address, "/v1/auth/signup", taken.clone())));
        let logins = join_all((0..20).map(|_| logs_in_from(&app, HOME, "ann@example.com", PASSWORD)));
        let (flood, logins) = tokio::join!(flood, logins);
        assert!(logins.iter().all(|login| login.status == 200));
        assert!(flood.iter().all(|signup| [409, 503].contains(&signup.status)));
        assert!(flood.iter().any(|signup| signup.status == 503 && signup.header("retry-after").parse::<u64>().is_ok()));
    }

    async fn a_site_of_ipv6_networks_has_a_limit_of_its_own(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        let now = app.clock.now().millis();
        app.database.run(&format!("insert into throttles (key, failures, since) values ('site 2001:db8:1::', 2999, {now})")).await;
        logs_in_from(&app, "2001:db8:1:1::1", "nobody@example.com", "wrong").await.is(401);
        logs_in_from(&app, "2001:db8:1:2::1", "nobody@example.com", "wrong").await.refuses(429, "too_many_attempts");
        logs_in_from(&app, "2001:db8:2:1::1", "nobody@example.com", "wrong").await.is(401);
    }

    async fn an_address_is_believed_only_from_a_trusted_proxy(app: TestApp) {
        app.signs_up("Ann").await;
        for n in 0..3 {
            logs_in_from(&app, &format!("198.51.100.{n}"), "ann@example.com", "wrong").await.is(401);
        }
        assert_eq!(app.database.number("select failures from throttles where key = 'account ann@example.com from 127.0.0.1'").await, 3);
    }

    async fn neighbours_in_an_ipv6_network_share_a_budget_of_requests(app: TestApp) {
        let options = Options { trusted_proxies: "127.0.0.1".parse().unwrap(), rate_limit: "5".parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let from = async |address: String| logs_in_from(&app, &address, "nobody@example.com", "wrong").await.status;
        for n in 1..=5 {
            assert_eq!(from(format!("2001:db8:1:2::{n}")).await, 401);
        }
        assert_eq!(from("2001:db8:1:2::6".into()).await, 429);
        assert_eq!(from("2001:db8:1:3::1".into()).await, 401);
    }

    async fn neighbours_in_an_ipv6_network_are_one(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        for n in 1..=3 {
            logs_in_from(&app, &format!("2001:db8:1:2::{n}"), "ann@example.com", "wrong").await.is(401);
        }
        assert_eq!(app.database.number("select failures from throttles where key = 'address 2001:db8:1:2::'").await, 3);
    }
}
