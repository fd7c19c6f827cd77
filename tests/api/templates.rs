//! Templates: projects whose tasks aren't work, and projects that begin with what another one has.

use futures_util::{future::join_all, join};
use guildhall::{app::overdue, base::limits::Limits};
use serde_json::{Value, json};

use crate::{
    archive::{exports, imports},
    duplicates::{dates, is_kept},
    support::{Actor, Options, Org, Replica, TestApp, archive, both_engines, each},
};

/// A template, LAU, with a column of its own and a tree of tasks, of which some are done or deleted.
async fn launch(app: &TestApp) -> (Actor, Org, Actor, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    let (bob, mia) = (acme.gets("Bob", "member").await, acme.gets("Mia", "member").await);
    let new = json!({ "name": "Launch", "description": "As **ever**", "is_template": true });
    let made = ann.post(acme.path("/projects"), new).await.is(201);
    assert_eq!((&made["key"], &made["is_template"]), (&json!("LAU"), &json!(true)));
    let columns = acme.path("/projects/LAU/columns");
    let first = ann.get(&columns).await.is(200)["items"][0]["id"].clone();
    let waiting =
        json!({ "name": "Waiting", "status": "todo", "color": "#bf8700", "task_limit": 3, "before": first });
    let waiting = ann.post(&columns, waiting).await.is(201);
    let bug = acme.label("Bug").await;
    let plan = async |mut task: Value, parent: Option<&Value>| {
        task["parent_id"] = parent.map_or(Value::Null, |parent| parent["id"].clone());
        ann.post(acme.path("/projects/LAU/tasks"), task).await.is(201)
    };
    let root = json!({
        "title": "Campaign", "description": "xylophone", "status": "review", "priority": "high", "label_ids": [bug],
        "assignee_ids": [bob.id, mia.id], "start_on": "2020-03-02", "due_on": "2020-03-06",
    });
    let root = plan(root, None).await;
    let below = json!({ "title": "Poster", "status": "done", "due_at": "2020-03-04T09:00:00Z", "assignee_ids": [mia.id] });
    let below = plan(below, Some(&root)).await;
    plan(json!({ "title": "Gone" }), Some(&below)).await;
    plan(json!({ "title": "Print", "column_id": waiting["id"] }), Some(&below)).await;
    let late = json!({ "title": "Ads", "due_at": "2020-03-05T09:00:00Z", "assignee_ids": [ann.id] });
    plan(late, None).await;
    ann.delete(acme.path("/tasks/LAU-3")).await.is(204);
    ann.post(acme.path("/tasks/LAU-5/move"), json!({ "status": "review", "before": root["id"] }))
        .await
        .is(200);
    (ann, acme, bob, mia)
}

impl Org {
    pub async fn begins(&self, body: Value) -> Value {
        self.founder.post(self.path("/projects"), body).await.is(201)
    }

    pub async fn of_project(&self, project: &str) -> Vec<Value> {
        self.founder.walks(&self.path(&format!("/projects/{project}/tasks?sort=number")), 200).await
    }

    async fn marks(&self, project: &str, is_template: bool) -> Value {
        let path = self.path(&format!("/projects/{project}"));
        self.founder.patch(path, json!({ "is_template": is_template })).await.is(200)
    }
}

pub fn keys(tasks: &[Value]) -> Vec<String> {
    each(&json!(tasks), "/key")
}

