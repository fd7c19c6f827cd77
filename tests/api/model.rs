//! Every list against a model: a random organization, in which people come and go, roles, projects and tasks change; and
//! what each of them must see of it, with every filter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{
    Actor, Collection, Dice, Listener, OFTEN, Org, Replica, TestApp, both_engines, each, node,
};

const STATUSES: [&str; 5] = ["todo", "in_progress", "review", "done", "cancelled"];
const PRIORITIES: [&str; 5] = ["none", "low", "medium", "high", "urgent"];
const DUES: [Option<&str>; 5] = [
    None,
    Some("2020-01-01T00:00:00Z"),
    Some("2021-01-01T00:00:00Z"),
    Some("2040-01-01T00:00:00Z"),
    Some("2041-01-01T00:00:00Z"),
];
const NOW: &str = "2030-01-01T00:00:00Z";

struct Person {
    actor: Actor,
    /// None while they aren't in the organization.
    role: Option<&'static str>,
}

struct Project {
    id: String,
    key: String,
    private: bool,
    template: bool,
    creator: String,
    members: BTreeSet<String>,
}

struct Task {
    id: String,
    key: String,
    /// Its place among the projects.
    project: usize,
    status: &'static str,
    priority: &'static str,
    due: Option<&'static str>,
    creator: String,
    assignees: BTreeSet<String>,
    labels: BTreeSet<String>,
    parent: Option<String>,
    /// Whether it is a template, or below one.
    template: bool,
    /// How many comments there are on it.
    comments: usize,
}

/// A comment that isn't deleted, or that has kept its place.
struct Comment {
    id: String,
    /// The task's id.
    task: String,
    author: String,
    parent: Option<String>,
    deleted: bool,
}

struct World {
    acme: Org,
    /// The founder first, who stays owner.
    people: Vec<Person>,
    /// What each of them keeps, by asking and by listening.
    copies: Vec<Replica>,
    listeners: Vec<Listener>,
    /// The same off the one stream of the organizations of somebody who comes and goes.
    collection: Collection,
    projects: Vec<Project>,
    tasks: Vec<Task>,
    labels: Vec<String>,
    comments: Vec<Comment>,
    /// The task of each comment that there ever was.
    commented: BTreeMap<String, String>,
    /// How much filtered lists showed, and hid.
    shown: usize,
    hidden: usize,
}

impl Person {
    fn id(&self) -> &String {
        &self.actor.id
    }

    fn sees_all(&self) -> bool {
        self.role.is_some_and(|role| role != "member")
    }

    fn sees(&self, project: &Project) -> bool {
        self.sees_all() || self.role.is_some() && (!project.private || project.members.contains(self.id()))
    }
}

fn is_open(status: &str) -> bool {
    !["done", "cancelled"].contains(&status)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn few<T: Clone>(dice: &mut Dice, of: &[T]) -> Vec<T> {
    let mut few = dice.some_of(of);
    few.truncate(1 + dice.below(2));
    few
}

/// How it comes about.
impl World {
    async fn new(app: &TestApp, dice: &mut Dice) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.lets_members_create_projects().await;
        let mut people = vec![Person { actor: ann, role: Some("owner") }];
        for name in ["Bob", "Cy", "Dee", "Eve", "Flo"] {
            let role = *dice.one_of(&["member", "member", "member", "admin"]);
            people.push(Person { actor: acme.gets(name, role).await, role: Some(role) });
        }
        let (projects, tasks, comments) = (Vec::new(), Vec::new(), Vec::new());
        let copies = people.iter().map(|person| Replica::of(&person.actor, &acme)).collect();
        let beating = node(app, OFTEN).await.address;
        let listener = |person: &Person| Listener::of(&person.actor.with_address(beating), &acme);
        let listeners = people.iter().map(listener).collect();
        people[1].actor.founds("Home").await.project("Garden").await;
        let collection = Collection::of(&people[1].actor);
        let mut labels = Vec::new();
        for name in ["Bug", "Idea", "Urgent"] {
            labels.push(acme.label(name).await);
        }
        let mut world = Self {
            acme,
            people,
            copies,
            listeners,
            collection,
            projects,
            tasks,
            labels,
            comments,
            commented: BTreeMap::new(),
            shown: 0,
            hidden: 0,
        };
        for n in 0..8 {
            world.makes_a_project(dice, n).await;
            for _ in 0..dice.below(5) {
                world.makes_a_task(dice, n).await;
            }
        }
        world
    }

    async fn makes_a_project(&mut self, dice: &mut Dice, n: usize) {
        let private = dice.once_in(2);
        let creator = &dice.one_of(&self.people).actor;
        let visibility = if private { "private" } else { "organization" };
        let body = json!({ "name": format!("Project {n}"), "visibility": visibility });
        let made = creator.post(self.acme.path("/projects"), body).await.is(201);
        let members = private.then(|| creator.id.clone()).into_iter().collect();
        let (id, key, creator) = (text(&made["id"]), text(&made["key"]), creator.id.clone());
        self.projects.push(Project { id, key, private, template: false, creator, members });
    }

    async fn makes_a_task(&mut self, dice: &mut Dice, project: usize) {
        let who_see: Vec<&Person> = self.who_see(project).collect();
        let creator = dice.one_of(&who_see);
        let assignees = if dice.once_in(3) { Vec::new() } else { few(dice, &who_see) };
        let (status, priority) = (*dice.one_of(&STATUSES), *dice.one_of(&PRIORITIES));
        let mut task = Task {
            id: String::new(),
            key: String::new(),
            project,
            status,
            priority,
            due: *dice.one_of(&DUES),
            creator: creator.id().clone(),
            assignees: assignees.into_iter().map(|person| person.id().clone()).collect(),
            labels: self.some_labels(dice),
            parent: self.a_parent(dice, project, ""),
            template: dice.once_in(5),
            comments: 0,
        };
        let mut body = task.body();
        body["title"] = json!("Any");
        match &task.parent {
            None => body["is_template"] = json!(task.template),
            parent => task.template = self.is_template(parent.as_ref()),
        }
        let path = self.acme.path(&format!("/projects/{}/tasks", self.projects[project].key));
        let made = creator.actor.post(path, body).await.is(201);
        (task.id, task.key) = (text(&made["id"]), text(&made["key"]));
        self.tasks.push(task);
    }

    /// Some labels, or none.
    fn some_labels(&self, dice: &mut Dice) -> BTreeSet<String> {
        if dice.once_in(2) { BTreeSet::new() } else { few(dice, &self.labels).into_iter().collect() }
    }

    fn who_see(&self, project: usize) -> impl Iterator<Item = &Person> {
        let project = &self.projects[project];
        self.people.iter().filter(|person| person.sees(project))
    }

    fn is_template(&self, task: Option<&String>) -> bool {
        self.tasks.iter().any(|one| Some(&one.id) == task && one.template)
    }

    /// None, or a task of the project that has none itself.
    fn a_parent(&self, dice: &mut Dice, project: usize, but: &str) -> Option<String> {
        let fit = |task: &&Task| task.project == project && task.parent.is_none() && task.id != but;
        let parents: Vec<&Task> = self.tasks.iter().filter(fit).collect();
        (!parents.is_empty() && dice.once_in(2)).then(|| dice.one_of(&parents).id.clone())
    }
}

