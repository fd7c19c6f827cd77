//! What the engines themselves can do with the statements of a create: the same text, durability and batching, and
//! nothing around it.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant, SystemTime},
};

use rusqlite::{Connection, config::DbConfig, types::Value};
use uuid::Uuid;

use crate::{Outcome, load::CLIENTS};

const STATEMENTS: &str = include_str!("create.sql");
pub const TITLE: &str = "Paint the fence";
/// What the ledger says of such a task, and the text that it keeps apart.
const TEXTS: &str = r#"{"title":{"from":null,"to":"Paint the fence"}}"#;
pub const CHANGES: &str = r#"{"title":{"from":null,"to":null},"status":{"from":null,"to":"todo"},"priority":{"from":null,"to":"none"}}"#;

/// Where tasks are made. The `distance` between an organization's last seq and its project's last number stays, and so
/// does the number of its `others`, the tasks that aren't of this project: all three move on by one with every task.
const PLACES: &str = "
    select row_number() over () as n, p.org_id as org, p.id as project, c.id as place, p.created_by as person, s.id as session,
           l.seq - p.numbers as distance, l.tasks - p.numbers as others
    from projects p join board_columns c on c.org_id = p.org_id and c.project_id = p.id and c.status = 0
    join org_ledgers l on l.org_id = p.org_id join sessions s on s.user_id = p.created_by
    where p.key = 'WORK' and s.id = (select id from sessions order by id desc limit 1)";

type Variables = HashMap<&'static str, Value>;

/// Creates per second in a bare loop. Each commit carries as many as there are clients: the most that the server's
/// group commit can gather, too.
pub fn sqlite(file: &Path, places: usize, time: Duration) -> Outcome<f64> {
    let conn = Connection::open(file)?;
    conn.execute_batch(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000;
         pragma cache_size = -16000; pragma temp_store = memory",
    )?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(64);
    let mut places = sqlite_places(&conn, places)?;
    let statements = statements();
    let (started, mut made) = (Instant::now(), 0_u32);
    let mut next = (0..places.len()).cycle();
    while started.elapsed() < time {
        run(&conn, "begin immediate", &mut Variables::new())?;
        for _ in 0..CLIENTS {
            let variables = next.next().and_then(|n| places.get_mut(n)).ok_or("no place")?;
            fresh(variables)?;
            run(&conn, "savepoint one", variables)?;
            for statement in &statements {
                run(&conn, statement, variables)?;
            }
            run(&conn, "release one", variables)?;
            made += 1;
        }
        run(&conn, "commit", &mut Variables::new())?;
    }
    Ok(f64::from(made) / started.elapsed().as_secs_f64())
}

fn sqlite_places(conn: &Connection, most: usize) -> Outcome<Vec<Variables>> {
    let mut statement = conn.prepare(PLACES)?;
    let rows = statement.query_map([], |row| {
        let mut variables = Variables::from([
            ("title", Value::from(TITLE.to_owned())),
            ("changes", Value::from(CHANGES.to_owned())),
            ("texts", Value::from(TEXTS.to_owned())),
            ("since", Value::from(0)),
            ("nobody", Value::from(Uuid::nil().as_bytes().to_vec())),
        ]);
        for name in ["org", "project", "place", "person", "session", "distance", "others"] {
            variables.insert(name, row.get(name)?);
        }
        Ok(variables)
    })?;
    Ok(rows.take(most).collect::<Result<_, _>>()?)
}

/// What is of each create its own.
fn fresh(variables: &mut Variables) -> Outcome<()> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis();
    variables.insert("now", Value::from(i64::try_from(now)?));
    variables.insert("quarter", Value::from(i64::try_from(now / 900_000)?));
    for id in ["task", "entry"] {
        variables.insert(id, Value::from(Uuid::now_v7().as_bytes().to_vec()));
    }
    Ok(())
}

/// The statements between BEGIN and COMMIT, without what is PostgreSQL's or pgbench's.
fn statements() -> Vec<String> {
    let plain = |line: &&str| !line.starts_with('\\') && !line.starts_with("--");
    let text: Vec<&str> = STATEMENTS.lines().filter(plain).collect();
    text.join("\n")
        .replace("\\gset", ";")
        .split(';')
        .map(|statement| statement.trim().to_owned())
        .skip_while(|statement| statement != "begin")
        .skip(1)
        .take_while(|statement| statement != "commit")
        .filter(|statement| !statement.contains("set_config"))
        .collect()
}

/// Runs a statement with its variables bound and its rows read.
fn run(conn: &Connection, sql: &str, variables: &mut Variables) -> Outcome<()> {
    let mut statement = conn.prepare_cached(sql)?;
    for index in 1..=statement.parameter_count() {
        let name = statement.parameter_name(index).unwrap_or_default().trim_start_matches(':');
        let value = variables.get(name).ok_or_else(|| format!("no variable {name}"))?;
        statement.raw_bind_parameter(index, value)?;
    }
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut first = None;
    while let Some(row) = rows.next()? {
        for column in (0..columns).rev() {
            first = Some(row.get::<_, Value>(column)?);
        }
    }
    // As pgbench does with `\\gset` and `\\set`.
    if sql.starts_with("update projects") {
        let Some(Value::Integer(number)) = first else { return Err("no number".into()) };
        for (sum, start) in [("seq", "distance"), ("tasks", "others")] {
            let Some(Value::Integer(start)) = variables.get(start) else { return Err("no start".into()) };
            variables.insert(sum, Value::from(number + start));
        }
        variables.insert("position", Value::from((100_000_000 + number).to_string()));
        variables.insert("numbers", Value::from(number));
    }
    Ok(())
}

/// Makes the table of places that the script asks, with the numbers of now: what isn't a task has moved an organization's seq, too.
pub async fn prepare_postgres(client: &tokio_postgres::Client) -> Outcome<()> {
    let places = format!(
        "drop table if exists bench_places; create table bench_places as {PLACES};
         alter table bench_places add primary key (n); grant select on bench_places to guildhall_app"
    );
    client.batch_execute(&places).await?;
    Ok(client.batch_execute("vacuum analyze bench_places").await?)
}

/// Creates per second by pgbench, at its best: writers of one organization wait for its lock, and the more there are the
/// longer PostgreSQL takes to hand it on.
pub fn postgres(url: &str, places: usize, time: Duration, folder: &Path) -> Outcome<f64> {
    let few = pgbench(url, places, 8, time, folder)?;
    let all = pgbench(url, places, CLIENTS, time, folder)?;
    Ok(few.max(all))
}

fn pgbench(url: &str, places: usize, clients: usize, time: Duration, folder: &Path) -> Outcome<f64> {
    let script = folder.join("create.sql");
    fs::write(&script, STATEMENTS)?;
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol", "prepared", "--jobs", "1"])
        .args(["--client", &clients.to_string(), "--time", &time.as_secs().to_string()])
        .args(["--define", &format!("places={places}"), "--define", "since=0"])
        .args(["--define", &format!("nobody={}", Uuid::nil())])
        .args(["--define", &format!("title={TITLE}"), "--define", &format!("changes={CHANGES}")])
        .args(["--define", &format!("texts={TEXTS}")])
        .arg("--file")
        .arg(&script)
        .arg(url)
        .env("PGOPTIONS", "-c role=guildhall_app -c jit=off")
        .output()
        .map_err(|error| format!("pgbench: {error}"))?;
    let text = String::from_utf8(output.stdout)?;
    let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    tps.ok_or_else(|| format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}
