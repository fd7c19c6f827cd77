//! Mail: written into an outbox in the transaction of its cause, sent afterwards, tried again until the server took it.

mod message;
pub mod sender;
pub(crate) mod store;
mod transport;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

pub use message::{AccountChange, Message};
pub use transport::{Sender, Smtp, Transport};

use crate::{
    access::SystemTx,
    base::{
        clock::Time,
        error::{Error, Result},
        id::MailId,
        secret::Seal,
    },
};

/// How mails leave, and whom they are from.
#[derive(Debug, Clone)]
pub struct Mail {
    pub transport: Transport,
    pub from: Sender,
}

/// Where mails are put. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Seal>);

/// A mail as it rests in the outbox.
#[derive(Serialize, Deserialize)]
struct Addressed {
    to: String,
    message: Message,
}

impl Outbox {
    pub fn new(seal: Seal) -> Self {
        Self(Arc::new(seal))
    }

    /// Has a letter sent once this transaction is committed.
    pub async fn put(&self, tx: &SystemTx, to: &str, message: Message) -> Result<()> {
        self.put_for(tx, to, message, tx.now()).await.map(drop)
    }

    /// Has a letter sent at this time, unless it is taken back before.
    pub async fn put_for(&self, tx: &SystemTx, to: &str, message: Message, due: Time) -> Result<MailId> {
        let addressed = Addressed { to: to.to_owned(), message };
        let text = serde_json::to_string(&addressed).map_err(Error::internal)?;
        let id = tx.id();
        store::insert(tx, id, &self.0.close(&text)?, due).await?;
        Ok(id)
    }

    /// Takes a letter back, if it wasn't sent yet.
    pub async fn take_back(tx: &SystemTx, id: MailId) -> Result<()> {
        store::delete(tx, id).await
    }

    fn open(&self, sealed: &str) -> Option<Addressed> {
        serde_json::from_str(&self.0.open(sealed)?).ok()
    }
}

/// What somebody asks to be sent who isn't logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Request {
    Verification,
    Reset,
}

crate::db::text_column!(Request, into_str);

/// Whether a mail was asked for or is due.
pub async fn is_waiting(tx: &SystemTx) -> Result<bool> {
    store::is_waiting(tx).await
}

/// Asks for a mail to an address that may or may not have an account: that is looked up when the mail is made, so that
/// asking takes as long for both.
pub async fn request(tx: &SystemTx, request: Request, email: &crate::base::text::Email) -> Result<()> {
    store::insert_request(tx, tx.id(), request, email.canonical()).await
}
