//! pgbouncer, between a server and its PostgreSQL.

use std::{
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::free_ports;

/// It ends with this value.
pub struct Pooler {
    process: Child,
    folder: TempDir,
    port: u16,
    database: String,
}

impl Pooler {
    /// One that pools connections to this database in a mode: `session`, `transaction` or `statement`.
    pub async fn start(database_url: &str, mode: &str) -> Self {
        let url = url::Url::parse(database_url).unwrap();
        let folder = tempfile::tempdir().unwrap();
        // Run as root, it takes another user, who has to make its socket there.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let [port] = free_ports();
        let settings = format!(
            "[databases]\n* = host={} port={} user={} password={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir = {}\nauth_type = any\npool_mode = {mode}\ndefault_pool_size = 30\n",
            url.host_str().unwrap(),
            url.port().unwrap(),
            url.username(),
            url.password().unwrap(),
            folder.path().display(),
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        let process = Command::new("pgbouncer")
            .args(["--quiet", "--user", "nobody"])
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer is installed");
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::task::yield_now().await;
        }
        Self { process, folder, port, database: url.path().trim_start_matches('/').to_owned() }
    }

    pub fn url(&self) -> String {
        format!("postgres://any@127.0.0.1:{}/{}", self.port, self.database)
    }

    /// The URL of its socket.
    pub fn socket_url(&self) -> String {
        let (database, folder, port) = (&self.database, self.folder.path().display(), self.port);
        format!("postgresql:///{database}?user=any&host={folder}&port={port}")
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
