//! Places in an organization's history, which clients keep and come back with.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::base::{clock::Time, id::EntryId};

/// A place in an organization's history: a seq, and the id of the entry that has it. After a return to a backup, other entries
/// get the seqs of those that were lost: their ids tell the histories apart, however the return was made. A client may know
/// the seq alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub seq: i64,
    id: Option<EntryId>,
}

impl Mark {
    /// The place before the first entry, which all histories have.
    pub const START: Self = Self::numbered(0);

    pub const fn at(seq: i64, id: EntryId) -> Self {
        Self { seq, id: Some(id) }
    }

    /// A place that is known by its seq alone.
    pub const fn numbered(seq: i64) -> Self {
        Self { seq, id: None }
    }

    /// Returns when the entry was made, as its id tells.
    pub fn time(self) -> Time {
        self.id.map_or(Time::from_millis(0), EntryId::time)
    }

    /// Returns whether a place that a client named is this one.
    pub(super) fn is_at(self, named: Self) -> bool {
        self.seq == named.seq && named.id.is_none_or(|id| self.id == Some(id))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.id {
            Some(id) => write!(f, "{}-{id}", self.seq),
            None => write!(f, "{}", self.seq),
        }
    }
}

impl FromStr for Mark {
    type Err = ();

    /// Reads a seq, or a seq and an id with a hyphen in between. A number that is too large for a seq is one beyond the end.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (seq, id) = text.split_once('-').map_or((text, None), |(seq, id)| (seq, Some(id)));
        if seq.is_empty() || !seq.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(());
        }
        let id = id.map(|id| id.parse().map_err(drop)).transpose()?;
        Ok(Self { seq: seq.parse().unwrap_or(i64::MAX), id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for text in ["0", "12", "12-01890000-0000-7000-8000-000000000000"] {
            assert_eq!(text.parse::<Mark>().unwrap().to_string(), text);
        }
        assert_eq!("99999999999999999999".parse::<Mark>().unwrap().seq, i64::MAX);
        for wrong in ["", "x", "-1", "+1", "1.0", "1-", "1-x", "-01890000-0000-7000-8000-000000000000"] {
            assert!(wrong.parse::<Mark>().is_err(), "{wrong}");
        }
    }
}
