//! `/v1/me/security-log` and `/v1/orgs/{org}/security-log`: what happened to credentials and authority, and from where.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::app::{config::EmailVerification, jobs, purge};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    providers::{ann as claims_of_ann, links, signs_in, with_provider},
    support::{
        Actor, Answer, Authenticator, Device, Engine, MailServer, Options, Org, PASSWORD, Side, TestApp,
        both_engines, each, mfa_token, run,
    },
};

const MINE: &str = "/v1/me/security-log";
const EMAIL: &str = "ann@example.com";
const DAY: Duration = Duration::from_hours(24);
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// The entries of a log, oldest first.
async fn log(who: &Actor, path: &str) -> Vec<Value> {
    let mut entries = who.walks(&format!("{path}?"), 200).await;
    entries.reverse();
    entries
}

async fn mine(who: &Actor) -> Vec<Value> {
    log(who, MINE).await
}

async fn of_org(who: &Actor, org: &Org) -> Vec<Value> {
    log(who, &org.path("/security-log")).await
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

/// Each entry as its kind and details.
fn told(entries: &[Value]) -> Vec<(&str, Value)> {
    entries.iter().map(|entry| (entry["kind"].as_str().unwrap(), entry["details"].clone())).collect()
}

/// What an action adds to somebody's own log.
async fn adds(who: &Actor, action: impl AsyncFnOnce()) -> Vec<Value> {
    let before = mine(who).await.len();
    action().await;
    mine(who).await.split_off(before)
}

/// The same database, where the test says which address and device a request comes from.
async fn behind_a_proxy(app: &TestApp, mail: Option<&MailServer>) -> TestApp {
    let options = Options {
        trusted_proxies: "127.0.0.1".parse().unwrap(),
        mail: mail.cloned(),
        email_verification: Some(EmailVerification::Optional),
        ..Options::default()
    };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

async fn posts_from(app: &TestApp, address: &str, device: &str, path: &str, body: Value) -> Answer {
    let headers = [("x-forwarded-for", address), ("user-agent", device)];
    app.anon().send(Method::POST, path, &headers, Some(body)).await
}

async fn logs_in_from(app: &TestApp, address: &str, device: &str, password: &str) -> Answer {
    let body = json!({ "email": EMAIL, "password": password });
    posts_from(app, address, device, "/v1/auth/login", body).await
}

async fn guesses(app: &TestApp, email: &str) -> Answer {
    app.anon().post("/v1/auth/login", json!({ "email": email, "password": "wrong" })).await
}

async fn puts_password(who: &Actor, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new, "revoke_tokens": true });
    who.send(Method::PUT, "/v1/me/password", &[], Some(body)).await
}

async fn makes(who: &Actor, scopes: &[&str], org: Option<&Org>) -> (Actor, Value) {
    let body = json!({ "name": "Script", "scopes": scopes, "organization_id": org.map(|org| &org.id) });
    let token = who.post("/v1/me/tokens", body).await.is(201);
    (who.with_token(token["token"].as_str().unwrap()), token["id"].clone())
}

fn refused(operation: &str, reason: &str, org: &Org) -> (&'static str, Value) {
    let details = json!({ "operation": operation, "reason": reason, "organization_id": org.id });
    ("call_refused", details)
}

#[test]
fn nobody_rewrites_the_log_on_postgres() {
    run(Engine::Postgres, async |app: TestApp| {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        acme.gets("Bob", "member").await;
        let server = app.database.postgres().await;
        server
            .batch_execute(&format!("set role guildhall_app; set app.org_id = '{}'", acme.id))
            .await
            .unwrap();
        for table in ["security_events", "org_security_events"] {
            let count = format!("select count(*) from {table}");
            assert!(server.query_one(&count, &[]).await.unwrap().get::<_, i64>(0) > 0, "{table}");
            for sql in [format!("update {table} set at = 0"), format!("truncate {table}")] {
                let refusal = server.batch_execute(&sql).await.unwrap_err();
                assert_eq!(
                    refusal.code(),
                    Some(&tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE),
                    "{sql}"
                );
            }
        }
    });
}

#[test]
fn nobody_rewrites_the_log_on_sqlite() {
    run(Engine::Sqlite, async |app: TestApp| {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        acme.gets("Bob", "member").await;
        for table in ["security_events", "org_security_events"] {
            let update = format!("update {table} set at = 0");
            let refusal = app.database.sqlite().execute(&update, []).unwrap_err().to_string();
            assert!(refusal.contains("append-only"), "{table}: {refusal}");
        }
    });
}

