//! `POST …/tasks/{task}/duplicate`: a copy of a task, with what is below and on it.

use futures_util::{future::join_all, join};
use guildhall::{
    app::{overdue, recount, reindex},
    base::limits::Limits,
};
use serde_json::{Value, json};

use crate::{
    statements::counted,
    support::{Actor, Options, Org, Replica, TestApp, both_engines, each},
};

/// WEB for everybody, and APP, which is private: Bob is in it, Mia isn't. In WEB is a tree, some of which is deleted.
async fn planted(app: &TestApp) -> (Actor, Org, Actor, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    let (bob, mia) = (acme.gets("Bob", "member").await, acme.gets("Mia", "member").await);
    acme.project("Web").await;
    acme.private_project("App").await;
    ann.put(acme.path(&format!("/projects/APP/members/{}", bob.id))).await.is(204);
    let bug = acme.label("Bug").await;
    let grow = async |mut task: Value, parent: Option<&Value>| {
        task["parent_id"] = parent.map_or(Value::Null, |parent| parent["id"].clone());
        ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201)
    };
    let above = grow(json!({ "title": "Above" }), None).await;
    let root = json!({
        "title": "Root", "description": "xylophone", "priority": "high", "status": "review", "label_ids": [bug],
        "assignee_ids": [bob.id], "start_on": "2020-03-01", "due_on": "2020-03-10",
    });
    let root = grow(root, Some(&above)).await;
    let next = grow(json!({ "title": "Next", "status": "review" }), None).await;
    let child = json!({ "title": "Child", "status": "done", "assignee_ids": [mia.id], "due_at": "2030-03-31T08:00:00Z" });
    let child = grow(child, Some(&root)).await;
    grow(json!({ "title": "Grandchild" }), Some(&child)).await;
    let gone = grow(json!({ "title": "Gone" }), Some(&root)).await;
    grow(json!({ "title": "Out of sight" }), Some(&gone)).await;
    ann.delete(acme.path("/tasks/WEB-6")).await.is(204);
    ann.post(acme.path("/tasks/WEB-2/comments"), json!({ "body": "Hello" })).await.is(201);
    let link = json!({ "kind": "blocks", "task_id": next["id"] });
    ann.post(acme.path("/tasks/WEB-2/links"), link).await.is(201);
    (ann, acme, bob, mia)
}

impl Org {
    pub async fn shows(&self, task: &str) -> Value {
        self.founder.get(self.path(&format!("/tasks/{task}"))).await.is(200)
    }

    async fn keys(&self, list: &str) -> Vec<String> {
        each(&json!(self.founder.walks(&self.path(list), 200).await), "/key")
    }

    async fn duplicates(&self, task: &str, body: Value) -> Value {
        self.founder.post(self.path(&format!("/tasks/{task}/duplicate")), body).await.is(201)
    }
}

/// The assignments that an answer says weren't copied.
fn unassigned(answer: &Value) -> Vec<String> {
    let name = |one: &Value| {
        format!("{} {}", one["task"]["key"].as_str().unwrap(), one["user"]["name"].as_str().unwrap())
    };
    answer["unassigned"].as_array().unwrap().iter().map(name).collect()
}

/// When a task starts and is due.
pub fn dates(task: &Value) -> Value {
    json!([task["start_on"], task["due_at"], task["due_on"]])
}

/// That everything that is kept of tasks is as it is counted anew.
pub async fn is_kept(app: &TestApp) {
    assert_eq!(recount::run(&app.app.public()).await.unwrap(), 0);
    assert_eq!(reindex::run(&app.app.public()).await.unwrap(), 0);
}

