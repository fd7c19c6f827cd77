//! Not yours, not there: private projects, and who loses sight of them. Every list against a model is in `model.rs`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Org, TestApp, both_engines, each};

/// What the caller may not see answers with the same bytes as what never existed.
async fn alike(who: &Actor, method: &Method, hidden: &str, never: &str, body: Option<Value>) {
    let ask = async |path: &str| -> Answer {
        who.send(method.clone(), path, &[("x-request-id", "0123456789abcdef")], body.clone()).await
    };
    let (hidden, never) = (ask(hidden).await, ask(never).await);
    assert_eq!(hidden.status, 404, "{}: {}", hidden.asked, hidden.body);
    assert_eq!(hidden.body.to_string(), never.body.to_string(), "{}", hidden.asked);
    let headers = |answer: &Answer| {
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        headers
    };
    assert_eq!(headers(&hidden), headers(&never), "{}", hidden.asked);
}

/// Every route under a project, and under a task of it.
fn routes(user: &str) -> Vec<(Method, String, Option<Value>)> {
    let (get, put, post, patch, delete) =
        (Method::GET, Method::PUT, Method::POST, Method::PATCH, Method::DELETE);
    [
        (&get, "/projects/{project}", None),
        (&patch, "/projects/{project}", Some(json!({ "name": "Mine" }))),
        (&patch, "/projects/{project}", Some(json!({ "nonsense": 1 }))),
        (&delete, "/projects/{project}", None),
        (&post, "/projects/{project}/archive", None),
        (&post, "/projects/{project}/unarchive", None),
        (&get, "/projects/{project}/members", None),
        (&put, "/projects/{project}/members/{user}", None),
        (&delete, "/projects/{project}/members/{user}", None),
        (&post, "/projects/{project}/tasks", Some(json!({ "title": "Mine" }))),
        (&post, "/projects/{project}/tasks", Some(json!({}))),
        (&get, "/projects/{project}/tasks", None),
        (&get, "/projects/{project}/tasks?sort=nonsense", None),
        (&get, "/projects/{project}/activity", None),
        (&get, "/tasks/{task}", None),
        (&patch, "/tasks/{task}", Some(json!({ "title": "Mine" }))),
        (&patch, "/tasks/{task}", Some(json!({ "status": 7 }))),
        (&delete, "/tasks/{task}", None),
        (&put, "/tasks/{task}/assignees/{user}", None),
        (&delete, "/tasks/{task}/assignees/{user}", None),
        (&get, "/tasks/{task}/activity", None),
        (&get, "/tasks/{task}/timeline", None),
        (&get, "/tasks/{task}/comments", None),
        (&post, "/tasks/{task}/comments", Some(json!({ "body": "Mine" }))),
        (&post, "/tasks/{task}/comments", Some(json!({}))),
        (&get, "/tasks/{task}/comments/{user}", None),
        (&get, "/tasks/{task}/assignable", None),
        (&get, "/tasks/{task}/links", None),
        (&post, "/tasks/{task}/links", Some(json!({ "kind": "blocks", "task_id": user }))),
        (&post, "/tasks/{task}/links", Some(json!({}))),
        (&delete, "/tasks/{task}/links/{user}", None),
    ]
    .into_iter()
    .map(|(method, path, body)| (method.clone(), path.replace("{user}", user), body))
    .collect()
}

async fn nothing_tells(acme: &Org, who: &Actor, project: &Value, task: &Value) {
    let nobody = "01890000-0000-7000-8000-000000000000";
    for user in [&who.id, &acme.founder.id] {
        for (method, path, body) in routes(user) {
            for (project, task, no_project, no_task) in [
                (&project["id"], &task["id"], nobody, nobody),
                (&project["key"], &task["key"], "NEVER", "NEVER-1"),
            ] {
                let (project, task) = (project.as_str().unwrap(), task.as_str().unwrap());
                let hidden = path.replace("{project}", project).replace("{task}", task);
                let never = path.replace("{project}", no_project).replace("{task}", no_task);
                alike(who, &method, &acme.path(&hidden), &acme.path(&never), body.clone()).await;
            }
        }
    }
    let (project_id, key, task_id) =
        (project["id"].as_str().unwrap(), project["key"].as_str().unwrap(), &task["id"]);
    for list in [
        "/projects".to_owned(),
        "/tasks".into(),
        "/activity".into(),
        format!("/tasks?project={key}"),
        format!("/tasks?project={project_id}"),
        format!("/tasks?parent={}", task["key"].as_str().unwrap()),
        format!("/activity?project={key}"),
        format!("/activity?task={}", task_id.as_str().unwrap()),
        "/projects?q=Secret".into(),
    ] {
        let page = who
            .get(acme.path(&format!("{list}{}limit=200", if list.contains('?') { "&" } else { "?" })))
            .await
            .is(200);
        let text = page.to_string();
        assert!(!text.contains(project_id) && !text.contains("Secret"), "{list}: {text}");
    }
}

