//! Databases that released versions made, which this one opens: nothing is lost, and what was answered still holds.
//! `scripts/version-fixture` keeps one for each release.

use std::{io::Read as _, path::PathBuf, process::Command};

use flate2::read::GzDecoder;
use guildhall::db::{Migrations, Status};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    process::{BINARY, Server, runtime},
    support::{Database, Engine, SECRET},
};

const VERSIONS: [&str; 1] = ["0.2.0"];

fn fixture(version: &str, file: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/fixtures", version, file].iter().collect();
    let mut content = Vec::new();
    GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut content).unwrap();
    content
}

/// Makes the database of a version, and returns what that version answered of it.
async fn made_by(version: &str, database: &Database) -> Value {
    let answers = match database.engine() {
        Engine::Sqlite => {
            let file = database.url().trim_start_matches("sqlite:").to_owned();
            std::fs::write(file, fixture(version, "sqlite.db.gz")).unwrap();
            fixture(version, "sqlite.json.gz")
        }
        Engine::Postgres => {
            let dump = String::from_utf8(fixture(version, "postgres.sql.gz")).unwrap();
            database.postgres().await.batch_execute(&dump).await.unwrap();
            fixture(version, "postgres.json.gz")
        }
    };
    serde_json::from_slice(&answers).unwrap()
}

/// Where an answer lacks something that an earlier one had, but for what the caller may do: that is the version's own.
fn lost(place: &str, before: &Value, after: &Value) -> Vec<String> {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => before
            .iter()
            .filter(|(name, _)| *name != "can")
            .flat_map(|(name, value)| lost(&format!("{place}/{name}"), value, &after[name]))
            .collect(),
        // More may have come to it.
        (Value::Array(before), Value::Array(after)) => {
            let twin = |item: &Value, n: usize| match &item["id"] {
                Value::Null => after.get(n),
                id => after.iter().find(|other| other["id"] == *id),
            };
            let twins =
                before.iter().enumerate().map(|(n, item)| (item, twin(item, n).unwrap_or(&Value::Null)));
            twins.flat_map(|(item, twin)| lost(place, item, twin)).collect()
        }
        _ if before == after => Vec::new(),
        _ => vec![format!("{place}: {before} became {after}")],
    }
}

async fn walks(server: &Server, path: &str, token: &str) -> Value {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            server.gets(Method::GET, &format!("{path}?limit=100{cursor}"), token, json!({}), 200).await;
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return json!(items) };
        cursor = format!("&cursor={next}");
    }
}

async fn opens(version: &str, engine: Engine) {
    let (database, folder) = (Database::empty(engine).await, tempfile::tempdir().unwrap());
    let before = made_by(version, &database).await;
    let server = Server::start(&database.url(), &folder.path().join("log"));

    let session = server.gets(Method::POST, "/v1/auth/login", "", before["login"].clone(), 200).await;
    let token = session["access_token"].as_str().unwrap();
    let org = format!("/v1/orgs/{}", before["organization"]["slug"].as_str().unwrap());
    let mut all = lost(
        "organization",
        &before["organization"],
        &server.gets(Method::GET, &org, token, json!({}), 200).await,
    );
    for (name, items) in before["lists"].as_object().unwrap() {
        assert!(!items.as_array().unwrap().is_empty(), "{name}");
        all.extend(lost(name, items, &walks(&server, &format!("{org}/{name}"), token).await));
    }
    assert!(all.is_empty(), "{version}: {all:#?}");

    // It is complete: what is counted and searched is there, and it takes what the version didn't know.
    let found = server.gets(Method::GET, &format!("{org}/search?q=insurance"), token, json!({}), 200).await;
    assert!(!found["items"].as_array().unwrap().is_empty(), "{found}");
    let task = json!({ "title": "Later", "due_on": "2030-01-01", "is_template": true });
    server.gets(Method::POST, &format!("{org}/projects/OPS/tasks"), token, task, 201).await;
    let comment = json!({ "body": "Still here." });
    server.gets(Method::POST, &format!("{org}/tasks/OPS-1/comments"), token, comment, 201).await;
    let settings = ["--json", "--database-url", &database.url(), "--secret", SECRET];
    let looked = Command::new(BINARY).arg("doctor").args(settings).current_dir(&folder).output().unwrap();
    let report: Value = serde_json::from_slice(&looked.stdout).unwrap();
    let looked_at = report["checks"].as_array().unwrap();
    assert!(looked_at.iter().all(|check| check["state"] != "error"), "{report:#}");
    for whole in ["task_counts", "search_index"] {
        assert!(looked_at.iter().any(|check| check["name"] == whole && check["state"] == "ok"), "{report:#}");
    }
    drop(server);
    database.discard().await;
}

#[test]
fn this_version_opens_a_database_of_each_earlier_one() {
    for version in VERSIONS {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            runtime().block_on(opens(version, engine));
        }
    }
}

#[test]
fn a_migration_that_a_running_server_locks_out_is_tried_again() {
    runtime().block_on(async {
        let database = Database::empty(Engine::Postgres).await;
        made_by("0.2.0", &database).await;
        let server = database.postgres().await;
        // The other one finds out that they wait for each other.
        server.batch_execute("set deadlock_timeout = '1h'; begin; select 1 from tasks").await.unwrap();
        let location = database.location();
        let migrating = tokio::spawn(async move { Migrations::run(&location).await });
        let waits = "select count(*) from pg_locks where not granted and relation = 'tasks'::regclass";
        while database.number(waits).await == 0 {}
        server.batch_execute("select 1 from invitations; commit").await.unwrap();
        assert!(migrating.await.unwrap().unwrap() > 20);
        assert_eq!(Migrations::status(&database.location()).await.unwrap(), Status::Current);
        database.discard().await;
    });
}
