//! What a test asked of an organization, asked again when the test is over by everybody who may not: strangers, people
//! of another organization with the ids of this one, and members whose role is too low.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{LazyLock, Mutex},
};

use reqwest::{Method, Url};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Actor, Answer, Contract, Engine, PASSWORD, Route, Side, Stored, TestApp, Things, routes::WHOLE};

/// A request that somebody sent.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    /// With its query.
    pub path: String,
    pub body: Option<Vec<u8>>,
}

/// Requests of one shape find the same holes: one of them is enough.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Shape {
    route: String,
    fields: BTreeSet<String>,
    filters: BTreeSet<String>,
    succeeded: bool,
}

/// What was asked of organizations, the last of each shape.
#[derive(Default)]
pub struct Journal(Mutex<BTreeMap<Shape, Asked>>);

/// What was tried in this process.
static TRIED: LazyLock<Mutex<HashSet<(Engine, Shape)>>> = LazyLock::new(Mutex::default);

impl Journal {
    pub fn notes(&self, mut asked: Asked, succeeded: bool) {
        // As the client sends it: without dots.
        let url = Url::parse(&format!("http://any{}", asked.path)).unwrap();
        asked.path = url.as_str().replacen("http://any", "", 1);
        if let Some(Ok(Value::Object(mut fields))) = asked.body.as_deref().map(serde_json::from_slice) {
            // An id that the client made for something new names nothing.
            let named = fields.shift_remove("id").is_some();
            let has_results = asked.bare().ends_with("/tasks/bulk");
            if has_results {
                fields.insert(WHOLE.into(), json!(true));
            }
            if named || has_results {
                asked.body = Some(Value::Object(fields).to_string().into_bytes());
            }
        }
        if let Some(route) = asked.route().filter(Route::is_of_tenants) {
            let (fields, filters) = (asked.fields(), asked.filters());
            let shape = Shape { route: route.to_string(), fields, filters, succeeded };
            self.0.lock().unwrap().insert(shape, asked);
        }
    }

    /// Tries what no test of this process has tried yet.
    pub async fn attack(&self, app: &TestApp) {
        let engine = app.database.engine();
        let mut noted = std::mem::take(&mut *self.0.lock().unwrap());
        noted.retain(|shape, _| !TRIED.lock().unwrap().contains(&(engine, shape.clone())));
        if noted.is_empty() {
            return;
        }
        let Some(attack) = Attack::on(app).await else { return };
        noted.retain(|shape, _| TRIED.lock().unwrap().insert((engine, shape.clone())));
        let untried: Vec<Asked> = noted.into_values().collect();
        assert_eq!(attack.tries(&untried).await.faults, [] as [String; 0]);
    }
}

impl Asked {
    pub fn new(method: &Method, path: &str, body: Option<&Value>) -> Self {
        let body = body.map(|body| body.to_string().into_bytes());
        Self { method: method.clone(), path: path.to_owned(), body }
    }

    pub fn route(&self) -> Option<Route> {
        let (template, operation) = Contract::get().operation(&self.method, &self.path)?;
        Some(Route { method: self.method.clone(), template, operation })
    }

    fn query(&self) -> Option<&str> {
        Some(self.path.split_once('?')?.1)
    }

    fn fields(&self) -> BTreeSet<String> {
        let Some(body) = &self.body else { return BTreeSet::new() };
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => fields.into_iter().map(|(name, _)| name).collect(),
            _ => BTreeSet::from(["not an object".into()]),
        }
    }

    fn filters(&self) -> BTreeSet<String> {
        let pairs = self.query().unwrap_or_default().split('&');
        pairs.map(|pair| pair.split('=').next().unwrap_or_default().to_owned()).collect()
    }

    /// Each parameter of the path: the fixed part before it, its name, its value.
    fn parameters(&self, route: &Route) -> Vec<(&'static str, &'static str, &str)> {
        let (mut before, mut found) = ("", Vec::new());
        for (part, value) in route.template.split('/').zip(self.bare().split('/')) {
            if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                found.push((before, name, value));
            }
            before = part;
        }
        found
    }

    /// The path without its query.
    fn bare(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn at(&self, bare: &str, query: Option<&str>) -> Self {
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        Self { path: format!("{bare}{query}"), ..self.clone() }
    }

    pub async fn by(&self, who: &Actor) -> Answer {
        let json = self.body.is_some().then_some(("content-type", "application/json"));
        who.send_raw(self.method.clone(), &self.path, json.as_slice(), self.body.clone()).await
    }

    fn text(&self) -> String {
        let body = String::from_utf8_lossy(self.body.as_deref().unwrap_or_default());
        format!("{} {} {body}", self.method, self.path)
    }
}

