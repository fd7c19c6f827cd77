//! The import of an archive: creates a new organization with new ids and the old activity, in one transaction.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader, Read as _, Seek},
};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;
use zip::ZipArchive;

use super::{
    check,
    rows::{
        Assignee, Entry, FORMAT, Insider, Invitation, Key, Manifest, Member, Organization, Person, Project,
        Task, TaskNumber, VERSION,
    },
    store,
};
use crate::{
    access::{Public, SystemTx, Viewer},
    base::{
        clock::Time,
        error::{Error, Result},
        id::{Id, OrgId, UserId},
        json,
        text::{Email, Slug},
    },
    effects::{
        index::{self, Document, Words},
        ledger::{Action, ActorKind, Kind},
        retention,
    },
    identity::accounts,
    lifecycle::organization,
    workspace::invitations::{State, Token},
};

/// The result of an import.
#[derive(Debug)]
pub struct Imported {
    pub name: String,
    /// The archive's slug, or a similar one if that was taken.
    pub slug: Slug,
    /// The number of active members.
    pub members: usize,
    /// The number of accounts created. Their users set a password with `POST /v1/auth/password/forgot`.
    pub new_accounts: usize,
    /// The number of projects that aren't deleted.
    pub projects: usize,
    /// The number of tasks that aren't deleted.
    pub tasks: usize,
    /// The number of ledger entries in the archive.
    pub entries: usize,
}

/// The rows of an archive.
#[derive(Debug, Clone)]
pub(super) struct Contents {
    pub(super) organization: Organization,
    pub(super) people: Vec<Person>,
    pub(super) members: Vec<Member>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) projects: Vec<Project>,
    pub(super) keys: Vec<Key>,
    pub(super) insiders: Vec<Insider>,
    pub(super) tasks: Vec<Task>,
    pub(super) numbers: Vec<TaskNumber>,
    pub(super) assignees: Vec<Assignee>,
    pub(super) entries: Vec<Entry>,
}

/// The maximum unpacked size of one file of an archive, in bytes. Nothing is read beyond it.
const FILE_MOST: u64 = 4 * 1024 * 1024 * 1024;

/// Creates an organization from an archive.
pub async fn import(public: &Public, archive: impl std::io::Read + Seek) -> Result<Imported> {
    let contents = Contents::read(archive).map_err(Error::internal)?;
    let write = async move |tx: &SystemTx| put(tx, contents.clone()).await;
    public.write(write).await
}

impl Contents {
    fn read(archive: impl std::io::Read + Seek) -> Result<Self, String> {
        let mut zip = ZipArchive::new(archive).map_err(|e| format!("this is no archive: {e}"))?;
        let manifest = lines::<Manifest>(&mut zip, "manifest.json")?.pop().ok_or("manifest.json is empty")?;
        if manifest.format != FORMAT || manifest.version != VERSION {
            let (format, version) = (manifest.format, manifest.version);
            return Err(format!("this is version {version} of {format}; {FORMAT} {VERSION} can be read"));
        }
        let organization = lines(&mut zip, "organization.ndjson")?.pop();
        let contents = Self {
            organization: organization.ok_or("organization.ndjson is empty")?,
            people: lines(&mut zip, "people.ndjson")?,
            members: lines(&mut zip, "members.ndjson")?,
            invitations: lines(&mut zip, "invitations.ndjson")?,
            projects: lines(&mut zip, "projects.ndjson")?,
            keys: lines(&mut zip, "project_keys.ndjson")?,
            insiders: lines(&mut zip, "project_members.ndjson")?,
            tasks: lines(&mut zip, "tasks.ndjson")?,
            numbers: lines(&mut zip, "task_numbers.ndjson")?,
            assignees: lines(&mut zip, "task_assignees.ndjson")?,
            entries: lines(&mut zip, "ledger.ndjson")?,
        };
        check::check(&contents)?;
        Ok(contents)
    }

    /// Returns the deletion times of the deleted projects and tasks.
    fn deleted(&self) -> impl Iterator<Item = Time> {
        let projects = self.projects.iter().filter_map(|project| project.deleted_at);
        projects.chain(self.tasks.iter().filter_map(|task| task.deleted_at))
    }
}

