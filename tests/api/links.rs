//! `/v1/orgs/{org}/tasks/{task}/links`, and what waits for what.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Org, Replica, TestApp, both_engines, each};

/// An organization with the tasks WEB-1 to WEB-4.
async fn website(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    for title in ["One", "Two", "Three", "Four"] {
        acme.task("WEB", title).await;
    }
    (ann, acme)
}

impl Org {
    async fn shown(&self, who: &Actor, task: &str) -> Value {
        who.get(self.path(&format!("/tasks/{task}"))).await.is(200)
    }

    async fn links(&self, who: &Actor, from: &str, kind: &str, to: &str) -> Answer {
        let to = self.founder.get(self.path(&format!("/tasks/{to}"))).await.is(200)["id"].clone();
        who.post(self.path(&format!("/tasks/{from}/links")), json!({ "kind": kind, "task_id": to })).await
    }

    /// The links of a task as somebody sees them: its kind and the other's key.
    async fn seen(&self, who: &Actor, task: &str) -> Vec<String> {
        let links = who.walks(&self.path(&format!("/tasks/{task}/links?")), 2).await;
        let shown = self.shown(who, task).await["links"].clone();
        assert_eq!(each(&shown, "/id"), each(&json!(links), "/id"));
        assert_eq!(each(&shown, "/kind"), each(&json!(links), "/kind"));
        let told = |link: &Value| {
            format!("{} {}", link["kind"].as_str().unwrap(), link["task"]["key"].as_str().unwrap())
        };
        links.iter().map(told).collect()
    }

    async fn blocked(&self, who: &Actor) -> Vec<String> {
        let all = who.walks(&self.path("/tasks?sort=number"), 50).await;
        let keys = |is_blocked: bool| {
            let some: Vec<Value> = all.iter().filter(|task| task["blocked"] == is_blocked).cloned().collect();
            each(&json!(some), "/key")
        };
        for (is_blocked, list) in [(true, "/tasks"), (false, "/tasks"), (true, "/projects/WEB/tasks")] {
            let path = self.path(&format!("{list}?blocked={is_blocked}&sort=number&"));
            let listed = each(&json!(who.walks(&path, 2).await), "/key");
            let of_web =
                |keys: Vec<String>| keys.into_iter().filter(|key| key.starts_with("WEB")).collect::<Vec<_>>();
            assert_eq!(of_web(listed), of_web(keys(is_blocked)), "{path}");
        }
        keys(true)
    }
}

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

