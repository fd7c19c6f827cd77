//! Guildhall: the backend of a team-work app. `ARCHITECTURE.md` has the map.
//!
//! The binary is `app::cli::main()`. What else is public is for its tests and benchmarks.

#![forbid(unsafe_code)]

mod access;
pub mod app;
pub mod base;
pub mod db;
mod effects;
mod http;
mod identity;
mod lifecycle;
mod views;
mod workspace;
