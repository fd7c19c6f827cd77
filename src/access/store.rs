//! The SQL of authorization: checks the credential and the membership, and locks the ledger.

use futures_util::try_join;
use uuid::Uuid;

use super::{
    Credential, Membership, OrgState, OrgTx, Principal, Role, SESSION_IDLE, SESSION_LIFE, Settings, SystemTx,
    Viewer, authorize::Proof, ledger::Ledger, policy::MembersEdit, principal::Grant, transaction::UserTx,
};
use crate::{
    base::{
        clock::Time,
        error::{Code, Result},
        id::{OrgId, TokenId, UserId},
        text::{Slug, TimeZone},
    },
    db::{Migrations, Tx, columns, sql},
};

/// Checks that the database responds, can be written, and has every migration that this version needs. It may have more,
/// which a newer node applied.
///
/// # Errors
/// 503 if the database can't be reached, is read-only, or lacks a migration.
pub(super) async fn ready(tx: &Tx) -> Result<()> {
    tx.execute(sql!(unowned "update purges set day = day where 1 = 0"), &[]).await?;
    let (version,) =
        tx.one::<(i64,)>(sql!(unowned "select max(version) from schema_migrations"), &[]).await?;
    if version >= Migrations::LATEST { Ok(()) } else { Err(Code::Unavailable.into()) }
}

pub(super) async fn has_users(tx: &Tx) -> Result<bool> {
    tx.maybe::<(UserId,)>(sql!(unowned "select id from users limit 1"), &[]).await.map(|user| user.is_some())
}

pub(super) async fn org_of_slug(tx: &Tx, slug: &Slug) -> Result<Option<OrgId>> {
    let row = tx.maybe::<(OrgId,)>(sql!("select org_id from org_slugs where slug = $1"), &[slug]).await?;
    Ok(row.map(|(id,)| id))
}

/// Checks that the session or API token is still valid, and that its user isn't disabled.
///
/// # Errors
/// 401 if it isn't.
pub(super) async fn alive(tx: &UserTx) -> Result<Proof> {
    let now = tx.now();
    match tx.credential() {
        Credential::Session(session) => {
            let alive = tx
                .maybe::<(Time,)>(
                    sql!(
                        "select s.confirmed_at from sessions s join users u on u.id = s.user_id
                         where s.user_id = $1 and s.id = $2 and s.ended_at is null
                           and s.created_at > $3 and s.refreshed_at > $4 and s.session_epoch = u.session_epoch
                           and u.disabled_at is null"
                    ),
                    &[&session, &(now - SESSION_LIFE), &(now - SESSION_IDLE)],
                )
                .await?;
            let (confirmed_at,) =
                alive.ok_or_else(|| Code::Unauthenticated.with("The session has ended: log in again."))?;
            Ok(Proof::of_session(tx.credential(), now, confirmed_at))
        }
        Credential::Token(grant) => {
            let alive = tx
                .maybe::<(UserId,)>(
                    sql!(
                        "select t.user_id from api_tokens t join users u on u.id = t.user_id
                         where t.user_id = $1 and t.id = $2 and t.revoked_at is null and t.expires_at > $3
                           and u.disabled_at is null"
                    ),
                    &[&grant.id, &now],
                )
                .await?;
            alive.ok_or_else(|| Code::Unauthenticated.with("The API token was revoked or has expired."))?;
            Ok(Proof::unconfirmed(tx.credential()))
        }
    }
}

/// Which organizations can be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Only those that aren't deleted.
    Live,
    /// Also those that are deleted and can still be restored.
    Restorable,
}

/// Checks the caller's credential and finds their membership.
///
/// # Errors
/// 401 if the credential isn't valid; 404 if the organization doesn't exist, the caller isn't a member, or the
/// credential doesn't reach the organization; 403 if it is disabled.
pub(super) async fn member(viewer: &Viewer, which: Which) -> Result<(Proof, Membership)> {
    let (proof, member) = futures_util::join!(alive(viewer.as_user()), membership(viewer));
    let proof = proof?;
    let entered = |member: &Membership| {
        viewer.as_user().reaches(viewer.org()) && (which == Which::Restorable || !member.org.deleted)
    };
    let member = member?.filter(entered).ok_or(Code::NotFound)?;
    if member.org.disabled { Err(Code::OrganizationDisabled.into()) } else { Ok((proof, member)) }
}

struct Found {
    members_can_create_projects: bool,
    members_edit: MembersEdit,
    time_zone: TimeZone,
    deleted: bool,
    disabled: bool,
}

columns!(Found {
    members_can_create_projects: "o.members_can_create_projects",
    members_edit: "o.members_edit",
    time_zone: "o.time_zone",
    deleted: "o.deleted_at is not null",
    disabled: "o.disabled_at is not null",
});

