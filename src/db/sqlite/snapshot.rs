//! A copy of the database in a new file, made while the database is in use.

use std::{fs::OpenOptions, os::unix::fs::OpenOptionsExt as _, path::Path};

use rusqlite::backup::{Backup, StepResult};

use super::Connection;
use crate::base::error::{Error, Result};

/// The number of pages that are copied in one step: a MiB.
const STEP: i32 = 256;

/// Copies the database as it is at the beginning, and checks the copy. It is one file, readable by its owner only. The
/// server goes on writing meanwhile: its log can't begin anew until the copy is made.
pub(crate) fn take(from: &Path, to: &Path) -> Result<()> {
    let source = Connection::open(from)?;
    // Without this transaction, the copy would begin anew with each commit of another connection.
    let source = source.raw();
    source.execute_batch("begin; select count(*) from sqlite_schema;").map_err(Error::internal)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(Error::internal)?;
    let mut copy = rusqlite::Connection::open(to).map_err(Error::internal)?;
    // It is worth nothing until it is whole.
    copy.execute_batch("pragma synchronous = off; pragma journal_mode = off;").map_err(Error::internal)?;
    let backup = Backup::new(source, &mut copy).map_err(Error::internal)?;
    loop {
        match backup.step(STEP).map_err(Error::internal)? {
            StepResult::Done => break,
            StepResult::More => std::thread::yield_now(),
            other => return Err(Error::internal(format!("a page can't be copied: {other:?}"))),
        }
    }
    drop(backup);
    source.execute_batch("commit").map_err(Error::internal)?;
    copy.execute_batch("pragma journal_mode = delete;").map_err(Error::internal)?;
    check(&copy)
}

/// Checks that a file is a sound database. Reads all of it.
pub(crate) fn verify(file: &Path) -> Result<()> {
    check(&rusqlite::Connection::open(file).map_err(Error::internal)?)
}

fn check(conn: &rusqlite::Connection) -> Result<()> {
    let verdict: String =
        conn.query_row("pragma integrity_check(1)", [], |row| row.get(0)).map_err(Error::internal)?;
    if verdict == "ok" { Ok(()) } else { Err(Error::internal(format!("the database is damaged: {verdict}"))) }
}
