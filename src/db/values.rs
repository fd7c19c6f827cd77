//! The parameter, column and row types that work with both engines.

use rusqlite::types::{FromSql, ToSql};
use tokio_postgres::types as pg;

use crate::base::error::{Error, Result};

/// A value that can be bound to a statement.
pub trait Param: ToSql + pg::ToSql {
    fn as_sqlite(&self) -> &dyn ToSql;
    fn as_postgres(&self) -> &(dyn pg::ToSql + Sync)
    where
        Self: Sync;
}

impl<T: ToSql + pg::ToSql> Param for T {
    fn as_sqlite(&self) -> &dyn ToSql {
        self
    }

    fn as_postgres(&self) -> &(dyn pg::ToSql + Sync)
    where
        Self: Sync,
    {
        self
    }
}

/// A value that can be read from a row.
pub trait Column: FromSql + for<'a> pg::FromSql<'a> {}
impl<T: FromSql + for<'a> pg::FromSql<'a>> Column for T {}

/// One row of a query's result.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// Returns the value of the column at `index`.
    ///
    /// # Errors
    /// When the column isn't of this type.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        match self {
            Self::Sqlite(row) => row.get(index).map_err(Error::internal),
            Self::Postgres(row) => row.try_get(index).map_err(Error::internal),
        }
    }
}

/// A type that can be read from a row, column by column in the order of the select list.
pub trait FromRow: Sized {
    /// Reads the row.
    ///
    /// # Errors
    /// When a column isn't of the expected type.
    fn from_row(row: &Row) -> Result<Self>;
}

macro_rules! tuples {
    ($($t:ident $i:tt),+) => {
        impl<$($t: Column),+> FromRow for ($($t,)+) {
            fn from_row(row: &Row) -> Result<Self> {
                Ok(($(row.get::<$t>($i)?,)+))
            }
        }
    };
}
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);

/// Implements `FromRow` for a struct and defines its select list, both from one list of fields with their SQL
/// expressions. Statements use it as `Row::COLUMNS`, so that a column can't be read into the wrong field.
macro_rules! columns {
    ($name:ident { $first:ident: $first_column:expr $(, $field:ident: $column:expr)* $(,)? }) => {
        impl $name {
            /// The select list, in the order in which the fields are read.
            pub(crate) const COLUMNS: &'static str = concat!($first_column $(, ", ", $column)*);
        }
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row) -> $crate::base::error::Result<Self> {
                let mut next = 0..;
                Ok(Self {
                    $first: row.get(next.next().unwrap_or_default())?,
                    $($field: row.get(next.next().unwrap_or_default())?),*
                })
            }
        }
    };
}
pub(crate) use columns;
