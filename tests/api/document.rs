//! The contract: a golden copy of the OpenAPI document, and the names in it.

use std::collections::BTreeSet;

use serde_json::Value;

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
        let is_page = name.ends_with("Page") && schema["properties"].get("next_cursor").is_some();
        assert!(
            is_page || says(schema, "description") || schema.get("oneOf").is_some(),
            "{name} has no description"
        );
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

fn says(value: &Value, field: &str) -> bool {
    value[field].as_str().is_some_and(|text| !text.is_empty())
}
