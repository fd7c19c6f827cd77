//! The command `guildhall user`: what the server's operator does with accounts.

use std::str::FromStr;

use clap::Subcommand;

use super::{
    App, Tuning,
    config::{Config, DatabaseArgs, SecretArgs},
    outcome::{Failure, say},
};
use crate::{
    base::{
        json::ParseError,
        text::{Email, Name, Password},
    },
    identity::accounts::passwords,
};

/// The action on an account. It takes effect immediately, even while a server is running.
#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Create an account with a verified e-mail address
    ///
    /// Generates a password and prints it, unless --password-stdin is given.
    Create {
        /// The account's e-mail address
        #[arg(value_parser = text::<Email>)]
        email: Email,
        /// The user's name
        #[arg(long, value_parser = text::<Name>)]
        name: Name,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Disable an account immediately
    ///
    /// Ends all its sessions. Nobody can log in to it or use its API tokens until it is enabled again.
    Disable {
        /// The account's e-mail address
        #[arg(value_parser = text::<Email>)]
        email: Email,
    },
    /// Enable a disabled account
    Enable {
        /// The account's e-mail address
        #[arg(value_parser = text::<Email>)]
        email: Email,
    },
    /// Set a new password for an account and end all its sessions
    ///
    /// Generates a password and prints it, unless --password-stdin is given. Also lifts the block after too many wrong
    /// passwords.
    ResetPassword {
        /// The account's e-mail address
        #[arg(value_parser = text::<Email>)]
        email: Email,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
        /// Also revoke all API tokens of the account
        #[arg(long)]
        revoke_tokens: bool,
    },
    /// Remove the second factor and the passkeys of an account and end all its sessions
    ///
    /// For a user who has lost them. The user is notified by e-mail.
    RemoveFactors {
        /// The account's e-mail address
        #[arg(value_parser = text::<Email>)]
        email: Email,
    },
    /// End all sessions of an account
    EndSessions {
        /// The account's e-mail address
        #[arg(value_parser = text::<Email>)]
        email: Email,
    },
}

/// Parses an option's text by the rules of its type.
///
/// # Errors
/// Returns what is wrong with it.
pub fn text<T: FromStr<Err = ParseError>>(given: &str) -> Result<T, String> {
    given.parse().map_err(|flaw: ParseError| flaw.message.into_owned())
}

/// Does it.
///
/// # Errors
/// Returns an error if the settings are wrong, there is no such account, or the database fails.
pub async fn run(database: &DatabaseArgs, secret: &SecretArgs, action: UserAction) -> Result<(), Failure> {
    let location = &database.database_url;
    let config = Config::offline(secret, location).map_err(Failure::Usage)?;
    let operator = App::open(config, location, Tuning::default()).await?.operator();
    match action {
        UserAction::Create { email, name, password_stdin } => {
            let (password, made) = new_password(password_stdin)?;
            operator.create(email.clone(), name, password).await?;
            say(format_args!("created the account {}{made}", email.as_str()));
        }
        UserAction::Disable { email } => {
            operator.set_disabled(&email, true).await?;
            say(format_args!("disabled the account {}", email.as_str()));
        }
        UserAction::Enable { email } => {
            operator.set_disabled(&email, false).await?;
            say(format_args!("enabled the account {}", email.as_str()));
        }
        UserAction::ResetPassword { email, password_stdin, revoke_tokens } => {
            let (password, made) = new_password(password_stdin)?;
            let tokens = operator.reset_password(&email, password, revoke_tokens).await?;
            say(format_args!("reset the password of {} and ended all sessions{made}", email.as_str()));
            for name in tokens {
                say(format_args!("the API token \"{name}\" goes on working: --revoke-tokens would end it"));
            }
        }
        UserAction::RemoveFactors { email } => {
            operator.remove_factors(&email).await?;
            say(format_args!(
                "removed the second factor and the passkeys of {} and ended all sessions",
                email.as_str()
            ));
        }
        UserAction::EndSessions { email } => {
            operator.sign_out(&email, false).await?;
            say(format_args!("ended all sessions of {}", email.as_str()));
        }
    }
    Ok(())
}

/// Reads the password from standard input if `given`; otherwise generates one. Returns it with the text that reveals a
/// generated one.
fn new_password(given: bool) -> Result<(Password, String), Failure> {
    let parse = |given: &str| text(given).map_err(|flaw| Failure::Usage(format!("the password {flaw}")));
    if given {
        let mut text = String::new();
        std::io::stdin().read_line(&mut text).map_err(|error| Failure::Other(error.to_string()))?;
        return Ok((parse(text.trim_end_matches(['\r', '\n']))?, String::new()));
    }
    let text = passwords::generate();
    Ok((parse(&text)?, format!("; the password is {text}")))
}
