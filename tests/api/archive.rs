//! `GET /v1/orgs/{org}/export` and `guildhall import`: a whole organization as one file, there and back.

use std::{collections::BTreeMap, io::Cursor, sync::Arc, time::Duration};

use guildhall::{
    app::{Choices, Imported, purge},
    base::clock::Clock,
};
use serde_json::{Value, json};

use crate::support::{
    Actor, Database, Engine, Options, Org, PASSWORD, TestApp, archive, both_engines, each, run,
};

pub async fn exports(org: &Org) -> Vec<u8> {
    let answer = org.founder.get(org.path("/export")).await;
    assert_eq!(answer.header("content-type"), "application/zip");
    assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"{}.zip\"", org.slug));
    let bytes = answer.bytes.clone();
    assert_eq!(answer.header("content-length"), bytes.len().to_string());
    answer.is(200);
    bytes
}

/// Everybody who has an account has proved their address, and the archive's members are those people.
pub async fn imports(app: &TestApp, archive: Vec<u8>) -> Imported {
    app.database.run("update users set email_verified_at = 1 where email <> ''").await;
    tries(app, true, archive).await.unwrap()
}

/// An import with Ann as the owner.
pub async fn tries(app: &TestApp, match_people: bool, archive: Vec<u8>) -> Result<Imported, String> {
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
pub async fn lived_in(ann: &Actor) -> Org {
    let acme = ann.founds("Acme").await;
    let (bob, cy) = (acme.gets("Bob", "admin").await, acme.gets("Cy", "member").await);
    let gone = acme.gets("Gone", "member").await;
    ann.patch(acme.path(""), json!({ "settings": { "members_edit": "any", "time_zone": "Europe/Zurich" } }))
        .await
        .is(200);
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
    cy.patch(acme.path("/tasks/SEC-1"), json!({ "status": "review", "assignee_ids": [cy.id], "start_on": "2030-01-01", "due_on": "2030-01-31" })).await.is(200);
    let above = ann.post(acme.path("/projects/SEC/tasks"), json!({ "title": "Above" })).await.is(201);
    ann.patch(
        acme.path("/tasks/SEC-2"),
        json!({ "parent_id": plan["id"], "due_at": "2030-01-01T00:00:00Z" }),
    )
    .await
    .is(200);
    ann.patch(acme.path("/tasks/SEC-1"), json!({ "parent_id": above["id"] })).await.is(200);
    converse(&acme, &bob, &cy).await;
    let columns = acme.path("/projects/SEC/columns");
    for (name, status) in [("Soon", "todo"), ("Passing", "todo")] {
        let new = json!({ "name": name, "status": status, "task_limit": 5 });
        let made = ann.post(&columns, new).await.is(201);
        ann.post(acme.path("/tasks/SEC-2/move"), json!({ "column_id": made["id"], "after": null }))
            .await
            .is(200);
        if name == "Passing" {
            let back = ann.get(&columns).await.is(200)["items"][0]["id"].clone();
            let gone =
                format!("{columns}/{}?move_to={}", made["id"].as_str().unwrap(), back.as_str().unwrap());
            ann.delete(gone).await.is(204);
        }
    }
    ann.patch(acme.path("/projects/OLD"), json!({ "key": "FORMER", "is_template": true })).await.is(200);
    ann.posts(acme.path("/projects/FORMER/archive")).await.is(200);
    let (bug, idea) = (acme.label("Bug").await, acme.label("Idea").await);
    ann.patch(acme.path(&format!("/labels/{bug}")), json!({ "color": "#ff0000", "description": "Broken" }))
        .await
        .is(200);
    cy.patch(acme.path("/tasks/SEC-1"), json!({ "label_ids": [bug, idea] })).await.is(200);
    cy.put(acme.path(&format!("/tasks/SEC-2/labels/{bug}"))).await.is(200);
    ann.delete(acme.path(&format!("/labels/{idea}"))).await.is(204);
    link(&acme, &cy).await;
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
    for verb in ["disable", "enable"] {
        ann.app.operator().posts(format!("/v1/admin/orgs/acme/{verb}")).await.is(200);
    }
    acme
}

/// Links of each direction, and one that is gone.
async fn link(acme: &Org, cy: &Actor) {
    let links = async |from: &str, kind: &str, to: &str| {
        let to = cy.get(acme.path(&format!("/tasks/{to}"))).await.is(200)["id"].clone();
        let body = json!({ "kind": kind, "task_id": to });
        cy.post(acme.path(&format!("/tasks/{from}/links")), body).await.is(201)["id"].clone()
    };
    links("SEC-1", "blocks", "SEC-2").await;
    links("SEC-3", "blocked_by", "SEC-2").await;
    links("SEC-2", "relates_to", "SEC-1").await;
    links("SEC-1", "duplicated_by", "LOS-1").await;
    let gone = links("SEC-2", "duplicates", "SEC-3").await;
    cy.delete(acme.path(&format!("/tasks/SEC-3/links/{}", gone.as_str().unwrap()))).await.is(204);
}

/// Comments on a task: a thread that is settled, one whose first comment is gone, and one that is gone as a whole.
async fn converse(acme: &Org, bob: &Actor, cy: &Actor) {
    let path = acme.path("/tasks/SEC-1/comments");
    let id = |comment: &Value| comment["id"].as_str().unwrap().to_owned();
    let says = async |who: &Actor, body: &str, parent: Option<&Value>| {
        let parent = parent.map(|parent| parent["id"].clone());
        who.post(&path, json!({ "body": body, "parent_id": parent })).await.is(201)
    };
    let settled = says(bob, &format!("Ask <@{}>", cy.id), None).await;
    says(cy, "Yes", Some(&settled)).await;
    let gone = says(cy, "Never mind", None).await;
    says(bob, &format!("Why, <@{}>?", cy.id), Some(&gone)).await;
    let lost = says(cy, "Lost", None).await;
    let lost_reply = says(bob, "Lost too", Some(&lost)).await;
    cy.patch(format!("{path}/{}", id(&gone)), json!({ "body": "Nothing" })).await.is(200);
    for (who, emoji) in [(bob, "%F0%9F%91%8D"), (cy, "%F0%9F%91%8D"), (cy, "%E2%9D%A4")] {
        who.put(format!("{path}/{}/reactions/{emoji}", id(&settled))).await.is(200);
    }
    bob.put(format!("{path}/{}/resolved", id(&settled))).await.is(200);
    for comment in [&gone, &lost, &lost_reply] {
        bob.delete(format!("{path}/{}", id(comment))).await.is(204);
    }
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
        "columns",
        "tasks",
        "task_numbers",
        "task_assignees",
        "labels",
        "task_labels",
        "task_links",
        "comments",
        "comment_reactions",
        "ledger",
    ];
    let texts = archive::texts(archive);
    assert_eq!(texts.len(), order.len() + 1);
    let mut mentioned = |text: &str| -> String {
        // In the text of a comment, ids are mentions.
        let parts = text.split(['"', '@', '>']).map(|part| match uuid::Uuid::try_parse(part) {
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
    let comments = cy.get(acme_there.path("/tasks/SEC-1/comments")).await.is(200);
    assert_eq!(comments["items"].as_array().unwrap().len(), 4);
    let first = &comments["items"][0];
    assert_eq!(first["body"], format!("Ask <@{}>", cy.id));
    assert_eq!((&first["mentions"], &first["reactions"][0]["count"]), (&json!([cy.person()]), &json!(2)));
    let shown = cy.get(acme_there.path("/tasks/SEC-1")).await.is(200);
    assert_eq!(shown["comment_count"], 3);
    assert_eq!(shown["subtask_counts"], json!({ "total": 1, "done": 0 }));
    assert_eq!(each(&shown["links"], "/kind"), ["blocks", "relates_to"]);
    assert_eq!(cy.get(acme_there.path("/tasks/SEC-2")).await.is(200)["blocked"], true);
    assert_eq!(each(&json!(cy.walks(&acme_there.path("/search?q=why"), 5).await), "/kind"), ["comment"]);
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
        for secret in ["hash", "argon2", "\"ghi_", "\"gh_", PASSWORD] {
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