impl Task {
    fn body(&self) -> Value {
        json!({
            "status": self.status, "priority": self.priority, "due_at": self.due, "assignee_ids": self.assignees,
            "parent_id": self.parent, "label_ids": self.labels,
        })
    }
}

/// How it changes.
impl World {
    async fn turns(&mut self, dice: &mut Dice) {
        match dice.below(14) {
            0 => self.closes_or_opens_a_project(dice).await,
            1 => self.puts_in_or_takes_out(dice).await,
            2 => self.changes_a_role(dice).await,
            3 => self.somebody_goes_or_comes(dice).await,
            4 | 5 => self.somebody_says_something(dice).await,
            6 => self.a_comment_changes(dice).await,
            7 => self.a_task_moves(dice).await,
            8 => self.a_task_changes_its_project(dice).await,
            9 => self.a_task_is_duplicated(dice).await,
            10 => self.a_project_is_marked_or_not(dice).await,
            11 => self.a_project_begins_after_another(dice).await,
            _ => self.changes_a_task(dice).await,
        }
        // Who is here is on nothing that they don't see.
        for task in &mut self.tasks {
            let project = &self.projects[task.project];
            let blind = self.people.iter().filter(|person| person.role.is_some() && !person.sees(project));
            for person in blind {
                task.assignees.remove(person.id());
            }
        }
    }

    async fn closes_or_opens_a_project(&mut self, dice: &mut Dice) {
        let at = dice.below(self.projects.len());
        let project = &mut self.projects[at];
        project.private = !project.private;
        let visibility = if project.private { "private" } else { "organization" };
        let path = self.acme.path(&format!("/projects/{}", project.key));
        self.acme.founder.patch(path, json!({ "visibility": visibility })).await.is(200);
        let creator = self.people.iter().find(|person| *person.id() == project.creator).unwrap();
        if project.private && creator.role.is_some() {
            project.members.insert(creator.id().clone());
        }
    }

    async fn puts_in_or_takes_out(&mut self, dice: &mut Dice) {
        let at = dice.below(self.projects.len());
        let here: Vec<&Person> = self.people.iter().filter(|person| person.role.is_some()).collect();
        let person = dice.one_of(&here).id().clone();
        let project = &mut self.projects[at];
        let member = self.acme.path(&format!("/projects/{}/members/{person}", project.key));
        if project.members.remove(&person) {
            assert!(self.acme.founder.delete(&member).await.succeeded());
        } else {
            self.acme.founder.put(&member).await.is(204);
            project.members.insert(person);
        }
    }

    async fn changes_a_role(&mut self, dice: &mut Dice) {
        let at = 1 + dice.below(self.people.len() - 1);
        let person = &mut self.people[at];
        let Some(role) = person.role else { return };
        let role = if role == "member" { "admin" } else { "member" };
        let path = self.acme.path(&format!("/members/{}", person.id()));
        self.acme.founder.patch(path, json!({ "role": role })).await.is(200);
        person.role = Some(role);
    }

