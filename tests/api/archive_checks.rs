//! What an import refuses: archives that are none, that break a rule of the API or a limit, or that unpack to too much.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use guildhall::{
    app::purge,
    base::{clock::Clock, limits::Limits},
};
use serde_json::{Value, json};

use crate::{
    archive::{exports, imports, lived_in, tries},
    support::{Database, Options, Org, Side, TestApp, archive, both_engines},
};

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

both_engines! {
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
        let planned = tasks.iter().position(|task| task["title"] == "Plan").unwrap();
        let plan = &tasks[planned];
        let lost = tasks.iter().find(|task| task["title"] == "Lost").unwrap();
        let former = rows("projects.ndjson").iter().position(|project| &project["id"] == former).unwrap();
        let columns = rows("columns.ndjson");
        let passing = columns.iter().position(|column| column["name"] == "Passing").unwrap();
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
            ("people.ndjson", 1, "name", json!("")), ("people.ndjson", 1, "name", json!("A\u{0}B")),
            ("people.ndjson", 1, "email", json!("nowhere")), ("people.ndjson", 1, "email", json!(shouted)),
            ("people.ndjson", gone, "email", json!("gone@example.com")),
            ("members.ndjson", 0, "version", json!(0)),
            ("projects.ndjson", 0, "numbers", json!(-1)), ("projects.ndjson", 0, "numbers", json!(0)),
            ("projects.ndjson", 0, "numbers", json!(i64::MAX)),
            ("projects.ndjson", former, "key", json!("FREE")),
            ("tasks.ndjson", 0, "title", json!("")),
            ("tasks.ndjson", 0, "version", json!(i64::MAX)),
            ("tasks.ndjson", 0, "number", json!(77)),
            ("tasks.ndjson", above, "parent_id", tasks[above]["id"].clone()), ("tasks.ndjson", above, "parent_id", plan["id"].clone()),
            ("tasks.ndjson", above, "parent_id", lost["id"].clone()), ("tasks.ndjson", above, "is_template", json!(true)),
            // Due both on a day and at a time, and started after that.
            ("tasks.ndjson", planned, "due_at", json!("2030-01-31T00:00:00.000Z")),
            ("tasks.ndjson", planned, "start_on", json!("2030-02-01")),
            ("tasks.ndjson", planned, "due_on", json!("2030-01-31T00:00:00.000Z")),
            ("organization.ndjson", 0, "time_zone", json!("Middle/Earth")),
            ("ledger.ndjson", entry("organization.updated"), "changes", json!({ "time_zone": { "from": null, "to": "Middle/Earth" } })),
            ("ledger.ndjson", entry("task.created"), "changes", json!({ "due_on": { "from": null, "to": "soon" } })),
            // Purged, but neither deleted nor empty.
            ("tasks.ndjson", 0, "purged_at", tasks[0]["created_at"].clone()),
            ("projects.ndjson", 0, "purged_at", tasks[0]["created_at"].clone()),
            ("projects.ndjson", lost_project, "deleted_at", json!(late)),
            ("projects.ndjson", 0, "name", json!("")),
            ("projects.ndjson", 0, "is_template", json!("yes")), ("tasks.ndjson", 0, "is_template", json!("yes")),
            ("ledger.ndjson", entry("project.updated"), "changes", json!({ "is_template": { "from": false, "to": "yes" } })),
            ("tasks.ndjson", 0, "position", json!("a!")),
            ("tasks.ndjson", 0, "column_id", json!(null)),
            ("tasks.ndjson", above, "column_id", lost["column_id"].clone()), ("tasks.ndjson", above, "column_id", plan["column_id"].clone()),
            ("tasks.ndjson", above, "column_id", columns[passing]["id"].clone()),
            ("columns.ndjson", 0, "status", json!("done")),
            ("columns.ndjson", 0, "name", json!("")),
            ("columns.ndjson", 0, "task_limit", json!(0)),
            ("columns.ndjson", 0, "purged_at", columns[0]["created_at"].clone()),
            ("columns.ndjson", 1, "id", columns[0]["id"].clone()),
            ("tasks.ndjson", 0, "completed_at", tasks[0]["created_at"].clone()),
            ("tasks.ndjson", 0, "status", json!("done")), ("tasks.ndjson", 0, "status", json!("abandoned")),
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
            ("ledger.ndjson", assigned, "actor_id", json!(nobody)), ("ledger.ndjson", assigned, "actor_id", Value::Null),
            ("ledger.ndjson", assigned, "actor_kind", json!("system")), ("ledger.ndjson", assigned, "actor_kind", json!("token")),
            ("ledger.ndjson", assigned, "at", json!(late)),
            ("ledger.ndjson", assigned, "project_id", Value::Null), ("ledger.ndjson", assigned, "project_id", lost["project_id"].clone()),
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

    async fn comments_that_nobody_could_have_made_are_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let good = archive::texts(&exports(&lived_in(&ann).await).await);
        let rows = |file: &str| -> Vec<Value> {
            good[file].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let tasks = rows("tasks.ndjson");
        let lost = &tasks[at_of(&tasks, "title", &json!("Lost"))];
        let ledger = rows("ledger.ndjson");
        let entry = |action: &str| at_of(&ledger, "action", &json!(action));
        let nobody = "01890000-0000-7000-8000-000000000000";
        let (early, late) = ("1969-12-31T00:00:00.000Z", "2999-01-01T00:00:00.000Z");
        let (comments, commented) = (rows("comments.ndjson"), entry("comment.created"));
        let comment = |body: &str| comments.iter().position(|comment| comment["body"].as_str().unwrap().starts_with(body)).unwrap();
        let (yes, why) = (comment("Yes"), comment("Why"));
        let place = at_of(&comments, "body", &json!(""));
        let settled = at_of(&comments, "id", &comments[yes]["parent_id"]);
        let reacted = entry("comment.reacted");
        for (file, row, field, value) in [
            ("comments.ndjson", settled, "body", json!("")),
            ("comments.ndjson", settled, "body", json!("a\u{0}")),
            ("comments.ndjson", settled, "body", json!(" a")),
            ("comments.ndjson", settled, "body", json!("a".repeat(65_537))),
            ("comments.ndjson", settled, "body", json!(format!("<@{nobody}>"))),
            ("comments.ndjson", settled, "version", json!(0)),
            ("comments.ndjson", settled, "created_at", json!(late)),
            ("comments.ndjson", settled, "edited_at", json!(early)),
            ("comments.ndjson", settled, "author_id", json!(nobody)),
            ("comments.ndjson", settled, "task_id", json!(nobody)),
            ("comments.ndjson", settled, "task_id", lost["id"].clone()),
            ("comments.ndjson", settled, "parent_id", comments[settled]["id"].clone()),
            ("comments.ndjson", yes, "id", comments[settled]["id"].clone()),
            ("comments.ndjson", yes, "parent_id", json!(nobody)),
            ("comments.ndjson", yes, "parent_id", comments[why]["id"].clone()),
            ("comments.ndjson", yes, "resolved_at", comments[yes]["created_at"].clone()),
            ("comments.ndjson", yes, "deleted_at", comments[yes]["created_at"].clone()),
            // A place with text, one that isn't deleted, one that has lost its reply.
            ("comments.ndjson", place, "body", json!("Words")),
            ("comments.ndjson", place, "deleted_at", Value::Null),
            ("comments.ndjson", why, "parent_id", Value::Null),
            ("comment_reactions.ndjson", 0, "emoji", json!("ok")),
            ("comment_reactions.ndjson", 0, "user_id", json!(nobody)),
            ("comment_reactions.ndjson", 0, "comment_id", json!(nobody)),
            ("comment_reactions.ndjson", 0, "comment_id", comments[place]["id"].clone()),
            ("comment_reactions.ndjson", 0, "reacted_at", json!(late)),
            ("ledger.ndjson", commented, "task_id", Value::Null),
            ("ledger.ndjson", commented, "task_id", lost["id"].clone()),
            ("ledger.ndjson", commented, "project_id", lost["project_id"].clone()),
            ("ledger.ndjson", commented, "subject_kind", json!("task")),
            ("ledger.ndjson", commented, "changes", json!({ "body": { "from": null, "to": "all of it" } })),
            ("ledger.ndjson", commented, "changes", json!({ "parent_id": { "from": null, "to": "x" } })),
            ("ledger.ndjson", reacted, "changes", json!({ "reaction": { "from": null, "to": "ok" } })),
            ("ledger.ndjson", reacted, "changes", json!({ "resolved_at": { "from": null, "to": late } })),
        ] {
            let mut changed = rows(file);
            changed[row][field] = value.clone();
            is_refused(&app, &good, file, &changed).await;
        }
        assert_eq!(app.database.number("select count(*) from organizations").await, 1);
    }

    async fn links_that_nobody_could_have_made_are_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let good = archive::texts(&exports(&lived_in(&ann).await).await);
        let rows = |file: &str| -> Vec<Value> {
            good[file].lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let (links, ledger) = (rows("task_links.ndjson"), rows("ledger.ndjson"));
        let blocks = links.iter().filter(|link| link["kind"] == "blocks").collect::<Vec<_>>();
        let nobody = "01890000-0000-7000-8000-000000000000";
        let linked = at_of(&ledger, "action", &json!("link.created"));
        for (file, row, field, value) in [
            ("task_links.ndjson", 0, "kind", json!("loves")),
            ("task_links.ndjson", 0, "kind", json!("blocked_by")),
            ("task_links.ndjson", 0, "other_id", links[0]["task_id"].clone()),
            ("task_links.ndjson", 0, "other_id", json!(nobody)),
            ("task_links.ndjson", 0, "task_id", json!(nobody)),
            ("task_links.ndjson", 0, "created_by", json!(nobody)),
            ("task_links.ndjson", 0, "created_at", json!("2999-01-01T00:00:00.000Z")),
            ("task_links.ndjson", 0, "id", links[1]["id"].clone()),
            ("ledger.ndjson", linked, "changes", json!({})),
            ("ledger.ndjson", linked, "changes", json!({ "blocks": { "from": null, "to": nobody } })),
            ("ledger.ndjson", linked, "changes", json!({ "title": { "from": null, "to": "Any" } })),
        ] {
            let mut changed = rows(file);
            changed[row][field] = value;
            is_refused(&app, &good, file, &changed).await;
        }
        // The same again, the other way round, and one that closes a circle.
        let again = |from: &Value, kind: &str, to: &Value| {
            let mut link = links[0].clone();
            (link["id"], link["kind"]) = (json!(nobody), json!(kind));
            (link["task_id"], link["other_id"]) = (from.clone(), to.clone());
            let mut more = links.clone();
            more.push(link);
            more
        };
        let related = links.iter().find(|link| link["kind"] == "relates_to").unwrap();
        for more in [
            again(&blocks[0]["task_id"], "blocks", &blocks[0]["other_id"]),
            again(&blocks[0]["other_id"], "blocks", &blocks[0]["task_id"]),
            again(&blocks[1]["other_id"], "blocks", &blocks[0]["task_id"]),
            again(&related["other_id"], "relates_to", &related["task_id"]),
        ] {
            is_refused(&app, &good, "task_links.ndjson", &more).await;
        }
        assert_eq!(app.database.number("select count(*) from organizations").await, 1);
    }

    async fn rows_that_do_not_fit_together_are_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let good = archive::texts(&exports(&lived_in(&ann).await).await);
        let all: [(&str, Change); 20] = [
            ("labels.ndjson", |rows| rows.push(rows[0].clone())),
            ("labels.ndjson", |rows| rows[0]["color"] = json!("red")),
            ("labels.ndjson", |rows| rows[0]["name"] = json!("")),
            ("labels.ndjson", |rows| {
                let mut same = rows.iter().find(|row| row["name"] == "Bug").unwrap().clone();
                (same["id"], same["name"]) = (json!("01890000-0000-7000-8000-000000000000"), json!("BUG"));
                rows.push(same);
            }),
            ("task_labels.ndjson", |rows| rows.push(rows[0].clone())),
            ("task_labels.ndjson", |rows| rows[0]["label_id"] = json!("01890000-0000-7000-8000-000000000000")),
            ("project_members.ndjson", |rows| rows.push(rows[0].clone())),
            ("task_assignees.ndjson", |rows| rows.push(rows[0].clone())),
            ("comment_reactions.ndjson", |rows| rows.push(rows[0].clone())),
            ("comments.ndjson", |rows| rows.retain(|row| row["body"] != "Yes" && row["parent_id"].is_null())),
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

    async fn an_archive_of_an_earlier_version_has_no_comments(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Old").await;
        let mut texts = archive::texts(&exports(&acme).await);
        for file in ["comments.ndjson", "comment_reactions.ndjson"] {
            assert_eq!(texts.remove(file).as_deref(), Some(""));
        }
        let imported = imports(&app, archive::of(&texts)).await;
        let task = ann.get(format!("/v1/orgs/{}/tasks/WEB-1", imported.slug)).await.is(200);
        assert_eq!((&task["title"], &task["comment_count"]), (&json!("Old"), &json!(0)));
    }

    async fn fifty_people_may_be_on_a_task_and_no_more(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Crowded").await;
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", ann.id))).await.is(200);
        let good = archive::texts(&exports(&acme).await);
        let of = |people: usize| {
            let mut texts = good.clone();
            for (file, key) in [("people.ndjson", "id"), ("members.ndjson", "user_id"), ("task_assignees.ndjson", "user_id")] {
                let mut rows: Vec<Value> = good[file].lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                let first = rows.iter().find(|row| row[key] == *ann.id).unwrap().clone();
                rows.extend((1..people).map(|n| {
                    let mut row = first.clone();
                    row[key] = json!(format!("01890000-0000-7000-8000-{n:012}"));
                    if file == "people.ndjson" { row["email"] = Value::Null; }
                    row
                }));
                rows.sort_by_key(|row| row[key].to_string());
                texts.insert(file.to_owned(), rows.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"));
            }
            archive::of(&texts)
        };
        let error = tries(&app, false, of(51)).await.unwrap_err();
        assert!(error.contains("too many assignees"), "{error}");
        imports(&app, of(50)).await;
        let count = "select count(*) from task_assignees group by org_id order by 1 desc limit 1";
        assert_eq!(app.database.number(count).await, 50);
    }

    async fn of_an_import_that_fails_midway_nothing_is_left(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = lived_in(&ann).await;
        let archive = exports(&acme).await;
        let there = TestApp::start(app.database.engine()).await;
        there.signs_up("Ann").await;
        // Bob has several tasks, so that the assignees can't all be written.
        there.database.run("create unique index planted on task_assignees (org_id, user_id)").await;
        let before = Side::of(&there).await.stored().await;
        tries(&there, false, archive.clone()).await.unwrap_err();
        let after = Side::of(&there).await.stored().await;
        for (table, rows) in &after {
            let left: Vec<&String> = rows.difference(&before[table]).collect();
            // A user is never deleted, but keeps no name.
            let nameless = left.iter().all(|row| row.contains("Deleted user") && table == "users");
            assert!(nameless, "{table}: {left:?}");
        }
        there.database.run("drop index planted").await;
        assert_eq!(tries(&there, false, archive).await.unwrap().slug.as_str(), acme.slug);
        there.database.discard().await;
    }

    async fn an_import_keeps_to_the_limits(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let archive = exports(&lived_in(&ann).await).await;
        for (limits, fits) in [
            // Ann is in it as a placeholder, and as herself.
            ("members=4,projects=2,tasks=4,comments=3", true),
            ("comments=2", false),
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
        assert!(tries(&app, false, archive::of(&texts)).await.unwrap_err().contains("files instead of"));
    }
}