both_engines! {
    async fn a_private_project_is_not_there_for_who_is_not_in_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let project = acme.private_project("Secret").await;
        let task = acme.task("SEC", "Secret plan").await;
        nothing_tells(&acme, &bob, &project, &task).await;
        // Its key is taken all the same; another is made of it, and nobody is told why.
        acme.lets_members_create_projects().await;
        let made = bob.post(acme.path("/projects"), json!({ "name": "Any", "key": "SEC" })).await.is(201);
        assert_eq!(made["key"], "SEC2");
    }

    async fn who_is_taken_out_sees_nothing_from_the_next_request_on(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let project = acme.private_project("Secret").await;
        let member = acme.path(&format!("/projects/SEC/members/{}", bob.id));
        ann.put(&member).await.is(204);
        let task = bob.post(acme.path("/projects/SEC/tasks"), json!({ "title": "Secret plan" })).await.is(201);
        bob.get(acme.path("/tasks/SEC-1")).await.is(200);
        ann.delete(&member).await.is(204);
        nothing_tells(&acme, &bob, &project, &task).await;
        ann.put(&member).await.is(204);
        bob.get(acme.path("/tasks/SEC-1")).await.is(200);
    }

    async fn an_admin_made_member_sees_private_projects_no_more(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let eve = acme.gets("Eve", "admin").await;
        let project = acme.private_project("Secret").await;
        let body = json!({ "title": "Secret plan", "assignee_ids": [eve.id] });
        let task = eve.post(acme.path("/projects/SEC/tasks"), body).await.is(201);
        let role = json!({ "role": "member" });
        let changed = ann.patch(acme.path(&format!("/members/{}", eve.id)), role).await.is(200);
        assert_eq!(each(&changed["unassigned"], "/task/key"), ["SEC-1"]);
        nothing_tells(&acme, &eve, &project, &task).await;
    }

    async fn who_comes_back_is_on_nothing_that_they_no_longer_see(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.lets_members_create_projects().await;
        let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
        acme.private_project("Secret").await;
        ann.put(acme.path(&format!("/projects/SEC/members/{}", bob.id))).await.is(204);
        let body = json!({ "title": "Secret plan", "status": "done", "assignee_ids": [bob.id] });
        ann.post(acme.path("/projects/SEC/tasks"), body).await.is(201);
        // Their name stays on what was done, until they are somebody here again.
        ann.delete(acme.path(&format!("/members/{}", bob.id))).await.is(200);
        assert_eq!(ann.get(acme.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([bob.person()]));
        acme.takes(&bob, "member").await;
        assert_eq!(ann.get(acme.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([]));
        // So that nobody hears of it who takes people out of something else.
        let mine = json!({ "name": "Mine", "visibility": "private" });
        cy.post(acme.path("/projects"), mine).await.is(201);
        let member = acme.path(&format!("/projects/MIN/members/{}", bob.id));
        cy.put(&member).await.is(204);
        cy.delete(&member).await.is(204);
    }

    async fn a_stranger_learns_nothing_at_all(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let project = acme.project("Website").await;
        let task = acme.task("WEB", "Task").await;
        let stranger = app.signs_up("Stranger").await;
        stranger.founds("Other").await;
        let former = acme.gets("Former", "member").await;
        former.posts(acme.path("/leave")).await;
        for who in [&stranger, &former] {
            for (method, path, body) in routes(&ann.id) {
                let path = path.replace("{project}", project["id"].as_str().unwrap());
                let path = path.replace("{task}", task["id"].as_str().unwrap());
                alike(who, &method, &acme.path(&path), &format!("/v1/orgs/never{path}"), body).await;
            }
            for list in ["", "/projects", "/tasks", "/activity", "/members", "/permissions"] {
                alike(who, &Method::GET, &acme.path(list), &format!("/v1/orgs/never{list}"), None).await;
            }
        }
    }

    async fn what_one_sees_in_another_organization_opens_nothing_here(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        for org in [&acme, &other] {
            org.project("Website").await;
        }
        let task = acme.task("WEB", "Task").await;
        let task = task["id"].as_str().unwrap();
        for path in [format!("/tasks/{task}"), format!("/tasks/{task}/activity"), "/tasks/WEB-1".into()] {
            ann.get(other.path(&path)).await.refuses(404, "not_found");
        }
        let below = json!({ "title": "Child", "parent_id": task });
        ann.post(other.path("/projects/WEB/tasks"), below).await.rejects("/parent_id", "not_found");
    }
}
