//! The command `guildhall doctor`: checks everything that a server needs, and says how to fix what is wrong.

use std::{fmt, os::unix::fs::PermissionsExt as _};

use serde::{Serialize, Serializer};

use crate::{
    access::SystemTx,
    app::{
        App, Tuning,
        backup::Schedule,
        config::{Config, ServeArgs, is_local},
        recount, reindex,
        traces::Collector,
    },
    base::{
        clock::{Clock, Time},
        error::{Error, Result},
    },
    db::{Location, Migrations, Probe, Status},
    effects::mail::{self, Transport},
    identity::oidc::OpenId,
};

/// The maximum difference between this machine's clock and the database's, in milliseconds.
const SKEW: i64 = 5_000;

/// What was found, for people by `Display`, for programs as JSON.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The version of this program.
    version: &'static str,
    /// The engine that --database-url names. `None` if the command line couldn't be read.
    engine: Option<&'static str>,
    checks: Vec<Finding>,
}

impl Report {
    /// Returns the report for settings that the command line refused.
    #[must_use]
    pub fn refused(why: String) -> Self {
        Self::new(None, vec![Finding::new("configuration", Bad, why)])
    }

    fn new(engine: Option<&'static str>, checks: Vec<Finding>) -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), engine, checks }
    }

    /// Returns whether a server can run in spite of all that was found.
    #[must_use]
    pub fn is_bearable(&self) -> bool {
        self.checks.iter().all(Finding::is_bearable)
    }

