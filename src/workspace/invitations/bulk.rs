//! Inviting many at once, each with a result of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Delivery, InvitationView, NewInvitation};
use crate::{
    access::{OrgWrite, Role},
    base::{
        error::{Error, FieldError, Refusal, Result},
        json::ParseError,
    },
};

/// How many may be invited at once.
const MOST: usize = 100;

/// Whom to invite.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkInvitations")]
pub struct Bulk {
    #[schemars(length(min = 1, max = 100))]
    pub invitations: Vec<One>,
}

/// One of them.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkInvitation")]
pub struct One {
    /// An address; one that isn't has a result that says so.
    pub email: String,
    pub role: Role,
}

/// What came of each, in their order.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkInvitationResults")]
pub struct Results {
    pub results: Vec<Outcome>,
}

/// What came of one: an invitation, or an error.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkInvitationResult")]
pub struct Outcome {
    /// As it was given.
    pub email: String,
    /// What inviting this one alone would have been answered with: 201, 403, 409, 422, 429.
    pub status: u16,
    pub invitation: Option<InvitationView>,
    pub error: Option<OneError>,
}

/// Why one wasn't invited.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkInvitationError")]
pub struct OneError {
    pub code: &'static str,
    pub detail: String,
    /// What is wrong with the input, where it is the input.
    pub errors: Vec<FieldError>,
}

/// Invites each, as if they were invited one after the other.
///
/// # Errors
/// 422 for none and for too many; when the database fails.
pub async fn invite(tx: &OrgWrite, bulk: Bulk, delivery: &Delivery) -> Result<Results> {
    let wrong = |code, message: &str| Err(Error::field("/invitations", code, message));
    match bulk.invitations.len() {
        0 => return wrong("too_short", "must have at least one"),
        1..=MOST => {}
        _ => return wrong("too_long", "must have at most 100"),
    }
    let mut results = Vec::with_capacity(bulk.invitations.len());
    for (index, one) in bulk.invitations.into_iter().enumerate() {
        let invited = match one.email.parse() {
            Ok(email) => super::create(tx, NewInvitation { email, role: one.role }, delivery).await,
            Err(flaw) => Err(not_an_address(index, flaw)),
        };
        results.push(outcome(one.email, invited)?);
    }
    Ok(Results { results })
}

fn not_an_address(index: usize, flaw: ParseError) -> Error {
    Error::field(&format!("/invitations/{index}/email"), flaw.code, flaw.message)
}

/// A refusal is the result of one; a failure is everybody's.
fn outcome(email: String, invited: Result<InvitationView>) -> Result<Outcome> {
    match invited {
        Ok(invitation) => Ok(Outcome { email, status: 201, invitation: Some(invitation), error: None }),
        Err(Error::Refused(refusal)) if refusal.code.status() < 500 => {
            let Refusal { code, detail, errors, .. } = *refusal;
            let error = OneError { code: code.as_str(), detail: detail.into_owned(), errors };
            Ok(Outcome { email, status: code.status(), invitation: None, error: Some(error) })
        }
        Err(failure) => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::error::Code;

    #[test]
    fn a_refusal_is_the_result_of_one_and_a_failure_everybodys() {
        let of = |code| outcome("bob@example.com".to_owned(), Err(Error::from(code)));
        let refused = of(Code::AlreadyMember).unwrap();
        assert_eq!((refused.status, refused.error.unwrap().code), (409, "already_member"));
        of(Code::Internal).unwrap_err();
        of(Code::Unavailable).unwrap_err();
    }
}
