//! HTTP handlers for listing and reading members.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{Member, MemberView, store};
use crate::{
    access::{Access, OrgTx, Role, actions},
    base::{
        error::Result,
        id::{Id, UserId},
        list::CommaList,
        page::{Page, Paging},
        text::Search,
    },
    http::{answer::Tagged, input::List},
};

actions! {
    SeeMembers: See on ();
    SeeMember: See on Member;
}

/// Filters for a list of members.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberFilters {
    /// Only members with one of these roles, separated by commas: `owner,admin`.
    pub role: Option<CommaList<Role>>,
    /// Only members whose name and email address contain these words, also within other words, whatever their case and accents.
    pub q: Option<Search>,
}

pub async fn list(access: Access<SeeMembers>, list: List<MemberFilters>) -> Result<Page<MemberView>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (MemberFilters, Paging)| {
        let after: Option<UserId> = paging.after()?;
        let wanted = store::MemberQuery {
            roles: filters.role.map(|roles| roles.0),
            patterns: filters.q.as_ref().and_then(Search::patterns),
            ids: None,
            after: after.unwrap_or(Id::new(Uuid::nil())),
            rows: paging.rows(),
        };
        let page = paging.page(store::page(tx, &wanted).await?, |member| member.user);
        let items = page.items.into_iter().map(|member| member.view(tx)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn get(access: Access<SeeMember>) -> Result<Tagged<MemberView>> {
    access.read((), async |tx: &OrgTx, member: Member, ()| Ok(member.view(tx))).await.map(Tagged)
}
