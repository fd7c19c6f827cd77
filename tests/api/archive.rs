//! `GET /v1/orgs/{org}/export` and `guildhall import`: a whole organization as one file, there and back.

use std::{collections::BTreeMap, io::Cursor, sync::Arc, time::Duration};

use guildhall::{
    app::{Choices, Imported, purge},
    base::{clock::Clock, limits::Limits},
};
use serde_json::{Value, json};

use crate::support::{
    Actor, Database, Engine, Options, Org, PASSWORD, TestApp, archive, both_engines, each, run,
};

async fn exports(org: &Org) -> Vec<u8> {
    let answer = org.founder.get(org.path("/export")).await;
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{}.zip\"", org.slug));
    let bytes = answer.bytes.clone();
    answer.is(200);
    bytes
}

/// Everybody who has an account has proved their address, and the archive's members are those people.
async fn imports(app: &TestApp, archive: Vec<u8>) -> Imported {
    app.database.run("update users set email_verified_at = 1 where email <> ''").await;
    tries(app, true, archive).await.unwrap()
}

/// An import with Ann as the owner.
async fn tries(app: &TestApp, match_people: bool, archive: Vec<u8>) -> Result<Imported, String> {
    chooses(app, Some("ann@example.com"), match_people, archive).await
}

async fn chooses(
    app: &TestApp,
    owner: Option<&str>,
    match_people: bool,
    archive: Vec<u8>,
) -> Result<Imported, String> {
    let choices = Choices { owner: owner.map(|owner| owner.parse().unwrap()), match_people };
    app.app.import(choices, Cursor::new(archive)).await.map_err(|error| error.to_string())
}

/// Weeks of work in a few requests: everything that an archive has a file for.
async fn lived_in(ann: &Actor) -> Org {
    let acme = ann.founds("Acme").await;
    let (bob, cy) = (acme.gets("Bob", "admin").await, acme.gets("Cy", "member").await);
    let gone = acme.gets("Gone", "member").await;
    ann.patch(acme.path(""), json!({ "settings": { "members_edit": "any" } })).await.is(200);
    acme.private_project("Secret").await;
    ann.put(acme.path(&format!("/projects/SEC/members/{}", cy.id))).await.is(204);
    acme.project("Old").await;
    acme.project("Lost").await;
    for (key, title) in [("SEC", "Plan"), ("SEC", "Detail"), ("OLD", "Done"), ("LOS", "Lost")] {
        let task = json!({ "title": title, "description": "With *words*", "assignee_ids": [bob.id], "priority": "high" });
        bob.post(acme.path(&format!("/projects/{key}/tasks")), task).await.is(201);
    }
    let plan = ann.get(acme.path("/tasks/SEC-1")).await.is(200);
    // A task that is older than the one above it.
    cy.patch(acme.path("/tasks/SEC-1"), json!({ "status": "review", "assignee_ids": [cy.id] })).await.is(200);
    let above = ann.post(acme.path("/projects/SEC/tasks"), json!({ "title": "Above" })).await.is(201);
    ann.patch(
        acme.path("/tasks/SEC-2"),
        json!({ "parent_id": plan["id"], "due_at": "2030-01-01T00:00:00Z" }),
    )
    .await
    .is(200);
    ann.patch(acme.path("/tasks/SEC-1"), json!({ "parent_id": above["id"] })).await.is(200);
    ann.patch(acme.path("/projects/OLD"), json!({ "key": "FORMER" })).await.is(200);
    ann.posts(acme.path("/projects/FORMER/archive")).await.is(200);
    ann.delete(acme.path("/projects/LOS")).await.is(204);
    ann.delete(acme.path(&format!("/members/{}", gone.id))).await.is(204);
    for name in ["pending", "revoked", "declined"] {
        let invited = json!({ "email": format!("{name}@example.com"), "role": "member" });
        let invitation = ann.post(acme.path("/invitations"), invited).await.is(201);
        if name == "revoked" {
            let path = acme.path(&format!("/invitations/{}", invitation["id"].as_str().unwrap()));
            ann.delete(path).await.is(204);
        }
        if name == "declined" {
            let stranger = ann.app.signs_up("Declined").await;
            stranger.post("/v1/invitations/decline", json!({ "token": invitation["token"] })).await.is(204);
        }
    }
    acme
}

