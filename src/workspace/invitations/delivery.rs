//! How an invitation's token reaches the invited, and how they are reminded.

use std::time::Duration;

use super::{Invitation, InvitationView, Token, store};
use crate::{
    access::{
        OrgWrite,
        throttle::{self, Throttle},
    },
    base::error::{Code, Error, Result},
    effects::mail::{Message, Outbox},
    identity::accounts,
    workspace::orgs,
};

/// How long after the invitation the invited are reminded: two days before its end.
const REMINDED: Duration = Duration::from_hours(5 * 24);

/// By mail, or, where none is configured, through the inviter.
#[derive(Clone)]
pub struct Delivery {
    by_mail: Option<Outbox>,
    base: String,
}

impl Delivery {
    /// `by_mail` where mails leave; `base` is where links lead.
    pub const fn new(by_mail: Option<Outbox>, base: String) -> Self {
        Self { by_mail, base }
    }

    /// Counts an invitation of this address, in its canonical form.
    ///
    /// # Errors
    /// 429 after too many by the caller, of the organization, and, where they are mailed, to the address.
    pub(super) async fn admit(&self, tx: &OrgWrite, email: &str) -> Result<()> {
        let to = self.by_mail.as_ref().map(|_| Throttle::invitation(email));
        for throttle in [Throttle::inviting(tx.user(), tx.org())].into_iter().chain(to) {
            if let Some(wait) = throttle::wait(&tx.as_user().directory(), &throttle).await? {
                return Err(Error::too_many_attempts(wait));
            }
        }
        Ok(())
    }

    /// Has the token mailed, now and once more before the invitation ends; or shows it to the inviter.
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
        store::set_reminder(tx, invitation.id, reminder).await?;
        Ok(invitation.view(tx, None))
    }
}

/// Takes back the reminder of an invitation that is settled, or is sent anew.
pub(super) async fn forget_reminder(tx: &OrgWrite, invitation: &Invitation) -> Result<()> {
    match invitation.reminder {
        Some(reminder) => Outbox::take_back(&tx.as_user().directory(), reminder).await,
        None => Ok(()),
    }
}

/// Takes back all reminders of the organization.
pub async fn forget_reminders(tx: &OrgWrite) -> Result<()> {
    for reminder in store::reminders(tx).await? {
        Outbox::take_back(&tx.as_user().directory(), reminder).await?;
    }
    store::forget_reminders(tx).await
}
