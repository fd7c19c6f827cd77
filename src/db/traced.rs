//! What a trace tells of transactions and statements: of a statement its text, which has `$n` in the place of values, and of a
//! failure its kind, since databases quote values in what they say.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use tracing::{Instrument as _, Span, field::Empty, info_span};

use super::{Failure, Mode, Scope, Sql, Tx};
use crate::base::{
    clock::Stopwatch,
    error::{Error, Result},
    trace::TARGET,
};

/// What the conventions of OpenTelemetry call the engines.
pub(super) const SQLITE: &str = "sqlite";
pub(super) const POSTGRESQL: &str = "postgresql";

/// The maximum length of a statement's text in a trace, in bytes. Only those that name many rows are longer.
const TEXT_MOST: usize = 2048;

/// A transaction in a trace, from the call to the answer. Cheap to clone.
#[derive(Clone)]
pub(super) struct Traced(Option<Arc<Told>>);

struct Told {
    span: Span,
    mode: Mode,
    called: Stopwatch,
    /// How often the transaction began to run.
    attempts: AtomicI64,
    /// When it had run the last time, in microseconds since the call.
    ran: AtomicU64,
}

impl Traced {
    /// Begins the span of a transaction. `system` is the engine's name.
    pub(super) fn begin(system: &'static str, mode: Mode, scope: Scope) -> Self {
        let span = info_span!(
            target: TARGET,
            "transaction",
            otel.name = %format_args!("{} {}", mode.name(), scope.name()),
            otel.status_code = Empty,
            db.system.name = system,
            guildhall.transaction.mode = mode.name(),
            guildhall.transaction.scope = scope.name(),
            guildhall.transaction.attempts = Empty,
            guildhall.transaction.wait_ms = Empty,
            guildhall.transaction.commit_ms = Empty,
            "error.type" = Empty,
        );
        if span.is_disabled() {
            return Self(None);
        }
        let called = Stopwatch::start();
        Self(Some(Arc::new(Told { span, mode, called, attempts: AtomicI64::new(0), ran: AtomicU64::new(0) })))
    }

    /// Returns the transaction as one that tells when it runs. Its statements are told inside of its span, whatever thread it
    /// runs on.
    pub(super) fn around<T>(
        &self,
        transaction: impl AsyncFn(&Tx) -> Result<T> + Send + 'static,
    ) -> impl AsyncFn(&Tx) -> Result<T> + Send + 'static {
        let traced = self.clone();
        async move |tx: &Tx| {
            let answer = transaction(tx).instrument(traced.begins()).await;
            traced.has_run();
            answer
        }
    }

    fn begins(&self) -> Span {
        let Some(told) = &self.0 else { return Span::none() };
        if told.attempts.fetch_add(1, Ordering::Relaxed) == 0 {
            told.span.record("guildhall.transaction.wait_ms", millis(told.called.elapsed()));
        }
        told.span.clone()
    }

    fn has_run(&self) {
        if let Some(told) = &self.0 {
            told.ran.store(micros(told.called.elapsed()), Ordering::Relaxed);
        }
    }

    /// Ends the span, after the commit. Returns the answer.
    pub(super) fn end<T>(&self, answer: Result<T>) -> Result<T> {
        if let Some(told) = &self.0 {
            told.end(answer.as_ref().err());
        }
        answer
    }
}

impl Told {
    fn end(&self, error: Option<&Error>) {
        let span = &self.span;
        span.record("guildhall.transaction.attempts", self.attempts.load(Ordering::Relaxed));
        if self.mode == Mode::Write && error.is_none() {
            let ran = Duration::from_micros(self.ran.load(Ordering::Relaxed));
            span.record("guildhall.transaction.commit_ms", millis(self.called.elapsed().saturating_sub(ran)));
        }
        match error {
            None | Some(Error::Replayed(_)) => {}
            Some(error @ (Error::Refused(_) | Error::Internal(_))) => {
                let code = error.code();
                span.record("error.type", code.as_str());
                if code.status() >= 500 {
                    span.record("otel.status_code", "error");
                }
            }
        }
        // A span ends when it was left last.
        span.in_scope(|| {});
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl Mode {
    const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Tenant(_) => "organization",
            Self::Purge(_) => "purge",
            Self::User(_) => "account",
            Self::System => "directory",
        }
    }
}

/// Begins the span of a statement, inside of its transaction's.
pub(super) fn statement(system: &'static str, sql: Sql<'_>) -> Span {
    info_span!(
        target: TARGET,
        "statement",
        otel.name = summary(sql.text()),
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = system,
        db.query.text = sql.text().get(..sql.text().floor_char_boundary(TEXT_MOST)),
        db.response.returned_rows = Empty,
        "error.type" = Empty,
    )
}

/// Tells what became of a statement: how many rows it returned, if it is a query, or how it failed.
pub(super) fn answered(span: &Span, answer: Result<Option<usize>, &Failure>) {
    match answer {
        Ok(rows) => {
            span.record("db.response.returned_rows", rows.and_then(|rows| i64::try_from(rows).ok()));
        }
        Err(failure) => {
            span.record("otel.status_code", "error");
            span.record("error.type", failure.kind());
        }
    }
}

impl Failure {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Retry => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::Full => "full",
            Self::Interrupted => "interrupted",
            Self::Bug(_) => "bug",
        }
    }
}

/// Returns a short name of a statement: what it does to which table, such as `select tasks`. What stands in brackets, such as
/// another statement, is left out.
fn summary(sql: &str) -> String {
    let (mut verb, mut depth, mut names_table) = ("", 0_usize, false);
    for word in sql.split_whitespace() {
        if word.starts_with('(') {
            names_table = false;
        } else if depth == 0 {
            let bare = word.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if names_table {
                return format!("{verb} {bare}");
            }
            if ["select", "insert", "update", "delete"].contains(&bare) {
                verb = bare;
            }
            names_table = ["from", "into", "update"].contains(&bare);
        }
        depth = (depth + word.matches('(').count()).saturating_sub(word.matches(')').count());
    }
    verb.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_called_after_what_it_does_to_which_table() {
        for (sql, name) in [
            ("select id from tasks where org_id = $1", "select tasks"),
            ("insert into tasks(id, org_id)\n  values ($1, $2)", "insert tasks"),
            ("update org_ledgers set seq = seq + 1 returning seq", "update org_ledgers"),
            ("delete from mails", "delete mails"),
            ("select (select count(*) from comments c where c.task = t.id), id from tasks t", "select tasks"),
            ("with due as (select id from mails) update tasks set due = 1", "update tasks"),
            ("select a from (select a from b) c", "select"),
            ("select exists(select 1 from users)", "select"),
            ("select 1", "select"),
            ("", ""),
        ] {
            assert_eq!(summary(sql), name, "{sql}");
        }
    }
}
