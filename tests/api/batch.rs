//! `POST /v1/orgs/{org}/batch`: several changes in one transaction.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Actor, Answer, MailServer, Options, Org, Side, TestApp, both_engines, differences, each,
};

impl Org {
    async fn batch(&self, who: &Actor, operations: Value) -> Answer {
        who.post(self.path("/batch"), json!({ "operations": operations })).await
    }
}

impl Answer {
    /// The index of the operation that a batch was refused for, in a refusal with this status and code.
    #[track_caller]
    fn refuses_operation(self, status: u16, code: &str) -> i64 {
        self.refuses(status, code)["operation"].as_i64().unwrap()
    }

    /// The status of each result.
    #[track_caller]
    fn statuses(&self) -> Vec<i64> {
        assert_eq!(self.status, 200, "{}: {}", self.asked, self.body);
        self.body["results"]
            .as_array()
            .unwrap()
            .iter()
            .map(|result| result["status"].as_i64().unwrap())
            .collect()
    }
}

fn operation(method: &str, path: &str) -> Value {
    json!({ "method": method, "path": path })
}

fn with(method: &str, path: &str, body: &Value) -> Value {
    json!({ "method": method, "path": path, "body": body })
}

fn label(name: &str) -> Value {
    with("POST", "/labels", &json!({ "name": name }))
}

fn task(title: &str) -> Value {
    with("POST", "/projects/WEB/tasks", &json!({ "title": title }))
}

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

async fn token(who: &Actor, scope: &str) -> Actor {
    let made = who.post("/v1/me/tokens", json!({ "name": "Script", "scopes": [scope] })).await.is(201);
    who.with_token(made["token"].as_str().unwrap())
}

