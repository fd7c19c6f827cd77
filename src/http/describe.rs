//! The OpenAPI 3.1 document, generated from the types of the handlers so that it always matches them.

use std::{collections::BTreeMap, sync::LazyLock};

use schemars::Schema;
use serde_json::{Map, Value, json};

use super::{
    answer::{ANYWHERE, Problem},
    schemas::Schemas,
};
use crate::base::{error::Code, json::EXACT};

/// The examples of each operation, by its id: what a test asked and was answered (`tests/api/examples.rs`).
static EXAMPLES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// An extractor or response type that adds its part to an operation of the document.
pub trait Describe {
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}

impl Describe for () {
    fn describe(_: &mut Operation, _: &mut Schemas) {}
}

/// A handler whose arguments and response all implement [`Describe`].
pub trait Described<Signature> {
    fn describe(operation: &mut Operation, schemas: &mut Schemas);
}

macro_rules! described {
    ($($argument:ident)*) => {
        impl<Handler, Answered, R, $($argument),*> Described<($($argument,)* R,)> for Handler
        where
            Handler: Fn($($argument),*) -> Answered,
            Answered: Future<Output = crate::base::error::Result<R>>,
            R: Describe,
            $($argument: Describe),*
        {
            fn describe(operation: &mut Operation, schemas: &mut Schemas) {
                $($argument::describe(operation, schemas);)*
                R::describe(operation, schemas);
            }
        }
    };
}
described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);
described!(A B C D E F);

/// A group of operations: its name and its description.
#[derive(Debug)]
pub struct Tag(pub &'static str, pub &'static str);

/// What a request has to bring along.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Security {
    #[default]
    Nothing,
    /// An access token or an API token.
    Bearer,
    /// One of them, or a ticket in the query.
    BearerOrTicket,
    /// An operator's token.
    Operator,
}

impl Security {
    /// Returns the security requirement of the document.
    fn document(self) -> Value {
        match self {
            Self::Nothing => json!([]),
            Self::Bearer => json!([{ "bearer": [] }]),
            Self::BearerOrTicket => json!([{ "bearer": [] }, { "ticket": [] }]),
            Self::Operator => json!([{ "operator": [] }]),
        }
    }
}

/// One operation of the document.
#[derive(Debug, Default)]
pub struct Operation {
    pub id: &'static str,
    pub method: &'static str,
    pub path: &'static str,
    tag: &'static str,
    summary: &'static str,
    description: &'static str,
    parameters: Vec<Value>,
    request: Option<Value>,
    responses: BTreeMap<u16, Value>,
    codes: Vec<Code>,
    security: Security,
    versioned: bool,
    extensions: Map<String, Value>,
}

impl Operation {
    pub fn new(
        id: &'static str,
        method: &'static str,
        path: &'static str,
        Tag(tag, _): &'static Tag,
        summary: &'static str,
        description: &'static str,
    ) -> Self {
        Self { id, method, path, tag, summary, description, ..Self::default() }
    }

    /// Sets the schema of the request's body.
    pub fn body(&mut self, schema: &Schema, required: bool) {
        let content = json!({ "schema": schema });
        let mut kinds = Map::from_iter([("application/json".to_owned(), content.clone())]);
        if self.method == "PATCH" {
            kinds.insert("application/merge-patch+json".into(), content);
        }
        self.request = Some(json!({ "required": required, "content": kinds }));
    }

