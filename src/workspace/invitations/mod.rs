//! Invitations: offers of membership to an email address, each with a token that is used once.

mod bulk;
mod delivery;
pub(crate) mod http;
mod store;
mod token;

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::{EnumString, IntoStaticStr, VariantNames};

pub use delivery::{Delivery, forget_reminders};
pub use token::Token;

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Resource, Role, SystemTx, UserTx, UserWrite, Viewer},
    base::{
        clock::Time,
        error::{Code, Error, Result},
        id::{InvitationId, MailId, OrgId, UserId},
        json::{ParseError, one_of},
        text::Email,
    },
    effects::ledger::{Action, Changes, Target},
    http::{
        answer::{self, Versioned},
        input::Params,
    },
    identity::accounts::{self, Person},
    workspace::orgs::{self, OrgName},
};

/// The time during which an invitation can be accepted, from its creation or last resending.
pub const LIFE: Duration = Duration::from_hours(7 * 24);

/// The state of an invitation. Every state but `pending` is final.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", const_into_str, parse_err_ty = ParseError, parse_err_fn = one_of::<State>)]
#[schemars(rename = "InvitationState")]
pub enum State {
    Pending,
    Accepted,
    Declined,
    Revoked,
    Expired,
}

crate::db::text_column!(State, into_str);

/// An invitation, as it is stored.
#[derive(Debug, Clone)]
pub struct Invitation {
    pub id: InvitationId,
    /// The address, as the inviter gave it.
    pub address: String,
    /// The address in its canonical form.
    pub email: String,
    pub role: Role,
    pub state: State,
    pub invited_by: UserId,
    pub inviter: String,
    pub created_at: Time,
    pub expires_at: Time,
    /// The reminder message, unless it was canceled.
    pub reminder: Option<MailId>,
    /// Whether the token went out by mail alone, so that whoever has it has proved the invited address. A token that a
    /// response has shown proves no address.
    pub mailed: bool,
}

/// An invitation, as owners and admins see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Invitation")]
pub struct InvitationView {
    /// The invitation's id.
    pub id: InvitationId,
    /// The address that is invited; `a deleted user` if a member with this address deleted their account.
    pub email: String,
    /// The role that the invitee gets on acceptance.
    pub role: Role,
    /// The invitation's state.
    pub state: State,
    /// The member who created the invitation.
    pub invited_by: Person,
    /// The time at which the invitation was created.
    pub created_at: Time,
    /// The time at which the invitation expires.
    pub expires_at: Time,
    /// The actions that the caller may take: `resend`, `revoke`.
    pub can: Vec<&'static str>,
    /// The secret token, to pass on to the invitee. Present only if no mail is configured, and only in the response
    /// that created or resent the invitation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The token as a link into the front end. Present if `token` is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Versioned for InvitationView {
    /// The time of expiry serves as the version: only resending changes an invitation and leaves it pending.
    fn version(&self) -> i64 {
        self.expires_at.millis()
    }
}

impl Invitation {
    fn state_at(&self, now: Time) -> State {
        match self.state {
            State::Pending if now >= self.expires_at => State::Expired,
            state => state,
        }
    }

    /// Returns the invitation if it can still be accepted.
    ///
    /// # Errors
    /// 410 unless it is pending.
    fn pending(self, now: Time) -> Result<Self> {
        if self.state_at(now) == State::Pending { Ok(self) } else { Err(Code::InvitationGone.into()) }
    }

    /// Returns the invitation if it is addressed to `email`.
    ///
    /// # Errors
    /// 403 otherwise.
    fn addressed_to(self, email: &Email) -> Result<Self> {
        if self.email == email.canonical() { Ok(self) } else { Err(Code::InvitationEmailMismatch.into()) }
    }

    /// Returns the invitation as owners and admins see it. `secret` is the token and the base of the link, which
    /// carries the token in its fragment: browsers send that to no server.
    fn view(self, tx: &OrgTx, secret: Option<(&Token, &str)>) -> InvitationView {
        let state = self.state_at(tx.now());
        let needed = needed(self.role);
        let can: &[_] = if state == State::Pending { &[("resend", needed), ("revoke", needed)] } else { &[] };
        InvitationView {
            can: tx.can(Facts::default(), can),
            state,
            id: self.id,
            email: self.address,
            role: self.role,
            invited_by: Person { id: self.invited_by, name: self.inviter },
            created_at: self.created_at,
            expires_at: self.expires_at,
            token: secret.map(|(token, _)| token.text.clone()),
            url: secret.map(|(token, base)| format!("{base}/invitations#token={}", token.text)),
        }
    }
}

