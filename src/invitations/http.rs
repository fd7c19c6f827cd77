//! Inviting; and what the invited do.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{Invitation, InvitationView, Key, MyInvitation, NewInvitation, Offer, State, Token, store};
use crate::{
    access::{Access, OrgTx, OrgWrite, Public, SignedIn, SystemTx, UserTx, UserWrite, actions},
    error::{Code, Result},
    http::{
        answer::{self, Created, NoContent, Tagged},
        input::{Input, Json, List, NoBody},
    },
    id::{Id, InvitationId, OrgId},
    list::CommaList,
    orgs::{OrgView, http::NoFilters},
    page::{Page, Paging},
};

actions! {
    ListInvitations: ListInvitations on ();
    Invite: Invite on ();
    ManageInvitation: Invite on Invitation;
}

/// Which invitations.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// In one of these states: `pending,expired`.
    pub state: Option<CommaList<State>>,
}

pub async fn list(access: Access<ListInvitations>, list: List<Filters>) -> Result<Page<InvitationView>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (Filters, Paging)| {
        let before: Option<InvitationId> = paging.after()?;
        let wanted = store::Wanted {
            states: filters.state.map(|states| states.0),
            now: tx.now(),
            before: before.unwrap_or(Id::new(Uuid::max())),
            rows: paging.rows(),
        };
        let page = paging.page(store::page(tx, &wanted).await?, |invitation| invitation.id);
        let items = page
            .items
            .into_iter()
            .map(|invitation| invitation.view(tx.now(), None))
            .collect();
        Ok(Page {
            items,
            next_cursor: page.next_cursor,
        })
    };
    access.read(list, read).await
}

pub async fn create(access: Access<Invite>, body: Json<NewInvitation>) -> Result<Created<InvitationView>> {
    let base = access.app().config().public_url.clone();
    let invite = async move |tx: &OrgWrite, (), new: NewInvitation| {
        let object = super::create(tx, new, &base).await?;
        Ok(Created {
            location: format!("/v1/orgs/{}/invitations/{}", tx.org(), object.id),
            object,
        })
    };
    access.write(body, invite).await
}

pub async fn resend(access: Access<ManageInvitation>, body: NoBody) -> Result<Tagged<InvitationView>> {
    let base = access.app().config().public_url.clone();
    let resend = async move |tx: &OrgWrite, invitation, ()| super::resend(tx, invitation, &base).await;
    access.write(body, resend).await.map(Tagged)
}

pub async fn revoke(access: Access<ManageInvitation>) -> Result<NoContent> {
    access
        .write((), async |tx: &OrgWrite, invitation, ()| {
            super::revoke(tx, invitation).await
        })
        .await?;
    Ok(NoContent)
}

/// An invitation, by the secret in its link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByToken {
    pub token: Token,
}

pub async fn lookup(public: Public, body: Json<ByToken>) -> Result<answer::Ok<Offer>> {
    let given = body.open(Uuid::nil())?;
    let read = async move |tx: &SystemTx| super::look_up(&tx.peek(given.token.org), &given.token).await;
    public.read(read).await.map(answer::Ok)
}

pub async fn accept(me: SignedIn, body: Json<ByToken>) -> Result<Tagged<OrgView>> {
    let accept = async |me: &UserWrite, given: ByToken| {
        let email = super::own_email(me).await?;
        super::accept(me, &Key::Token(given.token), &email).await
    };
    me.write(body, accept).await.map(Tagged)
}

pub async fn decline(me: SignedIn, body: Json<ByToken>) -> Result<NoContent> {
    let decline = async |me: &UserWrite, given: ByToken| {
        let email = super::own_email(me).await?;
        super::decline(me, &Key::Token(given.token), &email).await
    };
    me.write(body, decline).await?;
    Ok(NoContent)
}

pub async fn mine(me: SignedIn, list: List<NoFilters>) -> Result<Page<MyInvitation>> {
    let read = async |me: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let email = super::own_email(me).await?;
        let after: Option<OrgId> = paging.after()?;
        let found = store::of_email(me, &email, after.unwrap_or(Id::new(Uuid::nil())), paging.rows()).await?;
        let page = paging.page(found, |(org, _)| *org);
        let mut items = Vec::with_capacity(page.items.len());
        for (org, id) in page.items {
            items.extend(super::mine(me, org, id).await?);
        }
        Ok(Page {
            items,
            next_cursor: page.next_cursor,
        })
    };
    me.read(list, read).await
}

/// The listed invitation that a path names, if it is for this address.
async fn listed(me: &UserTx, id: Option<InvitationId>, email: &crate::text::Email) -> Result<Key> {
    let id = id.ok_or(Code::NotFound)?;
    let org = store::org_of(me, email, id).await?.ok_or(Code::NotFound)?;
    Ok(Key::Listed(org, id))
}

pub async fn accept_mine(me: SignedIn, body: NoBody) -> Result<Tagged<OrgView>> {
    let id = me.params().get("id");
    let accept = async move |me: &UserWrite, ()| {
        let email = super::own_email(me).await?;
        super::accept(me, &listed(me, id, &email).await?, &email).await
    };
    me.write(body, accept).await.map(Tagged)
}

pub async fn decline_mine(me: SignedIn, body: NoBody) -> Result<NoContent> {
    let id = me.params().get("id");
    let decline = async move |me: &UserWrite, ()| {
        let email = super::own_email(me).await?;
        super::decline(me, &listed(me, id, &email).await?, &email).await
    };
    me.write(body, decline).await?;
    Ok(NoContent)
}
