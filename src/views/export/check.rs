//! The rules of the API, checked on each row of an archive: what breaks them couldn't have come about through requests,
//! and requests on it might fail. Each check returns its row with the ids that it gets here.

use std::collections::{HashMap, HashSet};

use super::{
    links::Links,
    rows::{
        Assignee, Column, Comment, Insider, Invitation, Key, Label, Link, Member, Organization, Person,
        Project, Reaction, Task, TaskLabel, TaskNumber,
    },
};
use crate::{
    access::{Public, Role},
    base::{
        clock::Time,
        emoji::Emoji,
        id::{ColumnId, CommentId, InvitationId, LabelId, LinkId, OrgId, ProjectId, TaskId, TokenId, UserId},
        json::EXACT,
        limits::Limits,
        text::{CommentBody, Email, Name, Title},
        words::caseless,
    },
    workspace::{
        comments::{MENTIONS, REACTIONS, mention},
        invitations::ADDRESS_ERASED,
        labels::LABELS,
        links::Kind,
        position::{self, is_position},
        projects::{
            self, Visibility,
            columns::{FIRST, TaskLimit},
        },
        status::Status,
        tasks::{ASSIGNEES, DEPTH},
    },
};

/// How far the clock of the server that wrote the archive may be ahead: a day, in milliseconds.
const AHEAD: i64 = 24 * 60 * 60 * 1000;

pub(super) type Verdict<T = ()> = Result<T, String>;

/// Returns an error with this message unless the rule holds.
pub(super) fn demand(holds: bool, why: &str) -> Verdict {
    if holds { Ok(()) } else { Err(why.into()) }
}

/// Somebody who occurs in the archive.
pub(super) struct Somebody {
    /// Their account here, or the placeholder.
    pub(super) user: UserId,
    is_placeholder: bool,
    has_address: bool,
    /// The role, and whether the membership is active; `None` if they never were a member.
    pub(super) member: Option<(Role, bool)>,
}

/// Whether something is in the trash, or purged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Live,
    Deleted,
    Purged,
}

impl Stage {
    fn of(deleted_at: Option<Time>, purged_at: Option<Time>) -> Verdict<Self> {
        match (deleted_at, purged_at) {
            (None, None) => Ok(Self::Live),
            (Some(_), None) => Ok(Self::Deleted),
            (Some(_), Some(_)) => Ok(Self::Purged),
            (None, Some(_)) => Err("what is purged is deleted".into()),
        }
    }
}

struct KnownProject {
    id: ProjectId,
    key: String,
    has_key: bool,
    keys: i64,
    last_number: i64,
    is_private: bool,
    stage: Stage,
    insiders: HashSet<UserId>,
    deletion_told: bool,
}

struct KnownColumn {
    id: ColumnId,
    project: ProjectId,
    status: Status,
    stage: Stage,
}

#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
struct KnownTask {
    id: TaskId,
    project: ProjectId,
    /// The projects that it has or had a number in.
    projects: HashSet<ProjectId>,
    number: i64,
    has_number: bool,
    parent: Option<TaskId>,
    is_of_template: bool,
    is_closed: bool,
    stage: Stage,
    assignees: usize,
    labels: usize,
    comments: i64,
    deletion_told: bool,
}

struct KnownLabel {
    id: LabelId,
    stage: Stage,
}

struct KnownComment {
    id: CommentId,
    task: TaskId,
    parent: Option<CommentId>,
    is_deleted: bool,
    reactions: HashSet<Emoji>,
}

/// What the rows so far say: their ids and the facts that later rows are checked against.
pub(super) struct Known {
    latest: Time,
    limits: Limits,
    org: (OrgId, OrgId),
    /// The account that the operator named as the owner.
    owner: Option<UserId>,
    match_people: bool,
    /// Whether somebody is owner now.
    is_owned: bool,
    pub(super) people: HashMap<UserId, Somebody>,
    addresses: HashSet<String>,
    pub(super) invitations: HashMap<InvitationId, InvitationId>,
    projects: HashMap<ProjectId, KnownProject>,
    keys: HashSet<String>,
    columns: HashMap<ColumnId, KnownColumn>,
    /// The first columns of the projects of an archive that has no columns.
    first_columns: HashMap<(ProjectId, Status), ColumnId>,
    tasks: HashMap<TaskId, KnownTask>,
    numbers: HashSet<(ProjectId, i64)>,
    assignees: HashSet<(TaskId, UserId)>,
    labels: HashMap<LabelId, KnownLabel>,
    /// The names of live labels in their caseless form.
    label_names: HashSet<String>,
    labelled: HashSet<(TaskId, LabelId)>,
    link_ids: HashSet<LinkId>,
    links: Links,
    comments: HashMap<CommentId, KnownComment>,
    reactions: HashSet<(CommentId, Emoji, UserId)>,
    /// Comments that only the ledger tells of, because they were deleted.
    former_comments: HashMap<CommentId, CommentId>,
    pub(super) tokens: HashMap<TokenId, TokenId>,
    pub(super) seq: i64,
    pub(super) live_projects: i64,
    pub(super) live_tasks: i64,
}

