//! The status and the priority of a task. A module of its own, because projects count tasks without depending on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, FromRepr, VariantArray, VariantNames};

use crate::base::json::{ParseError, one_of};

/// The status of a task. A task is open in every status but `done`.
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
}

crate::db::rank_column!(Status);

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
