//! The binary as a process: what it keeps when it is killed, how it stops, what it logs.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::join_all;
use guildhall::db::Migrations;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{Cluster, Database, Engine, MailServer, PASSWORD, Pretender, SECRET};

pub const BINARY: &str = env!("CARGO_BIN_EXE_guildhall");

/// A running `guildhall serve`.
pub struct Server {
    pub process: Child,
    pub url: String,
    pub client: Client,
}

impl Server {
    pub fn start(database_url: &str, log: &Path) -> Self {
        Self::start_with(database_url, log, &[])
    }

    pub fn start_with(database_url: &str, log: &Path, args: &[&str]) -> Self {
        Self::start_talking(database_url, log, args).0
    }

    /// The server, and what it prints after its first line.
    fn start_talking(database_url: &str, log: &Path, args: &[&str]) -> (Self, BufReader<ChildStdout>) {
        Self::start_program(&mut Command::new(BINARY), database_url, log, args)
    }

    pub fn start_program(
        program: &mut Command,
        database_url: &str,
        log: &Path,
        args: &[&str],
    ) -> (Self, BufReader<ChildStdout>) {
        let listen: &[&str] = if args.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        let mut process = program
            .args(["serve", "--log-format", "json", "--database-url", database_url])
            .args(listen)
            .args(args)
            // Where mails are kept, on PostgreSQL.
            .current_dir(log.parent().unwrap())
            .env("GUILDHALL_SECRET", SECRET)
            .env("RUST_LOG", "debug")
            .stdout(Stdio::piped())
            .stderr(std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut printed = BufReader::new(process.stdout.take().unwrap());
        printed.read_line(&mut line).unwrap();
        let url = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://"), "it didn't start: {}", std::fs::read_to_string(log).unwrap());
        (Self { process, url, client: Client::builder().no_proxy().build().unwrap() }, printed)
    }

    pub async fn ask(&self, method: Method, path: &str, token: &str, body: &Value) -> Option<(u16, Value)> {
        let request =
            self.client.request(method, format!("{}{path}", self.url)).bearer_auth(token).json(body);
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, serde_json::from_slice(&answer.bytes().await.ok()?).unwrap_or_default()))
    }

    pub async fn gets(&self, method: Method, path: &str, token: &str, body: Value, status: u16) -> Value {
        let (got, answer) = self.ask(method, path, token, &body).await.unwrap();
        assert_eq!(got, status, "{path}: {answer}");
        answer
    }

    pub fn signal(&self, signal: &str) {
        assert!(
            Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap().success()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Writers that keep an organization busy, and the ids and titles of the tasks that were acknowledged to them.
pub struct Load {
    acknowledged: Arc<Mutex<Vec<(String, String)>>>,
    over: Arc<AtomicBool>,
    writers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Starts the writers, and waits until they have got many answers.
    pub async fn start(server: &Server, token: &str) -> Self {
        Self::start_at(&server.url, token).await
    }

    /// The same, where a proxy serves.
    pub async fn start_at(url: &str, token: &str) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        let acknowledged = Arc::new(Mutex::new(Vec::<(String, String)>::new()));
        let over = Arc::new(AtomicBool::new(false));
        let (enough, until_enough) = tokio::sync::oneshot::channel();
        let enough = Arc::new(Mutex::new(Some(enough)));
        let writers: Vec<_> = (0..16)
            .map(|writer| {
                let (client, url, token) = (client.clone(), url.to_owned(), token.to_owned());
                let (acknowledged, over, enough) = (acknowledged.clone(), over.clone(), enough.clone());
                tokio::spawn(async move {
                    for n in 0.. {
                        let title = format!("Task {n} of writer {writer}");
                        let request = client
                            .post(format!("{url}/v1/orgs/acme/projects/WEB/tasks"))
                            .bearer_auth(&token)
                            .json(&json!({ "title": title }));
                        let answered =
                            async { request.send().await?.error_for_status()?.json::<Value>().await };
                        match answered.await {
                            Ok(task) => {
                                let mut acknowledged = acknowledged.lock().unwrap();
                                acknowledged.push((task["id"].as_str().unwrap().to_owned(), title));
                                if acknowledged.len() == 300
                                    && let Some(enough) = enough.lock().unwrap().take()
                                {
                                    enough.send(()).unwrap();
                                }
                            }
                            Err(_) if over.load(Ordering::SeqCst) => return,
                            Err(error) => assert!(over.load(Ordering::SeqCst), "before its end: {error}"),
                        }
                    }
                })
            })
            .collect();
        until_enough.await.unwrap();
        Self { acknowledged, over, writers }
    }

    pub fn acknowledged(&self) -> Vec<(String, String)> {
        self.acknowledged.lock().unwrap().clone()
    }

    /// Runs what ends the server in the middle of it, and returns everything that was acknowledged until then.
    pub async fn until(self, end: impl Future<Output = ()>) -> Vec<(String, String)> {
        self.over.store(true, Ordering::SeqCst);
        end.await;
        for writer in self.writers {
            writer.await.unwrap();
        }
        self.acknowledged.lock().unwrap().clone()
    }
}

/// Keeps an organization busy, runs `kill` in the middle of it, and finds everything that was acknowledged.
async fn survives(database_url: &str, kill: impl AsyncFnOnce(Server)) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let server = Server::start(database_url, &log);
    let token = with_a_project(&server).await;
    let acknowledged = Load::start(&server, &token).await.until(kill(server)).await;
    finds_all(&Server::start(database_url, &log), &token, &acknowledged).await;
}

