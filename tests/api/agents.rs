//! `POST /mcp`: the Model Context Protocol, of 2026-07-28 and of the versions before it. A real client speaks it in
//! `tests/clients/mcp.py`.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Engine, Options, Org, TestApp, both_engines, run};

const VERSION: &str = "2026-07-28";
const ACCEPT: (&str, &str) = ("accept", "application/json, text/event-stream");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Sends a message with these headers. Returns the status and the body.
async fn sends(who: &Actor, headers: &[(&str, &str)], message: &str) -> (u16, Value) {
    let answer = who.request(&Method::POST, "/mcp", headers, Some(message.as_bytes().to_vec())).await;
    let status = answer.status().as_u16();
    (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or(Value::Null))
}

fn message(method: &str, params: &Value) -> String {
    let mut params = params.clone();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

/// Sends a request of the newest version.
pub async fn asks(who: &Actor, method: &str, params: Value) -> (u16, Value) {
    let name = params["name"].as_str().unwrap_or_default().to_owned();
    let mut headers = vec![ACCEPT, JSON, ("mcp-protocol-version", VERSION), ("mcp-method", method)];
    if !name.is_empty() {
        headers.push(("mcp-name", &name));
    }
    sends(who, &headers, &message(method, &params)).await
}

/// Calls a tool. Returns whether it was refused, and what it tells.
async fn calls(who: &Actor, tool: &str, input: Value) -> (bool, Value) {
    let (status, answer) = asks(who, "tools/call", json!({ "name": tool, "arguments": input })).await;
    assert_eq!(status, 200, "{tool} {input}: {answer}");
    let result = &answer["result"];
    let told = result["structuredContent"].clone();
    // Clients that read only text get the same.
    let text = result["content"][0]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), told);
    (result["isError"].as_bool().unwrap(), told)
}

#[track_caller]
fn done((refused, told): (bool, Value)) -> Value {
    assert!(!refused, "{told}");
    told
}

#[track_caller]
fn refusal((refused, problem): (bool, Value)) -> (i64, String) {
    assert!(refused, "{problem}");
    (problem["status"].as_i64().unwrap(), problem["code"].as_str().unwrap().to_owned())
}

async fn agent(who: &Actor, scopes: Value) -> Actor {
    let made = who.post("/v1/me/tokens", json!({ "name": "Helper", "scopes": scopes })).await.is(201);
    who.with_token(made["token"].as_str().unwrap())
}

async fn acme(app: &TestApp) -> (Actor, Org, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    let helper = agent(&ann, json!(["read", "write"])).await;
    (ann, acme, helper)
}

