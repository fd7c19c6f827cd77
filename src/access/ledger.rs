//! What a transaction adds to an organization's ledger: entries are kept until the transaction ends, and then written
//! together, with the organization's counters.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use futures_util::try_join;
use uuid::Uuid;

use super::{Credential, OrgWrite, SystemWrite, UserTx, Viewer, store};
use crate::{
    base::{
        clock::Time,
        error::{Code, Result},
        id::{EntryId, Id, NewId, OrgId, ProjectId, TaskId, TokenId, UserId},
    },
    db::{Query, Scope, Sql, Tx, columns, sql},
    http::written::Written,
};

/// The counters of an organization. Each write locks their row first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ledger {
    /// The seq of the newest entry in the ledger.
    seq: i64,
    /// The number of tasks, not counting deleted ones and those of deleted projects.
    tasks: i64,
    /// The time up to which overdue tasks are counted.
    overdue_until: Time,
}

columns!(Ledger { seq: "seq", tasks: "tasks", overdue_until: "overdue_until" });

impl Ledger {
    /// The counters of an organization that is being created.
    pub(super) const fn new(now: Time) -> Self {
        Self { seq: 0, tasks: 0, overdue_until: now }
    }
}

/// A change, as the ledger stores it.
pub struct Entry {
    pub action: &'static str,
    pub subject_kind: &'static str,
    pub subject_id: Uuid,
    pub project_id: Option<ProjectId>,
    pub task_id: Option<TaskId>,
    /// The other task, which only who sees both may read about.
    pub linked_task_id: Option<TaskId>,
    /// JSON.
    pub changes: String,
    /// The texts of the changes that can be erased, as JSON.
    pub texts: Option<String>,
    /// The long texts that were replaced, as JSON.
    pub originals: Option<String>,
    /// The position from which a task or column was moved.
    pub moved_from: Option<String>,
}

/// How long the texts that changes replaced are kept, so that the changes can be undone.
pub const ORIGINALS_KEPT: Duration = Duration::from_hours(30 * 24);

/// The ledger of an organization that the transaction has locked, and what it adds.
pub(super) struct Book {
    tx: Tx,
    org: OrgId,
    /// `None` if the system itself makes the changes.
    actor: Option<UserId>,
    token: Option<TokenId>,
    now: Time,
    /// The counters, and as they were last written.
    counters: Cell<Ledger>,
    written: Cell<Ledger>,
    /// The seq of the newest entry when the ledger was opened here, and when the transaction first did.
    opened: i64,
    found: i64,
    /// The entry from which on a request's changes are being undone.
    undoes: Cell<Option<i64>>,
    /// The entries that aren't written yet.
    entries: RefCell<Vec<(i64, EntryId, Entry)>>,
}

impl Book {
    /// `tx` has the organization's scope.
    pub(super) fn new(tx: Tx, org: OrgId, account: &UserTx, locked: Ledger) -> Self {
        let token = match account.credential() {
            Credential::Token(grant) => Some(grant.id),
            Credential::Session(_) => None,
        };
        Self { token, ..Self::of(tx, org, Some(account.user()), account.now(), locked) }
    }

    /// A book of the system's own changes.
    pub(super) fn of_system(tx: Tx, org: OrgId, now: Time, locked: Ledger) -> Self {
        Self::of(tx, org, None, now, locked)
    }

    fn of(tx: Tx, org: OrgId, actor: Option<UserId>, now: Time, locked: Ledger) -> Self {
        // The operations of a batch open the ledger anew, and belong together.
        let found = tx.first(org.uuid(), locked.seq);
        Self {
            tx,
            org,
            actor,
            token: None,
            now,
            counters: Cell::new(locked),
            written: Cell::new(locked),
            opened: locked.seq,
            found,
            undoes: Cell::new(None),
            entries: RefCell::default(),
        }
    }

    fn add(&self, id: EntryId, entry: Entry) {
        self.tx.concerns(self.org.uuid());
        let counters = self.counters.get();
        let seq = counters.seq + 1;
        self.counters.set(Ledger { seq, ..counters });
        self.entries.borrow_mut().push((seq, id, entry));
    }

    fn is_settled(&self) -> bool {
        self.written.get() == self.counters.get()
    }

