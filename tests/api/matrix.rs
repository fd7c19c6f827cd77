//! Who may do what: every cell of the product's matrix, through HTTP, in a fresh session, a forgotten one and by an API token.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Actor, Answer, Org, TestApp, both_engines};

/// An organization with everybody who occurs in the matrix. Cora creates the projects and tasks, Asa is assigned.
struct World {
    acme: Org,
    actors: [Actor; 5],
    /// Nobody in particular, to be assigned and put into projects.
    zoe: Actor,
    /// Where the tasks are.
    shared: String,
    /// A task of the owner's, to link others to.
    other: String,
    /// How many came and are in no cell.
    met: AtomicUsize,
}

/// What somebody calls with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// A session that proved itself just now.
    Session,
    /// A session that proved itself ten minutes ago.
    ForgottenSession,
    ApiToken,
}

const ACTORS: [&str; 5] = ["owner", "admin", "uninvolved", "creator", "assignee"];

impl World {
    async fn new(app: &TestApp) -> Self {
        let owner = app.signs_up("Owen").await;
        let acme = owner.founds("Acme").await;
        let admin = acme.gets("Ada", "admin").await;
        let uninvolved = acme.gets("Uma", "member").await;
        let creator = acme.gets("Cora", "member").await;
        let assignee = acme.gets("Asa", "member").await;
        let zoe = acme.gets("Zoe", "member").await;
        let shared = id(&acme.project("Shared").await);
        let other = json!({ "title": "Other" });
        let other = id(&owner.post(acme.path(&format!("/projects/{shared}/tasks")), other).await.is(201));
        let actors = [owner, admin, uninvolved, creator, assignee];
        Self { actors, zoe, shared, other, acme, met: AtomicUsize::new(0) }
    }

    /// The same, where everybody in the matrix calls like this.
    async fn with(mut self, app: &TestApp, by: By) -> Self {
        if by == By::ForgottenSession {
            app.clock.advance(Duration::from_mins(10));
            self.acme.founder = self.acme.founder.again().await;
        }
        for actor in &mut self.actors {
            match by {
                By::Session => {}
                By::ForgottenSession => *actor = actor.refreshed().await,
                By::ApiToken => {
                    let body = json!({ "name": "Script", "scopes": ["read", "write"] });
                    let token = actor.post("/v1/me/tokens", body).await.is(201);
                    *actor = actor.with_token(token["token"].as_str().unwrap());
                }
            }
        }
        self
    }

    fn owner(&self) -> &Actor {
        &self.actors[0]
    }

    fn creator(&self) -> &Actor {
        &self.actors[3]
    }

    fn assignee(&self) -> &Actor {
        &self.actors[4]
    }

    async fn sets(&self, members_can_create_projects: bool, members_edit: &str) {
        let settings = json!({ "members_can_create_projects": members_can_create_projects, "members_edit": members_edit });
        self.owner().patch(self.acme.path(""), json!({ "settings": settings })).await.is(200);
    }

    /// A member with this role whom nobody has met.
    async fn somebody(&self, role: &str) -> Actor {
        self.acme.gets(&format!("Somebody {}", self.met.fetch_add(1, Ordering::Relaxed)), role).await
    }

    /// A project of Cora's.
    async fn project(&self, visibility: &str) -> String {
        let body = json!({ "name": "Any", "visibility": visibility });
        id(&self.creator().post(self.acme.path("/projects"), body).await.is(201))
    }

    async fn label(&self) -> String {
        let name = format!("Label {}", self.met.fetch_add(1, Ordering::Relaxed));
        id(&self.owner().post(self.acme.path("/labels"), json!({ "name": name })).await.is(201))
    }

    async fn task(&self, creator: &Actor, assignees: &[&Actor]) -> String {
        let assignees: Vec<&String> = assignees.iter().map(|user| &user.id).collect();
        let body = json!({ "title": "Any", "assignee_ids": assignees });
        id(&creator.post(self.acme.path(&format!("/projects/{}/tasks", self.shared)), body).await.is(201))
    }
}