    async fn somebody_goes_or_comes(&mut self, dice: &mut Dice) {
        let at = 1 + dice.below(self.people.len() - 1);
        if self.people[at].role.is_none() {
            self.acme.takes(&self.people[at].actor, "member").await;
            self.people[at].role = Some("member");
            return;
        }
        self.people[at].role = None;
        let here: Vec<&Person> = self.people.iter().filter(|person| person.role.is_some()).collect();
        let heir = dice.once_in(2).then(|| *dice.one_of(&here));
        let leaver = self.people[at].id();
        let query = heir.map(|heir| format!("?reassign_to={}", heir.id())).unwrap_or_default();
        let gone = self.acme.founder.delete(self.acme.path(&format!("/members/{leaver}{query}"))).await;
        assert!(gone.succeeded(), "{}", gone.body);
        for project in &mut self.projects {
            if project.members.remove(leaver) {
                project.members.extend(heir.map(|heir| heir.id().clone()));
            }
        }
        for task in self.tasks.iter_mut().filter(|task| is_open(task.status)) {
            let passes_on = task.assignees.remove(leaver);
            let heir = heir.filter(|heir| passes_on && heir.sees(&self.projects[task.project]));
            task.assignees.extend(heir.map(|heir| heir.id().clone()));
        }
    }

    async fn somebody_says_something(&mut self, dice: &mut Dice) {
        let at = dice.below(self.tasks.len());
        let task = &self.tasks[at];
        let who_see: Vec<&Person> = self.who_see(task.project).collect();
        let (author, mentioned) = (*dice.one_of(&who_see), *dice.one_of(&who_see));
        let is_root =
            |comment: &&Comment| comment.task == task.id && comment.parent.is_none() && !comment.deleted;
        let roots: Vec<&Comment> = self.comments.iter().filter(is_root).collect();
        let parent = (!roots.is_empty() && dice.once_in(2)).then(|| dice.one_of(&roots).id.clone());
        let body = json!({ "body": format!("Hello <@{}>", mentioned.id()), "parent_id": parent });
        let path = self.acme.path(&format!("/tasks/{}/comments", task.key));
        let made = author.actor.post(path, body).await.is(201);
        let (task, author) = (task.id.clone(), author.id().clone());
        self.commented.insert(text(&made["id"]), task.clone());
        self.comments.push(Comment { id: text(&made["id"]), task, author, parent, deleted: false });
        self.tasks[at].comments += 1;
    }

    async fn a_comment_changes(&mut self, dice: &mut Dice) {
        let written: Vec<usize> = (0..self.comments.len()).filter(|at| !self.comments[*at].deleted).collect();
        if written.is_empty() {
            return;
        }
        let at = *dice.one_of(&written);
        let comment = &self.comments[at];
        let path = self.acme.path(&format!("/tasks/{}/comments/{}", comment.task, comment.id));
        let task = self.tasks.iter_mut().find(|task| task.id == comment.task).unwrap();
        let author = self.people.iter().find(|person| *person.id() == comment.author).unwrap();
        match dice.below(4) {
            0 => drop(self.acme.founder.put(format!("{path}/reactions/%F0%9F%91%8D")).await.is(200)),
            1 if comment.parent.is_none() => {
                drop(self.acme.founder.put(format!("{path}/resolved")).await.is(200));
            }
            2 if author.sees(&self.projects[task.project]) => {
                drop(author.actor.patch(path, json!({ "body": "Edited" })).await.is(200));
            }
            _ => {
                self.acme.founder.delete(path).await.is(204);
                task.comments -= 1;
                let gone = self.comments.remove(at);
                let has_replies =
                    |id: &String, of: &[Comment]| of.iter().any(|one| one.parent.as_ref() == Some(id));
                if has_replies(&gone.id, &self.comments) {
                    self.comments.insert(at, Comment { deleted: true, ..gone });
                } else if let Some(parent) = gone.parent
                    && !has_replies(&parent, &self.comments)
                {
                    self.comments.retain(|one| one.id != parent || !one.deleted);
                }
            }
        }
    }

    /// To another place on its board.
    async fn a_task_moves(&mut self, dice: &mut Dice) {
        let task = dice.one_of(&self.tasks);
        let beside = |other: &&Task| (other.project, other.status) == (task.project, task.status);
        let others: Vec<&Task> =
            self.tasks.iter().filter(beside).filter(|other| other.id != task.id).collect();
        let body = match others.as_slice() {
            [] => json!({}),
            others => {
                let side = if dice.once_in(2) { "before" } else { "after" };
                json!({ side: dice.one_of(others).id })
            }
        };
        self.acme.founder.post(self.acme.path(&format!("/tasks/{}/move", task.id)), body).await.is(200);
    }

    /// With all that is below it.
    async fn a_task_changes_its_project(&mut self, dice: &mut Dice) {
        let at = dice.below(self.tasks.len());
        let project = dice.below(self.projects.len());
        if self.tasks[at].project == project {
            return;
        }
        let id = self.tasks[at].id.clone();
        let path = self.acme.path(&format!("/tasks/{id}/move"));
        self.acme.founder.post(path, json!({ "project": self.projects[project].id })).await.is(200);
        if self.tasks[at].parent.take().is_some() {
            self.tasks[at].template = false;
        }
        for task in self.tasks.iter_mut().filter(|task| task.id == id || task.parent.as_ref() == Some(&id)) {
            let shown = self.acme.founder.get(self.acme.path(&format!("/tasks/{}", task.id))).await.is(200);
            (task.project, task.key) = (project, text(&shown["key"]));
        }
    }

