//! `bench peers`: the same work done by `PocketBase`, beside us in one run.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Outcome, ROUNDS, TIME,
    client::Client,
    each,
    load::{self, CLIENTS, Load},
    median, ratio,
    server::{ANN, PASSWORD, Server},
};

/// Guessing passwords is slow on purpose: more clients would wait longer than wrk does.
const LOGGING_IN: usize = 8;
const TASKS: usize = 50;
const NAMES: [&str; 5] = ["health", "a task", "50 tasks", "create", "login"];

/// A server and the requests that are sent to it, one list for each name.
struct Side {
    server: Server,
    requests: [Vec<String>; 5],
    loads: [Vec<Load>; 5],
}

/// Measures both, and prints a line for each kind of request. `pocketbase` is its binary.
pub fn run(pocketbase: &str, folder: &Path) -> Outcome<()> {
    let mut sides = [ours(folder)?, theirs(pocketbase, folder)?];
    for _ in 0..ROUNDS {
        sides[0].server.log_in(ANN)?;
        for (n, name) in NAMES.iter().enumerate() {
            for side in &mut sides {
                let clients = if *name == "login" { LOGGING_IN } else { CLIENTS };
                let requests = side.requests.get(n).ok_or("no requests")?;
                let load = load::run(&side.server, requests, clients, TIME, folder)?;
                side.loads.get_mut(n).ok_or("no loads")?.push(load);
            }
        }
    }
    println!(
        "\n{:<12}{:>10}{:>10}{:>24}{:>14}{:>10}{:>24}",
        "", "req/s", "PocketB.", "ratio", "CPU ms", "PocketB.", "ratio"
    );
    let [us, them] = &sides;
    for ((name, us), them) in NAMES.iter().zip(&us.loads).zip(&them.loads) {
        let rates = [us, them].map(|loads| each(loads, |load| load.per_second));
        let costs = [us, them].map(|loads| each(loads, |load| load.cpu_millis));
        println!(
            "{name:<12}{:>10.0}{:>10.0}{:>24}{:>14.3}{:>10.3}{:>24}",
            median(&rates[0]),
            median(&rates[1]),
            ratio(&rates[0], &rates[1]),
            median(&costs[0]),
            median(&costs[1]),
            ratio(&costs[1], &costs[0])
        );
    }
    Ok(())
}

fn ours(folder: &Path) -> Outcome<Side> {
    let mut server = Server::start(&format!("sqlite:{}", folder.join("peers.db").display()), folder)?;
    let requests = server.furnish(ANN, 1)?;
    let login = json!({ "email": ANN, "password": PASSWORD });
    let requests = [
        requests.livez,
        requests.task,
        requests.list,
        requests.creates,
        vec![format!("POST /v1/auth/login {login}")],
    ];
    Ok(Side { server, requests, loads: Default::default() })
}

