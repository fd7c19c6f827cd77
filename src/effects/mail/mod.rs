//! Mail: messages are written to an outbox in the transaction that causes them, sent after its commit, and retried
//! after failures.

mod message;
pub mod sender;
mod smtp;
pub(crate) mod store;
mod transport;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

pub use message::{AccountChange, Message, MessageKind, reset_url};
pub use smtp::Smtp;
pub use transport::{Sender, Transport};

use crate::{
    access::SystemTx,
    base::{
        clock::Time,
        error::{Error, Result},
        id::MailId,
        secret::Seal,
        text::Email,
    },
};

/// The configuration of outgoing mail.
#[derive(Debug, Clone)]
pub struct Mail {
    pub transport: Transport,
    pub from: Sender,
}

/// The outbox: encrypts messages and stores them until they are sent. Cheap to clone.
#[derive(Clone)]
pub struct Outbox {
    seal: Arc<Seal>,
    /// Whether the mail server is known to refuse addresses with letters beyond ASCII before the @.
    ascii_only: Arc<AtomicBool>,
}

/// A message with its recipient, as the outbox stores it after encryption.
#[derive(Serialize, Deserialize)]
struct Addressed {
    to: String,
    message: Message,
}

impl Outbox {
    pub fn new(seal: Seal) -> Self {
        Self { seal: Arc::new(seal), ascii_only: Arc::default() }
    }

    /// Refuses an address that no message can reach, when it is set.
    ///
    /// # Errors
    /// 422 at `/email` if the address needs the extension SMTPUTF8 and the mail server lacks it.
    pub fn admit(&self, email: &Email) -> Result<()> {
        if email.local().is_ascii() || !self.ascii_only.load(Ordering::Relaxed) {
            return Ok(());
        }
        let why = "can't get mail from this server: use an address with only letters of English before the @";
        Err(Error::field("/email", "undeliverable", why))
    }

    /// Puts a message into the outbox, to be sent once this transaction is committed.
    pub async fn put(&self, tx: &SystemTx, to: &str, message: Message) -> Result<()> {
        self.put_for(tx, to, message, tx.now()).await.map(drop)
    }

    /// Puts a message into the outbox, to be sent at this time. Returns its id, with which [`Outbox::take_back`]
    /// cancels it.
    pub async fn put_for(&self, tx: &SystemTx, to: &str, message: Message, due: Time) -> Result<MailId> {
        let (id, kind) = (tx.id(), MessageKind::from(&message));
        let addressed = Addressed { to: to.to_owned(), message };
        let text = serde_json::to_string(&addressed).map_err(Error::internal)?;
        store::insert(tx, id, kind, &self.seal.close(&text)?, due).await?;
        Ok(id)
    }

    /// Deletes a message from the outbox. Does nothing if it was already sent.
    pub async fn take_back(tx: &SystemTx, id: MailId) -> Result<()> {
        store::delete(tx, id).await.map(drop)
    }

    /// Returns whom a waiting message goes to. `None` if it was given up, or can't be decrypted any more.
    pub fn recipient(&self, sealed: &str) -> Option<String> {
        self.open(sealed).map(|addressed| addressed.to)
    }

    fn open(&self, sealed: &str) -> Option<Addressed> {
        serde_json::from_str(&self.seal.open(sealed)?).ok()
    }
}

/// A kind of message that a caller can request without being logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Request {
    Verification,
    Reset,
}

crate::db::text_column!(Request, into_str);

/// Returns whether there are unanswered requests for messages, or messages that are due.
pub async fn is_waiting(tx: &SystemTx) -> Result<bool> {
    store::is_waiting(tx).await
}

/// Requests a message to an address that may or may not have an account. The account is looked up later, when the
/// request is answered, so that the response takes the same time in both cases.
pub async fn request(tx: &SystemTx, request: Request, email: &Email) -> Result<()> {
    store::insert_request(tx, tx.id(), request, email.canonical()).await
}