    async fn a_task_is_duplicated(&mut self, dice: &mut Dice) {
        let (at, to) = (dice.below(self.tasks.len()), dice.below(self.projects.len()));
        let original = &self.tasks[at];
        let parent = original.parent.clone().filter(|_| original.project == to);
        let path = self.acme.path(&format!("/tasks/{}/duplicate", original.id));
        let made = self.acme.founder.post(path, json!({ "project": self.projects[to].key })).await.is(201);
        let mut copies = vec![self.copy_of(original, &made, to, parent.clone())];
        copies.extend(self.copies_below(original, &made, to).await);
        let copies = self.worked(copies, parent.as_ref());
        self.tasks.extend(copies);
    }

    /// What the model makes of the copies of the tasks below one, in the order of their numbers.
    async fn copies_below(&self, original: &Task, copy: &Value, to: usize) -> Vec<Task> {
        let below = self.tasks.iter().filter(|task| task.parent.as_ref() == Some(&original.id));
        let path = format!("/tasks?sort=number&parent={}", copy["key"].as_str().unwrap());
        let made = self.acme.founder.walks(&self.acme.path(&path), 3).await;
        let below = by_number(below.collect());
        assert_eq!(made.len(), below.len(), "below {}", copy["key"]);
        let parent = text(&copy["id"]);
        below
            .into_iter()
            .zip(&made)
            .map(|(task, made)| self.copy_of(task, made, to, Some(parent.clone())))
            .collect()
    }

    fn copy_of(&self, original: &Task, made: &Value, project: usize, parent: Option<String>) -> Task {
        let sees = |id: &&String| self.who_see(project).any(|person| person.id() == *id);
        Task {
            id: text(&made["id"]),
            key: text(&made["key"]),
            project,
            status: if is_open(original.status) { original.status } else { "todo" },
            creator: self.acme.founder.id.clone(),
            assignees: original.assignees.iter().filter(sees).cloned().collect(),
            labels: original.labels.clone(),
            parent,
            comments: 0,
            ..*original
        }
    }

    /// What the model makes of a copy that isn't part of a new project: it is work, unless it is below a template.
    fn worked(&self, copies: impl IntoIterator<Item = Task>, parent: Option<&String>) -> Vec<Task> {
        let template = self.is_template(parent);
        copies.into_iter().map(|copy| Task { template, ..copy }).collect()
    }

    async fn a_project_is_marked_or_not(&mut self, dice: &mut Dice) {
        let at = dice.below(self.projects.len());
        let project = &mut self.projects[at];
        project.template = !project.template;
        let path = self.acme.path(&format!("/projects/{}", project.key));
        self.acme.founder.patch(path, json!({ "is_template": project.template })).await.is(200);
    }

    async fn a_project_begins_after_another(&mut self, dice: &mut Dice) {
        let (at, to) = (dice.below(self.projects.len()), self.projects.len());
        let (template, founder) = (&self.projects[at], self.acme.founder.clone());
        let body = json!({ "name": format!("Project {to}"), "template": template.key });
        let made = founder.post(self.acme.path("/projects"), body).await.is(201);
        let members = template.private.then(|| founder.id.clone()).into_iter().collect();
        let (id, key, private) = (text(&made["id"]), text(&made["key"]), template.private);
        let creator = founder.id.clone();
        self.projects.push(Project { id, key: key.clone(), private, template: false, creator, members });
        let made = founder.walks(&self.acme.path(&format!("/projects/{key}/tasks?sort=number")), 4).await;
        let originals = by_number(self.tasks.iter().filter(|task| task.project == at).collect());
        assert_eq!(made.len(), originals.len(), "{key}");
        let parent = |task: &Task| {
            let place = originals.iter().position(|above| Some(&above.id) == task.parent.as_ref());
            place.map(|place| text(&made[place]["id"]))
        };
        let copies =
            originals.iter().zip(&made).map(|(task, made)| self.copy_of(task, made, to, parent(task)));
        let copies: Vec<Task> = copies.collect();
        self.tasks.extend(copies);
    }

