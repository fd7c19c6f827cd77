//! The SQL of the statistics.

use crate::{
    access::OrgTx,
    base::{
        clock::Time,
        error::Result,
        id::{ProjectId, UserId},
    },
    db::{Query, columns},
    workspace::{
        counts::{DUE, Kind},
        projects::ProjectName,
        status::Status,
        tasks::Priority,
    },
};

/// The parameters of the statistics.
pub(super) struct StatsQuery {
    pub reader: UserId,
    /// Whether the reader sees all projects.
    pub sees_all: bool,
    /// Counts only tasks of these projects, if given.
    pub projects: Option<Vec<ProjectId>>,
    /// What [`apart`] returns.
    pub apart: Vec<ProjectId>,
    /// The first quarter of an hour that is reported, numbered since 1970.
    pub since: i64,
}

/// The number of tasks with the same project, status and priority.
pub(super) struct Group {
    pub project: ProjectId,
    pub status: Status,
    pub priority: Priority,
    pub tasks: i64,
    pub overdue: i64,
}

columns!(Group {
    project: "c.project_id",
    status: "c.status",
    priority: "c.priority",
    tasks: "c.tasks",
    overdue: "c.overdue",
});

/// The number of tasks with the same assignee and status. Unassigned tasks have the nil user.
pub(super) struct Assigned {
    pub assignee: UserId,
    pub name: Option<String>,
    pub status: Status,
    pub tasks: i64,
    pub overdue: i64,
}

columns!(Assigned {
    assignee: "c.user_id",
    name: "u.name",
    status: "c.status",
    tasks: "c.tasks",
    overdue: "c.overdue",
});

/// The number of tasks created, or done, in a quarter of an hour, numbered since 1970.
pub(super) struct Dated {
    pub kind: Kind,
    pub quarter: i64,
    pub tasks: i64,
}

columns!(Dated { kind: "c.kind", quarter: "c.quarter", tasks: "c.tasks" });

impl StatsQuery {
    /// Appends the condition on the project of what a statement selects: the reader sees it, it is a wanted one, and no
    /// template.
    fn seen<'a>(&'a self, query: &mut Query<'a>) {
        query.push(
            " and c.project_id in (
                 select v.project_id from project_sight v
                 where v.org_id = $1 and v.user_id = ? and not v.is_template)",
            &[&self.reader],
        );
        if let Some(projects) = &self.projects {
            query.among("c.project_id", projects);
        }
    }

    /// Returns where the numbers of the wanted tasks are kept, of the kinds that are also kept for all projects together.
    pub(super) const fn parts(&self) -> &'static [Part] {
        match (&self.projects, self.sees_all) {
            (Some(_), _) => &[Part::Apart],
            (None, true) => &[Part::All],
            (None, false) => &[Part::Shared, Part::Apart],
        }
    }

    fn within<'a>(&'a self, query: &mut Query<'a>, part: Part) {
        match part {
            Part::All => query.push(" and c.scope in (1, 2) and c.project_id = ?", &[&ProjectId::NIL]),
            Part::Shared => query.push(" and c.scope = 1 and c.project_id = ?", &[&ProjectId::NIL]),
            Part::Apart => {
                query.push(" and c.scope = 0", &[]);
                query.among("c.project_id", &self.apart);
            }
        }
    }
}

/// Where numbers of tasks are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Together, for all projects of the organization.
    All,
    /// Together, for all projects that the whole organization sees.
    Shared,
    /// With each project.
    Apart,
}

