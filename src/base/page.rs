//! Lists in pages: keyset cursors that are opaque, sealed, and bound to where they came from.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::base::{
    error::{Code, Error, Result},
    id::Id,
    secret::Mac,
};

const DEFAULT: usize = 50;
const MOST: usize = 200;

/// One page of a list, and where the next begins.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Send it as `?cursor=` for the next page; `null` on the last.
    pub next_cursor: Option<String>,
}

/// Rust reads a plus sign too.
fn digits(text: &str) -> Option<usize> {
    let only = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| only)
}

/// Which page is asked for.
#[derive(Debug)]
pub struct Paging {
    limit: usize,
    after: Option<Vec<u8>>,
    /// What cursors of this list are bound to: organization, path, filters.
    binding: Vec<u8>,
    mac: Mac,
}

impl Paging {
    /// Reads `limit` and `cursor` as they stand in the query string.
    ///
    /// # Errors
    /// 422 for a limit outside 1 to 200, and for a cursor that is altered or of another list.
    pub fn new(limit: Option<&str>, cursor: Option<&str>, binding: Vec<u8>, mac: Mac) -> Result<Self> {
        let limit = match limit.map(digits) {
            None => DEFAULT,
            Some(Some(limit)) if (1..=MOST).contains(&limit) => limit,
            Some(_) => {
                return Err(Error::field("/limit", "out_of_range", "must be a number from 1 to 200"));
            }
        };
        let mut paging = Self { limit, after: None, binding, mac };
        if let Some(cursor) = cursor {
            let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::from(Code::InvalidCursor))?;
            let (code, place) = sealed.split_at_checked(16).ok_or(Code::InvalidCursor)?;
            if !paging.mac.verify(&[paging.binding.as_slice(), place].concat(), code) {
                return Err(Code::InvalidCursor.into());
            }
            paging.after = Some(place.to_vec());
        }
        Ok(paging)
    }

    /// Where the page before this one ended.
    ///
    /// # Errors
    /// 422 when the cursor was made by another version of this list.
    pub fn after<C: DeserializeOwned>(&self) -> Result<Option<C>> {
        let place = self.after.as_ref().map(|place| serde_json::from_slice(place)).transpose();
        place.map_err(|_| Code::InvalidCursor.into())
    }

    /// The id that the page's rows come before, in a list with the newest first.
    ///
    /// # Errors
    /// As [`Paging::after`].
    pub fn before<T>(&self) -> Result<Id<T>> {
        Ok(self.after()?.unwrap_or(Id::new(Uuid::max())))
    }

    /// How many rows to ask the database for: one more than the page has, to know whether there is another.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }

    /// How many items the page has at most.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// A cursor to this place.
    ///
    /// # Errors
    /// When it can't be written as JSON.
    pub fn seal<C: Serialize>(&self, place: &C) -> Result<String> {
        let place = serde_json::to_vec(place).map_err(Error::internal)?;
        let code = self.mac.sign(&[self.binding.as_slice(), &place].concat());
        Ok(URL_SAFE_NO_PAD.encode([code.as_slice(), &place].concat()))
    }

    /// The page out of the rows; `place` is where a row stands in the order of the list.
    pub fn page<T, C: Serialize>(&self, mut items: Vec<T>, place: impl Fn(&T) -> C) -> Page<T> {
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.and_then(|last| self.seal(&place(last)).ok());
        Page { items, next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_of_any_size_give_every_row_once_in_order(rows in 0usize..300, limit in 1usize..50) {
            let mac = Mac::new(&Secret::generate().parse().unwrap(), "cursor").unwrap();
            let (mut seen, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let limit = limit.to_string();
                let paging = Paging::new(Some(&limit), cursor.as_deref(), b"list".to_vec(), mac.clone()).unwrap();
                let after: Option<usize> = paging.after().unwrap();
                let from = after.map_or(0, |after| after + 1);
                let found: Vec<usize> = (from..rows).take(usize::try_from(paging.rows()).unwrap()).collect();
                let page = paging.page(found, |row| *row);
                seen.extend(page.items);
                cursor = page.next_cursor;
                if cursor.is_none() { break; }
            }
            prop_assert_eq!(seen, (0..rows).collect::<Vec<_>>());
        }

        #[test]
        fn an_altered_or_foreign_cursor_is_refused(at in 0usize..1000, bit in 0u8..6) {
            let mac = Mac::new(&Secret::generate().parse().unwrap(), "cursor").unwrap();
            let paging = Paging::new(Some("1"), None, b"one".to_vec(), mac.clone()).unwrap();
            let cursor = paging.page(vec!["a", "b"], |row| *row).next_cursor.unwrap();
            prop_assert!(Paging::new(None, Some(&cursor), b"one".to_vec(), mac.clone()).is_ok());
            prop_assert!(Paging::new(None, Some(&cursor), b"two".to_vec(), mac.clone()).is_err());
            let mut sealed = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let at = at % sealed.len();
            sealed[at] ^= 1 << bit;
            prop_assert!(Paging::new(None, Some(&URL_SAFE_NO_PAD.encode(sealed)), b"one".to_vec(), mac).is_err());
        }
    }
}
