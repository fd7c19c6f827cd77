//! The operator's settings for sign-ups and address verification.

use clap::ValueEnum;

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Signup {
    /// Anyone
    Open,
    /// Only people with an invitation
    Invited,
    /// Nobody
    Closed,
}

/// Whether users must verify their e-mail address to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmailVerification {
    /// Users must verify their address before they can log in
    Required,
    /// Users can log in without verifying their address
    Optional,
}

/// The operator's settings for accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub signup: Signup,
    pub email_verification: EmailVerification,
}
