//! The built binary as a newcomer meets it: the README's first session, the sample, migrations, wrong settings.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that can't go on has failed"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use guildhall::base::clock::{Clock, Time};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "a3f1c07e9b52d84461fe0c9d7b38e25a";
const QUICKSTART: &str = "examples/quickstart.sh";
const SECOND_FACTOR: &str = "examples/second-factor.sh";
const GUIDE: &str = "examples/guide.sh";
const BOARD: &str = "examples/board.sh";

/// A database of its own, gone when dropped.
struct Database {
    folder: TempDir,
    postgres: Option<Postgres>,
}

struct Postgres {
    admin: url::Url,
    name: String,
}

impl Database {
    fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), postgres: None }
    }

    fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let url = environment("GUILDHALL_TEST_POSTGRES_URL").expect(
            "GUILDHALL_TEST_POSTGRES_URL isn't set: run `make test`, which finds or starts a PostgreSQL",
        );
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let postgres = Postgres {
            admin: url.parse().unwrap(),
            name: format!("guildhall_quickstart_{}_{count}", std::process::id()),
        };
        postgres.run(&format!("create database {}", postgres.name));
        Self { folder: tempfile::tempdir().unwrap(), postgres: Some(postgres) }
    }

    fn url(&self) -> String {
        match &self.postgres {
            None => format!("sqlite:{}", self.folder.path().join("data/guildhall.db").display()),
            Some(Postgres { admin, name }) => {
                let mut url = admin.clone();
                url.set_path(name);
                url.into()
            }
        }
    }

    fn guildhall(&self, args: &[&str]) -> Command {
        let mut command = guildhall(args);
        command.current_dir(self.folder.path()).env("GUILDHALL_DATABASE_URL", self.url());
        if self.postgres.is_some() {
            command.env("GUILDHALL_SECRET", SECRET);
        }
        command
    }

    fn serve(&self) -> Server {
        let log = self.folder.path().join("log");
        let process = self
            .guildhall(&["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Server::listening(process).unwrap_or_else(|line| {
            panic!("it printed {line:?} and logged {}", fs::read_to_string(log).unwrap())
        })
    }
}

impl Postgres {
    fn run(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) =
                tokio_postgres::connect(self.admin.as_str(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        });
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.run(&format!("drop database if exists {} with (force)", self.name));
    }
}

struct Server {
    url: String,
    process: Child,
    /// Open as long as the server prints.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// The server that this process is, or what it printed instead.
    fn listening(mut process: Child) -> Result<Self, String> {
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            let _ = process.kill();
            return Err(line);
        };
        Ok(Self { url: url.to_owned(), process, _stdout: stdout })
    }

    fn get(&self, path: &str, token: &str) -> Value {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--header"])
            .arg(format!("Authorization: Bearer {token}"))
            .arg(format!("{}{path}", self.url));
        serde_json::from_str(&succeeded(&mut curl)).unwrap()
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--write-out",
            "\n%{http_code}",
            "--header",
            "Content-Type: application/json",
        ])
        .args(["--data", &body.to_string()])
        .arg(format!("{}{path}", self.url));
        let answer = succeeded(&mut curl);
        let (body, status) = answer.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
    }

    fn status(&self, path: &str, token: &str) -> u16 {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "--header"])
            .arg(format!("Authorization: Bearer {token}"))
            .arg(format!("{}{path}", self.url));
        succeeded(&mut curl).parse().unwrap()
    }

    /// What `systemctl stop` and `docker stop` do.
    fn stop(mut self) {
        let pid = self.process.id().to_string();
        succeeded(Command::new("kill").args(["-TERM", &pid]));
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The binary, with no settings of whoever runs the tests.
fn guildhall(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guildhall"));
    command.env_clear().args(args).stdin(Stdio::null());
    command
}

#[expect(clippy::disallowed_methods, reason = "the harness, not the product, is told where PostgreSQL is")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn root() -> PathBuf {
    env!("CARGO_MANIFEST_DIR").into()
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// What a command that must succeed prints.
fn succeeded(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}");
    stdout
}

/// What a command that must fail with this status says.
fn refused(command: &mut Command, status: i32) -> String {
    let output = command.output().unwrap();
    let (stdout, stderr) = texts(&output);
    assert_eq!(output.status.code(), Some(status), "{command:?}\n{stdout}\n{stderr}");
    stderr
}

