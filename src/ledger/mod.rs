//! The ledger: every change to an organization's data is one entry in one log, written in the same transaction.
//! The activity is its readable view.

pub(crate) mod http;
mod store;
mod summary;

use std::str::FromStr;

use futures_util::try_join;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::{
    http::Filters,
    store::{Of, Span, Wanted},
};
use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission},
    clock::Time,
    error::Result,
    id::{EntryId, InvitationId, OrgId, ProjectId, TaskId, TokenId, UserId},
    secret,
};

macro_rules! actions {
    ($($name:ident $text:literal)+) => {
        /// What an entry says was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        pub enum Action { $(#[serde(rename = $text)] $name),+ }

        impl Action {
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }

        impl FromStr for Action {
            type Err = &'static str;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text { $($text => Ok(Self::$name),)+ _ => Err("must be an action such as task.created") }
            }
        }
    };
}

actions! {
    OrgCreated "organization.created"
    OrgUpdated "organization.updated"
    OrgDeleted "organization.deleted"
    OrgRestored "organization.restored"
    OrgImported "organization.imported"
    MemberJoined "member.joined"
    MemberRoleChanged "member.role_changed"
    MemberRemoved "member.removed"
    MemberLeft "member.left"
    OwnershipTransferred "ownership.transferred"
    InvitationCreated "invitation.created"
    InvitationResent "invitation.resent"
    InvitationRevoked "invitation.revoked"
    InvitationDeclined "invitation.declined"
    ProjectCreated "project.created"
    ProjectUpdated "project.updated"
    ProjectArchived "project.archived"
    ProjectUnarchived "project.unarchived"
    ProjectDeleted "project.deleted"
    ProjectRestored "project.restored"
    ProjectMemberAdded "project.member_added"
    ProjectMemberRemoved "project.member_removed"
    TaskCreated "task.created"
    TaskUpdated "task.updated"
    TaskStatusChanged "task.status_changed"
    TaskAssigned "task.assigned"
    TaskUnassigned "task.unassigned"
    TaskDeleted "task.deleted"
    TaskRestored "task.restored"
}

crate::db::text_column!(Action);

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Organization(OrgId),
    Member(UserId),
    Invitation(InvitationId),
    Project(ProjectId),
    Task(ProjectId, TaskId),
}

impl Subject {
    const fn kind(self) -> Kind {
        match self {
            Self::Organization(_) => Kind::Organization,
            Self::Member(_) => Kind::Member,
            Self::Invitation(_) => Kind::Invitation,
            Self::Project(_) => Kind::Project,
            Self::Task(..) => Kind::Task,
        }
    }

    /// Its id, its project's, its task's.
    const fn ids(self) -> (uuid::Uuid, Option<ProjectId>, Option<TaskId>) {
        match self {
            Self::Organization(id) => (id.uuid(), None, None),
            Self::Member(id) => (id.uuid(), None, None),
            Self::Invitation(id) => (id.uuid(), None, None),
            Self::Project(id) => (id.uuid(), Some(id), None),
            Self::Task(project, id) => (id.uuid(), Some(project), Some(id)),
        }
    }
}

/// What kind of thing an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SubjectKind")]
pub enum Kind {
    Organization,
    Member,
    Invitation,
    Project,
    Task,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Organization, Self::Member, Self::Invitation, Self::Project, Self::Task];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Member => "member",
            Self::Invitation => "invitation",
            Self::Project => "project",
            Self::Task => "task",
        }
    }
}

impl FromStr for Kind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or("must be a kind of subject")
    }
}

crate::db::text_column!(Kind);

/// Field by field, from which value to which. People are held by id, long texts by their digest: names are put in on
/// reading, so that a person or a text can be erased without touching the log.
#[derive(Debug, Default, Clone)]
pub struct Changes(Map<String, Value>);

impl Changes {
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// One field, if it changed.
    #[must_use]
    pub fn field<T: Serialize + ?Sized>(mut self, name: &str, from: &T, to: &T) -> Self {
        let (from, to) = (json!(from), json!(to));
        if from != to {
            self.0.insert(name.into(), json!({ "from": from, "to": to }));
        }
        self
    }

    /// A field of something new; `null` is left out.
    #[must_use]
    pub fn new_field<T: Serialize + ?Sized>(self, name: &str, to: &T) -> Self {
        self.field(name, &Value::Null, &json!(to))
    }

    /// A long text, by its digest.
    #[must_use]
    pub fn text(self, name: &str, from: &str, to: &str) -> Self {
        if from == to {
            return self;
        }
        let digest = |text: &str| match text {
            "" => Value::Null,
            text => json!({ "digest": secret::stored(text), "length": text.chars().count() }),
        };
        self.field(name, &digest(from), &digest(to))
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl OrgWrite {
    /// Writes an entry into the ledger: the caller did this.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record(&self, action: Action, subject: Subject, changes: Changes) -> Result<()> {
        store::record(self, action, subject, changes).await
    }
}

/// What was recorded after a seq, as far as the caller sees it.
#[derive(Debug)]
pub struct News {
    /// The oldest first.
    pub entries: Vec<ActivityEntry>,
    /// Up to here that is all.
    pub seq: i64,
    /// Whether there may be more behind that already.
    pub more: bool,
}

/// Entries that are read at once.
const NEWS: i64 = 100;

/// What was recorded after a seq, as far as the caller sees it now.
///
/// # Errors
/// When the database fails.
pub async fn since(tx: &OrgTx, seq: i64) -> Result<News> {
    let wanted = Wanted {
        of: Of::Organization,
        filters: Filters::default(),
        projects: Vec::new(),
        tasks: Vec::new(),
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        span: Span::After(seq),
        rows: NEWS,
    };
    let (last, entries) = try_join!(store::last_seq(tx), store::all(tx, &wanted))?;
    Ok(match entries.last() {
        Some(entry) if i64::try_from(entries.len()) == Ok(NEWS) => {
            News { seq: entry.seq, more: true, entries }
        }
        _ => News { seq: last, more: false, entries },
    })
}

/// The last seq that was given out.
///
/// # Errors
/// When the database fails.
pub async fn last_seq(tx: &OrgTx) -> Result<i64> {
    store::last_seq(tx).await
}

/// Who did something.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<UserId>,
    pub name: String,
    /// The API token that they did it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<TokenId>,
}

/// In which way they did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    User,
    Token,
    System,
}

impl ActorKind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Token => "token",
            Self::System => "system",
        }
    }
}

impl FromStr for ActorKind {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::User, Self::Token, Self::System]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or("must be user, token or system")
    }
}

crate::db::text_column!(ActorKind);

/// What was acted on, as it is called now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SubjectView {
    pub kind: Kind,
    pub id: uuid::Uuid,
    /// A task's key, a project's, person's or organization's name, an invitation's address.
    pub label: String,
}

/// One entry as it is read.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Activity")]
pub struct ActivityEntry {
    /// Gap-free within the organization.
    pub seq: i64,
    pub id: EntryId,
    pub at: Time,
    pub actor: Actor,
    pub action: Action,
    pub subject: SubjectView,
    pub project_id: Option<ProjectId>,
    /// Field by field `{from, to}`; people as `{id, name}`, long texts as `{digest, length}`.
    pub changes: Map<String, Value>,
    /// A sentence, such as "David moved WEB-142 from To do to In progress".
    pub summary: String,
}
