//! The database layer: runs the same SQL text on SQLite and PostgreSQL. It contains no feature code.
//!
//! A transaction is an async closure that is sent to the thread that owns a connection, and runs there. It is committed
//! when it returns `Ok`, rolled back when it returns `Err`, and may be run again after a serialization failure.

mod alarm;
mod backfill;
mod columns;
pub mod copy;
mod fair_queue;
mod lanes;
mod migrate;
mod notifier;
mod postgres;
mod query;
mod sql;
mod sqlite;
mod traced;
mod values;

use std::{
    cell::{Cell, RefCell},
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use tracing::Instrument as _;
use uuid::Uuid;

pub(crate) use columns::{rank_column, text_column, via_postgres};
pub use migrate::{Migrations, Status};
pub use notifier::{About, Notifier, Subscription};
pub use query::Query;
pub use sql::{Sql, join, length, names_owner, sql};
pub(crate) use sqlite::snapshot;
use traced::Traced;
pub(crate) use values::columns;
pub use values::{Column, FromRow, Param, Row};

use crate::base::{
    clock::Time,
    error::{Error, Result},
};

/// The location of a database: `sqlite:<path>` or `postgres://…` (a libpq URL, including `sslmode` and `sslrootcert`).
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

/// A database's answer to [`Location::probe`].
#[derive(Debug)]
pub struct Probe {
    /// The engine and its version.
    pub engine: String,
    /// The database server's current time; `None` for SQLite, which uses this machine's clock.
    pub now: Option<Time>,
}

/// What a database tells of itself.
#[derive(Debug)]
pub struct Vitals {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// The engine's version.
    pub version: String,
    /// The version of the newest migration that was applied.
    pub schema: i64,
    /// The size of the database, in bytes.
    pub bytes: i64,
}

impl Location {
    /// Asks the database for its version and its time. Changes nothing.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn probe(&self) -> Result<Probe> {
        match self {
            Self::Sqlite(_) => Ok(Probe { engine: format!("SQLite {}", rusqlite::version()), now: None }),
            Self::Postgres(target) => target.probe().await,
        }
    }

    /// Returns the name of the engine.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Returns the file of an embedded database.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }
}

/// The number of database connections, and the timeouts.
#[derive(Clone, Debug)]
pub struct Limits {
    /// On SQLite the number of threads for light reads, on PostgreSQL the number of connections. A quarter as many, on
    /// SQLite in addition, is for heavy reads.
    pub connections: usize,
    /// PostgreSQL only: how long a transaction may wait for a connection before it is refused with 503.
    pub wait: Duration,
    /// PostgreSQL only: how long a statement may run (`statement_timeout`).
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

impl Limits {
    /// Returns the number of connections for heavy reads.
    fn heavy(&self) -> usize {
        (self.connections / 4).max(1)
    }
}

/// The organization or user whose data a transaction accesses. The database layer binds its id as `$1` of every
/// statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One organization's data. On PostgreSQL, row-level security restricts the transaction to it.
    Tenant(Uuid),
    /// One organization's data, for its purge: unlike in [`Scope::Tenant`], the ledger may be deleted too.
    Purge(Uuid),
    /// One user's account data.
    User(Uuid),
    /// Directory tables only, before the caller is known. No id is bound: `$1` is the first parameter.
    System,
}

impl Scope {
    /// Returns the id of the organization or user. All transactions before the caller is known share one.
    const fn owner(self) -> Uuid {
        match self {
            Self::Tenant(id) | Self::Purge(id) | Self::User(id) => id,
            Self::System => Uuid::nil(),
        }
    }
}

