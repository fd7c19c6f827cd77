//! The caller's tasks in all their organizations: a page from each, merged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use super::{
    Priority, Status, Task, TaskView,
    list::{Assignee, Creator, Cursor, Due, Has, LabelFilter, Sort, TaskFilters, TaskQuery},
    named::{Named, Span},
    parts::{self, TaskField},
    store,
};
use crate::{
    access::UserTx,
    base::{
        clock::Time,
        error::Result,
        id::Id,
        list::{CommaList, Flag},
        page::{Page, Paging},
    },
    http::partial::Partial,
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
    /// Only tasks in other statuses than these.
    pub not_status: Option<CommaList<Status>>,
    /// Only tasks with other priorities than these.
    pub not_priority: Option<CommaList<Priority>>,
    /// Only tasks with any of these labels, by id, or `none` (no label).
    pub label: Option<CommaList<LabelFilter>>,
    /// Only tasks with none of these labels. `none` leaves out tasks without a label.
    pub not_label: Option<CommaList<LabelFilter>>,
    /// Only tasks created by these users: `me` (the caller) or a user's id.
    pub creator: Option<CommaList<Creator>>,
    /// Only tasks created by other users than these.
    pub not_creator: Option<CommaList<Creator>>,
    /// Only tasks that are due `today` or `this_week` (from Monday to Sunday) in the caller's time zone, that are `overdue`, or
    /// that have no deadline (`none`).
    pub due: Option<CommaList<Due>>,
    /// Only tasks to which none of these applies.
    pub not_due: Option<CommaList<Due>>,
    /// Only tasks that have any of these: `comments`, a `description`, `subtasks`, or a deadline (`due`).
    pub has: Option<CommaList<Has>>,
    /// Only tasks that have none of these.
    pub not_has: Option<CommaList<Has>>,
    /// Only tasks due before this time.
    pub due_before: Option<Time>,
    /// Only tasks due at this time or later.
    pub due_after: Option<Time>,
    /// Only tasks changed after this time.
    pub updated_after: Option<Time>,
    /// `true` lists only open tasks past their due time, `false` only the others.
    pub overdue: Option<Flag>,
    /// `true` lists only tasks that have to wait, because an open task that the caller sees blocks them; `false` only the
    /// others.
    pub blocked: Option<Flag>,
    /// Only these fields of the tasks, `id` and `organization`. The others are left out, although the schema requires them. All if
    /// absent.
    pub fields: Option<CommaList<TaskField>>,
}

/// A task of the caller's, with its organization.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyTask {
    #[serde(flatten)]
    pub task: Partial<TaskView>,
    /// The organization that the task is in.
    pub organization: OrgName,
}

impl MyFilters {
    /// Returns the same as filters of an organization's tasks.
    fn in_each(self) -> TaskFilters {
        let open = || CommaList(Status::VARIANTS.iter().copied().filter(|status| status.is_open()).collect());
        let filters = TaskFilters {
            status: Some(self.status.unwrap_or_else(open)),
            not_status: self.not_status,
            priority: self.priority,
            not_priority: self.not_priority,
            assignee: Some(CommaList(vec![Assignee::Me])),
            label: self.label,
            not_label: self.not_label,
            creator: self.creator,
            not_creator: self.not_creator,
            due: self.due,
            not_due: self.not_due,
            has: self.has,
            not_has: self.not_has,
            due_before: self.due_before,
            due_after: self.due_after,
            updated_after: self.updated_after,
            overdue: self.overdue,
            blocked: self.blocked,
            template: Some(Flag(false)),
            ..TaskFilters::default()
        };
        filters.positive()
    }
}

/// Returns a page of the caller's tasks. The earliest due time comes first; tasks without one come last.
///
/// # Errors
/// 422 if the cursor is of another list.
pub async fn page(me: &UserTx, filters: MyFilters, paging: &Paging) -> Result<Page<MyTask>> {
    let sort = Sort::by_due_time();
    let cursor = paging.after::<Cursor>()?.map(|cursor| cursor.typed(&sort)).transpose()?;
    let names = parts::names(filters.fields.as_ref());
    let filters = filters.in_each();
    let (due, not_due) = Span::of_both(me, &filters).await?;
    let mut found: Vec<(Task, MyTask)> = Vec::new();
    for (org,) in orgs::store::mine(me, Id::NIL, i64::MAX).await? {
        let Some(tx) = me.visit(org).await? else { continue };
        let Some(organization) = orgs::name(&tx).await? else { continue };
        let wanted = TaskQuery {
            within: None,
            ids: None,
            reader: tx.user(),
            only: Named::wanted(&tx, &filters).await?,
            but: Named::unwanted(&tx, &filters).await?,
            due: due.clone(),
            not_due: not_due.clone(),
            terms: None,
            filters: filters.clone(),
            sort: sort.clone(),
            now: tx.now(),
            cursor: cursor.clone(),
            rows: paging.rows(),
        };
        let tasks = store::page(&tx, &wanted).await?.into_iter();
        found.extend(tasks.map(|task| {
            let shown = Partial::new(task.clone().view(&tx), &names);
            (task, MyTask { task: shown, organization: organization.clone() })
        }));
    }
    let moment = |task: &Task| task.deadline.map(Deadline::moment);
    found.sort_by_key(|(task, _)| (task.deadline.is_none(), moment(task), task.id));
    let page = paging.page(found, |(task, _)| sort.cursor(task));
    let items = page.items.into_iter().map(|(_, task)| task).collect();
    Ok(Page { items, next_cursor: page.next_cursor })
}
