//! The sender of the outbox's messages. It runs on every node; each message is claimed by one node at a time.

use std::{
    collections::HashSet,
    sync::{Mutex, atomic::Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use tracing::{Instrument as _, Span, field::Empty, info_span};

use super::{
    Addressed, Mail, Message, MessageKind, Outbox,
    store::{self, Claimed},
    transport::{Envelope, Refused},
};
use crate::{
    access::{Public, SystemTx},
    base::{error::Result, id::MailId, trace::TARGET},
};

/// How long a node's claim of a message lasts. Afterwards another node can send it.
const LEASE: Duration = Duration::from_mins(5);
/// The timeout for sending one message.
const PATIENCE: Duration = Duration::from_mins(2);
/// The waits after the first, the second, … failed attempt. A message is given up when the attempt after the last wait
/// fails too.
const WAITS: [Duration; 7] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(20),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(6),
];

/// Sends the messages in the outbox.
pub struct Sending {
    public: Public,
    outbox: Outbox,
    mail: Mail,
    /// The front end's URL, which links in messages begin with.
    base: String,
    /// Messages that the mail server accepted but that couldn't be deleted from the outbox yet. They aren't sent again.
    taken: Mutex<HashSet<MailId>>,
}

impl Sending {
    /// Creates the sender. `base` is the front end's URL, which links in messages begin with.
    pub fn new(public: Public, outbox: Outbox, mail: Mail, base: String) -> Self {
        Self { public, outbox, mail, base, taken: Mutex::default() }
    }

    /// Asks the mail server which addresses it takes, for [`Outbox::admit`].
    pub async fn learn(&self) {
        match self.mail.transport.test().await {
            Ok(utf8) => self.outbox.ascii_only.store(!utf8, Ordering::Relaxed),
            Err(error) => tracing::warn!(error, "failed to reach the mail server"),
        }
    }

    /// Sends up to 10 messages that are due. Returns whether there were any.
    pub async fn round(&self) -> Result<bool> {
        let lease = async |tx: &SystemTx| store::claim(tx, tx.now() + LEASE).await;
        let claimed = self.public.write(lease).await?;
        let busy = !claimed.is_empty();
        join_all(claimed.into_iter().map(|mail| self.send(mail))).await;
        Ok(busy)
    }

    async fn send(&self, mail: Claimed) {
        let span = info_span!(
            target: TARGET,
            "mail",
            otel.name = "send mail",
            otel.kind = "client",
            otel.status_code = Empty,
            guildhall.mail.id = %mail.id,
            guildhall.mail.kind = Empty,
            guildhall.mail.attempt = mail.attempts,
            guildhall.mail.outcome = Empty,
        );
        self.attempt(mail, &span).instrument(span.clone()).await;
    }

    async fn attempt(&self, mail: Claimed, span: &Span) {
        let id = mail.id;
        let outcome = if self.is_taken(id) { Ok("sent_before") } else { self.deliver(&mail, span).await };
        let attempts = usize::try_from(mail.attempts).unwrap_or(usize::MAX);
        let wait = attempts.checked_sub(1).and_then(|failed| WAITS.get(failed).copied());
        let note = match (outcome, wait) {
            (Ok(outcome), _) => {
                span.record("guildhall.mail.outcome", outcome);
                self.note_taken(id);
                self.public.write(async move |tx: &SystemTx| store::delete(tx, id).await.map(drop)).await
            }
            (Err(Refused::ForNow(error)), Some(wait)) => {
                tracing::warn!(%id, error, "failed to send mail, will retry");
                span.record("guildhall.mail.outcome", "put_off").record("otel.status_code", "error");
                let write =
                    async move |tx: &SystemTx| store::put_off(tx, id, tx.now() + wait, &short(&error)).await;
                self.public.write(write).await
            }
            (Err(Refused::ForNow(error) | Refused::Forever(error)), _) => {
                tracing::error!(%id, error, "failed to send mail, giving up");
                span.record("guildhall.mail.outcome", "given_up").record("otel.status_code", "error");
                self.public
                    .write(async move |tx: &SystemTx| store::dead_letter(tx, id, &short(&error)).await)
                    .await
            }
        };
        match note {
            Ok(()) => self.forget(id),
            // The message stays claimed until the lease expires, and is then handled again.
            Err(error) => tracing::warn!(%id, %error, "failed to record the outcome of sending mail"),
        }
    }

    /// Sends a message. Returns what became of it, for the trace.
    async fn deliver(&self, mail: &Claimed, span: &Span) -> Result<&'static str, Refused> {
        let opened = self.outbox.open(&mail.sealed);
        let Addressed { to, message } = opened.ok_or_else(|| {
            Refused::Forever("it is sealed with a master secret that is no longer configured".into())
        })?;
        span.record("guildhall.mail.kind", MessageKind::from(&message).into_str());
        if message.is_late(self.public.gateway().clock().now()) {
            return Ok("too_late");
        }
        let message = render(&message, &self.base)?;
        let config = &self.mail;
        let envelope =
            Envelope { id: mail.id, created_at: mail.created_at, from: &config.from, to: &to, message };
        tokio::time::timeout(PATIENCE, config.transport.send(envelope))
            .await
            .unwrap_or_else(|_| Err(Refused::ForNow("the mail server took too long".into())))
            .map(|()| "sent")
    }

    fn is_taken(&self, id: MailId) -> bool {
        self.taken().contains(&id)
    }

    fn note_taken(&self, id: MailId) {
        self.taken().insert(id);
    }

    fn forget(&self, id: MailId) {
        self.taken().remove(&id);
    }

    fn taken(&self) -> std::sync::MutexGuard<'_, HashSet<MailId>> {
        self.taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn render(message: &Message, base: &str) -> Result<super::message::Rendered, Refused> {
    message.render(base).map_err(|e| Refused::Forever(e.to_string()))
}

fn short(error: &str) -> String {
    error.chars().take(300).collect()
}
