//! Keeps what a story asks and is answered as examples for the document: true, with ids, times and secrets that are
//! obviously made up and the same in every run.

use std::{fmt::Write as _, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use guildhall::base::clock::{Clock, Time};
use reqwest::{Method, Url};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Actor, Answer, Contract, Org};

/// What the people of the story read with.
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// Times are told in steps of so many milliseconds, so that they don't depend on how fast the machine is.
const STEP: i64 = 30_000;

pub struct Recorder {
    clock: Clock,
    /// When the current scene began.
    scene: Time,
    /// The ids, in the order in which they appeared.
    ids: Vec<Uuid>,
    /// Texts that stand for others: secrets, and addresses of this machine.
    names: Vec<(String, String)>,
    examples: Map<String, Value>,
    /// How many idempotency keys were used.
    keys: usize,
}

impl Recorder {
    /// The clock of a story that begins at this time, and what records it.
    pub fn starting_at(start: &str) -> (Clock, Self) {
        let scene: Time = start.parse().unwrap();
        let clock = Clock::starting_at(scene);
        let (ids, names, examples) = (Vec::new(), Vec::new(), Map::new());
        (clock.clone(), Self { clock, scene, ids, names, examples, keys: 0 })
    }

    /// Begins another scene, so many minutes after the last one began.
    pub fn later(&mut self, minutes: u64) {
        let next = self.scene + Duration::from_mins(minutes);
        let wait = next.millis() - self.clock.now().millis();
        self.clock.advance(Duration::from_millis(u64::try_from(wait).unwrap()));
        self.scene = next;
    }

    /// Calls something of this machine by another name.
    pub fn calls(&mut self, real: &str, shown: &str) {
        self.names.push((real.to_owned(), shown.to_owned()));
    }

    pub async fn get(&mut self, who: &Actor, path: impl AsRef<str>) -> Value {
        self.asks(who, Method::GET, path.as_ref(), None).await
    }

    pub async fn post(&mut self, who: &Actor, path: impl AsRef<str>, body: Value) -> Value {
        self.asks(who, Method::POST, path.as_ref(), Some(body)).await
    }

    /// POST without a body.
    pub async fn posts(&mut self, who: &Actor, path: impl AsRef<str>) -> Value {
        self.asks(who, Method::POST, path.as_ref(), None).await
    }

    pub async fn patch(&mut self, who: &Actor, path: impl AsRef<str>, body: Value) -> Value {
        self.asks(who, Method::PATCH, path.as_ref(), Some(body)).await
    }

    pub async fn put(&mut self, who: &Actor, path: impl AsRef<str>, body: Option<Value>) -> Value {
        self.asks(who, Method::PUT, path.as_ref(), body).await
    }

    /// DELETE, after a look at what would go.
    pub async fn deletes(&mut self, who: &Actor, path: impl AsRef<str>) -> Value {
        self.tries_before(who, Method::DELETE, path.as_ref()).await
    }

    /// Does what takes `?dry_run=true`, after a look at what would go. The example is of the real thing.
    pub async fn tries_before(&mut self, who: &Actor, method: Method, path: &str) -> Value {
        let dry = format!("{path}{}dry_run=true", if path.contains('?') { '&' } else { '?' });
        let tried = who.send(method.clone(), &dry, &[], None).await.is(200);
        let done = self.asks(who, method.clone(), path, None).await;
        let id = operation_id(&method, path);
        let tried = self.shown(&id, &tried);
        let answers = self.examples[&id]["responses"].as_object_mut().unwrap();
        answers.entry("200").or_insert(tried);
        done
    }

    /// The next entry of the stream of events, as it comes.
    pub async fn follows(&mut self, who: &Actor, org: &Org, last_event_id: &str) {
        let query = format!("last_event_id={last_event_id}");
        let entry = who.follows(org, &query).await.entry().await;
        let path = format!("{}?{query}", org.path("/events"));
        self.keeps(&Method::GET, &path, None, (200, Some(entry)));
    }

    /// The next event of the stream of all events, as it comes.
    pub async fn follows_all(&mut self, who: &Actor, last_event_id: &str) {
        let path = format!("/v1/me/events?last_event_id={last_event_id}");
        let mut stream = who.follows_path(&path, &[]).await;
        let entry = loop {
            let event = stream.next().await.unwrap();
            if !event.data.is_null() {
                break event.data;
            }
        };
        self.keeps(&Method::GET, &path, None, (200, Some(entry)));
    }

