//! Deleting, restoring, and what goes for good after 30 days: organizations, projects, tasks.

use std::time::Duration;

use futures_util::{future::join_all, join};
use guildhall::app::purge;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Engine, Org, TestApp, both_engines, each, run};

const DAY: Duration = Duration::from_hours(24);

fn gone(org: &Org) -> String {
    format!("/v1/orgs/{}?confirm={}", org.slug, org.slug)
}

/// The same with a fresh session of its founder, for when the clock has moved.
async fn later(org: &Org) -> Org {
    Org { founder: org.founder.again().await, ..org.clone() }
}

async fn purges(app: &TestApp) {
    purge::run(&app.app.public()).await.unwrap();
}

fn restore(org: &Org) -> String {
    org.path("/restore")
}

/// The tables that have an organization's rows, with the column that names it.
async fn tables_of_tenants(app: &TestApp) -> Vec<(String, &'static str)> {
    let tables: Vec<String> = match app.database.engine() {
        Engine::Sqlite => {
            let conn = app.database.sqlite();
            let sql = "select m.name from sqlite_schema m join pragma_table_info(m.name) c
                       where m.type = 'table' and c.name = 'org_id' order by 1";
            let mut statement = conn.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
        Engine::Postgres => {
            let sql = "select table_name::text from information_schema.columns c join information_schema.tables t
                       using (table_schema, table_name)
                       where table_schema = 'public' and column_name = 'org_id' and table_type = 'BASE TABLE' order by 1";
            app.database
                .postgres()
                .await
                .query(sql, &[])
                .await
                .unwrap()
                .iter()
                .map(|row| row.get(0))
                .collect()
        }
    };
    let tables = tables.into_iter().map(|table| (table, "org_id"));
    tables.chain([("organizations".to_owned(), "id")]).collect()
}

/// How many rows each table has of an organization.
async fn rows_of(app: &TestApp, org: &Org) -> Vec<(String, i64)> {
    let id = match app.database.engine() {
        Engine::Sqlite => format!("x'{}'", org.id.replace('-', "")),
        Engine::Postgres => format!("'{}'", org.id),
    };
    let mut counts = Vec::new();
    for (table, column) in tables_of_tenants(app).await {
        let count = app.database.number(&format!("select count(*) from {table} where {column} = {id}")).await;
        counts.push((table, count));
    }
    counts
}

/// An organization with something in every table.
async fn full(ann: &Actor, name: &str) -> (Org, Actor) {
    let org = ann.founds(name).await;
    let bob = org.gets(&format!("Bob of {name}"), "member").await;
    org.private_project("Secret").await;
    ann.put(org.path(&format!("/projects/SEC/members/{}", bob.id))).await.is(204);
    let label = org.label("Label").await;
    let task =
        json!({ "title": "A task", "assignee_ids": [bob.id], "label_ids": [label], "due_on": "2090-01-01" });
    ann.post(org.path("/projects/SEC/tasks"), task).await.is(201);
    let comments = org.path("/tasks/SEC-1/comments");
    let comment = ann.post(&comments, json!({ "body": "A comment" })).await.is(201);
    let id = comment["id"].as_str().expect("a comment has an id");
    ann.put(format!("{comments}/{id}/reactions/%F0%9F%91%8D")).await.is(200);
    ann.patch(format!("{comments}/{id}"), json!({ "body": "An edited comment" })).await.is(200);
    let below =
        json!({ "title": "Below", "parent_id": ann.get(org.path("/tasks/SEC-1")).await.is(200)["id"] });
    let below = ann.post(org.path("/projects/SEC/tasks"), below).await.is(201);
    let link = json!({ "kind": "relates_to", "task_id": below["id"] });
    ann.post(org.path("/tasks/SEC-1/links"), link).await.is(201);
    let invited = json!({ "email": "invited@example.com", "role": "member" });
    let invitation = ann.post(org.path("/invitations"), invited).await.is(201);
    let id = invitation["id"].as_str().expect("an invitation has an id");
    ann.posts(org.path(&format!("/invitations/{id}/resend"))).await.is(200);
    let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": org.id });
    ann.post("/v1/me/tokens", token).await.is(201);
    (org, bob)
}

#[test]
fn the_wall_around_the_ledger_stands_while_the_trash_is_emptied() {
    run(Engine::Postgres, async |app: TestApp| {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "A task").await;
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        app.clock.advance(32 * DAY);
        let slip = "create function slip() returns trigger language plpgsql as
                    $$ begin delete from ledger where org_id = new.org_id; return new; end $$;
                    create trigger slip after update on tasks for each row execute function slip()";
        app.database.run(slip).await;
        purges(&app).await;
        assert_eq!(app.database.number("select count(*) from tasks where title = ''").await, 1);
        assert_eq!(app.database.number("select count(*) from ledger").await, 5);
    });
}

