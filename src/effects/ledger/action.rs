//! What an entry of the ledger can say: the actions, each with the kind of its subjects and the fields that it changes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

use super::Kind;
use crate::base::json::ParseError;

/// The fields of entries about a link: its kind, seen from the subject, with the id of the other task as the value.
pub(super) const LINKS: [&str; 5] = ["blocks", "blocked_by", "relates_to", "duplicates", "duplicated_by"];

/// The kind of change that an activity entry describes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, EnumString, IntoStaticStr,
)]
#[strum(const_into_str, parse_err_ty = ParseError, parse_err_fn = no_such_action)]
#[schemars(rename = "ActivityAction", extend("x-extensible-enum" = true))]
pub enum Action {
    #[serde(rename = "organization.created")]
    #[strum(serialize = "organization.created")]
    OrgCreated,
    #[serde(rename = "organization.updated")]
    #[strum(serialize = "organization.updated")]
    OrgUpdated,
    #[serde(rename = "organization.deleted")]
    #[strum(serialize = "organization.deleted")]
    OrgDeleted,
    #[serde(rename = "organization.restored")]
    #[strum(serialize = "organization.restored")]
    OrgRestored,
    #[serde(rename = "organization.disabled")]
    #[strum(serialize = "organization.disabled")]
    OrgDisabled,
    #[serde(rename = "organization.enabled")]
    #[strum(serialize = "organization.enabled")]
    OrgEnabled,
    #[serde(rename = "organization.imported")]
    #[strum(serialize = "organization.imported")]
    OrgImported,
    #[serde(rename = "organization.exported")]
    #[strum(serialize = "organization.exported")]
    OrgExported,
    #[serde(rename = "member.joined")]
    #[strum(serialize = "member.joined")]
    MemberJoined,
    #[serde(rename = "member.role_changed")]
    #[strum(serialize = "member.role_changed")]
    MemberRoleChanged,
    #[serde(rename = "member.removed")]
    #[strum(serialize = "member.removed")]
    MemberRemoved,
    #[serde(rename = "member.left")]
    #[strum(serialize = "member.left")]
    MemberLeft,
    #[serde(rename = "ownership.transferred")]
    #[strum(serialize = "ownership.transferred")]
    OwnershipTransferred,
    #[serde(rename = "invitation.created")]
    #[strum(serialize = "invitation.created")]
    InvitationCreated,
    #[serde(rename = "invitation.resent")]
    #[strum(serialize = "invitation.resent")]
    InvitationResent,
    #[serde(rename = "invitation.revoked")]
    #[strum(serialize = "invitation.revoked")]
    InvitationRevoked,
    #[serde(rename = "invitation.declined")]
    #[strum(serialize = "invitation.declined")]
    InvitationDeclined,
    #[serde(rename = "project.created")]
    #[strum(serialize = "project.created")]
    ProjectCreated,
    #[serde(rename = "project.updated")]
    #[strum(serialize = "project.updated")]
    ProjectUpdated,
    #[serde(rename = "project.archived")]
    #[strum(serialize = "project.archived")]
    ProjectArchived,
    #[serde(rename = "project.unarchived")]
    #[strum(serialize = "project.unarchived")]
    ProjectUnarchived,
    #[serde(rename = "project.deleted")]
    #[strum(serialize = "project.deleted")]
    ProjectDeleted,
    #[serde(rename = "project.restored")]
    #[strum(serialize = "project.restored")]
    ProjectRestored,
    #[serde(rename = "project.member_added")]
    #[strum(serialize = "project.member_added")]
    ProjectMemberAdded,
    #[serde(rename = "project.member_removed")]
    #[strum(serialize = "project.member_removed")]
    ProjectMemberRemoved,
    #[serde(rename = "task.created")]
    #[strum(serialize = "task.created")]
    TaskCreated,
    #[serde(rename = "task.updated")]
    #[strum(serialize = "task.updated")]
    TaskUpdated,
    #[serde(rename = "task.status_changed")]
    #[strum(serialize = "task.status_changed")]
    TaskStatusChanged,
    #[serde(rename = "task.assigned")]
    #[strum(serialize = "task.assigned")]
    TaskAssigned,
    #[serde(rename = "task.unassigned")]
    #[strum(serialize = "task.unassigned")]
    TaskUnassigned,
    #[serde(rename = "task.moved")]
    #[strum(serialize = "task.moved")]
    TaskMoved,
    #[serde(rename = "task.deleted")]
    #[strum(serialize = "task.deleted")]
    TaskDeleted,
    #[serde(rename = "task.restored")]
    #[strum(serialize = "task.restored")]
    TaskRestored,
    #[serde(rename = "link.created")]
    #[strum(serialize = "link.created")]
    LinkCreated,
    #[serde(rename = "link.deleted")]
    #[strum(serialize = "link.deleted")]
    LinkDeleted,
    #[serde(rename = "column.created")]
    #[strum(serialize = "column.created")]
    ColumnCreated,
    #[serde(rename = "column.updated")]
    #[strum(serialize = "column.updated")]
    ColumnUpdated,
    #[serde(rename = "column.deleted")]
    #[strum(serialize = "column.deleted")]
    ColumnDeleted,
    #[serde(rename = "task.overdue")]
    #[strum(serialize = "task.overdue")]
    TaskOverdue,
    #[serde(rename = "label.created")]
    #[strum(serialize = "label.created")]
    LabelCreated,
    #[serde(rename = "label.updated")]
    #[strum(serialize = "label.updated")]
    LabelUpdated,
    #[serde(rename = "label.deleted")]
    #[strum(serialize = "label.deleted")]
    LabelDeleted,
    #[serde(rename = "comment.created")]
    #[strum(serialize = "comment.created")]
    CommentCreated,
    #[serde(rename = "comment.updated")]
    #[strum(serialize = "comment.updated")]
    CommentUpdated,
    #[serde(rename = "comment.deleted")]
    #[strum(serialize = "comment.deleted")]
    CommentDeleted,
    #[serde(rename = "comment.reacted")]
    #[strum(serialize = "comment.reacted")]
    CommentReacted,
    #[serde(rename = "comment.resolved")]
    #[strum(serialize = "comment.resolved")]
    CommentResolved,
}

