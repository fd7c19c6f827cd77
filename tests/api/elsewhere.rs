//! PostgreSQL as others run it: behind a pooler, with a standby, with defaults of their own, in a network that fails.

use std::{
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{future::join_all, try_join};
use guildhall::{
    base::error::{Code, Error, Result},
    db::{Db, Limits, Location, Migrations, Scope, Tx, sql},
};
use reqwest::Method;
use serde_json::json;
use tokio::sync::oneshot;

use crate::{
    process::{BINARY, Server, TASKS, with_a_project},
    support::{Cluster, Database, Engine, Options, Pooler, SECRET, TestApp, Wire, run},
};

/// Runs a body on a database that nothing was done to yet.
fn on_empty(body: impl AsyncFnOnce(&Database)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Database::empty(Engine::Postgres).await;
        body(&database).await;
        database.discard().await;
    });
}

async fn migrates(url: &str) -> Result<usize, String> {
    Migrations::run(&url.parse().unwrap()).await.map_err(|error| error.to_string())
}

async fn opens(url: &str) -> Result<(), String> {
    let location = url.parse().unwrap();
    Db::open(&location, &Limits::default()).await.map(drop).map_err(|error| error.to_string())
}

/// A command, the status with which it ends, and what it prints.
fn commands(command: &str, url: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(BINARY);
    program.args([command, "--database-url", url]).env("GUILDHALL_SECRET", SECRET).current_dir(&folder);
    let output = program.output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

/// Nothing is done with the database, and every way to it says what to do.
async fn is_refused(url: &str, why: &str) {
    for told in [migrates(url).await.map(drop), opens(url).await] {
        let told = told.expect_err(why);
        assert!(told.contains(why), "{told}");
    }
    for command in ["serve", "migrate", "doctor"] {
        let (status, told) = commands(command, url);
        assert_eq!(status, Some(1), "{command}: {told}");
        assert!(told.contains(why), "{command}: {told}");
    }
}

#[test]
fn a_pooler_that_shares_sessions_is_refused_and_no_lock_stays_in_it() {
    on_empty(async |database| {
        for mode in ["transaction", "statement"] {
            let pooler = Pooler::start(&database.url(), mode).await;
            is_refused(&pooler.url(), "set pool_mode = session").await;
            // Other databases of the cluster are being migrated by other tests.
            let locks = "select count(*) from pg_locks l join pg_database d on d.oid = l.database
                         where l.locktype = 'advisory' and d.datname = current_database()";
            assert_eq!(database.number(locks).await, 0);
            // Nor in use by others.
            migrates(&database.url()).await.unwrap();
            is_refused(&pooler.url(), "set pool_mode = session").await;
        }
    });
}

/// Somebody works with a server on this database.
async fn works(url: &str, folder: &Path) {
    let server = Server::start(url, &folder.join("log"));
    let token = with_a_project(&server).await;
    let task = json!({ "title": "€" });
    for answer in join_all((0..20).map(|_| server.ask(Method::POST, TASKS, &token, &task))).await {
        assert_eq!(answer.unwrap().0, 201);
    }
    server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
}

#[test]
fn a_pooler_that_keeps_sessions_is_as_good_as_none_also_over_its_socket() {
    let folder = tempfile::tempdir().unwrap();
    for over_socket in [false, true] {
        on_empty(async |database| {
            let pooler = Pooler::start(&database.url(), "session").await;
            let url = if over_socket { pooler.socket_url() } else { pooler.url() };
            works(&url, folder.path()).await;
            let (_, told) = commands("doctor", &url);
            assert!(told.contains("schema up to date"), "{told}");
        });
    }
}

#[test]
fn a_database_that_cannot_store_every_text_is_refused() {
    on_empty(async |database| {
        for encoding in ["LATIN1", "SQL_ASCII"] {
            let url = format!("{}_{}", database.url(), encoding.to_lowercase());
            let name = url.rsplit('/').next().unwrap();
            database
                .run(&format!("create database {name} encoding '{encoding}' locale 'C' template template0"))
                .await;
            is_refused(&url, "encoding UTF8").await;
            database.run(&format!("drop database {name} with (force)")).await;
        }
    });
}

#[test]
fn a_database_that_only_reads_is_refused() {
    on_empty(async |database| {
        let name = database.text("select current_database()::text").await;
        migrates(&database.url()).await.unwrap();
        database.run(&format!("alter database {name} set default_transaction_read_only = on")).await;
        is_refused(&database.url(), "set default_transaction_read_only off").await;
    });
}

#[test]
fn defaults_of_the_database_and_the_login_change_nothing() {
    run(Engine::Postgres, async |app| {
        let name = app.database.text("select current_database()::text").await;
        for setting in [
            "default_transaction_isolation = 'repeatable read'",
            "default_transaction_deferrable = on",
            "statement_timeout = '200ms'",
            "lock_timeout = '1ms'",
            "idle_in_transaction_session_timeout = '1ms'",
            "row_security = off",
            "standard_conforming_strings = off",
            "client_encoding = 'LATIN1'",
            "datestyle = 'German'",
            "timezone = 'Asia/Kolkata'",
            "bytea_output = 'escape'",
            "quote_all_identifiers = on",
            "jit = on",
        ] {
            app.database.run(&format!("alter database {name} set {setting}")).await;
        }
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options::default()).await;
        let org = app.signs_up("Ann").await.founds("Acme").await;
        let ann = &org.founder;
        ann.post(org.path("/projects"), json!({ "name": "Web" })).await.is(201);
        // Each takes the project's next number: all but the first lose a race.
        let tasks = (0..100)
            .map(|n| ann.post(org.path("/projects/WEB/tasks"), json!({ "title": format!("{n} € \\") })));
        for task in join_all(tasks).await {
            task.is(201);
        }
    });
}

