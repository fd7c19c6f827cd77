//! A mail server that keeps what it is sent, and refuses what it is told to refuse (RFC 5321).

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use mail_parser::MessageParser;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// Cheap to clone.
#[derive(Clone)]
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Vec<Received>>,
    /// What the next mails are answered with instead of being taken.
    refusals: Mutex<VecDeque<&'static str>>,
    /// How many mails came in all, the refused ones too.
    attempts: Mutex<usize>,
    changed: Notify,
}

/// A mail as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub to: String,
    pub subject: String,
    pub message_id: String,
    pub text: String,
    pub html: String,
    pub raw: String,
}

impl Received {
    /// The secret in the mail's link.
    pub fn token(&self) -> String {
        let (_, rest) = self.text.split_once("#token=").unwrap_or_else(|| panic!("no link in {}", self.text));
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

impl MailServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { address: listener.local_addr().unwrap(), shared: Arc::default() };
        let shared = server.shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, shared.clone()));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Answers the next mail with this instead of taking it, such as `451 later`.
    pub fn refuses_next(&self, reply: &'static str) {
        self.shared.refusals.lock().unwrap().push_back(reply);
    }

    /// How many mails were offered by now.
    pub fn attempts(&self) -> usize {
        *self.shared.attempts.lock().unwrap()
    }

    /// The mails that came and that nobody has asked for yet.
    pub fn left(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The next mail to an address.
    pub async fn to(&self, address: &str) -> Received {
        let find = async {
            loop {
                let changed = self.shared.changed.notified();
                {
                    let mut received = self.shared.received.lock().unwrap();
                    if let Some(at) = received.iter().position(|mail| mail.to == address) {
                        return received.remove(at);
                    }
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), find).await;
        waited.unwrap_or_else(|_| panic!("no mail came to {address}; there are {:?}", self.left()))
    }

    /// Waits until so many mails were offered.
    pub async fn offered(&self, attempts: usize) {
        let wait = async {
            loop {
                let changed = self.shared.changed.notified();
                if self.attempts() >= attempts {
                    return;
                }
                changed.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.unwrap();
    }
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 sink\r\n").await.ok()?;
    while let Some(line) = lines.next_line().await.ok()? {
        let upper = line.to_ascii_uppercase();
        let reply = if upper.starts_with("EHLO") {
            "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned()
        } else if upper.starts_with("RCPT TO:") {
            to = line.split_once('<')?.1.split_once('>')?.0.to_owned();
            "250 ok".to_owned()
        } else if upper == "DATA" {
            write.write_all(b"354 go on\r\n").await.ok()?;
            let mut raw = String::new();
            while let Some(line) = lines.next_line().await.ok()? {
                if line == "." {
                    break;
                }
                raw.push_str(line.strip_prefix('.').unwrap_or(&line));
                raw.push_str("\r\n");
            }
            take(&shared, &to, &raw)
        } else if upper == "QUIT" {
            write.write_all(b"221 bye\r\n").await.ok()?;
            return None;
        } else {
            "250 ok".to_owned()
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
    None
}

fn take(shared: &Shared, to: &str, raw: &str) -> String {
    *shared.attempts.lock().unwrap() += 1;
    let refusal = shared.refusals.lock().unwrap().pop_front();
    let reply = refusal.unwrap_or("250 taken");
    if refusal.is_none() {
        let parsed = MessageParser::default().parse(raw.as_bytes()).unwrap();
        let mail = Received {
            to: to.to_owned(),
            subject: parsed.subject().unwrap_or_default().to_owned(),
            message_id: parsed.message_id().unwrap_or_default().to_owned(),
            text: parsed.body_text(0).unwrap_or_default().into_owned(),
            html: parsed.body_html(0).unwrap_or_default().into_owned(),
            raw: raw.to_owned(),
        };
        shared.received.lock().unwrap().push(mail);
    }
    shared.changed.notify_waiters();
    reply.to_owned()
}
