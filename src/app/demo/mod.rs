//! Sample data for an empty database: six weeks of a small studio's work. It is created through the API's routes, as
//! each of the studio's people, with a clock that starts in the past.

mod story;

use std::{collections::HashMap, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, header},
};
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};

use crate::{
    app::{App, Tuning, config::Config, router},
    base::{
        clock::{Clock, Time},
        day::Day,
        error::{Error, Result},
    },
    db::Location,
    identity::accounts::passwords,
};
use story::{Event, Step};

/// The number of working days in the story. The last is the latest working day before today.
const DAYS: usize = 30;
const DAY: i64 = 24 * 60 * 60 * 1000;
const MINUTE: i64 = 60 * 1000;

/// The created sample, and how to log in to it.
#[derive(Debug)]
pub struct Sample {
    pub organization: &'static str,
    pub projects: usize,
    pub tasks: usize,
    pub people: Vec<Login>,
    /// The password of every account, generated anew in each run.
    pub password: String,
}

/// The account of one of the people.
#[derive(Debug)]
pub struct Login {
    pub name: &'static str,
    pub email: String,
    /// The role at the end of the story.
    pub role: &'static str,
}

/// Fills a migrated database that has no accounts.
///
/// # Errors
/// Returns an error if the database has accounts, or if it fails.
pub async fn fill(config: Config, database: &Location) -> Result<Sample> {
    let days = working_days(Clock::system().now());
    let tuning = Tuning { clock: Clock::starting_at(time(&days, 0, 0)?), ..Tuning::default() };
    let app = App::open(config, database, tuning).await?;
    if app.gateway().has_users().await? {
        return Err(Error::internal(
            "this database has accounts already, and the sample goes into an empty one only",
        ));
    }
    let mut studio = Studio {
        clock: app.gateway().clock().clone(),
        api: TowerToHyperService::new(router::app(app.clone())),
        app,
        days,
        password: passwords::generate(),
        org: String::new(),
        ids: HashMap::new(),
        sessions: HashMap::new(),
    };
    for Event { day, minute, who, step } in story::events() {
        studio.wait_until(day, minute)?;
        studio.play(who, step).await?;
    }
    for (who, ..) in story::PEOPLE {
        studio.call(who, Method::POST, "/v1/auth/logout", json!({})).await?;
    }
    let people = story::PEOPLE.map(|(who, name, role, _)| Login {
        name,
        email: story::email(who),
        role: story::final_role(who, role),
    });
    Ok(Sample {
        organization: story::ORGANIZATION,
        projects: story::PROJECTS.len(),
        tasks: story::TASKS.len() - story::DELETED,
        people: people.into(),
        password: studio.password,
    })
}

/// Returns the working days of the story, as days since 1970, followed by as many future ones for due times.
fn working_days(now: Time) -> Vec<i64> {
    let today = now.millis().div_euclid(DAY);
    // 1970 began on a Thursday.
    let works = |day: &i64| (day + 3).rem_euclid(7) < 5;
    let mut days: Vec<i64> = (1..).map(|back| today - back).filter(works).take(DAYS).collect();
    days.reverse();
    days.extend((0..).map(|ahead| today + ahead).filter(works).take(DAYS));
    days
}

fn time(days: &[i64], day: usize, minute: i64) -> Result<Time> {
    Ok(Time::from_millis(date(days, day)?.number() * DAY + minute * MINUTE))
}

fn date(days: &[i64], day: usize) -> Result<Day> {
    let day = days.get(day).ok_or_else(|| Error::internal("the story is too long"))?;
    Day::from_number(*day).map_err(Error::internal)
}

/// The state of playing the story.
struct Studio {
    app: App,
    clock: Clock,
    api: TowerToHyperService<Router>,
    days: Vec<i64>,
    password: String,
    /// The organization's path.
    org: String,
    /// The ids of people by first name, of labels by name, of tasks by title, and of comments by name.
    ids: HashMap<&'static str, String>,
    sessions: HashMap<&'static str, Session>,
}

struct Session {
    access: String,
    refresh: String,
    /// One minute before the access token expires.
    until: Time,
}

impl Studio {
    fn wait_until(&self, day: usize, minute: i64) -> Result<()> {
        let left = time(&self.days, day, minute)?.millis() - self.clock.now().millis();
        self.clock.advance(Duration::from_millis(u64::try_from(left).unwrap_or(0)));
        Ok(())
    }

