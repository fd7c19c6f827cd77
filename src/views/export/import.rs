//! The import of an archive: creates a new organization with new ids and the old activity. Reads the archive row by row:
//! first to check it, then to insert it.

use std::{
    collections::BTreeMap,
    io::{Read, Seek},
};

use serde_json::{Map, json};

use super::{
    check::{Known, Verdict},
    entry,
    read::Archive,
    rows::{
        Assignee, Column, Comment, Entry, FORMAT, Insider, Invitation, Key, Label, Link, Manifest, Member,
        Organization, Person, Project, Reaction, Task, TaskLabel, TaskNumber, VERSION,
    },
    store,
};
use crate::{
    access::{Public, Role, SystemTx, Viewer},
    base::{
        clock::{Stopwatch, Time},
        error::{Error, Result},
        id::{OrgId, ProjectId, UserId},
        pace::Pace,
        text::{Email, Name, Slug},
    },
    effects::{
        index::{self, Document, Words},
        ledger::{Action, ActorKind},
        mail::{Message, Outbox},
        retention,
    },
    identity::accounts::{self, store::Credential},
    lifecycle::organization,
    workspace::{
        comments, counts, deadlines,
        invitations::{self, State, Token},
    },
};

/// What the operator decides about an import.
#[derive(Debug, Clone)]
pub struct Choices {
    /// The address of the account that becomes the only owner. If absent, the archive's owners stay owners.
    pub owner: Option<Email>,
    /// Whether the archive's members are matched to accounts by their address. Otherwise all are placeholders.
    pub match_people: bool,
}

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    pub name: String,
    /// The archive's slug, or a similar one if that was taken.
    pub slug: Slug,
    /// The number of active members, with the owner and the placeholders.
    pub members: usize,
    /// The number of accounts that members of the archive were matched to.
    pub matched: usize,
    /// The number of placeholders, for former members too.
    pub placeholders: usize,
    /// The number of projects that aren't deleted.
    pub projects: i64,
    /// The number of tasks that aren't deleted, nor their project.
    pub tasks: i64,
    /// The number of ledger entries in the archive.
    pub entries: i64,
}

/// Creates an organization with this id from an archive. The owner and the matched members are told by mail.
///
/// The archive is checked as a whole before anything is written. It is then written in steps, so that nobody waits for it.
/// Until the last of them the organization has no slug and no members, and counts as deleted in 1970: if a step fails, the
/// purge removes what is there.
pub async fn import(
    public: &Public,
    outbox: &Outbox,
    choices: Choices,
    org: OrgId,
    archive: impl Read + Seek,
) -> Result<Imported> {
    let mut archive = Archive::open(archive).map_err(Error::internal)?;
    Import::begin(public, &choices, org, Pass::Check, &mut archive).await?.run(&mut archive).await?;
    archive.rewind();
    let mut import = Import::begin(public, &choices, org, Pass::Write, &mut archive).await?;
    import.run(&mut archive).await?;
    import.finish(outbox).await
}

/// What is done with the rows of the archive.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    Check,
    Write,
}

/// A running import.
struct Import<'a> {
    public: &'a Public,
    choices: &'a Choices,
    org: OrgId,
    pass: Pass,
    pace: Pace,
    organization: Organization,
    /// The rules of the organization's time zone.
    zone: jiff::tz::TimeZone,
    owner: Option<Credential>,
    known: Known,
    /// The accounts that members of the archive were matched to.
    matched: Vec<Credential>,
    placeholders: usize,
    /// The placeholders that aren't inserted yet.
    waiting: BTreeMap<UserId, Name>,
    /// The active members.
    members: Vec<UserId>,
    /// The changes of roles: who, from and to.
    roles: Vec<(UserId, Role, Role)>,
    /// The deletion times of the deleted projects and tasks.
    deleted: Vec<Time>,
}

/// Checks each row of a file, and puts the checked rows, some at a time.
macro_rules! each {
    ($import:ident, $archive:ident, $file:literal, |$row:ident: $type:ty| $check:expr, |$batch:ident| $put:expr) => {{
        let mut rows = $archive.rows($file).map_err(Error::internal)?;
        loop {
            let mut $batch = Vec::new();
            while $batch.len() < $import.pace.rows() {
                let Some($row) = rows.next::<$type>().map_err(Error::internal)? else { break };
                $batch.push($check.map_err(|why: String| Error::internal(rows.place(why)))?);
            }
            if $batch.is_empty() {
                break;
            }
            $put.await?;
        }
    }};
}

