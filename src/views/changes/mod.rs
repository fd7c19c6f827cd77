//! The changes feed, with which a client keeps a copy of an organization. The ledger tells which objects were touched;
//! each is sent as the caller sees it now, or as deleted. Visibility is decided per project: one that becomes visible
//! is sent with all its columns, tasks and their comments; one that becomes invisible is sent as deleted, which implies those.

pub mod everywhere;
pub(crate) mod http;
pub mod live;
mod store;

use std::{collections::HashMap, mem, ops::Deref};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    access::{OrgTx, Role},
    base::{
        clock::Time,
        error::Result,
        id::{self, ColumnId, CommentId, Id, LabelId, OrgId, ProjectId, TaskId, UserId},
        json::EXACT,
    },
    effects::{
        ledger::{Action, Kind, Mark},
        retention,
    },
    identity::accounts::User,
    workspace::{
        comments::{self, CommentView},
        labels::{self, LabelView},
        links,
        members::{self, MemberView},
        orgs::{self, OrgView},
        projects::{
            self, ProjectView, Visibility,
            columns::{self, ColumnView},
        },
        tasks::{self, TaskView},
    },
};

/// A ledger entry with its parsed field changes.
struct Entry(store::Entry, Map<String, Value>);

impl Deref for Entry {
    type Target = store::Entry;
    fn deref(&self) -> &store::Entry {
        &self.0
    }
}

/// An object that changed: its current state, or the fact that it is gone. Later versions may add kinds: skip a change whose
/// kind you don't know.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A change of the caller's own account, which is told where all organizations are; its `seq` is the account's version.
    User(Changed<User>),
    /// A change of the organization itself. If it is deleted, the caller isn't in it any more, or it is
    /// disabled.
    Organization(Changed<OrgView>),
    /// A change of a member, whose `id` is the user's.
    Member(Changed<MemberView>),
    /// A change of a label. If it is deleted, it is on no task any more.
    Label(Changed<LabelView>),
    /// A change of a project. If it is deleted, so are all its columns, its tasks and their comments; they aren't listed.
    Project(Changed<ProjectView>),
    /// A change of a column of a project's board.
    Column(Changed<ColumnView>),
    /// A change of a task. If it is deleted, so are its comments; they aren't listed.
    Task(Changed<TaskView>),
    /// A change of a comment on a task.
    Comment(Changed<CommentView>),
}

/// Does the same with a change, of whatever it is.
macro_rules! of_any {
    ($any:expr, $change:ident => $result:expr) => {
        match $any {
            Change::User($change) => $result,
            Change::Organization($change) => $result,
            Change::Member($change) => $result,
            Change::Label($change) => $result,
            Change::Project($change) => $result,
            Change::Column($change) => $result,
            Change::Task($change) => $result,
            Change::Comment($change) => $result,
        }
    };
}

impl Change {
    /// Returns the object's id.
    const fn id(&self) -> Uuid {
        of_any!(self, change => change.id)
    }

    /// Returns the change with the organization that the object is in.
    fn within(mut self, org: OrgId) -> Self {
        of_any!(&mut self, change => change.organization_id = Some(org));
        self
    }
}

/// The current state of an object that changed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "{T}Change")]
pub struct Changed<T> {
    /// The id of the organization that the object is in, where the changes of all organizations are told. Absent for the account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrgId>,
    /// The object's id.
    pub id: Uuid,
    /// The seq of the last activity entry that touched the object, or at which the snapshot that it is part of began.
    #[schemars(range(max = EXACT))]
    pub seq: i64,
    /// Whether the object is deleted or no longer visible to the caller.
    pub deleted: bool,
    /// The object as the caller sees it; `null` if `deleted`.
    pub object: Option<T>,
}

/// The state of a client's copy: the content of the opaque cursor `next`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    /// The user whose copy this is.
    user: UserId,
    /// The seq of the last ledger entry that was processed.
    seq: i64,
    /// The newest entry when this was sent: what the client has may be as new as that.
    newest: Mark,
    /// The snapshot being sent, page by page, before entries after `seq` are processed.
    whole: Option<Whole>,
}

