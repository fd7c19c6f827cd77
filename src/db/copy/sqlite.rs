//! SQLite's side of a copy.

use std::path::Path;

use rusqlite::types::{Value as Stored, ValueRef};
use serde_json::Value;
use uuid::Uuid;

use super::{
    BATCH, Store,
    table::{Column, Engine, Kind, Reference, Row, Table, add_reference, sorted},
};
use crate::{
    base::error::{Error, Result},
    db::sqlite::Connection,
};

pub(super) struct Sqlite(Connection);

/// Selects each column with its table and type, and its place in the primary key.
const COLUMNS: &str = "select m.name, c.name, c.type, c.pk from sqlite_schema m, pragma_table_info(m.name) c
    where m.type = 'table' and m.name <> 'schema_migrations' order by m.name, c.cid";
/// Selects each column that references another table.
const REFERENCES: &str =
    "select m.name, f.\"from\", f.\"table\" from sqlite_schema m, pragma_foreign_key_list(m.name) f
    where m.type = 'table'";

impl Sqlite {
    pub(super) fn open(path: &Path) -> Result<Self> {
        Connection::open(path).map(Self)
    }

    fn conn(&self) -> &rusqlite::Connection {
        self.0.raw()
    }

    /// Returns all tables, each after those that it references here or on PostgreSQL.
    pub(super) fn tables(&self, on_postgres: &[Reference]) -> Result<Vec<Table>> {
        type Found = (String, String, String, i64);
        let mut statement = self.conn().prepare(COLUMNS).map_err(Error::internal)?;
        let found = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .and_then(Iterator::collect::<rusqlite::Result<Vec<Found>>>)
            .map_err(Error::internal)?;
        let mut tables: Vec<Table> = Vec::new();
        for part in found.chunk_by(|one, other| one.0 == other.0) {
            let columns = part.iter().map(|(_, name, kind, place)| {
                Ok((*place, Column { name: name.clone(), kind: Kind::named(kind)? }))
            });
            let columns: Vec<(i64, Column)> = columns.collect::<Result<_>>()?;
            let mut key: Vec<_> = columns.iter().filter(|(place, _)| *place > 0).cloned().collect();
            key.sort_by_key(|(place, _)| *place);
            tables.push(Table {
                name: part.first().map(|first| first.0.clone()).unwrap_or_default(),
                columns: columns.into_iter().map(|(_, column)| column).collect(),
                key: key.into_iter().map(|(_, column)| column).collect(),
                ..Table::default()
            });
        }
        for reference in self.references()?.iter().chain(on_postgres) {
            add_reference(&mut tables, reference);
        }
        sorted(tables)
    }

    fn references(&self) -> Result<Vec<Reference>> {
        let mut statement = self.conn().prepare(REFERENCES).map_err(Error::internal)?;
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        found.and_then(Iterator::collect).map_err(Error::internal)
    }

    /// Runs a statement for each row, in one transaction.
    fn each(&self, sql: &str, columns: &[Column], rows: &[Row]) -> Result<()> {
        let tx = self.conn().unchecked_transaction().map_err(Error::internal)?;
        let mut statement = tx.prepare_cached(sql).map_err(Error::internal)?;
        for row in rows {
            let values = columns.iter().map(|column| stored(column.kind, row.get(&column.name)));
            let values: Vec<Stored> = values.collect::<Result<_>>()?;
            statement.execute(rusqlite::params_from_iter(values)).map_err(Error::internal)?;
        }
        drop(statement);
        tx.commit().map_err(Error::internal)
    }
}

impl Store for Sqlite {
    async fn begin(&self) -> Result<()> {
        self.execute("begin").await
    }

    async fn enter(&self, _: Uuid) -> Result<()> {
        Ok(())
    }

    async fn number(&self, sql: &str) -> Result<i64> {
        self.conn().query_row(sql, [], |row| row.get(0)).map_err(Error::internal)
    }

    async fn ids(&self, sql: &str) -> Result<Vec<Uuid>> {
        let mut statement = self.conn().prepare(sql).map_err(Error::internal)?;
        let ids = statement.query_map([], |row| row.get(0)).map_err(Error::internal)?;
        ids.collect::<Result<_, _>>().map_err(Error::internal)
    }

