//! The HTTP edge: how requests are read, answers written, and both described.

pub mod answer;
pub mod client;
pub mod cors;
pub mod describe;
pub mod docs;
pub mod edge;
pub mod input;
pub mod metrics;
pub mod rate;
pub mod server;
