//! The rows of an archive: one type for each of its files, one line of JSON for each row.

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    access::{Role, policy::MembersEdit},
    base::{
        clock::Time,
        day::Day,
        emoji::Emoji,
        id::{
            ColumnId, CommentId, EntryId, InvitationId, LabelId, LinkId, OrgId, ProjectId, TaskId, TokenId,
            UserId,
        },
        text::{Color, Description, Name, ProjectKey, Remark, Slug, TimeZone},
    },
    db::columns,
    effects::ledger::{Action, ActorKind, Kind, read_changes},
    workspace::{
        invitations::State, links::Kind as LinkKind, projects::Visibility, status::Status, tasks::Priority,
    },
};

/// The version of the archive format. An incompatible change needs a new number: the import reads this version only.
pub const VERSION: u32 = 1;
pub const FORMAT: &str = "guildhall-organization";

/// The files of an archive.
pub const FILES: [&str; 18] = [
    "manifest.json",
    "organization.ndjson",
    "people.ndjson",
    "members.ndjson",
    "invitations.ndjson",
    "projects.ndjson",
    "project_keys.ndjson",
    "project_members.ndjson",
    "columns.ndjson",
    "tasks.ndjson",
    "task_numbers.ndjson",
    "task_assignees.ndjson",
    "labels.ndjson",
    "task_labels.ndjson",
    "task_links.ndjson",
    "comments.ndjson",
    "comment_reactions.ndjson",
    "ledger.ndjson",
];

/// Those that the archives of earlier versions don't have.
pub const LATER_FILES: [&str; 6] = [
    "columns.ndjson",
    "labels.ndjson",
    "task_labels.ndjson",
    "task_links.ndjson",
    "comments.ndjson",
    "comment_reactions.ndjson",
];

/// Declares a row type. Each field is read from the column of the same name, or from the SQL expression given after
/// `=`.
macro_rules! row {
    ($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty $(= $column:literal)?),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type),+ }

        columns!($name { $($field: row!(@column $field $($column)?)),+ });
    };
    (@column $field:ident) => { stringify!($field) };
    (@column $field:ident $column:literal) => { $column };
}

/// The only row of `manifest.json`: the format of the archive.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// Always [`FORMAT`].
    pub format: String,
    pub version: u32,
    pub exported_at: Time,
    /// The version of Guildhall that wrote the archive.
    pub guildhall: String,
}

