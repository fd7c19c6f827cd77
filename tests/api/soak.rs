//! Clients that write offline, are killed and repeat, with a server that is killed with -9, while rights are granted and withdrawn:
//! in the end each has what the server has, and the server has everything once. `make soak` does it a thousand times.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use guildhall::base::{clock::Clock, id::Ids};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::{
    process::Server,
    support::{Actor, Dice, Options, Org, Replica, TestApp, both_engines},
};

/// How many rounds there are unless `GUILDHALL_SOAK_ROUNDS` says otherwise.
const ROUNDS: usize = 10;
const PROJECTS: [&str; 3] = ["WEB", "APP", "OPS"];

/// What a client wants to be written. It is kept until there is an answer, whatever happens to the client.
struct Wish {
    key: String,
    path: String,
    body: Value,
    /// The action and what tells its entry from all others.
    mark: (&'static str, String),
    /// Whether it was sent and no answer came.
    in_doubt: bool,
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Done,
    Refused,
    /// It was in doubt when the right to it was withdrawn: it may have been done before.
    Unknown,
}

/// A client: its queue and its copy outlive it.
struct Device {
    actor: Actor,
    copy: Replica,
    outbox: VecDeque<Wish>,
    fates: BTreeMap<(&'static str, String), Fate>,
}

/// What the clients of a round have in common.
struct Weather {
    /// After so many answers the server is killed.
    answers: AtomicUsize,
    storm: Notify,
}

#[derive(Default, Debug)]
struct Counts {
    kills: usize,
    repeats: usize,
    replays: usize,
}

impl Device {
    fn new(actor: &Actor, org: &Org) -> Self {
        let copy = Replica::of(actor, org);
        Self { actor: actor.clone(), copy, outbox: VecDeque::new(), fates: BTreeMap::new() }
    }

    /// Wants something, without asking the server.
    fn wants(&mut self, org: &Org, dice: &mut Dice) {
        let new_id = || Ids::default().make::<()>(Clock::system().now()).to_string();
        let (key, id) = (new_id(), new_id());
        let mut tasks: Vec<String> = self.copy.ids("task").into_iter().map(str::to_owned).collect();
        // Also what isn't there yet: its id is known.
        let queued = self.outbox.iter().filter(|wish| wish.mark.0 == "task.created");
        tasks.extend(queued.map(|wish| wish.mark.1.clone()));
        let (path, body, mark) = match dice.below(3) {
            0 if !tasks.is_empty() => {
                let path = org.path(&format!("/tasks/{}/comments", dice.one_of(&tasks)));
                (path, json!({ "id": id, "body": "Said" }), ("comment.created", id))
            }
            1 if !tasks.is_empty() => {
                let path = format!("/tasks/{}", dice.one_of(&tasks));
                let change = json!({ "method": "PATCH", "path": path, "body": { "title": id } });
                (org.path("/batch"), json!({ "operations": [change] }), ("task.updated", id))
            }
            _ => {
                let path = org.path(&format!("/projects/{}/tasks", dice.one_of(&PROJECTS)));
                (path, json!({ "id": id, "title": "Made" }), ("task.created", id))
            }
        };
        self.outbox.push_back(Wish { key, path, body, mark, in_doubt: false });
    }