both_engines! {
    async fn an_agent_does_the_work_of_a_team_and_the_record_says_for_whom(app: TestApp) {
        let (ann, acme, helper) = acme(&app).await;
        let found = done(calls(&helper, "find", json!({ "kind": "organizations" })).await);
        assert_eq!(found["items"][0]["slug"], "acme");
        let label = done(calls(&helper, "create", json!({ "organization": "acme", "kind": "label", "fields": { "name": "Bug" } })).await);
        let label = label["result"]["id"].clone();
        let fields = json!({ "title": "Header", "label_ids": [label], "assignee_ids": [ann.id] });
        let made = done(calls(&helper, "create", json!({ "organization": "acme", "kind": "task", "project": "WEB", "fields": fields })).await);
        assert_eq!(made["result"]["key"], "WEB-1");
        for (tool, input, pointer, expected) in [
            ("change", json!({ "task": "WEB-1", "fields": { "priority": "high" }, "version": 1 }), "/result/priority", json!("high")),
            ("change", json!({ "project": "WEB", "fields": { "name": "Site" } }), "/result/name", json!("Site")),
            ("comment", json!({ "task": "WEB-1", "body": "On it" }), "/result/body", json!("On it")),
            ("move", json!({ "task": "WEB-1", "status": "review" }), "/result/status", json!("review")),
            ("create", json!({ "kind": "column", "project": "WEB", "fields": { "name": "Soon", "status": "todo" } }), "/result/name", json!("Soon")),
            ("create", json!({ "kind": "project", "fields": { "name": "App" } }), "/result/key", json!("APP")),
            ("read", json!({ "task": "WEB-1" }), "/task/comments/0/body", json!("On it")),
            ("read", json!({ "project": "WEB" }), "/columns/items/5/name", Value::Null),
            ("read", json!({}), "/organization/role", json!("owner")),
            ("find", json!({ "kind": "tasks", "status": "review", "sort": "-priority,due_at" }), "/items/0/key", json!("WEB-1")),
            ("find", json!({ "kind": "texts", "q": "header" }), "/items/0/object/key", json!("WEB-1")),
            ("find", json!({ "kind": "members", "q": "an" }), "/items/0/user/name", json!("Ann")),
            ("find", json!({ "kind": "labels" }), "/items/0/name", json!("Bug")),
            ("find", json!({ "kind": "projects", "limit": 1 }), "/items/0/key", json!("WEB")),
            ("report", json!({ "kind": "statistics" }), "/by_status/review", json!(1)),
        ] {
            let mut input = input;
            input["organization"] = "acme".into();
            let told = done(calls(&helper, tool, input.clone()).await);
            if expected.is_null() {
                assert!(told.pointer(pointer).is_some(), "{tool} {input}: {told}");
            } else {
                assert_eq!(told.pointer(pointer), Some(&expected), "{tool} {input}: {told}");
            }
        }
        let mine = done(calls(&helper, "find", json!({ "kind": "my_tasks" })).await);
        assert_eq!(mine["items"][0]["key"], "WEB-1");

        let report = done(calls(&helper, "report", json!({ "organization": "acme", "kind": "activity", "action": "task.status_changed" })).await);
        let entry = &report["items"][0];
        assert_eq!(entry["summary"], "Helper for Ann moved WEB-1 from To do to Review");
        assert_eq!((&entry["actor"]["kind"], &entry["actor"]["name"], &entry["actor"]["token_name"]), (&json!("token"), &json!("Ann"), &json!("Helper")));
        let undone = done(calls(&helper, "undo", json!({ "organization": "acme", "seq": entry["seq"] })).await);
        assert_eq!(undone["result"]["undone"], json!([entry["seq"]]));
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["status"], "todo");
        // The answer of a change has the seq that takes it back, too.
        done(calls(&helper, "undo", json!({ "organization": "acme", "seq": undone["seq"] })).await);
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["status"], "review");
        done(calls(&helper, "delete", json!({ "organization": "acme", "task": "WEB-1" })).await);
        let trash = done(calls(&helper, "report", json!({ "organization": "acme", "kind": "trash" })).await);
        assert_eq!(trash["items"].as_array().unwrap().len(), 1);
    }

    async fn a_change_is_tried_without_being_made_and_repeated_without_being_made_twice(app: TestApp) {
        let (ann, acme, helper) = acme(&app).await;
        acme.task("WEB", "Header").await;
        let before = (acme.last_seq().await, ann.get(acme.path("/tasks")).await.is(200));
        for (tool, input) in [
            ("create", json!({ "kind": "task", "project": "WEB", "fields": { "title": "Tried" } })),
            ("change", json!({ "task": "WEB-1", "fields": { "title": "Tried" } })),
            ("comment", json!({ "task": "WEB-1", "body": "Tried" })),
            ("move", json!({ "task": "WEB-1", "status": "done" })),
            ("delete", json!({ "task": "WEB-1" })),
            ("delete", json!({ "project": "WEB" })),
            ("undo", json!({ "seq": before.0 })),
        ] {
            let mut input = input;
            (input["organization"], input["dry_run"]) = ("acme".into(), true.into());
            let told = done(calls(&helper, tool, input.clone()).await);
            assert_eq!((&told["dry_run"], &told["seq"]), (&json!(true), &Value::Null), "{tool} {input}: {told}");
            if tool == "delete" {
                assert_eq!(told["counts"]["tasks"], 1, "{input}: {told}");
            }
            assert_eq!((acme.last_seq().await, ann.get(acme.path("/tasks")).await.is(200)), before, "{tool} {input}");
        }

        let input = json!({ "organization": "acme", "kind": "task", "project": "WEB", "fields": { "title": "Once" }, "idempotency_key": "once" });
        let told = join_all((0..5).map(|_| calls(&helper, "create", input.clone()))).await;
        let told: Vec<Value> = told.into_iter().map(done).collect();
        assert_eq!(told.iter().filter(|told| told["replayed"] == true).count(), 4, "{told:?}");
        assert!(told.iter().all(|other| (&other["result"], &other["seq"]) == (&told[0]["result"], &told[0]["seq"])), "{told:?}");
        assert_eq!(acme.last_seq().await, told[0]["seq"].as_i64().unwrap());
        // The header does the same, where a client sends one.
        let keyed = [ACCEPT, JSON, ("mcp-protocol-version", "2025-11-25"), ("idempotency-key", "by-header")];
        let mut other = input;
        other.as_object_mut().unwrap().remove("idempotency_key");
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "create", "arguments": other } });
        for replayed in [Value::Null, json!(true)] {
            let (status, answer) = sends(&helper, &keyed, &call.to_string()).await;
            assert_eq!((status, &answer["result"]["structuredContent"]["replayed"]), (200, &replayed), "{answer}");
        }
        other["idempotency_key"] = "once".into();
        other["fields"]["title"] = "Other".into();
        assert_eq!(refusal(calls(&helper, "create", other).await), (422, "idempotency_key_reused".into()));
    }

    async fn an_agent_may_what_its_credential_may(app: TestApp) {
        let (ann, acme, helper) = acme(&app).await;
        let (mia, mallory) = (acme.gets("Mia", "member").await, app.signs_up("Mallory").await);
        ann.founds("Bolt").await;
        let secret = acme.private_project("Secret").await["key"].as_str().unwrap().to_owned();
        acme.task(&secret, "Hidden").await;
        let hidden = format!("{secret}-1");
        acme.task("WEB", "Header").await;
        let everything = json!(["read", "write"]);
        let (reader, of_mia, of_mallory) =
            (agent(&ann, json!(["read"])).await, agent(&mia, everything.clone()).await, agent(&mallory, everything).await);
        let bolt = ann.get("/v1/orgs/bolt").await.is(200)["id"].clone();
        let only_bolt = ann.post("/v1/me/tokens", json!({ "name": "Bolt's", "scopes": ["read"], "organization_id": bolt })).await;
        let only_bolt = ann.with_token(only_bolt.is(201)["token"].as_str().unwrap());
        let before = acme.last_seq().await;
        let task = json!({ "kind": "task", "project": "WEB", "fields": { "title": "A" } });
        for (who, tool, input, expected) in [
            (&reader, "create", task.clone(), (403, "insufficient_scope")),
            (&reader, "delete", json!({ "task": "WEB-1", "dry_run": true }), (403, "insufficient_scope")),
            (&of_mia, "delete", json!({ "project": "WEB" }), (403, "forbidden")),
            (&of_mia, "create", json!({ "kind": "label", "fields": { "name": "A" } }), (403, "forbidden")),
            (&of_mia, "read", json!({ "task": hidden }), (404, "not_found")),
            (&of_mia, "comment", json!({ "task": hidden, "body": "Hi" }), (404, "not_found")),
            (&of_mallory, "find", json!({ "kind": "tasks" }), (404, "not_found")),
            (&of_mallory, "undo", json!({ "seq": 1 }), (404, "not_found")),
            (&only_bolt, "read", json!({}), (404, "not_found")),
            (&helper, "change", json!({ "task": "WEB-1", "fields": { "title": "A" }, "version": 7 }), (412, "precondition_failed")),
            (&helper, "change", json!({ "task": "WEB-1", "fields": {}, "idempotency_key": "with space" }), (422, "invalid_input")),
            (&helper, "find", json!({ "kind": "tasks", "status": "nope" }), (422, "invalid_input")),
            (&helper, "find", json!({ "kind": "nope" }), (422, "invalid_input")),
            (&helper, "find", json!({ "kind": "texts", "q": "a".repeat(70_000) }), (422, "invalid_input")),
            (&helper, "read", json!({ "task": "" }), (404, "not_found")),
            (&helper, "delete", json!({ "project": "", "dry_run": true }), (404, "not_found")),
            (&helper, "comment", json!({ "task": "", "body": "Hi" }), (404, "not_found")),
            (&helper, "find", json!({ "kind": "tasks", "cursor": "nope" }), (422, "invalid_cursor")),
            (&helper, "read", json!({ "task": "WEB-1", "project": "WEB" }), (422, "invalid_input")),
            (&helper, "read", json!({ "task": "../../../me" }), (404, "not_found")),
            (&helper, "read", json!({ "task": "WEB-1?fields=id#" }), (404, "not_found")),
            (&helper, "create", json!({ "kind": "task", "fields": { "title": "A" } }), (422, "invalid_input")),
            (&helper, "delete", json!({}), (422, "invalid_input")),
            (&helper, "undo", json!({ "seq": 1 }), (409, "not_undoable")),
        ] {
            let mut input = input;
            input["organization"] = "acme".into();
            let asked = format!("{} {tool} {input}", who.name);
            assert_eq!(refusal(calls(who, tool, input).await), (expected.0, expected.1.to_owned()), "{asked}");
        }
        let of_hidden = done(calls(&of_mia, "report", json!({ "organization": "acme", "kind": "activity", "task": hidden })).await);
        assert_eq!(of_hidden["items"], json!([]));
        // Mistakes have their place in the input of the tool.
        let (_, problem) = calls(&helper, "create", json!({ "organization": "acme", "kind": "task", "project": "WEB", "fields": { "title": "" } })).await;
        assert_eq!((&problem["errors"][0]["pointer"], &problem["detail"]), (&json!("/fields/title"), &json!("/title: must not be empty")));
        let (_, problem) = calls(&helper, "delete", json!({ "organization": "acme", "task": "WEB-1", "idempotency_key": "a b" })).await;
        assert_eq!(problem["errors"][0]["pointer"], "/idempotency_key");
        let (_, problem) = calls(&helper, "find", json!({ "kind": "tasks" })).await;
        assert_eq!(problem["errors"][0]["pointer"], "/organization");
        assert_eq!(acme.last_seq().await, before, "a refused call has changed something");
        let removed = ann.delete(acme.path(&format!("/members/{}", mia.id))).await;
        assert!(removed.succeeded());
        assert_eq!(refusal(calls(&of_mia, "read", json!({ "organization": "acme" })).await), (404, "not_found".into()));
    }

    async fn the_protocol_is_that_of_both_eras(app: TestApp) {
        let (ann, _, helper) = acme(&app).await;
        let (status, answer) = asks(&helper, "tools/list", json!({})).await;
        assert_eq!((status, &answer["result"]["resultType"], &answer["result"]["cacheScope"]), (200, &json!("complete"), &json!("public")));
        let tools = answer["result"]["tools"].as_array().unwrap();
        let told: Vec<(&str, bool, bool)> = tools.iter().map(|tool| {
            let hint = |name: &str| tool["annotations"][name].as_bool().unwrap_or_default();
            assert!(jsonschema::draft202012::meta::is_valid(&tool["inputSchema"]), "{tool}");
            assert!(!tool.to_string().contains("$ref"), "{tool}");
            assert!(!tool["description"].as_str().unwrap().is_empty() && tool["inputSchema"]["type"] == "object", "{tool}");
            (tool["name"].as_str().unwrap(), hint("readOnlyHint"), hint("destructiveHint"))
        }).collect();
        assert_eq!(told, [
            ("find", true, false), ("read", true, false), ("report", true, false), ("create", false, false), ("change", false, true),
            ("comment", false, false), ("move", false, true), ("delete", false, true), ("undo", false, true),
        ]);
        let (status, answer) = asks(&helper, "server/discover", json!({})).await;
        assert_eq!(status, 200, "{answer}");
        assert!(answer["result"]["supportedVersions"].as_array().unwrap().contains(&json!(VERSION)), "{answer}");

        // Before 2026-07-28, a handshake comes first, and there need not be any session.
        let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
        let (status, answer) = sends(&helper, &[ACCEPT, JSON], &hello.to_string()).await;
        assert_eq!((status, &answer["result"]["protocolVersion"], &answer["result"]["serverInfo"]["name"]), (200, &json!("2025-11-25"), &json!("guildhall")));
        let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" }).to_string();
        let (status, answer) = sends(&helper, &[ACCEPT, JSON, ("mcp-protocol-version", "2025-11-25")], &list).await;
        assert_eq!((status, answer["result"]["tools"].as_array().map(Vec::len)), (200, Some(9)));

        let (call, modern) = (message("tools/list", &json!({})), [ACCEPT, JSON, ("mcp-protocol-version", VERSION)]);
        let with = |more: (&'static str, &'static str)| [modern.as_slice(), &[more]].concat();
        for (headers, sent, expected) in [
            (vec![ACCEPT, JSON], "{", 400),
            (vec![ACCEPT, JSON], "[]", 400),
            (vec![ACCEPT], "{}", 415),
            (vec![JSON], call.as_str(), 400),
            (vec![ACCEPT, JSON, ("content-encoding", "gzip")], call.as_str(), 415),
            (vec![ACCEPT, JSON, ("mcp-protocol-version", "1900-01-01")], call.as_str(), 400),
            (with(("mcp-method", "tools/call")), call.as_str(), 400),
            (with(("mcp-method", "nope")), &message("nope", &json!({})), 404),
            (with(("mcp-method", "tools/list")), &call.replace(VERSION, "2024-11-05"), 400),
            (with(("origin", "https://evil.example")), call.as_str(), 403),
        ] {
            assert_eq!(sends(&helper, &headers, sent).await.0, expected, "{headers:?} {sent}");
        }
        let large = format!("{}{}", " ".repeat(1024 * 1024), call);
        assert_eq!(sends(&helper, &with(("mcp-method", "tools/list")), &large).await.0, 413);
        // Few bytes, and much to keep.
        let many = json!({ "name": "find", "arguments": { "kind": vec![Vec::<u8>::new(); 5_000] } });
        let (status, problem) = asks(&helper, "tools/call", many).await;
        assert_eq!((status, &problem["code"]), (413, &json!("payload_too_large")));
        // The id under which the log has more is the server's, where the client's is no good.
        let headers = [ACCEPT, JSON, ("mcp-protocol-version", "2025-11-25"), ("x-request-id", "no <good>")];
        let call_find = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "find", "arguments": {} } });
        let answer = helper.request(&Method::POST, "/mcp", &headers, Some(call_find.to_string().into_bytes())).await;
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let told: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(told["result"]["structuredContent"]["request_id"], id);
        let (status, answer) = asks(&helper, "tools/call", json!({ "name": "nope", "arguments": {} })).await;
        assert_eq!((status, &answer["error"]["code"]), (200, &json!(-32602)), "{answer}");

        helper.get("/mcp").await.refuses(405, "method_not_allowed");
        for who in [app.anon(), ann.with_token("gh_nope"), ann.with_token("nope")] {
            let answer = who.request(&Method::POST, "/mcp", &[ACCEPT, JSON], Some(call.clone().into_bytes())).await;
            assert_eq!((answer.status().as_u16(), answer.headers()["www-authenticate"].to_str().unwrap()), (401, "Bearer"));
        }
    }

    async fn calls_are_counted_like_other_requests(app: TestApp) {
        let (ann, _, _) = acme(&app).await;
        let options = Options { rate_limit: "4".parse().unwrap(), ..Options::default() };
        let strict = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = Actor { app: strict, ..ann };
        let (status, _) = asks(&ann, "tools/list", json!({})).await;
        assert_eq!(status, 200);
        let told = join_all((0..6).map(|_| asks(&ann, "tools/list", json!({})))).await;
        assert!(told.iter().any(|(status, problem)| *status == 429 && problem["code"] == "rate_limited"), "{told:?}");
    }

    async fn a_change_tells_the_entry_that_it_wrote(app: TestApp) {
        let (ann, acme, _) = acme(&app).await;
        let seq = |answer: &crate::support::Answer| answer.headers.get("activity-seq").map(|seq| seq.to_str().unwrap().parse::<i64>().unwrap());
        let (project, key) = (acme.path("/projects/WEB/tasks"), [("idempotency-key", "a")]);
        let made = ann.send(Method::POST, &project, &key, Some(json!({ "title": "Header" }))).await;
        assert_eq!((made.status, seq(&made)), (201, Some(acme.last_seq().await)));
        let repeated = ann.send(Method::POST, &project, &key, Some(json!({ "title": "Header" }))).await;
        assert_eq!((repeated.header("idempotency-replayed"), seq(&repeated)), ("true", seq(&made)));
        let task = acme.path("/tasks/WEB-1");
        // Several kinds of change write several entries: the last one undoes them all.
        let changed = ann.patch(&task, json!({ "title": "Footer", "status": "done" })).await;
        assert_eq!(seq(&changed), Some(acme.last_seq().await));
        assert_eq!(seq(&ann.patch(&task, json!({ "title": "Footer" })).await), None, "nothing changed");
        assert_eq!(seq(&ann.patch(&task, json!({ "title": "" })).await), None, "nothing was done");
        assert_eq!(seq(&ann.get(&task).await), None);
        let operations = json!({ "operations": [
            { "method": "PATCH", "path": "/tasks/WEB-1", "body": { "title": "Navigation" } },
            { "method": "POST", "path": "/tasks/WEB-1/comments", "body": { "body": "Hi" } },
            { "method": "PATCH", "path": "/tasks/WEB-1", "body": { "title": "Navigation" } },
        ] });
        assert_eq!(seq(&ann.post(acme.path("/batch?dry_run=true"), operations.clone()).await), None, "it was a rehearsal");
        assert_eq!(seq(&ann.delete(format!("{task}?dry_run=true")).await), None, "it was a rehearsal");
        let batch = ann.post(acme.path("/batch"), operations).await;
        assert_eq!((batch.status, seq(&batch)), (200, Some(acme.last_seq().await)));
        let undone = ann.posts(acme.path(&format!("/activity/{}/undo", seq(&changed).unwrap()))).await;
        assert_eq!((undone.status, seq(&undone)), (409, None), "the title was changed since");
        ann.posts(acme.path(&format!("/activity/{}/undo", seq(&batch).unwrap()))).await.is(200);
        let deleted = ann.delete(&task).await;
        assert_eq!((deleted.status, seq(&deleted)), (204, Some(acme.last_seq().await)));
        ann.posts(acme.path(&format!("/activity/{}/undo", seq(&deleted).unwrap()))).await.is(200);
        assert_eq!(ann.get(&task).await.is(200)["title"], "Footer");
    }
}

