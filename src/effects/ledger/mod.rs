//! The ledger: a log with an entry for every change to an organization's data, written in the same transaction as the
//! change. The activity is the API's view of it.

mod action;
mod mark;
mod store;
mod summary;

use std::mem;

use futures_util::try_join;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

pub use action::Action;
pub use mark::Mark;
pub use store::names_of;

use crate::{
    access::{Entry, Facts, OrgTx, OrgWrite, Permission, SystemWrite, Viewer},
    base::{
        clock::Time,
        error::{Error, Result},
        id::{
            ColumnId, CommentId, EntryId, InvitationId, LabelId, OrgId, ProjectId, TaskId, TokenId, UserId,
        },
        json::{EXACT, ParseError, one_of},
        list::CommaList,
        page::{Page, Paging},
        secret,
    },
};

/// The subject of an entry: the object that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Organization(OrgId),
    Member(UserId),
    Invitation(InvitationId),
    Project(ProjectId),
    Task(ProjectId, TaskId),
    Column(ProjectId, ColumnId),
    Label(LabelId),
    Comment(ProjectId, TaskId, CommentId),
}

impl Target {
    const fn kind(self) -> Kind {
        match self {
            Self::Organization(_) => Kind::Organization,
            Self::Member(_) => Kind::Member,
            Self::Invitation(_) => Kind::Invitation,
            Self::Project(_) => Kind::Project,
            Self::Task(..) => Kind::Task,
            Self::Column(..) => Kind::Column,
            Self::Label(_) => Kind::Label,
            Self::Comment(..) => Kind::Comment,
        }
    }

    /// Returns the id of the subject, of its project and of its task.
    const fn ids(self) -> (Uuid, Option<ProjectId>, Option<TaskId>) {
        match self {
            Self::Organization(id) => (id.uuid(), None, None),
            Self::Member(id) => (id.uuid(), None, None),
            Self::Invitation(id) => (id.uuid(), None, None),
            Self::Project(id) => (id.uuid(), Some(id), None),
            Self::Task(project, id) => (id.uuid(), Some(project), Some(id)),
            Self::Column(project, id) => (id.uuid(), Some(project), None),
            Self::Label(id) => (id.uuid(), None, None),
            Self::Comment(project, task, id) => (id.uuid(), Some(project), Some(task)),
        }
    }
}

/// The kind of object that an activity entry is about.
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
#[schemars(rename = "ActivitySubjectKind", extend("x-extensible-enum" = true))]
pub enum Kind {
    Organization,
    Member,
    Invitation,
    Project,
    Task,
    Column,
    Label,
    Comment,
}

crate::db::text_column!(Kind, into_str);

/// The fields that an entry changed, each with its old and new value. So that a person or a text can be erased without
/// changing the ledger, people, labels and columns are stored by id, long texts by digest, and titles and names apart from the entry.
/// Names of people, labels and columns, and the titles and names that weren't erased, are added when entries are read.
#[derive(Debug, Default, Clone)]
pub struct Changes {
    fields: Map<String, Value>,
    /// The values of those fields that can be erased. In `fields` they are `null`.
    texts: Map<String, Value>,
    /// The long texts that were replaced.
    originals: Map<String, Value>,
    moved_from: Option<String>,
}

impl Changes {
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds a field, if its value changed.
    pub fn field<T: Serialize + ?Sized>(mut self, name: &str, from: &T, to: &T) -> Self {
        let (from, to) = (json!(from), json!(to));
        if from != to {
            self.fields.insert(name.into(), json!({ "from": from, "to": to }));
        }
        self
    }

    /// Adds a title or a name, if it changed. It is erased when its task, project, column or label is purged.
    pub fn erasable<T: Serialize + ?Sized>(mut self, name: &str, from: &T, to: &T) -> Self {
        self = self.field(name, from, to);
        self.set_apart(name);
        self
    }

    /// Adds the title or name of a new object, which is erased when the object is purged.
    pub fn new_erasable<T: Serialize + ?Sized>(self, name: &str, to: &T) -> Self {
        self.erasable(name, &Value::Null, &json!(to))
    }

