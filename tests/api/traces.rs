//! Traces, as a collector gets them: what is in them, what never is, and that nobody waits for the collector.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead as _,
    path::Path,
    process::{Command, Output},
    time::Duration,
};

use guildhall::base::secret::hex;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    process::{BINARY, Server, runtime, with_a_project},
    support::{Collector, Database, Engine, MailServer, Reply, SECRET, Seen},
};

/// Asks under a request id, and with a `traceparent` if it isn't empty.
async fn asks(server: &Server, id: &str, traceparent: &str) {
    let request = server.client.get(format!("{}/v1/me", server.url)).bearer_auth("wrong");
    let request = request.header("x-request-id", id).header("traceparent", traceparent);
    assert_eq!(request.send().await.unwrap().status(), 401);
}

/// Ends the server as an operator does, and waits for its end.
async fn ends(server: Server) {
    server.signal("-TERM");
    let ended = tokio::task::spawn_blocking(move || {
        let mut server = server;
        server.process.wait().unwrap().code()
    });
    assert_eq!(ended.await.unwrap(), Some(0));
}

/// An agent searches, by a tool.
async fn an_agent_finds(server: &Server, token: &str, text: &str) {
    let script = json!({ "name": "Helper", "scopes": ["read"] });
    let script = server.gets(Method::POST, "/v1/me/tokens", token, script, 201).await;
    let find = json!({ "organization": "canary-works", "kind": "texts", "q": text });
    let version = "2026-07-28";
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "find", "arguments": find, "_meta": {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    } } });
    let request =
        server.client.post(format!("{}/mcp", server.url)).bearer_auth(script["token"].as_str().unwrap());
    let request =
        request.header("accept", "application/json, text/event-stream").header("x-request-id", "of-an-agent");
    let request = request
        .header("mcp-protocol-version", version)
        .header("mcp-method", "tools/call")
        .header("mcp-name", "find");
    let answer: Value = request.json(&message).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["result"]["isError"], false, "{answer}");
}

