//! Long work in steps, between which others get their turn.

use std::time::Duration;

use crate::{
    access::{Public, SystemTx},
    base::{
        clock::Stopwatch,
        error::{Error, Result},
        pace::Pace,
    },
};

/// Takes steps of up to so many rows, each in a transaction of its own, until one says that there are no more.
///
/// # Errors
/// That of the first step that fails. Those before it stay.
pub(super) async fn run(
    public: &Public,
    step: impl AsyncFn(&SystemTx, usize) -> Result<bool> + Clone + Send + 'static,
) -> Result<()> {
    let mut pace = Pace::new();
    loop {
        let (started, rows, step) = (Stopwatch::start(), pace.rows(), step.clone());
        let step = async move |tx: &SystemTx| {
            let started = Stopwatch::start();
            let more = step(tx, rows).await?;
            Ok::<(bool, Duration), Error>((more, started.elapsed()))
        };
        let (more, held) = public.write(step).await?;
        if !more {
            return Ok(());
        }
        pace.rest(held, started.elapsed()).await;
    }
}
