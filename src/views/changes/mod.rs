//! Changes: what a client that keeps a copy needs to bring it up to date. The ledger says what was touched since, and each
//! thing is told as it is now to who sees it now, or as gone.
//!
//! A project is the unit of sight. When it comes into sight it is told whole; when it goes out of sight it is gone, and
//! its tasks with it.

pub(crate) mod http;
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
        id::{Id, ProjectId, TaskId, UserId},
    },
    effects::{
        ledger::{self, Action, Kind},
        retention,
    },
    workspace::{
        members::{self, MemberView},
        orgs::{self, OrgView},
        projects::{self, ProjectView, Visibility},
        tasks::{self, TaskView},
    },
};

/// An entry of the ledger, with what it changed.
struct Entry(store::Entry, Map<String, Value>);

impl Deref for Entry {
    type Target = store::Entry;
    fn deref(&self) -> &store::Entry {
        &self.0
    }
}

/// Something as it is now, or that it is gone.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    Organization(Changed<OrgView>),
    /// By the user's id.
    Member(Changed<MemberView>),
    /// Gone, its tasks are gone with it.
    Project(Changed<ProjectView>),
    Task(Changed<TaskView>),
}

/// What became of something.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Change")]
pub struct Changed<T> {
    pub id: Uuid,
    /// The entry of the ledger with which it came to this.
    pub seq: i64,
    /// Whether it is gone: deleted, or out of the caller's sight.
    pub deleted: bool,
    /// As the caller sees it; `null` when it is gone.
    pub object: Option<T>,
}

/// How far somebody's copy is: what the opaque `next` holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Place {
    /// Whose copy.
    user: UserId,
    /// Every entry up to this one is told.
    seq: i64,
    /// What is being told whole before the entries go on.
    whole: Option<Whole>,
}

/// Something told whole, page by page.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Whole {
    /// All that the caller sees, in this order; each kind by id, after this one.
    Organization,
    Members(UserId),
    Projects(ProjectId),
    Tasks(TaskId),
    /// The tasks of a project that came into sight, after this one.
    Project(ProjectId, Time, TaskId),
}

impl Place {
    /// All that there is, and then the entries after `seq`.
    const fn all(user: UserId, seq: i64) -> Self {
        Self { user, seq, whole: Some(Whole::Organization) }
    }

    const fn entries(user: UserId, seq: i64) -> Self {
        Self { user, seq, whole: None }
    }
}

/// One answer.
struct Reading<'a> {
    tx: &'a OrgTx,
    place: Place,
    touched: Touched,
    /// Whether what the client has is void.
    reset: bool,
    limit: usize,
}

/// What was touched, each with its last seq, and whether the caller saw it before.
#[derive(Default)]
struct Touched {
    organization: Option<i64>,
    members: HashMap<UserId, i64>,
    projects: HashMap<ProjectId, (i64, bool)>,
    tasks: HashMap<TaskId, (i64, bool)>,
}

impl Touched {
    fn count(&self) -> usize {
        usize::from(self.organization.is_some()) + self.members.len() + self.projects.len() + self.tasks.len()
    }

    fn project(&mut self, id: ProjectId, seq: i64, known: bool) {
        let before = self.projects.get(&id).is_some_and(|(_, known)| *known);
        self.projects.insert(id, (seq, known || before));
    }

    fn task(&mut self, id: TaskId, seq: i64, known: bool) {
        let before = self.tasks.get(&id).is_some_and(|(_, known)| *known);
        self.tasks.insert(id, (seq, known || before));
    }
}

/// Rounds of reading for one answer: entries that all touch the same thing don't fill it.
const ROUNDS: usize = 20;

impl<'a> Reading<'a> {
    fn new(tx: &'a OrgTx, place: Place, reset: bool, limit: usize) -> Self {
        Self { tx, place, touched: Touched::default(), reset, limit }
    }