/// Reads the rows of one of the archive's files.
fn lines<T: DeserializeOwned>(
    zip: &mut ZipArchive<impl std::io::Read + Seek>,
    name: &str,
) -> Result<Vec<T>, String> {
    let file = zip.by_name(name).map_err(|e| format!("{name}: {e}"))?;
    let lines = BufReader::new(file.take(FILE_MOST)).lines();
    let parsed = lines.zip(1..).map(|(line, number): (_, usize)| {
        let line = line.map_err(|e| format!("{name}: {e}"))?;
        json::read(line.as_bytes()).map_err(|e| format!("{name}, line {number}: {e}"))
    });
    parsed.collect()
}

/// The new id of each id in the archive.
#[derive(Default)]
struct Names(HashMap<Uuid, Uuid>);

impl Names {
    fn insert<T>(&mut self, old: Id<T>, new: Id<T>) -> Result<()> {
        match self.0.insert(old.uuid(), new.uuid()) {
            None => Ok(()),
            Some(_) => Err(Error::internal(format!("the archive has {old} twice"))),
        }
    }

    fn of<T>(&self, old: &mut Id<T>) -> Result<()> {
        *old = Id::new(self.any(old.uuid())?);
        Ok(())
    }

    fn any(&self, old: Uuid) -> Result<Uuid> {
        let new = self.0.get(&old).copied();
        new.ok_or_else(|| Error::internal(format!("the archive speaks of {old}, which isn't in it")))
    }

    fn maybe<T>(&self, old: Option<&mut Id<T>>) -> Result<()> {
        old.map_or(Ok(()), |old| self.of(old))
    }

