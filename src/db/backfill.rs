//! What migrations do with the rows that there are, where SQL can't: it folds no words.

use uuid::Uuid;

use super::{FromRow, Param, Query, Row};
use crate::base::{
    clock::Time,
    error::{Error, Result, chain},
    id::{ColumnId, Ids},
    words::{Words, folded, folded_with_key},
};

/// The transaction of a migration. A trait, not an enumeration of the engines: only PostgreSQL's can move between threads.
pub(super) trait Tx {
    /// Runs a query. The numbers of its parameters have to be in the order in which they occur, as everywhere in this file.
    async fn all<R: FromRow>(&self, sql: &str, values: Values<'_>) -> Result<Vec<R>>;

    async fn execute(&self, sql: &str, values: Values<'_>) -> Result<()>;

    /// Enters an organization: the owner of the tables may be bound by row-level security too.
    async fn enter(&self, org: Uuid) -> Result<()>;
}

type Values<'a> = &'a [&'a (dyn Param + Sync)];

impl Tx for rusqlite::Transaction<'_> {
    async fn all<R: FromRow>(&self, sql: &str, values: Values<'_>) -> Result<Vec<R>> {
        let values: Vec<_> = values.iter().map(|value| value.as_sqlite()).collect();
        let mut statement = self.prepare_cached(sql).map_err(Error::internal)?;
        let mut rows = statement.query(values.as_slice()).map_err(Error::internal)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().map_err(Error::internal)? {
            all.push(R::from_row(&Row::Sqlite(row))?);
        }
        Ok(all)
    }

    async fn execute(&self, sql: &str, values: Values<'_>) -> Result<()> {
        let values: Vec<_> = values.iter().map(|value| value.as_sqlite()).collect();
        let mut statement = self.prepare_cached(sql).map_err(Error::internal)?;
        statement.execute(values.as_slice()).map(drop).map_err(Error::internal)
    }

    async fn enter(&self, _: Uuid) -> Result<()> {
        Ok(())
    }
}

impl Tx for tokio_postgres::Transaction<'_> {
    async fn all<R: FromRow>(&self, sql: &str, values: Values<'_>) -> Result<Vec<R>> {
        let values: Vec<_> = values.iter().map(|value| value.as_postgres()).collect();
        let rows = self.query(sql, &values).await.map_err(failed)?;
        rows.iter().map(|row| R::from_row(&Row::Postgres(row))).collect()
    }

    async fn execute(&self, sql: &str, values: Values<'_>) -> Result<()> {
        let values: Vec<_> = values.iter().map(|value| value.as_postgres()).collect();
        tokio_postgres::Transaction::execute(self, sql, &values).await.map(drop).map_err(failed)
    }

    async fn enter(&self, org: Uuid) -> Result<()> {
        self.batch_execute(&format!("set local app.org_id = '{org}'")).await.map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn failed(error: tokio_postgres::Error) -> Error {
    Error::internal(chain(&error))
}

/// The number of tasks, projects or users that are read at once.
const PAGE: usize = 200;
/// The number of words in one statement.
const CHUNK: usize = 1000;

/// Runs the code that belongs to a migration, after its SQL.
pub(super) async fn run(tx: &impl Tx, version: i64) -> Result<()> {
    match version {
        14 => words(tx).await,
        23 => columns(tx).await,
        _ => Ok(()),
    }
}

const ORGS: &str = "select distinct org_id from org_slugs order by org_id";

/// Gives each project a column for each status, and each task the column of its status.
async fn columns(tx: &impl Tx) -> Result<()> {
    const COLUMNS: [(&str, &str, &str); 5] = [
        ("To do", "#6b7280", "a0"),
        ("In progress", "#1f6feb", "a1"),
        ("Review", "#8250df", "a2"),
        ("Done", "#1a7f37", "a3"),
        ("Cancelled", "#82071e", "a4"),
    ];
    let ids = Ids::default();
    for (org,) in tx.all::<(Uuid,)>(ORGS, &[]).await? {
        tx.enter(org).await?;
        let projects = "select id, created_at from projects where org_id = $1 order by id";
        for (project, created_at) in tx.all::<(Uuid, Time)>(projects, &[&org]).await? {
            for ((name, color, position), status) in COLUMNS.iter().zip(0i16..) {
                let insert = "insert into board_columns (org_id, id, project_id, name, status, color, position, version,
                                                         created_at, updated_at)
                              values ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9)";
                let id: ColumnId = ids.make(created_at);
                tx.execute(
                    insert,
                    &[&org, &id, &project, name, &status, color, position, &created_at, &created_at],
                )
                .await?;
            }
        }
        let update = "update tasks set column_id = (
                          select c.id from board_columns c
                          where c.org_id = tasks.org_id and c.project_id = tasks.project_id and c.status = tasks.status)
                      where org_id = $1";
        tx.execute(update, &[&org]).await?;
    }
    Ok(())
}

