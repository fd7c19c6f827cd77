//! The whole story, from sign-up to reading what happened.

use serde_json::json;

use crate::support::{TestApp, both_engines};

both_engines! {
    async fn a_team_plans_works_and_reads_what_happened(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;

        let project = ann.post(acme.path("/projects"), json!({ "name": "Website" })).await.is(201);
        assert_eq!(project["key"], "WEB");
        let task = json!({ "title": "Fix the login", "priority": "high", "assignee_ids": [bob.id] });
        let task = ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        assert_eq!(task["key"], "WEB-1");

        for status in ["in_progress", "review", "done"] {
            let task = bob.patch(acme.path("/tasks/WEB-1"), json!({ "status": status })).await.is(200);
            assert_eq!(task["status"], status);
        }

        let activity = ann.get(acme.path("/activity")).await.is(200);
        let told: Vec<&str> = activity["items"].as_array().unwrap().iter().map(|e| e["summary"].as_str().unwrap()).collect();
        assert_eq!(told, [
            "Bob moved WEB-1 from Review to Done",
            "Bob moved WEB-1 from In progress to Review",
            "Bob moved WEB-1 from To do to In progress",
            "Ann assigned WEB-1 to Bob",
            "Ann created WEB-1",
            "Ann created the project Website",
            "Bob joined as member",
            "Ann invited bob@example.com as member",
            "Ann joined as owner",
            "Ann founded Acme",
        ]);
    }
}
