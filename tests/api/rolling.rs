//! A rolling upgrade: the nodes of one database are replaced one after the other behind a real nginx, while clients go on.
//! `GUILDHALL_TEST_PREVIOUS` names the binary of the version before; without it, the nodes before are of this version too.

use std::process::Command;

use reqwest::Method;
use serde_json::json;

use crate::{
    process::{BINARY, Load, Server, finds_all, runtime, with_a_project},
    support::{Database, Engine, Nginx, free_ports},
};

#[expect(clippy::disallowed_methods, reason = "tests get what is outside from the environment")]
fn previous() -> String {
    std::env::var("GUILDHALL_TEST_PREVIOUS").unwrap_or_else(|_| BINARY.to_owned())
}

#[test]
fn no_request_fails_while_nodes_are_replaced_one_after_the_other() {
    runtime().block_on(async {
        let (database, folder) = (Database::empty(Engine::Postgres).await, tempfile::tempdir().unwrap());
        let (url, log) = (database.url(), folder.path().join("log"));
        let addresses: [String; 4] = free_ports().map(|port| format!("127.0.0.1:{port}"));
        let servers = addresses.each_ref().map(|address| format!("server {address} max_fails=0;"));
        let nginx = Nginx::in_front_of("nodes", &format!("upstream nodes {{ {} }}", servers.concat()));
        let public_url = format!("http://{}", nginx.address);
        let node = |binary: &str, address: &str| {
            let mut args = vec!["--listen", address, "--public-url", &public_url];
            args.extend(["--trusted-proxies", "127.0.0.1/32", "--rate-limit", "off"]);
            Server::start_program(&mut Command::new(binary), &url, &log, &args).0
        };
        let (before, after) = addresses.split_at(2);
        let mut nodes: Vec<Server> = before.iter().map(|address| node(&previous(), address)).collect();
        let token = with_a_project(&nodes[0]).await;
        let load = Load::start_at(&public_url, &token).await;

        let migrate = ["migrate", "--database-url", &url];
        assert!(Command::new(BINARY).args(migrate).output().unwrap().status.success());
        for address in after {
            // The oldest node ends beside one of each version, and clients get on with those.
            nodes.push(node(BINARY, address));
            let mut old = nodes.remove(0);
            old.signal("-TERM");
            let more = load.acknowledged().len() + 100;
            while load.acknowledged().len() < more {
                nodes[1].gets(Method::GET, "/readyz", &token, json!({}), 200).await;
            }
            assert!(old.process.wait().unwrap().success());
        }
        let acknowledged = load.until(async { drop(nodes) }).await;
        finds_all(&node(BINARY, &before[0]), &token, &acknowledged).await;
        database.discard().await;
    });
}