impl World {
    /// The path of a new comment on a task.
    async fn comment(&self, author: &Actor, task: &str) -> String {
        let comments = format!("/tasks/{task}/comments");
        let made = author.post(self.acme.path(&comments), json!({ "body": "Any" })).await.is(201);
        format!("{comments}/{}", id(&made))
    }
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// The matrix. `a/b` is the status with the settings off and on; `!` marks what takes a proof. Zoe stands for others;
/// `{self}` for who asks.
///
/// `{newcomer}` is a member and `{second}` an owner whom nobody else in the matrix meets, `{address}` nobody's.
/// `{project}` and `{private}` are Cora's, with Zoe in `{joined}`; `{task}` is Cora's, with Asa on it; `{free}` is the
/// owner's, with nobody on it; `{mine}` is the owner's, with who asks on it. `{comment}` is Cora's, on such a task as `{task}`;
/// `{said}` is of who asks, on such a task as `{free}`. `{its}` is a label of `{task}`, `{column}` an empty column of `{project}`.
/// `{link}` is from such a task as `{task}` to `{other}`, the owner's, with nobody on it.
const MATRIX: &str = r#"
    # action                             owner admin uninvolved creator assignee
    GET                                  200 200 200 200 200
    GET /permissions                     200 200 200 200 200
    GET /members                         200 200 200 200 200
    GET /projects                        200 200 200 200 200
    GET /tasks                           200 200 200 200 200
    GET /activity                        200 200 200 200 200
    GET /security-log                    200 200 403 403 403
    GET /changes                         200 200 200 200 200
    GET /events                          200 200 200 200 200
    POST /events/ticket                  200 200 200 200 200
    GET /search?q=any                    200 200 200 200 200
    GET /trash                           200 200 200 200 200
    GET /labels                          200 200 200 200 200
    GET /labels/{label}                  200 200 200 200 200
    GET /stats                           200 200 200 200 200
    GET /projects/{project}              200 200 200 200 200
    GET /projects/{project}/members      200 200 200 200 200
    GET /projects/{project}/tasks        200 200 200 200 200
    GET /projects/{project}/columns      200 200 200 200 200
    GET /projects/{project}/activity     200 200 200 200 200
    GET /tasks/{task}                    200 200 200 200 200
    GET /tasks/{task}/activity           200 200 200 200 200
    GET /tasks/{task}/comments           200 200 200 200 200
    GET /tasks/{task}/timeline           200 200 200 200 200
    GET /tasks/{task}/assignable         200 200 200 200 200
    GET /tasks/{task}/links              200 200 200 200 200
    GET {link}                           200 200 200 200 200
    GET {comment}                        200 200 200 200 200

    PATCH|{"name":"New"}                 200 200 403 403 403
    PATCH|{"slug":"acme"}                200 200 403 403 403
    PATCH|{"settings":{}}                200 200 403 403 403
    GET /export                          200! 403 403 403 403
    DELETE ?dry_run=true                 200! 403 403 403 403

    GET /invitations                     200 200 403 403 403
    POST /invitations|{"email":"{address}","role":"admin"} 201 201 403 403 403
    POST /invitations|{"email":"{address}","role":"owner"} 201! 403 403 403 403
    PATCH /members/{newcomer}|{"role":"admin"} 200 200 403 403 403
    PATCH /members/{newcomer}|{"role":"owner"} 200! 403 403 403 403
    PATCH /members/{second}|{"role":"admin"} 200! 403 403 403 403
    DELETE /members/{newcomer}           204 204 403 403 403
    DELETE /members/{second}             204! 403 403 403 403

    POST /labels|{"name":"{address}"}    201 201 403 403 403
    PATCH /labels/{label}|{"description":"New"} 200 200 403 403 403
    DELETE /labels/{label}               204 204 403 403 403
    PUT /tasks/{task}/labels/{label}     200 200 403/200 200 200
    PUT /tasks/{free}/labels/{label}     200 200 403/200 403/200 403/200
    DELETE /tasks/{task}/labels/{its}    204 204 403/204 204 204

    POST /projects|{"name":"New"}        201 201 403/201 403/201 403/201
    POST /projects|{"name":"New","visibility":"private"} 201 201 403/201 403/201 403/201

    GET /projects/{private}              200 200 404 200 404
    GET /projects/{private}/members      200 200 404 200 404
    GET /projects/{private}/tasks        200 200 404 200 404
    GET /projects/{private}/columns      200 200 404 200 404
    GET /projects/{private}/activity     200 200 404 200 404
    PATCH /projects/{private}|{"name":"New"} 200 200 404 200 404
    POST /projects/{private}/archive     200 200 404 200 404
    PUT /projects/{private}/members/{zoe} 204 204 404 204 404
    DELETE /projects/{private}           204 204 404 403 404
    POST /projects/{private}/tasks|{"title":"New"} 201 201 404 201 404

