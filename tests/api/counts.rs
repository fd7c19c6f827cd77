//! The numbers of tasks that are kept, against counting: through every kind of write, by hand as time passes, and of many
//! writers at once.

use std::{collections::BTreeMap, io::Cursor, time::Duration};

use futures_util::future::join_all;
use guildhall::{
    app::{Choices, purge, recount},
    base::{clock::Time, day::Day, text::TimeZone},
    db::Migrations,
};
use serde_json::{Value, json};

use crate::{
    archive::exports,
    support::{Actor, Dice, Engine, Org, TestApp, both_engines, each},
};

const STATUSES: [&str; 5] = ["todo", "in_progress", "review", "done", "cancelled"];
const PRIORITIES: [&str; 5] = ["none", "low", "medium", "high", "urgent"];
const MINUTE: u64 = 60;
const DAY: i64 = 24 * 60 * 60 * 1000;
const ZONES: [&str; 4] = ["UTC", "Pacific/Kiritimati", "Pacific/Niue", "Asia/Kathmandu"];
/// The kinds of writes.
const KINDS: usize = 23;

/// Takes a database back to before the numbers were kept.
pub const UNDO: &str = "drop table task_counts; drop index tasks_overdue;
    create index tasks_completed on tasks (org_id, completed_at) where completed_at is not null and deleted_at is null;
    alter table org_ledgers drop column overdue_until; delete from schema_migrations where version = 12;";

/// Takes a database back to before the numbers of subtasks were kept.
const UNDO_SUBTASKS: &str =
    "alter table tasks drop column subtasks; alter table tasks drop column subtasks_done;
    delete from schema_migrations where version = 20;";

/// Takes a database back to before there were templates. The views are made anew before they are asked for anything.
const UNDO_TEMPLATES: &str =
    "drop view project_sight; drop view project_audience; drop index projects_templates;
    alter table projects drop column is_template; create view project_audience as select 1 as one;
    create view project_sight as select 1 as one; drop index tasks_templates;
    alter table tasks drop column is_template; delete from schema_migrations where version in (25, 29);";

/// Leaves no task in the status that didn't exist then.
const NO_CANCELLED: &str = "update tasks set status = 3, completed_at = updated_at where status = 4";

