//! `…/projects/{project}/columns` and `…/tasks/{task}/move`: the columns of a board, and the order of the tasks in them.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Dice, Org, Replica, TestApp, both_engines, each};

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

impl Org {
    /// The columns of the project, with their ids by name.
    async fn columns(&self) -> Vec<(String, String)> {
        let columns = self.founder.walks(&self.path("/projects/WEB/columns?"), 3).await;
        columns.iter().map(|column| (text(&column["name"]), text(&column["id"]))).collect()
    }

    async fn column(&self, name: &str) -> String {
        let columns = self.columns().await;
        columns.into_iter().find(|(known, _)| known == name).unwrap().1
    }

    async fn makes_column(&self, name: &str, status: &str) -> String {
        let new = json!({ "name": name, "status": status });
        text(&self.founder.post(self.path("/projects/WEB/columns"), new).await.is(201)["id"])
    }

    fn column_path(&self, column: &str) -> String {
        self.path(&format!("/projects/WEB/columns/{column}"))
    }

    /// The titles of the tasks in a column, in their order.
    async fn tasks_in(&self, column: &str) -> Vec<String> {
        let path = format!("/projects/WEB/tasks?column={column}&sort=position&limit=200");
        each(&self.founder.get(self.path(&path)).await.is(200)["items"], "/title")
    }