    /// Takes the changes of an archive's entry, with all their texts.
    pub fn imported(subject: Kind, fields: Map<String, Value>) -> Self {
        let mut changes = Self { fields, ..Self::default() };
        match subject {
            Kind::Project | Kind::Column | Kind::Label => changes.set_apart("name"),
            Kind::Task => changes.set_apart("title"),
            Kind::Organization | Kind::Member | Kind::Invitation | Kind::Comment => {}
        }
        changes
    }

    fn set_apart(&mut self, name: &str) {
        if let Some(value) = self.fields.get_mut(name) {
            self.texts.insert(name.into(), std::mem::replace(value, json!({ "from": null, "to": null })));
        }
    }

    /// Adds a field of a new object, unless its value is `null`.
    pub fn new_field<T: Serialize + ?Sized>(self, name: &str, to: &T) -> Self {
        self.field(name, &Value::Null, &json!(to))
    }

    /// Adds a long text by its digest and its length in characters, if it changed. The former text is kept beside the ledger for a while.
    pub fn text(mut self, name: &str, from: &str, to: &str) -> Self {
        if from == to {
            return self;
        }
        if !from.is_empty() {
            self.originals.insert(name.into(), from.into());
        }
        let digest = |text: &str| match text {
            "" => Value::Null,
            text => json!({ "digest": secret::stored(text), "length": text.chars().count() }),
        };
        self.field(name, &digest(from), &digest(to))
    }

    /// Keeps the position that a task or column had on the board, if it changed. It isn't shown.
    pub fn moved(mut self, from: &str, to: &str) -> Self {
        self.moved_from = (from != to).then(|| from.to_owned());
        self
    }

    /// Returns the other task of a link that was made or removed.
    pub fn linked_task(&self) -> Option<TaskId> {
        let sides = action::LINKS.iter().find_map(|kind| self.fields.get(*kind)?.as_object())?;
        sides.values().find_map(|id| id.as_str()?.parse().ok())
    }

    /// Returns whether no field changed.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the changes as the ledger stores them, and the texts to store beside them, both as JSON.
    pub fn stored(self) -> (String, Option<String>) {
        let texts = (!self.texts.is_empty()).then(|| Value::Object(self.texts).to_string());
        (Value::Object(self.fields).to_string(), texts)
    }
}

/// Reads the changes of an entry, with those texts that weren't erased.
///
/// # Errors
/// An internal error if they aren't JSON objects.
pub fn read_changes(changes: &str, texts: Option<&str>) -> Result<Map<String, Value>> {
    let mut changes: Map<String, Value> = serde_json::from_str(changes).map_err(Error::internal)?;
    if let Some(texts) = texts {
        changes.extend(serde_json::from_str::<Map<String, Value>>(texts).map_err(Error::internal)?);
    }
    Ok(changes)
}

/// Inserts the texts of an entry, which must be inserted before.
pub async fn insert_texts(viewer: &Viewer, seq: i64, subject: Uuid, texts: &str) -> Result<()> {
    store::insert_texts(viewer, seq, subject, texts).await
}

/// Erases the texts of these tasks, projects, columns and labels from the activity. The entries stay.
pub async fn erase(viewer: &Viewer, subjects: &[Uuid]) -> Result<()> {
    store::erase(viewer, subjects).await?;
    store::erase_originals(viewer, subjects).await
}

/// Erases the former texts of these objects, as of comments that are deleted for good.
pub async fn erase_originals(viewer: &Viewer, subjects: &[Uuid]) -> Result<()> {
    store::erase_originals(viewer, subjects).await
}

impl OrgWrite {
    /// Records a change in the ledger, with the caller as its actor. The entry is written when the transaction ends.
    pub fn record(&self, action: Action, subject: Target, changes: Changes) {
        self.enter(entry(action, subject, changes));
    }
}

impl SystemWrite {
    /// Records a change in the ledger, with the system as its actor. The entry is written when the transaction ends.
    pub fn record(&self, action: Action, subject: Target, changes: Changes) {
        self.enter(entry(action, subject, changes));
    }
}