impl From<Found> for OrgState {
    fn from(found: Found) -> Self {
        let Found { members_can_create_projects, members_edit, time_zone, deleted, disabled } = found;
        Self {
            settings: Settings { members_can_create_projects, members_edit, time_zone },
            deleted,
            disabled,
        }
    }
}

async fn membership(viewer: &Viewer) -> Result<Option<Membership>> {
    let row = viewer
        .maybe::<(Role, bool, MembersEdit, TimeZone, bool, bool)>(
            sql!(
                "select m.role, ",
                Found::COLUMNS,
                " from memberships m join organizations o on o.id = m.org_id
                 where m.org_id = $1 and o.id = $1 and m.user_id = $2 and m.ended_at is null and o.purged_at is null"
            ),
            &[&viewer.user()],
        )
        .await?;
    Ok(row.map(|(role, members_can_create_projects, members_edit, time_zone, deleted, disabled)| {
        let found = Found { members_can_create_projects, members_edit, time_zone, deleted, disabled };
        Membership { role, org: found.into() }
    }))
}

/// Locks the organization's ledger, by updating the row of its counters. Returns `None`, and takes no lock, if the
/// caller isn't a member.
pub(super) async fn lock(viewer: &Viewer) -> Result<Option<Ledger>> {
    viewer
        .maybe::<Ledger>(
            sql!(
                "update org_ledgers set seq = seq
                 where org_id = $1 and exists (
                     select 1 from memberships m where m.org_id = $1 and m.user_id = $2 and m.ended_at is null)
                 returning ",
                Ledger::COLUMNS,
            ),
            &[&viewer.user()],
        )
        .await
}

/// Locks the organization's ledger for a caller who is about to become a member, or for the system. Returns `None` if the organization
/// doesn't exist or is purged.
pub(super) async fn lock_for_newcomer(viewer: &Viewer) -> Result<Option<(Ledger, OrgState)>> {
    let sql = sql!("update org_ledgers set seq = seq where org_id = $1 returning ", Ledger::COLUMNS);
    let ledger = viewer.maybe::<Ledger>(sql, &[]);
    let found = viewer.maybe::<Found>(
        sql!("select ", Found::COLUMNS, " from organizations o where o.id = $1 and o.purged_at is null"),
        &[],
    );
    let (ledger, found) = try_join!(ledger, found)?;
    Ok(ledger.zip(found.map(OrgState::from)))
}

/// Returns whether the organization has, or once had, something with this id. The ledger, which forgets nothing, has an
/// entry about all that was ever made.
pub(super) async fn is_known(tx: &OrgTx, id: Uuid) -> Result<bool> {
    let sql = sql!("select seq from ledger where org_id = $1 and subject_id = $2 limit 1");
    Ok(tx.maybe::<(i64,)>(sql, &[&id]).await?.is_some())
}

/// Enters an organization, deleted or disabled ones too, from a transaction on the caller's account. Returns `None` if the
/// caller isn't a member.
pub(super) async fn visit(viewer: Viewer) -> Result<Option<OrgTx>> {
    let member = membership(&viewer).await?;
    let proof = Proof::unconfirmed(viewer.as_user().credential());
    Ok(member.map(|member| OrgTx::new(viewer, member, proof)))
}

/// Finds the user and the scope of the API token with this hash. Doesn't check that the token is still valid: [`alive`]
/// does.
pub(super) async fn principal_of_api_token(tx: &SystemTx, hash: &str) -> Result<Option<Principal>> {
    let found = tx
        .maybe::<(TokenId, UserId, bool, bool, Option<OrgId>)>(
            sql!("select id, user_id, can_read, can_write, org_id from api_tokens where token_hash = $1"),
            &[&hash],
        )
        .await?;
    Ok(found.map(|(id, user, read, write, org)| Principal {
        user,
        credential: Credential::Token(Grant { id, org, read, write }),
    }))
}

pub(super) async fn note_use(tx: &UserTx, id: TokenId) -> Result<()> {
    let sql = sql!(
        "update api_tokens set used_at = $3
         where user_id = $1 and id = $2 and revoked_at is null and expires_at > $3"
    );
    tx.execute(sql, &[&id, &tx.now()]).await.map(drop)
}

/// The same, if the token wasn't used before. Returns whether it was the first use.
pub(super) async fn note_first_use(tx: &UserTx, id: TokenId) -> Result<bool> {
    let sql = sql!(
        "update api_tokens set used_at = $3
         where user_id = $1 and id = $2 and used_at is null and revoked_at is null and expires_at > $3"
    );
    Ok(tx.execute(sql, &[&id, &tx.now()]).await? == 1)
}
