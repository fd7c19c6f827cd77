//! The collector, which takes traces (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use std::{fmt, str::FromStr, time::Duration};

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use percent_encoding::percent_decode_str;
use prost::Message as _;
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};

use crate::{app::addresses::web_url, base::error::chain};

/// The timeout of a request to the collector.
const PATIENCE: Duration = Duration::from_secs(10);
/// The maximum length of an answer that is read, in bytes. A collector says little.
const LONGEST: usize = 64 * 1024;
/// Where traces are taken, below the collector's URL.
const PATH: &str = "/v1/traces";

/// Parses the collector's URL, with or without the path of traces.
///
/// # Errors
/// A message if it isn't an http or https URL without a query and without credentials.
pub fn url(text: &str) -> Result<String, String> {
    let url = web_url(text).map_err(|_| {
        "must be an http or https URL without user and query, such as http://127.0.0.1:4318".to_owned()
    })?;
    Ok(format!("{}{PATH}", url.strip_suffix(PATH).unwrap_or(&url)))
}

/// Headers for the collector, whose values may be secret.
#[derive(Clone, Default)]
pub struct Headers(HeaderMap);

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Headers(…)")
    }
}

impl FromStr for Headers {
    type Err = String;

    /// Parses a list as the standard variable `OTEL_EXPORTER_OTLP_HEADERS` has it.
    fn from_str(text: &str) -> Result<Self, String> {
        let header = |text: &str| {
            let (name, value) = text.split_once('=')?;
            let value: Vec<u8> = percent_decode_str(value.trim()).collect();
            let mut value = HeaderValue::from_bytes(&value).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::from_str(name.trim()).ok()?, value))
        };
        let headers: Option<HeaderMap> = text.split(',').map(header).collect();
        headers.map(Self).ok_or_else(|| {
            "must be name=value, several of them separated by commas, special characters of values percent-encoded"
                .into()
        })
    }
}

/// Why the collector didn't take traces.
#[derive(Debug)]
pub enum Refused {
    /// They can be sent again.
    ForNow(String),
    /// They would be refused again.
    Forever(String),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForNow(why) | Self::Forever(why) => f.write_str(why),
        }
    }
}

/// The collector.
pub struct Collector {
    pub url: String,
    client: Client,
}

impl Collector {
    pub(super) fn new(url: &str, headers: Headers) -> Result<Self, String> {
        let mut client = Client::builder()
            .default_headers(headers.0)
            // Following a redirect would send the headers to another place.
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("guildhall/", env!("CARGO_PKG_VERSION")));
        if url.starts_with("http:") {
            // A collector beside the server needs no certificates, which may be missing.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| format!("--otlp-url: {}", chain(&error)))?;
        Ok(Self { url: url.to_owned(), client })
    }

    /// Sends an encoded `ExportTraceServiceRequest`. Returns what of it was refused all the same.
    pub(super) async fn send(&self, message: Bytes) -> Result<ExportTracePartialSuccess, Refused> {
        let away = |error: reqwest::Error| Refused::ForNow(chain(&error.without_url()));
        let request =
            self.client.post(&self.url).header(CONTENT_TYPE, "application/x-protobuf").body(message);
        let mut answer = request.send().await.map_err(away)?;
        let status = answer.status();
        if !status.is_success() {
            let why = format!("the collector answers with status {status}");
            // As the protocol has it; whatever else it says, it would say again.
            let again = [
                StatusCode::TOO_MANY_REQUESTS,
                StatusCode::BAD_GATEWAY,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::GATEWAY_TIMEOUT,
            ];
            return Err(if again.contains(&status) { Refused::ForNow(why) } else { Refused::Forever(why) });
        }
        let mut body = Vec::new();
        while body.len() < LONGEST
            && let Some(chunk) = answer.chunk().await.map_err(away)?
        {
            body.extend_from_slice(&chunk);
        }
        Ok(ExportTraceServiceResponse::decode(&*body).unwrap_or_default().partial_success.unwrap_or_default())
    }

    /// Tests whether the collector takes traces: sends it none.
    ///
    /// # Errors
    /// The reason why it doesn't.
    pub async fn test(&self) -> Result<(), String> {
        self.send(Bytes::new()).await.map(drop).map_err(|refused| refused.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_taken_below_the_collectors_url() {
        for (text, expected) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("https://collector.example/", "https://collector.example/v1/traces"),
            ("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces"),
            ("http://collector:4318/v1/traces", "http://collector:4318/v1/traces"),
        ] {
            assert_eq!(url(text).unwrap(), expected);
        }
        for wrong in
            ["collector:4318", "grpc://collector:4317", "http://u:p@collector", "http://collector?a=b"]
        {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn headers_are_names_with_encoded_values() {
        let Headers(headers) = "authorization=Bearer%20a%3Db, X-Scope-OrgID = acme=1".parse().unwrap();
        assert_eq!(
            (&headers["authorization"], &headers["x-scope-orgid"]),
            (&HeaderValue::from_static("Bearer a=b"), &HeaderValue::from_static("acme=1"),)
        );
        assert!(headers.values().all(HeaderValue::is_sensitive));
        for wrong in ["", "authorization", "a b=c", "a=b,", "=b", "a=%0d%0ab: c"] {
            let Err(why) = wrong.parse::<Headers>() else { panic!("{wrong}") };
            assert!(why.starts_with("must be name=value"), "{why}");
        }
    }
}
