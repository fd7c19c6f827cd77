//! The threads that read, for each lane. Those of the heavy lane give way to all others.

use std::{
    path::Path,
    rc::Rc,
    sync::{Arc, Weak},
};

use tokio::sync::oneshot;

use super::{
    Threads,
    connection::{Allowance, Connection},
};
use crate::{
    base::{
        error::{Code, Error, Result},
        pace::give_way,
    },
    db::{
        Limits, Scope, Tx,
        lanes::{Key, Lane, Lanes},
    },
};

/// The number of steps after which a read leaves the light lane: some milliseconds, and twenty times the steps of a list
/// of 50 tasks.
const LIGHT: u32 = 250;
/// The same for the heavy lane: never. The time of a request ends before, and its reads with it.
const HEAVY: u32 = u32::MAX;

/// Runs a read, at most for the given number of steps. Returns whether it came to its end; otherwise it can run again.
type Run = Box<dyn FnMut(&Rc<Connection>, u32) -> bool + Send>;

pub(super) struct Readers(Arc<Lanes<Run>>);

impl Readers {
    /// Opens the connections and starts their threads.
    pub(super) fn start(path: &Path, limits: &Limits, threads: &mut Threads) -> Result<Self> {
        let lanes = Arc::new(Lanes::new());
        for (count, lane, name) in
            [(limits.connections, Lane::Light, "db-reader"), (limits.heavy(), Lane::Heavy, "db-heavy")]
        {
            for _ in 0..count {
                let (conn, lanes) = (Connection::reader(path)?, lanes.clone());
                threads.start(name, move || serve(&lanes, lane, conn))?;
            }
        }
        Ok(Self(lanes))
    }

    /// Refuses further reads. Those that wait are still run.
    pub(super) fn close(&self) {
        self.0.close();
    }

    pub(super) async fn read<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        // Dropped with this future, if the caller gives up.
        let caller = Arc::new(());
        let (answer, answered) = oneshot::channel();
        if !self.0.push(Key::of::<F>(scope.owner()), run(scope, f, answer, Arc::downgrade(&caller))) {
            return Err(Code::Overloaded.into());
        }
        let answer = answered.await;
        drop(caller);
        // A read that found no place in the heavy lane was dropped.
        answer.map_err(|_| Error::from(Code::Overloaded))?
    }
}

fn run<T, F>(scope: Scope, f: F, answer: oneshot::Sender<Result<T>>, caller: Weak<()>) -> Run
where
    F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    let mut waiting = Some(answer);
    Box::new(move |conn, steps| {
        if caller.strong_count() == 0 {
            return true;
        }
        let allowance = Allowance { steps, caller: caller.clone() };
        let answer = conn.transaction(&allowance, scope, &f);
        if answer.is_err() && conn.steps() >= steps {
            return false;
        }
        if let Some(waiting) = waiting.take() {
            let _ = waiting.send(answer);
        }
        true
    })
}

/// Runs the reads of a lane on one connection.
fn serve(lanes: &Lanes<Run>, lane: Lane, conn: Connection) {
    let conn = Rc::new(conn);
    if lane == Lane::Heavy {
        give_way();
    }
    while let Some(job) = lanes.queue(lane).pop() {
        let Some(mut job) = lanes.sorted(job, lane) else { continue };
        match lane {
            Lane::Light if !(job.run)(&conn, LIGHT) => lanes.move_over(job),
            Lane::Light => {}
            Lane::Heavy => {
                (job.run)(&conn, HEAVY);
                if conn.steps() < LIGHT {
                    lanes.was_light(job.key);
                }
            }
        }
    }
}
