//! Not yours, not there: every route of the document, as everybody who may not; and every place that takes an id, with
//! one of another organization. A route, a body or a filter that these tests have no sample for fails them.

use std::{collections::BTreeMap, fmt::Write as _};

use reqwest::Method;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value, json};

use crate::support::{Actor, Answer, Contract, Engine, Org, PASSWORD, TestApp, both_engines};

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

/// One operation of the document.
#[derive(Clone)]
struct Route {
    method: Method,
    template: &'static str,
    operation: &'static Value,
}

impl Route {
    fn all() -> Vec<Self> {
        let paths = Contract::get().document["paths"].as_object().unwrap();
        let of = |(template, operations): (&'static String, &'static Value)| {
            let operations = operations.as_object().unwrap();
            operations.iter().map(move |(method, operation)| Self {
                method: method.to_ascii_uppercase().parse().unwrap(),
                template,
                operation,
            })
        };
        paths.iter().flat_map(of).collect()
    }

    /// Those inside an organization.
    fn of_tenants() -> impl Iterator<Item = Self> {
        Self::all().into_iter().filter(Self::is_of_tenants)
    }

    fn is_of_tenants(&self) -> bool {
        self.template.starts_with("/v1/orgs/{org}")
    }

    fn is_public(&self) -> bool {
        self.operation["security"] == json!([])
    }

    /// The role that is enough.
    fn required(&self) -> &str {
        let role = self.operation["x-required-role"].as_str();
        role.unwrap_or_else(|| panic!("{self}: the document doesn't tell which role it takes"))
    }

    /// The schema of its body, if it takes one.
    fn body(&self) -> Option<&'static Value> {
        let request = self.operation.get("requestBody")?;
        Some(&request["content"]["application/json"]["schema"])
    }

    fn parameters(&self, place: &str) -> Vec<&'static str> {
        let all = self.operation["parameters"].as_array().unwrap();
        let there = all.iter().filter(|parameter| parameter["in"] == place);
        there.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    }

    async fn asks(&self, who: &Actor, path: &str, body: Option<&Value>) -> Answer {
        who.send(self.method.clone(), path, &[], body.cloned()).await
    }

    async fn asks_malformed(&self, who: &Actor, path: &str) -> Answer {
        let headers = [("content-type", "application/json")];
        who.send_raw(self.method.clone(), path, &headers, Some(b"{\"name\": ".to_vec())).await
    }
}

impl std::fmt::Display for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// Something of each kind in one organization.
#[derive(Clone)]
struct Things {
    org: String,
    user: String,
    project: String,
    task: String,
    invitation: String,
    /// The founder's.
    session: String,
    token: String,
}

impl Things {
    /// New ones: a member in a project, on a task, and an invitation.
    async fn of(org: &Org, label: usize) -> Self {
        let user = org.gets(&format!("User {label} of {}", org.slug), "member").await;
        let project = org.project(&format!("Project {label}")).await;
        let key = project["key"].as_str().unwrap();
        org.founder.put(org.path(&format!("/projects/{key}/members/{}", user.id))).await.is(204);
        let task = json!({ "title": "A task", "assignee_ids": [user.id] });
        let task = org.founder.post(org.path(&format!("/projects/{key}/tasks")), task).await.is(201);
        let invited = json!({ "email": format!("{label}.invited@{}.example", org.slug), "role": "member" });
        let invitation = org.founder.post(org.path("/invitations"), invited).await.is(201);
        let session = org.founder.get("/v1/me/sessions").await.is(200)["items"][0].clone();
        let token = json!({ "name": "Script", "scopes": ["read"] });
        let token = org.founder.post("/v1/me/tokens", token).await.is(201);
        let id = |thing: &Value| thing["id"].as_str().unwrap().to_owned();
        Self {
            org: org.id.clone(),
            user: user.id,
            project: id(&project),
            task: id(&task),
            invitation: id(&invitation),
            session: id(&session),
            token: id(&token),
        }
    }

