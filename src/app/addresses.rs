//! Where the server listens, and where it and the front end are reached.

use std::net::{IpAddr, SocketAddr};

use url::Url;

/// Parses the URL of the API or of the front end. Returns it in its normal form, without a slash at the end.
///
/// # Errors
/// A message if it isn't an http or https URL without a query.
pub fn web_url(text: &str) -> Result<String, String> {
    let fits = |url: &Url| {
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && bare && url.password().is_none()
    };
    match Url::parse(text) {
        Ok(url) if fits(&url) => Ok(url.as_str().trim_end_matches('/').to_owned()),
        _ => Err("must be an http or https URL without a query, such as https://api.example.com".into()),
    }
}

/// The port to listen on unless another is given.
const PORT: u16 = 8080;

/// Parses an address to listen on, whose port may be missing.
///
/// # Errors
/// A message if it isn't an IP address or `localhost`, with or without a port.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let named = text.strip_prefix("localhost").map(|port| format!("127.0.0.1{port}"));
    let text = named.as_deref().unwrap_or(text);
    let without_port = named.as_deref().unwrap_or(bare).parse().map(|ip: IpAddr| SocketAddr::new(ip, PORT));
    text.parse()
        .or(without_port)
        .map_err(|_| "must be an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080".into())
}

/// Returns the URL at which a browser on this machine reaches a listening server. It has the name that development
/// servers of front ends use too: a cookie that is set at 127.0.0.1 isn't sent from pages at localhost.
#[must_use]
pub fn local_url(address: SocketAddr) -> String {
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// Returns whether a URL leads to this machine only.
#[must_use]
pub fn is_local(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_lack_its_port_and_be_called_localhost() {
        for (text, expected) in [
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("0.0.0.0", "0.0.0.0:8080"),
            ("localhost", "127.0.0.1:8080"),
            ("localhost:9000", "127.0.0.1:9000"),
            ("[::]:80", "[::]:80"),
            ("[::1]", "[::1]:8080"),
            ("::", "[::]:8080"),
        ] {
            assert_eq!(address(text).unwrap(), expected.parse().unwrap(), "{text}");
        }
        for wrong in ["", "8080", ":8080", "example.com:80", "localhosts", "127.0.0.1:", "127.0.0.1:99999"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_url_is_brought_into_its_normal_form() {
        for (text, expected) in [
            ("https://api.example.com/", "https://api.example.com"),
            ("HTTPS://API.example.com:443", "https://api.example.com"),
            ("https://example.com/api/", "https://example.com/api"),
            ("http://bücher.example", "http://xn--bcher-kva.example"),
        ] {
            assert_eq!(web_url(text).unwrap(), expected);
        }
        for wrong in [
            "api.example.com",
            "localhost:8080",
            "ftp://a.example",
            "https://",
            "https://a.example?b",
            "https://u:p@a.example",
        ] {
            assert!(web_url(wrong).is_err(), "{wrong}");
        }
    }
}
