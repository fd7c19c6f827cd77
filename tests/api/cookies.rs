//! `"session": "cookie"`: the refresh token as a cookie that no script reads, and that only some pages may have sent.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Authenticator, Options, PASSWORD, TestApp, both_engines, mfa_token};

const PAGE: &str = "https://app.guildhall.test";
const FOREIGN: &str = "https://app.evil.test";

async fn for_browsers(app: &TestApp) -> TestApp {
    let options = Options {
        cors_origins: PAGE.parse().unwrap(),
        public_url: "https://api.guildhall.test".into(),
        ..Options::default()
    };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

/// The cookie that an answer sets, as a browser sends it back. Its attributes are held against what keeps it safe.
fn cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie");
    let (pair, attributes) = set.split_once("; ").unwrap_or_else(|| panic!("{}: no cookie", answer.asked));
    assert_eq!(attributes, "Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000");
    assert!(pair.starts_with("__Host-guildhall=ghr_"), "{pair}");
    pair.to_owned()
}

/// The body of an answer that set the cookie, and nothing of it in the body.
fn body_without(answer: Answer) -> Value {
    let secret = cookie(&answer);
    let (_, token) = secret.split_once('=').unwrap();
    assert!(
        !answer.body.to_string().contains(token) && answer.body.get("refresh_token").is_none(),
        "{}",
        answer.body
    );
    assert!(answer.succeeded(), "{}", answer.body);
    answer.body
}

async fn refreshes(app: &TestApp, cookie: &str, headers: &[(&str, &str)]) -> Answer {
    let headers: Vec<_> = [("cookie", cookie)].into_iter().chain(headers.iter().copied()).collect();
    app.anon().send(Method::POST, "/v1/auth/refresh", &headers, None).await
}

async fn logs_in(app: &TestApp) -> Answer {
    let body = json!({ "email": "ann@example.com", "password": PASSWORD, "session": "cookie" });
    app.anon().post("/v1/auth/login", body).await
}

