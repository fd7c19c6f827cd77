//! The SQL of reading the security logs. Entries that are older than 180 days aren't read, whether or not they were
//! already deleted.

use super::{Filters, OrgFilters, OrgSecurityEvent, SecurityEvent, details};
use crate::{
    access::{
        OrgTx, UserTx,
        security_log::{KEPT, Kind},
    },
    base::{
        clock::Time,
        error::Result,
        id::{SecurityEventId, TokenId, UserId},
    },
    db::{Query, columns},
    identity::accounts::Person,
};

struct Found {
    id: SecurityEventId,
    user_id: UserId,
    user_name: String,
    at: Time,
    kind: Kind,
    device: Option<String>,
    address: Option<String>,
    token_id: Option<TokenId>,
    details: String,
}

columns!(Found {
    id: "e.id",
    user_id: "e.user_id",
    user_name: "u.name",
    at: "e.at",
    kind: "e.kind",
    device: "e.device",
    address: "e.address",
    token_id: "e.token_id",
    details: "e.details",
});

impl Found {
    fn view_in_org(self) -> OrgSecurityEvent {
        let user = Person { id: self.user_id, name: self.user_name.clone() };
        OrgSecurityEvent { user, event: self.view() }
    }

    fn view(self) -> SecurityEvent {
        SecurityEvent {
            id: self.id,
            at: self.at,
            kind: self.kind,
            device: self.device,
            address: self.address,
            token_id: self.token_id,
            details: details(&self.details),
        }
    }
}

/// Returns a page of the log of the caller's account, the newest entry first.
pub(super) async fn page(
    tx: &UserTx,
    filters: &Filters,
    before: SecurityEventId,
    rows: i64,
) -> Result<Vec<SecurityEvent>> {
    let since = tx.now() - KEPT;
    let mut query = Query::select(
        Found::COLUMNS,
        " from security_events e join users u on u.id = e.user_id where e.user_id = $1 and e.id < ? and e.at > ?",
        &[&before, &since],
    );
    if let Some(kinds) = &filters.kind {
        query.among("e.kind", &kinds.0);
    }
    query.push(" order by e.id desc limit ?", &[&rows]);
    let found: Vec<Found> = tx.all(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(Found::view).collect())
}

/// Returns a page of the organization's log, the newest entry first.
pub(super) async fn page_in(
    tx: &OrgTx,
    filters: &OrgFilters,
    before: SecurityEventId,
    rows: i64,
) -> Result<Vec<OrgSecurityEvent>> {
    let since = tx.now() - KEPT;
    let mut query = Query::select(
        Found::COLUMNS,
        " from org_security_events e join users u on u.id = e.user_id
         where e.org_id = $1 and e.id < ? and e.at > ?",
        &[&before, &since],
    );
    if let Some(kinds) = &filters.kind {
        query.among("e.kind", &kinds.0);
    }
    if let Some(users) = &filters.user {
        query.among("e.user_id", &users.0);
    }
    query.push(" order by e.id desc limit ?", &[&rows]);
    let found: Vec<Found> = tx.all(query.sql(), query.values()).await?;
    Ok(found.into_iter().map(Found::view_in_org).collect())
}