    /// Returns the report as a JSON document.
    ///
    /// # Errors
    /// None in practice.
    pub fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(Error::internal)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.checks.iter().map(Finding::line).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// The result of one check.
#[derive(Debug, Serialize)]
struct Finding {
    #[serde(serialize_with = "snake_case")]
    name: &'static str,
    state: State,
    found: String,
    /// What to do about it.
    advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(into = "&str")]
enum State {
    Good,
    /// A server can run, but should be configured better.
    Doubtful,
    /// A server can't run, or not correctly.
    Bad,
}

impl From<State> for &str {
    fn from(state: State) -> Self {
        match state {
            Good => "ok",
            Doubtful => "warn",
            Bad => "error",
        }
    }
}

impl Finding {
    fn new(name: &'static str, state: State, found: impl Into<String>) -> Self {
        Self { name, state, found: found.into(), advice: None }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    /// Returns whether a server can run in spite of this finding.
    fn is_bearable(&self) -> bool {
        self.state != Bad
    }

    fn line(&self) -> String {
        let advice = self.advice.as_ref().map(|advice| format!("; {advice}")).unwrap_or_default();
        format!("{:<6}{:<14}{}{advice}", <&str>::from(self.state), self.name, self.found)
    }
}

fn snake_case<S: Serializer>(name: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&name.to_ascii_lowercase().replace(' ', "_"))
}

use State::{Bad, Doubtful, Good};

/// Checks everything that a server with these settings needs. Changes nothing.
///
/// `unknown` are the environment variables that look like settings and are none.
pub async fn examine(args: &ServeArgs, unknown: Vec<String>) -> Report {
    let engine = args.database.database_url.engine();
    Report::new(Some(engine), check(args, unknown).await)
}

async fn check(args: &ServeArgs, unknown: Vec<String>) -> Vec<Finding> {
    let secret = secret(args);
    // `config` creates the default secret file where it is missing. The file would belong to the user who runs the
    // doctor, and a server that runs as another user couldn't read it. A file named with --secret-file is never
    // created, and `config` reports what is wrong with it.
    if !secret.is_bearable() && args.secret.secret_file.is_none() {
        return vec![secret];
    }
    let config = match args.config() {
        Ok(config) => config,
        Err(why) => return vec![Finding::new("configuration", Bad, why)],
    };
    let location = &args.database.database_url;
    let backups = match args.backup.schedule(location, args.secret.own_file(location)) {
        Ok(schedule) => schedule.map(|schedule| backups(&schedule)),
        Err(why) => Some(Finding::new("configuration", Bad, why)),
    };
    let traces = match args.traces.collector() {
        Ok(None) => None,
        Ok(Some(collector)) => Some(traces(&collector).await),
        Err(why) => Some(Finding::new("configuration", Bad, why)),
    };
    let unknown = unknown.into_iter().map(|name| {
        Finding::new("settings", Doubtful, format!("no setting is called {name}"))
            .advise("`guildhall --help` lists them")
    });
    let mut findings: Vec<_> = unknown.chain([public_url(&config), app_url(&config), secret]).collect();
    let probe = location.probe().await;
    let database = database(location, &probe).await;
    let reached = database.is_bearable();
    findings.push(database);
    findings.extend(backups);
    findings.push(server(&config).await);
    findings.extend(traces);
    for provider in config.providers.iter() {
        findings.push(openid(provider).await);
    }
    if reached {
        findings.extend(probe.ok().and_then(|probe| probe.now).map(clock));
        findings.extend(stored(config, location).await);
    }
    findings
}

const ENCRYPT: &str = "put a proxy with TLS in front and set --public-url to its https URL";

fn public_url(config: &Config) -> Finding {
    let url = &config.public_url;
    let what = "public URL";
    match (config.behind_tls(), is_local(url)) {
        (true, _) => Finding::new(what, Good, url),
        (false, true) => Finding::new(what, Doubtful, format!("{url} works on this machine only"))
            .advise("set --public-url"),
        (false, false) => Finding::new(what, Doubtful, format!("{url} isn't encrypted")).advise(ENCRYPT),
    }
}

fn app_url(config: &Config) -> Finding {
    let (url, what) = (&config.app_url, "app URL");
    let encrypted = |url: &str| url.starts_with("https:");
    if is_local(url) && !is_local(&config.public_url) {
        let found = format!("{url} works on this machine only, and links in messages lead there");
        Finding::new(what, Doubtful, found).advise("set --app-url")
    } else if encrypted(url) && !encrypted(&config.public_url) {
        let found =
            format!("browsers refuse calls from {url} to {}, which isn't encrypted", config.public_url);
        Finding::new(what, Doubtful, found).advise(ENCRYPT)
    } else {
        Finding::new(what, Good, format!("links lead to {url}"))
    }
}

fn secret(args: &ServeArgs) -> Finding {
    let what = "secret";
    let Some(file) = args.secret.file(&args.database.database_url) else {
        return Finding::new(what, Good, "given as an option or environment variable");
    };
    let shown = file.display();
    match std::fs::metadata(&file) {
        Ok(found) if found.len() == 0 => {
            Finding::new(what, Bad, format!("{shown} is empty")).advise("the next start makes a new secret")
        }
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Finding::new(what, Doubtful, format!("other users can read {shown}"))
                .advise(format!("run `chmod 600 {shown}`"))
        }
        Ok(_) => Finding::new(what, Good, format!("read from {shown}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::new(what, Bad, format!("{shown} doesn't exist")).advise("the first start creates it")
        }
        Err(error) => Finding::new(what, Bad, format!("{shown}: {error}")),
    }
}

async fn database(location: &Location, probe: &Result<Probe>) -> Finding {
    let what = "database";
    let engine = match probe {
        Ok(probe) => &probe.engine,
        Err(error) => return Finding::new(what, Bad, error.to_string()),
    };
    match Migrations::status(location).await {
        Ok(Status::Current) => Finding::new(what, Good, format!("{engine}, schema up to date")),
        Ok(Status::Pending(missing)) => {
            Finding::new(what, Bad, format!("{engine}, missing migrations: {missing}"))
                .advise("run `guildhall migrate`")
        }
        Err(error) => Finding::new(what, Bad, error.to_string()),
    }
}

fn clock(there: Time) -> Finding {
    let apart = there.millis() - Clock::system().now().millis();
    if apart.abs() > SKEW {
        Finding::new("clock", Bad, format!("the database's clock is off by {} s", apart / 1000))
            .advise("run NTP on both machines")
    } else {
        Finding::new("clock", Good, "agrees with the database's")
    }
}

fn backups(schedule: &Schedule) -> Finding {
    let (what, now) = ("backups", Clock::system().now());
    match schedule.newest(now) {
        Err(error) => Finding::new(what, Doubtful, error.to_string()),
        Ok(None) => {
            Finding::new(what, Doubtful, "none was made yet").advise("a server makes the first at its start")
        }
        Ok(Some(newest)) if newest + schedule.every * 2 < now => {
            Finding::new(what, Doubtful, format!("the newest is of {newest}"))
                .advise("look at the server's log")
        }
        Ok(Some(newest)) => Finding::new(what, Good, format!("the newest is of {newest}")),
    }
}

async fn server(config: &Config) -> Finding {
    let what = "mail server";
    match (&config.mail.transport, config.mail.transport.test().await) {
        (Transport::Folder(folder), _) => Finding::new(
            what,
            Doubtful,
            format!("none: messages are stored as files in {} and not delivered", folder.display()),
        )
        .advise("set --smtp-url"),
        (Transport::Smtp(_), Ok(true)) => Finding::new(what, Good, "responds"),
        (Transport::Smtp(_), Ok(false)) => Finding::new(
            what,
            Good,
            "responds; addresses with letters beyond ASCII before the @ are refused, because it lacks SMTPUTF8",
        ),
        (Transport::Smtp(_), Err(why)) => Finding::new(what, Bad, why),
    }
}

async fn traces(collector: &Collector) -> Finding {
    let (what, url) = ("traces", &collector.url);
    match collector.test().await {
        Ok(()) => Finding::new(what, Good, format!("{url} takes them")),
        Err(why) => Finding::new(what, Doubtful, format!("{url}: {why}"))
            .advise("look whether the collector takes OTLP over HTTP there; without it, traces are lost"),
    }
}

async fn openid(provider: &OpenId) -> Finding {
    let what = "provider";
    let id = &provider.settings.id;
    match provider.discover().await {
        Ok(metadata) if metadata.doubts.is_empty() => Finding::new(what, Good, format!("{id} responds")),
        Ok(metadata) => {
            Finding::new(what, Doubtful, format!("{id} responds, but {}", metadata.doubts.join("; ")))
        }
        Err(why) => Finding::new(what, Bad, format!("{id}, at {}: {why}", provider.settings.issuer)),
    }
}

/// Checks the data in the database.
async fn stored(config: Config, location: &Location) -> Vec<Finding> {
    match App::open(config, location, Tuning::default()).await {
        Err(error) => vec![Finding::new("outbox", Bad, error.to_string())],
        Ok(app) => vec![outbox(&app).await, sealed(&app).await, counts(&app).await, words(&app).await],
    }
}

async fn outbox(app: &App) -> Finding {
    let what = "outbox";
    match app.public().read(async |tx: &SystemTx| mail::store::standing(tx).await).await {
        Err(error) => Finding::new(what, Bad, error.to_string()),
        Ok(standing) => {
            let error = standing.last_error.map(|error| format!("; last error: {error}")).unwrap_or_default();
            let text = format!("messages waiting: {}, given up: {}{error}", standing.waiting, standing.dead);
            Finding::new(what, if standing.dead > 0 { Doubtful } else { Good }, text)
        }
    }
}

const RECOUNT: &str = "run `guildhall recount`";

async fn counts(app: &App) -> Finding {
    let what = "task counts";
    match recount::differing(&app.public()).await {
        Err(error) => Finding::new(what, Bad, error.to_string()),
        Ok(0) => Finding::new(what, Good, "agree with the tasks"),
        Ok(orgs) => Finding::new(what, Doubtful, format!("wrong in organizations: {orgs}")).advise(RECOUNT),
    }
}

async fn words(app: &App) -> Finding {
    let what = "search index";
    match reindex::differing(&app.public()).await {
        Err(error) => Finding::new(what, Bad, error.to_string()),
        Ok(0) => Finding::new(what, Good, "agrees with the texts"),
        Ok(wrong) => Finding::new(what, Doubtful, format!("wrong for tasks, projects and users: {wrong}"))
            .advise(RECOUNT),
    }
}

async fn sealed(app: &App) -> Finding {
    let what = "second factor";
    match app.second_factor().sealed_otherwise(&app.public()).await {
        Err(error) => Finding::new(what, Bad, error.to_string()),
        Ok((_, lost)) if lost > 0 => Finding::new(what, Bad, format!("unreadable for {lost} users"))
            .advise("put the removed master secret back, after the newest one"),
        Ok((older, _)) if older > 0 => {
            Finding::new(what, Doubtful, format!("{older} encrypted with an older master secret"))
                .advise("start a server before removing that secret")
        }
        Ok(_) => Finding::new(what, Good, "all encrypted with the newest master secret"),
    }
}
