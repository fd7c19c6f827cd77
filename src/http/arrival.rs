//! How long a request's head may take to arrive once it began, as against how long a connection may be kept for nothing.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::base::clock::pause;

/// Counts the beginnings and the ends of a connection's requests: it is odd while one runs.
pub(super) type Requests = Arc<AtomicU64>;

/// A connection that ends with an error if a head takes too long. The first is expected at once.
pub(super) struct Arriving<S> {
    stream: S,
    patience: Duration,
    requests: Requests,
    /// The count at the last read.
    seen: u64,
    /// Whether a part of a head has arrived.
    began: bool,
    timer: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl<S> Arriving<S> {
    pub(super) fn new(stream: S, patience: Duration, requests: Requests) -> Self {
        Self { stream, patience, requests, seen: 0, began: true, timer: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Arriving<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let requests = self.requests.load(Ordering::Relaxed);
        if requests != self.seen {
            (self.seen, self.began, self.timer) = (requests, false, None);
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if read.is_ready() {
            self.began |= buf.filled().len() > before;
            return read;
        }
        let is_running = requests % 2 == 1;
        if is_running || !self.began {
            return Poll::Pending;
        }
        let patience = self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(pause(patience)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Arriving<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