    /// Replaces every known id within the changes of an entry. Other values stay as they are.
    fn within(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(new) = Uuid::try_parse(text).ok().and_then(|old| self.0.get(&old)) {
                    *text = new.to_string();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.within(value)),
            Value::Object(map) => map.values_mut().for_each(|value| self.within(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

async fn put(tx: &SystemTx, mut contents: Contents) -> Result<Imported> {
    let org: OrgId = tx.id();
    let mut names = Names::default();
    names.insert(contents.organization.id, org)?;
    let new_accounts = put_people(tx, &contents.people, &mut names).await?;
    name_the_rest(tx, &contents, &mut names)?;
    rename(&mut contents, &names)?;
    let slug = organization::free_slug(tx, &contents.organization.slug, org).await?;
    put_rows(&tx.peek(org), &contents, &slug).await?;
    retention::schedule_all(tx, org, contents.deleted()).await?;
    Ok(Imported {
        name: contents.organization.name.to_string(),
        slug,
        members: contents.members.iter().filter(|member| member.ended_at.is_none()).count(),
        new_accounts,
        projects: contents.projects.iter().filter(|project| project.deleted_at.is_none()).count(),
        tasks: contents.tasks.iter().filter(|task| task.deleted_at.is_none()).count(),
        entries: contents.entries.len(),
    })
}

/// Finds each person's account by e-mail address, or creates one. A person without an address becomes a deleted user,
/// of whom only the name is shown. Returns the number of accounts created for people with an address.
async fn put_people(tx: &SystemTx, people: &[Person], names: &mut Names) -> Result<usize> {
    let mut made = 0;
    for person in people {
        let email: Option<Email> = match &person.email {
            Some(email) => {
                Some(email.parse().map_err(|_| Error::internal(format!("{email} is no address")))?)
            }
            None => None,
        };
        let known = match &email {
            Some(email) => accounts::store::credential(tx, email.canonical()).await?,
            None => None,
        };
        let user: UserId = known.as_ref().map_or_else(|| tx.id(), |known| known.user);
        names.insert(person.id, user)?;
        if known.is_some() {
            continue;
        }
        store::insert_user(tx, user, &person.name, email.as_ref()).await?;
        if let Some(email) = &email {
            if !accounts::store::claim_email(tx, email, user).await? {
                let why = format!("{} has got an account meanwhile: import again", email.as_str());
                return Err(Error::internal(why));
            }
            made += 1;
        }
    }
    Ok(made)
}

/// Assigns new ids in the order of the old ones.
fn name_the_rest(tx: &SystemTx, contents: &Contents, names: &mut Names) -> Result<()> {
    for row in &contents.invitations {
        names.insert(row.id, tx.id())?;
    }
    for row in &contents.projects {
        names.insert(row.id, tx.id())?;
    }
    for row in &contents.tasks {
        names.insert(row.id, tx.id())?;
    }
    for row in &contents.entries {
        names.insert(row.id, tx.id())?;
        if let Some(token) = row.token_id {
            // Several entries may name the same API token.
            names.0.entry(token.uuid()).or_insert_with(|| tx.id::<crate::base::id::ApiToken>().uuid());
        }
    }
    Ok(())
}

/// Replaces every id with its new one. Fails for an id that isn't in the archive, since it could belong to
/// another organization.
fn rename(contents: &mut Contents, names: &Names) -> Result<()> {
    for row in &mut contents.members {
        names.of(&mut row.user_id)?;
    }
    for row in &mut contents.invitations {
        names.of(&mut row.id)?;
        names.of(&mut row.invited_by)?;
    }
    for row in &mut contents.projects {
        names.of(&mut row.id)?;
        names.of(&mut row.created_by)?;
    }
    for row in &mut contents.keys {
        names.of(&mut row.project_id)?;
    }
    for row in &mut contents.insiders {
        names.of(&mut row.project_id)?;
        names.of(&mut row.user_id)?;
    }
    for row in &mut contents.tasks {
        names.of(&mut row.id)?;
        names.of(&mut row.project_id)?;
        names.of(&mut row.created_by)?;
        names.maybe(row.parent_id.as_mut())?;
    }
    for row in &mut contents.numbers {
        names.of(&mut row.project_id)?;
        names.of(&mut row.task_id)?;
    }
    for row in &mut contents.assignees {
        names.of(&mut row.task_id)?;
        names.of(&mut row.user_id)?;
    }
    for row in &mut contents.entries {
        names.of(&mut row.id)?;
        names.maybe(row.actor_id.as_mut())?;
        names.maybe(row.token_id.as_mut())?;
        names.maybe(row.project_id.as_mut())?;
        names.maybe(row.task_id.as_mut())?;
        row.subject_id = names.any(row.subject_id)?;
        row.changes.values_mut().for_each(|value| names.within(value));
    }
    Ok(())
}

async fn put_rows(to: &Viewer, contents: &Contents, slug: &Slug) -> Result<()> {
    store::insert_organization(to, &contents.organization, slug).await?;
    for row in &contents.members {
        store::insert_member(to, row).await?;
    }
    for row in &contents.invitations {
        put_invitation(to, row).await?;
    }
    for row in &contents.projects {
        store::insert_project(to, row).await?;
        if row.purged_at.is_none() {
            put_words(to, Document::project(row.id), row.name.as_str(), row.description.as_str()).await?;
        }
    }
    for row in &contents.keys {
        store::insert_key(to, row).await?;
    }
    for row in &contents.insiders {
        store::insert_insider(to, row).await?;
    }
    for row in &contents.tasks {
        store::insert_task(to, row).await?;
        if row.deleted_at.is_none() {
            let document = Document::task(row.project_id, row.id);
            put_words(to, document, row.title.as_str(), row.description.as_str()).await?;
        }
    }
    for row in &contents.tasks {
        if let Some(parent) = row.parent_id {
            store::set_parent(to, row.id, parent).await?;
        }
    }
    for row in &contents.numbers {
        store::insert_number(to, row).await?;
    }
    for row in &contents.assignees {
        store::insert_assignee(to, row).await?;
    }
    for row in &contents.entries {
        store::insert_entry(to, row).await?;
    }
    put_ledger(to, contents).await
}

/// Adds a project or task to the search index.
async fn put_words(to: &Viewer, document: Document, name: &str, text: &str) -> Result<()> {
    index::put(to, document, &Words::default(), &Words::of(name, text)).await
}

/// Inserts an invitation. Archives don't contain invitation tokens, so a pending invitation can no longer be accepted
/// and becomes expired.
async fn put_invitation(to: &Viewer, row: &Invitation) -> Result<()> {
    let state = if row.state == State::Pending { State::Expired } else { row.state };
    let email: Option<Email> = row.email.parse().ok();
    let hash = Token::generate(to.org()).hash();
    let row = Invitation { state, ..row.clone() };
    store::insert_invitation(to, &row, email.as_ref().map_or("", Email::canonical), &hash).await
}

/// Appends the `organization.imported` entry and inserts the ledger's counters.
async fn put_ledger(to: &Viewer, contents: &Contents) -> Result<()> {
    let seq = contents.entries.last().map_or(0, |last| last.seq) + 1;
    let imported = Entry {
        seq,
        id: to.id(),
        at: to.now(),
        actor_kind: ActorKind::System,
        actor_id: None,
        token_id: None,
        action: Action::OrgImported,
        subject_kind: Kind::Organization,
        subject_id: to.org().uuid(),
        project_id: None,
        task_id: None,
        changes: Map::new(),
    };
    store::insert_entry(to, &imported).await?;
    store::insert_ledger(to, seq).await
}
