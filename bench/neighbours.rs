//! What one tenant feels of another: the times of somebody's requests alone, and beside a neighbour who does all they can.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::json;

use crate::{
    Outcome, ROUNDS, each,
    fill::{self, Filled},
    load::{self, Latency},
    made::COMMON,
    median,
    server::{ANN, Server},
};

/// How long each kind of request is measured beside each neighbour, in each round.
const TIME: Duration = Duration::from_secs(3);
/// The tasks in the neighbour's organization.
const TASKS: usize = 60_000;

/// The threads that hold connections.
const HOLDING: usize = 4;

/// What the neighbour does, on so many connections.
enum Doing {
    Nothing,
    /// Sends these requests, each when the last one is answered.
    Asks(usize, Vec<String>),
    /// Sends this request and hangs up at once, on and on.
    HangsUp(usize, String),
    /// Sends this text, again and again where it ends with an empty line, and neither reads nor hangs up.
    Holds(usize, String),
}

/// The figures of a row, one of each for each round.
#[derive(Default)]
struct Row {
    reads: Vec<Latency>,
    creates: Vec<Latency>,
}

/// Measures a fresh server and prints a line for each neighbour.
pub async fn run(engine: &str, database: &str, folder: &Path) -> Outcome<()> {
    let filled = fill::run(database, TASKS, folder).await?;
    let mut server = Server::start(database, folder)?;
    let requests = server.furnish("cleo@example.com", 1)?;
    let mut doings = doings(&filled);
    let mut rows: Vec<Row> = doings.iter().map(|_| Row::default()).collect();
    for _ in 0..ROUNDS {
        server.log_in("cleo@example.com")?;
        let ann = server.token_of(ANN)?;
        for ((_, doing), row) in doings.iter_mut().zip(&mut rows) {
            let feel = |requests: &[String]| load::asks(&server, &server.token, requests, 1, TIME, folder);
            let over = AtomicBool::new(false);
            thread::scope(|scope| -> Outcome<()> {
                let busy = doing.start(scope, &server, &ann, &over, folder);
                let measured = feel(&requests.task).and_then(|read| Ok((read, feel(&requests.creates)?)));
                over.store(true, Ordering::SeqCst);
                busy?;
                let (read, create) = measured?;
                row.reads.push(read);
                row.creates.push(create);
                Ok(())
            })?;
        }
    }
    print(engine, &doings, &rows);
    Ok(())
}

fn doings(filled: &Filled) -> Vec<(&'static str, Doing)> {
    let org = format!("/v1/orgs/{}", filled.org);
    let tasks = format!("{org}/projects/{}/tasks", filled.project);
    let ids: Vec<String> = (0..25_000).map(|n| format!("01890000-0000-7000-8000-{n:012}")).collect();
    let large = json!({ "title": "Large", "assignee_ids": ids }).to_string();
    let asks = |clients, request: String| Doing::Asks(clients, vec![request]);
    let body =
        format!("Content-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{}", " ".repeat(900_000));
    vec![
        ("alone", Doing::Nothing),
        ("lists of 50, 64 clients", asks(64, format!("GET {tasks}"))),
        ("creates, 64 clients", asks(64, format!("POST {tasks} {{\"title\": \"One more\"}}"))),
        ("bodies of 975 kB, 4 clients", asks(4, format!("POST {tasks} {large}"))),
        ("stats, 10 clients", asks(10, format!("GET {org}/stats"))),
        ("my tasks, 60 clients", asks(60, "GET /v1/me/tasks".into())),
        ("a common word, 16 clients", asks(16, format!("GET {org}/search?q={COMMON}"))),
        ("snapshots of changes, 8", asks(8, format!("GET {org}/changes?limit=200"))),
        ("lists hung up on, 16", Doing::HangsUp(16, format!("{org}/tasks?sort=status&limit=200"))),
        ("my tasks hung up on, 16", Doing::HangsUp(16, "/v1/me/tasks".into())),
        ("searches hung up on, 16", Doing::HangsUp(16, format!("{org}/search?q={COMMON}"))),
        ("exports hung up on, 16", Doing::HangsUp(16, format!("{org}/export"))),
        ("exports not read, 60", Doing::Holds(60, format!("GET {org}/export HTTP/1.1\r\n{{head}}\r\n"))),
        ("documents not read, 200", Doing::Holds(200, "GET /openapi.json HTTP/1.1\r\n{head}\r\n".into())),
        (
            "bodies not ended, 400",
            Doing::Holds(400, format!("POST /v1/auth/login HTTP/1.1\r\n{{head}}{body}")),
        ),
    ]
}

