//! Parameters and rows that both engines understand.

use rusqlite::types::{FromSql, ToSql};
use tokio_postgres::types as pg;

use crate::base::error::{Error, Result};

/// What can be bound to a statement.
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

/// What can be read from a row.
pub trait Column: FromSql + for<'a> pg::FromSql<'a> {}
impl<T: FromSql + for<'a> pg::FromSql<'a>> Column for T {}

/// One row of an answer.
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The value of the column at `index`.
    ///
    /// # Errors
    /// When it isn't of this type.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        match self {
            Self::Sqlite(row) => row.get(index).map_err(Error::internal),
            Self::Postgres(row) => row.try_get(index).map_err(Error::internal),
        }
    }
}

/// What a row is read into, column by column in the order of the select list.
pub trait FromRow: Sized {
    /// # Errors
    /// When a column isn't of the type that is expected.
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

/// Gives a row's struct its select list, which stands here once: each field with the expression that it is read from.
/// Statements name it as `Row::COLUMNS`, so that a column can't be read into another field.
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
