//! The conversions between Rust types and database columns: those of the types in `base`, and macros for the types of
//! features.

use uuid::Uuid;

use crate::base::{
    clock::Time,
    day::Day,
    emoji::Emoji,
    id::Id,
    text::{Color, Description, MailToken, Name, ProjectKey, Remark, Search, Slug, Ticket, TimeZone, Title},
};

/// Stores a type as text: written with the first function, read with the second or else with `FromStr`.
macro_rules! text_column {
    ($name:ty, $text:ident) => {
        $crate::db::text_column!($name, $text, |text: &str| text.parse());
    };
    ($name:ty, $text:ident, $read:expr) => {
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(rusqlite::types::ToSqlOutput::from(self.$text()))
            }
        }
        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let read: Result<Self, _> = ($read)(value.as_str()?);
                read.map_err(|e| rusqlite::types::FromSqlError::Other(Box::from(format!("{e}"))))
            }
        }
        $crate::db::via_postgres!($name, &str, $text, $read);
    };
}
pub(crate) use text_column;

/// Stores an enumeration as its discriminant, a small integer, so that the database sorts by it.
macro_rules! rank_column {
    ($name:ty) => {
        impl $name {
            pub(crate) const fn rank(self) -> i16 {
                self as i16
            }

            fn from_rank(rank: i16) -> Result<Self, &'static str> {
                Self::from_repr(rank).ok_or("no such rank")
            }
        }
        impl rusqlite::types::ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
                Ok(self.rank().into())
            }
        }
        impl rusqlite::types::FromSql for $name {
            fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
                let rank = i16::column_result(value)?;
                Self::from_rank(rank).map_err(|e| rusqlite::types::FromSqlError::Other(e.into()))
            }
        }
        $crate::db::via_postgres!($name, i16, rank, <$name>::from_rank);
    };
}
pub(crate) use rank_column;

/// Implements PostgreSQL's `ToSql` and `FromSql` for a type by converting it to and from another type.
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

text_column!(Color, as_str);
text_column!(Description, as_str);
text_column!(Emoji, as_str);
text_column!(MailToken, as_str);
text_column!(Name, as_str, Name::kept);
text_column!(ProjectKey, as_str);
text_column!(Remark, as_str);
text_column!(Search, as_str);
text_column!(Slug, as_str);
text_column!(Ticket, as_str);
text_column!(TimeZone, as_str);
text_column!(Title, as_str, Title::kept);

impl rusqlite::types::ToSql for Time {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.millis().into())
    }
}

impl rusqlite::types::FromSql for Time {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        value.as_i64().map(Self::from_millis)
    }
}

via_postgres!(Time, i64, millis, |millis| Ok::<_, ()>(Time::from_millis(millis)));

impl rusqlite::types::ToSql for Day {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(self.number().into())
    }
}

impl rusqlite::types::FromSql for Day {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        Self::from_number(value.as_i64()?).map_err(|e| rusqlite::types::FromSqlError::Other(e.into()))
    }
}

via_postgres!(Day, i64, number, Day::from_number);

impl<T> rusqlite::types::ToSql for Id<T> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::from(self.uuid()))
    }
}

impl<T> rusqlite::types::FromSql for Id<T> {
    fn column_result(value: rusqlite::types::ValueRef<'_>) -> rusqlite::types::FromSqlResult<Self> {
        Uuid::column_result(value).map(Self::new)
    }
}

via_postgres!(for [T] Id<T>, Uuid, uuid, |uuid| Ok::<_, ()>(Id::new(uuid)));