impl Doing {
    fn start<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        server: &'scope Server,
        token: &str,
        over: &'scope AtomicBool,
        folder: &Path,
    ) -> Outcome<Option<load::Busy>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Asks(clients, requests) => {
                load::Busy::start(server, token, requests, *clients, folder).map(Some)
            }
            Self::HangsUp(clients, path) => {
                for _ in 0..*clients {
                    let request = server.request("GET", path, token);
                    scope.spawn(move || {
                        while !over.load(Ordering::SeqCst) {
                            let _ = hang_up(&server.address(), &request);
                        }
                    });
                }
                Ok(None)
            }
            Self::Holds(clients, text) => {
                let head = format!("Host: {}\r\nAuthorization: Bearer {token}\r\n", server.address());
                let text = text.replace("{head}", &head);
                // A few threads hold all of them.
                for _ in 0..HOLDING {
                    let (clients, text) = (clients / HOLDING, text.clone());
                    scope.spawn(move || hold(&server.address(), clients, &text, over));
                }
                Ok(None)
            }
        }
    }
}

/// Keeps so many connections busy with sending, and opens others for those that are closed.
fn hold(address: &str, clients: usize, text: &str, over: &AtomicBool) {
    let mut held: Vec<(TcpStream, usize)> = Vec::new();
    while !over.load(Ordering::SeqCst) {
        if held.len() < clients
            && let Ok(stream) = TcpStream::connect(address)
            && stream.set_nonblocking(true).is_ok()
        {
            held.push((stream, 0));
        }
        held.retain_mut(|(stream, sent)| {
            if *sent == text.len() && text.ends_with("\r\n\r\n") {
                *sent = 0;
            }
            match stream.write(text.as_bytes().get(*sent..).unwrap_or_default()) {
                Ok(more) => *sent += more,
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
            true
        });
        thread::sleep(Duration::from_millis(1));
    }
}

/// Sends a request and closes the connection a moment later, when the server works on it.
fn hang_up(address: &str, request: &str) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    stream.set_read_timeout(Some(Duration::from_millis(2)))?;
    let _ = stream.read(&mut [0; 1]);
    Ok(())
}

fn print(engine: &str, doings: &[(&str, Doing)], rows: &[Row]) {
    println!(
        "\n{engine:<30}{:>9}{:>9}{:>9}  {:>9}{:>9}{:>9}{:>9}",
        "read p50", "p99 ms", "of alone", "new p50", "p99 ms", "of alone", "failed"
    );
    let figures = |loads: &[Latency]| {
        (median(&each(loads, |load| load.p50_millis)), median(&each(loads, |load| load.p99_millis)))
    };
    let alone = rows.first().map(|row| (figures(&row.reads), figures(&row.creates)));
    let Some(((_, read_alone), (_, create_alone))) = alone else { return };
    for ((name, _), row) in doings.iter().zip(rows) {
        let ((read, read_most), (create, create_most)) = (figures(&row.reads), figures(&row.creates));
        let failed: u64 = row.reads.iter().chain(&row.creates).map(|load| load.errors).sum();
        println!(
            "{name:<30}{read:>9.2}{read_most:>9.2}{:>9.1}  {create:>9.2}{create_most:>9.2}{:>9.1}{failed:>9}",
            read_most / read_alone,
            create_most / create_alone
        );
    }
}