/// An open database, on either engine.
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
    /// Opens a database that is already migrated. On PostgreSQL, also verifies that row-level security is in force.
    ///
    /// # Errors
    /// When the database can't be reached, isn't at the version of this binary, or (PostgreSQL) row-level security
    /// would not restrict this login.
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

    /// Returns the notifier, whose subscribers are told about committed transactions.
    #[must_use]
    pub fn notifier(&self) -> &Arc<Notifier> {
        match &self.0 {
            Engine::Sqlite(engine) => engine.notifier(),
            Engine::Postgres(engine) => engine.notifier(),
        }
    }

    /// Waits until the other nodes were notified of the transactions that were committed so far.
    pub async fn flush_notices(&self) {
        self.notifier().flush().await;
    }

    /// Removes from the disk what was deleted. On SQLite it would stay in the write-ahead log; PostgreSQL removes it with
    /// its own vacuum.
    ///
    /// # Errors
    /// When the database can't be opened or written.
    pub async fn scrub(&self) -> Result<()> {
        match &self.0 {
            Engine::Sqlite(engine) => engine.scrub().await,
            Engine::Postgres(_) => Ok(()),
        }
    }

    /// Waits until the engine can't go on, and the process should end so that its supervisor starts it anew: a file that
    /// can't be written, or a thread that panicked. (Connections to PostgreSQL are made anew.)
    pub async fn lost(&self) {
        match &self.0 {
            Engine::Sqlite(engine) => engine.alarm().rung().await,
            Engine::Postgres(engine) => engine.alarm().rung().await,
        }
    }

    /// Runs `f` in a read-only transaction whose statements all see the same snapshot of the database. A read that takes
    /// long is interrupted and run again beside few others, so that it doesn't hold up short ones; a read whose caller
    /// is gone is stopped.
    ///
    /// # Errors
    /// The errors of `f`; 503 when no connection is free in time or the database can't be reached.
    pub async fn read<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let traced = Traced::begin(self.system(), Mode::Read, scope);
        let f = traced.around(f);
        traced.end(match &self.0 {
            Engine::Sqlite(engine) => engine.read(scope, f).await,
            Engine::Postgres(engine) => engine.run(Mode::Read, scope, f).await,
        })
    }

    /// Runs `f` in a transaction. When this returns `Ok`, the changes are durable; when it returns `Err`, they are
    /// rolled back.
    ///
    /// # Errors
    /// The errors of `f`; 503 when no connection is free in time or the database can't be reached; 507 when the disk is
    /// full.
    pub async fn write<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let traced = Traced::begin(self.system(), Mode::Write, scope);
        let f = traced.around(f);
        traced.end(match &self.0 {
            Engine::Sqlite(engine) => engine.write(scope, f).await,
            Engine::Postgres(engine) => engine.run(Mode::Write, scope, f).await,
        })
    }

    /// Returns the engine's name in the conventions of OpenTelemetry.
    const fn system(&self) -> &'static str {
        match self.0 {
            Engine::Sqlite(_) => traced::SQLITE,
            Engine::Postgres(_) => traced::POSTGRESQL,
        }
    }
}

/// An open transaction. It stays on the thread that owns the connection.
///
/// Statements take `&self`, so that several can be sent in one flush: `try_join!(tx.all(…), tx.all(…))`.
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

impl Conn {
    /// Returns the engine's name in the conventions of OpenTelemetry.
    const fn system(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => traced::SQLITE,
            Self::Postgres(_) => traced::POSTGRESQL,
        }
    }
}

/// The state of a transaction that decides, besides the closure's result, whether it is committed or run again.
#[derive(Default)]
struct Health {
    failed: Cell<bool>,
    retry: Cell<bool>,
    undone: Cell<bool>,
    topics: RefCell<Vec<Uuid>>,
    /// The first number that was named for each of these.
    firsts: RefCell<Vec<(Uuid, i64)>>,
}

impl Health {
    /// Takes the topics that the transaction's commit is announced to; none if the transaction is undone.
    fn news(&self) -> Vec<Uuid> {
        if self.undone.get() { Vec::new() } else { self.topics.take() }
    }
}

