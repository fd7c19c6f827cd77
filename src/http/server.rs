//! The HTTP/1.1 server: accepts connections below their ceilings, closes those that stall, and finishes running
//! requests on shutdown.

use std::{convert::Infallible, net::IpAddr, time::Duration};

use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;

use crate::{
    base::{
        clock::pause,
        error::{Code, Error},
        secret,
    },
    http::{
        client::{Peer, Proxies, network},
        edge::Limits,
        places::{Ceilings, Place, Places},
        rate::Caller,
    },
};

/// The number of connections over the ceilings that are told so at once. Further ones are closed without a word.
const REFUSALS: usize = 64;
/// How long a connection over the ceilings may take to send its request.
const REFUSAL_PATIENCE: Duration = Duration::from_secs(1);
/// The maximum size of a connection's read buffer, in bytes, which also limits the head of a request.
const HEAD: usize = 64 * 1024;

/// Serves requests until `stop` resolves. Then waits for running requests, at most as long as `limits.shutdown`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    proxies: Proxies,
    stop: impl Future<Output = ()>,
) {
    let mut stop = std::pin::pin!(stop);
    let graceful = GracefulShutdown::new();
    let places = Places::new(limits.connections);
    let refusals = Places::new(Ceilings { all: REFUSALS, each: REFUSALS });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok((stream, peer)) => (stream, peer.ip().to_canonical()),
            Err(error) => {
                // If the process is out of file descriptors, for example, other connections must close first.
                tracing::warn!(%error, "failed to accept a connection");
                pause(Duration::from_millis(100)).await;
                continue;
            }
        };
        // The connections of a proxy carry many clients.
        let caller = (!proxies.trusts(peer)).then(|| Caller::Address(network(peer)));
        if let Some(place) = places.take(caller, 1) {
            let connection = graceful.watch(connection(stream, peer, router.clone(), &limits));
            tokio::spawn(finish(connection, place));
        } else if let Some(place) = refusals.take(None, 1) {
            tokio::spawn(finish(refusal(stream), place));
        }
    }
    drop(listener);
    if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("shutdown timed out with requests still running");
    }
}

/// Waits for the end of a connection, which then leaves its place.
async fn finish(connection: impl Future<Output = hyper::Result<()>>, _place: Place) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection closed with an error");
    }
}

type Io = TokioIo<std::pin::Pin<Box<TimeoutStream<TcpStream>>>>;

/// Makes the stream end with an error if the client takes nothing of what is sent for that long.
fn with_progress(stream: TcpStream, stalled: Duration) -> Io {
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stalled));
    TokioIo::new(Box::pin(stream))
}

fn builder(headers: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(headers).max_buf_size(HEAD);
    builder
}

fn connection(
    stream: TcpStream,
    peer: IpAddr,
    router: Router,
    limits: &Limits,
) -> impl GracefulConnection<Error = hyper::Error> + use<> {
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<_>| {
        request.extensions_mut().insert(Peer(peer));
        service.call(request)
    });
    builder(limits.headers).serve_connection(with_progress(stream, limits.stalled), service)
}

/// Answers a connection over the ceilings with 503 and closes it.
async fn refusal(stream: TcpStream) -> hyper::Result<()> {
    let service = service_fn(async |_: hyper::Request<hyper::body::Incoming>| {
        let id = secret::hex(&secret::random::<12>());
        Ok::<_, Infallible>(Error::from(Code::Overloaded).to_response(&id))
    });
    builder(REFUSAL_PATIENCE)
        .keep_alive(false)
        .serve_connection(with_progress(stream, REFUSAL_PATIENCE), service)
        .await
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
