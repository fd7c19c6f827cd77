//! A mail server that keeps what it is sent, and refuses what it is told to refuse (RFC 5321). Its manners can be those of
//! others: STARTTLS with a certificate that nobody signed, no extensions, a login.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::MessageParser;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::Notify,
};
use tokio_rustls::{TlsAcceptor, rustls};

/// What a mail server asks for and offers.
#[derive(Clone, Copy)]
pub struct Manners {
    /// What it says first.
    pub greeting: &'static str,
    /// Whether it offers STARTTLS, and takes nothing without it.
    pub starttls: bool,
    /// What it offers besides.
    pub extensions: &'static [&'static str],
    /// Who may send, if not everybody may: a user and their password, by AUTH LOGIN.
    pub login: Option<(&'static str, &'static str)>,
    /// Whether it answers QUIT.
    pub says_goodbye: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            greeting: "220 sink",
            starttls: false,
            extensions: &["8BITMIME", "SMTPUTF8"],
            login: None,
            says_goodbye: true,
        }
    }
}

/// Cheap to clone.
#[derive(Clone)]
pub struct MailServer {
    address: SocketAddr,
    parameters: &'static str,
    manners: Manners,
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
        Self::start_with(Manners::default()).await
    }

    pub async fn start_with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Self { address, parameters: "", manners, shared: Arc::default() };
        let shared = server.shared.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, manners, shared.clone()));
            }
        });
        server
    }

    /// The same, with a URL that ends like this.
    pub fn with(&self, parameters: &'static str) -> Self {
        Self { parameters, ..self.clone() }
    }

    pub fn url(&self) -> String {
        let encoded =
            |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let login =
            self.manners.login.map(|(user, password)| format!("{}:{}@", encoded(user), encoded(password)));
        format!("smtp://{}{}{}", login.unwrap_or_default(), self.address, self.parameters)
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

async fn serve(stream: tokio::net::TcpStream, manners: Manners, shared: Arc<Shared>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(format!("{}\r\n", manners.greeting).as_bytes()).await.ok()?;
    if manners.starttls {
        if converse(&mut stream, manners, false, &shared).await? != End::Encrypted {
            return None;
        }
        let mut stream = BufReader::new(acceptor().accept(stream.into_inner()).await.ok()?);
        converse(&mut stream, manners, true, &shared).await.map(drop)
    } else {
        converse(&mut stream, manners, false, &shared).await.map(drop)
    }
}

/// TLS with a certificate that nobody signed.
fn acceptor() -> TlsAcceptor {
    let certificate = include_bytes!("self-signed/certificate.der").as_slice();
    let key = include_bytes!("self-signed/key.der").as_slice();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = builder.with_single_cert(vec![certificate.into()], key.try_into().unwrap());
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// How a conversation ends.
#[derive(PartialEq)]
enum End {
    Encrypted,
    Over,
}

async fn converse(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    manners: Manners,
    encrypted: bool,
    shared: &Shared,
) -> Option<End> {
    let mut to = String::new();
    let mut logged_in = manners.login.is_none();
    while let Some(line) = read_line(stream).await {
        let upper = line.to_ascii_uppercase();
        let offered = |extension: &str| manners.extensions.contains(&extension);
        let reply = if upper.starts_with("EHLO") {
            let starttls = (manners.starttls && !encrypted).then_some("STARTTLS");
            let auth = manners.login.map(|_| "AUTH LOGIN");
            let offers = manners.extensions.iter().copied().chain(starttls).chain(auth);
            offers.map(|offer| format!("250-{offer}\r\n")).collect::<Vec<_>>().concat() + "250 HELP"
        } else if upper == "STARTTLS" && manners.starttls {
            stream.write_all(b"220 go on\r\n").await.ok()?;
            return Some(End::Encrypted);
        } else if upper == "QUIT" {
            if manners.says_goodbye {
                stream.write_all(b"221 bye\r\n").await.ok()?;
                return Some(End::Over);
            }
            continue;
        } else if manners.starttls && !encrypted {
            "530 5.7.0 Must issue a STARTTLS command first".to_owned()
        } else if upper == "AUTH LOGIN" {
            logged_in = logs_in(stream, manners.login?).await?;
            if logged_in { "235 welcome" } else { "535 wrong" }.to_owned()
        } else if !logged_in {
            "530 Authentication required".to_owned()
        } else if !line.is_ascii() && !offered("SMTPUTF8")
            || upper.contains("BODY=8BITMIME") && !offered("8BITMIME")
        {
            "501 what?".to_owned()
        } else if upper.starts_with("RCPT TO:") {
            to = line.split_once('<')?.1.split_once('>')?.0.to_owned();
            "250 ok".to_owned()
        } else if upper == "DATA" {
            stream.write_all(b"354 go on\r\n").await.ok()?;
            let raw = data(stream).await?;
            if raw.is_ascii() || offered("8BITMIME") {
                take(shared, &to, &raw)
            } else {
                "554 not ASCII".to_owned()
            }
        } else {
            "250 ok".to_owned()
        };
        stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok()?;
    }
    None
}

async fn read_line(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).await.ok()? > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The text of a mail, up to the line with a dot.
async fn data(stream: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut raw = String::new();
    loop {
        let line = read_line(stream).await?;
        if line == "." {
            return Some(raw);
        }
        raw.push_str(line.strip_prefix('.').unwrap_or(&line));
        raw.push_str("\r\n");
    }
}

async fn logs_in(
    stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>,
    (user, password): (&str, &str),
) -> Option<bool> {
    let mut right = true;
    for (question, expected) in [("Username:", user), ("Password:", password)] {
        stream.write_all(format!("334 {}\r\n", STANDARD.encode(question)).as_bytes()).await.ok()?;
        right &= STANDARD.decode(read_line(stream).await?).ok()? == expected.as_bytes();
    }
    Some(right)
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
