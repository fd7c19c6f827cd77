//! A client that keeps a copy of what it sees of an organization, and brings it up to date by the changes.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Actor, Org};

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
        if answer["reset"] == true {
            self.things.clear();
        }
        let mut told = BTreeSet::new();
        for item in answer["items"].as_array().unwrap() {
            let (kind, id) = (item["kind"].as_str().unwrap(), item["id"].as_str().unwrap());
            assert!(told.insert((kind, id)), "twice in one answer: {answer}");
            assert_eq!(item["deleted"], item["object"].is_null(), "{item}");
            let key = (kind.to_owned(), id.to_owned());
            if item["deleted"] == false {
                self.things.insert(key, item["object"].clone());
                continue;
            }
            self.things.remove(&key);
            if kind == "project" {
                self.things.retain(|(kind, _), thing| {
                    !matches!(kind.as_str(), "task" | "column") || thing["project_id"] != *id
                });
            }
            if matches!(kind, "project" | "task") {
                self.forgets_comments();
            }
        }
        self.since = Some(answer["next"].as_str().unwrap().to_owned());
        answer
    }

    /// Those on tasks that the copy no longer has.
    fn forgets_comments(&mut self) {
        let tasks: BTreeSet<String> = self.ids("task").into_iter().map(str::to_owned).collect();
        self.things.retain(|(kind, _), thing| {
            kind != "comment" || tasks.contains(thing["task_id"].as_str().unwrap())
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