both_engines! {
    async fn an_organization_is_deleted_by_who_says_its_slug_again(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let eve = acme.gets("Eve", "admin").await;
        ann.delete(acme.path("")).await.rejects("/confirm", "required");
        ann.delete(acme.path("?confirm=acme2")).await.rejects("/confirm", "invalid_value");
        eve.delete(gone(&acme)).await.refuses(403, "forbidden");
        app.clock.advance(Duration::from_mins(11));
        let ann = ann.refreshed().await;
        ann.delete(gone(&acme)).await.refuses(403, "confirmation_required");
        ann.again().await.delete(gone(&acme)).await.is(204);
    }

    async fn a_deleted_organization_lets_nobody_in_from_the_next_request_on(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, bob) = full(&ann, "Acme").await;
        let cy = app.signs_up("Cy").await;
        let invited = ann.post(acme.path("/invitations"), json!({ "email": cy.email, "role": "admin" })).await.is(201);
        ann.delete(gone(&acme)).await.is(204);
        for who in [&ann, &bob] {
            for path in ["", "/projects", "/tasks", "/tasks/SEC-1", "/members", "/activity"] {
                who.get(acme.path(path)).await.refuses(404, "not_found");
            }
            who.post(acme.path("/projects/SEC/tasks"), json!({ "title": "Late" })).await.refuses(404, "not_found");
            assert_eq!(who.get("/v1/orgs").await.is(200)["items"], json!([]));
        }
        let token = json!({ "token": invited["token"] });
        app.anon().post("/v1/invitations/lookup", token.clone()).await.refuses(404, "not_found");
        cy.post("/v1/invitations/accept", token).await.refuses(404, "not_found");
        assert_eq!(cy.get("/v1/me/invitations").await.is(200)["items"], json!([]));
        // Its slug is taken all the same.
        cy.post("/v1/orgs", json!({ "name": "Mine", "slug": "acme" })).await.refuses(409, "slug_taken");
    }

    async fn an_owner_brings_it_back_as_it_was(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, bob) = full(&ann, "Acme").await;
        let eve = acme.gets("Eve", "admin").await;
        let before = ann.get(acme.path("/tasks")).await.is(200);
        ann.delete(gone(&acme)).await.is(204);
        for who in [&bob, &eve, &app.signs_up("Stranger").await] {
            let refusal = who.posts(restore(&acme)).await.refuses(404, "not_found");
            let never = who.posts("/v1/orgs/never/restore").await.refuses(404, "not_found");
            assert_eq!(refusal["detail"], never["detail"]);
            assert_eq!(who.get("/v1/orgs?deleted=true").await.is(200)["items"], json!([]));
        }
        let listed = ann.get("/v1/orgs?deleted=true").await.is(200);
        assert_eq!(each(&listed["items"], "/slug"), ["acme"]);
        assert!(listed["items"][0]["deleted_at"].is_string());
        assert_eq!(listed["items"][0]["can"], json!(["restore"]));
        app.clock.advance(29 * DAY);
        let acme = later(&acme).await;
        let ann = &acme.founder;
        purges(&app).await;
        let restored = ann.posts(restore(&acme)).await.is(200);
        assert_eq!((&restored["slug"], restored.get("deleted_at")), (&json!("acme"), None));
        assert_eq!(ann.get(acme.path("/tasks")).await.is(200), before);
        bob.again().await.get(acme.path("/tasks/SEC-1")).await.is(200);
        assert_eq!(acme.told().await[acme.told().await.len() - 2..], ["Ann deleted Acme", "Ann restored Acme"]);
        // Once more changes nothing.
        let seq = acme.last_seq().await;
        ann.posts(restore(&acme)).await.is(200);
        assert_eq!(acme.last_seq().await, seq);
        // And the purge that was planned finds nothing to do.
        app.clock.advance(5 * DAY);
        purges(&app).await;
        ann.again().await.get(acme.path("/tasks/SEC-1")).await.is(200);
    }

    async fn after_thirty_days_nothing_of_it_is_left_but_its_slugs(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, _) = full(&ann, "Acme").await;
        ann.patch(acme.path(""), json!({ "slug": "acme-2" })).await.is(200);
        let acme = Org { slug: "acme-2".into(), ..acme };
        let (other, _) = full(&ann, "Other").await;
        let key = [("idempotency-key", "key")];
        ann.send(Method::POST, &acme.path("/labels"), &key, Some(json!({ "name": "Keyed" }))).await.is(201);
        // Nothing makes these yet: an organization's own provider has no route.
        app.database.run("insert into identities (id, user_id, org_id, issuer, subject, created_at) select org_id, user_id, org_id, 'https://id.example', 'ann', 0 from memberships where role = 'owner'").await;
        // That of an organization with more tasks.
        app.database.run("insert into zone_changes (org_id, at, due_on, task_id) select org_id, 0, 0, id from tasks where number = 1").await;
        // In the end, but for the texts that were replaced and are kept for 30 days.
        let lasting = async || {
            let mut rows = rows_of(&app, &other).await;
            rows.retain(|(table, _)| table != "ledger_originals" && table != "purges");
            rows
        };
        let others = lasting().await;
        for (table, rows) in rows_of(&app, &acme).await {
            assert!(rows > 0 || table == "purges", "fill {table} too");
        }
        ann.delete(gone(&acme)).await.is(204);
        // The purge of expired keys finds an organization that can still be restored.
        app.clock.advance(3 * DAY);
        purges(&app).await;
        app.clock.advance(27 * DAY);
        purges(&app).await;
        let is_there = |(table, rows): &(String, i64)| *rows > 0 || table == "org_idempotency_keys" || table == "ledger_originals";
        assert!(rows_of(&app, &acme).await.iter().all(is_there), "it goes after the 30th day, not on it");
        app.clock.advance(DAY + DAY);
        // Several nodes may be at it.
        join_all((0..4).map(|_| purges(&app))).await;
        for (table, rows) in rows_of(&app, &acme).await {
            assert_eq!(rows, if table == "org_slugs" { 2 } else { 0 }, "{table}");
        }
        assert_eq!(lasting().await, others);
        let ann = ann.again().await;
        ann.posts(restore(&acme)).await.refuses(404, "not_found");
        assert_eq!(ann.get("/v1/orgs?deleted=true").await.is(200)["items"], json!([]));
        for slug in ["acme", "acme-2"] {
            ann.post("/v1/orgs", json!({ "name": "New", "slug": slug })).await.refuses(409, "slug_taken");
        }
    }

    async fn who_deletes_their_account_does_not_come_back_with_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, bob) = full(&ann, "Acme").await;
        ann.delete(gone(&acme)).await.is(204);
        bob.delete("/v1/me").await.is(204);
        ann.posts(restore(&acme)).await.is(200);
        assert_eq!(each(&ann.get(acme.path("/members")).await.is(200)["items"], "/user/name"), ["Ann"]);
        assert_eq!(ann.get(acme.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([]));
        // Deleted, it needs no owner.
        ann.delete("/v1/me").await.refuses(409, "last_owner");
        ann.delete(gone(&acme)).await.is(204);
        ann.delete("/v1/me").await.is(204);
        app.clock.advance(32 * DAY);
        purges(&app).await;
        assert!(rows_of(&app, &acme).await.iter().all(|(table, rows)| *rows == 0 || table == "org_slugs"));
    }

    async fn one_that_cannot_be_purged_holds_up_nobody(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, _) = full(&ann, "Acme").await;
        let (beta, _) = full(&ann, "Beta").await;
        for org in [&acme, &beta] {
            ann.delete(gone(org)).await.is(204);
        }
        // A table that nobody told the purge of.
        let id = match app.database.engine() {
            Engine::Sqlite => format!("x'{}'", acme.id.replace('-', "")),
            Engine::Postgres => format!("'{}'", acme.id),
        };
        app.database.run(&format!("create table notes as select id as about from organizations where id = {id}")).await;
        let (keep, let_go) = match app.database.engine() {
            Engine::Sqlite => (
                "create trigger keep before delete on organizations when old.id in (select about from notes)
                 begin select raise(abort, 'there are notes'); end",
                "drop trigger keep",
            ),
            Engine::Postgres => (
                "alter table notes add foreign key (about) references organizations (id)",
                "drop table notes",
            ),
        };
        app.database.run(keep).await;
        app.clock.advance(32 * DAY);
        purges(&app).await;
        let organizations = "select count(*) from organizations";
        assert_eq!(app.database.number(organizations).await, 1);
        app.database.run(let_go).await;
        app.clock.advance(DAY);
        purges(&app).await;
        assert_eq!(app.database.number(organizations).await, 0);
    }

    async fn restored_or_purged_never_both(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        for round in 0..6 {
            let ann = ann.again().await;
            let (acme, _) = full(&ann, &format!("Acme {round}")).await;
            ann.delete(gone(&acme)).await.is(204);
            app.clock.advance(32 * DAY);
            let ann = ann.again().await;
            let ((), restored) = join!(purges(&app), async { ann.posts(restore(&acme)).await });
            let left = rows_of(&app, &acme).await;
            match restored.status {
                200 => drop(ann.get(acme.path("/tasks/SEC-1")).await.is(200)),
                404 => assert!(left.iter().all(|(table, rows)| *rows == 0 || table == "org_slugs"), "{left:?}"),
                other => panic!("{other}"),
            }
        }
    }

    async fn a_project_comes_back_with_its_tasks_and_without_who_no_longer_sees_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, eve) = (acme.gets("Bob", "member").await, acme.gets("Eve", "admin").await);
        acme.private_project("Secret").await;
        for assignee in [&bob, &eve] {
            ann.put(acme.path(&format!("/projects/SEC/members/{}", bob.id))).await.is(204);
            let task = json!({ "title": "A task", "assignee_ids": [assignee.id] });
            ann.post(acme.path("/projects/SEC/tasks"), task).await.is(201);
        }
        ann.delete(acme.path("/projects/SEC")).await.is(204);
        // Not there for who can't restore it, though they saw it.
        bob.posts(acme.path("/projects/SEC/restore")).await.refuses(404, "not_found");
        ann.patch(acme.path(&format!("/members/{}", eve.id)), json!({ "role": "member" })).await.is(200);
        eve.posts(acme.path("/projects/SEC/restore")).await.refuses(404, "not_found");
        let restored = ann.posts(acme.path("/projects/SEC/restore")).await.is(200);
        assert_eq!((&restored["key"], &restored["task_counts"]["todo"]), (&json!("SEC"), &json!(2)));
        assert_eq!(each(&restored["unassigned"], "/user/name"), ["Eve"]);
        assert_eq!(bob.get(acme.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([bob.person()]));
        // One that isn't deleted stays as it is; who sees it is told what it takes.
        ann.posts(acme.path("/projects/SEC/restore")).await.is(200);
        bob.posts(acme.path("/projects/SEC/restore")).await.refuses(403, "forbidden");
        let told = acme.told().await;
        assert_eq!(told[told.len() - 2..], ["Ann restored the project Secret", "Ann unassigned Eve from SEC-2"]);
    }

    async fn a_token_learns_of_what_is_deleted_no_more_than_its_user(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, bob) = full(&ann, "Acme").await;
        ann.delete(acme.path("/tasks/SEC-2")).await.is(204);
        let mut readers = Vec::new();
        for who in [&ann, &bob] {
            let token = json!({ "name": "Reads", "scopes": ["read"] });
            let token = who.post("/v1/me/tokens", token).await.is(201)["token"].clone();
            readers.push(who.with_token(token.as_str().unwrap()));
        }
        let may_not = async |path: &str| {
            readers[0].posts(acme.path(path)).await.refuses(403, "insufficient_scope");
            readers[1].posts(acme.path(path)).await.refuses(404, "not_found");
        };
        may_not("/tasks/SEC-2/restore").await;
        ann.delete(acme.path("/projects/SEC")).await.is(204);
        may_not("/projects/SEC/restore").await;
        ann.delete(gone(&acme)).await.is(204);
        may_not("/restore").await;
    }

    async fn a_project_whose_purge_was_interrupted_does_not_come_back_in_part(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for _ in 0..5 {
            join_all((0..50).map(|_| acme.task("WEB", "A task"))).await;
        }
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        app.clock.advance(32 * DAY);
        let acme = later(&acme).await;
        let too_many = "new.purged_at is not null and (select count(*) from tasks where purged_at is not null) >= 200";
        app.database.run(&match app.database.engine() {
            Engine::Sqlite => format!(
                "create trigger interrupted before update on tasks when {too_many}
                 begin select raise(abort, 'interrupted'); end"
            ),
            Engine::Postgres => format!(
                "create function interrupted() returns trigger language plpgsql as
                 $$ begin if {too_many} then raise exception 'interrupted'; end if; return new; end $$;
                 create trigger interrupted before update on tasks for each row execute function interrupted()"
            ),
        }).await;
        purges(&app).await;
        let left = "select count(*) from tasks where title <> ''";
        assert_eq!(app.database.number(left).await, 50, "it was interrupted");
        acme.founder.posts(acme.path("/projects/WEB/restore")).await.refuses(404, "not_found");
        let on_tasks = if app.database.engine() == Engine::Postgres { " on tasks" } else { "" };
        app.database.run(&format!("drop trigger interrupted{on_tasks}")).await;
        app.clock.advance(DAY);
        purges(&app).await;
        assert_eq!(app.database.number(left).await, 0);
    }

    async fn a_task_comes_back_for_who_may_delete_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
        acme.project("Web").await;
        let task = json!({ "title": "A task", "assignee_ids": [cy.id] });
        let task = bob.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        bob.delete(acme.path("/tasks/WEB-1")).await.is(204);
        cy.posts(acme.path("/tasks/WEB-1/restore")).await.refuses(404, "not_found");
        ann.delete(acme.path(&format!("/members/{}", cy.id))).await.is(204);
        let restored = bob.posts(acme.path(&format!("/tasks/{}/restore", task["id"].as_str().unwrap()))).await.is(200);
        assert_eq!((&restored["title"], &restored["assignees"]), (&json!("A task"), &json!([])));
        bob.delete(acme.path("/tasks/WEB-1")).await.is(204);
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.refuses(409, "project_archived");
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.refuses(404, "not_found");
    }

    async fn after_thirty_days_a_project_and_a_task_are_empty_for_good(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.private_project("Secret").await;
        acme.project("Web").await;
        for (project, title) in [("SEC", "Hidden plan"), ("WEB", "Old plan"), ("WEB", "Plan")] {
            let task = json!({ "title": title, "description": format!("{title} at length"), "assignee_ids": [ann.id] });
            ann.post(acme.path(&format!("/projects/{project}/tasks")), task).await.is(201);
        }
        ann.delete(acme.path("/projects/SEC")).await.is(204);
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        app.clock.advance(32 * DAY);
        let acme = later(&acme).await;
        let ann = &acme.founder;
        purges(&app).await;
        for path in ["/projects/SEC/restore", "/tasks/WEB-1/restore"] {
            ann.posts(acme.path(path)).await.refuses(404, "not_found");
        }
        let left = app.database.number("select count(*) from tasks where title <> '' or description <> ''").await;
        assert_eq!(left, 1, "what is not deleted stays");
        assert_eq!(app.database.number("select count(*) from task_assignees").await, 1);
        assert_eq!(ann.get(acme.path("/tasks/WEB-2")).await.is(200)["title"], "Plan");
        // The history still knows what they were called, and nobody gets their key or number.
        assert!(acme.told().await.contains(&"Ann deleted WEB-1".to_owned()));
        ann.post(acme.path("/projects"), json!({ "name": "New", "key": "SEC" })).await.refuses(409, "key_taken");
        assert_eq!(acme.task("WEB", "Next").await["key"], "WEB-3");
    }

    async fn a_dry_run_tells_what_would_go(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, bob) = full(&ann, "Acme").await;
        let (rows, seq) = (rows_of(&app, &acme).await, acme.last_seq().await);
        let counts = async |who: &Actor, path: &str| -> Value {
            let rehearsal = who.delete(path).await.is(200);
            assert_eq!(rehearsal["dry_run"], true);
            rehearsal["counts"].clone()
        };
        assert_eq!(counts(&ann, &acme.path("?dry_run=true")).await,
            json!({ "organizations": 1, "members": 2, "projects": 1, "tasks": 2, "invitations": 1 }));
        assert_eq!(counts(&ann, &acme.path("/projects/SEC?dry_run=true")).await, json!({ "projects": 1, "tasks": 2 }));
        assert_eq!(counts(&ann, &acme.path("/tasks/SEC-1?dry_run=true")).await, json!({ "tasks": 1 }));
        let member = acme.path(&format!("/members/{}?dry_run=true&reassign_to={}", bob.id, ann.id));
        assert_eq!(counts(&ann, &member).await,
            json!({ "members": 1, "unassigned": 0, "reassigned": 1, "projects": 1, "invitations": 0, "tokens": 0 }));
        let insider = acme.path(&format!("/projects/SEC/members/{}?dry_run=true", bob.id));
        assert_eq!(counts(&ann, &insider).await, json!({ "members": 1, "assignments": 1 }));
        assert_eq!(counts(&bob, "/v1/me?dry_run=true").await,
            json!({ "accounts": 1, "memberships": 1, "assignments": 1, "sessions": 1, "tokens": 0 }));
        bob.again().await;
        assert_eq!(counts(&bob, "/v1/me/sessions?dry_run=true").await, json!({ "sessions": 1 }));
        // What would be refused is refused.
        ann.delete("/v1/me?dry_run=true").await.refuses(409, "last_owner");
        bob.delete(acme.path("/projects/SEC?dry_run=true")).await.refuses(403, "forbidden");
        ann.delete(acme.path("/projects/SEC?dry_run=yes")).await.rejects("/dry_run", "invalid_type");
        assert_eq!((rows_of(&app, &acme).await, acme.last_seq().await), (rows, seq));
        // And whoever waited behind one goes on.
        let write = || async { ann.patch(acme.path("/tasks/SEC-1"), json!({ "title": "Still here" })).await.is(200) };
        let rehearse = || async { ann.delete(acme.path("/projects/SEC?dry_run=true")).await.is(200) };
        join!(join_all((0..5).map(|_| write())), join_all((0..5).map(|_| rehearse())));
        bob.get(acme.path("/tasks/SEC-1")).await.is(200);
    }

    async fn a_dry_run_leaves_nothing_out_and_counts_nothing_that_is_gone_already(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, bob) = full(&ann, "Acme").await;
        for org in [json!(acme.id), Value::Null] {
            let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": org });
            bob.post("/v1/me/tokens", token).await.is(201);
        }
        assert_eq!(bob.delete("/v1/me?dry_run=true").await.is(200)["counts"]["tokens"], 2);
        acme.project("Web").await;
        acme.task("WEB", "Stays").await;
        ann.delete(acme.path("/projects/SEC")).await.is(204);
        let counts = &ann.delete(acme.path("?dry_run=true")).await.is(200)["counts"];
        assert_eq!((&counts["projects"], &counts["tasks"]), (&json!(1), &json!(1)));
    }
}
