//! Every statement of the sources: prepared on both engines, tied to its tenant, found by an index.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex, Once},
    time::Duration,
};

use guildhall::{
    app::{Choices, recount, reindex},
    db::names_owner,
};
use serde_json::{Value, json};
use sqlparser::{
    ast::{
        Expr, FromTable, JoinConstraint, JoinOperator, Query, Select, SelectItem, SetExpr, Statement,
        TableFactor, TableObject, TableWithJoins, Visit, Visitor,
    },
    dialect::PostgreSqlDialect,
    parser::Parser,
};
use syn::visit::Visit as _;
use tokio_postgres::{Client, SimpleQueryMessage};
use tracing_subscriber::{Layer, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    archive::exports,
    support::{Actor, Collection, Engine, Org, Replica, TestApp, run},
};

/// What the sources say.
#[derive(Default)]
pub struct Sources {
    /// The select lists of the file that is being read, by the row whose they are.
    columns: BTreeMap<String, String>,
    /// The texts in `sql!(…)`.
    fixed: BTreeSet<String>,
    /// The texts that statements are put together from.
    pieces: BTreeSet<String>,
    /// Statements in no `sql!(…)`.
    unmarked: Vec<String>,
    /// How many `sql!(…)` there are.
    marked: usize,
}

impl Sources {
    pub fn read() -> Self {
        let mut sources = Self::default();
        sources.folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        sources
    }

    /// A literal, or the select list that a row's `COLUMNS` is.
    fn text(&self, part: &syn::Expr) -> String {
        if let syn::Expr::Path(path) = part {
            let segments = &path.path.segments;
            assert!(
                segments.len() == 2 && segments[1].ident == "COLUMNS",
                "a part of sql!(…) is no select list"
            );
            let row = segments[0].ident.to_string();
            return self.columns.get(&row).unwrap_or_else(|| panic!("{row} has no columns!(…) here")).clone();
        }
        literal(part).unwrap()
    }

    fn folder(&mut self, folder: &Path) {
        let entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let is_source = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "rs");
        let files: Vec<(&PathBuf, String)> =
            entries.iter().filter(is_source).map(|path| (path, fs::read_to_string(path).unwrap())).collect();
        let parsed: Vec<syn::File> = files.iter().map(|(_, text)| syn::parse_file(text).unwrap()).collect();
        // A file's own rows go before those of its neighbours, which may have some of the same name.
        let neighbours: BTreeMap<String, String> = parsed.iter().flat_map(select_lists).collect();
        for ((path, text), file) in files.iter().zip(&parsed) {
            let before = self.marked;
            self.columns = neighbours.clone();
            self.columns.extend(select_lists(file));
            self.visit_file(file);
            // Inside another macro's brackets, the visitor sees no macro.
            let written = text.matches("sql!(").count();
            assert_eq!(self.marked - before, written, "{}: a sql!(…) is in another macro", path.display());
        }
        // The seam itself and its migrations know no tenant's table.
        for path in entries.iter().filter(|path| path.is_dir() && !path.ends_with("src/db")) {
            self.folder(path);
        }
    }
}

/// What stands in `sql!(…)`: whether it says that it is about nobody's data, and its parts.
struct Parts {
    unowned: bool,
    parts: syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>,
}

impl syn::parse::Parse for Parts {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        let unowned = input.peek(syn::Ident) && input.peek2(syn::LitStr);
        if unowned {
            assert_eq!(input.parse::<syn::Ident>()?, "unowned");
        }
        Ok(Self { unowned, parts: syn::punctuated::Punctuated::parse_terminated(input)? })
    }
}

/// What stands in `columns!(…)`: the row, and each field with the expression that it is read from.
struct Columns(String, String);

impl syn::parse::Parse for Columns {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        let (name, fields): (syn::Ident, _) = (input.parse()?, braced(input)?);
        let mut columns = Vec::new();
        while !fields.is_empty() {
            fields.parse::<syn::Ident>()?;
            fields.parse::<syn::Token![:]>()?;
            columns.push(fields.parse::<syn::LitStr>()?.value());
            fields.parse::<Option<syn::Token![,]>>()?;
        }
        Ok(Self(name.to_string(), columns.join(", ")))
    }
}

/// What stands in `row!(…)`: the row, and its fields, each read from the column of its name or the one behind it.
struct Row(String, String);

impl syn::parse::Parse for Row {
    fn parse(input: syn::parse::ParseStream) -> syn::Result<Self> {
        input.call(syn::Attribute::parse_outer)?;
        let (name, fields): (syn::Ident, _) = (input.parse()?, braced(input)?);
        let mut columns = Vec::new();
        while !fields.is_empty() {
            fields.call(syn::Attribute::parse_outer)?;
            let field: syn::Ident = fields.parse()?;
            fields.parse::<syn::Token![:]>()?;
            fields.parse::<syn::Type>()?;
            let other = fields.parse::<Option<syn::Token![=]>>()?;
            columns.push(match other {
                Some(_) => fields.parse::<syn::LitStr>()?.value(),
                None => field.to_string(),
            });
            fields.parse::<Option<syn::Token![,]>>()?;
        }
        Ok(Self(name.to_string(), columns.join(", ")))
    }
}

