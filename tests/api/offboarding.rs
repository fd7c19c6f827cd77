//! Who goes, and what passes to whom: all of it at once, with one answer that lists it.

use serde_json::{Value, json};

use crate::support::{Actor, Org, TestApp, both_engines, each};

/// Bob, an admin with everything that somebody can leave behind: open and done tasks in projects of every kind, an
/// invitation, a token.
async fn busy(app: &TestApp) -> (Org, Actor, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    let (bob, cy) = (acme.gets("Bob", "admin").await, acme.gets("Cy", "member").await);
    acme.project("Web").await;
    let secret = json!({ "name": "Secret", "visibility": "private" });
    bob.post(acme.path("/projects"), secret).await.is(201);
    acme.private_project("Hidden").await;
    for (key, title, status, assignees) in [
        ("WEB", "Open", "todo", vec![&bob]),
        ("WEB", "Shared", "review", vec![&bob, &cy]),
        ("WEB", "Done", "done", vec![&bob]),
        ("WEB", "Cancelled", "cancelled", vec![&bob]),
        ("SEC", "Private", "todo", vec![&bob]),
        ("HID", "Unseen", "todo", vec![&bob]),
    ] {
        let assignees: Vec<&String> = assignees.into_iter().map(|one| &one.id).collect();
        let task = json!({ "title": title, "status": status, "assignee_ids": assignees });
        ann.post(acme.path(&format!("/projects/{key}/tasks")), task).await.is(201);
    }
    let invited = json!({ "email": "guest@example.com", "role": "member" });
    bob.post(acme.path("/invitations"), invited).await.is(201);
    let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": acme.id });
    bob.post("/v1/me/tokens", token).await.is(201);
    (acme, bob, cy)
}

fn member(org: &Org, who: &Actor) -> String {
    org.path(&format!("/members/{}", who.id))
}

async fn assignees(org: &Org, task: &str) -> Vec<String> {
    let task = org.founder.get(org.path(&format!("/tasks/{task}"))).await.is(200);
    each(&task["assignees"], "/name")
}

fn keys(list: &Value) -> Vec<String> {
    each(list, "/task/key")
}

both_engines! {
    async fn the_heir_takes_the_place_of_who_is_removed(app: TestApp) {
        let (acme, bob, cy) = busy(&app).await;
        let (ann, seq) = (&acme.founder, acme.last_seq().await);
        let what = ann.delete(format!("{}?reassign_to={}", member(&acme, &bob), cy.id)).await.is(200);
        assert_eq!(keys(&what["reassigned"]), ["WEB-1", "SEC-1"]);
        assert!(each(&what["reassigned"], "/user/name").iter().all(|name| name == "Cy"));
        // What Cy is on already passes to nobody, and so does what Cy doesn't see.
        assert_eq!(keys(&what["unassigned"]), ["WEB-2", "HID-1"]);
        assert_eq!(each(&what["left_projects"], "/key"), ["SEC"]);
        assert_eq!(each(&what["handed_over_projects"], "/key"), ["SEC"]);
        assert_eq!((what["revoked_invitations"].as_array().unwrap().len(), what["revoked_tokens"].as_array().unwrap().len()), (1, 1));
        for (task, on_it) in [("WEB-1", "Cy"), ("WEB-2", "Cy"), ("WEB-3", "Bob"), ("WEB-4", "Bob"), ("SEC-1", "Cy")] {
            assert_eq!(assignees(&acme, task).await, [on_it], "{task}");
        }
        assert_eq!(assignees(&acme, "HID-1").await, [] as [String; 0]);
        assert_eq!(each(&ann.get(acme.path("/projects/SEC/members")).await.is(200)["items"], "/name"), ["Cy"]);
        cy.get(acme.path("/tasks/SEC-1")).await.is(200);
        cy.get(acme.path("/tasks/HID-1")).await.refuses(404, "not_found");
        // One entry for each, one after the other.
        let seq = usize::try_from(acme.last_seq().await - seq).unwrap();
        let told = acme.told().await;
        assert_eq!(told[told.len() - seq..], [
            "Ann removed Bob",
            "Ann removed Bob from the project Secret",
            "Ann added Cy to the project Secret",
            "Ann unassigned Bob from WEB-1",
            "Ann assigned WEB-1 to Cy",
            "Ann unassigned Bob from WEB-2",
            "Ann unassigned Bob from SEC-1",
            "Ann assigned SEC-1 to Cy",
            "Ann unassigned Bob from HID-1",
            "Ann revoked the invitation of guest@example.com",
        ]);
    }

    async fn without_an_heir_it_passes_to_nobody(app: TestApp) {
        let (acme, bob, cy) = busy(&app).await;
        let what = bob.posts(acme.path("/leave")).await.is(200);
        assert_eq!(keys(&what["unassigned"]), ["WEB-1", "WEB-2", "SEC-1", "HID-1"]);
        assert_eq!((&what["reassigned"], &what["handed_over_projects"]), (&json!([]), &json!([])));
        assert_eq!(each(&what["left_projects"], "/key"), ["SEC"]);
        cy.get(acme.path("/projects/SEC")).await.refuses(404, "not_found");
        let told = acme.told().await;
        assert!(told.contains(&"Bob left".into()) && told.contains(&"Bob removed Bob from the project Secret".into()), "{told:?}");
    }

    async fn an_heir_who_is_nobody_here_changes_nothing(app: TestApp) {
        let (acme, bob, _) = busy(&app).await;
        let (seq, stranger) = (acme.last_seq().await, app.signs_up("Stranger").await);
        for (heir, code) in [(&stranger.id, "not_found"), (&bob.id, "invalid_value")] {
            let path = format!("{}?reassign_to={heir}", member(&acme, &bob));
            acme.founder.delete(path).await.rejects("/reassign_to", code);
        }
        assert_eq!(acme.last_seq().await, seq);
        bob.get(acme.path("/tasks/SEC-1")).await.is(200);
    }

    async fn a_dry_run_counts_the_same(app: TestApp) {
        let (acme, bob, cy) = busy(&app).await;
        let path = format!("{}?reassign_to={}", member(&acme, &bob), cy.id);
        let counts = acme.founder.delete(format!("{path}&dry_run=true")).await.is(200)["counts"].clone();
        let what = acme.founder.delete(path).await.is(200);
        let many = |list: &str| json!(what[list].as_array().unwrap().len());
        assert_eq!(counts, json!({
            "members": 1, "unassigned": many("unassigned"), "reassigned": many("reassigned"), "projects": many("left_projects"),
            "invitations": many("revoked_invitations"), "tokens": many("revoked_tokens"),
        }));
    }
}
