//! The handler of the statistics.

use std::{cmp::Reverse, collections::BTreeMap};

use futures_util::try_join;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    AssigneeStats, Calendar, Days, PriorityStats, ProjectStats, Stats, Tally,
    store::{self, StatsQuery},
};
use crate::{
    access::{Access, OrgTx, actions},
    base::{
        error::Result,
        id::{ProjectId, UserId},
        list::CommaList,
        text::TimeZone,
    },
    http::{answer, input::Query},
    identity::accounts::{self, Person},
    workspace::{
        projects::{self, TaskCounts},
        tasks::Priority,
    },
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
    /// The number of days in `per_day`, today included.
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
    let wanted = StatsQuery {
        reader: tx.user(),
        projects: match &filters.project {
            Some(_) => Some(projects::ids(tx, filters.project.as_ref()).await?),
            None => None,
        },
        now: tx.now(),
        since: calendar.since()?,
    };
    let (projects, groups, assigned, created, done) = try_join!(
        store::projects(tx, &wanted),
        store::groups(tx, &wanted),
        store::assigned(tx, &wanted),
        store::created(tx, &wanted),
        store::done(tx, &wanted),
    )?;
    let (mut by_status, mut overdue) = (TaskCounts::default(), 0);
    let mut by_priority: BTreeMap<Priority, Tally> = <Priority as strum::VariantArray>::VARIANTS
        .iter()
        .map(|priority| (*priority, Tally::default()))
        .collect();
    let mut by_project: BTreeMap<ProjectId, Tally> = BTreeMap::new();
    for group in groups {
        by_status.add(group.status, group.count);
        overdue += if group.is_overdue { group.count } else { 0 };
        by_priority.entry(group.priority).or_default().add(group.status, group.is_overdue, group.count);
        by_project.entry(group.project).or_default().add(group.status, group.is_overdue, group.count);
    }
    let tally = |project| by_project.get(&project).copied().unwrap_or_default();
    Ok(Stats {
        by_status,
        overdue,
        by_priority: by_priority
            .into_iter()
            .map(|(priority, tally)| PriorityStats { priority, tally })
            .collect(),
        by_assignee: by_assignee(assigned),
        by_project: projects
            .into_iter()
            .map(|project| ProjectStats { tally: tally(project.id), project })
            .collect(),
        per_day: calendar.days(&created, &done)?,
        time_zone,
    })
}

fn by_assignee(assigned: Vec<store::Assigned>) -> Vec<AssigneeStats> {
    let mut tallies: BTreeMap<Option<UserId>, AssigneeStats> = BTreeMap::new();
    for row in assigned {
        let person = row.assignee.zip(row.name).map(|(id, name)| Person { id, name });
        let of = tallies
            .entry(row.assignee)
            .or_insert(AssigneeStats { assignee: person, tally: Tally::default() });
        of.tally.add(row.status, row.is_overdue, row.count);
    }
    let mut tallies: Vec<AssigneeStats> = tallies.into_values().collect();
    tallies.sort_by_key(|of| (of.assignee.is_none(), Reverse(of.tally.open())));
    tallies
}
