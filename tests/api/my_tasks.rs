//! `GET /v1/me/tasks`: one's own open tasks, wherever they are.

use guildhall::db::Migrations;
use serde_json::{Value, json};

use crate::support::{Actor, Dice, Org, TestApp, both_engines, each};

const DUES: [Option<&str>; 4] =
    [None, Some("2021-01-01T00:00:00Z"), Some("2035-01-01T00:00:00Z"), Some("2035-01-01T00:00:00Z")];
/// Takes a database back to before an assignment said when its task is due.
const UNDO: &str = "drop index task_assignees_of_user; drop index task_assignees_open;
    alter table task_assignees drop column task_created_at; alter table task_assignees drop column open_due_at;
    create index task_assignees_of_user on task_assignees (org_id, user_id, task_id);
    create index tasks_due_last on tasks (org_id, id); create index tasks_project_due_last on tasks (org_id, id);
    delete from schema_migrations where version = 15;";

const STATUSES: [&str; 5] = ["todo", "in_progress", "review", "done", "cancelled"];

/// A task of Ann's in the organization's project WEB.
async fn task(org: &Org, of: &Actor, title: &str, status: &str, due: Option<&str>) -> Value {
    let body = json!({ "title": title, "status": status, "due_at": due, "assignee_ids": [of.id] });
    org.founder.post(org.path("/projects/WEB/tasks"), body).await.is(201)
}

async fn titles(who: &Actor, query: &str) -> Vec<String> {
    each(&who.get(format!("/v1/me/tasks?{query}")).await.is(200)["items"], "/title")
}