both_engines! {
    async fn a_copy_loses_a_link_though_the_task_behind_it_is_gone_too(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let mia = acme.gets("Mia", "member").await;
        let made = acme.links(&ann, "WEB-2", "blocks", "WEB-1").await.is(201);
        acme.links(&ann, "WEB-3", "blocks", "WEB-1").await.is(201);
        let mut copies = [Replica::of(&ann, &acme), Replica::of(&mia, &acme)];
        for copy in &mut copies {
            copy.syncs(50).await;
        }
        // Once the link goes first, and once the sight of the task.
        ann.delete(acme.path(&format!("/tasks/WEB-2/links/{}", made["id"].as_str().unwrap()))).await.is(204);
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        for copy in &mut copies {
            copy.syncs(50).await;
            copy.is_true().await;
        }
        acme.private_project("Secret").await;
        ann.post(acme.path("/tasks/WEB-3/move"), json!({ "project": "SEC" })).await.is(200);
        ann.delete(acme.path("/tasks/SEC-1")).await.is(204);
        for copy in &mut copies {
            copy.syncs(50).await;
            copy.is_true().await;
        }
    }

    async fn each_of_two_linked_tasks_shows_the_link_from_its_own_side(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let mut copies = [1, 50].map(|limit| (limit, Replica::of(&ann, &acme)));
        for (limit, copy) in &mut copies {
            copy.syncs(*limit).await;
        }
        let made = acme.links(&ann, "WEB-1", "blocks", "WEB-2").await;
        let location = made.header("location").to_owned();
        let made = made.is(201);
        let two = acme.shown(&ann, "WEB-2").await;
        assert_eq!(made, json!({
            "id": made["id"], "kind": "blocks", "created_by": ann.person(), "created_at": made["created_at"],
            "task": { "id": two["id"], "key": "WEB-2", "title": "Two", "status": "todo" },
        }));
        let one = acme.shown(&ann, "WEB-1").await;
        assert_eq!(location, format!("/v1/orgs/{}/tasks/{}/links/{}", acme.id, one["id"].as_str().unwrap(), made["id"].as_str().unwrap()));
        assert_eq!(ann.get(&location).await.is(200), made);
        assert_eq!(two["links"], json!([{ "id": made["id"], "kind": "blocked_by", "task_id": one["id"] }]));
        assert_eq!((&one["version"], &two["version"]), (&json!(1), &json!(1)), "links change no version");
        for (from, kind, to) in [("WEB-3", "blocked_by", "WEB-1"), ("WEB-1", "relates_to", "WEB-2"), ("WEB-3", "duplicates", "WEB-1"), ("WEB-4", "duplicated_by", "WEB-3")] {
            acme.links(&ann, from, kind, to).await.is(201);
        }
        assert_eq!(acme.seen(&ann, "WEB-1").await, ["blocks WEB-2", "blocks WEB-3", "relates_to WEB-2", "duplicated_by WEB-3"]);
        assert_eq!(acme.seen(&ann, "WEB-2").await, ["blocked_by WEB-1", "relates_to WEB-1"]);
        assert_eq!(acme.seen(&ann, "WEB-3").await, ["blocked_by WEB-1", "duplicates WEB-1", "duplicates WEB-4"]);
        for (from, kind, to) in [("WEB-2", "blocked_by", "WEB-1"), ("WEB-2", "relates_to", "WEB-1"), ("WEB-1", "duplicated_by", "WEB-3")] {
            acme.links(&ann, from, kind, to).await.refuses(409, "link_exists");
        }
        for (limit, copy) in &mut copies {
            copy.syncs(*limit).await;
            copy.is_true().await;
        }
        // From either side it is the same link.
        let path = acme.path(&format!("/tasks/WEB-2/links/{}", made["id"].as_str().unwrap()));
        let rehearsed = ann.delete(format!("{path}?dry_run=true")).await.is(200);
        assert_eq!(rehearsed["counts"], json!({ "links": 1 }));
        ann.delete(&path).await.is(204);
        ann.delete(&path).await.refuses(404, "not_found");
        ann.get(&location).await.refuses(404, "not_found");
        assert_eq!(acme.seen(&ann, "WEB-1").await, ["blocks WEB-3", "relates_to WEB-2", "duplicated_by WEB-3"]);
        for (limit, copy) in &mut copies {
            copy.syncs(*limit).await;
            copy.is_true().await;
        }
        let told = acme.told().await;
        assert_eq!(told[told.len() - 12..], [
            "Ann noted that WEB-1 blocks WEB-2",
            "Ann noted that WEB-2 is blocked by WEB-1",
            "Ann noted that WEB-3 is blocked by WEB-1",
            "Ann noted that WEB-1 blocks WEB-3",
            "Ann noted that WEB-1 relates to WEB-2",
            "Ann noted that WEB-2 relates to WEB-1",
            "Ann noted that WEB-3 duplicates WEB-1",
            "Ann noted that WEB-1 is duplicated by WEB-3",
            "Ann noted that WEB-4 is duplicated by WEB-3",
            "Ann noted that WEB-3 duplicates WEB-4",
            "Ann noted that WEB-2 is blocked by WEB-1 no more",
            "Ann noted that WEB-1 blocks WEB-2 no more",
        ]);
        let last = ann.get(acme.path("/tasks/WEB-2/activity?limit=1")).await.is(200)["items"][0].clone();
        assert_eq!((&last["action"], &last["subject"]["label"]), (&json!("link.deleted"), &json!("WEB-2")));
        assert_eq!(last["changes"], json!({ "blocked_by": { "from": { "id": one["id"], "key": "WEB-1" }, "to": null } }));
    }

    async fn a_task_is_blocked_as_long_as_an_open_task_blocks_it(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let mut copies = [1, 50].map(|limit| (limit, Replica::of(&ann, &acme)));
        let mut blocked = async |keys: &[&str]| {
            assert_eq!(acme.blocked(&ann).await, keys);
            for (limit, copy) in &mut copies {
                copy.syncs(*limit).await;
                copy.is_true().await;
            }
        };
        acme.links(&ann, "WEB-1", "blocks", "WEB-2").await.is(201);
        acme.links(&ann, "WEB-3", "blocks", "WEB-2").await.is(201);
        acme.links(&ann, "WEB-2", "blocks", "WEB-4").await.is(201);
        blocked(&["WEB-2", "WEB-4"]).await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.is(200);
        blocked(&["WEB-2", "WEB-4"]).await;
        // What is in the trash blocks nothing, and blocks again when it comes back.
        ann.delete(acme.path("/tasks/WEB-3")).await.is(204);
        blocked(&["WEB-4"]).await;
        assert_eq!(acme.seen(&ann, "WEB-2").await, ["blocked_by WEB-1", "blocks WEB-4"]);
        ann.posts(acme.path("/tasks/WEB-3/restore")).await.is(200);
        blocked(&["WEB-2", "WEB-4"]).await;
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        blocked(&[]).await;
        ann.posts(acme.path("/tasks/WEB-2/restore")).await.is(200);
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "status": "done" })).await.is(200);
        blocked(&["WEB-4"]).await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "review" })).await.is(200);
        blocked(&["WEB-2", "WEB-4"]).await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "cancelled" })).await.is(200);
        blocked(&["WEB-4"]).await;
        ann.get(acme.path("/tasks?blocked=maybe")).await.refuses(422, "invalid_input");
    }

    async fn what_one_does_not_see_is_neither_linked_nor_told_of(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let mia = acme.gets("Mia", "member").await;
        acme.private_project("Secret").await;
        acme.task("SEC", "Hidden").await;
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", mia.id))).await.is(200);
        let hidden = acme.shown(&ann, "SEC-1").await["id"].clone();
        for id in [hidden, json!(NOBODY)] {
            let refused = mia.post(acme.path("/tasks/WEB-1/links"), json!({ "kind": "blocks", "task_id": id })).await;
            let refused = refused.refuses(422, "invalid_input");
            assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&json!("/task_id"), &json!("not_found")));
        }
        let mut copies = [(&mia, 1), (&mia, 50), (&ann, 3)].map(|(who, limit)| (limit, Replica::of(who, &acme)));
        let mut sync = async || {
            for (limit, copy) in &mut copies {
                copy.syncs(*limit).await;
                copy.is_true().await;
            }
        };
        sync().await;
        let before = mia.get(acme.path("/activity")).await.is(200);
        let news = mia.get(acme.path(&format!("/changes?since={}", acme.last_seq().await))).await.is(200);
        let link = acme.links(&ann, "SEC-1", "blocks", "WEB-1").await.is(201)["id"].clone();
        assert_eq!((acme.blocked(&ann).await, acme.blocked(&mia).await), (vec!["WEB-1".to_owned()], vec![]));
        assert_eq!((acme.seen(&ann, "WEB-1").await.len(), acme.seen(&mia, "WEB-1").await.len()), (1, 0));
        assert_eq!(mia.get(acme.path("/activity")).await.is(200), before);
        let next = news["next"].as_str().unwrap();
        assert_eq!(mia.get(acme.path(&format!("/changes?since={next}"))).await.is(200)["items"], json!([]));
        let path = acme.path(&format!("/tasks/WEB-1/links/{}", link.as_str().unwrap()));
        mia.get(&path).await.refuses(404, "not_found");
        mia.delete(&path).await.refuses(404, "not_found");
        sync().await;
        // Sight comes and goes: of the project, of who is in it, and with it.
        let project = acme.path("/projects/SEC");
        let member = format!("{project}/members/{}", mia.id);
        ann.put(&member).await.is(204);
        assert_eq!(acme.blocked(&mia).await, ["WEB-1"]);
        assert_eq!(mia.get(acme.path("/tasks/WEB-1/activity?action=link.created")).await.is(200)["items"].as_array().unwrap().len(), 1);
        sync().await;
        assert!(ann.delete(&member).await.succeeded());
        sync().await;
        ann.patch(&project, json!({ "visibility": "organization" })).await.is(200);
        sync().await;
        ann.delete(&project).await.is(204);
        assert_eq!((acme.blocked(&ann).await, acme.blocked(&mia).await), (vec![], vec![]));
        sync().await;
        ann.posts(format!("{project}/restore")).await.is(200);
        assert_eq!(acme.blocked(&mia).await, ["WEB-1"]);
        sync().await;
        // Another organization's task is none.
        let other = ann.founds("Other").await;
        other.project("Web").await;
        let foreign = other.task("WEB", "Foreign").await["id"].clone();
        let refused = ann.post(acme.path("/tasks/WEB-1/links"), json!({ "kind": "blocks", "task_id": foreign })).await;
        refused.refuses(422, "invalid_input");
        ann.get(other.path(&format!("/tasks/WEB-1/links/{}", link.as_str().unwrap()))).await.refuses(404, "not_found");
    }

    async fn wrong_links_are_refused_and_change_nothing(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let path = acme.path("/tasks/WEB-1/links");
        let (one, two) = (acme.shown(&ann, "WEB-1").await, acme.shown(&ann, "WEB-2").await);
        for (body, pointer, code) in [
            (json!({}), "/kind", "required"),
            (json!({ "kind": "blocks" }), "/task_id", "required"),
            (json!({ "kind": "loves", "task_id": two["id"] }), "/kind", "invalid_value"),
            (json!({ "kind": "blocks", "task_id": "WEB-2" }), "/task_id", "invalid_format"),
            (json!({ "kind": "blocks", "task_id": one["id"] }), "/task_id", "invalid_value"),
            (json!({ "kind": "relates_to", "task_id": one["id"] }), "/task_id", "invalid_value"),
            (json!({ "kind": "blocks", "task_id": two["id"], "why": "x" }), "/why", "unknown_field"),
        ] {
            let refused = ann.post(&path, body.clone()).await.refuses(422, "invalid_input");
            assert_eq!((&refused["errors"][0]["pointer"], &refused["errors"][0]["code"]), (&json!(pointer), &json!(code)), "{body}");
        }
        let link = acme.links(&ann, "WEB-1", "blocks", "WEB-2").await.is(201)["id"].as_str().unwrap().to_owned();
        for gone in [NOBODY, "first"] {
            ann.delete(format!("{path}/{gone}")).await.refuses(404, "not_found");
        }
        ann.delete(acme.path(&format!("/tasks/WEB-3/links/{link}"))).await.refuses(404, "not_found");
        // Nothing waits for itself, over others either; what is only related or in the trash counts too, or doesn't.
        acme.links(&ann, "WEB-2", "blocks", "WEB-1").await.refuses(409, "link_circle");
        acme.links(&ann, "WEB-2", "blocks", "WEB-3").await.is(201);
        acme.links(&ann, "WEB-1", "blocked_by", "WEB-3").await.refuses(409, "link_circle");
        acme.links(&ann, "WEB-3", "relates_to", "WEB-1").await.is(201);
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        acme.links(&ann, "WEB-3", "blocks", "WEB-1").await.refuses(409, "link_circle");
        acme.links(&ann, "WEB-1", "duplicates", "WEB-4").await.is(201);
        acme.links(&ann, "WEB-1", "duplicated_by", "WEB-4").await.refuses(409, "link_circle");
        assert_eq!(acme.seen(&ann, "WEB-1").await, ["relates_to WEB-3", "duplicates WEB-4"]);
        let told = acme.told().await.len();
        // It is the task of the path that is changed.
        acme.project("Old").await;
        acme.task("OLD", "Old").await;
        ann.posts(acme.path("/projects/OLD/archive")).await.is(200);
        acme.links(&ann, "OLD-1", "blocks", "WEB-1").await.refuses(409, "project_archived");
        let link = acme.links(&ann, "WEB-1", "blocked_by", "OLD-1").await.is(201)["id"].clone();
        ann.delete(acme.path(&format!("/tasks/OLD-1/links/{}", link.as_str().unwrap()))).await.refuses(409, "project_archived");
        ann.delete(acme.path(&format!("/tasks/WEB-1/links/{}", link.as_str().unwrap()))).await.is(204);
        assert_eq!(acme.told().await.len(), told + 7);
    }

    async fn two_halves_of_a_circle_at_once_leave_one(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let numbers = [1, 2, 3, 4];
        let ids: Vec<Value> = {
            let all = ann.get(acme.path("/tasks?sort=number")).await.is(200);
            each(&all["items"], "/id").into_iter().map(Value::from).collect()
        };
        let link = |from: usize, to: usize| {
            let path = acme.path(&format!("/tasks/WEB-{}/links", numbers[from]));
            let (ann, body) = (&ann, json!({ "kind": "blocks", "task_id": ids[to] }));
            async move { ann.post(path, body).await }
        };
        let halves = (0..20).map(|n| if n % 4 < 2 { link(n % 2, (n + 1) % 2) } else { link(2 + n % 2, 2 + (n + 1) % 2) });
        let answers = join_all(halves).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 2);
        let others = answers.iter().filter(|answer| answer.status != 201);
        assert!(others.clone().all(|answer| matches!(answer.body["code"].as_str().unwrap(), "link_circle" | "link_exists")));
        assert!(others.clone().any(|answer| answer.body["code"] == "link_circle"));
        assert_eq!(acme.blocked(&ann).await.len(), 2);
        // A circle of all four, in parts.
        let answers = join_all([link(0, 2), link(1, 3), link(2, 1), link(3, 0), link(2, 0), link(3, 1)]).await;
        assert!(answers.iter().any(|answer| answer.status == 409));
        let circles = "with recursive ahead (start, id) as (
                select task_id, other_id from task_links where kind = 'blocks'
                union select ahead.start, l.other_id from ahead join task_links l on l.task_id = ahead.id and l.kind = 'blocks')
            select count(*) from ahead where start = id";
        assert_eq!(app.database.number(circles).await, 0);
    }

    async fn a_purged_task_takes_its_links_along(app: TestApp) {
        let (ann, acme) = website(&app).await;
        acme.links(&ann, "WEB-1", "blocks", "WEB-2").await.is(201);
        acme.links(&ann, "WEB-2", "blocks", "WEB-3").await.is(201);
        acme.links(&ann, "WEB-3", "relates_to", "WEB-4").await.is(201);
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        app.clock.advance(std::time::Duration::from_hours(32 * 24));
        guildhall::app::purge::run(&app.app.public()).await.unwrap();
        let ann = ann.again().await;
        assert_eq!(app.database.number("select count(*) from task_links").await, 2);
        assert_eq!(acme.seen(&ann, "WEB-1").await, Vec::<String>::new());
        let told = ann.get(acme.path("/tasks/WEB-1/activity?action=link.created")).await.is(200);
        assert_eq!(each(&told["items"], "/summary"), ["Ann noted that WEB-1 blocks WEB-2"]);
        // What led over it no longer does.
        let id = acme.shown(&ann, "WEB-1").await["id"].clone();
        ann.post(acme.path("/tasks/WEB-3/links"), json!({ "kind": "blocks", "task_id": id })).await.is(201);
    }
}
