//! How a command ends: what it prints, and why it failed.

use std::{fmt::Display, io::Write as _};

use crate::base::error::Error;

/// The reason for which the process fails. The exit status is 2 for wrong usage or settings, and 1 for anything else.
pub enum Failure {
    Usage(String),
    Other(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// Prints a line. Unlike `println!`, doesn't panic if the reader is gone (`guildhall openapi | head`).
pub fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints why the command failed. Unlike `eprintln!`, doesn't panic where standard error can't be written, such as a file
/// on a full disk.
pub fn complain(why: &str) {
    let _ = writeln!(std::io::stderr(), "guildhall: {why}");
}
