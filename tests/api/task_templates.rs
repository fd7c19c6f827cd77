//! Templates: tasks that are no work but plans to copy, with all that is below them.

use futures_util::{future::join_all, join};
use guildhall::app::overdue;
use serde_json::{Value, json};

use crate::{
    archive::{exports, imports},
    duplicates::is_kept,
    support::{Actor, Org, Replica, TestApp, archive, both_engines, each},
    templates::keys,
};

/// A project with a template, WEB-1, what is below it, WEB-2 and WEB-3, and work, WEB-4. All are Mia's, and were due long ago.
async fn newsletter(app: &TestApp) -> (Actor, Org, Actor) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    let mia = acme.gets("Mia", "member").await;
    acme.project("Web").await;
    let mut above = Value::Null;
    for title in ["Newsletter", "Write it", "Check it"] {
        let task =
            json!({ "title": title, "parent_id": above, "assignee_ids": [mia.id], "due_on": "2020-03-04" });
        let mut task = task;
        if above.is_null() {
            task["is_template"] = json!(true);
        }
        above = ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201)["id"].clone();
    }
    let work = json!({ "title": "Answer", "assignee_ids": [mia.id], "due_at": "2020-03-04T09:00:00Z" });
    ann.post(acme.path("/projects/WEB/tasks"), work).await.is(201);
    (ann, acme, mia)
}

impl Org {
    /// Which tasks are work, as each of the places says where only work is shown.
    async fn work(&self, who: &Actor) -> Vec<String> {
        let mut work = who.walks(&self.path("/tasks?template=false&sort=number"), 2).await;
        work.sort_by_key(|task| task["key"].as_str().unwrap().to_owned());
        let of_project = who.walks(&self.path("/projects/WEB/tasks?template=false&sort=number"), 200).await;
        let plans = who.walks(&self.path("/projects/WEB/tasks?template=true"), 200).await.len();
        let open: Vec<&Value> = work.iter().filter(|task| task["status"] == "todo").collect();
        let overdue = who.walks(&self.path("/tasks?overdue=true&sort=number"), 200).await;
        let mine = who.walks("/v1/me/tasks?due=overdue", 200).await;
        let stats = who.get(self.path("/stats")).await.is(200);
        let project = who.get(self.path("/projects/WEB")).await.is(200);
        let groups = who.get(self.path("/projects/WEB/tasks?group_by=due")).await.is(200)["groups"].clone();
        let late = groups.as_array().unwrap().iter().find(|group| group["key"] == "overdue").unwrap();
        let is_of_web = |task: &&Value| task["key"].as_str().unwrap().starts_with("WEB-");
        assert_eq!(keys(&of_project), keys(&work.iter().filter(is_of_web).cloned().collect::<Vec<_>>()));
        assert_eq!(plans + of_project.len(), who.walks(&self.path("/projects/WEB/tasks?"), 200).await.len());
        assert_eq!(keys(&overdue).len(), open.len());
        assert_eq!(mine.len(), open.len());
        assert_eq!(
            (&stats["overdue"], &stats["by_status"]["todo"]),
            (&json!(open.len()), &json!(open.len()))
        );
        assert_eq!(project["task_counts"]["todo"], open.iter().filter(|task| is_of_web(task)).count());
        assert_eq!(late["count"], project["task_counts"]["todo"]);
        assert_eq!(late["count"], late["items"].as_array().unwrap().len());
        keys(&work)
    }

    async fn shows_templates(&self) -> Vec<String> {
        let all = self.founder.walks(&self.path("/tasks?sort=number"), 200).await;
        keys(&all.into_iter().filter(|task| task["is_template"] == true).collect::<Vec<_>>())
    }

    async fn patches(&self, task: &str, body: Value) -> Value {
        self.founder.patch(self.path(&format!("/tasks/{task}")), body).await.is(200)
    }
}

