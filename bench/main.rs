//! `make bench`: what the server does in a second, and what its engine could do without it. README.md says how to
//! read what it prints.

#![expect(clippy::disallowed_methods, reason = "a benchmark lives in real time")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod client;
mod fill;
mod growth;
mod limit;
mod load;
mod made;
mod neighbours;
mod peers;
mod server;
mod timing;

use std::{
    error::Error,
    path::{Path, PathBuf},
    time::Duration,
};

use load::Load;
use server::{ANN, Requests, Server};
use tokio_postgres::NoTls;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Every row is measured once in each round, so that noise comes to all of them; what is printed are medians.
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(4);
/// Organizations that creates are spread over.
const MANY: usize = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let folder = Folder::new()?;
    // The name of an engine or of a table measures that alone.
    let only: Vec<String> = std::env::args().skip(1).collect();
    match only.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["timing"] => {
            return timing::run(&format!("sqlite:{}", folder.0.join("guildhall.db").display()), &folder.0);
        }
        ["fill", database, tasks] => {
            let filled = fill::run(database, tasks.parse()?, &folder.0).await?;
            println!("{}", serde_json::to_string(&filled)?);
            return Ok(());
        }
        ["peers", pocketbase] => return peers::run(pocketbase, &folder.0),
        ["growth", engine, sizes @ ..] => return growth::run(engine, sizes, &folder.0).await,
        _ => {}
    }
    println!(
        "{} clients; medians of {ROUNDS} rounds of {} s; ratios within a round, their range behind",
        load::CLIENTS,
        TIME.as_secs()
    );
    let wanted = |engine: &str, table: &str| {
        let others = |word: &String| word != engine && word != table;
        !only.iter().any(others)
    };
    if wanted("sqlite", "load") {
        sqlite(&folder.0).await?;
    }
    if wanted("sqlite", "neighbours") {
        let file = folder.0.join("neighbours.db");
        neighbours::run("SQLite", &format!("sqlite:{}", file.display()), &folder.0).await?;
    }
    if !wanted("postgres", "load") && !wanted("postgres", "neighbours") {
        return Ok(());
    }
    postgres(&folder.0, |table| wanted("postgres", table)).await
}

