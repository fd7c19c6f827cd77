//! What holds for every list: limits, cursors and parameters.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Contract, Org, TestApp, both_engines};

/// An organization with a member, three projects and seven tasks.
async fn busy(app: &TestApp) -> Org {
    let acme = app.signs_up("Ann").await.founds("Acme").await;
    acme.gets("Bob", "member").await;
    for name in ["Web", "App", "Ops"] {
        acme.project(name).await;
    }
    for n in 0..7 {
        acme.task("WEB", &format!("Task {n}")).await;
    }
    acme
}

/// Every list of the API, inside an organization or not, ready for parameters.
fn lists(org: &Org) -> Vec<String> {
    let document = &Contract::get().document;
    let is_list = |item: &Value| {
        item["get"]["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["name"] == "cursor"))
    };
    let paths = document["paths"].as_object().unwrap().iter().filter(|(_, item)| is_list(item));
    let filled =
        |path: &str| path.replace("{org}", &org.slug).replace("{project}", "WEB").replace("{task}", "WEB-1");
    // What is searched has to be said.
    let query = |path: &str| if path.ends_with("/search") { "?q=task&" } else { "?" };
    let lists: Vec<String> = paths.map(|(path, _)| filled(path) + query(path)).collect();
    assert!(lists.len() >= 10, "{lists:?}");
    assert!(
        lists.iter().all(|path| !path.contains('{')),
        "a parameter that this test doesn't know: {lists:?}"
    );
    lists
}

/// Who sees a list: the founder, or whoever runs the server.
fn reader(org: &Org, list: &str) -> Actor {
    if list.starts_with("/v1/admin/") { org.founder.app.operator() } else { org.founder.clone() }
}

fn id_of(item: &Value) -> String {
    let ids = ["/id", "/seq", "/user/id", "/comment/id", "/activity/id"];
    let id = ids.iter().find_map(|pointer| item.pointer(pointer));
    id.unwrap_or_else(|| panic!("nothing identifies {item}")).to_string()
}

both_engines! {
    async fn every_list_takes_a_limit_from_1_to_200(app: TestApp) {
        let acme = busy(&app).await;
        for list in lists(&acme) {
            let who = reader(&acme, &list);
            for good in ["1", "200"] {
                who.get(format!("{list}limit={good}")).await.is(200);
            }
            for bad in ["0", "201", "-1", "99999999999999999999999"] {
                who.get(format!("{list}limit={bad}")).await.rejects("/limit", "out_of_range");
            }
            for bad in ["1.5", "ten", "", "-", "%2B5", "1e1", "%00"] {
                who.get(format!("{list}limit={bad}")).await.rejects("/limit", "invalid_type");
            }
        }
    }

    async fn every_list_gives_each_item_once_in_pages_of_one(app: TestApp) {
        let acme = busy(&app).await;
        for list in lists(&acme) {
            let who = reader(&acme, &list);
            let whole = who.get(format!("{list}limit=200")).await.is(200);
            let wanted: Vec<String> = whole["items"].as_array().unwrap().iter().map(id_of).collect();
            let (mut seen, mut next) = (Vec::new(), format!("{list}limit=1"));
            loop {
                let page = who.get(&next).await.is(200);
                seen.extend(page["items"].as_array().unwrap().iter().map(id_of));
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                assert_eq!(page["items"].as_array().unwrap().len(), 1, "{list}");
                next = format!("{list}limit=1&cursor={cursor}");
            }
            assert_eq!(seen, wanted, "{list}");
        }
    }

    async fn every_list_refuses_parameters_that_are_unknown_or_repeated(app: TestApp) {
        let acme = busy(&app).await;
        for list in lists(&acme) {
            let who = reader(&acme, &list);
            who.get(format!("{list}colour=red")).await.rejects("/colour", "unknown_field");
            who.get(format!("{list}Limit=1")).await.rejects("/Limit", "unknown_field");
            who.get(format!("{list}limit=1&limit=1")).await.rejects("/limit", "duplicate_field");
            who.get(format!("{list}cursor=a&cursor=a")).await.rejects("/cursor", "duplicate_field");
        }
    }

    async fn every_list_refuses_a_cursor_that_it_did_not_give(app: TestApp) {
        let acme = busy(&app).await;
        let ann = &acme.founder;
        let tasks = ann.get(acme.path("/tasks?limit=2")).await.is(200)["next_cursor"].as_str().unwrap().to_owned();
        for list in lists(&acme) {
            let mut cursors = vec!["x".to_owned(), "AAAA".into(), "%00".into(), "ü".into(), String::new(), "A".repeat(5_000)];
            if list != acme.path("/tasks?") {
                cursors.push(tasks.clone());
            }
            let who = reader(&acme, &list);
            if let Some(own) = who.get(format!("{list}limit=1")).await.is(200)["next_cursor"].as_str() {
                who.get(format!("{list}limit=2&cursor={own}")).await.is(200);
                let mut altered = own.to_owned().into_bytes();
                altered[3] = if altered[3] == b'A' { b'B' } else { b'A' };
                cursors.extend([String::from_utf8(altered).unwrap(), own[..own.len() - 4].to_owned(), format!("{own}AAAA"), format!("{own}=")]);
            }
            for cursor in cursors {
                who.get(format!("{list}cursor={cursor}")).await.refuses(422, "invalid_cursor");
            }
        }
    }

    async fn a_cursor_is_good_for_its_organization_and_filters_only(app: TestApp) {
        let acme = busy(&app).await;
        let ann = &acme.founder;
        let other = ann.founds("Other").await;
        let page = |path: String| async move { ann.get(path).await };
        let cursor = page(acme.path("/tasks?limit=2&status=todo&priority=none")).await.is(200)["next_cursor"].as_str().unwrap().to_owned();
        for (org, query, good) in [
            (&acme.slug, "status=todo&priority=none", true),
            (&acme.slug, "priority=none&status=todo&limit=5", true),
            (&acme.id, "status=todo&priority=none", true),
            (&acme.slug, "status=todo", false),
            (&acme.slug, "status=todo,done&priority=none", false),
            (&acme.slug, "status=todo&priority=none&sort=created_at", false),
            (&other.slug, "status=todo&priority=none", false),
        ] {
            let answer = page(format!("/v1/orgs/{org}/tasks?{query}&cursor={cursor}")).await;
            if good {
                assert!(!answer.is(200)["items"].as_array().unwrap().is_empty());
            } else {
                answer.refuses(422, "invalid_cursor");
            }
        }
        // It goes on under another slug, and for another member; for a stranger the list isn't there at all.
        ann.patch(acme.path(""), json!({ "slug": "acme-two" })).await.is(200);
        let query = format!("status=todo&priority=none&cursor={cursor}");
        page(format!("/v1/orgs/acme-two/tasks?{query}")).await.is(200);
        app.logs_in("bob@example.com").await.get(format!("/v1/orgs/acme-two/tasks?{query}")).await.is(200);
        app.signs_up("Eve").await.get(format!("/v1/orgs/acme-two/tasks?{query}")).await.refuses(404, "not_found");
    }

    async fn filters_that_are_wrong_are_named(app: TestApp) {
        let acme = busy(&app).await;
        for (query, pointer, code) in [
            ("status=open", "/status", "invalid_value"),
            ("status=", "/status", "invalid_value"),
            ("status=todo,", "/status", "invalid_value"),
            ("priority=HIGH", "/priority", "invalid_value"),
            ("assignee=ann", "/assignee", "invalid_format"),
            ("due_before=yesterday", "/due_before", "invalid_format"),
            ("due_before=2026-11-23", "/due_before", "invalid_format"),
            ("overdue=1", "/overdue", "invalid_type"),
            ("sort=title", "/sort", "invalid_value"),
            ("sort=due_at,priority,status", "/sort", "invalid_value"),
            ("sort=due_at,-due_at", "/sort", "invalid_value"),
            ("sort=--due_at", "/sort", "invalid_value"),
            ("status=todo%00", "/status", "invalid_text"),
        ] {
            acme.founder.get(acme.path(&format!("/tasks?{query}"))).await.rejects(pointer, code);
        }
        acme.founder.send(Method::GET, &acme.path("/tasks?status=open&limit=1&priority=x"), &[], None).await.refuses(422, "invalid_input");
    }
}
