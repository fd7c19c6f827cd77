//! The error type of the whole crate, the API's stable error codes, and the HTTP status of each code.

use std::{borrow::Cow, fmt, time::Duration};

use serde::{Deserialize, Serialize};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Formats an error together with all its causes: many libraries keep what a server said in the source.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// An error: either a refusal that is sent to the client in full, or an internal failure whose cause stays in the log.
#[derive(Debug, Clone)]
pub enum Error {
    Refused(Box<Refusal>),
    /// The cause of an internal failure. The HTTP edge logs it once; the client gets 500 and the request's id.
    Internal(String),
    /// The answer to an earlier request with the same `Idempotency-Key`. It ends this one as an error would: nothing more
    /// is done, and the client gets that answer.
    Replayed(Box<StoredAnswer>),
}

/// A successful answer, in the form in which it is stored for repeats of its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// JSON, or empty.
    pub body: String,
}

/// A request's refusal, with everything that the client's problem document (RFC 9457) contains.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub code: Code,
    pub detail: Cow<'static, str>,
    pub errors: Vec<FieldError>,
    /// A role that would have been sufficient, and the role that the caller holds.
    pub roles: Option<(&'static str, &'static str)>,
    /// Whether the refused call is a sensitive one. The security log records its refusal.
    pub sensitive: bool,
    /// How long the client should wait before it retries.
    pub retry_after: Option<Duration>,
    /// The ticket with which the client continues the login at `POST /v1/auth/login/mfa`.
    pub mfa_token: Option<String>,
    /// The object as it is now, as the caller sees it, where `If-Match` names another version.
    pub current: Option<serde_json::Value>,
    /// The index of the operation of a batch, or of the task of a bulk call, that is refused and undoes the others.
    pub operation: Option<usize>,
    /// The later changes that stand in the way of undoing one, as entries of the activity.
    pub conflicts: Vec<serde_json::Value>,
}

/// An invalid field of a request's body, or an invalid query parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FieldError {
    /// The field as a JSON Pointer (RFC 6901) into the body. For a parameter: `/name`.
    pub pointer: String,
    /// The name of the parameter, in the query, the path or the headers. Absent if the mistake is in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The kind of mistake, such as `required` or `too_long`. Stable across releases.
    pub code: Cow<'static, str>,
    /// A description of the mistake for people.
    pub message: String,
}

impl FieldError {
    pub fn new(pointer: &str, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), parameter: None, code: code.into(), message: message.into() }
    }
}

macro_rules! codes {
    ($($name:ident $status:literal $code:literal $title:literal $help:literal;)+) => {
        /// The stable error codes of the API.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code { $($name),+ }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Returns the HTTP status of a response with this code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// Returns the code's name, as it appears in responses and under `/problems/`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// Returns what the code means and what the client can do about it, in full sentences.
            #[must_use]
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help),+ }
            }
        }
    };
}

