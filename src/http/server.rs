//! The HTTP/1.1 server: accepts connections below their ceilings, closes those that stall, and finishes running
//! requests on shutdown.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::Router;
use hyper::{
    header::{self, HeaderValue},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulConnection, GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
};
use tokio_io_timeout::TimeoutStream;

use crate::{
    base::{
        clock::pause,
        error::{Code, Error},
        secret,
    },
    http::{
        arrival::{Arriving, Requests},
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

/// The path at which a process is asked whether it is alive. The answer must not depend on how much it has to do.
const ALIVE: &str = "/livez";
/// How often a server that is about to stop looks whether all connections are closed.
const LOOK: Duration = Duration::from_millis(50);
/// How long the requests of connections that were taken last may be under way.
const UNDER_WAY: Duration = Duration::from_millis(500);

/// Serves requests until `stop` resolves, and those that come shortly after: every response then closes its connection, so
/// that its client goes elsewhere. Then waits for running requests, at most as long as `limits.shutdown`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    proxies: Proxies,
    stop: impl Future<Output = ()>,
) {
    let server = Server {
        places: Places::new(limits.connections),
        refusals: Places::new(Ceilings { all: REFUSALS, each: REFUSALS }),
        graceful: GracefulShutdown::new(),
        is_closing: Arc::default(),
        router,
        proxies,
        limits,
    };
    tokio::select! {
        () = server.accept(&listener) => {}
        () = stop => {}
    }
    server.is_closing.store(true, Ordering::Relaxed);
    let notice = tokio::time::timeout(server.limits.notice, server.accept(&listener));
    tokio::select! {
        _ = notice => {}
        () = server.is_left() => {}
    }
    // The system has accepted connections that this process hasn't taken yet, and would reset them.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            match stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
                Ok(stream) => server.take((stream, peer)),
                Err(error) => tracing::warn!(%error, "failed to accept a connection"),
            }
        }
    }
    // Connections without a request are closed next, and their requests may be under way.
    let _ = tokio::time::timeout(UNDER_WAY, server.is_left()).await;
    let Server { graceful, limits, .. } = server;
    if tokio::time::timeout(limits.shutdown, graceful.shutdown()).await.is_err() {
        tracing::warn!("shutdown timed out with requests still running");
    }
}

struct Server {
    router: Router,
    limits: Limits,
    proxies: Proxies,
    places: Places,
    refusals: Places,
    graceful: GracefulShutdown,
    /// Whether every response closes its connection.
    is_closing: Arc<AtomicBool>,
}

impl Server {
    /// Accepts connections, without end.
    async fn accept(&self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok(accepted) => self.take(accepted),
                Err(error) => {
                    // If the process is out of file descriptors, for example, other connections must close first.
                    tracing::warn!(%error, "failed to accept a connection");
                    pause(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Waits until no connection is open.
    async fn is_left(&self) {
        pause(LOOK).await;
        while self.graceful.count() > 0 {
            pause(LOOK).await;
        }
    }

    fn take(&self, (stream, peer): (TcpStream, SocketAddr)) {
        let _ = stream.set_nodelay(true);
        let peer = peer.ip().to_canonical();
        // The connections of a proxy carry many clients.
        let caller = (!self.proxies.trusts(peer)).then(|| Caller::Address(network(peer)));
        if let Some(place) = self.places.take(caller, 1) {
            tokio::spawn(finish(self.graceful.watch(self.connection(stream, peer)), place));
        } else if let Some(place) = self.refusals.take(None, 1) {
            tokio::spawn(finish(refusal(stream, self.router.clone()), place));
        }
    }

    fn connection(
        &self,
        stream: TcpStream,
        peer: IpAddr,
    ) -> impl GracefulConnection<Error = hyper::Error> + use<> {
        let requests = Requests::default();
        let stream = Arriving::new(stream, self.limits.headers, requests.clone());
        let service = TowerToHyperService::new(self.router.clone());
        let is_closing = self.is_closing.clone();
        let service = service_fn(move |mut request: hyper::Request<_>| {
            requests.fetch_add(1, Ordering::Relaxed);
            request.extensions_mut().insert(Peer(peer));
            let response = service.call(request);
            let (requests, is_closing) = (requests.clone(), is_closing.clone());
            async move {
                let mut response = response.await?;
                requests.fetch_add(1, Ordering::Relaxed);
                if is_closing.load(Ordering::Relaxed) {
                    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                }
                Ok::<_, Infallible>(response)
            }
        });
        builder(self.limits.idle).serve_connection(with_progress(stream, self.limits.stalled), service)
    }
}

/// Waits for the end of a connection, which then leaves its place.
async fn finish(connection: impl Future<Output = hyper::Result<()>>, _place: Place) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection closed with an error");
    }
}

type Io<S> = TokioIo<Pin<Box<TimeoutStream<S>>>>;

/// Makes the stream end with an error if the client takes nothing of what is sent for that long.
fn with_progress<S: AsyncRead + AsyncWrite>(stream: S, stalled: Duration) -> Io<S> {
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(stalled));
    TokioIo::new(Box::pin(stream))
}

fn builder(idle: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(idle).max_buf_size(HEAD);
    builder
}

/// Answers a connection over the ceilings with 503 and closes it, unless it asks whether the process is alive.
async fn refusal(stream: TcpStream, router: Router) -> hyper::Result<()> {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let is_health = request.uri().path() == ALIVE;
        let answer = is_health.then(|| router.call(request));
        async move {
            if let Some(answer) = answer {
                return answer.await;
            }
            let id = secret::hex(&secret::random::<12>());
            Ok::<_, Infallible>(Error::from(Code::Overloaded).to_response(&id))
        }
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
