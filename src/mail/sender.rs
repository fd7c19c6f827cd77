//! Sends what is in the outbox. Every node does; a mail is taken by one of them at a time.

use std::{collections::HashSet, sync::Mutex, time::Duration};

use futures_util::future::join_all;

use super::{
    Addressed, Letter, Request,
    store::{self, Claimed},
    transport::{Parcel, Refused},
};
use crate::{
    access::{Public, SystemTx},
    accounts,
    app::App,
    error::Result,
    id::MailId,
};

/// How long a node may be sending a mail before another takes it for lost.
const LEASE: Duration = Duration::from_mins(5);
/// How long one sending may take, in all.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long to wait after the first failure, the second, …; after the last of them a mail is given up.
const WAITS: [Duration; 7] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(20),
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(6),
];

/// Sends the outbox's mails.
pub struct Sending {
    app: App,
    public: Public,
    /// What the server took but couldn't be taken out of the outbox yet: never sent again.
    taken: Mutex<HashSet<MailId>>,
}

impl Sending {
    #[must_use]
    pub fn new(app: &App) -> Self {
        Self { app: app.clone(), public: Public::new(app), taken: Mutex::default() }
    }

    /// Makes the mails that were asked for, and sends those that are due. Whether there were any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn round(&self) -> Result<bool> {
        if !self.public.read(async |tx: &SystemTx| store::is_waiting(tx).await).await? {
            return Ok(false);
        }
        let outbox = self.app.outbox().clone();
        let answer = async move |tx: &SystemTx| {
            let requests = store::take_requests(tx).await?;
            for (request, email) in &requests {
                match request {
                    Request::Verification => accounts::links::send_verification(tx, &outbox, email).await?,
                    Request::Reset => accounts::links::send_reset(tx, &outbox, email).await?,
                }
            }
            Ok(requests.len())
        };
        let made = self.public.write(answer).await?;
        let lease = async |tx: &SystemTx| store::claim(tx, tx.now() + LEASE).await;
        let claimed = self.public.write(lease).await?;
        let busy = made + claimed.len() > 0;
        join_all(claimed.into_iter().map(|mail| self.send(mail))).await;
        Ok(busy)
    }

    async fn send(&self, mail: Claimed) {
        let id = mail.id;
        let outcome = if self.is_taken(id) { Ok(()) } else { self.deliver(&mail).await };
        let attempts = usize::try_from(mail.attempts).unwrap_or(usize::MAX);
        let wait = attempts.checked_sub(1).and_then(|failed| WAITS.get(failed).copied());
        let note = match (outcome, wait) {
            (Ok(()), _) => {
                self.note_taken(id);
                self.public.write(async move |tx: &SystemTx| store::delete(tx, id).await).await
            }
            (Err(Refused::ForNow(error)), Some(wait)) => {
                tracing::warn!(%id, error, "a mail could not be sent, and will be tried again");
                let write =
                    async move |tx: &SystemTx| store::put_off(tx, id, tx.now() + wait, &short(&error)).await;
                self.public.write(write).await
            }
            (Err(Refused::ForNow(error) | Refused::Forever(error)), _) => {
                tracing::error!(%id, error, "a mail was given up");
                self.public.write(async move |tx: &SystemTx| store::bury(tx, id, &short(&error)).await).await
            }
        };
        match note {
            Ok(()) => self.forget(id),
            // It stays claimed until the lease is over.
            Err(error) => tracing::warn!(%id, %error, "what became of a mail could not be noted"),
        }
    }

    async fn deliver(&self, mail: &Claimed) -> Result<(), Refused> {
        let opened = self.app.outbox().open(&mail.sealed);
        let Addressed { to, letter } =
            opened.ok_or_else(|| Refused::Forever("it was sealed with a secret that is gone".into()))?;
        if letter.is_late(self.app.clock().now()) {
            return Ok(());
        }
        let letter = render(&letter, &self.app.config().public_url)?;
        let config = &self.app.config().mail;
        let parcel = Parcel { id: mail.id, created_at: mail.created_at, from: &config.from, to: &to, letter };
        tokio::time::timeout(PATIENCE, config.transport.send(parcel))
            .await
            .unwrap_or_else(|_| Err(Refused::ForNow("the mail server took too long".into())))
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

fn render(letter: &Letter, base: &str) -> Result<super::letter::Rendered, Refused> {
    letter.render(base).map_err(|e| Refused::Forever(e.to_string()))
}

fn short(error: &str) -> String {
    error.chars().take(300).collect()
}
