//! The PostgreSQL engine: a few threads own the connections. Statements are pipelined, and prepared once per
//! connection.

mod pg_notify;
mod rls_check;
mod target;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt::Write as _,
    future::Future,
    ops::AsyncFn,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use tokio::{
    sync::{Mutex, oneshot},
    task::LocalSet,
};
use tokio_postgres::{Client, Statement, error::SqlState};
use tokio_postgres_rustls::MakeRustlsConnect;

pub(super) use rls_check::ROLE;
pub use target::Target;

use super::{
    Conn, Failure, FromRow, Limits, Mode, Notifier, Param, Row, Scope, Tx,
    fair_queue::FairQueue,
    guarded,
    lanes::{Job, Key, Lane, Lanes},
};
use crate::base::{
    clock::{Stopwatch, pause},
    error::{Code, Error, Result},
    secret,
};
use rls_check::Setup;

/// The maximum number of times that a transaction runs if it fails with a serialization failure or a deadlock.
const ATTEMPTS: u32 = 6;
/// The maximum number of prepared statements that a connection keeps.
const STATEMENTS: usize = 512;

/// The time after which a read leaves the light lane.
const LIGHT: Duration = Duration::from_millis(250);

pub(super) struct Postgres {
    lanes: Arc<Lanes<Box<dyn Work>>>,
    /// How long a transaction may wait for a connection.
    wait: Duration,
    notifier: Arc<Notifier>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.lanes.close();
    }
}

impl Postgres {
    pub(super) async fn open(target: &Target, limits: &Limits) -> Result<Self> {
        let setup = Arc::new(Setup::verified(target, limits).await?);
        let lanes = Arc::new(Lanes::new());
        let heavy = limits.heavy();
        let light = limits.connections.saturating_sub(heavy).max(1);
        let connections: Vec<Lane> =
            std::iter::repeat_n(Lane::Light, light).chain(std::iter::repeat_n(Lane::Heavy, heavy)).collect();
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(light);
        for thread in 0..threads {
            let share: Vec<Lane> = connections.iter().copied().skip(thread).step_by(threads).collect();
            let (target, lanes, setup) = (target.clone(), lanes.clone(), setup.clone());
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::internal)?;
            std::thread::Builder::new()
                .name("db-postgres".into())
                .spawn(move || {
                    let local = LocalSet::new();
                    for lane in share {
                        local.spawn_local(serve(target.clone(), setup.clone(), lanes.clone(), lane));
                    }
                    drop(lanes);
                    runtime.block_on(local);
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { lanes, wait: limits.wait, notifier: pg_notify::start(target.clone()) })
    }

    pub(super) const fn notifier(&self) -> &Arc<Notifier> {
        &self.notifier
    }

    pub(super) async fn run<T, F>(&self, mode: Mode, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, mut answered) = oneshot::channel();
        let taken = Arc::new(AtomicBool::new(false));
        let notifier = self.notifier.clone();
        let work = Waiting { mode, scope, f, answer, is_taken: taken.clone(), runs_again: false, notifier };
        if !self.lanes.push(Key::of::<F>(scope.owner()), Box::new(work)) {
            return Err(Code::Overloaded.into());
        }
        // A read that found no place in the heavy lane was dropped.
        let dropped = |_| Error::from(Code::Overloaded);
        match tokio::time::timeout(self.wait, &mut answered).await {
            Ok(answer) => answer.map_err(dropped)?,
            Err(_) if !taken.swap(true, Ordering::SeqCst) => Err(Code::Overloaded.into()),
            Err(_) => answered.await.map_err(dropped)?,
        }
    }
}

/// A transaction that waits for a connection.
trait Work: Send {
    /// Runs the transaction on a connection and answers its caller. Returns it instead if it took too long for the light
    /// lane.
    fn run(
        self: Box<Self>,
        session: Result<Rc<Session>, Failure>,
        lane: Lane,
    ) -> LocalBoxFuture<'static, Option<Box<dyn Work>>>;
}

