//! The SQL of the administration.

use super::{
    orgs::{AdminOrganization, AdminOrganizationDetails, AdminOwner},
    users::AdminUser,
};
use crate::{
    access::{SESSION_IDLE, SESSION_LIFE, SystemTx, Viewer},
    base::{
        clock::Time,
        error::Result,
        id::{OrgId, UserId},
        text::{Name, Slug},
    },
    db::{Param, Query, columns, sql},
};

struct Account {
    id: UserId,
    email: String,
    email_verified_at: Option<Time>,
    name: Name,
    has_password: bool,
    mfa_enabled: bool,
    passkeys: i64,
    sessions: i64,
    api_tokens: i64,
    created_at: Time,
    last_seen_at: Option<Time>,
    disabled_at: Option<Time>,
}

// `$1` is the present time; sessions that started before the first `?`, or were refreshed before the second, are over.
columns!(Account {
    id: "u.id",
    email: "u.email",
    email_verified_at: "u.email_verified_at",
    name: "u.name",
    has_password: "u.password_hash is not null",
    mfa_enabled: "exists (select 1 from totps t where t.user_id = u.id and t.confirmed_at is not null)",
    passkeys: "(select count(*) from passkeys p where p.user_id = u.id)",
    sessions:
        "(select count(*) from sessions s where s.user_id = u.id and s.ended_at is null and s.created_at > ?
                and s.refreshed_at > ? and s.session_epoch = u.session_epoch and u.disabled_at is null)",
    api_tokens: "(select count(*) from api_tokens a where a.user_id = u.id and a.revoked_at is null and a.expires_at > $1)",
    created_at: "u.created_at",
    last_seen_at: "(select max(s.refreshed_at) from sessions s where s.user_id = u.id)",
    disabled_at: "u.disabled_at",
});

impl Account {
    fn shown(self) -> AdminUser {
        AdminUser {
            id: self.id,
            email: self.email,
            email_verified: self.email_verified_at.is_some(),
            name: self.name,
            has_password: self.has_password,
            mfa_enabled: self.mfa_enabled,
            passkeys: self.passkeys,
            sessions: self.sessions,
            api_tokens: self.api_tokens,
            created_at: self.created_at,
            last_seen_at: self.last_seen_at,
            disabled_at: self.disabled_at,
            organizations: None,
        }
    }
}

/// Returns the times before which sessions are over: those that started, and those that were refreshed.
fn ends(tx: &SystemTx) -> (Time, Time) {
    (tx.now() - SESSION_LIFE, tx.now() - SESSION_IDLE)
}

/// Begins a query of accounts. Deleted ones and placeholders of imports, which have no address, are none.
fn accounts((life, idle): &(Time, Time)) -> Query<'_> {
    Query::select(Account::COLUMNS, " from users u where u.email <> ''", &[life, idle])
}

async fn found(tx: &SystemTx, query: &Query<'_>) -> Result<Vec<AdminUser>> {
    let now = tx.now();
    let values = [&[&now as &(dyn Param + Sync)], query.values()].concat();
    Ok(tx.all::<Account>(query.sql(), &values).await?.into_iter().map(Account::shown).collect())
}

/// Returns an account.
pub(super) async fn user(tx: &SystemTx, id: UserId) -> Result<Option<AdminUser>> {
    let ends = ends(tx);
    let mut query = accounts(&ends);
    query.push(" and u.id = ?", &[&id]);
    Ok(found(tx, &query).await?.into_iter().next())
}

/// Returns a page of the accounts, the newest first: those whose folded address or name fits the pattern, if there is one,
/// and only the disabled or the enabled ones, if that is said.
pub(super) async fn users(
    tx: &SystemTx,
    beginning: Option<&String>,
    disabled: Option<bool>,
    before: UserId,
    rows: i64,
) -> Result<Vec<AdminUser>> {
    let ends = ends(tx);
    let mut query = accounts(&ends);
    if let Some(beginning) = &beginning {
        query.push(
            " and u.id in (select id from users where email_folded like ?
                           union select id from users where name_folded like ?)",
            &[beginning, beginning],
        );
    }
    match disabled {
        Some(true) => query.push(" and u.disabled_at is not null", &[]),
        Some(false) => query.push(" and u.disabled_at is null", &[]),
        None => {}
    }
    query.push(" and u.id < ? order by u.id desc limit ?", &[&before, &rows]);
    found(tx, &query).await
}

/// How much there is on the server.
pub(super) struct Totals {
    pub users: i64,
    pub disabled_users: i64,
    pub organizations: i64,
    pub sessions: i64,
}

