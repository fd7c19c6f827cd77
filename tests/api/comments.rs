//! `/v1/orgs/{org}/tasks/{task}/comments` and `…/timeline`

use std::time::Duration;

use futures_util::{future::join_all, join};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    statements::counted,
    support::{Actor, Options, Org, TestApp, both_engines, each},
};

/// An organization with the project WEB and the task WEB-1: its owner, and Bob and Cy, who are members.
async fn website(app: &TestApp) -> (Actor, Org, Actor, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Website").await;
    acme.task("WEB", "Paint the fence").await;
    let (bob, cy) = (acme.gets("Bob", "member").await, acme.gets("Cy", "member").await);
    (ann, acme, bob, cy)
}

const COMMENTS: &str = "/tasks/WEB-1/comments";
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";
const THUMB: &str = "%F0%9F%91%8D";
const HEART: &str = "%E2%9D%A4%EF%B8%8F";
/// The heart without the character that asks for its color.
const PALE_HEART: &str = "%E2%9D%A4";

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

impl Org {
    fn comment(&self, comment: &Value) -> String {
        self.path(&format!("{COMMENTS}/{}", id(comment)))
    }

    async fn says(&self, who: &Actor, body: &str) -> Value {
        who.post(self.path(COMMENTS), json!({ "body": body })).await.is(201)
    }

    async fn replies(&self, who: &Actor, to: &Value, body: &str) -> Value {
        who.post(self.path(COMMENTS), json!({ "body": body, "parent_id": to["id"] })).await.is(201)
    }

    async fn listed(&self, who: &Actor) -> Vec<Value> {
        who.walks(&self.path(&format!("{COMMENTS}?")), 3).await
    }

    async fn bodies(&self, who: &Actor) -> Vec<String> {
        each(&json!(self.listed(who).await), "/body")
    }

    /// The sentences of the newest entries, oldest first.
    async fn newest(&self, count: usize) -> Vec<String> {
        let told = self.told().await;
        told[told.len() - count..].to_vec()
    }

    async fn comment_count(&self) -> Value {
        self.founder.get(self.path("/tasks/WEB-1")).await.is(200)["comment_count"].clone()
    }
}

