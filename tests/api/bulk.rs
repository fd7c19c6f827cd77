//! Inviting many, and how the invited are reminded.

use std::time::Duration;

use guildhall::app::{config::Proxies, edge, server};
use serde_json::{Value, json};

use crate::support::{MailServer, Options, TestApp, both_engines, each};

fn member(email: &str) -> Value {
    json!({ "email": email, "role": "member" })
}

/// Addresses that nobody has.
fn crowd(from: usize, how_many: usize) -> Value {
    let all = (from..from + how_many).map(|n| member(&format!("guest{n}@example.com")));
    json!({ "invitations": all.collect::<Vec<_>>() })
}

/// A server with mail on the same database.
async fn with_mail(app: &TestApp) -> (TestApp, MailServer) {
    let server = MailServer::start().await;
    let options = Options { mail: Some(server.clone()), ..Options::default() };
    (TestApp::start_on(app.database.clone(), app.clock.clone(), options).await, server)
}

/// What Prometheus is told.
async fn metrics_of(app: &TestApp) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/metrics", listener.local_addr().unwrap());
    let router = guildhall::app::metrics::router(app.app.clone());
    tokio::spawn(server::serve(
        listener,
        router,
        edge::Limits::default(),
        Proxies::default(),
        std::future::pending(),
    ));
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

