//! The handler that lists the trash.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Kind, Place, TrashItem,
    store::{self, TrashQuery},
};
use crate::{
    access::{Access, Facts, OrgTx, Permission, actions},
    base::{
        clock::Time,
        error::Result,
        list::CommaList,
        page::{Page, Paging},
    },
    http::input::List,
};

actions! {
    SeeTrash: SeeTrash on ();
}

/// The query parameters of the trash.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrashFilters {
    /// Lists only items of these kinds: `project`, `task`.
    pub kind: Option<CommaList<Kind>>,
}

pub async fn list(access: Access<SeeTrash>, list: List<TrashFilters>) -> Result<Page<TrashItem>> {
    let read =
        async |tx: &OrgTx, (), (filters, paging): (TrashFilters, Paging)| page(tx, &filters, &paging).await;
    access.read(list, read).await
}

/// Lists exactly those deleted objects that the caller may restore.
async fn page(tx: &OrgTx, filters: &TrashFilters, paging: &Paging) -> Result<Page<TrashItem>> {
    let wants = |kind| filters.kind.as_ref().is_none_or(|kinds| kinds.0.contains(&kind));
    let may = |permission, own| tx.may(permission, Facts { own, ..Facts::default() });
    let wanted = TrashQuery {
        reader: tx.user(),
        creator: (!may(Permission::DeleteTask, false)).then_some(tx.user()),
        before: paging.after::<Place>()?.unwrap_or((Time::from_millis(i64::MAX), Uuid::max())),
        rows: paging.rows(),
    };
    let mut items = Vec::new();
    if wants(Kind::Task) {
        items.extend(store::tasks(tx, &wanted).await?);
    }
    if wants(Kind::Project) && may(Permission::DeleteProject, false) {
        items.extend(store::projects(tx, &wanted).await?);
    }
    items.sort_unstable_by_key(|item| Reverse(item.place()));
    Ok(paging.page(items, TrashItem::place))
}
