//! How lists of tasks are read in a large organization among many small ones: off an index that has their order, whichever plan
//! PostgreSQL takes, that for this organization or the one for an average one.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::{
    statements::{heard, listen},
    support::{Actor, Engine, Org, TestApp, run},
};

/// Acme's tasks, and what a list begins with that is read off an index.
const TASKS: usize = 6_000;
const WALKS: [&str; 2] = ["with page as (select t.* from tasks t", "select t.* from task_assignees m"];

/// What a project's list has.
const OF_PROJECT: &str = "t.deleted_at is null and t.project_id = $2";

/// An organization with many tasks, and many with one each.
struct Skewed {
    ann: Actor,
    acme: Org,
    project: String,
}

impl Skewed {
    async fn of(app: &TestApp) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let project = acme.project("Web").await["id"].as_str().unwrap().to_owned();
        let task = serde_json::json!({
            "title": "Paint the wall", "assignee_ids": [ann.id], "due_at": "2020-01-01T00:00:00Z",
        });
        ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        let (id, replica) = match app.database.engine() {
            Engine::Sqlite => ("randomblob(16)", "pragma foreign_keys = off"),
            Engine::Postgres => ("gen_random_uuid()", "set session_replication_role = replica"),
        };
        // Of every ten tasks, one is urgent, and four have a due time; half are open.
        let columns = "project_id, title, description, created_by, position, parent_id, version";
        app.database
            .run(&format!(
                "{replica};
                 insert into tasks (org_id, id, number, status, priority, due_at, created_at, updated_at, {columns})
                 with recursive n (i) as (select 2 union all select i + 1 from n where i < {TASKS})
                 select org_id, {id}, i, case when i % 2 = 0 then 3 else i / 2 % 3 end, case when i % 10 = 1 then 4 else i % 4 end,
                        case when i % 5 < 2 then due_at + i * 1000 end, created_at + i, updated_at + i, {columns}
                 from tasks, n where number = 1;
                 insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at, open_due_at)
                 select t.org_id, t.id, t.created_by, t.created_at, t.created_at,
                        case when t.status <> 3 then coalesce(t.due_at, 9223372036854775807) end
                 from tasks t where t.number > 1 and t.number % 3 <> 0;
                 create table small (org_id {kind}, n bigint);
                 insert into small with recursive n (i) as (select 1 union all select i + 1 from n where i < 2000)
                 select {id}, i from n;
                 insert into tasks (org_id, id, number, status, priority, due_at, created_at, updated_at, {columns})
                 select s.org_id, {id}, t.number, t.status, t.priority, t.due_at, t.created_at, t.updated_at, {columns}
                 from small s join tasks t on t.number = s.n and t.created_by = (select f.created_by from tasks f where f.number = 1);
                 insert into task_assignees (org_id, task_id, user_id, assigned_at, task_created_at, open_due_at)
                 select t.org_id, t.id, t.created_by, t.created_at, t.created_at, t.due_at
                 from tasks t join small s on s.org_id = t.org_id;
                 insert into search_words (org_id, subject_id, project_id, word, weight)
                 select t.org_id, t.id, t.project_id, w.word, 8
                 from tasks t, (select 'paint' as word union all select 'the' union all select 'wall') w
                 where not exists (select 1 from search_words a where a.org_id = t.org_id and a.subject_id = t.id);
                 drop table small;",
                kind = if app.database.engine() == Engine::Sqlite { "blob" } else { "uuid" },
            ))
            .await;
        Self { ann, acme, project }
    }

    /// Asks for every order, and for every filter in some, so that the lists are read off indexes: no filter leaves few.
    async fn reads(&self) {
        let keys = ["created_at", "updated_at", "due_at", "priority", "status", "position", "number"];
        let keys: Vec<String> = keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
        let mut queries: Vec<String> = keys.iter().map(|key| format!("sort={key}")).collect();
        queries.extend(
            ["priority,due_at", "-priority,-status", "due_at,number", "-due_at,priority", "status,position"]
                .map(|sort| format!("sort={sort}")),
        );
        let filters = [
            "status=todo,in_progress",
            "priority=none,medium",
            "assignee=me",
            "assignee=none",
            "assignee=me,none",
            "creator=me",
            "parent=none",
            "due_before=2020-01-02T00:00:00Z",
            "due_after=2020-01-01T00:00:00Z",
            "overdue=true",
            "overdue=false",
            "updated_after=2020-01-01T00:00:00Z",
            "project=WEB",
            "q=paint",
            "q=wall+paint",
        ];
        for sort in ["-created_at", "due_at", "-updated_at", "position", "status,due_at"] {
            queries.extend(filters.iter().map(|filter| format!("{filter}&sort={sort}")));
        }
        queries.push("assignee=me&status=todo,in_progress,review&sort=due_at".into());
        for list in ["/tasks", "/projects/WEB/tasks"] {
            for query in &queries {
                let path = self.acme.path(&format!("{list}?{query}&limit=20"));
                let page = self.ann.get(&path).await.is(200);
                if let Some(cursor) = page["next_cursor"].as_str() {
                    self.ann.get(format!("{path}&cursor={cursor}")).await.is(200);
                }
            }
        }
        self.ann.get("/v1/me/tasks").await.is(200);
    }

    /// What a parameter of a statement is, by what stands before it.
    fn value(&self, before: &str, kind: &str) -> String {
        let text = match kind {
            "uuid" if before.contains("project_id") => self.project.clone(),
            "uuid" if before.trim_end().ends_with("$1") => self.acme.id.clone(),
            "uuid" => self.ann.id.clone(),
            "int8" if before.ends_with("limit ") => "21".into(),
            "int8" => "1577880000000".into(),
            "int2" => "1".into(),
            _ => "paint".into(),
        };
        format!("'{text}'")
    }

    async fn plan(&self, client: &Client, sql: &str) -> Value {
        let prepared = client.prepare(sql).await.unwrap();
        let values: Vec<String> = prepared
            .params()
            .iter()
            .enumerate()
            .map(|(at, kind)| {
                let place = format!("${}", at + 1);
                let found = sql.match_indices(&place).find(|(start, _)| {
                    !sql[start + place.len()..].starts_with(|next: char| next.is_ascii_digit())
                });
                let before = &sql[found.unwrap().0.saturating_sub(40)..found.unwrap().0];
                if at == 0 { format!("'{}'", self.acme.id) } else { self.value(before, kind.name()) }
            })
            .collect();
        client.batch_execute(&format!("prepare one as {sql}")).await.unwrap();
        let explain = format!("explain (format json) execute one({})", values.join(", "));
        let plan =
            client.simple_query(&explain).await.unwrap_or_else(|error| panic!("{error:?}: {explain}: {sql}"));
        client.batch_execute("deallocate one").await.unwrap();
        let text: String = plan
            .iter()
            .filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0),
                _ => None,
            })
            .collect();
        serde_json::from_str::<Value>(&text).unwrap()[0]["Plan"].clone()
    }
}