    PATCH /projects/{project}|{"name":"New"} 200 200 403 200 403
    PATCH /projects/{project}|{"visibility":"private"} 200 200 403 200 403
    PATCH /projects/{project}|{"is_template":true} 200 200 403 200 403
    POST /projects/{project}/archive     200 200 403 200 403
    POST /projects/{project}/unarchive   200 200 403 200 403
    PUT /projects/{project}/members/{zoe} 204 204 403 204 403
    PUT /projects/{project}/members/{self} 204 204 403 204 403
    DELETE /projects/{joined}/members/{zoe} 204 204 403 204 403
    DELETE /projects/{project}           204 204 403 403 403
    POST /projects/{project}/columns|{"name":"New","status":"todo"} 201 201 403 201 403
    PATCH /projects/{project}/columns/{column}|{"name":"New"} 200 200 403 200 403
    DELETE /projects/{project}/columns/{column} 204 204 403 204 403

    POST /projects/{project}/tasks|{"title":"New"} 201 201 201 201 201
    PATCH /tasks/{task}|{"title":"New"}  200 200 403/200 200 200
    PATCH /tasks/{task}|{"status":"done"} 200 200 403/200 200 200
    PATCH /tasks/{task}|{"is_template":true} 200 200 403/200 200 200
    POST /tasks/{task}/move|{"status":"done"} 200 200 403/200 200 200
    PATCH /tasks/{task}|{"assignee_ids":[]} 200 200 403/200 200 200
    PUT /tasks/{task}/assignees/{zoe}    200 200 403/200 200 200
    DELETE /tasks/{task}/assignees/{asa} 204 204 403/204 204 204
    PUT /tasks/{task}/assignees/{self}   200 200 403/200 200 200
    PATCH /tasks/{free}|{"title":"New"}  200 200 403/200 403/200 403/200
    POST /tasks/{free}/duplicate|{}      201 201 201 201 201
    POST /tasks/{free}/move|{}           200 200 403/200 403/200 403/200
    PUT /tasks/{free}/assignees/{zoe}    200 200 403/200 403/200 403/200
    PUT /tasks/{free}/assignees/{self}   200 200 200 200 200
    PATCH /tasks/{mine}|{"title":"New"}  200 200 200 200 200
    PUT /tasks/{mine}/assignees/{zoe}    200 200 200 200 200
    DELETE /tasks/{mine}/assignees/{self} 204 204 204 204 204
    POST /tasks/{task}/links|{"kind":"blocks","task_id":"{other}"} 201 201 403/201 201 201
    POST /tasks/{free}/links|{"kind":"blocks","task_id":"{other}"} 201 201 403/201 403/201 403/201
    DELETE {link}                        204 204 403/204 204 204
    DELETE /tasks/{task}                 204 204 403 204 403
    DELETE /tasks/{free}                 204 204 403 403 403
    DELETE /tasks/{mine}                 204 204 403 403 403

    POST /tasks/{task}/comments|{"body":"New"} 201 201 201 201 201
    POST /tasks/{free}/comments|{"body":"New"} 201 201 201 201 201
    PATCH {comment}|{"body":"New"}       403 403 403 200 403
    PATCH {said}|{"body":"New"}          200 200 200 200 200
    DELETE {comment}                     204 204 403 204 403
    DELETE {said}                        204 204 204 204 204
    PUT {comment}/reactions/%F0%9F%91%8D 200 200 200 200 200
    DELETE {comment}/reactions/%F0%9F%91%8D 204 204 204 204 204
    PUT {comment}/resolved               200 200 403/200 200 200
    DELETE {comment}/resolved            204 204 403/204 204 204
    PUT {said}/resolved                  200 200 403/200 403/200 403/200
"#;

struct Row {
    method: Method,
    path: String,
    body: Option<String>,
    expected: [String; 5],
}

fn rows() -> impl Iterator<Item = Row> {
    let is_row = |line: &&str| !line.is_empty() && !line.starts_with('#');
    MATRIX.lines().map(str::trim).filter(is_row).map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (request, expected) = words.split_at(words.len() - 5);
        let (request, body) = request.join(" ").split_once('|').map_or_else(
            || (request.join(" "), None),
            |(request, body)| (request.to_owned(), Some(body.to_owned())),
        );
        let (method, path) = request.split_once(' ').unwrap_or((&request, ""));
        Row {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            body,
            expected: expected.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>().try_into().unwrap(),
        }
    })
}

