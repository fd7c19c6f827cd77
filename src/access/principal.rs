//! The principal of a request, as the `Authorization` header or a ticket names it. Whether the credential is still
//! valid, `store::alive` checks in each transaction.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header, request::Parts};
use serde::{Deserialize, Serialize};

use super::{
    Gateway, Public, SystemTx, api_token,
    security_log::{self, Event, Origin},
    store,
    tickets::{self, TicketPayload},
};
use crate::{
    base::{
        error::{Code, Result},
        id::{Id, OrgId, SessionId, TokenId, UserId},
    },
    db::{Scope, Tx},
};

/// The minimum time between two recorded uses of an API token.
const USE_GRAIN: Duration = Duration::from_mins(1);

/// The principal of a request: the user who makes it, and the credential that they use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    pub user: UserId,
    pub credential: Credential,
}

/// The credential of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    Session(SessionId),
    Token(Grant),
}

/// The scope of an API token: it never allows more than its user's role does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub id: TokenId,
    /// The organization that the token is restricted to; `None` if it reaches all organizations of its user.
    pub org: Option<OrgId>,
    pub read: bool,
    pub write: bool,
}

/// The payload of a ticket that replaces a credential in a URL, for clients that can't send a header.
pub(super) trait Pass: TicketPayload {
    /// Returns the principal that the ticket was issued to.
    fn principal(&self) -> Principal;

    /// Opens the ticket in a request's `ticket` parameter and marks it as used.
    ///
    /// # Errors
    /// 401 for a ticket that is forged, used or expired.
    async fn of(ticket: &str, gateway: &Gateway) -> Result<Self> {
        let gone =
            || Code::Unauthenticated.with("The ticket was used, has expired or never was one: get another.");
        let pass = gateway.tickets().open::<Self>(ticket, gateway.clock().now()).ok_or_else(gone)?;
        let ticket = ticket.to_owned();
        let use_up = async move |tx: &SystemTx| tickets::use_up::<Self>(tx, &ticket).await;
        if Public::new(gateway).write(use_up).await? { Ok(pass) } else { Err(gone()) }
    }
}

/// How long such a ticket is valid.
pub(super) const PASS_LIFE: Duration = Duration::from_secs(30);

/// A pass that is valid in one organization only.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OrgPass {
    pub principal: Principal,
    pub org: OrgId,
}

impl TicketPayload for OrgPass {
    const PURPOSE: &'static str = "pass";
    const LIFE: Duration = PASS_LIFE;
}

impl Pass for OrgPass {
    fn principal(&self) -> Principal {
        self.principal
    }
}

/// A pass that is valid for what is the principal's own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct OwnPass(pub Principal);

impl TicketPayload for OwnPass {
    const PURPOSE: &'static str = "own pass";
    const LIFE: Duration = PASS_LIFE;
}

impl Pass for OwnPass {
    fn principal(&self) -> Principal {
        self.0
    }
}

impl Principal {
    /// The placeholder for transactions without a known caller. No row has its ids.
    pub(super) const NOBODY: Self = Self { user: Id::NIL, credential: Credential::Session(Id::NIL) };

    /// Returns the principal that the `Authorization` header names.
    ///
    /// # Errors
    /// 401 without a credential, and for one that is malformed, forged, expired or unknown.
    pub(super) async fn of(parts: &Parts, gateway: &Gateway, origin: &Arc<Origin>) -> Result<Self> {
        let text = token(&parts.headers)?;
        if !text.starts_with(api_token::PREFIX) {
            return session(gateway, text);
        }
        let hash = api_token::hash(text).ok_or(Code::Unauthenticated)?;
        let known = match gateway.api_tokens().get(&hash) {
            Some(known) => known,
            None => find(gateway, &hash).await?,
        };
        gateway.api_tokens().insert(hash, known);
        if let Credential::Token(grant) = known.credential {
            note_use(gateway, known, grant, origin).await;
        }
        Ok(known)
    }

    /// Returns the principal that the `Authorization` header names. Without that header, returns the principal of the
    /// `ticket` query parameter, and what else the ticket holds.
    ///
    /// # Errors
    /// Those of [`Principal::of`]; 401 for a ticket that is forged, used or expired.
    pub(super) async fn or_ticket<P: Pass>(
        parts: &Parts,
        gateway: &Gateway,
        origin: &Arc<Origin>,
    ) -> Result<(Self, Option<P>)> {
        let query = parts.uri.query().unwrap_or_default();
        let ticket = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket");
        match ticket {
            Some((_, ticket)) if !parts.headers.contains_key(header::AUTHORIZATION) => {
                let pass = P::of(&ticket, gateway).await?;
                Ok((pass.principal(), Some(pass)))
            }
            _ => Ok((Self::of(parts, gateway, origin).await?, None)),
        }
    }

    /// Returns the principal that the `Authorization` header names, without reading the database. The rate limit counts
    /// requests by it. Returns `None` for an API token that isn't in the cache.
    pub fn hint(headers: &HeaderMap, gateway: &Gateway) -> Option<Self> {
        let text = token(headers).ok()?;
        if text.starts_with(api_token::PREFIX) {
            return gateway.api_tokens().get(&api_token::hash(text)?);
        }
        session(gateway, text).ok()
    }
}

/// Returns the token of the `Authorization` header.
///
/// # Errors
/// 401 if there isn't exactly one.
pub(super) fn token(headers: &HeaderMap) -> Result<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let value = match (given.next(), given.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Code::Unauthenticated)?,
        (None, _) => return Err(Code::Unauthenticated.into()),
        (Some(_), Some(_)) => return Err(Code::Unauthenticated.with("More than one Authorization header.")),
    };
    match value.split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer ") => Ok(token.trim()),
        _ => Err(Code::Unauthenticated.with("Send `Authorization: Bearer <access token>`.")),
    }
}

fn session(gateway: &Gateway, token: &str) -> Result<Principal> {
    let verified = gateway.tokens().check(token, gateway.clock().now())?;
    Ok(Principal { user: verified.user, credential: Credential::Session(verified.session) })
}

/// Finds the principal of an API token. The result can be cached, because it never changes; that a token was revoked or
/// has expired, `store::alive` finds.
///
/// # Errors
/// 401 for an unknown token.
async fn find(gateway: &Gateway, hash: &str) -> Result<Principal> {
    let public = Public::new(gateway);
    let hash = hash.to_owned();
    let look = async move |tx: &SystemTx| store::principal_of_api_token(tx, &hash).await;
    public.read(look).await?.ok_or_else(|| Code::Unauthenticated.into())
}

/// Records that a token was used, about once a minute, and its first use in the security log. A failure is only logged,
/// so that it doesn't fail the request.
async fn note_use(gateway: &Gateway, principal: Principal, grant: Grant, origin: &Arc<Origin>) {
    let now = gateway.clock().now();
    if gateway.token_uses().get(&grant.id).is_some_and(|last| now < last + USE_GRAIN) {
        return;
    }
    gateway.token_uses().insert(grant.id, now);
    let factory = gateway.transactions(Some(principal), Some(origin.clone()));
    let write = async move |tx: &Tx| {
        let user = factory.user(tx);
        if store::note_first_use(&user, grant.id).await? {
            let event = Event::ApiTokenFirstUsed { api_token_id: grant.id };
            return security_log::record_both(&user, grant.org, &event).await;
        }
        store::note_use(&user, grant.id).await
    };
    if let Err(error) = gateway.db().write(Scope::User(principal.user.uuid()), write).await {
        tracing::warn!(%error, "failed to record the use of an API token");
    }
}
