//! The command line: serve, demo, migrate, openapi.

#![forbid(unsafe_code)]

use std::{
    fmt::{Display, Write as _},
    io::{IsTerminal, Write as _},
    process::ExitCode,
};

use clap::{
    Parser, Subcommand,
    error::{ContextKind, ContextValue},
};
use guildhall::{
    app::{App, Knobs},
    config::{Config, DatabaseArgs, LogFormat, Origins, SecretArgs, ServeArgs, Signup},
    db::{Migrations, Status},
    demo::{self, Sample},
    http::rate::RateLimit,
    router, server,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The backend of a team-work app: organizations, roles, projects, tasks, and a record of who did what
///
/// Without a command it serves. Every option is also an environment variable, which the option overrides.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,

    #[command(flatten)]
    serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring the database to this version, then serve; the same as without a command
    Serve(ServeArgs),
    /// Fill an empty database with a lifelike sample and print a login
    Demo {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        secret: SecretArgs,
    },
    /// Bring the database to this version
    Migrate {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Change nothing, only say whether it is: exit status 0 if so, 1 if not
        #[arg(long)]
        check: bool,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// Why the process ends: bad usage or configuration is told apart from anything else.
enum Failure {
    Usage(String),
    Other(String),
}

impl From<guildhall::error::Error> for Failure {
    fn from(error: guildhall::error::Error) -> Self {
        Self::Other(error.to_string())
    }
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("guildhall: {error}");
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run(cli.command.unwrap_or(Command::Serve(cli.serve)))) {
        Ok(code) => code,
        Err(Failure::Usage(why)) => {
            eprintln!("guildhall: {why}");
            ExitCode::from(2)
        }
        Err(Failure::Other(why)) => {
            eprintln!("guildhall: {why}");
            ExitCode::from(1)
        }
    }
}

/// Says what is wrong with the command line, but not a value that holds a secret: what is printed may be kept in a log.
fn refuse(mut error: clap::Error) -> ExitCode {
    let secret = |argument: &ContextValue| {
        let name = argument.to_string();
        name.starts_with("--secret ") || name.starts_with("--database-url ")
    };
    if error.get(ContextKind::InvalidArg).is_some_and(secret) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    let _ = error.print();
    // Help and the version, which were asked for, come this way too.
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

/// Prints a line. Whoever reads may have gone (`guildhall openapi | head`), which is no reason to fail as `println!` does.
fn say(line: impl Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve(args).await.map(|()| ExitCode::SUCCESS),
        Command::Demo { database, secret } => {
            let sample = demo(&database, &secret).await?;
            say(introduction(&sample));
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate {
            database,
            check: false,
        } => {
            let done = Migrations::run(&database.database_url).await?;
            say(format_args!(
                "{}: the database is at this version",
                count(done, "applied")
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate {
            database,
            check: true,
        } => match Migrations::status(&database.database_url).await? {
            Status::Current => {
                say("the database is at this version");
                Ok(ExitCode::SUCCESS)
            }
            Status::Pending(n) => {
                say(format_args!("{}: run `guildhall migrate`", count(n, "missing")));
                Ok(ExitCode::from(1))
            }
        },
        Command::Openapi => {
            say(format_args!("{:#}", router::routes().document()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn count(migrations: usize, what: &str) -> String {
    match migrations {
        1 => format!("1 migration {what}"),
        n => format!("{n} migrations {what}"),
    }
}

async fn demo(database: &DatabaseArgs, secret: &SecretArgs) -> Result<Sample, Failure> {
    let location = &database.database_url;
    let config = Config {
        public_url: "http://localhost".into(),
        secret: secret.secret(location).map_err(Failure::Usage)?,
        signup: Signup::Open,
        cors_origins: Origins::default(),
        rate_limit: RateLimit::OFF,
    };
    Migrations::run(location).await?;
    Ok(demo::fill(config, location).await?)
}

/// What to do with the sample.
fn introduction(sample: &Sample) -> String {
    let Sample {
        organization,
        projects,
        tasks,
        people,
        password,
    } = sample;
    let mut text = format!(
        "{organization} has {} people, {projects} projects and {tasks} tasks.\n\n",
        people.len()
    );
    for person in people {
        let _ = writeln!(text, "  {:<20} {:<8} {}", person.email, person.role, person.name);
    }
    let first = people.first().map_or("", |person| person.email.as_str());
    let _ = write!(
        text,
        r#"
Everybody's password: {password}

Serve it with the same options, then log in:

  guildhall serve
  curl http://127.0.0.1:8080/v1/auth/login -H 'Content-Type: application/json' \
    -d '{{"email": "{first}", "password": "{password}"}}'"#
    );
    text
}

async fn serve(args: ServeArgs) -> Result<(), Failure> {
    log(args.log_format);
    let config = args.config().map_err(Failure::Usage)?;
    let location = &args.database.database_url;
    Migrations::run(location).await?;
    let knobs = Knobs::default();
    let limits = knobs.http.clone();
    let app = App::open(config, location, knobs).await?;
    let listener = tokio::net::TcpListener::bind(args.listen)
        .await
        .map_err(|error| Failure::Other(format!("can't listen on {}: {error}", args.listen)))?;
    let stop = server::stop_signal().map_err(|error| Failure::Other(error.to_string()))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::Other(error.to_string()))?;
    say(format_args!("Guildhall serves http://{address}"));
    say(format_args!("The reference is at http://{address}/docs"));
    server::serve(listener, router::app(app), limits, stop).await;
    Ok(())
}

/// One line for each event, escaped, on standard error; `RUST_LOG` chooses which.
fn log(format: Option<LogFormat>) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    let terminal = std::io::stderr().is_terminal();
    match format.unwrap_or(if terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    }) {
        LogFormat::Text => builder.with_ansi(terminal).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