/// Folds the names of users and projects, and indexes the words of all tasks and projects.
async fn words(tx: &impl Tx) -> Result<()> {
    users(tx).await?;
    for (org,) in tx.all::<(Uuid,)>(ORGS, &[]).await? {
        tx.enter(org).await?;
        projects(tx, org).await?;
        tasks(tx, org).await?;
    }
    Ok(())
}

async fn users(tx: &impl Tx) -> Result<()> {
    let mut last = Uuid::nil();
    loop {
        let page = "select id, name, email from users where id > $1 order by id limit 200";
        let found: Vec<(Uuid, String, String)> = tx.all(page, &[&last]).await?;
        for (id, name, email) in &found {
            let update = "update users set name_folded = $1, email_folded = $2 where id = $3";
            tx.execute(update, &[&folded(name), &folded(email), id]).await?;
        }
        match found.last() {
            Some((id, ..)) if found.len() == PAGE => last = *id,
            _ => return Ok(()),
        }
    }
}

async fn projects(tx: &impl Tx, org: Uuid) -> Result<()> {
    let mut last = Uuid::nil();
    loop {
        let page = "select id, key, name, description from projects
                    where org_id = $1 and id > $2 and purged_at is null order by id limit 200";
        let found: Vec<(Uuid, String, String, String)> = tx.all(page, &[&org, &last]).await?;
        for (id, key, name, _) in &found {
            let update = "update projects set folded = $1 where org_id = $2 and id = $3";
            tx.execute(update, &[&folded_with_key(name, key), &org, id]).await?;
        }
        let documents = found.iter().map(|(id, _, name, text)| (*id, *id, Words::of(name, text)));
        index(tx, org, documents).await?;
        match found.last() {
            Some((id, ..)) if found.len() == PAGE => last = *id,
            _ => return Ok(()),
        }
    }
}

async fn tasks(tx: &impl Tx, org: Uuid) -> Result<()> {
    let mut last = Uuid::nil();
    loop {
        let page = "select t.id, t.project_id, t.title, t.description from tasks t
                    join projects p on p.org_id = t.org_id and p.id = t.project_id
                    where t.org_id = $1 and t.id > $2 and t.deleted_at is null and p.purged_at is null
                    order by t.id limit 200";
        let found: Vec<(Uuid, Uuid, String, String)> = tx.all(page, &[&org, &last]).await?;
        let documents =
            found.iter().map(|(id, project, title, text)| (*id, *project, Words::of(title, text)));
        index(tx, org, documents).await?;
        match found.last() {
            Some((id, ..)) if found.len() == PAGE => last = *id,
            _ => return Ok(()),
        }
    }
}

/// Inserts the words of documents, which have none yet. A document is its id, its project's and its words.
async fn index(tx: &impl Tx, org: Uuid, documents: impl Iterator<Item = (Uuid, Uuid, Words)>) -> Result<()> {
    let documents: Vec<_> = documents.collect();
    let rows: Vec<(&Uuid, &Uuid, String, i64)> = documents
        .iter()
        .flat_map(|(id, project, words)| {
            words.iter().map(move |(word, weight)| (id, project, word.to_owned(), weight))
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        let mut query =
            Query::new("insert into search_words (org_id, subject_id, project_id, word, weight) values", &[]);
        for (id, project, word, weight) in chunk {
            query.row(&[*id, *project, word, weight]);
        }
        let mut values: Vec<&(dyn Param + Sync)> = vec![&org];
        values.extend(query.values());
        tx.execute(query.sql().text(), &values).await?;
    }
    Ok(())
}
