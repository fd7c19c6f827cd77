//! The API through HTTP, against real engines: each test runs on SQLite and on PostgreSQL. The tree mirrors the URLs.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

mod support;

mod accounts;
mod activity;
mod admin;
mod agents;
mod answers;
mod api_tokens;
mod archive;
mod archive_checks;
mod archive_fuzz;
mod attacks;
mod backups;
mod batch;
mod board;
mod browser;
mod bulk;
mod changes;
mod client_ids;
mod comments;
mod compression;
mod connections;
mod cookies;
mod copies;
mod counts;
mod days;
mod deletion;
mod deployment;
mod document;
mod duplicates;
mod earlier_versions;
mod edge;
mod elsewhere;
mod erasure;
mod events;
mod examples;
mod factors;
mod forgotten_predicates;
mod groups;
mod history;
mod idempotency;
mod invitations;
mod labels;
mod lanes;
mod limits;
mod links;
mod lists;
mod machine;
mod mail;
mod mass;
mod matrix;
mod members;
mod migrations;
mod model;
mod my_changes;
mod my_events;
mod my_tasks;
mod offboarding;
mod orgs;
mod overdue;
mod parts;
mod passkeys;
mod process;
mod projects;
mod proof_of_address;
mod providers;
mod proxies;
mod races;
mod recovery;
mod rolling;
mod rotation;
mod row_security;
mod search;
mod security_log;
mod sensitive;
mod sessions;
mod soak;
mod statements;
mod stats;
mod storage;
mod story;
mod task_bulk;
mod task_lists;
mod task_templates;
mod tasks;
mod templates;
mod tenancy;
mod throttles;
mod traces;
mod transfer;
mod trash;
mod undo;
mod visibility;
mod words;
