//! Behind a proxy: a real nginx, as Debian ships it, in front of what the other tests ask; and what else proxies do to requests
//! and answers.

use std::net::{IpAddr, SocketAddr};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Contract, Nginx, Options, TestApp, both_engines};

/// Runs the bodies of other tests again, behind an nginx.
macro_rules! behind_nginx {
    ($($name:ident: $($path:ident)::+;)+) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                crate::support::run_behind_nginx(crate::support::Engine::Sqlite, crate::$($path)::+::body);
            }

            #[test]
            fn postgres() {
                crate::support::run_behind_nginx(crate::support::Engine::Postgres, crate::$($path)::+::body);
            }
        }
    )+};
}

mod nginx {
    behind_nginx! {
        a_known_object_is_not_sent_again: edge::headers::answer_304_to_who_has_it;
        nothing_of_somebodys_is_kept: edge::headers::keep_what_is_somebodys_out_of_caches;
        a_head_is_that_of_the_get: edge::headers::of_head_are_those_of_get;
        the_listed_origins_may_call: edge::cors::lets_the_listed_origins_in_and_no_other;
        a_stale_account_is_not_changed: accounts::me::a_stale_patch_is_refused;
        a_stale_organization_is_not_changed: orgs::a_stale_change_is_refused;
        a_stale_project_is_not_changed: projects::a_stale_change_is_refused_and_a_fresh_one_is_not;
        a_stale_task_is_not_changed: tasks::a_stale_change_is_refused_and_changes_nothing;
        a_stale_member_is_not_changed: members::a_role_change_is_on_record_and_takes_a_version;
        who_comes_too_late_is_shown_what_is: answers::a_change_that_comes_too_late_is_shown_the_object_as_it_is;
        names_are_read_in_any_case: answers::keys_and_slugs_are_read_in_any_case;
        events_come_as_they_are_done: events::what_is_done_comes_as_it_is_done;
        who_comes_back_misses_nothing: events::who_comes_back_misses_nothing_and_gets_nothing_twice;
        a_stream_ends_with_the_right_to_it: events::a_stream_ends_at_once_with_the_right_to_it;
        a_ticket_opens_a_stream: events::a_ticket_opens_one_stream_of_one_organization_soon;
        heartbeats_come_through: events::a_heartbeat_tells_how_far_the_stream_is;
        a_cookie_is_set_by_every_way_in: cookies::every_way_in_can_set_it;
        a_cookie_rotates: cookies::it_rotates_and_never_comes_into_a_body;
        a_cookie_is_used_for_some_pages_only: cookies::only_pages_that_may_call_can_have_it_used;
        a_cookie_is_taken_away: cookies::logging_out_takes_it_away;
    }
}

