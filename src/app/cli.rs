//! The command line: serve, demo, migrate, openapi, doctor, ready, recount, import, backup, restore, copy, user.

use std::{
    cell::Cell,
    env,
    fmt::Write as _,
    fs::File,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
};

use clap::{
    CommandFactory as _, FromArgMatches as _, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};
use tokio::net::TcpListener;

use super::{
    App, Tuning,
    addresses::address,
    backup::{self, Source},
    config::{self, Config, DatabaseArgs, SecretArgs, ServeArgs},
    copy,
    demo::{self, Sample},
    doctor,
    environment::{self, Trim},
    jobs::Jobs,
    log, metrics,
    outcome::{Failure, complain, say},
    ready, recount, reindex, router,
    traces::Traces,
    users::{self, UserAction, text},
};
use crate::{
    base::text::Email,
    db::{Location, Migrations, Status},
    http::server,
    views::export::import::{Choices, Imported},
};

/// The backend of a team-work app: organizations, roles, projects, tasks, and a record of who did what
///
/// Without a command, it runs the server. Every option can also be set as an environment variable; the option takes
/// precedence.
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
    /// Migrate the database to this version, then run the server (the default command)
    Serve(ServeArgs),
    /// Fill an empty database with sample data and print how to log in
    Demo {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        secret: SecretArgs,
    },
    /// Migrate the database to this version
    Migrate {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Only report whether migrations are missing; the exit status is 0 if none are, otherwise 1
        #[arg(long)]
        check: bool,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Check the settings and everything that the server needs, and say how to fix problems
    ///
    /// Checks the public URL, the master secret, the database, the mail server, the collector of traces, the identity
    /// providers, the clock, the outbox, the second factors, the numbers of tasks and the search index. Changes nothing.
    /// Takes the same options as `serve`. The exit status is 1 if there is an error; warnings don't count.
    Doctor {
        #[command(flatten)]
        serve: ServeArgs,
        /// Print the findings as one JSON document
        ///
        /// `{"version", "engine", "checks"}`, each check with `name`, `state` (ok, warn or error), `found` and `advice`. It is
        /// printed for settings that are refused too, with status 2.
        #[arg(long)]
        json: bool,
    },
    /// Ask the server on this machine whether it is ready; the exit status is 0 if it is, otherwise 1
    ///
    /// For the health check of a container, which has no other program to ask with.
    Ready {
        /// The address that the server listens on
        #[arg(
            long,
            env = "GUILDHALL_LISTEN",
            hide_env_values = true,
            value_name = "ADDRESS",
            default_value = "127.0.0.1:8080",
            value_parser = Trim(address)
        )]
        listen: SocketAddr,
    },
    /// Correct what is kept beside the data: the numbers that projects and statistics show, and the words that search finds
    ///
    /// For when `doctor` says that they are wrong. It can run beside a server.
    Recount {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        secret: SecretArgs,
    },
    /// Create an organization from an archive
    ///
    /// The archive comes from `GET /v1/orgs/{org}/export`. The new organization has new ids and keeps the activity. Its
    /// people are placeholders that nobody can log in to: name an owner, match people to accounts, or both.
    Import {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        secret: SecretArgs,
        /// The e-mail address of the account that becomes the only owner
        ///
        /// The archive's owners become admins.
        #[arg(long, value_parser = text::<Email>)]
        owner: Option<Email>,
        /// Make those accounts members that have the verified e-mail address of a member in the archive
        ///
        /// Each is notified by e-mail. The activity then shows the archive's entries under their names.
        #[arg(long)]
        match_people: bool,
        /// The archive, a zip file
        file: PathBuf,
    },
    /// Copy the embedded database and its secret to a file, while a server is running or not
    ///
    /// The file is a zip archive with checksums. It is checked after it was written. The secret is in it if it lies beside
    /// the database; one that is given as an option has to be kept elsewhere. The same is made regularly by `serve
    /// --backup-dir`. PostgreSQL has its own tools.
    Backup {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        secret: SecretArgs,
        /// The file to write; refused if it exists
        file: PathBuf,
    },
    /// Put a backup back, in the place of an embedded database that isn't there
    ///
    /// Nothing is overwritten: move the old database away first. Clients with a copy of what was changed after the backup
    /// are told to begin anew.
    Restore {
        #[command(flatten)]
        database: DatabaseArgs,
        /// The backup
        file: PathBuf,
    },
    /// Copy everything from SQLite to PostgreSQL, or from PostgreSQL to SQLite
    ///
    /// Stop the servers of the source first. The target has to be empty. A copy that was interrupted goes on where it was
    /// when it is run again. Both databases are compared in the end; until they are equal, no server starts on the target.
    /// Sessions, tokens and second factors go along: they need the same master secret.
    Copy {
        /// The database to copy from, as for --database-url
        #[arg(
            long,
            env = "GUILDHALL_COPY_FROM",
            hide_env_values = true,
            value_name = "URL",
            value_parser = Trim(Location::from_str)
        )]
        from: Location,
        /// The empty database to copy to, as for --database-url
        #[arg(
            long,
            env = "GUILDHALL_COPY_TO",
            hide_env_values = true,
            value_name = "URL",
            value_parser = Trim(Location::from_str)
        )]
        to: Location,
    },
    /// Manage accounts: create, disable and enable them, reset their credentials
    User {
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        secret: SecretArgs,
        #[command(subcommand)]
        action: UserAction,
    },
}