impl Known {
    pub(super) fn new(
        public: &Public,
        org: (OrgId, OrgId),
        owner: Option<UserId>,
        match_people: bool,
    ) -> Self {
        Self {
            latest: Time::from_millis(public.now().millis().saturating_add(AHEAD)),
            limits: public.limits(),
            org,
            owner,
            match_people,
            is_owned: false,
            people: HashMap::new(),
            addresses: HashSet::new(),
            invitations: HashMap::new(),
            projects: HashMap::new(),
            keys: HashSet::new(),
            columns: HashMap::new(),
            first_columns: HashMap::new(),
            tasks: HashMap::new(),
            numbers: HashSet::new(),
            assignees: HashSet::new(),
            labels: HashMap::new(),
            label_names: HashSet::new(),
            labelled: HashSet::new(),
            link_ids: HashSet::new(),
            links: Links::default(),
            comments: HashMap::new(),
            reactions: HashSet::new(),
            former_comments: HashMap::new(),
            tokens: HashMap::new(),
            seq: 0,
            live_projects: 0,
            live_tasks: 0,
        }
    }

    /// Checks times of the past.
    pub(super) fn past(&self, times: &[Option<Time>]) -> Verdict {
        let possible = |time: &Time| (Time::from_millis(0)..=self.latest).contains(time);
        demand(times.iter().flatten().all(possible), "a time is in the future, or before 1970")
    }

    fn versioned(&self, version: i64, times: &[Option<Time>]) -> Verdict {
        demand((1..=EXACT).contains(&version), "the version is out of range")?;
        self.past(times)
    }

    pub(super) fn organization(&self, row: &Organization) -> Verdict {
        self.versioned(row.version, &[Some(row.created_at), Some(row.updated_at)])
    }

    /// Checks a person, who is a placeholder unless an account matches. Returns their address.
    pub(super) fn person(&mut self, row: &Person, new: UserId) -> Verdict<Option<Email>> {
        let has_address = row.email.is_some();
        let somebody = Somebody { user: new, is_placeholder: true, has_address, member: None };
        demand(self.people.insert(row.id, somebody).is_none(), "the id is there twice")?;
        let email = row.email.as_deref().map(str::parse::<Email>).transpose();
        let email = email.map_err(|_| "the email is no address".to_owned())?;
        if let Some(email) = &email {
            let first = self.addresses.insert(email.canonical().to_owned());
            demand(first, "somebody above has the same address")?;
        }
        Ok(email)
    }

    /// Notes that a person's account is this one.
    pub(super) fn matches(&mut self, old: UserId, account: UserId) {
        if let Some(somebody) = self.people.get_mut(&old) {
            (somebody.user, somebody.is_placeholder) = (account, false);
        }
    }

    pub(super) fn user(&self, old: UserId) -> Verdict<UserId> {
        let somebody = self.people.get(&old);
        somebody.map(|somebody| somebody.user).ok_or_else(|| format!("the person {old} isn't in the archive"))
    }

    /// Returns the account of somebody who is or was a member.
    pub(super) fn member_ever(&self, old: UserId) -> Verdict<UserId> {
        let member = self.people.get(&old).filter(|somebody| somebody.member.is_some());
        member.map(|member| member.user).ok_or_else(|| format!("the member {old} isn't in the archive"))
    }

    fn active(&self, old: UserId) -> Verdict<UserId> {
        let active = |member: &&Somebody| matches!(member.member, Some((_, true)));
        let member = self.people.get(&old).filter(active);
        member.map(|member| member.user).ok_or_else(|| format!("{old} isn't a member"))
    }

