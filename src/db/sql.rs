//! The text of a statement, which only [`sql!`](crate::sql) and [`Query`](super::Query) make.

/// A statement's text. It is fixed at compile time, or put together from such texts, never from input.
#[derive(Debug, Clone, Copy)]
pub struct Sql<'a> {
    text: &'a str,
    /// Whether it names `$1`: the id of the organization or the user whose data the transaction is about.
    names_owner: bool,
}

impl<'a> Sql<'a> {
    /// What [`sql!`](crate::sql) makes.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, names_owner: names_owner(text) }
    }

    /// The text, as both engines prepare it.
    #[must_use]
    pub const fn text(self) -> &'a str {
        self.text
    }

    pub(super) const fn names_owner(self) -> bool {
        self.names_owner
    }
}

/// Whether a text has the parameter `$1`. (`$10` is another one.)
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "within the bounds of the loop; const fn has no iterators")]
pub const fn names_owner(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        if bytes[at] == b'$'
            && bytes[at + 1] == b'1'
            && (at + 2 == bytes.len() || !bytes[at + 2].is_ascii_digit())
        {
            return true;
        }
        at += 1;
    }
    false
}

/// How long texts are together, in bytes.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "within the bounds of the loop; const fn has no iterators")]
pub const fn length(parts: &[&str]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

/// Texts one after the other.
#[doc(hidden)]
#[must_use]
#[expect(clippy::indexing_slicing, reason = "within the bounds of the loops; const fn has no iterators")]
pub const fn join<const LENGTH: usize>(parts: &[&str]) -> [u8; LENGTH] {
    let mut joined = [0; LENGTH];
    let (mut to, mut part) = (0, 0);
    while part < parts.len() {
        let (bytes, mut at) = (parts[part].as_bytes(), 0);
        while at < bytes.len() {
            joined[to] = bytes[at];
            to += 1;
            at += 1;
        }
        part += 1;
    }
    joined
}

/// A statement out of literals and of the select lists of rows: `sql!("select ", Row::COLUMNS, " from …")`. It has to
/// name `$1`; one that is about nobody's data says so: `sql!(unowned "select …")`.
///
/// The tests find every one in the sources: each is prepared on both engines, tied to its tenant, and planned.
#[macro_export]
macro_rules! sql {
    (unowned $($part:expr),+ $(,)?) => {{
        const PARTS: &[&str] = &[$($part),+];
        const LENGTH: usize = $crate::db::length(PARTS);
        const BYTES: &[u8] = &$crate::db::join::<LENGTH>(PARTS);
        const TEXT: &str = match str::from_utf8(BYTES) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        };
        $crate::db::Sql::new(TEXT)
    }};
    ($($part:expr),+ $(,)?) => {{
        const SQL: $crate::db::Sql<'static> = $crate::sql!(unowned $($part),+);
        const { assert!($crate::db::names_owner(SQL.text()), "a statement names whose data it is about as $1") };
        SQL
    }};
}
pub use sql;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_joined_and_knows_whether_it_names_its_owner() {
        const COLUMNS: &str = "a, b";
        let statement = sql!("select ", COLUMNS, " from t where id = $1");
        assert_eq!(statement.text(), "select a, b from t where id = $1");
        for (text, names) in
            [("$1", true), ("a = $1 and", true), ("$10", false), ("$2", false), ("", false), ("$", false)]
        {
            assert_eq!(names_owner(text), names, "{text}");
        }
    }
}