/// The position within a snapshot.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Whole {
    /// A snapshot of everything that the caller sees: this variant and the next six, in this order. The latter
    /// hold the last id that was sent.
    Organization,
    Members(UserId),
    Labels(LabelId),
    Projects(ProjectId),
    Columns(ColumnId),
    Tasks(TaskId),
    Comments(CommentId),
    /// A snapshot of the tasks of a project that became visible, ordered by creation, then of the comments on them and of its
    /// columns; holds the last task that was sent.
    Project(ProjectId, Time, TaskId),
    /// The comments on the tasks of a project, ordered by the creation of the tasks, then what these are linked to; holds the
    /// last task and comment.
    ProjectComments(ProjectId, Time, TaskId, CommentId),
    /// The columns of a project, ordered by id; holds the last column that was sent.
    ProjectColumns(ProjectId, ColumnId),
    /// The subtasks of a task that was deleted or restored, ordered by id, then the comments on it; holds the last task that
    /// was sent.
    Subtasks(TaskId, TaskId),
    /// The tasks with a label that was changed or deleted, ordered by id; holds the last task that was sent.
    Labelled(LabelId, TaskId),
    /// The comments on a task that was restored or moved into another project, ordered by id, then the tasks that it is linked
    /// to; holds the last comment that was sent.
    TaskComments(TaskId, CommentId),
    /// The tasks that a task is linked to, ordered by id; holds the last one that was sent.
    Linked(TaskId, TaskId),
    /// The tasks of other projects that those of a project are linked to, ordered by the creation of the latter; holds the
    /// last of these and the last task that was sent.
    ProjectLinked(ProjectId, Time, TaskId, TaskId),
}

impl Whole {
    /// The beginning of the tasks that those of a project are linked to.
    const fn linked_to(project: ProjectId) -> Self {
        Self::ProjectLinked(project, Time::from_millis(0), Id::NIL, Id::NIL)
    }
}

impl Place {
    pub const fn user(&self) -> UserId {
        self.user
    }

    pub const fn seq(&self) -> i64 {
        self.seq
    }

    pub const fn newest(&self) -> Mark {
        self.newest
    }

    /// Returns whether a part of a snapshot is still to come.
    pub const fn is_amidst(&self) -> bool {
        self.whole.is_some()
    }

    /// A copy that needs a snapshot of everything, then the entries after `seq`.
    pub const fn all(user: UserId, seq: i64, newest: Mark) -> Self {
        Self { user, seq, newest, whole: Some(Whole::Organization) }
    }

    /// A copy that needs the entries after `seq`.
    pub const fn entries(user: UserId, seq: i64, newest: Mark) -> Self {
        Self { user, seq, newest, whole: None }
    }
}

/// The state of assembling one response.
struct Reading<'a> {
    tx: &'a OrgTx,
    place: Place,
    touched: Touched,
    /// Whether the client has to discard its copy.
    reset: bool,
    limit: usize,
}

/// The objects touched so far. The organization has the seq of its last entry.
#[derive(Default)]
struct Touched {
    organization: Option<i64>,
    members: Noted<id::User>,
    labels: Noted<id::Label>,
    projects: Noted<id::Project>,
    columns: Noted<id::Column>,
    tasks: Noted<id::Task>,
    comments: Noted<id::Comment>,
}

impl Touched {
    fn count(&self) -> usize {
        usize::from(self.organization.is_some())
            + self.members.len()
            + self.labels.len()
            + self.projects.len()
            + self.columns.len()
            + self.tasks.len()
            + self.comments.len()
    }
}

/// The objects of one kind touched so far: for each, the seq of its last entry, and whether the caller may already have it, so that
/// its disappearance has to be reported.
struct Noted<K>(HashMap<Id<K>, (i64, bool)>);

