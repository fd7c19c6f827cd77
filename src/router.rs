//! Every route of the API in one table: path, handler, what it is, and which refusals it has of its own.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{MethodFilter, MethodRouter, on},
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde_json::Value;

use crate::{
    access::Public,
    accounts::http as accounts,
    api_tokens::http as api_tokens,
    app::App,
    archive::http as archive,
    changes::http as changes,
    docs,
    error::{Code, Error, Result},
    events::http as events,
    factors::http as factors,
    http::{
        answer,
        describe::{self, Described, Operation},
        edge,
        input::Params,
    },
    invitations::http as invitations,
    ledger::http as activity,
    members::http as members,
    metrics,
    orgs::http as orgs,
    passkeys::http as passkeys,
    projects::http as projects,
    providers::http as providers,
    search::http as search,
    sessions::http as sessions,
    stats::http as stats,
    tasks::http as tasks,
    trash::http as trash,
};

/// The API's routes.
#[must_use]
pub fn routes() -> Table {
    let mut table = Table::new();
    of_accounts(&mut table);
    of_organizations(&mut table);
    of_work(&mut table);
    of_the_server(&mut table);
    table
}

/// Signing in, and one's own account.
#[rustfmt::skip] // a table reads across
fn of_accounts(t: &mut Table) {
    use Code::{
        AlreadyMember, EmailTaken, EmailUnverified as Unverified, IdentityTaken, InvalidCode, InvalidCredentials,
        InvitationEmailMismatch as Mismatch, InvitationGone as Gone, LastOwner, LastWayIn, LinkGone, MfaRequired,
        NotFound, PasskeyExists, PasskeyRefused, PreconditionFailed as Stale, ProviderEmailUnverified,
        ProviderUnavailable, SignupClosed, TicketGone, TooManyAttempts as TooMany, TooManyMembers,
        TooManyPasskeys, TooManyTokens, TotpEnabled, TotpNotEnabled, Unauthenticated,
    };
    t.post("/v1/auth/signup", accounts::signup, "Sign up", &[TooManyMembers, EmailTaken, SignupClosed, Mismatch, NotFound, Gone, TooMany]);
    t.post("/v1/auth/login", sessions::login, "Log in", &[InvalidCredentials, MfaRequired, InvalidCode, Unverified, TooMany]);
    t.post("/v1/auth/login/mfa", factors::login, "Finish a login with the second factor", &[Unauthenticated, InvalidCode, TooMany]);
    t.get("/v1/auth/providers", providers::list, "The providers that one can sign in through", &[]);
    t.post("/v1/auth/oidc/{provider}/start", providers::start, "Begin a login through a provider", &[NotFound, ProviderUnavailable]);
    t.post("/v1/auth/oidc/{provider}/finish", providers::finish, "Finish a login through a provider", &[NotFound, TicketGone, InvalidCode, MfaRequired, Unauthenticated, Unverified, ProviderEmailUnverified, SignupClosed, Mismatch, EmailTaken, IdentityTaken, TooManyMembers, Gone, ProviderUnavailable, TooMany]);
    t.post("/v1/auth/passkey/begin", passkeys::begin_login, "Begin a login with a passkey", &[]);
    t.post("/v1/auth/passkey/finish", passkeys::finish_login, "Finish a login with a passkey", &[PasskeyRefused, Unverified, TicketGone, TooMany]);
    t.post("/v1/auth/refresh", sessions::refresh, "Exchange a refresh token for a new pair", &[Unauthenticated, TooMany]);
    t.post("/v1/auth/logout", sessions::logout, "Log out: end this session", &[]);
    t.post("/v1/auth/confirm", sessions::confirm, "Prove that it is you: the session counts as confirmed for 10 minutes", &[InvalidCredentials, InvalidCode, TooMany]);
    t.post("/v1/auth/email/verify", accounts::verify_email, "Prove an address, with the secret in a mail", &[NotFound, LinkGone, EmailTaken, TooMany]);
    t.post("/v1/auth/email/resend", accounts::resend_verification, "Have the verification mailed again", &[]);
    t.post("/v1/auth/password/forgot", accounts::forgot_password, "Have a link to a new password mailed", &[]);
    t.post("/v1/auth/password/reset", accounts::reset_password, "Choose a new password, with the secret in a mail", &[NotFound, LinkGone, TooMany]);
    t.get("/v1/me", accounts::get, "Your account", &[]);
    t.patch("/v1/me", accounts::update, "Change your account", &[Stale]);
    t.delete("/v1/me", accounts::delete, "Delete your account: your work stays, without your name", &[LastOwner, Stale]);
    t.post("/v1/me/email", accounts::change_email, "Change your address: a mail to the new one has the link", &[TooMany]);
    t.put("/v1/me/password", accounts::change_password, "Change your password: other sessions end", &[InvalidCredentials, TooMany]);
    t.get("/v1/me/sessions", sessions::list, "Where you are logged in", &[]);
    t.delete("/v1/me/sessions", sessions::end_others, "Log out everywhere else", &[]);
    t.delete("/v1/me/sessions/{id}", sessions::end, "End a session of yours", &[NotFound]);
    t.post("/v1/me/totp", factors::begin, "Begin to set up a second factor", &[TotpEnabled]);
    t.post("/v1/me/totp/confirm", factors::enable, "Switch the second factor on, with its first code", &[TotpEnabled, TotpNotEnabled]);
    t.delete("/v1/me/totp", factors::disable, "Switch the second factor off", &[NotFound]);
    t.post("/v1/me/recovery-codes", factors::replace_recovery_codes, "Replace the recovery codes", &[TotpNotEnabled]);
    t.post("/v1/me/passkeys/begin", passkeys::begin_registration, "Begin to make a passkey", &[TooManyPasskeys]);
    t.post("/v1/me/passkeys/finish", passkeys::finish_registration, "Take up a passkey that was made", &[PasskeyExists, TooManyPasskeys, TicketGone]);
    t.get("/v1/me/passkeys", passkeys::list, "Your passkeys", &[]);
    t.delete("/v1/me/passkeys/{id}", passkeys::remove, "Remove a passkey", &[NotFound, LastWayIn]);
    t.get("/v1/me/identities", providers::identities, "Who you are at other providers", &[]);
    t.post("/v1/me/identities/{provider}/start", providers::start_link, "Begin to link a provider to your account", &[NotFound, ProviderUnavailable]);
    t.post("/v1/me/identities/{provider}/finish", providers::finish_link, "Link a provider to your account", &[NotFound, TicketGone, InvalidCode, IdentityTaken, ProviderUnavailable]);
    t.delete("/v1/me/identities/{id}", providers::unlink, "End the link to a provider", &[NotFound, LastWayIn]);
    t.post("/v1/me/tokens", api_tokens::create, "Make an API token", &[TooManyTokens]);
    t.get("/v1/me/tokens", api_tokens::list, "Your API tokens", &[]);
    t.delete("/v1/me/tokens/{id}", api_tokens::revoke, "Revoke an API token", &[NotFound]);
    t.get("/v1/me/invitations", invitations::mine, "Your pending invitations", &[]);
    t.post("/v1/me/invitations/{id}/accept", invitations::accept_mine, "Accept an invitation of yours", &[TooManyMembers, NotFound, Gone, Mismatch, AlreadyMember]);
    t.post("/v1/me/invitations/{id}/decline", invitations::decline_mine, "Decline an invitation of yours", &[NotFound, Gone, Mismatch]);
    t.get("/v1/me/tasks", tasks::list_mine, "Your open tasks in every organization", &[]);
    t.get("/.well-known/jwks.json", sessions::jwks, "The public keys of access tokens", &[]);
}

