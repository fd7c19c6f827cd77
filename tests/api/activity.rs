//! `/v1/orgs/{org}/activity`, and the ledger under it.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Engine, Org, TestApp, both_engines, each};

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    (ann, acme)
}

impl Org {
    /// The whole activity as somebody reads it, newest first.
    async fn activity_for(&self, reader: &Actor, query: &str) -> Vec<Value> {
        reader.walks(&self.path(&format!("/activity?{query}")), 50).await
    }
}

fn seqs(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

fn summaries(entries: &[Value]) -> Vec<String> {
    each(&json!(entries), "/summary")
}

/// What a filter means, as a plain function.
type Test<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

/// Every row of the stored ledger as one text.
async fn stored(app: &TestApp) -> Vec<String> {
    match app.database.engine() {
        Engine::Sqlite => {
            let connection = app.database.sqlite();
            let mut statement = connection.prepare("select * from ledger").unwrap();
            let columns = statement.column_count();
            let row = |row: &rusqlite::Row<'_>| {
                let value = |at| row.get::<_, rusqlite::types::Value>(at).map(|value| format!("{value:?}"));
                (0..columns).map(value).collect::<Result<Vec<_>, _>>().map(|values| values.join(" "))
            };
            statement.query_map([], row).unwrap().map(Result::unwrap).collect()
        }
        Engine::Postgres => {
            let rows =
                app.database.postgres().await.query("select l::text from ledger l", &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    }
}

/// Does one of everything that leaves an entry.
async fn one_of_everything(app: &TestApp, acme: &Org) -> (Actor, Actor) {
    let ann = &acme.founder;
    let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
    let p = |rest: &str| acme.path(rest);
    let invite = async |email: &str| {
        let made = ann.post(p("/invitations"), json!({ "email": email, "role": "member" })).await.is(201);
        (made["id"].as_str().unwrap().to_owned(), made["token"].clone())
    };
    let (revoked, _) = invite("dee@example.com").await;
    ann.posts(p(&format!("/invitations/{revoked}/resend"))).await.is(200);
    ann.delete(p(&format!("/invitations/{revoked}"))).await.is(204);
    let eve = app.signs_up("Eve").await;
    let (_, token) = invite("eve@example.com").await;
    assert!(eve.post("/v1/invitations/decline", json!({ "token": token })).await.succeeded());

    ann.patch(p(""), json!({ "name": "Acme Inc", "settings": { "members_edit": "any" } })).await.is(200);
    ann.patch(p(&format!("/members/{}", cy.id)), json!({ "role": "admin" })).await.is(200);

    ann.post(p("/projects"), json!({ "name": "Website", "description": "a confidential text" }))
        .await
        .is(201);
    let body = json!({ "description": "another confidential text", "name": "Web", "visibility": "private" });
    ann.patch(p("/projects/WEB"), body).await.is(200);
    let member = p(&format!("/projects/WEB/members/{}", bob.id));
    ann.put(&member).await.is(204);
    ann.delete(&member).await.is(204);
    ann.put(&member).await.is(204);

    let body = json!({ "title": "Fix", "description": "a confidential task", "assignee_ids": [bob.id] });
    ann.post(p("/projects/WEB/tasks"), body).await.is(201);
    let body =
        json!({ "title": "Mend", "due_at": "2030-01-01T00:00:00Z", "description": "more confidential text" });
    bob.patch(p("/tasks/WEB-1"), body).await.is(200);
    bob.patch(p("/tasks/WEB-1"), json!({ "status": "in_progress" })).await.is(200);
    bob.delete(p(&format!("/tasks/WEB-1/assignees/{}", bob.id))).await.is(204);
    cy.delete(p("/tasks/WEB-1")).await.is(204);
    cy.posts(p("/projects/WEB/archive")).await.is(200);
    cy.posts(p("/projects/WEB/unarchive")).await.is(200);
    cy.delete(p("/projects/WEB")).await.is(204);

    assert!(bob.posts(p("/leave")).await.succeeded());
    let flo = acme.gets("Flo", "member").await;
    assert!(ann.delete(p(&format!("/members/{}", flo.id))).await.succeeded());
    assert!(ann.post(p("/transfer"), json!({ "user_id": cy.id })).await.succeeded());
    (bob, cy)
}

both_engines! {
    async fn every_action_reads_as_a_sentence(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        one_of_everything(&app, &acme).await;
        let mut entries = acme.activity_for(&ann, "").await;
        entries.reverse();
        let told: Vec<String> = entries.iter()
            .map(|entry| format!("{}: {}", entry["action"].as_str().unwrap(), entry["summary"].as_str().unwrap())).collect();
        assert_eq!(told, [
            "organization.created: Ann founded Acme Inc",
            "member.joined: Ann joined as owner",
            "invitation.created: Ann invited bob@example.com as member",
            "member.joined: Bob joined as member",
            "invitation.created: Ann invited cy@example.com as member",
            "member.joined: Cy joined as member",
            "invitation.created: Ann invited dee@example.com as member",
            "invitation.resent: Ann invited dee@example.com again",
            "invitation.revoked: Ann revoked the invitation of dee@example.com",
            "invitation.created: Ann invited eve@example.com as member",
            "invitation.declined: Eve declined the invitation of eve@example.com",
            "organization.updated: Ann changed the name and members edit of Acme Inc",
            "member.role_changed: Ann changed the role of Cy from member to admin",
            "project.created: Ann created the project Web",
            "project.updated: Ann changed the name, visibility and description of the project Web",
            "project.member_added: Ann added Ann to the project Web",
            "project.member_added: Ann added Bob to the project Web",
            "project.member_removed: Ann removed Bob from the project Web",
            "project.member_added: Ann added Bob to the project Web",
            "task.created: Ann created WEB-1",
            "task.assigned: Ann assigned WEB-1 to Bob",
            "task.updated: Bob changed the title, description and due date of WEB-1",
            "task.status_changed: Bob moved WEB-1 from To do to In progress",
            "task.unassigned: Bob unassigned Bob from WEB-1",
            "task.deleted: Cy deleted WEB-1",
            "project.archived: Cy archived the project Web",
            "project.unarchived: Cy unarchived the project Web",
            "project.deleted: Cy deleted the project Web",
            "member.left: Bob left",
            "invitation.created: Ann invited flo@example.com as member",
            "member.joined: Flo joined as member",
            "member.removed: Ann removed Flo",
            "ownership.transferred: Ann transferred the ownership to Cy",
            "member.role_changed: Ann changed the role of Ann from owner to admin",
        ]);
        assert_eq!(seqs(&entries), (1..=34).collect::<Vec<_>>());
        for entry in &entries {
            assert_eq!(entry["actor"]["kind"], "user");
            assert!(entry["id"].is_string() && entry["at"].is_string());
        }
    }

    async fn an_entry_tells_from_which_value_to_which(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        let project = acme.project("Website").await;
        let body = json!({ "title": "Fix", "description": "Ünder", "assignee_ids": [bob.id] });
        let task = ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "due_at": "2030-01-01T00:00:00Z", "priority": "high" })).await.is(200);
        ann.delete(acme.path(&format!("/tasks/WEB-1/assignees/{}", bob.id))).await.is(204);
        let entries = acme.activity_for(&ann, "task=WEB-1").await;
        let [dropped, updated, assigned, created] = entries.as_slice() else { panic!("{entries:?}") };
        assert_eq!(assigned["changes"], json!({ "assignee": { "from": null, "to": bob.person() } }));
        assert_eq!(dropped["changes"], json!({ "assignee": { "from": bob.person(), "to": null } }));
        assert_eq!(updated["changes"], json!({
            "priority": { "from": "none", "to": "high" }, "due_at": { "from": null, "to": "2030-01-01T00:00:00.000Z" },
        }));
        assert_eq!(created["changes"]["title"], json!({ "from": null, "to": "Fix" }));
        assert_eq!(created["changes"]["description"]["to"]["length"], 5);
        assert!(created["changes"]["description"]["to"]["digest"].is_string());
        assert_eq!(created["subject"], json!({ "kind": "task", "id": task["id"], "label": "WEB-1" }));
        assert_eq!(created["project_id"], project["id"]);
        assert_eq!(created["actor"], json!({ "kind": "user", "id": ann.id, "name": "Ann" }));
    }

    async fn no_address_and_no_long_text_is_in_the_ledger(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        one_of_everything(&app, &acme).await;
        let stored = stored(&app).await;
        assert_eq!(stored.len(), 34);
        for row in stored {
            assert!(!row.contains('@') && !row.contains("example.com") && !row.contains("confidential"), "{row}");
        }
        // Neither is the text in what is read.
        for entry in acme.activity_for(&ann, "").await {
            assert!(!entry.to_string().contains("confidential"), "{entry}");
        }
    }

    async fn names_are_as_they_are_now(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Website").await;
        let body = json!({ "title": "Fix", "assignee_ids": [bob.id] });
        ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        bob.patch("/v1/me", json!({ "name": "Robert" })).await.is(200);
        ann.patch(acme.path("/projects/WEB"), json!({ "key": "SITE", "name": "Site" })).await.is(200);
        ann.patch(acme.path(""), json!({ "name": "Apex" })).await.is(200);
        let told = acme.told().await;
        for sentence in [
            "Ann founded Apex", "Robert joined as member", "Ann created the project Site", "Ann created SITE-1",
            "Ann assigned SITE-1 to Robert",
        ] {
            assert!(told.contains(&sentence.to_owned()), "{sentence} in {told:?}");
        }
        let entries = acme.activity_for(&ann, "action=task.assigned").await;
        assert_eq!(entries[0]["changes"]["assignee"]["to"], json!({ "id": bob.id, "name": "Robert" }));
    }

    async fn who_was_removed_keeps_their_name_on_what_they_did(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Website").await;
        let body = json!({ "title": "Fix", "assignee_ids": [bob.id] });
        let task = bob.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        let removed = ann.delete(acme.path(&format!("/members/{}", bob.id))).await.is(200);
        assert_eq!(each(&removed["unassigned"], "/task/key"), ["WEB-1"]);
        let told = acme.told().await;
        assert_eq!(told[told.len() - 4..], [
            "Bob created WEB-1", "Bob assigned WEB-1 to Bob", "Ann removed Bob", "Ann unassigned Bob from WEB-1",
        ]);
        let task = ann.get(acme.path(&format!("/tasks/{}", task["id"].as_str().unwrap()))).await.is(200);
        assert_eq!((&task["created_by"], &task["assignees"]), (&bob.person(), &json!([])));
        bob.get(acme.path("/activity")).await.refuses(404, "not_found");
    }

    async fn filters_narrow_alone_and_together(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        let mut times = Vec::new();
        for name in ["Website", "Shop"] {
            app.clock.advance(Duration::from_mins(1));
            let project = acme.project(name).await;
            times.push(project["created_at"].as_str().unwrap().to_owned());
            let path = acme.path(&format!("/projects/{}/tasks", project["key"].as_str().unwrap()));
            for who in [&ann, &bob] {
                who.post(&path, json!({ "title": "Task", "assignee_ids": [bob.id] })).await.is(201);
            }
        }
        bob.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.is(200);
        let all = acme.activity_for(&ann, "").await;
        let web = ann.get(acme.path("/projects/WEB")).await.is(200)["id"].clone();
        let task = ann.get(acme.path("/tasks/WEB-1")).await.is(200)["id"].clone();
        let (web_id, task_id) = (web.as_str().unwrap().to_owned(), task.as_str().unwrap().to_owned());
        let (middle, bob_id) = (times[1].clone(), bob.id.clone());
        let at = |entry: &Value| entry["at"].as_str().unwrap().to_owned();
        let filters: Vec<(String, Test<'_>)> = vec![
            ("project=WEB".into(), Box::new(|e| e["project_id"] == web)),
            (format!("project={web_id},NONE"), Box::new(|e| e["project_id"] == web)),
            ("project=WEB,SHO".into(), Box::new(|e| !e["project_id"].is_null())),
            ("project=NONE".into(), Box::new(|_| false)),
            ("task=WEB-1".into(), Box::new(|e| e["subject"]["id"] == task)),
            (format!("task={task_id},x"), Box::new(|e| e["subject"]["id"] == task)),
            (format!("actor={bob_id}"), Box::new(|e| e["actor"]["id"] == bob_id.as_str())),
            ("action=task.created,task.status_changed".into(), Box::new(|e| {
                e["action"] == "task.created" || e["action"] == "task.status_changed"
            })),
            (format!("since={middle}"), Box::new(|e| at(e) >= middle)),
            (format!("until={middle}"), Box::new(|e| at(e) < middle)),
        ];
        for (one, is_one) in &filters {
            for (two, is_two) in &filters {
                let apart = one.split('=').next() != two.split('=').next();
                if !apart && one != two {
                    continue;
                }
                let query = if apart { format!("{one}&{two}") } else { one.clone() };
                let model: Vec<i64> = seqs(&all.iter().filter(|e| is_one(e) && is_two(e)).cloned().collect::<Vec<_>>());
                for limit in [1, 4, 200] {
                    let found = ann.walks(&acme.path(&format!("/activity?{query}")), limit).await;
                    assert_eq!(seqs(&found), model, "{query}");
                }
            }
        }
        let of_project = ann.walks(&acme.path("/projects/WEB/activity?"), 2).await;
        assert_eq!(of_project, acme.activity_for(&ann, "project=WEB").await);
        let of_task = ann.walks(&acme.path("/tasks/WEB-1/activity?"), 1).await;
        assert_eq!(of_task, acme.activity_for(&ann, "task=WEB-1").await);
        assert_eq!(ann.walks(&acme.path("/tasks/WEB-1/activity?action=task.created"), 1).await.len(), 1);
    }

    async fn what_a_filter_cannot_be_is_refused_by_its_name(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        acme.task("WEB", "Task").await;
        for (query, pointer, code) in [
            ("actor=me", "/actor", "invalid_format"),
            ("actor=", "/actor", "invalid_format"),
            ("action=task", "/action", "invalid_value"),
            ("action=task.created,nothing", "/action", "invalid_value"),
            ("since=yesterday", "/since", "invalid_format"),
            ("until=2026-01-01", "/until", "invalid_format"),
            ("kind=task", "/kind", "unknown_field"),
            ("limit=0", "/limit", "out_of_range"),
        ] {
            for list in ["/activity", "/projects/WEB/activity", "/tasks/WEB-1/activity"] {
                ann.get(acme.path(&format!("{list}?{query}"))).await.rejects(pointer, code);
            }
        }
    }

    async fn a_page_goes_on_where_it_ended_though_more_has_happened(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        let page = ann.get(acme.path("/activity?limit=2")).await.is(200);
        acme.task("WEB", "Task").await;
        let path = format!("/activity?limit=2&cursor={}", page["next_cursor"].as_str().unwrap());
        let next = ann.get(acme.path(&path)).await.is(200);
        assert_eq!(summaries(next["items"].as_array().unwrap()), ["Ann founded Acme"]);
    }

    async fn members_read_only_what_they_see_now(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bob, eve) = (acme.gets("Bob", "member").await, acme.gets("Eve", "admin").await);
        acme.private_project("Secret").await;
        acme.task("SEC", "Task").await;
        acme.project("Website").await;
        let all = ["Ann created the project Website", "Ann created SEC-1", "Ann added Ann to the project Secret",
            "Ann created the project Secret"];
        let of_projects = async |reader: &Actor| {
            let entries = acme.activity_for(reader, "").await;
            assert!(entries.iter().all(|entry| reader.id != bob.id || entry["subject"]["kind"] != "invitation"));
            summaries(&entries.into_iter().filter(|entry| !entry["project_id"].is_null()).collect::<Vec<_>>())
        };
        assert_eq!(of_projects(&eve).await, all);
        assert_eq!(of_projects(&bob).await, all[..1]);
        assert_eq!(acme.activity_for(&bob, "action=invitation.created").await, Vec::<Value>::new());
        assert_eq!(acme.activity_for(&bob, "project=SEC").await, Vec::<Value>::new());
        assert_eq!(acme.activity_for(&bob, "task=SEC-1").await, Vec::<Value>::new());
        // Put into it, they read its whole past; taken out, nothing of it.
        let member = acme.path(&format!("/projects/SEC/members/{}", bob.id));
        ann.put(&member).await.is(204);
        assert_eq!(of_projects(&bob).await[1..], all);
        ann.delete(&member).await.is(204);
        assert_eq!(of_projects(&bob).await, all[..1]);
        // A role counts at once, too.
        ann.patch(acme.path(&format!("/members/{}", eve.id)), json!({ "role": "member" })).await.is(200);
        assert_eq!(of_projects(&eve).await, all[..1]);
    }

    async fn the_past_of_a_deleted_task_stays_readable(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Website").await;
        acme.task("WEB", "Task").await;
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        bob.get(acme.path("/tasks/WEB-1/activity")).await.refuses(404, "not_found");
        let told = summaries(&acme.activity_for(&bob, "project=WEB").await);
        assert_eq!(told, ["Ann deleted WEB-1", "Ann created WEB-1", "Ann created the project Website"]);
    }

    async fn fifty_writers_at_once_leave_no_gap_in_either_organization(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let orgs = [ann.founds("One").await, ann.founds("Two").await];
        for org in &orgs {
            org.project("Website").await;
        }
        let before = [orgs[0].last_seq().await, orgs[1].last_seq().await];
        // Each writer's own writes follow one another; the writers don't wait for each other.
        let writer = |n: usize| {
            let org = &orgs[n % 2];
            async move {
                let mut keys = Vec::new();
                for _ in 0..3 {
                    keys.push(org.task("WEB", "Task").await["key"].as_str().unwrap().to_owned());
                }
                // One that is refused leaves nothing, one that does two things leaves two.
                org.founder.patch(org.path(&format!("/tasks/{}", keys[0])), json!({ "title": "" })).await.is(422);
                let body = json!({ "title": "New", "status": "done" });
                org.founder.patch(org.path(&format!("/tasks/{}", keys[0])), body).await.is(200);
                keys
            }
        };
        let made = join_all((0..50).map(writer)).await;
        for (which, org) in orgs.iter().enumerate() {
            let mut entries = org.activity_for(&ann, "").await;
            entries.reverse();
            let last = before[which] + 25 * 5;
            assert_eq!(seqs(&entries), (1..=last).collect::<Vec<_>>());
            // The order of the entries is the order in which the writes took effect: numbers follow it.
            let created: Vec<String> = entries.iter().filter(|entry| entry["action"] == "task.created")
                .map(|entry| entry["subject"]["label"].as_str().unwrap().to_owned()).collect();
            assert_eq!(created, (1..=75).map(|n| format!("WEB-{n}")).collect::<Vec<_>>());
            for keys in made.iter().skip(which).step_by(2) {
                let places: Vec<_> = keys.iter().map(|key| created.iter().position(|made| made == key)).collect();
                assert!(places.is_sorted(), "{keys:?}");
            }
            for pair in entries.windows(2).filter(|pair| pair[0]["action"] == "task.updated") {
                assert_eq!(pair[1]["action"], "task.status_changed");
                assert_eq!(pair[0]["subject"], pair[1]["subject"]);
            }
        }
    }

    async fn what_is_refused_or_changes_nothing_leaves_no_entry(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
        let stranger = app.signs_up("Stranger").await;
        acme.project("Website").await;
        acme.private_project("Secret").await;
        acme.task("SEC", "Hidden").await;
        let body = json!({ "title": "Task", "assignee_ids": [cy.id] });
        ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        let seq = acme.last_seq().await;
        let things = async || {
            let task = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
            (task, ann.get(acme.path("/projects")).await.is(200), ann.get(acme.path("/members")).await.is(200))
        };
        let before = things().await;
        let nobody = app.anon();
        let (get, post, put, patch, delete) = (Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE);
        let on = |user: &Actor| format!("/tasks/WEB-1/assignees/{}", user.id);
        let stale = [("if-match", "\"9-x\"")];
        let none: [(&str, &str); 0] = [];
        for (who, method, path, headers, body, status) in [
            (&nobody, &post, "/projects".to_owned(), &none[..], Some(json!({ "name": "New" })), 401),
            (&stranger, &post, "/projects".into(), &none, Some(json!({ "name": "New" })), 404),
            (&bob, &post, "/projects".into(), &none, Some(json!({ "name": "New" })), 403),
            (&ann, &post, "/projects".into(), &none, Some(json!({ "name": "" })), 422),
            (&ann, &post, "/projects".into(), &none, Some(json!({ "name": "New", "key": "WEB" })), 409),
            (&ann, &post, "/projects".into(), &none, None, 415),
            (&ann, &patch, "/projects/WEB".into(), &none, Some(json!({ "name": "New", "key": "SEC" })), 409),
            (&ann, &patch, "/projects/WEB".into(), &none, Some(json!({})), 200),
            (&ann, &patch, "/projects/WEB".into(), &stale, Some(json!({ "name": "New" })), 412),
            (&ann, &delete, "/projects/WEB".into(), &stale, None, 412),
            (&ann, &post, "/projects/WEB/unarchive".into(), &none, None, 200),
            (&bob, &post, "/projects/WEB/archive".into(), &none, None, 403),
            (&bob, &delete, "/projects/WEB".into(), &none, None, 403),
            (&ann, &put, format!("/projects/WEB/members/{}", stranger.id), &none, None, 404),
            (&ann, &delete, format!("/projects/WEB/members/{}", bob.id), &none, None, 404),
            (&bob, &post, "/projects/SEC/tasks".into(), &none, Some(json!({ "title": "New" })), 404),
            (&bob, &post, "/projects/WEB/tasks".into(), &none, Some(json!({ "title": "New", "assignee_ids": [stranger.id] })), 422),
            (&bob, &post, "/projects/WEB/tasks".into(), &none, Some(json!({ "title": "New", "number": 5 })), 422),
            (&bob, &patch, "/tasks/WEB-1".into(), &none, Some(json!({ "status": "done" })), 403),
            (&bob, &patch, "/tasks/SEC-1".into(), &none, Some(json!({ "status": "done" })), 404),
            (&cy, &patch, "/tasks/WEB-1".into(), &none, Some(json!({ "title": "New", "assignee_ids": [stranger.id] })), 422),
            (&cy, &patch, "/tasks/WEB-1".into(), &none, Some(json!({ "status": "done", "parent_id": stranger.id })), 422),
            (&cy, &patch, "/tasks/WEB-1".into(), &none, Some(json!({ "title": "Task", "status": "todo" })), 200),
            (&cy, &patch, "/tasks/WEB-1".into(), &stale, Some(json!({ "title": "New" })), 412),
            (&cy, &delete, "/tasks/WEB-1".into(), &none, None, 403),
            (&ann, &delete, "/tasks/WEB-1".into(), &stale, None, 412),
            (&bob, &put, on(&bob), &none, None, 403),
            (&cy, &put, on(&cy), &none, None, 200),
            (&bob, &delete, on(&cy), &none, None, 403),
            (&ann, &delete, on(&bob), &none, None, 404),
            (&ann, &put, on(&stranger), &none, None, 404),
            (&bob, &patch, String::new(), &none, Some(json!({ "name": "Mine" })), 403),
            (&ann, &patch, String::new(), &none, Some(json!({ "name": "Acme" })), 200),
            (&ann, &post, "/leave".into(), &none, None, 409),
            (&ann, &get, "/tasks".into(), &none, None, 200),
        ] {
            let answer = who.send(method.clone(), &acme.path(&path), headers, body).await;
            let asked = answer.asked.clone();
            answer.is(status);
            assert_eq!(acme.last_seq().await, seq, "{asked}");
        }
        assert_eq!(things().await, before);
        assert_eq!(stored(&app).await.len(), usize::try_from(seq).unwrap());
    }
}
