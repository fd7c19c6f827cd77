//! What the requests of one caller, and of all together, may hold at once: turns to run, bytes of bodies that arrive, bytes
//! of responses that nobody has taken yet.

use std::{
    collections::HashMap,
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, HttpBody as _},
    http::{HeaderValue, header},
    response::Response,
};
use bytes::Bytes;
use futures_util::{TryStreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    places::{Ceilings, Place, Places},
    rate::Caller,
};
use crate::base::error::{Code, Error, Refusal, Result};

/// Responses up to this size, in bytes, are counted for nothing: a connection may keep one in its buffer.
const SMALL: usize = 64 * 1024;
/// The size of the pieces, in bytes, in which a larger response is handed to its connection, which holds few of them.
const PIECE: usize = 16 * 1024;

/// The limits of connections and requests.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many connections may be open. Further ones are answered with 503.
    pub connections: Ceilings,
    /// How many requests of one user, or of one network's strangers, run at once. Further ones wait.
    pub at_once: usize,
    /// How long they wait before they are refused.
    pub turn: Duration,
    /// How many bytes of bodies may arrive at once. Further ones are refused.
    pub bodies: Ceilings,
    /// How many bytes of large responses may wait for their clients at once. Further ones are refused.
    pub responses: Ceilings,
    /// How many archives of organizations may be made, or taken by their clients, at once. Further ones are refused.
    pub exports: Ceilings,
    /// How long a client may take nothing of a response before its connection is closed.
    pub stalled: Duration,
    /// How many event streams may be open. They last, and leave connections to others.
    pub streams: usize,
    /// How long the headers of a request may take to arrive.
    pub headers: Duration,
    /// How long a connection is kept without a request: longer than proxies keep theirs, so that none sends a request to
    /// a connection that is being closed.
    pub idle: Duration,
    /// How long a request may take from then to the response, including the arrival of the body.
    pub request: Duration,
    /// How long an event stream waits without a notification before it sends a heartbeat and authorizes the caller
    /// again.
    pub heartbeat: Duration,
    /// How long a server that was told to stop takes new connections, so that whoever passes them on finds out.
    pub notice: Duration,
    /// How long running requests may take to finish after that.
    pub shutdown: Duration,
}

const MIB: usize = 1024 * 1024;

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: Ceilings { all: 10_000, each: 1_000 },
            at_once: 64,
            turn: Duration::from_secs(10),
            bodies: Ceilings { all: 64 * MIB, each: 8 * MIB },
            responses: Ceilings { all: 256 * MIB, each: 32 * MIB },
            exports: Ceilings { all: 16, each: 2 },
            stalled: Duration::from_secs(30),
            streams: 7_500,
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            request: Duration::from_secs(30),
            heartbeat: Duration::from_secs(15),
            notice: Duration::from_secs(2),
            shutdown: Duration::from_secs(20),
        }
    }
}

/// The load of one server.
pub struct Load {
    turns: Turns,
    patience: Duration,
    bodies: Places,
    responses: Places,
}

impl Load {
    pub fn new(limits: &Limits) -> Self {
        Self {
            turns: Turns { most: limits.at_once, callers: Arc::default() },
            patience: limits.turn,
            bodies: Places::new(limits.bodies),
            responses: Places::new(limits.responses),
        }
    }

    /// Waits until the caller has few enough requests running.
    ///
    /// # Errors
    /// 429 if that takes too long.
    pub async fn turn(&self, caller: Caller) -> Result<Turn> {
        let late = |_| {
            let refusal =
                Code::RateLimited.refusal("Too many requests at once: wait for the answers to some.");
            Error::from(Refusal { retry_after: Some(Duration::from_secs(1)), ..refusal })
        };
        tokio::time::timeout(self.patience, self.turns.take(caller)).await.map_err(late)
    }

    /// Counts the bytes of a body as they arrive. At a ceiling, reading fails with [`Full`]. The bytes count until both
    /// the body and the returned place are dropped.
    pub fn body(&self, caller: Caller, body: Body) -> (Body, Option<Arc<Mutex<Place>>>) {
        if body.is_end_stream() {
            return (body, None);
        }
        let Some(place) = self.bodies.take(Some(caller), 0) else {
            return (Body::from_stream(stream::iter([Err::<Bytes, _>(Full)])), None);
        };
        let place = Arc::new(Mutex::new(place));
        let counting = place.clone();
        let counted = body.into_data_stream().map_err(axum::BoxError::from).and_then(move |bytes| {
            let fits = counting.lock().unwrap_or_else(PoisonError::into_inner).grow(bytes.len());
            std::future::ready(if fits { Ok(bytes) } else { Err(Full.into()) })
        });
        (Body::from_stream(counted), Some(place))
    }

    /// Counts the bytes of a large response until its client has taken nearly all of it.
    ///
    /// # Errors
    /// 503 at a ceiling.
    pub fn response(&self, caller: Caller, response: Response) -> Result<Response> {
        let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
        let Some(size) = size.filter(|size| *size > SMALL) else { return Ok(response) };
        let place = self.responses.take(Some(caller), size).ok_or(Code::Overloaded)?;
        let mut response = response.map(|body| in_pieces(body, place));
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
        Ok(response)
    }
}

