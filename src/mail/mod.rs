//! Mail: written into an outbox in the transaction of its cause, sent afterwards, tried again until the server took it.

mod letter;
pub mod sender;
pub(crate) mod store;
mod transport;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use letter::{AccountChange, Letter};
pub use transport::{Sender, Smtp, Transport};

use crate::{
    access::SystemTx,
    clock::Time,
    error::{Error, Result},
    id::MailId,
    secret::Seal,
};

/// Where mails are put. Cheap to clone.
#[derive(Clone)]
pub struct Outbox(Arc<Seal>);

/// A mail as it rests in the outbox.
#[derive(Serialize, Deserialize)]
struct Addressed {
    to: String,
    letter: Letter,
}

impl Outbox {
    #[must_use]
    pub fn new(seal: Seal) -> Self {
        Self(Arc::new(seal))
    }

    /// Has a letter sent once this transaction is committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put(&self, tx: &SystemTx, to: &str, letter: Letter) -> Result<()> {
        self.put_for(tx, to, letter, tx.now()).await.map(drop)
    }

    /// Has a letter sent at this time, unless it is taken back before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_for(&self, tx: &SystemTx, to: &str, letter: Letter, due: Time) -> Result<MailId> {
        let addressed = Addressed { to: to.to_owned(), letter };
        let text = serde_json::to_string(&addressed).map_err(Error::internal)?;
        let id = tx.id();
        store::insert(tx, id, &self.0.close(&text)?, due).await?;
        Ok(id)
    }

    /// Takes a letter back, if it wasn't sent yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_back(tx: &SystemTx, id: MailId) -> Result<()> {
        store::delete(tx, id).await
    }

    fn open(&self, sealed: &str) -> Option<Addressed> {
        serde_json::from_str(&self.0.open(sealed)?).ok()
    }
}

/// What somebody asks to be sent who isn't logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    Verification,
    Reset,
}

impl Request {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Reset => "reset",
        }
    }
}

impl std::str::FromStr for Request {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Verification, Self::Reset]
            .into_iter()
            .find(|request| request.as_str() == text)
            .ok_or("is no request for a mail")
    }
}

crate::db::text_column!(Request);

/// Asks for a mail to an address that may or may not have an account: that is looked up when the mail is made, so that
/// asking takes as long for both.
///
/// # Errors
/// When the database fails.
pub async fn request(tx: &SystemTx, request: Request, email: &crate::text::Email) -> Result<()> {
    store::insert_request(tx, tx.id(), request, email.canonical()).await
}
