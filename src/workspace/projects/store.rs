//! SQL statements for projects.

use futures_util::try_join;

use super::{Project, ProjectRef};
use crate::{
    access::{OrgTx, OrgWrite, Viewer},
    base::{
        error::Result,
        id::{ProjectId, UserId},
        text::ProjectKey,
    },
    db::{Query, columns, sql},
    identity::accounts::Person,
    workspace::projects::ProjectName,
};

columns!(Project {
    id: "p.id",
    key: "p.key",
    name: "p.name",
    description: "p.description",
    visibility: "p.visibility",
    created_by: "p.created_by",
    creator: "u.name",
    version: "p.version",
    created_at: "p.created_at",
    updated_at: "p.updated_at",
    archived_at: "p.archived_at",
    is_template: "p.is_template",
});

pub(crate) async fn find(viewer: &Viewer, project: &ProjectRef) -> Result<Option<Project>> {
    let user = viewer.user();
    match project {
        ProjectRef::Id(id) => {
            viewer
                .maybe(
                    sql!(
                        "select ",
                        Project::COLUMNS,
                        " from project_sight v
                         join projects p on p.org_id = $1 and p.id = v.project_id
                         join users u on u.id = p.created_by
                         where v.org_id = $1 and v.user_id = $2 and v.project_id = $3"
                    ),
                    &[&user, id],
                )
                .await
        }
        ProjectRef::Key(key) => {
            viewer
                .maybe(
                    sql!(
                        "select ",
                        Project::COLUMNS,
                        " from project_keys k
                         join project_sight v on v.org_id = $1 and v.project_id = k.project_id
                         join projects p on p.org_id = $1 and p.id = v.project_id
                         join users u on u.id = p.created_by
                         where k.org_id = $1 and k.key = $3 and v.user_id = $2"
                    ),
                    &[&user, key],
                )
                .await
        }
    }
}

/// Finds a deleted project that can be restored. The policy decides whether the caller may know that it exists.
pub(super) async fn find_deleted(viewer: &Viewer, project: &ProjectRef) -> Result<Option<Project>> {
    let (id, key) = match project {
        ProjectRef::Id(id) => (Some(id), None),
        ProjectRef::Key(key) => (None, Some(key)),
    };
    viewer
        .maybe(
            sql!(
                "select ", Project::COLUMNS, " from projects p
                 join users u on u.id = p.created_by
                 where p.org_id = $1 and p.deleted_at is not null and p.purged_at is null and p.id = coalesce($2, (
                     select k.project_id from project_keys k where k.org_id = $1 and k.key = $3))"
            ),
            &[&id, &key],
        )
        .await
}

/// The parameters of a page of projects.
pub(super) struct ProjectQuery {
    pub reader: UserId,
    pub archived: Option<bool>,
    pub template: Option<bool>,
    /// Patterns that names and keys have to match in their folded form.
    pub patterns: Option<Vec<String>>,
    /// Only these projects.
    pub ids: Option<Vec<ProjectId>>,
    pub after: ProjectId,
    pub rows: i64,
}

fn page_query(wanted: &ProjectQuery) -> Query<'_> {
    let mut query = Query::select(
        Project::COLUMNS,
        " from projects p
         join users u on u.id = p.created_by
         where p.org_id = $1 and p.id > ? and exists (
             select 1 from project_sight v where v.org_id = $1 and v.project_id = p.id and v.user_id = ?)",
        &[&wanted.after, &wanted.reader],
    );
    match wanted.archived {
        Some(true) => query.push(" and p.archived_at is not null", &[]),
        Some(false) => query.push(" and p.archived_at is null", &[]),
        None => {}
    }
    match wanted.template {
        Some(true) => query.push(" and p.is_template", &[]),
        Some(false) => query.push(" and not p.is_template", &[]),
        None => {}
    }
    if let Some(ids) = &wanted.ids {
        query.among("p.id", ids);
    }
    if let Some(patterns) = &wanted.patterns {
        query.matching("p.folded", patterns);
    }
    query.push(" order by p.id limit ?", &[&wanted.rows]);
    query
}

pub(super) async fn page(tx: &OrgTx, wanted: &ProjectQuery) -> Result<Vec<Project>> {
    let query = page_query(wanted);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn count(tx: &OrgTx) -> Result<i64> {
    let sql = sql!("select count(*) from projects where org_id = $1 and deleted_at is null");
    Ok(tx.one::<(i64,)>(sql, &[]).await?.0)
}

pub(super) async fn id_of_key(tx: &OrgTx, key: &ProjectKey) -> Result<Option<ProjectId>> {
    let sql = sql!("select project_id from project_keys where org_id = $1 and key = $2");
    Ok(tx.maybe::<(ProjectId,)>(sql, &[key]).await?.map(|(id,)| id))
}

/// Returns the number of keys that lead to a project, former ones included.
pub(super) async fn count_keys(tx: &OrgTx, project: ProjectId) -> Result<i64> {
    let sql = sql!("select count(*) from project_keys where org_id = $1 and project_id = $2");
    Ok(tx.one::<(i64,)>(sql, &[&project]).await?.0)
}

pub(super) async fn insert(tx: &OrgWrite, project: &Project) -> Result<()> {
    tx.execute(
        sql!(
            "insert into projects (org_id, id, key, name, description, visibility, numbers, created_by, version,
                                   created_at, updated_at, folded, is_template)
             values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $9, $10, $11)"
        ),
        &[
            &project.id,
            &project.key,
            &project.name,
            &project.description,
            &project.visibility,
            &project.created_by,
            &project.version,
            &project.created_at,
            &project.folded(),
            &project.is_template,
        ],
    )
    .await?;
    keep_key(tx, project).await
}

