//! Strict JSON: what a client sent is read whole and exactly, and every mistake is named with its place.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};

use crate::base::error::{Code, Error, FieldError, Result};

/// A field of a partial update (JSON Merge Patch, RFC 7396): absent, or set. `Set<Option<T>>` takes `null` to clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    #[default]
    Absent,
    Set(T),
}

impl<T> Patch<T> {
    /// The new value, or the one that stays.
    #[must_use]
    pub fn or(self, old: T) -> T {
        match self {
            Self::Absent => old,
            Self::Set(new) => new,
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::Set)
    }
}

impl<T: JsonSchema> JsonSchema for Patch<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    // The same schema as a `T`, not another of the same name.
    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A `T` written as an object. Serde's own structs can also be read from arrays, which no client means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }
        deserializer.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Why a text isn't a value of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    pub code: &'static str,
    pub message: Cow<'static, str>,
}

impl ParseError {
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<&'static str> for ParseError {
    fn from(message: &'static str) -> Self {
        Self::new("invalid_format", message)
    }
}

/// What a text is refused with that is none of an enumeration's words: it says which they are.
#[must_use]
pub fn one_of<T: strum::VariantNames>(_: &str) -> ParseError {
    let message = match T::VARIANTS {
        [words @ .., last] if !words.is_empty() => format!("must be {} or {last}", words.join(", ")),
        words => format!("must be {}", words.concat()),
    };
    ParseError::new("invalid_format", message)
}

/// The most mistakes that are told at once: each takes a reading of the whole body to find.
const MISTAKES: usize = 20;

/// Between a flaw's code and its message, on the way through serde's errors.
const MARK: char = '\u{1}';

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}{MARK}{}{MARK}", self.code, self.message)
    }
}

/// Deserializes what is written as a string and knows how to parse itself.
///
/// # Errors
/// When it isn't a string, or not one of a `T`.
pub fn parsed<'de, D: Deserializer<'de>, T: FromStr<Err: Into<ParseError>>>(
    deserializer: D,
) -> Result<T, D::Error> {
    struct Text<T>(PhantomData<T>);
    impl<T: FromStr<Err: Into<ParseError>>> Visitor<'_> for Text<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(|flaw: T::Err| E::custom(flaw.into()))
        }
    }
    deserializer.deserialize_str(Text(PhantomData))
}

/// Reads a body.
///
/// # Errors
/// 400 when it isn't JSON, 422 with the places of all wrong fields when it isn't a `T`.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = Object::<T>::deserialize(&mut json).and_then(|Object(value)| json.end().map(|()| value));
    match read {
        Ok(value) => nul(body).map_or(Ok(value), Err),
        Err(error) => Err(mistakes::<T>(body, &error)),
    }
}

fn mistakes<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Error {
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return unreadable(body, &error),
    };
    // A repeated field is gone from the value.
    let twice = error.to_string().starts_with("duplicate field");
    let named = (!twice).then(|| read_value::<T>(value).err()).flatten();
    named.unwrap_or_else(|| Error::fields(vec![told(error, "")]))
}

/// A body that is not JSON, or JSON that says what no value can be.
fn unreadable(body: &[u8], error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let says = |what: &str| text.starts_with(what);
    // Unlike a value, what is ignored is read for its grammar only.
    if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
        if says("lone leading surrogate") || says("unexpected end of hex escape") {
            return Error::field("", "invalid_text", "a string has half of a surrogate pair");
        }
        if says("number out of range") {
            return Error::field("", "out_of_range", "a number is too large");
        }
    }
    Code::MalformedJson.with(format!("The body could not be read as JSON: {text}"))
}

