//! Lists of tasks in groups: the columns of a board, or its swim lanes, each with the number of its tasks and a page of them.

use futures_util::{future::try_join_all, try_join};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::{
    Priority, Status, Task, TaskView,
    group::{Calendar, Group, Term},
    list::{Cursor, GroupBy, TaskQuery},
    plan::FEW,
    store,
};
use crate::{
    access::OrgTx,
    base::{
        error::Result,
        id::{ColumnId, LabelId},
        page::Paging,
        words::caseless,
    },
    identity::accounts::Person,
    workspace::{
        labels::{self, TaskLabel},
        projects::columns::{self, ColumnView},
    },
};

/// The most groups in an answer.
const GROUPS: usize = 50;
/// The most tasks that they have room for.
const TASKS: usize = 1_000;
/// The most tasks of a group in an answer, unless the request says it.
pub(super) const ITEMS: usize = 20;

/// A page of a list of tasks.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskPage")]
pub struct TaskPage<T> {
    /// The items of the page, in the order of the list. Empty if the list is grouped.
    pub items: Vec<T>,
    /// The cursor of the next page, for `?cursor=`; `null` on the last page. In a grouped list, that of further groups.
    pub next_cursor: Option<String>,
    /// The groups of the list, if `group_by` asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<TaskGroup<T>>>,
}

/// A group of a list of tasks, with a page of them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TaskGroup")]
pub struct TaskGroup<T> {
    /// What the tasks have in common: a status, a priority, a deadline such as `today`, the id of a column, a user or a
    /// label, or `none`.
    pub key: String,
    /// The column, if the list is grouped by columns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<ColumnView>,
    /// The user, if the list is grouped by assignees. Absent from the group `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Person>,
    /// The label, if the list is grouped by labels. Absent from the group `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<TaskLabel>,
    /// The number of tasks in the group.
    pub count: i64,
    /// The tasks of the page, in the order of the list.
    pub items: Vec<T>,
    /// The cursor of the group's next tasks, for `?cursor=`; `null` if there are none.
    pub next_cursor: Option<String>,
}

impl<T> TaskPage<T> {
    /// Makes of each task something else.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> TaskPage<U> {
        let mut all = |tasks: Vec<T>| tasks.into_iter().map(&mut f).collect();
        TaskPage {
            items: all(self.items),
            next_cursor: self.next_cursor,
            groups: self.groups.map(|groups| groups.into_iter().map(|group| group.map(&mut all)).collect()),
        }
    }
}

impl<T> TaskGroup<T> {
    fn map<U>(self, f: impl FnOnce(Vec<T>) -> Vec<U>) -> TaskGroup<U> {
        let Self { key, column, assignee, label, count, items, next_cursor } = self;
        TaskGroup { key, column, assignee, label, count, items: f(items), next_cursor }
    }
}

/// A group, and how many tasks it has.
struct Lane {
    group: Group,
    /// What groups of its kind are sorted by.
    order: String,
    /// The name of the user, if it is one's.
    name: String,
    count: i64,
}

/// Where a group stands in the order of all.
type Place = (bool, String, Group);

impl Lane {
    fn place(&self) -> Place {
        (self.group.is_none(), self.order.clone(), self.group)
    }
}

/// The position in a cursor: behind a group, or behind a task of a group.
#[derive(Debug, Serialize, Deserialize)]
enum Next {
    Groups(Place),
    Tasks(Group, Cursor),
}

/// Returns a list in groups.
///
/// # Errors
/// 422 if the cursor is of another list.
pub(super) async fn page(
    tx: &OrgTx,
    mut wanted: TaskQuery,
    by: GroupBy,
    paging: &Paging,
) -> Result<TaskPage<TaskView>> {
    let calendar = Calendar::of(tx)?;
    let next = paging.after::<Next>()?;
    if let Some(Next::Tasks(group, cursor)) = &next {
        wanted = group.alone(&wanted, &calendar);
        wanted.cursor = Some(cursor.clone().typed(&wanted.sort)?);
    }
    let mut lanes = lanes(tx, &wanted, by, &calendar).await?;
    match &next {
        Some(Next::Groups(place)) => lanes.retain(|lane| lane.place() > *place),
        Some(Next::Tasks(group, _)) => lanes.retain(|lane| lane.group == *group),
        None => {}
    }
    let room = (TASKS / paging.limit()).min(GROUPS);
    let more = lanes.len() > room;
    let few = lanes.iter().map(|lane| lane.count).sum::<i64>() <= FEW;
    lanes.truncate(room);
    let next_cursor = match lanes.last().filter(|_| more) {
        Some(last) => Some(paging.seal(&Next::Groups(last.place()))?),
        None => None,
    };
    let tasks = if few && wanted.cursor.is_none() && next.is_none() {
        together(tx, &wanted, &lanes, &calendar).await?
    } else {
        try_join_all(lanes.iter().map(|lane| alone(tx, &wanted, lane, &calendar))).await?
    };
    let groups = shown(tx, &wanted, lanes.into_iter().zip(tasks).collect(), paging).await?;
    Ok(TaskPage { items: Vec::new(), next_cursor, groups: Some(groups) })
}

