//! What the filters of a list of tasks stand for.

use std::time::Duration;

use super::list::{Assignee, Creator, Due, LabelFilter, TaskFilters};
use crate::{
    access::{OrgTx, UserTx},
    base::{
        clock::Time,
        day::Day,
        error::Result,
        id::{LabelId, ProjectId, TaskId, UserId},
        list::CommaList,
        text::TimeZone,
    },
    identity::accounts,
    workspace::projects,
};

/// What filters name: the objects, and whether a task without any of the kind is meant too.
#[derive(Debug, Clone, Default)]
pub(super) struct Named {
    pub projects: Vec<ProjectId>,
    pub parents: Vec<TaskId>,
    pub top_level: bool,
    pub creators: Vec<UserId>,
    pub updaters: Vec<UserId>,
    pub assignees: Vec<UserId>,
    pub unassigned: bool,
    pub labels: Vec<LabelId>,
    pub unlabelled: bool,
}

impl Named {
    /// Returns what the filters name that tasks must have.
    pub(super) async fn wanted(tx: &OrgTx, filters: &TaskFilters) -> Result<Self> {
        let TaskFilters { project, parent, creator, updated_by, assignee, label, .. } = filters;
        let mut named = Self::of(tx, project.as_ref(), parent.as_ref()).await?;
        named.creators = users(creator.as_ref(), tx.user());
        named.updaters = users(updated_by.as_ref(), tx.user());
        named.assigned(assignee.as_ref(), tx.user());
        named.labelled(label.as_ref());
        Ok(named)
    }

    /// Returns what the filters name that tasks mustn't have.
    pub(super) async fn unwanted(tx: &OrgTx, filters: &TaskFilters) -> Result<Self> {
        let but = filters;
        let mut named = Self::of(tx, but.not_project.as_ref(), but.not_parent.as_ref()).await?;
        named.creators = users(but.not_creator.as_ref(), tx.user());
        named.updaters = users(but.not_updated_by.as_ref(), tx.user());
        named.assigned(but.not_assignee.as_ref(), tx.user());
        named.labelled(but.not_label.as_ref());
        Ok(named)
    }

    async fn of(
        tx: &OrgTx,
        project: Option<&CommaList<String>>,
        parent: Option<&CommaList<String>>,
    ) -> Result<Self> {
        Ok(Self {
            projects: projects::ids(tx, project).await?,
            parents: super::ids(tx, parent).await?,
            top_level: parent.is_some_and(|names| names.0.iter().any(|name| name == "none")),
            ..Self::default()
        })
    }

    fn assigned(&mut self, list: Option<&CommaList<Assignee>>, me: UserId) {
        for assignee in list.into_iter().flat_map(|list| &list.0) {
            match assignee {
                Assignee::Me => self.assignees.push(me),
                Assignee::User(user) => self.assignees.push(*user),
                Assignee::Nobody => self.unassigned = true,
            }
        }
    }

    fn labelled(&mut self, list: Option<&CommaList<LabelFilter>>) {
        for label in list.into_iter().flat_map(|list| &list.0) {
            match label {
                LabelFilter::None => self.unlabelled = true,
                LabelFilter::Label(id) => self.labels.push(*id),
            }
        }
    }
}

/// Returns the users who a filter names. `me` is the caller.
fn users(list: Option<&CommaList<Creator>>, me: UserId) -> Vec<UserId> {
    let user = |creator: &Creator| match creator {
        Creator::Me => me,
        Creator::User(user) => *user,
    };
    list.into_iter().flat_map(|list| &list.0).map(user).collect()
}

/// The deadlines that a [`Due`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// From the first moment on, and before the second.
    Between(Time, Time),
    Overdue,
    None,
}

impl Span {
    /// Returns the deadlines that a list asks for, and those that it doesn't want. Days are those of the caller's own time zone.
    pub(super) async fn of_both(
        me: &UserTx,
        filters: &TaskFilters,
    ) -> Result<(Option<Vec<Self>>, Option<Vec<Self>>)> {
        if filters.due.is_none() && filters.not_due.is_none() {
            return Ok((None, None));
        }
        let zone = accounts::me(me).await?.time_zone;
        let spans = |due: Option<&CommaList<Due>>| {
            let spans =
                |due: &CommaList<Due>| due.0.iter().map(|due| Self::of(*due, me.now(), zone)).collect();
            due.map(spans).transpose()
        };
        Ok((spans(filters.due.as_ref())?, spans(filters.not_due.as_ref())?))
    }

    fn of(due: Due, now: Time, zone: TimeZone) -> Result<Self> {
        let zone = zone.rules();
        let today = Day::at(now, &zone)?;
        let between = |first: Day, last: Day| -> Result<Self> {
            Ok(Self::Between(first.begin(&zone)?, last.end(&zone)? + Duration::from_millis(1)))
        };
        match due {
            Due::Today => between(today, today),
            Due::ThisWeek => today.week().and_then(|(monday, sunday)| between(monday, sunday)),
            Due::Overdue => Ok(Self::Overdue),
            Due::None => Ok(Self::None),
        }
    }

    /// Returns the first moment.
    pub(super) const fn first(&self) -> Option<&Time> {
        match self {
            Self::Between(first, _) => Some(first),
            Self::Overdue | Self::None => None,
        }
    }

    /// Returns the moment before which the deadlines are.
    pub(super) const fn end<'a>(&'a self, now: &'a Time) -> Option<&'a Time> {
        match self {
            Self::Between(_, end) => Some(end),
            Self::Overdue => Some(now),
            Self::None => None,
        }
    }
}
