//! The secret token with which an invitation is accepted or declined.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::base::{
    id::{Id, OrgId},
    json::{ParseError, parsed},
    secret::{self, token_bytes, token_text},
};

const PREFIX: &str = "ghi_";

/// The secret in an invitation's link: the organization's id, then 16 random bytes. Only its hash is stored.
#[derive(Clone)]
pub struct Token {
    pub(super) org: OrgId,
    pub(super) text: String,
}

impl Token {
    pub(crate) fn generate(org: OrgId) -> Self {
        let text = token_text(PREFIX, &[org.uuid().as_bytes(), &secret::random::<16>()]);
        Self { org, text }
    }

    pub(crate) fn hash(&self) -> String {
        secret::stored(&self.text)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl FromStr for Token {
    type Err = ParseError;

    /// Parses a token. Text that isn't a token gets the nil organization, so that it is answered like an unknown token.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if text.len() > 200 {
            return Err(ParseError::new("too_long", "must have at most 200 characters"));
        }
        let bytes: Option<[u8; 32]> = token_bytes(PREFIX, text);
        let org = bytes.and_then(|bytes| uuid::Uuid::from_slice(bytes.get(..16)?).ok()).unwrap_or_default();
        Ok(Self { org: Id::new(org), text: text.to_owned() })
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer)
    }
}

impl JsonSchema for Token {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "InvitationToken".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 200 })
    }
}
