//! Everything that a database holds, in one text for each row, to be compared.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, types::ValueRef};
use serde_json::{Map, Value, json};
use tokio_postgres::Client;

use super::{Engine, TestApp};

/// For each table its rows, as JSON.
pub type Stored = BTreeMap<String, BTreeSet<String>>;

/// A connection beside the server's.
pub enum Side {
    Sqlite(Connection),
    Postgres(Client),
}

impl Side {
    pub async fn of(app: &TestApp) -> Self {
        match app.database.engine() {
            Engine::Sqlite => Self::Sqlite(app.database.sqlite()),
            Engine::Postgres => Self::Postgres(app.database.postgres().await),
        }
    }

    pub async fn stored(&self) -> Stored {
        match self {
            Self::Sqlite(conn) => sqlite(conn),
            Self::Postgres(client) => postgres(client).await,
        }
    }

    /// Runs statements without values.
    pub async fn run(&self, sql: &str) {
        match self {
            Self::Sqlite(conn) => conn.execute_batch(sql).unwrap(),
            Self::Postgres(client) => client.batch_execute(sql).await.unwrap(),
        }
    }
}

fn sqlite(conn: &Connection) -> Stored {
    let tables = "select name from sqlite_schema where type = 'table' order by name";
    let mut statement = conn.prepare(tables).unwrap();
    let tables = statement.query_map([], |row| row.get(0)).unwrap();
    let rows = |table: String| {
        let mut statement = conn.prepare(&format!("select * from {table}")).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let rows =
            statement.query_map([], |row| Ok(text(&names, row))).unwrap().map(Result::unwrap).collect();
        (table, rows)
    };
    tables.map(Result::unwrap).map(rows).collect()
}

fn text(names: &[String], row: &Row<'_>) -> String {
    let value = |at: usize| match row.get_ref(at).unwrap() {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
        // Nothing is stored as bytes but ids.
        ValueRef::Blob(bytes) => json!(uuid::Uuid::from_slice(bytes).unwrap()),
    };
    let columns = names.iter().enumerate().map(|(at, name)| (name.clone(), value(at)));
    Value::Object(columns.collect::<Map<_, _>>()).to_string()
}

async fn postgres(client: &Client) -> Stored {
    let tables = "select tablename::text from pg_tables where schemaname = 'public'";
    let tables: Vec<String> = client.query(tables, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let each = |table: &String| format!("select '{table}', to_jsonb(t)::text from {table} t");
    let all = tables.iter().map(each).collect::<Vec<_>>().join(" union all ");
    let mut stored: Stored = tables.into_iter().map(|table| (table, BTreeSet::new())).collect();
    for row in client.query(&all, &[]).await.unwrap() {
        let (table, text): (String, String) = (row.get(0), row.get(1));
        stored.entry(table).or_default().insert(text);
    }
    stored
}