    /// Checks a membership. An account that the operator named becomes the only owner. Otherwise the archive's owners stay
    /// owners: all of them as placeholders or, where people are matched, those with an account. Other owners become admins.
    pub(super) fn member(&mut self, row: &Member) -> Verdict<Member> {
        self.versioned(row.version, &[Some(row.joined_at), row.ended_at])?;
        let owner = self.owner;
        let found = self.people.get_mut(&row.user_id);
        let somebody = found.ok_or_else(|| format!("the person {} isn't in the archive", row.user_id))?;
        demand(somebody.member.is_none(), "the membership is there twice")?;
        let stays = owner.is_none() && !(self.match_people && somebody.is_placeholder);
        let role = match row.role {
            _ if Some(somebody.user) == owner => Role::Owner,
            Role::Owner if !stays => Role::Admin,
            role => role,
        };
        self.is_owned |= role == Role::Owner && row.ended_at.is_none();
        somebody.member = Some((row.role, row.ended_at.is_none()));
        Ok(Member { user_id: somebody.user, role, ..row.clone() })
    }

    /// Checks the memberships as a whole. Returns the named owner unless they are among the members.
    pub(super) fn members(&self) -> Verdict<Option<UserId>> {
        let active = |somebody: &&Somebody| matches!(somebody.member, Some((_, true)));
        let owns = |somebody: &Somebody| somebody.member == Some((Role::Owner, true));
        demand(self.people.values().any(owns), "members.ndjson: nobody is owner")?;
        let strays = self.people.values().filter(|somebody| somebody.has_address);
        demand(
            strays.clone().all(|somebody| active(&somebody)),
            "people.ndjson: only members have an address",
        )?;
        let is_there = |owner: &UserId| self.people.values().any(|somebody| somebody.user == *owner);
        let newcomer = self.owner.filter(|owner| !is_there(owner));
        demand(
            self.is_owned || newcomer.is_some(),
            "members.ndjson: no owner has an account here with a verified address: name an owner",
        )?;
        let count = self.people.values().filter(active).count() + usize::from(newcomer.is_some());
        demand(is_within(count, self.limits.members), "members.ndjson: there are too many members")?;
        Ok(newcomer)
    }

    /// Checks an invitation. Returns it with its address, of which the canonical form is empty if it was erased.
    pub(super) fn invitation(&mut self, row: Invitation, new: InvitationId) -> Verdict<(Invitation, String)> {
        demand(self.invitations.insert(row.id, new).is_none(), "the id is there twice")?;
        self.past(&[Some(row.created_at)])?;
        let lasts =
            row.expires_at > row.created_at && row.expires_at.millis() <= self.latest.millis() + 30 * AHEAD;
        demand(lasts, "the time of expiry is out of range")?;
        let canonical = match row.email.as_str() {
            ADDRESS_ERASED => String::new(),
            email => {
                let email: Result<Email, _> = email.parse();
                email.map_err(|_| "the email is no address".to_owned())?.canonical().to_owned()
            }
        };
        let invited_by = self.member_ever(row.invited_by)?;
        Ok((Invitation { id: new, invited_by, ..row }, canonical))
    }

    pub(super) fn project(&mut self, row: Project, new: ProjectId) -> Verdict<Project> {
        self.versioned(row.version, &[Some(row.created_at), Some(row.updated_at), row.archived_at])?;
        self.past(&[row.deleted_at, row.purged_at])?;
        demand((0..=EXACT).contains(&row.numbers), "numbers is out of range")?;
        let stage = Stage::of(row.deleted_at, row.purged_at)?;
        let name = match row.purged_at {
            // Earlier versions kept the name of a purged project.
            Some(_) => String::new(),
            None => Name::kept(&row.name).map_err(|_| "there is no name".to_owned())?.to_string(),
        };
        let emptied = row.purged_at.is_none() || row.description.as_str().is_empty();
        demand(emptied, "a purged project has no description")?;
        self.live_projects += i64::from(row.deleted_at.is_none());
        demand(self.live_projects <= self.limits.projects, "there are too many projects")?;
        let known = KnownProject {
            id: new,
            key: row.key.to_string(),
            has_key: false,
            keys: 0,
            last_number: row.numbers,
            is_private: row.visibility == Visibility::Private,
            stage,
            insiders: HashSet::new(),
            deletion_told: false,
        };
        let created_by = self.member_ever(row.created_by)?;
        demand(self.projects.insert(row.id, known).is_none(), "the id is there twice")?;
        Ok(Project { id: new, name, created_by, ..row })
    }

