//! What holds on every route: how refusals look, which bodies are read, the headers of answers, the document and its pages.

use guildhall::{app::config::Origins, base::error::Code};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Contract, Options, TestApp, both_engines};

const JSON: (&str, &str) = ("content-type", "application/json");

impl Actor {
    async fn asks(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_raw(method.parse().unwrap(), path, headers, None).await
    }

    async fn patches_me_with(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        self.send_raw(Method::PATCH, "/v1/me", headers, Some(body.into())).await
    }
}

async fn with_options(app: &TestApp, options: Options) -> TestApp {
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

mod refusals {
    use super::*;

    both_engines! {
        async fn are_problems_wherever_they_come_from(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            for (method, path, status, code) in [
                ("GET", "/v1", 404, "no_such_route"),
                ("GET", "/nowhere", 404, "no_such_route"),
                ("POST", "/v1/orgs/acme/nowhere", 404, "no_such_route"),
                ("GET", "/v1/me/", 404, "no_such_route"),
                ("GET", "//v1/me", 404, "no_such_route"),
                ("GET", "/v1/../v1/nowhere", 404, "no_such_route"),
                ("GET", "/V1/ME", 404, "no_such_route"),
                ("GET", "/v1%2Fme", 404, "no_such_route"),
                ("GET", "/v1/orgs/%00", 404, "not_found"),
                ("GET", "/v1/orgs/%ff%fe", 404, "not_found"),
                ("GET", "/v1/orgs/' or 1=1 --", 404, "not_found"),
                ("GET", "/v1/orgs/00000000-0000-0000-0000-000000000000", 404, "not_found"),
                ("GET", "/docs/..%2f..%2fCargo.toml", 404, "not_found"),
                ("GET", "/problems/nothing", 404, "not_found"),
                ("GET", "/problems/%00", 404, "not_found"),
                ("BREW", "/v1/me", 405, "method_not_allowed"),
                ("TRACE", "/v1/me", 405, "method_not_allowed"),
                ("OPTIONS", "/v1/me", 405, "method_not_allowed"),
                ("GET", "/v1/auth/login", 405, "method_not_allowed"),
                ("DELETE", "/docs", 405, "method_not_allowed"),
                ("POST", "/livez", 405, "method_not_allowed"),
            ] {
                let answer = ann.asks(method, path, &[]).await;
                assert_eq!(answer.body["request_id"], answer.header("x-request-id"), "{method} {path}");
                assert_eq!(answer.body["type"], format!("/problems/{code}"));
                assert_eq!(answer.header("allow").is_empty(), status != 405, "{method} {path}");
                answer.refuses(status, code);
            }
        }

        async fn of_a_method_list_those_that_are_taken(app: TestApp) {
            for (path, allowed) in [
                ("/v1/auth/login", vec!["POST"]),
                ("/v1/orgs", vec!["GET", "HEAD", "POST"]),
                ("/v1/orgs/acme/leave", vec!["POST"]),
                ("/livez", vec!["GET", "HEAD"]),
            ] {
                let answer = app.anon().asks("PUT", path, &[]).await;
                let mut methods: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
                methods.sort_unstable();
                assert_eq!(methods, allowed, "{path}");
            }
        }

        async fn come_in_one_order(app: TestApp) {
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            let (member, stranger, anon) = (acme.gets("Bob", "member").await, app.signs_up("Eve").await, app.anon());
            let path = acme.path("");
            let rubbish = || Some(b"{\"name\":".to_vec());
            let stale = [("content-type", "text/plain"), ("if-match", "\"99\"")];
            // Each is wrong in every way that is left; what is told first goes down by one.
            anon.send_raw(Method::PUT, &path, &stale, rubbish()).await.refuses(405, "method_not_allowed");
            anon.send_raw(Method::PATCH, &path, &stale, rubbish()).await.refuses(401, "unauthenticated");
            stranger.send_raw(Method::PATCH, &path, &stale, rubbish()).await.refuses(404, "not_found");
            member.send_raw(Method::PATCH, &path, &stale, rubbish()).await.refuses(403, "forbidden");
            let owner = &acme.founder;
            owner.send_raw(Method::PATCH, &path, &stale, rubbish()).await.refuses(415, "unsupported_media_type");
            let stale = [JSON, ("if-match", "\"99\"")];
            owner.send_raw(Method::PATCH, &path, &stale, rubbish()).await.refuses(400, "malformed_json");
            owner.send_raw(Method::PATCH, &path, &stale, Some(b"{\"name\":7}".to_vec())).await.rejects("/name", "invalid_type");
            owner.send_raw(Method::PATCH, &path, &stale, Some(b"{}".to_vec())).await.refuses(412, "precondition_failed");
        }

        async fn tell_a_stranger_the_same_of_what_is_and_what_is_not(app: TestApp) {
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            let eve = app.signs_up("Eve").await;
            let told = |answer: Answer| {
                let mut body = answer.refuses(404, "not_found");
                body.as_object_mut().unwrap().remove("request_id");
                body
            };
            let nothing = told(eve.get("/v1/orgs/nothing").await);
            for path in [acme.path(""), format!("/v1/orgs/{}", acme.id), acme.path("/members"), acme.path("/tasks/WEB-1")] {
                assert_eq!(told(eve.get(path).await), nothing);
            }
        }
    }
}

mod bodies {
    use super::*;

    both_engines! {
        async fn that_are_no_json_are_malformed(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let deep = |n: usize| format!("{}{}", r#"{"name":"#.repeat(n), "}".repeat(n)).into_bytes();
            for body in [
                b"".to_vec(),
                b" ".to_vec(),
                b"{".to_vec(),
                b"nope".to_vec(),
                b"NaN".to_vec(),
                b"name=Ann".to_vec(),
                br#"{"name":"a"} x"#.to_vec(),
                br#"{"name":"a",}"#.to_vec(),
                b"{'name':'a'}".to_vec(),
                br#"{"name":"a" // a comment
                   }"#.to_vec(),
                br#"{"name":01}"#.to_vec(),
                br#"{"name":"\x"}"#.to_vec(),
                br#"{"name":"\ud8"}"#.to_vec(),
                b"{\"name\":\"\n\"}".to_vec(),
                b"{\"name\":\"\0\"}".to_vec(),
                b"{\"name\":\"\xff\"}".to_vec(),
                b"{\"name\":\"\xed\xa0\x80\"}".to_vec(),
                b"\xef\xbb\xbf".to_vec(),
                b"\xef\xbb\xbf\xef\xbb\xbf{}".to_vec(),
                b" \xef\xbb\xbf{}".to_vec(),
                b"\xff\xfe{\0}\0".to_vec(),
                deep(200),
                deep(50_000),
                [b"[".repeat(500_000), b"]".repeat(500_000)].concat(),
            ] {
                ann.patches_me_with(&[JSON], body).await.refuses(400, "malformed_json");
            }
        }

        async fn with_values_that_no_text_may_have_are_refused(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            for (body, pointer) in [
                (r#"{"name":"a\u0000"}"#, "/name"),
                (r#"{"name":"\ud800"}"#, ""),
                (r#"{"name":"\udc00"}"#, ""),
                (r#"{"name":"\ud800x"}"#, ""),
                (r#"{"name":"\ud800\n"}"#, ""),
                (r#"{"name":"\ud800\ud800"}"#, ""),
                (r#"{"name":"\ud800\\"}"#, ""),
            ] {
                ann.patches_me_with(&[JSON], body).await.rejects(pointer, "invalid_text");
            }
            ann.patches_me_with(&[JSON], r#"{"name":1e999}"#).await.refuses(422, "invalid_input");
            ann.patches_me_with(&[JSON], r#"{"name":"a","name":"b"}"#).await.rejects("/name", "duplicate_field");
            // What a field is, only its name says.
            for body in ["[]", r#"["Anna"]"#, r#"["Anna","UTC"]"#, "null", "true", "7", r#""Anna""#] {
                ann.patches_me_with(&[JSON], body).await.rejects("", "invalid_type");
            }
            let acme = ann.founds("Acme").await;
            for settings in [json!([]), json!([true]), json!([true, "any"]), json!("any"), json!(null)] {
                ann.patch(acme.path(""), json!({ "settings": settings })).await.rejects("/settings", "invalid_type");
            }
            // What only looks like it is a name as any other.
            assert_eq!(ann.patches_me_with(&[JSON], r#"{"name":"C:\\u0000"}"#).await.is(200)["name"], r"C:\u0000");
            assert_eq!(ann.patches_me_with(&[JSON], r#"{"name":"\ud83d\ude00"}"#).await.is(200)["name"], "😀");
            // Some clients begin every text with a byte order mark.
            assert_eq!(ann.patches_me_with(&[JSON], "\u{feff}{\"name\":\"Anna\"}").await.is(200)["name"], "Anna");
            ann.send_raw(Method::DELETE, "/v1/me/sessions", &[JSON], Some("\u{feff}{}".into())).await.is(204);
            ann.send_raw(Method::DELETE, "/v1/me/sessions", &[], Some("\u{feff}".into())).await.is(204);
        }

        async fn with_unknown_fields_are_refused_whatever_these_are_called(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            for name in [
                "colour", "Name", "surrogate", "duplicate field", "missing field `x`", "a`b", "`", "a/b~c", "", " at line 1",
                "\u{1}a\u{1}b\u{1}", "hex escape", "__proto__", "naïve", "😀",
            ] {
                let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
                ann.patch("/v1/me", json!({ name: 1 })).await.rejects(&pointer, "unknown_field");
            }
        }

        async fn with_a_hundred_thousand_mistakes_are_refused_as_fast_as_any(app: TestApp) {
            let fields: Vec<String> = (0..100_000).map(|n| format!("\"{n}\":1")).collect();
            let body = format!("{{{}}}", fields.join(",")).into_bytes();
            assert!(body.len() > 900_000 && body.len() < 1 << 20);
            let refusal = app.anon().send_raw(Method::POST, "/v1/auth/signup", &[JSON], Some(body)).await.refuses(422, "invalid_input");
            let errors = refusal["errors"].as_array().unwrap();
            assert_eq!((errors.len(), &errors[0]["pointer"]), (1, &json!("/0")), "of a large body, the first is told");
        }

        async fn of_a_mebibyte_are_read_and_larger_ones_refused(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let padded = |size: usize| {
                let mut body = br#"{"name":"Anna"}"#.to_vec();
                body.resize(size, b' ');
                body
            };
            assert_eq!(ann.patches_me_with(&[JSON], padded(1 << 20)).await.is(200)["name"], "Anna");
            ann.patches_me_with(&[JSON], padded((1 << 20) + 1)).await.refuses(413, "payload_too_large");
        }

        async fn are_read_by_their_media_type(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            for taken in [
                "application/json",
                "application/json;charset=utf-8",
                "Application/JSON; Charset=\"UTF-8\"",
                "application/merge-patch+json",
            ] {
                ann.patches_me_with(&[("content-type", taken)], "{}").await.is(200);
            }
            for refused in [
                "",
                "text/plain",
                "text/json",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/json; charset=iso-8859-1",
                "application/json; charset=utf-16",
                "application/json, text/plain",
                "application/jsonp",
                "application/json\u{fc}",
            ] {
                ann.patches_me_with(&[("content-type", refused)], "{}").await.refuses(415, "unsupported_media_type");
            }
            ann.patches_me_with(&[], "{}").await.refuses(415, "unsupported_media_type");
            ann.patches_me_with(&[JSON, ("content-encoding", "identity")], "{}").await.is(200);
            for coding in ["gzip", "br", "deflate", "zstd", "identity, gzip", "x"] {
                let headers = [JSON, ("content-encoding", coding)];
                ann.patches_me_with(&headers, "{}").await.refuses(415, "unsupported_media_type");
            }
        }

        async fn where_none_is_wanted_are_none_or_empty_objects(app: TestApp) {
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            acme.project("Web").await;
            let ann = &acme.founder;
            let path = acme.path("/projects/WEB/archive");
            let send = |headers: &'static [(&str, &str)], body: &'static str| {
                ann.send_raw(Method::POST, &path, headers, Some(body.into()))
            };
            send(&[JSON], r#"{"archived":true}"#).await.rejects("/archived", "unknown_field");
            send(&[JSON], "[]").await.rejects("", "invalid_type");
            send(&[JSON], "{").await.refuses(400, "malformed_json");
            send(&[("content-type", "text/plain")], "{}").await.refuses(415, "unsupported_media_type");
            assert!(send(&[], "").await.succeeded());
            assert!(send(&[JSON], "{}").await.succeeded());
            assert!(ann.posts(&path).await.succeeded());
        }
    }
}

pub mod headers {
    use super::*;

    both_engines! {
        async fn a_request_id_is_taken_or_made(app: TestApp) {
            let id = |given: &str| {
                let (anon, given) = (app.anon(), given.to_owned());
                async move { anon.asks("GET", "/livez", &[("x-request-id", &given)]).await.header("x-request-id").to_owned() }
            };
            let longest = "a".repeat(128);
            for good in ["a", "0193d5f4-0000-7000-8000-000000000000", "trace:1_2.3", &longest] {
                assert_eq!(id(good).await, good);
            }
            let too_long = "a".repeat(129);
            for bad in ["", " ", "a b", "a\tb", "a,b", "\"a\"", "<script>", "ü", "[31m", &too_long] {
                let made = id(bad).await;
                assert_ne!(made, bad);
                assert!(made.len() >= 16 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
            }
            assert_ne!(id("").await, id("").await);
            let refusal = app.anon().asks("GET", "/nowhere", &[("x-request-id", "mine")]).await;
            assert_eq!(refusal.refuses(404, "no_such_route")["request_id"], "mine");
        }

        async fn secure_every_answer(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let secured = |answer: &Answer| {
                assert_eq!(answer.header("x-content-type-options"), "nosniff");
                assert_eq!(answer.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
                assert_eq!(answer.header("referrer-policy"), "no-referrer");
                answer.header("strict-transport-security").to_owned()
            };
            let tls = with_options(&app, Options { public_url: "https://hall.example".into(), ..Options::default() }).await;
            for (method, path) in [("GET", "/livez"), ("GET", "/v1/me"), ("GET", "/nowhere"), ("PUT", "/v1/me"), ("HEAD", "/livez")] {
                assert_eq!(secured(&ann.asks(method, path, &[]).await), "");
                assert!(secured(&tls.anon().asks(method, path, &[]).await).starts_with("max-age="));
            }
        }

        async fn keep_what_is_somebodys_out_of_caches(app: TestApp) {
            let acme = app.signs_up("Ann").await.founds("Acme").await;
            let ann = &acme.founder;
            for (path, control) in [
                ("/v1/me", "private, no-cache"),
                (&*acme.path(""), "private, no-cache"),
                ("/v1/orgs", "no-store"),
                ("/v1/orgs/nothing", "no-store"),
                (&acme.path("/members"), "no-store"),
            ] {
                assert_eq!(ann.get(path).await.header("cache-control"), control, "{path}");
            }
            assert_eq!(app.anon().get("/v1/me").await.header("cache-control"), "no-store");
            // Credentials in a body are nobody else's either (RFC 6749, section 5.1).
            let login = json!({ "email": ann.email, "password": crate::support::PASSWORD });
            assert_eq!(app.anon().post("/v1/auth/login", login).await.header("cache-control"), "no-store, no-transform");
        }

        async fn answer_304_to_who_has_it(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            let tag = ann.get("/v1/me").await.header("etag").to_owned();
            let ask = |method: &'static str, tags: String| {
                let ann = ann.clone();
                async move { ann.asks(method, "/v1/me", &[("if-none-match", &tags)]).await }
            };
            assert!(tag.starts_with("W/\"1-"), "{tag}");
            let bare = tag.trim_start_matches("W/").trim_matches('"');
            for tags in [
                tag.clone(),
                format!("\"{bare}\""),
                format!("W/\"{bare}-gzip\""),
                format!("\"{bare};br\""),
                format!("\"{bare}\"-gzip"),
                format!("\"other\", {tag}"),
                "*".into(),
            ] {
                for method in ["GET", "HEAD"] {
                    let answer = ask(method, tags.clone()).await;
                    assert_eq!(answer.status, 304, "{method} {tags}");
                    assert_eq!(answer.header("etag"), tag);
                    assert_eq!(answer.header("cache-control"), "private, no-cache");
                }
            }
            let longer = format!("\"{bare}a\"");
            for tags in [String::new(), "\"other\"".into(), tag.replace('"', ""), tag.replace("\"1-", "\"2-"), "\"1\"".into(), longer] {
                ask("GET", tags).await.is(200);
            }
            ann.patch("/v1/me", json!({ "name": "Anna" })).await.is(200);
            assert_ne!(ask("GET", tag.clone()).await.header("etag"), tag);
            // Who may not see it isn't told that it is the same.
            app.anon().asks("GET", "/v1/me", &[("if-none-match", "*")]).await.refuses(401, "unauthenticated");
        }

        async fn of_head_are_those_of_get(app: TestApp) {
            let ann = app.signs_up("Ann").await;
            for path in ["/v1/me", "/livez", "/openapi.json", "/docs", "/v1/orgs"] {
                let (get, head) = (ann.get(path).await, ann.asks("HEAD", path, &[]).await);
                assert_eq!((head.status, &head.body), (200, &Value::Null));
                for name in ["etag", "content-type", "cache-control", "content-length"] {
                    assert_eq!(head.header(name), get.header(name), "{path} {name}");
                }
            }
            assert_eq!(ann.asks("HEAD", "/nowhere", &[]).await.status, 404);
        }
    }
}

pub mod cors {
    use super::*;

    const FRIEND: &str = "https://app.example.com";
    const PREFLIGHT: (&str, &str) = ("access-control-request-method", "PATCH");

    fn allowed(answer: &Answer) -> &str {
        answer.header("access-control-allow-origin")
    }

    both_engines! {
        async fn lets_the_listed_origins_in_and_no_other(app: TestApp) {
            let origins = format!("{FRIEND}, http://localhost:3000").parse().unwrap();
            let app = with_options(&app, Options { cors_origins: origins, ..Options::default() }).await;
            let anon = app.anon();
            for origin in [FRIEND, "http://localhost:3000"] {
                for (method, path) in [("GET", "/livez"), ("GET", "/v1/me"), ("GET", "/nowhere"), ("OPTIONS", "/v1/me")] {
                    let answer = anon.asks(method, path, &[("origin", origin), PREFLIGHT]).await;
                    assert_eq!(allowed(&answer), origin, "{method} {path}");
                    assert_eq!(answer.header("vary"), "Origin");
                    assert!(answer.header("access-control-expose-headers").contains("ETag"));
                    assert_eq!(answer.header("access-control-allow-credentials"), "true");
                }
            }
            let preflight = anon.asks("OPTIONS", "/v1/orgs/acme", &[("origin", FRIEND), PREFLIGHT]).await;
            assert_eq!(preflight.status, 204);
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                assert!(preflight.header("access-control-allow-methods").contains(method));
            }
            for header in ["Authorization", "Content-Type", "If-Match", "Idempotency-Key"] {
                assert!(preflight.header("access-control-allow-headers").contains(header));
            }
            for foreign in ["https://evil.example", "null", "https://app.example.com.evil.example", "http://app.example.com", "HTTPS://APP.EXAMPLE.COM", "*"] {
                for method in ["GET", "OPTIONS"] {
                    let answer = anon.asks(method, "/livez", &[("origin", foreign), PREFLIGHT]).await;
                    assert_eq!(allowed(&answer), "", "{method} {foreign}");
                    assert_eq!(answer.header("vary"), "Origin");
                }
            }
            assert_eq!(allowed(&anon.get("/livez").await), "");
        }

        async fn lets_pages_of_this_machine_in_while_it_is_developed_against(app: TestApp) {
            let app = with_options(&app, Options { cors_origins: Origins::on_loopback(), ..Options::default() }).await;
            app.signs_up("Ann").await;
            let login = json!({ "email": "ann@example.com", "password": crate::support::PASSWORD, "session": "cookie" });
            let login = app.anon().post("/v1/auth/login", login).await;
            let cookie = login.header("set-cookie").split(';').next().unwrap().to_owned();
            // As the proxy of a development server passes them on, with its own host or with this server's.
            for origin in ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080", "http://localhost"] {
                assert_eq!(allowed(&app.anon().asks("GET", "/livez", &[("origin", origin)]).await), origin);
                for host in ["localhost:5173", &app.address.to_string()] {
                    let headers = [("cookie", &*cookie), ("origin", origin), ("host", host)];
                    app.anon().asks("POST", "/v1/auth/refresh", &headers).await.is(200);
                }
            }
            for foreign in ["https://localhost:5173", "http://localhost.evil.example", "http://localhost:5173.evil.example", "http://127.0.0.1:x", "http://10.0.0.1:5173", "null"] {
                assert_eq!(allowed(&app.anon().asks("GET", "/livez", &[("origin", foreign)]).await), "", "{foreign}");
                let headers = [("cookie", &*cookie), ("origin", foreign)];
                app.anon().asks("POST", "/v1/auth/refresh", &headers).await.refuses(403, "origin_not_allowed");
            }
        }

        async fn lets_nobody_in_where_none_is_configured(app: TestApp) {
            for method in ["GET", "OPTIONS"] {
                let answer = app.anon().asks(method, "/livez", &[("origin", FRIEND), PREFLIGHT]).await;
                assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control")));
            }
        }
    }
}

mod pages {
    use super::*;

    const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

    fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
        document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
            item.as_object().unwrap().iter().map(move |(method, operation)| {
                assert!(METHODS.contains(&method.as_str()), "{path} {method}");
                (format!("{method} {path}"), operation)
            })
        })
    }

    /// Calls with each value inside, and where it is.
    fn walk(value: &Value, at: &str, seen: &mut impl FnMut(&str, &Value)) {
        seen(at, value);
        match value {
            Value::Object(map) => {
                map.iter().for_each(|(key, value)| walk(value, &format!("{at}/{key}"), seen));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, value)| walk(value, &format!("{at}/{i}"), seen));
            }
            _ => {}
        }
    }

    /// The schema itself, or the one that it refers to.
    fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => document
                .pointer(reference.trim_start_matches('#'))
                .unwrap_or_else(|| panic!("{reference} leads nowhere")),
            None => schema,
        }
    }

    /// Every object schema that a body is made of denies unknown fields.
    fn denies_unknown_fields(document: &Value, schema: &Value, at: &str) {
        let schema = resolved(document, schema);
        // What a browser answers may have fields that nobody has heard of yet.
        let is_ours = !at.ends_with("/credential");
        if is_ours && (schema.get("properties").is_some() || schema["type"] == "object") {
            assert_eq!(schema["additionalProperties"], false, "{at} takes unknown fields");
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten().filter(|_| is_ours) {
            denies_unknown_fields(document, property, &format!("{at}/{name}"));
        }
        for list in ["anyOf", "oneOf", "allOf"] {
            for part in schema[list].as_array().into_iter().flatten() {
                denies_unknown_fields(document, part, at);
            }
        }
        if let Some(items) = schema.get("items") {
            denies_unknown_fields(document, items, at);
        }
    }

    #[test]
    fn the_document_is_what_generators_can_read() {
        let document = &Contract::get().document;
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = std::collections::BTreeSet::new();
        for (name, operation) in operations(document) {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id), "{id} twice");
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{id}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
            let declared: Vec<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            let named: Vec<&str> =
                name.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            assert_eq!(declared, named, "{name}");
            let mut parameters = std::collections::BTreeSet::new();
            for parameter in operation["parameters"].as_array().unwrap() {
                assert!(
                    parameters.insert((parameter["in"].as_str(), parameter["name"].as_str())),
                    "{name}: {parameter} twice"
                );
                assert!(parameter["schema"].is_object(), "{name}: {parameter}");
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
            let secured = operation["security"] != json!([]);
            let proves = ["/login", "/refresh", "/auth/passkey/finish", "/auth/oidc/{provider}/finish"];
            assert_eq!(
                responses.contains_key("401"),
                secured || proves.iter().any(|end| name.contains(end)),
                "{name}"
            );
            for status in ["431", "500", "503"] {
                assert!(responses.contains_key(status), "{name} without {status}");
            }
            for (status, response) in responses {
                assert!(
                    response["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{name} {status}"
                );
                if status.parse::<u16>().unwrap() >= 400 {
                    let codes: Vec<&Code> = Code::ALL
                        .iter()
                        .filter(|code| {
                            response["description"]
                                .as_str()
                                .unwrap()
                                .contains(&format!("`{}`", code.as_str()))
                        })
                        .collect();
                    assert!(
                        !codes.is_empty() && codes.iter().all(|code| code.status().to_string() == *status),
                        "{name} {status}"
                    );
                }
            }
            if let Some(body) = operation.get("requestBody") {
                for (kind, content) in body["content"].as_object().unwrap() {
                    denies_unknown_fields(document, &content["schema"], &format!("{name} {kind}"));
                }
                for status in ["400", "413", "415", "422"] {
                    assert!(responses.contains_key(status), "{name} without {status}");
                }
            }
        }
        walk(document, "", &mut |at, value| {
            if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
                assert!(
                    document.pointer(reference.trim_start_matches('#')).is_some(),
                    "{at}: {reference} leads nowhere"
                );
            }
            let key = at.rsplit('/').next().unwrap();
            let is_schema = matches!(key, "schema" | "items") || at.rsplit('/').nth(1) == Some("properties");
            assert!(!is_schema || value.is_object() || at.contains("/example/"), "{at} is {value}");
        });
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
            let mut whole = schema.clone();
            whole["components"] = document["components"].clone();
            jsonschema::meta::validate(&whole).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }

    both_engines! {
        async fn the_document_is_served_as_it_is(app: TestApp) {
            let answer = app.anon().get("/openapi.json").await;
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.is(200), Contract::get().document);
        }

        async fn every_code_has_its_page(app: TestApp) {
            for code in Code::ALL {
                let page = app.anon().get(format!("/problems/{}", code.as_str())).await.is(200);
                assert_eq!((&page["code"], &page["status"]), (&json!(code.as_str()), &json!(code.status())));
                assert!(page["help"].as_str().unwrap().ends_with('.'), "{page}");
            }
        }

        async fn the_reference_works_without_a_network(app: TestApp) {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let get = |path: &str, tag: &str| {
                let request = client.get(format!("http://{}{path}", app.address)).header("accept-encoding", "gzip").header("if-none-match", tag);
                async move { request.send().await.unwrap() }
            };
            let header = |answer: &reqwest::Response, name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            let page = get("/docs", "").await;
            assert_eq!(page.status(), 200);
            assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
            let (policy, tag) = (header(&page, "content-security-policy"), header(&page, "etag"));
            assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe") && !policy.contains("http"), "{policy}");
            assert_eq!((header(&page, "content-encoding"), header(&page, "vary")), ("gzip".into(), "Accept-Encoding".into()));
            let html = std::io::read_to_string(flate2::read::GzDecoder::new(&*page.bytes().await.unwrap())).unwrap();
            let plain = app.anon().request(&Method::GET, "/docs", &[], None).await;
            assert_eq!(plain.headers().get("content-encoding"), None);
            assert_eq!(plain.text().await.unwrap(), html);
            let files: Vec<&str> = html.split('"').filter(|text| text.starts_with("/docs/")).collect();
            assert!(files.len() >= 8, "{html}");
            assert!(!html.contains("http://") && !html.contains("https://"), "{html}");
            for file in files {
                let answer = get(file, "").await;
                assert_eq!(answer.status(), 200, "{file}");
                assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
                assert_eq!(get(file, &header(&answer, "etag")).await.status(), 304, "{file}");
            }
            // The document is compressed for who asks for that.
            let answer = get("/openapi.json", "").await;
            let (coding, vary, tag_of_gzip) = (header(&answer, "content-encoding"), header(&answer, "vary"), header(&answer, "etag"));
            assert_eq!((&*coding, &*vary), ("gzip", "Accept-Encoding"));
            let document: Value = serde_json::from_reader(flate2::read::GzDecoder::new(&*answer.bytes().await.unwrap())).unwrap();
            assert_eq!(document, Contract::get().document);
            assert_eq!(get("/openapi.json", &tag_of_gzip).await.status(), 304);
            let plain = app.anon().asks("GET", "/openapi.json", &[("accept-encoding", "gzip;q=0")]).await;
            assert_eq!(plain.header("etag"), tag_of_gzip, "a weak one: the document is the same");
            assert_eq!(plain.is(200), document);
            // A 304 replaces the stored headers (RFC 9111, section 3.2): the page must keep its own policy.
            let same = get("/docs", &tag).await;
            assert_eq!(same.status(), 304);
            assert_eq!(header(&same, "content-security-policy"), policy);
            assert_eq!(header(&same, "cache-control"), "no-cache");
        }
    }
}
