//! Delivery of invitation tokens, by mail or through the inviter, and reminders to invitees.

use std::time::Duration;

use super::{Invitation, InvitationView, Token, store};
use crate::{
    access::{
        OrgWrite, Viewer,
        throttle::{self, Throttle},
    },
    base::{
        error::{Code, Error, Result},
        text::Email,
    },
    effects::mail::{Message, Outbox},
    identity::accounts,
    workspace::orgs,
};

/// The time from an invitation to its reminder: five days, which leaves two until the invitation expires.
const REMINDED: Duration = Duration::from_hours(5 * 24);

/// The way in which invitation tokens are delivered: by mail or, if no mail is configured, through the inviter.
#[derive(Clone)]
pub struct Delivery {
    by_mail: Option<Outbox>,
    base: String,
}

impl Delivery {
    /// Creates a delivery. `by_mail` is the outbox if mail is configured; `base` is the URL that links start with.
    pub const fn new(by_mail: Option<Outbox>, base: String) -> Self {
        Self { by_mail, base }
    }

    /// Refuses an address that no mail can reach, where invitations are mailed.
    ///
    /// # Errors
    /// Those of [`Outbox::admit`].
    pub(super) fn admit_address(&self, email: &Email) -> Result<()> {
        self.by_mail.as_ref().map_or(Ok(()), |outbox| outbox.admit(email))
    }

    /// Counts an invitation of this address, given in canonical form, against the throttles.
    ///
    /// # Errors
    /// 429 after too many invitations by the caller, in the organization or, if they are mailed, to the address.
    pub(super) async fn admit(&self, tx: &OrgWrite, email: &str) -> Result<()> {
        let to = self.by_mail.as_ref().map(|_| Throttle::invitation(email));
        for throttle in [Throttle::inviting(tx.user(), tx.org())].into_iter().chain(to) {
            if let Some(wait) = throttle::wait(&tx.as_user().directory(), &throttle).await? {
                return Err(Error::too_many_attempts(wait));
            }
        }
        Ok(())
    }

    /// Mails the token, and schedules a reminder with the same token. If no mail is configured, returns the token to
    /// the inviter instead.
    pub(super) async fn hand_over(
        &self,
        tx: &OrgWrite,
        invitation: Invitation,
        token: Token,
    ) -> Result<InvitationView> {
        let Some(outbox) = &self.by_mail else {
            return Ok(invitation.view(tx, Some((&token, &self.base))));
        };
        let directory = tx.as_user().directory();
        let org = orgs::store::find(tx).await?.ok_or(Code::NotFound)?;
        let inviter = accounts::me(tx.as_user()).await?.name.to_string();
        let (organization, role) = (org.name.to_string(), invitation.role.into_str().to_owned());
        let message = Message::Invitation {
            inviter: inviter.clone(),
            organization: organization.clone(),
            role: role.clone(),
            token: token.text.clone(),
        };
        outbox.put(&directory, &invitation.address, message).await?;
        let until = invitation.expires_at;
        let message = Message::Reminder { inviter, organization, role, token: token.text, until };
        let due = tx.now() + REMINDED;
        let reminder = outbox.put_for(&directory, &invitation.address, message, due).await?;
        store::set_mailed(tx, invitation.id, reminder).await?;
        Ok(invitation.view(tx, None))
    }
}

/// Cancels the reminder of an invitation that is settled or resent.
pub(super) async fn forget_reminder(tx: &OrgWrite, invitation: &Invitation) -> Result<()> {
    match invitation.reminder {
        Some(reminder) => Outbox::take_back(&tx.as_user().directory(), reminder).await,
        None => Ok(()),
    }
}

/// Cancels the reminders of all the organization's pending invitations.
pub async fn forget_reminders(tx: &Viewer) -> Result<()> {
    for reminder in store::reminders(tx).await? {
        Outbox::take_back(&tx.as_user().directory(), reminder).await?;
    }
    store::forget_reminders(tx).await
}
