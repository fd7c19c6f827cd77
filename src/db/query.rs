//! A builder for statements whose conditions depend on the request. It concatenates fixed texts, never input.

use super::{Param, Sql};

/// A statement that is being built. Each `?` is a placeholder for the next value; `$1` remains the scope's id.
pub struct Query<'a> {
    sql: String,
    values: Vec<&'a (dyn Param + Sync)>,
    /// Whether a list in it has more than [`FEW`] values.
    names_rows: bool,
}

/// The maximum number of rows that a statement inserts.
const CHUNK: usize = 64;

/// The length of a list up to which PostgreSQL looks its values up in an index, whatever it believes of the organization.
const FEW: usize = 8;

impl<'a> Query<'a> {
    /// The number of rows that a statement should name at most: what concerns more takes several. A statement that names its
    /// rows has the same good plan in a small and in a large organization.
    pub const ROWS: usize = 512;

    #[must_use]
    pub fn new(sql: &'static str, values: &[&'a (dyn Param + Sync)]) -> Self {
        let mut query = Self::empty(sql.len());
        query.append(sql, values);
        query
    }

    fn empty(length: usize) -> Self {
        Self { sql: String::with_capacity(length + 256), values: Vec::new(), names_rows: false }
    }

    /// Starts with `select <columns><rest>`, where `columns` is the select list of a row. Both may contain `?`.
    #[must_use]
    pub fn select(columns: &'static str, rest: &'static str, values: &[&'a (dyn Param + Sync)]) -> Self {
        let mut query = Self::empty(columns.len() + rest.len());
        query.append(&format!("select {columns}{rest}"), values);
        query
    }

    /// Appends a text and the values of its `?` placeholders.
    pub fn push(&mut self, sql: &'static str, values: &[&'a (dyn Param + Sync)]) {
        self.append(sql, values);
    }

    fn append(&mut self, sql: &str, values: &[&'a (dyn Param + Sync)]) {
        let mut parts = sql.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (part, value) in parts.zip(values) {
            self.value(*value);
            self.sql.push_str(part);
        }
    }

    /// Appends a row to those of an insertion, whose text so far ends with `values`: `$1`, and these values.
    pub fn row(&mut self, values: &[&'a (dyn Param + Sync)]) {
        self.sql.push_str(if self.sql.ends_with("values") { " ($1" } else { ", ($1" });
        for value in values {
            self.sql.push_str(", ");
            self.value(*value);
        }
        self.sql.push(')');
    }

    /// Appends `and <column> in (…)`. The list is padded to a power of two, so that a few prepared statements serve all
    /// lengths. An empty list appends `and false`.
    pub fn among<T: Param + Sync>(&mut self, column: &'static str, list: &'a [T]) {
        let Some(filler) = list.last() else {
            self.sql.push_str(" and false");
            return;
        };
        self.names_rows |= list.len() > FEW;
        self.sql.push_str(" and ");
        self.sql.push_str(column);
        self.sql.push_str(" in (");
        for index in 0..list.len().next_power_of_two() {
            if index > 0 {
                self.sql.push_str(", ");
            }
            self.value(list.get(index).unwrap_or(filler));
        }
        self.sql.push(')');
    }

    /// Appends `and <column> like …` for each of these patterns. An empty list appends `and false`.
    pub fn matching(&mut self, column: &'static str, patterns: &'a [String]) {
        if patterns.is_empty() {
            self.sql.push_str(" and false");
        }
        for pattern in patterns {
            self.sql.push_str(" and ");
            self.sql.push_str(column);
            self.sql.push_str(" like ");
            self.value(pattern);
        }
    }

    fn value(&mut self, value: &'a (dyn Param + Sync)) {
        self.values.push(value);
        // The values start at `$2`: `$1` is the scope's id.
        self.sql.push('$');
        self.sql.push_str(&(self.values.len() + 1).to_string());
    }

    /// Splits rows to insert into chunks whose lengths are powers of two, so that a few prepared statements serve all lengths.
    pub fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
        std::iter::from_fn(move || {
            let length = 1 << rows.len().min(CHUNK).checked_ilog2()?;
            let (chunk, rest) = rows.split_at_checked(length)?;
            rows = rest;
            Some(chunk)
        })
    }

    #[must_use]
    pub fn sql(&self) -> Sql<'_> {
        Sql::new(&self.sql).naming_rows(self.names_rows)
    }

    #[must_use]
    pub fn values(&self) -> &[&'a (dyn Param + Sync)] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_their_order_after_the_tenant() {
        let (a, list) = (1i64, [2i64, 3, 4]);
        let mut query = Query::new("select 1 from t where org_id = $1 and a = ?", &[&a]);
        query.among("b", &list);
        query.push(" and (c = ? or c = ?)", &[&a, &a]);
        assert_eq!(
            query.sql().text(),
            "select 1 from t where org_id = $1 and a = $2 and b in ($3, $4, $5, $6) and (c = $7 or c = $8)"
        );
        assert_eq!(query.values().len(), 7);
        query.among("d", &[] as &[i64]);
        assert!(query.sql().text().ends_with(" and false"));
    }

    #[test]
    fn rows_begin_with_the_tenant() {
        let (a, b) = (1i64, 2i64);
        let mut query = Query::new("insert into t (org_id, a, b) values", &[]);
        query.row(&[&a, &b]);
        query.row(&[&b, &a]);
        assert_eq!(query.sql().text(), "insert into t (org_id, a, b) values ($1, $2, $3), ($1, $4, $5)");
        assert_eq!(query.values().len(), 4);
    }

    #[test]
    fn chunks_are_powers_of_two_and_leave_nothing_out() {
        for (length, expected) in
            [(0, vec![]), (1, vec![1]), (7, vec![4, 2, 1]), (64, vec![64]), (199, vec![64, 64, 64, 4, 2, 1])]
        {
            let rows: Vec<usize> = (0..length).collect();
            let lengths: Vec<usize> = Query::chunks(&rows).map(<[usize]>::len).collect();
            assert_eq!(lengths, expected);
            assert_eq!(Query::chunks(&rows).flatten().copied().collect::<Vec<_>>(), rows);
        }
    }
}
