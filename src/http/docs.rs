//! The reference and the guides at `/docs`: a page of our own, which reads `/openapi.json` and `/docs/guides.json`.
//!
//! All files are embedded in the binary (see `assets/docs/README.md`), so the page works without a network. Its
//! `Content-Security-Policy` lets it connect only to this origin, so the `servers` of the document must be relative for
//! "Try it" to work.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::Compression;
use serde_json::{Value, json};

use super::{answer, compress};
use crate::base::error::Code;

/// The content security policy of the page: its scripts and styles are files, and nothing of it is inline.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns the routes of the page: `GET` and `HEAD` of `/docs` and `/docs/{file}`. An unknown file gives 404.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/docs", get(async |headers: HeaderMap| answer("index.html", &headers))).route(
        "/docs/{file}",
        get(async |name: Result<Path<String>, PathRejection>, headers: HeaderMap| {
            // A name that isn't UTF-8 gives 404 like any other unknown file.
            answer(&name.map(|Path(name)| name).unwrap_or_default(), &headers)
        }),
    )
}

fn answer(name: &str, request: &HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => asset.answer(request),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file as it is sent, and compressed.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    plain: &'static [u8],
    gzip: Vec<u8>,
    etag: Option<HeaderValue>,
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Lists files of `assets/docs`, each with its content type.
macro_rules! assets {
    ($($name:literal $content_type:expr),+ $(,)?) => {
        vec![$(Asset::new($name, $content_type, include_bytes!(concat!("../../assets/docs/", $name)))),+]
    };
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut assets = assets! {
        "index.html" HTML,
        "style.css" STYLE,
        "main.js" SCRIPT,
        "dom.js" SCRIPT,
        "markdown.js" SCRIPT,
        "reference.js" SCRIPT,
        "samples.js" SCRIPT,
        "search.js" SCRIPT,
        "try.js" SCRIPT,
        "favicon.svg" "image/svg+xml",
    };
    assets.push(Asset::new("guides.json", "application/json", GUIDES.as_bytes()));
    assets
});

impl Asset {
    fn new(name: &'static str, content_type: &'static str, plain: &'static [u8]) -> Self {
        let gzip = compress::gzip(plain, Compression::best()).unwrap_or_default();
        // A weak tag: the same file is sent compressed or not.
        Self { name, content_type, plain, gzip, etag: answer::tag(1, plain) }
    }