both_engines! {
    async fn each_has_a_result_of_its_own(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let eve = acme.gets("Eve", "admin").await;
        ann.post(acme.path("/invitations"), member("pending@example.com")).await.is(201);
        let seq = acme.last_seq().await;
        let body = json!({ "invitations": [
            member("new@example.com"), member("EVE@example.com"), member("pending@example.com"), member("no address"),
            { "email": "boss@example.com", "role": "owner" }, member("New@Example.com"), { "email": "two@example.com", "role": "admin" },
        ] });
        let answer = eve.post(acme.path("/invitations/bulk"), body).await.is(200);
        let results = &answer["results"];
        let statuses: Vec<i64> = results.as_array().unwrap().iter().map(|one| one["status"].as_i64().unwrap()).collect();
        assert_eq!(statuses, [201, 409, 409, 422, 403, 409, 201]);
        let codes: Vec<&str> =
            results.as_array().unwrap().iter().filter_map(|one| one["error"]["code"].as_str()).collect();
        assert_eq!(codes, ["already_member", "already_invited", "invalid_input", "forbidden", "already_invited"]);
        assert_eq!(results[3]["error"]["errors"][0]["pointer"], "/invitations/3/email");
        assert_eq!(each(results, "/email")[5], "New@Example.com");
        // Those that were invited are, and nobody else; each with an entry.
        let pending = ann.get(acme.path("/invitations?state=pending")).await.is(200);
        assert_eq!(each(&pending["items"], "/email"), ["two@example.com", "new@example.com", "pending@example.com"]);
        assert_eq!(acme.last_seq().await, seq + 2);
        let two = app.signs_up("Two").await;
        two.post("/v1/invitations/accept", json!({ "token": results[6]["invitation"]["token"] })).await.is(200);
    }

    async fn a_hundred_at_most_and_one_at_least(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bulk = acme.path("/invitations/bulk");
        ann.post(&bulk, crowd(0, 101)).await.rejects("/invitations", "too_long");
        ann.post(&bulk, json!({ "invitations": [] })).await.rejects("/invitations", "too_short");
        ann.post(&bulk, json!({ "invitations": [{ "email": "a@example.com", "role": "boss" }] })).await.rejects("/invitations/0/role", "invalid_value");
        let results = ann.post(&bulk, crowd(0, 100)).await.is(200);
        assert!(results["results"].as_array().unwrap().iter().all(|one| one["status"] == 201));
    }

    async fn nobody_invites_without_end(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        let eve = acme.gets("Eve", "admin").await;
        ann.post(acme.path("/invitations/bulk"), crowd(0, 100)).await.is(200);
        let rest = ann.post(other.path("/invitations/bulk"), crowd(0, 100)).await.is(200);
        // One of the 200 was Eve's.
        assert_eq!(rest["results"][98]["status"], 201);
        assert_eq!((&rest["results"][99]["status"], &rest["results"][99]["error"]["code"]), (&json!(429), &json!("too_many_attempts")));
        let refusal = ann.post(acme.path("/invitations"), member("late@example.com")).await;
        assert!(!refusal.header("retry-after").is_empty());
        refusal.refuses(429, "too_many_attempts");
        let pending = ann.get(acme.path("/invitations?limit=1")).await.is(200);
        let resend = acme.path(&format!("/invitations/{}/resend", pending["items"][0]["id"].as_str().unwrap()));
        ann.posts(&resend).await.refuses(429, "too_many_attempts");
        // Others still may, and so may Ann after a while.
        eve.post(acme.path("/invitations"), member("late@example.com")).await.is(201);
        app.clock.advance(Duration::from_mins(15));
        ann.again().await.post(acme.path("/invitations"), member("later@example.com")).await.is(201);
    }

    async fn an_organization_does_not_invite_without_end(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut sent = 0;
        for n in 0..3 {
            let admin = acme.gets(&format!("Admin {n}"), "admin").await;
            for bulk in 0..2 {
                let answer = admin.post(acme.path("/invitations/bulk"), crowd(n * 200 + bulk * 100, 100)).await.is(200);
                sent += answer["results"].as_array().unwrap().iter().filter(|one| one["status"] == 201).count();
                // The limit on what is pending is another matter.
                app.database.run("update invitations set state = 'revoked' where state = 'pending'").await;
            }
        }
        assert_eq!(sent, 500 - 3);
    }

    async fn the_invited_are_reminded_once_before_the_end(app: TestApp) {
        let (app, server) = with_mail(&app).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let acme = ann.founds("Acme").await;
        for name in ["late", "quick", "unwanted", "again"] {
            let invited = member(&format!("{name}@example.com"));
            let invitation = ann.post(acme.path("/invitations"), invited).await.is(201);
            let id = invitation["id"].as_str().unwrap();
            let mail = app.mail_to(&format!("{name}@example.com")).await;
            assert_eq!(mail.subject, "Ann invites you to Acme");
            match name {
                "quick" => {
                    let body = json!({ "email": "quick@example.com", "password": crate::support::PASSWORD, "name": "Quick",
                                       "invitation_token": mail.token() });
                    app.anon().post("/v1/auth/signup", body).await.is(201);
                }
                "unwanted" => drop(ann.delete(acme.path(&format!("/invitations/{id}"))).await.is(204)),
                "again" => {
                    ann.posts(acme.path(&format!("/invitations/{id}/resend"))).await.is(200);
                    app.mail_to("again@example.com").await;
                }
                _ => {}
            }
        }
        // What waits for its day is no backlog.
        let waiting = "select count(*) from mails";
        app.database.waits_for(waiting, 2).await;
        for days_later in [0, 4] {
            app.clock.advance(Duration::from_hours(days_later * 24));
            assert!(metrics_of(&app).await.contains("guildhall_mails_waiting 0"), "{}", metrics_of(&app).await);
            assert_eq!(app.database.number(waiting).await, 2);
        }
        app.clock.advance(Duration::from_hours(24));
        let reminder = app.mail_to("late@example.com").await;
        assert_eq!(reminder.subject, "Acme still waits for you");
        let offer = app.anon().post("/v1/invitations/lookup", json!({ "token": reminder.token() })).await.is(200);
        assert_eq!(offer["organization"]["name"], "Acme");
        app.mail_to("again@example.com").await;
        app.database.waits_for(waiting, 0).await;
        assert_eq!(server.left().len(), 0, "one each, and none to who accepted or was taken back");
    }

    async fn nobody_is_reminded_of_what_is_deleted_or_disabled(app: TestApp) {
        let (app, server) = with_mail(&app).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let beta = ann.founds("Beta").await;
        ann.post(beta.path("/invitations"), member("cy@example.com")).await.is(201);
        app.mail_to("cy@example.com").await;
        app.operator().posts("/v1/admin/orgs/beta/disable").await.is(200);
        let acme = ann.founds("Acme").await;
        ann.post(acme.path("/invitations"), member("bob@example.com")).await.is(201);
        app.mail_to("bob@example.com").await;
        ann.delete(acme.path("?dry_run=true")).await.is(200);
        ann.delete(acme.path("?confirm=acme")).await.is(204);
        let told = app.mail_to("ann@example.com").await;
        assert_eq!(told.subject, "Acme was deleted");
        assert!(told.text.contains("Ann deleted Acme."), "{}", told.text);
        app.database.waits_for("select count(*) from mails", 0).await;
        assert_eq!(server.left().len(), 0);
    }

    async fn nobody_is_reminded_of_what_they_can_no_longer_accept(app: TestApp) {
        let (app, server) = with_mail(&app).await;
        let ann = app.signs_up_by_mail("Ann").await;
        let acme = ann.founds("Acme").await;
        ann.post(acme.path("/invitations"), member("bob@example.com")).await.is(201);
        app.mail_to("bob@example.com").await;
        // As if no mail had been sent for some days.
        app.clock.advance(Duration::from_hours(7 * 24));
        app.database.waits_for("select count(*) from mails", 0).await;
        assert_eq!(server.left().len(), 0);
    }
}
