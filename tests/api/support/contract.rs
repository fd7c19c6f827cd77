//! Every answer of every test, held against the OpenAPI document: operation, status, media type, schema, headers.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, OnceLock},
};

use guildhall::app::router;
use jsonschema::{Validator, error::ValidationErrorKind};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, actor::STREAM};

/// The fields that hold secrets.
const SECRETS: [&str; 10] = [
    "access_token",
    "refresh_token",
    "device_token",
    "mfa_token",
    "token",
    "ticket",
    "secret",
    "otpauth_url",
    "authorization_url",
    "recovery_codes",
];

pub struct Contract {
    pub document: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Contract {
    pub fn get() -> &'static Self {
        static CONTRACT: OnceLock<Contract> = OnceLock::new();
        CONTRACT.get_or_init(|| Self { document: router::routes().document(), validators: Mutex::default() })
    }

    /// Whether the document has this text somewhere. Looked up once for each text, because the document is long.
    pub fn says(&self, text: &str) -> bool {
        static DOCUMENT: OnceLock<String> = OnceLock::new();
        static KNOWN: LazyLock<Mutex<HashMap<String, bool>>> = LazyLock::new(Mutex::default);
        let document = DOCUMENT.get_or_init(|| self.document.to_string());
        *KNOWN.lock().unwrap().entry(text.to_owned()).or_insert_with(|| document.contains(text))
    }

    /// The path template and operation of a request.
    pub fn operation(&'static self, method: &Method, path: &str) -> Option<(&'static str, &'static Value)> {
        let path = path.split('?').next().unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |template: &str| {
            let template: Vec<&str> = template.split('/').collect();
            template.len() == parts.len()
                && template.iter().zip(&parts).all(|(t, p)| t.starts_with('{') || t == p)
        };
        // A fixed part beats a parameter, as in the router.
        let mut templates: Vec<(&String, &Value)> = self.document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(template, _)| fits(template))
            .collect();
        templates.sort_by_key(|(template, _)| template.matches('{').count());
        let (template, operations) = templates.first()?;
        let method = if method == Method::HEAD { "get" } else { &method.as_str().to_ascii_lowercase() };
        Some((template.as_str(), operations.get(method)?))
    }

    /// Fails the test if the answer isn't in the document.
    pub fn hold(&'static self, method: &Method, path: &str, answer: &Answer, has_body: bool) {
        let asked = format!("{method} {path} answered {}", answer.status);
        assert!(!answer.header("x-request-id").is_empty(), "{asked} without a request id");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{asked}");
        let kind = answer.header("content-type");
        let is_problem = answer.status >= 400;
        if is_problem && method != Method::HEAD {
            assert_eq!(kind, "application/problem+json", "{asked}: {}", answer.body);
            assert_eq!(answer.body["status"], answer.status, "{asked}");
            self.check("Problem", &json!({ "$ref": "#/components/schemas/Problem" }), &answer.body, &asked);
        }
        for error in answer.body["errors"].as_array().into_iter().flatten() {
            // A request without a body is about its parameters.
            let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
            let parameter = error["parameter"].as_str().map(|name| json!(format!("/{}", escaped(name))));
            assert!(method != Method::GET || parameter.is_some(), "{asked} without a parameter: {error}");
            assert!(parameter.is_none_or(|pointer| error["pointer"] == pointer), "{asked}: {error}");
        }
        let text = answer.body.to_string();
        let has_a_secret = SECRETS
            .iter()
            .any(|name| ["\"", "["].iter().any(|open| text.contains(&format!("\"{name}\":{open}"))));
        let is_kept = answer.header("cache-control") == "no-store, no-transform";
        assert!(
            is_kept || !has_a_secret || !path.starts_with("/v1/"),
            "{asked}, which caches may keep or proxies compress: {text}"
        );
        // The router's own refusals, and the docs page's files, belong to no operation.
        let Some((template, operation)) = self.operation(method, path) else {
            return;
        };
        let response = &operation["responses"][answer.status.to_string()];
        assert!(!response.is_null(), "{asked}, which the document doesn't have: {}", answer.body);
        let content = &response["content"];
        if content.is_null() || method == Method::HEAD {
            assert!(!has_body, "{asked} with a body: {}", answer.body);
            return;
        }
        let schema = &content[kind]["schema"];
        assert!(!schema.is_null(), "{asked} as {kind}, which the document doesn't have");
        // A stream has no end: each of its events is held when it comes.
        if kind != STREAM {
            self.check(&format!("{method} {template} {}", answer.status), schema, &answer.body, &asked);
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let missing = answer.header(name).is_empty() && header["required"] == true;
            assert!(!missing, "{asked} without {name}");
        }
        if is_problem {
            let code = answer.body["code"].as_str().unwrap();
            let described = response["description"].as_str().unwrap();
            assert!(
                described.contains(&format!("`{code}`")),
                "{asked} with the code {code}, which isn't documented there"
            );
        }
    }

    /// Fails the test if a value that the document shows isn't what it says there.
    pub fn fits(&self, schema: &Value, value: &Value, place: &str) {
        self.check(place, schema, value, place);
    }

    /// Fails the test if the data of an event of a stream isn't in the document.
    pub fn hold_event(&self, name: &str, data: &Value) {
        self.check(name, &json!({ "$ref": format!("#/components/schemas/{name}") }), data, "a stream");
    }

    fn check(&self, name: &str, schema: &Value, body: &Value, asked: &str) {
        let validator = self.validators.lock().unwrap().get(name).cloned();
        let validator = validator.unwrap_or_else(|| {
            let mut schema = schema.clone();
            schema["components"] = self.document["components"].clone();
            let validator =
                Arc::new(jsonschema::options().should_validate_formats(true).build(&schema).unwrap());
            self.validators.lock().unwrap().insert(name.to_owned(), validator.clone());
            validator
        });
        // With `fields`, an answer has less than its schema requires, as the parameter says; but what it has is as ever.
        let is_partial = asked.contains("?fields=") || asked.contains("&fields=");
        let left_out = |kind: &ValidationErrorKind| matches!(kind, ValidationErrorKind::Required { property } if property != "id");
        let errors: Vec<String> = validator
            .iter_errors(body)
            .filter(|error| !(is_partial && left_out(error.kind())))
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{asked}: {errors:?} in {body}");
    }
}