/// Organizations, members, invitations.
#[rustfmt::skip] // a table reads across
fn of_organizations(t: &mut Table) {
    use Code::{
        AlreadyInvited, AlreadyMember, InvitationEmailMismatch as Mismatch, InvitationGone as Gone, LastOwner,
        NotFound, SlugTaken, TooManyAttempts as TooMany, TooManyInvitations, TooManyMembers, TooManySlugs,
    };
    t.post("/v1/orgs", orgs::create, "Found an organization", &[SlugTaken]);
    t.get("/v1/orgs", orgs::list, "Your organizations", &[]);
    t.get("/v1/orgs/{org}", orgs::get, "An organization", &[]);
    t.patch("/v1/orgs/{org}", orgs::update, "Change an organization", &[SlugTaken, TooManySlugs]);
    t.delete("/v1/orgs/{org}", orgs::delete, "Delete an organization: its owners can restore it for 30 days", &[]);
    t.post("/v1/orgs/{org}/restore", orgs::restore, "Restore a deleted organization", &[]);
    t.get("/v1/orgs/{org}/export", archive::export, "The whole organization as one file, for `guildhall import`", &[]);
    t.get("/v1/orgs/{org}/permissions", orgs::permissions, "Who may do what here", &[]);
    t.post("/v1/orgs/{org}/leave", members::leave, "Leave an organization", &[LastOwner]);
    t.post("/v1/orgs/{org}/transfer", members::transfer, "Make somebody else owner and yourself admin", &[]);
    t.get("/v1/orgs/{org}/members", members::list, "The members", &[]);
    t.get("/v1/orgs/{org}/members/{user}", members::get, "A member", &[]);
    t.patch("/v1/orgs/{org}/members/{user}", members::update, "Change a member's role", &[LastOwner]);
    t.delete("/v1/orgs/{org}/members/{user}", members::remove, "Remove a member", &[LastOwner]);
    t.post("/v1/orgs/{org}/invitations", invitations::create, "Invite somebody", &[TooManyInvitations, AlreadyInvited, AlreadyMember]);
    t.post("/v1/orgs/{org}/invitations/bulk", invitations::create_bulk, "Invite up to 100 people, each with a result of its own", &[]);
    t.get("/v1/orgs/{org}/invitations", invitations::list, "The invitations", &[]);
    t.delete("/v1/orgs/{org}/invitations/{id}", invitations::revoke, "Revoke an invitation", &[Gone]);
    t.post("/v1/orgs/{org}/invitations/{id}/resend", invitations::resend, "Invite again, with a new token", &[Gone]);
    t.post("/v1/invitations/lookup", invitations::lookup, "What an invitation offers", &[NotFound, Gone, TooMany]);
    t.post("/v1/invitations/accept", invitations::accept, "Accept an invitation", &[TooManyMembers, NotFound, Gone, Mismatch, AlreadyMember, TooMany]);
    t.post("/v1/invitations/decline", invitations::decline, "Decline an invitation", &[NotFound, Gone, Mismatch, TooMany]);
}

