//! Clearing a column that is deleted or gets another status: its tasks go to another column of the board.

use super::{Column, store};
use crate::{
    access::OrgWrite,
    base::{
        error::{Code, Error, Result},
        id::{ColumnId, TaskId},
    },
    db::Query,
    effects::ledger::{Action, Changes, Target},
    workspace::{assignments, counts, deadlines, status::Status},
};

/// Returns the column that a request wants the tasks to go to.
///
/// # Errors
/// 422 if it isn't among the others.
pub(super) fn target(others: &[Column], move_to: Option<ColumnId>) -> Result<Option<&Column>> {
    let Some(id) = move_to else { return Ok(None) };
    let found = others.iter().find(|column| column.id == id);
    let wrong = || Error::parameter("move_to", "not_found", "must be another column of the same project");
    found.map(Some).ok_or_else(wrong)
}

/// Moves all tasks out of a column: to the target, or, those in the trash, to another column of their status. Returns how
/// many there were that aren't in the trash.
///
/// # Errors
/// 409 if there is no other column of the status, or if there are tasks and no target.
pub(super) async fn clear(
    tx: &OrgWrite,
    column: &Column,
    others: &[Column],
    target: Option<&Column>,
) -> Result<i64> {
    let next = others.iter().find(|other| other.status == column.status).ok_or(Code::LastColumn)?;
    let tasks = store::tasks_in(tx, column.id).await?;
    if !tasks.is_empty() {
        let target = target.ok_or(Code::ColumnNotEmpty)?;
        move_all(tx, &tasks, column, target).await?;
    }
    store::move_deleted(tx, column.id, next.id).await?;
    i64::try_from(tasks.len()).map_err(Error::internal)
}

/// Moves tasks to another column, in which they keep their order. It may have another status.
async fn move_all(tx: &OrgWrite, tasks: &[TaskId], from: &Column, to: &Column) -> Result<()> {
    let reopens = !from.status.is_open() && to.status.is_open();
    let write = async || {
        for tasks in tasks.chunks(Query::ROWS) {
            store::move_tasks(tx, tasks, to).await?;
            if from.status != to.status {
                let completed_at = (to.status == Status::Done).then(|| tx.now());
                store::set_status(tx, tasks, to.status, completed_at).await?;
                store::count_done_above(tx, tasks).await?;
                assignments::store::keep_due(tx, tasks).await?;
            }
            if reopens {
                assignments::drop_the_unseeing(tx, tasks).await?;
            }
        }
        if reopens {
            deadlines::expect_all(tx).await?;
        }
        Ok(())
    };
    if from.status == to.status {
        write().await?;
    } else {
        counts::around(tx, tasks.to_vec(), write).await?;
    }
    for task in tasks {
        let action = if from.status == to.status { Action::TaskMoved } else { Action::TaskStatusChanged };
        let changes =
            Changes::none().field("status", &from.status, &to.status).field("column", &from.id, &to.id);
        tx.record(action, Target::Task(from.project_id, *task), changes);
    }
    Ok(())
}
