//! After a return to a backup, clients are told that what they have may never have happened.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Actor, Listener, Options, Org, Replica, TestApp, both_engines};

/// Where a stream stands, as a client that reads its data keeps it.
fn place(entry: &Value) -> String {
    format!("{}-{}", entry["seq"], entry["id"].as_str().unwrap())
}

async fn changes(actor: &Actor, org: &Org, since: &str) -> Value {
    actor.get(org.path(&format!("/changes?since={since}"))).await.is(200)
}

/// Whether a stream that is opened at this place begins with the event `reset`, which tells the newest seq.
async fn is_reset(actor: &Actor, org: &Org, at: &str) -> bool {
    let first = actor.follows(org, &format!("last_event_id={at}")).await.next().await.unwrap();
    let is_reset = first.name.as_deref() == Some("reset");
    if is_reset {
        assert_eq!(first.data, json!({ "seq": org.last_seq().await }));
        assert_eq!(first.id, org.last_seq().await);
    }
    is_reset
}

both_engines! {
    async fn who_has_seen_what_never_happened_begins_anew(app: TestApp) {
        let mut options = Options::default();
        options.http.heartbeat = Duration::from_secs(2);
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), options).await;
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for title in ["One", "Two"] {
            acme.task("WEB", title).await;
        }
        let mut events = ann.follows(&acme, "last_event_id=0").await;
        let count = usize::try_from(acme.last_seq().await).unwrap();
        let kept = events.entries(count).await.pop().unwrap();
        let (mut old, mut early, mut late) = (Replica::of(&ann, &acme), Replica::of(&ann, &acme), Replica::of(&ann, &acme));
        old.syncs(50).await;
        let mut listener = Listener::of(&ann, &acme);
        listener.hears_up_to(kept["seq"].as_i64().unwrap()).await;
        // In the middle of a snapshot, which was begun before and goes on after what gets lost.
        early.asks(1).await;
        late.asks(1).await;

        let backup = app.database.backs_up().await;
        let mut lost = Vec::new();
        for n in 0..3 {
            ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": format!("Lost {n}") })).await.is(200);
            lost.push(events.entry().await);
        }
        let mut copy = Replica::of(&ann, &acme);
        copy.syncs(50).await;
        late.asks(1).await;
        listener.hears_up_to(acme.last_seq().await).await;
        let end = lost.last().unwrap();
        app.database.returns_to(&backup).await;

        // At once: the places are beyond the end.
        let next = copy.since().to_owned();
        for since in [&next, &place(end), &end["seq"].to_string()] {
            assert_eq!(changes(&ann, &acme, since).await["reset"], true, "{since}");
        }
        assert!(is_reset(&ann, &acme, &place(end)).await && is_reset(&ann, &acme, &end["seq"].to_string()).await);
        assert!(!is_reset(&ann, &acme, &place(&kept)).await && !is_reset(&ann, &acme, &kept["seq"].to_string()).await);

        // A stream that was open all the time.
        acme.task("WEB", "Three").await;
        let event = events.next().await.unwrap();
        assert_eq!(event.name.as_deref(), Some("reset"));
        assert!((kept["seq"].as_i64().unwrap()..=acme.last_seq().await).contains(&event.data["seq"].as_i64().unwrap()));
        acme.task("WEB", "Four").await;
        while events.entry().await["seq"] != acme.last_seq().await {}
        listener.hears_up_to(acme.last_seq().await).await;
        listener.copy.is_true().await;

        // After more changes than were lost: other entries have those seqs.
        for n in 0..4 {
            ann.patch(acme.path("/tasks/WEB-2"), json!({ "title": format!("New {n}") })).await.is(200);
        }
        assert!(acme.last_seq().await > end["seq"].as_i64().unwrap());
        for since in [&next, &place(end), &place(&lost[0])] {
            assert_eq!(changes(&ann, &acme, since).await["reset"], true, "{since}");
        }
        assert!(is_reset(&ann, &acme, &place(end)).await && !is_reset(&ann, &acme, &place(&kept)).await);
        for (replica, is_lost) in [(&mut copy, true), (&mut late, true), (&mut old, false), (&mut early, false)] {
            assert_eq!(replica.asks(1).await["reset"], is_lost);
            replica.syncs(3).await;
            replica.is_true().await;
        }
    }

    async fn every_place_is_of_the_history_that_it_was_told_in(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let given = ann.posts(acme.path("/events/ticket")).await.is(200);
        let newest = ann.get(acme.path("/activity?limit=1")).await.is(200)["items"][0].clone();
        assert_eq!(given["last_event_id"], place(&newest));
        for since in [place(&newest), newest["seq"].to_string()] {
            let answer = changes(&ann, &acme, &since).await;
            assert_eq!((&answer["reset"], answer["items"].as_array().unwrap().len()), (&json!(false), 0), "{since}");
        }
        let foreign = place(&json!({ "seq": newest["seq"], "id": acme.id }));
        let beyond = (acme.last_seq().await + 1).to_string();
        for since in [foreign.as_str(), &beyond, "99999999999999999999"] {
            let answer = changes(&ann, &acme, since).await;
            let all = ann.get(acme.path("/changes")).await.is(200);
            assert_eq!((&answer["reset"], &answer["items"]), (&json!(true), &all["items"]), "{since}");
            assert!(is_reset(&ann, &acme, since).await);
        }
    }
}
