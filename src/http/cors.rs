//! Cross-origin resource sharing: which pages of a browser may call this server.

use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, header};

/// The origins of browser apps that may call.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<HeaderValue>);

impl FromStr for Origins {
    type Err = String;

    /// Separated by commas; an empty text is none.
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
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As URLs.
    #[must_use]
    pub fn urls(&self) -> Vec<url::Url> {
        self.0.iter().filter_map(|origin| origin.to_str().ok()?.parse().ok()).collect()
    }

    /// Whether a browser app of this origin may call.
    #[must_use]
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        self.0.contains(origin)
    }
}

/// Decides which pages may call.
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

    /// Whether the page that made a browser send a request may call: one of the server's own origin or of a listed one.
    /// `SameSite` keeps other sites' pages from sending a cookie; this, other origins of the same site. What is no browser
    /// sends neither header.
    pub fn may_call(&self, headers: &HeaderMap) -> bool {
        match headers.get(header::ORIGIN) {
            Some(origin) => self.own.as_ref() == Some(origin) || self.origins.allow(origin),
            None => headers
                .get("sec-fetch-site")
                .is_none_or(|site| matches!(site.as_bytes(), b"none" | b"same-origin")),
        }
    }

    /// Adds the headers of an answer to a request from `origin`. Credentials are allowed, because the refresh token may
    /// travel as a cookie: one that only pages of the same site send, and that is taken from listed origins only.
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
