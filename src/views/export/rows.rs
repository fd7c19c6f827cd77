//! What an archive holds: a type for each of its files, a line of JSON for each row.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    access::{Role, policy::MembersEdit},
    base::{
        clock::Time,
        id::{EntryId, InvitationId, OrgId, ProjectId, TaskId, TokenId, UserId},
        text::{Description, Name, ProjectKey, Slug},
    },
    db::columns,
    effects::ledger::{Action, ActorKind, Kind},
    workspace::{invitations::State, projects::Visibility, status::Status, tasks::Priority},
};

/// The version of the format. One that reads less than it writes gets another number.
pub const VERSION: u32 = 1;
pub const FORMAT: &str = "guildhall-organization";

/// Declares a row: its fields, each read from the column of its name, or from the one behind it.
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

/// `manifest.json`: what the archive is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    pub version: u32,
    pub exported_at: Time,
    /// The version of Guildhall that wrote it.
    pub guildhall: String,
}

row! {
    /// `organization.ndjson`: one line.
    Organization {
        id: OrgId, slug: Slug, name: Name, members_can_create_projects: bool, members_edit: MembersEdit, version: i64,
        created_at: Time, updated_at: Time,
    }
}
row! {
    /// `people.ndjson`: everybody who occurs. Of who is no member any more only the name.
    Person {
        id: UserId = "u.id",
        name: Name = "u.name",
        email: Option<String> = "case when m.user_id is not null and m.ended_at is null then nullif(u.email, '') end",
    }
}
row! {
    /// `members.ndjson`: memberships, ended ones too.
    Member { user_id: UserId, role: Role, version: i64, joined_at: Time, ended_at: Option<Time> }
}
row! {
    /// `invitations.ndjson`, without their secrets.
    Invitation {
        id: InvitationId, email: String = "address", role: Role, state: State, invited_by: UserId, created_at: Time, expires_at: Time,
    }
}
row! {
    /// `projects.ndjson`: deleted ones too.
    Project {
        id: ProjectId, key: ProjectKey, name: Name, description: Description, visibility: Visibility, numbers: i64,
        created_by: UserId, version: i64, created_at: Time, updated_at: Time, archived_at: Option<Time>,
        deleted_at: Option<Time>, purged_at: Option<Time>,
    }
}
row! {
    /// `project_keys.ndjson`: the keys that projects have and had.
    Key { key: ProjectKey, project_id: ProjectId }
}
row! {
    /// `project_members.ndjson`
    Insider { project_id: ProjectId, user_id: UserId, added_at: Time }
}
row! {
    /// `tasks.ndjson`: deleted ones too; those gone for good without a title.
    Task {
        id: TaskId, project_id: ProjectId, number: i64, title: String, description: Description, status: Status,
        priority: Priority, due_at: Option<Time>, parent_id: Option<TaskId>, position: String, created_by: UserId,
        completed_at: Option<Time>, version: i64, created_at: Time, updated_at: Time, deleted_at: Option<Time>,
        purged_at: Option<Time>,
    }
}
row! {
    /// `task_numbers.ndjson`: the numbers that tasks have and had.
    TaskNumber { project_id: ProjectId, number: i64, task_id: TaskId }
}
row! {
    /// `task_assignees.ndjson`
    Assignee { task_id: TaskId, user_id: UserId, assigned_at: Time }
}

/// `ledger.ndjson`: the history.
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
}

impl Entry {
    pub(super) const COLUMNS: &'static str = "seq, id, at, actor_kind, actor_id, token_id, action, subject_kind, \
        subject_id, project_id, task_id, changes";
}

impl crate::db::FromRow for Entry {
    fn from_row(row: &crate::db::Row) -> crate::base::error::Result<Self> {
        let changes: String = row.get(11)?;
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
            changes: serde_json::from_str(&changes).map_err(crate::base::error::Error::internal)?,
        })
    }
}
