//! Inviting; and what the invited do.

use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Delivery, Invitation, InvitationView, Key, MyInvitation, NewInvitation, Offer, State, Token,
    bulk::{self, Bulk, Results},
    store,
};
use crate::{
    access::{Access, OrgTx, OrgWrite, Public, SignedIn, SystemTx, UserTx, UserWrite, actions},
    error::{Code, Result},
    http::{
        answer::{self, Counts, Created, NoContent, Removal, Tagged},
        client::Client,
        input::{DryRun, Input, Json, List, NoBody, Query},
    },
    id::{Id, InvitationId, OrgId},
    list::CommaList,
    orgs::{OrgView, http::NoFilters},
    page::{Page, Paging},
    text::Email,
    throttle,
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
        let wanted = store::Wanted {
            states: filters.state.map(|states| states.0),
            now: tx.now(),
            before: paging.before()?,
            rows: paging.rows(),
        };
        let page = paging.page(store::page(tx, &wanted).await?, |invitation| invitation.id);
        let items = page.items.into_iter().map(|invitation| invitation.view(tx, None)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    access.read(list, read).await
}

pub async fn create(access: Access<Invite>, body: Json<NewInvitation>) -> Result<Created<InvitationView>> {
    let delivery = Delivery::of(access.app());
    let invite = async move |tx: &OrgWrite, (), new: NewInvitation| {
        let object = super::create(tx, new, &delivery).await?;
        Ok(Created { location: format!("/v1/orgs/{}/invitations/{}", tx.org(), object.id), object })
    };
    access.write(body, invite).await
}

pub async fn create_bulk(access: Access<Invite>, body: Json<Bulk>) -> Result<answer::Ok<Results>> {
    let delivery = Delivery::of(access.app());
    let invite = async move |tx: &OrgWrite, (), bulk: Bulk| bulk::invite(tx, bulk, &delivery).await;
    access.write(body, invite).await.map(answer::Ok)
}

pub async fn resend(access: Access<ManageInvitation>, body: NoBody) -> Result<Tagged<InvitationView>> {
    let delivery = Delivery::of(access.app());
    let resend = async move |tx: &OrgWrite, invitation, ()| super::resend(tx, invitation, &delivery).await;
    access.write(body, resend).await.map(Tagged)
}

pub async fn revoke(access: Access<ManageInvitation>, query: Query<DryRun>) -> Result<Removal> {
    let revoke = async |tx: &OrgWrite, invitation, dry_run: DryRun| {
        super::revoke(tx, invitation).await?;
        Ok(dry_run.removal(tx, Counts::one("invitations"), None))
    };
    access.write(query, revoke).await
}

/// An invitation, by the secret in its link.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ByToken {
    pub token: Token,
}

pub async fn lookup(public: Public, client: Client, body: Json<ByToken>) -> Result<answer::Ok<Offer>> {
    let given = body.open(Uuid::nil())?;
    let read = async move |tx: &SystemTx| super::look_up(&tx.peek(given.token.org), &given.token).await;
    throttle::unless_guessed(public.app(), &client, public.read(read).await).await.map(answer::Ok)
}

pub async fn accept(me: SignedIn, client: Client, body: Json<ByToken>) -> Result<Tagged<OrgView>> {
    let verification = me.app().config().email_verification;
    let accept = async move |me: &UserWrite, given: ByToken| {
        let email = super::proved_email(me, verification).await?;
        super::accept(me, &Key::Token(given.token), email.as_ref()).await
    };
    throttle::unless_guessed(me.app(), &client, me.write(body, accept).await).await.map(Tagged)
}

pub async fn decline(me: SignedIn, client: Client, body: Json<ByToken>) -> Result<NoContent> {
    let verification = me.app().config().email_verification;
    let decline = async move |me: &UserWrite, given: ByToken| {
        let email = super::proved_email(me, verification).await?;
        super::decline(me, &Key::Token(given.token), email.as_ref()).await
    };
    throttle::unless_guessed(me.app(), &client, me.write(body, decline).await).await?;
    Ok(NoContent)
}

pub async fn mine(me: SignedIn, list: List<NoFilters>) -> Result<Page<MyInvitation>> {
    let verification = me.app().config().email_verification;
    let read = async move |me: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let after: Option<OrgId> = paging.after()?;
        let found = match super::proved_email(me, verification).await? {
            Some(email) => store::of_email(me, &email, after.unwrap_or(Id::NIL), paging.rows()).await?,
            None => Vec::new(),
        };
        let page = paging.page(found, |(org, _)| *org);
        let mut items = Vec::with_capacity(page.items.len());
        for (org, id) in page.items {
            if me.reaches(org) {
                items.extend(super::mine(me, org, id).await?);
            }
        }
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    me.read(list, read).await
}

/// The listed invitation that a path names, if it is for this address.
async fn listed(me: &UserTx, id: Option<InvitationId>, email: Option<&Email>) -> Result<Key> {
    let (id, email) = id.zip(email).ok_or(Code::NotFound)?;
    let org = store::org_of(me, email, id).await?.ok_or(Code::NotFound)?;
    Ok(Key::Listed(org, id))
}

pub async fn accept_mine(me: SignedIn, body: NoBody) -> Result<Tagged<OrgView>> {
    let (id, verification) = (me.params().get("id"), me.app().config().email_verification);
    let accept = async move |me: &UserWrite, ()| {
        let email = super::proved_email(me, verification).await?;
        super::accept(me, &listed(me, id, email.as_ref()).await?, email.as_ref()).await
    };
    me.write(body, accept).await.map(Tagged)
}

pub async fn decline_mine(me: SignedIn, body: NoBody) -> Result<NoContent> {
    let (id, verification) = (me.params().get("id"), me.app().config().email_verification);
    let decline = async move |me: &UserWrite, ()| {
        let email = super::proved_email(me, verification).await?;
        super::decline(me, &listed(me, id, email.as_ref()).await?, email.as_ref()).await
    };
    me.write(body, decline).await?;
    Ok(NoContent)
}
