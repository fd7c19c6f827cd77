//! Erasure: once something is purged, or an account deleted, no text of theirs is stored anywhere.

use std::{io::Cursor, time::Duration};

use guildhall::{
    app::{Choices, purge},
    db::Migrations,
};
use serde_json::json;

use crate::support::{Actor, Engine, Options, Side, TestApp, archive, both_engines, each};

const DAY: Duration = Duration::from_hours(24);

/// Where a word is stored: tables and, on SQLite, the files with their free pages and the write-ahead log.
async fn places(app: &TestApp, word: &str) -> Vec<String> {
    let stored = Side::of(app).await.stored().await;
    let has = |row: &&String| row.to_lowercase().contains(word);
    let mut places: Vec<String> = stored
        .iter()
        .filter_map(|(table, rows)| rows.iter().find(has).map(|row| format!("{table}: {row}")))
        .collect();
    if app.database.engine() == Engine::Sqlite {
        let file = app.database.url().trim_start_matches("sqlite:").to_owned();
        for file in [file.clone(), format!("{file}-wal")] {
            let bytes = std::fs::read(&file).unwrap_or_default().to_ascii_lowercase();
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                places.push(file);
            }
        }
    }
    places
}

async fn purges(app: &TestApp) {
    purge::run(&app.app.public()).await.unwrap();
}

#[track_caller]
fn nowhere(word: &str, places: &[String]) {
    assert!(places.is_empty(), "{word}: {places:?}");
}

/// Ann again after a time, and what was deleted before is purged.
async fn a_month_later(app: &TestApp, ann: &Actor) -> Actor {
    app.clock.advance(32 * DAY);
    purges(app).await;
    ann.again().await
}

/// Takes a database back to the version before texts were kept apart from the ledger.
async fn becomes_older(app: &TestApp) {
    let (allow, forbid) = match app.database.engine() {
        Engine::Sqlite => (
            "drop trigger ledger_keeps_entries;",
            "create trigger ledger_keeps_entries before update on ledger begin select raise(abort, 'the ledger is append-only'); end;",
        ),
        Engine::Postgres => ("", ""),
    };
    let text = |field: &str| {
        match app.database.engine() {
        Engine::Sqlite => format!(
            "update ledger set changes = json_set(changes, '$.{field}', json((
                 select json_extract(t.texts, '$.{field}') from ledger_texts t where t.org_id = ledger.org_id and t.seq = ledger.seq)))
             where exists (select 1 from ledger_texts t where t.org_id = ledger.org_id and t.seq = ledger.seq
                                                          and json_type(t.texts, '$.{field}') is not null);"
        ),
        Engine::Postgres => format!(
            "update ledger set changes = (changes::jsonb || t.texts::jsonb)::text from ledger_texts t
             where t.org_id = ledger.org_id and t.seq = ledger.seq and t.texts::jsonb ? '{field}';"
        ),
    }
    };
    let sql = [
        allow,
        &text("title"),
        &text("name"),
        forbid,
        "drop table ledger_texts; drop table invited_emails; drop table security_events; drop table org_security_events;",
        "delete from schema_migrations where version in (8, 9);",
    ];
    app.database.run(&sql.concat()).await;
}