#[test]
fn a_schema_named_after_the_login_is_found_by_the_role_that_serves() {
    on_empty(async |database| {
        database.run("create schema authorization current_user").await;
        migrates(&database.url()).await.unwrap();
        assert_eq!(
            database
                .number(
                    "select count(*) from pg_tables where schemaname = current_user and tablename = 'tasks'"
                )
                .await,
            1
        );
        opens(&database.url()).await.unwrap();
        works(&database.url(), tempfile::tempdir().unwrap().path()).await;
    });
}

/// The test's own table, with a row.
async fn with_a_row(app: &TestApp) {
    app.database
        .run(
            "create table counters (id bigint primary key, n bigint not null); insert into counters values (1, 0), (2, 0);
             grant select, insert, update, delete on counters to guildhall_app",
        )
        .await;
}

async fn add(tx: &Tx, id: i64) -> Result<u64> {
    tx.execute(sql!("update counters set n = n + 1 where id = $1"), &[&id]).await
}

#[test]
fn what_failed_first_counts_however_its_statements_overtake_each_other() {
    run(Engine::Postgres, async |app| {
        with_a_row(&app).await;
        let limits = Limits { connections: 1, statement: Duration::from_millis(100), ..Limits::default() };
        let db = Db::open(&app.database.location(), &limits).await.unwrap();
        let mut holder = app.database.postgres().await;
        let held = holder.transaction().await.unwrap();
        held.batch_execute("update counters set n = 0 where id = 1").await.unwrap();
        for _ in 0..5 {
            let both = async |tx: &Tx| {
                let behind = async {
                    for _ in 0..3 {
                        add(tx, 2).await?;
                    }
                    Ok::<_, Error>(())
                };
                try_join!(behind, add(tx, 1)).map(drop)
            };
            let failed = db.write(Scope::System, both).await.unwrap_err();
            assert_eq!(failed.code(), Code::Unavailable, "{failed}");
        }
        held.rollback().await.unwrap();
        db.write(Scope::System, async |tx: &Tx| add(tx, 1).await).await.unwrap();
    });
}

