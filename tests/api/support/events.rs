//! Following server-sent events, as a client does.

use std::{collections::VecDeque, mem, time::Duration};

use reqwest::Method;
use serde_json::Value;

use super::{Actor, Asked, Contract, Options, Org, TestApp, actor::STREAM};

/// One event, or what only tells how far the stream is.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub id: i64,
    /// Its id as it is sent, with which to come back; empty without one. Where it is no seq, `id` is 0.
    pub place: String,
    /// What kind of event it is; none for an entry.
    pub name: Option<String>,
    /// The entry; `null` where there is none.
    pub data: Value,
    /// How many milliseconds later the client should come back after the end.
    pub retry: Option<u64>,
}

/// An open stream.
pub struct Following {
    /// Whether it is the stream of all organizations.
    is_of_all: bool,
    response: reqwest::Response,
    /// What has come of the next event. A letter may be split between two chunks.
    bytes: Vec<u8>,
    read: VecDeque<Event>,
}

impl Actor {
    /// Opens a stream with this query, and reads where it begins.
    pub async fn follows(&self, org: &Org, query: &str) -> Following {
        self.follows_with(org, query, &[]).await
    }

    pub async fn follows_with(&self, org: &Org, query: &str, headers: &[(&str, &str)]) -> Following {
        self.follows_path(&format!("{}?{query}", org.path("/events")), headers).await
    }

    /// Opens any stream of events.
    pub async fn follows_path(&self, path: &str, headers: &[(&str, &str)]) -> Following {
        let response = self.request(&Method::GET, path, headers, None).await;
        assert_eq!(response.status(), 200, "{:?} can't follow {path}", self.name);
        assert_eq!(response.headers()["content-type"], STREAM);
        assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
        self.app.journal.notes(Asked::new(&Method::GET, path, None), true);
        let is_of_all = path.starts_with("/v1/me/");
        Following { is_of_all, response, bytes: Vec::new(), read: VecDeque::new() }
    }
}

impl Following {
    /// The next event, or sign of life; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            let Some(chunk) = self.response.chunk().await.expect("the stream broke off") else {
                assert!(self.bytes.is_empty(), "it ended in the middle: {:?}", self.bytes);
                return None;
            };
            self.bytes.extend_from_slice(&chunk);
            while let Some(end) = self.bytes.windows(2).position(|pair| pair == b"\n\n") {
                let rest = self.bytes.split_off(end + 2);
                let event = mem::replace(&mut self.bytes, rest);
                self.read.push_back(self.parsed(std::str::from_utf8(&event).unwrap()));
            }
        }
    }

    /// The next entry.
    pub async fn entry(&mut self) -> Value {
        loop {
            let event = self.next().await.expect("the stream is over");
            if event.data != Value::Null && event.name.is_none() {
                assert_eq!(event.data["seq"], event.id);
                return event.data;
            }
        }
    }

    /// The next so many entries.
    pub async fn entries(&mut self, count: usize) -> Vec<Value> {
        let mut entries = Vec::new();
        while entries.len() < count {
            entries.push(self.entry().await);
        }
        entries
    }

    /// The entries that are still coming, until the stream ends.
    pub async fn ends(mut self) -> Vec<Value> {
        let mut entries = Vec::new();
        while let Some(mut event) = self.next().await {
            entries.extend(Some(mem::take(&mut event.data)).filter(|entry| !entry.is_null()));
        }
        entries
    }

    fn parsed(&self, text: &str) -> Event {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let place = field("id").unwrap_or_default().to_owned();
        let id = place.parse().unwrap_or_default();
        let retry = field("retry").map(|retry| retry.parse().unwrap());
        let data = field("data").map_or(Value::Null, |data| serde_json::from_str(data).unwrap());
        if !data.is_null() {
            let kind = if self.is_of_all { "MyStreamEvent" } else { "StreamEvent" };
            Contract::get().hold_event(kind, &data);
        }
        Event { id, place, name: field("event").map(str::to_owned), data, retry }
    }
}

/// Another node on the same database, whose streams look by themselves this often.
pub async fn node(app: &TestApp, heartbeat: Duration) -> TestApp {
    let mut options = Options::default();
    options.http.heartbeat = heartbeat;
    TestApp::start_on(app.database.clone(), app.clock.clone(), options).await
}

pub const OFTEN: Duration = Duration::from_millis(20);
