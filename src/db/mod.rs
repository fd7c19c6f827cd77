//! The seam: one SQL text, two engines. It knows engines and no feature.
//!
//! A transaction is an async closure that is shipped to the thread that owns a connection and driven there. It is
//! committed when it answers `Ok`, rolled back when it answers `Err`, and may be run again after a serialization failure.

mod columns;
mod migrate;
mod notifier;
mod postgres;
mod query;
mod sql;
mod sqlite;
mod values;

use std::{
    cell::{Cell, RefCell},
    future::Future,
    path::PathBuf,
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use uuid::Uuid;

pub(crate) use columns::{rank_column, text_column, via_postgres};
pub use migrate::{Migrations, Status};
pub use notifier::{Notifier, Subscription};
pub use postgres::chain;
pub use query::Query;
pub use sql::{Sql, join, length, names_owner, sql};
pub(crate) use values::columns;
pub use values::{Column, FromRow, Param, Row};

use crate::base::{
    clock::Time,
    error::{Error, Result},
};

/// Where the data is: `sqlite:<path>` or `postgres://…` (libpq's URL, with `sslmode` and `sslrootcert`).
#[derive(Clone, Debug)]
pub enum Location {
    Sqlite(PathBuf),
    Postgres(Box<postgres::Target>),
}

impl std::str::FromStr for Location {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err("name a file: sqlite:./data/guildhall.db".into());
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(url.parse()?)));
        }
        Err("a database URL starts with sqlite: or postgres://".into())
    }
}

/// What a database says of itself.
#[derive(Debug)]
pub struct Probe {
    /// The engine and its version.
    pub engine: String,
    /// What time it is there, where it is another machine's.
    pub now: Option<Time>,
}

impl Location {
    /// Asks the database, changing nothing.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn probe(&self) -> Result<Probe> {
        match self {
            Self::Sqlite(_) => Ok(Probe { engine: format!("SQLite {}", rusqlite::version()), now: None }),
            Self::Postgres(target) => target.probe().await,
        }
    }
}

/// How many connections are held and how long things may take.
#[derive(Clone, Debug)]
pub struct Limits {
    /// SQLite: reader threads. PostgreSQL: connections.
    pub connections: usize,
    /// How long a transaction may wait for a connection before it is refused with 503.
    pub wait: Duration,
    /// PostgreSQL's `statement_timeout`.
    pub statement: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        // More connections than about twice the cores made PostgreSQL slower, not faster; a few more let writers of
        // many organizations share a flush of its log.
        Self {
            connections: (cores * 4).max(8),
            wait: Duration::from_secs(5),
            statement: Duration::from_secs(15),
        }
    }
}

/// Whose data a transaction is about. `$1` of every statement is the id, bound by the seam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One organization's data; on PostgreSQL the row-level security is set to it.
    Tenant(Uuid),
    /// One organization's data, all of which may go for good, its ledger too.
    Purge(Uuid),
    /// One person's account data.
    User(Uuid),
    /// Directory tables only, before anyone is known; `$1` is the first parameter.
    System,
}

/// The database behind the seam.
pub struct Db(Engine);

enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Read,
    Write,
}

impl Db {
    /// Opens the database, which must be migrated already, and verifies that its walls stand.
    ///
    /// # Errors
    /// When it can't be reached, isn't at this version, or (PostgreSQL) row-level security wouldn't hold.
    pub async fn open(location: &Location, limits: &Limits) -> Result<Self> {
        match migrate::status(location).await? {
            Status::Current => {}
            Status::Pending(n) => {
                return Err(Error::internal(format!("{n} migrations are pending: run `guildhall migrate`")));
            }
        }
        Ok(Self(match location {
            Location::Sqlite(path) => Engine::Sqlite(sqlite::Sqlite::open(path, limits)?),
            Location::Postgres(target) => Engine::Postgres(postgres::Postgres::open(target, limits).await?),
        }))
    }

    /// Who waits for news of what is committed.
    #[must_use]
    pub fn notifier(&self) -> &Arc<Notifier> {
        match &self.0 {
            Engine::Sqlite(engine) => engine.notifier(),
            Engine::Postgres(engine) => engine.notifier(),
        }
    }

    /// Runs `f` in a transaction that may only read and sees one moment of the database.
    ///
    /// # Errors
    /// Those of `f`; 503 when no connection is free in time or the database can't be reached.
    pub async fn read<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        match &self.0 {
            Engine::Sqlite(engine) => engine.read(scope, f).await,
            Engine::Postgres(engine) => engine.run(Mode::Read, scope, f).await,
        }
    }

    /// Runs `f` in a transaction that is durable when this answers `Ok`, and never happened when it answers `Err`.
    ///
    /// # Errors
    /// Those of `f`; 503 when no connection is free in time or the database can't be reached, 507 when the disk is full.
    pub async fn write<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        match &self.0 {
            Engine::Sqlite(engine) => engine.write(scope, f).await,
            Engine::Postgres(engine) => engine.run(Mode::Write, scope, f).await,
        }
    }
}

/// An open transaction. It lives on the thread that owns the connection.
///
/// Its statements take `&self`, so that several can leave in one flush: `try_join!(tx.all(…), tx.all(…))`.
pub struct Tx {
    conn: Conn,
    scope: Scope,
    health: Rc<Health>,
}

#[derive(Clone)]
enum Conn {
    Sqlite(Rc<sqlite::Connection>),
    Postgres(Rc<postgres::Transaction>),
}

/// What went wrong inside a transaction, whatever the closure made of it.
#[derive(Default)]
struct Health {
    failed: Cell<bool>,
    retry: Cell<bool>,
    undone: Cell<bool>,
    topics: RefCell<Vec<Uuid>>,
}

