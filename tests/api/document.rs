//! The contract: a golden copy of the OpenAPI document, and the names in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::Contract;

/// Words that name nothing by themselves. As the name of a schema one says nothing to whoever reads a generated client.
const BARE: [&str; 26] = [
    "Answer", "Asked", "Body", "Counts", "Data", "Finish", "Info", "Input", "Item", "Kind", "Link", "List",
    "New", "Object", "Offer", "Output", "Patch", "Ref", "Request", "Result", "Results", "Start", "State",
    "Status", "Type", "View",
];

/// A change of the contract shows in the diff of this file. `INSTA_UPDATE=always cargo test document` takes it up.
#[test]
fn the_document_is_the_golden_copy() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("openapi", format!("{:#}", Contract::get().document));
    });
}

#[test]
fn schemas_are_called_by_nouns_that_say_what_they_are() {
    let schemas = Contract::get().document["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        assert!(
            !name.ends_with(|last: char| last.is_ascii_digit()),
            "{name} ends in a digit: two types have its name"
        );
        assert!(!BARE.contains(&name.as_str()), "{name} is bare");
        assert!(says(schema, "description"), "{name} has no description");
    }
}

#[test]
fn operations_have_a_tag_a_summary_and_a_description() {
    let document = &Contract::get().document;
    let tags = document["tags"].as_array().unwrap();
    let known: BTreeSet<&str> = tags.iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    assert_eq!(known.len(), tags.len(), "a tag is there twice");
    assert!(tags.iter().all(|tag| says(tag, "description")), "a tag has no description");
    let mut used = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let [tag] = operation["tags"].as_array().unwrap().as_slice() else {
                panic!("{method} {path} has not one tag");
            };
            used.insert(tag.as_str().unwrap());
            for text in ["summary", "description"] {
                assert!(says(operation, text), "{method} {path} has no {text}");
            }
            let summary = operation["summary"].as_str().unwrap();
            assert!(!summary.ends_with('.') && summary.len() <= 60, "{summary:?} is no title");
        }
    }
    assert_eq!(used, known, "each tag is used and described");
}

#[test]
fn every_property_and_parameter_is_described() {
    let document = &Contract::get().document;
    for (place, schema) in every_schema(document) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let text = property["description"].as_str().unwrap_or_default();
            assert!(text.ends_with('.'), "{name} at {place} has no sentence: {text:?}");
        }
    }
    for (place, parameter) in every_parameter(document) {
        assert!(says(parameter, "description"), "{place} has no description");
    }
}

/// Generated TypeScript has a field with a default as required, in requests too.
#[test]
fn no_schema_has_a_default() {
    for (place, schema) in every_schema(&Contract::get().document) {
        assert!(schema.get("default").is_none(), "{place} has a default");
    }
}

/// Whether it is sent is then told by the type alone. That what is required is sent, each answer of each test is held to.
#[test]
fn what_the_server_sends_is_required_or_never_null() {
    let document = &Contract::get().document;
    for (place, schema) in sent_schemas(document) {
        let required: Vec<&Value> = schema["required"].as_array().into_iter().flatten().collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.iter().any(|required| *required == name);
            assert!(is_required || !may_be_null(property), "{name} of {place} may be absent, and null");
        }
    }
    let task = &document["components"]["schemas"]["Task"];
    for name in ["due_at", "parent_id", "completed_at"] {
        assert!(may_be_null(&task["properties"][name]), "{name} is never null");
        assert!(task["required"].as_array().unwrap().contains(&json!(name)), "{name} may be absent");
    }
}

