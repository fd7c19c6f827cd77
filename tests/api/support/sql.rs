//! A test's own look into its database, and its hand in it, beside the server.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use super::{
    Database, Engine,
    engine::{connect, url_of},
};

impl Database {
    /// One that nothing was ever done to.
    pub async fn empty(engine: Engine) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        match engine {
            Engine::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Engine::Postgres => {
                let name = format!(
                    "guildhall_empty_{}_{}",
                    std::process::id(),
                    NEXT.fetch_add(1, Ordering::Relaxed)
                );
                connect("postgres").await.batch_execute(&format!("create database {name}")).await.unwrap();
                Self::Postgres(name)
            }
        }
    }

    /// Its URL, for the binary and for other logins.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}", folder.path().join("test.db").display()),
            Self::Postgres(name) => url_of(name),
        }
    }

    /// Runs statements without values.
    pub async fn run(&self, sql: &str) {
        match self {
            Self::Sqlite(_) => self.sqlite().execute_batch(sql).unwrap(),
            Self::Postgres(_) => self.postgres().await.batch_execute(sql).await.unwrap(),
        }
    }

    /// The only text of a query.
    pub async fn text(&self, sql: &str) -> String {
        match self {
            Self::Sqlite(_) => self.sqlite().query_row(sql, [], |row| row.get(0)).unwrap(),
            Self::Postgres(_) => self.postgres().await.query_one(sql, &[]).await.unwrap().get(0),
        }
    }

    /// The only number of a query, such as a count.
    pub async fn number(&self, sql: &str) -> i64 {
        match self {
            Self::Sqlite(_) => self.sqlite().query_row(sql, [], |row| row.get(0)).unwrap(),
            Self::Postgres(_) => self.postgres().await.query_one(sql, &[]).await.unwrap().get(0),
        }
    }

    /// Waits until a query's number is this: what a job does comes after the answer.
    pub async fn waits_for(&self, sql: &str, expected: i64) {
        let wait = async {
            while self.number(sql).await != expected {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
        assert!(waited.is_ok(), "{sql} is {} and not {expected}", self.number(sql).await);
    }
}