/// What is kept and isn't so, or is so and isn't kept.
async fn wrong(app: &TestApp) -> i64 {
    let nobody = match app.database.engine() {
        Engine::Sqlite => "zeroblob(16)",
        Engine::Postgres => "'00000000-0000-0000-0000-000000000000'::uuid",
    };
    let live = "from tasks t join projects p on p.org_id = t.org_id and p.id = t.project_id
                join org_ledgers l on l.org_id = t.org_id
                left join task_assignees a on a.org_id = t.org_id and a.task_id = t.id
                where t.deleted_at is null and p.purged_at is null and not t.is_template";
    let overdue = "case when t.status < 3 and t.due_at < l.overdue_until then t.id end";
    let together = "case p.visibility when 'private' then 2 else 1 end";
    // The kind and the scope, what it is counted by, how that is kept, what is counted, and whether what is overdue is.
    let kinds = [
        (0, "0", "t.project_id, t.status, t.priority", "c.project_id, c.status, c.priority", "", true),
        (
            1,
            "0",
            "t.project_id, coalesce(a.user_id, nobody), t.status",
            "c.project_id, c.user_id, c.status",
            "",
            true,
        ),
        (2, "0", "t.project_id, t.created_at / 900000", "c.project_id, c.quarter", "", false),
        (
            3,
            "0",
            "t.project_id, t.completed_at / 900000",
            "c.project_id, c.quarter",
            " and t.status = 3",
            false,
        ),
        (
            1,
            "1, 2",
            "together, coalesce(a.user_id, nobody), t.status",
            "c.scope, c.user_id, c.status",
            "",
            true,
        ),
        (2, "1, 2", "together, t.created_at / 900000", "c.scope, c.quarter", "", false),
        (3, "1, 2", "together, t.completed_at / 900000", "c.scope, c.quarter", " and t.status = 3", false),
        (4, "0", "t.project_id", "c.project_id", "", false),
    ];
    let impossible = "(select count(*) from task_counts where tasks < 0 or overdue < 0 or overdue > tasks)";
    // What lists of tasks look for, kept with the assignments.
    let assignments =
        "(select count(*) from task_assignees a join tasks t on t.org_id = a.org_id and t.id = a.task_id
         where a.task_created_at is null or a.task_created_at <> t.created_at or coalesce(a.open_due_at, 0)
             <> case when t.status < 3 then coalesce(t.due_at, 9223372036854775807) else 0 end)";
    let subtasks =
        "(select count(*) from tasks t where t.purged_at is null and (t.subtasks, t.subtasks_done) <> (
             select count(*), count(case when b.status = 3 then 1 end) from tasks b
             where b.org_id = t.org_id and b.parent_id = t.id and b.deleted_at is null))";
    // A subtask is of a template if its parent is.
    let marks =
        "(select count(*) from tasks t join tasks above on above.org_id = t.org_id and above.id = t.parent_id
         where t.deleted_at is null and above.deleted_at is null and t.is_template <> above.is_template)";
    let mut sums = vec![impossible.to_owned(), assignments.to_owned(), subtasks.to_owned(), marks.to_owned()];
    for (kind, scope, by, kept_by, only, has_overdue) in kinds {
        let live =
            if kind == 4 { live.replace("not t.is_template", "t.is_template") } else { live.to_owned() };
        let by = by.replace("nobody", nobody).replace("together", together);
        let late = if has_overdue { format!("count(distinct {overdue})") } else { "0".into() };
        let live = if scope == "0" {
            live
        } else {
            format!("{live} and p.deleted_at is null and not p.is_template")
        };
        let counted = format!(
            "select t.org_id, {by}, count(distinct t.id), {late} {live}{only} group by t.org_id, {by}"
        );
        let kept = format!(
            "select c.org_id, {kept_by}, c.tasks, c.overdue from task_counts c
             where c.kind = {kind} and c.scope in ({scope}) and (c.tasks <> 0 or c.overdue <> 0)"
        );
        for (these, but) in [(&counted, &kept), (&kept, &counted)] {
            sums.push(format!("(select count(*) from ({these} except {but}) x)"));
        }
    }
    app.database.number(&format!("select {}", sums.join(" + "))).await
}

fn millis(value: &Value) -> i64 {
    value.as_str().unwrap().parse::<Time>().unwrap().millis()
}

/// The last moment at which a task isn't overdue, where days end in this zone.
fn moment(task: &Value, zone: TimeZone) -> Option<i64> {
    let end = |day: &str| day.parse::<Day>().unwrap().end(&zone.rules()).unwrap().millis();
    task["due_on"].as_str().map(end).or_else(|| task["due_at"].is_string().then(|| millis(&task["due_at"])))
}

/// How many of these tasks stand where, and are overdue.
fn tally(tasks: &[&Value], now: Time, zone: TimeZone) -> Value {
    let of = |status: &str| tasks.iter().filter(|task| task["status"] == status).count();
    let is_overdue = |task: &&&Value| {
        !["done", "cancelled"].contains(&task["status"].as_str().unwrap())
            && moment(task, zone).is_some_and(|due| due < now.millis())
    };
    let counts: BTreeMap<&str, usize> = STATUSES.iter().map(|status| (*status, of(status))).collect();
    json!({ "task_counts": counts, "overdue": tasks.iter().filter(is_overdue).count() })
}

fn same(shown: &Value, tally: &Value, what: &str) {
    assert_eq!(shown["task_counts"], tally["task_counts"], "{what}");
    assert_eq!(shown["overdue"], tally["overdue"], "{what}");
}