impl<'a> Import<'a> {
    async fn begin<R: Read + Seek>(
        public: &'a Public,
        choices: &'a Choices,
        org: OrgId,
        pass: Pass,
        archive: &mut Archive<R>,
    ) -> Result<Self> {
        let manifest: Manifest = only(archive, "manifest.json")?;
        if manifest.format != FORMAT || manifest.version != VERSION {
            let (format, version) = (manifest.format, manifest.version);
            let why = format!(
                "manifest.json: this is version {version} of {format:?}; version {VERSION} of {FORMAT:?} can be read"
            );
            return Err(Error::internal(why));
        }
        let owner = match choices.owner.clone() {
            Some(email) => Some(public.read(async move |tx: &SystemTx| account_of(tx, &email).await).await?),
            None => None,
        };
        let organization: Organization = only(archive, "organization.ndjson")?;
        let named = owner.as_ref().map(|owner| owner.user);
        Ok(Self {
            public,
            choices,
            org,
            pass,
            pace: Pace::new(),
            known: Known::new(public, (organization.id, org), named, choices.match_people),
            zone: organization.time_zone.rules(),
            organization,
            owner,
            matched: Vec::new(),
            placeholders: 0,
            waiting: BTreeMap::new(),
            members: Vec::new(),
            roles: Vec::new(),
            deleted: Vec::new(),
        })
    }

