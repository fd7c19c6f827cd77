//! Pages of lists of tasks: what a request asks for, in full.

use super::{
    TaskView,
    board::{self, TaskPage},
    list::{Cursor, TaskFilters, TaskQuery},
    store,
};
use crate::{
    access::OrgTx,
    base::{error::Result, id::ProjectId, page::Paging},
    workspace::projects,
};

/// Returns a page of the tasks of a project, or of all that the caller sees. If the list is grouped, a page of its groups.
///
/// # Errors
/// 422 if the cursor is of another list.
pub async fn page(
    tx: &OrgTx,
    within: Option<ProjectId>,
    filters: TaskFilters,
    paging: Paging,
) -> Result<TaskPage<TaskView>> {
    let Some(by) = filters.group_by else {
        let mut wanted = TaskQuery::of(tx, within, filters, paging.rows()).await?;
        wanted.cursor = paging.after::<Cursor>()?.map(|cursor| cursor.typed(&wanted.sort)).transpose()?;
        let page = paging.page(store::page(tx, &wanted).await?, |task| wanted.sort.cursor(task));
        let items = page.items.into_iter().map(|task| task.view(tx)).collect();
        return Ok(TaskPage { items, next_cursor: page.next_cursor, groups: None });
    };
    let paging = paging.with_default(board::ITEMS);
    let within = match (within, &filters.project) {
        (None, Some(names)) => projects::only(tx, names).await?,
        (within, _) => within,
    };
    let wanted = TaskQuery::of(tx, within, filters, paging.rows()).await?;
    board::page(tx, wanted, by, &paging).await
}
