//! Query parameter types without a plain JSON counterpart: comma-separated lists (`status=todo,review`) and booleans
//! (`overdue=true`).

use std::{borrow::Cow, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::base::json::{ParseError, parsed};

/// The maximum number of values in a list.
const MOST: usize = 100;

/// A comma-separated list of 1 to 100 values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommaList<T>(pub Vec<T>);

impl<T: FromStr<Err: Into<ParseError>>> FromStr for CommaList<T> {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let values: Vec<T> =
            text.split(',').map(str::parse).collect::<Result<_, T::Err>>().map_err(Into::into)?;
        if values.len() > MOST {
            return Err(ParseError::new("too_many", format!("must name at most {MOST} values")));
        }
        Ok(Self(values))
    }
}

impl From<std::convert::Infallible> for ParseError {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl<'de, T: FromStr<Err: Into<ParseError>>> Deserialize<'de> for CommaList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl<T> JsonSchema for CommaList<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "List".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A boolean query parameter: `true` or `false`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag(pub bool);

impl FromStr for Flag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be true or false")
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for Flag {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }
}
