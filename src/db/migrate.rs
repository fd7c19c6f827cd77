//! Database migrations: embedded in the binary, forward-only, checksummed, and safe when several nodes start at once.

use std::{os::unix::fs::OpenOptionsExt, path::Path, time::Duration};

use futures_util::FutureExt as _;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tokio_postgres::{IsolationLevel, error::SqlState};

use super::{Location, backfill, postgres};
use crate::base::{
    error::{Error, Result, chain},
    secret,
};

/// The migrations in the order in which they are applied. Never edit one that was released: every start compares the
/// checksums of the applied migrations.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "accounts", include_str!("../../migrations/0001_accounts.sql")),
    (2, "organizations", include_str!("../../migrations/0002_organizations.sql")),
    (3, "work", include_str!("../../migrations/0003_work.sql")),
    (4, "mail", include_str!("../../migrations/0004_mail.sql")),
    (5, "sign_in", include_str!("../../migrations/0005_sign_in.sql")),
    (6, "search", include_str!("../../migrations/0006_search.sql")),
    (7, "proof_of_address", include_str!("../../migrations/0007_proof_of_address.sql")),
    (8, "erasure", include_str!("../../migrations/0008_erasure.sql")),
    (9, "security_log", include_str!("../../migrations/0009_security_log.sql")),
    (10, "reads", include_str!("../../migrations/0010_reads.sql")),
    (11, "founders", include_str!("../../migrations/0011_founders.sql")),
    (12, "task_counts", include_str!("../../migrations/0012_task_counts.sql")),
    (13, "project_orders", include_str!("../../migrations/0013_project_orders.sql")),
    (14, "words", include_str!("../../migrations/0014_words.sql")),
    (15, "lists", include_str!("../../migrations/0015_lists.sql")),
    (16, "comments", include_str!("../../migrations/0016_comments.sql")),
    (17, "labels", include_str!("../../migrations/0017_labels.sql")),
    (18, "cancelled", include_str!("../../migrations/0018_cancelled.sql")),
    (19, "days", include_str!("../../migrations/0019_days.sql")),
    (20, "subtask_counts", include_str!("../../migrations/0020_subtask_counts.sql")),
    (21, "idempotency", include_str!("../../migrations/0021_idempotency.sql")),
    (22, "links", include_str!("../../migrations/0022_links.sql")),
    (23, "columns", include_str!("../../migrations/0023_columns.sql")),
    (24, "overdue", include_str!("../../migrations/0024_overdue.sql")),
    (25, "templates", include_str!("../../migrations/0025_templates.sql")),
    (27, "undo", include_str!("../../migrations/0027_undo.sql")),
    (28, "administration", include_str!("../../migrations/0028_administration.sql")),
    (29, "task_templates", include_str!("../../migrations/0029_task_templates.sql")),
    (31, "zone_changes", include_str!("../../migrations/0031_zone_changes.sql")),
    (32, "disabled_organizations", include_str!("../../migrations/0032_disabled_organizations.sql")),
];

/// Creates the serving role where it is needed, and sets the privileges on the tables, those of the role for `pg_dump` too.
/// Runs after the migrations, on PostgreSQL only.
const GRANTS: &str = include_str!("../../migrations/postgres_grants.sql");

/// Selects whether the privileges are as they should be: whether the login needs no separate role to serve, or that role has
/// its own; and, as far as the login owns the tables and can give them, whether it can't change the ledger but reference it,
/// and the role for `pg_dump` has its own, if there is one. A database that was moved from another server comes without them.
const SERVABLE: &str = "select (not (l.rolsuper or l.rolbypassrls) or exists (
        select 1 from pg_roles r where r.rolname = $1::text
           and has_table_privilege(r.oid, 'schema_migrations', 'select')))
      and not (pg_has_role(c.relowner, 'usage') and (
        not l.rolsuper
           and (has_table_privilege(c.oid, 'update') or not has_any_column_privilege(c.oid, 'update'))
        or exists (select 1 from pg_roles r where r.rolname = 'guildhall_backup'
                      and not has_table_privilege(r.oid, 'schema_migrations', 'select'))))
    from pg_roles l, pg_class c where l.rolname = current_user and c.oid = 'ledger'::regclass";

const TABLE: &str = "create table if not exists schema_migrations (
    version bigint primary key, name text not null, checksum text not null)";

/// What stands among the applied migrations while a database is the target of a copy, so that no version serves it.
pub(super) const COPYING: i64 = -1;

/// The key of the advisory lock that lets only one process at a time migrate a PostgreSQL database.
const LOCK: i64 = 0x6775_696c_6468_616c;

/// Whether a database is at the version of this binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Current,
    /// The number of migrations that have yet to be applied.
    Pending(usize),
}