    /// Writes what was added since the last time.
    async fn settle(&self) -> Result<()> {
        if self.is_settled() {
            return Ok(());
        }
        let (entries, counters) = (self.entries.take(), self.counters.get());
        self.written.set(counters);
        let rows = async {
            for chunk in Query::chunks(&entries) {
                try_join!(self.insert(chunk), self.insert_texts(chunk), self.insert_originals(chunk))?;
            }
            self.schedule_purge(&entries).await
        };
        let Ledger { seq, tasks, overdue_until } = counters;
        let sql = sql!("update org_ledgers set seq = $2, tasks = $3, overdue_until = $4 where org_id = $1");
        let update = async { self.tx.execute(sql, &[&seq, &tasks, &overdue_until]).await };
        try_join!(rows, update).map(drop)
    }

    async fn insert(&self, entries: &[(i64, EntryId, Entry)]) -> Result<()> {
        let actor_kind = match (self.actor, self.token) {
            (None, _) => "system",
            (Some(_), Some(_)) => "token",
            (Some(_), None) => "user",
        };
        let mut query = Query::new(
            "insert into ledger (org_id, seq, id, at, actor_kind, actor_id, token_id, action, subject_kind, subject_id,
                                 project_id, task_id, linked_task_id, changes, ordinal, undoes, moved_from) values",
            &[],
        );
        let undoes = self.undoes.get();
        let ordinals: Vec<i64> = entries.iter().map(|(seq, ..)| seq - self.found - 1).collect();
        for ((seq, id, entry), ordinal) in entries.iter().zip(&ordinals) {
            query.row(&[
                seq,
                id,
                &self.now,
                &actor_kind,
                &self.actor,
                &self.token,
                &entry.action,
                &entry.subject_kind,
                &entry.subject_id,
                &entry.project_id,
                &entry.task_id,
                &entry.linked_task_id,
                &entry.changes,
                ordinal,
                &undoes,
                &entry.moved_from,
            ]);
        }
        self.tx.execute(query.sql(), query.values()).await.map(drop)
    }

    /// Inserts the texts of entries, which must be inserted before.
    async fn insert_texts(&self, entries: &[(i64, EntryId, Entry)]) -> Result<()> {
        let texts = beside(entries, |entry| entry.texts.as_deref());
        for chunk in Query::chunks(&texts) {
            let mut query =
                Query::new("insert into ledger_texts (org_id, seq, subject_id, texts) values", &[]);
            for (seq, subject, texts) in chunk {
                query.row(&[seq, subject, texts]);
            }
            self.tx.execute(query.sql(), query.values()).await?;
        }
        Ok(())
    }

    /// Inserts the texts that the changes of entries replaced. The entries must be inserted before.
    async fn insert_originals(&self, entries: &[(i64, EntryId, Entry)]) -> Result<()> {
        let texts = beside(entries, |entry| entry.originals.as_deref());
        for chunk in Query::chunks(&texts) {
            let mut query =
                Query::new("insert into ledger_originals (org_id, seq, subject_id, at, texts) values", &[]);
            for (seq, subject, texts) in chunk {
                query.row(&[seq, subject, &self.now, texts]);
            }
            self.tx.execute(query.sql(), query.values()).await?;
        }
        Ok(())
    }

    /// Schedules the purge of the texts that the changes of entries replaced, if they replaced any.
    async fn schedule_purge(&self, entries: &[(i64, EntryId, Entry)]) -> Result<()> {
        if entries.iter().all(|(.., entry)| entry.originals.is_none()) {
            return Ok(());
        }
        let day = purge_day(self.now + ORIGINALS_KEPT);
        self.tx.with_scope(Scope::System).execute(SCHEDULE_PURGE, &[&day, &self.org]).await.map(drop)
    }
}

/// Returns what is stored beside the entries that have it, each with the entry's seq and subject.
fn beside<'a>(
    entries: &'a [(i64, EntryId, Entry)],
    of: impl Fn(&'a Entry) -> Option<&'a str>,
) -> Vec<(i64, Uuid, &'a str)> {
    entries.iter().filter_map(|(seq, _, entry)| Some((*seq, entry.subject_id, of(entry)?))).collect()
}

/// Schedules a purge of an organization for a day, in days since 1970, in UTC.
pub const SCHEDULE_PURGE: Sql<'static> =
    sql!("insert into purges (day, org_id) values ($1, $2) on conflict do nothing");

/// Returns the first day on which a purge finds what is kept until this time.
pub fn purge_day(until: Time) -> i64 {
    until.day() + 1
}

