//! Whether the time of an answer tells if an address has an account: interleaved samples of both kinds, compared with
//! the test of Mann and Whitney (Annals of Mathematical Statistics 18, 1947).

use std::{path::Path, time::Instant};

use serde_json::{Value, json};

use crate::{Outcome, server::Server};

/// Of each kind, on each route.
const SAMPLES: usize = 1000;
/// How often one address is used on a route: fewer than what would throttle it.
const USES: usize = 4;

type Body = fn(&str) -> Value;

/// The routes that know an address when they see it. The first has accounts of its own: a mail too many isn't sent.
const ROUTES: [(&str, &str, Body); 3] = [
    ("/v1/auth/login", "a", |email| json!({ "email": email, "password": "quite another staple" })),
    ("/v1/auth/password/forgot", "b", |email| json!({ "email": email })),
    ("/v1/auth/email/resend", "c", |email| json!({ "email": email })),
];

/// Measures a fresh server, and prints a line for each route.
pub fn run(database: &str, folder: &Path) -> Outcome<()> {
    let server = Server::start(database, folder)?;
    println!(
        "{SAMPLES} samples of each kind, interleaved\n\n{:<28}{:>12}{:>12}{:>10}{:>8}{:>10}",
        "route", "known µs", "unknown µs", "P(k > u)", "z", "p"
    );
    let account = |label: &str, n: usize| format!("{label}{n}@known.example");
    let accounts = SAMPLES / USES;
    for (_, label, _) in ROUTES {
        for n in 0..accounts {
            let body = json!({ "email": account(label, n), "password": "only this benchmark knows it", "name": "Ann" });
            server.send("/v1/auth/signup", &address(n), &body)?;
        }
    }
    for (path, label, body) in ROUTES {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for n in 0..SAMPLES {
            let known_one = || time(&server, path, n, &body(&account(label, n % accounts)));
            let unknown_one =
                || time(&server, path, n, &body(&format!("{label}{}@unknown.example", n % accounts)));
            // Which comes first takes turns.
            if n % 2 == 0 {
                known.push(known_one()?);
                unknown.push(unknown_one()?);
            } else {
                unknown.push(unknown_one()?);
                known.push(known_one()?);
            }
        }
        let Comparison { share, z, p } = compare(&known, &unknown);
        println!(
            "{path:<28}{:>12.0}{:>12.0}{share:>10.3}{z:>8.2}{p:>10.4}",
            median(&known),
            median(&unknown)
        );
    }
    Ok(())
}

/// Microseconds until the answer.
fn time(server: &Server, path: &str, n: usize, body: &Value) -> Outcome<f64> {
    let started = Instant::now();
    server.send(path, &address(n), body)?;
    Ok(started.elapsed().as_secs_f64() * 1e6)
}

/// Another client now and then, so that no address fails too often.
fn address(n: usize) -> String {
    format!("192.0.2.{}", n / 50)
}

struct Comparison {
    /// How probably a sample of the first kind takes longer than one of the second: 0.5 if they are alike.
    share: f64,
    z: f64,
    /// How probable so great a difference would be if they were alike, two-sided.
    p: f64,
}

/// By ranks, with the normal approximation, which is good from twenty samples on. Times have no ties to speak of.
fn compare(one: &[f64], other: &[f64]) -> Comparison {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|time| (*time, true)).chain(other.iter().map(|time| (*time, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks: f64 =
        all.iter().zip(1..).filter(|((_, first), _)| *first).map(|(_, rank)| f64::from(rank)).sum();
    let (m, n) = (one.len() as f64, other.len() as f64);
    let u = ranks - m * (m + 1.0) / 2.0;
    let z = (u - m * n / 2.0) / (m * n * (m + n + 1.0) / 12.0).sqrt();
    Comparison { share: u / (m * n), z, p: 2.0 * upper_tail(z.abs()) }
}

/// The standard normal distribution beyond z (Abramowitz and Stegun, 7.1.26: good to seven decimals).
fn upper_tail(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let terms = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let polynomial = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    polynomial * (-x * x).exp() / 2.0
}

fn median(times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}
