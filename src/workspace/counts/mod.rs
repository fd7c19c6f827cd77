//! Numbers of tasks, by project, status, priority, assignee and time. They are kept in the transaction that changes the
//! tasks, so that reading them takes the same time however many tasks there are.

mod store;

use std::{collections::BTreeMap, iter, time::Duration};

pub use store::{DUE, by_status, comparable, correct, differing, forget, overdue_until, tasks};

use crate::{
    access::{Counting, OrgWrite},
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, TaskId, UserId},
    },
    db::Query,
    workspace::status::{Priority, Status},
};

/// The bucket in which times are counted, in milliseconds: 15 minutes. Since 1972 every time zone's offset from UTC is a
/// multiple of it, so each bucket lies within one day.
pub const QUARTER: i64 = 15 * 60 * 1000;

/// How long the overdue tasks that are kept may lag behind the organization's writes. Reading adds what became overdue
/// since.
const LAG: Duration = Duration::from_mins(5);

/// What a number of tasks counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::FromRepr)]
#[repr(i16)]
pub enum Kind {
    /// The tasks of a status and priority.
    Status = 0,
    /// The tasks of a status and assignee.
    Assignee = 1,
    /// The tasks created in a quarter of an hour.
    Created = 2,
    /// The tasks that became done in a quarter of an hour.
    Done = 3,
    /// The tasks that are templates or below one, which no other kind counts.
    Template = 4,
}

crate::db::rank_column!(Kind);

/// Whose tasks a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::FromRepr)]
#[repr(i16)]
pub enum Scope {
    /// Those of a project.
    Project = 0,
    /// Those of all projects that the whole organization sees, without deleted ones and templates.
    Shared = 1,
    /// Those of all private projects, without deleted ones and templates.
    Private = 2,
}

crate::db::rank_column!(Scope);

/// What a task is counted by. Its project isn't deleted.
#[derive(Debug, Clone)]
pub struct Counted {
    pub project: ProjectId,
    pub is_private: bool,
    /// Whether the task is a template, or below one.
    pub is_template: bool,
    /// Whether the project is a template, whose tasks are counted with no others.
    pub is_in_template: bool,
    pub status: Status,
    pub priority: Priority,
    pub due_at: Option<Time>,
    pub created_at: Time,
    pub completed_at: Option<Time>,
    pub assignees: Vec<UserId>,
}

/// The key of a number of tasks. What doesn't belong to the kind or the scope is 0, and so is the user of unassigned
/// tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: Kind,
    scope: Scope,
    project: ProjectId,
    quarter: i64,
    user: UserId,
    status: i16,
    priority: i16,
}

/// A number of tasks, or how much it grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Number {
    tasks: i64,
    /// Those of them that were overdue at the time up to which the organization counts them.
    overdue: i64,
}

type Numbers = BTreeMap<Key, Number>;

impl Counted {
    /// Adds the task to the numbers; `sign` is 1, or -1 to take it away.
    fn add_to(&self, numbers: &mut Numbers, sign: i64, overdue_until: Time) {
        let zero = Key {
            kind: Kind::Status,
            scope: Scope::Project,
            project: self.project,
            quarter: 0,
            user: UserId::NIL,
            status: 0,
            priority: 0,
        };
        let shared = if self.is_private { Scope::Private } else { Scope::Shared };
        let is_overdue = self.status.is_open() && self.due_at.is_some_and(|due| due < overdue_until);
        let mut add = |key: Key, is_overdue: bool| {
            let number = numbers.entry(key).or_default();
            number.tasks += sign;
            number.overdue += if is_overdue { sign } else { 0 };
        };
        if self.is_template {
            add(Key { kind: Kind::Template, ..zero }, false);
            return;
        }
        let status = self.status.rank();
        add(Key { status, priority: self.priority.rank(), ..zero }, is_overdue);
        let whole = Key { scope: shared, project: ProjectId::NIL, ..zero };
        for zero in iter::once(zero).chain((!self.is_in_template).then_some(whole)) {
            let nobody = self.assignees.is_empty().then_some(UserId::NIL);
            for user in self.assignees.iter().copied().chain(nobody) {
                add(Key { kind: Kind::Assignee, user, status, ..zero }, is_overdue);
            }
            add(Key { kind: Kind::Created, quarter: self.created_at.millis() / QUARTER, ..zero }, false);
            if let Some(done) = self.completed_at {
                add(Key { kind: Kind::Done, quarter: done.millis() / QUARTER, ..zero }, false);
            }
        }
    }
}

/// Counts a task as it is after a change instead of as it was before. A task that isn't there is `None`.
pub async fn change(tx: &OrgWrite, old: Option<&Counted>, new: Option<&Counted>) -> Result<()> {
    change_all(tx, &[(old.cloned(), new.cloned())]).await
}

/// Does the same for several tasks.
pub async fn change_all(tx: &OrgWrite, changes: &[(Option<Counted>, Option<Counted>)]) -> Result<()> {
    let mut numbers = Numbers::new();
    for (task, sign) in changes.iter().flat_map(|(old, new)| [(old, -1), (new, 1)]) {
        if let Some(task) = task {
            task.add_to(&mut numbers, sign, tx.overdue_until());
        }
    }
    numbers.retain(|_, number| *number != Number::default());
    let numbers: Vec<(Key, Number)> = numbers.into_iter().collect();
    for numbers in numbers.chunks(Query::ROWS) {
        store::add(tx, numbers).await?;
    }
    Ok(())
}

/// Runs a change of these tasks or of their assignees, and counts them anew.
pub async fn around<T>(
    tx: &impl Counting,
    mut tasks: Vec<TaskId>,
    change: impl AsyncFnOnce() -> Result<T>,
) -> Result<T> {
    tasks.sort_unstable();
    tasks.dedup();
    store::add_all(tx, &tasks, -1).await?;
    let changed = change().await?;
    store::add_all(tx, &tasks, 1).await?;
    keep_up(tx).await?;
    Ok(changed)
}

/// Runs a change of a project's visibility or of whether it is a template, its deletion or its restoration, and counts its tasks
/// accordingly.
pub async fn around_project<T>(
    tx: &OrgWrite,
    project: ProjectId,
    change: impl AsyncFnOnce() -> Result<T>,
) -> Result<T> {
    store::add_project(tx, project, -1).await?;
    let changed = change().await?;
    store::add_project(tx, project, 1).await?;
    Ok(changed)
}

/// Counts as overdue what has become so since this was last done, unless that is only a short time ago. All tasks must be
/// counted as they are.
pub async fn keep_up(tx: &impl Counting) -> Result<()> {
    let now = tx.viewer().now();
    if now > tx.overdue_until() + LAG {
        store::add_overdue(tx).await?;
        tx.set_overdue_until(now);
    }
    Ok(())
}