struct Waiting<T, F> {
    mode: Mode,
    scope: Scope,
    f: F,
    answer: oneshot::Sender<Result<T>>,
    /// The first to set this decides: the connection that runs the transaction, or the caller that gave up waiting for
    /// one.
    is_taken: Arc<AtomicBool>,
    /// Whether it was this transaction's connection that set it.
    runs_again: bool,
    notifier: Arc<Notifier>,
}

impl<T, F> Work for Waiting<T, F>
where
    F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    fn run(
        mut self: Box<Self>,
        session: Result<Rc<Session>, Failure>,
        lane: Lane,
    ) -> LocalBoxFuture<'static, Option<Box<dyn Work>>> {
        Box::pin(async move {
            if self.answer.is_closed() || !self.takes_turn() {
                return None;
            }
            let answer = match session {
                Err(failure) => Err(failure.into_error("connect")),
                Ok(session) if self.mode == Mode::Write => {
                    run(&session, self.mode, self.scope, &self.notifier, &self.f).await
                }
                Ok(session) => match self.read(&session, lane).await {
                    Some(answer) => answer,
                    None => return Some(self as Box<dyn Work>),
                },
            };
            let _ = self.answer.send(answer);
            None
        })
    }
}

impl<T, F: AsyncFn(&Tx) -> Result<T>> Waiting<T, F> {
    /// Returns whether the transaction may run: its caller didn't give up waiting before.
    fn takes_turn(&mut self) -> bool {
        std::mem::replace(&mut self.runs_again, true) || !self.is_taken.swap(true, Ordering::SeqCst)
    }

    /// Runs a read. Stops it if its caller gives up, or when it has taken too long for its lane: then returns `None`.
    async fn read(&mut self, session: &Rc<Session>, lane: Lane) -> Option<Result<T>> {
        let reading = run(session, self.mode, self.scope, &self.notifier, &self.f);
        let mut reading = std::pin::pin!(reading);
        let patience = if lane == Lane::Light { LIGHT } else { Duration::MAX };
        let given_up = tokio::time::timeout(patience, self.answer.closed());
        let is_over = tokio::select! {
            biased;
            answer = &mut reading => return Some(answer),
            given_up = given_up => given_up.is_err(),
        };
        session.stop_transaction().await;
        let answer = reading.await;
        if answer.is_err() && is_over { None } else { Some(answer) }
    }
}

/// Runs the transactions of a lane on one connection, which it opens for the first one and again whenever it was closed.
async fn serve(target: Target, setup: Arc<Setup>, lanes: Arc<Lanes<Box<dyn Work>>>, lane: Lane) {
    let mut session: Option<Rc<Session>> = None;
    while let Some(job) = next(lanes.queue(lane), session.as_deref()).await {
        let Some(Job { key, run: work }) = lanes.sorted(job, lane) else { continue };
        if session.as_ref().is_some_and(|session| session.client.is_closed() || session.stale.get()) {
            session = None;
        }
        let ready = match &session {
            Some(session) => Ok(session.clone()),
            None => Session::open(&target, &setup).await.map(Rc::new),
        };
        if let Ok(ready) = &ready {
            session = Some(ready.clone());
        }
        let began = Stopwatch::start();
        if let Some(again) = work.run(ready, lane).await {
            lanes.move_over(Job { key, run: again });
        } else if lane == Lane::Heavy && began.elapsed() < LIGHT {
            lanes.was_light(key);
        }
    }
}

/// Waits for the next transaction. If none waits, it first sends the end of the last one.
async fn next<T>(queue: &FairQueue<T>, session: Option<&Session>) -> Option<T> {
    if let Some(job) = queue.try_pop() {
        return Some(job);
    }
    if let Some(session) = session {
        session.settle();
    }
    queue.popped().await
}

struct Session {
    client: Client,
    statements: RefCell<HashMap<Box<str>, Statement>>,
    /// The `commit` or `rollback` of the last transaction if no caller waits for it. It is sent together with the
    /// beginning of the next transaction.
    owed: Cell<&'static str>,
    tls: MakeRustlsConnect,
    /// Set when a transaction was stopped.
    stopped: Cell<bool>,
    /// Set when the next transaction needs a new connection: after a transaction was stopped, and when the server turned
    /// out to be read-only, as a primary becomes after a failover.
    stale: Cell<bool>,
}

