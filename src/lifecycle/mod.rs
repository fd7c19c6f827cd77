//! Use cases that cross features: the beginning and end of accounts, memberships and organizations.

pub mod account;
pub mod membership;
pub mod organization;
pub mod provider_sign_in;
pub mod signup;