fn no_such_action(_: &str) -> ParseError {
    ParseError::new("invalid_value", "must be an action such as task.created")
}

crate::db::text_column!(Action, into_str);

impl Action {
    /// Returns the kind of the action's subjects.
    pub const fn subject(self) -> Kind {
        match self {
            Self::OrgCreated
            | Self::OrgUpdated
            | Self::OrgDeleted
            | Self::OrgRestored
            | Self::OrgDisabled
            | Self::OrgEnabled
            | Self::OrgImported
            | Self::OrgExported => Kind::Organization,
            Self::MemberJoined
            | Self::MemberRoleChanged
            | Self::MemberRemoved
            | Self::MemberLeft
            | Self::OwnershipTransferred => Kind::Member,
            Self::InvitationCreated
            | Self::InvitationResent
            | Self::InvitationRevoked
            | Self::InvitationDeclined => Kind::Invitation,
            Self::ProjectCreated
            | Self::ProjectUpdated
            | Self::ProjectArchived
            | Self::ProjectUnarchived
            | Self::ProjectDeleted
            | Self::ProjectRestored
            | Self::ProjectMemberAdded
            | Self::ProjectMemberRemoved => Kind::Project,
            Self::TaskCreated
            | Self::TaskUpdated
            | Self::TaskStatusChanged
            | Self::TaskAssigned
            | Self::TaskUnassigned
            | Self::TaskMoved
            | Self::TaskDeleted
            | Self::TaskRestored
            | Self::TaskOverdue
            | Self::LinkCreated
            | Self::LinkDeleted => Kind::Task,
            Self::ColumnCreated | Self::ColumnUpdated | Self::ColumnDeleted => Kind::Column,
            Self::LabelCreated | Self::LabelUpdated | Self::LabelDeleted => Kind::Label,
            Self::CommentCreated
            | Self::CommentUpdated
            | Self::CommentDeleted
            | Self::CommentReacted
            | Self::CommentResolved => Kind::Comment,
        }
    }

    /// Returns the fields that an entry of this action can have in its changes.
    pub const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::OrgCreated => &["name", "slug"],
            Self::OrgUpdated => &["name", "slug", "members_can_create_projects", "members_edit", "time_zone"],
            Self::MemberJoined
            | Self::MemberRoleChanged
            | Self::MemberRemoved
            | Self::MemberLeft
            | Self::OwnershipTransferred
            | Self::InvitationCreated => &["role"],
            Self::ProjectCreated | Self::ProjectUpdated => {
                &["name", "key", "visibility", "is_template", "description"]
            }
            Self::ProjectMemberAdded | Self::ProjectMemberRemoved => &["member"],
            Self::TaskCreated => &[
                "title",
                "description",
                "status",
                "priority",
                "start_on",
                "due_at",
                "due_on",
                "parent_id",
                "is_template",
                "labels",
            ],
            Self::TaskUpdated => &[
                "title",
                "description",
                "priority",
                "start_on",
                "due_at",
                "due_on",
                "parent_id",
                "is_template",
                "labels",
            ],
            Self::TaskStatusChanged => &["status", "column"],
            Self::TaskMoved => &["column", "project", "key", "parent_id"],
            Self::TaskAssigned | Self::TaskUnassigned => &["assignee"],
            Self::LinkCreated | Self::LinkDeleted => &LINKS,
            Self::ColumnCreated | Self::ColumnUpdated => &["name", "status", "color", "task_limit"],
            Self::LabelCreated | Self::LabelUpdated => &["name", "color", "description"],
            Self::CommentCreated => &["body", "parent_id"],
            Self::CommentUpdated => &["body"],
            Self::CommentDeleted => &["parent_id"],
            Self::CommentReacted => &["reaction"],
            Self::CommentResolved => &["resolved_at"],
            Self::OrgDeleted
            | Self::OrgRestored
            | Self::OrgDisabled
            | Self::OrgEnabled
            | Self::OrgImported
            | Self::OrgExported
            | Self::InvitationResent
            | Self::InvitationRevoked
            | Self::InvitationDeclined
            | Self::ProjectArchived
            | Self::ProjectUnarchived
            | Self::ProjectDeleted
            | Self::ProjectRestored
            | Self::TaskDeleted
            | Self::TaskRestored
            | Self::ColumnDeleted
            | Self::TaskOverdue
            | Self::LabelDeleted => &[],
        }
    }
}