    /// What stands for a parameter, which comes behind a fixed part.
    fn sample(&self, before: &str, parameter: &str) -> &str {
        match (before, parameter) {
            ("orgs", "org") => &self.org,
            ("members" | "assignees", "user") => &self.user,
            ("projects", "project") => &self.project,
            ("tasks", "task") => &self.task,
            ("invitations", "id") => &self.invitation,
            ("sessions", "id") => &self.session,
            ("tokens", "id") => &self.token,
            ("problems", "code") => "not_found",
            _ => panic!("give this test a sample of {before}/{{{parameter}}}"),
        }
    }

    /// The path of a route to these things.
    fn path(&self, route: &Route) -> String {
        self.path_but(route, "", "")
    }

    /// The same, but for one parameter.
    fn path_but(&self, route: &Route, other: &str, value: &str) -> String {
        let mut before = "";
        let mut parts = Vec::new();
        for part in route.template.split('/') {
            let parameter = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            parts.push(match parameter {
                None => part,
                Some(name) if name == other => value,
                Some(name) => self.sample(before, name),
            });
            before = part;
        }
        parts.join("/")
    }

    /// The id that a field or a filter of this name takes, if it takes one.
    fn named(&self, name: &str) -> Option<&str> {
        match name {
            "user_id" | "assignee_ids" | "reassign_to" | "actor" | "assignee" | "creator" => Some(&self.user),
            "project" => Some(&self.project),
            "parent_id" | "parent" | "task" => Some(&self.task),
            "limit" | "cursor" | "q" | "role" | "state" | "archived" | "status" | "priority"
            | "due_before" | "due_after" | "updated_after" | "overdue" | "sort" | "action" | "since"
            | "until" | "dry_run" | "confirm" | "deleted" => None,
            _ => panic!("tell this test which id {name} takes"),
        }
    }
}

/// Follows a reference, and takes what isn't `null` of several.
fn resolved(schema: &'static Value) -> &'static Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return resolved(Contract::get().document.pointer(pointer).unwrap());
    }
    let several = schema["anyOf"].as_array().or_else(|| schema["oneOf"].as_array());
    several.and_then(|all| all.iter().find(|one| one["type"] != "null")).map_or(schema, resolved)
}