/// That the statistics agree with the list of tasks. Returns how many are overdue.
async fn figures(app: &TestApp, who: &Actor, org: &Org) -> i64 {
    let shown = who.get(org.path("/stats?time_zone=UTC&days=366")).await.is(200);
    let now = app.clock.now();
    let zone =
        who.get(org.path("")).await.is(200)["settings"]["time_zone"].as_str().unwrap().parse().unwrap();
    let all = who.walks(&org.path("/tasks?template=false"), 200).await;
    let all_of: Vec<&Value> = all.iter().collect();
    let whole = tally(&all_of, now, zone);
    assert_eq!((&shown["by_status"], &shown["overdue"]), (&whole["task_counts"], &whole["overdue"]));
    let some = |fits: &dyn Fn(&Value) -> bool| {
        let some: Vec<&Value> = all.iter().filter(|task| fits(task)).collect();
        (some.len(), tally(&some, now, zone))
    };
    for priority in shown["by_priority"].as_array().unwrap() {
        same(priority, &some(&|task| task["priority"] == priority["priority"]).1, "a priority");
    }
    for project in shown["by_project"].as_array().unwrap() {
        let (_, tally) = some(&|task| task["project_id"] == project["project"]["id"]);
        same(project, &tally, "a project");
        let path = org.path(&format!("/projects/{}", project["project"]["id"].as_str().unwrap()));
        assert_eq!(who.get(path).await.is(200)["task_counts"], tally["task_counts"]);
    }
    let mut assigned = 0;
    for of in shown["by_assignee"].as_array().unwrap() {
        let (count, tally) = some(&|task| {
            let assignees = task["assignees"].as_array().unwrap();
            if of["assignee"].is_null() { assignees.is_empty() } else { assignees.contains(&of["assignee"]) }
        });
        assert!(count > 0, "somebody without tasks");
        same(of, &tally, "an assignee");
        assigned += count;
    }
    let places = all.iter().map(|task| task["assignees"].as_array().unwrap().len().max(1));
    assert_eq!(assigned, places.sum::<usize>());
    for (field, from) in [("created", "created_at"), ("done", "completed_at")] {
        for day in shown["per_day"].as_array().unwrap() {
            let is_then = |task: &Value| task[from].as_str().is_some_and(|at| at[..10] == day["date"]);
            assert_eq!(day[field], some(&is_then).0, "{field} on {}", day["date"]);
        }
    }
    shown["overdue"].as_i64().unwrap()
}

struct World {
    app: TestApp,
    acme: Org,
    /// Everybody but the founder, each with whether they are in the organization.
    people: Vec<(Actor, bool)>,
    projects: Vec<String>,
    tasks: Vec<String>,
    /// How many of each kind of write succeeded.
    done: BTreeMap<&'static str, usize>,
}

impl World {
    async fn new(app: &TestApp) -> Self {
        let acme = app.signs_up("Ann").await.founds("Acme").await;
        let mut people = Vec::new();
        for name in ["Bob", "Cy", "Dee"] {
            people.push((acme.gets(name, "member").await, true));
        }
        let mut projects = Vec::new();
        for name in ["Web", "App", "Ops"] {
            projects.push(acme.project(name).await["id"].as_str().unwrap().to_owned());
        }
        Self { app: app.clone(), acme, people, projects, tasks: Vec::new(), done: BTreeMap::new() }
    }

    fn ann(&self) -> &Actor {
        &self.acme.founder
    }

    async fn passes(&mut self, time: Duration) {
        self.app.clock.advance(time);
        self.acme.founder = self.ann().again().await;
    }

    fn due(&self, dice: &mut Dice) -> Value {
        let now = self.app.clock.now();
        let times = [
            None,
            Some(now - Duration::from_secs(60 * MINUTE)),
            Some(now + Duration::from_secs(2 * MINUTE)),
            Some(now + Duration::from_secs(30 * MINUTE)),
            Some(now + Duration::from_hours(9)),
        ];
        json!(dice.one_of(&times).map(|time| time.to_string()))
    }

    fn body(&self, dice: &mut Dice) -> Value {
        let mut body = json!({});
        if dice.once_in(2) {
            body["status"] = json!(dice.one_of(&STATUSES));
        }
        if dice.once_in(2) {
            body["priority"] = json!(dice.one_of(&PRIORITIES));
        }
        if dice.once_in(2) {
            body["due_at"] = self.due(dice);
        } else if dice.once_in(3) {
            let today = self.app.clock.now().day();
            body["due_on"] =
                json!(Time::from_millis((today + 1) * DAY - dice.one_of(&[0, 1, 2]) * DAY).to_string()[..10]);
        }
        if dice.once_in(2) {
            let here: Vec<&String> =
                self.people.iter().filter(|(_, is_in)| *is_in).map(|(actor, _)| &actor.id).collect();
            body["assignee_ids"] =
                if here.is_empty() || dice.once_in(3) { json!([]) } else { json!(dice.some_of(&here)) };
        }
        if dice.once_in(9) && !self.tasks.is_empty() {
            body["parent_id"] = json!(dice.one_of(&self.tasks));
        } else if dice.once_in(9) {
            body["is_template"] = json!(dice.once_in(2));
        }
        body
    }

