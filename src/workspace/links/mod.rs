//! Links between tasks. Works on ids, so that tasks can show their links.

pub(crate) mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::{
    access::OrgWrite,
    base::{
        error::{Code, Result},
        id::{LinkId, ProjectId, TaskId},
        json::{ParseError, one_of},
    },
    effects::ledger::{Action, Changes, Target},
};

/// What a task has to do with another one that it is linked to: one that `blocks` the other makes it wait, and one that
/// `duplicates` the other is about the same, while the other stays.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<Kind>)]
#[schemars(rename = "LinkKind", extend("x-extensible-enum" = true))]
pub enum Kind {
    Blocks,
    BlockedBy,
    RelatesTo,
    Duplicates,
    DuplicatedBy,
}

crate::db::text_column!(Kind, into_str);

impl Kind {
    /// Returns the kind of the same link, seen from the other task.
    pub const fn reversed(self) -> Self {
        match self {
            Self::Blocks => Self::BlockedBy,
            Self::BlockedBy => Self::Blocks,
            Self::RelatesTo => Self::RelatesTo,
            Self::Duplicates => Self::DuplicatedBy,
            Self::DuplicatedBy => Self::Duplicates,
        }
    }

    /// Returns whether links of this kind must not lead back to where they began.
    const fn is_directed(self) -> bool {
        !matches!(self, Self::RelatesTo)
    }
}

/// A link, as tasks show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LinkRef {
    /// The link's id.
    pub id: LinkId,
    /// What the task has to do with the other one.
    pub kind: Kind,
    /// The other task.
    pub task_id: TaskId,
}

/// A task that is linked, with its project.
#[derive(Debug, Clone, Copy)]
pub struct End(pub ProjectId, pub TaskId);

/// The most tasks that are looked at to find out whether a link closes a circle.
const AHEAD: i64 = 10_000;

/// Links two tasks, and records it with both.
///
/// # Errors
/// 409 if they are linked so already, if a task would wait for itself, or if one of them has too many links.
pub async fn create(tx: &OrgWrite, id: LinkId, kind: Kind, from: End, to: End) -> Result<()> {
    if !store::insert(tx, id, kind, (from.1, to.1)).await? {
        return Err(Code::LinkExists.into());
    }
    if store::most(tx, &[from.1, to.1]).await? > tx.limits().links {
        return Err(Code::TooManyLinks.into());
    }
    if kind.is_directed() {
        let (tasks, circles) = store::ahead(tx, from.1, kind, AHEAD + 1).await?;
        if circles > 0 {
            return Err(Code::LinkCircle.into());
        }
        if tasks > AHEAD {
            return Err(Code::TooManyLinks.into());
        }
    }
    record(tx, Action::LinkCreated, kind, (from, to));
    Ok(())
}

/// Removes a link, and records it with both tasks.
pub async fn delete(tx: &OrgWrite, id: LinkId, kind: Kind, from: End, to: End) -> Result<()> {
    store::delete(tx, id).await?;
    record(tx, Action::LinkDeleted, kind, (from, to));
    Ok(())
}

/// Each task has an entry of its own, about the link as it is seen from there.
fn record(tx: &OrgWrite, action: Action, kind: Kind, (from, to): (End, End)) {
    for (kind, End(project, task), End(_, other)) in [(kind, from, to), (kind.reversed(), to, from)] {
        let (before, after) = match action {
            Action::LinkDeleted => (Some(other), None),
            _ => (None, Some(other)),
        };
        let changes = Changes::none().field(kind.into_str(), &before, &after);
        tx.record(action, Target::Task(project, task), changes);
    }
}
