//! The rules of ledger entries, checked on each entry of an archive.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    check::{Known, Verdict, demand},
    rows::Entry,
};
use crate::{
    access::{Public, Role, policy::MembersEdit},
    base::{
        clock::Time,
        day::Day,
        emoji::Emoji,
        id::{ColumnId, CommentId, Id, LabelId, ProjectId, TaskId, UserId},
        text::{Color, Name, ProjectKey, Slug, TimeZone, Title},
    },
    effects::ledger::{Action, ActorKind, Kind},
    workspace::{
        projects::{Visibility, columns::TaskLimit},
        status::Status,
        tasks::{Priority, TaskRefName},
    },
};

/// Checks an entry. Returns it with the ids that it gets here.
pub(super) fn check(known: &mut Known, mut row: Entry, public: &Public) -> Verdict<Entry> {
    let seq = known.seq + 1;
    demand(row.seq == seq, &format!("the entry {seq} is missing"))?;
    known.seq = seq;
    demand(seq > 1 || row.action == Action::OrgCreated, "the first entry says who founded the organization")?;
    known.past(&[Some(row.at)])?;
    demand(row.undoes.is_none_or(|it| (1..seq).contains(&it)), "an entry undoes one that isn't before it")?;
    actor(known, &mut row, public)?;
    if matches!(row.action, Action::TaskDeleted | Action::ProjectDeleted) {
        known.told_deletion(row.project_id, row.task_id);
    }
    let is_purged = known.is_purged(row.project_id, row.task_id)
        || (row.subject_kind == Kind::Label && known.is_purged_label(Id::new(row.subject_id)))
        || (row.subject_kind == Kind::Column && known.is_purged_column(Id::new(row.subject_id)));
    let of = Place { kind: row.subject_kind, task: row.task_id };
    subject(known, &mut row, public)?;
    let is_about_link = matches!(row.action, Action::LinkCreated | Action::LinkDeleted);
    demand(!is_about_link || row.changes.len() == 1, "the entry doesn't name the link")?;
    for (field, change) in &mut row.changes {
        demand(row.action.fields().contains(&field.as_str()), "a field isn't one that the action changes")?;
        let sides = change.as_object_mut().filter(|sides| is_change(sides));
        for side in sides.ok_or("a change has the fields from and to")?.values_mut() {
            value(known, of, field, side, public).map_err(|why| format!("{field}: {why}"))?;
            // Earlier versions kept the texts of what was purged.
            if is_purged && matches!(field.as_str(), "title" | "name") {
                *side = Value::Null;
            }
        }
    }
    row.id = public.id();
    Ok(row)
}

/// Where an entry's subject is in the archive.
#[derive(Clone, Copy)]
struct Place {
    kind: Kind,
    task: Option<TaskId>,
}

fn is_change(sides: &Map<String, Value>) -> bool {
    sides.len() == 2 && sides.contains_key("from") && sides.contains_key("to")
}

fn actor(known: &mut Known, row: &mut Entry, public: &Public) -> Verdict {
    let given = (row.actor_id.is_some(), row.token_id.is_some());
    let right = match row.actor_kind {
        ActorKind::User => given == (true, false),
        ActorKind::Token => given == (true, true),
        ActorKind::System => {
            // What an import does, the server's operator, and the passing of time.
            let action = matches!(
                row.action,
                Action::OrgImported
                    | Action::OrgDisabled
                    | Action::OrgEnabled
                    | Action::MemberJoined
                    | Action::MemberRoleChanged
                    | Action::TaskOverdue
            );
            given == (false, false) && action
        }
    };
    demand(right, "the actor isn't one of its kind")?;
    if let Some(actor) = &mut row.actor_id {
        *actor = known.user(*actor)?;
    }
    if let Some(token) = &mut row.token_id {
        // Several entries may name the same API token.
        *token = *known.tokens.entry(*token).or_insert_with(|| public.id());
    }
    Ok(())
}

