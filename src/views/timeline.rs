//! The handler that lists a task's timeline: its comments and its activity in one list.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, VariantNames};

use crate::{
    access::{Access, Facts, OrgTx, Permission, actions},
    base::{
        error::Result,
        id::{CommentId, Id},
        json::{ParseError, one_of},
        list::joined,
        page::{Page, Paging},
    },
    effects::ledger::{self, ActivityEntry, ActivityFilters, ActivityQuery, Kind, Span, Within},
    http::input::List,
    workspace::{
        comments::{self, CommentView},
        tasks::Task,
    },
};

actions! {
    SeeTimeline: See on Task;
}

/// An entry of a task's timeline: a comment as it is now, where it was made, or a change of the task.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimelineItem {
    /// A comment on the task.
    Comment(TimelineComment),
    /// A change of the task.
    Activity(TimelineActivity),
}

/// A comment in a timeline.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TimelineComment {
    /// The comment, as it is now.
    pub comment: Box<CommentView>,
}

/// A change in a timeline.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TimelineActivity {
    /// The entry of the activity that tells of the change.
    pub activity: Box<ActivityEntry>,
}

/// The direction of a list: ascending or descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ListOrder")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<Order>)]
pub enum Order {
    Asc,
    Desc,
}

impl<'de> Deserialize<'de> for Order {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        joined(deserializer)
    }
}

/// The query parameters of a timeline.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelineOrder {
    /// `asc` lists the oldest entry first, `desc` the newest. `asc` if absent.
    pub order: Option<Order>,
}

pub async fn list(access: Access<SeeTimeline>, list: List<TimelineOrder>) -> Result<Page<TimelineItem>> {
    let read = async |tx: &OrgTx, task: Task, (order, paging): (TimelineOrder, Paging)| {
        page(tx, &task, order, &paging).await
    };
    access.read(list, read).await
}

/// Lists the task's entries in the ledger. In place of each that tells of a new comment stands the comment, unless it is
/// gone.
async fn page(
    tx: &OrgTx,
    task: &Task,
    TimelineOrder { order }: TimelineOrder,
    paging: &Paging,
) -> Result<Page<TimelineItem>> {
    let place = paging.after::<i64>()?;
    let query = ActivityQuery {
        within: Within::Timeline(task.id),
        filters: ActivityFilters::default(),
        projects: Vec::new(),
        tasks: Vec::new(),
        reader: tx.user(),
        sees_all: tx.may(Permission::SeePrivateProjects, Facts::default()),
        span: match order.unwrap_or(Order::Asc) {
            Order::Asc => Span::After(place.unwrap_or(0)),
            Order::Desc => Span::Before(place.unwrap_or(i64::MAX)),
        },
        rows: paging.rows(),
    };
    let Page { items, next_cursor } = ledger::page(tx, &query, paging).await?;
    let is_comment = |entry: &ActivityEntry| entry.subject.kind == Kind::Comment;
    let ids: Vec<CommentId> =
        items.iter().filter(|entry| is_comment(entry)).map(|entry| Id::new(entry.subject.id)).collect();
    let found = comments::seen(tx, &ids).await?;
    let mut found: HashMap<CommentId, CommentView> =
        found.into_iter().map(|comment| (comment.id, comment)).collect();
    let item = |entry: ActivityEntry| {
        if !is_comment(&entry) {
            return Some(TimelineItem::Activity(TimelineActivity { activity: Box::new(entry) }));
        }
        let comment = found.remove(&Id::new(entry.subject.id))?;
        Some(TimelineItem::Comment(TimelineComment { comment: Box::new(comment) }))
    };
    Ok(Page { items: items.into_iter().filter_map(item).collect(), next_cursor })
}
