//! The command line: serve, migrate, openapi.

#![forbid(unsafe_code)]

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use guildhall::{
    app::{App, Knobs},
    config::{DatabaseArgs, LogFormat, ServeArgs},
    db::{Migrations, Status},
    router, server,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The backend of a team-work app, as one binary. Without a command it serves.
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
    /// Bring the database to this version, then serve
    Serve(ServeArgs),
    /// Bring the database to this version
    Migrate {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Only say whether it is: exit status 0 if so, 1 if not
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
    let cli = Cli::parse();
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

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve(args).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate {
            database,
            check: false,
        } => {
            let done = Migrations::run(&database.database_url).await?;
            println!("{done} migrations applied: the database is at this version");
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate {
            database,
            check: true,
        } => match Migrations::status(&database.database_url).await? {
            Status::Current => {
                println!("the database is at this version");
                Ok(ExitCode::SUCCESS)
            }
            Status::Pending(n) => {
                println!("{n} migrations are pending");
                Ok(ExitCode::from(1))
            }
        },
        Command::Openapi => {
            println!("{:#}", router::routes().document());
            Ok(ExitCode::SUCCESS)
        }
    }
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
    println!("Guildhall serves http://{address}");
    println!("The reference is at http://{address}/docs");
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
