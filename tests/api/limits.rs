//! How much an organization may hold, also when many come at once.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Dice, Engine, Options, Org, TestApp, run};

/// Runs a test with these limits on each engine.
macro_rules! with_limits {
    ($($limits:literal async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        mod $name {
            use super::*;

            async fn body($app: TestApp) $body

            async fn limited(app: TestApp) {
                let options = Options { limits: $limits.parse().unwrap(), ..Options::default() };
                body(TestApp::start_on(app.database.clone(), app.clock.clone(), options).await).await;
            }

            #[test]
            fn sqlite() {
                run(Engine::Sqlite, limited);
            }

            #[test]
            fn postgres() {
                run(Engine::Postgres, limited);
            }
        }
    )+};
}

/// How many succeeded; the others were refused with this code.
fn succeeded(answers: Vec<Answer>, code: &str) -> usize {
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().partition(Answer::succeeded);
    for refusal in bad {
        refusal.refuses(409, code);
    }
    good.len()
}

async fn invited(acme: &Org, who: &Actor) -> Value {
    let body = json!({ "email": who.email, "role": "member" });
    acme.founder.post(acme.path("/invitations"), body).await.is(201)["token"].clone()
}

async fn creates_tasks(acme: &Org, how_many: usize) -> usize {
    let path = acme.path("/projects/WEB/tasks");
    let create = || async { acme.founder.post(&path, json!({ "title": "One more" })).await };
    succeeded(join_all((0..how_many).map(|_| create())).await, "too_many_tasks")
}