fn braced(input: syn::parse::ParseStream<'_>) -> syn::Result<syn::parse::ParseBuffer<'_>> {
    let content;
    syn::braced!(content in input);
    Ok(content)
}

/// The select lists that a file declares, by row.
fn select_lists(file: &syn::File) -> BTreeMap<String, String> {
    let mut lists = BTreeMap::new();
    for item in &file.items {
        match item {
            syn::Item::Macro(item) if item.mac.path.is_ident("columns") => {
                let Columns(name, list) = item.mac.parse_body().unwrap();
                lists.insert(name, list);
            }
            syn::Item::Macro(item) if item.mac.path.is_ident("row") => {
                let Row(name, list) = item.mac.parse_body().unwrap();
                lists.insert(name, list);
            }
            // A list that is written out.
            syn::Item::Impl(item) => {
                let syn::Type::Path(of) = &*item.self_ty else { continue };
                for inner in &item.items {
                    if let syn::ImplItem::Const(list) = inner
                        && list.ident == "COLUMNS"
                    {
                        lists.insert(of.path.get_ident().unwrap().to_string(), literal(&list.expr).unwrap());
                    }
                }
            }
            _ => {}
        }
    }
    lists
}

impl<'ast> syn::visit::Visit<'ast> for Sources {
    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        if node.path.segments.last().is_some_and(|segment| segment.ident == "sql") {
            let Parts { unowned, parts } = node.parse_body().unwrap();
            let text: String = parts.iter().map(|part| self.text(part)).collect();
            assert_eq!(unowned, !names_owner(&text), "{text}");
            self.fixed.insert(text);
            self.marked += 1;
        }
    }

    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        if node.ident != "tests" {
            syn::visit::visit_item_mod(self, node);
        }
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let literal = node.args.first().and_then(literal);
        match (node.method.to_string().as_str(), literal, node.args.len()) {
            ("all" | "maybe" | "one" | "execute", Some(text), _) => self.unmarked.push(text),
            ("push", Some(text), 2) => drop(self.pieces.insert(text)),
            _ => {}
        }
        syn::visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        if let (syn::Expr::Path(path), Some(text)) = (&*node.func, node.args.first().and_then(literal)) {
            let names: Vec<String> =
                path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if names == ["Query", "new"] {
                self.pieces.insert(text);
            }
        }
        if let (syn::Expr::Path(path), Some(text)) = (&*node.func, node.args.get(1).and_then(literal)) {
            let names: Vec<String> =
                path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if names == ["Query", "select"] {
                self.pieces.insert(text);
            }
        }
        syn::visit::visit_expr_call(self, node);
    }
}

fn literal(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// The statements that the seam was given in this process.
static SEEN: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(Mutex::default);

/// How many each thread ran.
static COUNTS: LazyLock<Mutex<BTreeMap<String, usize>>> = LazyLock::new(Mutex::default);

struct Listener;

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        struct Text;
        impl tracing::field::Visit for Text {
            fn record_str(&mut self, field: &tracing::field::Field, value: &str) {
                if field.name() == "sql" {
                    SEEN.lock().unwrap().insert(value.to_owned());
                }
            }
            fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
        }
        event.record(&mut Text);
        *COUNTS.lock().unwrap().entry(thread()).or_default() += 1;
    }
}

fn thread() -> String {
    format!("{:?}", std::thread::current().id())
}

/// How many statements a piece of work took of a server with one connection: on the thread that writes.
pub async fn counted(app: &TestApp, work: impl Future<Output = ()>) -> usize {
    let writer = app.app.public().write(async |_| Ok(thread())).await.unwrap();
    counted_on(&BTreeSet::from([writer]), work).await
}

/// The same, with those on the thread that reads: another one, on SQLite.
pub async fn counted_with_reads(app: &TestApp, work: impl Future<Output = ()>) -> usize {
    let writer = app.app.public().write(async |_| Ok(thread())).await.unwrap();
    let reader = app.app.public().read(async |_| Ok(thread())).await.unwrap();
    counted_on(&BTreeSet::from([writer, reader]), work).await
}

async fn counted_on(threads: &BTreeSet<String>, work: impl Future<Output = ()>) -> usize {
    listen();
    let count = || {
        let counts = COUNTS.lock().unwrap();
        threads.iter().map(|thread| counts.get(thread).copied().unwrap_or_default()).sum::<usize>()
    };
    let before = count();
    work.await;
    count() - before
}

fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let only = filter_fn(|metadata| metadata.target() == "guildhall::sql");
        tracing_subscriber::registry().with(Listener.with_filter(only)).init();
    });
}

/// Somebody who sees everything and somebody who doesn't.
struct Readers {
    ann: Actor,
    mia: Actor,
    acme: Org,
}

