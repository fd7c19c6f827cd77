//! A connection to PostgreSQL: its settings, its prepared statements, and when it isn't used again.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    time::Duration,
};

use futures_util::FutureExt as _;
use tokio::task::AbortHandle;
use tokio_postgres::{Client, Statement, error::SqlState};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Target, chain, rls_check::Setup};
use crate::db::Failure;

/// The maximum number of prepared statements that a connection keeps.
const STATEMENTS: usize = 512;
/// How long the answer to what waits for no lock may take.
pub(super) const PROMPT: Duration = Duration::from_secs(5);

pub(super) struct Session {
    pub(super) client: Client,
    connection: AbortHandle,
    statements: RefCell<HashMap<Box<str>, Statement>>,
    /// The `commit` or `rollback` of the last transaction if no caller waits for it. It is sent together with the
    /// beginning of the next transaction.
    pub(super) owed: Cell<&'static str>,
    tls: MakeRustlsConnect,
    /// How long the answer to a statement may take: longer than the server lets it run.
    pub(super) patience: Duration,
    /// Set when nobody waited for the answer to a statement, which the next transaction's answers come after.
    pub(super) is_behind: Cell<bool>,
    /// The number of answers so far.
    answers: Cell<u64>,
    /// Set when a transaction was stopped.
    pub(super) is_stopped: Cell<bool>,
    /// Set when the next transaction needs a new connection: after a transaction was stopped, after the server ended the
    /// session, and when the server turned out to be read-only, as a primary becomes after a failover.
    is_stale: Cell<bool>,
    /// Set when an answer was overdue. Other connections to this server are then as dead.
    pub(super) is_dead: Cell<bool>,
}

impl Session {
    pub(super) async fn open(target: &Target, setup: &Setup) -> Result<Self, Failure> {
        let (client, connection) = target.open().await.map_err(Failure::Unavailable)?;
        let session = Self {
            client,
            connection: tokio::task::spawn_local(connection).abort_handle(),
            statements: RefCell::default(),
            owed: Cell::new(""),
            tls: target.tls.clone(),
            patience: setup.statement + PROMPT,
            is_behind: Cell::new(false),
            answers: Cell::new(0),
            is_stopped: Cell::new(false),
            is_stale: Cell::new(false),
            is_dead: Cell::new(false),
        };
        let set = session.within(PROMPT, session.client.batch_execute(&setup.sql)).await?;
        // Whatever it is, such as a role that was dropped, another attempt may succeed.
        set.map_err(|error| Failure::Unavailable(chain(&error)))?;
        Ok(session)
    }

    /// Returns whether a further transaction can run.
    pub(super) fn is_usable(&self) -> bool {
        !self.client.is_closed() && !self.is_stale.get()
    }

    /// Waits for an answer of the server. If none came in time on this connection, not to earlier statements either, gives
    /// up the connection: the network may swallow what is sent without a word.
    pub(super) async fn within<T>(
        &self,
        patience: Duration,
        answer: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let before = self.answers.get();
            match tokio::time::timeout(patience, &mut answer).await {
                Ok(answer) => {
                    self.answers.set(before + 1);
                    return Ok(answer);
                }
                Err(_) if self.answers.get() > before => {}
                Err(_) => {
                    self.is_stale.set(true);
                    self.is_dead.set(true);
                    // It would wait for the answers that don't come.
                    self.connection.abort();
                    return Err(Failure::Unavailable("the server's answer is overdue".into()));
                }
            }
        }
    }

    /// Returns how a statement failed. Notes whether the connection may be used again.
    pub(super) fn failed(&self, error: &tokio_postgres::Error) -> Failure {
        let failure = failure(error);
        if matches!(failure, Failure::Unavailable(_)) && error.code() != Some(&SqlState::QUERY_CANCELED) {
            self.is_stale.set(true);
        }
        failure
    }

    /// Cancels the statement that runs, and lets the transaction's further ones fail. The connection isn't used again: the
    /// server may get the cancellation late, and would cancel a later transaction's statement.
    pub(super) async fn stop_transaction(&self) {
        self.is_stopped.set(true);
        self.is_stale.set(true);
        let token = self.client.cancel_token();
        match tokio::time::timeout(PROMPT, token.cancel_query(self.tls.clone())).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "failed to cancel a statement"),
            Err(_) => tracing::debug!("failed to cancel a statement in time"),
        }
    }

    /// Sends the end of the last transaction, if it wasn't sent yet.
    pub(super) fn settle(&self) {
        let owed = self.owed.take();
        if !owed.is_empty() {
            let _ = self.client.batch_execute(owed).now_or_never();
        }
    }

    pub(super) async fn prepared(&self, sql: &str) -> Result<Statement, tokio_postgres::Error> {
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

fn failure(error: &tokio_postgres::Error) -> Failure {
    let Some(code) = error.code() else {
        return match std::error::Error::source(error) {
            Some(source) if source.is::<std::io::Error>() => Failure::Unavailable(chain(error)),
            _ if error.is_closed() => Failure::Unavailable(chain(error)),
            _ => Failure::Bug(chain(error)),
        };
    };
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Failure::Retry,
        SqlState::DISK_FULL => Failure::Full,
        // The transaction was idle, as in a process that was frozen; it waited or took too long.
        SqlState::READ_ONLY_SQL_TRANSACTION
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::LOCK_NOT_AVAILABLE => Failure::Unavailable(chain(error)),
        // Connections, resources, and what an operator or the server ended (25P04 is a transaction's time).
        _ if ["08", "53", "57", "58", "25P04"].iter().any(|class| code.code().starts_with(class)) => {
            Failure::Unavailable(chain(error))
        }
        _ => Failure::Bug(chain(error)),
    }
}
