//! A whole organization as one file: NDJSON in a zip, written for its owner, read back by `guildhall import`.
//! `docs/archive.md` describes it.

mod check;
pub(crate) mod http;
pub mod import;
mod rows;
mod store;
mod write;
