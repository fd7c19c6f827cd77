//! The HTTP/1.1 server: accepts connections, enforces the header timeout, and finishes running requests on shutdown.

use std::sync::Arc;

use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore};

use crate::http::{client::Peer, edge::Limits};

/// The maximum number of open connections. Further ones wait to be accepted.
const CONNECTIONS: usize = 10_000;
/// The maximum size of a connection's read buffer, in bytes, which also limits the head of a request.
const HEAD: usize = 64 * 1024;

/// Serves requests until `stop` resolves. Then waits for running requests, at most as long as `limits.shutdown`.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // If the process is out of file descriptors, for example, other connections must close first.
                tracing::warn!(%error, "failed to accept a connection");
                pause().await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let peer = Peer(peer.ip().to_canonical());
        let service = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: hyper::Request<_>| {
            request.extensions_mut().insert(peer);
            service.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.headers)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection closed with an error");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("shutdown timed out with requests still running");
    }
}

#[expect(clippy::disallowed_methods, reason = "the wait is real time, whatever the clock says")]
async fn pause() {
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
}

/// Returns a future that resolves on SIGTERM or SIGINT.
///
/// # Errors
/// When the signal handlers can't be installed.
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}
