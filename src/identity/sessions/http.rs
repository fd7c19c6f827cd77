//! HTTP handlers for refreshing, listing and ending sessions, for logging out, and for the keys of access tokens.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Issued, Issuer, LoggedIn, SessionView,
    cookie::{Carrier, RefreshCookie},
    store,
};
use crate::{
    access::{InSession, Jwks, Public, SignedIn, SystemTx, UserTx, UserWrite},
    base::{
        error::{Code, Error, Result},
        id::SessionId,
        page::{Page, Paging},
    },
    http::{
        answer::{self, Counts, NoContent, Removal, WithCookie},
        input::{DryRun, Input, List, NoBody, NoFilters, OrNothing, Query},
    },
    identity::accounts::{self, User},
};

/// A request to exchange a refresh token for new credentials.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "RefreshRequest")]
pub struct Refresh {
    /// The refresh token. If absent, the one in the cookie is used.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// How the next refresh token is sent. The default is how this one was sent. A refresh token from the cookie is
    /// always replaced in the cookie.
    #[serde(default)]
    pub session: Option<Carrier>,
}

/// Returns the refresh token of a request, and how to send the next one.
///
/// # Errors
/// 403 if the page that sent the cookie may not call this server; 401 or 422 if there is no refresh token.
fn given(body: &OrNothing<Refresh>, cookie: RefreshCookie) -> Result<(String, Carrier)> {
    let Refresh { refresh_token, session } = body.open(Uuid::nil())?;
    match (refresh_token, cookie.token()?) {
        (Some(token), _) => Ok((token, session.unwrap_or_default())),
        (None, Some(token)) => Ok((token, Carrier::Cookie)),
        (None, None) if session == Some(Carrier::Cookie) => {
            Err(Code::Unauthenticated.with("There is no cookie with a session: log in."))
        }
        (None, None) => Err(Error::field("/refresh_token", "required", "is required where no cookie has it")),
    }
}

pub async fn refresh(
    public: Public,
    cookie: RefreshCookie,
    State(credentials): State<Issuer>,
    body: OrNothing<Refresh>,
) -> Result<LoggedIn> {
    let (token, carrier) = given(&body, cookie)?;
    let over = || Code::Unauthenticated.with("The refresh token is no longer good: log in again.");
    let parsed = credentials.parse(&token).ok_or_else(over)?;
    let exchange = async move |tx: &SystemTx| exchange(tx, parsed).await;
    // The refusal comes after the commit, because a reused token ends its session, which a rollback would undo.
    let (user, issued) = public.write(exchange).await?.ok_or_else(over)?;
    credentials.open(user, issued, carrier)
}

/// Exchanges a refresh token's session and generation. Returns `None` if it isn't good any more.
async fn exchange(tx: &SystemTx, (session, generation): (SessionId, i64)) -> Result<Option<(User, Issued)>> {
    let Some(issued) = super::refresh(tx, session, generation).await? else {
        return Ok(None);
    };
    let user = accounts::me(&tx.become_user(issued.user, issued.session)).await?;
    Ok(Some((user, issued)))
}

pub async fn logout(
    me: SignedIn<InSession>,
    cookie: RefreshCookie,
    body: NoBody,
) -> Result<WithCookie<NoContent>> {
    let end = async |tx: &UserWrite, ()| super::log_out(tx).await.map(|()| NoContent);
    let answer = me.write(body, end).await?;
    Ok(WithCookie { answer, cookie: cookie.cleared() })
}

pub async fn list(me: SignedIn<InSession>, list: List<NoFilters>) -> Result<Page<SessionView>> {
    let read = async |tx: &UserTx, (NoFilters {}, paging): (NoFilters, Paging)| {
        let found = store::page(tx, paging.before()?, paging.rows()).await?;
        let page = paging.page(found, |session| session.id);
        let items = page.items.into_iter().map(|session| SessionView::new(session, tx)).collect();
        Ok(Page { items, next_cursor: page.next_cursor })
    };
    me.read(list, read).await
}

pub async fn end(me: SignedIn<InSession>, query: Query<DryRun>, body: NoBody) -> Result<Removal> {
    let id = me.params().get("id");
    let end = async move |tx: &UserWrite, (dry_run, ()): (DryRun, ())| {
        super::end(tx, id).await?;
        Ok(dry_run.removal(tx, Counts::one("sessions"), None))
    };
    me.write((query, body), end).await
}

pub async fn jwks(public: Public) -> Result<answer::Ok<Jwks>> {
    Ok(answer::Ok(public.gateway().tokens().jwks()))
}
