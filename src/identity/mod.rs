//! Identity: user accounts, and the credentials and sessions that authenticate them.

pub mod accounts;
pub mod api_tokens;
pub mod links;
pub mod login;
pub mod mfa;
pub mod oidc;
pub mod operator;
pub mod passkeys;
pub mod recovery;
pub mod security;
pub mod sessions;