/// What nobody outside may be told.
#[derive(Default)]
pub struct Secrets {
    /// Each with the table whose rows it names, as far as it names one.
    ids: BTreeMap<String, String>,
    words: BTreeSet<String>,
}

/// Shorter ones come up in random texts too.
const SHORTEST: usize = 6;

impl Secrets {
    /// Every id and every word in rows that mention none of `own`, the askers' ids. A word that the askers' rows have
    /// too, or that the document says, tells nothing.
    pub fn of(stored: &Stored, own: &[String]) -> Self {
        let (mut secrets, mut common) = (Self::default(), String::new());
        for (table, rows) in stored {
            for row in rows {
                let is_own = own.iter().any(|id| row.contains(id.as_str()));
                for (column, text) in texts(row) {
                    if is_own {
                        common = common + &text + "\n";
                    } else if is_id(&text) {
                        secrets.knows(text, if column == "id" { table } else { "" });
                    } else if text.len() >= SHORTEST {
                        secrets.words.insert(text);
                    }
                }
            }
        }
        secrets.words.retain(|word| !common.contains(word.as_str()) && !Contract::get().says(word));
        secrets
    }

    fn knows(&mut self, id: String, table: &str) {
        let known = self.ids.entry(id).or_default();
        if known.is_empty() {
            table.clone_into(known);
        }
    }

    /// The secret that an answer tells. A word of the request itself may be repeated, an id may not.
    pub fn told<'a>(&'a self, request: &str, answer: &str) -> Option<&'a str> {
        let id = self.ids.keys().find(|id| answer.contains(id.as_str()));
        let tells = |word: &&String| answer.contains(word.as_str()) && !request.contains(word.as_str());
        id.or_else(|| self.words.iter().find(tells)).map(String::as_str)
    }
}

/// What isn't as it was, but for what the security log remembers.
pub fn differences(before: &Stored, after: &Stored) -> Vec<String> {
    let tables = before.iter().zip(after.values());
    let changes = tables.flat_map(|((table, before), after)| {
        let is_fault = move |row: &&String| !remembers_a_refusal(table, row);
        let lost = before.difference(after).filter(is_fault).map(move |row| format!("{table} lost {row}"));
        lost.chain(after.difference(before).filter(is_fault).map(move |row| format!("{table} got {row}")))
    });
    changes.collect()
}