fn entry(action: Action, subject: Target, mut changes: Changes) -> Entry {
    let (subject_id, project_id, task_id) = subject.ids();
    let linked_task_id = changes.linked_task();
    let originals = mem::take(&mut changes.originals);
    let originals = (!originals.is_empty()).then(|| Value::Object(originals).to_string());
    let moved_from = changes.moved_from.take();
    let (changes, texts) = changes.stored();
    Entry {
        action: action.into_str(),
        subject_kind: subject.kind().into_str(),
        subject_id,
        project_id,
        task_id,
        linked_task_id,
        changes,
        texts,
        originals,
        moved_from,
    }
}

/// The filters of an activity list. Entries about objects that the caller can't see are always left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivityFilters {
    /// Only entries of these projects, given by id or key.
    pub project: Option<CommaList<String>>,
    /// Only entries of these tasks, given by id or key.
    pub task: Option<CommaList<String>>,
    /// Only changes by these users, given by id.
    pub actor: Option<CommaList<UserId>>,
    /// Only these kinds of change, such as `task.created,task.assigned`.
    pub action: Option<CommaList<Action>>,
    /// Only changes at or after this time.
    pub since: Option<Time>,
    /// Only changes before this time.
    pub until: Option<Time>,
}

/// The part of an organization's activity that is read.
pub enum Within {
    Organization,
    Project(ProjectId),
    Task(TaskId),
    /// A task's entries, of which those of comments only tell that one was created that is still there.
    Timeline(TaskId),
}

/// A query for a page of the activity.
pub struct ActivityQuery {
    pub within: Within,
    pub filters: ActivityFilters,
    /// The ids of the projects that the filters name.
    pub projects: Vec<ProjectId>,
    /// The ids of the tasks that the filters name.
    pub tasks: Vec<TaskId>,
    pub reader: UserId,
    /// Whether the reader sees all projects and invitations.
    pub sees_all: bool,
    pub span: Span,
    /// The maximum number of entries to read.
    pub rows: i64,
}

/// The seq at which reading starts, and the direction.
#[derive(Debug, Clone, Copy)]
pub enum Span {
    /// The entries before this seq, the newest first.
    Before(i64),
    /// The entries after this seq, the oldest first.
    After(i64),
    /// The entries after the first seq, up to the second, the oldest first.
    Between(i64, i64),
}

/// Returns a page of the activity.
pub async fn page(tx: &OrgTx, query: &ActivityQuery, paging: &Paging) -> Result<Page<ActivityEntry>> {
    store::page(tx, query, paging).await
}

/// The entries after a seq that the caller can see.
#[derive(Debug)]
pub struct News {
    /// The entries, the oldest first.
    pub entries: Vec<ActivityEntry>,
    /// The entry up to which `entries` is complete. The next read continues after it.
    pub mark: Mark,
    /// Whether there may already be entries after `mark`.
    pub more: bool,
}

impl News {
    /// The entries up to a place, or so many of them that more may follow.
    fn of(entries: Vec<ActivityEntry>, last: Mark) -> Self {
        match entries.last() {
            Some(entry) if i64::try_from(entries.len()) == Ok(NEWS) => {
                Self { mark: Mark::at(entry.seq, entry.id), more: true, entries }
            }
            _ => Self { mark: last, more: false, entries },
        }
    }
}

/// The maximum number of entries that are read at once.
const NEWS: i64 = 100;

fn news_query(tx: &OrgTx, span: Span) -> ActivityQuery {
    ActivityQuery {
        within: Within::Organization,
        filters: ActivityFilters::default(),
        projects: Vec::new(),
        tasks: Vec::new(),
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        span,
        rows: NEWS,
    }
}

/// Returns the entries after a place, as far as the caller can see them now. `None` if the place isn't in this history.
pub async fn since(tx: &OrgTx, place: Mark) -> Result<Option<News>> {
    let query = news_query(tx, Span::After(place.seq));
    let (found, last, entries) =
        try_join!(store::mark_at(tx, place.seq), store::last_mark(tx), store::all(tx, &query))?;
    if found.is_none_or(|found| !found.is_at(place)) {
        return Ok(None);
    }
    Ok(Some(News::of(entries, last)))
}

/// Returns the entries after a place that is in this history, up to another one, as far as the caller can see them now.
pub async fn between(tx: &OrgTx, place: Mark, last: Mark) -> Result<News> {
    let query = news_query(tx, Span::Between(place.seq, last.seq));
    Ok(News::of(store::all(tx, &query).await?, last))
}

