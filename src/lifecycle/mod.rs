//! Use cases that cross features: the beginning and end of accounts, memberships, organizations and projects, and undo.

pub mod account;
pub mod membership;
pub mod organization;
pub mod project;
pub mod provider_sign_in;
pub mod signup;
pub mod undo;
