//! The links of an archive, as far as they are checked together: no two alike, and none that closes a circle.

use std::collections::{HashMap, HashSet};

use crate::{base::id::TaskId, workspace::links::Kind};

/// The links so far, each as it is seen from both of its tasks.
#[derive(Default)]
pub(super) struct Links {
    from: HashMap<TaskId, HashSet<(Kind, TaskId)>>,
}

impl Links {
    /// Adds a link. Returns whether there was none like it.
    pub(super) fn add(&mut self, kind: Kind, task: TaskId, other: TaskId) -> bool {
        let is_new = self.from.entry(task).or_default().insert((kind, other));
        is_new && self.from.entry(other).or_default().insert((kind.reversed(), task))
    }

    /// Returns the number of links of a task.
    pub(super) fn of(&self, task: TaskId) -> usize {
        self.from.get(&task).map_or(0, HashSet::len)
    }

    /// Returns whether links of this kind lead from a task back to it: taking away, again and again, the tasks that none leads
    /// to leaves some.
    pub(super) fn has_circle(&self, kind: Kind) -> bool {
        let others = |task: &TaskId, kind: Kind| {
            let all = self.from.get(task).into_iter().flatten();
            all.filter(move |(of, _)| *of == kind).map(|(_, other)| *other)
        };
        let mut behind: HashMap<TaskId, usize> =
            self.from.keys().map(|task| (*task, others(task, kind.reversed()).count())).collect();
        let mut free: Vec<TaskId> =
            behind.iter().filter(|(_, count)| **count == 0).map(|(task, _)| *task).collect();
        let mut taken = 0;
        while let Some(task) = free.pop() {
            taken += 1;
            for other in others(&task, kind) {
                if let Some(count) = behind.get_mut(&other) {
                    *count -= 1;
                    if *count == 0 {
                        free.push(other);
                    }
                }
            }
        }
        taken < self.from.len()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> TaskId {
        TaskId::new(Uuid::from_u128(n))
    }

    #[test]
    fn a_circle_is_found_however_long_it_is_and_only_in_its_kind() {
        for length in 2..6 {
            let mut links = Links::default();
            for n in 1..length {
                assert!(links.add(Kind::Blocks, id(n), id(n + 1)));
                assert!(links.add(Kind::Blocks, id(n), id(n + 100)));
            }
            assert!(!links.has_circle(Kind::Blocks));
            links.add(Kind::Duplicates, id(length), id(1));
            assert!(!links.has_circle(Kind::Blocks) && !links.has_circle(Kind::Duplicates));
            links.add(Kind::Blocks, id(length), id(1));
            assert!(links.has_circle(Kind::Blocks) && !links.has_circle(Kind::Duplicates), "{length}");
        }
    }

    #[test]
    fn a_link_is_the_same_from_both_sides() {
        let mut links = Links::default();
        assert!(links.add(Kind::RelatesTo, id(1), id(2)));
        assert!(!links.add(Kind::RelatesTo, id(2), id(1)));
        assert!(links.add(Kind::Blocks, id(1), id(2)));
        assert!(!links.add(Kind::BlockedBy, id(2), id(1)));
        assert_eq!((links.of(id(1)), links.of(id(2)), links.of(id(3))), (2, 2, 0));
    }
}
