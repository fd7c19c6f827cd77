//! Strict parsing of JSON bodies and query strings: unknown and repeated fields are errors, and each error names the
//! location of its field.

use std::{borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{
    Deserialize, Deserializer,
    de::{
        self, DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, MapDeserializer},
    },
};
use serde_json::{Map, Value, map::Entry};

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

    /// Returns the new value, if the field is set.
    #[must_use]
    pub fn given(self) -> Option<T> {
        match self {
            Self::Absent => None,
            Self::Set(new) => Some(new),
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
    ParseError::new("invalid_value", message)
}

/// The largest number that every client reads exactly: some have floating-point numbers only (RFC 8259, section 6).
pub const EXACT: i64 = (1 << 53) - 1;

/// The maximum number of mistakes that one response reports.
const MISTAKES: usize = 20;

/// The size of a body, in bytes, over which only its first mistake is reported. Finding more takes a copy of the body as
/// a tree, which can be fifty times as large.
const LARGE: usize = 64 * 1024;

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

/// Deserializes an array of at most `most` items. A longer one is given up at the first item too many.
///
/// # Errors
/// `code` when the array has more items, and when the value isn't an array of `T`.
pub fn up_to<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    most: usize,
    code: &'static str,
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Items<T>(usize, &'static str, PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;
        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an array")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
            let Self(most, code, _) = self;
            let mut items = Vec::new();
            while items.len() < most {
                match seq.next_element()? {
                    Some(item) => items.push(item),
                    None => return Ok(items),
                }
            }
            match seq.next_element::<IgnoredAny>()? {
                Some(_) => Err(de::Error::custom(ParseError::new(code, format!("must have at most {most}")))),
                None => Ok(items),
            }
        }
    }
    deserializer.deserialize_seq(Items(most, code, PhantomData))
}

/// Parses a JSON body as a `T`.
///
/// # Errors
/// 400 when the body isn't JSON; 422 with the locations of the invalid fields when it isn't a `T`: at most 20, and of a
/// body over 64 KiB the first.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let read = Object::<T>::deserialize(&mut json).and_then(|Object(value)| json.end().map(|()| value));
    match read {
        Ok(value) => nul(body).map_or(Ok(value), Err),
        Err(error) => Err(mistakes::<T>(body, &error)),
    }
}

/// Any JSON that could become a `Value`, checked without keeping it. `IgnoredAny` would take any depth, too large numbers
/// and halves of surrogate pairs.
struct AnyJson;

impl<'de> Deserialize<'de> for AnyJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Anything;
        impl<'de> Visitor<'de> for Anything {
            type Value = AnyJson;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("JSON")
            }
            fn visit_unit<E>(self) -> Result<AnyJson, E> {
                Ok(AnyJson)
            }
            fn visit_bool<E>(self, _: bool) -> Result<AnyJson, E> {
                Ok(AnyJson)
            }
            fn visit_i64<E>(self, _: i64) -> Result<AnyJson, E> {
                Ok(AnyJson)
            }
            fn visit_u64<E>(self, _: u64) -> Result<AnyJson, E> {
                Ok(AnyJson)
            }
            fn visit_f64<E>(self, _: f64) -> Result<AnyJson, E> {
                Ok(AnyJson)
            }
            fn visit_str<E>(self, _: &str) -> Result<AnyJson, E> {
                Ok(AnyJson)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<AnyJson, A::Error> {
                while items.next_element::<AnyJson>()?.is_some() {}
                Ok(AnyJson)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<AnyJson, A::Error> {
                while fields.next_entry::<AnyJson, AnyJson>()?.is_some() {}
                Ok(AnyJson)
            }
        }
        deserializer.deserialize_any(Anything)
    }
}

