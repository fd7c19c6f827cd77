//! `GET /v1/me/changes`: one copy of everything that somebody sees, wherever it is.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Actor, Collection, Dice, Org, TestApp, both_engines, each};

/// An organization of somebody's with a project and a task.
async fn busy(founder: &Actor, name: &str) -> Org {
    let org = founder.founds(name).await;
    org.project("Web").await;
    org.task("WEB", &format!("Of {name}")).await;
    org
}

/// The kinds of some items, each with whether it is gone.
fn told(answer: &Value) -> Vec<(String, bool)> {
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| (item["kind"].as_str().unwrap().to_owned(), item["deleted"] == true)).collect()
}

fn organization(is_gone: bool) -> (String, bool) {
    ("organization".to_owned(), is_gone)
}

both_engines! {
    async fn tell_everything_once_and_then_what_changes(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let orgs = [busy(&ann, "Acme").await, busy(&bob, "Beta").await, busy(&ann, "Gamma").await];
        orgs[1].takes(&ann, "member").await;
        for limit in [1, 3, 7, 200] {
            let mut copy = Collection::of(&ann);
            assert_eq!(copy.asks(limit).await["reset"], true);
            copy.syncs(limit).await;
            copy.is_true().await;
            assert_eq!(copy.orgs().len(), 3);
            let nothing = copy.asks(limit).await;
            assert_eq!((&nothing["items"], &nothing["has_more"], &nothing["reset"]), (&json!([]), &json!(false), &json!(false)));
        }
        let mut copy = Collection::of(&ann);
        copy.syncs(200).await;
        bob.patch(orgs[1].path("/tasks/WEB-1"), json!({ "title": "Painted" })).await.is(200);
        ann.delete(orgs[2].path("/tasks/WEB-1")).await.is(204);
        ann.patch("/v1/me", json!({ "time_zone": "Europe/Zurich" })).await.is(200);
        let some = copy.asks(200).await;
        assert_eq!(told(&some), [("user".to_owned(), false), ("task".to_owned(), false), ("task".to_owned(), true)]);
        let me = ann.get("/v1/me").await.is(200);
        assert_eq!(some["items"][0], json!({ "kind": "user", "id": me["id"], "seq": me["version"], "deleted": false, "object": me }));
        assert_eq!((&some["items"][1]["organization_id"], &some["items"][1]["object"]["title"]), (&json!(orgs[1].id), &json!("Painted")));
        copy.is_true().await;
        // What changes in the middle isn't lost, whether it was told before or comes after.
        let mut copy = Collection::of(&ann);
        copy.asks(12).await;
        for org in &orgs {
            org.task("WEB", "Late").await;
        }
        copy.syncs(2).await;
        copy.syncs(2).await;
        copy.is_true().await;
    }

    async fn tell_of_organizations_that_come_and_go(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let (acme, beta) = (busy(&ann, "Acme").await, busy(&ann, "Beta").await);
        let mut copies = [1, 200].map(|limit| (limit, Collection::of(&bob)));
        let mut sync = async |orgs: &[&Org]| {
            for (limit, copy) in &mut copies {
                copy.syncs(*limit).await;
                assert_eq!(copy.orgs(), orgs.iter().map(|org| org.id.as_str()).collect::<Vec<_>>());
                copy.is_true().await;
            }
        };
        sync(&[]).await;
        acme.takes(&bob, "member").await;
        sync(&[&acme]).await;
        beta.takes(&bob, "admin").await;
        sync(&[&acme, &beta]).await;
        // Another role, and what it hides and shows.
        acme.private_project("Vault").await;
        for role in ["admin", "member"] {
            ann.patch(acme.path(&format!("/members/{}", bob.id)), json!({ "role": role })).await.is(200);
            sync(&[&acme, &beta]).await;
        }
        ann.put(acme.path(&format!("/projects/VAU/members/{}", bob.id))).await.is(204);
        sync(&[&acme, &beta]).await;
        ann.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        sync(&[&acme, &beta]).await;
        bob.posts(beta.path("/leave")).await.is(204);
        sync(&[&acme]).await;
        beta.takes(&bob, "member").await;
        ann.delete(acme.path(&format!("/members/{}", bob.id))).await.is(200);
        sync(&[&beta]).await;
        // Gone and here again in the meantime.
        bob.posts(beta.path("/leave")).await.is(204);
        ann.delete(beta.path("/tasks/WEB-1")).await.is(204);
        beta.takes(&bob, "member").await;
        sync(&[&beta]).await;
        ann.delete(beta.path("?confirm=beta")).await.is(204);
        sync(&[]).await;
        sync(&[]).await;
        ann.posts(beta.path("/restore")).await.is(200);
        sync(&[&beta]).await;
        ann.delete(beta.path("?confirm=beta")).await.is(204);
        ann.posts(beta.path("/restore")).await.is(200);
        sync(&[&beta]).await;
        let mut copy = Collection::of(&bob);
        copy.syncs(200).await;
        ann.delete(beta.path("?confirm=beta")).await.is(204);
        let gone = copy.asks(200).await;
        assert_eq!(told(&gone), [organization(true)]);
        assert_eq!(gone["items"][0]["organization_id"], json!(beta.id));
        // In the middle of what is told of it.
        ann.posts(beta.path("/restore")).await.is(200);
        copy.asks(2).await;
        ann.delete(beta.path("?confirm=beta")).await.is(204);
        copy.syncs(200).await;
        assert_eq!(copy.orgs(), [] as [&str; 0]);
    }

    async fn hold_for_somebody_in_more_organizations_than_a_cursor_has_room_for(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let bob = app.signs_up("Bob").await;
        let mut orgs = Vec::new();
        for n in 0..50 {
            orgs.push(ann.founds(&format!("Org {n}")).await);
        }
        orgs[7].project("Web").await;
        let mut copy = Collection::of(&ann);
        copy.syncs(200).await;
        copy.is_true().await;
        // Fifty fit, and one leaves and another comes by itself.
        orgs[3].takes(&bob, "owner").await;
        ann.posts(orgs[3].path("/leave")).await.is(204);
        orgs[8].project("Web").await;
        let some = copy.asks(200).await;
        assert_eq!((&some["reset"], copy.orgs().len()), (&json!(false), 49));
        copy.is_true().await;
        app.clock.advance(Duration::from_hours(3));
        let ann = ann.again().await;
        copy.actor = ann.clone();
        for n in 0..6 {
            orgs.push(ann.founds(&format!("More {n}")).await);
        }
        let dice = &mut Dice(5);
        for limit in [200, 9, 200] {
            copy.syncs(limit).await;
            copy.is_true().await;
            assert!(copy.since().len() <= 8_000, "{}", copy.since().len());
            app.clock.advance(Duration::from_hours(2));
            copy.actor = ann.again().await;
            for _ in 0..6 {
                let org = dice.one_of(&orgs[10..]);
                copy.actor.post(org.path("/projects"), json!({ "name": "New" })).await.is(201);
            }
            let some = copy.asks(200).await;
            assert_eq!(some["reset"], false);
            // What hasn't changed isn't told.
            let items = some["items"].as_array().unwrap();
            assert!(items.iter().all(|item| ["project", "column"].contains(&item["kind"].as_str().unwrap())), "{some}");
        }
        let left = copy.orgs().len();
        orgs[20].founder = copy.actor.clone();
        orgs[20].takes(&app.signs_up("Cy").await, "owner").await;
        copy.actor.posts(orgs[20].path("/leave")).await.is(204);
        copy.syncs(200).await;
        copy.is_true().await;
        assert_eq!(copy.orgs().len(), left - 1);
    }

    async fn are_ones_own_and_only_where_the_credential_reaches(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let (acme, beta) = (busy(&ann, "Acme").await, busy(&ann, "Beta").await);
        let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": beta.id });
        let token = ann.post("/v1/me/tokens", token).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let mut copy = Collection::of(&script);
        copy.syncs(2).await;
        assert_eq!(copy.orgs(), [beta.id.as_str()]);
        acme.task("WEB", "Out of reach").await;
        assert_eq!(copy.asks(200).await["items"], json!([]));
        let next = |answer: Value| answer["next"].as_str().unwrap().to_owned();
        let of_ann = next(ann.get("/v1/me/changes").await.is(200));
        let of_acme = next(ann.get(acme.path("/changes")).await.is(200));
        bob.get(format!("/v1/me/changes?since={of_ann}")).await.refuses(422, "invalid_cursor");
        script.get(format!("/v1/me/changes?since={of_ann}")).await.refuses(422, "invalid_cursor");
        ann.get(format!("/v1/me/changes?since={}", copy.since())).await.refuses(422, "invalid_cursor");
        ann.get(acme.path(&format!("/changes?since={of_ann}"))).await.refuses(422, "invalid_cursor");
        for wrong in [&of_ann[1..], &of_acme, "0", "1", "x"] {
            ann.get(format!("/v1/me/changes?since={wrong}")).await.refuses(422, "invalid_cursor");
        }
        ann.get("/v1/me/changes?since=").await.rejects("/since", "invalid_value");
        ann.get("/v1/me/changes?limit=0").await.rejects("/limit", "out_of_range");
        ann.get("/v1/me/changes?cursor=x").await.rejects("/cursor", "unknown_field");
        app.anon().get("/v1/me/changes").await.refuses(401, "unauthenticated");
        let writes = ann.post("/v1/me/tokens", json!({ "name": "Writer", "scopes": ["write"] })).await.is(201);
        ann.with_token(writes["token"].as_str().unwrap()).get("/v1/me/changes").await.refuses(403, "insufficient_scope");
        // Nobody else's organization is in it.
        let answer = bob.get("/v1/me/changes").await.is(200);
        assert_eq!(each(&answer["items"], "/kind"), ["user"]);
    }

    async fn begin_anew_after_a_return_to_a_backup(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (busy(&ann, "Acme").await, busy(&ann, "Beta").await);
        let (mut old, mut copy) = (Collection::of(&ann), Collection::of(&ann));
        old.syncs(200).await;
        let backup = app.database.backs_up().await;
        ann.patch(beta.path("/tasks/WEB-1"), json!({ "title": "Lost" })).await.is(200);
        copy.syncs(200).await;
        app.database.returns_to(&backup).await;
        acme.task("WEB", "New").await;
        for (copy, is_lost) in [(&mut copy, true), (&mut old, false)] {
            assert_eq!(copy.asks(200).await["reset"], is_lost);
            copy.syncs(200).await;
            copy.is_true().await;
        }
        // A copy that is older than the trash gets what it had of an organization anew.
        app.clock.advance(Duration::from_hours(31 * 24));
        copy.actor = ann.again().await;
        copy.actor.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Much later" })).await.is(200);
        copy.syncs(200).await;
        copy.is_true().await;
        app.clock.advance(Duration::from_hours(31 * 24));
        copy.actor = ann.again().await;
        let whole = copy.asks(200).await;
        assert_eq!((&whole["items"], &whole["reset"]), (&json!([]), &json!(false)));
    }
}