/// Neither the lock nor who waits for it can be had on SQLite, and what is tested is above the engines.
#[test]
fn a_tool_whose_client_is_gone_ends() {
    run(Engine::Postgres, async |app: TestApp| {
        let (_, _, helper) = acme(&app).await;
        let (holder, watcher) = (app.database.postgres().await, app.database.postgres().await);
        holder.batch_execute("begin; lock table labels in access exclusive mode").await.unwrap();
        let sql = "select pid from pg_locks where not granted and relation = 'labels'::regclass
                   and database = (select oid from pg_database where datname = current_database())";
        let waiting = async || watcher.query_opt(sql, &[]).await.unwrap().map(|row| row.get::<_, i32>(0));
        let until = async |is_so: &dyn Fn(Option<i32>) -> bool| loop {
            let pid = waiting().await;
            if is_so(pid) {
                return pid;
            }
        };
        let find = json!({ "name": "find", "arguments": { "kind": "labels", "organization": "acme" } });
        let calling = tokio::spawn(async move { asks(&helper, "tools/call", find).await });
        let ends = async {
            let first = until(&|pid| pid.is_some()).await;
            // It is interrupted by itself once, and goes on in the heavy lane.
            until(&|pid| pid.is_some() && pid != first).await;
            calling.abort();
            until(&|pid| pid.is_none()).await
        };
        tokio::time::timeout(Duration::from_secs(10), ends).await.expect("it goes on for nobody");
        holder.batch_execute("rollback").await.unwrap();
    });
}