/// Returns the error for a large body that isn't a `T`.
fn first_mistake<T: DeserializeOwned>(body: &[u8]) -> Error {
    // Anything that isn't JSON comes first, also if it is behind the mistake.
    if let Err(error) = serde_json::from_slice::<AnyJson>(body) {
        return unreadable(body, &error);
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, Object<T>>(&mut json) {
        Err(failure) if failure.inner().is_data() => {
            Error::fields(vec![told(failure.inner(), &pointer(failure.path()))])
        }
        Err(failure) => unreadable(body, failure.inner()),
        Ok(_) => Error::internal("a body that can be read only once"),
    }
}

fn mistakes<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Error {
    if body.len() > LARGE {
        return first_mistake::<T>(body);
    }
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return unreadable(body, &error),
    };
    // In a `Value` the repeated field is there only once, so parsing it again would not find this error.
    let twice = error.to_string().starts_with("duplicate field");
    let named = (!twice).then(|| read_value::<T>(&value).err()).flatten();
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
    /// Returns where in the value the first NUL is.
    fn find(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => text.contains('\0').then(String::new),
            Value::Array(items) => {
                items.iter().enumerate().find_map(|(i, item)| Some(format!("/{i}{}", find(item)?)))
            }
            Value::Object(map) => map.iter().find_map(|(key, item)| {
                let within = if key.contains('\0') { String::new() } else { find(item)? };
                Some(format!("/{}{within}", escaped(key)))
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }
    // The bytes alone can't decide: in `\\u0000` the backslash itself is escaped, so there is no NUL.
    let suspect = body.windows(6).any(|six| six == b"\\u0000");
    let value = suspect.then(|| serde_json::from_slice(body).ok()).flatten()?;
    let pointer = find(&value)?;
    Some(Error::field(&pointer, "invalid_text", "a string may not contain NUL"))
}

/// Reads a `T` from a parsed JSON value. Reading ends at the first mistake; the fields behind that one are then read
/// by themselves, so that up to 20 mistakes are found while each field is visited once. What is read again are good
/// fields that a `T` can't do without: those that the last fields, by themselves, appear to lack.
///
/// # Errors
/// 422 with the location of each invalid field.
pub fn read_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    let Value::Object(fields) = value else {
        let read = Object::<T>::deserialize(value).map(|Object(read)| read);
        return read.map_err(|error| Error::fields(vec![told(&error, "")]));
    };
    let mut rest = fields.iter();
    let (mut again, mut errors) = (Vec::<(&String, &Value)>::new(), Vec::<FieldError>::new());
    loop {
        let run = again.iter().copied().chain(rest.by_ref()).map(|(name, value)| (name.as_str(), value));
        let failure = match serde_path_to_error::deserialize(MapDeserializer::new(run)) {
            Ok(read) if errors.is_empty() => return Ok(read),
            Ok::<T, _>(_) => return Err(Error::fields(errors)),
            Err(failure) => failure,
        };
        let at = pointer(failure.path());
        let mistake = told(failure.inner(), &at);
        if !at.is_empty() {
            errors.push(mistake);
            if errors.len() == MISTAKES {
                return Err(Error::fields(errors));
            }
            continue;
        }
        // All fields were read, and together they are no `T`: one is missing, at least from this run.
        let name = mistake.pointer.strip_prefix('/').map(unescaped).unwrap_or_default();
        let within = format!("{}/", mistake.pointer);
        let is_wrong =
            |error: &FieldError| error.pointer == mistake.pointer || error.pointer.starts_with(&within);
        match fields.get_key_value(&name) {
            Some(field) if !errors.iter().any(is_wrong) && !again.contains(&field) => again.push(field),
            Some(_) if !errors.is_empty() => return Err(Error::fields(errors)),
            _ => {
                errors.push(mistake);
                return Err(Error::fields(errors));
            }
        }
    }
}

/// Parses the parameters of a query string as a `T`. One that is given more than once becomes an array, which only lists
/// take.
///
/// # Errors
/// 422 for unknown and invalid parameters, and for those that can be given once only.
pub fn read_query<T: DeserializeOwned>(query: &str) -> Result<T> {
    let mut map = Map::new();
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if value.contains('\0') || key.contains('\0') {
            return Err(Error::parameter(&key, "invalid_text", "must not contain NUL"));
        }
        let value = Value::from(value.into_owned());
        match map.entry(key.into_owned()) {
            Entry::Vacant(place) => drop(place.insert(value)),
            Entry::Occupied(mut place) => match place.get_mut() {
                Value::Array(values) => values.push(value),
                first => *first = Value::Array(vec![first.take(), value]),
            },
        }
    }
    let map = Value::Object(map);
    read_value(&map).map_err(|error| of_parameters(error, &map))
}

/// Names the parameters in the errors of a query.
fn of_parameters(error: Error, map: &Value) -> Error {
    let Error::Refused(refusal) = error else { return error };
    let named = refusal.errors.into_iter().map(|error| {
        let name = error.pointer.split('/').nth(1).map(unescaped).unwrap_or_default();
        let is_repeated = error.code == "invalid_type" && map.get(&name).is_some_and(Value::is_array);
        let (code, message) = match &*error.code {
            _ if is_repeated => ("duplicate_field".into(), TWICE.into()),
            "unknown_field" => (error.code, "there is no such parameter".into()),
            _ => (error.code, error.message),
        };
        FieldError { pointer: error.pointer, parameter: Some(name), code, message }
    });
    Error::fields(named.collect())
}

/// The message for a field or a parameter that is given more than once.
const TWICE: &str = "given more than once";