/// Projects, tasks, activity.
#[rustfmt::skip] // a table reads across
fn of_work(t: &mut Table) {
    use Code::{
        InvalidInput, KeyTaken, ProjectArchived as Archived, TooManyProjects, TooManyTasks,
    };
    t.post("/v1/orgs/{org}/projects", projects::create, "Make a project", &[TooManyProjects, KeyTaken]);
    t.get("/v1/orgs/{org}/projects", projects::list, "The projects", &[]);
    t.get("/v1/orgs/{org}/projects/{project}", projects::get, "A project", &[]);
    t.patch("/v1/orgs/{org}/projects/{project}", projects::update, "Change a project", &[KeyTaken, Archived]);
    t.delete("/v1/orgs/{org}/projects/{project}", projects::delete, "Delete a project: it can be restored for 30 days", &[]);
    t.post("/v1/orgs/{org}/projects/{project}/restore", projects::restore, "Restore a deleted project", &[TooManyProjects, TooManyTasks]);
    t.post("/v1/orgs/{org}/projects/{project}/archive", projects::archive, "Archive a project", &[]);
    t.post("/v1/orgs/{org}/projects/{project}/unarchive", projects::unarchive, "Unarchive a project", &[]);
    t.get("/v1/orgs/{org}/projects/{project}/members", projects::members, "Who is in a private project", &[]);
    t.put("/v1/orgs/{org}/projects/{project}/members/{user}", projects::add_member, "Put somebody into a project", &[Archived]);
    t.delete("/v1/orgs/{org}/projects/{project}/members/{user}", projects::remove_member, "Take somebody out of a project", &[Archived]);
    t.post("/v1/orgs/{org}/projects/{project}/tasks", tasks::create, "Make a task", &[TooManyTasks, Archived]);
    t.get("/v1/orgs/{org}/projects/{project}/tasks", tasks::list_in_project, "A project's tasks", &[]);
    t.get("/v1/orgs/{org}/tasks", tasks::list, "The tasks of all projects", &[]);
    t.get("/v1/orgs/{org}/tasks/{task}", tasks::get, "A task", &[]);
    t.patch("/v1/orgs/{org}/tasks/{task}", tasks::update, "Change a task", &[Archived]);
    t.delete("/v1/orgs/{org}/tasks/{task}", tasks::delete, "Delete a task: it can be restored for 30 days", &[Archived]);
    t.post("/v1/orgs/{org}/tasks/{task}/restore", tasks::restore, "Restore a deleted task", &[TooManyTasks, Archived]);
    t.put("/v1/orgs/{org}/tasks/{task}/assignees/{user}", tasks::assign, "Assign a task, or take it", &[Archived, InvalidInput]);
    t.delete("/v1/orgs/{org}/tasks/{task}/assignees/{user}", tasks::unassign, "Unassign a task, or drop it", &[Archived]);
    t.get("/v1/orgs/{org}/search", search::search, "Tasks and projects with these words, the best first", &[]);
    t.get("/v1/orgs/{org}/trash", trash::list, "What was deleted and can be restored", &[]);
    t.get("/v1/orgs/{org}/stats", stats::get, "How the work stands: the figures of a dashboard", &[]);
    t.get("/v1/orgs/{org}/activity", activity::of_org, "Who did what", &[]);
    t.get("/v1/orgs/{org}/changes", changes::list, "What changed since: for clients that keep a copy", &[]);
    t.get("/v1/orgs/{org}/events", events::follow, "What is done, as it is done: server-sent events", &[]);
    t.post("/v1/orgs/{org}/events/ticket", events::ticket, "A ticket to follow the events with, for browsers", &[]);
    t.get("/v1/orgs/{org}/projects/{project}/activity", activity::of_project, "Who did what in a project", &[]);
    t.get("/v1/orgs/{org}/tasks/{task}/activity", activity::of_task, "Who did what with a task", &[]);
}

