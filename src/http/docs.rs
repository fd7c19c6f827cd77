//! The interactive reference: Swagger UI at `/docs`, reading `/openapi.json`.
//!
//! All files are embedded in the binary (see `assets/docs/README.md`), so the reference works without a
//! network. Its `Content-Security-Policy` lets the page connect only to this origin, so the `servers` of the
//! document must be relative for "Try it out" to work.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::{answer, compress};

/// The content security policy of the page, determined by running it: Swagger UI loads its icons from
/// `data:` URLs and needs neither inline styles nor `eval`. Inline styles in the document's descriptions,
/// such as those of aligned Markdown table columns (`:-:`), have no effect.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns the routes of the reference: `GET` and `HEAD` of `/docs` and `/docs/{file}`.
///
/// An unknown file gives 404, and a client that refuses gzip gets 406. Both are bare statuses, which the
/// edge middleware turns into problem documents.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/docs", get(async |headers: HeaderMap| INDEX.answer(&headers)))
        .route("/docs/{file}", get(file))
}

async fn file(name: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Response {
    // A name that isn't UTF-8 gives 404 like any other unknown file.
    let asset = name.ok().and_then(|Path(name)| FILES.iter().find(|asset| asset.name == name));
    match asset {
        Some(asset) => asset.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The content coding in which an asset is stored and sent.
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
    etag: Option<HeaderValue>,
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

static INDEX: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("index.html", HTML, Coding::Identity, include_bytes!("../../assets/docs/index.html"))
});

/// The files other than the index. The licences are included because the binary distributes the files that
/// they cover.
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
        Self { name, content_type, coding, bytes, etag: answer::tag(1, bytes) }
    }

    fn answer(&'static self, request: &HeaderMap) -> Response {
        let mut answer = self.body(request).into_response();
        let headers = answer.headers_mut();
        if self.coding == Coding::Gzip {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        // A 304 needs these too: its headers replace those that the browser stored with the page (RFC 9111
        // section 3.2), so the API's default policy would replace the page's own.
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
        // Only the compressed form is stored. A decoder, or two more megabytes of plain text, isn't worth it
        // for the few clients that run a browser application but can't decode gzip, and sending them gzip
        // would be wrong.
        if self.coding == Coding::Gzip && !compress::Coding::Gzip.is_accepted(request) {
            return StatusCode::NOT_ACCEPTABLE.into_response();
        }
        let mut answer = self.bytes.into_response();
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // Browsers revalidate a file before they reuse it, so a new release shows at once. The edge middleware
        // answers 304 if they have the current version.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.extend(self.etag.clone().map(|etag| (header::ETAG, etag)));
        if self.coding == Coding::Gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