    async fn execute(&self, sql: &str) -> Result<()> {
        self.conn().execute_batch(sql).map_err(Error::internal)
    }

    async fn read(
        &self,
        table: &Table,
        org: Option<Uuid>,
        after: Option<&Row>,
        mut each: impl AsyncFnMut(Vec<Row>) -> Result<()>,
    ) -> Result<()> {
        let sql = table.select(Engine::Sqlite, after.is_some());
        let mut statement = self.conn().prepare(&sql).map_err(Error::internal)?;
        let bound = table.bound(org, after).into_iter().map(|(kind, value)| stored(kind, Some(&value)));
        let bound: Vec<Stored> = bound.collect::<Result<_>>()?;
        let mut rows = statement.query(rusqlite::params_from_iter(bound)).map_err(Error::internal)?;
        let mut batch = Vec::new();
        while let Some(row) = rows.next().map_err(Error::internal)? {
            batch.push(loaded(table, row)?);
            if batch.len() == BATCH {
                each(std::mem::take(&mut batch)).await?;
            }
        }
        each(batch).await
    }

    async fn last(&self, table: &Table, org: Option<Uuid>) -> Result<Option<Row>> {
        let mut statement =
            self.conn().prepare(&table.select_last(Engine::Sqlite)).map_err(Error::internal)?;
        let bound = table.bound(org, None).into_iter().map(|(kind, value)| stored(kind, Some(&value)));
        let bound: Vec<Stored> = bound.collect::<Result<_>>()?;
        let mut rows = statement.query(rusqlite::params_from_iter(bound)).map_err(Error::internal)?;
        rows.next().map_err(Error::internal)?.map(|row| loaded(table, row)).transpose()
    }

    async fn insert(&self, table: &Table, rows: &[Row]) -> Result<()> {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
        let sql = format!("insert into {} ({}) values ({})", table.name, names.join(", "), values.join(", "));
        self.each(&sql, &table.columns, rows)
    }

    async fn refer(&self, table: &Table, own: &Column, rows: &[Row]) -> Result<()> {
        let keys = (2..).zip(&table.key).map(|(n, column)| format!("{} = ?{n}", column.name));
        let keys = keys.collect::<Vec<_>>().join(" and ");
        let sql = format!("update {} set {} = ?1 where {keys}", table.name, own.name);
        let columns: Vec<Column> = std::iter::once(own).chain(&table.key).cloned().collect();
        self.each(&sql, &columns, rows)
    }
}

fn loaded(table: &Table, row: &rusqlite::Row<'_>) -> Result<Row> {
    let value = |(at, column): (usize, &Column)| {
        let value = match (row.get_ref(at).map_err(Error::internal)?, column.kind) {
            (ValueRef::Null, _) => Value::Null,
            (ValueRef::Integer(number), Kind::Boolean) => Value::Bool(number != 0),
            (ValueRef::Integer(number), _) => number.into(),
            (ValueRef::Blob(bytes), _) => {
                Uuid::from_slice(bytes).map_err(Error::internal)?.to_string().into()
            }
            (ValueRef::Text(text), _) => std::str::from_utf8(text).map_err(Error::internal)?.into(),
            (ValueRef::Real(_), _) => return Err(unlike(column.kind)),
        };
        Ok((column.name.clone(), value))
    };
    table.columns.iter().enumerate().map(value).collect()
}

fn stored(kind: Kind, value: Option<&Value>) -> Result<Stored> {
    Ok(match (kind, value) {
        (_, None | Some(Value::Null)) => Stored::Null,
        (Kind::Uuid, Some(Value::String(id))) => {
            Stored::Blob(id.parse::<Uuid>().map_err(Error::internal)?.as_bytes().to_vec())
        }
        (Kind::Text, Some(Value::String(text))) => Stored::Text(text.clone()),
        (Kind::Boolean, Some(Value::Bool(is))) => Stored::Integer((*is).into()),
        (Kind::Bigint | Kind::Smallint, Some(Value::Number(number))) => {
            Stored::Integer(number.as_i64().ok_or_else(|| unlike(kind))?)
        }
        _ => return Err(unlike(kind)),
    })
}

fn unlike(kind: Kind) -> Error {
    Error::internal(format!("a value isn't of the type {kind:?}"))
}
