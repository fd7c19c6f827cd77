//! A network in which connections go dead without a word.

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// A way to a server, on a port of its own.
pub struct Wire {
    pub port: u16,
    swallowed: watch::Sender<()>,
}

impl Wire {
    pub async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self { port: listener.local_addr().unwrap().port(), swallowed: watch::Sender::new(()) };
        let swallowed = this.swallowed.clone();
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut swallowed = swallowed.subscribe();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                        _ = swallowed.changed() => {}
                    }
                    // Both sides stay open.
                    std::future::pending::<()>().await;
                });
            }
        });
        this
    }

    /// From now on, nothing goes through the connections that there are.
    pub fn swallow(&self) {
        self.swallowed.send_replace(());
    }
}
