//! What an answer says to whoever writes a client: the object as it is where a change comes too late, the parameter that is
//! wrong, what one can do; and in which forms it takes what it is asked.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Contract, Org, TestApp, both_engines, each};

const STALE: [(&str, &str); 1] = [("if-match", "W/\"999-x\"")];

/// An organization with a project, a task, a member and an invitation.
async fn busy(app: &TestApp) -> (Org, Actor, Value) {
    let acme = app.signs_up("Ann").await.founds("Acme").await;
    let bob = acme.gets("Bob", "member").await;
    acme.project("Website").await;
    let task = json!({ "title": "Paint it", "assignee_ids": [bob.id] });
    acme.founder.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
    let invited = json!({ "email": "cid@example.com", "role": "admin" });
    let invitation = acme.founder.post(acme.path("/invitations"), invited).await.is(201);
    (acme, bob, invitation)
}

/// A name in `can`, and the request that it stands for.
type Named<'a> = (&'a str, Method, &'a str);

/// The object that the refusal of a stale change shows.
fn current(answer: Answer) -> Value {
    answer.refuses(412, "precondition_failed")["current"].clone()
}

both_engines! {
    async fn a_change_that_comes_too_late_is_shown_the_object_as_it_is(app: TestApp) {
        let (acme, bob, invitation) = busy(&app).await;
        let ann = &acme.founder;
        let of_cid = acme.path(&format!("/invitations/{}", invitation["id"].as_str().unwrap()));
        for (who, path, change) in [
            (ann, "/v1/me".to_owned(), json!({ "name": "Anna" })),
            (ann, acme.path(""), json!({ "name": "Beta" })),
            (ann, acme.path("/projects/WEB"), json!({ "name": "Shop" })),
            (&bob, acme.path("/tasks/WEB-1"), json!({ "title": "Hang it" })),
            (ann, acme.path("/tasks/WEB-1"), json!({ "title": "Hang it" })),
            (ann, acme.path(&format!("/members/{}", bob.id)), json!({ "role": "admin" })),
        ] {
            let seen = who.get(&path).await.is(200);
            assert_eq!(current(who.send(Method::PATCH, &path, &STALE, Some(change.clone())).await), seen, "{path}");
            if std::ptr::eq(who, ann) {
                let confirmed = if path == acme.path("") { format!("{path}?confirm=acme") } else { path.clone() };
                assert_eq!(current(ann.send(Method::DELETE, &confirmed, &STALE, None).await), seen, "{path}");
            }
            // With what it was shown, the client goes on at once.
            let known = format!("\"{}\"", seen["version"]);
            who.send(Method::PATCH, &path, &[("if-match", &known)], Some(change)).await.is(200);
        }
        let shown = current(ann.send(Method::DELETE, &of_cid, &STALE, None).await);
        assert_eq!(ann.get(acme.path("/invitations?state=pending")).await.is(200)["items"], json!([shown]));
        assert_eq!(shown.get("token"), None);
        assert_eq!(current(ann.send(Method::POST, &format!("{of_cid}/resend"), &STALE, None).await), shown);
        for verb in ["archive", "unarchive"] {
            let path = acme.path(&format!("/projects/WEB/{verb}"));
            assert_eq!(current(ann.send(Method::POST, &path, &STALE, None).await)["key"], "WEB");
        }
        // Who may not change it isn't shown it, and who asks what it is has it anyway.
        ann.patch(acme.path(&format!("/members/{}", bob.id)), json!({ "role": "member" })).await.is(200);
        assert_eq!(bob.send(Method::PATCH, &acme.path(""), &STALE, Some(json!({ "name": "C" }))).await.refuses(403, "forbidden").get("current"), None);
        ann.send(Method::GET, &acme.path("/tasks/WEB-1"), &STALE, None).await.is(200);
    }

    async fn keys_and_slugs_are_read_in_any_case(app: TestApp) {
        let (acme, ..) = busy(&app).await;
        let ann = &acme.founder;
        let task = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        let id = task["id"].as_str().unwrap();
        for path in ["/v1/orgs/ACME/tasks/web-1", "/v1/orgs/Acme/tasks/Web-1", &acme.path("/tasks/wEB-1"), &acme.path(&format!("/tasks/{}", id.to_uppercase()))] {
            assert_eq!(ann.get(path).await.is(200), task, "{path}");
        }
        assert_eq!(ann.get(format!("/v1/orgs/{}", acme.id.to_uppercase())).await.is(200)["id"], json!(acme.id));
        let project = task["project_id"].as_str().unwrap();
        for path in ["/projects/web", "/projects/Web", &format!("/projects/{}", project.to_uppercase())] {
            assert_eq!(ann.get(acme.path(path)).await.is(200)["id"], project, "{path}");
        }
        let below = json!({ "title": "The frame", "parent_id": id });
        ann.post(acme.path("/projects/web/tasks"), below).await.is(201);
        for (query, keys) in [("tasks?project=web&sort=number", vec!["WEB-1", "WEB-2"]), ("tasks?parent=web-1", vec!["WEB-2"]), ("projects/web/tasks?sort=number", vec!["WEB-1", "WEB-2"])] {
            assert_eq!(each(&ann.get(acme.path(&format!("/{query}"))).await.is(200)["items"], "/key"), keys, "{query}");
        }
        assert_eq!(ann.get(acme.path("/search?q=web-1")).await.is(200)["items"][0]["id"], id);
        // Such a name is only found so: a new one is said as it is.
        ann.post(acme.path("/projects"), json!({ "name": "Shop", "key": "shop" })).await.rejects("/key", "invalid_format");
        ann.patch("/v1/orgs/ACME/tasks/web-1", json!({ "title": "Hang it" })).await.is(200);
        ann.delete("/v1/orgs/ACME/tasks/web-1").await.is(204);
        ann.posts("/v1/orgs/ACME/tasks/web-1/restore").await.is(200);
    }

    async fn a_list_is_one_parameter_with_commas_or_several(app: TestApp) {
        let (acme, ..) = busy(&app).await;
        let ann = &acme.founder;
        for (title, status) in [("Two", "review"), ("Three", "done")] {
            ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": title, "status": status })).await.is(201);
        }
        let lists: [(&str, &str, &str, &[&str]); 12] = [
            ("/tasks?", "sort=number", "status=todo&status=review", &["WEB-1", "WEB-2"]),
            ("/tasks?", "sort=number", "status=todo,review&status=done", &["WEB-1", "WEB-2", "WEB-3"]),
            ("/tasks?", "sort=number", "project=WEB&project=NONE", &["WEB-1", "WEB-2", "WEB-3"]),
            ("/tasks?", "sort=number", "priority=none&priority=high", &["WEB-1", "WEB-2", "WEB-3"]),
            ("/tasks?", "sort=number", "assignee=me&assignee=none", &["WEB-2", "WEB-3"]),
            ("/tasks?", "sort=number", "creator=me&creator=me", &["WEB-1", "WEB-2", "WEB-3"]),
            ("/tasks?", "sort=number", "parent=none&parent=WEB-1", &["WEB-1", "WEB-2", "WEB-3"]),
            ("/tasks?", "", "sort=-status&sort=number", &["WEB-3", "WEB-2", "WEB-1"]),
            ("/search?q=two three", "", "kind=task&kind=project", &[]),
            ("/members?", "", "role=owner&role=member", &["Ann", "Bob"]),
            ("/invitations?", "", "state=pending&state=expired", &["cid@example.com"]),
            ("/activity?", "", "action=project.created&action=organization.created", &["organization.created", "project.created"]),
        ];
        for (list, order, several, found) in lists {
            let (first, rest) = several.split_once('&').unwrap();
            let one = format!("{first},{}", rest.split_once('=').unwrap().1);
            let ask = async |filter: &str| ann.get(acme.path(&format!("{list}{order}&{filter}").replace("?&", "?"))).await.is(200)["items"].clone();
            let items = ask(several).await;
            assert_eq!(items, ask(&one).await, "{list}{several}");
            let names = |item: &Value| ["/key", "/user/name", "/email", "/action"].iter().find_map(|at| Some(item.pointer(at)?.as_str()?.to_owned()));
            let mut shown: Vec<String> = items.as_array().unwrap().iter().filter_map(names).collect();
            if !list.starts_with("/tasks") {
                shown.sort();
            }
            assert_eq!(shown, found, "{list}{several}");
        }
        // A cursor is good in either form.
        let page = ann.get(acme.path("/tasks?limit=1&sort=number&status=todo&status=review")).await.is(200);
        let next = format!("/tasks?sort=number&status=todo,review&cursor={}", page["next_cursor"].as_str().unwrap());
        assert_eq!(each(&ann.get(acme.path(&next)).await.is(200)["items"], "/key"), ["WEB-2"]);
        let many = vec!["status=todo"; 101].join("&");
        ann.get(acme.path(&format!("/tasks?{many}"))).await.rejects("/status", "too_many");
    }

    async fn a_wrong_parameter_is_told_as_a_wrong_field_is(app: TestApp) {
        let (acme, bob, _) = busy(&app).await;
        let ann = &acme.founder;
        let error = |answer: Answer| answer.refuses(422, "invalid_input")["errors"][0].clone();
        let tasks = acme.path("/projects/WEB/tasks");
        // The same value, in a query and in a body.
        for (query, name, body) in [
            ("/tasks?status=blocked", "status", json!({ "title": "A", "status": "blocked" })),
            ("/tasks?priority=", "priority", json!({ "title": "A", "priority": "" })),
            ("/tasks?due_before=soon", "due_before", json!({ "title": "A", "due_at": "soon" })),
            ("/tasks?creator=bob", "creator", json!({ "title": "A", "parent_id": "bob" })),
            ("/tasks?colour=red", "colour", json!({ "title": "A", "colour": "red" })),
            ("/search", "q", json!({})),
        ] {
            let (told, of_body) = (error(ann.get(acme.path(query)).await), error(ann.post(&tasks, body).await));
            assert_eq!((&told["parameter"], &told["code"]), (&json!(name), &of_body["code"]), "{query}");
            assert_eq!(of_body.get("parameter"), None);
        }
        let settings = json!({ "settings": { "members_can_create_projects": "yes" } });
        let of_body = error(ann.patch(acme.path(""), settings).await);
        assert_eq!(error(ann.get(acme.path("/tasks?overdue=yes")).await)["code"], of_body["code"]);
        assert_eq!(error(ann.get(acme.path("/members?role=boss")).await)["code"], error(ann.patch(acme.path(&format!("/members/{}", bob.id)), json!({ "role": "boss" })).await)["code"]);
        // Whichever part of the request it is in, and whatever looks at it.
        for (method, path, name, code) in [
            (Method::GET, "/tasks?limit=0", "limit", "out_of_range"),
            (Method::GET, "/tasks?limit=x", "limit", "invalid_type"),
            (Method::GET, "/stats?days=0", "days", "out_of_range"),
            (Method::GET, "/stats?time_zone=Moon", "time_zone", "invalid_format"),
            (Method::GET, "/changes?since=", "since", "invalid_value"),
            (Method::GET, "/changes?limit=0", "limit", "out_of_range"),
            (Method::GET, "/events?last_event_id=x", "last_event_id", "invalid_value"),
            (Method::GET, "/search?q=!", "q", "invalid_value"),
            (Method::GET, "/tasks?a%2Fb~c=%00", "a/b~c", "invalid_text"),
            (Method::DELETE, "?confirm=beta", "confirm", "invalid_value"),
            (Method::DELETE, "", "confirm", "required"),
            (Method::DELETE, &format!("/members/{}?reassign_to={}", bob.id, bob.id), "reassign_to", "invalid_value"),
            (Method::DELETE, "/tasks/WEB-1?dry_run=1", "dry_run", "invalid_type"),
        ] {
            let answer = ann.send(method.clone(), &acme.path(path), &[], None).await;
            let detail = answer.body["detail"].as_str().unwrap().to_owned();
            assert!(detail.starts_with(&format!("The parameter {name}: ")), "{detail}");
            let told = error(answer);
            assert_eq!((&told["parameter"], &told["code"]), (&json!(name), &json!(code)), "{method} {path}");
        }
        let eve = acme.gets("Eve", "member").await;
        let vault = acme.private_project("Vault").await;
        acme.task(vault["key"].as_str().unwrap(), "Secret").await;
        let told = error(ann.put(acme.path(&format!("/tasks/VAU-1/assignees/{}", eve.id))).await);
        assert_eq!((&told["parameter"], &told["code"]), (&json!("user"), &json!("cannot_see_project")));
    }

    async fn the_root_leads_to_the_reference(app: TestApp) {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        for method in [Method::GET, Method::HEAD] {
            let answer = client.request(method, format!("http://{}/", app.address)).send().await.unwrap();
            assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (307, "/docs"));
        }
    }

    async fn can_names_only_what_exists(app: TestApp) {
        let (acme, bob, invitation) = busy(&app).await;
        let ann = &acme.founder;
        let invitation = format!("/invitations/{}", invitation["id"].as_str().unwrap());
        let member = format!("/members/{}", bob.id);
        let assignee = format!("/tasks/WEB-1/assignees/{}", bob.id);
        let of_org: [Named; 8] = [
            ("edit", Method::PATCH, ""), ("delete", Method::DELETE, ""), ("transfer", Method::POST, "/transfer"),
            ("invite", Method::POST, "/invitations"), ("create_project", Method::POST, "/projects"),
            ("manage_labels", Method::POST, "/labels"), ("export", Method::GET, "/export"), ("leave", Method::POST, "/leave"),
        ];
        let resend = format!("{invitation}/resend");
        let of_others: [(&str, &[Named]); 4] = [
            ("/projects", &[
                ("edit", Method::PATCH, "/projects/WEB"), ("archive", Method::POST, "/projects/WEB/archive"), ("delete", Method::DELETE, "/projects/WEB"),
                ("manage_members", Method::PUT, &format!("/projects/WEB{member}")), ("manage_columns", Method::POST, "/projects/WEB/columns"),
                ("create_task", Method::POST, "/projects/WEB/tasks"),
            ]),
            ("/tasks", &[
                ("edit", Method::PATCH, "/tasks/WEB-1"), ("move", Method::POST, "/tasks/WEB-1/move"), ("assign", Method::PUT, &assignee),
                ("take", Method::PUT, &assignee), ("delete", Method::DELETE, "/tasks/WEB-1"),
                ("comment", Method::POST, "/tasks/WEB-1/comments"),
            ]),
            ("/members?role=member", &[("change_role", Method::PATCH, &member), ("remove", Method::DELETE, &member)]),
            ("/invitations?state=pending", &[("resend", Method::POST, &resend), ("revoke", Method::DELETE, &invitation)]),
        ];
        let exist = |object: &Value, can: &[Named]| {
            let names: Vec<&str> = can.iter().map(|(name, ..)| *name).collect();
            assert_eq!(object["can"], json!(names));
            for (name, method, path) in can {
                assert!(Contract::get().operation(method, &acme.path(path)).is_some(), "{name}: {method} {path}");
            }
        };
        exist(&ann.get(acme.path("")).await.is(200), &of_org);
        for (list, can) in of_others {
            exist(&ann.get(acme.path(list)).await.is(200)["items"][0], can);
        }
    }
}
