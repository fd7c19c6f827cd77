//! The outbox: what is sent, when it is tried again, when it is given up.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Engine, MailServer, Manners, Options, PASSWORD, TestApp, both_engines};

async fn with_mail(engine: Engine) -> (TestApp, MailServer) {
    let server = MailServer::start().await;
    let options = Options { mail: Some(server.clone()), ..Options::default() };
    (TestApp::start_with(engine, options).await, server)
}

async fn with_server(app: &TestApp, server: &MailServer) -> TestApp {
    let options = Options { mail: Some(server.clone()), ..Options::default() };
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

fn ann_at(email: &str) -> serde_json::Value {
    json!({ "email": email, "password": PASSWORD, "name": "Zo\u{eb}" })
}

async fn mails(app: &TestApp) -> (i64, i64) {
    let count = async |which: &str| {
        app.database.number(&format!("select count(*) from mails where due_at is {which}")).await
    };
    (count("not null").await, count("null").await)
}

/// Waits until what became of the mails is written down, which is after the server's answer: so many wait, so many are
/// given up.
async fn settled(app: &TestApp, (waiting, dead): (i64, i64)) {
    app.database.waits_for("select count(*) from mails where due_at is not null", waiting).await;
    app.database.waits_for("select count(*) from mails where due_at is null", dead).await;
}

both_engines! {
    async fn a_mail_has_two_parts_says_whom_it_is_from_and_leaves_nothing_behind(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        let body = json!({ "email": "Zoë.Müller@Example.com", "password": PASSWORD, "name": "Zoë <b>Müller</b>" });
        app.anon().post("/v1/auth/signup", body).await.is(202);
        let mail = server.to("Zoë.Müller@Example.com").await;
        assert_eq!(mail.subject, "Verify your e-mail address");
        assert!(mail.text.starts_with("Hello Zoë <b>Müller</b>,"), "{}", mail.text);
        assert!(mail.html.contains("Hello Zoë &lt;b&gt;Müller&lt;"), "{}", mail.html);
        assert!(mail.text.contains("http://guildhall.test/verify-email#token=ghm_"), "{}", mail.text);
        assert!(mail.html.contains(&mail.token()));
        assert!(mail.raw.contains("From: Guildhall <no-reply@guildhall.test>"), "{}", mail.raw);
        assert!(mail.message_id.ends_with("@guildhall.test"));
        settled(&app, (0, 0)).await;
    }

    async fn a_relay_on_this_machine_is_encrypted_to_with_any_certificate(app: TestApp) {
        let relay = MailServer::start_with(Manners { starttls: true, ..Manners::default() }).await;
        let near = with_server(&app, &relay).await;
        near.anon().post("/v1/auth/signup", ann_at("ann@example.com")).await.is(202);
        relay.to("ann@example.com").await;
        settled(&near, (0, 0)).await;
        // Told to insist, it doesn't send to whoever can't prove who they are, and keeps the mail.
        let options = Options { mail: Some(relay.with("?tls=required")), ..Options::default() };
        let strict = TestApp::start_with(app.database.engine(), options).await;
        let before = relay.attempts();
        strict.anon().post("/v1/auth/signup", ann_at("bob@example.com")).await.is(202);
        strict.database.waits_for("select count(*) from mails where error is not null and due_at is not null", 1).await;
        let error = strict.database.text("select error from mails").await;
        assert!(error.contains("certificate") && relay.attempts() == before, "{error}");
    }

    async fn an_old_server_with_a_login_and_a_long_greeting_is_sent_plain_ascii(app: TestApp) {
        let old = MailServer::start_with(Manners {
            greeting: "220-mail.example.com ESMTP\r\n220-No unsolicited mail\r\n220 ready",
            extensions: &[],
            login: Some(("gu\u{ef}ld@hall", "p/w#:% +&?")),
            says_goodbye: false,
            ..Manners::default()
        }).await;
        let app = with_server(&app, &old).await;
        app.anon().post("/v1/auth/signup", ann_at("ann@example.com")).await.is(202);
        let mail = old.to("ann@example.com").await;
        assert!(mail.raw.is_ascii() && mail.text.starts_with("Hello Zo\u{eb},"), "{}", mail.raw);
        // Taken is taken, though it never answers the goodbye.
        settled(&app, (0, 0)).await;
    }

    async fn a_host_beyond_ascii_needs_no_extension(app: TestApp) {
        let old = MailServer::start_with(Manners { extensions: &[], ..Manners::default() }).await;
        let app = with_server(&app, &old).await;
        app.anon().post("/v1/auth/signup", ann_at("ann@b\u{fc}cher.example")).await.is(202);
        let token = old.to("ann@xn--bcher-kva.example").await.token();
        app.anon().post("/v1/auth/email/verify", json!({ "token": token })).await.is(204);
        assert_eq!(app.logs_in("ann@b\u{fc}cher.example").await.get("/v1/me").await.is(200)["email"], "ann@b\u{fc}cher.example");
        settled(&app, (0, 0)).await;
    }

    async fn an_address_that_no_mail_can_reach_is_refused_when_it_is_set(app: TestApp) {
        let old = MailServer::start_with(Manners { extensions: &["8BITMIME"], ..Manners::default() }).await;
        let app = with_server(&app, &old).await;
        app.app.sending().learn().await;
        let refused = "z\u{f6}e@example.com";
        app.anon().post("/v1/auth/signup", ann_at(refused)).await.rejects("/email", "undeliverable");
        let olga = app.signs_up_by_mail("Olga").await;
        olga.post("/v1/me/email", json!({ "email": refused })).await.rejects("/email", "undeliverable");
        let acme = olga.founds("Acme").await;
        olga.post(acme.path("/invitations"), json!({ "email": refused, "role": "member" })).await.rejects("/email", "undeliverable");
        assert_eq!(mails(&app).await, (0, 0));
        // One from before is given up at once, and says why.
        let earlier = TestApp::start_on(app.database.clone(), app.clock.clone(), Options::default()).await;
        earlier.anon().post("/v1/auth/signup", ann_at(refused)).await.is(201);
        settled(&app, (0, 1)).await;
        assert!(app.database.text("select error from mails").await.contains("SMTPUTF8"));
    }

    async fn whom_the_server_does_not_let_in_tries_again_later(app: TestApp) {
        for greeting in ["554 no service here", "421 too many connections"] {
            let closed = MailServer::start_with(Manners { greeting, ..Manners::default() }).await;
            let app = with_server(&app, &closed).await;
            app.anon().post("/v1/auth/signup", ann_at(&format!("a{}@example.com", &greeting[..3]))).await.is(202);
            let told = format!("select count(*) from mails where due_at is not null and error like '%{}%'", &greeting[4..]);
            app.database.waits_for(&told, 1).await;
        }
    }

    async fn a_name_adds_no_header(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        let olga = app.signs_up_by_mail("Olga").await;
        for end in ["\r\n", "\n", "\u{2028}"] {
            let name = format!("Acme{end}Bcc: eve@example.com");
            olga.post("/v1/orgs", json!({ "name": name })).await.rejects("/name", "invalid_text");
        }
        let org = olga.post("/v1/orgs", json!({ "name": "Acme Bcc: eve@example.com" })).await.is(201);
        let path = format!("/v1/orgs/{}/invitations", org["id"].as_str().unwrap());
        olga.post(path, json!({ "email": "bob@example.com", "role": "member" })).await.is(201);
        let mail = server.to("bob@example.com").await;
        assert!(!mail.raw.to_lowercase().contains("\nbcc"), "{}", mail.raw);
        assert!(server.left().iter().all(|mail| mail.to != "eve@example.com"));
    }

    async fn what_the_server_puts_off_is_tried_again_later_as_the_same_mail(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        server.refuses_next("451 later");
        server.refuses_next("421 not now");
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
        app.anon().post("/v1/auth/signup", body).await.is(202);
        server.offered(1).await;
        for (attempt, wait) in [(1, 11), (2, 61)] {
            let put_off = format!("select count(*) from mails where attempts = {attempt} and error is not null");
            app.database.waits_for(&put_off, 1).await;
            app.clock.advance(Duration::from_secs(wait));
            server.offered(attempt + 1).await;
        }
        let mail = server.to("ann@example.com").await;
        app.anon().post("/v1/auth/email/verify", json!({ "token": mail.token() })).await.is(204);
        settled(&app, (0, 0)).await;
        assert_eq!(server.attempts(), 3);
    }

    async fn what_the_server_refuses_for_good_is_given_up_and_its_text_thrown_away(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        server.refuses_next("550 nobody here");
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
        app.anon().post("/v1/auth/signup", body).await.is(202);
        server.offered(1).await;
        settled(&app, (0, 1)).await;
        assert_eq!(app.database.text("select sealed from mails").await, "");
        assert!(app.database.text("select error from mails").await.contains("nobody here"));
    }

    async fn after_the_last_attempt_a_mail_is_given_up(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        for _ in 0..8 {
            server.refuses_next("451 never");
        }
        let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
        app.anon().post("/v1/auth/signup", body).await.is(202);
        for attempt in 1..8 {
            server.offered(attempt).await;
            app.database.waits_for(&format!("select count(*) from mails where attempts = {attempt} and error is not null"), 1).await;
            app.clock.advance(Duration::from_hours(7));
        }
        server.offered(8).await;
        settled(&app, (0, 1)).await;
    }

    async fn two_nodes_send_a_mail_once(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        let options = || Options { mail: Some(server.clone()), ..Options::default() };
        let second = TestApp::start_on(app.database.clone(), app.clock.clone(), options()).await;
        let third = TestApp::start_on(app.database.clone(), app.clock.clone(), options()).await;
        let nodes = [&app, &second, &third];
        join_all((0..30).map(|n| {
            let body = json!({ "email": format!("user{n}@example.com"), "password": PASSWORD, "name": "User" });
            let node = nodes[n % 3].anon();
            async move { node.post("/v1/auth/signup", body).await.is(202) }
        })).await;
        for n in 0..30 {
            server.to(&format!("user{n}@example.com")).await;
        }
        settled(&app, (0, 0)).await;
        assert_eq!((server.attempts(), server.left().len()), (30, 0));
    }

    async fn what_rests_in_the_outbox_can_not_be_read_there(app: TestApp) {
        // Without the jobs, nothing is sent.
        let ann = app.signs_up("Ann").await;
        assert_eq!(mails(&app).await, (1, 0));
        let sealed = app.database.text("select sealed from mails").await;
        assert!(!sealed.contains("ann@") && !sealed.contains("ghm_") && !ann.email.is_empty());
    }

    async fn a_refused_request_sends_nothing(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        let olga = app.signs_up_by_mail("Olga").await;
        let acme = olga.founds("Acme").await;
        let before = server.attempts();
        olga.post(acme.path("/invitations"), json!({ "email": "olga@example.com", "role": "member" })).await.refuses(409, "already_member");
        app.anon().post("/v1/auth/signup", json!({ "email": "bob@example.com", "password": "weak", "name": "Bob" })).await.is(422);
        assert_eq!((mails(&app).await, server.attempts()), ((0, 0), before));
    }

    async fn nobody_is_buried_in_invitations(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        let olga = app.signs_up_by_mail("Olga").await;
        let (acme, other) = (olga.founds("Acme").await, olga.founds("Other").await);
        let body = json!({ "email": "Bob@example.com", "role": "member" });
        let invitation = olga.post(acme.path("/invitations"), body.clone()).await.is(201);
        let resend = acme.path(&format!("/invitations/{}/resend", invitation["id"].as_str().unwrap()));
        for _ in 0..4 {
            olga.posts(&resend).await.is(200);
        }
        for _ in 0..5 {
            server.to("Bob@example.com").await;
        }
        let seq = acme.last_seq().await;
        olga.posts(&resend).await.refuses(429, "too_many_attempts");
        olga.post(other.path("/invitations"), body).await.refuses(429, "too_many_attempts");
        // The reminder waits for its day.
        assert_eq!((acme.last_seq().await, mails(&app).await), (seq, (1, 0)));
        app.clock.advance(Duration::from_mins(15));
        olga.refreshed().await.posts(&resend).await.is(200);
        server.to("Bob@example.com").await;
    }

    async fn an_invitation_goes_to_the_invited_only(app: TestApp) {
        let (app, server) = with_mail(app.database.engine()).await;
        let olga = app.signs_up_by_mail("Olga").await;
        let acme = olga.founds("Acme & Sons").await;
        let invitation = olga.post(acme.path("/invitations"), json!({ "email": "bob@example.com", "role": "admin" })).await.is(201);
        assert_eq!((invitation.get("token"), invitation.get("url")), (None, None));
        let mail = server.to("bob@example.com").await;
        assert_eq!(mail.subject, "Olga invites you to Acme & Sons");
        assert!(mail.text.contains("as admin") && mail.html.contains("Acme &amp; Sons"), "{}", mail.html);
        let resent = olga.posts(acme.path(&format!("/invitations/{}/resend", invitation["id"].as_str().unwrap()))).await.is(200);
        assert_eq!(resent.get("token"), None);
        let newer = server.to("bob@example.com").await;
        let signup = |token: String| json!({ "email": "bob@example.com", "password": PASSWORD, "name": "Bob", "invitation_token": token });
        app.anon().post("/v1/auth/signup", signup(mail.token())).await.rejects("/invitation_token", "invitation_gone");
        // The token proves the address: no other mail is needed.
        let session = app.anon().post("/v1/auth/signup", signup(newer.token())).await.is(201);
        assert_eq!(session["user"]["email_verified"], true);
    }
}
