//! `?group_by=` on lists of tasks: a board, or its swim lanes, in one request.

use serde_json::{Value, json};

use crate::{
    statements::counted,
    support::{Actor, Engine, Options, Org, TestApp, both_engines, each, run},
};

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

async fn task(org: &Org, title: &str, more: Value) -> Value {
    let mut body = json!({ "title": title });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    org.founder.post(org.path("/projects/WEB/tasks"), body).await.is(201)
}

async fn groups(who: &Actor, org: &Org, query: &str) -> Vec<Value> {
    let page = who.get(org.path(query)).await.is(200);
    assert_eq!((&page["items"], &page["next_cursor"]), (&json!([]), &json!(null)), "{query}");
    page["groups"].as_array().unwrap().clone()
}

/// Each group as `name: count of task, task`.
fn told(groups: &[Value], name: &str) -> Vec<String> {
    let tell = |group: &Value| {
        let name =
            group.pointer(name).and_then(Value::as_str).unwrap_or_else(|| group["key"].as_str().unwrap());
        format!("{name}: {} of {}", group["count"], each(&group["items"], "/title").join(", "))
    };
    groups.iter().map(tell).collect()
}

both_engines! {
    async fn a_board_is_one_request_and_its_columns_go_on_by_themselves(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let columns = acme.path("/projects/WEB/columns");
        let review = ann.get(&columns).await.is(200)["items"][2]["id"].clone();
        let checks = ann.post(&columns, json!({ "name": "Checks", "status": "review", "before": review })).await.is(201);
        for title in ["One", "Two", "Three", "Four", "Five"] {
            task(&acme, title, json!({})).await;
        }
        task(&acme, "Six", json!({ "column_id": checks["id"] })).await;
        ann.post(acme.path("/tasks/WEB-4/move"), json!({ "before": task(&acme, "Gone", json!({})).await["id"] })).await.is(200);
        ann.delete(acme.path("/tasks/WEB-7")).await.is(204);
        let board = groups(&ann, &acme, "/projects/WEB/tasks?group_by=column&limit=2").await;
        let names = ["To do: 5 of One, Two", "In progress: 0 of ", "Checks: 1 of Six", "Review: 0 of ", "Done: 0 of ", "Cancelled: 0 of "];
        assert_eq!(told(&board, "/column/name"), names);
        assert_eq!(json!(board.iter().map(|group| &group["column"]).collect::<Vec<_>>()), ann.get(&columns).await.is(200)["items"]);
        assert!(board.iter().all(|group| group["key"] == group["column"]["id"]));
        assert_eq!(board[2]["items"][0], ann.get(acme.path("/tasks/WEB-6")).await.is(200));
        // The next tasks of a column come by the same route, alone.
        let (mut cursor, mut pages) = (board[0]["next_cursor"].clone(), Vec::new());
        while let Some(next) = cursor.as_str() {
            let page = groups(&ann, &acme, &format!("/projects/WEB/tasks?group_by=column&limit=2&cursor={next}")).await;
            assert_eq!((page.len(), &page[0]["column"]), (1, &board[0]["column"]));
            pages.extend(told(&page, "/column/name"));
            cursor = page[0]["next_cursor"].clone();
        }
        assert_eq!(pages, ["To do: 5 of Three, Five", "To do: 5 of Four"]);
        // The list over all projects has the same board, if it is asked for one; else only what isn't empty.
        let same = groups(&ann, &acme, "/tasks?project=web&group_by=column&limit=2").await;
        assert_eq!(told(&same, "/column/name"), names);
        acme.project("App").await;
        let titles = ["To do: 5 of One, Two", "Checks: 1 of Six"];
        assert_eq!(told(&groups(&ann, &acme, "/tasks?group_by=column&limit=2").await, "/column/name"), titles);
        let two = format!("/projects/WEB/tasks?group_by=column&column={},{}", checks["id"].as_str().unwrap(), review.as_str().unwrap());
        assert_eq!(told(&groups(&ann, &acme, &two).await, "/column/name"), ["Checks: 1 of Six", "Review: 0 of "]);
        // Nothing is told of a project that one doesn't see.
        let mia = acme.gets("Mia", "member").await;
        ann.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        mia.get(acme.path("/projects/WEB/tasks?group_by=column")).await.refuses(404, "not_found");
        for query in ["/tasks?project=WEB&group_by=column", "/tasks?group_by=assignee", "/tasks?group_by=column"] {
            assert_eq!(groups(&mia, &acme, query).await, [] as [Value; 0], "{query}");
        }
    }

    async fn swim_lanes_are_what_tasks_have_in_common_and_none_is_the_last(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bea, zoe) = (acme.gets("bea", "member").await, acme.gets("Zoë", "member").await);
        let (bug, idea, old) = (acme.label("Bug").await, acme.label("idea").await, acme.label("Old").await);
        task(&acme, "Both", json!({ "assignee_ids": [zoe.id, bea.id], "label_ids": [idea, bug, old], "priority": "urgent" })).await;
        task(&acme, "Hers", json!({ "assignee_ids": [bea.id], "label_ids": [old], "status": "done", "priority": "low" })).await;
        task(&acme, "Free", json!({ "status": "review" })).await;
        ann.delete(acme.path(&format!("/labels/{old}"))).await.is(204);
        let lanes = async |query: &str, name: &str| told(&groups(&ann, &acme, &format!("/tasks?{query}")).await, name);
        assert_eq!(lanes("group_by=assignee", "/assignee/name").await, ["bea: 2 of Both, Hers", "Zoë: 1 of Both", "none: 1 of Free"]);
        assert_eq!(lanes("group_by=label", "/label/name").await, ["Bug: 1 of Both", "idea: 1 of Both", "none: 2 of Hers, Free"]);
        let status = ["todo: 1 of Both", "in_progress: 0 of ", "review: 1 of Free", "done: 1 of Hers", "cancelled: 0 of "];
        assert_eq!(lanes("group_by=status", "/none").await, status);
        let priority = ["urgent: 1 of Both", "high: 0 of ", "medium: 0 of ", "low: 1 of Hers", "none: 1 of Free"];
        assert_eq!(lanes("group_by=priority", "/none").await, priority);
        let by_label = groups(&ann, &acme, "/tasks?group_by=label").await;
        assert_eq!(by_label[0]["label"], ann.get(acme.path("/tasks/WEB-1")).await.is(200)["labels"][0]);
        assert!(by_label[2].get("label").is_none() && by_label[0].get("assignee").is_none());
        assert_eq!(groups(&ann, &acme, "/tasks?group_by=assignee").await[1]["assignee"], zoe.person());
        // A filter of the same name says which groups there are, any other which tasks are in them.
        assert_eq!(lanes(&format!("group_by=assignee&assignee={}", zoe.id), "/assignee/name").await, ["Zoë: 1 of Both"]);
        assert_eq!(lanes(&format!("group_by=label&label=none,{bug}"), "/label/name").await, ["Bug: 1 of Both", "none: 2 of Hers, Free"]);
        assert_eq!(lanes("group_by=status&status=done,review", "/none").await, ["review: 1 of Free", "done: 1 of Hers"]);
        assert_eq!(lanes("group_by=priority&not_priority=none,urgent,high", "/none").await, ["medium: 0 of ", "low: 1 of Hers"]);
        assert_eq!(lanes("group_by=assignee&status=todo,done&sort=-number", "/assignee/name").await, ["bea: 2 of Hers, Both", "Zoë: 1 of Both"]);
        assert_eq!(lanes("group_by=assignee&q=free", "/assignee/name").await, ["none: 1 of Free"]);
        assert_eq!(lanes("group_by=assignee&project=LOST", "/assignee/name").await, [] as [&str; 0]);
    }

    async fn what_cannot_be_a_group_is_refused_and_a_cursor_belongs_to_its_groups(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        for title in ["One", "Two", "Three"] {
            task(&acme, title, json!({ "assignee_ids": [ann.id] })).await;
        }
        for (query, pointer, code) in [
            ("group_by=project", "/group_by", "invalid_value"), ("group_by=", "/group_by", "invalid_value"),
            ("group_by=status,label", "/group_by", "invalid_value"), ("group_by=status&group_by=label", "/group_by", "duplicate_field"),
            ("group_by=status&limit=0", "/limit", "out_of_range"), ("group_by=status&limit=201", "/limit", "out_of_range"),
        ] {
            for list in ["/tasks", "/projects/WEB/tasks"] {
                ann.get(acme.path(&format!("{list}?{query}"))).await.rejects(pointer, code);
            }
        }
        ann.get("/v1/me/tasks?group_by=status").await.rejects("/group_by", "unknown_field");
        let lanes = groups(&ann, &acme, "/tasks?group_by=assignee&limit=1").await;
        let cursor = lanes[0]["next_cursor"].as_str().unwrap();
        for other in ["", "group_by=status", "group_by=assignee&status=todo", "group_by=assignee&sort=number"] {
            ann.get(acme.path(&format!("/tasks?{other}&cursor={cursor}"))).await.refuses(422, "invalid_cursor");
        }
        ann.get(acme.path(&format!("/projects/WEB/tasks?group_by=assignee&cursor={cursor}"))).await.refuses(422, "invalid_cursor");
        // What is no group any more has no tasks.
        for task in ["WEB-1", "WEB-2", "WEB-3"] {
            ann.patch(acme.path(&format!("/tasks/{task}")), json!({ "assignee_ids": [] })).await.is(200);
        }
        assert_eq!(groups(&ann, &acme, &format!("/tasks?group_by=assignee&limit=1&cursor={cursor}")).await, [] as [Value; 0]);
        // An answer has room for 1,000 tasks. Further groups come by the list's own cursor.
        let first = ann.get(acme.path("/tasks?group_by=due&limit=200")).await.is(200);
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "due_at": "2020-01-01T00:00:00Z", "status": "done" })).await.is(200);
        assert_eq!(first["next_cursor"], json!(null));
        let first = ann.get(acme.path("/tasks?group_by=due&limit=200")).await.is(200);
        let rest = first["next_cursor"].as_str().unwrap();
        let rest = groups(&ann, &acme, &format!("/tasks?group_by=due&limit=200&cursor={rest}")).await;
        assert_eq!(each(&first["groups"], "/key"), ["overdue", "today", "this_week", "later", "earlier"]);
        assert_eq!(told(&rest, "/none"), ["none: 2 of Two, Three"]);
    }
}

#[test]
fn the_statements_of_a_board_do_not_grow_with_its_cards() {
    // There, the one connection that writes reads too.
    run(Engine::Postgres, async |app: TestApp| {
        let mut options = Options::default();
        options.database.connections = 1;
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let (ann, acme) = acme(&app).await;
        let bug = acme.label("Bug").await;
        let mut counts = Vec::new();
        for cards in [4, 20] {
            for n in 0..cards {
                let status = ["todo", "in_progress", "review", "done"][n % 4];
                let more = json!({ "status": status, "assignee_ids": [ann.id], "label_ids": [bug] });
                task(&acme, "Card", more).await;
            }
            let board = async { drop(groups(&ann, &acme, "/projects/WEB/tasks?group_by=column").await) };
            counts.push(counted(&app, board).await);
        }
        // Session, membership, project; the counts, the columns; the tasks, their labels and links; the columns as shown.
        assert_eq!(counts, [9, 9]);
    });
}
