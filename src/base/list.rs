//! Query parameter types without a plain JSON counterpart: comma-separated lists (`status=todo,review`), booleans
//! (`overdue=true`) and numbers.

use std::{
    borrow::Cow,
    fmt::{self, Display},
    marker::PhantomData,
    ops::RangeInclusive,
    str::FromStr,
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

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
        joined(deserializer)
    }
}

/// Deserializes a list that is given as one text with commas, or as several, and parses it with `T`'s `FromStr`.
///
/// # Errors
/// When the value isn't a list of texts, or can't be parsed as a `T`.
pub fn joined<'de, D: Deserializer<'de>, T: FromStr<Err: Into<ParseError>>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct Texts<T>(PhantomData<T>);
    impl<'de, T: FromStr<Err: Into<ParseError>>> Visitor<'de> for Texts<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(|flaw: T::Err| E::custom(flaw.into()))
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<T, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = seq.next_element::<String>()? {
                texts.push(text);
            }
            self.visit_str(&texts.join(","))
        }
    }
    deserializer.deserialize_any(Texts(PhantomData))
}

/// Parses a number without a plus sign, which `str::parse` alone would accept.
///
/// # Errors
/// When the text isn't a number, or one outside the range.
pub fn whole<T: FromStr + PartialOrd + Display>(
    text: &str,
    range: &RangeInclusive<T>,
) -> Result<T, ParseError> {
    let wrong =
        |code| ParseError::new(code, format!("must be a number from {} to {}", range.start(), range.end()));
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("invalid_type"));
    }
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| wrong("out_of_range"))
}

/// A whole number from 1 to `MOST`, and `DEFAULT` if absent.
#[derive(Debug, Clone, Copy)]
pub struct Whole<const MOST: i64, const DEFAULT: i64>(pub i64);

impl<const MOST: i64, const DEFAULT: i64> Default for Whole<MOST, DEFAULT> {
    fn default() -> Self {
        Self(DEFAULT)
    }
}

impl<const MOST: i64, const DEFAULT: i64> FromStr for Whole<MOST, DEFAULT> {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        whole(text, &(1..=MOST)).map(Self)
    }
}

impl<'de, const MOST: i64, const DEFAULT: i64> Deserialize<'de> for Whole<MOST, DEFAULT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl<const MOST: i64, const DEFAULT: i64> JsonSchema for Whole<MOST, DEFAULT> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": MOST })
    }
}

impl<T: JsonSchema> JsonSchema for CommaList<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "List".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "items": items, "minItems": 1, "maxItems": MOST })
    }
}

/// A boolean query parameter: `true` or `false`. In a body, it is one of JSON too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag(pub bool);

impl FromStr for Flag {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        text.parse().map(Self).map_err(|_| ParseError::new("invalid_type", "must be true or false"))
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Flag;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("true or false")
            }
            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Flag, E> {
                Ok(Flag(flag))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Flag, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Text)
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
