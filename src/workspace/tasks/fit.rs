//! The conditions that the tasks of a list must fit. Each is true or false, never null, so that its opposite is one too.

use super::{
    list::{Has, TaskQuery},
    named::{Named, Span},
    plan::due,
};
use crate::{base::list::Flag, db::Query, effects::index};

/// What begins a condition of which one part must hold, or none.
const ANY: &str = " and (false";
const NONE: &str = " and not (false";

/// Whether the task, one above it, or its project is a template.
pub(super) const OF_TEMPLATE: &str = "(t.is_template or (select tp.is_template from projects tp where tp.org_id = $1 and tp.id = t.project_id))";

/// Appends what a task must fit.
pub(super) fn fitting<'a>(query: &mut Query<'a>, wanted: &'a TaskQuery) {
    let filters = &wanted.filters;
    if filters.project.is_some() {
        query.among("t.project_id", &wanted.only.projects);
    }
    if let Some(statuses) = &filters.status {
        query.among("t.status", &statuses.0);
    }
    if let Some(columns) = &filters.column {
        query.among("t.column_id", &columns.0);
    }
    if let Some(priorities) = &filters.priority {
        query.among("t.priority", &priorities.0);
    }
    if filters.creator.is_some() {
        query.among("t.created_by", &wanted.only.creators);
    }
    due(query, wanted, "t.due_at");
    if let Some(after) = &filters.updated_after {
        query.push(" and t.updated_at > ?", &[after]);
    }
    match filters.overdue {
        Some(Flag(true)) => {
            query.push(" and t.status < 3 and not ", &[]);
            query.push(OF_TEMPLATE, &[]);
        }
        Some(Flag(false)) => {
            query.push(" and (t.due_at is null or t.due_at >= ? or t.status >= 3 or ", &[&wanted.now]);
            query.push(OF_TEMPLATE, &[]);
            query.push(")", &[]);
        }
        None => {}
    }
    if let Some(Flag(is_of_template)) = filters.template {
        query.push(if is_of_template { " and " } else { " and not " }, &[]);
        // All tasks of a project have in common whether it is one.
        query.push(if wanted.within.is_some() { "t.is_template" } else { OF_TEMPLATE }, &[]);
    }
    for (opening, spans) in [(ANY, &wanted.due), (NONE, &wanted.not_due)] {
        if let Some(spans) = spans {
            timely(query, opening, spans, wanted);
        }
    }
    for (opening, has) in [(ANY, &filters.has), (NONE, &filters.not_has)] {
        if let Some(has) = has {
            having(query, opening, &has.0);
        }
    }
    let only = (
        filters.parent.is_some(),
        filters.assignee.is_some(),
        filters.label.is_some(),
        filters.updated_by.is_some(),
    );
    let but = (
        filters.not_parent.is_some(),
        filters.not_assignee.is_some(),
        filters.not_label.is_some(),
        filters.not_updated_by.is_some(),
    );
    for (opening, named, (parents, assignees, labels, updaters)) in
        [(ANY, &wanted.only, only), (NONE, &wanted.but, but)]
    {
        if parents {
            below(query, opening, named);
        }
        if assignees {
            assigned(query, opening, named);
        }
        if labels {
            labelled(query, opening, named);
        }
        if updaters {
            updated(query, opening, named);
        }
    }
    if filters.not_project.is_some() {
        query.push(" and not (true", &[]);
        query.among("t.project_id", &wanted.but.projects);
        query.push(")", &[]);
    }
    if filters.not_creator.is_some() {
        query.push(" and not (true", &[]);
        query.among("t.created_by", &wanted.but.creators);
        query.push(")", &[]);
    }
    blocked(query, wanted);
    if let Some(terms) = &wanted.terms {
        index::narrow(query, "t.id", terms);
    }
}

/// Appends which deadlines the task must have.
fn timely<'a>(query: &mut Query<'a>, opening: &'static str, spans: &'a [Span], wanted: &'a TaskQuery) {
    query.push(opening, &[]);
    for span in spans {
        match span {
            Span::Between(first, end) => {
                query.push(" or coalesce(t.due_at >= ? and t.due_at < ?, false)", &[first, end]);
            }
            Span::Overdue => {
                query.push(" or coalesce(t.due_at < ? and t.status < 3 and not ", &[&wanted.now]);
                query.push(OF_TEMPLATE, &[]);
                query.push(", false)", &[]);
            }
            Span::None => query.push(" or t.due_at is null", &[]),
        }
    }
    query.push(")", &[]);
}

