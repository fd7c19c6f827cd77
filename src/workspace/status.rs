//! The status and the priority of a task. A module of its own, because projects count tasks without depending on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, FromRepr, IntoStaticStr, VariantArray, VariantNames};

use crate::base::json::{ParseError, one_of};

/// The status of a task. In `done` and `cancelled` it is closed, and open in all others.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    FromRepr,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Status>)]
#[repr(i16)]
#[schemars(rename = "TaskStatus")]
pub enum Status {
    Todo = 0,
    InProgress = 1,
    Review = 2,
    Done = 3,
    Cancelled = 4,
}

crate::db::rank_column!(Status);

impl Status {
    /// Returns whether a task with this status is open. SQL says `t.status < 3` for it, as the indexes of open tasks do.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Todo | Self::InProgress | Self::Review => true,
            Self::Done | Self::Cancelled => false,
        }
    }
}

/// The priority of a task.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    FromRepr,
    IntoStaticStr,
    VariantArray,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Priority>)]
#[repr(i16)]
#[schemars(rename = "TaskPriority")]
pub enum Priority {
    None = 0,
    Low = 1,
    Medium = 2,
    High = 3,
    Urgent = 4,
}

crate::db::rank_column!(Priority);
