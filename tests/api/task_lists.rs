//! `GET /v1/orgs/{org}/tasks`: filters, order and pages, against a plain model.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use serde_json::{Value, json};

use crate::support::{Actor, Dice, Engine, Org, TestApp, both_engines, each};

/// Due times are thirty years before or forty after.
const NOW: &str = "2050-01-01T00:00:00.000Z";
const STATUSES: [&str; 5] = ["todo", "in_progress", "review", "done", "cancelled"];
const PRIORITIES: [&str; 5] = ["none", "low", "medium", "high", "urgent"];
const SORTS: [&str; 7] = ["created_at", "updated_at", "due_at", "priority", "status", "position", "number"];

fn is_open(task: &Value) -> bool {
    !["done", "cancelled"].contains(&text(task, "status"))
}

fn text<'a>(task: &'a Value, field: &str) -> &'a str {
    task[field].as_str().unwrap_or_default()
}

/// An organization with tasks in a project that all see, one that Mia is in, and one that she isn't.
struct World {
    acme: Org,
    people: Vec<Actor>,
    projects: Vec<Value>,
    /// Every task as its owner reads it.
    tasks: Vec<Value>,
}

impl World {
    async fn new(app: &TestApp, dice: &mut Dice) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let bob = acme.gets("Bob", "admin").await;
        let projects = vec![
            acme.project("Open").await,
            acme.private_project("Joined").await,
            acme.private_project("Closed").await,
        ];
        ann.put(acme.path(&format!("/projects/JOI/members/{}", mia.id))).await.is(204);
        let people = vec![ann, mia, bob];
        let mut world = Self { acme, people, projects, tasks: Vec::new() };
        for n in 0..45 {
            world.add(dice, n).await;
            if dice.once_in(3) {
                app.clock.advance(Duration::from_millis(700));
            }
        }
        for _ in 0..20 {
            world.stir(dice).await;
        }
        // A task that is deleted is in no list.
        let gone = world.tasks.remove(dice.below(world.tasks.len()));
        world.people[0].delete(world.task_path(&gone)).await.is(204);
        for task in &mut world.tasks {
            *task =
                world.people[0].get(world.acme.path(&format!("/tasks/{}", text(task, "id")))).await.is(200);
        }
        world
    }

    /// Adds so many copies of each task beside the API, so that hardly a filter leaves few tasks.
    async fn multiply(&mut self, app: &TestApp, copies: usize) {
        let id = match app.database.engine() {
            Engine::Sqlite => "randomblob(16)",
            Engine::Postgres => "gen_random_uuid()",
        };
        let columns = "project_id, title, description, status, priority, due_at, parent_id, position, created_by, completed_at,
                       version, deleted_at, comments, subtasks, subtasks_done, column_id";
        let sql = format!(
            "insert into tasks (org_id, id, number, created_at, updated_at, {columns})
             with recursive n (i) as (select 1 union all select i + 1 from n where i < {copies})
             select org_id, {id}, number + 1000 * i, created_at + i % 5, updated_at + i % 3, {columns} from tasks, n;
             insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at, open_due_at)
             select c.org_id, c.id, a.user_id, a.assigned_at, c.created_at, a.open_due_at
             from tasks c
             join tasks t on t.org_id = c.org_id and t.project_id = c.project_id and t.number = c.number % 1000
             join task_assignees a on a.org_id = t.org_id and a.task_id = t.id
             where c.number > 1000;"
        );
        app.database.run(&sql).await;
        let tasks = self.tasks.len() * (copies + 1);
        self.tasks = self.people[0].walks(&self.acme.path("/tasks?sort=number"), 200).await;
        assert_eq!(self.tasks.len(), tasks);
    }

    fn task_path(&self, task: &Value) -> String {
        self.acme.path(&format!("/tasks/{}", text(task, "id")))
    }

    async fn add(&mut self, dice: &mut Dice, n: usize) {
        let project = dice.one_of(&self.projects).clone();
        let closed = text(&project, "key") == "CLO";
        let able: Vec<&Actor> = self.people.iter().filter(|p| !closed || p.name != "Mia").collect();
        let mut body = json!({
            "title": format!("Task {n}"), "status": dice.one_of(&STATUSES), "priority": dice.one_of(&PRIORITIES),
        });
        if !dice.once_in(3) {
            let day = 1 + dice.below(4);
            body["due_at"] = json!(format!("{}-01-0{day}T00:00:00Z", dice.one_of(&["2020", "2090"])));
        }
        if !dice.once_in(3) {
            body["assignee_ids"] = json!(dice.some_of(&able).iter().map(|p| &p.id).collect::<Vec<_>>());
        }
        let siblings: Vec<&Value> = self
            .tasks
            .iter()
            .filter(|task| task["project_id"] == project["id"] && task["parent_id"].is_null())
            .collect();
        if dice.once_in(3) && !siblings.is_empty() {
            body["parent_id"] = dice.one_of(&siblings)["id"].clone();
        }
        let path = self.acme.path(&format!("/projects/{}/tasks", text(&project, "key")));
        self.tasks.push(dice.one_of(&able).post(path, body).await.is(201));
    }

    async fn stir(&self, dice: &mut Dice) {
        let path = self.task_path(dice.one_of(&self.tasks));
        self.people[0].patch(path, json!({ "status": dice.one_of(&STATUSES) })).await.is(200);
    }

    fn sees(&self, reader: &Actor, task: &Value) -> bool {
        let closed = &self.projects[2];
        reader.name != "Mia" || task["project_id"] != closed["id"]
    }
}