/// Appends what the task must have.
fn having(query: &mut Query<'_>, opening: &'static str, has: &[Has]) {
    query.push(opening, &[]);
    for has in has {
        query.push(
            match has {
                Has::Comments => " or t.comments > 0",
                Has::Description => " or t.description <> ''",
                Has::Subtasks => " or t.subtasks > 0",
                Has::Due => " or t.due_at is not null",
            },
            &[],
        );
    }
    query.push(")", &[]);
}

/// Appends who must be assigned. Each of the task's assignees is looked at, of whom there are few, so that nothing else is
/// read in a large organization either.
fn assigned<'a>(query: &mut Query<'a>, opening: &'static str, named: &'a Named) {
    query.push(opening, &[]);
    if named.unassigned {
        query.push(
            " or coalesce((select false from task_assignees a where a.org_id = $1 and a.task_id = t.id limit 1), true)",
            &[],
        );
    }
    if !named.assignees.is_empty() {
        query.push(
            " or coalesce((select true from task_assignees a where a.org_id = $1 and a.task_id = t.id and case when true",
            &[],
        );
        query.among("a.user_id", &named.assignees);
        query.push(" then true else false end limit 1), false)", &[]);
    }
    query.push(")", &[]);
}

/// Appends which labels the task must have, likewise. A deleted label is on no task, though its rows are still there.
fn labelled<'a>(query: &mut Query<'a>, opening: &'static str, named: &'a Named) {
    query.push(opening, &[]);
    if named.unlabelled {
        query.push(
            " or coalesce((select false from task_labels tl join labels l on l.org_id = $1 and l.id = tl.label_id
                           where tl.org_id = $1 and tl.task_id = t.id and l.deleted_at is null limit 1), true)",
            &[],
        );
    }
    if !named.labels.is_empty() {
        query.push(
            " or coalesce((select true from task_labels tl join labels l on l.org_id = $1 and l.id = tl.label_id
                           where tl.org_id = $1 and tl.task_id = t.id and l.deleted_at is null and case when true",
            &[],
        );
        query.among("tl.label_id", &named.labels);
        query.push(" then true else false end limit 1), false)", &[]);
    }
    query.push(")", &[]);
}

/// Appends whether an open task that the reader sees must block the task, likewise.
fn blocked<'a>(query: &mut Query<'a>, wanted: &'a TaskQuery) {
    let Some(Flag(is_blocked)) = &wanted.filters.blocked else { return };
    query.push(if *is_blocked { " and " } else { " and not " }, &[]);
    query.push(
        "coalesce((select true from task_links l
                   join tasks o on o.org_id = $1 and o.id = l.other_id and o.deleted_at is null and o.status < 3
                   join project_sight v on v.org_id = $1 and v.project_id = o.project_id and v.user_id = ?
                   where l.org_id = $1 and l.task_id = t.id and l.kind = 'blocked_by' limit 1), false)",
        &[&wanted.reader],
    );
}

/// Appends who must have changed the task: its entries in the ledger are looked at, likewise.
fn updated<'a>(query: &mut Query<'a>, opening: &'static str, named: &'a Named) {
    query.push(opening, &[]);
    query.push(
        " or coalesce((select true from ledger e
                       where e.org_id = $1 and e.task_id = t.id and case when e.subject_kind = 'task'",
        &[],
    );
    query.among("e.actor_id", &named.updaters);
    query.push(" then true else false end limit 1), false))", &[]);
}

fn below<'a>(query: &mut Query<'a>, opening: &'static str, named: &'a Named) {
    query.push(opening, &[]);
    if named.top_level {
        query.push(
            " or t.parent_id is null or exists (
                 select 1 from tasks above
                 where above.org_id = $1 and above.id = t.parent_id and above.deleted_at is not null)",
            &[],
        );
    }
    if !named.parents.is_empty() {
        query.push(
            " or (t.parent_id is not null and exists (
                 select 1 from tasks above
                 where above.org_id = $1 and above.id = t.parent_id and above.deleted_at is null)",
            &[],
        );
        query.among("t.parent_id", &named.parents);
        query.push(")", &[]);
    }
    query.push(")", &[]);
}
