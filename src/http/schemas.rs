//! The schemas of the OpenAPI document: generated from the types, and reworked so that generated clients read them well.

use schemars::{
    JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema, transform::RecursiveTransform,
};
use serde_json::{Map, Value, json};

/// The path of the schemas in the document.
const PLACE: &str = "/components/schemas";

/// The generator of the document's schemas, which all its operations share.
#[derive(Debug)]
pub struct Schemas {
    /// Generates what clients send: a field that may be absent is optional.
    requests: SchemaGenerator,
    /// Generates what the server sends: a field that is always there is required, even if it may be `null`.
    answers: SchemaGenerator,
}

/// Returns the settings for schemas of what clients send, in JSON Schema 2020-12, which OpenAPI 3.1 and the Model Context
/// Protocol use.
fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12()
        .with(|settings| settings.meta_schema = None)
        .with_transform(RecursiveTransform(bounded as fn(&mut Schema)))
        .with_transform(RecursiveTransform(listed as fn(&mut Schema)))
        .with_transform(RecursiveTransform(without_default as fn(&mut Schema)))
}

/// Returns the schema of what clients send, by itself and without references.
pub fn inlined<T: JsonSchema>() -> Map<String, Value> {
    let settings = settings().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    absent_or_set(&mut schema);
    schema.as_object().cloned().unwrap_or_default()
}

impl Default for Schemas {
    fn default() -> Self {
        let settings = settings().with(|settings| settings.definitions_path = PLACE.into());
        let answers = settings.clone().for_serialize();
        let answers = answers.with_transform(RecursiveTransform(absent_or_set as fn(&mut Schema)));
        Self { requests: settings.into_generator(), answers: answers.into_generator() }
    }
}

impl Schemas {
    /// Returns the schema of a body that clients send.
    pub fn request<T: JsonSchema>(&mut self) -> Schema {
        self.requests.subschema_for::<T>()
    }

    /// Returns the schema of a body that the server sends.
    pub fn answer<T: JsonSchema>(&mut self) -> Schema {
        self.answers.subschema_for::<T>()
    }

    /// Returns the schema of an object whose properties are parameters of a query.
    pub fn parameters<T: JsonSchema>(&mut self) -> Schema {
        let mut schema = T::json_schema(&mut self.requests);
        for transform in self.requests.transforms_mut() {
            transform.transform(&mut schema);
        }
        absent_or_set(&mut schema);
        schema
    }

    /// Returns the schema of a page of a list.
    pub fn page<T: JsonSchema>(&mut self) -> Schema {
        let item = self.answer::<T>();
        let page = json_schema!({
            "type": "object",
            "description": format!("A page of a list, whose items are of the type `{}`.", T::schema_name()),
            "required": ["items", "next_cursor"],
            "properties": {
                "items": { "type": "array", "items": item, "description": "The items of the page, in the order of the list." },
                "next_cursor": { "type": ["string", "null"], "description": "The cursor of the next page, for `?cursor=`; `null` on the last page." },
            },
        });
        let name = format!("{}Page", T::schema_name());
        let reference = json_schema!({ "$ref": format!("#{PLACE}/{name}") });
        self.answers.definitions_mut().insert(name, page.into());
        reference
    }

    /// Returns all schemas that were asked for, and those that they refer to, by name.
    pub fn into_definitions(mut self) -> Map<String, Value> {
        let mut definitions = self.requests.take_definitions(true);
        for (mut name, schema) in self.answers.take_definitions(true) {
            // Like schemars, which numbers different types with the same name.
            if definitions.get(&name).is_some_and(|other| *other != schema) {
                name.push('2');
            }
            definitions.insert(name, schema);
        }
        tag(&mut definitions);
        definitions
    }
}

/// Bounds an integer. All numbers of the API count something, and most have 32 bits. What may have more says its `maximum`,
/// up to which JavaScript counts exactly. The formats of 64 bits would be a `bigint` there.
fn bounded(schema: &mut Schema) {
    let is_integer = schema.get("type").is_some_and(|kind| {
        kind == "integer" || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "integer"))
    });
    let Some(integer) = schema.as_object_mut().filter(|_| is_integer) else { return };
    integer.remove("format");
    integer.entry("minimum").or_insert(json!(0));
    let is_small = |maximum: &Value| maximum.as_i64().is_some_and(|maximum| maximum <= i64::from(i32::MAX));
    if integer.get("maximum").is_none_or(is_small) {
        integer.insert("format".into(), "int32".into());
    }
}