codes! {
    MalformedJson 400 "malformed_json" "The body is not JSON"
        "The body could not be read as JSON (RFC 8259). Check quotes, commas and brackets.";
    MalformedRequest 400 "malformed_request" "The request could not be read"
        "The request's body broke off or its path or headers could not be read. Send it again.";
    Unauthenticated 401 "unauthenticated" "Log in first"
        "The request carries no credentials, or ones that are wrong, expired or revoked. Refresh the access token, or log in again.";
    InvalidCredentials 401 "invalid_credentials" "Wrong e-mail address or password"
        "No account has this address and password. The answer is the same whichever of them is wrong.";
    MfaRequired 401 "mfa_required" "A second factor is needed"
        "The account has a second factor. Send the authenticator's code, or a recovery code, with `mfa_token` to `POST /v1/auth/login/mfa`.";
    InvalidCode 401 "invalid_code" "Wrong code"
        "The code is wrong, or was used before. An authenticator's code is good once, for about a minute; a recovery code once.";
    PasskeyRefused 401 "passkey_refused" "The passkey was not accepted"
        "No account has this passkey, or what the browser sent doesn't prove it: for this page, this challenge, with the person verified.";
    EmailUnverified 403 "email_unverified" "Verify your e-mail address first"
        "This server asks for a verified address. Follow the link in the mail; `POST /v1/auth/email/resend` sends another.";
    ConfirmationRequired 403 "confirmation_required" "Prove that it is you"
        "This needs a session that proved itself in the last 10 minutes: `POST /v1/auth/confirm` with the password or a code, or log in again.";
    ProviderEmailUnverified 403 "provider_email_unverified" "The provider doesn't vouch for your address"
        "An account is found, or made, by an address that the provider has verified. Verify it there; or sign up with a password, and link the provider.";
    ProviderRefused 403 "provider_refused" "The sign-in through the provider failed"
        "The OpenID provider ended the sign-in, or its answer can't be used: `detail` names the error or the field. Begin again. If it goes on, whoever runs the server finds the reason in the log and with `guildhall doctor`.";
    OriginNotAllowed 403 "origin_not_allowed" "Not from this origin"
        "A browser sent the session's cookie from a page whose origin isn't among those that may call this server.";
    TokenNotAllowed 403 "token_not_allowed" "Not with an API token"
        "Accounts, credentials and what can't be undone need a logged-in session. A token for one organization reaches that one only.";
    InsufficientScope 403 "insufficient_scope" "The API token lacks a scope"
        "GET takes the scope `read`, everything else `write`. Make a token that has it.";
    Forbidden 403 "forbidden" "Your role does not allow this"
        "You may see this but not do it. `required_role` is a role that may, `role` the one that you hold.";
    OrganizationDisabled 403 "organization_disabled" "The organization is disabled"
        "Whoever runs this server has disabled the organization: nobody can read or change anything in it until it is enabled again. Its owners can ask whoever runs the server.";
    InvitationEmailMismatch 403 "invitation_email_mismatch" "The invitation is for another address"
        "An invitation can be accepted only by the account whose address was invited.";
    SignupClosed 403 "signup_closed" "Sign-up is closed"
        "This server takes no new accounts, or only with an invitation.";
    NotFound 404 "not_found" "Not found"
        "There is no such thing, or you may not see it: the two are answered alike.";
    NoSuchRoute 404 "no_such_route" "No such route"
        "This server has nothing at that path, whoever asks. `/openapi.json` lists the routes; their paths are in lower case and don't end with a slash.";
    MethodNotAllowed 405 "method_not_allowed" "Method not allowed"
        "The path exists but not with this method. The header `Allow` lists those that it takes.";
    EmailTaken 409 "email_taken" "The address has an account"
        "An account with this e-mail address exists. Log in instead.";
    SlugTaken 409 "slug_taken" "The slug is taken"
        "Another organization has, or once had, this slug. Choose another.";
    IdentityTaken 409 "identity_taken" "Linked already"
        "Who you are at this provider is linked to an account already: to yours, or to another.";
    LastWayIn 409 "last_way_in" "Nothing else would let you in"
        "The account has no password, and neither another passkey nor another provider. Choose a password first (`POST /v1/auth/password/forgot`).";
    PasskeyExists 409 "passkey_exists" "The passkey is known"
        "This passkey belongs to an account already.";
    TooManyPasskeys 409 "too_many_passkeys" "Too many passkeys"
        "An account may have 20 passkeys. Remove one that isn't needed.";
    TotpEnabled 409 "totp_enabled" "The second factor is on already"
        "Switch it off with `DELETE /v1/me/totp` before setting up another.";
    TotpNotEnabled 409 "totp_not_enabled" "There is no second factor"
        "Set one up with `POST /v1/me/totp`, and prove it with its first code at `POST /v1/me/totp/confirm`.";
    TooManySlugs 409 "too_many_slugs" "Too many slugs"
        "An organization may have had 50 slugs, which all go on leading to it. Take one of them again.";
    KeyTaken 409 "key_taken" "The key is taken"
        "Another project of the organization has, or once had, this key. Choose another.";
    TooManyKeys 409 "too_many_keys" "Too many keys"
        "A project may have had 20 keys, which all go on leading to it. Take one of them again.";
    LastOwner 409 "last_owner" "An organization needs an owner"
        "This would leave the organization without an owner. Make somebody else owner first.";
    AlreadyInvited 409 "already_invited" "Already invited"
        "An invitation to this address is pending. Resend or revoke that one.";
    AlreadyMember 409 "already_member" "Already a member"
        "This person is a member of the organization.";
    IdTaken 409 "id_taken" "The id is taken"
        "The organization has, or once had, something with this id. Make a new one: an id is never given twice.";
    TooManyTokens 409 "too_many_tokens" "Too many API tokens"
        "An account may have 100 tokens that are good, and an organization only so many that reach it alone. Revoke one that isn't needed.";
    TooManyMembers 409 "too_many_members" "The organization is full"
        "An organization may have only so many members. Remove one first, or ask whoever runs the server for more.";
    TooManyProjects 409 "too_many_projects" "Too many projects"
        "An organization may have only so many projects. Delete one first, or ask whoever runs the server for more.";
    TooManyTasks 409 "too_many_tasks" "Too many tasks"
        "An organization may have only so many tasks. Delete some first, or ask whoever runs the server for more.";
    TooManyToCopy 409 "too_many_to_copy" "Too many tasks to copy"
        "At most 500 tasks are copied at once. Duplicate a part of what is below the task, leave out `subtasks`, or take a template that has fewer.";
    LastColumn 409 "last_column" "The board needs the column"
        "A project has at least one column for each status, so that every status can be set. Make another one for this status first.";
    ColumnNotEmpty 409 "column_not_empty" "There are tasks in the column"
        "Say with `?move_to=` which column they go to, or move them first.";
    TooManyColumns 409 "too_many_columns" "Too many columns"
        "A project may have only so many columns. Delete one first, or ask whoever runs the server for more.";
    TooManyLabels 409 "too_many_labels" "Too many labels"
        "An organization may have only so many labels. Delete one first, or ask whoever runs the server for more.";
    LabelTaken 409 "label_taken" "The label exists"
        "Another label of the organization has this name, but for case and accents. Choose another name.";
    TooManyComments 409 "too_many_comments" "Too many comments"
        "A task may have only so many comments. Delete some first, go on in another task, or ask whoever runs the server for more.";
    LinkExists 409 "link_exists" "The link exists"
        "The two tasks are linked like this already.";
    ChangedSince 409 "changed_since" "Changed since"
        "What the change left behind was changed again, or the change was undone already. `conflicts` has the later changes, each with who made it: undo these first, or change by hand.";
    NotUndoable 409 "not_undoable" "Can't be undone"
        "The change can't be taken back: it is of a kind that can't, its former text isn't kept any more, or what it needs is gone. `detail` says which.";
    LinkCircle 409 "link_circle" "The link closes a circle"
        "A task can't wait for itself: over other tasks, one of the two leads to the other already, maybe over tasks that you can't see. Remove a link on the way first.";
    TooManyLinks 409 "too_many_links" "Too many links"
        "A task may have only so many links, and only so many tasks may wait for it one after another. Remove some first, or ask whoever runs the server for more.";
    TooManyInvitations 409 "too_many_invitations" "Too many invitations"
        "Only so many invitations of an organization may be pending. Revoke one first, or wait until some are accepted.";
    TooManyOrganizations 409 "too_many_organizations" "Too many organizations"
        "A person may found only so many organizations; a deleted one counts for the 30 days in which it can be restored. Delete one, or ask whoever runs the server for more.";
    ProjectArchived 409 "project_archived" "The project is archived"
        "An archived project can be read only. Unarchive it first.";
    AccountDisabled 409 "account_disabled" "The account is disabled"
        "Nobody can log in to a disabled account, nor choose a new password for it. Enable it first.";
    MailGivenUp 409 "mail_given_up" "The mail was given up"
        "A mail that was given up can't be sent any more: what it said was erased. Remove the cause, which its error tells, and have it asked for again.";
    LinkGone 410 "link_gone" "The link is no longer good"
        "It was used, has expired, or a newer one was sent. Ask for another.";
    TicketGone 410 "ticket_gone" "This has to be begun again"
        "The ticket that the first step answered was used, has expired, or is for something else. Begin again.";
    InvitationGone 410 "invitation_gone" "The invitation is no longer good"
        "The invitation was used, revoked, declined or has expired. Ask for a new one.";
    PreconditionFailed 412 "precondition_failed" "Changed in the meantime"
        "The object isn't the version that `If-Match` names: somebody changed it. `current` is the object as it is now.";
    PayloadTooLarge 413 "payload_too_large" "The body is too large"
        "A body may have at most 1 MiB.";
    UnsupportedMediaType 415 "unsupported_media_type" "Unsupported media type"
        "Send `application/json` (PATCH also takes `application/merge-patch+json`), in UTF-8 and not compressed.";
    InvalidInput 422 "invalid_input" "The input is not valid"
        "The body or the query was read but has wrong, missing or unknown values: `errors` lists them with their places.";
    IdempotencyKeyReused 422 "idempotency_key_reused" "The idempotency key was used for another request"
        "A request with this `Idempotency-Key` succeeded in the last 24 hours, and its body or its query was another. Send the same request again, or choose a new key.";
    NotInBatch 422 "not_in_batch" "Not in a batch"
        "An operation of a batch changes something in the batch's own organization. Sensitive calls, bulk calls, other batches and what only reads are requests of their own.";
    InvalidCursor 422 "invalid_cursor" "The cursor is not valid"
        "A cursor is good only for the list, the filters and the organization that it came from. Start again without one.";
    TooManyAttempts 429 "too_many_attempts" "Too many failed attempts"
        "Too many wrong guesses at this account, or from this address. Wait for `Retry-After` seconds; a new password (`POST /v1/auth/password/forgot`) opens the account at once.";
    RateLimited 429 "rate_limited" "Too many requests"
        "You have used up your budget of requests. Try again after `Retry-After` seconds.";
    HeadersTooLarge 431 "headers_too_large" "The headers are too large"
        "The request's headers or its target are longer than this server takes.";
    Internal 500 "internal" "Something went wrong here"
        "A mistake of ours. It is in the log under the request's id.";
    Overloaded 503 "overloaded" "Too busy"
        "More work is waiting than can be done soon. Nothing was changed; try again after `Retry-After` seconds.";
    Unavailable 503 "unavailable" "The database can't be reached"
        "Try again after `Retry-After` seconds.";
    ProviderUnavailable 503 "provider_unavailable" "The provider can't be reached"
        "The OpenID provider doesn't answer. Try again after `Retry-After` seconds.";
    Timeout 503 "timeout" "The request took too long"
        "The request was not answered in 30 seconds. What it would have changed may have happened: look before you repeat it.";
    StorageFull 507 "storage_full" "No room left"
        "The server's disk is full. Nothing was changed; reading still works.";
}

