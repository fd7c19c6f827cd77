//! Everything is copied from one engine to the other: nothing is lost, nobody is logged out, and what is unfinished isn't served.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Command, Output, Stdio},
};

use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    process::{BINARY, Load, Server, TASKS, finds_all, runtime, with_a_project, with_a_project_of},
    support::{Database, Engine, PASSWORD, SECRET, Side, Stored},
};

fn run(args: &[&str]) -> Output {
    Command::new(BINARY).args(args).output().unwrap()
}

#[track_caller]
fn succeeds(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn fails(args: &[&str], why: &str) {
    let output = run(args);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(why), "{told}");
}

fn sqlite(folder: &TempDir, name: &str) -> String {
    format!("sqlite:{}", folder.path().join(name).display())
}

async fn rows(url: &str) -> Stored {
    let path = url.trim_start_matches("sqlite:");
    assert!(Path::new(path).exists());
    Side::Sqlite(rusqlite::Connection::open(path).unwrap()).stored().await
}

/// Rows as both engines have them: booleans are numbers on SQLite.
fn alike(stored: Stored) -> BTreeMap<String, BTreeSet<String>> {
    let row = |text: String| {
        let columns: BTreeMap<String, Value> = serde_json::from_str(&text).unwrap();
        let number = |value: Value| value.as_bool().map_or(value, |is| json!(i64::from(is)));
        let columns: BTreeMap<String, Value> =
            columns.into_iter().map(|(name, value)| (name, number(value))).collect();
        serde_json::to_string(&columns).unwrap()
    };
    stored.into_iter().map(|(table, rows)| (table, rows.into_iter().map(row).collect())).collect()
}

/// A database on PostgreSQL that belongs to a plain login, which row-level security binds; and that login's URL.
async fn owned() -> (Database, String, String) {
    let database = Database::empty(Engine::Postgres).await;
    let mut url: url::Url = database.url().parse().unwrap();
    let (name, owner) =
        (url.path().trim_start_matches('/').to_owned(), format!("{}_owner", &url.path()[1..]));
    database
        .run(&format!(
            "create role {owner} login password '{PASSWORD}'; alter database {name} owner to {owner}"
        ))
        .await;
    url.set_username(&owner).unwrap();
    url.set_password(Some(PASSWORD)).unwrap();
    (database, url.into(), owner)
}

async fn discard(database: Database, owner: &str) {
    database.discard().await;
    Database::empty(Engine::Postgres).await.run(&format!("drop role {owner}")).await;
}

/// The sample, and an organization that was busy, of which a task is below a later one.
async fn filled(url: &str, folder: &TempDir) -> (Value, Vec<(String, String)>) {
    succeeds(&["demo", "--database-url", url, "--secret", SECRET]);
    let server = Server::start(url, &folder.path().join("log"));
    let token = with_a_project_of(&server, "zoe@example.com").await;
    let load = Load::start(&server, &token).await;
    let tasks = load.acknowledged();
    let below = json!({ "parent_id": tasks.last().unwrap().0 });
    let path = format!("/v1/orgs/acme/tasks/{}", tasks[0].0);
    server.gets(Method::PATCH, &path, &token, below, 200).await;
    let zoe = json!({ "email": "zoe@example.com", "password": PASSWORD });
    let session = server.gets(Method::POST, "/v1/auth/login", "", zoe, 200).await;
    (session, load.until(async { drop(server) }).await)
}