impl<K> Default for Noted<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: 'static> Noted<K> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn ids(&self) -> Vec<Id<K>> {
        self.0.keys().copied().collect()
    }

    /// Notes an object. What the caller may have stays so.
    fn note(&mut self, id: Id<K>, seq: i64, known: bool) {
        let (last, was_known) = self.0.get(&id).copied().unwrap_or_default();
        self.0.insert(id, (seq.max(last), known || was_known));
    }

    /// Notes the objects of a snapshot, which the caller needn't have.
    fn note_all(&mut self, ids: impl IntoIterator<Item = Id<K>>, seq: i64) {
        ids.into_iter().for_each(|id| self.note(id, seq, false));
    }

    /// Returns the objects in the order of their seqs, each as it was found. One that wasn't found is reported as deleted if
    /// the caller may have it, and left out otherwise.
    fn changes<T>(self, found: Vec<T>, id: impl Fn(&T) -> Id<K>) -> impl Iterator<Item = Changed<T>> {
        let mut found: HashMap<Id<K>, T> = found.into_iter().map(|object| (id(&object), object)).collect();
        let mut touched: Vec<_> = self.0.into_iter().collect();
        touched.sort_unstable_by_key(|(id, (seq, _))| (*seq, *id));
        touched.into_iter().filter_map(move |(id, (seq, known))| {
            let object = found.remove(&id);
            let deleted = object.is_none();
            (known || !deleted).then_some(Changed {
                organization_id: None,
                id: id.uuid(),
                seq,
                deleted,
                object,
            })
        })
    }
}

/// The maximum number of reads for one response. Without it, a long run of entries that touch the same few objects
/// would be read to its end, since they never fill the response.
const ROUNDS: usize = 20;

impl<'a> Reading<'a> {
    fn new(tx: &'a OrgTx, place: Place, reset: bool, limit: usize) -> Self {
        Self { tx, place, touched: Touched::default(), reset, limit }
    }