impl schemars::JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "ProblemCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "The stable code of an error, for programs to decide by. `GET /problems/{code}` explains each.",
            "enum": Self::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>(),
            "x-extensible-enum": true,
        })
    }
}

impl Code {
    /// Creates an error with this code and an explanation of the specific case.
    #[must_use]
    pub fn with(self, detail: impl Into<Cow<'static, str>>) -> Error {
        self.refusal(detail).into()
    }

    /// Creates a refusal with this code and an explanation, to which the caller can add further fields.
    #[must_use]
    pub fn refusal(self, detail: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal {
            code: self,
            detail: detail.into(),
            errors: Vec::new(),
            roles: None,
            sensitive: false,
            retry_after: None,
            mfa_token: None,
            current: None,
            operation: None,
            conflicts: Vec::new(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        code.with(code.help())
    }
}

impl Error {
    /// Creates an internal error, which clients see as a 500 without its cause.
    pub fn internal(why: impl fmt::Display) -> Self {
        Self::Internal(why.to_string())
    }

    /// Creates a 422 for one invalid field.
    #[must_use]
    pub fn field(pointer: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(pointer, code, message)])
    }

    /// Creates a 422 for one invalid parameter of the query, the path or the headers.
    #[must_use]
    pub fn parameter(name: &str, code: &'static str, message: impl Into<String>) -> Self {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let error = FieldError::new(&pointer, code, message);
        Self::fields(vec![FieldError { parameter: Some(name.into()), ..error }])
    }

