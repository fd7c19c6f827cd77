//! References: names for what the operations of a batch create, in place of ids.

use std::{collections::HashMap, str::FromStr};

use serde::{Deserialize, Deserializer};
use serde_json::{Value, value::RawValue};

use crate::base::{
    error::{Error, Result},
    json,
};

/// The name of what an operation creates.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if is_plain && (1..=64).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err("must be 1 to 64 letters, digits, hyphens and underscores")
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::parsed(deserializer)
    }
}

/// The key of a reference in a body.
const KEY: &str = "$ref";

/// The ids of what the operations so far create.
#[derive(Debug, Default)]
pub struct Named(HashMap<Name, String>);

impl Named {
    /// Names an id.
    ///
    /// # Errors
    /// 422 if the name is taken.
    pub fn insert(&mut self, name: Name, id: String) -> Result<()> {
        match self.0.insert(name, id) {
            None => Ok(()),
            Some(_) => Err(Error::field("/ref", "duplicate", "is the ref of an earlier operation")),
        }
    }

    /// Returns a path in which ids stand for the names in braces, or for objects as in bodies.
    ///
    /// # Errors
    /// 422 if one of them is no earlier operation's.
    pub fn in_path(&self, path: &str) -> Result<String> {
        let (mut done, mut rest) = (String::with_capacity(path.len()), path);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(|| {
                Error::field("/path", "invalid_format", "has a brace that isn't closed: a ref is {name}")
            })?;
            let object: Option<Value> = serde_json::from_str(&format!("{{{name}}}")).ok();
            let name = object.as_ref().and_then(reference).unwrap_or(name);
            done = done + before + self.id("/path", name)?;
            rest = after;
        }
        Ok(done + rest)
    }

    /// Returns a body in which ids stand for the objects `{"$ref": "name"}`. The tree of a body, which is far larger than its
    /// text, is made only where there may be such an object, and of one body at a time.
    ///
    /// # Errors
    /// 422 if one of them names no earlier operation.
    pub fn in_body(&self, body: &RawValue) -> Result<String> {
        if !body.get().contains(KEY) {
            return Ok(body.get().to_owned());
        }
        let mut tree = tree(body)?;
        self.replace("/body", &mut tree)?;
        Ok(tree.to_string())
    }

    fn replace(&self, pointer: &str, value: &mut Value) -> Result<()> {
        if let Some(name) = reference(value) {
            *value = self.id(pointer, name)?.into();
            return Ok(());
        }
        match value {
            Value::Array(items) => items
                .iter_mut()
                .enumerate()
                .try_for_each(|(i, item)| self.replace(&format!("{pointer}/{i}"), item)),
            Value::Object(fields) => fields.iter_mut().try_for_each(|(name, field)| {
                self.replace(&format!("{pointer}/{}", json::escaped(name)), field)
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(()),
        }
    }

    fn id(&self, pointer: &str, name: &str) -> Result<&str> {
        let id = name.parse().ok().and_then(|name: Name| self.0.get(&name));
        let unknown = || Error::field(pointer, "unknown_ref", "must be the ref of an earlier operation");
        id.map(String::as_str).ok_or_else(unknown)
    }
}

/// Returns the name in an object that has nothing but a reference.
fn reference(value: &Value) -> Option<&str> {
    let fields = value.as_object().filter(|fields| fields.len() == 1)?;
    fields.get(KEY)?.as_str()
}

/// Returns the body of an operation as a tree.
///
/// # Errors
/// 422 if it has what a request of its own couldn't have either, such as a number that is too large.
pub fn tree(body: &RawValue) -> Result<Value> {
    let wrong = |error| Error::field("/body", "invalid_value", format!("can't be read: {error}"));
    serde_json::from_str(body.get()).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named() -> Named {
        let mut named = Named::default();
        named.insert("a-1".parse().unwrap(), "ID".into()).unwrap();
        named
    }

    fn pointer<T: std::fmt::Debug>(refused: Result<T>) -> String {
        let Err(Error::Refused(refusal)) = refused else { panic!("{refused:?}") };
        format!("{} {}", refusal.errors[0].pointer, refusal.errors[0].code)
    }

    #[test]
    fn names_in_paths_become_ids() {
        let named = named();
        for (path, expected) in [
            ("/tasks", "/tasks"),
            ("/a/{a-1}/b/{a-1}", "/a/ID/b/ID"),
            ("{a-1}", "ID"),
            ("/}", "/}"),
            (r#"/a/{"$ref": "a-1"}/b"#, "/a/ID/b"),
        ] {
            assert_eq!(named.in_path(path).unwrap(), expected);
        }
        assert_eq!(pointer(named.in_path("/{a-1")), "/path invalid_format");
        for path in ["/{}", "/{a}", "/{{a-1}}", r#"/{"$ref":"b"}"#] {
            assert_eq!(pointer(named.in_path(path)), "/path unknown_ref", "{path}");
        }
    }

    #[test]
    fn objects_in_bodies_become_ids() {
        let named = named();
        let body = |text: &str| named.in_body(&RawValue::from_string(text.to_owned()).unwrap());
        for (text, expected) in [
            (r#"{ "b": 1.50 }"#, r#"{ "b": 1.50 }"#),
            (r#"{"x":{"$ref":"a-1"},"list":[{"$ref":"a-1"},2]}"#, r#"{"x":"ID","list":["ID",2]}"#),
            (r#"{"$ref":"a-1"}"#, r#""ID""#),
            (r#"{"x":"{\"$ref\":\"a-1\"}"}"#, r#"{"x":"{\"$ref\":\"a-1\"}"}"#),
            (r#"{"x":{"$ref":"a-1","y":1},"z":{"$ref":1}}"#, r#"{"x":{"$ref":"a-1","y":1},"z":{"$ref":1}}"#),
        ] {
            assert_eq!(body(text).unwrap(), expected);
        }
        assert_eq!(pointer(body(r#"{"a/b":[0,{"$ref":"b"}]}"#)), "/body/a~1b/1 unknown_ref");
        assert_eq!(pointer(body(r#"{"$ref":"a-1","n":1e999}"#)), "/body invalid_value");
    }

    #[test]
    fn a_name_is_given_once() {
        let mut named = named();
        assert_eq!(pointer(named.insert("a-1".parse().unwrap(), "OTHER".into())), "/ref duplicate");
        for wrong in ["", "a b", "ä", "a/b", "{a}", &"x".repeat(65)] {
            assert!(wrong.parse::<Name>().is_err(), "{wrong}");
        }
    }
}
