//! `/v1/auth`, `/v1/me` and the keys: signing up, logging in, refreshing, logging out.

use std::time::Duration;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::join_all;
use guildhall::app::{
    config::{Cost, Signup},
    edge,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Options, PASSWORD, TestApp, both_engines};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn ann() -> Value {
    json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" })
}

/// An object with some of its fields changed; `null` takes one away.
fn with(mut object: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else {
        return object;
    };
    for (name, value) in changes {
        if value.is_null() {
            object.as_object_mut().unwrap().remove(&name);
        } else {
            object[name] = value;
        }
    }
    object
}

impl Actor {
    async fn refreshes(&self, token: &str) -> Answer {
        self.app.anon().post("/v1/auth/refresh", json!({ "refresh_token": token })).await
    }

    async fn sends_nothing_but(&self, headers: &[(&str, &str)]) -> Answer {
        self.app.anon().send(Method::GET, "/v1/me", headers, None).await
    }
}

fn refresh_token(session: &Value) -> String {
    session["refresh_token"].as_str().unwrap().to_owned()
}

mod signing_up {
    use super::*;

    both_engines! {
        async fn gives_an_account_and_a_session(app: TestApp) {
            let answer = app.anon().post("/v1/auth/signup", ann()).await;
            assert_eq!(answer.header("location"), "/v1/me");
            let session = answer.is(201);
            assert_eq!(keys(&session), ["access_token", "device_token", "expires_in", "refresh_token", "token_type", "user"]);
            assert_eq!((&session["token_type"], &session["expires_in"]), (&json!("Bearer"), &json!(600)));
            let user = &session["user"];
            assert_eq!(keys(user), [
                "created_at", "email", "email_verified", "has_password", "id", "mfa_enabled", "name", "time_zone", "updated_at", "version",
            ]);
            assert_eq!((&user["email"], &user["name"]), (&json!("ann@example.com"), &json!("Ann")));
            assert_eq!((&user["email_verified"], &user["mfa_enabled"]), (&json!(false), &json!(false)));
            assert_eq!(Actor::of_session(app.clone(), &session).get("/v1/me").await.is(200), *user);
            let stored = app.database.text("select password_hash from users").await;
            assert!(stored.starts_with("$argon2id$v=19$"), "{stored}");
        }

        async fn a_taken_address_is_refused_in_every_spelling(app: TestApp) {
            app.signs_up_as("Ann", "ann@bücher.example").await;
            for email in [
                "ann@bücher.example",
                "ANN@bücher.example",
                " ann@Bücher.Example ",
                "ann@xn--bcher-kva.example",
                "ann@XN--BCHER-KVA.example",
                "ａｎｎ@bücher.example",
                "ann@bu\u{308}cher.example",
            ] {
                app.anon().post("/v1/auth/signup", with(ann(), json!({ "email": email }))).await.refuses(409, "email_taken");
            }
            assert_eq!(app.database.number("select count(*) from users").await, 1);
        }

        async fn what_is_wrong_is_named_with_its_place(app: TestApp) {
            let long = "ab".repeat(65);
            let rows = [
                (json!({ "email": null }), "/email", "required"),
                (json!({ "email": "ann" }), "/email", "invalid_format"),
                (json!({ "email": "ann@localhost" }), "/email", "invalid_format"),
                (json!({ "email": "ann@@example.com" }), "/email", "invalid_format"),
                (json!({ "email": "ann@example.com\r\nBcc: bob@example.com" }), "/email", "invalid_format"),
                (json!({ "email": format!("{}@example.com", "a".repeat(65)) }), "/email", "invalid_format"),
                (json!({ "email": 7 }), "/email", "invalid_type"),
                (json!({ "password": null }), "/password", "required"),
                (json!({ "password": "" }), "/password", "too_short"),
                (json!({ "password": "vK3$wq9" }), "/password", "too_short"),
                (json!({ "password": "password" }), "/password", "too_weak"),
                (json!({ "password": "aaaaaaaaaaaa" }), "/password", "too_weak"),
                (json!({ "password": "12345678901234567890" }), "/password", "too_weak"),
                (json!({ "password": "ann@example.com" }), "/password", "too_weak"),
                (json!({ "password": long[..129] }), "/password", "too_long"),
                (json!({ "password": "correct horse\0battery" }), "/password", "invalid_text"),
                (json!({ "name": null }), "/name", "required"),
                (json!({ "name": "  " }), "/name", "too_short"),
                (json!({ "name": "a".repeat(101) }), "/name", "too_long"),
                (json!({ "name": "Ann\nBob" }), "/name", "invalid_text"),
                (json!({ "name": ["Ann"] }), "/name", "invalid_type"),
                (json!({ "id": "0193d5f4-0000-7000-8000-000000000000" }), "/id", "unknown_field"),
                (json!({ "email_verified": true }), "/email_verified", "unknown_field"),
                (json!({ "role": "owner" }), "/role", "unknown_field"),
            ];
            for (change, pointer, code) in rows {
                app.anon().post("/v1/auth/signup", with(ann(), change)).await.rejects(pointer, code);
            }
            assert_eq!(app.database.number("select count(*) from users").await, 0);
        }

        async fn all_mistakes_are_told_at_once(app: TestApp) {
            let body = json!({ "email": "ann", "password": 8, "name": "", "colour": "red" });
            let refusal = app.anon().post("/v1/auth/signup", body).await.refuses(422, "invalid_input");
            let mut told: Vec<_> = refusal["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
            told.sort_unstable();
            assert_eq!(told, ["/colour", "/email", "/name", "/password"]);
        }

        async fn the_longest_password_and_name_are_taken(app: TestApp) {
            let password: String = (0..128u32).map(|n| char::from_u32(33 + n * 37 % 94).unwrap()).collect();
            let body = with(ann(), json!({ "password": password, "name": "Ü".repeat(100) }));
            app.anon().post("/v1/auth/signup", body).await.is(201);
            let login = |password: &str| json!({ "email": "ann@example.com", "password": password });
            app.anon().post("/v1/auth/login", login(&password)).await.is(200);
            // All of it counts.
            app.anon().post("/v1/auth/login", login(&password[..127])).await.refuses(401, "invalid_credentials");
        }

        async fn a_password_is_the_same_however_its_letters_are_composed(app: TestApp) {
            let body = with(ann(), json!({ "password": "Zu\u{308}rich liegt am See" }));
            app.anon().post("/v1/auth/signup", body).await.is(201);
            let login = json!({ "email": "ann@example.com", "password": "Zürich liegt am See" });
            app.anon().post("/v1/auth/login", login).await.is(200);
        }

        async fn fifty_at_once_with_one_address_give_one_account(app: TestApp) {
            let anon = app.anon();
            let answers = join_all((0..50).map(|_| anon.post("/v1/auth/signup", ann()))).await;
            let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
            assert_eq!(made.len(), 1);
            for answer in refused {
                answer.refuses(409, "email_taken");
            }
            for table in ["users", "user_emails", "sessions"] {
                assert_eq!(app.database.number(&format!("select count(*) from {table}")).await, 1, "{table}");
            }
        }

        async fn a_closed_server_takes_nobody(app: TestApp) {
            let options = Options { signup: Signup::Closed, ..Options::default() };
            let closed = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
            closed.anon().post("/v1/auth/signup", ann()).await.refuses(403, "signup_closed");
            // Permission comes before the input.
            closed.anon().post("/v1/auth/signup", json!({})).await.refuses(403, "signup_closed");
            assert_eq!(app.database.number("select count(*) from users").await, 0);
        }

        async fn where_one_must_be_invited_a_token_opens_the_door_once(app: TestApp) {
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            let invitation = acme.founder.post(acme.path("/invitations"), json!({ "email": "bob@example.com", "role": "member" })).await.is(201);
            let options = Options { signup: Signup::Invited, ..Options::default() };
            let door = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await.anon();
            let bob = json!({ "email": "Bob@Example.com", "password": PASSWORD, "name": "Bob" });
            door.post("/v1/auth/signup", bob.clone()).await.refuses(403, "signup_closed");
            door.post("/v1/auth/signup", with(bob.clone(), json!({ "invitation_token": "ghi_nonsense" }))).await
                .rejects("/invitation_token", "not_found");
            let invited = with(bob, json!({ "invitation_token": invitation["token"] }));
            door.post("/v1/auth/signup", with(invited.clone(), json!({ "email": "eve@example.com" }))).await
                .refuses(403, "invitation_email_mismatch");
            let session = door.post("/v1/auth/signup", invited.clone()).await.is(201);
            assert_eq!(Actor::of_session(app.clone(), &session).get(acme.path("")).await.is(200)["role"], "member");
            let again = with(invited, json!({ "email": "eve@example.com" }));
            door.post("/v1/auth/signup", again).await.rejects("/invitation_token", "invitation_gone");
            assert_eq!(app.database.number("select count(*) from users").await, 2);
        }
    }
}

mod logging_in {
    use super::*;