    fn known_project(&mut self, old: ProjectId) -> Verdict<&mut KnownProject> {
        self.projects.get_mut(&old).ok_or_else(|| format!("the project {old} isn't in the archive"))
    }

    pub(super) fn project_id(&self, old: ProjectId) -> Verdict<ProjectId> {
        let known = self.projects.get(&old);
        known.map(|project| project.id).ok_or_else(|| format!("the project {old} isn't in the archive"))
    }

    pub(super) fn key(&mut self, row: Key) -> Verdict<Key> {
        demand(self.keys.insert(row.key.to_string()), "the key is there twice")?;
        let project = self.known_project(row.project_id)?;
        project.has_key |= project.key == row.key.as_str();
        project.keys += 1;
        demand(project.keys <= projects::KEYS, "the project has too many keys")?;
        Ok(Key { project_id: project.id, ..row })
    }

    pub(super) fn insider(&mut self, row: &Insider) -> Verdict<Insider> {
        self.past(&[Some(row.added_at)])?;
        let user_id = self.active(row.user_id)?;
        let project = self.known_project(row.project_id)?;
        demand(project.stage != Stage::Purged, "a purged project has no members")?;
        demand(project.insiders.insert(row.user_id), "the member is there twice")?;
        Ok(Insider { project_id: project.id, user_id, added_at: row.added_at })
    }

    /// Checks the keys as a whole.
    pub(super) fn keys(&self) -> Verdict {
        let missing = self.projects.values().find(|project| !project.has_key);
        missing.map_or(Ok(()), |project| Err(format!("project_keys.ndjson lacks the key {}", project.key)))
    }

    pub(super) fn column(&mut self, row: Column, new: ColumnId) -> Verdict<Column> {
        self.versioned(
            row.version,
            &[Some(row.created_at), Some(row.updated_at), row.deleted_at, row.purged_at],
        )?;
        demand(is_position(&row.position), "the position is wrong")?;
        demand(
            row.task_limit.is_none_or(|limit| TaskLimit::new(limit).is_some()),
            "task_limit is out of range",
        )?;
        let stage = Stage::of(row.deleted_at, row.purged_at)?;
        let project = self.known_project(row.project_id)?;
        let (project_id, project_stage) = (project.id, project.stage);
        demand(
            stage == Stage::Purged || project_stage != Stage::Purged,
            "the columns of a purged project are purged",
        )?;
        let name = match stage {
            Stage::Purged => {
                demand(row.name.is_empty(), "a purged column has no name")?;
                String::new()
            }
            Stage::Live | Stage::Deleted => {
                Name::kept(&row.name).map_err(|_| "there is no name".to_owned())?.to_string()
            }
        };
        let known = KnownColumn { id: new, project: row.project_id, status: row.status, stage };
        demand(self.columns.insert(row.id, known).is_none(), "the id is there twice")?;
        Ok(Column { id: new, project_id, name, ..row })
    }

    /// Makes the columns of new projects for those of an archive that has no columns.
    pub(super) fn first_columns(&mut self, public: &Public) -> Vec<Column> {
        if !self.columns.is_empty() {
            return Vec::new();
        }
        let positions = position::spread(None, None, FIRST.len()).unwrap_or_default();
        let mut columns = Vec::new();
        for (old, project) in &self.projects {
            let purged_at = (project.stage == Stage::Purged).then(|| public.now());
            for ((status, name, color), position) in FIRST.iter().zip(&positions) {
                let id = public.id();
                self.first_columns.insert((*old, *status), id);
                columns.push(Column {
                    id,
                    project_id: project.id,
                    name: if purged_at.is_none() { (*name).to_owned() } else { String::new() },
                    status: *status,
                    color: color.parse().unwrap_or_default(),
                    task_limit: None,
                    position: position.clone(),
                    version: 1,
                    created_at: public.now(),
                    updated_at: public.now(),
                    deleted_at: purged_at,
                    purged_at,
                });
            }
        }
        columns
    }

    /// Checks the columns as a whole.
    pub(super) fn columns(&self) -> Verdict {
        let mut statuses: HashMap<ProjectId, (HashSet<Status>, usize)> = HashMap::new();
        for column in self.columns.values().filter(|column| column.stage == Stage::Live) {
            let (statuses, count) = statuses.entry(column.project).or_default();
            statuses.insert(column.status);
            *count += 1;
        }
        for (old, project) in &self.projects {
            if project.stage == Stage::Purged || !self.first_columns.is_empty() {
                continue;
            }
            let found = statuses.get(old);
            let is_whole = found.is_some_and(|(statuses, _)| statuses.len() == FIRST.len());
            demand(is_whole, "columns.ndjson: a project has no column for a status")?;
            let count = found.map_or(0, |(_, count)| *count);
            demand(is_within(count, self.limits.columns), "columns.ndjson: a project has too many columns")?;
        }
        Ok(())
    }

