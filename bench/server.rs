//! The real server as a child process, and the data that it is measured with.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Outcome, client::Client};

pub const ANN: &str = "ann@example.com";
pub const PASSWORD: &str = "only this benchmark knows it";

pub const SECRET: &str = "a secret that only this benchmark knows";

/// Tasks that reading finds: one page.
const TASKS: usize = 50;
/// Cards on a board, the same number in each of its columns.
const CARDS: usize = 500;
const STATUSES: [&str; 5] = ["todo", "in_progress", "review", "done", "cancelled"];

pub struct Server {
    process: Child,
    pub url: String,
    pub token: String,
}

/// Requests for wrk to send in turn, a line each: method, path, body.
pub struct Requests {
    pub livez: Vec<String>,
    pub task: Vec<String>,
    pub list: Vec<String>,
    pub board: Vec<String>,
    pub comments: Vec<String>,
    pub moves: Vec<String>,
    /// One for each organization.
    pub creates: Vec<String>,
}

impl Server {
    /// Starts it with its default settings on a port that is free.
    pub fn start(database: &str, folder: &Path) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?.with_file_name("guildhall"))
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database])
            .args(["--rate-limit", "off", "--secret", SECRET])
            .args(["--trusted-proxies", "127.0.0.1", "--org-limits", "tasks=100000000"])
            .stderr(fs::File::create(folder.join("server.log"))?)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .ok_or("the server didn't start")?
            .to_owned();
        Ok(Self::of(process, url))
    }

    /// Another server that was started.
    pub const fn of(process: Child, url: String) -> Self {
        Self { process, url, token: String::new() }
    }

    /// Milliseconds of the processors that it has used so far, in user and in system mode (proc(5), stat).
    pub fn cpu(&self) -> Outcome<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| -> Outcome<u64> { Ok(fields.get(index).ok_or("no such field")?.parse()?) };
        // 100 ticks a second on every Linux.
        Ok((ticks(11)? + ticks(12)?) * 10)
    }

    /// Makes an account with organizations, each with a project to make tasks in, and a project with a page of tasks.
    pub fn furnish(&mut self, email: &str, organizations: usize) -> Outcome<Requests> {
        self.sign_up(email)?;
        let mut creates = Vec::new();
        for n in 0..organizations {
            creates.push(self.tasks_of(&self.org(&format!("hall-{n}"))?, "WORK")?);
        }
        let [first, ..] = creates.as_slice() else {
            return Err("no organization".into());
        };
        let org = first.split("/projects/").next().unwrap_or_default().to_owned();
        let list = self.tasks_of(org.rsplit('/').next().unwrap_or_default(), "READ")?;
        let mut tasks = Vec::new();
        for _ in 0..TASKS {
            tasks.push(text(&self.post(&list, &new_task())?, "id")?);
        }
        let comment = json!({ "body": "The same in green, and a little smaller." });
        let moves = tasks.iter().zip(tasks.iter().cycle().skip(TASKS / 2));
        Ok(Requests {
            livez: vec!["GET /livez".into()],
            task: tasks.iter().map(|id| format!("GET {org}/tasks/{id}")).collect(),
            list: vec![format!("GET {list}")],
            board: vec![format!("GET {}?group_by=column&limit=200", self.board(&org)?)],
            comments: tasks.iter().map(|id| format!("POST {org}/tasks/{id}/comments {comment}")).collect(),
            moves: moves
                .map(|(id, before)| format!("POST {org}/tasks/{id}/move {}", json!({ "before": before })))
                .collect(),
            creates: creates.iter().map(|path| format!("POST {path} {}", new_task())).collect(),
        })
    }

    /// Makes an account, as which the next requests are sent. Answers its token.
    pub fn sign_up(&mut self, email: &str) -> Outcome<String> {
        let account = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
        self.token = text(&self.post("/v1/auth/signup", &account)?, "access_token")?;
        Ok(self.token.clone())
    }

    /// Makes an organization; answers its id.
    pub fn org(&self, slug: &str) -> Outcome<String> {
        text(&self.post("/v1/orgs", &json!({ "name": "Hall", "slug": slug }))?, "id")
    }

    /// A new token: they last ten minutes.
    pub fn log_in(&mut self, email: &str) -> Outcome<()> {
        self.token = self.token_of(email)?;
        Ok(())
    }

    /// A new token of an account.
    pub fn token_of(&self, email: &str) -> Outcome<String> {
        let account = json!({ "email": email, "password": PASSWORD });
        text(&self.post("/v1/auth/login", &account)?, "access_token")
    }

    pub fn address(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    /// The text of a request without a body.
    pub fn request(&self, method: &str, path: &str, token: &str) -> String {
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\r\n",
            self.address()
        )
    }

    /// Makes a project; answers its id.
    pub fn project(&self, org: &str, key: &str) -> Outcome<String> {
        text(&self.post(&format!("/v1/orgs/{org}/projects"), &json!({ "name": key, "key": key }))?, "id")
    }

    /// Makes a project; answers where its tasks are.
    fn tasks_of(&self, org: &str, key: &str) -> Outcome<String> {
        Ok(format!("/v1/orgs/{org}/projects/{}/tasks", self.project(org, key)?))
    }

    /// Makes a board of cards, each with two labels and an assignee; answers where its tasks are.
    fn board(&self, org: &str) -> Outcome<String> {
        let board = self.tasks_of(org.rsplit('/').next().unwrap_or_default(), "BOARD")?;
        let label = |name: &str| text(&self.post(&format!("{org}/labels"), &json!({ "name": name }))?, "id");
        let (me, labels) = (self.me()?, [label("Bug")?, label("Idea")?]);
        for status in STATUSES.iter().cycle().take(CARDS) {
            let card = json!({
                "title": crate::limit::TITLE, "status": status, "assignee_ids": [me], "label_ids": labels,
            });
            self.post(&board, &card)?;
        }
        Ok(board)
    }

    /// Who the requests are sent as.
    pub fn me(&self) -> Outcome<Uuid> {
        let me = self.client()?.succeed("GET /v1/me")?;
        Ok(text(&serde_json::from_slice(&me.body)?, "id")?.parse()?)
    }

    /// A client of its own connection, as whoever the requests are sent as.
    pub fn client(&self) -> Outcome<Client> {
        Client::connect(&self.address(), &self.token)
    }

    fn post(&self, path: &str, body: &Value) -> Outcome<Value> {
        let answer = self.answer(path, &format!("Authorization: Bearer {}", self.token), body)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        if !head.starts_with("HTTP/1.1 20") {
            return Err(format!("POST {path}: {answer}").into());
        }
        Ok(serde_json::from_str(body)?)
    }

    /// Posts as a client at this address, whatever is answered but a throttle's refusal.
    pub fn send(&self, path: &str, client: &str, body: &Value) -> Outcome<()> {
        let answer = self.answer(path, &format!("X-Forwarded-For: {client}"), body)?;
        if answer.starts_with("HTTP/1.1 429") || answer.starts_with("HTTP/1.1 5") {
            return Err(format!("POST {path}: {answer}").into());
        }
        Ok(())
    }

    fn answer(&self, path: &str, header: &str, body: &Value) -> Outcome<String> {
        let (address, body) = (self.address(), body.to_string());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(&address)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(|error| format!("POST {path}: {error}"))?;
        Ok(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn new_task() -> Value {
    json!({ "title": crate::limit::TITLE })
}

fn text(object: &Value, field: &str) -> Outcome<String> {
    let text = object.get(field).and_then(Value::as_str).ok_or("an answer of another shape")?;
    Ok(text.to_owned())
}