/// The rows of an archive with each id as the number of its first mention, without what an import changes on purpose.
fn comparable(archive: &[u8]) -> BTreeMap<String, Vec<String>> {
    let (mut numbers, mut files) = (BTreeMap::new(), BTreeMap::new());
    let order = [
        "organization",
        "people",
        "members",
        "invitations",
        "projects",
        "project_keys",
        "project_members",
        "tasks",
        "task_numbers",
        "task_assignees",
        "ledger",
    ];
    let texts = archive::texts(archive);
    assert_eq!(texts.len(), order.len() + 1);
    let mut mentioned = |text: &str| -> String {
        let parts = text.split('"').map(|part| match uuid::Uuid::try_parse(part) {
            Ok(id) => {
                let next = numbers.len();
                format!("#{}", numbers.entry(id).or_insert(next))
            }
            Err(_) => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join("\"")
    };
    // Who has which account is decided by addresses, not by order.
    let people: Vec<Value> =
        texts["people.ndjson"].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut people: Vec<(&Value, &Value)> =
        people.iter().map(|person| (&person["name"], &person["id"])).collect();
    people.sort_by_key(|(name, _)| name.to_string());
    for (_, id) in people {
        mentioned(&id.to_string());
    }
    for name in order {
        let lines = texts[&format!("{name}.ndjson")].lines();
        let mut rows: Vec<String> = lines
            .filter(|line| !line.contains("organization.imported") && !line.contains("organization.exported"))
            .map(|line| {
                mentioned(line).replace("\"acme-2\"", "\"acme\"").replace("\"pending\"", "\"expired\"")
            })
            .collect();
        if name != "ledger" {
            rows.sort();
        }
        files.insert(name.to_owned(), rows);
    }
    files
}

async fn another_server(engine: Engine) -> TestApp {
    let database = Arc::new(Database::create(engine).await);
    TestApp::start_on(database, Clock::adjustable(), Options::default()).await
}

/// Changes the rows of a file.
type Change = fn(&mut Vec<Value>);

fn purges(row: &mut Value) {
    row["purged_at"] = row["created_at"].clone();
}

/// An archive with other rows in one file is refused by a check, which says where.
async fn is_refused(app: &TestApp, good: &BTreeMap<String, String>, file: &str, rows: &[Value]) {
    let lines = rows.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let mut texts = good.clone();
    texts.insert(file.to_owned(), lines);
    let refused = tries(app, true, archive::of(&texts)).await;
    let error = refused.expect_err(&format!("{file} {rows:?}"));
    assert!(error.contains(".ndjson") && !error.contains("insert into"), "{error}");
    assert!(!error.contains(char::is_control), "{error:?}");
}

fn at_of(rows: &[Value], field: &str, value: &Value) -> usize {
    rows.iter().position(|row| &row[field] == value).unwrap()
}

/// A body as text without what differs between two servers.
fn told(page: &Value) -> Vec<String> {
    each(&page["items"], "/summary")
}

async fn moves(from: TestApp, to: Engine) {
    let ann = from.signs_up("Ann").await;
    let acme = lived_in(&ann).await;
    let archive = exports(&acme).await;
    let there = another_server(to).await;
    for name in ["Ann", "Bob", "Cy"] {
        there.signs_up(name).await;
    }
    let mails = "select count(*) from mails";
    let before = there.database.number(mails).await;
    let imported = imports(&there, archive.clone()).await;
    assert_eq!((imported.slug.as_str(), imported.members, imported.matched), ("acme", 3, 3));
    // Who left, and who declined.
    assert_eq!((imported.projects, imported.tasks, imported.placeholders), (2, 4, 2));
    assert_eq!(there.database.number(mails).await, before + 3);
    let ann = there.logs_in("ann@example.com").await;
    let acme_there = Org { founder: ann.clone(), id: String::new(), slug: "acme".into() };
    let history = told(&acme.founder.get(acme.path("/activity?limit=200")).await.is(200));
    let history_there = told(&ann.get(acme_there.path("/activity?limit=200")).await.is(200));
    assert_eq!(history_there[0], "Guildhall imported Acme");
    assert_eq!(history_there[1..], history);
    let again = exports(&acme_there).await;
    assert_eq!(comparable(&again), comparable(&archive));
    // It lives on: numbers, keys, sight, trash, history.
    let cy = there.logs_in("cy@example.com").await;
    assert_eq!(
        cy.post(acme_there.path("/projects/SEC/tasks"), json!({ "title": "New" })).await.is(201)["key"],
        "SEC-4"
    );
    assert_eq!(cy.get(acme_there.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([cy.person()]));
    assert_eq!(ann.get(acme_there.path("/projects/OLD")).await.is(200)["key"], "FORMER");
    ann.posts(acme_there.path("/projects/LOS/restore")).await.is(200);
    ann.post(acme_there.path("/invitations"), json!({ "email": "pending@example.com", "role": "member" }))
        .await
        .is(201);
    let seqs: Vec<i64> = ann.get(acme_there.path("/activity?limit=200")).await.is(200)["items"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .map(|entry| entry["seq"].as_i64().unwrap())
        .collect();
    assert!(seqs.iter().zip(1..).all(|(seq, expected)| *seq == expected), "{seqs:?}");
    there.database.discard().await;
}

#[test]
fn an_organization_moves_from_sqlite_to_postgres() {
    run(Engine::Sqlite, async |app: TestApp| moves(app, Engine::Postgres).await);
}

#[test]
fn an_organization_moves_from_postgres_to_sqlite() {
    run(Engine::Postgres, async |app: TestApp| moves(app, Engine::Sqlite).await);
}

both_engines! {
    async fn on_the_same_server_it_is_a_copy_with_the_same_people(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = lived_in(&ann).await;
        let archive = exports(&acme).await;
        let imported = imports(&app, archive.clone()).await;
        assert_eq!((imported.slug.as_str(), imported.matched), ("acme-2", 3));
        let copy = Org { slug: "acme-2".into(), ..acme.clone() };
        assert_eq!(comparable(&exports(&copy).await), comparable(&archive));
        // Nothing that happens to one happens to the other.
        let before = exports(&acme).await;
        ann.delete(copy.path("/projects/SEC")).await.is(204);
        ann.delete(copy.path("?confirm=acme-2")).await.is(204);
        let without_time = |archive: &[u8]| {
            let mut texts = archive::texts(archive);
            texts.remove("manifest.json");
            let ledger = texts["ledger.ndjson"].lines().filter(|line| !line.contains("organization.exported"));
            let ledger = ledger.collect::<Vec<_>>().join("\n");
            texts.insert("ledger.ndjson".into(), ledger);
            texts
        };
        assert_eq!(without_time(&exports(&acme).await), without_time(&before));
    }

    async fn it_holds_no_secret(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = lived_in(&ann).await;
        ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"], "organization_id": acme.id })).await.is(201);
        let text: String = archive::texts(&exports(&acme).await).into_values().collect();
        for secret in ["hash", "argon2", "ghi_", "gh_", PASSWORD] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert!(text.contains("ann@example.com"), "members are found by their address");
    }

    async fn a_large_organization_is_exported_whole(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        // More than a page of each, and one that ends with its page.
        for _ in 0..10 {
            let create = |n: usize| ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": format!("Task {n}"), "assignee_ids": [ann.id] }));
            futures_util::future::join_all((0..50).map(create)).await;
        }
        for tasks in [500, 501] {
            let texts = archive::texts(&exports(&acme).await);
            for file in ["tasks.ndjson", "task_numbers.ndjson", "task_assignees.ndjson"] {
                let mut lines: Vec<&str> = texts[file].lines().collect();
                lines.sort_unstable();
                lines.dedup();
                assert_eq!(lines.len(), tasks, "{file}");
            }
            assert_eq!(texts["ledger.ndjson"].lines().count(), usize::try_from(acme.last_seq().await).unwrap());
            let task = json!({ "title": "One more", "assignee_ids": [ann.id] });
            ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        }
    }

    async fn what_is_no_good_archive_changes_nothing(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = lived_in(&ann).await;
        let good = archive::texts(&exports(&acme).await);
        let (orgs, users) = ("select count(*) from organizations", "select count(*) from users");
        let before = (app.database.number(orgs).await, app.database.number(users).await);
        let with = |file: &str, change: &dyn Fn(&str) -> String| {
            let mut texts = good.clone();
            let changed = change(&texts[file]);
            assert_ne!(changed, texts[file], "{file}");
            texts.insert(file.to_owned(), changed);
            archive::of(&texts)
        };
        let nobody = "01890000-0000-7000-8000-000000000000";
        let task = serde_json::from_str::<Value>(good["tasks.ndjson"].lines().next().unwrap()).unwrap();
        let without = |file: &str| {
            let mut texts = good.clone();
            texts.remove(file);
            archive::of(&texts)
        };
        for (archive, why) in [
            (b"no zip".to_vec(), "no archive"),
            (without("tasks.ndjson"), "tasks.ndjson"),
            (without("manifest.json"), "manifest.json"),
            (with("manifest.json", &|text| text.replace("\"version\":1", "\"version\":2")), "version 2"),
            (with("manifest.json", &|text| text.replace("guildhall-organization", "other")), "other"),
            (with("organization.ndjson", &|_| String::new()), "organization.ndjson"),
            (with("tasks.ndjson", &|text| text.replacen("\"high\"", "\"highest\"", 1)), "tasks.ndjson, line 1"),
            (with("projects.ndjson", &|text| text.replacen("\"name\":", "\"title\":", 1)), "projects.ndjson, line 1"),
            (with("tasks.ndjson", &|text| text.replace(task["created_by"].as_str().unwrap(), nobody)), "isn't in the archive"),
            (with("tasks.ndjson", &|text| format!("{text}{}", text.lines().next().unwrap())), "twice"),
            (with("task_assignees.ndjson", &|text| text.replacen(&text[12..48], nobody, 1)), "isn't in the archive"),
            (with("ledger.ndjson", &|text| text.replacen("{\"seq\":3,", "{\"seq\":4,", 1)), "entry 3 is missing"),
            (with("members.ndjson", &|text| text.replace("owner", "admin")), "nobody is owner"),
            (with("ledger.ndjson", &|_| String::new()), "the founding is missing"),
        ] {
            let error = tries(&app, true, archive).await.unwrap_err();
            assert!(error.contains(why), "{error}, not {why}");
            assert_eq!((app.database.number(orgs).await, app.database.number(users).await), before, "{why}");
        }
    }

    async fn what_was_in_the_trash_goes_for_good_in_the_copy_too(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = lived_in(&ann).await;
        ann.delete(acme.path("/tasks/SEC-2")).await.is(204);
        imports(&app, exports(&acme).await).await;
        let left = "select count(*) from tasks where title in ('Lost', 'Detail')";
        assert_eq!(app.database.number(left).await, 4);
        app.clock.advance(Duration::from_hours(32 * 24));
        purge::run(&app.app.public()).await.unwrap();
        assert_eq!(app.database.number(left).await, 0);
    }

    async fn a_text_that_was_purged_does_not_come_back_with_an_older_archive(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Quagmire").await;
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        app.clock.advance(Duration::from_hours(32 * 24));
        purge::run(&app.app.public()).await.unwrap();
        let acme = Org { founder: ann.again().await, ..acme };
        let mut texts = archive::texts(&exports(&acme).await);
        let (purged, kept) = (r#""title":{"from":null,"to":null}"#, r#""title":{"from":null,"to":"Quagmire"}"#);
        let ledger = texts["ledger.ndjson"].replacen(purged, kept, 1);
        assert!(ledger.contains("Quagmire"));
        texts.insert("ledger.ndjson".to_owned(), ledger);
        imports(&app, archive::of(&texts)).await;
        assert_eq!(app.database.number("select count(*) from ledger_texts where texts like '%Quagmire%'").await, 0);
    }

    async fn what_the_rules_would_not_have_let_come_about_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = lived_in(&ann).await;
        let good = archive::texts(&exports(&acme).await);
        let rows = |file: &str| -> Vec<Value> {
            good[file].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let (tasks, people) = (rows("tasks.ndjson"), rows("people.ndjson"));
        let keys = rows("project_keys.ndjson");
        let former = &keys.iter().find(|row| row["key"] == "FORMER").unwrap()["project_id"];
        let above = tasks.iter().position(|task| task["title"] == "Above").unwrap();
        let plan = tasks.iter().find(|task| task["title"] == "Plan").unwrap();
        let lost = tasks.iter().find(|task| task["title"] == "Lost").unwrap();
        let former = rows("projects.ndjson").iter().position(|project| &project["id"] == former).unwrap();
        let gone = people.iter().position(|person| person["name"] == "Gone").unwrap();
        let lost_project = rows("projects.ndjson").iter().position(|project| project["key"] == "LOS").unwrap();
        let cy = &people.iter().find(|person| person["name"] == "Cy").unwrap()["id"];
        let ledger = rows("ledger.ndjson");
        let entry = |action: &str| ledger.iter().position(|entry| entry["action"] == action).unwrap();
        let nobody = "01890000-0000-7000-8000-000000000000";
        let (early, late) = ("1969-12-31T00:00:00.000Z", "2999-01-01T00:00:00.000Z");
        let assigned = entry("task.assigned");
        let shouted = people[0]["email"].as_str().unwrap().to_uppercase();
        for (file, row, field, value) in [
            ("people.ndjson", 1, "name", json!("")),
            ("people.ndjson", 1, "name", json!("A\u{0}B")),
            ("people.ndjson", 1, "email", json!("nowhere")),
            ("people.ndjson", 1, "email", json!(shouted)),
            ("people.ndjson", gone, "email", json!("gone@example.com")),
            ("members.ndjson", 0, "version", json!(0)),
            ("projects.ndjson", 0, "numbers", json!(-1)),
            ("projects.ndjson", 0, "numbers", json!(0)),
            ("projects.ndjson", 0, "numbers", json!(i64::MAX)),
            ("projects.ndjson", former, "key", json!("FREE")),
            ("tasks.ndjson", 0, "title", json!("")),
            ("tasks.ndjson", 0, "version", json!(i64::MAX)),
            ("tasks.ndjson", 0, "number", json!(77)),
            ("tasks.ndjson", above, "parent_id", tasks[above]["id"].clone()),
            ("tasks.ndjson", above, "parent_id", plan["id"].clone()),
            ("tasks.ndjson", above, "parent_id", lost["id"].clone()),
            // Purged, but neither deleted nor empty.
            ("tasks.ndjson", 0, "purged_at", tasks[0]["created_at"].clone()),
            ("projects.ndjson", 0, "purged_at", tasks[0]["created_at"].clone()),
            ("projects.ndjson", lost_project, "deleted_at", json!(late)),
            ("projects.ndjson", 0, "name", json!("")),
            ("tasks.ndjson", 0, "position", json!("a!")),
            ("tasks.ndjson", 0, "completed_at", tasks[0]["created_at"].clone()),
            ("tasks.ndjson", 0, "status", json!("done")),
            ("tasks.ndjson", 0, "created_at", json!(late)),
            ("tasks.ndjson", 0, "updated_at", json!(early)),
            ("tasks.ndjson", 0, "created_by", json!(nobody)),
            ("organization.ndjson", 0, "version", json!(0)),
            ("organization.ndjson", 0, "created_at", json!(late)),
            ("members.ndjson", 0, "joined_at", json!(late)),
            ("members.ndjson", 1, "user_id", rows("members.ndjson")[0]["user_id"].clone()),
            ("invitations.ndjson", 0, "email", json!("nowhere")),
            ("invitations.ndjson", 0, "expires_at", json!(early)),
            ("invitations.ndjson", 0, "invited_by", json!(nobody)),
            ("project_keys.ndjson", 1, "key", keys[0]["key"].clone()),
            // Somebody who left is in a project, or on an open task.
            ("project_members.ndjson", 0, "user_id", people[gone]["id"].clone()),
            ("task_assignees.ndjson", 0, "user_id", people[gone]["id"].clone()),
            // Cy is on the task of a private project that they aren't in.
            ("project_members.ndjson", at_of(&rows("project_members.ndjson"), "user_id", cy), "project_id", lost["project_id"].clone()),
            ("task_numbers.ndjson", 0, "number", json!(99)),
            ("ledger.ndjson", 0, "action", json!("organization.updated")),
            ("ledger.ndjson", assigned, "action", json!("member.joined")),
            ("ledger.ndjson", assigned, "actor_id", json!(nobody)),
            ("ledger.ndjson", assigned, "actor_id", Value::Null),
            ("ledger.ndjson", assigned, "actor_kind", json!("system")),
            ("ledger.ndjson", assigned, "actor_kind", json!("token")),
            ("ledger.ndjson", assigned, "at", json!(late)),
            ("ledger.ndjson", assigned, "project_id", Value::Null),
            ("ledger.ndjson", assigned, "project_id", lost["project_id"].clone()),
            ("ledger.ndjson", assigned, "task_id", Value::Null),
            ("ledger.ndjson", assigned, "subject_id", plan["project_id"].clone()),
            ("ledger.ndjson", assigned, "changes", json!({ "assignee": nobody })),
            ("ledger.ndjson", assigned, "changes", json!({ "assignee": { "from": null, "to": nobody } })),
            ("ledger.ndjson", assigned, "changes", json!({ "assignee": { "from": null, "to": "Cy" } })),
            ("ledger.ndjson", assigned, "changes", json!({ "title": { "from": null, "to": "Cy" } })),
            ("ledger.ndjson", entry("task.created"), "changes", json!({ "title": { "from": null, "to": "" } })),
            ("ledger.ndjson", entry("task.created"), "changes", json!({ "status": { "from": null, "to": "lost" } })),
            ("ledger.ndjson", entry("task.created"), "changes", json!({ "description": { "from": null, "to": "all of it" } })),
            ("ledger.ndjson", entry("project.deleted"), "action", json!("project.archived")),
        ] {
            let mut changed = rows(file);
            changed[row][field] = value.clone();
            is_refused(&app, &good, file, &changed).await;
        }
        assert_eq!(app.database.number("select count(*) from organizations").await, 1);
    }

    async fn rows_that_do_not_fit_together_are_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let good = archive::texts(&exports(&lived_in(&ann).await).await);
        let all: [(&str, Change); 12] = [
            ("project_members.ndjson", |rows| rows.push(rows[0].clone())),
            ("task_assignees.ndjson", |rows| rows.push(rows[0].clone())),
            ("task_numbers.ndjson", |rows| rows.push(rows[0].clone())),
            ("task_numbers.ndjson", |rows| drop(rows.pop())),
            ("ledger.ndjson", |rows| drop(rows.remove(1))),
            ("ledger.ndjson", |rows| rows[0]["subject_id"] = json!("01890000-0000-7000-8000-000000000000")),
            ("ledger.ndjson", |rows| rows[1]["subject_kind"] = json!("organization")),
            ("project_keys.ndjson", |rows| {
                rows.extend((0..20).map(|n| json!({ "key": format!("K{n}"), "project_id": rows[0]["project_id"] })).collect::<Vec<_>>());
            }),
            // Purged: with text, with assignees, with members.
            ("tasks.ndjson", |rows| {
                let above = rows.iter_mut().find(|row| row["title"] == "Above").unwrap();
                above["deleted_at"] = above["created_at"].clone();
                purges(above);
            }),
            ("tasks.ndjson", |rows| {
                let lost = rows.iter_mut().find(|row| row["title"] == "Lost").unwrap();
                (lost["title"], lost["description"], lost["deleted_at"]) = (json!(""), json!(""), lost["created_at"].clone());
                purges(lost);
            }),
            ("projects.ndjson", |rows| {
                let former = rows.iter_mut().find(|row| row["key"] == "FORMER").unwrap();
                (former["description"], former["deleted_at"]) = (json!("Words"), former["created_at"].clone());
                purges(former);
            }),
            ("projects.ndjson", |rows| {
                let secret = rows.iter_mut().find(|row| row["key"] == "SEC").unwrap();
                secret["deleted_at"] = secret["created_at"].clone();
                purges(secret);
            }),
        ];
        for (file, change) in all {
            let mut rows: Vec<Value> = good[file].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            change(&mut rows);
            is_refused(&app, &good, file, &rows).await;
        }
        assert_eq!(app.database.number("select count(*) from organizations").await, 1);
    }

    async fn nobody_becomes_a_member_but_who_the_operator_names(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let bob = app.signs_up("Bob").await;
        let there = another_server(app.database.engine()).await;
        let eve = there.signs_up("Eve").await;
        let archive = exports(&lived_in(&eve).await).await;
        there.database.discard().await;
        // Ann isn't in the archive, and Bob is an admin in it.
        app.database.run("delete from mails").await;
        let imported = tries(&app, false, archive.clone()).await.unwrap();
        assert_eq!((imported.members, imported.matched, imported.placeholders), (4, 0, 5));
        assert_eq!(bob.get("/v1/orgs").await.is(200)["items"], json!([]));
        assert_eq!(app.database.number("select count(*) from mails").await, 1);
        let acme = Org { founder: ann.clone(), id: String::new(), slug: "acme".into() };
        let members = ann.get(acme.path("/members")).await.is(200);
        let told = |member: &Value| format!("{} {} {}", member["role"], member["user"]["name"], member["user"]["email"]);
        let mut told: Vec<String> = members["items"].as_array().unwrap().iter().map(told).collect();
        told.sort();
        assert_eq!(told, [
            r#""admin" "Bob" """#, r#""admin" "Eve" """#, r#""member" "Cy" """#, r#""owner" "Ann" "ann@example.com""#,
        ]);
        // The archive's history is marked, what the import did isn't.
        let entries = ann.walks(&acme.path("/activity?"), 50).await;
        let own: Vec<&str> = entries.iter().filter(|entry| entry["imported"] == false).map(|entry| entry["summary"].as_str().unwrap()).collect();
        assert_eq!(own, ["Ann joined as owner", "Guildhall changed the role of Eve from owner to admin", "Guildhall imported Acme"]);
        assert_eq!(entries[3]["summary"], "Eve exported Acme");
        // Their work passes on to somebody real.
        let placeholder = members["items"].as_array().unwrap().iter().find(|member| member["user"]["name"] == "Cy").unwrap();
        let cy = placeholder["user"]["id"].as_str().unwrap();
        let left = ann.delete(acme.path(&format!("/members/{cy}?reassign_to={}", ann.id))).await.is(200);
        assert_eq!(each(&left["reassigned"], "/task/key"), ["SEC-1"]);
        // Only a proved address is a match.
        let imported = tries(&app, true, archive.clone()).await.unwrap();
        assert_eq!(imported.matched, 0);
        app.database.run("update users set email_verified_at = 1 where email = 'bob@example.com'").await;
        let imported = tries(&app, true, archive.clone()).await.unwrap();
        assert_eq!(imported.matched, 1);
        assert_eq!(bob.get("/v1/orgs").await.is(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(app.database.number("select count(*) from mails").await, 4);
        // An archive goes round.
        let copy = Org { slug: imported.slug.to_string(), ..acme };
        imports(&app, exports(&copy).await).await;
        app.app.operator().set_disabled(&"ann@example.com".parse().unwrap(), true).await.unwrap();
        assert!(tries(&app, false, archive).await.unwrap_err().contains("ann@example.com"));
    }

    async fn where_no_owner_is_named_those_of_the_archive_stay_owners(app: TestApp) {
        let there = another_server(app.database.engine()).await;
        let founder = there.signs_up("Eve").await;
        let acme = lived_in(&founder).await;
        let bob = there.logs_in("bob@example.com").await.id;
        founder.patch(acme.path(&format!("/members/{bob}")), json!({ "role": "owner" })).await.is(200);
        let archive = exports(&acme).await;
        there.database.discard().await;
        let eve = app.signs_up("Eve").await;
        app.database.run("delete from mails").await;
        let owners = "select count(*) from memberships where role = 'owner'";
        let imported = chooses(&app, None, false, archive.clone()).await.unwrap();
        assert_eq!((imported.members, imported.matched, imported.placeholders), (3, 0, 5));
        assert_eq!(app.database.number(owners).await, 2);
        assert_eq!(app.database.number("select count(*) from mails").await, 0);
        let why = chooses(&app, None, true, archive.clone()).await.unwrap_err();
        assert!(why.contains("name an owner"), "{why}");
        app.database.run("update users set email_verified_at = 1 where email = 'eve@example.com'").await;
        let imported = chooses(&app, None, true, archive).await.unwrap();
        assert_eq!((imported.members, imported.matched, imported.placeholders), (3, 1, 4));
        let copy = Org { founder: eve.clone(), id: String::new(), slug: imported.slug.to_string() };
        assert_eq!(eve.get("/v1/orgs").await.is(200)["items"].as_array().unwrap().len(), 1);
        assert_eq!(eve.get(copy.path("")).await.is(200)["role"], "owner");
        // Nobody is owner who can't log in, where somebody can.
        assert_eq!(copy.told().await.last().unwrap(), "Guildhall changed the role of Bob from owner to admin");
    }

    async fn an_import_keeps_to_the_limits(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let archive = exports(&lived_in(&ann).await).await;
        for (limits, fits) in [
            // Ann is in it as a placeholder, and as herself.
            ("members=4,projects=2,tasks=4", true),
            ("members=3", false),
            ("projects=1", false),
            ("tasks=3", false),
        ] {
            let limits: Limits = limits.parse().unwrap();
            let options = Options { limits, ..Options::default() };
            let there = TestApp::start_on(Arc::new(Database::create(app.database.engine()).await), Clock::adjustable(), options).await;
            there.signs_up("Ann").await;
            assert_eq!(tries(&there, false, archive.clone()).await.is_ok(), fits, "{limits}");
            there.database.discard().await;
        }
    }

    async fn an_archive_that_unpacks_to_much_more_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut texts = archive::texts(&exports(&ann.founds("Acme").await).await);
        texts.insert("tasks.ndjson".into(), format!("\"{}\"", "x".repeat(1 << 20)));
        let error = tries(&app, false, archive::of(&texts)).await.unwrap_err();
        assert!(error.contains("longer than"), "{error}");
        texts.insert("tasks.ndjson".into(), "\n".repeat(65 << 20));
        let bomb = archive::of(&texts);
        assert!(bomb.len() < 200_000);
        assert!(tries(&app, false, bomb).await.unwrap_err().contains("unpacks to more than 64 MiB"));
        texts.insert("tasks.ndjson".into(), String::new());
        texts.insert("more.ndjson".into(), String::new());
        assert!(tries(&app, false, archive::of(&texts)).await.unwrap_err().contains("13 files"));
    }

    async fn an_export_is_on_record(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        bob.get(acme.path("/export")).await.refuses(403, "forbidden");
        let before = acme.last_seq().await;
        let archive = archive::texts(&exports(&acme).await);
        // Before anything leaves, so that the archive has it too.
        assert!(archive["ledger.ndjson"].lines().last().unwrap().contains("organization.exported"));
        let told = bob.get(acme.path("/activity?action=organization.exported")).await.is(200);
        assert_eq!(each(&told["items"], "/summary"), ["Ann exported Acme"]);
        assert_eq!(told["items"][0]["actor"]["id"], json!(ann.id));
        assert_eq!(acme.last_seq().await, before + 1);
    }
}