    async fn changes_a_task(&mut self, dice: &mut Dice) {
        let at = dice.below(self.tasks.len());
        let who_see: Vec<String> =
            self.who_see(self.tasks[at].project).map(|person| person.id().clone()).collect();
        let (project, id) = (self.tasks[at].project, self.tasks[at].id.clone());
        let has_children = self.tasks.iter().any(|task| task.parent.as_ref() == Some(&id));
        let parent = if has_children { None } else { self.a_parent(dice, project, &id) };
        let labels = self.some_labels(dice);
        let is_below = self.is_template(parent.as_ref());
        let task = &mut self.tasks[at];
        let mut marked = None;
        match dice.below(8) {
            0 => task.status = *dice.one_of(&STATUSES),
            1 => task.priority = *dice.one_of(&PRIORITIES),
            2 => task.due = *dice.one_of(&DUES),
            3 => task.assignees = few(dice, &who_see).into_iter().collect(),
            4 => task.labels = labels,
            5 | 6 if task.parent.is_none() => {
                task.template = !task.template;
                marked = Some(task.template);
            }
            _ => {
                task.template = is_below || task.template && task.parent.is_none() && parent.is_none();
                task.parent = parent;
            }
        }
        let mut body = task.body();
        if let Some(template) = marked {
            body["is_template"] = json!(template);
        }
        // Who is gone stays on what they did, and can't be put there.
        if !task.assignees.iter().all(|id| who_see.contains(id)) {
            body.as_object_mut().unwrap().remove("assignee_ids");
        }
        self.acme.founder.patch(self.acme.path(&format!("/tasks/{id}")), body).await.is(200);
        let template = self.is_template(Some(&id));
        for below in self.tasks.iter_mut().filter(|below| below.parent.as_ref() == Some(&id)) {
            below.template = template;
        }
    }
}

/// Orders the tasks of one project by number.
fn by_number(mut tasks: Vec<&Task>) -> Vec<&Task> {
    tasks.sort_by_key(|task| task.key.rsplit('-').next().unwrap().parse::<u64>().unwrap());
    tasks
}

/// A part of a query, and what it lets through.
struct Filter<T> {
    text: String,
    fits: Box<dyn Fn(&T) -> bool>,
}

impl<T> Filter<T> {
    fn new(name: &str, values: &[impl AsRef<str>], fits: impl Fn(&T) -> bool + 'static) -> Self {
        let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
        Self { text: format!("{name}={}", values.join(",")), fits: Box::new(fits) }
    }
}

fn query<T>(filters: &[Filter<T>]) -> String {
    filters.iter().map(|filter| filter.text.as_str()).collect::<Vec<_>>().join("&")
}

/// What may be asked of it.
impl World {
    /// The people and these words, some of them; and whom they mean to the asker.
    fn some_people(&self, dice: &mut Dice, words: &[&str], me: &str) -> (Vec<String>, Vec<String>) {
        let mut names: Vec<String> = self.people.iter().map(|person| person.id().clone()).collect();
        names.extend(words.iter().map(|word| (*word).to_owned()));
        let names = few(dice, &names);
        let meant =
            names.iter().map(|name| if name == "me" { me.to_owned() } else { name.clone() }).collect();
        (names, meant)
    }

    /// Some projects, each by its id or its key; and their ids.
    fn some_projects(&self, dice: &mut Dice) -> (Vec<String>, Vec<String>) {
        let ids: Vec<(String, String)> =
            self.projects.iter().map(|project| (project.id.clone(), project.key.clone())).collect();
        let some = few(dice, &ids);
        let names = some.iter().map(|(id, key)| if dice.once_in(2) { id.clone() } else { key.clone() });
        (names.collect(), some.iter().map(|(id, _)| id.clone()).collect())
    }

    fn some_tasks(&self, dice: &mut Dice) -> (Vec<String>, Vec<String>) {
        let ids: Vec<(String, String)> =
            self.tasks.iter().map(|task| (task.id.clone(), task.key.clone())).collect();
        let some = few(dice, &ids);
        let names = some.iter().map(|(id, key)| if dice.once_in(2) { id.clone() } else { key.clone() });
        (names.collect(), some.iter().map(|(id, _)| id.clone()).collect())
    }

    fn task_filter(&self, dice: &mut Dice, kind: usize, me: &str) -> Filter<Task> {
        let bound = dice.one_of(&DUES[1..]).unwrap();
        match kind {
            0 => {
                let some = dice.some_of(&STATUSES);
                Filter::new("status", &some.clone(), move |task: &Task| some.contains(&task.status))
            }
            1 => {
                let some = dice.some_of(&PRIORITIES);
                Filter::new("priority", &some.clone(), move |task: &Task| some.contains(&task.priority))
            }
            2 => {
                let (names, meant) = self.some_people(dice, &["me", "none"], me);
                Filter::new("assignee", &names, move |task: &Task| {
                    let is_free = task.assignees.is_empty() && meant.iter().any(|name| name == "none");
                    is_free || meant.iter().any(|id| task.assignees.contains(id))
                })
            }
            3 => {
                let (names, meant) = self.some_people(dice, &["me"], me);
                Filter::new("creator", &names, move |task: &Task| meant.contains(&task.creator))
            }
            4 => {
                let (names, ids) = self.some_projects(dice);
                let all: Vec<String> = self.projects.iter().map(|project| project.id.clone()).collect();
                Filter::new("project", &names, move |task: &Task| ids.contains(&all[task.project]))
            }
            5 => {
                let (mut names, ids) = self.some_tasks(dice);
                let top = dice.once_in(2);
                names.extend(top.then(|| "none".to_owned()));
                Filter::new("parent", &names, move |task: &Task| {
                    task.parent.as_ref().map_or(top, |parent| ids.contains(parent))
                })
            }
            6 => Filter::new("due_before", &[bound], move |task: &Task| {
                task.due.is_some_and(|due| due < bound)
            }),
            9 => {
                let mut names = few(dice, &self.labels);
                names.extend(dice.once_in(2).then(|| "none".to_owned()));
                Filter::new("label", &names.clone(), move |task: &Task| {
                    let is_bare = task.labels.is_empty() && names.iter().any(|name| name == "none");
                    is_bare || names.iter().any(|id| task.labels.contains(id))
                })
            }
            7 => Filter::new("due_after", &[bound], move |task: &Task| {
                task.due.is_some_and(|due| due >= bound)
            }),
            8 => {
                let wanted = dice.once_in(2);
                let templates = self.templates();
                Filter::new("template", &[wanted.to_string()], move |task: &Task| {
                    wanted == (task.template || templates.contains(&task.project))
                })
            }
            _ => {
                let wanted = dice.once_in(2);
                let templates = self.templates();
                Filter::new("overdue", &[wanted.to_string()], move |task: &Task| {
                    let is_late =
                        is_open(task.status) && !task.template && task.due.is_some_and(|due| due < NOW);
                    wanted == (is_late && !templates.contains(&task.project))
                })
            }
        }
    }