    async fn run<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        let checked = self.known.organization(&self.organization);
        checked.map_err(|why| Error::internal(format!("organization.ndjson: {why}")))?;
        self.put(vec![self.organization.clone()], store::insert_organization).await?;
        self.put_people(archive).await?;
        self.put_invitations(archive).await?;
        self.put_projects(archive).await?;
        self.put_columns(archive).await?;
        self.put_tasks(archive).await?;
        self.put_labels(archive).await?;
        self.put_links(archive).await?;
        self.put_comments(archive).await?;
        self.put_ledger(archive).await
    }

    /// Inserts rows, in a transaction of their own.
    async fn put<T, F>(&mut self, rows: Vec<T>, insert: F) -> Result<()>
    where
        T: Send + 'static,
        F: AsyncFn(&Viewer, &T) -> Result<()> + Send + 'static,
    {
        let insert_all = async move |to: &Viewer| {
            for row in &rows {
                insert(to, row).await?;
            }
            Ok(())
        };
        self.step(insert_all).await
    }

    /// Runs a step of the import, and rests.
    async fn step<F>(&mut self, step: F) -> Result<()>
    where
        F: AsyncFn(&Viewer) -> Result<()> + Send + 'static,
    {
        if self.pass == Pass::Check {
            return Ok(());
        }
        let (org, started) = (self.org, Stopwatch::start());
        let write = async move |tx: &SystemTx| {
            let started = Stopwatch::start();
            step(&tx.peek(org)).await?;
            Ok(started.elapsed())
        };
        let held = self.public.write(write).await?;
        self.pace.rest(held, started.elapsed()).await;
        Ok(())
    }

    /// Finds or creates the members, and inserts their memberships, which aren't active yet.
    async fn put_people<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "people.ndjson", |row: Person| self.person(row), |rows| self.find(rows));
        each!(self, archive, "members.ndjson", |row: Member| self.member(&row), |rows| {
            self.put(rows, put_member)
        });
        if let Some(user_id) = self.known.members().map_err(Error::internal)? {
            let joined_at = self.public.now();
            let row = Member { user_id, role: Role::Owner, version: 1, joined_at, ended_at: None };
            let row = self.admits_later(row);
            self.put(vec![(None, row)], put_member).await?;
        }
        Ok(())
    }

    fn person(&mut self, row: Person) -> Verdict<(Person, Option<Email>)> {
        let email = self.known.person(&row, self.public.id())?;
        Ok((row, email))
    }

    /// Checks a membership. Returns it, with the placeholder that has it and isn't inserted yet.
    fn member(&mut self, row: &Member) -> Verdict<(Option<(UserId, Name)>, Member)> {
        let member = self.known.member(row)?;
        if member.ended_at.is_none() && member.role != row.role {
            self.roles.push((member.user_id, row.role, member.role));
        }
        Ok((self.waiting.remove_entry(&member.user_id), self.admits_later(member)))
    }

    /// Returns a membership as it is inserted: an active one begins with the last step.
    fn admits_later(&mut self, row: Member) -> Member {
        if row.ended_at.is_some() {
            return row;
        }
        self.members.push(row.user_id);
        Member { ended_at: Some(self.public.now()), ..row }
    }

    /// Matches people to accounts, if they are to be matched. An account matches only if it has proved its address, and
    /// isn't disabled. Everybody else gets a placeholder.
    async fn find(&mut self, people: Vec<(Person, Option<Email>)>) -> Result<()> {
        let wanted: Vec<Option<Email>> =
            people.iter().map(|(_, email)| email.clone().filter(|_| self.choices.match_people)).collect();
        let look_up = async move |tx: &SystemTx| {
            let mut accounts = Vec::new();
            for email in &wanted {
                accounts.push(match email {
                    Some(email) => accounts::store::credential(tx, email.canonical()).await?,
                    None => None,
                });
            }
            Ok(accounts)
        };
        let accounts = self.public.read(look_up).await?;
        for ((person, _), account) in people.into_iter().zip(accounts) {
            let named =
                |account: &Credential| self.owner.as_ref().is_some_and(|owner| owner.user == account.user);
            let proved = |account: &Credential| account.email_verified_at.is_some() || named(account);
            if let Some(account) = account.filter(|account| account.disabled_at.is_none() && proved(account))
            {
                self.known.matches(person.id, account.user);
                self.matched.push(account);
            } else {
                let user = self.known.user(person.id).map_err(Error::internal)?;
                self.waiting.insert(user, person.name);
                self.placeholders += 1;
            }
        }
        Ok(())
    }

    /// Inserts the invitations. Archives don't contain invitation tokens, so a pending invitation can no longer be
    /// accepted and becomes expired.
    async fn put_invitations<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "invitations.ndjson", |row: Invitation| self.invitation(row), |rows| {
            self.put(rows, put_invitation)
        });
        Ok(())
    }

    fn invitation(&mut self, row: Invitation) -> Verdict<(Invitation, String)> {
        let (row, canonical) = self.known.invitation(row, self.public.id())?;
        let state = if row.state == State::Pending { State::Expired } else { row.state };
        Ok((Invitation { state, ..row }, canonical))
    }

    async fn put_projects<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "projects.ndjson", |row: Project| self.project(row), |rows| {
            self.put(rows, put_project)
        });
        each!(self, archive, "project_keys.ndjson", |row: Key| self.known.key(row), |rows| {
            self.put(rows, store::insert_key)
        });
        self.known.keys().map_err(Error::internal)?;
        each!(self, archive, "project_members.ndjson", |row: Insider| self.known.insider(&row), |rows| {
            self.put(rows, store::insert_insider)
        });
        Ok(())
    }

    /// Inserts the columns. The projects of an archive without any get those of a new project.
    async fn put_columns<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "columns.ndjson", |row: Column| self.column(row), |rows| {
            self.put(rows, store::insert_column)
        });
        for columns in self.known.first_columns(self.public).chunks(self.pace.rows()) {
            self.put(columns.to_vec(), store::insert_column).await?;
        }
        self.known.columns().map_err(Error::internal)
    }

    fn column(&mut self, row: Column) -> Verdict<Column> {
        self.deleted.extend(row.deleted_at);
        self.known.column(row, self.public.id())
    }

    async fn put_tasks<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "tasks.ndjson", |row: Task| self.task(row), |rows| { self.put(rows, put_task) });
        for parents in self.known.parents().map_err(Error::internal)?.chunks(self.pace.rows()) {
            self.put(parents.to_vec(), store::set_parent).await?;
        }
        each!(self, archive, "task_numbers.ndjson", |row: TaskNumber| self.known.number(&row), |rows| {
            self.put(rows, store::insert_number)
        });
        self.known.numbers().map_err(Error::internal)?;
        each!(self, archive, "task_assignees.ndjson", |row: Assignee| self.known.assignee(&row), |rows| {
            self.put(rows, store::insert_assignee)
        });
        Ok(())
    }

    async fn put_labels<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "labels.ndjson", |row: Label| self.label(row), |rows| {
            self.put(rows, store::insert_label)
        });
        each!(self, archive, "task_labels.ndjson", |row: TaskLabel| self.known.task_label(&row), |rows| {
            self.put(rows, store::insert_task_label)
        });
        Ok(())
    }

    async fn put_links<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "task_links.ndjson", |row: Link| self.link(&row), |rows| {
            self.put(rows, store::insert_link)
        });
        self.known.links().map_err(Error::internal)
    }

    fn link(&mut self, row: &Link) -> Verdict<Link> {
        self.known.link(row, self.public.id())
    }

    fn label(&mut self, row: Label) -> Verdict<Label> {
        self.deleted.extend(row.deleted_at);
        self.known.label(row, self.public.id())
    }

    async fn put_comments<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(self, archive, "comments.ndjson", |row: Comment| self.comment(&row), |rows| {
            self.put(rows, put_comment)
        });
        for parents in self.known.threads().map_err(Error::internal)?.chunks(self.pace.rows()) {
            self.put(parents.to_vec(), store::set_comment_parent).await?;
        }
        each!(self, archive, "comment_reactions.ndjson", |row: Reaction| self.known.reaction(row), |rows| {
            self.put(rows, store::insert_reaction)
        });
        Ok(())
    }

    /// Checks a comment. Returns it with the project of its task.
    fn comment(&mut self, row: &Comment) -> Verdict<(ProjectId, Comment)> {
        self.known.comment(row, self.public.id())
    }

    fn project(&mut self, row: Project) -> Verdict<Project> {
        self.deleted.extend(row.deleted_at);
        self.known.project(row, self.public.id())
    }

    fn task(&mut self, row: Task) -> Verdict<Task> {
        self.deleted.extend(row.deleted_at);
        let row = self.known.task(row, self.public.id())?;
        let end = row.due_on.map(|day| day.end(&self.zone)).transpose().map_err(|why| why.to_string())?;
        Ok(Task { due_at: end.or(row.due_at), ..row })
    }

    async fn put_ledger<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(
            self,
            archive,
            "ledger.ndjson",
            |row: Entry| entry::check(&mut self.known, row, self.public),
            |rows| { self.put(rows, store::insert_entry) }
        );
        self.known.ledger().map_err(Error::internal)
    }

    /// Counts the tasks, and gives the organization to its members in one last transaction. Adds what the import itself
    /// changed to the ledger.
    async fn finish(mut self, outbox: &Outbox) -> Result<Imported> {
        let own = self.own_entries();
        let (seq, tasks) = (own.last().map_or(self.known.seq, |entry| entry.seq), self.known.live_tasks);
        self.put(own, store::insert_entry).await?;
        self.put(vec![(seq, tasks)], store::insert_ledger).await?;
        let org = self.org;
        let all =
            self.public.read(async move |tx: &SystemTx| counts::comparable(&tx.peek(org)).await).await?;
        for one in all {
            self.step(async move |to: &Viewer| counts::correct(to, one).await).await?;
        }
        let told = self.told();
        let (outbox, deleted, members) = (outbox.clone(), self.deleted, self.members);
        let organization = self.organization.clone();
        // Those who were never members.
        let others: Vec<(UserId, Name)> = self.waiting.into_iter().collect();
        let active = members.len();
        let open = async move |tx: &SystemTx| {
            for account in &told {
                let email: Email =
                    account.email.parse().map_err(|_| Error::internal("an address is wrong"))?;
                let now = accounts::store::credential(tx, email.canonical()).await?;
                if now.is_none_or(|now| now.user != account.user || now.disabled_at.is_some()) {
                    return Err(Error::internal("an account changed during the import: try again"));
                }
            }
            let slug = organization::free_slug(tx, &organization.slug, org).await?;
            let to = tx.peek(org);
            for other in &others {
                store::insert_placeholder(&to, other).await?;
            }
            store::admit(&to, &members).await?;
            store::open_organization(&to, &slug).await?;
            deadlines::expect_all(&to).await?;
            retention::schedule_all(tx, org, deleted.iter().copied()).await?;
            for account in &told {
                let organization = organization.name.to_string();
                let message = Message::Imported { name: account.name.to_string(), organization };
                outbox.put(tx, &account.email, message).await?;
            }
            Ok(slug)
        };
        Ok(Imported {
            slug: self.public.write(open).await?,
            name: self.organization.name.to_string(),
            members: active,
            matched: self.matched.len(),
            placeholders: self.placeholders,
            projects: self.known.live_projects,
            tasks,
            entries: self.known.seq,
        })
    }

    /// Returns the entries for what the import itself changed.
    fn own_entries(&self) -> Vec<Entry> {
        let org = self.org.uuid();
        let is_matched = |owner: &&Credential| self.matched.iter().any(|matched| matched.user == owner.user);
        let newcomer = self.owner.as_ref().filter(|owner| !is_matched(owner));
        let joined = newcomer.map(|owner| (owner.user, None, Role::Owner));
        let revised = self.roles.iter().map(|(user, from, to)| (*user, Some(*from), *to));
        let roles = revised.chain(joined).map(|(user, from, to)| {
            let action = if from.is_some() { Action::MemberRoleChanged } else { Action::MemberJoined };
            let role = json!({ "from": from, "to": to });
            (action, user.uuid(), Map::from_iter([("role".to_owned(), role)]))
        });
        let all = std::iter::once((Action::OrgImported, org, Map::new())).chain(roles);
        let entries = all.zip(self.known.seq + 1..).map(|((action, subject_id, changes), seq)| Entry {
            seq,
            id: self.public.id(),
            at: self.public.now(),
            actor_kind: ActorKind::System,
            actor_id: None,
            token_id: None,
            action,
            subject_kind: action.subject(),
            subject_id,
            project_id: None,
            task_id: None,
            changes,
            undoes: None,
        });
        entries.collect()
    }

    /// Returns the accounts that are told by mail: the owner and the matched members.
    fn told(&self) -> Vec<Credential> {
        let is_owner =
            |matched: &&Credential| self.owner.as_ref().is_some_and(|owner| owner.user == matched.user);
        let others = self.matched.iter().filter(|matched| !is_owner(matched));
        self.owner.iter().chain(others).cloned().collect()
    }
}