/// Refuses a body with a NUL somewhere, which PostgreSQL could not store.
fn nul(body: &[u8]) -> Option<Error> {
    fn find(value: &Value, at: &str) -> Option<String> {
        match value {
            Value::String(text) if text.contains('\0') => Some(at.to_owned()),
            Value::Array(items) => {
                items.iter().enumerate().find_map(|(i, item)| find(item, &format!("{at}/{i}")))
            }
            Value::Object(map) => map.iter().find_map(|(key, item)| {
                let at = format!("{at}/{}", escaped(key));
                if key.contains('\0') { Some(at) } else { find(item, &at) }
            }),
            _ => None,
        }
    }
    // An escaped backslash before `u0000` looks like it and isn't, so that the value decides.
    let suspect = body.windows(6).any(|six| six == b"\\u0000");
    let value = suspect.then(|| serde_json::from_slice(body).ok()).flatten()?;
    let pointer = find(&value, "")?;
    Some(Error::field(&pointer, "invalid_text", "a string may not contain NUL"))
}

/// Reads an object whose syntax is known to be good, naming as many wrong fields as can be told.
///
/// # Errors
/// 422.
pub fn read_value<T: DeserializeOwned>(mut value: Value) -> Result<T> {
    let mut errors: Vec<FieldError> = Vec::new();
    loop {
        let failure = match serde_path_to_error::deserialize(&value) {
            Ok(Object(read)) if errors.is_empty() => return Ok(read),
            Ok(_) => return Err(Error::fields(errors)),
            Err(failure) => failure,
        };
        let mistake = told(failure.inner(), &pointer(failure.path()));
        let field = mistake.pointer.split('/').nth(1).map(unescaped);
        // What was taken out because of something in it isn't missing.
        let within = (mistake.code == "required").then(|| format!("{}/", mistake.pointer));
        let known = errors.iter().any(|error| {
            error.pointer == mistake.pointer
                || within.as_ref().is_some_and(|within| error.pointer.starts_with(within))
        });
        let removed = match (&mut value, field) {
            (Value::Object(map), Some(field)) => map.shift_remove(&field).is_some(),
            _ => false,
        };
        if !known {
            errors.push(mistake);
        }
        if !removed || errors.len() == MISTAKES {
            return Err(Error::fields(errors));
        }
    }
}

/// Reads a query string's parameters.
///
/// # Errors
/// 422 for unknown, repeated and wrong ones.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let mut map = Map::new();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let pointer = format!("/{}", escaped(&key));
        if value.contains('\0') || key.contains('\0') {
            return Err(Error::field(&pointer, "invalid_text", "a parameter may not contain NUL"));
        }
        if map.insert(key.into_owned(), value.into_owned().into()).is_some() {
            return Err(Error::field(&pointer, "duplicate_field", "given more than once"));
        }
    }
    read_value(Value::Object(map))
}

/// Serde's words about one mistake, as a place, a code and a message. The path of an unknown field ends in that field.
fn told(error: &serde_json::Error, at: &str) -> FieldError {
    let text = error.to_string();
    // First, and by its place: the text has the name as the client wrote it, whatever that looks like.
    if text.starts_with("unknown field") {
        return FieldError {
            pointer: at.into(),
            code: "unknown_field".into(),
            message: "there is no such field".into(),
        };
    }
    if let [_, code, message, ..] = *text.split(MARK).collect::<Vec<_>>() {
        return FieldError { pointer: at.into(), code: code.to_owned().into(), message: message.into() };
    }
    let text = text.split(" at line ").next().unwrap_or_default();
    let named = || format!("{at}/{}", escaped(text.split('`').nth(1).unwrap_or_default()));
    let (pointer, code, message) = if text.starts_with("missing field") {
        (named(), "required", "is required")
    } else if text.starts_with("duplicate field") {
        (named(), "duplicate_field", "given more than once")
    } else if text.starts_with("unknown variant") {
        let options = text.split("expected ").nth(1).unwrap_or_default();
        return FieldError {
            pointer: at.into(),
            code: "invalid_value".into(),
            message: format!("must be {options}"),
        };
    } else {
        return FieldError { pointer: at.into(), code: "invalid_type".into(), message: text.to_owned() };
    };
    FieldError { pointer, code: code.into(), message: message.into() }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        use fmt::Write as _;
        let _ = match segment {
            Segment::Seq { index } => write!(pointer, "/{index}"),
            Segment::Map { key } => write!(pointer, "/{}", escaped(key)),
            Segment::Enum { variant } => write!(pointer, "/{}", escaped(variant)),
            Segment::Unknown => Ok(()),
        };
        pointer
    })
}

