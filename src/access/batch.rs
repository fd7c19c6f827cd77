//! Batches: the writes of several requests in one transaction, each authorized as in a request of its own.

use std::{
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt as _, future::LocalBoxFuture};
use tokio::sync::oneshot;

use super::{
    Action, OrgWrite, Principal, Resource,
    authorize::{Authorized, authorize_write},
    gateway::TxFactory,
    idempotency::{Claim, Place},
    is_expected,
    security_log::Origin,
};
use crate::{
    base::{
        error::{Code, Error, Result, StoredAnswer},
        id::OrgId,
    },
    db::Tx,
    http::{
        idempotency::Answer,
        input::{Input, Params},
        written::Written,
    },
};

/// What a request writes to an organization, before it is authorized.
pub(super) struct Write<A, I, T, F> {
    pub(super) factory: TxFactory,
    pub(super) org: OrgId,
    pub(super) params: Params,
    pub(super) if_match: Option<String>,
    pub(super) claim: Option<Claim>,
    pub(super) written: Written,
    /// Whether the request is an operation of a batch.
    pub(super) in_batch: bool,
    pub(super) input: I,
    pub(super) f: F,
    pub(super) types: PhantomData<fn() -> (A, T)>,
}

impl<A, I, T, F> Write<A, I, T, F>
where
    A: Action,
    I: Input,
    T: Answer,
    F: AsyncFn(&OrgWrite, A::Resource, I::Value) -> Result<T>,
{
    /// Authorizes the caller, and writes. `whole` is the request's own transaction, or that of a batch.
    pub(super) async fn run(&self, whole: &Tx) -> Result<T> {
        if !self.in_batch {
            // The transaction may run again.
            self.written.forget();
        }
        let viewer = self.factory.viewer(whole, self.org);
        let Authorized { tx, resource } = authorize_write::<A>(viewer, &self.params, self.in_batch).await?;
        let value = self.input.open(self.org.uuid())?;
        if let Some(claim) = &self.claim {
            claim.lay(whole, Place::Org(self.org), tx.now()).await?;
        }
        if !resource.version().is_none_or(|version| is_expected(self.if_match.as_deref(), version)) {
            return Err(Error::stale(resource.shown(&tx).await?));
        }
        let answer = (self.f)(&tx, resource, value).await?;
        tx.settle().await?;
        tx.note_last(&self.written);
        if let Some(claim) = &self.claim {
            claim.keep(whole, Place::Org(self.org), &self.written.stored(&answer)?).await?;
            claim.schedule(&tx.as_user().directory(), self.org).await?;
        }
        Ok(answer)
    }
}

/// A write of any kind.
pub(super) trait AnyWrite: Send + 'static {
    fn run<'a>(&'a self, whole: &'a Tx) -> LocalBoxFuture<'a, Result<StoredAnswer>>;
}

impl<A, I, T, F> AnyWrite for Write<A, I, T, F>
where
    A: Action,
    I: Input,
    T: Answer + 'static,
    F: AsyncFn(&OrgWrite, A::Resource, I::Value) -> Result<T> + Send + 'static,
{
    fn run<'a>(&'a self, whole: &'a Tx) -> LocalBoxFuture<'a, Result<StoredAnswer>> {
        async move { Self::run(self, whole).await?.stored() }.boxed_local()
    }
}

/// An operation of a batch: a request that was parsed, and is to be authorized in the transaction of the batch.
pub struct Operation(Box<dyn AnyWrite>);

impl Operation {
    /// Authorizes the caller and runs the operation in the transaction of the batch. It sees what the operations before it
    /// have done.
    ///
    /// # Errors
    /// Those of the request that it is; 422 if it is a sensitive call.
    pub async fn run(&self, batch: &OrgWrite) -> Result<StoredAnswer> {
        self.0.run(batch.as_user().whole()).await
    }
}

/// Marks a request, in its extensions, as an operation of a batch: it has the caller of the batch, and hands its write over
/// instead of running it.
#[derive(Clone)]
pub struct Handover {
    pub(super) principal: Principal,
    pub(super) origin: Arc<Origin>,
    pub(super) written: Written,
    to: Arc<Mutex<Option<oneshot::Sender<Operation>>>>,
}

impl Handover {
    /// Returns the mark, and what receives the request's write.
    pub(super) fn new(
        principal: Principal,
        origin: Arc<Origin>,
        written: Written,
    ) -> (Self, oneshot::Receiver<Operation>) {
        let (to, from) = oneshot::channel();
        (Self { principal, origin, written, to: Arc::new(Mutex::new(Some(to))) }, from)
    }

    /// Hands over the write. The request ends here: its handler isn't run any further.
    ///
    /// # Errors
    /// 422 if the action can't be an operation of a batch.
    pub(super) async fn give<A, I, T, F>(&self, write: Write<A, I, T, F>) -> Result<T>
    where
        A: Action,
        Write<A, I, T, F>: AnyWrite,
    {
        if !A::IN_BATCH {
            return Err(Code::NotInBatch.into());
        }
        let to = self.to.lock().unwrap_or_else(PoisonError::into_inner).take();
        match to.map(|to| to.send(Operation(Box::new(write)))) {
            Some(Ok(())) => std::future::pending().await,
            Some(Err(_)) | None => Err(Error::internal("an operation that writes twice, or is over")),
        }
    }
}
