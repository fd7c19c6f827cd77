//! What the ledger tells of tasks that become overdue: once for each deadline, by the system.

use std::{io::Cursor, time::Duration};

use futures_util::future::join_all;
use guildhall::app::{Choices, overdue};
use serde_json::{Value, json};

use crate::{
    archive::exports,
    support::{Org, TestApp, both_engines, each},
};

const MINUTE: Duration = Duration::from_mins(1);

impl Org {
    async fn due_in(&self, app: &TestApp, project: &str, minutes: u32, more: Value) -> Value {
        let due = (app.clock.now() + MINUTE * minutes).to_string();
        let mut body = json!({ "title": "Dig", "due_at": due });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.founder.post(self.path(&format!("/projects/{project}/tasks")), body).await.is(201)
    }
}

/// Tells what is overdue so many minutes later. Returns which tasks are told now that weren't before.
async fn later(app: &TestApp, org: &mut Org, minutes: u32) -> Vec<String> {
    let told = "/activity?action=task.overdue&limit=200";
    org.founder = org.founder.again().await;
    let before = org.founder.get(org.path(told)).await.is(200)["items"].as_array().unwrap().len();
    app.clock.advance(MINUTE * minutes);
    org.founder = org.founder.again().await;
    overdue::run(&app.app.public()).await.unwrap();
    overdue::run(&app.app.public()).await.unwrap();
    let mut labels = each(&org.founder.get(org.path(told)).await.is(200)["items"], "/subject/label");
    labels.truncate(labels.len() - before);
    labels.sort();
    labels
}