both_engines! {
    async fn a_batch_does_all_in_order_with_references_to_what_it_made(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let seq = acme.last_seq().await;
        let answer = acme.batch(&ann, json!([
            { "method": "POST", "path": "/projects", "ref": "site", "body": { "name": "Site", "key": "SITE" } },
            { "method": "POST", "path": "/projects/{site}/columns", "ref": "soon", "body": { "name": "Soon", "status": "todo" } },
            { "method": "POST", "path": "/labels", "ref": "bug", "body": { "name": "Bug" } },
            { "method": "POST", "path": "/projects/{site}/tasks", "ref": "top",
              "body": { "title": "Top", "column_id": { "$ref": "soon" }, "label_ids": [{ "$ref": "bug" }], "assignee_ids": [ann.id] } },
            { "method": "POST", "path": "/v1/orgs/ACME/projects/SITE/tasks", "ref": "below", "body": { "title": "Below", "parent_id": { "$ref": "top" } } },
            { "method": "POST", "path": "/tasks/{below}/comments", "ref": "hello", "body": { "body": "A $ref is no reference" } },
            { "method": "PUT", "path": "/tasks/{below}/comments/{hello}/resolved" },
            { "method": "POST", "path": "/tasks/{top}/links", "body": { "kind": "blocks", "task_id": { "$ref": "below" } } },
            { "method": "PATCH", "path": format!("/v1/orgs/{}/tasks/{{top}}", acme.id), "if_match": "1", "body": { "status": "review" } },
            { "method": "DELETE", "path": "/tasks/{top}/labels/{bug}", "body": null },
        ])).await;
        assert_eq!(answer.statuses(), [201, 201, 201, 201, 201, 201, 200, 201, 200, 204]);
        assert_eq!(answer.header("cache-control"), "no-store, no-transform");
        let made = |index: usize| &answer.body["results"][index]["body"];
        let top = ann.get(acme.path("/tasks/SITE-1")).await.is(200);
        assert_eq!((&top["id"], &top["status"], &top["labels"]), (&made(3)["id"], &json!("review"), &json!([])));
        assert_eq!((&made(3)["column_id"], &made(3)["labels"][0]["id"]), (&made(1)["id"], &made(2)["id"]));
        assert_eq!((&made(4)["parent_id"], &made(8)["assignees"][0]["name"], made(9)), (&top["id"], &json!("Ann"), &Value::Null));
        assert_eq!(made(5)["body"], "A $ref is no reference");
        assert_eq!(ann.get(acme.path("/tasks/SITE-2")).await.is(200)["blocked"], true);
        let told = acme.told().await;
        assert_eq!(acme.last_seq().await, i64::try_from(told.len()).unwrap());
        assert_eq!(told[usize::try_from(seq).unwrap()], "Ann created the project Site");
        assert_eq!(told.last().unwrap(), "Ann removed the label Bug from SITE-1");
        // A client's own id can be referred to as well, and each operation sees what those before it did.
        let answer = acme.batch(&ann, json!([
            { "method": "POST", "path": "/labels", "ref": "old", "body": { "id": "ffffffff-ffff-7fff-bfff-ffffffffffff", "name": "Far" } },
        ])).await;
        assert_eq!(answer.refuses(422, "invalid_input")["errors"][0]["pointer"], "/operations/0/body/id");
        let answer = acme.batch(&ann, json!([label("One"), label("one")])).await;
        assert_eq!(answer.refuses_operation(409, "label_taken"), 1);
        assert_eq!(acme.batch(&ann, json!([with("PATCH", "/v1/orgs/acme", &json!({ "name": "Acme & Co" }))])).await.statuses(), [200]);
    }

    async fn the_first_refusal_undoes_all_and_says_which(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (mia, other) = (acme.gets("Mia", "member").await, ann.founds("Other").await);
        acme.task("WEB", "First").await;
        other.project("Side").await;
        let (foreign, mark) = (other.task("SID", "Theirs").await["id"].clone(), other.label("Theirs").await);
        let (reader, writer) = (token(&ann, "read").await, token(&ann, "write").await);
        assert_eq!(acme.batch(&writer, json!([label("By a token")])).await.statuses(), [201]);
        reader.get(acme.path("")).await.is(200);
        // By a server with mail, in which an invitation is a message that waits to be sent.
        let options = Options { mail: Some(MailServer::start().await), ..Options::default() };
        let mailing = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = ann.with_address(mailing.address);
        while app.database.number("select count(*) from mails").await > 0 {
            tokio::task::yield_now().await;
        }
        let invitation = with("POST", "/invitations", &json!({ "email": "bob@example.com", "role": "member" }));
        let transfer = with("POST", "/transfer", &json!({ "user_id": mia.id }));
        let owner = with("PATCH", &format!("/members/{}", mia.id), &json!({ "role": "owner" }));
        let foreign_path = format!("/tasks/{}", foreign.as_str().unwrap());
        let side = Side::of(&app).await;
        let before = side.stored().await;
        let stale = json!({ "method": "PATCH", "path": "/tasks/WEB-1", "if_match": "W/\"7-x\"", "body": { "title": "Late" } });
        for (who, refused, status, code, pointer) in [
            (&ann, task(""), 422, "invalid_input", "/body/title"),
            (&ann, with("POST", "/projects/WEB/tasks", &json!({ "title": "A", "parent_id": foreign })), 422, "invalid_input", "/body/parent_id"),
            (&ann, with("POST", "/projects/WEB/tasks", &json!({ "title": "A", "label_ids": [mark] })), 422, "invalid_input", "/body/label_ids/0"),
            (&ann, operation("DELETE", "/projects/WEB?no=1"), 422, "invalid_input", "/path"),
            (&ann, operation("POST", "/labels"), 400, "malformed_json", ""),
            (&ann, operation("DELETE", "/tasks/WEB-7"), 404, "not_found", ""),
            (&ann, operation("DELETE", &foreign_path), 404, "not_found", ""),
            (&ann, label("By a token"), 409, "label_taken", ""),
            (&ann, stale, 412, "precondition_failed", ""),
            (&mia, label("Mine"), 403, "forbidden", ""),
            (&mia, transfer.clone(), 403, "forbidden", ""),
            (&writer, transfer.clone(), 403, "token_not_allowed", ""),
            // What a fresh session may, a batch may not.
            (&ann, transfer, 422, "not_in_batch", ""),
            (&ann, owner, 422, "not_in_batch", ""),
            (&ann, operation("DELETE", "/v1/orgs/acme?confirm=acme"), 422, "not_in_batch", ""),
        ] {
            let first = [task("Quagmire"), if who.id == ann.id && who.token == ann.token { invitation.clone() } else { task("More") }];
            let asked = json!([first[0], first[1], refused, task("Never")]);
            let refusal = acme.batch(who, asked).await.refuses(status, code);
            assert_eq!(refusal["operation"], 2, "{refusal}");
            assert_eq!(refusal["errors"][0]["pointer"].as_str().map(str::to_owned), (!pointer.is_empty()).then(|| format!("/operations/2{pointer}")), "{refusal}");
            match code {
                "forbidden" => assert_eq!(refusal["role"], "member"),
                "precondition_failed" => assert_eq!(refusal["current"]["title"], "First"),
                _ => assert!(refusal["detail"].as_str().unwrap().starts_with("Operation 2: "), "{refusal}"),
            }
        }
        acme.batch(&reader, json!([task("Read")])).await.refuses(403, "insufficient_scope");
        // What one operation takes from the caller, the next no longer has.
        assert_eq!(acme.batch(&mia, json!([operation("POST", "/leave"), task("Gone")])).await.refuses_operation(404, "not_found"), 1);
        assert_eq!(differences(&before, &side.stored().await), [] as [String; 0]);
        assert_eq!(ann.get(acme.path("/search?q=quagmire")).await.is(200)["items"], json!([]));
        assert_eq!(acme.task("WEB", "Next").await["key"], "WEB-2");
        assert_eq!(acme.batch(&ann, json!([task("Third"), invitation])).await.statuses(), [201, 201]);
        assert!(mailing.mail_to("bob@example.com").await.subject.contains("Acme"));
    }

    async fn each_operation_passes_the_gate_of_its_own_request(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mia = acme.gets("Mia", "member").await;
        acme.task("WEB", "Ann's").await;
        ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Mia's", "assignee_ids": [mia.id] })).await.is(201);
        mia.post(acme.path("/projects/WEB/tasks"), json!({ "title": "By Mia" })).await.is(201);
        acme.private_project("Secret").await;
        acme.task("SEC", "Hidden").await;
        let seq = acme.last_seq().await;
        let (title, comment) = (json!({ "title": "New" }), json!({ "body": "Hello" }));
        for (method, path, body, status) in [
            (Method::POST, "/projects/WEB/tasks".to_owned(), title.clone(), 201),
            (Method::PATCH, "/tasks/WEB-1".into(), title.clone(), 403),
            (Method::PATCH, "/tasks/WEB-2".into(), title.clone(), 200),
            (Method::PATCH, "/tasks/SEC-1".into(), title.clone(), 404),
            (Method::POST, "/projects/SEC/tasks".into(), title, 404),
            (Method::POST, "/tasks/WEB-1/comments".into(), comment.clone(), 201),
            (Method::POST, "/tasks/SEC-1/comments".into(), comment, 404),
            (Method::PUT, format!("/tasks/WEB-1/assignees/{}", mia.id), Value::Null, 200),
            (Method::PUT, format!("/tasks/WEB-1/assignees/{}", ann.id), Value::Null, 403),
            (Method::DELETE, "/tasks/WEB-1".into(), Value::Null, 403),
            (Method::DELETE, "/tasks/WEB-3".into(), Value::Null, 204),
            (Method::POST, "/projects".into(), json!({ "name": "Mine" }), 403),
            (Method::POST, "/projects/WEB/archive".into(), Value::Null, 403),
            (Method::POST, "/invitations".into(), json!({ "email": "bob@example.com", "role": "member" }), 403),
            (Method::DELETE, format!("/members/{}", ann.id), Value::Null, 403),
        ] {
            let asked = json!({ "operations": [{ "method": method.as_str(), "path": path, "body": body }] });
            let dry = mia.post(acme.path("/batch?dry_run=true"), asked).await;
            if status < 300 {
                assert_eq!(dry.statuses(), [status], "{path}");
                continue;
            }
            let own = mia.send(method, &acme.path(&path), &[], Some(body).filter(|body| !body.is_null())).await;
            assert_eq!((i64::from(dry.status), &dry.body["code"]), (status, &own.body["code"]), "{path}");
            assert_eq!((own.status, &own.body["required_role"]), (dry.status, &dry.body["required_role"]), "{path}");
        }
        assert_eq!(acme.last_seq().await, seq);
    }

    async fn only_changes_of_the_organization_can_be_operations(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let other = ann.founds("Other").await;
        let seq = acme.last_seq().await;
        let nested = json!({ "operations": [label("Bug")] });
        let invitations = json!({ "invitations": [{ "email": "bob@example.com", "role": "member" }] });
        for alone in [
            with("POST", "/batch", &nested),
            with("POST", "/invitations/bulk", &invitations),
            operation("POST", "/events/ticket"),
            operation("POST", "/nothing"),
            operation("POST", "/labels/1/2/3"),
            operation("PUT", "/labels"),
            operation("POST", "/"),
            operation("DELETE", "/?confirm=acme"),
            with("POST", "/v1/orgs", &json!({ "name": "Third" })),
            with("POST", "/v1/me/tokens", &json!({ "name": "Script", "scopes": ["read"] })),
            operation("POST", "/v1/auth/logout"),
            with("POST", &other.path("/labels"), &json!({ "name": "Bug" })),
            with("POST", "/v1/orgs/nobody/labels", &json!({ "name": "Bug" })),
            with("POST", "/v1/orgs/acme-2/labels", &json!({ "name": "Bug" })),
        ] {
            assert_eq!(acme.batch(&ann, json!([label("Bug"), alone])).await.refuses_operation(422, "not_in_batch"), 1, "{alone}");
        }
        let reference = json!({ "title": "A", "label_ids": [{ "$ref": "later" }] });
        for (wrong, place, code) in [
            (json!({ "method": "GET", "path": "/labels" }), "/method", "invalid_value"),
            (json!({ "method": "POST" }), "/path", "required"),
            (with("POST", "labels", &json!({ "name": "Bug" })), "/path", "invalid_value"),
            (operation("POST", &format!("/{}", "a".repeat(2000))), "/path", "too_long"),
            (with("POST", "/la bels", &json!({ "name": "Bug" })), "/path", "invalid_value"),
            (with("POST", "/labels?dry%5Frun=true", &json!({ "name": "Bug" })), "/path", "invalid_value"),
            (with("POST", "/tasks/{later}/comments", &json!({ "body": "Hello" })), "/path", "unknown_ref"),
            (with("POST", "/tasks/{own}/comments", &json!({ "body": "Hello" })), "/path", "unknown_ref"),
            (with("POST", "/tasks/{later/comments", &json!({ "body": "Hello" })), "/path", "invalid_format"),
            (with("POST", "/projects/WEB/tasks", &reference), "/body/label_ids/0", "unknown_ref"),
            (json!({ "method": "POST", "path": "/labels", "body": { "name": "Bug" }, "if_match": "\n" }), "/if_match", "invalid_format"),
            (json!({ "method": "POST", "path": "/labels", "ref": "a b", "body": { "name": "Bug" } }), "/ref", "invalid_format"),
            (json!({ "method": "POST", "path": "/leave", "ref": "own" }), "/ref", "invalid_value"),
            (json!({ "method": "PATCH", "path": "/projects/WEB", "ref": "own", "body": { "name": "Web 2" } }), "/ref", "invalid_value"),
            (json!({ "method": "POST", "path": "/invitations", "ref": "own", "body": { "email": "bob@example.com", "role": "member" } }), "/ref", "invalid_value"),
            (json!({ "method": "POST", "path": "/labels", "ref": "first", "body": { "name": "Bug" } }), "/ref", "duplicate"),
            (json!({ "method": "POST", "path": "/labels", "name": "Bug" }), "/name", "unknown_field"),
            (json!({ "method": "POST", "path": "/labels", "body": { "name": "a\u{0}" } }), "/body/name", "invalid_text"),
        ] {
            let first = json!({ "method": "POST", "path": "/labels", "ref": "first", "body": { "name": "First" } });
            acme.batch(&ann, json!([first, wrong])).await.rejects(&format!("/operations/1{place}"), code);
        }
        acme.batch(&ann, json!([])).await.rejects("/operations", "too_short");
        let many: Vec<Value> = (0..101).map(|n| label(&format!("Label {n}"))).collect();
        acme.batch(&ann, json!(many)).await.rejects("/operations", "too_long");
        assert_eq!(acme.last_seq().await, seq);
        assert_eq!(acme.batch(&ann, json!(many[..100])).await.statuses(), [201; 100]);
        assert_eq!(acme.last_seq().await, seq + 100);
        // The input tells nothing to a stranger, nor to a token that may only read.
        let (stranger, reader) = (app.signs_up("Sue").await, token(&ann, "read").await);
        for body in [json!({ "operations": [] }), json!([]), json!({ "operations": [operation("POST", "/nothing")] })] {
            stranger.post(acme.path("/batch"), body.clone()).await.refuses(404, "not_found");
            app.anon().post(acme.path("/batch"), body.clone()).await.refuses(401, "unauthenticated");
            reader.post(acme.path("/batch"), body).await.refuses(403, "insufficient_scope");
        }
    }

    async fn a_batch_is_rehearsed_repeated_and_counted_as_what_it_holds(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let body = json!({ "operations": [label("Bug"), task("Quagmire")] });
        let key = [("idempotency-key", "key")];
        let side = Side::of(&app).await;
        let before = side.stored().await;
        let dry = ann.send(Method::POST, &acme.path("/batch?dry_run=true"), &key, Some(body.clone())).await;
        assert_eq!((dry.statuses(), &dry.body["results"][1]["body"]["key"]), (vec![201, 201], &json!("WEB-1")));
        let refused = json!({ "operations": [label("Bug"), label("")] });
        assert_eq!(ann.post(acme.path("/batch?dry_run=true"), refused).await.refuses_operation(422, "invalid_input"), 1);
        assert_eq!(differences(&before, &side.stored().await), [] as [String; 0]);
        // A batch has one key, and is done once.
        let seq = acme.last_seq().await;
        let all = join_all((0..6).map(|_| ann.send(Method::POST, "/v1/orgs/acme/batch", &key, Some(body.clone())))).await;
        assert!(all.iter().all(|answer| answer.status == 200 && answer.bytes == all[0].bytes));
        assert_eq!(acme.last_seq().await, seq + 2);
        let other = json!({ "operations": [label("Other")] });
        ann.send(Method::POST, "/v1/orgs/acme/batch", &key, Some(other)).await.refuses(422, "idempotency_key_reused");
        // Each operation is taken from the budget of requests.
        let options = Options { rate_limit: "250".parse().unwrap(), ..Options::default() };
        let strict = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = ann.with_address(strict.address);
        let hundred = |title: &str| json!({ "operations": (0..100).map(|n| label(&format!("{title} {n}"))).collect::<Vec<_>>() });
        for title in ["First", "Second"] {
            assert_eq!(ann.post(acme.path("/batch"), hundred(title)).await.statuses().len(), 100);
        }
        let refused = ann.post(acme.path("/batch"), hundred("Third")).await;
        assert!((1..60).contains(&refused.header("retry-after").parse::<u64>().unwrap()), "{refused:?}");
        refused.refuses(429, "rate_limited");
        ann.get(acme.path("")).await.is(200);
        app.clock.advance(Duration::from_mins(1));
        assert_eq!(ann.post(acme.path("/batch"), hundred("Third")).await.statuses().len(), 100);
    }

    async fn parallel_batches_are_each_in_one_piece(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let seq = acme.last_seq().await;
        let fifty = |batch: usize| json!((0..50).map(|n| task(&format!("{batch} {n}"))).collect::<Vec<_>>());
        let all = join_all((0..6).map(|batch| acme.batch(&ann, fifty(batch)))).await;
        let mut firsts = Vec::new();
        for answer in all {
            let numbers: Vec<i64> = answer.is(200)["results"].as_array().unwrap().iter().map(|it| it["body"]["number"].as_i64().unwrap()).collect();
            assert_eq!(numbers, (numbers[0]..numbers[0] + 50).collect::<Vec<_>>());
            firsts.push(numbers[0]);
        }
        firsts.sort_unstable();
        assert_eq!(firsts, [1, 51, 101, 151, 201, 251]);
        assert_eq!(acme.last_seq().await, seq + 300);
        let titles = each(&json!(ann.walks(&acme.path("/tasks?sort=number"), 200).await), "/title");
        for piece in titles.chunks(50) {
            let batch = piece[0].split(' ').next().unwrap();
            assert!(piece.iter().enumerate().all(|(n, title)| *title == format!("{batch} {n}")), "{piece:?}");
        }
    }
}