/// A filter as it stands in the query string, and the same as a plain function.
type Test<'a> = Box<dyn Fn(&Value) -> bool + 'a>;

/// A filter, or its opposite if it has one.
fn random_filter<'a>(
    dice: &mut Dice,
    world: &'a World,
    reader: &'a Actor,
    kind: usize,
) -> (String, Test<'a>) {
    let (query, test) = random_wish(dice, world, reader, kind);
    let has_opposite = kind <= 5 || kind >= 10;
    if has_opposite && dice.once_in(3) {
        return (format!("not_{query}"), Box::new(move |task| !test(task)));
    }
    (query, test)
}

fn random_wish<'a>(dice: &mut Dice, world: &'a World, reader: &'a Actor, kind: usize) -> (String, Test<'a>) {
    let among = |name: &'static str, field: &'static str, values: Vec<&'static str>| -> (String, Test<'a>) {
        let query = format!("{name}={}", values.join(","));
        (query, Box::new(move |task: &Value| values.contains(&text(task, field))))
    };
    match kind {
        0 => among("status", "status", dice.some_of(&STATUSES)),
        1 => among("priority", "priority", dice.some_of(&PRIORITIES)),
        2 => {
            let projects = dice.some_of(&world.projects);
            let unknown = dice.once_in(4).then(|| "NONE".to_owned());
            let names: Vec<String> = projects
                .iter()
                .map(|project| text(project, if dice.once_in(2) { "id" } else { "key" }).to_owned())
                .chain(unknown)
                .collect();
            let query = format!("project={}", names.join(","));
            (query, Box::new(move |task| projects.iter().any(|project| project["id"] == task["project_id"])))
        }
        3 => {
            let mut names = vec!["me".to_owned(), "none".into()];
            names.extend(world.people.iter().map(|p| p.id.clone()));
            let names = dice.some_of(&names);
            let query = format!("assignee={}", names.join(","));
            (
                query,
                Box::new(move |task| {
                    let assignees = task["assignees"].as_array().unwrap();
                    names.iter().any(|name| match name.as_str() {
                        "me" => assignees.contains(&reader.person()),
                        "none" => assignees.is_empty(),
                        id => assignees.iter().any(|person| person["id"] == id),
                    })
                }),
            )
        }
        4 => {
            let mut names = vec!["me".to_owned()];
            names.extend(world.people.iter().map(|p| p.id.clone()));
            let names = dice.some_of(&names);
            let query = format!("creator={}", names.join(","));
            (
                query,
                Box::new(move |task| {
                    names
                        .iter()
                        .any(|name| task["created_by"]["id"] == *if name == "me" { &reader.id } else { name })
                }),
            )
        }
        5 => {
            let parents: Vec<&Value> =
                world.tasks.iter().filter(|task| task["parent_id"].is_null()).collect();
            let parents: Vec<&Value> = dice.some_of(&parents).into_iter().take(8).collect();
            let top = dice.once_in(2);
            let names: Vec<&str> = parents
                .iter()
                .map(|parent| text(parent, if dice.once_in(2) { "id" } else { "key" }))
                .chain(top.then_some("none"))
                .collect();
            let query = format!("parent={}", names.join(","));
            (
                query,
                Box::new(move |task| {
                    (top && task["parent_id"].is_null())
                        || parents.iter().any(|parent| parent["id"] == task["parent_id"])
                }),
            )
        }
        10 => {
            let things = dice.some_of(&["comments", "description", "subtasks", "due"]);
            let has = |task: &Value, thing: &str| match thing {
                "comments" => task["comment_count"] != 0,
                "description" => task["description"] != "",
                "subtasks" => world.tasks.iter().any(|below| below["parent_id"] == task["id"]),
                _ => task["due_at"].is_string(),
            };
            let query = format!("has={}", things.join(","));
            (query, Box::new(move |task| things.iter().any(|thing| has(task, thing))))
        }
        11 => {
            let dues = dice.some_of(&["today", "this_week", "overdue", "none"]);
            let is_due = |task: &Value, due: &str| match due {
                "none" => task["due_at"].is_null(),
                "overdue" => task["due_at"].is_string() && text(task, "due_at") < NOW && is_open(task),
                // What is due today, and when today is, `days.rs` tells.
                _ => false,
            };
            (
                format!("due={}", dues.join(",")),
                Box::new(move |task| dues.iter().any(|due| is_due(task, due))),
            )
        }
        _ => random_time_filter(dice, world, kind),
    }
}