/// What a connection is told to a request as bytes, at whose end it closes: the status, the headers, the body.
async fn told(address: SocketAddr, request: &str) -> (u16, String, String) {
    let mut line = TcpStream::connect(address).await.unwrap();
    line.write_all(request.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    line.read_to_end(&mut heard).await.unwrap();
    let heard = String::from_utf8(heard).unwrap();
    let answer = heard.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&heard);
    let (headers, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{request}: {heard:?}"));
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    (status, headers.to_ascii_lowercase(), body.to_owned())
}

both_engines! {
    async fn a_tag_that_a_proxy_has_changed_is_good(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        let path = acme.path("/tasks/WEB-1");
        acme.task("WEB", "Paint it").await;
        let nginx = Nginx::in_front_of(app.address, "");
        let behind = ann.with_address(nginx.address);
        // It is too small for us, and not for nginx.
        let compressed = behind.request(&Method::GET, &path, &[("accept-encoding", "gzip")], None).await;
        assert_eq!(compressed.headers()["content-encoding"], "gzip");
        let tag = compressed.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(tag, behind.get(&path).await.header("etag"));
        behind.send(Method::GET, &path, &[("if-none-match", &tag), ("accept-encoding", "gzip")], None).await.is(304);
        // As Apache, Jetty and others have it.
        for form in ["\"?-gzip\"", "W/\"?--gzip\"", "\"?;br\"", "\"?\"-gzip", "\"?\""] {
            let tag = ann.get(&path).await.header("etag").to_owned();
            let tag = form.replace('?', tag.trim_start_matches("W/").trim_matches('"'));
            behind.send(Method::GET, &path, &[("if-none-match", &tag)], None).await.is(304);
            let title = json!({ "title": format!("Paint it like {form}") });
            behind.send(Method::PATCH, &path, &[("if-match", &tag)], Some(title.clone())).await.is(200);
            behind.send(Method::PATCH, &path, &[("if-match", &tag)], Some(title)).await.refuses(412, "precondition_failed");
            behind.send(Method::GET, &path, &[("if-none-match", &tag)], None).await.is(200);
        }
    }

    async fn the_client_s_address_is_the_one_that_the_proxy_saw(app: TestApp) {
        let options = Options { trusted_proxies: "127.0.0.1".parse().unwrap(), ..Options::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        app.signs_up("Ann").await;
        let nginx = Nginx::in_front_of(app.address, "");
        let from: IpAddr = "127.0.0.2".parse().unwrap();
        let client = reqwest::Client::builder().no_proxy().local_address(from).build().unwrap();
        let login = json!({ "email": "ann@example.com", "password": crate::support::PASSWORD }).to_string();
        let request = client.post(format!("http://{}/v1/auth/login", nginx.address)).header("content-type", "application/json");
        // What it says itself, nobody believes.
        let request = request.header("x-forwarded-for", "203.0.113.9").header("forwarded", "for=203.0.113.9;host=evil.test");
        let session: Value = serde_json::from_slice(&request.body(login).send().await.unwrap().bytes().await.unwrap()).unwrap();
        let ann = app.anon().with_token(session["access_token"].as_str().unwrap());
        assert_eq!(ann.get("/v1/me/sessions").await.is(200)["items"][0]["address"], "127.0.0.2");
    }

    async fn requests_are_understood_in_every_form_that_proxies_give_them(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        acme.task("WEB", "Paint it").await;
        let nginx = Nginx::in_front_of(app.address, "");
        let token = format!("Authorization: Bearer {}", ann.token.as_deref().unwrap());
        let (end, json) = ("Connection: close\r\n\r\n", "Content-Type: application/json");
        let host = "Host: guildhall.test";
        let chunked = "7\r\n{\"name\"\r\n9\r\n:\"Beta\"}\n\r\n0\r\n\r\n";
        for (request, status, says) in [
            (format!("POST /v1/orgs HTTP/1.1\r\n{host}\r\n{token}\r\n{json}\r\nTransfer-Encoding: chunked\r\n{end}{chunked}"), 201, "\"name\":\"Beta\""),
            (format!("POST /v1/orgs HTTP/1.1\r\n{host}\r\n{token}\r\n{json}\r\nExpect: 100-continue\r\nContent-Length: 16\r\n{end}{{\"name\":\"Gamma\"}}"), 201, "\"name\":\"Gamma\""),
            // In capitals, with spaces, and twice.
            (format!("GET /v1/me HTTP/1.1\r\nHOST: guildhall.test\r\n{}\r\n{end}", token.replace("Authorization: Bearer", "AUTHORIZATION:   bearer")), 200, "\"name\":\"Ann\""),
            (format!("GET /livez HTTP/1.1\r\n{host}\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n"), 200, "ok"),
            (format!("GET http://guildhall.test/livez HTTP/1.1\r\n{host}\r\n{end}"), 200, "ok"),
            ("GET /livez HTTP/1.0\r\n\r\n".into(), 200, "ok"),
            // What a proxy is told to say of the request doesn't change it.
            (format!("GET /v1/me HTTP/1.1\r\n{host}\r\n{token}\r\nX-HTTP-Method-Override: DELETE\r\nX-Original-URL: /v1/orgs\r\nX-Forwarded-Host: evil.test\r\nX-Forwarded-Proto: gopher\r\nX_Request_Id: no\r\n{end}"), 200, "\"name\":\"Ann\""),
            // A path is what it is, however it is written.
            (format!("GET /v1/orgs/acme/tasks/WEB%2D1 HTTP/1.1\r\n{host}\r\n{token}\r\n{end}"), 200, "\"key\":\"WEB-1\""),
            (format!("GET /v1/orgs/acme/tasks/WEB%252D1 HTTP/1.1\r\n{host}\r\n{token}\r\n{end}"), 404, "not_found"),
            (format!("GET /v1/orgs/acme/tasks/ HTTP/1.1\r\n{host}\r\n{token}\r\n{end}"), 404, "no_such_route"),
            (format!("GET /v1//orgs HTTP/1.1\r\n{host}\r\n{token}\r\n{end}"), 404, "no_such_route"),
        ] {
            for (address, way) in [(app.address, "directly"), (nginx.address, "by nginx")] {
                let (found, headers, body) = told(address, &request).await;
                assert_eq!(found, status, "{way}: {request}\n{body}");
                assert!(body.contains(says), "{way}: {request}\n{body}");
                assert!(!headers.contains("evil") && !headers.contains("location: http"), "{way}: {headers}");
            }
        }
        let root = format!("GET / HTTP/1.1\r\n{host}\r\n{end}");
        for address in [app.address, nginx.address] {
            let (status, headers, _) = told(address, &root).await;
            assert!(status == 307 && headers.contains("\r\nlocation: /docs\r\n"), "{headers}");
        }
    }

    async fn an_answer_names_the_place_of_what_it_made_without_a_host(app: TestApp) {
        let nginx = Nginx::in_front_of(app.address, "");
        let ann = app.signs_up("Ann").await.with_address(nginx.address);
        let new = ann.post("/v1/orgs", json!({ "name": "Acme" })).await;
        let place = new.header("location").to_owned();
        assert!(place.starts_with("/v1/orgs/"), "{place}");
        assert_eq!(ann.get(place).await.is(200)["name"], "Acme");
    }
}

/// nginx and others drop headers whose names have underscores.
#[test]
fn no_header_has_an_underscore() {
    let operations = Contract::get().document["paths"].as_object().unwrap().values();
    for operation in operations.flat_map(|path| path.as_object().unwrap().values()) {
        for parameter in operation["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            assert!(parameter["in"] != "header" || !name.contains('_'), "{name}");
        }
    }
}
