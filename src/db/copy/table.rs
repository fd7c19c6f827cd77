//! What is copied: the tables, in the order of their references, and the SQL that reads them by their keys.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::base::error::{Error, Result};

/// A row by its columns' names, with the values as PostgreSQL's JSON has them.
pub(super) type Row = Map<String, Value>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// The types that columns have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Text,
    Bigint,
    Smallint,
    Boolean,
}

impl Kind {
    /// Returns the type of this name in the migrations.
    pub(super) fn named(name: &str) -> Result<Self> {
        let all = [Self::Uuid, Self::Text, Self::Bigint, Self::Smallint, Self::Boolean];
        let found = all.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| Error::internal(format!("columns of the type {name} can't be copied")))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Text => "text",
            Self::Bigint => "bigint",
            Self::Smallint => "smallint",
            Self::Boolean => "boolean",
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of the primary key.
    pub(super) key: Vec<Column>,
    /// The tables that this one references.
    pub(super) references: BTreeSet<String>,
    /// The column that references a row of the table itself.
    pub(super) own: Option<String>,
}

impl Table {
    /// Returns the column with the organization, if rows belong to one and row-level security guards them.
    pub(super) fn tenant(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "organizations" => Some("id"),
            "user_orgs" => Some("org_id"),
            _ => self.key.first().filter(|first| first.name == "org_id").map(|_| "org_id"),
        }
    }

    fn names(columns: &[Column]) -> String {
        columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
    }

    /// Returns the SQL that selects rows in the order of their keys: if `is_after`, those after the key whose values are
    /// the last parameters. The organization, if there is one, is the first parameter.
    pub(super) fn select(&self, engine: Engine, is_after: bool) -> String {
        let names = Self::names(&self.columns);
        let (mut conditions, mut bound) = (Vec::new(), 0);
        if let Some(org) = self.tenant() {
            bound += 1;
            conditions.push(format!("{org} = {}", engine.value(bound, Kind::Uuid)));
        }
        if is_after {
            let values: Vec<String> =
                (1..).zip(&self.key).map(|(n, column)| engine.value(bound + n, column.kind)).collect();
            conditions.push(format!("({}) > ({})", self.order(engine, ""), values.join(", ")));
        }
        let filter = if conditions.is_empty() {
            String::new()
        } else {
            format!(" where {}", conditions.join(" and "))
        };
        format!("select {names} from {}{filter} order by {}", self.name, self.order(engine, ""))
    }

    /// Returns the SQL that selects the last row in the order of the keys.
    pub(super) fn select_last(&self, engine: Engine) -> String {
        let filter = self.tenant().map(|org| format!(" where {org} = {}", engine.value(1, Kind::Uuid)));
        let (names, filter) = (Self::names(&self.columns), filter.unwrap_or_default());
        format!("select {names} from {}{filter} order by {} limit 1", self.name, self.order(engine, " desc"))
    }

    fn order(&self, engine: Engine, direction: &str) -> String {
        let one = |column: &Column| match (engine, column.kind) {
            // SQLite compares texts as bytes.
            (Engine::Postgres, Kind::Text) => format!("{} collate \"C\"{direction}", column.name),
            _ => format!("{}{direction}", column.name),
        };
        self.key.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// Returns the values to bind to [`Table::select`].
    pub(super) fn bound(&self, org: Option<Uuid>, after: Option<&Row>) -> Vec<(Kind, Value)> {
        let org =
            org.filter(|_| self.tenant().is_some()).map(|org| (Kind::Uuid, Value::String(org.to_string())));
        let key = after.into_iter().flat_map(|row| {
            self.key.iter().map(|column| (column.kind, row.get(&column.name).cloned().unwrap_or_default()))
        });
        org.into_iter().chain(key).collect()
    }
}

impl Engine {
    /// Returns the parameter of this number. On PostgreSQL all are bound as text.
    fn value(self, number: usize, kind: Kind) -> String {
        match self {
            Self::Sqlite => format!("?{number}"),
            Self::Postgres => format!("${number}::text::{}", kind.name()),
        }
    }
}

/// A table, a column of it, and the table that the column references.
pub(super) type Reference = (String, String, String);

/// Takes note of a reference.
pub(super) fn add_reference(tables: &mut [Table], (name, column, to): &Reference) {
    let Some(table) = tables.iter_mut().find(|table| table.name == *name) else { return };
    if to != name {
        table.references.insert(to.clone());
    } else if table.key.iter().all(|key| key.name != *column) {
        table.own = Some(column.clone());
    }
}

/// Sorts the tables so that each comes after those that it references.
pub(super) fn sorted(mut tables: Vec<Table>) -> Result<Vec<Table>> {
    let mut sorted: Vec<Table> = Vec::new();
    while !tables.is_empty() {
        let is_ready =
            |table: &Table| table.references.iter().all(|name| sorted.iter().any(|done| done.name == *name));
        let (ready, rest): (Vec<_>, Vec<_>) = tables.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(Error::internal("tables reference one another in a circle"));
        }
        sorted.extend(ready);
        tables = rest;
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: [&str; 3]) -> Vec<Table> {
        names.map(|name| Table { name: name.into(), ..Table::default() }).into()
    }

    #[test]
    fn a_table_comes_after_those_that_it_references_and_a_circle_is_refused() {
        let mut tables = named(["comments", "projects", "tasks"]);
        let references = [
            ("comments", "task_id", "tasks"),
            ("comments", "parent_id", "comments"),
            ("tasks", "project_id", "projects"),
        ];
        for (table, column, to) in references {
            add_reference(&mut tables, &(table.into(), column.into(), to.into()));
        }
        assert_eq!(tables.first().unwrap().own.as_deref(), Some("parent_id"));
        let order: Vec<String> =
            sorted(tables.clone()).unwrap().into_iter().map(|table| table.name).collect();
        assert_eq!(order, ["projects", "tasks", "comments"]);
        add_reference(&mut tables, &("projects".into(), "comment_id".into(), "comments".into()));
        assert!(sorted(tables).is_err());
    }
}
