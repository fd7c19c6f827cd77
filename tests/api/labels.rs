//! `/v1/orgs/{org}/labels`, and the labels of tasks.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Org, Replica, TestApp, both_engines, each};

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

impl Org {
    /// Creates a task with these labels, and returns its key.
    async fn labelled(&self, title: &str, labels: &[&String]) -> String {
        let new = json!({ "title": title, "label_ids": labels });
        let made = self.founder.post(self.path("/projects/WEB/tasks"), new).await.is(201);
        made["key"].as_str().unwrap().to_owned()
    }

    /// The names of a task's labels.
    async fn labels_of(&self, task: &str) -> Vec<String> {
        each(&self.founder.get(self.path(&format!("/tasks/{task}"))).await.is(200)["labels"], "/name")
    }
}

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

both_engines! {
    async fn a_label_is_made_with_all_its_fields_and_found_where_the_answer_says(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let body = json!({ "name": " Bug ", "color": "#D73A4A", "description": "Something is broken" });
        let made = ann.post(acme.path("/labels"), body).await;
        let location = made.header("location").to_owned();
        let made = made.is(201);
        let mut rest = made.clone();
        for gone in ["id", "created_at", "updated_at"] {
            assert!(rest.as_object_mut().unwrap().shift_remove(gone).unwrap().is_string());
        }
        assert_eq!(rest, json!({
            "name": "Bug", "color": "#d73a4a", "description": "Something is broken", "can": ["edit", "delete"], "version": 1,
        }));
        assert_eq!(location, format!("/v1/orgs/{}/labels/{}", acme.id, made["id"].as_str().unwrap()));
        assert_eq!(ann.get(location).await.is(200), made);
        let plain = ann.post(acme.path("/labels"), json!({ "name": "Idea" })).await.is(201);
        assert_eq!((&plain["color"], &plain["description"]), (&json!("#6b7280"), &json!("")));
        let mia = acme.gets("Mia", "member").await;
        let listed = mia.get(acme.path("/labels")).await.is(200);
        assert_eq!(each(&listed["items"], "/name"), ["Bug", "Idea"]);
        assert_eq!(listed["items"][0]["can"], json!([]));
        assert_eq!(acme.told().await.into_iter().skip(3).take(2).collect::<Vec<_>>(),
            ["Ann created the label Bug", "Ann created the label Idea"]);
    }

    async fn a_name_is_one_labels_whatever_its_case_and_accents(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let make = async |name: &str| ann.post(acme.path("/labels"), json!({ "name": name })).await;
        make("Büro").await.is(201);
        for taken in ["Büro", "BÜRO", "buro", " Buro "] {
            make(taken).await.refuses(409, "label_taken");
        }
        for other in ["C#", "C++", "C", "バグ", "🔥"] {
            make(other).await.is(201);
        }
        let label = make("Free").await.is(201);
        let path = acme.path(&format!("/labels/{}", label["id"].as_str().unwrap()));
        ann.patch(&path, json!({ "name": "c#" })).await.refuses(409, "label_taken");
        assert_eq!(ann.patch(&path, json!({ "name": "FREE" })).await.is(200)["name"], "FREE");
        ann.delete(path).await.is(204);
        make("Free").await.is(201);
    }

    async fn labels_are_listed_by_name_in_pages_and_found_by_their_words(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        for name in ["zulu", "Alpha", "émile", "Beta", "front end", "Front-end 2"] {
            acme.label(name).await;
        }
        let all = ann.walks(&acme.path("/labels?"), 2).await;
        assert_eq!(each(&json!(all), "/name"), ["Alpha", "Beta", "émile", "front end", "Front-end 2", "zulu"]);
        for (q, found) in [("FRONT", 2), ("emile", 1), ("end%202", 1), ("nothing", 0), ("", 6)] {
            let page = ann.get(acme.path(&format!("/labels?q={q}"))).await.is(200);
            assert_eq!(page["items"].as_array().unwrap().len(), found, "{q}");
        }
    }

    async fn a_task_gets_labels_as_it_is_made_changed_and_one_by_one(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bug, idea, urgent) = (acme.label("Bug").await, acme.label("Idea").await, acme.label("Urgent").await);
        let task = acme.labelled("Broken", &[&urgent, &bug, &bug]).await;
        let path = acme.path(&format!("/tasks/{task}"));
        let shown = ann.get(&path).await.is(200);
        assert_eq!(shown["labels"], json!([
            { "id": bug, "name": "Bug", "color": "#6b7280" }, { "id": urgent, "name": "Urgent", "color": "#6b7280" },
        ]));
        // The same in another order changes nothing.
        assert_eq!(ann.patch(&path, json!({ "label_ids": [bug, urgent] })).await.is(200), shown);
        let changed = ann.patch(&path, json!({ "label_ids": [idea, bug] })).await.is(200);
        assert_eq!((each(&changed["labels"], "/name"), &changed["version"]), (vec!["Bug".into(), "Idea".into()], &json!(2)));
        let put = ann.put(format!("{path}/labels/{urgent}")).await.is(200);
        assert_eq!(each(&put["labels"], "/name"), ["Bug", "Idea", "Urgent"]);
        assert_eq!(ann.put(format!("{path}/labels/{urgent}")).await.is(200), put);
        ann.delete(format!("{path}/labels/{idea}")).await.is(204);
        ann.delete(format!("{path}/labels/{idea}")).await.refuses(404, "not_found");
        assert_eq!(acme.labels_of(&task).await, ["Bug", "Urgent"]);
        ann.patch(&path, json!({ "label_ids": null })).await.is(200);
        ann.patch(&path, json!({ "title": "Fixed", "label_ids": [idea] })).await.is(200);
        let told = acme.told().await;
        assert_eq!(told[told.len() - 6..], [
            "Ann created WEB-1",
            "Ann changed the labels of WEB-1",
            "Ann added the label Urgent to WEB-1",
            "Ann removed the label Idea from WEB-1",
            "Ann removed the labels Bug and Urgent from WEB-1",
            "Ann changed the title and labels of WEB-1",
        ]);
        let entry = ann.get(acme.path("/activity?limit=1")).await.is(200)["items"][0].clone();
        assert_eq!(entry["changes"]["labels"], json!({ "from": [], "to": [{ "id": idea, "name": "Idea" }] }));
    }

    async fn a_changed_label_is_changed_on_its_tasks_and_a_deleted_one_is_on_none(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bug, idea) = (acme.label("Bug").await, acme.label("Idea").await);
        let task = acme.labelled("Broken", &[&bug, &idea]).await;
        acme.labelled("Gone", &[&bug]).await;
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        let mut copy = Replica::of(&ann, &acme);
        copy.syncs(50).await;
        let path = acme.path(&format!("/labels/{bug}"));
        ann.patch(&path, json!({ "name": "Defect", "color": "#ff0000" })).await.is(200);
        let shown = ann.get(acme.path(&format!("/tasks/{task}"))).await.is(200);
        assert_eq!(shown["labels"][0], json!({ "id": bug, "name": "Defect", "color": "#ff0000" }));
        copy.syncs(1).await;
        copy.is_true().await;
        let rehearsed = ann.delete(format!("{path}?dry_run=true")).await.is(200);
        assert_eq!(rehearsed["counts"], json!({ "labels": 1, "tasks": 1 }));
        ann.delete(&path).await.is(204);
        ann.get(&path).await.refuses(404, "not_found");
        ann.patch(&path, json!({ "name": "Back" })).await.refuses(404, "not_found");
        assert_eq!(acme.labels_of(&task).await, ["Idea"]);
        copy.syncs(1).await;
        copy.is_true().await;
        assert_eq!(ann.get(acme.path(&format!("/tasks?label={bug}"))).await.is(200)["items"], json!([]));
        // A task that comes back comes without it.
        assert_eq!(ann.posts(acme.path("/tasks/WEB-2/restore")).await.is(200)["labels"], json!([]));
        assert_eq!(ann.get(acme.path("/tasks?label=none")).await.is(200)["items"][0]["key"], "WEB-2");
        let told = acme.told().await;
        assert_eq!(told[told.len() - 2], "Ann deleted the label Defect");
    }

    async fn wrong_values_are_told_by_their_place_and_change_nothing(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let label = acme.label("Bug").await;
        for (body, pointer, code) in [
            (json!({}), "/name", "required"),
            (json!({ "name": "" }), "/name", "too_short"),
            (json!({ "name": "a\u{202e}b" }), "/name", "invalid_text"),
            (json!({ "name": "New", "color": "red" }), "/color", "invalid_format"),
            (json!({ "name": "New", "color": "#12345g" }), "/color", "invalid_format"),
            (json!({ "name": "New", "color": "#éa345" }), "/color", "invalid_format"),
            (json!({ "name": "New", "description": "x".repeat(501) }), "/description", "too_long"),
            (json!({ "name": "New", "icon": "x" }), "/icon", "unknown_field"),
        ] {
            let refused = ann.post(acme.path("/labels"), body).await.refuses(422, "invalid_input");
            assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&json!(pointer), &json!(code)));
        }
        acme.labelled("Broken", &[&label]).await;
        let path = acme.path("/tasks/WEB-1");
        let other = ann.founds("Other").await.label("Foreign").await;
        let many: Vec<&str> = vec![NOBODY; 51];
        for (ids, pointer, code) in [
            (json!([label, NOBODY]), "/label_ids/1", "not_found"),
            (json!([other]), "/label_ids/0", "not_found"),
            (json!(["bug"]), "/label_ids/0", "invalid_format"),
            (json!(many), "/label_ids", "too_many"),
        ] {
            let refused = ann.patch(&path, json!({ "title": "New", "label_ids": ids })).await.refuses(422, "invalid_input");
            assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&json!(pointer), &json!(code)));
        }
        for foreign in [other.as_str(), NOBODY, "bug"] {
            ann.put(format!("{path}/labels/{foreign}")).await.refuses(404, "not_found");
            ann.get(acme.path(&format!("/labels/{foreign}"))).await.refuses(404, "not_found");
        }
        ann.get(acme.path("/tasks?label=bug")).await.refuses(422, "invalid_input");
        let shown = ann.get(&path).await.is(200);
        assert_eq!((&shown["title"], &shown["version"]), (&json!("Broken"), &json!(1)));
        assert_eq!(ann.get(acme.path("/labels")).await.is(200)["items"].as_array().unwrap().len(), 1);
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        ann.delete(format!("{path}/labels/{label}")).await.refuses(409, "project_archived");
        ann.put(format!("{path}/labels/{label}")).await.refuses(409, "project_archived");
    }

    async fn a_stale_change_of_a_label_is_refused_with_the_label_as_it_is(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let path = acme.path(&format!("/labels/{}", acme.label("Bug").await));
        let stale = ann.get(&path).await.header("etag").to_owned();
        let now = ann.patch(&path, json!({ "name": "Defect" })).await.is(200);
        for (method, body) in [(Method::PATCH, Some(json!({ "name": "Lost" }))), (Method::DELETE, None)] {
            let refused = ann.send(method, &path, &[("if-match", &stale)], body).await;
            assert_eq!(refused.refuses(412, "precondition_failed")["current"], now);
        }
    }

    async fn a_task_has_fifty_labels_at_most(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mut labels = Vec::new();
        for n in 0..51 {
            labels.push(acme.label(&format!("Label {n}")).await);
        }
        let task = acme.labelled("Busy", &labels[..50].iter().collect::<Vec<_>>()).await;
        let refused = ann.put(acme.path(&format!("/tasks/{task}/labels/{}", labels[50]))).await;
        let refused = refused.refuses(422, "invalid_input");
        assert_eq!((&refused["errors"][0]["parameter"], &refused["errors"][0]["code"]), (&json!("label"), &json!("too_many")));
        ann.delete(acme.path(&format!("/labels/{}", labels[0]))).await.is(204);
        ann.put(acme.path(&format!("/tasks/{task}/labels/{}", labels[50]))).await.is(200);
    }

    async fn fifty_who_create_put_and_delete_at_once_leave_one_state(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let create = || async { ann.post(acme.path("/labels"), json!({ "name": "Bug" })).await };
        let answers = join_all((0..50).map(|_| create())).await;
        let made: Vec<Value> = answers.into_iter().filter(|answer| answer.status == 201).map(|answer| answer.body).collect();
        let [bug] = made.as_slice() else { panic!("{} labels have the name", made.len()) };
        let bug = bug["id"].as_str().unwrap();
        for n in 0..10 {
            acme.labelled(&format!("Task {n}"), &[]).await;
        }
        let delete = ann.delete(acme.path(&format!("/labels/{bug}")));
        let urls: Vec<String> = (0..50).map(|n| acme.path(&format!("/tasks/WEB-{}/labels/{bug}", n % 10 + 1))).collect();
        let puts = join_all(urls.iter().map(|url| ann.put(url)));
        let (puts, deleted) = futures_util::join!(puts, delete);
        deleted.is(204);
        assert!(puts.iter().all(|put| matches!(put.status, 200 | 404)));
        let tasks = ann.get(acme.path("/tasks?limit=50")).await.is(200);
        assert!(tasks["items"].as_array().unwrap().iter().all(|task| task["labels"] == json!([])));
    }
}