impl Readers {
    async fn of(app: &TestApp) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        acme.project("Web").await;
        for title in ["One", "Two"] {
            let task = json!({ "title": title, "assignee_ids": [mia.id], "due_at": "2030-01-01T00:00:00Z" });
            ann.post(acme.path("/projects/WEB/tasks"), task).await.is(201);
        }
        let today = app.clock.now().to_string()[..10].to_owned();
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "due_on": today })).await.is(200);
        let (bug, idea) = (acme.label("Bug").await, acme.label("Idea").await);
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "title": "Second", "label_ids": [bug, idea] }))
            .await
            .is(200);
        ann.patch(acme.path(&format!("/labels/{bug}")), json!({ "name": "Defect" })).await.is(200);
        ann.delete(acme.path(&format!("/tasks/WEB-2/labels/{idea}"))).await.is(204);
        ann.delete(acme.path(&format!("/labels/{idea}"))).await.is(204);
        let task = ann.get(acme.path("/tasks/WEB-1")).await.is(200)["id"].clone();
        let comments = acme.path("/tasks/WEB-1/comments");
        let root = mia.post(&comments, json!({ "body": "One" })).await.is(201);
        let path = format!("{comments}/{}", root["id"].as_str().unwrap());
        let body = json!({ "body": format!("Two <@{}>", mia.id), "parent_id": root["id"] });
        ann.post(&comments, body).await.is(201);
        mia.patch(&path, json!({ "body": "First" })).await.is(200);
        ann.put(format!("{path}/reactions/%F0%9F%91%8D")).await.is(200);
        ann.put(format!("{path}/resolved")).await.is(200);
        let columns = acme.path("/projects/WEB/columns");
        let made = ann.post(&columns, json!({ "name": "Soon", "status": "todo" })).await.is(201);
        let column = format!("{columns}/{}", made["id"].as_str().unwrap());
        ann.patch(&column, json!({ "color": "#000000" })).await.is(200);
        let moved = json!({ "column_id": made["id"] });
        ann.post(acme.path("/tasks/WEB-1/move"), moved.clone()).await.is(200);
        ann.post(acme.path("/tasks/WEB-2/move"), json!({ "column_id": made["id"], "before": task }))
            .await
            .is(200);
        acme.project("Side").await;
        ann.patch(acme.path("/projects/SID"), json!({ "is_template": true })).await.is(200);
        for project in ["SID", "WEB"] {
            ann.post(acme.path("/tasks/WEB-2/move"), json!({ "project": project })).await.is(200);
            let copy = json!({ "project": project, "with": ["assignees", "labels", "subtasks"] });
            ann.post(acme.path("/tasks/WEB-1/duplicate"), copy).await.is(201);
            ann.get(acme.path("/activity?limit=5")).await.is(200);
            mia.get(acme.path("/activity?limit=5")).await.is(200);
        }
        ann.post(acme.path("/projects"), json!({ "name": "After", "template": "SID" })).await.is(201);
        let all = ann.get(&columns).await.is(200)["items"].clone();
        for (status, back) in [("done", "todo"), ("todo", "done")] {
            let of = |status: &str| {
                all.as_array().unwrap().iter().find(|one| one["status"] == status).unwrap()["id"].clone()
            };
            ann.post(acme.path("/tasks/WEB-1/move"), json!({ "status": back })).await.is(200);
            let again = ann.post(&columns, json!({ "name": "Again", "status": back })).await.is(201);
            ann.post(acme.path("/tasks/WEB-1/move"), json!({ "column_id": again["id"] })).await.is(200);
            let to = format!(
                "{columns}/{}?move_to={}",
                again["id"].as_str().unwrap(),
                of(status).as_str().unwrap()
            );
            ann.delete(to).await.is(204);
        }
        let two = ann.get(acme.path("/tasks/WEB-2")).await.is(200);
        for kind in ["blocks", "relates_to"] {
            let link = json!({ "kind": kind, "task_id": two["id"] });
            ann.post(acme.path("/tasks/WEB-1/links"), link).await.is(201);
        }
        let links = ann.get(acme.path("/tasks/WEB-1/links")).await.is(200);
        let path = acme.path(&format!("/tasks/WEB-1/links/{}", links["items"][1]["id"].as_str().unwrap()));
        ann.get(&path).await.is(200);
        ann.delete(&path).await.is(204);
        let since = acme.last_seq().await - 4;
        ann.get(acme.path(&format!("/changes?since={since}"))).await.is(200);
        Self { ann, mia, acme }
    }

    /// A list with each query, and the page behind it.
    async fn read(&self, list: &str, queries: &[&str]) {
        for (query, actor) in queries.iter().flat_map(|query| [(query, &self.ann), (query, &self.mia)]) {
            let path = self.acme.path(&format!("{list}?{query}"));
            let page = actor.get(&path).await;
            assert!([200, 403].contains(&page.status), "{path}: {}", page.body);
            if let Some(cursor) = page.body["next_cursor"].as_str() {
                actor.get(format!("{path}&cursor={cursor}")).await.is(200);
            }
        }
    }

    /// Every list with every filter and in every order, so that each statement is made.
    async fn read_everything(&self) {
        let queries = ["limit=1", "role=owner", "role=owner,admin,member", "q=a", "role=admin&q=a"];
        self.read("/members", &queries).await;
        let queries = [
            "state=pending",
            "state=accepted",
            "state=expired",
            "state=pending,accepted,declined,revoked,expired",
        ];
        self.read("/invitations", &queries).await;
        let queries = [
            "limit=1",
            "archived=true",
            "archived=false",
            "q=w",
            "archived=false&q=w",
            "template=true",
            "template=false",
        ];
        self.read("/projects", &queries).await;
        self.read("/labels", &["limit=1", "q=d"]).await;
        self.read("/projects/WEB/columns", &["limit=1"]).await;
        let queries = [
            "q=web",
            "q=web&kind=task",
            "q=web&kind=project&project=WEB",
            "q=first&kind=comment",
            "q=one+two+web+a",
            "q=WEB-1",
            "q=o&limit=1",
        ];
        self.read("/search", &queries).await;
        self.read("/stats", &["", "project=WEB", "project=LOST"]).await;
        self.read("/tasks", &["project=WEB", "project=WEB,LOST", "project=LOST"]).await;
        self.read(
            "/tasks",
            &["template=true", "template=false&overdue=true", "overdue=false&due=overdue,none"],
        )
        .await;
        for (actor, limit) in [(&self.ann, 1), (&self.mia, 1), (&self.ann, 50)] {
            Replica::of(actor, &self.acme).syncs(limit).await;
            actor.get(self.acme.path(&format!("/changes?since=0&limit={limit}"))).await.is(200);
        }
        for actor in [&self.ann, &self.mia] {
            for query in ["last_event_id=0", "last_event_id=0&include=object"] {
                actor.follows(&self.acme, query).await.entry().await;
            }
            Collection::of(actor).hears_all().await;
        }
        for list in ["/tasks", "/projects/WEB/tasks"] {
            self.read_tasks(list).await;
        }
        let caused = format!("user={0},{0}", self.ann.id);
        self.read("/security-log", &["limit=1", "kind=member_joined,call_refused", &caused]).await;
        for query in ["limit=1", "kind=signed_in,sign_in_failed"] {
            self.ann.get(format!("/v1/me/security-log?{query}")).await.is(200);
        }
        self.read("/tasks/WEB-1/comments", &["limit=1"]).await;
        self.read("/tasks/WEB-1/links", &["limit=1"]).await;
        self.read("/tasks/WEB-1/assignable", &["limit=1", "limit=1&q=a"]).await;
        self.ann.put(self.acme.path("/tasks/WEB-1/assignees/ann@example.com")).await.is(200);
        self.read("/tasks/WEB-1/timeline", &["limit=1", "limit=1&order=desc"]).await;
        for list in ["/activity", "/projects/WEB/activity", "/tasks/WEB-1/activity"] {
            let actors = format!("actor={0},{0},{0}", self.ann.id);
            let queries = [
                "limit=1",
                "project=WEB",
                "project=LOST",
                "task=WEB-1,WEB-2",
                "action=task.created,task.assigned",
                "since=2021-01-01T00:00:00Z",
                "until=2031-01-01T00:00:00Z",
                &actors,
            ];
            self.read(list, &queries).await;
        }
    }

    /// Somebody's tasks pass to somebody else, the organization moves, and its tasks are counted.
    async fn moves(&self, app: &TestApp) {
        let leo = self.acme.gets("Leo", "member").await;
        self.ann.put(self.acme.path(&format!("/tasks/WEB-1/assignees/{}", leo.id))).await.is(200);
        for time_zone in ["Pacific/Kiritimati", "Pacific/Niue"] {
            self.ann
                .patch(self.acme.path(""), json!({ "settings": { "time_zone": time_zone } }))
                .await
                .is(200);
        }
        let trunk = self.acme.task("WEB", "Trunk").await["id"].as_str().unwrap().to_owned();
        let twig = json!({ "title": "Twig", "parent_id": trunk });
        self.ann.post(self.acme.path("/projects/WEB/tasks"), twig).await.is(201);
        self.ann
            .patch(self.acme.path(&format!("/tasks/{trunk}")), json!({ "is_template": true }))
            .await
            .is(200);
        // The next run of the job goes on with it, as where there are more days than are moved in one step.
        let moving = "insert into zone_changes (org_id, at, due_on, task_id) select org_id, 0, 0, id from tasks limit 1";
        app.database.run(moving).await;
        let leaves = format!("/members/{}?reassign_to={}", leo.id, self.ann.id);
        self.ann.delete(self.acme.path(&leaves)).await.is(200);
        let archive = std::io::Cursor::new(exports(&self.acme).await);
        let choices = Choices { owner: Some("ann@example.com".parse().unwrap()), match_people: false };
        app.app.import(choices, archive).await.unwrap();
        assert_eq!(recount::run(&app.app.public()).await.unwrap(), 0);
        assert_eq!(reindex::run(&app.app.public()).await.unwrap(), 0);
    }

    /// Of a change of its own, of a task and of a project; and of a label and a column that are gone.
    async fn undoes(&self) {
        let (ann, acme) = (&self.ann, &self.acme);
        let undo = async |seq: i64| {
            ann.posts(acme.path(&format!("/activity/{seq}/undo"))).await.is(200);
        };
        acme.task("WEB", "Taken back").await;
        undo(acme.last_seq().await).await;
        let seq = acme.last_seq().await + 1;
        ann.post(acme.path("/projects"), json!({ "name": "Taken back" })).await.is(201);
        undo(seq).await;
        let label = acme.label("Brought back").await;
        ann.delete(acme.path(&format!("/labels/{label}"))).await.is(204);
        undo(acme.last_seq().await).await;
        let columns = acme.path("/projects/WEB/columns");
        let column = ann.post(&columns, json!({ "name": "Brought back", "status": "todo" })).await.is(201);
        let column = format!("{columns}/{}", column["id"].as_str().unwrap());
        ann.patch(&column, json!({ "name": "Moved" })).await.is(200);
        ann.delete(&column).await.is(204);
        undo(acme.last_seq().await).await;
    }

    /// What somebody has, and their place in a project, passes to Ann.
    async fn removes(&self) {
        let (ann, acme) = (&self.ann, &self.acme);
        let zoe = acme.gets("Zoe", "member").await;
        acme.private_project("Own").await;
        ann.put(acme.path(&format!("/projects/OWN/members/{}", zoe.id))).await.is(204);
        let assignee = acme.path(&format!("/tasks/WEB-2/assignees/{}", zoe.id));
        ann.put(&assignee).await.is(200);
        ann.delete(&assignee).await.is(204);
        ann.put(&assignee).await.is(200);
        acme.project("Seen").await;
        let task = json!({ "title": "Unseen", "assignee_ids": [zoe.id] });
        ann.post(acme.path("/projects/SEE/tasks"), task).await.is(201);
        ann.patch(acme.path("/projects/SEE"), json!({ "visibility": "private" })).await.is(200);
        ann.delete(acme.path(&format!("/members/{}?reassign_to={}", zoe.id, ann.id))).await.is(200);
    }

    /// What was deleted goes for good.
    async fn purge(&self, app: &TestApp) {
        self.acme.project("Lost").await;
        for path in ["/tasks/WEB-1", "/projects/LOS"] {
            self.ann.delete(self.acme.path(path)).await.is(204);
        }
        let since = self.acme.last_seq().await - 2;
        self.ann.get(self.acme.path(&format!("/changes?since={since}"))).await.is(200);
        self.read("/trash", &["", "limit=1", "kind=task"]).await;
        app.clock.advance(Duration::from_hours(32 * 24));
        guildhall::app::overdue::run(&app.app.public()).await.unwrap();
        guildhall::app::purge::run(&app.app.public()).await.unwrap();
        // Long after the last write, what has become overdue is counted.
        let ann = self.ann.again().await;
        ann.patch(self.acme.path("/tasks/WEB-2"), json!({ "due_on": null })).await.is(200);
    }

    async fn read_tasks(&self, list: &str) {
        let assignees = format!("assignee={0},{0},{0}", self.ann.id);
        let labels = self.ann.get(self.acme.path("/labels")).await.is(200);
        let label = format!("label=none,{0},{0}", labels["items"][0]["id"].as_str().unwrap());
        let some = label.replace("none,", "");
        let columns = self.ann.get(self.acme.path("/projects/WEB/columns")).await.is(200);
        let column = format!("column={}", columns["items"][0]["id"].as_str().unwrap());
        let columns = format!("{column},{}", columns["items"][1]["id"].as_str().unwrap());
        let not_label = format!("not_{label}");
        let filters = [
            "label=none",
            &label,
            &some,
            "status=todo",
            "status=todo,review,done",
            "priority=none,low,high",
            "assignee=none",
            "assignee=none,me",
            &assignees,
            "creator=me",
            "parent=none",
            "parent=WEB-1",
            "parent=none,WEB-1",
            "parent=LOST-1",
            "due_before=2031-01-01T00:00:00Z",
            "due_after=2031-01-01T00:00:00Z",
            "updated_after=2021-01-01T00:00:00Z",
            "overdue=true",
            "overdue=false",
            "blocked=true",
            "blocked=false",
            "template=true",
            "due=today,overdue,none&not_due=this_week",
            "due=none",
            "due=today",
            "has=comments,description,subtasks,due",
            "not_has=subtasks",
            "not_status=done&not_priority=low",
            "not_assignee=none,me",
            "not_creator=me",
            "not_project=LOST",
            "not_parent=none,WEB-1",
            "updated_by=me",
            "not_updated_by=me",
            &not_label,
            "q=one",
            "q=one+two",
            "q=...",
            "assignee=me&status=todo&sort=due_at",
            "assignee=me&sort=created_at",
            "overdue=true&sort=due_at",
            "status=todo&sort=position",
            "priority=low&sort=position",
            &column,
            &columns,
            &format!("{column}&sort=position"),
            "updated_after=2021-01-01T00:00:00Z&sort=updated_at",
            "group_by=status",
            "group_by=column",
            "group_by=assignee",
            "group_by=priority",
            "group_by=label",
            "group_by=due",
            "group_by=due&due=none",
            "limit=1&fields=title&include=subtasks,comments",
        ];
        self.read(list, &filters).await;
        let keys = ["created_at", "updated_at", "due_at", "priority", "status", "position", "number"];
        let keys: Vec<String> = keys.iter().flat_map(|key| [(*key).to_owned(), format!("-{key}")]).collect();
        for first in &keys {
            self.read(list, &[&format!("limit=1&sort={first}")]).await;
            for second in keys.iter().filter(|second| second.trim_matches('-') != first.trim_matches('-')) {
                self.read(list, &[&format!("limit=1&sort={first},{second}")]).await;
            }
        }
    }
}

