//! Pagination of lists with keyset cursors. A cursor is opaque, authenticated with a MAC, and valid only for the list
//! and the filters that it was created for.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::base::{
    error::{Code, Error, Result},
    id::Id,
    list::whole,
    secret::Mac,
};

const DEFAULT: usize = 50;
const MOST: usize = 200;

/// One page of a list, with the cursor of the next page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The items of the page.
    pub items: Vec<T>,
    /// The cursor of the next page, to be sent as `?cursor=`. `null` on the last page.
    pub next_cursor: Option<String>,
}

/// The page that a request asks for: its maximum size and the position where it starts.
#[derive(Debug)]
pub struct Paging {
    limit: Option<usize>,
    after: Option<Vec<u8>>,
    /// The data that the list's cursors are bound to: organization, path and filters.
    binding: Vec<u8>,
    mac: Mac,
}

impl Paging {
    /// Parses the query parameters `limit` and `cursor`. Without a limit, the page has at most 50 items.
    ///
    /// # Errors
    /// 422 for a limit outside 1 to 200, and for a cursor that was altered or belongs to another list.
    pub fn new(limit: Option<&str>, cursor: Option<&str>, binding: Vec<u8>, mac: Mac) -> Result<Self> {
        let limit = limit.map(|limit| whole(limit, &(1..=MOST))).transpose();
        let limit = limit.map_err(|flaw| Error::parameter("limit", flaw.code, flaw.message))?;
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

    /// Returns the same with another number of items for a request without a limit.
    #[must_use]
    pub fn with_default(self, limit: usize) -> Self {
        Self { limit: self.limit.or(Some(limit)), ..self }
    }

    /// Returns the position of the previous page's last row; `None` on the first page.
    ///
    /// # Errors
    /// 422 when the position in the cursor isn't a `C`, for example because another release created it.
    pub fn after<C: DeserializeOwned>(&self) -> Result<Option<C>> {
        let place = self.after.as_ref().map(|place| serde_json::from_slice(place)).transpose();
        place.map_err(|_| Code::InvalidCursor.into())
    }

    /// Returns the exclusive upper bound for the ids of this page, in a list that is sorted from newest to oldest.
    ///
    /// # Errors
    /// The same as [`Paging::after`].
    pub fn before<T>(&self) -> Result<Id<T>> {
        Ok(self.after()?.unwrap_or(Id::new(Uuid::max())))
    }

    /// Returns how many rows to query: one more than the page holds, to find out whether there is a next page.
    #[must_use]
    pub fn rows(&self) -> i64 {
        i64::try_from(self.limit() + 1).unwrap_or(i64::MAX)
    }

    /// Returns the maximum number of items on the page.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT)
    }

    /// Creates a cursor that points behind this position.
    ///
    /// # Errors
    /// When the position can't be serialized as JSON.
    pub fn seal<C: Serialize>(&self, place: &C) -> Result<String> {
        let place = serde_json::to_vec(place).map_err(Error::internal)?;
        let code = self.mac.sign(&[self.binding.as_slice(), &place].concat());
        Ok(URL_SAFE_NO_PAD.encode([code.as_slice(), &place].concat()))
    }

    /// Creates the page from up to [`Paging::rows`] rows. `place` returns a row's position in the order of the list.
    pub fn page<T, C: Serialize>(&self, mut items: Vec<T>, place: impl Fn(&T) -> C) -> Page<T> {
        let more = items.len() > self.limit();
        items.truncate(self.limit());
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
