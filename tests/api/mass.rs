//! Many at once: what concerns thousands of tasks takes as many statements as what concerns a few, is told entry by entry
//! as ever, and leaves room for others.

use futures_util::{future::join_all, join};
use guildhall::app::purge;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    statements::counted,
    support::{Actor, Options, Org, Replica, TestApp, both_engines, each},
};

/// Bob with so many tasks in a project, Cy beside him.
async fn busy(ann: &Actor, bob: &Actor, cy: &Actor, name: &str, tasks: usize) -> Org {
    let org = ann.founds(name).await;
    org.takes(bob, "member").await;
    org.takes(cy, "member").await;
    org.project("Web").await;
    let task = json!({ "title": "Dig", "assignee_ids": [bob.id] });
    let create = || ann.post(org.path("/projects/WEB/tasks"), task.clone());
    for _ in 0..tasks / 50 {
        join_all((0..50).map(|_| create())).await;
    }
    for _ in 0..tasks % 50 {
        create().await.is(201);
    }
    org
}

fn number(of: &Value) -> i64 {
    of["seq"].as_i64().unwrap()
}

/// One connection, so that one thread runs everything.
fn alone() -> Options {
    let mut options = Options::default();
    options.database.connections = 1;
    options
}

both_engines! {
    async fn the_statements_of_a_change_do_not_grow_with_the_tasks(app: TestApp) {
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), alone()).await;
        let (ann, bob, cy) = (app.signs_up("Ann").await, app.signs_up("Bob").await, app.signs_up("Cy").await);
        let few = busy(&ann, &bob, &cy, "Few", 3).await;
        let many = busy(&ann, &bob, &cy, "Many", 300).await;
        let compare = async |what: &str, method: &Method, path: &str, body: Option<Value>, actor: &Actor| {
            let mut counts = Vec::new();
            for org in [&few, &many] {
                let work = async {
                    let answer = actor.send(method.clone(), &org.path(path), &[], body.clone()).await;
                    assert!(answer.succeeded(), "{what}: {}", answer.body);
                };
                counts.push(counted(&app, work).await);
            }
            // 600 entries are ten statements of 64 rows and less.
            assert!(counts[1] <= counts[0] + 16, "{what}: {counts:?} statements for 3 tasks and for 300");
        };
        let (web, visible) = ("/projects/WEB", |to: &str| Some(json!({ "visibility": to })));
        compare("deleting a project", &Method::DELETE, web, None, &ann).await;
        compare("restoring it", &Method::POST, "/projects/WEB/restore", None, &ann).await;
        let pass = format!("/members/{}?reassign_to={}", bob.id, cy.id);
        compare("handing over", &Method::DELETE, &pass, None, &ann).await;
        compare("making a project private", &Method::PATCH, web, visible("private"), &ann).await;
        for org in [&few, &many] {
            ann.patch(org.path(web), json!({ "visibility": "organization" })).await.is(200);
            for task in ann.walks(&org.path("/projects/WEB/tasks?"), 200).await {
                let path = format!("/tasks/{}/assignees/{}", task["id"].as_str().unwrap(), cy.id);
                ann.put(org.path(&path)).await.is(200);
            }
        }
        compare("leaving", &Method::POST, "/leave", None, &cy).await;
    }

    async fn a_create_takes_thirteen_statements(app: TestApp) {
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), alone()).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let create = async || drop(acme.task("WEB", "Paint the fence").await);
        create().await;
        // Lock, session, membership, project; number and place; task, number, words, entry, its text, numbers of tasks,
        // counters, names.
        assert_eq!(counted(&app, create()).await, 13);
    }

    async fn a_mass_hand_over_is_told_as_ever(app: TestApp) {
        let (ann, bob, cy) = (app.signs_up("Ann").await, app.signs_up("Bob").await, app.signs_up("Cy").await);
        let acme = busy(&ann, &bob, &cy, "Acme", 100).await;
        let before = acme.last_seq().await;
        let mut copy = Replica::of(&ann, &acme);
        copy.syncs(200).await;
        let mut stream = ann.follows(&acme, &format!("last_event_id={before}")).await;
        let create = || async { ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Beside" })).await };
        let remove = acme.path(&format!("/members/{}?reassign_to={}", bob.id, cy.id));
        let (early, removed, late) =
            join!(join_all((0..25).map(|_| create())), ann.delete(&remove), join_all((0..25).map(|_| create())));
        assert_eq!(removed.is(200)["reassigned"].as_array().unwrap().len(), 100);
        assert!(early.iter().chain(&late).all(|answer| answer.status == 201));
        // One entry for each that was created, one for the removal, two for each task.
        let entries = stream.entries(50 + 1 + 200).await;
        assert!(entries.iter().zip(before + 1..).all(|(entry, seq)| number(entry) == seq), "a gap");
        let of_hand_over: Vec<&Value> = entries.iter().filter(|entry| entry["action"] != "task.created").collect();
        assert_eq!(number(of_hand_over[200]) - number(of_hand_over[0]), 200, "it is one block");
        assert_eq!(of_hand_over[0]["summary"], "Ann removed Bob");
        let tasks = ann.walks(&acme.path("/projects/WEB/tasks?assignee=me,none&sort=created_at"), 200).await;
        assert_eq!(tasks.len(), 50, "nobody has those beside");
        let tasks = ann.walks(&acme.path(&format!("/tasks?assignee={}&sort=number", cy.id)), 200).await;
        let mut ids = each(&json!(tasks), "/id");
        ids.sort_unstable();
        for (pair, id) in of_hand_over[1..].chunks(2).zip(&ids) {
            assert_eq!((&pair[0]["action"], &pair[1]["action"]), (&json!("task.unassigned"), &json!("task.assigned")));
            assert_eq!((&pair[0]["subject"]["id"], &pair[1]["subject"]["id"]), (&json!(id), &json!(id)));
            assert_eq!(pair[0]["changes"], json!({ "assignee": { "from": bob.person(), "to": null } }));
            assert_eq!(pair[1]["changes"], json!({ "assignee": { "from": null, "to": cy.person() } }));
        }
        assert!(tasks.iter().all(|task| task["version"] == 2 && task["assignees"] == json!([cy.person()])));
        let counters = "select count(*) from org_ledgers o where o.seq = (select max(l.seq) from ledger l where l.org_id = o.org_id)
                        and o.tasks = (select count(*) from tasks t where t.org_id = o.org_id)";
        assert_eq!(app.database.number(counters).await, 1);
        copy.syncs(200).await;
        copy.is_true().await;
    }

    async fn an_account_that_is_deleted_settles_in_every_organization(app: TestApp) {
        let (ann, bob, cy) = (app.signs_up("Ann").await, app.signs_up("Bob").await, app.signs_up("Cy").await);
        let mut orgs = Vec::new();
        for name in ["Acme", "Beta", "Gamma"] {
            orgs.push(busy(&ann, &bob, &cy, name, 3).await);
        }
        let seqs = join_all(orgs.iter().map(Org::last_seq)).await;
        bob.delete("/v1/me?dry_run=true").await.is(200);
        bob.delete("/v1/me").await.is(204);
        for (org, seq) in orgs.iter().zip(seqs) {
            let told = org.told().await;
            assert_eq!(told[told.len() - 4..].iter().filter(|line| line.contains("unassigned")).count(), 3, "{told:?}");
            assert_eq!(org.last_seq().await, seq + 4);
        }
    }

    async fn a_purge_that_is_interrupted_goes_on(app: TestApp) {
        let (ann, bob, cy) = (app.signs_up("Ann").await, app.signs_up("Bob").await, app.signs_up("Cy").await);
        let acme = busy(&ann, &bob, &cy, "Acme", 200).await;
        let beta = busy(&ann, &bob, &cy, "Beta", 3).await;
        ann.delete(acme.path("?confirm=acme")).await.is(204);
        app.clock.advance(std::time::Duration::from_hours(32 * 24));
        let assigned = "select count(*) from task_assignees";
        let some_are_gone = async {
            while app.database.number(assigned).await == 203 {
                tokio::task::yield_now().await;
            }
        };
        let public = app.app.public();
        tokio::select! {
            _ = purge::run(&public) => panic!("it went in one step"),
            () = some_are_gone => {}
        }
        let count = "select count(*) from organizations";
        assert_eq!(app.database.number(count).await, 2, "it stopped in the middle");
        purge::run(&app.app.public()).await.unwrap();
        assert_eq!(app.database.number(count).await, 1);
        for table in ["tasks", "task_numbers", "search_words", "ledger", "ledger_texts", "org_ledgers", "projects", "memberships"] {
            let others = format!("select count(*) from {table} where org_id not in (select id from organizations)");
            assert_eq!(app.database.number(&others).await, 0, "{table}");
        }
        let ann = ann.again().await;
        assert_eq!(ann.walks(&beta.path("/tasks?"), 200).await.len(), 3);
    }
}
