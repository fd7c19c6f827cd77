//! Guildhall: the backend of a team-work app. `ARCHITECTURE.md` has the map.

#![forbid(unsafe_code)]

pub mod access;
pub mod accounts;
pub mod api_tokens;
pub mod app;
pub mod archive;
pub mod changes;
pub mod clock;
pub mod config;
pub mod db;
pub mod demo;
pub mod docs;
pub mod doctor;
pub mod error;
pub mod events;
pub mod factors;
pub mod http;
pub mod id;
pub mod invitations;
pub mod jobs;
pub mod json;
pub mod ledger;
pub mod limits;
pub mod list;
pub mod mail;
pub mod members;
pub mod metrics;
pub mod orgs;
pub mod page;
pub mod passkeys;
pub mod projects;
pub mod providers;
pub mod purge;
pub mod router;
pub mod search;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod stats;
pub mod tasks;
pub mod text;
pub mod throttle;
pub mod tickets;
pub mod trash;
