//! Tasks that are due on a day and start on one: days end in the organization's time zone.

use std::{io::Cursor, time::Duration};

use futures_util::{future::join_all, join};
use guildhall::{
    app::{Choices, overdue, recount},
    base::{clock::Time, day::Day, text::TimeZone},
};
use serde_json::{Value, json};

use crate::{
    archive::exports,
    support::{Actor, Dice, Org, TestApp, both_engines, each},
};

/// The last moment of a day in a zone.
fn end(day: &str, zone: &str) -> Time {
    let zone: TimeZone = zone.parse().unwrap();
    day.parse::<Day>().unwrap().end(&zone.rules()).unwrap()
}

/// Waits for noon of the next day, in UTC.
fn next_noon(app: &TestApp) -> Time {
    let noon = Time::from_millis((app.clock.now().day() + 1) * 24 * 60 * 60 * 1000 + 12 * 60 * 60 * 1000);
    app.clock.advance(Duration::from_millis((noon.millis() - app.clock.now().millis()).unsigned_abs()));
    noon
}

async fn website(app: &TestApp) -> (Actor, Org) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    acme.project("Web").await;
    (ann, acme)
}

async fn task(org: &Org, body: Value) -> Value {
    org.founder.post(org.path("/projects/WEB/tasks"), body).await.is(201)
}

async fn lives_in(org: &Org, zone: &str) -> Value {
    org.founder.patch(org.path(""), json!({ "settings": { "time_zone": zone } })).await.is(200)
}

async fn titles(who: &Actor, path: String) -> Vec<String> {
    each(&json!(who.walks(&path, 2).await), "/title")
}

/// The tasks that are overdue, as lists and statistics have them.
async fn overdue(who: &Actor, org: &Org) -> Vec<String> {
    let listed = titles(who, org.path("/tasks?overdue=true&sort=due_at")).await;
    assert_eq!(titles(who, "/v1/me/tasks?overdue=true".into()).await, listed);
    let stats = who.get(org.path("/stats")).await.is(200);
    assert_eq!(stats["overdue"], listed.len(), "{listed:?}");
    let not = titles(who, org.path("/tasks?overdue=false")).await;
    assert!(not.iter().all(|title| !listed.contains(title)), "{listed:?} {not:?}");
    listed
}