/// Returns the groups of a list, in their order.
async fn lanes(tx: &OrgTx, wanted: &TaskQuery, by: GroupBy, calendar: &Calendar) -> Result<Vec<Lane>> {
    let mut lanes = always(tx, wanted, by).await?;
    for (group, name, count) in store::count_groups(tx, wanted, by, calendar).await? {
        if let Some(lane) = lanes.iter_mut().find(|lane| lane.group == group) {
            lane.count = count;
            continue;
        }
        let name = name.unwrap_or_default();
        let order = if by == GroupBy::Assignee { caseless(&name) } else { name.clone() };
        lanes.push(Lane { group, order, name, count });
    }
    lanes.retain(|lane| {
        lane.group.is_in(wanted) && (lane.count > 0 || lane.group != Group::Due(Term::Earlier))
    });
    lanes.sort_by_cached_key(Lane::place);
    Ok(lanes)
}

/// Returns the groups that a list has even if they are empty.
async fn always(tx: &OrgTx, wanted: &TaskQuery, by: GroupBy) -> Result<Vec<Lane>> {
    let numbered = |groups: Vec<Group>| {
        groups.into_iter().enumerate().map(|(n, group)| (group, n.to_string())).collect()
    };
    let groups: Vec<(Group, String)> = match (by, wanted.within) {
        (GroupBy::Status, _) => numbered(Status::VARIANTS.iter().copied().map(Group::Status).collect()),
        (GroupBy::Priority, _) => {
            numbered(Priority::VARIANTS.iter().rev().copied().map(Group::Priority).collect())
        }
        (GroupBy::Due, _) => numbered(Term::VARIANTS.iter().copied().map(Group::Due).collect()),
        (GroupBy::Column, Some(project)) => {
            let places = columns::places(tx, project).await?.into_iter();
            places.map(|(column, position)| (Group::Column(column), position)).collect()
        }
        (GroupBy::Column, None) | (GroupBy::Assignee | GroupBy::Label, _) => Vec::new(),
    };
    let empty = |(group, order)| Lane { group, order, name: String::new(), count: 0 };
    Ok(groups.into_iter().map(empty).collect())
}

/// Returns the tasks of each group of a list that has few: all are read at once.
async fn together(
    tx: &OrgTx,
    wanted: &TaskQuery,
    lanes: &[Lane],
    calendar: &Calendar,
) -> Result<Vec<Vec<Task>>> {
    let all = store::page(tx, &TaskQuery { rows: FEW, ..wanted.clone() }).await?;
    let rows = usize::try_from(wanted.rows).unwrap_or(usize::MAX);
    let of =
        |lane: &Lane| all.iter().filter(|task| lane.group.has(task, calendar)).take(rows).cloned().collect();
    Ok(lanes.iter().map(of).collect())
}

/// Returns the tasks of one group, read as a list of its own.
async fn alone(tx: &OrgTx, wanted: &TaskQuery, lane: &Lane, calendar: &Calendar) -> Result<Vec<Task>> {
    if lane.count == 0 {
        return Ok(Vec::new());
    }
    store::page(tx, &lane.group.alone(wanted, calendar)).await
}

/// Returns groups as the caller sees them.
async fn shown(
    tx: &OrgTx,
    wanted: &TaskQuery,
    lanes: Vec<(Lane, Vec<Task>)>,
    paging: &Paging,
) -> Result<Vec<TaskGroup<TaskView>>> {
    let groups = || lanes.iter().map(|(lane, _)| lane.group);
    let columns: Vec<ColumnId> = groups().filter_map(Group::column).collect();
    let labels: Vec<LabelId> = groups().filter_map(Group::label).collect();
    let (mut columns, labels) = try_join!(columns::seen(tx, &columns), labels::shown(tx, &labels))?;
    let show = |(Lane { group, name, count, .. }, tasks): (Lane, Vec<Task>)| {
        let page = paging.page(tasks, |task| Next::Tasks(group, wanted.sort.cursor(task)));
        let column = columns.iter().position(|column| group == Group::Column(column.id));
        TaskGroup {
            key: group.key(),
            column: column.map(|at| columns.swap_remove(at)),
            assignee: group.assignee().map(|id| Person { id, name }),
            label: labels.iter().find(|label| group == Group::Label(Some(label.id))).cloned(),
            count,
            items: page.items.into_iter().map(|task| task.view(tx)).collect(),
            next_cursor: page.next_cursor,
        }
    };
    Ok(lanes.into_iter().map(show).collect())
}