fn random_time_filter<'a>(dice: &mut Dice, world: &'a World, kind: usize) -> (String, Test<'a>) {
    let moments =
        ["2020-01-02T00:00:00Z", "2020-01-03T12:00:00Z", "2090-01-03T00:00:00Z", "2050-01-01T00:00:00Z"];
    // As answers write times, texts compare like moments.
    let moment = dice.one_of(&moments).replace('Z', ".000Z");
    match kind {
        6 => {
            let query = format!("due_before={moment}");
            (
                query,
                Box::new(move |task| task["due_at"].is_string() && text(task, "due_at") < moment.as_str()),
            )
        }
        7 => {
            let query = format!("due_after={moment}");
            (
                query,
                Box::new(move |task| task["due_at"].is_string() && text(task, "due_at") >= moment.as_str()),
            )
        }
        8 => {
            let since = text(dice.one_of(&world.tasks), "updated_at").to_owned();
            (
                format!("updated_after={since}"),
                Box::new(move |task| text(task, "updated_at") > since.as_str()),
            )
        }
        _ => {
            let wanted = dice.once_in(2);
            (
                format!("overdue={wanted}"),
                Box::new(move |task| {
                    let overdue = task["due_at"].is_string() && text(task, "due_at") < NOW && is_open(task);
                    overdue == wanted
                }),
            )
        }
    }
}

fn random_sort(dice: &mut Dice) -> Vec<(&'static str, bool)> {
    let keys = dice.some_of(&SORTS);
    keys.into_iter().take(1 + dice.below(2)).map(|key| (key, dice.once_in(2))).collect()
}

fn by_key(key: &str, down: bool, a: &Value, b: &Value) -> Ordering {
    let rank = |of: &[&str], task: &Value| of.iter().position(|name| *name == text(task, key));
    let order = match key {
        "status" => rank(&STATUSES, a).cmp(&rank(&STATUSES, b)),
        "priority" => rank(&PRIORITIES, a).cmp(&rank(&PRIORITIES, b)),
        "number" => a[key].as_i64().cmp(&b[key].as_i64()),
        // What has no due time comes last, whichever way round.
        "due_at" if a[key].is_null() || b[key].is_null() => return a[key].is_null().cmp(&b[key].is_null()),
        _ => text(a, key).cmp(text(b, key)),
    };
    if down { order.reverse() } else { order }
}