    /// Creates a 422 that lists all invalid fields.
    #[must_use]
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail: Cow<'static, str> = match errors.as_slice() {
            [FieldError { parameter: Some(name), message, .. }] => {
                format!("The parameter {name}: {message}").into()
            }
            [one] => format!("{}: {}", one.pointer, one.message).into(),
            _ => Code::InvalidInput.help().into(),
        };
        Refusal { errors, ..Code::InvalidInput.refusal(detail) }.into()
    }

    /// Creates a 412 with the object as it is now, if there is one to show.
    #[must_use]
    pub fn stale(current: Option<serde_json::Value>) -> Self {
        let code = Code::PreconditionFailed;
        Refusal { current, ..code.refusal(code.help()) }.into()
    }

    /// Creates a 429 for too many failed attempts, with `wait` as its `Retry-After`.
    #[must_use]
    pub fn too_many_attempts(wait: Duration) -> Self {
        let code = Code::TooManyAttempts;
        Refusal { retry_after: Some(wait), ..code.refusal(code.help()) }.into()
    }

    /// Creates a 401 for a login whose password was right but whose account also has a second factor.
    #[must_use]
    pub fn mfa_required(token: String) -> Self {
        let code = Code::MfaRequired;
        Refusal { mfa_token: Some(token), ..code.refusal(code.help()) }.into()
    }

    /// Marks the error as the refusal of a sensitive call.
    #[must_use]
    pub fn of_sensitive_call(self) -> Self {
        match self {
            Self::Refused(refusal) => Refusal { sensitive: true, ..*refusal }.into(),
            other @ (Self::Internal(_) | Self::Replayed(_)) => other,
        }
    }

    /// Changes where the mistakes are that the error lists.
    #[must_use]
    pub fn placed(self, place: impl Fn(FieldError) -> FieldError) -> Self {
        match self {
            Self::Refused(mut refusal) => {
                refusal.errors = refusal.errors.into_iter().map(place).collect();
                Self::Refused(refusal)
            }
            other @ (Self::Internal(_) | Self::Replayed(_)) => other,
        }
    }

    /// Marks the error as the refusal of one part of a request, which undoes the others: the one with this index and name.
    #[must_use]
    pub fn of_operation(self, index: usize, name: &str) -> Self {
        match self {
            Self::Refused(mut refusal) => {
                refusal.detail = format!("{name}: {}", refusal.detail).into();
                refusal.operation = Some(index);
                Self::Refused(refusal)
            }
            other @ (Self::Internal(_) | Self::Replayed(_)) => other,
        }
    }

    /// Returns the code of a refusal; [`Code::Internal`] for what is none.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Internal(_) | Self::Replayed(_) => Code::Internal,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{}: {}", refusal.code.as_str(), refusal.detail),
            Self::Internal(why) => f.write_str(why),
            Self::Replayed(answer) => write!(f, "answered before with {}", answer.status),
        }
    }
}

impl std::error::Error for Error {}