/// Puts fresh things into a path, so that no attempt meets what another left.
async fn filled(world: &World, path: &str, actor: &Actor) -> String {
    let mut path = path.replace("{self}", &actor.id).replace("{zoe}", &world.zoe.id);
    path = path.replace("{asa}", &world.assignee().id);
    if path.contains("{label}") {
        path = path.replace("{label}", &world.label().await);
    }
    let fresh = |name: &str| path.contains(name);
    if fresh("{newcomer}") {
        path = path.replace("{newcomer}", &world.somebody("member").await.id);
    } else if fresh("{second}") {
        path = path.replace("{second}", &world.somebody("owner").await.id);
    } else if fresh("{private}") {
        path = path.replace("{private}", &world.project("private").await);
    } else if fresh("{project}") {
        let project = world.project("organization").await;
        if path.contains("{column}") {
            let columns = world.acme.path(&format!("/projects/{project}/columns"));
            let new = json!({ "name": "Any", "status": "todo" });
            path = path.replace("{column}", &id(&world.owner().post(columns, new).await.is(201)));
        }
        path = path.replace("{project}", &project);
    } else if fresh("{joined}") {
        let project = world.project("organization").await;
        let member = format!("/projects/{project}/members/{}", world.zoe.id);
        world.creator().put(world.acme.path(&member)).await.is(204);
        path = path.replace("{joined}", &project);
    } else if fresh("{its}") {
        let (task, label) = (world.task(world.creator(), &[world.assignee()]).await, world.label().await);
        world.owner().put(world.acme.path(&format!("/tasks/{task}/labels/{label}"))).await.is(200);
        path = path.replace("{its}", &label).replace("{task}", &task);
    } else if fresh("{task}") {
        path = path.replace("{task}", &world.task(world.creator(), &[world.assignee()]).await);
    } else if fresh("{free}") {
        path = path.replace("{free}", &world.task(world.owner(), &[]).await);
    } else if fresh("{mine}") {
        path = path.replace("{mine}", &world.task(world.owner(), &[actor]).await);
    } else if fresh("{comment}") {
        let task = world.task(world.creator(), &[world.assignee()]).await;
        path = path.replace("{comment}", &world.comment(world.creator(), &task).await);
    } else if fresh("{link}") {
        let task = world.task(world.creator(), &[world.assignee()]).await;
        let new = json!({ "kind": "relates_to", "task_id": world.other });
        let links = format!("/tasks/{task}/links");
        let made = world.owner().post(world.acme.path(&links), new).await.is(201);
        path = path.replace("{link}", &format!("{links}/{}", id(&made)));
    } else if fresh("{said}") {
        let task = world.task(world.owner(), &[]).await;
        path = path.replace("{said}", &world.comment(actor, &task).await);
    }
    world.acme.path(&path)
}

/// A refusal tells which role it takes and which one they have.
fn tells_the_role(answer: &Answer, actor: &str) {
    let role = if matches!(actor, "owner" | "admin") { actor } else { "member" };
    assert_eq!(answer.body["role"], role, "{}", answer.asked);
    let required = answer.body["required_role"].as_str();
    // Whoever may edit a comment is its author, in whatever role.
    let is_for_authors = answer.asked.starts_with("PATCH") && answer.asked.contains("/comments/");
    assert_eq!(is_for_authors, required == Some("member"), "{}", answer.body);
    assert!(is_for_authors || matches!(required, Some("owner" | "admin")), "{}", answer.body);
}

