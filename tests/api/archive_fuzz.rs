//! Archives with random changes: each is refused by a check, or makes an organization of which every route can be read.

use std::{collections::BTreeMap, io::Cursor};

use guildhall::app::Choices;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Dice, Org, Route, TestApp, archive, both_engines, each};

type Rows = BTreeMap<String, Vec<Value>>;

/// How many archives are tried.
const SEEDS: u64 = 150;

/// Everything that an archive has a file for, in few rows: a hit is the likelier.
async fn original(ann: &Actor, bob: &Actor) -> Rows {
    let acme = ann.founds("Acme").await;
    acme.takes(bob, "member").await;
    let gone = acme.gets("Gone", "admin").await;
    acme.private_project("Secret").await;
    ann.put(acme.path(&format!("/projects/SEC/members/{}", bob.id))).await.is(204);
    acme.project("Lost").await;
    for (key, title) in [("SEC", "Plan"), ("SEC", "Done"), ("SEC", "Trash"), ("LOS", "Lost")] {
        let task = json!({ "title": title, "description": "Words", "assignee_ids": [bob.id, gone.id] });
        ann.post(acme.path(&format!("/projects/{key}/tasks")), task).await.is(201);
    }
    let plan = ann.get(acme.path("/tasks/SEC-1")).await.is(200);
    let done = json!({ "status": "done", "parent_id": plan["id"], "due_at": "2030-01-01T00:00:00Z" });
    ann.patch(acme.path("/tasks/SEC-2"), done).await.is(200);
    ann.patch(acme.path("/projects/LOS"), json!({ "key": "OLD", "name": "Older" })).await.is(200);
    ann.delete(acme.path("/tasks/SEC-3")).await.is(204);
    ann.delete(acme.path("/projects/OLD")).await.is(204);
    ann.delete(acme.path(&format!("/members/{}", gone.id))).await.is(200);
    let comments = acme.path("/tasks/SEC-1/comments");
    let root = bob.post(&comments, json!({ "body": format!("Ask <@{}>", ann.id) })).await.is(201);
    let reply = ann.post(&comments, json!({ "body": "Words", "parent_id": root["id"] })).await.is(201);
    ann.put(format!("{comments}/{}/reactions/%F0%9F%91%8D", reply["id"].as_str().unwrap())).await.is(200);
    ann.put(format!("{comments}/{}/resolved", root["id"].as_str().unwrap())).await.is(200);
    bob.delete(format!("{comments}/{}", root["id"].as_str().unwrap())).await.is(204);
    let invited = json!({ "email": "invited@example.com", "role": "member" });
    ann.post(acme.path("/invitations"), invited).await.is(201);
    let texts = archive::texts(&ann.get(acme.path("/export")).await.bytes);
    let rows = |text: &str| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    texts.iter().map(|(file, text)| (file.clone(), rows(text))).collect()
}

/// The places of a value and of the values in it.
fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    for (field, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{field}");
        pointers(inner, &at, into);
        into.push(at);
    }
}

fn another_value(dice: &mut Dice, rows: &Rows, file: &str, pointer: &str) -> Value {
    let any_row = |dice: &mut Dice, file: &str| dice.one_of(&rows[file]).clone();
    match dice.below(4) {
        0 => any_row(dice, file).pointer(pointer).cloned().unwrap_or_default(),
        1 => {
            let files = [
                "people.ndjson",
                "projects.ndjson",
                "columns.ndjson",
                "tasks.ndjson",
                "invitations.ndjson",
                "comments.ndjson",
            ];
            let file = dice.one_of(&files);
            any_row(dice, file)["id"].clone()
        }
        2 => {
            let texts = [
                "",
                "x",
                "A\u{0}",
                "\u{202e}",
                "a0",
                "zz",
                "WEB",
                "owner",
                "admin",
                "member",
                "done",
                "todo",
                "private",
                "organization",
                "accepted",
                "pending",
                "token",
                "system",
                "user",
                "task.deleted",
                "project.created",
                "member.joined",
                "1969-12-31T00:00:00.000Z",
                "2026-01-01T00:00:00.000Z",
                "9999-12-31T23:59:59.999Z",
                "a deleted user",
                "new@example.com",
                "urgent",
                "01890000-0000-7000-8000-000000000000",
            ];
            json!(dice.one_of(&texts))
        }
        _ => dice
            .one_of(&[
                json!(null),
                json!(true),
                json!(0),
                json!(-1),
                json!(2),
                json!(i64::MAX),
                json!({}),
                json!("y".repeat(400)),
            ])
            .clone(),
    }
}

