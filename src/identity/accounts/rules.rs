//! What whoever runs the server decides about accounts.

use clap::ValueEnum;

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Signup {
    /// Everybody
    Open,
    /// Only with an invitation
    Invited,
    /// Nobody
    Closed,
}

/// Whether people prove their address before they can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmailVerification {
    /// They do
    Required,
    /// They may
    Optional,
}

/// Both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub signup: Signup,
    pub email_verification: EmailVerification,
}
