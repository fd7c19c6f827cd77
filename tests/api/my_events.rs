//! `GET /v1/me/events`: one stream of what happens wherever somebody is.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    statements::counted_with_reads,
    support::{Actor, Collection, Event, Following, OFTEN, Options, TestApp, both_engines, each, node},
};

const NEVER: Duration = Duration::from_hours(1);

async fn follows(who: &Actor, query: &str) -> Following {
    who.follows_path(&format!("/v1/me/events?{query}"), &[]).await
}

/// The next event that has data.
async fn next(stream: &mut Following) -> Event {
    loop {
        let event = stream.next().await.expect("the stream is over");
        if !event.data.is_null() {
            return event;
        }
    }
}

/// Reads until the stream says how far it is, so that a write after that is told live.
async fn began(who: &Actor, query: &str) -> Following {
    let mut stream = follows(who, query).await;
    stream.next().await.unwrap();
    stream
}

both_engines! {
    async fn tell_what_happens_in_each_organization_as_it_happens(app: TestApp) {
        let app = node(&app, NEVER).await;
        let (ann, bob, cy) = (app.signs_up("Ann").await, app.signs_up("Bob").await, app.signs_up("Cy").await);
        let (acme, beta) = (ann.founds("Acme").await, bob.founds("Beta").await);
        for with_objects in [false, true] {
            let query = if with_objects { "include=object" } else { "" };
            let project = |name: &str| format!("{name} {with_objects}");
            let mut stream = began(&ann, query).await;
            acme.project(&project("Web")).await;
            let mut entry = next(&mut stream).await;
            if with_objects {
                assert_eq!(each(&entry.data["items"], "/kind"), ["column"; 5]);
                entry = next(&mut stream).await;
                assert_eq!(entry.data["object"]["object"]["name"], project("Web"));
            }
            assert_eq!((&entry.data["organization_id"], &entry.data["action"]), (&json!(acme.id), &json!("project.created")));
            assert_eq!(entry.data.get("object").is_some(), with_objects);
            assert!(!entry.place.is_empty());

            // One's own account, and an organization that one joins and leaves: from when on one is in it.
            ann.patch("/v1/me", json!({ "name": project("Ann") })).await.is(200);
            let account = next(&mut stream).await;
            assert_eq!((account.name.as_deref(), each(&account.data["items"], "/object/name")), (Some("changes"), vec![project("Ann")]));
            bob.post(beta.path("/projects"), json!({ "name": project("Unseen") })).await.is(201);
            beta.takes(&ann, "member").await;
            let joined = next(&mut stream).await;
            assert_eq!(joined.data["items"][0]["organization_id"], beta.id);
            assert_eq!(each(&joined.data["items"], "/kind").contains(&"project".to_owned()), with_objects, "{}", joined.data);
            bob.post(beta.path("/labels"), json!({ "name": project("Red") })).await.is(201);
            let label = next(&mut stream).await;
            assert_eq!((&label.data["organization_id"], &label.data["action"]), (&json!(beta.id), &json!("label.created")));
            bob.patch(beta.path(&format!("/members/{}", ann.id)), json!({ "role": "admin" })).await.is(200);
            while next(&mut stream).await.data["action"] != "member.role_changed" {}
            bob.delete(beta.path(&format!("/members/{}", ann.id))).await.is(204);
            let gone = next(&mut stream).await;
            let item = &gone.data["items"][0];
            assert_eq!((&item["kind"], &item["id"], &item["deleted"]), (&json!("organization"), &json!(beta.id), &json!(true)));
            bob.post(beta.path("/labels"), json!({ "name": project("Unseen") })).await.is(201);
            acme.project(&project("Seen")).await;
            while next(&mut stream).await.data["action"] != "project.created" {}
        }
        // A deleted organization is gone, and comes again, for somebody who is nowhere else, too.
        beta.takes(&cy, "member").await;
        let mut streams = [began(&bob, "include=object").await, began(&cy, "include=object").await];
        let mut plain = began(&cy, "").await;
        bob.delete(beta.path("?confirm=beta")).await.is(204);
        for stream in streams.iter_mut().chain([&mut plain]) {
            assert_eq!(next(stream).await.data["items"][0]["deleted"], true);
        }
        bob.posts(beta.path("/restore")).await.is(200);
        for stream in &mut streams {
            let whole = next(stream).await;
            assert!(each(&whole.data["items"], "/kind").contains(&"label".to_owned()), "{}", whole.data);
        }
        assert_eq!(next(&mut plain).await.data["action"], "organization.restored");
        // So is one that the server's operator disables.
        let operator = app.operator();
        operator.posts(format!("/v1/admin/orgs/{}/disable", beta.id)).await.is(200);
        for stream in streams.iter_mut().chain([&mut plain]) {
            while next(stream).await.data["items"][0]["deleted"] != true {}
        }
        operator.posts(format!("/v1/admin/orgs/{}/enable", beta.id)).await.is(200);
        for stream in &mut streams {
            let whole = next(stream).await;
            assert!(each(&whole.data["items"], "/kind").contains(&"label".to_owned()), "{}", whole.data);
        }
        assert_eq!(next(&mut plain).await.data["action"], "organization.enabled");
    }

    async fn go_on_where_a_copy_stands_without_loss(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let (acme, beta) = (ann.founds("Acme").await, bob.founds("Beta").await);
        let mut copies = [Collection::of(&ann), Collection::of(&ann)];
        copies[0].syncs(3).await;
        for n in 0..4 {
            if n % 2 == 0 {
                beta.takes(&ann, "member").await;
                acme.private_project(&format!("Vault {n}")).await;
            } else {
                ann.posts(beta.path("/leave")).await.is(204);
            }
            let project = bob.post(beta.path("/projects"), json!({ "name": format!("Web {n}") })).await.is(201);
            let tasks = beta.path(&format!("/projects/{}/tasks", project["key"].as_str().unwrap()));
            bob.post(tasks, json!({ "title": "Paint it" })).await.is(201);
            copies[0].hears_all().await;
            copies[1].hears_a_little_at_a_time().await;
            for copy in &mut copies {
                copy.is_true().await;
                let nothing = copy.asks(200).await;
                assert_eq!((&nothing["items"], &nothing["reset"]), (&json!([]), &json!(false)));
            }
        }
        // In the middle of what is told of one that is joined, or joined again, also where the stream always breaks off.
        for n in 0..130 {
            bob.post(beta.path("/projects/WEB/tasks"), json!({ "title": format!("Task {n}") })).await.is(201);
        }
        beta.takes(&ann, "member").await;
        copies[1].hears_a_little_at_a_time().await;
        copies[1].is_true().await;
        ann.posts(beta.path("/leave")).await.is(204);
        bob.delete(beta.path("/tasks/WEB-1")).await.is(204);
        beta.takes(&ann, "member").await;
        for copy in &mut copies {
            copy.hears_a_little_at_a_time().await;
            copy.is_true().await;
        }
        // A server that is started anew, and a page of the changes that is taken up before.
        let [mut copy, _] = copies;
        copy.actor = ann.with_address(node(&app, NEVER).await.address);
        acme.project("Late").await;
        copy.asks(1).await;
        acme.project("Later").await;
        copy.hears_all().await;
        copy.is_true().await;
    }

    async fn hold_for_somebody_in_more_organizations_than_an_id_has_room_for(app: TestApp) {
        let (ann, bob) = (app.signs_up("Ann").await, app.signs_up("Bob").await);
        let mut orgs = Vec::new();
        for n in 0..54 {
            orgs.push(bob.founds(&format!("Org {n}")).await);
        }
        // The places that are still to be looked at aren't forgotten while others come.
        orgs.push(ann.founds("Home").await);
        orgs[54].project("Old").await;
        let mut copies = [Collection::of(&ann), Collection::of(&ann), Collection::of(&ann)];
        for copy in &mut copies[1..] {
            copy.syncs(200).await;
        }
        ann.delete(orgs[54].path("/projects/OLD")).await.is(204);
        for org in &orgs[..54] {
            org.takes(&ann, "owner").await;
        }
        copies[2].syncs(3).await;
        let mut live = began(&ann, "").await;
        for n in [0, 54] {
            orgs[n].project("Web").await;
            assert_eq!(next(&mut live).await.data["organization_id"], orgs[n].id);
            copies[0].hears_all().await;
            copies[1].hears_all().await;
            copies[2].syncs(200).await;
            // What is deleted is told where only the time is known up to which the copy has everything, too.
            ann.delete(orgs[n].path("/projects/WEB")).await.is(204);
            next(&mut live).await;
        }
        copies[0].hears_all().await;
        copies[1].hears_all().await;
        copies[2].syncs(200).await;
        for copy in &mut copies {
            copy.is_true().await;
            assert!(copy.since().len() <= 8_000, "{}", copy.since().len());
        }
        // One more, and one less.
        orgs.push(ann.founds("Late").await);
        assert_eq!(next(&mut live).await.data["items"][0]["object"]["name"], "Late");
        ann.posts(orgs[3].path("/leave")).await.is(204);
        while next(&mut live).await.data["items"][0]["deleted"] != true {}
        // A stream that always breaks off comes to the end.
        app.clock.advance(Duration::from_hours(3));
        let ann = ann.again().await;
        let [mut copy, mut late, _] = copies;
        copy.actor = ann.clone();
        let mut fresh = Collection::of(&ann);
        late.actor = ann;
        copy.hears_all().await;
        fresh.hears_a_little_at_a_time().await;
        late.hears_a_little_at_a_time().await;
        for copy in [&mut copy, &mut fresh, &mut late] {
            assert_eq!(copy.orgs().len(), 55);
        }
        fresh.is_true().await;
        late.is_true().await;
    }

    async fn begin_anew_after_a_return_to_a_backup(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut copy = Collection::of(&ann);
        let backup = app.database.backs_up().await;
        acme.project("Lost").await;
        copy.syncs(200).await;
        app.database.returns_to(&backup).await;
        acme.project("Web").await;
        let mut lost = follows(&ann, &format!("last_event_id={}", copy.since())).await;
        assert_eq!(next(&mut lost).await.data, json!({ "items": [], "reset": true }));
        assert_eq!(each(&next(&mut lost).await.data["items"], "/kind"), ["user"]);
        assert_eq!(next(&mut lost).await.data["items"][0]["object"]["name"], "Acme");
        copy.hears_all().await;
        copy.is_true().await;
    }

    async fn end_with_the_session_and_open_by_a_ticket_of_their_own(app: TestApp) {
        let app = node(&app, NEVER).await;
        let ann = app.signs_up("Ann").await;
        let (acme, beta) = (ann.founds("Acme").await, ann.founds("Beta").await);
        let anybody = app.anon();
        let given = ann.posts("/v1/me/events/ticket").await.is(200);
        let (ticket, last) = (given["ticket"].as_str().unwrap(), given["last_event_id"].as_str().unwrap());
        acme.project("Web").await;
        let mut stream = follows(&anybody, &format!("ticket={ticket}&last_event_id={last}")).await;
        assert_eq!(next(&mut stream).await.data["action"], "project.created");
        anybody.get(format!("/v1/me/events?ticket={ticket}")).await.refuses(401, "unauthenticated");
        // Neither is good for the other, nor for anything else.
        let ticket = async |path: String| ann.posts(path).await.is(200)["ticket"].as_str().unwrap().to_owned();
        let own = ticket("/v1/me/events/ticket".into()).await;
        anybody.get(acme.path(&format!("/events?ticket={own}"))).await.refuses(401, "unauthenticated");
        let of_acme = ticket(acme.path("/events/ticket")).await;
        anybody.get(format!("/v1/me/events?ticket={of_acme}")).await.refuses(401, "unauthenticated");
        for path in ["/v1/me", "/v1/me/changes"] {
            anybody.get(format!("{path}?ticket={own}")).await.is(401);
        }
        app.clock.advance(Duration::from_secs(30));
        anybody.get(format!("/v1/me/events?ticket={own}")).await.refuses(401, "unauthenticated");

        // Another's place, or none.
        let bob = app.signs_up("Bob").await;
        let of_bob = bob.get("/v1/me/changes").await.is(200)["next"].as_str().unwrap().to_owned();
        for wrong in [&last[1..], &of_bob, "0", "x"] {
            ann.get(format!("/v1/me/events?last_event_id={wrong}")).await.rejects("/last_event_id", "invalid_value");
        }
        let header = [("last-event-id", "one")];
        ann.send(reqwest::Method::GET, "/v1/me/events", &header, None).await.rejects("/last_event_id", "invalid_value");
        ann.get("/v1/me/events?include=all").await.rejects("/include", "invalid_value");
        ann.get("/v1/me/events?since=1").await.rejects("/since", "unknown_field");
        anybody.get("/v1/me/events").await.refuses(401, "unauthenticated");

        // A token that reaches one organization.
        let token = json!({ "name": "Script", "scopes": ["read"], "organization_id": beta.id });
        let token = ann.post("/v1/me/tokens", token).await.is(201);
        let script = ann.with_token(token["token"].as_str().unwrap());
        let mut of_script = began(&script, "").await;
        acme.project("Unseen").await;
        beta.project("Seen").await;
        assert_eq!(next(&mut of_script).await.data["organization_id"], beta.id);
        ann.delete(format!("/v1/me/tokens/{}", token["id"].as_str().unwrap())).await.is(204);
        assert!(of_script.ends().await.is_empty());
        let writes = ann.post("/v1/me/tokens", json!({ "name": "Writer", "scopes": ["write"] })).await.is(201);
        ann.with_token(writes["token"].as_str().unwrap()).get("/v1/me/events").await.refuses(403, "insufficient_scope");

        let stream = began(&ann, "").await;
        ann.posts("/v1/auth/logout").await.is(204);
        stream.ends().await;
        let disabled = began(&bob, "").await;
        app.app.operator().set_disabled(&bob.email.parse().unwrap(), true).await.unwrap();
        disabled.ends().await;
    }

    async fn look_only_where_something_happened(app: TestApp) {
        let mut options = Options::default();
        (options.http.heartbeat, options.database.connections) = (NEVER, 1);
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut costs = Vec::new();
        for others in [0, 12] {
            for n in 0..others {
                ann.founds(&format!("Org {n}")).await;
            }
            let mut stream = began(&ann, "").await;
            // Everything was looked at once.
            assert_eq!(stream.next().await.unwrap().data, Value::Null);
            let happens = async {
                acme.label(&format!("Label {others}")).await;
                next(&mut stream).await;
            };
            costs.push(counted_with_reads(&app, happens).await);
        }
        assert!(costs[1] < costs[0] + 12, "{costs:?}");
    }

    async fn are_as_many_as_streams_may_be_and_reach_other_nodes(app: TestApp) {
        let ann = node(&app, OFTEN).await.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let far = node(&app, OFTEN).await.logs_in(&ann.email).await;
        let mut streams = join_all([&ann, &far].map(|who| began(who, ""))).await;
        acme.project("Web").await;
        for stream in &mut streams {
            assert_eq!(next(stream).await.data["action"], "project.created");
        }
        // The oldest of too many makes room, of whichever kind they are.
        let mut others = Vec::new();
        for _ in 0..32 {
            others.push(ann.follows(&acme, "").await);
        }
        streams.swap_remove(0).ends().await;
        drop((streams, others));
        let mut options = Options::default();
        options.http.streams = 1;
        let strict = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = strict.logs_in(&ann.email).await;
        let _open = follows(&ann, "").await;
        ann.get("/v1/me/events").await.refuses(503, "overloaded");
    }
}