both_engines! {
    async fn a_project_begins_with_what_its_template_has(app: TestApp) {
        let (ann, acme, bob, mia) = launch(&app).await;
        let mut copies = [Replica::of(&ann, &acme), Replica::of(&mia, &acme)];
        for copy in &mut copies {
            copy.syncs(50).await;
        }
        let made = acme.begins(json!({ "name": "Spring", "template": "lau", "starts_on": "2030-05-01" })).await;
        assert_eq!((&made["key"], &made["is_template"], &made["version"]), (&json!("SPR"), &json!(false), &json!(1)));
        assert_eq!((&made["description"], &made["visibility"]), (&json!("As **ever**"), &json!("organization")));
        assert_eq!(made["task_counts"], json!({ "todo": 2, "in_progress": 0, "review": 2, "done": 0, "cancelled": 0 }));
        assert_eq!(ann.get(acme.path("/projects/SPR")).await.is(200), made);
        // Its board is the same, of columns of its own.
        let columns = async |project: &str| ann.get(acme.path(&format!("/projects/{project}/columns"))).await.is(200)["items"].clone();
        let (old, new) = (columns("LAU").await, columns("SPR").await);
        for field in ["/name", "/status", "/color", "/position"] {
            assert_eq!(each(&new, field), each(&old, field));
        }
        assert_eq!((&new[0]["name"], &new[0]["task_limit"], new.as_array().unwrap().len()), (&json!("Waiting"), &json!(3), 6));
        assert!(each(&new, "/id").iter().all(|id| !each(&old, "/id").contains(id)));
        // Its tasks are, in the same order, and nothing of them is done.
        let tasks = acme.of_project("SPR").await;
        assert_eq!(keys(&tasks), ["SPR-1", "SPR-2", "SPR-3", "SPR-4"]);
        assert_eq!(each(&json!(tasks), "/title"), ["Campaign", "Poster", "Print", "Ads"]);
        assert_eq!(each(&json!(tasks), "/status"), ["review", "todo", "todo", "review"]);
        assert_eq!(each(&json!(tasks), "/column_id"), [3, 0, 0, 3].map(|at| new[at]["id"].as_str().unwrap().to_owned()));
        assert_eq!([&tasks[1]["parent_id"], &tasks[2]["parent_id"]], [&tasks[0]["id"], &tasks[1]["id"]]);
        assert_eq!((&tasks[0]["subtask_counts"], &tasks[0]["created_by"]), (&json!({ "total": 1, "done": 0 }), &ann.person()));
        assert_eq!((&tasks[0]["priority"], &tasks[0]["description"]), (&json!("high"), &json!("xylophone")));
        assert_eq!((each(&tasks[0]["labels"], "/name"), tasks[0]["assignees"].as_array().unwrap().len()), (vec!["Bug".to_owned()], 2));
        assert_eq!(tasks.iter().map(dates).collect::<Vec<_>>(), [
            json!(["2030-05-01", null, "2030-05-05"]),
            json!([null, "2030-05-03T09:00:00.000Z", null]),
            json!([null, null, null]),
            json!([null, "2030-05-04T09:00:00.000Z", null]),
        ]);
        let review = ann.get(acme.path("/projects/SPR/tasks?status=review&sort=position")).await.is(200);
        assert_eq!(each(&review["items"], "/key"), ["SPR-4", "SPR-1"]);
        let told = acme.told().await;
        let begins = told.iter().position(|line| line == "Ann created the project Spring").unwrap();
        assert_eq!(told[begins + 1..].iter().filter(|line| line.contains("created SPR-")).count(), 4, "{told:?}");
        assert_eq!(told[begins + 1..].len(), 4 + 4, "four were assigned: {told:?}");
        assert_eq!(each(&ann.get(acme.path("/search?q=xylophone")).await.is(200)["items"], "/object/key").len(), 2);
        for copy in &mut copies {
            copy.syncs(3).await;
            copy.is_true().await;
        }
        // Without a day, the dates are those of the template; a project that is private assigns those who see it.
        let quiet = acme.begins(json!({ "name": "Quiet", "template": made["id"], "visibility": "private", "description": "Own" })).await;
        assert_eq!((&quiet["description"], &quiet["visibility"]), (&json!("Own"), &json!("private")));
        let tasks = acme.of_project("QUI").await;
        assert_eq!(dates(&tasks[0]), json!(["2030-05-01", null, "2030-05-05"]));
        let assignees: Vec<Value> = tasks.iter().map(|task| task["assignees"].clone()).collect();
        assert_eq!(assignees, [json!([]), json!([]), json!([]), json!([ann.person()])]);
        let members = ann.get(acme.path("/projects/QUI/members")).await.is(200);
        assert_eq!(members["items"], json!([ann.person()]), "who makes it, and none of the template's");
        // Members take what they see, if they may create projects at all.
        let body = json!({ "name": "Bobs", "template": "LAU", "is_template": true });
        bob.post(acme.path("/projects"), body.clone()).await.refuses(403, "forbidden");
        acme.lets_members_create_projects().await;
        let bobs = bob.post(acme.path("/projects"), body).await.is(201);
        assert_eq!((&bobs["created_by"], &bobs["is_template"]), (&bob.person(), &json!(true)));
        bob.post(acme.path("/projects"), json!({ "name": "Any", "template": "QUI" })).await.rejects("/template", "not_found");
        assert!(acme.told().await.contains(&"Bob created the template Bobs".to_owned()));
        for copy in &mut copies {
            copy.syncs(3).await;
            copy.is_true().await;
        }
        is_kept(&app).await;
        // An archive has the mark, those of earlier versions have none.
        let marked = archive::texts(&exports(&acme).await);
        let mut unmarked = marked.clone();
        let projects = marked["projects.ndjson"].replace(",\"is_template\":true", "").replace(",\"is_template\":false", "");
        unmarked.insert("projects.ndjson".into(), projects);
        for (texts, keys) in [(marked, vec!["LAU", "BOB"]), (unmarked, vec![])] {
            let slug = imports(&app, archive::of(&texts)).await.slug;
            let templates = ann.get(format!("/v1/orgs/{slug}/projects?template=true")).await.is(200);
            assert_eq!(each(&templates["items"], "/key"), keys);
        }
        is_kept(&app).await;
    }

    async fn what_a_template_holds_is_no_work(app: TestApp) {
        let (ann, acme, bob, _) = launch(&app).await;
        acme.private_project("Secret").await;
        for project in ["SEC", "LAU"] {
            let task = json!({ "title": "Dig", "assignee_ids": [ann.id], "due_at": "2020-01-01T00:00:00Z" });
            ann.post(acme.path(&format!("/projects/{project}/tasks")), task).await.is(201);
        }
        let work = async || {
            let mine = ann.walks("/v1/me/tasks?", 1).await;
            let stats = ann.get(acme.path("/stats")).await.is(200);
            let overdue = ann.walks(&acme.path("/tasks?overdue=true&sort=number"), 2).await;
            let due = ann.walks(&acme.path("/tasks?due=overdue&sort=number"), 2).await;
            let not = ann.walks(&acme.path("/tasks?overdue=false"), 200).await.len() + ann.walks(&acme.path("/tasks?not_due=overdue"), 200).await.len();
            let all = ann.walks(&acme.path("/tasks?"), 200).await.len();
            assert_eq!(keys(&overdue), keys(&due));
            assert_eq!(not, 2 * (all - overdue.len()));
            let projects = each(&stats["by_project"], "/project/key");
            (keys(&mine).len(), projects, stats["overdue"].as_u64().unwrap(), stats["by_status"]["todo"].as_u64().unwrap(), overdue.len())
        };
        assert_eq!(work().await, (1, vec!["SEC".to_owned()], 1, 1, 1));
        let of_lau = ann.get(acme.path("/stats?project=LAU")).await.is(200);
        assert_eq!((&of_lau["by_project"], &of_lau["by_assignee"], &of_lau["overdue"]), (&json!([]), &json!([]), &json!(0)));
        overdue::run(&app.app.public()).await.unwrap();
        let told = ann.get(acme.path("/activity?action=task.overdue")).await.is(200);
        assert_eq!(each(&told["items"], "/subject/label"), ["SEC-1"]);
        // It is there all the same, for those who look for it.
        for (list, found) in [
            ("/projects?template=true", vec!["LAU"]),
            ("/projects?template=false", vec!["SEC"]),
            ("/projects?template=true&archived=true", vec![]),
            ("/tasks?template=true&sort=number", vec!["LAU-1", "LAU-2", "LAU-4", "LAU-5", "LAU-6"]),
            ("/tasks?template=false", vec!["SEC-1"]),
            ("/tasks?template=true&assignee=me&sort=number", vec!["LAU-5", "LAU-6"]),
            ("/projects/LAU/tasks?template=true", vec![]),
            ("/search?q=xylophone", vec!["LAU-1"]),
        ] {
            let page = ann.get(acme.path(list)).await.is(200);
            let pointer = if list.starts_with("/search") { "/object/key" } else { "/key" };
            assert_eq!(each(&page["items"], pointer), found, "{list}");
        }
        assert_eq!(ann.get(acme.path("/projects/LAU")).await.is(200)["task_counts"]["todo"], 2);
        for (list, terms) in [("/projects/LAU/tasks?group_by=due", ["earlier", "none"]), ("/projects/SEC/tasks?group_by=due", ["overdue", ""])] {
            let groups = ann.get(acme.path(list)).await.is(200)["groups"].clone();
            let filled: Vec<&Value> = groups.as_array().unwrap().iter().filter(|group| group["count"] != 0).collect();
            let shown = |group: &&Value| group["count"] == group["items"].as_array().unwrap().len();
            assert_eq!(each(&json!(filled), "/key"), terms.into_iter().filter(|term| !term.is_empty()).collect::<Vec<_>>(), "{list}");
            assert!(filled.iter().all(shown), "{list}: {groups}");
        }
        // Marking and unmarking take the figures along, whoever sees the project.
        let mut copy = Replica::of(&bob, &acme);
        copy.syncs(50).await;
        let marked = acme.marks("LAU", false).await;
        assert_eq!((&marked["is_template"], &marked["version"]), (&json!(false), &json!(2)));
        assert_eq!(work().await, (3, vec!["LAU".to_owned(), "SEC".to_owned()], 4, 3, 4));
        assert_eq!(acme.marks("LAU", false).await["version"], 2, "that changes nothing");
        acme.marks("SEC", true).await;
        assert_eq!(work().await, (2, vec!["LAU".to_owned()], 3, 2, 3));
        ann.patch(acme.path("/projects/SEC"), json!({ "visibility": "organization", "is_template": false })).await.is(200);
        ann.patch(acme.path("/projects/LAU"), json!({ "visibility": "private", "is_template": true, "name": "Take-off" })).await.is(200);
        assert_eq!(work().await, (1, vec!["SEC".to_owned()], 1, 1, 1));
        let sentences = acme.told().await;
        for sentence in [
            "Ann made the template Take-off a project again",
            "Ann made the project Secret a template",
            "Ann changed the visibility and template mark of the project Secret",
        ] {
            assert!(sentences.iter().any(|told| told == sentence), "{sentence}: {sentences:?}");
        }
        copy.syncs(2).await;
        copy.is_true().await;
        is_kept(&app).await;
        // Where tasks go and come from, and what comes back from the trash, is counted where it is.
        ann.post(acme.path("/tasks/SEC-1/move"), json!({ "project": "LAU" })).await.is(200);
        assert_eq!(work().await, (0, vec!["SEC".to_owned()], 0, 0, 0));
        ann.post(acme.path("/tasks/SEC-1/move"), json!({ "project": "SEC" })).await.is(200);
        ann.post(acme.path("/tasks/LAU-6/duplicate"), json!({ "project": "SEC" })).await.is(201);
        assert_eq!(work().await, (2, vec!["SEC".to_owned()], 2, 2, 2));
        ann.delete(acme.path("/projects/LAU")).await.is(204);
        ann.posts(acme.path("/projects/LAU/restore")).await.is(200);
        assert_eq!(work().await, (2, vec!["SEC".to_owned()], 2, 2, 2));
        is_kept(&app).await;
    }

    async fn what_can_not_begin_leaves_nothing(app: TestApp) {
        let (ann, acme, bob, _) = launch(&app).await;
        let limits = Limits { tasks: 1_010, ..Limits::default() };
        let app = TestApp::start_on(app.database.clone(), app.clock.clone(), Options { limits, ..Options::default() }).await;
        let ann = Actor { app: app.clone(), ..ann };
        let acme = Org { founder: ann.clone(), ..acme };
        let seq = acme.last_seq().await;
        let foreign = ann.founds("Other").await.project("Web").await["id"].clone();
        for (body, pointer, code) in [
            (json!({ "template": "NONE" }), "/template", "not_found"),
            (json!({ "template": foreign }), "/template", "not_found"),
            (json!({ "template": "no key" }), "/template", "invalid_format"),
            (json!({ "starts_on": "2030-01-01" }), "/starts_on", "invalid_value"),
            (json!({ "template": "LAU", "starts_on": "9998-12-30" }), "/starts_on", "out_of_range"),
            (json!({ "template": "LAU", "starts_on": "tomorrow" }), "/starts_on", "invalid_format"),
            (json!({ "is_template": "yes" }), "/is_template", "invalid_type"),
        ] {
            let mut body = body;
            body["name"] = json!("Any");
            ann.post(acme.path("/projects"), body).await.rejects(pointer, code);
        }
        ann.patch(acme.path("/projects/LAU"), json!({ "is_template": null })).await.rejects("/is_template", "invalid_type");
        bob.patch(acme.path("/projects/LAU"), json!({ "is_template": false })).await.refuses(403, "forbidden");
        ann.post(acme.path("/projects"), json!({ "name": "Any", "key": "LAU", "template": "LAU" })).await.refuses(409, "key_taken");
        assert_eq!(acme.last_seq().await, seq);
        // So many tasks and no more.
        acme.begins(json!({ "name": "Big", "is_template": true })).await;
        let trunk = acme.task("BIG", "Trunk").await["id"].clone();
        let grow = || ann.post(acme.path("/projects/BIG/tasks"), json!({ "title": "Twig", "parent_id": trunk }));
        assert!(join_all((0..99).map(|_| grow())).await.iter().all(|answer| answer.status == 201));
        for _ in 0..4 {
            ann.post(acme.path("/tasks/BIG-1/duplicate"), json!({})).await.is(201);
        }
        let made = acme.begins(json!({ "name": "Copy", "template": "BIG" })).await;
        assert_eq!(made["task_counts"]["todo"], 500);
        let seq = acme.last_seq().await;
        let body = json!({ "name": "Again", "template": "BIG" });
        ann.post(acme.path("/projects"), body.clone()).await.refuses(409, "too_many_tasks");
        ann.post(acme.path("/projects/BIG/tasks"), json!({ "title": "One more" })).await.is(201);
        ann.post(acme.path("/projects"), body).await.refuses(409, "too_many_to_copy");
        assert_eq!(acme.last_seq().await, seq + 1);
        ann.get(acme.path("/projects/AGA")).await.refuses(404, "not_found");
        is_kept(&app).await;
    }

    async fn who_begins_while_others_plan_has_a_whole_copy(app: TestApp) {
        let (ann, acme, ..) = launch(&app).await;
        let root = ann.get(acme.path("/tasks/LAU-1")).await.is(200)["id"].clone();
        let plan = || ann.post(acme.path("/projects/LAU/tasks"), json!({ "title": "New", "parent_id": root }));
        let mark = |is_template: bool| ann.patch(acme.path("/projects/LAU"), json!({ "is_template": is_template }));
        let begin = |n: usize| ann.post(acme.path("/projects"), json!({ "name": format!("Copy {n}"), "key": format!("C{n}"), "template": "LAU" }));
        let (planned, made, marked) = join!(
            join_all((0..8).map(|_| plan())),
            join_all((0..8).map(begin)),
            join_all((0..4).map(|n| mark(n % 2 == 0))),
        );
        assert!(planned.iter().all(|answer| answer.status == 201) && marked.iter().all(|answer| answer.status == 200));
        for made in made.into_iter().map(|answer| answer.is(201)) {
            let tasks = acme.of_project(made["key"].as_str().unwrap()).await;
            let numbers: Vec<usize> = tasks.iter().map(|task| usize::try_from(task["number"].as_i64().unwrap()).unwrap()).collect();
            assert_eq!(numbers, (1..=tasks.len()).collect::<Vec<_>>(), "{}", made["key"]);
            assert_eq!(tasks[0]["subtask_counts"]["total"], tasks.len() - 3);
            let counts = made["task_counts"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum::<u64>();
            assert_eq!(counts, tasks.len() as u64);
        }
        is_kept(&app).await;
    }
}
