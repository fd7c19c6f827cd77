//! `Idempotency-Key`: a request that is sent more than once has one effect and one answer.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::app::{jobs, purge};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Engine, Options, Org, Side, TestApp, both_engines};

impl Actor {
    /// POST with an `Idempotency-Key`, and without a body if it is `null`.
    async fn repeats(&self, key: &str, path: impl AsRef<str>, body: Value) -> Answer {
        let body = Some(body).filter(|body| !body.is_null());
        self.send(Method::POST, path.as_ref(), &[("idempotency-key", key)], body).await
    }
}

impl Answer {
    fn is_replayed(&self) -> bool {
        self.header("idempotency-replayed") == "true"
    }

    /// What a client sees of it, but for the marks of the one request.
    fn seen(&self) -> (u16, &[u8], Vec<&str>) {
        let headers = ["content-type", "location", "etag", "cache-control"].map(|name| self.header(name));
        (self.status, &self.bytes, headers.to_vec())
    }
}

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

/// Deletes what has expired.
async fn sweeps(app: &TestApp) {
    jobs::sweep(&app.app.public()).await.unwrap();
    purge::run(&app.app.public()).await.unwrap();
}

/// How many keys are stored.
async fn stored(app: &TestApp) -> i64 {
    let count =
        "select (select count(*) from org_idempotency_keys) + (select count(*) from user_idempotency_keys)";
    app.database.number(count).await
}