/// Runs the command that is given on the command line. Returns the exit status.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(1);
        }
    };
    match runtime.block_on(run(cli.command.unwrap_or(Command::Serve(cli.serve)))) {
        Ok(code) => code,
        Err(Failure::Usage(why)) => {
            complain(&why);
            ExitCode::from(2)
        }
        Err(Failure::Other(why)) => {
            complain(&why);
            ExitCode::from(1)
        }
    }
}

fn parse() -> Result<Cli, clap::Error> {
    let mut command = environment::without_empty(Cli::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Prints what is wrong with the command line. Omits values that hold a secret, since the output may be kept in a log.
fn refuse(mut error: clap::Error) -> ExitCode {
    let secret = |argument: &ContextValue| {
        let name = argument.to_string();
        [
            "--secret ",
            "--admin-token ",
            "--database-url ",
            "--from ",
            "--to ",
            "--smtp-url ",
            "--oidc-providers ",
            "--otlp-url ",
            "--otlp-headers ",
        ]
        .iter()
        .any(|secret| name.starts_with(secret))
    };
    if error.get(ContextKind::InvalidArg).is_some_and(secret) {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".into()));
    }
    let _ = error.print();
    if error.use_stderr()
        && wants_report()
        && let Ok(report) = doctor::Report::refused(reason(&error)).json()
    {
        say(report);
    }
    // clap also reports `--help` and `--version` as errors, which go to standard output.
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

/// Returns whether the command line, which couldn't be read, asks for the doctor's report for programs.
fn wants_report() -> bool {
    let mut words = env::args_os().skip(1);
    words.next().is_some_and(|word| word == "doctor") && words.any(|word| word == "--json")
}

/// Returns why the command line is refused, without the hints that follow.
fn reason(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let reason = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    reason.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve(args).await.map(|()| ExitCode::SUCCESS),
        Command::Demo { database, secret } => {
            let sample = demo(&database, &secret).await?;
            let called: Vec<String> =
                env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            say(introduction(&sample, &called));
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate { database, check: false } => {
            let done = Migrations::run(&database.database_url).await?;
            say(format_args!("{}: the database schema is up to date", count(done, "applied")));
            Ok(ExitCode::SUCCESS)
        }
        Command::Migrate { database, check: true } => match Migrations::status(&database.database_url).await?
        {
            Status::Current => {
                say("the database schema is up to date");
                Ok(ExitCode::SUCCESS)
            }
            Status::Pending(n) => {
                say(format_args!("{}: run `guildhall migrate`", count(n, "missing")));
                Ok(ExitCode::from(1))
            }
        },
        Command::Ready { listen } => {
            ready::ask(listen).await.map_err(Failure::Other)?;
            say("ready");
            Ok(ExitCode::SUCCESS)
        }
        Command::Doctor { serve, json } => {
            let report = doctor::examine(&serve, environment::unknown(&Cli::command())).await;
            say(if json { report.json()? } else { report.to_string() });
            Ok(if report.is_bearable() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        Command::Recount { database, secret } => {
            let location = &database.database_url;
            let config = Config::offline(&secret, location).map_err(Failure::Usage)?;
            let app = App::open(config, location, Tuning::default()).await?;
            let organizations = recount::run(&app.public()).await?;
            let indexed = reindex::run(&app.public()).await?;
            say(format_args!(
                "corrected the numbers of organizations: {organizations}, the words of tasks, projects and users: {indexed}"
            ));
            Ok(ExitCode::SUCCESS)
        }
        Command::Import { database, secret, owner, match_people, file } => {
            say(import(&database, &secret, Choices { owner, match_people }, &file).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Backup { database, secret, file } => {
            let location = &database.database_url;
            let source = Source::new(location, secret.own_file(location)).map_err(Failure::Usage)?;
            let hint = if source.back_up(file.clone()).await? {
                ""
            } else {
                "; the secret isn't in it: keep it elsewhere"
            };
            say(format_args!("made the backup {}{hint}", file.display()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore { database, file } => {
            let hint = if backup::restore(&file, &database.database_url).await? {
                ""
            } else {
                "; the secret isn't in it: give the one of then to the server"
            };
            say(format_args!("restored the backup {}{hint}", file.display()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Copy { from, to } => {
            say(copy::run(&from, &to).await?);
            Ok(ExitCode::SUCCESS)
        }
        Command::User { database, secret, action } => {
            users::run(&database, &secret, action).await.map(|()| ExitCode::SUCCESS)
        }
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
    let config = Config::offline(secret, location).map_err(Failure::Usage)?;
    Migrations::run(location).await?;
    Ok(demo::fill(config, location).await?)
}

async fn import(
    database: &DatabaseArgs,
    secret: &SecretArgs,
    choices: Choices,
    file: &Path,
) -> Result<String, Failure> {
    let location = &database.database_url;
    let archive = File::open(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
    let config = Config::offline(secret, location).map_err(Failure::Usage)?;
    Migrations::run(location).await?;
    let app = App::open(config, location, Tuning::default()).await?;
    let closed = choices.owner.is_none() && !choices.match_people;
    let hint = if closed { "; nobody can log in to it: use --owner or --match-people" } else { "" };
    let Imported { name, slug, members, matched, placeholders, projects, tasks, entries } =
        app.import(choices, archive).await?;
    Ok(format!(
        "imported {name} as {slug}: members: {members}, matched accounts: {matched}, placeholders: {placeholders}, \
         projects: {projects}, tasks: {tasks}, activity entries: {entries}{hint}"
    ))
}

/// Quotes words for a shell.
fn quoted<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    shlex::Quoter::new().allow_nul(true).join(words).unwrap_or_default()
}

/// Returns the text that introduces the sample and shows how to log in, with commands for a shell. `called` is the
/// command line, whose options `serve` takes too.
fn introduction(sample: &Sample, called: &[String]) -> String {
    let Sample { organization, projects, tasks, people, password } = sample;
    let mut text =
        format!("{organization} has {} people, {projects} projects and {tasks} tasks.\n\n", people.len());
    for person in people {
        let _ = writeln!(text, "  {:<20} {:<8} {}", person.email, person.role, person.name);
    }
    let first = people.first().map_or("", |person| person.email.as_str());
    let (program, options) = called.split_first().map_or(("guildhall", called), |(program, rest)| {
        (program.as_str(), rest.strip_prefix(&["demo".to_owned()]).unwrap_or(rest))
    });
    let serve = quoted([program, "serve"].into_iter().chain(options.iter().map(String::as_str)));
    let url = "http://127.0.0.1:8080/v1/auth/login";
    let body = serde_json::json!({ "email": first, "password": password }).to_string();
    let login = quoted(["curl", url, "-H", "Content-Type: application/json", "-d", &body]);
    let _ = write!(
        text,
        "
Everybody's password: {password}

Start the server, then log in:

  {serve}
  {login}"
    );
    text
}

async fn serve(args: ServeArgs) -> Result<(), Failure> {
    let traces = args.traces.collector().map_err(Failure::Usage)?;
    let traces = traces.map(|collector| Traces::new(collector, args.traces.trace_ratio));
    log::start(args.log_format, traces.as_ref().map(Traces::layer));
    for variable in environment::unknown(&Cli::command()) {
        tracing::warn!(variable, "unknown environment variable: `guildhall --help` lists the settings");
    }
    let config = args.config().map_err(Failure::Usage)?;
    let location = &args.database.database_url;
    let backups = args.backup.schedule(location, args.secret.own_file(location)).map_err(Failure::Usage)?;
    Migrations::run(location).await?;
    let mut tuning = Tuning::default();
    let connections = tuning.http.connections.all.min(connections_below_open_files());
    tuning.http.connections.all = connections;
    tuning.http.streams = connections / 4 * 3;
    let (limits, poll, proxies) = (tuning.http.clone(), tuning.outbox_poll, config.trusted_proxies.clone());
    let app = App::open(config, location, tuning).await?;
    let traces = traces.map(|traces| traces.start(app.metrics()));
    let listener = listen(args.listen).await?;
    let metrics = match args.metrics_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let stop = server::stop_signal().map_err(|error| Failure::Other(error.to_string()))?;
    let address = listener.local_addr().map_err(|error| Failure::Other(error.to_string()))?;
    let url = config::local_url(address);
    say(format_args!("listening on {url}"));
    say(format_args!("API reference at {url}/docs"));
    if let Some(listener) = metrics {
        let address = listener.local_addr().map_err(|error| Failure::Other(error.to_string()))?;
        say(format_args!("metrics at http://{address}/metrics"));
        let router = metrics::router(app.clone());
        tokio::spawn(server::serve(
            listener,
            router,
            limits.clone(),
            proxies.clone(),
            std::future::pending(),
        ));
    }
    let mut jobs = Jobs::start(&app, poll);
    if let Some(schedule) = backups {
        jobs.back_up(&app, schedule);
    }
    let closing = app.clone();
    let is_lost = Cell::new(false);
    let stop = async {
        tokio::select! {
            () = stop => {}
            () = closing.gateway().database_lost() => is_lost.set(true),
        }
        closing.gateway().close_streams();
    };
    server::serve(listener, router::app(app), limits, proxies, stop).await;
    jobs.stop().await;
    if let Some(traces) = traces {
        traces.stop().await;
    }
    if is_lost.get() { Err(Failure::Other("the database engine can't go on".into())) } else { Ok(()) }
}

/// Raises the process's limit of open files as far as the system allows, and returns how many connections fit under it.
fn connections_below_open_files() -> usize {
    /// For the database, messages, providers, and connections that are being refused.
    const OTHER_FILES: u64 = 256;
    let files = rlimit::increase_nofile_limit(rlimit::INFINITY).unwrap_or_else(|error| {
        tracing::warn!(%error, "failed to raise the limit of open files");
        1024
    });
    let connections = files.saturating_sub(OTHER_FILES).max(files / 2);
    usize::try_from(connections).unwrap_or(usize::MAX)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|error| Failure::Other(format!("can't listen on {address}: {error}")))
}
