//! Compression of JSON responses, in the coding that the client prefers (RFC 9110, section 12.5.3).

use std::io::{self, Write as _};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use flate2::{Compression, write::GzEncoder};
use http_body_util::BodyExt as _;
use tokio::sync::Semaphore;

use crate::base::error::Error;

/// The size of a body, in bytes, below which compression gains nothing.
const SMALLEST: usize = 1024;
/// The size of a body, in bytes, up to which it is compressed where it is made.
const SMALL: usize = 64 * 1024;
/// Larger ones would hold up the requests of the same thread. They are compressed on others, so many at once; what comes
/// meanwhile is sent as it is.
static LARGE: Semaphore = Semaphore::const_new(2);

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Brotli,
    Gzip,
    Zstd,
}

impl Coding {
    /// From the slowest to the fastest.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Zstd];

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    fn is_called(self, name: &str) -> bool {
        // RFC 9110, section 8.4.1.3: x-gzip is the same coding.
        name.eq_ignore_ascii_case(self.name()) || self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip")
    }

    /// Returns whether the request accepts this coding. Without the header it accepts every one.
    pub fn is_accepted(self, request: &HeaderMap) -> bool {
        let weight =
            weight(request, |name| self.is_called(name)).or_else(|| weight(request, |name| name == "*"));
        !request.contains_key(header::ACCEPT_ENCODING) || weight.is_some_and(|weight| weight > 0.0)
    }

    /// Returns the coding that the request prefers, if it prefers one to the plain form: the fastest of those that it wants
    /// most. A client that says nothing may not be able to decompress.
    pub fn preferred(request: &HeaderMap) -> Option<Self> {
        let plain = weight(request, |name| name.eq_ignore_ascii_case("identity")).unwrap_or(0.0);
        let any = weight(request, |name| name == "*");
        let wanted = Self::ALL.map(|coding| (coding, weight(request, |name| coding.is_called(name)).or(any)));
        let wanted = wanted.into_iter().filter_map(|(coding, weight)| Some((coding, weight?)));
        let wanted = wanted.filter(|(_, weight)| *weight > 0.0 && *weight >= plain);
        wanted.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(coding, _)| coding)
    }

    /// Compresses at a level that costs less time than it saves on most networks.
    fn compress(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Gzip => gzip(bytes, Compression::fast()),
            Self::Brotli => {
                let mut packed = Vec::new();
                let params = brotli::enc::BrotliEncoderParams {
                    quality: 4, // below that it packs worse than gzip
                    size_hint: bytes.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &*bytes, &mut packed, &params)?;
                Ok(packed)
            }
            Self::Zstd => zstd::bulk::compress(bytes, 1),
        }
    }
}

/// Compresses with gzip.
///
/// # Errors
/// None in practice: memory takes everything.
pub fn gzip(bytes: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    let mut gzip = GzEncoder::new(Vec::new(), level);
    gzip.write_all(bytes)?;
    gzip.finish()
}

/// Returns how much the request wants a coding, from 0 to 1. `None` if it doesn't say.
fn weight(request: &HeaderMap, is_it: impl Fn(&str) -> bool) -> Option<f32> {
    let lines = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let mut entries = lines.flat_map(|line| line.split(',')).map(|entry| entry.split(';').map(str::trim));
    entries.find_map(|mut parts| {
        parts.next().filter(|name| is_it(name))?;
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        Some(weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)))
    })
}

/// Returns whether the response is JSON that isn't compressed yet and may be. `no-transform` marks what holds a secret:
/// beside a text that somebody else chose, the size of the compressed form would tell what the secret is (BREACH).
fn is_compressible(headers: &HeaderMap) -> bool {
    let is = |name, text: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(text))
    };
    (is(header::CONTENT_TYPE, "application/json") || is(header::CONTENT_TYPE, "application/problem+json"))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !is(header::CACHE_CONTROL, "no-transform")
}

/// Compresses the response if it is JSON of 1 KiB or more, and the client prefers that.
pub async fn compressed(coding: Option<Coding>, mut response: Response) -> Response {
    let size = response.body().size_hint().exact().and_then(|size| usize::try_from(size).ok());
    if !is_compressible(response.headers()) || size.is_none_or(|size| size < SMALLEST) {
        return response;
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    let Some(coding) = coding else { return response };
    let (mut parts, body) = response.into_parts();
    let plain = match body.collect().await {
        Ok(plain) => plain.to_bytes(),
        Err(error) => return Error::internal(error).into_response(),
    };
    let Some(packed) = pack(coding, plain.clone()).await.filter(|packed| packed.len() < plain.len()) else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    parts.headers.insert(header::CONTENT_LENGTH, packed.len().into());
    Response::from_parts(parts, Body::from(packed))
}

async fn pack(coding: Coding, plain: Bytes) -> Option<Vec<u8>> {
    if plain.len() <= SMALL {
        return coding.compress(&plain).ok();
    }
    let turn = LARGE.try_acquire().ok()?;
    let packing = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        coding.compress(&plain).ok()
    });
    packing.await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (header::ACCEPT_ENCODING, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn gzip_is_sent_only_to_clients_that_take_it() {
        let takes = |lines: &[&'static str]| Coding::Gzip.is_accepted(&accepting(lines));
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
    fn what_the_client_wants_most_is_sent_and_of_several_the_fastest() {
        for (lines, coding) in [
            (&["gzip, br, zstd"][..], Some(Coding::Zstd)),
            (&["gzip", "br"], Some(Coding::Gzip)),
            (&["gzip;q=0.5, br"], Some(Coding::Brotli)),
            (&["*;q=0.1, zstd;q=0, br;q=0"], Some(Coding::Gzip)),
            (&["identity;q=0.5, gzip;q=0.5"], Some(Coding::Gzip)),
            (&["identity, gzip;q=0.9"], None),
            (&["deflate, compress"], None),
            (&[], None),
        ] {
            assert_eq!(Coding::preferred(&accepting(lines)), coding, "{lines:?}");
        }
    }
}