both_engines! {
    async fn a_repeat_does_nothing_and_gets_the_same_answer_for_a_day(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (path, body) = (acme.path("/projects/WEB/tasks"), json!({ "title": "Quagmire" }));
        let first = ann.repeats("key-1", &path, body.clone()).await;
        assert!(!first.is_replayed());
        let seq = acme.last_seq().await;
        let again = ann.repeats("key-1", &path, body.clone()).await;
        assert!(again.is_replayed());
        assert_eq!((first.status, again.seen()), (201, first.seen()));
        // What happened to the task since doesn't matter.
        ann.delete(first.header("location")).await.is(204);
        assert_eq!(ann.repeats("key-1", &path, body.clone()).await.seen(), first.seen());
        assert_eq!(acme.last_seq().await, seq + 1);
        // Another body or query is a mistake, in the same key; another key, path or user is another request.
        let other = ann.repeats("key-1", &path, json!({ "title": "Other" })).await;
        other.refuses(422, "idempotency_key_reused");
        ann.repeats("key-1", format!("{path}?x=1"), body.clone()).await.refuses(422, "idempotency_key_reused");
        let mia = acme.gets("Mia", "member").await;
        for (who, key, path) in [(&ann, "key-2", "/projects/WEB/tasks"), (&mia, "key-1", "/projects/WEB/tasks"), (&ann, "key-1", "/labels")] {
            let body = if path == "/labels" { json!({ "name": "Bug" }) } else { body.clone() };
            assert!(!who.repeats(key, acme.path(path), body).await.is_replayed(), "{key} {path}");
        }
        app.clock.advance(Duration::from_hours(24) - Duration::from_secs(1));
        let ann = ann.again().await;
        assert!(ann.repeats("key-1", &path, body.clone()).await.is_replayed());
        app.clock.advance(Duration::from_secs(1));
        let ann = ann.again().await;
        let later = ann.repeats("key-1", &path, body.clone()).await;
        assert!(!later.is_replayed());
        assert_ne!(later.is(201)["id"], first.body["id"]);
        assert!(ann.repeats("key-1", &path, body).await.is_replayed());
    }

    async fn only_a_success_is_stored_and_only_of_a_good_key(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let labels = acme.path("/labels");
        let long = "k".repeat(255);
        ann.repeats("key", &labels, json!({ "name": "" })).await.rejects("/name", "too_short");
        ann.repeats("key", &labels, json!({ "name": "Bug" })).await.is(201);
        ann.repeats("other", &labels, json!({ "name": "Bug" })).await.refuses(409, "label_taken");
        ann.repeats(&long, &labels, json!({ "name": "Idea" })).await.is(201);
        ann.repeats("dry", acme.path("/leave?dry_run=true"), Value::Null).await.refuses(409, "last_owner");
        assert_eq!(stored(&app).await, 2);
        for wrong in ["", " ", "a b", "caf\u{e9}", &format!("{long}k")] {
            ann.repeats(wrong, &labels, json!({ "name": "Late" })).await.rejects("/Idempotency-Key", "invalid_value");
            ann.repeats(wrong, "/v1/orgs", json!({ "name": "Late" })).await.rejects("/Idempotency-Key", "invalid_value");
        }
        let twice = [("idempotency-key", "a"), ("idempotency-key", "b")];
        ann.send(Method::POST, &labels, &twice, Some(json!({ "name": "Late" }))).await.rejects("/Idempotency-Key", "invalid_value");
        // A dry run is none of the requests that it rehearses.
        let mia = acme.gets("Mia", "member").await;
        let rehearsed = mia.repeats("leave", acme.path("/leave?dry_run=true"), Value::Null).await.is(200);
        assert_eq!(rehearsed["dry_run"], true);
        assert!(!mia.repeats("leave", acme.path("/leave"), Value::Null).await.is_replayed());
        // Other methods have no key; nor has what logs in.
        let bug = ann.get(&labels).await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
        let key = [("idempotency-key", " ")];
        ann.send(Method::PATCH, &format!("{labels}/{bug}"), &key, Some(json!({ "name": "Bugs" }))).await.is(200);
        ann.send(Method::POST, "/v1/auth/logout", &key, None).await.is(204);
        assert_eq!(stored(&app).await, 3);
    }

    async fn the_gate_stands_before_a_repeat(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (adam, mia) = (acme.gets("Adam", "admin").await, acme.gets("Mia", "member").await);
        let (label, name) = (acme.path("/labels"), json!({ "name": "Bug" }));
        adam.repeats("key", &label, name.clone()).await.is(201);
        let task = acme.task("WEB", "Quagmire").await;
        let comments = acme.path(&format!("/tasks/{}/comments", task["key"].as_str().unwrap()));
        let comment = mia.repeats("key", &comments, json!({ "body": "Hello" })).await;
        // A lower role, a project out of sight, a task in the trash, no membership, no session.
        ann.patch(acme.path(&format!("/members/{}", adam.id)), json!({ "role": "member" })).await.is(200);
        adam.repeats("key", &label, name.clone()).await.refuses(403, "forbidden");
        ann.patch(acme.path(&format!("/members/{}", adam.id)), json!({ "role": "admin" })).await.is(200);
        assert!(adam.repeats("key", &label, name.clone()).await.is_replayed());
        let path = acme.path("/projects/WEB");
        ann.patch(&path, json!({ "visibility": "private" })).await.is(200);
        mia.repeats("key", &comments, json!({ "body": "Hello" })).await.refuses(404, "not_found");
        ann.patch(&path, json!({ "visibility": "organization" })).await.is(200);
        assert_eq!(mia.repeats("key", &comments, json!({ "body": "Hello" })).await.seen(), comment.seen());
        ann.delete(acme.path(&format!("/tasks/{}", task["id"].as_str().unwrap()))).await.is(204);
        mia.repeats("key", &comments, json!({ "body": "Hello" })).await.refuses(404, "not_found");
        ann.delete(acme.path(&format!("/members/{}", adam.id))).await.is(204);
        adam.repeats("key", &label, name.clone()).await.refuses(404, "not_found");
        ann.repeats("key", "/v1/orgs", json!({ "name": "Second" })).await.is(201);
        ann.posts("/v1/auth/logout").await.is(204);
        ann.repeats("key", "/v1/orgs", json!({ "name": "Second" })).await.refuses(401, "unauthenticated");
        app.anon().repeats(" ", &label, name).await.refuses(401, "unauthenticated");
    }

    async fn parallel_repeats_have_one_effect_also_on_two_nodes(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let second = match app.database.engine() {
            Engine::Postgres => TestApp::start_on(app.database.clone(), app.clock.clone(), Options::default()).await,
            Engine::Sqlite => app.clone(),
        };
        let nodes = [ann.clone(), ann.with_address(second.address)];
        let orgs = async |from: &Actor| from.get("/v1/orgs").await.is(200)["items"].as_array().unwrap().len();
        for (path, body) in [
            (acme.path("/projects/WEB/tasks"), json!({ "title": "Quagmire" })),
            (acme.path("/labels"), json!({ "name": "Bug" })),
            ("/v1/orgs".into(), json!({ "name": "Second" })),
        ] {
            let all = join_all((0..12).map(|at| nodes[at % 2].repeats("key", &path, body.clone()))).await;
            assert_eq!(all.iter().filter(|answer| !answer.is_replayed()).count(), 1, "{path}");
            for answer in &all {
                assert_eq!((answer.status, answer.seen()), (201, all[0].seen()), "{path}");
            }
        }
        assert_eq!(ann.get(acme.path("/tasks")).await.is(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(orgs(&ann).await, 2);
    }

    async fn secrets_are_stored_encrypted_and_everything_goes_after_a_day(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let new = json!({ "name": "CI", "scopes": ["read"], "expires_at": null });
        let made = ann.repeats("key", "/v1/me/tokens", new.clone()).await;
        let token = made.body["token"].as_str().unwrap_or_default().to_owned();
        assert!(token.starts_with("gh_"), "{}", made.body);
        let again = ann.repeats("key", "/v1/me/tokens", new).await;
        assert_eq!((again.is_replayed(), again.seen()), (true, made.seen()));
        let invited = json!({ "email": "mia@example.com", "role": "member" });
        let invitation = ann.repeats("key", acme.path("/invitations"), invited.clone()).await;
        assert_eq!(ann.repeats("key", acme.path("/invitations"), invited).await.seen(), invitation.seen());
        let all = Side::of(&app).await.stored().await;
        for table in ["org_idempotency_keys", "user_idempotency_keys"] {
            assert_eq!(all[table].len(), 1);
            for secret in [&token, invitation.body["token"].as_str().unwrap(), "Acme", "mia@example.com", "\"key\""] {
                assert!(all[table].iter().all(|row| !row.contains(secret)), "{secret} is in {table}");
            }
        }
        app.clock.advance(Duration::from_hours(24) - Duration::from_secs(1));
        sweeps(&app).await;
        assert_eq!(stored(&app).await, 2);
        app.clock.advance(Duration::from_hours(24));
        sweeps(&app).await;
        assert_eq!(stored(&app).await, 0);
        let ann = ann.again().await;
        ann.repeats("key", "/v1/orgs", json!({ "name": "Second" })).await.is(201);
        let later = ann.repeats("later", acme.path("/labels"), json!({ "name": "Bug" })).await;
        assert_eq!((later.status, stored(&app).await), (201, 2));
    }
}
