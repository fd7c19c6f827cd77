//! The alarm of an engine that can't go on: its process should end, so that its supervisor starts it anew.

use std::thread;

use tokio::sync::watch;

#[derive(Debug, Clone, Default)]
pub(super) struct Alarm(watch::Sender<bool>);

impl Alarm {
    pub(super) fn ring(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the alarm was rung.
    pub(super) async fn rung(&self) {
        // The sender of the channel is this value.
        let _ = self.0.subscribe().wait_for(|is_rung| *is_rung).await;
    }

    /// Returns a value that rings the alarm when it is dropped by a panic: whoever holds it doesn't go on then.
    pub(super) fn on_panic(&self) -> OnPanic {
        OnPanic(self.clone())
    }
}

pub(super) struct OnPanic(Alarm);

impl Drop for OnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::error!("a thread of the database engine ended");
            self.0.ring();
        }
    }
}
