//! The trash: what was deleted and can still be restored, for who could restore it.

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

/// What is in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Kind>)]
#[schemars(rename = "TrashKind")]
pub enum Kind {
    Project,
    Task,
}

/// Something deleted, as who could restore it sees it. A deleted project's tasks are in it, and come back with it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrashItem {
    pub kind: Kind,
    pub id: Uuid,
    /// As in WEB, or WEB-142.
    pub key: String,
    /// The project's name, or the task's title.
    pub name: String,
    /// The task's project; a project's own id.
    pub project_id: ProjectId,
    pub deleted_at: Time,
    pub deleted_by: Option<Person>,
    /// From then on it can be gone for good.
    pub expires_at: Time,
}

/// Where an item stands in the list: the last that was deleted comes first.
type Place = (Time, Uuid);

impl TrashItem {
    const fn place(&self) -> Place {
        (self.deleted_at, self.id)
    }
}