/// What the statements of `storage.rs` and `migrations.rs` are about.
const ON_PURPOSE: [&str; 5] = [
    "counters",
    "pg_sleep",
    "select name from users where id = $1",
    "pg_terminate_backend",
    "select id from organizations where id = $1 or id <> $1",
];

/// Every statement: those in the sources, and those that were put together.
pub async fn statements(app: &TestApp, sources: &Sources) -> BTreeSet<String> {
    listen();
    let readers = Readers::of(app).await;
    readers.read_everything().await;
    readers.moves(app).await;
    readers.undoes().await;
    readers.removes().await;
    readers.purge(app).await;
    let ann = format!("/{}", readers.ann.id);
    for accounts in ["?q=a", "?disabled=true", "?disabled=false", "?disabled=false&q=a", &ann] {
        app.operator().get(format!("/v1/admin/users{accounts}")).await.is(200);
    }
    let mut seen = SEEN.lock().unwrap().clone();
    // The tests of the seam run beside this one, with statements that are wrong on purpose.
    seen.retain(|sql| !ON_PURPOSE.iter().any(|table| sql.contains(table)));
    for piece in &sources.pieces {
        for part in piece.split('?').filter(|part| !part.trim().is_empty()) {
            assert!(seen.iter().any(|sql| sql.contains(part)), "make a statement with {part:?}");
        }
    }
    sources.fixed.union(&seen).cloned().collect()
}

