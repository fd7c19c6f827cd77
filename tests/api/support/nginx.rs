//! A real nginx in front of a server, set up as Debian ships it: it compresses, and speaks HTTP/1.0 to what is behind it.

use std::{
    cell::Cell,
    fmt::Display,
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Engine, TestApp};

/// A running nginx, which ends with it.
pub struct Nginx {
    pub address: SocketAddr,
    process: Child,
    _folder: tempfile::TempDir,
}

thread_local! {
    /// Whether the servers that this thread starts are behind one.
    static WANTED: Cell<bool> = const { Cell::new(false) };
}

/// Runs one test on one engine, whose every server is behind an nginx of its own.
pub fn run_behind_nginx<F: Future<Output = ()>>(engine: Engine, body: impl FnOnce(TestApp) -> F) {
    WANTED.set(true);
    super::run(engine, body);
}

impl Nginx {
    /// One in front of this server, if the test is about that.
    pub fn if_wanted(server: SocketAddr) -> Option<Self> {
        WANTED.get().then(|| Self::in_front_of(server, ""))
    }

    /// One in front of an address, or of the `upstream` of that name in these settings, which it has besides.
    pub fn in_front_of(server: impl Display, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};\n"))
            .concat();
        let config = format!(
            "daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr;
             events {{ worker_connections 768; }}
             http {{
                 {temporary}
                 access_log off;
                 sendfile on;
                 tcp_nopush on;
                 types_hash_max_size 2048;
                 include /etc/nginx/mime.types;
                 default_type application/octet-stream;
                 gzip on;
                 gzip_proxied any;
                 gzip_types application/json application/problem+json;
                 {settings}
                 server {{
                     listen {address};
                     location / {{ proxy_pass http://{server}; include /etc/nginx/proxy_params; }}
                 }}
             }}"
        );
        std::fs::write(folder.path().join("nginx.conf"), config).unwrap();
        // It takes over the socket, which listens already: as descriptor 3, out of what is standard input here.
        let process = Command::new("sh")
            .args(["-c", "PATH=$PATH:/usr/sbin exec nginx -p \"$0\" -c nginx.conf -e stderr 3<&0 </dev/null"])
            .arg(folder.path())
            .env("NGINX", "3;")
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { address, process, _folder: folder }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its first process ends the others when it is asked to, and could not when it is killed.
        let _ = kill_process(Pid::from_child(&self.process), Signal::TERM);
        let _ = self.process.wait();
    }
}