both_engines! {
    async fn every_way_in_can_set_it(app: TestApp) {
        let app = for_browsers(&app).await;
        let new = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann", "session": "cookie" });
        let ann = app.anon().post("/v1/auth/signup", new).await;
        assert_eq!(ann.status, 201);
        let ann = Actor::of_session(app.clone(), &body_without(ann));
        body_without(logs_in(&app).await);
        let own = Authenticator::of(&ann).await;
        let half = logs_in(&app).await;
        assert_eq!(half.header("set-cookie"), "");
        let second = json!({ "mfa_token": mfa_token(half), "code": own.shows(), "session": "cookie" });
        let session = app.anon().post("/v1/auth/login/mfa", second).await;
        Actor::of_session(app.clone(), &body_without(session)).get("/v1/me").await.is(200);
        app.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": PASSWORD, "session": "jar" })).await.rejects("/session", "invalid_value");
    }

    async fn it_rotates_and_never_comes_into_a_body(app: TestApp) {
        let app = for_browsers(&app).await;
        app.signs_up("Ann").await;
        let first = cookie(&logs_in(&app).await);
        let answer = refreshes(&app, &format!("theme=dark; {first}; lang=de"), &[("origin", PAGE)]).await;
        let second = cookie(&answer);
        assert_ne!(first, second);
        Actor::of_session(app.clone(), &body_without(answer)).get("/v1/me").await.is(200);
        // Whatever the page asks for.
        for body in [json!({}), json!({ "session": "cookie" }), json!({ "session": "body" })] {
            let answer = app.anon().send(Method::POST, "/v1/auth/refresh", &[("cookie", &second), ("origin", PAGE)], Some(body)).await;
            body_without(answer);
        }
        // A second tab gets the same successor; used again later, it ends the session.
        let answers = join_all((0..8).map(|_| refreshes(&app, &second, &[("origin", PAGE)]))).await;
        let successors: std::collections::BTreeSet<String> = answers.iter().map(cookie).collect();
        assert_eq!(successors.len(), 1);
        app.clock.advance(Duration::from_secs(11));
        refreshes(&app, &second, &[("origin", PAGE)]).await.refuses(401, "unauthenticated");
        refreshes(&app, successors.first().unwrap(), &[("origin", PAGE)]).await.refuses(401, "unauthenticated");
    }

    async fn a_token_of_the_body_can_move_into_it_and_not_back(app: TestApp) {
        let app = for_browsers(&app).await;
        let ann = app.signs_up("Ann").await;
        let moved = app.anon().post("/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token, "session": "cookie" })).await;
        let moved = cookie(&moved);
        // The body's goes first where both are there.
        let bob = app.signs_up("Bob").await;
        let body = json!({ "refresh_token": bob.refresh_token });
        let answer = app.anon().send(Method::POST, "/v1/auth/refresh", &[("cookie", &moved), ("origin", PAGE)], Some(body)).await.is(200);
        assert_eq!(answer["user"]["name"], "Bob");
        assert!(answer["refresh_token"].is_string());
        body_without(refreshes(&app, &moved, &[("origin", PAGE)]).await);
    }

    async fn only_pages_that_may_call_can_have_it_used(app: TestApp) {
        let app = for_browsers(&app).await;
        app.signs_up("Ann").await;
        let own = cookie(&logs_in(&app).await);
        let sibling = "https://blog.guildhall.test";
        let refused: [&[(&str, &str)]; 6] = [
            &[("origin", FOREIGN)],
            &[("origin", sibling), ("sec-fetch-site", "same-site")],
            &[("origin", "null")],
            &[("origin", "http://app.guildhall.test")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
        ];
        for headers in refused {
            refreshes(&app, &own, headers).await.refuses(403, "origin_not_allowed");
        }
        // Nothing happened: the same token is still the newest.
        app.clock.advance(Duration::from_mins(1));
        let taken: [&[(&str, &str)]; 4] = [
            &[("origin", PAGE), ("sec-fetch-site", "same-site")],
            &[("origin", "https://api.guildhall.test"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "same-origin")],
            &[],
        ];
        let mut newest = own;
        for headers in taken {
            newest = cookie(&refreshes(&app, &newest, headers).await);
        }
    }

    async fn browsers_are_told_who_may_send_it(app: TestApp) {
        let app = for_browsers(&app).await;
        let preflight = [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
        for (origin, allowed, credentials) in [(PAGE, PAGE, "true"), (FOREIGN, "", ""), ("null", "", "")] {
            let headers: Vec<_> = [("origin", origin)].into_iter().chain(preflight).collect();
            let answer = app.anon().send(Method::OPTIONS, "/v1/auth/refresh", &headers, None).await;
            assert_eq!(answer.header("access-control-allow-origin"), allowed);
            assert_eq!(answer.header("access-control-allow-credentials"), credentials);
        }
    }

    async fn logging_out_takes_it_away(app: TestApp) {
        let app = for_browsers(&app).await;
        app.signs_up("Ann").await;
        let answer = logs_in(&app).await;
        let own = cookie(&answer);
        let ann = Actor::of_session(app.clone(), &answer.body);
        let out = ann.send(Method::POST, "/v1/auth/logout", &[("cookie", &own)], None).await;
        assert_eq!(out.header("set-cookie"), "__Host-guildhall=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
        out.is(204);
        refreshes(&app, &own, &[("origin", PAGE)]).await.refuses(401, "unauthenticated");
        let ann = Actor::of_session(app.clone(), &app.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": PASSWORD })).await.is(200));
        let out = ann.posts("/v1/auth/logout").await;
        assert_eq!(out.header("set-cookie"), "");
        out.is(204);
    }

    async fn without_one_there_is_nothing_to_refresh(app: TestApp) {
        let app = for_browsers(&app).await;
        app.anon().posts("/v1/auth/refresh").await.rejects("/refresh_token", "required");
        app.anon().post("/v1/auth/refresh", json!({})).await.rejects("/refresh_token", "required");
        app.anon().post("/v1/auth/refresh", json!({ "session": "cookie" })).await.refuses(401, "unauthenticated");
        for nonsense in ["__Host-guildhall=", "__Host-guildhall", "guildhall=ghr_x", ";;=;"] {
            refreshes(&app, nonsense, &[]).await.rejects("/refresh_token", "required");
        }
        refreshes(&app, "__Host-guildhall=nonsense", &[]).await.refuses(401, "unauthenticated");
    }
}
