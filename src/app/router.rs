//! The table of all API routes: path, handler, operation id, tag, summary, error codes, description.

mod batch;
mod mcp;

use std::{convert::Infallible, sync::LazyLock};

use axum::{
    Router,
    extract::State,
    handler::Handler,
    http::{HeaderMap, header},
    middleware,
    response::Redirect,
    routing::{MethodFilter, MethodRouter, get, on},
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{
    App,
    admin::{self, jobs as admin_jobs, load, mails, orgs as admin_orgs, status, users},
};
use crate::{
    access::Gateway,
    base::error::{Code, Error, Result},
    http::{
        answer,
        compress::Coding,
        describe::{self, Described, Operation, Tag},
        docs, edge,
        input::Params,
        metrics,
        schemas::Schemas,
    },
    identity::{
        accounts::http as accounts, api_tokens::http as api_tokens, login::http as login, mfa::http as mfa,
        oidc::http as oidc, passkeys::http as passkeys, recovery::http as recovery,
        security::http as security, sessions::http as sessions,
    },
    lifecycle::{
        account::http as account, membership::http as membership, organization::http as organization,
        project::http as project, provider_sign_in::http as provider_sign_in, signup::http as signup,
        undo::http as undo,
    },
    views::{
        activity, changes::http as changes, events::http as events, export::http as export, search,
        security_log::http as security_log, stats::http as stats, tasks as task_views, timeline,
        trash::http as trash,
    },
    workspace::{
        comments::http as comments,
        invitations::http as invitations,
        labels::http as labels,
        members::http as members,
        orgs::http as orgs,
        projects::{columns::http as columns, http as projects},
        tasks::http as tasks,
    },
};

/// The tags that group operations, in the order of the OpenAPI document.
const TAGS: [&Tag; 24] = [
    &ACCOUNTS,
    &SESSIONS,
    &MFA,
    &PASSKEYS,
    &PROVIDERS,
    &API_TOKENS,
    &SECURITY_LOG,
    &ORGANIZATIONS,
    &MEMBERS,
    &INVITATIONS,
    &PROJECTS,
    &COLUMNS,
    &TASKS,
    &LABELS,
    &COMMENTS,
    &BATCHES,
    &SEARCH,
    &TRASH,
    &STATS,
    &ACTIVITY,
    &CHANGES,
    &EVENTS,
    &ADMINISTRATION,
    &SERVER,
];
const ACCOUNTS: Tag =
    Tag("Accounts", "Signing up, proving an address, choosing a password, and one's own account.");
const SESSIONS: Tag =
    Tag("Sessions", "Logging in and out, refreshing access tokens, and where one is logged in.");
const MFA: Tag = Tag("Second factor", "One-time codes of an authenticator app, and recovery codes.");
const PASSKEYS: Tag = Tag("Passkeys", "Logging in with a key of one's own device (WebAuthn).");
const PROVIDERS: Tag =
    Tag("Identity providers", "Signing in through OpenID providers, and linking them to an account.");
const API_TOKENS: Tag = Tag("API tokens", "Tokens for scripts and integrations.");
const SECURITY_LOG: Tag = Tag(
    "Security log",
    "What happened to the credentials of an account and to the authority over an organization, and from where.",
);
const ORGANIZATIONS: Tag = Tag("Organizations", "Teams and companies: each is a tenant of its own.");
const MEMBERS: Tag = Tag("Members", "Who is in an organization, with which role, and how they leave.");
const INVITATIONS: Tag = Tag("Invitations", "Inviting people, and answering an invitation.");
const PROJECTS: Tag = Tag("Projects", "Groups of tasks. A project decides who sees them.");
const COLUMNS: Tag = Tag("Columns", "The columns of a project's board.");
const TASKS: Tag = Tag("Tasks", "What is to be done, by whom, until when, and how far it is.");
const LABELS: Tag = Tag("Labels", "What an organization marks its tasks with, across projects.");
const COMMENTS: Tag = Tag("Comments", "What people write on a task: threads, mentions and reactions.");
const BATCHES: Tag = Tag("Batches", "Several changes in one request, all of them or none.");
const SEARCH: Tag = Tag("Search", "Finding tasks, comments and projects by their words.");
const TRASH: Tag = Tag("Trash", "What was deleted and can be restored for 30 days.");
const STATS: Tag = Tag("Statistics", "The figures of a dashboard.");
const ACTIVITY: Tag = Tag("Activity", "The history: who did what, when, and from which value to which.");
const CHANGES: Tag = Tag("Changes", "Keeping a copy in a client up to date.");
const EVENTS: Tag = Tag("Events", "Live server-sent events.");
const ADMINISTRATION: Tag = Tag(
    "Administration",
    "What whoever runs the server sees and does, by the token of `--admin-token`. Without one, none of these routes is there. None \
     shows a text of a task or a comment.",
);
const SERVER: Tag = Tag("Server", "Health, keys, errors, and this document.");

/// Returns the table of all API routes.
#[must_use]
pub fn routes() -> Table {
    let mut table = Table::new();
    of_accounts(&mut table);
    of_organizations(&mut table);
    of_work(&mut table);
    of_views(&mut table);
    of_batches(&mut table);
    of_administration(&mut table);
    of_the_server(&mut table);
    table
}

/// Adds the routes of accounts, authentication and credentials.
#[rustfmt::skip] // a table reads across
#[expect(clippy::too_many_lines, reason = "a table has as many rows as there are routes")]
fn of_accounts(t: &mut Table) {
    use Code::{
        AlreadyMember, EmailTaken, EmailUnverified as Unverified, IdentityTaken, InvalidCode, InvalidCredentials,
        InvitationEmailMismatch as Mismatch, InvitationGone as Gone, LastOwner, LastWayIn, LinkGone, MfaRequired,
        NotFound, OrganizationDisabled as Disabled, PasskeyExists, PasskeyRefused, PreconditionFailed as Stale, ProviderEmailUnverified, ProviderRefused,
        ProviderUnavailable, SignupClosed, TicketGone, TooManyAttempts as TooMany, TooManyMembers,
        TooManyPasskeys, TooManyTokens, TotpEnabled, TotpNotEnabled, Unauthenticated,
    };
    t.post("/v1/auth/signup", signup::signup, "accounts_signup", &ACCOUNTS, "Sign up", &[TooManyMembers, EmailTaken, SignupClosed, Mismatch, Disabled, TooMany],
         "Creates an account and its first session. With an `invitation_token` the account joins the invitation's \
             organization at once. Where addresses have to be verified, the answer is 202, the same for a taken \
             address, and a mail says what comes next.");
    t.post("/v1/auth/login", login::login, "sessions_login", &SESSIONS, "Log in with a password", &[InvalidCredentials, MfaRequired, InvalidCode, Unverified, TooMany],
         "Starts a session. An account with a second factor answers 401 `mfa_required` with an `mfa_token`, unless \
             `totp_code` is sent along.");
    t.post("/v1/auth/login/mfa", login::finish, "sessions_login_mfa", &SESSIONS, "Finish a login with the second factor", &[Unauthenticated, InvalidCode, TooMany],
         "Starts the session of a login that was answered `mfa_required`, with a code of the authenticator or a \
             recovery code. The `mfa_token` is good for 5 minutes.");
    t.get("/v1/auth/providers", oidc::list, "providers_list", &PROVIDERS, "List the identity providers", &[],
         "The OpenID providers that this server lets people sign in through, for the buttons of a login page.");
    t.post("/v1/auth/oidc/{provider}/start", oidc::start, "providers_start_login", &PROVIDERS, "Start a login through a provider", &[NotFound, ProviderRefused, ProviderUnavailable],
         "Answers the URL of the provider's page. Send the browser there and keep `state` to compare it when the \
             provider sends the browser back.");
    t.post("/v1/auth/oidc/{provider}/finish", provider_sign_in::finish, "providers_finish_login", &PROVIDERS, "Finish a login through a provider", &[NotFound, TicketGone, InvalidCode, MfaRequired, Unauthenticated, Unverified, ProviderEmailUnverified, ProviderRefused, SignupClosed, Mismatch, Disabled, EmailTaken, IdentityTaken, TooManyMembers, ProviderUnavailable],
         "Exchanges the code that the provider sent the browser back with for a session. A person who signs in for \
             the first time gets an account, or the one whose verified address it is.");
    t.post("/v1/auth/passkey/begin", passkeys::begin_login, "passkeys_begin_login", &PASSKEYS, "Begin a login with a passkey", &[],
         "Answers the options for `navigator.credentials.get()`. No address is needed: the device knows whose \
             passkeys it holds.");
    t.post("/v1/auth/passkey/finish", passkeys::finish_login, "passkeys_finish_login", &PASSKEYS, "Finish a login with a passkey", &[PasskeyRefused, Unverified, TicketGone],
         "Starts a session with what the browser answered. A passkey needs no second factor.");
    t.post("/v1/auth/refresh", sessions::refresh, "sessions_refresh", &SESSIONS, "Exchange a refresh token for a new pair", &[Unauthenticated],
         "Answers a new access token and a new refresh token. A refresh token is good once. The same one sent \
             again within 10 seconds gets the same successor; later it ends the session, because somebody else may \
             have it.");
    t.post("/v1/auth/logout", sessions::logout, "sessions_logout", &SESSIONS, "Log out", &[],
         "Ends the session of the access token. Its open event streams close.");
    t.post("/v1/auth/confirm", login::confirm, "sessions_confirm", &SESSIONS, "Confirm the session", &[InvalidCredentials, InvalidCode, TooMany],
         "Proves with the password, or with a code of the second factor, that it is still the account's owner who \
             is calling. The session then counts as confirmed for 10 minutes, which sensitive calls take. A fresh \
             login counts too.");
    t.post("/v1/auth/email/verify", recovery::verify_email, "accounts_verify_email", &ACCOUNTS, "Verify an e-mail address", &[NotFound, LinkGone, EmailTaken],
         "Proves an address with the token of a mail: that of a sign-up, or of a change of address. The token is \
             good once, for 24 hours.");
    t.post("/v1/auth/email/resend", recovery::resend_verification, "accounts_resend_verification", &ACCOUNTS, "Resend the verification mail", &[],
         "Sends the verification mail again, if the address has an account that isn't verified. The answer and its \
             time are the same for every address.");
    t.post("/v1/auth/password/forgot", recovery::forgot_password, "accounts_forgot_password", &ACCOUNTS, "Ask for a password reset", &[],
         "Mails a link to choose a new password, if the address has an account. The answer and its time are the \
             same for every address.");
    t.post("/v1/auth/password/reset", recovery::reset_password, "accounts_reset_password", &ACCOUNTS, "Reset a password", &[NotFound, LinkGone],
         "Sets a new password with the token of a mail, which is good once, for 30 minutes. Every session ends, \
             and API tokens are revoked.");
    t.get("/v1/me", accounts::get, "accounts_get", &ACCOUNTS, "Get your account", &[],
         "The account of the caller.");
    t.patch("/v1/me", accounts::update, "accounts_update", &ACCOUNTS, "Update your account", &[Stale],
         "Changes the name or the time zone. Fields that are absent stay as they are.");
    t.delete("/v1/me", account::delete, "accounts_delete", &ACCOUNTS, "Delete your account", &[LastOwner, Stale],
         "Deletes the account for good. The person is anonymized and leaves every organization; what they made \
             stays. Refused for the last owner of an organization. Needs a confirmed session.");
    t.post("/v1/me/email", recovery::change_email, "accounts_change_email", &ACCOUNTS, "Change your e-mail address", &[TooMany],
         "Mails a link to the new address. The account keeps the old one until the link is followed. Needs a \
             confirmed session.");
    t.put("/v1/me/password", recovery::change_password, "accounts_change_password", &ACCOUNTS, "Change your password", &[InvalidCredentials, TooMany],
         "Replaces the password. Every other session of the account ends. API tokens go on working, and the answer \
             lists them, unless `revoke_tokens` is true.");
    t.get("/v1/me/security-log", security_log::of_account, "security_log_list", &SECURITY_LOG, "List your security log", &[],
         "The security log of the account, the newest entry first: logins and failed ones, changes of credentials and \
             factors, API tokens, ended sessions, exports and refused sensitive calls of the last 180 days. Needs a \
             session.");
    t.get("/v1/me/sessions", sessions::list, "sessions_list", &SESSIONS, "List your sessions", &[],
         "Where the account is logged in, the newest session first.");
    t.delete("/v1/me/sessions", security::end_others, "sessions_end_others", &SESSIONS, "End your other sessions", &[],
         "Logs the account out everywhere but here.");
    t.delete("/v1/me/sessions/{id}", sessions::end, "sessions_end", &SESSIONS, "End a session", &[NotFound],
         "Logs the account out in one place.");
    t.post("/v1/me/totp", mfa::begin, "totp_begin", &MFA, "Begin to set up an authenticator", &[TotpEnabled],
         "Answers a new secret for an authenticator app (TOTP, RFC 6238), as text and as a URL for a QR code. \
             Codes are asked for only after the first one was confirmed. Needs a confirmed session.");
    t.post("/v1/me/totp/confirm", mfa::enable, "totp_confirm", &MFA, "Switch the second factor on", &[TotpEnabled, TotpNotEnabled],
         "Switches the second factor on with the authenticator's first code, and answers ten recovery codes, which \
             are shown this once. Every other session ends. Needs a confirmed session.");
    t.delete("/v1/me/totp", mfa::disable, "totp_disable", &MFA, "Switch the second factor off", &[NotFound],
         "Removes the authenticator and the recovery codes. Every other session ends. Needs a confirmed session.");
    t.post("/v1/me/recovery-codes", mfa::replace_recovery_codes, "recovery_codes_replace", &MFA, "Replace the recovery codes", &[TotpNotEnabled],
         "Answers ten new recovery codes, which are shown this once; the old ones are void. Every other session ends. Needs a confirmed \
             session.");
    t.post("/v1/me/passkeys/begin", passkeys::begin_registration, "passkeys_begin_registration", &PASSKEYS, "Begin to register a passkey", &[TooManyPasskeys],
         "Answers the options for `navigator.credentials.create()`. Needs a confirmed session.");
    t.post("/v1/me/passkeys/finish", passkeys::finish_registration, "passkeys_finish_registration", &PASSKEYS, "Register a passkey", &[PasskeyExists, TooManyPasskeys, TicketGone],
         "Stores the passkey that the browser created. Every other session ends. Needs a confirmed session.");
    t.get("/v1/me/passkeys", passkeys::list, "passkeys_list", &PASSKEYS, "List your passkeys", &[],
         "The passkeys of the account, the newest first.");
    t.delete("/v1/me/passkeys/{id}", passkeys::remove, "passkeys_remove", &PASSKEYS, "Remove a passkey", &[NotFound, LastWayIn],
         "Removes a passkey. Refused where nothing else would let the owner in. Every other session ends. Needs a \
             confirmed session.");
    t.get("/v1/me/identities", oidc::identities, "identities_list", &PROVIDERS, "List your linked identities", &[],
         "The identities at OpenID providers that are linked to the account, the newest first.");
    t.post("/v1/me/identities/{provider}/start", oidc::start_link, "identities_start_link", &PROVIDERS, "Start to link a provider", &[NotFound, ProviderRefused, ProviderUnavailable],
         "Answers the URL of the provider's page. Send the browser there and keep `state`. Needs a confirmed \
             session.");
    t.post("/v1/me/identities/{provider}/finish", oidc::finish_link, "identities_finish_link", &PROVIDERS, "Link a provider to your account", &[NotFound, TicketGone, InvalidCode, ProviderRefused, IdentityTaken, ProviderUnavailable],
         "Links the identity that the provider vouches for, so that it logs in to this account from now on. Every \
             other session ends. Needs a confirmed session.");
    t.delete("/v1/me/identities/{id}", oidc::unlink, "identities_unlink", &PROVIDERS, "Unlink a provider", &[NotFound, LastWayIn],
         "Ends the link to a provider. Refused where nothing else would let the owner in. Every other session \
             ends. Needs a confirmed session.");
    t.post("/v1/me/tokens", api_tokens::create, "api_tokens_create", &API_TOKENS, "Create an API token", &[TooManyTokens],
         "Creates a token for scripts and integrations. It may do what its scopes say and never more than its \
             user. The token itself is shown this once. Needs a confirmed session.");
    t.get("/v1/me/tokens", api_tokens::list, "api_tokens_list", &API_TOKENS, "List your API tokens", &[],
         "The API tokens of the account that are good, the newest first, without the tokens themselves.");
    t.delete("/v1/me/tokens/{id}", api_tokens::revoke, "api_tokens_revoke", &API_TOKENS, "Revoke an API token", &[NotFound],
         "Revokes a token: it is refused from the next request on.");
    t.get("/v1/me/invitations", invitations::mine, "invitations_list_mine", &INVITATIONS, "List your invitations", &[],
         "The pending invitations to the account's address, in every organization that isn't disabled.");
    t.post("/v1/me/invitations/{id}/accept", membership::accept_mine, "invitations_accept_mine", &INVITATIONS, "Accept one of your invitations", &[TooManyMembers, NotFound, Gone, Mismatch, Disabled, AlreadyMember],
         "Joins the organization with the invitation's role, and answers the organization.");
    t.post("/v1/me/invitations/{id}/decline", invitations::decline_mine, "invitations_decline_mine", &INVITATIONS, "Decline one of your invitations", &[NotFound, Gone, Mismatch],
         "Declines the invitation; it can't be accepted afterwards.");
    t.get("/v1/me/tasks", tasks::list_mine, "tasks_list_mine", &TASKS, "List your tasks", &[],
         "The open tasks that the caller is assigned to, in every organization. What is due first comes first; \
             tasks without a due time come last.");
    t.get("/.well-known/jwks.json", sessions::jwks, "server_jwks", &SERVER, "Get the public keys", &[],
         "The public keys (JWKS, RFC 7517) with which access tokens can be verified.");
}

/// Adds the routes of organizations, members and invitations.
#[rustfmt::skip] // a table reads across
fn of_organizations(t: &mut Table) {
    use Code::{
        AlreadyInvited, AlreadyMember, ConfirmationRequired, InvitationEmailMismatch as Mismatch,
        InvitationGone as Gone, LastOwner, NotFound, OrganizationDisabled as Disabled, SlugTaken, TokenNotAllowed, TooManyInvitations, TooManyMembers, TooManyOrganizations, TooManySlugs,
    };
    t.post("/v1/orgs", organization::create, "orgs_create", &ORGANIZATIONS, "Create an organization", &[SlugTaken, TooManyOrganizations],
         "Creates an organization; the caller becomes its owner. Without a `slug` one is made from the name.");
    t.get("/v1/orgs", orgs::list, "orgs_list", &ORGANIZATIONS, "List your organizations", &[],
         "The organizations that the caller is a member of; with `?deleted=true` those that they can restore.");
    t.get("/v1/orgs/{org}", orgs::get, "orgs_get", &ORGANIZATIONS, "Get an organization", &[],
         "An organization as the caller sees it, with their role and what they may do in it.");
    t.patch("/v1/orgs/{org}", orgs::update, "orgs_update", &ORGANIZATIONS, "Update an organization", &[SlugTaken, TooManySlugs],
         "Changes the name, the slug or the settings. A former slug goes on as an alias.");
    t.delete("/v1/orgs/{org}", organization::delete, "orgs_delete", &ORGANIZATIONS, "Delete an organization", &[],
         "Deletes an organization. Access ends at once, its owners are told by mail, and they can restore it for \
             30 days. Needs the slug in `?confirm=` and a confirmed session.");
    t.post("/v1/orgs/{org}/restore", organization::restore, "orgs_restore", &ORGANIZATIONS, "Restore an organization", &[],
         "Restores a deleted organization as it was.");
    t.get("/v1/orgs/{org}/export", export::export, "orgs_export", &ORGANIZATIONS, "Export an organization", &[],
         "The whole organization as one zip file of NDJSON, for `guildhall import`.");
    t.get("/v1/orgs/{org}/security-log", security_log::of_org, "security_log_list_of_organization", &SECURITY_LOG, "List the security log of an organization", &[],
         "The organization's security log, the newest entry first: refused sensitive calls, exports, API tokens for \
             the organization, and who joined, left or got another role. The logins of its members are in their own \
             logs only. For owners and admins.");
    t.get("/v1/orgs/{org}/permissions", orgs::permissions, "orgs_permissions", &ORGANIZATIONS, "Get the permissions", &[],
         "The permission matrix: which role may do what, the caller's own role, and what it allows.");
    t.post("/v1/orgs/{org}/leave", membership::leave, "members_leave", &MEMBERS, "Leave an organization", &[LastOwner],
         "Ends the caller's membership. Their open tasks lose them as assignee. Refused for the last owner.");
    t.post("/v1/orgs/{org}/transfer", membership::transfer, "members_transfer", &MEMBERS, "Transfer the ownership", &[],
         "Makes another member owner and the caller admin, in one transaction. Needs a confirmed session.");
    t.get("/v1/orgs/{org}/members", members::list, "members_list", &MEMBERS, "List the members", &[],
         "The members of the organization, filtered by role, name or address.");
    t.get("/v1/orgs/{org}/members/{user}", members::get, "members_get", &MEMBERS, "Get a member", &[],
         "A member of the organization.");
    t.patch("/v1/orgs/{org}/members/{user}", membership::update, "members_update", &MEMBERS, "Change a member's role", &[LastOwner, TokenNotAllowed, ConfirmationRequired],
         "Changes the role of a member. The answer lists the tasks that they lost sight of and are no longer \
             assigned to. Making or demoting an owner needs a confirmed session.");
    t.delete("/v1/orgs/{org}/members/{user}", membership::remove, "members_remove", &MEMBERS, "Remove a member", &[LastOwner, TokenNotAllowed, ConfirmationRequired],
         "Ends a membership. Open tasks pass to `reassign_to`, or to nobody; invitations and API tokens of the \
             member for this organization are revoked. The answer lists all of it. Removing an owner needs a confirmed \
             session.");
    t.post("/v1/orgs/{org}/invitations", invitations::create, "invitations_create", &INVITATIONS, "Invite somebody", &[TooManyInvitations, AlreadyInvited, AlreadyMember, TokenNotAllowed, ConfirmationRequired],
         "Invites an address. The invitation is mailed and good for 7 days. Where no mail is configured, the \
             answer has the `token`, this once. Inviting an owner needs a confirmed session.");
    t.post("/v1/orgs/{org}/invitations/bulk", invitations::create_bulk, "invitations_create_bulk", &INVITATIONS, "Invite many", &[],
         "Invites up to 100 addresses, each with a result of its own. Inviting an owner needs a confirmed session.");
    t.get("/v1/orgs/{org}/invitations", invitations::list, "invitations_list", &INVITATIONS, "List the invitations", &[],
         "The invitations of the organization, the newest first.");
    t.delete("/v1/orgs/{org}/invitations/{id}", invitations::revoke, "invitations_revoke", &INVITATIONS, "Revoke an invitation", &[Gone, TokenNotAllowed, ConfirmationRequired],
         "Revokes a pending invitation; its token is void. That of an owner needs a confirmed session.");
    t.post("/v1/orgs/{org}/invitations/{id}/resend", invitations::resend, "invitations_resend", &INVITATIONS, "Resend an invitation", &[Gone, TokenNotAllowed, ConfirmationRequired],
         "Sends a pending invitation again with a new token, good for another 7 days. The old token is void. \
             That of an owner needs a confirmed session.");
    t.post("/v1/invitations/lookup", invitations::lookup, "invitations_lookup", &INVITATIONS, "Look up an invitation", &[NotFound, Gone, Disabled],
         "What the invitation of a token offers: the organization, the role, and who invites. Needs no login.");
    t.post("/v1/invitations/accept", membership::accept, "invitations_accept", &INVITATIONS, "Accept an invitation", &[TooManyMembers, NotFound, Gone, Mismatch, Disabled, AlreadyMember],
         "Joins the organization of the token's invitation, and answers the organization. The caller's address \
             must be the invited one.");
    t.post("/v1/invitations/decline", invitations::decline, "invitations_decline", &INVITATIONS, "Decline an invitation", &[NotFound, Gone, Mismatch],
         "Declines the token's invitation; it can't be accepted afterwards.");
}

/// Adds the routes of projects, tasks, labels and comments.
#[rustfmt::skip] // a table reads across
#[expect(clippy::too_many_lines, reason = "a table has as many rows as there are routes")]
fn of_work(t: &mut Table) {
    use Code::{
        ColumnNotEmpty, Forbidden, IdTaken, InvalidInput, KeyTaken, LabelTaken, LastColumn, LinkCircle, LinkExists,
        ProjectArchived as Archived, TooManyColumns, TooManyComments, TooManyKeys, TooManyLabels, TooManyLinks,
        TooManyProjects, TooManyTasks, TooManyToCopy,
    };
    t.post("/v1/orgs/{org}/projects", project::create, "projects_create", &PROJECTS, "Create a project", &[TooManyProjects, TooManyTasks, TooManyToCopy, KeyTaken, IdTaken],
         "Creates a project. Without a `key` one is made from the name. The creator of a private project is in it. With \
             `template`, it begins with copies of that project's columns and tasks, their subtasks, labels and assignees, as far as \
             these see it.");
    t.get("/v1/orgs/{org}/projects", projects::list, "projects_list", &PROJECTS, "List the projects", &[],
         "The projects that the caller sees, with the number of tasks by status.");
    t.get("/v1/orgs/{org}/projects/{project}", projects::get, "projects_get", &PROJECTS, "Get a project", &[],
         "A project that the caller sees.");
    t.patch("/v1/orgs/{org}/projects/{project}", projects::update, "projects_update", &PROJECTS, "Update a project", &[KeyTaken, TooManyKeys, Archived],
         "Changes a project. Tasks keep answering to their former keys. Made private, it unassigns those who no \
             longer see it, and the answer lists them. `is_template` marks it as a template, or as a project like others \
             again.");
    t.delete("/v1/orgs/{org}/projects/{project}", projects::delete, "projects_delete", &PROJECTS, "Delete a project", &[],
         "Deletes a project with its tasks. It can be restored for 30 days.");
    t.post("/v1/orgs/{org}/projects/{project}/restore", projects::restore, "projects_restore", &PROJECTS, "Restore a project", &[TooManyProjects, TooManyTasks],
         "Restores a deleted project with its tasks.");
    t.post("/v1/orgs/{org}/projects/{project}/archive", projects::archive, "projects_archive", &PROJECTS, "Archive a project", &[],
         "Archives a project: it can be read, and refuses changes to itself and its tasks.");
    t.post("/v1/orgs/{org}/projects/{project}/unarchive", projects::unarchive, "projects_unarchive", &PROJECTS, "Unarchive a project", &[],
         "Opens an archived project for changes again.");
    t.get("/v1/orgs/{org}/projects/{project}/members", projects::members, "projects_list_members", &PROJECTS, "List the members of a project", &[],
         "The people who are in a project. They, the owners and the admins see it when it is private.");
    t.put("/v1/orgs/{org}/projects/{project}/members/{user}", projects::add_member, "projects_add_member", &PROJECTS, "Add a member to a project", &[Archived],
         "Puts a member of the organization into a project.");
    t.delete("/v1/orgs/{org}/projects/{project}/members/{user}", projects::remove_member, "projects_remove_member", &PROJECTS, "Remove a member from a project", &[Archived],
         "Takes a person out of a project. If they no longer see it, they are unassigned from its tasks, and the \
             answer lists those.");
    t.get("/v1/orgs/{org}/projects/{project}/columns", columns::list, "columns_list", &COLUMNS, "List the columns of a project", &[],
         "The columns of the project's board, in their order.");
    t.post("/v1/orgs/{org}/projects/{project}/columns", columns::create, "columns_create", &COLUMNS, "Create a column", &[TooManyColumns, Archived, IdTaken],
         "Adds a column to the project's board, before or after another one, or at the end.");
    t.patch("/v1/orgs/{org}/projects/{project}/columns/{id}", columns::update, "columns_update", &COLUMNS, "Update a column", &[LastColumn, ColumnNotEmpty, Archived],
         "Changes a column, or moves it before or after another one. If its status changes, its tasks go to the column \
             `move_to`; the last column of a status keeps it.");
    t.delete("/v1/orgs/{org}/projects/{project}/columns/{id}", columns::delete, "columns_delete", &COLUMNS, "Delete a column", &[LastColumn, ColumnNotEmpty, Archived],
         "Deletes a column for good. Its tasks go to the column `move_to`. The last column of a status stays.");
    t.post("/v1/orgs/{org}/projects/{project}/tasks", tasks::create, "tasks_create", &TASKS, "Create a task", &[TooManyTasks, Archived, IdTaken],
         "Creates a task in a project, at the end of its column. Every assignee must be able to see the project.");
    t.get("/v1/orgs/{org}/projects/{project}/tasks", task_views::list_in_project, "tasks_list_in_project", &TASKS, "List the tasks of a project", &[],
         "The tasks of a project, with the filters and the orders of the list over all projects.");
    t.get("/v1/orgs/{org}/tasks", task_views::list, "tasks_list", &TASKS, "List the tasks", &[],
         "The tasks of all projects that the caller sees.");
    t.get("/v1/orgs/{org}/tasks/{task}", task_views::get, "tasks_get", &TASKS, "Get a task", &[],
         "A task, by id or by key, such as WEB-142. `fields` leaves out what a client doesn't need, and `include` brings what it \
             would ask for next.");
    t.patch("/v1/orgs/{org}/tasks/{task}", tasks::update, "tasks_update", &TASKS, "Update a task", &[Archived],
         "Changes a task: its texts, status, priority, due time, assignees or parent. Fields that are absent stay \
             as they are, `null` clears.");
    t.post("/v1/orgs/{org}/tasks/bulk", tasks::update_many, "tasks_update_bulk", &TASKS, "Update many tasks", &[Forbidden, Archived],
         "Changes up to 500 tasks in the same way: those with these `ids`, or those that a `filter` of the list of tasks leaves. \
             Each is authorized like its own PATCH and has a result of its own; what is refused stays as it is. With `atomic`, \
             all are changed or none. `?dry_run=true` answers the same and changes nothing.");
    t.post("/v1/orgs/{org}/tasks/{task}/move", tasks::relocate, "tasks_move", &TASKS, "Move a task", &[Archived],
         "Moves a task to a column of its board, before or after a task that is there, or to the end. The others stay \
             where they are, whoever else moves tasks at the same time. With `project`, the task moves into another project, \
             with its subtasks, labels and comments: it gets a new key and answers to the old one too, and who can't see \
             that project is unassigned, which the answer tells.");
    t.post("/v1/orgs/{org}/tasks/{task}/duplicate", tasks::duplicate, "tasks_duplicate", &TASKS, "Duplicate a task", &[TooManyTasks, TooManyToCopy, Archived, IdTaken],
         "Copies a task: its title, description, priority and place, and what `with` names. The copy comes directly behind the \
             task, or at the end of another project; that of a closed task is to do again. Comments, links and the activity \
             aren't copied. Who can't see that project isn't assigned there, which the answer tells.");
    t.delete("/v1/orgs/{org}/tasks/{task}", tasks::delete, "tasks_delete", &TASKS, "Delete a task", &[Archived],
         "Deletes a task. It can be restored for 30 days.");
    t.post("/v1/orgs/{org}/tasks/{task}/restore", tasks::restore, "tasks_restore", &TASKS, "Restore a task", &[TooManyTasks, Archived],
         "Restores a deleted task.");
    t.put("/v1/orgs/{org}/tasks/{task}/assignees/{user}", tasks::assign, "tasks_assign", &TASKS, "Assign a task", &[Archived, InvalidInput],
         "Adds an assignee, named by id or by the member's e-mail address. Members may take a task that nobody has, by naming \
             themselves.");
    t.get("/v1/orgs/{org}/tasks/{task}/assignable", tasks::list_assignable, "tasks_list_assignable", &TASKS, "List who can be assigned", &[],
         "The people who can see a task, whom it can be assigned to and a comment on it can mention: first those on it, then \
             those who lately did something in its project, the last first, then the others by name.");
    t.delete("/v1/orgs/{org}/tasks/{task}/assignees/{user}", tasks::unassign, "tasks_unassign", &TASKS, "Unassign a task", &[Archived],
         "Removes an assignee. Everybody may drop themselves from a task.");
    t.put("/v1/orgs/{org}/tasks/{task}/labels/{label}", tasks::put_label, "tasks_put_label", &TASKS, "Put a label on a task", &[Archived, InvalidInput],
         "Puts a label on a task, in addition to those that it has.");
    t.delete("/v1/orgs/{org}/tasks/{task}/labels/{label}", tasks::take_label, "tasks_take_label", &TASKS, "Take a label off a task", &[Archived],
         "Takes a label off a task. The label itself stays.");
    t.post("/v1/orgs/{org}/tasks/{task}/links", tasks::create_link, "tasks_create_link", &TASKS, "Link a task to another", &[LinkExists, LinkCircle, TooManyLinks, Archived, IdTaken],
         "Links a task to another one, also of another project. Both show it: where one `blocks` the other, that one is \
             `blocked_by` it, and `blocked` as long as the first is open. Nobody can make a task wait for itself, over however \
             many others. Whoever may edit the task of the path may, if they see the other.");
    t.get("/v1/orgs/{org}/tasks/{task}/links", tasks::list_links, "tasks_list_links", &TASKS, "List the links of a task", &[],
         "The links of a task as they are seen from it, the oldest first. Those to tasks that the caller doesn't see aren't \
             among them.");
    t.get("/v1/orgs/{org}/tasks/{task}/links/{id}", tasks::get_link, "tasks_get_link", &TASKS, "Get a link", &[],
         "A link, as it is seen from the task of the path.");
    t.delete("/v1/orgs/{org}/tasks/{task}/links/{id}", tasks::delete_link, "tasks_delete_link", &TASKS, "Remove a link", &[Archived],
         "Removes a link from both of its tasks, for good.");
    t.post("/v1/orgs/{org}/labels", labels::create, "labels_create", &LABELS, "Create a label", &[LabelTaken, TooManyLabels, IdTaken],
         "Creates a label, which can be put on the tasks of every project.");
    t.get("/v1/orgs/{org}/labels", labels::list, "labels_list", &LABELS, "List the labels", &[],
         "The organization's labels, ordered by name.");
    t.get("/v1/orgs/{org}/labels/{label}", labels::get, "labels_get", &LABELS, "Get a label", &[],
         "A label, with its name, color and description.");
    t.patch("/v1/orgs/{org}/labels/{label}", labels::update, "labels_update", &LABELS, "Update a label", &[LabelTaken],
         "Changes a label's name, color or description. Its tasks show the new name and color at once.");
    t.delete("/v1/orgs/{org}/labels/{label}", labels::delete, "labels_delete", &LABELS, "Delete a label", &[],
         "Deletes a label for good, and so takes it off its tasks.");
    t.post("/v1/orgs/{org}/tasks/{task}/comments", comments::create, "comments_create", &COMMENTS, "Comment on a task", &[TooManyComments, Archived, IdTaken],
         "Comments on a task, or replies to a comment. Everybody who sees the task may. `<@user-id>` in the text mentions \
             a user, who must see it too.");
    t.get("/v1/orgs/{org}/tasks/{task}/comments", comments::list, "comments_list", &COMMENTS, "List the comments on a task", &[],
         "The comments on a task, replies among them, the oldest first.");
    t.get("/v1/orgs/{org}/tasks/{task}/comments/{id}", comments::get, "comments_get", &COMMENTS, "Get a comment", &[],
         "A comment on a task. One that was deleted and has replies is there without its text.");
    t.patch("/v1/orgs/{org}/tasks/{task}/comments/{id}", comments::update, "comments_update", &COMMENTS, "Update a comment", &[Archived, Forbidden],
         "Changes the text of a comment. Only its author may.");
    t.delete("/v1/orgs/{org}/tasks/{task}/comments/{id}", comments::delete, "comments_delete", &COMMENTS, "Delete a comment", &[Archived],
         "Deletes a comment with its reactions for good. One with replies stays as a place without text, until the \
             last of them is deleted too.");
    t.put("/v1/orgs/{org}/tasks/{task}/comments/{id}/reactions/{emoji}", comments::react, "comments_react", &COMMENTS, "React to a comment", &[Archived, InvalidInput],
         "Adds the caller's reaction with one emoji, percent-encoded in the path. The same one twice counts once.");
    t.delete("/v1/orgs/{org}/tasks/{task}/comments/{id}/reactions/{emoji}", comments::take_back, "comments_take_back_reaction", &COMMENTS, "Take back a reaction", &[Archived, InvalidInput],
         "Removes the caller's reaction with this emoji, if there is one.");
    t.put("/v1/orgs/{org}/tasks/{task}/comments/{id}/resolved", comments::resolve, "comments_resolve", &COMMENTS, "Resolve a thread", &[Archived, InvalidInput],
         "Marks the thread that begins with this comment as settled. Whoever may edit the task may.");
    t.delete("/v1/orgs/{org}/tasks/{task}/comments/{id}/resolved", comments::reopen, "comments_reopen", &COMMENTS, "Reopen a thread", &[Archived, InvalidInput],
         "Opens a settled thread again.");
    t.get("/v1/orgs/{org}/tasks/{task}/timeline", timeline::list, "timeline_list", &COMMENTS, "List the timeline of a task", &[],
         "The comments on a task and its activity in one list, the oldest first, or the newest with `order=desc`. A \
             comment stands where it was made, as it is now.");
}

/// Adds the route of batches.
#[rustfmt::skip] // a table reads across
fn of_batches(t: &mut Table) {
    let refusals = t.refusals_of_changes();
    t.post("/v1/orgs/{org}/batch", batch::run, "batch_run", &BATCHES, "Run a batch", &refusals,
         "Up to 100 changes of the organization in one transaction: all of them, or none. Each operation is a request of its own \
             and is authorized and answered like one. The first that is refused undoes all: the answer is its problem, with its \
             index in `operation`. A `ref` names what an operation creates; `{\"$ref\": \"name\"}` in a body and `{name}` in a path \
             stand for its id in later ones. `?dry_run=true` answers the same and changes nothing. Sensitive calls, bulk calls and \
             other batches can't be operations.");
}

/// Adds the routes of what reads across projects and tasks.
#[rustfmt::skip] // a table reads across
fn of_views(t: &mut Table) {
    use Code::{
        ChangedSince, ColumnNotEmpty, ConfirmationRequired, Forbidden, InvitationGone, KeyTaken, LabelTaken, LastColumn, LastOwner,
        LinkCircle, LinkExists, NotUndoable, ProjectArchived as Archived, SlugTaken, TokenNotAllowed, TooManyColumns, TooManyKeys,
        TooManyLabels, TooManyLinks, TooManyProjects, TooManySlugs, TooManyTasks,
    };
    t.get("/v1/orgs/{org}/search", search::search, "search", &SEARCH, "Search", &[],
         "Tasks, comments and projects with all of these words, whole or as beginnings, the best match first, without regard \
             to case and accents.");
    t.get("/v1/orgs/{org}/trash", trash::list, "trash_list", &TRASH, "List the trash", &[],
         "The deleted tasks and projects that the caller could restore, the last deleted first.");
    t.get("/v1/orgs/{org}/stats", stats::get, "stats_get", &STATS, "Get the statistics", &[],
         "The figures of a dashboard over the tasks that the caller sees: by status, priority, assignee and \
             project, what is overdue, and what was created and done on each day.");
    t.get("/v1/orgs/{org}/activity", activity::of_org, "activity_list", &ACTIVITY, "List the activity", &[],
         "Who did what in the organization, the newest entry first, as far as the caller may see it.");
    t.post("/v1/orgs/{org}/activity/{seq}/undo", undo::undo, "activity_undo", &ACTIVITY, "Undo a change", &[
            ChangedSince, NotUndoable, Forbidden, ConfirmationRequired, TokenNotAllowed, Archived, KeyTaken, TooManyKeys, SlugTaken,
            TooManySlugs, LabelTaken, TooManyLabels, TooManyProjects, TooManyTasks, TooManyLinks, LinkCircle, LinkExists, TooManyColumns, LastColumn,
            ColumnNotEmpty, LastOwner, InvitationGone,
        ],
         "Takes back everything that the request of the entry changed, by changes that the caller may make: who may not make one \
             of them is refused, and nothing is undone. What was changed since isn't undone over: the problem has the later \
             changes as `conflicts`. What was undone can be undone, too. Not undoable are the beginning and end of memberships and \
             organizations, the end of an invitation, and the deletion of a comment.");
    t.get("/v1/orgs/{org}/changes", changes::list, "changes_list", &CHANGES, "Get what changed", &[],
         "For clients that keep a copy: each object that changed since the last answer, as it is now or as gone. \
             Without `since`, everything, in pages. After a return to a backup in which what the client has never happened, \
             everything again, with `reset`.");
    t.get("/v1/me/changes", changes::list_mine, "changes_list_mine", &CHANGES, "Get what changed in all your organizations", &[],
         "The changes of all organizations of the caller and of their account in one answer, for clients that keep a copy of \
             everything. An organization that the caller joins comes whole; one that they leave, or that is deleted or disabled, is told \
             as gone, and so is everything in it. With an API token for one organization, only that one is told.");
    t.get("/v1/me/events", events::follow_mine, "events_follow_mine", &EVENTS, "Follow the events of all your organizations", &[],
         "One stream of what happens in all organizations of the caller, each entry with its `organization_id`. Events named \
             `changes` tell of the account, and of organizations that the caller joins or leaves, or that are deleted or disabled. With `include=object`, each \
             entry has the object that it is about, and a client keeps its copy of everything by the stream alone. Ids are opaque; \
             `Last-Event-ID` resumes the stream without loss. With an API token for one organization, only that one is told.");
    t.post("/v1/me/events/ticket", events::ticket_mine, "events_create_ticket_mine", &EVENTS, "Create a ticket for the events of all your organizations", &[],
         "A ticket that stands for the access token in the URL of a browser's `EventSource`. Good once, for 30 \
             seconds.");
    t.get("/v1/orgs/{org}/events", events::follow, "events_follow", &EVENTS, "Follow the events", &[],
         "A stream of server-sent events: each entry of the activity as it is written, for as long as the caller \
             may see it. `Last-Event-ID` resumes it without loss. An event named `reset` tells that the server went back to \
             a backup in which what the client has seen never happened: load everything anew; the stream goes on after \
             the `seq` in its data. With `include=object`, each event has the object that it is about, and events named \
             `changes` tell what changes besides: a client keeps its copy by the stream alone.");
    t.post("/v1/orgs/{org}/events/ticket", events::ticket, "events_create_ticket", &EVENTS, "Create a ticket for the events", &[],
         "A ticket that stands for the access token in the URL of a browser's `EventSource`. Good once, for 30 \
             seconds.");
    t.get("/v1/orgs/{org}/projects/{project}/activity", activity::of_project, "activity_list_of_project", &ACTIVITY, "List the activity of a project", &[],
         "Who did what in a project, the newest entry first.");
    t.get("/v1/orgs/{org}/tasks/{task}/activity", activity::of_task, "activity_list_of_task", &ACTIVITY, "List the activity of a task", &[],
         "Who did what with a task, the newest entry first.");
}

/// Adds the routes of the server's operator.
#[rustfmt::skip] // a table reads across
fn of_administration(t: &mut Table) {
    use Code::{AccountDisabled, MailGivenUp, NotFound};
    t.get("/v1/admin/status", status::get, "admin_status", &ADMINISTRATION, "Get the state of the server", &[],
         "Version, database, how much there is, the outbox, and what somebody should look at. Counts accounts and sessions when it is \
             asked.");
    t.get("/v1/admin/users", users::list, "admin_users_list", &ADMINISTRATION, "List the accounts", &[],
         "All accounts, the newest first, or those whose name or address begins with `q`.");
    t.get("/v1/admin/users/{user}", users::get, "admin_users_get", &ADMINISTRATION, "Get an account", &[NotFound],
         "An account, and the organizations that it is in.");
    t.post("/v1/admin/users/{user}/disable", users::disable, "admin_users_disable", &ADMINISTRATION, "Disable an account", &[NotFound],
         "Ends the account's sessions, links and streams at once. Nobody can log in to it or use its API tokens until it is enabled \
             again.");
    t.post("/v1/admin/users/{user}/enable", users::enable, "admin_users_enable", &ADMINISTRATION, "Enable an account", &[NotFound],
         "Lets the user log in again. API tokens of before work again.");
    t.post("/v1/admin/users/{user}/sign-out", users::sign_out, "admin_users_sign_out", &ADMINISTRATION, "End the sessions of an account", &[NotFound],
         "Ends every session and stream of the account at once. With `revoke_tokens`, its API tokens too.");
    t.post("/v1/admin/users/{user}/password-reset", users::offer_reset, "admin_users_reset_password", &ADMINISTRATION, "Offer a user a new password", &[NotFound, AccountDisabled],
         "Mails the user the link to choose a new password, which is good once, for 30 minutes. On a server without mail the answer has \
             the link; it proves no address.");
    t.get("/v1/admin/orgs", admin_orgs::list, "admin_orgs_list", &ADMINISTRATION, "List the organizations of the server", &[],
         "All organizations, deleted ones too until they are purged, the newest first. A page may have fewer than `limit`.");
    t.get("/v1/admin/orgs/{org}", admin_orgs::get, "admin_orgs_get", &ADMINISTRATION, "Get an organization of the server", &[NotFound],
         "An organization, who owns it, and how large it is.");
    t.post("/v1/admin/orgs/{org}/disable", admin_orgs::disable, "admin_orgs_disable", &ADMINISTRATION, "Disable an organization", &[NotFound],
         "Shuts the organization at once: every call to it is refused with 403 `organization_disabled`, its event streams end, and nobody \
             joins it. It keeps what it has, except that trash is purged in its time. The activity has an entry of it.");
    t.post("/v1/admin/orgs/{org}/enable", admin_orgs::enable, "admin_orgs_enable", &ADMINISTRATION, "Enable an organization", &[NotFound],
         "Lets the members in again.");
    t.get("/v1/admin/load", load::get, "admin_load", &ADMINISTRATION, "Get the organizations that cost most", &[],
         "The organizations whose transactions took the database longest lately at the node that answers, or were most, or waited longest. \
             Calls under `/v1/me` and background jobs aren't counted.");
    t.get("/v1/admin/mails", mails::list, "admin_mails_list", &ADMINISTRATION, "List the mails", &[],
         "The mails that wait and those that were given up in the last 30 days, the newest first. Never what they say.");
    t.post("/v1/admin/mails/{id}/retry", mails::retry, "admin_mails_retry", &ADMINISTRATION, "Try a mail again", &[NotFound, MailGivenUp],
         "Tries a mail now whose last attempt failed. One that is being sent, or wasn't tried yet, stays as it is.");
    t.delete("/v1/admin/mails/{id}", mails::delete, "admin_mails_delete", &ADMINISTRATION, "Delete a mail", &[NotFound],
         "Takes a mail out of the outbox, so that it isn't sent or tried again. One that is being sent may still arrive.");
    t.get("/v1/admin/jobs", admin_jobs::get, "admin_jobs", &ADMINISTRATION, "Get the background jobs", &[],
         "When each background job ran last at the node that answers, how long that took, and what is due at all nodes.");
}

/// Adds the routes of the server itself.
#[rustfmt::skip] // a table reads across
fn of_the_server(t: &mut Table) {
    use Code::NotFound;
    t.get("/livez", livez, "server_livez", &SERVER, "Check that the server is alive", &[],
         "Answers as long as the process runs. It doesn't ask the database.");
    t.get("/readyz", readyz, "server_readyz", &SERVER, "Check that the server can serve", &[],
         "Answers 200 if the database is reached and has the schema of this version, else 503.");
    t.get("/openapi.json", openapi, "server_openapi", &SERVER, "Get the OpenAPI document", &[],
         "This document.");
    t.get("/problems/{code}", problem, "server_problem", &SERVER, "Explain an error", &[NotFound],
         "What an error code means and what to do: the page that the `type` of a problem leads to.");
}

/// The routes and their descriptions as OpenAPI operations.
pub struct Table {
    router: Router<App>,
    /// The routes that are there for an operator's token only.
    administration: Router<App>,
    operations: Vec<Operation>,
    schemas: Schemas,
}

macro_rules! methods {
    ($($name:ident $filter:ident)+) => {$(
        #[expect(clippy::too_many_arguments, reason = "the columns of the table")]
        fn $name<H, T, D>(
            &mut self,
            path: &'static str,
            handler: H,
            id: &'static str,
            tag: &'static Tag,
            summary: &'static str,
            codes: &[Code],
            description: &'static str,
        ) where
            H: Handler<T, App> + Described<D>,
            T: 'static,
        {
            let operation = Operation::new(id, stringify!($filter), path, tag, summary, description);
            self.add(operation, on(MethodFilter::$filter, handler), codes, H::describe);
        }
    )+};
}

impl Table {
    fn new() -> Self {
        Self {
            router: Router::new(),
            administration: Router::new(),
            operations: Vec::new(),
            schemas: Schemas::default(),
        }
    }

    methods! { get GET  post POST  put PUT  patch PATCH  delete DELETE }

    fn add(
        &mut self,
        mut operation: Operation,
        route: MethodRouter<App, Infallible>,
        codes: &[Code],
        describe: fn(&mut Operation, &mut Schemas),
    ) {
        describe(&mut operation, &mut self.schemas);
        operation.refuses(codes);
        let router = if operation.is_by_operator() { &mut self.administration } else { &mut self.router };
        *router = std::mem::take(router).route(operation.path, route);
        self.operations.push(operation);
    }

    /// Returns the error codes of the routes so far that change something in an organization, and of batches themselves.
    fn refusals_of_changes(&self) -> Vec<Code> {
        let changes = self.operations.iter().filter(|operation| operation.is_change());
        let codes = changes.flat_map(|operation| operation.codes().iter());
        codes.copied().chain([Code::NotInBatch]).collect()
    }

    /// Returns the OpenAPI document of the routes.
    #[must_use]
    pub fn document(self) -> Value {
        describe::document(self.operations, &TAGS, self.schemas)
    }
}

/// The routes, those of the administration apart, and their OpenAPI document. They are the same for every server of the
/// process.
struct Api {
    router: Router<App>,
    administration: Router<App>,
    document: answer::Raw,
}

static API: LazyLock<Api> = LazyLock::new(|| {
    let table = routes();
    let (router, administration) = (table.router.clone(), table.administration.clone());
    Api { router, administration, document: answer::Raw::new(table.document().to_string()) }
});

/// The compressed document, made when it is first asked for.
static COMPRESSED: LazyLock<Option<answer::Raw>> = LazyLock::new(|| API.document.gzip().ok());

/// Returns the router of the operations of batches: the API without its middleware, through which the batch came.
fn of_operations(app: App) -> Router {
    API.router.clone().with_state(app)
}

/// Returns the router of the whole application: the API, `/docs`, and the middleware around them.
pub fn app(app: App) -> Router {
    let mut routes = API.router.clone().merge(mcp::routes());
    if app.config().admin_tokens.are_set() {
        let log = middleware::from_fn_with_state(app.clone(), admin::log);
        routes = routes.merge(API.administration.clone().route_layer(log));
    }
    routes
        .route_layer(middleware::from_fn_with_state(app.0.metrics.clone(), metrics::count))
        .merge(docs::routes())
        .route("/", get(async || Redirect::temporary("/docs")))
        .fallback(async || Error::from(Code::NoSuchRoute))
        .layer(middleware::from_fn_with_state(app.0.edge.clone(), edge::edge))
        .with_state(app)
}

/// The health of the server.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// Always `ok`. A server that isn't healthy answers with an error instead.
    status: &'static str,
}