both_engines! {
    async fn a_sign_in_and_a_failed_one_are_told_with_device_and_address(app: TestApp) {
        let app = behind_a_proxy(&app, None).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ann" });
        let session = posts_from(&app, "192.0.2.1", FIREFOX, "/v1/auth/signup", body).await.is(201);
        let ann = Actor::of_session(app.clone(), &session);
        let before = app.clock.now().to_string();
        logs_in_from(&app, "198.51.100.7", "curl/8.5", "wrong").await.is(401);
        logs_in_from(&app, "2001:db8::7", "curl/8.5", PASSWORD).await.is(200);
        let entries = mine(&ann).await;
        let seen = |entry: &Value| (entry["device"].clone(), entry["address"].clone(), entry["token_id"].clone());
        assert_eq!(kinds(&entries), ["signed_in", "sign_in_failed", "signed_in"]);
        assert_eq!(seen(&entries[0]), (json!(FIREFOX), json!("192.0.2.1"), Value::Null));
        assert_eq!(seen(&entries[1]), (json!("curl/8.5"), json!("198.51.100.7"), Value::Null));
        assert_eq!(seen(&entries[2]), (json!("curl/8.5"), json!("2001:db8::7"), Value::Null));
        assert_eq!(entries[1]["details"], json!({ "reason": "wrong_password" }));
        assert!(entries[1]["at"].as_str() >= Some(&before) && entries[1]["at"].as_str() <= Some(&app.clock.now().to_string()));
        let sessions = ann.get("/v1/me/sessions").await.is(200)["items"].clone();
        let details = |method: &str, at: usize, new: bool| json!({ "method": method, "session_id": sessions[at]["id"], "new_device": new });
        assert_eq!((&entries[0]["details"], &entries[2]["details"]), (&details("signup", 1, false), &details("password", 0, true)));
        // A guess at an address without an account is nobody's.
        let count = "select count(*) from security_events";
        let before = app.database.number(count).await;
        guesses(&app, "nobody@example.com").await.refuses(401, "invalid_credentials");
        assert_eq!(app.database.number(count).await, before);
    }

    async fn of_twenty_failures_at_once_those_that_were_counted_are_recorded(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let answers = join_all((0..20).map(|_| guesses(&app, EMAIL))).await;
        let counted = answers.iter().filter(|answer| answer.status == 401).count();
        assert_eq!(counted, 10);
        let failed = ann.get(format!("{MINE}?kind=sign_in_failed")).await.is(200)["items"].clone();
        assert_eq!(failed.as_array().unwrap().len(), counted);
    }

    async fn each_use_of_a_second_factor_is_recorded(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut own = None;
        let entries = adds(&ann, async || own = Some(Authenticator::of(&ann).await)).await;
        assert_eq!(kinds(&entries), ["second_factor_enabled"]);
        let own = own.unwrap();
        let entries = adds(&ann, async || {
            let token = mfa_token(app.anon().post("/v1/auth/login", json!({ "email": EMAIL, "password": PASSWORD })).await);
            let finish = |code: &str| json!({ "mfa_token": token, "code": code });
            app.anon().post("/v1/auth/login/mfa", finish("000000")).await.refuses(401, "invalid_code");
            app.anon().post("/v1/auth/login/mfa", finish(&own.recovery_codes[0])).await.is(200);
        }).await;
        assert_eq!(kinds(&entries), ["second_factor_required", "sign_in_failed", "recovery_code_used", "signed_in"]);
        assert_eq!(entries[0]["details"], json!({ "method": "password" }));
        assert_eq!(entries[1]["details"], json!({ "reason": "wrong_code" }));
        assert_eq!(entries[2]["details"], json!({ "left": 9 }));
        assert_eq!(entries[3]["details"]["method"], "password");
        let entries = adds(&ann, async || {
            ann.post("/v1/auth/confirm", json!({ "code": "000000" })).await.refuses(401, "invalid_code");
            ann.post("/v1/auth/confirm", json!({ "password": "wrong" })).await.refuses(401, "invalid_credentials");
            ann.post("/v1/me/recovery-codes", json!({})).await.is(200);
            ann.delete("/v1/me/totp").await.is(204);
        }).await;
        assert_eq!(told(&entries), [
            ("confirmation_failed", json!({ "reason": "wrong_code" })),
            ("confirmation_failed", json!({ "reason": "wrong_password" })),
            ("recovery_codes_replaced", json!({})),
            ("second_factor_disabled", json!({})),
        ]);
    }

    async fn each_use_of_a_passkey_is_recorded(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut phone = Device::new();
        let entries = adds(&ann, async || {
            let id = phone.registers(&ann, "Phone").await.is(201)["id"].clone();
            phone.logs_in(&app).await.is(200);
            let mut forged = phone.answers(&app).await;
            forged["credential"]["response"]["signature"] = json!("MAAA");
            app.anon().post("/v1/auth/passkey/finish", forged).await.refuses(401, "passkey_refused");
            ann.delete(format!("/v1/me/passkeys/{}", id.as_str().unwrap())).await.is(204);
        }).await;
        assert_eq!(kinds(&entries), ["passkey_added", "signed_in", "sign_in_failed", "passkey_removed"]);
        assert_eq!((&entries[0]["details"], &entries[3]["details"]), (&json!({ "name": "Phone" }), &json!({ "name": "Phone" })));
        assert_eq!((&entries[1]["details"]["method"], &entries[2]["details"]["reason"]), (&json!("passkey"), &json!("passkey_refused")));
    }

    async fn a_provider_is_recorded_when_it_is_linked_used_and_unlinked(app: TestApp) {
        let app = with_provider(&app, Options::default()).await;
        let ann = Actor::of_session(app.clone(), &signs_in(&app, &claims_of_ann()).await.is(200));
        let entries = mine(&ann).await;
        assert_eq!(kinds(&entries), ["provider_linked", "signed_in"]);
        assert_eq!(entries[0]["details"], json!({ "provider": "The Provider" }));
        assert_eq!(entries[1]["details"]["method"], "provider");
        let bob = app.signs_up("Bob").await;
        let entries = adds(&bob, async || {
            let claims = json!({ "sub": "bob", "email": "bob@example.com", "email_verified": true });
            let id = links(&bob, &claims).await.is(201)["id"].clone();
            bob.delete(format!("/v1/me/identities/{}", id.as_str().unwrap())).await.is(204);
        }).await;
        let provider = json!({ "provider": "The Provider" });
        assert_eq!(told(&entries), [("provider_linked", provider.clone()), ("provider_unlinked", provider)]);
    }

    async fn the_end_of_a_session_is_recorded_with_its_reason(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let session = async || {
            let session = ann.again().await;
            (ann.get("/v1/me/sessions?limit=1").await.is(200)["items"][0]["id"].clone(), session)
        };
        let (logged_out, revoked, reused) = (session().await, session().await, session().await);
        let entries = adds(&ann, async || {
            logged_out.1.posts("/v1/auth/logout").await.is(204);
            ann.delete(format!("/v1/me/sessions/{}", revoked.0.as_str().unwrap())).await.is(204);
            reused.1.refreshed().await;
            app.clock.advance(Duration::from_secs(11));
            let body = json!({ "refresh_token": reused.1.refresh_token });
            app.anon().post("/v1/auth/refresh", body).await.refuses(401, "unauthenticated");
            ann.delete("/v1/me/sessions").await.is(204);
        }).await;
        let ended = |session: &Value, reason: &str| ("session_ended", json!({ "session_id": session, "reason": reason }));
        assert_eq!(told(&entries), [
            ended(&logged_out.0, "logged_out"), ended(&revoked.0, "revoked"), ended(&reused.0, "token_reused"),
            ("sessions_ended", json!({})),
        ]);
    }

    async fn changes_of_password_and_address_are_recorded(app: TestApp) {
        let server = MailServer::start().await;
        let app = behind_a_proxy(&app, Some(&server)).await;
        let ann = app.signs_up("Ann").await;
        let token = makes(&ann, &["read"], None).await.1;
        let entries = adds(&ann, async || {
            let link = server.to(EMAIL).await.token();
            app.anon().post("/v1/auth/email/verify", json!({ "token": link })).await.is(204);
            puts_password(&ann, "wrong", "another good staple").await.refuses(401, "invalid_credentials");
            assert!(puts_password(&ann, PASSWORD, "another good staple").await.succeeded());
            ann.post("/v1/me/email", json!({ "email": "ann@example.net" })).await.is(202);
            let link = server.to("ann@example.net").await.token();
            app.anon().post("/v1/auth/email/verify", json!({ "token": link })).await.is(204);
        }).await;
        assert_eq!(told(&entries), [
            ("api_token_revoked", json!({ "api_token_id": token })), ("email_verified", json!({})),
            ("confirmation_failed", json!({ "reason": "wrong_password" })),
            ("password_changed", json!({})), ("email_changed", json!({})),
        ]);
        let token = makes(&ann, &["read"], None).await.1;
        app.anon().post("/v1/auth/password/forgot", json!({ "email": "ann@example.net" })).await.is(202);
        let link = app.mail_about("ann@example.net", "new password").await.token();
        app.anon().post("/v1/auth/password/reset", json!({ "token": link, "password": PASSWORD })).await.is(204);
        let ann = app.logs_in("ann@example.net").await;
        let entries = mine(&ann).await;
        assert_eq!(told(&entries[entries.len() - 3..entries.len() - 1]), [
            ("api_token_revoked", json!({ "api_token_id": token })), ("password_reset", json!({})),
        ]);
    }

    async fn a_proof_by_an_invitation_is_told_to_the_organization_that_loses_a_token_by_it(app: TestApp) {
        let server = MailServer::start().await;
        let app = behind_a_proxy(&app, Some(&server)).await;
        let ann = app.signs_up("Ann").await;
        let beta = ann.founds("Beta").await;
        makes(&ann, &["read"], Some(&beta)).await;
        let acme = app.signs_up("Olga").await.founds("Acme").await;
        let invited = json!({ "email": EMAIL, "role": "member" });
        acme.founder.post(acme.path("/invitations"), invited).await.is(201);
        let token = app.mail_about(EMAIL, "invites you").await.token();
        ann.post("/v1/invitations/accept", json!({ "token": token })).await.is(200);
        assert_eq!(kinds(&mine(&ann).await), ["signed_in", "api_token_created", "api_token_revoked", "email_verified"]);
        assert_eq!(kinds(&of_org(&ann, &beta).await), ["member_joined", "api_token_created", "api_token_revoked"]);
        assert_eq!(kinds(&of_org(&acme.founder, &acme).await), ["member_joined", "member_joined"]);
    }

    async fn an_account_that_is_handed_over_says_so(app: TestApp) {
        let options = Options { mail: Some(MailServer::start().await), email_verification: Some(EmailVerification::Optional), ..Options::default() };
        let app = with_provider(&app, options).await;
        let squatter = app.signs_up_as("Squatter", EMAIL).await;
        let token = makes(&squatter, &["read"], None).await.1;
        let ann = Actor::of_session(app.clone(), &signs_in(&app, &claims_of_ann()).await.is(200));
        let entries = mine(&ann).await;
        assert_eq!(kinds(&entries), ["signed_in", "api_token_created", "api_token_revoked", "handed_over", "provider_linked", "signed_in"]);
        assert_eq!(entries[2]["details"], json!({ "api_token_id": token }));
        assert_eq!(entries[5]["details"]["method"], "provider");
    }

    async fn what_the_operator_does_is_recorded_without_a_device(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let email = || EMAIL.parse().unwrap();
        let operator = app.app.operator();
        operator.sign_out(&email(), false).await.unwrap();
        operator.remove_factors(&email()).await.unwrap();
        operator.reset_password(&email(), PASSWORD.parse().unwrap(), false).await.unwrap();
        operator.set_disabled(&email(), true).await.unwrap();
        operator.set_disabled(&email(), false).await.unwrap();
        let entries = mine(&ann.again().await).await;
        assert_eq!(kinds(&entries), [
            "signed_in", "signed_out", "factors_removed", "password_reset", "account_disabled", "account_enabled", "signed_in",
        ]);
        assert!(entries[1..6].iter().all(|entry| entry["device"].is_null() && entry["address"].is_null()));
    }

    async fn a_token_is_recorded_when_it_is_made_used_first_and_revoked(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        let (script, id) = makes(&ann, &["read"], Some(&acme)).await;
        for answer in join_all((0..20).map(|_| script.get(acme.path("")))).await {
            answer.is(200);
        }
        app.clock.advance(DAY);
        script.get(acme.path("")).await.is(200);
        ann.again().await.delete(format!("/v1/me/tokens/{}", id.as_str().unwrap())).await.is(204);
        let ann = ann.again().await;
        let entries = mine(&ann).await;
        let of_token: Vec<Value> = entries.into_iter().filter(|entry| entry["details"]["api_token_id"] == id).collect();
        let only = json!({ "api_token_id": id });
        assert_eq!(told(&of_token), [
            ("api_token_created", json!({ "api_token_id": id, "name": "Script", "organization_id": acme.id })),
            ("api_token_first_used", only.clone()), ("api_token_revoked", only.clone()),
        ]);
        assert_eq!((&of_token[0]["token_id"], &of_token[1]["token_id"]), (&Value::Null, &id));
        // The organization that it is for is told too, and no other; a token's name is its user's.
        let entries = of_org(&ann, &acme).await;
        assert_eq!(told(&entries)[1..], [("api_token_created", only.clone()), ("api_token_first_used", only.clone()), ("api_token_revoked", only)]);
        assert!(entries.iter().all(|entry| entry["user"] == ann.person()));
        makes(&ann, &["read"], None).await.0.get(beta.path("")).await.is(200);
        assert_eq!(kinds(&of_org(&ann, &beta).await), ["member_joined"]);
    }

    async fn an_export_and_every_refused_sensitive_call_are_recorded(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let (reads, writes) = (makes(&ann, &["read"], None).await.0, makes(&ann, &["read", "write"], None).await);
        acme.founder.get(acme.path("/export")).await.is(200);
        app.clock.advance(Duration::from_mins(10));
        let (ann, bob) = (ann.refreshed().await, bob.refreshed().await);
        bob.get(acme.path("/export")).await.refuses(403, "forbidden");
        ann.get(acme.path("/export")).await.refuses(403, "confirmation_required");
        writes.0.patch(acme.path(&format!("/members/{}", bob.id)), json!({ "role": "owner" })).await.refuses(403, "token_not_allowed");
        reads.delete(acme.path("?confirm=acme")).await.refuses(403, "insufficient_scope");
        // Of many invitations, once. The others are made.
        let one = |email: &str, role: &str| json!({ "email": email, "role": role });
        let many = [one("a@example.com", "owner"), one("b@example.com", "owner"), one("c@example.com", "member")];
        ann.post(acme.path("/invitations/bulk"), json!({ "invitations": many })).await.is(200);
        // Refusals that aren't about sensitive calls are nobody's business.
        bob.patch(acme.path(""), json!({ "name": "New" })).await.refuses(403, "forbidden");
        reads.patch(acme.path(""), json!({ "name": "New" })).await.refuses(403, "insufficient_scope");
        let entries = of_org(&ann, &acme).await;
        let expected = [
            ("member_joined", json!({ "role": "owner" })),
            ("member_joined", json!({ "role": "member" })),
            ("organization_exported", json!({ "organization_id": acme.id })),
            refused("GET /v1/orgs/{org}/export", "forbidden", &acme),
            refused("GET /v1/orgs/{org}/export", "confirmation_required", &acme),
            refused("PATCH /v1/orgs/{org}/members/{user}", "token_not_allowed", &acme),
            refused("DELETE /v1/orgs/{org}", "insufficient_scope", &acme),
            refused("POST /v1/orgs/{org}/invitations/bulk", "confirmation_required", &acme),
        ];
        assert_eq!(told(&entries), expected);
        let by: Vec<&str> = entries.iter().map(|entry| entry["user"]["name"].as_str().unwrap()).collect();
        assert_eq!(by, ["Ann", "Bob", "Ann", "Bob", "Ann", "Ann", "Ann", "Ann"]);
        assert_eq!(entries[5]["token_id"], writes.1);
        // Each is also in the log of whose credential it was.
        let own = mine(&ann).await;
        let own: Vec<_> = told(&own).into_iter().filter(|(kind, _)| matches!(*kind, "call_refused" | "organization_exported")).collect();
        assert_eq!(own, [&expected[2..3], &expected[4..]].concat());
        assert_eq!(kinds(&mine(&bob).await), ["signed_in", "call_refused"]);
        // What was refused left no trace but this.
        assert_eq!(each(&ann.get(acme.path("/members")).await.is(200)["items"], "/role"), ["owner", "member"]);
    }

    async fn a_token_that_is_refused_ones_account_is_recorded_there(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (script, id) = makes(&ann, &["read", "write"], None).await;
        script.get(MINE).await.refuses(403, "token_not_allowed");
        script.delete("/v1/me").await.refuses(403, "token_not_allowed");
        let entries = mine(&ann).await;
        let refused = |operation: &str| ("call_refused", json!({ "operation": operation, "reason": "token_not_allowed" }));
        assert_eq!(told(&entries[3..]), [refused("GET /v1/me/security-log"), refused("DELETE /v1/me")]);
        assert!(entries[2..].iter().all(|entry| entry["token_id"] == id));
    }

    async fn a_script_that_repeats_its_call_does_not_fill_the_log(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let script = makes(&ann, &["read"], None).await.0;
        for _ in 0..2 {
            let answers = join_all((0..15).map(|_| script.get(acme.path("/export")))).await;
            for answer in answers {
                answer.refuses(403, "token_not_allowed");
            }
        }
        assert_eq!(of_org(&ann, &acme).await.len(), 1 + 20);
        app.clock.advance(Duration::from_mins(15));
        script.get(acme.path("/export")).await.refuses(403, "token_not_allowed");
        assert_eq!(of_org(&ann.refreshed().await, &acme).await.len(), 1 + 21);
    }

    async fn an_organization_is_told_who_joined_left_and_got_another_role(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, eve) = (acme.gets("Bob", "member").await, acme.gets("Eve", "admin").await);
        let id = makes(&eve, &["read"], Some(&acme)).await.1;
        let member = |who: &Actor| acme.path(&format!("/members/{}", who.id));
        ann.patch(member(&bob), json!({ "role": "admin" })).await.is(200);
        ann.delete(member(&eve)).await.is(200);
        ann.post(acme.path("/transfer"), json!({ "user_id": bob.id })).await.is(200);
        ann.posts(acme.path("/leave")).await.is(204);
        let entries = of_org(&bob, &acme).await;
        let changed = |who: &Actor, former: &str, role: &str| json!({ "user_id": who.id, "former_role": former, "role": role });
        let removed = |who: &Actor, former: &str| json!({ "user_id": who.id, "former_role": former });
        let token = json!({ "api_token_id": id });
        assert_eq!(told(&entries), [
            ("member_joined", json!({ "role": "owner" })), ("member_joined", json!({ "role": "member" })),
            ("member_joined", json!({ "role": "admin" })),
            ("api_token_created", token.clone()), ("member_role_changed", changed(&bob, "member", "admin")),
            ("member_removed", removed(&eve, "admin")), ("api_token_revoked", token.clone()),
            ("ownership_transferred", json!({ "user_id": bob.id })), ("member_role_changed", changed(&ann, "owner", "admin")),
            ("member_removed", removed(&ann, "admin")),
        ]);
        // Whose token it was is told, and nothing about the device of who removed them.
        let last = mine(&eve).await.pop().unwrap();
        assert_eq!((&last["kind"], &last["details"], &last["address"]), (&json!("api_token_revoked"), &token, &Value::Null));
    }

    async fn an_organizations_log_is_its_owners_and_admins(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        let (ada, bob) = (acme.gets("Ada", "admin").await, acme.gets("Bob", "member").await);
        let path = acme.path("/security-log");
        for reader in [&ann, &ada, &makes(&ada, &["read"], None).await.0, &makes(&ada, &["read"], Some(&acme)).await.0] {
            assert!(reader.get(&path).await.is(200)["items"][0]["kind"].is_string());
        }
        makes(&ada, &["write"], None).await.0.get(&path).await.refuses(403, "insufficient_scope");
        makes(&ann, &["read"], Some(&beta)).await.0.get(&path).await.refuses(404, "not_found");
        assert_eq!(bob.get(&path).await.refuses(403, "forbidden")["required_role"], "admin");
        app.signs_up("Mallory").await.get(&path).await.refuses(404, "not_found");
        app.anon().get(&path).await.refuses(401, "unauthenticated");
        // It takes no proof, as reading the activity takes none.
        app.clock.advance(Duration::from_mins(10));
        let ada = ada.refreshed().await;
        ada.get(&path).await.is(200);
        ann.refreshed().await.delete(acme.path(&format!("/members/{}", ada.id))).await;
        ada.get(&path).await.refuses(404, "not_found");
        // Nothing of another organization, and nobody's sign-ins.
        let ann = ann.again().await;
        let told = ann.get(&path).await.is(200).to_string();
        assert!(!told.contains(&beta.id) && !told.contains("signed_in"), "{told}");
        assert_eq!(kinds(&of_org(&ann, &beta).await), ["member_joined", "api_token_created", "api_token_first_used"]);
    }

    async fn ones_own_log_is_for_ones_own_sessions(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        assert_eq!((mine(&ann).await.len(), mine(&bob).await.len()), (1, 1));
        app.anon().get(MINE).await.refuses(401, "unauthenticated");
        for scopes in [["read"].as_slice(), &["read", "write"]] {
            makes(&ann, scopes, None).await.0.get(MINE).await.refuses(403, "token_not_allowed");
        }
        app.clock.advance(Duration::from_mins(10));
        ann.refreshed().await.get(MINE).await.is(200);
    }

    async fn a_login_from_a_new_device_is_told_by_mail(app: TestApp) {
        let server = MailServer::start().await;
        let app = behind_a_proxy(&app, Some(&server)).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ann" });
        let session = posts_from(&app, "192.0.2.1", FIREFOX, "/v1/auth/signup", body).await.is(201);
        let ann = Actor::of_session(app.clone(), &session);
        // Not to an address that nobody proved: it may be somebody else's.
        logs_in_from(&app, "203.0.113.1", "Unproved/1", PASSWORD).await.is(200);
        app.anon().post("/v1/auth/email/verify", json!({ "token": server.to(EMAIL).await.token() })).await.is(204);
        // An update of the client and another address of the network make no new device, nor does a known one elsewhere
        // that says so.
        logs_in_from(&app, "192.0.2.99", &FIREFOX.replace("128.0", "131.0.2"), PASSWORD).await.is(200);
        let known = json!({ "email": EMAIL, "password": PASSWORD, "device_token": session["device_token"] });
        posts_from(&app, "203.0.113.77", FIREFOX, "/v1/auth/login", known).await.is(200);
        app.database.waits_for("select count(*) from mails", 0).await;
        assert!(server.left().is_empty(), "{:?}", server.left());
        // Of many at once, one is new.
        for answer in join_all((0..5).map(|_| logs_in_from(&app, "198.51.100.7", "Stranger/1 <b>", PASSWORD))).await {
            answer.is(200);
        }
        let mail = server.to(EMAIL).await;
        assert_eq!(mail.subject, "A new device logged in to your account");
        for word in ["Stranger/1 <b>", "198.51.100.7", "Time: 20"] {
            assert!(mail.text.contains(word), "{word}: {}", mail.text);
        }
        assert!(mail.html.contains("1 &lt;b&gt;"), "{}", mail.html);
        app.database.waits_for("select count(*) from mails", 0).await;
        assert!(server.left().is_empty(), "{:?}", server.left());
        let signed_in = ann.get(format!("{MINE}?kind=signed_in&limit=200")).await.is(200)["items"].clone();
        let new = signed_in.as_array().unwrap().iter().filter(|entry| entry["details"]["new_device"] == true).count();
        assert_eq!(new, 2);
        // A flood of devices isn't a flood of mails.
        for n in 0..6 {
            logs_in_from(&app, "203.0.113.1", &format!("Device {}", "x".repeat(n + 1)), PASSWORD).await.is(200);
        }
        app.database.waits_for("select count(*) from mails", 0).await;
        assert_eq!(server.left().len(), 4);
    }

    async fn entries_are_kept_for_180_days(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.gets("Bob", "member").await;
        app.clock.advance(179 * DAY);
        let ann = ann.again().await;
        jobs::sweep(&app.app.public()).await.unwrap();
        purge::run(&app.app.public()).await.unwrap();
        assert_eq!((mine(&ann).await.len(), of_org(&ann, &acme).await.len()), (2, 2));
        for (table, rows) in [("security_events", 3), ("org_security_events", 2)] {
            assert_eq!(app.database.number(&format!("select count(*) from {table}")).await, rows, "{table}");
        }
        // No longer shown, whether or not a job came by.
        app.clock.advance(DAY);
        let ann = ann.again().await;
        assert_eq!((mine(&ann).await.len(), of_org(&ann, &acme).await.len()), (2, 0));
        app.clock.advance(DAY);
        jobs::sweep(&app.app.public()).await.unwrap();
        purge::run(&app.app.public()).await.unwrap();
        for (table, rows) in [("security_events", 2), ("org_security_events", 0), ("purges", 0)] {
            assert_eq!(app.database.number(&format!("select count(*) from {table}")).await, rows, "{table}");
        }
    }

    async fn a_log_ends_with_its_account_or_its_organization(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        guesses(&app, "bob@example.com").await.is(401);
        bob.delete("/v1/me").await.is(204);
        assert_eq!(app.database.number("select count(*) from security_events").await, 1);
        guesses(&app, "bob@example.com").await.is(401);
        assert_eq!(app.database.number("select count(*) from security_events").await, 1);
        // What they did in the organization stays in its log.
        let entries = of_org(&ann, &acme).await;
        assert_eq!(kinds(&entries), ["member_joined", "member_joined", "member_removed"]);
        ann.delete(acme.path("?confirm=acme")).await.is(204);
        app.clock.advance(32 * DAY);
        purge::run(&app.app.public()).await.unwrap();
        assert_eq!(app.database.number("select count(*) from org_security_events").await, 0);
        assert_eq!(app.database.number("select count(*) from purges").await, 0);
    }

    async fn no_secret_is_in_it(app: TestApp) {
        let server = MailServer::start().await;
        let app = behind_a_proxy(&app, Some(&server)).await;
        let body = json!({ "email": EMAIL, "password": PASSWORD, "name": "Ann" });
        let session = app.anon().post("/v1/auth/signup", body).await.is(201);
        let ann = Actor::of_session(app.clone(), &session);
        let acme = ann.founds("Acme").await;
        let link = server.to(EMAIL).await.token();
        app.anon().post("/v1/auth/email/verify", json!({ "token": link })).await.is(204);
        let (script, _) = makes(&ann, &["read"], Some(&acme)).await;
        script.get(acme.path("/export?token=gh_in_the_query")).await;
        let own = Authenticator::of(&ann).await;
        let code = own.shows();
        let login = json!({ "email": EMAIL, "password": PASSWORD });
        let half = mfa_token(app.anon().post("/v1/auth/login", login).await);
        app.anon().post("/v1/auth/login", json!({ "email": EMAIL, "password": "a wrong guess" })).await.is(401);
        app.anon().post("/v1/auth/login/mfa", json!({ "mfa_token": half, "code": own.recovery_codes[0] })).await.is(200);
        ann.post("/v1/auth/confirm", json!({ "code": code })).await.is(204);
        let stored = Side::of(&app).await.stored().await;
        let log: String = ["security_events", "org_security_events"].iter().flat_map(|table| &stored[*table]).cloned().collect();
        assert!(log.contains("recovery_code_used") && log.contains("call_refused"), "{log}");
        let tokens = ["access_token", "refresh_token", "device_token"].map(|name| session[name].as_str().unwrap());
        let others = [PASSWORD, "a wrong guess", &link, &code, half.as_str().unwrap(), script.token.as_deref().unwrap(), "gh_in_the_query", EMAIL];
        for secret in tokens.iter().chain(&others).copied().chain(own.recovery_codes.iter().map(String::as_str)) {
            assert!(!log.contains(secret), "{secret}: {log}");
        }
    }

    async fn a_log_is_read_in_pages_and_by_kind_and_user(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        let (bob, _) = (acme.gets("Bob", "member").await, acme.gets("Eve", "admin").await);
        beta.gets("Zoe", "member").await;
        for _ in 0..3 {
            guesses(&app, EMAIL).await.is(401);
            bob.get(acme.path("/export")).await.refuses(403, "forbidden");
        }
        let path = acme.path("/security-log");
        for list in [MINE, &path] {
            let whole = ann.get(format!("{list}?limit=200")).await.is(200)["items"].clone();
            for size in [1, 2] {
                assert_eq!(json!(ann.walks(&format!("{list}?"), size).await), whole);
            }
            let cursor = ann.get(format!("{list}?limit=1")).await.is(200)["next_cursor"].as_str().unwrap().to_owned();
            for foreign in [beta.path("/security-log"), if list == MINE { path.clone() } else { MINE.into() }] {
                ann.get(format!("{foreign}?limit=1&cursor={cursor}")).await.refuses(422, "invalid_cursor");
            }
            ann.get(format!("{list}?kind=nonsense")).await.rejects("/kind", "invalid_value");
            ann.get(format!("{list}?since=0")).await.rejects("/since", "unknown_field");
        }
        let filtered = async |query: &str| ann.walks(&format!("{path}?{query}"), 2).await;
        assert_eq!(kinds(&filtered("kind=call_refused").await), ["call_refused"; 3]);
        assert_eq!(kinds(&filtered(&format!("user={}", bob.id)).await), ["call_refused", "call_refused", "call_refused", "member_joined"]);
        assert_eq!(kinds(&filtered(&format!("user={}", ann.id)).await), ["member_joined"]);
        assert_eq!(filtered("kind=call_refused,member_joined").await.len(), 3 + 3);
        assert_eq!(ann.walks(&format!("{MINE}?kind=sign_in_failed,signed_in"), 2).await.len(), 4);
        ann.get(format!("{MINE}?user={}", ann.id)).await.rejects("/user", "unknown_field");
    }
}
