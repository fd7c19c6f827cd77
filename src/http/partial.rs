//! Objects of which a request asked for some fields.

use std::{borrow::Cow, sync::Arc};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer, ser::Error as _};
use serde_json::Value;

use super::answer::Versioned;

/// The names of the fields that a request asked for, if it named any. Clones share them.
pub type Names = Option<Arc<[&'static str]>>;

/// An object of which only some fields are shown, or all.
#[derive(Debug)]
pub struct Partial<T> {
    pub object: T,
    names: Names,
}

impl<T> Partial<T> {
    pub fn new(object: T, names: &Names) -> Self {
        Self { object, names: names.clone() }
    }
}

impl<T: Serialize> Serialize for Partial<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(names) = &self.names else { return self.object.serialize(serializer) };
        let mut value = serde_json::to_value(&self.object).map_err(S::Error::custom)?;
        if let Value::Object(fields) = &mut value {
            fields.retain(|name, _| names.contains(&name.as_str()));
        }
        value.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Partial<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: Versioned> Versioned for Partial<T> {
    fn version(&self) -> i64 {
        self.object.version()
    }
}
