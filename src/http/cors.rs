//! Cross-origin resource sharing (CORS): decides which web pages may call this server.

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::http::{HeaderMap, HeaderValue, header};

use crate::base::clock::Clock;

/// The pause after a refused origin was logged.
const QUIET: Duration = Duration::from_mins(1);

/// The origins of the browser apps that may call this server.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    listed: Vec<HeaderValue>,
    /// Whether pages of this machine may call, on every port.
    loopback: bool,
}

impl FromStr for Origins {
    type Err = String;

    /// Parses a comma-separated list of origins. An empty text gives an empty list.
    fn from_str(text: &str) -> Result<Self, String> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        let listed = origins.map(|text| origin(text).ok_or(text));
        let listed = listed.collect::<Result<_, _>>().map_err(|wrong| {
            format!(
                "{wrong}: each must be an origin such as https://app.example.com, without a path; `*` isn't taken"
            )
        })?;
        Ok(Self { listed, loopback: false })
    }
}

/// Returns the origin that a text names, as browsers send it.
fn origin(text: &str) -> Option<HeaderValue> {
    let url = url::Url::parse(text).ok()?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    if !bare
        || url.host_str().is_none_or(str::is_empty)
        || !url.username().is_empty()
        || url.scheme() == "file"
    {
        return None;
    }
    let origin = url.origin();
    // Apps in a shell have schemes of their own, such as capacitor://localhost.
    let text = if origin.is_tuple() {
        origin.ascii_serialization()
    } else {
        url.as_str().trim_end_matches('/').into()
    };
    HeaderValue::from_str(&text).ok()
}

impl Origins {
    /// Returns the origins of a server that pages of this machine are developed against: `http://localhost`,
    /// `http://127.0.0.1` and `http://[::1]`, with every port.
    #[must_use]
    pub const fn on_loopback() -> Self {
        Self { listed: Vec::new(), loopback: true }
    }

    /// Adds the origin of a URL.
    #[must_use]
    pub fn with(mut self, url: &url::Url) -> Self {
        self.listed.extend(HeaderValue::from_str(&url.origin().ascii_serialization()));
        self
    }

    /// Returns whether no origin is allowed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.listed.is_empty() && !self.loopback
    }

    /// Returns whether pages of this machine may call, on every port.
    #[must_use]
    pub const fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Returns the listed origins as URLs.
    #[must_use]
    pub fn urls(&self) -> Vec<url::Url> {
        self.listed.iter().filter_map(|origin| origin.to_str().ok()?.parse().ok()).collect()
    }

    /// Returns whether pages of this origin may call.
    #[must_use]
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        self.listed.contains(origin) || (self.loopback && is_on_loopback(origin))
    }
}

/// Returns whether an origin is `http` on this machine, with any port.
fn is_on_loopback(origin: &HeaderValue) -> bool {
    let Some(authority) = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")) else {
        return false;
    };
    ["localhost", "127.0.0.1", "[::1]"].into_iter().any(|host| match authority.strip_prefix(host) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false,
    })
}

/// The CORS policy: the server's own origin and the allowed origins.
#[derive(Debug, Clone)]
pub struct Cors {
    /// The origin of the server's public URL.
    own: Option<HeaderValue>,
    origins: Origins,
    clock: Clock,
    /// The time at which a refused origin was last logged, in milliseconds.
    logged: Arc<AtomicI64>,
}

impl Cors {
    pub fn new(public_url: &str, origins: Origins, clock: Clock) -> Self {
        let own = url::Url::parse(public_url).ok().map(|url| url.origin().ascii_serialization());
        let own = own.and_then(|own| HeaderValue::from_str(&own).ok());
        Self { own, origins, clock, logged: Arc::new(AtomicI64::new(i64::MIN)) }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        self.own.as_ref() == Some(origin) || self.origins.allow(origin)
    }

    /// Logs a refused origin, unless one was logged in the last minute: the browser tells only its own user.
    fn log_refused(&self, origin: &HeaderValue) {
        let now = self.clock.now();
        let recently = (now - QUIET).millis();
        let due = |logged| (logged <= recently).then_some(now.millis());
        if self.logged.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok() {
            let origin: String = String::from_utf8_lossy(origin.as_bytes()).chars().take(200).collect();
            tracing::warn!(
                origin,
                "refused an origin: pages there may call if it is in --cors-origins (GUILDHALL_CORS_ORIGINS), or is that of --app-url"
            );
        }
    }

    /// Returns whether the page that made the browser send a request may call this server: its origin must be the
    /// server's own or a listed one. `SameSite` stops pages of other sites from sending a cookie; this check stops
    /// pages of other origins on the same site. Clients that aren't browsers send neither header and are allowed.
    pub fn may_call(&self, headers: &HeaderMap) -> bool {
        match headers.get(header::ORIGIN) {
            Some(origin) => self.allows(origin),
            None => headers
                .get("sec-fetch-site")
                .is_none_or(|site| matches!(site.as_bytes(), b"none" | b"same-origin")),
        }
    }

    /// Adds the CORS headers to the response to a request from `origin`. Credentials are allowed because the refresh
    /// token may be in a cookie, which browsers send only from pages of the same site, and which is accepted only from
    /// the origins that [`Cors::may_call`] allows.
    pub fn answer(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
        if let Some(origin) = origin.filter(|origin| !self.allows(origin)) {
            self.log_refused(origin);
        }
        if self.origins.is_empty() {
            return;
        }
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = origin.filter(|origin| self.origins.allow(origin)) else { return };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        for (name, value) in [
            (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, MCP-Protocol-Version, \
                 Mcp-Method, Mcp-Name, X-Request-Id",
            ),
            (
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                "Activity-Seq, ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "3600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
