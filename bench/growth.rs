//! What grows with an organization: the same requests in organizations of several sizes, in turn.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use crate::{
    Outcome,
    client::Client,
    fill::{self, Filled},
    made::{COMMON, RARE},
    median,
    server::{ANN, Server},
};

/// How often a request is sent to each server, unless that takes longer than the time.
const TIMES: usize = 200;
const TIME: Duration = Duration::from_secs(5);

/// The requests, with what is different in each organization in braces.
const ROWS: [(&str, &str); 52] = [
    ("GET /livez", "GET /livez"),
    ("a task", "GET {org}/tasks/{task}"),
    ("a task, by key", "GET {org}/tasks/P0-7"),
    ("create", r#"POST {org}/projects/{project}/tasks {"title": "the barn and the xylophone"}"#),
    ("comment", r#"POST {org}/tasks/{task}/comments {"body": "as green as the door"}"#),
    ("move on the board", r#"POST {org}/tasks/{task}/move {"status": "{status}"}"#),
    ("move to another status", r#"PATCH {org}/tasks/{task} {"status": "{status}"}"#),
    ("all tasks", "GET {org}/tasks"),
    ("second page", "GET {org}/tasks?cursor={cursor}"),
    ("by created_at", "GET {org}/tasks?sort=created_at"),
    ("by updated_at", "GET {org}/tasks?sort=updated_at"),
    ("by -updated_at", "GET {org}/tasks?sort=-updated_at"),
    ("by due_at", "GET {org}/tasks?sort=due_at"),
    ("by -due_at", "GET {org}/tasks?sort=-due_at"),
    ("by priority", "GET {org}/tasks?sort=priority"),
    ("by -priority", "GET {org}/tasks?sort=-priority"),
    ("by status", "GET {org}/tasks?sort=status"),
    ("by -status", "GET {org}/tasks?sort=-status"),
    ("by position", "GET {org}/tasks?sort=position"),
    ("by -position", "GET {org}/tasks?sort=-position"),
    ("by number", "GET {org}/tasks?sort=number"),
    ("by -number", "GET {org}/tasks?sort=-number"),
    ("status=todo", "GET {org}/tasks?status=todo"),
    ("priority=urgent", "GET {org}/tasks?priority=urgent"),
    ("assignee=me", "GET {org}/tasks?assignee=me"),
    ("assignee=none", "GET {org}/tasks?assignee=none"),
    ("creator=me", "GET {org}/tasks?creator=me"),
    ("overdue=true", "GET {org}/tasks?overdue=true"),
    ("due_before=now", "GET {org}/tasks?due_before={now}"),
    ("updated_after=now", "GET {org}/tasks?updated_after={now}"),
    ("parent=none", "GET {org}/tasks?parent=none"),
    ("project=P0", "GET {org}/tasks?project=P0"),
    ("q=the", "GET {org}/tasks?q={common}"),
    ("q=rare", "GET {org}/tasks?q={rare}"),
    ("a project's", "GET {org}/projects/{project}/tasks"),
    ("a project's, by due_at", "GET {org}/projects/{project}/tasks?sort=due_at"),
    ("a project's, by position", "GET {org}/projects/{project}/tasks?sort=position"),
    ("a column of its board", "GET {org}/projects/{project}/tasks?status=todo&sort=position"),
    (
        "a board, of what is open",
        "GET {org}/projects/{project}/tasks?group_by=column&status=todo,in_progress,review",
    ),
    ("your tasks", "GET /v1/me/tasks"),
    ("projects", "GET {org}/projects"),
    ("members", "GET {org}/members"),
    ("activity", "GET {org}/activity"),
    ("activity since now", "GET {org}/activity?since={now}"),
    ("activity of a person", "GET {org}/activity?actor={person}"),
    ("activity of a project", "GET {org}/projects/{project}/activity"),
    ("activity of a task", "GET {org}/tasks/{task}/activity"),
    ("changes, first page", "GET {org}/changes?limit=200"),
    ("changes, second page", "GET {org}/changes?limit=200&since={change}"),
    ("search, rare", "GET {org}/search?q={rare}"),
    ("search, commonest", "GET {org}/search?q={common}"),
    ("stats", "GET {org}/stats"),
];

/// An organization of one size.
struct Side {
    database: String,
    server: Server,
    filled: Filled,
    cursor: String,
    change: String,
    /// What was measured of each row: milliseconds, or the status of a refusal.
    rows: Vec<Result<f64, u16>>,
}

/// Measures organizations with so many tasks on an engine: `bench growth sqlite 10000 1000000`. With `GUILDHALL_BENCH_FOLDER`, the
/// filled databases of SQLite stay there for another time.
pub async fn run(engine: &str, tasks: &[&str], folder: &Path) -> Outcome<()> {
    let wanted: Vec<usize> = tasks.iter().map(|tasks| tasks.parse()).collect::<Result<_, _>>()?;
    let wanted = if wanted.is_empty() { vec![10_000, 1_000_000] } else { wanted };
    let mut sides = Vec::new();
    for tasks in &wanted {
        sides.push(side(engine, *tasks, folder).await?);
    }
    print!("\n{:<28}", format!("{engine}: p50 in ms"));
    for tasks in &wanted {
        print!("{tasks:>12}");
    }
    println!("{:>9}", "ratio");
    for (name, template) in ROWS {
        measure(&mut sides, template)?;
        print!("{name:<28}");
        for side in &sides {
            match side.rows.last() {
                Some(Ok(millis)) => print!("{millis:>12.3}"),
                Some(Err(status)) => print!("{status:>12}"),
                None => {}
            }
        }
        let figure = |side: Option<&Side>| side.and_then(|side| side.rows.last()?.ok());
        match (figure(sides.first()), figure(sides.last())) {
            (Some(least), Some(most)) => println!("{:>9.2}", most / least),
            _ => println!(),
        }
    }
    for side in sides {
        drop(side.server);
        if let Ok(url) = url::Url::parse(&side.database)
            && engine != "sqlite"
        {
            crate::drop_database(&url).await?;
        }
    }
    Ok(())
}

async fn side(engine: &str, tasks: usize, folder: &Path) -> Outcome<Side> {
    let kept = std::env::var("GUILDHALL_BENCH_FOLDER").ok();
    let folder = kept.as_ref().map_or(folder, Path::new);
    let (database, notes) = match engine {
        "sqlite" => (format!("sqlite:{}", folder.join(format!("{tasks}.db")).display()), tasks.to_string()),
        _ => (crate::new_database(&format!("growth_{tasks}")).await?.into(), format!("{engine}-{tasks}")),
    };
    let notes = folder.join(format!("{notes}.json"));
    let filled = match fs::read(&notes) {
        Ok(notes) if engine == "sqlite" => serde_json::from_slice(&notes)?,
        _ => fill::run(&database, tasks, folder).await?,
    };
    fs::write(&notes, serde_json::to_vec(&filled)?)?;
    let mut server = Server::start(&database, folder)?;
    server.log_in(ANN)?;
    let (mut client, org) = (server.client()?, format!("/v1/orgs/{}", filled.org));
    let mut next = |path: &str, field: &str| -> Outcome<String> {
        let page: serde_json::Value =
            serde_json::from_slice(&client.succeed(&format!("GET {org}{path}"))?.body)?;
        Ok(page.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned())
    };
    let (cursor, change) = (next("/tasks", "next_cursor")?, next("/changes?limit=200", "next")?);
    Ok(Side { database, server, filled, cursor, change, rows: Vec::new() })
}

/// Sends a request to each server in turn.
fn measure(sides: &mut [Side], template: &str) -> Outcome<()> {
    let started = Instant::now();
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut clients: Vec<Client> = Vec::new();
    for side in &mut *sides {
        side.server.log_in(ANN)?;
        clients.push(side.server.client()?);
    }
    let mut times: Vec<Vec<f64>> = sides.iter().map(|_| Vec::new()).collect();
    let mut refused: Vec<Option<u16>> = sides.iter().map(|_| None).collect();
    // The first answers aren't counted: they read what isn't in memory yet.
    for n in 0..TIMES + TIMES / 10 {
        if n > 3 && started.elapsed() > TIME {
            break;
        }
        for (((side, client), times), refused) in
            sides.iter().zip(&mut clients).zip(&mut times).zip(&mut refused)
        {
            let answer = client.ask(&side.request(template, &now, n))?;
            times.push(answer.took.as_secs_f64() * 1e3);
            *refused = refused.or((answer.status / 100 != 2).then_some(answer.status));
        }
    }
    for ((side, times), refused) in sides.iter_mut().zip(times).zip(refused) {
        let counted = times.get(times.len() / 11..).unwrap_or_default();
        side.rows.push(refused.map_or_else(|| Ok(median(counted)), Err));
    }
    Ok(())
}

impl Side {
    fn request(&self, template: &str, now: &str, n: usize) -> String {
        let Filled { org, project, tasks, person } = &self.filled;
        let task = tasks.get(n % tasks.len().min(50)).map(ToString::to_string).unwrap_or_default();
        // Mostly another one than a run before has left in a database that was kept.
        let status = ["todo", "in_progress", "review"]
            .get((n + std::process::id() as usize) % 3)
            .copied()
            .unwrap_or_default();
        template
            .replace("{org}", &format!("/v1/orgs/{org}"))
            .replace("{project}", project)
            .replace("{task}", &task)
            .replace("{person}", &person.to_string())
            .replace("{status}", status)
            .replace("{cursor}", &self.cursor)
            .replace("{change}", &self.change)
            .replace("{common}", COMMON)
            .replace("{rare}", RARE)
            .replace("{now}", now)
    }
}
