//! The operator of the server: the tokens that prove it, and the extractor [`ByOperator`] of the administration's routes.

use std::str::FromStr;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};

use super::{Gateway, Public, costs::Told, principal};
use crate::{
    base::{
        error::{Code, Error, Result},
        id::OrgId,
        secret::Secret,
    },
    http::{
        describe::{Describe, Operation},
        input::Params,
        schemas::Schemas,
    },
};

/// The tokens with which the operator administers the server. Without any, there is no administration over HTTP.
#[derive(Debug, Clone, Default)]
pub struct AdminTokens(Option<Secret>);

impl FromStr for AdminTokens {
    type Err = String;

    /// Parses a token that can be sent in a header and is as hard to guess as a master secret, or a list of such, separated
    /// by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        if !text.split(',').all(|token| token.trim().bytes().all(|byte| byte.is_ascii_graphic())) {
            return Err("a token has visible ASCII characters only: try `openssl rand -hex 32`".into());
        }
        text.parse().map(Some).map(Self)
    }
}

impl AdminTokens {
    /// Returns whether there are any.
    #[must_use]
    pub const fn are_set(&self) -> bool {
        self.0.is_some()
    }

    fn have(&self, token: &str) -> bool {
        self.0.as_ref().is_some_and(|tokens| tokens.has(token))
    }
}

/// Access to the whole server, for its operator. A user's credential is never the operator's.
pub struct ByOperator {
    public: Public,
    params: Params,
}

impl<S> FromRequestParts<S> for ByOperator
where
    S: Send + Sync,
    Gateway: FromRef<S>,
    AdminTokens: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        if !AdminTokens::from_ref(state).have(principal::token(&parts.headers)?) {
            return Err(Code::Unauthenticated.into());
        }
        // Without the request's origin: what security logs record must not show the operator's device and address.
        let public = Public::new(&Gateway::from_ref(state));
        Ok(Self { public, params: Params::of(parts, state).await })
    }
}

impl ByOperator {
    /// Returns the access to the directory tables.
    pub const fn public(&self) -> &Public {
        &self.public
    }

    pub const fn params(&self) -> &Params {
        &self.params
    }

    /// Returns what the organizations cost this node in so many whole minutes and the present one.
    pub fn costs(&self, minutes: i64) -> Told {
        let gateway = self.public.gateway();
        gateway.costs().of_last(minutes, gateway.clock().now())
    }

    /// Returns the id of the organization that the path names by id or by slug. Doesn't check that an id exists.
    ///
    /// # Errors
    /// 404 if nothing has the slug.
    pub async fn org(&self) -> Result<OrgId> {
        self.public.gateway().org(self.params.text("org")).await?.ok_or_else(|| Code::NotFound.into())
    }
}

impl Describe for ByOperator {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.by_operator();
    }
}