/// Everything that was acknowledged is there, once, and the ledger tells of it without a gap.
pub async fn finds_all(server: &Server, token: &str, acknowledged: &[(String, String)]) {
    let found = join_all(acknowledged.iter().map(async |(id, title)| {
        let task =
            server.gets(Method::GET, &format!("/v1/orgs/acme/tasks/{id}"), token, json!({}), 200).await;
        assert_eq!(task["title"], **title);
        task["number"].as_i64().unwrap()
    }));
    let mut numbers = found.await;
    numbers.sort_unstable();
    let given = numbers.len();
    numbers.dedup();
    assert_eq!(numbers.len(), given, "a number was given twice");

    // The ledger has no gap, and one entry for each task that there is.
    let (mut seqs, mut created, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = server
            .gets(Method::GET, &format!("/v1/orgs/acme/activity?limit=200{cursor}"), token, json!({}), 200)
            .await;
        for entry in page["items"].as_array().unwrap() {
            seqs.push(entry["seq"].as_i64().unwrap());
            created += usize::from(entry["action"] == "task.created");
        }
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    let last = i64::try_from(seqs.len()).unwrap();
    assert_eq!(seqs, (1..=last).rev().collect::<Vec<_>>());
    let next = server
        .gets(Method::POST, "/v1/orgs/acme/projects/WEB/tasks", token, json!({ "title": "After" }), 201)
        .await;
    // Numbers of tasks whose answer was lost may be there too, but none is missing.
    assert_eq!(next["number"].as_i64().unwrap(), i64::try_from(created).unwrap() + 1);
    assert!(created >= given);
}

#[test]
fn on_sqlite_a_killed_server_has_kept_all_that_it_acknowledged() {
    runtime().block_on(async {
        let database = Database::empty(Engine::Sqlite).await;
        survives(&database.url(), async |server: Server| server.signal("-KILL")).await;
    });
}

#[test]
fn on_postgres_a_killed_server_and_a_killed_database_have_kept_all_that_they_acknowledged() {
    runtime().block_on(async {
        let cluster = Cluster::start();
        survives(&cluster.url, async |server: Server| {
            cluster.crash().await;
            server.signal("-KILL");
        })
        .await;
    });
}

#[test]
fn a_server_outlives_its_databases_crash() {
    runtime().block_on(async {
        let cluster = Cluster::start();
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&cluster.url, &folder.path().join("log"));
        server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
        cluster.crash().await;
        // At most each connection finds out by itself that it is broken.
        for _ in 0..100 {
            let (status, answer) = server.ask(Method::GET, "/readyz", "", &json!({})).await.unwrap();
            assert!(matches!(status, 200 | 503), "{answer}");
        }
        server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
    });
}

