//! The import of an archive: creates a new organization with new ids and the old activity, in one transaction. Reads
//! the archive row by row, and checks each row before it is inserted.

use std::{
    cell::Cell,
    io::{Read, Seek},
};

use serde_json::{Map, json};

use super::{
    check::Known,
    entry,
    read::Archive,
    rows::{
        Assignee, Entry, FORMAT, Insider, Invitation, Key, Manifest, Member, Organization, Person, Project,
        Task, TaskNumber, VERSION,
    },
    store,
};
use crate::{
    access::{Public, Role, SystemTx, Viewer},
    base::{
        clock::Time,
        error::{Error, Result},
        id::{OrgId, UserId},
        text::{Email, Slug},
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
        counts,
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

/// Creates an organization from an archive. The owner and the matched members are told by mail.
pub async fn import(
    public: &Public,
    outbox: &Outbox,
    choices: Choices,
    archive: impl Read + Seek + Send + 'static,
) -> Result<Imported> {
    let archive = Cell::new(Some(Archive::open(archive).map_err(Error::internal)?));
    let outbox = outbox.clone();
    let write = async move |tx: &SystemTx| {
        let mut taken = archive.take().ok_or_else(|| Error::internal("an import is already running"))?;
        taken.rewind();
        let imported = Import::run(tx, &outbox, &choices, &mut taken).await;
        // A transaction may run again.
        archive.set(Some(taken));
        imported
    };
    public.write(write).await
}

/// A running import.
struct Import<'a> {
    tx: &'a SystemTx,
    to: Viewer,
    choices: &'a Choices,
    owner: Option<Credential>,
    known: Known,
    /// The accounts that members of the archive were matched to.
    matched: Vec<Credential>,
    placeholders: usize,
    /// The changes of roles: who, from and to.
    roles: Vec<(UserId, Role, Role)>,
    /// The deletion times of the deleted projects and tasks.
    deleted: Vec<Time>,
}

/// Checks and inserts each row of a file.
macro_rules! each {
    ($archive:expr, $file:literal, |$row:ident: $type:ty| $check:expr => |$checked:ident| $insert:expr) => {{
        let mut rows = $archive.rows($file).map_err(Error::internal)?;
        while let Some($row) = rows.next::<$type>().map_err(Error::internal)? {
            let $checked = $check.map_err(|why: String| Error::internal(rows.place(why)))?;
            $insert;
        }
    }};
}

impl Import<'_> {
    async fn run<R: Read + Seek>(
        tx: &SystemTx,
        outbox: &Outbox,
        choices: &Choices,
        archive: &mut Archive<R>,
    ) -> Result<Imported> {
        let manifest: Manifest = only(archive, "manifest.json")?;
        if manifest.format != FORMAT || manifest.version != VERSION {
            let (format, version) = (manifest.format, manifest.version);
            let why = format!(
                "manifest.json: this is version {version} of {format:?}; version {VERSION} of {FORMAT:?} can be read"
            );
            return Err(Error::internal(why));
        }
        let owner = match &choices.owner {
            Some(email) => Some(account_of(tx, email).await?),
            None => None,
        };
        let organization: Organization = only(archive, "organization.ndjson")?;
        let org: OrgId = tx.id();
        let mut import = Import {
            tx,
            to: tx.peek(org),
            choices,
            known: Known::new(
                tx,
                organization.id,
                org,
                owner.as_ref().map(|owner| owner.user),
                choices.match_people,
            ),
            owner,
            matched: Vec::new(),
            placeholders: 0,
            roles: Vec::new(),
            deleted: Vec::new(),
        };
        let checked = import.known.organization(&organization);
        checked.map_err(|why| Error::internal(format!("organization.ndjson: {why}")))?;
        let slug = organization::free_slug(tx, &organization.slug, org).await?;
        store::insert_organization(&import.to, &organization, &slug).await?;
        let members = import.put_people(archive).await?;
        import.put_invitations(archive).await?;
        import.put_projects(archive).await?;
        import.put_tasks(archive).await?;
        import.put_ledger(archive).await?;
        counts::recount(&import.to).await?;
        retention::schedule_all(tx, org, import.deleted.iter().copied()).await?;
        import.tell(outbox, organization.name.as_str()).await?;
        Ok(Imported {
            name: organization.name.to_string(),
            slug,
            members,
            matched: import.matched.len(),
            placeholders: import.placeholders,
            projects: import.known.live_projects,
            tasks: import.known.live_tasks,
            entries: import.known.seq,
        })
    }

    /// Finds or creates everybody in the archive, and their memberships. Returns the number of active members.
    async fn put_people<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<usize> {
        each!(archive, "people.ndjson", |row: Person| self.known.person(&row) => |email| {
            let (user, is_placeholder) = self.find_or_put(&row, email).await?;
            self.known.add_person(&row, user, is_placeholder);
        });
        let mut members = 0;
        each!(archive, "members.ndjson", |row: Member| self.known.member(&row) => |member| {
            if member.ended_at.is_none() && member.role != row.role {
                self.roles.push((member.user_id, row.role, member.role));
            }
            members += usize::from(member.ended_at.is_none());
            store::insert_member(&self.to, &member).await?;
        });
        if let Some(user_id) = self.known.members().map_err(Error::internal)? {
            members += 1;
            let joined_at = self.tx.now();
            let row = Member { user_id, role: Role::Owner, version: 1, joined_at, ended_at: None };
            store::insert_member(&self.to, &row).await?;
        }
        Ok(members)
    }

    /// Returns the account of a person if people are to be matched, else a new placeholder, and whether it is one. An
    /// account matches only if it has proved its address, and isn't disabled.
    async fn find_or_put(&mut self, row: &Person, email: Option<Email>) -> Result<(UserId, bool)> {
        if let Some(email) = email.filter(|_| self.choices.match_people) {
            let account = accounts::store::credential(self.tx, email.canonical()).await?;
            let proved = |account: &Credential| {
                let named = self.owner.as_ref().is_some_and(|owner| owner.user == account.user);
                account.disabled_at.is_none() && (account.email_verified_at.is_some() || named)
            };
            if let Some(account) = account.filter(proved) {
                let user = account.user;
                self.matched.push(account);
                return Ok((user, false));
            }
        }
        let user = self.tx.id();
        store::insert_placeholder(self.tx, user, &row.name).await?;
        self.placeholders += 1;
        Ok((user, true))
    }

    /// Inserts the invitations. Archives don't contain invitation tokens, so a pending invitation can no longer be
    /// accepted and becomes expired.
    async fn put_invitations<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(archive, "invitations.ndjson", |row: Invitation| self.known.invitation(row, self.tx.id()) => |checked| {
            let (row, canonical) = checked;
            let state = if row.state == State::Pending { State::Expired } else { row.state };
            let hash = Token::generate(self.to.org()).hash();
            store::insert_invitation(&self.to, &Invitation { state, ..row }, &canonical, &hash).await?;
            if !canonical.is_empty() {
                invitations::note_invited(self.tx, &canonical, self.to.org()).await?;
            }
        });
        Ok(())
    }

    async fn put_projects<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(archive, "projects.ndjson", |row: Project| self.known.project(row, self.tx.id()) => |row| {
            store::insert_project(&self.to, &row).await?;
            self.deleted.extend(row.deleted_at);
            if row.purged_at.is_none() {
                self.put_words(Document::project(row.id), &row.name, row.description.as_str()).await?;
            }
        });
        each!(archive, "project_keys.ndjson", |row: Key| self.known.key(row) => |row| {
            store::insert_key(&self.to, &row).await?;
        });
        self.known.keys().map_err(Error::internal)?;
        each!(archive, "project_members.ndjson", |row: Insider| self.known.insider(&row) => |row| {
            store::insert_insider(&self.to, &row).await?;
        });
        Ok(())
    }

    async fn put_tasks<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(archive, "tasks.ndjson", |row: Task| self.known.task(row, self.tx.id()) => |row| {
            store::insert_task(&self.to, &row).await?;
            self.deleted.extend(row.deleted_at);
            if row.deleted_at.is_none() {
                let document = Document::task(row.project_id, row.id);
                self.put_words(document, &row.title, row.description.as_str()).await?;
            }
        });
        for (task, parent) in self.known.parents().map_err(Error::internal)? {
            store::set_parent(&self.to, task, parent).await?;
        }
        each!(archive, "task_numbers.ndjson", |row: TaskNumber| self.known.number(&row) => |row| {
            store::insert_number(&self.to, &row).await?;
        });
        self.known.numbers().map_err(Error::internal)?;
        each!(archive, "task_assignees.ndjson", |row: Assignee| self.known.assignee(&row) => |row| {
            store::insert_assignee(&self.to, &row).await?;
        });
        Ok(())
    }

    /// Adds a project or task to the search index.
    async fn put_words(&self, document: Document, name: &str, text: &str) -> Result<()> {
        index::put(&self.to, document, &Words::default(), &Words::of(name, text)).await
    }

    /// Inserts the ledger, and appends what the import itself changed.
    async fn put_ledger<R: Read + Seek>(&mut self, archive: &mut Archive<R>) -> Result<()> {
        each!(archive, "ledger.ndjson", |row: Entry| entry::check(&mut self.known, row, self.tx) => |row| {
            store::insert_entry(&self.to, row).await?;
        });
        self.known.ledger().map_err(Error::internal)?;
        let mut seq = self.known.seq + 1;
        let org = self.to.org().uuid();
        store::insert_entry(&self.to, self.own_entry(seq, Action::OrgImported, org, Map::new())).await?;
        let is_matched = |owner: &&Credential| self.matched.iter().any(|matched| matched.user == owner.user);
        let newcomer = self.owner.as_ref().filter(|owner| !is_matched(owner));
        let joined = newcomer.map(|owner| (owner.user, None, Role::Owner));
        let revised = self.roles.iter().map(|(user, from, to)| (*user, Some(*from), *to));
        for (user, from, to) in revised.chain(joined) {
            seq += 1;
            let action = if from.is_some() { Action::MemberRoleChanged } else { Action::MemberJoined };
            let role = json!({ "from": from, "to": to });
            let changes = Map::from_iter([("role".to_owned(), role)]);
            store::insert_entry(&self.to, self.own_entry(seq, action, user.uuid(), changes)).await?;
        }
        store::insert_ledger(&self.to, seq, self.known.live_tasks).await
    }

    /// Returns an entry for what the import itself changed.
    fn own_entry(
        &self,
        seq: i64,
        action: Action,
        subject: uuid::Uuid,
        changes: Map<String, serde_json::Value>,
    ) -> Entry {
        Entry {
            seq,
            id: self.to.id(),
            at: self.to.now(),
            actor_kind: ActorKind::System,
            actor_id: None,
            token_id: None,
            action,
            subject_kind: action.subject(),
            subject_id: subject,
            project_id: None,
            task_id: None,
            changes,
        }
    }

    /// Tells the owner and the matched members by mail.
    async fn tell(&self, outbox: &Outbox, organization: &str) -> Result<()> {
        let is_owner =
            |matched: &&Credential| self.owner.as_ref().is_some_and(|owner| owner.user == matched.user);
        let others = self.matched.iter().filter(|matched| !is_owner(matched));
        for account in self.owner.iter().chain(others) {
            let message =
                Message::Imported { name: account.name.to_string(), organization: organization.to_owned() };
            outbox.put(self.tx, &account.email, message).await?;
        }
        Ok(())
    }
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
