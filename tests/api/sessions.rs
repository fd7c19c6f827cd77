//! `/v1/me/sessions` and `/v1/auth/confirm`: where one is logged in, and proving oneself again; `DELETE /v1/me`.

use std::time::Duration;

use guildhall::app::jobs;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Database, Options, PASSWORD, TestApp, both_engines};

const DAY: Duration = Duration::from_hours(24);

async fn sessions(who: &Actor) -> Vec<Value> {
    who.get("/v1/me/sessions").await.is(200)["items"].as_array().unwrap().clone()
}

/// A login from an address, as a device.
async fn logs_in_from(app: &TestApp, address: &str, device: &str) -> Actor {
    let body = json!({ "email": "ann@example.com", "password": PASSWORD });
    let headers = [("x-forwarded-for", address), ("user-agent", device)];
    let session = app.anon().send(Method::POST, "/v1/auth/login", &headers, Some(body)).await.is(200);
    Actor::of_session(app.clone(), &session)
}

async fn behind_a_proxy(app: &TestApp) -> TestApp {
    let options = Options { trusted_proxies: "127.0.0.1".parse().unwrap(), ..Options::default() };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

both_engines! {
    async fn are_listed_with_device_address_and_last_use(app: TestApp) {
        let app = behind_a_proxy(&app).await;
        app.signs_up("Ann").await;
        app.clock.advance(Duration::from_hours(1));
        let phone = logs_in_from(&app, "198.51.100.7", "Phone/1.0").await;
        app.clock.advance(Duration::from_hours(1));
        let laptop = logs_in_from(&app, "10.9.8.7, 2001:db8::7", &"Laptop".repeat(100)).await;
        let listed = sessions(&laptop).await;
        assert_eq!(listed.len(), 3);
        assert_eq!(listed[0]["current"], true);
        assert_eq!(listed[0]["address"], "2001:db8::7");
        assert_eq!(listed[0]["device"].as_str().unwrap().len(), 200);
        assert_eq!((&listed[1]["device"], &listed[1]["address"], &listed[1]["current"]), (&json!("Phone/1.0"), &json!("198.51.100.7"), &json!(false)));
        let begun = listed[1]["last_used_at"].clone();
        assert_eq!(begun, listed[1]["created_at"]);
        phone.refreshed().await;
        let listed = sessions(&laptop).await;
        assert!(listed[1]["last_used_at"].as_str() > begun.as_str(), "{listed:?}");
        // In pages, and only one's own.
        let page = laptop.get("/v1/me/sessions?limit=2").await.is(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        let rest = laptop.get(format!("/v1/me/sessions?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await.is(200);
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
        assert_eq!(sessions(&app.signs_up("Bob").await).await.len(), 1);
    }

    async fn end_one_by_one_or_all_others_at_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (phone, laptop, tablet) = (ann.again().await, ann.again().await, ann.again().await);
        let listed = sessions(&phone).await;
        let current = listed.iter().find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/me/sessions/{current}");
        app.signs_up("Bob").await.delete(&path).await.refuses(404, "not_found");
        laptop.delete(&path).await.is(204);
        phone.get("/v1/me").await.refuses(401, "unauthenticated");
        laptop.delete(&path).await.refuses(404, "not_found");
        laptop.delete("/v1/me/sessions/nonsense").await.refuses(404, "not_found");
        laptop.delete("/v1/me/sessions").await.is(204);
        for other in [&ann, &tablet] {
            other.get("/v1/me").await.refuses(401, "unauthenticated");
            app.anon().post("/v1/auth/refresh", json!({ "refresh_token": other.refresh_token })).await.refuses(401, "unauthenticated");
        }
        assert_eq!(sessions(&laptop).await.len(), 1);
    }

    async fn end_by_themselves_without_any_job(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        app.clock.advance(DAY * 29);
        let ann = ann.refreshed().await;
        app.clock.advance(DAY * 29);
        let ann = ann.refreshed().await;
        assert_eq!(sessions(&ann).await.len(), 1);
        app.clock.advance(DAY * 29);
        let ann = ann.refreshed().await;
        // Ninety days after the login, however often it was used.
        app.clock.advance(DAY * 3);
        app.anon().post("/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.refuses(401, "unauthenticated");
        assert_eq!(sessions(&ann.again().await).await.len(), 1);
    }

    async fn what_is_over_is_thrown_away_and_what_is_not_stays(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"] })).await.is(201);
        app.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": "wrong" })).await.is(401);
        app.clock.advance(DAY * 181);
        let ann = ann.again().await;
        app.anon().post("/v1/auth/login", json!({ "email": "ann@example.com", "password": "wrong" })).await.is(401);
        jobs::sweep(&app.app.public()).await.unwrap();
        for (table, left) in [("sessions", 1), ("mail_tokens", 0), ("api_tokens", 0)] {
            assert_eq!(app.database.number(&format!("select count(*) from {table}")).await, left, "{table}");
        }
        let stale = format!("select count(*) from throttles where since < {}", app.clock.now().millis() - 1_000_000);
        assert_eq!(app.database.number(&stale).await, 0);
        assert!(app.database.number("select count(*) from throttles").await > 0);
        ann.get("/v1/me").await.is(200);
    }

    async fn count_as_confirmed_for_ten_minutes(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "admin").await;
        let transfer = json!({ "user_id": bob.id });
        app.clock.advance(Duration::from_mins(10));
        let ann = ann.refreshed().await;
        let path = acme.path("/transfer");
        ann.post(&path, transfer.clone()).await.refuses(403, "confirmation_required");
        // Before the input, after the permission.
        ann.post(&path, json!({})).await.refuses(403, "confirmation_required");
        let bob = bob.refreshed().await;
        bob.post(&path, transfer.clone()).await.refuses(403, "forbidden");
        ann.post("/v1/auth/confirm", json!({ "password": "wrong" })).await.refuses(401, "invalid_credentials");
        ann.post(&path, transfer.clone()).await.refuses(403, "confirmation_required");
        ann.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.is(204);
        app.clock.advance(Duration::from_mins(9));
        ann.post(&path, transfer).await.is(200);
    }

    async fn who_deletes_their_account_is_gone_and_their_work_stays(app: TestApp) {
        let olga = app.signs_up("Olga").await;
        let acme = olga.founds("Acme").await;
        let bob = acme.gets("Bob", "admin").await;
        let project = acme.project("Web").await;
        let key = project["key"].as_str().unwrap();
        let task = json!({ "title": "Bob's", "assignee_ids": [bob.id] });
        let task = bob.post(acme.path(&format!("/projects/{key}/tasks")), task).await.is(201);
        let token = bob.post("/v1/me/tokens", json!({ "name": "Bob's script", "scopes": ["read"] })).await.is(201);
        let other = bob.again().await;
        bob.delete("/v1/me").await.is(204);
        for gone in [&bob, &other, &bob.with_token(token["token"].as_str().unwrap())] {
            gone.get("/v1/me").await.refuses(401, "unauthenticated");
        }
        app.anon().post("/v1/auth/login", json!({ "email": "bob@example.com", "password": PASSWORD })).await.refuses(401, "invalid_credentials");
        let task = olga.get(acme.path(&format!("/tasks/{}", task["id"].as_str().unwrap()))).await.is(200);
        assert_eq!((&task["created_by"]["name"], &task["assignees"]), (&json!("Deleted user"), &json!([])));
        assert_eq!(olga.get(acme.path("/members")).await.is(200)["items"].as_array().unwrap().len(), 1);
        let told = acme.told().await;
        assert!(told.contains(&"Deleted user left".into()) && told.contains(&"Olga invited a deleted user as admin".into()), "{told:?}");
        // Nothing says who it was.
        for column in ["name", "email"] {
            assert_eq!(app.database.number(&format!("select count(*) from users where {column} like '%ob%'")).await, 0);
        }
        for (table, column) in [("user_emails", "email"), ("mail_tokens", "email"), ("invitations", "email"), ("api_tokens", "name")] {
            assert_eq!(app.database.number(&format!("select count(*) from {table} where lower({column}) like '%bob%'")).await, 0, "{table}");
        }
        // The address is free, for somebody new.
        let new = app.signs_up("Bob").await;
        assert_ne!(new.id, bob.id);
        new.get(acme.path("")).await.refuses(404, "not_found");
    }

    async fn who_is_deleted_meanwhile_does_nothing_more(app: TestApp) {
        let olga = app.signs_up("Olga").await;
        let acme = olga.founds("Acme").await;
        for n in 0..8 {
            let bob = app.signs_up_as("Bob", &format!("bob{n}@example.com")).await;
            let body = json!({ "email": bob.email, "role": "owner" });
            let invitation = olga.post(acme.path("/invitations"), body).await.is(201);
            let (accept, found, rename, deleted) = tokio::join!(
                bob.post("/v1/invitations/accept", json!({ "token": invitation["token"] })),
                bob.post("/v1/orgs", json!({ "name": "Own" })),
                bob.patch("/v1/me", json!({ "name": "Robert" })),
                async {
                    tokio::task::yield_now().await;
                    bob.delete("/v1/me").await
                },
            );
            for answer in [&accept, &found, &rename] {
                assert!(answer.succeeded() || answer.status == 401, "{} {}", answer.asked, answer.body);
            }
            if deleted.status != 204 {
                // The last owner of what was founded before.
                deleted.refuses(409, "last_owner");
                continue;
            }
            let gone = "user_id in (select id from users where deleted_at is not null)";
            assert_eq!(app.database.number(&format!("select count(*) from user_orgs where {gone}")).await, 0);
            assert_eq!(app.database.number("select count(*) from users where deleted_at is not null and name <> 'Deleted user'").await, 0);
        }
    }

    async fn logging_in_again_and_again_keeps_the_newest_thousand(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let literal = |n: i32| match &*app.database {
            Database::Sqlite(_) => format!("(x'{n:032x}')"),
            Database::Postgres(_) => format!("('{n:032x}'::uuid)"),
        };
        // Older than any session that starts now.
        let ids: Vec<String> = (1..=1100).map(literal).collect();
        app.database.run(&format!(
            "with v(id) as (values {}) insert into sessions (id, user_id, generation, session_epoch, created_at, refreshed_at, confirmed_at)
             select v.id, u.id, 1, 1, u.created_at, u.created_at, u.created_at from v, users u", ids.join(", ")
        )).await;
        ann.again().await.get("/v1/me").await.is(200);
        // The session that signed up is still the newest but one.
        ann.get("/v1/me").await.is(200);
        assert_eq!(app.database.number("select count(*) from sessions").await, 1000);
    }

    async fn deleting_takes_the_version_that_was_seen(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        ann.send(Method::DELETE, "/v1/me", &[("if-match", "\"7-x\"")], None).await.refuses(412, "precondition_failed");
        ann.send(Method::DELETE, "/v1/me", &[("if-match", "\"1-x\"")], None).await.is(204);
    }

    async fn nobody_who_is_a_last_owner_can_delete_their_account(app: TestApp) {
        let olga = app.signs_up("Olga").await;
        let (first, second) = (olga.founds("First").await, olga.founds("Second").await);
        let bob = first.gets("Bob", "owner").await;
        olga.delete("/v1/me").await.refuses(409, "last_owner");
        // Nothing was left half done.
        assert_eq!(olga.get(first.path("")).await.is(200)["role"], "owner");
        second.takes(&bob, "owner").await;
        app.clock.advance(Duration::from_mins(10));
        let olga = olga.refreshed().await;
        olga.delete("/v1/me").await.refuses(403, "confirmation_required");
        olga.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.is(204);
        olga.delete("/v1/me").await.is(204);
        assert_eq!(bob.again().await.get(second.path("/members")).await.is(200)["items"].as_array().unwrap().len(), 1);
    }

    async fn two_last_owners_who_delete_their_accounts_at_once_leave_one(app: TestApp) {
        for _ in 0..5 {
            let olga = app.signs_up_as("Olga", &format!("olga{}@example.com", app.database.number("select count(*) from users").await)).await;
            let acme = olga.founds("Acme").await;
            let bob = app.signs_up_as("Bob", &format!("bob{}@example.com", app.database.number("select count(*) from users").await)).await;
            acme.takes(&bob, "owner").await;
            let (one, other) = tokio::join!(olga.delete("/v1/me"), bob.delete("/v1/me"));
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [204, 409]);
        }
    }
}