#[test]
fn two_servers_on_one_fresh_database_both_start() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let database = Database::empty(engine).await;
            let servers: Vec<Server> = std::thread::scope(|scope| {
                let start = |n: i32| {
                    let (url, log) = (database.url(), folder.path().join(format!("{engine:?}{n}")));
                    scope.spawn(move || Server::start(&url, &log))
                };
                let starting: Vec<_> = (0..4).map(start).collect();
                starting.into_iter().map(|one| one.join().unwrap()).collect()
            });
            for server in &servers {
                server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
            }
            drop(servers);
            database.discard().await;
        }
    });
}

#[test]
fn sigterm_and_sigint_end_it_cleanly() {
    for signal in ["-TERM", "-INT"] {
        runtime().block_on(async {
            let database = Database::empty(Engine::Sqlite).await;
            let folder = tempfile::tempdir().unwrap();
            let mut server = Server::start(&database.url(), &folder.path().join("log"));
            server.gets(Method::GET, "/livez", "", json!({}), 200).await;
            // A stream of events is ended, so that its client comes back to another node.
            let body = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
            let session = server.gets(Method::POST, "/v1/auth/signup", "", body, 201).await;
            let token = session["access_token"].as_str().unwrap();
            server.gets(Method::POST, "/v1/orgs", token, json!({ "name": "Acme" }), 201).await;
            let events = server.client.get(format!("{}/v1/orgs/acme/events", server.url)).bearer_auth(token);
            let mut events = events.send().await.unwrap();
            assert!(events.chunk().await.unwrap().is_some());
            server.signal(signal);
            assert_eq!(events.chunk().await.unwrap(), None);
            assert_eq!(server.process.wait().unwrap().code(), Some(0));
        });
    }
}

#[test]
fn metrics_are_told_on_an_address_of_their_own() {
    runtime().block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let database = Database::empty(engine).await;
            let folder = tempfile::tempdir().unwrap();
            let (server, rest) = Server::start_talking(
                &database.url(),
                &folder.path().join("log"),
                &["--metrics-listen", "127.0.0.1:0"],
            );
            let metrics = rest.lines().map(Result::unwrap).find(|line| line.ends_with("/metrics")).unwrap();
            let metrics = metrics.rsplit(' ').next().unwrap().to_owned();
            let ann = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
            let session = server.gets(Method::POST, "/v1/auth/signup", "", ann, 201).await;
            let token = session["access_token"].as_str().unwrap();
            server.gets(Method::POST, "/v1/orgs", token, json!({ "name": "Acme" }), 201).await;
            for _ in 0..3 {
                server.gets(Method::GET, "/v1/orgs/acme", token, json!({}), 200).await;
            }
            server.gets(Method::GET, "/v1/orgs/never", token, json!({}), 404).await;
            // On its own address only.
            server.gets(Method::GET, "/metrics", token, json!({}), 404).await;
            let answer = server.client.get(&metrics).send().await.unwrap();
            assert!(
                answer.headers()["content-type"]
                    .to_str()
                    .unwrap()
                    .starts_with("application/openmetrics-text")
            );
            let text = answer.text().await.unwrap();
            for line in [
                "guildhall_http_requests_total{method=\"GET\",route=\"/v1/orgs/{org}\",status=\"200\"} 3",
                "guildhall_http_requests_total{method=\"GET\",route=\"/v1/orgs/{org}\",status=\"404\"} 1",
                "guildhall_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/orgs/{org}\"} 4",
                "guildhall_mails_waiting ",
                "guildhall_mails_dead 0",
                "# EOF",
            ] {
                assert!(text.contains(line), "{line} in {text}");
            }
            assert!(!text.contains("acme") && !text.contains("never"), "{text}");
            drop(server);
            database.discard().await;
        }
    });
}

