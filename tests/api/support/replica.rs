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

    /// What the copy has, by kind.
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
    stream: Option<Following>,
    /// The id of the last event.
    pub last: String,
}

impl Listener {
    /// Somebody who begins with nothing, at the beginning. The stream has to beat often.
    pub fn of(actor: &Actor, org: &Org) -> Self {
        Self { copy: Replica::of(actor, org), stream: None, last: "0".into() }
    }

    /// Listens until this entry was told, or passed over, and comes back whenever the stream ends.
    pub async fn hears_up_to(&mut self, seq: i64) {
        loop {
            let Some(stream) = &mut self.stream else {
                let query = format!("include=object&last_event_id={}", self.last);
                self.stream = Some(self.copy.actor.follows(&self.copy.org, &query).await);
                continue;
            };
            let Some(event) = stream.next().await else {
                self.stream = None;
                continue;
            };
            self.hears(&event);
            if event.id == seq && event.name.is_none() {
                return;
            }
        }
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

    /// The same, where the stream breaks off after each event that brings something new.
    pub async fn hears_a_little_at_a_time(&mut self, seq: i64) {
        for _ in 0..1_000 {
            let query = format!("include=object&last_event_id={}", self.last);
            let mut stream = self.copy.actor.follows(&self.copy.org, &query).await;
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

    /// Breaks off, in the middle of whatever comes.
    pub fn breaks_off(&mut self) {
        self.stream = None;
    }
}
