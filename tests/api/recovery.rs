//! `/v1/auth/email`, `/v1/auth/password`, `/v1/me/email` and `/v1/me/password`: proving an address, getting back in.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::app::{config::EmailVerification, jobs};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Device, MailServer, Options, PASSWORD, TestApp, both_engines};

const NEW: &str = "quite another staple";

/// The same database, with mail.
async fn with_mail(app: &TestApp) -> (TestApp, MailServer) {
    let server = MailServer::start().await;
    let options = Options { mail: Some(server.clone()), ..Options::default() };
    (TestApp::start_on(app.database.clone(), app.clock.clone(), options).await, server)
}

fn login(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

async fn verifies(app: &TestApp, token: &str) -> Answer {
    app.anon().post("/v1/auth/email/verify", json!({ "token": token })).await
}

async fn resets(app: &TestApp, token: &str, password: &str) -> Answer {
    app.anon().post("/v1/auth/password/reset", json!({ "token": token, "password": password })).await
}

async fn forgets(app: &TestApp, email: &str) -> Answer {
    app.anon().post("/v1/auth/password/forgot", json!({ "email": email })).await
}

async fn changes_password(who: &Actor, current: &str, new: &str) -> Answer {
    let body = json!({ "current_password": current, "new_password": new });
    who.send(Method::PUT, "/v1/me/password", &[], Some(body)).await
}

mod verifying {
    use super::*;

    both_engines! {
        async fn comes_before_logging_in_where_it_is_required(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let body = json!({ "email": "Ann@Example.com", "password": PASSWORD, "name": "Ann" });
            let applied = app.anon().post("/v1/auth/signup", body).await.is(202);
            assert_eq!(applied, json!({ "status": "verification_required" }));
            app.anon().post("/v1/auth/login", login("ann@example.com", PASSWORD)).await.refuses(403, "email_unverified");
            // Who doesn't know the password isn't told.
            app.anon().post("/v1/auth/login", login("ann@example.com", "wrong")).await.refuses(401, "invalid_credentials");
            let token = server.to("Ann@Example.com").await.token();
            verifies(&app, &token).await.is(204);
            let ann = app.logs_in("ann@example.com").await;
            assert_eq!(ann.get("/v1/me").await.is(200)["email_verified"], true);
            verifies(&app, &token).await.refuses(410, "link_gone");
        }

        async fn fifty_times_at_once_happens_once(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
            app.anon().post("/v1/auth/signup", body).await.is(202);
            let token = server.to("ann@example.com").await.token();
            let answers = join_all((0..50).map(|_| verifies(&app, &token))).await;
            let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
            assert_eq!(done.len(), 1);
            for answer in refused {
                answer.refuses(410, "link_gone");
            }
        }

        async fn is_offered_where_it_is_optional(app: TestApp) {
            let server = MailServer::start().await;
            let options = Options { mail: Some(server.clone()), email_verification: Some(EmailVerification::Optional), ..Options::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
            let ann = app.signs_up("Ann").await;
            assert_eq!(ann.get("/v1/me").await.is(200)["email_verified"], false);
            verifies(&app, &server.to("ann@example.com").await.token()).await.is(204);
            assert_eq!(ann.get("/v1/me").await.is(200)["email_verified"], true);
        }

        async fn takes_the_newest_link_only_and_for_a_day(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
            app.anon().post("/v1/auth/signup", body).await.is(202);
            let first = server.to("ann@example.com").await.token();
            app.anon().post("/v1/auth/email/resend", json!({ "email": "ann@example.com" })).await.is(204);
            let second = server.to("ann@example.com").await.token();
            verifies(&app, &first).await.refuses(410, "link_gone");
            app.clock.advance(Duration::from_hours(24));
            verifies(&app, &second).await.refuses(410, "link_gone");
            app.anon().post("/v1/auth/email/resend", json!({ "email": "ann@example.com" })).await.is(204);
            verifies(&app, &server.to("ann@example.com").await.token()).await.is(204);
            // Nobody is told that there is nothing left to verify, and no mail is sent.
            let before = server.attempts();
            for email in ["ann@example.com", "nobody@example.com"] {
                app.anon().post("/v1/auth/email/resend", json!({ "email": email })).await.is(204);
            }
            app.database.waits_for("select count(*) from mail_requests", 0).await;
            app.database.waits_for("select count(*) from mails", 0).await;
            assert_eq!(server.attempts(), before);
        }

        async fn a_sign_up_with_a_taken_address_is_answered_like_any_and_told_to_its_holder(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            let body = |email: &str| json!({ "email": email, "password": NEW, "name": "Eve" });
            let taken = app.anon().post("/v1/auth/signup", body("ANN@example.com")).await.is(202);
            let free = app.anon().post("/v1/auth/signup", body("eve@example.com")).await.is(202);
            assert_eq!(taken, free);
            let mail = server.to("ann@example.com").await;
            assert_eq!(mail.subject, "You have an account already");
            assert!(mail.text.starts_with("Hello Ann,") && !mail.text.contains("Eve"), "{}", mail.text);
            app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.refuses(401, "invalid_credentials");
            assert_eq!(app.logs_in("ann@example.com").await.name, "Ann");
        }

        async fn a_sign_up_with_a_false_invitation_tells_nothing_about_the_address(app: TestApp) {
            let (app, _server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            let acme = ann.founds("Acme").await;
            let invitation = acme.path("/invitations");
            ann.post(invitation, json!({ "email": "bob@example.com", "role": "member" })).await.is(201);
            let bobs = app.mail_to("bob@example.com").await.token();
            for (token, status, code) in [("ghi_nonsense", 422, "invalid_input"), (&*bobs, 403, "invitation_email_mismatch")] {
                for email in ["ann@example.com", "nobody@example.com"] {
                    let body = json!({ "email": email, "password": PASSWORD, "name": "Eve", "invitation_token": token });
                    app.anon().post("/v1/auth/signup", body).await.refuses(status, code);
                }
            }
        }

        async fn a_link_takes_up_what_was_said_with_it_and_nothing_that_another_said(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            for (email, said) in [("ann@example.com", [(NEW, "Ann"), (PASSWORD, "Eve")]), ("ann@example.net", [(PASSWORD, "Eve"), (NEW, "Ann")])] {
                let mut tokens = Vec::new();
                for (password, name) in said {
                    let body = json!({ "email": email, "password": password, "name": name });
                    app.anon().post("/v1/auth/signup", body).await.is(202);
                    let mail = server.to(email).await;
                    assert!(mail.text.starts_with(&format!("Hello {name},")), "{}", mail.text);
                    tokens.push((name, mail.token()));
                }
                tokens.sort_unstable();
                verifies(&app, &tokens[0].1).await.is(204);
                verifies(&app, &tokens[1].1).await.refuses(410, "link_gone");
                app.anon().post("/v1/auth/login", login(email, PASSWORD)).await.refuses(401, "invalid_credentials");
                assert_eq!(app.anon().post("/v1/auth/login", login(email, NEW)).await.is(200)["user"]["name"], "Ann");
            }
        }

        async fn another_link_takes_up_what_was_said_last_and_none_outlives_a_reset(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let body = |password: &str, name: &str| json!({ "email": "ann@example.com", "password": password, "name": name });
            app.anon().post("/v1/auth/signup", body(PASSWORD, "Eve")).await.is(202);
            let eves = server.to("ann@example.com").await.token();
            app.anon().post("/v1/auth/signup", body(NEW, "Ann")).await.is(202);
            server.to("ann@example.com").await;
            app.anon().post("/v1/auth/email/resend", json!({ "email": "ann@example.com" })).await.is(204);
            let again = server.to("ann@example.com").await;
            assert!(again.text.starts_with("Hello Ann,"), "{}", again.text);
            forgets(&app, "ann@example.com").await.is(202);
            resets(&app, &server.to("ann@example.com").await.token(), "a third one, by mail").await.is(204);
            for token in [eves, again.token()] {
                verifies(&app, &token).await.refuses(410, "link_gone");
            }
            app.anon().post("/v1/auth/login", login("ann@example.com", "a third one, by mail")).await.is(200);
        }
    }
}

mod resetting {
    use super::*;

    both_engines! {
        async fn gives_another_password_and_ends_every_session(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            let other = ann.again().await;
            let script = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"] })).await.is(201);
            let script = ann.with_token(script["token"].as_str().unwrap());
            script.get("/v1/me").await.is(200);
            assert_eq!(forgets(&app, "ANN@example.com").await.is(202), json!({ "status": "mail_sent_if_known" }));
            let mail = server.to("ann@example.com").await;
            assert_eq!(mail.subject, "Choose a new password");
            resets(&app, &mail.token(), "weak").await.rejects("/password", "too_short");
            resets(&app, &mail.token(), "ann@example.com").await.rejects("/password", "too_weak");
            resets(&app, &mail.token(), NEW).await.is(204);
            script.get("/v1/me").await.refuses(401, "unauthenticated");
            for session in [&ann, &other] {
                session.get("/v1/me").await.refuses(401, "unauthenticated");
                app.anon().post("/v1/auth/refresh", json!({ "refresh_token": session.refresh_token })).await.refuses(401, "unauthenticated");
            }
            app.anon().post("/v1/auth/login", login("ann@example.com", PASSWORD)).await.refuses(401, "invalid_credentials");
            app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.is(200);
            resets(&app, &mail.token(), PASSWORD).await.refuses(410, "link_gone");
            assert_eq!(server.to("ann@example.com").await.subject, "Your password was changed");
        }

        async fn takes_the_newest_link_only_and_for_half_an_hour(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            forgets(&app, "ann@example.com").await.is(202);
            let first = server.to("ann@example.com").await.token();
            forgets(&app, "ann@example.com").await.is(202);
            let second = server.to("ann@example.com").await.token();
            resets(&app, &first, NEW).await.refuses(410, "link_gone");
            app.clock.advance(Duration::from_mins(30));
            resets(&app, &second, NEW).await.refuses(410, "link_gone");
            app.logs_in("ann@example.com").await;
        }

        async fn fifty_uses_of_a_link_at_once_give_one_password(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            forgets(&app, "ann@example.com").await.is(202);
            let token = server.to("ann@example.com").await.token();
            let tries = join_all((0..50).map(|n| {
                let (app, token) = (&app, &token);
                async move { (n, resets(app, token, &format!("{NEW} {n}")).await) }
            })).await;
            let mut won = Vec::new();
            for (n, answer) in tries {
                match answer.status {
                    204 => won.push(n),
                    _ => drop(answer.refuses(410, "link_gone")),
                }
            }
            assert_eq!(won.len(), 1);
            app.anon().post("/v1/auth/login", login("ann@example.com", &format!("{NEW} {}", won[0]))).await.is(200);
        }

        async fn proves_the_address(app: TestApp) {
            app.signs_up("Ann").await;
            let (app, server) = with_mail(&app).await;
            app.anon().post("/v1/auth/login", login("ann@example.com", PASSWORD)).await.refuses(403, "email_unverified");
            forgets(&app, "ann@example.com").await.is(202);
            let token = loop {
                let mail = server.to("ann@example.com").await;
                if mail.subject == "Choose a new password" {
                    break mail.token();
                }
            };
            resets(&app, &token, NEW).await.is(204);
            app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.is(200);
        }

        async fn what_was_never_sent_is_not_there_and_other_links_are_no_use(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
            app.anon().post("/v1/auth/signup", body).await.is(202);
            let verify = server.to("ann@example.com").await.token();
            forgets(&app, "ann@example.com").await.is(202);
            let reset = server.to("ann@example.com").await.token();
            resets(&app, &verify, NEW).await.refuses(404, "not_found");
            verifies(&app, &reset).await.refuses(404, "not_found");
            for token in ["ghm_nonsense", "x", &verify[1..], &format!("{verify}A")] {
                resets(&app, token, NEW).await.refuses(404, "not_found");
                verifies(&app, token).await.refuses(404, "not_found");
            }
            let long = "a".repeat(201);
            resets(&app, &long, NEW).await.rejects("/token", "too_long");
            verifies(&app, "").await.rejects("/token", "too_short");
            verifies(&app, &verify).await.is(204);
        }

        async fn nobody_without_an_account_or_who_was_disabled_gets_a_mail(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            app.database.run("update users set disabled_at = 1").await;
            let before = server.attempts();
            for email in ["ann@example.com", "nobody@example.com"] {
                forgets(&app, email).await.is(202);
            }
            app.database.waits_for("select count(*) from mail_requests", 0).await;
            app.database.waits_for("select count(*) from mails", 0).await;
            assert_eq!(server.attempts(), before);
        }

        async fn ends_what_a_thief_had_begun(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            for reset in [true, false] {
                app.clock.advance(Duration::from_mins(16));
                let thief = ann.again().await;
                thief.post("/v1/me/email", json!({ "email": "thief@example.com" })).await.is(202);
                let link = server.to("thief@example.com").await.token();
                if reset {
                    forgets(&app, "ann@example.com").await.is(202);
                    resets(&app, &server.to("ann@example.com").await.token(), PASSWORD).await.is(204);
                } else {
                    changes_password(&ann.again().await, PASSWORD, NEW).await.is(204);
                }
                verifies(&app, &link).await.refuses(410, "link_gone");
                assert_eq!(server.to("ann@example.com").await.subject, "Your password was changed");
            }
            app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.is(200);
        }

        async fn is_over_with_any_new_password_or_address(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            forgets(&app, "ann@example.com").await.is(202);
            let link = server.to("ann@example.com").await.token();
            changes_password(&ann, PASSWORD, NEW).await.is(204);
            resets(&app, &link, PASSWORD).await.refuses(410, "link_gone");
            assert_eq!(server.to("ann@example.com").await.subject, "Your password was changed");
            forgets(&app, "ann@example.com").await.is(202);
            let link = server.to("ann@example.com").await.token();
            ann.post("/v1/me/email", json!({ "email": "new@example.com" })).await.is(202);
            verifies(&app, &server.to("new@example.com").await.token()).await.is(204);
            // Whoever has the old mailbox now has no way in.
            resets(&app, &link, PASSWORD).await.refuses(410, "link_gone");
        }

        async fn cannot_be_kept_from_somebody_by_asking_for_other_mails(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            app.clock.advance(Duration::from_mins(16));
            for _ in 0..10 {
                app.anon().post("/v1/auth/email/resend", json!({ "email": "ann@example.com" })).await.is(204);
            }
            forgets(&app, "ann@example.com").await.is(202);
            assert_eq!(server.to("ann@example.com").await.subject, "Choose a new password");
        }

        async fn no_link_is_any_use_to_who_was_disabled(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            ann.post("/v1/me/email", json!({ "email": "new@example.com" })).await.is(202);
            forgets(&app, "ann@example.com").await.is(202);
            let (change, reset) = (server.to("new@example.com").await.token(), server.to("ann@example.com").await.token());
            let body = json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob" });
            app.anon().post("/v1/auth/signup", body).await.is(202);
            let verify = server.to("bob@example.com").await.token();
            app.database.run("update users set disabled_at = 1").await;
            verifies(&app, &change).await.refuses(410, "link_gone");
            verifies(&app, &verify).await.refuses(410, "link_gone");
            resets(&app, &reset, NEW).await.refuses(410, "link_gone");
            assert_eq!(app.database.number("select count(*) from users where email = 'ann@example.com'").await, 1);
            assert_eq!(app.database.number("select count(*) from users where email_verified_at is not null").await, 1);
            app.database.run("update users set disabled_at = null").await;
            app.logs_in("ann@example.com").await;
        }

        async fn nor_does_a_sign_up_where_their_sessions_are_long_forgotten(app: TestApp) {
            let squatter = app.signs_up_as("Squatter", "ann@example.com").await;
            let mut phone = Device::new();
            phone.registers(&squatter, "Phone").await.is(201);
            app.clock.advance(Duration::from_hours(181 * 24));
            jobs::sweep(&app.app.public()).await.unwrap();
            let (app, server) = with_mail(&app).await;
            let new = json!({ "email": "ann@example.com", "password": NEW, "name": "Ann" });
            app.anon().post("/v1/auth/signup", new).await.is(202);
            let link = loop {
                let mail = server.to("ann@example.com").await;
                if mail.text.contains("#token=") && mail.text.contains("Hello Ann,") {
                    break mail.token();
                }
            };
            verifies(&app, &link).await.is(204);
            app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.is(200);
            phone.logs_in(&app).await.refuses(401, "passkey_refused");
        }

        async fn leaves_nothing_to_who_signed_up_with_somebody_elses_address(app: TestApp) {
            let squatter = app.signs_up_as("Squatter", "ann@example.com").await;
            let body = json!({ "name": "Script", "scopes": ["read", "write"] });
            let token = squatter.post("/v1/me/tokens", body).await.is(201);
            let mut phone = Device::new();
            phone.registers(&squatter, "Phone").await.is(201);
            let (app, _server) = with_mail(&app).await;
            forgets(&app, "ann@example.com").await.is(202);
            let link = app.mail_about("ann@example.com", "Choose a new password").await.token();
            resets(&app, &link, NEW).await.is(204);
            squatter.with_token(token["token"].as_str().unwrap()).get("/v1/me").await.refuses(401, "unauthenticated");
            phone.logs_in(&app).await.refuses(401, "passkey_refused");
            // Whose address is proved, keeps theirs.
            let ann = Actor::of_session(app.clone(), &app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.is(200));
            phone.registers(&ann, "Phone").await.is(201);
            forgets(&app, "ann@example.com").await.is(202);
            let link = app.mail_about("ann@example.com", "Choose a new password").await.token();
            resets(&app, &link, PASSWORD).await.is(204);
            phone.logs_in(&app).await.is(200);
        }

        async fn is_mailed_to_any_address_that_could_sign_up(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            for email in ["\u{130}pek@example.com", "x\u{bd}@example.com"] {
                let body = json!({ "email": email, "password": PASSWORD, "name": "Ipek" });
                app.anon().post("/v1/auth/signup", body).await.is(202);
                forgets(&app, email).await.is(202);
                app.database.waits_for("select count(*) from mail_requests", 0).await;
                assert_eq!(app.database.number("select count(*) from mail_tokens where kind = 'reset'").await, 1, "{email}");
                app.database.run("delete from mail_tokens").await;
            }
            drop(server);
        }

        async fn nobody_is_buried_in_mail(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            app.clock.advance(Duration::from_mins(16));
            let before = server.attempts();
            for answer in join_all((0..20).map(|_| forgets(&app, "ann@example.com"))).await {
                answer.is(202);
            }
            app.database.waits_for("select count(*) from mail_requests", 0).await;
            app.database.waits_for("select count(*) from mails", 0).await;
            assert_eq!(server.attempts() - before, 5);
        }
    }
}

mod changing_the_password {
    use super::*;

    both_engines! {
        async fn takes_the_current_one_and_ends_the_other_sessions(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            let other = ann.again().await;
            changes_password(&ann, "wrong", NEW).await.refuses(401, "invalid_credentials");
            changes_password(&ann, PASSWORD, "password").await.rejects("/new_password", "too_weak");
            changes_password(&ann, PASSWORD, NEW).await.is(204);
            ann.get("/v1/me").await.is(200);
            app.anon().post("/v1/auth/refresh", json!({ "refresh_token": ann.refresh_token })).await.is(200);
            other.get("/v1/me").await.refuses(401, "unauthenticated");
            app.anon().post("/v1/auth/refresh", json!({ "refresh_token": other.refresh_token })).await.refuses(401, "unauthenticated");
            assert_eq!(server.to("ann@example.com").await.subject, "Your password was changed");
            app.anon().post("/v1/auth/login", login("ann@example.com", NEW)).await.is(200);
        }

        async fn ten_at_once_from_one_password_give_one(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let tries = join_all((0..10).map(|n| {
                let ann = &ann;
                async move { changes_password(ann, PASSWORD, &format!("{NEW} {n}")).await.status }
            })).await;
            assert_eq!(tries.iter().filter(|status| **status == 204).count(), 1, "{tries:?}");
            assert!(tries.iter().all(|status| [204, 401].contains(status)), "{tries:?}");
        }

        async fn a_session_that_begins_with_the_old_one_meanwhile_is_over(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            app.signs_up_by_mail("Ann").await;
            for round in 0..5 {
                // Mails to one address are counted.
                app.clock.advance(Duration::from_mins(16));
                let (old, new) = (format!("{PASSWORD}{}", " x".repeat(round)), format!("{PASSWORD}{}", " x".repeat(round + 1)));
                forgets(&app, "ann@example.com").await.is(202);
                let token = loop {
                    let mail = server.to("ann@example.com").await;
                    if mail.subject == "Choose a new password" {
                        break mail.token();
                    }
                };
                let logins = async {
                    let mut sessions = Vec::new();
                    for _ in 0..8 {
                        let answer = app.anon().post("/v1/auth/login", login("ann@example.com", &old)).await;
                        if answer.status == 200 {
                            sessions.push(Actor::of_session(app.clone(), &answer.body));
                        }
                    }
                    sessions
                };
                let (sessions, reset) = tokio::join!(logins, resets(&app, &token, &new));
                reset.is(204);
                for session in sessions {
                    session.get("/v1/me").await.refuses(401, "unauthenticated");
                }
            }
        }
    }
}

mod changing_the_address {
    use super::*;

    both_engines! {
        async fn is_proved_by_mail_and_told_to_the_old_one(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            let other = ann.again().await;
            ann.post("/v1/me/email", json!({ "email": "Ann.New@Example.com" })).await.is(202);
            let mail = server.to("Ann.New@Example.com").await;
            assert_eq!(mail.subject, "Confirm your new e-mail address");
            assert_eq!(ann.get("/v1/me").await.is(200)["email"], "ann@example.com");
            verifies(&app, &mail.token()).await.is(204);
            let me = ann.get("/v1/me").await.is(200);
            assert_eq!((&me["email"], &me["email_verified"]), (&json!("Ann.New@Example.com"), &json!(true)));
            other.get("/v1/me").await.refuses(401, "unauthenticated");
            let told = server.to("ann@example.com").await;
            assert!(told.subject == "Your e-mail address was changed" && told.text.contains("Ann.New@Example.com"), "{}", told.text);
            app.anon().post("/v1/auth/login", login("ann@example.com", PASSWORD)).await.refuses(401, "invalid_credentials");
            app.logs_in("ann.new@example.com").await;
            // The old address is free.
            app.signs_up_by_mail("Ann").await;
        }

        async fn to_one_that_is_taken_is_answered_alike_and_told_to_its_holder(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            app.signs_up_by_mail("Bob").await;
            let taken = ann.post("/v1/me/email", json!({ "email": "BOB@example.com" })).await.is(202);
            let free = ann.post("/v1/me/email", json!({ "email": "free@example.com" })).await.is(202);
            assert_eq!(taken, free);
            assert_eq!(server.to("bob@example.com").await.subject, "This address has an account already");
            assert_eq!(server.to("free@example.com").await.subject, "Confirm your new e-mail address");
        }

        async fn is_answered_alike_however_often_it_is_asked(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            app.signs_up("Bob").await;
            let mut answers = Vec::new();
            for email in ["bob@example.com", "free@example.com"] {
                for _ in 0..7 {
                    answers.push(ann.post("/v1/me/email", json!({ "email": email })).await.status);
                }
            }
            assert_eq!(answers[..7], answers[7..]);
        }

        async fn to_one_that_was_taken_meanwhile_changes_nothing(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let ann = app.signs_up_by_mail("Ann").await;
            ann.post("/v1/me/email", json!({ "email": "zoe@example.com" })).await.is(202);
            let token = server.to("zoe@example.com").await.token();
            app.signs_up_by_mail("Zoe").await;
            verifies(&app, &token).await.refuses(409, "email_taken");
            assert_eq!(ann.get("/v1/me").await.is(200)["email"], "ann@example.com");
            app.logs_in("ann@example.com").await;
        }

        async fn two_who_want_the_same_give_one_that_has_it(app: TestApp) {
            let (app, server) = with_mail(&app).await;
            let mut tokens = Vec::new();
            for name in ["Ann", "Bob"] {
                let who = app.signs_up_by_mail(name).await;
                who.post("/v1/me/email", json!({ "email": "shared@example.com" })).await.is(202);
                tokens.push(server.to("shared@example.com").await.token());
            }
            let answers = join_all(tokens.iter().map(|token| verifies(&app, token))).await;
            let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [204, 409]);
        }

        async fn takes_a_session_that_proved_itself(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            app.clock.advance(Duration::from_mins(10));
            let ann = ann.refreshed().await;
            ann.post("/v1/me/email", json!({ "email": "new@example.com" })).await.refuses(403, "confirmation_required");
            ann.post("/v1/me/email", json!({ "email": 7 })).await.refuses(403, "confirmation_required");
            ann.post("/v1/auth/confirm", json!({ "password": PASSWORD })).await.is(204);
            ann.post("/v1/me/email", json!({ "email": "new@example.com" })).await.is(202);
        }
    }
}
