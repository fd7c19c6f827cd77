//! Values and rows that both engines understand.

use rusqlite::types::{FromSql, ToSql};
use tokio_postgres::types as pg;

use crate::error::{Error, Result};

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

/// Reads a struct's fields from the columns of a row, in this order.
macro_rules! columns {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row) -> $crate::error::Result<Self> {
                let mut next = 0..;
                Ok(Self { $($field: row.get(next.next().unwrap_or_default())?),+ })
            }
        }
    };
}
pub(crate) use columns;

/// Stores a type that has `as_str` and `FromStr` as text.
macro_rules! text_column {
    ($name:ty) => {
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(rusqlite::types::ToSqlOutput::from(self.as_str()))
            }
        }
        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                value
                    .as_str()?
                    .parse()
                    .map_err(|e| rusqlite::types::FromSqlError::Other(Box::from(format!("{e}"))))
            }
        }
        $crate::db::via_postgres!($name, &str, as_str, |text: &str| text.parse());
    };
}
pub(crate) use text_column;

/// PostgreSQL's side of a type that travels as another one.
macro_rules! via_postgres {
    (for [$($t:ident)?] $name:ty, $via:ty, $out:ident, $in:expr) => {
        impl$(<$t>)? tokio_postgres::types::ToSql for $name {
            fn to_sql(
                &self,
                ty: &tokio_postgres::types::Type,
                out: &mut bytes::BytesMut,
            ) -> Result<tokio_postgres::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
                <$via as tokio_postgres::types::ToSql>::to_sql(&self.$out(), ty, out)
            }
            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                <$via as tokio_postgres::types::ToSql>::accepts(ty)
            }
            tokio_postgres::types::to_sql_checked!();
        }
        impl<'a $(, $t)?> tokio_postgres::types::FromSql<'a> for $name {
            fn from_sql(
                ty: &tokio_postgres::types::Type,
                raw: &'a [u8],
            ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
                let value = <$via as tokio_postgres::types::FromSql<'a>>::from_sql(ty, raw)?;
                ($in)(value).map_err(|e| Box::from(format!("{e:?}")))
            }
            fn accepts(ty: &tokio_postgres::types::Type) -> bool {
                <$via as tokio_postgres::types::FromSql<'a>>::accepts(ty)
            }
        }
    };
    ($name:ty, $via:ty, $out:ident, $in:expr) => {
        $crate::db::via_postgres!(for [] $name, $via, $out, $in);
    };
}
pub(crate) use via_postgres;

/// Marks a statement's text, so that the tests find every one: each is prepared on both engines, tied to its tenant,
/// and planned.
macro_rules! sql {
    ($text:expr) => {
        $text
    };
}
pub(crate) use sql;