impl Resource for Invitation {
    const VERSIONED: bool = true;
    const SECRET: bool = true;

    async fn find(viewer: &Viewer, path: &Params) -> Result<Option<Self>> {
        match path.get("id") {
            Some(id) => store::find(viewer, id).await,
            None => Ok(None),
        }
    }

    fn version(&self) -> Option<i64> {
        Some(self.expires_at.millis())
    }

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        answer::shown(&self.view(tx, None))
    }
}

/// A request to invite an email address to an organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The e-mail address to invite. Only an account with this address can accept.
    pub email: Email,
    /// The role that the invitee gets on acceptance. Only owners can invite owners.
    pub role: Role,
}

const fn needed(role: Role) -> Permission {
    match role {
        Role::Owner => Permission::InviteOwner,
        Role::Admin | Role::Member => Permission::Invite,
    }
}

/// Creates an invitation and delivers its token. A refused request writes nothing but its count in the throttles.
///
/// # Errors
/// 403 if a caller who isn't an owner invites an owner; 409 if the address belongs to a member or has a pending
/// invitation, or if the organization has too many pending invitations; 429 after too many invitations in a short time.
pub async fn create(tx: &OrgWrite, new: NewInvitation, delivery: &Delivery) -> Result<InvitationView> {
    tx.demand(needed(new.role), Facts::default())?;
    if store::is_member(tx, &new.email).await? {
        return Err(Code::AlreadyMember.into());
    }
    if store::count_pending(tx).await? >= tx.limits().invitations {
        return Err(Code::TooManyInvitations.into());
    }
    delivery.admit_address(&new.email)?;
    delivery.admit(tx, new.email.canonical()).await?;
    let (token, id) = (Token::generate(tx.org()), tx.id());
    if !claim(tx, new.email.canonical(), id).await? {
        return Err(Code::AlreadyInvited.into());
    }
    store::insert(tx, id, &new, &token.hash(), tx.now() + LIFE).await?;
    note_invited(&tx.as_user().directory(), new.email.canonical(), tx.org()).await?;
    let changes = Changes::none().new_field("role", &new.role);
    tx.record(Action::InvitationCreated, Target::Invitation(id), changes);
    let invitation = store::find(tx, id).await?.ok_or(Code::NotFound)?;
    delivery.hand_over(tx, invitation, token).await
}

/// Reserves the address for this invitation, because an address has at most one pending invitation per organization. An
/// expired invitation loses its reservation. Returns whether the address is reserved.
async fn claim(tx: &OrgWrite, email: &str, id: InvitationId) -> Result<bool> {
    let directory = tx.as_user().directory();
    if store::claim_email(&directory, email, tx.org(), id).await? {
        return Ok(true);
    }
    if let Some(old) = store::pending_of(&directory, email, tx.org()).await?
        && let Some(old) = store::find(tx, old).await?
        && old.state_at(tx.now()) == State::Expired
    {
        settle(tx, &old, State::Expired).await?;
        return store::claim_email(&directory, email, tx.org(), id).await;
    }
    Ok(false)
}

/// Moves a pending invitation to a final state, cancels its reminder and frees its address.
pub async fn settle(tx: &OrgWrite, invitation: &Invitation, state: State) -> Result<()> {
    store::set_state(tx, invitation.id, state).await?;
    delivery::forget_reminder(tx, invitation).await?;
    store::free_email(&tx.as_user().directory(), &invitation.email, tx.org()).await
}

/// Gives a pending invitation a new token and another seven days, and delivers the token.
///
/// # Errors
/// 403 if the caller may not invite with this role; 410 unless it is pending; 429 after too many invitations in a short
/// time.
pub async fn resend(tx: &OrgWrite, invitation: Invitation, delivery: &Delivery) -> Result<InvitationView> {
    tx.demand(needed(invitation.role), Facts::default())?;
    let invitation = invitation.pending(tx.now())?;
    delivery.admit(tx, &invitation.email).await?;
    delivery::forget_reminder(tx, &invitation).await?;
    let token = Token::generate(tx.org());
    let expires_at = tx.now() + LIFE;
    store::retire_token(tx, invitation.id).await?;
    store::renew(tx, invitation.id, &token.hash(), expires_at).await?;
    tx.record(Action::InvitationResent, Target::Invitation(invitation.id), Changes::none());
    delivery.hand_over(tx, Invitation { expires_at, ..invitation }, token).await
}

