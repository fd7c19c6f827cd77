//! The API through HTTP, against real engines: each test runs on SQLite and on PostgreSQL. The tree mirrors the URLs.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on has failed"
)]

mod support;

mod invitations;
mod members;
mod orgs;
mod statements;
mod story;
mod tenancy;
mod walls;