#[derive(Clone, Copy)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Returns the part of a migration that applies to this engine. Both engines share one text; lines for one of them
    /// are between `-- only sqlite` (or `-- only postgres`) and `-- end only`.
    fn text(self, sql: &str) -> String {
        let mine = match self {
            Self::Sqlite => "-- only sqlite",
            Self::Postgres => "-- only postgres",
        };
        let mut keep = true;
        sql.lines()
            .filter(|line| {
                if line.starts_with("-- only ") {
                    keep = *line == mine;
                } else if *line == "-- end only" {
                    keep = true;
                }
                keep
            })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

fn checksum(sql: &str) -> String {
    secret::hex(&secret::digest(sql.as_bytes())).chars().take(24).collect()
}

/// The embedded migrations, which `guildhall migrate` runs.
pub struct Migrations;

impl Migrations {
    /// The version of a database to which all migrations of this binary were applied.
    pub const LATEST: i64 = match MIGRATIONS.last() {
        Some((version, ..)) => *version,
        None => 0,
    };

    /// Applies all pending migrations and returns how many there were.
    ///
    /// # Errors
    /// When the database can't be reached, an applied migration was edited, a migration fails, or the database is newer
    /// than this binary.
    pub async fn run(location: &Location) -> Result<usize> {
        match location {
            Location::Sqlite(path) => run_sqlite(path),
            Location::Postgres(target) => run_postgres(target).await,
        }
    }

    /// Returns whether migrations are pending. Changes nothing.
    ///
    /// # Errors
    /// When the database can't be reached, an applied migration was edited, or the database is newer than this binary.
    pub async fn status(location: &Location) -> Result<Status> {
        status(location).await
    }
}

pub(super) async fn status(location: &Location) -> Result<Status> {
    Ok(match pending(&applied(location).await?)?.len() {
        0 => Status::Current,
        n => Status::Pending(n),
    })
}

/// The versions and checksums of applied migrations.
type Applied = Vec<(i64, String)>;

pub(super) async fn applied(location: &Location) -> Result<Applied> {
    match location {
        Location::Sqlite(path) if !path.exists() => Ok(Vec::new()),
        Location::Sqlite(path) => applied_sqlite(&Connection::open(path).map_err(Error::internal)?),
        Location::Postgres(target) => applied_postgres(&target.checked().await?).await,
    }
}

pub(super) fn pending(applied: &Applied) -> Result<Vec<&'static (i64, &'static str, &'static str)>> {
    for (version, sum) in applied {
        if *version == COPYING {
            return Err(Error::internal(
                "the database is an unfinished copy: run `guildhall copy` again, and it goes on where it was interrupted",
            ));
        }
        let Some((_, name, sql)) = MIGRATIONS.iter().find(|m| m.0 == *version) else {
            return Err(Error::internal(format!(
                "the database is newer than this binary (it has migration {version}): run the newest version that was \
                 used with it"
            )));
        };
        if *sum != checksum(sql) {
            return Err(Error::internal(format!(
                "migration {version} ({name}) isn't the one that was applied to this database, as after a start of a \
                 version that was never released: go back to a copy of the database from before that start, or run the \
                 binary that made it, export each organization and import it into a new database"
            )));
        }
    }
    Ok(MIGRATIONS.iter().filter(|m| !applied.iter().any(|a| a.0 == m.0)).collect())
}

fn applied_sqlite(conn: &Connection) -> Result<Applied> {
    let exists = conn
        .query_row("select 1 from sqlite_schema where name = 'schema_migrations'", [], |_| Ok(()))
        .optional()
        .map_err(Error::internal)?;
    if exists.is_none() {
        return Ok(Vec::new());
    }
    let mut statement =
        conn.prepare("select version, checksum from schema_migrations").map_err(Error::internal)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(Error::internal)?;
    rows.collect::<Result<_, _>>().map_err(Error::internal)
}

fn run_sqlite(path: &Path) -> Result<usize> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|e| Error::internal(format!("can't make {}: {e}", folder.display())))?;
    }
    // Other users must not read addresses and password hashes. SQLite gives its other files the same mode.
    std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| Error::internal(format!("can't make {}: {e}", path.display())))?;
    let mut conn =
        Connection::open(path).map_err(|e| Error::internal(format!("can't open {}: {e}", path.display())))?;
    conn.execute_batch("pragma busy_timeout = 30000; pragma synchronous = full;").map_err(Error::internal)?;
    write_ahead(&conn)?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Exclusive).map_err(Error::internal)?;
    tx.execute_batch(TABLE).map_err(Error::internal)?;
    let applied = applied_sqlite(&tx)?;
    let pending = pending(&applied)?;
    for (version, name, sql) in &pending {
        tx.execute_batch(&Engine::Sqlite.text(sql))
            .and_then(|()| {
                let insert = "insert into schema_migrations (version, name, checksum) values (?1, ?2, ?3)";
                tx.execute(insert, (version, name, checksum(sql)))
            })
            .map_err(|e| Error::internal(format!("migration {version} ({name}): {e}")))?;
        let filling = backfill::run(&tx, *version).now_or_never();
        filling.ok_or_else(|| Error::internal("SQLite keeps a migration waiting"))??;
    }
    tx.commit().map_err(Error::internal)?;
    if !applied.is_empty() && !pending.is_empty() {
        compact(&conn);
    }
    Ok(pending.len())
}

