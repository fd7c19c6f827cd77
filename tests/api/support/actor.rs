//! Somebody who speaks to a server, and what they get to hear.

use std::net::SocketAddr;

use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::{Value, json};

use super::{Asked, Contract, TestApp, archive};

/// Somebody, logged in or not.
#[derive(Clone)]
pub struct Actor {
    pub app: TestApp,
    pub id: String,
    pub name: String,
    pub email: String,
    pub token: Option<String>,
    pub refresh_token: String,
}

/// An organization, with the person who founded it.
#[derive(Clone)]
pub struct Org {
    pub id: String,
    pub slug: String,
    pub founder: Actor,
}

/// An answer that kept the contract.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// JSON; `null` where there is no body; of an archive the text of its files.
    pub body: Value,
    pub bytes: Vec<u8>,
    /// What was asked, for messages.
    pub asked: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The media type of server-sent events.
pub(super) const STREAM: &str = "text/event-stream";

impl Actor {
    pub fn anonymous(app: TestApp) -> Self {
        let empty = String::new;
        Self { app, id: empty(), name: empty(), email: empty(), token: None, refresh_token: empty() }
    }

    pub fn of_session(app: TestApp, session: &Value) -> Self {
        let user = &session["user"];
        Self {
            app,
            id: text(&user["id"]),
            name: text(&user["name"]),
            email: text(&user["email"]),
            token: Some(text(&session["access_token"])),
            refresh_token: text(&session["refresh_token"]),
        }
    }

    /// The same with another access token.
    pub fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same who speaks to another address, such as a proxy's.
    pub fn with_address(&self, address: SocketAddr) -> Self {
        Self { app: TestApp { address, ..self.app.clone() }, ..self.clone() }
    }

    /// A fresh session of the same account, for when the clock has moved.
    pub async fn again(&self) -> Self {
        self.app.logs_in(&self.email).await
    }

    /// The same session with new tokens, for when the clock has moved.
    pub async fn refreshed(&self) -> Self {
        let body = json!({ "refresh_token": self.refresh_token });
        let session = self.app.anon().post("/v1/auth/refresh", body).await.is(200);
        Self::of_session(self.app.clone(), &session)
    }

    pub async fn get(&self, path: impl AsRef<str>) -> Answer {
        self.send(Method::GET, path.as_ref(), &[], None).await
    }

    pub async fn post(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.send(Method::POST, path.as_ref(), &[], Some(body)).await
    }

    /// POST without a body.
    pub async fn posts(&self, path: impl AsRef<str>) -> Answer {
        self.send(Method::POST, path.as_ref(), &[], None).await
    }

    pub async fn patch(&self, path: impl AsRef<str>, body: Value) -> Answer {
        self.send(Method::PATCH, path.as_ref(), &[], Some(body)).await
    }

    pub async fn put(&self, path: impl AsRef<str>) -> Answer {
        self.send(Method::PUT, path.as_ref(), &[], None).await
    }

    pub async fn delete(&self, path: impl AsRef<str>) -> Answer {
        self.send(Method::DELETE, path.as_ref(), &[], None).await
    }

