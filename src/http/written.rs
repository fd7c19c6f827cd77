//! The header that tells which entry of the activity a request wrote.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    http::{Extensions, HeaderName, HeaderValue, Method},
    response::Response,
};

use super::idempotency::Answer;
use crate::base::error::{Result, StoredAnswer};

/// The header of an answer to a change: the `seq` of the last entry of the activity that the change wrote.
pub const SEQ: HeaderName = HeaderName::from_static("activity-seq");

/// Where a request notes the last entry of the activity that it wrote, in the request's extensions. Clones share the place.
#[derive(Debug, Clone, Default)]
pub struct Written(Arc<AtomicI64>);

impl Written {
    /// Makes a place for a request's entry in its extensions.
    pub fn noted_in(extensions: &mut Extensions) -> Self {
        let written = Self::default();
        extensions.insert(written.clone());
        written
    }

    /// Notes an entry.
    pub fn note(&self, seq: i64) {
        self.0.store(seq, Ordering::Relaxed);
    }

    /// Forgets what was noted, because its transaction begins again or wrote nothing after all.
    pub fn forget(&self) {
        self.note(0);
    }

    /// Returns the entry, if the request wrote one.
    fn seq(&self) -> Option<i64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|seq| *seq > 0)
    }

    /// Returns an answer in the form in which it is stored, with the header.
    ///
    /// # Errors
    /// 500 if it can't be serialized.
    pub fn stored(&self, answer: &impl Answer) -> Result<StoredAnswer> {
        let mut stored = answer.stored()?;
        stored.headers.extend(self.seq().map(|seq| (SEQ.as_str().to_owned(), seq.to_string())));
        Ok(stored)
    }

    /// Tells the entry in the answer of a change. A stored answer tells that of the request that it was stored for.
    pub fn told(&self, method: &Method, mut response: Response) -> Response {
        if *method != Method::GET && response.status().is_success() {
            response.headers_mut().extend(self.seq().map(|seq| (SEQ, HeaderValue::from(seq))));
        }
        response
    }
}
