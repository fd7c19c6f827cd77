//! A mail server: its URL, and connections to it (RFC 5321).

use std::{str::FromStr, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        Error,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, CertificateStore, TlsParameters},
        extension::{ClientId, Extension},
    },
};
use percent_encoding::percent_decode_str;
use url::Url;

use super::transport::{Refused, Sender};

/// The timeout for connecting, and for a test of the server.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);
/// The port to which servers relay messages, where a server on this machine listens.
const RELAY: u16 = 25;
/// The port to which users submit messages (RFC 6409).
const SUBMISSION: u16 = 587;
/// The port to which users submit messages with TLS from the start (RFC 8314).
const SUBMISSIONS: u16 = 465;

const WRONG: &str = "must be an SMTP URL such as smtp://user:password@mail.example.com:587, where special characters of \
                     the password are percent-encoded (%2F for /, %23 for #, %40 for @)";

/// An SMTP server, given by its URL: `smtp://user:password@host:587` (STARTTLS) or `smtps://host` (TLS from the start).
#[derive(Clone)]
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    /// The name by which this server introduces itself.
    hello: ClientId,
}

#[derive(Clone)]
enum Encryption {
    None,
    /// By STARTTLS if the server offers it, whoever it is: whoever could pretend to be the server could also leave the
    /// offer out (RFC 7435).
    Opportunistic(TlsParameters),
    /// By STARTTLS, to a server with a valid certificate.
    Required(TlsParameters),
    /// From the start, to a server with a valid certificate.
    Wrapper(TlsParameters),
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The credentials stay out.
        write!(f, "Smtp({}:{})", self.host, self.port)
    }
}

impl FromStr for Smtp {
    type Err = String;

    /// Parses the URL. The connection must be encrypted and the certificate valid; to a server on this machine it is
    /// encrypted only if the server offers it, with any certificate. For `smtp`, `?tls=required`, `opportunistic` or
    /// `none` overrides this.
    fn from_str(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|_| WRONG)?;
        let host = host(&url).ok_or(WRONG)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(WRONG.into());
        }
        let mut tls = None;
        for (key, value) in url.query_pairs() {
            match (&*key, &*value) {
                ("tls", "required" | "opportunistic" | "none") => tls = Some(value.into_owned()),
                _ => return Err("an SMTP URL takes ?tls=required, opportunistic or none".into()),
            }
        }
        let valid = || TlsParameters::new(host.clone()).map_err(|error| error.to_string());
        let local = is_local(&host);
        let encryption = match (url.scheme(), tls.as_deref()) {
            ("smtp", Some("none")) => Encryption::None,
            ("smtp", Some("opportunistic")) => Encryption::Opportunistic(any_certificate(&host)?),
            ("smtp", None) if local => Encryption::Opportunistic(any_certificate(&host)?),
            ("smtp", _) => Encryption::Required(valid()?),
            ("smtps", None) => Encryption::Wrapper(valid()?),
            ("smtps", Some(_)) => return Err("smtps is TLS from the start: leave out ?tls=".into()),
            _ => return Err(WRONG.into()),
        };
        let default = match &encryption {
            Encryption::Wrapper(_) => SUBMISSIONS,
            _ if local => RELAY,
            _ => SUBMISSION,
        };
        let port = url.port().unwrap_or(default);
        Ok(Self { port, encryption, credentials: credentials(&url)?, hello: ClientId::default(), host })
    }
}

/// Returns a URL's host as it is looked up: a name in ASCII (IDNA), or an IP address without brackets. The `url` crate
/// leaves it as it stands in schemes that aren't the web's.
fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').map(str::to_owned);
    }
    let host = percent_decode_str(host).decode_utf8().ok()?;
    idna::domain_to_ascii(&host).ok().filter(|host| !host.is_empty())
}

/// Returns whether a host is this machine.
fn is_local(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn any_certificate(host: &str) -> Result<TlsParameters, String> {
    let any = TlsParameters::builder(host.to_owned())
        .certificate_store(CertificateStore::None)
        .dangerous_accept_invalid_certs(true)
        .dangerous_accept_invalid_hostnames(true);
    any.build().map_err(|error| error.to_string())
}

fn credentials(url: &Url) -> Result<Option<Credentials>, String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| WRONG);
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (_, None) => Err("the SMTP URL has a user name and no password: smtp://user:password@…".into()),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

