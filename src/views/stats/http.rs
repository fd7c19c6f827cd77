//! The handler of the statistics.

use std::{cmp::Reverse, collections::BTreeMap};

use futures_util::{future::try_join_all, try_join};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AssigneeStats, Calendar, Days, PriorityStats, ProjectStats, Stats, Tally,
    store::{self, Part, StatsQuery},
};
use crate::{
    access::{Access, Facts, OrgTx, Permission, actions},
    base::{
        error::Result,
        id::{ProjectId, UserId},
        list::CommaList,
        text::TimeZone,
    },
    http::{answer, input::Query},
    identity::accounts::{self, Person},
    workspace::{counts, projects, tasks::Priority},
};

actions! {
    SeeStats: See on ();
}

/// The query parameters of the statistics.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StatsFilters {
    /// Counts only tasks of these projects, given by id or key.
    pub project: Option<CommaList<String>>,
    /// The number of days in `per_day`, today included. 30 if absent.
    #[serde(default)]
    pub days: Days,
    /// The IANA time zone in which days begin and end, such as `Europe/Zurich`. Defaults to the caller's own.
    pub time_zone: Option<TimeZone>,
}

pub async fn get(access: Access<SeeStats>, query: Query<StatsFilters>) -> Result<answer::Ok<Stats>> {
    access
        .read(query, async |tx: &OrgTx, (), filters: StatsFilters| stats(tx, filters).await)
        .await
        .map(answer::Ok)
}

async fn stats(tx: &OrgTx, filters: StatsFilters) -> Result<Stats> {
    let time_zone = match filters.time_zone {
        Some(zone) => zone,
        None => accounts::me(tx.as_user()).await?.time_zone,
    };
    let calendar = Calendar::until(tx.now(), filters.days, &time_zone)?;
    let mut wanted = StatsQuery {
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        projects: match &filters.project {
            Some(_) => Some(projects::ids(tx, filters.project.as_ref()).await?),
            None => None,
        },
        apart: Vec::new(),
        since: calendar.since()?,
    };
    if wanted.parts().contains(&Part::Apart) {
        wanted.apart = store::apart(tx, &wanted).await?;
    }
    let parts = wanted.parts().iter();
    let (projects, mut groups, assigned, dated, until) = try_join!(
        store::projects(tx, &wanted),
        store::groups(tx, &wanted),
        try_join_all(parts.clone().map(|part| store::assigned(tx, &wanted, *part))),
        try_join_all(parts.map(|part| store::dated(tx, &wanted, *part))),
        counts::overdue_until(tx),
    )?;
    let since = store::Span::between(until, tx.now());
    let (due, due_of) = try_join!(store::due(tx, &wanted, &since), store::due_of(tx, &wanted, &since))?;
    groups.extend(due);
    let assigned = assigned.into_iter().flatten().chain(due_of);
    let mut all = Tally::default();
    let mut by_priority: BTreeMap<Priority, Tally> = <Priority as strum::VariantArray>::VARIANTS
        .iter()
        .map(|priority| (*priority, Tally::default()))
        .collect();
    let mut by_project: BTreeMap<ProjectId, Tally> = BTreeMap::new();
    for store::Group { project, status, priority, tasks, overdue } in groups {
        for tally in
            [&mut all, by_priority.entry(priority).or_default(), by_project.entry(project).or_default()]
        {
            tally.add(status, tasks, overdue);
        }
    }
    let tally = |project| by_project.get(&project).copied().unwrap_or_default();
    Ok(Stats {
        by_status: all.task_counts,
        overdue: all.overdue,
        by_priority: by_priority
            .into_iter()
            .map(|(priority, tally)| PriorityStats { priority, tally })
            .collect(),
        by_assignee: by_assignee(assigned),
        by_project: projects
            .into_iter()
            .map(|project| ProjectStats { tally: tally(project.id), project })
            .collect(),
        per_day: calendar.days(dated.into_iter().flatten())?,
        time_zone,
    })
}

fn by_assignee(assigned: impl Iterator<Item = store::Assigned>) -> Vec<AssigneeStats> {
    let mut tallies: BTreeMap<UserId, AssigneeStats> = BTreeMap::new();
    for row in assigned {
        let person = row.name.map(|name| Person { id: row.assignee, name });
        let of = tallies
            .entry(row.assignee)
            .or_insert(AssigneeStats { assignee: person, tally: Tally::default() });
        of.tally.add(row.status, row.tasks, row.overdue);
    }
    let mut tallies: Vec<AssigneeStats> = tallies.into_values().collect();
    tallies.sort_by_key(|of| (of.assignee.is_none(), Reverse(of.tally.open())));
    tallies
}