async fn put_member(to: &Viewer, (placeholder, row): &(Option<(UserId, Name)>, Member)) -> Result<()> {
    if let Some(placeholder) = placeholder {
        store::insert_placeholder(to, placeholder).await?;
    }
    store::insert_member(to, row).await
}

async fn put_invitation(to: &Viewer, (row, canonical): &(Invitation, String)) -> Result<()> {
    store::insert_invitation(to, row, canonical, &Token::generate(to.org()).hash()).await?;
    if canonical.is_empty() {
        return Ok(());
    }
    invitations::note_invited(&to.as_user().directory(), canonical, to.org()).await
}

async fn put_project(to: &Viewer, row: &Project) -> Result<()> {
    store::insert_project(to, row).await?;
    if row.purged_at.is_some() {
        return Ok(());
    }
    put_words(to, Document::project(row.id), &row.name, row.description.as_str()).await
}

async fn put_task(to: &Viewer, row: &Task) -> Result<()> {
    store::insert_task(to, row).await?;
    if row.deleted_at.is_some() {
        return Ok(());
    }
    put_words(to, Document::task(row.project_id, row.id), &row.title, row.description.as_str()).await
}

async fn put_comment(to: &Viewer, (project, row): &(ProjectId, Comment)) -> Result<()> {
    store::insert_comment(to, row).await?;
    let document = Document::comment(*project, row.task_id, row.id);
    index::put(to, document, &Words::default(), &comments::words(&row.body)).await
}

/// Adds a project or task to the search index.
async fn put_words(to: &Viewer, document: Document, name: &str, text: &str) -> Result<()> {
    index::put(to, document, &Words::default(), &Words::of(name, text)).await
}

/// Returns the account that the operator named as the owner.
async fn account_of(tx: &SystemTx, email: &Email) -> Result<Credential> {
    let account = accounts::store::credential(tx, email.canonical()).await?;
    let nobody = || Error::internal(format!("{} has no account, which an owner needs", email.as_str()));
    account.filter(|account| account.disabled_at.is_none()).ok_or_else(nobody)
}

/// Reads a file that has one row.
fn only<T: serde::de::DeserializeOwned>(
    archive: &mut Archive<impl Read + Seek>,
    file: &'static str,
) -> Result<T> {
    let mut rows = archive.rows(file).map_err(Error::internal)?;
    let row = rows.next().map_err(Error::internal)?;
    let row = row.ok_or_else(|| Error::internal(format!("{file} is empty")))?;
    match rows.next::<T>().map_err(Error::internal)? {
        None => Ok(row),
        Some(_) => Err(Error::internal(rows.place("there is only one row"))),
    }
}
