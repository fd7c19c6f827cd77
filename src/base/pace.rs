//! The size and the pauses of the steps of long work, and the priority of its thread, so that nobody waits for it.

use std::time::Duration;

use super::clock::pause;

/// The fewest rows of a step, which the first has, and the most.
const FEWEST: usize = 20;
const MOST: usize = 500;
/// The time for which a step may keep other writers waiting. One that took longer is followed by smaller ones.
const HELD: Duration = Duration::from_millis(3);
/// The pause after a step, in multiples of the time that it took.
const PAUSE: u32 = 3;

/// How many rows the next step of long work has.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    rows: usize,
}

impl Pace {
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it isn't a value, but a beginning")]
    pub const fn new() -> Self {
        Self { rows: FEWEST }
    }

    #[must_use]
    pub const fn rows(self) -> usize {
        self.rows
    }

    /// Pauses after a step that kept other writers waiting for `held`, and took `took` with its own waiting.
    pub async fn rest(&mut self, held: Duration, took: Duration) {
        self.rows = if held > HELD { self.rows / 2 } else { self.rows * 2 }.clamp(FEWEST, MOST);
        pause(took * PAUSE).await;
    }
}

/// Gives this thread a tenth of the processor's time while another thread needs it.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(10) {
        tracing::debug!(%error, "failed to lower the priority of a thread");
    }
}
