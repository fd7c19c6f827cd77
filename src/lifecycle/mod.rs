//! Use cases that cross features: how people, memberships and organizations begin and end.

pub mod account;
pub mod membership;
pub mod organization;
pub mod provider_sign_in;
pub mod signup;
