//! The routes of the document, and something of each kind to ask them for. A route, a body or a filter without a sample
//! fails the tests that use these.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{Actor, Answer, BACK, Contract, Org, PASSWORD};

/// One operation of the document.
#[derive(Clone)]
pub struct Route {
    pub method: Method,
    pub template: &'static str,
    pub operation: &'static Value,
}

impl Route {
    pub fn all() -> Vec<Self> {
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
    pub fn of_tenants() -> impl Iterator<Item = Self> {
        Self::all().into_iter().filter(Self::is_of_tenants)
    }

    pub fn is_of_tenants(&self) -> bool {
        self.template.starts_with("/v1/orgs/{org}")
    }

    pub fn is_public(&self) -> bool {
        self.operation["security"] == json!([])
    }

    /// Whether it takes an operator's token.
    pub fn is_by_operator(&self) -> bool {
        self.operation["security"] == json!([{ "operator": [] }])
    }

    /// The role that is enough.
    pub fn required(&self) -> &str {
        let role = self.operation["x-required-role"].as_str();
        role.unwrap_or_else(|| panic!("{self}: the document doesn't tell which role it takes"))
    }

    /// The schema of its body, if it takes one.
    pub fn body(&self) -> Option<&'static Value> {
        let request = self.operation.get("requestBody")?;
        Some(&request["content"]["application/json"]["schema"])
    }