/// The tables of the schema: those of tenants by the column that names the organization.
pub struct Schema {
    tenants: BTreeMap<String, &'static str>,
    /// The table of each index.
    indexes: BTreeMap<String, String>,
}

impl Schema {
    pub async fn of(client: &Client) -> Self {
        let sql = "select c.relname::text from pg_class c
                   join pg_index i on i.indrelid = c.oid and i.indisprimary
                   join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
                   where c.relnamespace = 'public'::regnamespace and a.attname = 'org_id'";
        let tables = client.query(sql, &[]).await.unwrap();
        let mut tenants: BTreeMap<String, &str> = tables.iter().map(|row| (row.get(0), "org_id")).collect();
        for view in ["project_sight", "project_audience"] {
            tenants.insert(view.into(), "org_id");
        }
        tenants.insert("organizations".into(), "id");
        let indexes = "select indexname::text, tablename::text from pg_indexes where schemaname = 'public'";
        let indexes = client.query(indexes, &[]).await.unwrap();
        Self { tenants, indexes: indexes.iter().map(|row| (row.get(0), row.get(1))).collect() }
    }

    pub fn column(&self, table: &str) -> Option<&'static str> {
        self.tenants.get(table).copied()
    }
}

/// Looks for tables of tenants that aren't tied to `$1`.
struct Tying<'a> {
    schema: &'a Schema,
    loose: Vec<String>,
    /// What each alias stands for, and which stand for a common table expression.
    aliases: BTreeMap<String, String>,
    expressions: BTreeSet<String>,
}

/// The conditions that must all hold.
fn all_of(expression: &Expr, conditions: &mut Vec<String>) {
    match expression {
        Expr::BinaryOp { left, op, right } if op.to_string() == "AND" => {
            all_of(left, conditions);
            all_of(right, conditions);
        }
        Expr::Nested(inner) => all_of(inner, conditions),
        other => conditions.push(other.to_string()),
    }
}

