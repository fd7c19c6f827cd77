//! `bench fill`: an organization with as many tasks as wanted, written straight into the database as the API would have
//! left it, beside a small one.

use std::{
    path::Path,
    process::Command,
    time::{Instant, SystemTime},
};

use serde::{Deserialize, Serialize};
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::{
    Outcome,
    made::{Cell, Made, PEOPLE, PROJECTS, TABLES},
    server::{ANN, SECRET, Server},
};

/// The tasks of the small organization beside it.
const SMALL: usize = 1_000;
/// How many tasks are made up between two copies into PostgreSQL.
const BATCH: usize = 20_000;

/// A filled organization, and what to ask it for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filled {
    pub org: String,
    pub project: String,
    /// Some of its tasks, from all over it.
    pub tasks: Vec<Uuid>,
    pub person: Uuid,
}

/// Fills a database that is empty. `tasks` may be any number.
pub async fn run(database: &str, tasks: usize, folder: &Path) -> Outcome<Filled> {
    let mut server = Server::start(database, folder)?;
    server.sign_up(ANN)?;
    let ann = server.me()?;
    let small = found(&server, "small", SMALL, ann)?;
    let large = found(&server, "large", tasks, ann)?;
    drop(server);
    let started = Instant::now();
    if let Some(file) = database.strip_prefix("sqlite:") {
        sqlite(Path::new(file), [small, large.clone()])?;
    } else {
        postgres(database, [small, large.clone()]).await?;
    }
    recount(database)?;
    eprintln!("{tasks} tasks written and counted in {:.0} s", started.elapsed().as_secs_f64());
    let sample = (0..50).map(|n| large.task(n * tasks / 50)).collect();
    let (org, person) = (large.org.to_string(), large.people.get(1).copied().unwrap_or_default());
    let project = large.projects.first().copied().unwrap_or_default().to_string();
    Ok(Filled { org, project, tasks: sample, person })
}

/// An organization with projects, made by the API.
fn found(server: &Server, slug: &str, tasks: usize, ann: Uuid) -> Outcome<Made> {
    let (org, mut projects) = (server.org(slug)?, Vec::new());
    for n in 0..PROJECTS {
        projects.push(server.project(&org, &format!("P{n}"))?.parse()?);
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    let people = std::iter::once(ann).chain((1..PEOPLE).map(|_| Uuid::now_v7())).collect();
    Ok(Made { org: org.parse()?, projects, people, tasks, now: i64::try_from(now)?, seq: 0 })
}

fn recount(database: &str) -> Outcome<()> {
    let done = Command::new(std::env::current_exe()?.with_file_name("guildhall"))
        .args(["recount", "--database-url", database, "--secret", SECRET])
        .output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("recount: {}", String::from_utf8_lossy(&done.stderr)).into())
}

/// The people who are in the organization, and what its last write left: statements for either engine.
fn frame(made: &Made, id: impl Fn(Uuid) -> String) -> Vec<String> {
    let (org, now, tasks, made_in) = (id(made.org), made.now, made.tasks, made.org);
    let mut all = Vec::new();
    for (n, person) in made.people.iter().enumerate().skip(1) {
        let person = id(*person);
        all.extend([
            format!(
                "insert into users (id, name, name_folded, email, email_folded, time_zone, session_epoch, version,
                                    created_at, updated_at, founded)
                 values ({person}, 'Person {n}', 'person {n}', '{n}@{made_in}.example', '{n} {made_in} example', 'UTC', 0, 1,
                         {now}, {now}, 0)"
            ),
            format!(
                "insert into memberships (org_id, user_id, role, version, joined_at)
                 values ({org}, {person}, 'member', 1, {now})"
            ),
            format!("insert into user_orgs (user_id, org_id) values ({person}, {org})"),
        ]);
    }
    for (n, project) in made.projects.iter().enumerate() {
        let numbers = made.numbers(n);
        let project = id(*project);
        all.push(format!("update projects set numbers = {numbers} where org_id = {org} and id = {project}"));
    }
    all.push(format!(
        "update tasks set column_id = (
             select c.id from board_columns c
             where c.org_id = tasks.org_id and c.project_id = tasks.project_id and c.status = tasks.status)
         where org_id = {org}"
    ));
    all.push(format!(
        "update org_ledgers set seq = seq + {tasks}, tasks = {tasks}, overdue_until = {now} where org_id = {org}"
    ));
    all
}