/// Deletes so many of an organization's replaced texts that are kept no longer. Returns whether there were any.
pub async fn sweep_originals(tx: &Viewer, rows: i64) -> Result<bool> {
    let sql = sql!(
        "delete from ledger_originals where org_id = $1 and seq in
             (select seq from ledger_originals where org_id = $1 and at <= $2 order by at limit $3)"
    );
    Ok(tx.execute(sql, &[&(tx.now() - ORIGINALS_KEPT), &rows]).await? > 0)
}

/// The ledgers that a transaction has locked.
#[derive(Default)]
pub(super) struct Books(RefCell<Vec<Rc<Book>>>);

impl Books {
    pub(super) fn open(&self, book: Book) -> Rc<Book> {
        let book = Rc::new(book);
        self.0.borrow_mut().push(book.clone());
        book
    }

    /// Writes what was added to any of the ledgers, each in its organization's scope.
    pub(super) async fn settle(&self) -> Result<()> {
        let books = self.0.borrow().clone();
        for book in books.iter().filter(|book| !book.is_settled()) {
            // Another organization may have been entered since.
            drop(book.tx.switch_scope(Scope::Tenant(book.org.uuid())));
            book.settle().await?;
        }
        Ok(())
    }
}

impl SystemWrite {
    /// Adds an entry to the organization's ledger, with the system as the actor, as [`OrgWrite::enter`] does.
    pub(crate) fn enter(&self, entry: Entry) {
        self.book().add(self.id(), entry);
    }
}

impl OrgWrite {
    /// Notes that what the transaction records takes back the changes of a request, whose first entry has this seq.
    pub fn undo_from(&self, seq: i64) {
        self.book().undoes.set(Some(seq));
    }

    /// Adds an entry to the organization's ledger, with the caller as the actor. The lock on the ledger ensures that no
    /// other transaction takes the same seq. The entry is written when the transaction ends, together with the others.
    pub(crate) fn enter(&self, entry: Entry) {
        self.book().add(self.id(), entry);
    }

    /// Returns the id of a new object: the one that the client made for it, or a new one.
    ///
    /// # Errors
    /// 422 at `/id` if the client's id isn't of today; 409 if the organization has, or once had, something with that id.
    pub async fn id_for<T>(&self, wanted: Option<NewId<T>>) -> Result<Id<T>> {
        let Some(wanted) = wanted else { return Ok(self.id()) };
        let id = wanted.checked(self.now())?;
        self.settle().await?;
        if store::is_known(self, id.uuid()).await? { Err(Code::IdTaken.into()) } else { Ok(id) }
    }

    /// Writes the entries of this transaction so far, which otherwise happens at its end: on PostgreSQL they then leave
    /// in one flush with other statements.
    pub async fn settle(&self) -> Result<()> {
        self.book().settle().await
    }

    /// Notes the last entry that the transaction wrote, unless it wrote none, or is a rehearsal.
    pub(super) fn note_last(&self, written: &Written) {
        let seq = self.book().written.get().seq;
        if self.book().tx.is_undone() {
            written.forget();
        } else if seq > self.book().opened {
            written.note(seq);
        }
    }

    /// Adds to the organization's number of tasks; a negative number subtracts.
    ///
    /// # Errors
    /// 409 if the organization would have more tasks than its limit.
    pub fn count_tasks(&self, more: i64) -> Result<()> {
        let counters = self.book().counters.get();
        let tasks = counters.tasks + more;
        if more > 0 && tasks > self.limits().tasks {
            return Err(Code::TooManyTasks.into());
        }
        self.book().counters.set(Ledger { tasks, ..counters });
        Ok(())
    }
}

/// A transaction that writes to an organization, and so keeps the numbers of its tasks.
pub trait Counting {
    fn viewer(&self) -> &Viewer;

    /// Returns the time up to which overdue tasks are counted.
    fn overdue_until(&self) -> Time;

    /// Changes the time up to which overdue tasks are counted.
    fn set_overdue_until(&self, overdue_until: Time);
}

macro_rules! counting {
    ($($transaction:ty),*) => {$(
        impl Counting for $transaction {
            fn viewer(&self) -> &Viewer {
                self
            }
            fn overdue_until(&self) -> Time {
                self.book().counters.get().overdue_until
            }
            fn set_overdue_until(&self, overdue_until: Time) {
                self.book().counters.set(Ledger { overdue_until, ..self.book().counters.get() });
            }
        }
    )*};
}
counting!(OrgWrite, SystemWrite);