impl Tying<'_> {
    /// The tables of one FROM, under the conditions of their joins and of the WHERE.
    fn check(&mut self, from: &[TableWithJoins], selection: Option<&Expr>) {
        let (mut tables, mut conditions) = (Vec::new(), Vec::new());
        for one in from {
            tables.push((&one.relation, Vec::new()));
            for join in &one.joins {
                let mut own = Vec::new();
                match &join.join_operator {
                    JoinOperator::Join(JoinConstraint::On(on))
                    | JoinOperator::Inner(JoinConstraint::On(on)) => {
                        all_of(on, &mut conditions);
                    }
                    // It binds the table on its right only.
                    JoinOperator::Left(JoinConstraint::On(on))
                    | JoinOperator::LeftOuter(JoinConstraint::On(on)) => {
                        all_of(on, &mut own);
                    }
                    _ => {}
                }
                tables.push((&join.relation, own));
            }
        }
        if let Some(selection) = selection {
            all_of(selection, &mut conditions);
        }
        let alone = tables.len() == 1;
        for (table, own) in tables {
            let TableFactor::Table { name, alias, .. } = table else {
                continue;
            };
            let name = name.to_string();
            let alias = alias.as_ref().map_or(name.clone(), |alias| alias.name.to_string());
            let column = self.schema.column(&name);
            if let Some(column) = column {
                let tie = format!("{alias}.{column} = $1");
                let tied = conditions.contains(&tie)
                    || own.contains(&tie)
                    || (alone && conditions.contains(&format!("{column} = $1")));
                if !tied {
                    self.loose.push(name.clone());
                }
            }
            // An alias of a tenant's table and of an expression counts as the table.
            if column.is_some() || !self.aliases.contains_key(&alias) {
                self.aliases.insert(alias.clone(), name.clone());
            }
            if self.expressions.contains(&name) {
                self.expressions.insert(alias);
            }
        }
    }

    fn body(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            SetExpr::Values(_) | SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) => {}
            other => panic!("teach this test about {other}"),
        }
    }

    fn select(&mut self, select: &Select) {
        self.check(&select.from, select.selection.as_ref());
    }

    fn insert(&mut self, insert: &sqlparser::ast::Insert) {
        let TableObject::TableName(name) = &insert.table else { panic!("{insert}") };
        let name = name.to_string();
        let Some(column) = self.schema.column(&name) else {
            return;
        };
        let place = insert.columns.iter().position(|one| one.to_string() == column).unwrap();
        let values: Vec<String> = match insert.source.as_ref().map(|source| &*source.body) {
            Some(SetExpr::Values(values)) => values.rows.iter().map(|row| row[place].to_string()).collect(),
            Some(SetExpr::Select(select)) => match &select.projection[place] {
                // The table it comes from is tied, or this would be told as loose.
                SelectItem::UnnamedExpr(value) if value.to_string().ends_with(".org_id") => vec!["$1".into()],
                other => vec![other.to_string()],
            },
            _ => Vec::new(),
        };
        if values.is_empty() || values.iter().any(|value| value != "$1") {
            self.loose.push(name);
        }
    }
}

impl Visitor for Tying<'_> {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> std::ops::ControlFlow<()> {
        if let TableFactor::Derived { alias: Some(alias), .. } = factor {
            self.expressions.insert(alias.name.to_string());
        }
        std::ops::ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> std::ops::ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.expressions.insert(cte.alias.name.to_string());
        }
        self.body(&query.body);
        std::ops::ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &Statement) -> std::ops::ControlFlow<()> {
        match statement {
            Statement::Query(_) => {}
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => {
                self.check(std::slice::from_ref(&update.table), update.selection.as_ref());
            }
            Statement::Delete(delete) => {
                let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
                self.check(from, delete.selection.as_ref());
            }
            other => panic!("teach this test about {other}"),
        }
        std::ops::ControlFlow::Continue(())
    }
}

fn tying<'a>(sql: &str, schema: &'a Schema) -> Tying<'a> {
    let parsed =
        Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    let mut tying =
        Tying { schema, loose: Vec::new(), aliases: BTreeMap::new(), expressions: BTreeSet::new() };
    assert!(parsed.visit(&mut tying).is_continue());
    tying
}

/// The steps of a plan of SQLite: each with its number, that of the one it is part of, and what it does.
fn sqlite_steps(conn: &rusqlite::Connection, sql: &str) -> Vec<(i64, i64, String)> {
    let mut statement =
        conn.prepare(&format!("explain query plan {sql}")).unwrap_or_else(|error| panic!("{error}: {sql}"));
    for index in 1..=statement.parameter_count() {
        statement.raw_bind_parameter(index, rusqlite::types::Null).unwrap();
    }
    let mut rows = statement.raw_query();
    let mut steps: Vec<(i64, i64, String)> = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push((row.get(0).unwrap(), row.get(1).unwrap(), row.get(3).unwrap()));
    }
    steps
}

/// Whether a statement counts tasks for an answer, which must read none but those that have just become overdue: all
/// others are counted in `task_counts`. `doctor` and `recount` count them all, a set of changed ones is read by its ids,
/// and the groups of a list count what its filters leave.
fn counts_tasks(sql: &str) -> bool {
    sql.contains("count(*)") && !sql.contains("wrong as (") && !sql.ends_with(" group by 1, 2, 3")
}

/// The tasks that a statement that counts reads otherwise than by their ids or their due times, on SQLite.
fn sqlite_counting(conn: &rusqlite::Connection, sql: &str, tying: &Tying) -> Vec<String> {
    let reads_tasks = |what: &str| {
        let alias = what.split(' ').nth(1).unwrap_or_default();
        tying.aliases.get(alias).is_some_and(|table| table == "tasks")
    };
    let narrow = ["(org_id=? AND id=?)", "tasks_overdue (org_id=? AND due_at>? AND due_at<?)"];
    let steps = sqlite_steps(conn, sql).into_iter().map(|(.., what)| what);
    steps.filter(|what| reads_tasks(what) && !narrow.iter().any(|narrow| what.contains(narrow))).collect()
}

/// What a plan of SQLite does without an index on the organization.
fn sqlite_scans(conn: &rusqlite::Connection, sql: &str, schema: &Schema, tying: &Tying) -> Vec<String> {
    let steps = sqlite_steps(conn, sql);
    let inside_expression = |parent: i64| {
        steps.iter().any(|(id, _, what)| {
            *id == parent && (what.starts_with("CO-ROUTINE") || what.starts_with("MATERIALIZE"))
        })
    };
    let is_wrong = |(_, parent, what): &&(i64, i64, String)| {
        let mut words = what.split(' ');
        let (verb, alias) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_expression = tying.expressions.contains(alias) && !inside_expression(*parent);
        let table = tying.aliases.get(alias).map(String::as_str);
        // An unknown alias is one inside the view, all of whose tables are tenants'.
        let column = table.map_or(Some("org_id"), |table| schema.column(table));
        match (verb, column) {
            // The rows of a window function are a subquery of SQLite's own.
            ("SCAN", Some(_)) => {
                let is_given = alias == "CONSTANT" || alias.starts_with("(subquery-");
                !is_expression && !is_given && !what.ends_with("VALUES CLAUSE")
            }
            ("SEARCH", Some(column)) => !is_expression && !what.contains(&format!("({column}=?")),
            _ => false,
        }
    };
    steps.iter().filter(is_wrong).map(|(.., what)| what.clone()).collect()
}

