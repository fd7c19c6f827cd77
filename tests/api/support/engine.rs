//! Databases for tests: each test has its own, made from a migrated template.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use guildhall::db::{Location, Migrations};
use rusqlite::backup::NO_PROGRESS;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What a copy has, on PostgreSQL.
const TABLES: &str = "select tablename from pg_tables where schemaname = 'public'";

/// One test's database.
pub enum Database {
    Sqlite(TempDir),
    Postgres(String),
}

/// The cluster that `make test` provides: a superuser's URL.
#[expect(clippy::disallowed_methods, reason = "tests get their cluster from the environment")]
fn cluster() -> &'static str {
    static URL: OnceLock<String> = OnceLock::new();
    URL.get_or_init(|| {
        std::env::var("GUILDHALL_TEST_POSTGRES_URL")
            .expect("GUILDHALL_TEST_POSTGRES_URL isn't set: run `make test`")
    })
}

pub(super) fn url_of(database: &str) -> String {
    let (base, _) = cluster().rsplit_once('/').expect("GUILDHALL_TEST_POSTGRES_URL ends in /<database>");
    format!("{base}/{database}")
}

pub(super) async fn connect(database: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&url_of(database), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Database {
    pub async fn create(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join("test.db"), sqlite_template()).unwrap();
                Self::Sqlite(folder)
            }
            Engine::Postgres => {
                static NEXT: AtomicUsize = AtomicUsize::new(0);
                let template = postgres_template();
                let name = format!("{template}_{}", NEXT.fetch_add(1, Ordering::Relaxed));
                let admin = connect("postgres").await;
                admin
                    .batch_execute(&format!("create database {name} template {template} strategy file_copy"))
                    .await
                    .unwrap();
                Self::Postgres(name)
            }
        }
    }

    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    pub fn location(&self) -> Location {
        match self {
            Self::Sqlite(folder) => Location::Sqlite(folder.path().join("test.db")),
            Self::Postgres(name) => url_of(name).parse().unwrap(),
        }
    }

    /// A connection beside the server's, to look at what is stored. SQLite.
    pub fn sqlite(&self) -> rusqlite::Connection {
        match self {
            Self::Sqlite(folder) => rusqlite::Connection::open(folder.path().join("test.db")).unwrap(),
            Self::Postgres(_) => panic!("this database is on PostgreSQL"),
        }
    }

    /// A superuser's connection beside the server's. PostgreSQL.
    pub async fn postgres(&self) -> Client {
        match self {
            Self::Postgres(name) => connect(name).await,
            Self::Sqlite(_) => panic!("this database is on SQLite"),
        }
    }

    /// Copies everything, as somebody does it with the engine's own means.
    pub async fn backs_up(&self) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        match self {
            Self::Sqlite(_) => {
                self.sqlite().backup(rusqlite::MAIN_DB, folder.path().join("copy.db"), NO_PROGRESS).unwrap();
            }
            Self::Postgres(_) => {
                let copy = format!(
                    "create schema copy; do $$ declare t text; begin
                     for t in {TABLES} loop execute format('create table copy.%I as table public.%I', t, t); end loop; end $$"
                );
                self.postgres().await.batch_execute(&copy).await.unwrap();
            }
        }
        folder
    }

    /// Puts a copy in the place of what there is, beside the running server.
    pub async fn returns_to(&self, copy: &TempDir) {
        match self {
            Self::Sqlite(_) => {
                let mut database = self.sqlite();
                database.restore(rusqlite::MAIN_DB, copy.path().join("copy.db"), NO_PROGRESS).unwrap();
            }
            Self::Postgres(_) => {
                let back = format!(
                    "begin; set local session_replication_role = replica; do $$ declare t text; begin
                     for t in {TABLES} loop execute format('delete from public.%I', t);
                     execute format('insert into public.%I select * from copy.%I', t, t); end loop; end $$; commit"
                );
                self.postgres().await.batch_execute(&back).await.unwrap();
            }
        }
    }

    pub async fn discard(&self) {
        if let Self::Postgres(name) = self {
            let admin = connect("postgres").await;
            admin.batch_execute(&format!("drop database if exists {name} with (force)")).await.unwrap();
        }
    }
}

/// The bytes of a migrated, empty database.
fn sqlite_template() -> &'static [u8] {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("template.db");
        let location = Location::Sqlite(file.clone());
        on_a_thread(async || Migrations::run(&location).await);
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
        drop(conn);
        std::fs::read(file).unwrap()
    })
}

/// The name of a migrated, empty database of this test process.
fn postgres_template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("guildhall_test_{}", std::process::id());
        let create = async || {
            let admin = connect("postgres").await;
            admin.batch_execute(&format!("create database {name}")).await.unwrap();
            Migrations::run(&url_of(&name).parse().unwrap()).await
        };
        on_a_thread(create);
        name
    })
}

/// Runs to its end what is needed before a runtime can go on: the caller's runtime is blocked meanwhile.
fn on_a_thread(work: impl AsyncFnOnce() -> guildhall::base::error::Result<usize> + Send) {
    std::thread::scope(|scope| {
        let run = || tokio::runtime::Runtime::new().unwrap().block_on(work()).unwrap();
        scope.spawn(run).join().unwrap();
    });
}