#[test]
fn connections_that_the_network_swallows_are_given_up_and_made_anew() {
    run(Engine::Postgres, async |app| {
        with_a_row(&app).await;
        let url = url::Url::parse(&app.database.url()).unwrap();
        let wire = Wire::to(url.port().unwrap()).await;
        let mut through = url.clone();
        through.set_port(Some(wire.port)).unwrap();
        let location: Location = through.as_str().parse().unwrap();
        let db = Db::open(&location, &Limits { connections: 4, ..Limits::default() }).await.unwrap();
        let doze =
            async |tx: &Tx| tx.all::<(i64,)>(sql!("select $1::bigint from pg_sleep(0.2)"), &[&1i64]).await;
        let write = || db.write(Scope::System, async |tx: &Tx| add(tx, 1).await);
        let mut sum = 0;
        for _ in 0..2 {
            for dozed in join_all((0..4).map(|_| db.read(Scope::System, doze))).await {
                dozed.unwrap();
            }
            wire.swallow();
            // One that hadn't been opened yet may serve.
            let first = join_all((0..4).map(|_| write()));
            let first = tokio::time::timeout(Duration::from_secs(9), first).await.expect("they wait on");
            let lost: Vec<Code> = first.into_iter().filter_map(|added| Some(added.err()?.code())).collect();
            assert!(lost.contains(&Code::Unavailable), "{lost:?}");
            assert!(lost.iter().all(|code| [Code::Unavailable, Code::Overloaded].contains(code)), "{lost:?}");
            // The others are known to be dead, too.
            let again = join_all((0..20).map(|_| write()));
            for added in tokio::time::timeout(Duration::from_secs(9), again).await.expect("they wait on") {
                added.unwrap();
            }
            sum += i64::try_from(24 - lost.len()).unwrap();
            assert_eq!(app.database.number("select n from counters where id = 1").await, sum);
        }
    });
}

#[test]
fn a_process_that_is_frozen_holds_nobody_up_for_long_and_is_told() {
    run(Engine::Postgres, async |app| {
        with_a_row(&app).await;
        let db = Arc::new(Db::open(&app.database.location(), &Limits::default()).await.unwrap());
        let (there, arrived) = oneshot::channel();
        let (go_on, thawed) = oneshot::channel::<()>();
        let between = Mutex::new(Some((there, thawed)));
        let frozen = async move |tx: &Tx| {
            add(tx, 1).await?;
            let (there, thawed) = between.lock().unwrap().take().unwrap();
            there.send(()).unwrap();
            thawed.await.unwrap();
            add(tx, 1).await
        };
        let freezing = tokio::spawn({
            let db = db.clone();
            async move { db.write(Scope::System, frozen).await }
        });
        arrived.await.unwrap();
        // Longer than a transaction may do nothing, and shorter than a statement may take.
        db.write(Scope::System, async |tx: &Tx| add(tx, 1).await).await.unwrap();
        go_on.send(()).unwrap();
        assert_eq!(freezing.await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert_eq!(app.database.number("select n from counters where id = 1").await, 1);
    });
}

#[test]
fn a_standby_that_takes_over_is_found_again() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let cluster = Cluster::start();
        let folder = tempfile::tempdir().unwrap();
        migrates(&cluster.url).await.unwrap();
        let standby = cluster.standby().await;
        let (login, place) = cluster.url.split_once('@').unwrap();
        let (primary, database) = place.split_once('/').unwrap();
        is_refused(&format!("{login}@127.0.0.1:{}/{database}", standby.port), "name the primary").await;

        let both = format!("{login}@127.0.0.1:{},{primary}/{database}", standby.port);
        let server = Server::start(&both, &folder.path().join("log"));
        let token = with_a_project(&server).await;
        server.gets(Method::POST, TASKS, &token, json!({ "title": "Before" }), 201).await;
        cluster.end().await;
        server.gets(Method::GET, "/readyz", "", json!({}), 503).await;
        standby.promote();
        let works = async {
            loop {
                let (status, answer) = server.ask(Method::GET, "/readyz", "", &json!({})).await.unwrap();
                assert!(matches!(status, 200 | 503), "{answer}");
                if status == 200 {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), works).await.expect("it doesn't come back");
        // The last project may not have been passed on.
        server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
        let (status, answer) =
            server.ask(Method::POST, "/v1/orgs", &token, &json!({ "name": "Beta" })).await.unwrap();
        assert!(matches!(status, 201 | 401), "{answer}");
    });
}
