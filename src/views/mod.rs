//! Views across several features, restricted to what the caller may see, and the import of archives.

pub mod activity;
pub mod changes;
pub mod events;
pub mod export;
pub mod search;
pub mod security_log;
pub mod stats;
pub mod tasks;
pub mod timeline;
pub mod trash;
