//! Connections as bytes: what is slow is closed, what is too large or no HTTP is refused, and stopping finishes what runs.

use std::{net::SocketAddr, time::Duration};

use guildhall::app::{
    App, Tuning,
    config::Proxies,
    edge::{Ceilings, Limits},
    router, server,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::error::Elapsed,
};

use serde_json::json;

use crate::{
    agents,
    support::{Answer, Options, PASSWORD, TestApp, both_engines},
};

/// Far more than any of these limits: a connection that is still open then is never closed.
const PATIENCE: Duration = Duration::from_secs(20);
const SOON: Duration = Duration::from_secs(1);

/// A connection, and what came back over it.
struct Line(TcpStream);

impl Line {
    async fn to(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    async fn say(&mut self, text: &str) -> &mut Self {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self
    }

    /// Everything until the server closes.
    async fn hear_out(&mut self) -> String {
        let mut heard = Vec::new();
        // A reset ends it as well: what the server didn't read is thrown away.
        let _ = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut heard))
            .await
            .expect("the connection stays open");
        String::from_utf8(heard).unwrap()
    }

    /// What comes until this text is among it.
    async fn hear_until(&mut self, text: &str) -> String {
        let (mut heard, mut bytes) = (Vec::new(), [0; 4096]);
        while !String::from_utf8_lossy(&heard).contains(text) {
            let read =
                tokio::time::timeout(PATIENCE, self.0.read(&mut bytes)).await.expect("nothing more comes");
            match read.unwrap() {
                0 => break,
                n => heard.extend_from_slice(&bytes[..n]),
            }
        }
        String::from_utf8(heard).unwrap()
    }
}

async fn hasty(app: &TestApp) -> TestApp {
    let http = Limits { headers: SOON, idle: SOON, request: SOON, shutdown: SOON, ..Limits::default() };
    TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await
}

const LIVEZ: &str = "GET /livez HTTP/1.1\r\nHost: guildhall.test\r\n\r\n";
const LOGIN: &str = r#"{"email":"ann@example.com","password":"correct horse battery"}"#;

fn login_head() -> String {
    format!(
        "POST /v1/auth/login HTTP/1.1\r\nHost: guildhall.test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        LOGIN.len()
    )
}

mod slow {
    use super::*;

