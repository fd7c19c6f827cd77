//! Ids: UUIDv7 (RFC 9562), with a separate type for each kind of object so that the compiler catches mix-ups.

use std::{borrow::Cow, fmt, hash::Hash, marker::PhantomData, str::FromStr, sync::Mutex, time::Duration};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{ContextV7, Timestamp, Uuid, Variant, Version};

use crate::base::{clock::Time, error::Error};

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
kinds! { User UserId  Session SessionId  ApiToken TokenId  Passkey PasskeyId  Identity IdentityId  Mail MailId  Org OrgId  Invitation InvitationId  Project ProjectId  Task TaskId  Column ColumnId  Label LabelId  Comment CommentId  Link LinkId  Entry EntryId  SecurityEvent SecurityEventId }

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

    /// Returns the time at which the id was made.
    #[must_use]
    pub fn time(self) -> Time {
        let (seconds, nanos) = self.0.get_timestamp().map(|time| time.to_unix()).unwrap_or_default();
        let millis = seconds.saturating_mul(1_000).saturating_add(u64::from(nanos / 1_000_000));
        Time::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// The id that a client made for the object that its request creates: a UUIDv7.
#[derive(Debug)]
pub struct NewId<T>(Id<T>);

impl<T> NewId<T> {
    /// How far the time of the id may be from the present.
    pub const TOLERANCE: Duration = Duration::from_hours(24);

    /// Returns the id.
    ///
    /// # Errors
    /// 422 at `/id` if its time isn't within a day of now.
    pub fn checked(self, now: Time) -> Result<Id<T>, Error> {
        let made = self.0.uuid().get_timestamp().map(|time| time.to_unix());
        let made = made.and_then(|(seconds, nanos)| {
            i64::try_from(seconds * 1000 + u64::from(nanos / 1_000_000)).ok().map(Time::from_millis)
        });
        let is_near = |made: Time| now - Self::TOLERANCE <= made && made <= now + Self::TOLERANCE;
        match made.filter(|made| is_near(*made)) {
            Some(_) => Ok(self.0),
            None => Err(Error::field(
                "/id",
                "invalid_value",
                "must be a UUIDv7 whose time is within a day of now",
            )),
        }
    }
}

impl<T> Clone for NewId<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for NewId<T> {}

impl<T> FromStr for NewId<T> {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = text.parse().ok().filter(|id: &Id<T>| {
            id.uuid().get_version() == Some(Version::SortRand) && id.uuid().get_variant() == Variant::RFC4122
        });
        id.map(Self).ok_or("must be a UUIDv7")
    }
}

impl<'de, T> Deserialize<'de> for NewId<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::base::json::parsed(deserializer)
    }
}

impl<T> JsonSchema for NewId<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "NewId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "uuid" })
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