columns!(Totals {
    users: "(select count(*) from users where email <> '')",
    disabled_users: "(select count(*) from users where email <> '' and disabled_at is not null)",
    organizations: "(select count(distinct org_id) from org_slugs)",
    sessions: "(select count(*) from sessions s join users u on u.id = s.user_id
                where s.refreshed_at > $2 and s.created_at > $1 and s.ended_at is null
                  and s.session_epoch = u.session_epoch and u.disabled_at is null)",
});

pub(super) async fn totals(tx: &SystemTx) -> Result<Totals> {
    let (life, idle) = ends(tx);
    tx.one(sql!("select ", Totals::COLUMNS), &[&life, &idle]).await
}

/// What is to be done by jobs: how much of it is due, and since when.
pub(super) struct Due {
    pub deadlines: i64,
    pub deadlines_since: Option<Time>,
    pub purges: i64,
    /// The day, since 1970 in UTC.
    pub purges_since: Option<i64>,
}

columns!(Due {
    deadlines: "(select count(*) from deadlines where at <= $1)",
    deadlines_since: "(select min(at) from deadlines where at <= $1)",
    purges: "(select count(*) from purges where day <= $2)",
    purges_since: "(select min(day) from purges where day <= $2)",
});

pub(super) async fn due(tx: &SystemTx) -> Result<Due> {
    tx.one(sql!("select ", Due::COLUMNS), &[&tx.now(), &tx.now().day()]).await
}

/// Returns the ids of organizations, those that were purged among them, the newest first.
pub(super) async fn orgs(tx: &SystemTx, before: OrgId, rows: i64) -> Result<Vec<(OrgId,)>> {
    let sql = sql!("select distinct org_id from org_slugs where org_id < $1 order by org_id desc limit $2");
    tx.all(sql, &[&before, &rows]).await
}

/// Returns the ids of those that have, or once had, a slug that fits this pattern.
pub(super) async fn orgs_called(
    tx: &SystemTx,
    beginning: &str,
    before: OrgId,
    rows: i64,
) -> Result<Vec<(OrgId,)>> {
    let sql = sql!(
        "select distinct org_id from org_slugs where slug like $1 and org_id < $2
         order by org_id desc limit $3"
    );
    tx.all(sql, &[&beginning, &before, &rows]).await
}

struct Found {
    id: OrgId,
    slug: Slug,
    name: Name,
    tasks: i64,
    seq: i64,
    last_activity_at: Option<Time>,
    created_at: Time,
    deleted_at: Option<Time>,
    disabled_at: Option<Time>,
}

columns!(Found {
    id: "o.id",
    slug: "o.slug",
    name: "o.name",
    tasks: "l.tasks",
    seq: "l.seq",
    last_activity_at: "(select e.at from ledger e where e.org_id = $1 and e.seq = l.seq)",
    created_at: "o.created_at",
    deleted_at: "o.deleted_at",
    disabled_at: "o.disabled_at",
});

/// Returns the organization, unless it is purged.
pub(super) async fn org(viewer: &Viewer) -> Result<Option<AdminOrganization>> {
    let sql = sql!(
        "select ",
        Found::COLUMNS,
        " from organizations o join org_ledgers l on l.org_id = $1
         where o.id = $1 and o.purged_at is null"
    );
    Ok(viewer.maybe::<Found>(sql, &[]).await?.map(|found| AdminOrganization {
        id: found.id,
        slug: found.slug,
        name: found.name,
        tasks: found.tasks,
        seq: found.seq,
        last_activity_at: found.last_activity_at,
        created_at: found.created_at,
        deleted_at: found.deleted_at,
        disabled_at: found.disabled_at,
        details: None,
    }))
}

/// Returns who owns the organization, and how large it is.
pub(super) async fn details(viewer: &Viewer) -> Result<AdminOrganizationDetails> {
    let sql = sql!(
        "select u.id, u.name, u.email from memberships m join users u on u.id = m.user_id
         where m.org_id = $1 and m.role = 'owner' and m.ended_at is null order by m.joined_at, u.id limit 100"
    );
    let owners = viewer.all::<(UserId, Name, String)>(sql, &[]).await?;
    let sql = sql!(
        "select (select count(*) from memberships where org_id = $1 and ended_at is null),
                (select count(*) from projects where org_id = $1 and deleted_at is null),
                (select count(*) from invitations where org_id = $1 and state = 'pending' and expires_at > $2)"
    );
    let (members, projects, invitations) = viewer.one::<(i64, i64, i64)>(sql, &[&viewer.now()]).await?;
    let owners = owners.into_iter().map(|(id, name, email)| AdminOwner { id, name, email }).collect();
    Ok(AdminOrganizationDetails { owners, members, projects, invitations })
}