    /// Sends what must succeed. The first time that an operation does, it is an example.
    async fn asks(&mut self, who: &Actor, method: Method, path: &str, body: Option<Value>) -> Value {
        let answer = if repeats(&method, path) {
            self.asks_twice(who, path, body.clone()).await
        } else {
            who.send(method.clone(), path, &[("user-agent", BROWSER)], body.clone()).await
        };
        assert!(answer.succeeded(), "{}: {}", answer.asked, answer.body);
        let is_json = answer.header("content-type") == "application/json";
        let late = self.clock.now().millis() - self.scene.millis();
        assert!(late < STEP, "{}: the machine took {late} ms for one scene", answer.asked);
        self.keeps(&method, path, body.as_ref(), (answer.status, is_json.then(|| answer.body.clone())));
        answer.body
    }

    /// Sends a POST twice with a key. The second time changes nothing: it gets the same answer, or is refused because of
    /// what the first one did to who is asking.
    async fn asks_twice(&mut self, who: &Actor, path: &str, body: Option<Value>) -> Answer {
        self.keys += 1;
        let key = format!("scene-{}", self.keys);
        let headers = [("user-agent", BROWSER), ("idempotency-key", &*key)];
        let first = who.send(Method::POST, path, &headers, body.clone()).await;
        let second = who.send(Method::POST, path, &headers, body).await;
        assert_eq!(first.header("idempotency-replayed"), "", "{}", first.asked);
        if ["/leave", "/transfer"].iter().any(|gone| path.ends_with(gone)) {
            assert!([403, 404].contains(&second.status), "{}: {}", second.asked, second.body);
        } else {
            let seen = (second.status, &second.bytes, second.header("idempotency-replayed"));
            assert_eq!(seen, (first.status, &first.bytes, "true"), "{}", first.asked);
        }
        first
    }

    fn keeps(&mut self, method: &Method, path: &str, body: Option<&Value>, answer: (u16, Option<Value>)) {
        let id = operation_id(method, path);
        let parameters = self.parameters(method, path);
        let request = body.map(|body| self.shown(&id, body));
        let response = answer.1.map(|body| match id.as_str() {
            // The document doesn't hold itself.
            "server_openapi" => json!({
                "openapi": body["openapi"], "info": { "title": body["info"]["title"], "version": body["info"]["version"] },
                "paths": {},
            }),
            _ => self.shown(&id, &body),
        });
        let example = self.examples.entry(id).or_insert_with(|| {
            let mut new = Map::from_iter([("parameters".to_owned(), parameters.into())]);
            new.extend(request.map(|request| ("request".to_owned(), request)));
            new.insert("responses".into(), json!({}));
            new.into()
        });
        if let (Some(response), Some(answers)) = (response, example["responses"].as_object_mut()) {
            answers.entry(answer.0.to_string()).or_insert(response);
        }
    }

    /// The parameters in path and query, as texts.
    fn parameters(&mut self, method: &Method, path: &str) -> Map<String, Value> {
        let url = Url::parse(&format!("http://any{path}")).unwrap();
        let (template, _) = Contract::get().operation(method, path).unwrap();
        let parts = template.split('/').zip(url.path().split('/'));
        let named = parts.filter_map(|(part, value)| {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            let (value, _) = url::form_urlencoded::parse(value.as_bytes()).next()?;
            Some((name.to_owned(), value.into_owned()))
        });
        let query = url.query_pairs().into_owned();
        let all: Vec<(String, String)> = named.chain(query).collect();
        all.into_iter().map(|(name, value)| (name.clone(), self.text(&name, &value).into())).collect()
    }

