//! The queue for the cores that hash passwords. It has lanes, which take turns, and in a lane the callers take turns, so
//! that neither those who sign up nor one busy address keep others from logging in.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::{
    base::{
        error::{Code, Result},
        id::{Id, UserId},
    },
    http::{
        client::{Client, network},
        rate::Caller,
    },
};

/// The maximum number of calls that wait in a lane. Beyond it, the caller with the most waiting calls loses its last one.
const WAITING: usize = 64;

/// Where a call stands in the queue.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    lane: Lane,
    caller: Caller,
}

#[derive(Debug, Clone, Copy)]
enum Lane {
    LogIn,
    SignUp,
    /// Of those who have proved something already, with a session or a link from a message.
    Proven,
}

impl Standing {
    pub fn logging_in(client: &Client) -> Self {
        Self { lane: Lane::LogIn, caller: Caller::Address(network(client.address)) }
    }

    pub fn signing_up(client: &Client) -> Self {
        Self { lane: Lane::SignUp, caller: Caller::Address(network(client.address)) }
    }

    pub fn logged_in(user: UserId) -> Self {
        Self { lane: Lane::Proven, caller: Caller::User(user) }
    }

    pub fn with_link(client: &Client) -> Self {
        Self { lane: Lane::Proven, caller: Caller::Address(network(client.address)) }
    }

    pub fn operator() -> Self {
        Self::logged_in(Id::NIL)
    }
}

/// The queue. Cloning is cheap; the clones are one queue.
#[derive(Clone)]
pub struct Lanes(Arc<Shared>);

struct Shared {
    cores: usize,
    queue: Mutex<Queue>,
}

struct Queue {
    running: usize,
    log_in: Waiting,
    sign_up: Waiting,
    proven: Waiting,
    /// The lanes, in the order in which they take turns.
    order: [Lane; 3],
}

/// The calls that wait in a lane, by caller, in the order in which the callers take turns.
#[derive(Default)]
struct Waiting(VecDeque<(Caller, VecDeque<oneshot::Sender<Turn>>)>);

/// The right to use a core. Dropping it gives the turn to the next call.
pub struct Turn(Option<Arc<Shared>>);

