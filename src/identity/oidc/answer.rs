//! Requests to a provider, and how its answers are read: leniently, and only what is used of them.

use std::{fmt, time::Duration};

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

use crate::base::error::chain;

/// The timeout of a request to a provider.
const PATIENCE: Duration = Duration::from_secs(10);
/// The maximum length of a response, in bytes.
const LONGEST: usize = 1024 * 1024;

/// Why an answer of a provider is of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// The provider can't be reached.
    Away(String),
    /// The provider rejects the authorization code.
    InvalidCode,
    /// The answer can't be used, because of this field.
    Unusable(&'static str, String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => f.write_str(why),
            Self::InvalidCode => f.write_str("the provider rejects the code"),
            Self::Unusable(field, why) => write!(f, "`{field}` {why}"),
        }
    }
}

/// Creates a problem with a field.
pub fn unusable(field: &'static str, why: impl Into<String>) -> Problem {
    Problem::Unusable(field, why.into())
}

/// The HTTP client for requests to providers.
pub struct Http(reqwest::Client);

impl Http {
    pub fn new() -> Result<Self, String> {
        // Following a redirect would send the authorization code and the client's secret to another place.
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
        client.build().map(Self).map_err(|error| chain(&error))
    }

    pub fn get(&self, url: Url) -> RequestBuilder {
        self.0.get(url)
    }

    pub fn post(&self, url: Url) -> RequestBuilder {
        self.0.post(url)
    }
}

/// Sends a request to the endpoint that this field names. Returns the status and the JSON object of the answer, `null` if
/// it is none.
///
/// # Errors
/// The provider can't be reached, or answers too much.
pub async fn ask(field: &'static str, request: RequestBuilder) -> Result<(StatusCode, Value), Problem> {
    let mut answer = request.header("accept", "application/json").send().await.map_err(away)?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(away)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(unusable(field, "answers more than 1 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    let object = serde_json::from_slice(&body).ok().filter(Value::is_object).unwrap_or_default();
    Ok((answer.status(), object))
}

/// Returns the JSON object of a successful answer.
///
/// # Errors
/// The endpoint, if it answers with an error or without a JSON object.
pub fn object(field: &'static str, (status, object): (StatusCode, Value)) -> Result<Value, Problem> {
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(Problem::Away(format!("`{field}` answers with status {status}")));
    }
    if !status.is_success() {
        return Err(unusable(field, format!("answers with status {status}")));
    }
    if object.is_null() { Err(unusable(field, "doesn't answer with a JSON object")) } else { Ok(object) }
}

fn away(error: reqwest::Error) -> Problem {
    // Without the URL, which may have an authorization code in it.
    Problem::Away(chain(&error.without_url()))
}

/// Returns a field as text, if it is a text, a number or a boolean.
pub fn text(object: &Value, field: &str) -> Option<String> {
    object.get(field).and_then(plain)
}

/// Returns a text, a number or a boolean as text.
pub fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