#[test]
fn a_server_on_this_machine_says_so_and_lets_its_pages_call() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let foreign = "https://app.evil.test";
        let page = "http://localhost:5173";
        for (args, allowed, refused) in [
            (&[][..], &[page, "http://127.0.0.1:3000"][..], &[foreign][..]),
            (&["--app-url", "https://app.example.com/board"], &[page, "https://app.example.com"], &[foreign]),
            (&["--cors-origins", "https://app.example.com"], &["https://app.example.com"], &[foreign, page]),
            (&["--public-url", "https://api.example.com"], &[], &[foreign, page]),
        ] {
            let database = Database::empty(Engine::Sqlite).await;
            let log = folder.path().join("log");
            let server = Server::start_with(&database.url(), &log, args);
            assert!(server.url.starts_with("http://localhost:"), "{}", server.url);
            let told = async |origin: &str| {
                let request = server.client.get(format!("{}/livez", server.url)).header("origin", origin);
                let answer = request.send().await.unwrap();
                answer
                    .headers()
                    .get("access-control-allow-origin")
                    .map(|told| told.to_str().unwrap().to_owned())
            };
            for origin in allowed {
                assert_eq!(told(origin).await.as_deref(), Some(*origin), "{args:?}");
            }
            for origin in refused.iter().chain(refused) {
                assert_eq!(told(origin).await, None, "{args:?}");
            }
            let logged = std::fs::read_to_string(&log).unwrap();
            assert_eq!(logged.matches("GUILDHALL_CORS_ORIGINS").count(), 1, "{logged}");
            assert!(logged.contains(foreign), "{logged}");
            std::fs::remove_file(&log).unwrap();
        }
    });
}

