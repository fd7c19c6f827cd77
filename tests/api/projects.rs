//! `/v1/orgs/{org}/projects`

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Org, TestApp, both_engines, each};

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    (ann, acme)
}

impl Org {
    /// The keys of the projects that somebody sees, with these filters.
    async fn keys_for(&self, reader: &Actor, query: &str) -> Vec<String> {
        each(&reader.get(self.path(&format!("/projects{query}"))).await.is(200)["items"], "/key")
    }

    /// Lets members create projects.
    pub async fn lets_members_create_projects(&self) {
        let on = json!({ "settings": { "members_can_create_projects": true } });
        self.founder.patch(self.path(""), on).await.is(200);
    }
}

fn task_of(assignee: &Actor) -> Value {
    json!({ "title": "Work", "assignee_ids": [assignee.id] })
}

both_engines! {
    async fn a_project_is_made_with_all_its_fields_and_found_where_the_answer_says(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let body = json!({ "name": " Website ", "key": "SITE", "description": "# Why\n", "visibility": "private" });
        let made = ann.post(acme.path("/projects"), body).await;
        let location = made.header("location").to_owned();
        let made = made.is(201);
        let mut rest = made.clone();
        for gone in ["id", "created_at", "updated_at"] {
            assert!(rest.as_object_mut().unwrap().shift_remove(gone).unwrap().is_string());
        }
        assert_eq!(rest, json!({
            "key": "SITE", "name": "Website", "description": "# Why", "visibility": "private", "archived_at": null, "is_template": false,
            "task_counts": { "todo": 0, "in_progress": 0, "review": 0, "done": 0, "cancelled": 0 }, "created_by": ann.person(),
            "can": ["edit", "archive", "delete", "manage_members", "manage_columns", "create_task"], "version": 1,
        }));
        assert_eq!(location, format!("/v1/orgs/{}/projects/{}", acme.id, made["id"].as_str().unwrap()));
        for path in [location, acme.path("/projects/SITE")] {
            assert_eq!(ann.get(path).await.is(200), made);
        }
    }

    async fn a_key_is_made_from_the_name_and_numbered_until_it_is_free(app: TestApp) {
        let (_, acme) = acme(&app).await;
        for (name, key) in [
            ("Website", "WEB"), ("Website", "WEB2"), ("Webshop", "WEB3"), ("Customer success team", "CST"),
            ("Émile", "EMI"), ("42", "PRJ"), ("株式会社", "PRJ2"), ("X", "X"),
        ] {
            assert_eq!(acme.project(name).await["key"], key, "{name}");
        }
    }

    async fn a_key_that_was_asked_for_is_taken_or_refused_as_it_is(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let make = async |key: &str| ann.post(acme.path("/projects"), json!({ "name": "Any", "key": key })).await;
        for key in ["A", "ABCDEFGHIJ", "A1"] {
            assert_eq!(make(key).await.is(201)["key"], key);
            make(key).await.refuses(409, "key_taken");
        }
        ann.patch(acme.path("/projects/A"), json!({ "key": "B" })).await.is(200);
        ann.delete(acme.path("/projects/A1")).await.is(204);
        make("A").await.refuses(409, "key_taken"); // its former owner answers to it
        make("A1").await.refuses(409, "key_taken"); // a deleted project's
    }

    async fn the_key_of_a_project_that_is_out_of_sight_is_refused_to_nobody(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let on = json!({ "settings": { "members_can_create_projects": true } });
        ann.patch(acme.path(""), on).await.is(200);
        let (mia, ada) = (acme.gets("Mia", "member").await, acme.gets("Ada", "admin").await);
        let make = async |who: &Actor, key: &str| who.post(acme.path("/projects"), json!({ "name": "Any", "key": key })).await;
        let hidden = json!({ "name": "Hidden", "key": "HID", "visibility": "private" });
        ann.post(acme.path("/projects"), hidden).await.is(201);
        make(&ann, "GONE").await.is(201);
        ann.delete(acme.path("/projects/GONE")).await.is(204);
        make(&ann, "OPEN").await.is(201);
        for (wanted, got) in [("FREE", "FREE"), ("HID", "HID2"), ("HID", "HID3"), ("GONE", "GONE2")] {
            assert_eq!(make(&mia, wanted).await.is(201)["key"], got);
        }
        for seen in ["OPEN", "HID2"] {
            make(&mia, seen).await.refuses(409, "key_taken");
        }
        // Who sees everything is told.
        for taken in ["HID", "GONE", "OPEN"] {
            make(&ada, taken).await.refuses(409, "key_taken");
        }
        // The same for a key that a project is to get; asked for again, it stays as it is.
        let rename = async |key: &str| mia.patch(acme.path("/projects/FREE"), json!({ "key": key })).await;
        for _ in 0..2 {
            assert_eq!(rename("HID").await.is(200)["key"], "HID4");
        }
        rename("OPEN").await.refuses(409, "key_taken");
        assert_eq!(rename("FREE").await.is(200)["key"], "FREE");
        ann.put(acme.path(&format!("/projects/HID/members/{}", mia.id))).await.is(204);
        rename("HID").await.refuses(409, "key_taken");
    }

    async fn a_project_has_twenty_keys_at_most(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let project = acme.project("Website").await;
        let project = acme.path(&format!("/projects/{}", project["id"].as_str().unwrap()));
        let rename = async |key: String| ann.patch(&project, json!({ "key": key })).await;
        for n in 1..20 {
            rename(format!("K{n}")).await.is(200);
        }
        rename("K20".into()).await.refuses(409, "too_many_keys");
        assert_eq!(ann.get(acme.path("/projects/K19")).await.is(200)["key"], "K19");
        ann.get(acme.path("/projects/K20")).await.refuses(404, "not_found");
        // Its own ones stay its own, and everything else can still be changed.
        assert_eq!(rename("WEB".into()).await.is(200)["key"], "WEB");
        ann.patch(acme.path("/projects/WEB"), json!({ "name": "Site" })).await.is(200);
        ann.post(acme.path("/projects"), json!({ "name": "Other", "key": "K20" })).await.is(201);
    }

    async fn what_a_project_cannot_be_is_refused_by_its_place(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        let seq = acme.last_seq().await;
        let long = |most: usize| "a".repeat(most + 1);
        let both = [
            (json!({ "name": "" }), "/name", "too_short"),
            (json!({ "name": " \n" }), "/name", "too_short"),
            (json!({ "name": long(100) }), "/name", "too_long"),
            (json!({ "name": "a\u{7}b" }), "/name", "invalid_text"),
            (json!({ "name": "a\0b" }), "/name", "invalid_text"),
            (json!({ "name": null }), "/name", "invalid_type"),
            (json!({ "key": "web" }), "/key", "invalid_format"),
            (json!({ "key": "1A" }), "/key", "invalid_format"),
            (json!({ "key": "A-B" }), "/key", "invalid_format"),
            (json!({ "key": "" }), "/key", "invalid_format"),
            (json!({ "key": long(10).to_uppercase() }), "/key", "invalid_format"),
            (json!({ "key": 7 }), "/key", "invalid_type"),
            (json!({ "visibility": "secret" }), "/visibility", "invalid_value"),
            (json!({ "description": long(50_000) }), "/description", "too_long"),
            (json!({ "description": ["a"] }), "/description", "invalid_type"),
            (json!({ "created_by": ann.id }), "/created_by", "unknown_field"),
            (json!({ "archived_at": null }), "/archived_at", "unknown_field"),
        ];
        for (wrong, pointer, code) in both {
            ann.patch(acme.path("/projects/WEB"), wrong.clone()).await.rejects(pointer, code);
            let mut body = json!({ "name": "Good" });
            body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            ann.post(acme.path("/projects"), body).await.rejects(pointer, code);
        }
        ann.patch(acme.path("/projects/WEB"), json!({ "id": acme.id })).await.rejects("/id", "unknown_field");
        ann.post(acme.path("/projects"), json!({})).await.rejects("/name", "required");
        for cleared in ["name", "key", "visibility"] {
            ann.patch(acme.path("/projects/WEB"), json!({ cleared: null })).await
                .rejects(&format!("/{cleared}"), "invalid_type");
        }
        assert_eq!(acme.last_seq().await, seq);
        assert_eq!(acme.keys_for(&ann, "").await, ["WEB"]);
    }

    async fn a_list_shows_what_one_sees_filtered_and_in_pages(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bob, eve) = (acme.gets("Bob", "member").await, acme.gets("Eve", "admin").await);
        for name in ["Alpha", "Beta 100%", "Gamma_ray", "Alphabet"] {
            acme.project(name).await;
        }
        acme.private_project("Secret").await;
        acme.private_project("Hidden").await;
        ann.put(acme.path(&format!("/projects/HID/members/{}", bob.id))).await.is(204);
        ann.posts(acme.path("/projects/BET/archive")).await.is(200);

        assert_eq!(acme.keys_for(&ann, "").await, ["ALP", "BET", "GAM", "ALP2", "SEC", "HID"]);
        assert_eq!(acme.keys_for(&eve, "").await, ["ALP", "BET", "GAM", "ALP2", "SEC", "HID"]);
        assert_eq!(acme.keys_for(&bob, "").await, ["ALP", "BET", "GAM", "ALP2", "HID"]);
        for (query, keys) in [
            ("?archived=true", vec!["BET"]),
            ("?archived=false", vec!["ALP", "GAM", "ALP2", "HID"]),
            ("?q=alpha", vec!["ALP", "ALP2"]),
            ("?q=ALP2", vec!["ALP2"]),
            ("?q=%20alp%20", vec!["ALP", "ALP2"]),
            ("?q=%25", vec![]),
            ("?q=gamma_", vec!["GAM"]),
            ("?q=%5C", vec![]),
            (&format!("?q={}", "%25".repeat(200)), vec![]),
            ("?q=secret", vec![]),
            ("?q=a&archived=true", vec!["BET"]),
            ("?q=", vec!["ALP", "BET", "GAM", "ALP2", "HID"]),
        ] {
            assert_eq!(acme.keys_for(&bob, query).await, keys, "{query}");
        }
        for limit in 1..=6 {
            let items = bob.walks(&acme.path("/projects?"), limit).await;
            assert_eq!(each(&json!(items), "/key"), ["ALP", "BET", "GAM", "ALP2", "HID"], "by {limit}");
        }
        for (query, pointer, code) in [
            ("?archived=maybe", "/archived", "invalid_type"),
            ("?archived=", "/archived", "invalid_type"),
            ("?color=red", "/color", "unknown_field"),
            ("?limit=0", "/limit", "out_of_range"),
            ("?limit=201", "/limit", "out_of_range"),
            ("?limit=many", "/limit", "invalid_type"),
            ("?q=a&q=b", "/q", "duplicate_field"),
            (&format!("?q={}", "a".repeat(10_000)), "/q", "too_long"),
        ] {
            bob.get(acme.path(&format!("/projects{query}"))).await.rejects(pointer, code);
        }
    }

    async fn a_cursor_is_good_only_for_the_list_it_came_from(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let other = ann.founds("Other").await;
        for org in [&acme, &other] {
            org.project("One").await;
            org.project("Two").await;
        }
        let page = ann.get(acme.path("/projects?limit=1")).await.is(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let go_on = async |path: String| ann.get(format!("{path}cursor={cursor}")).await;
        assert_eq!(each(&go_on(acme.path("/projects?limit=5&")).await.is(200)["items"], "/name"), ["Two"]);
        let by_id = format!("/v1/orgs/{}/projects?", acme.id);
        assert_eq!(each(&go_on(by_id).await.is(200)["items"], "/name"), ["Two"]);
        for foreign in [other.path("/projects?"), acme.path("/projects?q=o&"), acme.path("/tasks?"), acme.path("/members?")] {
            go_on(foreign).await.refuses(422, "invalid_cursor");
        }
        ann.get(acme.path("/projects?cursor=")).await.refuses(422, "invalid_cursor");
        ann.get(acme.path(&format!("/projects?cursor={cursor}A"))).await.refuses(422, "invalid_cursor");
    }

    async fn tasks_are_counted_by_status(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        acme.project("Empty").await;
        for (status, count) in [("todo", 3), ("in_progress", 2), ("done", 1), ("cancelled", 1)] {
            for _ in 0..count {
                let body = json!({ "title": "Any", "status": status });
                ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
            }
        }
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "status": "review" })).await.is(200);
        let counts = json!({ "todo": 1, "in_progress": 2, "review": 1, "done": 1, "cancelled": 1 });
        assert_eq!(ann.get(acme.path("/projects/WEB")).await.is(200)["task_counts"], counts);
        let list = ann.get(acme.path("/projects")).await.is(200);
        assert_eq!(list["items"][0]["task_counts"], counts);
        assert_eq!(list["items"][1]["task_counts"], json!({ "todo": 0, "in_progress": 0, "review": 0, "done": 0, "cancelled": 0 }));
    }

    async fn what_is_no_project_here_is_not_found(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let foreign = ann.founds("Other").await.project("Website").await;
        for name in ["NONE", "web", "WEB-1", "%00", "%ff", "1", "-", foreign["id"].as_str().unwrap(), "WEB"] {
            ann.get(acme.path(&format!("/projects/{name}"))).await.refuses(404, "not_found");
        }
    }

    async fn every_field_can_be_changed_alone_and_leaves_the_others(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let body = json!({ "name": "Website", "description": "Old" });
        let mut project = ann.post(acme.path("/projects"), body).await.is(201);
        let path = acme.path(&format!("/projects/{}", project["id"].as_str().unwrap()));
        for (field, to, reads) in [
            ("name", json!("Shop"), json!("Shop")),
            ("description", json!("New"), json!("New")),
            ("description", json!(null), json!("")),
            ("key", json!("SHOP"), json!("SHOP")),
            ("visibility", json!("private"), json!("private")),
            ("visibility", json!("organization"), json!("organization")),
        ] {
            app.clock.advance(Duration::from_secs(1));
            let mut changed = ann.patch(&path, json!({ field: to })).await.is(200);
            assert_eq!(changed.as_object_mut().unwrap().shift_remove("unassigned"), Some(json!([])));
            assert!(changed["updated_at"].as_str() > project["updated_at"].as_str());
            project[field] = reads;
            project["version"] = json!(project["version"].as_i64().unwrap() + 1);
            project["updated_at"] = changed["updated_at"].clone();
            assert_eq!(changed, project, "{field}");
            assert_eq!(ann.get(&path).await.is(200), project, "{field}");
        }
    }

    async fn a_change_that_changes_nothing_makes_no_version_and_no_entry(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        let (seq, path) = (acme.last_seq().await, acme.path("/projects/WEB"));
        for same in [json!({}), json!({ "name": "Website" }), json!({ "key": "WEB", "description": null })] {
            assert_eq!(ann.patch(&path, same).await.is(200)["version"], 1);
        }
        assert_eq!(acme.last_seq().await, seq);
    }

    async fn a_stale_change_is_refused_and_a_fresh_one_is_not(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        let path = acme.path("/projects/WEB");
        let seen = ann.get(&path).await;
        let tag = seen.header("etag");
        assert!(tag.starts_with("W/\"1-"), "{tag}");
        let change = async |tag: &str, name: &str| {
            ann.send(Method::PATCH, &path, &[("if-match", tag)], Some(json!({ "name": name }))).await
        };
        let first = change(tag, "One").await;
        let fresh = first.header("etag").to_owned();
        first.is(200);
        let seq = acme.last_seq().await;
        change(tag, "Two").await.refuses(412, "precondition_failed");
        ann.send(Method::DELETE, &path, &[("if-match", tag)], None).await.refuses(412, "precondition_failed");
        assert_eq!(acme.last_seq().await, seq);
        change(&fresh, "Three").await.is(200);
        change("*", "Four").await.is(200);
        ann.send(Method::DELETE, &path, &[("if-match", "\"4\"")], None).await.is(204);
    }

    async fn after_a_change_of_key_the_old_ones_go_on_answering_and_nobody_else_gets_them(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let project = acme.project("Website").await;
        let task = acme.task("WEB", "Fix").await;
        for key in ["SITE", "PAGE", "WEB", "SHOP"] {
            ann.patch(acme.path("/projects/WEB"), json!({ "key": key })).await.is(200);
            for old in ["WEB", key] {
                let found = ann.get(acme.path(&format!("/projects/{old}"))).await.is(200);
                assert_eq!((&found["id"], &found["key"]), (&project["id"], &json!(key)));
                let found = ann.get(acme.path(&format!("/tasks/{old}-1"))).await.is(200);
                assert_eq!((&found["id"], &found["key"]), (&task["id"], &json!(format!("{key}-1"))));
                let found = ann.get(acme.path(&format!("/tasks?project={old}"))).await.is(200);
                assert_eq!(each(&found["items"], "/key"), [format!("{key}-1")]);
            }
        }
        for former in ["WEB", "SITE", "PAGE", "SHOP"] {
            let body = json!({ "name": "Other", "key": former });
            ann.post(acme.path("/projects"), body).await.refuses(409, "key_taken");
        }
        assert_eq!(acme.project("Website").await["key"], "WEB2");
        ann.patch(acme.path("/projects/WEB2"), json!({ "key": "SITE" })).await.refuses(409, "key_taken");
    }

    async fn made_private_it_unassigns_who_loses_sight_and_says_so(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bob, cy, eve) =
            (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await, acme.gets("Eve", "admin").await);
        acme.project("Website").await;
        let everybody = json!({ "title": "Work", "assignee_ids": [ann.id, bob.id, cy.id, eve.id] });
        ann.post(acme.path("/projects/WEB/tasks"), everybody.clone()).await.is(201);
        let done = json!({ "title": "Done", "status": "done", "assignee_ids": [bob.id] });
        ann.post(acme.path("/projects/WEB/tasks"), done).await.is(201);
        acme.project("Other").await;
        ann.post(acme.path("/projects/OTH/tasks"), everybody).await.is(201);
        ann.put(acme.path(&format!("/projects/WEB/members/{}", cy.id))).await.is(204);

        let changed = eve.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        assert_eq!(each(&changed["unassigned"], "/task/key"), ["WEB-1", "WEB-2"]);
        assert_eq!(changed["unassigned"][0]["user"], bob.person());
        assert_eq!(changed["unassigned"][0]["task"]["title"], "Work");
        let task = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        assert_eq!(task["assignees"], json!([ann.person(), cy.person(), eve.person()]));
        assert_eq!(task["version"], 2);
        assert_eq!(ann.get(acme.path("/tasks/OTH-1")).await.is(200)["assignees"].as_array().unwrap().len(), 4);
        bob.get(acme.path("/projects/WEB")).await.refuses(404, "not_found");
        cy.get(acme.path("/projects/WEB")).await.is(200);
        let told = acme.told().await;
        assert_eq!(told[told.len() - 4..], [
            "Eve changed the visibility of the project Website",
            "Eve added Ann to the project Website",
            "Eve unassigned Bob from WEB-1",
            "Eve unassigned Bob from WEB-2",
        ]);
    }

    async fn a_member_who_makes_a_private_project_is_in_it(app: TestApp) {
        let (_, acme) = acme(&app).await;
        acme.lets_members_create_projects().await;
        let bob = acme.gets("Bob", "member").await;
        let body = json!({ "name": "Mine", "visibility": "private" });
        let made = bob.post(acme.path("/projects"), body).await.is(201);
        assert_eq!(made["can"], json!(["edit", "archive", "manage_members", "manage_columns", "create_task"]));
        assert_eq!(bob.get(acme.path("/projects/MIN/members")).await.is(200)["items"], json!([bob.person()]));
        // Opened and closed again, it keeps its creator.
        for visibility in ["organization", "private"] {
            bob.patch(acme.path("/projects/MIN"), json!({ "visibility": visibility })).await.is(200);
        }
        bob.get(acme.path("/projects/MIN")).await.is(200);
    }

    async fn archiving_twice_is_archiving_once(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        acme.project("Website").await;
        let first = ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        assert!(first["archived_at"].is_string());
        assert_eq!(first["version"], 2);
        let seq = acme.last_seq().await;
        app.clock.advance(Duration::from_mins(1));
        assert_eq!(ann.post(acme.path("/projects/WEB/archive"), json!({})).await.is(200), first);
        assert_eq!(acme.last_seq().await, seq);
        let opened = ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        assert_eq!((&opened["archived_at"], &opened["version"]), (&json!(null), &json!(3)));
        assert_eq!(ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200), opened);
        assert_eq!(acme.last_seq().await, seq + 1);
        ann.post(acme.path("/projects/WEB/archive"), json!({ "why": "" })).await.rejects("/why", "unknown_field");
    }

    async fn an_archived_project_can_be_read_and_not_written(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Website").await;
        ann.put(acme.path(&format!("/projects/WEB/members/{}", bob.id))).await.is(204);
        ann.post(acme.path("/projects/WEB/tasks"), task_of(&bob)).await.is(201);
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        let before = ann.get(acme.path("/tasks/WEB-1")).await.is(200);

        let seq = acme.last_seq().await;
        let (b, a) = (&bob.id, &ann.id);
        let writes = [
            (Method::PATCH, "/projects/WEB".into(), Some(json!({ "name": "New" }))),
            (Method::PATCH, "/projects/WEB".into(), Some(json!({}))),
            (Method::PUT, format!("/projects/WEB/members/{a}"), None),
            (Method::PUT, format!("/projects/WEB/members/{b}"), None),
            (Method::DELETE, format!("/projects/WEB/members/{b}"), None),
            (Method::POST, "/projects/WEB/tasks".into(), Some(json!({ "title": "More" }))),
            (Method::PATCH, "/tasks/WEB-1".into(), Some(json!({ "status": "done" }))),
            (Method::PATCH, "/tasks/WEB-1".into(), Some(json!({ "assignee_ids": [] }))),
            (Method::DELETE, "/tasks/WEB-1".into(), None),
            (Method::PUT, format!("/tasks/WEB-1/assignees/{a}"), None),
            (Method::PUT, format!("/tasks/WEB-1/assignees/{b}"), None),
            (Method::DELETE, format!("/tasks/WEB-1/assignees/{b}"), None),
        ];
        for (method, path, body) in writes {
            ann.send(method, &acme.path(&path), &[], body).await.refuses(409, "project_archived");
        }
        assert_eq!(acme.last_seq().await, seq);
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200), before);
        // The order of refusals: sight, permission and input come first.
        let cy = acme.gets("Cy", "member").await;
        for who in [&ann, &bob] {
            who.delete(acme.path(&format!("/projects/WEB/members/{}", cy.id))).await.refuses(404, "not_found");
            who.delete(acme.path(&format!("/tasks/WEB-1/assignees/{}", cy.id))).await.refuses(404, "not_found");
        }
        bob.patch(acme.path("/projects/WEB"), json!({})).await.refuses(403, "forbidden");
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": 1 })).await.rejects("/status", "invalid_type");
        for read in [
            "/projects/WEB", "/projects/WEB/members", "/projects/WEB/tasks", "/projects/WEB/activity", "/tasks/WEB-1",
            "/tasks/WEB-1/activity", "/tasks?project=WEB",
        ] {
            bob.get(acme.path(read)).await.is(200);
        }
        ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        bob.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.is(200);
    }

    async fn a_deleted_project_is_out_of_sight_with_all_that_is_in_it(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Keep").await;
        acme.task("KEE", "Stay").await;
        let project = acme.project("Website").await;
        let task = ann.post(acme.path("/projects/WEB/tasks"), task_of(&bob)).await.is(201);
        let (project, task) = (project["id"].as_str().unwrap(), task["id"].as_str().unwrap());
        ann.delete(acme.path("/projects/WEB")).await.is(204);

        for reader in [&ann, &bob] {
            for gone in [
                "/projects/WEB", &format!("/projects/{project}"), "/projects/WEB/tasks", "/projects/WEB/members",
                "/projects/WEB/activity", "/tasks/WEB-1", &format!("/tasks/{task}"), "/tasks/WEB-1/activity",
            ] {
                reader.get(acme.path(gone)).await.refuses(404, "not_found");
            }
            assert_eq!(acme.keys_for(reader, "").await, ["KEE"]);
            for query in ["", "?assignee=me"] {
                let tasks = reader.get(acme.path(&format!("/tasks{query}"))).await.is(200);
                assert!(!each(&tasks["items"], "/key").contains(&"WEB-1".to_owned()));
            }
            assert_eq!(reader.get(acme.path("/tasks?project=WEB")).await.is(200)["items"], json!([]));
        }
        ann.delete(acme.path("/projects/WEB")).await.refuses(404, "not_found");
        ann.posts(acme.path("/projects/WEB/archive")).await.refuses(404, "not_found");
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Gone" })).await.refuses(404, "not_found");
        let seen = bob.get(acme.path("/activity")).await.is(200);
        assert!(seen["items"].as_array().unwrap().iter().all(|entry| entry["project_id"] != project));
        // Who may see every project reads what became of this one.
        assert_eq!(acme.told().await.last().unwrap(), "Ann deleted the project Website");
    }

    async fn people_are_put_into_a_private_project_and_taken_out(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
        acme.private_project("Secret").await;
        let member = |user: &Actor| acme.path(&format!("/projects/SEC/members/{}", user.id));
        let inside = async || each(&ann.get(acme.path("/projects/SEC/members")).await.is(200)["items"], "/name");
        assert_eq!(inside().await, ["Ann"]);

        ann.put(member(&bob)).await.is(204);
        let seq = acme.last_seq().await;
        ann.put(member(&bob)).await.is(204);
        assert_eq!(acme.last_seq().await, seq);
        assert_eq!(inside().await, ["Ann", "Bob"]);
        for limit in 1..=3 {
            assert_eq!(bob.walks(&acme.path("/projects/SEC/members?"), limit).await.len(), 2);
        }
        ann.post(acme.path("/projects/SEC/tasks"), task_of(&bob)).await.is(201);
        let out = ann.delete(member(&bob)).await.is(200);
        assert_eq!(each(&out["unassigned"], "/task/key"), ["SEC-1"]);
        assert_eq!(out["unassigned"][0]["user"], bob.person());
        assert_eq!(ann.get(acme.path("/tasks/SEC-1")).await.is(200)["assignees"], json!([]));
        bob.get(acme.path("/projects/SEC")).await.refuses(404, "not_found");

        ann.delete(member(&bob)).await.refuses(404, "not_found");
        ann.delete(member(&cy)).await.refuses(404, "not_found");
        let stranger = app.signs_up("Stranger").await;
        ann.put(member(&stranger)).await.refuses(404, "not_found");
        ann.delete(member(&stranger)).await.refuses(404, "not_found");
        ann.put(acme.path("/projects/SEC/members/nobody")).await.refuses(404, "not_found");
        // An admin sees it anyway: out of it, they keep their tasks.
        let eve = acme.gets("Eve", "admin").await;
        ann.put(member(&eve)).await.is(204);
        ann.post(acme.path("/projects/SEC/tasks"), task_of(&eve)).await.is(201);
        ann.delete(member(&eve)).await.is(204);
        assert_eq!(ann.get(acme.path("/tasks/SEC-2")).await.is(200)["assignees"], json!([eve.person()]));
    }

    async fn who_leaves_the_organization_is_in_no_project_when_they_come_back(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let bob = acme.gets("Bob", "member").await;
        acme.private_project("Secret").await;
        ann.put(acme.path(&format!("/projects/SEC/members/{}", bob.id))).await.is(204);
        let gone = ann.delete(acme.path(&format!("/members/{}", bob.id))).await.is(200);
        assert_eq!(each(&gone["left_projects"], "/key"), ["SEC"]);
        ann.put(acme.path(&format!("/projects/SEC/members/{}", bob.id))).await.refuses(404, "not_found");
        acme.takes(&bob, "member").await;
        bob.get(acme.path("/projects/SEC")).await.refuses(404, "not_found");
    }
}