    fn answer(&'static self, request: &HeaderMap) -> Response {
        // A client that says nothing may not be able to decompress.
        let is_compressed = request.contains_key(header::ACCEPT_ENCODING)
            && compress::Coding::Gzip.is_accepted(request)
            && !self.gzip.is_empty();
        let body: &'static [u8] = if is_compressed { &self.gzip } else { self.plain };
        let mut answer = body.into_response();
        let headers = answer.headers_mut();
        // A 304 needs these too: its headers replace those that the browser stored with the page (RFC 9111
        // section 3.2), so the API's default policy would replace the page's own.
        for (name, value) in [
            (header::CONTENT_TYPE, self.content_type),
            // Browsers revalidate a file before they reuse it, so a new release shows at once. The edge middleware
            // answers 304 if they have the current version.
            (header::CACHE_CONTROL, "no-cache"),
            (header::VARY, "Accept-Encoding"),
            (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if is_compressed {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        headers.extend(self.etag.clone().map(|etag| (header::ETAG, etag)));
        answer
    }
}

/// A guide: a file of `docs`, or a chapter of the README.
struct Guide {
    id: &'static str,
    group: &'static str,
    file: &'static str,
    text: &'static str,
    /// The chapter, if the guide is one.
    chapter: Option<&'static str>,
}

const START: &str = "Start";
const SIGN_IN: &str = "Sign in";
const WORK: &str = "Work with the API";
const OPERATE: &str = "Operate";

macro_rules! guides {
    ($($group:ident $id:literal $file:literal $($chapter:literal)?),+ $(,)?) => {
        [$(Guide {
            id: $id,
            group: $group,
            file: $file,
            text: include_str!(concat!("../../", $file)),
            chapter: [$($chapter)?].first().copied(),
        }),+]
    };
}

/// The guides in the order of the page's contents.
const GUIDES_IN_ORDER: &[Guide] = &guides! {
    START "first-session" "README.md" "A first session",
    START "concepts" "README.md" "Concepts",
    START "front-end" "docs/front-end.md",
    START "typescript" "docs/typescript.md",
    SIGN_IN "sign-in" "docs/sign-in.md",
    SIGN_IN "second-factor" "docs/second-factor.md",
    SIGN_IN "passkeys" "docs/passkeys.md",
    SIGN_IN "providers" "docs/providers.md",
    SIGN_IN "cookies" "docs/cookies.md",
    WORK "errors" "docs/errors.md",
    WORK "lists" "docs/lists.md",
    WORK "versions" "docs/versions.md",
    WORK "repeats" "docs/repeats.md",
    WORK "batch" "docs/batch.md",
    WORK "undo" "docs/undo.md",
    WORK "comments" "docs/comments.md",
    WORK "events" "docs/events.md",
    WORK "changes" "docs/changes.md",
    WORK "agents" "docs/agents.md",
    OPERATE "deploy" "docs/operate/deploy.md",
    OPERATE "backup" "docs/operate/backup.md",
    OPERATE "upgrade" "docs/operate/upgrade.md",
    OPERATE "monitor" "docs/operate/monitor.md",
    OPERATE "administer" "docs/operate/administer.md",
    OPERATE "grow" "docs/operate/grow.md",
    OPERATE "incident" "docs/operate/incident.md",
    OPERATE "archive" "docs/archive.md",
    OPERATE "secrets" "docs/secrets.md",
};

/// What the page has to read besides the document: the guides as Markdown, and the error codes.
static GUIDES: LazyLock<String> = LazyLock::new(|| {
    let errors = Code::ALL.iter().map(|code| {
        json!({ "code": code.as_str(), "status": code.status(), "title": code.title(), "help": code.help() })
    });
    json!({
        "guides": GUIDES_IN_ORDER.iter().map(Guide::shown).collect::<Value>(),
        "errors": errors.collect::<Value>(),
    })
    .to_string()
});

impl Guide {
    fn shown(&self) -> Value {
        let title = self.chapter.or_else(|| self.text.lines().next()?.strip_prefix("# ")).unwrap_or_default();
        let text = match self.chapter {
            None => self.text.to_owned(),
            Some(chapter) => {
                let begin = format!("\n## {chapter}\n");
                let after = self.text.split_once(&begin).map_or("", |(_, after)| after);
                format!("# {chapter}\n{}", after.split("\n## ").next().unwrap_or_default())
            }
        };
        json!({ "id": self.id, "group": self.group, "title": title, "file": self.file, "text": text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_guide_has_a_title_and_a_text() {
        for guide in GUIDES_IN_ORDER {
            let shown = guide.shown();
            let text = |field: &str| shown[field].as_str().unwrap();
            assert!(text("text").starts_with(&format!("# {}\n", text("title"))), "{}", guide.id);
            assert!(!text("title").is_empty() && text("text").len() > 200, "{}", guide.id);
        }
    }

    #[test]
    fn the_page_is_small_and_makes_no_markup_of_texts() {
        let sizes = ASSETS.iter().filter(|asset| asset.name != "guides.json").map(|asset| asset.plain.len());
        assert!(sizes.sum::<usize>() < 60 * 1024);
        for asset in ASSETS.iter().filter(|asset| asset.content_type == SCRIPT) {
            let text = std::str::from_utf8(asset.plain).unwrap();
            for way in
                ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"]
            {
                assert!(!text.contains(way), "{} has {way}", asset.name);
            }
        }
    }
}
