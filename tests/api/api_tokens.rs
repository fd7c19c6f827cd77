//! `/v1/me/tokens`: API tokens, and what they may be used for.

use std::time::Duration;

use guildhall::base::text::Email;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, PASSWORD, TestApp, both_engines};

const DAY: Duration = Duration::from_hours(24);

async fn makes(who: &Actor, changes: Value) -> Value {
    let mut body = json!({ "name": "Script", "scopes": ["read", "write"] });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    who.post("/v1/me/tokens", body).await.is(201)
}

fn with(who: &Actor, token: &Value) -> Actor {
    who.with_token(token["token"].as_str().unwrap())
}

both_engines! {
    async fn is_shown_once_and_is_good_until_it_is_revoked(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let token = makes(&ann, json!({})).await;
        let text = token["token"].as_str().unwrap();
        assert!(text.starts_with("gh_") && text.len() == 39, "{text}");
        let script = with(&ann, &token);
        assert_eq!(script.get("/v1/me").await.is(200)["id"], ann.id);
        let listed = ann.get("/v1/me/tokens").await.is(200)["items"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(listed[0].get("token"), None);
        for field in ["id", "name", "scopes", "organization_id", "expires_at", "created_at"] {
            assert_eq!(listed[0][field], token[field], "{field}");
        }
        // Its last use is told to about a minute.
        let used = async || ann.get("/v1/me/tokens").await.is(200)["items"][0]["last_used_at"].clone();
        let first = used().await;
        assert_ne!(first, json!(null));
        app.clock.advance(Duration::from_secs(50));
        script.get("/v1/me").await.is(200);
        assert_eq!(used().await, first);
        app.clock.advance(Duration::from_secs(10));
        script.get("/v1/me").await.is(200);
        assert!(used().await.as_str() > first.as_str());
        let stored = app.database.text("select token_hash from api_tokens").await;
        assert!(!stored.contains(&text[3..20]));
        let path = format!("/v1/me/tokens/{}", token["id"].as_str().unwrap());
        app.signs_up("Bob").await.delete(&path).await.refuses(404, "not_found");
        ann.delete(&path).await.is(204);
        script.get("/v1/me").await.refuses(401, "unauthenticated");
        ann.delete(&path).await.refuses(404, "not_found");
        assert_eq!(ann.get("/v1/me/tokens").await.is(200)["items"], json!([]));
    }

    async fn expires_in_ninety_days_or_when_it_was_said_and_within_a_year(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let at = |days: u32| (app.clock.now() + DAY * days).to_string();
        let (default, short) = (makes(&ann, json!({})).await, makes(&ann, json!({ "expires_at": at(1) })).await);
        makes(&ann, json!({ "expires_at": at(365) })).await;
        for wrong in [json!(at(367)), json!(app.clock.now().to_string()), json!("2020-01-01T00:00:00Z")] {
            let body = json!({ "name": "Script", "scopes": ["read"], "expires_at": wrong });
            ann.post("/v1/me/tokens", body).await.rejects("/expires_at", "invalid_value");
        }
        app.clock.advance(DAY);
        with(&ann, &short).get("/v1/me").await.refuses(401, "unauthenticated");
        with(&ann, &default).get("/v1/me").await.is(200);
        app.clock.advance(DAY * 89);
        with(&ann, &default).get("/v1/me").await.refuses(401, "unauthenticated");
    }

    async fn its_input_is_checked(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let foreign = app.signs_up("Bob").await.founds("Other").await;
        let rows = [
            (json!({ "name": "", "scopes": ["read"] }), "/name", "too_short"),
            (json!({ "name": "Script", "scopes": [] }), "/scopes", "too_short"),
            (json!({ "name": "Script", "scopes": ["read", "write", "read"] }), "/scopes", "too_long"),
            (json!({ "name": "Script", "scopes": ["read"], "organization_id": foreign.id }), "/organization_id", "not_found"),
            (json!({ "name": "Script", "scopes": ["read"], "token": "gh_x" }), "/token", "unknown_field"),
            (json!({ "name": "Script" }), "/scopes", "required"),
        ];
        for (body, pointer, code) in rows {
            ann.post("/v1/me/tokens", body).await.rejects(pointer, code);
        }
        ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["admin"] })).await.refuses(422, "invalid_input");
    }

    async fn each_scope_is_needed_for_its_verbs(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (reads, writes) = (with(&ann, &makes(&ann, json!({ "scopes": ["read"] })).await), with(&ann, &makes(&ann, json!({ "scopes": ["write"] })).await));
        let new = json!({ "name": "Web", "key": "WEB" });
        reads.get(acme.path("/projects")).await.is(200);
        reads.get("/v1/me").await.is(200);
        reads.post(acme.path("/projects"), new.clone()).await.refuses(403, "insufficient_scope");
        reads.patch("/v1/me", json!({ "name": "Eve" })).await.refuses(403, "insufficient_scope");
        writes.get(acme.path("/projects")).await.refuses(403, "insufficient_scope");
        writes.get("/v1/orgs").await.refuses(403, "insufficient_scope");
        writes.post(acme.path("/projects"), new).await.is(201);
        // What isn't seen isn't there, whatever the scope.
        reads.delete("/v1/orgs/never/projects/WEB").await.refuses(404, "not_found");
    }

    async fn reaches_the_one_organization_that_it_is_for(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        let script = with(&ann, &makes(&ann, json!({ "organization_id": acme.id })).await);
        script.get(acme.path("")).await.is(200);
        script.post(acme.path("/projects"), json!({ "name": "Web" })).await.is(201);
        script.get(other.path("")).await.refuses(404, "not_found");
        script.post(other.path("/projects"), json!({ "name": "Web" })).await.refuses(404, "not_found");
        let orgs = script.get("/v1/orgs").await.is(200)["items"].clone();
        assert_eq!(orgs.as_array().unwrap().iter().map(|org| org["id"].as_str().unwrap()).collect::<Vec<_>>(), [&acme.id]);
        script.post("/v1/orgs", json!({ "name": "New" })).await.refuses(403, "token_not_allowed");
        script.patch("/v1/me", json!({ "name": "Eve" })).await.refuses(403, "token_not_allowed");
        // One for every organization may.
        with(&ann, &makes(&ann, json!({})).await).post("/v1/orgs", json!({ "name": "New" })).await.is(201);
    }

    async fn never_does_what_is_about_credentials_or_can_not_be_undone(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "admin").await;
        let made = makes(&ann, json!({})).await;
        let script = with(&ann, &made);
        let before = app.database.number("select count(*) from sessions").await;
        let confirm = json!({ "password": PASSWORD });
        script.post("/v1/me/tokens", json!({ "name": "More", "scopes": ["read"] })).await.refuses(403, "token_not_allowed");
        script.get("/v1/me/tokens").await.refuses(403, "token_not_allowed");
        script.delete(format!("/v1/me/tokens/{}", made["id"].as_str().unwrap())).await.refuses(403, "token_not_allowed");
        script.get("/v1/me/sessions").await.refuses(403, "token_not_allowed");
        script.delete("/v1/me/sessions").await.refuses(403, "token_not_allowed");
        script.post("/v1/auth/confirm", confirm).await.refuses(403, "token_not_allowed");
        script.posts("/v1/auth/logout").await.refuses(403, "token_not_allowed");
        script.post("/v1/me/email", json!({ "email": "eve@example.com" })).await.refuses(403, "token_not_allowed");
        let change = json!({ "current_password": PASSWORD, "new_password": "quite another staple" });
        script.send(reqwest::Method::PUT, "/v1/me/password", &[], Some(change)).await.refuses(403, "token_not_allowed");
        script.delete("/v1/me").await.refuses(403, "token_not_allowed");
        script.post(acme.path("/transfer"), json!({ "user_id": bob.id })).await.refuses(403, "token_not_allowed");
        assert_eq!(app.database.number("select count(*) from sessions where ended_at is null").await, before);
        ann.get("/v1/me").await.is(200);
    }

    async fn is_never_more_than_its_user_is_now(app: TestApp) {
        let olga = app.signs_up("Olga").await;
        let acme = olga.founds("Acme").await;
        let bob = acme.gets("Bob", "admin").await;
        let (everywhere, here) = (with(&bob, &makes(&bob, json!({})).await), with(&bob, &makes(&bob, json!({ "organization_id": acme.id })).await));
        let member = acme.path(&format!("/members/{}", bob.id));
        here.post(acme.path("/projects"), json!({ "name": "One" })).await.is(201);
        olga.patch(&member, json!({ "role": "member" })).await.is(200);
        for script in [&everywhere, &here] {
            script.post(acme.path("/projects"), json!({ "name": "Two" })).await.refuses(403, "forbidden");
            script.get(acme.path("/projects")).await.is(200);
        }
        let gone = olga.delete(&member).await.is(200);
        assert_eq!(gone["revoked_tokens"].as_array().unwrap().len(), 1);
        everywhere.get(acme.path("")).await.refuses(404, "not_found");
        everywhere.get("/v1/me").await.is(200);
        here.get(acme.path("")).await.refuses(401, "unauthenticated");
        // Coming back doesn't bring it back.
        acme.takes(&bob, "admin").await;
        here.get(acme.path("")).await.refuses(401, "unauthenticated");
        app.database.run("update users set disabled_at = 1 where name = 'Bob'").await;
        everywhere.get("/v1/me").await.refuses(401, "unauthenticated");
    }

    async fn made_while_its_user_is_removed_it_is_void_for_ever(app: TestApp) {
        let olga = app.signs_up("Olga").await;
        let acme = olga.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let body = json!({ "name": "Script", "scopes": ["read"], "organization_id": acme.id });
        let member = acme.path(&format!("/members/{}", bob.id));
        for _ in 0..8 {
            let (made, removed) = tokio::join!(
                futures_util::future::join_all((0..4).map(|_| bob.post("/v1/me/tokens", body.clone()))),
                olga.delete(&member)
            );
            assert!(removed.succeeded(), "{}", removed.body);
            acme.takes(&bob, "member").await;
            for answer in made {
                if answer.status == 201 {
                    with(&bob, &answer.body).get(acme.path("")).await.refuses(401, "unauthenticated");
                } else {
                    answer.rejects("/organization_id", "not_found");
                }
            }
        }
    }

    async fn what_it_does_is_on_record_as_done_with_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let token = makes(&ann, json!({})).await;
        with(&ann, &token).post(acme.path("/projects"), json!({ "name": "Web" })).await.is(201);
        ann.post(acme.path("/projects"), json!({ "name": "App" })).await.is(201);
        let entries = ann.get(acme.path(&format!("/activity?actor={}&action=project.created", ann.id))).await.is(200)["items"].clone();
        assert_eq!(entries[0]["actor"], json!({ "kind": "user", "id": ann.id, "name": "Ann" }));
        assert_eq!(entries[1]["actor"], json!({ "kind": "token", "id": ann.id, "name": "Ann", "token_id": token["id"], "token_name": "Script" }));
        assert_eq!(entries[1]["summary"], "Script for Ann created the project Web");
    }

    async fn go_on_after_a_new_password_which_says_so_or_revokes_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let of_bob = makes(&app.signs_up("Bob").await, json!({})).await;
        let mut tokens = Vec::new();
        for name in ["First", "Second", "Expired", "Revoked"] {
            let expires_at = (app.clock.now() + DAY * if name == "Expired" { 1 } else { 9 }).to_string();
            tokens.push(makes(&ann, json!({ "name": name, "expires_at": expires_at })).await);
        }
        ann.delete(format!("/v1/me/tokens/{}", tokens[3]["id"].as_str().unwrap())).await.is(204);
        app.clock.advance(DAY);
        let ann = ann.again().await;
        let changes = async |current: &str, new: &str, revoke: Value| {
            let body = json!({ "current_password": current, "new_password": new, "revoke_tokens": revoke });
            ann.send(Method::PUT, "/v1/me/password", &[], Some(body)).await
        };
        let new = "quite another staple";
        let left = changes(PASSWORD, new, json!(false)).await.is(200);
        assert_eq!(left["tokens"], ann.get("/v1/me/tokens").await.is(200)["items"]);
        let names: Vec<&str> = left["tokens"].as_array().unwrap().iter().map(|token| token["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Second", "First"]);
        assert!(!left.to_string().contains("gh_"));
        with(&ann, &tokens[0]).get("/v1/me").await.is(200);
        changes("wrong", PASSWORD, json!(true)).await.refuses(401, "invalid_credentials");
        with(&ann, &tokens[0]).get("/v1/me").await.is(200);
        changes(new, PASSWORD, json!(true)).await.is(204);
        for token in &tokens {
            with(&ann, token).get("/v1/me").await.refuses(401, "unauthenticated");
        }
        with(&ann, &of_bob).get("/v1/me").await.is(200);
    }

    async fn an_operators_new_password_names_them_or_revokes_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let token = makes(&ann, json!({ "name": "Nightly" })).await;
        let email: Email = ann.email.parse().unwrap();
        let resets = async |revoke| {
            let left = app.app.operator().reset_password(&email, PASSWORD.parse().unwrap(), revoke).await.unwrap();
            left.into_iter().map(|name| name.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(resets(false).await, ["Nightly"]);
        with(&ann, &token).get("/v1/me").await.is(200);
        assert_eq!(resets(true).await, [""; 0]);
        with(&ann, &token).get("/v1/me").await.refuses(401, "unauthenticated");
    }

    async fn there_are_a_hundred_at_most_however_many_ask_at_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let body = json!({ "name": "Script", "scopes": ["read"] });
        for _ in 0..95 {
            ann.post("/v1/me/tokens", body.clone()).await.is(201);
        }
        let answers = futures_util::future::join_all((0..20).map(|_| ann.post("/v1/me/tokens", body.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 5);
        assert_eq!(app.database.number("select count(*) from api_tokens").await, 100);
        ann.post("/v1/me/tokens", body.clone()).await.refuses(409, "too_many_tokens");
        app.clock.advance(DAY * 90);
        ann.again().await.post("/v1/me/tokens", body).await.is(201);
    }

    async fn what_only_looks_like_one_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let text = makes(&ann, json!({})).await["token"].as_str().unwrap().to_owned();
        let other = if text.ends_with('0') { '1' } else { '0' };
        let altered = format!("{}{other}", &text[..text.len() - 1]);
        for wrong in ["gh_", "gh_x", &altered, &text.to_uppercase(), &format!("{text}{text}"), &format!("gh_{}", "a".repeat(8000))] {
            ann.with_token(wrong).get("/v1/me").await.refuses(401, "unauthenticated");
        }
        // A used token's secret in a place where it doesn't belong.
        app.anon().post("/v1/auth/refresh", json!({ "refresh_token": text })).await.refuses(401, "unauthenticated");
        ann.with_token(text).get("/v1/me").await.is(200);
    }
}
