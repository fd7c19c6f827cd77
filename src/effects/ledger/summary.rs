//! The summary of an activity entry: the change as an English sentence.

use serde_json::{Map, Value};

use super::{Action, Actor, SubjectView};

/// Returns the change as a sentence, such as "David moved WEB-142 from To do to In progress".
#[expect(clippy::match_same_arms, reason = "one sentence for each action")]
pub(super) fn sentence(
    actor: &Actor,
    action: Action,
    subject: &SubjectView,
    changes: &Map<String, Value>,
) -> String {
    let (who, what) = (actor.told(), &subject.label);
    let side = |field: &str, side: &str| {
        changes.get(field).and_then(|change| change.get(side)).map(words).unwrap_or_default()
    };
    let is_set =
        |field: &str| changes.get(field).and_then(|change| change.get("to")).is_some_and(|to| !to.is_null());
    let was_set = |field: &str| {
        changes.get(field).and_then(|change| change.get("from")).is_some_and(|from| !from.is_null())
    };
    let fields = || {
        let mut names: Vec<String> = changes.keys().map(|field| named(field)).collect();
        // A time may give way to a day.
        names.dedup();
        listed(names)
    };
    match action {
        Action::OrgCreated => format!("{who} founded {what}"),
        Action::OrgUpdated => format!("{who} changed the {} of {what}", fields()),
        Action::OrgDeleted => format!("{who} deleted {what}"),
        Action::OrgRestored => format!("{who} restored {what}"),
        Action::OrgDisabled => format!("The server's operator disabled {what}"),
        Action::OrgEnabled => format!("The server's operator enabled {what} again"),
        Action::OrgExported => format!("{who} exported {what}"),
        Action::OrgImported => format!("{who} imported {what}"),
        Action::MemberJoined => format!("{what} joined as {}", side("role", "to")),
        Action::MemberRoleChanged => {
            format!(
                "{who} changed the role of {what} from {} to {}",
                side("role", "from"),
                side("role", "to")
            )
        }
        Action::MemberRemoved => format!("{who} removed {what}"),
        Action::MemberLeft => format!("{what} left"),
        Action::OwnershipTransferred => format!("{who} transferred the ownership to {what}"),
        Action::InvitationCreated => format!("{who} invited {what} as {}", side("role", "to")),
        Action::InvitationResent => format!("{who} invited {what} again"),
        Action::InvitationRevoked => format!("{who} revoked the invitation of {what}"),
        Action::InvitationDeclined => format!("{who} declined the invitation of {what}"),
        Action::ProjectCreated if is_set("is_template") => format!("{who} created the template {what}"),
        Action::ProjectCreated => format!("{who} created the project {what}"),
        Action::ProjectUpdated if changes.len() == 1 && side("is_template", "to") == "true" => {
            format!("{who} made the project {what} a template")
        }
        Action::ProjectUpdated if changes.len() == 1 && side("is_template", "to") == "false" => {
            format!("{who} made the template {what} a project again")
        }
        Action::ProjectUpdated => format!("{who} changed the {} of the project {what}", fields()),
        Action::ProjectArchived => format!("{who} archived the project {what}"),
        Action::ProjectUnarchived => format!("{who} unarchived the project {what}"),
        Action::ProjectDeleted => format!("{who} deleted the project {what}"),
        Action::ProjectRestored => format!("{who} restored the project {what}"),
        Action::ProjectMemberAdded => format!("{who} added {} to the project {what}", side("member", "to")),
        Action::ProjectMemberRemoved => {
            format!("{who} removed {} from the project {what}", side("member", "from"))
        }
        Action::TaskCreated if is_set("is_template") => format!("{who} created the template {what}"),
        Action::TaskCreated => format!("{who} created {what}"),
        Action::TaskUpdated => format!("{who} {}", updated_task(what, changes, &fields())),
        Action::TaskStatusChanged => {
            format!("{who} moved {what} from {} to {}", side("status", "from"), side("status", "to"))
        }
        Action::TaskAssigned => format!("{who} assigned {what} to {}", side("assignee", "to")),
        Action::TaskUnassigned => format!("{who} unassigned {} from {what}", side("assignee", "from")),
        Action::TaskMoved if was_set("key") => {
            format!("{who} moved {} into another project, as {}", side("key", "from"), side("key", "to"))
        }
        Action::TaskMoved if is_set("key") => format!("{who} moved {what} here from another project"),
        Action::TaskMoved if is_set("column") => {
            format!("{who} moved {what} from {} to {}", side("column", "from"), side("column", "to"))
        }
        Action::TaskMoved => format!("{who} moved {what} on the board"),
        Action::TaskDeleted => format!("{who} deleted {what}"),
        Action::TaskRestored => format!("{who} restored {what}"),
        Action::LinkCreated => format!("{who} noted that {what} {}", linked(changes, "to")),
        Action::LinkDeleted => format!("{who} noted that {what} {} no more", linked(changes, "from")),
        Action::ColumnCreated => format!("{who} created the column {what}"),
        Action::ColumnUpdated if changes.is_empty() => format!("{who} moved the column {what}"),
        Action::ColumnUpdated => format!("{who} changed the {} of the column {what}", fields()),
        Action::ColumnDeleted => format!("{who} deleted the column {what}"),
        Action::TaskOverdue => format!("{what} is overdue"),
        Action::LabelCreated => format!("{who} created the label {what}"),
        Action::LabelUpdated => format!("{who} changed the {} of the label {what}", fields()),
        Action::LabelDeleted => format!("{who} deleted the label {what}"),
        Action::CommentCreated if is_set("parent_id") => format!("{who} replied to a comment on {what}"),
        Action::CommentCreated => format!("{who} commented on {what}"),
        Action::CommentUpdated => format!("{who} edited a comment on {what}"),
        Action::CommentDeleted => format!("{who} deleted a comment on {what}"),
        Action::CommentReacted if is_set("reaction") => {
            format!("{who} reacted with {} to a comment on {what}", side("reaction", "to"))
        }
        Action::CommentReacted => {
            format!("{who} took back {} from a comment on {what}", side("reaction", "from"))
        }
        Action::CommentResolved if is_set("resolved_at") => format!("{who} resolved a thread on {what}"),
        Action::CommentResolved => format!("{who} reopened a thread on {what}"),
    }
}