fn of_request<'a>(spans: &'a [Seen], id: &str) -> Option<&'a Seen> {
    spans.iter().find(|span| span.has("guildhall.request_id") == id)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn a_trace_shows_a_request_its_transactions_and_their_statements_and_nothing_that_people_wrote() {
    runtime().block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let (collector, mails) = (Collector::start().await, MailServer::start().await);
            let database = Database::empty(engine).await;
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("log");
            let args = [
                "--otlp-url",
                &collector.url,
                "--otlp-headers",
                "authorization=Bearer%20canary-of-a-collector, X-Scope-OrgID=of-the-tests",
                "--smtp-url",
                &mails.url(),
                "--email-verification",
                "optional",
            ];
            let mut program = Command::new(BINARY);
            program.env("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests,service.name=other");
            let (server, _) = Server::start_program(&mut program, &database.url(), &log, &args);

            let ann = json!({ "email": "canary.ann@example.com", "password": "Kanarienvogel im Bergwerk 7", "name": "Ann Canarysdottir" });
            let session = server.gets(Method::POST, "/v1/auth/signup", "", ann, 201).await;
            let token = text(&session["access_token"]).to_owned();
            let acme = json!({ "name": "Canary Works" });
            server.gets(Method::POST, "/v1/orgs", &token, acme, 201).await;
            let org = "/v1/orgs/canary-works";
            let web = json!({ "name": "Canary Web", "key": "CANARY" });
            server.gets(Method::POST, &format!("{org}/projects"), &token, web, 201).await;
            let task = json!({ "title": "A canary", "description": "More of a canary" });
            let request = server.client.post(format!("{}{org}/projects/CANARY/tasks", server.url));
            let request = request.bearer_auth(&token).header("x-request-id", "of-the-test").json(&task);
            assert_eq!(request.send().await.unwrap().status(), 201);
            server.gets(Method::GET, &format!("{org}/search?q=canary-of-a-search"), &token, json!({}), 200).await;
            let assign = format!("{org}/tasks/CANARY-1/assignees/canary.ann@example.com");
            server.gets(Method::PUT, &assign, &token, json!({}), 200).await;
            an_agent_finds(&server, &token, "canary-of-an-agent").await;
            let bob = json!({ "email": "canary.bob@example.com", "role": "member" });
            server.gets(Method::POST, &format!("{org}/invitations"), &token, bob, 201).await;
            let key = mails.to("canary.bob@example.com").await.token();
            server.gets(Method::GET, "/livez", "", json!({}), 200).await;
            server.gets(Method::GET, "/v1/canary-of-a-path", "", json!({}), 404).await;
            // Not from a trusted proxy.
            asks(&server, "of-a-stranger", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").await;
            ends(server).await;

            let messages = collector.messages();
            for message in &messages {
                assert_eq!(message.headers["authorization"], "Bearer canary-of-a-collector");
                assert_eq!(message.headers["x-scope-orgid"], "of-the-tests");
                assert_eq!(message.headers["content-type"], "application/x-protobuf");
                let resource = message.resource();
                assert_eq!(resource["service.name"], "guildhall");
                assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
                assert!(text(&resource["service.instance.id"]).len() == 36, "{resource:?}");
                assert_eq!(resource["deployment.environment.name"], "tests");
                let told = String::from_utf8_lossy(&message.bytes);
                for secret in ["canary", "Canary", "CANARY", "Kanarienvogel", "Bergwerk", "example.com", "0af7651916cd43dd", &token, &key] {
                    assert!(!told.contains(secret), "{secret} in {told}");
                }
            }
            let spans = collector.spans();
            is_a_forest(&spans);
            the_request_is_told(&spans, if engine == Engine::Sqlite { "sqlite" } else { "postgresql" });
            let stranger = of_request(&spans, "of-a-stranger").unwrap();
            assert_ne!(hex(&stranger.trace), "0af7651916cd43dd8448eb211c80319c");
            assert_eq!((stranger.has("http.response.status_code"), stranger.failed), (json!(401), false));
            let requests = spans.iter().filter(|span| span.kind == SpanKind::Server);
            let routes: BTreeSet<_> = requests.map(|request| request.name.clone()).collect();
            assert!(routes.contains("PUT /v1/orgs/{org}/tasks/{task}/assignees/{user}"), "{routes:?}");
            assert!(routes.contains("GET") && !routes.iter().any(|name| name.contains("livez")), "{routes:?}");
            let agent = of_request(&spans, "of-an-agent").unwrap();
            assert_eq!(agent.name, "POST /mcp");
            let its = spans.iter().filter(|span| span.parent == agent.id && span.name == "read organization");
            assert!(its.count() >= 1, "what a tool reads belongs to the agent's request");
            let mail = spans.iter().find(|span| span.has("guildhall.mail.kind") == "invitation").unwrap();
            assert_eq!((mail.name.as_str(), mail.kind, mail.parent.len()), ("send mail", SpanKind::Client, 0));
            assert_eq!((mail.has("guildhall.mail.outcome"), mail.has("guildhall.mail.attempt")), (json!("sent"), json!(1)));
            assert!(spans.iter().any(|span| span.parent == mail.id && span.name == "write directory"));
            the_log_is_as_ever(&std::fs::read_to_string(&log).unwrap());
            database.discard().await;
        }
    });
}

/// What has a parent lies within it, in time too; and what has none begins a trace.
fn is_a_forest(spans: &[Seen]) {
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (&span.id, span)).collect();
    assert_eq!(by_id.len(), spans.len());
    for span in spans {
        if span.parent.is_empty() {
            assert!(
                ["send mail", "tell_overdue", "delete_expired", "purge"].contains(&span.name.as_str())
                    || span.kind == SpanKind::Server,
                "{span:?}"
            );
            continue;
        }
        let parent = by_id[&span.parent];
        assert_eq!(span.trace, parent.trace);
        assert!(parent.from <= span.from && span.until <= parent.until, "{span:?} in {parent:?}");
        let is_statement = span.attributes.contains_key("db.query.text");
        assert_eq!(
            is_statement,
            parent.attributes.contains_key("guildhall.transaction.mode"),
            "{span:?} in {parent:?}"
        );
    }
}