    /// What is shown of something that was sent.
    fn shown(&mut self, field: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => self.text(field, text).into(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(n, item)| match item {
                    Value::String(_) if field == "recovery_codes" => RECOVERY_CODES[n].into(),
                    item => self.shown(field, item),
                })
                .collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| (name.clone(), self.shown(name, value)))
                .collect::<Map<_, _>>()
                .into(),
            // What differs between engines.
            Value::Number(_) if field == "bytes" => json!(9_437_184),
            // What differs each time.
            Value::Number(_) if field == "transactions" => json!(5_120),
            Value::Number(_) if field == "database_ms" => json!(2_440),
            Value::Number(_) if field == "waiting_ms" => json!(310),
            other => other.clone(),
        }
    }

    fn text(&mut self, field: &str, text: &str) -> String {
        if let Some(made_up) = made_up(field, text) {
            // What is short may be part of something else by chance.
            if text.len() >= 16 {
                self.names.push((text.to_owned(), made_up.clone()));
            }
            return made_up;
        }
        if let Ok(time) = text.parse::<Time>() {
            return Time::from_millis(time.millis().div_euclid(STEP) * STEP).to_string();
        }
        let mut shown = text.to_owned();
        if let Ok(mut url) = Url::parse(text)
            && field.ends_with("_url")
        {
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            let pairs: Vec<_> = pairs
                .into_iter()
                .map(|(name, value)| (made_up(&name, &value).unwrap_or(value), name))
                .collect();
            url.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|(value, name)| (name, value)));
            shown = url.into();
        }
        for (real, name) in &self.names {
            shown = shown.replace(real.as_str(), name);
        }
        if let Some((before, token)) = shown.split_once("#token=") {
            shown = format!("{before}#token={}", made_up("token", token).unwrap());
        }
        self.with_ids(&shown)
    }

    /// The text with the ids in it numbered.
    fn with_ids(&mut self, text: &str) -> String {
        let (mut shown, mut rest) = (String::new(), text);
        while let Some(first) = rest.chars().next() {
            let id =
                rest.get(..36).filter(|id| id.as_bytes()[8] == b'-').and_then(|id| Uuid::parse_str(id).ok());
            if let Some(id) = id {
                let at = self.ids.iter().position(|known| *known == id).unwrap_or_else(|| {
                    self.ids.push(id);
                    self.ids.len() - 1
                });
                write!(shown, "019ab000-0000-7000-8000-{:012}", at + 1).unwrap();
                rest = &rest[36..];
            } else {
                shown.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        shown
    }

    /// The examples by operation, in the order of the document.
    pub fn examples(mut self) -> Value {
        let paths = Contract::get().document["paths"].as_object().unwrap();
        let operations = paths.values().flat_map(|operations| operations.as_object().unwrap().values());
        let ids: Vec<&str> = operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
        let taken = ids.iter().filter_map(|id| Some(((*id).to_owned(), self.examples.remove(*id)?)));
        taken.collect::<Map<_, _>>().into()
    }
}

/// Whether a request may carry an `Idempotency-Key`.
fn repeats(method: &Method, path: &str) -> bool {
    let parameters = Contract::get().operation(method, path).unwrap().1["parameters"].as_array().unwrap();
    parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key")
}

fn operation_id(method: &Method, path: &str) -> String {
    let (_, operation) =
        Contract::get().operation(method, path).unwrap_or_else(|| panic!("{method} {path} is no route"));
    operation["operationId"].as_str().unwrap().to_owned()
}

const RECOVERY_CODES: [&str; 10] = [
    "aaaaa-11111",
    "bbbbb-22222",
    "ccccc-33333",
    "ddddd-44444",
    "eeeee-55555",
    "fffff-66666",
    "ggggg-77777",
    "hhhhh-88888",
    "jjjjj-99999",
    "kkkkk-22222",
];

/// What is told instead of a secret, or of what is different in each run.
fn made_up(field: &str, text: &str) -> Option<String> {
    let opaque = || Some(URL_SAFE_NO_PAD.encode(format!("made up: {field}")));
    match field {
        "access_token" => Some("eyJhbGciOiJFZERTQSJ9.…".into()),
        "token" | "refresh_token" | "device_token" | "invitation_token" => {
            Some(format!("{}_…", text.split('_').next().unwrap()))
        }
        "secret" => Some("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".into()),
        "engine" => Some("PostgreSQL".into()),
        "engine_version" => Some("17.6".into()),
        // The public key of RFC 8037, appendix A.2.
        "x" => Some("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into()),
        "kid" => Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k".into()),
        "code" if text.len() == 6 => Some("123456".into()),
        "address" => Some("203.0.113.24".into()),
        // A passkey's, no UUID and no domain.
        "id" if text.len() >= 20 && !text.contains('.') && Uuid::parse_str(text).is_err() => opaque(),
        "state" | "code" if text.len() >= 20 => opaque(),
        "mfa_token" | "ticket" | "challenge" | "rawId" | "clientDataJSON" | "attestationObject"
        | "authenticatorData" | "signature" | "userHandle" | "nonce" | "code_challenge" | "next_cursor"
        | "cursor" | "next" => opaque(),
        // That of one organization's stream is a seq and an id.
        "last_event_id" if text.len() > 100 => opaque(),
        _ => None,
    }
}