async fn keep_key(tx: &OrgWrite, project: &Project) -> Result<()> {
    let sql =
        sql!("insert into project_keys (org_id, key, project_id) values ($1, $2, $3) on conflict do nothing");
    tx.execute(sql, &[&project.key, &project.id]).await.map(drop)
}

pub(super) async fn update(tx: &OrgWrite, project: &Project) -> Result<()> {
    let update = async {
        tx.execute(
            sql!(
                "update projects
             set key = $3, name = $4, description = $5, visibility = $6, version = $7, updated_at = $8,
                 archived_at = $9, folded = $10, is_template = $11
             where org_id = $1 and id = $2"
            ),
            &[
                &project.id,
                &project.key,
                &project.name,
                &project.description,
                &project.visibility,
                &project.version,
                &project.updated_at,
                &project.archived_at,
                &project.folded(),
                &project.is_template,
            ],
        )
        .await
    };
    try_join!(update, keep_key(tx, project)).map(drop)
}

pub(super) async fn delete(tx: &OrgWrite, id: ProjectId) -> Result<()> {
    tx.execute(
        sql!("update projects set deleted_at = $3, version = version + 1 where org_id = $1 and id = $2"),
        &[&id, &tx.now()],
    )
    .await
    .map(drop)
}

pub(super) async fn restore(tx: &OrgWrite, id: ProjectId) -> Result<()> {
    let sql = sql!(
        "update projects set deleted_at = null, version = version + 1, updated_at = $3 where org_id = $1 and id = $2"
    );
    tx.execute(sql, &[&id, &tx.now()]).await.map(drop)
}

/// Returns the members of a project, ordered by id and starting after the id `after`.
pub(super) async fn members(tx: &OrgTx, project: ProjectId, after: UserId, rows: i64) -> Result<Vec<Person>> {
    let found: Vec<(UserId, String)> = tx
        .all(
            sql!(
                "select u.id, u.name from project_members pm join users u on u.id = pm.user_id
                 where pm.org_id = $1 and pm.project_id = $2 and pm.user_id > $3 order by pm.user_id limit $4"
            ),
            &[&project, &after, &rows],
        )
        .await?;
    Ok(found.into_iter().map(|(id, name)| Person { id, name }).collect())
}

/// Returns the projects that a user is a member of, except deleted ones.
pub(crate) async fn of_member(tx: &OrgTx, user: UserId) -> Result<Vec<ProjectName>> {
    tx.all(
        sql!(
            "select ",
            ProjectName::COLUMNS,
            " from project_members pm
             join projects p on p.org_id = $1 and p.id = pm.project_id
             where pm.org_id = $1 and pm.user_id = $2 and p.deleted_at is null order by p.id"
        ),
        &[&user],
    )
    .await
}

columns!(ProjectName { id: "p.id", key: "p.key", name: "p.name" });

/// Adds a member of the organization to a project. Returns `false` if they are in the project already, or aren't in the
/// organization.
pub(super) async fn add_member(tx: &OrgWrite, project: ProjectId, user: UserId) -> Result<bool> {
    let sql = sql!(
        "insert into project_members (org_id, project_id, user_id, added_at)
         select m.org_id, $2, m.user_id, $4 from memberships m
         where m.org_id = $1 and m.user_id = $3 and m.ended_at is null
         on conflict do nothing"
    );
    Ok(tx.execute(sql, &[&project, &user, &tx.now()]).await? == 1)
}

/// Adds a member of the organization to projects. Returns those that they weren't in.
pub(super) async fn add_to(tx: &OrgWrite, projects: &[ProjectId], user: UserId) -> Result<Vec<ProjectId>> {
    let now = tx.now();
    let mut query = Query::new(
        "insert into project_members (org_id, project_id, user_id, added_at)
         select p.org_id, p.id, m.user_id, ? from projects p
         join memberships m on m.org_id = $1 and m.user_id = ? and m.ended_at is null
         where p.org_id = $1",
        &[&now, &user],
    );
    query.among("p.id", projects);
    query.push(" on conflict do nothing returning project_id", &[]);
    let added = tx.all::<(ProjectId,)>(query.sql(), query.values()).await?;
    Ok(added.into_iter().map(|(project,)| project).collect())
}

pub(super) async fn is_member(viewer: &Viewer, project: ProjectId, user: UserId) -> Result<bool> {
    let sql =
        sql!("select user_id from project_members where org_id = $1 and project_id = $2 and user_id = $3");
    Ok(viewer.maybe::<(UserId,)>(sql, &[&project, &user]).await?.is_some())
}

pub(super) async fn remove_member(tx: &OrgWrite, project: ProjectId, user: UserId) -> Result<()> {
    let sql = sql!("delete from project_members where org_id = $1 and project_id = $2 and user_id = $3");
    tx.execute(sql, &[&project, &user]).await.map(drop)
}
