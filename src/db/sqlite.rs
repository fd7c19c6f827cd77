//! The SQLite engine: one writer thread with group commit, several reader threads, and one thread for checkpoints.

mod connection;
mod readers;
pub(crate) mod snapshot;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

pub(super) use connection::Connection;
use readers::Readers;
use writer::Writer;

use super::{Limits, Notifier, Scope, Tx, alarm::Alarm};
use crate::base::error::{Error, Result};

pub(super) struct Sqlite {
    readers: Readers,
    writer: Writer,
    threads: Threads,
    path: PathBuf,
}

/// Lets the threads finish the waiting transactions, then ends them. The last connection to close copies the
/// write-ahead log into the database, which is then a single file.
impl Drop for Sqlite {
    fn drop(&mut self) {
        self.readers.close();
        self.writer.close();
        for thread in self.threads.running.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Sqlite {
    pub(super) fn open(path: &Path, limits: &Limits) -> Result<Self> {
        let mut threads = Threads::default();
        let writer = Writer::start(path, &mut threads)?;
        let readers = Readers::start(path, limits, &mut threads)?;
        Ok(Self { readers, writer, threads, path: path.to_owned() })
    }

    pub(super) const fn notifier(&self) -> &Arc<Notifier> {
        self.writer.notifier()
    }

    pub(super) async fn read<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.readers.read(scope, f).await
    }

    pub(super) async fn write<T, F>(&self, scope: Scope, f: F) -> Result<T>
    where
        F: AsyncFn(&Tx) -> Result<T> + Send + 'static,
        T: Send + 'static,
    {
        self.writer.write(scope, f).await
    }

    /// Returns the alarm that is rung when a thread ended, or when the database can't be written and the attempts to change
    /// that were given up.
    pub(super) const fn alarm(&self) -> &Alarm {
        &self.threads.alarm
    }

    /// Copies the write-ahead log into the database, which overwrites what was deleted there, and empties it. Does nothing
    /// if a reader needs the log for longer than a second.
    pub(super) async fn scrub(&self) -> Result<()> {
        let path = self.path.clone();
        let scrub = move || {
            let conn = Connection::open(&path)?;
            conn.raw().execute_batch("pragma busy_timeout = 1000;").map_err(Error::internal)?;
            if !conn.truncate_log()? {
                tracing::info!(
                    "the write-ahead log is in use: deleted texts stay in it until the next purge"
                );
            }
            Ok(())
        };
        tokio::task::spawn_blocking(scrub).await.map_err(Error::internal)?
    }
}

/// The threads of the engine.
#[derive(Default)]
struct Threads {
    running: Vec<thread::JoinHandle<()>>,
    alarm: Alarm,
}

impl Threads {
    fn start(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<()> {
        let on_panic = self.alarm.on_panic();
        let run = || {
            let _on_panic = on_panic;
            run();
        };
        self.running.push(thread::Builder::new().name(name.into()).spawn(run).map_err(Error::internal)?);
        Ok(())
    }
}
