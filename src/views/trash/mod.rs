//! The trash: deleted projects and tasks that the caller may restore.

pub(crate) mod http;
mod store;

use schemars::JsonSchema;
use serde::Serialize;
use strum::{EnumString, VariantNames};
use uuid::Uuid;

use crate::{
    base::{
        clock::Time,
        id::ProjectId,
        json::{ParseError, one_of},
    },
    identity::accounts::Person,
};

/// The kind of an object in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Kind>)]
#[schemars(rename = "TrashKind", extend("x-extensible-enum" = true))]
pub enum Kind {
    Project,
    Task,
}

/// A deleted project or task that the caller may restore. Tasks of a deleted project aren't listed: they are restored
/// with it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrashItem {
    /// The kind of object.
    pub kind: Kind,
    /// The project's or task's id.
    pub id: Uuid,
    /// The project's or task's key, such as `WEB` or `WEB-142`.
    pub key: String,
    /// The project's name, or the task's title.
    pub name: String,
    /// The id of the task's project, or of the project itself.
    pub project_id: ProjectId,
    /// The time of its deletion.
    pub deleted_at: Time,
    /// The user who deleted it, if known.
    pub deleted_by: Option<Person>,
    /// The time until which it can be restored: 30 days after its deletion. Afterwards it is purged.
    pub expires_at: Time,
}

/// The sort key of an item. The most recently deleted item comes first.
type Place = (Time, Uuid);

impl TrashItem {
    const fn place(&self) -> Place {
        (self.deleted_at, self.id)
    }
}
