//! `GET /v1/orgs/{org}/stats`. What it counts, `model.rs` compares with a model; here are its days.

use std::time::Duration;

use guildhall::base::clock::Time;
use serde_json::{Value, json};

use crate::support::{Actor, Org, TestApp, both_engines};

const HOUR: i64 = 60 * 60 * 1000;

/// Zones that are as far from each other as there are, one by halves of an hour, and their distance from UTC.
const ZONES: [(&str, i64); 4] = [
    ("Pacific/Kiritimati", 14 * HOUR),
    ("Pacific/Niue", -11 * HOUR),
    ("Asia/Kolkata", 11 * HOUR / 2),
    ("UTC", 0),
];

/// The date in that zone.
fn date(time: Time, offset: i64) -> String {
    Time::from_millis(time.millis() + offset).to_string()[..10].to_owned()
}

async fn figures(org: &Org, who: &Actor, query: &str) -> Value {
    who.get(org.path(&format!("/stats?{query}"))).await.is(200)
}

/// The days on which something was created, or done.
fn told(figures: &Value, what: &str) -> Vec<(String, i64)> {
    let days = figures["per_day"].as_array().unwrap().iter();
    let days = days.map(|day| (day["date"].as_str().unwrap().to_owned(), day[what].as_i64().unwrap()));
    days.filter(|(_, count)| *count > 0).collect()
}

/// How often each date comes, in their order.
fn counted(times: &[Time], offset: i64) -> Vec<(String, i64)> {
    let mut counted: Vec<(String, i64)> = Vec::new();
    for time in times {
        let date = date(*time, offset);
        match counted.last_mut().filter(|(last, _)| *last == date) {
            Some((_, count)) => *count += 1,
            None => counted.push((date, 1)),
        }
    }
    counted
}

fn time(task: &Value, field: &str) -> Time {
    task[field].as_str().unwrap().parse().unwrap()
}

both_engines! {
    async fn tells_what_was_created_and_done_on_each_day_of_ones_zone(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let (mut created, mut done) = (Vec::new(), Vec::new());
        let mut ann = ann;
        for n in 0..12 {
            let task = acme.path(&format!("/tasks/WEB-{}", n + 1));
            created.push(time(&ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Any" })).await.is(201), "created_at"));
            app.clock.advance(Duration::from_hours(7));
            ann = ann.again().await;
            if n % 2 == 0 {
                done.push(time(&ann.patch(&task, json!({ "status": "done" })).await.is(200), "completed_at"));
            }
        }
        // Done and opened again, it isn't done.
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "status": "done" })).await.is(200);
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "status": "todo" })).await.is(200);
        for (zone, offset) in ZONES {
            let shown = figures(&acme, &ann, &format!("time_zone={zone}")).await;
            assert_eq!(told(&shown, "created"), counted(&created, offset), "{zone}");
            assert_eq!(told(&shown, "done"), counted(&done, offset), "{zone}");
            assert_eq!(shown["time_zone"], zone);
            ann.patch("/v1/me", json!({ "time_zone": zone })).await.is(200);
            assert_eq!(figures(&acme, &ann, "").await["per_day"], shown["per_day"], "one's own zone");
        }
    }

    async fn goes_back_as_many_days_as_it_is_asked_for(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Old").await;
        app.clock.advance(Duration::from_hours(48));
        let ann = ann.again().await;
        ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "New" })).await.is(201);
        for (query, days, created) in [("", 30, 2), ("days=1", 1, 1), ("days=2", 2, 1), ("days=3", 3, 2), ("days=366", 366, 2)] {
            let shown = figures(&acme, &ann, query).await;
            let per_day = shown["per_day"].as_array().unwrap();
            assert_eq!(per_day.len(), days, "{query}");
            assert_eq!(per_day[days - 1]["date"], date(app.clock.now(), 0), "{query}");
            let dates: Vec<&str> = per_day.iter().map(|day| day["date"].as_str().unwrap()).collect();
            assert!(dates.is_sorted_by(|one, next| one < next), "{query}");
            assert_eq!(told(&shown, "created").iter().map(|(_, count)| count).sum::<i64>(), created, "{query}");
            assert_eq!(shown["by_status"]["todo"], 2, "whatever the days");
        }
    }

    async fn refuses_what_is_no_number_of_days_or_no_zone(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        for (days, code) in [
            ("0", "out_of_range"), ("367", "out_of_range"), ("-1", "out_of_range"), ("99999999999999999999", "out_of_range"),
            ("%2B7", "invalid_type"), ("many", "invalid_type"), ("", "invalid_type"), ("-", "invalid_type"),
        ] {
            acme.founder.get(acme.path(&format!("/stats?days={days}"))).await.rejects("/days", code);
        }
        for zone in ["Mars/Olympus", "europe/zurich", "%2B02:00"] {
            acme.founder.get(acme.path(&format!("/stats?time_zone={zone}"))).await.rejects("/time_zone", "invalid_format");
        }
        acme.founder.get(acme.path("/stats?limit=5")).await.rejects("/limit", "unknown_field");
    }

    async fn an_empty_organization_has_noughts(app: TestApp) {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let shown = figures(&acme, &acme.founder, "days=1").await;
        let none = json!({ "todo": 0, "in_progress": 0, "review": 0, "done": 0, "cancelled": 0 });
        assert_eq!((&shown["by_status"], &shown["overdue"]), (&none, &json!(0)));
        assert_eq!((&shown["by_project"], &shown["by_assignee"]), (&json!([]), &json!([])));
        assert_eq!(shown["by_priority"][4], json!({ "priority": "urgent", "task_counts": none, "overdue": 0 }));
    }
}
