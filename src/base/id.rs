//! Ids: UUIDv7 (RFC 9562), with a separate type for each kind of object so that the compiler catches mix-ups.

use std::{borrow::Cow, fmt, hash::Hash, marker::PhantomData, str::FromStr, sync::Mutex};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{ContextV7, Timestamp, Uuid};

use crate::base::clock::Time;

/// The id of an object of kind `T`, which exists only as a marker.
pub struct Id<T>(Uuid, PhantomData<fn() -> T>);

/// Declares the kinds of objects that have ids, and an alias for the id type of each.
macro_rules! kinds {
    ($($kind:ident $alias:ident)+) => {$(
        #[derive(Debug)]
        pub enum $kind {}
        pub type $alias = Id<$kind>;
    )+};
}
kinds! { User UserId  Session SessionId  ApiToken TokenId  Passkey PasskeyId  Identity IdentityId  Mail MailId  Org OrgId  Invitation InvitationId  Project ProjectId  Task TaskId  Label LabelId  Comment CommentId  Link LinkId  Entry EntryId  SecurityEvent SecurityEventId }

impl<T> Id<T> {
    /// The nil UUID. It sorts before all other ids and belongs to no object.
    pub const NIL: Self = Self::new(Uuid::nil());

    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        self.0
    }
}

/// A generator of ids that sort by creation time, also within one millisecond.
#[derive(Debug)]
pub struct Ids(Mutex<ContextV7>);

impl Default for Ids {
    fn default() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl Ids {
    /// Creates a new id with the timestamp `now`.
    pub fn make<T>(&self, now: Time) -> Id<T> {
        let seconds = u64::try_from(now.millis().div_euclid(1000)).unwrap_or(0);
        let nanos = u32::try_from(now.millis().rem_euclid(1000) * 1_000_000).unwrap_or(0);
        let context = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Id::new(Uuid::new_v7(Timestamp::from_unix(&*context, seconds, nanos)))
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = &'static str;

    /// Parses the hyphenated form, in upper or lower case. Other UUID notations are an error.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uuid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36);
        uuid.map(Self::new).ok_or("must be an id (a UUID)")
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::base::json::parsed(deserializer)
    }
}

impl<T> JsonSchema for Id<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid" })
    }
}