both_engines! {
    async fn a_comment_is_made_shown_and_counted(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let before = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        assert_eq!((&before["comment_count"], before["can"].to_string().contains("comment")), (&json!(0), true));
        let made = bob.post(acme.path(COMMENTS), json!({ "body": " Which **colour**?\n" })).await;
        let (location, tag) = (made.header("location").to_owned(), made.header("etag").to_owned());
        let made = made.is(201);
        let mut plain = made.clone();
        for field in ["id", "created_at", "updated_at"] {
            plain.as_object_mut().unwrap().shift_remove(field).unwrap();
        }
        assert_eq!(plain, json!({
            "task_id": before["id"], "parent_id": null, "author": bob.person(), "body": "Which **colour**?", "mentions": [],
            "reactions": [], "resolved_at": null, "edited_at": null, "deleted": false, "can": ["edit", "delete"], "version": 1,
        }));
        assert_eq!(location, format!("/v1/orgs/{}/tasks/{}/comments/{}", acme.id, id(&before), id(&made)));
        let shown = bob.get(&location).await;
        assert!(tag.starts_with("W/\"1-") && shown.header("etag") == tag);
        assert_eq!((shown.is(200), acme.listed(&bob).await), (made.clone(), vec![made.clone()]));
        assert_eq!(acme.newest(1).await, ["Bob commented on WEB-1"]);
        // Whoever isn't the author, and no admin, can do neither; a task isn't changed by what is said on it.
        let (mia, ada) = (acme.gets("Mia", "member").await, acme.gets("Ada", "admin").await);
        for (who, can) in [(&mia, json!([])), (&ada, json!(["delete"])), (&ann, json!(["delete"]))] {
            assert_eq!(who.get(&location).await.is(200)["can"], can, "{}", who.name);
        }
        let after = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        assert_eq!((&after["comment_count"], &after["version"]), (&json!(1), &before["version"]));
        for n in 0..4 {
            acme.says(&ann, &format!("Comment {n}")).await;
        }
        let all = ["Which **colour**?", "Comment 0", "Comment 1", "Comment 2", "Comment 3"];
        assert_eq!(acme.bodies(&bob).await, all);
        assert_eq!(acme.comment_count().await, 5);
    }

    async fn what_a_comment_cannot_be_is_refused_by_its_place(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        acme.task("WEB", "Another").await;
        let elsewhere = ann.post(acme.path("/tasks/WEB-2/comments"), json!({ "body": "Elsewhere" })).await.is(201);
        let (root, gone) = (acme.says(&ann, "Root").await, acme.says(&ann, "Gone").await);
        let place = acme.says(&ann, "Place").await;
        let (reply, _) = (acme.replies(&bob, &root, "Reply").await, acme.replies(&bob, &place, "Below").await);
        for comment in [&gone, &place] {
            ann.delete(acme.comment(comment)).await.is(204);
        }
        let many: Vec<String> = (0..51).map(|n| format!("<@01890000-0000-7000-8000-{n:012}>")).collect();
        let seq = acme.last_seq().await;
        for (wrong, pointer, code) in [
            (json!({ "body": "" }), "/body", "too_short"),
            (json!({ "body": " \n\t" }), "/body", "too_short"),
            (json!({ "body": null }), "/body", "invalid_type"),
            (json!({ "body": ["a"] }), "/body", "invalid_type"),
            (json!({ "body": "a".repeat(65_537) }), "/body", "too_long"),
            (json!({ "body": "é".repeat(32_769) }), "/body", "too_long"),
            (json!({ "body": "a\0" }), "/body", "invalid_text"),
            (json!({ "body": format!("Hi <@{NOBODY}>") }), "/body", "cannot_see_task"),
            (json!({ "body": many.concat() }), "/body", "too_many"),
            (json!({ "author": bob.id }), "/author", "unknown_field"),
            (json!({ "resolved_at": null }), "/resolved_at", "unknown_field"),
            (json!({ "task_id": NOBODY }), "/task_id", "unknown_field"),
        ] {
            let mut body = json!({ "body": "Good" });
            body.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
            ann.post(acme.path(COMMENTS), body.clone()).await.rejects(pointer, code);
            ann.patch(acme.comment(&root), body).await.rejects(pointer, code);
        }
        for (parent, code) in [
            (json!("WEB-1"), "invalid_format"),
            (json!(NOBODY), "not_found"),
            (elsewhere["id"].clone(), "not_found"),
            (root["task_id"].clone(), "not_found"),
            (gone["id"].clone(), "not_found"),
            (place["id"].clone(), "not_found"),
            (reply["id"].clone(), "too_deep"),
        ] {
            let body = json!({ "body": "Good", "parent_id": parent });
            ann.post(acme.path(COMMENTS), body).await.rejects("/parent_id", code);
        }
        ann.patch(acme.comment(&root), json!({ "parent_id": null })).await.rejects("/parent_id", "unknown_field");
        ann.post(acme.path(COMMENTS), json!({})).await.rejects("/body", "required");
        assert_eq!((acme.last_seq().await, acme.comment_count().await), (seq, json!(3)));
        // The largest text there may be, in letters of one byte and of several.
        for body in ["a".repeat(65_536), "é".repeat(32_768)] {
            assert_eq!(acme.says(&ann, &body).await["body"], body);
        }
    }

    async fn only_the_author_edits_and_the_edit_shows(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let made = acme.says(&bob, "Red").await;
        let path = acme.comment(&made);
        let refusal = ann.patch(&path, json!({ "body": "Blue" })).await.refuses(403, "forbidden");
        assert_eq!((&refusal["required_role"], &refusal["role"]), (&json!("member"), &json!("owner")));
        // What changes nothing is no edit.
        for same in [json!({}), json!({ "body": "Red" })] {
            assert_eq!(bob.patch(&path, same).await.is(200), made);
        }
        app.clock.advance(Duration::from_secs(5));
        let edited = bob.patch(&path, json!({ "body": "Green" })).await.is(200);
        assert_eq!((&edited["body"], &edited["version"]), (&json!("Green"), &json!(2)));
        assert_eq!(edited["edited_at"], edited["updated_at"]);
        assert_ne!(edited["edited_at"], edited["created_at"]);
        assert_eq!(bob.get(&path).await.is(200), edited);
        assert_eq!(acme.newest(1).await, ["Bob edited a comment on WEB-1"]);
        // Who has seen an older version doesn't overwrite.
        let stale = bob.send(Method::PATCH, &path, &[("if-match", "\"1\"")], Some(json!({ "body": "Blue" }))).await;
        assert_eq!(stale.refuses(412, "precondition_failed")["current"], edited);
        bob.send(Method::DELETE, &path, &[("if-match", "\"1\"")], None).await.refuses(412, "precondition_failed");
        bob.send(Method::PATCH, &path, &[("if-match", "\"2\"")], Some(json!({ "body": "Blue" }))).await.is(200);
    }

    async fn a_deleted_comment_keeps_its_place_until_its_last_reply_goes(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        let (root, alone) = (acme.says(&bob, "Root").await, acme.says(&bob, "Alone").await);
        let replies = [acme.replies(&cy, &root, "One").await, acme.replies(&ann, &root, "Two").await];
        cy.put(format!("{}/reactions/{THUMB}", acme.comment(&root))).await.is(200);
        assert_eq!(acme.newest(2).await[0], "Ann replied to a comment on WEB-1");
        cy.delete(acme.comment(&root)).await.refuses(403, "forbidden");
        let rehearsed = bob.delete(format!("{}?dry_run=true", acme.comment(&root))).await.is(200);
        assert_eq!(rehearsed, json!({ "dry_run": true, "counts": { "comments": 1 } }));
        assert_eq!(bob.get(acme.comment(&root)).await.is(200)["body"], "Root");
        bob.delete(acme.comment(&alone)).await.is(204);
        bob.get(acme.comment(&alone)).await.refuses(404, "not_found");
        // An admin may; what is left has no text.
        ann.delete(acme.comment(&root)).await.is(204);
        assert_eq!(acme.newest(1).await, ["Ann deleted a comment on WEB-1"]);
        let place = bob.get(acme.comment(&root)).await.is(200);
        assert_eq!((&place["body"], &place["deleted"], &place["can"]), (&json!(""), &json!(true), &json!([])));
        assert_eq!((&place["reactions"], &place["version"], &place["author"]), (&json!([]), &json!(2), &bob.person()));
        assert_eq!(acme.bodies(&bob).await, ["", "One", "Two"]);
        assert_eq!(acme.comment_count().await, 2);
        // Nothing can be done with it any more.
        let reaction = format!("{}/reactions/{THUMB}", acme.comment(&root));
        bob.patch(acme.comment(&root), json!({ "body": "Again" })).await.refuses(404, "not_found");
        bob.delete(acme.comment(&root)).await.refuses(404, "not_found");
        bob.put(&reaction).await.refuses(404, "not_found");
        cy.delete(acme.comment(&replies[0])).await.is(204);
        assert_eq!(acme.bodies(&bob).await, ["", "Two"]);
        ann.delete(acme.comment(&replies[1])).await.is(204);
        assert_eq!((acme.listed(&bob).await, acme.comment_count().await), (Vec::new(), json!(0)));
        bob.get(acme.comment(&root)).await.refuses(404, "not_found");
        for table in ["comments", "comment_reactions"] {
            assert_eq!(app.database.number(&format!("select count(*) from {table}")).await, 0);
        }
    }

    async fn whoever_is_mentioned_sees_the_task(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        let body = format!("<@{}>, ask <@{}> or <@{}>. <@nobody> <@{}", cy.id, bob.id, cy.id, ann.id);
        let made = acme.says(&ann, &body).await;
        assert_eq!(made["mentions"], json!([cy.person(), bob.person()]));
        assert_eq!((&made["body"], acme.listed(&ann).await), (&json!(body), vec![made.clone()]));
        // A stranger, and a member who doesn't see the project.
        let stranger = app.signs_up("Stranger").await;
        let hidden = format!("Hello <@{}>", stranger.id);
        ann.post(acme.path(COMMENTS), json!({ "body": hidden })).await.rejects("/body", "cannot_see_task");
        ann.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        let mention = format!("And <@{}>?", bob.id);
        ann.post(acme.path(COMMENTS), json!({ "body": mention })).await.rejects("/body", "cannot_see_task");
        // Whom the text mentioned before may stay, and nobody else who doesn't see it comes in.
        let edited = ann.patch(acme.comment(&made), json!({ "body": mention })).await.is(200);
        assert_eq!(edited["mentions"], json!([bob.person()]));
        let both = format!("{mention} <@{}>", cy.id);
        ann.patch(acme.comment(&made), json!({ "body": both })).await.rejects("/body", "cannot_see_task");
        ann.put(acme.path(&format!("/projects/WEB/members/{}", cy.id))).await.is(204);
        let edited = ann.patch(acme.comment(&made), json!({ "body": both })).await.is(200);
        assert_eq!(edited["mentions"], json!([bob.person(), cy.person()]));
        // Who left keeps their name.
        assert!(ann.delete(acme.path(&format!("/members/{}", cy.id))).await.succeeded());
        assert_eq!(ann.get(acme.comment(&made)).await.is(200)["mentions"], edited["mentions"]);
    }

    async fn people_react_each_once_with_an_emoji(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        let made = acme.says(&bob, "Done").await;
        let reaction = |emoji: &str| format!("{}/reactions/{emoji}", acme.comment(&made));
        let count = async |who: &Actor| who.get(acme.comment(&made)).await.is(200)["reactions"].clone();
        let first = ann.put(reaction(THUMB)).await.is(200);
        assert_eq!(first["reactions"], json!([{ "emoji": "👍", "count": 1, "me": true }]));
        assert_eq!((&first["version"], &first["updated_at"]), (&made["version"], &made["updated_at"]));
        assert_eq!(acme.newest(1).await, ["Ann reacted with 👍 to a comment on WEB-1"]);
        let seq = acme.last_seq().await;
        assert_eq!(ann.put(reaction(THUMB)).await.is(200), first);
        assert_eq!(acme.last_seq().await, seq);
        app.clock.advance(Duration::from_secs(1));
        bob.put(reaction(PALE_HEART)).await.is(200);
        cy.put(reaction(HEART)).await.is(200);
        bob.put(reaction(THUMB)).await.is(200);
        assert_eq!(count(&cy).await, json!([
            { "emoji": "👍", "count": 2, "me": false }, { "emoji": "❤\u{FE0F}", "count": 2, "me": true },
        ]));
        // One's own goes, and nobody else's.
        bob.delete(reaction(HEART)).await.is(204);
        assert_eq!(acme.newest(1).await, ["Bob took back ❤\u{FE0F} from a comment on WEB-1"]);
        let seq = acme.last_seq().await;
        for emoji in [HEART, "%F0%9F%8E%89"] {
            bob.delete(reaction(emoji)).await.is(204);
        }
        assert_eq!(acme.last_seq().await, seq);
        assert_eq!(count(&bob).await[1], json!({ "emoji": "❤\u{FE0F}", "count": 1, "me": false }));
        for wrong in ["a", "ok", "%F0%9F%91%8D%F0%9F%91%8D", "%F0%9F%91%8D%20", "%00", "1", "%3A%2B1%3A", "%E2%80%8D"] {
            ann.put(reaction(wrong)).await.rejects("/emoji", "invalid_value");
            ann.delete(reaction(wrong)).await.rejects("/emoji", "invalid_value");
        }
        ann.put(reaction("%FF")).await.refuses(404, "not_found");
        assert_eq!(acme.last_seq().await, seq);
    }

    async fn fifty_reactions_of_one_person_at_once_are_one(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let made = acme.says(&bob, "Done").await;
        let path = format!("{}/reactions/{THUMB}", acme.comment(&made));
        let seq = acme.last_seq().await;
        for answer in join_all((0..50).map(|_| ann.put(&path))).await {
            assert_eq!(answer.is(200)["reactions"], json!([{ "emoji": "👍", "count": 1, "me": true }]));
        }
        assert_eq!(acme.last_seq().await, seq + 1);
    }

    async fn a_comment_has_at_most_fifty_different_reactions(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let made = acme.says(&bob, "Done").await;
        // 🐀 and those behind it.
        let emoji = |n: u8| format!("{}/reactions/%F0%9F%90%{:02X}", acme.comment(&made), 0x80 + n);
        for n in 0..50 {
            ann.put(emoji(n)).await.is(200);
        }
        let seq = acme.last_seq().await;
        bob.put(emoji(50)).await.rejects("/emoji", "too_many");
        assert_eq!(acme.last_seq().await, seq);
        assert_eq!(bob.put(emoji(49)).await.is(200)["reactions"].as_array().unwrap().len(), 50);
        ann.delete(emoji(0)).await.is(204);
        bob.put(emoji(50)).await.is(200);
    }

    async fn a_thread_is_settled_by_whoever_may_edit_the_task(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        ann.put(acme.path(&format!("/tasks/WEB-1/assignees/{}", cy.id))).await.is(200);
        let root = acme.says(&bob, "Root").await;
        let reply = acme.replies(&bob, &root, "Reply").await;
        let resolved = |comment: &Value| format!("{}/resolved", acme.comment(comment));
        bob.put(resolved(&root)).await.refuses(403, "forbidden");
        bob.delete(resolved(&root)).await.refuses(403, "forbidden");
        let settled = cy.put(resolved(&root)).await.is(200);
        assert_eq!((&settled["resolved_at"], &settled["version"]), (&settled["updated_at"], &json!(2)));
        assert_eq!(acme.newest(1).await, ["Cy resolved a thread on WEB-1"]);
        let seq = acme.last_seq().await;
        assert_eq!(ann.put(resolved(&root)).await.is(200)["resolved_at"], settled["resolved_at"]);
        assert_eq!(acme.last_seq().await, seq);
        cy.put(resolved(&reply)).await.rejects("/id", "invalid_value");
        cy.delete(resolved(&reply)).await.rejects("/id", "invalid_value");
        // What was written by somebody else stays open to edits.
        assert_eq!(bob.patch(acme.comment(&root), json!({ "body": "New" })).await.is(200)["resolved_at"], settled["resolved_at"]);
        cy.delete(resolved(&root)).await.is(204);
        assert_eq!(acme.newest(1).await, ["Cy reopened a thread on WEB-1"]);
        assert_eq!(ann.get(acme.comment(&root)).await.is(200)["resolved_at"], Value::Null);
        let seq = acme.last_seq().await;
        cy.delete(resolved(&root)).await.is(204);
        assert_eq!(acme.last_seq().await, seq);
        // A thread whose first comment is gone can still be settled.
        bob.delete(acme.comment(&root)).await.is(204);
        let place = cy.put(resolved(&root)).await.is(200);
        assert!(place["resolved_at"].is_string() && place["deleted"] == true, "{place}");
    }

    async fn a_comment_is_there_only_on_its_task_and_for_who_sees_it(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        acme.task("WEB", "Another").await;
        let made = acme.says(&bob, "Secret").await;
        let routes = |task: &str| {
            let comment = format!("/tasks/{task}/comments/{}", id(&made));
            [
                (Method::GET, comment.clone(), None),
                (Method::PATCH, comment.clone(), Some(json!({ "body": "New" }))),
                (Method::PATCH, comment.clone(), Some(json!({ "nonsense": 1 }))),
                (Method::DELETE, comment.clone(), None),
                (Method::PUT, format!("{comment}/reactions/{THUMB}"), None),
                (Method::PUT, format!("{comment}/reactions/nonsense"), None),
                (Method::DELETE, format!("{comment}/reactions/{THUMB}"), None),
                (Method::PUT, format!("{comment}/resolved"), None),
                (Method::DELETE, format!("{comment}/resolved"), None),
            ]
        };
        let of_task = [
            (Method::GET, COMMENTS.to_owned(), None),
            (Method::POST, COMMENTS.into(), Some(json!({ "body": "New" }))),
            (Method::GET, "/tasks/WEB-1/timeline".into(), None),
        ];
        for (method, path, body) in routes("WEB-2") {
            bob.send(method, &acme.path(&path), &[], body).await.refuses(404, "not_found");
        }
        ann.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        let before = ann.get(acme.path("/changes")).await.is(200)["items"].clone();
        for who in [&bob, &cy] {
            for (method, path, body) in routes("WEB-1").into_iter().chain(of_task.clone()) {
                who.send(method, &acme.path(&path), &[], body).await.refuses(404, "not_found");
            }
            for list in ["/search?q=secret", "/changes", "/activity?limit=200"] {
                let answer = who.get(acme.path(list)).await.is(200).to_string();
                assert!(!answer.contains(id(&made)) && !answer.contains("Secret"), "{list}: {answer}");
            }
        }
        assert_eq!(ann.get(acme.path("/changes")).await.is(200)["items"], before);
    }

    async fn in_an_archived_project_nothing_is_said(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let (root, other) = (acme.says(&bob, "Root").await, acme.says(&bob, "Other").await);
        ann.put(format!("{}/reactions/{THUMB}", acme.comment(&other))).await.is(200);
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        let seq = acme.last_seq().await;
        let comment = acme.comment(&root);
        for (method, path, body) in [
            (Method::POST, acme.path(COMMENTS), Some(json!({ "body": "New" }))),
            (Method::PATCH, comment.clone(), Some(json!({ "body": "New" }))),
            (Method::DELETE, comment.clone(), None),
            (Method::PUT, format!("{comment}/reactions/{THUMB}"), None),
            (Method::DELETE, format!("{}/reactions/{THUMB}", acme.comment(&other)), None),
            (Method::PUT, format!("{comment}/resolved"), None),
            (Method::DELETE, format!("{comment}/resolved"), None),
        ] {
            let who = if method == Method::PATCH { &bob } else { &ann };
            who.send(method, &path, &[], body).await.refuses(409, "project_archived");
        }
        assert_eq!(acme.last_seq().await, seq);
        let shown = bob.get(&comment).await.is(200);
        assert_eq!((&shown["can"], acme.listed(&bob).await.len()), (&json!([]), 2));
        ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        bob.delete(&comment).await.is(204);
    }

    async fn comments_go_into_the_trash_and_come_back_with_their_task(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let root = acme.says(&bob, "A heron").await;
        acme.replies(&ann, &root, "Another heron").await;
        let before = acme.listed(&bob).await;
        let found = async || each(&json!(bob.walks(&acme.path("/search?q=heron"), 50).await), "/object/body").len();
        for (gone, back) in [("/tasks/WEB-1", "/tasks/WEB-1/restore"), ("/projects/WEB", "/projects/WEB/restore")] {
            assert_eq!(found().await, 2);
            ann.delete(acme.path(gone)).await.is(204);
            assert_eq!(found().await, 0);
            bob.get(acme.path(COMMENTS)).await.refuses(404, "not_found");
            bob.get(acme.comment(&root)).await.refuses(404, "not_found");
            bob.post(acme.path(COMMENTS), json!({ "body": "New" })).await.refuses(404, "not_found");
            ann.posts(acme.path(back)).await.is(200);
            assert_eq!(acme.listed(&bob).await, before);
        }
        assert_eq!((found().await, acme.comment_count().await), (2, json!(2)));
    }

    async fn comments_are_found_by_their_words(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let made = acme.says(&bob, &format!("Use ultramarine, <@{}>", ann.id)).await;
        let search = async |query: &str| each(&json!(bob.walks(&acme.path(&format!("/search?q={query}")), 1).await), "/id");
        let hit = ann.get(acme.path("/search?q=ULTRA")).await.is(200)["items"][0].clone();
        assert_eq!((&hit["kind"], &hit["object"]["body"]), (&json!("comment"), &made["body"]));
        assert_eq!(search("ultramarine&kind=comment").await, [id(&made)]);
        assert_eq!(search("ultramarine&kind=task,project").await, [""; 0]);
        assert_eq!(search("ultramarine&project=WEB").await, [id(&made)]);
        // Not by whom it mentions.
        assert_eq!(search(ann.id.split('-').next().unwrap()).await, [""; 0]);
        bob.patch(acme.comment(&made), json!({ "body": "Use vermilion" })).await.is(200);
        assert_eq!((search("ultramarine").await.len(), search("vermilion").await.len()), (0, 1));
        // The list of tasks is one of tasks.
        assert_eq!(ann.get(acme.path("/tasks?q=vermilion")).await.is(200)["items"], json!([]));
        bob.delete(acme.comment(&made)).await.is(204);
        assert_eq!(search("vermilion").await, [""; 0]);
        assert_eq!(guildhall::app::reindex::differing(&app.app.public()).await.unwrap(), 0);
    }

    async fn a_timeline_has_comments_and_changes_in_their_order(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let root = acme.says(&bob, "Red?").await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "review" })).await.is(200);
        let reply = acme.replies(&ann, &root, "Green").await;
        let gone = acme.says(&ann, "Never mind").await;
        ann.put(format!("{}/reactions/{THUMB}", acme.comment(&root))).await.is(200);
        ann.delete(acme.comment(&gone)).await.is(204);
        bob.patch(acme.comment(&root), json!({ "body": "Red or blue?" })).await.is(200);
        let line = |item: &Value| match item["kind"].as_str().unwrap() {
            "comment" => item["comment"]["body"].as_str().unwrap().to_owned(),
            _ => item["activity"]["summary"].as_str().unwrap().to_owned(),
        };
        let expected = ["Ann created WEB-1", "Red or blue?", "Ann moved WEB-1 from To do to Review", "Green"];
        for limit in [1, 2, 50] {
            for (query, is_reversed) in [("", false), ("order=asc", false), ("order=desc", true)] {
                let items = bob.walks(&acme.path(&format!("/tasks/WEB-1/timeline?{query}")), limit).await;
                let mut lines: Vec<String> = items.iter().map(line).collect();
                if is_reversed {
                    lines.reverse();
                }
                assert_eq!(lines, expected, "{query} {limit}");
            }
        }
        // What is shown is what the routes of each show, to each.
        let items = bob.walks(&acme.path("/tasks/WEB-1/timeline?"), 50).await;
        assert_eq!(items[1]["comment"], bob.get(acme.comment(&root)).await.is(200));
        assert_eq!(items[3]["comment"], bob.get(acme.comment(&reply)).await.is(200));
        let activity = bob.get(acme.path("/tasks/WEB-1/activity?action=task.created")).await.is(200);
        assert_eq!(items[0]["activity"], activity["items"][0]);
        bob.get(acme.path("/tasks/WEB-1/timeline?order=up")).await.rejects("/order", "invalid_value");
        // A cursor belongs to its order.
        let page = bob.get(acme.path("/tasks/WEB-1/timeline?limit=1")).await.is(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        bob.get(acme.path(&format!("/tasks/WEB-1/timeline?order=desc&cursor={cursor}"))).await.refuses(422, "invalid_cursor");
    }

    async fn nobody_replies_to_what_is_gone(app: TestApp) {
        let (ann, acme, bob, cy) = website(&app).await;
        for _ in 0..8 {
            let root = acme.says(&bob, "Root").await;
            let body = json!({ "body": "Reply", "parent_id": root["id"] });
            let path = acme.comment(&root);
            let (reply, deleted, resolved, reaction) = join!(
                cy.post(acme.path(COMMENTS), body), bob.delete(&path), ann.put(format!("{path}/resolved")),
                cy.put(format!("{path}/reactions/{THUMB}")),
            );
            deleted.is(204);
            let place = ann.get(&path).await;
            if reply.status == 201 {
                // It came first, and the comment keeps its place.
                assert_eq!((place.status, &place.body["deleted"]), (200, &json!(true)));
            } else {
                reply.rejects("/parent_id", "not_found");
                place.refuses(404, "not_found");
            }
            assert!([200, 404].contains(&resolved.status) && [200, 404].contains(&reaction.status));
            let count = acme.listed(&ann).await.iter().filter(|comment| comment["deleted"] == false).count();
            assert_eq!(acme.comment_count().await, count);
        }
        assert_eq!(app.database.number("select count(*) from comment_reactions").await, 0);
    }

    async fn who_deletes_their_account_leaves_what_they_said_and_not_their_name(app: TestApp) {
        let (ann, acme, bob, _) = website(&app).await;
        let made = acme.says(&bob, "Mine").await;
        let about = acme.says(&ann, &format!("Ask <@{}>", bob.id)).await;
        bob.put(format!("{}/reactions/{THUMB}", acme.comment(&about))).await.is(200);
        bob.delete("/v1/me").await.is(204);
        let shown = ann.get(acme.comment(&made)).await.is(200);
        assert_eq!((&shown["body"], &shown["author"]["name"]), (&json!("Mine"), &json!("Deleted user")));
        let about = ann.get(acme.comment(&about)).await.is(200);
        assert_eq!((&about["mentions"][0]["name"], &about["reactions"][0]["count"]), (&json!("Deleted user"), &json!(1)));
    }

    async fn a_comment_takes_twelve_statements(app: TestApp) {
        let mut options = Options::default();
        options.database.connections = 1;
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let (_, acme, bob, _) = website(&app).await;
        let create = async || drop(acme.says(&bob, "Paint it red").await);
        create().await;
        // Lock, session, membership, task, its labels; comment, count, words, entry, counters, names.
        assert_eq!(counted(&app, create()).await, 12);
    }
}
