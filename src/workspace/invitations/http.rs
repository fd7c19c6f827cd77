//! HTTP handlers for managing an organization's invitations, and for looking up, listing and declining one's own.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Delivery, Invitation, InvitationView, Key, MyInvitation, NewInvitation, Offer, State as InvitationState,
    Token,
    bulk::{self, Bulk, Results},
    store,
};
use crate::{
    access::{
        Access, Action, OrgTx, OrgWrite, Permission, Public, SignedIn, SystemTx, UserTx, UserWrite, actions,
    },
    base::{
        error::{Code, Result},
        id::{Id, InvitationId, OrgId},
        list::CommaList,
        page::{Page, Paging},
    },
    http::{
        answer::{self, Counts, Created, NoContent, Removal, Secret, Tagged},
        input::{DryRun, Input, Json, List, NoBody, NoFilters, Query},
    },
};

actions! {
    ListInvitations: ListInvitations on ();
    Invite: Invite on ();
    ManageInvitation: Invite on Invitation;
}

/// Invites many at once.
pub enum InviteMany {}
impl Action for InviteMany {
    type Resource = ();
    const IN_BATCH: bool = false;
    const PERMISSION: Permission = Permission::Invite;
}

/// Filters for a list of invitations.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationFilters {
    /// Only invitations in one of these states, separated by commas: `pending,expired`.
    pub state: Option<CommaList<InvitationState>>,
}

pub async fn list(
    access: Access<ListInvitations>,
    list: List<InvitationFilters>,
) -> Result<Page<InvitationView>> {
    let read = async |tx: &OrgTx, (), (filters, paging): (InvitationFilters, Paging)| {
        let wanted = store::InvitationQuery {
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

pub async fn create(
    access: Access<Invite>,
    State(delivery): State<Delivery>,
    body: Json<NewInvitation>,
) -> Result<Secret<Created<InvitationView>>> {
    let invite = async move |tx: &OrgWrite, (), new: NewInvitation| {
        let object = super::create(tx, new, &delivery).await?;
        let location = format!("/v1/orgs/{}/invitations/{}", tx.org(), object.id);
        Ok(Secret(Created { location, object }))
    };
    access.write(body, invite).await
}

pub async fn create_bulk(
    access: Access<InviteMany>,
    State(delivery): State<Delivery>,
    body: Json<Bulk>,
) -> Result<Secret<answer::Ok<Results>>> {
    let invite = async move |tx: &OrgWrite, (), bulk: Bulk| {
        bulk::invite(tx, bulk, &delivery).await.map(answer::Ok).map(Secret)
    };
    access.write(body, invite).await
}

pub async fn resend(
    access: Access<ManageInvitation>,
    State(delivery): State<Delivery>,
    body: NoBody,
) -> Result<Secret<Tagged<InvitationView>>> {
    let resend = async move |tx: &OrgWrite, invitation, ()| {
        super::resend(tx, invitation, &delivery).await.map(Tagged).map(Secret)
    };
    access.write(body, resend).await
}

pub async fn revoke(access: Access<ManageInvitation>, query: Query<DryRun>) -> Result<Removal> {
    let revoke = async |tx: &OrgWrite, invitation, dry_run: DryRun| {
        super::revoke(tx, invitation).await?;
        Ok(dry_run.removal(tx, Counts::one("invitations"), None))
    };
    access.write(query, revoke).await
}

/// A request that names an invitation by its token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "InvitationTokenRequest")]
pub struct ByToken {
    /// The token from the invitation's link.
    pub token: Token,
}

pub async fn lookup(public: Public, body: Json<ByToken>) -> Result<answer::Ok<Offer>> {
    let given = body.open(Uuid::nil())?;
    let read = async move |tx: &SystemTx| super::look_up(&tx.peek(given.token.org), &given.token).await;
    public.read(read).await.map(answer::Ok)
}

pub async fn decline(me: SignedIn, body: Json<ByToken>) -> Result<NoContent> {
    let decline = async |me: &UserWrite, given: ByToken| {
        super::decline(me, &Key::Token(given.token)).await?;
        Ok(NoContent)
    };
    me.write(body, decline).await
}

pub async fn mine(me: SignedIn, list: List<NoFilters>) -> Result<Page<MyInvitation>> {
    let read = async |me: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let after: Option<OrgId> = paging.after()?;
        let found = match super::proved_email(me).await? {
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

/// Returns the key of an invitation that a path names by id.
///
/// # Errors
/// 404 unless it is addressed to the caller, whose address is verified.
pub async fn listed(me: &UserTx, id: Option<InvitationId>) -> Result<Key> {
    let (id, email) = id.zip(super::proved_email(me).await?).ok_or(Code::NotFound)?;
    let org = store::org_of(me, &email, id).await?.ok_or(Code::NotFound)?;
    Ok(Key::Listed(org, id))
}

pub async fn decline_mine(me: SignedIn, body: NoBody) -> Result<NoContent> {
    let id = me.params().get("id");
    let decline = async move |me: &UserWrite, ()| {
        super::decline(me, &listed(me, id).await?).await?;
        Ok(NoContent)
    };
    me.write(body, decline).await
}
