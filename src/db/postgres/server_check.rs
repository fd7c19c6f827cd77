//! The check of a PostgreSQL server before anything is done with it: its version, its encoding, that it can be written, and
//! that a connection to it is one to the same process for as long as it lives.

use std::time::Duration;

use tokio_postgres::{Client, SimpleQueryMessage};

use super::{chain, target::Target};
use crate::base::error::{Error, Result};

/// Selects what is wrong with the server, as text; nothing if all is well.
const FLAW: &str = "select case
    when current_setting('server_version_num')::int < 150000 then
        'PostgreSQL ' || current_setting('server_version') || ' is too old: use version 15 or newer'
    when current_setting('server_encoding') <> 'UTF8' then
        'the encoding of the database ' || current_database() || ' is ' || current_setting('server_encoding')
        || ', which can''t store every text: create one with encoding UTF8 (create database guildhall encoding ''UTF8'' '
        || 'template template0), and move what is in the old one with pg_dump'
    when pg_is_in_recovery() then
        'this server is a standby, which only reads: name the primary in the database URL, or all hosts separated by commas'
    when current_setting('transaction_read_only')::boolean then
        'sessions on the database ' || current_database() || ' only read: set default_transaction_read_only off for the '
        || 'database and the login'
    when current_schema() is null then
        'no schema of this login''s search_path (' || current_setting('search_path') || ') exists: create one'
    end";

/// Returns the SQL that sets what sessions depend on, whatever the login, the database or the server have as defaults. A
/// setting that this version of PostgreSQL doesn't have yet is left out.
pub(in crate::db) fn settings(statement: Duration) -> String {
    let statement = statement.as_millis();
    format!(
        "select set_config(name, value, false) from (values
             ('client_encoding', 'UTF8'), ('standard_conforming_strings', 'on'), ('datestyle', 'ISO'),
             ('timezone', 'UTC'), ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('row_security', 'on'),
             ('gin_fuzzy_search_limit', '0'), ('jit', 'off'), ('lock_timeout', '0'), ('transaction_timeout', '0'),
             ('idle_session_timeout', '0'), ('idle_in_transaction_session_timeout', '{IDLE}'),
             ('statement_timeout', '{statement}')) as settings (name, value)
         where current_setting(name, true) is not null;"
    )
}

/// How long a transaction may do nothing before the server ends it, in milliseconds. A process that is frozen would hold
/// its locks, against the others.
const IDLE: u32 = 10_000;

/// Settings of a session that keep a pooler from giving its server to others, where it looks for that.
const PIN: &str = "set bytea_output = hex";
const PID: &str = "select pg_backend_pid()";

/// How often two sessions are compared. Other sessions may take the server that they would share.
const ROUNDS: usize = 4;

/// Returns an error if the server is of no use, which says what to do. Prepares no statement, since a pooler might not have
/// it the next time.
pub(super) async fn check(target: &Target, client: &Client) -> Result<()> {
    if let Some(flaw) = text(client, FLAW).await? {
        return Err(Error::internal(flaw));
    }
    let other = target.connect().await?;
    let told = |error: tokio_postgres::Error| Error::internal(chain(&error));
    client.batch_execute(PIN).await.map_err(told)?;
    other.batch_execute(PIN).await.map_err(told)?;
    let pid = text(client, PID).await?;
    for _ in 0..ROUNDS {
        let beside = text(&other, PID).await?;
        if beside == pid || text(client, PID).await? != pid {
            return Err(Error::internal(
                "a pooler in transaction mode is between this server and PostgreSQL, so that sessions lose their settings and \
                 locks: set pool_mode = session for this database in pgbouncer, or name PostgreSQL itself in the database \
                 URL",
            ));
        }
    }
    Ok(())
}

/// Returns the first column of a query's only row.
async fn text(client: &Client, sql: &str) -> Result<Option<String>> {
    let rows = client.simple_query(sql).await.map_err(|error| Error::internal(chain(&error)))?;
    let row = rows.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(row.and_then(|row| row.get(0)).map(Into::into))
}