/// The model: which tasks, in which order.
fn expected(
    world: &World,
    reader: &Actor,
    filters: &[(String, Test<'_>)],
    sort: &[(&str, bool)],
) -> Vec<String> {
    let mut tasks: Vec<&Value> = world
        .tasks
        .iter()
        .filter(|task| world.sees(reader, task) && filters.iter().all(|(_, test)| test(task)))
        .collect();
    let (_, last_down) = sort.last().unwrap();
    tasks.sort_by(|a, b| {
        let order = sort.iter().map(|(key, down)| by_key(key, *down, a, b)).find(|order| order.is_ne());
        order.unwrap_or_else(|| {
            let by_id = text(a, "id").cmp(text(b, "id"));
            if *last_down { by_id.reverse() } else { by_id }
        })
    });
    tasks.iter().map(|task| text(task, "key").to_owned()).collect()
}

async fn agrees(
    world: &World,
    reader: &Actor,
    filters: &[(String, Test<'_>)],
    sort: Option<&[(&str, bool)]>,
    limit: usize,
) {
    agrees_so_far(world, reader, filters, sort, limit, usize::MAX).await;
}

/// Compares so many pages.
async fn agrees_so_far(
    world: &World,
    reader: &Actor,
    filters: &[(String, Test<'_>)],
    sort: Option<&[(&str, bool)]>,
    limit: usize,
    pages: usize,
) {
    let mut query: Vec<String> = filters.iter().map(|(query, _)| query.clone()).collect();
    if let Some(sort) = sort {
        let keys: Vec<String> =
            sort.iter().map(|(key, down)| format!("{}{key}", if *down { "-" } else { "" })).collect();
        query.push(format!("sort={}", keys.join(",")));
    }
    let path = world.acme.path(&format!("/tasks?{}", query.join("&")));
    let (mut items, mut cursor) = (Vec::new(), String::new());
    for _ in 0..pages {
        let page = reader.get(format!("{path}&limit={limit}{cursor}")).await.is(200);
        items.extend_from_slice(page["items"].as_array().unwrap());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let mut model = expected(world, reader, filters, sort.unwrap_or(&[("created_at", true)]));
    model.truncate(pages.saturating_mul(limit));
    assert_eq!(each(&json!(items), "/key"), model, "{} asked for {path} by {limit}", reader.name);
    let tasks: HashMap<&str, &Value> = world.tasks.iter().map(|task| (text(task, "id"), task)).collect();
    for item in items {
        let task = tasks[text(&item, "id")];
        assert_eq!(
            (&item["title"], &item["assignees"], &item["version"]),
            (&task["title"], &task["assignees"], &task["version"])
        );
    }
}

/// The groups that a task is in, by their keys.
fn keys(task: &Value, by: &str) -> Vec<String> {
    let ids = |field: &str| match each(&task[field], "/id") {
        none if none.is_empty() => vec!["none".into()],
        ids => ids,
    };
    let due = match (&task["due_at"], is_open(task)) {
        (Value::Null, _) => "none",
        (_, open) if text(task, "due_at") < NOW => {
            if open {
                "overdue"
            } else {
                "earlier"
            }
        }
        _ => "later",
    };
    match by {
        "assignee" => ids("assignees"),
        "label" => ids("labels"),
        "column" => vec![text(task, "column_id").into()],
        "due" => vec![due.into()],
        field => vec![text(task, field).into()],
    }
}

/// Compares a list in groups with the same list as a whole: each group, over so many of its pages.
async fn groups_agree(world: &World, reader: &Actor, query: &str, by: &str, limit: usize, pages: usize) {
    let list = reader.walks(&world.acme.path(&format!("/tasks?{query}")), 200).await;
    let path = world.acme.path(&format!("/tasks?{query}&group_by={by}&limit={limit}"));
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for task in &list {
        for key in keys(task, by) {
            expected.entry(key).or_default().push(text(task, "id").to_owned());
        }
    }
    let named = query.strip_prefix(&format!("{by}="));
    expected.retain(|key, _| named.is_none_or(|named| named.contains(key)));
    let (mut found, mut further) = (BTreeMap::new(), String::new());
    loop {
        let page = reader.get(format!("{path}{further}")).await.is(200);
        for group in page["groups"].as_array().unwrap().iter().filter(|group| group["count"] != 0) {
            let (mut items, mut at) = (each(&group["items"], "/id"), group.clone());
            for _ in 1..pages {
                let Some(next) = at["next_cursor"].as_str() else { break };
                let page = reader.get(format!("{path}&cursor={next}")).await.is(200);
                at = page["groups"][0].clone();
                assert_eq!((&at["key"], &at["count"]), (&group["key"], &group["count"]), "{path}");
                items.extend(each(&at["items"], "/id"));
            }
            let count = group["count"].as_u64().unwrap();
            assert!(found.insert(text(group, "key").to_owned(), (count, items)).is_none(), "{path}");
        }
        let Some(next) = page["next_cursor"].as_str() else { break };
        further = format!("&cursor={next}");
    }
    let cut =
        |ids: Vec<String>| (ids.len() as u64, ids.into_iter().take(pages.saturating_mul(limit)).collect());
    let expected: BTreeMap<String, (u64, Vec<String>)> =
        expected.into_iter().map(|(key, ids)| (key, cut(ids))).collect();
    assert_eq!(found, expected, "{} asked for {path}", reader.name);
}

const GROUPINGS: [&str; 6] = ["status", "column", "assignee", "priority", "label", "due"];

both_engines! {
    async fn a_list_is_what_the_model_says_whatever_is_asked(app: TestApp) {
        let dice = &mut Dice(20_261_123);
        let world = World::new(&app, dice).await;
        // Each sort alone in both directions, with small pages.
        for reader in &world.people[..2] {
            agrees(&world, reader, &[], None, 7).await;
            for key in SORTS {
                for down in [false, true] {
                    agrees(&world, reader, &[], Some(&[(key, down)]), 4).await;
                }
            }
        }
        // Each filter alone, then what chance puts together.
        for kind in 0..12 {
            for reader in &world.people[..2] {
                let filter = random_filter(dice, &world, reader, kind);
                agrees(&world, reader, &[filter], Some(&random_sort(dice)), 5).await;
            }
        }
        for _ in 0..120 {
            let reader = dice.one_of(&world.people);
            let mut kinds: Vec<usize> = dice.some_of(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
            kinds.truncate(1 + dice.below(3));
            let filters: Vec<_> = kinds.into_iter().map(|kind| random_filter(dice, &world, reader, kind)).collect();
            let sort = random_sort(dice);
            agrees(&world, reader, &filters, (!dice.once_in(8)).then_some(&sort), 1 + dice.below(12)).await;
        }
        // In groups, whatever is asked.
        for by in GROUPINGS {
            for kind in [0, 1, 2, 4, 6, 8, 9, 10, 11] {
                let reader = dice.one_of(&world.people);
                let (filter, _) = random_filter(dice, &world, reader, kind);
                let sort = *dice.one_of(&["position", "-due_at", "number", "-priority,due_at"]);
                groups_agree(&world, reader, &format!("{filter}&sort={sort}"), by, 1 + dice.below(6), usize::MAX).await;
            }
        }
    }

    async fn a_long_list_is_what_the_model_says_too(app: TestApp) {
        let dice = &mut Dice(20_261_127);
        let mut world = World::new(&app, dice).await;
        world.multiply(&app, 150).await;
        let (ann, mia) = (&world.people[0], &world.people[1]);
        // From end to end, through all that a first key has in common.
        for sort in [[("priority", true), ("due_at", false)], [("due_at", true), ("status", true)], [("status", false), ("updated_at", true)]] {
            agrees(&world, ann, &[], Some(&sort), 200).await;
        }
        agrees(&world, mia, &[], Some(&[("due_at", true)]), 200).await;
        agrees(&world, mia, &[], Some(&[("due_at", false)]), 197).await;
        for (kind, sort) in [(3, "created_at"), (9, "due_at"), (6, "number"), (0, "position")] {
            let filter = random_filter(dice, &world, mia, kind);
            agrees(&world, mia, &[filter], Some(&[(sort, dice.once_in(2))]), 200).await;
        }
        // What a person has, in the two orders that their assignments have.
        let mine = || -> (String, Test<'_>) {
            let person = mia.person();
            ("assignee=me".to_owned(), Box::new(move |task| task["assignees"].as_array().unwrap().contains(&person)))
        };
        let open = || -> (String, Test<'_>) {
            ("status=todo,in_progress,review".to_owned(), Box::new(is_open))
        };
        for down in [false, true] {
            agrees(&world, mia, &[mine()], Some(&[("created_at", down)]), 200).await;
            agrees(&world, mia, &[mine(), open()], Some(&[("due_at", down)]), 200).await;
        }
        for _ in 0..60 {
            let reader = dice.one_of(&world.people);
            let mut kinds: Vec<usize> = dice.some_of(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
            kinds.truncate(1 + dice.below(3));
            let filters: Vec<_> = kinds.into_iter().map(|kind| random_filter(dice, &world, reader, kind)).collect();
            let sort = random_sort(dice);
            agrees_so_far(&world, reader, &filters, Some(&sort), 15, 3).await;
        }
        for (by, sort) in [("status", "position"), ("column", "position"), ("assignee", "number"), ("priority", "-due_at"), ("due", "due_at")] {
            groups_agree(&world, mia, &format!("sort={sort}"), by, 150, 3).await;
        }
    }

    async fn a_projects_own_list_is_the_list_of_that_project(app: TestApp) {
        let dice = &mut Dice(7);
        let world = World::new(&app, dice).await;
        for reader in &world.people[..2] {
            for query in ["?", "?status=todo,done&sort=-priority,number", "?assignee=me", "?parent=none&sort=due_at"] {
                let own = reader.walks(&world.acme.path(&format!("/projects/OPE/tasks{query}")), 6).await;
                let all = reader.walks(&world.acme.path(&format!("/tasks{query}&project=OPE")), 6).await;
                assert_eq!(own, all, "{query}");
            }
        }
        // Every filter means the same here: of another project there is nothing.
        let other = world.people[0].get(world.acme.path("/projects/OPE/tasks?project=CLO")).await.is(200);
        assert_eq!(other["items"], json!([]));
        world.people[1].get(world.acme.path("/projects/CLO/tasks?sort=wrong")).await.refuses(404, "not_found");
    }

    async fn tasks_that_come_between_two_pages_move_nothing(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        for n in 0..9 {
            let body = json!({ "title": "Old", "priority": PRIORITIES[n % 5], "due_at": (n % 2 == 0).then_some("2030-01-01T00:00:00Z") });
            ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        }
        for sort in ["created_at", "-created_at", "-priority,due_at", "due_at", "-due_at", "number", "position"] {
            let before = each(&json!(ann.walks(&acme.path(&format!("/tasks?sort={sort}")), 200).await), "/key");
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = ann.get(acme.path(&format!("/tasks?sort={sort}&limit=2{cursor}"))).await.is(200);
                seen.extend(each(&page["items"], "/key"));
                let Some(next) = page["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
                if seen.len() < 12 {
                    let body = json!({ "title": "New", "priority": PRIORITIES[seen.len() % 5] });
                    ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
                }
            }
            let mut once = seen.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), seen.len(), "{sort}: {seen:?}");
            seen.retain(|key| before.contains(key));
            assert_eq!(seen, before, "{sort}");
        }
    }

    async fn a_page_goes_on_where_it_ended_though_its_last_task_is_gone(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        for _ in 0..4 {
            acme.task("WEB", "Task").await;
        }
        let page = ann.get(acme.path("/tasks?sort=number&limit=2")).await.is(200);
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        let cursor = page["next_cursor"].as_str().unwrap();
        let next = ann.get(acme.path(&format!("/tasks?sort=number&limit=2&cursor={cursor}"))).await.is(200);
        assert_eq!(each(&next["items"], "/key"), ["WEB-3", "WEB-4"]);
        assert_eq!(next["next_cursor"], json!(null));
    }

    async fn what_names_nothing_finds_nothing(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        acme.task("WEB", "Task").await;
        let foreign = ann.founds("Other").await;
        let project = foreign.project("Elsewhere").await;
        let task = foreign.task("ELS", "Foreign").await;
        let (project, task, nobody) = (text(&project, "id"), text(&task, "id"), "01890000-0000-7000-8000-000000000000");
        for query in [
            "project=NONE", "project=we", &format!("project={project}"), "project=ELS", "parent=NO-1", "parent=x", "parent=WEB-1",
            &format!("parent={task}"), "parent=ELS-1", &format!("assignee={nobody}"), &format!("creator={nobody}"),
            "updated_after=2090-01-01T00:00:00Z", "due_before=2090-01-01T00:00:00Z", "overdue=true",
        ] {
            let found = ann.get(acme.path(&format!("/tasks?{query}"))).await.is(200);
            assert_eq!(found, json!({ "items": [], "next_cursor": null }), "{query}");
        }
    }

    async fn the_first_and_the_last_moment_come_before_none_at_all(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        let moments = [json!(null), json!("9999-12-30T21:59:59.999Z"), json!("0001-01-01T00:00:00.000Z"), json!(null)];
        for moment in &moments {
            let made = ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Any", "due_at": moment })).await;
            assert_eq!(&made.is(201)["due_at"], moment);
        }
        for (sort, keys) in [("due_at", "WEB-3 WEB-2 WEB-1 WEB-4"), ("-due_at", "WEB-2 WEB-3 WEB-4 WEB-1")] {
            for limit in 1..=4 {
                let items = ann.walks(&acme.path(&format!("/tasks?sort={sort}")), limit).await;
                assert_eq!(each(&json!(items), "/key").join(" "), keys, "{sort} by {limit}");
            }
        }
    }

    async fn overdue_follows_the_clock(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        let now = acme.task("WEB", "Undated").await["created_at"].as_str().unwrap().to_owned();
        for status in ["todo", "done"] {
            let body = json!({ "title": "Due now", "due_at": now, "status": status });
            ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        }
        app.clock.advance(Duration::from_secs(1));
        let keys = async |query: &str| each(&ann.get(acme.path(&format!("/tasks?sort=number&{query}"))).await.is(200)["items"], "/key");
        assert_eq!(keys("overdue=true").await, ["WEB-2"]);
        assert_eq!(keys("overdue=false").await, ["WEB-1", "WEB-3"]);
    }

    async fn what_a_filter_or_sort_cannot_be_is_refused_by_its_name(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        for (query, pointer, code) in [
            ("status=blocked", "/status", "invalid_value"),
            ("status=", "/status", "invalid_value"),
            ("status=todo,", "/status", "invalid_value"),
            ("status=todo,Done", "/status", "invalid_value"),
            ("priority=4", "/priority", "invalid_value"),
            ("assignee=bob", "/assignee", "invalid_format"),
            ("assignee=me,", "/assignee", "invalid_format"),
            ("creator=none", "/creator", "invalid_format"),
            ("due_before=soon", "/due_before", "invalid_format"),
            ("due_after=2026-01-01", "/due_after", "invalid_format"),
            ("updated_after=", "/updated_after", "invalid_format"),
            ("overdue=1", "/overdue", "invalid_type"),
            ("overdue=TRUE", "/overdue", "invalid_type"),
            ("sort=title", "/sort", "invalid_value"),
            ("sort=", "/sort", "invalid_value"),
            ("sort=-", "/sort", "invalid_value"),
            ("sort=--number", "/sort", "invalid_value"),
            ("sort=number,", "/sort", "invalid_value"),
            ("sort=number,-number", "/sort", "invalid_value"),
            ("sort=number,status,priority", "/sort", "invalid_value"),
            ("sort=org_id", "/sort", "invalid_value"),
            ("q=a&q=b", "/q", "duplicate_field"),
            ("overdue=true&overdue=true", "/overdue", "duplicate_field"),
            ("limit=1&limit=1", "/limit", "duplicate_field"),
            ("colour=red", "/colour", "unknown_field"),
            ("org_id=1", "/org_id", "unknown_field"),
            ("project=%00", "/project", "invalid_text"),
            ("limit=1e2", "/limit", "invalid_type"),
            ("limit=%2B1", "/limit", "invalid_type"),
            ("limit=0", "/limit", "out_of_range"),
            ("limit=-1", "/limit", "out_of_range"),
        ] {
            for list in ["/tasks", "/projects/WEB/tasks"] {
                ann.get(acme.path(&format!("{list}?{query}"))).await.rejects(pointer, code);
            }
        }
        let many = vec!["WEB"; 101].join(",");
        ann.get(acme.path(&format!("/tasks?project={many}"))).await.rejects("/project", "too_many");
        let most = vec!["WEB"; 100].join(",");
        ann.get(acme.path(&format!("/tasks?project={most}"))).await.is(200);
    }

    async fn a_cursor_belongs_to_its_filters_and_its_order(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Website").await;
        acme.task("WEB", "One").await;
        acme.task("WEB", "Two").await;
        let page = ann.get(acme.path("/tasks?sort=number&status=todo&limit=1")).await.is(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let with = async |query: &str| ann.get(acme.path(&format!("/{query}&cursor={cursor}"))).await;
        for same in ["tasks?sort=number&status=todo&limit=9", "tasks?status=todo&sort=number"] {
            assert_eq!(each(&with(same).await.is(200)["items"], "/key"), ["WEB-2"]);
        }
        for other in [
            "tasks?sort=-number&status=todo", "tasks?sort=number", "tasks?sort=number&status=todo,done", "tasks?status=todo",
            "projects/WEB/tasks?sort=number&status=todo", "activity?",
        ] {
            with(other).await.refuses(422, "invalid_cursor");
        }
    }
}
