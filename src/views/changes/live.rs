//! The changes along with the entries that made them, for the streams of events that tell objects.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{Change, Place, Reading};
use crate::{
    access::OrgTx,
    base::{error::Result, id::Id},
    effects::ledger::{self, ActivityEntry, Kind, Mark, News},
};

/// The number of entries, and about that of objects, that are told at once.
const AT_ONCE: usize = 100;

/// What a stream tells at once.
pub struct Live {
    /// What to tell before the entries.
    pub others: Option<StreamChanges>,
    pub entries: Vec<LiveEntry>,
    /// The last entry that was told, or that the caller doesn't see.
    pub mark: Mark,
    /// How far the objects were told: at least those of the entries up to `mark`.
    pub place: Place,
    /// Whether there may be more.
    pub more: bool,
}

/// Tells of objects that changed without an entry of their own that the caller sees: those that a change of another object
/// changes, come into sight or go out of it. It comes before the entries of these changes, and its `id` is that of the event
/// before it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StreamChanges {
    /// The objects, each as it is now or as gone, in the order in which to take them up.
    pub items: Vec<Change>,
    /// Whether to discard the whole copy before applying these items, since everything is sent again.
    pub reset: bool,
}

/// An activity entry, with the object that it is about.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ActivityWithObject")]
pub struct LiveEntry {
    #[serde(flatten)]
    pub entry: ActivityEntry,
    /// The entry's subject as the caller sees it now, or as gone. Of several entries about one object, each has it. `null` for
    /// an invitation.
    pub object: Option<Change>,
}

/// Reads what follows `mark`, where objects were told up to `place`. `None` if that isn't in this history.
///
/// An entry is told once everything that it changed was: a client that comes back with its seq has missed nothing. What is
/// gone is told before what isn't, so that nothing that was told goes with it.
pub async fn read(tx: &OrgTx, mark: Mark, place: Place) -> Result<Option<Live>> {
    if ledger::known_mark(tx, place.newest).await?.is_none() {
        return Ok(None);
    }
    let newest = ledger::last_mark(tx).await?;
    let mut reading = Reading::new(tx, Place { newest, ..place }, false, AT_ONCE);
    if reading.place.whole.is_some() || reading.place.seq <= mark.seq {
        reading.read(1).await?;
    }
    let News { entries, mark, .. } = if reading.place.whole.is_some() {
        News { entries: Vec::new(), mark, more: true }
    } else {
        let told = ledger::known_mark(tx, Mark::numbered(reading.place.seq)).await?.unwrap_or(newest);
        ledger::between(tx, mark, told).await?
    };
    reading.note_subjects(&entries);
    let items = reading.items().await?;
    let subjects: Vec<Uuid> = entries.iter().map(|entry| entry.subject.id).collect();
    let by_id: HashMap<Uuid, &Change> = items.iter().map(|item| (item.id(), item)).collect();
    let with_object =
        |entry: ActivityEntry| LiveEntry { object: by_id.get(&entry.subject.id).copied().cloned(), entry };
    let entries: Vec<LiveEntry> = entries.into_iter().map(with_object).collect();
    let (place, reset) = (reading.place, reading.reset);
    let items: Vec<Change> = items
        .into_iter()
        .filter(|item| item.takes_others_along() || !subjects.contains(&item.id()))
        .collect();
    let others = (reset || !items.is_empty()).then_some(StreamChanges { items, reset });
    let more = mark.seq < newest.seq || place.whole.is_some();
    Ok(Some(Live { others, entries, mark, place, more }))
}

impl Reading<'_> {
    /// Notes what entries that the caller sees are about.
    fn note_subjects(&mut self, entries: &[ActivityEntry]) {
        for ActivityEntry { seq, subject, .. } in entries {
            let (seq, touched) = (*seq, &mut self.touched);
            match subject.kind {
                Kind::Organization => touched.organization = touched.organization.max(Some(seq)),
                Kind::Member => touched.members.note(Id::new(subject.id), seq, true),
                Kind::Invitation => {}
                Kind::Project => touched.projects.note(Id::new(subject.id), seq, true),
                Kind::Task => touched.tasks.note(Id::new(subject.id), seq, true),
                Kind::Column => touched.columns.note(Id::new(subject.id), seq, true),
                Kind::Label => touched.labels.note(Id::new(subject.id), seq, true),
                Kind::Comment => touched.comments.note(Id::new(subject.id), seq, true),
            }
        }
    }
}

impl Change {
    /// Returns whether tasks go with it that may have been moved away before.
    const fn takes_others_along(&self) -> bool {
        matches!(self, Self::Project(change) if change.deleted)
    }
}