    /// Reads until the answer is full or nothing is left; whether more may be left.
    async fn read(&mut self) -> Result<bool> {
        for _ in 0..ROUNDS {
            let room = self.limit.saturating_sub(self.touched.count());
            if room == 0 {
                break;
            }
            let more = match self.place.whole {
                Some(whole) => self.whole(whole, room).await?,
                None => self.entries(room).await?,
            };
            if !more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Goes on with what is told whole. Afterwards the entries go on.
    async fn whole(&mut self, whole: Whole, room: usize) -> Result<bool> {
        let (tx, seq) = (self.tx, self.place.seq);
        let rows = i64::try_from(room).unwrap_or(i64::MAX);
        let is_full = |found: usize| found == room;
        self.place.whole = match whole {
            Whole::Organization => {
                self.touched.organization = Some(seq);
                Some(Whole::Members(Id::new(Uuid::nil())))
            }
            Whole::Members(after) => {
                let found = store::members(tx, after, rows).await?;
                self.touched.members.extend(found.iter().map(|id| (*id, seq)));
                let last = found.last().filter(|_| is_full(found.len()));
                Some(last.map_or(Whole::Projects(Id::new(Uuid::nil())), |last| Whole::Members(*last)))
            }
            Whole::Projects(after) => {
                let found = store::projects(tx, after, rows).await?;
                self.touched.projects.extend(found.iter().map(|id| (*id, (seq, false))));
                let last = found.last().filter(|_| is_full(found.len()));
                Some(last.map_or(Whole::Tasks(Id::new(Uuid::nil())), |last| Whole::Projects(*last)))
            }
            Whole::Tasks(after) => {
                let found = store::tasks(tx, after, rows).await?;
                self.touched.tasks.extend(found.iter().map(|id| (*id, (seq, false))));
                found.last().filter(|_| is_full(found.len())).map(|last| Whole::Tasks(*last))
            }
            Whole::Project(project, time, after) => {
                let found = store::tasks_of(tx, project, time, after, rows).await?;
                self.touched.tasks.extend(found.iter().map(|(_, id)| (*id, (seq, false))));
                let last = found.last().filter(|_| is_full(found.len()));
                last.map(|(time, last)| Whole::Project(project, *time, *last))
            }
        };
        Ok(true)
    }

    /// Goes on with the entries, up to one that makes something be told whole.
    async fn entries(&mut self, room: usize) -> Result<bool> {
        let entries =
            store::entries(self.tx, self.place.seq, i64::try_from(room).unwrap_or(i64::MAX)).await?;
        let with_changes = |entry: store::Entry| entry.changes().map(|changes| Entry(entry, changes));
        let entries: Vec<Entry> = entries.into_iter().map(with_changes).collect::<Result<_>>()?;
        // What was purged since can't be told as gone.
        if entries.first().is_some_and(|entry| entry.at < self.tx.now() - retention::KEPT) {
            self.begin_again(ledger::last_seq(self.tx).await?);
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

    fn begin_again(&mut self, seq: i64) {
        self.reset = true;
        self.touched = Touched::default();
        self.place = Place::all(self.place.user, seq);
    }

    async fn touch(&mut self, entry: &Entry, seen: &Seen) -> Result<()> {
        match entry.kind {
            Kind::Invitation => {}
            Kind::Organization => {
                self.touched.organization = Some(entry.seq);
                // Settings decide what members can do with everything.
                if entry.changes_any(&["members_edit", "members_can_create_projects"]) {
                    self.place.whole = Some(Whole::Organization);
                }
            }
            Kind::Member if entry.subject == self.tx.user().uuid() => self.touch_oneself(entry).await?,
            Kind::Member => drop(self.touched.members.insert(Id::new(entry.subject), entry.seq)),
            Kind::Project => {
                let id = Id::new(entry.subject);
                self.touched.project(id, entry.seq, seen.knew(entry, self.tx.user()));
                if seen.sees(id) && entry.makes_whole(self.tx.user()) {
                    self.place.whole = Some(Whole::Project(id, Time::from_millis(0), Id::new(Uuid::nil())));
                }
            }
            Kind::Task => {
                let known = entry.project.is_some_and(|project| seen.sees(project));
                self.touched.task(Id::new(entry.subject), entry.seq, known);
            }
        }
        Ok(())
    }

    /// Who joins begins anew; with another role, everything can be done by other people, and seen by fewer.
    async fn touch_oneself(&mut self, entry: &Entry) -> Result<()> {
        match entry.action {
            Action::MemberJoined => {
                self.begin_again(entry.seq);
                return Ok(());
            }
            // They are back, so that they joined again behind this.
            Action::MemberLeft | Action::MemberRemoved => return Ok(()),
            _ => {}
        }
        self.touched.members.insert(self.tx.user(), entry.seq);
        if entry.side("role", "to") == Some(Role::Member.into_str()) {
            for project in store::lost_projects(self.tx, entry.seq).await? {
                self.touched.project(project, entry.seq, true);
            }
        }
        self.place.whole = Some(Whole::Organization);
        Ok(())
    }

    /// What was touched, as it is now. What goes out of sight without having been in it isn't told.
    async fn items(&mut self) -> Result<Vec<Change>> {
        let Touched { organization, members, projects, tasks } = mem::take(&mut self.touched);
        let mut items = Vec::new();
        if let (Some(seq), Some(org)) = (organization, orgs::store::find(self.tx).await?) {
            let (id, object) = (org.id.uuid(), Some(org.view(self.tx)));
            items.push(Change::Organization(Changed { id, seq, deleted: false, object }));
        }
        let found = members::seen(self.tx, members.keys().copied().collect()).await?;
        let found = found.into_iter().map(|member| (member.user.id, member));
        // Everybody sees who is a member.
        let members = members.into_iter().map(|(id, seq)| (id, (seq, true)));
        items.extend(changed(members, found.collect()).map(Change::Member));
        let found = projects::seen(self.tx, projects.keys().copied().collect()).await?;
        let found = found.into_iter().map(|project| (project.id, project));
        items.extend(changed(projects, found.collect()).map(Change::Project));
        let found = tasks::seen(self.tx, tasks.keys().copied().collect()).await?;
        let found = found.into_iter().map(|task| (task.id, task));
        items.extend(changed(tasks, found.collect()).map(Change::Task));
        Ok(items)
    }
}

/// What was touched in the order in which it was, with what of it is seen.
fn changed<K: 'static, T>(
    touched: impl IntoIterator<Item = (Id<K>, (i64, bool))>,
    mut found: HashMap<Id<K>, T>,
) -> impl Iterator<Item = Changed<T>> {
    let mut touched: Vec<_> = touched.into_iter().collect();
    touched.sort_unstable_by_key(|(id, (seq, _))| (*seq, *id));
    touched.into_iter().filter_map(move |(id, (seq, known))| {
        let object = found.remove(&id);
        let deleted = object.is_none();
        (known || !deleted).then_some(Changed { id: id.uuid(), seq, deleted, object })
    })
}

/// Which of the projects that entries are about the caller sees; and which of those that were deleted they saw.
struct Seen {
    now: Vec<ProjectId>,
    but_for_deletion: Vec<ProjectId>,
}

impl Seen {
    async fn of(tx: &OrgTx, entries: &[Entry]) -> Result<Self> {
        let mut projects: Vec<ProjectId> = entries.iter().filter_map(|entry| entry.project).collect();
        projects.sort_unstable();
        projects.dedup();
        let deleted = entries.iter().filter(|entry| entry.action == Action::ProjectDeleted);
        let deleted: Vec<ProjectId> = deleted.filter_map(|entry| entry.project).collect();
        Ok(Self {
            now: store::sight(tx, &projects).await?,
            but_for_deletion: store::audience(tx, &deleted).await?,
        })
    }

    fn sees(&self, project: ProjectId) -> bool {
        self.now.contains(&project)
    }

    /// Whether the caller saw a project until this entry, whatever they do now.
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
    /// One side of a field's change, as a text.
    fn side(&self, field: &str, side: &str) -> Option<&str> {
        self.1.get(field)?.get(side)?.as_str()
    }

    fn changes_any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.1.contains_key(*field))
    }

    /// Whether this is the person who was put in or taken out.
    fn is_about(&self, side: &str, user: UserId) -> bool {
        self.side("member", side).and_then(|id| id.parse().ok()) == Some(user)
    }

    /// Whether it brings a project into sight, or changes how its tasks are called or what can be done with them.
    fn makes_whole(&self, caller: UserId) -> bool {
        match self.action {
            Action::ProjectRestored | Action::ProjectArchived | Action::ProjectUnarchived => true,
            Action::ProjectUpdated => self.changes_any(&["visibility", "key"]),
            Action::ProjectMemberAdded => self.is_about("to", caller),
            _ => false,
        }
    }
}
