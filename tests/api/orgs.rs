//! Founding, listing, reading and changing organizations; who may do what in them.

use std::collections::HashSet;

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, both_engines};

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

both_engines! {
    async fn a_slug_is_made_from_the_name_and_suffixed_until_it_is_free(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        for (name, slug) in [
            ("Acme", "acme"),
            ("ACME!", "acme-2"),
            ("Acme & Söhne GmbH", "acme-sohne-gmbh"),
            ("  Two   words ", "two-words"),
            ("東京", "team"),
            ("?", "team-2"),
            ("x", "team-3"),
            ("Acme", "acme-3"),
        ] {
            let answer = ann.post("/v1/orgs", json!({ "name": name })).await;
            let location = answer.header("location").to_owned();
            let org = answer.is(201);
            assert_eq!((org["slug"].as_str(), org["role"].as_str()), (Some(slug), Some("owner")), "{name}");
            assert_eq!(org["name"], name.trim());
            assert_eq!(ann.get(location).await.is(200), org);
        }
        let entries = ann.get("/v1/orgs/acme/activity").await.is(200);
        let told: Vec<Value> =
            entries["items"].as_array().unwrap().iter().map(|entry| json!([entry["seq"], entry["action"]])).collect();
        assert_eq!(told, [json!([2, "member.joined"]), json!([1, "organization.created"])]);
    }

    async fn a_wanted_slug_is_given_once(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let wanted = json!({ "name": "Acme", "slug": "the-acme-4" });
        assert_eq!(ann.post("/v1/orgs", wanted.clone()).await.is(201)["slug"], "the-acme-4");
        for actor in [&ann, &bob] {
            actor.post("/v1/orgs", wanted.clone()).await.refuses(409, "slug_taken");
        }
        assert_eq!(bob.get("/v1/orgs").await.is(200)["items"], json!([]));
    }

    async fn what_founds_no_organization(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let long = "a".repeat(51);
        let slugs = ["a", "Acme", "ac me", "-acme", "acme-", "ac--me", "äcme", &ann.id, &ann.id.replace('-', ""), &long];
        for slug in slugs {
            ann.post("/v1/orgs", json!({ "name": "Acme", "slug": slug })).await.rejects("/slug", "invalid_format");
        }
        let long = "a".repeat(101);
        for (body, pointer, code) in [
            (json!({}), "/name", "required"),
            (json!({ "name": " " }), "/name", "too_short"),
            (json!({ "name": long }), "/name", "too_long"),
            (json!({ "name": null }), "/name", "invalid_type"),
            (json!({ "name": "Acme", "role": "owner" }), "/role", "unknown_field"),
            (json!({ "name": "Acme", "id": ann.id }), "/id", "unknown_field"),
            (json!({ "name": "Acme", "settings": {} }), "/settings", "unknown_field"),
        ] {
            ann.post("/v1/orgs", body).await.rejects(pointer, code);
        }
        app.anon().post("/v1/orgs", json!({ "name": "Acme" })).await.refuses(401, "unauthenticated");
        assert_eq!(ann.get("/v1/orgs").await.is(200)["items"], json!([]));
    }

    async fn fifty_founded_at_once_with_one_name_have_fifty_slugs(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let founding = (0..50).map(|_| ann.post("/v1/orgs", json!({ "name": "Acme" })));
        let slugs: HashSet<String> =
            join_all(founding).await.into_iter().map(|answer| answer.is(201)["slug"].to_string()).collect();
        assert_eq!(slugs.len(), 50);
        assert_eq!(ann.get("/v1/orgs?limit=200").await.is(200)["items"].as_array().unwrap().len(), 50);
    }

    async fn of_fifty_who_want_one_slug_at_once_one_gets_it(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let wanted = json!({ "name": "Acme", "slug": "wanted" });
        let founding = (0..50).map(|n| if n % 2 == 0 { &ann } else { &bob }.post("/v1/orgs", wanted.clone()));
        let answers = join_all(founding).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter().filter(|answer| answer.body["code"] == "slug_taken").count();
        assert_eq!((made, refused), (1, 49));
    }

    async fn everybody_lists_their_own_with_their_role(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let acme = ann.founds("Acme").await;
        ann.founds("Beta").await;
        bob.founds("Gamma").await;
        acme.takes(&bob, "admin").await;
        let names = |page: &Value| -> Vec<String> {
            page["items"].as_array().unwrap().iter().map(|org| format!("{} {}", org["name"], org["role"])).collect()
        };
        assert_eq!(names(&ann.get("/v1/orgs").await.is(200)), [r#""Acme" "owner""#, r#""Beta" "owner""#]);
        let first = bob.get("/v1/orgs?limit=1").await.is(200);
        assert_eq!(names(&first), [r#""Acme" "admin""#]);
        let next = format!("/v1/orgs?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
        let second = bob.get(&next).await.is(200);
        assert_eq!(names(&second), [r#""Gamma" "owner""#]);
        assert_eq!(second["next_cursor"], Value::Null);
        ann.get(&next).await.refuses(422, "invalid_cursor");
        ann.get("/v1/orgs?colour=red").await.rejects("/colour", "unknown_field");
    }

    async fn an_organization_answers_to_its_id_and_its_slug(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let by_slug = ann.get("/v1/orgs/acme").await;
        let tag = by_slug.header("etag").to_owned();
        let org = by_slug.is(200);
        assert_eq!(org["settings"], json!({ "members_can_create_projects": false, "members_edit": "assigned", "time_zone": "UTC" }));
        for path in [format!("/v1/orgs/{}", acme.id), format!("/v1/orgs/{}", acme.id.to_uppercase())] {
            assert_eq!(ann.get(&path).await.is(200), org);
            ann.send(Method::GET, &path, &[("if-none-match", &tag)], None).await.is(304);
        }
        for nothing in ["acme-2", "a", "%00", "..%2f", &ann.id, &"a".repeat(300)] {
            ann.get(format!("/v1/orgs/{nothing}")).await.refuses(404, "not_found");
        }
    }

    async fn nobody_takes_slugs_without_end(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for n in 1..50 {
            ann.patch(format!("/v1/orgs/{}", acme.id), json!({ "slug": format!("acme-{n}") })).await.is(200);
        }
        let path = format!("/v1/orgs/{}", acme.id);
        let one_more = join_all((0..5).map(|n| ann.patch(&path, json!({ "slug": format!("more-{n}") })))).await;
        for answer in one_more {
            answer.refuses(409, "too_many_slugs");
        }
        // What it had, it can have again; what was refused is free.
        ann.patch(&path, json!({ "slug": "acme-7" })).await.is(200);
        app.signs_up("Bob").await.post("/v1/orgs", json!({ "name": "Bob", "slug": "more-1" })).await.is(201);
    }

    async fn a_former_slug_goes_on_as_an_alias_that_nobody_else_can_take(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        ann.founds("Acme").await;
        let other = bob.founds("Other").await;
        let changed = ann.patch("/v1/orgs/acme", json!({ "name": "Apex", "slug": "apex" })).await.is(200);
        assert_eq!((&changed["name"], &changed["slug"], &changed["version"]), (&json!("Apex"), &json!("apex"), &json!(2)));
        for path in ["/v1/orgs/acme", "/v1/orgs/apex"] {
            assert_eq!(ann.get(path).await.is(200), changed);
            bob.get(path).await.refuses(404, "not_found");
        }
        for slug in ["acme", "apex"] {
            bob.post("/v1/orgs", json!({ "name": "Acme", "slug": slug })).await.refuses(409, "slug_taken");
            bob.patch(other.path(""), json!({ "slug": slug })).await.refuses(409, "slug_taken");
        }
        assert_eq!(bob.post("/v1/orgs", json!({ "name": "Acme" })).await.is(201)["slug"], "acme-2");
        let back = ann.patch("/v1/orgs/apex", json!({ "slug": "acme" })).await.is(200);
        assert_eq!(back["slug"], "acme");
        bob.patch(other.path(""), json!({ "slug": "apex" })).await.refuses(409, "slug_taken");
    }

    async fn settings_change_one_by_one_and_hold_at_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        mia.post(acme.path("/projects"), json!({ "name": "Web" })).await.refuses(403, "forbidden");
        let changed = ann.patch(acme.path(""), json!({ "settings": { "members_can_create_projects": true } })).await.is(200);
        assert_eq!(changed["settings"], json!({ "members_can_create_projects": true, "members_edit": "assigned", "time_zone": "UTC" }));
        assert!(texts(&mia.get(acme.path("")).await.is(200)["can"]).contains(&"create_project"));
        mia.post(acme.path("/projects"), json!({ "name": "Web" })).await.is(201);
        let changed = ann.patch(acme.path(""), json!({ "settings": { "members_edit": "any" } })).await.is(200);
        assert_eq!(changed["settings"], json!({ "members_can_create_projects": true, "members_edit": "any", "time_zone": "UTC" }));
        assert_eq!(acme.told().await.last().unwrap(), "Ann changed the members edit of Acme");
        let entry = ann.get(acme.path("/activity?limit=1")).await.is(200)["items"][0].clone();
        assert_eq!(entry["changes"], json!({ "members_edit": { "from": "assigned", "to": "any" } }));
        assert_eq!(entry["action"], "organization.updated");
    }

    async fn a_patch_that_changes_nothing_leaves_no_entry(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let before = (ann.get(acme.path("")).await.is(200), acme.last_seq().await);
        for nothing in [
            json!({}),
            json!({ "settings": {} }),
            json!({ "name": "Acme", "slug": "acme", "settings": { "members_edit": "assigned" } }),
        ] {
            let answer = ann.patch(acme.path(""), nothing).await.is(200);
            assert_eq!((answer, acme.last_seq().await), before);
        }
    }

    async fn what_changes_no_organization(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let before = (ann.get(acme.path("")).await.is(200), acme.last_seq().await);
        for (body, pointer, code) in [
            (json!({ "name": null }), "/name", "invalid_type"),
            (json!({ "slug": null }), "/slug", "invalid_type"),
            (json!({ "slug": "No" }), "/slug", "invalid_format"),
            (json!({ "settings": null }), "/settings", "invalid_type"),
            (json!({ "settings": { "members_edit": null } }), "/settings/members_edit", "invalid_type"),
            (json!({ "settings": { "members_edit": "all" } }), "/settings/members_edit", "invalid_value"),
            (json!({ "settings": { "colour": 1 } }), "/settings/colour", "unknown_field"),
            (json!({ "version": 7 }), "/version", "unknown_field"),
            (json!({ "role": "owner" }), "/role", "unknown_field"),
            (json!({ "name": "New", "owner": ann.id }), "/owner", "unknown_field"),
        ] {
            ann.patch(acme.path(""), body).await.rejects(pointer, code);
        }
        assert_eq!((ann.get(acme.path("")).await.is(200), acme.last_seq().await), before);
    }

    async fn a_stale_change_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let first = ann.get(acme.path("")).await.header("etag").to_owned();
        let path = acme.path("");
        let change = async |tag: &str, name: &str| {
            ann.send(Method::PATCH, &path, &[("if-match", tag)], Some(json!({ "name": name }))).await
        };
        let second = change(&first, "Second").await;
        let tag = second.header("etag").to_owned();
        second.is(200);
        for stale in [first.as_str(), "\"0-x\"", "W/\"1\"", "nonsense", ""] {
            change(stale, "Lost").await.refuses(412, "precondition_failed");
        }
        change(&format!("{first}, {tag}"), "Third").await.is(200);
        change("*", "Fourth").await.is(200);
        assert_eq!(ann.get(acme.path("")).await.is(200)["version"], 4);
    }

    async fn of_twenty_changes_to_one_version_at_once_one_is_made(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let path = acme.path("");
        for round in 0..3 {
            let tag = ann.get(&path).await.header("etag").to_owned();
            let changes = (0..20).map(async |n| {
                let name = json!({ "name": format!("Acme {round} {n}") });
                ann.send(Method::PATCH, &path, &[("if-match", &tag)], Some(name)).await.status
            });
            let mut statuses = join_all(changes).await;
            statuses.sort_unstable();
            assert_eq!(statuses[0], 200);
            assert!(statuses[1..].iter().all(|status| *status == 412), "{statuses:?}");
        }
        assert_eq!(acme.told().await.len(), 2 + 3);
    }

    async fn a_role_allows_what_can_says(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (adam, mia) = (acme.gets("Adam", "admin").await, acme.gets("Mia", "member").await);
        let all = [
            "edit", "delete", "transfer", "invite", "create_project", "manage_labels", "export", "leave",
        ];
        let admins = ["edit", "invite", "create_project", "manage_labels", "leave"];
        for (actor, can) in [(&ann, all.as_slice()), (&adam, &admins), (&mia, &["leave"])] {
            assert_eq!(texts(&actor.get(acme.path("")).await.is(200)["can"]), can, "{}", actor.name);
            assert_eq!(texts(&actor.get("/v1/orgs").await.is(200)["items"][0]["can"]), can, "{}", actor.name);
            let patch = actor.patch(acme.path(""), json!({ "settings": {} })).await;
            if can.contains(&"edit") {
                patch.is(200);
            } else {
                let refusal = patch.refuses(403, "forbidden");
                assert_eq!((&refusal["required_role"], &refusal["role"]), (&json!("admin"), &json!("member")));
            }
        }
    }

    async fn the_permissions_are_the_matrix(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (adam, mia) = (acme.gets("Adam", "admin").await, acme.gets("Mia", "member").await);
        for (actor, role, column) in [(&ann, "owner", 0), (&adam, "admin", 1), (&mia, "member", 2)] {
            let told = actor.get(acme.path("/permissions")).await.is(200);
            assert_eq!(told["role"], role);
            assert_eq!(told["settings"], json!({ "members_can_create_projects": false, "members_edit": "assigned", "time_zone": "UTC" }));
            let actions = told["actions"].as_object().unwrap();
            let rows: Vec<Vec<&str>> = MATRIX.trim().lines().map(|line| line.split_whitespace().collect()).collect();
            assert_eq!(actions.len(), rows.len());
            let mut allowed: Vec<&str> = Vec::new();
            for row in rows {
                let [action, cells @ ..] = row.as_slice() else { unreachable!() };
                let cell = |role: &str| actions[*action][role].to_string().replace('"', "");
                assert_eq!([cell("owner"), cell("admin"), cell("member")], *cells, "{action}");
                allowed.extend((cells[column] != "false").then_some(*action));
            }
            let mut told = texts(&told["allowed"]);
            told.sort_unstable();
            allowed.sort_unstable();
            assert_eq!(told, allowed, "{role}");
        }
    }

    async fn of_two_who_take_one_slug_at_once_one_gets_it(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let (acme, other) = (ann.founds("Acme").await, bob.founds("Other").await);
        for round in 0..8 {
            let slug = json!({ "slug": format!("prize-{round}") });
            let path = |id: &str| format!("/v1/orgs/{id}");
            let (a, b) = join(
                ann.patch(path(&acme.id), slug.clone()),
                bob.patch(path(&other.id), slug.clone()),
            ).await;
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{} {}", a.body, b.body);
            let (winner, loser) = if a.status == 200 { (&ann, &bob) } else { (&bob, &ann) };
            winner.get(format!("/v1/orgs/prize-{round}")).await.is(200);
            loser.get(format!("/v1/orgs/prize-{round}")).await.refuses(404, "not_found");
        }
    }
}

/// Action, then what it is for an owner, an admin, a member.
const MATRIX: &str = "
    organization.see          true  true  true
    organization.edit         true  true  false
    organization.delete       true  false false
    organization.transfer     true  false false
    organization.export       true  false false
    organization.leave        true  true  true
    activity.read             true  true  seen
    security_log.read         true  true  false
    invitation.list           true  true  false
    invitation.manage         true  true  false
    invitation.manage_owner   true  false false
    member.change_role        true  true  false
    member.remove             true  true  false
    member.manage_owner       true  false false
    member.step_down          oneself oneself oneself
    project.create            true  true  setting
    project.see_private       true  true  false
    project.edit              true  true  own
    project.archive           true  true  own
    project.delete            true  true  false
    project.manage_members    true  true  own
    project.manage_columns    true  true  own
    task.create               true  true  true
    task.edit                 true  true  editable
    task.move                 true  true  editable
    task.assign               true  true  editable
    task.take                 true  true  free
    task.delete               true  true  own
    label.manage              true  true  false
    comment.create            true  true  true
    comment.edit              own   own   own
    comment.delete            true  true  own
    comment.react             true  true  true
    comment.resolve           true  true  editable
    trash.see                 true  true  seen";
