//! The thread that writes: it commits the transactions that wait together, and looks after the write-ahead log.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Threads,
    connection::{BUSY, Connection},
};
use crate::{
    base::{
        clock::Stopwatch,
        error::{Code, Error, Result},
    },
    db::{
        Failure, Notifier, Scope, Tx,
        alarm::Alarm,
        fair_queue::{Bounds, FairQueue, Popped},
    },
};

/// The maximum number of transactions that share a commit: enough to hide the disk's latency, few enough that the first
/// doesn't wait long.
const GROUP: usize = 256;
/// How many transactions may wait. Further ones are refused with 503.
const QUEUE: Bounds = Bounds { all: 4_096, owner: 1_024 };
/// The number of pages in the write-ahead log above which a checkpoint runs in the background, and above which the
/// writer waits for one: in vain where something reads for longer, such as a backup. Then it waits again when the log has
/// twice as many.
const CHECKPOINT_PAGES: u64 = 1_000;
const CHECKPOINT_PAGES_MOST: u64 = 64_000;
/// How long the writer waits: longer than reads of the light lane take.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(200);
/// The minimum time between two looks for commits of other processes, and the time after which an idle writer looks. Also
/// the time between two attempts to write again after a failed commit.
const LOOK: Duration = Duration::from_millis(500);
/// How long after a failed commit the writer goes on trying to write again.
const PATIENCE: Duration = Duration::from_secs(15);

/// Runs a transaction inside the open group. The returned closure answers the caller once the group was committed or
/// has failed.
type Write = Box<dyn FnOnce(&Rc<Connection>) -> Reply + Send>;
type Reply = Box<dyn FnOnce(Result<(), Failure>)>;

pub(super) struct Writer {
    queue: Arc<FairQueue<Write>>,
    notifier: Arc<Notifier>,
}

impl Writer {
    /// Opens the connections that write and that copy the write-ahead log, and starts their threads.
    pub(super) fn start(path: &Path, threads: &mut Threads) -> Result<Self> {
        let queue = Arc::new(FairQueue::new(QUEUE));
        let notifier = Arc::<Notifier>::default();
        let (checkpoint, due) = mpsc::sync_channel(1);
        let conn = Connection::open(path)?;
        threads.start("db-checkpoint", move || {
            while due.recv().is_ok() {
                let _ = conn.raw().pragma_update(None, "wal_checkpoint", "PASSIVE");
            }
        })?;
        let log = Log {
            path: path.to_owned(),
            pages: Arc::default(),
            most: Cell::new(CHECKPOINT_PAGES_MOST),
            checkpoint,
        };
        let others = Others { seen: 0, looked: Stopwatch::start(), notifier: notifier.clone() };
        let (conn, jobs, alarm) = (log.writer()?, queue.clone(), threads.alarm.clone());
        threads.start("db-writer", move || {
            Thread { conn: Rc::new(conn), log, others, alarm, failing: None }.run(&jobs);
        })?;
        Ok(Self { queue, notifier })
    }

    pub(super) const fn notifier(&self) -> &Arc<Notifier> {
        &self.notifier
    }

    /// Refuses further transactions. Those that wait are still run.
    pub(super) fn close(&self) {
        self.queue.close();
    }

    pub(super) async fn write<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel::<Result<T>>();
        let notifier = self.notifier.clone();
        let job: Write = Box::new(move |conn| {
            if answer.is_closed() {
                // The caller gave up while the transaction waited.
                return Box::new(drop);
            }
            let (result, news) = conn.savepoint(scope, &f);
            Box::new(move |group: Result<(), Failure>| {
                if group.is_ok() && result.is_ok() {
                    notifier.publish(&news);
                }
                let _ = answer.send(group.map_err(|failure| failure.into_error("commit")).and(result));
            })
        });
        if !self.queue.push(scope.owner(), job) {
            return Err(Code::Overloaded.into());
        }
        answered.await.map_err(Error::internal)?
    }
}

/// The write-ahead log.
struct Log {
    path: PathBuf,
    /// The number of its pages after the last commit.
    pages: Arc<AtomicU64>,
    /// The number of pages above which the writer waits for a checkpoint.
    most: Cell<u64>,
    checkpoint: mpsc::SyncSender<()>,
}

impl Log {
    /// Opens a connection that writes.
    fn writer(&self) -> Result<Connection> {
        let pages = self.pages.clone();
        Connection::writer(&self.path, move |n| pages.store(u64::try_from(n).unwrap_or(0), Ordering::Relaxed))
    }

