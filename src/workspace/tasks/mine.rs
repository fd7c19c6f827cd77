//! The caller's tasks in all their organizations: a page from each, merged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::{
    Priority, Status, Task, TaskView,
    list::{Assignee, Cursor, Sort, TaskFilters, TaskQuery},
    named::Named,
    store,
};
use crate::{
    access::{OrgTx, UserTx},
    base::{
        clock::Time,
        error::Result,
        id::Id,
        list::{CommaList, Flag},
        page::{Page, Paging},
    },
    workspace::{
        deadlines::Deadline,
        orgs::{self, OrgName},
    },
};

/// Filters for a list of the caller's tasks. A comma separates alternatives.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyFilters {
    /// Only tasks in these statuses: `todo`, `in_progress`, `review`, `done`, `cancelled`. The first three, which are open, if
    /// absent.
    pub status: Option<CommaList<Status>>,
    /// Only tasks with these priorities: `none`, `low`, `medium`, `high`, `urgent`.
    pub priority: Option<CommaList<Priority>>,
    /// Only tasks due before this time.
    pub due_before: Option<Time>,
    /// Only tasks due at this time or later.
    pub due_after: Option<Time>,
    /// `true` lists only open tasks past their due time, `false` only the others.
    pub overdue: Option<Flag>,
}

/// A task of the caller's, with its organization.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyTask {
    #[serde(flatten)]
    pub task: TaskView,
    /// The organization that the task is in.
    pub organization: OrgName,
}

impl MyFilters {
    fn wanted(self, tx: &OrgTx, cursor: Option<Cursor>, rows: i64) -> TaskQuery {
        let open = || CommaList(Status::VARIANTS.iter().copied().filter(|status| status.is_open()).collect());
        let filters = TaskFilters {
            status: Some(self.status.unwrap_or_else(open)),
            priority: self.priority,
            due_before: self.due_before,
            due_after: self.due_after,
            overdue: self.overdue,
            template: Some(Flag(false)),
            assignee: Some(CommaList(vec![Assignee::Me])),
            ..TaskFilters::default()
        };
        TaskQuery {
            within: None,
            ids: None,
            reader: tx.user(),
            only: Named { assignees: vec![tx.user()], ..Named::default() },
            but: Named::default(),
            due: None,
            not_due: None,
            terms: None,
            filters,
            sort: Sort::by_due_time(),
            now: tx.now(),
            cursor,
            rows,
        }
    }
}

/// Returns a page of the caller's tasks. The earliest due time comes first; tasks without one come last.
///
/// # Errors
/// 422 if the cursor is of another list.
pub async fn page(me: &UserTx, filters: MyFilters, paging: &Paging) -> Result<Page<MyTask>> {
    let sort = Sort::by_due_time();
    let cursor = paging.after::<Cursor>()?.map(|cursor| cursor.typed(&sort)).transpose()?;
    let mut found: Vec<(Task, MyTask)> = Vec::new();
    for (org,) in orgs::store::mine(me, Id::NIL, i64::MAX).await? {
        let Some(tx) = me.visit(org).await? else { continue };
        let Some(organization) = orgs::name(&tx).await? else { continue };
        let wanted = filters.clone().wanted(&tx, cursor.clone(), paging.rows());
        let tasks = store::page(&tx, &wanted).await?.into_iter();
        found.extend(
            tasks.map(|task| {
                (task.clone(), MyTask { task: task.view(&tx), organization: organization.clone() })
            }),
        );
    }
    let moment = |task: &Task| task.deadline.map(Deadline::moment);
    found.sort_by_key(|(task, _)| (task.deadline.is_none(), moment(task), task.id));
    let page = paging.page(found, |(task, _)| sort.cursor(task));
    let items = page.items.into_iter().map(|(_, task)| task).collect();
    Ok(Page { items, next_cursor: page.next_cursor })
}