    /// Sends what it wants, in order, until the network or the client ends.
    async fn sends(&mut self, server: &Server, weather: &Weather, dice: &mut Dice, counts: &mut Counts) {
        while let Some(wish) = self.outbox.front_mut() {
            let url = format!("{}{}", server.url, wish.path);
            let request = server.client.request(Method::POST, url).json(&wish.body);
            let request = request.bearer_auth(self.actor.token.as_ref().unwrap());
            let request = request.header("idempotency-key", &wish.key);
            counts.repeats += usize::from(wish.in_doubt);
            let asks = async {
                let answer = request.send().await.ok()?;
                let replayed = answer.headers().contains_key("idempotency-replayed");
                Some((answer.status().as_u16(), replayed, answer.bytes().await.ok()?))
            };
            // One that is killed hears no answer.
            let is_killed = dice.once_in(4);
            let life = Duration::from_micros(u64::try_from(dice.below(12_000)).unwrap());
            let answer =
                if is_killed { tokio::time::timeout(life, asks).await.ok().flatten() } else { asks.await };
            let Some((status, replayed, body)) = answer else {
                wish.in_doubt = true;
                if is_killed {
                    continue;
                }
                return;
            };
            counts.replays += usize::from(replayed);
            let fate = match status {
                200 | 201 => Fate::Done,
                403 | 404 if wish.in_doubt => Fate::Unknown,
                403 | 404 => Fate::Refused,
                503 => continue,
                _ => panic!("{} {}: {status} {}", wish.path, wish.body, String::from_utf8_lossy(&body)),
            };
            let wish = self.outbox.pop_front().unwrap();
            self.fates.insert(wish.mark, fate);
            if weather.answers.fetch_sub(1, Ordering::SeqCst) == 1 {
                weather.storm.notify_one();
            }
        }
    }