with_limits! {
    "members=3" async fn the_last_free_seat_is_given_once(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let mut newcomers = Vec::new();
        for n in 0..6 {
            let who = app.signs_up(&format!("Bob {n}")).await;
            newcomers.push((invited(&acme, &who).await, who));
        }
        let accept = |(token, who): &(Value, Actor)| {
            let (token, who) = (token.clone(), who.clone());
            async move { who.post("/v1/invitations/accept", json!({ "token": token })).await }
        };
        assert_eq!(succeeded(join_all(newcomers.iter().map(accept)).await, "too_many_members"), 2);
        let members = acme.founder.get(acme.path("/members")).await.is(200);
        assert_eq!(members["items"].as_array().unwrap().len(), 3);
        // Nobody signs up through an invitation to a full organization.
        let cy = json!({ "email": "cy@example.com", "role": "member" });
        let token = &acme.founder.post(acme.path("/invitations"), cy).await.is(201)["token"];
        let cy = json!({ "email": "cy@example.com", "password": crate::support::PASSWORD, "name": "Cy", "invitation_token": token });
        app.anon().post("/v1/auth/signup", cy.clone()).await.refuses(409, "too_many_members");
        // Who goes makes room; what was refused is still good.
        let gone = members["items"][1]["user"]["id"].as_str().unwrap();
        acme.founder.delete(acme.path(&format!("/members/{gone}"))).await.is(204);
        app.anon().post("/v1/auth/signup", cy).await.is(201);
    }

    "projects=2" async fn projects(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let create = || async { acme.founder.post(acme.path("/projects"), json!({ "name": "Web" })).await };
        assert_eq!(succeeded(join_all((0..6).map(|_| create())).await, "too_many_projects"), 2);
        acme.founder.delete(acme.path("/projects/WEB")).await.is(204);
        create().await.is(201);
        acme.founder.posts(acme.path("/projects/WEB/restore")).await.refuses(409, "too_many_projects");
        // Archived ones count: they are still there to be read.
        acme.founder.posts(acme.path("/projects/WEB2/archive")).await.is(200);
        create().await.refuses(409, "too_many_projects");
    }

    "tasks=5" async fn tasks(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        assert_eq!(creates_tasks(&acme, 12).await, 5);
        // Deleting makes room, restoring takes it.
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        assert_eq!(creates_tasks(&acme, 3).await, 1);
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.refuses(409, "too_many_tasks");
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        acme.project("Other").await;
        ann.post(acme.path("/projects/OTH/tasks"), json!({ "title": "There is room" })).await.is(201);
        ann.posts(acme.path("/projects/WEB/restore")).await.refuses(409, "too_many_tasks");
        // Another organization has limits of its own.
        let other = ann.founds("Other").await;
        other.project("Web").await;
        assert_eq!(creates_tasks(&other, 5).await, 5);
    }

    "comments=3" async fn comments_on_a_task(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "One").await;
        acme.task("WEB", "Two").await;
        let path = acme.path("/tasks/WEB-1/comments");
        let says = || async { ann.post(&path, json!({ "body": "Words" })).await };
        assert_eq!(succeeded(join_all((0..8).map(|_| says())).await, "too_many_comments"), 3);
        // Deleting makes room, and another task has its own.
        let first = ann.get(&path).await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
        ann.delete(format!("{path}/{first}")).await.is(204);
        assert_eq!(succeeded(join_all((0..3).map(|_| says())).await, "too_many_comments"), 1);
        ann.post(acme.path("/tasks/WEB-2/comments"), json!({ "body": "Words" })).await.is(201);
    }

    "links=2" async fn links_of_a_task(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let mut tasks = Vec::new();
        for _ in 0..6 {
            tasks.push(acme.task("WEB", "Any").await["id"].clone());
        }
        let path = |task: &Value| acme.path(&format!("/tasks/{}/links", task.as_str().unwrap()));
        let link = |from: &Value, to: &Value| {
            let (ann, path, body) = (&ann, path(from), json!({ "kind": "blocks", "task_id": to }));
            async move { ann.post(path, body).await }
        };
        let answers = join_all(tasks[1..].iter().map(|other| link(&tasks[0], other))).await;
        assert_eq!(succeeded(answers, "too_many_links"), 2);
        // The limit is that of either task, and removing makes room.
        link(&tasks[5], &tasks[0]).await.refuses(409, "too_many_links");
        let first = ann.get(path(&tasks[0])).await.is(200)["items"][0]["id"].as_str().unwrap().to_owned();
        ann.delete(format!("{}/{first}", path(&tasks[0]))).await.is(204);
        link(&tasks[5], &tasks[0]).await.is(201);
    }

    "invitations=2" async fn pending_invitations(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let invite = |n: usize| ann.post(acme.path("/invitations"), json!({ "email": format!("bob{n}@example.com"), "role": "member" }));
        assert_eq!(succeeded(join_all((0..6).map(invite)).await, "too_many_invitations"), 2);
        let pending = ann.get(acme.path("/invitations?state=pending")).await.is(200);
        ann.delete(acme.path(&format!("/invitations/{}", pending["items"][0]["id"].as_str().unwrap()))).await.is(204);
        invite(7).await.is(201);
        // What expires by itself makes room too.
        app.clock.advance(std::time::Duration::from_hours(8 * 24));
        let again = ann.again().await;
        again.post(acme.path("/invitations"), json!({ "email": "bob8@example.com", "role": "member" })).await.is(201);
    }

    "tokens=2" async fn tokens_for_the_organization(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let make = |n: usize| {
            let who = if n.is_multiple_of(2) { &ann } else { &bob };
            who.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"], "organization_id": acme.id }))
        };
        assert_eq!(succeeded(join_all((0..6).map(make)).await, "too_many_tokens"), 2);
        ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"] })).await.is(201);
    }

    "founded=2" async fn organizations_founded_by_one_person(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let found = |_| ann.post("/v1/orgs", json!({ "name": "Acme" }));
        assert_eq!(succeeded(join_all((0..5).map(found)).await, "too_many_organizations"), 2);
        // What another person has founded doesn't count, nor does giving one away help.
        let bobs = app.signs_up("Bob").await.founds("Bobs").await;
        bobs.takes(&ann, "member").await;
        // A deleted one counts until nobody can restore it any more.
        ann.delete("/v1/orgs/acme?confirm=acme").await.is(204);
        found(0).await.refuses(409, "too_many_organizations");
        app.clock.advance(std::time::Duration::from_hours(32 * 24));
        guildhall::app::purge::run(&app.app.public()).await.unwrap();
        let ann = ann.again().await;
        let found = |_| ann.post("/v1/orgs", json!({ "name": "Acme" }));
        assert_eq!(succeeded(join_all((0..5).map(found)).await, "too_many_organizations"), 1);
    }

    "tasks=30" async fn the_count_is_the_number_of_tasks_whatever_is_done(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let dice = &mut Dice(7);
        let keys = ["AAA", "BBB", "CCC"];
        for key in keys {
            ann.post(acme.path("/projects"), json!({ "name": key, "key": key })).await.is(201);
        }
        for _ in 0..150 {
            let (key, number) = (*dice.one_of(&keys), dice.below(12) + 1);
            let _ = match dice.below(6) {
                0..=2 => ann.post(acme.path(&format!("/projects/{key}/tasks")), json!({ "title": "Any" })).await,
                3 => ann.delete(acme.path(&format!("/tasks/{key}-{number}"))).await,
                4 => ann.posts(acme.path(&format!("/tasks/{key}-{number}/restore"))).await,
                _ if dice.once_in(2) => ann.delete(acme.path(&format!("/projects/{key}"))).await,
                _ => ann.posts(acme.path(&format!("/projects/{key}/restore"))).await,
            };
        }
        let counted = app.database.number("select tasks from org_ledgers").await;
        let there = "select count(*) from tasks t join projects p on p.org_id = t.org_id and p.id = t.project_id
                     where t.deleted_at is null and p.deleted_at is null";
        assert_eq!(counted, app.database.number(there).await);
        assert!(counted > 0);
    }

    "columns=7" async fn the_last_column_is_created_once(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        acme.project("Web").await;
        let path = acme.path("/projects/WEB/columns");
        let create = |_| acme.founder.post(&path, json!({ "name": "Any", "status": "todo" }));
        assert_eq!(succeeded(join_all((0..6).map(create)).await, "too_many_columns"), 2);
    }

    "labels=2" async fn the_last_label_is_created_once(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let path = acme.path("/labels");
        let create = |n: usize| {
            let (ann, path) = (acme.founder.clone(), path.clone());
            async move { ann.post(path, json!({ "name": format!("Label {n}") })).await }
        };
        let answers = join_all((0..6).map(create)).await;
        assert_eq!(succeeded(answers, "too_many_labels"), 2);
    }
}