impl Lanes {
    pub fn new(cores: usize) -> Self {
        Self(Arc::new(Shared { cores, queue: Mutex::new(Queue::new()) }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// 503 if the lane is full and no other caller has more calls in it, or when a call of a caller with fewer takes the
    /// place.
    pub async fn turn(&self, standing: Standing) -> Result<Turn> {
        let turn = {
            let mut queue = self.0.queue();
            if queue.running < self.0.cores {
                queue.running += 1;
                return Ok(Turn(Some(self.0.clone())));
            }
            queue.lane(standing.lane).join(standing.caller)?
        };
        // The other end is dropped when the call loses its place.
        turn.await.map_err(|_| Code::Overloaded.into())
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn new() -> Self {
        let [log_in, sign_up, proven] = Default::default();
        Self { running: 0, log_in, sign_up, proven, order: [Lane::LogIn, Lane::SignUp, Lane::Proven] }
    }

    const fn lane(&mut self, lane: Lane) -> &mut Waiting {
        match lane {
            Lane::LogIn => &mut self.log_in,
            Lane::SignUp => &mut self.sign_up,
            Lane::Proven => &mut self.proven,
        }
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let mut order = self.order.into_iter().enumerate();
        let (at, call) = order.find_map(|(at, lane)| Some((at, self.lane(lane).pop()?)))?;
        self.order.rotate_left(at + 1);
        Some(call)
    }
}

impl Waiting {
    fn join(&mut self, caller: Caller) -> Result<oneshot::Receiver<Turn>> {
        if self.0.iter().map(|(_, calls)| calls.len()).sum::<usize>() >= WAITING {
            self.make_room(caller)?;
        }
        let (call, turn) = oneshot::channel();
        match self.0.iter_mut().find(|(other, _)| *other == caller) {
            Some((_, calls)) => calls.push_back(call),
            None => self.0.push_back((caller, VecDeque::from([call]))),
        }
        Ok(turn)
    }

    /// Removes the calls that were given up. If that isn't enough, removes the last call of the caller with the most.
    fn make_room(&mut self, caller: Caller) -> Result<()> {
        for (_, calls) in &mut self.0 {
            calls.retain(|call| !call.is_closed());
        }
        self.0.retain(|(_, calls)| !calls.is_empty());
        let own = self.0.iter().find(|(other, _)| *other == caller).map_or(0, |(_, calls)| calls.len());
        if self.0.iter().map(|(_, calls)| calls.len()).sum::<usize>() < WAITING {
            return Ok(());
        }
        match self.0.iter_mut().map(|(_, calls)| calls).max_by_key(|calls| calls.len()) {
            Some(most) if most.len() > own + 1 => {
                most.pop_back();
                Ok(())
            }
            _ => Err(Code::Overloaded.into()),
        }
    }

    fn pop(&mut self) -> Option<oneshot::Sender<Turn>> {
        let (caller, mut calls) = self.0.pop_front()?;
        let call = calls.pop_front();
        if !calls.is_empty() {
            self.0.push_back((caller, calls));
        }
        call
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(shared) = self.0.take() else { return };
        loop {
            let next = {
                let mut queue = shared.queue();
                let Some(next) = queue.pop() else {
                    queue.running -= 1;
                    return;
                };
                next
            };
            match next.send(Self(Some(shared.clone()))) {
                Ok(()) => return,
                // The call was given up: the turn goes to the one after it.
                Err(mut turn) => turn.0 = None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn from(last: u8, lane: Lane) -> Standing {
        Standing { lane, caller: Caller::Address([192, 0, 2, last].into()) }
    }

    #[tokio::test]
    async fn lanes_and_callers_take_turns() {
        let lanes = Lanes::new(1);
        let running = lanes.turn(from(1, Lane::SignUp)).await.unwrap();
        let calls = [
            from(1, Lane::SignUp),
            from(1, Lane::SignUp),
            from(2, Lane::SignUp),
            from(3, Lane::LogIn),
            from(3, Lane::LogIn),
            from(4, Lane::Proven),
        ];
        let mut waiting: Vec<_> = calls.iter().map(|call| Some(Box::pin(lanes.turn(*call)))).collect();
        for call in waiting.iter_mut().flatten() {
            assert!(call.now_or_never().is_none());
        }
        let mut order = Vec::new();
        let mut turn = Some(running);
        while turn.take().is_some() {
            for (number, slot) in waiting.iter_mut().enumerate() {
                if let Some(Some(next)) = slot.as_mut().map(FutureExt::now_or_never) {
                    *slot = None;
                    order.push(number);
                    turn = Some(next.unwrap());
                    break;
                }
            }
        }
        assert_eq!(order, [3, 0, 5, 4, 2, 1]);
        assert_eq!(lanes.0.queue().running, 0);
    }

    #[tokio::test]
    async fn a_full_lane_refuses_whoever_fills_it() {
        let lanes = Lanes::new(1);
        let running = lanes.turn(from(1, Lane::SignUp)).await.unwrap();
        let mut busy: Vec<_> = (0..WAITING).map(|_| Box::pin(lanes.turn(from(1, Lane::SignUp)))).collect();
        assert!(busy.iter_mut().all(|call| call.now_or_never().is_none()));
        assert!(lanes.turn(from(1, Lane::SignUp)).await.is_err());
        let mut other = Box::pin(lanes.turn(from(2, Lane::SignUp)));
        assert!((&mut other).now_or_never().is_none());
        assert!((&mut busy[WAITING - 1]).now_or_never().unwrap().is_err(), "it lost its place");
        assert!((&mut busy[WAITING - 2]).now_or_never().is_none());
        let mut login = Box::pin(lanes.turn(from(1, Lane::LogIn)));
        assert!((&mut login).now_or_never().is_none(), "another lane has room");
        // Who has gone makes room.
        drop((busy, login));
        let mut again = Box::pin(lanes.turn(from(1, Lane::SignUp)));
        assert!((&mut again).now_or_never().is_none());
        drop(running);
        assert!((&mut other).now_or_never().unwrap().is_ok());
        assert!((&mut again).now_or_never().unwrap().is_ok());
        assert_eq!(lanes.0.queue().running, 0);
    }
}
