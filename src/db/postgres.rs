//! The PostgreSQL engine: a few threads own the connections. Statements are pipelined, and prepared once per
//! connection.

mod pg_notify;
mod rls_check;
mod server_check;
mod session;
mod target;
mod tls;
mod transaction;
mod url;

use std::{
    ops::AsyncFn,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::LocalBoxFuture;
use tokio::{sync::oneshot, task::LocalSet};

pub(super) use rls_check::ROLE;
pub(super) use server_check::settings;
pub use target::Target;
pub(super) use transaction::Transaction;

use super::{
    Conn, Failure, Limits, Mode, Notifier, Scope, Tx,
    alarm::Alarm,
    fair_queue::FairQueue,
    guarded,
    lanes::{Job, Key, Lane, Lanes},
};
use crate::base::{
    clock::{Stopwatch, pause},
    error::{Code, Error, Result, chain},
    secret,
};
use rls_check::Setup;
use session::Session;

/// The maximum number of times that a transaction runs if it fails with a serialization failure or a deadlock.
const ATTEMPTS: u32 = 6;

/// The time after which a read leaves the light lane.
const LIGHT: Duration = Duration::from_millis(250);

pub(super) struct Postgres {
    shared: Arc<Shared>,
    /// How long a transaction may wait for a connection.
    wait: Duration,
    notifier: Arc<Notifier>,
}

/// What all connections share.
struct Shared {
    target: Target,
    setup: Setup,
    lanes: Lanes<Box<dyn Work>>,
    /// How often an answer was overdue. The connections that were opened before the last time are made anew.
    outages: AtomicU64,
    alarm: Alarm,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.shared.lanes.close();
    }
}

impl Postgres {
    pub(super) async fn open(target: &Target, limits: &Limits) -> Result<Self> {
        let setup = Setup::verified(target, limits).await?;
        let shared = Arc::new(Shared {
            target: target.clone(),
            setup,
            lanes: Lanes::new(),
            outages: AtomicU64::new(0),
            alarm: Alarm::default(),
        });
        let heavy = limits.heavy();
        let light = limits.connections.saturating_sub(heavy).max(1);
        let connections: Vec<Lane> =
            std::iter::repeat_n(Lane::Light, light).chain(std::iter::repeat_n(Lane::Heavy, heavy)).collect();
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(light);
        for thread in 0..threads {
            let share: Vec<Lane> = connections.iter().copied().skip(thread).step_by(threads).collect();
            let shared = shared.clone();
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::internal)?;
            std::thread::Builder::new()
                .name("db-postgres".into())
                .spawn(move || {
                    let local = LocalSet::new();
                    for lane in share {
                        local.spawn_local(serve(shared.clone(), lane));
                    }
                    drop(shared);
                    runtime.block_on(local);
                })
                .map_err(Error::internal)?;
        }
        Ok(Self { shared, wait: limits.wait, notifier: pg_notify::start(target.clone()) })
    }

    /// Returns the alarm that is rung when what serves a connection panicked.
    pub(super) fn alarm(&self) -> &Alarm {
        &self.shared.alarm
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
        if !self.shared.lanes.push(Key::of::<F>(scope.owner()), Box::new(work)) {
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
async fn serve(shared: Arc<Shared>, lane: Lane) {
    let _on_panic = shared.alarm.on_panic();
    let lanes = &shared.lanes;
    let mut session: Option<Rc<Session>> = None;
    let mut outages = 0;
    while let Some(job) = next(lanes.queue(lane), session.as_deref()).await {
        let Some(Job { key, run: work }) = lanes.sorted(job, lane) else { continue };
        let before = std::mem::replace(&mut outages, shared.outages.load(Ordering::Relaxed));
        session = session.filter(|session| before == outages && session.is_usable());
        let ready = match &session {
            Some(session) => Ok(session.clone()),
            None => Session::open(&shared.target, &shared.setup).await.map(Rc::new),
        };
        session = ready.as_ref().ok().cloned();
        let began = Stopwatch::start();
        let again = work.run(ready, lane).await;
        if session.as_ref().is_some_and(|session| session.is_dead.get()) {
            shared.outages.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(again) = again {
            lanes.move_over(Job { key, run: again });
        } else if lane == Lane::Heavy && began.elapsed() < LIGHT {
            lanes.was_light(key);
        }
    }
}

/// Waits for the next transaction, behind the other connections if this one would have to be opened. If none waits, it first
/// sends the end of the last one.
async fn next<T>(queue: &FairQueue<T>, session: Option<&Session>) -> Option<T> {
    if let Some(job) = queue.try_pop() {
        return Some(job);
    }
    if let Some(session) = session {
        session.settle();
    }
    queue.popped(session.is_some()).await
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
            Ok(value) => match transaction.commit().await {
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

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(super) fn refused(error: tokio_postgres::Error) -> Error {
    Error::internal(chain(&error))
}