    fn tidy(&self, conn: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages <= CHECKPOINT_PAGES_MOST {
            self.most.set(CHECKPOINT_PAGES_MOST);
        }
        if pages > self.most.get() {
            let _ = conn.raw().busy_timeout(CHECKPOINT_WAIT);
            let _ = conn.raw().pragma_update(None, "wal_checkpoint", "RESTART");
            let _ = conn.raw().busy_timeout(BUSY);
            self.most.set(pages * 2);
        } else if pages > CHECKPOINT_PAGES {
            let _ = self.checkpoint.try_send(());
        }
    }
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
        if let Ok(version) = conn.raw().pragma_query_value(None, "data_version", |row| row.get(0))
            && std::mem::replace(&mut self.seen, version) != version
        {
            self.notifier.wake_all();
        }
    }
}

struct Thread {
    conn: Rc<Connection>,
    log: Log,
    others: Others,
    alarm: Alarm,
    /// Since when it isn't known what is on the disk, because a commit failed, and since the last attempt to start afresh.
    /// Writes are refused until one succeeds.
    failing: Option<(Stopwatch, Stopwatch)>,
}

impl Thread {
    fn run(mut self, queue: &FairQueue<Write>) {
        loop {
            match queue.pop_within(LOOK) {
                Popped::Item(first) => {
                    let jobs = std::iter::once(first).chain(std::iter::from_fn(|| queue.try_pop()));
                    let mut replies = Vec::new();
                    let fate = self.group(jobs.take(GROUP), &mut replies);
                    for reply in replies {
                        reply(fate.clone());
                    }
                    self.log.tidy(&self.conn);
                }
                Popped::Nothing => {}
                Popped::Closed => return,
            }
            self.recover();
            self.others.look(&self.conn);
        }
    }

    /// Runs the jobs in one transaction, so that either all of them are committed or none.
    fn group(&mut self, jobs: impl Iterator<Item = Write>, replies: &mut Vec<Reply>) -> Result<(), Failure> {
        let begun = if self.failing.is_some() {
            Err(Failure::Unavailable("an earlier commit failed".into()))
        } else {
            self.conn.control("begin immediate")
        };
        for job in jobs {
            replies.push(job(&self.conn));
            if self.conn.raw().is_autocommit() {
                // A full disk ends the whole transaction; later jobs would run outside it.
                break;
            }
        }
        if self.conn.is_broken() {
            self.fails();
        }
        begun?;
        if self.conn.raw().is_autocommit() && !self.conn.is_broken() {
            return Err(Failure::Full);
        }
        let fate = self.conn.control("commit");
        if let Err(failure) = &fate {
            tracing::error!(?failure, "failed to commit");
            if matches!(failure, Failure::Bug(_) | Failure::Unavailable(_)) {
                self.fails();
            }
            if !self.conn.raw().is_autocommit() {
                let _ = self.conn.control("rollback");
            }
        }
        fate
    }

    /// Refuses writes until an attempt to start afresh succeeds.
    fn fails(&mut self) {
        self.failing.get_or_insert((Stopwatch::start(), Stopwatch::start()));
    }

    /// After a failed commit, tries now and then to start afresh; after a while gives up.
    fn recover(&mut self) {
        let Some((failing, tried)) = &mut self.failing else { return };
        if tried.elapsed() < LOOK {
            return;
        }
        *tried = Stopwatch::start();
        match self.log.afresh() {
            Ok(conn) => {
                tracing::warn!("commits succeed again");
                self.conn = Rc::new(conn);
                self.failing = None;
            }
            Err(error) if failing.elapsed() > PATIENCE => {
                tracing::error!(%error, "failed to write to the database for too long");
                self.alarm.ring();
            }
            Err(error) => tracing::warn!(%error, "failed to write to the database"),
        }
    }
}

impl Log {
    /// Opens a new connection, copies the write-ahead log into the database, begins a new log and commits to it. The old log
    /// may have pages that a failed `fsync` left in memory only, and the next start would lose all commits after them.
    fn afresh(&self) -> Result<Connection> {
        let conn = self.writer()?;
        if !conn.truncate_log()? {
            return Err(Error::internal("the write-ahead log is in use"));
        }
        let version: i64 =
            conn.raw().pragma_query_value(None, "user_version", |row| row.get(0)).map_err(Error::internal)?;
        // It writes a page, though it changes nothing.
        conn.raw().pragma_update(None, "user_version", version).map_err(Error::internal)?;
        Ok(conn)
    }
}
