//! The machine fails: its disk, its log, its limits. And the server is told to stop.

use std::{io::Write as _, path::Path, process::Command, time::Duration};

use reqwest::{Client, Method};
use serde_json::json;

use crate::{
    process::{BINARY, Server, TASKS, finds_all, runtime, with_a_project},
    support::{Database, Engine},
};

#[test]
fn a_server_that_is_about_to_stop_is_not_ready_and_still_serves() {
    runtime().block_on(async {
        let database = Database::empty(Engine::Sqlite).await;
        let folder = tempfile::tempdir().unwrap();
        let mut server = Server::start(&database.url(), &folder.path().join("log"));
        // It keeps the connection, so that the notice isn't cut short.
        let _open = std::net::TcpStream::connect(server.url.trim_start_matches("http://")).unwrap();
        server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
        let address = server.url.trim_start_matches("http://").replace("localhost", "127.0.0.1");
        let asks = || Command::new(BINARY).args(["ready", "--listen", &address]).output().unwrap();
        assert_eq!((asks().status.code(), asks().stdout), (Some(0), b"ready\n".to_vec()));
        server.signal("-TERM");
        let told = async {
            while server.ask(Method::GET, "/readyz", "", &json!({})).await.expect("it is gone at once").0
                != 503
            {}
        };
        tokio::time::timeout(Duration::from_secs(2), told).await.unwrap();
        let answer = server.client.get(format!("{}/livez", server.url)).send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["connection"].to_str().unwrap()),
            (200, "close")
        );
        assert_eq!(server.process.wait().unwrap().code(), Some(0));
        let told = asks();
        assert_eq!(told.status.code(), Some(1), "{told:?}");
        assert!(String::from_utf8(told.stderr).unwrap().contains("not ready: "));
    });
}

/// A server that is started by a shell, with its command in `"$@"`.
fn started_by(shell: &str, database_url: &str, log: &Path) -> Server {
    Server::start_program(Command::new("bash").args(["-c", shell, "shell", BINARY]), database_url, log, &[]).0
}

#[test]
fn a_log_that_cannot_be_written_fails_no_request() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        for log in ["/dev/full", ">(exit)"] {
            let database = Database::empty(Engine::Sqlite).await;
            let shell = format!(r#"exec "$@" 2> {log}"#);
            let server = started_by(&shell, &database.url(), &folder.path().join("log"));
            let token = with_a_project(&server).await;
            for _ in 0..10 {
                server.gets(Method::POST, TASKS, &token, json!({ "title": "A task" }), 201).await;
                server.gets(Method::POST, TASKS, &token, json!({}), 422).await;
            }
            server.gets(Method::GET, "/readyz", "", json!({}), 200).await;
        }
    });
}

#[test]
fn many_starters_share_one_new_secret_and_an_empty_one_is_replaced() {
    runtime().block_on(async {
        for was_empty in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let secret = folder.path().join("secret");
            if was_empty {
                std::fs::write(&secret, "").unwrap();
            }
            let url = format!("sqlite:{}", folder.path().join("test.db").display());
            let start = |n: usize| {
                started_by(
                    r#"unset GUILDHALL_SECRET; exec "$@""#,
                    &url,
                    &folder.path().join(format!("log{n}")),
                )
            };
            let servers: Vec<Server> = std::thread::scope(|scope| {
                let starting: Vec<_> = (0..4).map(|n| scope.spawn(move || start(n))).collect();
                starting.into_iter().map(|one| one.join().unwrap()).collect()
            });
            let token = with_a_project(&servers[0]).await;
            for server in &servers {
                server.gets(Method::GET, "/v1/me", &token, json!({}), 200).await;
            }
            assert!(std::fs::read_to_string(secret).unwrap().len() >= 32);
            let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
            assert_eq!(files.filter(|name| name.to_string_lossy().starts_with(".tmp")).count(), 0);
        }
    });
}

