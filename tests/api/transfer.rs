//! `POST …/tasks/{task}/move` into another project: with all that is below the task, and with what is on it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    archive::{exports, imports},
    support::{Actor, Org, Replica, TestApp, both_engines, each},
};

/// WEB for everybody, and APP, which is private: Bob is in it, Mia isn't.
async fn two_projects(app: &TestApp) -> (Actor, Org, Actor, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    let (bob, mia) = (acme.gets("Bob", "member").await, acme.gets("Mia", "member").await);
    acme.project("Web").await;
    acme.private_project("App").await;
    ann.put(acme.path(&format!("/projects/APP/members/{}", bob.id))).await.is(204);
    (ann, acme, bob, mia)
}

impl Org {
    async fn creates(&self, project: &str, task: Value) -> Value {
        self.founder.post(self.path(&format!("/projects/{project}/tasks")), task).await.is(201)
    }
}

async fn key(who: &Actor, org: &Org, task: &str) -> Value {
    who.get(org.path(&format!("/tasks/{task}"))).await.is(200)["key"].clone()
}

both_engines! {
    async fn a_task_goes_into_another_project_with_all_that_is_below_and_on_it(app: TestApp) {
        let (ann, acme, bob, mia) = two_projects(&app).await;
        let bug = acme.label("Bug").await;
        acme.task("APP", "There before").await;
        let above = acme.creates("WEB", json!({ "title": "Above" })).await;
        let root = json!({
            "title": "Root", "status": "review", "parent_id": above["id"], "label_ids": [bug], "assignee_ids": [bob.id, mia.id],
            "due_at": "2020-01-01T00:00:00Z",
        });
        let root = acme.creates("WEB", root).await;
        let child = acme.creates("WEB", json!({ "title": "Child", "parent_id": root["id"], "assignee_ids": [mia.id], "status": "done" })).await;
        let gone = acme.creates("WEB", json!({ "title": "Gone", "parent_id": child["id"] })).await;
        ann.delete(acme.path("/tasks/WEB-4")).await.is(204);
        ann.post(acme.path("/tasks/WEB-2/comments"), json!({ "body": "xylophone" })).await.is(201);
        let mut copies = [Replica::of(&ann, &acme), Replica::of(&bob, &acme), Replica::of(&mia, &acme)];
        for copy in &mut copies {
            copy.syncs(50).await;
        }
        let moved = ann.post(acme.path("/tasks/web-2/move"), json!({ "project": "app" })).await.is(200);
        assert_eq!((&moved["key"], &moved["number"], &moved["version"]), (&json!("APP-2"), &json!(2), &json!(2)));
        assert_eq!((&moved["id"], &moved["parent_id"], &moved["status"]), (&root["id"], &json!(null), &json!("review")));
        assert_eq!((each(&moved["labels"], "/name"), &moved["comment_count"]), (vec!["Bug".to_owned()], &json!(1)));
        assert_eq!(each(&moved["assignees"], "/name"), ["Bob"]);
        let mut lost: Vec<String> = moved["unassigned"].as_array().unwrap().iter()
            .map(|one| format!("{} {}", one["task"]["key"].as_str().unwrap(), one["user"]["name"].as_str().unwrap())).collect();
        lost.sort();
        assert_eq!(lost, ["APP-2 Mia", "APP-3 Mia"]);
        let columns = ann.get(acme.path("/projects/APP/columns")).await.is(200)["items"].clone();
        assert_eq!(moved["column_id"], columns[2]["id"]);
        let below = ann.get(acme.path("/tasks/WEB-3")).await.is(200);
        assert_eq!((&below["key"], &below["parent_id"], &below["column_id"]), (&json!("APP-3"), &root["id"], &columns[3]["id"]));
        // The old keys lead there, whoever asks and whatever for; who doesn't see the project finds nothing.
        for (old, new) in [("WEB-2", "APP-2"), ("web-3", "APP-3"), ("APP-2", "APP-2")] {
            assert_eq!(key(&bob, &acme, old).await, new);
            mia.get(acme.path(&format!("/tasks/{old}"))).await.refuses(404, "not_found");
        }
        assert_eq!(each(&ann.get(acme.path("/tasks?parent=WEB-2")).await.is(200)["items"], "/key"), ["APP-3"]);
        assert_eq!(each(&ann.get(acme.path("/tasks/WEB-2/comments")).await.is(200)["items"], "/body"), ["xylophone"]);
        for (who, found) in [(&bob, 1), (&mia, 0)] {
            for word in ["xylophone", "root"] {
                let hits = who.get(acme.path(&format!("/search?q={word}"))).await.is(200);
                assert_eq!(hits["items"].as_array().unwrap().len(), found, "{word} for {}", who.name);
            }
        }
        // The numbers are counted where the tasks are, and numbers once given aren't given again.
        let counts = async |project: &str| ann.get(acme.path(&format!("/projects/{project}"))).await.is(200)["task_counts"].clone();
        assert_eq!(counts("WEB").await, json!({ "todo": 1, "in_progress": 0, "review": 0, "done": 0, "cancelled": 0 }));
        assert_eq!(counts("APP").await, json!({ "todo": 1, "in_progress": 0, "review": 1, "done": 1, "cancelled": 0 }));
        assert_eq!((ann.get(acme.path("/stats")).await.is(200)["overdue"].clone(), mia.get(acme.path("/stats")).await.is(200)["overdue"].clone()), (json!(1), json!(0)));
        assert_eq!(acme.task("WEB", "Next").await["key"], "WEB-5");
        assert_eq!(acme.task("APP", "Next").await["key"], "APP-5");
        for copy in &mut copies {
            copy.syncs(2).await;
            copy.is_true().await;
        }
        // What was in the trash went along, and comes back there.
        let back = ann.posts(acme.path("/tasks/WEB-4/restore")).await.is(200);
        assert_eq!((&back["key"], &back["parent_id"], &back["id"]), (&json!("APP-4"), &child["id"], &gone["id"]));
        // Back again it gets a new number, and answers to all that it had.
        acme.founder.post(acme.path("/tasks/APP-2/move"), json!({ "project": "WEB" })).await.is(200);
        for old in ["WEB-2", "APP-2", "WEB-6"] {
            assert_eq!(key(&mia, &acme, old).await, "WEB-6");
        }
        for copy in &mut copies {
            copy.syncs(100).await;
            copy.is_true().await;
        }
    }

    async fn who_does_not_see_where_a_task_came_from_is_not_told(app: TestApp) {
        let (ann, acme, bob, mia) = two_projects(&app).await;
        acme.task("APP", "Secret").await;
        bob.post(acme.path("/tasks/APP-1/move"), json!({ "project": "WEB" })).await.refuses(403, "forbidden");
        ann.put(acme.path(&format!("/tasks/APP-1/assignees/{}", bob.id))).await.is(200);
        bob.post(acme.path("/tasks/APP-1/move"), json!({ "project": "WEB", "status": "done" })).await.is(200);
        let entry = async |who: &Actor| {
            who.get(acme.path("/tasks/WEB-1/activity?action=task.moved")).await.is(200)["items"][0].clone()
        };
        let (seen, hidden) = (entry(&bob).await, entry(&mia).await);
        assert_eq!(seen["summary"], "Bob moved APP-1 into another project, as WEB-1");
        assert_eq!(seen["changes"]["key"], json!({ "from": "APP-1", "to": "WEB-1" }));
        assert_eq!(hidden["summary"], "Bob moved WEB-1 here from another project");
        assert_eq!((&hidden["changes"]["key"]["from"], &hidden["changes"]["project"]["from"]), (&json!(null), &json!(null)));
        // Its other entries are those of the project that Mia doesn't see.
        let told = mia.get(acme.path("/tasks/WEB-1/activity")).await.is(200);
        assert_eq!(each(&told["items"], "/action"), ["task.status_changed", "task.moved"]);
        assert_eq!(told["items"][0]["changes"], json!({ "status": { "from": "todo", "to": "done" } }));
        assert_eq!(ann.get(acme.path("/tasks/APP-1")).await.is(200)["status"], "done");
    }

    async fn where_a_task_can_not_go_it_stays(app: TestApp) {
        let (ann, acme, _, mia) = two_projects(&app).await;
        acme.task("WEB", "Task").await;
        let there = acme.task("APP", "There").await;
        let here = acme.task("WEB", "Here").await;
        let column = async |project: &str| {
            ann.get(acme.path(&format!("/projects/{project}/columns"))).await.is(200)["items"][0]["id"].clone()
        };
        let (web, foreign) = (column("WEB").await, ann.founds("Other").await.project("Web").await["id"].clone());
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", mia.id))).await.is(200);
        let path = acme.path("/tasks/WEB-1/move");
        for (who, project) in [(&mia, json!("APP")), (&ann, json!("NONE")), (&ann, foreign), (&ann, json!("01890000-0000-7000-8000-000000000000"))] {
            who.post(&path, json!({ "project": project })).await.rejects("/project", "not_found");
        }
        ann.post(&path, json!({ "project": "no key" })).await.rejects("/project", "invalid_format");
        ann.post(&path, json!({ "project": 1 })).await.rejects("/project", "invalid_type");
        ann.post(&path, json!({ "project": "APP", "column_id": web })).await.rejects("/column_id", "not_found");
        for (field, task) in [("before", &here), ("after", &here)] {
            ann.post(&path, json!({ "project": "APP", field: task["id"] })).await.rejects(&format!("/{field}"), "not_found");
        }
        for (archived, back) in [("APP", "WEB"), ("WEB", "APP")] {
            ann.posts(acme.path(&format!("/projects/{archived}/archive"))).await.is(200);
            ann.post(&path, json!({ "project": "APP" })).await.refuses(409, "project_archived");
            assert_ne!(archived, back);
            ann.posts(acme.path(&format!("/projects/{archived}/unarchive"))).await.is(200);
        }
        assert_eq!(key(&ann, &acme, "WEB-1").await, "WEB-1");
        assert_eq!(ann.post(&path, json!({ "project": "web" })).await.is(200)["key"], "WEB-1");
        let before = json!({ "project": "APP", "before": there["id"] });
        assert_eq!(ann.post(&path, before).await.is(200)["key"], "APP-2");
        let listed = ann.get(acme.path("/projects/APP/tasks?sort=position")).await.is(200);
        assert_eq!(each(&listed["items"], "/key"), ["APP-2", "APP-1"]);
    }

    async fn who_moves_at_once_leaves_each_task_one_place_and_one_number(app: TestApp) {
        let (ann, acme, _, _) = two_projects(&app).await;
        for n in 0..6 {
            acme.task("WEB", &format!("{n}")).await;
        }
        let moves = (0..24).map(|n| {
            let path = acme.path(&format!("/tasks/WEB-{}/move", 1 + n % 6));
            let project = if n % 4 < 2 { "APP" } else { "WEB" };
            let ann = &ann;
            async move { ann.post(path, json!({ "project": project })).await.is(200) }
        });
        futures_util::future::join_all(moves).await;
        for n in 1..=6 {
            let shown = ann.get(acme.path(&format!("/tasks/WEB-{n}"))).await.is(200);
            assert_eq!(key(&ann, &acme, shown["key"].as_str().unwrap()).await, shown["key"]);
            assert_eq!(shown["title"], format!("{}", n - 1));
        }
        let total: i64 = ann.get(acme.path("/projects")).await.is(200)["items"].as_array().unwrap().iter()
            .map(|project| project["task_counts"]["todo"].as_i64().unwrap()).sum();
        assert_eq!(total, 6);
        assert_eq!(guildhall::app::recount::run(&app.app.public()).await.unwrap(), 0);
    }

    async fn a_moved_task_survives_an_export_and_the_purge_of_where_it_was(app: TestApp) {
        let (ann, acme, bob, _) = two_projects(&app).await;
        acme.task("WEB", "Kept").await;
        bob.post(acme.path("/tasks/WEB-1/comments"), json!({ "body": "Words" })).await.is(201);
        ann.post(acme.path("/tasks/WEB-1/move"), json!({ "project": "APP" })).await.is(200);
        let copy = imports(&app, exports(&acme).await).await;
        let copy = Org { founder: ann.clone(), id: String::new(), slug: copy.slug.to_string() };
        assert_eq!(key(&ann, &copy, "WEB-1").await, "APP-1");
        assert_eq!(copy.told().await.iter().filter(|told| told.contains("into another project, as APP-1")).count(), 1);
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        app.clock.advance(Duration::from_hours(32 * 24));
        guildhall::app::purge::run(&app.app.public()).await.unwrap();
        let ann = ann.again().await;
        assert_eq!(key(&ann, &acme, "APP-1").await, "APP-1");
        assert_eq!(ann.get(acme.path("/tasks/APP-1")).await.is(200)["title"], "Kept");
    }
}