/// Generators tell members of a union apart by a constant inside of each.
#[test]
fn unions_are_told_apart_by_a_constant_in_their_members() {
    let document = &Contract::get().document;
    let mut unions = BTreeSet::new();
    for (place, schema) in every_schema(document) {
        let Some(members) = schema["oneOf"].as_array() else { continue };
        unions.insert(place.rsplit('/').next().unwrap().to_owned());
        let tag = schema["discriminator"]["propertyName"].as_str().expect("a discriminator");
        let mapping = schema["discriminator"]["mapping"].as_object().unwrap();
        assert_eq!(mapping.len(), members.len(), "{place}");
        for (value, reference) in mapping {
            assert!(members.contains(&json!({ "$ref": reference })), "{reference} is no member of {place}");
            let member = followed(document, reference.as_str().unwrap());
            assert_eq!(member["properties"][tag]["const"], *value, "{reference}");
            assert!(member["required"].as_array().unwrap().contains(&json!(tag)), "{reference}");
        }
    }
    assert_eq!(unions, BTreeSet::from(["Change".into(), "SearchHit".into(), "TimelineItem".into()]));
}

#[test]
fn an_enumeration_is_one_schema_and_says_whether_it_may_grow() {
    let mut places = BTreeMap::new();
    for (place, schema) in every_schema(&Contract::get().document) {
        if let Some(values) = schema["enum"].as_array() {
            let values: BTreeSet<String> = values.iter().map(Value::to_string).collect();
            let twin = places.insert(values, place.clone());
            assert!(twin.is_none(), "{place} has the values of {twin:?}");
        }
        if let Some(values) = schema.get("x-extensible-enum") {
            assert_eq!(*values, schema["enum"], "{place}");
            let text = schema["description"].as_str().unwrap();
            assert!(text.contains("Later versions may add values"), "{place} doesn't say that it may grow");
        }
    }
    let growing = ["ActivityAction", "ActivitySubjectKind", "SecurityEventKind", "ProblemCode", "TrashKind"];
    for name in growing {
        let schema = &Contract::get().document["components"]["schemas"][name];
        assert!(schema.get("x-extensible-enum").is_some(), "{name} may grow, and doesn't say so");
    }
}

/// A format of 64 bits is a `bigint` in generated TypeScript.
#[test]
fn integers_are_small_or_bounded_by_what_javascript_counts_exactly() {
    for (place, schema) in every_schema(&Contract::get().document) {
        let is_integer = schema["type"] == "integer"
            || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("integer")));
        if is_integer {
            let most = schema["maximum"].as_u64().unwrap_or(u64::MAX);
            let is_small = schema["format"] == "int32" || schema["format"].is_null() && most < 1 << 53;
            assert!(is_small && schema["minimum"].is_u64(), "{place}: {schema}");
        }
    }
}

#[test]
fn filters_have_types() {
    /// The parameters that are any text.
    const TEXTS: [&str; 7] = ["confirm", "cursor", "last_event_id", "q", "since", "ticket", "time_zone"];
    let document = &Contract::get().document;
    for (place, parameter) in every_parameter(document) {
        let (name, schema) = (parameter["name"].as_str().unwrap(), &parameter["schema"]);
        assert!(!may_be_null(schema), "{place} may be null, which a query can't say");
        if parameter["in"] == "query" && schema["type"] == "string" {
            let is_any_text = schema.get("format").is_none() && schema.get("enum").is_none();
            assert!(!is_any_text || TEXTS.contains(&name), "{place} has no type: {schema}");
        }
        if schema["type"] == "array" {
            assert_eq!(
                (&parameter["style"], &parameter["explode"]),
                (&json!("form"), &json!(false)),
                "{place}"
            );
        }
    }
    let parameters = document["paths"]["/v1/orgs/{org}/tasks"]["get"]["parameters"].as_array().unwrap();
    let of = |name: &str| &parameters.iter().find(|parameter| parameter["name"] == name).unwrap()["schema"];
    assert_eq!(of("status")["items"]["$ref"], "#/components/schemas/TaskStatus");
    assert_eq!(of("due_before")["format"], "date-time");
    assert_eq!(of("overdue")["type"], "boolean");
}

/// An empty one would be a type of its own in generated clients, and an argument of each such call.
#[test]
fn a_route_without_a_body_declares_none() {
    let document = &Contract::get().document;
    for (place, operation) in every_operation(document) {
        for (kind, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
            let schema = &content["schema"];
            let schema = schema["$ref"].as_str().map_or(schema, |reference| followed(document, reference));
            let is_empty = schema["properties"].as_object().is_none_or(serde_json::Map::is_empty);
            assert!(!is_empty, "{place} takes an empty body as {kind}");
        }
    }
}

