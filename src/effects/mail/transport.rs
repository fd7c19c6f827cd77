//! The transport of messages: an SMTP server or, if none is configured, files in a folder.

use std::{
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use lettre::{
    Address, Message,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use super::{message::Rendered, smtp::Smtp};
use crate::base::{clock::Time, id::MailId, text::Email};

/// The sender of messages, such as `Guildhall <no-reply@example.com>`.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "must be an address such as Guildhall <no-reply@example.com>, in ASCII before the @".to_owned()
        };
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
            None => ("", text),
        };
        let (user, host) = address.rsplit_once('@').ok_or_else(wrong)?;
        let host = idna::domain_to_ascii(host).map_err(|_| wrong())?;
        if !user.is_ascii() || name.chars().any(char::is_control) {
            return Err(wrong());
        }
        let address = Address::new(user, host).map_err(|_| wrong())?;
        Ok(Self(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), address)))
    }
}

impl Sender {
    /// Returns the default sender, at the host of the public URL.
    ///
    /// # Errors
    /// When the host can't be part of an e-mail address.
    pub fn at(host: &str) -> Result<Self, String> {
        format!("Guildhall <no-reply@{host}>").parse()
    }

    /// Returns the domain of the sender's address, in ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}

/// The transport of messages.
#[derive(Debug, Clone)]
pub enum Transport {
    Smtp(Smtp),
    /// Writes each message to a file in this folder, readable only by the file's owner.
    Folder(PathBuf),
}

/// The failure to send a message, with its reason.
#[derive(Debug)]
pub enum Refused {
    /// The failure is permanent: the message isn't retried.
    Forever(String),
    /// The failure may be temporary: the message is retried.
    ForNow(String),
}

/// A rendered message with its id, date, sender and recipient.
pub struct Envelope<'a> {
    pub id: MailId,
    pub created_at: Time,
    pub from: &'a Sender,
    pub to: &'a str,
    pub message: Rendered,
}

impl Transport {
    /// Returns whether messages reach their recipients, which files don't.
    #[must_use]
    pub const fn delivers(&self) -> bool {
        matches!(self, Self::Smtp(_))
    }

    pub(super) async fn send(&self, envelope: Envelope<'_>) -> Result<(), Refused> {
        match self {
            Self::Smtp(server) => server.send(&envelope.message(None).map_err(Refused::Forever)?).await,
            Self::Folder(folder) => {
                // Unencoded, so that people can read the file without tools.
                let message =
                    envelope.message(Some(ContentTransferEncoding::Binary)).map_err(Refused::Forever)?;
                let file = folder.join(format!("{}.eml", envelope.id));
                keep(folder, &file, &message.formatted()).map_err(|e| Refused::ForNow(e.to_string()))?;
                tracing::info!(file = %file.display(), "wrote mail to a file because no mail server is configured");
                Ok(())
            }
        }
    }

    /// Tests whether the mail server responds and accepts the login. Returns whether it takes addresses with letters
    /// beyond ASCII before the @, which a folder does.
    ///
    /// # Errors
    /// The reason why the server can't be used.
    pub async fn test(&self) -> Result<bool, String> {
        match self {
            Self::Smtp(server) => server.test().await,
            Self::Folder(_) => Ok(true),
        }
    }
}

fn keep(folder: &Path, file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

impl Envelope<'_> {
    /// Builds the message (RFC 5322). Its `Message-ID` is the same in each attempt.
    fn message(&self, encoding: Option<ContentTransferEncoding>) -> Result<Message, String> {
        let to: Email = self.to.parse().map_err(|_| "the address isn't one")?;
        // Every mail server takes the ASCII form of a host. The grammar of addresses is that of `Email`, so that what was
        // accepted can be sent.
        let to = Address::new_dangerous(to.local(), to.ascii_host());
        let millis = u64::try_from(self.created_at.millis()).unwrap_or(0);
        let part = |kind: ContentType, text: &str| -> Result<SinglePart, String> {
            let body = match encoding {
                Some(encoding) => {
                    Body::new_with_encoding(text.to_owned(), encoding).map_err(|_| "a line is too long")?
                }
                None => Body::new(text.to_owned()),
            };
            Ok(SinglePart::builder().header(kind).body(body))
        };
        Message::builder()
            .message_id(Some(format!("<{}@{}>", self.id, self.from.domain())))
            .date(std::time::UNIX_EPOCH + Duration::from_millis(millis))
            .from(self.from.0.clone())
            .to(Mailbox::new(None, to))
            .subject(self.message.subject.clone())
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, &self.message.text)?)
                    .singlepart(part(ContentType::TEXT_HTML, &self.message.html)?),
            )
            .map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_may_have_any_name() {
        for (text, name, address) in [
            ("no-reply@example.com", None, "no-reply@example.com"),
            ("Guildhall <no-reply@example.com>", Some("Guildhall"), "no-reply@example.com"),
            ("Acme, Inc. <a@example.com>", Some("Acme, Inc."), "a@example.com"),
            ("\"Acme, Inc.\" <a@example.com>", Some("Acme, Inc."), "a@example.com"),
            (
                "Zunfthaus Z\u{fc}rich <a@b\u{fc}cher.example>",
                Some("Zunfthaus Z\u{fc}rich"),
                "a@xn--bcher-kva.example",
            ),
            ("<a@localhost>", None, "a@localhost"),
        ] {
            let Sender(mailbox) = text.parse().unwrap();
            assert_eq!(
                (mailbox.name.as_deref(), mailbox.email.to_string().as_str()),
                (name, address),
                "{text}"
            );
        }
        for wrong in [
            "",
            "Guildhall",
            "z\u{fc}rich@example.com",
            "a b@example.com",
            "A\r\nBcc: x <a@example.com>",
            "a@",
        ] {
            assert!(wrong.parse::<Sender>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_line_is_ascii_and_short_whatever_the_names() {
        let from: Sender = format!("{} <no-reply@example.com>", "Z\u{fc}rich ".repeat(30)).parse().unwrap();
        let long = "A very long w\u{f6}rd ".repeat(60);
        let message =
            Rendered { subject: long.clone(), text: format!(".\n..\n{long}\n"), html: "x".repeat(5000) };
        let id = MailId::NIL;
        let envelope = Envelope {
            id,
            created_at: Time::from_millis(0),
            from: &from,
            to: "ann@b\u{fc}cher.example",
            message,
        };
        let bytes = envelope.message(None).unwrap().formatted();
        assert!(bytes.is_ascii());
        assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() < 1000), "RFC 5322, section 2.1.1");
    }
}
