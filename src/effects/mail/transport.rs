//! The transport of messages: an SMTP server or, if none is configured, files in a folder.

use std::{
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{
        Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};

use super::message::Rendered;
use crate::base::{clock::Time, id::MailId};

/// The timeout for each SMTP command.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An SMTP server, given by its URL: `smtp://user:password@host:587` (STARTTLS) or `smtps://host` (TLS from the start).
#[derive(Clone)]
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may contain a password.
        f.write_str("Smtp(…)")
    }
}

impl FromStr for Smtp {
    type Err = String;

    /// Parses the URL. The connection must be encrypted; to a server on this machine it is encrypted only if the server
    /// offers it. For `smtp`, `?tls=required`, `opportunistic` or `none` overrides this.
    fn from_str(text: &str) -> Result<Self, String> {
        const WRONG: &str = "must be an SMTP URL such as smtp://user:password@mail.example.com:587";
        let mut url = url::Url::parse(text).map_err(|_| WRONG)?;
        let host = url.host_str().ok_or(WRONG)?.to_owned();
        if !matches!(url.scheme(), "smtp" | "smtps") || host.is_empty() || !matches!(url.path(), "" | "/") {
            return Err(WRONG.into());
        }
        let mut tls = None;
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "required" | "opportunistic" | "none") => tls = Some(value.into_owned()),
                _ => return Err("an SMTP URL takes ?tls=required, opportunistic or none".into()),
            }
        }
        if url.scheme() == "smtp" {
            let default = if is_local(&host) { "opportunistic" } else { "required" };
            match tls.as_deref().unwrap_or(default) {
                "none" => url.set_query(None),
                tls => url.set_query(Some(&format!("tls={tls}"))),
            }
        } else if tls.is_some() {
            return Err("smtps is TLS from the start: leave out ?tls=".into());
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.as_str())
            .map_err(|e| format!("{WRONG}: {e}"))?;
        Ok(Self(builder.timeout(Some(TIMEOUT)).build()))
    }
}

/// Returns whether a URL's host is this machine. It parses IP addresses itself, because the `url` crate keeps the host
/// as plain text in schemes that aren't the web's.
fn is_local(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// The sender of messages, such as `Guildhall <no-reply@example.com>`.
#[derive(Debug, Clone)]
pub struct Sender(Mailbox);

impl FromStr for Sender {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|e| format!("must be an address such as Guildhall <no-reply@example.com>: {e}"))
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
            Self::Smtp(Smtp(server)) => {
                let message = envelope.message(None).map_err(Refused::Forever)?;
                server.send(message).await.map(drop).map_err(|error| {
                    // Status 53x is about this server's own login, which a change of its configuration can fix.
                    let ours = error.status().is_some_and(|code| u16::from(code) / 10 == 53);
                    let text = error.to_string();
                    if error.is_permanent() && !ours { Refused::Forever(text) } else { Refused::ForNow(text) }
                })
            }
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

    /// Tests whether the mail server responds and accepts the login. Always succeeds for a folder.
    ///
    /// # Errors
    /// The reason why it doesn't.
    pub async fn test(&self) -> Result<(), String> {
        match self {
            Self::Smtp(Smtp(server)) => match server.test_connection().await {
                Ok(true) => Ok(()),
                Ok(false) => Err("the server doesn't answer".into()),
                Err(error) => Err(error.to_string()),
            },
            Self::Folder(_) => Ok(()),
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
        let to: Address = self.to.parse().map_err(|e| format!("the address: {e}"))?;
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
            .message_id(Some(format!("<{}@{}>", self.id, self.from.0.email.domain())))
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
    fn only_a_server_on_this_machine_is_spoken_to_in_the_open_unless_told_so() {
        let tls = |url: &str| {
            let debug = format!("{:?}", url.parse::<Smtp>().unwrap().0);
            ["Required", "Opportunistic", "Wrapper", "None"]
                .into_iter()
                .find(|tls| debug.contains(&format!("tls: {tls}")))
        };
        for (url, expected) in [
            ("smtp://mail.example.com", "Required"),
            ("smtp://user:password@mail.example.com:2525", "Required"),
            ("smtp://mail.example.com?tls=opportunistic", "Opportunistic"),
            ("smtp://mail.example.com?tls=none", "None"),
            ("smtps://mail.example.com", "Wrapper"),
            ("smtp://127.0.0.1:1025", "Opportunistic"),
            ("smtp://[::1]:1025", "Opportunistic"),
            ("smtp://localhost", "Opportunistic"),
            ("smtp://localhost?tls=required", "Required"),
        ] {
            assert_eq!(tls(url), Some(expected), "{url}");
        }
        for wrong in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://h?tls=maybe",
            "smtps://h?tls=none",
            "smtp://h/path",
        ] {
            assert!(wrong.parse::<Smtp>().is_err(), "{wrong}");
        }
    }
}
