//! Guildhall: the backend of a team-work app. `ARCHITECTURE.md` has the map.

#![forbid(unsafe_code)]

pub mod access;
pub mod app;
pub mod base;
pub mod db;
pub mod effects;
pub mod http;
pub mod identity;
pub mod lifecycle;
pub mod views;
pub mod workspace;