fn change(dice: &mut Dice, rows: &mut Rows) {
    let files: Vec<String> =
        rows.iter().filter(|(_, rows)| !rows.is_empty()).map(|(file, _)| file.clone()).collect();
    let file = dice.one_of(&files).clone();
    let at = dice.below(rows[&file].len());
    let other = dice.below(rows[&file].len());
    match dice.below(12) {
        0 => drop(rows.get_mut(&file).unwrap().remove(at)),
        1 => {
            let row = rows[&file][at].clone();
            rows.get_mut(&file).unwrap().push(row);
        }
        2 => rows.get_mut(&file).unwrap().swap(at, other),
        // Purged, as the purge leaves it.
        3 | 4 => {
            let file = dice.one_of(&["tasks.ndjson", "projects.ndjson"]);
            let at = dice.below(rows[*file].len());
            let (text, time) = (
                if *file == "tasks.ndjson" { "title" } else { "name" },
                rows[*file][at]["created_at"].clone(),
            );
            let row = &mut rows.get_mut(*file).unwrap()[at];
            (row[text], row["description"]) = (json!(""), json!(""));
            (row["deleted_at"], row["purged_at"]) = (time.clone(), time);
            let id = row["id"].clone();
            if dice.once_in(2) {
                for file in ["task_assignees.ndjson", "task_labels.ndjson"] {
                    rows.get_mut(file).unwrap().retain(|row| row["task_id"] != id);
                }
                rows.get_mut("task_links.ndjson")
                    .unwrap()
                    .retain(|row| row["task_id"] != id && row["other_id"] != id);
                rows.get_mut("project_members.ndjson").unwrap().retain(|row| row["project_id"] != id);
                rows.get_mut("comments.ndjson").unwrap().retain(|row| row["task_id"] != id);
            }
        }
        _ => {
            let mut places = Vec::new();
            pointers(&rows[&file][at], "", &mut places);
            if places.is_empty() {
                return;
            }
            let place = dice.one_of(&places).clone();
            let value = another_value(dice, rows, &file, &place);
            *rows.get_mut(&file).unwrap()[at].pointer_mut(&place).unwrap() = value;
        }
    }
}

fn zipped(rows: &Rows) -> Vec<u8> {
    let lines = |rows: &[Value]| rows.iter().map(|row| format!("{row}\n")).collect::<Vec<_>>().concat();
    archive::of(&rows.iter().map(|(file, rows)| (file.clone(), lines(rows))).collect())
}

/// What the parameters of paths can be.
struct Names(BTreeMap<&'static str, Vec<String>>);

impl Names {
    async fn of(org: &Org) -> Self {
        let all = async |path: &str, pointer: &str| {
            each(&json!(org.founder.walks(&org.path(path), 100).await), pointer)
        };
        let mut ids = all("/invitations?", "/id").await;
        for task in all("/tasks?", "/key").await {
            ids.extend(all(&format!("/tasks/{task}/comments?"), "/id").await);
            ids.extend(all(&format!("/tasks/{task}/links?"), "/id").await);
        }
        Self(BTreeMap::from([
            ("org", vec![org.slug.clone()]),
            ("project", all("/projects?", "/id").await),
            ("task", all("/tasks?", "/key").await),
            ("label", all("/labels?", "/id").await),
            ("user", all("/members?", "/user/id").await),
            ("id", ids),
        ]))
    }

    /// The paths of a route, with each sample of its last parameter.
    fn paths(&self, route: &Route) -> Vec<String> {
        let mut paths = vec![String::new()];
        for part in route.template.split('/').skip(1) {
            let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            let values = parameter.map_or_else(|| vec![part.to_owned()], |name| self.0[name].clone());
            paths = paths
                .iter()
                .flat_map(|path| values.iter().map(move |value| format!("{path}/{value}")))
                .collect();
        }
        paths
    }
}

/// Asks for everything that can be read. An answer that the document doesn't have fails too.
async fn reads_everything(org: &Org, who: &Actor, names: &Names, seed: u64) {
    let mut paths: Vec<String> =
        ["/v1/me", "/v1/orgs", "/v1/me/tasks", "/v1/me/tasks?status=done"].map(Into::into).into();
    // Streams don't end; they show what the activity shows.
    let gets = Route::of_tenants()
        .filter(|route| route.method == Method::GET && !route.template.ends_with("/events"));
    for route in gets {
        let query = if route.template.ends_with("/search") { "?q=words" } else { "" };
        paths.extend(names.paths(&route).into_iter().map(|path| format!("{path}{query}")));
    }
    paths.push(org.path("/changes?since=0"));
    for path in paths {
        let status = who.get(&path).await.status;
        assert!(status < 500, "seed {seed}: {status} for {path}");
    }
}

both_engines! {
    async fn what_is_imported_can_be_read(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let bob = app.signs_up("Bob").await;
        let rows = original(&ann, &bob).await;
        app.database.run("update users set email_verified_at = 1").await;
        let mut imported = 0;
        for seed in 0..SEEDS {
            let (dice, mut rows) = (&mut Dice(seed), rows.clone());
            // The first is left alone.
            let changes = if seed == 0 { 0 } else { 1 + dice.below(3) };
            for _ in 0..changes {
                change(dice, &mut rows);
            }
            let choices = Choices { owner: Some(ann.email.parse().unwrap()), match_people: true };
            match app.app.import(choices, Cursor::new(zipped(&rows))).await {
                Err(error) => {
                    let error = error.to_string();
                    assert!(seed > 0 && error.contains("json"), "seed {seed}: {error}");
                    assert!(!error.contains("insert into") && !error.contains("update "), "seed {seed}: {error}");
                }
                Ok(done) => {
                    imported += 1;
                    let org = Org { founder: ann.clone(), id: String::new(), slug: done.slug.to_string() };
                    let names = Names::of(&org).await;
                    for who in [&ann, &bob] {
                        reads_everything(&org, who, &names, seed).await;
                    }
                    ann.delete(org.path(&format!("?confirm={}", org.slug))).await.is(204);
                }
            }
        }
        assert!((10..SEEDS - 10).contains(&imported), "{imported} of {SEEDS} were imported");
    }
}