/// Lists the values of an enumeration in `enum`, with the meaning of each in the description: few generators read constants
/// in a `oneOf`. One whose type says `x-extensible-enum` may get more values in a later version: it says so in its
/// description, and lists its values there too, as this extension wants it.
fn listed(schema: &mut Schema) {
    let Some(schema) = schema.as_object_mut() else { return };
    let variants = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let meaning = |variant: &Value| {
        let value = variant.get("const").and_then(Value::as_str)?;
        let text = variant.get("description").and_then(Value::as_str).unwrap_or_default();
        Some((value.to_owned(), format!("- `{value}`: {text}")))
    };
    if let Some(variants) = variants.map(meaning).collect::<Option<Vec<_>>>()
        && !variants.is_empty()
    {
        let (values, meanings): (Vec<String>, Vec<String>) = variants.into_iter().unzip();
        schema.remove("oneOf");
        schema.insert("type".into(), "string".into());
        schema.insert("enum".into(), json!(values));
        describe(schema, &format!("\n\n{}", meanings.join("\n")));
    }
    if schema.contains_key("x-extensible-enum") {
        let values = schema.get("enum").cloned().unwrap_or_default();
        schema.insert("x-extensible-enum".into(), values);
        describe(schema, "\n\nLater versions may add values: be ready for one that isn't listed here.");
    }
}

/// Appends a text to the description of a schema.
fn describe(schema: &mut Map<String, Value>, text: &str) {
    let before = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{before}{text}");
    schema.insert("description".into(), description.into());
}

/// Leaves out default values, which descriptions tell: generated TypeScript makes a field that has one required.
fn without_default(schema: &mut Schema) {
    schema.remove("default");
}

/// Removes `null` from the optional properties of an object: what is optional is absent or set.
fn absent_or_set(schema: &mut Schema) {
    let Some(schema) = schema.as_object_mut() else { return };
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for (name, property) in properties.into_iter().flatten() {
        if required.iter().any(|required| required == name) {
            continue;
        }
        let Some(property) = property.as_object_mut() else { continue };
        if let Some(Value::Array(types)) = property.get_mut("type") {
            types.retain(|kind| kind != "null");
            if let [kind] = types.as_slice() {
                let kind = kind.clone();
                property.insert("type".into(), kind);
            }
        }
        if let Some(Value::Array(options)) = property.get_mut("anyOf") {
            options.retain(|option| option.get("type").is_none_or(|kind| kind != "null"));
            if let [Value::Object(option)] = options.as_slice() {
                let option = option.clone();
                property.remove("anyOf");
                property.extend(option);
            }
        }
    }
}

/// Puts the tag of each union into the schemas of its members, where every generator finds it, and declares it as the
/// union's discriminator.
fn tag(definitions: &mut Map<String, Value>) {
    let unions = definitions.iter().filter_map(|(name, schema)| {
        let members = schema.get("oneOf")?.as_array()?;
        Some((name.clone(), members.clone()))
    });
    for (union, members) in unions.collect::<Vec<_>>() {
        let (mut references, mut mapping, mut property) = (Vec::new(), Map::new(), Value::Null);
        for member in &members {
            let Some((tag, value, reference)) = tagged(member) else { continue };
            references.push(json!({ "$ref": reference }));
            mapping.insert(value.to_owned(), reference.into());
            property = tag.into();
            let name = reference.rsplit('/').next().unwrap_or_default();
            let Some(target) = definitions.get_mut(name).and_then(Value::as_object_mut) else { continue };
            let constant =
                json!({ "type": "string", "const": value, "description": format!("Always `{value}`.") });
            let mut properties = Map::from_iter([(tag.to_owned(), constant)]);
            if let Some(Value::Object(others)) = target.remove("properties") {
                properties.extend(others);
            }
            target.insert("properties".into(), properties.into());
            if let Some(required) = target.get_mut("required").and_then(Value::as_array_mut) {
                required.insert(0, tag.into());
            }
            target.extend(member.get("description").map(|text| ("description".to_owned(), text.clone())));
        }
        if let Some(union) = definitions.get_mut(&union).and_then(Value::as_object_mut) {
            union.insert("oneOf".into(), references.into());
            union.insert("discriminator".into(), json!({ "propertyName": property, "mapping": mapping }));
        }
    }
}

/// Returns the name and the value of the tag of a union's member, and the reference to the schema of the rest.
fn tagged(member: &Value) -> Option<(&str, &str, &str)> {
    let (tag, constant) = member.get("properties")?.as_object()?.iter().next()?;
    Some((tag, constant.get("const")?.as_str()?, member.get("$ref")?.as_str()?))
}
