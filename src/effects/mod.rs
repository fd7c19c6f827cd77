//! What a change also writes, in its own transaction.

pub mod index;
pub mod ledger;
pub mod mail;
pub mod retention;