both_engines! {
    async fn a_copy_has_what_is_on_and_below_the_task_and_comes_behind_it(app: TestApp) {
        let (ann, acme, bob, mia) = planted(&app).await;
        let mut copies = [Replica::of(&ann, &acme), Replica::of(&mia, &acme)];
        for copy in &mut copies {
            copy.syncs(50).await;
        }
        let (root, child) = (acme.shows("WEB-2").await, acme.shows("WEB-4").await);
        let answer = bob.posts(acme.path("/tasks/web-2/duplicate")).await;
        let id = answer.body["id"].as_str().unwrap().to_owned();
        assert!(answer.header("location").ends_with(&format!("/tasks/{id}")), "{}", answer.header("location"));
        assert!(answer.header("etag").starts_with("W/\"1-"), "{}", answer.header("etag"));
        let copy = answer.is(201);
        assert_eq!((&copy["key"], &copy["number"], &copy["version"]), (&json!("WEB-8"), &json!(8), &json!(1)));
        for field in ["title", "description", "priority", "status", "column_id", "parent_id", "labels", "start_on", "due_on", "due_at"] {
            assert_eq!(copy[field], root[field], "{field}");
        }
        assert_eq!((&copy["assignees"], &copy["created_by"]), (&json!([bob.person()]), &bob.person()));
        assert_eq!((&copy["comment_count"], &copy["links"], &copy["blocked"]), (&json!(0), &json!([]), &json!(false)));
        assert_eq!((&copy["subtask_counts"], &copy["unassigned"]), (&json!({ "total": 1, "done": 0 }), &json!([])));
        let mut shown = copy.clone();
        shown.as_object_mut().unwrap().remove("unassigned");
        assert_eq!(bob.get(acme.path("/tasks/WEB-8")).await.is(200), shown);
        // What was closed is to be done again.
        let below = acme.shows("WEB-9").await;
        assert_eq!((&below["title"], &below["parent_id"], &below["assignees"]), (&child["title"], &copy["id"], &json!([mia.person()])));
        assert_eq!((&below["status"], &below["completed_at"], &below["due_at"]), (&json!("todo"), &json!(null), &child["due_at"]));
        let columns = ann.get(acme.path("/projects/WEB/columns")).await.is(200)["items"].clone();
        assert_eq!(below["column_id"], columns[0]["id"]);
        let last = acme.shows("WEB-10").await;
        assert_eq!((&last["title"], &last["parent_id"]), (&json!("Grandchild"), &below["id"]));
        assert_eq!(acme.keys("/tasks?project=WEB&sort=number").await.len(), 9, "nothing of what was deleted, and below it");
        assert_eq!(acme.keys("/projects/WEB/tasks?status=review&sort=position").await, ["WEB-2", "WEB-8", "WEB-3"]);
        assert_eq!(acme.keys("/projects/WEB/tasks?sort=position").await[1..5], ["WEB-2", "WEB-8", "WEB-9", "WEB-10"]);
        assert_eq!(acme.shows("WEB-1").await["subtask_counts"], json!({ "total": 2, "done": 0 }));
        let told = acme.told().await;
        assert_eq!(told[told.len() - 5..], [
            "Bob created WEB-8", "Bob assigned WEB-8 to Bob", "Bob created WEB-9", "Bob assigned WEB-9 to Mia", "Bob created WEB-10",
        ]);
        let found = ann.get(acme.path("/search?q=xylophone")).await.is(200);
        assert_eq!(each(&found["items"], "/object/key").len(), 2);
        for copy in &mut copies {
            copy.syncs(2).await;
            copy.is_true().await;
        }
        is_kept(&app).await;
        // A deadline that has passed is one of the copy too.
        assert_eq!(ann.get(acme.path("/stats")).await.is(200)["overdue"], 2);
        overdue::run(&app.app.public()).await.unwrap();
        let overdue = ann.get(acme.path("/activity?action=task.overdue")).await.is(200);
        assert_eq!(each(&overdue["items"], "/subject/label").len(), 2);
        // The copy of a closed task is open, at the end; where there is no room, those behind give way.
        let again = acme.duplicates("WEB-4", json!({})).await;
        assert_eq!((&again["key"], &again["status"], &again["parent_id"]), (&json!("WEB-11"), &json!("todo"), &root["id"]));
        let todo = acme.keys("/projects/WEB/tasks?status=todo&sort=position").await;
        assert_eq!(todo[todo.len() - 2..], ["WEB-11", "WEB-12"]);
        app.database.run("update tasks set position = 'a1'").await;
        acme.duplicates("WEB-3", json!({})).await;
        let review = acme.keys("/projects/WEB/tasks?status=review&sort=position").await;
        let place = |key: &str| review.iter().position(|one| one == key).unwrap();
        assert_eq!(place("WEB-13"), place("WEB-3") + 1, "{review:?}");
        assert_eq!(acme.task("WEB", "After all").await["key"], "WEB-14");
        is_kept(&app).await;
    }

    async fn a_copy_goes_into_another_project_and_takes_along_what_is_wanted(app: TestApp) {
        let (ann, acme, bob, mia) = planted(&app).await;
        acme.task("APP", "There before").await;
        let mut copy_of_mia = Replica::of(&mia, &acme);
        copy_of_mia.syncs(50).await;
        let copy = bob.post(acme.path("/tasks/WEB-2/duplicate"), json!({ "project": "app" })).await.is(201);
        let columns = ann.get(acme.path("/projects/APP/columns")).await.is(200)["items"].clone();
        assert_eq!((&copy["key"], &copy["parent_id"], &copy["column_id"]), (&json!("APP-2"), &json!(null), &columns[2]["id"]));
        assert_eq!(each(&copy["assignees"], "/name"), ["Bob"]);
        assert_eq!(unassigned(&copy), ["APP-3 Mia"]);
        let below = acme.shows("APP-3").await;
        assert_eq!((&below["assignees"], &below["parent_id"], &below["column_id"]), (&json!([]), &copy["id"], &columns[0]["id"]));
        assert_eq!(acme.keys("/projects/APP/tasks?sort=position").await, ["APP-1", "APP-2", "APP-3", "APP-4"]);
        mia.get(acme.path("/tasks/APP-2")).await.refuses(404, "not_found");
        copy_of_mia.syncs(50).await;
        copy_of_mia.is_true().await;
        is_kept(&app).await;
        // Each part by itself, and none.
        for (with, parts) in [
            (json!([]), [0, 0, 0]),
            (json!(["assignees"]), [1, 0, 0]),
            (json!(["labels"]), [0, 1, 0]),
            (json!(["subtasks"]), [0, 0, 1]),
            (json!(["subtasks", "assignees", "assignees", "labels"]), [1, 1, 1]),
        ] {
            let copy = acme.duplicates("WEB-2", json!({ "with": with })).await;
            let count = |list: &str| copy[list].as_array().unwrap().len();
            let shown = [count("assignees"), count("labels"), usize::try_from(copy["subtask_counts"]["total"].as_i64().unwrap()).unwrap()];
            assert_eq!((shown, dates(&copy)), (parts, json!([null, null, null])), "{with}");
            assert_eq!(copy["priority"], "high");
        }
        let copy = acme.duplicates("WEB-2", json!({ "with": ["due"] })).await;
        assert_eq!(dates(&copy), json!(["2020-03-01", null, "2020-03-10"]));
        // Who has left isn't on the copy of what they have done.
        ann.delete(acme.path(&format!("/members/{}", mia.id))).await.is(200);
        assert_eq!(each(&acme.shows("WEB-4").await["assignees"], "/name"), ["Mia"]);
        let copy = acme.duplicates("WEB-4", json!({ "with": ["assignees"] })).await;
        assert_eq!((&copy["assignees"], unassigned(&copy).len()), (&json!([]), 1));
        is_kept(&app).await;
    }

    async fn the_dates_of_copies_move_together(app: TestApp) {
        let (ann, acme, ..) = planted(&app).await;
        ann.patch(acme.path(""), json!({ "settings": { "time_zone": "Europe/Zurich" } })).await.is(200);
        // The clocks are put forward on 2030-03-31.
        let trip = json!({ "title": "Trip", "start_on": "2030-03-26", "due_at": "2030-03-27T22:30:00Z" });
        let trip = ann.post(acme.path("/projects/WEB/tasks"), trip).await.is(201);
        let pack = json!({ "title": "Pack", "due_on": "2030-03-25", "parent_id": trip["id"] });
        ann.post(acme.path("/projects/WEB/tasks"), pack).await.is(201);
        let key = trip["key"].as_str().unwrap();
        for (body, root, child) in [
            (json!({}), json!(["2030-03-26", "2030-03-27T22:30:00.000Z", null]), json!([null, null, "2030-03-25"])),
            (json!({ "starts_on": "2030-03-25" }), json!(["2030-03-26", "2030-03-27T22:30:00.000Z", null]), json!([null, null, "2030-03-25"])),
            (json!({ "starts_on": "2030-04-01" }), json!(["2030-04-02", "2030-04-03T21:30:00.000Z", null]), json!([null, null, "2030-04-01"])),
            (json!({ "starts_on": "2024-02-28" }), json!(["2024-02-29", "2024-03-01T22:30:00.000Z", null]), json!([null, null, "2024-02-28"])),
        ] {
            let copy = acme.duplicates(key, body.clone()).await;
            assert_eq!(dates(&copy), root, "{body}");
            let below = acme.founder.get(acme.path(&format!("/tasks?parent={}", copy["key"].as_str().unwrap()))).await.is(200);
            assert_eq!(dates(&below["items"][0]), child, "{body}");
        }
        // Alone, it is the earliest itself; what has no dates doesn't get any.
        let alone = json!({ "starts_on": "2030-04-01", "with": ["due"] });
        assert_eq!(dates(&acme.duplicates(key, alone).await), json!(["2030-04-01", "2030-04-02T21:30:00.000Z", null]));
        assert_eq!(dates(&acme.duplicates("WEB-1", json!({ "starts_on": "2030-04-01", "with": ["due"] })).await), json!([null, null, null]));
        let path = acme.path(&format!("/tasks/{key}/duplicate"));
        for (body, pointer, code) in [
            (json!({ "starts_on": "2030-04-01", "with": ["subtasks"] }), "/starts_on", "invalid_value"),
            (json!({ "starts_on": "9998-12-31" }), "/starts_on", "out_of_range"),
            (json!({ "starts_on": "9999-01-01" }), "/starts_on", "invalid_format"),
            (json!({ "with": ["comments"] }), "/with/0", "invalid_value"),
            (json!({ "with": ["due", "due", "due", "due", "due"] }), "/with", "too_many"),
            (json!({ "with": "due" }), "/with", "invalid_type"),
            (json!({ "title": "Other" }), "/title", "unknown_field"),
        ] {
            ann.post(&path, body).await.rejects(pointer, code);
        }
    }

    async fn where_nothing_can_be_created_no_copy_comes(app: TestApp) {
        let (ann, acme, _, mia) = planted(&app).await;
        acme.task("APP", "Secret").await;
        let path = acme.path("/tasks/WEB-2/duplicate");
        let seq = acme.last_seq().await;
        let foreign = ann.founds("Other").await.project("Web").await["id"].clone();
        for (who, project) in [(&mia, json!("APP")), (&ann, json!("NONE")), (&ann, foreign)] {
            who.post(&path, json!({ "project": project })).await.rejects("/project", "not_found");
        }
        mia.post(acme.path("/tasks/APP-1/duplicate"), json!({ "nonsense": 1 })).await.refuses(404, "not_found");
        ann.post(acme.path("/tasks/WEB-6/duplicate"), json!({})).await.refuses(404, "not_found");
        ann.post(&path, json!({ "id": acme.shows("WEB-1").await["id"] })).await.refuses(409, "id_taken");
        for project in ["WEB", "APP"] {
            ann.posts(acme.path(&format!("/projects/{project}/archive"))).await.is(200);
        }
        for body in [json!({}), json!({ "project": "APP" })] {
            ann.post(&path, body).await.refuses(409, "project_archived");
        }
        assert_eq!(acme.last_seq().await, seq + 2);
        // What is archived can be copied to where there is work.
        ann.posts(acme.path("/projects/APP/unarchive")).await.is(200);
        let copy = mia.post(&path, json!({ "starts_on": "2030-01-01", "with": [] })).await;
        copy.rejects("/starts_on", "invalid_value");
        assert_eq!(acme.duplicates("WEB-2", json!({ "project": "APP" })).await["key"], "APP-2");
        is_kept(&app).await;
    }

    async fn a_large_tree_takes_few_statements_and_a_larger_one_is_refused(app: TestApp) {
        let mut options = Options { limits: Limits { tasks: 1_010, ..Limits::default() }, ..Options::default() };
        options.database.connections = 1;
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let bug = acme.label("Bug").await;
        let root = acme.task("WEB", "Root").await;
        let grow = async |parent: &Value| {
            let task = json!({ "title": "Dig", "parent_id": parent["id"], "assignee_ids": [ann.id], "label_ids": [bug], "due_on": "2030-01-01" });
            ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201)
        };
        let branch = grow(&root).await;
        for _ in 0..9 {
            grow(&branch).await;
        }
        let few = counted(&app, async { drop(acme.duplicates("WEB-2", json!({})).await) }).await;
        for _ in 0..47 {
            acme.duplicates("WEB-2", json!({})).await;
        }
        for _ in 0..9 {
            grow(&root).await;
        }
        assert_eq!(acme.shows("WEB-1").await["subtask_counts"]["total"], 58);
        let many = counted(&app, async { drop(acme.duplicates("WEB-1", json!({})).await) }).await;
        // 500 rows are ten statements, and each task has two entries, and each entry texts or none.
        assert!(many < few + 130, "{few} statements for 10 tasks, {many} for 500");
        assert_eq!(acme.keys("/tasks?parent=WEB-501").await.len(), 58);
        is_kept(&app).await;
        let seq = acme.last_seq().await;
        ann.post(acme.path("/tasks/WEB-1/duplicate"), json!({})).await.refuses(409, "too_many_tasks");
        grow(&branch).await;
        ann.post(acme.path("/tasks/WEB-1/duplicate"), json!({})).await.refuses(409, "too_many_to_copy");
        acme.duplicates("WEB-1", json!({ "with": ["labels"] })).await;
        assert_eq!(acme.last_seq().await, seq + 3);
    }

    async fn who_copies_at_once_makes_whole_copies_with_numbers_of_their_own(app: TestApp) {
        let (ann, acme, ..) = planted(&app).await;
        let root = acme.shows("WEB-2").await;
        let grow = || ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "New", "parent_id": root["id"] }));
        let copy = |project: &str| ann.post(acme.path("/tasks/WEB-2/duplicate"), json!({ "project": project }));
        let archive = ann.posts(acme.path("/projects/APP/archive"));
        let (grown, web, early, archived, late) = join!(
            join_all((0..8).map(|_| grow())),
            join_all((0..8).map(|_| copy("WEB"))),
            join_all((0..4).map(|_| copy("APP"))),
            archive,
            join_all((0..4).map(|_| copy("APP"))),
        );
        archived.is(200);
        assert!(grown.iter().chain(&web).all(|answer| answer.status == 201));
        for answer in early.iter().chain(&late).filter(|answer| answer.status != 201) {
            assert_eq!((answer.status, &answer.body["code"]), (409, &json!("project_archived")));
        }
        let made = early.into_iter().chain(late).filter(|answer| answer.status == 201);
        for copy in web.into_iter().chain(made).map(|answer| answer.is(201)) {
            let below = acme.keys(&format!("/tasks?parent={}", copy["key"].as_str().unwrap())).await;
            assert_eq!(copy["subtask_counts"]["total"], below.len(), "{}", copy["key"]);
        }
        for project in ["WEB", "APP"] {
            let tasks = acme.founder.walks(&acme.path(&format!("/projects/{project}/tasks?sort=number")), 200).await;
            let numbers: Vec<i64> = tasks.iter().map(|task| task["number"].as_i64().unwrap()).collect();
            // The sixth task of WEB is in the trash.
            let expected: Vec<i64> = (1..).filter(|number| project != "WEB" || *number != 6).take(numbers.len()).collect();
            assert_eq!(numbers, expected, "{project}");
        }
        is_kept(&app).await;
    }
}