async fn livez() -> Result<answer::Ok<Health>> {
    Ok(answer::Ok(Health { status: "ok" }))
}

async fn readyz(State(gateway): State<Gateway>) -> Result<answer::Ok<Health>> {
    if gateway.is_closing() {
        return Err(Code::Unavailable.with("The server is about to stop."));
    }
    gateway.ready().await?;
    Ok(answer::Ok(Health { status: "ok" }))
}

async fn openapi(headers: HeaderMap) -> Result<answer::Raw> {
    // A client that says nothing may not be able to decompress.
    let takes_gzip = headers.contains_key(header::ACCEPT_ENCODING) && Coding::Gzip.is_accepted(&headers);
    let compressed = if takes_gzip { COMPRESSED.as_ref() } else { None };
    Ok(compressed.unwrap_or(&API.document).clone())
}

/// The explanation of an error code.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProblemPage")]
struct ProblemPage {
    /// The error code, as in the `code` of a problem.
    #[schemars(with = "Code")]
    code: &'static str,
    /// The HTTP status of responses with this code.
    #[schemars(range(min = 400, max = 599))]
    status: u16,
    /// A short summary of the error, the same for each occurrence.
    title: &'static str,
    /// The meaning of the error and what to do about it.
    help: &'static str,
}

async fn problem(params: Params) -> Result<answer::Ok<ProblemPage>> {
    let code = Code::ALL.iter().find(|code| code.as_str() == params.text("code")).ok_or(Code::NotFound)?;
    Ok(answer::Ok(ProblemPage {
        code: code.as_str(),
        status: code.status(),
        title: code.title(),
        help: code.help(),
    }))
}
