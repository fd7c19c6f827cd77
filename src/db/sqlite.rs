//! The SQLite engine: one writer thread with group commit, several reader threads, and one thread for checkpoints.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use rusqlite::{ErrorCode, OpenFlags, config::DbConfig, hooks::Wal};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{Conn, Failure, FromRow, Health, Limits, Notifier, Param, Row, Scope, Tx, guarded};
use crate::base::{
    clock::Stopwatch,
    error::{Code, Error, Result},
};

/// The maximum number of transactions that share a commit: enough to hide the disk's latency, few enough that the first
/// doesn't wait long.
const GROUP: usize = 256;
/// The maximum number of transactions that wait for a thread. Further ones are refused with 503.
const QUEUE: usize = 4096;
/// The number of pages in the write-ahead log above which a checkpoint runs in the background, and above which the
/// writer waits for one.
const CHECKPOINT_PAGES: u64 = 1_000;
const CHECKPOINT_PAGES_MOST: u64 = 64_000;

/// The minimum time between two looks for commits of other processes, and the time after which an idle writer looks.
const LOOK: Duration = Duration::from_millis(500);

type Read = Box<dyn FnOnce(&Rc<Connection>) + Send>;
/// Runs a transaction inside the open group. The returned closure answers the caller once the group was committed or
/// has failed.
type Write = Box<dyn FnOnce(&Rc<Connection>) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<(), Failure>)>;

pub(super) struct Sqlite {
    readers: async_channel::Sender<Read>,
    /// `None` once the writer has been told to end.
    writer: Option<mpsc::SyncSender<Write>>,
    threads: Vec<thread::JoinHandle<()>>,
    notifier: Arc<Notifier>,
    path: PathBuf,
}

/// Lets the threads finish the waiting transactions, then ends them. The last connection to close copies the
/// write-ahead log into the database, which is then a single file.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.readers.close();
        self.writer = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Sqlite {
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let wal_pages = Arc::new(AtomicU64::new(0));
        let (checkpoint, due) = mpsc::sync_channel(1);
        let (writer, queue) = mpsc::sync_channel::<Write>(QUEUE);
        let mut threads = Vec::new();
        let mut conn = Connection::open(path, false)?;
        let pages = wal_pages.clone();
        // The hook replaces SQLite's own checkpoint, which would stall the writer.
        conn.0
            .wal_hook(Some(move |_: &mut Wal, n| {
                pages.store(u64::try_from(n).unwrap_or(0), Ordering::Relaxed);
                Ok(())
            }))
            .map_err(Error::internal)?;
        let notifier = Arc::<Notifier>::default();
        let others = Others { seen: 0, looked: Stopwatch::start(), notifier: notifier.clone() };
        threads.push(spawn("db-writer", move || {
            Writer { conn: Rc::new(conn), checkpoint, wal_pages, others, broken: false }.run(&queue);
        })?);
        let conn = Connection::open(path, false)?;
        threads.push(spawn("db-checkpoint", move || {
            while due.recv().is_ok() {
                let _ = conn.0.pragma_update(None, "wal_checkpoint", "PASSIVE");
            }
        })?);
        let (readers, reads) = async_channel::bounded::<Read>(QUEUE);
        for _ in 0..limits.connections {
            let (conn, reads) = (Connection::open(path, true)?, reads.clone());
            threads.push(spawn("db-reader", move || {
                let conn = Rc::new(conn);
                while let Ok(job) = reads.recv_blocking() {
                    job(&conn);
                }
            })?);
        }
        Ok(Self { readers, writer: Some(writer), threads, notifier, path: path.to_owned() })
    }

    pub(super) const fn notifier(&self) -> &Arc<Notifier> {
        &self.notifier
    }

    /// Copies the write-ahead log into the database, which overwrites what was deleted there, and empties it. Does nothing
    /// if a reader needs the log for longer than a second.
    pub(super) async fn scrub(&self) -> Result<()> {
        let path = self.path.clone();
        let scrub = move || {
            let conn = Connection::open(&path, false)?;
            conn.0.execute_batch("pragma busy_timeout = 1000;").map_err(Error::internal)?;
            let is_busy =
                conn.0.query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
            if is_busy.map_err(Error::internal)? {
                tracing::info!(
                    "the write-ahead log is in use: deleted texts stay in it until the next purge"
                );
            }
            Ok(())
        };
        tokio::task::spawn_blocking(scrub).await.map_err(Error::internal)?
    }

    pub(super) async fn read<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job: Read = Box::new(move |conn| {
            let _ = answer.send(conn.transaction(scope, f));
        });
        self.readers.try_send(job).map_err(|_| Error::from(Code::Overloaded))?;
        answered.await.map_err(Error::internal)?
    }

    pub(super) async fn write<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let notifier = self.notifier.clone();
        let job: Write = Box::new(move |conn| {
            let (result, news) = conn.savepoint(scope, f);
            Box::new(move |group: Result<(), Failure>| {
                if group.is_ok() && result.is_ok() {
                    notifier.publish(&news);
                }
                let _ = answer.send(group.map_err(|failure| failure.into_error("commit")).and(result));
            })
        });
        let sent = self.writer.as_ref().is_some_and(|writer| writer.try_send(job).is_ok());
        if !sent {
            return Err(Code::Overloaded.into());
        }
        answered.await.map_err(Error::internal)?
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(name.into()).spawn(run).map_err(Error::internal)
}