    async fn moves(&self, task: &str, to: Value) -> Value {
        self.founder.post(self.path(&format!("/tasks/{task}/move")), to).await.is(200)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

both_engines! {
    async fn a_project_has_a_column_for_each_status_and_those_that_are_added(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let first = ann.get(acme.path("/projects/WEB/columns")).await.is(200)["items"].clone();
        assert_eq!(each(&first, "/name"), ["To do", "In progress", "Review", "Done", "Cancelled"]);
        assert_eq!(each(&first, "/status"), ["todo", "in_progress", "review", "done", "cancelled"]);
        let review = acme.column("Review").await;
        let body = json!({ "name": " QA ", "status": "review", "color": "#8250DF", "task_limit": 3, "after": review });
        let made = ann.post(acme.path("/projects/web/columns"), body).await;
        let location = made.header("location").to_owned();
        let mut made = made.is(201);
        assert_eq!(location, acme.column_path(&text(&made["id"])).replace("acme", &acme.id).replace("WEB", &text(&made["project_id"])));
        let id = text(&made["id"]);
        for gone in ["id", "project_id", "position", "created_at", "updated_at"] {
            assert!(made.as_object_mut().unwrap().shift_remove(gone).unwrap().is_string());
        }
        assert_eq!(made, json!({
            "name": "QA", "status": "review", "color": "#8250df", "task_limit": 3, "can": ["edit", "delete"], "version": 1,
        }));
        let path = acme.column_path(&id);
        let changed = ann.patch(&path, json!({ "task_limit": null, "color": null, "before": acme.column("To do").await })).await.is(200);
        assert_eq!((&changed["task_limit"], &changed["color"], &changed["version"]), (&json!(null), &json!("#6b7280"), &json!(2)));
        // What is there already stays as it is.
        assert_eq!(ann.patch(&path, json!({ "name": "QA", "before": acme.column("To do").await })).await.is(200)["version"], 2);
        ann.patch(&path, json!({ "after": acme.column("Cancelled").await })).await.is(200);
        let names = acme.columns().await.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names, ["To do", "In progress", "Review", "Done", "Cancelled", "QA"]);
        ann.send(Method::PATCH, &path, &[("if-match", "\"2\"")], Some(json!({ "name": "Late" }))).await.refuses(412, "precondition_failed");
        ann.patch(&path, json!({ "name": "Checks" })).await.is(200);
        ann.delete(format!("{path}?dry_run=true")).await.is(200);
        ann.delete(&path).await.is(204);
        ann.patch(&path, json!({ "name": "Gone" })).await.refuses(404, "not_found");
        let told = acme.told().await;
        assert_eq!(told[told.len() - 5..], [
            "Ann created the column Checks", "Ann changed the color and task limit of the column Checks", "Ann moved the column Checks",
            "Ann changed the name of the column Checks", "Ann deleted the column Checks",
        ]);
    }

    async fn columns_between_the_same_two_go_on_having_room(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        // As they may come with an archive.
        app.database.run("update board_columns set position = 'a0'").await;
        let order = acme.columns().await;
        let new = json!({ "name": "Between", "status": "todo", "after": order[1].1, "before": order[2].1 });
        ann.post(acme.path("/projects/WEB/columns"), new).await.is(201);
        let names: Vec<String> = acme.columns().await.into_iter().map(|(name, _)| name).collect();
        let before: Vec<&String> = order.iter().map(|(name, _)| name).collect();
        let between = "Between".to_owned();
        assert_eq!(names.iter().collect::<Vec<_>>(), [before[0], before[1], &between, before[2], before[3], before[4]]);
        let mut copy = Replica::of(&ann, &acme);
        copy.syncs(3).await;
        copy.is_true().await;
    }

    async fn what_is_no_column_of_the_project_is_refused_wherever_it_is_named(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        ann.post(acme.path("/projects"), json!({ "name": "Other", "key": "OTHER" })).await.is(201);
        let foreign = text(&ann.get(acme.path("/projects/OTHER/columns")).await.is(200)["items"][0]["id"]);
        let (todo, done) = (acme.column("To do").await, acme.column("Done").await);
        acme.task("WEB", "Task").await;
        let (columns, path) = (acme.path("/projects/WEB/columns"), acme.column_path(&todo));
        let soon = acme.column_path(&acme.makes_column("Soon", "todo").await);
        for id in [foreign.as_str(), NOBODY] {
            for field in ["before", "after"] {
                ann.post(&columns, json!({ "name": "New", "status": "todo", field: id })).await.rejects(&format!("/{field}"), "not_found");
                ann.patch(&path, json!({ field: id })).await.rejects(&format!("/{field}"), "not_found");
            }
            ann.delete(format!("{path}?move_to={id}")).await.rejects("/move_to", "not_found");
            ann.patch(format!("{path}?move_to={id}"), json!({ "status": "review" })).await.rejects("/move_to", "not_found");
            ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "New", "column_id": id })).await.rejects("/column_id", "not_found");
            ann.patch(acme.path("/tasks/WEB-1"), json!({ "column_id": id })).await.rejects("/column_id", "not_found");
            ann.post(acme.path("/tasks/WEB-1/move"), json!({ "column_id": id })).await.rejects("/column_id", "not_found");
            ann.get(acme.path(&format!("/projects/WEB/tasks?column={id}"))).await.is(200);
            ann.delete(acme.column_path(id)).await.refuses(404, "not_found");
        }
        ann.patch(&path, json!({ "after": todo })).await.rejects("/after", "not_found");
        ann.post(&columns, json!({ "name": "New", "status": "todo", "after": done, "before": todo })).await.rejects("/before", "invalid_value");
        for (body, pointer, code) in [
            (json!({ "status": "todo" }), "/name", "required"), (json!({ "name": "New" }), "/status", "required"),
            (json!({ "name": "New", "status": "blocked" }), "/status", "invalid_value"),
            (json!({ "name": "", "status": "todo" }), "/name", "required"),
            (json!({ "name": "New", "status": "todo", "color": "red" }), "/color", "invalid_format"),
            (json!({ "name": "New", "status": "todo", "task_limit": 0 }), "/task_limit", "out_of_range"),
            (json!({ "name": "New", "status": "todo", "task_limit": 10001 }), "/task_limit", "out_of_range"),
            (json!({ "name": "New", "status": "todo", "task_limit": "3" }), "/task_limit", "invalid_type"),
            (json!({ "name": "New", "status": "todo", "position": "a0" }), "/position", "unknown_field"),
        ] {
            let refused = ann.post(&columns, body.clone()).await;
            assert_eq!(refused.status, 422, "{body}");
            let errors = refused.body["errors"].clone();
            assert_eq!(errors[0]["pointer"], pointer, "{errors}");
            assert!(pointer == "/name" || errors[0]["code"] == code, "{errors}");
        }
        let both = json!({ "status": "done", "column_id": todo });
        ann.patch(acme.path("/tasks/WEB-1"), both.clone()).await.rejects("/column_id", "invalid_value");
        ann.post(acme.path("/tasks/WEB-1/move"), both).await.rejects("/column_id", "invalid_value");
        assert_eq!(ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "todo", "column_id": todo })).await.is(200)["version"], 1);
        ann.get(acme.path("/projects/WEB/tasks?column=todo")).await.rejects("/column", "invalid_format");
        // The input comes before the state.
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        ann.patch(&soon, json!({ "before": NOBODY })).await.rejects("/before", "not_found");
        ann.patch(&soon, json!({ "name": "Late" })).await.refuses(409, "project_archived");
        ann.delete(&soon).await.refuses(409, "project_archived");
        ann.post(&columns, json!({ "name": "New", "status": "todo" })).await.refuses(409, "project_archived");
        ann.post(acme.path("/tasks/WEB-1/move"), json!({ "status": "done" })).await.refuses(409, "project_archived");
        assert_eq!(ann.get(&columns).await.is(200)["items"][0]["can"], json!([]));
    }

    async fn a_status_keeps_a_column_and_a_column_with_tasks_goes_only_with_a_place_for_them(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        let (todo, done) = (acme.column("To do").await, acme.column("Done").await);
        ann.delete(acme.column_path(&todo)).await.refuses(409, "last_column");
        ann.patch(acme.column_path(&todo), json!({ "status": "review" })).await.refuses(409, "last_column");
        let soon = acme.makes_column("Soon", "todo").await;
        for title in ["One", "Two", "Bin"] {
            let task = json!({ "title": title, "column_id": soon, "assignee_ids": [bob.id], "due_at": "2020-01-01T00:00:00Z" });
            ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        }
        ann.delete(acme.path("/tasks/WEB-3")).await.is(204);
        let path = acme.column_path(&soon);
        ann.delete(&path).await.refuses(409, "column_not_empty");
        ann.patch(&path, json!({ "status": "done" })).await.refuses(409, "column_not_empty");
        // Into another column of the status, then to another status, where they are done.
        ann.patch(format!("{path}?move_to={todo}"), json!({ "status": "review" })).await.is(200);
        assert_eq!((acme.tasks_in(&soon).await, acme.tasks_in(&todo).await), (vec![], vec!["One".to_owned(), "Two".into()]));
        let later = acme.makes_column("Later", "todo").await;
        let counts = ann.delete(format!("{}?move_to={done}&dry_run=true", acme.column_path(&todo))).await.is(200)["counts"].clone();
        assert_eq!(counts, json!({ "columns": 1, "tasks": 2 }));
        ann.delete(format!("{}?move_to={done}", acme.column_path(&todo))).await.is(204);
        let one = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        assert_eq!((&one["status"], &one["column_id"], &one["version"]), (&json!("done"), &json!(done), &json!(3)));
        assert_eq!(one["completed_at"], one["updated_at"]);
        assert_eq!(ann.get(acme.path("/projects/WEB")).await.is(200)["task_counts"]["done"], 2);
        assert_eq!(ann.get(acme.path("/stats")).await.is(200)["overdue"], 0);
        // What lies in the trash has gone to the column that is left.
        assert_eq!(ann.posts(acme.path("/tasks/WEB-3/restore")).await.is(200)["column_id"], json!(later));
        // Who has left stays on what is done, and no longer than it is.
        ann.delete(acme.path(&format!("/members/{}", bob.id))).await.is(200);
        acme.makes_column("Also done", "done").await;
        ann.delete(format!("{}?move_to={later}", acme.column_path(&done))).await.is(204);
        let one = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        assert_eq!((&one["status"], &one["completed_at"], &one["assignees"]), (&json!("todo"), &json!(null), &json!([])));
        assert_eq!(ann.get(acme.path("/stats")).await.is(200)["overdue"], 3);
        let told = acme.told().await;
        for sentence in ["Ann moved WEB-1 from Soon to To do", "Ann moved WEB-2 from To do to Done", "Ann unassigned Bob from WEB-1"] {
            assert!(told.iter().any(|one| one == sentence), "{sentence}: {told:#?}");
        }
        let mut copy = Replica::of(&ann, &acme);
        copy.syncs(2).await;
        copy.is_true().await;
    }

    async fn a_task_goes_where_it_is_put_and_no_other_is_written(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mut ids = Vec::new();
        for title in ["A", "B", "C", "D"] {
            ids.push(text(&acme.task("WEB", title).await["id"]));
        }
        let (todo, review) = (acme.column("To do").await, acme.column("Review").await);
        acme.moves("WEB-4", json!({ "before": ids[0] })).await;
        assert_eq!(acme.tasks_in(&todo).await, ["D", "A", "B", "C"]);
        acme.moves("WEB-4", json!({ "after": ids[1] })).await;
        acme.moves("WEB-1", json!({})).await;
        assert_eq!(acme.tasks_in(&todo).await, ["B", "D", "C", "A"]);
        acme.moves("WEB-3", json!({ "after": ids[1], "before": ids[3] })).await;
        assert_eq!(acme.tasks_in(&todo).await, ["B", "C", "D", "A"]);
        // Where it is already, it stays.
        for to in [json!({ "after": ids[1] }), json!({ "before": ids[3] }), json!({ "after": ids[1], "before": ids[0], "status": "todo" })] {
            assert_eq!(acme.moves("WEB-3", to).await["version"], 2);
        }
        let moved = acme.moves("WEB-3", json!({ "status": "review" })).await;
        assert_eq!((&moved["status"], &moved["column_id"]), (&json!("review"), &json!(review)));
        acme.moves("WEB-2", json!({ "column_id": review, "before": ids[2] })).await;
        assert_eq!((acme.tasks_in(&review).await, acme.tasks_in(&todo).await), (vec!["B".to_owned(), "C".into()], vec!["D".to_owned(), "A".into()]));
        let versions = ann.walks(&acme.path("/tasks?sort=number"), 9).await;
        assert_eq!(versions.iter().map(|task| task["version"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 2, 3, 3]);
        acme.project("Other").await;
        let other = text(&acme.task("OTH", "Other").await["id"]);
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        for wrong in [&other, &ids[0], &ids[1], &ids[3], NOBODY] {
            for field in ["before", "after"] {
                ann.post(acme.path("/tasks/WEB-4/move"), json!({ field: wrong })).await.rejects(&format!("/{field}"), "not_found");
            }
        }
        ann.post(acme.path("/tasks/WEB-2/move"), json!({ "after": ids[2], "before": ids[1] })).await.rejects("/before", "not_found");
        ann.post(acme.path("/tasks/WEB-4/move"), json!({ "status": "review", "after": ids[2], "before": ids[1] })).await.rejects("/before", "invalid_value");
        ann.post(acme.path("/tasks/WEB-4/move"), json!({ "position": "a0" })).await.rejects("/position", "unknown_field");
        let told = acme.told().await;
        assert!(told.contains(&"Ann moved WEB-4 on the board".to_owned()), "{told:#?}");
        assert!(told.contains(&"Ann moved WEB-3 from To do to Review".to_owned()), "{told:#?}");
    }

    async fn tasks_between_the_same_two_go_on_having_room(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mut ids = Vec::new();
        for n in 0..90 {
            ids.push(text(&acme.task("WEB", &format!("{n:02}")).await["id"]));
        }
        let todo = acme.column("To do").await;
        // The positions between the first two have become as long as they may.
        let long = format!("a0{}", "V".repeat(98));
        let first = |n: usize| format!("update tasks set position = '{long}' where number = {n};");
        app.database.run(&format!("update tasks set position = 'a0' where number = 1; {}", first(2))).await;
        app.database.run(&format!("update tasks set position = '{}W' where number = 3", &long[..99])).await;
        let mut copy = Replica::of(&ann, &acme);
        copy.syncs(200).await;
        acme.moves("WEB-90", json!({ "after": ids[1] })).await;
        let mut expected: Vec<String> = (0..89).map(|n| format!("{n:02}")).collect();
        expected.insert(2, "89".into());
        assert_eq!(acme.tasks_in(&todo).await, expected);
        // No more of those that follow were moved than was needed.
        let moved = app.database.number("select count(*) from tasks where version > 1").await;
        assert!((2..=70).contains(&moved), "{moved}");
        copy.syncs(30).await;
        copy.is_true().await;
        // Equal positions, as they come from columns that were made one, are told apart as soon as somebody moves.
        app.database.run("update tasks set position = 'a0'").await;
        acme.moves("WEB-1", json!({ "after": ids[4] })).await;
        let mut expected: Vec<String> = (1..90).map(|n| format!("{n:02}")).collect();
        expected.insert(4, "00".into());
        assert_eq!(acme.tasks_in(&todo).await, expected);
    }

    async fn fifty_who_move_at_once_leave_one_order_that_everybody_sees(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mut ids = Vec::new();
        for n in 0..20 {
            ids.push(text(&acme.task("WEB", &format!("{n}")).await["id"]));
        }
        let mia = acme.gets("Mia", "admin").await;
        let mut copy = Replica::of(&mia, &acme);
        copy.syncs(100).await;
        let dice = &mut Dice(50);
        let all: Vec<_> = (0..50).map(|n| {
            let (task, other) = (dice.below(20), dice.one_of(&ids).clone());
            let field = if n % 2 == 0 { "before" } else { "after" };
            let (who, path) = (if n % 3 == 0 { &mia } else { &ann }, acme.path(&format!("/tasks/{}/move", ids[task])));
            let to = if other == ids[task] { json!({}) } else { json!({ field: other }) };
            async move { who.post(path, to).await.is(200) }
        }).collect();
        join_all(all).await;
        let list = acme.path("/projects/WEB/tasks?sort=position");
        let seen = ann.walks(&list, 7).await;
        assert_eq!(seen.iter().map(|task| text(&task["position"])).collect::<BTreeSet<_>>().len(), 20, "{seen:#?}");
        assert!(seen.iter().all(|task| task["position"].as_str().unwrap().len() < 30));
        assert_eq!(each(&json!(mia.walks(&list, 200).await), "/id"), each(&json!(seen), "/id"));
        copy.syncs(9).await;
        copy.is_true().await;
        // Only what was moved was written, each time once.
        let moved = acme.told().await.iter().filter(|told| told.ends_with("on the board")).count();
        let versions: i64 = seen.iter().map(|task| task["version"].as_i64().unwrap() - 1).sum();
        assert_eq!(i64::try_from(moved).unwrap(), versions);
    }

    async fn a_projects_lists_keep_the_order_of_the_board_among_equals(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mut ids = Vec::new();
        for (title, priority, status) in [
            ("a", "low", "todo"), ("b", "high", "done"), ("c", "low", "done"), ("d", "high", "todo"), ("e", "high", "todo"),
        ] {
            let task = json!({ "title": title, "priority": priority, "status": status });
            ids.push(text(&ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201)["id"]));
        }
        acme.moves("WEB-5", json!({ "before": ids[0] })).await;
        acme.moves("WEB-3", json!({ "before": ids[1] })).await;
        let listed = async |query: &str| {
            let mut found = String::new();
            for limit in [1, 2, 50] {
                let page = ann.walks(&acme.path(&format!("/projects/WEB/tasks?{query}")), limit).await;
                let titles = each(&json!(page), "/title").concat();
                assert!(found.is_empty() || found == titles, "{query} by {limit}");
                found = titles;
            }
            found
        };
        assert_eq!(listed("sort=status").await, "eadcb");
        assert_eq!(listed("sort=-status").await, "cbead");
        assert_eq!(listed("sort=-priority").await, "ebdac");
        assert_eq!(listed("sort=priority&status=todo").await, "aed");
        assert_eq!(listed("priority=high&sort=position").await, "ebd");
        let done = acme.column("Done").await;
        assert_eq!(listed(&format!("column={done}&sort=-position")).await, "bc");
        let both = format!("column={done},{}&sort=number", acme.column("To do").await);
        assert_eq!(listed(&both).await, "abcde");
    }
}