both_engines! {
    async fn a_task_is_due_on_a_day_or_at_a_time_and_starts_before(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let mia = acme.gets("Mia", "member").await;
        let made = task(&acme, json!({ "title": "Dig", "start_on": "2030-01-01", "due_on": "2030-01-01", "due_at": null })).await;
        let due = |task: &Value| (task["start_on"].clone(), task["due_at"].clone(), task["due_on"].clone());
        assert_eq!(due(&made), (json!("2030-01-01"), json!(null), json!("2030-01-01")));
        let path = acme.path("/tasks/WEB-1");
        let newest = async || {
            let entry = ann.get(acme.path("/activity?limit=1")).await.is(200)["items"][0].clone();
            (entry["summary"].as_str().unwrap().to_owned(), entry["changes"].clone())
        };
        assert_eq!(newest().await.1["due_on"], json!({ "from": null, "to": "2030-01-01" }));
        // What is sent as it is shown changes nothing, and neither does taking away what isn't there.
        let seq = acme.last_seq().await;
        for same in [json!({ "start_on": "2030-01-01", "due_at": null, "due_on": "2030-01-01" }), json!({ "due_at": null })] {
            assert_eq!(ann.patch(&path, same).await.is(200), made);
        }
        assert_eq!(acme.last_seq().await, seq);
        // A time takes the place of a day, and a day that of a time.
        let at = "2030-01-02T12:00:00.000Z";
        let changed = ann.patch(&path, json!({ "due_at": at })).await.is(200);
        assert_eq!((due(&changed), &changed["version"]), ((json!("2030-01-01"), json!(at), json!(null)), &json!(2)));
        let both = json!({ "due_at": { "from": null, "to": at }, "due_on": { "from": "2030-01-01", "to": null } });
        assert_eq!(newest().await, ("Ann changed the due date of WEB-1".into(), both));
        let changed = ann.patch(&path, json!({ "start_on": "2030-01-02", "due_on": "2030-01-03", "due_at": null })).await.is(200);
        assert_eq!(due(&changed), (json!("2030-01-02"), json!(null), json!("2030-01-03")));
        assert_eq!(newest().await.0, "Ann changed the start date and due date of WEB-1");
        let before = (changed, acme.last_seq().await);
        let any = "2030-01-03T00:00:00Z";
        for (wrong, pointer, code) in [
            (json!({ "due_at": any, "due_on": "2030-01-03" }), "/due_on", "invalid_value"),
            (json!({ "due_on": "2030-01-03T00:00:00Z" }), "/due_on", "invalid_format"),
            (json!({ "due_on": "2030-02-29" }), "/due_on", "invalid_format"),
            (json!({ "due_on": "20300101" }), "/due_on", "invalid_format"),
            (json!({ "due_on": "9999-12-31" }), "/due_on", "invalid_format"),
            (json!({ "due_on": 20_300_101 }), "/due_on", "invalid_type"),
            (json!({ "start_on": "tomorrow" }), "/start_on", "invalid_format"),
            (json!({ "start_on": any }), "/start_on", "invalid_format"),
            (json!({ "start_on": "2030-01-04", "due_on": "2030-01-03" }), "/start_on", "invalid_value"),
            (json!({ "start_on": "2030-01-04", "due_at": "2030-01-03T23:59:59Z" }), "/start_on", "invalid_value"),
        ] {
            ann.patch(&path, wrong.clone()).await.rejects(pointer, code);
            let mut new = wrong;
            new["title"] = json!("New");
            ann.post(acme.path("/projects/WEB/tasks"), new).await.rejects(pointer, code);
        }
        ann.patch(&path, json!({ "due_on": "2030-01-01" })).await.rejects("/due_on", "invalid_value");
        ann.patch(&path, json!({ "due_at": "2030-01-01T23:59:59Z" })).await.rejects("/due_at", "invalid_value");
        ann.patch(&path, json!({ "start_on": "2030-01-04" })).await.rejects("/start_on", "invalid_value");
        // Who may not isn't told what is wrong; what is wrong goes before what is archived.
        mia.patch(&path, json!({ "due_at": any, "due_on": "2030-01-03" })).await.refuses(403, "forbidden");
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        ann.patch(&path, json!({ "start_on": "2030-01-04" })).await.rejects("/start_on", "invalid_value");
        ann.patch(&path, json!({ "start_on": "2030-01-03" })).await.refuses(409, "project_archived");
        ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        assert_eq!(acme.last_seq().await, before.1 + 2);
        let cleared = ann.patch(&path, json!({ "due_on": null })).await.is(200);
        assert_eq!(due(&cleared), (json!("2030-01-02"), json!(null), json!(null)));
        ann.patch(&path, json!({ "start_on": "2031-01-01" })).await.is(200);
        assert_eq!(due(&ann.patch(&path, json!({ "start_on": null })).await.is(200)).0, json!(null));
    }

    async fn a_day_is_over_when_it_is_over_in_the_zone_of_the_organization(app: TestApp) {
        let (ann, acme) = website(&app).await;
        assert_eq!(lives_in(&acme, "UTC").await["settings"]["time_zone"], "UTC");
        // It is the same day in the whole world but for its two ends.
        let noon = next_noon(&app);
        let (ann, today) = (ann.again().await, noon.to_string()[..10].to_owned());
        let acme = Org { founder: ann.clone(), ..acme };
        task(&acme, json!({ "title": "Today", "due_on": today, "assignee_ids": [ann.id] })).await;
        task(&acme, json!({ "title": "At noon", "due_at": noon.to_string(), "assignee_ids": [ann.id] })).await;
        task(&acme, json!({ "title": "Done", "due_on": today, "status": "done", "assignee_ids": [ann.id] })).await;
        let before = ann.get(acme.path("/tasks/WEB-1")).await.is(200);
        let seq = acme.last_seq().await;
        // It was over two hours ago in Kiritimati, and is for another eleven hours in Niue.
        for (zone, expected) in [
            ("UTC", vec!["At noon"]),
            ("Pacific/Kiritimati", vec!["Today", "At noon"]),
            ("Pacific/Niue", vec!["At noon"]),
            ("Asia/Tokyo", vec!["At noon"]),
            ("Pacific/Kiritimati", vec!["Today", "At noon"]),
        ] {
            lives_in(&acme, zone).await;
            assert_eq!(overdue(&ann, &acme).await, expected, "{zone}");
            assert_eq!(recount::differing(&app.app.public()).await.unwrap(), 0, "{zone}");
        }
        assert_eq!(acme.told().await.last().unwrap(), "Ann changed the time zone of Acme");
        // No task shows anything of that, so the changes tell of the organization alone.
        assert_eq!(ann.get(acme.path("/tasks/WEB-1")).await.is(200), before);
        let told = ann.get(acme.path(&format!("/changes?since={seq}"))).await.is(200);
        assert_eq!(each(&told["items"], "/kind"), ["organization"]);
        assert_eq!(told["items"][0]["object"]["settings"]["time_zone"], "Pacific/Kiritimati");
        lives_in(&acme, "UTC").await;
        app.clock.advance(Duration::from_mins(11 * 60 + 50));
        assert_eq!(overdue(&ann.again().await, &acme).await, ["At noon"]);
        app.clock.advance(Duration::from_mins(20));
        assert_eq!(overdue(&ann.again().await, &acme).await, ["At noon", "Today"]);
        for (wrong, code) in [("Middle/Earth", "invalid_format"), ("europe/zurich", "invalid_format"), ("", "invalid_format")] {
            let body = json!({ "settings": { "time_zone": wrong } });
            ann.again().await.patch(acme.path(""), body).await.rejects("/settings/time_zone", code);
        }
    }

    async fn many_days_are_moved_in_steps_that_go_on_after_whatever_comes_between(app: TestApp) {
        let (_, acme) = website(&app).await;
        let noon = next_noon(&app);
        let mut acme = Org { founder: acme.founder.again().await, ..acme };
        let today = &noon.to_string()[..10];
        let body = |title: &str| json!({ "title": title, "due_on": today, "assignee_ids": [acme.founder.id] });
        let trunk = task(&acme, body("Trunk")).await["id"].clone();
        join_all((0..99).map(|n| {
            let mut body = body(&format!("Twig {n}"));
            body["parent_id"] = trunk.clone();
            task(&acme, body)
        })).await;
        for _ in 0..5 {
            acme.founder.posts(acme.path("/tasks/WEB-1/duplicate")).await.is(201);
        }
        let (public, database) = (app.app.public(), app.database.clone());
        let in_step = async |acme: &Org, overdue: i64, unmoved: i64| {
            let stats = acme.founder.get(acme.path("/stats")).await.is(200);
            let listed = acme.founder.walks("/v1/me/tasks?overdue=true", 200).await.len();
            let unmoved_now = database.number("select count(*) from zone_changes").await;
            assert_eq!((&stats["overdue"], listed, unmoved_now), (&json!(overdue), usize::try_from(overdue).unwrap(), unmoved));
            assert_eq!(recount::differing(&public).await.unwrap(), 0);
        };
        in_step(&acme, 0, 0).await;
        lives_in(&acme, "Pacific/Kiritimati").await;
        in_step(&acme, 512, 1).await;
        overdue::run(&public).await.unwrap();
        in_step(&acme, 600, 0).await;
        let told = acme.founder.walks(&acme.path("/activity?action=task.overdue"), 200).await;
        assert_eq!(told.len(), 600);
        // A change begins anew while another one isn't finished.
        lives_in(&acme, "UTC").await;
        in_step(&acme, 88, 1).await;
        lives_in(&acme, "Asia/Tokyo").await;
        lives_in(&acme, "Pacific/Kiritimati").await;
        in_step(&acme, 600, 1).await;
        lives_in(&acme, "UTC").await;
        // In the trash nothing moves. Nodes that move the rest at once move it once.
        acme.founder.delete(acme.path("?confirm=acme")).await.is(204);
        overdue::run(&public).await.unwrap();
        acme.founder = acme.founder.again().await;
        acme.founder.posts(acme.path("/restore")).await.is(200);
        in_step(&acme, 88, 1).await;
        let runs = join_all((0..4).map(|_| overdue::run(&public))).await;
        assert!(runs.iter().all(Result::is_ok));
        in_step(&acme, 0, 0).await;
    }

    async fn days_stand_among_times_where_they_end(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let dice = &mut Dice(5);
        let mut all: Vec<(String, Result<String, String>)> = Vec::new();
        // Around the nights in which clocks are changed, somewhere.
        for n in 0..24 {
            let day = format!("{}-{}", dice.one_of(&["2018", "2026", "2030"]), dice.one_of(&["11-03", "03-28", "10-31", "07-01"]));
            let (title, due) = (format!("Task {n}"), if dice.once_in(3) {
                Err(format!("{day}T{}:30:00.000Z", dice.one_of(&["00", "05", "22", "23"])))
            } else {
                Ok(day)
            });
            let mut body = json!({ "title": title, "assignee_ids": [ann.id] });
            body[if due.is_ok() { "due_on" } else { "due_at" }] = json!(due.clone().unwrap_or_else(|at| at));
            task(&acme, body).await;
            all.push((title, due));
        }
        task(&acme, json!({ "title": "Some day", "assignee_ids": [ann.id] })).await;
        for zone in ["America/Sao_Paulo", "Asia/Tokyo", "America/Havana", "Europe/Zurich", "Pacific/Niue"] {
            lives_in(&acme, zone).await;
            let moment = |due: &Result<String, String>| match due {
                Ok(day) => end(day, zone),
                Err(at) => at.parse().unwrap(),
            };
            let mut sorted: Vec<(Time, usize)> = all.iter().enumerate().map(|(n, (_, due))| (moment(due), n)).collect();
            sorted.sort_unstable();
            let named = |tasks: &[(Time, usize)]| tasks.iter().map(|(_, n)| all[*n].0.clone()).collect::<Vec<_>>();
            let mut expected = named(&sorted);
            expected.push("Some day".into());
            assert_eq!(titles(&ann, acme.path("/tasks?sort=due_at")).await, expected, "{zone}");
            assert_eq!(titles(&ann, acme.path("/tasks?sort=due_at&assignee=me&status=todo")).await, expected, "{zone}");
            assert_eq!(titles(&ann, "/v1/me/tasks?".into()).await, expected, "{zone}");
            // To the millisecond.
            let (last, _) = *dice.one_of(&sorted);
            for (bound, later) in [(last, 0), (Time::from_millis(last.millis() + 1), 1)] {
                let (before, after): (Vec<_>, Vec<_>) = sorted.iter().partition(|(moment, _)| *moment < bound);
                for (filter, expected) in [("due_before", named(&before)), ("due_after", named(&after))] {
                    let path = acme.path(&format!("/tasks?sort=due_at&{filter}={bound}"));
                    assert_eq!(titles(&ann, path).await, expected, "{zone}: {filter}, {later} later");
                }
            }
            assert_eq!(recount::differing(&app.app.public()).await.unwrap(), 0, "{zone}");
        }
    }

    async fn today_and_this_week_are_those_of_the_callers_zone(app: TestApp) {
        let zone = "Pacific/Kiritimati";
        let rules = zone.parse::<TimeZone>().unwrap().rules();
        // A Wednesday, so that the week has days on both sides.
        let is_wednesday = |day: Day| day.number() - day.week().unwrap().0.number() == 2;
        while !is_wednesday(Day::at(app.clock.now(), &rules).unwrap()) {
            app.clock.advance(Duration::from_hours(24));
        }
        let (ann, acme) = website(&app).await;
        ann.patch("/v1/me", json!({ "time_zone": zone })).await.is(200);
        let today = Day::at(app.clock.now(), &rules).unwrap();
        let (monday, sunday) = today.week().unwrap();
        let second = Duration::from_secs(1);
        let (begin, end, first, last) = (
            today.begin(&rules).unwrap(),
            today.end(&rules).unwrap(),
            monday.begin(&rules).unwrap(),
            sunday.end(&rules).unwrap(),
        );
        for (title, due_at) in [
            ("Last week", Some(first - second)),
            ("Monday", Some(first)),
            ("Morning", Some(begin)),
            ("Evening", Some(end)),
            ("Sunday", Some(last)),
            ("Next week", Some(last + second)),
            ("Some day", None),
        ] {
            task(&acme, json!({ "title": title, "due_at": due_at.map(|at| at.to_string()), "assignee_ids": [ann.id] })).await;
        }
        assert_eq!(titles(&ann, "/v1/me/tasks?due=today".into()).await, ["Morning", "Evening"]);
        lives_in(&acme, zone).await;
        task(&acme, json!({ "title": "All day", "due_on": today.to_string() })).await;
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.is(200);
        let is = async |query: &str, within: &[&str]| {
            let mut found = titles(&ann, acme.path(&format!("/tasks?{query}"))).await;
            let mut expected: Vec<&str> = within.to_vec();
            found.sort();
            expected.sort_unstable();
            assert_eq!(found, expected, "{query}");
        };
        let day = ["Morning", "Evening", "All day"];
        let mut week = vec!["Morning", "Evening", "All day", "Monday", "Sunday"];
        for order in ["", "&sort=due_at", "&sort=-priority,due_at"] {
            is(&format!("due=today{order}"), &day).await;
            is(&format!("due=this_week,today{order}"), &week).await;
            is(&format!("due=none{order}"), &["Some day"]).await;
            is(&format!("not_due=this_week,none{order}"), &["Last week", "Next week"]).await;
            is(&format!("due=today&has=due{order}"), &day).await;
        }
        // In groups by the organization's days, whatever those of the caller are.
        let groups = async || {
            let groups = ann.get(acme.path("/tasks?group_by=due")).await.is(200)["groups"].clone();
            let tell = |group: &Value| (group["key"].as_str().unwrap().to_owned(), each(&group["items"], "/title").join(", "));
            groups.as_array().unwrap().iter().map(tell).collect::<Vec<_>>()
        };
        let named = [
            ("overdue", "Monday, Morning"), ("today", "Evening, All day"), ("this_week", "Sunday"), ("later", "Next week"),
            ("earlier", "Last week"), ("none", "Some day"),
        ];
        assert_eq!(groups().await, named.map(|(key, titles)| (key.to_owned(), titles.to_owned())));
        lives_in(&acme, "Pacific/Niue").await;
        assert_eq!(groups().await[2].1, "All day, Sunday, Next week");
        lives_in(&acme, zone).await;
        week.push("Some day");
        is("due=this_week,none", &week).await;
        let overdue = titles(&ann, acme.path("/tasks?overdue=true")).await;
        is("due=overdue", &overdue.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert!(!overdue.contains(&"Last week".into()), "it is done");
        // A task that somebody has changed, a comment being none.
        let mia = acme.gets("Mia", "admin").await;
        mia.patch(acme.path("/tasks/WEB-2"), json!({ "priority": "low" })).await.is(200);
        mia.post(acme.path("/tasks/WEB-3/comments"), json!({ "body": "Yes" })).await.is(201);
        is(&format!("updated_by={}", mia.id), &["Monday"]).await;
        is(&format!("not_updated_by={0}&due=today,this_week", mia.id), &["Morning", "Evening", "All day", "Sunday"]).await;
        is("not_updated_by=me", &[]).await;
        is("has=comments", &["Morning"]).await;
        for (query, pointer) in [("due=tomorrow", "/due"), ("has=links", "/has"), ("not_status=open", "/not_status"), ("updated_by=none", "/updated_by")] {
            let code = if query.starts_with("updated_by") { "invalid_format" } else { "invalid_value" };
            ann.get(acme.path(&format!("/tasks?{query}"))).await.rejects(pointer, code);
        }
    }

    async fn what_is_written_while_the_zone_changes_has_the_zone_that_is_left(app: TestApp) {
        let (ann, acme) = website(&app).await;
        let body = json!({ "title": "Dig", "due_on": "2030-07-01", "assignee_ids": [ann.id] });
        let create = || ann.post(acme.path("/projects/WEB/tasks"), body.clone());
        let zones = ["Asia/Tokyo", "Europe/Zurich", "America/Havana", "Asia/Kolkata"];
        let change = |zone: &'static str| ann.patch(acme.path(""), json!({ "settings": { "time_zone": zone } }));
        let (made, changed, made_too) =
            join!(join_all((0..12).map(|_| create())), join_all(zones.map(change)), join_all((0..12).map(|_| create())));
        assert!(made.iter().chain(&made_too).all(|answer| answer.status == 201));
        assert!(changed.iter().all(|answer| answer.status == 200));
        let zone = ann.get(acme.path("")).await.is(200)["settings"]["time_zone"].as_str().unwrap().to_owned();
        let ended = end("2030-07-01", &zone).millis();
        let right = format!("select count(*) from tasks t join task_assignees a on a.org_id = t.org_id and a.task_id = t.id
            where t.due_at = {ended} and a.open_due_at = {ended}");
        assert_eq!(app.database.number(&right).await, 24, "{zone}");
        // An archive has the day and the zone, and leaves the moment to who reads it.
        let choices = Choices { owner: Some("ann@example.com".parse().unwrap()), match_people: false };
        app.app.import(choices, Cursor::new(exports(&acme).await)).await.unwrap();
        assert_eq!(app.database.number(&right).await, 48, "{zone}");
    }
}