/// Converts a serde error at the location `at` into a location, a code and a message. For an unknown field, `at`
/// already ends with the field's name.
fn told(error: &serde_json::Error, at: &str) -> FieldError {
    let text = error.to_string();
    // This check comes first, and ignores the rest of the text: it quotes a name that the client chose, which could
    // look like any of the texts below.
    if text.starts_with("unknown field") {
        return FieldError::new(at, "unknown_field", "there is no such field");
    }
    if let [_, code, message, ..] = *text.split(MARK).collect::<Vec<_>>() {
        return FieldError::new(at, code.to_owned(), message);
    }
    let text = text.split(" at line ").next().unwrap_or_default();
    let named = || format!("{at}/{}", escaped(text.split('`').nth(1).unwrap_or_default()));
    if text.starts_with("missing field") {
        FieldError::new(&named(), "required", "is required")
    } else if text.starts_with("duplicate field") {
        FieldError::new(&named(), "duplicate_field", TWICE)
    } else if text.starts_with("unknown variant") {
        let options = text.split("expected ").nth(1).unwrap_or_default();
        FieldError::new(at, "invalid_value", format!("must be {options}"))
    } else {
        FieldError::new(at, "invalid_type", text)
    }
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
#[must_use]
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

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

    thread_local! {
        static VISITS: Cell<usize> = const { Cell::new(0) };
    }

    /// A number that counts how often one is read.
    #[derive(Debug)]
    struct Counted;

    impl<'de> Deserialize<'de> for Counted {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            VISITS.set(VISITS.get() + 1);
            u64::deserialize(deserializer).map(|_| Self)
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Load {
        first: Vec<Counted>,
        second: Vec<Counted>,
        third: String,
    }

    #[test]
    fn a_body_full_of_mistakes_is_read_a_few_times_only() {
        let numbers = vec!["1"; 1000].join(",");
        let mistakes = |many: usize| -> String {
            (0..many).map(|i| format!(r#""no{i}":1,"#)).collect::<Vec<_>>().concat()
        };
        let visits = |body: &str| {
            VISITS.set(0);
            let Err(Error::Refused(refusal)) = read::<Load>(body.as_bytes()) else { panic!("{body}") };
            (VISITS.get(), refusal.errors)
        };
        // Once as text, up to the first mistake, and once to find all or, in a large body, the place of the first.
        for (many, told) in [(1000, MISTAKES), (10_000, 1)] {
            let mistakes = mistakes(many);
            let (visited, errors) =
                visits(&format!(r#"{{"first":[{numbers}],{mistakes}"second":[{numbers}]}}"#));
            assert_eq!((visited, errors.len()), (2000, told));
            assert_eq!((&*errors[0].pointer, &*errors[0].code), ("/no0", "unknown_field"));
        }
        let (visited, errors) =
            visits(&format!(r#"{{"a":1,"first":[{numbers}],"b":1,"second":[{numbers}],"c":1}}"#));
        let places: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(places, ["/a", "/b", "/c", "/third"]);
        // Both lists once more: without them, the first would be missing rather than the third field.
        assert!(visited <= 5000, "{visited}");
    }

    #[test]
    fn an_array_that_is_too_long_is_not_built() {
        #[derive(Debug, Deserialize)]
        struct Short {
            #[serde(deserialize_with = "three")]
            items: Vec<Counted>,
        }
        fn three<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Counted>, D::Error> {
            up_to(3, "too_long", deserializer)
        }
        VISITS.set(0);
        assert_eq!(read::<Short>(br#"{"items":[1,2,3]}"#).unwrap().items.len(), 3);
        let Err(Error::Refused(refusal)) = read::<Short>(br#"{"items":[1,2,3,4,5,"x"]}"#) else { panic!() };
        assert_eq!((&*refusal.errors[0].pointer, &*refusal.errors[0].code), ("/items", "too_long"));
        assert_eq!(VISITS.get(), 9);
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
    fn of_a_large_body_the_first_mistake_is_named() {
        let room = " ".repeat(LARGE);
        assert_eq!(
            refusal(&format!(r#"{{"name":"a","inner":{{"deep":1}},"no":1}}{room}"#)),
            "422 /inner/deep invalid_type"
        );
        assert_eq!(refusal(&format!(r#"{{"name":"a","no":1}}{room}x"#)), "400 ");
        assert_eq!(refusal(&format!(r#"{{"name":"a","name":"b"}}{room}"#)), "422 /name duplicate_field");
        assert_eq!(refusal(&format!(r#"{{"size":1}}{room}"#)), "422 /name required");
        assert_eq!(refusal(&format!(r#"{{"name":"\ud800"}}{room}"#)), "422  invalid_text");
        assert_eq!(refusal(&format!("[]{room}")), "422  invalid_type");
        let deep = |n: usize| format!("{}1{}{room}", r#"{"name":"#.repeat(n), "}".repeat(n));
        assert_eq!(refusal(&deep(2)), "422 /name invalid_type");
        assert_eq!(refusal(&deep(200)), "400 ");
    }

    #[test]
    fn an_unknown_or_repeated_query_parameter_is_refused() {
        assert!(read_query::<Thing>("name=a").is_ok());
        assert!(read_query::<Thing>("name=a&name=b").is_err());
        assert!(read_query::<Thing>("name=a&other=b").is_err());
        assert!(read_query::<Thing>("name=%00").is_err());
    }
}