    /// The places of the templates among the projects.
    fn templates(&self) -> Vec<usize> {
        (0..self.projects.len()).filter(|at| self.projects[*at].template).collect()
    }

    fn entry_filter(&self, dice: &mut Dice, kind: usize, all: &[Value]) -> Filter<Value> {
        match kind {
            0 => {
                let (names, ids) = self.some_projects(dice);
                Filter::new("project", &names, move |entry: &Value| {
                    ids.iter().any(|id| entry["project_id"] == **id)
                })
            }
            1 => {
                let (names, ids) = self.some_tasks(dice);
                let commented = self.commented.clone();
                Filter::new("task", &names, move |entry: &Value| {
                    let subject = entry["subject"]["id"].as_str().unwrap();
                    ids.iter().any(|id| id == commented.get(subject).map_or(subject, String::as_str))
                })
            }
            2 => {
                let (names, ids) = self.some_people(dice, &[], "");
                Filter::new("actor", &names, move |entry: &Value| {
                    ids.iter().any(|id| entry["actor"]["id"] == **id)
                })
            }
            _ => {
                let some = [text(&dice.one_of(all)["action"]), text(&dice.one_of(all)["action"])];
                Filter::new("action", &some.clone(), move |entry: &Value| {
                    some.iter().any(|action| entry["action"] == **action)
                })
            }
        }
    }
}

/// How many of these tasks stand where, and are overdue.
fn tally(tasks: &[&Task], of: impl Fn(&Task) -> bool) -> Value {
    let of: Vec<&&Task> = tasks.iter().filter(|task| of(task)).collect();
    let count = |status: &str| of.iter().filter(|task| task.status == status).count();
    let is_overdue = |task: &&&&Task| is_open(task.status) && task.due.is_some_and(|due| due < NOW);
    json!({
        "task_counts": { "todo": count("todo"), "in_progress": count("in_progress"), "review": count("review"), "done": count("done"), "cancelled": count("cancelled") },
        "overdue": of.iter().filter(is_overdue).count(),
    })
}

fn by_text(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(|value| value["assignee"].to_string());
    values
}

fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}

/// What it shows.
impl World {
    async fn shows_what_the_model_says(&mut self, dice: &mut Dice) {
        let all = self.acme.founder.walks(&self.acme.path("/activity?"), 200).await;
        self.collection.hears_all().await;
        self.collection.is_true().await;
        for at in 0..self.people.len() {
            let person = &self.people[at];
            if person.role.is_none() {
                for list in ["/projects", "/tasks", "/activity", "/stats", "/trash"] {
                    person.actor.get(self.acme.path(list)).await.refuses(404, "not_found");
                }
                continue;
            }
            self.copies[at].syncs(1 + dice.below(60)).await;
            self.copies[at].is_true().await;
            if let Some(last) = all.first() {
                self.listeners[at].hears_up_to(last["seq"].as_i64().unwrap()).await;
                self.listeners[at].copy.is_true().await;
            }
            self.shows_projects(person).await;
            self.shows_figures(dice, person).await;
            let readable = self.readable(person, &all);
            let shown = person.actor.walks(&self.acme.path("/activity?"), 17).await;
            assert_eq!(shown, readable, "the activity of {}", person.actor.name);
            if let Some(last) = readable.last() {
                let since = last["seq"].as_i64().unwrap() - 1;
                let mut following = person.actor.follows(&self.acme, &format!("last_event_id={since}")).await;
                let mut followed = following.entries(readable.len()).await;
                followed.reverse();
                assert_eq!(followed, readable, "the events of {}", person.actor.name);
            }
            for _ in 0..5 {
                let (shown, hidden) = self.filters_tasks(dice, person).await;
                let (told, untold) = self.filters_activity(dice, person, &all).await;
                self.shown += shown.min(1) + told.min(1);
                self.hidden += hidden.min(1) + untold.min(1);
            }
        }
    }