    /// Adds the properties of an object's schema as query parameters.
    pub fn query(&mut self, schema: &Schema) {
        let required: Vec<&str> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let mut schema = schema.clone();
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let is_list = schema.get("type").is_some_and(|kind| kind == "array");
            let mut parameter = json!({
                "name": name, "in": "query", "required": required.contains(&name.as_str()),
                "description": description.unwrap_or_default(), "schema": schema,
            });
            if let Some(parameter) = parameter.as_object_mut().filter(|_| is_list) {
                parameter.extend([("style".to_owned(), "form".into()), ("explode".to_owned(), false.into())]);
            }
            self.parameters.push(parameter);
        }
    }

    /// Adds a successful response. All `headers` are declared as always present.
    pub fn answers(&mut self, status: u16, schema: Option<Schema>, headers: &[&str]) {
        let description = match status {
            201 => "Created",
            202 => "Accepted",
            204 => "Done",
            _ => "OK",
        };
        let mut response = json!({ "description": description });
        if let (Some(schema), Some(response)) = (schema, response.as_object_mut()) {
            response.insert("content".into(), json!({ "application/json": { "schema": schema } }));
            if !headers.is_empty() {
                let headers: Map<_, _> = headers
                    .iter()
                    .map(|name| {
                        ((*name).to_owned(), json!({ "required": true, "schema": { "type": "string" } }))
                    })
                    .collect();
                response.insert("headers".into(), headers.into());
            }
        }
        self.responses.insert(status, response);
    }

    /// Adds a 200 response with another content type than JSON.
    pub fn answers_with(&mut self, kind: &str, schema: Schema, headers: &[&str]) {
        self.answers(200, Some(schema), headers);
        let content = self.responses.get_mut(&200).and_then(|response| response.get_mut("content"));
        if let Some(content) = content.and_then(Value::as_object_mut)
            && let Some(json) = content.remove("application/json")
        {
            content.insert(kind.to_owned(), json);
        }
    }

    /// Adds error codes that the operation may return.
    pub fn refuses(&mut self, codes: &[Code]) {
        for code in codes {
            if !self.codes.contains(code) {
                self.codes.push(*code);
            }
        }
    }

    /// Returns whether the operation changes something in an organization.
    pub fn is_change(&self) -> bool {
        self.method != "GET" && self.path.starts_with("/v1/orgs/{org}")
    }

    /// Returns the error codes that the operation may return, but for those of all.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// Marks the operation as one that needs an access token or an API token.
    pub fn secured(&mut self) {
        self.security = Security::Bearer;
        // The throttle counts failed guesses of API tokens.
        self.refuses(&[Code::Unauthenticated, Code::TooManyAttempts]);
    }

    /// Marks the operation as one that also accepts a ticket in the query instead of an access token.
    pub fn by_ticket(&mut self) {
        self.security = Security::BearerOrTicket;
    }

    /// Marks the operation as one that needs an operator's token, and isn't there on a server without one.
    pub fn by_operator(&mut self) {
        self.security = Security::Operator;
        self.refuses(&[Code::Unauthenticated, Code::NoSuchRoute]);
    }

    /// Returns whether the operation needs an operator's token.
    pub fn is_by_operator(&self) -> bool {
        self.security == Security::Operator
    }

    /// Marks the operation as one whose response has an `ETag`.
    pub fn versioned(&mut self) {
        self.versioned = true;
    }

    /// Marks the operation, if it is a POST, as one that may carry an `Idempotency-Key`.
    pub fn repeatable(&mut self) {
        if self.method == "POST" && !self.path.starts_with("/v1/auth/") {
            self.refuses(&[Code::InvalidInput, Code::IdempotencyKeyReused]);
        }
    }

    /// Adds an extension field, whose name starts with `x-`.
    pub fn extension(&mut self, name: &str, value: Value) {
        self.extensions.insert(name.into(), value);
    }

    /// Adds an optional request header.
    pub fn header(&mut self, name: &str, description: &str) {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": { "type": "string" },
        }));
    }

    /// Adds a header, which may be absent, to the responses.
    fn tells(&mut self, name: &str, schema: &Value, description: &str) {
        for response in self.responses.values_mut().filter_map(Value::as_object_mut) {
            let headers = response.entry("headers").or_insert_with(|| json!({}));
            let header = json!({ "schema": schema, "description": description });
            headers.as_object_mut().map(|headers| headers.insert(name.into(), header));
        }
    }

    fn document(mut self) -> Value {
        let names = self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let mut parameters: Vec<Value> = names.map(path_parameter).collect();
        if self.versioned && self.method == "GET" {
            self.header("If-None-Match", "An ETag: answers 304 if the object is still the same.");
            self.responses.insert(304, json!({ "description": "Not modified" }));
        }
        if self.codes.contains(&Code::PreconditionFailed) {
            self.header(
                "If-Match",
                "An ETag: refuses the change with 412 if the object has another version by now.",
            );
        }
        if self.codes.contains(&Code::IdempotencyKeyReused) {
            self.header(
                "Idempotency-Key",
                "1 to 255 visible ASCII characters, such as a UUID. The same request with the same key within 24 hours \
                 does nothing more, and gets the first one's answer.",
            );
            self.tells(
                "Idempotency-Replayed",
                &json!({ "const": "true" }),
                "Sent with an answer to an earlier request.",
            );
        }
        if self.is_change() {
            self.tells(
                "Activity-Seq",
                &json!({ "type": "integer", "minimum": 1, "maximum": EXACT }),
                "The `seq` of the last entry of the activity that the change wrote, which undoing it takes. Absent if \
                 nothing changed.",
            );
        }
        parameters.append(&mut self.parameters);
        let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
        for code in self.codes.iter().chain(ANYWHERE) {
            by_status.entry(code.status()).or_default().push(*code);
        }
        let mut responses: Map<String, Value> =
            self.responses.into_iter().map(|(status, response)| (status.to_string(), response)).collect();
        for (status, codes) in by_status {
            let lines: Vec<String> =
                codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title())).collect();
            responses.insert(
                status.to_string(),
                json!({
                    "description": lines.join(" "),
                    "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
                }),
            );
        }
        let mut operation = json!({
            "operationId": self.id,
            "tags": [self.tag],
            "summary": self.summary,
            "description": self.description,
            "parameters": parameters,
            "responses": responses,
            "security": self.security.document(),
        });
        if let Some(map) = operation.as_object_mut() {
            map.extend(self.request.map(|request| ("requestBody".to_owned(), request)));
            map.extend(self.extensions);
        }
        if let Some(examples) = EXAMPLES.get(self.id) {
            show_examples(&mut operation, examples);
        }
        operation
    }
}

