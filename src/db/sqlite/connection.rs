//! A connection to the SQLite database: its settings, its transactions and statements, and the measure of its work.

use std::{
    cell::Cell,
    path::Path,
    pin::pin,
    rc::Rc,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use rusqlite::{ErrorCode, OpenFlags, config::DbConfig, hooks::Wal};
use uuid::Uuid;

use crate::{
    base::error::{Code, Error, Result},
    db::{Conn, Failure, FromRow, Health, Param, Row, Scope, Tx, guarded},
};

/// The number of instructions of SQLite's virtual machine in one step, the unit in which work is measured. The same list of 50
/// tasks always takes the same steps, about ten, however busy the processors are.
const STEP: i32 = 1_000;
/// How long a statement waits for another process or thread that holds the file.
pub(super) const BUSY: Duration = Duration::from_secs(5);

pub(in crate::db) struct Connection {
    conn: rusqlite::Connection,
    work: Arc<Work>,
    /// Set when the file couldn't be read or written.
    broken: Cell<bool>,
}

/// The work of a connection's transaction. It stops one that has done too much, or whose caller is gone.
#[derive(Default)]
struct Work {
    steps: AtomicU32,
    /// The number of steps after which the transaction is interrupted.
    most: AtomicU32,
    /// What the caller holds for as long as it waits for the answer. `None` while nothing is to be interrupted.
    caller: Mutex<Option<Weak<()>>>,
}

/// A read's allowance of work.
#[derive(Debug, Clone)]
pub(super) struct Allowance {
    /// The number of steps after which the read is interrupted.
    pub steps: u32,
    /// What the caller holds for as long as it waits for the answer.
    pub caller: Weak<()>,
}

impl Work {
    fn begin(&self, allowance: &Allowance) {
        self.steps.store(0, Ordering::Relaxed);
        self.most.store(allowance.steps, Ordering::Relaxed);
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = Some(allowance.caller.clone());
    }

    /// Lets what comes now run to its end.
    fn end(&self) {
        *self.caller.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Counts a step. Returns whether the transaction is to be interrupted.
    fn step(&self) -> bool {
        let Some(caller) = &*self.caller.lock().unwrap_or_else(PoisonError::into_inner) else { return false };
        let steps = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        steps >= self.most.load(Ordering::Relaxed) || caller.strong_count() == 0
    }
}

impl Connection {
    /// Opens a connection that reads, and whose work is measured.
    pub(super) fn reader(path: &Path) -> Result<Self> {
        let mut reader = Self::open(path)?;
        reader.conn.pragma_update(None, "query_only", true).map_err(Error::internal)?;
        let work = reader.work.clone();
        reader.conn.progress_handler(STEP, Some(move || work.step())).map_err(Error::internal)?;
        Ok(reader)
    }

    /// Opens the connection that writes. `committed` is told the number of pages in the write-ahead log after each commit:
    /// it replaces SQLite's own checkpoint, which would stall the writer.
    pub(super) fn writer(path: &Path, committed: impl Fn(i32) + Send + 'static) -> Result<Self> {
        let mut writer = Self::open(path)?;
        let committed = move |_: &mut Wal, pages| {
            committed(pages);
            Ok(())
        };
        writer.conn.wal_hook(Some(committed)).map_err(Error::internal)?;
        Ok(writer)
    }

    pub(in crate::db) fn open(path: &Path) -> Result<Self> {
        let conn = rusqlite::Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(Error::internal)?;
        conn.busy_timeout(BUSY).map_err(Error::internal)?;
        conn.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; \
             pragma secure_delete = on; pragma foreign_keys = on; pragma wal_autocheckpoint = 0; pragma cache_size = -16000; \
             pragma journal_size_limit = 67108864; pragma temp_store = memory;",
        )
        .map_err(Error::internal)?;
        // Without this, SQLite plans a statement again whenever other values are bound, to use them as hints.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(Error::internal)?;
        conn.set_prepared_statement_cache_capacity(512);
        Ok(Self { conn, work: Arc::default(), broken: Cell::new(false) })
    }

    pub(in crate::db) const fn raw(&self) -> &rusqlite::Connection {
        &self.conn
    }

    /// Returns whether the file couldn't be read or written, with any statement so far.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.get()
    }

    fn failed(&self, error: &rusqlite::Error) -> Failure {
        let broken = [ErrorCode::SystemIoFailure, ErrorCode::CannotOpen, ErrorCode::ReadOnly];
        if error.sqlite_error_code().is_some_and(|code| broken.contains(&code)) {
            self.broken.set(true);
        }
        failure(error)
    }

    /// Copies the write-ahead log into the database and empties it. Returns `false` if a reader needs it.
    pub(super) fn truncate_log(&self) -> Result<bool> {
        let is_busy = self.conn.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        is_busy.map(|is_busy| !is_busy).map_err(Error::internal)
    }

    /// Runs a read in a transaction, so that all its statements see the same snapshot.
    pub(super) fn transaction<T>(
        self: &Rc<Self>,
        allowance: &Allowance,
        scope: Scope,
        f: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> Result<T> {
        // Neither of these is interrupted, which would leave the transaction open, and the connection useless.
        self.control("begin").map_err(|failure| failure.into_error("begin"))?;
        self.work.begin(allowance);
        let (answer, _) = self.drive(scope, f);
        self.work.end();
        let ended = self.control("commit");
        let answer = answer?;
        ended.map_err(|failure| failure.into_error("commit"))?;
        Ok(answer)
    }

    /// Returns the steps of the last read.
    pub(super) fn steps(&self) -> u32 {
        self.work.steps.load(Ordering::Relaxed)
    }

    /// Runs a write in a savepoint of the group's transaction. Returns its result and the topics to notify.
    pub(super) fn savepoint<T>(
        self: &Rc<Self>,
        scope: Scope,
        f: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> (Result<T>, Vec<Uuid>) {
        if self.conn.is_autocommit() {
            return (Err(Code::Unavailable.into()), Vec::new());
        }
        if let Err(failure) = self.control("savepoint one") {
            return (Err(failure.into_error("savepoint")), Vec::new());
        }
        let (answer, health) = self.drive(scope, f);
        let released = self.release(answer.is_err() || health.undone.get());
        (released.and(answer), health.news())
    }

    /// Ends a savepoint; if `undo` is set, rolls it back first.
    fn release(&self, undo: bool) -> Result<()> {
        if undo && !self.conn.is_autocommit() {
            self.control("rollback to one").map_err(|failure| failure.into_error("rollback"))?;
        }
        if !self.conn.is_autocommit() {
            self.control("release one").map_err(|failure| failure.into_error("release"))?;
        }
        Ok(())
    }

    /// Runs a transaction's closure and returns its result and health. One poll completes the future, because on SQLite
    /// it never waits.
    fn drive<T>(
        self: &Rc<Self>,
        scope: Scope,
        f: &impl AsyncFn(&Tx) -> Result<T>,
    ) -> (Result<T>, Rc<Health>) {
        let tx = Tx::new(Conn::Sqlite(self.clone()), scope);
        let future = pin!(guarded(f(&tx)));
        let answer = match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => tx.verdict(answer),
            Poll::Pending => Err(Error::internal("a transaction awaited something other than its database")),
        };
        (answer, tx.health.clone())
    }

    pub(super) fn control(&self, sql: &str) -> Result<(), Failure> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.raw_execute())
            .map(drop)
            .map_err(|error| self.failed(&error))
    }

    pub(in crate::db) fn all<R: FromRow>(
        &self,
        sql: &str,
        params: &[&(dyn Param + Sync)],
    ) -> Result<Vec<R>, Failure> {
        let mut statement = self.prepared(sql, params)?;
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.failed(&error))? {
            all.push(R::from_row(&Row::Sqlite(row)).map_err(|error| Failure::Bug(error.to_string()))?);
        }
        Ok(all)
    }

    pub(in crate::db) fn execute(&self, sql: &str, params: &[&(dyn Param + Sync)]) -> Result<u64, Failure> {
        let touched = self.prepared(sql, params)?.raw_execute().map_err(|error| self.failed(&error))?;
        Ok(u64::try_from(touched).unwrap_or(0))
    }

    /// Prepares a statement and binds its parameters by name: SQLite numbers `$n` parameters by their first appearance
    /// in the text, not by `n`.
    fn prepared(
        &self,
        sql: &str,
        params: &[&(dyn Param + Sync)],
    ) -> Result<rusqlite::CachedStatement<'_>, Failure> {
        let mut statement = self.conn.prepare_cached(sql).map_err(|error| self.failed(&error))?;
        if statement.parameter_count() != params.len() {
            return Err(Failure::Bug(format!("{} parameters given", params.len())));
        }
        for index in 1..=params.len() {
            let number = statement
                .parameter_name(index)
                .and_then(|name| name.strip_prefix('$'))
                .and_then(|number| number.parse::<usize>().ok())
                .ok_or_else(|| Failure::Bug("a parameter that is no $n".into()))?;
            let value =
                params.get(number.wrapping_sub(1)).ok_or_else(|| Failure::Bug("no such parameter".into()))?;
            statement.raw_bind_parameter(index, value.as_sqlite()).map_err(|error| self.failed(&error))?;
        }
        Ok(statement)
    }
}

fn failure(error: &rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Failure::Full,
        Some(ErrorCode::OperationInterrupted) => Failure::Interrupted,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly,
        ) => Failure::Unavailable(error.to_string()),
        _ => Failure::Bug(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Query;

    #[test]
    fn a_read_that_is_stopped_leaves_a_connection_that_can_be_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("guildhall.db");
        rusqlite::Connection::open(&path).unwrap();
        let conn = Rc::new(Connection::reader(&path).unwrap());
        let gone = Allowance { steps: 1, caller: Weak::new() };
        // SQLite counts the instructions of a statement over all its runs: so it asks in some of these whether to go on.
        for _ in 0..2 * STEP {
            let _ = conn.transaction(&gone, Scope::System, &async |tx: &Tx| {
                tx.all::<(i64,)>(Query::new("select 1", &[]).sql(), &[]).await
            });
            assert!(conn.raw().is_autocommit());
        }
    }
}
