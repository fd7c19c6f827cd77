//! Reads across features, within what the caller sees.

pub mod activity;
pub mod changes;
pub mod events;
pub mod export;
pub mod search;
pub mod stats;
pub mod trash;