    async fn play(&mut self, who: &'static str, step: Step) -> Result<()> {
        match step {
            Step::Found => {
                self.register(who).await?;
                let new = json!({ "name": story::ORGANIZATION });
                let org = self.call(who, Method::POST, "/v1/orgs", new).await?;
                self.org = format!("/v1/orgs/{}", text(&org, "slug")?);
            }
            Step::Bring(newcomer, role) => {
                let invitation = json!({ "email": story::email(newcomer), "role": role });
                let invitation = self.post(who, "/invitations", invitation).await?;
                self.wait(25);
                self.sign_up(newcomer, &json!(text(&invitation, "token")?)).await?;
            }
            Step::Label(name, color, about) => {
                let label = json!({ "name": name, "color": color, "description": about });
                let label = self.post(who, "/labels", label).await?;
                self.ids.insert(name, text(&label, "id")?.to_owned());
            }
            Step::Plan(task) => {
                let (project, title, priority, _, to, _, _, due, parent, about) = *task;
                let to: Vec<&str> = to.iter().map(|who| self.id(who)).collect::<Result<_>>()?;
                let due = due.map(|day| date(&self.days, day)).transpose()?;
                let parent = parent.map(|parent| self.id(parent)).transpose()?;
                let new = json!({
                    "title": title, "priority": priority, "assignee_ids": to, "due_on": due, "parent_id": parent,
                    "description": about,
                });
                let task = self.post(who, &format!("/projects/{project}/tasks"), new).await?;
                self.ids.insert(title, text(&task, "id")?.to_owned());
            }
            Step::Say(comment) => {
                let (name, _, _, _, task, parent, body) = *comment;
                let parent = parent.map(|parent| self.id(parent)).transpose()?;
                let new = json!({ "body": self.filled(body)?, "parent_id": parent });
                let path = format!("/tasks/{}/comments", self.id(task)?);
                let comment = self.post(who, &path, new).await?;
                self.ids.insert(name, text(&comment, "id")?.to_owned());
            }
            Step::Link(link) => {
                let (_, _, _, task, kind, other) = *link;
                let new = json!({ "kind": kind, "task_id": self.id(other)? });
                self.post(who, &format!("/tasks/{}/links", self.id(task)?), new).await?;
            }
            Step::Do(method, path, body) => {
                let path = format!("{}{}", self.org, self.filled(&path)?);
                self.call(who, method, &path, body).await?;
            }
        }
        Ok(())
    }

    fn wait(&self, minutes: u64) {
        self.clock.advance(Duration::from_mins(minutes));
    }

    /// Replaces each `{NAME}` in a text by the id of the person, label, task or comment with that name.
    fn filled(&self, text: &str) -> Result<String> {
        let mut filled = String::new();
        for part in text.split_inclusive(['{', '}']) {
            match part.strip_suffix('}') {
                Some(name) => filled.push_str(self.id(name)?),
                None => filled.push_str(part.trim_end_matches('{')),
            }
        }
        Ok(filled)
    }

    fn id(&self, name: &str) -> Result<&str> {
        let id = self.ids.get(name).map(String::as_str);
        id.ok_or_else(|| Error::internal(format!("nothing is called {name} yet")))
    }

    /// Creates the founder's account, with an e-mail address that counts as verified, and logs in.
    async fn register(&mut self, who: &'static str) -> Result<()> {
        let (email, name) = (story::email(who), story::full_name(who));
        let wrong = |_| Error::internal("the story has somebody who can't have an account");
        let password = self.password.parse().map_err(wrong)?;
        self.app
            .operator()
            .create(email.parse().map_err(wrong)?, name.parse().map_err(wrong)?, password)
            .await?;
        let login = json!({ "email": email, "password": self.password });
        let session = self.send(Method::POST, "/v1/auth/login", None, login).await?;
        self.ids.insert(who, text(session.get("user").unwrap_or(&Value::Null), "id")?.to_owned());
        self.enter(who, &session)
    }

    async fn sign_up(&mut self, who: &'static str, token: &Value) -> Result<()> {
        let new = json!({
            "email": story::email(who), "password": self.password, "name": story::full_name(who),
            "invitation_token": token,
        });
        let session = self.send(Method::POST, "/v1/auth/signup", None, new).await?;
        self.ids.insert(who, text(session.get("user").unwrap_or(&Value::Null), "id")?.to_owned());
        self.enter(who, &session)
    }

    fn enter(&mut self, who: &'static str, session: &Value) -> Result<()> {
        let session = Session {
            access: text(session, "access_token")?.to_owned(),
            refresh: text(session, "refresh_token")?.to_owned(),
            until: self.clock.now() + crate::access::LIFE - Duration::from_mins(1),
        };
        self.sessions.insert(who, session);
        Ok(())
    }

    async fn post(&mut self, who: &'static str, path: &str, body: Value) -> Result<Value> {
        let path = format!("{}{path}", self.org);
        self.call(who, Method::POST, &path, body).await
    }

    /// Sends a request as one of the people. Refreshes the access token first if it has expired.
    async fn call(&mut self, who: &'static str, method: Method, path: &str, body: Value) -> Result<Value> {
        let session = self.session(who)?;
        if self.clock.now() >= session.until {
            let old = json!({ "refresh_token": session.refresh });
            let new = self.send(Method::POST, "/v1/auth/refresh", None, old).await?;
            self.enter(who, &new)?;
        }
        let session = self.session(who)?;
        self.send(method, path, Some(&session.access), body).await
    }

    fn session(&self, who: &str) -> Result<&Session> {
        let session = self.sessions.get(who);
        session.ok_or_else(|| Error::internal(format!("{who} hasn't signed up yet")))
    }

    async fn send(&self, method: Method, path: &str, token: Option<&str>, body: Value) -> Result<Value> {
        let request = Request::builder().method(&method).uri(path);
        let mut request = request.header(header::HOST, "localhost");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match body {
            Value::Null => Body::empty(),
            body => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        let request = request.body(body).map_err(Error::internal)?;
        let Ok(answer) = self.api.call(request).await;
        let status = answer.status();
        let bytes = answer.into_body().collect().await.map_err(Error::internal)?.to_bytes();
        let body = String::from_utf8_lossy(&bytes);
        if !status.is_success() {
            return Err(Error::internal(format!("{method} {path} answered {status}: {body}")));
        }
        Ok(serde_json::from_str(&body).unwrap_or_default())
    }
}

fn text<'a>(object: &'a Value, field: &str) -> Result<&'a str> {
    let text = object.get(field).and_then(Value::as_str);
    text.ok_or_else(|| Error::internal(format!("an answer without {field}")))
}
