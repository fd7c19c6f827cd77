//! `/v1/orgs/{org}/tasks`

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Org, Replica, TestApp, both_engines, each};

/// An organization with the project WEB: its owner, and Bob and Cy, who are members.
async fn website(app: &TestApp) -> (Actor, Org, Actor, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Website").await;
    let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
    (ann, acme, bob, cy)
}

const TASKS: &str = "/projects/WEB/tasks";

/// What the newest entries of the activity say was done, oldest first.
async fn newest(org: &Org, count: usize) -> Vec<(i64, String)> {
    let page = org.founder.get(org.path(&format!("/activity?limit={count}"))).await.is(200);
    let entries = page["items"].as_array().unwrap().iter().rev();
    entries
        .map(|entry| (entry["seq"].as_i64().unwrap(), entry["action"].as_str().unwrap().to_owned()))
        .collect()
}

fn without(value: &Value, fields: &[&str]) -> Value {
    let mut value = value.clone();
    for field in fields {
        value.as_object_mut().unwrap().shift_remove(*field).unwrap();
    }
    value
}

both_engines! {
    async fn a_task_is_made_with_its_title_and_sensible_defaults(app: TestApp) {
        let (_, acme, bob, _) = website(&app).await;
        let project = bob.get(acme.path("/projects/WEB")).await.is(200);
        let made = bob.post(acme.path(TASKS), json!({ "title": " Fix the login " })).await;
        let location = made.header("location").to_owned();
        let made = made.is(201);
        let columns = bob.get(acme.path("/projects/WEB/columns")).await.is(200);
        assert_eq!(made["column_id"], columns["items"][0]["id"]);
        assert_eq!(without(&made, &["id", "column_id", "position", "created_at", "updated_at"]), json!({
            "key": "WEB-1", "number": 1, "project_id": project["id"], "title": "Fix the login", "description": "",
            "status": "todo", "priority": "none", "start_on": null, "due_at": null, "due_on": null, "assignees": [],
            "labels": [], "parent_id": null, "is_template": false, "subtask_counts": { "total": 0, "done": 0 }, "comment_count": 0,
            "links": [], "blocked": false, "created_by": bob.person(), "completed_at": null,
            "can": ["edit", "move", "assign", "take", "delete", "comment"], "version": 1,
        }));
        assert_eq!(location, format!("/v1/orgs/{}/tasks/{}", acme.id, made["id"].as_str().unwrap()));
        for path in [location, acme.path("/tasks/WEB-1")] {
            assert_eq!(bob.get(path).await.is(200), made);
        }
        // `null` is as good as absent where something can be cleared.
        let nulls = json!({ "title": "Next", "description": null, "status": null, "priority": null, "due_at": null,
                            "assignee_ids": null, "parent_id": null });
        let next = bob.post(acme.path(TASKS), nulls).await.is(201);
        assert_eq!((&next["status"], &next["priority"], &next["key"]), (&json!("todo"), &json!("none"), &json!("WEB-2")));
    }

    async fn a_task_is_made_with_all_its_fields(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        let parent = acme.task("WEB", "Parent").await;
        let body = json!({
            "title": "Child", "description": "Two\nlines", "status": "done", "priority": "urgent",
            "due_at": "2030-01-02T03:04:05.678+01:00", "assignee_ids": [cy.id, bob.id, cy.id], "parent_id": parent["id"],
        });
        let made = ann.post(acme.path(TASKS), body).await.is(201);
        assert_eq!(made["description"], "Two\nlines");
        assert_eq!((&made["status"], &made["priority"]), (&json!("done"), &json!("urgent")));
        assert_eq!(made["due_at"], "2030-01-02T02:04:05.678Z");
        assert_eq!(made["completed_at"], made["created_at"]);
        assert_eq!(made["parent_id"], parent["id"]);
        let mut names = each(&made["assignees"], "/name");
        names.sort();
        assert_eq!(names, ["Bob", "Cy"]);
        let actions: Vec<String> = newest(&acme, 3).await.into_iter().map(|(_, action)| action).collect();
        assert_eq!(actions, ["task.created", "task.assigned", "task.assigned"]);
    }

    async fn what_a_task_cannot_be_is_refused_by_its_place(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        acme.task("WEB", "Good").await;
        let seq = acme.last_seq().await;
        let nobody = "01890000-0000-7000-8000-000000000000";
        for (wrong, pointer, code) in [
            (json!({ "title": "" }), "/title", "too_short"),
            (json!({ "title": "a".repeat(301) }), "/title", "too_long"),
            (json!({ "title": "a\nb" }), "/title", "invalid_text"),
            (json!({ "title": null }), "/title", "invalid_type"),
            (json!({ "title": 5 }), "/title", "invalid_type"),
            (json!({ "description": "a".repeat(50_001) }), "/description", "too_long"),
            (json!({ "description": "a\0" }), "/description", "invalid_text"),
            (json!({ "status": "blocked" }), "/status", "invalid_value"),
            (json!({ "status": "Todo" }), "/status", "invalid_value"),
            (json!({ "priority": 3 }), "/priority", "invalid_type"),
            (json!({ "priority": "huge" }), "/priority", "invalid_value"),
            (json!({ "due_at": "tomorrow" }), "/due_at", "invalid_format"),
            (json!({ "due_at": "2026-01-01" }), "/due_at", "invalid_format"),
            (json!({ "due_at": 1_700_000_000 }), "/due_at", "invalid_type"),
            (json!({ "due_at": "2026-02-30T00:00:00Z" }), "/due_at", "invalid_format"),
            (json!({ "assignee_ids": ann.id }), "/assignee_ids", "invalid_type"),
            (json!({ "assignee_ids": [ann.id, "me"] }), "/assignee_ids/1", "invalid_format"),
            (json!({ "assignee_ids": [ann.id, nobody] }), "/assignee_ids/1", "cannot_see_project"),
            (json!({ "assignee_ids": vec![&ann.id; 51] }), "/assignee_ids", "too_many"),
            (json!({ "parent_id": "WEB-1" }), "/parent_id", "invalid_format"),
            (json!({ "parent_id": nobody }), "/parent_id", "not_found"),
            (json!({ "number": 7 }), "/number", "unknown_field"),
            (json!({ "project_id": nobody }), "/project_id", "unknown_field"),
            (json!({ "created_by": nobody }), "/created_by", "unknown_field"),
            (json!({ "completed_at": "2026-01-01T00:00:00Z" }), "/completed_at", "unknown_field"),
            (json!({ "position": "a0" }), "/position", "unknown_field"),
        ] {
            ann.patch(acme.path("/tasks/WEB-1"), wrong.clone()).await.rejects(pointer, code);
            let mut body = json!({ "title": "Good" });
            body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            ann.post(acme.path(TASKS), body).await.rejects(pointer, code);
        }
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "id": nobody })).await.rejects("/id", "unknown_field");
        ann.post(acme.path(TASKS), json!({})).await.rejects("/title", "required");
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": null })).await.rejects("/status", "invalid_type");
        assert_eq!(acme.last_seq().await, seq);
        // Nothing that was refused took a number.
        assert_eq!(acme.task("WEB", "Next").await["key"], "WEB-2");
    }

    async fn the_longest_texts_fit(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        let body = json!({ "title": "ü".repeat(300), "description": "漢".repeat(50_000) });
        let made = ann.post(acme.path(TASKS), body.clone()).await.is(201);
        assert_eq!((&made["title"], &made["description"]), (&body["title"], &body["description"]));
    }

    async fn only_who_sees_the_project_can_be_assigned(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        let eve = acme.gets("Eve", "admin").await;
        let stranger = app.signs_up("Stranger").await;
        let gone = acme.gets("Gone", "member").await;
        gone.posts(acme.path("/leave")).await;
        acme.private_project("Secret").await;
        ann.put(acme.path(&format!("/projects/SEC/members/{}", bob.id))).await.is(204);
        acme.task("SEC", "Hidden").await;
        for sees in [&ann, &bob, &eve] {
            let body = json!({ "title": "Any", "assignee_ids": [sees.id] });
            ann.post(acme.path("/projects/SEC/tasks"), body).await.is(201);
        }
        for blind in [&cy, &stranger, &gone] {
            let body = json!({ "title": "Any", "assignee_ids": [ann.id, blind.id] });
            let wrong = ann.post(acme.path("/projects/SEC/tasks"), body).await;
            wrong.rejects("/assignee_ids/1", "cannot_see_project");
            let wrong = ann.patch(acme.path("/tasks/SEC-1"), json!({ "assignee_ids": [blind.id] })).await;
            wrong.rejects("/assignee_ids/0", "cannot_see_project");
        }
        let put = async |user: &Actor| ann.put(acme.path(&format!("/tasks/SEC-1/assignees/{}", user.id))).await;
        put(&cy).await.rejects("/user", "cannot_see_project");
        put(&stranger).await.refuses(404, "not_found");
        put(&gone).await.refuses(404, "not_found");
    }

    async fn a_task_shows_how_many_subtasks_it_has_and_how_many_are_done(app: TestApp) {
        let (ann, acme, ..) = website(&app).await;
        let (above, other) = (acme.task("WEB", "Above").await, acme.task("WEB", "Other").await);
        let mut copies = [1, 50].map(|limit| (limit, Replica::of(&ann, &acme)));
        let mut counts = async |above: (i64, i64), other: (i64, i64)| {
            let shown = ann.get(acme.path("/tasks?parent=none&sort=number")).await.is(200)["items"].clone();
            for (task, (total, done)) in [(&shown[0], above), (&shown[1], other)] {
                assert_eq!(task["subtask_counts"], json!({ "total": total, "done": done }));
            }
            for (limit, copy) in &mut copies {
                copy.syncs(*limit).await;
                copy.is_true().await;
            }
        };
        for status in ["todo", "done"] {
            let body = json!({ "title": "Below", "status": status, "parent_id": above["id"] });
            ann.post(acme.path(TASKS), body).await.is(201);
        }
        counts((2, 1), (0, 0)).await;
        // What is further below is counted by its own parent.
        let below = ann.get(acme.path("/tasks/WEB-3")).await.is(200);
        ann.post(acme.path(TASKS), json!({ "title": "Deep", "parent_id": below["id"] })).await.is(201);
        assert_eq!(ann.get(acme.path("/tasks/WEB-3")).await.is(200)["subtask_counts"]["total"], 1);
        counts((2, 1), (0, 0)).await;
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "status": "done" })).await.is(200);
        counts((2, 2), (0, 0)).await;
        let moved = json!({ "status": "review", "parent_id": other["id"] });
        ann.patch(acme.path("/tasks/WEB-3"), moved).await.is(200);
        counts((1, 1), (1, 0)).await;
        ann.delete(acme.path("/tasks/WEB-4")).await.is(204);
        counts((0, 0), (1, 0)).await;
        ann.posts(acme.path("/tasks/WEB-4/restore")).await.is(200);
        counts((1, 1), (1, 0)).await;
        ann.patch(acme.path("/tasks/WEB-4"), json!({ "title": "New", "parent_id": null })).await.is(200);
        ann.patch(acme.path("/tasks/WEB-4"), json!({ "parent_id": above["id"] })).await.is(200);
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["version"], 1, "subtasks change no version");
        // A parent in the trash goes on counting.
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        ann.patch(acme.path("/tasks/WEB-4"), json!({ "status": "todo" })).await.is(200);
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.is(200);
        counts((1, 0), (1, 0)).await;
    }

    async fn fifty_who_change_subtasks_at_once_are_all_counted(app: TestApp) {
        let (ann, acme, ..) = website(&app).await;
        let above = acme.task("WEB", "Above").await;
        let create = |n: usize| {
            let status = if n < 25 { "done" } else { "todo" };
            ann.post(acme.path(TASKS), json!({ "title": "Below", "status": status, "parent_id": above["id"] }))
        };
        for made in join_all((0..50).map(create)).await {
            made.is(201);
        }
        let keys: Vec<String> = (2..=21).map(|number| acme.path(&format!("/tasks/WEB-{number}"))).collect();
        for gone in join_all(keys.iter().map(|path| ann.delete(path))).await {
            gone.is(204);
        }
        let below = ann.walks(&acme.path("/tasks?parent=WEB-1"), 50).await;
        let done = below.iter().filter(|task| task["status"] == "done").count();
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200)["subtask_counts"], json!({ "total": 30, "done": done }));
    }

    async fn who_can_see_a_task_can_be_picked_for_it_the_closest_first(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        let dee = acme.gets("Dee Oz", "member").await;
        acme.private_project("Secret").await;
        acme.task("SEC", "Hidden").await;
        acme.task("WEB", "Seen").await;
        let picks = async |who: &Actor, task: &str, query: &str| {
            let all = who.walks(&acme.path(&format!("/tasks/{task}/assignable?{query}")), 2).await;
            each(&json!(all), "/name")
        };
        // Who is on it, who was active in the project, the last first, and the others by name.
        assert_eq!(picks(&bob, "WEB-1", "").await, ["Ann", "Bob", "Cy", "Dee Oz"]);
        dee.post(acme.path("/tasks/WEB-1/comments"), json!({ "body": "Here" })).await.is(201);
        assert_eq!(picks(&bob, "WEB-1", "").await, ["Dee Oz", "Ann", "Bob", "Cy"]);
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", cy.id))).await.is(200);
        assert_eq!(picks(&bob, "WEB-1", "").await, ["Cy", "Ann", "Dee Oz", "Bob"]);
        for (q, names) in [("oz", vec!["Dee Oz"]), ("B", vec!["Bob"]), ("cy@example", vec!["Cy"]), ("nobody", vec![])] {
            assert_eq!(picks(&bob, "WEB-1", &format!("q={q}&")).await, names, "{q}");
        }
        let page = bob.get(acme.path("/tasks/WEB-1/assignable?limit=1")).await.is(200);
        assert_eq!(page["items"], json!([cy.person()]));
        assert_eq!(picks(&ann, "SEC-1", "").await, ["Ann"]);
        bob.get(acme.path("/tasks/SEC-1/assignable")).await.refuses(404, "not_found");
        bob.get(acme.path("/tasks/WEB-1/assignable?role=owner")).await.refuses(422, "invalid_input");
        // Somebody is assigned by their address too, in every case; who is no member isn't there.
        app.signs_up("Eve").await;
        let by = |address: &str| acme.path(&format!("/tasks/WEB-1/assignees/{address}"));
        let shown = ann.put(by("BOB@Example.com")).await.is(200);
        assert_eq!(each(&shown["assignees"], "/name"), ["Cy", "Bob"]);
        assert_eq!(ann.put(by("bob@example.com")).await.is(200), shown);
        for stranger in ["eve@example.com", "nobody@example.com", "bob@"] {
            ann.put(by(stranger)).await.refuses(404, "not_found");
        }
        let hidden = acme.path("/tasks/SEC-1/assignees/bob@example.com");
        ann.put(hidden).await.refuses(422, "invalid_input");
        cy.put(acme.path("/tasks/SEC-1/assignees/cy@example.com")).await.refuses(404, "not_found");
        dee.put(by("ann@example.com")).await.refuses(403, "forbidden");
        // Whoever leaves isn't offered any more.
        ann.delete(acme.path(&format!("/members/{}", dee.id))).await.is(204);
        assert_eq!(picks(&bob, "WEB-1", "q=dee&").await, Vec::<String>::new());
        ann.put(by("dee.oz@example.com")).await.refuses(404, "not_found");
    }

    async fn a_parent_is_a_task_of_the_same_project_and_never_below_its_child(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        acme.project("Other").await;
        let other = acme.task("OTH", "Elsewhere").await;
        let (a, b, c) = (acme.task("WEB", "A").await, acme.task("WEB", "B").await, acme.task("WEB", "C").await);
        let put_below = async |child: &Value, parent: &Value| {
            let path = acme.path(&format!("/tasks/{}", child["key"].as_str().unwrap()));
            ann.patch(path, json!({ "parent_id": parent["id"] })).await
        };
        put_below(&a, &other).await.rejects("/parent_id", "not_found");
        put_below(&a, &a).await.rejects("/parent_id", "invalid_value");
        assert_eq!(put_below(&b, &a).await.is(200)["parent_id"], a["id"]);
        put_below(&c, &b).await.is(200);
        put_below(&a, &b).await.rejects("/parent_id", "invalid_value");
        put_below(&a, &c).await.rejects("/parent_id", "invalid_value");
        put_below(&c, &json!({ "id": null })).await.is(200);
        put_below(&a, &c).await.is(200);
        ann.delete(acme.path("/tasks/WEB-3")).await.is(204);
        put_below(&b, &c).await.rejects("/parent_id", "not_found");
        // What is below a deleted task is still a task of the project.
        put_below(&acme.task("WEB", "D").await, &b).await.is(200);
    }

    async fn tasks_are_nested_ten_deep_and_no_deeper_however_they_are_put_together(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        let chain = async |length: usize| {
            let mut ids: Vec<Value> = Vec::new();
            for _ in 0..length {
                let body = json!({ "title": "Link", "parent_id": ids.last() });
                ids.push(ann.post(acme.path(TASKS), body).await.is(201)["id"].clone());
            }
            ids
        };
        let deepest = chain(11).await;
        let below = |parent: &Value| json!({ "title": "Too deep", "parent_id": parent });
        ann.post(acme.path(TASKS), below(&deepest[10])).await.rejects("/parent_id", "too_deep");
        ann.post(acme.path(TASKS), below(&deepest[9])).await.is(201);
        // Three on top of one another, put below another: its lowest is what counts.
        let three = chain(3).await;
        let top = acme.path(&format!("/tasks/{}", three[0].as_str().unwrap()));
        for (parent, fits) in [(10, false), (9, false), (8, false), (7, true), (0, true)] {
            let answer = ann.patch(&top, json!({ "parent_id": deepest[parent] })).await;
            if fits { drop(answer.is(200)) } else { drop(answer.rejects("/parent_id", "too_deep")) }
        }
    }

    async fn fifty_at_once_get_fifty_numbers_without_gap_or_repeat(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        acme.project("Other").await;
        let make = |n: usize| {
            let (who, path) = (if n.is_multiple_of(2) { &ann } else { &bob }, if n.is_multiple_of(5) { "/projects/OTH/tasks" } else { TASKS });
            who.post(acme.path(path), json!({ "title": format!("Task {n}") }))
        };
        let mut web = Vec::new();
        let mut other = Vec::new();
        for made in join_all((0..50).map(make)).await {
            let task = made.is(201);
            let is_other = task["key"].as_str().unwrap().starts_with("OTH");
            if is_other { &mut other } else { &mut web }.push(task["number"].as_i64().unwrap());
        }
        web.sort_unstable();
        other.sort_unstable();
        assert_eq!(web, (1..=40).collect::<Vec<_>>());
        assert_eq!(other, (1..=10).collect::<Vec<_>>());
    }

    async fn a_number_once_given_is_never_given_again(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        for number in 1..=3 {
            assert_eq!(acme.task("WEB", "Short-lived").await["number"], number);
            ann.delete(acme.path(&format!("/tasks/WEB-{number}"))).await.is(204);
        }
    }

    async fn what_is_no_task_here_is_not_found(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        acme.task("WEB", "There").await;
        let other = ann.founds("Other").await;
        other.project("Website").await;
        let foreign = other.task("WEB", "Foreign").await;
        for name in [
            "WEB-2", "WEB-0", "WEB-01", "WEB--1", "WEB-", "WEB", "NO-1", "WEB-1x", "WEB-99999999999999999999", "we-1", "%00",
            "WEB-%31%00", foreign["id"].as_str().unwrap(),
        ] {
            ann.get(acme.path(&format!("/tasks/{name}"))).await.refuses(404, "not_found");
        }
        ann.get(acme.path("/tasks/WEB-1")).await.is(200);
    }

    async fn every_field_can_be_changed_and_cleared_alone(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let parent = acme.task("WEB", "Parent").await;
        let mut task = acme.task("WEB", "Task").await;
        let path = acme.path("/tasks/WEB-2");
        for (field, to, shown, reads) in [
            ("title", json!("New"), "title", json!("New")),
            ("description", json!("Text"), "description", json!("Text")),
            ("description", json!(null), "description", json!("")),
            ("priority", json!("high"), "priority", json!("high")),
            ("priority", json!(null), "priority", json!("none")),
            ("due_at", json!("2030-01-01T00:00:00Z"), "due_at", json!("2030-01-01T00:00:00.000Z")),
            ("due_at", json!(null), "due_at", json!(null)),
            ("due_on", json!("2030-01-01"), "due_on", json!("2030-01-01")),
            ("start_on", json!("2029-12-31"), "start_on", json!("2029-12-31")),
            ("start_on", json!(null), "start_on", json!(null)),
            ("due_on", json!(null), "due_on", json!(null)),
            ("parent_id", parent["id"].clone(), "parent_id", parent["id"].clone()),
            ("parent_id", json!(null), "parent_id", json!(null)),
            ("assignee_ids", json!([bob.id]), "assignees", json!([bob.person()])),
            ("assignee_ids", json!(null), "assignees", json!([])),
        ] {
            app.clock.advance(Duration::from_secs(1));
            let changed = ann.patch(&path, json!({ field: to })).await.is(200);
            assert!(changed["updated_at"].as_str() > task["updated_at"].as_str(), "{field}");
            task[shown] = reads;
            task["version"] = json!(task["version"].as_i64().unwrap() + 1);
            task["updated_at"] = changed["updated_at"].clone();
            assert_eq!(changed, task, "{field}");
            assert_eq!(ann.get(&path).await.is(200), task, "{field}");
        }
    }

    async fn a_task_moves_to_the_end_of_its_new_column_and_knows_when_it_was_done(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        for _ in 0..3 {
            acme.task("WEB", "Task").await;
        }
        let to = async |key: &str, status: &str| {
            app.clock.advance(Duration::from_secs(1));
            ann.patch(acme.path(&format!("/tasks/{key}")), json!({ "status": status })).await.is(200)
        };
        let column = async |status: &str| {
            let path = format!("/tasks?status={status}&sort=position");
            each(&ann.get(acme.path(&path)).await.is(200)["items"], "/key")
        };
        assert_eq!(column("todo").await, ["WEB-1", "WEB-2", "WEB-3"]);
        to("WEB-2", "done").await;
        let done = to("WEB-1", "done").await;
        assert_eq!(done["completed_at"], done["updated_at"]);
        assert_eq!(column("done").await, ["WEB-2", "WEB-1"]);
        // Staying where it is, it keeps its place and its time.
        let same = to("WEB-2", "done").await;
        assert_eq!(same["version"], 2);
        let renamed = ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Done" })).await.is(200);
        assert_eq!((&renamed["completed_at"], &renamed["position"]), (&done["completed_at"], &done["position"]));
        // What is cancelled is closed, but not done.
        assert_eq!(to("WEB-1", "cancelled").await["completed_at"], json!(null));
        assert_eq!((column("cancelled").await, column("done").await), (vec!["WEB-1".to_owned()], vec!["WEB-2".to_owned()]));
        assert_eq!(to("WEB-1", "todo").await["completed_at"], json!(null));
        assert_eq!(column("todo").await, ["WEB-3", "WEB-1"]);
        to("WEB-3", "review").await;
        to("WEB-3", "todo").await;
        assert_eq!(column("todo").await, ["WEB-1", "WEB-3"]);
    }

    async fn assignees_are_a_set(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        acme.task("WEB", "Task").await;
        let path = acme.path("/tasks/WEB-1");
        let set = async |users: Value| {
            let task = ann.patch(&path, json!({ "assignee_ids": users })).await.is(200);
            let mut names = each(&task["assignees"], "/name");
            names.sort();
            (names.join(" "), task["version"].as_i64().unwrap())
        };
        assert_eq!(set(json!([bob.id, cy.id, bob.id])).await, ("Bob Cy".into(), 2));
        assert_eq!(set(json!([cy.id, bob.id])).await, ("Bob Cy".into(), 2));
        assert_eq!(set(json!([cy.id, ann.id])).await, ("Ann Cy".into(), 3));
        let told = acme.told().await;
        assert_eq!(told[told.len() - 2..], ["Ann unassigned Bob from WEB-1", "Ann assigned WEB-1 to Ann"]);
        assert_eq!(set(json!([])).await, (String::new(), 4));
    }

    async fn a_change_that_changes_nothing_makes_no_version_and_no_entry(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let body = json!({ "title": "Task", "due_at": "2030-01-01T00:00:00.5Z", "assignee_ids": [bob.id] });
        let task = ann.post(acme.path(TASKS), body.clone()).await.is(201);
        let seq = acme.last_seq().await;
        app.clock.advance(Duration::from_secs(1));
        for same in [json!({}), body, json!({ "description": null, "priority": null, "status": "todo", "parent_id": null })] {
            assert_eq!(ann.patch(acme.path("/tasks/WEB-1"), same).await.is(200), task);
        }
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", bob.id))).await.is(200);
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200), task);
        assert_eq!(acme.last_seq().await, seq);
    }

    async fn several_kinds_of_change_in_one_request_write_an_entry_each_in_one_row(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        ann.post(acme.path(TASKS), json!({ "title": "Task", "assignee_ids": [bob.id] })).await.is(201);
        let seq = acme.last_seq().await;
        let body = json!({ "title": "New", "priority": "high", "status": "review", "assignee_ids": [cy.id] });
        assert_eq!(ann.patch(acme.path("/tasks/WEB-1"), body).await.is(200)["version"], 2);
        let kinds = ["task.updated", "task.status_changed", "task.unassigned", "task.assigned"];
        let expected: Vec<_> = (seq + 1..).zip(kinds.map(str::to_owned)).collect();
        assert_eq!(newest(&acme, 4).await, expected);
        assert_eq!(acme.last_seq().await, seq + 4);
    }

    async fn a_stale_change_is_refused_and_changes_nothing(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        acme.task("WEB", "Task").await;
        let path = acme.path("/tasks/WEB-1");
        let tag = ann.get(&path).await.header("etag").to_owned();
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", bob.id))).await.is(200);
        let seq = acme.last_seq().await;
        let stale = [("if-match", tag.as_str())];
        let title = json!({ "title": "New" });
        ann.send(Method::PATCH, &path, &stale, Some(title.clone())).await.refuses(412, "precondition_failed");
        ann.send(Method::DELETE, &path, &stale, None).await.refuses(412, "precondition_failed");
        // Permission and input come before the version.
        let dee = acme.gets("Dee", "member").await;
        dee.send(Method::PATCH, &path, &stale, Some(title.clone())).await.refuses(403, "forbidden");
        ann.send(Method::PATCH, &path, &stale, Some(json!({ "title": "" }))).await.rejects("/title", "too_short");
        assert_eq!(acme.last_seq().await, seq + 2); // Dee's invitation and joining
        // The version counts, whoever read it: what the body shows beside differs by caller.
        let tag = bob.get(&path).await.header("etag").to_owned();
        ann.send(Method::PATCH, &path, &[("if-match", &tag)], Some(title)).await.is(200);
    }

    async fn a_deleted_task_is_gone_for_everybody(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let task = acme.task("WEB", "Task").await;
        acme.task("WEB", "Other").await;
        let child = json!({ "title": "Child", "parent_id": task["id"] });
        ann.post(acme.path(TASKS), child).await.is(201);
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        for path in ["/tasks/WEB-1".to_owned(), format!("/tasks/{}", task["id"].as_str().unwrap())] {
            for who in [&ann, &bob] {
                who.get(acme.path(&path)).await.refuses(404, "not_found");
            }
            ann.delete(acme.path(&path)).await.refuses(404, "not_found");
            ann.patch(acme.path(&path), json!({ "title": "New" })).await.refuses(404, "not_found");
            ann.put(acme.path(&format!("{path}/assignees/{}", bob.id))).await.refuses(404, "not_found");
        }
        let listed = ann.get(acme.path("/tasks?sort=number")).await.is(200);
        assert_eq!(each(&listed["items"], "/key"), ["WEB-2", "WEB-3"]);
        assert_eq!(acme.told().await.last().unwrap(), "Ann deleted WEB-1");
    }

    async fn a_task_is_taken_handed_over_and_dropped(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        acme.task("WEB", "Task").await;
        let on = |user: &Actor| acme.path(&format!("/tasks/WEB-1/assignees/{}", user.id));
        // Cy may not give it to Bob, but Bob may take it, once.
        cy.put(on(&bob)).await.refuses(403, "forbidden");
        assert_eq!(bob.put(on(&bob)).await.is(200)["assignees"], json!([bob.person()]));
        cy.put(on(&cy)).await.refuses(403, "forbidden");
        cy.delete(on(&bob)).await.refuses(403, "forbidden");
        // Bob hands it over for review: two steps, the second as who is on it no more.
        assert_eq!(bob.put(on(&cy)).await.is(200)["assignees"].as_array().unwrap().len(), 2);
        bob.delete(on(&bob)).await.is(204);
        bob.delete(on(&cy)).await.refuses(403, "forbidden");
        cy.delete(on(&cy)).await.is(204);
        cy.delete(on(&cy)).await.refuses(404, "not_found");
        let task = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        assert_eq!((&task["assignees"], &task["version"]), (&json!([]), &json!(5)));
        let told = acme.told().await;
        assert_eq!(told[told.len() - 4..], [
            "Bob assigned WEB-1 to Bob", "Bob assigned WEB-1 to Cy", "Bob unassigned Bob from WEB-1", "Cy unassigned Cy from WEB-1",
        ]);
    }

    async fn handing_over_in_one_request_is_editing_ones_last_time(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        ann.post(acme.path(TASKS), json!({ "title": "Task", "assignee_ids": [bob.id] })).await.is(201);
        let body = json!({ "status": "review", "assignee_ids": [cy.id] });
        let task = bob.patch(acme.path("/tasks/WEB-1"), body).await.is(200);
        assert_eq!((&task["assignees"], &task["can"]), (&json!([cy.person()]), &json!(["comment"])));
        bob.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.refuses(403, "forbidden");
    }

    async fn assigning_names_only_who_is_there(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        acme.task("WEB", "Task").await;
        for user in ["me", "none", "01890000-0000-7000-8000-000000000000", "%00"] {
            let path = acme.path(&format!("/tasks/WEB-1/assignees/{user}"));
            ann.put(&path).await.refuses(404, "not_found");
            ann.delete(&path).await.refuses(404, "not_found");
        }
        let path = acme.path(&format!("/tasks/WEB-9/assignees/{}", bob.id));
        ann.put(&path).await.refuses(404, "not_found");
        let path = acme.path(&format!("/tasks/WEB-1/assignees/{}", bob.id));
        ann.send(Method::PUT, &path, &[], Some(json!({ "user": bob.id }))).await.rejects("/user", "unknown_field");
        ann.send(Method::PUT, &path, &[], Some(json!({}))).await.is(200);
    }

    async fn a_task_has_at_most_fifty_assignees(app: TestApp) {
        let (ann, acme, _, _) = website(&app).await;
        acme.task("WEB", "Task").await;
        let people: Vec<String> = join_all((0..49).map(|n| {
            let acme = acme.clone();
            async move { acme.gets(&format!("Person {n}"), "member").await.id }
        })).await;
        let all: Vec<&String> = people.iter().chain([&ann.id]).collect();
        let task = ann.patch(acme.path("/tasks/WEB-1"), json!({ "assignee_ids": all })).await.is(200);
        assert_eq!(task["assignees"].as_array().unwrap().len(), 50);
        let late = acme.gets("Late", "member").await;
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", late.id))).await.rejects("/user", "too_many");
    }
}