    pub fn parameters(&self, place: &str) -> Vec<&'static str> {
        let all = self.operation["parameters"].as_array().unwrap();
        let there = all.iter().filter(|parameter| parameter["in"] == place);
        there.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    }

    /// The parameters of the path that name something in the organization.
    pub fn things(&self) -> Vec<&'static str> {
        self.parameters("path").into_iter().filter(|name| !matches!(*name, "org" | "emoji" | "seq")).collect()
    }

    /// Whether nobody may do it but who created the thing, whatever their role.
    pub fn is_for_authors(&self) -> bool {
        self.operation["x-permission"] == "comment.edit"
    }

    /// Whether it needs the permission of the change that it makes, and none of its own.
    pub fn is_undo(&self) -> bool {
        self.template.ends_with("/undo")
    }

    pub async fn asks(&self, who: &Actor, path: &str, body: Option<&Value>) -> Answer {
        who.send(self.method.clone(), path, &[], body.cloned()).await
    }

    pub async fn asks_malformed(&self, who: &Actor, path: &str) -> Answer {
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
pub struct Things {
    pub org: String,
    pub slug: String,
    pub founder: String,
    pub user: String,
    pub project: String,
    /// One of the project that can be deleted: no task is in it, and it isn't the last of its status.
    pub column: String,
    /// Another one of the project, in which its tasks are.
    pub neighbour: String,
    pub task: String,
    /// Another task of the project.
    pub parent: String,
    /// One that the task has.
    pub label: String,
    /// The founder's, on the task.
    pub comment: String,
    /// A link of the task.
    pub link: String,
    pub invitation: String,
    /// The number of the last change: the founder's, of the task.
    pub seq: String,
    /// The founder's.
    pub session: String,
    pub token: String,
}

impl Things {
    /// New ones: a member in a project, on a task, and an invitation.
    pub async fn of(org: &Org, label: usize) -> Self {
        let user = org.gets(&format!("User {label} of {}", org.slug), "member").await;
        // No other test gives a project this key, so that it names nothing in another organization.
        let key = format!("QQ{label}");
        let project = json!({ "name": format!("Project {label}"), "key": key });
        let project = org.founder.post(org.path("/projects"), project).await.is(201);
        org.founder.put(org.path(&format!("/projects/{key}/members/{}", user.id))).await.is(204);
        let tasks = org.path(&format!("/projects/{key}/tasks"));
        let parent = org.founder.post(&tasks, json!({ "title": "A parent" })).await.is(201);
        let named = org.label(&format!("Label {label}")).await;
        let task = json!({ "title": "A task", "assignee_ids": [user.id], "label_ids": [named] });
        let task = org.founder.post(&tasks, task).await.is(201);
        let columns = org.path(&format!("/projects/{key}/columns"));
        let neighbour = org.founder.get(&columns).await.is(200)["items"][0].clone();
        let column = json!({ "name": format!("Column {label}"), "status": "todo" });
        let column = org.founder.post(columns, column).await.is(201);
        let comments = org.path(&format!("/tasks/{}/comments", task["id"].as_str().unwrap()));
        let comment = org.founder.post(comments, json!({ "body": "A comment" })).await.is(201);
        let link = json!({ "kind": "relates_to", "task_id": parent["id"] });
        let links = org.path(&format!("/tasks/{}/links", task["id"].as_str().unwrap()));
        let link = org.founder.post(links, link).await.is(201);
        let invited = json!({ "email": format!("{label}.invited@{}.example", org.slug), "role": "member" });
        let invitation = org.founder.post(org.path("/invitations"), invited).await.is(201);
        let session = org.founder.get("/v1/me/sessions").await.is(200)["items"][0].clone();
        let token = json!({ "name": "Script", "scopes": ["read"] });
        let token = org.founder.post("/v1/me/tokens", token).await.is(201);
        let path = org.path(&format!("/tasks/{}", task["id"].as_str().unwrap()));
        org.founder.patch(path, json!({ "priority": "low" })).await.is(200);
        let id = |thing: &Value| thing["id"].as_str().unwrap().to_owned();
        Self {
            seq: org.last_seq().await.to_string(),
            org: org.id.clone(),
            slug: org.slug.clone(),
            founder: org.founder.id.clone(),
            user: user.id,
            project: id(&project),
            column: id(&column),
            neighbour: id(&neighbour),
            task: id(&task),
            parent: id(&parent),
            label: named,
            comment: id(&comment),
            link: id(&link),
            invitation: id(&invitation),
            session: id(&session),
            token: id(&token),
        }
    }

    /// What stands for a parameter, which comes behind a fixed part.
    fn sample(&self, before: &str, parameter: &str) -> &str {
        self.known(before, parameter)
            .unwrap_or_else(|| panic!("give this test a sample of {before}/{{{parameter}}}"))
    }

    /// The same, if there is one.
    pub fn known(&self, before: &str, parameter: &str) -> Option<&str> {
        match (before, parameter) {
            ("orgs", "org") => Some(&self.org),
            ("members" | "assignees" | "users", "user") => Some(&self.user),
            ("projects", "project") => Some(&self.project),
            ("tasks", "task") => Some(&self.task),
            ("columns", "id") => Some(&self.column),
            ("labels", "label") => Some(&self.label),
            ("comments", "id") => Some(&self.comment),
            ("links", "id") => Some(&self.link),
            ("activity", "seq") => Some(&self.seq),
            ("reactions", "emoji") => Some("%F0%9F%91%8D"),
            ("invitations", "id") => Some(&self.invitation),
            ("sessions", "id") => Some(&self.session),
            // Passkeys, identities and mails are asked for by real ids in their own files.
            ("tokens" | "passkeys" | "identities" | "mails", "id") => Some(&self.token),
            ("oidc" | "identities", "provider") => Some("work"),
            ("problems", "code") => Some("not_found"),
            _ => None,
        }
    }

    /// The thing whose row is in this table.
    pub fn of_table(&self, table: &str) -> Option<&str> {
        match table {
            "organizations" => Some(&self.org),
            "users" => Some(&self.user),
            "projects" => Some(&self.project),
            "tasks" => Some(&self.task),
            "board_columns" => Some(&self.column),
            "labels" => Some(&self.label),
            "comments" => Some(&self.comment),
            "task_links" => Some(&self.link),
            "invitations" => Some(&self.invitation),
            _ => None,
        }
    }

    /// The path of a route to these things.
    pub fn path(&self, route: &Route) -> String {
        self.path_but(route, "", "")
    }

    /// The same with a query: what the route can't do without, and this.
    pub fn path_with(&self, route: &Route, query: &str) -> String {
        let required = route.operation["parameters"].as_array().unwrap().iter();
        let required =
            required.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
        let required = required.map(|parameter| match parameter["name"].as_str().unwrap() {
            "q" => "q=task",
            name => panic!("give this test a sample of ?{name}="),
        });
        let parts: Vec<&str> = required.chain([query]).filter(|part| !part.is_empty()).collect();
        let path = self.path(route);
        if parts.is_empty() { path } else { format!("{path}?{}", parts.join("&")) }
    }

    /// The same, but for one parameter.
    pub fn path_but(&self, route: &Route, other: &str, value: &str) -> String {
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
    pub fn named(&self, name: &str) -> Option<&str> {
        match name.strip_prefix("not_").unwrap_or(name) {
            "reassign_to" => Some(&self.founder),
            "user_id"
            | "user"
            | "assignee_ids"
            | "add_assignee_ids"
            | "remove_assignee_ids"
            | "actor"
            | "assignee"
            | "creator"
            | "updated_by" => Some(&self.user),
            "confirm" => Some(&self.slug),
            "project" => Some(&self.project),
            "task" | "ids" => Some(&self.task),
            "parent_id" | "parent" | "task_id" | "before" | "after" => Some(&self.parent),
            "column" => Some(&self.column),
            "column_id" | "move_to" => Some(&self.neighbour),
            "label_ids" | "add_label_ids" | "remove_label_ids" | "label" => Some(&self.label),
            "limit" | "cursor" | "q" | "role" | "state" | "archived" | "status" | "priority"
            | "due_before" | "due_after" | "updated_after" | "overdue" | "blocked" | "sort" | "action"
            | "since" | "until" | "last_event_id" | "ticket" | "include" | "fields" | "order" | "dry_run"
            | "deleted" | "kind" | "days" | "time_zone" | "due" | "has" | "group_by" | "template" => None,
            _ => panic!("tell this test which id {name} takes"),
        }
    }
}

impl Things {
    /// The id that a field of a route's body takes.
    pub fn in_body(&self, route: &Route, field: &str) -> &str {
        let is_reply = route.template.ends_with("/comments") && field == "parent_id";
        let is_on_board = route.template.contains("/columns") && matches!(field, "before" | "after");
        let named = match (is_reply, is_on_board) {
            (true, _) => Some(self.comment.as_str()),
            (_, true) => Some(self.neighbour.as_str()),
            _ => self.named(field),
        };
        named.unwrap_or_else(|| panic!("tell this test which id {field} takes"))
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

/// The field by which what has a result for each of its things is refused as a whole, like everything else.
pub const WHOLE: &str = "atomic";

/// The least input that a schema takes.
pub fn good(schema: &'static Value, name: &str, things: &Things) -> Value {
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
            let mut fields = fields.collect::<Map<_, _>>();
            if schema["properties"].get(WHOLE).is_some() {
                fields.insert(WHOLE.into(), json!(true));
            }
            Value::Object(fields)
        }
        ("string", Some("uuid")) => json!(things.named(name)),
        ("string", Some("email")) => json!("somebody.new@example.com"),
        ("string", Some("password")) => json!(PASSWORD),
        ("string", Some("uri")) => json!(BACK),
        // That of an operation of a batch, whose method is the first of all.
        ("string", None) if name == "path" => json!(format!("/projects/{}/archive", things.project)),
        ("string", None) => json!("Something"),
        ("array", _) => json!([good(&schema["items"], name, things)]),
        (kind, format) => match schema.get("const") {
            Some(one) => one.clone(),
            None => panic!("tell this test what good input is for {name}: {kind} {format:?}"),
        },
    }
}

/// The fields of a body that take ids.
pub fn id_fields(schema: &'static Value) -> Vec<(&'static str, bool)> {
    let fields = resolved(schema)["properties"].as_object().into_iter().flatten();
    let takes_ids = |schema: &'static Value| {
        let (plain, items) = (resolved(schema), resolved(&resolved(schema)["items"]));
        let is_id = |schema: &Value| schema["format"] == "uuid";
        (is_id(plain) || is_id(items)).then(|| is_id(items))
    };
    // `id` is that of what is being made.
    let named = fields.filter(|(name, _)| *name != "id");
    named.filter_map(|(name, schema)| Some((name.as_str(), takes_ids(schema)?))).collect()
}
