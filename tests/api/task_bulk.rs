//! `POST /v1/orgs/{org}/tasks/bulk`: many tasks changed in the same way, each with a result of its own.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::app::recount;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Org, Side, TestApp, both_engines, differences, each};

impl Org {
    async fn bulk(&self, who: &Actor, body: Value) -> Answer {
        who.post(self.path("/tasks/bulk"), body).await
    }
}

impl Answer {
    /// The status and the code of each result.
    #[track_caller]
    fn outcomes(&self) -> Vec<(i64, String)> {
        assert_eq!(self.status, 200, "{}: {}", self.asked, self.body);
        let outcome = |result: &Value| {
            let code = result["problem"]["code"].as_str().unwrap_or_default();
            assert_eq!(result["task"].is_null(), !code.is_empty(), "{result}");
            (result["status"].as_i64().unwrap(), code.to_owned())
        };
        self.body["results"].as_array().unwrap().iter().map(outcome).collect()
    }
}

fn ok(count: usize) -> Vec<(i64, String)> {
    vec![(200, String::new()); count]
}

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap().to_owned()
}

both_engines! {
    async fn each_task_changes_as_by_its_own_request_and_has_its_result(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mia = acme.gets("Mia", "member").await;
        let made = async |who: &Actor, key: &str, more: Value| {
            let mut body = json!({ "title": "A task" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            id(&who.post(acme.path(&format!("/projects/{key}/tasks")), body).await.is(201))
        };
        acme.private_project("Secret").await;
        acme.project("Old").await;
        let (mine, anns) = (made(&mia, "WEB", json!({})).await, made(&ann, "WEB", json!({})).await);
        let assigned = made(&ann, "WEB", json!({ "assignee_ids": [mia.id], "status": "in_progress" })).await;
        let (hidden, old) = (made(&ann, "SEC", json!({})).await, made(&mia, "OLD", json!({})).await);
        let none = id(&mia.founds("Other").await.project("Side").await);
        ann.posts(acme.path("/projects/OLD/archive")).await.is(200);
        let seq = acme.last_seq().await;
        let ids = json!([mine, anns, hidden, old, none, assigned]);
        let done = json!({ "ids": ids, "patch": { "status": "done", "priority": "high" } });
        let side = Side::of(&app).await;
        let before = side.stored().await;
        let dry = mia.post(acme.path("/tasks/bulk?dry_run=true"), done.clone()).await;
        // All or nothing: the first refusal is the answer.
        let mut whole = done.clone();
        whole["atomic"] = json!(true);
        let refused = acme.bulk(&mia, whole.clone()).await.refuses(403, "forbidden");
        assert_eq!((&refused["operation"], &refused["detail"].as_str().unwrap()[..7]), (&json!(1), "WEB-2: "));
        whole["ids"] = json!([mine, hidden]);
        assert_eq!(acme.bulk(&mia, whole.clone()).await.refuses(404, "not_found")["operation"], 1);
        whole["ids"] = json!([old, mine]);
        assert_eq!(acme.bulk(&mia, whole).await.refuses(409, "project_archived")["operation"], 0);
        assert_eq!(differences(&before, &side.stored().await), [] as [String; 0]);
        let answer = acme.bulk(&mia, done.clone()).await;
        let expected = [(200, ""), (403, "forbidden"), (404, "not_found"), (409, "project_archived"), (404, "not_found"), (200, "")];
        assert_eq!(answer.outcomes(), expected.map(|(status, code)| (status, code.to_owned())));
        assert_eq!((dry.outcomes(), each(&dry.body["results"], "/id")), (answer.outcomes(), each(&answer.body["results"], "/id")));
        for (index, task) in [(0, &mine), (5, &assigned)] {
            let shown = mia.get(acme.path(&format!("/tasks/{task}"))).await.is(200);
            assert_eq!((&answer.body["results"][index]["task"], &shown["status"], &shown["version"]), (&shown, &json!("done"), &json!(2)));
        }
        assert_eq!(ann.get(acme.path("/tasks/WEB-2")).await.is(200)["status"], "todo");
        let told = acme.told().await;
        assert_eq!(told[usize::try_from(seq).unwrap()..], [
            "Mia changed the priority of WEB-1", "Mia moved WEB-1 from To do to Done",
            "Mia changed the priority of WEB-3", "Mia moved WEB-3 from In progress to Done",
        ]);
        // What is as it is wanted isn't changed, and a key repeats the whole.
        assert_eq!(acme.bulk(&mia, done.clone()).await.outcomes(), answer.outcomes());
        let key = [("idempotency-key", "key")];
        let first = mia.send(Method::POST, &acme.path("/tasks/bulk"), &key, Some(done.clone())).await;
        let again = mia.send(Method::POST, &acme.path("/tasks/bulk"), &key, Some(done)).await;
        assert_eq!((again.header("idempotency-replayed"), &again.bytes), ("true", &first.bytes));
        assert_eq!(acme.last_seq().await, seq + 4);
    }

    async fn a_toolbar_adds_and_removes_assignees_and_labels(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (mia, zoe) = (acme.gets("Mia", "member").await, acme.gets("Zoe", "member").await);
        acme.private_project("Secret").await;
        let (bug, easy, late) = (acme.label("Bug").await, acme.label("Easy").await, acme.label("Late").await);
        let tasks = acme.path("/projects/WEB/tasks");
        ann.post(&tasks, json!({ "title": "One", "assignee_ids": [mia.id], "label_ids": [late] })).await.is(201);
        ann.post(&tasks, json!({ "title": "Two", "assignee_ids": [zoe.id], "label_ids": [bug, late] })).await.is(201);
        let hidden = id(&acme.task("SEC", "Hidden").await);
        let ids: Vec<String> = join_all(["WEB-1", "WEB-2"].map(|key| ann.get(acme.path(&format!("/tasks/{key}"))))).await.into_iter().map(|task| id(&task.is(200))).collect();
        let patch = json!({ "add_assignee_ids": [mia.id], "remove_assignee_ids": [zoe.id], "add_label_ids": [bug, easy], "remove_label_ids": [late] });
        let all = json!([ids[0], ids[1], hidden]);
        let answer = acme.bulk(&ann, json!({ "ids": all, "patch": patch })).await;
        assert_eq!(answer.outcomes(), [ok(2), vec![(422, "invalid_input".to_owned())]].concat());
        let errors = &answer.body["results"][2]["problem"]["errors"];
        assert_eq!((&errors[0]["pointer"], &errors[0]["code"]), (&json!("/patch/add_assignee_ids/0"), &json!("cannot_see_project")));
        for index in [0, 1] {
            let task = &answer.body["results"][index]["task"];
            assert_eq!((each(&task["assignees"], "/name"), each(&task["labels"], "/name")), (vec!["Mia".to_owned()], vec!["Bug".into(), "Easy".into()]));
        }
        // The same in the PATCH of one.
        let one = acme.path("/tasks/WEB-1");
        let task = ann.patch(&one, json!({ "assignee_ids": [zoe.id], "add_assignee_ids": [ann.id, zoe.id], "label_ids": null, "add_label_ids": [late] })).await.is(200);
        assert_eq!((each(&task["assignees"], "/name"), each(&task["labels"], "/name")), (vec!["Ann".to_owned(), "Zoe".into()], vec!["Late".into()]));
        let version = &task["version"];
        let same = ann.patch(&one, json!({ "add_assignee_ids": [zoe.id], "remove_assignee_ids": [mia.id], "add_label_ids": [late], "remove_label_ids": [bug] })).await.is(200);
        assert_eq!(&same["version"], version);
        ann.patch(&one, json!({ "add_label_ids": [hidden] })).await.rejects("/add_label_ids/0", "not_found");
        ann.patch(&one, json!({ "remove_label_ids": [bug, hidden] })).await.rejects("/remove_label_ids/1", "not_found");
        ann.patch(&one, json!({ "add_assignee_ids": [hidden] })).await.rejects("/add_assignee_ids/0", "cannot_see_project");
        ann.patch(&one, json!({ "remove_assignee_ids": [zoe.id, hidden] })).await.rejects("/remove_assignee_ids/1", "not_found");
        let many = ann.patch(&one, json!({ "remove_label_ids": vec![hidden.clone(); 51] })).await;
        many.rejects("/remove_label_ids", "too_many");
        // Who can't see a task any more isn't on it when it is reopened, also if others come to it.
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "status": "done", "assignee_ids": [zoe.id] })).await.is(200);
        ann.delete(acme.path(&format!("/members/{}", zoe.id))).await.succeeded().then_some(()).unwrap();
        let reopened = acme.bulk(&ann, json!({ "ids": [ids[1]], "patch": { "status": "todo", "add_assignee_ids": [mia.id] } })).await;
        assert_eq!(each(&reopened.body["results"][0]["task"]["assignees"], "/name"), ["Mia"]);
        let labels: Vec<Value> = (0..50).map(|n| json!({ "method": "POST", "path": "/labels", "body": { "name": format!("Label {n}") } })).collect();
        let made = ann.post(acme.path("/batch"), json!({ "operations": labels })).await.is(200);
        let labels = each(&made["results"], "/body/id");
        ann.patch(&one, json!({ "add_label_ids": labels })).await.rejects("/add_label_ids", "too_many");
        ann.patch(&one, json!({ "add_label_ids": labels, "remove_label_ids": [late] })).await.is(200);
    }

    async fn a_filter_chooses_the_tasks_and_input_is_refused_as_a_whole(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Side").await;
        let body = |path: &str, title: &str, priority: &str| json!({ "method": "POST", "path": path, "body": { "title": title, "priority": priority, "due_at": "2020-01-01T00:00:00Z" } });
        let operations = json!([
            body("/projects/WEB/tasks", "One", "low"), body("/projects/WEB/tasks", "Two", "high"), body("/projects/SID/tasks", "Three", "low"),
            body("/projects/WEB/tasks", "Four", "low"),
        ]);
        ann.post(acme.path("/batch"), json!({ "operations": operations })).await.is(200);
        let seq = acme.last_seq().await;
        let first = id(&ann.get(acme.path("/tasks/WEB-1")).await.is(200));
        for (wrong, pointer, code) in [
            (json!({ "patch": {} }), "/ids", "required"),
            (json!({ "ids": [first], "filter": {}, "patch": {} }), "/filter", "invalid_value"),
            (json!({ "ids": [], "patch": {} }), "/ids", "too_short"),
            (json!({ "ids": [first, first], "patch": {} }), "/ids/1", "duplicate"),
            (json!({ "ids": vec![first.clone(); 501], "patch": {} }), "/ids", "too_long"),
            (json!({ "ids": ["WEB-1"], "patch": {} }), "/ids/0", "invalid_format"),
            (json!({ "ids": null, "patch": {} }), "/ids", "invalid_type"),
            (json!({ "ids": [first] }), "/patch", "required"),
            (json!({ "ids": [first], "patch": { "title": "" } }), "/patch/title", "too_short"),
            (json!({ "ids": [first], "patch": { "id": first } }), "/patch/id", "unknown_field"),
            (json!({ "ids": [first], "patch": [] }), "/patch", "invalid_type"),
            (json!({ "ids": [first], "patch": {}, "atomic": "yes" }), "/atomic", "invalid_type"),
            (json!({ "filter": { "limit": "10" }, "patch": {} }), "/filter/limit", "unknown_field"),
            (json!({ "filter": { "status": ["open"] }, "patch": {} }), "/filter/status", "invalid_value"),
            (json!({ "filter": { "overdue": 1 }, "patch": {} }), "/filter/overdue", "invalid_type"),
            (json!({ "filter": { "group_by": "status" }, "patch": {} }), "/filter/group_by", "invalid_value"),
            (json!({ "filter": { "fields": "title" }, "patch": {} }), "/filter/fields", "invalid_value"),
            (json!({ "filter": { "include": "comments" }, "patch": {} }), "/filter/include", "invalid_value"),
        ] {
            acme.bulk(&ann, wrong).await.rejects(pointer, code);
        }
        ann.get(acme.path("/tasks/bulk")).await.refuses(405, "method_not_allowed");
        let stranger = app.signs_up("Sue").await;
        for body in [json!({}), json!({ "ids": [first], "patch": {} })] {
            stranger.post(acme.path("/tasks/bulk"), body).await.refuses(404, "not_found");
        }
        assert_eq!(acme.last_seq().await, seq);
        // As in a list: one text with commas or several, and in its order. A move puts them last in that order.
        let filter = json!({ "project": "web,none", "priority": ["low"], "overdue": true, "sort": "-number" });
        let answer = acme.bulk(&ann, json!({ "filter": filter, "patch": { "status": "review" }, "atomic": true })).await;
        assert_eq!((answer.outcomes(), each(&answer.body["results"], "/task/key")), (ok(2), vec!["WEB-3".to_owned(), "WEB-1".into()]));
        let board = ann.get(acme.path("/projects/WEB/tasks?sort=position")).await.is(200);
        assert_eq!(each(&board["items"], "/key"), ["WEB-2", "WEB-3", "WEB-1"]);
        let nothing = acme.bulk(&ann, json!({ "filter": { "q": "nobody" }, "patch": { "title": "Lost" } })).await;
        assert_eq!(nothing.outcomes(), []);
        let renamed = acme.bulk(&ann, json!({ "filter": { "assignee": "none" }, "patch": { "title": "Quagmire", "due_at": null } })).await;
        assert_eq!(renamed.outcomes(), ok(4));
        assert_eq!(ann.get(acme.path("/search?q=quagmire")).await.is(200)["items"].as_array().unwrap().len(), 4);
        assert_eq!(ann.get(acme.path("/tasks?overdue=true")).await.is(200)["items"], json!([]));
    }

    async fn many_change_at_once_with_all_that_is_counted(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mia = acme.gets("Mia", "member").await;
        let top = id(&acme.task("WEB", "Top").await);
        for part in 0..5 {
            let new = |n: usize| json!({ "method": "POST", "path": "/projects/WEB/tasks", "body": { "title": format!("{part} {n}"), "parent_id": top } });
            ann.post(acme.path("/batch"), json!({ "operations": (0..100).map(new).collect::<Vec<_>>() })).await.is(200);
        }
        let all = json!({ "filter": { "project": "WEB" }, "patch": { "priority": "low" } });
        acme.bulk(&ann, all).await.rejects("/filter", "too_many");
        let seq = acme.last_seq().await;
        let patch = json!({ "status": "done", "add_assignee_ids": [mia.id], "due_on": "2030-01-01" });
        let answer = acme.bulk(&ann, json!({ "filter": { "parent": top, "sort": "number" }, "patch": patch })).await;
        assert_eq!(answer.outcomes(), ok(500));
        assert_eq!(acme.last_seq().await, seq + 1500);
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["subtask_counts"], json!({ "total": 500, "done": 500 }));
        let positions = each(&answer.body["results"], "/task/position");
        assert!(positions.is_sorted_by(|before, after| before < after));
        let stats = ann.get(acme.path("/stats")).await.is(200);
        assert_eq!((&stats["by_status"]["done"], &stats["by_status"]["todo"]), (&json!(500), &json!(1)));
        // Others change the same tasks meanwhile, and every change is whole.
        app.clock.advance(Duration::from_mins(1));
        let ids = each(&answer.body["results"], "/id");
        assert_eq!(recount::differing(&app.app.public()).await.unwrap(), 0);
        let reopen = acme.bulk(&ann, json!({ "ids": ids, "patch": { "status": "in_progress" } }));
        let rename = acme.bulk(&mia, json!({ "ids": ids, "patch": { "priority": "urgent" } }));
        let own = join_all((0..8).map(|n| ann.patch(acme.path(&format!("/tasks/{}", ids[n])), json!({ "description": "Mine" }))));
        let (reopened, renamed, own) = futures_util::join!(reopen, rename, own);
        assert!(own.iter().all(Answer::succeeded) && reopened.outcomes() == ok(500) && renamed.outcomes() == ok(500));
        let first = ann.get(acme.path(&format!("/tasks/{}", ids[0]))).await.is(200);
        let fields = ["status", "priority", "description", "version"].map(|field| first[field].clone());
        assert_eq!(fields, [json!("in_progress"), json!("urgent"), json!("Mine"), json!(5)]);
        assert_eq!(acme.last_seq().await, seq + 1500 + 1008);
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["subtask_counts"], json!({ "total": 500, "done": 0 }));
        assert_eq!(recount::differing(&app.app.public()).await.unwrap(), 0);
    }
}