/// Reads a name that an earlier version may have taken.
fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
    Name::kept(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

const fn utc() -> TimeZone {
    TimeZone::UTC
}

row! {
    /// The only row of `organization.ndjson`: the organization.
    Organization {
        id: OrgId, slug: Slug, #[serde(deserialize_with = "kept")] name: Name, members_can_create_projects: bool, members_edit: MembersEdit,
        /// Earlier versions have none.
        #[serde(default = "utc")]
        time_zone: TimeZone,
        version: i64, created_at: Time, updated_at: Time,
    }
}
row! {
    /// A row of `people.ndjson`: a user that occurs in the archive. The e-mail address is included for active members
    /// only; the placeholders of an earlier import have none.
    Person {
        id: UserId = "u.id",
        #[serde(deserialize_with = "kept")]
        name: Name = "u.name",
        email: Option<String> = "case when m.user_id is not null and m.ended_at is null then nullif(u.email, '') end",
    }
}
row! {
    /// A row of `members.ndjson`: a membership, active or ended.
    Member { user_id: UserId, role: Role, version: i64, joined_at: Time, ended_at: Option<Time> }
}
row! {
    /// A row of `invitations.ndjson`: an invitation without its token.
    Invitation {
        id: InvitationId, email: String = "address", role: Role, state: State, invited_by: UserId, created_at: Time, expires_at: Time,
    }
}
row! {
    /// A row of `projects.ndjson`: a project, including deleted ones. A purged project has an empty name and description.
    /// `numbers` is the last task number given out.
    Project {
        id: ProjectId, key: ProjectKey, name: String, description: Description, visibility: Visibility, numbers: i64,
        created_by: UserId, version: i64, created_at: Time, updated_at: Time, archived_at: Option<Time>,
        deleted_at: Option<Time>, purged_at: Option<Time>,
        /// Earlier versions have none.
        #[serde(default)]
        is_template: bool,
    }
}
row! {
    /// A row of `project_keys.ndjson`: a key that a project has or had.
    Key { key: ProjectKey, project_id: ProjectId }
}
row! {
    /// A row of `project_members.ndjson`: a member of a project.
    Insider { project_id: ProjectId, user_id: UserId, added_at: Time }
}
row! {
    /// A row of `columns.ndjson`: a column of a project's board, including deleted ones. A purged column has an empty name.
    Column {
        id: ColumnId, project_id: ProjectId, name: String, status: Status, color: Color, task_limit: Option<i64>,
        position: String, version: i64, created_at: Time, updated_at: Time, deleted_at: Option<Time>,
        purged_at: Option<Time>,
    }
}
row! {
    /// A row of `tasks.ndjson`: a task, including deleted ones. A purged task has an empty title and description. The archives
    /// of earlier versions have no columns.
    Task {
        id: TaskId, project_id: ProjectId, number: i64, title: String, description: Description, status: Status,
        priority: Priority, start_on: Option<Day>, due_at: Option<Time> = "case when due_on is null then due_at end",
        due_on: Option<Day>, parent_id: Option<TaskId>, position: String, created_by: UserId,
        completed_at: Option<Time>, version: i64, created_at: Time, updated_at: Time, deleted_at: Option<Time>,
        purged_at: Option<Time>, #[serde(default)] column_id: Option<ColumnId>,
        /// Earlier versions have none.
        #[serde(default)]
        is_template: bool,
    }
}
row! {
    /// A row of `task_numbers.ndjson`: a number that a task has or had.
    TaskNumber { project_id: ProjectId, number: i64, task_id: TaskId }
}
row! {
    /// A row of `task_assignees.ndjson`: an assignee of a task.
    Assignee { task_id: TaskId, user_id: UserId, assigned_at: Time }
}
row! {
    /// A row of `labels.ndjson`: a label, including deleted ones. A purged label has an empty name and description.
    Label {
        id: LabelId, name: String, color: Color, description: Remark, version: i64, created_at: Time, updated_at: Time,
        deleted_at: Option<Time>, purged_at: Option<Time>,
    }
}
row! {
    /// A row of `task_labels.ndjson`: a label of a task.
    TaskLabel { task_id: TaskId, label_id: LabelId }
}
row! {
    /// A row of `task_links.ndjson`: a link, seen from that one of its tasks which blocks or duplicates the other, or has the
    /// smaller id.
    Link { id: LinkId, kind: LinkKind, task_id: TaskId, other_id: TaskId, created_by: UserId, created_at: Time }
}
row! {
    /// A row of `comments.ndjson`: a comment on a task. A deleted one, which has replies, has an empty body.
    Comment {
        id: CommentId, task_id: TaskId, parent_id: Option<CommentId>, author_id: UserId, body: String, version: i64,
        created_at: Time, updated_at: Time, edited_at: Option<Time>, resolved_at: Option<Time>, deleted_at: Option<Time>,
    }
}
row! {
    /// A row of `comment_reactions.ndjson`: somebody's reaction to a comment.
    Reaction { comment_id: CommentId, emoji: Emoji, user_id: UserId, reacted_at: Time }
}

/// A row of `ledger.ndjson`: a ledger entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub seq: i64,
    pub id: EntryId,
    pub at: Time,
    pub actor_kind: ActorKind,
    pub actor_id: Option<UserId>,
    pub token_id: Option<TokenId>,
    pub action: Action,
    pub subject_kind: Kind,
    pub subject_id: Uuid,
    pub project_id: Option<ProjectId>,
    pub task_id: Option<TaskId>,
    pub changes: Map<String, Value>,
    /// The entry that this one and those after it took back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<i64>,
}

impl Entry {
    pub(super) const COLUMNS: &'static str = "l.seq, l.id, l.at, l.actor_kind, l.actor_id, l.token_id, l.action, \
        l.subject_kind, l.subject_id, l.project_id, l.task_id, l.changes, lt.texts, l.undoes";
}

impl crate::db::FromRow for Entry {
    fn from_row(row: &crate::db::Row) -> crate::base::error::Result<Self> {
        let (changes, texts): (String, Option<String>) = (row.get(11)?, row.get(12)?);
        Ok(Self {
            seq: row.get(0)?,
            id: row.get(1)?,
            at: row.get(2)?,
            actor_kind: row.get(3)?,
            actor_id: row.get(4)?,
            token_id: row.get(5)?,
            action: row.get(6)?,
            subject_kind: row.get(7)?,
            subject_id: row.get(8)?,
            project_id: row.get(9)?,
            task_id: row.get(10)?,
            changes: read_changes(&changes, texts.as_deref())?,
            undoes: row.get(13)?,
        })
    }
}
