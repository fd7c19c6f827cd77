//! Creation, deletion and restoration of organizations, and their disabling by the server's operator.

pub(crate) mod http;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    access::{OrgWrite, Role, SystemTx, SystemWrite, UserTx, UserWrite},
    base::{
        error::{Code, Result},
        id::OrgId,
        secret,
        text::{Name, Slug},
    },
    effects::{
        ledger::{Action, Changes, Target},
        mail::{Message, Outbox},
        retention,
    },
    identity::accounts,
    lifecycle::membership,
    workspace::{
        deadlines, invitations, members,
        orgs::{self, Org, OrgView, Restorable},
    },
};

/// A request to create an organization.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOrganization")]
pub struct NewOrg {
    /// The organization's name.
    pub name: Name,
    /// The organization's name in URLs. Derived from the name if absent.
    #[serde(default)]
    pub slug: Option<Slug>,
}

/// Creates an organization. The caller becomes its owner.
///
/// # Errors
/// 409 if the requested slug is taken, or if the caller has founded too many organizations.
pub async fn create(me: &UserWrite, new: NewOrg) -> Result<OrgView> {
    accounts::lock_me(me).await?;
    if orgs::store::count_founding(me).await? > me.limits().founded {
        return Err(Code::TooManyOrganizations.into());
    }
    let id = me.id();
    let slug = claim_slug(me, id, &new).await?;
    let tx = me.found(id);
    let settings = tx.settings();
    let now = tx.now();
    let (created_at, updated_at) = (now, now);
    let (name, version, deleted_at, disabled_at) = (new.name, 1, None, None);
    let org = Org { id, slug, name, settings, version, created_at, updated_at, deleted_at, disabled_at };
    orgs::store::insert(&tx, &org).await?;
    let changes = Changes::none().new_field("name", &org.name).new_field("slug", &org.slug);
    tx.record(Action::OrgCreated, Target::Organization(id), changes);
    membership::join(&tx, Role::Owner).await?;
    Ok(org.view(&tx))
}

/// The highest number that is appended to a taken slug before a random suffix is used.
const NUMBERS: usize = 9;

async fn claim_slug(me: &UserTx, org: OrgId, new: &NewOrg) -> Result<Slug> {
    let directory = me.directory();
    if let Some(slug) = &new.slug {
        let free = orgs::store::claim_slug(&directory, slug, org).await?;
        return if free { Ok(slug.clone()) } else { Err(Code::SlugTaken.into()) };
    }
    free_slug(&directory, &Slug::from_name(&new.name), org).await
}

/// Reserves a free slug for the organization: `base`, or `base` with a number or a random suffix.
///
/// # Errors
/// 409 if all of these are taken.
pub async fn free_slug(directory: &SystemTx, base: &Slug, org: OrgId) -> Result<Slug> {
    let numbered = (2..=NUMBERS).map(|number| base.suffixed(&number.to_string()));
    for slug in std::iter::once(base.clone()).chain(numbered) {
        if orgs::store::claim_slug(directory, &slug, org).await? {
            return Ok(slug);
        }
    }
    let chance = secret::hex(&secret::random::<4>());
    let slug = base.suffixed(&chance);
    if orgs::store::claim_slug(directory, &slug, org).await? { Ok(slug) } else { Err(Code::SlugTaken.into()) }
}

/// Deletes an organization: nobody has access from the next request on. Its owners are told by mail, and can restore it
/// for 30 days.
pub async fn delete(tx: &OrgWrite, org: &Org, outbox: &Outbox) -> Result<()> {
    let by = accounts::me(tx.as_user()).await?.name;
    for owner in members::store::owners(tx).await? {
        let message = Message::OrganizationDeleted {
            name: owner.name,
            by: by.to_string(),
            organization: org.name.to_string(),
        };
        outbox.put(&tx.as_user().directory(), &owner.email, message).await?;
    }
    orgs::store::delete(tx).await?;
    invitations::forget_reminders(tx).await?;
    retention::schedule(tx).await?;
    tx.record(Action::OrgDeleted, Target::Organization(org.id), Changes::none());
    Ok(())
}

/// Disables or enables an organization for the server's operator. While it is disabled, its members get nowhere in it from the
/// next request on, their event streams end, and nobody is reminded of an invitation. One that is as wanted stays as it is.
pub async fn set_disabled(tx: &SystemWrite, disabled: bool) -> Result<()> {
    if tx.is_disabled() == disabled {
        return Ok(());
    }
    orgs::store::set_disabled(tx, disabled).await?;
    if disabled {
        invitations::forget_reminders(tx).await?;
    }
    let action = if disabled { Action::OrgDisabled } else { Action::OrgEnabled };
    tx.record(action, Target::Organization(tx.org()), Changes::none());
    Ok(())
}

/// Restores a deleted organization. Changes nothing if it isn't deleted.
pub async fn restore(tx: &OrgWrite, org: Restorable) -> Result<OrgView> {
    let Restorable(org) = org;
    if org.deleted_at.is_none() {
        return Ok(org.view(tx));
    }
    orgs::store::restore(tx).await?;
    deadlines::expect_all(tx).await?;
    tx.record(Action::OrgRestored, Target::Organization(org.id), Changes::none());
    let org = orgs::store::find(tx).await?.ok_or(Code::NotFound)?;
    Ok(org.view(tx))
}
