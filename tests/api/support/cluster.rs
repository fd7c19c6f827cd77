//! A PostgreSQL server of a test's own, for what would disturb the others: its end, its keys, its roles.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
};

use tokio_postgres::{Client, NoTls};

use super::free_ports;

/// It ends with this value, or with the test process.
pub struct Cluster {
    /// A superuser's.
    pub url: String,
    keeper: Child,
    leash: Option<ChildStdin>,
}

impl Cluster {
    /// One that keeps what it acknowledged.
    pub fn start() -> Self {
        let mut keeper = Command::new("scripts/with-postgres")
            .args(["sh", "-c", "echo $GUILDHALL_TEST_POSTGRES_URL; exec cat >/dev/null"])
            .env_remove("GUILDHALL_TEST_POSTGRES_URL")
            .env("GUILDHALL_TEST_POSTGRES_DURABLE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let leash = keeper.stdin.take();
        Self { url: url.trim().to_owned(), keeper, leash }
    }

    pub async fn admin(&self) -> Client {
        self.admin_of("postgres").await
    }

    /// A superuser's connection to a database.
    pub async fn admin_of(&self, database: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url_of(database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// The superuser's URL of a database.
    pub fn url_of(&self, database: &str) -> String {
        format!("{}/{database}", self.url.rsplit_once('/').unwrap().0)
    }

    /// The URL of a database for another login: `name:password`.
    pub fn url_as(&self, login: &str, database: &str) -> String {
        let url = self.url_of(database);
        format!("postgres://{login}@{}", url.split_once('@').unwrap().1)
    }

    async fn setting(&self, name: &str) -> String {
        self.admin().await.query_one(&format!("show {name}"), &[]).await.unwrap().get(0)
    }

    /// Ends the server as a crash would, and starts it again on what is on its disk.
    pub async fn crash(&self) {
        let data = self.setting("data_directory").await;
        bash(
            r#"
            kill -KILL "$(head -n 1 "$data/postmaster.pid")"
            # Until its children have noticed, it can't be started.
            for try in 1 2 3 4 5 6 7 8 9 10; do
                in_folder "$bin/pg_ctl" restart --silent --wait --pgdata="$data" --log=server.log && exit 0
            done
            exit 1"#,
            &[&data],
        );
    }
}

impl Cluster {
    /// Ends the server at once, for good.
    pub async fn end(&self) {
        control(&self.setting("data_directory").await, "stop --mode=immediate");
    }

    /// A server that follows this one.
    pub async fn standby(&self) -> Standby {
        let [port] = free_ports();
        let primary = self.setting("data_directory").await;
        let data = format!("{primary}-standby");
        bash(
            r#"in_folder "$bin/pg_basebackup" --dbname="$3" --pgdata="$2" --write-recovery-conf --checkpoint=fast"#,
            &[&primary, &data, &self.url],
        );
        control(
            &data,
            &format!(
                "start --options='-p {port} -c max_connections=200 -c listen_addresses=127.0.0.1 -c unix_socket_directories='"
            ),
        );
        Standby { data, port }
    }
}

/// A server that follows another. It ends with this value.
pub struct Standby {
    data: String,
    pub port: u16,
}

impl Standby {
    /// Lets it be written.
    pub fn promote(&self) {
        control(&self.data, "promote");
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        control(&self.data, "stop --mode=immediate");
    }
}

/// Runs `pg_ctl` for the server with this data.
fn control(data: &str, command: &str) {
    bash(&format!(r#"in_folder "$bin/pg_ctl" {command} --silent --pgdata="$1" --log=standby.log"#), &[data]);
}

/// Runs a script with the user and the binaries of the server whose data is in the first argument.
fn bash(script: &str, arguments: &[&str]) {
    let prelude = r#"
        owner=$(stat -c %U "$1") bin=$(dirname "$(head -n 1 "${1%-standby}/postmaster.opts" | cut -d ' ' -f 1)")
        as() { if [ "$(id -un)" = "$owner" ]; then "$@"; else runuser -u "$owner" -- "$@"; fi; }
        in_folder() { cd "$data/.." && as "$@" >/dev/null 2>&1; }
        data=$1
    "#;
    let status = Command::new("bash")
        .args(["-euc", &format!("{prelude}{script}"), "cluster"])
        .args(arguments)
        .status();
    assert!(status.unwrap().success(), "{script}");
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.leash.take());
        let _ = self.keeper.wait();
    }
}
