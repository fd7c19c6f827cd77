//! `guildhall doctor`: looks at everything that a server needs, and says what to do about what is wrong.

use std::{fmt, os::unix::fs::PermissionsExt as _};

use crate::{
    access::SystemTx,
    app::{
        App, Tuning,
        config::{Config, ServeArgs},
    },
    base::{
        clock::{Clock, Time},
        error::Result,
    },
    db::{Location, Migrations, Probe, Status},
    effects::mail::{self, Transport},
    identity::oidc::OpenId,
};

/// How far the database's clock may be from ours, in milliseconds.
const SKEW: i64 = 5_000;

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    what: &'static str,
    verdict: Verdict,
    why: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    /// It works, but not as one would want it.
    Doubtful,
    Bad,
}

impl Finding {
    fn new(what: &'static str, verdict: Verdict, why: impl Into<String>) -> Self {
        Self { what, verdict, why: why.into() }
    }

    /// Whether a server can run with it.
    #[must_use]
    pub fn is_bearable(&self) -> bool {
        self.verdict != Verdict::Bad
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Good => "ok",
            Verdict::Doubtful => "look",
            Verdict::Bad => "WRONG",
        };
        write!(f, "{verdict:<6}{:<14}{}", self.what, self.why)
    }
}

use Verdict::{Bad, Doubtful, Good};

/// Looks at everything that serving with these settings needs, changing nothing.
pub async fn examine(args: &ServeArgs) -> Vec<Finding> {
    let secret = secret(args);
    // Reading the settings would make the embedded default, as whoever runs this: a server of another user couldn't read
    // it. One that is named is read, and what is wrong with it said there.
    if !secret.is_bearable() && args.secret.secret_file.is_none() {
        return vec![secret];
    }
    let config = match args.config() {
        Ok(config) => config,
        Err(why) => return vec![Finding::new("configuration", Bad, why)],
    };
    let location = &args.database.database_url;
    let mut findings = vec![public_url(&config), secret];
    let probe = location.probe().await;
    let database = database(location, &probe).await;
    let reached = database.is_bearable();
    findings.push(database);
    findings.push(server(&config).await);
    for provider in config.providers.iter() {
        findings.push(openid(provider).await);
    }
    if reached {
        findings.extend(probe.ok().and_then(|probe| probe.now).map(clock));
        findings.extend(stored(config, location).await);
    }
    findings
}

fn public_url(config: &Config) -> Finding {
    let local = url::Url::parse(&config.public_url)
        .is_ok_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")));
    let url = &config.public_url;
    match (config.behind_tls(), local) {
        (true, _) => Finding::new("public URL", Good, url),
        (false, true) => Finding::new(
            "public URL",
            Doubtful,
            format!("{url} is good for this machine only: set --public-url"),
        ),
        (false, false) => Finding::new(
            "public URL",
            Doubtful,
            format!(
                "{url} isn't encrypted: put a proxy with TLS in front, and set --public-url to its https URL"
            ),
        ),
    }
}

fn secret(args: &ServeArgs) -> Finding {
    let what = "secret";
    let Some(file) = args.secret.file(&args.database.database_url) else {
        return Finding::new(what, Good, "given");
    };
    let shown = file.display();
    match std::fs::metadata(&file) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            Finding::new(what, Doubtful, format!("others can read {shown}: chmod 600 {shown}"))
        }
        Ok(_) => Finding::new(what, Good, format!("in {shown}")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::new(what, Bad, format!("{shown} isn't there: the first start makes it"))
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
        Ok(Status::Current) => Finding::new(what, Good, format!("{engine}, at this version")),
        Ok(Status::Pending(missing)) => Finding::new(
            what,
            Bad,
            format!("{engine}, {missing} migrations are missing: run `guildhall migrate`"),
        ),
        Err(error) => Finding::new(what, Bad, error.to_string()),
    }
}

fn clock(there: Time) -> Finding {
    let apart = there.millis() - Clock::system().now().millis();
    if apart.abs() > SKEW {
        Finding::new(
            "clock",
            Bad,
            format!("the database's clock is {} s off ours: run NTP on both", apart / 1000),
        )
    } else {
        Finding::new("clock", Good, "the database's is the same")
    }
}

async fn server(config: &Config) -> Finding {
    let what = "mail server";
    match (&config.mail.transport, config.mail.transport.test().await) {
        (Transport::Folder(folder), _) => Finding::new(
            what,
            Doubtful,
            format!(
                "none: mails are kept as files in {}, and reach nobody; set --smtp-url",
                folder.display()
            ),
        ),
        (Transport::Smtp(_), Ok(())) => Finding::new(what, Good, "answers"),
        (Transport::Smtp(_), Err(why)) => Finding::new(what, Bad, why),
    }
}

async fn openid(provider: &OpenId) -> Finding {
    let what = "provider";
    let id = &provider.settings.id;
    match provider.discover().await {
        Ok(_) => Finding::new(what, Good, format!("{id} answers")),
        Err(why) => Finding::new(what, Bad, format!("{id}, at {}: {why}", provider.settings.issuer)),
    }
}

/// What the database holds.
async fn stored(config: Config, location: &Location) -> Vec<Finding> {
    match App::open(config, location, Tuning::default()).await {
        Err(error) => vec![Finding::new("outbox", Bad, error.to_string())],
        Ok(app) => vec![outbox(&app).await, sealed(&app).await],
    }
}

async fn outbox(app: &App) -> Finding {
    let what = "outbox";
    match app.public().read(async |tx: &SystemTx| mail::store::standing(tx).await).await {
        Err(error) => Finding::new(what, Bad, error.to_string()),
        Ok(standing) => {
            let error =
                standing.last_error.map(|error| format!("; the last error: {error}")).unwrap_or_default();
            let text = format!("{} mails wait, {} were given up{error}", standing.waiting, standing.dead);
            Finding::new(what, if standing.dead > 0 { Doubtful } else { Good }, text)
        }
    }
}

async fn sealed(app: &App) -> Finding {
    let what = "second factor";
    match app.second_factor().sealed_otherwise(&app.public()).await {
        Err(error) => Finding::new(what, Bad, error.to_string()),
        Ok((_, lost)) if lost > 0 => Finding::new(
            what,
            Bad,
            format!(
                "{lost} people can't use theirs: put back the master secret that was dropped, behind the newest"
            ),
        ),
        Ok((older, _)) if older > 0 => Finding::new(
            what,
            Doubtful,
            format!("{older} are still under an older master secret: start a server before dropping that"),
        ),
        Ok(_) => Finding::new(what, Good, "all are under the newest master secret"),
    }
}
