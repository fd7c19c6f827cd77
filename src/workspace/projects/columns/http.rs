//! HTTP handlers for the columns of a board.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Column, ColumnPatch, ColumnView, NewColumn, store};
use crate::{
    access::{Access, OrgTx, OrgWrite, actions},
    base::{
        error::Result,
        id::{ColumnId, Id},
        list::Flag,
        page::{Page, Paging},
    },
    http::{
        answer::{Counts, Created, Removal, Tagged},
        input::{DryRun, Json, List, NoFilters, Query},
    },
    workspace::projects::Project,
};

actions! {
    SeeColumns: See on Project;
    CreateColumn: ManageColumns on Project;
    ManageColumn: ManageColumns on Column;
}

/// Where the tasks of a column go that is deleted or gets another status.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct To {
    /// The column of the same project that the tasks in this one go to.
    pub move_to: Option<ColumnId>,
}

/// Options for deleting a column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// The column of the same project that the tasks in this one go to. Needed if there are any.
    pub move_to: Option<ColumnId>,
    /// If `true`, changes nothing and returns the number of objects of each kind that the call would affect.
    pub dry_run: Option<Flag>,
}

pub async fn list(access: Access<SeeColumns>, list: List<NoFilters>) -> Result<Page<ColumnView>> {
    let read = async |tx: &OrgTx, project: Project, (_, paging): (NoFilters, Paging)| {
        let after: Option<(String, ColumnId)> = paging.after()?;
        let (position, id) = after.unwrap_or((String::new(), Id::NIL));
        let found = store::page(tx, project.id, (&position, id), paging.rows()).await?;
        let page = paging.page(found, |column| (column.position.clone(), column.id));
        let items = page.items.into_iter().map(|column| column.view(tx)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn create(access: Access<CreateColumn>, body: Json<NewColumn>) -> Result<Created<ColumnView>> {
    let create = async |tx: &OrgWrite, project: Project, new: NewColumn| {
        let object = super::create(tx, &project, new).await?;
        let location = format!("/v1/orgs/{}/projects/{}/columns/{}", tx.org(), project.id, object.id);
        Ok(Created { location, object })
    };
    access.write(body, create).await
}

pub async fn update(
    access: Access<ManageColumn>,
    query: Query<To>,
    body: Json<ColumnPatch>,
) -> Result<Tagged<ColumnView>> {
    let update = async |tx: &OrgWrite, column, (to, patch): (To, ColumnPatch)| {
        super::update(tx, column, patch, to.move_to).await.map(Tagged)
    };
    access.write((query, body), update).await
}

pub async fn delete(access: Access<ManageColumn>, query: Query<How>) -> Result<Removal> {
    let delete = async |tx: &OrgWrite, column: Column, how: How| {
        let tasks = super::delete(tx, &column, how.move_to).await?;
        let dry_run = DryRun { dry_run: how.dry_run };
        Ok(dry_run.removal(tx, Counts::one("columns").and("tasks", tasks), None))
    };
    access.write(query, delete).await
}
