//! Organizations: the tenants of the server.

pub(crate) mod http;
pub(crate) mod store;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    access::{Facts, OrgTx, OrgWrite, Permission, Resource, Role, Settings, Viewer, policy::MembersEdit},
    base::{
        clock::Time,
        error::{Code, Result},
        id::OrgId,
        json::{Object, Patch},
        text::{Name, Slug, TimeZone},
    },
    effects::ledger::{Action, Changes, Target},
    http::{
        answer::{self, Versioned},
        input::Params,
    },
    workspace::deadlines,
};

/// An organization, without the fields that depend on the caller.
#[derive(Debug, Clone)]
pub struct Org {
    pub id: OrgId,
    pub slug: Slug,
    pub name: Name,
    pub settings: Settings,
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub deleted_at: Option<Time>,
    pub disabled_at: Option<Time>,
}

/// An organization, as one of its members sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Organization")]
pub struct OrgView {
    /// The organization's id.
    pub id: OrgId,
    /// The organization's name in URLs.
    pub slug: Slug,
    /// The organization's name.
    pub name: Name,
    /// The caller's role.
    pub role: Role,
    /// What members with the role `member` can do, and when the organization's days end.
    pub settings: Settings,
    /// The actions that the caller may take: `edit`, `delete`, `transfer`, `invite`, `create_project`, `export`,
    /// `leave`; on a deleted organization `restore`; on a disabled one none.
    pub can: Vec<&'static str>,
    /// A number that grows with each change of the organization: the first part of its `ETag`.
    pub version: i64,
    /// The time at which the organization was created.
    pub created_at: Time,
    /// The time of the last change of the organization.
    pub updated_at: Time,
    /// The time at which the organization was deleted. It can be restored for 30 days. Absent if it isn't deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Time>,
    /// The time at which whoever runs the server disabled the organization: every call to it is refused with 403
    /// `organization_disabled` until it is enabled again. Absent if it isn't disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<Time>,
}

impl Versioned for OrgView {
    fn version(&self) -> i64 {
        self.version
    }
}

const CAN: [(&str, Permission); 8] = [
    ("edit", Permission::EditOrg),
    ("delete", Permission::DeleteOrg),
    ("transfer", Permission::TransferOrg),
    ("invite", Permission::Invite),
    ("create_project", Permission::CreateProject),
    ("manage_labels", Permission::ManageLabels),
    ("export", Permission::ExportOrg),
    ("leave", Permission::LeaveOrg),
];

/// The actions that can be taken on a deleted organization.
const DELETED_CAN: [(&str, Permission); 1] = [("restore", Permission::DeleteOrg)];

impl Org {
    /// Returns the organization as the caller sees it.
    pub fn view(self, tx: &OrgTx) -> OrgView {
        let can: &[_] = match (self.disabled_at, self.deleted_at) {
            (Some(_), _) => &[],
            (None, Some(_)) => &DELETED_CAN,
            (None, None) => &CAN,
        };
        OrgView {
            id: self.id,
            slug: self.slug,
            name: self.name,
            role: tx.role(),
            settings: self.settings,
            can: tx.can(Facts::default(), can),
            version: self.version,
            created_at: self.created_at,
            updated_at: self.updated_at,
            deleted_at: self.deleted_at,
            disabled_at: self.disabled_at,
        }
    }
}

impl Resource for Org {
    const VERSIONED: bool = true;

    async fn find(viewer: &Viewer, _: &Params) -> Result<Option<Self>> {
        store::find(viewer).await
    }

    fn version(&self) -> Option<i64> {
        Some(self.version)
    }

    async fn shown(self, tx: &OrgTx) -> Result<Option<Value>> {
        answer::shown(&self.view(tx))
    }
}

/// A short reference to an organization.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationName")]
pub struct OrgName {
    /// The organization's id.
    pub id: OrgId,
    /// The organization's name.
    pub name: Name,
    /// The organization's name in URLs.
    pub slug: Slug,
}