both_engines! {
    async fn a_task_that_is_a_template_is_no_work_and_neither_is_what_is_below_it(app: TestApp) {
        let (ann, acme, mia) = newsletter(&app).await;
        let mut copy = Replica::of(&mia, &acme);
        copy.syncs(50).await;
        assert_eq!(acme.shows_templates().await, ["WEB-1"]);
        assert_eq!(acme.work(&mia).await, ["WEB-4"]);
        overdue::run(&app.app.public()).await.unwrap();
        let told = ann.get(acme.path("/activity?action=task.overdue")).await.is(200);
        assert_eq!(each(&told["items"], "/subject/label"), ["WEB-4"]);
        let plans = ann.walks(&acme.path("/tasks?template=true&parent=none"), 200).await;
        assert_eq!(keys(&plans), ["WEB-1"]);

        // A copy of it is work, with all that is below, at its own time; a copy of a part of it is a part of it.
        let made = ann.post(acme.path("/tasks/WEB-1/duplicate"), json!({ "starts_on": "2020-05-04" })).await.is(201);
        let made = (&made["key"], &made["is_template"], &made["due_on"]);
        assert_eq!(made, (&json!("WEB-5"), &json!(false), &json!("2020-05-04")));
        assert_eq!(acme.work(&mia).await, ["WEB-4", "WEB-5", "WEB-6", "WEB-7"]);
        ann.post(acme.path("/tasks/WEB-2/duplicate"), json!({})).await.is(201);
        assert_eq!(acme.work(&mia).await.len(), 4);
        assert_eq!(acme.shows_templates().await, ["WEB-1"]);
        // What is below a deleted part is by itself, as long as that is in the trash.
        for gone in ["WEB-5", "WEB-6", "WEB-7", "WEB-8"] {
            ann.delete(acme.path(&format!("/tasks/{gone}"))).await.is(204);
        }
        assert_eq!(acme.shows_templates().await, ["WEB-1", "WEB-9"]);
        copy.syncs(3).await;
        copy.is_true().await;
        acme.patches("WEB-9", json!({ "is_template": false })).await;
        assert_eq!(acme.work(&mia).await, ["WEB-4", "WEB-9"]);
        ann.posts(acme.path("/tasks/WEB-8/restore")).await.is(200);
        assert_eq!((acme.work(&mia).await, acme.shows_templates().await), (vec!["WEB-4".to_owned()], vec!["WEB-1".to_owned()]));
        copy.syncs(3).await;
        copy.is_true().await;

        // Marking takes along what is below, but nothing of what is in the trash; that takes the mark when it comes back.
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        let below = acme.shows("WEB-9").await;
        let marked = acme.patches("WEB-1", json!({ "is_template": false })).await;
        assert_eq!((&marked["is_template"], &marked["version"]), (&json!(false), &json!(2)));
        assert_eq!(acme.patches("WEB-1", json!({ "is_template": false })).await["version"], 2, "that changes nothing");
        assert_eq!(acme.shows("WEB-9").await["version"], below["version"], "it is shown as before");
        assert_eq!((acme.work(&mia).await, acme.shows_templates().await), (["WEB-1", "WEB-4", "WEB-8", "WEB-9"].map(str::to_owned).to_vec(), vec!["WEB-3".to_owned()]));
        ann.posts(acme.path("/tasks/WEB-2/restore")).await.is(200);
        assert_eq!(acme.work(&mia).await, ["WEB-1", "WEB-2", "WEB-3", "WEB-4", "WEB-8", "WEB-9"]);
        let marked = acme.patches("WEB-1", json!({ "is_template": true, "title": "Letter" })).await;
        assert_eq!(marked["is_template"], true);
        copy.syncs(3).await;
        copy.is_true().await;

        // Who is put below a template is a part of it; who is taken out is work, unless it is to be one itself.
        let (plan, work) = (marked["id"].clone(), acme.shows("WEB-4").await["id"].clone());
        acme.patches("WEB-4", json!({ "parent_id": plan })).await;
        assert_eq!(acme.work(&mia).await, [] as [&str; 0]);
        acme.patches("WEB-4", json!({ "parent_id": null })).await;
        acme.patches("WEB-2", json!({ "parent_id": work })).await;
        assert_eq!(acme.work(&mia).await, ["WEB-2", "WEB-3", "WEB-4"]);
        let taken = acme.patches("WEB-2", json!({ "parent_id": null, "is_template": true })).await;
        assert_eq!(taken["is_template"], true);
        assert_eq!((acme.work(&mia).await, acme.shows_templates().await), (vec!["WEB-4".to_owned()], vec!["WEB-1".to_owned(), "WEB-2".to_owned()]));
        let put = acme.patches("WEB-2", json!({ "parent_id": plan, "is_template": false })).await;
        assert_eq!(put["is_template"], false, "and a part of the other one");
        assert_eq!((acme.work(&mia).await, acme.shows_templates().await), (vec!["WEB-4".to_owned()], vec!["WEB-1".to_owned()]));
        copy.syncs(3).await;
        copy.is_true().await;
        let told = acme.told().await;
        for sentence in [
            "Ann created the template WEB-1",
            "Ann created WEB-2",
            "Ann made the template WEB-1 a task again",
            "Ann changed the title and template mark of WEB-1",
            "Ann changed the parent and template mark of WEB-2",
        ] {
            assert!(told.iter().any(|line| line == sentence), "{sentence}: {told:?}");
        }

        // In another project, a part is work by itself, and a template is one with all its parts.
        acme.project("App").await;
        ann.post(acme.path("/tasks/WEB-2/move"), json!({ "project": "APP" })).await.is(200);
        assert_eq!(acme.work(&mia).await, ["APP-1", "APP-2", "WEB-4"]);
        ann.post(acme.path("/tasks/WEB-1/move"), json!({ "project": "APP" })).await.is(200);
        assert_eq!(acme.work(&mia).await, ["APP-1", "APP-2", "WEB-4"]);
        assert_eq!(acme.shows_templates().await, ["APP-3"]);
        // A project that begins with another one has its templates, too, and its trash is counted with them.
        acme.begins(json!({ "name": "Next", "template": "APP" })).await;
        assert_eq!(acme.work(&mia).await, ["APP-1", "APP-2", "NEX-1", "NEX-2", "WEB-4"]);
        assert_eq!(acme.shows_templates().await, ["APP-3", "NEX-3"]);
        let rehearsed = ann.delete(acme.path("/projects/NEX?dry_run=true")).await.is(200);
        assert_eq!(rehearsed["counts"]["tasks"], acme.of_project("NEX").await.len());
        ann.delete(acme.path("/projects/NEX")).await.succeeded();
        ann.posts(acme.path("/projects/NEX/restore")).await.is(200);
        copy.syncs(3).await;
        copy.is_true().await;
        is_kept(&app).await;

        // An archive has it all, those of earlier versions have no templates.
        let marked = archive::texts(&exports(&acme).await);
        let mut unmarked = marked.clone();
        let tasks = marked["tasks.ndjson"].replace(",\"is_template\":true", "").replace(",\"is_template\":false", "");
        unmarked.insert("tasks.ndjson".into(), tasks);
        for (texts, templates) in [(marked, vec!["APP-3", "NEX-3"]), (unmarked, vec![])] {
            let slug = imports(&app, archive::of(&texts)).await.slug;
            let there = Org { founder: ann.clone(), id: String::new(), slug: slug.to_string() };
            assert_eq!(there.shows_templates().await, templates);
        }
        is_kept(&app).await;
    }

    async fn a_mark_that_can_not_be_is_refused(app: TestApp) {
        let (ann, acme, mia) = newsletter(&app).await;
        let (plan, work) = (acme.shows("WEB-1").await["id"].clone(), acme.shows("WEB-4").await["id"].clone());
        let seq = acme.last_seq().await;
        let new = json!({ "title": "Any", "parent_id": plan, "is_template": true });
        ann.post(acme.path("/projects/WEB/tasks"), new).await.rejects("/is_template", "invalid_value");
        for (task, body, code) in [
            ("WEB-2", json!({ "is_template": true }), "invalid_value"),
            ("WEB-4", json!({ "is_template": true, "parent_id": plan }), "invalid_value"),
            ("WEB-1", json!({ "is_template": true, "parent_id": work }), "invalid_value"),
            ("WEB-1", json!({ "is_template": null }), "invalid_type"),
            ("WEB-1", json!({ "is_template": "no" }), "invalid_type"),
        ] {
            ann.patch(acme.path(&format!("/tasks/{task}")), body).await.rejects("/is_template", code);
        }
        // What it is already may be said again.
        acme.patches("WEB-2", json!({ "is_template": false, "parent_id": plan })).await;
        mia.delete(acme.path(&format!("/tasks/WEB-1/assignees/{}", mia.id))).await.is(204);
        mia.patch(acme.path("/tasks/WEB-1"), json!({ "is_template": false })).await.refuses(403, "forbidden");
        let bulk = json!({ "ids": [plan, work], "patch": { "is_template": true } });
        let done = ann.post(acme.path("/tasks/bulk"), bulk).await.is(200);
        assert_eq!(done["results"].as_array().unwrap().iter().map(|it| it["status"].as_i64().unwrap()).collect::<Vec<_>>(), [200, 200]);
        assert_eq!(acme.shows_templates().await, ["WEB-1", "WEB-4"]);
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "is_template": false })).await.refuses(409, "project_archived");
        assert_eq!(acme.last_seq().await, seq + 3);
        is_kept(&app).await;
    }

    async fn what_is_added_while_a_task_is_marked_is_marked_with_it(app: TestApp) {
        let (ann, acme, _) = newsletter(&app).await;
        let plan = acme.shows("WEB-1").await["id"].clone();
        let mark = |n: usize| ann.patch(acme.path("/tasks/WEB-1"), json!({ "is_template": n.is_multiple_of(2) }));
        let add = |_| ann.post(acme.path("/projects/WEB/tasks"), json!({ "title": "Part", "parent_id": plan }));
        let put = |n: usize| ann.patch(acme.path("/tasks/WEB-4"), json!({ "parent_id": if n.is_multiple_of(2) { &plan } else { &Value::Null } }));
        let (marked, added, put) = join!(
            join_all((0..9).map(mark)),
            join_all((0..9).map(add)),
            join_all((0..9).map(put)),
        );
        assert!(marked.iter().chain(&put).all(|answer| answer.status == 200) && added.iter().all(|answer| answer.status == 201));
        let whole = acme.of_project("WEB").await;
        let is_plan = whole[0]["is_template"] == true;
        let below = whole.iter().filter(|task| task["parent_id"] != Value::Null).count();
        let plans = ann.walks(&acme.path("/projects/WEB/tasks?template=true"), 200).await.len();
        assert_eq!(plans, if is_plan { below + 1 } else { 0 });
        is_kept(&app).await;
    }
}
