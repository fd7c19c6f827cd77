//! A transaction on PostgreSQL, whose statements are pipelined.

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    future::Future,
    pin::Pin,
    rc::Rc,
};

use futures_util::try_join;
use tokio::sync::{Mutex, Notify};
use tokio_postgres::{
    Statement,
    error::SqlState,
    types::{ToSql, Type},
};

use super::session::{PROMPT, Session};
use crate::db::{Failure, FromRow, Mode, Param, Row, Scope, Sql};

pub(in crate::db) struct Transaction {
    session: Rc<Session>,
    mode: Mode,
    /// The SQL to send before the next statement, in the same flush: `begin`, and the scope's settings.
    pending: RefCell<String>,
    began: Cell<bool>,
    /// Keeps statements in the order of their calls, also while one of them is being prepared.
    order: Mutex<()>,
    under_way: UnderWay,
}

/// The statements without an answer, and why the transaction failed.
#[derive(Default)]
struct UnderWay {
    count: Cell<usize>,
    /// The failure of the first statement that failed. Those behind it fail because of it.
    cause: RefCell<Option<Failure>>,
    changed: Notify,
}

/// A statement without an answer, until this is dropped.
struct Unanswered<'a> {
    transaction: &'a Transaction,
    is_answered: bool,
}

impl Drop for Unanswered<'_> {
    fn drop(&mut self) {
        let Transaction { under_way, session, .. } = self.transaction;
        under_way.count.update(|count| count - 1);
        under_way.changed.notify_waiters();
        if !self.is_answered {
            session.is_behind.set(true);
        }
    }
}

impl UnderWay {
    /// Returns why the transaction failed. A statement that only follows waits for the one that failed first, which may
    /// hear of it later: it is polled by another future.
    async fn cause(&self, failed: Failed) -> Failure {
        if let Failed::ByItself(failure) = failed {
            let cause = self.cause.borrow_mut().get_or_insert(failure).clone();
            self.changed.notify_waiters();
            return cause;
        }
        loop {
            let changed = self.changed.notified();
            if let Some(cause) = &*self.cause.borrow() {
                return cause.clone();
            }
            if self.count.get() == 0 {
                return Failure::Bug("a statement that failed was dropped".into());
            }
            changed.await;
        }
    }
}

/// How a statement failed.
enum Failed {
    ByItself(Failure),
    /// Because of another statement before it.
    Following,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self::ByItself(failure)
    }
}

type Pending = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>>>>;

/// The values of a statement with their types. A statement that is sent with them is planned for these values.
fn typed<'a>(
    statement: &Statement,
    params: &[&'a (dyn ToSql + Sync)],
) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    params.iter().copied().zip(statement.params().iter().cloned()).collect()
}

impl Transaction {
    pub(super) fn begin(session: Rc<Session>, mode: Mode, scope: Scope) -> Self {
        let begin = match mode {
            // All statements of a read see the same snapshot, as on SQLite.
            Mode::Read => "begin isolation level repeatable read, read only;",
            // The login or the database may have another default, under which a lost race couldn't go on.
            Mode::Write => "begin isolation level read committed;",
        };
        let tx = Self {
            pending: RefCell::new(format!("{}{begin}", session.owed.get())),
            began: Cell::new(false),
            session,
            mode,
            order: Mutex::new(()),
            under_way: UnderWay::default(),
        };
        tx.switch_scope(scope);
        tx
    }

    /// Sets row-level security to this scope. Uses `set local` because Citus doesn't propagate `set_config()`. The text
    /// of a UUID needs no escaping.
    pub(in crate::db) fn switch_scope(&self, scope: Scope) {
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

    pub(in crate::db) async fn all<R: FromRow>(
        &self,
        sql: Sql<'_>,
        params: &[&(dyn Param + Sync)],
    ) -> Result<Vec<R>, Failure> {
        let params: Vec<_> = params.iter().map(|param| param.as_postgres()).collect();
        let client = &self.session.client;
        let query = async |statement: Statement| {
            if sql.names_rows() {
                return client.query_typed(sql.text(), &typed(&statement, &params)).await;
            }
            client.query(&statement, &params).await
        };
        let rows = self.send(sql.text(), query).await?;
        rows.iter()
            .map(|row| R::from_row(&Row::Postgres(row)).map_err(|error| Failure::Bug(error.to_string())))
            .collect()
    }

    pub(in crate::db) async fn execute(
        &self,
        sql: Sql<'_>,
        params: &[&(dyn Param + Sync)],
    ) -> Result<u64, Failure> {
        let params: Vec<_> = params.iter().map(|param| param.as_postgres()).collect();
        let client = &self.session.client;
        let execute = async |statement: Statement| {
            if sql.names_rows() {
                return client.execute_typed(sql.text(), &typed(&statement, &params)).await;
            }
            client.execute(&statement, &params).await
        };
        self.send(sql.text(), execute).await
    }

    /// Runs a statement after the pending SQL. The first poll sends it; the next statement can be sent from then on.
    async fn send<T>(
        &self,
        sql: &str,
        run: impl AsyncFnOnce(Statement) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, Failure> {
        let turn = self.order.lock().await;
        let session = &self.session;
        if session.is_stopped.get() {
            return Err(Failure::Interrupted);
        }
        self.under_way.count.update(|count| count + 1);
        let mut unanswered = Unanswered { transaction: self, is_answered: false };
        let begun = self.send_pending().await;
        let begun = async {
            let Some(begun) = begun else { return Ok(()) };
            let patience = if session.is_behind.take() { session.patience } else { PROMPT };
            session.within(patience, begun).await?.map_err(|error| self.failed(&error))
        };
        let run = async {
            let mut answer = std::pin::pin!(run(session.prepared(sql).await?));
            let sent = futures_util::poll!(&mut answer);
            drop(turn);
            match sent {
                std::task::Poll::Ready(answer) => answer,
                std::task::Poll::Pending => answer.await,
            }
        };
        let answered =
            async { session.within(session.patience, run).await?.map_err(|error| self.failed(&error)) };
        // Boxed, since the futures of the callers would hold all of it.
        let answer = Box::pin(async { try_join!(begun, answered) }).await;
        unanswered.is_answered = true;
        drop(unanswered);
        match answer {
            Ok(((), answer)) => Ok(answer),
            Err(failed) => Err(self.under_way.cause(failed).await),
        }
    }

    fn failed(&self, error: &tokio_postgres::Error) -> Failed {
        match error.code() {
            Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => Failed::Following,
            _ => Failed::ByItself(self.session.failed(error)),
        }
    }

    pub(super) async fn commit(&self) -> Result<(), Failure> {
        match self.mode {
            Mode::Read => {
                self.end("commit;");
                Ok(())
            }
            Mode::Write if !self.began.get() => Ok(()),
            Mode::Write => {
                let committed = self.session.client.batch_execute("commit");
                let session = &self.session;
                session.within(session.patience, committed).await?.map_err(|error| session.failed(&error))
            }
        }
    }

    /// Leaves the end of the transaction to be sent later, because no result depends on it.
    pub(super) fn end(&self, sql: &'static str) {
        if self.began.get() {
            self.session.owed.set(sql);
        }
    }
}