/// Returns the same body in small pieces. A connection takes a body piece by piece, as its client takes them, and would
/// take one large piece at once; only so is the place given up when its bytes are gone.
fn in_pieces(body: Body, place: Place) -> Body {
    let state = (body.into_data_stream(), Bytes::new(), place);
    Body::from_stream(stream::try_unfold(state, |(mut body, mut rest, place)| async move {
        while rest.is_empty() {
            match body.try_next().await? {
                Some(bytes) => rest = bytes,
                None => return Ok::<_, axum::Error>(None),
            }
        }
        let piece = rest.split_to(rest.len().min(PIECE));
        Ok(Some((piece, (body, rest, place))))
    }))
}

/// The error of a body that doesn't fit below the ceilings.
#[derive(Debug)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too many bodies are arriving")
    }
}

impl StdError for Full {}

impl Full {
    /// Returns whether this is why reading a body failed.
    pub fn is_cause_of(error: &(dyn StdError + 'static)) -> bool {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if error.is::<Self>() {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// The requests that run, by their caller.
struct Turns {
    /// How many of one caller run at once. Further ones wait in the order in which they came.
    most: usize,
    callers: Arc<Mutex<HashMap<Caller, Arc<Semaphore>>>>,
}

/// A request's turn to run, until this is dropped.
pub struct Turn {
    callers: Arc<Mutex<HashMap<Caller, Arc<Semaphore>>>>,
    caller: Caller,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    async fn take(&self, caller: Caller) -> Turn {
        // Made before the wait, so that it cleans up also after a request that ends while waiting.
        let mut turn = Turn { callers: self.callers.clone(), caller, permit: None };
        let running = {
            let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
            callers.entry(caller).or_insert_with(|| Arc::new(Semaphore::new(self.most))).clone()
        };
        turn.permit = running.acquire_owned().await.ok();
        turn
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut callers = self.callers.lock().unwrap_or_else(PoisonError::into_inner);
        // Who runs or waits has a reference of their own.
        if callers.get(&self.caller).is_some_and(|running| Arc::strong_count(running) == 1) {
            callers.remove(&self.caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;
    use futures_util::FutureExt as _;
    use http_body_util::BodyExt as _;

    use super::*;

    fn load(each: usize) -> Load {
        let ceilings = Ceilings { all: 10 * each, each };
        Load::new(&Limits { at_once: 2, bodies: ceilings, responses: ceilings, ..Limits::default() })
    }

    fn caller(last: u8) -> Caller {
        Caller::Address([192, 0, 2, last].into())
    }

    #[tokio::test]
    async fn a_callers_third_request_waits_for_one_of_two_and_others_do_not() {
        let load = load(1);
        let [first, second] = [load.turn(caller(1)).await.unwrap(), load.turn(caller(1)).await.unwrap()];
        let mut third = Box::pin(load.turn(caller(1)));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(load.turn(caller(2)).now_or_never().is_some());
        drop(first);
        let third = third.await.unwrap();
        // A request that is given up while it waits leaves nothing behind.
        assert!(load.turn(caller(1)).now_or_never().is_none());
        drop((second, third));
        assert_eq!(load.turns.callers.lock().unwrap().len(), 0);
    }

    #[tokio::test]
    async fn bodies_count_until_their_request_is_answered() {
        let load = load(100);
        let collect = async |caller| {
            let (body, place) = load.body(caller, Body::from(vec![0; 100]));
            (body.collect().await.map(|body| body.to_bytes().len()), place)
        };
        let (read, place) = collect(caller(1)).await;
        assert_eq!(read.unwrap(), 100);
        assert!(Full::is_cause_of(&collect(caller(1)).await.0.unwrap_err()));
        assert_eq!(collect(caller(2)).await.0.unwrap(), 100);
        drop(place);
        assert_eq!(collect(caller(1)).await.0.unwrap(), 100);
    }

    #[tokio::test]
    async fn a_large_response_counts_until_it_is_taken() {
        let load = load(SMALL);
        let answer = |size: usize| load.response(caller(1), vec![7; size].into_response());
        let mut large = answer(5 * SMALL).unwrap();
        assert_eq!(large.headers()[header::CONTENT_LENGTH], (5 * SMALL).to_string());
        assert_eq!(answer(SMALL + 1).unwrap_err().code(), Code::Overloaded);
        assert!(answer(SMALL).is_ok());
        assert_eq!(large.body_mut().frame().await.unwrap().unwrap().into_data().unwrap().len(), PIECE);
        assert!(answer(SMALL + 1).is_err());
        assert_eq!(large.into_body().collect().await.unwrap().to_bytes().len(), 5 * SMALL - PIECE);
        assert!(answer(SMALL + 1).is_ok());
    }
}