/// Returns the projects whose numbers are read of each by itself: the wanted ones that the reader sees, or else the
/// private ones. They are named to the database, which would otherwise choose its plan for an average organization.
pub(super) async fn apart(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<ProjectId>> {
    let mut query = Query::new(
        "select v.project_id from project_sight v where v.org_id = $1 and v.user_id = ? and not v.is_template",
        &[&wanted.reader],
    );
    match &wanted.projects {
        Some(projects) => query.among("v.project_id", projects),
        None => query.push(" and v.visibility = 'private'", &[]),
    }
    let projects: Vec<(ProjectId,)> = tx.all(query.sql(), query.values()).await?;
    Ok(projects.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn projects(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<ProjectName>> {
    let mut query = Query::select(
        ProjectName::COLUMNS,
        " from projects p
         join project_sight v on v.org_id = $1 and v.project_id = p.id and v.user_id = ?
         where p.org_id = $1 and not v.is_template",
        &[&wanted.reader],
    );
    if let Some(projects) = &wanted.projects {
        query.among("p.id", projects);
    }
    query.push(" order by p.id", &[]);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn groups(tx: &OrgTx, wanted: &StatsQuery) -> Result<Vec<Group>> {
    let mut query = Query::select(
        Group::COLUMNS,
        " from task_counts c where c.org_id = $1 and c.kind = 0 and c.scope = 0",
        &[],
    );
    wanted.seen(&mut query);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn assigned(tx: &OrgTx, wanted: &StatsQuery, part: Part) -> Result<Vec<Assigned>> {
    let mut query = Query::select(
        Assigned::COLUMNS,
        " from task_counts c left join users u on u.id = c.user_id where c.org_id = $1 and c.kind = 1 and c.tasks <> 0",
        &[],
    );
    wanted.within(&mut query, part);
    tx.all(query.sql(), query.values()).await
}

pub(super) async fn dated(tx: &OrgTx, wanted: &StatsQuery, part: Part) -> Result<Vec<Dated>> {
    let mut query = Query::select(
        Dated::COLUMNS,
        " from task_counts c where c.org_id = $1 and c.kind in (2, 3) and c.quarter >= ?",
        &[&wanted.since],
    );
    wanted.within(&mut query, part);
    tx.all(query.sql(), query.values()).await
}

/// A span of time, in which open tasks became due.
pub(super) struct Span {
    from: Time,
    to: Time,
    /// -1 if it is passed backwards, so that the tasks aren't due any more; otherwise 1.
    sign: i64,
}

impl Span {
    /// Returns the span from one time to another. The second may be before the first: the clocks of two nodes differ.
    pub(super) fn between(one: Time, other: Time) -> Self {
        Self { from: one.min(other), to: one.max(other), sign: if one > other { -1 } else { 1 } }
    }
}

/// Returns what the tasks due in a span add to [`groups`].
pub(super) async fn due(tx: &OrgTx, wanted: &StatsQuery, span: &Span) -> Result<Vec<Group>> {
    let mut query = Query::new(DUE, &[&span.from, &span.to]);
    query.push(
        ", c as (
             select d.project_id, d.status, d.priority, cast(0 as bigint) as tasks, ? * count(*) as overdue from due d
             group by d.project_id, d.status, d.priority) select ",
        &[&span.sign],
    );
    query.push(Group::COLUMNS, &[]);
    query.push(" from c where true", &[]);
    wanted.seen(&mut query);
    tx.all(query.sql(), query.values()).await
}

/// Returns what the tasks due in a span add to [`assigned`].
pub(super) async fn due_of(tx: &OrgTx, wanted: &StatsQuery, span: &Span) -> Result<Vec<Assigned>> {
    let mut query = Query::new(DUE, &[&span.from, &span.to]);
    query.push(
        ", c as (
             select d.project_id, coalesce(a.user_id, ?) as user_id, d.status, cast(0 as bigint) as tasks,
                    ? * count(*) as overdue
             from due d left join task_assignees a on a.org_id = $1 and a.task_id = d.id
             group by d.project_id, a.user_id, d.status) select ",
        &[&UserId::NIL, &span.sign],
    );
    query.push(Assigned::COLUMNS, &[]);
    query.push(" from c left join users u on u.id = c.user_id where true", &[]);
    wanted.seen(&mut query);
    tx.all(query.sql(), query.values()).await
}