fn the_request_is_told(spans: &[Seen], system: &str) {
    let request = of_request(spans, "of-the-test").unwrap();
    assert_eq!(request.name, "POST /v1/orgs/{org}/projects/{project}/tasks");
    let expected = json!({
        "http.request.method": "POST",
        "http.route": "/v1/orgs/{org}/projects/{project}/tasks",
        "http.response.status_code": 201,
        "guildhall.request_id": "of-the-test",
    });
    assert_eq!(json!(request.attributes), expected);
    let within = |parent: &Seen| spans.iter().filter(|span| span.parent == parent.id).collect::<Vec<_>>();
    let transactions = within(request);
    let write = transactions.iter().find(|span| span.name == "write organization").unwrap();
    assert_eq!((write.kind, write.failed), (SpanKind::Internal, false));
    let expected = json!({
        "db.system.name": system,
        "guildhall.transaction.mode": "write",
        "guildhall.transaction.scope": "organization",
        "guildhall.transaction.attempts": 1,
        "guildhall.transaction.wait_ms": write.has("guildhall.transaction.wait_ms"),
        "guildhall.transaction.commit_ms": write.has("guildhall.transaction.commit_ms"),
    });
    assert_eq!(json!(write.attributes), expected);
    for time in ["wait_ms", "commit_ms"] {
        assert!(write.has(&format!("guildhall.transaction.{time}")).as_f64().unwrap() > 0.0);
    }
    let statements = within(write);
    let insert = statements.iter().find(|span| span.name == "insert tasks").unwrap();
    assert_eq!(
        (insert.kind, insert.failed, insert.has("db.system.name")),
        (SpanKind::Client, false, json!(system))
    );
    for statement in statements {
        let sql = statement.has("db.query.text");
        assert!(text(&sql).contains('$'), "{sql}");
    }
    assert!(
        spans.iter().any(|span| span.name == "select tasks" && span.has("db.response.returned_rows") == 1)
    );
    // The stranger of the wrong token is refused in a transaction, which is no failure.
    assert!(spans.iter().all(|span| !span.failed), "{spans:?}");
}

/// A line of the log has no word of the spans around it.
fn the_log_is_as_ever(log: &str) {
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let request = lines.iter().find(|line| line["request_id"] == "of-the-test").unwrap();
    let fields: Vec<_> = request.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["timestamp", "level", "message", "method", "path", "status", "millis", "request_id"]);
    assert!(lines.iter().all(|line| line["span"].is_null() && line["spans"].is_null()), "{log}");
    assert!(!log.contains("canary-of-a-collector"), "{log}");
}

#[test]
fn a_trusted_proxys_trace_is_continued_and_nobody_is_traced_beyond_the_ratio() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let parent = |flags| format!("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-{flags}");
        for ratio in ["1", "0"] {
            let (collector, database) = (Collector::start().await, Database::empty(Engine::Sqlite).await);
            let args =
                ["--otlp-url", &collector.url, "--trusted-proxies", "127.0.0.1", "--trace-ratio", ratio];
            let server = Server::start_with(&database.url(), &folder.path().join(ratio), &args);
            asks(&server, "sampled", &parent("01")).await;
            asks(&server, "unsampled", &parent("00")).await;
            asks(&server, "invalid", "00-0af7651916cd43dd8448eb211c80319c").await;
            ends(server).await;
            let spans = collector.spans();
            if ratio == "0" {
                assert!(collector.messages().is_empty(), "{spans:?}");
                continue;
            }
            let sampled = of_request(&spans, "sampled").unwrap();
            assert_eq!(hex(&sampled.trace), "0af7651916cd43dd8448eb211c80319c");
            assert_eq!(hex(&sampled.parent), "b7ad6b7169203331");
            assert!(of_request(&spans, "unsampled").is_none());
            let invalid = of_request(&spans, "invalid").unwrap();
            assert!(invalid.parent.is_empty() && invalid.trace != sampled.trace);
        }
    });
}

#[test]
fn nobody_waits_for_a_collector_that_is_silent() {
    runtime().block_on(async {
        let (collector, database) = (Collector::start().await, Database::empty(Engine::Sqlite).await);
        collector.answers_next("", Reply::Silence);
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let server = Server::start_with(&database.url(), &log, &["--otlp-url", &collector.url]);
        let token = with_a_project(&server).await;
        collector.received("", 1).await;
        // More spans than may wait.
        let batch: Vec<_> = (0..100)
            .map(|n| json!({ "method": "POST", "path": "/projects/WEB/tasks", "body": { "title": format!("Task {n}") } }))
            .collect();
        for _ in 0..10 {
            server.gets(Method::POST, "/v1/orgs/acme/batch", &token, json!({ "operations": batch }), 200).await;
        }
        tokio::time::timeout(Duration::from_secs(15), ends(server)).await.unwrap();
        let logged = std::fs::read_to_string(&log).unwrap();
        assert!(logged.contains("shutdown timed out with traces still to be sent"), "{logged}");
    });
}