macro_rules! on_both_engines {
    ($($test:ident)+) => {
        mod sqlite {
            $(#[test] fn $test() { super::$test(&super::Database::sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $test() { super::$test(&super::Database::postgres()); })+
        }
    };
}

on_both_engines! {
    the_quickstart_runs_twice_and_the_server_stops_cleanly
    the_second_factor_s_example_runs
    the_commands_of_the_guides_run
    the_sample_can_be_logged_in_to_and_goes_into_an_empty_database_only
    a_database_is_migrated_once
    an_account_is_made_closed_and_opened_from_the_shell
    the_sample_prints_commands_that_can_be_pasted
    an_organization_is_imported_from_the_shell
    the_doctor_says_what_is_wrong
    mails_are_kept_as_files_where_no_server_is_configured
}

fn the_quickstart_runs_twice_and_the_server_stops_cleanly(database: &Database) {
    let server = database.serve();
    for _ in 0..2 {
        let story = succeeded(Command::new(root().join(QUICKSTART)).arg(&server.url));
        assert!(story.contains("David Osei moved WEB-1 from Review to Done"), "{story}");
    }
    server.stop();
}

fn the_second_factor_s_example_runs(database: &Database) {
    let server = database.serve();
    let story = succeeded(Command::new(root().join(SECOND_FACTOR)).arg(&server.url));
    let (on, off) = ("\"mfa_enabled\": true", "\"mfa_enabled\": false");
    assert!(story.contains("\"mfa_required\"") && story.contains(on) && story.contains(off), "{story}");
    server.stop();
}

fn the_commands_of_the_guides_run(database: &Database) {
    let server = database.serve();
    let said = succeeded(Command::new(root().join(GUIDE)).arg(&server.url));
    assert!(said.contains("Ann Keller created GUIDE-5"), "{said}");
    assert_eq!(quoted_of("guide", &said), 19);
    let said = succeeded(Command::new(root().join(BOARD)).arg(&server.url));
    assert_eq!(quoted_of("board", &said), 6);
    server.stop();
}

/// How many lines the guides quote of what an example printed, and that it did.
fn quoted_of(example: &str, said: &str) -> usize {
    let mut quoted = 0;
    let files = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    for page in files.filter(|path| path.is_file()) {
        let text = read(page);
        for block in text.split(&format!("```json {example}\n")).skip(1) {
            for line in block.lines().take_while(|line| *line != "```") {
                assert!(said.lines().any(|printed| printed == line), "{line} in {said}");
                quoted += 1;
            }
        }
    }
    quoted
}

fn the_sample_can_be_logged_in_to_and_goes_into_an_empty_database_only(database: &Database) {
    let introduction = succeeded(&mut database.guildhall(&["demo"]));
    let again = refused(&mut database.guildhall(&["demo"]), 1);
    assert!(again.contains("has accounts already"), "{again}");

    let server = database.serve();
    let (_, login) = introduction.split_once("  curl ").unwrap();
    let login = format!("curl --silent --fail {login}").replace("http://127.0.0.1:8080", &server.url);
    let session = succeeded(Command::new("bash").args(["-c", &login]));
    let session: Value = serde_json::from_str(&session).unwrap();
    assert_eq!(session["user"]["email"], "ann@example.com");

    let token = session["access_token"].as_str().unwrap();
    let orgs = server.get("/v1/orgs", token);
    assert_eq!(orgs["items"][0]["role"], "owner");
    let org = format!("/v1/orgs/{}", orgs["items"][0]["slug"].as_str().unwrap());

    let projects = server.get(&format!("{org}/projects"), token);
    let count = |status: &str| -> i64 {
        let counts = projects["items"].as_array().unwrap().iter();
        counts.map(|project| project["task_counts"][status].as_i64().unwrap()).sum()
    };
    let counts = ["todo", "in_progress", "review", "done", "cancelled"].map(count);
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    let templates = server.get(&format!("{org}/projects/OPS/tasks?template=true"), token);
    let tasks =
        counts.iter().sum::<i64>() + i64::try_from(templates["items"].as_array().unwrap().len()).unwrap();
    assert!(introduction.contains(&format!("10 people, 6 projects and {tasks} tasks")), "{introduction}");

    let time = |entry: &Value| entry["at"].as_str().unwrap().parse::<Time>().unwrap();
    let newest = server.get(&format!("{org}/activity?limit=1"), token);
    let newest = time(&newest["items"][0]);
    assert!(newest < Clock::system().now());
    let five_weeks = Duration::from_hours(5 * 7 * 24);
    let founding = server.get(&format!("{org}/activity?action=organization.created"), token);
    assert!(time(&founding["items"][0]) + five_weeks < newest);
    server.stop();
}

fn the_sample_prints_commands_that_can_be_pasted(database: &Database) {
    let folder = database.folder.path().join(r#"what's "here" & there"#);
    fs::create_dir(&folder).unwrap();
    let secret = folder.join("secret");
    fs::write(&secret, SECRET).unwrap();
    let url = match database.postgres {
        Some(_) => database.url(),
        None => format!("sqlite:{}", folder.join("demo.db").display()),
    };
    let secret = format!("--secret-file={}", secret.display());
    let printed = succeeded(&mut guildhall(&["demo", "--database-url", &url, &secret]));
    let commands: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let [.., serve, login] = *commands else { panic!("{printed}") };
    let process = Command::new("sh")
        .args(["-c", &format!("exec {serve}")])
        .env_clear()
        .env("GUILDHALL_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server::listening(process).unwrap_or_else(|line| panic!("{serve} printed {line:?}"));
    let login = login.replace("http://127.0.0.1:8080", &server.url);
    let session = succeeded(Command::new("sh").args(["-c", &format!("{login} --silent --fail")]));
    assert_eq!(serde_json::from_str::<Value>(&session).unwrap()["user"]["email"], "ann@example.com");
    server.stop();
}

fn an_organization_is_imported_from_the_shell(database: &Database) {
    let introduction = succeeded(&mut database.guildhall(&["demo"]));
    let (_, password) = introduction.split_once("password: ").unwrap();
    let server = database.serve();
    let body = login("ann@example.com", password.lines().next().unwrap());
    let (_, session) = server.post("/v1/auth/login", &body);
    let token = session["access_token"].as_str().unwrap();
    let archive = database.folder.path().join("organization.zip");
    let slug = server.get("/v1/orgs", token)["items"][0]["slug"].as_str().unwrap().to_owned();
    succeeded(Command::new("curl").args(["--silent", "--fail", "--output"]).arg(&archive).args([
        "--header",
        &format!("Authorization: Bearer {token}"),
        &format!("{}/v1/orgs/{slug}/export", server.url),
    ]));
    let archive = archive.to_str().unwrap();
    // Also while a server runs on it.
    let told = succeeded(&mut database.guildhall(&["import", archive, "--owner", "ann@example.com"]));
    let counts = "members: 11, matched accounts: 0, placeholders: 10, projects: 6,";
    assert!(told.contains(&format!("as {slug}-2: {counts}")), "{told}");
    assert_eq!(server.get("/v1/orgs", token)["items"].as_array().unwrap().len(), 2);
    let activity = server.get(&format!("/v1/orgs/{slug}-2/activity?action=organization.imported"), token);
    assert!(
        activity["items"][0]["summary"].as_str().unwrap().starts_with("Guildhall imported"),
        "{activity}"
    );
    let closed = succeeded(&mut database.guildhall(&["import", archive]));
    assert!(closed.contains("nobody can log in to it: use --owner or --match-people"), "{closed}");
    assert!(
        refused(&mut database.guildhall(&["import", &root().join("Cargo.toml").display().to_string()]), 1)
            .contains("this is no archive")
    );
    assert!(refused(&mut database.guildhall(&["import", "missing.zip"]), 2).contains("missing.zip"));
    server.stop();
}

fn a_database_is_migrated_once(database: &Database) {
    let check = |status| {
        let output = database.guildhall(&["migrate", "--check"]).output().unwrap();
        assert_eq!(output.status.code(), Some(status));
        texts(&output).0
    };
    assert!(check(1).contains("missing"));
    let first = succeeded(&mut database.guildhall(&["migrate"]));
    assert!(!first.starts_with('0'), "{first}");
    check(0);
    let second = succeeded(&mut database.guildhall(&["migrate"]));
    assert!(second.starts_with("0 migrations"), "{second}");
}

fn an_account_is_made_closed_and_opened_from_the_shell(database: &Database) {
    let user = |args: &[&str]| database.guildhall(&[&["user"], args].concat());
    let create = ["create", "ann@example.com", "--name", "Ann Keller"];
    assert!(refused(&mut user(&create), 1).contains("guildhall migrate"));
    succeeded(&mut database.guildhall(&["migrate"]));
    let made = succeeded(&mut user(&create));
    assert!(refused(&mut user(&create), 1).contains("email_taken"));
    let password = made.trim().rsplit(' ').next().unwrap().to_owned();

    let server = database.serve();
    let logs_in = |password: &str| server.post("/v1/auth/login", &login("ann@example.com", password));
    let (status, session) = logs_in(&password);
    assert_eq!((status, &session["user"]["email_verified"]), (200, &Value::Bool(true)), "{made}");
    let token = session["access_token"].as_str().unwrap();
    assert_eq!(server.get("/v1/me", token)["name"], "Ann Keller");

    succeeded(&mut user(&["end-sessions", "ANN@example.com"]));
    assert_eq!(server.status("/v1/me", token), 401);
    succeeded(&mut user(&["disable", "ann@example.com"]));
    assert_eq!(logs_in(&password).0, 401);
    succeeded(&mut user(&["enable", "ann@example.com"]));
    assert_eq!(logs_in(&password).0, 200);

    let mut reset = user(&["reset-password", "ann@example.com", "--password-stdin"]);
    let said = given(&mut reset, "another kettle entirely\n");
    assert!(!said.contains("kettle"), "{said}");
    assert_eq!((logs_in(&password).0, logs_in("another kettle entirely").0), (401, 200));
    let weak = user(&["reset-password", "ann@example.com", "--password-stdin"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(weak.status.code(), Some(1));

    assert!(refused(&mut user(&["disable", "nobody@example.com"]), 1).contains("nobody has the address"));
    assert!(refused(&mut user(&["disable", "no address"]), 2).contains("must be an e-mail address"));
    server.stop();
}

fn the_doctor_says_what_is_wrong(database: &Database) {
    let doctor = |args: &[&str]| {
        let output = database.guildhall(&[&["doctor"], args].concat()).output().unwrap();
        (output.status.code().unwrap(), texts(&output).0)
    };
    let (status, report) = doctor(&[]);
    assert_eq!(status, 1, "{report}");
    let missing =
        if database.postgres.is_some() { "run `guildhall migrate`" } else { "the first start creates it" };
    assert!(report.contains("error") && report.contains(missing), "{report}");
    database.serve().stop();
    let (status, report) = doctor(&["--public-url", "https://hall.example.com"]);
    assert_eq!(status, 0, "{report}");
    let lines = [
        "ok    public URL",
        "ok    secret",
        "ok    database",
        "warn  mail server",
        "ok    outbox",
        "ok    second factor",
    ];
    for line in lines {
        assert!(report.contains(line), "{line} in {report}");
    }
    let nobody = r#"[{"id": "work", "name": "Work", "issuer": "http://127.0.0.1:1", "client_id": "guildhall", "client_secret": "hunter2"}]"#;
    let (status, report) = doctor(&["--oidc-providers", nobody]);
    assert_eq!(status, 1, "{report}");
    assert!(
        report.contains("error provider      work, at http://127.0.0.1:1") && !report.contains("hunter2"),
        "{report}"
    );
    let (status, report) = doctor(&["--smtp-url", "smtp://ann:hunter2@127.0.0.1:1"]);
    assert_eq!(status, 1, "{report}");
    assert!(report.contains("error mail server") && !report.contains("hunter2"), "{report}");
}

fn mails_are_kept_as_files_where_no_server_is_configured(database: &Database) {
    use std::os::unix::fs::PermissionsExt as _;
    let server = database.serve();
    let new =
        serde_json::json!({ "email": "ann@example.com", "password": "violet-kettle-harbour", "name": "Änn" });
    let (status, session) = server.post("/v1/auth/signup", &new);
    assert_eq!((status, &session["user"]["email_verified"]), (201, &Value::Bool(false)));
    let wait = "until grep -q 'wrote mail to a file' log; do sleep 0.1; done";
    succeeded(Command::new("timeout").args(["20", "sh", "-c", wait]).current_dir(database.folder.path()));
    let folder = database.folder.path().join("data/mail");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mail = read(&file);
    assert!(mail.contains("Hello Änn,"), "{mail}");
    let token = mail.split("#token=").nth(1).unwrap().split_whitespace().next().unwrap();
    let log = read(database.folder.path().join("log"));
    assert!(log.contains(file.file_name().unwrap().to_str().unwrap()) && !log.contains(token), "{log}");
    let (status, _) = server.post("/v1/auth/email/verify", &serde_json::json!({ "token": token }));
    assert_eq!(status, 204);
    assert_eq!(server.get("/v1/me", session["access_token"].as_str().unwrap())["email_verified"], true);
    server.stop();
}

fn login(email: &str, password: &str) -> Value {
    serde_json::json!({ "email": email, "password": password })
}

/// What a command that must succeed prints, given this on its standard input.
fn given(command: &mut Command, text: &str) -> String {
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", texts(&output));
    texts(&output).0
}

#[test]
fn the_pages_quote_examples_that_are_run() {
    let pages = [
        ("README.md", "bash quickstart", QUICKSTART),
        ("docs/second-factor.md", "bash second-factor", SECOND_FACTOR),
        ("docs/sign-in.md", "bash guide", GUIDE),
        ("docs/errors.md", "bash guide", GUIDE),
        ("docs/lists.md", "bash guide", GUIDE),
        ("docs/lists.md", "bash board", BOARD),
        ("docs/versions.md", "bash guide", GUIDE),
        ("docs/repeats.md", "bash guide", GUIDE),
        ("docs/undo.md", "bash guide", GUIDE),
        ("docs/comments.md", "bash guide", GUIDE),
        ("docs/events.md", "bash guide", GUIDE),
        ("docs/changes.md", "bash guide", GUIDE),
        ("docs/agents.md", "bash guide", GUIDE),
        ("docs/typescript.md", "ts guide", "clients/typescript/test/guide.test.ts"),
        // Run by tests/api/browser.rs, as those below are.
        ("docs/events.md", "js events", "examples/events.html"),
        ("docs/passkeys.md", "js sign-in", "examples/sign-in.html"),
        ("docs/cookies.md", "js sign-in", "examples/sign-in.html"),
        ("docs/providers.md", "js sign-in", "examples/sign-in.html"),
    ];
    for (page, fence, example) in pages {
        let (text, source) = (read(page), read(example));
        let quotes: Vec<&str> = text
            .split(&format!("```{fence}\n"))
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(!quotes.is_empty(), "{page}");
        for quote in quotes {
            assert!(source.contains(quote), "{page}: not in {example}:\n{quote}");
        }
    }
}

/// What each has seen at the end of one and the same story, and that the document has nothing that linters warn of. The
/// README's example compiles with them. An agent's client works, too, with both eras of its protocol.
#[test]
fn clients_of_five_generators_work() {
    let database = Database::sqlite();
    let server = database.serve();
    let told = succeeded(Command::new(root().join("scripts/clients")).arg(&server.url));
    let seen = json!({
        "status": "review",
        "version": 2,
        "listed": ["WEB-1"],
        "copy": [
            "organization Lantern", "member Ann", "project WEB", "column To do", "column In progress", "column Review",
            "column Done", "column Cancelled", "task WEB-1", "task WEB-2",
        ],
        "since": ["a task is gone"],
    });
    let mut clients = Vec::new();
    for line in told.lines() {
        let (client, told) = line.split_once(' ').unwrap();
        if client == "mcp" {
            assert_eq!(told, "2026-07-28 2025-11-25");
            clients.push(client);
            continue;
        }
        assert_eq!(serde_json::from_str::<Value>(told).unwrap(), seen, "{client}");
        clients.push(client);
    }
    clients.sort_unstable();
    let all = ["datamodel-codegen", "hey-api", "mcp", "openapi-fetch", "openapi-python-client", "orval"];
    assert_eq!(clients, all);
    server.stop();
}

/// What a script that tries something against a server says about its size, in bytes.
fn size_told_by(script: &str) -> usize {
    let database = Database::sqlite();
    let server = database.serve();
    let told = succeeded(Command::new(root().join(script)).arg(&server.url));
    server.stop();
    told.trim().trim_end_matches(" bytes").parse().unwrap()
}

/// Its types are those of the document, it works with a server, and a page that has it is hardly larger.
#[test]
fn the_typescript_client_works() {
    let bytes = size_told_by("scripts/typescript-client");
    assert!(bytes < 15 * 1024, "{bytes}");
}

/// The example of a front end compiles and works in a browser, and its scripts are no larger than they have to be.
#[test]
fn the_example_of_a_board_works() {
    let bytes = size_told_by("scripts/board-example");
    assert!(bytes < 300 * 1024, "{bytes}");
}

#[test]
fn the_readme_names_every_option() {
    let readme = read("README.md");
    let help = succeeded(&mut guildhall(&["--help"]));
    let options = help.lines().filter_map(|line| line.trim().strip_prefix("--"));
    let variables = help.lines().filter_map(|line| line.trim().strip_prefix("[env: "));
    for option in options {
        let name = option.split(' ').next().unwrap();
        assert!(readme.contains(&format!("`--{name}`")), "--{name}");
    }
    for variable in variables {
        let name = variable.trim_end_matches(']');
        assert!(readme.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn the_openapi_document_is_printed() {
    let document = succeeded(&mut guildhall(&["openapi"]));
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/v1/auth/login"]["post"].is_object());
}

#[test]
fn wrong_settings_end_with_status_2_and_say_what_is_wrong_but_no_secret() {
    const POSTGRES: &str = "postgres://ann:hunter2@127.0.0.1/guildhall";
    let folder = tempfile::tempdir().unwrap();
    for (args, says) in [
        (vec!["--database-url", POSTGRES], "every node needs the same secret"),
        (vec!["demo", "--database-url", POSTGRES], "every node needs the same secret"),
        (vec!["--database-url", POSTGRES, "--secret", "hunter2"], "at least 32 bytes"),
        (vec!["--secret", "change-me-hunter2-hunter2-hunter2-hunter2"], "a sample"),
        (vec!["--secret", SECRET, "--secret-file", "secret"], "cannot be used with"),
        (vec!["--secret-file", "missing"], "No such file"),
        (
            vec!["--database-url", "mysql://ann:hunter2@127.0.0.1/guildhall"],
            "starts with sqlite: or postgres://",
        ),
        (
            vec!["--database-url", "postgres://ann:hunter2@127.0.0.1/x?sslmode=perhaps"],
            "sslmode is disable, allow, prefer,",
        ),
        (vec!["--database-url", "postgres://ann:hunter2@127.0.0.1:port/x"], "not a database URL"),
        (vec!["--cors-origins", "*"], "must be an origin"),
        (vec!["--cors-origins", "https://app.example.com/path"], "must be an origin"),
        (vec!["--public-url", "api.example.com"], "must be an http or https URL"),
        (vec!["--listen", "example.com"], "must be an IP address and a port"),
        (vec!["--signup", "friends"], "open, invited, closed"),
        (vec!["--no-such-option"], "unexpected argument"),
        (vec!["migrate", "--listen", "127.0.0.1:0"], "unexpected argument"),
        (vec!["no-such-command"], "unrecognized subcommand"),
    ] {
        let said = refused(guildhall(&args).current_dir(&folder), 2);
        assert!(said.contains(says), "{args:?} said {said}");
        assert!(!said.contains("hunter2"), "{args:?} said {said}");
    }
    let said = refused(guildhall(&["serve"]).env("GUILDHALL_SECRET", "hunter2"), 2);
    assert!(said.contains("at least 32 bytes") && !said.contains("hunter2"), "{said}");
}

#[test]
fn help_shows_no_secret_of_the_environment() {
    for variable in ["GUILDHALL_DATABASE_URL", "GUILDHALL_SECRET", "GUILDHALL_SMTP_URL"] {
        let help = succeeded(guildhall(&["--help"]).env(variable, "postgres://ann:hunter2@127.0.0.1/x"));
        assert!(help.contains(variable) && !help.contains("hunter2"), "{help}");
    }
}

#[test]
fn what_goes_wrong_while_starting_ends_with_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let unreachable = ["--database-url", "postgres://ann:hunter2@127.0.0.1:1/x", "--secret", SECRET];
    let said = refused(guildhall(&unreachable).current_dir(&folder), 1);
    assert!(said.contains("can't connect to PostgreSQL"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    let said = refused(guildhall(&["--listen", "192.0.2.1:1"]).current_dir(&folder), 1);
    assert!(said.contains("can't listen on 192.0.2.1:1"), "{said}");
}
