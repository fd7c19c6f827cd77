//! The attacks that follow each test (`support/attacks.rs`): that they try every route, and that they find a hole.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{
    Actor, Asked, Attack, Org, Route, Secrets, Stored, TestApp, Things, both_engines, good, id_fields,
};

/// A request to a route that names as many things as it can.
fn request(route: &Route, things: &Things) -> Asked {
    let body = route.body().map(|schema| {
        let mut body = good(schema, "", things);
        // Nothing is both before and behind one thing.
        for (field, is_list) in id_fields(schema).into_iter().filter(|(field, _)| *field != "after") {
            let id = things.in_body(route, field);
            body[field] = if is_list { json!([id]) } else { json!(id) };
        }
        body
    });
    // A list of one project takes no other.
    let filters = route.parameters("query").into_iter();
    let filters = filters
        .filter(|name| !route.parameters("path").contains(name))
        .filter_map(|name| Some(format!("{name}={}", things.named(name)?)));
    let query = filters.collect::<Vec<_>>().join("&");
    Asked::new(&route.method, &things.path_with(route, &query), body.as_ref())
}

/// A request to every route, each in an organization of its own, so that none disturbs another.
async fn requests(ann: &Actor) -> Vec<(Org, Asked)> {
    let mut all = Vec::new();
    for route in Route::of_tenants() {
        let org = ann.founds(&route.to_string()).await;
        let things = Things::of(&org, 0).await;
        all.push((org, request(&route, &things)));
    }
    all
}

fn asked(all: &[(Org, Asked)]) -> Vec<Asked> {
    all.iter().map(|(_, asked)| asked.clone()).collect()
}

both_engines! {
    async fn every_route_is_tried_and_lets_nobody_in_but_who_may(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let all = requests(&ann).await;
        let attack = Attack::on(&app).await.unwrap();
        let outcome = attack.tries(&asked(&all)).await;
        assert_eq!(outcome.faults, [] as [String; 0]);
        let routes: Vec<String> = Route::of_tenants().map(|route| route.to_string()).collect();
        for route in &routes {
            assert!(outcome.tries.get(route) >= Some(&2), "{route}: {:?}", outcome.tries);
        }
        assert!(outcome.tries.values().sum::<usize>() >= 3 * routes.len(), "{:?}", outcome.tries);
        // That it was good input which was refused.
        for (_, asked) in all {
            let answer = asked.by(&ann).await;
            assert!(answer.succeeded() || answer.body["code"] == "last_owner", "{asked:?}: {}", answer.body);
        }
    }

    async fn a_stranger_who_is_let_in_is_found_on_every_route(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let all = requests(&ann).await;
        let attack = Attack::on(&app).await.unwrap();
        for (org, _) in &all {
            attack.side.joins(&org.id, &attack.stranger.id, "owner").await;
        }
        let outcome = attack.tries(&asked(&all)).await;
        for route in Route::of_tenants() {
            let by_stranger = |fault: &&String| fault.starts_with(&format!("{route}: ")) && fault.contains("Mallory");
            assert!(outcome.faults.iter().find(by_stranger).is_some(), "{route}: {:#?}", outcome.faults);
        }
        assert!(outcome.faults.iter().any(|fault| fault.starts_with("ledger got")), "{:#?}", outcome.faults);
    }

    async fn a_low_role_that_is_as_good_as_a_high_one_is_found(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let all = requests(&ann).await;
        let mut attack = Attack::on(&app).await.unwrap();
        attack.low[1].1 = "owner";
        let outcome = attack.tries(&asked(&all)).await;
        let restricted: Vec<Route> = Route::of_tenants().filter(|route| route.required() != "member").collect();
        assert!(restricted.len() >= 8);
        for route in restricted {
            let by_member = |fault: &&String| fault.starts_with(&format!("{route}: ")) && fault.contains("Craig");
            assert!(outcome.faults.iter().find(by_member).is_some(), "{route}: {:#?}", outcome.faults);
        }
    }
}

const ANOTHERS: &str = "01890000-0000-7000-8000-00000000000a";
const OWN: &str = "01890000-0000-7000-8000-00000000000b";

fn stored(rows: &[Value]) -> Stored {
    BTreeMap::from([("tasks".into(), rows.iter().map(Value::to_string).collect::<BTreeSet<_>>())])
}

#[test]
fn what_an_answer_gives_away_is_found() {
    let rows = stored(&[
        json!({ "id": ANOTHERS, "title": "Secret plan", "note": "Said by both", "kind": "organization" }),
        json!({ "id": OWN, "title": "Our plan", "note": "Said by both" }),
    ]);
    let secrets = Secrets::of(&rows, &[OWN.into()]);
    let ask = "GET /v1/orgs/ours/tasks?q=plan";
    for (answer, told) in [
        (json!({ "items": [{ "id": ANOTHERS }] }), Some(ANOTHERS)),
        (json!({ "detail": format!("{ANOTHERS} is not yours") }), Some(ANOTHERS)),
        (json!({ "detail": "Secret plan is not yours" }), Some("Secret plan")),
        (json!({ "items": [{ "id": OWN, "title": "Our plan" }] }), None),
        (json!({ "items": [{ "note": "Said by both", "kind": "organization" }] }), None),
    ] {
        assert_eq!(secrets.told(ask, &answer.to_string()), told, "{answer}");
    }
    // Who says a word may hear it, but an id is never repeated.
    let saying =
        format!("POST /v1/orgs/ours/tasks {{\"title\":\"Secret plan\",\"parent_id\":\"{ANOTHERS}\"}}");
    assert_eq!(secrets.told(&saying, "Secret plan"), None);
    assert_eq!(secrets.told(&saying, ANOTHERS), Some(ANOTHERS));
}
