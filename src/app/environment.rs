//! How settings are read from environment variables and files: an empty variable is unset, white space around a value is
//! ignored, and an unknown variable is told.

use std::{collections::BTreeSet, env, ffi::OsStr, path::Path, str::FromStr};

use clap::{Arg, Command, builder::PossibleValue, builder::Resettable, builder::TypedValueParser};

/// What every variable of this program begins with.
const PREFIX: &str = "GUILDHALL_";
/// What variables begin with that others set: Kubernetes those of a service called `guildhall`, and this project's tests.
const FOREIGN: [&str; 3] = ["GUILDHALL_SERVICE_", "GUILDHALL_PORT", "GUILDHALL_TEST_"];

/// Returns the command, and its subcommands, without the variables that are empty, as `${X:-}` leaves them in a compose
/// file.
#[expect(
    clippy::disallowed_methods,
    reason = "clap can't be told to take an empty variable for an unset one"
)]
pub fn without_empty(command: Command) -> Command {
    let unset = |arg: Arg| {
        let value = arg.get_env().and_then(env::var_os);
        let empty = value.is_some_and(|value| value.to_str().is_some_and(|text| text.trim().is_empty()));
        if empty { arg.env(Resettable::<clap::builder::OsStr>::Reset) } else { arg }
    };
    command.mut_args(unset).mut_subcommands(without_empty)
}

/// Returns the names of the variables that look like settings of this program and are none.
#[must_use]
pub fn unknown(command: &Command) -> Vec<String> {
    let known = variables(command);
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours =
        names.filter(|name| name.starts_with(PREFIX) && !FOREIGN.iter().any(|own| name.starts_with(own)));
    ours.filter(|name| !known.contains(OsStr::new(name))).collect()
}

fn variables(command: &Command) -> BTreeSet<&OsStr> {
    let own = command.get_arguments().filter_map(Arg::get_env);
    own.chain(command.get_subcommands().flat_map(variables)).collect()
}

/// Reads a secret, or what is as secret, from its file.
///
/// # Errors
/// Returns an error if the file can't be read, or doesn't contain one.
pub fn read_secret<T: FromStr<Err = String>>(what: &str, file: &Path) -> Result<T, String> {
    let explain = |why: String| format!("the {what}'s file {}: {why}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| explain(e.to_string()))?;
    text.trim().parse().map_err(explain)
}

/// Parses a value without the white space around it, which files of variables often leave there.
#[derive(Clone)]
pub struct Trim<P>(pub P);

impl<P: TypedValueParser> TypedValueParser for Trim<P> {
    type Value = P::Value;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<P::Value, clap::Error> {
        let trimmed = value.to_str().map_or(value, |text| OsStr::new(text.trim()));
        self.0.parse_ref(command, arg, trimmed)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}