/// Puts the examples of an operation into its parameters, its request and its successful responses.
fn show_examples(operation: &mut Value, examples: &Value) {
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default();
        let text = examples.get("parameters").and_then(|all| all.get(name)).and_then(Value::as_str);
        let example = text.map(|text| parameter_example(parameter.get("schema"), text));
        if let (Some(example), Some(parameter)) = (example, parameter.as_object_mut()) {
            parameter.insert("example".into(), example);
        }
    }
    let mut show = |place: &str, example: &Value| {
        let content = operation.pointer_mut(&format!("{place}/content")).and_then(Value::as_object_mut);
        for kind in content.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
            kind.insert("example".into(), example.clone());
        }
    };
    if let Some(request) = examples.get("request") {
        show("/requestBody", request);
    }
    for (status, response) in examples.get("responses").and_then(Value::as_object).into_iter().flatten() {
        show(&format!("/responses/{status}"), response);
    }
}

/// Returns a parameter's text as the value that its schema describes.
fn parameter_example(schema: Option<&Value>, text: &str) -> Value {
    let types = schema.and_then(|schema| schema.get("type")).map(Value::to_string).unwrap_or_default();
    if types.contains("\"array\"") {
        text.split(',').collect()
    } else if types.contains("\"integer\"") || types.contains("\"boolean\"") {
        serde_json::from_str(text).unwrap_or_default()
    } else {
        text.into()
    }
}

fn path_parameter(name: &str) -> Value {
    let (description, schema) = match name {
        "org" => ("The organization's id or slug.", json!({ "type": "string" })),
        "project" => ("The project's id or key, such as WEB.", json!({ "type": "string" })),
        "task" => ("The task's id or key, such as WEB-142.", json!({ "type": "string" })),
        "label" => ("The label's id.", json!({ "type": "string", "format": "uuid" })),
        "user" => ("The user's id.", json!({ "type": "string", "format": "uuid" })),
        "seq" => (
            "The number of an entry of the activity.",
            json!({ "type": "integer", "minimum": 1, "maximum": EXACT }),
        ),
        "emoji" => ("An emoji, percent-encoded.", json!({ "type": "string" })),
        "code" => ("An error's code.", json!({ "$ref": "#/components/schemas/ProblemCode" })),
        "provider" => ("The provider's id, such as work.", json!({ "type": "string" })),
        _ => ("The id.", json!({ "type": "string", "format": "uuid" })),
    };
    json!({ "name": name, "in": "path", "required": true, "description": description, "schema": schema })
}

/// Creates the whole document.
pub fn document(operations: Vec<Operation>, tags: &[&Tag], mut schemas: Schemas) -> Value {
    let _ = schemas.answer::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        let method = operation.method.to_ascii_lowercase();
        if let Some(path) = path.as_object_mut() {
            path.insert(method, operation.document());
        }
    }
    let errors: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("- `{}` ({}): {}. {}", code.as_str(), code.status(), code.title(), code.help()))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Guildhall",
            "version": env!("CARGO_PKG_VERSION"),
            "contact": { "name": "The operator of this server" },
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": format!(
                "The backend of a team-work app: organizations, roles, projects, tasks, and a history of who did \
                 what.\n\nLog in with `POST /v1/auth/login` and send the access token as `Authorization: Bearer …`. \
                 Errors are `application/problem+json` with one of these codes:\n\n{}", errors.join("\n")),
        },
        "servers": [{ "url": "/" }],
        "tags": tags.iter().map(|Tag(name, description)| json!({ "name": name, "description": description })).collect::<Value>(),
        "paths": paths,
        "components": {
            "schemas": schemas.into_definitions(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                            "description": "The `access_token` of sign-up, login or refresh, good for 10 minutes, or an API token." },
                "operator": { "type": "http", "scheme": "bearer",
                              "description": "A token that whoever runs the server set with `--admin-token`. It opens no other route." },
                "ticket": { "type": "apiKey", "in": "query", "name": "ticket",
                            "description": "The `ticket` of `POST …/events/ticket`: good once, for 30 seconds." },
            },
        },
    })
}
