//! SQL statements for members.

use futures_util::try_join;

use super::Member;
use crate::{
    access::{OrgTx, OrgWrite, Role, Viewer},
    base::{error::Result, id::UserId},
    db::{Query, columns, sql},
};

columns!(Member {
    user: "u.id",
    name: "u.name",
    email: "u.email",
    role: "m.role",
    joined_at: "m.joined_at",
    version: "m.version",
});

pub(crate) async fn find(viewer: &Viewer, user: UserId) -> Result<Option<Member>> {
    viewer
        .maybe(
            sql!(
                "select ",
                Member::COLUMNS,
                " from memberships m join users u on u.id = m.user_id
                 where m.org_id = $1 and m.user_id = $2 and m.ended_at is null"
            ),
            &[&user],
        )
        .await
}

/// Finds the member whose account has this address, given in its canonical form.
pub(crate) async fn with_address(viewer: &Viewer, email: &str) -> Result<Option<Member>> {
    viewer
        .maybe(
            sql!(
                "select ",
                Member::COLUMNS,
                " from user_emails e
                 join memberships m on m.org_id = $1 and m.user_id = e.user_id and m.ended_at is null
                 join users u on u.id = m.user_id
                 where e.email = $2"
            ),
            &[&email],
        )
        .await
}

/// The parameters of a page of members.
pub(super) struct MemberQuery {
    pub roles: Option<Vec<Role>>,
    /// Patterns that names and addresses have to match in their folded form.
    pub patterns: Option<Vec<String>>,
    /// Only these users.
    pub ids: Option<Vec<UserId>>,
    pub after: UserId,
    pub rows: i64,
}

fn page_query(wanted: &MemberQuery) -> Query<'_> {
    let mut query = Query::select(
        Member::COLUMNS,
        " from memberships m join users u on u.id = m.user_id
         where m.org_id = $1 and m.ended_at is null and m.user_id > ?",
        &[&wanted.after],
    );
    if let Some(roles) = &wanted.roles {
        query.among("m.role", roles);
    }
    if let Some(ids) = &wanted.ids {
        query.among("m.user_id", ids);
    }
    if let Some(patterns) = &wanted.patterns {
        query.matching("u.name_folded || ' ' || u.email_folded", patterns);
    }
    query.push(" order by m.user_id limit ?", &[&wanted.rows]);
    query
}

pub(super) async fn page(tx: &OrgTx, wanted: &MemberQuery) -> Result<Vec<Member>> {
    let query = page_query(wanted);
    tx.all(query.sql(), query.values()).await
}

/// Makes the caller a member. Returns `false` if they are one already. A former member's membership is reopened.
pub(crate) async fn join(tx: &OrgWrite, role: Role) -> Result<bool> {
    let joined = tx
        .execute(
            sql!(
                "insert into memberships (org_id, user_id, role, version, joined_at) values ($1, $2, $3, 1, $4)
                 on conflict (org_id, user_id) do update
                 set role = excluded.role, joined_at = excluded.joined_at, version = memberships.version + 1,
                     ended_at = null
                 where memberships.org_id = $1 and memberships.ended_at is not null"
            ),
            &[&tx.user(), &role, &tx.now()],
        )
        .await?;
    if joined == 1 {
        let sql = sql!("insert into user_orgs (org_id, user_id) values ($1, $2)");
        tx.execute(sql, &[&tx.user()]).await?;
    }
    Ok(joined == 1)
}

pub(crate) async fn count(tx: &OrgTx) -> Result<i64> {
    let sql = sql!("select count(*) from memberships where org_id = $1 and ended_at is null");
    Ok(tx.one::<(i64,)>(sql, &[]).await?.0)
}

pub(crate) async fn set_role(tx: &OrgWrite, user: UserId, role: Role) -> Result<()> {
    let sql =
        sql!("update memberships set role = $3, version = version + 1 where org_id = $1 and user_id = $2");
    tx.execute(sql, &[&user, &role]).await.map(drop)
}

pub(crate) async fn owners(tx: &OrgWrite) -> Result<Vec<Member>> {
    tx.all(
        sql!(
            "select ",
            Member::COLUMNS,
            " from memberships m join users u on u.id = m.user_id
             where m.org_id = $1 and m.role = 'owner' and m.ended_at is null order by m.user_id"
        ),
        &[],
    )
    .await
}

/// Returns whether the organization has an owner besides this user.
pub(crate) async fn other_owner(tx: &OrgWrite, user: UserId) -> Result<bool> {
    let sql = sql!(
        "select user_id from memberships
         where org_id = $1 and role = 'owner' and ended_at is null and user_id <> $2 limit 1"
    );
    Ok(tx.maybe::<(UserId,)>(sql, &[&user]).await?.is_some())
}

pub(crate) async fn end(tx: &OrgWrite, user: UserId) -> Result<()> {
    let membership = async {
        tx.execute(
        sql!("update memberships set ended_at = $3, version = version + 1 where org_id = $1 and user_id = $2"),
        &[&user, &tx.now()],
    ).await
    };
    let mine = async {
        tx.execute(sql!("delete from user_orgs where org_id = $1 and user_id = $2"), &[&user]).await
    };
    let projects = async {
        tx.execute(sql!("delete from project_members where org_id = $1 and user_id = $2"), &[&user]).await
    };
    try_join!(membership, mine, projects).map(drop)
}
