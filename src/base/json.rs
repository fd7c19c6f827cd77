//! Strict parsing of JSON bodies and query strings: unknown and repeated fields are errors, and each error names the
//! location of its field.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, IgnoredAny, MapAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};

use crate::base::error::{Code, Error, FieldError, Result};

/// A field of a partial update (JSON Merge Patch, RFC 7396): absent or set. In a `Patch<Option<T>>`, `null` clears the
/// value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    #[default]
    Absent,
    Set(T),
}

impl<T> Patch<T> {
    /// Returns the new value if the field is set, otherwise `old`.
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

    // The id of `T`'s schema: with another id, schemars would generate a second schema under the same name.
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

/// A `T` that is accepted only as a JSON object. A struct that derives `Deserialize` would also accept an array of its
/// fields.
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

/// The reason why a text could not be parsed as a value.
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

/// Creates the error for a text that is no variant of the enumeration `T`. Its message lists the valid variants.
#[must_use]
pub fn one_of<T: strum::VariantNames>(_: &str) -> ParseError {
    let message = match T::VARIANTS {
        [words @ .., last] if !words.is_empty() => format!("must be {} or {last}", words.join(", ")),
        words => format!("must be {}", words.concat()),
    };
    ParseError::new("invalid_format", message)
}

/// The maximum number of mistakes that one response reports. Finding each takes another pass over the whole body.
const MISTAKES: usize = 20;

/// Separates the code and the message of a [`ParseError`] inside the text of a serde error.
const MARK: char = '\u{1}';

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}{MARK}{}{MARK}", self.code, self.message)
    }
}

/// Deserializes a string and parses it with `T`'s `FromStr`.
///
/// # Errors
/// When the value isn't a string, or can't be parsed as a `T`.
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

/// Parses a JSON body as a `T`.
///
/// # Errors
/// 400 when the body isn't JSON; 422 with the locations of the invalid fields, at most 20, when it isn't a `T`.
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
    // In a `Value` the repeated field is there only once, so parsing it again would not find this error.
    let twice = error.to_string().starts_with("duplicate field");
    let named = (!twice).then(|| read_value::<T>(value).err()).flatten();
    named.unwrap_or_else(|| Error::fields(vec![told(error, "")]))
}

/// Returns the error for a body that isn't JSON, or is JSON with a string or number that can't be represented.
fn unreadable(body: &[u8], error: &serde_json::Error) -> Error {
    let text = error.to_string();
    let says = |what: &str| text.starts_with(what);
    // `IgnoredAny` checks only the grammar, so its success means that the JSON is well-formed.
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

/// Returns an error if any key or string of the body contains NUL, which PostgreSQL can't store.
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
    // The bytes alone can't decide: in `\\u0000` the backslash itself is escaped, so there is no NUL.
    let suspect = body.windows(6).any(|six| six == b"\\u0000");
    let value = suspect.then(|| serde_json::from_slice(body).ok()).flatten()?;
    let pointer = find(&value, "")?;
    Some(Error::field(&pointer, "invalid_text", "a string may not contain NUL"))
}

/// Reads a `T` from a parsed JSON value. After each invalid field it removes that field and reads again, to report as
/// many mistakes as possible, at most 20.
///
/// # Errors
/// 422 with the location of each invalid field.
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
        // A field that this loop removed because of a mistake inside it isn't really missing.
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

/// Parses the parameters of a query string as a `T`.
///
/// # Errors
/// 422 for unknown, repeated and invalid parameters.
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

/// Converts a serde error at the location `at` into a location, a code and a message. For an unknown field, `at`
/// already ends with the field's name.
fn told(error: &serde_json::Error, at: &str) -> FieldError {
    let text = error.to_string();
    // This check comes first, and ignores the rest of the text: it quotes a name that the client chose, which could
    // look like any of the texts below.
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

/// Escapes a key for a JSON Pointer (RFC 6901, section 3).
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
