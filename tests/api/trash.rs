//! `GET /v1/orgs/{org}/trash`: what was deleted, for who could restore it.

use std::time::Duration;

use guildhall::{app::purge, base::clock::Time};
use serde_json::{Value, json};

use crate::support::{Actor, Dice, Org, TestApp, both_engines, each};

const DAY: Duration = Duration::from_hours(24);

async fn acme(app: &TestApp) -> Org {
    app.signs_up("Ann").await.founds("Acme").await
}

async fn trash(org: &Org, who: &Actor) -> Vec<Value> {
    who.walks(&org.path("/trash?"), 200).await
}

async fn keys(org: &Org, who: &Actor) -> Vec<String> {
    each(&json!(trash(org, who).await), "/key")
}

impl Org {
    async fn loses(&self, who: &Actor, what: &str) {
        assert!(who.delete(self.path(what)).await.succeeded(), "{what}");
    }

    async fn task_of(&self, who: &Actor, project: &str, title: &str) -> Value {
        who.post(self.path(&format!("/projects/{project}/tasks")), json!({ "title": title })).await.is(201)
    }
}

both_engines! {
    async fn has_what_was_deleted_the_last_first(app: TestApp) {
        let acme = acme(&app).await;
        let ann = &acme.founder;
        let (web, old) = (acme.project("Web").await, acme.project("Old").await);
        let task = acme.task("WEB", "Write it").await;
        acme.task("WEB", "Keep it").await;
        assert_eq!(trash(&acme, ann).await, [] as [Value; 0]);
        acme.loses(ann, "/tasks/WEB-1").await;
        app.clock.advance(Duration::from_secs(1));
        let bob = acme.gets("Bob", "admin").await;
        acme.loses(&bob, "/projects/OLD").await;
        let found = trash(&acme, ann).await;
        let lines = ann.get(acme.path("/activity?action=task.deleted,project.deleted")).await.is(200);
        let times: Vec<Time> = each(&lines["items"], "/at").iter().map(|at| at.parse().unwrap()).collect();
        assert_eq!(found[0], json!({
            "kind": "project", "id": old["id"], "key": "OLD", "name": "Old", "project_id": old["id"],
            "deleted_at": times[0].to_string(), "deleted_by": bob.person(), "expires_at": (times[0] + 30 * DAY).to_string(),
        }));
        assert_eq!(found[1], json!({
            "kind": "task", "id": task["id"], "key": "WEB-1", "name": "Write it", "project_id": web["id"],
            "deleted_at": times[1].to_string(), "deleted_by": ann.person(), "expires_at": (times[1] + 30 * DAY).to_string(),
        }));
        assert_eq!(found.len(), 2);
        ann.posts(acme.path("/projects/OLD/restore")).await.is(200);
        assert_eq!(keys(&acme, ann).await, ["WEB-1"]);
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.is(200);
        assert_eq!(keys(&acme, ann).await, [] as [String; 0]);
        // Deleted again, it is who did that, and then.
        acme.loses(&bob, "/tasks/WEB-1").await;
        assert_eq!(trash(&acme, ann).await[0]["deleted_by"], bob.person());
    }

    async fn a_deleted_project_has_its_tasks_in_it(app: TestApp) {
        let acme = acme(&app).await;
        let ann = &acme.founder;
        acme.project("Web").await;
        for title in ["One", "Two", "Three"] {
            acme.task("WEB", title).await;
        }
        acme.loses(ann, "/tasks/WEB-2").await;
        acme.loses(ann, "/projects/WEB").await;
        assert_eq!(keys(&acme, ann).await, ["WEB"]);
        ann.posts(acme.path("/projects/WEB/restore")).await.is(200);
        assert_eq!(keys(&acme, ann).await, ["WEB-2"]);
    }

    async fn what_went_for_good_is_in_it_no_more(app: TestApp) {
        let acme = acme(&app).await;
        acme.project("Web").await;
        acme.project("Old").await;
        acme.task("WEB", "Write it").await;
        acme.loses(&acme.founder, "/tasks/WEB-1").await;
        acme.loses(&acme.founder, "/projects/OLD").await;
        app.clock.advance(29 * DAY);
        let ann = acme.founder.again().await;
        purge::run(&app.app.public()).await.unwrap();
        assert_eq!(keys(&acme, &ann).await.len(), 2);
        app.clock.advance(3 * DAY);
        let ann = ann.again().await;
        purge::run(&app.app.public()).await.unwrap();
        assert_eq!(keys(&acme, &ann).await, [] as [String; 0]);
    }

    async fn is_read_by_kind_and_in_pages(app: TestApp) {
        let acme = acme(&app).await;
        let ann = &acme.founder;
        acme.project("Web").await;
        // Many at the same moment: their ids decide.
        for n in 0..7 {
            let name = format!("P{n}");
            acme.project(&name).await;
            let task = acme.task("WEB", &name).await;
            acme.loses(ann, &format!("/tasks/{}", task["id"].as_str().unwrap())).await;
            acme.loses(ann, &format!("/projects/{name}")).await;
            if n % 3 == 0 {
                app.clock.advance(Duration::from_millis(1));
            }
        }
        let all = trash(&acme, ann).await;
        assert_eq!(all.len(), 14);
        assert!(all.windows(2).all(|two| two[0]["deleted_at"].as_str() >= two[1]["deleted_at"].as_str()));
        for limit in [1, 2, 3, 13, 14] {
            assert_eq!(ann.walks(&acme.path("/trash?"), limit).await, all, "in pages of {limit}");
        }
        for kind in ["task", "project"] {
            let of: Vec<&Value> = all.iter().filter(|item| item["kind"] == kind).collect();
            let shown = ann.walks(&acme.path(&format!("/trash?kind={kind}")), 3).await;
            assert_eq!(shown.iter().collect::<Vec<_>>(), of);
        }
        assert_eq!(ann.walks(&acme.path("/trash?kind=task,project"), 5).await, all);
        ann.get(acme.path("/trash?kind=member")).await.rejects("/kind", "invalid_value");
        ann.get(acme.path("/trash?project=WEB")).await.rejects("/project", "unknown_field");
        let cursor = ann.get(acme.path("/trash?limit=1")).await.is(200)["next_cursor"].as_str().unwrap().to_owned();
        ann.get(acme.path(&format!("/trash?kind=task&cursor={cursor}"))).await.refuses(422, "invalid_cursor");
    }

    /// Whoever finds something there can restore it, and who doesn't can't: over everybody, after random deletions.
    async fn shows_each_what_they_could_restore(app: TestApp) {
        let dice = &mut Dice(7);
        let acme = acme(&app).await;
        acme.lets_members_create_projects().await;
        let mut people = vec![acme.founder.clone(), acme.gets("Bob", "admin").await];
        for name in ["Mia", "Max", "Moe"] {
            people.push(acme.gets(name, "member").await);
        }
        let mut things: Vec<String> = Vec::new();
        for n in 0..8 {
            let who = dice.one_of(&people);
            let visibility = *dice.one_of(&["organization", "private"]);
            let body = json!({ "name": format!("P{n}"), "key": format!("P{n}"), "visibility": visibility });
            who.post(acme.path("/projects"), body).await.is(201);
            things.push(format!("/projects/P{n}"));
            for title in 1..4 {
                let mut able = vec![who, &people[0]];
                if visibility == "organization" {
                    able.push(dice.one_of(&people));
                }
                let creator = *dice.one_of(&able);
                acme.task_of(creator, &format!("P{n}"), &title.to_string()).await;
                things.push(format!("/tasks/P{n}-{title}"));
            }
        }
        for thing in things.iter().rev().filter(|_| dice.once_in(2)).collect::<Vec<_>>() {
            acme.loses(&people[0], thing).await;
        }
        // Sight changes after the deletion.
        let alive = people[0].walks(&acme.path("/projects?"), 200).await;
        for project in &alive {
            if dice.once_in(2) {
                let path = acme.path(&format!("/projects/{}", project["key"].as_str().unwrap()));
                people[0].patch(path, json!({ "visibility": *dice.one_of(&["organization", "private"]) })).await.is(200);
            }
        }
        let (mut shown, mut hidden) = (0, 0);
        for who in people.iter().rev() {
            let theirs = keys(&acme, who).await;
            let everything = keys(&acme, &people[0]).await;
            for key in everything {
                let path = if key.contains('-') { format!("/tasks/{key}") } else { format!("/projects/{key}") };
                let answer = who.posts(acme.path(&format!("{path}/restore"))).await;
                assert_eq!(theirs.contains(&key), answer.succeeded(), "{key} for {}: {}", who.name, answer.body);
                if answer.succeeded() {
                    shown += 1;
                    acme.loses(&people[0], &path).await;
                } else {
                    hidden += 1;
                }
            }
        }
        assert!(shown > 15 && hidden > 15, "{shown} shown, {hidden} hidden");
    }

    async fn is_only_for_members(app: TestApp) {
        let acme = acme(&app).await;
        let eve = app.signs_up("Eve").await;
        eve.get(acme.path("/trash")).await.refuses(404, "not_found");
        let bob = acme.gets("Bob", "member").await;
        acme.loses(&acme.founder, &format!("/members/{}", bob.id)).await;
        bob.get(acme.path("/trash")).await.refuses(404, "not_found");
    }
}
