//! Cross-origin resource sharing (CORS): decides which web pages may call this server.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, header};

/// The origins of the browser apps that may call this server.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<HeaderValue>);

impl FromStr for Origins {
    type Err = String;

    /// Parses a comma-separated list of origins. An empty text gives an empty list.
    fn from_str(text: &str) -> Result<Self, String> {
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(|origin| {
            let fits = url::Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == origin);
            HeaderValue::from_str(origin).ok().filter(|_| fits).ok_or_else(|| {
                "each must be an origin such as https://app.example.com, without a path; `*` isn't taken"
                    .into()
            })
        });
        origins.collect::<Result<_, _>>().map(Self)
    }
}

impl Origins {
    /// Returns whether the list is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the origins as URLs.
    #[must_use]
    pub fn urls(&self) -> Vec<url::Url> {
        self.0.iter().filter_map(|origin| origin.to_str().ok()?.parse().ok()).collect()
    }

    /// Returns whether the list contains this origin.
    #[must_use]
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        self.0.contains(origin)
    }
}

/// The CORS policy: the server's own origin and the allowed origins.
#[derive(Debug, Clone)]
pub struct Cors {
    /// The origin of the server's public URL.
    own: Option<HeaderValue>,
    origins: Origins,
}

impl Cors {
    pub fn new(public_url: &str, origins: Origins) -> Self {
        let own = url::Url::parse(public_url).ok().map(|url| url.origin().ascii_serialization());
        Self { own: own.and_then(|own| HeaderValue::from_str(&own).ok()), origins }
    }

    /// Returns whether the page that made the browser send a request may call this server: its origin must be the
    /// server's own or a listed one. `SameSite` stops pages of other sites from sending a cookie; this check stops
    /// pages of other origins on the same site. Clients that aren't browsers send neither header and are allowed.
    pub fn may_call(&self, headers: &HeaderMap) -> bool {
        match headers.get(header::ORIGIN) {
            Some(origin) => self.own.as_ref() == Some(origin) || self.origins.allow(origin),
            None => headers
                .get("sec-fetch-site")
                .is_none_or(|site| matches!(site.as_bytes(), b"none" | b"same-origin")),
        }
    }

    /// Adds the CORS headers to the response to a request from `origin`. Credentials are allowed because the refresh
    /// token may be in a cookie, which browsers send only from pages of the same site, and which is accepted only from
    /// the origins that [`Cors::may_call`] allows.
    pub fn answer(&self, headers: &mut HeaderMap, origin: Option<&HeaderValue>) {
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
                "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Request-Id",
            ),
            (
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
            ),
            (header::ACCESS_CONTROL_MAX_AGE, "3600"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
