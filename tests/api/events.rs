//! Live events: who follows them gets the ledger as it grows, all of it that they may see, once, for as long as they may.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Actor, Engine, Event, Following, Listener, OFTEN, Options, Org, PASSWORD, TestApp, both_engines, each,
    node,
};

const NEVER: Duration = Duration::from_hours(1);

/// The activity as somebody sees it, the oldest first.
async fn activity(actor: &Actor, org: &Org) -> Vec<Value> {
    let mut entries = actor.walks(&org.path("/activity?"), 200).await;
    entries.reverse();
    entries
}

fn seqs(entries: &[Value]) -> Vec<i64> {
    entries.iter().map(|entry| entry["seq"].as_i64().unwrap()).collect()
}

both_engines! {
    async fn streams_that_end_together_are_not_asked_to_come_back_together(app: TestApp) {
        let ann = node(&app, OFTEN).await.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut streams = Vec::new();
        for _ in 0..12 {
            streams.push(ann.follows(&acme, "").await);
        }
        let retries = async |streams: &mut [Following]| {
            let retry = async |stream: &mut Following| loop {
                if let Some(retry) = stream.next().await.unwrap().retry { break retry; }
            };
            join_all(streams.iter_mut().map(retry)).await.into_iter().collect::<BTreeSet<_>>()
        };
        let at_first = retries(&mut streams).await;
        assert!(at_first.len() > 6 && at_first.iter().all(|retry| (1_000..=3_000).contains(retry)), "{at_first:?}");
        // The server can't go on reading.
        app.database.run("alter table ledger rename to hidden").await;
        let at_last = retries(&mut streams).await;
        assert!(at_last.len() > 6 && at_last.iter().all(|retry| (5_000..=15_000).contains(retry)), "{at_last:?}");
        for stream in streams {
            assert!(stream.ends().await.is_empty());
        }
        app.database.run("alter table hidden rename to ledger").await;
    }

    async fn streams_leave_connections_to_others(app: TestApp) {
        let mut options = Options::default();
        options.http.streams = 2;
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let _open = (ann.follows(&acme, "").await, ann.follows(&acme, "").await);
        ann.get(acme.path("/events")).await.refuses(503, "overloaded");
        ann.get("/v1/me").await.is(200);
    }

    async fn what_is_done_comes_as_it_is_done(app: TestApp) {
        let ann = node(&app, NEVER).await.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let bob = acme.gets("Bob", "member").await;
        let mut following = bob.follows(&acme, "").await;
        let began = following.next().await.unwrap();
        assert_eq!((began.id, began.data), (acme.last_seq().await, Value::Null));
        acme.project("Web").await;
        let created = following.entry().await;
        assert_eq!((&created["action"], &created["summary"]), (&json!("project.created"), &json!("Ann created the project Web")));
        acme.task("WEB", "Paint it").await;
        let done = json!({ "status": "in_progress", "assignee_ids": [bob.id] });
        ann.patch(acme.path("/tasks/WEB-1"), done).await.is(200);
        let mut entries = vec![created];
        entries.extend(following.entries(3).await);
        assert_eq!(entries, activity(&bob, &acme).await.split_off(entries.len() - 1));
        // What fails, and what is only tried, is no event.
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "?" })).await.is(422);
        ann.delete(acme.path("/tasks/WEB-1?dry_run=true")).await.is(200);
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        assert_eq!(following.entry().await["action"], "task.deleted");
    }

    async fn who_comes_back_misses_nothing_and_gets_nothing_twice(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for n in 0..120 {
            acme.task("WEB", &format!("Task {n}")).await;
        }
        let all = activity(&ann, &acme).await;
        assert_eq!(ann.follows(&acme, "last_event_id=0").await.entries(all.len()).await, all);
        for at in [1, 60, all.len() - 1] {
            let (id, rest) = (at.to_string(), &all[at..]);
            let by_query = ann.follows(&acme, &format!("last_event_id={id}")).await.entries(rest.len()).await;
            assert_eq!(by_query, rest);
            // The header, which comes from the browser itself, goes before the URL that the stream was opened with.
            let headers = [("last-event-id", id.as_str())];
            let by_header = ann.follows_with(&acme, "last_event_id=0", &headers).await.entries(rest.len()).await;
            assert_eq!(by_header, rest);
        }
        // From the end on, nothing is old.
        let mut following = ann.follows(&acme, &format!("last_event_id={}", all.len())).await;
        acme.task("WEB", "Another").await;
        assert_eq!(following.entry().await["seq"], all.len() + 1);
    }

    async fn what_is_no_place_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        for wrong in ["x", "-1", "%2B1", "", "1.0", "1-", "1-x"] {
            ann.get(acme.path(&format!("/events?last_event_id={wrong}"))).await.rejects("/last_event_id", "invalid_value");
        }
        let header = [("last-event-id", "one")];
        let get = reqwest::Method::GET;
        ann.send(get, &acme.path("/events"), &header, None).await.rejects("/last_event_id", "invalid_value");
        // nginx is told to pass on what comes, and tells nobody.
        assert_eq!(ann.get(acme.path("/events")).await.header("x-accel-buffering"), "no");
        ann.get(acme.path("/events?from=1")).await.rejects("/from", "unknown_field");
        ann.get(acme.path("/events?last_event_id=1&last_event_id=2")).await.is(422);
    }

    async fn each_event_carries_its_object_as_it_is_now(app: TestApp) {
        let ann = node(&app, NEVER).await.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let objects = |entries: Vec<Value>| entries.into_iter().map(|entry| entry["object"].clone()).collect::<Vec<_>>();
        let mut stream = ann.follows(&acme, "include=object").await;
        acme.project("Web").await;
        assert_eq!(objects(stream.entries(1).await)[0]["object"], ann.get(acme.path("/projects/WEB")).await.is(200));
        let task = acme.task("WEB", "Paint it").await;
        let told = stream.entry().await;
        let seq = acme.last_seq().await;
        assert_eq!(told["object"], json!({ "kind": "task", "id": task["id"], "seq": seq, "deleted": false, "object": task }));
        assert_eq!((&told["action"], &told["seq"]), (&json!("task.created"), &json!(seq)));
        // Each of the entries of one commit has it, as it is after all of them.
        let done = json!({ "title": "Painted", "status": "done", "assignee_ids": [mia.id] });
        let done = ann.patch(acme.path("/tasks/WEB-1"), done).await.is(200);
        let told = stream.entries(3).await;
        for object in objects(told) {
            assert_eq!((&object["seq"], &object["object"]), (&json!(seq + 3), &done));
        }
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        let gone = json!({ "kind": "task", "id": task["id"], "seq": seq + 4, "deleted": true, "object": null });
        assert_eq!(stream.entry().await["object"], gone);
        // What was deleted meanwhile is so in the entries of before.
        let id = format!("include=object&last_event_id={}", seq - 1);
        assert_eq!(objects(ann.follows(&acme, &id).await.entries(4).await), vec![gone.clone(); 4]);
        // Invitations are in no copy.
        ann.post(acme.path("/invitations"), json!({ "email": "new@example.com", "role": "member" })).await.is(201);
        assert_eq!(objects(stream.entries(1).await), [Value::Null]);
        let plain = ann.follows(&acme, &format!("last_event_id={}", seq - 1)).await.entry().await;
        assert_eq!(plain.get("object"), None);

        // So it is with a ticket.
        let given = ann.posts(acme.path("/events/ticket")).await.is(200);
        let ticket = format!("ticket={}&last_event_id={}&include=object", given["ticket"].as_str().unwrap(), seq + 3);
        assert_eq!(app.anon().with_address(ann.app.address).follows(&acme, &ticket).await.entry().await["object"], gone);
        for wrong in ["objects", ""] {
            ann.get(acme.path(&format!("/events?include={wrong}"))).await.rejects("/include", "invalid_value");
        }
    }

    async fn what_changes_besides_is_told_before_the_entry(app: TestApp) {
        let ann = node(&app, NEVER).await.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        acme.private_project("Vault").await;
        for n in 0..3 {
            acme.task("VAU", &format!("Task {n}")).await;
        }
        let kinds = |event: &Event| each(&event.data["items"], "/kind");
        let mut stream = mia.follows(&acme, "include=object").await;
        let began = stream.next().await.unwrap();
        ann.put(acme.path(&format!("/projects/VAU/members/{}", mia.id))).await.is(204);
        let whole = stream.next().await.unwrap();
        // Whoever breaks off after it comes back to before it.
        assert_eq!((whole.name.as_deref(), &whole.place), (Some("changes"), &began.place));
        assert_eq!(kinds(&whole), [&["column"; 5][..], &["task"; 3]].concat());
        let entry = stream.entry().await;
        assert_eq!((&entry["action"], &entry["object"]["kind"]), (&json!("project.member_added"), &json!("project")));
        // Out of sight, it is gone, and no entry tells.
        ann.delete(acme.path(&format!("/projects/VAU/members/{}", mia.id))).await.is(204);
        let gone = stream.next().await.unwrap();
        let items = gone.data["items"].as_array().unwrap();
        assert_eq!((items.len(), &items[0]["kind"], &items[0]["deleted"]), (1, &json!("project"), &json!(true)));
        // A subtask's parent shows how many it has.
        acme.project("Web").await;
        stream.entry().await;
        let parent = acme.task("WEB", "Parent").await;
        stream.entry().await;
        let child = json!({ "title": "Child", "parent_id": parent["id"] });
        ann.post(acme.path("/projects/WEB/tasks"), child).await.is(201);
        let beside = stream.next().await.unwrap();
        assert_eq!(beside.data["items"][0]["object"]["subtask_counts"]["total"], 1);
        assert_eq!(stream.entry().await["object"]["object"]["title"], "Child");
    }

    async fn a_stream_goes_on_where_a_copy_stands(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        acme.takes(&bob, "member").await;
        acme.project("Web").await;
        for n in 0..150 {
            acme.task("WEB", &format!("Task {n}")).await;
        }
        let since = |answer: Value| answer["next"].as_str().unwrap().to_owned();
        let beating = ann.with_address(node(&app, OFTEN).await.address);
        // After a page, in the middle of the snapshot, and at its end.
        for limit in [3, 200] {
            let mut listener = Listener::of(&beating, &acme);
            listener.copy.asks(limit).await;
            listener.last = listener.copy.since().to_owned();
            ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": format!("Painted {limit}") })).await.is(200);
            listener.hears_up_to(acme.last_seq().await).await;
            listener.copy.is_true().await;
        }
        // A stream that always breaks off comes to the end of the snapshot.
        let mut listener = Listener::of(&beating, &acme);
        listener.last = since(ann.get(acme.path("/changes?limit=1")).await.is(200));
        listener.copy.asks(1).await;
        listener.hears_a_little_at_a_time(acme.last_seq().await).await;
        listener.copy.is_true().await;
        // Who comes with what never happened gets everything, too.
        listener.last = "99999".into();
        listener.hears_a_little_at_a_time(acme.last_seq().await).await;
        listener.copy.is_true().await;

        let next = since(ann.get(acme.path("/changes?limit=200")).await.is(200));
        let foreign = since(ann.get(other.path("/changes")).await.is(200));
        let of_bob = since(bob.get(acme.path("/changes")).await.is(200));
        let cursor = ann.get(acme.path("/activity?limit=1")).await.is(200)["next_cursor"].as_str().unwrap().to_owned();
        for wrong in [&next[1..], &foreign, &of_bob, &cursor] {
            ann.get(acme.path(&format!("/events?last_event_id={wrong}"))).await.rejects("/last_event_id", "invalid_value");
        }
    }

    async fn each_gets_what_they_may_see_by_then(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (ada, mia) = (acme.gets("Ada", "admin").await, acme.gets("Mia", "member").await);
        let start = format!("last_event_id={}", acme.last_seq().await);
        acme.project("Open").await;
        acme.private_project("Vault").await;
        acme.task("VAU", "Secret").await;
        ann.post(acme.path("/invitations"), json!({ "email": "new@example.com", "role": "member" })).await.is(201);
        acme.task("OPE", "Plain").await;
        let actions = |entries: Vec<Value>| entries.iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let seen = ["project.created", "project.created", "project.member_added", "task.created", "invitation.created", "task.created"];
        let mut of_ada = ada.follows(&acme, &start).await;
        assert_eq!(actions(of_ada.entries(6).await), seen);
        let mut of_mia = mia.follows(&acme, &start).await;
        assert_eq!(actions(of_mia.entries(2).await), ["project.created", "task.created"]);
        // From when on she is in it, the stream that is open has it too.
        ann.put(acme.path(&format!("/projects/VAU/members/{}", mia.id))).await.is(204);
        assert_eq!(of_mia.entry().await["action"], "project.member_added");
        acme.task("VAU", "Known").await;
        assert_eq!(of_mia.entry().await["subject"]["label"], "VAU-2");
        ann.delete(acme.path(&format!("/projects/VAU/members/{}", mia.id))).await.is(204);
        acme.task("VAU", "Unknown again").await;
        acme.task("OPE", "Known").await;
        assert_eq!(of_mia.entry().await["subject"]["label"], "OPE-2");
        // An admin who becomes a member goes on as one.
        of_ada.entries(5).await;
        ann.patch(acme.path(&format!("/members/{}", ada.id)), json!({ "role": "member" })).await.is(200);
        acme.task("VAU", "Secret").await;
        acme.task("OPE", "Plain").await;
        assert_eq!(actions(of_ada.entries(2).await), ["member.role_changed", "task.created"]);
        for actor in [&ann, &ada, &mia] {
            let all = activity(actor, &acme).await;
            assert_eq!(actor.follows(&acme, "last_event_id=0").await.entries(all.len()).await, all);
        }
    }

    async fn a_stream_ends_at_once_with_the_right_to_it(app: TestApp) {
        let far = node(&app, NEVER).await;
        let ann = far.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut last = 0;
        let mut member = async || {
            last += 1;
            acme.gets(&format!("Member {last}"), "member").await
        };
        let following = async |who: &Actor| {
            let mut following = who.follows(&acme, "").await;
            following.next().await.unwrap();
            following
        };

        let removed = member().await;
        let stream = following(&removed).await;
        ann.delete(acme.path(&format!("/members/{}", removed.id))).await.is(204);
        assert_eq!(stream.ends().await, Vec::<Value>::new());

        let leaving = member().await;
        let stream = following(&leaving).await;
        leaving.posts(acme.path("/leave")).await.is(204);
        stream.ends().await;

        let logging_out = member().await;
        let (stream, other) = (following(&logging_out).await, far.logs_in(&logging_out.email).await);
        let mut of_other = following(&other).await;
        logging_out.posts("/v1/auth/logout").await.is(204);
        stream.ends().await;
        // The other session goes on, until it is ended too.
        acme.project("Proof").await;
        assert_eq!(of_other.entry().await["action"], "project.created");
        let mut of_third = following(&far.logs_in(&logging_out.email).await).await;
        other.delete("/v1/me/sessions").await.is(204);
        assert_eq!(of_third.next().await, None);
        let passwords = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });
        let mut of_fourth = following(&far.logs_in(&logging_out.email).await).await;
        other.send(reqwest::Method::PUT, "/v1/me/password", &[], Some(passwords)).await.is(204);
        assert_eq!(of_fourth.next().await, None);

        let disabled = member().await;
        let stream = following(&disabled).await;
        far.app.operator().set_disabled(&disabled.email.parse().unwrap(), true).await.unwrap();
        stream.ends().await;

        let gone = member().await;
        let stream = following(&gone).await;
        gone.delete("/v1/me").await.is(204);
        stream.ends().await;

        let scripting = member().await;
        let token = json!({ "name": "Script", "scopes": ["read"] });
        let token = scripting.post("/v1/me/tokens", token).await.is(201);
        let stream = following(&scripting.with_token(token["token"].as_str().unwrap())).await;
        scripting.delete(format!("/v1/me/tokens/{}", token["id"].as_str().unwrap())).await.is(204);
        stream.ends().await;

        let replayed = member().await;
        let stream = following(&replayed).await;
        let used = replayed.refreshed().await;
        far.clock.advance(Duration::from_secs(11));
        far.anon().post("/v1/auth/refresh", json!({ "refresh_token": replayed.refresh_token })).await.is(401);
        stream.ends().await;
        used.get("/v1/me").await.is(401);

        let staying = member().await;
        let stream = following(&staying).await;
        ann.again().await.delete(acme.path(&format!("?confirm={}", acme.slug))).await.is(204);
        stream.ends().await;
    }

    async fn a_ticket_opens_one_stream_of_one_organization_soon(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        let anybody = app.anon();
        let ticket = async || {
            let given = ann.posts(acme.path("/events/ticket")).await.is(200);
            assert!(given["last_event_id"].as_str().unwrap().starts_with(&format!("{}-", acme.last_seq().await)));
            format!("ticket={}", given["ticket"].as_str().unwrap())
        };
        let good = ticket().await;
        let mut following = anybody.follows(&acme, &format!("{good}&last_event_id=0")).await;
        assert_eq!(following.entry().await["action"], "organization.created");
        for used in [good.clone(), format!("{good}x"), "ticket=".into(), "ticket=abc".into()] {
            anybody.get(acme.path(&format!("/events?{used}"))).await.refuses(401, "unauthenticated");
        }
        // Of many who come with it at once, one gets in.
        let good = ticket().await;
        let answers = join_all((0..20).map(|_| anybody.get(acme.path(&format!("/events?{good}"))))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [&[200][..], &[401; 19]].concat());
        // It is good for nothing else.
        let good = ticket().await;
        for path in ["/activity", "/tasks", ""] {
            anybody.get(acme.path(&format!("{path}?{good}"))).await.is(401);
        }
        anybody.send(reqwest::Method::POST, &acme.path(&format!("/events/ticket?{good}")), &[], None).await.is(401);
        anybody.get(other.path(&format!("/events?{good}"))).await.refuses(404, "not_found");
        let late = ticket().await;
        app.clock.advance(Duration::from_secs(30));
        anybody.get(acme.path(&format!("/events?{late}"))).await.refuses(401, "unauthenticated");
        // It is as good as the credential that it came from.
        let token = ann.post("/v1/me/tokens", json!({ "name": "Script", "scopes": ["read"], "organization_id": acme.id })).await;
        let script = ann.with_token(token.is(201)["token"].as_str().unwrap());
        let given = script.posts(acme.path("/events/ticket")).await.is(200);
        anybody.follows(&acme, &format!("ticket={}", given["ticket"].as_str().unwrap())).await;
        let orphan = ticket().await;
        ann.posts("/v1/auth/logout").await.is(204);
        anybody.get(acme.path(&format!("/events?{orphan}"))).await.refuses(401, "unauthenticated");
    }

    async fn many_writers_and_followers_see_one_order_without_a_gap(app: TestApp) {
        let app = node(&app, NEVER).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let start = acme.last_seq().await;
        let early = join_all((0..8).map(|_| ann.follows(&acme, ""))).await;
        let write = join_all((0..50).map(|n| {
            let (ann, path) = (ann.clone(), acme.path("/projects/WEB/tasks"));
            async move { ann.post(path, json!({ "title": format!("Task {n}") })).await.is(201) }
        }));
        let read = join_all(early.into_iter().map(|mut one: Following| async move { seqs(&one.entries(50).await) }));
        let (_, read) = futures_util::join!(write, read);
        for one in read {
            assert_eq!(one, (start + 1..=start + 50).collect::<Vec<_>>());
        }
    }

    async fn what_is_done_at_one_node_comes_at_the_others(app: TestApp) {
        // PostgreSQL tells the other nodes; what SQLite is told by another process, a stream finds out by looking.
        let beat = if app.database.engine() == Engine::Sqlite { OFTEN } else { NEVER };
        let (here, there) = (node(&app, beat).await, node(&app, beat).await);
        let ann = here.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let far = there.logs_in(&ann.email).await;
        let (mut near_stream, mut far_stream) = (ann.follows(&acme, "").await, far.follows(&acme, "").await);
        for (node, name) in [(&ann, "Near"), (&far, "Far")] {
            node.post(acme.path("/projects"), json!({ "name": name })).await.is(201);
            for stream in [&mut near_stream, &mut far_stream] {
                assert_eq!(stream.entry().await["subject"]["label"], name);
            }
        }
        // And so does the end of a session.
        ann.delete("/v1/me/sessions").await.is(204);
        far_stream.ends().await;
    }

    async fn a_heartbeat_tells_how_far_the_stream_is(app: TestApp) {
        let app = node(&app, OFTEN).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let mut following = mia.follows(&acme, "").await;
        following.next().await.unwrap();
        acme.private_project("Vault").await;
        let last = acme.last_seq().await;
        loop {
            let event = following.next().await.unwrap();
            assert_eq!(event.data, Value::Null);
            if event.id == last {
                break;
            }
        }
    }

    async fn a_server_that_stops_ends_its_streams_and_takes_no_new_ones(app: TestApp) {
        let app = node(&app, NEVER).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut before = ann.follows(&acme, "").await;
        before.next().await.unwrap();
        app.app.gateway().close_streams();
        assert_eq!(before.next().await, None);
        assert_eq!(ann.follows(&acme, "last_event_id=0").await.ends().await, activity(&ann, &acme).await);
    }

    async fn the_oldest_of_too_many_streams_makes_room(app: TestApp) {
        let app = node(&app, NEVER).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let mut streams = Vec::new();
        for _ in 0..33 {
            let mut stream = mia.follows(&acme, "").await;
            stream.next().await.unwrap();
            streams.push(stream);
        }
        let mut of_ann = ann.follows(&acme, "").await;
        assert_eq!(streams.remove(0).next().await, None);
        acme.project("Web").await;
        let heard = join_all(streams.iter_mut().chain([&mut of_ann]).map(Following::entry)).await;
        assert_eq!(heard.iter().map(|entry| entry["id"].as_str().unwrap()).collect::<BTreeSet<_>>().len(), 1);
        assert_eq!(heard.len(), 33);
    }
}