    /// Reads until the response is full, nothing is left, or entries were read as often as `batches`. Returns whether more may
    /// be left.
    async fn read(&mut self, mut batches: usize) -> Result<bool> {
        for _ in 0..ROUNDS {
            let room = self.limit.saturating_sub(self.touched.count());
            if room == 0 {
                break;
            }
            let more = match self.place.whole {
                Some(whole) => self.whole(whole, room).await?,
                None if batches == 0 => break,
                None => {
                    batches -= 1;
                    self.entries(room).await?
                }
            };
            if !more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the next rows of the snapshot, and moves the position forward.
    async fn whole(&mut self, whole: Whole, room: usize) -> Result<bool> {
        let (tx, seq) = (self.tx, self.place.seq);
        let rows = i64::try_from(room).unwrap_or(i64::MAX);
        self.place.whole = match whole {
            Whole::Organization => {
                self.touched.organization = Some(seq);
                Some(Whole::Members(Id::NIL))
            }
            Whole::Members(after) => {
                let found = store::members(tx, after, rows).await?;
                self.touched.members.note_all(found.iter().copied(), seq);
                Some(last(&found, room).map_or(Whole::Labels(Id::NIL), |last| Whole::Members(*last)))
            }
            Whole::Labels(after) => {
                let found = store::labels(tx, after, rows).await?;
                self.touched.labels.note_all(found.iter().copied(), seq);
                Some(last(&found, room).map_or(Whole::Projects(Id::NIL), |last| Whole::Labels(*last)))
            }
            Whole::Projects(after) => {
                let found = store::projects(tx, after, rows).await?;
                self.touched.projects.note_all(found.iter().copied(), seq);
                Some(last(&found, room).map_or(Whole::Columns(Id::NIL), |last| Whole::Projects(*last)))
            }
            Whole::Columns(after) => {
                let found = store::columns(tx, after, rows).await?;
                self.touched.columns.note_all(found.iter().copied(), seq);
                Some(last(&found, room).map_or(Whole::Tasks(Id::NIL), |last| Whole::Columns(*last)))
            }
            Whole::Tasks(after) => {
                let found = store::tasks(tx, after, rows).await?;
                self.touched.tasks.note_all(found.iter().copied(), seq);
                Some(last(&found, room).map_or(Whole::Comments(Id::NIL), |last| Whole::Tasks(*last)))
            }
            Whole::Comments(after) => {
                let found = store::comments(tx, after, rows).await?;
                self.touched.comments.note_all(found.iter().copied(), seq);
                last(&found, room).map(|last| Whole::Comments(*last))
            }
            Whole::Project(project, time, after) => {
                let found = store::tasks_of(tx, project, time, after, rows).await?;
                self.touched.tasks.note_all(found.iter().map(|(_, id)| *id), seq);
                Some(last(&found, room).map_or_else(
                    || Whole::ProjectComments(project, Time::from_millis(0), Id::NIL, Id::NIL),
                    |(time, last)| Whole::Project(project, *time, *last),
                ))
            }
            Whole::ProjectComments(project, time, task, after) => {
                let found = store::comments_of(tx, project, (time, task, after), rows).await?;
                self.touched.comments.note_all(found.iter().map(|(.., id)| *id), seq);
                Some(last(&found, room).map_or_else(
                    || Whole::linked_to(project),
                    |(time, task, last)| Whole::ProjectComments(project, *time, *task, *last),
                ))
            }
            Whole::ProjectLinked(project, time, task, after) => {
                let found = store::linked_to_project(tx, project, (time, task, after), rows).await?;
                self.touched.tasks.note_all(found.iter().map(|(.., id)| *id), seq);
                Some(
                    last(&found, room)
                        .map_or(Whole::ProjectColumns(project, Id::NIL), |(time, task, last)| {
                            Whole::ProjectLinked(project, *time, *task, *last)
                        }),
                )
            }
            Whole::ProjectColumns(project, after) => {
                let found = store::columns_of(tx, project, after, rows).await?;
                self.touched.columns.note_all(found.iter().copied(), seq);
                last(&found, room).map(|last| Whole::ProjectColumns(project, *last))
            }
            Whole::Subtasks(parent, after) => {
                let found = store::subtasks(tx, parent, after, rows).await?;
                self.touched.tasks.note_all(found.iter().copied(), seq);
                Some(
                    last(&found, room)
                        .map_or(Whole::TaskComments(parent, Id::NIL), |last| Whole::Subtasks(parent, *last)),
                )
            }
            Whole::TaskComments(task, after) => {
                let found = store::comments_on(tx, task, after, rows).await?;
                self.touched.comments.note_all(found.iter().copied(), seq);
                Some(
                    last(&found, room)
                        .map_or(Whole::Linked(task, Id::NIL), |last| Whole::TaskComments(task, *last)),
                )
            }
            Whole::Linked(task, after) => {
                let found = store::linked_to(tx, task, after, rows).await?;
                self.touched.tasks.note_all(found.iter().copied(), seq);
                last(&found, room).map(|last| Whole::Linked(task, *last))
            }
            Whole::Labelled(label, after) => {
                let found = store::labelled(tx, label, after, rows).await?;
                self.touched.tasks.note_all(found.iter().copied(), seq);
                last(&found, room).map(|last| Whole::Labelled(label, *last))
            }
        };
        Ok(true)
    }

    /// Processes the next entries, up to one that starts a snapshot. Returns whether more may follow.
    async fn entries(&mut self, room: usize) -> Result<bool> {
        let entries =
            store::entries(self.tx, self.place.seq, i64::try_from(room).unwrap_or(i64::MAX)).await?;
        let with_changes = |entry: store::Entry| entry.changes().map(|changes| Entry(entry, changes));
        let entries: Vec<Entry> = entries.into_iter().map(with_changes).collect::<Result<_>>()?;
        if let Some(first) = entries.first()
            && self.is_too_old(first).await?
        {
            self.begin_again(self.place.newest.seq);
            return Ok(true);
        }
        let seen = Seen::of(self.tx, &entries).await?;
        for entry in &entries {
            self.place.seq = entry.seq;
            self.touch(entry, &seen).await?;
            if self.place.whole.is_some() {
                return Ok(true);
            }
        }
        Ok(entries.len() == room)
    }

    /// Returns whether a copy whose next entry is this one has to start over. Objects purged since then are no longer in
    /// the database, so their deletion couldn't be reported; what happened before the caller joined isn't for them.
    async fn is_too_old(&self, entry: &Entry) -> Result<bool> {
        Ok(entry.at < self.tx.now() - retention::KEPT || store::joined_after(self.tx, entry.seq).await?)
    }

    fn begin_again(&mut self, seq: i64) {
        self.reset = true;
        self.touched = Touched::default();
        self.place = Place::all(self.place.user, seq, self.place.newest);
    }

    async fn touch(&mut self, entry: &Entry, seen: &Seen) -> Result<()> {
        match entry.kind {
            Kind::Invitation => {}
            Kind::Organization if entry.action == Action::OrgExported => {}
            Kind::Organization => {
                self.touched.organization = Some(entry.seq);
                // These settings decide what members may do with any object, so each one's `can` may change. A copy of all
                // organizations has nothing of a deleted or disabled one.
                if matches!(entry.action, Action::OrgRestored | Action::OrgEnabled)
                    || entry.changes_any(&["members_edit", "members_can_create_projects"])
                {
                    self.place.whole = Some(Whole::Organization);
                }
            }
            Kind::Member if entry.subject == self.tx.user().uuid() => self.touch_oneself(entry).await?,
            // Every member sees all the members and labels.
            Kind::Member => self.touched.members.note(Id::new(entry.subject), entry.seq, true),
            Kind::Label => {
                let id = Id::new(entry.subject);
                self.touched.labels.note(id, entry.seq, true);
                // Tasks show its name and color.
                if entry.action == Action::LabelDeleted || entry.changes_any(&["name", "color"]) {
                    self.place.whole = Some(Whole::Labelled(id, Id::NIL));
                }
            }
            Kind::Project => {
                let id = Id::new(entry.subject);
                let knew = seen.knew(entry, self.tx.user());
                self.touched.projects.note(id, entry.seq, knew);
                if seen.sees(id) && entry.action == Action::ProjectCreated {
                    self.place.whole = Some(Whole::ProjectColumns(id, Id::NIL));
                } else if seen.sees(id) && entry.makes_whole(self.tx.user()) {
                    self.place.whole = Some(Whole::Project(id, Time::from_millis(0), Id::NIL));
                } else if knew {
                    // They show no links to its tasks any more.
                    self.place.whole = Some(Whole::linked_to(id));
                }
            }
            // Of a link to a task that the caller doesn't see. They may have seen one that is gone.
            Kind::Task if entry.action == Action::LinkCreated && !seen.sees_linked(entry) => {}
            Kind::Column => {
                let known = entry.project.is_some_and(|project| seen.sees(project));
                self.touched.columns.note(Id::new(entry.subject), entry.seq, known);
            }
            Kind::Task => {
                let is_seen = |project: Option<ProjectId>| project.is_some_and(|project| seen.sees(project));
                let known = is_seen(entry.project) || is_seen(entry.left());
                let id = Id::new(entry.subject);
                self.touched.tasks.note(id, entry.seq, known);
                // They show the numbers of their subtasks. Where they are gone themselves, another entry tells.
                for parent in seen.parents_of(entry) {
                    self.touched.tasks.note(parent, entry.seq, false);
                }
                if matches!(entry.action, Action::TaskDeleted | Action::TaskRestored)
                    && seen.parents.contains(&id)
                {
                    // They show no parent while it is deleted.
                    self.place.whole = Some(Whole::Subtasks(id, Id::NIL));
                } else if entry.action == Action::TaskRestored || entry.left().is_some() {
                    self.place.whole = Some(Whole::TaskComments(id, Id::NIL));
                } else if (known || entry.action == Action::TaskDeleted) && seen.linked.contains(&id) {
                    // They show whether it blocks them, and did while the caller saw it.
                    self.place.whole = Some(Whole::Linked(id, Id::NIL));
                }
            }
            Kind::Comment => self.touch_comment(entry, seen),
        }
        Ok(())
    }

    /// Processes an entry about a comment. The task shows the number of its comments. With its last reply, the place of a
    /// deleted comment goes too.
    fn touch_comment(&mut self, entry: &Entry, seen: &Seen) {
        let known = entry.project.is_some_and(|project| seen.sees(project));
        self.touched.comments.note(Id::new(entry.subject), entry.seq, known);
        if matches!(entry.action, Action::CommentCreated | Action::CommentDeleted)
            && let Some(task) = entry.task
        {
            self.touched.tasks.note(task, entry.seq, known);
        }
        if let Some(parent) = entry.side("parent_id", "from").and_then(|id| id.parse().ok()) {
            self.touched.comments.note(parent, entry.seq, known);
        }
    }

    /// Processes an entry about the caller's own membership. Joining starts the copy over. A changed role sends
    /// everything again, since `can` depends on it, and reports projects that it hides as deleted.
    async fn touch_oneself(&mut self, entry: &Entry) -> Result<()> {
        match entry.action {
            Action::MemberJoined => {
                self.begin_again(entry.seq);
                return Ok(());
            }
            // The caller is a member now, so a later entry records that they joined again.
            Action::MemberLeft | Action::MemberRemoved => return Ok(()),
            _ => {}
        }
        self.touched.members.note(self.tx.user(), entry.seq, true);
        if entry.side("role", "to") == Some(Role::Member.into_str()) {
            for project in store::lost_projects(self.tx, entry.seq).await? {
                self.touched.projects.note(project, entry.seq, true);
            }
        }
        self.place.whole = Some(Whole::Organization);
        Ok(())
    }

    /// Returns the touched objects as they are now. An object that the caller neither sees now nor saw before is left
    /// out.
    async fn items(&mut self) -> Result<Vec<Change>> {
        let Touched { organization, members, labels, projects, columns, tasks, comments } =
            mem::take(&mut self.touched);
        let mut items = Vec::new();
        if let (Some(seq), Some(org)) = (organization, orgs::store::find(self.tx).await?) {
            let (id, object) = (org.id.uuid(), Some(org.view(self.tx)));
            items.push(Change::Organization(Changed {
                organization_id: None,
                id,
                seq,
                deleted: false,
                object,
            }));
        }
        let found = members::seen(self.tx, members.ids()).await?;
        items.extend(members.changes(found, |member| member.user.id).map(Change::Member));
        let found = labels::seen(self.tx, &labels.ids()).await?;
        items.extend(labels.changes(found, |label| label.id).map(Change::Label));
        let found = projects::seen(self.tx, projects.ids()).await?;
        items.extend(projects.changes(found, |project| project.id).map(Change::Project));
        let found = columns::seen(self.tx, &columns.ids()).await?;
        items.extend(columns.changes(found, |column| column.id).map(Change::Column));
        let found = tasks::seen(self.tx, tasks.ids()).await?;
        items.extend(tasks.changes(found, |task| task.id).map(Change::Task));
        let found = comments::seen(self.tx, &comments.ids()).await?;
        items.extend(comments.changes(found, |comment| comment.id).map(Change::Comment));
        Ok(items)
    }
}

/// Returns the last row of a full page, after which more may follow.
fn last<T>(page: &[T], rows: usize) -> Option<&T> {
    page.last().filter(|_| page.len() == rows)
}

/// Among the projects of some entries, those that the caller sees now, and the deleted ones that they would see if they
/// weren't deleted; those of the tasks deleted or restored that have subtasks; the parents of those that have one; those
/// deleted, restored, opened or closed that have links; and those that others were linked to and the caller sees.
struct Seen {
    now: Vec<ProjectId>,
    but_for_deletion: Vec<ProjectId>,
    parents: Vec<TaskId>,
    parent_of: HashMap<TaskId, TaskId>,
    linked: Vec<TaskId>,
    others: Vec<TaskId>,
}

impl Seen {
    async fn of(tx: &OrgTx, entries: &[Entry]) -> Result<Self> {
        let mut projects: Vec<ProjectId> =
            entries.iter().flat_map(|entry| [entry.project, entry.left()]).flatten().collect();
        projects.sort_unstable();
        projects.dedup();
        let deleted = entries.iter().filter(|entry| entry.action == Action::ProjectDeleted);
        let deleted: Vec<ProjectId> = deleted.filter_map(|entry| entry.project).collect();
        let moved =
            entries.iter().filter(|entry| matches!(entry.action, Action::TaskDeleted | Action::TaskRestored));
        let moved: Vec<TaskId> = moved.map(|entry| Id::new(entry.subject)).collect();
        let counted = entries.iter().filter(|entry| entry.is_counted());
        let counted: Vec<TaskId> = counted.map(|entry| Id::new(entry.subject)).collect();
        let linking = entries.iter().filter(|entry| entry.action == Action::LinkCreated);
        let others: Vec<TaskId> = linking.filter_map(|entry| entry.linked).collect();
        Ok(Self {
            now: store::sight(tx, &projects).await?,
            but_for_deletion: store::audience(tx, &deleted).await?,
            parents: store::parents(tx, &moved).await?,
            parent_of: store::parent_of(tx, &counted).await?.into_iter().collect(),
            linked: links::store::linked(tx, &counted).await?,
            others: store::tasks_seen(tx, &others).await?,
        })
    }

    fn sees(&self, project: ProjectId) -> bool {
        self.now.contains(&project)
    }

    /// Returns whether the caller sees the other task of a link that an entry is about.
    fn sees_linked(&self, entry: &Entry) -> bool {
        entry.linked.is_some_and(|task| self.others.contains(&task))
    }

    /// Returns the tasks above a task whose numbers of subtasks an entry may have changed: the parents that it names, or the
    /// task's present one, because a later entry names those that are former by now.
    fn parents_of(&self, entry: &Entry) -> impl Iterator<Item = TaskId> {
        let named = ["from", "to"].into_iter().filter_map(|side| entry.side("parent_id", side)?.parse().ok());
        let present = self.parent_of.get(&Id::new(entry.subject)).copied();
        named.chain(present.filter(|_| entry.is_counted()))
    }

    /// Returns whether the caller may have seen the project before this entry.
    fn knew(&self, entry: &Entry, caller: UserId) -> bool {
        match entry.action {
            Action::ProjectDeleted => {
                entry.project.is_some_and(|project| self.but_for_deletion.contains(&project))
            }
            Action::ProjectUpdated => entry.side("visibility", "to") == Some(Visibility::Private.into_str()),
            Action::ProjectMemberRemoved => entry.is_about("from", caller),
            _ => false,
        }
    }
}

impl Entry {
    /// Returns the `from` or `to` value of a changed field, if it is a string.
    fn side(&self, field: &str, side: &str) -> Option<&str> {
        self.1.get(field)?.get(side)?.as_str()
    }

    /// Returns the project that a task was moved from.
    fn left(&self) -> Option<ProjectId> {
        self.side("project", "from")?.parse().ok()
    }

    fn changes_any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.1.contains_key(*field))
    }

    /// Returns whether this user was added to (`to`) or removed from (`from`) the project.
    fn is_about(&self, side: &str, user: UserId) -> bool {
        self.side("member", side).and_then(|id| id.parse().ok()) == Some(user)
    }

    /// Returns whether the numbers of the parent's subtasks may have changed, without that the entry names it, and what the
    /// tasks show that this one is linked to.
    const fn is_counted(&self) -> bool {
        matches!(self.0.action, Action::TaskStatusChanged | Action::TaskDeleted | Action::TaskRestored)
    }

    /// Returns whether the project's tasks have to be sent again: because the project became visible, or because its
    /// tasks' keys or what may be done with them changed.
    fn makes_whole(&self, caller: UserId) -> bool {
        match self.action {
            Action::ProjectRestored | Action::ProjectArchived | Action::ProjectUnarchived => true,
            Action::ProjectUpdated => self.changes_any(&["visibility", "key"]),
            Action::ProjectMemberAdded => self.is_about("to", caller),
            _ => false,
        }
    }
}