/// Notices that another process, such as `guildhall user`, changed the database.
struct Others {
    /// The `data_version` at the last look. Commits of the writer's own connection leave it as it is, and no other
    /// connection of this process writes.
    seen: i64,
    /// Runs since the last look.
    looked: Stopwatch,
    notifier: Arc<Notifier>,
}

impl Others {
    /// Wakes all subscribers if another process committed since the last look.
    fn look(&mut self, conn: &Connection) {
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Stopwatch::start();
        if let Ok(version) = conn.0.pragma_query_value(None, "data_version", |row| row.get(0))
            && std::mem::replace(&mut self.seen, version) != version
        {
            self.notifier.wake_all();
        }
    }
}

struct Writer {
    conn: Rc<Connection>,
    checkpoint: mpsc::SyncSender<()>,
    wal_pages: Arc<AtomicU64>,
    others: Others,
    /// Set when a failed commit leaves the state of the write-ahead log unknown. All later writes are refused.
    broken: bool,
}

impl Writer {
    fn run(mut self, writes: &mpsc::Receiver<Write>) {
        loop {
            match writes.recv_timeout(LOOK) {
                Ok(first) => {
                    let jobs = std::iter::once(first).chain(writes.try_iter()).take(GROUP);
                    let mut replies = Vec::new();
                    let fate = self.group(jobs, &mut replies);
                    for reply in replies {
                        reply(fate.clone());
                    }
                    self.tidy();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.others.look(&self.conn);
        }
    }

    /// Runs the jobs in one transaction, so that either all of them are committed or none.
    fn group(&mut self, jobs: impl Iterator<Item = Write>, replies: &mut Vec<Reply>) -> Result<(), Failure> {
        let begun = if self.broken {
            Err(Failure::Unavailable("an earlier commit failed".into()))
        } else {
            self.conn.control("begin immediate")
        };
        for job in jobs {
            replies.push(job(&self.conn));
            if self.conn.0.is_autocommit() {
                // A full disk ends the whole transaction; later jobs would run outside it.
                break;
            }
        }
        begun?;
        if self.conn.0.is_autocommit() {
            return Err(Failure::Full);
        }
        let fate = self.conn.control("commit");
        if let Err(failure) = &fate {
            self.broken = matches!(failure, Failure::Bug(_) | Failure::Unavailable(_));
            tracing::error!(?failure, "failed to commit");
            if !self.conn.0.is_autocommit() {
                let _ = self.conn.control("rollback");
            }
        }
        fate
    }

    fn tidy(&self) {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages > CHECKPOINT_PAGES_MOST {
            let _ = self.conn.0.pragma_update(None, "wal_checkpoint", "RESTART");
        } else if pages > CHECKPOINT_PAGES {
            let _ = self.checkpoint.try_send(());
        }
    }
}

pub(super) struct Connection(rusqlite::Connection);

impl Connection {
    fn open(path: &Path, read_only: bool) -> Result<Self> {
        let conn = rusqlite::Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(Error::internal)?;
        conn.execute_batch(
            "pragma busy_timeout = 5000; pragma journal_mode = wal; pragma synchronous = full; \
             pragma secure_delete = on; pragma foreign_keys = on; pragma wal_autocheckpoint = 0; pragma cache_size = -16000; \
             pragma journal_size_limit = 67108864; pragma temp_store = memory;",
        )
        .map_err(Error::internal)?;
        conn.pragma_update(None, "query_only", read_only).map_err(Error::internal)?;
        // Without this, SQLite plans a statement again whenever other values are bound, to use them as hints.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(Error::internal)?;
        conn.set_prepared_statement_cache_capacity(512);
        Ok(Self(conn))
    }

    /// Runs a read in a transaction, so that all its statements see the same snapshot.
    fn transaction<T>(self: &Rc<Self>, scope: Scope, f: impl AsyncFn(&Tx) -> Result<T>) -> Result<T> {
        self.control("begin").map_err(|failure| failure.into_error("begin"))?;
        let (answer, _) = self.drive(scope, f);
        let ended = self.control("commit");
        let answer = answer?;
        ended.map_err(|failure| failure.into_error("commit"))?;
        Ok(answer)
    }

    /// Runs a write in a savepoint of the group's transaction. Returns its result and the topics to notify.
    fn savepoint<T>(
        self: &Rc<Self>,
        scope: Scope,
        f: impl AsyncFn(&Tx) -> Result<T>,
    ) -> (Result<T>, Vec<Uuid>) {
        if self.0.is_autocommit() {
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
        if undo && !self.0.is_autocommit() {
            self.control("rollback to one").map_err(|failure| failure.into_error("rollback"))?;
        }
        if !self.0.is_autocommit() {
            self.control("release one").map_err(|failure| failure.into_error("release"))?;
        }
        Ok(())
    }

    /// Runs a transaction's closure and returns its result and health. One poll completes the future, because on SQLite
    /// it never waits.
    #[expect(clippy::needless_pass_by_value, reason = "the future borrows it to its end")]
    fn drive<T>(self: &Rc<Self>, scope: Scope, f: impl AsyncFn(&Tx) -> Result<T>) -> (Result<T>, Rc<Health>) {
        let tx = Tx::new(Conn::Sqlite(self.clone()), scope);
        let future = pin!(guarded(f(&tx)));
        let answer = match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => tx.verdict(answer),
            Poll::Pending => Err(Error::internal("a transaction awaited something other than its database")),
        };
        (answer, tx.health.clone())
    }

    fn control(&self, sql: &str) -> Result<(), Failure> {
        self.0
            .prepare_cached(sql)
            .and_then(|mut statement| statement.raw_execute())
            .map(drop)
            .map_err(failure)
    }

    pub(super) fn all<R: FromRow>(
        &self,
        sql: &str,
        params: &[&(dyn Param + Sync)],
    ) -> Result<Vec<R>, Failure> {
        let mut statement = self.prepared(sql, params)?;
        let mut rows = statement.raw_query();
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(failure)? {
            all.push(R::from_row(&Row::Sqlite(row)).map_err(|error| Failure::Bug(error.to_string()))?);
        }
        Ok(all)
    }

    pub(super) fn execute(&self, sql: &str, params: &[&(dyn Param + Sync)]) -> Result<u64, Failure> {
        let touched = self.prepared(sql, params)?.raw_execute().map_err(failure)?;
        Ok(u64::try_from(touched).unwrap_or(0))
    }

    /// Prepares a statement and binds its parameters by name: SQLite numbers `$n` parameters by their first appearance
    /// in the text, not by `n`.
    fn prepared(
        &self,
        sql: &str,
        params: &[&(dyn Param + Sync)],
    ) -> Result<rusqlite::CachedStatement<'_>, Failure> {
        let mut statement = self.0.prepare_cached(sql).map_err(failure)?;
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
            statement.raw_bind_parameter(index, value.as_sqlite()).map_err(failure)?;
        }
        Ok(statement)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn failure(error: rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Failure::Full,
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
