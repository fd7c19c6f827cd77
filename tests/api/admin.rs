//! The administration of the server by its operator: who gets in, what is seen, what is done, what is logged.

use std::{collections::BTreeSet, process::Command, time::Duration};

use futures_util::future::{join, join_all};
use guildhall::app::{config::AdminTokens, overdue, purge};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    process::{BINARY, Server, runtime},
    support::{
        ADMIN_TOKEN, Actor, Answer, Database, Engine, MailServer, Options, Org, PASSWORD, Route, SECRET,
        Side, TestApp, Things, both_engines, each, good,
    },
};

fn routes() -> impl Iterator<Item = Route> {
    Route::all().into_iter().filter(Route::is_by_operator)
}

async fn with(app: &TestApp, options: Options) -> TestApp {
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

/// What tells a refusal from others.
fn bytes(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("request_id");
    json!([answer.status, body, answer.header("www-authenticate")])
}

/// The ids of a list.
async fn listed(operator: &Actor, path: &str) -> Vec<String> {
    each(&operator.get(path).await.is(200)["items"], "/id")
}

async fn account(operator: &Actor, user: &Actor) -> Value {
    operator.get(format!("/v1/admin/users/{}", user.id)).await.is(200)
}

async fn log(user: &Actor) -> Vec<Value> {
    user.get("/v1/me/security-log").await.is(200)["items"].as_array().unwrap().clone()
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

/// A mail in the outbox that is to this address.
async fn mail_to(operator: &Actor, address: &str) -> Value {
    let mails = operator.get("/v1/admin/mails").await.is(200);
    let found = mails["items"].as_array().unwrap().iter().find(|mail| mail["to"] == address);
    found.unwrap_or_else(|| panic!("nothing goes to {address}: {mails}")).clone()
}

both_engines! {
    async fn nobody_gets_in_but_by_an_operators_token_and_that_opens_nothing_else(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let things = Things::of(&acme, 0).await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read", "write"] })).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let without = with(&app, Options { admin_tokens: AdminTokens::default(), ..Options::default() }).await;
        let (old, new) = ("f3a8c1d90b7e4265f3a8c1d90b7e4266", "9c2e7b51d8f04a369c2e7b51d8f04a37");
        let both = Options { admin_tokens: format!("{new}, {old}").parse().unwrap(), ..Options::default() };
        let rotated = with(&app, both).await;
        let wrong = app.anon().with_token(ADMIN_TOKEN.to_uppercase());
        let side = Side::of(&app).await;
        let before = side.stored().await;
        let mut tried = 0;
        for route in routes() {
            let path = things.path(&route);
            let body = route.body().map(|schema| good(schema, "", &things));
            // Where no token is set, nothing is there, whoever asks.
            let never = without.anon().get("/v1/admin/never").await;
            never.clone().refuses(404, "no_such_route");
            for who in [without.anon(), without.operator(), Actor { app: without.clone(), ..ann.clone() }] {
                assert_eq!(bytes(&route.asks(&who, &path, body.as_ref()).await), bytes(&never), "{route}");
            }
            let put = without.operator().put(&path).await;
            assert_eq!(bytes(&put), bytes(&never), "{route} with another method");
            for who in [&app.anon(), &ann, &script, &wrong, &rotated.operator()] {
                let refusal = route.asks(who, &path, body.as_ref()).await;
                let (expected, challenge) = (bytes(&refusal), refusal.header("www-authenticate").to_owned());
                refusal.refuses(401, "unauthenticated");
                assert_eq!(challenge, "Bearer", "{route}");
                assert_eq!(bytes(&route.asks_malformed(who, &path).await), expected, "{route}");
            }
            tried += 1;
        }
        assert!(tried >= 15, "{tried}");
        assert_eq!(side.stored().await, before, "a refusal changed something");
        for route in Route::all().into_iter().filter(|route| !route.is_by_operator() && !route.is_public()) {
            let body = route.body().map(|schema| good(schema, "", &things));
            route.asks(&app.operator(), &things.path(&route), body.as_ref()).await.refuses(401, "unauthenticated");
        }
        for (who, status) in [(old, 200), (new, 200), (ADMIN_TOKEN, 401)] {
            rotated.anon().with_token(who).get("/v1/admin/status").await.is(status);
        }
        app.operator().get("/v1/admin/never").await.refuses(404, "no_such_route");
        app.operator().put("/v1/admin/users").await.refuses(405, "method_not_allowed");
    }

    async fn accounts_are_found_by_the_beginning_of_name_or_address(app: TestApp) {
        let operator = app.operator();
        let (ann, zoe) = (app.signs_up("Ann Keller").await, app.signs_up_as("Zoë", "kellner@example.org").await);
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        zoe.delete("/v1/me").await.is(204);
        let kim = app.signs_up_as("Kim", "kellermann@example.org").await;
        operator.posts(format!("/v1/admin/users/{}/disable", kim.id)).await.is(200);
        for (query, expected) in [
            ("", vec![&kim, &bob, &ann]),
            ("?q=", vec![&kim, &bob, &ann]),
            // The name's beginning, an address's, and not the middle of either.
            ("?q=ANN", vec![&ann]),
            ("?q=kell", vec![&kim]),
            ("?q=keller", vec![&kim]),
            ("?q=bob@example.com", vec![&bob]),
            ("?q=example", vec![]),
            ("?q=zo%C3%AB", vec![]),
            ("?q=@", vec![]),
            ("?q=%25", vec![]),
            ("?disabled=true", vec![&kim]),
            ("?disabled=false", vec![&bob, &ann]),
            ("?disabled=false&q=k", vec![]),
            ("?disabled=true&q=k", vec![&kim]),
        ] {
            let expected: Vec<String> = expected.iter().map(|user| user.id.clone()).collect();
            assert_eq!(listed(&operator, &format!("/v1/admin/users{query}")).await, expected, "{query}");
        }
        operator.get("/v1/admin/users?disabled=maybe").await.rejects("/disabled", "invalid_type");
        let page = operator.get("/v1/admin/users?limit=1").await.is(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        operator.get(format!("/v1/admin/users?q=a&cursor={cursor}")).await.refuses(422, "invalid_cursor");
        operator.get(format!("/v1/admin/mails?cursor={cursor}")).await.refuses(422, "invalid_cursor");

        let shown = account(&operator, &ann).await;
        assert_eq!(
            (&shown["email"], &shown["sessions"], &shown["api_tokens"], &shown["mfa_enabled"], &shown["has_password"]),
            (&json!("ann.keller@example.com"), &json!(1), &json!(0), &json!(false), &json!(true))
        );
        assert!(shown["last_seen_at"].is_string() && shown["disabled_at"].is_null(), "{shown}");
        let role = |role: &str| json!([{ "id": acme.id, "slug": "acme", "name": "Acme", "role": role }]);
        assert_eq!(shown["organizations"], role("owner"));
        assert_eq!(account(&operator, &bob).await["organizations"], role("member"));
        ann.delete("/v1/orgs/acme?confirm=acme").await.is(204);
        assert_eq!(account(&operator, &ann).await["organizations"], json!([]));
        for gone in [&zoe.id, &acme.id, "ann"] {
            operator.get(format!("/v1/admin/users/{gone}")).await.refuses(404, "not_found");
            let body = Some(b"{".to_vec());
            let headers = [("content-type", "application/json")];
            for verb in ["disable", "enable", "sign-out", "password-reset"] {
                let path = format!("/v1/admin/users/{gone}/{verb}");
                operator.send_raw(Method::POST, &path, &headers, body.clone()).await.refuses(404, "not_found");
            }
        }
    }

    async fn who_is_disabled_is_out_at_once_and_in_again_when_enabled(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"] })).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let streams = [ann.follows(&acme, "").await, script.follows(&acme, "").await];
        let path = |verb: &str| format!("/v1/admin/users/{}/{verb}", ann.id);
        let side = Side::of(&app).await;
        let before = side.stored().await;
        operator.post(path("disable"), json!({ "why": "x" })).await.rejects("/why", "unknown_field");
        operator.posts(path("enable")).await.is(200);
        assert_eq!(side.stored().await, before, "nothing was to be done");

        let disabled = operator.posts(path("disable")).await.is(200);
        assert!(disabled["disabled_at"].is_string() && disabled["sessions"] == 0, "{disabled}");
        for stream in streams {
            stream.ends().await;
        }
        for who in [&ann, &script] {
            who.get("/v1/me").await.refuses(401, "unauthenticated");
        }
        let login = json!({ "email": ann.email, "password": PASSWORD });
        app.anon().post("/v1/auth/login", login).await.is(401);
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(operator.posts(path("disable")).await.is(200)["disabled_at"], disabled["disabled_at"]);
        operator.posts(path("password-reset")).await.refuses(409, "account_disabled");

        assert!(operator.posts(path("enable")).await.is(200)["disabled_at"].is_null());
        script.get("/v1/me").await.is(200);
        let ann = ann.again().await;
        let entries = log(&ann).await;
        let kinds = each(&json!(entries), "/kind");
        assert_eq!(kinds.iter().filter(|kind| **kind == "account_disabled").count(), 1, "{kinds:?}");
        let of_operator = entries.iter().find(|entry| entry["kind"] == "account_enabled").unwrap();
        assert!(of_operator["device"].is_null() && of_operator["address"].is_null(), "{of_operator}");
        // And nothing of it is the organization's.
        assert_eq!(Org { founder: ann, ..acme }.last_seq().await, 2);
    }

    async fn sessions_end_and_a_new_password_is_offered(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": acme.id });
        let token = ann.post("/v1/me/tokens", token).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let sign_out = format!("/v1/admin/users/{}/sign-out", ann.id);
        operator.post(&sign_out, json!({ "revoke_tokens": "yes" })).await.rejects("/revoke_tokens", "invalid_type");
        let stream = ann.follows(&acme, "").await;
        let shown = operator.posts(&sign_out).await.is(200);
        assert_eq!((&shown["sessions"], &shown["api_tokens"]), (&json!(0), &json!(1)));
        stream.ends().await;
        ann.get("/v1/me").await.refuses(401, "unauthenticated");
        script.get(acme.path("")).await.is(200);
        assert_eq!(operator.post(&sign_out, json!({ "revoke_tokens": true })).await.is(200)["api_tokens"], 0);
        script.get(acme.path("")).await.refuses(401, "unauthenticated");

        // Without mail the operator passes the link on, which proves no address.
        let reset = format!("/v1/admin/users/{}/password-reset", ann.id);
        let first = operator.posts(&reset).await.is(200);
        let second = operator.posts(&reset).await.is(200);
        assert_eq!(second["mailed"], false);
        let url = format!("http://guildhall.test/reset-password#token={}", second["token"].as_str().unwrap());
        assert_eq!(second["url"], url);
        let password = "another good staple";
        let choose = |offer: &Value| json!({ "token": offer["token"], "password": password });
        app.anon().post("/v1/auth/password/reset", choose(&first)).await.refuses(410, "link_gone");
        app.anon().post("/v1/auth/password/reset", choose(&second)).await.is(204);
        app.anon().post("/v1/auth/password/reset", choose(&second)).await.refuses(410, "link_gone");
        let login = json!({ "email": ann.email, "password": password });
        let session = app.anon().post("/v1/auth/login", login).await.is(200);
        assert_eq!(session["user"]["email_verified"], false);
        let kinds = each(&json!(log(&Actor::of_session(app.clone(), &session)).await), "/kind");
        for kind in ["signed_out", "api_token_revoked", "password_reset_offered", "password_reset"] {
            assert!(kinds.contains(&kind.to_owned()), "{kind} in {kinds:?}");
        }
        // With mail, it goes to the user, and proves that the address is theirs.
        let mailed = with(&app, Options { mail: Some(MailServer::start().await), ..Options::default() }).await;
        let offer = mailed.operator().posts(&reset).await.is(200);
        assert_eq!(offer, json!({ "mailed": true }));
        let token = mailed.mail_about(&ann.email, "Choose a new password").await.token();
        mailed.anon().post("/v1/auth/password/reset", json!({ "token": token, "password": PASSWORD })).await.is(204);
        assert_eq!(account(&operator, &ann).await["email_verified"], true);
    }

    async fn organizations_are_listed_with_their_figures_and_nothing_of_what_is_in_them(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme & Söhne").await, app.signs_up("Olga").await.founds("Other").await);
        acme.gets("Bob", "member").await;
        let project = acme.private_project("Secret plan").await;
        acme.task(project["key"].as_str().unwrap(), "A secret task").await;
        for (query, expected) in [
            ("", vec![&other, &acme]),
            ("?q=ACME+%26+s", vec![&acme]),
            ("?q=acme-sohne", vec![&acme]),
            ("?q=sohne", vec![]),
            ("?q=%26", vec![]),
        ] {
            let expected: Vec<String> = expected.iter().map(|org| org.id.clone()).collect();
            assert_eq!(listed(&operator, &format!("/v1/admin/orgs{query}")).await, expected, "{query}");
        }
        // A former slug finds it, too.
        ann.patch(acme.path(""), json!({ "slug": "works", "name": "Works" })).await.is(200);
        assert_eq!(listed(&operator, "/v1/admin/orgs?q=acme").await, vec![acme.id.clone()]);
        let acme = Org { slug: "works".into(), ..acme };
        for named in [&acme.id, "works", "WORKS", "acme-sohne"] {
            let shown = operator.get(format!("/v1/admin/orgs/{named}")).await.is(200);
            assert_eq!((&shown["slug"], &shown["tasks"], &shown["deleted_at"]), (&json!("works"), &json!(1), &Value::Null));
            assert_eq!(shown["seq"], acme.last_seq().await);
            let owners = json!([{ "id": ann.id, "name": "Ann", "email": ann.email }]);
            let details = json!({ "owners": owners, "members": 2, "projects": 1, "invitations": 0 });
            assert_eq!(shown["details"], details);
            assert!(!shown.to_string().contains("ecret"), "{shown}");
        }
        for never in ["never", "01890000-0000-7000-8000-000000000000", "Not%20one"] {
            operator.get(format!("/v1/admin/orgs/{never}")).await.refuses(404, "not_found");
        }
        // One that is deleted is there until it is purged.
        ann.delete("/v1/orgs/works?confirm=works").await.is(204);
        assert!(operator.get("/v1/admin/orgs/works").await.is(200)["deleted_at"].is_string());
        app.clock.advance(Duration::from_hours(31 * 24));
        purge::run(&app.app.public()).await.unwrap();
        operator.get("/v1/admin/orgs/works").await.refuses(404, "not_found");
        let page = operator.get("/v1/admin/orgs?limit=1").await.is(200);
        let rest = operator.get(format!("/v1/admin/orgs?limit=1&cursor={}", page["next_cursor"].as_str().unwrap())).await.is(200);
        assert_eq!((each(&page["items"], "/slug"), rest["items"].clone()), (vec!["other".to_owned()], json!([])));
    }

    async fn a_disabled_organization_is_shut_to_all_its_members_at_once(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        let (bob, eve) = (acme.gets("Bob", "member").await, app.signs_up("Eve").await);
        let things = Things::of(&acme, 0).await;
        ann.patch(acme.path(&format!("/tasks/{}", things.task)), json!({ "assignee_ids": [bob.id] })).await.is(200);
        let token = json!({ "name": "Script", "scopes": ["read", "write"], "organization_id": acme.id });
        let script = ann.with_token(ann.post("/v1/me/tokens", token.clone()).await.is(201)["token"].as_str().unwrap());
        let mut invited = Vec::new();
        for address in [&eve.email, "new@example.com", "declining@example.com"] {
            let invitation = ann.post(acme.path("/invitations"), json!({ "email": address, "role": "member" })).await;
            invited.push(invitation.is(201)["token"].clone());
        }
        let seq = acme.last_seq().await;
        let streams = [ann.follows(&acme, "").await, bob.follows(&acme, "include=object").await, script.follows(&acme, "").await];
        let [disable, enable] = ["disable", "enable"].map(|verb| format!("/v1/admin/orgs/{}/{verb}", acme.slug));
        operator.post(&disable, json!({ "why": "x" })).await.rejects("/why", "unknown_field");
        operator.posts(&enable).await.is(200);
        assert_eq!(acme.last_seq().await, seq, "nothing was to be done");

        let disabled = operator.posts(&disable).await.is(200);
        assert!(disabled["disabled_at"].is_string(), "{disabled}");
        assert_eq!(disabled["seq"], seq + 1);
        for stream in streams {
            stream.ends().await;
        }
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(operator.posts(&disable).await.is(200)["disabled_at"], disabled["disabled_at"]);
        // Whatever a member asks, whoever they are; who isn't one learns nothing.
        let side = Side::of(&app).await;
        let before = side.stored().await;
        for route in Route::of_tenants() {
            let body = route.body().map(|schema| good(schema, "", &things));
            for who in [&ann, &bob, &script] {
                route.asks(who, &things.path(&route), body.as_ref()).await.refuses(403, "organization_disabled");
            }
            route.asks_malformed(&ann, &things.path(&route)).await.refuses(403, "organization_disabled");
            route.asks(&eve, &things.path(&route), body.as_ref()).await.refuses(404, "not_found");
        }
        assert_eq!(side.stored().await, before, "a refusal changed something");
        let shown = operator.get(format!("/v1/admin/users/{}", bob.id)).await.is(200);
        assert_eq!(each(&shown["organizations"], "/slug"), ["acme"]);
        let accepting = json!({ "token": invited[0] });
        app.anon().post("/v1/invitations/lookup", accepting.clone()).await.refuses(403, "organization_disabled");
        eve.post("/v1/invitations/accept", accepting.clone()).await.refuses(403, "organization_disabled");
        let newcomer = json!({ "email": "new@example.com", "name": "New", "password": PASSWORD, "invitation_token": invited[1] });
        app.anon().post("/v1/auth/signup", newcomer.clone()).await.refuses(403, "organization_disabled");
        ann.post("/v1/me/tokens", token).await.rejects("/organization_id", "not_found");
        let declining = app.signs_up_as("Dora", "declining@example.com").await;
        declining.post("/v1/invitations/decline", json!({ "token": invited[2] })).await.is(204);
        // It is in nobody's lists, but for that of their organizations.
        assert_eq!(bob.get("/v1/me/tasks").await.is(200)["items"], json!([]));
        let everything = bob.get("/v1/me/changes").await.is(200)["items"].clone();
        assert_eq!(each(&everything, "/kind"), ["user"]);
        let orgs = ann.get("/v1/orgs").await.is(200)["items"].clone();
        assert_eq!(each(&orgs, "/slug"), [acme.slug.clone(), other.slug.clone()]);
        assert_eq!((&orgs[0]["disabled_at"], &orgs[0]["can"]), (&disabled["disabled_at"], &json!([])));
        assert!(orgs[1].get("disabled_at").is_none(), "{orgs}");
        // Who wants to delete their account can, unless nobody would be left to own it.
        ann.delete("/v1/me").await.refuses(409, "last_owner");
        bob.delete("/v1/me").await.is(204);

        assert!(operator.posts(&enable).await.is(200)["disabled_at"].is_null());
        let task = ann.get(acme.path(&format!("/tasks/{}", things.task))).await.is(200);
        assert_eq!(task["assignees"], json!([]));
        script.get(acme.path("")).await.is(200);
        eve.post("/v1/invitations/accept", accepting).await.is(200);
        app.anon().post("/v1/auth/signup", newcomer).await.is(201);
        let entries = ann.get(acme.path("/activity?action=organization.disabled,organization.enabled")).await.is(200);
        let told = ["The server's operator enabled Acme again", "The server's operator disabled Acme"];
        assert_eq!(each(&entries["items"], "/summary"), told);
        assert_eq!(entries["items"][0]["actor"], json!({ "kind": "system", "id": null, "name": "Guildhall" }));
        let undone = ann.posts(acme.path(&format!("/activity/{}/undo", entries["items"][0]["seq"]))).await;
        undone.refuses(409, "not_undoable");
    }

    async fn an_organization_that_is_deleted_and_disabled_comes_back_when_it_is_neither(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let [disable, enable] = ["disable", "enable"].map(|verb| format!("/v1/admin/orgs/{}/{verb}", acme.id));
        ann.delete(acme.path("?confirm=acme")).await.is(204);
        assert!(operator.posts(&disable).await.is(200)["disabled_at"].is_string());
        ann.posts(acme.path("/restore")).await.refuses(403, "organization_disabled");
        ann.get(acme.path("")).await.refuses(404, "not_found");
        assert_eq!(ann.get("/v1/orgs").await.is(200)["items"], json!([]));
        assert_eq!(ann.get("/v1/orgs?deleted=true").await.is(200)["items"][0]["can"], json!([]));
        operator.posts(&enable).await.is(200);
        assert_eq!(ann.get("/v1/orgs?deleted=true").await.is(200)["items"][0]["can"], json!(["restore"]));
        ann.posts(acme.path("/restore")).await.is(200);
        for never in ["never", "01890000-0000-7000-8000-000000000000"] {
            operator.posts(format!("/v1/admin/orgs/{never}/disable")).await.refuses(404, "not_found");
        }
        // Once it is purged, there is nothing to enable.
        operator.posts(&disable).await.is(200);
        operator.posts(&enable).await.is(200);
        ann.delete(acme.path("?confirm=acme")).await.is(204);
        operator.posts(&disable).await.is(200);
        app.clock.advance(Duration::from_hours(31 * 24));
        purge::run(&app.app.public()).await.unwrap();
        operator.posts(&enable).await.refuses(404, "not_found");
    }

    async fn no_member_writes_to_an_organization_once_it_is_disabled(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let tasks = acme.path("/projects/WEB/tasks");
        let disable = format!("/v1/admin/orgs/{}/disable", acme.id);
        let writes = join_all((0..30).map(|n| ann.post(&tasks, json!({ "title": format!("Task {n}") }))));
        let (written, disabled) = join(writes, operator.posts(&disable)).await;
        let seq = disabled.is(200)["seq"].clone();
        let mut made = 0;
        for answer in written {
            if answer.status == 201 {
                made += 1;
            } else {
                answer.refuses(403, "organization_disabled");
            }
        }
        let shown = operator.get(format!("/v1/admin/orgs/{}", acme.id)).await.is(200);
        assert_eq!((&shown["tasks"], &shown["seq"]), (&json!(made), &seq), "the entry of the disabling is the last");
    }

    async fn which_organizations_cost_most_lately_is_told_to_the_operator_alone(app: TestApp) {
        let operator = app.operator();
        let (ann, olga) = (app.signs_up("Ann").await, app.signs_up("Olga").await);
        let (busy, quiet) = (ann.founds("Busy").await, olga.founds("Quiet").await);
        app.clock.advance(Duration::from_mins(30));
        let (ann, olga) = (ann.again().await, olga.again().await);
        let idle = operator.get("/v1/admin/load").await.is(200);
        assert_eq!((&idle["organizations"], &idle["total"]["transactions"]), (&json!([]), &json!(0)));
        assert!(idle["since"].as_str() > idle["started_at"].as_str(), "{idle}");
        for _ in 0..20 {
            ann.get(busy.path("/tasks")).await.is(200);
        }
        ann.post(busy.path("/projects"), json!({ "name": "Web" })).await.is(201);
        olga.get(quiet.path("")).await.is(200);
        // By strangers too, and where nothing is.
        olga.get(busy.path("")).await.refuses(404, "not_found");
        olga.get(format!("/v1/orgs/{}", olga.id)).await.refuses(404, "not_found");
        let load = operator.get("/v1/admin/load?minutes=1&sort=transactions").await.is(200);
        let (first, second) = (&load["organizations"][0], &load["organizations"][1]);
        assert_eq!(first["organization"], json!({ "id": busy.id, "name": "Busy", "slug": "busy" }));
        // A read that takes long runs again.
        assert!(first["transactions"].as_u64() >= Some(22), "{load}");
        assert_eq!((&second["organization"]["slug"], &second["transactions"]), (&json!("quiet"), &json!(1)));
        assert!(load["organizations"].as_array().unwrap().len() == 2 && load["total"]["transactions"].as_u64() >= Some(24), "{load}");
        for sort in ["database_ms", "waiting_ms"] {
            let load = operator.get(format!("/v1/admin/load?sort={sort}")).await.is(200);
            let costs: Vec<u64> = load["organizations"].as_array().unwrap().iter().map(|one| one[sort].as_u64().unwrap()).collect();
            assert!(costs.len() == 2 && costs.is_sorted_by(|one, next| one >= next), "{load}");
            assert!(load["total"][sort].as_u64() >= Some(costs.iter().sum()), "{load}");
        }
        for (query, place, code) in [
            ("minutes=0", "/minutes", "out_of_range"),
            ("minutes=61", "/minutes", "out_of_range"),
            ("minutes=ten", "/minutes", "invalid_type"),
            ("sort=name", "/sort", "invalid_value"),
            ("limit=5", "/limit", "unknown_field"),
        ] {
            operator.get(format!("/v1/admin/load?{query}")).await.rejects(place, code);
        }
        // A node tells what it served itself, and only lately. (That nobody else is told, each route's test says.)
        let node = with(&app, Options::default()).await;
        assert_eq!(node.operator().get("/v1/admin/load?minutes=60").await.is(200)["organizations"], json!([]));
        app.clock.advance(Duration::from_mins(20));
        assert_eq!(operator.get("/v1/admin/load").await.is(200)["organizations"], json!([]));
        let load = operator.get("/v1/admin/load?minutes=60&sort=transactions").await.is(200);
        assert_eq!(load["organizations"][0]["organization"]["slug"], "busy");
    }

    async fn mails_are_seen_without_what_they_say_and_tried_again_or_deleted(app: TestApp) {
        let server = MailServer::start().await;
        let app = with(&app, Options { mail: Some(server.clone()), ..Options::default() }).await;
        let operator = app.operator();
        let signs_up = async |name: &str| {
            let email = format!("{name}@example.com");
            let body = json!({ "email": email, "password": PASSWORD, "name": name });
            app.anon().post("/v1/auth/signup", body).await.is(202);
            email
        };
        server.refuses_next("451 later");
        let ann = signs_up("ann").await;
        app.database.waits_for("select count(*) from mails where error is not null", 1).await;
        let mail = mail_to(&operator, &ann).await;
        assert_eq!((&mail["state"], &mail["kind"], &mail["attempts"]), (&json!("waiting"), &json!("verify"), &json!(1)));
        assert!(mail["last_error"].as_str().unwrap().contains("later") && mail["next_attempt_at"].is_string(), "{mail}");
        assert!(!mail.to_string().contains("ghm_") && mail.as_object().unwrap().len() == 8, "{mail}");
        assert_eq!(operator.get("/v1/admin/status").await.is(200)["mails"]["failing"], 1);
        let path = |mail: &Value| format!("/v1/admin/mails/{}", id(mail));
        operator.post(format!("{}/retry", path(&mail)), json!({ "now": 1 })).await.rejects("/now", "unknown_field");
        // Its next attempt would be in ten seconds, and the clock stands still.
        operator.posts(format!("{}/retry", path(&mail))).await.is(200);
        assert!(server.to(&ann).await.text.contains("token=ghm_"));
        app.database.waits_for("select count(*) from mails", 0).await;

        server.refuses_next("550 nobody here");
        let bob = signs_up("bob").await;
        app.database.waits_for("select count(*) from mails where due_at is null", 1).await;
        server.refuses_next("451 later");
        let cid = signs_up("cid").await;
        app.database.waits_for("select count(*) from mails where due_at is not null and error is not null", 1).await;
        let waiting = mail_to(&operator, &cid).await;
        let dead = operator.get("/v1/admin/mails?state=dead").await.is(200)["items"][0].clone();
        assert_eq!((&dead["kind"], &dead["to"], &dead["next_attempt_at"]), (&json!("verify"), &Value::Null, &Value::Null));
        assert!(dead["last_error"].as_str().unwrap().contains("nobody here") && !bob.is_empty());
        for (query, expected) in [
            ("", vec![&waiting, &dead]), ("?state=waiting", vec![&waiting]), ("?state=dead", vec![&dead]),
            ("?state=dead,waiting", vec![&waiting, &dead]),
        ] {
            let expected: Vec<&str> = expected.iter().map(|mail| id(mail)).collect();
            assert_eq!(listed(&operator, &format!("/v1/admin/mails{query}")).await, expected, "{query}");
        }
        operator.get("/v1/admin/mails?state=sent").await.rejects("/state", "invalid_value");
        operator.posts(format!("{}/retry", path(&dead))).await.refuses(409, "mail_given_up");
        let warnings = operator.get("/v1/admin/status").await.is(200)["warnings"].clone();
        assert_eq!(warnings, json!(["Mails were given up: 1."]));

        let dry = operator.delete(format!("{}?dry_run=true", path(&waiting))).await.is(200);
        assert_eq!(dry, json!({ "dry_run": true, "counts": { "mails": 1 } }));
        for mail in [&waiting, &dead] {
            operator.delete(path(mail)).await.is(204);
            operator.delete(path(mail)).await.refuses(404, "not_found");
            operator.posts(format!("{}/retry", path(mail))).await.refuses(404, "not_found");
        }
        app.clock.advance(Duration::from_hours(1));
        assert_eq!(listed(&operator, "/v1/admin/mails").await, [] as [String; 0]);
    }

    async fn the_state_of_the_server_and_its_jobs_is_told(app: TestApp) {
        let operator = app.operator();
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        app.signs_up("Bob").await;
        acme.project("Web").await;
        operator.posts(format!("/v1/admin/users/{}/disable", ann.again().await.id)).await.is(200);
        let status = operator.get("/v1/admin/status").await.is(200);
        let engine = match app.database.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        };
        assert_eq!((&status["database"]["engine"], &status["version"]), (&json!(engine), &json!(env!("CARGO_PKG_VERSION"))));
        assert!(status["database"]["bytes"].as_i64() > Some(100_000), "{status}");
        assert!(status["database"]["schema_version"].as_i64() >= Some(28), "{status}");
        let counts = ["users", "disabled_users", "organizations", "sessions"].map(|field| status[field].clone());
        assert_eq!(counts, [2, 1, 1, 1].map(|count| json!(count)));
        assert_eq!(status["warnings"], json!([]));
        let job = async |name: &str| {
            let all = operator.get("/v1/admin/jobs").await.is(200)["jobs"].clone();
            all.as_array().unwrap().iter().find(|job| job["job"] == name).unwrap().clone()
        };
        // The jobs don't run here, so that what is due gets late.
        let mails = job("send_mail").await;
        assert_eq!((&mails["last_run_at"], &mails["due"], &mails["late"]), (&Value::Null, &json!(2), &json!(false)));
        operator.posts(format!("/v1/admin/users/{}/enable", ann.id)).await.is(200);
        let soon = (app.clock.now() + Duration::from_mins(2)).to_string();
        let ann = ann.again().await;
        ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "A task", "due_at": soon })).await.is(201);
        app.clock.advance(Duration::from_mins(30));
        let overdue = job("tell_overdue").await;
        assert_eq!((&overdue["due"], &overdue["late"]), (&json!(1), &json!(true)));
        assert!(overdue["due_since"].as_str() > Some(&soon[..16]), "{overdue}");
        let warnings = operator.get("/v1/admin/status").await.is(200)["warnings"].clone();
        let late: Vec<&str> = warnings.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        assert!(late.len() == 2 && late.iter().all(|text| text.contains("hasn't done what is due since")), "{late:?}");
        overdue::run(&app.app.public()).await.unwrap();
        assert_eq!(job("tell_overdue").await["late"], false);
        let ann = ann.again().await;
        ann.delete(acme.path("?confirm=acme")).await.is(204);
        app.clock.advance(Duration::from_hours(33 * 24));
        let purges = job("purge").await;
        assert_eq!((&purges["due"], &purges["late"]), (&json!(1), &json!(true)), "{purges}");
        assert!(job("back_up").await["due"].is_null());

        // Where they run, it is told when they did.
        let node = with(&app, Options { mail: Some(MailServer::start().await), ..Options::default() }).await;
        let told = async {
            while node.operator().get("/v1/admin/jobs").await.is(200)["jobs"][0]["last_run_at"].is_null() {}
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.unwrap();
        let jobs = node.operator().get("/v1/admin/jobs").await.is(200);
        assert_eq!((&jobs["jobs"][0]["job"], &jobs["jobs"][0]["failing"]), (&json!("send_mail"), &json!(false)));
        assert!(jobs["started_at"].is_string());
    }
}

