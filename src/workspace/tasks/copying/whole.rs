//! Copying all tasks of a project into a new one.

use std::collections::HashMap;

use super::{MOST, Seat, check_count, copy, shift};
use crate::{
    access::OrgWrite,
    base::{
        day::Day,
        error::{Error, Result},
        id::{ColumnId, ProjectId},
    },
    workspace::{
        projects::{
            Project,
            columns::{self, Place},
        },
        status::Status,
        tasks::{Task, among, store},
    },
};

/// The tasks of a project, with the dates that their copies get.
pub struct Originals(Vec<Task>);

impl Originals {
    /// Returns the tasks of a project, whose earliest date falls on this day.
    ///
    /// # Errors
    /// 422 if a date would leave the calendar; 409 if there are too many tasks to copy.
    pub async fn of(tx: &OrgWrite, project: ProjectId, starts_on: Option<Day>) -> Result<Self> {
        let mut tasks = among(tx, store::tasks_of(tx, project, MOST + 1).await?).await?;
        shift::shift(&mut tasks, starts_on, tx.settings().time_zone)?;
        check_count(&tasks)?;
        Ok(Self(tasks))
    }

    /// Copies the tasks into a new project, each into the copy of its column, in the order that they have. What is closed is to be
    /// done again, in the first column of that status. Assignees who can't see the project are left out.
    ///
    /// # Errors
    /// 409 if the organization would have too many tasks.
    pub async fn copy(self, tx: &OrgWrite, to: &Project, copies: &HashMap<ColumnId, ColumnId>) -> Result<()> {
        let again = columns::first_of(tx, to.id, Status::Todo).await?;
        let mut seats = Vec::with_capacity(self.0.len());
        for original in self.0 {
            let column = copies.get(&original.column_id).copied();
            let column = column.ok_or_else(|| Error::internal("a task is in no column of its project"))?;
            let place =
                if original.status.is_open() { Place { column, status: original.status } } else { again };
            seats.push(Seat { id: tx.id(), place, position: original.position.clone(), original });
        }
        copy(tx, to, seats).await.map(drop)
    }
}
