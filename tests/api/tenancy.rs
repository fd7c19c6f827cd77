//! Not yours, not there: every route of the document, as everybody who may not; and every place that takes an id, with
//! one of another organization. A route, a body or a filter that these tests have no sample for fails them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, Org, PASSWORD, Route, Side, TestApp, Things, both_engines, differences, good, id_fields,
};

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

/// A refusal without what tells requests apart.
fn bytes(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    if let Some(problem) = body.as_object_mut() {
        problem.remove("request_id");
    }
    json!([answer.status, body])
}

/// Two organizations, and everybody who may come by.
struct World {
    acme: Org,
    other: Org,
    foreigner: Actor,
    removed: Actor,
    /// An owner whose session ended.
    gone: Actor,
    owner: Actor,
    admin: Actor,
    member: Actor,
    side: Side,
}

impl World {
    async fn of(app: &TestApp) -> Self {
        let owner = app.signs_up("Olga").await;
        let acme = owner.founds("Acme").await;
        let foreigner = app.signs_up("Fay").await;
        let removed = acme.gets("Rex", "owner").await;
        owner.delete(acme.path(&format!("/members/{}", removed.id))).await.is(204);
        let gone = acme.gets("Gus", "owner").await;
        gone.posts("/v1/auth/logout").await.is(204);
        Self {
            gone,
            other: foreigner.founds("Other").await,
            admin: acme.gets("Adam", "admin").await,
            member: acme.gets("Mia", "member").await,
            side: Side::of(app).await,
            acme,
            foreigner,
            removed,
            owner,
        }
    }