    pub(super) fn column_id(&self, old: ColumnId) -> Verdict<ColumnId> {
        let known = self.columns.get(&old);
        known.map(|column| column.id).ok_or_else(|| format!("the column {old} isn't in the archive"))
    }

    /// Returns the archive's id of a column's project.
    pub(super) fn project_of_column(&self, old: ColumnId) -> Option<ProjectId> {
        self.columns.get(&old).map(|column| column.project)
    }

    /// Returns whether this column was purged.
    pub(super) fn is_purged_column(&self, column: ColumnId) -> bool {
        self.columns.get(&column).is_some_and(|column| column.stage == Stage::Purged)
    }

    /// Checks the column of a task.
    fn column_of(&self, row: &Task) -> Verdict<ColumnId> {
        let Some(id) = row.column_id else {
            let first = self.first_columns.get(&(row.project_id, row.status));
            return first.copied().ok_or_else(|| "the task is in no column".into());
        };
        let column = self.columns.get(&id).ok_or_else(|| format!("the column {id} isn't in the archive"))?;
        let is_right = (column.project, column.status) == (row.project_id, row.status);
        demand(is_right, "the column is in another project, or has another status than the task")?;
        let project = self.projects.get(&row.project_id);
        let is_there = column.stage == Stage::Live || project.is_none_or(|one| one.stage == Stage::Purged);
        demand(is_there, "the column is deleted")?;
        Ok(column.id)
    }

    /// Checks a task. Returns it without its parent, which may come later.
    pub(super) fn task(&mut self, row: Task, new: TaskId) -> Verdict<Task> {
        self.versioned(row.version, &[Some(row.created_at), Some(row.updated_at), row.completed_at])?;
        self.past(&[row.deleted_at, row.purged_at])?;
        demand(is_position(&row.position), "the position is wrong")?;
        demand(row.due_at.is_none() || row.due_on.is_none(), "a task is due at a time or on a day")?;
        let starts_in_time = row.start_on.zip(row.due_on).is_none_or(|(start, due)| start <= due);
        demand(starts_in_time, "a task starts before it is due")?;
        demand(row.completed_at.is_some() == (row.status == Status::Done), "what is done has its time")?;
        let stage = Stage::of(row.deleted_at, row.purged_at)?;
        let title = match row.purged_at {
            Some(_) => {
                let empty = row.title.is_empty() && row.description.as_str().is_empty();
                demand(empty, "a purged task has no text")?;
                String::new()
            }
            None => Title::kept(&row.title).map_err(|_| "there is no title".to_owned())?.as_str().to_owned(),
        };
        let created_by = self.member_ever(row.created_by)?;
        self.project_id(row.project_id)?;
        let column_id = Some(self.column_of(&row)?);
        let project = self.known_project(row.project_id)?;
        let in_range = (1..=project.last_number).contains(&row.number);
        demand(in_range, "the project hasn't given out the number")?;
        let (project_id, is_live) = (project.id, stage == Stage::Live && project.stage == Stage::Live);
        self.live_tasks += i64::from(is_live);
        demand(self.live_tasks <= self.limits.tasks, "there are too many tasks")?;
        let known = KnownTask {
            id: new,
            project: row.project_id,
            projects: HashSet::new(),
            number: row.number,
            has_number: false,
            parent: row.parent_id,
            is_of_template: row.is_template,
            is_closed: !row.status.is_open(),
            stage,
            assignees: 0,
            labels: 0,
            comments: 0,
            deletion_told: false,
        };
        demand(self.tasks.insert(row.id, known).is_none(), "the id is there twice")?;
        Ok(Task { id: new, project_id, title, created_by, parent_id: None, column_id, ..row })
    }

    fn known_task(&mut self, old: TaskId) -> Verdict<&mut KnownTask> {
        self.tasks.get_mut(&old).ok_or_else(|| format!("the task {old} isn't in the archive"))
    }

    pub(super) fn task_id(&self, old: TaskId) -> Verdict<TaskId> {
        let known = self.tasks.get(&old);
        known.map(|task| task.id).ok_or_else(|| format!("the task {old} isn't in the archive"))
    }