#[test]
fn the_event_stream_says_what_its_events_hold() {
    let document = &Contract::get().document;
    let answer = &document["paths"]["/v1/orgs/{org}/events"]["get"]["responses"]["200"];
    let schema = &answer["content"]["text/event-stream"]["schema"];
    assert_eq!(*schema, json!({ "$ref": "#/components/schemas/StreamEvent" }));
    let data = ["Activity", "ActivityWithObject", "StreamChanges", "StreamReset"]
        .map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    assert_eq!(document["components"]["schemas"]["StreamEvent"]["anyOf"], json!(data));
    let answer = &document["paths"]["/v1/me/events"]["get"]["responses"]["200"];
    let schema = &answer["content"]["text/event-stream"]["schema"];
    assert_eq!(*schema, json!({ "$ref": "#/components/schemas/MyStreamEvent" }));
    let data = ["ActivityInOrganization", "ActivityWithObjectInOrganization", "MyStreamChanges"]
        .map(|name| json!({ "$ref": format!("#/components/schemas/{name}") }));
    assert_eq!(document["components"]["schemas"]["MyStreamEvent"]["anyOf"], json!(data));
}

fn may_be_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null" || kind["type"] == "null";
    ["type", "anyOf", "oneOf"].iter().filter_map(|key| schema[key].as_array()).flatten().any(is_null)
}

fn followed<'a>(document: &'a Value, reference: &str) -> &'a Value {
    document.pointer(reference.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{reference} is nowhere"))
}

fn every_operation(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, operations)| {
        operations
            .as_object()
            .unwrap()
            .iter()
            .map(move |(method, operation)| (format!("{method} {path}"), operation))
    })
}

fn every_parameter(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    every_operation(document).flat_map(|(place, operation)| {
        let parameters = operation["parameters"].as_array().unwrap().iter();
        parameters.map(move |parameter| (format!("{} of {place}", parameter["name"]), parameter))
    })
}

/// Every schema of the document, with those inside of others, each with its place.
fn every_schema(document: &Value) -> Vec<(String, &Value)> {
    let mut schemas = Vec::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        within(schema, format!("/{name}"), &mut schemas);
    }
    for (place, parameter) in every_parameter(document) {
        within(&parameter["schema"], place, &mut schemas);
    }
    for (place, operation) in every_operation(document) {
        let answers = operation["responses"].as_object().unwrap().values();
        for body in answers.chain([&operation["requestBody"]]) {
            for (kind, content) in body["content"].as_object().into_iter().flatten() {
                within(&content["schema"], format!("{kind} of {place}"), &mut schemas);
            }
        }
    }
    schemas
}

/// The named schemas that answers refer to, also by way of others.
fn sent_schemas(document: &Value) -> BTreeMap<&str, &Value> {
    let (mut found, mut sent) = (Vec::new(), BTreeMap::new());
    for (place, operation) in every_operation(document) {
        for content in operation["responses"].as_object().unwrap().values() {
            for content in content["content"].as_object().into_iter().flat_map(serde_json::Map::values) {
                within(&content["schema"], place.clone(), &mut found);
            }
        }
    }
    while let Some((_, schema)) = found.pop() {
        let Some(reference) = schema["$ref"].as_str() else { continue };
        let schema = followed(document, reference);
        if sent.insert(reference, schema).is_none() {
            within(schema, reference.to_owned(), &mut found);
        }
    }
    sent
}

fn within<'a>(schema: &'a Value, place: String, found: &mut Vec<(String, &'a Value)>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        within(property, format!("{place}/{name}"), found);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(key).filter(|inner| inner.is_object()) {
            within(inner, format!("{place}/{key}"), found);
        }
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for inner in schema[key].as_array().into_iter().flatten() {
            within(inner, format!("{place}/{key}"), found);
        }
    }
    found.push((place, schema));
}

fn says(value: &Value, field: &str) -> bool {
    value[field].as_str().is_some_and(|text| !text.is_empty())
}