/// Its collections have the same fields as a task, and rules by which members see what is their organization's.
fn theirs(pocketbase: &str, folder: &Path) -> Outcome<Side> {
    let data = folder.join("pocketbase");
    let admin = ["superuser", "upsert", ANN, PASSWORD];
    let made = Command::new(pocketbase).args(admin).arg("--dir").arg(&data).output()?;
    if !made.status.success() {
        return Err(format!("pocketbase: {}", String::from_utf8_lossy(&made.stderr)).into());
    }
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let process = Command::new(pocketbase)
        .args(["serve", "--http", &address, "--dir"])
        .arg(&data)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let mut server = Server::of(process, format!("http://{address}"));
    let started = Instant::now();
    while TcpStream::connect(&address).is_err() {
        if started.elapsed() > Duration::from_secs(20) {
            return Err("pocketbase didn't start".into());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let records = |collection: &str| format!("/api/collections/{collection}/records");
    let login = json!({ "identity": ANN, "password": PASSWORD });
    let token_in = |collection: &str| {
        let path = format!("POST /api/collections/{collection}/auth-with-password {login}");
        text(&Client::connect(&address, "")?.succeed(&path)?.body, "token")
    };
    let mut client = Client::connect(&address, &token_in("_superusers")?)?;
    let person = json!({ "email": ANN, "password": PASSWORD, "passwordConfirm": PASSWORD, "name": "Ann" });
    let person = post(&mut client, &records("users"), &person)?;
    collections(&mut client)?;
    let org = post(&mut client, &records("organizations"), &json!({ "name": "Hall", "members": [person] }))?;
    let project = post(&mut client, &records("projects"), &json!({ "name": "READ", "org": org }))?;
    let other = post(&mut client, &records("projects"), &json!({ "name": "WORK", "org": org }))?;
    let task = |project: &str, n: usize| {
        json!({
            "project": project, "number": n, "title": crate::limit::TITLE, "status": "todo", "priority": "none",
            "position": format!("a{n}"), "created_by": person, "version": 1,
        })
    };
    let mut tasks = Vec::new();
    for n in 0..TASKS {
        tasks.push(post(&mut client, &records("tasks"), &task(&project, n))?);
    }
    server.token = token_in("users")?;
    let requests = [
        vec!["GET /api/health".to_owned()],
        tasks.iter().map(|task| format!("GET {}/{task}", records("tasks"))).collect(),
        vec![format!(
            "GET {}?filter=project%3D%27{project}%27&sort=-created&perPage=50&skipTotal=1",
            records("tasks")
        )],
        vec![format!("POST {} {}", records("tasks"), task(&other, 1))],
        vec![format!("POST /api/collections/users/auth-with-password {login}")],
    ];
    Ok(Side { server, requests, loads: Default::default() })
}

fn collections(client: &mut Client) -> Outcome<()> {
    let field = |name: &str, kind: &str| json!({ "name": name, "type": kind });
    let of = |name: &str, collection: &str, most: usize| json!({ "name": name, "type": "relation", "collectionId": collection, "maxSelect": most });
    let choice = |name: &str, values: &[&str]| json!({ "name": name, "type": "select", "maxSelect": 1, "values": values });
    let mut make = |name: &str, rule: &str, fields: Value, indexes: Value| -> Outcome<String> {
        let collection = json!({
            "name": name, "type": "base", "fields": fields, "indexes": indexes,
            "listRule": rule, "viewRule": rule, "createRule": rule, "updateRule": rule, "deleteRule": rule,
        });
        post(client, "/api/collections", &collection)
    };
    let people = "_pb_users_auth_";
    let org = make(
        "organizations",
        "members.id ?= @request.auth.id",
        json!([field("name", "text"), of("members", people, 999)]),
        json!([]),
    )?;
    let project = make(
        "projects",
        "org.members.id ?= @request.auth.id",
        json!([field("name", "text"), of("org", &org, 1)]),
        json!([]),
    )?;
    make(
        "tasks",
        "project.org.members.id ?= @request.auth.id",
        json!([
            of("project", &project, 1),
            field("number", "number"),
            field("title", "text"),
            field("description", "text"),
            choice("status", &["todo", "in_progress", "review", "done"]),
            choice("priority", &["none", "low", "medium", "high", "urgent"]),
            field("due_at", "date"),
            field("position", "text"),
            field("version", "number"),
            of("assignees", people, 50),
            of("created_by", people, 1),
            json!({ "name": "created", "type": "autodate", "onCreate": true }),
            json!({ "name": "updated", "type": "autodate", "onCreate": true, "onUpdate": true }),
        ]),
        json!(["create index tasks_in_project on tasks (project, created)"]),
    )?;
    Ok(())
}

/// Answers the id of what was made.
fn post(client: &mut Client, path: &str, body: &Value) -> Outcome<String> {
    text(&client.succeed(&format!("POST {path} {body}"))?.body, "id")
}

fn text(body: &[u8], field: &str) -> Outcome<String> {
    let object: Value = serde_json::from_slice(body)?;
    Ok(object.get(field).and_then(Value::as_str).ok_or("an answer of another shape")?.to_owned())
}