    /// Returns whether a task is or was in this project, by the archive's ids.
    pub(super) fn was_in(&self, task: TaskId, project: Option<ProjectId>) -> bool {
        let task = self.tasks.get(&task);
        task.zip(project).is_some_and(|(task, project)| task.projects.contains(&project))
    }

    /// Returns whether this task, or else this project, was purged.
    pub(super) fn is_purged(&self, project: Option<ProjectId>, task: Option<TaskId>) -> bool {
        let stage = match task {
            Some(task) => self.tasks.get(&task).map(|task| task.stage),
            None => project.and_then(|project| self.projects.get(&project)).map(|project| project.stage),
        };
        stage == Some(Stage::Purged)
    }

    /// Checks the parents of all tasks. Returns each task that has one, with it.
    pub(super) fn parents(&self) -> Verdict<Vec<(TaskId, TaskId)>> {
        let mut parents = Vec::new();
        for task in self.tasks.values() {
            let Some(parent) = task.parent else { continue };
            let above = self.task_id(parent).map_err(|why| format!("tasks.ndjson: {why}"))?;
            parents.push((task.id, above));
            let line = std::iter::successors(self.tasks.get(&parent), |task| self.tasks.get(&task.parent?));
            // A circle counts as too deep.
            let above: Vec<&KnownTask> = line.take(DEPTH + 1).collect();
            demand(
                above.len() <= DEPTH && above.iter().all(|above| above.project == task.project),
                "tasks.ndjson: a parent is below its task, too deep, or in another project",
            )?;
            let is_shown = |task: &KnownTask| task.stage == Stage::Live;
            let is_like = |above: &&KnownTask| above.is_of_template == task.is_of_template;
            let is_marked =
                !is_shown(task) || above.first().filter(|above| is_shown(above)).is_none_or(is_like);
            demand(is_marked, "tasks.ndjson: a subtask of a template is of it, and no other is")?;
        }
        Ok(parents)
    }

    pub(super) fn number(&mut self, row: &TaskNumber) -> Verdict<TaskNumber> {
        let project = self.known_project(row.project_id)?;
        let in_range = (1..=project.last_number).contains(&row.number);
        demand(in_range, "the project hasn't given out the number")?;
        let project_id = project.id;
        demand(self.numbers.insert((row.project_id, row.number)), "the number is there twice")?;
        let task = self.known_task(row.task_id)?;
        task.projects.insert(row.project_id);
        task.has_number |= (task.project, task.number) == (row.project_id, row.number);
        Ok(TaskNumber { project_id, task_id: task.id, number: row.number })
    }

    /// Checks the numbers as a whole.
    pub(super) fn numbers(&self) -> Verdict {
        let numbered = self.tasks.values().all(|task| task.has_number);
        demand(numbered, "task_numbers.ndjson: the number of a task is missing")
    }

    /// Checks an assignment. The assignees of an open task see its project. Those of a closed or deleted task may
    /// have left since.
    pub(super) fn assignee(&mut self, row: &Assignee) -> Verdict<Assignee> {
        self.past(&[Some(row.assigned_at)])?;
        let user_id = self.member_ever(row.user_id)?;
        demand(self.assignees.insert((row.task_id, row.user_id)), "the assignee is there twice")?;
        let member = self.people.get(&row.user_id).and_then(|somebody| somebody.member);
        let task = self.known_task(row.task_id)?;
        task.assignees += 1;
        demand(task.stage != Stage::Purged, "a purged task has no assignees")?;
        demand(task.assignees <= ASSIGNEES, "the task has too many assignees")?;
        let (task_id, project, lenient) =
            (task.id, task.project, task.is_closed || task.stage != Stage::Live);
        let project = self.known_project(project)?;
        let sees = match member {
            Some((Role::Owner | Role::Admin, true)) => true,
            Some((Role::Member, true)) => !project.is_private || project.insiders.contains(&row.user_id),
            Some((_, false)) | None => false,
        };
        demand(sees || lenient || project.stage != Stage::Live, "the assignee doesn't see the project")?;
        Ok(Assignee { task_id, user_id, assigned_at: row.assigned_at })
    }