    /// Any request with a JSON body or none, and headers.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let json = body.is_some().then_some(("content-type", "application/json"));
        let headers: Vec<(&str, &str)> = json.into_iter().chain(headers.iter().copied()).collect();
        self.send_raw(method, path, &headers, body.map(|body| body.to_string().into_bytes())).await
    }

    /// Any request at all. The answer is held against the OpenAPI document.
    pub async fn send_raw(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let response = self.request(&method, path, headers, body.clone()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let kind = headers.get("content-type").map_or("", |kind| kind.to_str().unwrap());
        // A stream has no end to wait for.
        let bytes = if kind == STREAM { Vec::new() } else { response.bytes().await.unwrap().to_vec() };
        let answer = Answer {
            status: status.as_u16(),
            body: match kind {
                "application/zip" => Value::String(archive::texts(&bytes).into_values().collect()),
                STREAM => Value::String(String::new()),
                _ => serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            },
            bytes,
            headers,
            asked: format!("{method} {path}"),
        };
        Contract::get().hold(&method, path, &answer, !answer.bytes.is_empty());
        self.app.journal.notes(Asked { method, path: path.to_owned(), body }, answer.succeeded());
        answer
    }

    /// The same, not looked at.
    pub async fn request(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> reqwest::Response {
        let url = format!("http://{}{path}", self.app.address);
        let mut request = self.app.client.request(method.clone(), url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            request = request.header(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        request.send().await.unwrap()
    }

    /// Founds an organization.
    pub async fn founds(&self, name: &str) -> Org {
        let org = self.post("/v1/orgs", json!({ "name": name })).await.is(201);
        Org { id: text(&org["id"]), slug: text(&org["slug"]), founder: self.clone() }
    }

    /// What `/v1/me` knows them by, and nobody else is told.
    pub fn person(&self) -> Value {
        json!({ "id": self.id, "name": self.name })
    }
}

impl Org {
    /// A path inside the organization.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/orgs/{}{rest}", self.slug)
    }

    /// A new account that is invited by the founder and accepts.
    pub async fn gets(&self, name: &str, role: &str) -> Actor {
        let actor = self.founder.app.signs_up(name).await;
        self.takes(&actor, role).await;
        actor
    }

    /// Invites an existing account, which accepts.
    pub async fn takes(&self, actor: &Actor, role: &str) {
        let body = json!({ "email": actor.email, "role": role });
        let invitation = self.founder.post(self.path("/invitations"), body).await.is(201);
        actor.post("/v1/invitations/accept", json!({ "token": invitation["token"] })).await.is(200);
    }

    /// A project, by its answer.
    pub async fn project(&self, name: &str) -> Value {
        self.founder.post(self.path("/projects"), json!({ "name": name })).await.is(201)
    }

    /// A private project, by its answer.
    pub async fn private_project(&self, name: &str) -> Value {
        let body = json!({ "name": name, "visibility": "private" });
        self.founder.post(self.path("/projects"), body).await.is(201)
    }

    /// A task of the founder's in the project with this key.
    pub async fn task(&self, project_key: &str, title: &str) -> Value {
        let path = self.path(&format!("/projects/{project_key}/tasks"));
        self.founder.post(path, json!({ "title": title })).await.is(201)
    }

    /// The id of a label of the founder's with this name.
    pub async fn label(&self, name: &str) -> String {
        text(&self.founder.post(self.path("/labels"), json!({ "name": name })).await.is(201)["id"])
    }

    /// The ledger's last seq, as the founder reads it.
    pub async fn last_seq(&self) -> i64 {
        let page = self.founder.get(self.path("/activity?limit=1")).await.is(200);
        page["items"][0]["seq"].as_i64().unwrap()
    }

    /// The activity's sentences, oldest first.
    pub async fn told(&self) -> Vec<String> {
        let page = self.founder.get(self.path("/activity?limit=200")).await.is(200);
        page["items"].as_array().unwrap().iter().rev().map(|entry| text(&entry["summary"])).collect()
    }
}

impl Answer {
    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.body);
        self.body
    }

    /// The body of a refusal with this status and code.
    #[track_caller]
    pub fn refuses(self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}: {}",
            self.asked,
            self.body
        );
        self.body
    }

    /// The one field that a 422 is about, as pointer and code.
    #[track_caller]
    pub fn rejects(self, pointer: &str, code: &str) -> Value {
        let body = self.refuses(422, "invalid_input");
        let errors: Vec<_> = body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| (e["pointer"].as_str(), e["code"].as_str()))
            .collect();
        assert_eq!(errors, [(Some(pointer), Some(code))], "{body}");
        body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Whether it is a success.
    pub fn succeeded(&self) -> bool {
        StatusCode::from_u16(self.status).unwrap().is_success()
    }
}