/// Without statistics, SQLite walks an index of the whole organization for an order that the project has none for.
#[test]
fn a_project_has_an_index_for_each_order_of_its_tasks() {
    run(Engine::Sqlite, async |app: TestApp| {
        listen();
        let readers = Readers::of(&app).await;
        for key in ["created_at", "updated_at", "due_at", "priority", "status", "position", "number"] {
            let orders = [format!("sort={key}"), format!("sort=-{key}")];
            readers.read("/projects/WEB/tasks", &orders.each_ref().map(String::as_str)).await;
        }
        let conn = app.database.sqlite();
        let mut orders = BTreeSet::new();
        let seen = SEEN.lock().unwrap().clone();
        for sql in &seen {
            let page = sql.split_once("t.deleted_at is null and t.project_id = $2");
            let Some((asked, rest)) = page.and_then(|(_, rest)| rest.split_once(" order by ")) else {
                continue;
            };
            let Some((order, _)) = rest.split_once(" limit ") else { continue };
            // First pages without a filter, by one key: of two, the second is sorted within ties, such as among the tasks
            // without a due time. What has one status or priority is in the order of the board.
            let part =
                ["status", "priority"].into_iter().find(|key| asked.contains(&format!(" and t.{key} = $")));
            let is_first = part.is_some() || asked.matches('$').count() == 1;
            let is_tie = asked.contains("t.due_at is null");
            if !is_first || is_tie || order.matches("t.").count() != 2 {
                continue;
            }
            let steps: Vec<String> = sqlite_steps(&conn, sql).into_iter().map(|(.., what)| what).collect();
            let index = match part {
                Some(key) => format!("(org_id=? AND project_id=? AND {key}=?"),
                None => "(org_id=? AND project_id=?".to_owned(),
            };
            let walks = |step: &String| step.contains(" t ") && step.contains(&index);
            assert!(steps.iter().any(walks), "{order}: {sql} {steps:#?}");
            orders.insert((part, order.to_owned()));
        }
        assert!(orders.len() >= 12, "{orders:#?}");
    });
}

/// The comments on a task are read off one index, in its order.
#[test]
fn a_page_of_comments_is_a_walk_of_one_index() {
    run(Engine::Sqlite, async |app: TestApp| {
        let sources = Sources::read();
        let page = sources.fixed.iter().find(|sql| sql.contains("c.task_id = $3 and c.id > $4")).unwrap();
        let steps: Vec<String> =
            sqlite_steps(&app.database.sqlite(), page).into_iter().map(|(.., what)| what).collect();
        let walks = |step: &String| step.contains("comments_of_task (org_id=? AND task_id=? AND id>?)");
        assert!(steps.iter().any(walks), "{steps:#?}");
        // What is sorted are the rows of the page.
        assert!(steps.iter().filter(|step| step.contains("TEMP B-TREE")).count() <= 1, "{steps:#?}");
    });
}

/// The same of PostgreSQL.
async fn postgres_scans(client: &Client, sql: &str, schema: &Schema) -> Vec<String> {
    let prepared = client.prepare(sql).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    let nulls = vec!["null"; prepared.params().len()].join(", ");
    let nulls = if nulls.is_empty() { nulls } else { format!("({nulls})") };
    client.batch_execute(&format!("prepare one as {sql}")).await.unwrap();
    let plan = client.simple_query(&format!("explain (format json) execute one{nulls}")).await.unwrap();
    client.batch_execute("deallocate one").await.unwrap();
    let text: String = plan
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        })
        .collect();
    let mut wrong = Vec::new();
    look(&serde_json::from_str::<Value>(&text).unwrap()[0]["Plan"], schema, &mut wrong);
    wrong
}

fn look(node: &Value, schema: &Schema, wrong: &mut Vec<String>) {
    let text = |key: &str| node[key].as_str().unwrap_or_default();
    let table = match text("Relation Name") {
        "" => schema.indexes.get(text("Index Name")).map_or("", String::as_str),
        table => table,
    };
    let kind = text("Node Type");
    if let (true, Some(column)) = (kind.ends_with("Scan") && kind != "Bitmap Heap Scan", schema.column(table))
    {
        let by_tenant = text("Index Cond").contains(&format!("({column} = "));
        if !by_tenant {
            wrong.push(format!("{kind} of {table} {} {}", text("Index Name"), text("Index Cond")));
        }
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        look(child, schema, wrong);
    }
}

#[test]
fn every_statement_is_prepared_tied_to_its_tenant_and_found_by_an_index_on_both_engines() {
    run(Engine::Postgres, async |app: TestApp| {
        let sources = Sources::read();
        assert_eq!(sources.unmarked, [] as [String; 0], "write sql!(…) around these");
        let statements = statements(&app, &sources).await;
        assert!(sources.fixed.len() > 60 && statements.len() > 500, "{}", statements.len());

        let client = app.database.postgres().await;
        client
            .batch_execute("set plan_cache_mode = force_generic_plan; set enable_seqscan = off")
            .await
            .unwrap();
        let schema = Schema::of(&client).await;
        let embedded = TestApp::start(Engine::Sqlite).await;
        let conn = embedded.database.sqlite();
        let mut wrong = Vec::new();
        for sql in &statements {
            let tying = tying(sql, &schema);
            let mut mistakes: Vec<String> =
                tying.loose.iter().map(|table| format!("{table} is loose")).collect();
            mistakes.extend(
                sqlite_scans(&conn, sql, &schema, &tying).into_iter().map(|step| format!("SQLite: {step}")),
            );
            if counts_tasks(sql) {
                let read = sqlite_counting(&conn, sql, &tying).into_iter();
                mistakes.extend(read.map(|step| format!("counts tasks: {step}")));
            }
            mistakes.extend(
                postgres_scans(&client, sql, &schema)
                    .await
                    .into_iter()
                    .map(|step| format!("PostgreSQL: {step}")),
            );
            for ambient in
                ["now()", "current_timestamp", "gen_random_uuid", "random()", "clock_timestamp", "strftime"]
            {
                mistakes.extend(
                    sql.contains(ambient).then(|| format!("takes {ambient}, which is a parameter with us")),
                );
            }
            if !mistakes.is_empty() {
                wrong.push(format!("{mistakes:?} in {sql}"));
            }
        }
        assert!(
            wrong.is_empty(),
            "{} of {} statements:\n{}",
            wrong.len(),
            statements.len(),
            wrong.join("\n\n")
        );
    });
}

