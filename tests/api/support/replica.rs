//! A client that keeps a copy of what it sees of an organization, and brings it up to date by the changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Actor, Following, Org, events::Event};

pub struct Replica {
    pub actor: Actor,
    org: Org,
    since: Option<String>,
    things: BTreeMap<(String, String), Value>,
}

impl Replica {
    pub fn of(actor: &Actor, org: &Org) -> Self {
        Self { actor: actor.clone(), org: org.clone(), since: None, things: BTreeMap::new() }
    }

    /// The place up to which the copy has everything.
    pub fn since(&self) -> &str {
        self.since.as_deref().unwrap()
    }

    /// One answer, which is taken up; whether there is more.
    pub async fn asks(&mut self, limit: usize) -> Value {
        let since = self.since.as_ref().map(|since| format!("&since={since}")).unwrap_or_default();
        let answer = self.actor.get(self.org.path(&format!("/changes?limit={limit}{since}"))).await.is(200);
        self.takes_up(&answer);
        self.since = Some(answer["next"].as_str().unwrap().to_owned());
        answer
    }

    fn takes_up(&mut self, changes: &Value) {
        if changes["reset"] == true {
            self.things.clear();
        }
        let mut told = BTreeSet::new();
        for item in changes["items"].as_array().unwrap() {
            let (kind, id) = (item["kind"].as_str().unwrap(), item["id"].as_str().unwrap());
            assert!(told.insert((kind, id)), "twice in one answer: {changes}");
            assert_eq!(item["deleted"], item["object"].is_null(), "{item}");
            let key = (kind.to_owned(), id.to_owned());
            if item["deleted"] == false {
                self.things.insert(key, item["object"].clone());
                continue;
            }
            self.things.remove(&key);
            match kind {
                "project" => self.forgets_what_is_in(id),
                "task" => self.forgets_comments_on(&BTreeSet::from([id.to_owned()])),
                _ => {}
            }
        }
    }

    fn forgets_what_is_in(&mut self, project: &str) {
        let is_in =
            |kind: &str, thing: &Value| matches!(kind, "task" | "column") && thing["project_id"] == *project;
        let gone: BTreeSet<String> = self
            .things
            .iter()
            .filter(|((kind, _), thing)| is_in(kind, thing))
            .map(|((_, id), _)| id.clone())
            .collect();
        self.things.retain(|(kind, _), thing| !is_in(kind, thing));
        self.forgets_comments_on(&gone);
    }

    fn forgets_comments_on(&mut self, tasks: &BTreeSet<String>) {
        self.things.retain(|(kind, _), thing| {
            kind != "comment" || !tasks.contains(thing["task_id"].as_str().unwrap())
        });
    }

    /// Asks on until there is no more.
    pub async fn syncs(&mut self, limit: usize) {
        for _ in 0..10_000 {
            if self.asks(limit).await["has_more"] == false {
                return;
            }
        }
        panic!("it goes on and on");
    }

    /// What the copy has, by kind and id.
    pub const fn things(&self) -> &BTreeMap<(String, String), Value> {
        &self.things
    }

    /// What the copy has of a kind.
    pub fn ids(&self, kind: &str) -> Vec<&str> {
        self.things.keys().filter(|(of, _)| of == kind).map(|(_, id)| id.as_str()).collect()
    }

    /// Compares the copy with what the actor is shown now.
    pub async fn is_true(&self) {
        let (actor, org) = (&self.actor, &self.org);
        let mut shown = BTreeMap::new();
        let mut put = |kind: &str, id: &Value, object: Value| {
            shown.insert((kind.to_owned(), id.as_str().unwrap().to_owned()), object);
        };
        let organization = actor.get(org.path("")).await.is(200);
        put("organization", &organization["id"].clone(), organization);
        for member in actor.walks(&org.path("/members?"), 200).await {
            put("member", &member["user"]["id"].clone(), member);
        }
        for label in actor.walks(&org.path("/labels?"), 200).await {
            put("label", &label["id"].clone(), label);
        }
        for project in actor.walks(&org.path("/projects?"), 200).await {
            let columns = org.path(&format!("/projects/{}/columns?", project["id"].as_str().unwrap()));
            for column in actor.walks(&columns, 200).await {
                put("column", &column["id"].clone(), column);
            }
            put("project", &project["id"].clone(), project);
        }
        for task in actor.walks(&org.path("/tasks?"), 200).await {
            if task["comment_count"] != 0 {
                let path = org.path(&format!("/tasks/{}/comments?", task["id"].as_str().unwrap()));
                for comment in actor.walks(&path, 200).await {
                    put("comment", &comment["id"].clone(), comment);
                }
            }
            put("task", &task["id"].clone(), task);
        }
        // What is counted follows from the tasks.
        let plain = |things: &BTreeMap<(String, String), Value>| {
            let mut things = things.clone();
            for thing in things.values_mut() {
                thing.as_object_mut().unwrap().remove("task_counts");
            }
            things
        };
        let (copy, shown) = (plain(&self.things), plain(&shown));
        for (key, thing) in &shown {
            assert_eq!(copy.get(key), Some(thing), "{:?}'s copy of {key:?}", actor.name);
        }
        let more: Vec<_> = copy.keys().filter(|key| !shown.contains_key(*key)).collect();
        assert!(more.is_empty(), "{:?}'s copy has {more:?}, which is gone", actor.name);
    }
}

/// A client that keeps its copy by the stream of events alone.
pub struct Listener {
    pub copy: Replica,
    /// The id of the last event.
    pub last: String,
}

impl Listener {
    /// Somebody who begins with nothing, at the beginning. The stream has to beat often.
    pub fn of(actor: &Actor, org: &Org) -> Self {
        Self { copy: Replica::of(actor, org), last: "0".into() }
    }