    async fn shows_projects(&self, person: &Person) {
        let (actor, visible) = (&person.actor, self.projects.iter().filter(|project| person.sees(project)));
        let visible: Vec<&Project> = visible.collect();
        let shown = json!(actor.walks(&self.acme.path("/projects?"), 3).await);
        let keys: Vec<String> = visible.iter().map(|project| project.key.clone()).collect();
        assert_eq!(each(&shown, "/key"), keys, "the projects of {}", actor.name);
        for (shown, project) in shown.as_array().unwrap().iter().zip(&visible) {
            assert_eq!(shown["is_template"], project.template, "{}", project.key);
            let of = self.tasks.iter().filter(|task| shown["id"] == *self.projects[task.project].id);
            let of: Vec<&Task> = of.collect();
            for status in STATUSES {
                let count = of.iter().filter(|task| task.status == status && !task.template).count();
                assert_eq!(shown["task_counts"][status], count);
            }
        }
        for project in &self.projects {
            let status = actor.get(self.acme.path(&format!("/projects/{}", project.id))).await.status;
            assert_eq!(status, if person.sees(project) { 200 } else { 404 });
        }
        let shown = json!(actor.walks(&self.acme.path("/tasks?"), 5).await);
        let visible = self.tasks.iter().filter(|task| person.sees(&self.projects[task.project]));
        let visible = sorted(visible.map(|task| task.key.clone()).collect());
        assert_eq!(sorted(each(&shown, "/key")), visible, "the tasks of {}", actor.name);
        for shown in shown.as_array().unwrap() {
            let task = self.tasks.iter().find(|task| shown["id"] == *task.id).unwrap();
            assert_eq!(shown["comment_count"], task.comments, "{}", task.key);
            assert_eq!(shown["is_template"], task.template && task.parent.is_none(), "{}", task.key);
            let below = self.tasks.iter().filter(|below| below.parent.as_ref() == Some(&task.id));
            let done = below.clone().filter(|below| below.status == "done").count();
            assert_eq!(
                shown["subtask_counts"],
                json!({ "total": below.count(), "done": done }),
                "{}",
                task.key
            );
        }
        let hello = json!(actor.walks(&self.acme.path("/search?q=hello&kind=comment"), 7).await);
        let found: BTreeSet<String> = each(&hello, "/id").into_iter().collect();
        for task in &self.tasks {
            let on_it = self.comments.iter().filter(|comment| comment.task == task.id);
            let path = self.acme.path(&format!("/tasks/{}/comments", task.id));
            if !person.sees(&self.projects[task.project]) {
                actor.get(path).await.refuses(404, "not_found");
                assert!(on_it.clone().all(|comment| !found.contains(&comment.id)));
                continue;
            }
            let listed = json!(actor.walks(&format!("{path}?"), 2).await);
            let on_it: Vec<&str> = on_it.map(|comment| comment.id.as_str()).collect();
            assert_eq!(each(&listed, "/id"), on_it, "{path} for {}", actor.name);
            for comment in listed.as_array().unwrap() {
                let is_greeting = comment["body"].as_str().unwrap().starts_with("Hello");
                assert_eq!(found.contains(comment["id"].as_str().unwrap()), is_greeting, "{comment}");
            }
        }
        // All tasks have the same title, and all projects a word of their name.
        for (word, expected) in [("any", visible), ("project", sorted(keys))] {
            let found = json!(actor.walks(&self.acme.path(&format!("/search?q={word}")), 7).await);
            assert_eq!(sorted(each(&found, "/object/key")), expected, "what {} finds", actor.name);
        }
    }

    /// The figures of everything that they see, or of some projects.
    async fn shows_figures(&self, dice: &mut Dice, person: &Person) {
        let some = dice.once_in(2).then(|| self.some_projects(dice));
        let query =
            some.as_ref().map(|(names, _)| format!("?project={}", names.join(","))).unwrap_or_default();
        let path = self.acme.path(&format!("/stats{query}"));
        let shown = person.actor.get(&path).await.is(200);
        let wanted = |project: &Project| {
            person.sees(project)
                && !project.template
                && some.as_ref().is_none_or(|(_, ids)| ids.contains(&project.id))
        };
        let is_work = |task: &&Task| !task.template && wanted(&self.projects[task.project]);
        let tasks: Vec<&Task> = self.tasks.iter().filter(is_work).collect();
        let all = tally(&tasks, |_| true);
        assert_eq!(
            (&shown["by_status"], &shown["overdue"]),
            (&all["task_counts"], &all["overdue"]),
            "{path}"
        );
        let by_priority = PRIORITIES.map(|priority| {
            let mut of = tally(&tasks, |task| task.priority == priority);
            of["priority"] = json!(priority);
            of
        });
        assert_eq!(shown["by_priority"], json!(by_priority), "{path}");
        let by_project = self.projects.iter().enumerate().filter(|(_, project)| wanted(project));
        let by_project = by_project.map(|(at, project)| {
            let mut of = tally(&tasks, |task| task.project == at);
            of["project"] = json!({ "id": project.id, "key": project.key, "name": format!("Project {at}") });
            of
        });
        assert_eq!(shown["by_project"], json!(by_project.collect::<Vec<_>>()), "{path}");
        let people = self.people.iter().map(|person| person.actor.person());
        let by_assignee = people.chain([Value::Null]).filter_map(|assignee| {
            let has = |task: &Task| match assignee["id"].as_str() {
                Some(id) => task.assignees.contains(id),
                None => task.assignees.is_empty(),
            };
            let mut of = tally(&tasks, has);
            of["assignee"] = assignee.clone();
            tasks.iter().any(|task| has(task)).then_some(of)
        });
        let shown = shown["by_assignee"].as_array().unwrap();
        assert_eq!(by_text(shown.clone()), by_text(by_assignee.collect()), "{path}");
        let open =
            |of: &Value| ["todo", "in_progress", "review"].map(|it| of["task_counts"][it].as_i64().unwrap());
        let places: Vec<(bool, i64)> =
            shown.iter().map(|of| (of["assignee"].is_null(), -open(of).iter().sum::<i64>())).collect();
        assert!(places.is_sorted(), "{path}");
    }

