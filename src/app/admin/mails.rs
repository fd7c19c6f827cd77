//! The outbox, as the operator sees it: whom mails go to and why they fail, never what they say.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};
use uuid::Uuid;

use crate::{
    access::{ByOperator, SystemTx},
    base::{
        clock::Time,
        error::{Code, Result},
        id::MailId,
        json::{ParseError, one_of},
        list::CommaList,
        page::{Page, Paging},
    },
    effects::mail::{
        MessageKind, Outbox,
        store::{self, Kept},
    },
    http::{
        answer::{self, Counts, Removal},
        input::{DryRun, Input as _, List, NoBody, Query},
    },
};

/// Whether a mail can still be sent.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = ParseError, parse_err_fn = one_of::<MailState>)]
pub enum MailState {
    /// It is sent at its time, or tried again after a failure.
    Waiting,
    /// It was given up. What it said, and to whom, is erased.
    Dead,
}

/// A mail of the outbox. What was sent isn't in it any more.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AdminMail {
    /// The mail's id.
    pub id: MailId,
    /// Whether it can still be sent.
    pub state: MailState,
    /// The kind of mail. `null` for one of a version that didn't note it.
    pub kind: Option<MessageKind>,
    /// The address that it goes to. `null` once it was given up.
    pub to: Option<String>,
    /// How often it was tried to send it.
    pub attempts: i64,
    /// The date of the mail: when it was written, or when it is to be sent if it is a reminder.
    pub date: Time,
    /// When it is tried next. `null` once it was given up.
    pub next_attempt_at: Option<Time>,
    /// Why the last attempt failed. `null` if there was none, or one is under way.
    pub last_error: Option<String>,
}

impl AdminMail {
    fn of(kept: Kept, outbox: &Outbox) -> Self {
        Self {
            id: kept.id,
            state: if kept.due_at.is_some() { MailState::Waiting } else { MailState::Dead },
            kind: kept.kind,
            to: outbox.recipient(&kept.sealed),
            attempts: kept.attempts,
            date: kept.created_at,
            next_attempt_at: kept.due_at,
            last_error: kept.error,
        }
    }
}

/// Filters for the list of mails.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminMailFilters {
    /// Only mails in one of these states, separated by commas.
    pub state: Option<CommaList<MailState>>,
}

pub async fn list(
    operator: ByOperator,
    State(outbox): State<Outbox>,
    list: List<AdminMailFilters>,
) -> Result<Page<AdminMail>> {
    let (filters, paging): (AdminMailFilters, Paging) = list.open(Uuid::nil())?;
    let read = async move |tx: &SystemTx| {
        let wants = |state| filters.state.as_ref().is_none_or(|states| states.0.contains(&state));
        let (before, rows, dead) = (paging.before()?, paging.rows(), wants(MailState::Dead));
        let found = if wants(MailState::Waiting) {
            store::page(tx, dead, before, rows).await?
        } else {
            store::page_of_dead(tx, before, rows).await?
        };
        let Page { items, next_cursor } = paging.page(found, |kept| kept.id);
        let items = items.into_iter().map(|kept| AdminMail::of(kept, &outbox)).collect();
        Ok(Page { items, next_cursor })
    };
    operator.public().read(read).await
}

/// Returns the mail of this id.
///
/// # Errors
/// 404 if it isn't in the outbox.
async fn find(tx: &SystemTx, id: Option<MailId>) -> Result<Kept> {
    let found = match id {
        Some(id) => store::kept(tx, id).await?,
        None => None,
    };
    found.ok_or_else(|| Code::NotFound.into())
}

pub async fn retry(
    operator: ByOperator,
    State(outbox): State<Outbox>,
    body: NoBody,
) -> Result<answer::Ok<AdminMail>> {
    let id = operator.params().get("id");
    let retry = async move |tx: &SystemTx| {
        let mail = find(tx, id).await?;
        body.open(Uuid::nil())?;
        if mail.due_at.is_none() {
            return Err(Code::MailGivenUp.into());
        }
        store::hurry(tx, mail.id).await?;
        find(tx, id).await.map(|mail| answer::Ok(AdminMail::of(mail, &outbox)))
    };
    operator.public().write(retry).await
}

pub async fn delete(operator: ByOperator, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let id = operator.params().get("id");
    let delete = async move |tx: &SystemTx| {
        let mail = find(tx, id).await?;
        let dry_run = query.open(Uuid::nil())?;
        body.open(Uuid::nil())?;
        store::delete(tx, mail.id).await?;
        Ok(dry_run.removal(tx, Counts::one("mails"), None))
    };
    operator.public().write(delete).await
}