    pub(super) fn label(&mut self, row: Label, new: LabelId) -> Verdict<Label> {
        self.versioned(
            row.version,
            &[Some(row.created_at), Some(row.updated_at), row.deleted_at, row.purged_at],
        )?;
        let stage = Stage::of(row.deleted_at, row.purged_at)?;
        let name = match stage {
            Stage::Purged => {
                demand(
                    row.name.is_empty() && row.description.as_str().is_empty(),
                    "a purged label has no text",
                )?;
                String::new()
            }
            Stage::Live | Stage::Deleted => {
                Name::kept(&row.name).map_err(|_| "there is no name".to_owned())?.to_string()
            }
        };
        if stage == Stage::Live {
            demand(self.label_names.insert(caseless(&name)), "a label above has the same name")?;
            demand(is_within(self.label_names.len(), self.limits.labels), "there are too many labels")?;
        }
        demand(self.labels.insert(row.id, KnownLabel { id: new, stage }).is_none(), "the id is there twice")?;
        Ok(Label { id: new, name, ..row })
    }

    pub(super) fn label_id(&self, old: LabelId) -> Verdict<LabelId> {
        let known = self.labels.get(&old);
        known.map(|label| label.id).ok_or_else(|| format!("the label {old} isn't in the archive"))
    }

    /// Returns whether this label was purged.
    pub(super) fn is_purged_label(&self, label: LabelId) -> bool {
        self.labels.get(&label).is_some_and(|label| label.stage == Stage::Purged)
    }

    pub(super) fn task_label(&mut self, row: &TaskLabel) -> Verdict<TaskLabel> {
        let label_id = self.label_id(row.label_id)?;
        let stage = self.labels.get(&row.label_id).map(|label| label.stage);
        demand(stage != Some(Stage::Purged), "a purged label is on no task")?;
        demand(self.labelled.insert((row.task_id, row.label_id)), "the label is there twice")?;
        let task = self.known_task(row.task_id)?;
        demand(task.stage != Stage::Purged, "a purged task has no labels")?;
        task.labels += usize::from(stage == Some(Stage::Live));
        demand(task.labels <= LABELS, "the task has too many labels")?;
        Ok(TaskLabel { task_id: task.id, label_id })
    }

    /// Checks a link, which is seen from that one of its tasks that blocks or duplicates the other.
    pub(super) fn link(&mut self, row: &Link, new: LinkId) -> Verdict<Link> {
        self.past(&[Some(row.created_at)])?;
        let created_by = self.member_ever(row.created_by)?;
        let is_first = matches!(row.kind, Kind::Blocks | Kind::Duplicates | Kind::RelatesTo);
        demand(is_first, "the link is seen from its other task")?;
        demand(row.task_id != row.other_id, "a task isn't linked to itself")?;
        demand(self.link_ids.insert(row.id), "the id is there twice")?;
        demand(self.links.add(row.kind, row.task_id, row.other_id), "the link is there twice")?;
        for task in [row.task_id, row.other_id] {
            let stage = self.known_task(task)?.stage;
            demand(stage != Stage::Purged, "a purged task has no links")?;
            demand(is_within(self.links.of(task), self.limits.links), "the task has too many links")?;
        }
        let (task_id, other_id) = (self.task_id(row.task_id)?, self.task_id(row.other_id)?);
        Ok(Link { id: new, task_id, other_id, created_by, ..row.clone() })
    }

    /// Checks the links as a whole.
    pub(super) fn links(&self) -> Verdict {
        let is_circle = [Kind::Blocks, Kind::Duplicates].into_iter().any(|kind| self.links.has_circle(kind));
        demand(!is_circle, "task_links.ndjson: the links go round in a circle")
    }

    /// Checks a comment. Returns it without its parent, which may come later, and with the project of its task.
    pub(super) fn comment(&mut self, row: &Comment, new: CommentId) -> Verdict<(ProjectId, Comment)> {
        self.versioned(row.version, &[Some(row.created_at), Some(row.updated_at), row.edited_at])?;
        self.past(&[row.resolved_at, row.deleted_at])?;
        let author_id = self.member_ever(row.author_id)?;
        demand(row.resolved_at.is_none() || row.parent_id.is_none(), "a reply isn't resolved by itself")?;
        let is_deleted = row.deleted_at.is_some();
        let body = if is_deleted {
            demand(row.body.is_empty(), "a deleted comment has no text")?;
            String::new()
        } else {
            let kept = row.body.parse::<CommentBody>().is_ok_and(|kept| kept.as_str() == row.body);
            demand(kept, "the text is none of a comment")?;
            demand(mention::mentioned(&row.body).len() <= MENTIONS, "the text mentions too many people")?;
            mention::replaced(&row.body, |user| self.member_ever(user))?
        };
        let most = self.limits.comments;
        let task = self.known_task(row.task_id)?;
        demand(task.stage != Stage::Purged, "a purged task has no comments")?;
        task.comments += i64::from(!is_deleted);
        demand(task.comments <= most, "the task has too many comments")?;
        let (task_id, project) = (task.id, task.project);
        let known = KnownComment {
            id: new,
            task: row.task_id,
            parent: row.parent_id,
            is_deleted,
            reactions: HashSet::new(),
        };
        demand(self.comments.insert(row.id, known).is_none(), "the id is there twice")?;
        let project = self.project_id(project)?;
        Ok((project, Comment { id: new, task_id, author_id, body, parent_id: None, ..row.clone() }))
    }