/// Whether a row is part of what the security log remembers of a refused sensitive call.
fn remembers_a_refusal(table: &str, row: &str) -> bool {
    let row: Value = serde_json::from_str(row).unwrap();
    match table {
        "security_events" | "org_security_events" => row["kind"] == "call_refused",
        "throttles" => row["key"].as_str().unwrap().starts_with("refusals "),
        "purges" => true,
        _ => false,
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// The texts of a row, each with its column.
fn texts(row: &str) -> impl Iterator<Item = (String, String)> {
    let row: Value = serde_json::from_str(row).unwrap();
    let columns = row.as_object().unwrap().clone();
    columns.into_iter().filter_map(|(column, value)| Some((column, value.as_str()?.to_owned())))
}

/// Those who try: somebody with an organization of their own, and two who are in every one that was asked, in low roles.
pub struct Attack {
    pub stranger: Actor,
    things: Things,
    /// With their roles.
    pub low: [(Actor, &'static str); 2],
    pub side: Side,
    secrets: Secrets,
    outcome: Outcome,
}

/// How often each route was tried, and what succeeded that mustn't.
#[derive(Default)]
pub struct Outcome {
    pub tries: BTreeMap<String, usize>,
    pub faults: Vec<String>,
}

impl Attack {
    /// `None` where nobody can sign up any more.
    pub async fn on(app: &TestApp) -> Option<Self> {
        let stranger = arrives(app, "Mallory Stranger").await?;
        let low =
            [(arrives(app, "Trudy Low").await?, "admin"), (arrives(app, "Craig Lower").await?, "member")];
        let org = stranger.founds("Mallory & Daughters").await;
        let things = Things::of(&org, 77).await;
        let side = Side::of(app).await;
        let own = [&stranger.id, &low[0].0.id, &low[1].0.id, &org.id, &things.user].map(Clone::clone);
        let secrets = Secrets::of(&side.stored().await, &own);
        Some(Self { stranger, things, low, side, secrets, outcome: Outcome::default() })
    }

    /// Tries all of it, and looks that none of it changed anything.
    pub async fn tries(mut self, all: &[Asked]) -> Outcome {
        let homes = self.homes(all).await;
        let before = self.side.stored().await;
        for (asked, is_home) in all.iter().zip(homes) {
            let route = asked.route().unwrap();
            self.tries_outside(asked).await;
            if is_home {
                self.tries_below(asked, &route).await;
            }
            self.tries_anothers_ids(asked, &route).await;
        }
        self.outcome.faults.extend(differences(&before, &self.side.stored().await));
        self.outcome
    }

    /// Makes the low ones members of every organization that was asked, which becomes as strict as it began; whether there
    /// is one, for each request.
    async fn homes(&self, all: &[Asked]) -> Vec<bool> {
        let stored = self.side.stored().await;
        let column = |row: &String, column: &str| {
            let row: Value = serde_json::from_str(row).unwrap();
            row[column].as_str().unwrap().to_owned()
        };
        let mut ids: BTreeMap<String, String> =
            stored["organizations"].iter().map(|row| (column(row, "id"), column(row, "id"))).collect();
        for row in &stored["org_slugs"] {
            // Of one that was purged, the slugs stay.
            if let Some(id) = ids.get(&column(row, "org_id")).cloned() {
                ids.insert(column(row, "slug"), id);
            }
        }
        let org = |asked: &Asked| ids.get(&asked.bare().split('/').nth(3)?.to_lowercase());
        self.side
            .run("update organizations set members_can_create_projects = false, members_edit = 'assigned'")
            .await;
        for org in all.iter().filter_map(org).collect::<BTreeSet<_>>() {
            for (actor, role) in &self.low {
                self.side.joins(org, &actor.id, role).await;
            }
        }
        all.iter().map(|asked| org(asked).is_some()).collect()
    }

    /// One try, which has to tell nothing, and to be answered so.
    async fn tries_one(&mut self, asked: &Asked, who: &Actor, statuses: &[u16]) {
        let answer = asked.by(who).await;
        let route = asked.route().unwrap().to_string();
        let said = format!("{} {:?} {}", answer.status, answer.headers, answer.body);
        let told = self.secrets.told(&asked.text(), &said);
        let found_nothing = answer.status == 200 && answer.body == json!({ "results": [] });
        if told.is_some() || !(found_nothing || statuses.contains(&answer.status)) {
            let fault = format!("{route}: {} by {:?} tells {told:?}: {said}", asked.text(), who.name);
            self.outcome.faults.push(fault);
        }
        *self.outcome.tries.entry(route).or_default() += 1;
    }

    async fn tries_outside(&mut self, asked: &Asked) {
        let stranger = self.stranger.clone();
        self.tries_one(asked, &stranger, &[404]).await;
        self.tries_one(asked, &stranger.app.anon(), &[401]).await;
    }

    async fn tries_below(&mut self, asked: &Asked, route: &Route) {
        let below = match route.required() {
            "owner" => self.low.to_vec(),
            "admin" => self.low[1..].to_vec(),
            _ if route.is_for_authors() => self.low.to_vec(),
            _ => Vec::new(),
        };
        for (who, _) in below {
            self.tries_one(asked, &who, &[403, 404]).await;
        }
    }

    /// The request of the stranger to their own organization, with what it names of the other one: each id in the path,
    /// the body as a whole and with each of its ids alone, the query as a whole and with each of its filters alone.
    async fn tries_anothers_ids(&mut self, asked: &Asked, route: &Route) {
        let who = self.stranger.clone();
        for path in self.paths(asked, route) {
            let body = asked.body.as_ref().map(|body| self.translated(body, ""));
            self.tries_one(&Asked { body, ..asked.at(&path, asked.query()) }, &who, &[404]).await;
        }
        let own = self.own_path(asked, route, None);
        for body in self.bodies(asked) {
            let asked = Asked { body: Some(body), ..asked.at(&own, None) };
            self.tries_one(&asked, &who, REFUSED).await;
        }
        // An export is on record, so that it changes something.
        let reads = [Method::GET, Method::HEAD].contains(&asked.method) && !own.ends_with("/export");
        for query in queries(asked) {
            // A filter finds nothing, or isn't taken. What changes something must not even begin.
            let statuses = if reads { FOUND_OR_REFUSED } else { REFUSED };
            if reads || !self.named(query.as_bytes()).is_empty() {
                let body = asked.body.as_ref().map(|body| self.translated(body, ""));
                self.tries_one(&Asked { body, ..asked.at(&own, Some(&query)) }, &who, statuses).await;
            }
        }
    }

    /// The stranger's own path, but for one parameter.
    fn own_path(&self, asked: &Asked, route: &Route, but: Option<&str>) -> String {
        let mut values = asked.parameters(route).into_iter();
        let part = |part: &'static str| match part.starts_with('{').then(|| values.next()).flatten() {
            Some((_, name, value)) if but == Some(name) => value.to_owned(),
            Some((before, name, value)) => self.things.known(before, name).unwrap_or(value).to_owned(),
            None => part.to_owned(),
        };
        route.template.split('/').map(part).collect::<Vec<_>>().join("/")
    }

    fn paths(&self, asked: &Asked, route: &Route) -> Vec<String> {
        let things = route.things();
        let others = asked.parameters(route).into_iter().filter(|(_, name, _)| things.contains(name));
        others.map(|(_, name, _)| self.own_path(asked, route, Some(name))).collect()
    }

    /// The ids in a body that aren't the stranger's.
    fn named(&self, body: &[u8]) -> Vec<&str> {
        let body = String::from_utf8_lossy(body);
        self.secrets.ids.keys().filter(|id| body.contains(id.as_str())).map(String::as_str).collect()
    }

    /// A body with the stranger's own ids, but for one.
    fn translated(&self, body: &[u8], but: &str) -> Vec<u8> {
        let mut text = String::from_utf8_lossy(body).into_owned();
        for id in self.named(body).into_iter().filter(|id| *id != but) {
            if let Some(own) = self.things.of_table(&self.secrets.ids[id]) {
                text = text.replace(id, own);
            }
        }
        text.into_bytes()
    }

    /// The body as it was, and with each of its ids alone; none if it names none.
    fn bodies(&self, asked: &Asked) -> Vec<Vec<u8>> {
        let Some(body) = &asked.body else { return Vec::new() };
        let named = self.named(body);
        let whole = (!named.is_empty()).then(|| body.clone());
        let alone = named.iter().filter(|_| named.len() > 1).map(|id| self.translated(body, id));
        whole.into_iter().chain(alone).collect()
    }
}

const REFUSED: &[u16] = &[400, 404, 409, 410, 412, 422];
const FOUND_OR_REFUSED: &[u16] = &[200, 400, 404, 409, 410, 412, 422];

/// The query as it was, and each of its filters alone.
fn queries(asked: &Asked) -> Vec<String> {
    let Some(query) = asked.query() else { return Vec::new() };
    let pairs: Vec<&str> = query.split('&').collect();
    let alone = pairs.iter().filter(|_| pairs.len() > 1).map(|pair| (*pair).to_owned());
    std::iter::once(query.to_owned()).chain(alone).collect()
}

/// Signs up, if the server lets anybody.
async fn arrives(app: &TestApp, name: &str) -> Option<Actor> {
    let email = format!("{}@attacks.example", name.replace(' ', ".").to_lowercase());
    let body = json!({ "email": email, "password": PASSWORD, "name": name });
    let answer = app.anon().post("/v1/auth/signup", body).await;
    (answer.status == 201).then(|| Actor::of_session(app.clone(), &answer.body))
}

impl Side {
    /// Puts somebody into an organization past every rule, since nobody may be left in it who could invite them.
    pub async fn joins(&self, org: &str, user: &str, role: &str) {
        let id = |id: &str| match self {
            Self::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Self::Postgres(_) => format!("'{id}'"),
        };
        let (org, user) = (id(org), id(user));
        self.run(&format!(
            "insert into memberships (org_id, user_id, role, version, joined_at)
                 values ({org}, {user}, '{role}', 1, 0);
             insert into user_orgs (user_id, org_id) values ({user}, {org})"
        ))
        .await;
    }
}
