//! wrk: the load generator that takes the least of the processors that the server and the database need too.

use std::{
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde::Deserialize;

use crate::{Outcome, server::Server};

/// Clients at once, each with its own connection, each waiting for its answer before it asks again.
pub const CLIENTS: usize = 64;

/// What one run showed.
pub struct Load {
    pub per_second: f64,
    pub latency: Latency,
    /// What the server's process used of the processors, in milliseconds per request.
    pub cpu_millis: f64,
}

/// How long answers took, and how many requests failed.
pub struct Latency {
    pub p50_millis: f64,
    pub p99_millis: f64,
    pub errors: u64,
}

#[derive(Deserialize)]
struct Measured {
    requests: f64,
    micros: f64,
    p50: f64,
    p99: f64,
    errors: u64,
}

impl Measured {
    fn latency(&self) -> Latency {
        Latency { p50_millis: self.p50 / 1e3, p99_millis: self.p99 / 1e3, errors: self.errors }
    }
}

/// Sends the requests in turn for so long, after a second that isn't counted.
pub fn run(
    server: &Server,
    requests: &[String],
    clients: usize,
    time: Duration,
    folder: &Path,
) -> Outcome<Load> {
    let file = folder.join("requests");
    fs::write(&file, requests.join("\n"))?;
    let wrk = |time| wrk(server, &server.token, &file, clients, time).and_then(measured);
    wrk(Duration::from_secs(1))?;
    let before = server.cpu()?;
    let measured = wrk(time)?;
    let cpu = (server.cpu()? - before) as f64;
    if measured.errors > 0 {
        return Err(format!("{} requests failed: {requests:.1?}", measured.errors).into());
    }
    Ok(Load {
        per_second: measured.requests / measured.micros * 1e6,
        latency: measured.latency(),
        cpu_millis: cpu / measured.requests,
    })
}

/// Sends the requests in turn for so long, as somebody, on so many connections.
pub fn asks(
    server: &Server,
    token: &str,
    requests: &[String],
    clients: usize,
    time: Duration,
    folder: &Path,
) -> Outcome<Latency> {
    let file = folder.join("asked");
    fs::write(&file, requests.join("\n"))?;
    Ok(measured(wrk(server, token, &file, clients, time)?)?.latency())
}

/// Somebody who sends requests until this is dropped.
pub struct Busy(Child);

impl Busy {
    pub fn start(
        server: &Server,
        token: &str,
        requests: &[String],
        clients: usize,
        folder: &Path,
    ) -> Outcome<Self> {
        let file = folder.join("busy");
        fs::write(&file, requests.join("\n"))?;
        Ok(Self(wrk(server, token, &file, clients, Duration::from_mins(10))?))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wrk(server: &Server, token: &str, requests: &Path, clients: usize, time: Duration) -> Outcome<Child> {
    Command::new("wrk")
        .args(["--threads", "1", "--connections", &clients.to_string()])
        .args(["--duration", &format!("{}s", time.as_secs()), "--timeout", "30s"])
        .args(["--script", concat!(env!("CARGO_MANIFEST_DIR"), "/bench/wrk.lua"), &server.url, "--"])
        .arg(requests)
        .arg(token)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("wrk: {error}").into())
}

fn measured(wrk: Child) -> Outcome<Measured> {
    let output = wrk.wait_with_output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line)
        .map_err(|_| format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}