/// Statements that would read or write another organization's rows, with the table that is loose.
const LOOSE: [(&str, &str); 12] = [
    ("select id from tasks where id = $1", "tasks"),
    ("select id from organizations where slug = $1", "organizations"),
    ("select t.id from tasks t where t.org_id = $2 and t.id = $1", "tasks"),
    ("select t.id from tasks t where t.org_id = $1 or t.id = $2", "tasks"),
    ("select t.id from tasks t where not (t.org_id = $1)", "tasks"),
    ("select t.id from tasks t left join projects p on p.org_id = $1 and t.org_id = $1", "tasks"),
    ("select t.id from tasks t join projects p on p.id = t.project_id where t.org_id = $1", "projects"),
    (
        "select 1 from tasks t where t.org_id = $1 and exists (select 1 from project_sight v where v.user_id = $2)",
        "project_sight",
    ),
    ("with page as (select * from tasks) select t.id from page t where t.org_id = $1", "tasks"),
    ("insert into project_keys (key, org_id, project_id) values ($1, $2, $3)", "project_keys"),
    ("update tasks set title = $2 where id = $1", "tasks"),
    ("delete from project_members where user_id = $1", "project_members"),
];

#[test]
fn these_tests_find_a_loose_statement_and_a_scan() {
    run(Engine::Postgres, async |app: TestApp| {
        let client = app.database.postgres().await;
        client
            .batch_execute("set plan_cache_mode = force_generic_plan; set enable_seqscan = off")
            .await
            .unwrap();
        let schema = Schema::of(&client).await;
        let embedded = TestApp::start(Engine::Sqlite).await;
        for (sql, table) in LOOSE {
            assert_eq!(tying(sql, &schema).loose, [table], "{sql}");
        }
        for sql in [
            "select count(*) from tasks t where t.org_id = $1 and t.project_id = $2",
            "select t.status, count(*) from project_sight v join tasks t on t.org_id = $1 and t.project_id = v.project_id
             where v.org_id = $1 and t.due_at < $2 group by t.status",
        ] {
            let read = sqlite_counting(&embedded.database.sqlite(), sql, &tying(sql, &schema));
            assert!(counts_tasks(sql) && read.len() == 1, "{read:?}: {sql}");
        }
        for sql in [
            "select t.id from tasks t where t.title = $1",
            "select t.id from tasks t order by t.org_id, t.created_at, t.id",
            "select v.project_id from project_sight v where v.user_id = $1",
            "select p.id from projects p join tasks t on t.project_id = p.id where p.org_id = $1",
        ] {
            let scans = sqlite_scans(&embedded.database.sqlite(), sql, &schema, &tying(sql, &schema));
            assert_ne!(scans, [] as [String; 0], "{sql}");
            assert_ne!(postgres_scans(&client, sql, &schema).await, [] as [String; 0], "{sql}");
        }
    });
}

#[test]
fn the_schema_keeps_tenants_apart_and_can_be_distributed() {
    run(Engine::Postgres, async |app: TestApp| {
        let client = app.database.postgres().await;
        let schema = Schema::of(&client).await;
        let sql = "select c.conname::text, t.relname::text, c.contype::text, coalesce(f.relname::text, ''),
                          (select a.attname::text from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1]),
                          c.condeferrable, c.confdeltype::text
                   from pg_constraint c join pg_class t on t.oid = c.conrelid left join pg_class f on f.oid = c.confrelid
                   where c.connamespace = 'public'::regnamespace";
        for row in client.query(sql, &[]).await.unwrap() {
            let (name, table, kind, target): (String, String, String, String) =
                (row.get(0), row.get(1), row.get(2), row.get(3));
            let (first, deferrable, deletes): (String, bool, String) = (row.get(4), row.get(5), row.get(6));
            assert!(name.len() <= 50, "{name} is longer than 50 characters");
            assert!(!deferrable, "{name} is deferrable, which a group of writers would share");
            assert!(deletes != "n", "{name} sets null, which Citus doesn't");
            let of_tenants = schema.column(&table).filter(|_| table != "organizations");
            let points_at_tenants = kind == "f" && schema.column(&target).is_some();
            if (of_tenants.is_some() && matches!(kind.as_str(), "p" | "u")) || points_at_tenants {
                assert_eq!(first, "org_id", "{name} of {table} doesn't start with the organization");
            }
        }
        let sql =
            "select indexname::text, tablename::text, indexdef from pg_indexes where schemaname = 'public'";
        for row in client.query(sql, &[]).await.unwrap() {
            let (name, table, text): (String, String, String) = (row.get(0), row.get(1), row.get(2));
            assert!(name.len() <= 50, "{name} is longer than 50 characters");
            if schema.column(&table) == Some("org_id") {
                assert!(text.contains("(org_id"), "{name} doesn't start with the organization: {text}");
            }
        }
        let sql = "select table_name::text, column_name::text from information_schema.columns
                   where table_schema = 'public' and column_default is not null
                     and not (data_type = 'boolean' and column_default = 'false')";
        let defaults = client.query(sql, &[]).await.unwrap();
        // A column that was added is false to the servers of the version before, which don't name it.
        assert!(defaults.is_empty(), "times and ids are parameters, and so is all else");
    });
}
