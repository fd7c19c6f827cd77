//! The text of a statement, which only [`sql!`](crate::sql) and [`Query`](super::Query) create.

/// The text of a statement. It is fixed at compile time, or concatenated from such texts, never from input.
#[derive(Debug, Clone, Copy)]
pub struct Sql<'a> {
    text: &'a str,
    /// Whether it contains `$1`: the id of the organization or user whose data the transaction accesses.
    names_owner: bool,
    /// Whether it names many rows, one by one.
    names_rows: bool,
}

impl<'a> Sql<'a> {
    /// Creates a statement. Only [`sql!`](crate::sql) and [`Query`](super::Query) may call this.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self { text, names_owner: names_owner(text), names_rows: false }
    }

    /// Says that the statement names many rows, one by one. PostgreSQL then plans it for these values: it would take a plan
    /// for any values that reads all rows of an average organization instead, and so all of a large one.
    pub(super) const fn naming_rows(self, names_rows: bool) -> Self {
        Self { names_rows, ..self }
    }

    pub(super) const fn names_rows(self) -> bool {
        self.names_rows
    }

    /// Returns the text, which both engines prepare unchanged.
    #[must_use]
    pub const fn text(self) -> &'a str {
        self.text
    }

    pub(super) const fn names_owner(self) -> bool {
        self.names_owner
    }
}

/// Returns whether a text contains the parameter `$1`. (`$10` is a different parameter.)
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

/// Returns the total length of the texts, in bytes.
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

/// Concatenates the texts.
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

/// Creates a statement from literals and the select lists of rows: `sql!("select ", Row::COLUMNS, " from …")`. It must
/// contain `$1`. A statement without an organization or user is marked as such: `sql!(unowned "select …")`.
///
/// The tests find every statement in the sources, prepare it on both engines, and check that it is restricted to its
/// organization and uses an index.
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