both_engines! {
    async fn a_task_is_told_to_be_overdue_once_for_each_deadline(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        acme.project("Web").await;
        acme.private_project("Secret").await;
        for (project, minutes, more) in [
            ("WEB", 3, json!({})),
            ("WEB", 3, json!({ "status": "done" })),
            ("WEB", 60, json!({})),
            ("SEC", 3, json!({})),
            ("WEB", 3, json!({})),
        ] {
            acme.due_in(&app, project, minutes, more).await;
        }
        acme.task("WEB", "Some day").await;
        ann.delete(acme.path("/tasks/WEB-4")).await.is(204);
        let web = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        let seq = acme.last_seq().await;
        assert_eq!(later(&app, &mut acme, 0).await, [] as [&str; 0]);
        assert_eq!(later(&app, &mut acme, 5).await, ["SEC-1", "WEB-1"]);
        // It is by the system, in everybody's feeds who sees the task, and changes nothing of it.
        let mia = mia.again().await;
        let entries = mia.get(acme.path(&format!("/changes?since={seq}"))).await.is(200);
        assert_eq!(each(&entries["items"], "/object/key"), ["WEB-1"]);
        let entry = mia.get(acme.path("/activity?limit=1")).await.is(200)["items"][0].clone();
        assert_eq!(entry["actor"], json!({ "kind": "system", "id": null, "name": "Guildhall" }));
        assert_eq!((&entry["action"], &entry["summary"]), (&json!("task.overdue"), &json!("WEB-1 is overdue")));
        assert_eq!(each(&mia.get(acme.path("/tasks/WEB-1/activity?limit=1")).await.is(200)["items"], "/action"), ["task.overdue"]);
        assert_eq!(mia.get(acme.path("/tasks/WEB-1")).await.is(200)["version"], web["version"]);
        // What isn't a new deadline isn't told again.
        let ann = acme.founder.clone();
        let patch = async |org: &Org, task: &str, body: Value| org.founder.patch(org.path(&format!("/tasks/{task}")), body).await.is(200);
        for body in [json!({ "title": "Delve" }), json!({ "status": "done" }), json!({ "status": "todo" }), json!({ "due_at": web["due_at"] })] {
            patch(&acme, "WEB-1", body).await;
        }
        assert_eq!(later(&app, &mut acme, 1).await, [] as [&str; 0]);
        // A task that is opened again or comes back from the trash is overdue then.
        patch(&acme, "WEB-2", json!({ "status": "review" })).await;
        ann.again().await.posts(acme.path("/tasks/WEB-4/restore")).await.is(200);
        assert_eq!(later(&app, &mut acme, 1).await, ["WEB-2", "WEB-4"]);
        // A deadline that is taken away or put off isn't told, and a new one is, be it over already.
        patch(&acme, "WEB-1", json!({ "due_at": (app.clock.now() + MINUTE * 5).to_string() })).await;
        patch(&acme, "WEB-2", json!({ "due_at": (app.clock.now() + MINUTE * 5).to_string() })).await;
        patch(&acme, "WEB-2", json!({ "due_at": null })).await;
        patch(&acme, "WEB-3", json!({ "due_at": (app.clock.now() + MINUTE * 500).to_string() })).await;
        patch(&acme, "WEB-4", json!({ "due_on": "2020-01-01" })).await;
        assert_eq!(later(&app, &mut acme, 1).await, ["WEB-4"]);
        assert_eq!(later(&app, &mut acme, 60).await, ["WEB-1"]);
        // A day isn't told again when the zone moves it, even if it isn't over there yet.
        let today = app.clock.now().to_string()[..10].to_owned();
        let zone = async |org: &Org, zone: &str| org.founder.patch(org.path(""), json!({ "settings": { "time_zone": zone } })).await.is(200);
        zone(&acme, "Pacific/Niue").await;
        patch(&acme, "WEB-2", json!({ "due_on": today })).await;
        // There it ends up to 35 hours from now, depending on the time of the day.
        assert_eq!(later(&app, &mut acme, 36 * 60).await, ["WEB-2", "WEB-3"]);
        zone(&acme, "Pacific/Kiritimati").await;
        zone(&acme, "Pacific/Niue").await;
        assert_eq!(later(&app, &mut acme, 48 * 60).await, [] as [&str; 0]);
        // A day that the zone ends earlier is told earlier.
        let in_niue = (app.clock.now() + Duration::from_hours(13)).to_string()[..10].to_owned();
        patch(&acme, "WEB-2", json!({ "due_on": in_niue })).await;
        assert_eq!(later(&app, &mut acme, 1).await, [] as [&str; 0]);
        zone(&acme, "Pacific/Kiritimati").await;
        assert_eq!(later(&app, &mut acme, 24 * 60).await, ["WEB-2"]);
    }

    async fn a_task_that_a_move_opens_again_is_told_to_be_overdue(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.project("App").await;
        for _ in 0..2 {
            acme.due_in(&app, "WEB", 3, json!({ "status": "done" })).await;
        }
        assert_eq!(later(&app, &mut acme, 5).await, [] as [&str; 0]);
        let ann = acme.founder.clone();
        ann.post(acme.path("/tasks/WEB-1/move"), json!({ "project": "APP", "status": "todo" })).await.is(200);
        assert_eq!(later(&app, &mut acme, 1).await, ["APP-1"]);
        // So does a column whose tasks go to one of another status.
        let columns = acme.path("/projects/WEB/columns");
        let all = acme.founder.get(&columns).await.is(200)["items"].clone();
        let id = |column: &Value| column["id"].as_str().unwrap().to_owned();
        acme.founder.post(&columns, json!({ "name": "Shipped", "status": "done" })).await.is(201);
        acme.founder.delete(format!("{columns}/{}?move_to={}", id(&all[3]), id(&all[0]))).await.is(204);
        assert_eq!(later(&app, &mut acme, 1).await, ["WEB-2"]);
    }

    async fn what_is_put_away_is_not_told_to_be_overdue(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut acme = ann.founds("Acme").await;
        for name in ["Old", "Lost", "Web", "Plan"] {
            acme.project(name).await;
        }
        for key in ["OLD", "LOS", "WEB", "PLA"] {
            acme.due_in(&app, key, 3, json!({})).await;
            acme.due_in(&app, key, 30, json!({})).await;
        }
        ann.posts(acme.path("/projects/OLD/archive")).await.is(200);
        ann.delete(acme.path("/projects/LOS")).await.is(204);
        ann.patch(acme.path("/projects/PLA"), json!({ "is_template": true })).await.is(200);
        for minutes in [3, 30] {
            let plan = acme.due_in(&app, "WEB", minutes, json!({ "is_template": true })).await;
            acme.due_in(&app, "WEB", minutes, json!({ "parent_id": plan["id"] })).await;
        }
        assert_eq!(later(&app, &mut acme, 5).await, ["WEB-1"]);
        // The deadlines that passed meanwhile stay untold, the others are told.
        acme.founder.posts(acme.path("/projects/OLD/unarchive")).await.is(200);
        acme.founder.posts(acme.path("/projects/LOS/restore")).await.is(200);
        acme.founder.patch(acme.path("/projects/PLA"), json!({ "is_template": false })).await.is(200);
        for plan in ["WEB-3", "WEB-5"] {
            acme.founder.patch(acme.path(&format!("/tasks/{plan}")), json!({ "is_template": false })).await.is(200);
        }
        assert_eq!(later(&app, &mut acme, 1).await, [] as [&str; 0]);
        assert_eq!(later(&app, &mut acme, 30).await, ["LOS-2", "OLD-2", "PLA-2", "WEB-2", "WEB-5", "WEB-6"]);
        // An organization in the trash is told nothing, and what became overdue meanwhile when it is back.
        acme.due_in(&app, "WEB", 3, json!({})).await;
        acme.due_in(&app, "WEB", 300, json!({})).await;
        acme.founder.delete(acme.path("?confirm=acme")).await.is(204);
        app.clock.advance(MINUTE * 5);
        let seq = app.database.number("select seq from org_ledgers").await;
        overdue::run(&app.app.public()).await.unwrap();
        assert_eq!(app.database.number("select seq from org_ledgers").await, seq);
        assert_eq!(app.database.number("select count(*) from deadlines").await, 0);
        acme.founder.again().await.posts(acme.path("/restore")).await.is(200);
        assert_eq!(later(&app, &mut acme, 1).await, ["WEB-7"]);
        assert_eq!(later(&app, &mut acme, 300).await, ["WEB-8"]);
        // An archive brings what was told, and what is overdue already isn't told there.
        acme.due_in(&app, "WEB", 30, json!({})).await;
        app.clock.advance(MINUTE * 31);
        acme.founder = acme.founder.again().await;
        acme.due_in(&app, "WEB", 30, json!({})).await;
        let choices = Choices { owner: Some("ann@example.com".parse().unwrap()), match_people: false };
        let imported = app.app.import(choices, Cursor::new(exports(&acme).await)).await.unwrap();
        let mut there = Org { founder: acme.founder.clone(), id: String::new(), slug: imported.slug.to_string() };
        let told = each(&there.founder.get(there.path("/activity?action=task.overdue")).await.is(200)["items"], "/subject/label");
        assert_eq!(told.len(), 9);
        assert_eq!(later(&app, &mut there, 1).await, [] as [&str; 0]);
        assert_eq!(later(&app, &mut there, 30).await, ["WEB-10"]);
    }

    async fn several_nodes_tell_it_once(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let mut orgs = [ann.founds("Acme").await, ann.founds("Beta").await];
        for org in &orgs {
            org.project("Web").await;
            join_all((0..70).map(|_| org.due_in(&app, "WEB", 1, json!({})))).await;
        }
        app.clock.advance(MINUTE * 3);
        let ann = ann.again().await;
        for org in &mut orgs {
            org.founder = ann.clone();
        }
        let before = join_all(orgs.iter().map(Org::last_seq)).await;
        let public = app.app.public();
        let writes = orgs.iter().map(|org| org.task("WEB", "Beside"));
        let (runs, _) = futures_util::join!(join_all((0..4).map(|_| overdue::run(&public))), join_all(writes));
        assert!(runs.iter().all(Result::is_ok));
        for (org, before) in orgs.iter().zip(before) {
            let entries = ann.walks(&org.path("/activity?action=task.overdue"), 200).await;
            let mut labels = each(&json!(entries), "/subject/label");
            labels.sort();
            labels.dedup();
            assert_eq!((entries.len(), labels.len()), (70, 70));
            assert_eq!(org.last_seq().await, before + 71, "no gap");
        }
        assert_eq!(app.database.number("select count(*) from deadlines").await, 0);
    }
}