    /// Checks the threads of all comments. Returns each reply with what it replies to.
    pub(super) fn threads(&self) -> Verdict<Vec<(CommentId, CommentId)>> {
        let mut parents = Vec::new();
        let mut places: HashSet<CommentId> =
            self.comments.values().filter(|comment| comment.is_deleted).map(|comment| comment.id).collect();
        for comment in self.comments.values() {
            let Some(parent) = comment.parent else { continue };
            let above = self.comments.get(&parent).filter(|above| above.task == comment.task);
            let above = above.filter(|above| above.parent.is_none());
            let above =
                above.ok_or("comments.ndjson: a reply isn't to the first comment of a thread on its task")?;
            demand(!comment.is_deleted, "comments.ndjson: a deleted reply keeps no place")?;
            places.remove(&above.id);
            parents.push((comment.id, above.id));
        }
        demand(places.is_empty(), "comments.ndjson: a deleted comment without replies keeps no place")?;
        Ok(parents)
    }

    pub(super) fn reaction(&mut self, row: Reaction) -> Verdict<Reaction> {
        self.past(&[Some(row.reacted_at)])?;
        let user_id = self.member_ever(row.user_id)?;
        let first = self.reactions.insert((row.comment_id, row.emoji.clone(), row.user_id));
        demand(first, "the reaction is there twice")?;
        let comment = self.comments.get_mut(&row.comment_id);
        let comment =
            comment.ok_or_else(|| format!("the comment {} isn't in the archive", row.comment_id))?;
        demand(!comment.is_deleted, "a deleted comment has no reactions")?;
        comment.reactions.insert(row.emoji.clone());
        demand(
            is_within(comment.reactions.len(), REACTIONS),
            "the comment has too many different reactions",
        )?;
        Ok(Reaction { comment_id: comment.id, user_id, ..row })
    }

    /// Returns the id of a comment on a task that the ledger tells of. It may have been deleted since.
    pub(super) fn comment_ever(
        &mut self,
        old: CommentId,
        task: TaskId,
        new: CommentId,
    ) -> Verdict<CommentId> {
        match self.comments.get(&old) {
            Some(comment) if comment.task == task => Ok(comment.id),
            Some(_) => Err("the comment is on another task".into()),
            None => Ok(*self.former_comments.entry(old).or_insert(new)),
        }
    }

    pub(super) const fn organization_id(&self) -> (OrgId, OrgId) {
        self.org
    }

    /// Notes that the ledger tells of a deletion.
    pub(super) fn told_deletion(&mut self, project: Option<ProjectId>, task: Option<TaskId>) {
        if let Some(task) = task.and_then(|task| self.tasks.get_mut(&task)) {
            task.deletion_told = true;
        } else if let Some(project) = project.and_then(|project| self.projects.get_mut(&project)) {
            project.deletion_told = true;
        }
    }

    /// Checks that the ledger isn't empty, and tells of every deletion that can be undone: the trash says who deleted what.
    pub(super) fn ledger(&self) -> Verdict {
        demand(self.seq > 0, "ledger.ndjson: the entry of the founding is missing")?;
        let projects = self.projects.values().map(|one| (one.stage, one.deletion_told));
        let tasks = self.tasks.values().map(|one| (one.stage, one.deletion_told));
        let told = projects.chain(tasks).all(|(stage, told)| told || stage != Stage::Deleted);
        demand(told, "ledger.ndjson: the entry of a deletion is missing")
    }
}

fn is_within(count: usize, most: i64) -> bool {
    i64::try_from(count).is_ok_and(|count| count <= most)
}