    async fn creates(&mut self, dice: &mut Dice) -> bool {
        let mut body = self.body(dice);
        body["title"] = json!("Any");
        let path = self.acme.path(&format!("/projects/{}/tasks", dice.one_of(&self.projects)));
        let made = self.ann().post(path, body).await;
        self.tasks.extend(made.body["id"].as_str().filter(|_| made.status == 201).map(str::to_owned));
        made.succeeded()
    }

    async fn duplicates(&mut self, dice: &mut Dice) -> bool {
        let mut body = json!({ "with": dice.some_of(&["assignees", "labels", "subtasks", "due"]) });
        if dice.once_in(2) {
            body["project"] = json!(dice.one_of(&self.projects));
        }
        let path = self.acme.path(&format!("/tasks/{}/duplicate", dice.one_of(&self.tasks)));
        let made = self.ann().post(path, body).await;
        self.tasks.extend(made.body["id"].as_str().filter(|_| made.status == 201).map(str::to_owned));
        made.succeeded()
    }

    /// A new project, after another one or not, a template or not.
    async fn begins(&mut self, dice: &mut Dice) -> bool {
        let mut body = json!({ "name": "New", "is_template": dice.once_in(3) });
        if dice.once_in(2) {
            body["template"] = json!(dice.one_of(&self.projects));
        }
        let made = self.ann().post(self.acme.path("/projects"), body).await;
        let Some(id) = made.body["id"].as_str().filter(|_| made.status == 201) else { return false };
        let tasks = self.ann().walks(&self.acme.path(&format!("/projects/{id}/tasks?")), 200).await;
        self.tasks.extend(each(&json!(tasks), "/id"));
        self.projects.push(id.to_owned());
        true
    }

    /// Somebody leaves, their tasks to an heir or nobody; or comes again.
    async fn leaves_or_returns(&mut self, dice: &mut Dice) -> bool {
        let at = dice.below(self.people.len());
        if !self.people[at].1 {
            self.people[at].0 = self.people[at].0.again().await;
            self.acme.takes(&self.people[at].0, "member").await;
            self.people[at].1 = true;
            return true;
        }
        let heir = if dice.once_in(2) { format!("?reassign_to={}", self.ann().id) } else { String::new() };
        let path = self.acme.path(&format!("/members/{}{heir}", self.people[at].0.id));
        self.people[at].1 = false;
        self.ann().delete(path).await.succeeded()
    }

    /// One write, whatever comes of it.
    async fn turns(&mut self, dice: &mut Dice) {
        let task = dice.one_of(&self.tasks).clone();
        let task = |rest: &str| self.acme.path(&format!("/tasks/{task}{rest}"));
        let project = dice.one_of(&self.projects).clone();
        let project = |rest: &str| self.acme.path(&format!("/projects/{project}{rest}"));
        let person = dice.one_of(&self.people).0.id.clone();
        let on_it = task(&format!("/assignees/{person}"));
        let ann = self.ann();
        let (what, good) = match dice.below(46) {
            0..=5 => ("create", self.creates(dice).await),
            6..=11 => ("update", ann.patch(task(""), self.body(dice)).await.succeeded()),
            12..=13 => ("assign", ann.put(on_it).await.succeeded()),
            14..=15 => {
                let assigned = ann.get(task("")).await.body["assignees"][0]["id"].as_str().map(str::to_owned);
                let off_it = task(&format!("/assignees/{}", assigned.unwrap_or(person)));
                ("unassign", ann.delete(off_it).await.succeeded())
            }
            16 => ("delete", ann.delete(task("")).await.succeeded()),
            17..=18 => ("restore", ann.posts(task("/restore")).await.succeeded()),
            19 => ("archive", ann.posts(project("/archive")).await.succeeded()),
            20..=21 => ("unarchive", ann.posts(project("/unarchive")).await.succeeded()),
            22 => ("delete a project", ann.delete(project("")).await.succeeded()),
            23..=25 => ("restore a project", ann.posts(project("/restore")).await.succeeded()),
            26 => ("hide", ann.patch(project(""), json!({ "visibility": "private" })).await.succeeded()),
            27 => ("show", ann.patch(project(""), json!({ "visibility": "organization" })).await.succeeded()),
            28..=29 => ("leave", self.leaves_or_returns(dice).await),
            30 => {
                let role = dice.one_of(&["admin", "member"]);
                let path = self.acme.path(&format!("/members/{person}"));
                ("role", ann.patch(path, json!({ "role": role })).await.succeeded())
            }
            31..=32 => {
                let settings = json!({ "settings": { "time_zone": dice.one_of(&ZONES) } });
                ("zone", ann.patch(self.acme.path(""), settings).await.succeeded())
            }
            33..=34 => ("duplicate", self.duplicates(dice).await),
            35 => ("mark", ann.patch(project(""), json!({ "is_template": true })).await.succeeded()),
            36..=37 => ("unmark", ann.patch(project(""), json!({ "is_template": false })).await.succeeded()),
            38..=39 => ("begin", self.begins(dice).await),
            40..=41 => ("mark a task", ann.patch(task(""), json!({ "is_template": true })).await.succeeded()),
            42..=43 => {
                ("unmark a task", ann.patch(task(""), json!({ "is_template": false })).await.succeeded())
            }
            44 => {
                let moved = json!({ "project": dice.one_of(&self.projects) });
                ("move", ann.post(task("/move"), moved).await.succeeded())
            }
            _ => {
                let minutes = *dice.one_of(&[1, 6, 40, 300]);
                self.passes(Duration::from_secs(minutes * MINUTE)).await;
                ("wait", true)
            }
        };
        *self.done.entry(what).or_default() += usize::from(good);
    }