    both_engines! {
        async fn takes_the_address_in_any_spelling(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let again = app.logs_in(" ANN@EXAMPLE.com").await;
            assert_eq!(again.id, ann.id);
            assert_ne!(again.refresh_token, ann.refresh_token);
            again.get("/v1/me").await.is(200);
        }

        async fn an_unknown_address_and_a_wrong_password_are_answered_alike(app: TestApp) {
            app.signs_up("Ann").await;
            app.signs_up("Out").await;
            app.database.run("update users set disabled_at = 1 where email = 'out@example.com'").await;
            let tries = [
                ("ann@example.com", "incorrect horse battery"),
                ("nobody@example.com", PASSWORD),
                ("out@example.com", PASSWORD),
                ("ann@example.com", ""),
            ];
            let mut answers = Vec::new();
            for (email, password) in tries {
                let answer = app.anon().post("/v1/auth/login", json!({ "email": email, "password": password })).await;
                let mut headers = answer.headers.clone();
                for varies in ["x-request-id", "date", "content-length"] {
                    headers.remove(varies);
                }
                let body = answer.refuses(401, "invalid_credentials");
                answers.push((with(body, json!({ "request_id": null })), headers));
            }
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
            assert_eq!(app.database.number("select count(*) from sessions").await, 2);
        }

        async fn renews_a_hash_that_was_made_at_another_cost(app: TestApp) {
            app.signs_up("Ann").await;
            let hash = || app.database.text("select password_hash from users");
            let before = hash().await;
            app.logs_in("ann@example.com").await;
            assert_eq!(hash().await, before);
            let options = Options { passwords: Cost { memory: 128, rounds: 2 }, ..Options::default() };
            let dearer = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
            dearer.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": "wrong" })).await
                .refuses(401, "invalid_credentials");
            assert_eq!(hash().await, before);
            dearer.logs_in("ann@example.com").await;
            let after = hash().await;
            assert!(after.contains("m=128,t=2,p=1"), "{after}");
            dearer.logs_in("ann@example.com").await;
            assert_eq!(hash().await, after);
        }

        async fn five_hundred_at_once_are_bounded_and_the_server_stays_quick(app: TestApp) {
            app.signs_up("Ann").await;
            // 500 hashes take longer than that, on any machine.
            let http = edge::Limits { turn: Duration::from_millis(300), ..edge::Limits::default() };
            let options = Options { passwords: Cost::default(), http, ..Options::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
            let anon = app.anon();
            let crowd = tokio::spawn(async move {
                let right = json!({ "email": "ann@example.com", "password": PASSWORD });
                join_all((0..500).map(|_| anon.post("/v1/auth/login", right.clone()))).await
            });
            app.anon().get("/livez").await.is(200);
            app.anon().get("/readyz").await.is(200);
            assert!(!crowd.is_finished(), "the crowd was faster than two small requests");
            let mut busy = 0;
            for answer in crowd.await.unwrap() {
                // The hashing is busy, or so many of one address have waited for their turn for too long.
                if [503, 429].contains(&answer.status) {
                    busy += 1;
                    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
                    let code = if answer.status == 503 { "overloaded" } else { "rate_limited" };
                    let status = answer.status;
                    answer.refuses(status, code);
                } else {
                    answer.is(200);
                }
            }
            assert!((1..500).contains(&busy), "{busy} of 500 were told to come again");
            app.logs_in("ann@example.com").await;
        }
    }
}

mod refreshing {
    use super::*;

