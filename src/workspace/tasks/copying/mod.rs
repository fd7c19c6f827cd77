//! Copying tasks into a project, with what is on them: new tasks, written together however many they are.

mod duplicate;
mod shift;
mod whole;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    iter,
};

pub use duplicate::{Duplicate, DuplicatedTask, duplicate};
pub use whole::Originals;

use super::{SubtaskCounts, Task, store, subtasks};
use crate::{
    access::OrgWrite,
    base::{
        error::{Code, Error, Result},
        id::{TaskId, UserId},
    },
    db::Query,
    effects::{index, ledger::Action},
    identity::accounts::Person,
    workspace::{
        assignments::{self, Assignment},
        counts, deadlines, labels,
        projects::{Project, columns::Place},
    },
};

/// The most tasks that are copied at once.
pub const MOST: usize = 500;

/// The copy of a task that is to be made.
pub(super) struct Seat {
    /// The original, less what isn't copied of it, with the dates of the copy.
    original: Task,
    id: TaskId,
    place: Place,
    position: String,
}

/// Checks that there aren't too many tasks to copy.
///
/// # Errors
/// 409 if there are.
fn check_count(tasks: &[Task]) -> Result<()> {
    if tasks.len() > MOST { Err(Code::TooManyToCopy.into()) } else { Ok(()) }
}

/// Copies tasks into a project. Assignees who can't see it are left out: returns these assignments.
///
/// # Errors
/// 409 if the organization would have too many tasks.
async fn copy(tx: &OrgWrite, to: &Project, mut seats: Vec<Seat>) -> Result<Vec<Assignment>> {
    tx.count_tasks(i64::try_from(seats.len()).map_err(Error::internal)?)?;
    // Their numbers are in the order of the originals' numbers.
    seats.sort_by_key(|seat| seat.original.number);
    let pairs: Vec<(TaskId, TaskId)> = seats.iter().map(|seat| (seat.original.id, seat.id)).collect();
    let copies: HashMap<TaskId, TaskId> = pairs.iter().copied().collect();
    let seeing = seeing(tx, to, &seats).await?;
    let numbers = store::take_numbers(tx, to.id, seats.len()).await?;
    let (mut tasks, mut unassigned) = (Vec::with_capacity(seats.len()), Vec::new());
    for (Seat { original, id, place, position }, number) in seats.into_iter().zip(numbers) {
        let is_near = original.project_id == to.id;
        let above = original.parent().and_then(|one| copies.get(&one).copied().or(is_near.then_some(one)));
        let (assignees, blind) = original.assignees.into_iter().partition(|one| seeing.contains(&one.id));
        let task = Task {
            id,
            number,
            status: place.status,
            column_id: place.column,
            assignees,
            parent_id: above,
            parent_is_deleted: false,
            position,
            subtask_counts: SubtaskCounts::default(),
            comment_count: 0,
            links: Vec::new(),
            is_blocked: false,
            created_by: Person { id: tx.user(), name: String::new() },
            completed_at: None,
            version: 1,
            created_at: tx.now(),
            updated_at: tx.now(),
            ..original
        };
        let task = task.within(to);
        let blind: Vec<Person> = blind;
        unassigned.extend(blind.into_iter().map(|user| Assignment { task: task.reference(), user }));
        tasks.push(task);
    }
    record(tx, &tasks);
    put(tx, to, tasks, &pairs).await?;
    Ok(unassigned)
}

/// Returns those of the assignees who can see the project.
async fn seeing(tx: &OrgWrite, to: &Project, seats: &[Seat]) -> Result<Vec<UserId>> {
    let users = seats.iter().flat_map(|seat| &seat.original.assignees).map(|person| person.id);
    let users: BTreeSet<UserId> = users.collect();
    assignments::store::seeing(tx, to.id, &users.into_iter().collect::<Vec<_>>()).await
}

fn record(tx: &OrgWrite, tasks: &[Task]) {
    for task in tasks {
        tx.record(Action::TaskCreated, task.entry(), task.created());
        for person in &task.assignees {
            assignments::record(tx, task.entry(), person.id);
        }
    }
}

/// Writes copies, each of which is also given with its original, and what is on them.
async fn put(tx: &OrgWrite, to: &Project, mut tasks: Vec<Task>, pairs: &[(TaskId, TaskId)]) -> Result<()> {
    arrange(&mut tasks);
    let ids: Vec<TaskId> = tasks.iter().map(|task| task.id).collect();
    let labels = tasks.iter().flat_map(|task| task.labels.iter().map(|label| (task.id, label.id)));
    let assigned = tasks.iter().flat_map(|task| task.assignees.iter().map(|person| (task.id, person.id)));
    let (labels, assigned): (Vec<_>, Vec<_>) = (labels.collect(), assigned.collect());
    let copies: HashSet<TaskId> = ids.iter().copied().collect();
    let is_copy = |id: TaskId| copies.contains(&id);
    counts::around(tx, ids.clone(), async || {
        store::insert(tx, &tasks).await?;
        labels::store::put_on(tx, &labels).await?;
        assignments::store::add_to_new(tx, &assigned).await?;
        for ids in ids.chunks(Query::ROWS) {
            assignments::store::keep_due(tx, ids).await?;
        }
        for task in tasks.iter().filter(|task| task.parent_id.is_some_and(|above| !is_copy(above))) {
            subtasks::count(tx, None, Some(task)).await?;
        }
        index::copy(tx, to.id, pairs).await?;
        deadlines::expect(tx, tasks.iter().filter_map(|task| task.deadline)).await
    })
    .await
}

/// Puts each task behind the one that it is a subtask of, and counts its own. None of them is done.
fn arrange(tasks: &mut [Task]) {
    let above: HashMap<TaskId, TaskId> =
        tasks.iter().filter_map(|task| Some((task.id, task.parent_id?))).collect();
    let mut totals: HashMap<TaskId, i64> = HashMap::new();
    for parent in above.values() {
        *totals.entry(*parent).or_default() += 1;
    }
    for task in tasks.iter_mut() {
        task.subtask_counts.total = totals.get(&task.id).copied().unwrap_or_default();
    }
    tasks.sort_by_cached_key(|task| iter::successors(above.get(&task.id), |id| above.get(id)).count());
}