    async fn holds(&self) -> i64 {
        assert_eq!(wrong(&self.app).await, 0, "{:?}", self.done);
        figures(&self.app, self.ann(), &self.acme).await
    }
}

async fn they_are_what_counting_gives(app: TestApp, seed: u64) {
    let dice = &mut Dice(seed);
    let mut world = World::new(&app).await;
    while world.tasks.len() < 8 {
        world.creates(dice).await;
    }
    let (mut overdue, mut kept) = (0, 0);
    for n in 0..600 {
        // Until every kind of write has succeeded.
        if n >= 120 && world.done.len() == KINDS && world.done.values().all(|count| *count > 0) {
            break;
        }
        world.turns(dice).await;
        assert_eq!(wrong(&app).await, 0, "after {n} writes: {:?}", world.done);
        if n % 6 == 0 {
            overdue += world.holds().await;
            kept += app.database.number("select count(*) from task_counts where overdue > 0").await;
        }
        if n % 50 == 49 {
            world.passes(Duration::from_hours(32 * 24)).await;
            purge::run(&app.app.public()).await.unwrap();
            world.holds().await;
        }
    }
    assert!(world.done.len() == KINDS && world.done.values().all(|count| *count > 0), "{:?}", world.done);
    assert!(overdue > 0 && kept > 0, "{overdue} overdue, {kept} of them kept");

    let archive = exports(&world.acme).await;
    let choices = Choices { owner: Some("ann@example.com".parse().unwrap()), match_people: false };
    let imported = app.app.import(choices, Cursor::new(archive)).await.unwrap();
    assert_eq!(wrong(&app).await, 0, "imported");
    let there = Org { founder: world.ann().clone(), id: String::new(), slug: imported.slug.to_string() };
    figures(&app, world.ann(), &there).await;

    for statement in [UNDO_TEMPLATES, NO_CANCELLED, UNDO, UNDO_SUBTASKS] {
        app.database.run(statement).await;
    }
    assert_eq!(Migrations::run(&app.database.location()).await.unwrap(), 4);
    assert_eq!(wrong(&app).await, 0, "of an older version");
    assert_eq!(recount::differing(&app.app.public()).await.unwrap(), 0);

    let acme = &world.acme;
    world.ann().delete(acme.path(&format!("?confirm={}", acme.slug))).await.is(204);
    world.passes(Duration::from_hours(32 * 24)).await;
    purge::run(&app.app.public()).await.unwrap();
    assert_eq!(wrong(&app).await, 0, "purged");
    assert_eq!(app.database.number("select count(distinct org_id) from task_counts").await, 1);
    assert_eq!(recount::differing(&app.app.public()).await.unwrap(), 0);
}

