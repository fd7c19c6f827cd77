//! Ids that clients make for what they create.

use std::time::Duration;

use futures_util::future::join_all;
use guildhall::base::{
    clock::Time,
    id::{Id, Ids, Task},
};
use serde_json::{Value, json};

use crate::support::{Actor, Org, TestApp, both_engines};

/// An id of this time.
fn id_at(time: Time) -> String {
    let id: Id<Task> = Ids::default().make(time);
    id.to_string()
}

/// Each thing that a client can make with an id of its own: where, and with what else.
const MADE: [(&str, &str); 6] = [
    ("/projects", r#"{ "name": "Site" }"#),
    ("/projects/WEB/tasks", r#"{ "title": "Quagmire" }"#),
    ("/tasks/WEB-1/comments", r#"{ "body": "Hello" }"#),
    ("/labels", r#"{ "name": "Bug" }"#),
    ("/tasks/WEB-1/duplicate", "{}"),
    ("/projects/WEB/columns", r#"{ "name": "Soon", "status": "todo" }"#),
];

impl Org {
    fn creation(&self, (path, body): (&str, &str), id: &str) -> (String, Value) {
        let mut body: Value = serde_json::from_str(body).unwrap();
        body["id"] = json!(id);
        (self.path(path), body)
    }
}

async fn acme(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    acme.task("WEB", "First").await;
    (ann, acme)
}

both_engines! {
    async fn what_a_client_makes_has_the_id_that_it_chose(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        for made in MADE {
            let now = app.clock.now();
            let id = id_at(now);
            let (path, body) = acme.creation(made, &id);
            let answer = ann.post(&path, body.clone()).await;
            assert!(answer.header("location").ends_with(&format!("/{id}")), "{path}");
            assert_eq!(answer.is(201)["id"], id, "{path}");
            ann.post(&path, body).await.refuses(409, "id_taken");
            // A clock may be wrong by a day, and not by more.
            let (day, over) = (Duration::from_hours(24), Duration::from_secs(1));
            for far in [now - (day + over), now + (day + over)] {
                let (path, body) = acme.creation(made, &id_at(far));
                ann.post(path, body).await.rejects("/id", "invalid_value");
            }
            for wrong in ["", "WEB-2", "01890000-0000-4000-8000-000000000000", &id.replace('-', ""), &Id::<Task>::NIL.to_string()] {
                let (path, body) = acme.creation(made, wrong);
                ann.post(path, body).await.rejects("/id", "invalid_format");
            }
        }
        let near = Duration::from_hours(24) - Duration::from_mins(1);
        for (name, time) in [("Earlier", app.clock.now() - near), ("Later", app.clock.now() + near)] {
            ann.post(acme.path("/labels"), json!({ "name": name, "id": id_at(time) })).await.is(201);
        }
    }

    async fn an_id_is_never_given_twice_in_an_organization(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        let mia = acme.gets("Mia", "member").await;
        let secret = acme.private_project("Secret").await;
        let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
        let gone = text(&acme.task("WEB", "Gone").await);
        ann.delete(acme.path(&format!("/tasks/{gone}"))).await.is(204);
        let comment = text(&ann.post(acme.path("/tasks/WEB-1/comments"), json!({ "body": "Gone" })).await.is(201));
        ann.delete(acme.path(&format!("/tasks/WEB-1/comments/{comment}"))).await.is(204);
        let invited = json!({ "email": "bob@example.com", "role": "member" });
        let invitation = text(&ann.post(acme.path("/invitations"), invited).await.is(201));
        let label = acme.label("Bug").await;
        ann.delete(acme.path(&format!("/labels/{label}"))).await.is(204);
        // Out of sight, in the trash, gone for good, of another kind, a person: all the same.
        let known = [text(&secret), gone.clone(), comment, invitation, label, acme.id.clone(), mia.id.clone()];
        for id in &known {
            for made in &MADE[1..3] {
                let (path, body) = acme.creation(*made, id);
                mia.post(path, body).await.refuses(409, "id_taken");
            }
        }
        // Of another organization it says nothing.
        let other = mia.founds("Other").await;
        other.project("Web").await;
        let (path, body) = other.creation(MADE[1], &gone);
        assert_eq!(mia.post(path, body).await.is(201)["id"], gone);
        let (path, body) = other.creation(MADE[1], &text(&other.task("WEB", "Mine").await));
        let seq = other.last_seq().await;
        mia.post(path, body).await.refuses(409, "id_taken");
        assert_eq!(other.last_seq().await, seq);
    }

    async fn of_parallel_creations_with_one_id_one_succeeds(app: TestApp) {
        let (ann, acme) = acme(&app).await;
        for made in MADE {
            let (path, body) = acme.creation(made, &id_at(app.clock.now()));
            let all = join_all((0..8).map(|_| ann.post(&path, body.clone()))).await;
            let count = |status| all.iter().filter(|answer| answer.status == status).count();
            assert_eq!((count(201), count(409)), (1, 7), "{path}");
        }
    }
}
