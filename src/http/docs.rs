//! The interactive reference: Swagger UI at `/docs`, reading `/openapi.json`.
//!
//! Every byte is in the binary (see `assets/docs/README.md`), so it works without a network, and its
//! `Content-Security-Policy` lets the page reach nothing but this origin. For "Try it out" the
//! document's `servers` therefore have to be relative.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What the page may load and do, found by running it: Swagger UI draws its icons from `data:` URLs
/// and needs neither inline styles nor `eval`. A description in the document that carries an inline
/// style, which an aligned Markdown table column (`:-:`) also is, is shown without it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the reference: `GET` and `HEAD` of `/docs` and `/docs/{file}`.
///
/// Errors are bare statuses, of which the edge makes problems: 404 for an unknown file, and 406 for a
/// client that refuses gzip.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(async |headers: HeaderMap| INDEX.answer(&headers)))
        .route("/docs/{file}", get(file))
}

async fn file(name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    // A name that isn't UTF-8 is as unknown as any other.
    let asset = name.ok().and_then(|Path(name)| FILES.iter().find(|asset| asset.name == name));
    match asset {
        Some(asset) => asset.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// How an asset is stored, which is how it is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

struct Asset {
    name: &'static str,
    content_type: &'static str,
    coding: Coding,
    bytes: &'static [u8],
    etag: String,
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

static INDEX: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("index.html", HTML, Coding::Identity, include_bytes!("../../assets/docs/index.html"))
});

/// The licences are among them because the binary hands out what they cover.
static FILES: LazyLock<[Asset; 7]> = LazyLock::new(|| {
    use Coding::{Gzip, Identity};
    [
        Asset::new("init.js", SCRIPT, Identity, include_bytes!("../../assets/docs/init.js")),
        Asset::new(
            "swagger-ui-bundle.js",
            SCRIPT,
            Gzip,
            include_bytes!("../../assets/docs/swagger-ui-bundle.js.gz"),
        ),
        Asset::new("swagger-ui.css", STYLE, Gzip, include_bytes!("../../assets/docs/swagger-ui.css.gz")),
        Asset::new(
            "favicon-32x32.png",
            "image/png",
            Identity,
            include_bytes!("../../assets/docs/favicon-32x32.png"),
        ),
        Asset::new(
            "swagger-ui-bundle.js.LICENSE.txt",
            TEXT,
            Identity,
            include_bytes!("../../assets/docs/swagger-ui-bundle.js.LICENSE.txt"),
        ),
        Asset::new("LICENSE", TEXT, Identity, include_bytes!("../../assets/docs/LICENSE")),
        Asset::new("NOTICE", TEXT, Identity, include_bytes!("../../assets/docs/NOTICE")),
    ]
});

impl Asset {
    fn new(name: &'static str, content_type: &'static str, coding: Coding, bytes: &'static [u8]) -> Self {
        let etag = format!("\"{:016x}\"", fnv1a(bytes));
        Self { name, content_type, coding, bytes, etag }
    }

    fn answer(&'static self, request: &HeaderMap) -> Response {
        let mut answer = self.body(request).into_response();
        let headers = answer.headers_mut();
        if self.coding == Coding::Gzip {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        // Also on a 304: its headers replace those that the browser stored with the page (RFC 9111
        // section 3.2), so one from a default for the API would take the page's policy away.
        for (name, value) in [
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    fn body(&'static self, request: &HeaderMap) -> Response {
        // Only the compressed form is stored. Keeping a decoder, or two megabytes more of plain text,
        // for clients that run a browser application but can't decode gzip isn't worth it, and
        // sending them gzip would be wrong.
        if self.coding == Coding::Gzip && !accepts_gzip(request) {
            return StatusCode::NOT_ACCEPTABLE.into_response();
        }
        // `no-cache` is "ask before reuse": a new release shows at once, and an unchanged file costs
        // a 304.
        let validators = [(header::ETAG, self.etag.as_str()), (header::CACHE_CONTROL, "no-cache")];
        if has_current(request, &self.etag) {
            return (StatusCode::NOT_MODIFIED, validators).into_response();
        }
        let content_type = [(header::CONTENT_TYPE, self.content_type)];
        match self.coding {
            Coding::Identity => (validators, content_type, self.bytes).into_response(),
            Coding::Gzip => {
                let coding = [(header::CONTENT_ENCODING, "gzip")];
                (validators, content_type, coding, self.bytes).into_response()
            }
        }
    }
}

/// Whether `Accept-Encoding` takes gzip (RFC 9110 section 12.5.3). Without the header every coding
/// is acceptable; an entry for gzip counts before one for `*`.
fn accepts_gzip(request: &HeaderMap) -> bool {
    if !request.contains_key(header::ACCEPT_ENCODING) {
        return true;
    }
    let mut any = false;
    for entry in list(request, header::ACCEPT_ENCODING) {
        let mut parts = entry.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let wanted = parts
            .find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")))
            .is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0));
        // RFC 9110 section 8.4.1.3: x-gzip is the same coding.
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            return wanted;
        }
        if coding == "*" {
            any = wanted;
        }
    }
    any
}

/// Whether `If-None-Match` names what we would send (RFC 9110 section 13.1.2, weak comparison).
fn has_current(request: &HeaderMap, etag: &str) -> bool {
    list(request, header::IF_NONE_MATCH)
        .any(|entry| entry == "*" || entry.strip_prefix("W/").unwrap_or(entry) == etag)
}

/// The elements of a header that is a comma-separated list, over all its lines. A line that isn't
/// ASCII counts for nothing.
fn list(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

/// FNV-1a, 64 bits. Enough to tell one release's file from another's, and the same on every replica.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &HeaderName, lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn gzip_is_sent_only_to_clients_that_take_it() {
        let takes = |lines: &[&'static str]| accepts_gzip(&with(&header::ACCEPT_ENCODING, lines));
        for lines in [
            &[][..],
            &["gzip, deflate, br, zstd"],
            &["br;q=1, GZIP ; q=0.5"],
            &["x-gzip"],
            &["*"],
            &["*;q=0, gzip"],
            &["br", "gzip"],
        ] {
            assert!(takes(lines), "{lines:?}");
        }
        for lines in [
            &[""][..],
            &["identity"],
            &["br"],
            &["gzip;q=0"],
            &["gzip;q=0.000, *"],
            &["*;q=0"],
            &["gzip;q=x"],
        ] {
            assert!(!takes(lines), "{lines:?}");
        }
    }

    #[test]
    fn a_known_version_is_not_sent_again() {
        let knows = |lines: &[&'static str]| has_current(&with(&header::IF_NONE_MATCH, lines), "\"a\"");
        for lines in [&["\"a\""][..], &["W/\"a\""], &["\"b\", \"a\""], &["\"b\"", "\"a\""], &["*"]] {
            assert!(knows(lines), "{lines:?}");
        }
        for lines in [&[][..], &["\"b\""], &["a"], &[""]] {
            assert!(!knows(lines), "{lines:?}");
        }
    }

    #[test]
    fn compressed_files_are_stored_compressed() {
        for asset in FILES.iter() {
            assert_eq!(
                asset.bytes.starts_with(&[0x1f, 0x8b]),
                asset.coding == Coding::Gzip,
                "{}",
                asset.name
            );
        }
    }
}
