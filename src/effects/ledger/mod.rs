//! The ledger: every change to an organization's data is one entry in one log, written in the same transaction.
//! The activity is its readable view.

mod store;
mod summary;

use futures_util::try_join;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission},
    base::{
        clock::Time,
        error::Result,
        id::{EntryId, InvitationId, OrgId, ProjectId, TaskId, TokenId, UserId},
        json::{ParseError, one_of},
        list::CommaList,
        page::{Page, Paging},
        secret,
    },
};

/// What an entry says was done.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, EnumString, IntoStaticStr,
)]
#[strum(const_into_str, parse_err_ty = ParseError, parse_err_fn = no_such_action)]
#[schemars(rename = "ActivityAction")]
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
    #[serde(rename = "organization.imported")]
    #[strum(serialize = "organization.imported")]
    OrgImported,
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
    #[serde(rename = "task.deleted")]
    #[strum(serialize = "task.deleted")]
    TaskDeleted,
    #[serde(rename = "task.restored")]
    #[strum(serialize = "task.restored")]
    TaskRestored,
}

fn no_such_action(_: &str) -> ParseError {
    "must be an action such as task.created".into()
}

crate::db::text_column!(Action, into_str);

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Organization(OrgId),
    Member(UserId),
    Invitation(InvitationId),
    Project(ProjectId),
    Task(ProjectId, TaskId),
}

impl Target {
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
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<Kind>)]
#[schemars(rename = "ActivitySubjectKind")]
pub enum Kind {
    Organization,
    Member,
    Invitation,
    Project,
    Task,
}

crate::db::text_column!(Kind, into_str);

/// Field by field, from which value to which. People are held by id, long texts by their digest: names are put in on
/// reading, so that a person or a text can be erased without touching the log.
#[derive(Debug, Default, Clone)]
pub struct Changes(Map<String, Value>);

impl Changes {
    pub fn none() -> Self {
        Self::default()
    }

    /// One field, if it changed.
    pub fn field<T: Serialize + ?Sized>(mut self, name: &str, from: &T, to: &T) -> Self {
        let (from, to) = (json!(from), json!(to));
        if from != to {
            self.0.insert(name.into(), json!({ "from": from, "to": to }));
        }
        self
    }

    /// A field of something new; `null` is left out.
    pub fn new_field<T: Serialize + ?Sized>(self, name: &str, to: &T) -> Self {
        self.field(name, &Value::Null, &json!(to))
    }

    /// A long text, by its digest.
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
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl OrgWrite {
    /// Writes an entry into the ledger: the caller did this.
    pub async fn record(&self, action: Action, subject: Target, changes: Changes) -> Result<()> {
        store::record(self, action, subject, changes).await
    }
}

/// Which entries. Those of what the caller can't see are left out of every answer.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityFilters {
    /// Of these projects, by id or key.
    pub project: Option<CommaList<String>>,
    /// Of these tasks, by id or key.
    pub task: Option<CommaList<String>>,
    /// Done by these people.
    pub actor: Option<CommaList<UserId>>,
    /// Of these kinds, such as `task.created,task.assigned`.
    pub action: Option<CommaList<Action>>,
    /// From this time on.
    pub since: Option<Time>,
    /// Before this time.
    pub until: Option<Time>,
}

/// Which part of the activity is read.
pub enum Within {
    Organization,
    Project(ProjectId),
    Task(TaskId),
}

/// What a page of the activity is asked with: the filters, with the projects and tasks that they name found.
pub struct ActivityQuery {
    pub within: Within,
    pub filters: ActivityFilters,
    pub projects: Vec<ProjectId>,
    pub tasks: Vec<TaskId>,
    pub reader: UserId,
    pub sees_all: bool,
    pub span: Span,
    pub rows: i64,
}

/// Where in the ledger, and in which direction.
#[derive(Debug, Clone, Copy)]
pub enum Span {
    /// The newest first.
    Before(i64),
    /// The oldest first.
    After(i64),
}

/// A page of the activity.
pub async fn page(tx: &OrgTx, query: &ActivityQuery, paging: &Paging) -> Result<Page<ActivityEntry>> {
    store::page(tx, query, paging).await
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
pub async fn since(tx: &OrgTx, seq: i64) -> Result<News> {
    let query = ActivityQuery {
        within: Within::Organization,
        filters: ActivityFilters::default(),
        projects: Vec::new(),
        tasks: Vec::new(),
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        span: Span::After(seq),
        rows: NEWS,
    };
    let (last, entries) = try_join!(store::last_seq(tx), store::all(tx, &query))?;
    Ok(match entries.last() {
        Some(entry) if i64::try_from(entries.len()) == Ok(NEWS) => {
            News { seq: entry.seq, more: true, entries }
        }
        _ => News { seq: last, more: false, entries },
    })
}

/// The last seq that was given out.
pub async fn last_seq(tx: &OrgTx) -> Result<i64> {
    store::last_seq(tx).await
}

/// Who did something.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivityActor")]
pub struct Actor {
    pub kind: ActorKind,
    pub id: Option<UserId>,
    pub name: String,
    /// The API token that they did it with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<TokenId>,
}

/// In which way they did it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<ActorKind>)]
#[schemars(rename = "ActivityActorKind")]
pub enum ActorKind {
    User,
    Token,
    System,
}

crate::db::text_column!(ActorKind, into_str);

/// What was acted on, as it is called now.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivitySubject")]
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