/// What of a plan of PostgreSQL reads more than a page of the list: a sort or a bitmap below the limit, a word or a person that is
/// looked up instead of a task's words and assignees.
fn excess(node: &Value, below_limit: bool, wrong: &mut Vec<String>) {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let (kind, table) = (text("Node Type"), text("Relation Name"));
    let is_subplan = matches!(text("Parent Relationship"), "SubPlan" | "InitPlan");
    if below_limit
        && !is_subplan
        && (matches!(kind, "Sort" | "Hash" | "Hash Join" | "Merge Join") || kind.starts_with("Bitmap"))
    {
        wrong.push(kind.to_owned());
    }
    if kind == "Seq Scan" && ["tasks", "task_assignees", "search_words"].contains(&table) {
        wrong.push(format!("{kind} of {table}"));
    }
    let of_task = match text("Alias") {
        "w" => Some("(subject_id = "),
        "a" => Some("(task_id = "),
        _ => None,
    };
    let index = text("Index Name");
    if kind.contains("Index")
        && (of_task.is_some_and(|of_task| !text("Index Cond").contains(of_task))
            || (of_task.is_some() && !index.ends_with("_pkey")))
    {
        wrong.push(format!("{kind} {index} {}", text("Index Cond")));
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        let starts_anew = matches!(child["Parent Relationship"].as_str(), Some("SubPlan" | "InitPlan"));
        excess(child, (below_limit || kind == "Limit") && !starts_anew, wrong);
    }
}