async fn the_cells_hold(app: TestApp, settings_are_on: bool, by: By) {
    let world = World::new(&app).await.with(&app, by).await;
    let mut wrong = Vec::new();
    for row in rows() {
        world.sets(true, "any").await;
        let mut paths = Vec::new();
        for actor in &world.actors {
            paths.push(filled(&world, &row.path, actor).await);
        }
        world.sets(settings_are_on, if settings_are_on { "any" } else { "assigned" }).await;
        for (((actor, name), path), expected) in world.actors.iter().zip(ACTORS).zip(paths).zip(&row.expected)
        {
            let (off, on) = expected.split_once('/').unwrap_or((expected, expected));
            let address = format!("somebody.{}@example.com", world.met.fetch_add(1, Ordering::Relaxed));
            let body = row.body.as_ref().map(|body| body.replace("{address}", &address));
            let body = body.map(|body| body.replace("{other}", &world.other));
            let body = body.map(|body| serde_json::from_str(&body).unwrap());
            let answer = actor.send(row.method.clone(), &path, &[], body).await;
            if answer.body["code"] == "forbidden" {
                tells_the_role(&answer, name);
            }
            let expected = match (if settings_are_on { on } else { off }).split_once('!') {
                Some((status, _)) if by == By::Session => status,
                Some(_) => {
                    let code = if by == By::ApiToken { "token_not_allowed" } else { "confirmation_required" };
                    assert_eq!(answer.body["code"], code, "{} {}", row.method, row.path);
                    "403"
                }
                None if settings_are_on => on,
                None => off,
            };
            if answer.status.to_string() != expected {
                wrong.push(format!(
                    "{} {}: {name} got {}, not {expected}",
                    row.method, row.path, answer.status
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What trying each named thing on a project takes.
fn on_project(name: &str, project: &str, zoe: &Actor) -> (Method, String, Option<Value>) {
    let path = format!("/projects/{project}");
    match name {
        "edit" => (Method::PATCH, path, Some(json!({ "name": "New" }))),
        "archive" => (Method::POST, format!("{path}/archive"), None),
        "delete" => (Method::DELETE, path, None),
        "manage_members" => (Method::PUT, format!("{path}/members/{}", zoe.id), None),
        "manage_columns" => {
            (Method::POST, format!("{path}/columns"), Some(json!({ "name": "New", "status": "todo" })))
        }
        "create_task" => (Method::POST, format!("{path}/tasks"), Some(json!({ "title": "New" }))),
        other => panic!("{other} isn't tried"),
    }
}

/// What trying each named thing on a task takes.
fn on_task(name: &str, task: &Value, actor: &Actor, zoe: &Actor) -> (Method, String, Option<Value>) {
    let path = format!("/tasks/{}", id(task));
    let is_on_it = task["assignees"].as_array().unwrap().contains(&actor.person());
    match name {
        "edit" => (Method::PATCH, path, Some(json!({ "title": "New" }))),
        "move" => (Method::POST, format!("{path}/move"), Some(json!({ "status": "review" }))),
        "assign" => (Method::PUT, format!("{path}/assignees/{}", zoe.id), None),
        "take" if is_on_it => (Method::DELETE, format!("{path}/assignees/{}", actor.id), None),
        "take" => (Method::PUT, format!("{path}/assignees/{}", actor.id), None),
        "delete" => (Method::DELETE, path, None),
        "comment" => (Method::POST, format!("{path}/comments"), Some(json!({ "body": "New" }))),
        other => panic!("{other} isn't tried"),
    }
}

/// What trying each named thing on a comment takes.
fn on_comment(name: &str) -> (Method, Option<Value>) {
    match name {
        "edit" => (Method::PATCH, Some(json!({ "body": "New" }))),
        "delete" => (Method::DELETE, None),
        other => panic!("{other} isn't tried"),
    }
}

fn can(object: &Value, name: &str) -> bool {
    object["can"].as_array().unwrap().contains(&json!(name))
}

async fn can_tells_the_truth(app: TestApp, members_edit: &str) {
    let world = World::new(&app).await;
    for (actor, who) in world.actors.iter().zip(ACTORS) {
        for name in ["edit", "archive", "delete", "manage_members", "manage_columns", "create_task"] {
            world.sets(true, members_edit).await;
            let project = world.project("organization").await;
            world.sets(false, members_edit).await;
            let seen = actor.get(world.acme.path(&format!("/projects/{project}"))).await.is(200);
            let (method, path, body) = on_project(name, &project, &world.zoe);
            let answer = actor.send(method, &world.acme.path(&path), &[], body).await;
            assert_eq!(can(&seen, name), answer.succeeded(), "{name} a project as {who}: {}", answer.body);
            assert!(answer.succeeded() || answer.status == 403, "{name} a project as {who}: {}", answer.body);
        }
        for name in ["edit", "move", "assign", "take", "delete", "comment"] {
            for kind in ["{task}", "{free}", "{mine}"] {
                world.sets(true, members_edit).await;
                let path = filled(&world, &format!("/tasks/{kind}"), actor).await;
                world.sets(false, members_edit).await;
                let seen = actor.get(path).await.is(200);
                let (method, path, body) = on_task(name, &seen, actor, &world.zoe);
                let answer = actor.send(method, &world.acme.path(&path), &[], body).await;
                assert_eq!(can(&seen, name), answer.succeeded(), "{name} {kind} as {who}: {}", answer.body);
                assert!(
                    answer.succeeded() || answer.status == 403,
                    "{name} {kind} as {who}: {}",
                    answer.body
                );
            }
        }
        for name in ["edit", "delete"] {
            let path = filled(&world, "/labels/{label}", actor).await;
            let seen = actor.get(&path).await.is(200);
            let answer = match name {
                "edit" => actor.patch(path, json!({ "description": "New" })).await,
                _ => actor.delete(path).await,
            };
            assert_eq!(can(&seen, name), answer.succeeded(), "{name} a label as {who}: {}", answer.body);
        }
        for (name, kind) in
            [("edit", "{comment}"), ("edit", "{said}"), ("delete", "{comment}"), ("delete", "{said}")]
        {
            let path = filled(&world, kind, actor).await;
            let seen = actor.get(&path).await.is(200);
            let (method, body) = on_comment(name);
            let answer = actor.send(method, &path, &[], body).await;
            assert_eq!(can(&seen, name), answer.succeeded(), "{name} {kind} as {who}: {}", answer.body);
            assert!(answer.succeeded() || answer.status == 403, "{name} {kind} as {who}: {}", answer.body);
        }
        for (on, name) in
            [(false, "create_project"), (true, "create_project"), (true, "edit"), (true, "manage_labels")]
        {
            world.sets(on, members_edit).await;
            let org = actor.get(world.acme.path("")).await.is(200);
            let (method, path) = match name {
                "edit" => (Method::PATCH, ""),
                "manage_labels" => (Method::POST, "/labels"),
                _ => (Method::POST, "/projects"),
            };
            let new = json!({ "name": format!("New of {who}") });
            let answer = actor.send(method, &world.acme.path(path), &[], Some(new)).await;
            assert_eq!(can(&org, name), answer.succeeded(), "{name} as {who}: {}", answer.body);
        }
    }
}

both_engines! {
    async fn every_cell_holds_with_the_settings_off(app: TestApp) {
        Box::pin(the_cells_hold(app, false, By::Session)).await;
    }

    async fn every_cell_holds_in_a_forgotten_session_but_for_what_takes_a_proof(app: TestApp) {
        Box::pin(the_cells_hold(app, false, By::ForgottenSession)).await;
    }

    async fn every_cell_holds_for_an_api_token_but_for_what_takes_a_proof(app: TestApp) {
        Box::pin(the_cells_hold(app, false, By::ApiToken)).await;
    }

    async fn every_cell_holds_with_the_settings_on(app: TestApp) {
        Box::pin(the_cells_hold(app, true, By::Session)).await;
    }

    async fn can_names_what_one_can_and_nothing_else(app: TestApp) {
        Box::pin(can_tells_the_truth(app, "assigned")).await;
    }

    async fn can_follows_the_setting(app: TestApp) {
        Box::pin(can_tells_the_truth(app, "any")).await;
    }

    async fn what_is_archived_can_be_brought_back_or_deleted_and_nothing_else(app: TestApp) {
        let world = World::new(&app).await;
        world.sets(true, "assigned").await;
        let project = world.project("organization").await;
        let path = world.acme.path(&format!("/projects/{project}"));
        let task = json!({ "title": "Any" });
        let task = id(&world.creator().post(format!("{path}/tasks"), task).await.is(201));
        world.owner().posts(format!("{path}/archive")).await.is(200);
        let expected = [json!(["archive", "delete"]), json!(["archive", "delete"]), json!([]), json!(["archive"]), json!([])];
        for (actor, expected) in world.actors.iter().zip(expected) {
            assert_eq!(actor.get(&path).await.is(200)["can"], expected, "{}", actor.name);
            let task = actor.get(world.acme.path(&format!("/tasks/{task}"))).await.is(200);
            assert_eq!(task["can"], json!([]), "{}", actor.name);
        }
        world.creator().posts(format!("{path}/unarchive")).await.is(200);
        world.owner().delete(path).await.is(204);
    }

    async fn the_same_object_has_the_same_can_wherever_it_is_shown(app: TestApp) {
        let world = World::new(&app).await;
        world.sets(true, "assigned").await;
        world.project("organization").await;
        for creator in [world.owner(), world.creator()] {
            world.task(creator, &[world.assignee()]).await;
            world.task(creator, &[]).await;
        }
        for actor in &world.actors {
            for list in ["/projects".to_owned(), "/tasks".into(), format!("/projects/{}/tasks", world.shared)] {
                for shown in actor.get(world.acme.path(&list)).await.is(200)["items"].as_array().unwrap() {
                    let kind = if shown["title"].is_string() { "tasks" } else { "projects" };
                    let alone = actor.get(world.acme.path(&format!("/{kind}/{}", id(shown)))).await.is(200);
                    assert_eq!(&alone, shown);
                }
            }
        }
    }
}