#[test]
fn a_copy_and_its_copy_back_have_every_row_and_nobody_is_logged_out() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (old, back) = (sqlite(&folder, "old/guildhall.db"), sqlite(&folder, "back/guildhall.db"));
        let (session, acknowledged) = filled(&old, &folder).await;
        let (database, url, owner) = owned().await;
        let original = rows(&old).await;

        // One that is killed goes on.
        let copying = ["copy", "--from", &old, "--to", &url];
        let mut killed = Command::new(BINARY).args(copying).stderr(Stdio::null()).spawn().unwrap();
        let client = database.postgres().await;
        let begun = async || client.query_one("select count(*) from ledger", &[]).await.map(|row| row.get(0));
        while begun().await.unwrap_or(0_i64) == 0 {}
        killed.kill().unwrap();
        killed.wait().unwrap();
        fails(&["migrate", "--database-url", &url], "is an unfinished copy");
        fails(&["serve", "--database-url", &url, "--secret", SECRET], "is an unfinished copy");
        let told = succeeds(&copying);
        assert!(told.contains("organizations: 2, rows: "), "{told}");
        let there = Side::Postgres(database.postgres().await).stored().await;
        assert_eq!(alike(there), alike(original.clone()));

        succeeds(&["copy", "--from", &url, "--to", &back]);
        assert_eq!(rows(&back).await, original);
        for url in [&url, &back] {
            let server = Server::start(url, &folder.path().join("log"));
            let token = session["access_token"].as_str().unwrap();
            finds_all(&server, token, &acknowledged).await;
            let refresh = json!({ "refresh_token": session["refresh_token"] });
            server.gets(Method::POST, "/v1/auth/refresh", "", refresh, 200).await;
            server.gets(Method::POST, TASKS, token, json!({ "title": "Afterwards" }), 201).await;
        }
        // Its owner serves there, and may add to the ledger, but change nothing of it.
        let (plain, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let org = client.query_one("select org_id from org_slugs where slug = 'acme'", &[]).await.unwrap();
        plain.batch_execute(&format!("set app.org_id = '{}'", org.get::<_, uuid::Uuid>(0))).await.unwrap();
        assert!(plain.query("select 1 from ledger", &[]).await.unwrap().len() > 300);
        assert_eq!(plain.execute("update ledger set org_id = org_id", &[]).await.unwrap(), 0);
        assert!(plain.execute("update ledger set at = 0", &[]).await.is_err());
        drop((client, plain));
        discard(database, &owner).await;
    });
}

#[test]
fn only_an_empty_target_is_copied_to_and_a_copy_that_differs_is_not_served() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (sqlite(&folder, "old/guildhall.db"), sqlite(&folder, "new/guildhall.db"));
        let (database, url, owner) = owned().await;
        fails(&["copy", "--from", &old, "--to", &url], "the source isn't at this version");
        succeeds(&["migrate", "--database-url", &old]);
        fails(&["copy", "--from", &old, "--to", &new], "a copy goes from SQLite to PostgreSQL, or");
        let server = Server::start(&old, &folder.path().join("log"));
        let token = with_a_project(&server).await;
        drop(server);
        succeeds(&["copy", "--from", &old, "--to", &url]);
        let before = Side::Postgres(database.postgres().await).stored().await;
        fails(&["copy", "--from", &old, "--to", &url], "the target isn't empty: it has rows in ");
        assert_eq!(Side::Postgres(database.postgres().await).stored().await, before);

        // As if it had been interrupted, and somebody had gone on with the source, or with the target.
        database
            .run(
                "insert into schema_migrations (version, name, checksum) values (-1, 'copy', '');
                  update users set name = 'Another'; delete from search_words",
            )
            .await;
        fails(&["copy", "--from", &old, "--to", &url], "the databases differ in users");
        fails(&["serve", "--database-url", &url, "--secret", SECRET], "is an unfinished copy");
        database.run("update users set name = 'Ann'").await;
        succeeds(&["copy", "--from", &old, "--to", &url]);
        assert_eq!(Side::Postgres(database.postgres().await).stored().await, before);
        let server = Server::start(&url, &folder.path().join("log"));
        server.gets(Method::GET, "/v1/orgs/acme", &token, json!({}), 200).await;
        drop(server);
        database
            .run(
                "insert into schema_migrations (version, name, checksum) values (-1, 'copy', '');
                  delete from schema_migrations where version = 1",
            )
            .await;
        fails(&["copy", "--from", &old, "--to", &url], "was begun by another version");
        discard(database, &owner).await;
    });
}
