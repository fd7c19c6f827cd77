//! Copies everything from SQLite to PostgreSQL, or the other way, and compares the copy with the original.
//!
//! Rows are copied in the order of their keys, so that a copy that was interrupted goes on after the last row that the target
//! has. Until the copy is finished and found equal, the target is marked, and no server starts on it.

mod postgres;
mod sqlite;
mod table;

use serde_json::Value;
use uuid::Uuid;

use self::{
    postgres::Postgres,
    sqlite::Sqlite,
    table::{Column, Row, Table},
};
use super::{
    Location, Migrations, Status,
    migrate::{self, COPYING},
};
use crate::base::{
    error::{Error, Result},
    secret::Digest,
};

/// The number of rows that are read and written at once.
const BATCH: usize = 500;

/// Selects the organizations, as everybody sees them.
const ORGANIZATIONS: &str = "select distinct org_id from org_slugs order by org_id";

/// How far a copy has come.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// What is being done: copying rows, or comparing them afterwards.
    pub step: Step,
    /// The number of organizations that are done, and of all.
    pub organizations: (usize, usize),
    /// The number of rows that were copied, or compared.
    pub rows: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Copy,
    Compare,
}

/// What is in a finished copy.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub tables: usize,
    pub organizations: usize,
    pub rows: u64,
}

/// What is read from and written to: a database of either engine.
trait Store {
    /// Begins a transaction that reads, and in which everything is of one moment.
    async fn begin(&self) -> Result<()>;

    /// Lets row-level security show an organization's rows.
    async fn enter(&self, org: Uuid) -> Result<()>;

    async fn number(&self, sql: &str) -> Result<i64>;

    async fn ids(&self, sql: &str) -> Result<Vec<Uuid>>;

    async fn execute(&self, sql: &str) -> Result<()>;

    /// Reads a table's rows, of one organization if it is a tenant table: those after the given one, in batches.
    async fn read(
        &self,
        table: &Table,
        org: Option<Uuid>,
        after: Option<&Row>,
        each: impl AsyncFnMut(Vec<Row>) -> Result<()>,
    ) -> Result<()>;

    /// Returns the last row in the order of the keys.
    async fn last(&self, table: &Table, org: Option<Uuid>) -> Result<Option<Row>>;

    async fn insert(&self, table: &Table, rows: &[Row]) -> Result<()>;

    /// Sets the column that references a row of the table itself.
    async fn refer(&self, table: &Table, own: &Column, rows: &[Row]) -> Result<()>;
}

/// Copies everything, or goes on where an earlier copy was interrupted, and compares both databases.
///
/// # Errors
/// Returns an error if both are of one engine, the source isn't at the version of this binary, the target isn't empty, a
/// database fails, or the databases differ in the end.
pub async fn copy(from: &Location, to: &Location, tell: impl FnMut(Progress)) -> Result<Copied> {
    match (from, to) {
        (Location::Sqlite(file), Location::Postgres(server)) => {
            let is_resumed = prepare(from, to).await?;
            let (source, target) = (Sqlite::open(file)?, Postgres::open(server).await?);
            let tables = source.tables(&target.references().await?)?;
            Copy { source, target, tables, tell, rows: 0 }.run(is_resumed).await
        }
        (Location::Postgres(server), Location::Sqlite(file)) => {
            let is_resumed = prepare(from, to).await?;
            let (source, target) = (Postgres::open(server).await?, Sqlite::open(file)?);
            let tables = target.tables(&source.references().await?)?;
            Copy { source, target, tables, tell, rows: 0 }.run(is_resumed).await
        }
        (Location::Sqlite(_), Location::Sqlite(_)) | (Location::Postgres(_), Location::Postgres(_)) => {
            Err(Error::internal("a copy goes from SQLite to PostgreSQL, or from PostgreSQL to SQLite"))
        }
    }
}

/// Brings the target to this version. Returns whether it is the unfinished copy of an earlier run, which has to be of this
/// version already.
async fn prepare(from: &Location, to: &Location) -> Result<bool> {
    if let Status::Pending(_) = migrate::status(from).await? {
        return Err(Error::internal(
            "the source isn't at this version: run `guildhall migrate` with it first",
        ));
    }
    let mut applied = migrate::applied(to).await?;
    let is_resumed = applied.iter().any(|(version, _)| *version == COPYING);
    applied.retain(|(version, _)| *version != COPYING);
    let is_old = !applied.is_empty() && !migrate::pending(&applied)?.is_empty();
    match (is_resumed, is_old) {
        (true, true) => {
            Err(Error::internal("the copy was begun by another version: begin again with an empty target"))
        }
        (false, true) => Err(Error::internal("the target isn't empty: an earlier version used it")),
        (true, false) => Ok(true),
        (false, false) => Migrations::run(to).await.map(|_| false),
    }
}

