//! Bulk invitations: several in one request, each with its own result.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{Delivery, InvitationView, NewInvitation};
use crate::{
    access::{OrgWrite, Role, security_log},
    base::{
        error::{Code, Error, FieldError, Refusal, Result},
        json::{self, ParseError},
    },
};

/// A request to invite several email addresses.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkInvitations")]
pub struct Bulk {
    /// The invitations: at least one, and each address once.
    #[serde(deserialize_with = "up_to_100")]
    #[schemars(length(min = 1, max = 100))]
    pub invitations: Vec<One>,
}

fn up_to_100<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<One>, D::Error> {
    json::up_to(100, "too_long", deserializer)
}

/// One invitation of a bulk request.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkInvitation")]
pub struct One {
    /// The email address to invite. An invalid one gets its own result, with status 422.
    pub email: String,
    /// The role that the invitee gets on acceptance.
    pub role: Role,
}

/// The results of a bulk invitation, in the order of the request.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkInvitationResults")]
pub struct Results {
    /// A result for each invitation.
    pub results: Vec<Outcome>,
}

/// The result of one invitation of a bulk request: an invitation or an error.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkInvitationResult")]
pub struct Outcome {
    /// The email address, as given in the request.
    pub email: String,
    /// The HTTP status that the invitation would have got in a request of its own: 201, 403, 409, 422 or 429.
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// The created invitation; `null` if the status isn't 201.
    pub invitation: Option<InvitationView>,
    /// The reason for the refusal; `null` if the status is 201.
    pub error: Option<OneError>,
}

/// The reason why one invitation of a bulk request was refused.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "BulkInvitationError")]
pub struct OneError {
    /// The stable error code, such as `already_member`.
    #[schemars(with = "Code")]
    pub code: &'static str,
    /// An explanation of the error for people.
    pub detail: String,
    /// The mistakes in the input; empty for other errors.
    pub errors: Vec<FieldError>,
}

/// Creates each invitation in order, as if it were requested on its own.
///
/// # Errors
/// 422 if there are no invitations. An error of the server, such as a failing database, fails the
/// whole request.
pub async fn invite(tx: &OrgWrite, bulk: Bulk, delivery: &Delivery) -> Result<Results> {
    if bulk.invitations.is_empty() {
        return Err(Error::field("/invitations", "too_short", "must have at least one"));
    }
    let (mut results, mut recorded) = (Vec::with_capacity(bulk.invitations.len()), false);
    for (index, one) in bulk.invitations.into_iter().enumerate() {
        let invited = match one.email.parse() {
            Ok(email) => super::create(tx, NewInvitation { email, role: one.role }, delivery).await,
            Err(flaw) => Err(not_an_address(index, flaw)),
        };
        if let Err(refused) = &invited
            && !recorded
        {
            recorded = security_log::record_refusal(tx, refused).await?;
        }
        results.push(outcome(one.email, invited)?);
    }
    Ok(Results { results })
}

fn not_an_address(index: usize, flaw: ParseError) -> Error {
    Error::field(&format!("/invitations/{index}/email"), flaw.code, flaw.message)
}

/// Turns a refusal into the result of its invitation. Any other error fails the whole request.
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