/// What is about no account.
#[rustfmt::skip] // a table reads across
fn of_the_server(t: &mut Table) {
    use Code::NotFound;
    t.get("/livez", livez, "Whether the server is alive", &[]);
    t.get("/readyz", readyz, "Whether the server can serve: its database answers", &[]);
    t.get("/openapi.json", openapi, "This document", &[]);
    t.get("/problems/{code}", problem, "What an error means and what to do", &[NotFound]);
}

/// Routes with their operations.
pub struct Table {
    router: Router<App>,
    operations: Vec<Operation>,
    generator: SchemaGenerator,
}

macro_rules! methods {
    ($($name:ident $filter:ident)+) => {$(
        fn $name<H, T, D>(&mut self, path: &'static str, handler: H, summary: &'static str, codes: &[Code])
        where
            H: Handler<T, App> + Described<D>,
            T: 'static,
        {
            self.add(stringify!($filter), path, on(MethodFilter::$filter, handler), summary, codes, name::<H>(), H::describe);
        }
    )+};
}

/// `guildhall::tasks::http::create` is `tasks_create`.
fn name<H>() -> String {
    std::any::type_name::<H>()
        .split("::")
        .filter(|part| !matches!(*part, "guildhall" | "http"))
        .collect::<Vec<_>>()
        .join("_")
}

impl Table {
    fn new() -> Self {
        Self { router: Router::new(), operations: Vec::new(), generator: describe::generator() }
    }

    methods! { get GET  post POST  put PUT  patch PATCH  delete DELETE }

    #[expect(clippy::too_many_arguments, reason = "the columns of the table")]
    fn add(
        &mut self,
        method: &'static str,
        path: &'static str,
        route: MethodRouter<App, Infallible>,
        summary: &'static str,
        codes: &[Code],
        id: String,
        describe: fn(&mut Operation, &mut SchemaGenerator),
    ) {
        let mut operation = Operation::new(id, method, path, summary);
        describe(&mut operation, &mut self.generator);
        operation.refuses(codes);
        self.operations.push(operation);
        self.router = std::mem::take(&mut self.router).route(path, route);
    }

    /// The OpenAPI document.
    #[must_use]
    pub fn document(self) -> Value {
        describe::document(self.operations, self.generator)
    }
}

/// The whole application.
pub fn app(app: App) -> Router {
    let table = routes();
    let router = table.router.clone();
    let document = Document(Arc::from(table.document().to_string().into_bytes()));
    router
        .route_layer(middleware::from_fn_with_state(app.clone(), metrics::count))
        .merge(docs::routes())
        .fallback(async || Error::from(Code::NotFound))
        .layer(axum::Extension(document))
        .layer(middleware::from_fn_with_state(app.clone(), edge::edge))
        .with_state(app)
}

#[derive(Clone)]
struct Document(Arc<[u8]>);

/// That it is so.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    status: &'static str,
}

async fn livez() -> Result<answer::Ok<Health>> {
    Ok(answer::Ok(Health { status: "ok" }))
}

async fn readyz(public: Public) -> Result<answer::Ok<Health>> {
    public.app().door().ready().await?;
    Ok(answer::Ok(Health { status: "ok" }))
}

async fn openapi(document: axum::Extension<Document>) -> Result<answer::Raw> {
    Ok(answer::Raw(document.0.0))
}

/// An error's code, explained.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProblemPage")]
struct ProblemPage {
    code: &'static str,
    status: u16,
    title: &'static str,
    /// What it means and what to do.
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