/// Revokes a pending invitation.
///
/// # Errors
/// 403 if the caller may not invite with this role; 410 unless it is pending.
pub async fn revoke(tx: &OrgWrite, invitation: Invitation) -> Result<()> {
    tx.demand(needed(invitation.role), Facts::default())?;
    let invitation = invitation.pending(tx.now())?;
    revoke_one(tx, &invitation).await
}

/// What an invitation shows instead of the address of somebody who deleted their account.
pub const ADDRESS_ERASED: &str = "a deleted user";

/// Notes that an organization has an invitation to an address, given in canonical form, so that it can be erased there.
pub async fn note_invited(tx: &SystemTx, email: &str, org: OrgId) -> Result<()> {
    store::note_invited(tx, email, org).await
}

/// Erases the address of somebody who deletes their account from the invitations of all organizations. One that is
/// pending is declined. `proved` tells whether the address is known to be theirs; if it isn't, only invitations that
/// were accepted or declined are changed, since that took their token.
pub async fn erase_address(me: &UserWrite, email: &Email, proved: bool) -> Result<()> {
    let directory = me.directory();
    for org in store::invited_by(&directory, email).await? {
        if proved && let Some(pending) = store::pending_of(&directory, email.canonical(), org).await? {
            decline_for_good(me, org, pending).await?;
            store::free_email(&directory, email.canonical(), org).await?;
        }
        store::erase_address(&me.peek(org), email, proved).await?;
    }
    Ok(())
}

/// Declines an invitation whose invitee deletes their account. Nobody can read those of a deleted organization.
async fn decline_for_good(me: &UserWrite, org: OrgId, id: InvitationId) -> Result<()> {
    // A placeholder: nothing is authorized by the role.
    let Some(tx) = me.join(org, Role::Member).await? else { return Ok(()) };
    let Some(invitation) = store::find(&tx, id).await? else { return Ok(()) };
    if invitation.state_at(tx.now()) == State::Expired {
        return settle(&tx, &invitation, State::Expired).await;
    }
    settle(&tx, &invitation, State::Declined).await?;
    tx.record(Action::InvitationDeclined, Target::Invitation(id), Changes::none());
    Ok(())
}

async fn revoke_one(tx: &OrgWrite, invitation: &Invitation) -> Result<()> {
    settle(tx, invitation, State::Revoked).await?;
    tx.record(Action::InvitationRevoked, Target::Invitation(invitation.id), Changes::none());
    Ok(())
}

/// Revokes an inviter's pending invitations that they couldn't make with the role left to them. `None` as the role
/// revokes all. Returns the ids of the revoked invitations.
pub async fn void(tx: &OrgWrite, inviter: UserId, role: Option<Role>) -> Result<Vec<InvitationId>> {
    let mut revoked = Vec::new();
    for invitation in store::pending_by(tx, inviter).await? {
        let may = |role| {
            crate::access::policy::allows(needed(invitation.role), role, Facts::default(), tx.settings())
        };
        if !role.is_some_and(may) {
            revoke_one(tx, &invitation).await?;
            revoked.push(invitation.id);
        }
    }
    Ok(revoked)
}

/// The offer of an invitation, as the holder of its token sees it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InvitationOffer")]
pub struct Offer {
    /// The organization that the invitation is to.
    pub organization: OrgName,
    /// The address that is invited. Only an account with this address can accept.
    pub email: String,
    /// The role that the invitee gets on acceptance.
    pub role: Role,
    /// The member who created the invitation.
    pub invited_by: Person,
    /// The time at which the invitation expires.
    pub expires_at: Time,
}

/// A pending invitation, as its invitee sees it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MyInvitation {
    /// The invitation's id.
    pub id: InvitationId,
    /// The organization that the invitation is to.
    pub organization: OrgName,
    /// The role that the invitee gets on acceptance.
    pub role: Role,
    /// The member who created the invitation.
    pub invited_by: Person,
    /// The time at which the invitation was created.
    pub created_at: Time,
    /// The time at which the invitation expires.
    pub expires_at: Time,
}

/// Returns the invitation that has this token.
///
/// # Errors
/// 404 if the token was never issued; 410 if the invitation was resent since, with another token.
async fn by_token(viewer: &Viewer, token: &Token) -> Result<Invitation> {
    match store::find_by_token(viewer, &token.hash()).await? {
        Some(invitation) => Ok(invitation),
        None if store::is_old_token(viewer, &token.hash()).await? => Err(Code::InvitationGone.into()),
        None => Err(Code::NotFound.into()),
    }
}

