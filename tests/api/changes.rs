//! Changes: a client that keeps a copy has, after each sync, what it would be shown; and learns of nothing else.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use guildhall::app::Choices;

use crate::support::{
    Actor, Collection, Dice, Listener, OFTEN, Org, Replica, TestApp, both_engines, each, node,
};

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

/// An organization to which anything may happen.
struct World {
    acme: Org,
    people: Vec<Actor>,
    projects: Vec<String>,
    tasks: Vec<String>,
    labels: Vec<String>,
    /// Paths of comments.
    comments: Vec<String>,
}

impl World {
    async fn of(app: &TestApp) -> Self {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut people = vec![ann];
        for (name, role) in [("Ada", "admin"), ("Mia", "member"), ("Max", "member")] {
            people.push(acme.gets(name, role).await);
        }
        Self {
            acme,
            people,
            projects: Vec::new(),
            tasks: Vec::new(),
            labels: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Something happens, if it can.
    async fn turns(&mut self, dice: &mut Dice) {
        let ann = self.acme.founder.clone();
        let (user, project) = (dice.one_of(&self.people[1..]).clone(), self.a_project(dice));
        let task = if self.tasks.is_empty() { "none".into() } else { dice.one_of(&self.tasks).clone() };
        let visibility = *dice.one_of(&["organization", "private"]);
        let at = |rest: String| self.acme.path(&rest);
        let send = async |method: Method, path: String, body: Option<Value>| {
            ann.send(method, &path, &[], body).await
        };
        let (post, patch, put, delete) = (Method::POST, Method::PATCH, Method::PUT, Method::DELETE);
        let answer = match dice.below(35) {
            0 | 1 => {
                let new = json!({ "name": "Project", "visibility": visibility });
                let made = send(post, at("/projects".into()), Some(new)).await;
                self.projects.push(id(&made.body));
                made
            }
            2..=5 => {
                let above = if dice.once_in(2) { json!(task) } else { Value::Null };
                let new = json!({ "title": "Task", "parent_id": above });
                let made = send(post, at(format!("/projects/{project}/tasks")), Some(new)).await;
                self.tasks.extend(made.succeeded().then(|| id(&made.body)));
                made
            }
            6 => {
                send(patch, at(format!("/projects/{project}")), Some(json!({ "visibility": visibility })))
                    .await
            }
            7 => {
                let key = format!("K{}", dice.below(100_000));
                send(patch, at(format!("/projects/{project}")), Some(json!({ "key": key }))).await
            }
            8 => send(post, at(format!("/projects/{project}/archive")), None).await,
            9 => send(post, at(format!("/projects/{project}/unarchive")), None).await,
            10 => send(delete, at(format!("/projects/{project}")), None).await,
            11 => send(post, at(format!("/projects/{project}/restore")), None).await,
            12 => send(put, at(format!("/projects/{project}/members/{}", user.id)), None).await,
            13 => send(delete, at(format!("/projects/{project}/members/{}", user.id)), None).await,
            14 => send(delete, at(format!("/tasks/{task}")), None).await,
            15 => send(post, at(format!("/tasks/{task}/restore")), None).await,
            16 => {
                send(
                    patch,
                    at(format!("/tasks/{task}")),
                    Some(json!({ "status": dice.one_of(&["todo", "review", "done"]), "priority": "high" })),
                )
                .await
            }
            17 => send(put, at(format!("/tasks/{task}/assignees/{}", user.id)), None).await,
            18 => {
                let settings = json!({ "members_edit": dice.one_of(&["any", "assigned"]) });
                send(patch, at(String::new()), Some(json!({ "settings": settings }))).await
            }
            19 => self.changes_a_membership(dice, &user).await,
            20..=22 => {
                let of_task = |path: &&String| path.contains(&task);
                let roots: Vec<&str> =
                    self.comments.iter().filter(of_task).filter_map(|it| it.rsplit('/').next()).collect();
                let above = if roots.is_empty() || dice.once_in(2) {
                    Value::Null
                } else {
                    json!(dice.one_of(&roots))
                };
                let comments = at(format!("/tasks/{task}/comments"));
                let body = json!({ "body": format!("Hello <@{}>", ann.id), "parent_id": above });
                let made = send(post, comments.clone(), Some(body)).await;
                self.comments.extend(made.succeeded().then(|| format!("{comments}/{}", id(&made.body))));
                made
            }
            23..=25 => self.labels(dice, &task).await,
            26 | 27 if !self.tasks.is_empty() => {
                let above = if dice.once_in(3) { Value::Null } else { json!(dice.one_of(&self.tasks)) };
                send(patch, at(format!("/tasks/{task}")), Some(json!({ "parent_id": above }))).await
            }
            28..=31 if !self.tasks.is_empty() => self.links_or_unlinks(dice, &task).await,
            _ => self.changes_a_comment(dice).await,
        };
        assert!(answer.succeeded() || [404, 409, 422].contains(&answer.status), "{answer:?}");
    }

    async fn labels(&mut self, dice: &mut Dice, task: &str) -> crate::support::Answer {
        let (ann, name) = (self.acme.founder.clone(), format!("Label {}", dice.below(20)));
        if self.labels.len() < 3 {
            let made = ann.post(self.acme.path("/labels"), json!({ "name": name })).await;
            self.labels.extend(made.succeeded().then(|| id(&made.body)));
            return made;
        }
        let label = dice.one_of(&self.labels).clone();
        let (path, on) =
            (self.acme.path(&format!("/labels/{label}")), format!("/tasks/{task}/labels/{label}"));
        match dice.below(6) {
            0 => ann.patch(path, json!({ "name": name })).await,
            1 => ann.patch(path, json!({ "description": name })).await,
            2 => {
                self.labels.retain(|other| *other != label);
                ann.delete(path).await
            }
            3 => ann.delete(self.acme.path(&on)).await,
            _ => ann.put(self.acme.path(&on)).await,
        }
    }

    async fn links_or_unlinks(&self, dice: &mut Dice, task: &str) -> crate::support::Answer {
        let (ann, links) = (&self.acme.founder, self.acme.path(&format!("/tasks/{task}/links")));
        let there = ann.get(&links).await;
        if let Some(link) = there.body["items"][0]["id"].as_str().filter(|_| dice.once_in(4)) {
            return ann.delete(format!("{links}/{link}")).await;
        }
        let kind = dice.one_of(&["blocks", "blocked_by", "relates_to"]);
        ann.post(links, json!({ "kind": kind, "task_id": dice.one_of(&self.tasks) })).await
    }

    async fn changes_a_comment(&self, dice: &mut Dice) -> crate::support::Answer {
        let ann = &self.acme.founder;
        let none = self.acme.path("/tasks/none/comments/none");
        let path = if self.comments.is_empty() { &none } else { dice.one_of(&self.comments) };
        match dice.below(5) {
            0 => ann.patch(path, json!({ "body": format!("Edited {}", dice.below(1000)) })).await,
            1 => ann.put(format!("{path}/reactions/%F0%9F%91%8D")).await,
            2 => ann.put(format!("{path}/resolved")).await,
            _ => ann.delete(path).await,
        }
    }

    fn a_project(&self, dice: &mut Dice) -> String {
        if self.projects.is_empty() { "none".into() } else { dice.one_of(&self.projects).clone() }
    }

    async fn changes_a_membership(&self, dice: &mut Dice, user: &Actor) -> crate::support::Answer {
        let (ann, member) = (&self.acme.founder, self.acme.path(&format!("/members/{}", user.id)));
        match dice.below(3) {
            0 => ann.patch(member, json!({ "role": dice.one_of(&["admin", "member", "owner"]) })).await,
            1 => ann.delete(member).await,
            _ => {
                if ann.get(&member).await.status == 404 {
                    self.acme.takes(user, "member").await;
                }
                ann.get(member).await
            }
        }
    }
}

async fn copies_stay_true(app: TestApp, seed: u64) {
    let dice = &mut Dice(seed);
    let mut world = World::of(&app).await;
    let mut replicas: Vec<Replica> =
        world.people.iter().map(|actor| Replica::of(actor, &world.acme)).collect();
    // Each has another copy that lives off the stream alone.
    let beating = node(&app, OFTEN).await.address;
    let mut listeners: Vec<Listener> =
        world.people.iter().map(|actor| Listener::of(&actor.with_address(beating), &world.acme)).collect();
    // And one of everything that they see, with an organization of their own, and another of it off the stream alone.
    let (mut homes, mut collections) = (Vec::new(), Vec::new());
    for person in &world.people {
        homes.push(person.founds("Home").await);
        homes[homes.len() - 1].project("Garden").await;
        collections.push([Collection::of(person), Collection::of(person)]);
    }
    for _ in 0..25 {
        for _ in 0..6 {
            world.turns(dice).await;
        }
        // Guests come and go, and something happens at home.
        let (home, guest) = (dice.one_of(&homes), dice.one_of(&world.people));
        let role = *dice.one_of(&["member", "admin"]);
        home.task("GAR", "Weed it").await;
        if home.founder.id != guest.id {
            match guest.get(home.path("")).await.status {
                200 => drop(guest.posts(home.path("/leave")).await.is(204)),
                _ => home.takes(guest, role).await,
            }
        }
        let [asking, listening] = &mut collections[dice.below(homes.len())];
        if dice.once_in(3) {
            // One that was in the middle has yet to look again at those that it has passed.
            asking.syncs(1 + dice.below(50)).await;
            asking.syncs(50).await;
            asking.is_true().await;
        } else {
            asking.asks(1 + dice.below(50)).await;
        }
        if dice.once_in(2) {
            listening.hears_all().await;
        } else {
            listening.hears_a_little_at_a_time().await;
        }
        listening.is_true().await;
        let last = world.acme.last_seq().await;
        for (replica, listener) in replicas.iter_mut().zip(&mut listeners) {
            let is_here = replica.actor.get(world.acme.path("")).await.status == 200;
            if is_here && dice.once_in(3) {
                listener.hears_up_to(last).await;
                listener.copy.is_true().await;
            }
            // Some sync now and then only, and some stop in the middle.
            if is_here && dice.once_in(4) {
                replica.asks(1 + dice.below(9)).await;
            } else if is_here && dice.once_in(2) {
                replica.syncs(1 + dice.below(9)).await;
                replica.is_true().await;
            }
        }
    }
    let last = world.acme.last_seq().await;
    for (replica, listener) in replicas.iter_mut().zip(&mut listeners) {
        if replica.actor.get(world.acme.path("")).await.status == 200 {
            replica.syncs(50).await;
            replica.is_true().await;
            listener.hears_up_to(last).await;
            listener.copy.is_true().await;
        }
    }
    for [asking, listening] in &mut collections {
        asking.syncs(50).await;
        asking.syncs(50).await;
        asking.is_true().await;
        listening.hears_all().await;
        listening.is_true().await;
    }
}

both_engines! {
    async fn a_copy_is_after_each_sync_what_would_be_shown(app: TestApp) {
        copies_stay_true(app, 1).await;
    }

    async fn and_so_it_is_in_another_organization(app: TestApp) {
        copies_stay_true(app, 2).await;
    }

    async fn everything_comes_once_and_then_what_changes(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.gets("Bob", "member").await;
        acme.project("Web").await;
        for n in 0..7 {
            acme.task("WEB", &format!("Task {n}")).await;
        }
        let mut replica = Replica::of(&ann, &acme);
        let first = replica.asks(4).await;
        assert_eq!(each(&first["items"], "/kind"), ["organization", "member", "member", "project"]);
        assert_eq!((&first["reset"], &first["has_more"]), (&json!(true), &json!(true)));
        let second = replica.asks(4).await;
        assert_eq!(each(&second["items"], "/kind"), ["column"; 4]);
        assert_eq!(second["reset"], false);
        // What changes meanwhile isn't lost.
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "title": "Painted" })).await.is(200);
        replica.syncs(4).await;
        replica.is_true().await;
        let nothing = replica.asks(4).await;
        assert_eq!((&nothing["items"], &nothing["has_more"]), (&json!([]), &json!(false)));
        ann.delete(acme.path("/tasks/WEB-2")).await.is(204);
        ann.patch(acme.path("/tasks/WEB-1"), json!({ "status": "done", "priority": "low" })).await.is(200);
        let some = replica.asks(50).await;
        let seen: Vec<_> = some["items"].as_array().unwrap().iter().map(|item| (&item["kind"], &item["seq"], &item["deleted"])).collect();
        let last = acme.last_seq().await;
        assert_eq!(seen, [(&json!("task"), &json!(last - 2), &json!(true)), (&json!("task"), &json!(last), &json!(false))]);
        assert_eq!(some["items"][0]["object"], Value::Null);
        assert_eq!(some["items"][1]["object"], ann.get(acme.path("/tasks/WEB-1")).await.is(200));
        assert_eq!(some["has_more"], false);
    }

    async fn comments_come_and_go_with_what_they_are_on(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        acme.project("Web").await;
        for n in 1..=2 {
            acme.task("WEB", "Task").await;
            for _ in 0..3 {
                ann.post(acme.path(&format!("/tasks/WEB-{n}/comments")), json!({ "body": "Words" })).await.is(201);
            }
        }
        let mut replicas = [1, 2, 50].map(|limit| (limit, Replica::of(&mia, &acme)));
        let mut sync = async |comments: usize| {
            for (limit, replica) in &mut replicas {
                replica.syncs(*limit).await;
                assert_eq!(replica.ids("comment").len(), comments);
                replica.is_true().await;
            }
        };
        sync(6).await;
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        sync(3).await;
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.is(200);
        sync(6).await;
        ann.delete(acme.path("/projects/WEB")).await.is(204);
        sync(0).await;
        ann.posts(acme.path("/projects/WEB/restore")).await.is(200);
        sync(6).await;
        ann.posts(acme.path("/projects/WEB/archive")).await.is(200);
        sync(6).await;
        ann.posts(acme.path("/projects/WEB/unarchive")).await.is(200);
        ann.patch(acme.path("/projects/WEB"), json!({ "visibility": "private" })).await.is(200);
        sync(0).await;
        ann.put(acme.path(&format!("/projects/WEB/members/{}", mia.id))).await.is(204);
        sync(6).await;
        // The place of a deleted comment goes with its last reply.
        let path = acme.path("/tasks/WEB-1/comments");
        let root = mia.post(&path, json!({ "body": "Root" })).await.is(201);
        let reply = ann.post(&path, json!({ "body": "Reply", "parent_id": root["id"] })).await.is(201);
        sync(8).await;
        mia.delete(format!("{path}/{}", id(&root))).await.is(204);
        sync(8).await;
        ann.delete(format!("{path}/{}", id(&reply))).await.is(204);
        sync(6).await;
    }

    async fn a_deleted_task_is_told_of_though_its_label_changes_after_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let tasks = [acme.task("WEB", "Paint it").await, acme.task("WEB", "Sell it").await].map(|task| id(&task));
        let label = id(&ann.post(acme.path("/labels"), json!({ "name": "Red" })).await.is(201));
        for task in &tasks {
            ann.put(acme.path(&format!("/tasks/{task}/labels/{label}"))).await.is(200);
        }
        let mut replicas = [1, 50].map(|limit| (limit, Replica::of(&ann, &acme)));
        for (limit, replica) in &mut replicas {
            replica.syncs(*limit).await;
        }
        ann.delete(acme.path(&format!("/tasks/{}", tasks[0]))).await.is(204);
        ann.patch(acme.path(&format!("/labels/{label}")), json!({ "name": "Blue" })).await.is(200);
        for (limit, replica) in &mut replicas {
            replica.syncs(*limit).await;
            assert_eq!(replica.ids("task"), [tasks[1].as_str()]);
            replica.is_true().await;
        }
    }

    async fn a_plain_seq_such_as_an_events_id_will_do(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mut events = ann.follows(&acme, "").await;
        acme.project("Web").await;
        let seq = events.entry().await["seq"].clone();
        acme.task("WEB", "Paint it").await;
        let answer = ann.get(acme.path(&format!("/changes?since={seq}"))).await.is(200);
        assert_eq!(each(&answer["items"], "/object/title"), ["Paint it"]);
        assert_eq!(answer["reset"], false);
        // From the beginning on, it comes to the same as without.
        let all = ann.get(acme.path("/changes")).await.is(200);
        let (mut replica, mut since) = (Vec::new(), "0".to_owned());
        loop {
            let answer = ann.get(acme.path(&format!("/changes?since={since}"))).await.is(200);
            replica.extend(each(&answer["items"], "/id"));
            since = answer["next"].as_str().unwrap().to_string();
            if answer["has_more"] == false { break; }
        }
        for id in each(&all["items"], "/id") {
            assert!(replica.contains(&id));
        }
    }

    async fn a_project_comes_whole_into_sight_and_goes_whole_out_of_it(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let mia = acme.gets("Mia", "member").await;
        let vault = acme.private_project("Vault").await;
        for n in 0..5 {
            acme.task("VAU", &format!("Task {n}")).await;
        }
        let mut replica = Replica::of(&mia, &acme);
        replica.syncs(3).await;
        assert_eq!((replica.ids("project").len(), replica.ids("task").len()), (0, 0));
        let member = acme.path(&format!("/projects/VAU/members/{}", mia.id));
        ann.put(&member).await.is(204);
        replica.syncs(3).await;
        assert_eq!((replica.ids("project").len(), replica.ids("task").len()), (1, 5));
        ann.delete(&member).await.is(204);
        let gone = replica.asks(3).await;
        let item = &gone["items"][0];
        assert_eq!((&item["kind"], &item["id"], &item["deleted"]), (&json!("project"), &vault["id"], &json!(true)));
        assert_eq!(gone["items"].as_array().unwrap().len(), 1);
        assert_eq!((replica.ids("project").len(), replica.ids("task").len()), (0, 0));
    }

    async fn what_was_never_seen_is_not_told_as_gone(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let (mia, ada) = (acme.gets("Mia", "member").await, acme.gets("Ada", "admin").await);
        let (mut of_mia, mut of_ada) = (Replica::of(&mia, &acme), Replica::of(&ada, &acme));
        of_mia.syncs(50).await;
        of_ada.syncs(50).await;
        let early = id(&acme.private_project("Early").await);
        let task = id(&acme.task("EAR", "Secret").await);
        ann.patch(acme.path(&format!("/members/{}", ada.id)), json!({ "role": "member" })).await.is(200);
        let late = id(&acme.private_project("Late").await);
        ann.patch(acme.path("/tasks/EAR-1"), json!({ "title": "Still secret" })).await.is(200);
        ann.delete(acme.path("/tasks/EAR-1")).await.is(204);
        for key in ["EAR", "LAT"] {
            ann.put(acme.path(&format!("/projects/{key}/members/{}", ann.id))).await;
            ann.patch(acme.path(&format!("/projects/{key}")), json!({ "name": "Renamed" })).await.is(200);
            ann.delete(acme.path(&format!("/projects/{key}"))).await.is(204);
        }
        let told = |answer: Value| answer["items"].to_string();
        for since in ["0", "1", "2", "3", "4", "5"] {
            let answer = told(mia.get(acme.path(&format!("/changes?since={since}&limit=200"))).await.is(200));
            assert!(![&early, &late, &task].iter().any(|id| answer.contains(*id)), "{answer}");
        }
        let answer = told(of_mia.asks(200).await);
        assert!(![&early, &late, &task].iter().any(|id| answer.contains(*id)), "{answer}");
        // Who was an admin saw the first one, and not the second.
        let answer = told(of_ada.asks(200).await);
        assert!(answer.contains(&early) && !answer.contains(&late), "{answer}");
        of_ada.syncs(50).await;
        of_ada.is_true().await;
    }

    async fn what_happened_before_one_joined_is_not_told_however_it_is_paged(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        let ada = acme.gets("Ada", "admin").await;
        // Each would be told as gone to somebody who had it.
        let ids = [id(&acme.project("Alpha").await), id(&acme.project("Beta").await), id(&acme.private_project("Gamma").await), ada.id.clone()];
        ann.patch(acme.path("/projects/ALP"), json!({ "visibility": "private" })).await.is(200);
        ann.delete(acme.path("/projects/BET")).await.is(204);
        let mia = app.signs_up("Mia").await;
        for again in [false, true] {
            acme.takes(&mia, "member").await;
            if !again {
                ann.delete(acme.path(&format!("/members/{}", ada.id))).await.is(204);
                ann.delete(acme.path(&format!("/members/{}", mia.id))).await.is(204);
                continue;
            }
            let mut since = "0".to_owned();
            loop {
                let answer = mia.get(acme.path(&format!("/changes?since={since}&limit=1"))).await.is(200);
                assert!(!ids.iter().any(|id| answer["items"].to_string().contains(id)), "{answer}");
                answer["next"].as_str().unwrap().clone_into(&mut since);
                if answer["has_more"] == false { break; }
            }
        }
        let mut replica = Replica::of(&mia, &acme);
        replica.syncs(1).await;
        replica.is_true().await;
    }

    async fn a_task_shows_no_parent_while_it_is_in_the_trash(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        let parent = id(&acme.task("WEB", "Parent").await);
        for n in 0..5 {
            let new = json!({ "title": format!("Child {n}"), "parent_id": parent });
            ann.post(acme.path("/projects/WEB/tasks"), new).await.is(201);
        }
        let mut replicas = [1, 3, 50].map(|limit| (limit, Replica::of(&ann, &acme)));
        for (limit, replica) in &mut replicas {
            replica.syncs(*limit).await;
        }
        let children = async |query: &str| each(&ann.get(acme.path(&format!("/tasks?parent={query}&sort=number"))).await.is(200)["items"], "/title").len();
        let shown = async || ann.get(acme.path("/tasks/WEB-2")).await.is(200)["parent_id"].clone();
        assert_eq!((children(&parent).await, children("none").await, shown().await), (5, 1, json!(parent)));

        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        assert_eq!((children(&parent).await, children("none").await, shown().await), (0, 5, Value::Null));
        for (limit, replica) in &mut replicas {
            replica.syncs(*limit).await;
            replica.is_true().await;
        }
        // A change of something else keeps it, also one that sends back what was shown; another parent takes its place.
        ann.patch(acme.path("/tasks/WEB-2"), json!({ "title": "Renamed" })).await.is(200);
        ann.patch(acme.path("/tasks/WEB-3"), json!({ "parent_id": null, "priority": "high" })).await.is(200);
        let two = ann.get(acme.path("/tasks/WEB-2")).await.is(200)["id"].clone();
        ann.patch(acme.path("/tasks/WEB-4"), json!({ "parent_id": two })).await.is(200);
        let entry = ann.get(acme.path("/tasks/WEB-4/activity?action=task.updated")).await.is(200);
        assert_eq!(entry["items"][0]["changes"], json!({ "parent_id": { "from": null, "to": two } }));

        let archive = ann.get(acme.path("/export")).await.bytes;
        ann.posts(acme.path("/tasks/WEB-1/restore")).await.is(200);
        assert_eq!((children(&parent).await, children("none").await, shown().await), (4, 1, json!(parent)));
        for (limit, replica) in &mut replicas {
            replica.syncs(*limit).await;
            replica.is_true().await;
        }
        // So it is in an archive.
        let choices = Choices { owner: Some(ann.email.parse().unwrap()), match_people: false };
        let there = app.app.import(choices, std::io::Cursor::new(archive)).await.unwrap();
        let there = Org { id: String::new(), slug: there.slug.as_str().to_owned(), founder: ann.clone() };
        assert_eq!(ann.get(there.path("/tasks/WEB-2")).await.is(200)["parent_id"], Value::Null);
        let restored = ann.posts(there.path("/tasks/WEB-1/restore")).await.is(200);
        assert_eq!(ann.get(there.path("/tasks/WEB-2")).await.is(200)["parent_id"], restored["id"]);
    }

    async fn a_place_of_another_copy_is_refused(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let (acme, other) = (ann.founds("Acme").await, ann.founds("Other").await);
        let mia = acme.gets("Mia", "member").await;
        let next = ann.get(acme.path("/changes")).await.is(200)["next"].as_str().unwrap().to_owned();
        ann.get(acme.path(&format!("/changes?since={next}"))).await.is(200);
        mia.get(acme.path(&format!("/changes?since={next}"))).await.refuses(422, "invalid_cursor");
        ann.get(other.path(&format!("/changes?since={next}"))).await.refuses(422, "invalid_cursor");
        let cursor = ann.get(acme.path("/activity?limit=1")).await.is(200)["next_cursor"].as_str().unwrap().to_owned();
        for wrong in [&next[1..], &cursor, "x", "-1", "%2B1"] {
            ann.get(acme.path(&format!("/changes?since={wrong}"))).await.refuses(422, "invalid_cursor");
        }
        ann.get(acme.path("/changes?since=")).await.rejects("/since", "invalid_value");
        for wrong in ["0", "201"] {
            ann.get(acme.path(&format!("/changes?limit={wrong}"))).await.rejects("/limit", "out_of_range");
        }
        ann.get(acme.path("/changes?limit=x")).await.rejects("/limit", "invalid_type");
        ann.get(acme.path("/changes?cursor=x")).await.rejects("/cursor", "unknown_field");
    }

    async fn a_copy_that_is_older_than_the_trash_begins_anew(app: TestApp) {
        let ann = app.signs_up("Ann").await;
        let acme = ann.founds("Acme").await;
        acme.project("Web").await;
        acme.task("WEB", "Paint it").await;
        let mut replica = Replica::of(&ann, &acme);
        replica.syncs(50).await;
        ann.delete(acme.path("/tasks/WEB-1")).await.is(204);
        app.clock.advance(Duration::from_hours(31 * 24));
        replica.actor = ann.again().await;
        let answer = replica.asks(50).await;
        assert_eq!(answer["reset"], true);
        replica.syncs(50).await;
        replica.is_true().await;
        // One that has missed nothing stays as it is, however long nothing happened.
        app.clock.advance(Duration::from_hours(31 * 24));
        replica.actor = ann.again().await;
        assert_eq!(replica.asks(50).await["reset"], false);
    }
}