    /// The entries that somebody may read, as they read them. Of a task, they have to see the project that it is in now, too.
    fn readable(&self, person: &Person, all: &[Value]) -> Vec<Value> {
        let visible = |id: &str| self.projects.iter().any(|project| project.id == id && person.sees(project));
        let readable = all.iter().filter(|entry| match entry["project_id"].as_str() {
            Some(id) => {
                visible(id)
                    && self.task_of(entry).is_none_or(|task| person.sees(&self.projects[task.project]))
            }
            None => person.sees_all() || entry["subject"]["kind"] != "invitation",
        });
        let shown = readable.map(|entry| {
            let mut shown = entry.clone();
            if entry["changes"]["project"]["from"].as_str().is_some_and(|left| !visible(left)) {
                shown["changes"]["project"]["from"] = Value::Null;
                shown["changes"]["key"]["from"] = Value::Null;
                for field in ["parent_id", "column"] {
                    if let Some(change) = shown["changes"].get_mut(field) {
                        change["from"] = Value::Null;
                    }
                }
                let (who, what) = (text(&entry["actor"]["name"]), text(&entry["subject"]["label"]));
                shown["summary"] = json!(format!("{who} moved {what} here from another project"));
            }
            shown
        });
        shown.collect()
    }

    /// The task that an entry is about.
    fn task_of(&self, entry: &Value) -> Option<&Task> {
        let subject = entry["subject"]["id"].as_str()?;
        let id = match entry["subject"]["kind"].as_str()? {
            "task" => subject,
            "comment" => self.commented.get(subject)?,
            _ => return None,
        };
        self.tasks.iter().find(|task| task.id == id)
    }

    /// How many tasks some filters find, and how many more they would if everybody saw everything.
    async fn filters_tasks(&self, dice: &mut Dice, person: &Person) -> (usize, usize) {
        let kinds = few(dice, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).into_iter();
        let filters: Vec<_> = kinds.map(|kind| self.task_filter(dice, kind, person.id())).collect();
        let path = self.acme.path(&format!("/tasks?{}", query(&filters)));
        let shown = sorted(each(&json!(person.actor.walks(&path, 4).await), "/key"));
        let fitting = self.tasks.iter().filter(|task| filters.iter().all(|filter| (filter.fits)(task)));
        let (visible, hidden): (Vec<&Task>, Vec<&Task>) =
            fitting.partition(|task| person.sees(&self.projects[task.project]));
        let visible = visible.into_iter().map(|task| task.key.clone()).collect();
        assert_eq!(shown, sorted(visible), "{path} for {}", person.actor.name);
        (shown.len(), hidden.len())
    }

    async fn filters_activity(&self, dice: &mut Dice, person: &Person, all: &[Value]) -> (usize, usize) {
        let kinds = few(dice, &[0, 1, 2, 3]).into_iter();
        let filters: Vec<_> = kinds.map(|kind| self.entry_filter(dice, kind, all)).collect();
        let path = self.acme.path(&format!("/activity?{}", query(&filters)));
        let shown = person.actor.walks(&path, 9).await;
        let fits = |entry: &&Value| filters.iter().all(|filter| (filter.fits)(entry));
        let readable = self.readable(person, all);
        let expected: Vec<&Value> = readable.iter().filter(fits).collect();
        assert_eq!(shown.iter().collect::<Vec<_>>(), expected, "{path} for {}", person.actor.name);
        (shown.len(), all.iter().filter(fits).count() - shown.len())
    }
}

async fn the_model_holds(app: TestApp, seed: u64) {
    let dice = &mut Dice(seed);
    let mut world = World::new(&app, dice).await;
    world.shows_what_the_model_says(dice).await;
    for _ in 0..5 {
        for _ in 0..6 {
            world.turns(dice).await;
        }
        world.shows_what_the_model_says(dice).await;
    }
    assert!(
        world.shown > 100 && world.hidden > 40,
        "{} lists showed something, {} hid something",
        world.shown,
        world.hidden
    );
}

both_engines! {
    async fn every_list_shows_what_the_model_says_while_sight_changes(app: TestApp) {
        Box::pin(the_model_holds(app, 1)).await;
    }

    async fn every_list_shows_what_the_model_says_in_another_organization(app: TestApp) {
        Box::pin(the_model_holds(app, 2)).await;
    }
}