impl From<Org> for OrgName {
    fn from(org: Org) -> Self {
        Self { id: org.id, name: org.name, slug: org.slug }
    }
}

/// Returns the organization's id, name and slug, or `None` if it is deleted.
pub async fn name(viewer: &Viewer) -> Result<Option<OrgName>> {
    Ok(store::find(viewer).await?.map(OrgName::from))
}

/// An organization, deleted or not: the resource of a restore.
pub struct Restorable(pub Org);

impl Resource for Restorable {
    async fn find(viewer: &Viewer, _: &Params) -> Result<Option<Self>> {
        Ok(store::find_any(viewer).await?.map(Self))
    }

    fn is_deleted(&self) -> bool {
        self.0.deleted_at.is_some()
    }
}

/// Changes to an organization. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OrganizationPatch")]
pub struct OrgPatch {
    /// The new name.
    #[serde(default)]
    pub name: Patch<Name>,
    /// The organization's new name in URLs. The former one remains as an alias.
    #[serde(default)]
    pub slug: Patch<Slug>,
    /// The settings to change.
    #[serde(default)]
    pub settings: Patch<Object<SettingsPatch>>,
}

/// Changes to an organization's settings. Absent fields stay as they are.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OrganizationSettingsPatch")]
pub struct SettingsPatch {
    /// Whether members with the role `member` may create projects.
    #[serde(default)]
    pub members_can_create_projects: Patch<bool>,
    /// Which tasks members with the role `member` may edit.
    #[serde(default)]
    pub members_edit: Patch<MembersEdit>,
    /// The IANA time zone, such as `Europe/Zurich`, in which a task's `due_on` ends. What is due on a day moves with it.
    #[serde(default)]
    pub time_zone: Patch<TimeZone>,
}

/// Updates an organization's name, slug and settings. A former slug remains as an alias.
///
/// # Errors
/// 409 if the requested slug is taken, or if the organization has had too many slugs.
pub async fn update(tx: &OrgWrite, old: Org, patch: OrgPatch) -> Result<OrgView> {
    let mut new =
        Org { name: patch.name.or(old.name.clone()), slug: patch.slug.or(old.slug.clone()), ..old.clone() };
    if let Patch::Set(Object(settings)) = patch.settings {
        let was = old.settings;
        new.settings = Settings {
            members_can_create_projects: settings
                .members_can_create_projects
                .or(was.members_can_create_projects),
            members_edit: settings.members_edit.or(was.members_edit),
            time_zone: settings.time_zone.or(was.time_zone),
        };
    }
    let (was, now) = (old.settings, new.settings);
    let changes = Changes::none()
        .field("name", &old.name, &new.name)
        .field("slug", &old.slug, &new.slug)
        .field(
            "members_can_create_projects",
            &was.members_can_create_projects,
            &now.members_can_create_projects,
        )
        .field("members_edit", &was.members_edit, &now.members_edit)
        .field("time_zone", &was.time_zone, &now.time_zone);
    if changes.is_empty() {
        return Ok(old.view(tx));
    }
    if old.slug != new.slug {
        change_slug(tx, &new.slug).await?;
    }
    new.version += 1;
    new.updated_at = tx.now();
    store::update(tx, &new).await?;
    if was.time_zone != now.time_zone {
        deadlines::change_zone(tx, now.time_zone).await?;
    }
    tx.record(Action::OrgUpdated, Target::Organization(new.id), changes);
    let settings = new.settings;
    Ok(new.view(&tx.renewed(tx.role(), settings)))
}

/// The most slugs that an organization can have, former ones included. A slug is never released.
const SLUGS: i64 = 50;

async fn change_slug(tx: &OrgWrite, slug: &Slug) -> Result<()> {
    let directory = tx.as_user().directory();
    if !store::claim_slug(&directory, slug, tx.org()).await? {
        return Err(Code::SlugTaken.into());
    }
    if store::count_slugs(tx).await? > SLUGS {
        return Err(Code::TooManySlugs.into());
    }
    Ok(())
}