    both_engines! {
        async fn gives_a_new_pair_and_the_same_again_for_ten_seconds(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let session = ann.refreshes(&ann.refresh_token).await.is(200);
            assert_ne!(refresh_token(&session), ann.refresh_token);
            app.clock.advance(Duration::from_secs(9));
            let again = ann.refreshes(&ann.refresh_token).await.is(200);
            assert_eq!(refresh_token(&again), refresh_token(&session));
            for token in [&session, &again] {
                Actor::of_session(app.clone(), token).get("/v1/me").await.is(200);
            }
            let third = ann.refreshes(&refresh_token(&session)).await.is(200);
            assert_ne!(refresh_token(&third), refresh_token(&session));
        }

        async fn with_a_used_token_later_ends_the_whole_session(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let other = ann.again().await;
            let session = ann.refreshes(&ann.refresh_token).await.is(200);
            app.clock.advance(Duration::from_secs(11));
            ann.refreshes(&ann.refresh_token).await.refuses(401, "unauthenticated");
            ann.refreshes(&refresh_token(&session)).await.refuses(401, "unauthenticated");
            ann.get("/v1/me").await.refuses(401, "unauthenticated");
            Actor::of_session(app.clone(), &session).get("/v1/me").await.refuses(401, "unauthenticated");
            // Another session of the same person goes on.
            other.get("/v1/me").await.is(200);
        }

        async fn with_the_last_but_one_token_ends_the_session_at_once(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let second = ann.refreshes(&ann.refresh_token).await.is(200);
            ann.refreshes(&refresh_token(&second)).await.is(200);
            ann.refreshes(&ann.refresh_token).await.refuses(401, "unauthenticated");
            ann.get("/v1/me").await.refuses(401, "unauthenticated");
        }

        async fn twenty_at_once_give_one_successor(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let answers = join_all((0..20).map(|_| ann.refreshes(&ann.refresh_token))).await;
            let mut successors: Vec<String> = answers.into_iter().map(|answer| refresh_token(&answer.is(200))).collect();
            successors.dedup();
            assert_eq!(successors.len(), 1);
            ann.refreshes(&successors[0]).await.is(200);
        }

        async fn with_an_altered_or_absurd_token_is_refused_and_ends_nothing(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let good = &ann.refresh_token;
            let altered = |at: usize| {
                let mut bytes = good.clone().into_bytes();
                bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
                String::from_utf8(bytes).unwrap()
            };
            let access = ann.token.clone().unwrap();
            for token in [
                "", "ghr_", "nonsense", "\u{fffd}", &altered(6), &altered(30), &altered(40), &good[1..], &good.to_uppercase(),
                &format!("{good}A"), &format!(" {good}"), &access, &"A".repeat(100_000),
            ] {
                ann.refreshes(token).await.refuses(401, "unauthenticated");
            }
            ann.get("/v1/me").await.is(200);
            ann.refreshes(good).await.is(200);
        }

        async fn lasts_thirty_days_without_use(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            app.clock.advance(29 * DAY);
            let session = ann.refreshes(&ann.refresh_token).await.is(200);
            app.clock.advance(30 * DAY);
            ann.refreshes(&refresh_token(&session)).await.refuses(401, "unauthenticated");
        }

        async fn lasts_ninety_days_at_most(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let mut token = ann.refresh_token.clone();
            for _ in 0..4 {
                app.clock.advance(20 * DAY);
                token = refresh_token(&ann.refreshes(&token).await.is(200));
            }
            app.clock.advance(9 * DAY + 1438 * MINUTE);
            let last = ann.refreshes(&token).await.is(200);
            let late = Actor::of_session(app.clone(), &last);
            late.get("/v1/me").await.is(200);
            app.clock.advance(3 * MINUTE);
            ann.refreshes(&refresh_token(&last)).await.refuses(401, "unauthenticated");
            // Its access token would have been good for seven minutes more.
            late.get("/v1/me").await.refuses(401, "unauthenticated");
        }
    }
}

mod ending {
    use super::*;