#[test]
fn a_server_with_few_open_files_takes_more_or_stays_alive() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let start = async |limit: &str| {
            let database = Database::empty(Engine::Sqlite).await;
            let shell = format!(r#"exec prlimit --nofile={limit} "$@""#);
            (started_by(&shell, &database.url(), &folder.path().join("log")), database)
        };
        let (server, _database) = start("256:2048").await;
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.process.id())).unwrap();
        let files = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        assert_eq!(files.split_whitespace().nth(3), Some("2048"));

        // With more connections than it may have files.
        let (server, _database) = start("300:300").await;
        let address = server.url.trim_start_matches("http://");
        let token = with_a_project(&server).await;
        let open: Vec<_> = (0..320).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
        // Those that have asked for something stay for longer than this test waits; those that were turned away leave soon.
        for mut one in &open[..140] {
            one.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        }
        server.gets(Method::POST, TASKS, &token, json!({ "title": "A task" }), 201).await;
        let anew = async || {
            let client = Client::builder()
                .no_proxy()
                .tls_certs_only([])
                .timeout(Duration::from_secs(2))
                .build()
                .unwrap();
            client
                .get(format!("{}/livez", server.url))
                .send()
                .await
                .is_ok_and(|answer| answer.status() == 200)
        };
        let alive = async { while !anew().await {} };
        let is_alive = tokio::time::timeout(Duration::from_mins(1), alive).await;
        let files = std::fs::read_dir(format!("/proc/{}/fd", server.process.id())).unwrap().count();
        assert!(is_alive.is_ok(), "it isn't alive, with {files} open files");
        drop(open);
    });
}

impl Server {
    /// A server on SQLite whose writes to files fail once it is told so, instead of ending it.
    fn on_a_failing_disk(database_url: &str, log: &Path) -> Self {
        Self::start_program(
            Command::new("env").args(["--ignore-signal=XFSZ", BINARY]),
            database_url,
            log,
            &[],
        )
        .0
    }

    /// Lets its writes fail behind the first bytes of a file, or succeed again.
    fn limit_files(&self, most: &str) {
        let process = self.process.id().to_string();
        let limit = format!("--fsize={most}:unlimited");
        assert!(Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap().success());
    }
}

#[test]
fn a_server_whose_disk_fails_says_so_and_recovers_by_itself() {
    runtime().block_on(async {
        let database = Database::empty(Engine::Sqlite).await;
        let folder = tempfile::tempdir().unwrap();
        let server = Server::on_a_failing_disk(&database.url(), &folder.path().join("log"));
        let token = with_a_project(&server).await;
        let mut acknowledged = Vec::new();
        for round in 0..3 {
            for n in 0..5 {
                let title = format!("Task {n} of round {round}");
                let task = server.gets(Method::POST, TASKS, &token, json!({ "title": title }), 201).await;
                acknowledged.push((task["id"].as_str().unwrap().to_owned(), title));
            }
            server.limit_files("4096");
            server.gets(Method::POST, TASKS, &token, json!({ "title": "Lost" }), 503).await;
            server.gets(Method::GET, "/readyz", "", json!({}), 503).await;
            server.gets(Method::POST, TASKS, &token, json!({ "title": "Refused" }), 503).await;
            server.gets(Method::GET, TASKS, &token, json!({}), 200).await;
            server.limit_files("unlimited");
            while server.ask(Method::GET, "/readyz", "", &json!({})).await.unwrap().0 != 200 {}
        }
        server.signal("-KILL");
        finds_all(&Server::start(&database.url(), &folder.path().join("log")), &token, &acknowledged).await;
    });
}

#[test]
fn a_server_whose_disk_goes_on_failing_ends_so_that_it_is_started_anew() {
    runtime().block_on(async {
        let database = Database::empty(Engine::Sqlite).await;
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut server = Server::on_a_failing_disk(&database.url(), &log);
        let token = with_a_project(&server).await;
        server.limit_files("4096");
        server.gets(Method::POST, TASKS, &token, json!({ "title": "Lost" }), 503).await;
        assert_eq!(server.process.wait().unwrap().code(), Some(1));
        let server = Server::start(&database.url(), &log);
        server.gets(Method::POST, TASKS, &token, json!({ "title": "Again" }), 201).await;
    });
}