impl Health {
    /// What it was about, if anything of it is kept.
    fn news(&self) -> Vec<Uuid> {
        if self.undone.get() { Vec::new() } else { self.topics.take() }
    }
}

type Params<'a> = &'a [&'a (dyn Param + Sync)];

impl Tx {
    fn new(conn: Conn, scope: Scope) -> Self {
        Self { conn, scope, health: Rc::default() }
    }

    /// The same transaction, entered for another scope. The one it came from must not be used before this is done with:
    /// the row-level security follows the last that was entered.
    #[must_use]
    pub fn switch_scope(&self, scope: Scope) -> Self {
        if let Conn::Postgres(tx) = &self.conn {
            tx.switch_scope(scope);
        }
        self.with_scope(scope)
    }

    /// The same transaction, for statements of another scope that the row-level security already allows.
    #[must_use]
    pub fn with_scope(&self, scope: Scope) -> Self {
        Self { conn: self.conn.clone(), scope, health: self.health.clone() }
    }

    /// Whatever the closure answers, nothing that it did is kept.
    pub fn undo(&self) {
        self.health.undone.set(true);
    }

    /// Once this is committed, who waits for news of this organization or person is told.
    pub fn concerns(&self, topic: Uuid) {
        let mut topics = self.health.topics.borrow_mut();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }

    /// Every row of a query.
    ///
    /// # Errors
    /// When the database refuses the statement or can't be reached.
    pub async fn all<R: FromRow>(&self, sql: Sql<'_>, params: Params<'_>) -> Result<Vec<R>> {
        let lead = self.lead(sql)?;
        let all = behind(lead.as_ref(), params);
        let answer = match &self.conn {
            Conn::Sqlite(conn) => conn.all(sql.text(), &all),
            Conn::Postgres(tx) => tx.all(sql.text(), &all).await,
        };
        answer.map_err(|failure| self.note(failure, sql.text()))
    }

    /// The only row of a query, if there is one.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn maybe<R: FromRow>(&self, sql: Sql<'_>, params: Params<'_>) -> Result<Option<R>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// The row of a query that always has one.
    ///
    /// # Errors
    /// As [`Tx::all`], and when there is none.
    pub async fn one<R: FromRow>(&self, sql: Sql<'_>, params: Params<'_>) -> Result<R> {
        self.maybe(sql, params).await?.ok_or_else(|| Error::internal(format!("no row: {}", sql.text())))
    }

    /// Runs a statement and answers how many rows it touched.
    ///
    /// # Errors
    /// As [`Tx::all`].
    pub async fn execute(&self, sql: Sql<'_>, params: Params<'_>) -> Result<u64> {
        let lead = self.lead(sql)?;
        let all = behind(lead.as_ref(), params);
        let answer = match &self.conn {
            Conn::Sqlite(conn) => conn.execute(sql.text(), &all),
            Conn::Postgres(tx) => tx.execute(sql.text(), &all).await,
        };
        answer.map_err(|failure| self.note(failure, sql.text()))
    }

    /// The id that is `$1`, refusing a statement of a scope that doesn't name it.
    fn lead(&self, sql: Sql<'_>) -> Result<Option<Uuid>> {
        tracing::trace!(target: "guildhall::sql", sql = sql.text());
        match self.scope {
            Scope::System => Ok(None),
            Scope::Tenant(id) | Scope::Purge(id) | Scope::User(id) if sql.names_owner() => Ok(Some(id)),
            Scope::Tenant(_) | Scope::Purge(_) | Scope::User(_) => Err(Error::internal(format!(
                "a statement that doesn't name whose data it is about: {}",
                sql.text()
            ))),
        }
    }

    fn note(&self, failure: Failure, sql: &str) -> Error {
        self.health.failed.set(true);
        self.health.retry.set(self.health.retry.get() || matches!(failure, Failure::Retry));
        failure.into_error(sql)
    }
}

/// A statement's values: whose data it is about as `$1`, where the scope has somebody, then the others.
fn behind<'a>(lead: Option<&'a Uuid>, params: Params<'a>) -> Vec<&'a (dyn Param + Sync)> {
    lead.map(|lead| lead as &(dyn Param + Sync)).into_iter().chain(params.iter().copied()).collect()
}

/// How a statement or a commit failed.
#[derive(Debug, Clone)]
enum Failure {
    /// Another transaction was in the way: the same again may succeed.
    Retry,
    /// The database can't be reached, or not in time.
    Unavailable(String),
    /// No room on the disk.
    Full,
    /// Our mistake.
    Bug(String),
}

impl Failure {
    fn into_error(self, sql: &str) -> Error {
        use crate::base::error::Code;
        match self {
            Self::Retry => Error::from(Code::Overloaded),
            Self::Unavailable(why) => {
                tracing::warn!(why, "the database is unavailable");
                Error::from(Code::Unavailable)
            }
            Self::Full => Error::from(Code::StorageFull),
            Self::Bug(why) => Error::internal(format!("{why}: {sql}")),
        }
    }
}

/// Polls a transaction's future to its end, turning a panic into an error.
async fn guarded<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.as_mut().poll(cx)))
            .unwrap_or_else(|_| Poll::Ready(Err(Error::internal("a transaction panicked"))))
    })
    .await
}

impl Tx {
    /// What a closure's answer means for its transaction: a swallowed database error must not be committed, because
    /// PostgreSQL would silently roll back where SQLite would not.
    fn verdict<T>(&self, answer: Result<T>) -> Result<T> {
        if answer.is_ok() && self.health.failed.get() {
            return Err(Error::internal("a transaction went on after a failed statement"));
        }
        answer
    }
}