    both_engines! {
        async fn logging_out_holds_at_once_and_for_this_session_only(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let other = ann.again().await;
            ann.posts("/v1/auth/logout").await.is(204);
            ann.get("/v1/me").await.refuses(401, "unauthenticated");
            ann.posts("/v1/auth/logout").await.refuses(401, "unauthenticated");
            ann.refreshes(&ann.refresh_token).await.refuses(401, "unauthenticated");
            other.get("/v1/me").await.is(200);
            other.post("/v1/auth/logout", json!({})).await.is(204);
        }

        async fn an_access_token_is_good_for_ten_minutes(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            app.clock.advance(Duration::from_secs(598));
            ann.get("/v1/me").await.is(200);
            app.clock.advance(Duration::from_secs(2));
            let answer = ann.get("/v1/me").await;
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            answer.refuses(401, "unauthenticated");
            ann.refreshes(&ann.refresh_token).await.is(200);
        }

        async fn a_disabled_account_is_out_from_the_next_request_on(app: TestApp) {
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            let bob = acme.gets("Bob", "member").await;
            bob.get(acme.path("")).await.is(200);
            app.database.run("update users set disabled_at = 1 where email = 'bob@example.com'").await;
            bob.get("/v1/me").await.refuses(401, "unauthenticated");
            bob.get("/v1/orgs").await.refuses(401, "unauthenticated");
            bob.get(acme.path("")).await.refuses(401, "unauthenticated");
            bob.get("/v1/orgs/nowhere").await.refuses(401, "unauthenticated");
            bob.post(acme.path("/leave"), json!({})).await.refuses(401, "unauthenticated");
            bob.refreshes(&bob.refresh_token).await.refuses(401, "unauthenticated");
            app.database.run("update users set disabled_at = null where email = 'bob@example.com'").await;
            bob.get(acme.path("")).await.is(200);
        }
    }
}

pub mod me {
    use super::*;

