//! `POST /v1/orgs/{org}/activity/{seq}/undo`.

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use guildhall::app::purge;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Dice, Org, Replica, TestApp, both_engines, each};

type State = BTreeMap<(String, String), Value>;

impl Org {
    async fn undoes(&self, who: &Actor, seq: i64) -> Answer {
        who.posts(self.path(&format!("/activity/{seq}/undo"))).await
    }

    /// Undoes the last change.
    async fn undoes_last(&self, who: &Actor) -> Answer {
        self.undoes(who, self.last_seq().await).await
    }

    /// Everything in the organization as the founder sees it, but for what tells when it became so.
    async fn state(&self) -> State {
        let mut copy = Replica::of(&self.founder, self);
        copy.syncs(200).await;
        let mut state = copy.things().clone();
        for thing in state.values_mut() {
            let thing = thing.as_object_mut().unwrap();
            for field in ["version", "updated_at", "completed_at", "edited_at"] {
                thing.remove(field);
            }
            for time in ["archived_at", "resolved_at"] {
                if let Some(time) = thing.get_mut(time) {
                    *time = time.is_string().into();
                }
            }
            // A link that was made again is another one.
            for link in thing.get_mut("links").and_then(Value::as_array_mut).into_iter().flatten() {
                link.as_object_mut().unwrap().remove("id");
            }
        }
        state
    }
}

#[track_caller]
fn assert_same(before: &State, after: &State, what: &str) {
    for (key, thing) in before {
        assert_eq!(after.get(key), Some(thing), "{what}: {key:?}");
    }
    let more: Vec<_> = after.keys().filter(|key| !before.contains_key(*key)).collect();
    assert!(more.is_empty(), "{what}: {more:?}");
}

/// A request that changes something, with its body.
type Request = (Method, String, Value);

/// An organization with a bit of everything, and a request for each kind of change.
struct Studio {
    acme: Org,
    bob: Actor,
    every: Vec<Request>,
}

