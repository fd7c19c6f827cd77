//! A cable between clients and a server, which can be cut.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// What passes on whatever comes, at one port.
pub struct Cable {
    pub port: u16,
    task: JoinHandle<()>,
}

impl Cable {
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { port: listener.local_addr().unwrap().port(), task: passes_on(listener, server) }
    }

    /// From now on nobody gets through, nor do those who were: the port is closed.
    pub async fn is_cut(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }

    /// And from now on they do again, to this server.
    pub async fn is_mended(&mut self, server: SocketAddr) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        self.task = passes_on(listener, server);
    }
}

/// Passes on what comes until it is dropped, and every connection with it.
fn passes_on(listener: TcpListener, server: SocketAddr) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut client, _)) = listener.accept().await {
            connections.spawn(async move {
                let mut server = TcpStream::connect(server).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    })
}
