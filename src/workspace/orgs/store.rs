//! SQL statements for organizations.

use futures_util::try_join;

use super::Org;
use crate::{
    access::{
        OrgTx, OrgWrite, Settings, SystemTx, SystemWrite, UserTx, UserWrite, Viewer, policy::MembersEdit,
    },
    base::{
        clock::Time,
        error::Result,
        id::OrgId,
        text::{Name, Slug, TimeZone},
    },
    db::{columns, sql},
};

struct Found {
    id: OrgId,
    slug: Slug,
    name: Name,
    members_can_create_projects: bool,
    members_edit: MembersEdit,
    time_zone: TimeZone,
    version: i64,
    created_at: Time,
    updated_at: Time,
    deleted_at: Option<Time>,
    disabled_at: Option<Time>,
}

columns!(Found {
    id: "id",
    slug: "slug",
    name: "name",
    members_can_create_projects: "members_can_create_projects",
    members_edit: "members_edit",
    time_zone: "time_zone",
    version: "version",
    created_at: "created_at",
    updated_at: "updated_at",
    deleted_at: "deleted_at",
    disabled_at: "disabled_at",
});

pub(crate) async fn find(viewer: &Viewer) -> Result<Option<Org>> {
    Ok(find_any(viewer).await?.filter(|org| org.deleted_at.is_none()))
}

/// Finds the organization, deleted or not, unless it is purged.
pub(super) async fn find_any(viewer: &Viewer) -> Result<Option<Org>> {
    let found: Option<Found> = viewer
        .maybe(
            sql!("select ", Found::COLUMNS, " from organizations where id = $1 and purged_at is null"),
            &[],
        )
        .await?;
    Ok(found.map(|found| Org {
        id: found.id,
        slug: found.slug,
        name: found.name,
        settings: Settings {
            members_can_create_projects: found.members_can_create_projects,
            members_edit: found.members_edit,
            time_zone: found.time_zone,
        },
        version: found.version,
        created_at: found.created_at,
        updated_at: found.updated_at,
        deleted_at: found.deleted_at,
        disabled_at: found.disabled_at,
    }))
}

/// Counts an organization that the caller is founding. Returns how many they have founded now.
pub(crate) async fn count_founding(me: &UserWrite) -> Result<i64> {
    let sql = sql!("update users set founded = founded + 1 where id = $1 returning founded");
    Ok(me.one::<(i64,)>(sql, &[]).await?.0)
}

pub(crate) async fn insert(tx: &OrgWrite, org: &Org) -> Result<()> {
    let founder = tx.user();
    let values: &[&(dyn crate::db::Param + Sync)] = &[
        &org.slug,
        &org.name,
        &org.settings.members_can_create_projects,
        &org.settings.members_edit,
        &org.settings.time_zone,
        &org.version,
        &org.created_at,
        &founder,
    ];
    let organization = async {
        tx.execute(
        sql!(
            "insert into organizations (id, slug, name, members_can_create_projects, members_edit, time_zone, version,
                                        created_at, updated_at, founded_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)"
        ),
        values,
    ).await
    };
    let ledger = async {
        let sql = sql!("insert into org_ledgers (org_id, seq, tasks, overdue_until) values ($1, 0, 0, $2)");
        tx.execute(sql, &[&tx.now()]).await
    };
    try_join!(organization, ledger).map(drop)
}

pub(super) async fn update(tx: &OrgWrite, org: &Org) -> Result<()> {
    tx.execute(
        sql!(
            "update organizations
             set slug = $2, name = $3, members_can_create_projects = $4, members_edit = $5, time_zone = $6,
                 version = $7, updated_at = $8
             where id = $1"
        ),
        &[
            &org.slug,
            &org.name,
            &org.settings.members_can_create_projects,
            &org.settings.members_edit,
            &org.settings.time_zone,
            &org.version,
            &org.updated_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn delete(tx: &OrgWrite) -> Result<()> {
    let sql = sql!(
        "update organizations set deleted_at = $2, version = version + 1, updated_at = $2 where id = $1"
    );
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

pub(crate) async fn restore(tx: &OrgWrite) -> Result<()> {
    let sql = sql!(
        "update organizations set deleted_at = null, version = version + 1, updated_at = $2 where id = $1"
    );
    tx.execute(sql, &[&tx.now()]).await.map(drop)
}

pub(crate) async fn set_disabled(tx: &SystemWrite, disabled: bool) -> Result<()> {
    let sql = sql!(
        "update organizations set disabled_at = $2, version = version + 1, updated_at = $3 where id = $1"
    );
    tx.execute(sql, &[&disabled.then_some(tx.now()), &tx.now()]).await.map(drop)
}

/// The numbers of members, projects, tasks and pending invitations in an organization.
pub(crate) struct Census {
    pub members: i64,
    pub projects: i64,
    pub tasks: i64,
    pub invitations: i64,
}

columns!(Census {
    members: "(select count(*) from memberships where org_id = $1 and ended_at is null)",
    projects: "(select count(*) from projects where org_id = $1 and deleted_at is null)",
    tasks: "(select tasks from org_ledgers where org_id = $1)",
    invitations: "(select count(*) from invitations where org_id = $1 and state = 'pending' and expires_at > $2)",
});

pub(crate) async fn census(tx: &OrgTx) -> Result<Census> {
    tx.one(sql!("select ", Census::COLUMNS), &[&tx.now()]).await
}

/// Reserves a slug for an organization. Returns whether the organization has it now: it was free, or already reserved
/// for it.
pub(crate) async fn claim_slug(tx: &SystemTx, slug: &Slug, org: OrgId) -> Result<bool> {
    tx.execute(
        sql!("insert into org_slugs (slug, org_id) values ($1, $2) on conflict do nothing"),
        &[slug, &org],
    )
    .await?;
    let (owner,) = tx.one::<(OrgId,)>(sql!("select org_id from org_slugs where slug = $1"), &[slug]).await?;
    Ok(owner == org)
}

pub(super) async fn count_slugs(tx: &OrgWrite) -> Result<i64> {
    Ok(tx.one::<(i64,)>(sql!("select count(*) from org_slugs where org_id = $1"), &[]).await?.0)
}

/// Returns the ids of the caller's organizations in order, starting after the id `after`.
pub(crate) async fn mine(tx: &UserTx, after: OrgId, rows: i64) -> Result<Vec<(OrgId,)>> {
    tx.all(
        sql!("select org_id from user_orgs where user_id = $1 and org_id > $2 order by org_id limit $3"),
        &[&after, &rows],
    )
    .await
}