both_engines! {
    async fn through_every_kind_of_write_they_are_what_counting_gives(app: TestApp) {
        they_are_what_counting_gives(app, 1).await;
    }

    async fn in_another_organization_they_are_too(app: TestApp) {
        they_are_what_counting_gives(app, 2).await;
    }

    async fn what_is_overdue_moves_with_the_clock_alone(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let now = app.clock.now();
        for minutes in [1, 4, 30] {
            let due = (now + Duration::from_secs(minutes * MINUTE)).to_string();
            let body = json!({ "title": "Soon", "due_at": due, "assignee_ids": [ann.id] });
            ann.post(acme.path("/projects/WEB/tasks"), body).await.is(201);
        }
        let overdue = async |ann: &Actor| {
            let shown = ann.get(acme.path("/stats")).await.is(200);
            assert_eq!(shown["by_assignee"][0]["overdue"], shown["overdue"]);
            assert_eq!(shown["by_project"][0]["overdue"], shown["overdue"]);
            assert_eq!(shown["by_priority"][0]["overdue"], shown["overdue"]);
            shown["overdue"].as_i64().unwrap()
        };
        let kept = async || app.database.number("select cast(sum(overdue) as bigint) from task_counts where kind = 0").await;
        assert_eq!(overdue(&ann).await, 0);
        app.clock.advance(Duration::from_secs(2 * MINUTE));
        assert_eq!((overdue(&ann).await, kept().await), (1, 0), "reading keeps nothing");
        // A write soon after the last doesn't count again; a later one does.
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "priority": "low" })).await.is(200);
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "priority": null })).await.is(200);
        assert_eq!((overdue(&ann).await, kept().await), (1, 0));
        app.clock.advance(Duration::from_secs(5 * MINUTE));
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "priority": "low" })).await.is(200);
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "priority": null })).await.is(200);
        assert_eq!((overdue(&ann).await, kept().await), (2, 2));
        // Done, they are no longer.
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done" })).await.is(200);
        assert_eq!((overdue(&ann).await, kept().await), (1, 1));
        // A node whose clock is behind.
        app.database.run(&format!("update org_ledgers set overdue_until = {}", (now + Duration::from_hours(1)).millis())).await;
        recount::run(&app.app.public()).await.unwrap();
        assert_eq!((overdue(&ann).await, kept().await), (1, 2));
    }

    async fn fifty_writers_at_once_are_all_counted(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let create = |n: usize| {
            let task = json!({ "title": "Any", "priority": PRIORITIES[n % 5], "status": STATUSES[n % 4] });
            ann.post(acme.path("/projects/WEB/tasks"), task)
        };
        for made in join_all((0..50).map(create)).await {
            made.is(201);
        }
        assert_eq!(wrong(&app).await, 0);
        let change = |n: usize| {
            let (path, status) = (acme.path(&format!("/tasks/WEB-{}", n % 10 + 1)), STATUSES[n % 4]);
            let ann = &ann;
            async move { ann.patch(path, json!({ "status": status, "assignee_ids": [ann.id] })).await }
        };
        for changed in join_all((0..50).map(change)).await {
            changed.is(200);
        }
        assert_eq!(wrong(&app).await, 0);
        figures(&app, &ann, &acme).await;
    }

    async fn wrong_ones_are_told_and_corrected(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        for _ in 0..3 {
            acme.task("WEB", "Any").await;
        }
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "assignee_ids": [ann.id] })).await.is(200);
        let public = app.app.public();
        assert_eq!(recount::run(&public).await.unwrap(), 0);
        for damage in [
            "update task_counts set tasks = tasks + 1 where kind = 0",
            "update task_counts set overdue = 1 where kind = 1",
            "delete from task_counts where kind = 2",
            "update task_counts set tasks = tasks + 1 where scope = 1",
            "delete from task_counts where kind = 1 and scope = 0",
            "delete from task_counts",
            "update task_assignees set task_created_at = null, open_due_at = null",
            "update task_assignees set open_due_at = 5",
        ] {
            app.database.run(damage).await;
            assert_eq!(recount::differing(&public).await.unwrap(), 1, "{damage}");
            assert_ne!(wrong(&app).await, 0, "{damage}");
            assert_eq!(recount::run(&public).await.unwrap(), 1, "{damage}");
            assert_eq!(wrong(&app).await, 0, "{damage}");
        }
    }
}