type Params<'a> = &'a [&'a (dyn Param + Sync)];

impl Tx {
    fn new(conn: Conn, scope: Scope) -> Self {
        Self { conn, scope, health: Rc::default() }
    }

    /// Returns the same transaction, with row-level security set to another scope. The original must not be used until
    /// the returned one is no longer needed, because row-level security follows the last switch.
    #[must_use]
    pub fn switch_scope(&self, scope: Scope) -> Self {
        if let Conn::Postgres(tx) = &self.conn {
            tx.switch_scope(scope);
        }
        self.with_scope(scope)
    }

    /// Returns the same transaction with another scope for `$1`, without changing row-level security. It is for
    /// statements that row-level security already allows.
    #[must_use]
    pub fn with_scope(&self, scope: Scope) -> Self {
        Self { conn: self.conn.clone(), scope, health: self.health.clone() }
    }

    /// Marks the transaction to be rolled back, whatever the closure returns.
    pub fn undo(&self) {
        self.health.undone.set(true);
    }

    /// Returns whether the transaction is to be rolled back, whatever the closure returns.
    #[must_use]
    pub fn is_undone(&self) -> bool {
        self.health.undone.get()
    }

    /// Returns the number that was named first for this in the transaction: this one, if none was before.
    #[must_use]
    pub fn first(&self, of: Uuid, number: i64) -> i64 {
        let mut firsts = self.health.firsts.borrow_mut();
        if let Some((_, first)) = firsts.iter().find(|(known, _)| *known == of) {
            return *first;
        }
        firsts.push((of, number));
        number
    }

    /// Wakes the subscribers of this topic, the id of an organization or a user, once the transaction is committed.
    pub fn concerns(&self, topic: Uuid) {
        let mut topics = self.health.topics.borrow_mut();
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }

    /// Runs a query and returns all its rows.
    ///
    /// # Errors
    /// When the database refuses the statement or can't be reached.
    pub async fn all<R: FromRow>(&self, sql: Sql<'_>, params: Params<'_>) -> Result<Vec<R>> {
        let lead = self.lead(sql)?;
        let all = behind(lead.as_ref(), params);
        let span = traced::statement(self.conn.system(), sql);
        let answer = match &self.conn {
            Conn::Sqlite(conn) => span.in_scope(|| conn.all(sql.text(), &all)),
            Conn::Postgres(tx) => tx.all(sql, &all).instrument(span.clone()).await,
        };
        traced::answered(&span, answer.as_ref().map(|rows| Some(rows.len())));
        answer.map_err(|failure| self.note(failure, sql.text()))
    }

    /// Runs a query and returns its first row, if there is one.
    ///
    /// # Errors
    /// The same as [`Tx::all`].
    pub async fn maybe<R: FromRow>(&self, sql: Sql<'_>, params: Params<'_>) -> Result<Option<R>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// Runs a query that always has a row and returns it.
    ///
    /// # Errors
    /// The same as [`Tx::all`], and an internal error when there is no row.
    pub async fn one<R: FromRow>(&self, sql: Sql<'_>, params: Params<'_>) -> Result<R> {
        self.maybe(sql, params).await?.ok_or_else(|| Error::internal(format!("no row: {}", sql.text())))
    }

    /// Runs a statement and returns the number of rows that it affected.
    ///
    /// # Errors
    /// The same as [`Tx::all`].
    pub async fn execute(&self, sql: Sql<'_>, params: Params<'_>) -> Result<u64> {
        let lead = self.lead(sql)?;
        let all = behind(lead.as_ref(), params);
        let span = traced::statement(self.conn.system(), sql);
        let answer = match &self.conn {
            Conn::Sqlite(conn) => span.in_scope(|| conn.execute(sql.text(), &all)),
            Conn::Postgres(tx) => tx.execute(sql, &all).instrument(span.clone()).await,
        };
        traced::answered(&span, answer.as_ref().map(|_| None));
        answer.map_err(|failure| self.note(failure, sql.text()))
    }

    /// Returns what the database tells of itself.
    ///
    /// # Errors
    /// The same as [`Tx::all`].
    pub async fn vitals(&self) -> Result<Vitals> {
        type Told = Vec<(String, i64, i64)>;
        const SQLITE: Sql<'static> = sql!(unowned "select sqlite_version(), (select max(version) from schema_migrations),
            (select page_count from pragma_page_count()) * (select page_size from pragma_page_size())");
        const POSTGRES: Sql<'static> = sql!(unowned "select current_setting('server_version'),
            (select max(version) from schema_migrations), pg_database_size(current_database())");
        // Each engine is asked in its own words, which the tests of statements that both have don't see.
        let (engine, sql, told): (_, _, Result<Told, Failure>) = match &self.conn {
            Conn::Sqlite(conn) => ("SQLite", SQLITE, conn.all(SQLITE.text(), &[])),
            Conn::Postgres(tx) => ("PostgreSQL", POSTGRES, tx.all(POSTGRES, &[]).await),
        };
        let told = told.map_err(|failure| self.note(failure, sql.text()))?;
        let row = told.into_iter().next();
        let (version, schema, bytes) = row.ok_or_else(|| Error::internal("the database tells nothing"))?;
        Ok(Vitals { engine, version, schema, bytes })
    }

    /// Returns the id to bind as `$1`. In a scope that has an id, a statement without `$1` is an error.
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

/// Returns all parameters of a statement: the scope's id as `$1`, if it has one, then the others.
fn behind<'a>(lead: Option<&'a Uuid>, params: Params<'a>) -> Vec<&'a (dyn Param + Sync)> {
    lead.map(|lead| lead as &(dyn Param + Sync)).into_iter().chain(params.iter().copied()).collect()
}

/// How a statement or a commit failed.
#[derive(Debug, Clone)]
enum Failure {
    /// A conflict with another transaction. The transaction may succeed when it is run again.
    Retry,
    /// The database can't be reached, or didn't respond in time.
    Unavailable(String),
    /// The disk is full.
    Full,
    /// The transaction took too long for its lane, or its caller is gone.
    Interrupted,
    /// A bug in this program, such as an invalid statement.
    Bug(String),
}

impl Failure {
    fn into_error(self, sql: &str) -> Error {
        use crate::base::error::Code;
        match self {
            Self::Retry => Error::from(Code::Overloaded),
            Self::Unavailable(why) => {
                tracing::warn!(why, "database unavailable");
                Error::from(Code::Unavailable)
            }
            Self::Full => Error::from(Code::StorageFull),
            Self::Interrupted => Error::from(Code::Unavailable),
            Self::Bug(why) => Error::internal(format!("{why}: {sql}")),
        }
    }
}

/// Runs a transaction's future to completion and turns a panic into an error.
async fn guarded<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.as_mut().poll(cx)))
            .unwrap_or_else(|_| Poll::Ready(Err(Error::internal("a transaction panicked"))))
    })
    .await
}

impl Tx {
    /// Turns the result of a closure that ignored a database error into an error. Such a transaction must not be
    /// committed, because PostgreSQL would silently roll it back and SQLite would not.
    fn verdict<T>(&self, answer: Result<T>) -> Result<T> {
        if answer.is_ok() && self.health.failed.get() {
            return Err(Error::internal("a transaction went on after a failed statement"));
        }
        answer
    }
}
