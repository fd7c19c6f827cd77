//! wrk: the load generator that takes the least of the processors that the server and the database need too.

use std::{fs, path::Path, process::Command, time::Duration};

use serde::Deserialize;

use crate::{Outcome, server::Server};

/// Clients at once, each with its own connection, each waiting for its answer before it asks again.
pub const CLIENTS: usize = 64;

/// What one run showed.
pub struct Load {
    pub per_second: f64,
    pub p50_millis: f64,
    pub p99_millis: f64,
    /// What the server's process used of the processors, in milliseconds per request.
    pub cpu_millis: f64,
}

#[derive(Deserialize)]
struct Measured {
    requests: f64,
    micros: f64,
    p50: f64,
    p99: f64,
    errors: u64,
}

/// Sends the requests in turn for so long, after a second that isn't counted.
pub fn run(server: &Server, requests: &[String], time: Duration, folder: &Path) -> Outcome<Load> {
    let file = folder.join("requests");
    fs::write(&file, requests.join("\n"))?;
    wrk(server, &file, Duration::from_secs(1))?;
    let before = server.cpu()?;
    let measured = wrk(server, &file, time)?;
    let cpu = (server.cpu()? - before) as f64;
    if measured.errors > 0 {
        return Err(format!("{} requests failed: {requests:.1?}", measured.errors).into());
    }
    Ok(Load {
        per_second: measured.requests / measured.micros * 1e6,
        p50_millis: measured.p50 / 1e3,
        p99_millis: measured.p99 / 1e3,
        cpu_millis: cpu / measured.requests,
    })
}

fn wrk(server: &Server, requests: &Path, time: Duration) -> Outcome<Measured> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &CLIENTS.to_string()])
        .args(["--duration", &format!("{}s", time.as_secs())])
        .args(["--script", concat!(env!("CARGO_MANIFEST_DIR"), "/bench/wrk.lua"), &server.url, "--"])
        .arg(requests)
        .arg(&server.token)
        .output()
        .map_err(|error| format!("wrk: {error}"))?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line)
        .map_err(|_| format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)).into())
}
