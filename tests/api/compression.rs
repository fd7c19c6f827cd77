//! Answers of JSON, compressed as the client accepts it, and never what holds a secret.

use std::io::Read as _;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Authenticator, Org, PASSWORD, TestApp, both_engines};

/// What a client that accepts these codings is sent, as the coding and the JSON behind it.
fn unpacked(answer: &Answer) -> (String, Value) {
    let (coding, bytes) = (answer.header("content-encoding"), answer.bytes.as_slice());
    let mut plain = Vec::new();
    match coding {
        "gzip" => drop(flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap()),
        "br" => brotli::BrotliDecompress(&mut &*bytes, &mut plain).unwrap(),
        "zstd" => plain = zstd::stream::decode_all(bytes).unwrap(),
        _ => plain = bytes.to_vec(),
    }
    assert_eq!(answer.header("content-length"), answer.bytes.len().to_string(), "{}", answer.asked);
    (coding.to_owned(), serde_json::from_slice(&plain).unwrap())
}

/// An organization with enough tasks to be worth it.
async fn large(app: &TestApp, tasks: usize) -> Org {
    let acme = app.signs_up("Ann").await.founds("Acme").await;
    acme.project("Website").await;
    for n in 0..tasks {
        acme.task("WEB", &format!("Task {n}")).await;
    }
    acme
}

impl Actor {
    /// Asks without the contract's look at a body that it can't read.
    async fn accepts(&self, coding: &str, path: &str) -> Answer {
        let response = self.request(&Method::GET, path, &[("accept-encoding", coding)], None).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap().to_vec();
        Answer { status, headers, body: Value::Null, bytes, asked: format!("{coding} {path}") }
    }
}

both_engines! {
    async fn a_list_is_sent_in_the_coding_that_the_client_prefers(app: TestApp) {
        let acme = large(&app, 10).await;
        let (ann, path) = (&acme.founder, acme.path("/tasks"));
        let plain = ann.get(&path).await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept-Encoding"));
        let tasks = plain.is(200);
        for (accepted, coding) in [
            ("gzip", "gzip"), ("br", "br"), ("zstd", "zstd"), ("x-gzip", "gzip"), ("GZIP", "gzip"),
            ("gzip, deflate, br, zstd", "zstd"), ("gzip, deflate, br", "gzip"), ("*", "zstd"),
            ("gzip;q=1.0, br;q=0.5, zstd;q=0.1", "gzip"), ("zstd;q=0, *", "gzip"), ("br;q=1.0, gzip;q=0.8", "br"), ("zstd;q=0, gzip;q=0.5", "gzip"),
            ("identity", ""), ("", ""), ("deflate", ""), ("gzip;q=0", ""), ("*;q=0", ""), ("gzip;q=x", ""), ("identity, gzip;q=0.5", ""),
        ] {
            let answer = ann.accepts(accepted, &path).await;
            assert_eq!(answer.header("vary"), "Accept-Encoding", "{accepted}");
            assert_eq!(unpacked(&answer), (coding.to_owned(), tasks.clone()), "{accepted}");
        }
    }

    async fn what_is_small_is_sent_as_it_is_and_what_is_large_too_is_packed(app: TestApp) {
        let acme = large(&app, 1).await;
        let ann = &acme.founder;
        for path in [acme.path(""), "/livez".into(), "/v1/nowhere".into()] {
            assert_eq!(unpacked(&ann.accepts("gzip", &path).await).0, "", "{path}");
        }
        // Of more than 64 KiB, on other threads.
        for _ in 0..3 {
            let description = "Long ago. ".repeat(3_000);
            ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Long", "description": description })).await.is(201);
        }
        let answer = ann.accepts("zstd", &acme.path("/tasks")).await;
        assert!(answer.bytes.len() < 4_000, "{}", answer.bytes.len());
        assert_eq!(unpacked(&answer), ("zstd".into(), ann.get(acme.path("/tasks")).await.is(200)));
        // What a client has in one coding is the same in another, and changes are of either.
        let path = acme.path("/tasks/WEB-2");
        let tag = ann.accepts("br", &path).await.header("etag").to_owned();
        assert_eq!(ann.get(&path).await.header("etag"), tag);
        ann.send(Method::GET, &path, &[("if-none-match", &tag), ("accept-encoding", "gzip")], None).await.is(304);
        ann.send(Method::PATCH, &path, &[("if-match", &tag)], Some(json!({ "title": "Longer" }))).await.is(200);
        let stale = [("if-match", tag.as_str()), ("accept-encoding", "gzip"), ("content-type", "application/json")];
        let refusal = ann.request(&Method::PATCH, &path, &stale, Some(b"{}".to_vec())).await;
        assert_eq!((refusal.status().as_u16(), refusal.headers()["content-encoding"].to_str().unwrap()), (412, "gzip"));
        // A HEAD is answered what a GET would be.
        let get = ann.accepts("gzip", &path).await;
        let head = ann.send(Method::HEAD, &path, &[("accept-encoding", "gzip")], None).await;
        for name in ["content-length", "content-encoding", "vary", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{name}");
        }
        // The document is there once, but for who takes neither form.
        for (accepted, coding) in [("gzip, br, zstd", "gzip"), ("br", "br"), ("identity", "")] {
            assert_eq!(ann.accepts(accepted, "/openapi.json").await.header("content-encoding"), coding);
        }
    }

    async fn no_secret_is(app: TestApp) {
        let acme = large(&app, 1).await;
        let ann = acme.founder.clone();
        let factor = Authenticator::of(&app.signs_up("Bob").await).await;
        let invited = |count: usize| (0..count).map(|n| json!({ "email": format!("guest{n}@example.com"), "role": "member" })).collect::<Vec<_>>();
        let long = "A name ".repeat(14);
        let login = |name: &str| json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        let of_code = json!({ "email": "bob@example.com", "password": PASSWORD, "totp_code": factor.shows() });
        for (path, body, status) in [
            ("/v1/auth/signup".to_owned(), json!({ "email": "cid@example.com", "password": PASSWORD, "name": long }), 201),
            ("/v1/auth/login".into(), login("ann"), 200),
            ("/v1/auth/login".into(), login("bob"), 401),
            ("/v1/auth/login".into(), of_code, 200),
            ("/v1/auth/refresh".into(), json!({ "refresh_token": ann.refresh_token }), 200),
            ("/v1/auth/passkey/begin".into(), json!({}), 200),
            ("/v1/me/passkeys/begin".into(), json!({}), 200),
            ("/v1/me/tokens".into(), json!({ "name": long, "scopes": ["read"] }), 201),
            ("/v1/me/totp".into(), json!({}), 200),
            (acme.path("/invitations"), json!({ "email": "dan@example.com", "role": "member" }), 201),
            (acme.path("/invitations/bulk"), json!({ "invitations": invited(20) }), 200),
            (acme.path("/events/ticket"), json!({}), 200),
        ] {
            let headers = [("accept-encoding", "gzip, br, zstd"), ("content-type", "application/json")];
            let response = ann.request(&Method::POST, &path, &headers, Some(body.to_string().into_bytes())).await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.headers().get("content-encoding"), None, "{path}");
            assert_eq!(response.headers()["cache-control"], "no-store, no-transform", "{path}");
        }
    }
}