impl Studio {
    #[expect(clippy::too_many_lines, reason = "a table has as many rows as there are kinds of changes")]
    async fn open(app: &TestApp) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        acme.project("Web").await;
        acme.project("App").await;
        let shed = ann
            .post(acme.path("/projects"), json!({ "name": "Shed", "visibility": "private" }))
            .await
            .is(201);
        assert_eq!(shed["key"], "SHE");
        let (bug, idea) = (acme.label("Bug").await, acme.label("Idea").await);
        let mut ids = Vec::new();
        for title in ["One", "Two", "Three", "Four"] {
            ids.push(acme.task("WEB", title).await["id"].as_str().unwrap().to_owned());
        }
        let comment = ann.post(acme.path("/tasks/WEB-1/comments"), json!({ "body": "First" })).await.is(201);
        let comment = comment["id"].as_str().unwrap();
        let columns = ann.get(acme.path("/projects/WEB/columns")).await.is(200)["items"].clone();
        let column = |index: usize| columns[index]["id"].clone();
        let work = "work ".repeat(500);
        let person = &bob.id;
        let comment_at = |rest: &str| format!("/tasks/WEB-1/comments/{comment}{rest}");
        let every = [
            (
                "PATCH",
                String::new(),
                json!({ "name": "Acme & Co", "settings": { "members_edit": "any", "time_zone": "Europe/Zurich" } }),
            ),
            ("PATCH", format!("/members/{person}"), json!({ "role": "admin" })),
            ("PATCH", format!("/members/{person}"), json!({ "role": "member" })),
            ("POST", "/labels".into(), json!({ "name": "New", "color": "#112233" })),
            ("PATCH", format!("/labels/{bug}"), json!({ "name": "Defect", "description": "What is broken" })),
            ("PATCH", format!("/labels/{bug}"), json!({ "description": "What was broken" })),
            ("POST", "/projects".into(), json!({ "name": "Garden", "visibility": "private" })),
            (
                "PATCH",
                "/projects/WEB".into(),
                json!({ "name": "Website", "key": "SITE", "description": work }),
            ),
            ("PATCH", "/projects/WEB".into(), json!({ "description": null })),
            ("POST", "/projects/APP/archive".into(), Value::Null),
            ("POST", "/projects/APP/unarchive".into(), Value::Null),
            ("PUT", format!("/projects/SHE/members/{person}"), Value::Null),
            ("DELETE", "/projects/APP".into(), Value::Null),
            ("POST", "/projects/APP/restore".into(), Value::Null),
            (
                "POST",
                "/projects/WEB/columns".into(),
                json!({ "name": "Blocked", "status": "todo", "after": column(0) }),
            ),
            (
                "PATCH",
                format!("/projects/WEB/columns/{}", columns[1]["id"].as_str().unwrap()),
                json!({ "name": "Doing", "task_limit": 3 }),
            ),
            (
                "PATCH",
                format!("/projects/WEB/columns/{}", columns[2]["id"].as_str().unwrap()),
                json!({ "before": column(0) }),
            ),
            (
                "POST",
                "/projects/WEB/tasks".into(),
                json!({ "title": "Five", "assignee_ids": [person], "label_ids": [bug], "parent_id": ids[0], "description": "A text" }),
            ),
            (
                "PATCH",
                "/tasks/WEB-1".into(),
                json!({
                    "title": "Uno", "description": work, "priority": "high", "start_on": "2031-01-01", "due_on": "2031-02-01",
                    "label_ids": [bug, idea], "assignee_ids": [person, acme.founder.id], "status": "review",
                }),
            ),
            (
                "PATCH",
                "/tasks/WEB-1".into(),
                json!({ "description": "Short", "due_at": "2031-02-01T10:00:00.000Z", "label_ids": [idea] }),
            ),
            ("PATCH", "/tasks/WEB-2".into(), json!({ "parent_id": ids[2], "status": "done" })),
            ("PATCH", "/tasks/WEB-2".into(), json!({ "status": "in_progress" })),
            ("PATCH", "/tasks/WEB-3".into(), json!({ "is_template": true, "title": "Plan" })),
            ("PATCH", "/tasks/WEB-4".into(), json!({ "parent_id": ids[2] })),
            ("PATCH", "/tasks/WEB-2".into(), json!({ "parent_id": null })),
            ("PATCH", "/tasks/WEB-4".into(), json!({ "parent_id": null, "is_template": true })),
            ("PATCH", "/tasks/WEB-4".into(), json!({ "parent_id": ids[1] })),
            ("PATCH", "/tasks/WEB-3".into(), json!({ "is_template": false })),
            ("POST", "/tasks/WEB-4/move".into(), json!({ "before": ids[2] })),
            ("POST", "/tasks/WEB-4/move".into(), json!({ "column_id": column(3) })),
            ("PUT", format!("/tasks/WEB-3/assignees/{person}"), Value::Null),
            ("PUT", format!("/tasks/WEB-3/labels/{bug}"), Value::Null),
            ("DELETE", format!("/tasks/WEB-1/assignees/{person}"), Value::Null),
            ("POST", "/tasks/WEB-3/links".into(), json!({ "kind": "blocks", "task_id": ids[3] })),
            ("DELETE", "/tasks/WEB-3".into(), Value::Null),
            ("POST", "/tasks/WEB-3/restore".into(), Value::Null),
            ("PATCH", comment_at(""), json!({ "body": "First, edited" })),
            ("PUT", comment_at("/reactions/👍"), Value::Null),
            ("PUT", comment_at("/resolved"), Value::Null),
            ("DELETE", comment_at("/resolved"), Value::Null),
            ("DELETE", comment_at("/reactions/👍"), Value::Null),
            // Who is in no private project loses sight, and the tasks.
            ("PATCH", "/projects/WEB".into(), json!({ "visibility": "private" })),
            ("PUT", format!("/projects/WEB/members/{person}"), Value::Null),
            ("DELETE", format!("/projects/WEB/members/{person}"), Value::Null),
            ("DELETE", format!("/labels/{idea}"), Value::Null),
            (
                "DELETE",
                format!(
                    "/projects/WEB/columns/{}?move_to={}",
                    columns[0]["id"].as_str().unwrap(),
                    columns[1]["id"].as_str().unwrap()
                ),
                Value::Null,
            ),
            ("DELETE", "/tasks/WEB-1".into(), Value::Null),
        ];
        let every =
            every.into_iter().map(|(method, path, body)| (method.parse().unwrap(), path, body)).collect();
        Self { acme, bob, every }
    }

    async fn asks(&self, (method, path, body): &Request) {
        let body = if body.is_null() { None } else { Some(body.clone()) };
        let answer = self.acme.founder.send(method.clone(), &self.acme.path(path), &[], body).await;
        assert!(answer.succeeded(), "{}: {}", answer.asked, answer.body);
    }
}