both_engines! {
    async fn a_database_of_an_older_version_keeps_its_history_but_for_what_was_purged(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Quagmire").await;
        acme.task("WEB", "Kept").await;
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "title": "Kept on", "priority": "high" })).await.is(200);
        ann.patch(acme.path("/projects/WEB"), json!({ "name": "Weber" })).await.is(200);
        ann.post(acme.path("/invitations"), json!({ "email": "zoe@example.com", "role": "member" })).await.is(201);
        let history = ann.walks(&acme.path("/activity?"), 100).await;
        becomes_older(&app).await;
        // What an older version's purge left.
        app.database.run("update tasks set title = '', description = '', deleted_at = 1, purged_at = 1 where title = 'Quagmire'; delete from search_words where word = 'quagmire'").await;
        assert!(!places(&app, "quagmire").await.is_empty());
        Migrations::run(&app.database.location()).await.unwrap();
        nowhere("quagmire", &places(&app, "quagmire").await);
        let newer = TestApp::start_on(app.database.clone(), app.clock.clone(), Options::default()).await;
        let ann = newer.logs_in("ann@example.com").await;
        let entries = ann.walks(&acme.path("/activity?"), 100).await;
        for (entry, before) in entries.iter().zip(&history) {
            if entry["subject"]["label"] == "WEB-1" {
                assert_eq!(entry["changes"]["title"], json!({ "from": null, "to": null }));
            } else {
                assert_eq!(entry, before);
            }
        }
        assert_eq!(entries.len(), history.len());
        // Its invitations can be erased, too.
        assert_eq!(app.database.number("select count(*) from invited_emails where email = 'zoe@example.com'").await, 1);
    }

    async fn a_purged_task_leaves_no_text(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        // Enough to fill pages, split them and free them.
        for n in 0..60 {
            let description = format!("xylophone {n} ").repeat(if n % 7 == 0 { 900 } else { 20 });
            let task = json!({ "title": format!("Quagmire {n}"), "description": description });
            ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
            if n % 3 == 0 {
                let path = acme.path(&format!("/tasks/WEB-{}", n + 1));
                ann.patch(path, json!({ "title": format!("Zeppelin {n}") })).await.is(200);
            }
        }
        ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Kept" })).await.is(201);
        for n in 1..=60 {
            ann.delete(acme.path(&format!("/tasks/WEB-{n}"))).await.is(204);
        }
        assert!(places(&app, "quagmire").await.len() >= 2);
        let before = acme.told().await;
        assert!(before.iter().any(|summary| summary == "Ann changed the title of WEB-1"), "{before:?}");
        let ann = a_month_later(&app, &ann).await;
        for word in ["quagmire", "xylophone", "zeppelin"] {
            nowhere(word, &places(&app, word).await);
        }
        // The history goes on without gap, and says what happened.
        let entries = ann.walks(&acme.path("/activity?"), 100).await;
        let summaries = each(&json!(entries), "/summary");
        assert!(summaries.iter().eq(before.iter().rev()), "{summaries:?}");
        let seqs: Vec<i64> = entries.iter().rev().map(|entry| entry["seq"].as_i64().unwrap()).collect();
        assert!(seqs.iter().zip(1..).all(|(seq, expected)| *seq == expected));
        let of = |title: &str| entries.iter().any(|entry| entry["changes"]["title"]["to"] == title);
        assert!(of("Kept"));
        let gone = entries.iter().find(|entry| entry["summary"] == "Ann changed the title of WEB-1").unwrap();
        assert_eq!(gone["changes"], json!({ "title": { "from": null, "to": null } }));
        let texts = archive::texts(&ann.get(acme.path("/export")).await.bytes);
        assert!(texts.values().all(|text| !text.contains("Quagmire")));
        assert!(texts["ledger.ndjson"].contains("Kept"));
    }

    async fn a_comment_leaves_no_text_when_it_is_deleted_or_its_task_is_purged(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        // Called by its key, which is what is left of it.
        acme.project("OLD").await;
        let says = async |task: &str, body: String, parent: &serde_json::Value| {
            let body = json!({ "body": body, "parent_id": parent });
            ann.post(acme.path(&format!("/tasks/{task}/comments")), body).await.is(201)
        };
        let id = |comment: &serde_json::Value| comment["id"].as_str().unwrap().to_owned();
        for (key, word) in [("WEB", "quagmire"), ("OLD", "hippodrome")] {
            acme.task(key, "Task").await;
            let task = format!("{key}-1");
            // Enough to fill pages, and steps of the purge.
            for n in 0..40 {
                let root = says(&task, format!("{word} {n} ").repeat(if n % 7 == 0 { 900 } else { 20 }), &json!(null)).await;
                let reply = says(&task, format!("{word} below {n}"), &root["id"]).await;
                let reaction = format!("/tasks/{task}/comments/{}/reactions/%F0%9F%91%8D", id(&reply));
                ann.put(acme.path(&reaction)).await.is(200);
            }
        }
        acme.task("WEB", "Kept").await;
        let place = says("WEB-2", "zeppelin one".into(), &json!(null)).await;
        says("WEB-2", "kept below".into(), &place["id"]).await;
        let edited = says("WEB-2", "gondola".into(), &json!(null)).await;
        let of = |comment: &serde_json::Value| acme.path(&format!("/tasks/WEB-2/comments/{}", id(comment)));
        ann.delete(of(&place)).await.is(204);
        ann.patch(of(&edited), json!({ "body": "kept too" })).await.is(200);
        let stored = Side::of(&app).await.stored().await;
        let tells = |word: &str| stored.values().flatten().any(|row| row.to_lowercase().contains(word));
        assert!(!tells("zeppelin") && tells("quagmire") && tells("hippodrome"));
        assert!(tells("gondola"), "so that the edit can be undone");
        let before = each(&json!(ann.walks(&acme.path("/activity?"), 200).await), "/summary");
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        ann.delete(acme.path("/projects/OLD")).await.is(204);
        let ann = a_month_later(&app, &ann).await;
        for word in ["quagmire", "hippodrome", "zeppelin", "gondola"] {
            nowhere(word, &places(&app, word).await);
        }
        let left = ann.get(acme.path("/tasks/WEB-2/comments")).await.is(200);
        assert_eq!(each(&left["items"], "/body"), ["", "kept below", "kept too"]);
        assert_eq!(app.database.number("select count(*) from comments").await, 3);
        assert_eq!(app.database.number("select count(*) from comment_reactions").await, 0);
        // The history goes on without gap, and comes into an archive and out of it.
        let entries = ann.walks(&acme.path("/activity?"), 200).await;
        let told = each(&json!(entries), "/summary");
        assert!(told.ends_with(&before));
        let archive = ann.get(acme.path("/export")).await.bytes;
        let choices = Choices { owner: Some(ann.email.parse().unwrap()), match_people: false };
        let copy = app.app.import(choices, Cursor::new(archive)).await.unwrap();
        let entries = ann.walks(&format!("/v1/orgs/{}/activity?", copy.slug), 200).await;
        let copied = each(&json!(entries), "/summary");
        assert!(copied.ends_with(&told));
    }

    async fn a_purged_project_and_organization_leave_no_text(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let project = json!({ "name": "Quagmire", "key": "WEB", "description": "xylophone" });
        ann.post(acme.path("/projects"), project).await.is(201);
        ann.patch(acme.path("/projects/WEB"), json!({ "name": "Zeppelin" })).await.is(200);
        acme.task("WEB", "Quagmire too").await;
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        let other = ann.founds("Hippodrome").await;
        other.project("Quagmire").await;
        other.task("QUA", "Task").await;
        let comment = json!({ "body": "xylophone" });
        let comment = ann.post(other.path("/tasks/QUA-1/comments"), comment).await.is(201);
        let reply = json!({ "body": "zeppelin", "parent_id": comment["id"] });
        ann.post(other.path("/tasks/QUA-1/comments"), reply).await.is(201);
        ann.delete(other.path("?confirm=hippodrome")).await.is(204);
        let ann = a_month_later(&app, &ann).await;
        for word in ["quagmire", "xylophone", "zeppelin"] {
            nowhere(word, &places(&app, word).await);
        }
        // A slug is never given to another.
        let places = places(&app, "hippodrome").await;
        assert!(places.iter().all(|place| place.starts_with("org_slugs") || place.contains(".db")), "{places:?}");
        let told = ann.get(acme.path("/activity?action=project.deleted")).await.is(200);
        assert_eq!(each(&told["items"], "/summary"), ["Ann deleted the project WEB"]);
    }

    async fn a_purged_label_leaves_no_text(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let label = json!({ "name": "Quagmire", "description": "xylophone" });
        let label = ann.post(acme.path("/labels"), label).await.is(201);
        let path = acme.path(&format!("/labels/{}", label["id"].as_str().unwrap()));
        ann.patch(&path, json!({ "name": "Zeppelin" })).await.is(200);
        acme.task("WEB", "Kept").await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "label_ids": [label["id"]] })).await.is(200);
        ann.delete(path).await.is(204);
        let ann = a_month_later(&app, &ann).await;
        for word in ["quagmire", "xylophone", "zeppelin"] {
            nowhere(word, &places(&app, word).await);
        }
        let told = ann.get(acme.path("/activity?task=WEB-1&action=task.updated")).await.is(200);
        let gone = json!([{ "id": label["id"], "name": null }]);
        assert_eq!(told["items"][0]["changes"]["labels"], json!({ "from": [], "to": gone }));
        assert_eq!(app.database.number("select count(*) from task_labels").await, 0);
    }

    async fn a_purged_column_leaves_no_text(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let columns = acme.path("/projects/WEB/columns");
        let column = ann.post(&columns, json!({ "name": "Quagmire", "status": "todo" })).await.is(201);
        let path = format!("{columns}/{}", column["id"].as_str().unwrap());
        ann.patch(&path, json!({ "name": "Zeppelin" })).await.is(200);
        let task = json!({ "title": "Kept", "column_id": column["id"] });
        ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        ann.post(acme.path("/tasks/WEB-1/move"), json!({ "status": "done" })).await.is(200);
        ann.delete(path).await.is(204);
        ann.post(acme.path("/projects"), json!({ "name": "Lost", "key": "LOST" })).await.is(201);
        ann.post(acme.path("/projects/LOST/columns"), json!({ "name": "Xylophone", "status": "todo" })).await.is(201);
        ann.delete(acme.path("/projects/LOST")).await.is(204);
        let ann = a_month_later(&app, &ann).await;
        for word in ["quagmire", "zeppelin", "xylophone"] {
            nowhere(word, &places(&app, word).await);
        }
        let told = ann.get(acme.path("/activity?task=WEB-1&action=task.status_changed")).await.is(200);
        assert_eq!(told["items"][0]["changes"]["column"]["from"], json!({ "id": column["id"], "name": null }));
    }

    async fn a_purged_import_leaves_no_name_of_a_placeholder(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let quentin = acme.gets("Quentin", "member").await;
        let archive = ann.get(acme.path("/export")).await;
        let choices = Choices { owner: Some("ann@example.com".parse().unwrap()), match_people: false };
        let imported = app.app.import(choices, Cursor::new(archive.bytes)).await.unwrap();
        quentin.delete("/v1/me").await.is(204);
        let ann = ann.again().await;
        ann.delete(format!("/v1/orgs/{0}?confirm={0}", imported.slug)).await.is(204);
        a_month_later(&app, &ann).await;
        nowhere("quentin", &places(&app, "quentin").await);
    }

    async fn a_deleted_account_leaves_neither_name_nor_address(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta, gamma) = (ann.founds("Acme").await, ann.founds("Beta").await, ann.founds("Gamma").await);
        let delta = ann.founds("Delta").await;
        let zoe = acme.gets("Zeppelin", "member").await;
        beta.takes(&zoe, "member").await;
        let invited = json!({ "email": zoe.email, "role": "member" });
        for org in [&gamma, &delta] {
            let invitation = ann.post(org.path("/invitations"), invited.clone()).await.is(201);
            if org.slug == "gamma" {
                zoe.post("/v1/invitations/decline", json!({ "token": invitation["token"] })).await.is(204);
            }
        }
        zoe.post("/v1/me/tokens", json!({ "name": "Of Zeppelin", "scopes": ["read"] })).await.is(201);
        acme.project("Web").await;
        let task = json!({ "title": "A task", "assignee_ids": [zoe.id] });
        ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        // Left one, still in the other, declined a third, invited to a fourth.
        assert!(zoe.posts(beta.path("/leave")).await.succeeded());
        app.database.run(&format!("update users set email_verified_at = 1 where email = '{}'", zoe.email)).await;
        zoe.delete("/v1/me").await.is(204);
        purges(&app).await;
        nowhere("zeppelin", &places(&app, "zeppelin").await);
        let pending = ann.get(delta.path("/invitations")).await.is(200);
        assert_eq!(pending["items"][0]["state"], "declined");
        assert_eq!(pending["items"][0]["email"], "a deleted user");
    }

    async fn who_never_proved_an_address_erases_it_only_where_they_answered(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        ann.post(acme.path("/invitations"), json!({ "email": "zoe@example.com", "role": "member" })).await.is(201);
        let zoe = app.signs_up("Zoe").await;
        beta.takes(&zoe, "member").await;
        zoe.delete("/v1/me").await.is(204);
        let of = async |path: String| each(&ann.get(path).await.is(200)["items"], "/email");
        assert_eq!(of(acme.path("/invitations")).await, ["zoe@example.com"]);
        assert_eq!(of(beta.path("/invitations")).await, ["a deleted user"]);
    }
}