#[test]
fn what_is_secret_is_in_no_log() {
    runtime().block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let database = Database::empty(engine).await;
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("log");
            let mails = MailServer::start().await;
            let with_mail = ["--smtp-url", &mails.url(), "--email-verification", "optional"];
            let mut server = Server::start_with(&database.url(), &log, &with_mail);
            let password = "Kanarienvogel im Bergwerk 7";
            let ann = json!({ "email": "canary.ann@example.com", "password": password, "name": "Ann Canarysdottir" });
            let session = server.gets(Method::POST, "/v1/auth/signup", "", ann.clone(), 201).await;
            server.gets(Method::POST, "/v1/auth/signup", "", ann, 409).await;
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let (token, refresh) = (text(&session["access_token"]), text(&session["refresh_token"]));
            server.gets(Method::POST, "/v1/orgs", &token, json!({ "name": "Acme" }), 201).await;
            let invitation = json!({ "email": "canary.bob@example.com", "role": "member" });
            let invitation = server.gets(Method::POST, "/v1/orgs/acme/invitations", &token, invitation, 201).await;
            assert_eq!(invitation["token"], Value::Null);
            let key = mails.to("canary.bob@example.com").await.token();
            server.gets(Method::POST, "/v1/invitations/lookup", "", json!({ "token": key }), 200).await;
            let next = server.gets(Method::POST, "/v1/auth/refresh", "", json!({ "refresh_token": refresh }), 200).await;
            let wrong = json!({ "email": "canary.ann@example.com", "password": "Kanarienvogel im Bergwerk 8" });
            server.gets(Method::POST, "/v1/auth/login", "", wrong, 401).await;
            server.gets(Method::GET, "/v1/me", "canary-of-a-bearer", json!({}), 401).await;
            let verification = mails.to("canary.ann@example.com").await.token();
            server.gets(Method::POST, "/v1/auth/email/verify", "", json!({ "token": verification }), 204).await;
            let gone = server.gets(Method::POST, "/v1/auth/email/verify", "", json!({ "token": verification }), 410).await;
            let script = json!({ "name": "canary", "scopes": ["read", "write"] });
            let script = text(&server.gets(Method::POST, "/v1/me/tokens", &token, script, 201).await["token"]);
            server.gets(Method::POST, "/v1/orgs/acme/projects", &script, json!({ "name": "Web" }), 201).await;
            server.gets(Method::POST, "/v1/me/email", &token, json!({ "email": "canary.new@example.com" }), 202).await;
            let change = mails.to("canary.new@example.com").await.token();
            server.gets(Method::POST, "/v1/auth/password/forgot", "", json!({ "email": "canary.ann@example.com" }), 202).await;
            let reset = mails.to("canary.ann@example.com").await.token();
            let weak = json!({ "token": reset, "password": "12345678" });
            let weak = server.gets(Method::POST, "/v1/auth/password/reset", "", weak, 422).await;
            let activity = server.gets(Method::GET, "/v1/orgs/acme/activity", &token, json!({}), 200).await;
            for told in [gone, weak] {
                for secret in [&verification, &reset, "Bergwerk"] {
                    assert!(!told.to_string().contains(secret), "{told}");
                }
            }
            for secret in [password, "Bergwerk", &key, &script, &verification, &change, &reset, &token, &refresh] {
                assert!(!activity.to_string().contains(secret), "{activity}");
            }
            server.gets(Method::GET, "/v1/orgs/acme/members?q=canary-of-a-search", &token, json!({}), 200).await;
            server.gets(Method::GET, "/v1/orgs/acme/tasks?canary-of-a-query=1", &token, json!({}), 422).await;
            server.signal("-TERM");
            assert!(server.process.wait().unwrap().success());
            let mut logged = String::new();
            std::fs::File::open(&log).unwrap().read_to_string(&mut logged).unwrap();
            let requests = logged.lines().filter(|line| {
                let line: Value = serde_json::from_str(line).expect("each line is one event");
                line["request_id"].is_string()
            });
            assert!(requests.count() >= 10, "{logged}");
            let secrets = [&script, &key, &verification, &change, &reset, "ghm_", "gh_", password, "Bergwerk", "canary", "Canarysdottir", SECRET, &token, &refresh, &key, &text(&next["access_token"]), &text(&next["refresh_token"])];
            for secret in secrets {
                assert!(!logged.contains(secret), "{secret} in {logged}");
            }
            drop(server);
            database.discard().await;
        }
    });
}

#[test]
fn a_migrated_database_needs_no_more_migrating() {
    runtime().block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let database = Database::empty(engine).await;
            let migrate = |check: &[&str]| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
                command.arg("migrate").args(check).args(["--database-url", &database.url()]);
                command.output().unwrap().status.code()
            };
            assert_eq!(migrate(&["--check"]), Some(1));
            assert_eq!(migrate(&[]), Some(0));
            assert_eq!(migrate(&["--check"]), Some(0));
            assert_eq!(migrate(&[]), Some(0));
            assert_eq!(Migrations::run(&database.location()).await.unwrap(), 0);
            database.discard().await;
        }
    });
}