impl Session {
    async fn open(target: &Target, setup: &Setup) -> Result<Self, Failure> {
        let (client, connection) =
            target.config.connect(target.tls.clone()).await.map_err(|e| failure(&e))?;
        tokio::task::spawn_local(connection);
        client.batch_execute(&setup.0).await.map_err(|e| failure(&e))?;
        Ok(Self {
            client,
            statements: RefCell::default(),
            owed: Cell::new(""),
            tls: target.tls.clone(),
            stopped: Cell::new(false),
            stale: Cell::new(false),
        })
    }

    /// Cancels the statement that runs, and lets the transaction's further ones fail. The connection isn't used again: the
    /// server may get the cancellation late, and would cancel a later transaction's statement.
    async fn stop_transaction(&self) {
        self.stopped.set(true);
        self.stale.set(true);
        if let Err(error) = self.client.cancel_token().cancel_query(self.tls.clone()).await {
            tracing::debug!(%error, "failed to cancel a statement");
        }
    }

    /// Sends the end of the last transaction, if it wasn't sent yet.
    fn settle(&self) {
        let owed = self.owed.take();
        if !owed.is_empty() {
            let _ = self.client.batch_execute(owed).now_or_never();
        }
    }

    async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.into(), statement.clone());
        Ok(statement)
    }
}

async fn run<T>(
    session: &Rc<Session>,
    mode: Mode,
    scope: Scope,
    notifier: &Notifier,
    f: &impl AsyncFn(&Tx) -> Result<T>,
) -> Result<T> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let transaction = Rc::new(Transaction::begin(session.clone(), mode, scope));
        let tx = Tx::new(Conn::Postgres(transaction.clone()), scope);
        let answer = tx.verdict(guarded(f(&tx)).await);
        let retry = match answer {
            Ok(value) if tx.health.undone.get() => {
                transaction.end("rollback;");
                return Ok(value);
            }
            Ok(value) => match transaction.commit(mode).await {
                Ok(()) => {
                    notifier.publish(&tx.health.news());
                    return Ok(value);
                }
                Err(Failure::Retry) if attempt < ATTEMPTS => true,
                Err(failure) => return Err(failure.into_error("commit")),
            },
            Err(error) => {
                transaction.end("rollback;");
                if !(tx.health.retry.get() && attempt < ATTEMPTS) {
                    return Err(error);
                }
                true
            }
        };
        if retry {
            // Rolls back before the pause, so that the failed attempt doesn't hold its locks meanwhile.
            session.settle();
            back_off(attempt).await;
        }
    }
}

async fn back_off(attempt: u32) {
    let [jitter] = secret::random::<1>();
    pause(Duration::from_micros((200 + 20 * u64::from(jitter)) << attempt)).await;
}

pub(super) struct Transaction {
    session: Rc<Session>,
    mode: Mode,
    /// The SQL to send before the next statement, in the same flush: `begin`, and the scope's settings.
    pending: RefCell<String>,
    began: Cell<bool>,
    /// Keeps statements in the order of their calls, also while one of them is being prepared.
    order: Mutex<()>,
}

type Pending = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>>>>;

impl Transaction {
    fn begin(session: Rc<Session>, mode: Mode, scope: Scope) -> Self {
        let begin = match mode {
            // All statements of a read see the same snapshot, as on SQLite.
            Mode::Read => "begin isolation level repeatable read, read only;",
            Mode::Write => "begin;",
        };
        let tx = Self {
            pending: RefCell::new(format!("{}{begin}", session.owed.get())),
            began: Cell::new(false),
            session,
            mode,
            order: Mutex::new(()),
        };
        tx.switch_scope(scope);
        tx
    }

    /// Sets row-level security to this scope. Uses `set local` because Citus doesn't propagate `set_config()`. The text
    /// of a UUID needs no escaping.
    pub(super) fn switch_scope(&self, scope: Scope) {
        let mut pending = self.pending.borrow_mut();
        let _ = match scope {
            Scope::Tenant(id) => write!(pending, "set local app.org_id = '{id}';"),
            Scope::Purge(id) => {
                write!(pending, "set local app.org_id = '{id}'; set local app.purged_org = '{id}';")
            }
            Scope::User(id) => write!(pending, "set local app.user_id = '{id}';"),
            Scope::System => Ok(()),
        };
    }