both_engines! {
    async fn every_kind_of_change_is_undone_and_done_again(app: TestApp) {
        let studio = Studio::open(&app).await;
        let acme = &studio.acme;
        let ann = acme.founder.clone();
        let mut states = Vec::new();
        for request in &studio.every {
            let (before, seq) = (acme.state().await, acme.last_seq().await);
            studio.asks(request).await;
            let after = acme.state().await;
            let last = acme.last_seq().await;
            assert!(last > seq, "{request:?}");
            // The first and the last entry of a request stand for all of them.
            acme.undoes(&ann, seq + 1).await.is(200);
            assert_same(&before, &acme.state().await, &format!("undone: {request:?}"));
            acme.undoes(&ann, last).await.refuses(409, "changed_since");
            acme.undoes_last(&ann).await.is(200);
            assert_same(&after, &acme.state().await, &format!("done again: {request:?}"));
            states.push((before, acme.last_seq().await));
        }
        // All of it in reverse, each by what did it again.
        for ((before, seq), request) in states.iter().zip(&studio.every).rev() {
            acme.undoes(&ann, *seq).await.is(200);
            assert_same(before, &acme.state().await, &format!("undone in reverse: {request:?}"));
        }
    }

    async fn any_changes_undone_in_reverse_order_end_in_the_state_before(app: TestApp) {
        let studio = Studio::open(&app).await;
        let acme = &studio.acme;
        let dice = &mut Dice(20_261_127);
        for _ in 0..3 {
            let before = acme.state().await;
            let mut done = Vec::new();
            for _ in 0..12 {
                let (method, path, body) = dice.one_of(&studio.every).clone();
                let seq = acme.last_seq().await;
                let body = if body.is_null() { None } else { Some(body) };
                let asked = acme.founder.send(method, &acme.path(&path), &[], body).await;
                assert!(asked.status < 500, "{}", asked.body);
                if acme.last_seq().await > seq {
                    done.push((seq + 1, asked.asked));
                }
            }
            assert!(done.len() > 3);
            for (seq, asked) in done.iter().rev() {
                let undone = acme.undoes(&acme.founder, *seq).await;
                assert_eq!(undone.status, 200, "{asked}: {}", undone.body);
            }
            assert_same(&before, &acme.state().await, &format!("{done:?}"));
        }
    }

    async fn what_was_changed_since_is_told_by_whom(app: TestApp) {
        let Studio { acme, bob, .. } = Studio::open(&app).await;
        let ann = acme.founder.clone();
        let made = ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "A", "assignee_ids": [bob.id] })).await;
        let made = (made.is(201), acme.last_seq().await - 1);
        let key = format!("/tasks/{}", made.0["key"].as_str().unwrap());
        bob.patch(acme.path(&key), json!({ "title": "B", "priority": "low" })).await.is(200);
        let bobs = acme.last_seq().await;
        ann.patch(acme.path(&key), json!({ "title": "C" })).await.is(200);
        let anns = acme.last_seq().await;

        // Another field doesn't stand in the way, the same one does, and so does anything if the task would go.
        ann.patch(acme.path(&key), json!({ "due_on": "2031-01-01" })).await.is(200);
        let refused = acme.undoes(&bob, bobs).await.refuses(409, "changed_since");
        assert_eq!(each(&refused["conflicts"], "/summary"), [format!("Ann changed the title of {}", made.0["key"].as_str().unwrap())]);
        assert_eq!(refused["conflicts"][0]["seq"], anns);
        assert_eq!(refused["conflicts"][0]["changes"]["title"], json!({ "from": "B", "to": "C" }));
        assert!(refused["detail"].as_str().unwrap().contains("Ann changed the title"));
        let refused = acme.undoes(&ann, made.1).await.refuses(409, "changed_since");
        assert_eq!(refused["conflicts"].as_array().unwrap().len(), 3);

        // When it is undone, it stands in nobody's way.
        let undone = acme.undoes(&ann, anns).await.is(200);
        assert_eq!(undone["undone"], json!([anns]));
        assert_eq!(undone["entries"][0]["undoes"], anns);
        assert_eq!(undone["entries"][0]["changes"]["title"], json!({ "from": "C", "to": "B" }));
        let undone = acme.undoes(&bob, bobs).await.is(200);
        assert_eq!(undone["entries"][0]["actor"]["name"], "Bob");
        assert_eq!(ann.get(acme.path(&key)).await.is(200)["title"], "A");
        let again = acme.undoes(&bob, bobs).await.refuses(409, "changed_since");
        assert_eq!(again["conflicts"][0]["seq"], undone["entries"][0]["seq"]);

        // What is on a task stands in the way of taking the task back.
        ann.posts(acme.path(&format!("/activity/{}/undo", acme.last_seq().await - 3))).await;
        let other = acme.task("WEB", "Talked about").await;
        let seq = acme.last_seq().await;
        let path = acme.path(&format!("/tasks/{}/comments", other["key"].as_str().unwrap()));
        bob.post(&path, json!({ "body": "Mine" })).await.is(201);
        acme.undoes(&ann, seq).await.refuses(409, "changed_since");
        acme.undoes_last(&bob).await.is(200);
        acme.undoes(&ann, seq).await.is(200);
        ann.get(acme.path(&format!("/tasks/{}", other["key"].as_str().unwrap()))).await.is(404);
    }

    async fn undoing_needs_what_the_change_needs(app: TestApp) {
        let Studio { acme, bob, .. } = Studio::open(&app).await;
        let ann = acme.founder.clone();
        let eve = app.signs_up("Eve").await;
        let dee = acme.gets("Dee", "admin").await;
        // Seen and not permitted, not seen, not a member, not there.
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Uno" })).await.is(200);
        let seq = acme.last_seq().await;
        let refused = acme.undoes(&bob, seq).await.refuses(403, "forbidden");
        assert_eq!(refused["role"], "member");
        acme.undoes(&eve, seq).await.is(404);
        ann.patch(acme.path("/projects/SHE"), json!({ "name": "Barn" })).await.is(200);
        acme.undoes(&bob, acme.last_seq().await).await.is(404);
        acme.undoes(&dee, acme.last_seq().await).await.is(200);
        for seq in ["0", "-1", "999999", "x"] {
            ann.posts(acme.path(&format!("/activity/{seq}/undo"))).await.is(404);
        }
        ann.post(acme.path(&format!("/activity/{seq}/undo")), json!({ "force": true })).await.refuses(422, "invalid_input");
        let token = |scopes: Value| ann.post("/v1/me/tokens", json!({ "name": "Bot", "scopes": scopes }));
        let reader = ann.with_token(token(json!(["read"])).await.is(201)["token"].as_str().unwrap());
        acme.undoes(&reader, seq).await.refuses(403, "insufficient_scope");
        let writer = ann.with_token(token(json!(["read", "write"])).await.is(201)["token"].as_str().unwrap());
        let undone = acme.undoes(&writer, seq).await.is(200);
        assert_eq!(undone["entries"][0]["actor"]["kind"], "token");

        // A sensitive change is sensitive the other way round, too.
        ann.patch(acme.path(&format!("/members/{}", dee.id)), json!({ "role": "owner" })).await.is(200);
        acme.undoes_last(&writer).await.refuses(403, "token_not_allowed");
        acme.undoes_last(&bob).await.refuses(403, "forbidden");
        acme.undoes_last(&ann).await.is(200);

        // The state refuses as it would refuse the change.
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "priority": "high" })).await.is(200);
        let seq = acme.last_seq().await;
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        acme.undoes(&ann, seq).await.refuses(409, "project_archived");
        ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        acme.undoes(&ann, seq).await.is(200);

        // Who was given a task and may no longer see it can't be given it again.
        ann.put(acme.path(&format!("/tasks/WEB-3/assignees/{}", bob.id))).await.is(200);
        ann.delete(acme.path(&format!("/tasks/WEB-3/assignees/{}", bob.id))).await.is(204);
        let seq = acme.last_seq().await;
        ann.delete(acme.path(&format!("/members/{}", bob.id))).await;
        acme.undoes(&ann, seq).await.refuses(409, "not_undoable");
    }

    async fn what_can_not_be_undone_says_so(app: TestApp) {
        let Studio { acme, bob, .. } = Studio::open(&app).await;
        let ann = acme.founder.clone();
        let label = acme.label("Passing").await;
        let comment = ann.post(acme.path("/tasks/WEB-1/comments"), json!({ "body": "Quagmire" })).await.is(201);
        let comment = acme.path(&format!("/tasks/WEB-1/comments/{}", comment["id"].as_str().unwrap()));
        bob.put(format!("{comment}/reactions/🎉")).await.is(200);
        acme.undoes_last(&ann).await.refuses(409, "not_undoable");
        acme.undoes_last(&bob).await.is(200);
        ann.patch(&comment, json!({ "body": "Better" })).await.is(200);
        let edited = acme.last_seq().await;
        let kept = "select count(*) from ledger_originals where texts like '%Quagmire%'";
        assert_eq!(app.database.number(kept).await, 1);
        ann.delete(&comment).await.is(204);
        assert_eq!(app.database.number(kept).await, 0, "the text of a comment that is deleted for good");
        acme.undoes_last(&ann).await.refuses(409, "not_undoable");
        acme.undoes(&ann, edited).await.refuses(409, "changed_since");
        // A label comes back, unless another has its name by now.
        ann.delete(acme.path(&format!("/labels/{label}"))).await.is(204);
        let deleted = acme.last_seq().await;
        let other = acme.label("passing").await;
        acme.undoes(&ann, deleted).await.refuses(409, "label_taken");
        ann.delete(acme.path(&format!("/labels/{other}"))).await.is(204);
        acme.undoes(&ann, deleted).await.is(200);
        // A comment is, and an invitation.
        let before = ann.get(acme.path("/tasks/WEB-3/comments")).await.is(200);
        ann.post(acme.path("/tasks/WEB-3/comments"), json!({ "body": "Rash" })).await.is(201);
        acme.undoes_last(&ann).await.is(200);
        assert_eq!(ann.get(acme.path("/tasks/WEB-3/comments")).await.is(200), before);
        acme.undoes_last(&ann).await.refuses(409, "not_undoable");
        let invited = json!({ "email": "eve@example.com", "role": "member" });
        let invitation = ann.post(acme.path("/invitations"), invited).await.is(201);
        acme.undoes_last(&ann).await.is(200);
        let lookup = json!({ "token": invitation["token"] });
        ann.post("/v1/invitations/lookup", lookup).await.refuses(410, "invitation_gone");
        acme.undoes_last(&ann).await.refuses(409, "not_undoable");
        acme.undoes(&ann, 1).await.refuses(409, "not_undoable");
        bob.posts(acme.path("/leave")).await.is(204);
        acme.undoes_last(&ann).await.refuses(409, "not_undoable");
        let told = acme.last_seq().await;

        // A text that was replaced is kept for 30 days.
        let path = acme.path("/tasks/WEB-2");
        ann.patch(&path, json!({ "description": "Bygone" })).await.is(200);
        assert_eq!(acme.last_seq().await, told + 1, "a refused undo leaves nothing");
        ann.patch(&path, json!({ "description": null })).await.is(200);
        let seq = acme.last_seq().await;
        app.clock.advance(Duration::from_hours(32 * 24));
        purge::run(&app.app.public()).await.unwrap();
        let ann = ann.again().await;
        acme.undoes(&ann, seq).await.refuses(409, "not_undoable");
        assert_eq!(app.database.number("select count(*) from ledger_originals").await, 0);
        acme.undoes(&ann, seq - 1).await.refuses(409, "changed_since");
    }

    async fn fifty_undo_it_once(app: TestApp) {
        let Studio { acme, .. } = Studio::open(&app).await;
        let ann = acme.founder.clone();
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Uno", "status": "done" })).await.is(200);
        let seq = acme.last_seq().await;
        let all = join_all((0..50).map(|_| acme.undoes(&ann, seq))).await;
        let (done, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Answer::succeeded);
        assert_eq!((done.len(), refused.len()), (1, 49));
        for refused in refused {
            refused.refuses(409, "changed_since");
        }
        assert_eq!(acme.last_seq().await, seq + 2);
        // With a key, a repeat gets the same answer.
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "title": "Due" })).await.is(200);
        let path = acme.path(&format!("/activity/{}/undo", acme.last_seq().await));
        let key = [("idempotency-key", "once")];
        let first = ann.send(Method::POST, &path, &key, None).await;
        let second = ann.send(Method::POST, &path, &key, None).await;
        assert_eq!(second.header("idempotency-replayed"), "true");
        assert_eq!(first.is(200), second.is(200));
    }

    async fn what_one_request_did_to_many_is_undone_together(app: TestApp) {
        let Studio { acme, .. } = Studio::open(&app).await;
        let ann = acme.founder.clone();
        let before = acme.state().await;
        let operations = json!([
            { "method": "POST", "path": "/projects", "body": { "name": "Garden", "key": "GAR" }, "ref": "garden" },
            { "method": "POST", "path": "/projects/{garden}/tasks", "body": { "title": "Dig" } },
            { "method": "PATCH", "path": "/tasks/WEB-1", "body": { "title": "Uno", "status": "done" } },
            { "method": "DELETE", "path": "/tasks/WEB-2" },
        ]);
        ann.post(acme.path("/batch"), json!({ "operations": operations })).await.is(200);
        let after = acme.state().await;
        acme.undoes_last(&ann).await.is(200);
        assert_same(&before, &acme.state().await, "a batch");
        acme.undoes_last(&ann).await.is(200);
        assert_same(&after, &acme.state().await, "the batch again");
        let ids: Vec<_> = after.keys().filter(|(kind, _)| kind == "task").map(|(_, id)| id).collect();
        let bulk = json!({ "ids": ids, "patch": { "priority": "urgent", "status": "review" }, "atomic": true });
        ann.post(acme.path("/tasks/bulk"), bulk).await.is(200);
        let undone = acme.undoes_last(&ann).await.is(200);
        assert_eq!(undone["undone"].as_array().unwrap().len(), 2 * ids.len());
        assert_same(&after, &acme.state().await, "many tasks at once");
    }

    async fn a_task_comes_back_from_another_project_with_all_below_it(app: TestApp) {
        let Studio { acme, bob, .. } = Studio::open(&app).await;
        let ann = acme.founder.clone();
        let parent = ann.get(acme.path("/tasks/WEB-1")).await.is(200)["id"].clone();
        for (task, below) in [("WEB-2", parent)] {
            ann.patch(acme.path(&format!("/tasks/{task}")), json!({ "parent_id": below })).await.is(200);
        }
        let below = ann.get(acme.path("/tasks/WEB-2")).await.is(200);
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "parent_id": below["id"], "assignee_ids": [bob.id] })).await.is(200);
        let place = |task: &Value| json!([task["column_id"], task["position"], task["parent_id"], task["project_id"]]);
        ann.post(acme.path("/tasks/WEB-2/move"), json!({ "project": "SHE", "status": "review" })).await.is(200);
        let seq = acme.last_seq().await;
        assert_eq!(ann.get(acme.path("/tasks/WEB-3")).await.is(200)["assignees"], json!([]));
        acme.undoes(&ann, seq).await.is(200);
        let back = ann.get(acme.path("/tasks/WEB-2")).await.is(200);
        assert_eq!((place(&back), &back["status"]), (place(&below), &below["status"]));
        let deep = ann.get(acme.path("/tasks/WEB-3")).await.is(200);
        assert_eq!((&deep["parent_id"], each(&deep["assignees"], "/name")), (&below["id"], vec!["Bob".to_owned()]));
        assert_eq!(deep["project_id"], below["project_id"]);
    }
}