#[test]
fn each_call_is_a_line_in_the_log_whatever_else_is_and_the_token_is_in_none() {
    runtime().block_on(async {
        let database = Database::empty(Engine::Sqlite).await;
        let folder = tempfile::tempdir().unwrap();
        let (log, file) = (folder.path().join("log"), folder.path().join("token"));
        let token = "6b1d0c9e4f7a2358a1c6e9d70b43f52e";
        std::fs::write(&file, format!("{token}\n")).unwrap();
        let mut quiet = Command::new("env");
        quiet.args(["RUST_LOG=error", BINARY]);
        let args = ["--admin-token-file", file.to_str().unwrap()];
        let mut server = Server::start_program(&mut quiet, &database.url(), &log, &args).0;
        let ann = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
        let session = server.gets(Method::POST, "/v1/auth/signup", "", ann, 201).await;
        let access = session["access_token"].as_str().unwrap();
        let user = session["user"]["id"].as_str().unwrap();
        server.gets(Method::GET, "/v1/admin/users?q=ann", token, json!({}), 200).await;
        server.gets(Method::POST, &format!("/v1/admin/users/{user}/disable"), token, json!({}), 200).await;
        server.gets(Method::GET, "/v1/admin/orgs/never", token, json!({}), 404).await;
        server.gets(Method::POST, "/v1/admin/orgs/never/disable", token, json!({}), 404).await;
        server.gets(Method::POST, &format!("/v1/admin/mails/{user}/retry"), token, json!({}), 404).await;
        server.gets(Method::GET, "/v1/admin/status", access, json!({}), 401).await;
        server.signal("-TERM");
        assert!(server.process.wait().unwrap().success());
        let logged = std::fs::read_to_string(&log).unwrap();
        for secret in [token, access, "q=ann", "ann@"] {
            assert!(!logged.contains(secret), "{secret} in {logged}");
        }
        let lines: Vec<Value> = logged.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told: Vec<Value> = lines
            .iter()
            .map(|line| {
                assert!(line["request_id"].is_string() && line["client"] == "127.0.0.1", "{line}");
                json!([
                    line["message"],
                    line["operation"],
                    line["status"],
                    line["user_id"],
                    line["organization"],
                    line["mail_id"]
                ])
            })
            .collect();
        assert_eq!(
            told,
            [
                json!(["administration", "GET /v1/admin/users", 200, null, null, null]),
                json!(["administration", "POST /v1/admin/users/{user}/disable", 200, user, null, null]),
                json!(["administration", "GET /v1/admin/orgs/{org}", 404, null, "never", null]),
                json!(["administration", "POST /v1/admin/orgs/{org}/disable", 404, null, "never", null]),
                json!(["administration", "POST /v1/admin/mails/{id}/retry", 404, null, null, user]),
                json!(["administration", "GET /v1/admin/status", 401, null, null, null]),
            ]
        );
    });
}

#[test]
fn a_token_that_can_be_guessed_or_not_be_sent_is_refused_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let starts = |arguments: &[&str]| {
        let mut command = Command::new(BINARY);
        command.arg("serve").args(arguments).env("GUILDHALL_SECRET", SECRET).current_dir(&folder);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let mut said = BTreeSet::new();
    for wrong in ["canary", &"canary".repeat(10), "canary-ö-6b1d0c9e4f7a2358a1c6e9d70b43f52e"] {
        let refusal = starts(&["--admin-token", wrong]);
        assert!(!refusal.contains("canary") && refusal.contains("--admin-token"), "{refusal}");
        said.insert(refusal);
    }
    assert_eq!(said.len(), 3, "{said:?}");
    std::fs::write(folder.path().join("token"), "short").unwrap();
    let refusal = starts(&["--admin-token-file", "token"]);
    assert!(refusal.contains("the admin token's file token: a secret has at least 32 bytes"), "{refusal}");
    assert!(starts(&["--admin-token-file", "missing"]).contains("the admin token's file missing: "));
}