/// Indexes are made again afterwards, which is faster, and packs them as `vacuum` would.
fn sqlite(file: &Path, organizations: [Made; 2]) -> Outcome<()> {
    let conn = rusqlite::Connection::open(file)?;
    conn.execute_batch(
        "pragma journal_mode = off; pragma synchronous = off; pragma foreign_keys = off; pragma cache_size = -1000000;
         pragma threads = 2; pragma temp_store = file; begin",
    )?;
    let names = TABLES.map(|(table, _)| format!("'{table}'")).join(", ");
    let sql = format!(
        "select name, sql from sqlite_schema where type = 'index' and sql is not null and tbl_name in ({names})"
    );
    let mut indexes = conn.prepare(&sql)?;
    let indexes = indexes
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<Vec<(String, String)>, _>>()?;
    for (name, _) in &indexes {
        conn.execute_batch(&format!("drop index {name}"))?;
    }
    let mut inserts = Vec::new();
    for (table, columns) in TABLES {
        let values = vec!["?"; columns.split(',').count()].join(", ");
        inserts.push(conn.prepare(&format!("insert into {table} ({columns}) values ({values})"))?);
    }
    for mut made in organizations {
        made.seq =
            conn.query_row("select seq from org_ledgers where org_id = ?", [made.org], |row| row.get(0))?;
        made.write(0..made.tasks, &mut |table, cells| {
            let insert = inserts.get_mut(table).ok_or("no such table")?;
            for (cell, at) in cells.iter().zip(1..) {
                match cell {
                    Cell::Null => insert.raw_bind_parameter(at, rusqlite::types::Null),
                    Cell::Int(number) => insert.raw_bind_parameter(at, number),
                    Cell::Id(id) => insert.raw_bind_parameter(at, id),
                    Cell::Text(text) => insert.raw_bind_parameter(at, text),
                }?;
            }
            insert.raw_execute()?;
            Ok(())
        })?;
        for statement in frame(&made, |id| format!("x'{}'", id.simple())) {
            conn.execute_batch(&statement)?;
        }
    }
    for (_, sql) in indexes {
        conn.execute_batch(&sql)?;
    }
    conn.execute_batch("commit; pragma journal_mode = wal")?;
    Ok(())
}

async fn postgres(url: &str, organizations: [Made; 2]) -> Outcome<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    // Foreign keys aren't checked, and the tables' owner isn't bound by row-level security.
    client.batch_execute("begin; set local session_replication_role = replica").await?;
    for mut made in organizations {
        made.seq =
            client.query_one("select seq from org_ledgers where org_id = $1", &[&made.org]).await?.get(0);
        for start in (0..made.tasks).step_by(BATCH) {
            copy(&client, &made, start..(start + BATCH).min(made.tasks)).await?;
        }
        for statement in frame(&made, |id| format!("'{id}'")) {
            client.batch_execute(&statement).await?;
        }
    }
    client.batch_execute("commit").await?;
    client.batch_execute("vacuum analyze").await?;
    Ok(())
}

async fn copy(client: &tokio_postgres::Client, made: &Made, some: std::ops::Range<usize>) -> Outcome<()> {
    let mut texts = TABLES.map(|_| String::new());
    made.write(some, &mut |table, cells| {
        let text = texts.get_mut(table).ok_or("no such table")?;
        for (n, cell) in cells.iter().enumerate() {
            text.push_str(if n == 0 { "" } else { "\t" });
            match cell {
                Cell::Null => text.push_str("\\N"),
                Cell::Int(number) => text.push_str(&number.to_string()),
                Cell::Id(id) => text.push_str(&id.to_string()),
                Cell::Text(plain) => text.push_str(plain),
            }
        }
        text.push('\n');
        Ok(())
    })?;
    for ((table, columns), text) in TABLES.into_iter().zip(texts) {
        let sink = client.copy_in(&format!("copy {table} ({columns}) from stdin")).await?;
        let mut sink = std::pin::pin!(sink);
        futures_util::SinkExt::send(&mut sink, bytes::Bytes::from(text)).await?;
        sink.finish().await?;
    }
    Ok(())
}