/// RFC 6901, section 3.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        name: String,
        #[serde(default)]
        size: Patch<u8>,
        #[serde(default)]
        due: Patch<Option<crate::base::clock::Time>>,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        inner: Patch<Object<Inner>>,
        #[serde(default)]
        kind: Patch<Kind>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    enum Kind {
        One,
    }

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(default)]
        deep: Patch<bool>,
    }

    fn refusal(body: &str) -> String {
        match read::<Thing>(body.as_bytes()) {
            Err(Error::Refused(refusal)) => {
                let errors: Vec<_> =
                    refusal.errors.iter().map(|e| format!("{} {}", e.pointer, e.code)).collect();
                format!("{} {}", refusal.code.status(), errors.join(", "))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        let read = |body: &str| read::<Thing>(body.as_bytes()).unwrap();
        assert_eq!(read(r#"{"name":"a"}"#).due, Patch::Absent);
        assert_eq!(read(r#"{"name":"a","due":null}"#).due, Patch::Set(None));
        assert!(matches!(read(r#"{"name":"a","due":"2026-01-01T00:00:00Z"}"#).due, Patch::Set(Some(_))));
        assert_eq!(refusal(r#"{"name":"a","size":null}"#), "422 /size invalid_type");
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        assert_eq!(refusal("{"), "400 ");
        assert_eq!(refusal(r#"{"name":"a"} x"#), "400 ");
        assert_eq!(refusal("[]"), "422  invalid_type");
        assert_eq!(refusal(r#"["a"]"#), "422  invalid_type");
        assert_eq!(refusal(r#"{"name":"a","inner":[]}"#), "422 /inner invalid_type");
        assert_eq!(refusal(r#"{"name":"a","inner":{"deep":1}}"#), "422 /inner/deep invalid_type");
        assert_eq!(refusal(r#"{"name":"a","inner":{"other":1}}"#), "422 /inner/other unknown_field");
        assert_eq!(refusal("{}"), "422 /name required");
        assert_eq!(refusal(r#"{"name":"a","x/y":1}"#), "422 /x~1y unknown_field");
        assert_eq!(refusal(r#"{"name":"a","name":"b"}"#), "422 /name duplicate_field");
        assert_eq!(refusal(r#"{"name":"a","tags":["b",3]}"#), "422 /tags/1 invalid_type");
        assert_eq!(
            refusal(r#"{"size":300,"due":"x","no":1}"#),
            "422 /size invalid_type, /due invalid_format, /no unknown_field, /name required"
        );
        assert_eq!(refusal(r#"{"name":"a","kind":null}"#), "422 /kind invalid_type");
        assert_eq!(refusal(r#"{"name":"a","kind":1}"#), "422 /kind invalid_type");
        assert_eq!(refusal(r#"{"name":"a","kind":"two"}"#), "422 /kind invalid_value");
        assert_eq!(refusal(r#"{"name":"a","kind":nul}"#), "400 ");
        assert_eq!(refusal(r#"{"name":"a\u0000"}"#), "422 /name invalid_text");
        assert_eq!(refusal(r#"{"name":"\ud800"}"#), "422  invalid_text");
        assert_eq!(refusal(&format!("{}{}", "[".repeat(200), "]".repeat(200))), "400 ");
    }

    #[test]
    fn an_unknown_or_repeated_query_parameter_is_refused() {
        assert!(read_query::<Thing>("name=a").is_ok());
        assert!(read_query::<Thing>("name=a&name=b").is_err());
        assert!(read_query::<Thing>("name=a&other=b").is_err());
        assert!(read_query::<Thing>("name=%00").is_err());
    }
}
