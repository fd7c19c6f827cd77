//! The API through HTTP, against real engines: each test runs on SQLite and on PostgreSQL. The tree mirrors the URLs.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

mod support;

mod activity;
mod invitations;
mod matrix;
mod members;
mod orgs;
mod projects;
mod races;
mod sight;
mod statements;
mod accounts;
mod connections;
mod edge;
mod lists;
mod migrations;
mod process;
mod storage;
mod story;
mod task_lists;
mod tasks;
mod tenancy;
mod walls;