    both_engines! {
        async fn changes_what_is_sent_and_keeps_the_rest(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let before = ann.get("/v1/me").await.is(200);
            app.clock.advance(MINUTE);
            let zone = ann.patch("/v1/me", json!({ "time_zone": "Europe/Zurich" })).await.is(200);
            assert_eq!(zone, with(before, json!({ "time_zone": "Europe/Zurich", "version": 2, "updated_at": zone["updated_at"] })));
            let name = ann.patch("/v1/me", json!({ "name": " Ann-Marie " })).await.is(200);
            assert_eq!((&name["name"], &name["time_zone"], &name["version"]), (&json!("Ann-Marie"), &json!("Europe/Zurich"), &json!(3)));
            assert_eq!(ann.get("/v1/me").await.is(200), name);
        }

        async fn an_empty_patch_changes_nothing(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let before = ann.get("/v1/me").await;
            app.clock.advance(MINUTE);
            for same in [json!({}), json!({ "name": "Ann" }), json!({ "name": "Ann", "time_zone": "UTC" })] {
                let after = ann.patch("/v1/me", same).await;
                assert_eq!(after.header("etag"), before.header("etag"));
                assert_eq!(after.is(200), before.body);
            }
        }

        async fn a_patch_that_is_wrong_is_refused(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            for (patch, pointer, code) in [
                (json!({ "name": null }), "/name", "invalid_type"),
                (json!({ "name": "" }), "/name", "too_short"),
                (json!({ "time_zone": null }), "/time_zone", "invalid_type"),
                (json!({ "time_zone": "Europe/Atlantis" }), "/time_zone", "invalid_format"),
                (json!({ "time_zone": "europe/zurich" }), "/time_zone", "invalid_format"),
                (json!({ "email": "eve@example.com" }), "/email", "unknown_field"),
                (json!({ "email_verified": true }), "/email_verified", "unknown_field"),
                (json!({ "version": 9 }), "/version", "unknown_field"),
                (json!({ "created_at": "2026-01-01T00:00:00Z" }), "/created_at", "unknown_field"),
            ] {
                ann.patch("/v1/me", patch).await.rejects(pointer, code);
            }
            ann.patch("/v1/me", json!([])).await.rejects("", "invalid_type");
            ann.patch("/v1/me", json!(null)).await.rejects("", "invalid_type");
            assert_eq!(ann.get("/v1/me").await.is(200)["version"], 1);
        }

        async fn a_patch_is_a_merge_patch_also_by_its_media_type(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let headers = [("content-type", "application/merge-patch+json; charset=UTF-8")];
            let body = br#"{"name":"Anna"}"#.to_vec();
            assert_eq!(ann.send_raw(Method::PATCH, "/v1/me", &headers, Some(body)).await.is(200)["name"], "Anna");
        }

        async fn a_stale_patch_is_refused(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let tag = ann.get("/v1/me").await.header("etag").to_owned();
            let change = |tag: &str, name: &str| {
                let (ann, tag, body) = (ann.clone(), tag.to_owned(), json!({ "name": name }));
                async move { ann.send(Method::PATCH, "/v1/me", &[("if-match", &tag)], Some(body)).await }
            };
            change(&tag, "Anna").await.is(200);
            change(&tag, "Anne").await.refuses(412, "precondition_failed");
            change("nonsense", "Anne").await.refuses(412, "precondition_failed");
            change("", "Anne").await.refuses(412, "precondition_failed");
            // The input is looked at first.
            change(&tag, "").await.rejects("/name", "too_short");
            change("*", "Anne").await.is(200);
            change(&format!("\"9\", {}", ann.get("/v1/me").await.header("etag")), "Anja").await.is(200);
            assert_eq!(ann.get("/v1/me").await.is(200)["name"], "Anja");
        }

        async fn of_twenty_patches_to_one_version_one_succeeds(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let tag = ann.get("/v1/me").await.header("etag").to_owned();
            let change = |n: i32| {
                let (ann, tag, body) = (ann.clone(), tag.clone(), json!({ "name": format!("Ann {n}") }));
                async move { ann.send(Method::PATCH, "/v1/me", &[("if-match", &tag)], Some(body)).await }
            };
            let answers = join_all((0..20).map(change)).await;
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
            assert_eq!(won.len(), 1);
            for answer in lost {
                answer.refuses(412, "precondition_failed");
            }
            assert_eq!(ann.get("/v1/me").await.is(200), won[0].body);
        }

        async fn twenty_patches_at_once_are_twenty_versions(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let answers = join_all((0..20).map(|n| ann.patch("/v1/me", json!({ "name": format!("Ann {n}") })))).await;
            let mut versions: Vec<i64> = answers.into_iter().map(|answer| answer.is(200)["version"].as_i64().unwrap()).collect();
            versions.sort_unstable();
            assert_eq!(versions, (2..=21).collect::<Vec<_>>());
        }
    }
}

mod access_tokens {
    use super::*;

