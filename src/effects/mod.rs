//! The side effects of a change, written in the same transaction: ledger entries, search words, messages, and purge
//! dates.

pub mod index;
pub mod ledger;
pub mod mail;
pub mod retention;