fn walks() -> BTreeSet<String> {
    heard()
        .into_iter()
        .filter(|sql| {
            WALKS.iter().any(|walk| sql.contains(walk)) && !sql.contains("t.deleted_at is null and t.id in (")
        })
        .collect()
}

#[test]
fn a_large_organizations_lists_are_walked_by_an_index_with_either_plan_of_postgres() {
    run(Engine::Postgres, async |app: TestApp| {
        listen();
        let skewed = Skewed::of(&app).await;
        let client = app.database.postgres().await;
        let settings = "analyze; set enable_seqscan = off; set random_page_cost = 1.1";
        client.batch_execute(settings).await.unwrap();
        skewed.reads().await;
        let walks = walks();
        assert!(walks.len() > 150, "{}", walks.len());
        client.batch_execute("set role guildhall_app").await.unwrap();
        client.batch_execute(&format!("set app.org_id = '{}'", skewed.acme.id)).await.unwrap();
        let mut wrong = Vec::new();
        for mode in ["force_custom_plan", "force_generic_plan"] {
            client.batch_execute(&format!("set plan_cache_mode = {mode}")).await.unwrap();
            for sql in &walks {
                let plan = skewed.plan(&client, sql).await;
                let mut excesses = Vec::new();
                excess(&plan, false, &mut excesses);
                if sql.contains(OF_PROJECT) && !plan.to_string().contains("(project_id = ") {
                    excesses.push("the organization's index".into());
                }
                if !excesses.is_empty() {
                    wrong.push(format!("{mode}: {excesses:?}: {sql}\n{plan}"));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "{} of {}:\n{}",
            wrong.len(),
            2 * walks.len(),
            wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n\n")
        );
    });
}

#[test]
fn a_large_organizations_lists_are_walked_by_an_index_of_sqlite() {
    run(Engine::Sqlite, async |app: TestApp| {
        listen();
        let skewed = Skewed::of(&app).await;
        skewed.reads().await;
        let conn = app.database.sqlite();
        let walks = walks();
        assert!(walks.len() > 150, "{}", walks.len());
        for sql in walks {
            let steps = crate::statements::sqlite_steps(&conn, &sql);
            let page = steps.iter().find(|(.., what)| what.ends_with(" page")).map(|(id, ..)| *id);
            let of_page: Vec<&String> =
                steps.iter().filter(|(_, parent, _)| Some(*parent) == page).map(|(.., what)| what).collect();
            // Of two keys, the second is sorted within ties.
            let sorts = of_page.iter().any(|what| what.as_str() == "USE TEMP B-TREE FOR ORDER BY");
            let driver = of_page.first().map(|what| what.as_str()).unwrap_or_default();
            // Between two due times, it walks the organization's index, if the project has many tasks.
            let is_between =
                sql.split(" and case when").next().unwrap_or_default().matches(" t.due_at ").count() > 1;
            let of_project =
                !sql.contains(OF_PROJECT) || is_between || driver.contains("(org_id=? AND project_id=?");
            assert!(!sorts && driver.starts_with("SEARCH ") && of_project, "{of_page:#?}: {sql}");
            let words = steps.iter().find(|(.., what)| what.starts_with("SEARCH w "));
            assert!(
                words.is_none_or(|(.., what)| what.contains("(org_id=? AND subject_id=?")),
                "{steps:#?}: {sql}"
            );
        }
    });
}
