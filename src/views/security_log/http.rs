//! The handlers that list the security logs.

use super::{Filters, OrgFilters, OrgSecurityEvent, SecurityEvent, store};
use crate::{
    access::{Access, InSession, OrgTx, SignedIn, UserTx, actions},
    base::{
        error::Result,
        page::{Page, Paging},
    },
    http::input::List,
};

actions! {
    ReadSecurityLog: ReadSecurityLog on ();
}

pub async fn of_account(me: SignedIn<InSession>, list: List<Filters>) -> Result<Page<SecurityEvent>> {
    let read = async |tx: &UserTx, (filters, paging): (Filters, Paging)| {
        let found = store::page(tx, &filters, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |entry| entry.id))
    };
    me.read(list, read).await
}

pub async fn of_org(
    access: Access<ReadSecurityLog>,
    list: List<OrgFilters>,
) -> Result<Page<OrgSecurityEvent>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (OrgFilters, Paging)| {
        let found = store::page_in(tx, &filters, paging.before()?, paging.rows()).await?;
        Ok(paging.page(found, |entry| entry.event.id))
    };
    access.read(list, read).await
}