/// Returns the offer of the invitation that has this token.
///
/// # Errors
/// 404 if the token was never issued, or its organization is deleted; 403 if that is disabled; 410 unless the invitation is
/// pending and the token is its newest.
async fn look_up(viewer: &Viewer, token: &Token) -> Result<Offer> {
    let invitation = by_token(viewer, token).await?;
    let organization = orgs::store::find(viewer).await?.ok_or(Code::NotFound)?;
    if organization.disabled_at.is_some() {
        return Err(Code::OrganizationDisabled.into());
    }
    let invitation = invitation.pending(viewer.now())?;
    Ok(Offer {
        organization: organization.into(),
        email: invitation.address,
        role: invitation.role,
        invited_by: Person { id: invitation.invited_by, name: invitation.inviter },
        expires_at: invitation.expires_at,
    })
}

/// Returns the caller's invitation in an organization, or `None` unless it can still be accepted.
async fn mine(me: &UserTx, org: OrgId, id: InvitationId) -> Result<Option<MyInvitation>> {
    let viewer = me.peek(org);
    let Some(found) = store::find(&viewer, id).await? else {
        return Ok(None);
    };
    let organization = orgs::store::find(&viewer).await?;
    let Some(organization) = organization.filter(|organization| organization.disabled_at.is_none()) else {
        return Ok(None);
    };
    let Ok(found) = found.pending(me.now()) else {
        return Ok(None);
    };
    Ok(Some(MyInvitation {
        id: found.id,
        organization: organization.into(),
        role: found.role,
        invited_by: Person { id: found.invited_by, name: found.inviter },
        created_at: found.created_at,
        expires_at: found.expires_at,
    }))
}

/// The way in which an invitee names an invitation.
pub enum Key {
    Token(Token),
    /// By its id, as in the list of the invitee's own invitations.
    Listed(OrgId, InvitationId),
}

impl Key {
    const fn org(&self) -> OrgId {
        match self {
            Self::Token(token) => token.org,
            Self::Listed(org, _) => *org,
        }
    }

    async fn invitation(&self, viewer: &Viewer, email: &Email) -> Result<Invitation> {
        let found = match self {
            Self::Token(token) => by_token(viewer, token).await?,
            Self::Listed(_, id) => store::find(viewer, *id).await?.ok_or(Code::NotFound)?,
        };
        found.pending(viewer.now())?.addressed_to(email)
    }
}

/// Returns the invitation to the caller, whose address is `email`. Called before [`answerable`], which locks the
/// organization, so that made-up tokens don't hold up its members.
///
/// # Errors
/// 403 unless the invitation is addressed to `email`; 404 if there is none; 410 unless it is pending.
pub async fn offered(me: &UserWrite, key: &Key, email: &Email) -> Result<Invitation> {
    key.invitation(&me.peek(key.org()), email).await
}

/// Opens a write transaction in the invitation's organization, and returns it with the invitation.
///
/// # Errors
/// Those of [`offered`].
pub async fn answerable(me: &UserWrite, key: &Key, email: &Email) -> Result<(OrgWrite, Invitation)> {
    // A placeholder: the invitation's role is known only once it is read under the lock. Nothing is authorized before.
    let tx = me.join(key.org(), Role::Member).await?.ok_or(Code::NotFound)?;
    let invitation = key.invitation(&tx, email).await?;
    Ok((tx, invitation))
}

async fn decline(me: &UserWrite, key: &Key) -> Result<()> {
    let email = accounts::own_email(me).await?;
    offered(me, key, &email).await?;
    let (tx, invitation) = answerable(me, key, &email).await?;
    settle(&tx, &invitation, State::Declined).await?;
    tx.record(Action::InvitationDeclined, Target::Invitation(invitation.id), Changes::none());
    Ok(())
}

/// Returns the invitation that somebody without an account could accept with the `invitation_token` of their request.
///
/// # Errors
/// 403 if it is for another address; 422 if the token was never issued, and unless the invitation is pending.
pub async fn for_newcomer(tx: &SystemTx, token: &Token, email: &Email) -> Result<Invitation> {
    Key::Token(token.clone()).invitation(&tx.peek(token.org), email).await.map_err(unusable)
}

/// Turns the refusal of an invitation into one of the `invitation_token` that named it.
pub fn unusable(error: Error) -> Error {
    match error.code() {
        code @ (Code::NotFound | Code::InvitationGone) => {
            Error::field("/invitation_token", code.as_str(), "must be the token of a pending invitation")
        }
        _ => error,
    }
}

/// Returns the caller's address if it is verified. Any other proves nothing: anybody can sign up with it.
async fn proved_email(me: &UserTx) -> Result<Option<Email>> {
    let me = accounts::me(me).await?;
    if me.email_verified { accounts::stored_email(&me.email).map(Some) } else { Ok(None) }
}