both_engines! {
    async fn are_the_open_ones_of_every_organization_by_their_due_time(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let orgs = [ann.founds("Acme").await, bob.founds("Beta").await, ann.founds("Gamma").await];
        orgs[1].takes(&ann, "member").await;
        let dice = &mut Dice(3);
        let mut expected = Vec::new();
        for org in &orgs {
            org.project("Web").await;
        }
        for n in 0..24 {
            let (org, status, due) = (dice.one_of(&orgs), *dice.one_of(&STATUSES), *dice.one_of(&DUES));
            let made = task(org, &ann, &format!("Task {n}"), status, due).await;
            task(org, &org.founder, "Not hers", "todo", due).await;
            if !["done", "cancelled"].contains(&status) {
                expected.push((due.is_none(), due, made["id"].as_str().unwrap().to_owned(), made["title"].clone()));
            }
        }
        orgs[0].task("WEB", "Nobody's").await;
        expected.retain(|(.., title)| title != "Not hers");
        expected.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
        let theirs = |task: &Value| task["title"] != "Not hers";
        for limit in [1, 4, 200] {
            let mine: Vec<Value> = ann.walks("/v1/me/tasks?", limit).await.into_iter().filter(theirs).collect();
            let titles: Vec<&Value> = mine.iter().map(|task| &task["title"]).collect();
            assert_eq!(titles, expected.iter().map(|(.., title)| title).collect::<Vec<_>>(), "in pages of {limit}");
            for task in &mine {
                let path = format!("/v1/orgs/{}/tasks/{}", task["organization"]["slug"].as_str().unwrap(), task["key"].as_str().unwrap());
                let mut alone = ann.get(path).await.is(200);
                alone["organization"] = task["organization"].clone();
                assert_eq!(*task, alone);
            }
        }
    }

    async fn are_filtered(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for (title, status, due) in [("Late", "todo", DUES[1]), ("Early", "review", DUES[2]), ("Past", "done", DUES[1]), ("Off", "cancelled", DUES[1])] {
            task(&acme, &ann, title, status, due).await;
        }
        assert_eq!(titles(&ann, "").await, ["Late", "Early"]);
        assert_eq!(titles(&ann, "status=done").await, ["Past"]);
        assert_eq!(titles(&ann, "status=review,done").await, ["Past", "Early"]);
        assert_eq!(titles(&ann, "status=cancelled,review").await, ["Off", "Early"]);
        assert_eq!(titles(&ann, "overdue=true").await, ["Late"]);
        assert_eq!(titles(&ann, "due_after=2030-01-01T00:00:00Z").await, ["Early"]);
        assert_eq!(titles(&ann, "due_before=2030-01-01T00:00:00Z").await, ["Late"]);
        assert_eq!(titles(&ann, "priority=high").await, [] as [String; 0]);
        let id = async |title: &str| {
            let found = ann.get(acme.path(&format!("/tasks?q={title}"))).await.is(200);
            found["items"][0]["id"].as_str().unwrap().to_owned()
        };
        let (late, early) = (id("late").await, id("early").await);
        let urgent = acme.label("Urgent").await;
        ann.put(acme.path(&format!("/tasks/{late}/labels/{urgent}"))).await.is(200);
        ann.post(acme.path(&format!("/tasks/{late}/links")), json!({ "kind": "blocked_by", "task_id": early })).await.is(201);
        ann.patch(acme.path(&format!("/tasks/{early}")), json!({ "description": "Soon", "priority": "low" })).await.is(200);
        for (query, expected) in [
            ("blocked=true", vec!["Late"]), ("blocked=false", vec!["Early"]), ("has=description", vec!["Early"]), ("not_has=description", vec!["Late"]),
            ("due=overdue", vec!["Late"]), ("not_due=overdue,none", vec!["Early"]), ("due=today,none", vec![]), ("not_priority=none", vec!["Early"]),
            ("not_status=done,todo", vec!["Early"]), ("status=todo,done&not_status=done", vec!["Late"]), ("creator=me", vec!["Late", "Early"]),
            ("not_creator=me", vec![]), ("updated_after=2090-01-01T00:00:00Z", vec![]),
        ] {
            assert_eq!(titles(&ann, query).await, expected, "{query}");
        }
        assert_eq!(titles(&ann, &format!("label={urgent}")).await, ["Late"]);
        assert_eq!(titles(&ann, &format!("not_label={urgent}")).await, ["Early"]);
        for (query, code) in [("column=x", "unknown_field"), ("due=tomorrow", "invalid_value"), ("has=links", "invalid_value"), ("blocked=1", "invalid_type")] {
            let pointer = format!("/{}", query.split('=').next().unwrap());
            ann.get(format!("/v1/me/tasks?{query}")).await.rejects(&pointer, code);
        }
        ann.get("/v1/me/tasks?assignee=me").await.rejects("/assignee", "unknown_field");
        ann.get("/v1/me/tasks?cursor=AAAA").await.refuses(422, "invalid_cursor");
    }

    async fn are_found_in_the_database_of_an_earlier_version(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for (title, status, due) in [("Undated", "todo", DUES[0]), ("Late", "todo", DUES[1]), ("Early", "review", DUES[2]), ("Past", "done", DUES[1])] {
            task(&acme, &ann, title, status, due).await;
        }
        let newest = each(&ann.get(acme.path("/tasks?assignee=me")).await.is(200)["items"], "/title");
        app.database.run(UNDO).await;
        assert_eq!(Migrations::run(&app.database.location()).await.unwrap(), 1);
        assert_eq!(titles(&ann, "").await, ["Late", "Early", "Undated"]);
        assert_eq!(newest, ["Past", "Early", "Late", "Undated"]);
        assert_eq!(each(&ann.get(acme.path("/tasks?assignee=me")).await.is(200)["items"], "/title"), newest);
    }

    async fn are_only_where_one_still_is_and_sees(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        let bob = acme.gets("Bob", "member").await;
        beta.takes(&bob, "member").await;
        for org in [&acme, &beta] {
            org.project("Web").await;
            task(org, &bob, &format!("In {}", org.slug), "todo", None).await;
        }
        let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": beta.id });
        let token = bob.post("/v1/me/tokens", token).await.is(201);
        assert_eq!(titles(&bob, "").await, ["In acme", "In beta"]);
        assert_eq!(titles(&bob.with_token(token["token"].as_str().unwrap()), "").await, ["In beta"]);
        ann.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        assert_eq!(titles(&bob, "").await, ["In beta"]);
        ann.delete(beta.path("?confirm=beta")).await.is(204);
        assert_eq!(titles(&bob, "").await, [] as [String; 0]);
        ann.posts(beta.path("/restore")).await.is(200);
        assert_eq!(titles(&bob, "").await, ["In beta"]);
        ann.delete(beta.path(&format!("/members/{}", bob.id))).await.is(200);
        assert_eq!(titles(&bob, "").await, [] as [String; 0]);
    }
}