/// Returns whether there is an entry with this seq that the viewer sees.
pub async fn is_seen(viewer: &Viewer, seq: i64) -> Result<bool> {
    store::is_seen(viewer, seq).await
}

/// Returns the entry with this seq, if the caller can see it.
pub async fn entry_at(tx: &OrgTx, seq: i64) -> Result<Option<ActivityEntry>> {
    Ok(store::all(tx, &news_query(tx, Span::Between(seq - 1, seq))).await?.pop())
}

/// Returns all entries after this seq that the caller can see, the oldest first.
pub async fn after(tx: &OrgTx, seq: i64) -> Result<Vec<ActivityEntry>> {
    let query = ActivityQuery { rows: i64::MAX, ..news_query(tx, Span::After(seq)) };
    store::all(tx, &query).await
}

/// Returns the place of the organization's newest entry.
pub async fn last_mark(tx: &OrgTx) -> Result<Mark> {
    store::last_mark(tx).await
}

/// Returns the place of the newest entry up to a time; `None` if there is none.
pub async fn mark_until(tx: &OrgTx, time: Time) -> Result<Option<Mark>> {
    store::mark_until(tx, time).await
}

/// Returns a place that a client named, with the entry's id. `None` if it isn't in this history: the seq is beyond its end,
/// or another entry has it.
pub async fn known_mark(tx: &OrgTx, place: Mark) -> Result<Option<Mark>> {
    Ok(store::mark_at(tx, place.seq).await?.filter(|found| found.is_at(place)))
}

/// The actor of an activity entry: the user or system that made the change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivityActor")]
pub struct Actor {
    /// How the change was made.
    pub kind: ActorKind,
    /// The user's id; `null` for the system.
    pub id: Option<UserId>,
    /// The user's current name; `Guildhall` for the system.
    pub name: String,
    /// The id of the API token with which the user made the change; absent for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<TokenId>,
    /// What the user calls that token; absent if that is no longer known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_name: Option<String>,
}

impl Actor {
    /// Returns who is named in a sentence: `Ann`, or `Helper for Ann` with a token that she calls Helper.
    fn told(&self) -> String {
        match &self.token_name {
            Some(token) => format!("{token} for {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// How an actor made a change: a `user` in a session, a user with an API `token`, or the `system` itself.
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
#[schemars(rename = "ActivityActorKind", extend("x-extensible-enum" = true))]
pub enum ActorKind {
    User,
    Token,
    System,
}

crate::db::text_column!(ActorKind, into_str);

/// The subject of an activity entry: the object that was changed.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivitySubject")]
pub struct SubjectView {
    /// The kind of object.
    pub kind: Kind,
    /// The object's id; that of the user for a member.
    pub id: Uuid,
    /// What the subject is called now: a task's key, for a comment that of its task; a project's, column's, label's, member's or organization's name; an invitation's
    /// address. A purged project has its key left. Empty if that is no longer known.
    pub label: String,
}

/// An entry in an organization's activity, which describes one change.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Activity")]
pub struct ActivityEntry {
    /// The entry's number. An organization's entries are numbered in the order of the changes, without gaps.
    #[schemars(range(min = 1, max = EXACT))]
    pub seq: i64,
    /// The entry's id.
    pub id: EntryId,
    /// The time of the change.
    pub at: Time,
    /// The user or system that made the change.
    pub actor: Actor,
    /// The kind of change.
    pub action: Action,
    /// The object that was changed.
    pub subject: SubjectView,
    /// The id of the project that the subject is or belongs to; `null` for other subjects.
    pub project_id: Option<ProjectId>,
    /// The changed fields, each as `{from, to}`. People, labels and columns are given as `{id, name}`, linked tasks as `{id, key}`,
    /// long texts as `{digest, length}`. The titles and names of purged tasks, projects, columns and labels are `null`, and so are
    /// the project that a task was moved from and its key there, if the caller can't see that project.
    pub changes: Map<String, Value>,
    /// The change as an English sentence, such as "David moved WEB-142 from To do to In progress".
    pub summary: String,
    /// The seq of the first entry of the request whose changes this one took back; `null` if it took back none.
    pub undoes: Option<i64>,
    /// Whether the entry came with an archive. Nothing on this server confirms what it says.
    pub imported: bool,
}