fn kind(schema: &Value) -> &str {
    let kind = &schema["type"];
    kind.as_str()
        .or_else(|| kind.as_array()?.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null")))
        .unwrap_or_default()
}

/// The least input that a schema takes.
fn good(schema: &'static Value, name: &str, things: &Things) -> Value {
    let schema = resolved(schema);
    if let Some(one) = schema["enum"].as_array() {
        return one[0].clone();
    }
    match (kind(schema), schema["format"].as_str()) {
        ("object", _) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let fields = required.map(|field| {
                let field = field.as_str().unwrap();
                (field.to_owned(), good(&schema["properties"][field], field, things))
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        ("string", Some("uuid")) => json!(things.named(name)),
        ("string", Some("email")) => json!("somebody.new@example.com"),
        ("string", Some("password")) => json!(PASSWORD),
        ("string", None) => json!("Something"),
        ("array", _) => json!([good(&schema["items"], name, things)]),
        (kind, format) => match schema.get("const") {
            Some(one) => one.clone(),
            None => panic!("tell this test what good input is for {name}: {kind} {format:?}"),
        },
    }
}

/// The fields of a body that take ids.
fn id_fields(schema: &'static Value) -> Vec<(&'static str, bool)> {
    let fields = resolved(schema)["properties"].as_object().into_iter().flatten();
    let takes_ids = |schema: &'static Value| {
        let (plain, items) = (resolved(schema), resolved(&resolved(schema)["items"]));
        let is_id = |schema: &Value| schema["format"] == "uuid";
        (is_id(plain) || is_id(items)).then(|| is_id(items))
    };
    fields.filter_map(|(name, schema)| Some((name.as_str(), takes_ids(schema)?))).collect()
}

/// A refusal without what tells requests apart.
fn bytes(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    if let Some(problem) = body.as_object_mut() {
        problem.remove("request_id");
    }
    json!([answer.status, body])
}

/// A connection beside the server's.
enum Side {
    Sqlite(rusqlite::Connection),
    Postgres(tokio_postgres::Client),
}

impl Side {
    async fn of(app: &TestApp) -> Self {
        match app.database.engine() {
            Engine::Sqlite => Self::Sqlite(app.database.sqlite()),
            Engine::Postgres => Self::Postgres(app.database.postgres().await),
        }
    }

    /// Everything that is stored: for each table its rows, as text.
    async fn stored(&self) -> BTreeMap<String, String> {
        match self {
            Self::Sqlite(conn) => {
                let tables = "select name from sqlite_schema where type = 'table' order by name";
                let mut statement = conn.prepare(tables).unwrap();
                let tables: Vec<String> =
                    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
                tables
                    .into_iter()
                    .map(|table| {
                        let rows = sqlite_rows(conn, &table);
                        (table, rows)
                    })
                    .collect()
            }
            Self::Postgres(client) => {
                let tables = "select tablename::text from pg_tables where schemaname = 'public' order by 1";
                let mut stored = BTreeMap::new();
                for table in client.query(tables, &[]).await.unwrap() {
                    let table: String = table.get(0);
                    let rows = format!(
                        "select coalesce(string_agg(t::text, ' ' order by t::text), '') from {table} t"
                    );
                    let rows = client.query_one(&rows, &[]).await.unwrap().get(0);
                    stored.insert(table, rows);
                }
                stored
            }
        }
    }
}

fn sqlite_rows(conn: &rusqlite::Connection, table: &str) -> String {
    let mut statement = conn.prepare(&format!("select * from {table} order by rowid")).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut all = String::new();
    while let Some(row) = rows.next().unwrap() {
        for column in 0..columns {
            match row.get_ref(column).unwrap() {
                ValueRef::Text(text) => all += &String::from_utf8_lossy(text),
                other => write!(all, "{other:?}").unwrap(),
            }
            all.push(' ');
        }
    }
    all
}

/// Two organizations, and everybody who may come by.
struct World {
    acme: Org,
    other: Org,
    foreigner: Actor,
    removed: Actor,
    /// An owner whose session ended.
    gone: Actor,
    owner: Actor,
    admin: Actor,
    member: Actor,
    side: Side,
}

impl World {
    async fn of(app: &TestApp) -> Self {
        let owner = app.signs_up("Olga").await;
        let acme = owner.founds("Acme").await;
        let foreigner = app.signs_up("Fay").await;
        let removed = acme.gets("Rex", "owner").await;
        owner.delete(acme.path(&format!("/members/{}", removed.id))).await.is(204);
        let gone = acme.gets("Gus", "owner").await;
        gone.posts("/v1/auth/logout").await.is(204);
        Self {
            gone,
            other: foreigner.founds("Other").await,
            admin: acme.gets("Adam", "admin").await,
            member: acme.gets("Mia", "member").await,
            side: Side::of(app).await,
            acme,
            foreigner,
            removed,
            owner,
        }
    }

    fn insiders(&self) -> [(&'static str, &Actor); 3] {
        [("member", &self.member), ("admin", &self.admin), ("owner", &self.owner)]
    }
}

fn rank(role: &str) -> usize {
    ["member", "admin", "owner"].iter().position(|one| *one == role).unwrap()
}

both_engines! {
    async fn no_route_lets_in_who_may_not(app: TestApp) {
        let world = World::of(&app).await;
        let things = Things::of(&world.acme, 0).await;
        let anonymous = app.anon();
        for route in Route::of_tenants() {
            let path = things.path(&route);
            let body = route.body().map(|schema| good(schema, "", &things));
            let mut outsiders = vec![
                (&anonymous, 401, "unauthenticated"),
                (&world.gone, 401, "unauthenticated"),
                (&world.foreigner, 404, "not_found"),
                (&world.removed, 404, "not_found"),
            ];
            let lower = world.insiders().into_iter().filter(|(role, _)| rank(role) < rank(route.required()));
            outsiders.extend(lower.map(|(_, actor)| (actor, 403, "forbidden")));
            let before = world.side.stored().await;
            for (who, status, code) in outsiders {
                let refusal = route.asks(who, &path, body.as_ref()).await;
                let expected = bytes(&refusal);
                refusal.refuses(status, code);
                // Bad input is answered like good.
                let asked = format!("{route} by {:?}", who.name);
                assert_eq!(bytes(&route.asks_malformed(who, &path).await), expected, "{asked}");
                let query = format!("{path}?nonsense=%00");
                assert_eq!(bytes(&route.asks(who, &query, body.as_ref()).await), expected, "{asked}");
                if status != 403 {
                    // And an organization that never was like this one.
                    for never in [NOBODY, "never", "Not a slug"] {
                        let path = things.path_but(&route, "org", &never.replace(' ', "%20"));
                        assert_eq!(bytes(&route.asks(who, &path, body.as_ref()).await), expected, "{asked}");
                    }
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
    }

    async fn every_route_lets_in_who_may(app: TestApp) {
        let world = World::of(&app).await;
        let mut things = Things::of(&world.acme, 0).await;
        let mut made = 0;
        for route in Route::of_tenants() {
            for (role, actor) in world.insiders().into_iter().filter(|(role, _)| rank(role) >= rank(route.required())) {
                let path = things.path(&route);
                if route.parameters("query").contains(&"dry_run") {
                    let before = world.side.stored().await;
                    let rehearsal = route.asks(actor, &format!("{path}?dry_run=true"), None).await.is(200);
                    assert_eq!(rehearsal["dry_run"], true, "{route} by {role}");
                    let counts = rehearsal["counts"].as_object().unwrap();
                    assert!(counts.values().any(|count| count.as_i64().unwrap() > 0), "{route}: {rehearsal}");
                    assert_eq!(world.side.stored().await, before, "{route} by {role} was only to be tried");
                    // What ends this test's own world has tests of its own.
                    if matches!(route.template, "/v1/orgs/{org}" | "/v1/orgs/{org}/leave") {
                        continue;
                    }
                }
                // Malformed input shows that the gate let them pass, and changes nothing.
                let answer = if route.body().is_some() {
                    let before = world.side.stored().await;
                    let answer = route.asks_malformed(actor, &path).await;
                    assert_eq!((answer.status, &answer.body["code"]), (400, &json!("malformed_json")), "{route} by {role}");
                    assert_eq!(world.side.stored().await, before, "{route}");
                    continue;
                } else {
                    route.asks(actor, &path, None).await
                };
                assert!(answer.succeeded(), "{route} by {role}: {} {}", answer.status, answer.body);
                if route.method == Method::DELETE {
                    made += 1;
                    things = Things::of(&world.acme, made).await;
                }
            }
        }
    }

    async fn what_is_about_oneself_or_nobody_knows_who_it_is_for(app: TestApp) {
        let world = World::of(&app).await;
        let things = Things::of(&world.acme, 0).await;
        let anonymous = app.anon();
        for route in Route::all().into_iter().filter(|route| !route.is_of_tenants()) {
            let path = things.path(&route);
            let before = world.side.stored().await;
            if route.is_public() {
                let answer = match route.body() {
                    Some(_) => route.asks_malformed(&anonymous, &path).await,
                    None => route.asks(&anonymous, &path, None).await,
                };
                let expected = if route.body().is_some() { 400 } else { 200 };
                assert_eq!(answer.status, expected, "{route}: {}", answer.body);
            } else {
                let body = route.body().map(|schema| good(schema, "", &things));
                let refusal = route.asks(&anonymous, &path, body.as_ref()).await;
                let expected = bytes(&refusal);
                refusal.refuses(401, "unauthenticated");
                assert_eq!(bytes(&route.asks_malformed(&anonymous, &path).await), expected, "{route}");
                for parameter in route.parameters("path") {
                    let never = things.path_but(&route, parameter, NOBODY);
                    let expected = bytes(&route.asks(&world.foreigner, &never, body.as_ref()).await);
                    let refusal = route.asks(&world.foreigner, &path, body.as_ref()).await;
                    assert_eq!(bytes(&refusal), expected, "{route}");
                    refusal.refuses(404, "not_found");
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
    }

    async fn another_organizations_id_in_a_path_is_one_that_never_was(app: TestApp) {
        let world = World::of(&app).await;
        let (things, foreign) = (Things::of(&world.acme, 0).await, Things::of(&world.other, 0).await);
        for route in Route::of_tenants() {
            let body = route.body().map(|schema| good(schema, "", &things));
            let before = world.side.stored().await;
            for parameter in route.parameters("path").into_iter().filter(|name| *name != "org") {
                let theirs = foreign.path(&route);
                let value = {
                    let at = route.template.split('/').position(|part| part == format!("{{{parameter}}}")).unwrap();
                    theirs.split('/').nth(at).unwrap()
                };
                let never = things.path_but(&route, parameter, NOBODY);
                let path = things.path_but(&route, parameter, value);
                let expected = bytes(&route.asks(&world.owner, &never, body.as_ref()).await);
                let refusal = route.asks(&world.owner, &path, body.as_ref()).await;
                assert_eq!(bytes(&refusal), expected, "{route} with a foreign {parameter}");
                refusal.refuses(404, "not_found");
                if route.body().is_some() {
                    let refusal = route.asks_malformed(&world.owner, &path).await;
                    assert_eq!(bytes(&refusal), expected, "{route} with a foreign {parameter} and bad input");
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
    }

    async fn another_organizations_id_in_a_body_is_refused(app: TestApp) {
        let world = World::of(&app).await;
        let (things, foreign) = (Things::of(&world.acme, 0).await, Things::of(&world.other, 0).await);
        let mut tried = 0;
        for route in Route::of_tenants() {
            let Some(schema) = route.body() else { continue };
            for (field, is_list) in id_fields(schema) {
                let before = world.side.stored().await;
                let mut refusals = Vec::new();
                for id in [foreign.named(field).unwrap(), NOBODY] {
                    let mut body = good(schema, "", &things);
                    body[field] = if is_list { json!([id]) } else { json!(id) };
                    let answer = route.asks(&world.owner, &things.path(&route), Some(&body)).await;
                    assert!([404, 422].contains(&answer.status), "{route} with a foreign {field}: {}", answer.body);
                    refusals.push(bytes(&answer));
                }
                assert_eq!(refusals[0], refusals[1], "{route} with a foreign {field}");
                assert_eq!(world.side.stored().await, before, "{route} with a foreign {field}");
                tried += 1;
            }
        }
        assert!(tried >= 5, "only {tried} fields take ids");
    }

    async fn another_organizations_id_or_cursor_in_a_query_finds_nothing(app: TestApp) {
        let world = World::of(&app).await;
        let (things, foreign) = (Things::of(&world.acme, 0).await, Things::of(&world.other, 0).await);
        Things::of(&world.other, 1).await;
        let (mut tried, mut cursors) = (0, 0);
        for route in Route::of_tenants() {
            let before = world.side.stored().await;
            let path = things.path(&route);
            for filter in route.parameters("query") {
                let Some(id) = foreign.named(filter) else { continue };
                let mut answers = Vec::new();
                for id in [id, NOBODY] {
                    let answer = route.asks(&world.owner, &format!("{path}?{filter}={id}"), None).await;
                    let is_empty = answer.status == 200 && answer.body["items"] == json!([]);
                    assert!(is_empty || answer.status == 422, "{route}?{filter}=: {} {}", answer.status, answer.body);
                    answers.push(bytes(&answer));
                }
                assert_eq!(answers[0], answers[1], "{route}?{filter}=");
                tried += 1;
            }
            if route.parameters("query").contains(&"cursor") {
                let theirs = format!("{}?limit=1", foreign.path(&route));
                let theirs = route.asks(&world.foreigner, &theirs, None).await.is(200);
                if let Some(cursor) = theirs["next_cursor"].as_str() {
                    let path = format!("{path}?limit=1&cursor={cursor}");
                    route.asks(&world.owner, &path, None).await.refuses(422, "invalid_cursor");
                    cursors += 1;
                }
            }
            assert_eq!(world.side.stored().await, before, "{route}");
        }
        assert!(tried >= 10 && cursors >= 5, "{tried} filters, {cursors} cursors");
    }

    async fn the_ledger_holds_no_address_and_the_database_no_token(app: TestApp) {
        let world = World::of(&app).await;
        Things::of(&world.acme, 0).await;
        let invited = json!({ "email": "bob@example.com", "role": "admin" });
        let invitation = world.owner.post(world.acme.path("/invitations"), invited).await.is(201);
        let stored = world.side.stored().await;
        assert!(stored["ledger"].contains("invitation.created") && !stored["ledger"].contains('@'));
        let token = invitation["token"].as_str().unwrap();
        for (table, rows) in &stored {
            let secrets = [token, &world.owner.refresh_token, PASSWORD];
            assert!(secrets.iter().all(|secret| !rows.contains(secret)), "{table}");
        }
    }
}