struct Copy<S, T, F> {
    source: S,
    target: T,
    /// All tables, each after those that it references.
    tables: Vec<Table>,
    tell: F,
    rows: u64,
}

impl<S: Store, T: Store, F: FnMut(Progress)> Copy<S, T, F> {
    async fn run(mut self, is_resumed: bool) -> Result<Copied> {
        if !is_resumed {
            self.refuse_if_filled().await?;
            let mark = format!(
                "insert into schema_migrations (version, name, checksum) values ({COPYING}, 'copy', '')"
            );
            self.target.execute(&mark).await?;
        }
        let organizations = self.walk(Step::Copy).await?;
        self.rows = 0;
        if self.walk(Step::Compare).await? != organizations {
            return Err(Error::internal(
                "the source was changed meanwhile: stop its servers and run this again",
            ));
        }
        let unmark = format!("delete from schema_migrations where version = {COPYING}");
        self.target.execute(&unmark).await?;
        Ok(Copied { tables: self.tables.len(), organizations, rows: self.rows })
    }

    async fn refuse_if_filled(&self) -> Result<()> {
        for table in self.tables.iter().filter(|table| table.tenant().is_none()) {
            let count = format!("select count(*) from (select 1 from {} limit 1) rows", table.name);
            if self.target.number(&count).await? > 0 {
                return Err(Error::internal(format!(
                    "the target isn't empty: it has rows in {}",
                    table.name
                )));
            }
        }
        Ok(())
    }

    /// Copies or compares the tables of all organizations together, then those of each. Returns the number of organizations.
    async fn walk(&mut self, step: Step) -> Result<usize> {
        self.source.begin().await?;
        let organizations = self.source.ids(ORGANIZATIONS).await?;
        let tables = self.tables.clone();
        let (tenants, others): (Vec<_>, Vec<_>) = tables.iter().partition(|table| table.tenant().is_some());
        for table in others {
            self.part(step, table, None, (0, organizations.len())).await?;
        }
        for (done, org) in organizations.iter().enumerate() {
            self.source.enter(*org).await?;
            self.target.enter(*org).await?;
            for table in &tenants {
                self.part(step, table, Some(*org), (done, organizations.len())).await?;
            }
        }
        self.source.execute("commit").await?;
        Ok(organizations.len())
    }

    async fn part(
        &mut self,
        step: Step,
        table: &Table,
        org: Option<Uuid>,
        organizations: (usize, usize),
    ) -> Result<()> {
        match step {
            Step::Copy => self.copy_part(table, org, organizations).await,
            Step::Compare => self.compare_part(table, org, organizations).await,
        }
    }

    async fn copy_part(
        &mut self,
        table: &Table,
        org: Option<Uuid>,
        organizations: (usize, usize),
    ) -> Result<()> {
        let Self { source, target, tell, rows, .. } = self;
        let last = target.last(table, org).await?;
        let write = async |mut batch: Vec<Row>| {
            if let Some(own) = &table.own {
                // The row that it references may come later.
                for row in &mut batch {
                    row.insert(own.clone(), Value::Null);
                }
            }
            if !batch.is_empty() {
                target.insert(table, &batch).await?;
            }
            *rows += batch.len() as u64;
            tell(Progress { step: Step::Copy, organizations, rows: *rows });
            Ok(())
        };
        source.read(table, org, last.as_ref(), write).await?;
        let Some(own) = table.columns.iter().find(|column| table.own.as_ref() == Some(&column.name)) else {
            return Ok(());
        };
        let refer = async |mut batch: Vec<Row>| {
            batch.retain(|row| row.get(&own.name).is_some_and(|value| !value.is_null()));
            if batch.is_empty() { Ok(()) } else { target.refer(table, own, &batch).await }
        };
        source.read(table, org, None, refer).await
    }

    async fn compare_part(
        &mut self,
        table: &Table,
        org: Option<Uuid>,
        organizations: (usize, usize),
    ) -> Result<()> {
        let original = digest(&self.source, table, org).await?;
        if original != digest(&self.target, table, org).await? {
            return Err(Error::internal(format!(
                "the databases differ in {}: if the source was changed meanwhile, stop its servers, and begin again with an \
                 empty target",
                table.name
            )));
        }
        self.rows += original.0;
        (self.tell)(Progress { step: Step::Compare, organizations, rows: self.rows });
        Ok(())
    }
}

/// Returns the number of rows, and the digest of all of them in the order of their keys.
async fn digest(store: &impl Store, table: &Table, org: Option<Uuid>) -> Result<(u64, String)> {
    let (mut count, mut digest) = (0, Digest::default());
    let add = async |batch: Vec<Row>| {
        count += batch.len() as u64;
        batch.iter().try_for_each(|row| serde_json::to_writer(&mut digest, row)).map_err(Error::internal)
    };
    store.read(table, org, None, add).await?;
    Ok((count, digest.hex()))
}
