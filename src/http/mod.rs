//! The HTTP edge: how requests are read, answers written, and both described.

pub mod answer;
pub mod client;
pub mod describe;
pub mod edge;
pub mod input;
pub mod rate;
