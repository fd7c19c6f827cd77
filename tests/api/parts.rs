//! `?fields=` and `?include=` where tasks are read: less of each, and what lies below it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Org, TestApp, both_engines, each};

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

fn names(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

both_engines! {
    async fn a_client_gets_the_fields_that_it_asks_for(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let whole = acme.task("WEB", "Paint").await;
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", ann.id))).await.is(200);
        let path = acme.path("/tasks/WEB-1");
        let all = ann.get(&path).await;
        let some = ann.get(format!("{path}?fields=title,can,assignees")).await;
        let (tags, body) = ([all.header("etag").to_owned(), some.header("etag").to_owned()], some.is(200));
        assert_eq!(names(&body), ["id", "title", "assignees", "can"]);
        let all = all.is(200);
        assert!(body.as_object().unwrap().iter().all(|(name, value)| all[name] == *value), "{body}");
        assert_eq!(names(&ann.get(format!("{path}?fields=id")).await.is(200)), ["id"]);
        // A tag belongs to the answer that it came with; its version to the task.
        assert_ne!(tags[0], tags[1]);
        for (query, status) in [("?fields=can,title,assignees", 304), ("?fields=title", 200), ("", 200)] {
            let again = ann.send(Method::GET, &format!("{path}{query}"), &[("if-none-match", &tags[1])], None).await;
            assert_eq!(again.status, status, "{query}");
        }
        ann.send(Method::PATCH, &path, &[("if-match", &tags[1])], Some(json!({ "title": "Paint it" }))).await.is(200);
        ann.send(Method::PATCH, &path, &[("if-match", &tags[1])], Some(json!({ "title": "Late" }))).await.refuses(412, "precondition_failed");
        // In every list.
        let lists = ["/tasks?", "/projects/WEB/tasks?sort=position&", "/tasks?parent=none&"];
        for list in lists {
            let page = ann.get(acme.path(&format!("{list}fields=key,title"))).await.is(200);
            assert_eq!(page, json!({ "items": [{ "id": whole["id"], "key": "WEB-1", "title": "Paint it" }], "next_cursor": null }));
        }
        let board = ann.get(acme.path("/projects/WEB/tasks?group_by=column&fields=key")).await.is(200);
        assert_eq!(board["groups"][0]["items"], json!([{ "id": whole["id"], "key": "WEB-1" }]));
        assert_eq!(board["groups"][0]["column"]["name"], "To do");
        let mine = ann.get("/v1/me/tasks?fields=title").await.is(200);
        assert_eq!(names(&mine["items"][0]), ["id", "title", "organization"]);
        for list in lists {
            for (query, pointer) in [
                ("fields=colour", "/fields"), ("fields=title,", "/fields"), ("fields=", "/fields"), ("fields=subtasks", "/fields"),
                ("include=links", "/include"), ("include=", "/include"), ("include=comments&group_by=status", "/include"),
            ] {
                ann.get(acme.path(&format!("{list}{query}"))).await.rejects(pointer, "invalid_value");
            }
        }
        ann.get(format!("{path}?fields=colour")).await.rejects("/fields", "invalid_value");
        ann.get(format!("{path}?field=title")).await.rejects("/field", "unknown_field");
        ann.get("/v1/me/tasks?fields=colour").await.rejects("/fields", "invalid_value");
    }

    async fn what_lies_below_a_task_comes_with_it_up_to_a_bound(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mia = acme.gets("Mia", "member").await;
        let parent = acme.task("WEB", "Parent").await;
        acme.task("WEB", "Alone").await;
        for n in 0..12 {
            let child = json!({ "title": format!("Child {n}"), "parent_id": parent["id"] });
            ann.post(acme.path("/projects/WEB/tasks"), child).await.is(201);
            ann.post(acme.path("/tasks/WEB-1/comments"), json!({ "body": format!("Word {n} for <@{}>", mia.id) })).await.is(201);
        }
        ann.delete(acme.path("/tasks/WEB-4")).await.is(204);
        ann.post(acme.path("/tasks/WEB-14/move"), json!({ "before": ann.get(acme.path("/tasks/WEB-3")).await.is(200)["id"] })).await.is(200);
        // As the lists of their own have them, for whoever asks.
        for who in [&ann, &mia] {
            let own = who.get(acme.path("/tasks?parent=WEB-1&sort=position&limit=10")).await.is(200);
            let comments = who.get(acme.path("/tasks/WEB-1/comments?limit=10")).await.is(200);
            let task = who.get(acme.path("/tasks/WEB-1?include=comments,subtasks")).await.is(200);
            assert_eq!((&task["subtasks"], &task["comments"]), (&own["items"], &comments["items"]));
            assert_eq!((&task["subtask_counts"]["total"], &task["comment_count"]), (&json!(11), &json!(12)));
            assert_eq!(task["subtasks"][0]["title"], "Child 11");
            let all = who.get(acme.path("/tasks?parent=none&sort=number&include=comments,subtasks")).await.is(200);
            assert_eq!(all["items"][0], task);
            assert_eq!((&all["items"][1]["subtasks"], &all["items"][1]["comments"]), (&json!([]), &json!([])));
        }
        let some = ann.get(acme.path("/projects/WEB/tasks?parent=none&fields=title&include=subtasks&sort=number&limit=1")).await.is(200);
        assert_eq!(names(&some["items"][0]), ["id", "title", "subtasks"]);
        assert_eq!(names(&some["items"][0]["subtasks"][0]), ["id", "title"]);
        assert!(ann.get(acme.path("/tasks/WEB-1")).await.is(200).get("subtasks").is_none());
        // The tag follows what is included.
        let tag = async || ann.get(acme.path("/tasks/WEB-1?include=subtasks")).await.header("etag").to_owned();
        let before = tag().await;
        ann.patch(acme.path("/tasks/WEB-5"), json!({ "title": "Renamed" })).await.is(200);
        assert_ne!(tag().await, before);
        assert_eq!(each(&some["items"], "/title"), ["Parent"]);
    }
}