/// Rewrites the database without free pages, which may hold texts that an earlier version deleted.
fn compact(conn: &Connection) {
    if let Err(error) =
        conn.execute_batch("pragma secure_delete = on; vacuum; pragma wal_checkpoint(truncate);")
    {
        tracing::warn!(%error, "failed to compact the database: deleted texts may still be in its file");
    }
}

/// Switches to the write-ahead log, and waits up to 30 seconds for another process that does the same: SQLite ignores
/// its busy timeout for this statement.
#[expect(
    clippy::disallowed_methods,
    reason = "the wait for another process is real time, before anything is served"
)]
fn write_ahead(conn: &Connection) -> Result<()> {
    for _ in 0..300 {
        match conn.execute_batch("pragma journal_mode = wal;") {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(100));
            }
            done => return done.map_err(Error::internal),
        }
    }
    Err(Error::internal("another process has held the database for half a minute"))
}

async fn applied_postgres(client: &tokio_postgres::Client) -> Result<Applied> {
    let fail = |e: tokio_postgres::Error| Error::internal(chain(&e));
    let exists =
        client.query_one("select to_regclass('schema_migrations') is not null", &[]).await.map_err(fail)?;
    if !exists.get::<_, bool>(0) {
        return Ok(Vec::new());
    }
    let rows = client.query("select version, checksum from schema_migrations", &[]).await.map_err(fail)?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// How often the migrations are tried that running servers lock out of a table, while they wait for another one themselves.
const TRIES: usize = 10;

/// Why migrations failed, of which nothing is left.
enum Failed {
    /// They and a running server waited for each other.
    Deadlock,
    Otherwise(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Otherwise(error)
    }
}

impl Failed {
    fn at(what: &str, error: &tokio_postgres::Error) -> Self {
        if error.code() == Some(&SqlState::T_R_DEADLOCK_DETECTED) {
            return Self::Deadlock;
        }
        Self::Otherwise(Error::internal(format!("{what}{}", chain(error))))
    }
}

async fn run_postgres(target: &postgres::Target) -> Result<usize> {
    let mut client = target.checked().await?;
    let settings = postgres::settings(Duration::ZERO);
    client.batch_execute(&settings).await.map_err(|error| Error::internal(chain(&error)))?;
    for _ in 0..TRIES {
        match try_postgres(&mut client).await {
            Ok(done) => return Ok(done),
            Err(Failed::Otherwise(error)) => return Err(error),
            Err(Failed::Deadlock) => {
                tracing::warn!("the migrations and a running server waited for each other: trying again");
            }
        }
    }
    Err(Error::internal(format!(
        "the migrations and running servers waited for each other {TRIES} times, and nothing was changed: stop those servers, or \
         try when they have less to do"
    )))
}

async fn try_postgres(client: &mut tokio_postgres::Client) -> Result<usize, Failed> {
    let fail = |e: tokio_postgres::Error| Failed::at("", &e);
    // Under another isolation level, the transaction wouldn't see what another process did while this one waited.
    let tx = client
        .build_transaction()
        .isolation_level(IsolationLevel::ReadCommitted)
        .start()
        .await
        .map_err(fail)?;
    tx.execute("select pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(fail)?;
    let pending = pending(&applied_postgres(tx.client()).await?)?;
    if pending.is_empty() && tx.query_one(SERVABLE, &[&postgres::ROLE]).await.map_err(fail)?.get(0) {
        return Ok(0);
    }
    tx.batch_execute(TABLE).await.map_err(fail)?;
    for (version, name, sql) in &pending {
        let named = |e: tokio_postgres::Error| Failed::at(&format!("migration {version} ({name}): "), &e);
        tx.batch_execute(&Engine::Postgres.text(sql)).await.map_err(named)?;
        let insert = "insert into schema_migrations (version, name, checksum) values ($1, $2, $3)";
        tx.execute(insert, &[version, name, &checksum(sql)]).await.map_err(named)?;
        backfill::run(&tx, *version).await?;
    }
    tx.batch_execute(&GRANTS.replace("guildhall_app", postgres::ROLE)).await.map_err(fail)?;
    tx.commit().await.map_err(fail)?;
    Ok(pending.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The list has the format of `sha256sum`: `cd migrations && sha256sum --check SHA256SUMS` makes the same check.
    #[test]
    fn a_committed_migration_is_never_edited() {
        let listed = include_str!("../../migrations/SHA256SUMS");
        let line = |(version, name, sql): &(i64, &str, &str)| {
            format!("{}  {version:04}_{name}.sql", secret::hex(&secret::digest(sql.as_bytes())))
        };
        let ours: Vec<String> = MIGRATIONS.iter().map(line).collect();
        assert_eq!(
            ours,
            listed.lines().collect::<Vec<_>>(),
            "add a migration instead, and its line to migrations/SHA256SUMS"
        );
    }
}