/// A temporary folder, gone when this is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Outcome<Self> {
        let path = std::env::temp_dir().join(format!("guildhall-bench.{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn sqlite(folder: &Path) -> Outcome<()> {
    let file = folder.join("guildhall.db");
    let mut server = Server::start(&format!("sqlite:{}", file.display()), folder)?;
    let requests = server.furnish(ANN, MANY)?;
    let limit = async |places| limit::sqlite(&file, places, TIME);
    let table = Table::measure(&mut server, &requests, folder, limit).await?;
    table.print("SQLite, synchronous=FULL", "bare loop");
    Ok(())
}

async fn postgres(folder: &Path, wanted: impl Fn(&str) -> bool) -> Outcome<()> {
    for table in ["load", "neighbours"].into_iter().filter(|table| wanted(table)) {
        let url = new_database(table).await?;
        let measured = match table {
            "load" => postgres_load(&url, folder).await,
            _ => neighbours::run("PostgreSQL", url.as_str(), folder).await,
        };
        drop_database(&url).await?;
        measured?;
    }
    Ok(())
}

fn postgres_url() -> Outcome<String> {
    std::env::var("GUILDHALL_TEST_POSTGRES_URL")
        .map_err(|_| "GUILDHALL_TEST_POSTGRES_URL is not set: try make bench".into())
}

/// Makes a database for a table of figures; answers where it is.
async fn new_database(table: &str) -> Outcome<url::Url> {
    let name = format!("guildhall_bench_{table}_{}", std::process::id());
    connect(&postgres_url()?).await?.batch_execute(&format!("create database {name}")).await?;
    let mut url = url::Url::parse(&postgres_url()?)?;
    url.set_path(&name);
    Ok(url)
}

async fn drop_database(url: &url::Url) -> Outcome<()> {
    let name = url.path().trim_start_matches('/');
    connect(&postgres_url()?).await?.batch_execute(&format!("drop database {name} with (force)")).await?;
    Ok(())
}

async fn postgres_load(url: &url::Url, folder: &Path) -> Outcome<()> {
    let mut server = Server::start(url.as_str(), folder)?;
    let requests = server.furnish(ANN, MANY)?;
    let client = connect(url.as_str()).await?;
    // As autovacuum does within a minute: without statistics, PostgreSQL plans in the dark.
    client.batch_execute("vacuum analyze").await?;
    let limit = async |places| {
        limit::prepare_postgres(&client).await?;
        limit::postgres(url.as_str(), places, TIME, folder)
    };
    let table = Table::measure(&mut server, &requests, folder, limit).await?;
    let fsync: String = client.query_one("select current_setting('fsync')", &[]).await?.get(0);
    table.print(&format!("PostgreSQL, fsync={fsync}"), "pgbench");
    Ok(())
}

async fn connect(url: &str) -> Outcome<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// One engine's rows. Each has a figure for each round.
#[derive(Default)]
struct Table {
    livez: Vec<Load>,
    task: Vec<Load>,
    list: Vec<Load>,
    board: Vec<Load>,
    comments: Vec<Load>,
    moves: Vec<Load>,
    one: Vec<Load>,
    many: Vec<Load>,
    limit_one: Vec<f64>,
    limit_many: Vec<f64>,
}

impl Table {
    async fn measure(
        server: &mut Server,
        requests: &Requests,
        folder: &Path,
        limit: impl AsyncFn(usize) -> Outcome<f64>,
    ) -> Outcome<Self> {
        let mut table = Self::default();
        for _ in 0..ROUNDS {
            server.log_in(ANN)?;
            let run = |requests: &[String]| load::run(server, requests, load::CLIENTS, TIME, folder);
            table.livez.push(run(&requests.livez)?);
            table.task.push(run(&requests.task)?);
            table.list.push(run(&requests.list)?);
            table.board.push(run(&requests.board)?);
            table.comments.push(run(&requests.comments)?);
            table.moves.push(run(&requests.moves)?);
            table.one.push(run(requests.creates.get(..1).unwrap_or_default())?);
            table.limit_one.push(limit(1).await?);
            table.many.push(run(&requests.creates)?);
            table.limit_many.push(limit(MANY).await?);
        }
        Ok(table)
    }

    fn print(&self, engine: &str, limit: &str) {
        println!(
            "\n{engine:<28}{:>8}{:>8}{:>8}{:>8}  {:<20}of {limit}",
            "req/s", "p50 ms", "p99 ms", "CPU ms", "of /livez"
        );
        let livez = per_second(&self.livez);
        for (name, loads, limits) in [
            ("GET /livez", &self.livez, None),
            ("GET a task", &self.task, None),
            ("GET 50 tasks", &self.list, None),
            ("GET a board of 500 cards", &self.board, None),
            ("POST a comment", &self.comments, None),
            ("POST a move", &self.moves, None),
            ("POST a task, 1 organization", &self.one, Some(&self.limit_one)),
            ("POST a task, 100", &self.many, Some(&self.limit_many)),
        ] {
            let rates = per_second(loads);
            println!(
                "{name:<28}{:>8.0}{:>8.1}{:>8.1}{:>8.3}  {:<20}{}",
                median(&rates),
                median(&each(loads, |load| load.latency.p50_millis)),
                median(&each(loads, |load| load.latency.p99_millis)),
                median(&each(loads, |load| load.cpu_millis)),
                ratio(&rates, &livez),
                limits.map_or_else(String::new, |limits| ratio(&rates, limits)),
            );
        }
        for (places, limits) in [(1, &self.limit_one), (MANY, &self.limit_many)] {
            println!("{:<28}{:>8.0}", format!("{limit}, {places}"), median(limits));
        }
    }
}

fn each<T>(loads: &[T], figure: impl Fn(&T) -> f64) -> Vec<f64> {
    loads.iter().map(figure).collect()
}

fn per_second(loads: &[Load]) -> Vec<f64> {
    each(loads, |load| load.per_second)
}

fn sorted(figures: &[f64]) -> Vec<f64> {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures
}

fn median(figures: &[f64]) -> f64 {
    sorted(figures).get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Round by round: the median, and the least and the most.
fn ratio(figures: &[f64], to: &[f64]) -> String {
    let ratios: Vec<f64> = figures.iter().zip(to).map(|(figure, to)| figure / to).collect();
    match sorted(&ratios).as_slice() {
        [least, .., most] => format!("{:.2} ({least:.2}–{most:.2})", median(&ratios)),
        _ => String::new(),
    }
}