impl Smtp {
    /// Introduces this server to the mail server by the domain of its sender. Some mail servers refuse whoever has no
    /// name.
    #[must_use]
    pub fn introduced_as(self, sender: &Sender) -> Self {
        Self { hello: ClientId::Domain(sender.domain().to_owned()), ..self }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let wrapper = match &self.encryption {
            Encryption::Wrapper(tls) => Some(tls.clone()),
            Encryption::None | Encryption::Opportunistic(_) | Encryption::Required(_) => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(TIMEOUT), &self.hello, wrapper, None).await?;
        match &self.encryption {
            Encryption::Required(tls) => connection.starttls(tls.clone(), &self.hello).await?,
            Encryption::Opportunistic(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &self.hello).await?;
            }
            Encryption::None | Encryption::Opportunistic(_) | Encryption::Wrapper(_) => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    pub(super) async fn send(&self, message: &Message) -> Result<(), Refused> {
        // Whatever a server refuses before it knows the message, it refuses this server, which may be set right.
        let mut connection = self.connect().await.map_err(|error| Refused::ForNow(error.to_string()))?;
        let ascii = message.envelope().to().iter().all(|to| to.to_string().is_ascii());
        if !ascii && !takes_utf8(&connection) {
            close(connection).await;
            return Err(Refused::Forever(
                "the mail server doesn't take addresses with letters beyond ASCII before the @ (SMTPUTF8)"
                    .into(),
            ));
        }
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        close(connection).await;
        sent.map(drop).map_err(|error| {
            // Status 53x is about this server's own login, which a change of its configuration can fix.
            let ours = error.status().is_some_and(|code| u16::from(code) / 10 == 53);
            let text = error.to_string();
            if error.is_permanent() && !ours { Refused::Forever(text) } else { Refused::ForNow(text) }
        })
    }

    /// Connects, logs in, and returns whether the server takes addresses with letters beyond ASCII before the @
    /// (SMTPUTF8, RFC 6531).
    ///
    /// # Errors
    /// The reason why the server can't be used.
    pub(super) async fn test(&self) -> Result<bool, String> {
        let test = async {
            let connection = self.connect().await.map_err(|error| error.to_string())?;
            let utf8 = takes_utf8(&connection);
            close(connection).await;
            Ok(utf8)
        };
        tokio::time::timeout(TIMEOUT, test).await.unwrap_or_else(|_| Err("the server doesn't answer".into()))
    }
}

fn takes_utf8(connection: &AsyncSmtpConnection) -> bool {
    connection.server_info().supports_feature(Extension::SmtpUtfEight)
}

/// Ends a connection. A server that doesn't answer then has taken the message all the same.
async fn close(mut connection: AsyncSmtpConnection) {
    let _ = tokio::time::timeout(GOODBYE, connection.abort()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> (String, u16, &'static str) {
        let smtp: Smtp = url.parse().unwrap();
        let tls = match smtp.encryption {
            Encryption::None => "none",
            Encryption::Opportunistic(_) => "opportunistic",
            Encryption::Required(_) => "required",
            Encryption::Wrapper(_) => "wrapper",
        };
        (smtp.host, smtp.port, tls)
    }

    #[test]
    fn only_a_server_on_this_machine_is_spoken_to_in_the_open_unless_told_so() {
        for (url, host, port, tls) in [
            ("smtp://mail.example.com", "mail.example.com", 587, "required"),
            ("smtp://user:password@mail.example.com:2525", "mail.example.com", 2525, "required"),
            ("smtp://mail.example.com?tls=opportunistic", "mail.example.com", 587, "opportunistic"),
            ("smtp://mail.example.com/?tls=none", "mail.example.com", 587, "none"),
            ("smtps://mail.example.com", "mail.example.com", 465, "wrapper"),
            ("smtp://b\u{fc}cher.example", "xn--bcher-kva.example", 587, "required"),
            ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "opportunistic"),
            ("smtp://[::1]:25", "::1", 25, "opportunistic"),
            ("smtp://[2001:db8::1]:25", "2001:db8::1", 25, "required"),
            ("smtp://LOCALHOST", "localhost", 25, "opportunistic"),
            ("smtp://localhost?tls=required", "localhost", 25, "required"),
        ] {
            assert_eq!(read(url), (host.into(), port, tls), "{url}");
        }
        for wrong in [
            "mail.example.com",
            "http://mail.example.com",
            "smtp://",
            "smtp://h?tls=maybe",
            "smtps://h?tls=none",
            "smtp://h/path",
            "smtp://h#fragment",
            "smtp://user@h",
            "smtp://user:pass/word@h",
            "smtp://user:%ff@h",
        ] {
            assert!(wrong.parse::<Smtp>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_login_is_percent_decoded() {
        for (url, user, password) in [
            ("smtp://ann%40example.com:p%2Fw%23%3A%25+%26@h", "ann@example.com", "p/w#:%+&"),
            ("smtp://ann:p@ss@h", "ann", "p@ss"),
            ("smtp://apikey:SG.x-_~!$'()*,;=@h", "apikey", "SG.x-_~!$'()*,;="),
        ] {
            let smtp: Smtp = url.parse().unwrap();
            assert_eq!(smtp.credentials, Some(Credentials::new(user.into(), password.into())), "{url}");
        }
        assert_eq!("smtp://h".parse::<Smtp>().unwrap().credentials, None);
    }
}
