//! The command `guildhall copy`: copies everything to a database of the other engine, and tells how far it is.

use std::{
    io::{IsTerminal as _, Write as _},
    time::Duration,
};

use crate::{
    base::{clock::Stopwatch, error::Result},
    db::{
        Location,
        copy::{self, Copied, Progress, Step},
    },
};

/// The time between two reports, on a terminal, where each replaces the last, and elsewhere.
const OFTEN: Duration = Duration::from_millis(200);
const NOW_AND_THEN: Duration = Duration::from_secs(10);

/// Copies everything. Returns what to say in the end.
///
/// # Errors
/// Returns the errors of [`copy::copy`].
pub async fn run(from: &Location, to: &Location) -> Result<String> {
    let is_terminal = std::io::stderr().is_terminal();
    let mut told = Stopwatch::start();
    let tell = |progress: Progress| {
        if told.elapsed() >= if is_terminal { OFTEN } else { NOW_AND_THEN } {
            told = Stopwatch::start();
            let (before, after) = if is_terminal { ("\r\x1b[K", "") } else { ("", "\n") };
            let mut out = std::io::stderr();
            let _ = write!(out, "{before}{}{after}", report(progress)).and_then(|()| out.flush());
        }
    };
    let copied = copy::copy(from, to, tell).await;
    if is_terminal {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    let Copied { tables, organizations, rows } = copied?;
    Ok(format!(
        "copied and compared tables: {tables}, organizations: {organizations}, rows: {rows}; start the server on the copy \
         with the same master secret, or everybody has to log in again"
    ))
}

fn report(Progress { step, organizations: (done, all), rows }: Progress) -> String {
    let step = match step {
        Step::Copy => "copied",
        Step::Compare => "compared",
    };
    format!("{step} organizations: {done} of {all}, rows: {rows}")
}