#[test]
fn doctor_leaves_everything_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    let output = command.arg("doctor").env_remove("GUILDHALL_SECRET").current_dir(&folder).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("the first start creates it"));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn doctor_says_what_of_a_provider_will_not_work() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let provider = Pretender::start().await;
        let settings = |issuer: &str| json!([{ "id": "work", "name": "Work", "issuer": issuer, "client_id": "x", "client_secret": "y" }]).to_string();
        let says = |issuer: &str| {
            let mut command = Command::new(BINARY);
            command.args(["doctor", "--oidc-providers", &settings(issuer)]);
            let output = command.env("GUILDHALL_SECRET", SECRET).current_dir(&folder).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            said.lines().find(|line| line.contains("provider")).unwrap_or_else(|| panic!("{said}")).to_owned()
        };
        assert_eq!(says(&provider.issuer), "ok    provider      work responds");
        assert!(says("http://127.0.0.1:1").starts_with("error provider      work, at http://127.0.0.1:1: "));
        for (field, value, verdict, words) in [
            ("issuer", json!("https://id.example"), "error", "`issuer` is https://id.example, but"),
            ("token_endpoint", serde_json::Value::Null, "error", "`token_endpoint` is missing"),
            ("id_token_signing_alg_values_supported", json!(["HS256"]), "error", "`id_token_signing_alg_values_supported` has none of"),
            ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]), "error", "private_key_jwt"),
            ("claims_supported", json!(["sub", "email"]), "warn", "lacks email_verified"),
            ("scopes_supported", json!(["openid"]), "warn", "`scopes_supported` lacks email"),
        ] {
            provider.now(|says| says.discovery = [(field, value)].into_iter().collect());
            let line = says(&provider.issuer);
            assert!(line.starts_with(verdict) && line.contains(words), "{line}");
        }
    });
}

/// `guildhall user` in a process of its own.
fn user(database: &Database, folder: &Path, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.args(["user", "--database-url", &database.url()]).args(args);
    let output = command.env("GUILDHALL_SECRET", SECRET).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn what_another_process_closes_ends_the_streams_at_once() {
    runtime().block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let database = Database::empty(engine).await;
            let folder = tempfile::tempdir().unwrap();
            let server = Server::start(&database.url(), &folder.path().join("log"));
            let ann = json!({ "email": "ann@example.com", "password": PASSWORD, "name": "Ann" });
            let session = server.gets(Method::POST, "/v1/auth/signup", "", ann, 201).await;
            let mut token = session["access_token"].as_str().unwrap().to_owned();
            server.gets(Method::POST, "/v1/orgs", &token, json!({ "name": "Acme" }), 201).await;
            for close in ["end-sessions", "disable"] {
                let events =
                    server.client.get(format!("{}/v1/orgs/acme/events", server.url)).bearer_auth(&token);
                let mut events = events.send().await.unwrap();
                assert!(events.chunk().await.unwrap().is_some(), "its beginning");
                let ended = tokio::spawn(async move { while events.chunk().await.unwrap().is_some() {} });
                user(&database, folder.path(), &[close, "ann@example.com"]);
                // Well before the next heartbeat, which comes after 15 seconds.
                let soon = std::time::Duration::from_secs(5);
                tokio::time::timeout(soon, ended)
                    .await
                    .unwrap_or_else(|_| panic!("outlives {close}"))
                    .unwrap();
                if close == "end-sessions" {
                    let login = json!({ "email": "ann@example.com", "password": PASSWORD });
                    let again = server.gets(Method::POST, "/v1/auth/login", "", login, 200).await;
                    again["access_token"].as_str().unwrap().clone_into(&mut token);
                }
            }
            drop(server);
            database.discard().await;
        }
    });
}

/// Somebody with an organization and a project, by their access token.
pub async fn with_a_project(server: &Server) -> String {
    with_a_project_of(server, "ann@example.com").await
}

pub async fn with_a_project_of(server: &Server, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD, "name": "Ann" });
    let session = server.gets(Method::POST, "/v1/auth/signup", "", body, 201).await;
    let token = session["access_token"].as_str().unwrap().to_owned();
    server.gets(Method::POST, "/v1/orgs", &token, json!({ "name": "Acme" }), 201).await;
    server.gets(Method::POST, "/v1/orgs/acme/projects", &token, json!({ "name": "Web" }), 201).await;
    token
}

pub const TASKS: &str = "/v1/orgs/acme/projects/WEB/tasks";