    async fn comes_back(&self) -> Following {
        let query = format!("include=object&last_event_id={}", self.last);
        self.copy.actor.follows(&self.copy.org, &query).await
    }

    /// Listens until this entry was told, or passed over.
    pub async fn hears_up_to(&mut self, seq: i64) {
        let mut stream = self.comes_back().await;
        loop {
            let event = stream.next().await.expect("the stream is over");
            self.hears(&event);
            if event.id == seq && event.name.is_none() {
                return;
            }
        }
    }

    /// The same, where the stream breaks off after each event that brings something new.
    pub async fn hears_a_little_at_a_time(&mut self, seq: i64) {
        for _ in 0..1_000 {
            let mut stream = self.comes_back().await;
            let begun = stream.next().await.unwrap();
            self.hears(&begun);
            if begun.id == seq {
                return;
            }
            while {
                let event = stream.next().await.unwrap();
                self.hears(&event);
                event.data.is_null()
            } {}
        }
        panic!("it begins again and again");
    }

    fn hears(&mut self, event: &Event) {
        self.last.clone_from(&event.place);
        match event.name.as_deref() {
            Some("changes") => self.copy.takes_up(&event.data),
            // The changes that follow tell everything again.
            Some(name) => assert_eq!(name, "reset"),
            None if event.data["object"].is_null() => {}
            None => self.copy.takes_up(&json!({ "items": [event.data["object"]] })),
        }
    }
}

/// A client that keeps one copy of everything that somebody sees, in all their organizations.
pub struct Collection {
    pub actor: Actor,
    since: Option<String>,
    account: Value,
    copies: BTreeMap<String, Replica>,
}

impl Collection {
    pub fn of(actor: &Actor) -> Self {
        Self { actor: actor.clone(), since: None, account: Value::Null, copies: BTreeMap::new() }
    }

    /// The place up to which the copy has everything.
    pub fn since(&self) -> &str {
        self.since.as_deref().unwrap()
    }

    /// The ids of the organizations that the copy has.
    pub fn orgs(&self) -> Vec<&str> {
        self.copies.keys().map(String::as_str).collect()
    }

    /// One answer, which is taken up.
    pub async fn asks(&mut self, limit: usize) -> Value {
        let since = self.since.as_ref().map(|since| format!("&since={since}")).unwrap_or_default();
        let answer = self.actor.get(format!("/v1/me/changes?limit={limit}{since}")).await.is(200);
        self.takes_up_all(&answer);
        self.since = Some(answer["next"].as_str().unwrap().to_owned());
        answer
    }

    fn takes_up_all(&mut self, changes: &Value) {
        if changes["reset"] == true {
            self.copies.clear();
        }
        for item in changes["items"].as_array().unwrap() {
            self.takes_up(item);
        }
    }

    fn takes_up(&mut self, item: &Value) {
        let Some(id) = item["organization_id"].as_str() else {
            assert_eq!(item["kind"], "user");
            self.account = item["object"].clone();
            return;
        };
        if item["kind"] == "organization" && item["deleted"] == true {
            self.copies.remove(id);
            return;
        }
        let org = Org { id: id.to_owned(), slug: id.to_owned(), founder: self.actor.clone() };
        let copy = self.copies.entry(id.to_owned()).or_insert_with(|| Replica::of(&self.actor, &org));
        copy.takes_up(&json!({ "items": [item] }));
    }

    /// Asks on until there is no more.
    pub async fn syncs(&mut self, limit: usize) {
        for _ in 0..10_000 {
            if self.asks(limit).await["has_more"] == false {
                return;
            }
        }
        panic!("it goes on and on");
    }

    /// Listens to the stream of all events until it has told everything. It begins where the copy stands.
    pub async fn hears_all(&mut self) {
        while !self.hears(false).await {}
    }

    /// The same, where the stream breaks off after each id that comes with something new.
    pub async fn hears_a_little_at_a_time(&mut self) {
        for _ in 0..1_000 {
            if self.hears(true).await {
                return;
            }
        }
        panic!("it begins again and again");
    }

    /// Listens until the stream has told everything, or breaks off. Returns whether it told everything.
    async fn hears(&mut self, breaks_off: bool) -> bool {
        if self.since.is_none() {
            self.asks(1).await;
        }
        let path = format!("/v1/me/events?include=object&last_event_id={}", self.since());
        let mut stream = self.actor.follows_path(&path, &[]).await;
        let mut begun = false;
        loop {
            let event = stream.next().await.expect("the stream is over");
            if event.name.as_deref() == Some("changes") {
                self.takes_up_all(&event.data);
            } else if !event.data["object"].is_null() {
                let mut item = event.data["object"].clone();
                item["organization_id"] = event.data["organization_id"].clone();
                self.takes_up(&item);
            }
            if event.place.is_empty() {
                continue;
            }
            self.since = Some(event.place);
            if begun && (breaks_off || event.data.is_null()) {
                return event.data.is_null();
            }
            begun = true;
        }
    }

    /// Compares the copy with what the actor is shown now.
    pub async fn is_true(&mut self) {
        assert_eq!(self.account, self.actor.get("/v1/me").await.is(200));
        let shown = self.actor.walks("/v1/orgs?", 200).await;
        let shown: Vec<&str> = shown.iter().map(|org| org["id"].as_str().unwrap()).collect();
        assert_eq!(self.orgs(), shown, "{:?}'s organizations", self.actor.name);
        for copy in self.copies.values_mut() {
            copy.actor = self.actor.clone();
            copy.is_true().await;
        }
    }
}