#[test]
fn what_a_collector_puts_off_comes_again_and_what_it_refuses_is_counted() {
    runtime().block_on(async {
        let (collector, database) = (Collector::start().await, Database::empty(Engine::Sqlite).await);
        collector.answers_next("first", Reply::Status(503));
        collector.answers_next("second", Reply::Status(400));
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let args = ["--otlp-url", &collector.url, "--metrics-listen", "127.0.0.1:0"];
        let (server, rest) = Server::start_program(&mut Command::new(BINARY), &database.url(), &log, &args);
        let metrics = rest.lines().map(Result::unwrap).find(|line| line.ends_with("/metrics")).unwrap();
        let metrics = metrics.rsplit(' ').next().unwrap().to_owned();
        asks(&server, "first", "").await;
        let twice = collector.received("first", 2).await;
        assert_eq!(twice[0].bytes, twice[1].bytes);
        asks(&server, "second", "").await;
        let refused = collector.received("second", 1).await[0].spans();
        asks(&server, "third", "").await;
        collector.received("third", 1).await;
        let told = server.client.get(&metrics).send().await.unwrap().text().await.unwrap();
        assert!(told.contains(&format!("guildhall_trace_spans_lost_total {}\n", refused.len())), "{told}");
        ends(server).await;
        let logged = std::fs::read_to_string(&log).unwrap();
        // Once a minute at most.
        assert_eq!(logged.matches("failed to send traces").count(), 1, "{logged}");
        assert!(logged.contains("the collector answers with status 503"), "{logged}");
    });
}

fn runs(folder: &Path, args: &[&str]) -> Output {
    Command::new(BINARY).args(args).env("GUILDHALL_SECRET", SECRET).current_dir(folder).output().unwrap()
}

#[test]
fn the_settings_of_traces_are_checked_and_their_secrets_never_told() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        for (args, words) in [
            (&["--otlp-url", "grpc://canary:4317"][..], "'--otlp-url <URL>': must be an http or https URL"),
            (
                &["--otlp-url", "http://ann:canary@collector"],
                "'--otlp-url <URL>': must be an http or https URL",
            ),
            (
                &["--otlp-url", "http://collector", "--otlp-headers", "canary"],
                "'--otlp-headers <HEADERS>': must be name=value",
            ),
            (
                &["--otlp-url", "http://collector", "--trace-ratio", "1.5"],
                "'--trace-ratio <RATIO>': must be a number from 0 to 1",
            ),
            (&["--trace-ratio", "0.5"], "--otlp-url <URL>"),
            (&["--otlp-headers", "authorization=canary"], "--otlp-url <URL>"),
            (
                &["--otlp-url", "http://collector", "--otlp-headers-file", "missing"],
                "the header list's file missing: ",
            ),
        ] {
            let refused = runs(folder.path(), &[&["serve"][..], args].concat());
            let said = String::from_utf8(refused.stderr).unwrap();
            assert_eq!(refused.status.code(), Some(2), "{said}");
            assert!(said.contains(words) && !said.contains("canary"), "{said}");
        }
        let collector = Collector::start().await;
        std::fs::write(folder.path().join("headers"), "authorization=Bearer%20canary\n").unwrap();
        let doctor = |url: &str| {
            let said =
                runs(folder.path(), &["doctor", "--otlp-url", url, "--otlp-headers-file", "headers"]).stdout;
            let said = String::from_utf8(said).unwrap();
            assert!(!said.contains("canary"), "{said}");
            said.lines().find(|line| line.contains("traces")).unwrap_or_else(|| panic!("{said}")).to_owned()
        };
        assert_eq!(
            doctor(&collector.url),
            format!("ok    traces        {}/v1/traces takes them", collector.url)
        );
        assert_eq!(collector.received("", 1).await[0].headers["authorization"], "Bearer canary");
        collector.answers_next("", Reply::Status(401));
        let refused = doctor(&collector.url);
        assert!(
            refused.starts_with("warn  traces ") && refused.contains("answers with status 401"),
            "{refused}"
        );
        assert!(
            doctor("http://127.0.0.1:1").starts_with("warn  traces        http://127.0.0.1:1/v1/traces: ")
        );
        let unused = runs(folder.path(), &["doctor"]).stdout;
        assert!(!String::from_utf8(unused).unwrap().contains("traces"));
    });
}