    fn insiders(&self) -> [(&'static str, &Actor); 3] {
        [("member", &self.member), ("admin", &self.admin), ("owner", &self.owner)]
    }
}

fn rank(role: &str) -> usize {
    ["member", "admin", "owner"].iter().position(|one| *one == role).unwrap()
}

both_engines! {
    async fn no_route_lets_in_who_may_not(app: TestApp) {
        let world = World::of(&app).await;
        let things = Things::of(&world.acme, 0).await;
        let anonymous = app.anon();
        for route in Route::of_tenants() {
            let path = things.path(&route);
            let body = route.body().map(|schema| good(schema, "", &things));
            let mut outsiders = vec![
                (&anonymous, 401, "unauthenticated"),
                (&world.gone, 401, "unauthenticated"),
                (&world.foreigner, 404, "not_found"),
                (&world.removed, 404, "not_found"),
            ];
            let lower = world.insiders().into_iter().filter(|(role, _)| rank(role) < rank(route.required()));
            outsiders.extend(lower.map(|(_, actor)| (actor, 403, "forbidden")));
            let before = world.side.stored().await;
            for (who, status, code) in outsiders {
                let refusal = route.asks(who, &path, body.as_ref()).await;
                let expected = bytes(&refusal);
                refusal.refuses(status, code);
                // Bad input is answered like good.
                let asked = format!("{route} by {:?}", who.name);
                assert_eq!(bytes(&route.asks_malformed(who, &path).await), expected, "{asked}");
                let query = format!("{path}?nonsense=%00");
                assert_eq!(bytes(&route.asks(who, &query, body.as_ref()).await), expected, "{asked}");
                if status != 403 {
                    // And an organization that never was like this one.
                    for never in [NOBODY, "never", "Not a slug"] {
                        let path = things.path_but(&route, "org", &never.replace(' ', "%20"));
                        assert_eq!(bytes(&route.asks(who, &path, body.as_ref()).await), expected, "{asked}");
                    }
                }
            }
            assert_eq!(differences(&before, &world.side.stored().await), [] as [String; 0], "{route}");
        }
    }

    async fn every_route_lets_in_who_may(app: TestApp) {
        let world = World::of(&app).await;
        let mut things = Things::of(&world.acme, 0).await;
        let mut made = 0;
        for route in Route::of_tenants() {
            let may = |role: &str| rank(role) >= rank(route.required()) && (!(route.is_for_authors() || route.is_undo()) || role == "owner");
            for (role, actor) in world.insiders().into_iter().filter(|(role, _)| may(role)) {
                let path = things.path(&route);
                if route.parameters("query").contains(&"dry_run") && route.body().is_none() {
                    if route.template.ends_with("/reactions/{emoji}") {
                        // One takes back one's own.
                        actor.put(&path).await.is(200);
                    }
                    let before = world.side.stored().await;
                    let rehearsal = route.asks(actor, &format!("{path}?dry_run=true"), None).await.is(200);
                    assert_eq!(rehearsal["dry_run"], true, "{route} by {role}");
                    let counts = rehearsal["counts"].as_object().unwrap();
                    assert!(counts.values().any(|count| count.as_i64().unwrap() > 0), "{route}: {rehearsal}");
                    assert_eq!(world.side.stored().await, before, "{route} by {role} was only to be tried");
                    // What ends this test's own world has tests of its own.
                    if matches!(route.template, "/v1/orgs/{org}" | "/v1/orgs/{org}/leave") {
                        continue;
                    }
                }
                // Malformed input shows that the gate let them pass, and changes nothing.
                let answer = if route.body().is_some() {
                    let before = world.side.stored().await;
                    let answer = route.asks_malformed(actor, &path).await;
                    assert_eq!((answer.status, &answer.body["code"]), (400, &json!("malformed_json")), "{route} by {role}");
                    assert_eq!(world.side.stored().await, before, "{route}");
                    continue;
                } else {
                    route.asks(actor, &things.path_with(&route, ""), None).await
                };
                assert!(answer.succeeded(), "{route} by {role}: {} {}", answer.status, answer.body);
                if route.method == Method::DELETE {
                    made += 1;
                    things = Things::of(&world.acme, made).await;
                }
            }
        }
    }

    async fn document_policy_and_behaviour_say_the_same(app: TestApp) {
        let world = World::of(&app).await;
        let matrix = world.owner.get(world.acme.path("/permissions")).await.is(200);
        let settings = json!({ "settings": { "members_can_create_projects": false, "members_edit": "assigned" } });
        world.owner.patch(world.acme.path(""), settings).await.is(200);
        let things = Things::of(&world.acme, 0).await;
        let mut refused = 0;
        for route in Route::of_tenants().filter(|route| !route.is_undo()) {
            let row = &matrix["actions"][route.operation["x-permission"].as_str().unwrap()];
            // A word that needs no circumstances of its own: what they see, and stepping down.
            let is_enough = |role: &&str| [json!(true), json!("seen"), json!("oneself")].contains(&row[*role]);
            let roles = ["member", "admin", "owner"];
            let least = roles.into_iter().find(is_enough);
            let least = least.or_else(|| roles.into_iter().find(|role| row[*role] == "own"));
            assert_eq!(least, Some(route.required()), "{route}: {row}");
            for (role, actor) in world.insiders() {
                let path = format!("{}?dry_run=true", things.path(&route));
                let body = route.body().map(|schema| good(schema, "", &things));
                let answer = match (&row[role], route.parameters("query").contains(&"dry_run")) {
                    (Value::Bool(true), false) => continue,
                    (_, true) => route.asks(actor, &path, None).await,
                    (_, false) => route.asks(actor, &things.path(&route), body.as_ref()).await,
                };
                // The owner made everything.
                let allowed = is_enough(&role) || (role == "owner" && row[role] == "own");
                assert_eq!(answer.status == 403, !allowed, "{route} by {role}: {} {}", answer.status, answer.body);
                if answer.status == 403 {
                    assert_eq!((&answer.body["role"], &answer.body["required_role"]), (&json!(role), &json!(route.required())), "{route}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 20, "{refused}");
    }

    async fn what_is_about_oneself_or_nobody_knows_who_it_is_for(app: TestApp) {
        let world = World::of(&app).await;
        let things = Things::of(&world.acme, 0).await;
        let anonymous = app.anon();
        for route in Route::all().into_iter().filter(|route| !route.is_of_tenants()) {
            let path = things.path(&route);
            let before = world.side.stored().await;
            if route.is_public() {
                let answer = match route.body() {
                    Some(_) => route.asks_malformed(&anonymous, &path).await,
                    None => route.asks(&anonymous, &path, None).await,
                };
                let expected = match route.body() {
                    // None is configured.
                    _ if route.template.contains("{provider}") => 404,
                    Some(_) => 400,
                    None => 200,
                };
                assert_eq!(answer.status, expected, "{route}: {}", answer.body);
            } else {
                let body = route.body().map(|schema| good(schema, "", &things));
                let refusal = route.asks(&anonymous, &path, body.as_ref()).await;
                let expected = bytes(&refusal);
                refusal.refuses(401, "unauthenticated");
                assert_eq!(bytes(&route.asks_malformed(&anonymous, &path).await), expected, "{route}");
                // What the operator may, no user may.
                let (status, code) = if route.is_by_operator() { (401, "unauthenticated") } else { (404, "not_found") };
                for parameter in route.parameters("path") {
                    let never = things.path_but(&route, parameter, NOBODY);
                    let expected = bytes(&route.asks(&world.foreigner, &never, body.as_ref()).await);
                    let refusal = route.asks(&world.foreigner, &path, body.as_ref()).await;
                    assert_eq!(bytes(&refusal), expected, "{route}");
                    refusal.refuses(status, code);
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
    }

    async fn another_organizations_id_in_a_path_is_one_that_never_was(app: TestApp) {
        let world = World::of(&app).await;
        let (things, foreign) = (Things::of(&world.acme, 0).await, Things::of(&world.other, 0).await);
        for route in Route::of_tenants() {
            let body = route.body().map(|schema| good(schema, "", &things));
            let before = world.side.stored().await;
            for parameter in route.things() {
                let theirs = foreign.path(&route);
                let value = {
                    let at = route.template.split('/').position(|part| part == format!("{{{parameter}}}")).unwrap();
                    theirs.split('/').nth(at).unwrap()
                };
                let never = things.path_but(&route, parameter, NOBODY);
                let path = things.path_but(&route, parameter, value);
                let expected = bytes(&route.asks(&world.owner, &never, body.as_ref()).await);
                let refusal = route.asks(&world.owner, &path, body.as_ref()).await;
                assert_eq!(bytes(&refusal), expected, "{route} with a foreign {parameter}");
                refusal.refuses(404, "not_found");
                if route.body().is_some() {
                    let refusal = route.asks_malformed(&world.owner, &path).await;
                    assert_eq!(bytes(&refusal), expected, "{route} with a foreign {parameter} and bad input");
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
    }

    async fn another_organizations_id_in_a_body_is_refused(app: TestApp) {
        let world = World::of(&app).await;
        let (things, foreign) = (Things::of(&world.acme, 0).await, Things::of(&world.other, 0).await);
        let mut tried = 0;
        for route in Route::of_tenants() {
            let Some(schema) = route.body() else { continue };
            for (field, is_list) in id_fields(schema) {
                let before = world.side.stored().await;
                let mut refusals = Vec::new();
                for id in [foreign.in_body(&route, field), NOBODY] {
                    let mut body = good(schema, "", &things);
                    body[field] = if is_list { json!([id]) } else { json!(id) };
                    let answer = route.asks(&world.owner, &things.path(&route), Some(&body)).await;
                    assert!([404, 422].contains(&answer.status), "{route} with a foreign {field}: {}", answer.body);
                    refusals.push(bytes(&answer));
                }
                assert_eq!(refusals[0], refusals[1], "{route} with a foreign {field}");
                assert_eq!(world.side.stored().await, before, "{route} with a foreign {field}");
                tried += 1;
            }
        }
        assert!(tried >= 5, "only {tried} fields take ids");
    }

    async fn another_organizations_id_or_cursor_in_a_query_finds_nothing(app: TestApp) {
        let world = World::of(&app).await;
        let (things, foreign) = (Things::of(&world.acme, 0).await, Things::of(&world.other, 0).await);
        Things::of(&world.other, 1).await;
        let (mut tried, mut cursors) = (0, 0);
        for route in Route::of_tenants() {
            let before = world.side.stored().await;
            for filter in route.parameters("query") {
                let Some(id) = foreign.named(filter) else { continue };
                let mut answers = Vec::new();
                for id in [id, NOBODY] {
                    let path = things.path_with(&route, &format!("{filter}={id}"));
                    let body = route.body().map(|schema| good(schema, "", &things));
                    let answer = route.asks(&world.owner, &path, body.as_ref()).await;
                    // The figures are no list: they are nought.
                    let items = answer.body.get("items").or(answer.body.get("by_project"));
                    let is_empty = answer.status == 200 && items == Some(&json!([]));
                    // What must not be something unknown may be everything.
                    let is_all = answer.status == 200 && filter.starts_with("not_");
                    assert!(is_empty || is_all || answer.status == 422, "{route}?{filter}=: {} {}", answer.status, answer.body);
                    answers.push(bytes(&answer));
                }
                assert_eq!(answers[0], answers[1], "{route}?{filter}=");
                tried += 1;
            }
            if route.parameters("query").contains(&"cursor") {
                let theirs = foreign.path_with(&route, "limit=1");
                let theirs = route.asks(&world.foreigner, &theirs, None).await.is(200);
                if let Some(cursor) = theirs["next_cursor"].as_str() {
                    let path = things.path_with(&route, &format!("limit=1&cursor={cursor}"));
                    route.asks(&world.owner, &path, None).await.refuses(422, "invalid_cursor");
                    cursors += 1;
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
        assert!(tried >= 10 && cursors >= 5, "{tried} filters, {cursors} cursors");
    }

    async fn the_ledger_holds_no_address_and_the_database_no_token(app: TestApp) {
        let world = World::of(&app).await;
        Things::of(&world.acme, 0).await;
        let invited = json!({ "email": "bob@example.com", "role": "admin" });
        let invitation = world.owner.post(world.acme.path("/invitations"), invited).await.is(201);
        let stored = world.side.stored().await;
        let in_ledger = |text: &str| stored["ledger"].iter().any(|row| row.contains(text));
        assert!(in_ledger("invitation.created") && !in_ledger("@"));
        let token = invitation["token"].as_str().unwrap();
        for (table, rows) in &stored {
            let secrets = [token, &world.owner.refresh_token, PASSWORD];
            assert!(rows.iter().all(|row| secrets.iter().all(|secret| !row.contains(secret))), "{table}");
        }
    }
}