/// Formats a link for a sentence: "blocks WEB-2".
fn linked(changes: &Map<String, Value>, side: &str) -> String {
    let Some((kind, change)) = changes.iter().next() else { return String::new() };
    let other = change.get(side).map(words).unwrap_or_default();
    match kind.as_str() {
        "blocked_by" => format!("is blocked by {other}"),
        "duplicated_by" => format!("is duplicated by {other}"),
        kind => format!("{} {other}", kind.replace('_', " ")),
    }
}

/// Formats a value for a sentence: people by name, tasks by key, `in_progress` as "In progress".
fn words(value: &Value) -> String {
    match value {
        Value::Object(named) => {
            let name = named.get("name").or_else(|| named.get("key"));
            name.and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        Value::String(text) => match text.as_str() {
            "todo" => "To do".into(),
            "in_progress" => "In progress".into(),
            "review" => "Review".into(),
            "done" => "Done".into(),
            "cancelled" => "Cancelled".into(),
            other => other.into(),
        },
        other => other.to_string(),
    }
}

/// Formats what was done to a task whose fields changed: "made WEB-2 a template".
fn updated_task(what: &str, changes: &Map<String, Value>, fields: &str) -> String {
    let alone = |field: &str| changes.get(field).filter(|_| changes.len() == 1);
    match (alone("is_template").and_then(|change| change.get("to")), alone("labels")) {
        (Some(Value::Bool(true)), _) => format!("made {what} a template"),
        (Some(_), _) => format!("made the template {what} a task again"),
        (None, Some(change)) => format!("{} {what}", relabelled(change)),
        (None, None) => format!("changed the {fields} of {what}"),
    }
}

/// Formats a change of a task's labels, up to the task: "added the label Bug to".
fn relabelled(change: &Value) -> String {
    let labels =
        |side: &str| change.get(side).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (before, after) = (labels("from"), labels("to"));
    let only = |these: &[Value], those: &[Value]| {
        let names: Vec<String> = these.iter().filter(|label| !those.contains(label)).map(words).collect();
        (!names.is_empty()).then(|| {
            let noun = if names.len() == 1 { "label" } else { "labels" };
            format!("the {noun} {}", listed(names))
        })
    };
    match (only(after, before), only(before, after)) {
        (Some(added), None) => format!("added {added} to"),
        (None, Some(removed)) => format!("removed {removed} from"),
        _ => "changed the labels of".into(),
    }
}

/// Formats a field's name for a sentence.
fn named(field: &str) -> String {
    match field {
        "due_at" | "due_on" => "due date".into(),
        "start_on" => "start date".into(),
        "parent_id" => "parent".into(),
        "is_template" => "template mark".into(),
        other => other.replace('_', " "),
    }
}

fn listed(mut words: Vec<String>) -> String {
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} and {last}", words.join(", ")),
        None => String::new(),
    }
}