    fn part(token: &str, index: usize) -> Value {
        let part = token.split('.').nth(index).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    }

    fn signed(seed: &[u8; 32], header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = Ed25519KeyPair::from_seed_unchecked(seed).unwrap().sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    both_engines! {
        async fn are_verified_by_anybody_with_the_published_key(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let token = ann.token.clone().unwrap();
            let jwks = app.anon().get("/.well-known/jwks.json").await.is(200);
            let (header, claims) = (part(&token, 0), part(&token, 1));
            assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("at+jwt")));
            assert_eq!(claims["sub"], ann.id);
            assert_eq!(claims["iss"], app.config.public_url);
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
            assert!(claims["sid"].is_string());
            let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).unwrap();
            assert_eq!(keys(key), ["alg", "crv", "kid", "kty", "use", "x"]);
            let public = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
            let (message, signature) = token.rsplit_once('.').unwrap();
            UnparsedPublicKey::new(&ED25519, public)
                .verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
                .unwrap();
        }

        async fn that_are_forged_open_nothing(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let good = ann.token.clone().unwrap();
            let (header, claims) = (part(&good, 0), part(&good, 1));
            let ours = app.config.secret.keys("access token").unwrap()[0];
            let header = |changes: Value| with(header.clone(), changes);
            let claims = |changes: Value| with(claims.clone(), changes);
            let (same, soon) = (json!({}), app.clock.now().seconds() + 3600);
            ann.with_token(signed(&ours, &header(same.clone()), &claims(same.clone()))).get("/v1/me").await.is(200);
            let [head, body, signature] = good.split('.').collect::<Vec<_>>().try_into().unwrap();
            let stranger = app.signs_up("Eve").await;
            let hmac = {
                let public = app.anon().get("/.well-known/jwks.json").await.is(200)["keys"][0]["x"].as_str().unwrap().to_owned();
                let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, public.as_bytes());
                let message = format!("{}.{body}", URL_SAFE_NO_PAD.encode(header(json!({ "alg": "HS256" })).to_string()));
                format!("{message}.{}", URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
            };
            let forged = [
                signed(&[7; 32], &header(same.clone()), &claims(same.clone())),
                signed(&[7; 32], &header(json!({ "jwk": { "kty": "OKP" }, "jku": "https://evil.example/jwks.json" })), &claims(same.clone())),
                signed(&ours, &header(json!({ "alg": "none" })), &claims(same.clone())),
                format!("{}.{body}.", URL_SAFE_NO_PAD.encode(header(json!({ "alg": "none" })).to_string())),
                hmac,
                signed(&ours, &header(json!({ "typ": "JWT" })), &claims(same.clone())),
                signed(&ours, &header(json!({ "typ": null })), &claims(same.clone())),
                signed(&ours, &header(json!({ "kid": "other" })), &claims(same.clone())),
                signed(&ours, &header(json!({ "kid": null })), &claims(same.clone())),
                signed(&ours, &header(same.clone()), &claims(json!({ "iss": "https://evil.example" }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "aud": "https://evil.example" }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "aud": null }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "exp": null }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "exp": "9999999999" }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "exp": 1 }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "nbf": soon, "exp": soon + 600 }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "sid": null }))),
                signed(&ours, &header(same.clone()), &claims(json!({ "sid": stranger.id }))),
                // A session of somebody else's.
                signed(&ours, &header(same.clone()), &claims(json!({ "sub": stranger.id }))),
                format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims(json!({ "sub": stranger.id })).to_string())),
                format!("{head}.{body}"),
                format!("{good}."),
                ann.refresh_token.clone(),
                String::new(),
                "null".into(),
                "a".repeat(15_000),
            ];
            for token in forged {
                ann.with_token(token.clone()).get("/v1/me").await.refuses(401, "unauthenticated");
            }
        }

        async fn come_once_as_a_bearer(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let token = ann.token.clone().unwrap();
            let bearer = format!("Bearer {token}");
            ann.sends_nothing_but(&[("authorization", &bearer)]).await.is(200);
            ann.sends_nothing_but(&[("authorization", &format!("bEARER {token}"))]).await.is(200);
            for headers in [
                &[][..],
                &[("authorization", "")],
                &[("authorization", "Bearer")],
                &[("authorization", "Bearer ")],
                &[("authorization", &token)],
                &[("authorization", "Basic YW5uOmFubg==")],
                &[("authorization", &format!("Digest {token}"))],
                &[("authorization", "Bearer \u{fc}")],
                &[("authorization", &format!("{bearer}, {bearer}"))],
                &[("authorization", &bearer), ("authorization", &bearer)],
                &[("authorization", "Basic YW5uOmFubg=="), ("authorization", &bearer)],
                &[("cookie", &format!("access_token={token}"))],
            ] {
                let answer = ann.sends_nothing_but(headers).await;
                assert_eq!(answer.header("www-authenticate"), "Bearer");
                answer.refuses(401, "unauthenticated");
            }
            ann.app.anon().get(format!("/v1/me?access_token={token}")).await.refuses(401, "unauthenticated");
        }

        async fn of_another_server_or_secret_are_refused(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let options = Options { public_url: "https://other.test".into(), ..Options::default() };
            let other = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
            let there = Actor { app: other, ..ann.clone() };
            there.get("/v1/me").await.refuses(401, "unauthenticated");
            ann.get("/v1/me").await.is(200);
        }
    }
}
