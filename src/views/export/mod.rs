//! Archives: a whole organization as one zip file of NDJSON. The export writes it for an owner, `guildhall import`
//! reads it. `docs/archive.md` describes the format.

mod check;
mod entry;
pub(crate) mod http;
pub mod import;
mod links;
mod read;
mod rows;
mod store;
mod write;