    async fn syncs(&mut self, server: &Server) {
        self.copy.actor = at(&self.actor, server);
        self.copy.syncs(50).await;
    }
}

/// The actor who speaks to this server.
fn at(actor: &Actor, server: &Server) -> Actor {
    let port = server.url.rsplit(':').next().unwrap().parse::<u16>().unwrap();
    actor.with_address(([127, 0, 0, 1], port).into())
}

/// Grants or withdraws a right.
async fn rules(owner: &Actor, org: &Org, people: &[String], dice: &mut Dice) {
    let (person, project) = (dice.one_of(people), dice.one_of(&PROJECTS));
    let member = org.path(&format!("/projects/{project}/members/{person}"));
    let answer = match dice.below(4) {
        0 => {
            let visibility = *dice.one_of(&["private", "organization"]);
            owner.patch(org.path(&format!("/projects/{project}")), json!({ "visibility": visibility })).await
        }
        1 => owner.put(member).await,
        2 => owner.delete(member).await,
        _ => {
            let role = *dice.one_of(&["member", "admin"]);
            owner.patch(org.path(&format!("/members/{person}")), json!({ "role": role })).await
        }
    };
    assert!(answer.succeeded() || answer.status == 404, "{}: {}", answer.asked, answer.body);
}

/// The entries of the activity by their marks, each with how often it is there.
async fn entries(owner: &Actor, org: &Org) -> BTreeMap<(String, String), usize> {
    let (mut found, mut seqs) = (BTreeMap::new(), Vec::new());
    for entry in owner.walks(&org.path("/activity?"), 200).await {
        seqs.push(entry["seq"].as_i64().unwrap());
        let action = entry["action"].as_str().unwrap().to_owned();
        let mark = match entry["changes"]["title"]["to"].as_str() {
            Some(title) if action == "task.updated" => title.to_owned(),
            _ => entry["subject"]["id"].as_str().unwrap().to_owned(),
        };
        *found.entry((action, mark)).or_insert(0) += 1;
    }
    let last = i64::try_from(seqs.len()).unwrap();
    assert_eq!(seqs, (1..=last).rev().collect::<Vec<_>>(), "the record has gaps");
    found
}

/// A number that the environment gives.
#[expect(clippy::disallowed_methods, reason = "how long it goes on is no setting of the product")]
fn given(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

async fn soak(app: &TestApp, rounds: usize, dice: &mut Dice) {
    let ann = app.signs_up("Ann").await;
    let acme = ann.founds("Acme").await;
    for name in ["Web", "App", "Ops"] {
        acme.project(name).await;
    }
    let with_a_token = async |who: &Actor| {
        let made =
            who.post("/v1/me/tokens", json!({ "name": "Device", "scopes": ["read", "write"] })).await.is(201);
        who.with_token(made["token"].as_str().unwrap())
    };
    let ann = with_a_token(&ann).await;
    let mut devices = vec![Device::new(&ann, &acme), Device::new(&ann, &acme)];
    for name in ["Bob", "Cy"] {
        let person = with_a_token(&acme.gets(name, "member").await).await;
        devices.push(Device::new(&person, &acme));
    }
    let people: Vec<String> = devices[2..].iter().map(|device| device.actor.id.clone()).collect();
    let folder = tempfile::tempdir().unwrap();
    let start =
        || Server::start_with(&app.database.url(), &folder.path().join("log"), &["--rate-limit", "off"]);
    let (mut server, mut counts) = (start(), Counts::default());
    for _ in 0..rounds {
        for device in &mut devices {
            for _ in 0..dice.below(5) {
                device.wants(&acme, dice);
            }
        }
        if dice.once_in(2) {
            rules(&at(&ann, &server), &acme, &people, dice).await;
        }
        let weather = Weather { answers: AtomicUsize::new(1 + dice.below(8)), storm: Notify::new() };
        let (mut each, storms) = (Vec::new(), dice.once_in(2));
        for device in &mut devices {
            let (server, weather, mut dice) =
                (&server, &weather, Dice(u64::try_from(dice.below(1 << 30)).unwrap()));
            each.push(async move {
                let mut counts = Counts::default();
                device.sends(server, weather, &mut dice, &mut counts).await;
                counts
            });
        }
        let kill = async {
            weather.storm.notified().await;
            if storms {
                server.signal("-KILL");
            }
            std::future::pending::<()>().await;
        };
        let told = tokio::select! {
            told = join_all(each) => told,
            () = kill => unreachable!(),
        };
        for told in told {
            counts.repeats += told.repeats;
            counts.replays += told.replays;
        }
        if storms {
            counts.kills += 1;
            drop(server);
            server = start();
        }
        for device in &mut devices {
            if dice.once_in(3) {
                device.syncs(&server).await;
            }
        }
    }

    let calm = Weather { answers: AtomicUsize::new(usize::MAX), storm: Notify::new() };
    for device in &mut devices {
        while !device.outbox.is_empty() {
            device.sends(&server, &calm, dice, &mut counts).await;
        }
        device.syncs(&server).await;
        device.copy.is_true().await;
    }
    let entries = entries(&at(&ann, &server), &acme).await;
    let (mut done, mut refused) = (0, 0);
    for (mark, fate) in devices.iter().flat_map(|device| &device.fates) {
        let times = entries.get(&(mark.0.to_owned(), mark.1.clone())).copied().unwrap_or(0);
        match fate {
            Fate::Done => assert_eq!(times, 1, "{mark:?} is done"),
            Fate::Refused => assert_eq!(times, 0, "{mark:?} was refused"),
            Fate::Unknown => assert!(times <= 1, "{mark:?} was in doubt, and is there {times} times"),
        }
        done += usize::from(*fate == Fate::Done);
        refused += usize::from(*fate != Fate::Done);
    }
    println!("{rounds} rounds: {done} writes done, {refused} refused, {counts:?}");
    assert!(done > rounds && counts.repeats > 0 && counts.kills > 0, "nothing was tried: {done} {counts:?}");
}

both_engines! {
    async fn what_is_written_offline_arrives_once_whoever_is_killed(app: TestApp) {
        // The process has the system's clock.
        let app = TestApp::start_on(app.database.clone(), Clock::system(), Options::default()).await;
        let rounds = given("GUILDHALL_SOAK_ROUNDS").map_or(ROUNDS, |rounds| usize::try_from(rounds).unwrap());
        let seed = given("GUILDHALL_SOAK_SEED").unwrap_or(1);
        println!("GUILDHALL_SOAK_SEED={seed}");
        soak(&app, rounds, &mut Dice(seed)).await;
    }
}
