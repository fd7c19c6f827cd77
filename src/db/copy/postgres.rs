//! PostgreSQL's side of a copy. A login that row-level security binds enters one organization after the other.

use std::{pin::pin, time::Duration};

use futures_util::TryStreamExt as _;
use serde_json::Value;
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    BATCH, Store,
    table::{Column, Engine, Reference, Row, Table},
};
use crate::{
    base::error::{Error, Result},
    db::postgres::{Target, refused, settings},
};

pub(super) struct Postgres(Client);

const REFERENCES: &str = "select c.relname::text, a.attname::text, r.relname::text
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
    where k.contype = 'f' and pg_table_is_visible(c.oid)";

impl Postgres {
    pub(super) async fn open(target: &Target) -> Result<Self> {
        let client = target.checked().await?;
        let unhurried = "set idle_in_transaction_session_timeout = 0;";
        client.batch_execute(&(settings(Duration::ZERO) + unhurried)).await.map_err(refused)?;
        Ok(Self(client))
    }

    /// Returns the references between tables. Some are here only: SQLite can't add every one to a table that there is.
    pub(super) async fn references(&self) -> Result<Vec<Reference>> {
        let rows = self.0.query(REFERENCES, &[]).await.map_err(refused)?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
    }

    /// Runs a statement with rows as JSON, which PostgreSQL reads by its own types.
    async fn with(&self, sql: &str, rows: &[Row]) -> Result<()> {
        let json = serde_json::to_string(rows).map_err(Error::internal)?;
        self.0.execute(sql, &[&json]).await.map(drop).map_err(refused)
    }
}

/// Returns the SQL that selects what `rows` selects, as JSON.
fn json(rows: &str) -> String {
    format!("select row_to_json(r)::text from ({rows}) r")
}

/// Returns a row of a query that [`json`] made.
fn loaded(row: &tokio_postgres::Row) -> Result<Row> {
    serde_json::from_str(row.try_get(0).map_err(refused)?).map_err(Error::internal)
}

/// Returns the text that is bound for a value.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

impl Store for Postgres {
    async fn begin(&self) -> Result<()> {
        self.execute("begin isolation level repeatable read, read only").await
    }

    async fn enter(&self, org: Uuid) -> Result<()> {
        let enter = "select set_config('app.org_id', $1, false)";
        self.0.execute(enter, &[&org.to_string()]).await.map(drop).map_err(refused)
    }

    async fn number(&self, sql: &str) -> Result<i64> {
        self.0.query_one(sql, &[]).await.and_then(|row| row.try_get(0)).map_err(refused)
    }

    async fn ids(&self, sql: &str) -> Result<Vec<Uuid>> {
        let rows = self.0.query(sql, &[]).await.map_err(refused)?;
        rows.iter().map(|row| row.try_get(0).map_err(refused)).collect()
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        self.0.batch_execute(sql).await.map_err(refused)
    }

    async fn read(
        &self,
        table: &Table,
        org: Option<Uuid>,
        after: Option<&Row>,
        mut each: impl AsyncFnMut(Vec<Row>) -> Result<()>,
    ) -> Result<()> {
        let sql = json(&table.select(Engine::Postgres, after.is_some()));
        let bound: Vec<String> = table.bound(org, after).into_iter().map(|(_, value)| text(value)).collect();
        let rows = self.0.query_raw(&sql, &bound).await.map_err(refused)?;
        let mut chunks = pin!(rows.map_err(refused).and_then(async |row| loaded(&row)).try_chunks(BATCH));
        while let Some(batch) = chunks.try_next().await.map_err(|chunk| chunk.1)? {
            each(batch).await?;
        }
        Ok(())
    }

    async fn last(&self, table: &Table, org: Option<Uuid>) -> Result<Option<Row>> {
        let bound: Vec<String> = table.bound(org, None).into_iter().map(|(_, value)| text(value)).collect();
        let sql = json(&table.select_last(Engine::Postgres));
        let mut rows = pin!(self.0.query_raw(&sql, &bound).await.map_err(refused)?);
        rows.try_next().await.map_err(refused)?.map(|row| loaded(&row)).transpose()
    }

    async fn insert(&self, table: &Table, rows: &[Row]) -> Result<()> {
        let name = &table.name;
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let names = names.join(", ");
        let rows_of = format!("json_populate_recordset(null::{name}, $1::text::json)");
        self.with(&format!("insert into {name} ({names}) select {names} from {rows_of}"), rows).await
    }

    async fn refer(&self, table: &Table, own: &Column, rows: &[Row]) -> Result<()> {
        let (name, own) = (&table.name, &own.name);
        let keys = table.key.iter().map(|column| format!("t.{0} = r.{0}", column.name));
        let keys = keys.collect::<Vec<_>>().join(" and ");
        let rows_of = format!("json_populate_recordset(null::{name}, $1::text::json)");
        self.with(&format!("update {name} t set {own} = r.{own} from {rows_of} r where {keys}"), rows).await
    }
}