    both_engines! {
        async fn clients_that_say_nothing_are_closed(app: TestApp) {
            let app = hasty(&app).await;
            assert_eq!(Line::to(app.address).await.hear_out().await, "");
        }

        async fn headers_that_do_not_end_are_closed(app: TestApp) {
            let app = hasty(&app).await;
            let heard = Line::to(app.address).await.say("GET /livez HTTP/1.1\r\nHost: x\r\nX-Wait:").await.hear_out().await;
            assert!(!heard.contains("200 OK"), "{heard}");
        }

        async fn headers_that_dribble_are_closed(app: TestApp) {
            let app = hasty(&app).await;
            let mut line = Line::to(app.address).await;
            line.say("GET /livez HTTP/1.1\r\nX-Slow: ").await;
            let mut byte = [0];
            let mut closed = false;
            for _ in 0..200 {
                let sent = line.0.write_all(b"a").await;
                let heard = tokio::time::timeout(Duration::from_millis(100), line.0.read(&mut byte)).await;
                closed = sent.is_err() || matches!(heard, Ok(Ok(0) | Err(_)));
                if closed { break; }
            }
            assert!(closed, "20 seconds of headers");
        }

        async fn connections_that_are_kept_for_nothing_are_closed(app: TestApp) {
            let app = hasty(&app).await;
            let heard = Line::to(app.address).await.say(LIVEZ).await.hear_out().await;
            assert!(heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
        }

        async fn connections_are_kept_longer_than_a_head_may_take(app: TestApp) {
            let http = Limits { headers: SOON, ..Limits::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await;
            let mut kept = Line::to(app.address).await;
            kept.say(LIVEZ).await.hear_until("\"ok\"").await;
            let mut begun = Line::to(app.address).await;
            begun.say(LIVEZ).await.hear_until("\"ok\"").await;
            // The second head of this one doesn't end.
            assert_eq!(begun.say("GET /livez HTTP/1.1\r\nHost: x\r\nX-Wait:").await.hear_out().await, "");
            let heard = kept.say(LIVEZ).await.hear_until("\"ok\"").await;
            assert!(heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
        }

        async fn bodies_that_do_not_come_are_told_and_closed(app: TestApp) {
            let app = hasty(&app).await;
            let heard = Line::to(app.address).await.say(&login_head()).await.say(&LOGIN[..9]).await.hear_out().await;
            assert!(heard.starts_with("HTTP/1.1 503 "), "{heard}");
            assert!(heard.contains("retry-after") && heard.contains("\"code\":\"timeout\""), "{heard}");
            app.anon().get("/livez").await.is(200);
        }

        async fn bodies_that_break_off_are_malformed(app: TestApp) {
            let mut line = Line::to(app.address).await;
            line.say(&login_head()).await.say(&LOGIN[..9]).await.0.shutdown().await.unwrap();
            let heard = line.hear_out().await;
            assert!(heard.is_empty() || heard.contains("\"code\":\"malformed_request\""), "{heard}");
        }
    }
}

mod many {
    use super::*;

    async fn with_ceilings(app: &TestApp, all: usize, each: usize) -> TestApp {
        let http = Limits { connections: Ceilings { all, each }, ..Limits::default() };
        TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() })
            .await
    }

    /// An open connection that was answered once.
    async fn answered(app: &TestApp) -> Line {
        let mut line = Line::to(app.address).await;
        let heard = line.say(LIVEZ).await.hear_until("\"ok\"").await;
        assert!(heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
        line
    }

    async fn is_refused(app: &TestApp) -> bool {
        let close = LIVEZ.replace("Host", "Connection: close\r\nHost");
        let heard = Line::to(app.address).await.say(&close).await.hear_out().await;
        assert!(heard.starts_with("HTTP/1.1 200 OK"), "it is alive: {heard}");
        let close = close.replace("/livez", "/readyz");
        let heard = Line::to(app.address).await.say(&close).await.hear_out().await;
        let refused = heard.starts_with("HTTP/1.1 503 ");
        assert!(refused || heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
        assert_eq!(
            refused,
            heard.contains("\"code\":\"overloaded\"") && heard.contains("retry-after: "),
            "{heard}"
        );
        refused
    }

    /// Asks until the answer has this status. Whoever is refused is told that the server is overloaded.
    async fn until(status: u16, asks: &impl AsyncFn() -> Answer) -> Result<(), Elapsed> {
        let answered = async {
            loop {
                let answer = asks().await;
                let is_it = answer.status == status;
                if answer.status == 503 {
                    answer.refuses(503, "overloaded");
                }
                if is_it {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, answered).await
    }

    both_engines! {
        async fn connections_over_a_ceiling_are_told_so_until_others_close(app: TestApp) {
            for (all, each) in [(2, 100), (100, 2)] {
                let app = with_ceilings(&app, all, each).await;
                let (first, _second) = (answered(&app).await, answered(&app).await);
                assert!(is_refused(&app).await);
                assert!(is_refused(&app).await);
                drop(first);
                let recovers = async { while is_refused(&app).await { tokio::task::yield_now().await; } };
                tokio::time::timeout(PATIENCE, recovers).await.expect("a place that was left stays taken");
            }
        }

        async fn bodies_over_a_ceiling_are_refused_until_others_are_done(app: TestApp) {
            let http = Limits { bodies: Ceilings { all: 10_000, each: 10_000 }, ..Limits::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await;
            let ann = app.signs_up("Ann").await;
            let mut line = Line::to(app.address).await;
            line.say(&login_head().replace(&LOGIN.len().to_string(), "20000")).await.say(&" ".repeat(10_000)).await;
            // When the server has read them is its own affair.
            let login = json!({ "email": ann.email, "password": PASSWORD });
            let asks = async || app.anon().post("/v1/auth/login", login.clone()).await;
            until(503, &asks).await.expect("bodies are read without end");
            ann.get("/v1/me").await.is(200);
            drop(line);
            until(200, &asks).await.expect("what was given back stays taken");
        }

        async fn large_answers_over_a_ceiling_are_refused_until_others_are_taken(app: TestApp) {
            let http = Limits { responses: Ceilings { all: 1, each: 1 }, ..Limits::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await;
            let ann = app.signs_up("Ann").await;
            let acme = ann.founds("Acme").await;
            acme.project("Web").await;
            for title in ["One", "Two", "Three", "Four"] {
                let long = json!({ "title": title, "description": "x".repeat(40_000) });
                ann.post(acme.path("/projects/WEB/tasks"), long).await.is(201);
            }
            let list = acme.path("/tasks");
            let token = ann.token.as_deref().unwrap();
            let request = format!("GET {list} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
            let mut line = Line::to(app.address).await;
            // More than the buffers between the two take up.
            line.say(&request.repeat(100)).await;
            let asks = async || ann.get(list.as_str()).await;
            until(503, &asks).await.expect("answers are held without end");
            // An agent reads the same by POST.
            let find = json!({ "name": "find", "arguments": { "kind": "tasks", "organization": "acme" } });
            assert_eq!(agents::asks(&ann, "tools/call", find).await.0, 503);
            ann.get("/v1/me").await.is(200);
            drop(line);
            until(200, &asks).await.expect("what was given back stays taken");
        }

        async fn exports_over_a_ceiling_are_refused(app: TestApp) {
            let http = Limits { exports: Ceilings { all: 1, each: 0 }, ..Limits::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await;
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            acme.founder.get(acme.path("/export")).await.refuses(503, "overloaded");
            let entries = acme.founder.get(acme.path("/activity?action=organization.exported")).await.is(200);
            assert_eq!(entries["items"], json!([]));
        }

        async fn more_requests_at_once_than_one_may_have_running_wait(app: TestApp) {
            let one_at_once = async |turn| {
                let http = Limits { at_once: 1, turn, ..Limits::default() };
                TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await
            };
            let patient = one_at_once(PATIENCE).await;
            let bob = patient.signs_up("Bob").await;
            for answer in futures_util::future::join_all((0..20).map(|_| bob.get("/v1/me"))).await { answer.is(200); }

            let app = one_at_once(SOON).await;
            let ann = app.signs_up("Ann").await;
            let mut line = Line::to(app.address).await;
            line.say(&login_head()).await;
            let status = async || app.anon().get("/v1/me").await.status;
            let becomes = async |refused: bool| while (status().await == 429) != refused { tokio::task::yield_now().await; };
            tokio::time::timeout(PATIENCE, becomes(true)).await.expect("any number runs");
            // Who is logged in has turns of their own.
            ann.get("/v1/me").await.is(200);
            drop(line);
            tokio::time::timeout(PATIENCE, becomes(false)).await.expect("a turn that is over stays taken");
        }

        async fn clients_that_never_read_are_closed(app: TestApp) {
            let http = Limits { stalled: SOON, ..Limits::default() };
            let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options { http, ..Options::default() }).await;
            let mut line = Line::to(app.address).await;
            let asks_on = async { while line.0.write_all(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {} };
            tokio::time::timeout(PATIENCE, asks_on).await.expect("the connection stays open");
            app.anon().get("/livez").await.is(200);
        }
    }
}

mod odd {
    use super::*;

    both_engines! {
        async fn heads_that_are_too_large_are_refused(app: TestApp) {
            let get = |target: &str, header: &str| format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n");
            let long = "a".repeat(20_000);
            for head in [get("/livez", &format!("X-Long: {long}\r\n")), get(&format!("/livez?{long}"), ""), get(&format!("/{long}"), "")] {
                let heard = Line::to(app.address).await.say(&head).await.hear_out().await;
                assert!(heard.starts_with("HTTP/1.1 431 "), "{heard}");
                assert!(heard.contains("application/problem+json") && heard.contains("\"code\":\"headers_too_large\""), "{heard}");
            }
            // Beyond what the server holds at all, and with more lines than it counts.
            for head in [get("/livez", &format!("X-Long: {}\r\n", "a".repeat(300_000))), get("/livez", &"X-One: 1\r\n".repeat(500))] {
                let mut line = Line::to(app.address).await;
                let _ = line.0.write_all(head.as_bytes()).await;
                let heard = line.hear_out().await;
                assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 431 "), "{heard}");
            }
            app.anon().get("/livez").await.is(200);
        }

        async fn what_is_no_request_is_closed(app: TestApp) {
            for rubbish in [
                "\r\n\r\n\r\nrubbish\r\n\r\n",
                "GET\r\n\r\n",
                "GET /livez HTTP/9.9\r\n\r\n",
                "GET /li vez HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\r\n folded\r\n\r\n",
                "GET /livez HTTP/1.1\r\nHost: x\r\nX-A: a\u{0}b\r\n\r\n",
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}",
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n{}",
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}",
            ] {
                let mut line = Line::to(app.address).await;
                line.say(rubbish).await.0.shutdown().await.unwrap();
                let heard = line.hear_out().await;
                assert!(heard.is_empty() || heard.starts_with("HTTP/1.1 4") || heard.starts_with("HTTP/1.0 4"), "{rubbish:?}: {heard}");
                // One refusal, and nothing read as another request.
                assert!(heard.matches("HTTP/1.").count() <= 1, "{rubbish:?}: {heard}");
            }
            app.anon().get("/livez").await.is(200);
        }

        async fn a_request_names_its_host_once(app: TestApp) {
            for (head, status) in [
                ("GET /livez HTTP/1.1\r\n", "400"),
                ("GET http://guildhall.test/livez HTTP/1.1\r\n", "400"),
                ("OPTIONS /v1/me HTTP/1.1\r\nOrigin: http://x.example\r\nAccess-Control-Request-Method: GET\r\n", "400"),
                ("GET /livez HTTP/1.1\r\nHost: x\r\nHost: x\r\n", "400"),
                ("GET /livez HTTP/1.1\r\nHost: x\r\nhost: y\r\n", "400"),
                ("GET /livez HTTP/1.0\r\nHost: x\r\nHost: y\r\n", "400"),
                ("GET /livez HTTP/1.1\r\nHost: elsewhere.example\r\n", "200"),
                ("GET /livez HTTP/1.0\r\nHost: x\r\n", "200"),
                ("GET /livez HTTP/1.0\r\n", "200"),
            ] {
                let heard = Line::to(app.address).await.say(&format!("{head}Connection: close\r\n\r\n")).await.hear_out().await;
                assert_eq!(heard.split(' ').nth(1), Some(status), "{head}: {heard}");
                assert!(status == "200" || heard.contains("\"malformed_request\""), "{head}: {heard}");
            }
        }

        async fn odd_targets_are_answered_as_any(app: TestApp) {
            for (request, status) in [
                ("GET http://elsewhere.example/livez HTTP/1.1\r\nHost: x\r\n", "200"),
                ("GET /livez HTTP/1.0\r\n", "200"),
                ("OPTIONS * HTTP/1.1\r\nHost: x\r\n", "404"),
                ("CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n", "404"),
            ] {
                let heard = Line::to(app.address).await.say(&format!("{request}Connection: close\r\n\r\n")).await.hear_out().await;
                assert_eq!(heard.split(' ').nth(1), Some(status), "{request}: {heard}");
                assert!(heard.contains("x-request-id: "), "{heard}");
            }
        }

        async fn requests_that_come_at_once_are_answered_in_their_order(app: TestApp) {
            let request = |n: usize| format!("GET /livez HTTP/1.1\r\nHost: x\r\nX-Request-Id: nr-{n}\r\n\r\n");
            let all: String = (0..20).map(request).collect();
            let last = format!("{all}GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            let heard = Line::to(app.address).await.say(&last).await.hear_out().await;
            assert_eq!(heard.matches("HTTP/1.1 200 OK").count(), 21);
            let places: Vec<usize> = (0..20).map(|n| heard.find(&format!("x-request-id: nr-{n}\r\n")).unwrap()).collect();
            assert!(places.is_sorted());
        }

        async fn a_body_in_chunks_is_a_body(app: TestApp) {
            app.signs_up("Ann").await;
            let (one, two) = LOGIN.split_at(10);
            let request = format!(
                "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n",
                one.len(), two.len(),
            );
            let heard = Line::to(app.address).await.say(&request).await.hear_out().await;
            assert!(heard.starts_with("HTTP/1.1 200 OK"), "{heard}");
        }
    }
}

mod stopping {
    use super::*;

    struct Running {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        end: JoinHandle<()>,
    }

    async fn run(app: &TestApp, shutdown: Duration) -> Running {
        run_with(app, Limits { shutdown, notice: Duration::ZERO, ..Limits::default() }).await
    }

    async fn run_with(app: &TestApp, http: Limits) -> Running {
        let knobs = Tuning { clock: app.clock.clone(), http: http.clone(), ..Tuning::default() };
        let opened = App::open(app.config.clone(), &app.database.location(), knobs).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let until = async { drop(stopped.await) };
        let end = tokio::spawn(server::serve(listener, router::app(opened), http, Proxies::default(), until));
        Running { address, stop, end }
    }

    async fn no_longer_listens(address: SocketAddr) {
        let closed = async {
            while TcpStream::connect(address).await.is_ok() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.expect("the port stays open");
    }

    both_engines! {
        async fn finishes_what_is_running_and_closes_what_is_idle(app: TestApp) {
            app.signs_up("Ann").await;
            let server = run(&app, PATIENCE).await;
            let (mut idle, mut used, mut busy) = (Line::to(server.address).await, Line::to(server.address).await, Line::to(server.address).await);
            used.say(LIVEZ).await.hear_until("\"ok\"").await;
            busy.say(&login_head()).await.say(&LOGIN[..9]).await;
            // By its answer to a later request the server is known to have read what came before.
            Line::to(server.address).await.say(LIVEZ).await.hear_until("\"ok\"").await;
            server.stop.send(()).unwrap();
            no_longer_listens(server.address).await;
            assert_eq!(idle.hear_out().await, "");
            assert_eq!(used.hear_out().await, "");
            assert!(!server.end.is_finished());
            let heard = busy.say(&LOGIN[9..]).await.hear_out().await;
            assert!(heard.starts_with("HTTP/1.1 200 OK") && heard.contains("access_token"), "{heard}");
            tokio::time::timeout(PATIENCE, server.end).await.unwrap().unwrap();
        }

        async fn serves_what_waits_to_be_accepted(app: TestApp) {
            let server = run(&app, PATIENCE).await;
            Line::to(server.address).await.say(LIVEZ).await.hear_until("\"ok\"").await;
            // The server's thread is this one: it finds all of them when it is told to stop.
            let lines: Vec<_> = (0..30)
                .map(|_| {
                    use std::io::Write as _;
                    let mut line = std::net::TcpStream::connect(server.address).unwrap();
                    line.write_all(LIVEZ.as_bytes()).unwrap();
                    line.set_nonblocking(true).unwrap();
                    line
                })
                .collect();
            server.stop.send(()).unwrap();
            for line in lines {
                let heard = Line(TcpStream::from_std(line).unwrap()).hear_out().await;
                assert!(heard.starts_with("HTTP/1.1 200 OK") && heard.contains("connection: close"), "{heard}");
            }
            tokio::time::timeout(PATIENCE, server.end).await.unwrap().unwrap();
        }

        async fn gives_notice_before_it_closes(app: TestApp) {
            let server = run_with(&app, Limits { notice: Duration::from_hours(1), ..Limits::default() }).await;
            let mut used = Line::to(server.address).await;
            used.say(LIVEZ).await.hear_until("\"ok\"").await;
            server.stop.send(()).unwrap();
            let closes = async || {
                let mut line = Line::to(server.address).await;
                line.say(LIVEZ).await.hear_until("\"ok\"").await.contains("connection: close")
            };
            let told = async { while !closes().await {} };
            tokio::time::timeout(PATIENCE, told).await.expect("new connections aren't closed");
            let heard = used.say(LIVEZ).await.hear_out().await;
            assert!(heard.starts_with("HTTP/1.1 200 OK") && heard.contains("connection: close"), "{heard}");
            // Since nobody is there any more, it doesn't wait on.
            no_longer_listens(server.address).await;
            tokio::time::timeout(PATIENCE, server.end).await.unwrap().unwrap();
        }

        async fn waits_no_longer_than_it_may(app: TestApp) {
            let server = run(&app, SOON).await;
            let mut busy = Line::to(server.address).await;
            busy.say(&login_head()).await;
            Line::to(server.address).await.say(LIVEZ).await.hear_until("\"ok\"").await;
            server.stop.send(()).unwrap();
            tokio::time::timeout(PATIENCE, server.end).await.unwrap().unwrap();
        }
    }
}