fn subject(known: &mut Known, row: &mut Entry, public: &Public) -> Verdict {
    demand(row.subject_kind == row.action.subject(), "the subject isn't one of the action")?;
    let ids = (row.project_id, row.task_id);
    let mut rightly_placed = ids == (None, None);
    row.subject_id = match row.subject_kind {
        Kind::Organization => {
            let (old, new) = known.organization_id();
            demand(row.subject_id == old.uuid(), "the subject is another organization")?;
            new.uuid()
        }
        Kind::Member => known.member_ever(Id::new(row.subject_id))?.uuid(),
        Kind::Invitation => {
            let id = known.invitations.get(&Id::new(row.subject_id));
            id.ok_or("the subject isn't in the archive")?.uuid()
        }
        Kind::Project => {
            rightly_placed = ids == (Some(Id::new(row.subject_id)), None);
            known.project_id(Id::new(row.subject_id))?.uuid()
        }
        Kind::Task => {
            let task = Id::new(row.subject_id);
            rightly_placed = row.task_id == Some(task) && known.was_in(task, row.project_id);
            known.task_id(task)?.uuid()
        }
        Kind::Column => {
            rightly_placed = ids == (known.project_of_column(Id::new(row.subject_id)), None);
            known.column_id(Id::new(row.subject_id))?.uuid()
        }
        Kind::Label => known.label_id(Id::new(row.subject_id))?.uuid(),
        Kind::Comment => {
            let task = row.task_id.ok_or("a comment is on a task")?;
            rightly_placed = known.was_in(task, row.project_id);
            known.comment_ever(Id::new(row.subject_id), task, public.id())?.uuid()
        }
    };
    demand(rightly_placed, "the project and the task aren't those of the subject")?;
    row.project_id = row.project_id.map(|id| known.project_id(id)).transpose()?;
    row.task_id = row.task_id.map(|id| known.task_id(id)).transpose()?;
    Ok(())
}

/// Checks a value of a changed field, and replaces the id that it may be.
fn value(known: &mut Known, of: Place, field: &str, value: &mut Value, public: &Public) -> Verdict {
    if value.is_null() {
        return Ok(());
    }
    match field {
        "name" => told(value, |name| Name::kept(name).is_ok_and(|kept| kept.as_str() == name)),
        "color" => exact::<Color>(value).map(drop),
        "title" => told(value, |title| Title::kept(title).is_ok_and(|kept| kept.as_str() == title)),
        "slug" => exact::<Slug>(value).map(drop),
        "key" if of.kind == Kind::Task => told(value, |key| matches!(key.parse(), Ok(TaskRefName::Key(..)))),
        "key" => exact::<ProjectKey>(value).map(drop),
        "project" => {
            *value = json!(known.project_id(exact::<ProjectId>(value)?)?);
            Ok(())
        }
        "visibility" => exact::<Visibility>(value).map(drop),
        "status" => exact::<Status>(value).map(drop),
        "priority" => exact::<Priority>(value).map(drop),
        "role" => exact::<Role>(value).map(drop),
        "due_at" | "resolved_at" => exact::<Time>(value).map(drop),
        "start_on" | "due_on" => exact::<Day>(value).map(drop),
        "time_zone" => exact::<TimeZone>(value).map(drop),
        "reaction" => exact::<Emoji>(value).map(drop),
        "members_edit" => exact::<MembersEdit>(value).map(drop),
        "members_can_create_projects" | "is_template" => exact::<bool>(value).map(drop),
        "description" | "body" => demand(is_digest(value), "must be a digest and a length"),
        "parent_id" if of.kind == Kind::Comment => {
            let (old, task) = (exact::<CommentId>(value)?, of.task.ok_or("a comment is on a task")?);
            *value = json!(known.comment_ever(old, task, public.id())?);
            Ok(())
        }
        "parent_id" | "blocks" | "blocked_by" | "relates_to" | "duplicates" | "duplicated_by" => {
            *value = json!(known.task_id(exact::<TaskId>(value)?)?);
            Ok(())
        }
        "task_limit" => {
            let limit = value.as_i64().and_then(TaskLimit::new);
            demand(limit.is_some(), "the value is none of the field")
        }
        "column" => {
            *value = json!(known.column_id(exact::<ColumnId>(value)?)?);
            Ok(())
        }
        "assignee" | "member" => {
            *value = json!(known.member_ever(exact::<UserId>(value)?)?);
            Ok(())
        }
        "labels" => {
            let labels = exact::<Vec<LabelId>>(value)?;
            let labels: Vec<LabelId> =
                labels.into_iter().map(|label| known.label_id(label)).collect::<Verdict<_>>()?;
            *value = json!(labels);
            Ok(())
        }
        _ => Err("there is no such field".into()),
    }
}

/// Checks a text, which an earlier version may have taken.
fn told(value: &Value, is_kept: impl Fn(&str) -> bool) -> Verdict {
    demand(value.as_str().is_some_and(is_kept), "the value is none of the field")
}

/// Parses a value that has to be written as the API writes it.
fn exact<T: DeserializeOwned + Serialize>(value: &Value) -> Verdict<T> {
    let read: Option<T> = serde_json::from_value(value.clone()).ok();
    read.filter(|read| json!(read) == *value).ok_or_else(|| "the value is none of the field".into())
}

fn is_digest(value: &Value) -> bool {
    /// The longest text, that of a comment.
    const LENGTH_MOST: u64 = 64 * 1024;
    let length = value.get("length").and_then(Value::as_u64);
    let digest = value.get("digest").and_then(Value::as_str);
    value.as_object().is_some_and(|map| map.len() == 2)
        && length.is_some_and(|length| (1..=LENGTH_MOST).contains(&length))
        && digest.is_some_and(|text| {
            (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
        })
}