    /// Sends the pending SQL. Returns a future of the server's answer, if there was anything to send.
    async fn send_pending(&self) -> Option<Pending> {
        let sql = self.pending.take();
        if sql.is_empty() {
            return None;
        }
        if !self.began.replace(true) {
            self.session.owed.take();
        }
        let session = self.session.clone();
        let mut sent: Pending = Box::pin(async move { session.client.batch_execute(&sql).await });
        match futures_util::poll!(&mut sent) {
            std::task::Poll::Ready(result) => Some(Box::pin(std::future::ready(result))),
            std::task::Poll::Pending => Some(sent),
        }
    }

    pub(super) async fn all<R: FromRow>(
        &self,
        sql: &str,
        params: &[&(dyn Param + Sync)],
    ) -> Result<Vec<R>, Failure> {
        let params: Vec<_> = params.iter().map(|param| param.as_postgres()).collect();
        let query = async |statement: Statement| self.session.client.query(&statement, &params).await;
        let rows = self.send(sql, query).await?;
        rows.iter()
            .map(|row| R::from_row(&Row::Postgres(row)).map_err(|error| Failure::Bug(error.to_string())))
            .collect()
    }

    pub(super) async fn execute(&self, sql: &str, params: &[&(dyn Param + Sync)]) -> Result<u64, Failure> {
        let params: Vec<_> = params.iter().map(|param| param.as_postgres()).collect();
        let execute = async |statement: Statement| self.session.client.execute(&statement, &params).await;
        self.send(sql, execute).await
    }

    /// Runs a statement after the pending SQL. The first poll sends it; the next statement can be sent from then on.
    async fn send<T>(
        &self,
        sql: &str,
        run: impl AsyncFnOnce(Statement) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Failure> {
        let turn = self.order.lock().await;
        if self.session.stopped.get() {
            return Err(Failure::Interrupted);
        }
        let pending = self.send_pending().await;
        let answer = match self.session.prepared(sql).await {
            Ok(statement) => {
                let mut answer = std::pin::pin!(run(statement));
                let sent = futures_util::poll!(&mut answer);
                drop(turn);
                match sent {
                    std::task::Poll::Ready(answer) => answer,
                    std::task::Poll::Pending => answer.await,
                }
            }
            Err(error) => Err(error),
        };
        if let Some(pending) = pending {
            pending.await.map_err(|e| failure(&e))?;
        }
        answer.map_err(|error| {
            if self.mode == Mode::Write && error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
                self.session.stale.set(true);
            }
            failure(&error)
        })
    }

    async fn commit(&self, mode: Mode) -> Result<(), Failure> {
        match mode {
            Mode::Read => {
                self.end("commit;");
                Ok(())
            }
            Mode::Write if !self.began.get() => Ok(()),
            Mode::Write => self.session.client.batch_execute("commit").await.map_err(|e| failure(&e)),
        }
    }

    /// Leaves the end of the transaction to be sent later, because no result depends on it.
    fn end(&self, sql: &'static str) {
        if self.began.get() {
            self.session.owed.set(sql);
        }
    }
}

fn failure(error: &tokio_postgres::Error) -> Failure {
    match error.code() {
        Some(&(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED)) => Failure::Retry,
        Some(&SqlState::DISK_FULL) => Failure::Full,
        Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => Failure::Unavailable(chain(error)),
        Some(code)
            if code.code().starts_with("57")
                || code.code().starts_with("53")
                || code.code().starts_with("08") =>
        {
            Failure::Unavailable(chain(error))
        }
        Some(_) => Failure::Bug(chain(error)),
        None if error.is_closed() => Failure::Unavailable(chain(error)),
        None => match std::error::Error::source(error) {
            Some(source) if source.is::<std::io::Error>() => Failure::Unavailable(chain(error)),
            _ => Failure::Bug(chain(error)),
        },
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn refused(error: tokio_postgres::Error) -> Error {
    Error::internal(chain(&error))
}

/// Formats an error together with all its causes: tokio-postgres keeps the server's message in the source.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
