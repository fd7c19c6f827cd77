//! HTTP handlers for labels.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Label, LabelPatch, LabelView, NewLabel, store};
use crate::{
    access::{Access, OrgTx, OrgWrite, actions},
    base::{
        error::Result,
        page::{Page, Paging},
        text::Search,
    },
    http::{
        answer::{Counts, Created, Removal, Tagged},
        input::{DryRun, Json, List, Query},
    },
};

actions! {
    SeeLabels: See on ();
    SeeLabel: See on Label;
    CreateLabel: ManageLabels on ();
    ManageLabel: ManageLabels on Label;
}

/// Filters for a list of labels.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelFilters {
    /// Only labels whose name contains these words, also within other words, whatever their case and accents.
    pub q: Option<Search>,
}

pub async fn list(access: Access<SeeLabels>, list: List<LabelFilters>) -> Result<Page<LabelView>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (LabelFilters, Paging)| {
        let after: Option<String> = paging.after()?;
        let wanted = store::LabelQuery {
            patterns: filters.q.as_ref().and_then(Search::patterns),
            after: after.unwrap_or_default(),
            rows: paging.rows(),
        };
        let page = paging.page(store::page(tx, &wanted).await?, Label::caseless);
        let items = page.items.into_iter().map(|label| label.view(tx)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn create(access: Access<CreateLabel>, body: Json<NewLabel>) -> Result<Created<LabelView>> {
    let create = async |tx: &OrgWrite, (), new: NewLabel| {
        let object = super::create(tx, new).await?;
        Ok(Created { location: format!("/v1/orgs/{}/labels/{}", tx.org(), object.id), object })
    };
    access.write(body, create).await
}

pub async fn get(access: Access<SeeLabel>) -> Result<Tagged<LabelView>> {
    access.read((), async |tx: &OrgTx, label: Label, ()| Ok(label.view(tx))).await.map(Tagged)
}

pub async fn update(access: Access<ManageLabel>, body: Json<LabelPatch>) -> Result<Tagged<LabelView>> {
    let update = async |tx: &OrgWrite, label, patch| super::update(tx, label, patch).await.map(Tagged);
    access.write(body, update).await
}

pub async fn delete(access: Access<ManageLabel>, query: Query<DryRun>) -> Result<Removal> {
    let delete = async |tx: &OrgWrite, label: Label, dry_run: DryRun| {
        let tasks = super::delete(tx, &label).await?;
        Ok(dry_run.removal(tx, Counts::one("labels").and("tasks", tasks), None))
    };
    access.write(query, delete).await
}
